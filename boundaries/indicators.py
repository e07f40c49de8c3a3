"""Indicators of need for the LSOAs of the study area, whatever they are keyed by.

Counts by LSOA 2011 are moved to 2021 by the official lookup. Counts by MSOA are given to its LSOAs by residents
(apportioned); counts by practice to where its patients live (modelled). Numerator and denominator go the same way, so
that a share is never changed by it; what the LSOAs of an MSOA or the patients of a practice have in common is all that
such a table can know.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from boundaries import columns as col
from boundaries import recognise_need as marks
from boundaries.area import Indicator, Level
from boundaries.errors import DataError
from boundaries.ledger import Ledger, cut
from boundaries.patients import Patients
from boundaries.readers import indicators as reader
from boundaries.readers.indicators import Told
from boundaries.receipts import Dropped
from boundaries.source_file import SourceFile
from boundaries.vintages import RULE_WORDS, convert_counts, decide_vintage
from boundaries.words import count

LAST_2011_MSOA = "E02006934"  # every MSOA that the 2021 Census made has a higher number
LARGE = 24 * 1024**2  # bytes from which only the study area's rows of a table are kept in memory
_COHORTS = (
    (r"(cohort.?7(pct|_?percent)?|7(pct|_?percent)?_?cohort|7_cohort)", "cohort_7", "Local count, 7% cohort"),
    (r"(cohort_2_(to_)?4(pct|_?percent)?|2_(to_)?4(pct|_?percent)?_?cohort)", "cohort_2_4", "Local count, 2-4% cohort"),
)


@dataclass(frozen=True, eq=False)
class Ground:
    """What tables of need are laid on. codes : LSOAs of the area, sorted. people : residents by LSOA, those beyond the
    area that are known too. beyond : MSOA -> residents of those of its LSOAs that lie outside the area. boundary :
    every LSOA 2021 known. pairs : lookup 2.4."""

    codes: tuple[str, ...]
    people: pd.Series[float]
    levels: Mapping[str, Level]
    beyond: Mapping[str, float]
    listed: Patients
    pairs: pd.DataFrame | None
    boundary: Collection[str]


@dataclass(eq=False)
class Measures:
    """Indicators gathered so far, with their values by LSOA of the area."""

    codes: tuple[str, ...]
    listed: list[Indicator] = field(default_factory=list)
    columns: dict[str, pd.Series[float]] = field(default_factory=dict)

    def add(self, indicator: Indicator, n: pd.Series[float], d: pd.Series[float]) -> None:
        """Take one; a key that is taken gets a number."""
        self.listed.append(indicator)
        for part, values in (("n", n), ("d", d)):
            self.columns[f"{indicator.key} {part}"] = values.reindex(list(self.codes)).astype("float64")

    def free(self, key: str) -> str:
        """`key`, or with the first number behind it that makes it new."""
        taken = {i.key for i in self.listed}
        return next(k for k in (key, *(f"{key}_{n}" for n in range(2, len(taken) + 3))) if k not in taken)

    def frame(self) -> pd.DataFrame:
        """`Area.indicator_values`."""
        return pd.DataFrame(self.columns, index=pd.Index(list(self.codes), name="code", dtype="str"))


def read_indicators(ledger: Ledger, ground: Ground, made: Measures) -> None:
    """Add the indicators of every table of the source to `made`, and write their receipts.

    Raises DataError for tables of LSOA 2011 without the lookup to 2021, and for tables of MSOA 2011.
    """
    for source in ledger.of("fingertips", "indicators", "plus_groups"):
        frame, seen = _read(ledger, source, ground)
        if source.kind == "plus_groups":
            table = reader.plus_groups(frame, source.relative)
        else:
            table = reader.indicators(frame, source.relative, _name_of(source))
        read = int(frame.attrs["rows_read"])
        dropped = [*cut(read, table.rows_read, "of areas and practices outside the study area"), *table.dropped]
        notes, kept = list(table.notes), 0
        vintage = ""
        for told in table.told:
            n, d, rows, more, said, basis = _laid(told, ground, source.relative, seen)
            dropped += more
            notes += said
            kept += rows
            vintage = vintage or _vintage_words(told, said)
            if not rows:
                continue
            key, group, label = _named(told, source.kind)
            made.add(
                Indicator(
                    made.free(key), label, told.unit, told.scale, group, basis, told.period, source.relative,
                    told.counts, "" if told.counts else "the denominator of its table",
                ),
                n, d,
            )  # fmt: skip
            lacking = int(n.isna().sum())
            if lacking and source.kind != "plus_groups":
                notes.append(f"“{told.label}”: {count(lacking, 'LSOA')} of {len(n):,} without a value")
        ledger.used(
            source,
            rows_read=read,
            rows_kept=kept,
            edition=", ".join(sorted({t.period for t in table.told if t.period}))[:80],
            vintage=vintage,
            dropped=_gathered(dropped),
            notes=notes,
        )


def _read(ledger: Ledger, source: SourceFile, ground: Ground) -> tuple[pd.DataFrame, set[str]]:
    """Rows of a table as text, and every code of its column of areas or practices.

    Of a large (national) file only rows of the study area are kept in memory, and rows whose code has no known shape.
    """
    column = col.find(source.columns, *marks.LSOA, *marks.MSOA, *marks.PRACTICE, *marks.AREA)
    if column is None:
        return ledger.read(source), set()
    wanted = set(ground.codes) | set(ground.listed.lists.index)
    if ground.pairs is not None:
        wanted |= set(ground.pairs.loc[ground.pairs["lsoa21"].isin(wanted), "lsoa11"])
    if "msoa" in ground.levels:
        wanted |= set(ground.levels["msoa"].assignment)
    seen: set[str] = set()
    shape = "|".join(f"(?:{col.PATTERNS[k]})" for k in ("lsoa", "msoa", "practice"))

    def keep(block: pd.DataFrame) -> pd.Series[bool]:
        codes = block[column].str.strip().str.upper()
        seen.update(codes.unique())
        if source.size <= LARGE:
            return pd.Series(True, index=block.index)
        return codes.isin(wanted) | ~codes.str.fullmatch(shape)

    return ledger.read(source, keep=keep), seen


def _name_of(source: SourceFile) -> str:
    stem = re.sub(r"[_\-]+", " ", Path(source.member or source.path.name).stem).strip()
    return (stem[:1].upper() + stem[1:])[:60] or "Indicator"


def _gathered(dropped: list[Dropped]) -> list[Dropped]:
    """The same reason once."""
    made: dict[str, int] = {}
    for one in dropped:
        made[one.reason] = made.get(one.reason, 0) + one.rows
    return [Dropped(reason, rows) for reason, rows in made.items()]


def _named(told: Told, kind: str) -> tuple[str, str, str]:
    """Key, group and label of an indicator."""
    slug = re.sub(r"[^a-z0-9]+", "_", told.label.casefold()).strip("_") or "indicator"
    if kind == "plus_groups":
        return f"plus_{slug}", "plus", told.label
    if told.unit == "people" or told.scale in (1.0, 100.0):
        for pattern, key, label in _COHORTS:
            if re.fullmatch(pattern, slug):
                return key, "cohort", label
    return f"indicator_{slug}", "indicator", told.label


def _vintage_words(told: Told, said: list[str]) -> str:
    if told.level == "practice":
        return ""
    return "LSOA 2011" if any("LSOA 2011" in s for s in said) else f"{reader.LEVELS[told.level]} 2021"


Laid = tuple["pd.Series[float]", "pd.Series[float]", int, list[Dropped], list[str], str]


def _laid(told: Told, ground: Ground, file: str, seen: Collection[str]) -> Laid:
    """Numerator and denominator by LSOA of the area, rows used, what was left out, notes, and the basis."""
    if told.level == "msoa":
        return _from_msoas(told, ground, file, seen)
    if told.level == "practice":
        return _from_practices(told, ground)
    return _from_lsoas(told, ground, file, seen)


def _from_lsoas(told: Told, ground: Ground, file: str, seen: Collection[str]) -> Laid:
    rows, codes = told.rows, list(ground.codes)
    flags = bool(told.counts and rows["n"].isna().all())
    vintage = decide_vintage(
        [c for c in seen if c.startswith("E01")],
        file=file,
        column="of LSOA codes",
        lookup=ground.pairs,
        boundary=ground.boundary,
        area=() if told.counts else ground.codes,
    )
    if vintage.year == "2011":
        return _from_2011(told, ground, file, flags)
    inside = rows[rows["code"].isin(set(codes))].set_index("code")
    away = rows.loc[~rows["code"].isin(set(codes)), "code"]
    strange = int((~away.isin(set(ground.boundary))).sum())
    dropped = [Dropped("of LSOAs outside the study area", len(away) - strange)] if len(away) > strange else []
    if strange:
        dropped.append(Dropped("of LSOAs in no boundary or lookup loaded (elsewhere, or not of 2021)", strange))
    n, d = inside["n"].reindex(codes), inside["d"].reindex(codes)
    if flags:
        n = ground.people.reindex(codes).where(n.index.isin(inside.index), 0.0)
    return n, d, len(inside), dropped, [], "as given"


def _from_2011(told: Told, ground: Ground, file: str, flags: bool) -> Laid:
    """Counts by LSOA 2011. A unit of which a part has no value has none."""
    if flags:
        raise DataError(
            f"{file} flags LSOAs of 2011, and a flag cannot be moved to LSOA 2021 as a count can.",
            mend="Flag LSOAs of 2021, or give numbers of people in a column “people”.",
        )
    if ground.pairs is None:
        raise DataError(
            f"{file} is on LSOA 2011 and cannot be joined to LSOA 2021 boundaries.",
            mend="Add the ONS lookup “LSOA (2011) to LSOA (2021)”, or take the figures by LSOA 2021.",
        )
    pairs, codes = ground.pairs, list(ground.codes)
    near = pairs[pairs["lsoa21"].isin(set(codes))]
    family = pairs[pairs["lsoa11"].isin(set(near["lsoa11"]))]
    ours = told.rows[told.rows["code"].isin(set(near["lsoa11"]))].rename(columns={"code": "lsoa"}).assign(one="")
    lost = len(told.rows) - len(ours)
    moved = {
        v: convert_counts(ours[["one", "lsoa", v]].fillna(0.0), family, ground.people, key="one", value=v) for v in "nd"
    }
    whole = near["lsoa11"].isin(set(ours["lsoa"])).groupby(near["lsoa21"]).all()
    parts = {
        v: m.frame.set_index("unit")[v].reindex(codes).where(whole.reindex(codes, fill_value=False))
        for v, m in moved.items()
    }
    notes = [
        f"“{told.label}” moved from LSOA 2011: {RULE_WORDS[r['rule']]}, {count(r['codes'], 'LSOA')}, {r['people']:,.0f}"
        for r in moved["n"].touched.to_dict("records")
    ]
    dropped = [Dropped("of LSOAs outside the study area", lost)] if lost else []
    d = parts["d"] if not told.counts else parts["d"] * np.nan
    return parts["n"], d, len(ours), dropped, notes, "as given"


def _from_msoas(told: Told, ground: Ground, file: str, seen: Collection[str]) -> Laid:
    """By residents. What belongs to the part of an MSOA outside the area is left there."""
    codes = list(ground.codes)
    none = pd.Series(np.nan, index=codes)
    level = ground.levels.get("msoa")
    if level is None:
        note = f"“{told.label}” is by MSOA, and no lookup or layer of MSOAs is loaded: not used"
        return none, none, 0, [Dropped("of MSOAs, of which no lookup is loaded", len(told.rows))], [note], ""
    own, given = pd.Series(level.assignment, index=codes), {c for c in seen if c.startswith("E02")}
    wanted = set(own) - {""}
    newer = {m for m in wanted if m[0] == "E" and m > LAST_2011_MSOA}
    if newer and not any(c > LAST_2011_MSOA for c in given) and given - wanted:
        raise DataError(
            f"{file} is on MSOA 2011: it has none of the {count(len(newer), 'MSOA')} of the area that 2021 made "
            f"({', '.join(sorted(newer)[:5])}).",
            mend="Take the figures by MSOA 2021.",
        )
    people = ground.people.reindex(codes).astype("float64")
    inside = people.groupby(own).sum()
    whole = inside + pd.Series({m: float(ground.beyond.get(m, 0.0)) for m in inside.index}, dtype="float64")
    share = people / own.map(whole)
    rows = told.rows[told.rows["code"].isin(wanted)].set_index("code")
    n, d = own.map(rows["n"]) * share, own.map(rows["d"]) * share
    lost = len(told.rows) - len(rows)
    dropped = [Dropped("of MSOAs outside the study area", lost)] if lost else []
    notes = [f"“{told.label}” given to LSOAs by their share of the residents of their MSOA: apportioned"]
    partly = sorted(m for m in rows.index if ground.beyond.get(m, 0.0) > 0)
    if partly:
        notes.append(f"part of {', '.join(partly[:5])} lies outside the area; its share by residents is left there")
    return n.astype("float64"), d.astype("float64"), len(rows), dropped, notes, "apportioned"


def _from_practices(told: Told, ground: Ground) -> Laid:
    """LSOA value = Σ over practices of the value for each patient on the list × patients of the LSOA on it."""
    codes = list(ground.codes)
    flows, lists = ground.listed.registrations, ground.listed.lists
    rows = told.rows[told.rows["code"].isin(set(lists.index))].set_index("code")
    lost = len(told.rows) - len(rows)
    dropped = [Dropped("of practices without a patient here", lost)] if lost else []
    if not len(flows):
        none = pd.Series(np.nan, index=codes)
        note = f"“{told.label}” is by practice, and no patients by practice and LSOA are loaded: not used"
        return none, none, 0, dropped, [note], ""
    ours = flows[flows["practice"].isin(set(rows.index))]
    each = ours["patients"] / ours["practice"].map(lists)
    n = (each * ours["practice"].map(rows["n"])).groupby(ours["unit"]).sum().reindex(codes)
    d = (each * ours["practice"].map(rows["d"])).groupby(ours["unit"]).sum(min_count=1).reindex(codes)
    said = (
        f"“{told.label}” spread by where the patients of each practice live: modelled; its practices have "
        f"{ours['patients'].sum():,.0f} of {flows['patients'].sum():,.0f} patients here"
    )
    return n, d, len(rows), dropped, [said], "modelled"

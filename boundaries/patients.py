"""Registered patients and practices of the study area, from the patient list and every table that knows practices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pandas as pd

from boundaries.errors import DataError
from boundaries.ledger import Ledger
from boundaries.readers import registrations
from boundaries.readers.tables import month_words, parse_date
from boundaries.receipts import Dropped
from boundaries.source_file import SourceFile
from boundaries.vintages import RULE_WORDS, Vintage, convert_counts, decide_vintage
from boundaries.words import count

_WHOLE = 24 * 1024**2
_ELSEWHERE = {
    "unknown": "no known area",
    "closed": "a postcode that is no longer in use",
    "wales": "Wales",
    "scotland": "Scotland",
    "northern_ireland": "Northern Ireland",
    "england_outside": "England, outside the study area",
}


@dataclass(frozen=True, eq=False)
class Patients:
    """registrations, elsewhere : as in `Area`. lists : all patients by practice. names : by practice. extract : ISO.

    vintage : of the file. touched : people by conversion rule. source : the file ("" when none is loaded). tokens :
    what is no English area -> (rows, people). strange : English codes of the file that are in no set of the source.
    """

    registrations: pd.DataFrame
    elsewhere: pd.DataFrame
    lists: pd.Series[float]
    names: pd.Series[str]
    extract: str
    vintage: Vintage | None
    touched: pd.DataFrame
    source: str
    tokens: Mapping[str, tuple[int, float]]
    strange: tuple[str, ...]


def empty_patients() -> Patients:
    """What stands in `Area` when no patient list is loaded."""
    return Patients(
        typed(pd.DataFrame({"practice": [], "unit": [], "patients": []}), "unit"),
        typed(pd.DataFrame({"practice": [], "category": [], "patients": []}), "category"),
        pd.Series(dtype="float64"),
        pd.Series(dtype="str"),
        "",
        None,
        pd.DataFrame(),
        "",
        {},
        (),
    )


def typed(frame: pd.DataFrame, second: str) -> pd.DataFrame:
    """practice, `second`, patients with their types, sorted."""
    out = frame[["practice", second, "patients"]].astype({"practice": "str", second: "str", "patients": "float64"})
    return out.sort_values(["practice", second], ignore_index=True)


def _choose_list(ledger: Ledger, area: Collection[str], pairs: pd.DataFrame | None) -> list[SourceFile]:
    """The newest extract; of its files the one with SEX ALL, else the male and female twins; LSOA 2021 before 2011."""
    files = ledger.of("registrations")
    heads: list[tuple[str, str, int, SourceFile]] = []
    newer = set(area) - (set(pairs["lsoa11"]) if pairs is not None else set())
    for source in files:
        names = registrations.header(list(source.columns), source.relative)
        date, sex, hits = "", "ALL", 0
        if len(files) > 1:
            lsoa, seen = names["LSOA_CODE"], set[str]()
            sexes, dates = set[str](), set[str]()

            def keep(
                block: pd.DataFrame,
                names: Mapping[str, str] = names,
                lsoa: str = lsoa,
                seen: set[str] = seen,
                sexes: set[str] = sexes,
                dates: set[str] = dates,
            ) -> pd.Series[bool]:
                seen.update(newer.intersection(block[lsoa]))
                sexes.update(block[names["SEX"]].str.upper().unique() if "SEX" in names else ["ALL"])
                dates.update(block[names["EXTRACT_DATE"]].unique() if "EXTRACT_DATE" in names else [""])
                return pd.Series(False, index=block.index)

            ledger.read(source, keep=keep)
            date, hits = max(map(parse_date, dates), default=""), int(bool(seen))
            sex = "ALL" if "ALL" in sexes else "+".join(sorted(sexes))
        heads.append((date, sex, hits, source))
    if not heads:
        return []
    newest_date = max(h[0] for h in heads)
    current = [h for h in heads if h[0] == newest_date]
    best = max(h[2] for h in current)
    current = [h for h in current if h[2] == best]
    whole = sorted((h[3] for h in current if h[1] == "ALL"), key=lambda s: s.relative)
    chosen = whole[-1:] or sorted((h[3] for h in current), key=lambda s: s.relative)
    for date, _, _, source in heads:
        if source not in chosen:
            older = f"of {month_words(date)}, older than" if date < newest_date else "a copy or part of what is in"
            ledger.unused(source, f"{older} {chosen[0].relative}, which is used")
    return chosen


def _read_list(ledger: Ledger, source: SourceFile, wanted: set[str]) -> tuple[pd.DataFrame, int, float]:
    """Rows of practices with a patient in `wanted`; rows and people of the whole file. Large files are read twice."""
    names = registrations.header(list(source.columns), source.relative)
    columns = list(names.values())
    count = names["NUMBER_OF_PATIENTS"]
    people = 0.0
    having: set[str] = set()

    def find(block: pd.DataFrame) -> pd.Series[bool]:
        nonlocal people
        people += float(pd.to_numeric(block[count].str.replace(",", ""), errors="coerce").sum())
        hit = block[names["LSOA_CODE"]].str.strip().str.upper().isin(wanted)
        having.update(block.loc[hit, names["PRACTICE_CODE"]])
        return hit if source.size > _WHOLE else pd.Series(True, index=block.index)

    frame = ledger.read(source, columns, find)
    rows = int(frame.attrs["rows_read"])
    if source.size > _WHOLE:
        frame = ledger.read(source, columns, lambda block: block[names["PRACTICE_CODE"]].isin(having))
    return frame, rows, people


def patients_of(
    ledger: Ledger,
    area: Collection[str],
    *,
    pairs: pd.DataFrame | None,
    boundary: Collection[str],
    residents: pd.Series[float],
) -> Patients:
    """Registrations of the area's people, moved to LSOA 2021 when the list is of 2011, and where the rest live.

    Raises DataError for a list of LSOA 2011 without the lookup 2.4 (or with one that lacks units of the area).
    """
    chosen = _choose_list(ledger, area, pairs)
    if not chosen:
        return empty_patients()
    codes = sorted(area)
    near = pairs[pairs["lsoa21"].isin(set(codes))] if pairs is not None else None
    wanted = set(codes) | (set(near["lsoa11"]) if near is not None else set())
    parts = [_read_list(ledger, s, wanted) for s in chosen]
    file = " + ".join(s.relative for s in chosen)
    listed = registrations.patients_by_lsoa(pd.concat([p[0] for p in parts], ignore_index=True), file)
    rows = listed.rows
    vintage = decide_vintage(
        rows["lsoa"].unique(), file=file, column="LSOA_CODE", lookup=pairs, boundary=boundary, area=codes
    )
    touched, notes = pd.DataFrame(columns=["rule", "codes", "rows", "people"]), list(listed.notes)
    if vintage.year == "2011":
        if near is None or pairs is None or set(codes) - set(near["lsoa21"]):
            lost = sorted(set(codes) - set(near["lsoa21"] if near is not None else []))
            raise DataError(
                f"{file} is on LSOA 2011 and the lookup to LSOA 2021 lacks {count(len(lost), 'LSOA')} of the area: "
                f"{', '.join(lost[:5])}.",
                mend="Load the whole lookup “LSOA (2011) to LSOA (2021)” of England and Wales.",
            )
        ours = rows["lsoa"].isin(set(near["lsoa11"]))
        family = pairs[pairs["lsoa11"].isin(set(near["lsoa11"]))]
        moved = convert_counts(rows[ours], family, residents, key="practice", value="patients")
        inside = moved.frame[moved.frame["unit"].isin(set(codes))]
        away = pd.concat(
            [
                moved.frame[~moved.frame["unit"].isin(set(codes))].drop(columns="unit"),
                rows.loc[~ours, ["practice", "patients"]],
            ]
        )
        touched = moved.touched
        notes += [
            f"{RULE_WORDS[r['rule']]}: {count(r['codes'], 'LSOA')} of 2011, {count(r['rows'], 'row')}, "
            f"{r['people']:,.0f} people"
            for r in touched.to_dict("records")
        ]
        if moved.unweighted:
            notes.append(f"no residents known for the children of {', '.join(moved.unweighted[:5])}: divided equally")
    else:
        ours = rows["lsoa"].isin(set(codes))
        inside = rows[ours].rename(columns={"lsoa": "unit"})
        away = rows.loc[~ours, ["practice", "patients"]]
    local = set(inside["practice"])
    abroad = away.assign(category="england_outside").groupby(["practice", "category"])["patients"].sum().reset_index()
    elsewhere = pd.concat([listed.elsewhere, abroad], ignore_index=True)
    elsewhere = typed(elsewhere[elsewhere["practice"].isin(local)], "category")
    kept = typed(inside, "unit")
    lists = (
        pd.concat([kept[["practice", "patients"]], elsewhere[["practice", "patients"]]])
        .groupby("practice")["patients"]
        .sum()
        .sort_index()
    )
    known = set(boundary) | (set(pairs["lsoa11"]) | set(pairs["lsoa21"]) if pairs is not None else set())
    strange = tuple(sorted(set(rows["lsoa"]) - known))
    total_rows, total_people = sum(p[1] for p in parts), sum(p[2] for p in parts)
    dropped = _left_out(rows, ours, listed.elsewhere, elsewhere, local)
    rest = total_people - float(kept["patients"].sum()) - float(elsewhere["patients"].sum())
    if rest > 0.5:
        unseen = total_rows - int(ours.sum()) - sum(d.rows for d in dropped)
        dropped.append(Dropped("practices with no patient in the study area", unseen, rest))
    for token, (n, people) in sorted(listed.tokens.items()):
        notes.append(f"{token or 'blank'}: {count(n, 'row')}, {people:,.0f} people")
    notes.append(f"vintage decided by its codes: {vintage.basis}")
    for source, part in zip(chosen, parts, strict=True):
        ledger.used(
            source,
            rows_read=part[1],
            rows_kept=int(ours.sum()) if len(chosen) == 1 else len(part[0]),
            edition=month_words(listed.extract) or "no date",
            people_read=part[2],
            people_kept=float(kept["patients"].sum()),
            dropped=dropped,
            vintage=f"LSOA {vintage.year}" if vintage.year != "either" else "LSOA 2011 or 2021 (no code differs)",
            notes=notes,
        )
    return Patients(
        kept, elsewhere, lists, listed.names, listed.extract, vintage, touched, file, listed.tokens, strange
    )


def _left_out(
    rows: pd.DataFrame, ours: pd.Series[bool], abroad: pd.DataFrame, elsewhere: pd.DataFrame, local: Collection[str]
) -> list[Dropped]:
    """Rows and people of the area's own practices that live elsewhere, by category."""
    mine = set(local)
    count = abroad[abroad["practice"].isin(mine)].groupby("category")["rows"].sum().to_dict()
    count["england_outside"] = int((rows["practice"].isin(mine) & ~ours).sum())
    people = elsewhere.groupby("category", sort=True)["patients"].sum()
    return [
        Dropped(f"not on the map: {_ELSEWHERE[str(c)]}", int(count.get(c, 0)), float(n))
        for c, n in zip(people.index, people.to_numpy(dtype="float64"), strict=True)
    ]

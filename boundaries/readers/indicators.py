"""Tables of indicators (formats.md 8.1 and 8.3): Fingertips or Local Health, and any with numerator and denominator."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from boundaries import columns as col
from boundaries import recognise_need as marks
from boundaries.errors import DataError
from boundaries.receipts import Dropped
from boundaries.words import count

LEVELS = {"lsoa": "LSOA", "msoa": "MSOA", "practice": "practice"}
SCALES = {1.0: "for each", 100.0: "%", 1_000.0: "per 1,000", 10_000.0: "per 10,000", 100_000.0: "per 100,000"}
_NEAR = 0.02
_LONGEST = 90


@dataclass(frozen=True, eq=False)
class Told:
    """One indicator as a table tells it. level : "lsoa", "msoa" or "practice". rows : code str, n, d float64.

    counts : no denominator, d is NaN.
    """

    label: str
    unit: str
    scale: float
    period: str
    level: str
    counts: bool
    rows: pd.DataFrame


@dataclass(frozen=True, eq=False)
class Table:
    """What a table of indicators holds, and what of it was left out."""

    told: tuple[Told, ...]
    rows_read: int
    dropped: tuple[Dropped, ...]
    notes: tuple[str, ...]


def indicators(frame: pd.DataFrame, file: str, name: str) -> Table:
    """A table of text to indicators; of each the newest period, and only rows with numerator and denominator.

    name : what an indicator is called where the table does not say (the name of its file).
    A row is kept where its code is that of an LSOA, MSOA or practice. Raises DataError for codes of another shape in a
    column that says what they are, negative numbers, and an area with two different values of one indicator.
    """
    names = list(map(str, frame.columns))
    fingertips = marks.need_kind(names) == "fingertips"
    numerator = col.find(names, *(("count",) if fingertips else marks.NUMERATOR))
    denominator = col.find(names, *marks.DENOMINATOR)
    if numerator is None:
        raise DataError(f"{file} has no column of numerators.", mend="Call the column “numerator”.")
    work, dropped = _coded(frame, names, file)
    work["n"] = _numbers(frame, numerator, file).loc[work.index]
    work["d"] = _numbers(frame, denominator, file).loc[work.index] if denominator else np.nan
    work["label"] = _labels(frame, names, name, fingertips).loc[work.index]
    period = col.find(names, *marks.PERIOD)
    work["period"] = _text(frame, period).loc[work.index]
    sortable = col.find(names, "time period sortable")
    work["age"] = _ages(work["period"], _text(frame, sortable).loc[work.index] if sortable else None)
    category = col.find(names, "category type")
    if category:
        sliced = _text(frame, category).loc[work.index] != ""
        work, dropped = _without(work, sliced, "of a part of the people (a category), not of all", dropped)
    older = work["age"] < work.groupby("label")["age"].transform("max")
    work, dropped = _without(work, older, "of an older period", dropped)
    unknown = work["n"].isna() | (work["d"].isna() if denominator else False)
    work, dropped = _without(work, unknown, "suppressed, or without numerator and denominator", dropped)
    work, dropped = _without(work, work["d"] == 0, "with a denominator of nought", dropped)
    work, dropped = _once(work, file, dropped)
    values = _values(frame, names, file).loc[work.index] if fingertips else None
    units = _text(frame, col.find(names, "unit", "units", "value type")).loc[work.index]
    told: list[Told] = []
    for (label, level), rows in work.groupby(["label", "level"], sort=True):
        if denominator is None:
            scale, unit = 1.0, "people"
        else:
            scale = _scale_of(rows, values, units)
            unit = SCALES.get(scale, "")
        if not scale:
            dropped = [*dropped, Dropped(f"of “{label}”, whose value is not numerator over denominator", len(rows))]
            continue
        told.append(
            Told(
                str(label), unit, scale, str(rows["period"].iloc[0]), str(level), denominator is None,
                rows[["code", "n", "d"]].reset_index(drop=True),
            )
        )  # fmt: skip
    return Table(tuple(told), len(frame), tuple(dropped), ())


def plus_groups(frame: pd.DataFrame, file: str) -> Table:
    """Core20PLUS groups by LSOA: a count of people where there is a column of numbers, else a flag (n is NaN)."""
    names = list(map(str, frame.columns))
    group = col.find(names, *marks.PLUS)
    if group is None:
        raise DataError(f"{file} has no column of Core20PLUS groups.", mend="Call the column “core20plus_group”.")
    people = col.find(names, *marks.NUMERATOR)
    work, dropped = _coded(frame, names, file)
    work["label"] = _text(frame, group).loc[work.index].str[:_LONGEST]
    work["n"] = _numbers(frame, people, file).loc[work.index] if people else np.nan
    work["d"] = np.nan
    work, dropped = _without(work, work["label"] == "", "without a group", dropped)
    if people:
        work, dropped = _without(work, work["n"].isna(), "suppressed", dropped)
    work, dropped = _once(work, file, dropped)
    told = [
        Told(str(label), "people", 1.0, "", "lsoa", True, rows[["code", "n", "d"]].reset_index(drop=True))
        for label, rows in work.groupby("label", sort=True)
    ]
    note = "people counted by the table" if people else "LSOAs flagged by the table: all their residents are counted"
    return Table(tuple(told), len(frame), tuple(dropped), (note,))


# ---------------------------------------------------------------- columns


def _coded(frame: pd.DataFrame, names: Sequence[str], file: str) -> tuple[pd.DataFrame, list[Dropped]]:
    """level and code of each row that is of an LSOA, MSOA or practice; the rest is counted as left out."""
    for entity, keys in (("lsoa", marks.LSOA), ("msoa", marks.MSOA), ("practice", marks.PRACTICE)):
        column = col.find(names, *keys)
        if column is not None:
            codes, _ = col.tidy_codes(frame[column], entity=entity, file=file, column=column)
            return pd.DataFrame({"level": entity, "code": codes}), []
    column = col.find(names, *marks.AREA)
    if column is None:
        raise DataError(
            f"{file} has no column of LSOA, MSOA or practice codes.",
            mend="Call the column LSOA21CD, MSOA21CD or practice_code.",
        )
    codes = frame[column].str.strip().str.upper()
    level = pd.Series("", index=frame.index, dtype="str")
    for key in ("practice", "msoa", "lsoa"):
        level = level.mask(codes.str.fullmatch(col.PATTERNS[key]), key)
    work = pd.DataFrame({"level": level, "code": codes})
    kept = work[level != ""].copy()
    rest = len(work) - len(kept)
    return kept, [Dropped("of areas that are no LSOA, MSOA or practice", rest)] if rest else []


def _numbers(frame: pd.DataFrame, column: str, file: str) -> pd.Series[float]:
    made = col.numbers(frame[column], file=file, column=column)
    negative = made[made < 0]
    if len(negative):
        raise DataError(
            f"{file}, column “{column}”: {count(len(negative), 'number is', 'numbers are')} negative, the first is "
            f"{negative.iloc[0]:g}.",
            mend="Correct these cells; leave a cell blank where the figure is not known.",
        )
    return made


def _values(frame: pd.DataFrame, names: Sequence[str], file: str) -> pd.Series[float]:
    column = col.find(names, "value")
    return col.numbers(frame[column], file=file, column=column) if column else pd.Series(np.nan, index=frame.index)


def _text(frame: pd.DataFrame, column: str | None) -> pd.Series[str]:
    """A column as text on one line, without control characters; "" where there is no such column."""
    if column is None:
        return pd.Series("", index=frame.index, dtype="str")
    told = frame[column].fillna("").astype("str").str.replace(r"[\x00-\x1f\x7f-\x9f]", " ", regex=True)
    return told.str.replace(r"\s+", " ", regex=True).str.strip()


def _labels(frame: pd.DataFrame, names: Sequence[str], name: str, fingertips: bool) -> pd.Series[str]:
    said = _text(frame, col.find(names, *marks.NAME))
    made = said.mask(said == "", name).str[:_LONGEST]
    if fingertips:  # one indicator is given for each sex and age: they are never added together
        for column, usual in (("sex", {"", "persons", "not applicable"}), ("age", {"", "all ages"})):
            said = _text(frame, col.find(names, column))
            if (~said.str.casefold().isin(usual)).any():
                made = made.where(said.str.casefold().isin(usual), made + ", " + said)
    return made


def _ages(period: pd.Series[str], sortable: pd.Series[str] | None) -> pd.Series[float]:
    """How new a row is: as Fingertips sorts it, else by the last year that its period names; rows without one are 0."""
    if sortable is not None and (sortable != "").all():
        return pd.to_numeric(sortable, errors="coerce").fillna(0.0).astype("float64")
    years = {t: [int(y) for y in re.findall(r"(?<!\d)((?:19|20)\d\d)(?!\d)", t)] for t in period.unique()}
    ends = {t: (max(y) + int(bool(re.search(r"\d\s*[/-]\s*\d\d(?!\d)", t))) if y else 0) for t, y in years.items()}
    return period.map(ends).astype("float64")


def _without(
    work: pd.DataFrame, out: pd.Series[bool], why: str, dropped: list[Dropped]
) -> tuple[pd.DataFrame, list[Dropped]]:
    lost = int(out.sum())
    if not lost:
        return work, dropped
    return pd.DataFrame(work[~out].copy()), [*dropped, Dropped(why, lost)]


def _once(work: pd.DataFrame, file: str, dropped: list[Dropped]) -> tuple[pd.DataFrame, list[Dropped]]:
    """One row for each indicator and area; rows that repeat one another (once for each parent) are one."""
    same = work.duplicated(["label", "level", "code", "n", "d"])
    work, dropped = _without(work, same, "repeated (for another parent area)", dropped)
    twice = work.duplicated(["label", "level", "code"])
    if twice.any():
        shown = "; ".join(f"{code}, “{label}”" for code, label in work.loc[twice, ["code", "label"]].head(5).to_numpy())
        raise DataError(
            f"{file}: {count(int(twice.sum()), 'row gives', 'rows give')} an area a second value of one indicator: "
            f"{shown}.",
            mend="Keep one row for each area and indicator, or add a column “period” that tells them apart.",
        )
    return work, dropped


def _scale_of(rows: pd.DataFrame, values: pd.Series[float] | None, units: pd.Series[str]) -> float:
    """By how much numerator / denominator is multiplied; 0 where the published value is something else (a rate that
    was standardised, say), which may not be put together from its parts."""
    plain = rows["n"] / rows["d"]
    if values is not None:
        factor = (values.loc[rows.index] / plain)[(plain > 0) & values.loc[rows.index].notna()]
        if not len(factor):
            return 100.0
        for scale in SCALES:
            if ((factor / scale - 1).abs() < _NEAR).mean() >= 0.9:
                return scale
        return 0.0
    said = " ".join(units.loc[rows.index].str.casefold().unique()).replace(",", "").replace(" ", "")
    for scale, mark in ((100_000.0, "100000"), (10_000.0, "10000"), (1_000.0, "1000"), (100.0, "%")):
        if mark in said or (scale == 100.0 and ("percent" in said or "proportion" in said)):
            return scale
    return 100.0 if rows["n"].sum() <= rows["d"].sum() else 1.0

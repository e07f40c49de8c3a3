"""A planner's table of homes or people to come: where, in which year, how many, who says so."""

from __future__ import annotations

import re

import pandas as pd

from boundaries import assets
from boundaries import columns as col
from boundaries import recognise_need as marks
from boundaries.errors import DataError
from boundaries.readers.tables import gather
from boundaries.words import count

PEOPLE_PER_HOME = 2.36
PER_HOME = ("people_per_home", "people per home", "persons per dwelling", "persons_per_dwelling", "household size")
_FIRST, _LAST = 1990, 2100
_LONGEST = 90


def growth_rows(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Rows of text to numbers, in the order of the file: lsoa ("" where not given), year, homes, people, site, source.

    people = homes × people per home (a column of the file, else 2.36: the average household of England, ONS Census
    2011, "Households and Household Composition in England and Wales", 29 May 2014) where the row gives homes only. A
    year is that in which the people are counted; of a financial year (2026/27) the later. Also gives notes.
    Raises DataError naming rows without a year or a number, with years that cannot be, and with codes misshapen.
    """
    names = list(map(str, frame.columns))
    year, homes = col.find(names, *marks.YEAR), col.find(names, *marks.HOMES)
    people, per_home = col.find(names, *marks.PEOPLE), col.find(names, *PER_HOME)
    if year is None or not (homes or people):
        raise DataError(f"{file} needs a column “year” and one of “homes” or “people”.", mend="Add them.")
    errors: list[DataError] = []
    nothing = pd.Series(float("nan"), index=frame.index)
    given = {
        word: col.numbers(frame[column], file=file, column=column) if column else nothing
        for word, column in (("homes", homes), ("people", people), ("per", per_home))
    }
    years = frame[year].str.strip().map({t: _year(t) for t in frame[year].str.strip().unique()}).astype("int64")
    each = given["per"].fillna(PEOPLE_PER_HOME)
    made = given["people"].fillna(given["homes"] * each)
    for wrong, words, mend in (
        (years == 0, f"no year from {_FIRST} to {_LAST}", "Give the year in which the homes are lived in, as 2031."),
        (made.isna(), "neither homes nor people", "Give a number, or take the row out."),
        (each <= 0, "people per home of nought or less", "Give the average number of people in a home, as 2.36."),
    ):
        if wrong.any():
            lines = ", ".join(str(int(n) + 2) for n in frame.index[wrong][:5])
            errors.append(
                DataError(
                    f"{file}: {count(int(wrong.sum()), 'row has', 'rows have')} {words} (line {lines}).", mend=mend
                )
            )
    lsoa = col.find(names, *marks.LSOA)
    codes = frame[lsoa].str.strip().str.upper() if lsoa else pd.Series("", index=frame.index, dtype="str")
    odd = (codes != "") & ~codes.str.fullmatch(col.PATTERNS["lsoa"])
    if odd.any():
        shown = ", ".join(f"“{c}”" for c in list(dict.fromkeys(codes[odd]))[:5])
        errors.append(
            DataError(
                f"{file}, column “{lsoa}”: {count(int(odd.sum()), 'value is', 'values are')} no LSOA code: {shown}.",
                mend="Give an LSOA code such as E01000001, or leave the cell blank and give a postcode or a point.",
            )
        )
    gather(errors)
    source = col.find(names, "source", "source of figures")
    out = pd.DataFrame(
        {
            "lsoa": codes, "year": years, "homes": given["homes"], "people": made,
            "site": _text(frame, col.find(names, *(n for n in assets.NAMES if n != "label"), "site")),
            "source": _text(frame, source),
        }
    )  # fmt: skip
    notes = []
    from_homes = given["people"].isna()
    if from_homes.any():
        own = from_homes & given["per"].notna()
        usual = int((from_homes & ~own).sum())
        if usual:
            notes.append(f"{count(usual, 'row')} of homes at {PEOPLE_PER_HOME} people a home (England, Census 2011)")
        if own.any():
            notes.append(f"{count(int(own.sum()), 'row')} of homes at the people a home that the file gives")
    fewer = int((made < 0).sum())
    if fewer:
        notes.append(f"{count(fewer, 'row takes', 'rows take')} people away (homes lost)")
    if (frame[year].str.contains(r"\d\s*[/-]\s*\d", regex=True)).any():
        notes.append("a financial year counts as the later of its two years")
    return out, tuple(notes)


def _year(text: str) -> int:
    """2031 of "2031", 2027 of "2026/27" or "2026-2027"; 0 of anything else."""
    plain = re.fullmatch(r"(\d{4})(?:\.0+)?", text)
    if plain:
        year = int(plain[1])
    else:
        pair = re.fullmatch(r"(\d{4})\s*[/–-]\s*(\d{2}|\d{4})", text)
        if not pair:
            return 0
        year = int(pair[1]) + 1
        if str(year)[-len(pair[2]) :] != pair[2]:
            return 0
    return year if _FIRST <= year <= _LAST else 0


def _text(frame: pd.DataFrame, column: str | None) -> pd.Series[str]:
    if column is None:
        return pd.Series("", index=frame.index, dtype="str")
    told = frame[column].fillna("").astype("str").str.replace(r"[\x00-\x1f\x7f-\x9f]", " ", regex=True)
    return told.str.replace(r"\s+", " ", regex=True).str.strip().str[:_LONGEST]

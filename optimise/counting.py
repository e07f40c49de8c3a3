"""The populations that a range can be put on, each a sum over units, under the names that they always have.

People of a later year are residents and those whom the table of growth adds up to that year, under the key "year:2031".

Lists by agreed home, as of a practice that belongs to a neighbourhood it is not sited in, are no sum over units: they
are shown beside these, and no range is put on them.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from boundaries.area import Area
from optimise.criteria import year_of
from optimise.errors import CriteriaError
from optimise.problem import Floats, Ints
from optimise.solution import Reason

CALLED = {
    "residents": "residents",
    "registered": "registered patients living here",
    "lists": "lists of practices sited here",
}
_WHOM = {"registered": CALLED["registered"], "lists": "patients on lists of practices sited here"}
_NEEDS = {
    "registered": "the file of patients registered by practice and LSOA",
    "lists": "the file of patients registered by practice and LSOA, and the practices with their postcodes",
}


def called(count: str) -> str:
    """What the population is called: "residents", "people in 2031"."""
    year = year_of(count)
    return CALLED[count] if year is None else f"people in {year}"


def whom(count: str) -> str:
    """The same after a number: 4,000 "people", "patients on lists of practices sited here", "people in 2031"."""
    return called(count) if year_of(count) is not None else _WHOM.get(count, "people")


def years(area: Area) -> tuple[int, ...]:
    """The years of the table of growth, in order."""
    return tuple(sorted({int(year) for year in area.growth["year"]}))


def population(area: Area, count: str) -> Floats:
    """(n,) people of each unit, NaN where they are not known.

    lists : all patients, wherever they live, on the lists of the practices sited in the unit; 0 in most units, NaN in
    all of them where no list is known at all. Practices sited elsewhere or nowhere known count nowhere. year:Y :
    residents and all whom the table of growth adds from then on up to Y; NaN in all units for a year it does not have.
    """
    year = year_of(count)
    if year is not None:
        return _in_year(area, year)
    if count != "lists":
        known: Floats = area.units[count].to_numpy(dtype=np.float64)
        return known
    size = area.practices["list_size"].to_numpy(dtype=np.float64)
    at = area.units.index.get_indexer(area.practices["unit"].astype("str"))
    sited = (at >= 0) & np.isfinite(size)
    if not sited.any():
        return np.full(len(area.codes), np.nan)
    return np.bincount(at[sited], weights=size[sited], minlength=len(area.codes)).astype(np.float64)


def _in_year(area: Area, year: int) -> Floats:
    if year not in years(area):
        return np.full(len(area.codes), np.nan)
    table = area.growth[area.growth["year"] <= year]
    at = area.units.index.get_indexer(table["unit"].astype("str"))
    more = np.bincount(at, weights=table["people"].to_numpy(dtype=np.float64), minlength=len(area.codes))
    found: Floats = area.units["residents"].to_numpy(dtype=np.float64) + more
    return found


def is_known(area: Area, count: str) -> bool:
    """Whether that population is known for every unit."""
    return bool(np.isfinite(population(area, count)).all())


def people_counted(area: Area, count: str) -> Ints:
    """(n,) the population a range is put on, to the person. Raises CriteriaError where a unit has no count of it."""
    found = population(area, count)
    missing = [code for code, value in zip(area.codes, found, strict=True) if not np.isfinite(value)]
    if missing and year_of(count) is not None:
        raise _no_year(area, count)
    if missing:
        what = "registered patients" if count == "registered" else CALLED[count]
        raise CriteriaError(
            f"The range is to count {what}, but {len(missing):,} of {len(area.codes):,} LSOAs in "
            f"{area.name} have no count of them ({', '.join(missing[:3])}{'…' if len(missing) > 3 else ''}).",
            mend=f"Add {_NEEDS[count]}, or count residents.",
        )
    return np.asarray(np.rint(found), dtype=np.int64)


def _no_year(area: Area, count: str) -> CriteriaError:
    known = years(area)
    if not known:
        return CriteriaError(
            f"The range is to count {called(count)}, but no table of growth is loaded for {area.name}.",
            mend="Add growth.csv (year, homes or people, and an LSOA, postcode or point), or count residents.",
        )
    return CriteriaError(
        f"The range is to count {called(count)}, but the table of growth for {area.name} has no such year.",
        mend=f"Choose one of its years ({', '.join(map(str, known))}), or count residents.",
    )


def said_of(reason: Reason, count: str) -> Reason:
    """A reason why there is no plan, in the words of the population that the range is on; others stay as they are."""
    if whom(count) == "people" or not re.search(r"\bpeople\b", reason.message):
        return reason
    if count != "lists":
        message, mend = (re.sub(r"\bpeople\b", whom(count), text) for text in (reason.message, reason.mend))
        return replace(reason, message=message, mend=mend)
    message = re.sub(r"\bpeople\b", "patients on lists", reason.message)
    return replace(
        reason,
        message=f"By the lists of practices sited in each neighbourhood: {message}",
        mend=f"{reason.mend} Or put the range on residents, or on registered patients living here: the list of a "
        "practice counts whole where it is sited, and cannot be divided.".strip(),
    )

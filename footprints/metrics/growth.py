"""Growth: who lives in each neighbourhood in a later year, and which neighbourhoods leave the range, and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.metrics.scene import Scene
from footprints.plan import Plan
from optimise.criteria import year_of
from optimise.problem import Floats, Ints

NEEDS = (
    "a table of growth (growth.csv): the columns year, homes or people, and LSOA21CD, postcode, or easting and "
    "northing; if you like also name, source and people_per_home"
)
RULE = (
    "People in a year = people now + Σ people of homes finished after the residents were counted and up to that year. "
    "Homes count at 2.36 people (the average household of England, Census 2011) where the table gives no people. "
    "Nothing else changes: no births, deaths or moves between homes that stand."
)


@dataclass(frozen=True)
class Leaving:
    """A neighbourhood that is in range now and not in a later year. year : the first such. people : in that year."""

    code: str
    name: str
    year: int
    people: int
    above: bool


@dataclass(frozen=True, eq=False)
class Growth:
    """Population by neighbourhood and year.

    start : the year of the population now (0 when not stated). years : sorted, after `start`. now : (k + 1,) people
    now, the last for units in no neighbourhood. people : (k + 1, y) in each year. leaving : earliest first. out_now :
    codes that are out of range already. range_year : the year that the range is on, 0 where that is now: leaving is
    then counted from that year, and who is out of range is so in it. counts_registered : whether the range is on
    registered patients, to whom new residents are added one for one.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    start: int
    years: tuple[int, ...]
    now: Floats
    people: Floats
    leaving: tuple[Leaving, ...]
    out_now: tuple[str, ...]
    minimum: int
    maximum: int
    counts_registered: bool
    sources: tuple[str, ...]
    range_year: int = 0

    def in_year(self, year: int) -> Floats:
        """(k + 1,) people in a year: of the last year of the table that is not after it."""
        before = [n for n, y in enumerate(self.years) if y <= year]
        return self.people[:, before[-1]] if before else self.now


def growth_of(plan: Plan, area: Area) -> Growth | None:
    """People by year under a plan, against its range; None where no growth is loaded.

    Raises DataError where the range counts registered patients or a year that are not loaded, or lists of practices.
    """
    return growth_on(Scene(plan, area)) if len(area.growth) else None


def growth_on(scene: Scene) -> Growth:
    """The same for a plan that is laid on its area; without growth there are no years.

    Raises DataError for a range on lists of practices: where new residents will register is not known.
    """
    plan, area, k = scene.plan, scene.area, scene.k
    if plan.criteria.count == "lists":
        raise DataError(
            "The range is on lists of practices sited here, and which practices new residents will join is not known.",
            mend="Put the range on residents to see whom planned homes take out of it.",
        )
    table = area.growth
    label = np.where(scene.label >= 0, scene.label, k)
    range_year = year_of(plan.criteria.count) or 0
    counted = _by_label(scene.counted, label, k)  # refused where it is not known for every unit
    now = _by_label(scene.residents, label, k) if range_year else counted
    years = tuple(sorted({int(y) for y in table["year"]}))
    place = dict(zip(area.codes, label, strict=True))
    added = np.zeros((k + 1, len(years)))
    for unit, year, people in zip(table["unit"], table["year"], table["people"], strict=True):
        added[place[str(unit)], years.index(int(year))] += float(people)
    people = now[:, None] + added.cumsum(axis=1)
    if range_year:
        people[:, years.index(range_year)] = counted  # to the person by unit, as the checker counts them
    low, high = plan.criteria.minimum, plan.criteria.maximum
    names = tuple(n.name for n in plan.neighbourhoods)
    filled = [d for d in range(k) if len(scene.members[d])]
    first = years.index(range_year) + 1 if range_year else 0
    later, after = people[:, first:], years[first:]
    leaving = [
        found for d in filled if (found := _leaves(scene.codes[d], names[d], counted[d], later[d], after, low, high))
    ]
    return Growth(
        codes=scene.codes,
        names=names,
        start=area.people_year,
        years=years,
        now=now,
        people=people,
        leaving=tuple(sorted(leaving, key=lambda one: (one.year, one.code))),
        out_now=tuple(scene.codes[d] for d in filled if not low <= round(float(counted[d])) <= high),
        minimum=low,
        maximum=high,
        counts_registered=plan.criteria.count == "registered",
        sources=tuple(sorted({str(s) for s in table["source"] if str(s)})),
        range_year=range_year,
    )


def _by_label(people: Ints, label: Ints, k: int) -> Floats:
    return np.bincount(label, weights=people.astype(np.float64), minlength=k + 1).astype(np.float64)


def _leaves(
    code: str, name: str, now: float, people: Floats, years: tuple[int, ...], low: int, high: int
) -> Leaving | None:
    if not low <= now <= high:
        return None
    for year, there in zip(years, np.rint(people), strict=True):
        if not low <= there <= high:
            return Leaving(code, name, year, int(there), bool(there > high))
    return None

"""What pages and papers can be narrowed to: a health and wellbeing board's area, a place, an ICB, a district. Nothing
is lost: what lies outside stands in one line, and every total is that of the whole (`footprints.narrowing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.metrics.scene import Scene
from footprints.plan import Plan
from optimise.problem import Bools

LEVELS = {
    "upper_tier": "health and wellbeing board area",
    "icb": "ICB",
    "sub_icb": "sub-ICB location",
    "district": "district",
}
PLACE = "place"


@dataclass(frozen=True)
class Body:
    """name : as people call it. kind : a key of `LEVELS`, or "place". code : of the level; "" of a place. label : what
    it is, in words. units : its LSOAs. plan : of a place, the id of the plan whose place it is: its LSOAs are those of
    the body under every plan.
    """

    name: str
    kind: str
    code: str
    label: str
    units: frozenset[str] = frozenset()
    plan: str = ""

    @property
    def key(self) -> str:
        """What `body` finds it by, and no other: its code, or `place:` and its name."""
        return self.code or f"{PLACE}:{self.name}"

    def inside(self, area: Area) -> Bools:
        """(n,) the units of the area that are its."""
        return np.array([unit in self.units for unit in area.codes], dtype=np.bool_)

    def residents(self, scene: Scene) -> tuple[list[int], list[int]]:
        """Residents of each neighbourhood inside and outside."""
        inside, residents = self.inside(scene.area), scene.residents
        here = scene.total(np.where(inside, residents, 0)).astype(np.int64)
        away = scene.total(np.where(inside, 0, residents)).astype(np.int64)
        return here.tolist(), away.tolist()

    def touched(self, scene: Scene) -> list[bool]:
        """Whether a neighbourhood has a unit inside."""
        inside = self.inside(scene.area)
        return [bool(len(units) and inside[units].any()) for units in scene.members]


def bodies(area: Area, plans: Sequence[Plan]) -> tuple[Body, ...]:
    """Every body that these plans can be narrowed to, by kind, then name; a council of all of the area is none.

    A council that is both tiers has one code, and is one body, of the first kind. A place has the LSOAs that it has in
    the first of the plans in which it has any.
    """
    found: list[Body] = []
    for key, label in LEVELS.items():
        level = area.levels.get(key)
        if level is None:
            continue
        units: dict[str, set[str]] = {}
        for unit, code in zip(area.codes, level.assignment, strict=True):
            units.setdefault(code, set()).add(unit)
        known = {one.code for one in found}
        found += [
            Body(level.names.get(code) or code, key, code, label, frozenset(own))
            for code, own in sorted(units.items(), key=lambda one: (level.names.get(one[0], one[0]), one[0]))
            if code and code not in known and len(own) < len(area.codes)
        ]
    places: dict[str, Body] = {}
    for plan in plans:
        where = {one.code: one.place for one in plan.neighbourhoods}
        for name in sorted(set(where.values()) - {"", *places}):
            own_units = frozenset(unit for unit, code in plan.assignment if where.get(code) == name)
            if own_units:
                places[name] = Body(name, PLACE, "", "place of the plan", own_units, plan.id)
    return (*found, *(places[name] for name in sorted(places)))


def body(wanted: str, area: Area, plans: Sequence[Plan]) -> Body:
    """The body of that key, code or name; of one name, what is no place of a plan first.

    Raises PlanError where there is none, naming those there are.
    """
    known = bodies(area, plans)
    said = wanted.strip().casefold()
    found = [one for one in known if said and said in (one.code.casefold(), one.key.casefold())]
    found = found or [one for one in known if said == one.name.casefold()]
    if not found:
        names = [f"{one.name} ({one.key})" for one in known]
        raise PlanError(
            f"This cannot be narrowed to “{wanted}”: {area.name} has no part of that code or name.",
            mend=f"Choose among {some(names, 12)}." if names else "Leave it out: the area is one body.",
        )
    return found[0]

"""A plan seen from one body: its part of each neighbourhood, what is beyond its line, and the whole, to the person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from boundaries.area import Area
from footprints.bodies import LEVELS, PLACE, Body
from footprints.metrics.scene import Scene
from footprints.plan import Plan
from footprints.standing import Standing, standings
from optimise.problem import Bools
from optimise.words import count, listed

MOST_NAMED = 4


@dataclass(frozen=True)
class Part:
    """One neighbourhood as the line of a body leaves it. inside, beyond : residents. touched : it has an LSOA inside.

    standing : the whole of it against what the plan asks for.
    """

    code: str
    name: str
    inside: int
    beyond: int
    touched: bool
    standing: Standing

    @property
    def whole(self) -> int:
        """All its residents."""
        return self.inside + self.beyond

    @property
    def crosses(self) -> bool:
        """Whether people on both sides of the line share it."""
        return self.touched and self.beyond > 0


@dataclass(frozen=True, eq=False)
class Narrowed:
    """A plan seen from a body. parts : every neighbourhood of the plan. loose, loose_beyond : residents inside and
    outside who are in no neighbourhood.
    """

    body: Body
    plan: Plan
    parts: tuple[Part, ...]
    loose: int
    loose_beyond: int

    @cached_property
    def own(self) -> tuple[Part, ...]:
        """The neighbourhoods with an LSOA inside."""
        return tuple(part for part in self.parts if part.touched)

    @cached_property
    def others(self) -> tuple[Part, ...]:
        """The neighbourhoods wholly outside, without those that have no LSOA at all."""
        return tuple(part for part in self.parts if not part.touched and part.standing.units)

    @property
    def crossing(self) -> tuple[Part, ...]:
        """Those that the line divides."""
        return tuple(part for part in self.own if part.crosses)

    @property
    def codes(self) -> frozenset[str]:
        """Codes of the neighbourhoods with an LSOA inside."""
        return frozenset(part.code for part in self.own)

    @property
    def settled(self) -> int:
        """Residents of the body who have a neighbourhood."""
        return sum(part.inside for part in self.own)

    @property
    def residents(self) -> int:
        """All residents of the body."""
        return self.settled + self.loose

    @property
    def shared(self) -> int:
        """Residents beyond its line in the neighbourhoods that it touches."""
        return sum(part.beyond for part in self.own)

    @property
    def everyone(self) -> int:
        """All residents of the area."""
        return sum(part.whole for part in self.parts) + self.loose + self.loose_beyond

    @property
    def across(self) -> str:
        """Which neighbourhoods its line divides, each with its people inside and in all, in a sentence."""
        found = self.crossing
        if not found:
            return f"No neighbourhood of “{self.plan.name}” crosses its line."
        named = [f"{part.name} ({part.inside:,} of its {part.whole:,} residents inside)" for part in found[:MOST_NAMED]]
        named += [f"{len(found) - MOST_NAMED:,} more"] if len(found) > MOST_NAMED else []
        crosses = "crosses" if len(found) == 1 else "cross"
        return f"{count(len(found), 'neighbourhood')} of “{self.plan.name}” {crosses} its line: {listed(named)}."


def narrowed(body: Body, plan: Plan, area: Area) -> Narrowed:
    """A plan seen from a body. Raises PlanError where the plan names units that are not the area's."""
    scene = Scene(plan, area)
    here, away = body.residents(scene)
    rows = zip(standings(plan, area), here, away, body.touched(scene), strict=True)
    parts = tuple(Part(own.code, own.name, a, b, touched, own) for own, a, b, touched in rows)
    inside, loose = body.inside(area), scene.label < 0
    return Narrowed(
        body,
        plan,
        parts,
        int(scene.residents[loose & inside].sum()),
        int(scene.residents[loose & ~inside].sum()),
    )


def reconciled(body: Body, area: Area, plans: Sequence[Plan]) -> str:
    """What is shown of how many, and where all the others are: the line that stands on everything that is narrowed.

    plans : those that a place can be one of; the other places are of the plan that the body is of.
    """
    residents = area.units["residents"].to_numpy(dtype=np.int64)
    inside = body.inside(area)
    here, everyone = int(residents[inside].sum()), int(residents.sum())
    rest = [(name, int(residents[at].sum())) for name, at in _others(body, area, plans)]
    rest.sort(key=lambda one: (-one[1], one[0]))
    most = len(rest) if len(rest) <= MOST_NAMED + 1 else MOST_NAMED
    named = [f"{name} ({people:,})" for name, people in rest[:most]]
    if len(rest) > most:
        named.append(f"{len(rest) - most:,} more ({sum(people for _, people in rest[most:]):,})")
    where = f" in {listed(named)}" if named else " elsewhere"
    said = f"Narrowed to {body.name} ({body.label}): {here:,} of {everyone:,} residents of {area.name}; "
    said += f"the other {everyone - here:,} are{where}."
    of = next((plan.name for plan in plans if plan.id == body.plan), "")
    return f"{said} Its LSOAs are those of the place in “{of}”, under every option." if of else said


def _others(body: Body, area: Area, plans: Sequence[Plan]) -> list[tuple[str, Bools]]:
    """The other bodies of its kind with their units, and the units that are in none of them."""
    names: Mapping[str, str] = {}
    if body.kind == PLACE:
        plan = next((plan for plan in plans if plan.id == body.plan), None)
        place = {own.code: own.place for own in plan.neighbourhoods} if plan else {}
        where = plan.where() if plan else {}
        of = [place.get(where.get(unit, ""), "") for unit in area.codes]
        of = [body.name if unit in body.units else own for unit, own in zip(area.codes, of, strict=True)]
        own, none = body.name, "no place"
    else:
        level = area.level(body.kind)
        of, names, own, none = list(level.assignment), level.names, body.code, f"no {LEVELS[body.kind]}"
    found = []
    for code in sorted(set(of) - {own}):
        found.append((names.get(code) or code or none, np.array([one == code for one in of], dtype=np.bool_)))
    return found

"""`Subject`: one plan of the paper with all that is told of it, worked out when it is first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from footprints.disclosure import Shown, told
from footprints.flows import Flows
from footprints.matching import closeness, match, shared_people
from footprints.metrics import Scorecard
from footprints.metrics.scene import Scene
from footprints.plan import Plan
from footprints.practices import Impact, PcnRow, Populations, Spread, impacts, pcn_rows, populations, spread_of
from footprints.report.drawing import numbers_of
from footprints.standing import people_by_unit
from optimise.problem import Bools, Floats


@dataclass(frozen=True, eq=False)
class Change:
    """From one plan to another. pairs : (neighbourhood before, after, people in both) that count as the same one, so
    that renumbering is no change. moved : (n,) units whose people have another neighbourhood.
    """

    pairs: tuple[tuple[str, str, int], ...]
    moved: Bools


class Subject:
    """title : what the plan is called in this paper. today : it is today's arrangement, not an option. shown : the
    area as the public is shown it.

    Raises PlanError where the plan names units that are not the area's.
    """

    def __init__(self, plan: Plan, shown: Shown, title: str, *, flows: Flows, today: bool = False) -> None:
        self.plan = plan
        self.audience = shown.audience
        self.area = shown.area
        area = shown.area
        self.title = title
        self.today = today
        self.scene = Scene(plan, area)
        self._flows = flows
        self._changes: dict[str, Change] = {}

    def change_from(self, before: Subject) -> Change:
        """What changes from another plan of the area to this one."""
        if before.plan.id not in self._changes:
            old, new, people = before.plan.where(), self.plan.where(), people_by_unit(self.area)
            shared, same = shared_people(old, new, people), match(closeness(old, new, people))
            moved = [
                bool(old.get(u) or new.get(u)) and not (u in old and u in new and same.get(old[u]) == new[u])
                for u in self.area.codes
            ]
            pairs = tuple((a, b, shared[a, b]) for a, b in same.items())
            self._changes[before.plan.id] = Change(pairs, np.array(moved, dtype=np.bool_))
        return self._changes[before.plan.id]

    @cached_property
    def card(self) -> Scorecard:
        """Every measure of the plan that the public may be told."""
        return told(self.plan, self.area, self.audience)

    @cached_property
    def spread(self) -> Spread:
        """Its practices and where their patients live."""
        return spread_of(self.plan, self.area, self._flows)

    @cached_property
    def impacts(self) -> tuple[Impact, ...]:
        """What it means for each practice, largest lists first."""
        return impacts(self.spread)

    @cached_property
    def sited(self) -> tuple[Impact, ...]:
        """The practices among them with a site in a neighbourhood of the plan."""
        return tuple(one for one in self.impacts if one.site)

    @cached_property
    def pcns(self) -> tuple[PcnRow, ...]:
        """What it means for each PCN with a site in the plan and most of its patients in the area."""
        return tuple(one for one in pcn_rows(self.spread) if one.pcn and one.ours and one.sited_in)

    @cached_property
    def populations(self) -> tuple[Populations, ...]:
        """Three populations of each neighbourhood; the last row is of what is in none."""
        return populations(self.spread, self.area)

    @cached_property
    def numbers(self) -> Mapping[str, str]:
        """The number of each neighbourhood on the map."""
        return numbers_of(self.plan)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """The name of each neighbourhood by code."""
        return {own.code: own.name for own in self.plan.neighbourhoods}

    @cached_property
    def km(self) -> Floats:
        """(n,) straight-line km of each unit to the centre of its neighbourhood; NaN for units in none."""
        xy = self.area.units[["x", "y"]].to_numpy(dtype=np.float64) / 1000.0
        centre = np.array([unit for unit, _ in self.scene.centres] or [-1], dtype=np.int64)
        at = np.where(self.scene.label >= 0, centre[self.scene.label], -1)
        apart = np.sqrt(((xy - xy[at]) ** 2).sum(axis=1))
        found: Floats = np.where(at >= 0, apart, np.nan)
        return found

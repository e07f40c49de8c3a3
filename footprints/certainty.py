"""Core and contested: for each area, in how many good plans it stays where a plan has it, and where it goes otherwise.

Neighbourhoods of two plans are paired so that most people stay where they are (`footprints.matching`); a plan keeps an
area where it has it in the neighbourhood that is paired with its own. What most plans agree on is core; the rest is
contested, and the evidence on each such area is what `footprints.moving` tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.matching import closeness, match
from footprints.moving import Moving, Patients, moving
from footprints.plan import Plan, check_fits
from footprints.standing import people_by_unit
from optimise.words import count

CORE = 0.8


@dataclass(frozen=True)
class Certainty:
    """An area: its neighbourhood, the share of plans that keep it there, and where most of the others put it.

    runner_up : code of the neighbourhood, "" where none of this plan's answers to it (or there are no others).
    runner_share : of all plans.
    """

    unit: str
    code: str
    kept: float
    runner_up: str = ""
    runner_share: float = 0.0

    @property
    def core(self) -> bool:
        """At least four plans in five keep it."""
        return self.kept >= CORE


@dataclass(frozen=True)
class Contested:
    """A contested area with what it would do to move it to the runner-up; None where that does not touch it."""

    certainty: Certainty
    move: Moving | None


@dataclass(frozen=True)
class Judged:
    """A plan judged by others. plans : how many. found : every assigned area, by code. doubts : as `contested`."""

    plan: Plan
    plans: int
    found: tuple[Certainty, ...]
    doubts: tuple[Contested, ...]

    def in_words(self, area: Area) -> str:
        """How much of the place is core, in one sentence."""
        return in_words(self.found, area, self.plans)


def judge(plan: Plan, others: Sequence[Plan], evidence: Patients) -> Judged:
    """How sure each area is and what moving the contested ones would do. Raises PlanError as `certainty`."""
    found = certainty(plan, others, evidence.area)
    return Judged(plan, len(others), found, contested(plan, found, evidence))


def certainty(plan: Plan, others: Sequence[Plan], area: Area) -> tuple[Certainty, ...]:
    """How sure each assigned area of `plan` is, in code order, judged by the other plans, each of which counts alike.

    Raises PlanError without other plans, and for a plan of another area.
    """
    for other in others:
        check_fits(other, area)
    return by_homes(plan, [other.where() for other in others], area)


def by_homes(plan: Plan, others: Sequence[Mapping[str, str]], area: Area) -> tuple[Certainty, ...]:
    """The same, judged by plans of which only unit -> neighbourhood is known. Raises PlanError without any."""
    if not others:
        raise PlanError("Certainty needs other good plans to judge by.", mend="Make some, as with propose --options 8.")
    people, where = people_by_unit(area), plan.where()
    kept: Counter[str] = Counter()
    goes: dict[str, Counter[str]] = {unit: Counter() for unit in where}
    for there in others:
        pair = match(closeness(where, there, people))
        back = {after: before for before, after in pair.items()}
        for unit, code in where.items():
            if pair.get(code) == there.get(unit):
                kept[unit] += 1
            else:
                goes[unit][back.get(there.get(unit, ""), "")] += 1
    made = []
    for unit, code in sorted(where.items()):
        to, times = min(goes[unit].items(), key=lambda one: (-one[1], one[0] == "", one[0]), default=("", 0))
        made.append(Certainty(unit, code, kept[unit] / len(others), to, times / len(others)))
    return tuple(made)


def contested(plan: Plan, found: Sequence[Certainty], evidence: Patients) -> tuple[Contested, ...]:
    """The areas that are not core, least certain first and then most people first, with the evidence on each."""
    area, where = evidence.area, plan.where()
    beside: dict[str, set[str]] = {}
    for a, b in zip(area.edges["from_code"], area.edges["to_code"], strict=True):
        beside.setdefault(a, set()).add(where.get(b, ""))
        beside.setdefault(b, set()).add(where.get(a, ""))
    sure = {one.unit: one for one in found}
    return tuple(
        Contested(
            one,
            moving(plan, evidence, [one.unit], one.runner_up)
            if one.runner_up and one.runner_up in beside.get(one.unit, ())
            else None,
        )
        for one in (sure[unit] for unit in contested_units(found, area))
    )


def contested_units(found: Sequence[Certainty], area: Area) -> list[str]:
    """The areas that are not core, in the order of `contested`."""
    people = people_by_unit(area)
    rows = sorted((one.kept, -people[one.unit], one.unit) for one in found if not one.core)
    return [unit for _, _, unit in rows]


def in_words(found: Sequence[Certainty], area: Area, plans: int) -> str:
    """How much of the place is core, in one sentence."""
    people = people_by_unit(area)
    total = sum(people[one.unit] for one in found)
    core = sum(people[one.unit] for one in found if one.core)
    open_ones = sum(1 for one in found if not one.core)
    are = "is" if open_ones == 1 else "are"
    share = core / total if total else 1.0
    return (
        f"{share:.0%} of the people live in areas that at least four in five of {plans:,} good plans keep in the same "
        f"neighbourhood; {open_ones:,} of {count(len(found), 'area')} {are} contested."
    )

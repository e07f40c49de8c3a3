"""`propose`: criteria in, a plan out, with permanent codes, names and colours, and the truth about the solve."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from boundaries.area import Area
from footprints.codes import check_prefix, default_prefix, new_codes
from footprints.colours import people_of, settle, touching
from footprints.errors import PlanError, some
from footprints.matching import closeness, match, shared_people
from footprints.naming import propose_names
from footprints.plan import Neighbourhood, Plan, PlanLink, area_inputs, area_links, check_fits, codes_digest
from footprints.standing import people_by_unit
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.solution import Progress, Solution
from optimise.solve import solve


@dataclass(frozen=True)
class Proposal:
    """A plan, or None where there is none under the criteria, with the solution that tells why and how good it is."""

    plan: Plan | None
    solution: Solution


def propose(
    area: Area,
    criteria: Criteria,
    *,
    name: str = "Proposal",
    prefix: str | None = None,
    parent: Plan | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    processes: int | None = None,
) -> Proposal:
    """Solve, and make a plan of what was found.

    prefix : of the neighbourhood codes; by default the parent's, else four letters of the area's name.
    parent : a plan whose codes, names and colours go to the neighbourhoods that hold most of the same people.
    processes : how many share the work; all cores when None. The plan is the same for any number.

    Raises CriteriaError or DataError where the criteria do not fit the area, PlanError for a bad prefix or parent.
    """
    said = check_prefix(prefix) if prefix else None
    if parent is not None:
        check_fits(parent, area)
    problem = build_problem(area, criteria)
    solution = solve(problem, criteria, on_progress=on_progress, should_stop=should_stop, processes=processes)
    return proposal_of(area, criteria, solution, name=name, prefix=said, parent=parent)


def proposal_of(
    area: Area,
    criteria: Criteria,
    solution: Solution,
    *,
    name: str = "Proposal",
    prefix: str | None = None,
    parent: Plan | None = None,
) -> Proposal:
    """The plan of a solution that was made under these criteria, as `propose` makes it."""
    if solution.assignment is None:
        return Proposal(None, solution)
    labels = {unit: label for unit, label in zip(area.codes, solution.assignment, strict=True) if label >= 0}
    return Proposal(plan_from_labels(area, labels, criteria, name, prefix, parent, solution), solution)


def keeping_locks(criteria: Criteria, plan: Plan | None) -> Criteria:
    """The criteria with every locked unit of `plan` fixed where it is, unless they fix it otherwise."""
    if plan is None or not plan.locked:
        return criteria
    where = dict(plan.assignment)
    fixed = {unit: where[unit] for unit in plan.locked if unit in where} | dict(criteria.locks.fixed)
    return replace(criteria, locks=replace(criteria.locks, fixed=tuple(sorted(fixed.items()))))


def plan_from_labels(
    area: Area,
    labels: Mapping[str, int],
    criteria: Criteria | None = None,
    name: str = "Proposal",
    prefix: str | None = None,
    parent: Plan | None = None,
    solution: Solution | None = None,
) -> Plan:
    """A plan of any labels (unit code -> number): codes, names and colours as a proposal has them.

    Of a parent's locked units those stay locked that are where they were; the labels are taken as they are.
    """
    asked = criteria or Criteria()
    said = prefix or (parent.prefix if parent and parent.prefix else default_prefix(area.name))
    code_of = _codes(area, labels, asked, check_prefix(said), parent)
    where = {unit: code_of[label] for unit, label in labels.items()}
    in_use = sorted(code_of.values())
    old = {n.code: n for n in parent.neighbourhoods if n.code in in_use} if parent else {}
    members = {code: [u for u in sorted(where) if where[u] == code] for code in in_use if code not in old}
    names = propose_names(members, area, [n.name for n in old.values()])
    beside, people = touching(where, area, in_use), people_of(where, area, in_use)
    fills = settle(beside, people, {code: n.colour for code, n in old.items()})
    made = [
        replace(old[code], colour=fills[code]) if code in old else Neighbourhood(code, names[code], fills[code])
        for code in in_use
    ]
    before = parent.where() if parent else {}
    retired = sorted({*parent.codes, *parent.retired} - set(in_use)) if parent else []
    return Plan(
        name=name,
        area_name=area.name,
        area_digest=area.digest,
        area_codes_digest=codes_digest(area.codes),
        prefix=said,
        assignment=tuple(where.items()),
        neighbourhoods=tuple(made),
        criteria=asked,
        retired=tuple(retired),
        locked=tuple(unit for unit in (parent.locked if parent else ()) if before.get(unit, "") == where.get(unit)),
        notes=tuple(note for note in (parent.notes if parent else ()) if note.code not in retired),
        homes=tuple(home for home in (parent.homes if parent else ()) if home.neighbourhood in in_use),
        links=_links_used(area, where, asked, parent),
        tasks=parent.tasks if parent else (),
        exceptions=solution.exceptions if solution else (),
        inputs=area_inputs(area),
        parent=parent.id if parent else "",
    )


def empty_plan(area: Area, name: str, criteria: Criteria | None = None, prefix: str | None = None) -> Plan:
    """A plan with nothing drawn yet: no neighbourhoods, every unit unassigned."""
    return plan_from_labels(area, {}, criteria, name, prefix)


def _codes(
    area: Area, labels: Mapping[str, int], criteria: Criteria, prefix: str, parent: Plan | None
) -> dict[int, str]:
    """Label -> permanent code: locked codes first, then the parent's by people, then new ones from north to south."""
    numbers = sorted(set(labels.values()))
    people = people_by_unit(area)
    code_of = _locked_codes(labels, criteria)
    dead = sorted(set(code_of.values()) & set(parent.retired)) if parent else []
    if dead:
        raise PlanError(
            f"LSOAs are fixed to retired codes: {some(dead)}.", mend="A code is never reused; fix them to another."
        )
    if parent is not None:
        open_labels = {unit: str(label) for unit, label in labels.items() if label not in code_of}
        taken = set(code_of.values())
        before = {unit: code for unit, code in parent.assignment if code not in taken}
        shared = shared_people(before, open_labels, people)
        whole_before = _sums(before, people)
        whole_after = _sums(open_labels, people)
        for code, label in match(closeness(before, open_labels, people)).items():
            # The code goes along only where half of one is half of the other: else it is another neighbourhood.
            both = shared[code, label]
            if 2 * both >= whole_before[code] or 2 * both >= whole_after[label]:
                code_of[int(label)] = code
    left = [label for label in _north_to_south(area, labels, people, numbers) if label not in code_of]
    used = {*code_of.values(), *(parent.codes if parent else ()), *(parent.retired if parent else ())}
    used |= {code for _, code in criteria.locks.fixed} | {code for code, _ in criteria.locks.frozen}
    code_of |= dict(zip(left, new_codes(prefix, len(left), used), strict=True))
    return code_of


def _locked_codes(labels: Mapping[str, int], criteria: Criteria) -> dict[int, str]:
    code_of: dict[int, str] = {}
    frozen = ((unit, code) for code, units in criteria.locks.frozen for unit in units)
    for unit, code in (*criteria.locks.fixed, *frozen):
        if unit not in labels:
            continue
        if code_of.setdefault(labels[unit], code) != code:
            raise PlanError(
                f"{unit} is fixed to {code}, but shares its neighbourhood with LSOAs fixed to {code_of[labels[unit]]}.",
                mend="Take out one of these locks.",
            )
    twice = sorted({code for code in code_of.values() if list(code_of.values()).count(code) > 1})
    if twice:
        raise PlanError(
            f"LSOAs fixed to one code lie in several neighbourhoods: {some(twice)}.", mend="Check the locks."
        )
    return code_of


def _sums(where: Mapping[str, str], people: Mapping[str, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for unit, code in where.items():
        total[code] = total.get(code, 0) + people[unit]
    return total


def _north_to_south(
    area: Area, labels: Mapping[str, int], people: Mapping[str, int], numbers: Iterable[int]
) -> list[int]:
    """Labels in an order that a map shows: by district (that of most residents), then from north to south."""
    district = dict(zip(area.codes, area.level("district").assignment, strict=True))
    north = dict(zip(area.codes, np.asarray(area.units["y"], dtype=float).tolist(), strict=True))
    inside: dict[int, list[str]] = {number: [] for number in numbers}
    for unit in sorted(labels):
        inside[labels[unit]].append(unit)

    def place(number: int) -> tuple[str, float, str]:
        units = inside[number]
        by_district = _sums({u: district[u] for u in units}, people)
        main = min(by_district, key=lambda d: (-by_district[d], d))
        weight = sum(max(1, people[u]) for u in units)
        return main, -sum(max(1, people[u]) * north[u] for u in units) / weight, units[0]

    return sorted(inside, key=place)


def _links_used(area: Area, where: Mapping[str, str], criteria: Criteria, parent: Plan | None) -> tuple[PlanLink, ...]:
    """Links, read or accepted, with both ends in one neighbourhood, and those that the parent had declared."""
    accepted = [
        PlanLink(min(k.from_code, k.to_code), max(k.from_code, k.to_code), k.kind, k.note or k.reason)
        for k in (area.proposed_links if criteria.accept_links else ())
    ]
    inside = [
        link
        for link in (*area_links(area), *accepted)
        if where.get(link.from_code, "") and where.get(link.from_code) == where.get(link.to_code)
    ]
    return (*inside, *(parent.links if parent else ()))

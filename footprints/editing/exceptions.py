"""Departures from the rules that no drawing could avoid, as the optimiser would declare them before solving.

An island with too few people, or a district that is too small, is out of range however it is drawn; so is a small
district that has to be joined to another. Nothing else is offered as an exception.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import replace
from functools import lru_cache

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.metrics.scene import plan_problem
from footprints.plan import Plan, PlanLink
from footprints.propose import empty_plan
from optimise.certificate import Fault, check_criteria, joined_nests, size_declared
from optimise.criteria import Criteria
from optimise.problem import Problem
from optimise.solution import DeclaredException
from optimise.splitting.nesting import arrange

_KINDS = ("undersized", "joined", "crosses upper tier")


def forced(plan: Plan, area: Area, code: str) -> tuple[DeclaredException, ...]:
    """What has to be declared for one neighbourhood to be within the rules as it is drawn; () where that is not forced.

    Tried out by the checker: only what takes a fault away and brings none is given.
    """
    units = set(plan.units_of(code))
    if not units:
        return ()
    problem = _problem(plan.criteria, plan.links, area)
    where = plan.where()
    before = check_criteria(problem, plan.criteria, where, plan.exceptions)
    if not any(_is_of(fault, code) for fault in before):
        return ()
    for found in _ways(problem, plan.criteria, units):
        after = check_criteria(problem, plan.criteria, where, (*plan.exceptions, *found))
        if not any(_is_of(fault, code) for fault in after) and len(after) < len(before):
            return found
    return ()


def _is_of(fault: Fault, code: str) -> bool:
    return fault.rule in ("range", "nested") and fault.where[:1] == (code,)


def _ways(problem: Problem, criteria: Criteria, units: set[str]) -> Iterator[tuple[DeclaredException, ...]]:
    """Declarations that concern these units alone: under the criteria; with small districts left alone; joined so."""
    asked = [criteria, replace(criteria, small_districts="alone")]
    asked += [replace(criteria, joins=(*criteria.joins, pair)) for pair in _joins(problem, criteria, units)]
    for one in asked:
        try:
            declared = arrange(problem, one).exceptions
        except FootprintError:
            continue
        found = tuple(e for e in declared if e.kind in _KINDS and set(e.units) <= units)
        if found:
            yield found


def _joins(problem: Problem, criteria: Criteria, units: set[str]) -> Iterator[tuple[str, str]]:
    """Pairs of districts, both in the neighbourhood, of which the first has too few people to stand alone."""
    if len(criteria.within) != 1 or criteria.within[0] not in problem.levels:
        return
    level = problem.levels[criteria.within[0]]
    inside = [i for i, code in enumerate(problem.codes) if code in units]
    groups = sorted({int(level.group[i]) for i in inside} - {-1})
    small = [g for g in groups if int(problem.people[level.group == g].sum()) < criteria.minimum]
    for a in small:
        for b in groups:
            if a != b:
                yield level.codes[a], level.codes[b]


def size_excused(plan: Plan, inside: Set[str], people: int) -> bool:
    """Whether the plan declares that a neighbourhood of exactly these units is out of range."""
    return bool(plan.exceptions) and size_declared(plan.criteria, plan.exceptions, inside, people)


def one_nest(plan: Plan, area: Area, inside: Set[str]) -> bool:
    """Whether these units lie within one district (or whatever is to hold) after the joins that the plan declares."""
    if not plan.exceptions:
        return False
    nest_of = _nest_of(plan.criteria, plan.links, plan.exceptions, area)
    return len({nest_of[unit] for unit in inside}) < 2


@lru_cache(maxsize=8)
def _nest_of(
    criteria: Criteria, links: tuple[PlanLink, ...], exceptions: tuple[DeclaredException, ...], area: Area
) -> dict[str, str]:
    problem = _problem(criteria, links, area)
    return dict(zip(problem.codes, joined_nests(problem, criteria, exceptions)[0], strict=True))


@lru_cache(maxsize=8)
def _problem(criteria: Criteria, links: tuple[PlanLink, ...], area: Area) -> Problem:
    return plan_problem(replace(empty_plan(area, "-", criteria), links=links), area)

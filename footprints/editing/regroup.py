"""Two to four neighbourhoods divided anew, as well as can be, with everything else and every locked unit left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.matching import closeness, match
from footprints.metrics.scene import plan_problem
from footprints.plan import Plan
from footprints.propose import keeping_locks
from footprints.review.ground import Ground
from footprints.standing import people_by_unit
from optimise.criteria import Criteria, Locks
from optimise.problem import Problem, restricted
from optimise.solution import EXACT, Progress
from optimise.solve import solve
from optimise.words import at_most, count

MOST = 4
SECONDS = 15


@dataclass(frozen=True)
class Regrouped:
    """A better division of some neighbourhoods.

    moves : (units, the neighbourhood they go to); () where none better was found. people : residents who move.
    before, after : distance and size of these neighbourhoods, person-km. faults : sizes out of range and pieces too
    many, before and after. bound : no division of them under the same rules is worth less, person-km.
    """

    moves: tuple[tuple[tuple[str, ...], str], ...]
    people: int
    before: float
    after: float
    faults: tuple[int, int]
    bound: float
    words: str


def regroup(
    area: Area,
    plan: Plan,
    codes: Sequence[str],
    *,
    seconds: int = SECONDS,
    tell: Callable[[str, float | None], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    processes: int | None = None,
) -> Regrouped:
    """Divide the neighbourhoods `codes` anew under the plan's own criteria; their number, codes and names stay.

    A level that one of them crosses already need not be kept to. seconds : as for a proposal. Raises PlanError for
    fewer than two neighbourhoods or more than four, and where no division keeps the rules, with the reason.
    """
    chosen = regroupable(plan, codes)
    names = [plan.neighbourhood(code).name for code in chosen]
    whole = plan_problem(plan, area)
    where = plan.where()
    units = np.array([i for i, unit in enumerate(area.codes) if where.get(unit) in set(chosen)], dtype=np.int64)
    if not len(units):
        raise PlanError("These neighbourhoods have no areas yet.", mend="Paint some first.")
    problem = restricted(whole, units, " and ".join(names))
    asked = _asked(plan, problem, chosen, seconds)

    def hear(news: Progress) -> None:
        if tell is not None:
            tell("Dividing them anew and proving how good it is", None)

    solution = solve(problem, asked, on_progress=hear, should_stop=should_stop, processes=processes)
    if solution.assignment is None or min(solution.assignment) < 0:
        why = " ".join(f"{r.message} {r.mend}".strip() for r in solution.reasons[:1]) or "None was found in this time."
        raise PlanError(f"No division of {_and(names)} keeps the rules. {why}", mend="Choose others, or unlock some.")
    home = _codes(problem, solution.assignment, chosen, where, asked, people_by_unit(area))
    after = {unit: home[label] for unit, label in zip(problem.codes, solution.assignment, strict=True)}
    return judged(area, plan, chosen, after, solution.bound)


def regroupable(plan: Plan, codes: Sequence[str]) -> list[str]:
    """The neighbourhoods, sorted. Raises PlanError for too few, too many, or one that is not there."""
    chosen = sorted(set(codes))
    if not 2 <= len(chosen) <= MOST:
        raise PlanError(
            f"{count(len(chosen), 'neighbourhood')} cannot be divided anew.", mend=f"Choose two to {MOST} that touch."
        )
    for code in chosen:
        plan.neighbourhood(code)
    return chosen


def judged(area: Area, plan: Plan, codes: Sequence[str], after: Mapping[str, str], bound: float) -> Regrouped:
    """What a division (unit -> neighbourhood, for all units of `codes`) brings; no moves where it is not better."""
    ground = Ground(plan_problem(plan, area), plan.criteria)
    where, people = plan.where(), people_by_unit(area)
    own = {unit: code for unit, code in where.items() if code in codes}
    was, faults_before = _worth(ground, area, own, plan.criteria)
    now, faults_after = _worth(ground, area, after, plan.criteria)
    moving: dict[str, list[str]] = {}
    for unit in sorted(after):
        if own[unit] != after[unit]:
            moving.setdefault(after[unit], []).append(unit)
    better = (faults_after, now * (1 + 1e-9)) < (faults_before, was) and bool(moving)
    moves = tuple((tuple(units), code) for code, units in sorted(moving.items())) if better else ()
    moved = sum(people[unit] for units, _ in moves for unit in units)
    names = _and([plan.neighbourhood(code).name for code in codes])
    left = max(0.0, 1 - bound / (now if better else was)) if max(was, now) > 0 else 0.0
    proof = f"no other division of them is better{'' if left <= EXACT else f' by more than {at_most(left)}'}"
    if not better:
        words = f"{names} are divided as well as was found: {proof}."
    else:
        residents = sum(people[unit] for unit in own)
        gain = f"distance and size together fall by {(was - now) / max(1, residents):,.2f} km a head"
        if faults_after < faults_before:
            gain = f"{count(faults_before - faults_after, 'fault')} fewer"
        units = sum(len(units) for units, _ in moves)
        words = f"{count(units, 'area')}, {moved:,} people, move between {names}: {gain}; {proof}."
    return Regrouped(moves, moved, was, now if better else was, (faults_before, faults_after), bound, words)


def _asked(plan: Plan, problem: Problem, chosen: Sequence[str], seconds: int) -> Criteria:
    where, inside = plan.where(), set(problem.codes)
    kept = []
    for key in plan.criteria.within:
        level = problem.levels.get(key)
        of = dict(zip(problem.codes, level.group.tolist(), strict=True)) if level else {}
        crossing = any(len({of[u] for u in inside if where[u] == code and of[u] >= 0}) > 1 for code in chosen if of)
        kept += [] if crossing or not level else [key]
    fixed = tuple((u, c) for u, c in keeping_locks(plan.criteria, plan).locks.fixed if u in inside and c in chosen)
    return replace(
        plan.criteria, within=tuple(kept), neighbourhoods=len(chosen), locks=Locks(fixed=fixed), seconds=seconds
    )


def _codes(
    problem: Problem, labels: Sequence[int], chosen: Sequence[str], where: Mapping[str, str], asked: Criteria,
    people: Mapping[str, int],
) -> dict[int, str]:  # fmt: skip
    """Label -> code: first where locked units are, then by most of the same people."""
    label_of = dict(zip(problem.codes, labels, strict=True))
    home = {label_of[unit]: code for unit, code in asked.locks.fixed}
    open_units = {u: str(label) for u, label in label_of.items() if label not in home}
    before = {u: where[u] for u in problem.codes if where[u] not in home.values()}
    home |= {int(label): code for code, label in match(closeness(before, open_units, people)).items()}
    left = [code for code in chosen if code not in home.values()]
    rest = [label for label in sorted(set(labels)) if label not in home]
    return home | dict(zip(rest, left, strict=True))


def _worth(ground: Ground, area: Area, own: Mapping[str, str], criteria: Criteria) -> tuple[float, int]:
    """(person-km, faults) of neighbourhoods given as unit -> code."""
    at = {code: i for i, code in enumerate(area.codes)}
    total, faults = 0.0, 0
    for code in sorted(set(own.values())):
        members = [at[unit] for unit, c in own.items() if c == code]
        size = int(ground.problem.people[members].sum())
        total += ground.worth(members)
        faults += not criteria.minimum <= size <= criteria.maximum
        faults += len(ground.pieces(members)) - 1
    return total, faults


def _and(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]

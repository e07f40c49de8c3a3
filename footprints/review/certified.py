"""What is known of a plan that was not proposed: its value, a bound under its own criteria, and the groups proven.

The bound is that of a proposal, from the multipliers and cases that `footprints check --proof` works out again, but
begun from the plan itself. A plan that does not meet its criteria has no bound under them.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic

import numpy as np

from boundaries.area import Area
from footprints.check import check
from footprints.plan import Plan
from footprints.review.reviewing import Stop, Tell
from optimise.asking.feasibility import outlook
from optimise.budget import GUARD, share
from optimise.build import build_problem
from optimise.pool.workers import Workers
from optimise.problem import Ints, Part
from optimise.proving.proof import recompute, what_is_proven
from optimise.run import own_version, solver_named
from optimise.score import primary, terms
from optimise.solution import EXACT, PartResult, Solution, Status, StoppedBy
from optimise.splitting.presolve import make_part
from optimise.stages import Outcome, as_found, prove
from optimise.trading.blocks import labels_on
from optimise.tree import Tree

SHARE = 4  # of the seconds one in so many goes into the bound


def certified(
    area: Area,
    plan: Plan,
    *,
    seconds: int = 60,
    on_progress: Tell | None = None,
    should_stop: Stop | None = None,
    processes: int | None = None,
    known: Solution | None = None,
) -> Solution | None:
    """The plan as a solution of its own criteria, with the bound that a `SHARE` of `seconds` gives.

    known : a proposal for the very same criteria on the very same area; where its proof of a part, worked out again
    here, says more of it, that stands. Whose criteria or files are others must not be given.
    None where there is no such bound: the plan does not meet its criteria, or a link that it declares joins what the
    criteria keep apart. The same for any number of `processes`. Raises what `check` raises.
    """
    began = monotonic()
    criteria = plan.criteria
    problem = build_problem(area, criteria)
    found = outlook(problem, criteria)
    if found.prospect.reasons or not check(plan, area).holds:
        return None
    codes = sorted(set(plan.where().values()))
    where = plan.where()
    home = np.array([codes.index(where[unit]) for unit in area.codes], dtype=np.int64)
    drawn: list[tuple[Part, Ints]] = []
    for task in found.tasks:
        k = len(np.unique(home[task.found.piece.units]))
        if k not in {*task.choices, *task.offered}:
            return None
        part = make_part(problem, criteria, task.found, k, task.name)
        labels = labels_on(part, home)
        if labels is None:
            return None
        drawn.append((part, labels))
    steps = share(max(1, seconds // SHARE), [len(part.people) if part.k > 1 else 1 for part, _ in drawn])
    until = monotonic() + GUARD * seconds
    outcomes = []
    with Workers(processes) as workers:
        for n, ((part, labels), own) in enumerate(zip(drawn, steps, strict=True)):
            if on_progress is not None:
                on_progress("Working out what no plan can beat", n / len(drawn))
            best = as_found(part, labels)
            alone = best.value if part.k == 1 else 0.0
            before = Outcome(part, best, best, alone, alone)
            given = _given(known, part)
            if given is not None and given.bound >= best.value * (1 - EXACT):  # nothing is left to prove
                outcomes.append(before)
                continue
            left = max(0.0, until - monotonic())
            outcomes.append(prove(before, criteria.seed, own, left, should_stop=should_stop, workers=workers))
    return _solution(plan, area, [labels for _, labels in drawn], outcomes, monotonic() - began, known)


@dataclass(frozen=True)
class _Given:
    """What a proposal proved of a part. best : the lowest value that it knew of it."""

    bound: float
    checked: float
    best: float
    tree: Tree


def _given(known: Solution | None, part: Part) -> _Given | None:
    """What is proven of this very part already, worked out again; None where that is nothing."""
    if known is None or len(known.proofs) != len(known.parts):
        return None
    for own, tree in zip(known.parts, known.proofs, strict=True):
        same = (own.name, own.groups, own.neighbourhoods) == (part.name, part.groups, part.k)
        if not same or tree is None or own.best_primary is None:
            continue
        if (own.units, own.people) != (len(part.units), int(part.people.sum())):
            continue
        try:
            _, cases = recompute(part, tree)
        except ValueError:
            return None
        return _Given(*what_is_proven(tree, cases, own.best_primary), own.best_primary, tree)
    return None


def _solution(
    plan: Plan, area: Area, labels: list[Ints], outcomes: list[Outcome], seconds: float, known: Solution | None
) -> Solution:
    """The plan's own division of each part, with what was proven of the part."""
    problem = build_problem(area, plan.criteria)
    whole = np.full(len(problem.codes), -1, dtype=np.int64)
    centres: list[int] = []
    results, parts_of, trees = [], [], []
    for n, (own, outcome) in enumerate(zip(labels, outcomes, strict=True)):
        part = outcome.part
        value, middles = primary(part, own)
        whole[part.units] = own[part.node_of] + len(centres)
        centres += [int(part.centre_unit[j]) for j in middles]
        parts_of += [n] * part.k
        best = min(value, outcome.best.value if outcome.best is not None else value)
        given, tree = _given(known, part), outcome.tree
        if given is not None:
            best = min(best, given.best)
        bound, checked = min(outcome.bound, best), min(outcome.bound_checked, best)
        if given is not None and min(given.bound, best) > bound:
            bound, checked, tree = min(given.bound, best), min(given.checked, best), given.tree
        trees.append(tree)
        results.append(
            PartResult(
                name=part.name,
                groups=part.groups,
                units=len(part.units),
                people=int(part.people.sum()),
                neighbourhoods=part.k,
                status=Status.OPTIMAL if bound >= value * (1 - EXACT) else Status.FEASIBLE,
                objective=value,
                bound=bound,
                bound_checked=checked,
                gap=_gap(value, bound),
                best_primary=best,
            )
        )
    value = float(sum(part.objective or 0.0 for part in results))
    bound = float(sum(part.bound for part in results))
    every = all(part.bound >= (part.best_primary or 0.0) * (1 - EXACT) for part in results)
    stopped = StoppedBy.PROOF if every else StoppedBy.BUDGET
    return Solution(
        status=Status.OPTIMAL if bound >= value * (1 - EXACT) else Status.FEASIBLE,
        assignment=None,
        centres=tuple(problem.codes[c] for c in centres),
        parts_of=tuple(parts_of),
        objective=value,
        best_primary=float(sum(part.best_primary or 0.0 for part in results)),
        bound=bound,
        bound_checked=float(sum(part.bound_checked for part in results)),
        gap=_gap(value, bound),
        terms=terms(problem, plan.criteria, whole, centres),
        parts=tuple(results),
        reasons=(),
        exceptions=plan.exceptions,
        stopped_by=stopped if all(outcome.repeatable for outcome in outcomes) else StoppedBy.CLOCK,
        seed=plan.criteria.seed,
        seconds=seconds,
        solver=solver_named(),
        version=own_version(),
        proofs=tuple(trees),
    )


def _gap(value: float, bound: float) -> float:
    return max(0.0, (value - bound) / value) if value > 0 else 0.0

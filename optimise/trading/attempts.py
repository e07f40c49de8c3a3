"""One part tried with one number of neighbourhoods: the best plan and the best bound that a share of steps gives.

Where a table of numbers or the price of a rule needs many such answers, each starts from what is known already: the
multipliers of a problem much like it, and a plan that keeps its rules. Where the plain bound leaves a gap the part is
split into cases (`optimise.proving.branching`), for at most `Steps.case_work` looks at pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np

from optimise.budget import Steps
from optimise.contiguity import neighbours
from optimise.pool.workers import Answer, Task, WorkerError, Workers
from optimise.problem import Floats, Ints, Part
from optimise.proving.bound import Dual, fix, lagrangian
from optimise.proving.branching import branch
from optimise.proving.exact import GAP
from optimise.proving.exact_process import find_apart, solve_apart
from optimise.searching.search import Found, best_of, onward, search
from optimise.solution import EXACT
from optimise.stages import as_found

WARM_RUNS = 2_000_000  # the index of a warm run, beside those of restarts, so that its random numbers are its own
WARM_HEAT = 0.3
FIRST_SHARE = 0.25


@dataclass(frozen=True, eq=False)
class Attempt:
    """What is known of a part with its number of neighbourhoods.

    best : the best plan met, or None. bound : person-km, no plan of the part has less; inf: proven that there is none.
    multipliers : (n,) behind the bound, or None. searched : False where the bound alone showed that a plan of it could
    not matter. repeatable : no clock cut it short.
    """

    k: int
    best: Found | None
    bound: float
    multipliers: Floats | None = None
    searched: bool = True
    repeatable: bool = True

    @property
    def value(self) -> float:
        """The value of the best plan met; inf without one."""
        return self.best.value if self.best is not None else float("inf")


def attempt(
    part: Part,
    seed: int,
    steps: Steps,
    seconds: float,
    labels: Ints | None = None,
    start: Floats | None = None,
    worth: float | None = None,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> Attempt:
    """Search, bound and, where that leaves a gap, cases. Pure but for the guard of `seconds`.

    labels : (n,) a plan to begin with, used where it keeps the part's rules. start : (n,) multipliers to begin with.
    worth : a plan of this value or more would not matter, so that nothing is searched once the bound is that high.
    """
    stop_at = monotonic() + seconds
    if part.k == 1:
        return _whole(part)
    if not _fits(part):
        return Attempt(part.k, None, float("inf"))

    def late() -> bool:
        return monotonic() >= stop_at or (should_stop is not None and should_stop())

    if worth is not None:
        few = max(20, int(FIRST_SHARE * steps.bound_iterations))
        quick = lagrangian(part, worth, iterations=few, start=start, should_stop=late)
        if not quick.value < worth:
            return Attempt(part.k, None, _above_zero(quick), quick.multipliers, searched=False, repeatable=not late())
        start = quick.multipliers
    best = search(part, seed=seed, steps=steps.search, should_stop=late)
    if labels is not None and keeps(part, labels):
        warm = replace(steps.search, hot=max(steps.search.cold, WARM_HEAT))
        again = onward(part, labels, seed=seed, index=WARM_RUNS, budget=warm, should_stop=late)
        best = best_of([best, as_found(part, labels), again])
    dual = lagrangian(part, best.value if best else worth, iterations=steps.bound_iterations, start=start,
                      should_stop=late)  # fmt: skip
    if best is None and not np.isfinite(dual.value):
        return Attempt(part.k, None, float("inf"))
    return _in_cases(part, best, dual, steps, stop_at, late)


def _in_cases(
    part: Part, best: Found | None, dual: Dual, steps: Steps, stop_at: float, late: Callable[[], bool]
) -> Attempt:
    """The gap closed as far as the steps go; of a part without a plan, whether there is one at all."""
    bound, repeatable = _above_zero(dual), not late()
    if best is None and len(part.people) ** 2 // 2 <= steps.exact_pairs and repeatable:
        any_plan = find_apart(None, part, steps=steps.exact_steps, seconds=stop_at - monotonic(), should_stop=late)
        repeatable = any_plan.outcome != "clock"
        if any_plan.outcome == "infeasible":
            return Attempt(part.k, None, float("inf"), repeatable=repeatable)
        best = as_found(part, any_plan.labels) if any_plan.labels is not None else None
    if best is None or not repeatable:
        return Attempt(
            part.k, best, bound if best is None else min(bound, best.value), dual.multipliers, True, repeatable
        )
    best, bound, repeatable = _settled(part, best, dual, bound, steps, stop_at, late)
    return Attempt(part.k, best, min(bound, best.value), dual.multipliers, repeatable=repeatable)


def _settled(
    part: Part, best: Found, dual: Dual, bound: float, steps: Steps, stop_at: float, late: Callable[[], bool]
) -> tuple[Found, float, bool]:
    """(best, bound, repeatable) after the integer programme where fixing leaves few pairs, and then after cases.

    The programme comes first: where it ends, it does so in less work than the cases that lead up to it.
    """
    repeatable = True
    if bound < best.value * (1 - EXACT):
        centre_ok, pair_ok = fix(part, dual, best.value)
        if int(pair_ok.sum()) <= steps.exact_pairs:
            exact = solve_apart(
                None, part, centre_ok=centre_ok, pair_ok=pair_ok, incumbent=best.labels, steps=steps.exact_steps,
                seconds=stop_at - monotonic(), should_stop=late,
            )  # fmt: skip
            if exact.labels is not None and exact.value < best.value * (1 - GAP):
                best = as_found(part, exact.labels)
            bound, repeatable = max(bound, exact.bound), exact.outcome != "clock"
    if repeatable and bound < best.value * (1 - EXACT):
        done = branch(
            part, dual, fix(part, dual, best.value)[1], best.labels, work=steps.case_work,
            exact_pairs=steps.exact_pairs, exact_steps=steps.exact_steps, seconds=stop_at - monotonic(),
            should_stop=late,
        )  # fmt: skip
        if done.value < best.value * (1 - GAP):
            best = as_found(part, done.labels)
        bound, repeatable = max(bound, done.bound), done.repeatable
    return best, bound, repeatable


def fewer(steps: Steps, fraction: float) -> Steps:
    """The steps cut to a fraction of them, for work smaller than the smallest entry of the table; at most all.

    Half the restarts are left out besides: the run from the plan that is known takes their place.
    """
    part = min(1.0, fraction)
    restarts = max(2, round(steps.search.restarts * part / 2))
    return replace(
        steps,
        search=replace(steps.search, restarts=restarts),
        bound_iterations=max(50, round(steps.bound_iterations * part)),
        exact_steps=max(10, round(steps.exact_steps * part)),
        case_work=round(steps.case_work * part),
    )


def multipliers_of(
    part: Part, upper: float | None, iterations: int, *, should_stop: Callable[[], bool] | None = None
) -> Floats:
    """(n,) multipliers of a good bound of the part, for other problems to begin with."""
    return lagrangian(part, upper, iterations=iterations, should_stop=should_stop).multipliers


def run_all(
    workers: Workers,
    function: Callable[..., Any],
    items: Sequence[tuple[Any, ...]],
    should_stop: Callable[[], bool] | None,
    on_done: Callable[[int], None] | None = None,
) -> list[Any]:
    """`Workers.map` for functions that hear `should_stop`: what they have by then counts; None where they had nothing.

    Raises what `function` raises, and WorkerError where the system ended it.
    """

    def done(index: int, answer: Answer) -> None:
        if on_done is not None and answer.done:
            on_done(index)

    answers = workers.run([Task(function, item, hears=True) for item in items], should_stop=should_stop, on_done=done)
    for answer in answers:
        if answer.error is not None:
            raise answer.error
        if answer.how == "killed":
            raise WorkerError(
                "A part of the work was ended by the system.", mend="Close other programmes, and try again."
            )
    return [answer.value if answer.done else None for answer in answers]


def carried(parts: Sequence[Part], multipliers: Sequence[Floats | None], to: Part) -> Floats | None:
    """The multipliers of `parts` by people for the nodes of `to`: (n,), or None where a unit of `to` has none.

    A multiplier is a price for a whole node; a unit's share of it is its share of the node's people.
    """
    price: dict[int, float] = {}
    for part, known in zip(parts, multipliers, strict=True):
        if known is None:
            continue
        counts = np.maximum(1, np.bincount(part.node_of, minlength=len(part.people)))
        for unit, node in zip(part.units.tolist(), part.node_of.tolist(), strict=True):
            people = float(part.people[node])
            price[unit] = float(known[node]) / (people if people > 0 else float(counts[node]))
    if any(unit not in price for unit in to.units.tolist()):
        return None
    own = np.array([price[unit] for unit in to.units.tolist()])
    counts = np.maximum(1, np.bincount(to.node_of, minlength=len(to.people)))
    mean = np.bincount(to.node_of, weights=own, minlength=len(to.people)) / counts
    return np.asarray(mean * np.where(to.people > 0, to.people, counts), np.float64)


def keeps(part: Part, labels: Ints) -> bool:
    """Whether `labels` (n,) keep every rule of the part: its number, its band, in one piece, together and apart."""
    if len(labels) != len(part.people) or sorted(set(labels.tolist())) != list(range(part.k)):
        return False
    loads = np.bincount(labels, weights=part.people, minlength=part.k)
    if not ((part.lower <= loads) & (loads <= part.upper)).all():
        return False
    if any(labels[a] != labels[b] for a, b in part.together) or any(labels[a] == labels[b] for a, b in part.apart):
        return False
    near = neighbours(part)
    for d in range(part.k):
        members = set(np.flatnonzero(labels == d).tolist())
        stack = [min(members)]
        members.discard(stack[0])
        while stack:
            beside = [b for b in near[stack.pop()] if b in members]
            members.difference_update(beside)
            stack += beside
        if members:
            return False
    return True


def _whole(part: Part) -> Attempt:
    """The only plan of one neighbourhood, where it keeps the rules."""
    labels = np.zeros(len(part.people), np.int64)
    if not keeps(part, labels):
        return Attempt(1, None, float("inf"))
    plan = as_found(part, labels)
    return Attempt(1, plan, plan.value)


def _fits(part: Part) -> bool:
    return part.k <= len(part.people) and part.k * part.lower <= int(part.people.sum()) <= part.k * part.upper


def _above_zero(dual: Dual) -> float:
    return max(0.0, dual.value)

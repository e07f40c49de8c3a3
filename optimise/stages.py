"""What happens to one part on its own: a start, a proof, and communities; each without any state of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from optimise.bound import Dual, evaluate, fix, lagrangian
from optimise.budget import Steps
from optimise.exact import GAP, find_plan, solve_exact
from optimise.problem import Floats, Ints, Part
from optimise.score import primary
from optimise.search import Found, best_of, canonical, improve_communities, restart, search
from optimise.solution import EXACT

WITHOUT_A_PLAN = 10  # times the steps: whether there is a plan at all matters more than how good it is

Stop = Callable[[], bool]
Tell = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is known about one part.

    best : the plan of least primary value, or None. plan : what is handed back (`best`, or with communities served).
    bound : proven for every plan of this part, in person-km; `bound_checked` recomputed from `multipliers` in plain
    numpy. impossible : it is proven that there is no plan. repeatable : no clock and no cancelling cut it short.
    """

    part: Part
    best: Found | None
    plan: Found | None
    bound: float = 0.0
    bound_checked: float = 0.0
    multipliers: Floats | None = None
    impossible: bool = False
    repeatable: bool = True

    @property
    def proven(self) -> bool:
        return self.best is not None and self.bound >= self.best.value * (1 - EXACT)


def as_found(part: Part, labels: Ints) -> Found:
    """A plan with neighbourhoods numbered by their first node, scored."""
    ordered = canonical(labels)
    value, centres = primary(part, ordered)
    return Found(labels=ordered, value=value, centres=centres, composite=value)


def start(part: Part, seed: int, steps: Steps, on_best: Tell | None = None, should_stop: Stop | None = None) -> Outcome:
    """A first good plan by a few restarts; where there is only one neighbourhood, the plan and its proof at once."""
    if part.k == 1 and len(part.apart):
        return Outcome(part, None, None, impossible=True)
    if part.k == 1:
        whole = as_found(part, np.zeros(len(part.people), dtype=np.int64))
        return Outcome(part, whole, whole, whole.value, whole.value)
    few = replace(steps.search, restarts=steps.first_restarts)
    found = search(part, seed=seed, steps=few, on_best=on_best, should_stop=should_stop)
    return Outcome(part, found, found, repeatable=not _stopped(should_stop))


def prove(
    before: Outcome,
    seed: int,
    steps: Steps,
    seconds: float,
    *,
    on_best: Tell | None = None,
    on_bound: Tell | None = None,
    should_stop: Stop | None = None,
) -> Outcome:
    """A bound from the Lagrangian, then the integer programme where safe fixing leaves few enough pairs.

    Where that is not so, or does not end in a proof, the other restarts are spent on a better plan first.
    """
    if before.proven or before.impossible:
        return before
    part, upper = before.part, before.best.value if before.best is not None else None
    dual = lagrangian(part, upper, iterations=steps.bound_iterations, should_stop=should_stop, on_bound=on_bound)
    if not np.isfinite(dual.value):
        return replace(before, impossible=before.best is None)
    bound = max(0.0, dual.value if upper is None else min(dual.value, upper))
    after = replace(
        before,
        bound=bound,
        bound_checked=max(0.0, min(evaluate(part, dual.multipliers), bound)),
        multipliers=dual.multipliers,
        repeatable=before.repeatable and not _stopped(should_stop),
    )
    stop_at = monotonic() + seconds
    after, tried = _exact(after, dual, steps, seconds, on_bound, should_stop)
    if tried or after.proven or after.impossible or not after.repeatable:
        return after
    others = range(steps.first_restarts, steps.search.restarts)
    founds = [restart(part, seed, index, steps.search, should_stop=should_stop) for index in others]
    best = best_of([after.best, *founds])
    if best is not None and on_best is not None:
        on_best(best.value)
    after = replace(after, best=best, plan=best, repeatable=not _stopped(should_stop))
    return _exact(after, dual, steps, stop_at - monotonic(), on_bound, should_stop)[0]


def _exact(
    before: Outcome, dual: Dual, steps: Steps, seconds: float, on_bound: Tell | None, should_stop: Stop | None
) -> tuple[Outcome, bool]:
    """The integer programme on what fixing leaves; whether it was small enough to be tried."""
    part, best = before.part, before.best
    stop_at = monotonic() + seconds
    if before.proven or before.impossible or not before.repeatable:
        return before, False
    if best is None:
        if len(part.people) ** 2 // 2 > steps.exact_pairs:
            return before, False
        any_plan = find_plan(part, steps=WITHOUT_A_PLAN * steps.exact_steps, seconds=seconds, should_stop=should_stop)
        best = as_found(part, any_plan.labels) if any_plan.labels is not None else None
        impossible, repeatable = any_plan.outcome == "infeasible", any_plan.outcome != "clock"
        before = replace(before, best=best, plan=best, impossible=impossible, repeatable=repeatable)
        if best is None or not repeatable:
            return before, True
    centre_ok, pair_ok = fix(part, dual, best.value)
    if int(pair_ok.sum()) > steps.exact_pairs:
        return before, False
    exact = solve_exact(
        part,
        centre_ok=centre_ok,
        pair_ok=pair_ok,
        incumbent=best.labels,
        steps=steps.exact_steps,
        seconds=stop_at - monotonic(),
        should_stop=should_stop,
        on_bound=on_bound,
    )
    if exact.labels is not None and exact.value < best.value * (1 - GAP):
        best = as_found(part, exact.labels)
    bound = max(before.bound, min(exact.bound, best.value))
    return replace(before, best=best, plan=best, bound=bound, repeatable=exact.outcome != "clock"), True


def settle(
    before: Outcome, weight: float, allowance: float, seed: int, steps: Steps, should_stop: Stop | None = None
) -> Outcome:
    """Serve the community term: at most `allowance` of the best primary value may be given up for it."""
    best = before.best
    if best is None or before.part.k == 1 or weight == 0 or allowance == 0 or len(before.part.community) == 0:
        return before
    if _stopped(should_stop):
        return replace(before, repeatable=False)
    better = improve_communities(
        before.part,
        best,
        weight=weight,
        allowance=allowance,
        seed=seed,
        budget=steps.community,
        should_stop=should_stop,
    )
    plan = as_found(before.part, better.labels)
    lower = plan if plan.value < best.value else best
    within = plan.value <= best.value * (1 + allowance) * (1 + 1e-9)
    return replace(
        before,
        best=lower,
        plan=plan if within else best,
        # A proof holds to HiGHS' tolerance: where the search went below it in the last digits, the bound goes along.
        bound=min(before.bound, lower.value),
        bound_checked=min(before.bound_checked, lower.value),
        repeatable=before.repeatable and not _stopped(should_stop),
    )


def _stopped(should_stop: Stop | None) -> bool:
    return should_stop is not None and should_stop()


def nearest_band(part: Part, seed: int, steps: Steps, should_stop: Stop | None = None) -> tuple[int, int] | None:
    """The range of a plan found with the band widened little by little: the nearest range known to work, or None."""
    for widened in (0.05, 0.1, 0.2, 0.35, 0.5):
        wide = replace(part, lower=int(part.lower * (1 - widened)), upper=int(part.upper * (1 + widened)))
        found = search(wide, seed=seed, steps=steps.search, should_stop=should_stop)
        if found is not None:
            loads = np.bincount(found.labels, weights=part.people, minlength=part.k)
            return min(part.lower, int(loads.min())), max(part.upper, int(loads.max()))
    return None

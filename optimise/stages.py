"""What happens to one part on its own: a start, a proof, and communities; each a function that another process can run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from optimise.bound import evaluate, fix, lagrangian
from optimise.budget import Steps
from optimise.exact import GAP, solve_exact
from optimise.problem import Floats, Ints, Part
from optimise.score import primary
from optimise.search import Found, improve_communities, search
from optimise.solution import EXACT

Stop = Callable[[], bool]


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
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first, kind="stable"), kind="stable")
    ordered = rank[inverse].astype(np.int64)
    value, centres = primary(part, ordered)
    return Found(labels=ordered, value=value, centres=centres, composite=value)


def start(
    part: Part, seed: int, steps: Steps, on_best: Callable[[float], None] | None = None, should_stop: Stop | None = None
) -> Outcome:
    """A first good plan by search; where there is only one neighbourhood, the plan and its proof at once."""
    if part.k == 1:
        whole = as_found(part, np.zeros(len(part.people), dtype=np.int64))
        return Outcome(part, whole, whole, whole.value, whole.value)
    found = search(part, seed=seed, steps=steps.search, on_best=on_best, should_stop=should_stop)
    stopped = should_stop is not None and should_stop()
    return Outcome(part, found, found, repeatable=not stopped)


def prove(
    before: Outcome,
    steps: Steps,
    seconds: float,
    on_bound: Callable[[float], None] | None = None,
    should_stop: Stop | None = None,
) -> Outcome:
    """A bound from the Lagrangian, then the integer programme on what safe fixing leaves, where that is small enough."""
    part, best = before.part, before.best
    if before.proven:
        return before
    upper = best.value if best is not None else None
    dual = lagrangian(part, upper, iterations=steps.bound_iterations, should_stop=should_stop, on_bound=on_bound)
    if not np.isfinite(dual.value):
        return replace(before, impossible=best is None)
    stopped = should_stop is not None and should_stop()
    bound = max(0.0, dual.value if upper is None else min(dual.value, upper))
    checked = max(0.0, min(evaluate(part, dual.multipliers), bound))
    after = replace(
        before,
        bound=bound,
        bound_checked=checked,
        multipliers=dual.multipliers,
        repeatable=before.repeatable and not stopped,
    )
    if after.proven or stopped:
        return after
    centre_ok, pair_ok = fix(part, dual, upper) if upper is not None else (None, None)
    left = part.cost.size if pair_ok is None else int(pair_ok.sum())
    if left > steps.exact_pairs:
        return after
    exact = solve_exact(
        part,
        centre_ok=centre_ok,
        pair_ok=pair_ok,
        incumbent=best.labels if best is not None else None,
        steps=steps.exact_steps,
        seconds=seconds,
        should_stop=should_stop,
        on_bound=on_bound,
    )
    if exact.labels is not None and (best is None or exact.value < best.value * (1 - GAP)):
        best = as_found(part, exact.labels)
    return replace(
        after,
        best=best,
        plan=best,
        bound=max(bound, min(exact.bound, best.value)) if best is not None else bound,
        impossible=exact.outcome == "infeasible",
        repeatable=after.repeatable and exact.outcome != "clock",
    )


def settle(
    before: Outcome, weight: float, allowance: float, seed: int, steps: Steps, should_stop: Stop | None = None
) -> Outcome:
    """Serve the community term: at most `allowance` of the best primary value may be given up for it."""
    best = before.best
    if best is None or before.part.k == 1 or weight == 0 or allowance == 0 or len(before.part.community) == 0:
        return before
    if should_stop is not None and should_stop():
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
    stopped = should_stop is not None and should_stop()
    lower = plan if plan.value < best.value else best
    within = plan.value <= best.value * (1 + allowance) * (1 + 1e-9)
    return replace(before, best=lower, plan=plan if within else best, repeatable=before.repeatable and not stopped)


def nearest_band(part: Part, seed: int, steps: Steps, should_stop: Stop | None = None) -> tuple[int, int] | None:
    """The range of a plan found with the band widened little by little: the nearest range known to work, or None."""
    for widened in (0.05, 0.1, 0.2, 0.35, 0.5):
        wide = replace(part, lower=int(part.lower * (1 - widened)), upper=int(part.upper * (1 + widened)))
        found = search(wide, seed=seed, steps=steps.search, should_stop=should_stop)
        if found is not None:
            loads = np.bincount(found.labels, weights=part.people, minlength=part.k)
            return min(part.lower, int(loads.min())), max(part.upper, int(loads.max()))
    return None

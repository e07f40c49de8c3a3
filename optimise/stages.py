"""What happens to one part on its own: a start, a proof, and the secondary terms; each without any state of its own.

Whatever takes long is a task for `Workers`, so that several parts, and the restarts of one, share the processes. None
of it depends on how many there are; without any (`workers=None`) all runs here, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any

import numpy as np

from optimise.budget import Steps
from optimise.criteria import OPT_IN, Weights
from optimise.pool.workers import Answer, Task, Workers
from optimise.problem import Floats, Ints, Part
from optimise.proving.bound import Dual, fix, lagrangian
from optimise.proving.branching import branch
from optimise.proving.cases import DIGITS
from optimise.proving.exact import GAP
from optimise.proving.exact_process import find_apart
from optimise.proving.proof import recompute, what_is_proven
from optimise.score import primary
from optimise.searching.crossing import FEWEST, family
from optimise.searching.groups import GroupSteps
from optimise.searching.improve import hearing, polish
from optimise.searching.search import COMMUNITY_RUNS, Found, SearchBudget, best_of, canonical, onward, restart, served
from optimise.solution import EXACT
from optimise.tree import Tree, plain

FEW_WORK, FEW_PAIRS = 100_000, 1_500  # of the first attempt
RESTARTS_A_FAMILY, POOLED = 8, 2
FEWEST_OTHERS = 4  # restarts, in whose time families bring more
POLISHED = 200  # groups of neighbourhoods, in all
BRIEFLY = GroupSteps(exact_pairs=1_500, exact_steps=100)  # a group that is harder is left to the cases
MORE_RUNS = 3  # times the runs that serve communities: with a price on lines they end in more different plans
WITHOUT_A_PLAN = 10  # times the steps: whether there is a plan at all matters more than how good it is

Stop = Callable[[], bool]
Tell = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is known about one part.

    best : the plan of least primary value, or None. plan : what is handed back (`best`, or secondary terms served).
    bound : proven for every plan of this part, in person-km; `bound_checked` : what of it the `tree` proves when it is
    recomputed in plain numpy. multipliers : (n,) of the bound for all plans at once. impossible : it is proven that
    there is no plan. repeatable : no clock and no cancelling cut it short.
    """

    part: Part
    best: Found | None
    plan: Found | None
    bound: float = 0.0
    bound_checked: float = 0.0
    multipliers: Floats | None = None
    tree: Tree | None = None
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


def start(
    part: Part,
    seed: int,
    steps: Steps,
    on_best: Tell | None = None,
    should_stop: Stop | None = None,
    workers: Workers | None = None,
    begun: Outcome | None = None,
) -> Outcome:
    """A first good plan by a few restarts; where there is only one neighbourhood, the plan and its proof at once.

    begun : what the first restart alone came to, where that was done before.
    """
    if part.k == 1 and len(part.apart):
        return Outcome(part, None, None, impossible=True)
    if part.k == 1:
        whole = as_found(part, np.zeros(len(part.people), dtype=np.int64))
        return Outcome(part, whole, whole, whole.value, whole.value)
    others = range(0 if begun is None else 1, steps.first_restarts)
    found, whole_work = restarts(part, seed, others, steps.search, on_best, should_stop, workers)
    best = best_of([begun.best if begun else None, found])
    return Outcome(part, best, best, repeatable=whole_work and (begun is None or begun.repeatable))


def prove(
    before: Outcome,
    seed: int,
    steps: Steps,
    seconds: float,
    *,
    on_best: Tell | None = None,
    on_bound: Tell | None = None,
    should_stop: Stop | None = None,
    workers: Workers | None = None,
) -> Outcome:
    """A bound from the Lagrangian, then branching on numbers of centres, with the integer programme in small cases.

    Where a few cases do not end in a proof, the other restarts and exact solves of adjacent pairs of neighbourhoods are
    spent on a better plan before there are more cases.
    """
    if before.proven or before.impossible:
        return before
    part, upper = before.part, before.best.value if before.best is not None else None
    climb = _call(lagrangian, part, upper, iterations=steps.bound_iterations, on_bound=on_bound)
    (climbed,) = _run(workers, [climb], should_stop)
    if not climbed.done:
        return replace(before, repeatable=False)
    dual: Dual = climbed.value
    if not np.isfinite(dual.value):
        return replace(before, impossible=before.best is None)
    after = replace(before, multipliers=dual.multipliers, repeatable=before.repeatable and not _stopped(should_stop))
    if upper is None:
        after = replace(after, bound=max(0.0, dual.value))
    else:
        after = _checked(after, plain(np.round(dual.multipliers, DIGITS), upper))
    stop_at = monotonic() + seconds
    few = replace(steps, case_work=min(steps.case_work, FEW_WORK), exact_pairs=min(steps.exact_pairs, FEW_PAIRS))
    after = _in_cases(after, dual, few, seconds, on_bound, should_stop, workers)
    if after.proven or after.best is None or not after.repeatable:
        return after
    after = _better(after, seed, steps, on_best, should_stop, workers)
    return _in_cases(after, dual, steps, stop_at - monotonic(), on_bound, should_stop, workers)


def _better(
    before: Outcome,
    seed: int,
    steps: Steps,
    on_best: Tell | None,
    should_stop: Stop | None,
    workers: Workers | None,
) -> Outcome:
    """Families of plans (the other restarts where there is little to cross, or little time), and the best of them with
    every two adjacent neighbourhoods divided anew by exact solves.
    """
    part, upper = before.part, before.best.value if before.best is not None else None
    on_best = _below(on_best, upper)
    others = range(steps.first_restarts, steps.search.restarts)
    if part.k < FEWEST or len(others) < FEWEST_OTHERS:
        found, whole_work = restarts(part, seed, others, steps.search, on_best, should_stop, workers)
    else:
        number = max(1, len(others) // RESTARTS_A_FAMILY)
        found, whole_work = families(part, seed, number, steps.search, before.best, on_best, should_stop, workers)
    best = best_of([before.best, found])
    if best is None or part.k < 3 or not whole_work:
        return replace(before, best=best, plan=best, repeatable=before.repeatable and whole_work)
    polished = polish(
        part, best.labels, steps=BRIEFLY, map=hearing(workers or Workers(1)), most=POLISHED, should_stop=should_stop,
        on_best=on_best,
    )  # fmt: skip
    best = best_of([best, as_found(part, polished.labels)])
    return replace(before, best=best, plan=best, repeatable=before.repeatable and polished.repeatable)


def restarts(
    part: Part,
    seed: int,
    indices: Iterable[int],
    budget: SearchBudget,
    on_best: Tell | None = None,
    should_stop: Stop | None = None,
    workers: Workers | None = None,
) -> tuple[Found | None, bool]:
    """The best plan of the restarts `indices`, and whether all of them came to their end."""
    on_best = _below(on_best, None)
    tasks = [_call(restart, part, seed, index, budget, on_best=on_best) for index in indices]
    answers = _run(workers, tasks, should_stop)
    best = best_of(answer.value for answer in answers)
    return best, all(answer.done for answer in answers) and not _stopped(should_stop)


def families(
    part: Part,
    seed: int,
    number: int,
    budget: SearchBudget,
    known: Found | None = None,
    on_best: Tell | None = None,
    should_stop: Stop | None = None,
    workers: Workers | None = None,
) -> tuple[Found | None, bool]:
    """The best plan of `number` families, of `POOLED` more that cross their best plans, and whether all came to an end.

    known : a plan to cross with theirs.
    """
    on_best = _below(on_best, None)
    first = [_call(family, part, seed, index, budget, on_best=on_best) for index in range(number)]
    bred = _run(workers, first, should_stop)
    pool = [found for found in (known, *(answer.value for answer in bred)) if found is not None]
    later = [
        _call(family, part, seed, number + index, budget, parents=pool, on_best=on_best) for index in range(POOLED)
    ]
    crossed = _run(workers, later, should_stop) if len(pool) > 1 else []
    best = best_of([*pool, *(answer.value for answer in crossed)])
    return best, all(answer.done for answer in (*bred, *crossed)) and not _stopped(should_stop)


def _in_cases(
    before: Outcome,
    dual: Dual,
    steps: Steps,
    seconds: float,
    on_bound: Tell | None,
    should_stop: Stop | None,
    workers: Workers | None,
) -> Outcome:
    """A plan by the integer programme where there is none yet; then the proof in `steps.case_work`."""
    part, best = before.part, before.best
    stop_at = monotonic() + seconds
    if before.proven or before.impossible or not before.repeatable:
        return before
    if best is None:
        if len(part.people) ** 2 // 2 > steps.exact_pairs:
            return before
        many = WITHOUT_A_PLAN * steps.exact_steps
        any_plan = find_apart(workers, part, steps=many, seconds=seconds, should_stop=should_stop)
        best = as_found(part, any_plan.labels) if any_plan.labels is not None else None
        impossible, repeatable = any_plan.outcome == "infeasible", any_plan.outcome != "clock"
        before = replace(before, best=best, plan=best, impossible=impossible, repeatable=repeatable)
        if best is None or not repeatable:
            return before
    done = branch(
        part,
        dual,
        fix(part, dual, best.value)[1],
        best.labels,
        work=steps.case_work,
        exact_pairs=steps.exact_pairs,
        exact_steps=steps.exact_steps,
        seconds=stop_at - monotonic(),
        should_stop=should_stop,
        on_bound=on_bound,
        workers=workers,
    )
    if done.value < best.value * (1 - GAP):
        best = as_found(part, done.labels)
    return _checked(replace(before, best=best, plan=best, repeatable=done.repeatable), done.tree)


def _checked(before: Outcome, tree: Tree) -> Outcome:
    """The outcome with what `tree` proves, as a checker will recompute it, where that is more than was known."""
    best = before.best.value if before.best is not None else float("inf")
    bound, checked = what_is_proven(tree, recompute(before.part, tree)[1], best)
    if before.tree is not None and bound < before.bound:
        return before
    return replace(before, bound=bound, bound_checked=checked, tree=tree)


def asks_more(part: Part, weights: Weights) -> bool:
    """Whether there is a secondary term to serve in this part."""
    lines = weights.border * part.cuts[:, 0] + weights.ties * part.cuts[:, 1]
    flows = weights.practice > 0 and len(part.flows.pairs) > 0
    barred = weights.barrier > 0 and len(part.barriers.pairs) > 0
    uneven = weights.need > 0 and bool(part.surplus.any())
    return flows or barred or uneven or (weights.community > 0 and len(part.community) > 0) or bool((lines > 0).any())


def settle(
    before: Outcome,
    weights: Weights,
    allowance: float,
    seed: int,
    steps: Steps,
    should_stop: Stop | None = None,
    workers: Workers | None = None,
) -> Outcome:
    """Serve the secondary terms: at most `allowance` of the best primary value may be given up for all of them."""
    best = before.best
    if best is None or before.part.k == 1 or allowance == 0 or not asks_more(before.part, weights):
        return before
    if _stopped(should_stop):
        return replace(before, repeatable=False)
    cap = best.value + (allowance + 1e-9) * abs(best.value)
    asked = served(weights)
    more = MORE_RUNS if any(asked[name] > 0 for name in OPT_IN) else 1
    budget = replace(steps.community, restarts=more * steps.community.restarts)
    tasks = [
        _call(onward, before.part, best.labels, seed=seed, index=index, budget=budget, cap=cap, **asked)
        for index in range(COMMUNITY_RUNS, COMMUNITY_RUNS + budget.restarts)
    ]
    answers = _run(workers, tasks, should_stop)
    better = best_of(answer.value for answer in answers)
    if better is None:
        return replace(before, repeatable=False)
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
        repeatable=before.repeatable and all(a.done for a in answers) and not _stopped(should_stop),
    )


def _stopped(should_stop: Stop | None) -> bool:
    return should_stop is not None and should_stop()


def nearest_band(
    part: Part, seed: int, steps: Steps, should_stop: Stop | None = None, workers: Workers | None = None
) -> tuple[int, int] | None:
    """The range of a plan found with the band widened little by little: the nearest range known to work, or None."""
    for widened in (0.05, 0.1, 0.2, 0.35, 0.5):
        wide = replace(part, lower=int(part.lower * (1 - widened)), upper=int(part.upper * (1 + widened)))
        found, _ = restarts(wide, seed, range(steps.search.restarts), steps.search, None, should_stop, workers)
        if found is not None:
            loads = np.bincount(found.labels, weights=part.people, minlength=part.k)
            return min(part.lower, int(loads.min())), max(part.upper, int(loads.max()))
    return None


def _call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Task:
    """A task that hears a stop; of the keywords, `on_...` are what it tells on the way."""
    tells = {name: tell for name, tell in kwargs.items() if name.startswith("on_")}
    plain = {name: value for name, value in kwargs.items() if name not in tells}
    known = {name: tell for name, tell in tells.items() if tell is not None}
    return Task(function, args, plain, hears=True, tells=known)


def _run(workers: Workers | None, tasks: Sequence[Task], should_stop: Stop | None) -> list[Answer]:
    """The answers of our own tasks. Raises what one of them raised: that is an error of ours, and no outcome."""
    answers = (workers or Workers(1)).run(tasks, should_stop=should_stop)
    for answer in answers:
        if answer.error is not None:
            raise answer.error
    return answers


def _below(on_best: Tell | None, ceiling: float | None) -> Tell | None:
    """Pass on only what is lower than all before."""
    if on_best is None:
        return None
    lowest = [float("inf") if ceiling is None else ceiling]

    def tell(value: float) -> None:
        if value < lowest[0]:
            lowest[0] = value
            on_best(value)

    return tell

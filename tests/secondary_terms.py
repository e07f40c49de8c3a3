"""What every secondary term must hold: its sums are kept while searching, and it is served within the allowance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from optimise import Weights
from optimise.kernels import moves
from optimise.kernels.state import graph_of, new_state, rebuild, rules_of
from optimise.problem import Ints, Part
from optimise.score import primary, secondary
from optimise.searching.search import COMMUNITY_RUNS, Found, SearchBudget, best_of, onward, search
from optimise.searching.search import served as prices_of
from tests.small_parts import plans
from tests.test_search import BUDGET, is_plan, line


def any_division(part: Part) -> Ints:
    """The first division into connected neighbourhoods, of whatever size, that need not keep pairs."""
    none = np.zeros((0, 2), dtype=np.int64)
    return next(plans(replace(part, lower=0, upper=10**9, together=none, apart=none)))


def served(part: Part, found: Found, *, allowance: float, seed: int, budget: SearchBudget, **weights: float) -> Found:
    """The best of as many runs from a plan as a solve makes: secondary terms priced, the primary value capped."""
    cap = found.value + (allowance + 1e-9) * abs(found.value)
    runs = range(COMMUNITY_RUNS, COMMUNITY_RUNS + budget.restarts)
    best = best_of(
        onward(part, found.labels, seed=seed, index=index, budget=budget, cap=cap, **weights) for index in runs
    )
    assert best is not None
    return best


def row_of_six() -> Part:
    """A row in which 012|345 costs 4,000 person-km and 01|2345 costs 6,000."""
    return line([1_000] * 6, 2, 2_000, 4_000, target=3_000.0)


def moves_within_the_allowance(part: Part, term: str, *, enough: float, little: float, left: float) -> None:
    """Whether a row of six is divided as 01|2345 for the weight `enough`, which costs half as much again, and neither
    for the weight `little`, at which `left` of the term stay as they are, nor where less may be given up."""
    found = search(part, seed=0, steps=BUDGET)
    assert found is not None and found.value == 4_000.0 == found.composite
    moved = served(part, found, allowance=0.5, seed=0, budget=BUDGET, **{term: enough})
    assert moved.labels.tolist() == [0, 0, 1, 1, 1, 1] and moved.composite == moved.value == 6_000.0
    cheap = served(part, found, allowance=0.5, seed=0, budget=BUDGET, **{term: little})
    assert cheap.labels.tolist() == found.labels.tolist()
    assert cheap.composite == pytest.approx(4_000.0 + little * left)
    assert served(part, found, allowance=0.49, seed=0, budget=BUDGET, **{term: 10 * enough}).value == 4_000.0


def reaches_the_best(
    part: Part, weights: Weights, worth: Callable[[Ints], float], *, allowance: float, surely: bool = True
) -> tuple[Found, Found] | None:
    """Whether the plan served is the best of all within the allowance, `worth` (person-km) counted from scratch.

    surely : of every part; else only where every plan keeps the allowance, as a plan on the only way to the best may
    not be gone through. Gives the plan found first and the one served; None where the part has no plan.
    """
    found = search(part, seed=1, steps=BUDGET)
    if found is None:
        return None
    got = served(
        part, found, allowance=allowance, seed=2, budget=replace(BUDGET, restarts=4), **prices_of(weights)
    )  # fmt: skip
    cap = found.value * (1 + allowance) + 1e-6
    assert is_plan(part, got.labels) and got.value <= cap
    assert got.composite == pytest.approx(worth(got.labels), rel=1e-9, abs=1e-5)
    assert got.composite == pytest.approx(got.value + secondary(part, got.labels, weights), rel=1e-9, abs=1e-5)
    assert got.composite <= worth(found.labels) * (1 + 1e-9) + 1e-6
    every = list(plans(part))
    within = [x for x in every if primary(part, x)[0] <= cap]
    truth = min(worth(x) for x in within)
    assert truth <= got.composite * (1 + 1e-9) + 1e-5
    if surely or len(within) == len(every):
        assert got.composite == pytest.approx(truth, rel=1e-9, abs=1e-5)
    return found, got


def sums_are_kept(part: Part, weights: Weights, price: Callable[[Ints], float], seed: int) -> None:
    """Whether the price of lines, patients, barriers and need that the kernels keep is the one counted from scratch."""
    prices = prices_of(weights)
    community = prices.pop("weight")
    graph, _ = graph_of(part, **prices)
    state, rules = new_state(graph, part.k, seed, 0), rules_of(part, community=community)
    state.labels[:] = any_division(part)
    rebuild(graph, state, rules)
    for heat in (1e6, 1e6, 30.0, 30.0):  # almost every move is made, then some are refused
        moves.recombine(graph, state, rules, 3, heat, 1.0, 1.0, 500)
        moves.flip(graph, state, rules, 10, heat, 1.0, 1.0)
        assert state.sums[4] == pytest.approx(price(state.labels), rel=1e-9, abs=1e-5)
    if state.best[0] < moves.BIG:
        best = state.best_labels
        worth = primary(part, best)[0] + secondary(part, best, weights)
        assert state.best[0] == pytest.approx(worth, rel=1e-9, abs=1e-5)

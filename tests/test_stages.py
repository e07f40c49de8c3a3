"""What is said of one part after start, proof and communities, held against every plan counted one by one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.budget import Steps
from optimise.criteria import Weights
from optimise.problem import Part
from optimise.score import primary
from optimise.searching.search import SearchBudget
from optimise.solution import EXACT
from optimise.stages import as_found, prove, settle, start
from tests.random_parts import parts
from tests.small_parts import best_value, part_of, plans

FEW = SearchBudget(restarts=1, rounds=1, recombinations=1, flips=1)  # so poor that the proof has work to do


def steps(exact_pairs: int) -> Steps:
    return Steps(
        first_restarts=1,
        search=FEW,
        community=FEW,
        bound_iterations=60,
        exact_pairs=exact_pairs,
        exact_steps=2_000,
        case_work=1_000_000,
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(part=parts(pairs=True, most=7), seed=st.integers(0, 5), exact_pairs=st.sampled_from([0, 10, 10_000]))
def test_no_bound_is_above_the_best_plan_and_no_refusal_is_false(part: Part, seed: int, exact_pairs: int) -> None:
    truth = best_value(part)
    if part.k == 1 and truth is None:
        return  # whether all of it fits is settled by counting, before a part is made
    asked = steps(exact_pairs)
    outcome = prove(start(part, seed, asked), seed, asked, seconds=60)
    if truth is None:
        assert outcome.best is None
        return
    assert not outcome.impossible
    assert outcome.bound <= truth * (1 + 1e-6) + 1e-6
    assert outcome.bound_checked <= truth * (1 + 1e-9) + 1e-6
    if outcome.best is not None:
        assert outcome.best.value >= truth * (1 - 1e-9)
        assert outcome.bound <= outcome.best.value
        assert outcome.best.value == primary(part, outcome.best.labels)[0]
    if outcome.proven:
        assert outcome.best is not None and outcome.best.value <= truth * (1 + 2 * EXACT) + 1e-6


def test_a_bound_goes_down_with_a_plan_that_communities_made_better() -> None:
    # 0 - 1 - 2 - 3: cut in the middle the row costs least; the start is the other cut, and its bound a false one.
    part = part_of([(0, 0), (1, 0), (2, 0), (3, 0)], [(0, 1), (1, 2), (2, 3)], [10_000] * 4, 2, 10_000, 30_000)
    part = replace(part, community=np.array([[0, 0, 10_000], [1, 0, 10_000], [2, 1, 10_000], [3, 1, 10_000]]))
    worse, better = sorted(plans(part), key=lambda labels: -primary(part, labels)[0])[0], best_value(part)
    assert better is not None
    before = replace(start(part, 0, steps(0)), best=as_found(part, worse), plan=as_found(part, worse))
    before = replace(before, bound=as_found(part, worse).value, bound_checked=as_found(part, worse).value)
    after = settle(
        before, Weights(community=2.0), 0.5, 0, replace(steps(0), community=SearchBudget(restarts=4, rounds=20))
    )
    assert after.best is not None
    assert after.best.value == better
    assert after.bound == after.bound_checked == better

"""Families of plans: children of two plans are partitions into connected parts, and a family finds what is best."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.contiguity import neighbours, reach
from optimise.kernels.state import random_bits
from optimise.problem import Ints, Part
from optimise.score import primary
from optimise.searching.crossing import crossed, family
from optimise.searching.search import SearchBudget, restart
from tests.random_parts import parts
from tests.small_parts import best_value, grid_edges, part_of, plans

BUDGET = SearchBudget(restarts=1, rounds=24)


def grid(side: int, k: int, lower: int, upper: int) -> Part:
    """side x side units of 1,000 people, one kilometre apart."""
    cells = [(r, c) for r in range(side) for c in range(side)]
    return part_of(cells, grid_edges(cells), [1_000] * side**2, k, lower, upper)


def connected_parts(part: Part, labels: Ints) -> bool:
    near = neighbours(part)
    members = [set(np.flatnonzero(labels == d).tolist()) for d in range(part.k)]
    return all(m and reach(min(m), m, near) == m for m in members) and len(labels) == sum(map(len, members))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(part=parts(), seed=st.integers(0, 2**32))
def test_a_child_has_every_node_in_one_of_k_connected_neighbourhoods(part: Part, seed: int) -> None:
    wide = replace(part, lower=0, upper=int(part.people.sum()))
    known = list(plans(wide))
    if part.k < 2 or len(known) < 2:
        return
    rng = random_bits(seed, 0)
    one, other = known[seed % len(known)], known[(seed // 7) % len(known)]
    for _ in range(5):
        child = crossed(part, neighbours(part), one, other, rng)
        assert child is None or connected_parts(part, child)


def test_a_child_keeps_neighbourhoods_of_both() -> None:
    """Columns of a 6 x 6 grid crossed with its rows: whole columns lie in it, and whole rows beside them."""
    part = grid(6, 6, 0, 36_000)
    columns, rows = np.tile(np.arange(6), 6), np.repeat(np.arange(6), 6)
    rng, seen = random_bits(1, 1), set[int]()
    for _ in range(40):
        child = crossed(part, neighbours(part), columns, rows, rng)
        if child is None:
            continue
        assert connected_parts(part, child)
        kept = [c for c in range(6) if len(set(child[columns == c].tolist())) == 1]
        kept = [
            c for c in kept if set(np.flatnonzero(child == child[columns == c][0])) <= set(np.flatnonzero(columns == c))
        ]
        seen.add(len(kept))
    assert {1, 2, 3} <= seen


@pytest.mark.parametrize("seed", range(2))
def test_a_family_reaches_the_brute_force_optimum(seed: int) -> None:
    part = grid(3, 4, 1_000, 4_000)
    part = replace(part, target=2_250.0)
    found = family(part, seed, 0, BUDGET)
    assert found is not None
    assert found.value == pytest.approx(best_value(part), rel=1e-12)


def test_a_family_is_the_same_each_time_and_another_for_another_index() -> None:
    part = grid(9, 8, 7_000, 14_000)
    told: list[float] = []
    once = family(part, 3, 5, BUDGET, on_best=told.append)
    again = family(part, 3, 5, BUDGET)
    assert once is not None and again is not None
    assert once.labels.tolist() == again.labels.tolist() and once.value == again.value
    assert all(later <= sooner * (1 + 1e-9) for sooner, later in pairwise(told))
    assert told[-1] == pytest.approx(once.value, rel=1e-9)
    assert once.value == pytest.approx(primary(part, once.labels)[0], rel=1e-12)
    assert connected_parts(part, once.labels)
    loads = np.bincount(once.labels, weights=part.people)
    assert loads.min() >= part.lower and loads.max() <= part.upper
    others = {tuple(f.labels.tolist()) for i in range(4) if (f := family(part, 3, i, BUDGET)) is not None}
    assert len(others) > 1


def test_children_are_worth_their_steps() -> None:
    """On a place of many valleys a family is no worse than the restarts that take the same steps, for most seeds."""
    rng = np.random.default_rng(2)
    cells = [(r, c) for r in range(12) for c in range(12)]
    people = rng.integers(200, 3_000, size=144).tolist()
    part = part_of(cells, grid_edges(cells), people, 8, 25_000, 33_000)
    budget = SearchBudget(rounds=40)
    wins = 0
    for seed in range(5):
        bred = family(part, seed, 0, budget)
        alone = [restart(part, seed, i, budget) for i in range(12)]
        least = min(f.value for f in alone if f is not None)
        wins += bred is not None and bred.value <= least * (1 + 1e-9)
    assert wins >= 3


def test_given_parents_take_the_place_of_starts() -> None:
    part = grid(9, 8, 7_000, 14_000)
    parents = [f for i in range(3) if (f := restart(part, 1, i, BUDGET)) is not None]
    bred = family(part, 1, 0, BUDGET, parents=parents)
    assert len(parents) == 3 and bred is not None
    assert bred.value <= min(p.value for p in parents) and connected_parts(part, bred.labels)
    assert family(part, 1, 0, BUDGET, parents=parents[:1]) is parents[0]


@pytest.mark.alone
def test_with_few_neighbourhoods_it_is_a_restart_and_a_stop_is_soon_heeded() -> None:
    part = grid(5, 3, 6_000, 12_000)
    found = family(part, 0, 0, BUDGET)
    assert found is not None and connected_parts(part, found.labels)
    large = grid(20, 12, 25_000, 42_000)
    begun = time.perf_counter()
    family(large, 0, 0, SearchBudget(rounds=100_000), should_stop=lambda: time.perf_counter() - begun > 0.3)
    assert time.perf_counter() - begun < 5.0

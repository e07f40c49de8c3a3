"""The integer programme against every plan counted one by one, on all connected grids of up to ten units."""

from __future__ import annotations

import os
import random

import numpy as np
import pytest

from optimise.problem import Part
from optimise.proving.bound import fix, lagrangian
from optimise.proving.exact import find_plan, solve_exact
from optimise.score import primary
from optimise.searching.search import canonical
from tests.small_parts import best_value, grid_edges, part_of, plans, polyominoes

# Every connected grid of up to 7 cells, and every so many-th of 8, 9 and 10; FOOTPRINTS_ALL_GRIDS=1 tries all 6,473.
EVERY = {8: 4, 9: 32, 10: 120} if not os.environ.get("FOOTPRINTS_ALL_GRIDS") else {}


def drawn(shape: tuple[tuple[int, int], ...], seed: int) -> Part:
    """People, number, range and locks of one grid, drawn by seed; about one in four has no plan."""
    rng = random.Random(seed)
    n = len(shape)
    people = [rng.randint(2_000, 12_000) for _ in shape]
    k = rng.randint(1, min(4, n))
    mean, loose = sum(people) / k, rng.choice([0.1, 0.25, 0.5])
    pairs = [tuple(rng.sample(range(n), 2)) for _ in range(2)] if n > 3 else []
    return part_of(
        [(c + 0.01 * r, -r) for r, c in shape],
        grid_edges(shape),
        people,
        k,
        int(mean * (1 - loose)),
        int(mean * (1 + loose)),
        target=rng.choice([mean, 20_000.0]),
        deviation=rng.choice([0.0, 0.5]),
        together=[pairs[0]] if pairs and seed % 5 == 0 else [],
        apart=[pairs[1]] if pairs and seed % 7 == 0 and k > 1 else [],
    )


@pytest.mark.parametrize("size", range(1, 11))
def test_the_model_agrees_with_counting_every_plan(size: int) -> None:
    for seed, shape in enumerate(polyominoes(size)[:: EVERY.get(size, 1)]):
        part = drawn(shape, 1_000 * size + seed)
        every = list(plans(part))
        truth = min((primary(part, labels)[0] for labels in every), default=None)
        some = find_plan(part, steps=100_000, seconds=60)
        if truth is None:
            assert some.outcome == "infeasible", (size, seed)
            assert some.labels is None
        else:
            assert some.labels is not None
            known = {tuple(canonical(labels).tolist()) for labels in every}
            assert tuple(canonical(some.labels).tolist()) in known, (size, seed)
        if truth is None and size < 7:  # beyond, a refusal by the model with an objective takes long
            assert solve_exact(part, steps=100_000, seconds=60).outcome == "infeasible", (size, seed)
        if truth is not None:
            found = solve_exact(part, steps=100_000, seconds=60)
            assert found.outcome == "proved", (size, seed)
            assert found.value == pytest.approx(truth, rel=3e-5), (size, seed)
            assert found.bound <= truth * (1 + 1e-9)


def test_polyominoes_are_all_there() -> None:
    assert [len(polyominoes(size)) for size in range(1, 9)] == [1, 1, 2, 5, 12, 35, 108, 369]


def test_the_smallest_case_by_hand() -> None:
    # 0 - 1 - 2 - 3, 10,000 people each, two neighbourhoods: the middle cut; one unit travels 1 km in each.
    part = part_of([(0, 0), (1, 0), (2, 0), (3, 0)], [(0, 1), (1, 2), (2, 3)], [10_000] * 4, 2, 20_000, 20_000)
    assert [labels.tolist() for labels in plans(part)] == [[0, 0, 1, 1]]
    found = solve_exact(part, steps=1_000, seconds=10)
    assert found.labels is not None
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert found.value == 20_000 + 2 * 0.5 * 10_000


def test_what_comes_back_in_pieces_is_cut_off() -> None:
    # A hook: 0 and 4 are near each other but joined only by the long way round.
    #   0 . 4        people 10,000 each; two neighbourhoods, 2 or 3 units each.
    #   1 2 3
    points = [(0.0, 0.0), (0.0, -3.0), (1.0, -3.0), (2.0, -3.0), (0.5, 0.0)]
    part = part_of(points, [(0, 1), (1, 2), (2, 3), (3, 4)], [10_000] * 5, 2, 20_000, 30_000, target=25_000)
    found = solve_exact(part, steps=1_000, seconds=10)
    assert found.outcome == "proved"
    assert found.cuts > 0
    assert found.value == pytest.approx(best_value(part))


def test_fixing_and_a_start_keep_the_optimum() -> None:
    rng = random.Random(5)
    cells = [(r, c) for r in range(5) for c in range(6)]
    part = part_of(
        [(c, -r) for r, c in cells],
        grid_edges(cells),
        [rng.randint(4_000, 9_000) for _ in cells],
        4,
        38_000,
        60_000,
        target=50_000,
    )
    plain = solve_exact(part, steps=100_000, seconds=120)
    assert plain.outcome == "proved"
    assert plain.labels is not None
    dual = lagrangian(part, plain.value, iterations=300)
    centre_ok, pair_ok = fix(part, dual, plain.value)
    assert pair_ok.sum() < pair_ok.size / 2
    again = solve_exact(part, centre_ok=centre_ok, pair_ok=pair_ok, incumbent=plain.labels, steps=100_000, seconds=120)
    assert again.outcome == "proved"
    assert again.value == plain.value
    assert dual.value <= plain.value
    # from another plan than the best, the model finds the best
    worse = next(labels for labels in some_plans(part) if primary(part, labels)[0] > plain.value * 1.001)
    pairs = fix(part, dual, primary(part, worse)[0])[1]
    found = solve_exact(part, pair_ok=pairs, incumbent=worse, steps=100_000, seconds=120)
    assert found.value == pytest.approx(plain.value, rel=3e-5)


def some_plans(part: Part) -> list[np.ndarray]:
    from optimise.searching.search import SearchBudget, restart

    budget = SearchBudget(restarts=1, rounds=1, recombinations=1, flips=1)
    found = [restart(part, 0, index, budget) for index in range(20)]
    return [f.labels for f in found if f is not None]


def test_a_step_limit_stops_and_says_so_the_same_way_twice() -> None:
    rng = random.Random(1)
    cells = [(r, c) for r in range(6) for c in range(9)]
    part = part_of(
        [(c, -r) for r, c in cells],
        grid_edges(cells),
        [rng.randint(4_000, 12_000) for _ in cells],
        8,
        40_000,
        60_000,
        target=50_000,
    )
    (start, *_) = some_plans(part)
    first, second = (solve_exact(part, incumbent=start, steps=5, seconds=600) for _ in range(2))
    assert first.outcome == "stopped"
    assert first.bound < first.value
    assert (first.bound, first.value, first.steps) == (second.bound, second.value, second.steps)
    cancelled = solve_exact(part, incumbent=start, steps=10_000, seconds=600, should_stop=lambda: True)
    assert cancelled.outcome == "clock"
    assert cancelled.labels is start
    late = solve_exact(part, incumbent=start, steps=10_000, seconds=0.0)
    assert late.outcome == "clock"

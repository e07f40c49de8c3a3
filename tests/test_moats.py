"""What contiguity adds to the price of a centre: by hand, against every connected set, and in the kernels."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.kernels import contiguity as kernels
from optimise.proving.moats import joining

INF = float("inf")


def near_of(n: int, edges: list[tuple[int, int]]) -> list[list[int]]:
    near: list[list[int]] = [[] for _ in range(n)]
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    return near


def in_the_kernel(extra: list[float], near: list[list[int]], owner: int, used: np.ndarray | None = None) -> float:
    """The same question put to `join`: one column with every node that may be taken, one person in each node."""
    n = len(extra)
    rows = np.array([i for i in range(n) if extra[i] < INF or i == owner], np.int64)
    price = np.array([extra[i] if extra[i] < INF else 0.0 for i in rows])
    begin = np.cumsum([0, *(len(b) for b in near)]).astype(np.int64)
    beside = np.array([v for b in near for v in b], np.int64)
    floats, ints = [np.empty(n) for _ in range(3)], [np.empty(n, np.int64) for _ in range(3)]
    return float(
        kernels.join(
            np.array([0, len(rows)], np.int64), rows, price, np.zeros(n), np.ones(n), 0, owner, 0.0, begin, beside,
            floats[0], floats[1], ints[0], ints[1], floats[2], ints[2], np.empty(0) if used is None else used,
        )
    )  # fmt: skip


def least_connected(extra: list[float], near: list[list[int]], owner: int) -> float:
    """The least sum of extra over all connected sets that hold the owner."""
    others = [i for i in range(len(extra)) if i != owner and extra[i] < INF]
    best = extra[owner]
    for size in range(1, len(others) + 1):
        for taken in combinations(others, size):
            inside, seen, stack = {owner, *taken}, {owner}, [owner]
            while stack:
                fresh = [v for v in near[stack.pop()] if v in inside and v not in seen]
                seen.update(fresh)
                stack += fresh
            if seen == inside:
                best = min(best, sum(extra[i] for i in inside))
    return best


# Seven nodes in a row, the owner on the left.
ROW = near_of(7, [(i, i + 1) for i in range(6)])


def test_a_piece_that_is_not_worth_its_way_costs_what_it_was_worth() -> None:
    extra = [0.0, 3.0, -2.0, INF, INF, INF, INF]
    assert joining(extra, ROW, 0) == 2.0
    used = np.array([1.0, 0, 1, 0, 0, 0, 0])
    assert in_the_kernel(extra, ROW, 0, used) == 2.0
    assert used.tolist() == [1, 0, 0, 0, 0, 0, 0]


def test_a_piece_that_is_worth_its_way_costs_the_way() -> None:
    extra = [0.0, 3.0, -5.0, INF, INF, INF, INF]
    assert joining(extra, ROW, 0) == 3.0
    used = np.array([1.0, 0, 1, 0, 0, 0, 0])
    assert in_the_kernel(extra, ROW, 0, used) == 3.0
    assert used.tolist() == [1, 1, 1, 0, 0, 0, 0]


def test_no_node_pays_twice() -> None:
    """Two pieces behind one node that costs 3:  o - 3 - (-2, -2); together they are worth the way, alone neither is."""
    near = near_of(4, [(0, 1), (1, 2), (1, 3)])
    extra = [0.0, 3.0, -2.0, -2.0]
    assert least_connected(extra, near, 0) == -1.0
    assert joining(extra, near, 0) == in_the_kernel(extra, near, 0) == 3.0


def test_what_hangs_together_with_the_owner_costs_nothing() -> None:
    assert joining([-1.0, -2.0, -3.0, 5.0, INF, 1.0, 2.0], ROW, 0) == 0.0


@settings(max_examples=400, deadline=None, derandomize=True)
@given(data=st.data())
def test_no_connected_set_is_cheaper_and_the_kernel_agrees(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 9))
    pairs = list(combinations(range(n), 2))
    near = near_of(n, data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=2 * n)))
    price = st.one_of(st.integers(-9, 9).map(float), st.floats(-20, 20), st.just(INF))
    extra = data.draw(st.lists(price, min_size=n, max_size=n))
    owner = data.draw(st.integers(0, n - 1))
    extra[owner] = data.draw(st.floats(-20, 20))
    gain = joining(extra, near, owner)
    below = sum(e for i, e in enumerate(extra) if e < 0 or i == owner)
    assert gain >= 0.0 and below + gain <= least_connected(extra, near, owner) + 1e-9
    assert in_the_kernel(extra, near, owner) == pytest.approx(gain, abs=1e-9)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_cheapest_way_holds_both_ends(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 8))
    pairs = list(combinations(range(n), 2))
    near = near_of(n, data.draw(st.lists(st.sampled_from(pairs), unique=True, max_size=2 * n)))
    weight = np.array(data.draw(st.lists(st.integers(0, 9).map(float), min_size=n, max_size=n)))
    weight[0] = 0.0
    ahead = data.draw(st.one_of(st.just(INF), st.integers(0, 30).map(float)))
    begin = np.cumsum([0, *(len(b) for b in near)]).astype(np.int64)
    beside, cost = np.array([v for b in near for v in b], np.int64), np.empty(n)
    kernels.ways(begin, beside, weight, 0, cost, np.empty(n, np.int64), ahead)
    truth = np.full(n, INF)
    truth[0] = 0.0
    for _ in range(n):
        for a in range(n):
            for b in near[a]:
                truth[b] = min(truth[b], truth[a] + weight[b])
    assert np.array_equal(cost, np.where(truth <= ahead, truth, INF))

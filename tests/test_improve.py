"""Groups of neighbourhoods divided anew: held against every plan counted one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.criteria import Weights
from optimise.problem import Bools, Ints, Part
from optimise.score import community_people, primary
from optimise.searching.groups import GroupSteps, adjacent_groups, group_part, hold, kept_names
from optimise.searching.improve import local_proof, polish
from optimise.searching.search import SearchBudget
from optimise.solution import EXACT
from tests.random_parts import parts
from tests.small_parts import grid_edges, part_of, plans

POOR = GroupSteps(bound_iterations=40, search=SearchBudget(1, 1, 1, 1), exact_pairs=10_000, exact_steps=2_000)
BLIND = replace(POOR, bound_iterations=1, exact_pairs=0)  # no proof but where the first bound gives it


def row(people: Sequence[int], k: int, lower: int = 1, upper: int = 10**9) -> Part:
    """Nodes 1 km apart in a row."""
    n = len(people)
    return part_of([(i, 0) for i in range(n)], [(i, i + 1) for i in range(n - 1)], people, k, lower, upper, deviation=0)


def valid(part: Part) -> set[tuple[int, ...]]:
    return {tuple(labels.tolist()) for labels in plans(part)}


def canonical(labels: Ints) -> tuple[int, ...]:
    seen: dict[int, int] = {}
    return tuple(seen.setdefault(int(d), len(seen)) for d in labels)


def is_plan(part: Part, labels: Ints) -> bool:
    return canonical(labels) in {canonical(np.array(p)) for p in valid(part)}


def best_of_group(part: Part, labels: Ints, members: Sequence[int], movable: Bools | None = None) -> float:
    """The least value of all plans that keep the rest (and what may not move) as it is, less that of the rest."""
    held = np.zeros(len(labels), dtype=bool) if movable is None else ~movable
    outside = [d for d in range(part.k) if d not in members]
    least = float("inf")
    for other in plans(part):
        if not all(((other == other[labels == d][0]) == (labels == d)).all() for d in outside):
            continue
        # Two held nodes share a neighbourhood now if and only if they did before.
        if len({*zip(other[held], labels[held], strict=True)}) != len(set(other[held])) or len(set(other[held])) != len(
            set(labels[held])
        ):
            continue
        least = min(least, primary(part, other)[0])
    own, _, division = group_part(part, labels, members)
    return least - (primary(part, labels)[0] - primary(own, division)[0])


@st.composite
def planned(draw: st.DrawFn) -> tuple[Part, Ints, Bools | None]:
    """A small part, any plan of it under rules that this plan keeps, and what of it may move."""
    part = draw(parts(pairs=True, most=7))
    n = len(part.people)
    everyone, none = int(part.people.sum()), part.edges[:0]
    loose = replace(part, k=draw(st.integers(2, min(4, n))), lower=0, upper=everyone, together=none, apart=none)
    labels = np.array(draw(st.sampled_from(sorted(valid(loose)))), dtype=np.int64)
    loads = np.bincount(labels, weights=part.people).astype(int)
    slack = draw(st.sampled_from([0, 500, 1_200, 10_000]))
    part = replace(
        loose,
        lower=max(0, int(loads.min()) - slack),
        upper=int(loads.max()) + slack,
        together=part.together[[labels[a] == labels[b] for a, b in part.together]],
        apart=np.unique(np.sort(part.apart[[labels[a] != labels[b] for a, b in part.apart]], axis=1), axis=0),
    )
    if draw(st.booleans()):
        return part, labels, None
    return part, labels, np.array(draw(st.lists(st.booleans(), min_size=n, max_size=n)))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(case=planned(), size=st.integers(2, 3), steps=st.sampled_from([POOR, BLIND]))
def test_what_is_proven_cannot_be_improved(case: tuple[Part, Ints, Bools | None], size: int, steps: GroupSteps) -> None:
    part, labels, movable = case
    done = polish(part, labels, size=size, steps=steps, movable=movable)
    assert is_plan(part, done.labels)
    assert done.value == pytest.approx(primary(part, done.labels)[0]) and done.value <= primary(part, labels)[0] + 1e-9
    if movable is not None:
        assert (done.labels[~movable] == labels[~movable]).all()
    for group in done.groups:
        truth = best_of_group(part, done.labels, group.members, movable)
        assert group.bound <= truth * (1 + 1e-6) + 1e-6
        if group.proven:
            assert group.value <= truth * (1 + 2 * EXACT) + 1e-6
    if steps is POOR:
        assert done.none_better(2)
    assert sum(change.gain for change in done.changes) == pytest.approx(primary(part, labels)[0] - done.value, abs=1e-6)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(case=planned())
def test_a_local_proof_changes_nothing_and_tells_of_each_group_what_is_true(
    case: tuple[Part, Ints, Bools | None],
) -> None:
    part, labels, movable = case
    found = local_proof(part, labels, sizes=(2,), steps=POOR, movable=movable)
    assert [group.members for group in found] == adjacent_groups(part, labels, 2)
    for group in found:
        truth = best_of_group(part, labels, group.members, movable)
        assert group.bound <= truth * (1 + 1e-6) + 1e-6
        assert group.best == pytest.approx(truth, rel=1e-4, abs=1e-6)
        assert group.proven == (group.value <= truth * (1 + EXACT) + 1e-9) or abs(group.value - truth) < 3e-4 * truth
        if group.better is not None:
            assert is_plan(part, group.better)
            outside = ~np.isin(labels, group.members)
            assert (group.better[outside] == labels[outside]).all()
            if movable is not None:
                assert (group.better[~movable] == labels[~movable]).all()
            fall = primary(part, labels)[0] - primary(part, group.better)[0]
            assert fall == pytest.approx(group.value - group.best, abs=1e-6) and fall > 0


def test_groups_are_connected_in_the_map_of_neighbourhoods() -> None:
    part = row([1] * 5, 5)
    labels = np.arange(5)
    assert adjacent_groups(part, labels, 2) == [(0, 1), (1, 2), (2, 3), (3, 4)]
    assert adjacent_groups(part, labels, 3) == [(0, 1, 2), (1, 2, 3), (2, 3, 4)]
    assert adjacent_groups(part, labels, 2, frozen=[2]) == [(0, 1), (3, 4)]
    assert adjacent_groups(part, labels, 6) == []


def test_a_group_of_three_finds_what_no_pair_can() -> None:
    # 8 nodes in a ring of three; every pair is as good as it can be, the three together are not.
    found = 0
    cells = [(r, c) for r in range(2) for c in range(4)]
    rng = np.random.default_rng(3)
    for _ in range(20):
        part = part_of(cells, grid_edges(cells), rng.integers(1, 9, 8).tolist(), 3, 8, 26, target=12.0)
        known = sorted(valid(part))
        if not known:
            continue
        worst = np.array(max(known, key=lambda p: primary(part, np.array(p))[0]))
        two, three = (polish(part, worst, size=s, steps=POOR) for s in (2, 3))
        assert two.none_better(2) and three.none_better(2) and three.none_better(3)
        assert three.value <= two.value * (1 + 1e-4)
        assert three.value == pytest.approx(min(primary(part, np.array(p))[0] for p in known), rel=1e-4)
        found += three.value < two.value * (1 - 1e-3)
    assert found


def test_what_may_not_move_keeps_its_neighbourhood_its_name() -> None:
    part = row([10, 1, 1, 1, 10], 2)
    before = np.array([0, 1, 1, 1, 1])
    free = polish(part, before, steps=POOR)
    assert free.value < primary(part, before)[0]
    movable = np.array([False, True, False, True, True])
    held = polish(part, before, steps=POOR, movable=movable)
    assert held.labels[0] == 0 and held.labels[2] == 1
    assert held.none_better(2)


def test_a_frozen_neighbourhood_is_left_out() -> None:
    part = row([10, 1, 1, 1, 10, 1, 1], 3)
    before = np.array([0, 1, 1, 1, 1, 2, 2])
    done = polish(part, before, size=3, steps=POOR, frozen=[0])
    assert (done.labels == 0).tolist() == [True] + [False] * 6
    assert {d for group in done.groups for d in group.members} == {1, 2}


def test_a_better_division_that_breaks_communities_is_declined_where_they_weigh_more() -> None:
    part = row([10, 1, 1, 10], 2)
    part = replace(part, community=np.array([[0, 0, 10], [1, 1, 1], [2, 1, 1], [3, 1, 10]]))
    before = np.array([0, 1, 1, 1])
    taken = polish(part, before, steps=POOR)
    assert taken.labels.tolist() == [0, 0, 1, 1] and not taken.declined
    assert taken.changes[0].gain == pytest.approx(1) and taken.changes[0].community == -1
    weighed = polish(part, before, steps=POOR, weights=Weights(community=2.0))
    assert weighed.labels.tolist() == before.tolist() and weighed.declined == ((0, 1),)
    assert not weighed.none_better(2)
    assert community_people(part, weighed.labels) == 0


def test_the_answer_is_the_same_whoever_works_the_batches() -> None:
    cells = [(r, c) for r in range(5) for c in range(6)]
    rng = np.random.default_rng(1)
    part = part_of(cells, grid_edges(cells), rng.integers(1, 9, 30).tolist(), 6, 8, 60, target=25.0)
    before = np.array([c for _, c in cells])
    batches: list[int] = []

    def backwards(
        function: Callable[..., Any], items: Sequence[tuple[Any, ...]], *, should_stop: Any = None, on_done: Any = None
    ) -> list[Any]:
        batches.append(len(items))
        return [function(*item) for item in reversed(items)][::-1]

    one, other = polish(part, before, size=3), polish(part, before, size=3, map=backwards)
    assert one.labels.tolist() == other.labels.tolist() and one.value == other.value
    assert [g.members for g in one.groups] == [g.members for g in other.groups]
    assert max(batches) > 1
    seen = local_proof(part, before, sizes=(2, 3), map=backwards)
    assert [g.best for g in seen] == [g.best for g in local_proof(part, before, sizes=(2, 3))]


def test_steps_that_run_out_leave_groups_that_are_called_open() -> None:
    part = row([1] * 12, 6)
    before = np.array([0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5])
    done = polish(part, before, most=2, steps=POOR)
    assert done.solved == 2 and done.open(2) and not done.none_better(2)
    seen = local_proof(part, before, most=2, steps=POOR)
    assert [group.looked_at for group in seen] == [True, True, False, False, False]
    assert not any(group.proven for group in seen[2:])


def test_a_stop_is_heard_and_the_plan_so_far_comes_back() -> None:
    part = row([1] * 12, 6)
    before = np.array([0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 5])
    done = polish(part, before, should_stop=lambda: True)
    assert not done.repeatable and done.labels.tolist() == before.tolist() and not done.none_better(2)
    assert not any(group.looked_at for group in local_proof(part, before, should_stop=lambda: True))


def test_held_nodes_that_touch_become_one() -> None:
    part = replace(row([1, 2, 3, 4, 5], 2), apart=np.array([[0, 4]]), together=np.array([[2, 3]]))
    merged, node_of = hold(part, np.array([0, 0, 1, 1, 1]), np.array([False, False, True, False, False]))
    assert node_of.tolist() == [0, 0, 1, 2, 2]
    assert merged.people.tolist() == [3, 3, 9]
    assert merged.cost.sum() == pytest.approx(part.cost.sum())
    assert merged.apart.tolist() == [[0, 2]] and merged.together.tolist() == [[1, 2]]
    assert merged.edges.tolist() == [[0, 1], [1, 2]]


def test_names_stay_with_most_people() -> None:
    part = row([5, 1, 1, 5], 2)
    assert kept_names(part, np.array([1, 1, 0, 0]), np.array([0, 1, 1, 1])).tolist() == [1, 0, 0, 0]
    everyone_but_one = np.array([True, True, True, False])
    held = kept_names(part, np.array([1, 1, 0, 0]), np.array([0, 0, 0, 1]), everyone_but_one)
    assert held.tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("labels", "changes"),
    [
        ([0, 0, 1, 1], {"lower": 3}),
        ([0, 0, 1, 1], {"upper": 1}),
        ([0, 1, 0, 0], {}),
        ([0, 0, 0, 0], {}),
        ([0, 0, 1, 1], {"together": np.array([[1, 2]])}),
        ([0, 0, 1, 1], {"apart": np.array([[0, 1]])}),
    ],
)
def test_a_plan_that_breaks_its_rules_is_refused(labels: list[int], changes: dict[str, Any]) -> None:
    part = replace(row([1] * 4, 2), **changes)
    with pytest.raises(ValueError, match="breaks its own rules"):
        polish(part, np.array(labels), steps=POOR)
    with pytest.raises(ValueError, match="breaks its own rules"):
        local_proof(part, np.array(labels), steps=POOR)
    assert polish(row([1] * 4, 2), np.array([0, 0, 1, 1]), steps=POOR).none_better(2)


def test_every_pair_of_a_plan_is_in_some_group() -> None:
    part = row([1] * 6, 6)
    pairs = {pair for group in adjacent_groups(part, np.arange(6), 3) for pair in combinations(group, 2)}
    assert {(i, i + 1) for i in range(5)} <= pairs

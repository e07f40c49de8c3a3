"""The yardstick of containment: its search keeps the rules, and no plan beats what is said that none can beat."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.communities import GOALS, contained, yardstick
from benchmarks.containment import Partition, _lists, cannot_beat, joined, most_contained, partition_of, share
from boundaries import load_area
from footprints.flows import exchange, flows_of, kept
from footprints.propose import propose
from optimise.contiguity import pieces_of
from optimise.criteria import Criteria

NEAR = [[v for v in (u - 1, u + 1, u + 4, u - 4) if 0 <= v < 8 and {u, v} != {3, 4}] for u in range(8)]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(0, 900), min_size=64, max_size=64), st.lists(st.integers(500, 1_500), min_size=8, max_size=8)
)
def test_no_plan_in_range_beats_the_bound(flows: list[int], people: list[int]) -> None:
    crossing = np.array(flows, dtype=float).reshape(8, 8)
    problem = Partition(crossing + crossing.T, np.array(people, dtype=float), *_lists(NEAR), crossing.sum() * 1.1 + 1)
    low, high = 0.3 * sum(people), 0.7 * sum(people)
    fits = [
        np.array(label)
        for label in itertools.product(range(2), repeat=8)
        if all(low <= problem.people[np.array(label) == d].sum() <= high for d in range(2))
    ]
    bound = cannot_beat(problem, 2, low, high, 20)
    assert all(share(problem, label) <= bound + 1e-9 for label in fits)
    whole = [x for x in fits if all(len(pieces_of(np.flatnonzero(x == d).tolist(), NEAR)) == 1 for d in range(2))]
    if whole:
        found, value = most_contained(problem, whole[0], low, high, range(2), 3_000)
        assert value == share(problem, found) >= share(problem, whole[0])
        assert any((found == x).all() for x in whole)


def test_a_more_contained_plan_of_the_demo_county_keeps_the_rules() -> None:
    area = load_area("demo")
    flows = flows_of(area)
    plan = propose(area, Criteria(within=(), neighbourhoods=20, seconds=5)).plan
    assert plan is not None
    where = plan.where()
    start = np.array([plan.codes.index(where[u]) for u in area.codes])
    problem = partition_of(area, flows, flows.site)
    found, value = most_contained(problem, start, 30_000, 60_000, range(1), 1_000_000)
    home = np.where(flows.site >= 0, found[flows.site], -1)
    assert value == share(problem, found) and abs(value - kept(exchange(flows, found, home, 20))) < 1e-9
    assert value > share(problem, start) + 0.02
    people = np.bincount(found, weights=problem.people)
    assert len(people) == 20 and people.min() >= 30_000 and people.max() <= 60_000
    assert all(len(pieces_of(np.flatnonzero(found == d).tolist(), joined(area))) == 1 for d in range(20))


@pytest.mark.places
@pytest.mark.parametrize("place", ["cambridgeshire", "cornwall", "london"])
def test_the_figures_to_reach_are_reproduced(place: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(place)
    measured, label = yardstick(folder)
    assert round(100 * contained(*measured.as_goals, label), 1) == GOALS[folder.name][0]

"""What a range may be put on: residents, registered patients living here, lists of practices sited here."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries import load_area
from boundaries.area import Area
from footprints.check import check
from footprints.editing.tally import Ground
from footprints.exchange import read_plan, write_plan
from footprints.propose import propose
from footprints.score import score
from footprints.standing import graph_of, standings
from optimise import Criteria, CriteriaError, Status, build_problem, prospect, solve
from optimise.counting import is_known, people_counted, population
from tests.grids import grid_area
from tests.plans import drawn, with_practices

LISTS = Criteria(count="lists", within=(), seconds=5)


def with_lists(rows: list[str], sizes: dict[int, float], residents: int = 10_000) -> Area:
    """A drawn area with a practice at each position in `sizes`, whose patients live in its own unit."""
    area = grid_area(rows, residents)
    practices = {f"P{at}": (area.codes[at], "", size) for at, size in sizes.items()}
    return with_practices(area, practices, [(f"P{at}", area.codes[at], 5.0) for at in sizes])


def test_lists_count_whole_where_the_practice_is_sited_and_nowhere_else() -> None:
    area = with_lists(["AAA"], {0: 4_000.0, 2: 9_000.0})
    more = {"P0": (area.codes[0], "", 4_000.0), "Q0": (area.codes[0], "", 500.0), "X": ("", "", 70_000.0)}
    area = with_practices(area, more, [("P0", area.codes[1], 5.0)])
    assert people_counted(area, "lists").tolist() == [4_500, 0, 0]
    assert population(area, "residents").tolist() == [10_000.0] * 3 and is_known(area, "registered")
    bare = grid_area(["AAA"])
    assert not is_known(bare, "lists") and not is_known(bare, "registered")
    with pytest.raises(CriteriaError, match="to count lists of practices sited here, but 3 of 3 LSOAs") as told:
        build_problem(bare, LISTS)
    assert "count residents" in told.value.mend
    assert Criteria.from_json(LISTS.to_json()) == LISTS


def test_metrics_standing_checker_and_editor_count_the_same_lists(tmp_path: Path) -> None:
    area = with_lists(["AAAA"], {0: 40_000.0, 3: 20_000.0})
    plan = drawn(area, ["aabb"], replace(LISTS, minimum=30_000, maximum=50_000))
    card = score(plan, area)
    assert card.neighbourhoods["deviation_people"].tolist() == [-10_000, -30_000]
    assert card.neighbourhoods["in_range"].tolist() == [True, False]
    assert card.neighbourhoods["list_of_practices_sited_here"].tolist() == [40_000, 20_000]
    assert [(own.people, own.in_range) for own in standings(plan, area)] == [(40_000, True), (20_000, False)]
    assert any("20,000" in fault.message for fault in check(plan, area).criteria)
    ground = Ground.of(area)
    assert ground.counting(plan)[0] == "lists" and ground.people(plan).tolist() == [40_000, 0, 0, 20_000]
    write_plan(plan, area, tmp_path / "out")
    assert read_plan(tmp_path / "out", area).criteria.count == "lists"
    assert standings(plan, grid_area(["AAAA"]))[0].stand_in


def test_a_list_too_large_for_the_range_is_refused_in_planners_words() -> None:
    area = with_lists(["AAAA"], {0: 72_000.0, 3: 40_000.0})
    (reason,) = prospect(build_problem(area, LISTS), LISTS).reasons
    assert "By the lists of practices sited in each neighbourhood" in reason.message
    assert "alone has 72,000 patients on lists, above the maximum of 60,000" in reason.message
    assert "Raise the maximum to 72,000." in reason.mend and "residents" in reason.mend


def divisions(area: Area, k: int, low: int, high: int, people: list[int]) -> list[tuple[int, ...]]:
    """Every division of a drawn area into k connected neighbourhoods in range."""
    graph, found = graph_of(area), []
    for labels in itertools.product(range(k), repeat=len(area.codes)):
        if list(dict.fromkeys(labels)) != list(range(k)):
            continue
        groups = [[n for n, d in enumerate(labels) if d == own] for own in range(k)]
        if all(low <= sum(people[n] for n in group) <= high for group in groups) and all(
            nx.is_connected(graph.subgraph([area.codes[n] for n in group])) for group in groups
        ):
            found.append(labels)
    return found


@settings(max_examples=12, deadline=None, derandomize=True)
@given(sizes=st.dictionaries(st.integers(0, 8), st.sampled_from([9_000.0, 15_000.0, 21_000.0]), min_size=3, max_size=6))
def test_units_without_lists_leave_bounds_and_contiguity_valid(sizes: dict[int, float]) -> None:
    """3 x 3 units, most without any list: the plan is in range and connected, and no plan is below the bound."""
    area = with_lists(["AAA", "AAA", "AAA"], sizes, residents=1_000)
    asked = replace(LISTS, minimum=15_000, maximum=45_000, target=30_000, neighbourhoods=2)
    people = people_counted(area, "lists").tolist()
    problem = build_problem(area, asked)
    every = divisions(area, 2, asked.minimum, asked.maximum, people)
    if prospect(problem, asked).reasons:
        assert not every
        return
    found = solve(problem, asked, processes=1)
    if not every:
        assert found.assignment is None
        return
    assert found.assignment is not None and found.objective is not None and found.status is Status.OPTIMAL
    order = list(dict.fromkeys(found.assignment))
    assert tuple(order.index(d) for d in found.assignment) in set(every)

    def worth(labels: tuple[int, ...]) -> float:
        total = 0.0
        for own in range(2):
            units = np.flatnonzero(np.array(labels) == own)
            apart = np.linalg.norm(problem.xy_km[units][:, None] - problem.xy_km[units][None], axis=2)
            load = sum(people[n] for n in units.tolist())
            total += 1_000 * apart.sum(axis=0).min() + 0.5 * abs(load - 30_000)
        return total

    best = min(map(worth, every))
    assert found.bound <= best * (1 + 1e-6) and found.objective == pytest.approx(best, rel=1e-4)


@pytest.mark.places
def test_cornwall_in_range_by_lists(cornwall: Path) -> None:
    """Most LSOAs have no practice: every neighbourhood is in one piece and its practices' lists are in range."""
    area = load_area(cornwall)
    asked = replace(LISTS, accept_links=True, neighbourhoods=12, seconds=3)
    found = propose(area, asked)
    assert found.plan is not None and not check(found.plan, area).criteria
    lists = score(found.plan, area).neighbourhoods["list_of_practices_sited_here"].tolist()
    assert all(30_000 <= float(n) <= 60_000 for n in lists) and (people_counted(area, "lists") == 0).mean() > 0.7
    assert found.solution.bound <= found.solution.objective

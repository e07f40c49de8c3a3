"""What is divided on its own, and what is said before anything is solved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from optimise import Criteria, CriteriaError, Locks, Problem, add_links, build_problem, prospect
from optimise.splitting.nesting import arrange
from tests.grids import grid_area

# One small district C (3 units, 24,000 people) between A and B. It shares 1 km with A and 3 km with B.
#   A A C B B B
#   A A C B B B
#   A A C B B B      (C touches A on three sides too, so B's corner below breaks the tie)
#   A A A B B B
SMALL = ["AACBBB", "AACBBB", "AACBBB", "AAABBB"]
A, B, C = "E07000001", "E07000002", "E07000003"


def small(criteria: Criteria, flows: dict[str, float] | None = None) -> Problem:
    """`SMALL`, each unit 8,000 people; `flows`: patients per unit, by district, of the PCN that C's residents use."""
    problem = build_problem(grid_area(SMALL, 8_000, upper={"A": "X", "B": "Y", "C": "Y"}), criteria)
    if flows is None:
        return problem
    level = problem.levels["district"]
    patients = np.array([[flows.get(level.codes[g], 0.0)] for g in level.group])
    return replace(problem, pcn_flow=patients, pcns=("Mill PCN (U1)",))


def test_a_small_district_joins_by_border_when_no_lists_are_known() -> None:
    problem = small(Criteria())
    nests = arrange(problem, Criteria()).nests
    assert [nest.codes for nest in nests] == [(A, C), (B,)]  # 3 km + 1 km below against 3 km


def test_a_small_district_follows_the_list_of_its_main_pcn_not_the_border() -> None:
    criteria = Criteria()
    found = arrange(small(criteria, {C: 900.0, A: 10.0, B: 500.0}), criteria)
    assert [nest.codes for nest in found.nests] == [(A,), (B, C)]
    (joined,) = found.exceptions
    assert joined.kind == "joined"
    assert joined.choice == "District B"
    assert joined.runner_up.startswith("District A")
    assert "24,000 people, below the minimum of 30,000" in joined.message
    assert "Mill PCN (U1)" in joined.message
    assert "District B still has 2 neighbourhoods." in joined.message
    assert len(joined.units) == 3


def test_an_upper_tier_line_that_is_crossed_is_declared() -> None:
    criteria = Criteria()
    found = arrange(small(criteria, {C: 1.0, A: 5.0, B: 1.0}), criteria)
    assert [e.kind for e in found.exceptions] == ["joined", "crosses upper tier"]
    assert "County Y on one side, County X on the other" in found.exceptions[1].message


def test_the_planner_may_choose_the_neighbour() -> None:
    for joins in ((C, B), ("District C", "District B")):
        criteria = Criteria(joins=(joins,))
        found = arrange(small(criteria), criteria)
        assert [nest.codes for nest in found.nests] == [(A,), (B, C)]
        assert "as asked" in found.exceptions[0].message


def test_a_join_of_what_is_not_there_or_does_not_touch_is_refused() -> None:
    criteria = Criteria(joins=(("Atlantis", B),))
    with pytest.raises(CriteriaError, match="Atlantis"):
        arrange(small(criteria), criteria)
    criteria = Criteria(joins=((A, B),))
    problem = build_problem(grid_area(["AAAAAA.BBBBBB"], 8_000), criteria)
    with pytest.raises(CriteriaError, match="share no border"):
        arrange(problem, criteria)


def test_left_alone_a_small_district_is_a_declared_undersized_neighbourhood() -> None:
    criteria = Criteria(small_districts="alone")
    found = arrange(small(criteria), criteria)
    assert [nest.codes for nest in found.nests] == [(A,), (B,), (C,)]
    assert [e.kind for e in found.exceptions] == ["undersized"]
    rows = prospect(small(criteria), criteria).nests
    assert [row.proposed for row in rows] == [2, 2, 1]


# An island district B of 10,000 people, and an island of A:   A A A A . B
#                                                             A A A A . A
ISLANDS = ["AAAA.B", "AAAA.A"]


def with_proposed_link(criteria: Criteria) -> Problem:
    problem = build_problem(grid_area(ISLANDS, 10_000), criteria)
    link = (3, 4, "ferry", 1.0, "a ferry from Grid 0003 to Grid 0005, 1.0 km apart")
    problem = replace(problem, proposed_links=(link,))
    return add_links(problem, [link[:3]]) if criteria.accept_links else problem


def test_an_island_without_a_link_stays_alone_and_the_proposed_link_is_named() -> None:
    problem = with_proposed_link(Criteria(within=()))
    found = arrange(problem, Criteria(within=()))
    (undersized,) = found.exceptions
    assert undersized.kind == "undersized"
    assert undersized.people == 20_000
    assert "a ferry from Grid 0003" in undersized.message
    assert [piece.undersized for piece in found.nests[0].pieces] == [False, True]


def test_an_accepted_link_is_an_edge_and_is_declared() -> None:
    criteria = Criteria(within=(), accept_links=True)
    found = arrange(with_proposed_link(criteria), criteria)
    assert [e.kind for e in found.exceptions] == ["links accepted"]
    assert [len(nest.pieces) for nest in found.nests] == [1]


def test_a_cut_off_piece_that_touches_another_district_joins_it() -> None:
    # A A A A B B B B A      the lone A in the east touches only B
    problem = build_problem(grid_area(["AAAABBBBA"], 10_000), Criteria())
    found = arrange(problem, Criteria())
    assert [nest.units.tolist() for nest in found.nests] == [[0, 1, 2, 3], [4, 5, 6, 7, 8]]
    (joined,) = found.exceptions
    assert joined.choice == "District B"
    assert joined.units == ("E01900009",)
    assert "touches no other part of it" in joined.message


def test_a_district_in_two_large_pieces_is_two_problems() -> None:
    problem = build_problem(grid_area(["AAAABBBBAAAA"], 10_000), Criteria())
    (first, second) = arrange(problem, Criteria()).nests
    assert [len(piece.units) for piece in first.pieces] == [4, 4]
    assert [len(piece.units) for piece in second.pieces] == [4]
    assert [row.proposed for row in prospect(problem, Criteria()).nests] == [2, 1]


def test_levels_intersect() -> None:
    area = grid_area(["AAABBB", "AAABBB"], 15_000, msoa=["ppppqq", "ppppqq"])
    criteria = Criteria(within=("district", "msoa"), small_districts="alone")
    nests = arrange(build_problem(area, criteria), criteria).nests
    assert [nest.names for nest in nests] == [
        ("District A / Place p",),
        ("District B / Place p",),
        ("District B / Place q",),
    ]


def test_nothing_nested_is_one_nest() -> None:
    criteria = Criteria(within=())
    (nest,) = arrange(small(criteria), criteria).nests
    assert nest.name == "Gridshire"
    assert nest.codes == ("",)


def test_frozen_neighbourhoods_leave_the_pieces_but_not_the_nest() -> None:
    frozen = ("N-1", ("E01900001", "E01900002", "E01900003", "E01900004"))
    criteria = Criteria(locks=Locks(frozen=(frozen,)))
    problem = build_problem(grid_area(["AAAAAAAA"], 10_000), criteria)
    (nest,) = arrange(problem, criteria).nests
    assert nest.people == 80_000
    assert nest.pieces[0].units.tolist() == [4, 5, 6, 7]
    (row,) = prospect(problem, criteria).nests
    assert (row.fewest, row.most, row.proposed) == (2, 2, 2)


def test_locks_on_units_elsewhere_are_refused() -> None:
    criteria = Criteria(locks=Locks(together=(("E01900001", "E01000009"),)))
    problem = build_problem(grid_area(["AAAA"], 10_000), criteria)
    with pytest.raises(CriteriaError, match="E01000009"):
        arrange(problem, criteria)

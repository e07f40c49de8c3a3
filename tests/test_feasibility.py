"""What can be known by counting, said in plain words with numbers and the nearest criteria that would work."""

from __future__ import annotations

from dataclasses import replace

import pytest

from optimise import Criteria, CriteriaError, Locks, Reason, Status, build_problem, prospect, solve
from optimise.asking.feasibility import outlook
from optimise.splitting.joining import numbers
from tests.grids import grid_area


def asked(picture: list[str], people: int | list[int], criteria: Criteria) -> tuple[Reason, ...]:
    problem = build_problem(grid_area(picture, people, msoa=picture), criteria)
    reasons = prospect(problem, criteria).reasons
    answer = solve(problem, criteria)
    assert (answer.status is Status.INFEASIBLE) == bool(reasons)
    assert answer.reasons == reasons
    return reasons


def test_numbers_by_hand() -> None:
    #   people     fewest             most               nearest to people / 50,000
    assert numbers(300_000, Criteria()) == (5, 10, 6)
    assert numbers(61_000, Criteria()) == (2, 2, 2)
    assert numbers(29_999, Criteria()) == (1, 0, None)
    assert numbers(125_000, Criteria()) == (3, 4, 3)
    assert numbers(75_000, Criteria()) == (2, 2, 2)
    assert numbers(65_000, Criteria(minimum=45_000, maximum=55_000)) == (2, 1, None)


def test_the_table_before_solving() -> None:
    criteria = Criteria(neighbourhoods=(("E07000002", 3),))
    problem = build_problem(grid_area(["AAAABBBBBBBBBB", "AAAABBBBBBBBBB"], 6_000), criteria)
    a, b = prospect(problem, criteria).nests
    assert (a.code, a.names, a.units, a.people, a.fewest, a.most, a.proposed) == (
        "E07000001", "District A", 8, 48_000, 1, 1, 1,
    )  # fmt: skip
    assert (b.people, b.fewest, b.most, b.proposed) == (120_000, 2, 4, 3)


def test_a_district_that_fits_no_number_names_the_nearest_ranges() -> None:
    (reason,) = asked(["AAAAAAA"], 10_000, Criteria(minimum=40_000, maximum=60_000))
    assert reason.message == (
        "District A has 70,000 people: 1 neighbourhood would hold 70,000, above the maximum of 60,000, and "
        "2 neighbourhoods would hold 35,000 each, below the minimum of 40,000."
    )
    assert reason.mend.startswith("Lower the minimum to 35,000, or raise the maximum to 70,000")


def test_a_number_that_cannot_hold_the_people() -> None:
    (reason,) = asked(["AAAAAAAAAA"], 12_000, Criteria(within=(), neighbourhoods=6))
    assert reason.message == ("6 neighbourhoods of 30,000 to 60,000 people cannot hold 120,000 people: 2 to 4 can.")
    assert reason.mend == "Ask for 4, or lower the minimum to 20,000."
    (reason,) = asked(["AAAAAAAAAA"], 12_000, Criteria(neighbourhoods=(("E07000001", 1),)))
    assert "1 neighbourhood of 30,000 to 60,000 people cannot hold the 120,000 people of District A" in reason.message
    assert reason.mend == "Ask for 2, or raise the maximum to 120,000."


def test_a_total_is_shared_over_districts() -> None:
    criteria = Criteria(neighbourhoods=6)
    problem = build_problem(grid_area(["AAAABBBBBBBBBB", "AAAABBBBBBBBBB"], 9_000), criteria)
    assert [row.proposed for row in prospect(problem, criteria).nests] == [2, 4]


def test_a_total_that_could_be_shared_out_otherwise_is_known_as_such() -> None:
    #   A . B B B B B B      A: three units of 20,000, one neighbourhood or (by counting) two; B: 4 to 8
    #   A . B B B B B B
    #   A . B B B B B B
    area = grid_area(["A.BBBBBB"] * 3, ([20_000] + [12_000] * 6) * 3)

    def shared(neighbourhoods: int | tuple[tuple[str, int], ...] | None) -> list[tuple[int, bool]]:
        criteria = Criteria(target=30_000, minimum=25_000, neighbourhoods=neighbourhoods)
        return [(task.k, task.shared) for task in outlook(build_problem(area, criteria), criteria).tasks]

    assert shared(7) == [(2, True), (5, True)]
    assert shared(5) == [(1, False), (4, False)]  # the fewest of both
    assert shared(10) == [(2, False), (8, False)]  # the most of both
    assert shared(None) == [(2, False), (7, False)]
    assert shared((("E07000001", 1), ("E07000002", 6))) == [(1, False), (6, False)]

    # A: two units of 30,000, kept apart. Counting gives it one neighbourhood of the five, which proves nothing.
    area = grid_area(["A.BBBBBB"] * 2, ([30_000] + [12_000] * 6) * 2)
    locks = Locks(apart=((area.codes[0], area.codes[7]),))
    five = Criteria(target=40_000, minimum=25_000, neighbourhoods=5, locks=locks)
    found = outlook(build_problem(area, five), five)
    assert found.prospect.reasons == ()
    assert [(task.k, task.shared) for task in found.tasks] == [(1, True), (4, True)]
    four = replace(five, neighbourhoods=4)
    assert "only one neighbourhood" in prospect(build_problem(area, four), four).reasons[0].message


def test_numbers_for_what_is_not_there() -> None:
    criteria = Criteria(neighbourhoods=(("E07000009", 2),))
    problem = build_problem(grid_area(["AAAA"], 10_000), criteria)
    with pytest.raises(CriteriaError, match="E07000001 "):
        prospect(problem, criteria)
    criteria = Criteria(neighbourhoods=(("E07000002", 1),))
    problem = build_problem(grid_area(["AAAAAB"], 10_000), criteria)
    with pytest.raises(CriteriaError, match=r"District B .* is joined to District A"):
        prospect(problem, criteria)


def test_a_unit_or_a_group_too_large_for_one_neighbourhood() -> None:
    (reason,) = asked(["AAA"], [10_000, 70_000, 10_000], Criteria())
    assert "alone has 70,000 people, above the maximum of 60,000" in reason.message
    assert reason.where == ("E01900002",)
    (reason,) = asked(["AAAABBBB"], 20_000, Criteria(within=(), keep_whole=("msoa",)))[:1]
    assert "must stay together (the MSOA Place A) and have 80,000 people" in reason.message
    assert "let them be divided" in reason.mend


UNITS = tuple(f"E019{n:05d}" for n in range(1, 13))


def locked(**locks: object) -> tuple[Reason, ...]:
    """Twelve units of 10,000 people in a row, districts A and B of six each."""
    return asked(["AAAAAABBBBBB"], 10_000, Criteria(locks=Locks(**locks)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("locks", "said"),
    [
        ({"together": ((UNITS[0], UNITS[11]),)}, "lie in District A and District B"),
        ({"fixed": ((UNITS[0], "N-1"), (UNITS[11], "N-1"))}, "fixed to N-1"),
        ({"together": ((UNITS[0], UNITS[1]),), "apart": ((UNITS[0], UNITS[1]),)}, "are to be kept apart"),
        ({"fixed": ((UNITS[0], "N-1"), (UNITS[2], "N-2"), (UNITS[4], "N-3"))}, "fixed to 3 neighbourhoods"),
        ({"frozen": (("N-1", UNITS[:3]),), "apart": ((UNITS[4], UNITS[5]),)}, "Grid 0004) and Place"),
        ({"frozen": (("N-1", UNITS[:4]),)}, "leave 2 LSOAs"),
        ({"frozen": (("N-1", UNITS[:3]),), "together": ((UNITS[2], UNITS[3]),)}, "edge of a frozen neighbourhood"),
        ({"frozen": (("N-1", UNITS[:3]),), "fixed": ((UNITS[3], "N-1"),)}, "edge of a frozen neighbourhood"),
    ],
)
def test_locks_that_leave_no_answer(locks: dict[str, object], said: str) -> None:
    reasons = locked(**locks)
    assert any(said in reason.message for reason in reasons), [r.message for r in reasons]
    assert all(reason.mend for reason in reasons)


def test_an_island_of_one_neighbourhood_keeps_nothing_apart() -> None:
    # An island of two units is one undersized neighbourhood.    A A A A A . A A
    criteria = Criteria(within=(), locks=Locks(apart=((UNITS[5], UNITS[6]),)))
    problem = build_problem(grid_area(["AAAAA.AA"], 10_000), criteria)
    answer = solve(problem, criteria)
    assert answer.status is Status.INFEASIBLE
    assert "has people for only one neighbourhood there" in answer.reasons[0].message


def test_a_split_that_counting_allows_and_the_map_does_not() -> None:
    # A star: three arms of 25,000 people hang on a hub, each too small to stand alone, together 85,000 with the hub.
    #   . A .
    #   A A A
    problem = build_problem(grid_area([".A.", "AAA"], [25_000, 25_000, 10_000, 25_000]), Criteria())
    answer = solve(problem, Criteria())
    assert answer.status is Status.INFEASIBLE
    (reason,) = answer.reasons
    assert "the 4 LSOAs around Grid 0001 with 85,000 people would have to stay together" in reason.message
    assert reason.mend == "With a range of 25,000 to 60,000 there is a plan of 2 neighbourhoods."


def test_proven_impossible_says_so_and_names_a_range_that_works() -> None:
    # A row of five: 20, 20, 40, 20, 20 thousand. Two neighbourhoods of 55 to 65 thousand: no cut gives them.
    criteria = Criteria(minimum=55_000, maximum=65_000, target=60_000, within=(), neighbourhoods=2)
    problem = build_problem(grid_area(["AAAAA"], [20_000, 20_000, 40_000, 20_000, 20_000]), criteria)
    answer = solve(problem, criteria)
    assert answer.status is Status.INFEASIBLE
    (reason,) = answer.reasons
    assert "would have to stay together" in reason.message
    assert reason.mend == "With a range of 40,000 to 80,000 there is a plan of 2 neighbourhoods."
    assert answer.in_words.startswith("There is no plan under these rules.")


def test_the_model_proves_what_counting_cannot() -> None:
    # A ring of eight. Three neighbourhoods of 80,000 people are wanted, but a run of the ring that has 80,000 holds
    # the unit of 50,000 (5), so there is at most one of them.
    #   3 3 3
    #   3 . 1
    #   3 5 3
    people = [30_000, 30_000, 30_000, 30_000, 10_000, 30_000, 50_000, 30_000]
    criteria = Criteria(minimum=79_000, maximum=81_000, target=80_000, within=(), neighbourhoods=3)
    problem = build_problem(grid_area(["AAA", "A.A", "AAA"], people), criteria)
    answer = solve(problem, criteria)
    assert answer.status is Status.INFEASIBLE
    (reason,) = answer.reasons
    assert (
        "cannot be divided into 3 connected neighbourhoods of 79,000 to 81,000 people; this is proven" in reason.message
    )
    assert reason.mend.startswith("With a range of ")

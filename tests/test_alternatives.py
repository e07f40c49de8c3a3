"""Differences between plans by people, the choice of plans far apart, and alternatives on grids that can be counted."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise import Criteria, Locks, Solution, Weights, build_problem, check_criteria, solve
from optimise.assignment import best_pairs
from optimise.problem import Ints, Part, Problem
from optimise.score import primary
from optimise.searching.search import SearchBudget, canonical
from optimise.solution import EXACT
from optimise.stages import as_found
from optimise.trading.attempts import keeps
from optimise.variety.alternatives import alternatives
from optimise.variety.choosing import Pool, cheaper, choose, farthest, nearest
from optimise.variety.difference import difference, neighbours_lost, people_moved, variation_of_information
from optimise.variety.pools import spread_out, try_once
from tests.grids import grid_area
from tests.random_parts import parts
from tests.small_parts import plans

N = 9
LABELS = st.lists(st.integers(0, 3), min_size=N, max_size=N).map(lambda x: np.array(x, np.int64))
PEOPLE = st.lists(st.integers(1, 5_000), min_size=N, max_size=N).map(lambda x: np.array(x, np.int64))


# -- differences --


def same_partition(a: Ints, b: Ints) -> bool:
    return bool((canonical(a) == canonical(b)).all())


@given(weight=st.lists(st.lists(st.integers(0, 50), min_size=3, max_size=3), min_size=1, max_size=4))
def test_the_best_pairs_have_the_largest_sum_of_all(weight: list[list[int]]) -> None:
    table = np.array(weight, np.int64)
    rows, columns = table.shape
    small, large = sorted((rows, columns))
    turned = table if rows <= columns else table.T
    most = max(sum(turned[i, p[i]] for i in range(small)) for p in permutations(range(large), small))
    pairs = best_pairs(table)
    assert len(pairs) == len({i for i, _ in pairs}) == len({j for _, j in pairs}) == small
    assert sum(table[i, j] for i, j in pairs) == most


@given(a=LABELS, b=LABELS, people=PEOPLE)
def test_people_moved_is_the_least_over_all_renumberings(a: Ints, b: Ints, people: Ints) -> None:
    least = min(int(people[np.array(p)[a] != b].sum()) for p in permutations(range(4)))
    assert people_moved(a, b, people) == least


@given(a=LABELS, b=LABELS, c=LABELS, people=PEOPLE)
def test_moved_and_information_are_metrics(a: Ints, b: Ints, c: Ints, people: Ints) -> None:
    for measure in (people_moved, variation_of_information):
        ab = measure(a, b, people)
        assert ab == pytest.approx(measure(b, a, people), abs=1e-12)
        assert (ab <= 1e-12) == same_partition(a, b)
        assert measure(a, c, people) <= ab + measure(b, c, people) + 1e-9


@given(a=LABELS, b=LABELS, people=PEOPLE, names=st.permutations([5, 2, 9, 0]))
def test_renumbering_changes_nothing(a: Ints, b: Ints, people: Ints, names: list[int]) -> None:
    one, other = difference(a, b, people), difference(a, np.array(names)[b], people)
    assert one.people_moved == other.people_moved
    assert one.neighbours_lost == pytest.approx(other.neighbours_lost)
    assert one.information_bits == pytest.approx(other.information_bits, abs=1e-12)


@given(a=LABELS, b=LABELS, people=PEOPLE)
def test_neighbours_lost_is_the_mean_over_residents(a: Ints, b: Ints, people: Ints) -> None:
    lost = sum(people[i] * (1 - people[(a == a[i]) & (b == b[i])].sum() / people[a == a[i]].sum()) for i in range(N))
    assert neighbours_lost(a, b, people) == pytest.approx(lost / people.sum(), abs=1e-12)


def test_a_merger_loses_no_neighbours_and_halves_lose_half() -> None:
    halves, whole, people = np.array([0, 0, 1, 1]), np.zeros(4, np.int64), np.full(4, 100)
    assert neighbours_lost(halves, whole, people) == 0
    assert neighbours_lost(whole, halves, people) == pytest.approx(0.5)
    assert variation_of_information(whole, halves, people) == pytest.approx(1.0)
    crossed = difference(halves, np.array([0, 1, 0, 1]), people)
    assert crossed == replace(crossed, people_moved=200, share_moved=0.5)
    assert crossed.information_bits == pytest.approx(2.0)


def test_nobody_living_anywhere_is_no_difference() -> None:
    none = difference(np.array([0, 1]), np.array([0, 0]), np.zeros(2, np.int64))
    assert (none.people_moved, none.share_moved, none.neighbours_lost, none.information_bits) == (0, 0.0, 0.0, 0.0)


# -- choosing --


@st.composite
def pools(draw: st.DrawFn) -> list[Pool]:
    made = []
    for _ in range(draw(st.integers(1, 3))):
        people = np.array(draw(st.lists(st.integers(1, 9), min_size=5, max_size=5)), np.int64)
        count = draw(st.integers(1, 4))
        labels = tuple(
            np.array(draw(st.lists(st.integers(0, 2), min_size=5, max_size=5)), np.int64) for _ in range(count)
        )
        cost = np.array(draw(st.lists(st.sampled_from([0.0, 1.0, 2.5, 7.0]), min_size=count, max_size=count)))
        made.append(Pool(labels, cost, people))
    return made


@settings(max_examples=80, deadline=None)
@given(made=pools(), slack=st.sampled_from([0.0, 2.0, 6.0, 30.0]), most=st.integers(1, 4), least=st.integers(1, 9))
def test_chosen_plans_are_within_the_slack_and_far_enough_apart(
    made: list[Pool], slack: float, most: int, least: int
) -> None:
    chosen = choose(made, slack, most, least)
    assert chosen[0] == (0,) * len(made)
    assert len(chosen) <= most
    for i, own in enumerate(chosen[1:], start=1):
        assert sum(pool.cost[pick] for pool, pick in zip(made, own, strict=True)) <= slack + 1e-9
        assert nearest(made, chosen[:i], own) >= least


@settings(max_examples=80, deadline=None)
@given(made=pools(), slack=st.sampled_from([2.0, 6.0, 30.0]))
def test_the_second_plan_is_the_farthest_that_a_grid_of_costs_allows(made: list[Pool], slack: float) -> None:
    start = (0,) * len(made)
    step = slack / 400
    reach = [
        nearest(made, [start], pick)
        for pick in product(*(range(len(pool.labels)) for pool in made))
        if sum(np.ceil(pool.cost[i] / step - 1e-9) for pool, i in zip(made, pick, strict=True)) <= 400
    ]
    found = farthest(made, [start], slack)
    assert (found is None) == (not reach)
    if found is not None:
        assert nearest(made, [start], found) >= max(reach)
        less = cheaper(made, [start], found, 1)
        assert (
            nearest(made, [start], less) >= 0.9 * nearest(made, [start], found) - 1
            or nearest(made, [start], found) == 0
        )


def test_of_two_plans_as_far_the_cheaper_one_is_taken() -> None:
    people = np.array([10, 10, 10, 10])
    base, near, far = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 1, 1, 0])
    pool = Pool((base, near, far), np.array([0.0, 5.0, 3.0]), people)
    assert choose([pool], 10.0, 2, 1) == [(0,), (2,)]


def test_spread_out_takes_the_far_ones_first_and_no_copies() -> None:
    part_labels = [[0, 0, 1, 1], [0, 0, 0, 1], [0, 1, 1, 0], [0, 0, 1, 1]]
    part = next(iter([grid_part()]))
    founds = [as_found(part, np.array(x, np.int64)) for x in part_labels]
    people = np.full(4, 10)
    kept = spread_out(founds, [founds[0].labels], people, 4)
    assert [f.labels.tolist() for f in kept] == [[0, 1, 1, 0], [0, 0, 0, 1]]


def grid_part() -> Part:
    problem = build_problem(grid_area(["AA", "AA"]), CRITERIA)
    from optimise.asking.feasibility import outlook
    from optimise.splitting.presolve import make_part

    task = outlook(problem, CRITERIA).tasks[0]
    return make_part(problem, CRITERIA, task.found, 2, task.name)


# -- the pool --


@settings(max_examples=40, deadline=None, derandomize=True)
@given(part=parts(pairs=True), index=st.integers(0, 40), room=st.sampled_from([0.0, 0.05, 0.5]))
def test_a_try_gives_only_valid_plans_under_the_cap(part: Part, index: int, room: float) -> None:
    base = next(iter(plans(part)), None)
    if base is None or part.k < 2:
        return
    value, centres = primary(part, base)
    cap = value * (1 + room)
    budget = SearchBudget(restarts=1, rounds=6, recombinations=2, flips=10)
    for found in try_once(part, part.people, base, centres, cap, 0, index, budget):
        assert keeps(part, found.labels)
        assert found.value == primary(part, found.labels)[0]
        assert found.value <= cap * (1 + 1e-9)


# -- whole alternatives --

CRITERIA = Criteria(target=20_000, minimum=20_000, maximum=20_000, comfortable=(20_000, 20_000), within=(), seconds=5)


def solved(rows: list[str], criteria: Criteria, **more: object) -> tuple[Problem, Solution]:
    problem = build_problem(grid_area(rows, **more), criteria)  # type: ignore[arg-type]
    return problem, solve(problem, criteria, processes=1)


def test_a_square_has_two_equal_plans_and_both_are_found() -> None:
    # A A   cut across or down: two plans of the same value, half of the people elsewhere; no third one is in range.
    # A A
    problem, solution = solved(["AA", "AA"], CRITERIA)
    found = alternatives(problem, CRITERIA, solution, 3, processes=1)
    assert [len(set(own.solution.assignment or ())) for own in found.found] == [2, 2]
    assert found.found[1].solution.objective == pytest.approx(solution.objective)
    assert found.found[1].change.share_moved == found.found[1].apart == 0.5
    assert found.found[1].solution.status == solution.status == "optimal"
    assert "1 other plan" in found.in_words
    assert "does not prove" in found.in_words


def test_where_there_is_one_plan_only_no_copy_is_made_of_it() -> None:
    problem, solution = solved(["AAAA"], CRITERIA)
    found = alternatives(problem, CRITERIA, solution, 4, within=1.0, apart=0.01, processes=1)
    assert len(found.found) == 1
    assert found.found[0].solution == solution
    assert found.in_words.startswith("No other plan")


NESTED = Criteria(target=45_000, minimum=30_000, maximum=60_000, seconds=5)


def test_every_alternative_passes_the_checker_with_an_honest_gap_and_is_far_from_the_others() -> None:
    rows = ["AAAABBBB"] * 4
    people = [10_000 + 37 * (i % 5) for i in range(32)]
    problem, solution = solved(rows, NESTED, residents=people, msoa=["CCDDEEFF"] * 2 + ["GGHHIIJJ"] * 2)
    assert solution.objective is not None and solution.best_primary is not None
    found = alternatives(problem, NESTED, solution, 4, within=0.05, apart=0.10, processes=1)
    assert len(found.found) == 4
    total = int(problem.residents.sum())
    everyone = []
    for own in found.found:
        made = own.solution
        assert made.assignment is not None and made.objective is not None
        named = {code: f"N{d}" for code, d in zip(problem.codes, made.assignment, strict=True)}
        assert not check_criteria(problem, NESTED, named, made.exceptions)
        assert made.objective == pytest.approx(sum(t.value for t in made.terms if t.proven))
        assert made.objective == pytest.approx(sum(p.objective or 0 for p in made.parts))
        assert made.gap == pytest.approx(1 - made.bound / made.objective)
        assert made.bound <= solution.bound
        if made.stopped_by == "proof":
            assert all(p.bound >= (p.best_primary or 0) * (1 - EXACT) for p in made.parts)
        labels = np.array(made.assignment)
        for other in everyone:
            assert people_moved(other, labels, problem.residents) >= 0.10 * total
        everyone.append(labels)
    assert solution.stopped_by == "proof" and {own.solution.stopped_by for own in found.found} == {"proof", "budget"}
    for own in found.found[1:]:
        assert (own.solution.objective or 0) <= 1.05 * found.best * (1 + 1e-9)
        assert own.solution.best_known == found.best
        assert "above the best value known" in own.solution.in_words or own.solution.status == "optimal"


def test_the_same_with_one_process_and_two() -> None:
    problem, solution = solved(["AAAABBBB"] * 4, NESTED, residents=[9_000 + 113 * (i % 7) for i in range(32)])
    one, two = (alternatives(problem, NESTED, solution, 3, within=0.1, processes=n) for n in (1, 2))
    assert [o.solution for o in one.found] == [o.solution for o in two.found]
    assert len(one.found) > 1


def test_locks_hold_in_every_alternative() -> None:
    area = grid_area(["AAAA"] * 4)
    a, b, c, d = area.codes[0], area.codes[15], area.codes[1], area.codes[4]
    locks = Locks(apart=((a, b),), together=((a, c, d),), frozen=(("KEEP-1", (area.codes[14], b)),))
    criteria = Criteria(
        target=40_000, minimum=20_000, maximum=60_000, comfortable=(20_000, 60_000), within=(), seconds=5, locks=locks,
        weights=Weights(deviation=0.1),
    )  # fmt: skip
    problem = build_problem(area, criteria)
    solution = solve(problem, criteria, processes=1)
    found = alternatives(problem, criteria, solution, 3, within=0.3, processes=1)
    assert len(found.found) > 1
    for own in found.found:
        where = dict(zip(problem.codes, own.solution.assignment or (), strict=True))
        assert where[a] == where[c] == where[d] != where[b]
        assert [code for code in problem.codes if where[code] == where[b]] == [area.codes[14], b]


def test_a_stop_hands_back_at_least_the_plan_it_began_with() -> None:
    problem, solution = solved(["AAAABBBB"] * 4, NESTED)
    found = alternatives(problem, NESTED, solution, 3, should_stop=lambda: True, processes=1)
    assert found.found[0].solution == solution


def test_numbers_that_cannot_be_meant_are_refused() -> None:
    problem, solution = solved(["AA", "AA"], CRITERIA)
    for wrong in ({"wanted": 0}, {"within": 0.0}, {"apart": 1.0}):
        with pytest.raises(ValueError, match="wanted must be"):
            alternatives(problem, CRITERIA, solution, **({"wanted": 2} | wrong))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="beside a plan"):
        alternatives(problem, CRITERIA, replace(solution, assignment=None), 2)

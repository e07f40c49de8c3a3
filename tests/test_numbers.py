"""Numbers of neighbourhoods: every best is a plan, every bound holds, against every plan counted by hand."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from footprints.cli import cli
from footprints.errors import PlanError
from footprints.numbers import csv_rows, free_in_words, header, lines, proof, with_plan
from footprints.studies import numbers as study
from footprints.ui.numbers import BEST, BOUND, series, spec
from optimise import Criteria, Locks, build_problem
from optimise.budget import share
from optimise.problem import Part
from optimise.proving.bound import dual_of, evaluate, lagrangian
from optimise.trading.attempts import Attempt, attempt, carried, fewer, keeps
from optimise.trading.numbers import lifted, numbers, row_of
from optimise.trading.tables import NumberRow, best_of_all, combine
from tests.grids import grid_area
from tests.random_parts import parts
from tests.small_parts import best_value, plans
from tests.test_search import line, square
from tests.whole_problems import optimum

STEPS = share(5, [8])[0]
CASES = replace(STEPS, exact_pairs=0, bound_iterations=20)  # no integer programme: what the bound leaves is for cases
INFINITY = float("inf")
# AAABBB   two districts of six cells, 10,000 people a cell but for two
# AAABBB
TWO = grid_area(["AAABBB"] * 2, [10_000, 9_000, 10_000, 12_000, 10_000, 10_000] * 2)
SMALL = Criteria(target=30_000, minimum=18_000, maximum=42_000, seconds=5)


def true(one: Attempt, part: Part) -> None:
    """What an attempt says, held against every plan."""
    best = best_value(part) if part.k <= len(part.people) else None
    if best is None:
        assert one.best is None
        return
    assert one.bound <= best * (1 + 1e-9) + 1e-9
    if one.best is not None:
        assert keeps(part, one.best.labels)
        assert best - 1e-6 <= one.best.value
        assert one.bound <= one.best.value


@settings(max_examples=40, deadline=None, derandomize=True)
@given(part=parts(pairs=True, most=8), data=st.data())
def test_an_attempt_never_says_what_is_not_true(part: Part, data: st.DataObject) -> None:
    part = replace(part, apart=np.unique(part.apart, axis=0))  # as contraction makes them: each pair once
    known = list(itertools.islice(plans(part), 3))
    labels = data.draw(st.none() | st.sampled_from(known)) if known else None
    start = data.draw(st.none() | st.just(part.cost.mean(axis=1)))
    worth = data.draw(st.none() | st.floats(0.0, 2e5))
    steps = data.draw(st.sampled_from([STEPS, CASES]))
    one = attempt(part, 0, steps, 60.0, labels, start, worth)
    true(one, part)
    assert one.repeatable
    if labels is not None and worth is None:
        assert one.best is not None  # at least the plan it was given
    if worth is not None and not one.searched:
        assert one.bound >= worth


def test_cases_close_what_the_plain_bound_leaves_by_a_counted_share_of_work() -> None:
    # 25 units of 1,000 in threes of 7 to 9 thousand: the relaxation puts centres where no three of them fit.
    part = square(5, 3, 7_000, 9_000, target=8_333.0)
    plain, few, more = (attempt(part, 0, replace(CASES, case_work=w), 60.0) for w in (0, 20_000, 1_000_000))
    assert plain.value == few.value == more.value
    assert plain.bound < few.bound < more.bound < more.value
    gaps = [one.value - one.bound for one in (plain, more)]
    assert gaps[1] < 0.6 * gaps[0]
    again = attempt(part, 0, replace(CASES, case_work=1_000_000), 60.0)
    assert (again.bound, again.value, again.repeatable) == (more.bound, more.value, True)
    settled = attempt(part, 0, replace(STEPS, exact_steps=2_000, exact_pairs=10_000), 60.0)
    assert more.bound <= settled.value * (1 + 1e-9)


def test_a_small_share_of_the_steps_has_a_small_share_of_the_cases() -> None:
    assert fewer(STEPS, 0.25).case_work == round(STEPS.case_work / 4)
    assert fewer(STEPS, 7.0).case_work == STEPS.case_work


@settings(max_examples=30, deadline=None, derandomize=True)
@given(part=parts(most=8))
def test_every_number_is_bounded_by_the_multipliers_of_every_other(part: Part) -> None:
    ks = range(1, min(4, len(part.people)) + 1)
    row = [attempt(replace(part, k=k), 0, STEPS, 60.0) for k in ks]
    for before, after in zip(row, lifted(part, row), strict=True):
        assert after.bound >= before.bound
        true(after, replace(part, k=after.k))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(part=parts(pairs=True, most=8), data=st.data())
def test_a_plan_keeps_the_rules_exactly_when_it_is_counted_among_them(part: Part, data: st.DataObject) -> None:
    n = len(part.people)
    labels = np.array(data.draw(st.lists(st.integers(0, part.k - 1), min_size=n, max_size=n)), np.int64)
    counted = {tuple(np.unique(own, return_inverse=True)[1].tolist()) for own in plans(part)}
    same = {tuple(np.asarray(p)[labels].tolist()) for p in itertools.permutations(range(part.k))}
    assert keeps(part, labels) == bool(same & counted)


def test_a_start_never_lowers_the_bound_and_multipliers_prove_what_they_prove() -> None:
    part = square(6, 4, 6_000, 12_000, target=9_000.0)
    good = lagrangian(part, 60_000.0, iterations=400)
    again = lagrangian(part, 60_000.0, iterations=0, start=good.multipliers)
    assert again.value == pytest.approx(good.value, rel=1e-12)
    bad = lagrangian(part, 60_000.0, iterations=0, start=np.full(36, -1e6))
    assert bad.value == lagrangian(part, 60_000.0, iterations=0).value
    assert dual_of(part, good.multipliers).value == pytest.approx(evaluate(part, good.multipliers), rel=1e-9)


def test_multipliers_are_carried_by_people() -> None:
    """Units of 1,000 and 3,000 people in one node with a multiplier of 8: 2 and 6; put in two nodes they stay so."""
    apart = line([1_000, 3_000, 2_000], 1, 0, 9_000)
    joined = replace(apart, node_of=np.array([0, 0, 1]), people=np.array([4_000, 2_000]))
    assert carried([joined], [np.array([8.0, 5.0])], apart) == pytest.approx([2.0, 6.0, 5.0])
    assert carried([apart], [np.array([2.0, 6.0, 5.0])], joined) == pytest.approx([8.0, 5.0])
    assert carried([joined], [None], apart) is None


ROWS = st.integers(1, 3).flatmap(
    lambda low: st.lists(st.tuples(st.none() | st.integers(50, 90), st.integers(0, 50)), min_size=1, max_size=3).map(
        lambda found: [
            NumberRow(low + i, None if best is None else float(best), float(bound) if bound else INFINITY)
            if best is None
            else NumberRow(low + i, float(best), float(bound), (low + i,))
            for i, (best, bound) in enumerate(found)
        ]
    )
)


@given(tables=st.lists(ROWS, min_size=1, max_size=3))
def test_the_whole_is_the_best_of_all_ways_to_share_a_number(tables: list[list[NumberRow]]) -> None:
    found = {row.number: row for row in combine(tables)}
    ways: dict[int, list[tuple[NumberRow, ...]]] = {}
    for way in itertools.product(*tables):
        ways.setdefault(sum(row.number for row in way), []).append(way)
    assert sorted(found) == sorted(ways)
    for number, row in found.items():
        bests = [sum(r.best for r in way if r.best is not None) for way in ways[number] if all(r.best for r in way)]
        assert row.best == min(bests, default=None)
        assert row.bound == min(sum(r.bound for r in way) for way in ways[number])
        assert (row.best is None) == (row.shares == ())
        if row.shares:
            assert sum(row.shares) == number
    free = best_of_all(list(found.values()))
    assert free is not None
    assert free.bound == min(row.bound for row in found.values())
    assert free.best == min((row.best for row in found.values() if row.best is not None), default=None)


def test_two_districts_give_what_counting_every_plan_gives() -> None:
    problem = build_problem(TWO, SMALL)
    table = numbers(problem, SMALL, processes=1)
    assert [row.number for row in table.rows] == [4, 5, 6]
    assert len(table.parts) == 2
    for row in table.rows:
        best = optimum(problem, replace(SMALL, neighbourhoods=row.number), row.number)
        assert best is not None
        assert row.bound <= best * (1 + 1e-9)
        assert row.best == pytest.approx(best)
        assert row.proven
        assert sum(row.shares) == row.number
    assert table.free is not None
    assert table.free.best == min(row.best for row in table.rows if row.best is not None)
    assert table.proposed == 4
    assert table.repeatable


def test_what_is_not_nested_has_at_least_as_good_a_table() -> None:
    free = replace(SMALL, within=())
    nested = numbers(build_problem(TWO, SMALL), SMALL, processes=1)
    whole = numbers(build_problem(TWO, free), free, processes=1)
    best = {row.number: row.best for row in nested.rows}
    for row in whole.rows:
        if best.get(row.number) is not None:
            assert row.bound <= best[row.number] * (1 + 1e-9)  # type: ignore[operator]


def test_a_number_that_cannot_be_is_said_so() -> None:
    """25, 25 and 20 thousand in a row: no cut leaves two neighbourhoods of 30 to 40 thousand."""
    area = grid_area(["AAA"], [25_000, 25_000, 20_000])
    criteria = Criteria(target=35_000, minimum=30_000, maximum=40_000, within=(), seconds=5)
    table = numbers(build_problem(area, criteria), criteria, processes=1)
    assert [row.number for row in table.rows] == [2]
    assert table.rows[0].impossible
    assert proof(table.rows[0]) == "cannot be: proven"
    assert table.free is not None
    assert table.free.best is None
    assert "No plan" in free_in_words(table)


def test_frozen_neighbourhoods_count_in_the_number_and_reasons_are_handed_on() -> None:
    codes = TWO.codes
    frozen = replace(SMALL, locks=Locks(frozen=(("KEEP-1", (codes[0], codes[1], codes[6], codes[7])),)))
    table = numbers(build_problem(TWO, frozen), frozen, processes=1)
    assert table.frozen == 1
    assert table.rows[0].number == 1 + 1 + 2  # the frozen one, the two cells left of A, and B
    huge = replace(SMALL, minimum=41_000, target=41_500)
    refused = numbers(build_problem(TWO, huge), huge, processes=1)
    assert refused.reasons
    assert refused.rows == ()
    assert refused.free is None


def test_a_table_that_was_stopped_keeps_true_bounds() -> None:
    problem = build_problem(TWO, SMALL)
    table = numbers(problem, SMALL, processes=1, should_stop=lambda: True)
    assert not table.repeatable
    for row in table.rows:
        best = optimum(problem, replace(SMALL, neighbourhoods=row.number), row.number)
        assert best is not None
        assert row.bound <= best * (1 + 1e-9)
        assert row.best is None or row.best >= best - 1e-6


def test_the_same_with_one_process_and_with_two() -> None:
    problem = build_problem(TWO, SMALL)
    one, two = (numbers(problem, SMALL, processes=n) for n in (1, 2))
    assert one == two


def test_progress_ends_with_all_done() -> None:
    told: list[tuple[str, float | None]] = []
    numbers(build_problem(TWO, SMALL), SMALL, processes=1, on_step=lambda words, done: told.append((words, done)))
    assert told[-1][1] == 1.0
    assert any("District A: 2 neighbourhoods" in words for words, _ in told)


# --- words, files, the study, the command --------------------------------------------------------------------------


def test_the_table_in_words_and_as_a_file() -> None:
    table = numbers(build_problem(TWO, SMALL), SMALL, processes=1)
    shown = lines(table)
    assert shown[0][0] == "4"
    assert shown[0][1] == f"{table.people / 4:,.0f}"
    assert shown[0][4] == "cannot be beaten"
    rows = csv_rows(table, "Gridshire")
    assert all(len(row) == len(header(False)) for row in rows)
    assert len(rows) == len(table.rows) + sum(len(part.rows) for part in table.parts)
    assert header(True)[3] == "best_person_km2"
    better = with_plan(table, 4, 1.0)
    assert better.rows[0].best == 1.0
    assert better.rows[0].bound == 1.0
    assert with_plan(table, 4, 1e12) == table


def test_the_chart_shows_what_is_known_and_this_plan() -> None:
    table = numbers(build_problem(TWO, SMALL), SMALL, processes=1)
    points = series(table)
    assert {point["kind"] for point in points} == {BEST, BOUND}
    drawn = spec(points, 5, "km")
    assert drawn["layer"][0]["encoding"]["x"] == {"datum": 5}
    low, high = drawn["encoding"]["y"]["scale"]["domain"]
    assert all(low <= point["km"] <= high for point in points)
    json.dumps(drawn)


def test_the_study_comes_back_as_it_was_and_nothing_else_is_believed() -> None:
    asked = {"criteria": SMALL.to_json()}
    answer = json.loads(json.dumps(study.run(TWO, asked, lambda words, done: None, lambda: False)))
    believed = study.read(TWO, asked, answer)
    assert believed == numbers(build_problem(TWO, SMALL), SMALL)
    for tamper in (
        lambda a: a["parts"].pop(),
        lambda a: a["parts"][0]["rows"].pop(),
        lambda a: a["parts"][0]["rows"][0].__setitem__(2, 1e12),
        lambda a: a["parts"][0]["rows"][0].__setitem__(1, "much"),
        lambda a: a["parts"][0]["rows"][0].__setitem__(0, 7),
        lambda a: a["parts"][0].__setitem__("name", "Elsewhere"),
        lambda a: a.pop("repeatable"),
    ):
        wrong = json.loads(json.dumps(answer))
        tamper(wrong)
        with pytest.raises(PlanError):
            study.read(TWO, asked, wrong)


def test_the_command_shows_and_writes_the_table(tmp_path) -> None:
    out = tmp_path / "numbers.csv"
    args = ["numbers", "--source", "demo", "--area", "Orrindale", "--seconds", "5", "--out", str(out)]
    shown = CliRunner().invoke(cli, args, prog_name="footprints", catch_exceptions=False)
    assert shown.exit_code == 0
    assert "proposed" in shown.output
    assert "With a free number" in shown.output
    written = out.read_text(encoding="utf-8").splitlines()
    assert written[0].startswith("part,neighbourhoods,people_each,best_person_km,bound_person_km")
    assert len(written) >= 3


def test_the_command_says_why_there_is_no_table() -> None:
    args = ["numbers", "--source", "demo", "--area", "Orrindale", "--min", "59000", "--target", "59500"]
    shown = CliRunner().invoke(cli, args, prog_name="footprints", catch_exceptions=False)
    assert shown.exit_code == 1
    assert "There is no plan" in shown.output


def test_rows_of_attempts() -> None:
    part = line([1_000] * 3, 1, 0, 10_000, target=3_000.0)
    one = attempt(part, 0, STEPS, 60.0)
    assert row_of(one) == NumberRow(1, 2_000.0, 2_000.0, (1,))
    assert row_of(Attempt(2, None, INFINITY)).impossible

"""The trade-off of two terms, held against every plan of a small grid; the command; what is believed of a study."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from boundaries.area import Area
from footprints.cli import cli
from footprints.curve import HEADER, csv_rows, in_words, plan_at, steps, term_keys, trade_off
from footprints.errors import PlanError
from footprints.jobs.protocol import to_json
from footprints.studies import curve as study
from footprints.text import read_csv
from footprints.ui import trade_chart
from optimise import Criteria, CriteriaError, Locks, build_problem, check_criteria
from optimise.asking.feasibility import outlook
from optimise.problem import Problem
from optimise.splitting.presolve import make_part
from optimise.trading.curve import Curve, CurvePoint, Line, curve
from optimise.trading.curve_check import fault_of, values
from optimise.trading.curve_terms import weighing
from tests.grids import grid_area
from tests.plans import with_practices
from tests.small_parts import plans

# AAB   nine cells with unequal people in two districts; neighbourhoods may cross the line between them
# AAB
# BBB
PEOPLE = [9_000, 14_000, 8_000, 12_000, 7_000, 16_000, 10_000, 9_000, 15_000]
CRITERIA = Criteria(
    target=33_000, minimum=20_000, maximum=50_000, comfortable=(20_000, 50_000), within=(), neighbourhoods=3, seconds=5
)
PAIRS = [("travel", "deviation"), ("travel", "mismatch:district"), ("deviation", "mismatch:district")]


def place(**more: object) -> Area:
    return grid_area(["AAB", "AAB", "BBB"], residents=PEOPLE, msoa=["CCD", "CDD", "EED"], **more)  # type: ignore[arg-type]


def sums_of_every_plan(problem: Problem, found: Curve) -> np.ndarray:
    """(plans, 2) both terms of every plan there is, with the best centres at each of the prices in turn."""
    task = outlook(problem, CRITERIA).tasks[0]
    part = make_part(problem, CRITERIA, task.found, 3, task.name)
    made = []
    for labels in plans(part):
        for prices in {line.prices for line in found.lines}:
            point = CurvePoint((), 0.0, 0.0, prices, None)
            made.append(values(problem, CRITERIA, found, point, labels[part.node_of]))
    return np.array(made)


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_no_plan_lies_below_a_line_and_none_beats_a_point_by_more_than_its_gap(first: str, second: str) -> None:
    problem = build_problem(place(), CRITERIA)
    found = curve(problem, CRITERIA, first, second, processes=1)
    every = sums_of_every_plan(problem, found)
    assert len(every) > 100
    assert found.repeatable
    assert found.points
    for line in found.lines:
        assert (every @ np.array(line.prices) >= line.least * (1 - 1e-6)).all()
    for point in found.points:
        floor = found.floor_at(point.first)
        assert floor is None or (every[every[:, 0] <= point.first * (1 + 1e-9), 1] >= floor * (1 - 1e-6) - 1e-6).all()
        if point.gap is not None:
            shrunk = (1 - point.gap) * (1 - 1e-6)
            both = (every[:, 0] < shrunk * point.first) & (every[:, 1] < shrunk * point.second)
            assert not both.any()


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_on_a_small_grid_the_ends_are_the_least_of_each_term(first: str, second: str) -> None:
    problem = build_problem(place(), CRITERIA)
    found = curve(problem, CRITERIA, first, second, processes=1)
    every = sums_of_every_plan(problem, found)
    assert found.points[0].first == pytest.approx(every[:, 0].min(), rel=2e-3)
    assert found.points[-1].second == pytest.approx(every[:, 1].min(), rel=2e-3, abs=1e-6)


@pytest.mark.parametrize(("first", "second"), [*PAIRS, ("travel", "community"), ("deviation", "community")])
def test_every_point_is_valid_beats_no_other_and_says_its_values(first: str, second: str) -> None:
    problem = build_problem(place(), CRITERIA)
    found = curve(problem, CRITERIA, first, second, points=5, processes=1)
    assert fault_of(problem, CRITERIA, found) == ""
    for point in found.points:
        named = {code: f"N{d}" for code, d in zip(problem.codes, point.assignment, strict=True)}
        assert not check_criteria(problem, CRITERIA, named)
    for a, b in pairwise(found.points):
        assert a.first < b.first
        assert a.second > b.second


def test_with_communities_only_the_first_term_is_proven() -> None:
    found = trade_off(place(), CRITERIA, "travel", "community", processes=1)
    assert found.floor_at(found.points[0].first) is None
    assert all(point.gap is None for point in found.points)
    assert found.least_first == pytest.approx(found.points[0].first, rel=0.05)
    assert "Nothing is proven of both together" in " ".join(in_words(found))
    assert {row["line"] for row in trade_chart.rows(found)} == {trade_chart.FOUND}


def test_the_same_with_one_process_and_two() -> None:
    area = grid_area(["AAABBB"] * 4, residents=[5_000 + 731 * (i % 9) for i in range(24)])
    criteria = dataclasses.replace(CRITERIA, neighbourhoods=None, within=("district",))
    one, two = (trade_off(area, criteria, "travel", "deviation", points=4, processes=n) for n in (1, 2))
    assert one == two
    assert len(one.points) > 1
    assert len(one.numbers) == 2


def test_frozen_neighbourhoods_count_for_nothing_and_stay() -> None:
    area = place()
    locks = Locks(frozen=(("KEEP-1", (area.codes[6], area.codes[7], area.codes[8])),))
    criteria = dataclasses.replace(CRITERIA, locks=locks)
    problem = build_problem(area, criteria)
    found = curve(problem, criteria, "travel", "deviation", points=4, processes=1)
    assert found.residents == sum(PEOPLE[:6])
    assert fault_of(problem, criteria, found) == ""
    for point in found.points:
        assert point.assignment[6:] == (2, 2, 2)


def test_terms_are_named_as_planners_do() -> None:
    area = place()
    assert term_keys(area, ["travel", "Size"]) == ("travel", "deviation")
    assert term_keys(area, ["community", "district"]) == ("mismatch:district", "community")
    for wrong in (["travel"], ["travel", "magic"], ["travel", "size", "community"]):
        with pytest.raises(CriteriaError):
            term_keys(area, wrong)


def test_pairs_that_cannot_be_meant_are_refused() -> None:
    problem = build_problem(place(), CRITERIA)
    for one, other in (("travel", "travel"), ("community", "travel"), ("travel", "magic")):
        with pytest.raises(CriteriaError):
            curve(problem, CRITERIA, one, other, processes=1)
    with pytest.raises(CriteriaError, match="shows nothing"):
        curve(problem, CRITERIA, "travel", "deviation", points=2, processes=1)
    impossible = dataclasses.replace(CRITERIA, neighbourhoods=9)
    with pytest.raises(CriteriaError, match="no trade-off"):
        curve(build_problem(place(), impossible), impossible, "travel", "deviation", processes=1)


def test_a_stop_still_gives_a_true_curve() -> None:
    problem = build_problem(place(), CRITERIA)
    asked = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 40

    try:
        found = curve(problem, CRITERIA, "travel", "deviation", should_stop=stop, processes=1)
    except CriteriaError:
        return  # stopped before any plan was ready
    assert not found.repeatable
    assert fault_of(problem, CRITERIA, found) == ""
    assert "stopped" in " ".join(in_words(found))


def found_curve(area: Area) -> tuple[dict, dict]:
    asked = study.asked_for(CRITERIA, "travel", "deviation", points=4)
    told: list[float | None] = []
    answer = study.run(area, asked, lambda _, done: told.append(done), lambda: False)
    assert told[-1] == 1.0
    return asked, answer


def test_a_study_gives_back_the_curve_that_it_worked_out() -> None:
    area = place()
    asked, answer = found_curve(area)
    read = study.read(area, asked, answer)
    assert to_json(read) == answer
    assert read == trade_off(area, CRITERIA, "travel", "deviation", points=4)


def test_what_was_tampered_with_is_not_believed() -> None:
    area = place()
    asked, answer = found_curve(area)
    found = study.read(area, asked, answer)
    point = found.points[0]
    swapped = (point.assignment[8], *point.assignment[1:8], point.assignment[0])
    assert swapped != point.assignment
    lies = [
        dataclasses.replace(found, residents=found.residents + 1),
        dataclasses.replace(found, terms=(found.terms[1], found.terms[0])),
        dataclasses.replace(found, points=(dataclasses.replace(point, first=point.first * 0.99),)),
        dataclasses.replace(found, points=(dataclasses.replace(point, second=point.second - 1),)),
        dataclasses.replace(found, points=(dataclasses.replace(point, assignment=swapped),)),
        dataclasses.replace(found, points=(dataclasses.replace(point, assignment=point.assignment[1:]),)),
        dataclasses.replace(found, lines=(*found.lines, Line((1.0, 1.0), 10 * (point.first + point.second)))),
    ]
    for lie in lies:
        with pytest.raises(PlanError):
            study.read(area, asked, to_json(lie))
    with pytest.raises(PlanError):
        study.read(area, asked, {**answer, "more": 1})


def test_rows_words_chart_and_plans_say_the_same() -> None:
    area = place()
    found = trade_off(area, CRITERIA, "travel", "deviation", processes=1)
    walk, rows = steps(found), csv_rows(found)
    assert [len(row) for row in rows] == [len(HEADER)] * len(walk)
    assert walk[0].first == pytest.approx(found.points[0].first / sum(PEOPLE))
    assert walk[0].traded is None
    assert all((step.traded or 0) > 0 for step in walk[1:])
    drawn = trade_chart.spec(found)
    assert [r["first"] for r in drawn["data"]["values"] if r["line"] == trade_chart.FOUND] == [s.first for s in walk]
    low = [r for r in drawn["data"]["values"] if r["line"] == trade_chart.PROVEN]
    assert low
    for step in walk:
        assert step.no_less is not None
        assert step.no_less <= step.second * (1 + 1e-6) + 1e-6
    plan = plan_at(area, found, 0, CRITERIA)
    assert len(plan.codes) == 3
    assert "km a person" in plan.name
    assert "more than" in " ".join(in_words(found))


def test_the_command_prints_a_table_and_writes_csv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("footprints.cli.curve.load_area", lambda *_, **__: place())
    out = tmp_path / "curve.csv"
    flags = ["--target", "33000", "--min", "20000", "--max", "50000", "--within", "none", "--neighbourhoods", "3"]
    more = ["--seconds", "5", "--points", "4", "--processes", "1", "--out", str(out)]
    result = CliRunner().invoke(cli, ["curve", "--source", "drawn", "--terms", "travel,size", *flags, *more])
    assert result.exit_code == 0, result.output
    assert "no plan has less" in result.stdout
    assert "Proven:" in result.stdout
    header, rows = read_csv(out.read_bytes(), "curve.csv")
    assert tuple(header) == HEADER
    assert len(rows) >= 2
    wrong = CliRunner().invoke(cli, ["curve", "--source", "drawn", "--terms", "travel,magic", *flags])
    assert wrong.exit_code == 2
    assert "no term" in wrong.stderr


def test_patients_and_barriers_can_be_the_second_term() -> None:
    """A row of six in two: as travel gives way, the practice of the fourth keeps its patients, the river its banks."""
    area = grid_area(["AAAAAA"], 1_000)
    codes = area.codes
    area = with_practices(area, {"P": (codes[3], "", 900.0)}, [("P", codes[2], 800.0), ("P", codes[3], 100.0)])
    table = area.barriers.iloc[:0].copy()
    table.loc[0] = [codes[1], codes[2], 1_000.0, 1.0, 0.9, "Brook", False]
    area = dataclasses.replace(area, barriers=table.astype({"cut": bool}))
    asked = Criteria(within=(), minimum=2_000, maximum=4_000, target=3_000, neighbourhoods=2, seconds=5)
    for key, ends, unit in (
        ("practice", (800.0, 0.0), "patients whose practice is sited in another neighbourhood"),
        ("barriers", (0.9, 0.0), "km of barriers inside neighbourhoods"),
    ):
        first, second = term_keys(area, (key, "travel"))
        found = trade_off(area, asked, first, second, points=3, processes=1)
        assert (first, second) == ("travel", key.removesuffix("s")) and found.terms[1].unit == unit
        assert (found.points[0].second, found.points[-1].second) == pytest.approx(ends)
        assert all(point.gap is None for point in found.points)  # nothing is proven of both
        weighed = weighing(asked, (first, second))
        assert fault_of(build_problem(area, weighed), asked, found) == ""
        spoilt = dataclasses.replace(found, points=(dataclasses.replace(found.points[0], second=99.0),))
        assert "other values" in fault_of(build_problem(area, weighed), asked, spoilt)
    with pytest.raises(CriteriaError, match="can only be the second"):
        trade_off(area, asked, "practice", "barrier")

"""Core and contested areas: by hand on a drawn row, for any plans, by a fair sample, on the command line."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from boundaries.demo import demo_source
from footprints.certainty import certainty, contested, in_words, judge
from footprints.check import check
from footprints.cli import cli
from footprints.ensemble import sample
from footprints.errors import PlanError
from footprints.exchange.certainty import read_confidence, write_certainty
from footprints.exchange.plan_json import plan_from_document
from footprints.exchange.tables import lsoa_lookup
from footprints.moving import Patients
from footprints.plan import Plan
from footprints.propose import plan_from_labels
from footprints.studies import certainty as judging
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn, plans

ROW = Criteria(within=(), minimum=1_500, maximum=4_500, target=3_000, comfortable=(2_000, 4_000))


def pictures(*rows: str) -> tuple[Area, list[Plan]]:
    area = grid_area(["AAAAAA"], 1_000)
    return area, [drawn(area, [row], ROW) for row in rows]


def test_an_area_is_as_sure_as_the_plans_that_keep_it() -> None:
    """Three other plans draw the line one or two areas further; letters are names only, so "ba" is the same as "ab"."""
    area, (plan, *others) = pictures("aaabbb", "aaaabb", "bbbbba", "aaabbb", "bbbbaa")
    found = certainty(plan, others, area)
    west, east = plan.where()[area.codes[0]], plan.where()[area.codes[5]]
    assert [one.kept for one in found] == [1.0, 1.0, 1.0, 0.25, 0.75, 1.0]
    assert (found[3].runner_up, found[3].runner_share, found[3].core) == (west, 0.75, False)
    assert (found[4].runner_up, found[4].runner_share) == (west, 0.25)
    assert (found[0].runner_up, found[0].core) == ("", True)
    assert in_words(found, area, 4).startswith("67% of the people") and "2 of 6 areas are contested" in in_words(
        found, area, 4
    )
    doubts = contested(plan, found, Patients.of(area))
    assert [one.certainty.unit for one in doubts] == [area.codes[3], area.codes[4]]
    assert doubts[0].move is not None and doubts[0].move.enters.code == west and doubts[0].move.sound
    assert doubts[0].move.leaves.code == east
    assert doubts[1].move is None  # area 4 does not touch the west


def test_where_a_plan_has_no_neighbourhood_to_answer_there_is_no_runner_up() -> None:
    area, (plan, other) = pictures("aabbcc", "aaaabb")
    found = certainty(plan, [other], area)
    gone = [one for one in found if not one.core]
    assert len(gone) == 2 and {one.runner_up for one in gone} <= set(plan.codes) | {""}
    fewer = certainty(other, [plan], area)
    assert [one.runner_up for one in fewer if not one.core] == ["", ""]


def test_certainty_needs_plans_of_the_same_area() -> None:
    area, (plan, other) = pictures("aaabbb", "aabbbb")
    with pytest.raises(PlanError, match="other good plans"):
        certainty(plan, [], area)
    foreign = plan_from_labels(grid_area(["AAAAAAA"], 1_000), {"E01900007": 0}, ROW)
    with pytest.raises(PlanError):
        certainty(plan, [other, foreign], area)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(both=plans(), more=st.lists(st.lists(st.integers(0, 3), min_size=12, max_size=12), min_size=1, max_size=4))
def test_shares_are_shares_and_the_plan_itself_is_sure(both: tuple[Area, Plan], more: list[list[int]]) -> None:
    area, plan = both
    others = [plan_from_labels(area, dict(zip(area.codes, row, strict=True))) for row in more]
    found = certainty(plan, others, area)
    assert [one.unit for one in found] == sorted(plan.where())
    for one in found:
        assert 0 <= one.kept <= 1 and one.kept + one.runner_share <= 1 + 1e-9 and one.runner_up != one.code
        assert (one.kept == 1.0) == (one.runner_share == 0)
    if plan.assignment:
        assert all(one.kept == 1.0 for one in certainty(plan, [plan, replace(plan, name="again")], area))


# --- the sample -----------------------------------------------------------------------------------------------------


def test_a_sample_holds_the_rules_repeats_and_crosses_no_nest() -> None:
    pytest.importorskip("gerrychain", reason="the extra `ensemble` is not installed")
    area = grid_area(["AAAABBBB"] * 4, 1_000)
    asked = Criteria(minimum=3_000, maximum=5_000, target=4_000, comfortable=(3_000, 5_000))
    told: list[float] = []
    made = sample(area, asked, 6, seed=1, tell=lambda words, fraction: told.append(fraction or 0.0))
    assert len(made) == 6 and told[-1] == pytest.approx(1.0) and told == sorted(told)
    assert len({plan.assignment for plan in made}) > 1
    assert all(check(plan, area).holds for plan in made)
    assert [plan.assignment for plan in sample(area, asked, 6, seed=1)] == [plan.assignment for plan in made]
    assert sample(area, asked, 6, seed=1, should_stop=lambda: True) == ()
    with pytest.raises(PlanError):
        sample(area, replace(asked, neighbourhoods=30), 2)


# --- the command line -----------------------------------------------------------------------------------------------


def test_the_command_says_what_is_contested_and_writes_it(tmp_path: Path) -> None:
    run = CliRunner(catch_exceptions=False)
    made = run.invoke(
        cli,
        ["propose", "demo", "--area", "Orrindale", "--seconds", "5", "--options", "3", "--out", str(tmp_path / "some")],
    )
    assert made.exit_code == 0, made.output
    folders = sorted((tmp_path / "some").glob("option-*"))
    others = [word for folder in folders[1:] for word in ("--with", str(folder))]
    out = tmp_path / "sure"
    told = run.invoke(
        cli, ["certainty", str(folders[0]), "--source", "demo", "--area", "Orrindale", *others, "--out", str(out)]
    )
    assert told.exit_code == 0, told.output
    assert f"of {len(folders) - 1} good plans keep in the same neighbourhood" in told.output
    with (out / "certainty.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(0 <= float(row["kept"]) <= 1 for row in rows) and len(rows) > 20
    with (out / "contested.csv").open(encoding="utf-8", newline="") as file:
        doubts = list(csv.DictReader(file))
    assert len(doubts) == sum(1 for row in rows if row["core"] != "yes") > 0
    assert demo_source().is_dir()
    none = run.invoke(cli, ["certainty", str(folders[0]), "--source", "demo", "--area", "Orrindale"])
    assert none.exit_code == 2 and "--with PLAN, or --sample N" in none.output


# --- as a study, and in the lookup -----------------------------------------------------------------------------------


def asked_and_answered(wanted: int = 0) -> tuple[Area, Plan, dict[str, object], dict[str, object]]:
    area, (plan, *others) = pictures("aaabbb", "aaaabb", "aabbbb")
    asked = json.loads(json.dumps(judging.asked_for(plan, others, wanted)))
    answer = judging.run(area, asked, lambda words, fraction: None, lambda: False)
    return area, plan, asked, json.loads(json.dumps(answer))


def test_the_study_gives_what_judging_gives_and_believes_nothing_else() -> None:
    area, plan, asked, answer = asked_and_answered()
    found = judging.read(area, asked, answer)
    others = [plan_from_document(own) for own in asked["others"]]
    assert found == judge(plan, others, Patients.of(area)) and found.plans == 2 and len(found.doubts) == 2
    doubts = list(answer["doubts"])
    strip = [[0, 0, 0, 0, 0, 1]]  # five areas against one: out of range
    for wrong in (
        {"sampled": [], "doubts": doubts[:1]},
        {"sampled": [], "doubts": doubts[::-1]},
        {"sampled": strip, "doubts": doubts},
        {"sampled": [], "doubts": "none"},
        {},
    ):
        with pytest.raises(PlanError):
            judging.read(area, asked, wrong)
    with pytest.raises(PlanError, match="does not hold"):
        judging.read(area, asked | {"sample": 1}, {"sampled": strip, "doubts": doubts})


def test_a_sample_counts_beside_the_options() -> None:
    pytest.importorskip("gerrychain", reason="the extra `ensemble` is not installed")
    area, _, asked, answer = asked_and_answered(3)
    found = judging.read(area, asked, answer)
    assert found.plans == 5 and len(answer["sampled"]) == 3


def test_confidence_is_taken_over_for_the_same_neighbourhoods_only(tmp_path: Path) -> None:
    area, (plan, other) = pictures("aaabbb", "aaaabb")
    made = judge(plan, [other], Patients.of(area))
    write_certainty(made, area, tmp_path / "sure")
    for path in (tmp_path / "sure", tmp_path / "sure" / "certainty.csv"):
        assert read_confidence(path, plan) == {one.unit: one.kept for one in made.found}
    with pytest.raises(PlanError, match="another plan"):
        read_confidence(tmp_path / "sure", other)
    with pytest.raises(PlanError, match="not a table of certainty"):
        read_confidence(tmp_path / "sure" / "contested.csv", plan)
    with pytest.raises(PlanError, match="There is no"):
        read_confidence(tmp_path, plan)
    column = [row.split(",")[8] for row in lookup(plan, area, read_confidence(tmp_path / "sure", plan))]
    assert column == ["1", "1", "1", "0", "1", "1"]
    assert {row.split(",")[8] for row in lookup(plan, area, None)} == {""}


def lookup(plan: Plan, area: Area, confidence: dict[str, float] | None) -> list[str]:
    return lsoa_lookup(plan, area, confidence=confidence).decode("utf-8-sig").splitlines()[1:]

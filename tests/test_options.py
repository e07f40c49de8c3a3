"""Options beside a proposal: plans, folders of the command, the study that is believed only when it holds, the app."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from boundaries.area import Area
from footprints.check import check
from footprints.cli import cli
from footprints.compare import compare
from footprints.errors import PlanError
from footprints.exchange import read_plan
from footprints.jobs.protocol import to_json
from footprints.jobs.studies import as_json
from footprints.options import GoodPlans, good_plans, value_against
from footprints.propose import Proposal, propose
from footprints.studies import curve as curve_study
from footprints.studies import options as study
from footprints.ui import state, words
from footprints.ui import study as studies
from optimise import Criteria
from optimise.trading.curve import Curve
from tests.grids import grid_area
from tests.test_app import MAIN, load_as, one_router, texts

__all__ = ["one_router"]  # a fixture that the app's tests need

CRITERIA = Criteria(target=45_000, minimum=30_000, maximum=60_000, seconds=5)


@pytest.fixture(scope="module")
def area() -> Area:
    rows = ["AAAABBBB"] * 4
    msoa = ["CCDDEEFF"] * 2 + ["GGHHIIJJ"] * 2
    return grid_area(rows, residents=[10_000 + 37 * (i % 5) for i in range(32)], msoa=msoa)


@pytest.fixture(scope="module")
def proposal(area: Area) -> Proposal:
    return propose(area, CRITERIA, processes=1)


@pytest.fixture(scope="module")
def asked(proposal: Proposal) -> dict[str, Any]:
    assert proposal.plan is not None
    return as_json(study.asked_for(proposal.plan, proposal.solution, 3, within=0.05))


@pytest.fixture(scope="module")
def answer(area: Area, asked: dict[str, Any]) -> dict[str, Any]:
    told: list[float | None] = []
    made = as_json(study.run(area, asked, lambda _, done: told.append(done), lambda: False))
    known = [done for done in told if done is not None]
    assert known == sorted(known)
    assert known[-1] == pytest.approx(1.0)
    return made


@pytest.fixture(scope="module")
def found(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> GoodPlans:
    return study.read(area, asked, answer)


def test_options_are_whole_plans_named_by_what_they_cost_and_move(found: GoodPlans, area: Area) -> None:
    first, *others = found.options
    assert len(others) == 2
    for letter, own in zip("BC", others, strict=True):
        assert not check(own.plan, area).criteria
        change = compare([first.plan, own.plan], area).changes[0]
        assert change.people_moved == own.change.people_moved
        said = value_against(own.solution, first.solution, CRITERIA)
        assert own.plan.name == f"Option {letter}: {said}, {change.share_moved:.0%} of residents elsewhere"
        assert "travel and size" in said
        assert own.plan.parent == first.plan.parent
        assert own.plan.retired == first.plan.retired
        kept = {code for code in own.plan.codes if code in first.plan.codes}
        matched = {a for a, b, _ in change.matching if a == b}
        assert kept == matched


def test_the_first_is_the_proposal_itself_unless_a_better_one_was_found(
    found: GoodPlans, proposal: Proposal, area: Area
) -> None:
    assert not found.improved
    assert found.options[0].plan == proposal.plan
    assert found.options[0].solution == proposal.solution
    assert (
        "above the best value known" in found.options[1].solution.in_words
        or found.options[1].solution.status == "optimal"
    )
    said = " ".join(words.outcome(replace(found.options[1].solution, status="feasible"), area))
    assert "the best so far" not in said
    assert "above the best value known" in said


def test_a_study_says_what_the_verb_says(area: Area, proposal: Proposal, found: GoodPlans) -> None:
    assert good_plans(area, proposal, 3, within=0.05, processes=1) == found


def test_an_answer_that_was_tampered_with_is_not_believed(
    area: Area, asked: dict[str, Any], answer: dict[str, Any], found: GoodPlans
) -> None:
    plan, solution = found.options[1].plan, found.options[1].solution
    assert solution.objective is not None
    swap = dict(plan.assignment)
    a, b = plan.codes[0], plan.codes[-1]
    one, other = plan.units_of(a)[0], plan.units_of(b)[-1]
    swap[one], swap[other] = b, a
    lies: list[tuple[object, object]] = [
        (plan, replace(solution, bound=solution.bound * 1.001)),
        (plan, replace(solution, objective=solution.objective * 0.999)),
        (plan, replace(solution, centres=(solution.centres[1], *solution.centres[1:]))),
        (plan, replace(solution, assignment=None)),
        (replace(plan, assignment=tuple(swap.items())), solution),
        (replace(plan, area_digest="other"), solution),
        (replace(plan, criteria=replace(CRITERIA, maximum=70_000)), solution),
        (found.options[0].plan, found.options[0].solution),
    ]
    for lying, claimed in lies:
        from footprints.plan import document

        entry = {"plan": document(lying), "solution": to_json(claimed)}  # type: ignore[arg-type]
        with pytest.raises(PlanError):
            study.read(area, asked, as_json({**answer, "options": [answer["options"][0], entry]}))
    with pytest.raises(PlanError):
        study.read(area, asked, {**answer, "options": []})
    with pytest.raises(PlanError):
        study.read(area, asked, {**answer, "options": [{"plan": {}, "solution": {}}]})


def test_a_wish_that_cannot_be_meant_is_refused(area: Area, proposal: Proposal) -> None:
    for wanted, within in ((0, 0.02), (11, 0.02), (2, 0.0), (2, 1.5)):
        with pytest.raises(PlanError):
            good_plans(area, proposal, wanted, within=within)
    with pytest.raises(PlanError, match="beside a plan"):
        good_plans(area, replace(proposal, plan=None), 2)


# -- the command --

FLAGS = ["--target", "45000", "--seconds", "5", "--processes", "1"]


def run(*args: str) -> Any:
    return CliRunner().invoke(cli, ["propose", "drawn", *FLAGS, *args])


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch, area: Area) -> None:
    monkeypatch.setattr("footprints.cli.propose.load_area", lambda *_, **__: area)


def test_the_command_writes_a_folder_for_each_option_as_complete_as_a_proposal(
    drawn: None, tmp_path: Path, area: Area
) -> None:
    out = tmp_path / "options"
    result = run("--out", str(out), "--options", "3", "--within-percent", "5")
    assert result.exit_code == 0, result.output
    made = sorted(path.name for path in out.iterdir())
    assert made == ["option-1", "option-2", "option-3"]
    plain = tmp_path / "plain"
    assert run("--out", str(plain)).exit_code == 0
    names = sorted(path.name for path in plain.iterdir())
    for name in made:
        assert sorted(path.name for path in (out / name).iterdir()) == names
        assert not check(read_plan(out / name, area), area).criteria
        certificate = json.loads((out / name / "certificate.json").read_text(encoding="utf-8"))
        assert certificate["gap"] == pytest.approx(1 - certificate["bound"] / certificate["objective"], abs=1e-5)
        assert f"{certificate['objective']:,.0f}" in result.stdout
        assert name in result.stdout
    for name in names:
        if name != "run.json":
            assert (out / "option-1" / name).read_bytes() == (plain / name).read_bytes()


def test_options_of_an_earlier_run_go_and_files_of_others_stay(drawn: None, tmp_path: Path) -> None:
    out = tmp_path / "options"
    assert run("--out", str(out), "--options", "3", "--within-percent", "5").exit_code == 0
    assert run("--out", str(out), "--options", "1").exit_code == 0
    assert [path.name for path in out.iterdir()] == ["option-1"]
    (out / "option-1" / "mine.txt").write_text("mine", encoding="utf-8")
    refused = run("--out", str(out), "--options", "2")
    assert refused.exit_code == 2
    assert "mine.txt" in refused.stderr


def test_the_command_refuses_what_cannot_be_meant(drawn: None, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    assert run("--out", out, "--within-percent", "5").exit_code == 2
    assert run("--out", out, "--options", "0").exit_code == 2
    assert run("--out", out, "--options", "2", "--within-percent", "0").exit_code == 2
    assert not Path(out).exists()
    assert run("--out", out).exit_code == 0
    into = run("--out", out, "--options", "2")
    assert into.exit_code == 2
    assert "plan of its own" in into.stderr


# -- the app --


def opened(own: state.Session) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.session_state["footprints"] = own
    app.run()
    app.switch_page("pages/propose.py").run()
    assert not app.exception
    return app


def session_with(proposal: Proposal) -> state.Session:
    own = state.Session(opened=True, criteria=CRITERIA)
    assert proposal.plan is not None
    own.change(lambda shelf: shelf.add(proposal.plan, proposal.solution))
    return own


def test_the_app_offers_to_look_and_puts_what_it_found_on_the_shelf_once(
    monkeypatch: pytest.MonkeyPatch, area: Area, proposal: Proposal, found: GoodPlans
) -> None:
    load_as(monkeypatch, area)
    begun: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(studies, "begin", lambda kind, asked: begun.append((kind, asked)))
    app = opened(session_with(proposal))
    app.button(key="options").click().run()
    assert [(kind, asked["wanted"], asked["within"]) for kind, asked in begun] == [("options", 4, 0.02)]
    first_time = iter([True])
    monkeypatch.setattr(studies, "result", lambda kind, asked: found if kind == "options" else None)
    monkeypatch.setattr(studies, "take", lambda kind, asked: next(first_time, False))
    app.run()
    assert not app.exception
    shelf = app.session_state["footprints"].shelf
    assert [o.plan.name for o in shelf.options] == [g.plan.name for g in found.options]
    assert shelf.get().plan == proposal.plan
    app.session_state["footprints"].change(
        lambda _: shelf.choose(shelf.options[-1].key).remove().choose(shelf.options[0].key)
    )
    app.run()
    assert len(app.session_state["footprints"].shelf.options) == 2
    assert f"{found.options[1].change.people_moved:,}" in texts(app)


def test_the_app_draws_the_curve_with_its_table_and_takes_a_plan_from_it(
    monkeypatch: pytest.MonkeyPatch, area: Area, proposal: Proposal
) -> None:
    load_as(monkeypatch, area)
    asked = curve_study.asked_for(CRITERIA, "travel", "deviation", proposal.solution, points=3)
    curve: Curve = curve_study.read(area, asked, as_json(curve_study.run(area, asked, lambda *_: None, lambda: False)))
    monkeypatch.setattr(studies, "result", lambda kind, asked: curve if kind == "curve" else None)
    app = opened(session_with(proposal))
    assert "Travel against Size" in texts(app)
    if len(curve.points) > 1:
        assert app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    app.button(key="curve_take").click().run()
    assert not app.exception
    taken = app.session_state["footprints"].shelf.get()
    assert "km a person" in taken.plan.name
    assert taken.solution is None


def test_an_edited_or_drawn_plan_is_not_offered_others(
    monkeypatch: pytest.MonkeyPatch, area: Area, proposal: Proposal
) -> None:
    load_as(monkeypatch, area)
    own = state.Session(opened=True, criteria=CRITERIA)
    assert proposal.plan is not None
    own.change(lambda shelf: shelf.add(dataclasses.replace(proposal.plan, name="Drawn")))
    app = opened(own)
    assert not app.tabs
    assert not {"options", "curve"} & {button.key for button in app.button}

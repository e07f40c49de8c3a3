"""`footprints review` and `improve`, the Review page, and the invented agreed plans that both are tried on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from click.testing import CliRunner, Result
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from benchmarks.agreed import KINDS, agreed_plans
from boundaries import load_area
from boundaries.area import Area
from footprints.check import check
from footprints.cli import cli
from footprints.exchange import plan_bytes, read_plan
from footprints.plan import Plan
from footprints.review import improve, review
from footprints.review.believe import faults_of_review
from footprints.studies import improve as improve_study
from footprints.studies import review as review_study
from footprints.ui import state, study
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn
from tests.test_app import MAIN, texts

ASKED = Criteria(target=60_000, minimum=30_000, maximum=70_000, within=())


@pytest.fixture
def area(monkeypatch: pytest.MonkeyPatch) -> Area:
    made = grid_area(["AAAAAA"] * 3, 10_000, msoa=["MMNNOO"] * 3)
    monkeypatch.setattr("footprints.cli.plans.load_area", lambda source, area, on_progress: made)
    return made


@pytest.fixture
def plan(area: Area) -> Plan:
    return drawn(area, ["abbbcc", "aabbcc", "-bbbca"], ASKED, name="Agreed")


@pytest.fixture
def file(plan: Plan, tmp_path: Path) -> Path:
    path = tmp_path / "agreed.json"
    path.write_bytes(plan_bytes(plan))
    return path


def run(*args: object) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in args], prog_name="footprints", catch_exceptions=False)


def test_review_says_what_is_known_and_writes_the_mends(area: Area, plan: Plan, file: Path, tmp_path: Path) -> None:
    shown = run("review", file, "--source", "x", "--seconds", 5, "--out", tmp_path / "out")
    assert shown.exit_code == 0, shown.output
    found = review(area, plan, seconds=5, processes=1)
    for line in found.in_words:
        assert line in shown.stdout
    for number, mend in enumerate(found.mends, 1):
        assert f"{number}. {mend.in_words}" in shown.stdout
        mended = read_plan(tmp_path / "out" / f"mend-{number}.json", area)
        assert mended.parent == plan.id and mended.assignment != plan.assignment
    assert "These make it a plan:" in shown.stdout and "Then:" in shown.stdout
    written = json.loads((tmp_path / "out" / "review.json").read_text(encoding="utf-8"))
    assert written["schema"] == "footprints-review/1" and written["gap"] == found.gap
    again = run("review", file, "--source", "x", "--seconds", 5, "--out", tmp_path / "out")
    assert again.stdout == shown.stdout


def test_improve_writes_a_plan_folder_with_what_was_done(area: Area, plan: Plan, file: Path, tmp_path: Path) -> None:
    shown = run("improve", file, "--source", "x", "--seconds", 5, "--size", 3, "--out", tmp_path / "out")
    assert shown.exit_code == 0, shown.output
    made = read_plan(tmp_path / "out", area)
    done = improve(area, plan, size=3, seconds=5, processes=1)
    assert made == done.plan and made.parent == plan.id
    assert {f.rule for f in check(made, area).criteria} <= {"range"}
    told = json.loads((tmp_path / "out" / "improvement.json").read_text(encoding="utf-8"))
    assert len(told["steps"]) == len(done.steps) and told["from"] == plan.id
    for name in ("plan.json", "neighbourhoods.gpkg", "lsoa_lookup.csv", "manifest.json"):
        assert (tmp_path / "out" / name).is_file()


def test_improve_makes_the_mends_that_are_named(area: Area, plan: Plan, file: Path, tmp_path: Path) -> None:
    found = review(area, plan, seconds=5, processes=1)
    whole, last = len(found.makes_whole), len(found.mends)
    shown = run("improve", file, "--source", "x", "--seconds", 5, "--mend", last, "--out", tmp_path / "out")
    assert shown.exit_code == 0, shown.output
    told = json.loads((tmp_path / "out" / "improvement.json").read_text(encoding="utf-8"))
    assert len(told["steps"]) == whole + 1, "what makes it whole comes along"
    assert found.mends[-1].in_words in shown.stdout


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--mend", "1", "--size", "2"], "not both"),
        (["--mend", "first"], "write numbers"),
        (["--mend", "99"], "the review has"),
        (["--size", "7"], "7 is not in the range"),
    ],
)
def test_improve_refuses_what_cannot_be_meant(file: Path, tmp_path: Path, more: list[str], said: str) -> None:
    shown = run("improve", file, "--source", "x", "--seconds", 5, "--out", tmp_path / "out", *more)
    assert shown.exit_code == 2 and said in shown.output
    assert not (tmp_path / "out").exists()


def test_a_bare_csv_is_reviewed_by_the_flags_given(area: Area, plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "agreed.csv"
    rows = [f"{unit},{code}" for unit, code in plan.assignment]
    path.write_text("\n".join(["LSOA21CD,neighbourhood_code", *rows]) + "\n", encoding="utf-8")
    flags = ("--within", "none", "--min", 30_000, "--max", 70_000, "--target", 60_000)
    shown = run("review", path, "--source", "x", "--seconds", 5, *flags)
    assert shown.exit_code == 0
    assert "no plan with 3 neighbourhoods of " in shown.stdout
    assert "outside the range you set (30,000 to 70,000)" in shown.stdout


# --- the page -----------------------------------------------------------------------------------------------------


@pytest.fixture
def one_router(monkeypatch: pytest.MonkeyPatch):
    make = PagesManager.__init__

    def made(self: Any, *args: Any, **kwargs: Any) -> None:
        make(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", made)
    yield
    st.cache_resource.clear()


def page(monkeypatch: pytest.MonkeyPatch, area: Area, own: state.Session) -> AppTest:
    def load(source: str, place: tuple[str, ...], tenant: str) -> Area:
        return area

    load.clear = lambda: None  # type: ignore[attr-defined]
    monkeypatch.setattr(state, "_load", load)
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.session_state["footprints"] = own
    app.run()
    app.switch_page("pages/review.py").run()
    assert not app.exception
    return app


def test_the_page_offers_shows_and_applies(
    one_router: None, monkeypatch: pytest.MonkeyPatch, area: Area, plan: Plan
) -> None:
    own = state.Session(opened=True)
    own.change(lambda shelf: shelf.add(plan))
    begun: list[str] = []
    monkeypatch.setattr(study, "begin", lambda name, asked: begun.append(name))
    app = page(monkeypatch, area, own)
    assert "Is this option any good?" in texts(app)
    app.button(key="review").click().run()
    assert begun == ["review"]

    found = review(area, plan, seconds=5, processes=1)
    better = improve(area, plan, seconds=5, processes=1)
    answers = {
        ("review", str(review_study.asked_for(plan))): found,
        ("improve", str(improve_study.asked_for(plan))): better,
    }
    monkeypatch.setattr(study, "result", lambda name, asked: answers.get((name, str(asked))))
    app = page(monkeypatch, area, own)
    shown = texts(app)
    for words in (found.verdict, found.mends[0].in_words, found.local[0].in_words, better.in_words[0]):
        assert words in shown
    app.button(key=f"apply_{len(found.mends)}").click().run()
    assert not app.exception
    options = app.session_state["footprints"].shelf.options
    assert len(options) == 2 and options[1].plan.parent == plan.id
    assert len(options[1].plan.assignment) == 18, "what makes it whole comes along"

    own.change(lambda shelf: shelf.choose(options[0].key))
    app = page(monkeypatch, area, own)
    app.button(key="take_improved").click().run()
    assert app.session_state["footprints"].shelf.get().plan.assignment == better.plan.assignment


def test_the_page_says_so_when_there_is_nothing_to_review(
    one_router: None, monkeypatch: pytest.MonkeyPatch, area: Area
) -> None:
    assert "nothing on the shelf yet" in texts(page(monkeypatch, area, state.Session(opened=True)))


def test_the_page_tells_why_a_lock_stands_in_the_way(
    one_router: None, monkeypatch: pytest.MonkeyPatch, area: Area
) -> None:
    plan = drawn(area, ["abbbcc", "aabbcc", "bbbbca"], ASKED)
    plan = replace(plan, locked=(area.codes[0], area.codes[17]))
    found = review(area, plan, seconds=5, processes=1)
    own = state.Session(opened=True)
    own.change(lambda shelf: shelf.add(plan))
    monkeypatch.setattr(study, "result", lambda name, asked: found if name == "review" else None)
    app = page(monkeypatch, area, own)
    app.button(key="apply_1").click().run()
    assert "locked" in " ".join(e.value for e in app.error)
    assert len(app.session_state["footprints"].shelf.options) == 1


# --- agreed plans -------------------------------------------------------------------------------------------------


def test_agreed_plans_are_the_same_again_and_of_every_kind() -> None:
    area = grid_area(["AAAABBBB"] * 4, 10_000)
    base = drawn(area, ["aaaabbbb", "aaaabbbb", "ccccdddd", "ccccdddd"], Criteria(maximum=100_000, target=80_000))
    plans = list(agreed_plans(area, 10, base=base))
    assert plans == list(agreed_plans(area, 10, base=base)) != list(agreed_plans(area, 10, 1, base=base))
    assert [plan.name.partition(", ")[2] for plan in plans] == [*KINDS, *KINDS]
    rules = [{fault.rule for fault in check(plan, area).criteria} for plan in plans]
    assert not rules[0] & {"range", "contiguous", "complete"} and "complete" in rules[3] | rules[8]
    assert any("contiguous" in found for found in rules) and plans[4].locked


@pytest.mark.places
def test_an_agreed_plan_of_a_real_place_is_reviewed(cornwall: Path) -> None:
    area = load_area(cornwall)
    *_, plan = agreed_plans(area, 5)
    found = review(area, plan, seconds=5)
    assert faults_of_review(found, plan, area) == () or not found.repeatable
    assert found.mends and found.makes_whole and 0 <= found.better <= found.gap + 1e-9
    assert found.gap < 0.3 or not found.repeatable

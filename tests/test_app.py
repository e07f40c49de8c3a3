"""Every page in AppTest: it shows, it says what stands in the way, and edits go through one typed session."""

from __future__ import annotations

import asyncio
import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from boundaries.errors import ChooseAreaError, DataError, Place
from footprints import maps
from footprints.editing import desk_of
from footprints.errors import StoreError
from footprints.exchange import Decision
from footprints.jobs import JobState
from footprints.jobs.runner import runner
from footprints.propose import Proposal, plan_from_labels, propose
from footprints.shelf import Shelf
from footprints.stamp import Stamp
from footprints.ui import calculations, first, outcome, server, state, study, uploads, versions, words
from footprints.ui.guard import guard
from optimise.criteria import Criteria
from optimise.solution import Progress
from tests.grids import grid_area
from tests.hostile.names import hostile_area, hostile_plan

MAIN = Path(__file__).resolve().parents[1] / "footprints" / "ui" / "main.py"
PAGES = ("data", "propose", "map", "practices", "need", "review", "ask", "compare", "export", "refresh")
# AAABBB   two districts of nine cells each, 10,000 people a cell
# AAABBB
# AAABBB
CRITERIA = Criteria(target=45_000, minimum=30_000, maximum=60_000, seconds=5)


@pytest.fixture(autouse=True)
def one_router(monkeypatch):
    """As in `server.one_router`, which AppTest undoes before every run."""
    make = PagesManager.__init__

    def made(self, *args, **kwargs):
        make(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", made)
    yield
    st.cache_resource.clear()


@pytest.fixture
def area(monkeypatch):
    made = grid_area(["AAABBB"] * 3, msoa=["CCCDDD"] * 3)
    load_as(monkeypatch, made)
    return made


def load_as(monkeypatch, answer, with_place=None) -> None:
    def load(source, place, tenant):
        if place and with_place is not None:
            return with_place
        if isinstance(answer, Exception):
            raise answer
        return answer

    load.clear = lambda: None
    monkeypatch.setattr(state, "_load", load)


def shelf_of(area, count: int = 1):
    own = state.Session(opened=True, criteria=CRITERIA)
    for n in range(count):
        labels = {c: (2 if i % 6 > 2 else 0) + (i // 6 > 0) * (n == 0) for i, c in enumerate(area.codes)}
        plan = plan_from_labels(area, labels, CRITERIA, name=f"Plan {n + 1}")
        own.change(partial(Shelf.add, plan=plan))
    return own


def open_page(name: str, own) -> AppTest:
    app = AppTest.from_file(str(MAIN), default_timeout=60)
    app.session_state["footprints"] = own
    app.run()
    if name != "map":
        app.switch_page(f"pages/{name}.py").run()
    assert not app.exception
    return app


def texts(app: AppTest) -> str:
    parts = [e.value for kind in ("title", "subheader", "caption", "markdown", "error", "info") for e in app.get(kind)]
    parts += [e.proto.body for e in app.get("html")]
    return re.sub(r"<[^>]+>", " ", " ".join(str(p) for p in parts))


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_with_two_options(area, name):
    app = open_page(name, shelf_of(area, 2))
    assert not app.error
    assert "Shelf of options" in texts(app)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_with_nothing_on_the_shelf(area, name):
    app = open_page(name, state.Session(opened=True))
    assert not app.error


def test_borders_and_shared_practices_are_asked_for_beside_communities_and_missing_evidence_is_said(area):
    own = state.Session(opened=True)
    app = open_page("propose", own)
    assert "Neighbours who share practices" not in texts(app)
    app.number_input(key="q_w6").set_value(500.0)
    app.number_input(key="q_w7").set_value(1.5)
    app.slider(key="q_w5").set_value(2.0)
    app.run()
    assert not app.exception and not app.error
    asked = app.session_state["footprints"].criteria
    assert (asked.weights.border, asked.weights.ties, asked.community_allowance) == (500.0, 1.5, 0.02)
    assert replace(asked.weights, border=0.0, ties=0.0) == Criteria().weights
    assert "no patients registered by practice are loaded" in texts(app)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_hostile_names_as_text(monkeypatch, name):
    area = hostile_area()
    load_as(monkeypatch, area)
    own = state.Session(opened=True)
    own.change(lambda shelf: shelf.add(hostile_plan(area, "One", 2)).add(hostile_plan(area, "Two", 3)))
    app = open_page(name, own)
    assert not app.error
    bodies = " ".join(str(e.proto.body) for e in app.get("html"))
    assert "<img" not in bodies
    assert "<script" not in bodies
    assert "<svg" not in bodies


@pytest.mark.parametrize("name", PAGES)
def test_trouble_is_said_and_mended_in_words(monkeypatch, name):
    load_as(monkeypatch, DataError("The file a.csv has no column LSOA21CD.", mend="Download it again."))
    app = open_page(name, state.Session(opened=True, source="/somewhere"))
    assert [e.value for e in app.error] == ["The file a.csv has no column LSOA21CD."]
    assert [e.value for e in app.info] == ["Download it again."]


def test_an_unexpected_failure_shows_a_reference_and_no_traceback(monkeypatch):
    load_as(monkeypatch, RuntimeError("secret path /home/x"))
    app = open_page("data", state.Session(opened=True, source="/somewhere"))
    (shown,) = [e.value for e in app.error]
    assert "Reference" in shown
    assert "secret" not in shown


def test_several_places_are_offered(monkeypatch):
    places = (Place("icb", "E54000001", "North ICB", 300, 500_000), Place("icb", "E54000002", "South ICB", 200, None))
    load_as(
        monkeypatch,
        ChooseAreaError("There are two ICBs in these files.", places, mend="Choose one."),
        grid_area(["AA"]),
    )
    app = open_page("data", state.Session(opened=True, source="/somewhere"))
    (choice,) = app.multiselect
    assert choice.options == ["North ICB (ICB, 300 areas, 500,000 residents)", "South ICB (ICB, 200 areas)"]
    choice.select("E54000002").run()
    next(b for b in app.button if b.label == "Work on this place").click().run()
    assert app.session_state["footprints"].place == ("E54000002",)


def test_the_shelf_verbs(area):
    own = shelf_of(area)
    app = open_page("map", own)
    app.button(key="shelf_duplicate").click().run()
    app.text_input(key="shelf_name").input("Option B").run()
    app.button(key="shelf_star").click().run()
    option = own.shelf.get()
    assert (option.plan.name, option.starred, len(own.shelf.options)) == ("Option B", True, 2)
    app.button(key="shelf_remove").click().run()
    app.button(key="shelf_restore").click().run()
    assert [o.plan.name for o in own.shelf.options] == ["Plan 1", "Option B"]
    app.radio(key="shelf_choice").set_value(own.shelf.options[0].key).run()
    assert own.shelf.get().plan.name == "Plan 1"


def test_options_that_were_left_are_taken_up_and_no_first_proposal_is_put_beside_them(area, monkeypatch):
    desk = desk_of(area)
    desk.change(lambda shelf: shelf.add(plan_from_labels(area, dict.fromkeys(area.codes, 0), CRITERIA, name="Left")))
    monkeypatch.setattr(first, "proposal", lambda *_: pytest.fail("a proposal was asked for"))
    app = open_page("map", state.Session())
    own = app.session_state["footprints"]
    assert own.running is None
    assert [o.plan.name for o in own.shelf.options] == ["Left"]


def test_a_new_tab_opens_the_place_that_was_open_last_and_shares_nothing_else():
    with state._LAST_LOCK:
        state._LAST["", ""] = {"source": "/somewhere", "place": ("E1",), "opened": True, "uploaded": {}}
    one, two = state._as_it_was(("", "")), state._as_it_was(("", ""))
    other = state._as_it_was(("camford", "somebody"))
    assert (one.source, one.place) == (two.source, two.place) == ("/somewhere", ("E1",))
    assert one.token != two.token and one.studies is not two.studies
    assert other.source == first.DEMO


class FakeJob:
    """A job that is over at the first look."""

    def __init__(self, proposal, error=None):
        self.proposal, self.error = proposal, error

    def poll(self):
        seen = (Progress("start", "District A", 0, 2, 0.5, 900_000.0, 800_000.0),)
        return JobState(seen, 1.0, 0.9, 0.1, "x", 1.0, True, self.proposal, self.error, "Try again.", False, "")

    def take(self):
        return True


def answer_with(monkeypatch, job):
    real = runner()
    fake = SimpleNamespace(propose=lambda *a, **k: job, of_place=real.of_place)
    monkeypatch.setattr(state, "runner", lambda: fake)


def test_a_proposal_goes_on_the_shelf_and_states_its_proof(area, monkeypatch):
    proposal = propose(area, CRITERIA)
    answer_with(monkeypatch, FakeJob(proposal))
    own = state.Session(opened=True, criteria=CRITERIA)
    app = open_page("propose", own)
    app.button(key="propose").click().run()
    assert not app.exception
    assert own.shelf.get().plan.assignment == proposal.plan.assignment
    said = texts(app)
    assert words.CAVEAT in said
    assert "no plan under these rules can beat" in said.lower()


def test_a_search_that_fails_says_so(area, monkeypatch):
    answer_with(monkeypatch, FakeJob(None, "It ended."))
    own = state.Session(opened=True, criteria=CRITERIA)
    app = open_page("propose", own)
    app.button(key="propose").click().run()
    assert "It ended." in texts(app)


def test_criteria_that_cannot_be_met_are_explained_before_solving(area):
    own = state.Session(opened=True, criteria=replace(CRITERIA, minimum=50_000, target=55_000, maximum=58_000))
    app = open_page("propose", own)
    assert app.button(key="propose").disabled
    assert "90,000" in texts(app)


def test_a_refused_question_shows_its_reasons(area):
    refused = propose(area, replace(CRITERIA, minimum=50_000, target=55_000, maximum=58_000))
    assert refused.plan is None
    app = open_page("propose", state.Session(opened=True, criteria=CRITERIA, refused=refused.solution))
    assert "No plan can meet these criteria" in texts(app)


def test_the_bound_that_is_said_is_the_one_that_the_gap_is_about(area):
    solved = propose(area, CRITERIA, processes=1).solution
    value = solved.objective
    loose = replace(solved, status="feasible", bound=0.9 * value, bound_checked=0.8 * value, gap=0.1)
    said = " ".join(words.outcome(loose, area))
    people = float(area.units["residents"].sum())
    assert f"can beat {words.floored(loose.bound, people)}, so it is within 10.0%" in said
    assert words.floored(loose.bound_checked, people) not in said
    assert "That it is within 20.0% can be worked out again without any solver" in said
    alone = " ".join(words.outcome(replace(loose, bound_checked=0.9 * value), area))
    assert "The whole proof can be worked out again without any solver" in alone
    assert "km² a person" in " ".join(words.outcome(loose, area, squared=True))


def test_scores_of_districts_are_by_resident_also_where_patients_are_counted(area):
    area = replace(area, units=area.units.assign(registered=area.units["residents"] * 1.1))
    criteria = replace(CRITERIA, count="registered", minimum=30_000, maximum=70_000)
    solved = propose(area, criteria, processes=1).solution
    assert [part.people for part in solved.parts] == [99_000, 99_000]
    for row, part in zip(outcome.parts(solved, area), solved.parts, strict=True):
        assert row[2] == "90,000"
        assert row[3] == words.per_person(part.objective, 90_000)


def test_what_else_can_be_asked_of_a_proposal_is_in_tabs_below_it(area):
    made = propose(area, CRITERIA, processes=1)
    own = state.Session(opened=True, criteria=CRITERIA)
    own.change(lambda shelf: shelf.add(made.plan, made.solution))
    app = open_page("propose", own)
    assert [tab.label for tab in app.tabs] == [outcome.PRICES, outcome.NUMBERS, outcome.OTHERS, outcome.TRADE_OFF]
    for tab, key in zip(app.tabs, ("prices", "numbers", "options", "curve"), strict=True):
        assert key in [button.key for button in tab.button]


def test_export_states_what_is_not_met_and_still_offers_the_files(area):
    own = shelf_of(area)
    plan = own.shelf.get().plan
    tight = replace(plan, criteria=replace(CRITERIA, minimum=44_000, target=45_000, maximum=46_000))
    own.change(lambda shelf: shelf.edit(tight))
    app = open_page("export", own)
    assert "outside the range you set" in texts(app)
    assert "invalid" not in texts(app)
    assert "Download everything (zip)" in texts(app)
    assert not app.get("download_button")


def test_uploads_are_kept_under_names_of_our_own(tmp_path):
    class File:
        def __init__(self, name, data=b"x"):
            self.name, self.data = name, data

        def getbuffer(self):
            return memoryview(self.data)

    folder, names = uploads.save(
        [File("../../a b.shp"), File("..\\..\\a b.dbf"), File("c.CSV"), File("x_mid2022_BGC';.csv")]
    )
    written = sorted(p.name for p in folder.iterdir())
    assert sorted(names) == written
    assert sorted(names.values()) == ["a b.dbf", "a b.shp", "c.CSV", "x_mid2022_BGC';.csv"]
    assert len({own.split(".")[0] for own, given in names.items() if given.startswith("a b")}) == 1
    assert all(re.fullmatch(r"[g-z]{20}(-mid-2022-BGC)?\.(shp|dbf|csv)", own) for own in names)
    with pytest.raises(DataError, match="not a kind of file"):
        uploads.save([File("x.vrt")])


def test_what_was_uploaded_long_ago_goes_at_the_next_upload(tmp_path):
    class File:
        name = "a.csv"

        def getbuffer(self):
            return memoryview(b"x")

    old, recent, other = (uploads.save([File()], tmp_path)[0], uploads.save([File()], tmp_path)[0], tmp_path / "other")
    other.mkdir()
    for folder in (old, other):
        os.utime(folder, (0, 0))
    fresh, _ = uploads.save([File()], tmp_path)
    assert not old.exists() and recent.exists() and fresh.exists() and other.exists()


def test_headers_are_strict_but_for_the_map_frame():
    sent = []

    async def answer(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"Referrer-Policy", b"unsafe-url")]})

    async def keep(message):
        sent.append(message)

    asyncio.run(server.Headers(answer)({"type": "http", "path": "/"}, None, keep))
    headers = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    rules = server.policy()
    assert headers["content-security-policy"] == rules
    assert "'unsafe-eval'" not in rules
    assert "'unsafe-inline'" not in rules.split("style-src")[0]
    assert "frame-ancestors 'self'" in rules
    assert "http:" not in rules
    assert "*" not in rules


def test_leaflet_comes_from_its_package():
    folder = maps.leaflet_folder()
    assert (folder / "leaflet.js").is_file()
    assert (folder / "leaflet.css").is_file()


def test_the_guard_lets_streamlit_stop_a_script():
    from streamlit.runtime.scriptrunner import StopException

    with pytest.raises(StopException), guard():
        raise StopException


def test_no_page_defines_a_class():
    for file in sorted((MAIN.parent / "pages").glob("*.py")):
        assert "class " not in file.read_text(encoding="utf-8")


def test_proposal_type_is_what_the_job_gives():
    assert JobState.__dataclass_fields__["proposal"].type == "Proposal | None"
    assert Proposal.__dataclass_fields__["plan"]


def test_the_board_paper_is_asked_for_with_what_was_typed(area, monkeypatch):
    begun = []
    monkeypatch.setattr(study, "begin", lambda kind, asked: begun.append((kind, asked)))
    page = open_page("export", shelf_of(area, 2))
    page.text_input(key="paper_board").set_value("The board")
    page.text_area(key="paper_decision").set_value("Agree it.")
    page.text_area(key="paper_engaged").set_value("Healthwatch | May")
    page.button(key="paper_make").click().run()
    assert not page.exception
    ((kind, asked),) = begun
    assert kind == "paper" and [one["name"] for one in asked["plans"]] == ["Plan 2"] and asked["today"] is None
    assert asked["details"]["decision"] == "Agree it." and asked["details"]["board"] == "The board"
    assert asked["details"]["engaged"] == [{"who": "Healthwatch", "when": "May"}]
    assert "recommended" not in asked["details"]
    page.text_area(key="paper_engaged").set_value("| nobody")
    page.button(key="paper_make").click().run()
    assert len(begun) == 1 and "has no name" in texts(page)


def test_the_paper_says_what_is_recorded_of_the_option_recommended_and_offers_places_of_those_chosen(area, monkeypatch):
    begun = []
    monkeypatch.setattr(study, "begin", lambda kind, asked: begun.append(asked))
    standing = {"Plan 1": ("agreed", 3), "Plan 2": ("proposed", 7)}

    def recorded(option):
        status, number = standing[option.plan.name]
        return versions.Recorded(option.plan.name, f"v{number}", Stamp(status), Decision(), f"{number}-mark")

    monkeypatch.setattr(versions, "recorded", recorded)
    own = shelf_of(area, 2)
    placed = [replace(n, place="The North") for n in own.shelf.get().plan.neighbourhoods]
    own.change(lambda shelf: shelf.edit(replace(shelf.get().plan, neighbourhoods=tuple(placed)), "places"))
    page = open_page("export", own)
    one, two = (option.key for option in own.shelf.options)

    def version():
        return next(box.value for box in page.text_input if box.key.startswith("paper_version"))

    assert version() == "v7" and "The North (place of the plan)" in page.selectbox(key="paper_only").options
    page.multiselect(key="paper_options").set_value([one, two]).run()
    assert version() == ""
    page.selectbox(key="paper_recommended").set_value(one).run()
    assert version() == "v3"
    page.button(key="paper_make").click().run()
    said = begun[0]["details"]
    assert (said["version"], said["status"], said["mark"]) == ("v3", "agreed", "3-mark")
    page.selectbox(key="paper_only").set_value("place:The North").run()
    page.multiselect(key="paper_options").set_value([one]).run()
    assert not page.exception and page.selectbox(key="paper_only").value == ""


def test_pages_are_narrowed_to_what_was_chosen_once_and_say_so(area):
    own = shelf_of(area, 2)
    app = open_page("compare", own)
    assert "Narrowed to" not in texts(app)
    app.selectbox(key="only").set_value("E07000001").run()
    line = (
        "Narrowed to District A (district): 90,000 of 180,000 residents of Gridshire; the other 90,000 are in "
        "District B (90,000)."
    )
    assert not app.exception and line in texts(app)
    assert "What District A has of each option" in texts(app) and "of the 90,000 elsewhere" in texts(app)
    assert app.session_state["footprints"].only == "E07000001"


@pytest.mark.parametrize("name", sorted({*PAGES} - {"practices"}))  # without patients it has nothing
def test_every_page_says_that_it_is_narrowed_or_that_it_is_whole(area, name):
    own = shelf_of(area, 2)
    own.only = "E07000002"
    said = texts(open_page(name, own))
    assert "Narrowed to District B (district)" in said or "of the whole of Gridshire, not of District B alone" in said


def test_the_paper_begins_with_the_body_that_the_pages_are_for(area):
    own = shelf_of(area, 1)
    own.only = "E07000002"
    assert open_page("export", own).selectbox(key="paper_only").value == "E07000002"
    own.only = ""
    assert open_page("export", own).selectbox(key="paper_only").value == ""


def test_a_place_that_is_no_more_narrows_nothing_and_it_is_said(area):
    own = shelf_of(area, 2)
    own.only = "place:North"
    app = open_page("compare", own)
    assert "Narrowed to" not in texts(app) and "There is no “North” any more: everything is shown." in texts(app)


def test_a_list_of_calculations_that_cannot_be_used_takes_nothing_else_away(area, monkeypatch):
    def full():
        raise StoreError("The disk is full, so nothing was saved.", mend="Free some space and save again.")

    for module in (state, study, calculations):
        monkeypatch.setattr(module, "runner", full)
    app = open_page("compare", shelf_of(area, 2))
    said = texts(app)
    assert "The disk is full" in said and "Shelf of options" in said and app.title[0].value.startswith("Compare")
    app.button(key="shelf_duplicate").click().run()
    assert len(app.session_state["footprints"].shelf.options) == 3

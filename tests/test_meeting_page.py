"""The Versions page in AppTest: a form for each meeting and each status, and what a place asked for found again."""

from __future__ import annotations

from datetime import date

import pytest
import streamlit as st

from footprints.access import Who
from footprints.jobs.runner import Owner, runner
from footprints.store.boards import proposed_bodies
from footprints.store.here import close_all, store_here
from footprints.store.saving import kept_as, project_for, save_new
from footprints.ui import calculations, first, state, who
from tests.grids import grid_area
from tests.test_app import load_as, one_router, open_page, shelf_of, texts

__all__ = ["one_router"]
PAPER = "ab" * 32


@pytest.fixture
def place(monkeypatch):
    """A place of two upper tiers with a saved version, two bodies on the list; its session."""
    made = grid_area(["AAABBB"] * 3, msoa=["CCCDDD"] * 3, upper={"A": "A", "B": "B"})
    load_as(monkeypatch, made)
    own = shelf_of(made, 1)
    store = store_here(create=True)
    project = project_for(store, made, who.now().name).id
    option = own.shelf.get()
    saved = save_new(store, project, option, made, who.now().name, name="Plan 1", reason="")
    own.change(lambda shelf: shelf.keep(option.key, kept_as(saved)))
    for one in proposed_bodies(made):
        store.set_body(project, one.name, one.kind, one.part, one.codes, who.now().name)
    yield own, store, saved.key
    close_all()


def fields(app) -> dict[str, object]:
    found = {}
    for kind in ("text_input", "text_area", "selectbox", "number_input", "date_input"):
        for one in app.get(kind):
            if one.key and one.key.startswith(("meeting_", "status_")):
                found[one.key] = one.value
    return found


def test_nothing_of_one_bodys_record_is_carried_into_the_next(place):
    own, store, key = place
    app = open_page("versions", own)
    app.session_state["versions_part"] = "Agreement"
    app.run()
    assert not app.exception and not app.error and not app.warning
    form = f"{key}_agreed_0"
    before = fields(app)
    body = app.selectbox(key=f"meeting_body_{form}").value
    app.selectbox(key=f"meeting_outcome_{form}").set_value("agreed subject to")
    app.date_input(key=f"meeting_day_{form}").set_value(date(2027, 1, 14))
    for name, said in (("minute", "item 7"), ("hash", PAPER), ("today", "PCNs"), ("conditions", "The bridge is built"),
                       ("dissent", "One member"), ("delegate", "The director")):  # fmt: skip
        app.text_input(key=f"meeting_{name}_{form}").set_value(said)
    app.text_area(key=f"meeting_options_{form}").set_value("Plan 1")
    app.number_input(key=f"meeting_limit_{form}").set_value(500)
    app.button(key="meeting_now").click().run()
    assert not app.exception and "Recorded:" in texts(app)
    (made,) = store.decisions(key)
    assert (made.delegate, made.limit_people, made.conditions) == ("The director", 500, "The bridge is built")
    after, following = fields(app), f"{key}_agreed_1"
    assert after.pop(f"meeting_body_{following}") != body, "those that have not decided come first"
    blank = {k.replace(form, following): v for k, v in before.items() if k.startswith("meeting_")}
    blank.pop(f"meeting_body_{following}")
    assert {k: v for k, v in after.items() if k.startswith("meeting_")} == blank


def test_what_was_asked_of_a_place_is_found_again_and_not_shown_at_another(place, monkeypatch):
    own = place[0]
    session = {"footprints": own}
    monkeypatch.setattr(st, "session_state", session)
    evidence, jobs = grid_area(["AAABBB"] * 3), runner()
    jobs.supervisor.close()
    for kind in (*state.FOUND_AGAIN, "bring"):
        jobs.study(kind, "demo", (), {"n": kind}, evidence, Owner())
    state.take_up(evidence)
    assert {key: asked["n"] for key, asked in session.items() if key.endswith("_asked")} == {
        f"{kind}_asked": kind for kind in state.FOUND_AGAIN
    }
    assert set(state.FOUND_AGAIN) <= set(calculations.PAGES)
    state.use_source(first.DEMO, ("E07000001",))
    assert not [key for key in session if key.endswith("_asked")]


def test_somebody_who_was_a_planner_sees_the_data_page(place, monkeypatch):
    own = place[0]
    own.source, own.uploaded = "/uploads/x", {"a.csv": "their.csv"}
    app = open_page("data", own)
    assert app.radio[0].value == "Files I upload" and not app.error
    viewer = Who("vic", "vic", "", frozenset({"viewer"}))
    monkeypatch.setattr(who, "now", lambda: viewer)
    app = open_page("data", own)
    assert app.radio[0].value == "Files I upload" and not app.error and not app.get("file_uploader")
    assert not open_page("refresh", own).error
    export = open_page("export", own)
    assert not export.error and not [one for one in export.get("file_uploader") if "principles" in one.proto.label]

"""The Versions page in AppTest: an agreed version on newer files, where its plan went on since."""

from __future__ import annotations

from dataclasses import replace

import pytest

from footprints import edit
from footprints.store.here import close_all, store_here
from footprints.store.saving import kept_as, on_files, project_for, save_new
from footprints.ui import who
from tests.grids import grid_area
from tests.test_app import load_as, one_router, open_page, shelf_of, texts

__all__ = ["one_router"]


def area_of(residents: int):
    return grid_area(["AAABBB"] * 3, msoa=["CCCDDD"] * 3, residents=residents, upper={"A": "A", "B": "B"})


@pytest.fixture
def newer(monkeypatch):
    """The session of a place on newer files, whose current option is v1 on them; v2 was saved since."""
    was, now = area_of(10_000), area_of(11_000)
    load_as(monkeypatch, was)
    me, option = who.now().name, shelf_of(was, 1).shelf.get()
    store = store_here(create=True)
    one = save_new(store, project_for(store, was, me).id, option, was, me, name="Plan 1", reason="")
    store.set_status(one.key, "proposed", me, dated="2026-12-01")
    moved = edit.move(one.decision, was, was.codes[2], one.decision.codes[-1])
    store.save(one.plan, moved, 1, me, reason="Workshop")
    load_as(monkeypatch, now)
    own = shelf_of(now, 1)
    key = own.shelf.current
    plan = replace(on_files(one.decision, now), name=own.shelf.get().plan.name)
    own.change(lambda shelf: shelf.put(replace(shelf.get(), plan=plan)).keep(key, kept_as(one)))
    yield own, store, one
    close_all()


def test_an_agreed_version_is_kept_on_newer_files_beside_the_plan_that_went_on(newer):
    own, store, one = newer
    app = open_page("versions", own)
    assert not app.exception and "it can be kept beside, as an edition of v1" in texts(app)
    assert "you moved 0 LSOAs (0 people) and turned to other files" in texts(app)
    key = own.shelf.current
    assert app.text_input(key=f"edition_name_{key}").value == "Plan 1, proposed"
    app.text_input(key=f"edition_name_{key}").set_value("Plan 1 as proposed")
    app.button(key="save_edition_now").click().run()
    assert not app.exception and "edition 2 of Plan 1 v1, and proposed as that is" in texts(app)
    stands = store.standing("gridshire/plan-1-as-proposed@1")
    assert (stands.of, stands.edition, stands.status) == (one.key, 2, "proposed")
    assert store.plan_row(one.plan).head == 2 and not own.shelf.get().changed
    app.session_state["versions_part"] = "Agreement"
    app.run()
    app.selectbox(key="agree_version").select("gridshire/plan-1-as-proposed@1").run()
    told = texts(app)
    assert not app.exception and "It is edition 2 of Plan 1 v1: Plan 1 v1 on other files" in told
    assert "What changed beneath Plan 1 v1 since: RED" in told and "60,000 before, 66,000 now" in told


def test_what_else_was_changed_is_said_where_it_is_no_edition(newer):
    own, store, one = newer
    own.change(lambda shelf: shelf.put(replace(shelf.get(), plan=edit.set_note(shelf.get().plan, "GRID-01", "Why"))))
    app = open_page("versions", own)
    assert not app.exception and "it can be kept beside" not in texts(app)
    option = own.shelf.get()
    head = store.version(one.plan)
    own.change(lambda shelf: shelf.keep(option.key, kept_as(head)))
    app = open_page("versions", own)
    app.button(key="save_version_now").click().run()
    assert "Saved as v3" in texts(app) and "It is a draft: besides the files," in texts(app)

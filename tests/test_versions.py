"""Options and the store: saved, changed since, merged; what is proposed, told and exported; on both engines."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect

from footprints import edit
from footprints.editing.desk import Desk
from footprints.editing.journal import Journal
from footprints.errors import StoreError
from footprints.escape import plain_markdown
from footprints.shelf import Kept, Option, Shelf
from footprints.store import ConflictError, Store, decisions, here, saving
from footprints.store.boards import lacking, proposed_bodies
from footprints.store.engine import make_engine
from footprints.store.files import version_files
from footprints.store.here import close_all, store_here
from footprints.store.overview import overview
from footprints.store.saving import (
    kept_as,
    known,
    merge_option,
    project_for,
    save_new,
    save_next,
)
from footprints.store.saving import (
    opened as opened_as,
)
from footprints.store.telling import event_in_words
from footprints.ui.conflict import onto
from tests.servers import Server
from tests.stores import AREA, PLAN, UNITS, Opened, X, Y, moved, opened, server, store

__all__ = ["opened", "server", "store"]


def shelved(plan=PLAN) -> Option:
    option = Shelf().add(plan).get()
    assert option is not None
    return option


def kept(option: Option, store: Store, **more: str) -> Option:
    """The option after it was saved as a new plan by Ann."""
    own = project_for(store, AREA, "Ann")
    saved = save_new(store, own.id, option, AREA, "Ann", name="Option A", reason="first", **more)
    shelf = Shelf((option,), option.key).keep(option.key, kept_as(saved))
    found = shelf.get()
    assert found is not None
    return found


def test_an_option_knows_what_it_was_saved_as(store: Store) -> None:
    option = kept(shelved(), store)
    assert option.kept == Kept(
        "gridshire/option-a", 1, "Option A", store.version("gridshire/option-a@1").content, AREA.digest
    )
    assert not option.changed and known(store, option.kept)
    later = option.edit(moved(option.plan, (1, Y)), "moved")
    assert later.changed and not later.undo().changed
    saved = save_next(store, later, AREA, "Ann", reason="second")
    assert (saved.number, saved.parent, saved.decision.name) == (2, 1, "Option A")
    assert save_next(store, later, AREA, "Ann", reason="second") == saved, "asked for twice, done once"
    assert store.plan_row(saved.plan).head == 2
    assert project_for(store, AREA, "Ben").id == "gridshire", "one project for one place"
    assert not known(store, Kept("gridshire/option-a", 1, "Option A", "0" * 64))


def test_a_desk_keeps_it_across_restarts(tmp_path: Path, store: Store) -> None:
    file = tmp_path / "desk.jsonl"
    desk = Desk(AREA, Journal(file))
    desk.change(lambda shelf: shelf.add(PLAN))
    option = desk.shelf.get()
    assert option is not None
    mine = kept(option, store)
    assert mine.kept is not None
    desk.change(lambda shelf: shelf.keep(option.key, mine.kept))  # type: ignore[arg-type]
    desk.change(lambda shelf: shelf.edit(moved(PLAN, (1, Y)), "unsaved"))
    desk.close()
    again = Desk(AREA, Journal(file))
    found = again.shelf.get()
    again.close()
    assert found is not None and found.kept == mine.kept and found.changed and found.plan.where()[UNITS[1]] == Y


def test_what_others_saved_is_put_together_and_is_no_edit_of_mine(store: Store) -> None:
    mine = kept(shelved(), store)
    store.save("gridshire/option-a", moved(mine.as_kept, (1, Y)), 1, "Ann", reason="Workshop")
    mine = mine.edit(edit.set_note(mine.plan, UNITS[0], "the bridge"), "note")
    with pytest.raises(ConflictError):
        save_next(store, mine, AREA, "Ann", reason="")
    done = merge_option(store, mine, AREA, "Ann", choices={}, accept_faults=True, reason="both")
    assert done.saved is not None and done.saved.number == 3
    desk = Desk(AREA)
    desk.change(lambda shelf: Shelf((mine,), mine.key))
    after = mine.merged(dataclasses.replace(done.saved.decision, name=mine.plan.name), "Merged with v2")
    desk.change(lambda shelf: shelf.put(after).keep(mine.key, kept_as(done.saved)))  # type: ignore[arg-type]
    found = desk.shelf.get()
    assert found is not None and found.as_kept == done.saved.decision
    assert not found.changed and found.plan.changes == done.saved.decision.changes
    assert found.undo().plan == mine.plan and found.undo().changed


def test_a_changed_option_as_a_new_plan_is_a_branch(store: Store) -> None:
    mine = kept(shelved(), store)
    mine = mine.edit(moved(mine.plan, (1, Y)))
    made = save_new(store, "gridshire", mine, AREA, "Ann", name="Option B", reason="other")
    assert (made.plan, made.number) == ("gridshire/option-b", 2)
    assert store.plan_row(made.plan).origin == "gridshire/option-a@1"
    assert store.merge_branch("gridshire/option-a", made.plan, "Ann", accept_faults=True).saved is not None
    found = overview(store, "gridshire")
    lines = {p.row.name: [(n.version.number, n.before, n.units, n.people) for n in p.lines] for p in found}
    assert lines["Option B"] == [(2, "gridshire/option-b@1", 1, 10_000), (1, "gridshire/option-a@1", 0, 0)]
    assert lines["Option A"] == [(2, "gridshire/option-a@1", 1, 10_000), (1, "", 0, 0)]
    for within, people in ((UNITS[1:2], 10_000), ((*UNITS[:1], *UNITS[2:]), 0)):
        top = overview(store, "gridshire", within=frozenset(within))[0].lines[0]
        assert (top.units, top.people, top.units_inside, top.people_inside) == (1, 10_000, people // 10_000, people)
    old = opened_as(store, store.version("gridshire/option-a@1"), AREA)
    assert old.plan.name == "Option A (v1)" and old.kept.name == "Option A"
    shelf = Shelf().add_kept(old.plan, old.kept)
    assert shelf.add_kept(old.plan, old.kept).options == shelf.options and not shelf.options[0].changed


def test_bodies_are_proposed_from_the_levels() -> None:
    found = proposed_bodies(AREA)
    assert [(one.name, one.kind, one.codes) for one in found] == [
        ("County A Health and Wellbeing Board", "HWB", ("E10000001",)),
        ("County B Health and Wellbeing Board", "HWB", ("E10000002",)),
    ]
    assert len(lacking(AREA)) == 1 and "ICB" in lacking(AREA)[0]


def test_files_of_an_agreed_version_say_so_and_the_log_tells_it(store: Store) -> None:
    mine = kept(shelved(), store)
    assert mine.kept is not None
    key = mine.kept.key
    for one in proposed_bodies(AREA):
        store.set_body("gridshire", one.name, one.kind, one.part, one.codes, "Ann")
    store.set_status(key, "proposed", "Ann", dated="2026-12-01")
    for one in proposed_bodies(AREA):
        store.decide(key, one.name, "Ann", outcome="agreed", dated="2027-01-14", minute="item 7", paper="ab" * 32,
                     options=["Option A"], today="PCNs as they are")  # fmt: skip
    before = store.head()
    with pytest.raises(StoreError, match="which ICB"):
        store.set_status(key, "agreed", "Ann", dated="2027-01-14")
    store.set_status(key, "agreed", "Ann", dated="2027-01-14", valid_from="2027-04-01", unchecked="One ICB")
    files, rebuilt = version_files(store, key)
    rows = list(csv.DictReader(io.StringIO(files["lsoa_lookup.csv"].decode("utf-8-sig"))))
    assert {(r["plan_version"], r["status"], r["valid_from"], r["mark"]) for r in rows} == {
        (rebuilt.version.content[:12], "agreed", "2027-04-01", "")
    }
    assert [name for name, data in files.items() if b"DRAFT" in data] == ["README.txt"]  # explains the column `mark`
    assert b"DRAFT: this plan" not in files["README.txt"]
    manifest, told = json.loads(files["manifest.json"]), json.loads(files["record.json"])
    assert (
        manifest["version"] == key and manifest["status"] == "agreed" and "item 7 (2027-01-14)" in manifest["decision"]
    )
    assert len(told["decisions"]) == 2 and told["statuses"][-1]["valid_from"] == "2027-04-01"
    then, _ = version_files(store, key, before)
    assert json.loads(then["manifest.json"])["status"] == "proposed" and b"DRAFT" in then["lsoa_lookup.csv"]

    names = {body.key: body.name for body in store.bodies("gridshire")} | {"gridshire/option-a": "Option A"}
    said = [event_in_words(event, names) for event in store.events("gridshire")]
    assert said[:2] == ["began the project “Gridshire”", "began a plan, Option A v1: first"]
    assert any("County A Health and Wellbeing Board on 2027-01-14 (item 7)" in words for words in said)
    assert said[-1].startswith("marked Option A v1 agreed from 2027-01-14, valid from 2027-04-01: Not in the files")


def test_one_store_for_a_process_opened_when_it_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "own.sqlite"
    assert store_here(file) is None and not file.exists()
    made = store_here(file, create=True)
    assert made is not None and store_here(file) is made and store_here(str(file)) is made
    file.unlink()
    assert store_here(file) is None
    close_all()
    with pytest.raises(StoreError, match="network share"):
        store_here("//server/share/own.sqlite", create=True)


def test_every_opened_twice(opened: Opened) -> None:
    """Two sessions save at once through stores of their own: one is told, nothing is lost."""
    one, other = opened(), opened()
    mine = kept(shelved(), one)
    first = mine.edit(moved(mine.plan, (1, Y)))
    second = mine.edit(moved(mine.plan, (4, X), (5, Y)))
    assert save_next(one, first, AREA, "Ann", reason="").number == 2
    with pytest.raises(ConflictError) as caught:
        save_next(other, second, AREA, "Ann", reason="")
    assert caught.value.theirs.number == 2 and second.changed and one.verify().holds


def test_what_was_drawn_while_a_merge_was_made_is_not_overwritten(store: Store) -> None:
    mine = kept(shelved(), store)
    store.save("gridshire/option-a", moved(mine.as_kept, (1, Y)), 1, "Ann", reason="Workshop")
    mine = mine.edit(edit.set_note(mine.plan, UNITS[0], "the bridge"), "note")
    done = merge_option(store, mine, AREA, "Ann", choices={}, accept_faults=True, reason="both")
    assert done.saved is not None
    own, merged = kept_as(done.saved), done.saved.decision
    quiet, beside = onto(Shelf((mine,), mine.key).star(), mine, merged, "Merged with v2", own)
    assert not beside and [o.as_kept for o in quiet.options] == [merged] and quiet.options[0].starred
    later = mine.edit(edit.set_note(mine.plan, UNITS[1], "acknowledged meanwhile"), "note")
    busy, beside = onto(Shelf((later,), later.key, made=1), mine, merged, "Merged with v2", own)
    assert beside and busy.options[0] == later and busy.current == later.key
    assert (busy.options[1].kept, busy.options[1].as_kept, busy.options[1].changed) == (own, merged, False)
    gone, beside = onto(Shelf(made=1), mine, merged, "Merged with v2", own)
    assert beside and gone.get() is not None and gone.options[0].as_kept == merged


def test_a_role_that_was_taken_stays_taken(store: Store) -> None:
    own = project_for(store, AREA, "Ann").id
    store.admit(own, "Ben", ["planner"], newcomer=True)
    store.take_role(own, "Ben", "planner", "Ann")
    store.admit(own, "Ben", ["clerk", "planner"], newcomer=True)
    assert "Ben" not in store.people(own), "in shared mode an administrator has the last word"
    store.admit(own, "Ben", ["clerk", "planner"])
    assert store.people(own)["Ben"] == ("clerk",), "nor does a computer of one person give it back"
    store.give_role(own, "Cat", "viewer", "Ann")
    store.admit(own, "Cat", ["planner"], newcomer=True)
    assert store.people(own)["Cat"] == ("viewer",)
    store.give_role(own, "Ben", "planner", "Ann")
    assert store.people(own)["Ben"] == ("clerk", "planner")


def test_a_name_copied_from_a_page_is_the_name(store: Store) -> None:
    own = project_for(store, AREA, "Ann").id
    shown = plain_markdown("ben@camford.test").replace("\\", "")
    assert shown != "ben@camford.test", "it bears the sign that keeps it from being a link"
    store.give_role(own, shown, "planner", "Ann")
    assert store.people(own)["ben@camford.test"] == ("planner",)


def test_two_first_saves_at_once_make_one_project(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = opened(), opened()
    made = project_for(one, AREA, "Ann")
    monkeypatch.setattr(saving, "projects_of", lambda store, area: ())  # as each saw it before the other wrote
    assert project_for(other, AREA, "Ben") == made and project_for(one, AREA, "Ann") == made
    assert len(other.projects()) == 1
    one.archive_project(made.id, "Ann")
    assert project_for(other, AREA, "Ben").id != made.id


def test_two_people_who_save_the_same_with_the_same_words_are_told_of_each_other(store: Store) -> None:
    mine = kept(shelved(), store)
    store.admit("gridshire", "Ben", ["planner"])
    with pytest.raises(StoreError, match="has a plan “Option A” already"):
        save_new(store, "gridshire", shelved(), AREA, "Ben", name="Option A", reason="first")
    later = mine.edit(moved(mine.plan, (1, Y)))
    assert save_next(store, later, AREA, "Ann", reason="second").author == "Ann"
    with pytest.raises(ConflictError) as caught:
        save_next(store, later, AREA, "Ben", reason="second")
    assert caught.value.theirs.author == "Ann"


def test_looking_makes_no_tables_and_each_address_has_a_turn_of_its_own(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where, areas = server.database(), tmp_path / "areas"
    assert store_here(where, areas) is None
    engine = make_engine(where)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    made = store_here(where, areas, create=True)
    assert made is not None and store_here(where, areas) is made
    close_all()
    held, go = threading.Event(), threading.Event()
    real = here.open_store

    def slow(place: str, **more: Any) -> Store:
        if place == where:
            held.set()
            assert go.wait(20)
        return real(place, **more)

    monkeypatch.setattr(here, "open_store", slow)
    waits = threading.Thread(target=store_here, args=(where, areas))
    waits.start()
    assert held.wait(10)
    assert store_here(tmp_path / "other.sqlite", create=True) is not None  # while the other server does not answer
    go.set()
    waits.join(20)
    assert store_here(where, areas) is not None
    close_all()


def test_a_new_meeting_is_a_new_form_and_what_was_agreed_is_withdrawn_by_a_clerk(store: Store) -> None:
    mine = kept(shelved(), store)
    assert mine.kept is not None
    key = mine.kept.key
    assert store.decisions_in("gridshire") == {} and store.statuses_in("gridshire") == {}
    for one in proposed_bodies(AREA):
        store.set_body("gridshire", one.name, one.kind, one.part, one.codes, "Ann")
        store.decide(key, one.name, "Ann", outcome="agreed", dated="2027-01-14", minute="item 7", paper="ab" * 32,
                     options=["Option A"], today="PCNs as they are")  # fmt: skip
    store.set_status(key, "proposed", "Ann", dated="2026-12-01")
    store.set_status(key, "agreed", "Ann", dated="2027-01-14", unchecked="One ICB")
    assert store.decisions_in("gridshire") == {key: store.decisions(key)}
    assert store.statuses_in("gridshire") == {key: store.statuses(key)}
    assert overview(store, "gridshire")[0].lines[0].state == "agreed"
    store.admit("gridshire", "Ben", ["planner"])
    store.admit("gridshire", "Cat", ["clerk"])
    with pytest.raises(StoreError, match="may not withdraw what was agreed in gridshire: that is for a clerk"):
        store.set_status(key, "withdrawn", "Ben", dated="2027-02-01", reason="no")
    assert store.set_status(key, "withdrawn", "Cat", dated="2027-02-01", reason="The board met again").who == "Cat"
    newest = store.events("gridshire", last=2)
    assert newest == store.events("gridshire")[-2:] and store.count_events("gridshire") == len(store.events())
    assert store.verify().holds


def test_what_the_store_says_to_planners_names_no_options_of_the_command_line() -> None:
    for file in Path(decisions.__file__).parent.glob("*.py"):
        for told in re.findall(r'mend=f?"[^"]*"', file.read_text(encoding="utf-8")):
            assert "--" not in told and "footprints store" not in told, (file.name, told)

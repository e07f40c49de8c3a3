"""The store, on both engines: saved once and never lost, nobody overwritten, nothing deleted, all of it provable."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from footprints import edit
from footprints.errors import StoreError
from footprints.plan import Note
from footprints.store import ConflictError, Store, backup, engine, network, open_store, opening, schema
from footprints.store.base import new_token
from footprints.store.events import Event
from footprints.store.records import Version
from tests.grids import grid_area
from tests.plans import drawn
from tests.stores import AREA, PLAN, UNITS, Opened, X, Y, begun, moved, opened, server, store, unguarded

__all__ = ["opened", "server", "store"]


# --- versions -----------------------------------------------------------------------------------------------------


def test_a_saved_version_comes_back_as_it_was(opened: Opened) -> None:
    first = opened()
    one = begun(first)
    edited = edit.set_note(moved(one.decision, (1, Y)), UNITS[0], "the “old” bridge")
    two = first.save(one.plan, edited, 1, "Ann", reason="After the workshop")
    first.close()
    again = opened()
    assert again.version("gridshire/option-a@2") == two == again.version("gridshire/option-a")
    assert (two.number, two.parent, two.author, two.reason) == (2, 1, "Ann", "After the workshop")
    assert two.decision == edited and two.decision.id == two.content[:12]
    assert [v.number for v in again.history(one.plan)] == [1, 2]
    assert again.area_of(two.area).codes == AREA.codes
    assert again.verify().holds


def test_a_stale_save_writes_nothing_and_shows_three_versions(store: Store) -> None:
    one = begun(store)
    store.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann")
    mine = moved(one.decision, (4, Y))
    with pytest.raises(ConflictError) as caught:
        store.save(one.plan, mine, 1, "Ann")
    assert (caught.value.base.number, caught.value.theirs.number, caught.value.mine) == (1, 2, mine)
    assert caught.value.merge.conflicts == ()
    assert store.plan_row(one.plan).head == 2
    merged = store.merge(one.plan, mine, 1, "Ann", accept_faults=True)
    assert merged.saved is not None and merged.saved.decision.where() == {
        **PLAN.where(), UNITS[1]: Y, UNITS[4]: Y,
    }  # fmt: skip


def test_a_merge_that_the_checker_faults_waits_for_a_person(store: Store) -> None:
    one = begun(store)
    store.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann")
    mine = moved(one.decision, (5, Y))  # each alone leaves X with 30,000 people, both together with 20,000
    tried = store.merge(one.plan, mine, 1, "Ann")
    assert tried.saved is None and len(tried.faults) == 1 and "20,000 people" in tried.faults[0]
    assert store.plan_row(one.plan).head == 2
    done = store.merge(one.plan, mine, 1, "Ann", accept_faults=True, reason="Agreed by phone")
    assert done.saved is not None and (done.saved.number, done.saved.parent, done.saved.kind) == (3, 2, "merge")


def test_what_overlaps_is_decided_per_lsoa(store: Store) -> None:
    plan = edit.split(PLAN, AREA, X, UNITS[:2])
    first, third = (code for code in plan.codes if code != Y)
    one = begun(store, plan)
    store.save(one.plan, moved(one.decision, (2, first)), 1, "Ann")
    mine = edit.rename(moved(one.decision, (2, third), (3, first)), first, "Riverside")
    tried = store.merge(one.plan, mine, 1, "Ann")
    assert tried.saved is None
    assert [c.path for c in tried.merge.conflicts] == [("units", UNITS[2], "")]
    only = tried.merge.conflicts[0]
    assert (only.base, only.theirs, only.mine) == (Y, first, third)
    done = store.merge(one.plan, mine, 1, "Ann", choices={only.path: "theirs"}, accept_faults=True)
    assert done.saved is not None and done.saved.decision.where()[UNITS[2]] == first
    assert done.saved.decision.where()[UNITS[3]] == first
    assert done.saved.decision.neighbourhood(first).name == "Riverside"


def test_a_save_that_is_repeated_is_stored_once(store: Store) -> None:
    one = begun(store)
    token, edited = new_token(), moved(one.decision, (1, Y))
    saved = [store.save(one.plan, edited, 1, "Ann", token=token) for _ in range(3)]
    assert len(set(saved)) == 1 and store.plan_row(one.plan).head == 2
    store.give_role("gridshire", "Ben", "planner", "Ann")
    with pytest.raises(StoreError, match="used by Ann"):
        store.save(one.plan, edited, 2, "Ben", token=token)


def test_branch_compare_merge_back_and_revert(store: Store) -> None:
    one = begun(store)
    branch = store.branch(one.key, "Option B", "Ann")
    assert branch.decision.where() == PLAN.where() and branch.decision.name == "Option B"
    store.save(branch.plan, moved(branch.decision, (1, Y)), 1, "Ann")
    two = store.save(one.plan, edit.set_note(one.decision, X, "kept"), 1, "Ann")
    moves = store.moves(two.key, branch.plan)
    assert [(m.unit, m.was, m.to, m.people) for m in moves.moves] == [(UNITS[1], X, Y, 10_000)]
    back = store.merge_branch(one.plan, branch.plan, "Ann", accept_faults=True)
    assert back.saved is not None and back.saved.decision.where()[UNITS[1]] == Y
    assert back.saved.decision.note_on(X) == "kept" and back.saved.decision.name == one.decision.name
    undone = store.revert(one.plan, 1, 3, "Ann", reason="The board asked")
    assert undone.decision == one.decision and (undone.number, undone.other) == (4, one.key)
    again = store.merge_branch(one.plan, branch.plan, "Ann")
    assert again.saved is not None and again.saved.decision.where() == PLAN.where()  # merged once, undone since
    with pytest.raises(StoreError, match="no version in common"):
        other = store.new_plan("gridshire", PLAN, AREA, "Ann", name="Option C")
        store.merge_branch(one.plan, other.plan, "Ann")


def test_drafts_are_kept_until_they_are_saved(store: Store) -> None:
    one = begun(store)
    store.give_role("gridshire", "Ben", "planner", "Ann")
    for unit in (1, 5):
        store.autosave(one.plan, moved(one.decision, (unit, Y)), 1, "Ben")
    (draft,) = store.drafts(one.plan)
    assert (draft.author, draft.number, draft.parent) == ("Ben", 0, 1) and draft.decision.where()[UNITS[5]] == Y
    assert [v.number for v in store.history(one.plan)] == [1]
    store.save(one.plan, draft.decision, 1, "Ben")
    assert store.drafts(one.plan) == () and store.verify().holds


def test_nothing_rests_on_a_draft(store: Store) -> None:
    one = begun(store)
    draft = store.autosave(one.plan, moved(one.decision, (1, Y)), 1, "Ann")
    store.set_body("gridshire", "HWB A", "HWB", "decides", ["E10000001"], "Ann")
    with pytest.raises(StoreError, match="is a draft"):
        store.set_status(draft.key, "proposed", "Ann", dated="2026-12-01")
    with pytest.raises(StoreError, match="is a draft"):
        store.decide(draft.key, "HWB A", "Ann", outcome="agreed", **GIVEN)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="is a draft"):
        store.branch(draft.key, "Option B", "Ann")


def test_an_archive_keeps_everything(store: Store) -> None:
    one = begun(store)
    store.archive(one.plan, "Ann")
    assert store.plans("gridshire") == () and store.version(one.plan) == one
    with pytest.raises(StoreError, match="in the archive"):
        store.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann")
    store.archive(one.plan, "Ann", back=True)
    assert store.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann").number == 2


@pytest.mark.parametrize(
    "table", ["version", "event", "decision", "status", "area", "plan", "project", "person", "body"]
)
def test_the_engine_itself_refuses_to_delete_and_to_change(store: Store, table: str) -> None:
    agreed(store)
    key = schema.key_of(schema.TOLD[table]) if table in schema.TOLD else "seq"
    orders = [f"DELETE FROM {table}"]  # noqa: S608
    if table in ("version", "event", "decision", "status", "area"):
        orders.append(f"UPDATE {table} SET {key} = {key}")  # noqa: S608
    for order in orders:
        with pytest.raises(DBAPIError, match="never changed or deleted"), store.engine.begin() as connection:
            connection.execute(text(order))
    assert store.verify().holds


def test_a_plan_of_another_place_or_on_unknown_evidence_is_refused(store: Store) -> None:
    one = begun(store)
    other = grid_area(["AABBC"], name="Elsewhere")
    foreign = drawn(other, ["XXYYY"])
    with pytest.raises(StoreError, match="not in the store"):
        store.save(one.plan, foreign, 1, "Ann")
    with pytest.raises(StoreError, match="whose LSOAs are not those"):
        store.save(one.plan, foreign, 1, "Ann", area=other)
    with pytest.raises(StoreError, match="other evidence"):
        store.save(one.plan, one.decision, 1, "Ann", area=other)
    assert store.plan_row(one.plan).head == 1 and store.verify().holds


def test_who_may_do_what(store: Store) -> None:
    one = begun(store)
    acts = {
        "planner": lambda who: store.save(one.plan, one.decision, store.plan_row(one.plan).head, who),
        "clerk": lambda who: store.decide(one.key, "HWB A", who, outcome="deferred", dated="2027-01-14", minute="7",
                                          paper="0" * 64),
        "administrator": lambda who: store.give_role("gridshire", "Dee", "viewer", who),
    }  # fmt: skip
    store.set_body("gridshire", "HWB A", "HWB", "decides", ["E10000001"], "Ann")
    for role in ("viewer", *acts):
        store.give_role("gridshire", f"the {role}", role, "Ann")
    for role, act in acts.items():
        for person in ("nobody", "the viewer", *(f"the {r}" for r in acts if r != role)):
            with pytest.raises(StoreError, match=f"may not .*: that is for a .*{role}"):
                act(person)
        act(f"the {role}")
    store.take_role("gridshire", "the planner", "planner", "Ann")
    with pytest.raises(StoreError, match="has no role"):
        acts["planner"]("the planner")
    with pytest.raises(StoreError, match="Nobody is named"):
        acts["planner"](" ")
    store.take_role("gridshire", "the administrator", "administrator", "Ann")
    with pytest.raises(StoreError, match="only administrator"):
        store.take_role("gridshire", "Ann", "administrator", "Ann")


# --- agreement ----------------------------------------------------------------------------------------------------

PAPER = "ab" * 32
ONE_ICB = "Gridshire lies in one ICB, which is the joint board's member."
GIVEN = {"dated": "2027-01-14", "minute": "item 7", "paper": PAPER, "options": ["A", "B"], "today": "PCNs as they are"}


def agreed(store: Store, **more: object) -> Version:
    """A plan that both boards agreed."""
    one = begun(store)
    for name, code in (("HWB A", "E10000001"), ("HWB B", "E10000002")):
        store.set_body("gridshire", name, "HWB", "decides", [code], "Ann")
    store.set_status(one.key, "proposed", "Ann", dated="2026-12-01")
    for name in ("HWB A", "HWB B"):
        store.decide(one.key, name, "Ann", outcome="agreed", **{**GIVEN, **more})  # type: ignore[arg-type]
    store.set_status(one.key, "agreed", "Ann", dated="2027-01-14", valid_from="2027-04-01", unchecked=ONE_ICB)
    return one


def test_the_signatures_follow_from_the_lsoas(store: Store) -> None:
    one = begun(store)
    store.set_body("gridshire", "HWB A", "HWB", "decides", ["E10000001"], "Ann")
    store.set_body("gridshire", "Far HWB", "HWB", "decides", ["E10000009"], "Ann")
    store.set_body("gridshire", "Council", "council", "is consulted", ["E07000002"], "Ann")
    sheet = store.sheet(one.key)
    assert [b.name for b in sheet.needed.deciding] == ["HWB A"] and [b.name for b in sheet.needed.others] == ["Council"]
    assert any("E10000002, 4 LSOAs" in gap for gap in sheet.needed.gaps)
    assert any("ICB" in words for words in sheet.needed.unsure)
    store.set_body("gridshire", "Joint", "joint HWB", "decides", ["E10000001", "E10000002"], "Ann")
    assert store.sheet(one.key).needed.gaps == ()


def test_nothing_is_agreed_before_every_board_has_decided(store: Store) -> None:
    one = begun(store)
    for name, code in (("HWB A", "E10000001"), ("HWB B", "E10000002")):
        store.set_body("gridshire", name, "HWB", "decides", [code], "Ann")

    def agree() -> None:
        store.set_status(one.key, "agreed", "Ann", dated="2027-01-14", unchecked=ONE_ICB)

    store.decide(one.key, "HWB A", "Ann", outcome="agreed", **GIVEN)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="HWB B has not decided"):
        agree()
    store.decide(one.key, "HWB B", "Ann", outcome="deferred", dated="2027-01-14", minute="9", paper=PAPER)
    with pytest.raises(StoreError, match="HWB B on 2027-01-14: deferred"):
        agree()
    subject = store.decide(
        one.key, "HWB B", "Ann", outcome="agreed subject to", conditions="the bridge.", dissent="Cllr Roe", **GIVEN,  # type: ignore[arg-type]
    )  # fmt: skip
    assert subject.considered == (("A", False), ("B", False), ("PCNs as they are", True))
    with pytest.raises(StoreError, match="agreed subject to: the bridge"):
        agree()
    met = {"outcome": "conditions met", "dated": "2027-02-01", "minute": "letter"}
    store.decide(one.key, "HWB B", "Ann", under=subject.key, **met)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match="is draft, and does not become agreed"):
        agree()
    store.set_status(one.key, "proposed", "Ann", dated="2026-12-01")
    with pytest.raises(StoreError, match="does not say to which ICB each LSOA belongs"):
        store.set_status(one.key, "agreed", "Ann", dated="2027-01-14", reason="The board wants it")
    agree()
    assert ONE_ICB in store.statuses(one.key)[-1].reason
    assert store.status_of(one.key) == "agreed"
    assert {d.content for d in store.decisions(one.key)} == {one.content}


def test_an_amendment_needs_its_own_decision_and_a_final_version_its_reasons(store: Store) -> None:
    one = agreed(store, delegate="Director of Place", limit_people=10_000)
    two = store.save(one.plan, moved(one.decision, (2, X)), 1, "Ann")
    assert [row[2:] for row in store.amendment(two.key).groups] == [(1, 10_000)]  # type: ignore[union-attr]
    assert store.status_of(two.key) == "draft" and len(store.sheet(two.key).open) == 2
    first = {b.name: d for b, d in store.sheet(one.key).decided}
    small = {"outcome": "agreed", "dated": "2027-03-01", "minute": "officer decision 3"}
    store.decide(two.key, "HWB B", "Ann", under=first["HWB B"].key, **small)  # type: ignore[arg-type]
    store.decide(two.key, "HWB A", "Ann", under=first["HWB A"].key, **small)  # type: ignore[arg-type]
    assert store.sheet(two.key).signed
    three = store.save(one.plan, moved(two.decision, (6, X)), 2, "Ann")
    with pytest.raises(StoreError, match=r"20,000 people within HWB B.*10,000 at most"):
        store.decide(three.key, "HWB B", "Ann", under=first["HWB B"].key, **small)  # type: ignore[arg-type]
    store.set_status(three.key, "proposed", "Ann", dated="2027-09-01")
    for name in ("HWB A", "HWB B"):
        store.decide(three.key, name, "Ann", stage="final", outcome="agreed", **GIVEN)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match=f"Nobody said why for {UNITS[2]}"):
        store.set_status(three.key, "final", "Ann", dated="2027-11-01", unchecked=ONE_ICB)
    store.set_status(three.key, "final", "Ann", dated="2027-11-01", reason="The new bridge", unchecked=ONE_ICB)
    with pytest.raises(StoreError, match="reason for withdrawing"):
        store.set_status(one.key, "withdrawn", "Ann", dated="2027-11-01")
    assert store.verify().holds


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"outcome": "fine"}, "no outcome"),
        ({"dated": "14/1/2027"}, "no date"),
        ({"minute": " "}, "minute reference"),
        ({"paper": "the paper"}, "not the SHA-256"),
        ({"today": ""}, "today's arrangement"),
        ({"options": []}, "at least two"),
        ({"outcome": "agreed subject to"}, "not said"),
        ({"conditions": "x"}, "do not go with"),
        ({"delegate": "Director"}, "limit in people"),
        ({"body": "HWB Z"}, "no body"),
        ({"under": "gridshire/option-a@1/decision-9"}, "no decision"),
    ],
)
def test_a_decision_lacks_nothing(store: Store, wrong: dict[str, object], said: str) -> None:
    one = begun(store)
    store.set_body("gridshire", "HWB A", "HWB", "decides", ["E10000001"], "Ann")
    given = {"body": "HWB A", "outcome": "agreed", **GIVEN, **wrong}
    with pytest.raises(StoreError, match=said):
        store.decide(one.key, who="Ann", **given)  # type: ignore[arg-type]


# --- proof --------------------------------------------------------------------------------------------------------


def test_any_changed_byte_of_any_row_is_found(store: Store) -> None:
    two = store.save(agreed(store).plan, moved(PLAN, (1, Y)), 1, "Ann")
    store.autosave(two.plan, two.decision, 2, "Ann")
    assert store.verify().holds
    rng = random.Random(7)
    tables = {
        **{name: (table, schema.key_of(table)) for name, table in schema.TOLD.items()},
        "event": (schema.events, "seq"),
    }
    with store.reading() as connection:
        rows = {name: connection.execute(select(t)).mappings().all() for name, (t, _) in tables.items()}
    with unguarded(store) as run:
        for name, (table, key) in tables.items():
            column = rng.choice([c.name for c in table.columns if c.name != key])
            row = rows[name][0]
            order = f'UPDATE "{name}" SET "{column}" = :v WHERE "{key}" = :k'  # noqa: S608
            run(order, v=changed(row[column], rng), k=row[key])
            report = _verify_beside(store, run)
            assert not report, f"{name}.{column}"
            run(order, v=row[column], k=row[key])
    assert store.verify().holds


def changed(value: object, rng: random.Random) -> object:
    """The value with one byte of it changed."""
    if isinstance(value, int):
        return value + 1
    said = str(value)
    if not said:
        return "x"
    at = rng.randrange(len(said))
    return said[:at] + rng.choice([c for c in "aZ0_ é" if c != said[at]]) + said[at + 1 :]


def _verify_beside(store: Store, run: object) -> bool:
    """Whether the store still holds, seen through the connection that changed it."""
    from footprints.store import verify as looking

    connection = run.__closure__[0].cell_contents  # type: ignore[attr-defined]
    faults: list[str] = []
    events: list[Event] = []
    rows: dict[str, dict[str, object]] = {name: {} for name in schema.TOLD}
    looking._log(connection, events, rows, faults)  # type: ignore[arg-type]
    faults += looking._chain(connection, events)
    for name in schema.TOLD:
        faults += looking._table(connection, name, rows[name])
    return not faults


def test_a_tail_that_was_cut_off_is_found_by_the_mark_in_a_paper(store: Store) -> None:
    one = agreed(store)
    store.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann")
    mark = store.head()
    assert store.verify(mark).holds and store.verify(mark[: mark.index("-") + 13]).holds
    last = store.events()[-1]
    with unguarded(store) as run:
        run("DELETE FROM event WHERE seq = :s", s=last.seq)
        run("DELETE FROM version WHERE number = 2")
        run("UPDATE plan SET head = 1")
        run("UPDATE chain SET seq = :s, hash = :h", s=last.seq - 1, h=last.prev)
    assert store.verify().holds
    assert "cut off" in store.verify(mark).in_words
    store.save(one.plan, moved(one.decision, (5, Y)), 1, "Ann")
    assert "written anew" in store.verify(mark).in_words
    with pytest.raises(StoreError, match="not the mark"):
        store.verify("12")


def test_an_area_file_that_was_changed_is_found(store: Store) -> None:
    one = begun(store)
    (file,) = store.areas.folder.glob("*.area")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(bytes(data))
    assert "area file" in store.verify().in_words
    store.areas.keep(AREA)
    assert store.verify().holds
    file.unlink()
    assert "cannot be read" in store.verify().in_words
    store.areas.keep(AREA)
    assert store.verify().holds and one.area == AREA.digest


def test_any_past_version_is_rebuilt_with_its_decisions(store: Store) -> None:
    one = begun(store)
    store.set_body("gridshire", "HWB A", "HWB", "decides", ["E10000001"], "Ann")
    before = store.head()
    made = store.decide(one.key, "HWB A", "Ann", outcome="agreed", **GIVEN)  # type: ignore[arg-type]
    store.set_status(one.key, "proposed", "Ann", dated="2026-12-01")
    then, now = store.rebuild(one.key, before), store.rebuild(one.key)
    assert (then.version, then.decisions, then.standing.statuses) == (one, (), ())
    assert now.version == one and now.decisions == (made,) and [s.status for s in now.standing.statuses] == ["proposed"]
    with pytest.raises(StoreError, match="does not know"):
        store.rebuild("gridshire/option-a@2")


# --- what survives ------------------------------------------------------------------------------------------------


class PowerCut(Exception):
    pass


STEPS = ("held", "role checked", "version written", "rows written", "event written", "committed")


def test_a_cut_at_any_step_of_a_save_loses_nothing_and_writes_nothing_twice(opened: Opened) -> None:
    one = begun(opened())
    for number, at in enumerate(STEPS, 1):

        def cut(step: str, at: str = at) -> None:
            if step == at:
                raise PowerCut

        frail, token = opened(step=cut), new_token()
        edited = edit.set_note(one.decision, X, at)
        with pytest.raises(PowerCut):
            frail.save(one.plan, edited, number, "Ann", token=token)
        whole = opened()
        assert whole.plan_row(one.plan).head == (number + 1 if at == "committed" else number)
        assert whole.save(one.plan, edited, number, "Ann", token=token).number == number + 1
        assert [v.number for v in whole.history(one.plan)] == list(range(1, number + 2))
    assert opened().verify().holds


def test_a_full_disk_keeps_every_earlier_save(tmp_path: Path) -> None:
    with_room = open_store(tmp_path / "own.sqlite", create=True)
    one = begun(with_room)
    with with_room.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 6}")
    saved, plan = 1, one.decision
    with pytest.raises(StoreError, match="disk is full, so nothing was saved"):
        for saved in range(1, 50):
            plan = dataclasses.replace(plan, notes=(Note(X, f"{saved} " + "x" * 4000),))
            with_room.save(one.plan, plan, saved, "Ann")
    assert saved > 1
    with_room.close()
    again = open_store(tmp_path / "own.sqlite")
    assert again.plan_row(one.plan).head == saved and again.verify().holds
    again.close()


def test_the_settings_of_sqlite_are_those_that_were_chosen(tmp_path: Path) -> None:
    made = open_store(tmp_path / "own.sqlite", create=True)
    with made.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in engine.PRAGMAS}
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 10_000
    assert found == engine.PRAGMAS and found["journal_mode"] == "delete" and found["synchronous"] == 2
    made.close()


def test_a_damaged_store_is_refused_and_its_backup_named(tmp_path: Path) -> None:
    file = tmp_path / "own.sqlite"
    made = open_store(file, create=True)
    begun(made)
    made.close()
    (copy,) = (tmp_path / "backups").glob("own-*.sqlite")
    data = bytearray(file.read_bytes())
    data[4096:8192] = b"\x17" * 4096
    file.write_bytes(bytes(data))
    with pytest.raises(StoreError, match=r"damaged|cannot be read") as caught:
        open_store(file)
    assert copy.name in caught.value.mend
    with pytest.raises(StoreError, match="There is no store"):
        open_store(tmp_path / "other.sqlite")


def test_an_older_store_is_migrated_after_a_backup_and_a_newer_one_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "own.sqlite"
    made = open_store(file, create=True)
    one = begun(made)
    made.close()
    done: list[int] = []
    monkeypatch.setattr(schema, "SCHEMA", 2)
    monkeypatch.setattr(schema, "MIGRATIONS", {1: lambda connection: done.append(1)})
    newer = open_store(file)
    assert newer.version(one.plan) == one and done == [1]
    newer.close()
    (copy,) = (tmp_path / "backups").glob("own-schema1-*.sqlite")
    with contextlib.closing(sqlite3.connect(copy)) as raw:
        assert raw.execute("SELECT value FROM meta").fetchone() == ("1",)
    open_store(file).close()
    assert done == [1]
    monkeypatch.undo()
    with pytest.raises(StoreError, match="schema 2; this version of the programme knows up to 1"):
        open_store(file)


def test_a_copy_is_made_every_day_and_fourteen_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "own.sqlite"
    made = open_store(file, create=True)
    one = begun(made)
    for day in range(1, 19):
        assert backup.daily(file, f"2027-01-{day:02d}") is not None
    assert backup.daily(file, "2027-01-18") is None
    kept = sorted(p.name for p in (tmp_path / "backups").glob("own-2027*.sqlite"))
    assert len(kept) == backup.KEPT and kept[-1] == "own-2027-01-18.sqlite"
    copy = open_store(tmp_path / "backups" / kept[-1], areas=made.areas.folder)
    assert copy.version(one.plan) == one and copy.verify(made.head()).holds
    made.close()
    copy.close()


@pytest.mark.parametrize("where", ["//server/share/own.sqlite", r"\\server\share\own.sqlite"])
def test_a_network_share_is_refused(where: str) -> None:
    with pytest.raises(StoreError, match="network share"):
        open_store(where, create=True)


def test_mounted_shares_are_recognised() -> None:
    from collections import namedtuple
    from pathlib import PurePosixPath, PureWindowsPath

    disk = namedtuple("disk", "mountpoint fstype opts")
    posix = [
        disk("/", "ext4", "rw"),
        disk("/home", "nfs4", "rw"),
        disk("/home/own", "ext4", "rw"),
        disk("/m", "cifs", ""),
    ]
    for path, kind in (("/srv/a", ""), ("/home/b/a", "nfs4"), ("/home/own/a", ""), ("/m/a", "cifs"), ("/mm/a", "")):
        assert network.share_of(PurePosixPath(path), posix) == kind
    windows = [disk("C:\\", "NTFS", "rw,fixed"), disk("H:\\", "NTFS", "rw,remote")]
    for path, kind in (
        ("C:\\a", ""),
        ("H:\\a", "NTFS"),
        (r"\\server\home\a", "UNC path"),
        (r"\\?\UNC\s\h\a", "UNC path"),
    ):
        assert network.share_of(PureWindowsPath(path), windows) == kind


def test_the_first_save_of_a_day_is_followed_by_a_backup_and_needs_none(tmp_path: Path) -> None:
    made = open_store(tmp_path / "own.sqlite", create=True)
    one = begun(made)
    for copy in (tmp_path / "backups").iterdir():
        copy.unlink()
    made.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann")
    assert list((tmp_path / "backups").iterdir()) == []  # made once today already
    made._day = "2026-01-01"
    made.save(one.plan, moved(one.decision, (2, X)), 2, "Ann")
    assert len(list((tmp_path / "backups").iterdir())) == 1
    shutil.rmtree(tmp_path / "backups")
    (tmp_path / "backups").write_text("in the way", encoding="utf-8")
    made._day = "2026-01-01"
    assert made.save(one.plan, moved(one.decision, (5, Y)), 3, "Ann").number == 4
    assert "backup could not be made" in made.said
    made.close()


def test_other_databases_and_addresses_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE meta (key TEXT, value TEXT)")
    connection.close()
    with pytest.raises(StoreError, match="something else"):
        open_store(file, create=True)
    with pytest.raises(StoreError, match="not an address"):
        open_store("mysql://somewhere/else")
    assert opening.store_folder().name == "store"


def test_a_server_that_was_killed_loses_nothing_and_the_save_goes_on(server: object, tmp_path: Path) -> None:
    where = server.database()  # type: ignore[attr-defined]
    here = open_store(where, areas=tmp_path, create=True)
    one = begun(here)
    server.stop("immediate")  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match="does not answer"):
        here.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann")
    server.start()  # type: ignore[attr-defined]
    assert here.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann").number == 2
    assert here.verify().holds
    here.close()


def test_events_are_json_that_anyone_can_check(store: Store) -> None:
    import hashlib

    agreed(store)
    last = ""
    for event in store.events():
        parts = ["footprints-event/1", event.seq, event.at, event.actor, event.verb, event.project, event.plan,
                 event.token, event.rows, last]  # fmt: skip
        told = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
        assert hashlib.sha256(told.encode()).hexdigest() == event.hash
        last = event.hash

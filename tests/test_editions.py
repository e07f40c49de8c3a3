"""A version on other files stands as what it is an edition of: in the store, its files and its log, on both engines."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from boundaries.receipts import Receipt
from footprints.errors import StoreError
from footprints.exchange.plan_json import plan_from_bytes
from footprints.plan import Input, Plan, area_inputs
from footprints.shelf import Kept, Shelf
from footprints.store import ConflictError, Store
from footprints.store.beneath import changed_beneath, not_asked
from footprints.store.files import version_files
from footprints.store.flat import value_in_words
from footprints.store.overview import overview
from footprints.store.records import Version
from footprints.store.saving import kept_as, merge_option, only_files_differ, save_edition, save_next
from footprints.store.saving import opened as opened_as
from footprints.store.telling import event_in_words
from tests.grids import grid_area
from tests.stores import AREA, UNITS, X, Y, moved, opened, server, store
from tests.test_store import GIVEN, ONE_ICB, agreed

__all__ = ["opened", "server", "store"]


def read(residents: int):
    """The area with other residents, read from two files that are not in the order of their tables."""
    made = grid_area(["AABB", "AABB"], residents=residents, upper={"A": "A", "B": "B"})
    files = tuple(
        Receipt(f"{table}.csv", "kind", "ONS", table, str(residents), "LSOA 2021", 8, 8, table * 8)
        for table in ("Population", "Deprivation")
    )
    return replace(made, receipts=files)


NEWER, NEWEST = read(11_000), read(12_000)


def on(plan: Plan, area=NEWER) -> Plan:
    """The plan as `refresh` leaves it."""
    return replace(plan, area_digest=area.digest, inputs=area_inputs(area))


def edition(store: Store, one: Version, area=NEWER) -> Version:
    return store.save(one.plan, on(one.decision, area), one.number, "Ann", area=area, reason="Next quarter")


def test_an_edition_stands_as_the_version_it_is_one_of(store: Store) -> None:
    one = agreed(store)
    two = edition(store, one)
    three = edition(store, two, NEWEST)
    assert [v.kind for v in store.history(one.plan)] == ["save", "edition", "edition"]
    stands = store.standing(three.key)
    assert (stands.of, stands.edition, stands.status) == (one.key, 3, "agreed")
    assert stands.statuses == store.statuses(one.key) and store.statuses(three.key) == ()
    assert [(line.state, line.standing.edition, line.units) for line in overview(store, "gridshire")[0].lines] == [
        ("agreed", 3, 0), ("agreed", 2, 0), ("agreed", 1, 0),
    ]  # fmt: skip
    since = store.amendment(three.key)
    assert since is not None and since.before == one.key and not since.moves
    assert store.sheet(three.key).open, "a meeting that is to decide on it looks at its own content"
    told = event_in_words(store.events(plan=one.plan)[-1], {one.plan: "Option A"})
    assert told == "saved Option A v3: v2 on other files, and nothing else changed: Next quarter"
    assert store.verify().holds


def test_its_files_name_the_version_that_was_decided_and_the_edition(store: Store) -> None:
    one = agreed(store)
    before = store.head()
    two = edition(store, one)
    files, rebuilt = version_files(store, two.key)
    said = json.loads(files["manifest.json"])
    assert (said["version"], said["edition"], said["status"]) == (one.key, "2", "agreed")
    assert said["valid_from"] == "2027-04-01" and "HWB A, item 7 (2027-01-14)" in said["decision"]
    assert plan_from_bytes(files["plan.json"]) == two.decision
    record = json.loads(files["record.json"])
    told = record["edition"]
    assert (told["of"], told["number"], told["colour"], told["not_asked"]) == (one.key, 2, "amber", [])
    assert any("40,000 before, 44,000 now" in reason["words"] for reason in told["reasons"])
    assert record["version"]["key"] == two.key
    assert {d["version"] for d in record["decisions"]} == {one.key} == {s["version"] for s in record["statuses"]}
    assert rebuilt.standing == store.standing(two.key)
    of_one = json.loads(version_files(store, one.key)[0]["manifest.json"])
    assert (of_one["version"], of_one["edition"]) == (one.key, "")
    with pytest.raises(StoreError, match="does not know"):
        store.rebuild(two.key, before)


def test_whatever_moves_is_no_edition_and_a_draft(store: Store) -> None:
    one = agreed(store)
    two = store.save(one.plan, on(moved(one.decision, (2, X))), 1, "Ann", area=NEWER)
    assert two.kind == "save" and store.status_of(two.key) == "draft"
    three = edition(store, two, NEWEST)
    assert three.kind == "edition"
    assert (store.standing(three.key).of, store.standing(three.key).edition) == (three.key, 1), "of a draft: a draft"


def test_an_edition_is_made_final_by_decisions_of_its_own_and_then_stands_for_itself(store: Store) -> None:
    one = agreed(store)
    two = edition(store, one)

    def finalise() -> None:
        store.set_status(two.key, "final", "Ann", dated="2027-11-01", unchecked=ONE_ICB)

    with pytest.raises(StoreError, match="HWB A has not decided"):
        finalise()
    with pytest.raises(StoreError, match="is agreed, and does not become proposed"):
        store.set_status(two.key, "proposed", "Ann", dated="2027-09-01")
    for name in ("HWB A", "HWB B"):
        store.decide(two.key, name, "Ann", stage="final", outcome="agreed", **GIVEN)  # type: ignore[arg-type]
    finalise()
    three = edition(store, two, NEWEST)
    assert store.standing(two.key).of == two.key and store.standing(two.key).edition == 1
    assert (store.standing(three.key).of, store.status_of(three.key)) == (two.key, "final")
    assert store.status_of(one.key) == "agreed"
    record = json.loads(version_files(store, three.key)[0]["record.json"])
    assert {d["version"] for d in record["decisions"]} == {one.key, two.key}
    store.set_status(two.key, "withdrawn", "Ann", dated="2028-01-01", reason="Bad files")
    assert (store.standing(three.key).of, store.status_of(three.key)) == (one.key, "agreed"), "only that edition"
    store.set_status(one.key, "withdrawn", "Ann", dated="2028-02-01", reason="The boundary commission")
    assert store.status_of(three.key) == "withdrawn", "with what it is an edition of"


def test_an_option_on_newer_files_is_saved_as_the_next_edition(store: Store) -> None:
    one = agreed(store)
    shelf = Shelf().add(replace(on(one.decision), name="Option A (2)"))
    option = shelf.keep(shelf.current, kept_as(one)).get()
    assert option is not None and option.changed and option.on_other_files
    two = save_next(store, option, NEWER, "Ann", reason="Next quarter")
    assert (two.kind, two.area) == ("edition", NEWER.digest)
    saved = Shelf((option,), option.key).keep(option.key, kept_as(two)).get()
    assert saved is not None and not saved.changed and not saved.on_other_files
    old = replace(option, kept=Kept(one.plan, 1, "Option A", one.content))
    assert not old.on_other_files, "a journal of before does not say"


def test_newer_files_and_what_others_moved_go_together(store: Store) -> None:
    one = agreed(store)
    theirs = store.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann", reason="Workshop")
    shelf = Shelf().add(on(one.decision))
    mine = shelf.keep(shelf.current, kept_as(one)).get()
    assert mine is not None
    done = merge_option(store, mine, NEWER, "Ann", choices={}, accept_faults=True, reason="both")
    assert done.saved is not None and (done.saved.kind, done.saved.area) == ("edition", NEWER.digest)
    assert done.saved.decision.where() == theirs.decision.where()
    assert store.area_of(NEWER.digest).digest == NEWER.digest
    assert store.status_of(done.saved.key) == "draft" and store.verify().holds
    assert UNITS == AREA.codes == NEWER.codes


def test_the_agreed_version_gets_newer_files_though_its_plan_went_on(store: Store) -> None:
    one = agreed(store)
    store.save(one.plan, moved(one.decision, (1, Y)), 1, "Ann", reason="On the way to final")
    shelf = Shelf().add(on(one.decision))
    mine = shelf.keep(shelf.current, kept_as(one)).get()
    assert mine is not None and only_files_differ(store, mine)
    with pytest.raises(ConflictError):
        save_next(store, mine, NEWER, "Ann", reason="")
    beside = save_edition(store, mine, NEWER, "Ann", name="Option A, agreed", reason="Next quarter")
    assert beside.key == "gridshire/option-a-agreed@1"
    assert save_edition(store, mine, NEWER, "Ann", name="Option A, agreed", reason="Next quarter") == beside
    stands = store.standing(beside.key)
    assert (stands.of, stands.edition, stands.status) == (one.key, 2, "agreed")
    said = json.loads(version_files(store, beside.key)[0]["manifest.json"])
    assert (said["version"], said["edition"], said["status"]) == (one.key, "2", "agreed")
    lines = {plan.row.name: plan.lines[0] for plan in overview(store, "gridshire")}
    assert (lines["Option A, agreed"].state, lines["Option A, agreed"].units, lines["Option A"].state) == (
        "agreed", 0, "draft",
    )  # fmt: skip
    later = edition(store, beside, NEWEST)
    assert (store.standing(later.key).of, store.standing(later.key).edition) == (one.key, 3)
    with pytest.raises(StoreError, match="More than the files differs"):
        store.edition(one.key, on(moved(one.decision, (2, X))), NEWER, "Ann", name="Other")
    told = event_in_words(store.events(plan=beside.plan)[0], {one.plan: "Option A", beside.plan: "Option A, agreed"})
    assert told.startswith("saved Option A, agreed v1: Option A v1 on other files")
    assert store.verify().holds


def test_two_who_turn_to_the_same_files_have_one_edition(store: Store) -> None:
    one = agreed(store)
    two = edition(store, one)
    same = store.merge(one.plan, on(one.decision), 1, "Ann", accept_faults=True)
    assert same.saved == two and store.plan_row(one.plan).head == 2, "it is there already"
    newest = on(one.decision, NEWEST)
    other = store.merge(one.plan, newest, 1, "Ann", area=NEWEST, accept_faults=True)
    assert other.saved is None and [c.path for c in other.merge.conflicts] == [("plan", "", "evidence")]
    (asked,) = other.merge.conflicts
    assert "the files that the plan is on" in asked.in_words and NEWEST.digest[:8] in value_in_words(asked.mine)
    done = store.merge(
        one.plan, newest, 1, "Ann", area=NEWEST, choices={asked.path: "mine"}, accept_faults=True, reason="The newest"
    )
    assert done.saved is not None and (done.saved.kind, store.status_of(done.saved.key)) == ("edition", "agreed")


def test_files_that_were_not_read_make_no_edition(store: Store) -> None:
    one = agreed(store)
    invented = replace(on(one.decision), inputs=(Input("Census", "2021", "0" * 64),))
    two = store.save(one.plan, invented, 1, "Ann", area=NEWER)
    assert (two.kind, store.status_of(two.key)) == ("save", "draft")


def test_other_boards_on_newer_files_and_what_changed_beneath_are_told(store: Store) -> None:
    one = agreed(store)
    recoded = grid_area(["AABB", "AABB"], residents=11_000, upper={"A": "A", "B": "C"})
    two = edition(store, one, recoded)
    stands = store.standing(two.key)
    (gap,) = not_asked(store, two.key, stands)
    assert "No health and wellbeing board on the list decides for" in gap
    assert changed_beneath(store, two.key, stands).plan.area_digest == recoded.digest
    store.set_body("gridshire", "HWB C", "HWB", "decides", ["E10000003"], "Ann")
    assert not_asked(store, two.key, stands) == ("HWB C decides, too, and was not asked.",)
    said = json.loads(version_files(store, two.key)[0]["record.json"])["edition"]
    assert said["not_asked"] == ["HWB C decides, too, and was not asked."] and said["colour"] in ("amber", "red")


def test_a_version_on_the_shelf_is_on_the_files_that_are_loaded(store: Store) -> None:
    one = agreed(store)
    two = edition(store, one)
    found = opened_as(store, two, AREA)
    assert found.plan.area_digest == AREA.digest and found.kept.area == NEWER.digest
    option = Shelf().add_kept(found.plan, found.kept).get()
    assert option is not None and option.changed and option.on_other_files
    plain = opened_as(store, two, NEWER)
    again = Shelf().add_kept(plain.plan, plain.kept).get()
    assert again is not None and not again.changed and not again.on_other_files


def test_an_edition_of_a_final_version_keeps_what_moved_since_the_agreed_one(store: Store) -> None:
    one = agreed(store)
    two = store.save(one.plan, moved(one.decision, (2, X)), 1, "Ann")
    store.set_status(two.key, "proposed", "Ann", dated="2027-09-01")
    for name in ("HWB A", "HWB B"):
        store.decide(two.key, name, "Ann", stage="final", outcome="agreed", **GIVEN)  # type: ignore[arg-type]
    store.set_status(two.key, "final", "Ann", dated="2027-11-01", reason="The bridge", unchecked=ONE_ICB)
    three = edition(store, two)
    files, _ = version_files(store, three.key)
    since = json.loads(files["record.json"])["moved_since_agreed"]
    assert (since["before"], since["people"]) == (one.key, 10_000)
    said = json.loads(files["manifest.json"])
    assert (said["version"], said["edition"], said["supersedes"]) == (two.key, "2", one.key)

"""Who changed what, when and why: written down with every edit, explained, undone, kept, exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints import edit
from footprints.changes import changed, explain, explain_boundary, moved_between, recorded
from footprints.editing import Desk
from footprints.editing.journal import Journal
from footprints.editing.ranges import from_ranges
from footprints.editing.signing import Person, Signature
from footprints.errors import PlanError
from footprints.exchange import plan_bytes, plan_files, plan_from_bytes, read_plan_report, write_plan
from footprints.exchange.geojson import geojson_bytes, plan_from_geojson
from footprints.exchange.gpkg import gpkg_bytes, plan_from_gpkg
from footprints.plan import Change, Plan, document
from footprints.shelf import Shelf
from tests.plans import NAMES, drawn, plans
from tests.test_desk import ASKED, ROWS, Tab, area_of, plan_of

FIRST = Signature("A. Planner", "2026-11-26T09:30:00Z")
LATER = Signature("", "2026-11-27T14:00:00Z")


class Clock:
    """Signs as it is told."""

    def __init__(self) -> None:
        self.next = FIRST

    def __call__(self) -> Signature:
        return self.next


def at_work(journal: Journal | None = None) -> tuple[Desk, str, Tab, Clock]:
    area, clock = area_of(), Clock()
    desk = Desk(area, journal, sign=clock)
    key = desk.shelf.current or desk.change(lambda s: s.add(drawn(area, ROWS, ASKED, name="Drawn"))).current
    return desk, key, Tab(desk, key, "tab"), clock


def rows_of(plan: Plan, area: Area) -> list[dict[str, str]]:
    data = plan_files(plan, area, formats=("csv",))["changes.csv"]
    return list(csv.DictReader(io.StringIO(data.decode())))


def do(tab: Tab, **asked: Any) -> dict[str, Any]:
    tab.do(**asked)
    answer = tab.send()
    assert answer is not None
    return answer


def test_an_edit_is_signed_explained_and_exported_by_code() -> None:
    desk, key, tab, clock = at_work()
    codes, before = plan_of(desk, key).codes, plan_of(desk, key).where()
    do(tab, op="paint", units="2,8", to=0)
    clock.next = LATER
    do(tab, op="why", text="Asked for by the practice")
    do(tab, op="paint", units="4", to=-1, why="Nobody lives there")
    first, second, third = rows_of(plan_of(desk, key), desk.area)
    assert first == {
        "LSOA21CD": desk.area.codes[2], "from": codes[1], "to": codes[0], "who": "A. Planner",
        "when": "2026-11-26T09:30:00Z", "why": "Asked for by the practice",
    }  # fmt: skip
    assert second == {**first, "LSOA21CD": desk.area.codes[4], "from": before[desk.area.codes[4]], "to": "", "who": "",
                      "when": LATER.when, "why": "Nobody lives there"}  # fmt: skip
    assert third == {**first, "LSOA21CD": desk.area.codes[8]}


def test_a_name_that_was_not_given_is_written_blank(tmp_path: Path) -> None:
    person = Person(tmp_path / "desks" / "person.json")
    assert person.sign().who == ""
    person.rename("  Ann   Lee ")
    assert Person(tmp_path / "desks" / "person.json").sign().who == "Ann Lee"
    person.rename("")
    assert person.sign().who == ""
    (tmp_path / "other.json").write_text("not json", encoding="utf-8")
    assert Person(tmp_path / "other.json").name == ""


def test_moving_back_and_undo_take_the_change_and_its_reason_from_the_list() -> None:
    desk, key, tab, _ = at_work()
    do(tab, op="paint", units="2", to=0)
    do(tab, op="why", units="2", text="First")
    do(tab, op="paint", units="8", to=0)
    do(tab, op="why", units="2", text="Better said")
    assert do(tab, op="undo")["unchanged"] == "8"
    (left,) = changed(plan_of(desk, key))
    assert (left.unit, left.why) == (desk.area.codes[2], "Better said"), (
        "a reason given later is not undone with an edit"
    )
    do(tab, op="undo")
    assert changed(plan_of(desk, key)) == ()
    do(tab, op="redo")
    assert [c.why for c in changed(plan_of(desk, key))] == ["Better said"]
    do(tab, op="paint", units="2", to=1)
    assert plan_of(desk, key).changes == ()
    refused = do(tab, op="why", units="2", text="There is nothing to say")["outcomes"][0]
    assert refused["refused"] and "no change to explain" in refused["words"]


def test_a_second_move_keeps_the_first_place_and_drops_the_old_reason_but_a_merger_keeps_it() -> None:
    desk, key, tab, _ = at_work()
    codes = plan_of(desk, key).codes
    do(tab, op="paint", units="2", to=0, why="To the west")
    do(tab, op="merge", slots=[0, 3], name="West")
    (whole,) = set(plan_of(desk, key).codes) - set(codes)
    own = {c.unit: c for c in changed(plan_of(desk, key))}[desk.area.codes[2]]
    assert (own.was, own.to, own.why) == (codes[1], whole, "To the west")
    do(tab, op="paint", units="2", to=2)
    own = {c.unit: c for c in changed(plan_of(desk, key))}[desk.area.codes[2]]
    assert (own.was, own.to, own.why) == (codes[1], codes[2], "")


def test_a_line_is_explained_and_stays_with_what_becomes_of_its_neighbourhoods() -> None:
    desk, key, tab, _ = at_work()
    a, b, c, d = plan_of(desk, key).codes
    answer = do(tab, op="why", slots=[1, 0], text="The railway")
    assert answer["lines"] == [[0, 1, FIRST.who, FIRST.when, "The railway"]]
    assert "lines" not in do(tab, op="paint", units="2", to=0), "told only when it changes"
    assert rows_of(plan_of(desk, key), desk.area)[-1] == {
        "LSOA21CD": "", "from": a, "to": b, "who": FIRST.who, "when": FIRST.when, "why": "The railway",
    }  # fmt: skip
    do(tab, op="merge", slots=[1, 2], name="East")
    merged = plan_of(desk, key)
    (east,) = set(merged.codes) - {a, b, c, d}
    assert [(one.first, one.second) for one in merged.boundaries] == [tuple(sorted((a, east)))]
    do(tab, op="merge", slots=[0, tab.desk.option(key)[1].slot(east)], name="All")
    whole = plan_of(desk, key)
    assert whole.boundaries == ()
    assert "The railway" in whole.note_on(next(n.code for n in whole.neighbourhoods if n.name == "All"))
    do(tab, op="undo")
    do(tab, op="undo")
    assert [(one.first, one.second, one.why) for one in plan_of(desk, key).boundaries] == [(a, b, "The railway")]
    do(tab, op="why", slots=[0, 1], text=" ")
    assert plan_of(desk, key).boundaries == ()
    assert do(tab, op="why", slots=[0, 0], text="x")["outcomes"][0]["refused"]


def test_notes_come_back_when_a_merger_is_undone() -> None:
    desk, key, tab, _ = at_work()
    do(tab, op="note", slot=0, text="On the west")
    do(tab, op="merge", slots=[0, 1], name="Both")
    do(tab, op="undo")
    plan = plan_of(desk, key)
    assert plan.note_on(plan.codes[0]) == "On the west"
    assert {note.code for note in plan.notes} <= set(plan.codes)


def test_what_a_page_moves_is_written_down_too() -> None:
    desk, key, _, _ = at_work()
    area, plan = desk.area, plan_of(desk, key)
    desk.change(lambda shelf: shelf.edit(edit.move(plan, area, area.codes[2], plan.codes[0]), "From a page"))
    assert changed(plan_of(desk, key)) == (Change(area.codes[2], plan.codes[1], plan.codes[0], FIRST.who, FIRST.when),)


def test_a_move_that_nobody_wrote_down_names_nobody() -> None:
    desk, key, tab, _ = at_work()
    do(tab, op="paint", units="2", to=0, why="Because")
    plan = plan_of(desk, key)
    elsewhere = edit.move(plan, desk.area, desk.area.codes[2], plan.codes[2])
    assert changed(elsewhere) == (Change(desk.area.codes[2], plan.codes[1], plan.codes[2]),)
    with pytest.raises(PlanError, match="stand twice among the changes"):
        replace(plan, changes=plan.changes * 2)


OPERATIONS = st.one_of(
    st.tuples(st.just("paint"), st.sets(st.integers(0, 23), min_size=1, max_size=4), st.integers(-1, 3)),
    st.tuples(st.just("why"), st.sets(st.integers(0, 23), min_size=1, max_size=3), st.sampled_from(["", "Asked", "x"])),
    st.tuples(st.sampled_from(["undo", "redo"]), st.just(set()), st.just(0)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(OPERATIONS, max_size=25))
def test_the_list_is_the_difference_to_what_was_opened_and_the_browser_holds_it(steps: list[Any]) -> None:
    desk, key, tab, clock = at_work()
    opened = plan_of(desk, key).where()
    held: dict[int, list[str]] = {}
    for number, (op, units, more) in enumerate(steps):
        clock.next = Signature("", f"2026-11-26T09:30:{number:02}Z")
        ranges = ",".join(map(str, sorted(units)))
        asked = {"paint": {"units": ranges, "to": more}, "why": {"units": ranges, "text": more}}.get(op, {})
        answer = do(tab, op=op, **asked)
        for at in from_ranges(answer["unchanged"], 24):
            held.pop(at, None)
        for group, *said in answer["changes"]:
            held |= dict.fromkeys(from_ranges(group, 24), said)
        plan = plan_of(desk, key)
        now = plan.where()
        found = {c.unit: c for c in changed(plan)}
        assert found.keys() == {u for u in desk.area.codes if now.get(u, "") != opened.get(u, "")}
        assert all((c.was, c.to) == (opened.get(u, ""), now.get(u, "")) for u, c in found.items())
        assert held == {desk.area.codes.index(u): [c.was, c.who, c.when, c.why] for u, c in found.items()}
        assert answer["change"] == {"units": len(found), "people": 5_000 * len(found)}


# -- with the plan --


@st.composite
def explained(draw: st.DrawFn) -> tuple[Area, Plan]:
    """Any plan, some units of it moved by somebody, with and without a reason, and some lines explained."""
    area, plan = draw(plans())
    before = plan
    for _ in range(draw(st.integers(0, 3))):
        units = draw(st.sets(st.sampled_from([u for u in area.codes if u not in plan.locked] or [""]), max_size=4))
        to = draw(st.sampled_from(["", *plan.codes]))
        after = edit.move(plan, area, units - {""}, to)
        who, why = draw(st.just("") | NAMES), draw(st.just("") | NAMES)
        plan = recorded(plan, after, who.strip(), draw(st.sampled_from([FIRST.when, LATER.when])), why=why)
    if len(plan.codes) > 1 and draw(st.booleans()):
        plan = explain_boundary(plan, plan.codes[:2], "", FIRST.when, draw(NAMES))
    assert set(moved_between(before, plan)) == {c.unit for c in changed(plan)}
    return area, plan


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(explained())
def test_changes_come_back_with_the_plan_from_every_file_that_holds_it(tmp_path: Path, made: tuple[Area, Plan]) -> None:
    area, plan = made
    assert plan_from_bytes(plan_bytes(plan)) == plan
    assert plan_from_geojson(geojson_bytes(plan, area), "x.geojson") == plan
    file = tmp_path / "x.gpkg"
    file.write_bytes(gpkg_bytes(plan, area))
    assert plan_from_gpkg(file) == plan
    assert plan_files(plan_from_bytes(plan_bytes(plan)), area)["changes.csv"] == plan_files(plan, area)["changes.csv"]


def test_a_plan_that_nobody_changed_is_written_as_before_and_a_csv_says_what_it_cannot_carry(tmp_path: Path) -> None:
    area = area_of()
    plan = drawn(area, ROWS, ASKED)
    assert not {"changes", "boundaries"} & document(plan).keys()
    write_plan(plan, area, tmp_path / "out")
    assert (tmp_path / "out" / "changes.csv").read_text(encoding="utf-8") == "LSOA21CD,from,to,who,when,why\n"
    report = read_plan_report(tmp_path / "out" / "lsoa_lookup.csv", area)
    assert "who changed what, when and why" in report.cannot_carry


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([{"who": "", "when": "", "units": {}}], "who, when, why and units"),
        ([{"who": "", "when": "", "why": "", "units": []}], "where an object is wanted"),
        ([{"who": "", "when": "", "why": 1, "units": {}}], "is not text"),
        ([{"who": "", "when": "", "why": "", "units": {"E01": ["a"]}}], "wrong shape"),
        ({}, "where a list is wanted"),
    ],
)
def test_changes_of_another_shape_are_refused(changes: object, said: str) -> None:
    from footprints.exchange import plan_from_document

    plan = drawn(area_of(), ROWS, ASKED)
    with pytest.raises(PlanError, match=said):
        plan_from_document({**document(plan), "changes": changes})


# -- taken up again --


@pytest.fixture
def again(tmp_path: Path) -> Iterator[Callable[[], tuple[Desk, str, Tab, Clock]]]:
    """Desks on one file, one after another as if the app had been started again."""
    made: list[Desk] = []

    def start() -> tuple[Desk, str, Tab, Clock]:
        if made:
            made[-1].close()
        got = at_work(Journal(tmp_path / "desk.jsonl"))
        made.append(got[0])
        return got[0], "option-1", Tab(got[0], "option-1", f"tab-{len(made)}"), got[3]

    yield start
    made[-1].close()


def test_started_again_the_export_is_the_same_byte_for_byte(again: Callable[[], Any]) -> None:
    desk, key, tab, clock = again()
    do(tab, op="paint", units="2,8", to=0)
    clock.next = LATER
    do(tab, op="why", text="Agreed")
    do(tab, op="why", slots=[0, 1], text="The river")
    do(tab, op="paint", units="9", to=0)
    files = plan_files(plan_of(desk, key), desk.area)
    later, key, _, clock = again()
    clock.next = Signature("Somebody else", "2030-01-01T00:00:00Z")
    assert plan_of(later, key) == plan_of(desk, key)
    assert plan_files(plan_of(later, key), later.area) == files


def test_undo_reaches_back_over_changes_of_pages_and_starts_of_the_app(again: Callable[[], Any]) -> None:
    desk, key, tab, _ = again()
    start = plan_of(desk, key)
    for number in range(12):
        do(tab, op="paint", units=str(2 + number % 3), to=number % 4)
        if number == 4:
            do(tab, op="split", slot=2, units="10-11", name="Upper", rest="Lower")
            desk.change(lambda shelf: shelf.star())
        if number == 8:
            do(tab, op="undo")
            do(tab, op="undo")
            desk.change(Shelf.duplicate)
            desk, key, tab, _ = again()
            do(tab, op="redo")
    desk.change(lambda shelf: shelf.star())
    was = desk.shelf.get(key)
    later, key, tab, _ = again()
    assert later.shelf.get(key) == was
    while (option := later.shelf.get(key)) is not None and option.past:
        do(tab, op="undo")
    assert plan_of(later, key) == start


def test_explaining_needs_a_change(again: Callable[[], Any]) -> None:
    desk, key, tab, _ = again()
    with pytest.raises(PlanError, match="no change to explain"):
        explain(plan_of(desk, key), desk.area, [], "why")
    do(tab, op="rename", slot=0, name="West")
    told = do(tab, op="why", text="why")["outcomes"][0]
    assert told["refused"] and "moved no area" in told["words"]

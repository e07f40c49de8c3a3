"""The desk: nothing acknowledged is lost, nothing is done twice, locks hold, and everyone hears the truth."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints import edit
from footprints.changes import recorded
from footprints.check import check
from footprints.editing import Desk, desk_of
from footprints.editing.desks import close_all as close_desks
from footprints.editing.journal import Journal, Saved
from footprints.editing.ranges import from_ranges, to_ranges
from footprints.editing.repairs import repairs
from footprints.editing.signing import Signature
from footprints.editing.tally import Ground, content_hash, problems
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.shelf import Shelf
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn

ASKED = Criteria(target=30_000, minimum=20_000, maximum=40_000, within=())
SIGNED = Signature("A. Planner", "2026-11-26T09:30:00Z")
PICTURE = ["AAABBB"] * 4
ROWS = ["aabbcc", "aabbcc", "aabbcc", "ddddcc"]


def area_of() -> Area:
    return grid_area(PICTURE, 5_000, msoa=["CCCDDD"] * 4)


def desk_with(plan_rows: list[str] | None = None, journal: Journal | None = None) -> tuple[Desk, str]:
    area = area_of()
    desk = Desk(area, journal, sign=lambda: SIGNED)
    plan = drawn(area, plan_rows or ROWS, ASKED, name="Drawn")
    return desk, desk.change(lambda shelf: shelf.add(plan)).current


def paint(seq: int, units: str, to: int) -> dict[str, Any]:
    return {"seq": seq, "op": "paint", "units": units, "to": to}


class Tab:
    """What a browser does: keeps operations until they are acknowledged, and holds what it was told."""

    def __init__(self, desk: Desk, key: str, name: str) -> None:
        self.desk, self.key, self.name = desk, key, name
        self.seq = self.acked = 0
        self.queue: list[dict[str, Any]] = []
        self.reload()

    def reload(self) -> None:
        self.take(self.desk.open(self.key, self.name))

    def take(self, plan: dict[str, Any]) -> None:
        n = len(self.desk.area.codes)
        self.labels, self.locked = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.bool_)
        self._label(plan["labels"])
        self.locked[list(from_ranges(plan["locked"], n))] = True
        self.version, self.hash = plan["version"], plan["hash"]
        self.rows = {row["slot"]: row for row in plan["neighbourhoods"]}
        self.problems = {row["key"]: row for row in plan["problems"]}

    def _label(self, text: str) -> None:
        for part in text.split(";") if text else ():
            slot, units = part.split(":")
            self.labels[list(from_ranges(units, len(self.labels)))] = int(slot)

    def do(self, **asked: Any) -> None:
        self.seq += 1
        self.queue.append({"seq": self.seq, **asked})

    def send(self, *, lose_answer: bool = False, lose_first: bool = False) -> dict[str, Any] | None:
        sent = self.queue[1:] if lose_first else self.queue
        answer = json.loads(json.dumps(self.desk.submit(self.name, self.key, self.version, sent)))
        if lose_answer:
            return None
        self.hear(answer)
        return answer

    def hear(self, answer: dict[str, Any]) -> None:
        self.acked = answer["acked"]
        self.queue = [asked for asked in self.queue if asked["seq"] > self.acked]
        if answer["base"] == -1:
            self.take(answer["plan"])
            return
        assert answer["base"] == self.version
        self._label(answer["labels"])
        n = len(self.labels)
        self.locked[list(from_ranges(answer["locked"]["on"], n))] = True
        self.locked[list(from_ranges(answer["locked"]["off"], n))] = False
        self.version, self.hash = answer["version"], answer["hash"]
        self.rows |= {row["slot"]: self.rows.get(row["slot"], {}) | row for row in answer["neighbourhoods"]}
        self.rows = {slot: row for slot, row in self.rows.items() if slot not in answer["gone"]}
        self.problems |= {row["key"]: row for row in answer["problems"]}
        self.problems = {key: row for key, row in self.problems.items() if key not in answer["solved"]}

    def agrees(self) -> bool:
        return content_hash(self.labels, self.locked) == self.hash


def plan_of(desk: Desk, key: str) -> Plan:
    option = desk.shelf.get(key)
    assert option is not None
    return option.plan


def test_a_stroke_is_the_verb_of_everyone_and_is_told_in_words() -> None:
    desk, key = desk_with()
    before = plan_of(desk, key)
    answer = desk.submit("tab", key, 0, [paint(1, "2", 0)])
    moved = edit.move(before, desk.area, desk.area.codes[2], before.codes[0])
    assert plan_of(desk, key) == recorded(before, moved, SIGNED.who, SIGNED.when)
    (told,) = answer["outcomes"]
    assert told["words"].startswith(f"Moved {desk.area.unit_label(desk.area.codes[2])} to")
    assert "now has 35,000 people, in range, in one piece" in told["words"]
    assert answer["acked"] == 1 and not told["refused"]


def test_what_was_handled_is_not_done_again_and_is_told_again() -> None:
    desk, key = desk_with()
    first = desk.submit("tab", key, 0, [paint(1, "2", 0)])
    again = desk.submit("tab", key, 0, [paint(1, "2", 3), paint(2, "3", 0)])
    assert [told["seq"] for told in again["outcomes"]] == [1, 2]
    assert again["outcomes"][0] == first["outcomes"][0]
    where = plan_of(desk, key).where()
    assert where[desk.area.codes[2]] == where[desk.area.codes[3]] == plan_of(desk, key).codes[0]


def test_a_gap_is_refused_with_the_number_expected_and_nothing_behind_it_is_done() -> None:
    desk, key = desk_with()
    before = plan_of(desk, key)
    answer = desk.submit("tab", key, 0, [paint(3, "2", 0), paint(4, "3", 0)])
    assert (answer["acked"], answer["expected"], answer["outcomes"]) == (0, 1, [])
    assert plan_of(desk, key) == before


def test_a_refused_edit_is_acknowledged_with_its_mend_and_changes_nothing() -> None:
    desk, key = desk_with()
    before = plan_of(desk, key)
    bad = [
        paint(1, "2", 99),
        {"seq": 2, "op": "fly"},
        {"seq": 3, "op": "rename", "slot": 0, "name": " "},
        {"seq": 4, "op": "undo"},
    ]
    answer = desk.submit("tab", key, 0, bad)
    assert answer["acked"] == 4
    assert all(told["refused"] and told["mend"] for told in answer["outcomes"])
    assert plan_of(desk, key) == before


@pytest.mark.parametrize("seq", [0, -1, "1", None, True, 1.5])
def test_an_edit_without_its_number_is_no_message(seq: object) -> None:
    desk, key = desk_with()
    with pytest.raises(PlanError):
        desk.submit("tab", key, 0, [{"seq": seq, "op": "undo"}])


def test_every_verb_of_the_editor_and_its_undo() -> None:
    desk, key = desk_with()
    tab = Tab(desk, key, "tab")
    start = plan_of(desk, key)
    a, b, c, d = (int(tab.labels[unit]) for unit in (0, 2, 5, 18))
    tab.do(op="new", name="Mill Bank", units="4,5")
    tab.do(op="split", slot=c, units="10-11", name="Upper", rest="Lower")
    tab.do(op="merge", slots=[a, b], name="West")
    tab.do(op="rename", slot=d, name="South")
    tab.do(op="paint", units="0", to=-1)
    tab.do(op="recolour", slot=d, colour="#123456")
    answer = tab.send()
    assert answer is not None
    assert not any(told["refused"] for told in answer["outcomes"]), answer["outcomes"]
    assert tab.agrees()
    names = {n.name for n in plan_of(desk, key).neighbourhoods}
    assert {"Mill Bank", "Upper", "Lower", "West", "South"} == names
    assert {row["name"] for row in tab.rows.values()} == names
    for _ in range(6):
        tab.do(op="undo")
    tab.send()
    assert plan_of(desk, key) == start
    assert tab.agrees()
    for _ in range(6):
        tab.do(op="redo")
    tab.send()
    assert {n.name for n in plan_of(desk, key).neighbourhoods} == names
    assert plan_of(desk, key).where().get(desk.area.codes[0]) is None


def test_two_tabs_hear_of_each_other_and_end_alike() -> None:
    desk, key = desk_with()
    one, two = Tab(desk, key, "one"), Tab(desk, key, "two")
    one.do(op="paint", units="2", to=0)
    answer = one.send()
    assert answer is not None and answer["others"] == 1
    two.do(op="paint", units="8", to=0)
    two.send()
    one.send()
    assert one.agrees() and two.agrees()
    assert np.array_equal(one.labels, two.labels)
    assert one.labels[2] == one.labels[8] == 0


def test_an_edit_from_a_page_is_heard_too() -> None:
    desk, key = desk_with()
    tab = Tab(desk, key, "tab")
    area = desk.area
    desk.change(
        lambda shelf: shelf.edit(edit.move(plan_of(desk, key), area, area.codes[2], plan_of(desk, key).codes[0]))
    )
    tab.send()
    assert tab.labels[2] == 0 and tab.agrees()


class Record:
    """Stands for the journal: what was handled, in order."""

    def __init__(self) -> None:
        self.said = ""
        self.handled: list[tuple[str, str, int, dict[str, Any]]] = []

    def read(self, area: Area) -> Saved:
        return Saved()

    def shelf(self, *_: object) -> None:
        pass

    def operation(self, client: str, option: str, number: int, asked: dict[str, Any], by: Signature) -> None:
        self.handled.append((client, option, number, dict(asked)))


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False))
def test_no_edit_is_lost_or_done_twice_whatever_the_network_does(rng: Random) -> None:
    """Lost answers, lost messages, messages sent twice, reloads, two tabs."""
    record = Record()
    rows = ["aabbcc", "aabbcc", "ddeeff", "ddeeff"]
    desk, key = desk_with(rows, journal=record)  # type: ignore[arg-type]
    tabs = [Tab(desk, key, "one"), Tab(desk, key, "two")]
    meant: dict[str, list[dict[str, Any]]] = {"one": [], "two": []}
    for _ in range(60):
        tab = rng.choice(tabs)
        for _ in range(rng.randrange(3)):
            tab.do(op="paint", units=str(rng.randrange(24)), to=rng.randrange(6))
            meant[tab.name].append(tab.queue[-1])
        fate = rng.random()
        if fate < 0.1:
            tab.reload()
        elif fate < 0.2:
            tab.send(lose_first=True)
        else:
            tab.send(lose_answer=fate < 0.5)
    for tab in tabs * 2:
        tab.send()
    for tab in tabs:
        assert not tab.queue and tab.agrees()
        assert [asked for client, _, _, asked in record.handled if client == tab.name] == meant[tab.name]
    assert np.array_equal(tabs[0].labels, tabs[1].labels)
    again, other = desk_with(rows)
    for client, _, _, asked in record.handled:
        again.submit(client, other, 0, [asked])
    assert plan_of(again, other) == plan_of(desk, key)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_nothing_moves_a_locked_unit(data: st.DataObject) -> None:
    """Brush, undo, redo, split, merge, new: a locked unit stays with the units it is locked in with, until unlocked."""
    desk, key = desk_with()
    tab = Tab(desk, key, "tab")
    units = st.lists(st.integers(0, 23), min_size=1, max_size=4).map(to_ranges)
    for _ in range(14):
        before = plan_of(desk, key)
        slots = sorted(tab.rows)
        kind = data.draw(st.sampled_from(["paint", "paint", "undo", "redo", "lock", "unlock", "new", "split", "merge"]))
        if kind in ("undo", "redo"):
            tab.do(op=kind)
        elif kind in ("lock", "unlock"):
            tab.do(op=kind, units=data.draw(units))
        elif kind == "paint":
            tab.do(op=kind, units=data.draw(units), to=data.draw(st.sampled_from([-1, *slots])))
        elif kind == "new":
            tab.do(op=kind, units=data.draw(units), name="")
        elif kind == "split":
            tab.do(op=kind, slot=data.draw(st.sampled_from(slots)), units=data.draw(units), name="", rest="")
        else:
            tab.do(op=kind, slots=data.draw(st.lists(st.sampled_from(slots), min_size=1, max_size=2)), name="")
        tab.send()
        after = plan_of(desk, key)
        where, now = before.where(), after.where()
        if kind != "unlock":
            assert set(before.locked) <= set(after.locked)
        for unit in set(before.locked) & set(after.locked):
            assert now.get(unit) == where.get(unit)
        assert tab.agrees()


def test_undoing_over_a_lock_is_refused_and_says_which() -> None:
    desk, key = desk_with()
    tab = Tab(desk, key, "tab")
    tab.do(op="paint", units="2", to=0)
    tab.do(op="lock", units="2")
    tab.do(op="undo")
    answer = tab.send()
    assert answer is not None
    told = answer["outcomes"][-1]
    assert told["refused"] and desk.area.codes[2] in told["words"] and told["mend"] == "Unlock them first."
    assert plan_of(desk, key).where()[desk.area.codes[2]] == plan_of(desk, key).codes[0]


def test_a_note_goes_with_the_plan_and_undo_keeps_it() -> None:
    desk, key = desk_with()
    tab = Tab(desk, key, "tab")
    tab.do(op="paint", units="2", to=0)
    tab.do(op="note", units="2-3", text="Asked for by the practice")
    tab.do(op="note", slot=0, text="Agreed in May")
    tab.do(op="undo")
    answer = tab.send()
    assert answer is not None
    assert answer["notes"] == {"2": "Asked for by the practice", "3": "Asked for by the practice"}
    assert tab.rows[0]["note"] == "Agreed in May"
    plan = plan_of(desk, key)
    assert plan.note_on(desk.area.codes[3]) == "Asked for by the practice"
    assert plan.note_on(plan.codes[0]) == "Agreed in May"
    tab.do(op="note", units="2", text=" ")
    answer = tab.send()
    assert answer is not None and answer["notes"] == {"2": ""}
    assert desk.open(key)["notes"].keys() == {3}


def test_two_hundred_steps_can_be_undone() -> None:
    desk, key = desk_with()
    start = plan_of(desk, key)
    tab = Tab(desk, key, "tab")
    for n in range(200):
        tab.do(op="paint", units="2", to=n % 2 * 3)
        if n % 50 == 49:
            tab.send()
    for _ in range(200):
        tab.do(op="undo")
    while tab.queue:
        tab.send()
    assert plan_of(desk, key).where() == start.where()


# -- kept on disk --


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    """Desks that are kept in one file, one after another as if the app had been started again."""
    made: list[Desk] = []

    def start() -> Desk:
        if made:
            made[-1].close()
        made.append(Desk(area_of(), Journal(tmp_path / "desk.jsonl")))
        return made[-1]

    yield start
    made[-1].close()


def with_plan(desk: Desk) -> str:
    return desk.change(lambda shelf: shelf.add(drawn(desk.area, ROWS, ASKED, name="Drawn"))).current


def test_a_desk_is_taken_up_where_it_was_left(kept: Callable[..., Desk]) -> None:
    desk = kept()
    key = with_plan(desk)
    tab = Tab(desk, key, "tab")
    for asked in (
        {"op": "paint", "units": "2", "to": 0},
        {"op": "new", "name": "Mill Bank", "units": "4"},
        {"op": "lock", "units": "4"},
        {"op": "merge", "slots": [0, 1], "name": "West"},
        {"op": "undo"},
        {"op": "note", "slot": 0, "text": "Agreed with the practice"},
    ):
        tab.do(**asked)
    tab.send()
    desk.change(Shelf.duplicate)
    tab.do(op="paint", units="3", to=0)
    tab.send()
    again = kept()
    assert [o.plan for o in again.shelf.options] == [o.plan for o in desk.shelf.options]
    assert again.shelf.current == desk.shelf.current
    later = again.submit("tab", key, 0, [{"seq": 7, "op": "paint", "units": "9", "to": -1}])
    assert later["acked"] == 7
    assert plan_of(again, key) == plan_of(desk, key), "an operation that was handled before is not done again"
    assert again.open(key)["hash"] == desk.open(key)["hash"], "the numbers of neighbourhoods are the same, too"


def test_half_a_character_is_refused_and_never_stands_in_the_way(kept: Callable[..., Desk]) -> None:
    desk = kept()
    key = with_plan(desk)
    answer = desk.submit("tab", key, 0, [{"seq": 1, "op": "rename", "slot": 0, "name": "A\ud800"}, paint(2, "2", 0)])
    assert answer["acked"] == 2
    assert [told["refused"] for told in answer["outcomes"]] == [True, False]
    before = plan_of(desk, key)
    assert plan_of(kept(), key) == before


def test_a_line_that_was_cut_off_was_never_acknowledged(kept: Callable[..., Desk], tmp_path: Path) -> None:
    desk = kept()
    key = with_plan(desk)
    desk.submit("tab", key, 0, [paint(1, "2", 0)])
    before = plan_of(desk, key)
    with (tmp_path / "desk.jsonl").open("ab") as out:
        out.write(b'{"client":"tab","option":"opt')
    again = kept()
    assert plan_of(again, key) == before
    assert again.said == ""
    again.submit("tab", key, 0, [paint(2, "3", 0)])
    assert plan_of(kept(), key) == plan_of(again, key)


def test_a_file_that_cannot_be_read_is_put_aside_and_said(kept: Callable[..., Desk], tmp_path: Path) -> None:
    desk = kept()
    desk.submit("tab", with_plan(desk), 0, [paint(1, "2", 0)])
    file = tmp_path / "desk.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"paint"', b'"pai\xff\x00'))
    again = kept()
    assert not again.shelf.options
    assert "could not be read" in again.said
    assert len([*tmp_path.glob("*.unread-*")]) == 1


def test_a_desk_is_written_down_once_the_other_process_is_gone(tmp_path: Path) -> None:
    area = area_of()
    there = desk_of(area, tmp_path)
    there.change(lambda shelf: shelf.add(drawn(area, ROWS, ASKED, name="Drawn")))
    file = next(tmp_path.rglob("*.jsonl"))
    close_desks()
    parent = psutil.Process().parent()
    assert parent is not None
    file.with_suffix(".pid").write_text(f"{parent.pid} {parent.create_time()}", encoding="ascii")
    here = desk_of(area, tmp_path)
    assert not here.kept and "Another process of the server" in here.said and "streamlit" not in here.said
    here.change(lambda shelf: shelf.add(drawn(area, ROWS, ASKED, name="Drawn")))
    assert desk_of(area, tmp_path) is here and not here.kept
    file.with_suffix(".pid").write_text(f"{parent.pid} {parent.create_time() - 60}", encoding="ascii")
    assert desk_of(area, tmp_path) is here and here.kept and here.said == ""
    assert [(o.key, o.plan.name) for o in here.shelf.options] == [("option-1", "Drawn"), ("option-2", "Drawn (2)")]
    assert here.shelf.current == "option-1"
    close_desks()
    assert [o.plan.name for o in desk_of(area, tmp_path).shelf.options] == ["Drawn", "Drawn (2)"]


def test_two_running_apps_do_not_write_to_one_file(tmp_path: Path) -> None:
    file = tmp_path / "desk.jsonl"
    parent = psutil.Process().parent()
    assert parent is not None
    mark = file.with_suffix(".pid")
    mark.write_text(f"{parent.pid} {parent.create_time()}", encoding="ascii")
    with pytest.raises(PlanError, match="open twice"):
        Journal(file)
    # A number that has gone to another programme since does not hold the file, nor does a mark that cannot be read.
    mark.write_text(f"{parent.pid} {parent.create_time() - 60}", encoding="ascii")
    Journal(file)
    mark.write_text("?", encoding="ascii")
    Journal(file)


# -- what is wrong, and how to put it right --


def test_every_seeded_break_is_found() -> None:
    area = area_of()
    plan = drawn(area, ["aabbcc", "aabbcc", "-abbca", "dddd-c"], ASKED)
    desk = Desk(area)
    key = desk.change(lambda shelf: shelf.add(plan)).current
    found = desk.open(key)["problems"]
    kinds = sorted((row["kind"], row["units"]) for row in found)
    assert ("pieces", "17") in kinds
    assert ("unassigned", "12") in kinds and ("unassigned", "22") in kinds


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from("abcd-"), min_size=24, max_size=24),
    st.sets(st.integers(0, 23), max_size=4),
    st.sampled_from([(), ("district",)]),
)
def test_problems_are_those_of_the_checker_and_repairs_do_what_they_say(
    letters: list[str], locked: set[int], within: tuple[str, ...]
) -> None:
    area = area_of()
    rows = ["".join(letters[i : i + 6]) for i in range(0, 24, 6)]
    plan = drawn(area, rows, replace(ASKED, within=within))
    where = plan.where()
    plan = edit.lock(plan, [area.codes[u] for u in locked if area.codes[u] in where])
    desk = Desk(area)
    key = desk.change(lambda shelf: shelf.add(plan)).current
    slots = desk.option(key)[1]
    ground = Ground.of(area)
    found = problems(plan, ground, slots)
    assert bool(found) == (not check(plan, area).holds)
    for one in found:
        for repair in repairs(plan, ground, one):
            after = plan
            for units, code in repair.moves:
                after = edit.move(after, area, [area.codes[u] for u in units], code)
            left = problems(after, ground, slots)
            assert len(left) < len(found) or sum(p.people for p in left) < sum(p.people for p in found)
            assert repair.people == sum(5_000 for units, _ in repair.moves for _ in units)


def test_a_repair_names_the_people_and_where_they_go() -> None:
    area = area_of()
    plan = drawn(area, ["aabbcc", "aabbcc", "aabbca", "ddddcc"], ASKED)
    ground = Ground.of(area)
    desk = Desk(area)
    slots = desk.option(desk.change(lambda shelf: shelf.add(plan)).current)[1]
    (piece,) = [p for p in problems(plan, ground, slots) if p.kind == "pieces"]
    best = repairs(plan, ground, piece)[0]
    target = plan.neighbourhood(plan.where()[area.codes[16]]).name
    assert best.words.startswith(f"Move 1 area, 5,000 people, to {target}: ")


def test_of_two_processes_that_take_a_journal_at_the_same_moment_one_has_it(tmp_path: Path) -> None:
    script = (
        "import sys, time\nfrom pathlib import Path\nfrom footprints.editing.journal import Journal\n"
        "from footprints.errors import PlanError\nprint(flush=True)\nbegin, got = float(sys.stdin.readline()), []\n"
        "for n in range(40):\n"
        "    while time.time() < begin + n / 50: pass\n"
        f"    try: Journal(Path({str(tmp_path)!r}) / f'{{n}}.jsonl', shared=True); got.append(n)\n"
        "    except PlanError: pass\n"
        "print(*got, flush=True)\nsys.stdin.readline()\n"
    )
    with contextlib.ExitStack() as stack:
        both = []
        for _ in range(2):
            one = subprocess.Popen(
                [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
            )
            both.append(stack.enter_context(one))
            stack.callback(one.kill)
        for one in both:
            assert one.stdout is not None and one.stdout.readline() == "\n"
        begin = time.time() + 0.2
        for one in both:
            assert one.stdin is not None
            one.stdin.write(f"{begin}\n")
            one.stdin.flush()
        got = [int(n) for one in both if one.stdout is not None for n in one.stdout.readline().split()]
    assert sorted(got) == list(range(40))


def test_a_turn_that_a_dead_process_left_behind_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("footprints.editing.journal.TURN_S", 0.1)
    left = tmp_path / "one.turn"
    left.touch()
    Journal(tmp_path / "one.jsonl").close()
    assert (tmp_path / "one.pid").exists() and not left.exists()

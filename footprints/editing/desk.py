"""The desk: one place under work, its shelf of options, and everyone who is at it. Nothing acknowledged is ever lost.

All changes go through one lock, one at a time, whether they come from a page or from the map editor of any tab.

The editor's browser keeps its operations until they are acknowledged and sends them again until then, so

- each client counts its operations 1, 2, 3 ...; one that was handled before is passed over;
- one that is ahead of its turn is refused with the number that is expected, and nothing behind it is handled;
- every answer carries a hash of where every unit is, to be compared with the browser's own.

An answer is a difference to the version that the browser has, or everything where that is too long ago.
"""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import Any

import numpy as np

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.changes import changed, moved_between, recorded
from footprints.editing import tally
from footprints.editing.journal import Journal
from footprints.editing.operations import Slots, apply
from footprints.editing.ranges import to_ranges
from footprints.editing.signing import Signature, unnamed
from footprints.editing.tally import Ground
from footprints.errors import PlanError
from footprints.moving import Patients
from footprints.plan import Change, Plan
from footprints.shelf import Option, Shelf
from optimise.counting import whom
from optimise.problem import Ints

KEPT = 100  # versions that a difference can be given to
TOLD = 64  # outcomes of operations that are told again
CLIENTS = 200
AWAY_S = 8.0  # a tab that was not heard of for so long is not counted
BATCH = 200  # operations in one message
WRITTEN = 300  # messages, after which the whole shelf is written again

Answer = dict[str, Any]


@dataclass
class _Client:
    """A tab: the last operation of it that was handled, and what came of the last few."""

    last: int = 0
    outcomes: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=TOLD))
    option: str = ""
    heard: float = 0.0


@dataclass(frozen=True, eq=False)
class _Version:
    """An option at one time: (n,) slots and locks of units, rows by slot, problems by key, remarks on units.

    changes : of the units moved by hand, by code. lines : explained boundaries.
    """

    labels: Ints
    locked: np.ndarray
    rows: dict[int, dict[str, Any]]
    problems: dict[str, dict[str, Any]]
    notes: dict[int, str]
    changes: tuple[Change, ...]
    lines: list[list[Any]]


@dataclass
class _Seen:
    """What is known of one option: slots, and the versions that browsers may have."""

    plan: Plan | None
    slots: Slots
    version: int = 0
    hash: str = ""
    versions: OrderedDict[int, _Version] = field(default_factory=OrderedDict)


class Desk:
    """A place under work.

    journal : where operations are written before they are acknowledged; None for memory only, and `said` tells why.
    sign : who edits, and the time, asked for each edit as it is acknowledged.
    """

    def __init__(
        self,
        area: Area,
        journal: Journal | None = None,
        *,
        said: str = "",
        sign: Callable[[], Signature] = unnamed,
    ) -> None:
        self.area = area
        self.said = said
        self._sign = sign
        self.ground = Ground.of(area)
        self._patients: Patients | None = None
        self._lock = RLock()
        self._since_written = 0
        self._shelf = Shelf()
        self._seen: dict[str, _Seen] = {}
        self._clients: OrderedDict[str, _Client] = OrderedDict()
        self._journal = journal
        if journal is not None:
            self._restore(journal)

    @property
    def shelf(self) -> Shelf:
        """The options as they are now."""
        return self._shelf

    @property
    def patients(self) -> Patients:
        """The place's evidence on general practice, made when it is first asked for."""
        if self._patients is None:
            self._patients = Patients.of(self.area)
        return self._patients

    def change(self, verb: Callable[[Shelf], Shelf]) -> Shelf:
        """Put what `verb` makes of the shelf in its place, with nothing in between; gives the new shelf."""
        with self._lock:
            after = verb(self._shelf)
            if after is not self._shelf:
                after = self._recorded(self._shelf, after)
                self._shelf = after
                self._forget()
                if self._journal is not None:
                    self._journal.shelf(after, self._handled(), self._tables())
            return after

    def _recorded(self, before: Shelf, after: Shelf) -> Shelf:
        """What a page moved, written down like any other edit."""
        for option in after.options:
            was = before.get(option.key)
            if was is not None and option.past and option.past[-1].plan is was.plan:
                by = self._sign()
                after = after.put(replace(option, plan=recorded(was.plan, option.plan, by.who, by.when)))
        return after

    @property
    def kept(self) -> bool:
        """Whether what is drawn is written down before it is acknowledged."""
        return self._journal is not None

    @property
    def journal(self) -> Journal | None:
        """Where it is written down; None where it is in memory only."""
        return self._journal

    def keep_in(self, journal: Journal) -> None:
        """Write into that journal from now on; options that it holds come to stand behind those that are here."""
        with self._lock:
            there = Desk(self.area, journal)
            own = self._shelf
            after = own.take(there.shelf)
            after = after.choose(own.current) if own.current else after
            journal.shelf(after, self._handled(), self._tables())
            self._shelf, self._journal, self.said = after, journal, there.said
            self._forget()

    def close(self) -> None:
        """Let go of the journal's file; nothing is written from then on."""
        with self._lock:
            if self._journal is not None:
                self._journal.close()
                self._journal = None

    # -- the map editor --

    def open(self, key: str, client: str = "") -> Answer:
        """Everything about an option. Raises PlanError where it is not on the shelf."""
        with self._lock:
            option, seen = self._option(key)
            self._hear(client, key)
            return self._snapshot(option, seen, client)

    def submit(self, client: str, key: str, since: int, operations: Sequence[Mapping[str, Any]]) -> Answer:
        """Handle a client's operations on an option, and tell what is new since the version that it has.

        Raises PlanError where the option is not on the shelf, or the message is none.
        """
        with self._lock:
            own = self._hear(client, key)
            self._option(key)
            expected, outcomes = None, []
            for asked in operations[:BATCH]:
                number = asked.get("seq")
                if not isinstance(number, int) or isinstance(number, bool) or number < 1:
                    raise PlanError("An edit came without its number.", mend="Reload the page.")
                if number > own.last + 1:
                    expected = own.last + 1
                    break
                if number == own.last + 1:
                    own.outcomes.append(self._handle(client, key, number, asked))
                    own.last = number
                outcomes += [told for told in own.outcomes if told["seq"] == number]
            self._write_now_and_then()
            option, seen = self._option(key)
            answer = {"acked": own.last, "outcomes": outcomes}
            if expected is not None:
                answer["expected"] = expected
            return answer | self._news(option, seen, since, client)

    def _write_now_and_then(self) -> None:
        """Every so often write the whole shelf down, so that taking it up again takes little time."""
        self._since_written += 1
        if self._journal is not None and self._since_written > WRITTEN:
            self._since_written = 0
            self._journal.shelf(self._shelf, self._handled(), self._tables())

    def _handle(self, client: str, key: str, number: int, asked: Mapping[str, Any]) -> dict[str, Any]:
        option, seen = self._option(key)
        by = self._sign()
        outcome: dict[str, Any] = {"seq": number, "words": "", "refused": False, "mend": ""}
        try:
            after, outcome["words"] = apply(option, self.area, asked, seen.slots, by)
        except FootprintError as error:
            after = option
            outcome |= {"words": error.message, "refused": True, "mend": error.mend}
        if self._journal is not None:
            self._journal.operation(client, key, number, asked, by)
        if after is not option:
            self._shelf = self._shelf.put(after)
            seen = self._meet(after)
            made = [code for code in after.plan.codes if code not in option.plan.codes]
            if made:
                outcome["slot"] = seen.slots.slot(made[0])
            if asked.get("op") in ("paint", "undo", "redo", "split", "merge", "new"):
                outcome["words"] += self._standing(option.plan, after.plan, seen)
        return outcome

    def _standing(self, before: Plan, after: Plan, seen: _Seen) -> str:
        """How the neighbourhoods that gained stand now, in words."""
        was, members = before.members(), after.members()
        gained = [c for c, units in members.items() if set(units) - set(was.get(c, ()))]
        said = []
        rows, who = seen.versions[seen.version].rows, whom(self.ground.counting(after)[0])
        for row in (rows[seen.slots.slot(code)] for code in gained[:2]):
            out = "out of range, as declared" if row["declared"] else "out of range"
            state = "in range" if row["in_range"] else out
            said.append(f" {row['name']} now has {row['people']:,} {who}, {state}, {_pieces(row['pieces'])}.")
        return "".join(said)

    def find_problem(self, key: str, problem: str) -> tuple[Plan, tally.Problem | None]:
        """An option's plan, and the problem of that key in it, None where it is there no more."""
        with self._lock:
            option, seen = self._option(key)
            found = tally.problems(option.plan, self.ground, seen.slots)
            return option.plan, next((one for one in found if one.key == problem), None)

    def option(self, key: str) -> tuple[Option, Slots]:
        """An option as it is now, and the numbers of its neighbourhoods. Raises PlanError where it is not there."""
        with self._lock:
            option, seen = self._option(key)
            return option, seen.slots

    # -- what is told --

    def _snapshot(self, option: Option, seen: _Seen, client: str) -> Answer:
        plan, now = option.plan, seen.versions[seen.version]
        criteria = plan.criteria
        return self._state(option, seen, client) | {
            "option": option.key,
            "labels": by_slot(now.labels, np.flatnonzero(now.labels >= 0)),
            "locked": to_ranges(np.flatnonzero(now.locked).tolist()),
            "neighbourhoods": [*now.rows.values()],
            "problems": [*now.problems.values()],
            "notes": now.notes,
            "changes": tally.change_rows(now.changes, self.ground),
            "lines": now.lines,
            "band": {"minimum": criteria.minimum, "maximum": criteria.maximum, "target": criteria.target},
            "count": self.ground.counting(plan)[0],
            "options": [
                {"key": o.key, "name": o.plan.name, "starred": o.starred, "edited": o.edited or bool(o.past)}
                for o in self._shelf.options
            ],
        }

    def _state(self, option: Option, seen: _Seen, client: str) -> Answer:
        """What every answer carries whole."""
        plan, latest = option.plan, seen.versions[seen.version]
        at, people = self.ground.position, self.ground.of_areas(plan)
        moved = [at[c.unit] for c in latest.changes if c.unit in at]
        loose = np.flatnonzero(latest.labels < 0)
        now = time.monotonic()
        others = sum(
            1
            for name, c in self._clients.items()
            if name != client and c.option == option.key and now - c.heard < AWAY_S
        )
        return {
            "name": plan.name,
            "version": seen.version,
            "hash": seen.hash,
            "undo": (option.past[-1].words or "the last edit") if option.past else "",
            "redo": (option.future[0].words or "the edit") if option.future else "",
            "last": _last(option),
            "change": {"units": len(moved), "people": int(people[moved].sum())},
            "unassigned": {"units": len(loose), "people": int(people[loose].sum())},
            "others": others,
        }

    def _news(self, option: Option, seen: _Seen, since: int, client: str) -> Answer:
        then, now = seen.versions.get(since), seen.versions[seen.version]
        if then is None:
            return {"base": -1, "version": seen.version, "plan": self._snapshot(option, seen, client)}
        at, old, moved = self.ground.position, set(then.changes), {c.unit for c in now.changes}
        return self._state(option, seen, client) | {
            "base": since,
            "labels": by_slot(now.labels, np.flatnonzero(now.labels != then.labels)),
            "locked": {
                "on": to_ranges(np.flatnonzero(now.locked & ~then.locked).tolist()),
                "off": to_ranges(np.flatnonzero(then.locked & ~now.locked).tolist()),
            },
            "neighbourhoods": [
                tally.difference(then.rows.get(slot), row)
                for slot, row in now.rows.items()
                if then.rows.get(slot) != row
            ],
            "gone": sorted(slot for slot in then.rows if slot not in now.rows),
            "problems": [row for key, row in now.problems.items() if then.problems.get(key) != row],
            "solved": [key for key in then.problems if key not in now.problems],
            "notes": {at: now.notes.get(at, "") for at, _ in {*now.notes.items()} ^ {*then.notes.items()}},
            "changes": tally.change_rows([c for c in now.changes if c not in old], self.ground),
            "unchanged": to_ranges(at[c.unit] for c in then.changes if c.unit in at and c.unit not in moved),
            **({"lines": now.lines} if now.lines != then.lines else {}),
        }

    # -- what is kept --

    def _option(self, key: str) -> tuple[Option, _Seen]:
        option = self._shelf.get(key) if key else None
        if option is None:
            raise PlanError("This option is not on the shelf any more.", mend="Put it back, or choose another.")
        return option, self._meet(option)

    def _meet(self, option: Option) -> _Seen:
        """Note the option as it is now: a new version wherever its plan is another than the one seen last."""
        seen = self._seen.get(option.key)
        if seen is None:
            seen = self._seen[option.key] = _Seen(None, Slots())
        if seen.plan is option.plan:
            return seen
        seen.version += 1
        seen.plan = option.plan
        seen.slots.meet(option.plan)
        plan, slots, ground = option.plan, seen.slots, self.ground
        before = seen.versions.get(seen.version - 1)
        known = before.rows if before else {}
        rows = {row["slot"]: row for row in tally.rows(plan, ground, slots)}
        seen.versions[seen.version] = _Version(
            ground.labels(plan, slots),
            ground.locked(plan),
            {slot: known[slot] if known.get(slot) == row else row for slot, row in rows.items()},
            {one.key: tally.problem_row(one, ground, slots) for one in tally.problems(plan, ground, slots)},
            tally.unit_notes(plan, ground),
            changed(plan),
            tally.lines(plan, slots),
        )
        seen.hash = tally.content_hash(seen.versions[seen.version].labels, seen.versions[seen.version].locked)
        while len(seen.versions) > KEPT:
            seen.versions.popitem(last=False)
        return seen

    def _forget(self) -> None:
        """Let go of what is known of options that are gone for good."""
        removed = self._shelf.removed
        kept = {o.key for o in self._shelf.options} | ({removed.key} if removed else set())
        self._seen = {key: seen for key, seen in self._seen.items() if key in kept}

    def _hear(self, client: str, option: str) -> _Client:
        own = self._clients.setdefault(client, _Client()) if client else _Client()
        own.heard, own.option = time.monotonic(), option
        if client:
            self._clients.move_to_end(client)
        while len(self._clients) > CLIENTS:
            self._clients.popitem(last=False)
        return own

    def _handled(self) -> dict[str, int]:
        return {name: client.last for name, client in self._clients.items() if client.last}

    def _tables(self) -> dict[str, list[str]]:
        return {key: seen.slots.codes for key, seen in self._seen.items()}

    def _restore(self, journal: Journal) -> None:
        """Take up what an earlier run of the app left: the last whole shelf, and the operations after it."""
        saved = journal.read(self.area)
        self._shelf = saved.shelf
        for client, last in saved.handled.items():
            self._clients[client] = _Client(last=last)
        for key, codes in saved.slots.items():
            option = self._shelf.get(key)
            if option is not None:
                self._seen[key] = _Seen(None, Slots(codes))
        for client, key, number, asked, by in saved.operations:
            self._clients.setdefault(client, _Client()).last = number
            option = self._shelf.get(key)
            if option is None:
                continue
            slots = self._seen.setdefault(key, _Seen(None, Slots())).slots
            slots.meet(option.plan)
            with contextlib.suppress(FootprintError):  # refused then, and again
                self._shelf = self._shelf.put(apply(option, self.area, asked, slots, by)[0])
        self.said = journal.said


def by_slot(labels: Ints, units: Ints) -> str:
    """ "slot:ranges;slot:ranges" of some units, -1 for those in no neighbourhood."""
    found = np.unique(labels[units])
    return ";".join(f"{slot}:{to_ranges(units[labels[units] == slot].tolist())}" for slot in found.tolist())


def _last(option: Option) -> dict[str, Any]:
    """How many units the edit moved that would be undone now, and the reason that they have in common."""
    if not option.past:
        return {"units": 0, "why": ""}
    moved = moved_between(option.past[-1].plan, option.plan)
    why = {c.unit: c.why for c in option.plan.changes}
    said = {why.get(unit, "") for unit in moved}
    return {"units": len(moved), "why": said.pop() if len(said) == 1 else ""}


def _pieces(number: int) -> str:
    return "in one piece" if number <= 1 else f"in {number} pieces"

"""`verify`: that nothing in the store was changed since it was written, and what it was at any time.

The log is read from its first event: every hash is worked out again, and every table from the rows that the events
tell. What the tables hold otherwise is found, down to one byte; so are rows that no event tells, and area files whose
bytes have changed. A log whose end was cut off, with all that it told, is consistent in itself: that is found when the
mark of an event is given that was printed in a paper (Event.mark).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from boundaries.errors import FootprintError
from footprints.errors import StoreError, some
from footprints.exchange.plan_json import plan_bytes, plan_from_bytes
from footprints.store import schema
from footprints.store.decisions import Decisions
from footprints.store.events import DOCUMENT, Event, Row, all_events, events_of
from footprints.store.lineage import edition_of, editions, standing
from footprints.store.records import Decision, Standing, Status, Version, record, version_of
from optimise.words import count

_MARK = re.compile(r"(\d+)-([0-9a-f]{12,64})")


@dataclass(frozen=True)
class Report:
    """What verify found. faults : in words, each naming what and where. head : mark of the newest event, or ""."""

    faults: tuple[str, ...]
    head: str
    events: int
    versions: int
    decisions: int
    areas: int

    @property
    def holds(self) -> bool:
        """Whether nothing was found."""
        return not self.faults

    @property
    def in_words(self) -> str:
        """The report for people."""
        looked = (
            f"{count(self.events, 'event')}, {count(self.versions, 'version')}, {count(self.decisions, 'decision')} "
            f"and {count(self.areas, 'area file')}"
        )
        if self.holds:
            return f"The store holds: {looked} are what they were when they were written."
        return "\n".join([f"The store does not hold ({looked} looked at):", *(f"- {fault}" for fault in self.faults)])


@dataclass(frozen=True)
class Rebuilt:
    """A version as it was at an event, with what it stood as and what was decided about it by then, all from the log.

    decisions : also those about the versions that it is an edition of.
    """

    version: Version
    standing: Standing
    decisions: tuple[Decision, ...]
    event: Event


class Verified(Decisions):
    """A store that can be proven."""

    def head(self) -> str:
        """The mark of the newest event, to print in a paper; "" for an empty store."""
        with self.reading() as connection:
            row = connection.execute(select(schema.chain.c.seq, schema.chain.c.hash)).first()
        return f"{row[0]}-{row[1]}" if row and row[0] else ""

    def events(self, project: str = "", plan: str = "", last: int | None = None) -> tuple[Event, ...]:
        """The log in order, of one project or plan where named; last : only the newest so many."""
        with self.reading() as connection:
            return events_of(connection, project, plan, last)

    def count_events(self, project: str) -> int:
        """How many events a project has."""
        with self.reading() as connection:
            own = select(func.count()).select_from(schema.events).where(schema.events.c.project == project)
            return int(connection.execute(own).scalar_one())

    def verify(self, mark: str = "", *, tell: Callable[[str], None] = lambda words: None) -> Report:
        """Look at everything. mark : of an event that has to be in the log, as printed in a paper ("128-3f2a9c…")."""
        faults: list[str] = []
        events: list[Event] = []
        rows: dict[str, dict[str, Row]] = {name: {} for name in schema.TOLD}
        if mark:
            _read(mark)
        try:
            with self.reading() as connection:
                tell("Reading the log")
                _log(connection, events, rows, faults)
                if mark:
                    faults += _marked(events, mark)
                faults += _chain(connection, events)
                for name in schema.TOLD:
                    tell(f"Looking at every {name}")
                    faults += _table(connection, name, rows[name])
                faults += _drafts(connection)
        except StoreError as error:  # a byte was changed so that the engine itself cannot read a text
            faults.append(error.message)
        areas = sorted({str(row["file"]) for row in rows["area"].values()})
        for file in areas:
            tell("Looking at the files of areas")
            try:
                if hashlib.sha256(self.areas.data(file)).hexdigest() != file:
                    faults.append(f"The area file {file} has been changed.")
            except StoreError as error:
                faults.append(error.message)
        head = f"{events[-1].seq}-{events[-1].hash}" if events else ""
        number = len(rows["version"]), len(rows["decision"])
        return Report(tuple(faults), head, len(events), *number, len(areas))

    def rebuild(self, key: str, mark: str = "") -> Rebuilt:
        """A version with its statuses and decisions, from the log alone, as they were at an event (or now).

        Raises StoreError where the log does not hold, has no such event, or did not know the version by then.
        """
        faults: list[str] = []
        with self.reading() as connection:
            events: list[Event] = []
            _log(connection, events, {name: {} for name in schema.TOLD}, faults)
            if mark:
                faults += _marked(events, mark)
            if faults:
                raise StoreError(
                    f"The log does not hold: {faults[0]}", mend="Verify the store.", command="footprints store verify"
                )
            events = events[: int(mark.partition("-")[0])] if mark else events
            told = [(table, row) for event in events for table, row in event.told]
            saved = {row["key"]: row for table, row in told if table == "version"}
            if key not in saved:
                raise StoreError(f"The log does not know {key} by event {events[-1].seq if events else 0}.")
            stored = self._version(connection, key)
        row = saved[key]
        if stored.content != row["content"]:
            raise StoreError(
                f"{key} is not what the log says was saved.", mend="Take the version from a backup of that time."
            )

        def earlier(one: str) -> str:
            return edition_of(*(saved[one][name] for name in ("plan", "parent", "other", "kind")))

        about = set(editions(key, earlier))
        return Rebuilt(
            version_of({**row, DOCUMENT: stored.document}),
            standing(
                key,
                earlier,
                lambda one: tuple(record(Status, r) for table, r in told if table == "status" and r["version"] == one),
            ),
            tuple(record(Decision, r) for table, r in told if table == "decision" and r["version"] in about),
            events[-1],
        )


def check_mark(mark: str) -> None:
    """Raises StoreError where a text is not the mark of an event."""
    _read(mark)


def _log(connection: Connection, events: list[Event], rows: dict[str, dict[str, Row]], faults: list[str]) -> None:
    """Every event, checked; and the rows of each table as the log tells them, by key."""
    last, seq = "", 0
    for event in all_events(connection):
        seq += 1
        if event.seq != seq:
            faults.append(f"The log jumps from event {seq - 1} to event {event.seq}.")
            seq = event.seq
        if event.prev != last:
            faults.append(f"Event {event.seq} does not follow the one before it.")
        if event.should_be != event.hash:
            faults.append(f"Event {event.seq} ({event.verb}, {event.at}) has been changed.")
        last = event.hash
        events.append(event)
        try:
            for table, row in event.told:
                rows[table][row[schema.key_of(schema.TOLD[table])]] = row
        except (ValueError, KeyError, TypeError):
            faults.append(f"What event {event.seq} wrote cannot be read.")


def _chain(connection: Connection, events: list[Event]) -> list[str]:
    found = connection.execute(select(schema.chain.c.seq, schema.chain.c.hash)).all()
    wanted = (events[-1].seq, events[-1].hash) if events else (0, "")
    if [tuple(row) for row in found] != [wanted]:
        return [f"The log ends at event {wanted[0]}, but the store says {', '.join(str(row[0]) for row in found)}."]
    return []


def _marked(events: list[Event], mark: str) -> list[str]:
    seq, start = _read(mark)
    if seq > len(events):
        return [f"The log ends at event {len(events)}: what was written up to event {seq} has been cut off."]
    if seq < 1 or not events[seq - 1].hash.startswith(start):
        return [f"Event {seq} is not the one whose mark was given: the log has been written anew."]
    return []


def _read(mark: str) -> tuple[int, str]:
    """Number and beginning of the hash of a mark."""
    read = _MARK.fullmatch("".join(mark.split()).casefold())  # papers print it in groups
    if read is None:
        raise StoreError(
            f"“{mark}” is not the mark of an event.",
            mend="Write its number, a dash and at least 12 digits of its hash.",
        )
    return int(read[1]), read[2]


def _table(connection: Connection, name: str, told: dict[str, Row]) -> list[str]:
    """Where a table differs from what the log tells of it."""
    table, faults, seen = schema.TOLD[name], [], set()
    key = schema.key_of(table)
    query = select(table)
    if name == "version":
        query = query.where(table.c.kind != schema.DRAFT)
    for row in connection.execute(query.order_by(table.c[key])).mappings():
        held = dict(row)
        own = held[key]
        document = held.pop(DOCUMENT, None)
        seen.add(own)
        if own not in told:
            faults.append(f"No event tells of the {name} {own}.")
            continue
        wrong = [column for column, value in told[own].items() if not _same(held.get(column), value)]
        if wrong or set(held) != set(told[own]):
            faults.append(f"The {name} {own} has been changed: {some(wrong)}.")
        if document is not None and not _is(document, told[own].get("content")):
            faults.append(f"The content of the {name} {own} has been changed.")
    faults += [f"The {name} {own} is gone." for own in sorted(set(told) - seen)]
    return faults


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def _is(document: Any, content: Any) -> bool:
    """Whether a document has that hash, and reads back as the same bytes."""
    if not isinstance(document, str):
        return False
    data = document.encode("utf-8", "surrogatepass")
    if hashlib.sha256(data).hexdigest() != content:
        return False
    try:
        return plan_bytes(plan_from_bytes(data)) == data
    except FootprintError:
        return False


def _drafts(connection: Connection) -> list[str]:
    """Drafts are not in the log; each is checked against its own hash."""
    table = schema.version
    rows = connection.execute(select(table).where(table.c.kind == schema.DRAFT)).mappings()
    return [
        f"The draft {row['key']} has been changed since it was kept."
        for row in rows
        if not isinstance(row[DOCUMENT], str)
        or hashlib.sha256(row[DOCUMENT].encode("utf-8", "surrogatepass")).hexdigest() != row["content"]
        or row["number"] is not None
    ]

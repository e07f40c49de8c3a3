"""The log: every change of the store as one event, each bound to the one before it by SHA-256. Nothing leaves it.

An event holds the whole of every row that it wrote (of a version all but its document, whose SHA-256 stands in the
row), so that the tables can be worked out again from the log, and any byte that was changed since differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from footprints.errors import StoreError
from footprints.store import schema

FORMAT = "footprints-event/1"
DOCUMENT = "document"  # the one column of a version that an event does not hold
Row = dict[str, Any]
_SERVER_TIME = "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"


def compact(value: Any) -> str:
    """Canonical JSON on one line: sorted keys, no blanks, letters as they are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True)
class Event:
    """One line of the log. rows : JSON list of [table, row]. prev : hash of the event before, "" for the first."""

    seq: int
    at: str
    actor: str
    verb: str
    project: str
    plan: str
    token: str
    rows: str
    prev: str
    hash: str

    @property
    def told(self) -> list[tuple[str, Row]]:
        """The rows that it wrote, each with the name of its table."""
        return [(str(table), dict(row)) for table, row in json.loads(self.rows)]

    def row(self, table: str) -> Row:
        """The first row of a table that it wrote."""
        return next(row for name, row in self.told if name == table)

    @property
    def should_be(self) -> str:
        """The hash that its content gives."""
        parts = [
            FORMAT, self.seq, self.at, self.actor, self.verb, self.project, self.plan, self.token, self.rows, self.prev,
        ]  # fmt: skip
        return hashlib.sha256(compact(parts).encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def mark(self) -> str:
        """What is printed in a paper so that nobody can cut the log off later: number and hash."""
        return f"{self.seq}-{self.hash}"


def event_of(row: RowMapping) -> Event:
    """An event as it is stored."""
    return Event(**{name: row[name] for name in Event.__dataclass_fields__})


@dataclass
class Writing:
    """One transaction that holds the chain. at : the time of the store, UTC. rows : what it wrote so far."""

    connection: Connection
    actor: str
    at: str
    seq: int
    prev: str
    rows: list[tuple[str, Row]] = field(default_factory=list)

    def insert(self, table: str, row: Mapping[str, Any], document: str = "") -> None:
        """Write a new row, and tell it."""
        more = {DOCUMENT: document} if table == "version" else {}
        self.connection.execute(insert(schema.TOLD[table]), [{**row, **more}])
        self.rows.append((table, dict(row)))

    def change(self, table: str, key: str, **values: Any) -> Row:
        """Change a row, and tell the whole of it."""
        own = schema.TOLD[table]
        column = own.c[schema.key_of(own)]
        self.connection.execute(update(own).where(column == key).values(**values))
        row = dict(self.connection.execute(select(own).where(column == key)).mappings().one())
        self.rows.append((table, row))
        return row


def hold(connection: Connection, actor: str, clock: str) -> Writing:
    """Take the chain for this transaction; others wait. clock : the time here, for a store that has none of its own."""
    held = select(schema.chain.c.seq, schema.chain.c.hash).with_for_update()  # SQLite holds the whole file already
    seq, last = connection.execute(held).one()
    if connection.dialect.name == "postgresql":
        clock = str(connection.exec_driver_sql(_SERVER_TIME).scalar_one())
    return Writing(connection, actor, clock, int(seq), str(last))


def by_token(connection: Connection, token: str) -> Event | None:
    """The event that a token was used for, if it was."""
    row = connection.execute(select(schema.events).where(schema.events.c.token == token)).mappings().first()
    return event_of(row) if row is not None else None


def append(writing: Writing, verb: str, project: str, plan: str, token: str) -> Event:
    """Write the event of a transaction, with all the rows that were told, and move the chain on."""
    blank = Event(
        writing.seq + 1, writing.at, writing.actor, verb, project, plan, token, compact(writing.rows), writing.prev, ""
    )
    event = Event(**{**blank.__dict__, "hash": blank.should_be})
    writing.connection.execute(insert(schema.events), [event.__dict__])
    moved = writing.connection.execute(
        update(schema.chain)
        .where(schema.chain.c.id == 1, schema.chain.c.seq == writing.seq)
        .values(seq=event.seq, hash=event.hash)
    )
    if moved.rowcount != 1:
        raise StoreError("Somebody else wrote at the same moment, so nothing was saved.", mend="Save again.")
    return event


def events_of(connection: Connection, project: str, plan: str, last: int | None) -> tuple[Event, ...]:
    """Events in order, of one project or plan where named; last : only the newest so many."""
    own = schema.events
    query = select(own).order_by(own.c.seq.desc())
    query = query.where(own.c.project == project) if project else query
    query = query.where(own.c.plan == plan) if plan else query
    rows = connection.execute(query if last is None else query.limit(last)).mappings()
    return tuple(event_of(row) for row in rows)[::-1]


def all_events(connection: Connection, after: int = 0) -> Iterator[Event]:
    """Every event in order, a few at a time."""
    last = after
    while True:
        rows = connection.execute(
            select(schema.events).where(schema.events.c.seq > last).order_by(schema.events.c.seq).limit(500)
        ).mappings()
        found = [event_of(row) for row in rows]
        yield from found
        if not found:
            return
        last = found[-1].seq

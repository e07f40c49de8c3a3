"""The tables of the store, the same on SQLite and PostgreSQL; what may never change is guarded by triggers.

A version, a decision, a status and an event are written once. Projects, plans, people and bodies are rows that change,
but every change is an event that holds the whole row, so that what stands in them can be worked out again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import (
    DDL,
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    insert,
)

SCHEMA = 1
# Kinds of version that the programme asks for; the others are the verbs "save", "merge", "branch" and "revert".
DRAFT = "draft"
EDITION = "edition"  # its parent on other evidence, and nothing else

metadata = MetaData()


def _text(
    name: str, *more: ForeignKey, primary_key: bool = False, index: bool = False, unique: bool = False
) -> Column[str]:
    return Column(name, Text, *more, nullable=False, primary_key=primary_key, index=index, unique=unique)


def _number(name: str, primary_key: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=False, primary_key=primary_key)


meta = Table("meta", metadata, _text("key", primary_key=True), _text("value"))

project = Table(
    "project", metadata,
    _text("id", primary_key=True), _text("name"), _text("place"), _text("codes_digest"), _text("maker"), _text("made"),
    _text("archived"),
)  # fmt: skip
area = Table(
    "area", metadata,
    _text("digest", primary_key=True), _text("file"), _text("name"), _number("units"), _text("codes_digest"),
    _text("keeper"), _text("kept"),
)  # fmt: skip
person = Table(
    "person", metadata,
    _text("key", primary_key=True), _text("project", ForeignKey("project.id"), index=True), _text("who"), _text("role"),
    _text("since"), _text("until"),
)  # fmt: skip
body = Table(
    "body", metadata,
    _text("key", primary_key=True), _text("project", ForeignKey("project.id"), index=True), _text("name"),
    _text("kind"), _text("part"), _text("codes"), _text("archived"),
)  # fmt: skip
plan = Table(
    "plan", metadata,
    _text("id", primary_key=True), _text("project", ForeignKey("project.id"), index=True), _text("name"),
    _number("head"), _text("origin"), _text("maker"), _text("made"), _text("archived"),
)  # fmt: skip
# A draft has no number; its author's next autosave takes its place. `document` is the canonical plan.json.
version = Table(
    "version", metadata,
    _text("key", primary_key=True), _text("plan", ForeignKey("plan.id"), index=True),
    Column("number", Integer, nullable=True), _number("parent"), _text("other"), _text("kind"), _text("author"),
    _text("at"), _text("reason"), _text("content"), _text("area", ForeignKey("area.digest")), _text("document"),
    UniqueConstraint("plan", "number"),
)  # fmt: skip
status = Table(
    "status", metadata,
    _text("key", primary_key=True), _text("version", ForeignKey("version.key"), index=True), _text("content"),
    _text("status"), _text("dated"), _text("valid_from"), _text("reason"), _text("who"), _text("at"),
)  # fmt: skip
decision = Table(
    "decision", metadata,
    _text("key", primary_key=True), _text("version", ForeignKey("version.key"), index=True), _text("content"),
    _text("body", ForeignKey("body.key"), index=True), _text("stage"), _text("outcome"), _text("dated"),
    _text("minute"), _text("paper"), _text("options"), _text("conditions"), _text("dissent"), _text("delegate"),
    _number("limit_people"), _text("under"), _text("clerk"), _text("at"),
)  # fmt: skip
events = Table(
    "event", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False), _text("at"), _text("actor"), _text("verb"),
    _text("project", index=True), _text("plan", index=True), _text("token", unique=True), _text("rows"), _text("prev"),
    _text("hash"),
)  # fmt: skip
# One row: the last event. Whoever writes locks it first.
chain = Table("chain", metadata, _number("id", primary_key=True), _number("seq"), _text("hash"))

# Tables whose rows are told in events, with the column that is their key.
TOLD: Mapping[str, Table] = {t.name: t for t in (project, area, person, body, plan, version, status, decision)}
_ONCE = ("area", "status", "decision", "event")
_KEPT = ("project", "person", "body", "plan", "version", "meta", "chain")


def key_of(table: Table) -> str:
    """The name of the one column that is the key of a table."""
    return next(iter(table.primary_key)).name


def _ddl(statement: str) -> DDL:
    return DDL(statement)  # type: ignore[no-untyped-call]


def _guards() -> None:
    refuse = _ddl(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS $$ BEGIN "
        "RAISE EXCEPTION '%% is never changed or deleted', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
    )
    event.listen(metadata, "before_create", refuse.execute_if(dialect="postgresql"))
    pairs = [*((t, "DELETE", "") for t in (*_ONCE, *_KEPT)), *((t, "UPDATE", "") for t in _ONCE)]
    pairs.append(("version", "UPDATE", f"WHEN (OLD.kind <> '{DRAFT}' OR NEW.kind <> '{DRAFT}')"))
    for name, verb, when in pairs:
        head = f"CREATE TRIGGER {name}_no_{verb.lower()} BEFORE {verb} ON {name} FOR EACH ROW {when} "
        lite = _ddl(f"{head} BEGIN SELECT RAISE(ABORT, '{name} is never changed or deleted'); END")
        big = _ddl(f"{head} EXECUTE FUNCTION refuse_change()")
        event.listen(metadata, "after_create", lite.execute_if(dialect="sqlite"))
        event.listen(metadata, "after_create", big.execute_if(dialect="postgresql"))


_guards()

# schema -> how a store of that schema becomes one of the next. Schema 1 is the first, so there is none yet.
MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {}


def create(connection: Connection) -> None:
    """The tables, the guards, the schema number, and an empty chain."""
    metadata.create_all(connection)
    connection.execute(insert(meta), [{"key": "schema", "value": str(SCHEMA)}])
    connection.execute(insert(chain), [{"id": 1, "seq": 0, "hash": ""}])

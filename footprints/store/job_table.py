"""The table of jobs: working data beside the record of plans, in no event and no proof, and free to be thrown away.

It lies in an SQLite file of one computer, or in a database that its processes share. A table of an earlier
schema is made anew, as nothing in it is more than a calculation that can be done again.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError

from footprints.errors import StoreError
from footprints.store.engine import READING, check_engine, make_engine, told

SCHEMA = 1
JOBS = "The list of calculations"
_LOCK_NUMBER = 7_305_021

metadata = MetaData()


def _text(name: str, *, unique: bool = False, index: bool = False) -> Column[str]:
    return Column(name, Text, nullable=False, default="", unique=unique, index=index)


def _number(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, default=0)


meta = Table("job_meta", metadata, Column("key", Text, primary_key=True), _text("value"))
job = Table(
    "job", metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    _text("id", unique=True), _text("key"), _number("attempt"),
    _text("tenant", index=True), _text("owner"), _text("kind"), _text("title"), _text("place"), _text("area"),
    _number("seed"), _text("program"), _text("versions"), _text("request"),
    _text("state", index=True), _number("tries"), _number("cancel"),
    _text("worker"), _text("host"), _text("token", index=True), _number("beats"),
    _text("stage"), Column("fraction", Float), _text("progress"), Column("seconds", Float, nullable=False, default=0.0),
    _text("result"), _number("repeatable"), _number("taken"), _text("error"), _text("mend"),
    _text("asked_at"), _text("begun_at"), _text("ended_at"),
    UniqueConstraint("key", "attempt"),
)  # fmt: skip


def open_engine(where: str | Path) -> Engine:
    """An engine on the table of jobs, made where there is none. Raises StoreError where it cannot be used.

    DamagedError where it is a file that is not whole.
    """
    engine = make_engine(where)
    try:
        check_engine(engine, JOBS)
        with engine.connect().execution_options(**{READING: True}) as connection:
            found = _schema_of(connection)
        if found != SCHEMA:
            _make(engine)
    except DBAPIError as error:
        engine.dispose()
        raise told(error, JOBS) from error
    except StoreError:
        engine.dispose()
        raise
    return engine


def _make(engine: Engine) -> None:
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK_NUMBER})
        found = _schema_of(connection)  # somebody else may have been first
        if found == SCHEMA:
            return
        if found is not None and found > SCHEMA:
            raise StoreError(
                f"The list of jobs is of schema {found}; this version of the programme knows up to {SCHEMA}.",
                mend="Use the newer version of the programme that wrote it.",
            )
        metadata.drop_all(connection)
        metadata.create_all(connection)
        connection.execute(insert(meta), [{"key": "schema", "value": str(SCHEMA)}])


def _schema_of(connection: Connection) -> int | None:
    if not inspect(connection).has_table(meta.name):
        return None
    value = connection.execute(select(meta.c.value).where(meta.c.key == "schema")).scalar()
    return int(value) if value is not None and value.isdigit() else None

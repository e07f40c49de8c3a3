"""Opening a store: the file or the server, its schema, its backups, its area files."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from footprints.errors import StoreError
from footprints.platform import own_folder
from footprints.store import backup, job_table, schema
from footprints.store.areas import Areas
from footprints.store.base import now
from footprints.store.engine import READING, check_engine, is_server, make_engine, told
from footprints.store.events import Event, Writing
from footprints.store.verify import Verified

FILE = "footprints.sqlite"
_LOCK_NUMBER = 7_302_026  # of the advisory lock under which a server's tables are made or changed


class Store(Verified):
    """An open store (see `open_store`). said : what went wrong without harm, such as a backup that was not made.

    file : of a store on this computer. address : by which it is opened again.
    """

    said: str = ""
    file: Path | None = None
    address: str = ""
    _day: str = ""

    def write(self, verb: str, who: str, token: str, work: Callable[[Writing], tuple[str, str]]) -> Event:
        """See `Base.write`. The first act of a day is followed by that day's backup."""
        event = super().write(verb, who, token, work)
        self.keep_daily()
        return event

    def keep_daily(self) -> None:
        """Today's backup of a file, unless it was made; where it cannot be, `said` tells so and no more."""
        today = datetime.now(UTC).strftime("%Y-%m-%d")
        if self.file is None or self._day == today:
            return
        self._day = today
        try:
            backup.daily(self.file, today)
        except (OSError, sqlite3.Error) as error:
            self.said = f"Today's backup could not be made ({error}); the store itself is whole."


def store_folder() -> Path:
    """Where the store of this computer lies: FOOTPRINTS_DATA, else the local application data of the user."""
    return own_folder("store")


class NoStoreError(StoreError):
    """There is no store where one was looked for."""


def open_store(
    where: str | Path | None = None,
    *,
    areas: Path | None = None,
    create: bool = False,
    clock: Callable[[], str] = now,
    step: Callable[[str], None] = lambda name: None,
) -> Store:
    """Open a store: a path of an SQLite file, or postgresql://…; without either, that of this computer.

    areas : the folder of area files; by default beside the file (on a server in the folder of this computer). create :
    make one where there is none. An older store is migrated after a backup; a newer one, a damaged one, and one on a
    network share are refused. Raises StoreError.
    """
    place = where or os.environ.get("FOOTPRINTS_STORE", "") or store_folder() / FILE
    file = None if is_server(place) else Path(place)
    if file is not None and not create and "://" not in str(place) and not file.exists():
        raise NoStoreError(f"There is no store {file}.", mend="Make one.", command="footprints store init")
    engine = make_engine(place)
    told_areas = areas or (Path(given) if (given := os.environ.get("FOOTPRINTS_AREAS", "")) else None)
    folder = told_areas or (store_folder() if file is None else file.parent) / "areas"
    try:
        check_engine(engine)
        _make_or_migrate(engine, file, create)
    except DBAPIError as error:
        engine.dispose()
        raise _with_backup(told(error), file) from error
    except StoreError as error:
        engine.dispose()
        raise _with_backup(error, file) from error
    store = Store(engine, Areas(folder), clock=clock, step=step)
    store.file, store.address = file, str(place)
    store.keep_daily()
    return store


def _with_backup(error: StoreError, file: Path | None) -> StoreError:
    """A damaged store: name the copy to take."""
    if file is None or not ("damaged" in error.message or "cannot be read" in error.message):
        return error
    last = backup.newest(file)
    mend = f"Put the store aside and copy {last} into its place." if last else "There is no backup beside it."
    return StoreError(error.message, mend=mend)


def _make_or_migrate(engine: Engine, file: Path | None, create: bool) -> None:
    with engine.connect().execution_options(**{READING: True}) as connection:
        found = _schema_of(connection)
    if found == schema.SCHEMA:
        return
    if found is not None and found > schema.SCHEMA:
        raise StoreError(
            f"The store is of schema {found}; this version of the programme knows up to {schema.SCHEMA}.",
            mend="Use the newer version of the programme that wrote it.",
        )
    if found is None and not create:
        raise NoStoreError("There is no store at that address.", mend="Make one.", command="footprints store init")
    if found is not None and file is not None:
        try:
            backup.before_migration(file, found)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"The store was not migrated, because its backup could not be made ({error}).", mend="Free some space."
            ) from None
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": _LOCK_NUMBER})
        now_found = _schema_of(connection)  # somebody else may have been first
        if now_found is None:
            schema.create(connection)
            return
        for number in range(now_found, schema.SCHEMA):
            if number not in schema.MIGRATIONS:
                raise StoreError(f"The store is of schema {number}, which was never used.")
            schema.MIGRATIONS[number](connection)
        connection.execute(update(schema.meta).where(schema.meta.c.key == "schema").values(value=str(schema.SCHEMA)))


def _schema_of(connection: Connection) -> int | None:
    """The schema number of a store; None for an empty file or database. Raises StoreError for somebody else's."""
    tables = set(inspect(connection).get_table_names()) - set(job_table.metadata.tables)
    if not tables:
        return None
    value = (
        connection.execute(select(schema.meta.c.value).where(schema.meta.c.key == "schema")).scalar()
        if {"meta", "chain", "event"} <= tables
        else None
    )
    if value is None or not str(value).isdigit():
        raise StoreError("That is a database of something else, not a store.", mend="Give another file or database.")
    return int(str(value))

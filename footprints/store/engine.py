"""How a store is opened: an SQLite file on this computer by default, or PostgreSQL by its address.

SQLite runs with a rollback journal and every commit on the disk. WAL is faster only under loads that no place has, and
every SQLite before 3.51.3 (but 3.50.7 and 3.44.6) can lose commits in it when two connections write and checkpoint.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from footprints.errors import StoreError
from footprints.store.network import refuse_share

BUSY_SECONDS = 10
PRAGMAS = {"journal_mode": "delete", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1}
OLDEST_SERVER = 15
READING = "footprints_reading"
STORE = "The store"


class DamagedError(StoreError):
    """A file that cannot be read as a database, or not whole."""


def is_server(where: str | Path) -> bool:
    """Whether it is the address of a server, not a file."""
    return isinstance(where, str) and where.startswith(("postgresql://", "postgresql+psycopg://"))


def make_engine(where: str | Path) -> Engine:
    """An engine on a file or an address. Raises StoreError where it cannot be meant, or may not be used."""
    if is_server(where):
        return _server(str(where))
    if "://" in str(where):
        raise StoreError(
            f"“{str(where).split('://', maxsplit=1)[0]}://…” is not an address that the store knows.",
            mend="Give the path of a file, or postgresql://USER@HOST/DATABASE.",
        )
    return _file(Path(where))


def _file(path: Path) -> Engine:
    refuse_share(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"The store {path} cannot be made ({error.strerror}).", mend="Name another folder.") from None
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS},
        pool_size=16,
        max_overflow=64,
    )

    @event.listens_for(engine, "connect")
    def _prepared(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin below, not where the driver thinks fit
        for name, value in PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}").close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get(READING, False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _server(where: str) -> Engine:
    try:
        address = make_url(where).set(drivername="postgresql+psycopg")
        return create_engine(
            address,
            pool_pre_ping=True,
            pool_size=16,
            max_overflow=64,
            connect_args={
                "options": f"-c lock_timeout={BUSY_SECONDS}s -c synchronous_commit=on",
                "connect_timeout": 10,
            },
        )
    except ModuleNotFoundError:
        raise StoreError(
            "A store on a PostgreSQL server needs the package psycopg, which is not installed.",
            mend='Install it with: python -m pip install -e ".[server]"',
        ) from None
    except ArgumentError:
        raise StoreError(
            "The address of the server cannot be read.", mend="Write postgresql://USER@HOST/DATABASE."
        ) from None


def check_engine(engine: Engine, what: str = STORE) -> None:
    """That the engine is what the store relies on, and the file whole. what : it is called in words.

    Raises StoreError with what is not so, DamagedError where the file is not whole.
    """
    with engine.connect().execution_options(**{READING: True}) as connection:
        if engine.dialect.name == "sqlite":
            _check_file(connection, what)
        else:
            _check_server(connection)


def _check_file(connection: Connection, what: str) -> None:
    for name, wanted in PRAGMAS.items():
        found = connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
        if str(found).casefold() != str(wanted):
            raise StoreError(
                f"SQLite did not take the setting {name} = {wanted} (it is {found}), so a commit may not be safe.",
                mend="Close other programs that have the file open, or keep it in another folder.",
            )
    said = [str(row[0]) for row in connection.exec_driver_sql("PRAGMA integrity_check(5)")]
    if said != ["ok"]:
        raise DamagedError(f"{what} is damaged: {'; '.join(said)}.")
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first():
        raise DamagedError(f"{what} is damaged: rows of it point to rows that are not there.")


def _check_server(connection: Connection) -> None:
    number = int(connection.execute(text("SHOW server_version_num")).scalar_one()) // 10_000
    if number < OLDEST_SERVER:
        raise StoreError(
            f"The server is PostgreSQL {number}; the store needs {OLDEST_SERVER} or newer.", mend="Use a newer server."
        )
    if connection.execute(text("SHOW server_encoding")).scalar_one() != "UTF8":
        raise StoreError("The database does not hold UTF-8 text.", mend="Make one with ENCODING 'UTF8'.")
    for name in ("fsync", "full_page_writes"):
        if connection.execute(text(f"SHOW {name}")).scalar_one() != "on":
            raise StoreError(
                f"The server runs with {name} off, so that a power cut may lose what was saved.",
                mend=f"Set {name} = on in postgresql.conf and reload.",
            )


def told(error: DBAPIError, what: str = STORE) -> StoreError:
    """An error of the engine, for a planner. what : it is called in words."""
    words = str(error.orig or error).strip().splitlines()[0] if str(error.orig or error).strip() else "no reason given"
    low = words.casefold()
    if "disk is full" in low or "no space left" in low:
        return StoreError("The disk is full, so nothing was saved.", mend="Free some space and save again.")
    if "locked" in low or "lock timeout" in low or "lock_timeout" in low:
        return StoreError(
            f"{what} was busy for {BUSY_SECONDS} seconds, so nothing was saved.", mend="Save again in a moment."
        )
    if "readonly" in low or "read-only" in low:
        return StoreError(f"{what} may only be read here, so nothing was saved.", mend="Ask for the right to write.")
    if "malformed" in low or "not a database" in low:
        return DamagedError(f"{what} cannot be read: {words}.", mend="Take the newest of its backups.")
    if "disk i/o" in low:
        return StoreError(f"{what} cannot be read: {words}.", mend="Look whether the disk is whole.")
    return StoreError(f"{what} does not answer: {words}.", mend="Check that it can be reached, and try again.")

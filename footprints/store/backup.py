"""Copies of an SQLite store, by its own backup: one a day and one before every migration, the newest 14 of each kept.

A server has backups of its own (see docs/store.md).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from datetime import UTC, datetime
from pathlib import Path

KEPT = 14
FOLDER = "backups"


def newest(store: Path) -> Path | None:
    """The newest backup of a store, if there is one."""
    found = sorted((store.parent / FOLDER).glob(f"{store.stem}-*.sqlite"), key=lambda p: p.stat().st_mtime)
    return found[-1] if found else None


def daily(store: Path, today: str) -> Path | None:
    """Today's copy, unless there is one; the path of a copy that was made. Raises OSError or sqlite3.Error."""
    name = f"{store.stem}-{today}.sqlite"
    if (store.parent / FOLDER / name).exists():
        return None
    return _copy(store, name, "[0-9]*")


def before_migration(store: Path, schema: int) -> Path:
    """A copy of a store that is about to become another schema. Raises OSError or sqlite3.Error."""
    stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    return _copy(store, f"{store.stem}-schema{schema}-{stamp}.sqlite", "schema*")


def _copy(store: Path, name: str, kind: str) -> Path:
    folder = store.parent / FOLDER
    folder.mkdir(exist_ok=True)
    beside = folder / f".{name}.{uuid.uuid4().hex}"
    try:
        with (
            contextlib.closing(sqlite3.connect(store, timeout=10)) as source,
            contextlib.closing(sqlite3.connect(beside)) as copy,
        ):
            source.backup(copy)
            said = copy.execute("PRAGMA integrity_check(1)").fetchone()
        if said != ("ok",):
            raise sqlite3.DatabaseError(f"the copy is not whole: {said}")
        with beside.open("r+b") as file:
            os.fsync(file.fileno())
        beside.replace(folder / name)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()
    for old in sorted(folder.glob(f"{store.stem}-{kind}.sqlite"), key=lambda p: p.stat().st_mtime)[:-KEPT]:
        with contextlib.suppress(OSError):
            old.unlink()
    return folder / name

"""The stores that this process has open, one for each address; every thread and session shares them.

A store holds no connection of its own: each transaction takes one from its pool, so no connection is ever used by two
threads at once.
"""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

from footprints.store.engine import is_server
from footprints.store.opening import FILE, NoStoreError, Store, open_store, store_folder

_LOCK = Lock()
_OPEN: dict[tuple[str, str], Store] = {}
_TURNS: dict[tuple[str, str], Lock] = {}  # one server that does not answer holds up nobody at another one


def store_here(where: str | Path | None = None, areas: Path | None = None, *, create: bool = False) -> Store | None:
    """The open store of an address (by default that of this computer); opened when it is first asked for.

    None where there is none, unless it is to be made: looking makes no file and no table. Raises StoreError where it
    cannot be opened.
    """
    place = str(where or os.environ.get("FOOTPRINTS_STORE", "") or store_folder() / FILE)
    key = place, str(areas or os.environ.get("FOOTPRINTS_AREAS", ""))
    missing = not is_server(place) and "://" not in place and not Path(place).exists()
    with _LOCK:
        if missing and key in _OPEN:  # the file was taken away, as when a backup is put in its place
            _OPEN.pop(key).close()
        if missing and not create:
            return None
        if key in _OPEN:
            return _OPEN[key]
        turn = _TURNS.setdefault(key, Lock())
    with turn:
        with _LOCK:
            if key in _OPEN:
                return _OPEN[key]
        try:
            made = open_store(place, areas=areas, create=create)
        except NoStoreError:
            return None
        with _LOCK:
            _OPEN[key] = made
        return made


def close_all() -> None:
    """Let go of every store; each is opened again when it is asked for."""
    with _LOCK:
        for store in _OPEN.values():
            store.close()
        _OPEN.clear()

"""The desks of this server: one for each place, shared by all tabs, kept in the data folder of the user."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from threading import Lock

from boundaries.area import Area
from footprints.editing.desk import Desk
from footprints.editing.journal import Journal
from footprints.editing.signing import Person, Signature
from footprints.editing.sweeping import sweep
from footprints.errors import PlanError
from footprints.platform import own_folder

_LOCK = Lock()
_OPEN: dict[Path, Desk] = {}


def data_folder() -> Path:
    """Where desks are kept: FOOTPRINTS_DATA, else the local application data of the user (never a roaming profile)."""
    return own_folder("desks")


def person() -> Person:
    """The person at this computer, whose name stands beside what is changed; kept beside the desks."""
    return Person(data_folder() / "person.json")


def close_all() -> None:
    """Let go of every desk; each is taken up again from its journal when it is asked for."""
    with _LOCK:
        for desk in _OPEN.values():
            desk.close()
        _OPEN.clear()


def desk_of(area: Area, home: Path | None = None, sign: Callable[[], Signature] | None = None) -> Desk:
    """The desk of an area, the same for every tab; taken up from its journal when it is first asked for.

    Where another process holds the journal it is in memory only, and written down as soon as that one is gone.

    home : the folder of the person whose desk it is, who signs by `sign`; by default the one at this computer.
    """
    own = (home / "desks" if home else data_folder()) / f"{area.digest[:24]}.jsonl"
    with _LOCK:
        if own not in _OPEN:
            by = sign or person().sign
            try:
                _OPEN[own] = Desk(area, Journal(own, shared=home is not None), sign=by)
            except (PlanError, OSError) as error:
                _OPEN[own] = Desk(area, said=str(error), sign=by)
            sweep(own)
        elif not _OPEN[own].kept:  # whoever held its journal may be gone
            with contextlib.suppress(PlanError, OSError):
                _OPEN[own].keep_in(Journal(own, shared=home is not None))
        return _OPEN[own]

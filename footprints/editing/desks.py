"""The desks of this server: one for each place, shared by all tabs, kept in the data folder of the user.

In shared mode there is one for each place and person, and nobody says goodbye: a desk at which nobody sits any more is
let go of after a while, its journal too, and taken up again when it is asked for.
"""

from __future__ import annotations

import contextlib
import time
import weakref
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

RESTS_S = 7_200.0  # since a desk was asked for last, after which it is let go of
_LOCK = Lock()
_OPEN: dict[Path, Desk] = {}
_ASKED: dict[Path, float] = {}  # desks of shared mode -> when they were asked for last


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
        _ASKED.clear()


def desk_of(area: Area, home: Path | None = None, sign: Callable[[], Signature] | None = None) -> Desk:
    """The desk of an area, the same for every tab; taken up from its journal when it is first asked for.

    Where another process holds the journal it is in memory only, and written down as soon as that one is gone.

    home : the folder of the person whose desk it is, who signs by `sign`; by default the one at this computer.
    """
    own = (home / "desks" if home else data_folder()) / f"{area.digest[:24]}.jsonl"
    with _LOCK:
        if home is not None:
            _let_go(time.monotonic(), own)
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


def _let_go(now: float, wanted: Path) -> None:
    """Let go of the desks of others at which nobody sits: that no tab holds, not asked for since `RESTS_S`.

    A desk that is in memory only stays, as nothing else has what was drawn at it.
    """
    _ASKED[wanted] = now
    for own in [own for own, asked in _ASKED.items() if own != wanted and now - asked >= RESTS_S]:
        journal = _OPEN[own].journal if own in _OPEN else None
        if journal is None:
            continue
        seen = weakref.ref(_OPEN.pop(own))
        held = seen()  # by a tab, or a request under way
        if held is None:
            del _ASKED[own]
            with contextlib.suppress(OSError):  # no matter of whoever asks; another process waits for this one's end
                journal.release()
        else:
            _OPEN[own] = held

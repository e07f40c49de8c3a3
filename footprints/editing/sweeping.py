"""Journals that nobody will take up again: of evidence that was read otherwise since, and long untouched.

A journal goes only when it is older than 90 days, whole, held by no running app, and a newer one of its place is there.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

from footprints.editing.journal import SCHEMA, held

DAYS = 90
log = logging.getLogger("footprints.editing")


def sweep(own: Path) -> tuple[Path, ...]:
    """Take away old journals in the folder of `own`, which is the one in use and stays; gives those that went.

    Each is told in the log. A file that cannot be read or removed is left where it is.
    """
    try:
        found = [(file.stat().st_mtime, file) for file in own.parent.glob("*.jsonl") if file != own]
    except OSError:
        return ()
    ends = time.time() - DAYS * 86_400
    if not any(touched < ends for touched, _ in found):
        return ()
    newest: dict[str, tuple[float, Path]] = {}
    places = {file: _place(file) for _, file in found} | {own: _place(own)}
    for touched, file in [*found, (time.time(), own)]:
        place = places[file]
        if place is not None and (place not in newest or newest[place] < (touched, file)):
            newest[place] = (touched, file)
    gone = []
    for touched, file in sorted(found):
        place = places[file]
        if touched >= ends or place is None or newest[place][1] == file or held(file):
            continue
        try:
            file.unlink()
            file.with_suffix(".pid").unlink(missing_ok=True)
        except OSError as error:
            log.warning("An old journal (%s, of %s) could not be taken away: %s", file.name, place, error.strerror)
            continue
        day = time.strftime("%Y-%m-%d", time.gmtime(touched))
        log.warning("Took away the old journal %s of %s, last written on %s", file.name, place, day)
        gone.append(file)
    return tuple(gone)


def _place(file: Path) -> str | None:
    """The place that a journal is of; None where it does not say, or a line of it cannot be read."""
    place = None
    try:
        with file.open("rb") as lines:
            for line in lines:
                told = json.loads(line)
                if "shelf" not in told:
                    continue
                if told["schema"] != SCHEMA:
                    return None
                plans = [option["plan"] for option in told["shelf"]["options"]]
                place = told.get("area") or (plans[0]["area_name"] if plans else place)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return place

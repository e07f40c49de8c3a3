"""Uploaded files, kept under names of our own: no text a user typed ever becomes a path.

Some official names say what the columns do not: the year, the month, the detail of boundaries. Such words, from a fixed
list, are written into our names, for the readers.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from boundaries.errors import DataError
from footprints.editing.sweeping import DAYS

KINDS = ("csv", "zip", "xlsx", "ods", "gpkg", "geojson", "json", "parquet", "shp", "shx", "dbf", "prj", "cpg")
log = logging.getLogger("footprints.ui")

_TELLING = re.compile(r"mid|(?:19|20)\d\d|BFE|BFC|BGC|BSC|BUC", flags=re.ASCII)


@dataclass(frozen=True)
class ListFile:
    """A list of places as it was given, under the planner's own name for it."""

    given: str
    data: bytes = field(repr=False)
    sha256: str


class Uploaded(Protocol):
    """A file as Streamlit hands it over."""

    name: str

    def getbuffer(self) -> memoryview: ...


def save(files: Sequence[Uploaded], within: Path | None = None) -> tuple[Path, dict[str, str]]:
    """Write the files into a new folder; gives the folder and a table from our names to theirs.

    within : the folder it is made in, from which what is older than `DAYS` goes; by default this computer's for
    temporary files. The parts of one shapefile (one
    stem, several endings) keep one stem. Raises DataError for an ending we do not read.
    """
    if within is not None:
        within.mkdir(parents=True, exist_ok=True)
        clear(within)
    folder = Path(tempfile.mkdtemp(prefix="footprints-", dir=within))
    stems: dict[str, str] = {}
    names: dict[str, str] = {}
    for file in files:
        given = plain_name(file.name)
        stem, _, ending = given.rpartition(".")
        ending = ending.lower()
        own = f"{stems.setdefault(stem, _own_stem(stem))}.{ending}"
        (folder / own).write_bytes(bytes(file.getbuffer()))
        names[own] = given
    return folder, names


def plain_name(name: str, kinds: Sequence[str] = KINDS) -> str:
    """The name of a file without any folder, to be shown. Raises DataError for an ending that is not read."""
    given = PurePosixPath(name.replace("\\", "/")).name
    _, dot, ending = given.rpartition(".")
    if not dot or ending.lower() not in kinds:
        shown = ", ".join("." + kind for kind in kinds[:8])
        parts = ", or the parts of a shapefile" if "shp" in kinds else ""
        raise DataError(
            f"“{given}” is not a kind of file that can be read here.", mend=f"Upload files ending in {shown}{parts}."
        )
    return given


def clear(within: Path) -> None:
    """Take away what was uploaded long ago; each folder is told in the log, one that cannot be removed stays."""
    ends = time.time() - DAYS * 86_400
    for old in sorted(within.glob("footprints-*")):
        try:
            if old.stat().st_mtime < ends:
                shutil.rmtree(old)
                log.warning("Took away the files that were uploaded more than %d days ago, %s", DAYS, old.name)
        except OSError as error:
            log.warning("Files that were uploaded (%s) could not be taken away: %s", old.name, error.strerror)


def _own_stem(stem: str) -> str:
    # Letters only: a digit by chance could be read as a year.
    chance = "".join(secrets.choice("ghjkmnpqrstvwxyz") for _ in range(20))
    return "-".join([chance, *_TELLING.findall(stem)[:4]])

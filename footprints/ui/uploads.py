"""Uploaded files, kept under names of our own: no text a user typed ever becomes a path.

Some official names say what the columns do not: the year, the month, the detail of boundaries. Such words, from a fixed
list, are written into our names, for the readers.
"""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Protocol

from boundaries.errors import DataError

KINDS = ("csv", "zip", "xlsx", "ods", "gpkg", "geojson", "json", "shp", "shx", "dbf", "prj", "cpg")


_TELLING = re.compile(r"mid|(?:19|20)\d\d|BFE|BFC|BGC|BSC|BUC", flags=re.ASCII)


class Uploaded(Protocol):
    """A file as Streamlit hands it over."""

    name: str

    def getbuffer(self) -> memoryview: ...


def save(files: Sequence[Uploaded], within: Path | None = None) -> tuple[Path, dict[str, str]]:
    """Write the files into a new folder; gives the folder and a table from our names to theirs.

    within : the folder it is made in; by default this computer's for temporary files. The parts of one shapefile (one
    stem, several endings) keep one stem. Raises DataError for an ending we do not read.
    """
    if within is not None:
        within.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="footprints-", dir=within))
    stems: dict[str, str] = {}
    names: dict[str, str] = {}
    for file in files:
        given = PurePosixPath(file.name.replace("\\", "/")).name
        stem, dot, ending = given.rpartition(".")
        ending = ending.lower()
        if not dot or ending not in KINDS:
            raise DataError(
                f"“{given}” is not a kind of file that can be read here.",
                mend=f"Upload files ending in {', '.join('.' + k for k in KINDS[:7])}, or the parts of a shapefile.",
            )
        own = f"{stems.setdefault(stem, _own_stem(stem))}.{ending}"
        (folder / own).write_bytes(bytes(file.getbuffer()))
        names[own] = given
    return folder, names


def _own_stem(stem: str) -> str:
    # Letters only: a digit by chance could be read as a year.
    chance = "".join(secrets.choice("ghjkmnpqrstvwxyz") for _ in range(20))
    return "-".join([chance, *_TELLING.findall(stem)[:4]])

"""Which programme this is: two that agree in it give the same answers to the same questions."""

from __future__ import annotations

import functools
import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import boundaries
import optimise

# Folders of footprints that no answer hangs on: none of a sweep, and none of a job in the app (the paper is one).
PLANS = ("ui", "cli", "report", "store")
JOBS = ("ui", "cli", "store")
_PLANS = (
    "neighbourhood-footprints",
    "graspologic-native",
    "highspy",
    "numba",
    "networkx",
    "numpy",
    "pandas",
    "pulp",
    "shapely",
)
_PAPERS = ("typst", "python-docx", "gerrychain")


@functools.cache
def program(apart: tuple[str, ...] = PLANS) -> str:
    """SHA-256 of the versions and of our source, but for the folders `apart` of footprints; for papers with boundaries.

    What a sweep answers hangs on files by the digest of their area alone.
    """
    sha = hashlib.sha256(versions("report" not in apart).encode())
    folders = [Path(optimise.__file__).resolve().parent, Path(__file__).resolve().parent]
    if "report" not in apart:  # papers and refreshing read files that are in no area
        folders.append(Path(boundaries.__file__).resolve().parent)
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            inner = path.relative_to(folder)
            if inner.parts[0] not in apart:
                sha.update(inner.as_posix().encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return sha.hexdigest()


@functools.cache
def versions(papers: bool = True) -> str:
    """Name and version of what answers hang on: "highspy 1.15.1|numba 0.63.0"; papers : with what sets them."""
    return "|".join(f"{name} {_version(name)}" for name in (*_PLANS, *(_PAPERS if papers else ())))


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # an extra
        return "none"

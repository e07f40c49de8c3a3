"""The demo county: an invented place in the official layouts, so that the tool opens on something and tests itself.

Nothing in it is real. It lies in the open North Sea inside the British grid and says everywhere that it is invented.
`write_demo` also scales to a country of 34,000 LSOAs for benchmarks.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

import platformdirs

from boundaries.demo.country import UNITS_IN_A_COUNTRY, USUAL_UNITS, make_country
from boundaries.demo.files import write_country

__all__ = ["demo_source", "write_demo"]

SEED = 2026
_APP = "neighbourhood-footprints"


def write_demo(folder: Path, *, units: int = USUAL_UNITS, seed: int = SEED, counties: int | None = None) -> None:
    """Write the invented county, or a country of several, into `folder` (made when absent; must be empty).

    units : LSOAs in all, 200 to 1,200 to a county. counties : 1 to 68; by default one up to 1,000 units, then one for
    every 680 (34,000 units: 50 counties, 300 districts).
    Each county has one county council with five districts, and one unitary city; every two share an ICB.
    The same arguments give the same bytes. Raises ValueError for numbers it cannot draw or a folder with files in it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ValueError(f"The folder {folder} is not empty: the demo is written only into an empty one.")
    count = max(1, round(units / UNITS_IN_A_COUNTRY)) if counties is None else counties
    write_country(folder, make_country(units, seed, count), seed)


def demo_source(*, units: int = USUAL_UNITS, seed: int = SEED, counties: int | None = None) -> Path:
    """The folder of the demo, written once into the user's cache and kept under a digest of its generator.

    Safe for two processes at once: each writes into a folder of its own and the first to finish gives it its name.
    """
    name = f"invented-county-{_digest(units, seed, counties)[:20]}"
    home = Path(platformdirs.user_cache_dir(_APP, appauthor=False)) / "demo"
    folder = home / name
    if folder.is_dir():
        return folder
    home.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=home))
    try:
        write_demo(draft, units=units, seed=seed, counties=counties)
        try:
            draft.replace(folder)
        except OSError:
            # Another process was first; its folder holds the same bytes.
            if not folder.is_dir():
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def _digest(units: int, seed: int, counties: int | None) -> str:
    """SHA-256 of the generator's own source and of the arguments."""
    digest = hashlib.sha256(f"{units} {seed} {counties}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode("utf-8"))
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()

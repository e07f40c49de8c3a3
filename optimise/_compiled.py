"""Where compiled kernels are kept. Imported first in the package: numba reads the variable when it compiles.

Numba takes a kernel for stale when the file that it stands in has changed, not when that of a kernel it calls has. So
the folder bears a digest of them all, and after any edit all are compiled anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from time import time

import platformdirs

APP = "neighbourhood-footprints"
KERNELS = Path(__file__).parent / "kernels"
UNUSED_DAYS = 60


def folder_name(kernels: Path = KERNELS) -> str:
    """The name of the folder for kernels as they stand in these files."""
    sha = hashlib.sha256()
    for source in sorted(kernels.glob("*.py")):
        sha.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return f"compiled-{sha.hexdigest()[:16]}"


def choose_folder() -> None:
    """Point NUMBA_CACHE_DIR at a folder for these very kernels, in the one it names or else in this user's cache.

    The package's own folder may be read-only. Folders of other kernels that no process has begun with for 60 days go.
    """
    name, told = folder_name(), os.environ.get("NUMBA_CACHE_DIR")
    if told and Path(told).name == name:
        return  # a process that this one began with has chosen
    folder = (Path(told) if told else Path(platformdirs.user_cache_dir(APP, appauthor=False))) / name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        os.utime(folder)
    except OSError:
        folder = Path(tempfile.gettempdir()) / APP / name
    else:
        clear(folder)
    os.environ["NUMBA_CACHE_DIR"] = str(folder)


def clear(folder: Path) -> None:
    """Remove the folders of other kernels beside this one that have long not been used, as far as the system lets."""
    for other in folder.parent.glob("compiled*"):
        with contextlib.suppress(OSError):
            if other != folder and other.is_dir() and other.stat().st_mtime < time() - UNUSED_DAYS * 86_400:
                shutil.rmtree(other, ignore_errors=True)


choose_folder()

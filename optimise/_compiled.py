"""Where compiled kernels are kept. Imported first in the package: numba reads the variable when it compiles."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

APP = "neighbourhood-footprints"


def choose_folder() -> None:
    """Point NUMBA_CACHE_DIR at this user's cache folder unless it is set; the package's own folder may be read-only."""
    if os.environ.get("NUMBA_CACHE_DIR"):
        return
    folder = Path(platformdirs.user_cache_dir(APP, appauthor=False)) / "compiled"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir()) / APP / "compiled"
    os.environ["NUMBA_CACHE_DIR"] = str(folder)


choose_folder()

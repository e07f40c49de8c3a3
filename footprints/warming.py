"""The first run on a machine compiles the kernels: two processes share that, while the files are being read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from footprints.platform import end_tree, spawn
from optimise.warm import is_warm, warm_up

PATIENCE_S = 120.0
_BESIDE: list[subprocess.Popen[bytes]] = []  # kept, as a command may end before it asks for what it compiles


def begin() -> Callable[[], None]:
    """Start compiling the search beside whatever comes next; call what is returned when the kernels are needed."""
    if is_warm():
        return warm_up
    if not _BESIDE:
        _BESIDE.append(spawn([sys.executable, "-m", "optimise.warm"]))
    return _finish


def _finish() -> None:
    warm_up(search=False)
    for beside in _BESIDE:
        try:
            beside.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            end_tree(beside)
            beside.communicate()
    _BESIDE.clear()
    warm_up()

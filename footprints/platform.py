"""What differs between Windows, macOS and Linux: processes (in `optimise.pool.processes`), memory, the console."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

import platformdirs
import psutil

from optimise.pool.processes import alive, end_tree, leave_now, memory_of, private_output, spawn

__all__ = [
    "alive",
    "end_tree",
    "leave_now",
    "memory_allowance",
    "memory_of",
    "own_folder",
    "private_output",
    "readable_console",
    "spawn",
]

MIB = 1024 * 1024


def memory_allowance() -> int:
    """Bytes that one job may hold by default: half of this machine's memory, at least 2 GiB."""
    return max(int(psutil.virtual_memory().total) // 2, 2048 * MIB)


def own_folder(name: str) -> Path:
    """Where data of one kind lie: under FOOTPRINTS_DATA, else in the user's local application data (no roaming)."""
    told = os.environ.get("FOOTPRINTS_DATA", "")
    return (Path(told) if told else Path(platformdirs.user_data_dir("neighbourhood-footprints", False))) / name


def readable_console(*streams: TextIO) -> None:
    """Let the streams take any character: UTF-8, and a replacement where a console's font has none."""
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")

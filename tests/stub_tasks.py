"""Tasks for worker processes that do what tasks should not, and a few that do what they should."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path

from optimise.problem import Part


def add(a: int, b: int) -> int:
    return a + b


def slowly(seconds: float, value: int) -> int:
    time.sleep(seconds)
    return value


def own_pid(seconds: float = 0.0) -> int:
    time.sleep(seconds)
    return os.getpid()


def raises(words: str) -> None:
    raise LookupError(words)


def dies() -> None:
    os._exit(3)


def dies_away_from(pid: int) -> int:
    """Ends every process but that one."""
    if os.getpid() != pid:
        os._exit(3)
    return pid


def dies_once(mark: str) -> int:
    """Ends its process the first time; the file `mark` tells whether it was there before."""
    with contextlib.suppress(FileExistsError), Path(mark).open("x", encoding="utf-8"):
        os._exit(3)
    return os.getpid()


def hangs() -> None:
    time.sleep(600)


def grows(bytes_wanted: int) -> int:
    held = bytearray(bytes_wanted)
    for at in range(0, bytes_wanted, 4096):
        held[at] = 1
    time.sleep(600)
    return len(held)


def counts(until: int, *, should_stop: Callable[[], bool] | None = None, on_step: Callable[[int], None]) -> int:
    """Counts, telling each step, until it is asked to stop."""
    step = 0
    while step < until and not (should_stop and should_stop()):
        step += 1
        on_step(step)
        time.sleep(0.02)
    return step


def people_of(part: Part, factor: int) -> tuple[int, int]:
    """The people of a part, and which object the worker holds it in."""
    return factor * int(part.people.sum()), id(part)

"""What differs between Windows, macOS and Linux where processes are started, watched and ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

import psutil

import optimise

MOST_PROCESSES = 8


def spawn(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, keep_errors: bool = True
) -> subprocess.Popen[bytes]:
    """Start `command` with pipes on its three streams, in a process group of its own and without a console window.

    `environment` is added to this process's own. Nothing is forked, so it is the same on Windows. A Python that is
    started finds this very package, wherever this one was started. Without `keep_errors` what it says on standard
    error is thrown away.
    """
    root = str(Path(optimise.__file__).resolve().parents[1])
    path = os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "PYTHONPATH": path}
    surroundings = {**os.environ, **own, **(environment or {})}
    flags, session = 0, True
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
        session = False
    return subprocess.Popen(  # noqa: S603  the command is our own interpreter and module, never text of a user
        list(command),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if keep_errors else subprocess.DEVNULL,
        env=surroundings,
        creationflags=flags,
        start_new_session=session,
    )


def end_tree(process: subprocess.Popen[bytes], patience: float = 2.0) -> None:
    """Kill the process and every child it has started; waits at most `patience` seconds for them to go.

    Nothing where it has ended: its id may be another's by then.
    """
    if process.poll() is not None:
        return
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    for member in (*children, process):
        with suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(children, timeout=patience)
    with suppress(subprocess.TimeoutExpired):
        process.wait(patience)


def memory_of(pid: int) -> int:
    """Bytes of memory held by the process and its children; 0 when it is gone."""
    try:
        parent = psutil.Process(pid)
        family = [parent, *parent.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for member in family:
        try:
            total += int(member.memory_info().rss)
        except psutil.Error:
            continue
    return total


def alive(pid: int) -> bool:
    """Whether a process of that id runs (one that has ended and waits to be collected does not)."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def cores() -> int:
    """Physical cores that this process may use, at most eight."""
    physical = psutil.cpu_count(logical=False) or os.cpu_count() or 1
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else physical
    return max(1, min(physical, allowed, MOST_PROCESSES))


def private_output() -> BinaryIO:
    """A stream to this process's standard output that nobody else writes to.

    Solvers print banners on file descriptor 1. From here on that descriptor is standard error, and only the stream
    given back reaches the reader of standard output.
    """
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "wb", buffering=0)


def leave_now(code: int) -> None:
    """End this process without waiting for threads that are inside a solver."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            continue
    os._exit(code)

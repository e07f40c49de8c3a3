"""Ctrl-C during a solve: ask for the best plan so far, and leave within two seconds when there is none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
PATIENCE_S = 1.8


class Interrupted(Exception):
    """The work was stopped and did not hand back a result in time; its thread may still be inside a solver."""


class _Outcome(Generic[T]):
    value: T
    error: BaseException | None = None


def interruptible(
    work: Callable[[Callable[[], bool]], T], asked_to_stop: Callable[[], None], patience: float = PATIENCE_S
) -> T:
    """Run `work(should_stop)` on a thread, so that Ctrl-C is heard while a solver runs.

    At Ctrl-C `asked_to_stop` is called, `should_stop` becomes true and the work has `patience` seconds to hand back
    what it has; then, or at a second Ctrl-C, Interrupted is raised. Errors of the work are raised here.
    """
    stop, over = threading.Event(), threading.Event()
    outcome: _Outcome[T] = _Outcome()

    def run() -> None:
        try:
            outcome.value = work(stop.is_set)
        except BaseException as error:
            outcome.error = error
        finally:
            over.set()

    # Not Thread.join: interrupted in it, Python 3.11 takes a running thread for one that has ended.
    threading.Thread(target=run, daemon=True, name="work").start()
    try:
        while not over.wait(0.1):
            pass
    except KeyboardInterrupt:
        stop.set()
        asked_to_stop()
        try:
            over.wait(patience)
        except KeyboardInterrupt:
            raise Interrupted from None
        if not over.is_set():
            raise Interrupted from None
    if outcome.error is not None:
        raise outcome.error
    return outcome.value

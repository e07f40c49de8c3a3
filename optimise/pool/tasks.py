"""A task for a worker process, its limits, and what it came to."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal, Protocol

from boundaries.errors import FootprintError

How = Literal["value", "killed", "hung", "too much memory", "raised", "stopped"]


class WorkerError(FootprintError, RuntimeError):
    """A task was ended by the system, twice, before it was done."""


@dataclass(frozen=True)
class Limits:
    """seconds : from the moment the task runs, by the clock. memory : bytes that its process may hold."""

    seconds: float = float("inf")
    memory: float = float("inf")


@dataclass(frozen=True, eq=False)
class Task:
    """One call of `function`, a function at the top level of a module that depends on its arguments alone.

    hears : it takes `should_stop` and hands back what it has when that becomes true. tells : keyword arguments through
    which it tells something on the way; the functions given here are called in the process and thread that asked.
    """

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    limits: Limits | None = None
    hears: bool = False
    tells: Mapping[str, Callable[[Any], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.function.__module__ == "__main__" or self.function.__qualname__ != self.function.__name__:
            raise ValueError(f"{self.function.__qualname__} must stand at the top level of a module to run in a worker")


@dataclass(frozen=True, eq=False)
class Answer:
    """What a task came to. "stopped": it was asked to stop and had nothing to hand back. error : of "raised"."""

    how: How
    value: Any = None
    error: BaseException | None = None

    @property
    def done(self) -> bool:
        return self.how == "value"


class Holder(Protocol):
    """The process that a task runs in, as its limits need it."""

    def memory(self) -> int:
        """Bytes that the process holds; 0 when it is gone."""

    def ask_to_stop(self) -> None:
        """Tell the task to hand back what it has."""

    def kill(self) -> None:
        """End the process, whatever it does."""


@dataclass(eq=False)
class Job:
    """A task on its way. All of it changes under the lock of its `Workers` only."""

    index: int
    task: Task
    state: Literal["waiting", "running", "done"] = "waiting"
    answer: Answer = field(default_factory=lambda: Answer("stopped"))
    hand: Holder | None = None
    verdict: How = "killed"
    asked: float = field(default_factory=monotonic)
    began: float = 0.0
    weighed: float = 0.0
    attempts: int = 0
    told: collections.deque[tuple[str, Any]] = field(default_factory=collections.deque)

    @property
    def apart(self) -> bool:
        """Whether it must run in another process: it has limits, or it took one with it already."""
        return self.task.limits is not None or self.attempts > 0


def value_of(answer: Answer) -> Any:
    """What the task gave, None where it was stopped or its limits ended it. Raises what it raised, or WorkerError."""
    if answer.how == "raised" and answer.error is not None:
        raise answer.error
    if answer.how == "killed":
        raise WorkerError(
            "A part of the calculation was ended by the system before it was done.",
            mend="Close other programmes to free memory, and start again.",
        )
    return answer.value

"""The parent's side of a job: start the child, follow it, end it, and believe its answer only after checking it here.

A job is a fresh process of its own that gets JSON and gives JSON. It ends when it is cancelled, when this process dies,
when it holds too much memory or outlives its clock, and when nobody has asked for it for three minutes (whoever keeps
it for others, as `jobs.supervisor` does, sets no such limit). A child that is killed, hangs, talks nonsense or lies
yields a message and never a result.
"""

from __future__ import annotations

import abc
import collections
import contextlib
import logging
import math
import queue
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.errors import PlanError
from footprints.jobs.protocol import (
    LONGEST_LINE,
    STOP,
    Failure,
    ProtocolError,
    Request,
    Stage,
    StudyRequest,
    decode,
    encode,
)
from footprints.platform import end_tree, memory_allowance, memory_of, spawn

SILENCE_S = 180.0
PATIENCE_S = 1.4
TICK_S = 0.1
CHILD = (sys.executable, "-m", "footprints.jobs.child")

A = TypeVar("A")  # the answer as the child gives it
T = TypeVar("T")  # the result as it is believed
S = TypeVar("S")  # the state as callers see it

log = logging.getLogger("footprints.jobs")


@dataclass(frozen=True)
class Limits:
    """When a child is ended. silence_s : nobody has called `poll` or `beat` for so long.

    memory_bytes : it and its children hold more. clock_s : it has run longer (a guard only; budgets count steps).
    """

    silence_s: float
    memory_bytes: int
    clock_s: float

    @classmethod
    def of(cls, silence_s: float, memory_bytes: int | None, clock_s: float) -> Limits:
        """The same, with half of this machine's memory where no other allowance is given."""
        return cls(silence_s, memory_bytes or memory_allowance(), clock_s)


@dataclass(frozen=True)
class Snapshot(Generic[T]):
    """Where any job stands. stage : in words. fraction : of the work, None where unknown. seconds : since the start.

    result, error, mend : None, None and "" until it is done; then a believed result, or why there is none.
    diagnosis : the end of the child's standard error, for the log; never shown to a planner.
    """

    stage: str
    fraction: float | None
    seconds: float
    done: bool
    result: T | None
    error: str | None
    mend: str
    cancelled: bool
    diagnosis: str


class Job(abc.ABC, Generic[A, T, S]):
    """Work in a process of its own; every method is thread-safe. A kind of job says what it hears and believes."""

    kind: str  # for the log
    wanted: ClassVar[str]  # what the job is to give, as in "stopped before it had a plan"
    answer_type: ClassVar[type[Any]]

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._began = self._beaten = time.monotonic()
        self._stage = "Starting"
        self._fraction: float | None = None
        self._answer: A | None = None
        self._died = False
        self._result: T | None = None
        self._error: str | None = None
        self._mend = ""
        self._cancelled_at: float | None = None
        self._closed = False
        self._took: float | None = None
        self._stderr: collections.deque[str] = collections.deque(maxlen=100)
        self._said: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._process: subprocess.Popen[bytes]
        self._listener: threading.Thread

    @abc.abstractmethod
    def _hear(self, message: Any) -> None:
        """Note a message that is neither a stage, a failure nor the answer; called with the lock held.

        Raises ProtocolError for one that has no place here.
        """

    @abc.abstractmethod
    def _believe(self, answer: A) -> T:
        """The result of an answer that holds. Raises FootprintError, in planners' words, for one that does not."""

    @abc.abstractmethod
    def _state(self, now: Snapshot[T]) -> S:
        """What callers of `poll` see; called with the lock held."""

    def _run(self, request: Request | StudyRequest, command: Sequence[str]) -> None:
        """Start the child, hand it the request, and follow it on threads of its own; returns at once."""
        self._began = self._beaten = time.monotonic()
        line = encode(request)
        self._process = spawn(command)
        self._said.put(line)
        self._listener = threading.Thread(target=self._keep_stderr, daemon=True, name="job-stderr")
        self._listener.start()
        for work in (self._speak, self._follow, self._watch):
            threading.Thread(target=work, daemon=True, name=f"job{work.__name__}").start()

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    @property
    def answer(self) -> A | None:
        """What the child answered, once it is believed."""
        return self._answer if self._result is not None else None

    @property
    def died(self) -> bool:
        """Whether the child was gone without a whole answer or a reason, and nobody here had ended it."""
        return self._died

    def beat(self) -> None:
        """Say that somebody still waits for this job; without it the child ends after three minutes."""
        self._beaten = time.monotonic()

    def poll(self) -> S:
        """Where the job stands now; counts as a beat."""
        self.beat()
        with self._lock:
            done = self._over.is_set()
            return self._state(
                Snapshot(
                    stage=self._stage,
                    fraction=self._fraction,
                    seconds=self._took if self._took is not None else time.monotonic() - self._began,
                    done=done,
                    result=self._result if done else None,
                    error=self._error if done else None,
                    mend=self._mend if done else "",
                    cancelled=self._cancelled_at is not None,
                    diagnosis="".join(list(self._stderr)),
                )
            )

    def wait(self, timeout: float | None = None) -> S:
        """Wait until the job is over, or `timeout` seconds."""
        self._over.wait(timeout)
        return self.poll()

    def cancel(self) -> None:
        """Ask for what there is so far; a child that has not answered within two seconds is ended without it."""
        with self._lock:
            if self._cancelled_at is not None or self._over.is_set():
                return
            self._cancelled_at = time.monotonic()
            self._stage = "Stopping"
        self._said.put(STOP)

    def close(self) -> None:
        """End the child at once, without an answer."""
        self._closed = True
        self._fail("The calculation was ended.", "")
        end_tree(self._process)
        self._over.wait(PATIENCE_S)

    def _speak(self) -> None:
        """Write to the child; on a thread of its own, as a child that reads nothing would block the writer."""
        stream = self._process.stdin
        if stream is None:
            return
        # When the child is gone, the reader of its output reports that.
        with contextlib.suppress(OSError, ValueError):
            while (line := self._said.get()) is not None:
                stream.write(line)
                stream.flush()
        with contextlib.suppress(OSError, ValueError):
            stream.close()

    def _fail(self, message: str, mend: str) -> None:
        with self._lock:
            if self._error is None and self._result is None and not self._over.is_set():
                self._error, self._mend = message, mend

    def _follow(self) -> None:
        """Read the child's lines until it has answered or gone, then check the answer."""
        try:
            answer = self._read()
            if answer is not None:
                self._accept(answer)
        except ProtocolError as error:
            self._fail("The calculation gave an answer that cannot be read, so it was not used.", "Start it again.")
            self._stderr.append(f"{error}\n")
            end_tree(self._process)
        except FootprintError as error:
            self._fail(error.message, error.mend)
        except Exception as error:
            message = f"The calculation gave {self.wanted} that could not be checked, so it was not used."
            self._fail(message, "Start it again.")
            self._stderr.append("".join(traceback.format_exception(error)))
        finally:
            self._finish()

    def _read(self) -> A | None:
        stream = self._process.stdout
        if stream is None:
            raise ProtocolError("no output")
        while line := stream.readline(LONGEST_LINE):
            try:
                message = decode(line)
            except ProtocolError:
                if not line.endswith(b"\n") and len(line) < LONGEST_LINE:
                    self._gone()
                raise
            if isinstance(message, Failure):
                self._fail(message.message, message.mend)
                return None
            if isinstance(message, self.answer_type):
                self._answer = message
                return self._answer
            with self._lock:
                if not isinstance(message, Stage):
                    self._hear(message)
                elif self._cancelled_at is None:
                    self._stage, self._fraction = message.words, _share(message.fraction)
        self._gone()
        if self._cancelled_at is not None:
            self._fail(f"The calculation was stopped before it had {self.wanted}.", "")
        else:
            self._fail("The calculation ended before it had an answer.", "Start it again.")
        return None

    def _gone(self) -> None:
        """Note that the child went before it was done; whoever ends it here says so first."""
        self._died = self._error is None and not self._closed and self._cancelled_at is None

    def _accept(self, answer: A) -> None:
        with self._lock:
            self._stage = "Checking"
        result = self._believe(answer)
        with self._lock:
            if self._error is None:
                self._result = result

    def _finish(self) -> None:
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            end_tree(self._process)
        self._listener.join(0.5)
        self._said.put(None)
        self._log()
        with self._lock:
            self._took = time.monotonic() - self._began
            self._over.set()
        if self._process.stdout is not None:
            with contextlib.suppress(OSError):
                self._process.stdout.close()
        self._process.wait()

    def _log(self) -> None:
        """Write down once why a job gave nothing; one that somebody ended has not failed."""
        if self._error is None or self._cancelled_at is not None or self._closed:
            return
        details = without_home("".join(list(self._stderr))).rstrip()
        log.warning("A job (%s) failed: %s%s", self.kind, without_home(self._error), f"\n{details}" if details else "")

    def _keep_stderr(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        with stream:
            while line := stream.readline(4096):
                self._stderr.append(line.decode("utf-8", errors="replace"))

    def _watch(self) -> None:
        """End the child when one of its limits is reached."""
        limits = self._limits
        while not self._over.wait(TICK_S):
            now = time.monotonic()
            if self._cancelled_at is not None and now - self._cancelled_at > PATIENCE_S:
                self._end(f"The calculation was stopped before it had {self.wanted}.", "")
            elif now - self._beaten > limits.silence_s:
                self._end("The calculation was ended because its page was closed.", "Start it again.")
            elif now - self._began > limits.clock_s:
                self._end(
                    f"The calculation was ended after {limits.clock_s:,.0f} seconds without an answer.",
                    "Choose a smaller area, or nest by district.",
                )
            elif memory_of(self._process.pid) > limits.memory_bytes:
                self._end(
                    f"The calculation needed more than {limits.memory_bytes / 2**30:,.1f} GiB of memory and was ended.",
                    "Choose a smaller area, or nest by district.",
                )

    def _end(self, message: str, mend: str) -> None:
        if self._answer is not None:
            return  # What runs now is our own check.
        self._fail(message, mend)
        end_tree(self._process)


def about(evidence: Area, digest: str) -> None:
    """Raises PlanError where the area is not the one of that digest ("" for any)."""
    if digest and evidence.digest != digest:
        raise PlanError("The files have changed since this was asked, so its answer was not used.", mend="Ask again.")


def without_home(text: str) -> str:
    """The text without the path of this user's home folder, which bears a name; what a log may hold."""
    home = str(Path.home())
    # Python writes the backslashes of a Windows path twice where it quotes one.
    for form in (home, home.replace("\\", "\\\\"), home.replace("\\", "/")):
        if len(form) > 1:
            text = text.replace(form, "~")
    return text


def _share(fraction: float | None) -> float | None:
    return None if fraction is None or math.isnan(fraction) else min(max(fraction, 0.0), 1.0)

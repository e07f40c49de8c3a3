"""The parent's side of a job: start the child, follow it, end it, and believe its plan only after checking it here.

A job is a fresh process of its own that gets JSON and gives JSON. It ends with its session: when it is cancelled, when
nobody has asked for it for three minutes, when this process dies, when it holds too much memory or outlives its clock.
A child that is killed, hangs, talks nonsense or lies yields a message and never a plan.
"""

from __future__ import annotations

import collections
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boundaries import load_area
from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.jobs.protocol import (
    LONGEST_LINE,
    STOP,
    Failure,
    ProtocolError,
    Request,
    Result,
    Stage,
    decode,
    encode,
)
from footprints.jobs.verify import faults_of
from footprints.plan import Plan
from footprints.platform import end_tree, memory_allowance, memory_of, spawn
from footprints.progress import gap_of, stage_in_words
from footprints.propose import Proposal
from optimise.criteria import Criteria
from optimise.solution import Progress

SILENCE_S = 180.0
PATIENCE_S = 1.5
TICK_S = 0.1
KEPT_EVENTS = 500
CHILD = (sys.executable, "-m", "footprints.jobs.child")


@dataclass(frozen=True)
class JobState:
    """Where a job stands. `best`, `bound` in the objective's unit and `gap` a fraction, None until known.

    stage : what is happening, in words. seconds : since the start (frozen at the end).
    proposal : the checked answer (its plan is None when no plan exists; the solution then holds the reasons).
    error, mend : why there is no answer, for a planner; None while there is no error. cancelled : it was asked to stop.
    diagnosis : the end of the child's standard error, for the log; never shown to a planner.
    """

    progress: tuple[Progress, ...]
    best: float | None
    bound: float | None
    gap: float | None
    stage: str
    seconds: float
    done: bool
    proposal: Proposal | None
    error: str | None
    mend: str
    cancelled: bool
    diagnosis: str


class ProposalJob:
    """A proposal being made in a process of its own. Make one with `ProposalJob.start`; every method is thread-safe."""

    def __init__(
        self,
        request: Request,
        *,
        evidence: Area | None,
        command: Sequence[str],
        silence_s: float,
        memory_bytes: int,
        clock_s: float,
    ) -> None:
        self._request = request
        self._evidence = evidence
        self._silence_s, self._memory_bytes, self._clock_s = silence_s, memory_bytes, clock_s
        self._lock = threading.Lock()
        self._began = self._beaten = time.monotonic()
        self._progress: collections.deque[Progress] = collections.deque(maxlen=KEPT_EVENTS)
        self._stage = "Starting"
        self._answered = False
        self._proposal: Proposal | None = None
        self._error: str | None = None
        self._mend = ""
        self._cancelled_at: float | None = None
        self._took: float | None = None
        self._stderr: collections.deque[str] = collections.deque(maxlen=100)
        self._over = threading.Event()
        self._process = spawn(command)
        self._listener = threading.Thread(target=self._keep_stderr, daemon=True, name="job-stderr")
        self._listener.start()
        for work in (self._follow, self._watch):
            threading.Thread(target=work, daemon=True, name=f"job{work.__name__}").start()

    @classmethod
    def start(
        cls,
        source: str | Path,
        area: Sequence[str],
        criteria: Criteria,
        *,
        name: str = "Proposal",
        prefix: str | None = None,
        parent: Plan | None = None,
        evidence: Area | None = None,
        min_shared_m: float = 10.0,
        snap_m: float = 1.0,
        silence_s: float = SILENCE_S,
        memory_bytes: int | None = None,
        clock_s: float | None = None,
        command: Sequence[str] = CHILD,
    ) -> ProposalJob:
        """Start proposing a plan for `area` of `source` and return at once.

        evidence : the same area as loaded here, against which the answer is checked; read again when not given.
        silence_s : the child is ended when nobody calls `poll` or `beat` for so long.
        memory_bytes, clock_s : the child is ended above them; by default half of the machine's memory, and four times
        the seconds of the criteria plus three minutes (a guard only: the criteria's seconds pick a step budget).
        """
        request = Request(str(source), tuple(area), criteria, name, prefix, parent, min_shared_m, snap_m)
        job = cls(
            request,
            evidence=evidence,
            command=command,
            silence_s=silence_s,
            memory_bytes=memory_bytes or memory_allowance(),
            clock_s=clock_s or 4.0 * criteria.seconds + 180.0,
        )
        job._say(encode(request))
        return job

    @property
    def pid(self) -> int:
        """The process id of the child."""
        return self._process.pid

    def beat(self) -> None:
        """Say that somebody still waits for this job; without it the child ends after three minutes."""
        self._beaten = time.monotonic()

    def poll(self) -> JobState:
        """Where the job stands now; counts as a beat."""
        self.beat()
        with self._lock:
            events = tuple(self._progress)
            done = self._over.is_set()
            best, bound = (events[-1].best, events[-1].bound) if events else (None, None)
            return JobState(
                progress=events,
                best=best,
                bound=bound,
                gap=gap_of(best, bound),
                stage=self._stage,
                seconds=self._took if self._took is not None else time.monotonic() - self._began,
                done=done,
                proposal=self._proposal if done else None,
                error=self._error if done else None,
                mend=self._mend if done else "",
                cancelled=self._cancelled_at is not None,
                diagnosis="".join(self._stderr),
            )

    def wait(self, timeout: float | None = None) -> JobState:
        """Wait until the job is over, or `timeout` seconds."""
        self._over.wait(timeout)
        return self.poll()

    def cancel(self) -> None:
        """Ask for the best plan so far; a child that has not answered within two seconds is ended without one."""
        with self._lock:
            if self._cancelled_at is not None or self._over.is_set():
                return
            self._cancelled_at = time.monotonic()
            self._stage = "Stopping"
        self._say(STOP)

    def close(self) -> None:
        """End the child at once, without an answer."""
        self._fail("The calculation was ended.", "")
        end_tree(self._process.pid)
        self._over.wait(PATIENCE_S)

    def _say(self, line: bytes) -> None:
        stream = self._process.stdin
        if stream is None:
            return
        try:
            stream.write(line)
            stream.flush()
        except (OSError, ValueError):
            return  # The child is gone; the reader of its output reports that.

    def _fail(self, message: str, mend: str) -> None:
        with self._lock:
            if self._error is None and self._proposal is None and not self._over.is_set():
                self._error, self._mend = message, mend

    def _follow(self) -> None:
        """Read the child's lines until it has answered or gone, then check the answer."""
        try:
            answer = self._read()
            if answer is not None:
                self._accept(answer)
        except ProtocolError:
            self._fail("The calculation gave an answer that cannot be read, so it was not used.", "Start it again.")
            end_tree(self._process.pid)
        except FootprintError as error:
            self._fail(error.message, error.mend)
        except Exception as error:
            self._fail("The plan could not be checked, so it was not used.", "Start it again.")
            self._stderr.append(f"{type(error).__name__}: {error}\n")
        finally:
            self._finish()

    def _read(self) -> Result | None:
        stream = self._process.stdout
        if stream is None:
            raise ProtocolError("no output")
        while line := stream.readline(LONGEST_LINE):
            message = decode(line)
            with self._lock:
                if isinstance(message, Progress):
                    self._progress.append(message)
                    if self._cancelled_at is None:
                        self._stage = stage_in_words(message)
                elif isinstance(message, Stage):
                    self._stage = message.words if self._cancelled_at is None else self._stage
            if isinstance(message, Failure):
                self._fail(message.message, message.mend)
                return None
            if isinstance(message, Result):
                self._answered = True
                return message
            if isinstance(message, Request):
                raise ProtocolError("a request from the child")
        if self._cancelled_at is not None:
            self._fail("The calculation was stopped before it had a plan.", "")
        else:
            self._fail("The calculation ended before it had an answer.", "Start it again.")
        return None

    def _accept(self, answer: Result) -> None:
        with self._lock:
            self._stage = "Checking the plan"
        request = self._request
        evidence = self._evidence
        if evidence is None:
            evidence = load_area(request.source, request.area, min_shared_m=request.min_shared_m, snap_m=request.snap_m)
        faults = faults_of(answer, request.criteria, evidence)
        if faults:
            self._stderr.append("\n".join(faults) + "\n")
            self._fail(f"The plan that was found did not pass our check and was not used: {faults[0]}", "")
            return
        with self._lock:
            if self._error is None:
                self._proposal = Proposal(answer.plan, answer.solution)

    def _finish(self) -> None:
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            end_tree(self._process.pid)
        self._listener.join(0.5)
        with self._lock:
            self._took = time.monotonic() - self._began
            self._over.set()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue
        self._process.wait()

    def _keep_stderr(self) -> None:
        stream = self._process.stderr
        if stream is None:
            return
        with stream:
            while line := stream.readline(4096):
                self._stderr.append(line.decode("utf-8", errors="replace"))

    def _watch(self) -> None:
        """End the child when one of its limits is reached."""
        while not self._over.wait(TICK_S):
            now = time.monotonic()
            if self._cancelled_at is not None and now - self._cancelled_at > PATIENCE_S:
                self._end("The calculation was stopped before it had a plan.", "")
            elif now - self._beaten > self._silence_s:
                self._end("The calculation was ended because its page was closed.", "Start it again.")
            elif now - self._began > self._clock_s:
                self._end(
                    f"The calculation was ended after {self._clock_s:,.0f} seconds without an answer.",
                    "Choose a smaller area, or nest by district.",
                )
            elif memory_of(self._process.pid) > self._memory_bytes:
                self._end(
                    f"The calculation needed more than {self._memory_bytes / 2**30:,.1f} GiB of memory and was ended.",
                    "Choose a smaller area, or nest by district.",
                )

    def _end(self, message: str, mend: str) -> None:
        if self._answered:
            return  # What runs now is our own check.
        self._fail(message, mend)
        end_tree(self._process.pid)

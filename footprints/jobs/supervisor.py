"""Who runs the jobs of a table: begins those that wait, follows them, and writes what came of each, once.

It lives as long as the process that serves the app, not as long as a page. Its children die with it. Others find that
it does not beat any more and begin its jobs again; each gives the same, as it hangs on its request only.
"""

from __future__ import annotations

import contextlib
import json
import logging
import math
import os
import platform
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from boundaries.area import Area
from footprints.errors import StoreError
from footprints.jobs.lookout import LEASE_S, Lookout
from footprints.jobs.process import CHILD, Limits, without_home
from footprints.jobs.proposals import JobState, ProposalJob, clock_of
from footprints.jobs.protocol import ProtocolError, Request, StudyRequest, decode, encode, to_json
from footprints.jobs.results import Results
from footprints.jobs.studies import CLOCK_S, StudyJob, StudyState
from footprints.platform import alive, memory_allowance
from footprints.store.jobs import END, GOES_ON, JobRows, Outcome, Row, State, Told
from optimise.pool.processes import cores
from optimise.solution import StoppedBy

SLOTS = max(2, cores())  # one long search must not keep everybody else waiting
BUSY_S, IDLE_S, BEAT_S = 0.2, 1.0, 2.0
KEPT_EVENTS = 60  # of a search, for a page of another process
KEPT_AREAS = 4
KEPT_ROWS, PRUNE_S = 300, 3600.0  # jobs that are over, whose results go with them, and how often older ones go

Asking = Request | StudyRequest
log = logging.getLogger("footprints.jobs")


@dataclass
class Running:
    """A job that this process holds. wanted : what its row says of stopping it."""

    row: Row
    request: Asking
    job: ProposalJob | StudyJob
    wanted: int = GOES_ON


class Supervisor:
    """The jobs of one process. Begins to work when `start` is called, or turn by turn by `turn` (as the tests do).

    slots : jobs at once on this computer, whichever of its processes hold them. command : what is started for a job.
    on_result : told the id and the believed result of each job that was written down, so that it is checked only once.
    """

    def __init__(
        self,
        rows: JobRows,
        results: Results,
        program: str,
        *,
        slots: int = SLOTS,
        command: Callable[[Asking], Sequence[str]] = lambda _: CHILD,
        clock: Callable[[], float] = time.monotonic,
        lease_s: float = LEASE_S,
        on_result: Callable[[str, Any], None] = lambda job_id, result: None,
    ) -> None:
        self.rows, self.results, self.program = rows, results, program
        self._slots, self._command, self._on_result = slots, command, on_result
        self._host = platform.node()
        self._name = f"{self._host}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._lookout = Lookout(clock, lease_s)
        self._lock = threading.RLock()
        self._running: dict[str, Running] = {}  # by the id of the job
        self._areas: OrderedDict[str, Area] = OrderedDict()
        self._beaten = self._pruned = -math.inf
        self._troubled = False
        self._wake, self._over = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Work on a thread of its own from now on."""
        self._thread = threading.Thread(target=self._loop, daemon=True, name="jobs")
        self._thread.start()

    def close(self) -> None:
        """End what runs, and leave it to whoever comes next."""
        self._over.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(10)
        with self._lock:
            for one in self._running.values():
                one.job.close()
                with contextlib.suppress(StoreError):
                    self.rows.give_back(one.row.token, counted=False)
            self._running.clear()

    def wake(self) -> None:
        """Look at once, as something was asked for."""
        self._wake.set()

    def knows(self, evidence: Area) -> None:
        """Keep an area at hand, so that answers about it are checked without reading it again."""
        with self._lock:
            self._areas[evidence.digest] = evidence
            self._areas.move_to_end(evidence.digest)
            while len(self._areas) > KEPT_AREAS:
                self._areas.popitem(last=False)

    def state_of(self, job_id: str) -> JobState | StudyState | None:
        """Where a job stands that runs here; None for any other. Waits for no turn, and so for no disk."""
        one = self._running.get(job_id)
        return None if one is None else one.job.poll()

    def stop(self, job_id: str, how: int) -> None:
        """Stop a job at once if it runs here, also in the middle of a turn; its row is written by whoever asks."""
        one = self._running.get(job_id)
        if one is not None:
            _stop(one, how)

    def turn(self) -> None:
        """Everything that is to be done now. Raises StoreError where the table cannot be reached."""
        with self._lock:
            for one in [one for one in self._running.values() if one.job.poll().done]:
                self._settle(one)
            live = self.rows.live()
            self._obey(live)
            now = time.monotonic()
            if now - self._beaten >= BEAT_S and any(row.program == self.program for row in live):
                self._beaten = now
                self._beat()
            own = {one.row.token for one in self._running.values()}
            for row in self._silent([row for row in live if not row.token or row.token not in own]):
                state = self.rows.taken_for_dead(row, self.program)
                if state is not None:
                    log.warning("A job (%s) of %s, which is gone, is now %s", row.kind, row.worker, state.value)
            while any(row.state is State.WAITING for row in live) and self._begin():
                live = self.rows.live()
            if now - self._pruned >= PRUNE_S:
                self._pruned = now
                self.results.forget(self.rows.prune(KEPT_ROWS))

    def _loop(self) -> None:
        while not self._over.is_set():
            try:
                self.turn()
                self._troubled = False
            except Exception as error:
                if not self._troubled:
                    log.exception("The table of jobs cannot be kept up: %s", without_home(str(error)))
                self._troubled = True
            self._wake.wait(BUSY_S if self._running else IDLE_S)
            self._wake.clear()

    def _silent(self, others: list[Row]) -> list[Row]:
        """Those of the others that are dead: silent too long, or, in a file of this computer, seen to be gone."""
        dead = self._lookout.silent(others)
        if self.rows.engine.dialect.name == "sqlite":
            known = {row.id for row in dead}
            dead += [row for row in others if row.id not in known and row.token and not _there(row.worker)]
        return dead

    def _obey(self, live: list[Row]) -> None:
        held = {row.token: row.cancel for row in live if row.token}
        for one in list(self._running.values()):
            wanted = held.get(one.row.token)
            if wanted is None:  # somebody took it over while this process could not beat
                self._drop(one)
            elif wanted > one.wanted:
                _stop(one, wanted)

    def _beat(self) -> None:
        told = {one.row.token: _told(one.job.poll()) for one in self._running.values()}
        still = self.rows.beat(self.program, told)
        for one in list(self._running.values()):
            if one.row.token not in still:
                self._drop(one)

    def _drop(self, one: Running) -> None:
        one.job.close()
        self._running.pop(one.row.id, None)

    def _begin(self) -> bool:
        """Begin the next job, if there is one and room for it."""
        row = self.rows.claim(self._name, self._host, self.program, self._slots)
        if row is None:
            return False
        try:
            request = decode(row.request.encode())
            if not isinstance(request, Request | StudyRequest):
                raise ProtocolError("not a request")
        except ProtocolError:
            said = Told("", None, "", 0.0)
            self.rows.finish(row.token, Outcome(State.FAILED, said, error="What was asked cannot be read any more."))
            return True
        evidence, memory = self._areas.get(row.area), memory_allowance()
        job: ProposalJob | StudyJob
        if isinstance(request, Request):
            limits = Limits(math.inf, memory, clock_of(request))
            job = ProposalJob.of(request, limits, evidence, row.area, self._command(request))
        else:
            limits = Limits(math.inf, memory, CLOCK_S)
            job = StudyJob.of(request, limits, evidence, row.area, self._command(request))
        self._running[row.id] = Running(row, request, job)
        return True

    def _settle(self, one: Running) -> None:
        """Write what came of a job; one whose process died is begun again."""
        state = one.job.poll()
        if one.job.died:
            self.rows.give_back(one.row.token, counted=True)
        else:
            outcome = self._outcome(one, state)
            if self.rows.finish(one.row.token, outcome) and outcome.result:
                self._on_result(one.row.id, state.result if isinstance(state, StudyState) else state.proposal)
        self._running.pop(one.row.id, None)

    def _outcome(self, one: Running, state: JobState | StudyState) -> Outcome:
        ended = State.CANCELLED if state.cancelled or one.wanted == END else State.DONE
        answer = one.job.answer
        if answer is None:
            failed = State.FAILED if ended is State.DONE else ended
            return Outcome(failed, _told(state), error=state.error or "", mend=state.mend)
        try:
            digest = self.results.keep(encode(answer))
        except OSError as error:
            return Outcome(
                State.FAILED,
                _told(state),
                error=f"The result could not be kept on the disk ({error.strerror}).",
                mend="Free some space and start it again.",
            )
        return Outcome(ended, _told(state), digest, repeatable=ended is State.DONE and _repeatable(state))


def _stop(one: Running, how: int) -> None:
    one.wanted = max(one.wanted, how)
    if how == END:
        one.job.close()
    else:
        one.job.cancel()


def _there(worker: str) -> bool:
    """Whether the process of a holder on this computer still runs."""
    pid = worker.split(":")[-2] if worker.count(":") >= 2 else ""
    return pid.isdecimal() and alive(int(pid))


def _repeatable(state: JobState | StudyState) -> bool:
    """Whether asking again would give the same: no clock cut it short."""
    if isinstance(state, StudyState):
        return bool(getattr(state.result, "repeatable", True))
    return state.proposal is not None and state.proposal.solution.stopped_by in (StoppedBy.PROOF, StoppedBy.BUDGET)


def _told(state: JobState | StudyState) -> Told:
    if isinstance(state, StudyState):
        return Told(state.stage, state.fraction, "", state.seconds)
    events: list[Any] = list(state.progress)
    step = max(1, math.ceil(len(events) / KEPT_EVENTS))
    kept = [*events[:-1:step], *events[-1:]]
    return Told(state.stage, None, json.dumps([to_json(event) for event in kept]), state.seconds)

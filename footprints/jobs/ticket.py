"""A ticket for a job: where it stands, whichever process runs it, and how to stop it. Losing it ends nothing."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any, Generic, Protocol, TypeVar, cast

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.jobs import proposals, studies
from footprints.jobs.proposals import JobState
from footprints.jobs.protocol import Answer, ProtocolError, Request, Result, StudyRequest, decode, from_json
from footprints.jobs.studies import StudyState
from footprints.progress import gap_of
from footprints.store.jobs import ASK, END, JobRows, Row, State
from optimise.solution import Progress
from optimise.words import count

S = TypeVar("S")  # JobState of a proposal, StudyState of a study

POLL_S = 0.1
GONE = ("The result of this calculation cannot be read any more.", "Start it again.")


class Counter(Protocol):
    """Where tickets are asked at: the table of jobs, and those that run in this process."""

    rows: JobRows

    def running(self, job_id: str) -> JobState | StudyState | None:
        """Where a job stands that runs here; None for any other."""

    def result_of(self, row: Row, request: Request | StudyRequest, evidence: Area) -> tuple[Any, str | None, str]:
        """The believed result of a job, or why there is none and what would mend it."""

    def cancel(self, job_id: str, how: int) -> None:
        """Stop a job, wherever it runs."""


class Ticket(Generic[S]):
    """A job that was asked for. Every method is thread-safe, and raises StoreError where the table is not reached."""

    def __init__(self, counter: Counter, job_id: str, request: Request | StudyRequest, evidence: Area) -> None:
        self.id = job_id
        self.request = request
        self._counter, self._evidence = counter, evidence

    def poll(self) -> S:
        """Where the job stands now."""
        here = self._counter.running(self.id)
        if here is not None:
            # What came of it counts once it is written down.
            shown = replace(here, done=False, error=None, mend="", stage="Checking" if here.done else here.stage)
            return cast("S", _without_result(shown))
        row = self._counter.rows.row(self.id)
        if row is None:
            return self._state(None, "Forgotten", done=True, error="This calculation is too long ago.", mend=GONE[1])
        if row.state is State.WAITING:
            return self._state(row, waiting_in_words(self._counter.rows.before(row)))
        if row.live:
            return self._state(row, row.stage)
        if not row.result:
            return self._state(row, row.stage, done=True, error=row.error or GONE[0], mend=row.mend)
        result, error, mend = self._counter.result_of(row, self.request, self._evidence)
        return self._state(row, row.stage, done=True, result=result, error=error, mend=mend)

    def wait(self, timeout: float) -> S:
        """Wait until the job is over, or `timeout` seconds."""
        limit = time.monotonic() + timeout
        while not self._over(now := self.poll()) and time.monotonic() < limit:
            time.sleep(POLL_S)
        return now

    @staticmethod
    def _over(state: Any) -> bool:
        return bool(state.done)

    def cancel(self) -> None:
        """Ask for what there is so far; a job that has nothing within two seconds is ended without it."""
        self._counter.cancel(self.id, ASK)

    def close(self) -> None:
        """End the job at once, without an answer."""
        self._counter.cancel(self.id, END)

    def take(self) -> bool:
        """Whether the caller is the first to take the result to where it belongs (of all tabs and processes)."""
        return self._counter.rows.take(self.id)

    def _state(
        self,
        row: Row | None,
        stage: str,
        *,
        done: bool = False,
        result: Any = None,
        error: str | None = None,
        mend: str = "",
    ) -> S:
        stopped = row is not None and (row.cancel > 0 or row.state is State.CANCELLED)
        fraction, seconds = (row.fraction, row.seconds) if row else (None, 0.0)
        if isinstance(self.request, StudyRequest):
            study = StudyState(stage, fraction, seconds, done, result, error, mend, stopped)
            return cast("S", study)
        events = _events(row.progress) if row else ()
        best, bound = (events[-1].best, events[-1].bound) if events else (None, None)
        job = JobState(events, best, bound, gap_of(best, bound), stage, seconds, done, result, error, mend, stopped, "")
        return cast("S", job)


def read_answer(data: bytes, request: Request | StudyRequest, evidence: Area) -> tuple[Any, str | None, str]:
    """The believed result in a file, or why there is none and what would mend it."""
    faults: list[str] = []
    try:
        answer = decode(data)
        if isinstance(request, Request) and isinstance(answer, Result):
            return proposals.believed(request, answer, evidence, faults.append), None, ""
        if isinstance(request, StudyRequest) and isinstance(answer, Answer):
            return studies.believed(request, answer, evidence, faults.append), None, ""
    except ProtocolError:
        pass
    except FootprintError as error:
        return None, error.message, error.mend
    return None, *GONE


def waiting_in_words(before: int) -> str:
    """Why a job has not begun."""
    if not before:
        return "Waiting to begin"
    return f"Waiting in line: {count(before, 'calculation')} before it"


def _events(progress: str) -> tuple[Progress, ...]:
    return tuple(from_json(Progress, event) for event in json.loads(progress)) if progress else ()


def _without_result(state: JobState | StudyState) -> JobState | StudyState:
    return replace(state, result=None) if isinstance(state, StudyState) else replace(state, proposal=None)

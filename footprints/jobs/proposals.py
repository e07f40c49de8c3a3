"""A proposal as a job: one solve in a process of its own, and its plan checked here before anyone sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundaries import load_area
from boundaries.area import Area
from footprints.errors import PlanError
from footprints.jobs.process import CHILD, SILENCE_S, Job, Limits, Snapshot, about
from footprints.jobs.protocol import ProtocolError, Request, Result
from footprints.jobs.verify import faults_of
from footprints.plan import Plan
from footprints.progress import gap_of, stage_in_words
from footprints.propose import Proposal
from optimise.criteria import Criteria
from optimise.solution import Progress

KEPT_EVENTS = 500


@dataclass(frozen=True)
class JobState:
    """Where a proposal stands. `best`, `bound` in the objective's unit and `gap` a fraction, None until known.

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


class ProposalJob(Job[Result, Proposal, JobState]):
    """A proposal being made in a process of its own. Make one with `ProposalJob.start`; every method is thread-safe."""

    kind = "proposal"
    wanted = "a plan"
    answer_type = Result

    def __init__(self, request: Request, evidence: Area | None, limits: Limits, digest: str = "") -> None:
        super().__init__(limits)
        self._request = request
        self._evidence = evidence
        self._digest = digest
        self._progress: list[Progress] = []

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
        processes: int | None = None,
        silence_s: float = SILENCE_S,
        memory_bytes: int | None = None,
        clock_s: float | None = None,
        command: Sequence[str] = CHILD,
    ) -> ProposalJob:
        """Start proposing a plan for `area` of `source` and return at once.

        evidence : the same area as loaded here, against which the answer is checked; read again when not given.
        processes : how many share the work; all cores when None.
        silence_s : the child is ended when nobody calls `poll` or `beat` for so long.
        memory_bytes, clock_s : the child is ended above them; by default half of the machine's memory, and four times
        the seconds of the criteria plus three minutes (a guard only: the criteria's seconds pick a step budget).
        """
        request = Request(str(source), tuple(area), criteria, name, prefix, parent, min_shared_m, snap_m, processes)
        return cls.of(request, Limits.of(silence_s, memory_bytes, clock_s or clock_of(request)), evidence, "", command)

    @classmethod
    def of(
        cls, request: Request, limits: Limits, evidence: Area | None, digest: str, command: Sequence[str]
    ) -> ProposalJob:
        """Start what the request asks. digest : of the area that the answer has to be about; "" where any will do."""
        job = cls(request, evidence, limits, digest)
        job._run(request, command)
        return job

    def _hear(self, message: Any) -> None:
        if not isinstance(message, Progress):
            raise ProtocolError(f"{type(message).__name__} has no place in a proposal")
        self._keep(message)
        if self._cancelled_at is None:
            self._stage = stage_in_words(message)

    def _keep(self, event: Progress) -> None:
        """Keep what a chart needs: of a run of equal values its ends; where too many come, the most crowded goes."""
        kept = self._progress
        if len(kept) > 1 and _same(kept[-2], kept[-1]) and _same(kept[-1], event):
            kept[-1] = event
        else:
            kept.append(event)
        if len(kept) > KEPT_EVENTS:
            crowded = min(range(1, KEPT_EVENTS), key=lambda i: kept[i + 1].seconds - kept[i - 1].seconds)
            del kept[crowded]

    def _believe(self, answer: Result) -> Proposal:
        asked = self._request
        evidence = self._evidence
        if evidence is None:
            evidence = load_area(asked.source, asked.area, min_shared_m=asked.min_shared_m, snap_m=asked.snap_m)
        about(evidence, self._digest)
        return believed(asked, answer, evidence, self._stderr.append)

    def _state(self, now: Snapshot[Proposal]) -> JobState:
        events = tuple(self._progress)
        best, bound = (events[-1].best, events[-1].bound) if events else (None, None)
        return JobState(
            progress=events,
            best=best,
            bound=bound,
            gap=gap_of(best, bound),
            stage=now.stage,
            seconds=now.seconds,
            done=now.done,
            proposal=now.result,
            error=now.error,
            mend=now.mend,
            cancelled=now.cancelled,
            diagnosis=now.diagnosis,
        )


def clock_of(request: Request) -> float:
    """Seconds after which a proposal is ended: a guard only, as the criteria's seconds pick a step budget."""
    return 4.0 * request.criteria.seconds + 180.0


def believed(asked: Request, answer: Result, evidence: Area, note: Callable[[str], None]) -> Proposal:
    """The proposal in an answer that holds. note : told every fault. Raises PlanError for an answer that does not."""
    faults = faults_of(answer, asked.criteria, evidence)
    if faults:
        note("\n".join(faults) + "\n")
        raise PlanError(f"The plan that was found did not pass our check and was not used: {faults[0]}")
    return Proposal(answer.plan, answer.solution)


def _same(one: Progress, other: Progress) -> bool:
    return (one.best, one.bound) == (other.best, other.bound)

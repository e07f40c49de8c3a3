"""A study as a job: any long work named in the table below, in a process of its own, believed only after its check."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from boundaries import load_area
from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.errors import PlanError
from footprints.jobs.process import CHILD, SILENCE_S, Job, Limits, Snapshot, about
from footprints.jobs.protocol import Answer, ProtocolError, StudyRequest, to_json

# Nothing but these is ever imported for a request; `footprints.studies` says what a module must hold.
STUDIES = {
    "review": "footprints.studies.review",
    "options": "footprints.studies.options",
    "curve": "footprints.studies.curve",
    "prices": "footprints.studies.prices",
    "numbers": "footprints.studies.numbers",
    "ask": "footprints.studies.ask",
    "improve": "footprints.studies.improve",
    "paper": "footprints.studies.paper",
    "regroup": "footprints.studies.regroup",
    "communities": "footprints.studies.communities",
    "certainty": "footprints.studies.certainty",
    "bring": "footprints.studies.bring",
    "refresh": "footprints.studies.refresh",
    "verify": "footprints.studies.verify",
}
CLOCK_S = 3600.0  # a study is many solves; their budgets are counted in steps, so this only ends what hangs


@dataclass(frozen=True)
class StudyState:
    """Where a study stands. stage : in words. fraction : of the work, from 0 to 1, None where it is not known.

    seconds : since the start (frozen at the end). result : what the study's `read` believes, once it is done.
    error, mend : why there is no result, for a planner; None while there is no error. cancelled : it was asked to stop.
    diagnosis : the end of the child's standard error, for the log; never shown to a planner.
    """

    stage: str
    fraction: float | None
    seconds: float
    done: bool
    result: Any | None
    error: str | None
    mend: str
    cancelled: bool
    diagnosis: str = ""


class StudyJob(Job[Answer, Any, StudyState]):
    """A study running in a process of its own. Make one with `StudyJob.start`; every method is thread-safe."""

    wanted = "an answer"
    answer_type = Answer

    def __init__(self, request: StudyRequest, evidence: Area | None, limits: Limits, digest: str = "") -> None:
        super().__init__(limits)
        self.kind = f"study {request.study}"
        self._request = request
        self._evidence = evidence
        self._digest = digest

    @classmethod
    def start(
        cls,
        study: str,
        source: str | Path,
        area: Sequence[str],
        asked: dict[str, Any],
        *,
        evidence: Area | None = None,
        min_shared_m: float = 10.0,
        snap_m: float = 1.0,
        silence_s: float = SILENCE_S,
        memory_bytes: int | None = None,
        clock_s: float | None = None,
        command: Sequence[str] = CHILD,
    ) -> StudyJob:
        """Start the study of that name for `area` of `source` and return at once.

        asked : JSON of the study's own; both sides get it as it looks after a journey through JSON (tuples as lists).
        evidence : the same area as loaded here, against which the answer is checked; read again when not given.
        silence_s, memory_bytes, clock_s : as for a proposal; the clock is an hour by default.

        Raises ValueError for a study that is not in the table, TypeError for an `asked` that is not JSON.
        """
        request = request_of(study, source, area, asked, min_shared_m=min_shared_m, snap_m=snap_m)
        return cls.of(request, Limits.of(silence_s, memory_bytes, clock_s or CLOCK_S), evidence, "", command)

    @classmethod
    def of(
        cls, request: StudyRequest, limits: Limits, evidence: Area | None, digest: str, command: Sequence[str]
    ) -> StudyJob:
        """Start what the request asks. digest : of the area that the answer has to be about; "" where any will do."""
        job = cls(request, evidence, limits, digest)
        job._run(request, command)
        return job

    def _hear(self, message: Any) -> None:
        raise ProtocolError(f"{type(message).__name__} has no place in a study")

    def _believe(self, answer: Answer) -> Any:
        asked = self._request
        evidence = self._evidence
        if evidence is None:
            evidence = load_area(asked.source, asked.area, min_shared_m=asked.min_shared_m, snap_m=asked.snap_m)
        about(evidence, self._digest)
        return believed(asked, answer, evidence, self._stderr.append)

    def _state(self, now: Snapshot[Any]) -> StudyState:
        return StudyState(
            stage=now.stage,
            fraction=now.fraction,
            seconds=now.seconds,
            done=now.done,
            result=now.result,
            error=now.error,
            mend=now.mend,
            cancelled=now.cancelled,
            diagnosis=now.diagnosis,
        )


def request_of(
    study: str,
    source: str | Path,
    area: Sequence[str],
    asked: dict[str, Any],
    *,
    min_shared_m: float = 10.0,
    snap_m: float = 1.0,
) -> StudyRequest:
    """What is sent to the child. Raises ValueError for a study that is not in the table, TypeError for no JSON."""
    if study not in STUDIES:
        raise ValueError(f"there is no study called {study!r}")
    return StudyRequest(study, str(source), tuple(area), as_json(asked), min_shared_m, snap_m)


def believed(asked: StudyRequest, answer: Answer, evidence: Area, note: Callable[[str], None]) -> Any:
    """The result as the study's own `read` gives it. note : told why not. Raises PlanError for an answer it refuses."""
    try:
        return module_of(asked.study).read(evidence, asked.asked, answer.answer)
    except FootprintError as error:
        note(f"{error}\n")
        message = f"The answer did not pass our check and was not used: {error.message}"
        raise PlanError(message, mend=error.mend) from None


def module_of(study: str) -> ModuleType:
    """The module of a study in the table. Raises ProtocolError for any other name."""
    if study not in STUDIES:
        raise ProtocolError(f"there is no study called {study!r}")
    return importlib.import_module(STUDIES[study])


def as_json(asked: dict[str, Any]) -> dict[str, Any]:
    """What is asked as it looks on the other side. Raises TypeError where it is not JSON."""
    seen: dict[str, Any] = json.loads(json.dumps(to_json(asked)))
    return seen

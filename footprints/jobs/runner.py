"""Jobs for the app: asked here, run by the supervisor of this process or of another, found again by their question.

runner().propose(source, codes, criteria, evidence, OWNER) gives a ticket at once. Asked again, from another page, after
the page was closed or the app was started anew, the same question gives the same job, or what came of it.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import json
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boundaries.area import Area
from footprints.access.settings import SETTING as SHARED
from footprints.errors import StoreError
from footprints.jobs.process import without_home
from footprints.jobs.proposals import JobState
from footprints.jobs.protocol import ProtocolError, Request, StudyRequest, decode, encode, to_json
from footprints.jobs.results import Results
from footprints.jobs.studies import StudyState, request_of
from footprints.jobs.supervisor import Supervisor, log
from footprints.jobs.ticket import GONE, Ticket, read_answer
from footprints.plan import Plan, document
from footprints.platform import own_folder
from footprints.program import JOBS, program, versions
from footprints.store.engine import DamagedError, is_server
from footprints.store.jobs import Asked, JobRows, Row
from optimise.criteria import Criteria

KEPT_RESULTS = 16  # in memory, believed
PROPOSAL = "proposal"
_SCHEMA = "footprints-job/1"


@dataclass(frozen=True)
class Owner:
    """Whose a job is. tenant : whose people see it; "" on a computer of one's own. person : the name of who asked."""

    tenant: str = ""
    person: str = ""

    def asked(self, row: Row) -> bool:
        """Whether it was this person who asked for a job; on a computer of one's own there is nobody else."""
        return row.tenant == self.tenant and (not self.tenant or row.owner == self.person)


class Runner:
    """The table of jobs, the files of their results, and the supervisor of this process."""

    def __init__(self, where: str | Path, folder: Path, **options: Any) -> None:
        """where : the file or address of the table. folder : of results. options : of the supervisor.

        Raises StoreError where the table cannot be used.
        """
        self.rows = JobRows(where)
        self.results = Results(folder)
        self.program = program(JOBS)
        self.supervisor = Supervisor(self.rows, self.results, self.program, on_result=self._believe, **options)
        self.said = ""  # what has to be told of the table, once
        self._believed: OrderedDict[str, Any] = OrderedDict()
        self._lock = threading.Lock()

    def start(self) -> Runner:
        """Begin to work on what waits."""
        self.supervisor.start()
        return self

    def close(self) -> None:
        """End what runs here; it is begun again by whoever opens the table next."""
        self.supervisor.close()
        self.rows.close()

    # --- asking -------------------------------------------------------------------------------------------------------

    def propose(
        self,
        source: str | Path,
        area: Sequence[str],
        criteria: Criteria,
        evidence: Area,
        owner: Owner,
        *,
        name: str = "Proposal",
        parent: Plan | None = None,
    ) -> Ticket[JobState]:
        """A proposal for `area` of `source`, which was read as `evidence`."""
        request = Request(str(source), tuple(area), criteria, name, None, parent)
        return Ticket(self, self._ask(request, evidence, owner).id, request, evidence)

    def study(
        self, study: str, source: str | Path, area: Sequence[str], asked: dict[str, Any], evidence: Area, owner: Owner
    ) -> Ticket[StudyState]:
        """A study of the table. Raises ValueError for any other, TypeError for an `asked` that is not JSON."""
        request = request_of(study, source, area, asked)
        return Ticket(self, self._ask(request, evidence, owner).id, request, evidence)

    def _ask(self, request: Request | StudyRequest, evidence: Area, owner: Owner) -> Row:
        self.supervisor.knows(evidence)
        key = key_of(request, evidence.digest, owner)
        kind = request.study if isinstance(request, StudyRequest) else PROPOSAL
        seed = request.criteria.seed if isinstance(request, Request) else _seed(request.asked)
        asked = Asked(
            key=key, tenant=owner.tenant, owner=owner.person, kind=kind, title=_title(request), place=evidence.name,
            area=evidence.digest, seed=seed, program=self.program, versions=versions(),
            request=encode(request).decode(),
        )  # fmt: skip
        row = self.rows.ask(asked)
        if not row.live and self.results.read(row.result) is None:
            self.rows.without_result(row.id)
            row = self.rows.ask(asked)
        self.supervisor.wake()
        return row

    def running(self, job_id: str) -> JobState | StudyState | None:
        """Where a job stands that runs here; None for any other."""
        return self.supervisor.state_of(job_id)

    def cancel(self, job_id: str, how: int) -> None:
        """Stop a job, wherever it runs."""
        self.supervisor.stop(job_id, how)  # first: a slow disk, or a table out of reach, keeps no core busy
        with contextlib.suppress(StoreError):
            self.rows.cancel(job_id, how)
        self.supervisor.wake()

    # --- finding again ------------------------------------------------------------------------------------------------

    def known_study(self, study: str, asked: dict[str, Any], evidence: Area, owner: Owner) -> tuple[str, Any] | None:
        """The id of the newest job that answered this very question, with its believed result."""
        request = request_of(study, "", (), asked)
        row = self.rows.answered(key_of(request, evidence.digest, owner))
        if row is None:
            return None
        result, error, _ = self.result_of(row, request, evidence)
        return None if error is not None else (row.id, result)

    def of_place(self, evidence: Area, owner: Owner) -> list[Row]:
        """What this person asked of an area that is under way or has a result, the oldest first."""
        found = self.rows.of_place(owner.tenant, evidence.digest)
        return [row for row in found if row.program == self.program and owner.asked(row)]

    def ticket(self, job_id: str, evidence: Area, owner: Owner) -> Ticket[Any] | None:
        """A ticket for a job of this tenant on this area; None where there is none."""
        row = self.rows.row(job_id)
        request = None if row is None else request_in(row)
        if row is None or request is None or row.tenant != owner.tenant or row.area != evidence.digest:
            return None
        self.supervisor.knows(evidence)
        return Ticket(self, job_id, request, evidence)

    def result_of(self, row: Row, request: Request | StudyRequest, evidence: Area) -> tuple[Any, str | None, str]:
        """The believed result of a job, or why there is none and what would mend it."""
        with self._lock:
            if row.id in self._believed:
                self._believed.move_to_end(row.id)
                return self._believed[row.id], None, ""
        data = self.results.read(row.result)
        if data is None:
            return None, *GONE
        result, error, mend = read_answer(data, request, evidence)
        if error is None:
            self._believe(row.id, result)
        return result, error, mend

    def _believe(self, job_id: str, result: Any) -> None:
        with self._lock:
            self._believed[job_id] = result
            while len(self._believed) > KEPT_RESULTS:
                self._believed.popitem(last=False)


def key_of(request: Request | StudyRequest, digest: str, owner: Owner) -> str:
    """SHA-256 of all that the answer hangs on (the evidence, what is asked, the programme), and of whose job it is.

    In shared mode each person has a job of their own, so that nobody stops, ends or takes away a colleague's.
    """
    if isinstance(request, StudyRequest):
        asked: dict[str, Any] = {"study": request.study, "asked": request.asked}
    else:
        asked = {
            "criteria": request.criteria.to_json(),
            "name": request.name,
            "prefix": request.prefix,
            "parent": document(request.parent) if request.parent else None,
        }
    whole = {
        "schema": _SCHEMA, "tenant": owner.tenant, "person": owner.person if owner.tenant else "", "area": digest,
        "program": program(JOBS), "asked": to_json(asked),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def request_in(row: Row) -> Request | StudyRequest | None:
    """What was asked; None where this programme cannot read it."""
    try:
        request = decode(row.request.encode())
    except ProtocolError:
        return None
    return request if isinstance(request, Request | StudyRequest) else None


def _title(request: Request | StudyRequest) -> str:
    """The name of the plan that a job is about, "" where it is about none."""
    if isinstance(request, Request):
        return request.name
    plan = request.asked.get("plan")
    name = plan.get("name") if isinstance(plan, dict) else None
    return name if isinstance(name, str) else ""


def _seed(asked: dict[str, Any]) -> int:
    seed = asked.get("seed", 0)
    return seed if isinstance(seed, int) else 0


# --- the one of this process ----------------------------------------------------------------------------------------

_LOCK = threading.Lock()
_OPEN: dict[Path, Runner] = {}


def table() -> str | Path:
    """Where the table is: a file of this computer; in shared mode the database that FOOTPRINTS_JOBS names, if any.

    Never the database of a store that several computers share: one would run the jobs of another, whose files it does
    not have. Raises StoreError where FOOTPRINTS_JOBS names something else than a database.
    """
    told = os.environ.get("FOOTPRINTS_JOBS", "").strip() if os.environ.get(SHARED, "").strip() else ""
    if told and not is_server(told):
        raise StoreError(
            "FOOTPRINTS_JOBS does not name a PostgreSQL database.",
            mend="Write postgresql://USER@HOST/DATABASE, or take it away: jobs then lie in FOOTPRINTS_DATA.",
        )
    return told or own_folder("jobs") / "jobs.sqlite"


def runner() -> Runner:
    """The jobs of this process, which begins to work on them when it is first asked. Raises StoreError."""
    folder = own_folder("jobs")
    with _LOCK:
        if folder not in _OPEN:
            _OPEN[folder] = opened(table(), folder / "results").start()
        return _OPEN[folder]


def opened(where: str | Path, folder: Path) -> Runner:
    """The jobs of a table; a file of it that is damaged is put aside and made anew, which `said` tells.

    Raises StoreError where the table cannot be used all the same.
    """
    before = _mark(where)
    try:
        return Runner(where, folder)
    except DamagedError as error:
        if is_server(where):
            raise
        file, aside = Path(where), Path(where).with_suffix(f".unread-{os.getpid()}")
        if _mark(where) == before:  # else another process has put it aside already
            try:
                for name in ("", "-journal"):
                    if (held := Path(f"{file}{name}")).exists():
                        held.replace(f"{aside}{name}")
            except OSError:
                raise error from None
        made = Runner(where, folder)
        made.said = (
            f"The list of calculations could not be read ({error.message}) and was begun anew. Calculations that were "
            f"asked for before have to be started again; plans and versions are not touched. The old file is kept as "
            f"{aside.name}."
        )
        log.warning("%s", made.said)
        return made


def _mark(where: str | Path) -> tuple[int, int] | None:
    """What tells one file from another one of its name."""
    try:
        found = Path(where).stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def close_all() -> None:
    """End what this process runs, and leave it to whoever comes next."""
    with _LOCK:
        for one in _OPEN.values():
            try:
                one.close()
            except Exception as error:
                log.warning("The table of jobs was not left in order: %s", without_home(str(error)))
        _OPEN.clear()


atexit.register(close_all)

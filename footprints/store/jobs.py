"""Jobs as rows that outlive whoever asked for them: waiting, running, and then done, failed, cancelled or lost.

Whoever runs a job holds it under a token that is new with every claim, and beats while it does. Every write of its
holder names the token in the same statement, so that one who was taken for dead writes nothing any more: a job has one
result. No clock is compared: a holder is taken for dead by somebody who saw no beat for a while by its own clock.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import Enum
from pathlib import Path
from zlib import crc32

from sqlalchemy import Connection, case, delete, func, insert, literal, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from footprints.errors import StoreError
from footprints.store.base import now
from footprints.store.engine import READING, told
from footprints.store.job_table import JOBS, job, open_engine

TRIES = 5  # times that a job is begun before it counts as lost, as in a sweep
GOES_ON, ASK, END = 0, 1, 2  # what is wanted of a running job: that it goes on, gives what it has, or ends at once
_ATTEMPTS = 5


class State(Enum):
    """Where a job stands; the last four are for good."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"


LIVE = (State.WAITING, State.RUNNING)
ENDED_BY_STOP = "The calculation was stopped before it began."
LOST = "The calculation was begun {tries} times, and each time the programme ended before it had an answer."
OUTDATED = "The programme was changed before the calculation was done."


@dataclass(frozen=True)
class Asked:
    """What is asked. key : digest of all that the answer hangs on, and of the tenant. title, place : for people.

    area : digest of the evidence. program : digest of the programme. request : a line of the protocol.
    """

    key: str
    tenant: str
    owner: str
    kind: str
    title: str
    place: str
    area: str
    seed: int
    program: str
    versions: str
    request: str


@dataclass(frozen=True)
class Told:
    """How far a running job is. stage : in words. fraction : of the work, or None. progress : JSON of events."""

    stage: str
    fraction: float | None
    progress: str
    seconds: float


@dataclass(frozen=True)
class Outcome:
    """What came of a job. result : digest of its file, "" where there is none.

    repeatable : asked again, it would give the same, so that it need not be.
    """

    state: State
    told: Told
    result: str = ""
    repeatable: bool = False
    error: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Row(Asked):
    """A job as it stands in the table; times are in UTC by the clock of whoever wrote them, and only for people.

    request, progress : "" in lists of several.
    """

    seq: int
    id: str
    attempt: int
    state: State
    tries: int
    cancel: int
    worker: str
    host: str
    token: str
    beats: int
    stage: str
    fraction: float | None
    progress: str
    seconds: float
    result: str
    repeatable: bool
    taken: bool
    error: str
    mend: str
    asked_at: str
    begun_at: str
    ended_at: str

    @property
    def live(self) -> bool:
        """Whether something may still come of it."""
        return self.state in LIVE


_NAMES = tuple(field.name for field in fields(Row))
_COLUMNS = [job.c[name] for name in _NAMES]
_LARGE = ("request", "progress")  # left out of lists: a request holds whole plans
_LIGHT = [literal("").label(name) if name in _LARGE else job.c[name] for name in _NAMES]


class JobRows:
    """The table of jobs. Every verb is one transaction; each raises StoreError where the table cannot be reached."""

    def __init__(self, where: str | Path) -> None:
        self.engine = open_engine(where)

    def close(self) -> None:
        """Let go of the connections."""
        self.engine.dispose()

    # --- asking -------------------------------------------------------------------------------------------------------

    def ask(self, asked: Asked) -> Row:
        """The job that answers this: one under way, one done that would give the same again, else a new attempt."""
        for attempt in range(_ATTEMPTS):
            try:
                with self._writing() as connection:
                    return self._ask(connection, asked)
            except StoreError as error:  # two at once: the other one's attempt is found now
                if not isinstance(error.__cause__, IntegrityError) or attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    def _ask(self, connection: Connection, asked: Asked) -> Row:
        last = _first(connection, job.c.key == asked.key, order=job.c.attempt.desc())
        if last is not None and (last.live or (last.state is State.DONE and last.repeatable and last.result)):
            return last
        number = last.attempt + 1 if last else 1
        values = {field.name: getattr(asked, field.name) for field in fields(Asked)}
        name = f"{asked.key[:16]}.{number}"
        connection.execute(
            insert(job).values(
                **values, id=name, attempt=number, state=State.WAITING.value, stage="Waiting", asked_at=now()
            )
        )
        made = _first(connection, job.c.id == name)
        if made is None:
            raise StoreError("The job was not kept.")
        return made

    def cancel(self, job_id: str, how: int = ASK) -> None:
        """Ask a job to stop: one that waits is cancelled here, one that runs by its holder, who sees it soon."""
        with self._writing() as connection:
            mine = job.c.id == job_id
            connection.execute(
                update(job)
                .where(mine, job.c.state == State.WAITING.value)
                .values(state=State.CANCELLED.value, error=ENDED_BY_STOP, ended_at=now(), cancel=how)
            )
            connection.execute(
                update(job)
                .where(mine, job.c.state == State.RUNNING.value, job.c.cancel < how)
                .values(cancel=how, stage="Stopping")
            )

    def take(self, job_id: str) -> bool:
        """Whether the caller is the first to take the result of a job to where it belongs; true once only."""
        with self._writing() as connection:
            done = connection.execute(update(job).where(job.c.id == job_id, job.c.taken == 0).values(taken=1))
            return done.rowcount == 1

    # --- looking ------------------------------------------------------------------------------------------------------

    def row(self, job_id: str) -> Row | None:
        """A job by its id."""
        with self._reading() as connection:
            return _first(connection, job.c.id == job_id)

    def answered(self, key: str) -> Row | None:
        """The newest attempt at a question that has a result."""
        with self._reading() as connection:
            return _first(connection, job.c.key == key, job.c.result != "", order=job.c.attempt.desc())

    def of_place(self, tenant: str, area: str) -> list[Row]:
        """The jobs of a tenant on one area that are under way or have a result, the oldest first."""
        kept = job.c.state.in_([s.value for s in LIVE]) | (job.c.result != "")
        with self._reading() as connection:
            return _all(connection, job.c.tenant == tenant, job.c.area == area, kept)

    def listed(self, tenant: str | None, ended: int = 10) -> list[Row]:
        """Jobs of a tenant (None: of all), running ones first, then those that wait in order, then the last `ended`."""
        own = [job.c.tenant == tenant] if tenant is not None else []
        with self._reading() as connection:
            live = _all(connection, *own, job.c.state.in_([s.value for s in LIVE]))
            query = select(*_LIGHT).where(*own, job.c.state.not_in([s.value for s in LIVE]))
            over = [_row(one) for one in connection.execute(query.order_by(job.c.seq.desc()).limit(ended))]
        return [*sorted(live, key=lambda row: (row.state is State.WAITING, row.seq)), *over]

    def before(self, row: Row) -> int:
        """How many jobs are to begin or to end before this one begins."""
        with self._reading() as connection:
            earlier = (job.c.state == State.RUNNING.value) | (
                (job.c.state == State.WAITING.value) & (job.c.seq < row.seq)
            )
            return int(connection.execute(select(func.count()).select_from(job).where(earlier)).scalar_one())

    # --- running ------------------------------------------------------------------------------------------------------

    def claim(self, worker: str, host: str, program: str, slots: int) -> Row | None:
        """The job that has waited longest of this programme, now held by `worker`; None where none waits.

        Nor where `host` runs `slots` jobs already, whichever processes on it hold them.
        """
        with self._writing() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
                connection.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": crc32(host.encode())})
            busy = select(func.count()).select_from(job)
            busy = busy.where(job.c.state == State.RUNNING.value, job.c.host == host)
            if int(connection.execute(busy).scalar_one()) >= slots:
                return None
            waiting = select(job.c.id).where(job.c.state == State.WAITING.value, job.c.program == program)
            found = connection.execute(
                waiting.order_by(job.c.seq).limit(1).with_for_update(skip_locked=True)
            ).scalar_one_or_none()
            if found is None:
                return None
            connection.execute(
                update(job)
                .where(job.c.id == found)
                .values(
                    state=State.RUNNING.value, worker=worker, host=host, token=secrets.token_hex(16), beats=0,
                    tries=job.c.tries + 1, stage="Starting", fraction=None, progress="", seconds=0.0,
                    begun_at=now(),
                )
            )  # fmt: skip
            return _first(connection, job.c.id == found)

    def beat(self, program: str, told: Mapping[str, Told]) -> dict[str, int]:
        """Say that the jobs under these tokens go on and how far they are; token -> what is wanted of each still held.

        Also says for the jobs that wait that somebody with their programme is there to begin them.
        """
        with self._writing() as connection:
            for token, said in told.items():
                connection.execute(
                    update(job)
                    .where(job.c.token == token, job.c.state == State.RUNNING.value)
                    .values(
                        beats=job.c.beats + 1, fraction=said.fraction, progress=said.progress, seconds=said.seconds,
                        stage=case((job.c.cancel == GOES_ON, said.stage), else_=job.c.stage),
                    )
                )  # fmt: skip
            waits = (job.c.state == State.WAITING.value) & (job.c.program == program)
            connection.execute(update(job).where(waits).values(beats=job.c.beats + 1))
            return _wanted(connection, told)

    def without_result(self, job_id: str) -> None:
        """Say that the result of a job cannot be read any more, so that its question is asked anew."""
        with self._writing() as connection:
            connection.execute(update(job).where(job.c.id == job_id).values(result="", repeatable=0))

    def finish(self, token: str, outcome: Outcome) -> bool:
        """Write what came of a job, if it is still held under this token; whether it was."""
        with self._writing() as connection:
            done = connection.execute(
                update(job)
                .where(job.c.token == token, job.c.state == State.RUNNING.value)
                .values(
                    state=outcome.state.value, stage=outcome.told.stage, fraction=outcome.told.fraction,
                    progress=outcome.told.progress, seconds=outcome.told.seconds, result=outcome.result,
                    repeatable=int(outcome.repeatable), error=outcome.error, mend=outcome.mend, token="",
                    ended_at=now(),
                )
            )  # fmt: skip
            return done.rowcount == 1

    def give_back(self, token: str, *, counted: bool) -> State | None:
        """Let go of a job that is to be begun again; None where it is not held under this token.

        counted : it has used up one of its tries (its process died), not only its holder's time (the app was closed).
        """
        with self._writing() as connection:
            held = _first(connection, job.c.token == token, job.c.state == State.RUNNING.value)
            return None if held is None else self._again(connection, held, held.program, counted)

    def taken_for_dead(self, seen: Row, program: str) -> State | None:
        """Take a job from a holder that does not beat: it waits again, or is lost after too many tries.

        So are those of another programme, running or waiting, as nobody is left to do them. None, and nothing changes,
        where it has moved on since `seen`.
        """
        with self._writing() as connection:
            row = _first(connection, job.c.id == seen.id)
            if row is None or (row.state, row.token, row.beats) != (seen.state, seen.token, seen.beats):
                return None
            if row.state is State.WAITING and row.program == program:
                return None
            return self._again(connection, row, program, counted=True)

    def live(self) -> list[Row]:
        """All jobs that run or wait."""
        with self._reading() as connection:
            return _all(connection, job.c.state.in_([s.value for s in LIVE]))

    def prune(self, kept: int) -> set[str]:
        """Forget all but the last `kept` of the jobs that are over; digests of results that nothing points to now."""
        with self._writing() as connection:
            over = job.c.state.not_in([s.value for s in LIVE])
            last = connection.execute(
                select(job.c.seq).where(over).order_by(job.c.seq.desc()).offset(kept).limit(1)
            ).scalar_one_or_none()
            if last is None:
                return set()
            gone = set(connection.execute(select(job.c.result).where(over, job.c.seq <= last)).scalars())
            connection.execute(delete(job).where(over, job.c.seq <= last))
            still = set(connection.execute(select(job.c.result).where(job.c.result.in_(gone))).scalars())
            return gone - still - {""}

    def _again(self, connection: Connection, held: Row, program: str, counted: bool) -> State:
        values: dict[str, object] = {"token": "", "worker": "", "host": ""}
        if held.cancel:
            state = State.CANCELLED
            values |= {"error": "The calculation was stopped."}
        elif held.program != program:
            state = State.LOST
            values |= {"error": OUTDATED, "mend": "Start it again."}
        elif counted and held.tries >= TRIES:
            state = State.LOST
            values |= {"error": LOST.format(tries=held.tries), "mend": "Start it again, or choose a smaller area."}
        else:
            state = State.WAITING
            values |= {"stage": "Waiting", "tries": held.tries - (0 if counted else 1)}
        if state is not State.WAITING:
            values["ended_at"] = now()
        connection.execute(
            update(job).where(job.c.id == held.id, job.c.token == held.token).values(state=state.value, **values)
        )
        return state

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise told(error, JOBS) from error

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(**{READING: True}) as connection:
                yield connection
        except DBAPIError as error:
            raise told(error, JOBS) from error


def _wanted(connection: Connection, tokens: Mapping[str, object]) -> dict[str, int]:
    if not tokens:
        return {}
    held = job.c.token.in_(list(tokens)) & (job.c.state == State.RUNNING.value)
    return {row.token: row.cancel for row in connection.execute(select(job.c.token, job.c.cancel).where(held))}


def _row(found: object) -> Row:
    values = {name: getattr(found, name) for name in _NAMES}
    state, repeatable, taken = State(values.pop("state")), bool(values.pop("repeatable")), bool(values.pop("taken"))
    return Row(**values, state=state, repeatable=repeatable, taken=taken)


def _first(connection: Connection, *where: object, order: object = None) -> Row | None:
    query = select(*_COLUMNS).where(*where)  # type: ignore[arg-type]
    found = connection.execute(query.order_by(job.c.seq if order is None else order).limit(1)).first()  # type: ignore[arg-type]
    return None if found is None else _row(found)


def _all(connection: Connection, *where: object) -> list[Row]:
    query = select(*_LIGHT).where(*where).order_by(job.c.seq)  # type: ignore[arg-type]
    return [_row(found) for found in connection.execute(query)]

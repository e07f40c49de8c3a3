"""The table of jobs, on both engines: one holder, one result, none lost, whoever is killed or taken for dead."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text

from footprints.errors import StoreError
from footprints.store import open_store
from footprints.store.jobs import ASK, END, LIVE, TRIES, Asked, JobRows, Outcome, Row, State, Told
from tests.servers import Server, server
from tests.stores import begun

__all__ = ["server"]

QUESTION = Asked("k1", "", "ann", "review", "Reviewing", "Gridshire", "digest", 0, "p1", "tool 1", "{}\n")
HALF = Told("Half way", 0.5, "[]", 1.5)
DONE = Outcome(State.DONE, HALF, "a" * 64, repeatable=True)


def asked(key: str, **more: Any) -> Asked:
    return replace(QUESTION, key=key, **more)


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    if request.param == "sqlite":
        return tmp_path / "jobs.sqlite"
    running: Server = request.getfixturevalue("server")
    return running.database()


@pytest.fixture
def rows(where: str | Path) -> Iterator[JobRows]:
    made = JobRows(where)
    yield made
    made.close()


def claimed(rows: JobRows, worker: str = "w1", slots: int = 9) -> Row:
    row = rows.claim(worker, "host", "p1", slots)
    assert row is not None
    return row


def found(rows: JobRows, row: Row) -> Row:
    now = rows.row(row.id)
    assert now is not None
    return now


def test_a_job_is_asked_held_told_of_and_done(rows: JobRows) -> None:
    first = rows.ask(QUESTION)
    assert (first.id, first.state, first.owner, first.tries) == ("k1.1", State.WAITING, "ann", 0)
    assert rows.ask(QUESTION) == first  # the same question is the same job
    held = claimed(rows)
    assert (held.id, held.state, held.tries, held.worker) == (first.id, State.RUNNING, 1, "w1")
    assert rows.claim("w2", "host", "p1", 9) is None
    assert rows.beat("p1", {held.token: HALF}) == {held.token: 0}
    now = found(rows, held)
    assert (now.stage, now.fraction, now.seconds, now.beats) == ("Half way", 0.5, 1.5, 1)
    assert rows.finish(held.token, DONE)
    assert not rows.finish(held.token, replace(DONE, result="b" * 64))  # once
    now = found(rows, held)
    assert (now.state, now.result, now.repeatable) == (State.DONE, "a" * 64, True)
    assert rows.ask(QUESTION) == now  # known already
    assert rows.answered("k1") == now
    assert [rows.take(now.id), rows.take(now.id)] == [True, False]


def test_what_would_not_be_the_same_again_is_asked_anew(rows: JobRows) -> None:
    for number, outcome in enumerate(
        [
            replace(DONE, repeatable=False),
            Outcome(State.FAILED, HALF, error="It failed."),
            Outcome(State.CANCELLED, HALF, "c" * 64),
        ],
        start=1,
    ):
        row = rows.ask(QUESTION)
        assert (row.attempt, row.id) == (number, f"k1.{number}")
        assert rows.finish(claimed(rows).token, outcome)
    assert rows.ask(QUESTION).attempt == 4
    newest = rows.answered("k1")
    assert newest is not None and newest.attempt == 3


def test_jobs_wait_in_line_and_a_host_runs_no_more_than_its_slots(rows: JobRows) -> None:
    line = [rows.ask(asked(f"k{n}")) for n in range(4)]
    assert [claimed(rows, slots=2).id, claimed(rows, "w2", slots=2).id] == [line[0].id, line[1].id]
    assert rows.claim("w1", "host", "p1", 2) is None
    assert [rows.before(found(rows, one)) for one in line[2:]] == [2, 3]
    other = rows.claim("w3", "another host", "p1", 2)
    assert other is not None and other.id == line[2].id
    assert rows.claim("w3", "another host", "p2", 2) is None  # another programme would give other answers
    assert [row.id for row in rows.listed("")] == [row.id for row in line]
    assert rows.listed("another tenant") == []


def test_a_holder_that_is_taken_for_dead_writes_nothing(rows: JobRows) -> None:
    rows.ask(QUESTION)
    seen = claimed(rows)
    rows.beat("p1", {seen.token: HALF})
    assert rows.taken_for_dead(seen, "p1") is None  # it has beaten since it was seen
    seen = found(rows, seen)
    assert rows.taken_for_dead(seen, "p1") is State.WAITING
    assert rows.taken_for_dead(seen, "p1") is None
    fresh = claimed(rows, "w2")
    assert fresh.tries == 2
    assert rows.beat("p1", {seen.token: HALF}) == {}
    assert not rows.finish(seen.token, replace(DONE, result="d" * 64))
    assert rows.give_back(seen.token, counted=True) is None
    assert rows.finish(fresh.token, DONE)
    assert found(rows, fresh).result == DONE.result


def test_after_too_many_tries_it_is_lost_and_a_closed_app_uses_none_up(rows: JobRows) -> None:
    rows.ask(QUESTION)
    for _ in range(TRIES + 3):
        assert rows.give_back(claimed(rows).token, counted=False) is State.WAITING
    for _ in range(TRIES - 1):
        assert rows.taken_for_dead(claimed(rows), "p1") is State.WAITING
    row = claimed(rows)
    assert rows.taken_for_dead(row, "p1") is State.LOST
    lost = found(rows, row)
    assert "begun 5 times" in lost.error and lost.mend
    assert rows.ask(QUESTION).attempt == 2


def test_the_jobs_of_a_programme_that_is_gone_are_lost(rows: JobRows) -> None:
    running, waiting = rows.ask(asked("k1")), rows.ask(asked("k2"))
    claimed(rows)
    assert rows.taken_for_dead(found(rows, waiting), "p1") is None  # its own programme is still there
    for row in (running, waiting):
        assert rows.taken_for_dead(found(rows, row), "p2") is State.LOST
        assert "programme was changed" in found(rows, row).error


def test_stopping(rows: JobRows) -> None:
    waiting = rows.ask(QUESTION)
    rows.cancel(waiting.id)
    assert found(rows, waiting).state is State.CANCELLED
    rows.ask(QUESTION)
    held = claimed(rows)
    rows.cancel(held.id)
    assert rows.beat("p1", {held.token: HALF}) == {held.token: ASK}
    assert found(rows, held).stage == "Stopping"
    rows.cancel(held.id, END)
    rows.cancel(held.id)
    assert rows.beat("p1", {held.token: HALF}) == {held.token: END}
    assert rows.give_back(held.token, counted=True) is State.CANCELLED  # it is not begun again
    rows.cancel(held.id)
    assert found(rows, held).state is State.CANCELLED


def test_what_is_under_way_or_known_is_found_by_its_place(rows: JobRows) -> None:
    for n in range(3):
        rows.ask(asked(f"k{n}"))
    first, second = claimed(rows), claimed(rows)
    rows.finish(first.token, DONE)
    rows.finish(second.token, Outcome(State.FAILED, HALF, error="It failed."))
    rows.take(first.id)
    assert [(row.key, row.taken, row.request) for row in rows.of_place("", "digest")] == [
        ("k0", True, ""), ("k2", False, ""),
    ]  # fmt: skip
    assert rows.of_place("", "elsewhere") == rows.of_place("other", "digest") == []
    rows.without_result(first.id)
    assert [row.key for row in rows.of_place("", "digest")] == ["k2"]
    assert rows.ask(asked("k0")).attempt == 2


def test_old_jobs_are_forgotten_and_only_results_of_nobody_go(rows: JobRows) -> None:
    for n, result in enumerate(("a", "b", "a", "c")):
        rows.ask(asked(f"k{n}"))
        rows.finish(claimed(rows).token, replace(DONE, result=result))
    live = rows.ask(asked("live"))
    assert rows.prune(2) == {"b"}  # the file of “a” is a newer job's too
    assert [row.key for row in rows.listed("")] == ["live", "k3", "k2"]
    assert rows.prune(2) == set()
    assert found(rows, live).live


def test_many_workers_at_once_run_no_job_twice(where: str | Path) -> None:
    shared = JobRows(where)
    for n in range(24):
        shared.ask(asked(f"k{n}"))
    got: list[str] = []
    most, lock = [0], threading.Lock()

    def work(name: str) -> None:
        own = JobRows(where)
        while (row := own.claim(name, "host", "p1", 3)) or any(one.state is State.WAITING for one in own.live()):
            if row is None:
                continue
            with lock:
                got.append(row.id)
                most[0] = max(most[0], sum(one.state is State.RUNNING for one in own.live()))
            assert own.finish(row.token, DONE)
        own.close()

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(got) == sorted(f"k{n}.1" for n in range(24))
    assert most[0] <= 3
    shared.close()


def test_two_that_ask_the_same_at_once_share_one_job(where: str | Path) -> None:
    opened = [JobRows(where) for _ in range(4)]
    got: list[str] = []
    threads = [threading.Thread(target=lambda own=own: got.append(own.ask(QUESTION).id)) for own in opened]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert got == ["k1.1"] * 4
    for own in opened:
        own.close()


def test_the_record_of_plans_lives_beside_it_and_a_later_table_is_refused(
    where: str | Path, rows: JobRows, tmp_path: Path
) -> None:
    rows.ask(QUESTION)
    store = open_store(where, areas=tmp_path / "areas", create=True)
    begun(store)
    assert store.verify().holds
    store.close()
    assert rows.listed("")[0].key == "k1"
    with rows.engine.begin() as connection:
        connection.execute(text("UPDATE job_meta SET value = '0'"))
    JobRows(where).close()  # an older table is made anew
    assert rows.listed("") == []
    with rows.engine.begin() as connection:
        connection.execute(text("UPDATE job_meta SET value = '99'"))
    with pytest.raises(StoreError, match="schema 99"):
        JobRows(where)


# --- any order of acts, against a model that is a dictionary -------------------------------------------------------

KEYS = ("k0", "k1", "k2")
workers = st.sampled_from(("w1", "w2"))
picks = st.integers(0, 5)


class Jobs(RuleBasedStateMachine):
    """Ask, claim, beat, finish, die, be taken for dead, cancel; `model` is id -> (state, result, tries)."""

    where: Any = None

    def __init__(self) -> None:
        super().__init__()
        self.rows = JobRows(self.where)
        with self.rows.engine.begin() as connection:
            connection.execute(text("DELETE FROM job"))
        self.model: dict[str, tuple[State, str, int]] = {}
        self.order: list[str] = []
        self.held: list[tuple[str, str]] = []  # (id, token) of every claim ever, dead ones among them
        self.holds: dict[str, str] = {}  # id -> the token that counts
        self.stop: set[str] = set()
        self.results = 0

    @rule(key=st.sampled_from(KEYS))
    def ask(self, key: str) -> None:
        mine = [one for one in self.order if one.startswith(f"{key}.")]
        last = self.model[mine[-1]] if mine else None
        row = self.rows.ask(asked(key))
        if last is not None and (last[0] in LIVE or last[0] is State.DONE):
            assert row.id == mine[-1]
        else:
            assert row.id == f"{key}.{len(mine) + 1}"
            self.order.append(row.id)
            self.model[row.id] = (State.WAITING, "", 0)

    @rule(worker=workers)
    def claim(self, worker: str) -> None:
        waiting = [one for one in self.order if self.model[one][0] is State.WAITING]
        running = [one for one in self.order if self.model[one][0] is State.RUNNING]
        row = self.rows.claim(worker, "host", "p1", 2)
        if not waiting or len(running) >= 2:
            assert row is None
            return
        assert row is not None and row.id == waiting[0]
        self.model[row.id] = (State.RUNNING, "", self.model[row.id][2] + 1)
        self.held.append((row.id, row.token))
        self.holds[row.id] = row.token

    def _pick(self, n: int) -> tuple[str, str, bool] | None:
        if not self.held:
            return None
        job_id, token = self.held[-1 - n % len(self.held)]
        return job_id, token, self.holds.get(job_id) == token

    @rule(n=picks)
    def beat(self, n: int) -> None:
        if picked := self._pick(n):
            job_id, token, counts = picked
            wanted = self.rows.beat("p1", {token: HALF})
            assert wanted == ({token: ASK if job_id in self.stop else 0} if counts else {})

    @rule(n=picks, state=st.sampled_from((State.DONE, State.FAILED, State.CANCELLED)))
    def finish(self, n: int, state: State) -> None:
        if picked := self._pick(n):
            job_id, token, counts = picked
            self.results += 1
            result = f"result {self.results}" if state is State.DONE else ""
            assert self.rows.finish(token, Outcome(state, HALF, result, repeatable=True)) == counts
            if counts:
                self._over(job_id, state, result)

    @rule(n=picks, counted=st.booleans())
    def give_back(self, n: int, counted: bool) -> None:
        if picked := self._pick(n):
            job_id, token, counts = picked
            got = self.rows.give_back(token, counted=counted)
            assert got == (self._again(job_id, counted) if counts else None)

    @rule(n=picks)
    def taken_for_dead(self, n: int) -> None:
        running = [one for one in self.order if self.model[one][0] is State.RUNNING]
        if running:
            row = self.rows.row(running[n % len(running)])
            assert row is not None
            assert self.rows.taken_for_dead(row, "p1") == self._again(row.id, True)

    @rule(n=picks)
    def cancel(self, n: int) -> None:
        if self.order:
            job_id = self.order[n % len(self.order)]
            self.rows.cancel(job_id)
            if self.model[job_id][0] is State.WAITING:
                self._over(job_id, State.CANCELLED, "")
            elif self.model[job_id][0] is State.RUNNING:
                self.stop.add(job_id)

    @rule()
    def open_again(self) -> None:
        self.rows.close()
        self.rows = JobRows(self.where)

    def _over(self, job_id: str, state: State, result: str) -> None:
        self.model[job_id] = (state, result, self.model[job_id][2])
        self.holds.pop(job_id, None)
        self.stop.discard(job_id)

    def _again(self, job_id: str, counted: bool) -> State:
        tries = self.model[job_id][2]
        if job_id in self.stop:
            self._over(job_id, State.CANCELLED, "")
        elif counted and tries >= TRIES:
            self._over(job_id, State.LOST, "")
        else:
            self.model[job_id] = (State.WAITING, "", tries - (not counted))
            self.holds.pop(job_id)
        return self.model[job_id][0]

    @invariant()
    def the_table_is_as_the_model(self) -> None:
        found = {row.id: row for row in self.rows.listed("", ended=1_000)}
        assert {one: (row.state, row.result, row.tries) for one, row in found.items()} == self.model
        assert {one: row.token for one, row in found.items() if row.state is State.RUNNING} == self.holds

    def teardown(self) -> None:
        self.rows.close()


def test_any_order_of_acts_leaves_one_holder_and_one_result(where: str | Path) -> None:
    machine = type("OnThis", (Jobs,), {"where": where})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=8, stateful_step_count=25, deadline=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip

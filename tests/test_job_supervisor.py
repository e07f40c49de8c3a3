"""Jobs that outlive their page: killed, full, stopped or asked twice, each has one result or says why it has none."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from footprints.jobs import STUDIES, StudyState
from footprints.jobs import supervisor as supervisors
from footprints.jobs.lookout import Lookout
from footprints.jobs.protocol import Answer, Stage, encode
from footprints.jobs.runner import Owner, Runner
from footprints.jobs.runner import opened as opened_runner
from footprints.jobs.ticket import Ticket
from footprints.platform import alive
from footprints.store.jobs import Row, State
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.servers import Server, server
from tests.test_jobs import CRITERIA, GOOD, line_of, proposal_of, stub, until
from tests.tiny_study import Tiny

__all__ = ["server"]

pytestmark = pytest.mark.alone

PICTURE = ("AAA", "BBB")
AREA = grid_area(PICTURE)
ANN, OTHER = Owner("", "Ann"), Owner("other", "Olga")
TRUE = encode(Answer({"people": 10_000, "stopped": False})).decode()
HANGS = "time.sleep(60)\n"


def asked(n: int = 0) -> dict[str, Any]:
    """A question of its own for each n; one unit of 10,000."""
    return {"units": [AREA.codes[0]], "n": n}


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STUDIES, "tiny", "tests.tiny_study")


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    if request.param == "sqlite":
        return tmp_path / "jobs.sqlite"
    running: Server = request.getfixturevalue("server")
    return running.database()


Open = Callable[..., Runner]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Open]:
    """A function that opens the table of a test with children that do as `body` says (see `stub`)."""
    made: list[Runner] = []

    def open_one(body: str, at: str | Path = tmp_path / "jobs.sqlite", **options: Any) -> Runner:
        folder = tmp_path / f"child-{len(made)}"
        folder.mkdir()
        command = stub(folder, body)
        made.append(Runner(at, tmp_path / "results", command=lambda _: command, **options))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


def says(text: str, then: str = "") -> str:
    return f"sys.stdout.write({text!r}); sys.stdout.flush()\n{then}"


def ask(runner: Runner, n: int = 0, owner: Owner = ANN) -> Ticket[StudyState]:
    return runner.study("tiny", "nowhere", (), asked(n), AREA, owner)


def row_of(runner: Runner, ticket: Ticket[Any]) -> Row:
    row = runner.rows.row(ticket.id)
    assert row is not None
    return row


def child_of(runner: Runner, ticket: Ticket[Any]) -> int:
    """The process id of the child of a job that runs here."""
    assert until(lambda: ticket.id in runner.supervisor._running, 10)
    return runner.supervisor._running[ticket.id].job.pid


def test_a_job_is_done_found_again_and_known_after_a_restart(opened: Open) -> None:
    first = opened(says(encode(Stage("Half", 0.5)).decode(), f"sys.stdin.readline()\n{says(TRUE)}")).start()
    ticket = ask(first)
    assert until(lambda: ticket.poll().stage == "Half", 10)
    again = ask(first)  # from another page
    assert again.id == ticket.id and again.poll().fraction == 0.5
    (found,) = first.of_place(AREA, ANN)
    taken_up = first.ticket(found.id, AREA, ANN)
    assert taken_up is not None and taken_up.poll().stage == "Half" and found.owner == "Ann"
    assert first.of_place(AREA, OTHER) == [] and first.ticket(ticket.id, AREA, OTHER) is None
    first.supervisor._running[ticket.id].job._said.put(b"\n")
    state = ticket.wait(10)
    assert (state.result, state.error, state.done) == (Tiny(10_000, stopped=False), None, True)
    first.close()
    second = opened("os._exit(1)\n").start()  # nothing is worked out anew
    known = ask(second)
    assert (known.id, known.poll().result) == (ticket.id, state.result)
    assert second.known_study("tiny", asked(), AREA, ANN) == (ticket.id, state.result)
    assert second.known_study("tiny", asked(), AREA, OTHER) is None
    assert second.known_study("tiny", asked(1), AREA, ANN) is None


def test_a_proposal_is_a_job_with_its_progress_and_its_check(opened: Open, tmp_path: Path) -> None:
    (tmp_path / "line").write_text(line_of(proposal_of(GOOD)), encoding="utf-8")
    body = f"sys.stdout.buffer.write(open({str(tmp_path / 'line')!r}, 'rb').read()); sys.stdout.flush()\n"
    runner = opened(body).start()
    ticket = runner.propose("nowhere", (), CRITERIA, AREA, ANN)
    state = ticket.wait(10)
    assert state.proposal == proposal_of(GOOD)
    assert (row_of(runner, ticket).repeatable, row_of(runner, ticket).kind) == (True, "proposal")
    assert [ticket.take(), ticket.take()] == [True, False]
    other = runner.propose("nowhere", (), Criteria(), AREA, ANN).wait(10)  # the same answer to another question: a lie
    assert other.proposal is None and "other criteria" in (other.error or "")


def test_a_result_that_was_changed_on_the_disk_is_not_used_and_is_worked_out_anew(opened: Open) -> None:
    runner = opened(says(TRUE)).start()
    ticket = ask(runner)
    assert ticket.wait(10).result
    runner._believed.clear()
    file = runner.results.folder / row_of(runner, ticket).result
    file.write_bytes(file.read_bytes().replace(b"10000", b"99999"))
    assert "cannot be read any more" in (ticket.poll().error or "")
    assert runner.known_study("tiny", asked(), AREA, ANN) is None
    fresh = ask(runner)
    assert fresh.id != ticket.id and fresh.wait(10).result == Tiny(10_000, stopped=False)


def test_a_killed_child_is_begun_again(opened: Open, tmp_path: Path) -> None:
    mark = tmp_path / "begun"
    runner = opened(
        f"first = not os.path.exists({str(mark)!r})\nopen({str(mark)!r}, 'w').close()\n"
        f"time.sleep(60 if first else 0)\n{says(TRUE)}"
    ).start()
    ticket = ask(runner)
    pid = child_of(runner, ticket)
    assert until(mark.exists, 10)
    psutil.Process(pid).kill()
    assert ticket.wait(15).result == Tiny(10_000, stopped=False)
    assert row_of(runner, ticket).tries == 2


def test_a_child_that_always_dies_is_lost_in_words(opened: Open) -> None:
    ticket = ask(opened("os._exit(9)\n").start())
    state = ticket.wait(20)
    assert state.done and state.result is None
    assert "begun 5 times" in (state.error or "") and state.mend


def test_a_lie_is_not_begun_again(opened: Open) -> None:
    runner = opened(says(TRUE.replace("10000", "1"))).start()
    ticket = ask(runner)
    assert "did not pass our check" in (ticket.wait(10).error or "")
    assert (row_of(runner, ticket).tries, row_of(runner, ticket).state) == (1, State.FAILED)


SUPERVISOR = """
import sys, time
from footprints.jobs import STUDIES
from footprints.jobs.runner import Owner, Runner
from footprints.jobs.runner import opened as opened_runner
from pathlib import Path
from tests.grids import grid_area
STUDIES["tiny"] = "tests.tiny_study"
area = grid_area({picture!r})
runner = Runner({where!r}, Path({results!r}), command=lambda _: {command!r}).start()
for n in range({number}):
    runner.study("tiny", "nowhere", (), {{"units": [area.codes[0]], "n": n}}, area, Owner("", "Ann"))
print("asked", flush=True)
time.sleep(600)
"""


def supervisor(folder: Path, where: str | Path, body: str, number: int) -> subprocess.Popen[bytes]:
    """A process that asks for jobs and runs them, as the one that serves the app does."""
    folder.mkdir()
    script = folder / "supervisor.py"
    code = SUPERVISOR.format(
        picture=PICTURE, where=str(where), results=str(folder.parent / "results"), command=stub(folder, body),
        number=number,
    )  # fmt: skip
    script.write_text(code, encoding="utf-8")
    root = str(Path(__file__).resolve().parents[1])
    process = subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": root}
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"asked\n"
    return process


def test_a_killed_supervisor_leaves_its_jobs_to_the_next_one(where: str | Path, opened: Open, tmp_path: Path) -> None:
    with supervisor(tmp_path / "first", where, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n"
                    f"sys.stdout.flush()\nsys.stdin.read(); os._exit(0)\n", 1) as first:  # fmt: skip
        assert until(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text("utf-8")), 20)
        first.kill()
    child = int((tmp_path / "pid").read_text("utf-8"))
    second = opened(says(TRUE), where, lease_s=1.0)
    ticket = ask(second)
    second.start()
    assert (row_of(second, ticket).attempt, ticket.wait(20).result) == (1, Tiny(10_000, stopped=False))
    row = row_of(second, ticket)
    assert (row.tries, row.state) == (2, State.DONE)
    assert until(lambda: not alive(child), 5)


def test_a_closed_app_gives_its_jobs_back(opened: Open) -> None:
    first = opened(HANGS).start()
    ticket = ask(first)
    pid = child_of(first, ticket)
    first.close()
    assert not alive(pid)
    second = opened(says(TRUE))
    assert ask(second).id == ticket.id
    second.start()
    assert ask(second).wait(10).result == Tiny(10_000, stopped=False)
    assert row_of(second, ticket).tries == 1


def test_two_supervisors_run_no_job_twice(where: str | Path, opened: Open, tmp_path: Path) -> None:
    log = tmp_path / "log"
    body = f"open({str(log)!r}, 'a').write('x\\n')\ntime.sleep(0.05)\n{says(TRUE)}"
    two = [opened(body, where, slots=4).start() for _ in range(2)]
    tickets = [ask(two[n % 2], n) for n in range(10)]
    states = [ticket.wait(30) for ticket in tickets]
    assert [state.result for state in states] == [Tiny(10_000, stopped=False)] * 10
    assert len(log.read_text(encoding="utf-8").splitlines()) == 10
    rows = [row_of(two[0], ticket) for ticket in tickets]
    assert {row.tries for row in rows} == {1}


def test_who_was_taken_for_dead_ends_its_child_and_writes_nothing(opened: Open) -> None:
    slow = opened(HANGS)
    ticket = ask(slow)
    slow.supervisor.turn()
    pid = child_of(slow, ticket)
    quick = opened(says(TRUE), lease_s=0.0)  # sees a dead holder wherever it looks twice
    quick.supervisor.knows(AREA)
    quick.supervisor.turn()
    assert until(lambda: quick.supervisor.turn() is None and row_of(quick, ticket).state is State.DONE, 10)
    slow.supervisor.turn()
    assert not alive(pid) and slow.supervisor.state_of(ticket.id) is None
    assert ticket.poll().result == Tiny(10_000, stopped=False)
    assert row_of(quick, ticket).tries == 2


# --- stopping -----------------------------------------------------------------------------------------------------


def test_a_job_that_waits_says_so_and_is_stopped_in_line(opened: Open) -> None:
    runner = opened(HANGS, slots=1).start()
    first, second = ask(runner, 1), ask(runner, 2)
    child_of(runner, first)
    assert second.poll().stage == "Waiting in line: 1 calculation before it"
    second.cancel()
    state = second.poll()
    assert state.done and state.cancelled and "before it began" in (state.error or "")
    assert not first.poll().done


@pytest.mark.parametrize("elsewhere", [False, True])
def test_stopping_frees_the_processor_within_two_seconds_also_from_another_process(
    opened: Open, elsewhere: bool
) -> None:
    runner = opened(says(encode(Stage("Busy")).decode(), "while True: pass\n")).start()
    ticket = ask(runner)
    assert until(lambda: ticket.poll().stage == "Busy", 10)
    pid = child_of(runner, ticket)
    stopper = opened("") if elsewhere else runner
    began = time.monotonic()
    stopper.cancel(ticket.id, 1)
    assert until(lambda: not alive(pid), 5)
    assert time.monotonic() - began < 2.0
    state = ticket.wait(5)
    assert state.cancelled and "stopped before it had an answer" in (state.error or "")
    assert row_of(runner, ticket).state is State.CANCELLED


def test_what_it_had_when_it_was_stopped_is_kept_and_asked_anew_when_asked_again(opened: Open) -> None:
    stopped = encode(Answer({"people": 10_000, "stopped": True})).decode()
    runner = opened(f"sys.stdin.readline()\n{says(stopped)}").start()
    ticket = ask(runner)
    child_of(runner, ticket)
    ticket.cancel()
    assert ticket.wait(10).result == Tiny(10_000, stopped=True)
    assert row_of(runner, ticket).state is State.CANCELLED
    assert runner.known_study("tiny", asked(), AREA, ANN) == (ticket.id, Tiny(10_000, stopped=True))
    assert ask(runner).id != ticket.id


def test_a_stop_while_the_answer_is_checked_keeps_the_answer(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests import tiny_study

    seen, read = [], tiny_study.read

    def slow(*args: Any) -> Tiny:
        seen.append(1)
        time.sleep(0.5)
        return read(*args)

    monkeypatch.setattr(tiny_study, "read", slow)
    runner = opened(says(TRUE)).start()
    ticket = ask(runner)
    assert until(lambda: bool(seen), 10)
    ticket.cancel()
    assert ticket.wait(10).result == Tiny(10_000, stopped=False)
    assert runner.known_study("tiny", asked(), AREA, ANN) is not None and len(seen) == 1, (
        "checked once, not in each page"
    )


def test_a_slow_disk_keeps_no_core_busy(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = opened(says(encode(Stage("Busy")).decode(), "while True: pass\n")).start()
    ticket = ask(runner)
    assert until(lambda: ticket.poll().stage == "Busy", 10)
    pid, live, cancel, slow = child_of(runner, ticket), runner.rows.live, runner.rows.cancel, threading.Event()

    def late_live() -> Any:
        slow.set()
        time.sleep(4.0)
        return live()

    def late_cancel(*asked: Any) -> Any:
        time.sleep(4.0)
        return cancel(*asked)

    monkeypatch.setattr(runner.rows, "live", late_live)
    monkeypatch.setattr(runner.rows, "cancel", late_cancel)
    assert slow.wait(10), "a turn waits for the disk"
    began = time.monotonic()
    threading.Thread(target=ticket.cancel).start()
    assert until(lambda: not alive(pid), 5)
    assert time.monotonic() - began < 2.0
    monkeypatch.undo()
    assert ticket.wait(15).cancelled


# --- what else may happen -----------------------------------------------------------------------------------------


def test_a_full_disk_fails_in_words_and_leaves_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    runner = opened(says(TRUE)).start()
    with monkeypatch.context() as patch:
        patch.setattr("footprints.jobs.results.os.fsync", full)
        state = ask(runner).wait(10)
    assert state.result is None
    assert "could not be kept on the disk (No space left on device)" in (state.error or "")
    assert list(runner.results.folder.iterdir()) == []
    assert ask(runner).wait(10).result == Tiny(10_000, stopped=False)


def test_files_that_changed_since_give_no_answer(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = opened(says(TRUE))
    ticket = ask(runner)
    runner.supervisor._areas.clear()  # as after a restart
    monkeypatch.setattr("footprints.jobs.studies.load_area", lambda *a, **k: grid_area(PICTURE, name="Elsewhere"))
    runner.start()
    assert "files have changed" in (ticket.wait(10).error or "")


def test_the_answer_is_checked_against_files_that_are_read_again_after_a_restart(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = opened(says(TRUE))
    ticket = ask(runner)
    runner.supervisor._areas.clear()
    monkeypatch.setattr("footprints.jobs.studies.load_area", lambda *a, **k: grid_area(PICTURE))
    runner.start()
    assert ticket.wait(10).result == Tiny(10_000, stopped=False)


def test_no_clock_but_ones_own_says_who_is_dead() -> None:
    now = [0.0]
    lookout = Lookout(lambda: now[0], lease_s=15.0)

    def row(beats: int) -> Row:
        values = dict.fromkeys((f for f in Row.__dataclass_fields__), "")
        return Row(**{**values, "id": "a", "state": State.RUNNING, "token": "t", "beats": beats})  # type: ignore[arg-type]

    def look(seconds: float, beats: int) -> bool:
        now[0] += seconds
        return bool(lookout.silent([row(beats)]))

    assert not any(look(3.0, 7) for _ in range(5))  # seen from 3 s on
    assert look(3.0, 7)
    assert not look(1.0, 8)  # it beats again
    assert not look(86_400.0, 8)  # this computer slept: the other one may have slept beside it
    assert not any(look(3.0, 8) for _ in range(4))
    assert look(3.0, 8)


def test_a_clock_that_is_put_forward_or_back_changes_nothing(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    holder, other = opened(HANGS), opened(HANGS, lease_s=5.0)
    ticket = ask(holder)
    holder.supervisor.turn()
    real = time.time
    for jump in (86_400.0, -86_400.0):
        monkeypatch.setattr(time, "time", lambda jump=jump: real() + jump)
        for one in (other, holder, other):
            one.supervisor.turn()
    row = row_of(other, ticket)
    assert (row.state, row.tries) == (State.RUNNING, 1)


def test_colleagues_who_ask_the_same_have_jobs_of_their_own(opened: Open) -> None:
    own = opened(HANGS)
    ann, ben = Owner("camford", "ann@test"), Owner("camford", "ben@test")
    first, second = ask(own, owner=ann), ask(own, owner=ben)
    assert first.id != second.id and ask(own, owner=ann).id == first.id
    second.close()
    assert second.take()
    still = row_of(own, first)
    assert (still.state, still.taken) == (State.WAITING, False)
    laptop, named = Owner("", "Ann"), Owner("", "Ann Other")
    assert ask(own, owner=laptop).id == ask(own, owner=named).id, "a name typed anew is no other person"


def test_a_damaged_table_is_put_aside_and_said_once(tmp_path: Path) -> None:
    file = tmp_path / "jobs.sqlite"
    file.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    own = opened_runner(file, tmp_path / "results")
    assert "begun anew" in own.said and "backup" not in own.said and own.rows.listed("") == []
    (aside,) = tmp_path.glob("jobs.unread-*")
    assert aside.read_bytes().endswith(b"xxx") and aside.name in own.said
    own.close()
    again = opened_runner(file, tmp_path / "results")
    assert again.said == "" and len(list(tmp_path.glob("jobs.unread-*"))) == 1
    again.close()


def test_old_jobs_go_while_the_app_runs(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisors, "KEPT_ROWS", 1)
    own = opened(HANGS, slots=0)
    for n in range(3):
        ask(own, n).close()
    assert len(own.rows.listed("")) == 3
    own.supervisor.turn()
    assert len(own.rows.listed("")) == 1
    ask(own, 4).close()
    own.supervisor.turn()
    assert len(own.rows.listed("")) == 2, "not at every turn"
    own.supervisor._pruned -= supervisors.PRUNE_S
    own.supervisor.turn()
    assert len(own.rows.listed("")) == 1

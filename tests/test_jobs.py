"""The job process: an answer that holds is handed over; a child that is killed, hangs, babbles or lies gives none."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from footprints.jobs import JobState, ProposalJob
from footprints.jobs.protocol import ProtocolError, Request, Result, Stage, decode, encode
from footprints.jobs.verify import faults_of
from footprints.plan import Plan
from footprints.platform import alive, end_tree
from footprints.progress import gap_of, stage_in_words
from footprints.propose import Proposal, plan_from_labels
from optimise.criteria import Criteria, Locks, Weights
from optimise.solution import DeclaredException, PartResult, Progress, Solution, Status, StoppedBy, Term
from tests.grids import grid_area

pytestmark = pytest.mark.alone

# Six units of 10,000 people each in two districts; three units make a neighbourhood of 30,000.
#     A A A
#     B B B
PICTURE = ("AAA", "BBB")
AREA = grid_area(PICTURE)
CRITERIA = Criteria(target=30_000, minimum=25_000, maximum=35_000, seconds=5)
GOOD = (0, 0, 0, 1, 1, 1)


def proposal_of(labels: tuple[int, ...], criteria: Criteria = CRITERIA) -> Proposal:
    """What a child would answer, with made-up but consistent figures."""
    plan = plan_from_labels(AREA, dict(zip(AREA.codes, labels, strict=True)), criteria)
    part = PartResult("A", ("E07000001",), 3, 30_000, 1, Status.FEASIBLE, 50.0, 40.0, 40.0, 0.2)
    solution = Solution(
        status=Status.FEASIBLE, assignment=labels, centres=("E01900002", "E01900005"), parts_of=(0, 0),
        objective=50.0, best_primary=50.0, bound=40.0, bound_checked=40.0, gap=0.2,
        terms=(Term("travel", "Travel", 1.0, 50.0, 60_000.0, "words", True),), parts=(part,), reasons=(),
        exceptions=(), stopped_by=StoppedBy.BUDGET, seed=0, seconds=1.0, solver="none", version="0",
    )  # fmt: skip
    return Proposal(plan, solution)


def line_of(proposal: Proposal) -> str:
    return encode(Result(proposal.plan, proposal.solution)).decode()


def stub(folder: Path, body: str) -> tuple[str, ...]:
    """A child that reads its request and then does what `body` says; light, as it imports nothing of ours."""
    script = folder / "stub.py"
    script.write_text("import os, sys, time, subprocess\nsys.stdin.readline()\n" + body, encoding="utf-8")
    return (sys.executable, str(script))


def started(command: tuple[str, ...], **options: object) -> ProposalJob:
    return ProposalJob.start("nowhere", (), CRITERIA, evidence=AREA, command=command, **options)  # type: ignore[arg-type]


def until(condition: Callable[[], bool], seconds: float) -> bool:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def refused(state: JobState) -> str:
    assert state.done
    assert state.proposal is None
    assert state.error
    return state.error


def test_lines_are_read_back_as_they_were_said() -> None:
    criteria = Criteria(
        neighbourhoods=(("E07000001", 2),), weights=Weights(deviation=0.25), joins=(("A", "B"),),
        locks=Locks(fixed=(("E01900001", "X-01"),), together=(("E01900001", "E01900002"),)),
    )  # fmt: skip
    proposal = proposal_of(GOOD)
    for said in (
        Request("demo", ("Cambridge", "Ely ‘north’"), criteria, "Naïve plan", None, proposal.plan),
        Stage("Reading"),
        Progress("search", "A", 0, 2, 1.5, None, 3.0),
        Result(proposal.plan, proposal.solution),
        Result(None, replace(proposal.solution, assignment=None, bound=float("-inf"))),
    ):
        line = encode(said)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        assert decode(line) == said


@pytest.mark.parametrize(
    "line",
    [
        b"hello\n",
        b"\xff\xfe\n",
        b"[]\n",
        b'{"kind": "dance"}\n',
        b'{"kind": "stage"}\n',
        b'{"kind": "stage", "words": 3}\n',
        b'{"kind": "stage", "words": "a", "words": "b"}\n',
        b'{"kind": "progress", "stage": "s", "part": "", "parts_done": true, "parts": 1, "seconds": 1, "best": null,'
        b' "bound": null}\n',
        b"[" * 100_000,
    ],
)
def test_lines_that_do_not_fit_are_refused(line: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode(line)


def test_a_good_answer_is_handed_over(tmp_path: Path) -> None:
    events = [Progress("search", "A", n, 2, n / 10, 60.0 - n, 40.0) for n in range(3)]
    lines = "".join(encode(event).decode() for event in events) + line_of(proposal_of(GOOD))
    (tmp_path / "lines").write_text(lines, encoding="utf-8")
    body = f"sys.stdout.buffer.write(open({str(tmp_path / 'lines')!r}, 'rb').read()); sys.stdout.flush()\n"
    state = started(stub(tmp_path, body)).wait(20)
    assert state.error is None
    assert state.done
    assert state.proposal == proposal_of(GOOD)
    assert state.progress == tuple(events)
    assert (state.best, state.bound) == (58.0, 40.0)
    assert state.gap == pytest.approx(18 / 58)


def test_a_killed_child_gives_no_plan(tmp_path: Path) -> None:
    job = started(stub(tmp_path, "time.sleep(60)\n"))
    assert until(lambda: alive(job.pid), 5)
    psutil.Process(job.pid).kill()
    assert "ended before it had an answer" in refused(job.wait(10))


def test_a_process_that_bears_the_number_of_an_ended_one_is_left_alone() -> None:
    ended, other = (subprocess.Popen([sys.executable, "-c", f"import time; time.sleep({n})"]) for n in (0, 60))
    ended.wait()
    ended.pid = other.pid
    end_tree(ended)
    assert other.poll() is None
    end_tree(other)
    assert other.wait(5) != 0


def test_half_an_answer_is_no_answer(tmp_path: Path) -> None:
    half = line_of(proposal_of(GOOD))[:400]
    job = started(stub(tmp_path, f"sys.stdout.write({half!r}); sys.stdout.flush(); os._exit(9)\n"))
    assert "cannot be read" in refused(job.wait(10))
    assert job.died


@pytest.mark.parametrize("how", ["closed", "its time was over", "stopped"])
def test_half_an_answer_of_a_child_that_was_ended_here_is_no_death(tmp_path: Path, how: str) -> None:
    half, begun = line_of(proposal_of(GOOD))[:400], tmp_path / "begun"
    wait = f"open({str(begun)!r}, 'w').close(); time.sleep(60)\n"
    job = started(
        stub(tmp_path, f"sys.stdout.write({half!r}); sys.stdout.flush(); {wait}"),
        clock_s=1.5 if how == "its time was over" else None,
    )
    assert until(begun.exists, 10)
    if how == "closed":
        job.close()
    elif how == "stopped":
        job.cancel()
        psutil.Process(job.pid).kill()
    assert refused(job.wait(10))
    assert not job.died


def test_babble_is_no_answer(tmp_path: Path) -> None:
    job = started(stub(tmp_path, "print('Optimal solution found!', flush=True); time.sleep(60)\n"))
    assert "cannot be read" in refused(job.wait(10))
    assert not job.died
    assert until(lambda: not alive(job.pid), 5)


def test_an_endless_line_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("footprints.jobs.process.LONGEST_LINE", 10_000)
    job = started(stub(tmp_path, "while True: sys.stdout.write('x' * 1000)\n"))
    assert "cannot be read" in refused(job.wait(10))
    assert until(lambda: not alive(job.pid), 5)


def test_a_hanging_child_is_cancelled_within_two_seconds_with_its_children(tmp_path: Path) -> None:
    body = (
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    job = started(stub(tmp_path, body))
    assert until(lambda: (tmp_path / "pid").is_file() and (tmp_path / "pid").read_text(encoding="utf-8") != "", 10)
    grandchild = int((tmp_path / "pid").read_text(encoding="utf-8"))
    began = time.monotonic()
    job.cancel()
    state = job.wait(10)
    assert time.monotonic() - began < 2.5
    assert state.cancelled
    assert "stopped before it had a plan" in refused(state)
    assert until(lambda: not alive(job.pid) and not alive(grandchild), 5)


def test_a_polite_child_hands_over_its_best_plan_when_cancelled(tmp_path: Path) -> None:
    (tmp_path / "line").write_text(line_of(proposal_of(GOOD)), encoding="utf-8")
    body = (
        "assert sys.stdin.readline().strip() == 'stop'\n"
        f"sys.stdout.buffer.write(open({str(tmp_path / 'line')!r}, 'rb').read()); sys.stdout.flush()\n"
    )
    job = started(stub(tmp_path, body))
    assert not job.poll().done
    job.cancel()
    job.cancel()
    state = job.wait(10)
    assert state.cancelled
    assert state.error is None
    assert state.proposal == proposal_of(GOOD)


def test_a_job_that_nobody_asks_for_ends(tmp_path: Path) -> None:
    job = started(stub(tmp_path, "time.sleep(60)\n"), silence_s=1.0)
    for _ in range(4):
        time.sleep(0.4)
        job.beat()
    assert alive(job.pid)
    assert until(lambda: not alive(job.pid), 5)
    assert "page was closed" in refused(job.wait(5))


def test_a_job_has_a_clock(tmp_path: Path) -> None:
    job = started(stub(tmp_path, "time.sleep(60)\n"), clock_s=0.5)
    assert "without an answer" in refused(job.wait(10))


def test_a_job_that_eats_memory_ends(tmp_path: Path) -> None:
    job = started(stub(tmp_path, "kept = b'x' * 200_000_000\ntime.sleep(60)\n"), memory_bytes=100_000_000)
    assert "memory" in refused(job.wait(10))
    assert until(lambda: not alive(job.pid), 5)


def _twice() -> str:
    data = json.loads(line_of(proposal_of(GOOD)))
    data["plan"]["assignment"].append([AREA.codes[0], data["plan"]["assignment"][-1][1]])
    return json.dumps(data) + "\n"


def _boundless() -> str:
    proposal = proposal_of(GOOD)
    return line_of(Proposal(proposal.plan, replace(proposal.solution, bound=51.0)))


def _excused() -> str:
    proposal = proposal_of((0, 0, 1, 2, 2, 2))
    assert proposal.plan is not None
    excuse = tuple(DeclaredException("undersized", "A", "small", (unit,)) for unit in AREA.codes)
    wide = (DeclaredException("undersized", "A", "small", AREA.codes), *excuse)
    return line_of(Proposal(replace(proposal.plan, exceptions=wide), replace(proposal.solution, exceptions=wide)))


def _with_exception(proposal: Proposal) -> Proposal:
    assert proposal.plan is not None
    own = (DeclaredException("undersized", "A", "small", AREA.codes[:1]),)
    return Proposal(replace(proposal.plan, exceptions=own), replace(proposal.solution, exceptions=own))


LIES = {
    "a unit twice": _twice,
    # 1 and 3 of the first row lie apart, as do 1 and 3 of the second.
    "in two pieces": lambda: line_of(proposal_of((0, 1, 0, 1, 0, 1))),
    "across the district line": lambda: line_of(proposal_of((0, 0, 1, 0, 1, 1))),
    "out of range": lambda: line_of(proposal_of((0, 0, 1, 2, 2, 2))),
    "out of range and excused by itself": _excused,
    "other criteria": lambda: line_of(proposal_of(GOOD, replace(CRITERIA, minimum=1))),
    "a bound above its objective": _boundless,
    "the best possible without a proof": lambda: line_of(
        Proposal(
            proposal_of(GOOD).plan, replace(proposal_of(GOOD).solution, status=Status.OPTIMAL, bound=10.0, gap=0.8)
        )
    ),
    "an exception of its own": lambda: line_of(_with_exception(proposal_of(GOOD))),
    "the solution of another plan": lambda: line_of(
        Proposal(proposal_of(GOOD).plan, proposal_of((0, 0, 1, 1, 1, 0)).solution)
    ),
}


@pytest.mark.parametrize("lie", sorted(LIES))
def test_a_lying_child_gives_no_plan(tmp_path: Path, lie: str) -> None:
    (tmp_path / "line").write_text(LIES[lie](), encoding="utf-8")
    body = f"sys.stdout.buffer.write(open({str(tmp_path / 'line')!r}, 'rb').read()); sys.stdout.flush()\n"
    refused(started(stub(tmp_path, body)).wait(10))


def test_a_plan_for_other_files_is_refused() -> None:
    proposal = proposal_of(GOOD)
    answer = Result(proposal.plan, proposal.solution)
    assert faults_of(answer, CRITERIA, AREA) == ()
    assert "other files" in faults_of(answer, CRITERIA, grid_area(PICTURE, name="Elsewhere"))[0]


CHILD = """
import footprints.jobs.child as child
from tests.grids import grid_area
{patch}
child.main()
"""


def our_child(folder: Path, patch: str) -> tuple[str, ...]:
    """Our own child with another way to load an area."""
    script = folder / "child.py"
    script.write_text(CHILD.format(patch=patch), encoding="utf-8")
    return (sys.executable, str(script))


def test_our_own_child_proposes_a_plan_that_holds(tmp_path: Path) -> None:
    command = our_child(tmp_path, f"child.load_area = lambda *a, **k: grid_area({PICTURE!r})")
    state = started(command).wait(120)
    assert state.error is None, state.diagnosis
    assert state.proposal is not None
    plan = state.proposal.plan
    assert isinstance(plan, Plan)
    # Each district is 30,000 people and one neighbourhood.
    assert sorted(plan.members().values()) == [AREA.codes[:3], AREA.codes[3:]]


def test_what_a_library_prints_does_not_disturb_the_answer(tmp_path: Path) -> None:
    patch = f"""
import os
def load(*a, **k):
    print("Running a solver 1.2.3")
    os.write(1, b"banner from C\\n")
    return grid_area({PICTURE!r})
child.load_area = load
"""
    state = started(our_child(tmp_path, patch)).wait(120)
    assert state.error is None, state.diagnosis
    assert state.proposal is not None


def test_messages_of_the_child_reach_the_planner_and_details_do_not(tmp_path: Path) -> None:
    patch = """
from boundaries.errors import DataError
def load(*a, **k):
    raise DataError("There is no such folder.", mend="Choose another.")
child.load_area = load
"""
    state = started(our_child(tmp_path, patch)).wait(60)
    assert refused(state) == "There is no such folder."
    assert state.mend == "Choose another."
    patch = "def load(*a, **k):\n    raise RuntimeError('secret/path')\nchild.load_area = load\n"
    state = started(our_child(tmp_path, patch)).wait(60)
    assert "secret" not in refused(state)
    assert "secret/path" in state.diagnosis


def test_the_child_ends_when_its_parent_dies(tmp_path: Path) -> None:
    command = our_child(
        tmp_path,
        f"import time, pathlib\ndef load(*a, **k):\n    pathlib.Path({str(tmp_path / 'at-work')!r}).touch()\n"
        "    time.sleep(600)\nchild.load_area = load\n",
    )
    script = tmp_path / "parent.py"
    script.write_text(
        "import time\nfrom footprints.jobs import ProposalJob\nfrom optimise.criteria import Criteria\n"
        f"job = ProposalJob.start('x', (), Criteria(), command={command!r})\n"
        "print(job.pid, flush=True)\ntime.sleep(600)\n",
        encoding="utf-8",
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert until((tmp_path / "at-work").is_file, 60)
        parent.kill()
    assert until(lambda: not alive(pid), 10)


def test_gap_and_words() -> None:
    assert gap_of(None, 1.0) is None
    assert gap_of(10.0, 9.0) == pytest.approx(0.1)
    assert gap_of(10.0, 11.0) == 0.0
    assert stage_in_words(Progress("start", "Ely", 1, 3, 0.0, None, None)) == "Ely: looking for a first plan"

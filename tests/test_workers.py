"""Worker processes and what runs in them: the same with any number, ended by limits, and never believed unchecked."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

import boundaries
from optimise import Criteria, Progress, Status, StoppedBy, build_problem, check_criteria, solve, stages
from optimise.budget import Steps
from optimise.pool import workers as pool
from optimise.pool.processes import spawn
from optimise.pool.workers import Limits, Task, WorkerError, Workers
from optimise.problem import Part
from optimise.proving import branching, exact_process
from optimise.proving.exact import Exact
from optimise.proving.exact_process import believed, find_apart, keeps_rules, solve_apart
from optimise.score import primary
from optimise.searching.search import SearchBudget
from tests import stub_solvers, stub_tasks
from tests.grids import grid_area
from tests.small_parts import best_value, part_of, plans

pytestmark = pytest.mark.alone

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def two() -> Iterator[Workers]:
    """One process beside this one, ready."""
    with Workers(2) as workers:
        workers.begin()
        yield workers


def wait_until(happens: Callable[[], Any], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happens():
            return True
        time.sleep(0.02)
    return False


# -- tasks --


def test_results_come_in_the_order_of_the_items(two: Workers) -> None:
    items = [(0.002 * (7 - i), i) for i in range(8)]
    with Workers(1) as one:
        alone = one.map(stub_tasks.slowly, items)
    done: list[tuple[int, int]] = []
    assert wait_until(lambda: two.idle)
    assert two.map(stub_tasks.slowly, items, on_done=lambda i, value: done.append((i, value))) == alone == [*range(8)]
    assert sorted(done) == [(i, i) for i in range(8)]
    assert two.map(stub_tasks.add, []) == []


def test_the_work_is_shared_with_a_process_and_one_alone_does_it_here(two: Workers) -> None:
    assert wait_until(lambda: two.idle)
    pids = set(two.map(stub_tasks.own_pid, [(0.05,)] * 6))
    assert os.getpid() in pids
    assert len(pids) == 2
    with Workers(1) as one:
        assert set(one.map(stub_tasks.own_pid, [()] * 3)) == {os.getpid()}
        (answer,) = one.run([Task(stub_tasks.own_pid, limits=Limits(seconds=60))])
        assert answer.value != os.getpid()


def test_little_work_starts_no_process() -> None:
    before = {child.pid for child in psutil.Process().children()}
    with Workers(2) as workers:
        assert workers.map(stub_tasks.add, [(i, i) for i in range(20)]) == [2 * i for i in range(20)]
        assert {child.pid for child in psutil.Process().children()} == before


def test_what_a_task_raises_is_raised_here(two: Workers) -> None:
    for workers in (two, Workers(1)):
        with pytest.raises(LookupError, match="no such place"):
            workers.map(stub_tasks.raises, [("no such place",)])
        (answer,) = workers.run([Task(stub_tasks.raises, ("again",))])
        assert (answer.how, str(answer.error)) == (
            "raised",
            "'again'" if isinstance(answer.error, KeyError) else "again",
        )


def test_only_functions_that_a_process_can_find() -> None:
    def inner() -> None: ...

    for function in (lambda: None, inner):
        with pytest.raises(ValueError, match="top level of a module"):
            Task(function)
    with pytest.raises(ValueError, match="at least one"):
        Workers(0)


@pytest.mark.parametrize(
    ("function", "args", "limits", "how"),
    [
        (stub_tasks.hangs, (), Limits(seconds=0.4), "hung"),
        (stub_tasks.grows, (900_000_000,), Limits(memory=700e6), "too much memory"),
        (stub_tasks.dies, (), Limits(), "killed"),
    ],
)
def test_what_passes_its_limits_is_ended_and_another_process_takes_over(
    two: Workers, function: Callable[..., Any], args: tuple[Any, ...], limits: Limits, how: str
) -> None:
    (answer,) = two.run([Task(function, args, limits=limits)])
    assert (answer.how, answer.value) == (how, None)
    (after,) = two.run([Task(stub_tasks.add, (1, 2), limits=Limits(seconds=60))])
    assert after.value == 3


def test_a_task_whose_process_is_killed_is_tried_once_more(two: Workers, tmp_path: Path) -> None:
    assert wait_until(lambda: two.idle)
    assert two.map(stub_tasks.dies_once, [(str(tmp_path / "mark"),)]) != [os.getpid()]
    assert wait_until(lambda: two.idle)
    with pytest.raises(WorkerError, match="ended by the system"):
        two.map(stub_tasks.dies_away_from, [(os.getpid(),)])


def test_a_stop_keeps_what_hears_it_and_ends_what_does_not(two: Workers) -> None:
    told: list[tuple[int, int]] = []

    def on_step(step: int) -> None:
        told.append((step, threading.get_ident()))

    (answer,) = two.run(
        [Task(stub_tasks.counts, (10_000,), limits=Limits(), hears=True, tells={"on_step": on_step})],
        should_stop=lambda: len(told) >= 3,
    )
    assert answer.done
    assert [step for step, _ in told] == [*range(1, answer.value + 1)]
    assert {thread for _, thread in told} == {threading.get_ident()}
    asked = time.monotonic() + 0.2
    (answer,) = two.run([Task(stub_tasks.hangs, limits=Limits())], should_stop=lambda: time.monotonic() > asked)
    assert answer.how == "stopped"
    assert time.monotonic() - asked < 2.0


def test_stopped_before_it_begins_nothing_is_done(two: Workers) -> None:
    assert two.map(stub_tasks.add, [(1, 2), (3, 4)], should_stop=lambda: True) == [None, None]


def test_a_large_part_is_sent_once_and_a_changed_one_again(two: Workers) -> None:
    n = 200
    part = part_of([(i, 0) for i in range(n)], [(i, i + 1) for i in range(n - 1)], [100] * n, 2, 100, 100 * n)
    others = [replace(part, people=part.people + i) for i in range(1, 7)]

    def away(which: Part, factor: int) -> tuple[int, int]:
        (answer,) = two.run([Task(stub_tasks.people_of, (which, factor), limits=Limits(seconds=60))])
        return answer.value

    (first, held), (second, again) = away(part, 1), away(part, 2)
    assert (first, second) == (100 * n, 200 * n)
    assert held == again
    for i, other in enumerate(others, 1):
        assert away(other, 1)[0] == (100 + i) * n
    assert away(part, 3)[0] == 300 * n  # long since given up by the process, and sent again


def test_several_threads_share_the_processes(two: Workers) -> None:
    results: dict[int, list[int]] = {}

    def ask(start: int) -> None:
        results[start] = two.map(stub_tasks.add, [(start, i) for i in range(30)])

    threads = [threading.Thread(target=ask, args=(start,)) for start in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {start: [start + i for i in range(30)] for start in (0, 100, 200)}


def test_processes_that_cannot_be_started_cost_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("optimise.pool.hands.COMMAND", (sys.executable, "-c", "raise SystemExit(1)"))
    with Workers(2) as workers:
        workers.begin()
        assert workers.map(stub_tasks.add, [(i, 1) for i in range(4)]) == [1, 2, 3, 4]
        (answer,) = workers.run([Task(stub_tasks.add, (1, 2), limits=Limits())])
        assert answer.how == "killed"


# -- the end of it --

SCRIPT = """
import sys, time
from optimise.pool.workers import Limits, Task, Workers
from tests import stub_tasks
workers = Workers(2)
workers.begin()
(answer,) = workers.run([Task(stub_tasks.own_pid, limits=Limits())])
print(answer.value, flush=True)
if "stay" in sys.argv:
    workers.run([Task(stub_tasks.hangs, limits=Limits())])
workers.close()
print(workers.map(stub_tasks.add, [(1, 2)]), flush=True)
"""


def script(tmp_path: Path, *args: str) -> subprocess.Popen[str]:
    """A script with no `if __name__` guard, in a process of its own."""
    path = tmp_path / "script.py"
    path.write_text(SCRIPT, encoding="utf-8")
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    return subprocess.Popen([sys.executable, str(path), *args], stdout=subprocess.PIPE, encoding="utf-8", env=env)


def test_a_script_needs_no_guard_and_closing_leaves_nothing_behind(tmp_path: Path) -> None:
    with script(tmp_path) as running:
        said, _ = running.communicate(timeout=120)
    pid, result = said.split("\n", 1)
    assert result == "[3]\n"
    assert not psutil.pid_exists(int(pid))


def test_a_python_that_is_started_finds_this_very_package_wherever_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    # -S: without what is installed, so that the answer is not that of an editable install.
    looked = "from importlib.util import find_spec; print(find_spec('boundaries').origin)"
    said, errors = spawn([sys.executable, "-S", "-c", looked]).communicate(timeout=60)
    assert Path(said.decode().strip()) == Path(boundaries.__file__).resolve(), errors.decode()


def test_processes_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with script(tmp_path, "stay") as running:
        assert running.stdout is not None
        pid = int(running.stdout.readline())
        time.sleep(0.3)  # by now it is inside a task
        assert psutil.pid_exists(pid)
        running.kill()
        assert wait_until(lambda: not psutil.pid_exists(pid), 5.0)


# -- exact solves apart --


def row() -> Part:
    """Twenty-four units in a row, five neighbourhoods; the cost is larger than what is solved in this process."""
    rng = random.Random(4)
    points = [(float(i), rng.random()) for i in range(24)]
    people = [rng.randint(8_000, 12_000) for _ in points]
    return part_of(points, [(i, i + 1) for i in range(23)], people, 5, 35_000, 60_000, target=48_000)


PART = row()
PLANS = sorted(plans(PART), key=lambda labels: primary(PART, labels)[0])
BEST, WORSE = PLANS[0], PLANS[len(PLANS) // 2]
ASKED: dict[str, Any] = {"steps": 10_000, "seconds": 60.0}


def test_an_honest_solver_is_believed_wherever_it_runs(two: Workers) -> None:
    bounds: list[float] = []
    away = solve_apart(two, PART, incumbent=WORSE, **ASKED, on_bound=bounds.append, solver=stub_solvers.honest)
    here = solve_apart(None, PART, incumbent=WORSE, **ASKED)
    assert away.labels is not None and here.labels is not None
    assert np.array_equal(away.labels, here.labels)
    assert [getattr(away, f.name) for f in fields(away)[1:]] == [getattr(here, f.name) for f in fields(here)[1:]]
    assert away.outcome == "proved"
    assert away.value == pytest.approx(best_value(PART), rel=3e-5)
    assert bounds and max(bounds) <= away.value
    some = find_apart(two, PART, **ASKED)
    assert some.labels is not None and keeps_rules(PART, some.labels)


LIARS = [
    stub_solvers.garbage,
    stub_solvers.wrong_status,
    stub_solvers.no_number,
    stub_solvers.lies_about_the_value,
    stub_solvers.lies_about_the_bound,
    stub_solvers.says_proved,
    stub_solvers.says_infeasible,
    stub_solvers.disconnected,
    stub_solvers.out_of_band,
    stub_solvers.too_few,
    stub_solvers.of_another_shape,
    stub_solvers.no_array,
]


@pytest.mark.parametrize("solver", LIARS)
def test_a_lying_solver_gives_no_plan_and_no_proof(two: Workers, solver: Callable[..., Any]) -> None:
    for workers in (two, None):
        told = solve_apart(workers, PART, incumbent=WORSE, **ASKED, solver=solver)
        assert told.labels is WORSE
        assert (told.value, told.bound, told.outcome) == (primary(PART, WORSE)[0], 0.0, "stopped")


@pytest.mark.parametrize("solver", [s for s in LIARS if not s.__name__.startswith("says")])
def test_a_lie_gives_no_plan_where_none_was_known(solver: Callable[..., Any]) -> None:
    told = find_apart(None, PART, **ASKED, solver=partial(_without_incumbent, solver))
    honest_plan = told.labels is not None and keeps_rules(PART, told.labels)
    assert told.bound == 0.0
    assert told.labels is None or honest_plan
    assert told.outcome == "stopped"


def _without_incumbent(solver: Callable[..., Any], part: Part, **asked: Any) -> Any:
    return solver(part, **asked)


@pytest.mark.parametrize(
    ("solver", "seconds", "memory"),
    [
        (stub_solvers.killed, 60.0, None),
        (stub_solvers.hung, 0.2, None),
        (stub_solvers.fat, 60.0, 600e6),
        (stub_solvers.raises, 60.0, None),
    ],
)
def test_a_solver_that_is_ended_gives_no_plan_and_no_proof(
    two: Workers, monkeypatch: pytest.MonkeyPatch, solver: Callable[..., Any], seconds: float, memory: float | None
) -> None:
    monkeypatch.setattr(exact_process, "LATE_S", 0.2)
    monkeypatch.setattr(exact_process, "SMALL_PAIRS", 0)
    told = solve_apart(two, PART, incumbent=WORSE, steps=100, seconds=seconds, solver=solver, memory=memory)
    assert told.labels is WORSE
    assert (told.value, told.bound, told.outcome) == (primary(PART, WORSE)[0], 0.0, "clock")
    if solver is stub_solvers.killed:
        none = find_apart(two, PART, steps=100, seconds=seconds, solver=solver)
        assert (none.labels, none.bound, none.outcome) == (None, 0.0, "clock")


def test_a_bound_that_a_known_plan_refutes_is_a_lie() -> None:
    best = primary(PART, BEST)[0]
    said = Exact(None, best, 1.01 * best, "stopped", 1, 0, 1)
    assert believed(PART, said, BEST).bound == 0.0
    assert believed(PART, replace(said, bound=0.99 * best), BEST).bound == 0.99 * best
    assert believed(PART, replace(said, bound=-1.0), BEST).outcome == "stopped"


def test_a_part_whose_solver_lies_is_left_with_what_it_has_without_a_solver(
    two: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = SearchBudget(restarts=2, rounds=2, recombinations=1, flips=1)
    steps = Steps(2, few, few, bound_iterations=40, exact_pairs=10_000, exact_steps=1_000, case_work=1_000_000)
    before = stages.start(PART, 1, steps)
    assert before.best is not None
    monkeypatch.setattr(exact_process, "LATE_S", 0.2)
    monkeypatch.setattr(exact_process, "SMALL_PAIRS", 0)

    def proven(solver: Callable[..., Any], seconds: float) -> stages.Outcome:
        monkeypatch.setattr(branching, "solve_apart", partial(solve_apart, solver=solver))
        return stages.prove(before, 1, steps, seconds=seconds, workers=two)

    silent = proven(stub_solvers.silent, 60)
    assert silent.best is not None and silent.repeatable and not silent.proven
    for solver in LIARS:
        after = proven(solver, 60)
        assert after.best is not None and np.array_equal(after.best.labels, silent.best.labels), solver
        assert (after.bound, after.bound_checked) == (silent.bound, silent.bound_checked), solver
        assert after.repeatable, solver
    for solver in (stub_solvers.killed, stub_solvers.hung):
        after = proven(solver, 0.3 if solver is stub_solvers.hung else 60)
        assert after.best is not None and after.best.value >= silent.best.value
        assert after.bound <= silent.best.value and not after.repeatable, solver


def test_a_solver_deaf_to_a_stop_is_ended_within_two_seconds_and_the_plan_stands(two: Workers) -> None:
    wait_until(lambda: two.idle)
    asked = time.monotonic() + 0.3
    told = solve_apart(
        two, PART, incumbent=WORSE, **ASKED, should_stop=lambda: time.monotonic() > asked, solver=stub_solvers.hung
    )
    assert time.monotonic() - asked < 2.0
    assert told.labels is WORSE
    assert (told.bound, told.outcome) == (0.0, "clock")


# -- the whole solve --

PEOPLE = [3_000 + 137 * i % 4_000 for i in range(96)]
COUNTY = grid_area(["AAAAAABBBBCC"] * 8, PEOPLE, msoa=["aabbccddeeff"] * 8)


@pytest.mark.parametrize("within", [("district",), ()])
def test_the_answer_is_the_same_with_one_process_and_with_two(
    monkeypatch: pytest.MonkeyPatch, within: tuple[str, ...]
) -> None:
    criteria = Criteria(within=within, seconds=5, seed=3)
    problem = build_problem(COUNTY, criteria)
    monkeypatch.setattr(pool, "BEGIN_AFTER_S", 0.0)
    monkeypatch.setattr(exact_process, "SMALL_PAIRS", 50)
    one, two = (replace(solve(problem, criteria, processes=n), seconds=0.0) for n in (1, 2))
    assert one == two
    assert repr(one) == repr(two)
    assert one.stopped_by in (StoppedBy.PROOF, StoppedBy.BUDGET)


@pytest.mark.parametrize("processes", [1, 2])
def test_cancelling_a_solve_takes_two_seconds_at_most_and_keeps_the_best_so_far(processes: int) -> None:
    size = 16
    people = [900 + 137 * i % 2_900 for i in range(size * size)]
    criteria = Criteria(within=(), seconds=15)
    problem = build_problem(grid_area(["A" * size] * size, people), criteria)
    cancelled: list[float] = []

    def on_progress(event: Progress) -> None:
        if event.stage == "proof" and not cancelled:
            cancelled.append(time.monotonic())

    answer = solve(problem, criteria, on_progress=on_progress, should_stop=lambda: bool(cancelled), processes=processes)
    assert cancelled
    assert time.monotonic() - cancelled[0] < 2.0
    assert answer.stopped_by is StoppedBy.CANCELLED
    assert answer.status is Status.FEASIBLE
    assert answer.assignment is not None
    assert answer.objective is not None and 0 < answer.bound <= answer.objective
    plan = {unit: f"N-{d}" for unit, d in zip(problem.codes, answer.assignment, strict=True)}
    assert check_criteria(problem, criteria, plan, answer.exceptions) == ()

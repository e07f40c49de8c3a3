"""Whether stopping frees every core, and whether each job has one result however often its workers are killed.

    python benchmarks/jobs.py [--cancels 30] [--jobs 100] [--every 3] [--only cancel|kills]

cancel    proposals for the demo county on all cores, and children that do nothing but spin, are stopped at random
          moments; measured until no process of theirs is left.
kills     jobs of half a second are run by two supervisors in processes of their own on one SQLite file; every few
          seconds a child, or a supervisor with all its children, is killed with SIGKILL (and started again). A trigger
          in the file counts every time that a job becomes done.

Exit code 1 where a core was busy for 2 s, or a job had no result, or more than one.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from boundaries import load_area
from boundaries.area import Area
from footprints.jobs import STUDIES
from footprints.jobs.process import CHILD
from footprints.jobs.protocol import Answer, StudyRequest, encode
from footprints.jobs.runner import Owner, Runner
from footprints.store.jobs import State
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.test_jobs import until

LONGEST_S = 2.0
PICTURE = ("AAA", "BBB")
SPINS = "import sys\nsys.stdin.readline()\nwhile True: pass\n"
SHORT = """
import sys, time
sys.stdin.readline()
limit = time.monotonic() + 0.5
while time.monotonic() < limit: pass
sys.stdout.write({answer!r}); sys.stdout.flush()
"""
SUPERVISOR = """
import sys, time
from pathlib import Path
from footprints.jobs import STUDIES
from footprints.jobs.runner import Runner
from tests.grids import grid_area
STUDIES["tiny"] = "tests.tiny_study"
runner = Runner({where!r}, Path({results!r}), slots=3, lease_s=5.0, command=lambda _: {command!r})
runner.supervisor.knows(grid_area({picture!r}))
runner.start()
time.sleep(3600)
"""


def cancels(number: int, folder: Path, rng: random.Random) -> list[tuple[str, float, float]]:
    """(what it was doing, seconds that it had run, seconds until its last process was gone) of each."""
    demo = load_area("demo")
    STUDIES["tiny"] = "tests.tiny_study"
    spin = script(folder / "spin.py", SPINS)
    runner = Runner(
        folder / "cancels.sqlite", folder / "results", slots=1,
        command=lambda asked: spin if isinstance(asked, StudyRequest) else CHILD,
    ).start()  # fmt: skip
    got = []
    for n in range(number):
        job: Any
        if n % 3 == 2:
            job = runner.study("tiny", "demo", (), {"units": [], "n": n}, demo, Owner())
        else:
            job = runner.propose("demo", (), Criteria(within=(), seconds=60, seed=n), demo, Owner())
        assert until(lambda job=job: job.id in runner.supervisor._running, 30)
        pid = runner.supervisor._running[job.id].job.pid
        time.sleep(rng.uniform(0.1, 1.0) if n % 3 == 2 else rng.uniform(0.2, 14.0))
        now = job.poll()
        family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        began = time.monotonic()
        job.cancel()
        psutil.wait_procs(family, timeout=30)
        while any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in family):
            time.sleep(0.01)
        got.append((now.stage, now.seconds, time.monotonic() - began))
        job.wait(30)
    runner.close()
    return got


def kills(number: int, every: float, folder: Path, rng: random.Random) -> dict[str, Any]:
    """Run the jobs while workers are killed; what became of each."""
    STUDIES["tiny"] = "tests.tiny_study"
    area: Area = grid_area(PICTURE)
    where, results = folder / "kills.sqlite", folder / "kept"
    answer = encode(Answer({"people": 10_000, "stopped": False})).decode()
    command = script(folder / "short.py", SHORT.format(answer=answer))
    asker = Runner(where, results)  # asks, and runs nothing
    with sqlite3.connect(where) as connection:
        connection.executescript(
            "CREATE TABLE told (id TEXT); CREATE TRIGGER tell AFTER UPDATE OF state ON job "
            "WHEN NEW.state = 'done' BEGIN INSERT INTO told VALUES (NEW.id); END;"
        )
    tickets = [
        asker.study("tiny", "nowhere", (), {"units": [area.codes[0]], "n": n}, area, Owner()) for n in range(number)
    ]
    made = SUPERVISOR.format(where=str(where), results=str(results), command=command, picture=PICTURE)
    start = script(folder / "supervisor.py", made)
    begun, killed = time.monotonic(), {"child": 0, "supervisor": 0}
    supervisors = [started(start) for _ in range(2)]
    next_kill = begun + every
    while any(row.live for row in asker.rows.listed("", 0)):
        time.sleep(0.2)
        which = rng.randrange(2)
        children = psutil.Process(supervisors[which].pid).children()
        if time.monotonic() < next_kill or not children:  # one that is still starting has nothing to lose
            continue
        next_kill = time.monotonic() + every
        if rng.random() < 0.6:
            rng.choice(children).kill()
            killed["child"] += 1
        else:
            supervisors[which].kill()
            supervisors[which].wait()
            supervisors[which] = started(start)
            killed["supervisor"] += 1
    seconds = time.monotonic() - begun
    for one in supervisors:
        one.kill()
        one.wait()
    rows = [asker.rows.row(ticket.id) for ticket in tickets]
    with sqlite3.connect(where) as connection:
        times = dict(connection.execute("SELECT id, count(*) FROM told GROUP BY id").fetchall())
    right = sum(ticket.poll().error is None for ticket in tickets)
    asker.close()
    return {
        "jobs": number, "seconds": seconds, **killed, "right": right,
        "missing": sum(row is None or row.state is not State.DONE for row in rows),
        "twice": sum(count > 1 for count in times.values()),
        "begun again": sum(row.tries - 1 for row in rows if row is not None),
    }  # fmt: skip


def script(path: Path, text: str) -> tuple[str, ...]:
    """A command that runs this text."""
    path.write_text(text, encoding="utf-8")
    return (sys.executable, str(path))


def started(command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """A process that finds our packages."""
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1])})


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and leave with 1 where a figure is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cancels", type=int, default=30)
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--every", type=float, default=3.0)
    parser.add_argument("--only", choices=("cancel", "kills"))
    given = parser.parse_args(arguments)
    rng, bad = random.Random(0), False
    with tempfile.TemporaryDirectory() as folder:
        if given.only in (None, "cancel"):
            got = cancels(given.cancels, Path(folder), rng)
            took = sorted(seconds for _, _, seconds in got)
            bad |= took[-1] >= LONGEST_S
            print(
                f"cancel: {len(got)} jobs stopped at random moments; every process gone after p50 "
                f"{took[len(took) // 2]:.2f}, at most {took[-1]:.2f} s (goal: less than {LONGEST_S:.0f}); load "
                f"{psutil.getloadavg()[0]:.1f}",
                flush=True,
            )
            for stage in sorted({stage for stage, _, _ in got}):
                own = [seconds for one, _, seconds in got if one == stage]
                print(f"  while “{stage}”: {len(own)}, at most {max(own):.2f} s")
        if given.only in (None, "kills"):
            told = kills(given.jobs, given.every, Path(folder), rng)
            bad |= told["missing"] > 0 or told["twice"] > 0 or told["right"] != told["jobs"]
            print(
                f"kills: {told['jobs']} jobs in {told['seconds']:.0f} s, {told['child']} children and "
                f"{told['supervisor']} supervisors killed, {told['begun again']} jobs begun again: {told['missing']} "
                f"missing, {told['twice']} done twice, {told['right']} right; load {psutil.getloadavg()[0]:.1f}"
            )
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()

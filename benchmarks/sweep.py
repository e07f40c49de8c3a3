"""A national run: a generated country swept on this machine and by Dask, with one solver killed every so often.

    python benchmarks/sweep.py                       34,000 units in 300 districts, a solver killed every 30 seconds
    python benchmarks/sweep.py --units 2400 --counties 8 --kill-every 10

Prints the ratio of the two wall times (Dask is the public peer), and what must be: nothing missing, nothing twice, the
same bytes but for run.json, memory of all processes together, seconds until every core is free after a stop.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from boundaries.demo import demo_source
from footprints.sweep import Scenario, sweep
from footprints.sweep.executors import Dask, Local
from optimise.criteria import Criteria

GIB = 2**30


class Watch:
    """Weighs this process and all that it starts four times a second, and kills a solver every `every` seconds."""

    def __init__(self, every: float) -> None:
        self.peak = self.killed = 0
        self._every, self._over = every, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        rng, last = random.Random(1), time.monotonic()
        while not self._over.wait(0.25):
            total, solving = 0, []
            for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    total += process.memory_info().rss
                    if "footprints.jobs.child" in " ".join(process.cmdline()):
                        solving.append(process)
            self.peak = max(self.peak, total)
            if self._every and solving and time.monotonic() - last > self._every:
                last = time.monotonic()
                with contextlib.suppress(psutil.Error):
                    rng.choice(solving).kill()
                    self.killed += 1


def solvers() -> list[psutil.Process]:
    """The processes that solve a place."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "footprints.jobs.child" in " ".join(process.cmdline()):
                found.append(process)
    return found


def contents(out: Path) -> dict[str, bytes]:
    """Every file but what tells of the run."""
    files = (path for path in out.rglob("*") if path.is_file() and path.name != "run.json")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


@contextlib.contextmanager
def cluster(workers: int) -> Iterator[str]:
    """The address of a scheduler on this machine with as many workers, each a process."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as made:
        yield made.scheduler_address


def run(source: Path, out: Path, executor: Local | Dask, seconds: int, every: float, name: str) -> float:
    """One sweep; prints what became of it and gives its wall time."""
    scenario = (Scenario("Proposal", Criteria(seconds=seconds), "district"),)
    begun = time.perf_counter()
    with Watch(every) as watch:
        outcome = sweep(str(source), scenario, out, executor)
    took = time.perf_counter() - begun
    rows = list(csv.DictReader(io.StringIO((out / "result/proposal_lsoa_lookup.csv").read_text(encoding="utf-8"))))
    codes = [row["LSOA21CD"] for row in rows]
    planned = sum(bool(answer["figures"]["neighbourhoods"]) for answer in outcome.answers)
    print(
        f"{name}: {len(outcome.answers)} places ({planned} with a plan), {len(outcome.failed)} failed, {len(codes):,} "
        f"areas of which {len(codes) - len(set(codes))} twice, {took:,.0f} s, {watch.killed} solvers killed, at most "
        f"{watch.peak / GIB:.2f} GiB in all processes",
        flush=True,
    )
    return took


def stop_after(source: Path, out: Path, workers: int) -> float:
    """Seconds from a stop until no process solves any more."""
    stop, asked = threading.Event(), [0.0]

    def ask() -> None:
        while len(solvers()) < workers:
            time.sleep(0.05)
        time.sleep(1.0)
        asked[0] = time.perf_counter()
        stop.set()

    threading.Thread(target=ask, daemon=True).start()
    scenario = (Scenario("Long", Criteria(seconds=600), "district"),)
    sweep(str(source), scenario, out, Local(workers), should_stop=stop.is_set)
    left = len(solvers())
    if left:
        print(f"{left} solvers were left")
    return time.perf_counter() - asked[0]


def main() -> int:
    """Run it; 1 where the two results differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=34_000)
    parser.add_argument("--counties", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kill-every", type=float, default=30.0)
    asked = parser.parse_args()
    source = demo_source(units=asked.units, counties=asked.counties)
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "local", Path(folder) / "dask"
        here = run(source, ours, Local(asked.workers), asked.seconds, asked.kill_every, "local")
        with cluster(asked.workers) as address:
            there = run(source, theirs, Dask(address), asked.seconds, asked.kill_every, "Dask ")
        print(f"wall time local / Dask: {here / there:.2f}")
        one, other = contents(ours), contents(theirs)
        differ = sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
        print(f"files that differ: {len(differ)} of {len(one)} {differ[:5] if differ else ''}")
        print(f"every core free {stop_after(source, Path(folder) / 'stop', asked.workers):.2f} s after a stop")
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())

"""A whole country in one question: an invented one of 34,000 units in 300 districts, in a process that is watched.

python -m benchmarks.country UNITS COUNTIES SECONDS OBJECTIVE      prints what happens as lines of JSON
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil

from benchmarks.cases import OBJECTIVES, generated

ROOT = Path(__file__).resolve().parents[1]
SAMPLE_S = 0.25


@dataclass(frozen=True)
class Country:
    """What became of it. load_seconds : from files (or the cache) to an Area. first, certified : seconds from the
    question to a plan for every district, and to the answer with a bound for each. memory : most of all processes
    together, GB. optimal, parts : districts proven the best within 0.01 %, and all. gap : of the country, before
    communities were served; None without an answer. stopped_by : as the solution says.
    """

    units: int
    parts: int
    load_seconds: float
    cached: bool
    first: float | None
    certified: float
    memory: float
    optimal: int
    within: int
    gap: float | None
    stopped_by: str
    bounded: int


def measure(units: int, counties: int, seconds: int, objective: str, say: Callable[[str], None] = print) -> Country:
    """Run it in a process of its own, and weigh that and all it starts four times a second."""
    generated(units, counties)  # made before, and on nobody's clock
    command = [sys.executable, "-m", "benchmarks.country", str(units), str(counties), str(seconds), objective]
    peak = [0]
    told: dict[str, Any] = {}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8") as child:
        watch = threading.Thread(target=_weigh, args=(psutil.Process(child.pid), peak), daemon=True)
        watch.start()
        assert child.stdout is not None
        for line in child.stdout:
            news = json.loads(line)
            told |= news
            say(", ".join(f"{key} {value}" for key, value in news.items()))
    if child.returncode != 0:
        raise RuntimeError("the process with the country failed")
    watch.join()
    return Country(
        units=told["units"], parts=told["parts"], load_seconds=told["load seconds"], cached=told["from the cache"],
        first=told.get("first plan"), certified=told["answer"], memory=peak[0] / 2**30, optimal=told["optimal"],
        within=told["within 1 %"], gap=told["gap"], stopped_by=told["stopped by"], bounded=told["with a bound"],
    )  # fmt: skip


def _weigh(process: psutil.Process, peak: list[int]) -> None:
    """Keep the most memory that the process and its descendants held together (shared pages counted for each)."""
    with contextlib.suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            total = 0
            for each in [process, *process.children(recursive=True)]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    total += each.memory_info().rss
            peak[0] = max(peak[0], total)
            time.sleep(SAMPLE_S)


def main() -> None:
    """Load the country, solve it, and tell."""
    from boundaries import list_places, load_area
    from optimise import Progress, build_problem, solve
    from optimise.solution import EXACT
    from optimise.warm import warm_up

    units, counties, seconds = map(int, sys.argv[1:4])
    criteria = replace(OBJECTIVES[sys.argv[4]], seconds=seconds)
    folder = generated(units, counties)
    steps: list[str] = []
    begun = time.perf_counter()
    icbs = [place.code for place in list_places(folder) if place.level == "icb"]
    area = load_area(folder, icbs, on_progress=steps.append)
    _tell({"units": len(area.codes), "load seconds": _since(begun), "from the cache": "taken from" in steps[-1]})
    warm_up()
    first: list[float] = []
    begun = last = time.perf_counter()
    problem = build_problem(area, criteria)

    def hear(news: Progress) -> None:
        nonlocal last
        if news.best is not None and not first:
            first.append(_since(begun))
            _tell({"first plan": first[0]})
        elif time.perf_counter() - last > 30:
            last = time.perf_counter()
            _tell({"seconds": _since(begun), "stage": news.stage, "done": news.parts_done})

    solution = solve(problem, criteria, on_progress=hear)
    best = [(part, part.best_primary) for part in solution.parts if part.best_primary]
    _tell(
        {
            "answer": _since(begun),
            "parts": len(solution.parts),
            "optimal": sum(part.bound >= value * (1 - EXACT) for part, value in best),
            "within 1 %": sum(part.bound >= value * 0.99 for part, value in best),
            "with a bound": sum(part.bound > 0 for part in solution.parts),
            "gap": max(0.0, 1 - solution.bound / solution.best_primary) if solution.best_primary else None,
            "stopped by": str(solution.stopped_by),
        }
    )


def _since(begun: float) -> float:
    return round(time.perf_counter() - begun, 1)


def _tell(news: dict[str, Any]) -> None:
    print(json.dumps(news), flush=True)


if __name__ == "__main__":
    main()

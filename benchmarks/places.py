"""What is proposed for each real place, nested in districts and whole: numbers, range, gap and seconds.

    python benchmarks/places.py [--seconds 60] [--seed 0] [FOLDER ...]

One line a case. `gap` is of the plan that is handed back; `travel and size` is the gap before communities were served
within their allowance. `python benchmarks/search.py` sets the same search beside GerryChain.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from boundaries import load_area
from optimise import Criteria, build_problem, solve
from optimise.warm import warm_up

PLACES = Path(__file__).resolve().parents[2] / "shared" / "data"


def measure(folder: Path, seconds: int, seed: int) -> None:
    """Print one line for the place nested and one for the place as a whole."""
    area = load_area(folder)
    for title, within in (("nested", ("district",)), ("whole", ())):
        criteria = Criteria(within=within, seconds=seconds, seed=seed)
        problem = build_problem(area, criteria)
        start, cpu = time.perf_counter(), time.process_time()
        solution = solve(problem, criteria)
        took, used = time.perf_counter() - start, time.process_time() - cpu
        if solution.assignment is None or solution.best_primary is None:
            print(f"{folder.name}, {title}: {solution.in_words}")
            continue
        people = np.bincount(np.array(solution.assignment), weights=problem.people).astype(int)
        proven = sum(
            part.status == "optimal" or part.bound >= 0.9999 * (part.best_primary or 0) for part in solution.parts
        )
        print(
            f"{folder.name}, {title}: {len(area.codes):,} LSOAs, {len(people)} neighbourhoods of {people.min():,} to "
            f"{people.max():,} people; gap {solution.gap:.2%}, travel and size "
            f"{max(0.0, 1 - solution.bound / solution.best_primary):.2%} ({proven} of {len(solution.parts)} parts "
            f"proven the best); {took:.1f} s, {used:.1f} s of processor; stopped by {solution.stopped_by}",
            flush=True,
        )


def main() -> None:
    """Measure the folders named, or the three real places."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    warm_up()
    for folder in asked.folders or sorted(p for p in PLACES.iterdir() if p.is_dir()):
        measure(folder, asked.seconds, asked.seed)


if __name__ == "__main__":
    main()

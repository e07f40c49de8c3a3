"""Seconds become steps, by a fixed table: the same seconds give the same plan on every machine.

The steps were chosen so that a place of about 600 units takes well under half of the seconds on one ordinary core; a
larger place gets fewer steps for each unit. The clock is only a guard, at `GUARD` times the seconds and no sooner than
`LEAST_GUARD_S`, and a result that it cut says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from optimise.searching.search import SearchBudget

GUARD, LEAST_GUARD_S = 3.0, 60.0
UNITS = 600
LEAST_WORK = 100_000
MOST_ITERATIONS = 10_000


@dataclass(frozen=True)
class Steps:
    """Steps for one part.

    first_restarts : of the `search.restarts`, those that run before the first attempt at a proof. exact_pairs : the
    largest integer programme that is tried; exact_steps : HiGHS' steps in it. case_work : pairs of node and
    centre looked at in all cases of a proof.
    """

    first_restarts: int
    search: SearchBudget
    community: SearchBudget
    bound_iterations: int
    exact_pairs: int
    exact_steps: int
    case_work: int


@dataclass(frozen=True)
class Level:
    """What `seconds` buy for a place of `UNITS` nodes."""

    seconds: int
    restarts: int
    rounds: int
    bound_iterations: int
    exact_pairs: int
    exact_steps: int
    case_work: int


TABLE = (
    Level(4, 3, 40, 600, 1_500, 100, 300_000),  # for questions that are answered while somebody waits
    Level(5, 6, 40, 600, 1_500, 100, 500_000),
    Level(15, 12, 60, 1_200, 3_000, 200, 3_000_000),
    Level(60, 40, 80, 3_000, 6_000, 400, 11_000_000),
    Level(180, 96, 100, 6_000, 8_000, 1_000, 30_000_000),
    Level(300, 144, 110, 8_000, 8_000, 1_500, 45_000_000),
    Level(600, 240, 120, 10_000, 12_000, 4_000, 100_000_000),
)


def level_for(seconds: int) -> Level:
    """The largest entry of the table that fits in `seconds`, else the smallest."""
    fitting = [level for level in TABLE if level.seconds <= seconds]
    return fitting[-1] if fitting else TABLE[0]


def share(seconds: int, sizes: Sequence[int]) -> tuple[Steps, ...]:
    """Steps for each of the parts of `sizes` nodes; the work of a step grows with the size of its part."""
    level = level_for(seconds)
    fraction = min(1.0, UNITS / max(1, sum(sizes)))
    pairs = sum(size * size for size in sizes)
    restarts = max(3, round(level.restarts * fraction))
    rounds = max(20, round(level.rounds * fraction * level.restarts / restarts))
    steps = Steps(
        first_restarts=max(2, restarts // 4),
        search=SearchBudget(restarts=restarts, rounds=min(rounds, level.rounds)),
        community=SearchBudget(restarts=max(1, restarts // 5), rounds=min(2 * rounds, 2 * level.rounds)),
        bound_iterations=min(MOST_ITERATIONS, max(100, round(level.bound_iterations * UNITS**2 / max(1, pairs)))),
        exact_pairs=level.exact_pairs,
        exact_steps=max(20, round(level.exact_steps / max(1, len(sizes)) ** 0.5)),
        case_work=max(LEAST_WORK, round(level.case_work * fraction / max(1, len(sizes)) ** 0.5)),
    )
    return (steps,) * len(sizes)

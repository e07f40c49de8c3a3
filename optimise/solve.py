"""The verb: a problem and criteria give a solution. What it takes is in `optimise.run`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import TYPE_CHECKING

from optimise.criteria import Criteria
from optimise.problem import Problem
from optimise.solution import Progress, Solution
from optimise.warm import warm_up

if TYPE_CHECKING:
    from optimise.pool.workers import Workers


def solve(
    problem: Problem,
    criteria: Criteria,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
    processes: int | None = None,
    workers: Workers | None = None,
) -> Solution:
    """Divide `problem` as `criteria` ask. A question without an answer raises nothing: the Solution has the reasons.

    on_progress is called often; `best` (None until every part has a plan) only falls and `bound` only rises.
    should_stop is asked several times a second; within two seconds the best so far is handed back. Both may be called
    from several threads, though never on_progress from two at once. processes : how many share the work (None: one for
    each physical core, at most eight), or workers : processes that several solves share; the answer is the same for any
    number. Raises CriteriaError for names in the criteria that the problem does not know.
    """
    from optimise.pool.workers import Workers  # noqa: PLC0415
    from optimise.run import Run  # noqa: PLC0415 (numba and the solver, which a page that only shows plans does not need)

    warm_up()  # before the guard's clock starts: compiling is not searching
    with Workers(processes) if workers is None else nullcontext(workers) as shared:
        return Run(problem, criteria, on_progress, should_stop, shared).answer()

"""Exact solves in processes of their own, under limits; nothing that comes back is believed before it is checked here.

A plan is checked in every rule and its value is computed anew. What contradicts what is known (a bound above the value
of a plan in hand, "infeasible" although there is a plan, a value that is not the plan's) makes the whole answer
worthless: the plan that was known stands, and nothing is proven. A solver that was killed or hung proves nothing
either, nor does what it told on the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

import numpy as np
import psutil

from optimise.contiguity import neighbours
from optimise.pool.workers import Limits, Task, Workers
from optimise.problem import Bools, Ints, Part
from optimise.proving.exact import GAP, Exact, Outcome, find_plan, solve_exact
from optimise.score import primary

SMALL_PAIRS = 400  # solved in a fraction of a second: it stays in this process, with the solver's own limits
LATE_S = 5.0  # after the seconds that the solver itself was given
LEAST_MEMORY = 1 << 30
CLOSE = 1e-9
_NOTHING = object()


def solve_apart(
    workers: Workers | None,
    part: Part,
    *,
    centre_ok: Bools | None = None,
    pair_ok: Bools | None = None,
    incumbent: Ints | None = None,
    steps: int,
    seconds: float,
    should_stop: Callable[[], bool] | None = None,
    on_bound: Callable[[float], None] | None = None,
    solver: Callable[..., Any] = solve_exact,
    memory: float | None = None,
) -> Exact:
    """`proving.exact.solve_exact` in a worker process, killed when late, above `memory` bytes, or deaf to a stop.

    Killed for whatever reason its outcome is "clock" (it need not repeat); caught in a contradiction, "stopped". In
    both cases labels are those of `incumbent`, and the bound is 0. Small models, and all where `workers` is None, are
    solved in this process; what they give is checked all the same.
    """
    kwargs = {"centre_ok": centre_ok, "pair_ok": pair_ok, "incumbent": incumbent, "steps": steps, "seconds": seconds}
    pairs = int(pair_ok.sum()) if pair_ok is not None else part.cost.size
    claim = _run(workers, solver, part, kwargs, pairs, should_stop, on_bound, memory)
    found = believed(part, claim, incumbent)
    if found.outcome == "proved" and found.bound < found.value * (1 - GAP) * (1 - CLOSE):
        return believed(part, _NOTHING, incumbent)  # its bound does not prove what it says
    return found


def find_apart(
    workers: Workers | None,
    part: Part,
    *,
    steps: int,
    seconds: float,
    should_stop: Callable[[], bool] | None = None,
    solver: Callable[..., Any] = find_plan,
    memory: float | None = None,
) -> Exact:
    """`proving.exact.find_plan` in the same way. With no plan in hand "infeasible" is the solver's word alone."""
    pairs = len(part.people) ** 2 // 2
    claim = _run(workers, solver, part, {"steps": steps, "seconds": seconds}, pairs, should_stop, None, memory)
    found = believed(part, claim, None)
    return found if found.outcome == "infeasible" else replace(found, bound=0.0)


def believed(part: Part, claim: Any, incumbent: Ints | None) -> Exact:
    """What of a solver's claim can be believed beside `incumbent`, a plan that was checked before."""
    value = primary(part, incumbent)[0] if incumbent is not None else float("inf")
    nothing = Exact(incumbent, value, 0.0, "stopped", 0, 0, 0)
    if claim is None:
        return replace(nothing, outcome="clock")
    if not isinstance(claim, Exact) or claim.outcome not in get_args(Outcome):
        return nothing
    if claim.outcome == "infeasible":
        contradicted = incumbent is not None or claim.labels is not None
        return nothing if contradicted else replace(nothing, bound=float("inf"), outcome="infeasible")
    if not _number(claim.bound):
        return nothing
    best, labels = value, incumbent
    if claim.labels is not None:
        if not keeps_rules(part, claim.labels):
            return nothing
        found = primary(part, claim.labels)[0]
        if not _number(claim.value) or abs(claim.value - found) > CLOSE * max(1.0, abs(found)):
            return nothing
        if found < best:
            best, labels = found, claim.labels
    if labels is None:
        return nothing if claim.outcome == "proved" else replace(claim, value=float("inf"))
    if not 0.0 <= claim.bound <= best * (1 + CLOSE):
        return nothing
    return replace(claim, labels=labels, value=best, bound=min(claim.bound, best))


def keeps_rules(part: Part, labels: Any) -> bool:
    """Whether `labels` is a plan of the part: k connected neighbourhoods in range, with its locks; never raises."""
    n = len(part.people)
    if not isinstance(labels, np.ndarray) or labels.shape != (n,) or labels.dtype.kind not in "iu":
        return False
    if labels.min() != 0 or labels.max() != part.k - 1 or len(np.unique(labels)) != part.k:
        return False
    loads = np.bincount(labels, weights=part.people, minlength=part.k)
    if (loads < part.lower).any() or (loads > part.upper).any():
        return False
    if any(labels[a] != labels[b] for a, b in part.together) or any(labels[a] == labels[b] for a, b in part.apart):
        return False
    return _pieces(labels.tolist(), neighbours(part)) == part.k


def _pieces(labels: list[int], near: list[list[int]]) -> int:
    """Connected pieces of equal label."""
    seen = [False] * len(labels)
    pieces = 0
    for first in range(len(labels)):
        if seen[first]:
            continue
        pieces += 1
        seen[first], stack = True, [first]
        while stack:
            for b in near[a := stack.pop()]:
                if not seen[b] and labels[b] == labels[a]:
                    seen[b] = True
                    stack.append(b)
    return pieces


def _run(
    workers: Workers | None,
    solver: Callable[..., Any],
    part: Part,
    kwargs: dict[str, Any],
    pairs: int,
    should_stop: Callable[[], bool] | None,
    on_bound: Callable[[float], None] | None,
    memory: float | None,
) -> Any:
    """What the solver says, or None when it was stopped, killed, or raised."""
    if workers is None or pairs <= SMALL_PAIRS:
        told = {"on_bound": on_bound} if on_bound is not None else {}
        return solver(part, **kwargs, **told, should_stop=should_stop)
    limits = Limits(kwargs["seconds"] + LATE_S, memory or memory_of_one(workers.processes))
    tells = {} if on_bound is None else {"on_bound": lambda bound: on_bound(bound) if _number(bound) else None}
    task = Task(solver, (part,), kwargs, limits=limits, hears=True, tells=tells)
    return workers.run([task], should_stop=should_stop)[0].value


def memory_of_one(processes: int) -> int:
    """Bytes for one solve: its share of half of this machine's memory, at least 1 GiB."""
    return max(LEAST_MEMORY, int(psutil.virtual_memory().total) // (2 * (processes + 1)))


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)

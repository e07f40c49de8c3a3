"""Small whole problems with every plan counted by hand: contracted by nothing, and judged by the checker alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from optimise.asking.feasibility import prospect
from optimise.certificate import check_criteria
from optimise.criteria import Criteria
from optimise.problem import Part, Problem
from optimise.score import primary, unit_cost
from tests.small_parts import plans


def bare_part(problem: Problem, criteria: Criteria, k: int) -> Part:
    """All units of a problem as nodes of one part: no nests, nothing contracted, any size that a rule may excuse."""
    index, none = np.arange(len(problem.codes)), np.zeros((0, 2), np.int64)
    return Part(
        name="bare", groups=(), units=index, node_of=index, people=problem.people,
        cost=unit_cost(problem, criteria, index, index), centre_unit=index, owner=index, edges=problem.edges, k=k,
        lower=0, upper=int(problem.people.sum()), target=float(criteria.target), deviation=criteria.weights.deviation,
        together=none, apart=none, community=np.zeros((0, 3), np.int64),
    )  # fmt: skip


def values(problem: Problem, criteria: Criteria, k: int) -> Iterator[float]:
    """The value of every plan of `k` neighbourhoods that the checker accepts, frozen neighbourhoods included."""
    exceptions = prospect(problem, criteria).exceptions
    part = bare_part(problem, criteria, k)
    if not any(e.kind in ("undersized", "frozen") for e in exceptions):  # what may be out of range is not thrown away
        part = replace(part, lower=criteria.minimum, upper=criteria.maximum)
    fixed = dict(criteria.locks.fixed) | {u: code for code, units in criteria.locks.frozen for u in units}
    for labels in plans(part):
        name: dict[int, str] = {}
        clash = False
        for unit, d in zip(problem.codes, labels.tolist(), strict=True):
            code = fixed.get(unit)
            if code is not None:
                clash |= name.setdefault(d, code) != code
        if clash:
            continue
        where = {u: name.get(d, f"N-{d}") for u, d in zip(problem.codes, labels.tolist(), strict=True)}
        if not check_criteria(problem, criteria, where, exceptions):
            yield primary(part, labels)[0]


def optimum(problem: Problem, criteria: Criteria, k: int) -> float | None:
    """The least value of any plan of `k` neighbourhoods; None when there is none."""
    return min(values(problem, criteria, k), default=None)

"""Compile the kernels before anybody waits for them: some ten seconds once on a machine, nothing once kept."""

from __future__ import annotations

import numpy as np

from optimise.bound import lagrangian
from optimise.problem import Part
from optimise.search import SearchBudget, restart


def _smallest() -> Part:
    """Three nodes in a row in two neighbourhoods."""
    index, none = np.arange(3), np.zeros((0, 2), np.int64)
    return Part(
        name="warm", groups=(), units=index, node_of=index, people=np.array([2, 1, 2]), cost=np.ones((3, 3)),
        centre_unit=index, owner=index, edges=np.array([[0, 1], [1, 2]]), k=2, lower=1, upper=4, target=2.5,
        deviation=0.5, together=none, apart=none, community=np.zeros((0, 3), np.int64),
    )  # fmt: skip


def warm_up(*, search: bool = True, bound: bool = True) -> None:
    """Compile, or load from the cache, the kernels of the search and of the bound; two processes can take one each."""
    part = _smallest()
    if search:
        restart(part, 0, 0, SearchBudget(restarts=1, rounds=1, recombinations=1, flips=1))
    if bound:
        lagrangian(part, None, iterations=1)

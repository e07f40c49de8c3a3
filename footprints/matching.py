"""Which neighbourhood of one plan is which of another: the pairing that keeps most people where they are."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np
from numpy.typing import NDArray


def shared_people(
    before: Mapping[str, str], after: Mapping[str, str], people: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """People by (neighbourhood before, neighbourhood after), units assigned in both plans only; sorted by the pair."""
    shared: dict[tuple[str, str], int] = {}
    for unit in sorted(before.keys() & after.keys()):
        pair = (before[unit], after[unit])
        shared[pair] = shared.get(pair, 0) + people[unit]
    return dict(sorted(shared.items()))


def closeness(
    before: Mapping[str, str], after: Mapping[str, str], people: Mapping[str, int]
) -> dict[tuple[str, str], int]:
    """What `match` is to make largest: shared people, and where these are equal (no one lives there) shared units."""
    more = len(before) + 1
    return shared_people(before, after, {unit: more * people[unit] + 1 for unit in before.keys() & after.keys()})


def match(shared: Mapping[tuple[str, str], int]) -> dict[str, str]:
    """One-to-one pairing (before -> after) with the most shared people in all; ties go to the earlier codes.

    Exact: an assignment problem, solved in each connected group of overlapping neighbourhoods on its own.
    """
    graph = nx.Graph()
    for (before, after), people in sorted(shared.items()):
        if people > 0:
            graph.add_edge(("before", before), ("after", after))
    found: dict[str, str] = {}
    for group in nx.connected_components(graph):
        rows = sorted(code for side, code in group if side == "before")
        columns = sorted(code for side, code in group if side == "after")
        weight = np.array([[shared.get((r, c), 0) for c in columns] for r in rows], dtype=np.int64)
        for i, j in _assign(weight):
            if weight[i, j] > 0:
                found[rows[i]] = columns[j]
    return dict(sorted(found.items()))


def _assign(weight: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Maximum-weight assignment of a rectangular table (Hungarian method with potentials, rows one by one)."""
    if weight.shape[0] > weight.shape[1]:
        return [(i, j) for j, i in _assign(weight.T)]
    cost = weight.max() - weight
    n, m = cost.shape
    u, v = np.zeros(n + 1, dtype=np.int64), np.zeros(m + 1, dtype=np.int64)
    row_of = np.zeros(m + 1, dtype=np.int64)
    for row in range(1, n + 1):
        row_of[0] = row
        column = 0
        best = np.full(m + 1, np.iinfo(np.int64).max, dtype=np.int64)
        came = np.zeros(m + 1, dtype=np.int64)
        used = np.zeros(m + 1, dtype=bool)
        while row_of[column] != 0:
            used[column] = True
            here = row_of[column]
            reduced = cost[here - 1] - u[here] - v[1:]
            free = ~used[1:]
            better = free & (reduced < best[1:])
            best[1:][better] = reduced[better]
            came[1:][better] = column
            step_to = int(np.flatnonzero(free)[np.argmin(best[1:][free])]) + 1
            delta = best[step_to]
            u[row_of[used]] += delta
            v[used] -= delta
            best[1:][free] -= delta
            column = step_to
        while column:
            previous = int(came[column])
            row_of[column] = row_of[previous]
            column = previous
    return [(int(row_of[j]) - 1, j - 1) for j in range(1, m + 1) if row_of[j]]

"""Which neighbourhood of one plan is which of another: the pairing that keeps most people where they are."""

from __future__ import annotations

from collections.abc import Mapping

import networkx as nx
import numpy as np

from optimise.assignment import best_pairs


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
        for i, j in best_pairs(weight):
            if weight[i, j] > 0:
                found[rows[i]] = columns[j]
    return dict(sorted(found.items()))

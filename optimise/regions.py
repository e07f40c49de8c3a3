"""Regions to branch on: groups of nodes near to each other in which the number of centres is not a whole one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimise.problem import Bools, Floats, Ints, Part

SUPPORT = 0.01
UNSETTLED = 0.05
BEST_SIZE = 0.6  # of a neighbourhood's people: such a region holds a centre or does not
SIZE_MATTERS = 0.35


@dataclass(frozen=True, eq=False)
class Region:
    """Nodes (sorted) with at least `fewest` and at most `most` centres among them."""

    nodes: Ints
    fewest: int
    most: int


def laminar(regions: tuple[Region, ...], n: int, k: int) -> tuple[Ints, Ints, Ints, Ints]:
    """(home, within, fewest, most) as `optimise.kernels.cases` wants them, the region of everything last."""
    order = sorted(regions, key=lambda region: len(region.nodes))
    home = np.full(n, len(order), np.int64)
    within = np.full(len(order) + 1, len(order), np.int64)
    within[-1] = -1
    for r in range(len(order) - 1, -1, -1):
        home[order[r].nodes] = r
    for r, region in enumerate(order):
        for larger in range(r + 1, len(order)):
            if np.isin(region.nodes[0], order[larger].nodes):
                within[r] = larger
                break
    fewest = np.array([*(region.fewest for region in order), k], np.int64)
    most = np.array([*(region.most for region in order), k], np.int64)
    return home, within, fewest, most


def propose_region(part: Part, regions: tuple[Region, ...], centred: Floats) -> tuple[Ints, int] | None:
    """The region to split on and the number of centres that the first case may have at most; None if all are settled.

    centred : (n,) the share of a centre in each node. Candidates are the clusters of an average linkage of the nodes
    that have some; nodes that have none go with the nearest. Taken is one whose number is far from whole and that
    holds about as many people as a neighbourhood.
    """
    support = np.flatnonzero(centred > SUPPORT)
    if len(support) < 2:
        return None
    apart = _apart(part, support)
    nearest = np.argmin(apart, axis=1)
    mean = part.people.sum() / part.k
    known = [_mask(region.nodes, len(centred)) for region in regions]
    best: tuple[float, Ints, int] | None = None
    for cluster in _clusters(apart[support]):
        inside = np.isin(nearest, cluster)
        for other in known:
            if (inside & other).any() and (inside & ~other).any() and (other & ~inside).any():
                halves = inside & other, inside & ~other
                inside = max(halves, key=lambda half: float(centred[half].sum()))
        number = float(centred[inside].sum())
        share = number - np.floor(number)
        if inside.all() or not UNSETTLED < share < 1 - UNSETTLED:
            continue
        size = max(float(part.people[inside].sum()) / mean, 1e-3)
        score = 2 * (0.5 - abs(share - 0.5)) - SIZE_MATTERS * abs(np.log(size / BEST_SIZE))
        if best is None or score > best[0] + 1e-9:
            best = float(score), np.flatnonzero(inside).astype(np.int64), int(number)
    return None if best is None else (best[1], best[2])


def _apart(part: Part, support: Ints) -> Floats:
    """(n, len(support)): cost a person of node i with the candidates of each node of `support`."""
    people = np.maximum(part.people, 1).astype(np.float64)
    cost = part.cost / people[:, None]
    return np.stack([cost[:, part.owner == node].min(axis=1) for node in support], axis=1)


def _clusters(apart: Floats) -> Iterator[Ints]:
    """Every cluster (indices) of an average linkage, single ones first, but for the last that holds all."""
    m = len(apart)
    distance = (apart + apart.T) / 2
    np.fill_diagonal(distance, np.inf)
    members = [np.array([i]) for i in range(m)]
    yield from members
    alive = np.ones(m, np.bool_)
    for _ in range(m - 2):
        a, b = divmod(int(np.argmin(distance)), m)
        a, b = min(a, b), max(a, b)
        sizes = len(members[a]), len(members[b])
        merged = (sizes[0] * distance[a] + sizes[1] * distance[b]) / sum(sizes)
        distance[a], distance[:, a] = merged, merged
        distance[b], distance[:, b] = np.inf, np.inf
        distance[a, a] = np.inf
        members[a] = np.sort(np.concatenate([members[a], members[b]]))
        alive[b] = False
        yield members[a]


def _mask(nodes: Ints, n: int) -> Bools:
    mask = np.zeros(n, np.bool_)
    mask[nodes] = True
    return mask

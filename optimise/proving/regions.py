"""What to branch on: regions in which the number of centres is not a whole one; then nodes that are cut off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimise.contiguity import neighbours, reach
from optimise.problem import Bools, Floats, Ints, Part

SUPPORT = 0.01
UNSETTLED = 0.05
BEST_SIZE = 0.6  # of a neighbourhood's people: such a region holds a centre or does not
SIZE_MATTERS = 0.35
ALIKE = 0.2  # of a centre: regions that differ by less are one question
LOOSE = 0.15  # of a node, with other centres than the one that has most of it


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


def propose_regions(part: Part, regions: tuple[Region, ...], centred: Floats, most: int) -> list[tuple[Ints, int]]:
    """Up to `most` regions to split on, the most promising first, each with the number of centres that the first case
    may have at most; none if all are settled.

    centred : (n,) the share of a centre in each node. Candidates are the clusters of an average linkage of the nodes
    that have some; nodes that have none go with the nearest. Taken are those whose number is far from whole and that
    hold about as many people as a neighbourhood, and of those that hold nearly the same centres the first.
    """
    support = np.flatnonzero(centred > SUPPORT)
    if len(support) < 2:
        return []
    apart = _apart(part, support)
    nearest = np.argmin(apart, axis=1)
    mean = part.people.sum() / part.k
    known = [_mask(region.nodes, len(centred)) for region in regions]
    scored: list[tuple[float, Bools, int]] = []
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
        scored.append((round(float(score), 9), inside, int(number)))
    scored.sort(key=lambda found: -found[0])
    chosen: list[tuple[Bools, int]] = []
    for _, inside, number in scored:
        if all(float(centred[inside ^ other].sum()) >= ALIKE for other, _ in chosen):
            chosen.append((inside, number))
        if len(chosen) == most:
            break
    return [(np.flatnonzero(inside).astype(np.int64), number) for inside, number in chosen]


def propose_tie(part: Part, allowed: Bools, centred: Floats, shared: Floats) -> tuple[Ints, int] | None:
    """A region and a node of which it is to be asked whether its centre lies there, where contiguity is what is broken.

    Where nearly whole centres hold nodes that they do not touch, the heaviest piece that is cut off from its centre
    decides: its largest node may belong to the centres around that one or not; if it has to, so may each node beside
    the piece. Where nothing is cut off, a node that is shared out between centres decides. None where all is settled.
    allowed : (c, n). shared : (n, n) the share of node i with the centres of node v.
    """
    centres = np.flatnonzero(centred > 0.5)
    if len(centres) == 0:
        return None
    near = neighbours(part)
    worst: tuple[int, int, set[int]] | None = None
    for v in centres.tolist():
        members = set(np.flatnonzero(shared[v] > 0.5 * centred[v]).tolist()) | {v}
        rest = members - reach(v, members, near)
        while rest:
            piece = reach(min(rest), rest, near)
            rest -= piece
            people = int(part.people[sorted(piece)].sum())
            if worst is None or people > worst[0]:
                worst = people, v, piece
    cell = centres[np.argmin(_apart(part, centres), axis=1)]
    if worst is not None:
        _, v, piece = worst
        first = max(sorted(piece), key=lambda i: int(part.people[i]))
        around = sorted({b for a in piece for b in near[a]} - piece)
        around.sort(key=lambda i: (-float(shared[v, i]), i))
        asked = [(v, node) for node in (first, *around)]
    else:
        most = shared[centres].max(axis=0)
        loose = np.flatnonzero(most < 1 - LOOSE)
        loose = loose[np.argsort(-((1 - most) * part.people)[loose], kind="stable")]
        asked = [(int(centres[np.argmax(shared[centres, node])]), node) for node in loose.tolist()]
    for v, node in asked:
        inside = (cell == v)[part.owner]
        if allowed[inside, node].any() and allowed[~inside, node].any():
            return np.flatnonzero(cell == v).astype(np.int64), node
    return None


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

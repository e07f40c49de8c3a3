"""Making groups contiguous: each keeps its largest piece, and smaller ones go where they belong most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from boundaries.area import Area
from optimise.contiguity import pieces_of
from optimise.problem import Floats, Ints


@dataclass(frozen=True, eq=False)
class Ground:
    """The adjacency graph. ends : (m, 2) units u < v in the order of `Area.edges`; km : (m,) of border, 0 for links."""

    ends: Ints
    km: Floats
    near: tuple[tuple[int, ...], ...]


def ground_of(area: Area) -> Ground:
    """Borders and the links that were read (proposed links are none until they are accepted)."""
    codes = pd.Index(area.codes)
    ends = np.column_stack(
        [codes.get_indexer(pd.Index(area.edges[key].astype("str"))) for key in ("from_code", "to_code")]
    ).astype(np.int64)
    near: list[list[int]] = [[] for _ in area.codes]
    for u, v in ends.tolist():
        near[u].append(v)
        near[v].append(u)
    km = area.edges["length_m"].to_numpy(dtype=np.float64) / 1000.0
    return Ground(ends, km, tuple(tuple(sorted(others)) for others in near))


def join_pieces(label: Ints, ground: Ground, affinity: Floats, weight: Floats) -> Ints:
    """(n,) the labels with every group in one piece, wherever there is a group beside its pieces to join.

    label : (n,) from 0; -1 for units in no group, which join one, too. The piece of a group with most `weight` (n,)
    stays; the others, least weight first, go to the group beside them with most `affinity` (n, g) in all, then with
    most border, then with the lowest label. What has no other group beside it (an island) stays as it is. Chile's
    primary care areas were repaired by the same rule, which did as well as disturbing least and is faster.
    """
    label, stay = label.copy(), _anchors(label, ground, weight)
    while True:
        loose = _loose(label, ground, weight, stay)
        if not loose:
            return label
        done = False
        for piece in loose:
            best = _strongest(piece, label, ground, affinity)
            if best >= 0:
                label[piece] = best
                done = True
                break
        if not done:
            return label


def split_pieces(label: Ints, ground: Ground) -> Ints:
    """(n,) each piece a group of its own, numbered by its first unit."""
    pieces = [
        piece
        for g in np.unique(label).tolist()
        for piece in pieces_of(np.flatnonzero(label == g).tolist(), ground.near)
    ]
    made = np.empty(len(label), dtype=np.int64)
    for number, piece in enumerate(sorted(pieces)):
        made[piece] = number
    return made


def _anchors(label: Ints, ground: Ground, weight: Floats) -> dict[int, int]:
    """Group -> the first unit of its heaviest piece."""
    found: dict[int, int] = {}
    for g in np.unique(label[label >= 0]).tolist():
        pieces = pieces_of(np.flatnonzero(label == g).tolist(), ground.near)
        found[g] = max(pieces, key=lambda p: (float(weight[p].sum()), len(p), [-u for u in p]))[0]
    return found


def _loose(label: Ints, ground: Ground, weight: Floats, stay: Mapping[int, int]) -> list[list[int]]:
    """Pieces without the unit that stays of their group, and all that are in no group; lightest first."""
    found: list[tuple[float, list[int]]] = []
    for g in np.unique(label).tolist():
        pieces = pieces_of(np.flatnonzero(label == g).tolist(), ground.near)
        found += [(float(weight[piece].sum()), piece) for piece in pieces if stay.get(g, -1) not in piece]
    return [piece for _, piece in sorted(found)]


def _strongest(piece: list[int], label: Ints, ground: Ground, affinity: Floats) -> int:
    """The group beside the piece that it has most to do with; -1 where there is none."""
    own = int(label[piece[0]])
    inside = set(piece)
    beside = sorted({int(label[v]) for u in piece for v in ground.near[u] if v not in inside and label[v] >= 0} - {own})
    if not beside:
        return -1
    wanted = affinity[piece].sum(axis=0)
    border = dict.fromkeys(beside, 0.0)
    for (u, v), km in zip(ground.ends.tolist(), ground.km.tolist(), strict=True):
        if (u in inside) != (v in inside):
            other = int(label[v if u in inside else u])
            if other in border:
                border[other] += km
    return max(beside, key=lambda g: (float(wanted[g]), border[g], -g))

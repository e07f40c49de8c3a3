"""Communities of care: LSOAs whose people are on the same lists, found in the flow graph at several resolutions.

Leiden (Traag, Waltman & van Eck 2019, Scientific Reports 9:5233) on the graph of `flows.shared`, by modularity with a
resolution (Reichardt & Bornholdt 2006, Physical Review E 74:016110). Clarke et al. 2020 (BMJ Open 10:e036504) find
London's communities in the same kind of graph; theirs leave 2 to 3 % of LSOAs out and may lie in pieces, these may not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import graspologic_native
import numpy as np

from boundaries.area import Area
from footprints.flows import Flows, Shared, flows_of, shared
from footprints.naming import propose_names
from footprints.pieces import Ground, ground_of, join_pieces, split_pieces
from optimise.problem import Floats, Ints

# Median communities of about 20,000, 40,000, 60,000 and 100,000 patients in three real places and the demo county.
SCALES = (100_000, 200_000, 400_000, 800_000)
USUAL = 200_000
_TRIALS, _ITERATIONS = 5, 5


@dataclass(frozen=True, eq=False)
class Division:
    """All units in communities, at one resolution.

    scale : S; two groups of a and b shared patients are one community where they share more than a b / S, so that a
    larger S gives larger communities, and the same S means the same in a small area and a large one. label : (n,)
    community of each unit, numbered by their first unit. names : one for each. patients : (c,) who live in each.
    moved : units that were put to another community, so that each is in one piece.
    """

    scale: int
    label: Ints
    names: tuple[str, ...]
    patients: Floats
    moved: Ints

    @property
    def number(self) -> int:
        """How many communities there are."""
        return len(self.names)


@dataclass(frozen=True, eq=False)
class Communities:
    """divisions : from the smallest communities to the largest. usual : the one that is shown unless another is chosen.
    seed : that gives the same again."""

    divisions: tuple[Division, ...]
    usual: Division
    seed: int


def communities_of(
    area: Area,
    flows: Flows | None = None,
    *,
    scales: tuple[int, ...] = SCALES,
    seed: int = 0,
    on_progress: Callable[[str, float], None] | None = None,
) -> Communities:
    """The communities of an area at each scale, contiguous over borders and links, with names; the same for a seed.

    A unit without patients goes with the community beside it with most border. Raises DataError where no patients by
    practice are loaded.
    """
    flows = flows or flows_of(area)
    graph, ground = shared(flows), ground_of(area)
    made: list[Division] = []
    for scale in sorted(scales):
        if on_progress is not None:
            on_progress(f"Looking for communities, {len(made) + 1} of {len(scales)}", len(made) / len(scales))
        made.append(_divide(area, flows, graph, ground, scale, seed))
    return Communities(tuple(made), usual_of(made), seed)


def usual_of(divisions: Sequence[Division]) -> Division:
    """The one nearest to the usual scale."""
    return min(divisions, key=lambda d: (abs(np.log(d.scale / USUAL)), d.scale))


def _divide(area: Area, flows: Flows, graph: Shared, ground: Ground, scale: int, seed: int) -> Division:
    found = np.where(flows.living_here > 0, _leiden(graph, len(flows.units), scale, seed), -1)
    affinity = _ties_to(graph, found)
    joined = join_pieces(found, ground, affinity, flows.living_here)
    label = split_pieces(joined, ground)
    names = propose_names(
        {f"{c:05d}": [area.codes[u] for u in np.flatnonzero(label == c)] for c in range(label.max() + 1)}, area
    )
    patients = np.bincount(label, weights=flows.living_here).astype(np.float64)
    return Division(
        scale, label, tuple(names[code] for code in sorted(names)), patients, np.flatnonzero(joined != found)
    )


def _leiden(graph: Shared, n: int, scale: int, seed: int) -> Ints:
    """(n,) community of each unit before pieces are joined; a unit that shares no list is one of its own."""
    between = graph.u != graph.v
    u, v, w = graph.u[between], graph.v[between], graph.patients[between]
    if not len(u):
        return np.arange(n, dtype=np.int64)
    row, column, weight = np.concatenate([u, v]), np.concatenate([v, u]), np.concatenate([w, w])
    order = np.lexsort((column, row))
    first = np.searchsorted(row[order], np.arange(n + 1)).astype(np.int64)
    _, found = graspologic_native.leiden_csr(
        first,
        column[order].astype(np.int32),
        weight[order],
        n,
        resolution=float(weight.sum()) / scale,
        iterations=_ITERATIONS,
        trials=_TRIALS,
        seed=seed,
    )
    return _numbered(np.array([found.get(unit, n + unit) for unit in range(n)], dtype=np.int64))


def _numbered(label: Ints) -> Ints:
    """Labels from 0, in the order of their first unit."""
    _, first, own = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[own].astype(np.int64)


def _ties_to(graph: Shared, label: Ints) -> Floats:
    """(n, c) patients that each unit shares with the units of each community (with itself left out)."""
    table = np.zeros((len(label), label.max() + 1))
    between = graph.u != graph.v  # neither of which is without patients, nor without a group
    u, v, w = graph.u[between], graph.v[between], graph.patients[between]
    np.add.at(table, (u, label[v]), w)
    np.add.at(table, (v, label[u]), w)
    return table


def adjusted_rand(one: Ints, other: Ints) -> float:
    """Adjusted Rand index of two partitions of the same units: 1 alike, about 0 by chance.

    (Σ C(n_ab, 2) - E) / (½ (Σ C(n_a, 2) + Σ C(n_b, 2)) - E), E = Σ C(n_a, 2) Σ C(n_b, 2) / C(n, 2). Hubert & Arabie
    1985, Journal of Classification 2:193-218. 1 where both put all units together, or each alone.
    """
    table = np.zeros((one.max(initial=0) + 1, other.max(initial=0) + 1))
    np.add.at(table, (one, other), 1.0)

    def pairs(counts: Floats) -> float:
        return float((counts * (counts - 1) / 2).sum())

    both, a, b = pairs(table), pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    expected = a * b / max(pairs(np.array([float(len(one))])), 1.0)
    most = (a + b) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def level_agreement(area: Area, division: Division) -> Mapping[str, float]:
    """Adjusted Rand index of a division with each named geography that is loaded (MSOA, ward, parish, ...)."""
    found = {}
    for key, level in sorted(area.levels.items()):
        codes = sorted(set(level.assignment))
        group = np.array([codes.index(code) for code in level.assignment], dtype=np.int64)
        found[key] = adjusted_rand(division.label, group)
    return found

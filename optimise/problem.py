"""The problem in arrays: a graph with people on it, and one `Part` for each piece that is solved on its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Grouping:
    """A level in arrays: `group[i]` indexes `codes` (-1: the unit has none); `names` aligns with `codes`."""

    key: str
    label: str
    group: Ints
    codes: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PatientPairs:
    """Patients and the sites of their practices. pairs : (q, 2) units or nodes u < v, sorted. patients : (q,) those who
    live in one of the two and are registered with a practice sited in the other; who lives where it is, is left out.
    """

    pairs: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    patients: Floats = field(default_factory=lambda: np.zeros(0))

    def between(self, place: Ints) -> PatientPairs:
        """The flows between the nodes `place` (n,) of the units, -1 for those left out; those within a node vanish."""
        return PatientPairs(*_between(self.pairs, self.patients, place))


@dataclass(frozen=True, eq=False)
class BarrierPairs:
    """Pairs of units with a barrier between them. pairs : (q, 2) units or nodes u < v, sorted; whether or not they are
    neighbours in spite of it. km : (q,) of their shared edge on the barrier, times its strength.
    """

    pairs: Ints = field(default_factory=lambda: np.zeros((0, 2), dtype=np.int64))
    km: Floats = field(default_factory=lambda: np.zeros(0))

    def between(self, place: Ints) -> BarrierPairs:
        """The barriers between the nodes `place` (n,) of the units, -1 for those left out; those inside a node vanish:
        no plan can keep out of it what it may not divide."""
        return BarrierPairs(*_between(self.pairs, self.km, place))


def _between(pairs: Ints, values: Floats, place: Ints) -> tuple[Ints, Floats]:
    ends = np.sort(place[pairs], axis=1)
    kept = (ends[:, 0] >= 0) & (ends[:, 0] != ends[:, 1])
    nodes, where = np.unique(ends[kept], axis=0, return_inverse=True)
    sums: Floats = np.zeros(len(nodes))
    np.add.at(sums, where.ravel(), values[kept])
    return nodes.astype(np.int64).reshape(-1, 2), sums


@dataclass(frozen=True, eq=False)
class Problem:
    """A graph with people on it, n units in sorted code order.

    codes, names : per unit. people : (n,) the population the band is on. residents : (n,) persons, for travel, mismatch
    and community terms. xy_km : (n, 2) centre points, kilometres in EPSG:27700. edges : (m, 2) indices u < v, sorted.
    edge_km : (m,) shared border in km, 0 for links; less what lies on barriers where `weakened`.
    edge_kind : per edge ("border", "bridge", ...).
    levels : key -> Grouping. pcn_flow : (n, p) patients of each unit by PCN, named in `pcns` (p may be 0).
    proposed_links : (from index, to index, kind, km between nearest points, words).
    ties : (m,) neighbours who share practices across each edge (persons, `optimise.ties`), 0 for links; None where they
    were not asked for, or no registrations are loaded. flows : patients by home and site of practice; None likewise.
    barriers : between units (`optimise.barring`); None where not asked for, or no barriers are loaded.
    surplus : (n,) residents of the most deprived fifth above the place's own share of each unit (`optimise.need`); None
    where not asked for, or no deprivation is loaded.
    """

    name: str
    codes: tuple[str, ...]
    names: tuple[str, ...]
    people: Ints
    residents: Ints
    xy_km: Floats
    edges: Ints
    edge_km: Floats
    edge_kind: tuple[str, ...]
    levels: Mapping[str, Grouping]
    pcn_flow: Floats
    pcns: tuple[str, ...]
    proposed_links: tuple[tuple[int, int, str, float, str], ...]
    ties: Floats | None = None
    flows: PatientPairs | None = None
    barriers: BarrierPairs | None = None
    surplus: Floats | None = None
    weakened: bool = False


@dataclass(frozen=True, eq=False)
class Part:
    """One connected problem to solve on its own, after contraction: n nodes of one or more units, c candidate centres.

    units : (u,) indices into Problem. node_of : (u,) node of each of these units. people : (n,) band population.
    cost : (n, c) separable cost in person-km of putting node i with candidate centre j (travel and mismatch).
    centre_unit : (c,) Problem index of each candidate. owner : (c,) the node that holds it.
    edges : (m, 2) node pairs u < v. k : number of neighbourhoods. lower, upper : band (persons, inclusive).
    target, deviation : the deviation term is deviation * |load - target|.
    together, apart : (a, 2), (b, 2) node pairs that must share, must not share, a neighbourhood.
    community : (n_pieces, 3) rows of (node, community index, residents): a node may hold several communities.
    cuts : (m, 2) what a line between the two nodes of an edge divides: km of border, and neighbours who share practices
    (persons); (0, 2) where neither has a weight. flows, barriers : between nodes; none where they have no weight.
    surplus : (n,) of each node (`optimise.need`); (0,) where it has no weight.
    """

    name: str
    groups: tuple[str, ...]
    units: Ints
    node_of: Ints
    people: Ints
    cost: Floats
    centre_unit: Ints
    owner: Ints
    edges: Ints
    k: int
    lower: int
    upper: int
    target: float
    deviation: float
    together: Ints
    apart: Ints
    community: Ints
    cuts: Floats = field(default_factory=lambda: np.zeros((0, 2)))
    flows: PatientPairs = field(default_factory=PatientPairs)
    barriers: BarrierPairs = field(default_factory=BarrierPairs)
    surplus: Floats = field(default_factory=lambda: np.zeros(0))


def summed(edges: Ints, pairs: Ints, values: Floats) -> Floats:
    """(m, c) sums of `values` (p, c) over the node pairs (p, 2), in either order, that became each of `edges` (m, 2).

    Pairs within one node count nowhere; every other pair must be one of the edges, which are sorted with u < v.
    """
    sums = np.zeros((len(edges), values.shape[1]))
    both = np.sort(pairs, axis=1)
    between = both[:, 0] != both[:, 1]
    width = int(edges.max(initial=0)) + 1
    at = np.searchsorted(edges[:, 0] * width + edges[:, 1], both[between, 0] * width + both[between, 1])
    np.add.at(sums, at, values[between])
    return sums


def restricted(problem: Problem, units: Ints, name: str) -> Problem:
    """The problem on some of its units (sorted indices): what lies between them and nothing else."""
    new = np.full(len(problem.codes), -1, dtype=np.int64)
    new[units] = np.arange(len(units))
    kept: Bools = np.asarray((new[problem.edges] >= 0).all(axis=1))
    levels: Mapping[str, Grouping] = {k: replace(g, group=g.group[units]) for k, g in problem.levels.items()}
    return replace(
        problem,
        name=name,
        codes=tuple(problem.codes[u] for u in units),
        names=tuple(problem.names[u] for u in units),
        people=problem.people[units],
        residents=problem.residents[units],
        xy_km=problem.xy_km[units],
        edges=new[problem.edges[kept]],
        edge_km=problem.edge_km[kept],
        edge_kind=tuple(kind for kind, keep in zip(problem.edge_kind, kept, strict=True) if keep),
        levels=levels,
        pcn_flow=problem.pcn_flow[units],
        ties=None if problem.ties is None else problem.ties[kept],
        flows=None if problem.flows is None else problem.flows.between(new),
        barriers=None if problem.barriers is None else problem.barriers.between(new),
        surplus=None if problem.surplus is None else problem.surplus[units],
        proposed_links=tuple(
            (int(new[a]), int(new[b]), kind, km, words)
            for a, b, kind, km, words in problem.proposed_links
            if min(new[a], new[b]) >= 0
        ),
    )

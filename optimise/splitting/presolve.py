"""From a piece of the area to the `Part` that is solved: what must stay together becomes one node.

Contracted are the groups kept whole, the locks (where connected) and whatever hangs on the rest by one node and has
fewer people than the minimum: no neighbourhood fits inside such a branch, so all of it goes with the node it hangs on.
Where that would be more than the maximum it is not done, but known: there is no plan.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np

from optimise.contiguity import components
from optimise.criteria import Criteria
from optimise.problem import BarrierPairs, Floats, Ints, Part, PatientPairs, Problem, summed
from optimise.score import unit_cost
from optimise.solution import DeclaredException
from optimise.splitting.nesting import Nest, Piece


@dataclass(frozen=True, eq=False)
class Bundle:
    """A node of the contracted graph and why its units are together ("the ward Abbey", "locked together", ...)."""

    units: Ints
    people: int
    why: str


@dataclass(frozen=True, eq=False)
class Contracted:
    """A piece after contraction; `together` and `apart` are the node pairs that contraction could not settle.

    stuck : units that would have to stay together because what branches off is too small, with more people than the
    maximum; a proof that there is no plan. None as a rule.
    """

    nest: Nest
    piece: Piece
    bundles: tuple[Bundle, ...]
    node_of: Ints
    edges: Ints
    together: Ints
    apart: Ints
    split: tuple[DeclaredException, ...]
    stuck: Ints | None = None


def contract(problem: Problem, criteria: Criteria, nest: Nest, piece: Piece, *, connected: bool = True) -> Contracted:
    """Contract a piece; node numbers follow the first unit of each node.

    connected : false when a neighbourhood may lie in pieces: no branch is then too small to stand alone.
    """
    units = piece.units
    local = {int(u): i for i, u in enumerate(units)}
    here = np.zeros(len(problem.codes), dtype=np.bool_)
    here[units] = True
    kept = here[problem.edges[:, 0]] & here[problem.edges[:, 1]]
    edges = [(local[a], local[b]) for a, b in problem.edges[kept].tolist()]
    merge = _Merge(len(units))
    split = []
    for key in criteria.keep_whole:
        split += _keep_whole(problem, criteria, nest, piece, key, local, merge)
    wanted = []
    for why, group in _locked_groups(problem, criteria, local):
        if _connected(group, edges, merge):
            merge.union(group, why)
        else:
            wanted += [(group[0], other) for other in group[1:]]
    apart = _apart(problem, criteria, local)
    stuck = (
        None if piece.undersized or not connected else _contract_branches(problem.people[units], criteria, edges, merge)
    )
    node_of, bundles = merge.bundles(units, problem.people)
    return Contracted(
        nest,
        piece,
        bundles,
        node_of,
        _pairs((node_of[a], node_of[b]) for a, b in edges),
        _pairs((node_of[a], node_of[b]) for a, b in wanted),
        _pairs(((node_of[a], node_of[b]) for a, b in apart), keep_equal=True),
        tuple(split),
        None if stuck is None else units[stuck],
    )


def make_part(problem: Problem, criteria: Criteria, found: Contracted, k: int, name: str) -> Part:
    """The arrays to solve `found` with `k` neighbourhoods. Every unit is a candidate centre."""
    units = found.piece.units
    people = np.array([bundle.people for bundle in found.bundles], dtype=np.int64)
    cost = np.zeros((len(people), len(units)))
    np.add.at(cost, found.node_of, unit_cost(problem, criteria, units, units))
    return Part(
        name=name,
        groups=tuple(code for code in found.nest.codes if code),
        units=units,
        node_of=found.node_of,
        people=people,
        cost=cost,
        centre_unit=units,
        owner=found.node_of,
        edges=found.edges,
        k=k,
        lower=min(criteria.minimum, found.piece.people) if found.piece.undersized else criteria.minimum,
        upper=criteria.maximum,
        target=float(criteria.target),
        deviation=criteria.weights.deviation,
        together=found.together,
        apart=found.apart,
        community=_community(problem, criteria, units, found.node_of),
        cuts=_cuts(problem, criteria, found),
        flows=_flows(problem, criteria, found),
        barriers=_barriers(problem, criteria, found),
        surplus=_surplus(problem, criteria, found),
    )


class _Merge:
    """Union-find over the units of a piece that remembers, in words, why units came together."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))
        self.why: dict[int, str] = {}

    def find(self, a: int) -> int:
        while self.parent[a] != a:
            self.parent[a] = self.parent[self.parent[a]]
            a = self.parent[a]
        return a

    def union(self, group: Iterable[int], why: str) -> None:
        roots = sorted({self.find(a) for a in group})
        reasons = sorted({self.why[r] for r in roots if r in self.why} | {why})
        for root in roots[1:]:
            self.parent[root] = roots[0]
        if len(roots) > 1:
            self.why[roots[0]] = " and ".join(reasons)

    def bundles(self, units: Ints, people: Ints) -> tuple[Ints, tuple[Bundle, ...]]:
        roots = np.array([self.find(a) for a in range(len(self.parent))], dtype=np.int64)
        order, node_of = np.unique(roots, return_inverse=True)
        made = []
        for node, root in enumerate(order.tolist()):
            members = units[node_of == node]
            made.append(Bundle(members, int(people[members].sum()), self.why.get(root, "")))
        return node_of.astype(np.int64), tuple(made)


def _keep_whole(
    problem: Problem, criteria: Criteria, nest: Nest, piece: Piece, key: str, local: dict[int, int], merge: _Merge
) -> list[DeclaredException]:
    level = problem.levels[key]
    split = []
    for g in np.unique(level.group[piece.units]).tolist():
        if g < 0:
            continue
        everywhere = np.flatnonzero(level.group == g)
        here = everywhere[np.isin(everywhere, piece.units)]
        parts = components(problem, here)
        for part in parts:
            merge.union([local[int(u)] for u in part], f"the {level.label} {level.names[g]}")
        if len(parts) > 1 or len(here) < len(everywhere):
            elsewhere = "lies partly outside" if len(here) < len(everywhere) else f"has {len(parts)} parts in"
            split.append(
                DeclaredException(
                    "split group",
                    level.names[g],
                    f"The {level.label} {level.names[g]} {elsewhere} {nest.name}, so it cannot be kept whole; "
                    f"each connected part is.",
                    tuple(problem.codes[i] for i in everywhere),
                    people=int(problem.people[everywhere].sum()),
                )
            )
    return split


def _locked_groups(problem: Problem, criteria: Criteria, local: dict[int, int]) -> list[tuple[str, list[int]]]:
    if not criteria.locks.fixed and not criteria.locks.together:
        return []
    at = {code: i for i, code in enumerate(problem.codes)}
    fixed: dict[str, list[int]] = {}
    for unit, code in criteria.locks.fixed:
        fixed.setdefault(code, []).append(at[unit])
    named = [(f"LSOAs fixed to {code}", us) for code, us in sorted(fixed.items())]
    named += [("LSOAs locked together", [at[u] for u in group]) for group in criteria.locks.together]
    found = [(why, sorted({local[u] for u in us if u in local})) for why, us in named]
    return [(why, group) for why, group in found if len(group) > 1]


def _apart(problem: Problem, criteria: Criteria, local: dict[int, int]) -> list[tuple[int, int]]:
    """Pairs kept apart: as locked, and one of the LSOAs fixed to each neighbourhood against the others."""
    if not criteria.locks.fixed and not criteria.locks.apart:
        return []
    at = {code: i for i, code in enumerate(problem.codes)}
    first: dict[str, int] = {}
    for unit, code in sorted(criteria.locks.fixed):
        if at[unit] in local:
            first.setdefault(code, local[at[unit]])
    pairs = [(at[a], at[b]) for a, b in criteria.locks.apart]
    found = [(local[a], local[b]) for a, b in pairs if a in local and b in local]
    codes = sorted(first)
    return found + [(first[a], first[b]) for i, a in enumerate(codes) for b in codes[i + 1 :]]


def _connected(group: Sequence[int], edges: list[tuple[int, int]], merge: _Merge) -> bool:
    roots = {merge.find(a) for a in group}
    graph = nx.Graph()
    graph.add_nodes_from(roots)
    graph.add_edges_from((merge.find(a), merge.find(b)) for a, b in edges if {merge.find(a), merge.find(b)} <= roots)
    return bool(nx.is_connected(graph))


def _contract_branches(people: Ints, criteria: Criteria, edges: list[tuple[int, int]], merge: _Merge) -> Ints | None:
    """Union every branch with fewer people than the minimum with the cut node it hangs on, until there is none.

    Returns the members (local indices) of a union that was left undone for having more people than the maximum.
    """
    stuck: dict[int, Ints] = {}
    while True:
        root = np.array([merge.find(a) for a in range(len(people))], dtype=np.int64)
        weight = np.bincount(root, weights=people, minlength=len(people))
        graph = nx.Graph()
        graph.add_nodes_from(sorted(set(root.tolist())))
        graph.add_edges_from(sorted({(int(root[a]), int(root[b])) for a, b in edges if root[a] != root[b]}))
        for cut in sorted(set(nx.articulation_points(graph)) - set(stuck)):
            branches = nx.connected_components(graph.subgraph([a for a in graph if a != cut]))
            small = [branch for branch in branches if sum(weight[a] for a in branch) < criteria.minimum]
            group = [cut, *sorted(set[int]().union(*small))]
            if len(group) == 1:
                continue
            if sum(weight[a] for a in group) > criteria.maximum:
                stuck[cut] = np.flatnonzero(np.isin(root, group))
                continue
            merge.union(group, "a branch too small to stand alone")
            break
        else:
            return min(stuck.values(), key=lambda members: (len(members), int(members[0])), default=None)


def _community(problem: Problem, criteria: Criteria, units: Ints, node_of: Ints) -> Ints:
    level = problem.levels.get(criteria.community)
    if level is None or criteria.weights.community == 0:
        return np.zeros((0, 3), dtype=np.int64)
    group = level.group[units]
    present = np.unique(group[group >= 0])
    known = group >= 0
    key = node_of[known] * max(1, len(present)) + np.searchsorted(present, group[known])
    pieces, where = np.unique(key, return_inverse=True)
    residents = np.zeros(len(pieces), dtype=np.int64)
    np.add.at(residents, where, problem.residents[units][known])
    width = max(1, len(present))
    return np.column_stack([pieces // width, pieces % width, residents]).astype(np.int64)


def _cuts(problem: Problem, criteria: Criteria, found: Contracted) -> Floats:
    weights = criteria.weights
    if weights.border == 0 and weights.ties == 0:
        return np.zeros((0, 2))
    ends = _place(problem, found)[problem.edges]
    here = (ends >= 0).all(axis=1)
    ties = np.zeros(len(ends)) if problem.ties is None else problem.ties
    return summed(found.edges, ends[here], np.column_stack([problem.edge_km, ties])[here])


def _flows(problem: Problem, criteria: Criteria, found: Contracted) -> PatientPairs:
    if criteria.weights.practice == 0 or problem.flows is None:
        return PatientPairs()
    return problem.flows.between(_place(problem, found))


def _barriers(problem: Problem, criteria: Criteria, found: Contracted) -> BarrierPairs:
    if criteria.weights.barrier == 0 or problem.barriers is None:
        return BarrierPairs()
    return problem.barriers.between(_place(problem, found))


def _surplus(problem: Problem, criteria: Criteria, found: Contracted) -> Floats:
    if criteria.weights.need == 0 or problem.surplus is None:
        return np.zeros(0)
    units = problem.surplus[found.piece.units]
    return np.bincount(found.node_of, weights=units, minlength=len(found.bundles)).astype(np.float64)


def _place(problem: Problem, found: Contracted) -> Ints:
    """(n,) node of each unit of the problem, -1 for units elsewhere."""
    place = np.full(len(problem.codes), -1, dtype=np.int64)
    place[found.piece.units] = found.node_of
    return place


def _pairs(pairs: Iterable[tuple[int, int]], *, keep_equal: bool = False) -> Ints:
    found = sorted({(min(int(a), int(b)), max(int(a), int(b))) for a, b in pairs if keep_equal or a != b})
    return np.array(found, dtype=np.int64).reshape(-1, 2)

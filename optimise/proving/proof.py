"""A proof recomputed: what the multipliers of every case prove, in plain numpy and without any solver.

For one case, with multipliers lambda, formulas (1) and (2) of `optimise.proving.bound` hold: V_j is the least price of
a neighbourhood with candidate centre j, W_v = min { V_j : o(j) = v }, and every plan of k neighbourhoods in the case is
worth at least

    sum_i lambda_i + min { sum of W_v over k nodes v, between fewest and most of them in each region of the case }.  (3)

Regions are laminar, so (3) is a dynamic programme from the smallest region outwards: the least sum of c nodes in a
region, by c, is the min-plus product of its own nodes' sorted prefix sums with the least sums of the regions inside it.
A neighbourhood is connected, so V_j may be raised by formula (4) of `optimise.proving.moats`. That takes longer, and
(3) needs it of the nodes that it chooses only: they are raised, and chosen again, until all that are chosen are raised.
Every plan falls in a case, so the least of the cases is a bound for all of them, whoever made the tree.

Nothing is shared with the kernels that found the multipliers: a mistake there cannot hide here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from optimise.contiguity import neighbours, reach
from optimise.problem import Bools, Floats, Ints, Part
from optimise.proving.moats import joining
from optimise.tree import Limit, Tie, Tree

ROUNDING = 1e-11  # of the numbers summed, taken off a bound: many times what float arithmetic can lose
LARGEST = 1e12  # person-km; beyond it a multiplier is a mistake
AT_ONCE = 2_000_000  # prices held at a time

Regions = Sequence[tuple[Ints, int, int]]


def recompute(part: Part, tree: Tree) -> tuple[float, tuple[float, ...]]:
    """The bound in person-km that `tree` proves for every plan of `part`, and that of each case (inf: no plan in it).

    Whatever the tree holds, the result is a true lower bound. Raises ValueError for a tree that is none, or not of this
    part: multipliers of another length, regions of other nodes, a case or a split met twice or never.
    """
    check_tree(part, tree)
    ground, near = _Ground.of(part), neighbours(part)
    bounds = [0.0] * len(tree.cases)
    for case, limits, ties in tree.limits(part.k):
        multipliers, regions = tree.cases[case], _regions(tree, limits)
        barred = _barred(part, tree, ties)
        worth = _centre_values(part, ground, multipliers, _allowed(part, regions, barred), barred)
        bounds[case] = _connected(part, ground, multipliers, worth, regions, barred, near)
    return min(bounds), tuple(bounds)


def _connected(
    part: Part,
    ground: _Ground,
    multipliers: Floats,
    worth: Floats,
    regions: Regions,
    barred: Bools | None,
    near: list[list[int]],
) -> float:
    """(3) with `worth` (c,) raised by contiguity where it is chosen, less a margin for rounding."""
    raised = np.zeros(len(worth), np.bool_)
    worth = worth.copy()
    while True:
        best = _by_owner(part, worth)
        least = _least(best, part.k, regions)
        held = np.zeros(len(best), np.bool_)
        held[list(least.nodes)] = True
        again = np.flatnonzero(held[part.owner] & (worth <= best[part.owner]) & ~raised & np.isfinite(worth))
        if not len(again):
            return _total(multipliers, least.value, least.size)
        raised[again] = True
        for j in again.tolist():
            worth[j] = max(worth[j], _joined(part, ground, multipliers, j, None if barred is None else barred[j], near))


def _joined(
    part: Part, ground: _Ground, multipliers: Floats, j: int, barred: Bools | None, near: list[list[int]]
) -> float:
    """V_j raised by contiguity: nothing that `barred` (n,) cuts off from it, and what joining the rest costs."""
    out = None if barred is None else cut_off(barred, int(part.owner[j]), near)
    if out is not None:
        plainly = float(_knapsacks(part, ground, multipliers, np.array([j]), out[None, :])[0])
        if not np.isfinite(plainly):
            return plainly
    low, price = _price_of_load(part, multipliers, j, out)
    extra = part.cost[:, j] - multipliers - price * part.people
    if out is not None:
        extra[out] = np.inf
    return low + joining(extra.tolist(), near, int(part.owner[j]))


def what_is_proven(tree: Tree, cases: Sequence[float], best: float) -> tuple[float, float]:
    """(bound, bound_checked) for a part whose best plan is worth `best`: with what the run proved further, and without.

    cases : of `recompute`. What was solved looked only for plans better than `tree.upper`, so it proves no more.
    A claim is to be both: the bound of a part that its tree does not give cannot be checked by anyone.
    """
    both = [max(found, min(solved, tree.upper)) for found, solved in zip(cases, tree.solved, strict=True)]
    checked = max(0.0, min(best, *cases))
    return max(checked, min(best, *both)), checked


def solver_cases(tree: Tree, cases: Sequence[float], best: float) -> tuple[int, ...]:
    """The cases without whose solved bound less would be proven."""
    bound, _ = what_is_proven(tree, cases, best)
    return tuple(i for i, found in enumerate(cases) if found < bound * (1 - 1e-9))


def check_tree(part: Part, tree: Tree) -> None:
    """Raises ValueError, in words, unless the tree is one and about this part."""
    n = len(part.people)
    if not tree.cases or len(tree.solved) != len(tree.cases):
        raise ValueError("there is not one solved bound for each case")
    if not np.isfinite(tree.upper) or any(not value >= 0 for value in tree.solved):
        raise ValueError("a solved bound, or the value of the plan, is not a number")
    for multipliers in tree.cases:
        if np.shape(multipliers) != (n,):
            raise ValueError(f"a case has not one multiplier for each of {n:,} nodes")
        if not (np.abs(multipliers) <= LARGEST).all():
            raise ValueError("a multiplier is not a number, or far too large for one")
    for region in tree.regions:
        inside = np.asarray(region, np.int64)
        if len(np.unique(inside)) != len(inside) or (inside < 0).any() or (inside >= n).any():
            raise ValueError("a region names a node twice, or one that is not there")
    if any(not 0 <= split.region < len(tree.regions) for split in tree.splits):
        raise ValueError("a split is about a region that is not there")
    if any(not -1 <= split.node < n or (split.node >= 0 and split.most != 0) for split in tree.splits):
        raise ValueError("a split is about a node that is not there")
    for _ in tree.limits(part.k):
        pass


def case_regions(part: Part, tree: Tree, case: int) -> Regions:
    """(nodes, fewest, most centres) of every region that the case is about."""
    return next(_regions(tree, limits) for at, limits, _ in tree.limits(part.k) if at == case)


def surviving(part: Part, tree: Tree, case: int) -> tuple[Bools, Bools]:
    """Which candidates (c,) and pairs (n, c) a plan of this case, of value at most `tree.upper`, may still use.

    False is a proof, as in `optimise.proving.bound.fix`, by the case's own multipliers and limits. For any price mu of
    load

        V_j >= D_j(mu) = c_oj - lambda_o - mu p_o + sum_{i /= o} min(0, c_ij - lambda_i - mu p_i)
                         + min { mu t + deviation |t - target| : lower <= t <= upper },

    and with node i in the neighbourhood of j it is at least D_j(mu) + max(0, c_ij - lambda_i - mu p_i).
    """
    n, c = part.cost.shape
    multipliers, regions = tree.cases[case], case_regions(part, tree, case)
    barred = _barred(part, tree, next(ties for at, _, ties in tree.limits(part.k) if at == case))
    if barred is not None:
        near = neighbours(part)
        for row in np.flatnonzero(barred.any(axis=1)).tolist():
            barred[row] = cut_off(barred[row], int(part.owner[row]), near)
    worth = _centre_values(part, _Ground.of(part), multipliers, _allowed(part, regions, barred), barred)
    best = _by_owner(part, worth)
    others = np.full(n, np.inf)
    for v in np.flatnonzero(np.isfinite(best)):
        others[v] = _least(best, part.k, regions, forced=int(v)).value
    size = np.abs(multipliers).sum() + np.abs(best[np.isfinite(best)]).sum()
    limit = tree.upper + 1e-9 * abs(tree.upper) + ROUNDING * size
    base = multipliers.sum() + others[part.owner]
    centre_ok = base + worth <= limit
    pair_ok = np.zeros((n, c), np.bool_)
    for j in np.flatnonzero(centre_ok):
        low, price = _price_of_load(part, multipliers, int(j))
        extra = part.cost[:, j] - multipliers - price * part.people
        pair_ok[:, j] = base[j] + low + np.maximum(extra, 0.0) <= limit
        pair_ok[part.owner[j], j] = True
    pair_ok &= part.people[:, None] + part.people[part.owner][None, :] <= part.upper
    for a, b in part.apart:
        pair_ok[a, part.owner == b] = False
        pair_ok[b, part.owner == a] = False
    if barred is not None:
        pair_ok &= ~barred.T
    pair_ok[part.owner, np.arange(c)] = centre_ok
    return centre_ok, pair_ok


@dataclass(frozen=True, eq=False)
class _Ground:
    """What all cases of a part share.

    full, empty : nodes with and without people. cost : (c, full) per person. column : (c,) the owner's place in `full`,
    -1 where it has no people. take : so many of the cheapest nodes always hold enough people for a neighbourhood.
    """

    full: Ints
    empty: Ints
    cost: Floats
    column: Ints
    take: int

    @classmethod
    def of(cls, part: Part) -> _Ground:
        full, empty = np.flatnonzero(part.people > 0), np.flatnonzero(part.people == 0)
        people = part.people[full].astype(np.float64)
        place = np.full(len(part.people), -1, dtype=np.int64)
        place[full] = np.arange(len(full))
        enough = int(np.searchsorted(np.cumsum(np.sort(people)), part.upper)) + 2  # one for the last, one for the owner
        cost = np.ascontiguousarray((part.cost[full] / people[:, None]).T)
        return cls(full, empty, cost, place[part.owner], min(len(full), enough))


def _regions(tree: Tree, limits: Sequence[Limit]) -> list[tuple[Ints, int, int]]:
    return [(np.asarray(tree.regions[at.region], np.int64), at.fewest, at.most) for at in limits]


def _allowed(part: Part, regions: Regions, barred: Bools | None) -> Ints:
    """Candidates that may be centres: none in a region that is to have none, or with too many people by itself."""
    node_ok = part.people <= part.upper
    for nodes, _, most in regions:
        if most <= 0:
            node_ok[nodes] = False
    candidate_ok = node_ok[part.owner]
    if barred is not None:
        candidate_ok &= ~barred[np.arange(len(part.owner)), part.owner]
    return np.flatnonzero(candidate_ok)


def _barred(part: Part, tree: Tree, ties: Sequence[Tie]) -> Bools | None:
    """(c, n): the ties keep node i from candidate j. None where there are no ties."""
    if not ties:
        return None
    barred = np.zeros((len(part.owner), len(part.people)), np.bool_)
    for tie in ties:
        inside = np.isin(part.owner, tree.regions[tie.region])
        barred[inside != tie.inside, tie.node] = True
    return barred


def cut_off(barred: Bools, owner: int, near: list[list[int]]) -> Bools:
    """(n,): what is barred, and what cannot be reached from the owner without it."""
    if not barred.any():
        return barred
    free = set(np.flatnonzero(~barred).tolist())
    out = np.ones(len(barred), np.bool_)
    if owner in free:
        out[sorted(reach(owner, free, near))] = False
    return out


def _by_owner(part: Part, worth: Floats) -> Floats:
    best = np.full(len(part.people), np.inf)
    np.minimum.at(best, part.owner, worth)
    return best


def _centre_values(part: Part, ground: _Ground, multipliers: Floats, candidates: Ints, barred: Bools | None) -> Floats:
    """(c,) V_j of formula (1); inf where candidate j is not among `candidates` or can have no load in band."""
    worth = np.full(len(part.owner), np.inf)
    rows = max(1, AT_ONCE // max(1, len(ground.full)))
    for first in range(0, len(candidates), rows):
        some = candidates[first : first + rows]
        worth[some] = _knapsacks(part, ground, multipliers, some, None if barred is None else barred[some])
    return worth


def _knapsacks(part: Part, ground: _Ground, multipliers: Floats, some: Ints, barred: Bools | None) -> Floats:
    """Nodes by price per person, and the value at every load where its slope can change, for several candidates."""
    owner, at = part.owner[some], np.arange(len(some))
    people = part.people[ground.full].astype(np.float64)
    price = ground.cost[some] - (multipliers[ground.full] / people)[None, :]
    column = ground.column[some]
    price[at[column >= 0], column[column >= 0]] = np.inf  # the owner is in already
    if barred is not None:
        price[barred[:, ground.full]] = np.inf
    if 0 < ground.take < len(people):
        kept = np.argpartition(price, ground.take - 1, axis=1)[:, : ground.take]
    else:
        kept = np.broadcast_to(np.arange(len(people)), price.shape)
    price = np.take_along_axis(price, kept, axis=1)
    order = np.argsort(price, axis=1)
    price = np.take_along_axis(price, order, axis=1)
    held = people[np.take_along_axis(kept, order, axis=1)]
    own = np.isinf(price)
    price[own], held[own] = 0.0, 0.0
    load = _running(part.people[owner].astype(np.float64), held)
    sunk = part.cost[owner, some] - multipliers[owner]
    if len(ground.empty):
        free = np.minimum(part.cost[np.ix_(ground.empty, some)] - multipliers[ground.empty][:, None], 0.0)
        free[owner[None, :] == ground.empty[:, None]] = 0.0
        if barred is not None:
            free[barred[:, ground.empty].T] = 0.0
        sunk = sunk + free.sum(axis=0)
    worth = _running(sunk, price * held)
    value = worth + part.deviation * np.abs(load - part.target)
    least = np.where((load >= part.lower) & (load <= part.upper), value, np.inf).min(axis=1)
    for x in (float(part.lower), float(part.upper), part.target):
        if part.lower <= x <= part.upper:
            before = (load < x).sum(axis=1) - 1
            between = (before >= 0) & (load[:, -1] >= x)
            rows, cut = at[between], before[between]
            there = worth[rows, cut] + price[rows, cut] * (x - load[rows, cut]) + part.deviation * abs(x - part.target)
            least[between] = np.minimum(least[between], there)
    return np.asarray(least, np.float64)


def _running(first: Floats, rest: Floats) -> Floats:
    """(r, m + 1) sums of `first` (r,) and ever more of `rest` (r, m)."""
    return np.asarray(np.cumsum(np.column_stack([first, rest]), axis=1), np.float64)


@dataclass(frozen=True)
class _Sum:
    """A least sum: its value, the sum of the absolute values in it, and the nodes it is of."""

    value: float
    size: float
    nodes: tuple[int, ...]


def _least(best: Floats, k: int, regions: Regions, forced: int = -1) -> _Sum:
    """Formula (3) without the multipliers: the least sum of k of `best` (n,).

    forced : a node that has to be one of the k, its own value not counted.
    """
    made: list[tuple[Bools, list[_Sum | None]]] = []
    everywhere = (np.arange(len(best)), 0, k)
    for nodes, fewest, most in [*sorted(regions, key=lambda region: len(region[0])), everywhere]:
        inside = np.zeros(len(best), np.bool_)
        inside[nodes] = True
        children = [child for child in made if not (child[0] & ~inside).any()]
        made = [other for other in made if not any(other is child for child in children)]
        own = inside.copy()
        for child in children:
            own &= ~child[0]
        sums = _prefix(best, own, k, forced)
        for _, below in children:
            sums = _join(sums, below)
        made.append((inside, [s if fewest <= count <= most else None for count, s in enumerate(sums)]))
    return made[-1][1][k] or _Sum(float("inf"), 0.0, ())


def _prefix(best: Floats, own: Bools, k: int, forced: int) -> list[_Sum | None]:
    """The least sums of 0, 1, ..., k of the nodes `own`; None where there are not so many."""
    with_forced = forced >= 0 and bool(own[forced])
    nodes = np.flatnonzero(own & np.isfinite(best) & (np.arange(len(best)) != forced))
    nodes = nodes[np.argsort(best[nodes], kind="stable")][: k - 1 if with_forced else k].tolist()
    held: tuple[int, ...] = (forced,) if with_forced else ()
    sums: list[_Sum | None] = [None] * len(held) + [_Sum(0.0, 0.0, held)]
    value, size = 0.0, 0.0
    for v in nodes:
        value, size, held = value + float(best[v]), size + abs(float(best[v])), (*held, v)
        sums.append(_Sum(value, size, held))
    return sums + [None] * (k + 1 - len(sums))


def _join(sums: list[_Sum | None], others: list[_Sum | None]) -> list[_Sum | None]:
    """Min-plus product of two tables by count."""
    total: list[_Sum | None] = [None] * len(sums)
    for a, one in enumerate(sums):
        for b, other in enumerate(others[: len(sums) - a]):
            if one is None or other is None:
                continue
            known, value = total[a + b], one.value + other.value
            if known is None or value < known.value:
                total[a + b] = _Sum(value, one.size + other.size, one.nodes + other.nodes)
    return total


def _total(multipliers: Floats, chosen: float, size: float) -> float:
    """(3) less a margin that covers rounding in the sums."""
    if not np.isfinite(chosen):
        return float("inf")
    return float(multipliers.sum() + chosen - ROUNDING * (np.abs(multipliers).sum() + size))


def _price_of_load(part: Part, multipliers: Floats, j: int, barred: Bools | None = None) -> tuple[float, float]:
    """The greatest D_j(mu), and its mu: any mu gives a true bound.

    D_j is concave and bends at prices of nodes and at the deviation, so that its top is where the load passes the
    smallest, the largest or the target. barred : (n,) nodes that it may not take.
    """
    owner, people = int(part.owner[j]), part.people.astype(np.float64)
    price = part.cost[:, j] - multipliers
    others = np.arange(len(price)) != owner
    if barred is not None:
        others &= ~barred
    full = np.flatnonzero(others & (people > 0))
    rates = price[full] / people[full]
    order = np.argsort(rates, kind="stable")
    load = people[owner] + np.cumsum(people[full][order])
    stops = np.array([part.lower, part.upper, min(max(part.target, part.lower), part.upper)], np.float64)
    off = part.deviation * np.abs(stops - part.target)
    last = np.minimum(np.searchsorted(load, stops), max(0, len(load) - 1))
    asked = [-part.deviation, part.deviation, *(rates[order[last]].tolist() if len(load) else [])]

    def value(mu: float) -> float:
        over = price - mu * people
        return float(over[owner] + np.minimum(over[others], 0.0).sum() + (mu * stops + off).min())

    return max((value(mu), mu) for mu in asked)

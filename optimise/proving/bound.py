"""A proven lower bound for one part: the Lagrangian relaxation of "every node in exactly one neighbourhood".

Sets       nodes i (people p_i, possibly 0), candidate centres j, each owned by a node o(j).
Variables  x_ij in [0, 1], the share of node i with centre j; x_o(j)j = 1 when j is a centre; exactly k centres.
Relaxed    sum_j x_ij = 1 for every i, with multipliers lambda_i. Contiguity, together and apart are left out, and a
           neighbourhood may hold a share of a node, so every true plan is still there: the result is a lower bound.

For one candidate, with load t = sum_i p_i x_ij:

    V_j = min { sum_i (c_ij - lambda_i) x_ij + deviation |t - target| : lower <= t <= upper, x_o(j)j = 1 }       (1)

is a knapsack with a convex price of load, solved exactly by its critical price mu_j (km per person): node i is taken
when c_ij - lambda_i < mu_j p_i. A node owns at most one centre, so with W_v = min { V_j : o(j) = v },

    L(lambda) = sum_i lambda_i + the k smallest W_v  <=  the value of every plan with k neighbourhoods.          (2)

At mu_j the price of load is exact (no duality gap: (1) is convex), so putting i with j, whatever else j holds, costs at
least max(0, c_ij - lambda_i - mu_j p_i) more than V_j; hence the fixing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from optimise.kernels import knapsack
from optimise.problem import Bools, Floats, Ints, Part

PATIENCE, DECAY, INERTIA, STEP = 20.0, 0.85, 0.9, 1.2
ROUNDING = 1e-11


@dataclass(frozen=True, eq=False)
class Dual:
    """Multipliers and what they prove.

    multipliers : (n,) lambda in person-km per node. value : the bound for exactly `part.k` neighbourhoods, a margin for
    rounding taken off; inf when no k centres can have a load in band. centre_value : (c,) V_j, inf where candidate j
    can have no load in band. critical : (c,) mu_j in km per person.
    """

    multipliers: Floats
    value: float
    centre_value: Floats
    critical: Floats


@dataclass(frozen=True, eq=False)
class Scaled:
    """The part in the unit of the kernels: price and level per person where a node has people, in columns.

    offset : what every neighbourhood costs beside, where the target lies outside the band.
    """

    start: Ints
    rows: Ints
    price: Floats
    people: Floats
    owner: Ints
    scale: Floats
    lower: float
    upper: float
    target: float
    offset: float


def scaled_part(part: Part, allowed: Bools | None = None) -> Scaled:
    """The part as the kernels want it; allowed (c, n) : the pairs that are left, all when None."""
    people = part.people.astype(np.float64)
    scale = np.where(people > 0, people, 1.0)
    target = float(min(max(part.target, part.lower), part.upper))
    offset = part.deviation * abs(target - part.target)
    price = np.ascontiguousarray((part.cost / scale[:, None]).T)
    owner = np.array(part.owner, np.int64)
    left = np.ones(price.shape, np.bool_) if allowed is None else allowed
    start = np.concatenate([[0], np.cumsum(left.sum(axis=1))]).astype(np.int64)
    rows = np.nonzero(left)[1].astype(np.int64)
    return Scaled(start, rows, price[left], people, owner, scale, float(part.lower), float(part.upper), target, offset)


def _start(part: Part, scaled: Scaled) -> Floats:
    """First multipliers per person: the price at which the candidates around a node come to hold one mean load."""
    mean = scaled.people.sum() / part.k
    price = (part.cost / scaled.scale[:, None]).T
    order = np.argsort(price, axis=0, kind="stable")
    share = scaled.people / np.maximum(np.bincount(part.owner, minlength=len(scaled.people)), 1)
    held = np.cumsum(share[part.owner][order], axis=0)
    last = np.minimum((held < mean).sum(axis=0), len(part.owner) - 1)
    nodes = np.arange(len(scaled.people))
    return np.asarray(price[order[last, nodes], nodes] + part.deviation * np.sign(scaled.target - mean), np.float64)


def _centre_values(part: Part, scaled: Scaled, level: Floats) -> tuple[Floats, Floats]:
    n, c = part.cost.shape
    value, critical = np.full(c, np.inf), np.zeros(c)
    knapsack.centre_values(
        scaled.start, scaled.rows, scaled.price, level, scaled.people, scaled.owner, scaled.lower, scaled.upper,
        scaled.target, float(part.deviation), value, critical, np.empty(n), np.empty(n),
    )  # fmt: skip
    return value + scaled.offset, critical


def _owner_best(part: Part, centre_value: Floats) -> Floats:
    best = np.full(len(part.people), np.inf)
    np.minimum.at(best, part.owner, centre_value)
    return best


def _total(multipliers: Floats, best: Floats, k: int) -> float:
    """L(lambda) of formula (2) less a margin that covers rounding in the sums."""
    if k > len(best):
        return float("inf")
    chosen = np.sort(best)[:k]
    if not np.isfinite(chosen).all():
        return float("inf")
    margin = ROUNDING * (np.abs(multipliers).sum() + np.abs(chosen).sum())
    return float(multipliers.sum() + chosen.sum() - margin)


def lagrangian(
    part: Part,
    upper: float | None,
    *,
    iterations: int,
    start: Floats | None = None,
    should_stop: Callable[[], bool] | None = None,
    on_bound: Callable[[float], None] | None = None,
) -> Dual:
    """Raise the bound by at most `iterations` subgradient steps towards `upper`, the value of the best known plan.

    Without `upper` the steps aim at a rough price of everybody's travel. start : (n,) multipliers to begin with, such
    as those of a problem much like this one; taken where they prove more than our own first ones do. Repeatable: steps
    are counted, never timed; a stop asked for is seen within a fraction of a second and returns the best so far.
    """
    scaled = scaled_part(part)
    n, c = part.cost.shape
    level = _start(part, scaled)
    if start is not None and _proves(part, scaled, start / scaled.scale) > _proves(part, scaled, level):
        level = start / scaled.scale
    best_level, way = level.copy(), np.zeros(n)
    progress = np.array([-1e300, STEP, 0.0, 0.0, 0.0])
    offset = part.k * scaled.offset
    chunk = max(1, int(2e7 / (n * c)))
    aim = upper - offset if upper is not None else float(np.abs(level * scaled.scale).sum()) + 1.0
    done = 0 if part.k <= n else iterations
    while done < iterations and not progress[4] and not (should_stop and should_stop()):
        steps = min(chunk, iterations - done)
        knapsack.ascend(
            scaled.start, scaled.rows, scaled.price, scaled.people, scaled.scale, scaled.owner, part.k, scaled.lower,
            scaled.upper, scaled.target, float(part.deviation), aim, level, best_level, way, progress, steps, PATIENCE,
            DECAY, INERTIA,
        )  # fmt: skip
        done += steps
        if upper is None and aim - progress[0] <= 1e-3 * abs(aim):
            aim, progress[4] = 1.2 * abs(aim), 0.0
        if on_bound:
            on_bound(float(progress[0] + offset))
    value, critical = _centre_values(part, scaled, best_level)
    multipliers = best_level * scaled.scale
    return Dual(multipliers, _total(multipliers, _owner_best(part, value), part.k), value, critical)


def _proves(part: Part, scaled: Scaled, level: Floats) -> float:
    """The bound of formula (2) for multipliers per person."""
    return _total(level * scaled.scale, _owner_best(part, _centre_values(part, scaled, level)[0]), part.k)


def dual_of(part: Part, multipliers: Floats, scaled: Scaled | None = None) -> Dual:
    """What these multipliers (n,) prove, without a step further. scaled : `scaled_part(part)`, where it is at hand."""
    scaled = scaled_part(part) if scaled is None else scaled
    value, critical = _centre_values(part, scaled, multipliers / scaled.scale)
    return Dual(multipliers, _total(multipliers, _owner_best(part, value), part.k), value, critical)


def evaluate(part: Part, multipliers: Floats) -> float:
    """The bound of formula (2) for these multipliers, recomputed by sorting in numpy; independent of the kernels."""
    best = np.full(len(part.people), np.inf)
    for j, owner in enumerate(part.owner):
        best[owner] = min(best[owner], _knapsack(part, multipliers, j, int(owner)))
    return _total(multipliers, best, part.k)


def _knapsack(part: Part, multipliers: Floats, j: int, owner: int) -> float:
    """V_j of formula (1): nodes by price per person, and the value at every load where its slope can change."""
    price = part.cost[:, j] - multipliers
    others = np.arange(len(price)) != owner
    empty = others & (part.people == 0)
    sunk = price[owner] + np.minimum(price[empty], 0.0).sum()
    full = np.flatnonzero(others & (part.people > 0))
    full = full[np.argsort(price[full] / part.people[full], kind="stable")]
    load = part.people[owner] + np.concatenate([[0], np.cumsum(part.people[full])])
    worth = sunk + np.concatenate([[0.0], np.cumsum(price[full])])
    if load[0] > part.upper or load[-1] < part.lower:
        return float("inf")
    inner = [t for t in (part.lower, part.upper, part.target) if load[0] <= t <= load[-1]]
    loads = np.concatenate([load, np.array(inner, np.float64)])
    values = np.interp(loads, load, worth) + part.deviation * np.abs(loads - part.target)
    return float(values[(loads >= part.lower) & (loads <= part.upper)].min())


def bounds_by_number(part: Part, dual: Dual, k_min: int, k_max: int) -> tuple[float, ...]:
    """The bound for every number of neighbourhoods k_min..k_max, from the same multipliers."""
    best = _owner_best(part, dual.centre_value)
    return tuple(_total(dual.multipliers, best, k) for k in range(k_min, k_max + 1))


def fix(part: Part, dual: Dual, upper: float) -> tuple[Bools, Bools]:
    """Which candidates (c,) and pairs (n, c) a plan of value at most `upper` may still use.

    False is a proof: no plan with part.k neighbourhoods and value <= upper has that centre, or that node with it.
    """
    n, c = part.cost.shape
    if not np.isfinite(dual.value):
        return np.zeros(c, np.bool_), np.zeros((n, c), np.bool_)
    limit = upper + 1e-9 * abs(upper)
    best = _owner_best(part, dual.centre_value)
    order = np.argsort(best, kind="stable")
    leaves = np.full(n, best[order[part.k - 1]])
    leaves[order[: part.k]] = best[order[: part.k]]
    with_centre = dual.value + dual.centre_value - leaves[part.owner]
    centre_ok = with_centre <= limit
    extra = part.cost - dual.multipliers[:, None] - part.people[:, None] * dual.critical[None, :]
    pair_ok = (with_centre[None, :] + np.maximum(extra, 0.0) <= limit) & centre_ok[None, :]
    pair_ok &= part.people[:, None] + part.people[part.owner][None, :] <= part.upper
    for a, b in part.apart:
        pair_ok[a, part.owner == b] = False
        pair_ok[b, part.owner == a] = False
    pair_ok[part.owner, np.arange(c)] = centre_ok
    return centre_ok, pair_ok

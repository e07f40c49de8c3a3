# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The compiled bound of one case of a proof: only the pairs that survive, and limits on the centres in regions.

Pairs are given in columns as in `knapsack`. Regions are laminar and numbered so that `within[r] > r` is the
smallest one that holds region r; the last one holds everything. `home[v]` is the smallest region with node v.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from optimise.kernels.contiguity import join, prices, ways
from optimise.kernels.knapsack import add_members, centre_value, owner_best
from optimise.problem import Bools, Floats, Ints

AVERAGE_FROM = 1.0 / 3.0  # of the steps: what is chosen before that says little about the end
SHARE_FROM = 0.7
EVERY = 10  # of the steps of an ascent, one weighs all candidates
TURNS = 8  # of choosing the cheapest centres and joining what they take


@njit(cache=True, nogil=True)
def select(best, k, home, within, fewest, most, free, chosen):
    """The least sum of `best` over exactly k nodes with fewest[r]..most[r] of them in every region r; inf if none.

    free : a region in which one node costs nothing (-1: none). Without it, chosen[v] tells which nodes are taken. A
    dynamic programme over the regions: f[r, c] is the least sum with c nodes in region r.
    """
    n = len(best)
    regions = len(fewest)
    order = np.empty((regions, k), np.int64)
    held = np.zeros(regions, np.int64)
    for v in range(n):
        x = best[v]
        r = home[v]
        if not x < np.inf or (held[r] == k and not x < best[order[r, k - 1]]):
            continue
        z = held[r] if held[r] < k else k - 1
        while z > 0 and x < best[order[r, z - 1]]:
            order[r, z] = order[r, z - 1]
            z -= 1
        order[r, z] = v
        if held[r] < k:
            held[r] += 1
    f = np.empty((regions, k + 1))
    for r in range(regions):
        f[r, 0] = 0.0
        for c in range(k):
            f[r, c + 1] = f[r, c] + best[order[r, c]] if c < held[r] else np.inf
    if free >= 0:
        for c in range(k, 0, -1):
            f[free, c] = f[free, c - 1]
        f[free, 0] = np.inf
    taken = np.empty((regions, k + 1), np.int64)
    for r in range(regions):
        for c in range(k + 1):
            if c < fewest[r] or c > most[r]:
                f[r, c] = np.inf
        p = within[r]
        if p < 0:
            continue
        for c in range(k, -1, -1):
            least = np.inf
            inside = 0
            for a in range(c + 1):
                x = f[p, c - a] + f[r, a]
                if x < least:
                    least = x
                    inside = a
            f[p, c] = least
            taken[r, c] = inside
    total = f[regions - 1, k]
    if not total < np.inf or free >= 0:
        return total
    left = np.zeros(regions, np.int64)
    left[regions - 1] = k
    for r in range(regions - 2, -1, -1):
        left[r] = taken[r, left[within[r]]]
        left[within[r]] -= left[r]
    for v in range(n):
        chosen[v] = False
    for r in range(regions):
        for z in range(left[r]):
            chosen[order[r, z]] = True
    return total


class Question(NamedTuple):
    """A case in arrays: the pairs that are left in columns, people and rules, regions with limits, and who is beside
    whom (neighbours of node v: beside[begin[v]:begin[v + 1]])."""

    start: Ints
    rows: Ints
    price: Floats
    people: Floats
    scale: Floats
    owner: Ints
    k: int
    lower: float
    upper: float
    target: float
    deviation: float
    home: Ints
    within: Ints
    fewest: Ints
    most: Ints
    begin: Ints
    beside: Ints


class Work(NamedTuple):
    """What is known at some multipliers, and scratch.

    plain, critical : of each candidate, before contiguity counts. joined : what joining what it takes adds (-1 where it
    was not asked). value : both together. best, which, chosen : of each node.
    """

    plain: Floats
    critical: Floats
    joined: Floats
    value: Floats
    best: Floats
    which: Ints
    chosen: Bools
    ratio: Floats
    weight: Floats
    extra: Floats
    moat: Floats
    before: Floats
    piece: Ints
    stack: Ints
    came: Ints
    own: Floats
    nothing: Floats


@njit(cache=True, nogil=True)
def _work(n, c):
    return Work(
        np.empty(c), np.empty(c), np.empty(c), np.empty(c), np.empty(n), np.empty(n, np.int64), np.zeros(n, np.bool_),
        np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n), np.empty(n, np.int64), np.empty(n, np.int64),
        np.empty(n, np.int64), np.empty(n), np.empty(0),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _weigh(q, w, level, active):
    """The plain value and critical price of every candidate that is active; the others are out."""
    for j in range(len(q.owner)):
        w.joined[j] = -1.0
        w.value[j] = np.inf
        if active[j]:
            w.plain[j], w.critical[j] = centre_value(
                q.start, q.rows, q.price, level, q.people, j, q.owner[j], q.lower, q.upper, q.target, q.deviation,
                w.ratio, w.weight,
            )  # fmt: skip
            w.value[j] = w.plain[j]


@njit(cache=True, nogil=True)
def _joined(q, w, level, j, used):
    return join(
        q.start, q.rows, q.price, level, q.people, j, q.owner[j], w.critical[j], q.begin, q.beside, w.extra, w.moat,
        w.piece, w.stack, w.before, w.came, used,
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _choose(q, w, level):
    """The bound at these multipliers, as far as the active candidates go; the cheapest centres' nodes in `chosen`.

    What a candidate takes is joined only once it is chosen, and then it is chosen again: most never are.
    """
    owner_best(w.value, q.owner, w.best, w.which)
    total = 0.0
    for _ in range(TURNS):
        total = select(w.best, q.k, q.home, q.within, q.fewest, q.most, -1, w.chosen)
        raised = False
        if total < np.inf:
            for v in range(len(w.best)):
                j = w.which[v]
                if w.chosen[v] and w.joined[j] < 0.0:
                    w.joined[j] = _joined(q, w, level, j, w.nothing)
                    if w.joined[j] > 0.0:
                        w.value[j] += w.joined[j]
                        raised = True
        if not raised:
            break
        owner_best(w.value, q.owner, w.best, w.which)
    else:
        total = select(w.best, q.k, q.home, q.within, q.fewest, q.most, -1, w.chosen)
    for i in range(len(level)):
        total += level[i] * q.scale[i]
    return total


@njit(cache=True, nogil=True)
def _take(q, w, level, v):
    """Fill w.own[i] with the share of node i that the candidate chosen at node v takes."""
    j = w.which[v]
    for i in range(len(w.own)):
        w.own[i] = 0.0
    add_members(
        q.start, q.rows, q.price, level, q.people, j, v, q.lower, q.upper, q.target, q.deviation, w.critical[j], w.own
    )
    if w.joined[j] > 0.0:
        _joined(q, w, level, j, w.own)


@njit(cache=True, nogil=True)
def prove(q, level):
    """The bound of the case at these multipliers; inf where it holds no plan."""
    w = _work(len(q.people), len(q.owner))
    _weigh(q, w, level, np.ones(len(q.owner), np.bool_))
    return _choose(q, w, level)


@njit(cache=True, nogil=True)
def ascend(q, aim, enough, level, centred, shared, steps, first, last, inertia):
    """`steps` deflected subgradient steps of Polyak's length times a factor that falls from `first` to `last`.

    Changes `level` to the best one met, centred[v] to the average choice of node v as a centre and shared[v, i] to the
    average share of node i with it (a near optimal fractional solution), and returns the best bound; inf where the case
    holds no plan. Ends when `enough` is reached. All candidates are weighed at every `EVERY`th step, and only what is
    found there counts as a bound; between, only those that may come to be chosen.
    """
    n = len(q.people)
    c = len(q.owner)
    w = _work(n, c)
    active = np.ones(c, np.bool_)
    last_plain = np.empty(c)
    used = np.empty(n)
    way = np.zeros(n)
    best_level = level.copy()
    bound = -np.inf
    mass = 0.0
    late = 0.0
    for v in range(n):
        centred[v] = 0.0
        for i in range(n):
            shared[v, i] = 0.0
    for step in range(steps):
        whole = step % EVERY == 0 or step == 1 or step == steps - 1
        if whole:
            for j in range(c):
                active[j] = True
        _weigh(q, w, level, active)
        total = _choose(q, w, level)
        if not total < np.inf:
            if whole:
                bound = np.inf
                break
            for j in range(c):
                active[j] = True
            continue
        if whole:
            if total > bound:
                bound = total
                for i in range(n):
                    best_level[i] = level[i]
            if bound >= enough:
                break
            if step > 0:
                _narrow(w, last_plain, active, EVERY if step == 1 else 1)
            for j in range(c):
                last_plain[j] = w.plain[j]
        if step == int(AVERAGE_FROM * steps):
            mass = 0.0
            for v in range(n):
                centred[v] = 0.0
        averaged = step >= int(SHARE_FROM * steps)
        ahead = aim - total
        norm = 0.0
        for i in range(n):
            used[i] = 0.0
        for v in range(n):
            if w.chosen[v]:
                _take(q, w, level, v)
                for i in range(n):
                    used[i] += w.own[i]
                if averaged:
                    for i in range(n):
                        shared[v, i] += w.own[i]
        for i in range(n):
            way[i] = inertia * way[i] + (1.0 - inertia) * (1.0 - used[i])
            norm += q.scale[i] * way[i] * way[i]
        if norm < 1e-9 or ahead <= 0.0:
            break
        length = first * (last / first) ** (step / steps) * ahead / norm
        mass += 1.0
        late += 1.0 if averaged else 0.0
        for v in range(n):
            if w.chosen[v]:
                centred[v] += 1.0
        for i in range(n):
            level[i] += length * way[i]
    for i in range(n):
        level[i] = best_level[i]
    for v in range(n):
        centred[v] = centred[v] / mass if mass > 0.0 else (1.0 if w.chosen[v] else 0.0)
        for i in range(n):
            shared[v, i] = shared[v, i] / late if late > 0.0 else 0.0
    return bound


@njit(cache=True, nogil=True)
def _narrow(w, last_plain, active, times):
    """Leave active what may be chosen soon: what lies no further from a choice than half of what any value moved."""
    moved = 0.0
    cutoff = -np.inf
    for j in range(len(active)):
        if w.plain[j] < np.inf and last_plain[j] < np.inf:
            moved = max(moved, abs(w.plain[j] - last_plain[j]))
    for v in range(len(w.best)):
        if w.chosen[v]:
            cutoff = max(cutoff, w.best[v])
    for j in range(len(active)):
        active[j] = w.plain[j] <= cutoff + 0.5 * times * moved


@njit(cache=True, nogil=True)
def fix(q, level, cutoff, keep):
    """Set keep[z] where a plan of this case worth at most `cutoff` may still use pair z; returns the bound.

    What a candidate holds is connected: to take node i it takes all nodes on some way to it.
    """
    n = len(q.people)
    c = len(q.owner)
    w = _work(n, c)
    _weigh(q, w, level, np.ones(c, np.bool_))
    for j in range(c):
        if w.plain[j] < np.inf:
            w.joined[j] = _joined(q, w, level, j, w.nothing)
            w.value[j] += w.joined[j]
    total = _choose(q, w, level)
    base = 0.0
    for i in range(n):
        base += level[i] * q.scale[i]
    spare = np.zeros(n, np.bool_)
    forced = np.empty(len(q.fewest))
    for r in range(len(q.fewest)):
        forced[r] = base + select(w.best, q.k, q.home, q.within, q.fewest, q.most, r, spare)
    cost = np.empty(n)
    for j in range(c):
        o = q.owner[j]
        others = total - w.best[o] if w.chosen[o] else forced[q.home[o]]
        for z in range(q.start[j], q.start[j + 1]):
            keep[z] = False
        if not others + w.value[j] <= cutoff:
            continue
        prices(q.start, q.rows, q.price, level, q.people, j, o, w.critical[j], w.extra, w.moat)
        ways(q.begin, q.beside, w.moat, o, cost, w.stack, cutoff - others - w.plain[j])
        for z in range(q.start[j], q.start[j + 1]):
            keep[z] = cost[q.rows[z]] < np.inf
    return total


@njit(cache=True, nogil=True)
def connect(allowed, owner, begin, beside):
    """Take from allowed[j] (c, n) what cannot be reached from the owner of j without leaving it."""
    c, n = allowed.shape
    seen = np.zeros(n, np.bool_)
    stack = np.empty(n, np.int64)
    for j in range(c):
        for i in range(n):
            seen[i] = False
        height = 0
        if allowed[j, owner[j]]:
            seen[owner[j]] = True
            stack[0] = owner[j]
            height = 1
        while height > 0:
            height -= 1
            u = stack[height]
            for q in range(begin[u], begin[u + 1]):
                v = beside[q]
                if allowed[j, v] and not seen[v]:
                    seen[v] = True
                    stack[height] = v
                    height += 1
        for i in range(n):
            allowed[j, i] = seen[i]

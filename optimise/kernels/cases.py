# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The compiled bound of one case of a proof: only the pairs that survive, and limits on the centres in regions.

Pairs are given in columns as in `knapsack`. Regions are laminar and numbered so that `within[r] > r` is the
smallest one that holds region r; the last one holds everything. `home[v]` is the smallest region with node v.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from optimise.kernels.knapsack import add_members, centre_values, owner_best

AVERAGE_FROM = 1.0 / 3.0  # of the steps: what is chosen before that says little about the end
SHARE_FROM = 0.7
INERTIA = 0.9


@njit(cache=True)
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


@njit(cache=True)
def ascend(
    start, rows, price, people, scale, owner, k, lower, upper, target, deviation, home, within, fewest, most,
    aim, enough, level, centred, shared, steps, first, last,
):  # fmt: skip
    """`steps` deflected subgradient steps of Polyak's length times a factor that falls from `first` to `last`.

    Changes `level` to the best one met, centred[v] to the average choice of node v as a centre and shared[v, i] to the
    average share of node i with it (a near optimal fractional solution), and returns the best bound; inf where the case
    holds no plan. Ends when `enough` is reached.
    """
    n = len(people)
    c = len(owner)
    value = np.empty(c)
    critical = np.empty(c)
    ratio = np.empty(n)
    weight = np.empty(n)
    best = np.empty(n)
    which = np.empty(n, np.int64)
    chosen = np.zeros(n, np.bool_)
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
        centre_values(
            start, rows, price, level, people, owner, lower, upper, target, deviation, value, critical, ratio, weight
        )
        owner_best(value, owner, best, which)
        total = select(best, k, home, within, fewest, most, -1, chosen)
        if not total < np.inf:
            bound = np.inf
            break
        for i in range(n):
            total += level[i] * scale[i]
        if total > bound:
            bound = total
            for i in range(n):
                best_level[i] = level[i]
        if bound >= enough:
            break
        for i in range(n):
            used[i] = 0.0
        for v in range(n):
            if chosen[v]:
                j = which[v]
                add_members(start, rows, price, level, people, j, v, lower, upper, target, deviation, critical[j], used)
        norm = 0.0
        for i in range(n):
            way[i] = INERTIA * way[i] + (1.0 - INERTIA) * (1.0 - used[i])
            norm += scale[i] * way[i] * way[i]
        if norm < 1e-9:
            break
        length = first * (last / first) ** (step / steps) * (aim - total) / norm
        if step == int(AVERAGE_FROM * steps):
            mass = 0.0
            for v in range(n):
                centred[v] = 0.0
        mass += length
        for v in range(n):
            if chosen[v]:
                centred[v] += length
        if step >= int(SHARE_FROM * steps):
            late += length
            for v in range(n):
                if chosen[v]:
                    for i in range(n):
                        used[i] = 0.0
                    j = which[v]
                    add_members(
                        start, rows, price, level, people, j, v, lower, upper, target, deviation, critical[j], used
                    )
                    for i in range(n):
                        shared[v, i] += length * used[i]
        for i in range(n):
            level[i] += length * way[i]
    for i in range(n):
        level[i] = best_level[i]
    for v in range(n):
        centred[v] = centred[v] / mass if mass > 0.0 else (1.0 if chosen[v] else 0.0)
        for i in range(n):
            shared[v, i] = shared[v, i] / late if late > 0.0 else 0.0
    return bound


@njit(cache=True)
def fix(
    start, rows, price, level, people, scale, owner, k, lower, upper, target, deviation, home, within, fewest, most,
    cutoff, keep,
):  # fmt: skip
    """Set keep[q] where a plan of this case worth at most `cutoff` may still use pair q; returns the bound."""
    n = len(people)
    c = len(owner)
    value = np.empty(c)
    critical = np.empty(c)
    best = np.empty(n)
    which = np.empty(n, np.int64)
    chosen = np.zeros(n, np.bool_)
    centre_values(
        start, rows, price, level, people, owner, lower, upper, target, deviation, value, critical,
        np.empty(n), np.empty(n),
    )  # fmt: skip
    owner_best(value, owner, best, which)
    total = 0.0
    for i in range(n):
        total += level[i] * scale[i]
    forced = np.empty(len(fewest))
    for r in range(len(fewest)):
        forced[r] = total + select(best, k, home, within, fewest, most, r, chosen)
    total += select(best, k, home, within, fewest, most, -1, chosen)
    for j in range(c):
        o = owner[j]
        with_centre = total + value[j] - best[o] if chosen[o] else forced[home[o]] + value[j]
        for q in range(start[j], start[j + 1]):
            i = rows[q]
            p = people[i]
            r = price[q] - level[i]
            more = p * (r - critical[j]) if p > 0.0 else r
            if i == o:
                more = 0.0
            keep[q] = with_centre + max(more, 0.0) <= cutoff
    return total


@njit(cache=True)
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

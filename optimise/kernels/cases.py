# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The compiled bound of one case of a proof: only the pairs that survive, and limits on the centres in regions.

Column j of the surviving pairs is rows[start[j]:start[j + 1]] with prices in kilometres a person (the bare cost where a
node has nobody); a candidate that is out has none. Regions are laminar and numbered so that `within[r] > r` is the
smallest one that holds region r; the last one holds everything. `home[v]` is the smallest region with node v.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from optimise.kernels.knapsack import _fill

AVERAGE_FROM = 1.0 / 3.0  # of the steps: what is chosen before that says little about the end
INERTIA = 0.9


@njit(cache=True)
def centre_values(start, rows, price, level, people, owner, lower, upper, target, deviation, value, critical, ratio, weight):
    """Fill value[j] (inf where no load in band is possible) and critical[j] for every candidate centre j."""
    for j in range(len(owner)):
        value[j] = np.inf
        critical[j] = 0.0
        if start[j] == start[j + 1]:
            continue
        o = owner[j]
        base = people[o]
        sunk = 0.0
        load0 = base
        load1 = base
        v0 = 0.0
        v1 = 0.0
        total = base
        for q in range(start[j], start[j + 1]):
            i = rows[q]
            r = price[q] - level[i]
            p = people[i]
            if i == o:
                sunk = p * r if p > 0.0 else r
            elif p > 0.0:
                if r < deviation:
                    load1 += p
                    v1 += p * r
                    if r < -deviation:
                        load0 += p
                        v0 += p * r
                else:
                    total += p
            elif r < 0.0:
                v0 += r
                v1 += r
        v0 += sunk
        v1 += sunk
        total += load1 - base
        if base > upper or total < lower:
            continue
        if load0 >= target and load0 <= upper:
            value[j] = v0 + deviation * (load0 - target)
            critical[j] = -deviation
            continue
        if load1 <= target and load1 >= lower:
            value[j] = v1 + deviation * (target - load1)
            critical[j] = deviation
            continue
        worth = v0
        begin = load0
        goal = target
        least = -deviation
        most = deviation
        if load0 > upper:
            worth = sunk
            begin = base
            goal = upper
            least = -np.inf
            most = -deviation
        elif load1 < lower:
            worth = v1
            begin = load1
            goal = lower
            least = deviation
            most = np.inf
        count = 0
        for q in range(start[j], start[j + 1]):
            i = rows[q]
            if i == o:
                continue
            r = price[q] - level[i]
            if people[i] > 0.0:
                if r >= least and r < most:
                    ratio[count] = r
                    weight[count] = people[i]
                    count += 1
            elif load0 > upper and r < 0.0:
                worth += r
        filled, last = _fill(ratio, weight, count, goal - begin)
        value[j] = worth + filled + deviation * abs(goal - target)
        critical[j] = last


@njit(cache=True)
def add_members(start, rows, price, level, people, j, o, lower, upper, target, deviation, cut, used):
    """Add to used[i] the share of node i that centre j takes at the critical price `cut`."""
    load = people[o]
    used[o] += 1.0
    ties = 0
    for q in range(start[j], start[j + 1]):
        i = rows[q]
        if i == o:
            continue
        r = price[q] - level[i]
        if people[i] > 0.0:
            if r < cut:
                used[i] += 1.0
                load += people[i]
            elif r == cut:
                ties += 1
        elif r < 0.0:
            used[i] += 1.0
    if ties == 0:
        return
    if cut < -deviation:
        room = upper - load
    elif cut > deviation or (cut == deviation and load < lower):
        room = lower - load
    elif cut == -deviation and load >= target:
        room = 0.0
    else:
        room = target - load
    for q in range(start[j], start[j + 1]):
        if room <= 0.0:
            break
        i = rows[q]
        if i != o and people[i] > 0.0 and price[q] - level[i] == cut:
            share = min(people[i], room)
            used[i] += share / people[i]
            room -= share


@njit(cache=True)
def select(best, k, home, within, fewest, most, free, chosen):
    """The least sum of `best` over exactly k nodes with fewest[r]..most[r] of them in every region r; inf if none.

    free : a region in which one node costs nothing (-1: none). Without it, chosen[v] tells which nodes are taken. A
    dynamic programme over the regions: f[r, c] is the least sum with c nodes in region r.
    """
    n = len(best)
    regions = len(fewest)
    order = np.argsort(best, kind="mergesort")
    f = np.full((regions, k + 1), np.inf)
    held = np.zeros(regions, np.int64)
    f[:, 0] = 0.0
    for z in range(n):
        v = order[z]
        r = home[v]
        if held[r] < k and best[v] < np.inf:
            f[r, held[r] + 1] = f[r, held[r]] + best[v]
            held[r] += 1
    if free >= 0:
        for c in range(k, 0, -1):
            f[free, c] = f[free, c - 1]
        f[free, 0] = np.inf
    taken = np.zeros((regions, k + 1), np.int64)
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
    for z in range(n):
        v = order[z]
        r = home[v]
        chosen[v] = left[r] > 0
        if left[r] > 0:
            left[r] -= 1
    return total


@njit(cache=True)
def best_of_owner(value, owner, best, which):
    """The best candidate of every node: best[v] (inf where none), which[v] (-1)."""
    for v in range(len(best)):
        best[v] = np.inf
        which[v] = -1
    for j in range(len(owner)):
        if value[j] < best[owner[j]]:
            best[owner[j]] = value[j]
            which[owner[j]] = j


@njit(cache=True)
def ascend(
    start, rows, price, people, scale, owner, k, lower, upper, target, deviation, home, within, fewest, most,
    aim, enough, level, centred, steps, first, last,
):  # fmt: skip
    """`steps` deflected subgradient steps of Polyak's length times a factor that falls from `first` to `last`.

    Changes `level` to the best one met and `centred` to the average choice of centres (a near optimal fractional
    solution), and returns the best bound; inf where the case holds no plan. Ends when `enough` is reached.
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
    centred[:] = 0.0
    for step in range(steps):
        centre_values(
            start, rows, price, level, people, owner, lower, upper, target, deviation, value, critical, ratio, weight
        )
        best_of_owner(value, owner, best, which)
        total = select(best, k, home, within, fewest, most, -1, chosen)
        if not total < np.inf:
            bound = np.inf
            break
        for i in range(n):
            total += level[i] * scale[i]
        if total > bound:
            bound = total
            best_level[:] = level
        if bound >= enough:
            break
        used[:] = 0.0
        for v in range(n):
            if chosen[v]:
                j = which[v]
                add_members(
                    start, rows, price, level, people, j, v, lower, upper, target, deviation, critical[j], used
                )
        norm = 0.0
        for i in range(n):
            way[i] = INERTIA * way[i] + (1.0 - INERTIA) * (1.0 - used[i])
            norm += scale[i] * way[i] * way[i]
        if norm < 1e-9:
            break
        length = first * (last / first) ** (step / steps) * (aim - total) / norm
        if step == int(AVERAGE_FROM * steps):
            mass = 0.0
            centred[:] = 0.0
        mass += length
        for v in range(n):
            if chosen[v]:
                centred[v] += length
        for i in range(n):
            level[i] += length * way[i]
    level[:] = best_level
    if mass > 0.0:
        centred /= mass
    else:
        for v in range(n):
            centred[v] = 1.0 if chosen[v] else 0.0
    return bound


@njit(cache=True)
def fix(
    start, rows, price, level, people, scale, owner, k, lower, upper, target, deviation, home, within, fewest, most,
    cutoff, keep,
):  # fmt: skip
    """Set keep[q] where a plan of this case with a value of at most `cutoff` may still use pair q; returns the bound."""
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
    best_of_owner(value, owner, best, which)
    total = (level * scale).sum()
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

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""The compiled bound: for every candidate centre the best fractional neighbourhood in band under given multipliers.

Column j of the pairs that are allowed is rows[start[j]:start[j + 1]], its prices before multipliers alike in `price`:
kilometres (cost / people) where the node has people, the bare cost where it has none; a candidate that is out has no
column. `level` holds multipliers in the same unit, so that price - level is what one person of that node costs. All
targets are inside the band; see optimise/proving/bound.py for the mathematics.
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _fill(ratio, weight, count, room):
    """Value of filling exactly `room` with the cheapest of ratio[:count] (sum of weights >= room), and the last ratio.

    Weighted quickselect; reorders its input.
    """
    value = 0.0
    low = 0
    high = count
    last = 0.0
    while room > 0.0 and high > low:
        x = ratio[low]
        y = ratio[(low + high) // 2]
        z = ratio[high - 1]
        pivot = max(min(x, y), min(max(x, y), z))
        a = low
        m = low
        b = high
        below = 0.0
        worth = 0.0
        equal = 0.0
        while m < b:
            q = ratio[m]
            if q < pivot:
                w = weight[m]
                below += w
                worth += w * q
                ratio[m], weight[m] = ratio[a], weight[a]
                ratio[a], weight[a] = q, w
                a += 1
                m += 1
            elif q > pivot:
                b -= 1
                w = weight[m]
                ratio[m], weight[m] = ratio[b], weight[b]
                ratio[b], weight[b] = q, w
            else:
                equal += weight[m]
                m += 1
        if below >= room:
            high = a
            continue
        value += worth
        room -= below
        last = pivot
        if equal >= room:
            return value + room * pivot, pivot
        value += equal * pivot
        room -= equal
        low = b
    return value, last


@njit(cache=True, nogil=True)
def centre_value(start, rows, price, level, people, j, o, lower, upper, target, deviation, ratio, weight):
    """(value, critical price) of candidate j owned by node o; (inf, 0) where no load in band is possible."""
    if start[j] == start[j + 1]:
        return np.inf, 0.0
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
        return np.inf, 0.0
    if load0 >= target and load0 <= upper:
        return v0 + deviation * (load0 - target), -deviation
    if load1 <= target and load1 >= lower:
        return v1 + deviation * (target - load1), deviation
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
    return worth + filled + deviation * abs(goal - target), last


@njit(cache=True, nogil=True)
def centre_values(
    start, rows, price, level, people, owner, lower, upper, target, deviation, value, critical, ratio, weight
):
    """Fill value[j] (inf where no load in band is possible) and critical[j] for every candidate centre j."""
    for j in range(len(owner)):
        value[j], critical[j] = centre_value(
            start, rows, price, level, people, j, owner[j], lower, upper, target, deviation, ratio, weight
        )


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def owner_best(value, owner, best, which):
    """The best candidate of every node: best[v] (inf where none), which[v] (-1)."""
    for v in range(len(best)):
        best[v] = np.inf
        which[v] = -1
    for j in range(len(owner)):
        if value[j] < best[owner[j]]:
            best[owner[j]] = value[j]
            which[owner[j]] = j


@njit(cache=True, nogil=True)
def smallest(best, k, chosen):
    """Nodes of the k smallest values in ascending order, ties by index; returns the sum of the values."""
    held = 0
    for v in range(len(best)):
        b = best[v]
        if held == k and not b < best[chosen[k - 1]]:
            continue
        z = held if held < k else k - 1
        while z > 0 and b < best[chosen[z - 1]]:
            chosen[z] = chosen[z - 1]
            z -= 1
        chosen[z] = v
        if held < k:
            held += 1
    total = 0.0
    for z in range(k):
        total += best[chosen[z]]
    return total


@njit(cache=True, nogil=True)
def ascend(
    start,
    rows,
    price,
    people,
    scale,
    owner,
    k,
    lower,
    upper,
    target,
    deviation,
    aim,
    level,
    best_level,
    way,
    progress,
    steps,
    patience,
    decay,
    inertia,
):
    """`steps` deflected subgradient steps of Polyak's length towards `aim`; changes level, best_level, way, progress.

    progress : best bound, step factor, steps without gain, steps made, 1 when no further gain is to be had.
    """
    n = len(people)
    c = len(owner)
    value = np.empty(c)
    critical = np.empty(c)
    ratio = np.empty(n)
    weight = np.empty(n)
    best = np.empty(n)
    which = np.empty(n, np.int64)
    chosen = np.empty(k, np.int64)
    used = np.empty(n)
    for _ in range(steps):
        progress[3] += 1.0
        centre_values(
            start, rows, price, level, people, owner, lower, upper, target, deviation, value, critical, ratio, weight
        )
        owner_best(value, owner, best, which)
        total = smallest(best, k, chosen)
        if not total < np.inf:
            progress[4] = 1.0
            return
        for i in range(n):
            total += level[i] * scale[i]
        progress[2] += 1.0
        if total > progress[0] + 1e-9 * abs(progress[0]):
            if total > progress[0] + 2e-5 * abs(progress[0]):
                progress[2] = 0.0
            progress[0] = total
            for i in range(n):
                best_level[i] = level[i]
        if progress[2] > patience:
            progress[1] *= decay
            progress[2] = 0.0
            for i in range(n):
                level[i] = best_level[i]
                way[i] = 0.0
            # the step is then taken from the best point, so its own values are needed
            centre_values(
                start,
                rows,
                price,
                level,
                people,
                owner,
                lower,
                upper,
                target,
                deviation,
                value,
                critical,
                ratio,
                weight,
            )
            owner_best(value, owner, best, which)
            total = smallest(best, k, chosen)
            for i in range(n):
                total += level[i] * scale[i]
        for i in range(n):
            used[i] = 0.0
        for z in range(k):
            j = which[chosen[z]]
            add_members(
                start, rows, price, level, people, j, owner[j], lower, upper, target, deviation, critical[j], used
            )
        norm = 0.0
        for i in range(n):
            way[i] = inertia * way[i] + (1.0 - inertia) * (1.0 - used[i])
            norm += scale[i] * way[i] * way[i]
        if norm < 1e-9 or progress[1] < 1e-3 or aim - total <= 1e-9 * abs(aim):
            progress[4] = 1.0
            return
        step = progress[1] * (aim - total) / norm
        for i in range(n):
            level[i] += step * way[i]

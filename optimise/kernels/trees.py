# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""Random numbers and random spanning trees, compiled.

Random numbers are xorshift64* on `rng[0]`, so that a seed gives the same on every machine.
"""

from __future__ import annotations

import numpy as np
from numba import njit

_S12, _S25, _S27, _S32 = (np.uint64(b) for b in (12, 25, 27, 32))
_MULTIPLIER = np.uint64(0x2545F4914F6CDD1D)


@njit(cache=True, nogil=True)
def draw(rng):
    """64 random bits; the upper ones are the good ones."""
    x = rng[0]
    x ^= x >> _S12
    x ^= x << _S25
    x ^= x >> _S27
    rng[0] = x
    return x * _MULTIPLIER


@njit(cache=True, nogil=True)
def draw_below(rng, bound):
    """A random integer in [0, bound), bound < 2**31."""
    return np.int64(((draw(rng) >> _S32) * np.uint64(bound)) >> _S32)


@njit(cache=True, nogil=True)
def random_tree(ptr, adj, people, rng, nodes, local, tree, bond, count):
    """A random spanning tree of nodes[:count] by Kruskal over edges in random order; `local` holds their positions.

    Leaves rows of `tree`: 0 the positions from the root outward, 1 the parent of each position, 2 and 3 the people and
    the nodes at or below it. Returns the people of all, or -1 where the nodes are not connected.
    """
    order = tree[0]
    up = tree[1]
    root = tree[2]
    start = tree[3]
    fill = tree[4]
    near = tree[5]
    bonds = 0
    for a in range(count):
        root[a] = a
        start[a] = 0
        v = nodes[a]
        for q in range(ptr[v], ptr[v + 1]):
            b = local[adj[q]]
            if b > a:
                bond[0, bonds] = a
                bond[1, bonds] = b
                bonds += 1
    kept = 0
    left = bonds
    while kept < count - 1 and left > 0:
        q = draw_below(rng, left)
        a = bond[0, q]
        b = bond[1, q]
        left -= 1
        bond[0, q], bond[1, q] = bond[0, left], bond[1, left]
        x = a
        y = b
        while root[x] != x:
            root[x] = root[root[x]]
            x = root[x]
        while root[y] != y:
            root[y] = root[root[y]]
            y = root[y]
        if x != y:
            root[x] = y
            # kept edges are parked behind those not yet drawn: slot `bonds - 1 - kept` is at or above `left`
            z = bonds - 1 - kept
            bond[0, z], bond[1, z] = a, b
            start[a] += 1
            start[b] += 1
            kept += 1
    total = 0
    for a in range(count):
        step = start[a]
        start[a] = total
        fill[a] = total
        total += step
    for z in range(bonds - kept, bonds):
        a = bond[0, z]
        b = bond[1, z]
        near[fill[a]] = b
        fill[a] += 1
        near[fill[b]] = a
        fill[b] += 1
    order[0] = draw_below(rng, count)
    up[order[0]] = -1
    done = 1
    for h in range(count):
        a = order[h]
        for q in range(start[a], fill[a]):
            b = near[q]
            if b != up[a]:
                up[b] = a
                order[done] = b
                done += 1
    if done < count:
        return -1
    weight = root
    under = start
    for a in range(count):
        weight[a] = people[nodes[a]]
        under[a] = 1
    for h in range(count - 1, 0, -1):
        a = order[h]
        weight[up[a]] += weight[a]
        under[up[a]] += under[a]
    return weight[order[0]]


@njit(cache=True, nogil=True)
def mark_branch(tree, count, top):
    """Row 4 of `tree`: 1 for positions at or below `top`, else 0."""
    order = tree[0]
    up = tree[1]
    inside = tree[4]
    for z in range(count):
        a = order[z]
        inside[a] = 1 if a == top or (z > 0 and inside[up[a]] == 1) else 0

# mypy: disable-error-code="no-untyped-def, no-untyped-call, untyped-decorator"
"""Contiguity in the compiled bound: what it costs one candidate centre to be joined to what it takes.

At the critical price mu_j of its load (optimise/proving/bound.py) node i costs candidate j

    e_i = c_ij - lambda_i - mu_j p_i        (infinite where the pair is out),

and j takes what is below 0. Let K be a piece of such nodes that does not touch the piece of j's owner, worth
pi_K = - sum of e_i in K. A connected neighbourhood either leaves all of K, and is pi_K dearer, or holds a way from K to
the owner, and pays max(0, e_i) on it. So it is at least

    r_K = min(pi_K, the cheapest way from K to the owner's piece)

dearer. For several pieces the sum of such r_K holds where no node pays twice: K keeps what its way may cost, up to
r_K, within the nodes nearer than r_K, and the next piece sees what is left of them (a packing of moats).
"""

from __future__ import annotations

import numpy as np
from numba import njit

FREE = 0
OWN = -1


@njit(cache=True, nogil=True)
def prices(start, rows, price, level, people, j, o, cut, extra, weight):
    """Fill extra[i] = e_i of candidate j owned by node o (inf where the pair is out) and weight[i] = max(0, e_i)."""
    for i in range(len(extra)):
        extra[i] = np.inf
    for q in range(start[j], start[j + 1]):
        i = rows[q]
        r = price[q] - level[i]
        p = people[i]
        extra[i] = p * (r - cut) if p > 0.0 else r
    extra[o] = min(extra[o], 0.0)
    for i in range(len(extra)):
        weight[i] = extra[i] if extra[i] > 0.0 else 0.0


@njit(cache=True, nogil=True)
def spread(begin, beside, extra, node, name, piece, stack):
    """Give piece[i] = name to every node that is reached from `node` through nodes below 0; returns their worth."""
    worth = 0.0
    piece[node] = name
    stack[0] = node
    height = 1
    while height > 0:
        height -= 1
        u = stack[height]
        if name != OWN:
            worth -= extra[u]
        for q in range(begin[u], begin[u + 1]):
            v = beside[q]
            if piece[v] == FREE and extra[v] < 0.0:
                piece[v] = name
                stack[height] = v
                height += 1
    return worth


@njit(cache=True, nogil=True)
def join(start, rows, price, level, people, j, o, cut, begin, beside, extra, weight, piece, stack, before, came, used):
    """What joining adds to the value of candidate j, person-km; changes used[i], where it is not empty, to what is then
    taken: a piece that is not worth its way is left, for another the way is taken too.

    used : the shares that j takes at the critical price. The other arrays are scratch (n,).
    """
    n = len(extra)
    prices(start, rows, price, level, people, j, o, cut, extra, weight)
    for i in range(n):
        piece[i] = FREE
    spread(begin, beside, extra, o, OWN, piece, stack)
    gain = 0.0
    name = 0
    for first in range(n):
        if piece[first] != FREE or not extra[first] < 0.0:
            continue
        name += 1
        worth = spread(begin, beside, extra, first, name, piece, stack)
        reached, last = _moat(begin, beside, weight, piece, first, name, worth, before, came, stack)
        gain += reached
        if len(used) == 0:
            continue
        if last < 0:
            for i in range(n):
                if piece[i] == name:
                    used[i] = 0.0
        else:
            while piece[last] != name:
                used[last] = 1.0
                last = came[last]
    return gain


@njit(cache=True, nogil=True)
def _moat(begin, beside, weight, piece, first, name, worth, before, came, stack):
    """(r_K, the last node of the way or -1 where there is none worth it); takes from `weight` what the moat keeps.

    before[i] : weight of the nodes strictly between K and i. Dijkstra's, with the open nodes in `stack`.
    """
    for i in range(len(before)):
        before[i] = np.inf
    size = 0
    for i in range(len(piece)):
        if piece[i] == name:
            before[i] = 0.0
            came[i] = i
            stack[size] = i
            size += 1
    done = 0
    reached = worth
    last = -1
    while done < size:
        least = done
        for z in range(done + 1, size):
            if before[stack[z]] < before[stack[least]]:
                least = z
        u = stack[least]
        stack[least] = stack[done]
        stack[done] = u
        done += 1
        if before[u] >= worth:
            break
        if piece[u] == OWN:
            reached = before[u]
            last = came[u]
            break
        after = before[u] + weight[u]
        for q in range(begin[u], begin[u + 1]):
            v = beside[q]
            if after < before[v]:
                if before[v] == np.inf:
                    stack[size] = v
                    size += 1
                before[v] = after
                came[v] = u
    for z in range(size):
        v = stack[z]
        room = reached - before[v]
        if room > 0.0 and weight[v] > 0.0:
            weight[v] = weight[v] - room if weight[v] > room else 0.0
    return reached, last


@njit(cache=True, nogil=True)
def ways(begin, beside, weight, o, cost, stack, ahead):
    """Fill cost[i] with the least sum of weight on a way from node o to i, both ends included; inf where none."""
    n = len(cost)
    for i in range(n):
        cost[i] = np.inf
    cost[o] = 0.0
    size = 1
    stack[0] = o
    while size > 0:
        least = 0
        for z in range(1, size):
            if cost[stack[z]] < cost[stack[least]]:
                least = z
        u = stack[least]
        size -= 1
        stack[least] = stack[size]
        for q in range(begin[u], begin[u + 1]):
            v = beside[q]
            through = cost[u] + weight[v]
            if through <= ahead and through < cost[v]:
                if cost[v] == np.inf:
                    stack[size] = v
                    size += 1
                cost[v] = through

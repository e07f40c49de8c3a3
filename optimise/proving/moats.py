"""What contiguity adds to the price of a centre, in plain Python: a packing of moats.

At a price mu of load, node i costs candidate j e_i = c_ij - lambda_i - mu p_i, and the plain bound of
`optimise.proving.bound` lets j take all nodes below 0, wherever they lie. Let K be a piece of them that does not touch
the piece around j's owner, worth pi_K = - sum of e_i in K. A connected neighbourhood either leaves all of K, and is
pi_K dearer, or holds a way from K to the owner, and pays max(0, e_i) on each of its nodes. So every connected
neighbourhood of j is at least

    r_K = min(pi_K, the cheapest way from K to the piece around the owner)                                        (4)

dearer than the plain bound. For several pieces the sum of their r_K holds where no node pays twice: of max(0, e_i) a
piece keeps what lies within r_K of it, and the next one sees what is left. Moats are those of the dual ascent for
Steiner trees (Wong 1984; Goemans and Williamson 1995), on nodes instead of edges.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from optimise.contiguity import reach


def joining(extra: Sequence[float], near: Sequence[Sequence[int]], owner: int) -> float:
    """At least how much dearer, in person-km, a connected neighbourhood is than all nodes below 0: the sum of (4).

    extra : (n,) e_i, inf where the node may not be taken; the owner always is. near : the nodes beside each node.
    Pieces pay in the order of their first node.
    """
    below = {i for i, e in enumerate(extra) if e < 0 or i == owner}
    around = reach(owner, below, near)
    rest = below - around
    if not rest:
        return 0.0
    left = [max(0.0, e) for e in extra]
    left[owner] = 0.0
    gain = 0.0
    for first in sorted(rest):
        if first in rest:
            piece = reach(first, rest, near)
            rest -= piece
            gain += _moat(piece, around, left, near, -sum(extra[i] for i in sorted(piece)))
    return gain


def _moat(piece: set[int], around: set[int], left: list[float], near: Sequence[Sequence[int]], worth: float) -> float:
    """(4) for a piece; takes from `left` what it keeps."""
    before = dict.fromkeys(piece, 0.0)
    open_nodes = [(0.0, i) for i in sorted(piece)]
    done = set[int]()
    reached = worth
    while open_nodes:
        far, u = heapq.heappop(open_nodes)
        if u in done:
            continue
        if far >= worth:
            break
        if u in around:
            reached = far
            break
        done.add(u)
        for v in near[u]:
            if far + left[u] < before.get(v, float("inf")):
                before[v] = far + left[u]
                heapq.heappush(open_nodes, (before[v], v))
    for v, far in before.items():
        if far < reached:
            left[v] = max(0.0, left[v] - (reached - far)) if left[v] != float("inf") else left[v]
    return reached

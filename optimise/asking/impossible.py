"""Quick proofs that a part has no plan: counting people, and the fewest people that a connected neighbourhood needs.

Each is a necessary condition that takes milliseconds, and each says what it found in numbers, so that the answer "no"
comes with its reason:

counting    k neighbourhoods of L to U people hold the people of the part; no node has more than U.
clash       nodes that share a neighbourhood are not to be kept apart; no more than k are kept apart from one another.
enclosed    without the nodes that it is kept apart from, a locked group stays in one piece, of at least L people.
way         the lightest connected set that holds a locked group has at most U people (node-weighted Steiner tree, by
            the dynamic programme of Dreyfus and Wagner, Networks 1, 1971; for a large group, over some of its members,
            which is a lower bound).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from optimise.contiguity import neighbours, reach
from optimise.problem import Part

MOST_TERMINALS = 6


@dataclass(frozen=True)
class Proof:
    """Why there is no plan. nodes : those concerned. people : the number that does not fit `limit`; `needed` : the
    least maximum (greatest minimum, for kind "enclosed" and "too few") that this proof would let pass, 0 for none.
    """

    kind: str
    nodes: tuple[int, ...] = ()
    people: int = 0
    limit: int = 0
    needed: int = 0


@dataclass(frozen=True)
class Groups:
    """Nodes that must share a neighbourhood, and which groups may not meet.

    of : group of each node. members : nodes of each group. apart : groups that each group is kept apart from.
    """

    of: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    apart: tuple[frozenset[int], ...]

    def locked(self) -> list[int]:
        """Groups that a lock is about: of several nodes, or kept apart from another."""
        return [g for g, nodes in enumerate(self.members) if len(nodes) > 1 or self.apart[g]]

    def clique(self, people: Sequence[int]) -> list[int]:
        """Groups of which no two may share a neighbourhood: the largest set found greedily, many people first."""
        order = sorted(self.locked(), key=lambda g: (-len(self.apart[g]), -sum(people[i] for i in self.members[g]), g))
        best: list[int] = []
        for first in order[:12]:
            found = [first]
            found += [g for g in order if g not in found and all(g in self.apart[h] for h in [first])]
            kept = [first]
            for g in found[1:]:
                if all(g in self.apart[h] for h in kept):
                    kept.append(g)
            best = max(best, kept, key=len)
        return best


def groups_of(part: Part) -> Groups:
    """The groups that `part.together` makes, numbered by their first node."""
    n = len(part.people)
    graph = nx.Graph()
    graph.add_nodes_from(range(n))
    graph.add_edges_from(part.together.tolist())
    members = sorted(tuple(sorted(found)) for found in nx.connected_components(graph))
    of = {node: g for g, nodes in enumerate(members) for node in nodes}
    apart: list[set[int]] = [set() for _ in members]
    for a, b in part.apart.tolist():
        apart[of[a]].add(of[b])
        apart[of[b]].add(of[a])
    return Groups(tuple(of[i] for i in range(n)), tuple(members), tuple(frozenset(a) for a in apart))


def prove_by_counting(part: Part, groups: Groups, k: int) -> Proof | None:
    """Why `k` neighbourhoods cannot hold the people of the part, or what is kept apart; None where they might."""
    total = int(part.people.sum())
    if total > k * part.upper:
        return Proof("too many", people=total, limit=part.upper, needed=-(-total // k))
    if total < k * part.lower or k > len(part.people):
        return Proof("too few", people=total, limit=part.lower, needed=total // k)
    clique = groups.clique(part.people.tolist())
    if len(clique) > k:
        return Proof("clique", tuple(groups.members[g][0] for g in clique), len(clique))
    return None


def prove_by_shape(part: Part, groups: Groups, *, connected: bool = True) -> Proof | None:
    """The first of the other proofs that holds, whatever the number of neighbourhoods.

    `connected` false leaves out those about one piece.
    """
    people = part.people.tolist()
    for nodes in sorted(groups.members, key=lambda m: -sum(people[i] for i in m)):
        held = sum(people[i] for i in nodes)
        if held > part.upper:
            return Proof("too large", nodes, held, part.upper, held)
    for g, others in enumerate(groups.apart):
        if g in others:
            return Proof("clash", groups.members[g])
    if not connected:
        return None
    near = neighbours(part)
    worst: Proof | None = None
    for g in groups.locked():
        nodes = groups.members[g]
        within = reach(nodes[0], open_to(groups, g), near)
        if not within.issuperset(nodes):
            return Proof("parted", nodes)
        held = sum(people[i] for i in within)
        if held < part.lower:
            return Proof("enclosed", tuple(sorted(within)), held, part.lower, held)
        if len(nodes) > 1:
            least = lightest(people, near, nodes, within)
            if least > part.upper and (worst is None or least > worst.people):
                worst = Proof("way", nodes, least, part.upper, least)
    return worst


def open_to(groups: Groups, g: int) -> set[int]:
    """Nodes that may share a neighbourhood with group `g`."""
    return {i for i, own in enumerate(groups.of) if own not in groups.apart[g]}


def within_reach(part: Part, groups: Groups, g: int) -> set[int]:
    """Nodes that a neighbourhood with group `g` can hold at all: the way to any other has too many people."""
    people, near, nodes = part.people.tolist(), neighbours(part), set(groups.members[g])
    allowed = open_to(groups, g)
    free = [0 if i in nodes else p for i, p in enumerate(people)]
    base = sum(people[i] for i in nodes)
    inside, left = set(allowed), set(nodes)
    while left:
        piece = reach(min(left), left, near)
        left -= piece
        way = flood(dict.fromkeys(piece, 0), free, near, allowed)
        inside &= {i for i, more in way.items() if base + more <= part.upper}
    return inside


def lightest(people: Sequence[int], near: Sequence[Sequence[int]], nodes: Sequence[int], allowed: set[int]) -> int:
    """At least so many people has every connected set of `allowed` nodes that holds `nodes`.

    Exact for up to MOST_TERMINALS connected pieces of `nodes`; else of that many of them, far from one another.
    """
    inside = set(nodes)
    pieces: list[set[int]] = []
    while inside:
        pieces.append(reach(min(inside), inside, near))
        inside -= pieces[-1]
    base = sum(people[i] for i in nodes)
    if len(pieces) == 1:
        return base
    free = [0 if i in set(nodes) else p for i, p in enumerate(people)]  # what is held anyway costs nothing on the way
    reached = [flood(dict.fromkeys(piece, 0), free, near, allowed) for piece in pieces]
    chosen = [0]
    while len(chosen) < min(len(pieces), MOST_TERMINALS):
        rest = [t for t in range(len(pieces)) if t not in chosen]
        chosen.append(max(rest, key=lambda t: (min(reached[c].get(min(pieces[t]), 0) for c in chosen), -t)))
    return base + _steiner([reached[t] for t in chosen], min(pieces[chosen[-1]]), free, near, allowed)


def way_of(
    people: Sequence[int], near: Sequence[Sequence[int]], nodes: Sequence[int], allowed: set[int]
) -> set[int] | None:
    """A connected set of `allowed` nodes that holds `nodes`: piece by piece, each joined to the nearest by people.

    The lightest for two pieces, a light one for more. None where they cannot be joined.
    """
    if not allowed.issuperset(nodes):
        return None
    inside = reach(nodes[0], set(nodes), near)
    left = set(nodes) - inside
    while left:
        cost = [0 if i in inside or i in left else p for i, p in enumerate(people)]
        came: dict[int, int] = {}
        least = flood(dict.fromkeys(sorted(inside), 0), cost, near, allowed, came)
        met = [i for i in left if i in least]
        if not met:
            return None
        at = min(met, key=lambda i: (least[i], i))
        while at not in inside:
            inside.add(at)
            at = came[at]
        for i in sorted(left):
            if i in inside:
                inside |= reach(i, set(nodes), near)
        left -= inside
    return inside


def _steiner(
    reached: Sequence[dict[int, int]], root: int, free: Sequence[int], near: Sequence[Sequence[int]], allowed: set[int]
) -> int:
    """Least weight of a tree over the first of the terminals and `root`, a node of the last one."""
    terminals = len(reached) - 1
    best: dict[int, dict[int, int]] = {1 << t: reached[t] for t in range(terminals)}
    for subset in range(1, 1 << terminals):
        if subset in best:
            continue
        start: dict[int, int] = {}
        part = (subset - 1) & subset
        while part > subset ^ part:
            one, other = best[part], best[subset ^ part]
            for node, value in one.items():
                if node in other:
                    both = value + other[node] - free[node]
                    if both < start.get(node, both + 1):
                        start[node] = both
            part = (part - 1) & subset
        best[subset] = flood(start, free, near, allowed)
    return best[(1 << terminals) - 1].get(root, 0)


def flood(
    start: dict[int, int],
    free: Sequence[int],
    near: Sequence[Sequence[int]],
    allowed: set[int],
    came: dict[int, int] | None = None,
) -> dict[int, int]:
    """Least weight of a path from `start` (node -> weight so far) to every node, the node itself included.

    came : filled with the node before each on its path.
    """
    least = dict(start)
    queue = [(value, node) for node, value in sorted(start.items())]
    heapq.heapify(queue)
    while queue:
        value, node = heapq.heappop(queue)
        if value > least[node]:
            continue
        for other in near[node]:
            if other in allowed and value + free[other] < least.get(other, value + free[other] + 1):
                least[other] = value + free[other]
                if came is not None:
                    came[other] = node
                heapq.heappush(queue, (least[other], other))
    return least

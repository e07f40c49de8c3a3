"""Connected or not: components of an area, and the cuts that keep a neighbourhood in one piece."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import numpy as np

from optimise.problem import Bools, Ints, Part, Problem

Cut = tuple[int, int, tuple[int, ...]]


def components(problem: Problem, units: Ints) -> list[Ints]:
    """Connected components of `units`, each sorted, in the order of their first unit."""
    own = np.unique(units)
    place = np.full(len(problem.codes), -1, dtype=np.int64)
    place[own] = np.arange(len(own))
    a, b = place[problem.edges[:, 0]], place[problem.edges[:, 1]]
    kept = (a >= 0) & (b >= 0)
    near = _adjacent(len(own), np.column_stack([a[kept], b[kept]]))  # of these units only: a country has many nests
    left = set(range(len(own)))
    found = []
    while left:
        piece = reach(min(left), left, near)
        left -= piece
        found.append(own[sorted(piece)])
    return found


def neighbours(part: Part) -> list[list[int]]:
    """The nodes beside each node of a part."""
    return _adjacent(len(part.people), part.edges)


def _adjacent(n: int, edges: Ints) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(n)]
    for u, v in edges.tolist():
        found[u].append(v)
        found[v].append(u)
    return found


def reach(start: int, allowed: set[int], neighbours: Sequence[Sequence[int]]) -> set[int]:
    """The nodes of `allowed` that can be reached from `start` (itself included) without leaving it."""
    seen, stack = {start}, [start]
    while stack:
        for b in neighbours[stack.pop()]:
            if b in allowed and b not in seen:
                seen.add(b)
                stack.append(b)
    return seen


def pieces_of(units: Iterable[int], near: Sequence[Collection[int]]) -> list[list[int]]:
    """The connected parts of some units, each sorted, in the order of their first unit."""
    left, found = set(units), []
    while left:
        stack = [min(left)]
        left.discard(stack[0])
        piece = []
        while stack:
            unit = stack.pop()
            piece.append(unit)
            for other in near[unit]:
                if other in left:
                    left.discard(other)
                    stack.append(other)
        found.append(sorted(piece))
    return found


def beside(part: Part, pairs: Bools, neighbours: list[list[int]]) -> list[Cut]:
    """Cuts (9) for every node that does not touch the centre: one of its neighbours goes to that centre too."""
    owner = part.owner.tolist()
    found = np.argwhere(pairs).tolist()
    return [(i, j, tuple(neighbours[i])) for i, j in found if owner[j] != i and owner[j] not in neighbours[i]]


def pieces(part: Part, chosen: Ints, neighbours: list[list[int]]) -> list[tuple[int, Ints]]:
    """(centre, nodes) of every piece of a neighbourhood that is cut off from its centre."""
    pieces = []
    for j in np.unique(chosen).tolist():
        members = set(np.flatnonzero(chosen == j).tolist())
        rest = members - reach(int(part.owner[j]), members, neighbours)
        while rest:
            piece = reach(min(rest), rest, neighbours)
            rest -= piece
            pieces.append((j, np.array(sorted(piece), dtype=np.int64)))
    return pieces


def separators(
    part: Part, j: int, piece: Ints, chosen: Ints | None, neighbours: list[list[int]], pairs: Bools
) -> list[Cut]:
    """Cuts (9) for a cut-off piece: one separator close to the piece, one close to the centre, each minimal.

    They are stated for every node of the piece with this centre, and for its node of most people with every other
    surviving centre on the same side, since the next round would only move the centre next door.
    """
    assert chosen is not None  # noqa: S101 (for the type checker: pieces come from a choice)
    centre, inside, everyone = int(part.owner[j]), set(piece.tolist()), set(range(len(part.people)))
    members = set(np.flatnonzero(chosen == j).tolist())
    core = reach(centre, members, neighbours)
    around_piece = {b for a in inside for b in neighbours[a]} - inside
    side = reach(centre, everyone - around_piece - inside, neighbours)
    near_piece = {s for s in around_piece if any(b in side for b in neighbours[s])}
    around_core = {b for a in core for b in neighbours[a]} - core
    far = set().union(*(reach(a, everyone - around_core - core, neighbours) for a in inside))
    near_core = {s for s in around_core if any(b in far for b in neighbours[s])}
    heaviest = max(sorted(inside), key=lambda a: int(part.people[a]))
    owners = [int(o) for o in part.owner]
    cuts = []
    for separator, reached in ((near_piece, side), (near_core, core)):
        ordered = tuple(sorted(separator))
        cuts += [(a, j, ordered) for a in sorted(inside)]
        others = [int(h) for h in np.flatnonzero(pairs[heaviest]) if h != j and owners[int(h)] in reached & members]
        cuts += [(heaviest, h, ordered) for h in others]
    return cuts

"""Random small planar parts for Hypothesis: cells of a grid with some cells and borders taken away, people, pairs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import strategies as st

from optimise.problem import Part
from tests.small_parts import grid_edges, part_of


@st.composite
def parts(draw: st.DrawFn, *, pairs: bool = False, most: int = 9) -> Part:
    """A connected planar part of 2 to `most` nodes; some without people; sometimes several candidates for one node."""
    rows, columns = draw(st.sampled_from([(1, 5), (2, 3), (2, 4), (3, 3)]))
    cells = [(r, c) for r in range(rows) for c in range(columns)]
    gone = draw(st.lists(st.sampled_from(cells), max_size=3, unique=True))
    cells = _largest_piece([c for c in cells if c not in gone])[:most]
    if len(cells) < 2:
        cells = [(0, 0), (0, 1)]
    edges = grid_edges(cells)
    for edge in draw(st.lists(st.sampled_from(edges), max_size=3, unique=True)):
        fewer = [e for e in edges if e != edge]
        if _connected(len(cells), fewer):
            edges = fewer
    n = len(cells)
    people = draw(st.lists(st.sampled_from([0, 500, 1_000, 1_700, 2_500, 4_000]), min_size=n, max_size=n))
    k = draw(st.integers(1, min(4, n)))
    mean = max(1, sum(people) // k)
    lower = int(mean * draw(st.sampled_from([0.0, 0.5, 0.8, 0.95])))
    upper = int(mean * draw(st.sampled_from([1.05, 1.3, 2.0]))) + 1
    target = mean * draw(st.sampled_from([0.4, 1.0, 1.2, 3.0]))
    nudge = draw(st.lists(st.floats(-0.4, 0.4), min_size=2 * n, max_size=2 * n))
    points = [(r + nudge[2 * i], c + nudge[2 * i + 1]) for i, (r, c) in enumerate(cells)]
    two = st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)).filter(lambda ab: ab[0] != ab[1])
    together = draw(st.lists(two, max_size=1)) if pairs else []
    apart = draw(st.lists(two, max_size=2)) if pairs else []
    price = draw(st.sampled_from([0.0, 0.5, 2.0]))
    part = part_of(
        points, edges, people, k, lower, upper, target=target, deviation=price, together=together, apart=apart
    )
    if draw(st.booleans()):
        extra = draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3))
        shift = draw(st.lists(st.floats(-300.0, 300.0), min_size=len(extra), max_size=len(extra)))
        cost = np.column_stack([part.cost, *(np.abs(part.cost[:, v] + s) for v, s in zip(extra, shift, strict=True))])
        part = replace(
            part,
            cost=cost,
            owner=np.concatenate([part.owner, np.array(extra, dtype=np.int64)]),
            centre_unit=np.concatenate([part.centre_unit, np.array(extra, dtype=np.int64)]),
        )
    return part


def _connected(n: int, edges: list[tuple[int, int]]) -> bool:
    seen, stack = {0}, [0]
    while stack:
        v = stack.pop()
        for edge in edges:
            if v in edge:
                u = edge[0] + edge[1] - v
                if u not in seen:
                    seen.add(u)
                    stack.append(u)
    return len(seen) == n


def _largest_piece(cells: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The largest connected piece in an order in which every prefix is connected."""
    best: list[tuple[int, int]] = []
    for start in cells:
        seen = [start]
        for r, c in seen:
            seen += [x for x in ((r + 1, c), (r - 1, c), (r, c + 1), (r, c - 1)) if x in cells and x not in seen]
        if len(seen) > len(best):
            best = seen
    return best

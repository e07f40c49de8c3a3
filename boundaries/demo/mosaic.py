"""From points to polygons that share every vertex: Voronoi cells, labels on them, roughened edges, no gaps or slivers.

A *cell* is the Voronoi cell of one fine point. Units, MSOAs and wards are all unions of cells, so that their borders
are made of the same arcs. An edge between two cells is roughened inside the kite spanned by its ends and the two points
it divides; kites of different edges do not overlap, hence no two roughened edges can cross.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from boundaries.demo.kinds import Bools, Floats, Ints


@dataclass(frozen=True)
class Mosaic:
    """Cells of fine points and the edges between them.

    points : (n, 2) metres. left, right : (e,) cells on either side. arcs : flat coordinates (m, 2) of all edges, whole
    metres; arc_start : (e + 1,) where each begins. length : (e,) straight lengths in metres.
    """

    points: Floats
    left: Ints
    right: Ints
    arcs: Floats
    arc_start: Ints
    length: Floats

    def polygons(self, labels: Ints, count: int) -> list[shapely.Geometry]:
        """Union of the cells of each label 0..count-1; cells labelled below 0 lie outside."""
        a, b = labels[self.left], labels[self.right]
        edges = np.flatnonzero(a != b)
        owner = np.concatenate([a[edges], b[edges]])
        edge = np.concatenate([edges, edges])
        keep = owner >= 0
        owner, edge = owner[keep], edge[keep]
        order = np.lexsort([edge, owner])
        owner, edge = owner[order], edge[order]
        sizes = np.diff(self.arc_start)[edge]
        flat = np.repeat(self.arc_start[edge] - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) + np.arange(
            sizes.sum()
        )
        lines = shapely.linestrings(self.arcs[flat], indices=np.repeat(np.arange(len(edge)), sizes))
        groups = shapely.multilinestrings(lines, indices=owner)
        if len(groups) != count:
            raise ValueError(f"{count - len(groups)} of {count} areas have no cell")
        return list(shapely.orient_polygons(shapely.build_area(groups)))


def thin(points: Floats, least: float) -> Ints:
    """Indices of the points that keep `least` metres from every point kept before them."""
    cell = np.floor(points / least).astype(np.int64)
    kept: dict[tuple[int, int], list[int]] = {}
    result = []
    for place, (x, y) in enumerate(cell.tolist()):
        own = points[place]
        near = (other for i in (-1, 0, 1) for j in (-1, 0, 1) for other in kept.get((x + i, y + j), ()))
        if all((own[0] - points[o][0]) ** 2 + (own[1] - points[o][1]) ** 2 >= least * least for o in near):
            kept.setdefault((x, y), []).append(place)
            result.append(place)
    return np.array(result, dtype=np.int64)


def build(points: Floats, land: Bools, rough: Floats, rng: np.random.Generator) -> Mosaic:
    """The mosaic of the points (n, 2): only edges with land on at least one side are kept.

    rough : (n,) how much the edges of each point's cell wander, as a share of their length (about 0.1 to 0.2).
    """
    left, right, start, end = _voronoi_edges(points)
    keep = land[left] | land[right]
    left, right, start, end = left[keep], right[keep], start[keep], end[keep]
    length = np.hypot(*(end - start).T)
    arcs, arc_start = _roughen(points[left], start, end, length, np.minimum(rough[left], rough[right]), rng)
    fine = np.hypot(*np.diff(arcs[np.column_stack([arc_start[:-1], arc_start[1:] - 1])], axis=1)[:, 0].T) > 0
    sizes = np.diff(arc_start)
    flat = np.repeat(fine, sizes)
    arc_start = np.concatenate([[0], np.cumsum(sizes[fine])]).astype(np.int64)
    return Mosaic(points, left[fine], right[fine], arcs[flat], arc_start, length[fine])


def _voronoi_edges(points: Floats) -> tuple[Ints, Ints, Floats, Floats]:
    """Edges of the Voronoi diagram as (cell, cell, start, end), each once, sorted by its cells."""
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), ordered=True))
    xy, cell = shapely.get_coordinates(cells, return_index=True)
    grid = np.round(xy * 100).astype(np.int64)
    _, vertex = np.unique(grid[:, 0] * (1 << 32) + grid[:, 1], return_inverse=True)
    same = np.flatnonzero((cell[1:] == cell[:-1]) & (vertex[1:] != vertex[:-1]))
    low, high = np.minimum(vertex[same], vertex[same + 1]), np.maximum(vertex[same], vertex[same + 1])
    order = np.lexsort([cell[same], high, low])
    low, high, at = low[order], high[order], same[order]
    pair = np.flatnonzero((low[1:] == low[:-1]) & (high[1:] == high[:-1]))
    first, second = at[pair], at[pair + 1]
    left, right = cell[first].astype(np.int64), cell[second].astype(np.int64)
    final = np.lexsort([right, left])
    return left[final], right[final], np.round(xy[first], 2)[final], np.round(xy[first + 1], 2)[final]


def _roughen(
    centre: Floats, start: Floats, end: Floats, length: Floats, rough: Floats, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Fractal midpoint displacement of every edge inside its kite; whole metres; ends unmoved but for rounding."""
    along = end - start
    unit = along / np.maximum(length, 1e-9)[:, None]
    across = np.column_stack([-unit[:, 1], unit[:, 0]])
    to_centre = centre - start
    height = np.abs((to_centre * across).sum(axis=1))
    foot = (to_centre * unit).sum(axis=1) / np.maximum(length, 1e-9)
    rounds = np.clip(np.ceil(np.log2(np.maximum(length, 1) / 70)), 0, 4).astype(np.int64)
    sizes = (1 << rounds) + 1
    arc_start = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    arcs = np.empty((int(arc_start[-1]), 2))
    for level in range(5):
        which = np.flatnonzero(rounds == level)
        if not len(which):
            continue
        steps = 1 << level
        offset = np.zeros((len(which), steps + 1))
        for depth in range(level):
            gap = steps >> depth
            middle = np.arange(gap // 2, steps, gap)
            swing = rough[which] * length[which] * 0.55**depth
            noise = rng.uniform(-1, 1, (len(which), len(middle))) * swing[:, None]
            offset[:, middle] = (offset[:, middle - gap // 2] + offset[:, middle + gap // 2]) / 2 + noise
        t = np.arange(steps + 1) / steps
        with np.errstate(divide="ignore", invalid="ignore"):
            rising = np.where(foot[which] > 1e-6, height[which] / foot[which], np.inf)[:, None]
            falling = np.where(foot[which] < 1 - 1e-6, height[which] / (1 - foot[which]), np.inf)[:, None]
        bound = np.minimum(rising * np.maximum(t, 1e-12), falling * np.maximum(1 - t, 1e-12)) * 0.75
        offset = np.clip(offset, -bound, bound)
        offset[:, [0, -1]] = 0
        place = arc_start[which][:, None] + np.arange(steps + 1)
        arcs[place] = (
            start[which][:, None] + along[which][:, None] * t[:, None] + across[which][:, None] * offset[:, :, None]
        )
    return np.round(arcs), arc_start

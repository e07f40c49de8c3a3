"""Where units form: seeds in towns and in the country of each district, and fine points that shape their borders."""

from __future__ import annotations

import numpy as np
import shapely

from boundaries.demo import mosaic, template
from boundaries.demo.kinds import Floats, Ints

PEOPLE_PER_UNIT = 1_800


def plant(drawing: template.Template, units: int, rng: np.random.Generator) -> tuple[Floats, Ints, Ints, Floats]:
    """Points (n, 2) around which units form, their districts, towns (-1: country) and spacing in metres."""
    counts = _share_out(units, np.array(template.DISTRICT_SHARES))
    candidates, where = _territory(drawing, rng)
    xy: list[Floats] = []
    district: list[int] = []
    town: list[int] = []
    spacing: list[float] = []
    for d, total in enumerate(counts.tolist()):
        placed: list[Floats] = []
        built = 0.0
        for t, place in enumerate(drawing.towns):
            if place.district != d:
                continue
            count = round(total * place.share)
            radius = np.sqrt(count * PEOPLE_PER_UNIT / place.people_per_km2 / np.pi) * 1000
            points = _town_points(drawing, place, count, radius, rng)
            placed.append(points)
            built += 4.5 * radius**2
            town += [t] * count
            spacing += (
                radius * np.sqrt(np.pi / count) * (0.8 + 0.5 * np.hypot(*(points - (place.x, place.y)).T) / radius)
            ).tolist()
        fixed = np.vstack(placed)
        rest = total - len(fixed)
        country = _spread(candidates[where == d], fixed, rest, rng)
        town += [-1] * rest
        open_country = float((where == d).sum()) * drawing.land.area / len(candidates) - built
        spacing += [float(np.sqrt(max(open_country, 2e6 * rest) / max(rest, 1)))] * rest
        xy += [fixed, country]
        district += [d] * total
    return np.vstack(xy), np.array(district), np.array(town), np.array(spacing)


def _share_out(total: int, shares: Floats) -> Ints:
    exact = total * shares / shares.sum()
    counts: Ints = np.floor(exact).astype(np.int64)
    for place in np.argsort(-(exact - counts), kind="stable")[: total - int(counts.sum())]:
        counts[place] += 1
    return counts


def _territory(drawing: template.Template, rng: np.random.Generator) -> tuple[Floats, Ints]:
    """A jittered grid of points on land and the district each belongs to."""
    step = 420.0
    gx, gy = np.meshgrid(np.arange(step, template.CELL[0], step), np.arange(step, template.CELL[1], step))
    grid = np.column_stack([gx.ravel(), gy.ravel()])
    grid += rng.uniform(-0.4, 0.4, grid.shape) * step
    grid = grid[drawing.on_land(grid) & ~shapely.contains_xy(drawing.islet, grid[:, 0], grid[:, 1])]
    # Keep country seeds off the very edge: a unit that is only a strip of shore looks odd.
    grid = grid[shapely.distance(shapely.points(grid), shapely.boundary(drawing.land)) > 250]
    side = drawing.side(grid)
    reach = np.full((len(grid), len(drawing.anchors)), np.inf)
    for d, anchors in enumerate(drawing.anchors):
        if len(anchors):
            anchor_side = drawing.side(anchors)
            far = np.hypot(grid[:, None, 0] - anchors[None, :, 0], grid[:, None, 1] - anchors[None, :, 1])
            reach[:, d] = (far + 12_000 * (side[:, None] != anchor_side[None, :])).min(axis=1)
    city = drawing.towns[0]
    angle = np.arctan2(grid[:, 1] - city.y, grid[:, 0] - city.x)
    edge = drawing.city_radius * (1 + 0.10 * np.sin(3 * angle + 1.1) + 0.06 * np.sin(5 * angle + 0.4))
    where = reach.argmin(axis=1)
    where[np.hypot(grid[:, 0] - city.x, grid[:, 1] - city.y) < edge] = 0
    return grid, where.astype(np.int64)


def _town_points(
    drawing: template.Template, place: template.Town, count: int, radius: float, rng: np.random.Generator
) -> Floats:
    """A shaken sunflower, denser in the middle and stretched one way, with every point on the land of its own place."""
    k = np.arange(count * 3) + 0.5
    turn, stretch, lean = rng.uniform(0, 2 * np.pi), rng.uniform(1.0, 1.2), rng.uniform(0, np.pi)
    r = radius * (k / count) ** 0.6
    theta = k * np.pi * (3 - np.sqrt(5)) + turn
    lobes = 1 + 0.12 * np.sin(3 * theta + turn) + 0.08 * np.sin(2 * theta + lean)
    points = np.column_stack([r * lobes * np.cos(theta) * stretch, r * lobes * np.sin(theta) / stretch])
    spin = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
    points = points @ spin.T + (place.x, place.y) + rng.normal(0, 0.13, points.shape) * radius / np.sqrt(count) * 1.7
    good = drawing.on_land(points) & (shapely.distance(shapely.points(points), shapely.boundary(drawing.land)) > 110)
    found: Floats = points[good][:count]
    return found


def _spread(candidates: Floats, fixed: Floats, count: int, rng: np.random.Generator) -> Floats:
    """`count` points spread evenly over the candidates, keeping away from the fixed ones (Lloyd's rounds)."""
    free = candidates[shapely.distance(shapely.points(candidates), shapely.multipoints(fixed)) > 900]
    if len(free) < count:
        free = candidates
    chosen: Floats = free[np.sort(rng.choice(len(free), count, replace=False))]
    for _ in range(7):
        own = ((free[:, None, :] - chosen[None, :, :]) ** 2).sum(axis=2).argmin(axis=1)
        for place in range(count):
            mine = free[own == place]
            if len(mine):
                middle = mine.mean(axis=0)
                chosen[place] = mine[((mine - middle) ** 2).sum(axis=1).argmin()]
    return chosen


def fine_points(
    drawing: template.Template, seed: Floats, spacing: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Points of the cells, and how rough the edges of each are: shores and banks in pairs, seeds, points between."""
    triangles = shapely.get_parts(shapely.delaunay_triangles(shapely.multipoints(seed)))
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
    ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    ends = np.unique(
        np.where((ends[:, :1, 0] <= ends[:, 1:, 0])[:, :, None], ends, ends[:, ::-1]).reshape(-1, 4), axis=0
    ).reshape(-1, 2, 2)
    order = np.lexsort(seed.T)
    scale = spacing[order][np.searchsorted(seed[order][:, 1], ends[:, :, 1])] ** 0.6
    middle = scale[:, 0] / scale.sum(axis=1)
    run = ends[:, 1] - ends[:, 0]
    reach = np.hypot(*run.T)
    between = []
    for low, high in ((0.50, 0.0), (1.0, 0.45)):
        share = middle * low + (1 - middle) * high if high else middle * low
        between.append(
            ends[:, 0]
            + run * share[:, None]
            + rng.normal(0, 0.13, run.shape) * (reach * np.minimum(middle, 1 - middle))[:, None]
        )
    between.append(
        corners.mean(axis=1) + rng.normal(0, 0.08, (len(corners), 2)) * np.sqrt(shapely.area(triangles))[:, None]
    )

    edge = shapely.boundary(drawing.land)
    shore = _pairs(edge, drawing, 130.0, 300.0, 0.42)
    banks = _pairs(drawing.river, drawing, 240.0, 240.0, 0.36)
    loose = np.vstack(between)
    gap = shapely.distance(shapely.points(loose), edge)
    loose = loose[(gap > 220) & drawing.on_land(loose)]
    loose = loose[shapely.distance(shapely.points(loose), drawing.river) > 150]
    inner = seed[
        (shapely.distance(shapely.points(seed), edge) > 120)
        & (shapely.distance(shapely.points(seed), drawing.river) > 110)
    ]
    points = np.vstack([shore, banks, inner, loose, _sea(drawing)])
    rough = np.concatenate([np.full(len(shore), 0.2), np.full(len(points) - len(shore), 0.12)])
    kept = mosaic.thin(points, 70.0)
    return points[kept], rough[kept]


def _sea(drawing: template.Template) -> Floats:
    """Points out at sea (and over the border), so that every cell of the shore ends near it."""
    gx, gy = np.meshgrid(np.arange(-6_000.0, 57_000.0, 900.0), np.arange(-6_000.0, 51_000.0, 900.0))
    grid = np.column_stack([gx.ravel(), gy.ravel()]) + np.sin(gx * 7 + gy * 3).reshape(-1, 1) * 120
    far: Floats = grid[shapely.distance(shapely.points(grid), drawing.land) > 420]
    return far


def _pairs(
    line: shapely.Geometry, drawing: template.Template, near_step: float, far_step: float, offset: float
) -> Floats:
    """Points on both sides of a line, so that the edge between each pair lies on it; denser up the tidal river."""
    tide = drawing.river.interpolate(1.0, normalized=True)
    found = []
    for part in shapely.get_parts(line):
        if part.length < 200:
            continue
        marks = np.arange(50.0, part.length, 50.0)
        at = shapely.get_coordinates(shapely.line_interpolate_point(part, marks))
        gap = np.where(shapely.distance(shapely.points(at), tide) < 11_000, near_step, far_step)
        keep, walked = [], np.inf
        for place, want in enumerate(gap.tolist()):
            walked += 50.0
            if walked >= want:
                keep.append(place)
                walked = 0.0
        marks, gap, here = marks[keep], gap[keep], at[keep]
        ahead = shapely.get_coordinates(shapely.line_interpolate_point(part, np.minimum(marks + 40, part.length)))
        behind = shapely.get_coordinates(shapely.line_interpolate_point(part, np.maximum(marks - 40, 0)))
        run = ahead - behind
        across = np.column_stack([-run[:, 1], run[:, 0]]) / np.maximum(np.hypot(*run.T), 1)[:, None]
        found += [here + across * (gap * offset)[:, None], here - across * (gap * offset)[:, None]]
    return np.vstack(found)

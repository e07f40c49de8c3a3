"""One invented county on the ground: units, districts, localities, MSOAs, wards and links."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely

from boundaries.demo import mosaic, seeds, template
from boundaries.demo.graph import Cutter, tidy
from boundaries.demo.kinds import Floats, Ints

SMALLEST, LARGEST = 200, 1_200  # units in one county that the drawing can carry


@dataclass(frozen=True)
class Ground:
    """Geography of one county; n units in a fixed order, metres from the cell's corner.

    seed : (n, 2) a point inside every unit. town : index of the unit's town, -1 in the country. locality : the planted
    community. msoa, ward : group numbers from 0. links : (from, to, kind, note) unit indices. site_points, site_unit :
    points known to lie inside units, for postcodes.
    """

    drawing: template.Template
    seed: Floats
    district: Ints
    town: Ints
    locality: Ints
    msoa: Ints
    ward: Ints
    side: Ints
    polygons: list[shapely.Geometry]
    msoa_polygons: list[shapely.Geometry]
    ward_polygons: list[shapely.Geometry]
    links: tuple[tuple[int, int, str, str], ...]
    site_points: Floats
    site_unit: Ints


def make_ground(units: int, number: int, seed: int) -> Ground:
    """County `number` of a country (0 is the demo county); drawn again with other noise if a border came out broken."""
    if not SMALLEST <= units <= LARGEST:
        raise ValueError(f"A demo county has {SMALLEST} to {LARGEST} LSOAs; {units} were asked for.")
    for attempt in range(6):
        rng = np.random.default_rng([seed, number, attempt])
        ground = _attempt(units, number, rng)
        if ground is not None:
            return ground
    raise ValueError(f"County {number} of seed {seed} could not be drawn with {units} LSOAs: choose another seed.")


def _attempt(units: int, number: int, rng: np.random.Generator) -> Ground | None:
    drawing = template.draw(
        rng, mirror_x=number % 2 == 1, mirror_y=number // 2 % 2 == 1, shake=0.0 if number == 0 else 0.8
    )
    seed, district, town, spacing = seeds.plant(drawing, units, rng)
    side = drawing.side(seed)
    points, rough = seeds.fine_points(drawing, seed, spacing, rng)
    on_land = drawing.on_land(points)
    tiles = mosaic.build(points, on_land, rough, rng)
    cell_side = drawing.side(points)
    islet = np.asarray(shapely.contains_xy(drawing.islet, points[:, 0], points[:, 1]), dtype=np.bool_)
    unit_of = _nearest(points, cell_side, seed, side, spacing)
    unit_of[~on_land] = -1
    same_side = np.where(cell_side[tiles.left] == cell_side[tiles.right], tiles.length, tiles.length * 1e-6)
    unit_of = tidy(unit_of, tiles.left, tiles.right, same_side, fixed=islet)
    if len(np.unique(unit_of[unit_of >= 0])) != units:
        return None

    a, b, border = _unit_edges(tiles, unit_of, units)
    solid = border >= 60
    a, b, border = a[solid], b[solid], border[solid]
    polygons = tiles.polygons(unit_of, units)
    if not (shapely.coverage_is_valid(polygons) and all(shapely.is_valid(polygons))):
        return None
    links = _links(drawing, side, polygons)
    la, lb = np.array([x[0] for x in links], dtype=np.int64), np.array([x[1] for x in links], dtype=np.int64)
    district = tidy(district, np.append(a, la), np.append(b, lb), np.append(border, np.full(len(la), 1.0)))
    locality = _localities(drawing, seed, side, district, town, a, b, border)
    cutter = Cutter(seed, a, b)
    zone = _zones(district, locality, town, side, a, b, border)
    msoa = _number(_groups(cutter, zone, district, 5.0, 6, 4), units)
    ward = _number(_groups(cutter, district * 10 + side, district, 3.0, 4, 2), units)

    ward_cell = np.where(unit_of >= 0, ward[unit_of], -1)
    ward_cell = _shift(
        ward_cell, np.where(unit_of >= 0, district[unit_of] * 10 + side[unit_of], -1), tiles, seed, points, rng
    )
    msoa_cell = np.where(unit_of >= 0, msoa[unit_of], -1)
    inside = np.flatnonzero(on_land & ~islet)
    return Ground(
        drawing=drawing,
        seed=_labels_inside(seed, polygons),
        district=district,
        town=town,
        locality=locality,
        msoa=msoa,
        ward=ward,
        side=side,
        polygons=polygons,
        msoa_polygons=tiles.polygons(msoa_cell, int(msoa.max()) + 1),
        ward_polygons=tiles.polygons(ward_cell, int(ward.max()) + 1),
        links=links,
        site_points=np.round(points[inside]),
        site_unit=unit_of[inside],
    )


def _nearest(points: Floats, side: Ints, seed: Floats, seed_side: Ints, spacing: Floats) -> Ints:
    """The unit of each cell: the nearest seed on its own side, where distance counts less for widely spaced seeds."""
    result = np.empty(len(points), dtype=np.int64)
    for place in range(0, len(points), 2000):
        rows = slice(place, place + 2000)
        far = (
            np.hypot(points[rows, None, 0] - seed[None, :, 0], points[rows, None, 1] - seed[None, :, 1])
            / spacing[None, :] ** 0.6
        )
        result[rows] = np.where(side[rows, None] == seed_side[None, :], far, far + 1e9).argmin(axis=1)
    return result


def _unit_edges(tiles: mosaic.Mosaic, unit_of: Ints, units: int) -> tuple[Ints, Ints, Floats]:
    """Pairs of units that share a border, with its length in metres."""
    one, other = unit_of[tiles.left], unit_of[tiles.right]
    both = (one >= 0) & (other >= 0) & (one != other)
    key = np.minimum(one, other)[both] * units + np.maximum(one, other)[both]
    keys, place = np.unique(key, return_inverse=True)
    return (
        keys // units,
        keys % units,
        np.bincount(place, weights=tiles.length[both], minlength=len(keys)).astype(np.float64),
    )


def _links(
    drawing: template.Template, side: Ints, polygons: list[shapely.Geometry]
) -> tuple[tuple[int, int, str, str], ...]:
    """Bridges over tidal water and the causeway, each between the nearest units of the two banks."""
    shapes = np.array(polygons, dtype=object)

    def nearest(at: Floats, bank: int) -> int:
        mine = np.flatnonzero(side == bank)
        return int(mine[shapely.distance(shapes[mine], shapely.Point(at)).argmin()])

    rows = []
    names = ("Weir Bridge", "Corn Bridge", "Quay Bridge", "Ferry Lane Bridge")
    for at, name in zip([*drawing.bridges, *drawing.high_bridge], [*names, "High Bridge"], strict=True):
        rows.append((nearest(at, 0), nearest(at, 1), "bridge", f"{name} (invented)"))
    rows.append(
        (nearest(drawing.causeway[0], 0), nearest(drawing.causeway[0], 2), "causeway", "The Causeway (invented)")
    )
    seen: dict[tuple[int, int], tuple[int, int, str, str]] = {}
    for row in rows:
        seen.setdefault((min(row[:2]), max(row[:2])), row)
    return tuple(seen.values())


def _localities(
    drawing: template.Template, seed: Floats, side: Ints, district: Ints, town: Ints, a: Ints, b: Ints, border: Floats
) -> Ints:
    """The planted communities: each unit looks to the nearest centre of its district, on its own bank in the city."""
    centres = np.array([(x, y, pull) for _, x, y, pull in drawing.localities])
    own = np.array([d for d, *_ in drawing.localities])
    bank = drawing.side(centres[:, :2])
    far = np.hypot(seed[:, None, 0] - centres[None, :, 0], seed[:, None, 1] - centres[None, :, 1]) - centres[None, :, 2]
    far += 1e9 * (district[:, None] != own[None, :])
    far += 3_000.0 * (side[:, None] != bank[None, :])
    for t, place in enumerate(drawing.towns[1:], start=1):
        inside = [
            c
            for c in range(len(centres))
            if own[c] == place.district and np.hypot(*(centres[c, :2] - (place.x, place.y))) < 2500
        ]
        if inside:
            outside = np.setdiff1d(np.arange(len(centres)), inside)
            far[np.ix_(town == t, outside)] += 1e6
    choice = far.argmin(axis=1).astype(np.int64)
    inner = district[a] == district[b]
    return tidy(choice, a[inner], b[inner], border[inner])


def _zones(district: Ints, locality: Ints, town: Ints, side: Ints, a: Ints, b: Ints, border: Floats) -> Ints:
    """Sets of units inside which MSOAs form: each larger town on its bank, and the country around it by locality."""
    big = np.bincount(np.maximum(town, 0), weights=town >= 0) >= 5
    in_town = (town >= 0) & big[np.maximum(town, 0)]
    zone = np.where(in_town & (district > 0), 1000 + town, locality) * 4 + side
    inner = (district[a] == district[b]) & (side[a] == side[b])
    return tidy(zone, a[inner], b[inner], border[inner], least=4)


def _groups(cutter: Cutter, zone: Ints, district: Ints, target: float, most: int, least: int) -> list[list[int]]:
    groups = []
    for label in np.unique(zone).tolist():
        for part in cutter.parts(np.flatnonzero(zone == label).tolist()):
            groups += cutter.cut(part, target, most)
    return cutter.even(groups, least, most, district.tolist())


def _number(groups: list[list[int]], units: int) -> Ints:
    """Number groups in a fixed order; every unit in exactly one."""
    label = np.full(units, -1, dtype=np.int64)
    for place, group in enumerate(sorted(groups)):
        label[group] = place
    if (label < 0).any():
        raise ValueError("a unit was left without a group")
    return label


def _shift(
    ward_cell: Ints, home: Ints, tiles: mosaic.Mosaic, seed: Floats, points: Floats, rng: np.random.Generator
) -> Ints:
    """Move some cells to the ward beside them, inside one district and bank: wards do not nest in units, as in life."""
    left, right = tiles.left, tiles.right
    touching = np.flatnonzero((ward_cell[left] != ward_cell[right]) & (home[left] == home[right]) & (home[left] >= 0))
    chosen = touching[rng.random(len(touching)) < 0.10]
    result = ward_cell.copy()
    from_cell = np.where(rng.random(len(chosen)) < 0.5, left[chosen], right[chosen])
    to_cell = np.where(from_cell == left[chosen], right[chosen], left[chosen])
    anchors = set(_anchor_cells(points, seed).tolist())
    free = np.array([cell not in anchors for cell in from_cell.tolist()], dtype=np.bool_)
    result[from_cell[free]] = ward_cell[to_cell[free]]
    inner = home[left] == home[right]
    return tidy(result, left[inner], right[inner], tiles.length[inner])


def _anchor_cells(points: Floats, seed: Floats) -> Ints:
    """The cell nearest to every seed."""
    return np.concatenate(
        [
            ((points[None, :, :] - seed[place : place + 100, None, :]) ** 2).sum(axis=2).argmin(axis=1)
            for place in range(0, len(seed), 100)
        ]
    )


def _labels_inside(seed: Floats, polygons: list[shapely.Geometry]) -> Floats:
    """The seeds in whole metres; where one fell outside its own polygon (shores), a point of the polygon instead."""
    result = np.round(seed)
    shapes = np.array(polygons, dtype=object)
    outside = np.flatnonzero(~shapely.contains_xy(shapes, result[:, 0], result[:, 1]))
    if len(outside):
        result[outside] = np.round(shapely.get_coordinates(shapely.point_on_surface(shapes[outside])))
    return result

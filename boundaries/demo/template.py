"""The drawn outline of a county: land, estuary, river, districts and towns, in metres inside one 50 km by 44 km cell.

Everything here is drawn by hand in kilometres, then mirrored and shaken for further counties.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely

from boundaries.demo.kinds import Bools, Floats

CELL = (50_000.0, 44_000.0)

# The west, north and south sides are lines on a map; the east is coast (from SEA to COAST_END in this list).
OUTLINE = (
    (4.6, 9.4),
    (7.4, 6),
    (11.6, 5),
    (14.6, 2.6),
    (20, 2.2),
    (23.4, 4.6),
    (28, 5),
    (31.6, 2.6),
    (35.4, 3.4),
    (38, 6.4),
    (40.8, 8.6),
    (39.2, 11.6),
    (41.4, 14),
    (43.2, 17),
    (43.4, 19.4),
    (42.4, 22),
    (42.8, 24.2),
    (41.2, 26.6),
    (41.8, 29.6),
    (43.2, 32),
    (40.4, 34.4),
    (39.4, 37.4),
    (36.4, 38.4),
    (33.6, 40.4),
    (30, 42),
    (25.6, 40.2),
    (21.4, 38.4),
    (17.6, 40.4),
    (13, 42),
    (8.4, 39.8),
    (6.6, 36),
    (2.8, 34),
    (2, 29.6),
    (5, 26),
    (4.4, 21.8),
    (6.6, 17.6),
    (4, 13.6),
)
COAST_START, COAST_END = 8, 22
ISLAND = ((45.2, 24.4), (46.8, 25.4), (47.6, 27.6), (47.2, 30), (47.8, 32.4), (46.4, 34.4), (44.9, 33.2), (44.4, 30.6),
          (44.8, 28.6), (43.9, 26.4))  # fmt: skip
ISLET = ((43.3, 12.2), (44.0, 11.8), (44.3, 12.5), (43.7, 12.9))

# The river from the west border to the sea: x, y, width in km. Width 0: not tidal, a line and no gap.
RIVER = (
    (1.5, 31.2, 0), (5, 29.6, 0), (8, 26.2, 0), (11.6, 25.2, 0), (14.4, 22.8, 0), (17.4, 22.6, 0), (19.6, 20.2, 0),
    (21.2, 19.4, 0.12), (23, 20.4, 0.15), (25.4, 19.6, 0.2), (27.4, 20.8, 0.3), (29.6, 20.4, 0.45), (32, 21.4, 0.9),
    (35, 21, 1.6), (38.4, 21.6, 2.4), (41, 21.2, 3.4), (44.6, 21, 4.6), (50, 21, 6),
)  # fmt: skip
BRIDGES = ((21.9, 19.7), (23.1, 20.4), (24.5, 19.9), (26.2, 20.2))  # in the city, over tidal water
HIGH_BRIDGE = (32.6, 21.3)  # below the city, between two districts
CAUSEWAY = (43.4, 28.8)

# Districts: share of the county's units; anchors that draw their territory (km). The first is the city: a disc.
DISTRICT_SHARES = (0.278, 0.156, 0.184, 0.166, 0.136, 0.080)
CITY_RADIUS = 5.3
ANCHORS = (
    (),
    ((8, 29), (13, 33), (8, 21), (14, 25), (15.6, 20)),
    ((22, 34), (30, 36), (25, 28), (18, 29), (17, 37)),
    ((36, 14), (32, 16), (38, 10), (33, 8), (38, 18)),
    ((12, 10), (20, 10), (26, 9), (8, 13), (19, 13)),
    ((37, 32), (37, 26), (32, 25), (46, 29), (38, 36)),
)


@dataclass(frozen=True)
class Town:
    """A town: district, centre (m), share of its district's units, people per km², how hard-pressed it is (0 to 1)."""

    district: int
    x: float
    y: float
    share: float
    people_per_km2: float
    need: float


TOWNS = (
    Town(0, 23.4, 20.1, 0.94, 4300, 0.75),
    Town(1, 11.4, 24.6, 0.33, 3600, 0.55), Town(1, 10.2, 34, 0.20, 3300, 0.35), Town(1, 9.8, 17.6, 0.11, 2900, 0.30),
    Town(2, 22.4, 32.6, 0.32, 3800, 0.60), Town(2, 31.4, 36.2, 0.18, 3300, 0.30), Town(2, 15.4, 36.4, 0.11, 3000, 0.30),
    Town(3, 39.4, 16.4, 0.42, 4200, 1.00), Town(3, 34, 8.2, 0.19, 3200, 0.35), Town(3, 31.4, 15.2, 0.09, 2900, 0.25),
    Town(4, 12.8, 9.4, 0.42, 3800, 0.65), Town(4, 25, 9.2, 0.22, 3300, 0.30),
    Town(5, 36.2, 29.6, 0.32, 3300, 0.50), Town(5, 45.9, 29.4, 0.25, 3200, 0.80),
)  # fmt: skip
CAMPUS = (24.6, 22.0)  # the university of the city, km

# Localities: where people of one community look to (and where a PCN works): district, x, y, pull in km.
LOCALITIES = (
    (0, 23.2, 21.3, 0.3), (0, 23.6, 18.9, 0.3), (0, 20.6, 22.4, 0), (0, 26.2, 22.6, 0),
    (0, 20.8, 17.4, 0), (0, 26.4, 17.6, 0),
    (1, 11.4, 24.6, 0), (1, 10.2, 34, 0), (1, 9.8, 17.6, 1.5),
    (2, 21.6, 33.3, 0), (2, 23.2, 31.9, 0), (2, 31.4, 36.2, 0.5), (2, 15.4, 36.4, 2),
    (3, 38.9, 17, 0), (3, 39.9, 15.6, 0), (3, 34, 8.2, 0), (3, 31.4, 15.2, 2),
    (4, 12.2, 9.6, 0), (4, 13.8, 9.2, 0.5), (4, 25, 9.2, 2),
    (5, 36.2, 29.6, 0), (5, 45.9, 29.4, 0),
)  # fmt: skip


@dataclass(frozen=True)
class Template:
    """One county's drawing in metres from the south-west corner of its cell.

    land : land without tidal water. south : everything south of the river's line. river : the line where it is not
    tidal. crossings : points of bridges (kind "bridge") and of the causeway. Other fields as the constants above.
    """

    land: shapely.MultiPolygon
    islet: shapely.Polygon
    island: shapely.Polygon
    south: shapely.Polygon
    river: shapely.LineString
    bridges: Floats
    high_bridge: Floats
    causeway: Floats
    anchors: tuple[Floats, ...]
    towns: tuple[Town, ...]
    campus: Floats
    localities: tuple[tuple[int, float, float, float], ...]
    city_radius: float

    def side(self, xy: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """0 north of the river, 1 south of it, 2 on the island."""
        side = np.where(shapely.contains_xy(self.south, xy[:, 0], xy[:, 1]), 1, 0)
        side[shapely.contains_xy(self.island.buffer(300), xy[:, 0], xy[:, 1])] = 2
        return side.astype(np.int64)

    def on_land(self, xy: Floats) -> Bools:
        """Whether each point (n, 2) lies on land of this county."""
        return np.asarray(shapely.contains_xy(self.land, xy[:, 0], xy[:, 1]), dtype=np.bool_)


def wander(points: Floats, rng: np.random.Generator, amount: float, rounds: int) -> Floats:
    """Roughen a line (n, 2) by moving midpoints sideways, `amount` of each segment's length, `rounds` times."""
    for _ in range(rounds):
        step = np.diff(points, axis=0)
        across = np.column_stack([-step[:, 1], step[:, 0]])
        middle = points[:-1] + step / 2 + across * rng.uniform(-amount, amount, size=(len(step), 1))
        merged = np.empty((len(points) + len(middle), 2))
        merged[0::2], merged[1::2] = points, middle
        points = merged
    return points


def smooth(points: Floats, closed: bool) -> Floats:
    """One round of Chaikin's corner cutting; ends stay where they are when the line is open."""
    after = np.roll(points, -1, axis=0) if closed else points[1:]
    before = points if closed else points[:-1]
    cut = np.stack([before * 0.75 + after * 0.25, before * 0.25 + after * 0.75], axis=1).reshape(-1, points.shape[1])
    return cut if closed else np.vstack([points[:1], cut, points[-1:]])


def _ring(points: Floats, rng: np.random.Generator, amount: float, rounds: int) -> shapely.Polygon:
    closed = np.vstack([points, points[:1]])
    return shapely.make_valid(shapely.Polygon(wander(closed, rng, amount, rounds)))


def _corridor(river: Floats) -> shapely.Geometry:
    """The tidal water: the river's line (x, y, width) widened on both sides where its width is above 0."""
    tidal = river[river[:, 2] > 0]
    step = np.gradient(tidal[:, :2], axis=0)
    across = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(step[:, 0], step[:, 1])[:, None]
    half = tidal[:, 2:3] / 2
    left, right = tidal[:, :2] + across * half, tidal[:, :2] - across * half
    return shapely.make_valid(shapely.Polygon(np.vstack([left, right[::-1]])))


def draw(rng: np.random.Generator, *, mirror_x: bool = False, mirror_y: bool = False, shake: float = 0.0) -> Template:
    """The county drawn with this generator's noise; `shake` moves towns by up to that many km (benchmark counties)."""
    outline = np.array(OUTLINE, dtype=np.float64) * 1000
    outline[:, :] += rng.uniform(-1, 1, outline.shape) * shake * 400
    coast_part = wander(outline[COAST_START : COAST_END + 1], rng, 0.22, 4)
    inland = wander(np.vstack([outline[COAST_END:], outline[: COAST_START + 1]]), rng, 0.2, 3)
    main = shapely.make_valid(shapely.Polygon(np.vstack([coast_part, inland[1:-1]])))
    island = _ring(smooth(np.array(ISLAND, dtype=np.float64) * 1000, True), rng, 0.2, 3)
    islet = _ring(np.array(ISLET, dtype=np.float64) * 1000, rng, 0.15, 2)

    river = np.array(RIVER, dtype=np.float64) * 1000
    line = smooth(river, False)
    widths = np.interp(np.arange(len(line) * 4 - 3) / 4, np.arange(len(line)), line[:, 2])
    line = np.column_stack([wander(line[:, :2], rng, 0.12, 2), widths])
    first_wet = int(np.argmax(widths > 60))
    line[first_wet:, 2] = np.maximum(widths[first_wet:], 100)
    line[:first_wet, 2] = 0
    water = _corridor(line)
    south = shapely.make_valid(
        shapely.Polygon(
            np.vstack(
                [[(-5000.0, line[0, 1])], line[:, :2], [(60_000.0, line[-1, 1])], [(60_000, -9000)], [(-5000, -9000)]]
            )
        )
    )
    # Crumbs of land that the water cuts off (under 20 km²) are left out.
    mainland = [part for part in shapely.get_parts(shapely.difference(main, water)) if part.area > 2e7]
    land = shapely.MultiPolygon([*mainland, island, islet])
    moves = rng.uniform(-1, 1, (len(TOWNS), 2)) * shake * 1000

    def turn(points: object) -> Floats:
        xy = np.array(points, dtype=np.float64).reshape(-1, 2)
        if mirror_x:
            xy[:, 0] = CELL[0] - xy[:, 0]
        if mirror_y:
            xy[:, 1] = CELL[1] - xy[:, 1]
        return xy

    def turned(shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(shape, turn)

    return Template(
        land=turned(land),
        islet=turned(islet),
        island=turned(island),
        south=turned(south),
        river=turned(shapely.LineString(line[: first_wet + 1, :2])),
        bridges=turn(np.array(BRIDGES) * 1000),
        high_bridge=turn(np.array(HIGH_BRIDGE) * 1000),
        causeway=turn(np.array(CAUSEWAY) * 1000),
        anchors=tuple(turn(np.array(a, dtype=np.float64) * 1000) for a in ANCHORS),
        towns=tuple(
            replace(t, x=float(x), y=float(y))
            for t, (x, y) in zip(TOWNS, turn(np.array([[t.x, t.y] for t in TOWNS]) * 1000 + moves), strict=True)
        ),
        campus=turn(np.array(CAMPUS) * 1000),
        localities=tuple((d, *turn([x * 1000, y * 1000])[0], pull * 1000) for d, x, y, pull in LOCALITIES),
        city_radius=CITY_RADIUS * 1000,
    )

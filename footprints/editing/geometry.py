"""Units as arcs in a small binary file: lines between two units stand in it once, so that neighbours stay joined.

A shape is cut where three units meet; each stretch between (an arc) is kept once, as differences of whole steps of a
grid in longitude and latitude. A unit is rings of arcs, walked forwards or backwards. What two units an arc lies
between is kept as well, so that the outline of any grouping of units (neighbourhoods, wards, districts) can be drawn
from the arcs alone. The format is written down at `encode`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

MAGIC = b"FPG1"
SCALE = 100_000  # steps a degree: a metre or less
OUTSIDE = -1

Ring = list[int]


@dataclass(frozen=True, eq=False)
class Topology:
    """points : (p, 2) int64 steps of longitude and latitude. arcs : indices of points, both ends included.
    sides : (arcs, 2) the units an arc lies between, -1 outside. units : polygons of rings of arcs; i forwards, -i-1
    backwards."""

    points: NDArray[np.int64]
    arcs: tuple[tuple[int, ...], ...]
    sides: NDArray[np.int64]
    units: tuple[tuple[tuple[tuple[int, ...], ...], ...], ...]


def topology(shapes: Sequence[object] | NDArray[np.object_]) -> Topology:
    """The arcs of polygons and multipolygons in degrees (EPSG:4326) that share their vertices where they touch.

    Vertices that fall on one step of the grid become one; a ring that has fewer than three left is dropped, unless it
    is the only one of its unit.
    """
    index: dict[tuple[int, int], int] = {}
    rings = [[[_ring(ring, index) for ring in _rings(part)] for part in _parts(shape)] for shape in shapes]
    beside: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    near: defaultdict[int, set[int]] = defaultdict(set)
    for unit, polygons in enumerate(rings):
        for ring in (ring for polygon in polygons for ring in polygon):
            for a, b in _segments(ring):
                beside[min(a, b), max(a, b)].append(unit)
                near[a].add(b)
                near[b].add(a)
    owners = {key: _sides(units) for key, units in beside.items()}
    ends = {v for v, others in near.items() if _is_end(v, others, owners)}
    arcs: list[tuple[int, ...]] = []
    sides: list[tuple[int, int]] = []
    known: dict[tuple[int, ...], int] = {}

    def arc(path: tuple[int, ...]) -> int:
        if path in known:
            return known[path]
        backwards = path[::-1]
        if backwards in known:
            return -known[backwards] - 1
        known[path] = len(arcs)
        arcs.append(path)
        sides.append(owners[min(path[:2]), max(path[:2])])
        return known[path]

    units = []
    for polygons in rings:
        made = [
            tuple(tuple(arc(path) for path in _cut(ring, ends)) for ring in polygon if len(ring) >= 3)
            for polygon in polygons
        ]
        units.append(tuple(polygon for polygon in made if polygon))
    points = np.array(list(index), dtype=np.int64).reshape(-1, 2)
    return Topology(points, tuple(arcs), np.array(sides, dtype=np.int64).reshape(-1, 2), tuple(units))


def _parts(shape: object) -> Iterable[object]:
    return [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]


def _rings(polygon: object) -> list[NDArray[np.float64]]:
    rings = [shapely.get_exterior_ring(polygon)]
    rings += [shapely.get_interior_ring(polygon, i) for i in range(shapely.get_num_interior_rings(polygon))]
    return [shapely.get_coordinates(ring) for ring in rings]


def _ring(coordinates: NDArray[np.float64], index: dict[tuple[int, int], int]) -> Ring:
    """A closed ring as vertices, each step once; () where less than a triangle is left.

    Every ring begins at its least vertex, so that an arc that is a whole ring (an island) is the same from both sides.
    """
    steps = np.rint(coordinates * SCALE).astype(np.int64)
    ring: Ring = []
    for x, y in steps[:-1].tolist():
        at = index.setdefault((x, y), len(index))
        if not ring or ring[-1] != at:
            ring.append(at)
    while len(ring) > 1 and ring[0] == ring[-1]:
        ring.pop()
    return ring if len(ring) >= 3 else []


def _segments(ring: Ring) -> Iterable[tuple[int, int]]:
    return ((ring[i - 1], ring[i]) for i in range(len(ring)))


def _sides(units: list[int]) -> tuple[int, int]:
    """The two units of a segment; a spike that goes there and back lies in one unit on both sides."""
    several = sorted(set(units))
    if len(several) == 1:
        return (several[0], several[0]) if len(units) > 1 else (OUTSIDE, several[0])
    return several[0], several[1]


def _is_end(v: int, others: set[int], owners: dict[tuple[int, int], tuple[int, int]]) -> bool:
    """Arcs end where lines fork, and where what lies beside a line changes."""
    return len(others) != 2 or len({owners[min(v, o), max(v, o)] for o in others}) > 1


def _cut(ring: Ring, ends: set[int]) -> list[tuple[int, ...]]:
    """The ring as paths between ends; a ring without any is one closed path from its least vertex, in one direction."""
    starts = [i for i, v in enumerate(ring) if v in ends]
    if not starts:
        first = ring.index(min(ring))
        turned = ring[first:] + ring[:first]
        return [(*turned, turned[0])]
    turned = ring[starts[0] :] + ring[: starts[0]]
    stops = [i - starts[0] for i in starts] + [len(ring)]
    turned.append(turned[0])
    return [tuple(turned[a : b + 1]) for a, b in pairwise(stops)]


def encode(made: Topology) -> bytes:
    """The topology as bytes. u : unsigned LEB128; z : zigzag LEB128.

    "FPG1", u steps a degree, z longitude and z latitude of the origin; u number of arcs, and for each z one unit, z the
    other (-1 outside), u number of points, and for each point z longitude, z latitude, as differences to the point
    before (the first of an arc to the first of the arc before, that of the first arc to the origin); u number of units,
    for each u polygons, for each u rings, for each u arcs and z of each arc.
    """
    out = bytearray(MAGIC)
    origin = made.points.min(axis=0) if len(made.points) else np.zeros(2, dtype=np.int64)
    _unsigned(out, SCALE)
    _signed(out, origin.tolist())
    _unsigned(out, len(made.arcs))
    before = origin
    for path, beside in zip(made.arcs, made.sides.tolist(), strict=True):
        _signed(out, beside)
        _unsigned(out, len(path))
        there = made.points[list(path)]
        _signed(out, np.diff(there, axis=0, prepend=before[None, :]).ravel().tolist())
        before = there[0]
    _unsigned(out, len(made.units))
    for polygons in made.units:
        _unsigned(out, len(polygons))
        for polygon in polygons:
            _unsigned(out, len(polygon))
            for ring in polygon:
                _unsigned(out, len(ring))
                _signed(out, ring)
    return bytes(out)


def _unsigned(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _signed(out: bytearray, values: Iterable[int]) -> None:
    for value in values:
        _unsigned(out, value * 2 if value >= 0 else -value * 2 - 1)


def geometry_hash(data: bytes) -> str:
    """What a geometry is called: the first 24 hex digits of the SHA-256 of its bytes."""
    return hashlib.sha256(data).hexdigest()[:24]

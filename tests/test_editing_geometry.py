"""Units as arcs: drawn grids, the real places, and any picture."""

from __future__ import annotations

import gzip
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from boundaries import load_area
from boundaries.area import Area
from footprints import maps
from footprints.editing.catalogue import Catalogue
from footprints.editing.geometry import MAGIC, OUTSIDE, SCALE, encode, geometry_hash, topology
from footprints.editing.ranges import from_ranges, to_ranges
from footprints.errors import PlanError
from tests.conftest import place_folder
from tests.grids import grid_area


class Read:
    """The format of `encode`, read as its description says and by nothing that wrote it."""

    def __init__(self, data: bytes) -> None:
        assert data[:4] == MAGIC
        self.data, self.at = data, 4
        self.scale = self.unsigned()
        origin = (self.signed(), self.signed())
        self.arcs, self.sides = [], []
        first = origin
        for _ in range(self.unsigned()):
            self.sides.append((self.signed(), self.signed()))
            x, y = first
            points = []
            for _ in range(self.unsigned()):
                x, y = x + self.signed(), y + self.signed()
                points.append((x / self.scale, y / self.scale))
            first = (round(points[0][0] * self.scale), round(points[0][1] * self.scale))
            self.arcs.append(points)
        self.units = [
            [
                [[self.signed() for _ in range(self.unsigned())] for _ in range(self.unsigned())]
                for _ in range(self.unsigned())
            ]
            for _ in range(self.unsigned())
        ]
        assert self.at == len(data)

    def unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def signed(self) -> int:
        value = self.unsigned()
        return value // 2 if value % 2 == 0 else -(value + 1) // 2

    def ring(self, arcs: list[int]) -> list[tuple[float, float]]:
        points: list[tuple[float, float]] = []
        for arc in arcs:
            walked = self.arcs[arc] if arc >= 0 else self.arcs[-arc - 1][::-1]
            assert not points or points[-1] == walked[0]
            points += walked[1:] if points else walked
        assert points[0] == points[-1]
        return points

    def shape(self, unit: int) -> shapely.Geometry:
        polygons = [shapely.Polygon(self.ring(p[0]), [self.ring(r) for r in p[1:]]) for p in self.units[unit]]
        return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)


def stepped(shapes: np.ndarray) -> np.ndarray:
    return shapely.transform(shapes, lambda xy: np.rint(xy * SCALE) / SCALE)


def in_degrees(area: Area) -> np.ndarray:
    return maps.degrees(np.asarray(area.units.geometry.array))


def same_ground(one: shapely.Geometry, other: shapely.Geometry) -> bool:
    """Whether two shapes cover the same ground, but for what vertices that fell on one step leave out."""
    apart = shapely.area(shapely.symmetric_difference(shapely.make_valid(one), shapely.make_valid(other)))
    return bool(apart <= 1e-9 * max(1.0, shapely.area(one)) + 1e-12)


@given(
    st.lists(st.text("ab.", min_size=3, max_size=5), min_size=2, max_size=4).filter(
        lambda rows: any("a" in r for r in rows)
    )
)
def test_every_unit_comes_back_and_every_line_stands_once(rows: list[str]) -> None:
    wide = max(map(len, rows))
    area = grid_area([row.ljust(wide, ".").upper() for row in rows])
    shapes = in_degrees(area)
    read = Read(encode(topology(shapes)))
    assert len(read.units) == len(area.codes)
    for unit, shape in enumerate(stepped(shapes)):
        assert same_ground(read.shape(unit), shape)
    segments = [tuple(sorted(pair)) for arc in read.arcs for pair in pairwise(arc)]
    assert len(segments) == len(set(segments))
    position = {code: i for i, code in enumerate(area.codes)}
    touching = {(position[a], position[b]) for a, b in zip(area.edges["from_code"], area.edges["to_code"], strict=True)}
    assert {s for s in read.sides if s[0] != OUTSIDE} == touching


def test_an_island_in_a_lake_is_the_same_arc_from_both_sides() -> None:
    lake = shapely.Polygon([(0, 0), (1, 0), (1, 1), (0, 1)], [[(0.2, 0.2), (0.2, 0.4), (0.4, 0.4), (0.4, 0.2)]])
    island = shapely.Polygon([(0.4, 0.4), (0.2, 0.4), (0.2, 0.2), (0.4, 0.2)])
    made = topology(np.array([lake, island], dtype=object))
    assert len(made.arcs) == 2
    assert sorted(map(tuple, made.sides.tolist())) == [(OUTSIDE, 0), (0, 1)]
    assert shapely.equals(Read(encode(made)).shape(1), island)


@pytest.mark.places
@pytest.mark.parametrize("name", ["cambridgeshire-peterborough", "cornwall-scilly", "inner-north-east-london"])
def test_a_real_place_comes_back_whole_and_small(name: str) -> None:
    area = load_area(place_folder(name))
    catalogue = Catalogue(area, maps.draw(area))
    for packed, shapes in (
        (catalogue.light, maps.degrees(catalogue.drawing.shapes)),
        (catalogue.full, in_degrees(area)),
    ):
        read = Read(gzip.decompress(packed))
        for unit, shape in enumerate(stepped(shapes)):
            assert same_ground(read.shape(unit), shape), area.codes[unit]
        position = {code: i for i, code in enumerate(area.codes)}
        ends = zip(area.edges["from_code"], area.edges["to_code"], area.edges["kind"], strict=True)
        borders = {(position[a], position[b]) for a, b, kind in ends if kind == "border"}
        assert borders <= {s for s in read.sides if s[0] != OUTSIDE}
    assert len(catalogue.light) <= 150_000 * max(1.0, len(area.codes) / 1_700)


def test_the_name_of_a_geometry_is_its_content_and_no_other_is_given() -> None:
    area = grid_area(["AB"])
    catalogue = Catalogue(area, maps.draw(area))
    assert catalogue.geometry(geometry_hash(catalogue.light)) == catalogue.light
    assert catalogue.geometry("0" * 24) is None


@given(st.sets(st.integers(0, 400)))
def test_ranges_come_back(positions: set[int]) -> None:
    assert set(from_ranges(to_ranges(positions), 401)) == positions


@pytest.mark.parametrize("text", ["4-2", "7", "-1", "a", "1,,2", "1-2-3", "0-6", None, 5, "1 ,2"])
def test_ranges_that_are_none_or_name_nothing_are_refused(text: object) -> None:
    with pytest.raises(PlanError):
        from_ranges(text, 6)

"""Borders: shared edges in metres, never points; worked by hand on drawn units, and against libpysal on real ones."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Polygon, box

from boundaries import sources
from boundaries.adjacency import EDGE_COLUMNS, adjacency, borders
from boundaries.errors import DataError
from boundaries.links import components
from boundaries.readers import geometry


def units(**shapes: shapely.Geometry) -> gpd.GeoDataFrame:
    """Units by letter, drawn around (0, 0) in metres and moved to the middle of England."""
    moved = [translate(s, 450_000, 250_000) for s in shapes.values()]
    return gpd.GeoDataFrame(geometry=moved, index=list(shapes), crs=27700)


def found(frame: gpd.GeoDataFrame, **kwargs: float) -> dict[tuple[str, str], float]:
    edges = adjacency(frame, **kwargs)
    assert list(edges.columns) == EDGE_COLUMNS and set(edges["kind"]) <= {"border"}
    return {(a, b): round(m, 3) for a, b, m in edges[["from_code", "to_code", "length_m"]].itertuples(index=False)}


def test_four_squares_meet_in_a_point() -> None:
    #  A B      A-B, A-C, B-D, C-D share 100 m; A-D and B-C only the point in the middle
    #  C D
    frame = units(A=box(0, 100, 100, 200), B=box(100, 100, 200, 200), C=box(0, 0, 100, 100), D=box(100, 0, 200, 100))
    assert found(frame) == {("A", "B"): 100, ("A", "C"): 100, ("B", "D"): 100, ("C", "D"): 100}
    assert found(frame, min_shared_m=0) == found(frame)
    assert found(frame.iloc[::-1]) == found(frame)


def test_a_vertex_on_one_side_only() -> None:
    #  A is one tall unit; B and C lie beside it, so that A's edge has no vertex where B meets C
    #  A B
    #  A C
    frame = units(A=box(0, 0, 100, 200), B=box(100, 100, 200, 200), C=box(100, 0, 200, 100))
    assert found(frame) == {("A", "B"): 100, ("A", "C"): 100, ("B", "C"): 100}


@pytest.mark.parametrize("gap", [0.0, 0.3, 0.6, 0.99, -0.4])
def test_borders_that_lie_less_than_a_snap_apart(gap: float) -> None:
    frame = units(A=box(0, 0, 100, 100), B=box(100 + gap, 30, 200, 80))
    assert found(frame) == {("A", "B"): 50}


def test_a_gap_wider_than_the_snap_is_no_border_until_the_snap_is_wider() -> None:
    frame = units(A=box(0, 0, 100, 100), B=box(101.5, 0, 200, 100))
    assert found(frame) == {}
    assert found(frame, snap_m=2.0) == {("A", "B"): 100}


def test_ten_metres_are_needed_and_settable() -> None:
    frame = units(A=box(0, 0, 100, 100), B=box(100, 91, 200, 200), C=box(100, 0, 200, 10))
    assert found(frame) == {("A", "C"): 10}
    assert found(frame, min_shared_m=9.0) == {("A", "B"): 9, ("A", "C"): 10}
    assert found(frame, min_shared_m=20.0) == {}


def test_a_border_in_several_stretches_is_added_up() -> None:
    #  B is a comb that touches A in two teeth of 6 m: together 12 m
    comb = Polygon([(100, 0), (120, 0), (120, 40), (100, 40), (100, 34), (110, 34), (110, 6), (100, 6)])
    assert found(units(A=box(0, 0, 100, 40), B=comb)) == {("A", "B"): 12}


def test_islands_holes_and_parts() -> None:
    lake = Polygon(box(0, 0, 300, 300).exterior, [box(100, 100, 200, 200).exterior])
    town = MultiPolygon([box(100, 100, 200, 200), box(1000, 0, 1100, 100)])
    frame = units(A=lake, B=town, C=box(1100, 0, 1200, 100), D=box(5000, 0, 5100, 100))
    assert found(frame) == {("A", "B"): 400, ("B", "C"): 100}
    assert [len(g) for g in components(list(frame.index), adjacency(frame))] == [3, 1]


def test_near_lines_that_only_cross_or_end_on_each_other_are_no_border() -> None:
    #  two triangles that meet in their tips, drawn wide
    frame = units(A=Polygon([(0, -50), (0, 50), (100, 0)]), B=Polygon([(200, -50), (200, 50), (100, 0)]))
    assert found(frame, min_shared_m=0.0) == {}
    #  two squares that meet at a corner, half a metre off
    frame = units(A=box(0, 0, 100, 100), B=box(100.3, 100.3, 200, 200))
    assert found(frame, min_shared_m=1.0) == {}


def test_only_metres_on_the_british_grid() -> None:
    frame = units(A=box(0, 0, 100, 100), B=box(100, 0, 200, 100))
    with pytest.raises(DataError, match="EPSG:27700"):
        adjacency(frame.to_crs(4326))
    with pytest.raises(ValueError, match="snap_m"):
        adjacency(frame, snap_m=0)


def test_nothing_and_one_unit() -> None:
    assert found(units(A=box(0, 0, 1, 1))) == {}
    assert found(units(A=box(0, 0, 1, 1)).iloc[:0]) == {}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(3, 25), st.sampled_from([0.0, 0.15, 0.3]))
def test_random_coverages_agree_with_plain_geometry(seed: int, count: int, shake: float) -> None:
    """Voronoi cells, each moved a little by itself: borders as intersections of the unmoved cells.

    Where moved lines part at a narrow angle they run beside each other for a while, so the shaken bound is loose above.
    """
    rng = np.random.default_rng(seed)
    points = shapely.multipoints(rng.uniform(0, 3000, (count, 2)).round(1))
    area = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box(0, 0, 3000, 3000)))
    clipped = shapely.intersection(area, box(0, 0, 3000, 3000))
    names = [f"U{n:02d}" for n in range(len(clipped))]
    moved = [translate(s, *rng.uniform(-shake, shake, 2)) for s in clipped]
    edges = adjacency(units(**dict(zip(names, moved, strict=True))), min_shared_m=10.0)
    got = {(a, b): m for a, b, m in edges[["from_code", "to_code", "length_m"]].itertuples(index=False)}
    for i, one in enumerate(names):
        for j in range(i + 1, len(names)):
            true = shapely.length(shapely.intersection(clipped[i].boundary, clipped[j].boundary))
            length = got.get((one, names[j]), 0.0)
            if shake == 0:
                assert length == pytest.approx(true if true >= 10 else 0.0, abs=0.01) or abs(true - 10) < 0.01
            elif true > 20:
                # Moved apart by less than the snap: found still, give or take the ends.
                assert true - 4 <= length <= true + 40
            elif true == 0:
                assert length < 40


# From shared/data/README.md (rook edges, pieces); the count at 10 m is what these files give.
REAL = {"cambridgeshire": (1458, 1, 1449, 1), "cornwall": (828, 2, 825, 2), "london": (1412, 1, 1391, 1)}


@pytest.mark.places
@pytest.mark.parametrize("place", REAL)
def test_real_places(place: str, request: pytest.FixtureRequest) -> None:
    rook, pieces, at_ten, pieces_at_ten = REAL[place]
    files = [f for f in sources.scan(request.getfixturevalue(place)) if f.kind == "lsoa_boundaries"]
    frame = geometry.read_boundaries(files).frame
    every = borders(frame, snap_m=0.01)
    assert len(every) == rook
    assert len(components(list(frame.index), every)) == pieces
    kept = adjacency(frame)
    assert len(kept) == at_ten
    assert len(components(list(frame.index), kept)) == pieces_at_ten
    lines = [frame.geometry.loc[kept[c]].boundary.to_numpy() for c in ("from_code", "to_code")]
    true = shapely.length(shapely.intersection(*lines))
    assert np.abs(true - kept["length_m"]).max() < 3

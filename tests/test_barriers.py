"""How much of each border lies on a barrier: drawn squares whose answers can be worked by hand."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import translate
from shapely.geometry import LineString, MultiLineString, box

from boundaries import load_area
from boundaries.adjacency import adjacency
from boundaries.barriers import border_shares, shared_border, strengths
from boundaries.errors import DataError
from boundaries.overlays import read_barriers
from tests.grids import grid_area

# Two rows of three squares of 1 km, 1 to 3 above and 4 to 6 below:
#   1 2 3
#   4 5 6      the middle line is y = 0, the borders between columns are x = 1000 and x = 2000
CELLS = {
    f"E0190000{n}": translate(box(0, 0, 1000, 1000), 450_000 + 1000 * ((n - 1) % 3), 250_000 - 1000 * ((n - 1) // 3))
    for n in range(1, 7)
}
UNITS = gpd.GeoDataFrame(geometry=list(CELLS.values()), index=list(CELLS), crs=27700)
EDGES = adjacency(UNITS)


def barrier(*rows: tuple[str, float, list[tuple[float, float]]]) -> gpd.GeoDataFrame:
    lines = [translate(LineString(points), 450_000, 250_000) for _, _, points in rows]
    return gpd.GeoDataFrame(
        {"name": [r[0] for r in rows], "strength": [float(r[1]) for r in rows]}, geometry=lines, crs=27700
    )


def shares(barriers: gpd.GeoDataFrame, **how: float) -> dict[tuple[str, str], tuple[float, float, str]]:
    table = border_shares(UNITS, EDGES, barriers, **how)
    assert list(table[["from_code", "to_code"]].itertuples(index=False, name=None)) == sorted(
        table[["from_code", "to_code"]].itertuples(index=False, name=None)
    )
    return {
        (row.from_code[-1], row.to_code[-1]): (row.share, row.strength, row.name_)
        for row in table.rename(columns={"name": "name_"}).itertuples()
    }


def test_a_river_along_a_border_holds_all_of_it() -> None:
    assert shares(barrier(("River", 1, [(-500, 0), (3500, 0)]))) == {
        ("1", "4"): (1.0, 1.0, "River"), ("2", "5"): (1.0, 1.0, "River"), ("3", "6"): (1.0, 1.0, "River"),
    }  # fmt: skip


def test_half_a_border_is_half_and_the_ends_reach_as_far_as_near_is() -> None:
    found = shares(barrier(("Wall", 0.5, [(0, 0), (475, 0)])))
    assert found == {("1", "4"): (pytest.approx(0.5, abs=0.001), 0.5, "Wall")}


def test_near_is_near_and_farther_is_not() -> None:
    assert ("1", "4") in shares(barrier(("River", 1, [(0, 24), (1000, 24)])))
    assert shares(barrier(("River", 1, [(0, 26), (1000, 26)]))) == {}
    assert ("1", "4") in shares(barrier(("River", 1, [(0, 26), (1000, 26)])), near_m=30)


def test_a_road_that_only_crosses_a_border_does_not_count() -> None:
    assert shares(barrier(("Road", 1, [(500, -900), (500, 900)]))) == {}


def test_of_barriers_side_by_side_the_strongest_counts_whatever_their_order() -> None:
    weak, strong = ("Brook", 0.2, [(0.0, 10.0), (1000.0, 10.0)]), ("Railway", 0.8, [(0.0, 0.0), (475.0, 0.0)])
    one, other = shares(barrier(weak, strong)), shares(barrier(strong, weak))
    assert one == other
    share, strength, name = one["1", "4"]
    assert share == 1.0 and strength == pytest.approx(0.5 * 0.8 + 0.5 * 0.2, abs=0.01)
    assert name in ("Railway", "Brook")


def test_links_are_no_borders() -> None:
    link = pd.DataFrame([("E01900001", "E01900004", 0.0, "ferry", "")], columns=EDGES.columns)
    both = pd.concat([link, EDGES[EDGES["from_code"] != "E01900001"]])
    assert ("1", "4") not in {
        (a[-1], b[-1])
        for a, b in border_shares(UNITS, both, barrier(("River", 1, [(0, 0), (3000, 0)])))[
            ["from_code", "to_code"]
        ].itertuples(index=False)
    }


def test_no_barriers_and_no_borders_give_an_empty_table_of_the_right_kind() -> None:
    none = border_shares(UNITS, EDGES, barrier(("River", 1, [(0, 0), (3000, 0)])).iloc[:0])
    assert not len(none) and none["share"].dtype == "float64"
    assert not len(border_shares(UNITS, EDGES.iloc[:0], barrier(("River", 1, [(0, 0), (3000, 0)]))))


def test_a_border_is_found_across_the_snap() -> None:
    one, other = box(0, 0, 100, 100), box(100.6, 0, 200, 100)
    assert shared_border(one, other).length == pytest.approx(100, abs=2.5)
    assert shared_border(one, box(102, 0, 200, 100)).length == 0
    assert shared_border(one, box(100, 100, 200, 200)).length == 0  # a corner is no border


def test_degrees_are_refused() -> None:
    lines = barrier(("River", 1, [(0, 0), (3000, 0)]))
    with pytest.raises(DataError, match="EPSG:27700"):
        border_shares(UNITS.to_crs(4326), EDGES, lines)
    with pytest.raises(DataError, match="EPSG:27700"):
        border_shares(UNITS, EDGES, lines.to_crs(4326))


def test_strengths_are_numbers_from_0_to_1() -> None:
    names = pd.Series(["Cam", "A14"])
    assert list(strengths(pd.Series(["0", "1"]), names, file="b", column="strength")) == [0.0, 1.0]
    with pytest.raises(DataError, match=r"A14 \(“2”\)"):
        strengths(pd.Series(["0", "2"]), names, file="b", column="strength")
    with pytest.raises(DataError, match=r"Cam \(“”\)"):
        strengths(pd.Series([None, "1"]), names, file="b", column="strength")


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 1),
            st.lists(st.tuples(st.integers(-100, 3100), st.integers(-1100, 1100)), min_size=2, max_size=5),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_shares_and_strengths_stay_in_range_and_do_not_depend_on_the_order(
    drawn: list[tuple[float, list[tuple[int, int]]]],
) -> None:
    rows = [
        (f"B{n}", s, [(float(x), float(y)) for x, y in pts]) for n, (s, pts) in enumerate(drawn) if len(set(pts)) > 1
    ]
    if not rows:
        return
    one = border_shares(UNITS, EDGES, barrier(*rows))
    other = border_shares(UNITS, EDGES, barrier(*reversed(rows)))
    assert one["share"].between(0, 1).all() and (one["share"] > 0).all()
    least, most = min(r[1] for r in rows), max(r[1] for r in rows)
    assert one["strength"].between(least - 1e-6, most + 1e-6).all()
    pd.testing.assert_frame_equal(one, other)


@pytest.mark.places
def test_the_borders_of_real_districts_lie_on_their_outlines(cambridgeshire: Path) -> None:
    area = load_area(cambridgeshire)
    district = dict(zip(area.codes, area.level("district").assignment, strict=True))
    outlines = area.units.dissolve(by=[district[c] for c in area.codes]).boundary
    lines = gpd.GeoDataFrame({"name": list(outlines.index), "strength": 1.0}, geometry=list(outlines), crs=27700)
    found = border_shares(area.units, area.edges, lines).set_index(["from_code", "to_code"])
    between = [
        (a, b)
        for a, b, length in area.edges[["from_code", "to_code", "length_m"]].itertuples(index=False)
        if district[a] != district[b] and length > 50
    ]
    assert len(between) > 50
    assert found.loc[between, "share"].min() > 0.98
    within = found[[district[a] == district[b] for a, b in found.index]]
    assert len(found) - len(within) >= len(between) and len(within) < 0.1 * len(area.edges)


def test_barriers_are_read_exactly_and_a_file_without_any_says_what_is_lacking(tmp_path: Path) -> None:
    area = grid_area(["AABB"] * 3, 1_000)
    west, south, east, north = area.units.total_bounds
    line = LineString([(west + x, (south + north) / 2 + x % 3) for x in range(0, int(east - west), 7)])
    file = tmp_path / "b.geojson"
    gpd.GeoDataFrame({"name": ["Cam"], "strength": [0.7]}, geometry=[line], crs=27700).to_crs(4326).to_file(file)
    frame, receipts = read_barriers(file, "b.geojson", area)
    assert len(frame.geometry[0].coords) == len(line.coords) and list(frame["strength"]) == [0.7]
    assert [(r.table, r.rows_kept) for r in receipts] == [("Barriers", 1)]
    gpd.GeoDataFrame({"name": ["Cam"]}, geometry=[line], crs=27700).to_crs(4326).to_file(file)
    with pytest.raises(DataError, match="holds no barriers") as error:
        read_barriers(file, "b.geojson", area)
    assert "strength" in error.value.mend


def test_a_barrier_in_many_parts_counts_as_one_line() -> None:
    parts = MultiLineString([[(0, 0), (400, 0)], [(400, 0), (1000, 0)]])
    lines = gpd.GeoDataFrame(
        {"name": ["River"], "strength": [1.0]}, geometry=[translate(parts, 450_000, 250_000)], crs=27700
    )
    assert shares(lines) == {("1", "4"): (1.0, 1.0, "River")}

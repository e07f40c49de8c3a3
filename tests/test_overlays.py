"""A planner's own files: what each is taken for, what is left out and why, and what may not come in."""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from boundaries import crs, overlays
from boundaries.area import Area
from boundaries.errors import DataError
from boundaries.ground import kinds_of_lines
from boundaries.overlays import read_overlays
from footprints.editing import overlays as kept
from footprints.editing.overlays import Overlays
from tests.grids import ORIGIN, grid_area

# 4 x 3 squares of 1 km; the south-west corner is at (WEST, SOUTH)
AREA = grid_area(["AABB"] * 3, 1_000)
WEST, SOUTH = ORIGIN[0], ORIGIN[1] - 3_000
HOSTILE = "<img src=x onerror=alert(1)>\u0007 & “Beat”"


def at(x: float, y: float) -> tuple[float, float]:
    """Metres from the south-west corner as eastings and northings."""
    return WEST + x, SOUTH + y


def degrees(x: float, y: float) -> tuple[float, float]:
    point = crs.to_degrees(np.asarray([Point(*at(x, y))], dtype=object))[0]
    return point.x, point.y


def csv(folder: Path, *rows: str, name: str = "list.csv") -> Path:
    file = folder / name
    file.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="")
    return file


def layer(folder: Path, called: str, shapes: list[Any], epsg: int = 4326, /, **columns: list[Any]) -> Path:
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs=27700).to_crs(epsg)
    file = folder / called
    frame.to_file(file, driver="GPKG" if called.endswith(".gpkg") else "GeoJSON")
    return file


def square(x: float, y: float, side: float = 1_000) -> Polygon:
    return box(*at(x, y), *at(x + side, y + side))


def line(*points: tuple[float, float]) -> LineString:
    return LineString([at(*p) for p in points])


def only(path: Path, area: Area = AREA) -> overlays.Overlay:
    (found,) = read_overlays(path, path.name, area)
    return found


def left_out(found: overlays.Overlay) -> dict[str, int]:
    return {d.reason: d.rows for d in found.receipt.dropped}


# ---------------------------------------------------------------- lists of places


def test_a_list_is_placed_by_coordinates_of_either_kind(tmp_path: Path) -> None:
    lon, lat = degrees(500, 500)
    east, north = at(500, 500)
    for header, row in (
        ("name,category,latitude,longitude", f"Hub,Library,{lat},{lon}"),
        ("Name,Type,LAT,Long", f"Hub,Library,{lat},{lon}"),
        ("name,category,Easting,Northing", f"Hub,Library,{east},{north}"),
        ("name,category,x,y", f"Hub,Library,{east},{north}"),
        ("name,category,x,y", f"Hub,Library,{lon},{lat}"),
    ):
        found = only(csv(tmp_path, header, row))
        assert (found.role, found.frame["name"][0], found.frame["kind"][0]) == ("shapes", "Hub", "Library")
        assert found.frame.geometry[0].distance(Point(east, north)) < 1
        assert left_out(found) == {}


def test_rows_without_a_position_are_left_out_by_reason(tmp_path: Path) -> None:
    east, north = at(1500, 500)
    known = pd.DataFrame({"x": [east], "y": [north], "unit": [""]}, index=["AB12CD"])
    area = replace(AREA, postcodes=known)
    lon, lat = degrees(500, 500)
    far_lon, far_lat = degrees(90_000, 500)
    found = only(
        csv(
            tmp_path,
            "name,latitude,longitude,postcode",
            f"Here,{lat},{lon},",
            "By postcode,,,ab1 2cd",
            "No such postcode,,,ZZ1 1ZZ",
            "Nothing,,,",
            "Zero,0,0,",
            "Unplaced,99.999999,0,",
            "In France,44.1,2.3,",
            f"Far away,{far_lat},{far_lon},",
        ),
        area,
    )
    assert list(found.frame["name"]) == ["Here", "By postcode"]
    assert found.frame.geometry[1].equals(Point(*at(1500, 500)))
    assert left_out(found) == {
        "position outside Britain": 1,
        "postcode not among those of this place": 1,
        "neither coordinates nor a postcode": 3,
        "outside the place": 1,
    }
    assert (found.receipt.rows_read, found.receipt.rows_kept) == (8, 2)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "0", "51.9", "56.4", "600500", "x1"]),
            st.sampled_from(["", "0", "1.3", "-200", "797500"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_row_is_drawn_or_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    lon, lat = degrees(500, 500)
    file = csv(
        tmp_path_factory.mktemp("rows"),
        "name,latitude,longitude",
        f"Sure,{lat},{lon}",
        *(f"Row {n},{a},{b}" for n, (a, b) in enumerate(rows)),
    )
    try:
        found = only(file)
    except DataError as error:
        assert "x1" in error.message and "latitude" in error.message
        return
    assert found.receipt.rows_read == len(rows) + 1
    assert found.receipt.rows_kept + sum(left_out(found).values()) == len(rows) + 1


def test_swapped_coordinates_and_lists_without_any_are_refused_with_the_mend(tmp_path: Path) -> None:
    lon, lat = degrees(500, 500)
    with pytest.raises(DataError, match="latitude stands where longitude should be") as swapped:
        only(csv(tmp_path, "name,latitude,longitude", f"A,{lon},{lat}", f"B,{lon},{lat}"))
    assert "headers" in swapped.value.mend
    with pytest.raises(DataError, match="does not say where its rows are; its columns are: name, place") as lacking:
        only(csv(tmp_path, "name,place", "A,B"))
    assert "postcode" in lacking.value.mend


def test_data_about_persons_never_come_in(tmp_path: Path) -> None:
    east, north = at(500, 500)
    with pytest.raises(DataError, match="dates of birth"):
        only(csv(tmp_path, "name,date of birth,easting,northing", f"A,1950-01-01,{east},{north}"))
    with pytest.raises(DataError, match="NHS numbers"):
        only(layer(tmp_path, "a.geojson", [square(0, 0)], nhs_number=["9434765919"]))


# ---------------------------------------------------------------- layers


def test_areas_are_read_from_either_format_with_names_as_plain_text(tmp_path: Path) -> None:
    for name, epsg in (("beats.geojson", 4326), ("beats.gpkg", 27700), ("beats.gpkg", 4326)):
        found = only(layer(tmp_path, name, [square(0, 0), square(90_000, 0)], epsg, beat_name=[HOSTILE, "Far"]))
        assert found.role == "shapes"
        assert list(found.frame["name"]) == ["<img src=x onerror=alert(1)> & “Beat”"]
        assert left_out(found) == {"outside the place": 1}
        assert found.frame.geometry[0].symmetric_difference(square(0, 0)).area < 10_000


def test_lines_are_a_base_map_and_lines_with_a_strength_are_barriers(tmp_path: Path) -> None:
    shapes = [line((0, 0), (9_000, 0)), line((0, 500), (500, 900))]
    ground = only(layer(tmp_path, "roads.geojson", shapes, type=["A Road", "Local Road"]))
    assert (ground.role, list(ground.frame["kind"])) == ("ground", ["road", "minor"])
    assert ground.frame.geometry[0].bounds[2] <= at(4_000 + overlays.MARGIN_M, 0)[0] + 1
    barrier = only(
        layer(tmp_path, "b.geojson", shapes, name=["Cam", "A14"], strength=[1, 0.25], kind=["river", "motorway"])
    )
    assert barrier.role == "barriers"
    assert list(barrier.frame["strength"]) == [1.0, 0.25]
    assert list(barrier.frame["kind"]) == ["river", "motorway"]


@pytest.mark.parametrize("strength", ["1.5", "-0.1", "", "strong"])
def test_a_strength_beyond_its_range_is_refused_by_name(tmp_path: Path, strength: str) -> None:
    file = layer(tmp_path, "b.geojson", [line((0, 0), (900, 0))] * 2, name=["Cam", "A14"], strength=["0.5", strength])
    with pytest.raises(DataError, match=f"“{strength}”" if strength == "strong" else "from 0 to 1.*A14"):
        only(file)


def test_a_mixture_is_sorted_and_what_cannot_be_drawn_is_counted(tmp_path: Path) -> None:
    bow = Polygon([at(0, 0), at(1000, 1000), at(1000, 0), at(0, 1000)])
    shapes = [square(0, 0), Point(*at(500, 500)), line((0, 0), (10, 10)), bow, None]
    found = only(layer(tmp_path, "mixed.geojson", shapes, name=list("abcde")))
    assert list(found.frame["name"]) == ["a", "b", "d"]
    assert left_out(found) == {"lines among areas or points": 1, "no shape": 1}
    assert "1 invalid shape repaired" in found.receipt.notes


def test_every_layer_of_a_geopackage_and_every_file_of_a_zip_is_listed(tmp_path: Path) -> None:
    file = tmp_path / "two.gpkg"
    for name, shape in (("beats", square(0, 0)), ("hubs", Point(*at(10, 10)))):
        frame = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shape], crs=27700)
        frame.to_file(file, layer=name, driver="GPKG")
    assert [own.name for own in read_overlays(file, "two.gpkg", AREA)] == ["two.gpkg · beats", "two.gpkg · hubs"]
    gpd.GeoDataFrame({"name": ["A"]}, geometry=[square(0, 0)], crs=27700).to_file(tmp_path / "area.shp")
    packed = tmp_path / "areas.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in ("shp", "shx", "dbf", "prj"):
            archive.write(tmp_path / f"area.{part}", f"area.{part}")
    (found,) = read_overlays(packed, "areas.zip", AREA)
    assert (found.name, len(found.frame)) == ("areas.zip", 1)


def test_a_layer_about_another_place_is_told_beside_those_that_are_drawn(tmp_path: Path) -> None:
    file = tmp_path / "two.gpkg"
    for name, x in (("here", 0), ("there", 90_000)):
        gpd.GeoDataFrame({"name": ["A"]}, geometry=[square(x, 0)], crs=27700).to_file(file, layer=name, driver="GPKG")
    (found,) = read_overlays(file, "two.gpkg", AREA)
    assert found.name == "two.gpkg · here"
    assert "nothing to draw in two.gpkg · there (1 row: 1 outside the place)" in found.receipt.notes


def test_a_column_that_comes_late_is_looked_at_too(tmp_path: Path) -> None:
    file = layer(tmp_path, "a.geojson", [square(0, 0)] * 80, name=["A"] * 80)
    told = json.loads(file.read_text(encoding="utf-8"))
    told["features"][-1]["properties"]["NHS number"] = "9434765919"
    file.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(DataError, match=r"NHS number.*may not be loaded"):
        only(file)


def test_a_file_about_another_place_says_so_with_its_numbers(tmp_path: Path) -> None:
    file = layer(tmp_path, "far.geojson", [square(90_000, 0)] * 3, name=list("abc"))
    with pytest.raises(
        DataError, match=r"Nothing in far.geojson \(3 rows: 3 outside the place\) can be drawn on Gridshire"
    ):
        only(file)


def test_lines_too_fine_are_drawn_coarser_and_the_receipt_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(overlays.MOST_POINTS, "ground", 60)
    wavy = line(*((x * 10, 4 * (-1) ** x) for x in range(100)))
    found = only(layer(tmp_path, "river.geojson", [wavy]))
    assert found.tolerance_m == 10 and "drawn to within 10 m" in found.receipt.notes
    assert found.frame.geometry[0].hausdorff_distance(wavy) <= 10
    monkeypatch.setitem(overlays.MOST_POINTS, "ground", 1)
    with pytest.raises(DataError, match="at most 1 are drawn at once"):
        only(layer(tmp_path, "river.geojson", [wavy]))


def test_more_points_than_can_be_drawn_are_refused_with_both_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overlays, "MOST_SHAPES", 2)
    east, north = at(500, 500)
    with pytest.raises(DataError, match="holds 3 areas or points in this place; at most 2"):
        only(csv(tmp_path, "name,easting,northing", *[f"A,{east},{north}"] * 3))


def test_what_is_no_layer_is_refused_in_plain_words(tmp_path: Path) -> None:
    for name, data in (("a.geojson", b'{"type":"FeatureCollection","features":['), ("b.gpkg", b"SQLite format 3\0"),
                       ("c.geojson", b"<OGRVRTDataSource/>"), ("d.zip", b"PK\x03\x04"), ("e.csv", b"")):  # fmt: skip
        (tmp_path / name).write_bytes(data)
        with pytest.raises(DataError):
            read_overlays(tmp_path / name, name, AREA)


@pytest.mark.parametrize(
    ("columns", "name", "kinds"),
    [
        ({"highway": ["motorway", "residential", ""], "railway": ["", "", "rail"]}, "x", ["motorway", "minor", "rail"]),
        ({"class": ["Motorway", "B Road", "?"], "function": ["", "", "Local"]}, "x", ["motorway", "road", "minor"]),
        ({"form": ["inlandRiver", "canal"]}, "x", ["water", "water"]),
        ({"id": ["1"]}, "roads_railway.gpkg · rail", ["rail"]),
        ({"type": ["thing"]}, "lines", ["other"]),
        ({"highway": ["trail"]}, "x", ["road"]),
    ],
)  # fmt: skip
def test_lines_are_told_apart_by_what_their_columns_say(
    columns: dict[str, list[Any]], name: str, kinds: list[str]
) -> None:
    found, told = kinds_of_lines(pd.DataFrame(columns), name)
    assert found == kinds
    assert f"{found.count(found[0]):,} " in told


# ---------------------------------------------------------------- the files of a place


def put(own: Overlays, file: Path, given: str = "") -> list[str]:
    copy = file.with_name("incoming")
    copy.write_bytes(file.read_bytes())
    return own.add(copy, given or file.name)


def test_files_stay_with_their_place_and_go_when_they_are_removed(tmp_path: Path) -> None:
    own = Overlays(AREA, tmp_path / "kept")
    (key,) = put(own, layer(tmp_path, "beats.geojson", [square(0, 0, 2_000)], name=[HOSTILE]))
    (row,) = own.listed()
    assert (row["name"], row["words"], row["role"], row["left"]) == ("beats.geojson", "1 area", "shapes", [])
    again = Overlays(AREA, tmp_path / "kept")
    assert again.listed() == [row] and again.shapes(key) == own.shapes(key)
    with pytest.raises(DataError, match="is on the map already, as beats"):
        put(again, tmp_path / "beats.geojson", "other name.geojson")
    again.remove(row["file"])
    assert again.listed() == [] and Overlays(AREA, tmp_path / "kept").listed() == []
    assert [f.name for f in (tmp_path / "kept").iterdir()] == ["index.json"]
    with pytest.raises(DataError, match="not on the map any more"):
        again.shapes(key)


def test_what_is_drawn_says_which_lsoas_an_area_holds(tmp_path: Path) -> None:
    own = Overlays(AREA, tmp_path / "kept")
    (key,) = put(
        own, layer(tmp_path, "beats.gpkg", [square(0, 0, 2_000), square(100, 100, 50)], 27700, name=["A", "B"])
    )
    told = json.loads(gzip.decompress(own.shapes(key)))
    assert [row["holds"] for row in told["rows"]] == [
        "holds the middle of 4 LSOAs, 4,000 residents", "holds the middle of no LSOA",
    ]  # fmt: skip
    lat, lon = told["rows"][0]["middle"]
    assert square(0, 0, 2_000).contains(Point(*crs.metres_of(np.array([[lon, lat]]))[0]))


def test_nothing_drawn_changes_the_area(tmp_path: Path) -> None:
    before = AREA.digest, AREA.units.copy(), AREA.edges.copy()
    own = Overlays(AREA, tmp_path / "kept")
    put(own, layer(tmp_path, "a.geojson", [square(0, 0)], name=["A"]))
    assert before[0] == AREA.digest and before[1].equals(AREA.units) and before[2].equals(AREA.edges)


def test_a_file_that_went_missing_is_listed_with_the_reason(tmp_path: Path) -> None:
    own = Overlays(AREA, tmp_path / "kept")
    put(own, layer(tmp_path, "a.geojson", [square(0, 0)], name=["A"]))
    (key,) = (f for f in (tmp_path / "kept").iterdir() if f.suffix == "")
    key.unlink()
    (row,) = Overlays(AREA, tmp_path / "kept").listed()
    assert row["role"] == "none" and "a.geojson" in row["words"]


def test_files_too_large_or_too_many_are_refused_with_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Overlays(AREA, tmp_path / "kept")
    file = layer(tmp_path, "a.geojson", [square(0, 0)], name=["A"])
    monkeypatch.setattr(kept, "LARGEST", 10)
    with pytest.raises(DataError, match="at most 0 MB are read"):
        put(own, file)
    monkeypatch.setattr(kept, "LARGEST", 1_000_000)
    monkeypatch.setattr(kept, "MOST_FILES", 0)
    with pytest.raises(DataError, match="There are 0 files on this map already"):
        put(own, file)
    assert own.listed() == []


def test_messages_call_a_file_what_the_planner_calls_it(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\x00\x01binary")
    with pytest.raises(DataError) as error:
        Overlays(AREA, tmp_path / "kept").add(tmp_path / "x", "My beats.geojson")
    assert error.value.message.startswith("My beats.geojson")

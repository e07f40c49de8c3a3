"""Boundaries enter in metres, valid, one row per code; what was mended stands in the receipt, the rest is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from shapely.affinity import translate
from shapely.geometry import MultiPolygon, Point, Polygon, box

from boundaries import crs, layers, sources
from boundaries.errors import DataError
from boundaries.readers import geometry


def cells(count: int = 4, first: int = 1) -> gpd.GeoDataFrame:
    """`count` squares of 1 km in a row, from west to east."""
    at = range(first, first + count)
    return gpd.GeoDataFrame(
        {"LSOA21CD": [f"E0100000{n}" for n in at], "LSOA21NM": [f"Exampleton 00{n}A" for n in at]},
        geometry=[box(500_000 + n * 1000, 200_000, 501_000 + n * 1000, 201_000) for n in at],
        crs=27700,
    )


def read(folder: Path, **kwargs: Any) -> geometry.Layer:
    return geometry.read_boundaries([f for f in sources.scan(folder) if f.kind == "lsoa_boundaries"], **kwargs)


def raw_geojson(path: Path, frame: gpd.GeoDataFrame, crs_member: str | None) -> None:
    """The coordinates as they are, with the crs member asked for (GDAL would write its own)."""
    document = json.loads(frame.to_json(drop_id=True))
    document.pop("crs", None)
    if crs_member:
        document["crs"] = {"type": "name", "properties": {"name": crs_member}}
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp"])
@pytest.mark.parametrize("epsg", [27700, 4326])
def test_every_format_gives_the_same_metres(tmp_path: Path, name: str, epsg: int) -> None:
    cells().to_crs(epsg).to_file(tmp_path / name)
    layer = read(tmp_path)
    assert layer.frame.crs.to_epsg() == 27700
    assert list(layer.frame.index) == ["E01000001", "E01000002", "E01000003", "E01000004"]
    assert layer.frame.area.to_numpy() == pytest.approx(1e6, rel=1e-4)
    assert layer.frame.loc["E01000002", "name"] == "Exampleton 002A"
    (receipt,) = layer.receipts
    assert (receipt.rows_read, receipt.rows_kept, receipt.notes, receipt.vintage) == (4, 4, (), "LSOA 2021")


@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.shp"])
def test_a_study_area_is_read_out_of_a_larger_file(tmp_path: Path, name: str) -> None:
    frame = cells(9)
    frame.loc[2, "LSOA21CD"] = " e01000003 "
    frame.to_file(tmp_path / name)
    layer = read(tmp_path, codes=["E01000003", "E01000007"])
    assert list(layer.frame.index) == ["E01000003", "E01000007"]
    assert layer.frame.loc["E01000003"].geometry.centroid.x == pytest.approx(503_500, abs=3)
    (receipt,) = layer.receipts
    assert [(d.reason, d.rows) for d in receipt.dropped] == [("outside the study area", 7)]
    assert receipt.notes == ("1 code with blanks or lower-case letters tidied",)


def test_cutting_a_geojson_gives_what_parsing_it_whole_gives(tmp_path: Path) -> None:
    frame = cells(9)
    frame.loc[3, "LSOA21NM"] = 'Odd {"LSOA21CD": "E01000001"} } name, café'
    path = tmp_path / "a.geojson"
    for label in (None, "urn:ogc:def:crs:EPSG::27700"):
        raw_geojson(path, frame, label)
        if label:  # the crs member after the features
            document = json.loads(path.read_text(encoding="utf-8"))
            path.write_text(json.dumps({**document, "crs": document["crs"]}, ensure_ascii=False), encoding="utf-8")
        wanted = frozenset(["E01000004", "E01000007"])
        cut = layers.cut_features(path, "LSOA21CD", wanted)
        assert cut is None or cut.features == 9
        layer = read(tmp_path, codes=wanted)
        assert layer.frame["name"].tolist() == [frame.loc[3, "LSOA21NM"], "Exampleton 007A"]
        assert layer.receipts[0].rows_read == 9
    #  "type" is not the first member of a feature: not cut, but read the same
    raw_geojson(path, frame, None)
    document = json.loads(path.read_text(encoding="utf-8"))
    document["features"] = [{"id": n, **f} for n, f in enumerate(document["features"])]
    path.write_text(json.dumps(document), encoding="utf-8")
    assert layers.cut_features(path, "LSOA21CD", wanted) is None
    assert list(read(tmp_path, codes=wanted).frame.index) == sorted(wanted)


def test_no_unit_wanted_in_a_page(tmp_path: Path) -> None:
    cells(3).to_file(tmp_path / "page1.geojson")
    cells(3, first=4).to_file(tmp_path / "page2.geojson")
    layer = read(tmp_path, codes=["E01000005"])
    assert list(layer.frame.index) == ["E01000005"]
    assert [r.rows_kept for r in layer.receipts] == [0, 1]


# ---------------------------------------------------------------- CRS


@pytest.mark.parametrize(
    ("epsg", "label", "note"),
    [
        (4326, None, ""),
        (4326, "urn:ogc:def:crs:OGC:1.3:CRS84", ""),
        (27700, "urn:ogc:def:crs:EPSG::27700", ""),
        (27700, None, "labelled as degrees (EPSG:4326) but holds metres: read as EPSG:27700"),
        (
            27700,
            "urn:ogc:def:crs:OGC:1.3:CRS84",
            "labelled as degrees (EPSG:4326) but holds metres: read as EPSG:27700",
        ),
        (4326, "urn:ogc:def:crs:EPSG::27700", "labelled as metres (EPSG:27700) but holds degrees: read as EPSG:4326"),
        (3857, "urn:ogc:def:crs:EPSG::3857", "changed from EPSG:3857 to EPSG:27700"),
    ],
)
def test_coordinates_are_believed_before_labels(tmp_path: Path, epsg: int, label: str | None, note: str) -> None:
    raw_geojson(tmp_path / "a.geojson", cells().to_crs(epsg), label)
    layer = read(tmp_path)
    assert layer.frame.area.to_numpy() == pytest.approx(1e6, rel=1e-4)
    assert layer.receipts[0].notes == ((note,) if note else ())


@pytest.mark.parametrize(("epsg", "word"), [(27700, "metres"), (4326, "degrees")])
def test_a_shapefile_without_prj_is_read_when_its_coordinates_leave_no_doubt(
    tmp_path: Path, epsg: int, word: str
) -> None:
    cells().to_crs(epsg).to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    layer = read(tmp_path)
    assert layer.frame.area.to_numpy() == pytest.approx(1e6, rel=1e-4)
    assert "no CRS in the file" in layer.receipts[0].notes[0] and word in layer.receipts[0].notes[0]


def test_no_crs_and_coordinates_that_could_be_anything(tmp_path: Path) -> None:
    cells().translate(4_000_000).to_frame("geometry").assign(LSOA21CD="E01000001").to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    with pytest.raises(DataError, match=r"a\.shp does not say its coordinate system .*\.prj"):
        read(tmp_path)


def test_shapes_outside_britain_and_swapped_axes(tmp_path: Path) -> None:
    far = cells()
    far.geometry = far.translate(4_000_000)
    raw_geojson(tmp_path / "a.geojson", far, "urn:ogc:def:crs:EPSG::27700")
    with pytest.raises(DataError, match="lie outside Britain"):
        read(tmp_path)
    turned = cells().to_crs(4326)
    turned.geometry = [shapely.transform(g, lambda c: c[:, ::-1]) for g in turned.geometry]
    raw_geojson(tmp_path / "a.geojson", turned, None)
    with pytest.raises(DataError, match="latitude stands where longitude"):
        read(tmp_path)


def test_only_metres_are_measured() -> None:
    with pytest.raises(DataError, match="EPSG:27700"):
        crs.require_metres(cells().to_crs(4326), "This")
    with pytest.raises(DataError, match="without CRS"):
        crs.require_metres(cells().set_crs(None, allow_override=True), "This")


# ---------------------------------------------------------------- shapes


def test_invalid_rings_are_repaired_and_counted(tmp_path: Path) -> None:
    frame = cells()
    #  a bow tie: two triangles that meet in a point; 0.5 km² of ground
    frame.loc[1, "geometry"] = Polygon([(502e3, 200e3), (503e3, 201e3), (503e3, 200e3), (502e3, 201e3)])
    frame.to_file(tmp_path / "a.gpkg")
    layer = read(tmp_path)
    assert layer.frame.geometry.is_valid.all()
    assert layer.frame.loc["E01000002"].geometry.area == pytest.approx(0.5e6)
    assert layer.receipts[0].notes == ("1 invalid shape repaired: E01000002",)


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        (None, "1 row has no shape: E01000002"),
        (Polygon(), "has no shape: E01000002"),
        (Polygon([(502e3, 200e3), (503e3, 200e3), (502e3, 200e3)]), "E01000002 enclose no ground"),
        (Point(502e3, 200e3), "E01000002 are not areas"),
    ],
)
def test_units_without_ground_are_refused(tmp_path: Path, shape: object, said: str) -> None:
    frame = cells()
    frame.loc[1, "geometry"] = shape
    raw_geojson(tmp_path / "a.geojson", frame, "urn:ogc:def:crs:EPSG::27700")
    with pytest.raises(DataError, match=said):
        read(tmp_path)


def test_parts_holes_and_heights(tmp_path: Path) -> None:
    frame = cells(2)
    ring = Polygon(box(0, 0, 1000, 1000).exterior, [box(100, 100, 200, 200).exterior])
    frame.loc[0, "geometry"] = MultiPolygon([translate(ring, 500e3, 200e3), box(6e5, 2e5, 6.1e5, 2.1e5)])
    frame.geometry = shapely.force_3d(frame.geometry)
    frame.to_file(tmp_path / "a.gpkg")
    shape = read(tmp_path).frame.loc["E01000001"].geometry
    assert not shape.has_z and shape.geom_type == "MultiPolygon" and shape.area == pytest.approx(100_990_000)


def test_what_gdal_remarks_stands_in_the_receipt(tmp_path: Path) -> None:
    raw_geojson(tmp_path / "a.geojson", cells(), None)
    document = json.loads((tmp_path / "a.geojson").read_text(encoding="utf-8"))
    document["features"] = [{"id": 1, **f} for f in document["features"]]
    (tmp_path / "a.geojson").write_text(json.dumps(document), encoding="utf-8")
    (receipt,) = read(tmp_path).receipts
    assert receipt.rows_kept == 4 and "Several features with id = 1" in receipt.notes[0]


# ---------------------------------------------------------------- codes and pages


def test_bad_codes_are_named(tmp_path: Path) -> None:
    frame = cells()
    frame.loc[1, "LSOA21CD"] = "EMPTY"
    frame.loc[2, "LSOA21CD"] = None
    frame.to_file(tmp_path / "a.gpkg")
    for codes in (None, ["E01000001"]):
        with pytest.raises(DataError, match=r"a\.gpkg, column “LSOA21CD”: 2 .*“EMPTY”"):
            read(tmp_path, codes=codes)


def test_pages_are_joined_and_a_doubled_row_is_kept_once(tmp_path: Path) -> None:
    cells(3).to_file(tmp_path / "page1.geojson")
    cells(3, first=3).to_file(tmp_path / "page2.geojson")
    layer = read(tmp_path)
    assert list(layer.frame.index) == [f"E0100000{n}" for n in range(1, 6)]
    assert sum(r.rows_kept for r in layer.receipts) == 5
    assert layer.receipts[1].dropped[0].reason == "the same area in another page"


def test_one_code_with_two_shapes_fails(tmp_path: Path) -> None:
    frame = cells(3)
    frame.loc[2, "LSOA21CD"] = "E01000001"
    frame.to_file(tmp_path / "a.gpkg")
    with pytest.raises(DataError, match="E01000001 stand there twice with different shapes"):
        read(tmp_path)
    frame.loc[2, "geometry"] = frame.loc[0, "geometry"]
    frame.to_file(tmp_path / "a.gpkg")
    layer = read(tmp_path)
    assert len(layer.frame) == 2 and layer.receipts[0].dropped[0].reason == "the same row again"


def test_a_copy_in_another_format_is_not_used(tmp_path: Path) -> None:
    cells(3).to_file(tmp_path / "a.geojson")
    cells(3).to_file(tmp_path / "a.gpkg")
    first, second = read(tmp_path).receipts
    assert (first.status, second.status) == ("not used", "used")
    assert first.notes == ("the same areas are in another file of this layer, which was used",)


def test_a_layer_of_2011_is_not_taken_for_2021(tmp_path: Path) -> None:
    cells(3).rename(columns={"LSOA21CD": "LSOA11CD"}).to_file(tmp_path / "a.gpkg")
    with pytest.raises(DataError, match="has no LSOA21CD column"):
        geometry.read_boundaries(sources.scan(tmp_path))


def test_newest_year_of_a_ward_layer(tmp_path: Path) -> None:
    frame = cells(2).rename(columns={"LSOA21CD": "WD25CD", "LSOA21NM": "WD25NM"})
    frame["WD25CD"] = ["E05000001", "E05000002"]
    frame["WD24CD"] = ["E05000009", "E05000009"]
    frame.to_file(tmp_path / "a.gpkg")
    layer = geometry.read_boundaries(sources.scan(tmp_path), entity="ward")
    assert list(layer.frame.index) == ["E05000001", "E05000002"]
    assert "WD25CD taken, not WD24CD" in layer.receipts[0].notes[0]


# ---------------------------------------------------------------- other layers and points


def test_a_local_layer_by_pattern_or_by_the_columns_named(tmp_path: Path) -> None:
    frame = cells(4)[["geometry"]].assign(
        OBJECTID=[1, 2, 3, 4], ref_code=["N", "N", "S", "W"], Name=["Nö", "Nö", "S", "W"]
    )
    frame.to_file(tmp_path / "a.gpkg")
    (file,) = sources.scan(tmp_path)
    assert file.kind == "layer"
    layer = geometry.read_areas(file, bounds=(500_000, 199_000, 503_900, 202_000))
    assert layer.frame["name"].to_dict() == {"N": "Nö", "S": "S"}
    assert layer.frame.loc["N"].geometry.area == pytest.approx(2e6)
    assert [(d.reason, d.rows) for d in layer.receipts[0].dropped] == [("outside the study area", 1)]
    assert "1 row shares the code of another" in layer.receipts[0].notes[0]
    assert list(geometry.read_areas(file, id_column="objectid").frame.index) == ["1", "2", "3", "4"]
    with pytest.raises(DataError, match="no column “beat”"):
        geometry.read_areas(file, id_column="beat")


def test_centroids_from_a_table_or_a_layer(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "FID,LSOA21CD,GlobalID,x,y\n1,E01000002,g,501500,200400\n2,E01000001,h,500500,200500\n", encoding="utf-8"
    )
    frame = cells(2)
    frame.geometry = frame.centroid
    frame.to_crs(4326).to_file(tmp_path / "b.geojson")
    table, layer = sources.scan(tmp_path)
    points, receipt = geometry.read_centroids(table, codes=["E01000002"])
    assert points.to_dict("index") == {"E01000002": {"x": 501500.0, "y": 200400.0}}
    assert (receipt.rows_read, receipt.rows_kept) == (2, 1)
    points, _ = geometry.read_centroids(layer)
    assert points.loc["E01000001", "x"] == pytest.approx(501_500, abs=0.01)


@pytest.mark.places
def test_cornwall_in_both_formats(cornwall: Path) -> None:
    files = [f for f in sources.scan(cornwall) if f.kind == "lsoa_boundaries"]
    layers = [geometry.read_boundaries([f]).frame for f in files]
    assert [len(frame) for frame in layers] == [337, 337]
    assert layers[0].index.equals(layers[1].index)
    assert layers[0].area.sum() == pytest.approx(layers[1].area.sum(), rel=1e-5)

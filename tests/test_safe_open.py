"""What must never be opened, and text that must be read the same whatever its encoding."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from shapely.geometry import box

from boundaries import layers, safe_open
from boundaries.errors import DataError

OTHER_ROWS = "name,place\nsecret,elsewhere\n"
VRT = '<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
GDALG = {"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {} ! write stream", "features": []}
WFS = "<OGRWFSDataSource><URL>http://127.0.0.1:9/wfs</URL></OGRWFSDataSource>"


def layer(path: Path, driver: str, **kwargs: object) -> Path:
    frame = gpd.GeoDataFrame(
        {"LSOA21CD": ["E01000001", "E01000002"], "LSOA21NM": ["One", "Two"]},
        geometry=[box(500000, 200000, 501000, 201000), box(501000, 200000, 502000, 201000)],
        crs=27700,
    )
    frame.to_file(path, driver=driver, **kwargs)
    return path


def in_fresh_process(code: str) -> str:
    env = {**os.environ, "PYTHONWARNDEFAULTENCODING": "0"}
    env.pop("OGR_SKIP", None)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", env=env, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("first", ["import boundaries", "import geopandas, pyogrio, boundaries"])
def test_only_five_drivers_are_left_even_when_gdal_was_loaded_before_us(first: str) -> None:
    told = in_fresh_process(f"{first}; import pyogrio; print(sorted(pyogrio.list_drivers()))")
    assert told == str(sorted(safe_open.ALLOWED_DRIVERS))


def test_the_guard_stands_in_a_child_that_never_imports_us() -> None:
    code = "import boundaries, subprocess, sys; print(subprocess.run([sys.executable, '-c', " + repr(
        "import pyogrio; print(len(set(pyogrio.list_drivers()) - {'GeoJSON', 'GPKG', 'ESRI Shapefile', 'CSV', 'MEM'}))"
    ) + "], capture_output=True, encoding='utf-8').stdout)"  # fmt: skip
    assert in_fresh_process(code) == "0"


@pytest.mark.parametrize("disguise", ["vrt", "gdalg", "wfs", "esrijson", "topojson"])
@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp"])
def test_disguised_files_are_refused(tmp_path: Path, disguise: str, ending: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(OTHER_ROWS, encoding="utf-8")
    text = {
        "vrt": VRT.format(secret),
        "gdalg": json.dumps(GDALG).replace("{}", str(secret)),
        "wfs": WFS,
        "esrijson": '{"geometryType": "esriGeometryPolygon", "features": []}',
        "topojson": '{"type":"Topology","objects":{}}',
    }[disguise]
    path = tmp_path / f"boundaries{ending}"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="is not what its name says"):
        layers.read_layer(path)
    with pytest.raises(DataError):
        layers.describe(path)


def test_gdal_itself_refuses_the_disguise(tmp_path: Path) -> None:
    # The second wall: were the sniff to fail, no driver is left that would follow the VRT.
    secret = tmp_path / "secret.csv"
    secret.write_text(OTHER_ROWS, encoding="utf-8")
    path = tmp_path / "boundaries.geojson"
    path.write_text(VRT.format(secret), encoding="utf-8")
    with pytest.raises(pyogrio.errors.DataSourceError):
        pyogrio.read_dataframe(path)


def test_a_vrt_behind_a_feature_collection_reads_as_geojson_only(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    path.write_text('{"type":"FeatureCollection","features":[]}' + VRT.format("/etc/passwd"), encoding="utf-8")
    with pytest.raises(DataError):
        layers.read_layer(path)


@pytest.mark.parametrize("name", ["a!b.geojson", "a;b.geojson", "odd.zip.geojson", "a%20b.geojson", "q?x#y.geojson"])
def test_names_that_gdal_would_take_for_something_else(tmp_path: Path, name: str) -> None:
    made = layer(tmp_path / "plain.geojson", "GeoJSON")
    odd = tmp_path / name
    odd.write_bytes(made.read_bytes())
    assert list(layers.read_layer(odd)["LSOA21CD"]) == ["E01000001", "E01000002"]


@pytest.mark.parametrize("name", ["/vsicurl/http://127.0.0.1:9/x.geojson", "http://127.0.0.1:9/x.geojson", "CSV:x"])
def test_only_existing_local_files_are_opened(name: str) -> None:
    with pytest.raises(DataError, match="There is no file"):
        layers.read_layer(Path(name))


# ---------------------------------------------------------------- GeoPackage


def spoil(path: Path, *statements: str) -> None:
    base = sqlite3.connect(path)
    for statement in statements:
        base.execute(statement)
    base.commit()
    base.close()


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE TRIGGER wipe AFTER INSERT ON layer BEGIN DELETE FROM layer; END",
        "CREATE VIRTUAL TABLE words USING fts5(body)",
        "CREATE TABLE heavy (a INTEGER, b TEXT GENERATED ALWAYS AS (hex(zeroblob(1000000000))) VIRTUAL)",
        "CREATE TABLE heavy (a INTEGER, b TEXT AS (hex(zeroblob(1000000000))))",
    ],
)
def test_a_geopackage_that_could_run_code_is_refused(tmp_path: Path, statement: str) -> None:
    path = layer(tmp_path / "layer.gpkg", "GPKG")
    assert len(layers.read_layer(path)) == 2
    spoil(path, statement)
    with pytest.raises(DataError, match="only plain tables"):
        layers.read_layer(path)


def test_a_layer_that_is_a_recursive_view_ends_at_once(tmp_path: Path) -> None:
    path = layer(tmp_path / "layer.gpkg", "GPKG")
    spoil(
        path,
        "ALTER TABLE gpkg_contents RENAME TO old",
        "CREATE VIEW gpkg_contents AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
    )
    with pytest.raises(DataError, match="gpkg_contents"):
        layers.read_layer(path)


def test_a_database_that_is_no_geopackage(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    spoil(path, "CREATE TABLE t (a)")
    with pytest.raises(DataError, match="not a GeoPackage"):
        layers.read_layer(path)
    path.write_bytes(b"SQLite format 3\0" + b"rubbish" * 100)
    with pytest.raises(DataError, match="damaged"):
        layers.read_layer(path)


# ---------------------------------------------------------------- zips


def zipped(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_zips_are_checked_before_they_are_read(tmp_path: Path) -> None:
    good = zipped(tmp_path / "good.zip", {"a.csv": "x,y\n1,2\n"})
    assert safe_open.read_csv(good, "a.csv")[0].to_dict("list") == {"x": ["1"], "y": ["2"]}
    (tmp_path / "cut.zip").write_bytes(good.read_bytes()[:-30])
    with pytest.raises(DataError, match="damaged or unfinished"):
        safe_open.zip_members(tmp_path / "cut.zip")
    for name in ("../up.csv", "/root.csv", "C:\\x.csv", "a/../../b.csv"):
        with pytest.raises(DataError, match="outside it"):
            safe_open.zip_members(zipped(tmp_path / "bad.zip", {name: "x"}))
    with pytest.raises(DataError, match="another zip"):
        safe_open.zip_members(zipped(tmp_path / "bad.zip", {"inner.zip": good.read_bytes()}))
    with pytest.raises(DataError, match="at most"):
        safe_open.zip_members(zipped(tmp_path / "bad.zip", {f"{n}.csv": "x" for n in range(301)}))
    with pytest.raises(DataError, match="times its size"):
        safe_open.zip_members(zipped(tmp_path / "bad.zip", {"bomb.csv": b"0" * (40 << 20)}))


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("passwd.csv")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(DataError, match="holds a link"):
        safe_open.zip_members(tmp_path / "link.zip")


def test_a_member_that_fails_its_checksum(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a.csv", "code,people\n" + "E01000001,1500\n" * 50)
    path.write_bytes(path.read_bytes().replace(b"1500", b"9500", 1))
    with pytest.raises(DataError, match="checksum"):
        safe_open.read_csv(path, "a.csv")


def test_a_zipped_shapefile_with_odd_names(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    layer(folder / "l.shp", "ESRI Shapefile")
    parts = {f"Data (V5)!/LSOA 2021{p.suffix.upper()}": p.read_bytes() for p in sorted(folder.iterdir())}
    path = zipped(tmp_path / "x.zip", parts)
    frame = layers.read_layer(path, "Data (V5)!/LSOA 2021.SHP")
    assert list(frame["LSOA21NM"]) == ["One", "Two"] and frame.crs.to_epsg() == 27700
    del parts["Data (V5)!/LSOA 2021.SHX"]
    with pytest.raises(DataError, match=r"without its companion \.shx"):
        layers.read_layer(zipped(tmp_path / "y.zip", parts), "Data (V5)!/LSOA 2021.SHP")


# ---------------------------------------------------------------- text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_text_is_the_same_in_every_encoding(tmp_path: Path, encoding: str, ends: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(ends.join(["Code,Name", 'E01000001,"Ynys Môn, café"', ""]).encode(encoding))
    frame, used = safe_open.read_csv(path)
    assert frame.to_dict("list") == {"Code": ["E01000001"], "Name": ["Ynys Môn, café"]}
    assert used == encoding == safe_open.digest_file(path).encoding
    assert safe_open.read_text(path)[1] == encoding


def test_a_character_cut_by_a_block_is_still_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a" * ((1 << 20) - 1) + "é".encode() + b"z" * (1 << 20))
    assert safe_open.digest_file(path).encoding == "utf-8"
    path.write_bytes(b"a" * ((1 << 20) - 1) + "é".encode()[:1])
    assert safe_open.digest_file(path).encoding == "cp1252"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("a,b\n1,2\n".encode("utf-16"), "UTF-16"),
        ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
        (b"", "is empty"),
        (b" \r\n", "is empty"),
        (b"a;b\n1;2\n", "separated by semicolons"),
        (b"a\tb\n1\t2\n", "separated by tabs"),
        (b"a,b\n1,2,3\n", "not a regular table"),
        (b"a,b\n1,2\n3,4\n1,2,3\n", "not a regular table"),
        (b"a,b\n1,2\n3\n", "last row ends after 1 of 2 columns"),
        (b'a,b\n1,"2\n', "not a regular table"),
        (b"a,b\n\x81,2\n", "neither UTF-8 nor Windows-1252"),
    ],
)
def test_what_cannot_be_read_says_so(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(data)
    with pytest.raises(DataError, match=said) as caught:
        safe_open.read_csv(path)
    assert "table.csv" in str(caught.value)


def test_cells_stay_text_and_rows_are_filtered_as_they_come(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("code,n,other\n05W,007,NA\n06H,,null\n", encoding="utf-8")
    frame, _ = safe_open.read_csv(path, columns=["n", "code"], keep=lambda block: block["code"] == "06H")
    assert frame.to_dict("list") == {"n": [""], "code": ["06H"]} and frame.attrs["rows_read"] == 2
    assert safe_open.read_csv(path)[0]["other"].tolist() == ["NA", "null"]
    assert safe_open.read_csv(path, header=False)[0].iloc[0].tolist() == ["code", "n", "other"]

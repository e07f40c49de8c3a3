"""The cache gives back the same area or nothing: no stale entry, no damaged one, no pickle."""

from __future__ import annotations

import dataclasses
import io
import json
import math
import os
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import MultiPolygon, box

from boundaries import cache, sources
from boundaries.area import Area, Link
from boundaries.receipts import Check, Dropped, Receipt
from tests.grids import grid_area

KEY = "0123456789abcdef" * 4


def full_area() -> Area:
    """A small area with something in every field, awkward values on purpose."""
    area = grid_area(
        ["AAB", ".BB"], upper={"A": "U", "B": "U"}, msoa=["mmn", ".nn"], links=[("E01900001", "E01900005", "ferry")]
    )
    units = area.units.copy()
    units["registered"] = [1.5, math.nan, 0.1 + 0.2, 4.0, 5.0]
    units["rural_urban"] = ["", "Urban: “nearer”, <b>", "a", "b\n", "c"]
    shapes = list(units.geometry)
    shapes[1] = MultiPolygon([shapes[1], box(0, 0, 10, 10).difference(box(2, 2, 3, 3))])
    units.geometry = gpd.GeoSeries(shapes, index=units.index, crs=27700)
    practices = pd.DataFrame(
        {"name": ["Mill"], "postcode": ["EX1 1AA"], "x": [1.25], "y": [math.nan], "unit": [""], "outside": [True]},
        index=pd.Index(["A81001"], name="code"),
    )
    receipt = Receipt(
        file="x.csv", kind="registrations", publisher="p", table="t", edition="e", vintage="v", rows_read=3,
        rows_kept=2, sha256="0", people_read=3.5, dropped=(Dropped("EMPTY", 1, 1.5), Dropped("x", 2)), notes=("a", "b"),
        status="not used",
    )  # fmt: skip
    return dataclasses.replace(
        area,
        units=units,
        ages=pd.DataFrame({"Aged 0 to 15": np.arange(5)}, index=units.index),
        practices=practices,
        registrations=pd.DataFrame({"practice": ["A81001"], "unit": ["E01900001"], "patients": [0.5]}),
        postcodes=pd.DataFrame({"x": [1.0], "y": [2.0], "unit": [""]}, index=pd.Index(["EX11AA"], name="postcode")),
        proposed_links=(Link("E01900001", "E01900002", "ferry", "n", 12.5, "because"),),
        receipts=(receipt,),
        checks=(Check("k", "l", "missing", "m", "mend", ("file",), ("E01900001",)),),
        digest="d",
    )


def assert_same(one: Area, two: Area) -> None:
    for field in dataclasses.fields(Area):
        a, b = getattr(one, field.name), getattr(two, field.name)
        if isinstance(a, pd.DataFrame):
            assert type(a) is type(b)
            # Columns without rows have no type to keep.
            pd.testing.assert_frame_equal(
                pd.DataFrame(a), pd.DataFrame(b), check_dtype=len(a) > 0, check_column_type=False
            )
        else:
            assert a == b, field.name
    assert one.units.crs == two.units.crs
    assert [g.wkb for g in one.units.geometry] == [g.wkb for g in two.units.geometry]


@pytest.mark.parametrize("make", [full_area, lambda: grid_area(["AB"])], ids=["full", "sparse"])
def test_an_area_comes_back_the_same(tmp_path: Path, make: object) -> None:
    area = make()  # type: ignore[operator]
    assert cache.load(KEY, tmp_path) is None
    assert cache.store(KEY, area, tmp_path)
    back = cache.load(KEY, tmp_path)
    assert back is not None
    assert_same(area, back)
    assert cache.content_digest(area) == cache.content_digest(back)
    assert [p.suffix for p in tmp_path.iterdir()] == [".area"]


def test_an_area_kept_by_an_older_version_still_opens() -> None:
    area = grid_area(["AB"])
    lately = ("indicator_values", "growth", "barriers")
    for schema, lacking in (("footprints-area/1", lately), ("footprints-area/2", ("barriers",))):
        sink = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(cache.area_bytes(area))) as kept, zipfile.ZipFile(sink, "w") as older:
            for name in kept.namelist():
                if name == "area.json":
                    told = json.loads(kept.read(name))
                    told["schema"] = schema
                    told["frames"] = {key: frame for key, frame in told["frames"].items() if key not in lacking}
                    for key in ("people_year", "indicators") if schema.endswith("1") else ():
                        del told[key]
                    older.writestr(name, json.dumps(told))
                elif name.partition(".")[0] not in lacking:
                    older.writestr(name, kept.read(name))
        assert_same(area, cache.area_from_bytes(sink.getvalue()))


def test_numbers_left_by_a_filter_come_back_too(tmp_path: Path) -> None:
    area = full_area()
    rows = pd.DataFrame({"practice": ["a", "b"], "unit": ["", ""], "patients": [1.0, 2.0]}, index=[4, 9])
    area = dataclasses.replace(area, registrations=rows)
    assert cache.store(KEY, area, tmp_path)
    back = cache.load(KEY, tmp_path)
    assert back is not None and list(back.registrations.index) == [4, 9]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text", "other key", "other schema", "no array"])
def test_a_damaged_entry_is_no_entry(tmp_path: Path, damage: str) -> None:
    assert cache.store(KEY, full_area(), tmp_path)
    path = tmp_path / f"{KEY}.area"
    data = path.read_bytes()
    if damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "flip":
        at = data.index(b"Urban")
        path.write_bytes(data[:at] + b"X" + data[at + 1 :])
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "text":
        path.write_text("not a zip", encoding="utf-8")
    else:
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        if damage == "other key":
            members["area.json"] = members["area.json"].replace(KEY.encode(), b"f" * 64)
        elif damage == "other schema":
            members["area.json"] = members["area.json"].replace(cache.SCHEMA.encode(), b"footprints-area/0")
        else:
            members = {name: b for name, b in members.items() if "offset" not in name}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name, content)
    assert cache.load(KEY, tmp_path) is None
    assert not path.exists()


def test_an_array_of_objects_is_never_unpickled(tmp_path: Path) -> None:
    assert cache.store(KEY, full_area(), tmp_path)
    path = tmp_path / f"{KEY}.area"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    evil = tmp_path / "evil.npy"
    np.save(evil, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    name = next(n for n in members if n.startswith("units.column"))
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, evil.read_bytes() if member == name else content)
    assert cache.load(KEY, tmp_path) is None


def test_a_disk_that_refuses_does_not_stop_a_load(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert cache.store(KEY, full_area(), tmp_path / "file") is False
    with pytest.raises(ValueError, match="SHA-256"):
        cache.load("../../etc/passwd", tmp_path)


def test_the_key_follows_files_options_and_reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "links.csv"
    source.write_text("from_code,to_code,kind\nE01000001,E01000002,ferry\n", encoding="utf-8")
    files = sources.scan(tmp_path)
    first = cache.cache_key(files, {"area": ["a"], "snap_m": 1.0})
    assert first == cache.cache_key(sources.scan(tmp_path), {"snap_m": 1.0, "area": ["a"]})
    assert first != cache.cache_key(files, {"area": ["b"], "snap_m": 1.0})
    source.write_text("from_code,to_code,kind\nE01000001,E01000002,bridge\n", encoding="utf-8")
    changed = cache.cache_key(sources.scan(tmp_path), {"area": ["a"], "snap_m": 1.0})
    assert first != changed
    monkeypatch.setattr(cache, "reader_version", lambda: "another")
    assert cache.cache_key(sources.scan(tmp_path), {"area": ["a"], "snap_m": 1.0}) != changed


def test_the_digest_follows_the_content() -> None:
    area = full_area()
    digest = cache.content_digest(area)
    assert digest == cache.content_digest(dataclasses.replace(area, digest="other"))
    assert digest != cache.content_digest(dataclasses.replace(area, name="Other"))
    units = area.units.copy()
    units.iloc[0, units.columns.get_loc("residents")] += 1
    assert digest != cache.content_digest(dataclasses.replace(area, units=units))
    moved = area.units.copy()
    moved.geometry = moved.translate(0.0001, 0)
    assert digest == cache.content_digest(dataclasses.replace(area, units=moved))
    moved.geometry = moved.translate(1, 0)
    assert digest != cache.content_digest(dataclasses.replace(area, units=moved))


def test_old_entries_are_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT_ENTRIES", 2)
    area = grid_area(["A"])
    for n in range(4):
        assert cache.store(f"{n:064x}", area, tmp_path)
        os.utime(tmp_path / f"{n:064x}.area", (1e9 + n, 1e9 + n))
    assert cache.store(f"{9:064x}", area, tmp_path)
    assert sorted(p.stem for p in tmp_path.iterdir()) == [f"{3:064x}", f"{9:064x}"]


def test_the_folder_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTPRINTS_CACHE", str(tmp_path))
    assert cache.cache_folder() == tmp_path / "areas"
    monkeypatch.delenv("FOOTPRINTS_CACHE")
    assert cache.cache_folder().name == "areas"

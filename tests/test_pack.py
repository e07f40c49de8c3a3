"""The pack: what other systems read of it, what its tables add up to, and that it comes back as the plan it was."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import io
import json
import random
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from click.testing import CliRunner

from boundaries import load_area
from boundaries.area import Area, Level
from boundaries.output_areas import output_areas
from boundaries.overlays import Places
from footprints.cli import cli
from footprints.disclosure import audience, shown_to
from footprints.exchange import Decision, pack_bytes, pack_files, pack_name, plan_bytes, read_plan
from footprints.exchange.geojson import geojson_bytes, plan_from_geojson
from footprints.exchange.gpkg import gpkg_bytes, plan_from_gpkg
from footprints.exchange.lookups import postcode_lookup
from footprints.exchange.read import plan_from_csv
from footprints.exchange.shapefile import short_names
from footprints.exchange.tables import lsoa_lookup
from footprints.metrics import metrics_for
from footprints.plan import Plan
from footprints.stamp import Stamp
from tests.grids import grid_area
from tests.plans import drawn
from tests.rfc7946 import faults

PICTURE = ["AABB", "AABB", "A.BB"]


@pytest.fixture
def area() -> Area:
    plain = grid_area(PICTURE, msoa=["XXYY", "XXYY", "X.YY"])
    ward = Level("ward", "Ward 2024", ("E05000001",) * 6 + ("E05000002",) * 5, {"E05000001": "=One"}, "best fit", "x")
    postcodes = pd.DataFrame(
        {
            "x": 0.0, "y": 0.0,
            "unit": [plain.codes[0], plain.codes[1], "", plain.codes[3]],
            "lsoa": ["", plain.codes[2], plain.codes[4], "E01999999"],
            "ended": ["", "202001", "", ""],
            "basis": ["code-point point in polygon", "onspd", "onspd", "onspd"],
        },
        index=pd.Index(["EX11AA", "EX11AB", "EX101AC", "EX11AD"], name="postcode"),
    )  # fmt: skip
    return dataclasses.replace(plain, levels=plain.levels | {"ward": ward}, postcodes=postcodes)


@pytest.fixture
def plan(area: Area) -> Plan:
    return drawn(area, ["ppqq", "ppqq", "p.-q"])


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_lookups_say_how_each_unit_lies_and_add_up(area: Area, plan: Plan) -> None:
    oas = pd.Series({"E00000001": area.codes[0], "E00000002": area.codes[9]})
    files = pack_files(plan, area, oas=oas, status="agreed", valid_from="2027-04-01")
    for key, least in (("msoa", 2), ("ward", 2)):
        table = rows(files[f"{key}_lookup.csv"])
        column = next(iter(table[0]))
        assert len({r[column] for r in table}) >= least
        assert sum(int(r["residents"]) for r in table) == int(area.units["residents"].sum())
        for group in {r[column] for r in table}:
            own = [r for r in table if r[column] == group]
            assert sum(float(r["share"]) for r in own) == pytest.approx(1, abs=1e-3)
            assert {r["nests"] for r in own} == ({"yes"} if len(own) == 1 else {"no"})
    assert next(iter(rows(files["ward_lookup.csv"])[0])) == "WD24CD"
    assert rows(files["ward_lookup.csv"])[0]["WD24NM"] == "'=One"
    oa = rows(files["oa_lookup.csv"])
    assert [r["neighbourhood_code"] for r in oa] == ["GRID-01", ""]
    codes = rows(files["postcode_lookup.csv"])
    assert [(r["postcode"], r["LSOA21CD"], r["basis"], r["terminated"]) for r in codes] == [
        ("EX1 1AA", area.codes[0], "code-point point in polygon", ""),
        ("EX1 1AB", area.codes[2], "onspd", "202001"),
        ("EX10 1AC", area.codes[4], "onspd", ""),
    ]
    for name in ("lsoa_lookup", "msoa_lookup", "ward_lookup", "oa_lookup", "postcode_lookup", "practice_lookup"):
        for row in rows(files[f"{name}.csv"]):
            assert (row["plan_version"], row["status"], row["valid_from"]) == (plan.id, "agreed", "2027-04-01")
            assert row["mark"] == ""


def test_the_manifest_says_what_was_decided_and_what_every_file_is(area: Area, plan: Plan) -> None:
    said = Decision("2", "2027 Q1", "HWB 14 May 2027, item 6", "1")
    with zipfile.ZipFile(io.BytesIO(pack_bytes(plan, area, status="final", decision=said))) as archive:
        about = json.loads(archive.read("manifest.json"))
        for name, digest in about["files"].items():
            assert hashlib.sha256(archive.read(name)).hexdigest() == digest
        assert set(archive.namelist()) == {*about["files"], "manifest.json"}
        readme = archive.read("README.txt").decode()
        assert all(
            f"\n{name} " in readme
            for name in about["files"]
            if name.rpartition(".")[2] not in ("shx", "dbf", "prj", "cpg", "txt")
        )
    keys = ("name", "version", "edition", "status", "decision", "supersedes", "mark")
    assert [about[key] for key in keys] == ["Proposal", "2", "2027 Q1", "final", "HWB 14 May 2027, item 6", "1", ""]
    assert about["attribution"] == list(area.attribution)
    assert pack_bytes(plan, area) == pack_bytes(plan, area)


def test_whatever_is_not_agreed_says_draft_everywhere(area: Area, plan: Plan) -> None:
    for status, mark in (("draft", "DRAFT"), ("proposed", "DRAFT"), ("agreed", ""), ("withdrawn", "WITHDRAWN")):
        name = pack_name(plan, area, status=status, audience=audience("public"))
        assert name.startswith(f"{mark}-gridshire" if mark else "gridshire")
        assert name.endswith(f"{plan.id}-public.zip")
    files = pack_files(plan, area, status="proposed")
    assert {f["properties"]["mark"] for f in json.loads(files["neighbourhoods.geojson"])["features"]} == {"DRAFT"}
    assert b'<div class="mark" aria-hidden="true">DRAFT</div>' in files["map.html"]
    assert files["README.txt"].count(b"DRAFT") >= 1


def test_other_programmes_read_the_shapes(area: Area, plan: Plan, tmp_path: Path) -> None:
    files = pack_files(plan, area)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert faults(files["neighbourhoods.geojson"]) == []
    exact = gpd.read_file(tmp_path / "neighbourhoods.geojson").set_index("code").sort_index()
    for name in ("neighbourhoods.gpkg", "neighbourhoods.shp"):
        frame = gpd.read_file(tmp_path / name, layer="neighbourhoods").set_index("code").sort_index()
        assert frame.crs.to_epsg() == 4326
        assert list(frame.index) == list(plan.codes)
        assert shapely.equals(frame.geometry.to_numpy(), exact.geometry.to_numpy()).all()
        assert frame.geometry.is_valid.all()
    assert {name for name, _ in pyogrio.list_layers(tmp_path / "neighbourhoods.gpkg")} >= {"neighbourhoods", "units"}
    names = {r["shapefile_name"]: r["name"] for r in rows(files["shapefile_names.csv"])}
    shape = gpd.read_file(tmp_path / "neighbourhoods.shp")
    assert set(shape.columns) == {*names, "geometry"}
    assert all(len(short) <= 10 for short in names)
    long = {name: short for short, name in names.items()}
    assert shape[long["resident_population"]].tolist() == exact["resident_population"].tolist()


def test_short_names_are_short_and_unlike_one_another(area: Area) -> None:
    keys = [m.key for m in metrics_for(area)]
    short = short_names([*dict.fromkeys(keys), *(f"people_outside_piece_number_{n}" for n in range(120))])
    assert len({name.casefold() for name in short.values()}) == len(short)
    assert max(map(len, short.values())) <= 10


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (lambda w: w | {"crs": {}}, "crs"),
        (lambda w: _ring(w, lambda r: r[::-1]), "wrong way"),
        (lambda w: _ring(w, lambda r: r[:-1]), "not closed"),
        (lambda w: _ring(w, lambda r: [[1.23456789, 0.5], *r[1:-1], [1.23456789, 0.5]]), "decimals"),
        (lambda w: _ring(w, lambda r: [[500000.0, 200000.0], *r[1:-1], [500000.0, 200000.0]]), "globe"),
    ],
)  # fmt: skip
def test_the_strict_reader_finds_what_is_wrong(area: Area, plan: Plan, broken: object, said: str) -> None:
    whole = json.loads(geojson_bytes(plan, area))
    assert any(said in fault for fault in faults(json.dumps(broken(whole)).encode()))  # type: ignore[operator]


def _ring(whole: dict, change: object) -> dict:
    shape = whole["features"][0]["geometry"]
    part = shape["coordinates"] if shape["type"] == "Polygon" else shape["coordinates"][0]
    part[0] = change(part[0])  # type: ignore[operator]
    return whole


def test_random_plans_come_back(area: Area, tmp_path: Path) -> None:
    """The short form of benchmarks/round_trips.py, which does a thousand."""
    chance = random.Random(7)
    for _ in range(12):
        letters = "".join(chance.choice("pqrs-") for _ in range(11)).replace("----------", "p")
        made = drawn(area, [letters[:4], letters[4:8], f"{letters[8]}.{letters[9:]}"])
        assert plan_from_geojson(geojson_bytes(made, area), "x.geojson") == made
        (tmp_path / "x.gpkg").write_bytes(gpkg_bytes(made, area))
        assert plan_from_gpkg(tmp_path / "x.gpkg") == made
        assert plan_from_csv(lsoa_lookup(made, area), "x.csv", area).assignment == made.assignment
        (tmp_path / "plan.json").write_bytes(plan_bytes(made))
        assert read_plan(tmp_path / "plan.json") == made


@pytest.mark.alone
def test_a_hundred_thousand_postcodes_are_quick(area: Area, plan: Plan) -> None:
    import time

    many = pd.DataFrame(
        {"x": 0.0, "y": 0.0, "unit": area.codes[0], "lsoa": "", "ended": "", "basis": "onspd"},
        index=pd.Index([f"EX{n:06d}" for n in range(100_000)], name="postcode"),
    )
    began = time.process_time()
    made = postcode_lookup(plan, dataclasses.replace(area, postcodes=many), Stamp())
    assert made is not None
    assert made.count(b"\n") == 100_001
    assert time.process_time() - began < 3


def test_the_demo_has_output_areas_and_a_public_pack_is_made_from_the_command_line(tmp_path: Path) -> None:
    area = load_area("demo", ["Kingsmerrow"])
    oas = output_areas("demo", area.codes)
    assert oas is not None
    assert set(oas) == set(area.codes)
    made = drawn_of(area)
    (tmp_path / "plan.json").write_bytes(plan_bytes(made))
    asked = ["export", str(tmp_path / "plan.json"), "--source", "demo", "--area", "Kingsmerrow", "--format", "pack"]
    done = CliRunner().invoke(cli, [*asked, "--audience", "public", "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    (pack,) = (tmp_path / "out").glob("DRAFT-*-public.zip")
    with zipfile.ZipFile(pack) as archive:
        archive.extractall(tmp_path / "in")
        receipts = json.loads(archive.read("receipts.json"))["receipts"]
        assert not any("people_read" in row or "dropped" in row for row in receipts)
        assert {"oa_lookup.csv", "postcode_lookup.csv"} <= set(archive.namelist())
    assert read_plan(tmp_path / "in", area) == made


def drawn_of(area: Area) -> Plan:
    from footprints.propose import plan_from_labels

    west = area.units["x"] < area.units["x"].median()
    return plan_from_labels(area, {unit: int(side) for unit, side in west.items()})


def test_a_page_for_each_neighbourhood_says_who_lives_there_and_which_practices_serve_them(area: Area) -> None:
    from footprints.disclosure import PARTNERS
    from footprints.report.team_pages import team_pages
    from tests.pictures import page_pictures
    from tests.plans import with_practices

    one, last = area.codes[0], area.codes[-1]
    peopled = with_practices(
        area,
        {"X00001": (one, "U00001", 1003.0), "X00002": (last, "", 300.0)},
        [("X00001", one, 1000.0), ("X00001", last, 3.0), ("X00002", last, 290.0), ("X00002", one, 10.0)],
    )
    made = drawn(peopled, ["ppqq", "ppqq", "p.qq"])
    x, y = (float(peopled.units[axis].iloc[0]) for axis in "xy")
    assets = gpd.GeoDataFrame(
        {"name": ["<b>Library", "Far away"], "kind": ["library", "library"]},
        geometry=[shapely.Point(x, y), shapely.Point(x - 99_000, y)],
        crs=27700,
    )
    pages = team_pages(made, peopled, mark="DRAFT", audience=PARTNERS, assets=Places(assets))
    assert len(page_pictures(pages, dpi=20)) == 2
    said = repr(pages.blocks)
    assert "50,000" in said and "Surgery X00001" in said and "<b>Library" in said and "Far away" not in said
    assert pages.stamp.startswith("DRAFT: ")
    assert "85 and over" in said or "no estimates by age are loaded" in said
    seen = shown_to(audience("public"), [made], peopled).area
    open_ones = repr(team_pages(made, seen, mark="", audience=audience("public"), assets=None).blocks)
    assert "1,005" in open_ones and "1,003" not in open_ones

"""Files of a plan: what is written comes back, is the same twice, and cannot be taken for something else."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import os
import sqlite3
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from boundaries.area import Area
from footprints import edit
from footprints.compare import compare
from footprints.errors import PlanError
from footprints.exchange import (
    export,
    outlines,
    plan_bytes,
    plan_files,
    plan_from_bytes,
    plan_from_csv,
    plan_from_document,
    read_plan,
    read_plan_report,
    refuse_foreign_folder,
    write_comparison,
    write_folder,
    write_plan,
    zip_bytes,
)
from footprints.exchange.folder import check_name
from footprints.exchange.geojson import geojson_bytes, plan_from_geojson
from footprints.exchange.gpkg import gpkg_bytes, plan_from_gpkg
from footprints.exchange.outlines import unit_outlines
from footprints.exchange.tables import lsoa_lookup
from footprints.plan import Plan, document
from footprints.propose import propose
from footprints.text import cell, csv_bytes, guard, read_csv, unguard
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn, plans, with_practices

QUICK = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def area() -> Area:
    return grid_area(["AABB", "AABB"])


@pytest.fixture
def plan(area: Area) -> Plan:
    return drawn(area, ["ppqq", "ppqq"])


# ---- round trips


@QUICK
@given(plans())
def test_plan_json_geojson_and_geopackage_come_back_identical(tmp_path: Path, made: tuple[Area, Plan]) -> None:
    area, plan = made
    assert plan_from_bytes(plan_bytes(plan)) == plan
    assert plan_from_geojson(geojson_bytes(plan, area), "x.geojson") == plan
    file = tmp_path / "x #1%.gpkg"
    file.write_bytes(gpkg_bytes(plan, area))
    assert plan_from_gpkg(file) == plan


@settings(max_examples=80, deadline=None)
@given(plans())
def test_a_bare_csv_gives_assignment_names_places_notes_and_locks(made: tuple[Area, Plan]) -> None:
    area, plan = made
    found = plan_from_csv(lsoa_lookup(plan, area), "lsoa_lookup.csv", area)
    filled = {n.code: (n.name, n.place) for n in plan.neighbourhoods if plan.units_of(n.code)}
    assert found.assignment == plan.assignment
    assert {n.code: (n.name, n.place) for n in found.neighbourhoods} == filled
    assert found.notes == tuple(n for n in plan.notes if n.code in area.codes or n.code in filled)
    assert found.locked == plan.locked


def test_a_csv_says_what_it_cannot_carry(plan: Plan, area: Area, tmp_path: Path) -> None:
    write_plan(plan, area, tmp_path / "out")
    report = read_plan_report(tmp_path / "out" / "lsoa_lookup.csv", area)
    assert any("criteria" in what for what in report.cannot_carry)
    assert read_plan_report(tmp_path / "out").cannot_carry == ()
    for name in ("", "plan.json", "neighbourhoods.geojson", "neighbourhoods.gpkg"):
        assert read_plan(tmp_path / "out" / name, area) == plan


def test_the_same_job_gives_the_same_bytes(area: Area) -> None:
    first, second = (propose(area, Criteria(seconds=5)) for _ in range(2))
    assert first.plan
    assert second.plan
    one = plan_files(first.plan, area, solution=first.solution, run={})
    two = plan_files(second.plan, area, solution=second.solution, run={})
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] != two[name]} <= {"run.json"}
    assert zip_bytes(one | {"run.json": b""}) == zip_bytes(two | {"run.json": b""})
    certificate = json.loads(one["certificate.json"])
    assert {"schema", "status", "objective", "bound", "bound_checked", "gap", "terms", "seed", "solver", "version",
            "stopped_by", "exceptions", "parts"} <= certificate.keys()  # fmt: skip
    assert [part["neighbourhoods"] for part in certificate["parts"]] == [1, 1]
    assert "seconds" not in certificate
    assert json.loads(one["run.json"])["packages"]["shapely"]


# ---- the plan document


def test_the_document_is_canonical_and_without_times(plan: Plan) -> None:
    text = plan_bytes(plan).decode()
    assert text == json.dumps(json.loads(text), sort_keys=True, indent=2, ensure_ascii=False) + "\n"
    assert '"created"' not in text
    assert json.loads(text)["assignment"]["E01900001"] == "GRID-01"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"schema": "footprints-plan/2"}, "reads up to footprints-plan/1"),
        ({"schema": "footprints-plan/0"}, "never used"),
        ({"schema": "something/1"}, "is not a plan"),
        ({"extra": 1}, "members that are not part of footprints-plan/1: extra"),
        ({"name": 7}, "7 is not text"),
        ({"assignment": [["E01900001", "GRID-01"]]}, "list where an object is wanted"),
        ({"assignment": {"E01900001": 1}}, "1 is not text"),
        ({"neighbourhoods": [{"code": "GRID-01"}]}, "neighbourhoods 1 lacks name, colour"),
        ({"neighbourhoods": [{"code": "A", "name": "A", "colour": "#000000", "shade": ""}]}, "not known: shade"),
        (
            {"neighbourhoods": [{"code": "A", "name": "A", "colour": "#000000", "provisional": "yes"}]},
            "neither true nor",
        ),
        ({"locked": "E01900001"}, "str where a list is wanted"),
        ({"criteria": {"schema": "footprints-criteria/1", "target": -1}}, "target"),
    ],
)
def test_documents_that_are_not_ours_are_refused(plan: Plan, change: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        plan_from_document(document(plan) | change)


def test_half_a_file_is_refused(plan: Plan) -> None:
    whole = plan_bytes(plan)
    with pytest.raises(PlanError, match="is not JSON"):
        plan_from_bytes(whole[: len(whole) // 2])
    with pytest.raises(PlanError, match="twice"):
        plan_from_bytes(whole.replace(b'"E01900002"', b'"E01900001"'))
    with pytest.raises(PlanError, match="lacks"):
        plan_from_bytes(b'{"schema": "footprints-plan/1"}')


# ---- geometry


def test_neighbours_share_every_vertex_and_nothing_is_lost() -> None:
    # A jagged border: every unit has its own number of vertices on it.
    area = jagged()
    plan = drawn(area, ["ppq", "prr", "rrr"])
    shapes = outlines(plan, area).geometry
    assert shapely.coverage_is_valid(shapes.to_numpy())
    units = shapely.coverage_union_all(unit_outlines(area))
    assert shapely.area(shapely.symmetric_difference(units, shapely.union_all(shapes.to_numpy()))) == 0
    for i, a in enumerate(shapes):
        for b in shapes.iloc[i + 1 :]:
            shared = shapely.intersection(a.boundary, b.boundary)
            corners = {tuple(c) for c in shapely.get_coordinates(shared).tolist()}
            assert corners <= {tuple(c) for c in shapely.get_coordinates(a).tolist()}
            assert corners <= {tuple(c) for c in shapely.get_coordinates(b).tolist()}


def test_units_that_do_not_fit_are_rebuilt_from_shared_lines() -> None:
    # One wide unit above two: the middle vertex stands on one side only. Beside them a sliver, 0.5 m at its widest.
    east = shapely.Polygon([(2000, 0), (3000, 0), (3000, 2000), (2000, 2000), (2000.5, 1000)])
    shapes = [box(0, 1000, 2000, 2000), box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000), east]
    area = reshaped(
        grid_area(["AAAA"]), [shapely.transform(s, lambda c: c + np.array([600_000.0, 200_000.0])) for s in shapes]
    )
    plan = drawn(area, ["pqqr"])
    made = outlines(plan, area).geometry
    assert shapely.coverage_is_valid(made.to_numpy())
    whole = shapely.union_all(made.to_numpy())
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert gpd.GeoSeries([whole], crs=4326).to_crs(27700).area.iloc[0] == pytest.approx(6_000_000, rel=1e-3)


def test_geojson_is_rfc_7946(plan: Plan, area: Area) -> None:
    found = json.loads(plan_files(plan, area)["neighbourhoods.geojson"])
    assert found["type"] == "FeatureCollection"
    assert "crs" not in found
    assert found["attribution"] == ["Drawn for a test"]
    assert found["plan"]["range"] == [30_000, 60_000]
    for feature in found["features"]:
        assert feature["id"] == feature["properties"]["code"]
        assert feature["properties"]["resident_population"] == 40_000
        assert feature["geometry"]["type"] == "Polygon"
        ring = feature["geometry"]["coordinates"][0]
        assert ring[0] == ring[-1]
        assert shapely.LinearRing(ring).is_ccw
        assert all(round(v, 6) == v for point in ring for v in point)


def test_a_hole_and_an_empty_neighbourhood(area: Area) -> None:
    grid = grid_area(["AAA", "AAA", "AAA"])
    plan = edit.add_neighbourhood(drawn(grid, ["ppp", "pqp", "ppp"]), grid, "To be drawn")
    features = json.loads(plan_files(plan, grid)["neighbourhoods.geojson"])["features"]
    outer, hole = features[0]["geometry"]["coordinates"]
    assert shapely.LinearRing(outer).is_ccw
    assert not shapely.LinearRing(hole).is_ccw
    assert features[2]["geometry"] is None
    assert features[2]["properties"]["resident_population"] == 0


def test_geopackage_opens_with_gdal(plan: Plan, area: Area, tmp_path: Path) -> None:
    write_plan(plan, area, tmp_path / "out")
    file = tmp_path / "out" / "neighbourhoods.gpkg"
    layer = gpd.read_file(file, layer="neighbourhoods")
    assert layer.crs == 4326
    assert layer["code"].tolist() == ["GRID-01", "GRID-02"]
    assert layer["resident_population"].tolist() == [40_000, 40_000]
    assert gpd.read_file(file, layer="units")["neighbourhood_code"].value_counts().to_dict() == {
        "GRID-01": 4,
        "GRID-02": 4,
    }


def test_a_geopackage_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.gpkg"
    file.write_bytes(b"not a database, by far")
    with pytest.raises(PlanError, match="cannot be read as a GeoPackage"):
        read_plan(file)
    file.unlink()
    db = sqlite3.connect(file)
    # A view that never ends must never run.
    db.execute(
        "CREATE VIEW plan AS WITH RECURSIVE n(document) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT document FROM n"
    )
    db.commit()
    db.close()
    with pytest.raises(PlanError, match="holds no plan"):
        read_plan(file)


def test_polygons_of_others_are_not_a_plan(tmp_path: Path) -> None:
    file = tmp_path / "x.geojson"
    file.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    with pytest.raises(PlanError, match="shapes, but no plan"):
        read_plan(file)


# ---- tables


def test_columns_are_those_of_the_formats_page(plan: Plan, area: Area) -> None:
    files = plan_files(plan, area)
    heads = {
        name: next(csv.reader(io.StringIO(data.decode()))) for name, data in files.items() if name.endswith(".csv")
    }
    assert heads["links.csv"] == ["from_code", "to_code", "kind", "note"]
    stamp = ["plan_version", "status", "valid_from", "audience", "mark"]
    assert heads["metrics.csv"] == [
        "option", "neighbourhood_code", "metric", "value", "unit", "basis", "source", *stamp,
    ]  # fmt: skip
    assert heads["practice_lookup.csv"] == [
        "practice_code", "practice_name", "pcn_code", "site_neighbourhood", "main_neighbourhood_by_patients",
        "share_in_main", "neighbourhoods_over_5pct", "patients", "patients_outside_area", "patients_unknown",
        "agreed_neighbourhood", "reason", *stamp,
    ]  # fmt: skip
    assert heads["lsoa_lookup.csv"][:5] == ["LSOA21CD", "LSOA21NM", "neighbourhood_code", "neighbourhood_name", "place"]
    assert heads["lsoa_lookup.csv"][-5:] == stamp
    assert all(
        not data.startswith(b"\xef\xbb\xbf") and b"\r" not in data for data in files.values() if b"SQLite" not in data
    )


def test_practices_and_their_homes(area: Area) -> None:
    area = with_practices(
        area,
        {"X00001": ("E01900001", "U1", 200.0)},
        [("X00001", "E01900001", 100.0), ("X00001", "E01900004", 60.0), ("X00001", "E01900003", 4.0)],
    )
    plan = edit.set_home(drawn(area, ["ppqr", "ppqr"]), "X00001", "GRID-02", "=agreed, in May")
    header, rows = read_csv(plan_files(plan, area)["practice_lookup.csv"], "practice_lookup.csv")
    row = dict(zip(header, rows[0], strict=True))
    main, second = plan.where()["E01900001"], plan.where()["E01900004"]
    assert (row["site_neighbourhood"], row["main_neighbourhood_by_patients"], row["share_in_main"]) == (
        main,
        main,
        "0.5",
    )
    assert row["neighbourhoods_over_5pct"] == f"{main};{second}"
    assert (row["agreed_neighbourhood"], row["reason"]) == ("GRID-02", "=agreed, in May")
    assert b"'=agreed, in May" in plan_files(plan, area)["practice_lookup.csv"]


@given(st.text())
def test_the_guard_comes_off_again(text: str) -> None:
    assert unguard(guard(text)) == text
    assert guard(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip), min_size=1))
def test_cells_come_back(texts: list[str]) -> None:
    _, rows = read_csv(csv_bytes(["a", "b"], [(text, "x") for text in texts]), "x.csv")
    assert [row[0] for row in rows] == texts


def test_cells_of_numbers_are_plain() -> None:
    assert [cell(v) for v in (-5, np.int64(-3), 2.0, 0.25, float("nan"), None, True, "-5")] == [
        "-5", "-3", "2", "0.25", "", "", "yes", "'-5",
    ]  # fmt: skip


# ---- lookups of others


def test_a_lookup_of_another_programme(area: Area) -> None:
    rows = "\r\n".join(f" {unit.lower()} ;Team {'North ' if i < 4 else 'South'}" for i, unit in enumerate(area.codes))
    found = plan_from_csv(("\ufeffLSOA code;Team\r\n" + rows).encode(), "teams.csv", area)
    assert [(n.code, n.name) for n in found.neighbourhoods] == [("GRID-01", "Team North"), ("GRID-02", "Team South")]
    assert len(found.units_of("GRID-01")) == 4
    assert found.name == "teams"
    assert found.neighbourhoods[0].colour != found.neighbourhoods[1].colour


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "no column of LSOA codes"),
        ("LSOA21CD,neighbourhood\nE01900001,A\nE01900001,B\n", "under two labels: E01900001"),
        ("LSOA21CD,neighbourhood\nE01999999,A\nE01900001,B\n", "1 code that is not in Gridshire: E01999999"),
        ("LSOA21CD,x,y\nE01900001,A,B\n", "which column is the neighbourhood"),
        ("LSOA21CD\nE01900001\n", "which column is the neighbourhood"),
        ("LSOA21CD,neighbourhood\nE01900001,A,B\n", "more cells than columns in line 2"),
        ("LSOA21CD,NHS Number,neighbourhood\nE01900001,1,B\n", "single people"),
    ],
)
def test_lookups_that_cannot_be_meant(area: Area, text: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        plan_from_csv(text.encode(), "x.csv", area)


def test_a_named_column_is_taken(area: Area) -> None:
    found = plan_from_csv(b"LSOA21CD,x,y\nE01900001,A,B\n", "x.csv", area, label="Y")
    assert found.neighbourhoods[0].name == "B"
    with pytest.raises(PlanError, match="no column “z”"):
        plan_from_csv(b"LSOA21CD,x,y\nE01900001,A,B\n", "x.csv", area, label="z")


def test_codes_of_another_place_fail_with_the_first_five(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(plan_bytes(plan))
    with pytest.raises(PlanError, match=r"names 7 LSOAs .*: E01900002, .*, E01900006 and 2 more"):
        read_plan(file, grid_area(["A"]))


# ---- folders


def test_a_folder_of_others_is_refused_and_ours_is_replaced(plan: Plan, area: Area, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    write_plan(plan, area, out)
    write_plan(edit.rename_plan(plan, "Second"), area, out, formats=("json",))
    assert sorted(p.name for p in out.iterdir()) == ["manifest.json", "plan.json", "run.json"]
    assert read_plan(out).name == "Second"
    (out / "minutes.docx").write_bytes(b"x")
    with pytest.raises(PlanError, match=r"files of yours \(minutes.docx\)"):
        write_plan(plan, area, out)
    assert (out / "minutes.docx").exists()
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("x", encoding="utf-8")
    with pytest.raises(PlanError, match="did not write"):
        write_plan(plan, area, theirs)
    with pytest.raises(PlanError, match="is a file"):
        refuse_foreign_folder(theirs / "thesis.txt")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "theirs"]


def test_an_export_into_the_folder_of_its_plan_keeps_the_certificate(area: Area, tmp_path: Path) -> None:
    found = propose(area, Criteria(seconds=5))
    assert found.plan
    beside = {"record.json": b"{}", "import_report.txt": b"Read."}
    write_plan(found.plan, area, tmp_path / "out", solution=found.solution, formats=("json",), beside=beside)
    written = export(found.plan, area, tmp_path / "out", ("csv",))
    assert {"certificate.json", "plan.json", "lsoa_lookup.csv", *beside} <= {path.name for path in written}
    export(edit.rename_plan(found.plan, "Other"), area, tmp_path / "out", ("csv",))
    assert not (tmp_path / "out" / "certificate.json").exists()


def test_a_folder_is_as_open_as_any_other_and_the_umask_of_the_process_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "usual").mkdir()
    monkeypatch.setattr(os, "umask", lambda mask: pytest.fail("another thread may be making a file just now"))
    write_folder(tmp_path / "ours", {"a.txt": b"a"})
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "usual").stat().st_mode
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ours", "usual"]


def test_nothing_changes_when_writing_fails(
    plan: Plan, area: Area, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(plan, area, tmp_path / "out", formats=("json",))
    before = (tmp_path / "out" / "plan.json").read_bytes()

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("footprints.exchange.folder._write", full)
    with pytest.raises(PlanError, match="No space left"):
        write_plan(edit.rename_plan(plan, "Second"), area, tmp_path / "out")
    assert (tmp_path / "out" / "plan.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", ["con", "NUL.txt", "a:b", "a?", "end.", "", "x" * 121, "com1"])
def test_names_that_windows_cannot_hold(name: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="on every computer"):
        check_name(name)


def test_a_name_inside_a_folder_is_checked(tmp_path: Path) -> None:
    with pytest.raises(PlanError):
        write_folder(tmp_path / "out", {"../x": b""})
    assert list(tmp_path.iterdir()) == []


def test_drafts_are_exported_and_stamped(area: Area, tmp_path: Path) -> None:
    draft = drawn(area, ["pppp", "-ppp"])
    files = plan_files(draft, area)
    stamped = json.loads(files["neighbourhoods.geojson"])["does_not_meet"]
    assert any("outside the range you set" in fault for fault in stamped)
    assert "invalid" not in " ".join(stamped)
    write_plan(draft, area, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["does_not_meet"] == stamped
    assert manifest["status"] == "draft"


def test_a_comparison_is_written(plan: Plan, area: Area, tmp_path: Path) -> None:
    other = edit.rename_plan(edit.move(plan, area, "E01900002", "GRID-02"), "=Other")
    written = write_comparison(compare([plan, other], area), [plan, other], area, tmp_path / "out")
    assert {path.name for path in written} == {
        "best_match.csv", "changes.csv", "comparison.csv", "groups.csv", "likeness.csv", "manifest.json",
        "matching.csv", "moves.csv", "moves_by_group.csv", "options_table.csv",
    }  # fmt: skip
    header, rows = read_csv((tmp_path / "out" / "changes.csv").read_bytes(), "changes.csv")
    assert rows == [["=Other", "E01900002", "Grid 0001", "GRID-01", "GRID-02", "10000"]]
    assert header[1] == "LSOA21CD"


def test_unknown_formats_are_refused(plan: Plan, area: Area) -> None:
    with pytest.raises(PlanError, match="no format shp"):
        plan_files(plan, area, formats=("shp",))


# ---- helpers


def reshaped(area: Area, shapes: list[shapely.Geometry]) -> Area:
    units = area.units.copy()
    units = units.set_geometry(gpd.GeoSeries(shapes, index=units.index, crs=27700))
    units["x"], units["y"] = units.geometry.centroid.x, units.geometry.centroid.y
    units["area_m2"] = units.geometry.area
    return dataclasses.replace(area, units=units)


def jagged() -> Area:
    """Nine units whose borders wander, each vertex shared by the units beside it."""
    area = grid_area(["AAA", "AAA", "AAA"])
    steps = 7

    def wander(points: np.ndarray) -> np.ndarray:
        x, y = points[:, 0], points[:, 1]
        return np.column_stack([x + 60 * np.sin(y / 97.0), y + 60 * np.sin(x / 83.0)])

    fine = shapely.segmentize(area.units.geometry.to_numpy(), 1000 / steps)
    return reshaped(area, list(shapely.transform(fine, wander)))

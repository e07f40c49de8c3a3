"""Files handed to the app: what is not sure is asked, whatever bytes come are answered in words, one button puts it."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.baselines import called_today, is_today
from footprints.errors import PlanError
from footprints.exchange import plan_files, zip_bytes
from footprints.incoming import Brought, Question, bring_in
from footprints.incoming import bring as bringing_in
from footprints.incoming.place import place_oas
from footprints.studies import bring as reading
from footprints.ui import bringing
from tests.grids import CELL_M, ORIGIN, grid_area
from tests.plans import drawn
from tests.test_app import area, one_router, open_page, shelf_of, texts

__all__ = ["area", "one_router"]

GRID = grid_area(["AAAB", "AABB"])
U = list(GRID.codes)


def read(file: Path, given: str, area: Area = GRID, **answers: Any) -> Brought | Question:
    asked = reading.asked_for(file, given, str(file.parent), answers)
    answer = reading.run(area, asked, lambda words, fraction: None, lambda: False)
    return reading.read(area, asked, json.loads(json.dumps(answer)))


def kept(folder: Path, ending: str, data: bytes) -> Path:
    """The file as the app keeps it: under a name that says nothing."""
    file = folder / f"ghjkmnpqrstvwxyzghjk{ending}"
    file.write_bytes(data)
    return file


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return made.getvalue()


def lookup(header: str, *columns: str) -> bytes:
    return f"{header}\n{''.join(','.join(row) + chr(10) for row in zip(*columns, strict=True))}".encode()


@pytest.mark.parametrize(
    ("data", "key", "choices", "answer"),
    [
        (lookup("lsoa,team,nurse", U, "aabbaabb", "xxxxyyyy"), "label", {"team": "a, b", "nurse": "x, y"}, "nurse"),
        (lookup("a,b,team", U, U[::-1], "xxxxyyyy"), "areas", {"a": None, "b": None}, "a"),
        (lookup("lsoa,team", U, ["01", "1"] * 4), "zeros", {"same": None, "apart": None}, "same"),
        (lookup("lsoa,team,team", U, "aabbaabb", "xxxxyyyy"), "label", {"team": "a, b", "team (2)": "x, y"},
         "team (2)"),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_asked_with_its_choices_and_the_answer_is_taken(
    data: bytes, key: str, choices: dict[str, str | None], answer: str, tmp_path: Path
) -> None:
    file = kept(tmp_path, ".csv", data)
    asked = read(file, "Our teams.csv")
    assert isinstance(asked, Question) and asked.key == key
    assert asked.message.startswith("Our teams.csv ") and answer in asked.mend
    assert {choice.value for choice in asked.choices} == set(choices)
    assert all(choices[c.value] in (None, c.words) for c in asked.choices)
    found = read(file, "Our teams.csv", **{key: answer})
    assert isinstance(found, Brought) and found.plan.name == "Our teams"
    names = {n.name for n in found.plan.neighbourhoods}
    assert names == ({"1"} if key == "zeros" else {"x", "y"})
    apart = read(file, "t.csv", zeros="apart") if key == "zeros" else None
    assert apart is None or {n.name for n in apart.plan.neighbourhoods} == {"1", "01"}  # type: ignore[union-attr]


def shapes(**columns: list[str]) -> gpd.GeoDataFrame:
    x, y = ORIGIN
    cells = [(0, 2.25), (2.25, 4)]
    return gpd.GeoDataFrame(
        columns, geometry=[box(x + w * CELL_M, y - 2 * CELL_M, x + e * CELL_M, y) for w, e in cells], crs=27700
    )


def test_polygons_ask_for_their_names_and_layers_and_divided_lsoas_can_be_left(tmp_path: Path) -> None:
    file = tmp_path / "ghjkmnpqrstvwxyzghjk.gpkg"
    shapes(team_name=["West", "East"], lead_name=["Ann", "Bo"]).to_file(file, layer="teams")
    asked = read(file, "teams.gpkg")
    assert isinstance(asked, Question) and asked.key == "label"
    assert {c.value: c.words for c in asked.choices} == {"team_name": "West, East", "lead_name": "Ann, Bo"}
    found = read(file, "teams.gpkg", label="team_name")
    assert isinstance(found, Brought) and len(found.divided) == 2
    assert {n.name for n in found.plan.neighbourhoods} == {"West", "East"}
    left = read(file, "teams.gpkg", label="team_name", leave=True)
    assert isinstance(left, Brought) and left.divided == found.divided

    assert len(left.plan.assignment) == 6 and "left unassigned, for you to place" in " ".join(left.notes)
    shapes(name=["A", "B"]).to_file(file, layer="others")
    which = read(file, "teams.gpkg")
    assert isinstance(which, Question) and {c.value for c in which.choices} == {"teams", "others"}
    chosen = read(file, "teams.gpkg", layer="others")
    assert isinstance(chosen, Brought) and {n.name for n in chosen.plan.neighbourhoods} == {"A", "B"}


def test_official_columns_do_not_name_polygons_where_others_could(tmp_path: Path) -> None:
    file = tmp_path / "localities.gpkg"
    shapes(locality=["West", "East"], LAD24CD=["E06000001"] * 2, LAD24NM=["Mid"] * 2).to_file(file)
    asked = read(file, "localities.gpkg")
    assert isinstance(asked, Question) and [c.value for c in asked.choices] == ["locality", "LAD24CD", "LAD24NM"]
    found = read(file, "localities.gpkg", label="locality")
    assert isinstance(found, Brought) and {n.name for n in found.plan.neighbourhoods} == {"West", "East"}
    shapes(LAD24CD=["E06000001", "E06000002"], LAD24NM=["Mid", "Far"], BNG_E=[1, 2]).to_file(file)
    official = read(file, "localities.gpkg")
    assert isinstance(official, Brought) and {n.name for n in official.plan.neighbourhoods} == {"Mid", "Far"}
    assert "Code from “LAD24CD”, name from “LAD24NM”." in official.notes


def test_polygons_without_a_name_are_said(tmp_path: Path) -> None:
    file = tmp_path / "teams.gpkg"
    shapes(name=["West", None]).to_file(file)
    found = read(file, "teams.gpkg")
    assert isinstance(found, Brought) and {n.name for n in found.plan.neighbourhoods} == {"West"}
    assert "1 polygon was left out: no value in “name”." in found.notes
    shapes(team=[1, None]).to_file(file)
    numbered = read(file, "teams.gpkg")
    assert isinstance(numbered, Brought) and {n.name for n in numbered.plan.neighbourhoods} == {"1"}


def test_a_shapefile_in_capitals_keeps_its_parts(tmp_path: Path) -> None:
    shapes(name=["West", "East"]).to_file(tmp_path / "teams.shp")
    for part in sorted(tmp_path.iterdir()):
        part.rename(part.with_suffix(part.suffix.upper()))
    found = read(tmp_path / "teams.SHP", "teams.SHP")
    assert isinstance(found, Brought) and {n.name for n in found.plan.neighbourhoods} == {"West", "East"}


def test_output_areas_that_are_divided_can_be_left() -> None:
    oas = pd.Series({f"E0000000{i}": U[i // 4] for i in range(8)})
    said = {f"E0000000{i}": "a" if i < 3 else "b" for i in range(8)}
    placed = place_oas(said, GRID, oas, "oa.csv", leave=True)
    assert dict(placed.where) == {U[1]: "b"} and placed.divided == (U[0],)
    assert "(10,000 residents)" in " ".join(placed.notes)


def test_a_zip_is_opened_when_it_holds_one_thing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = drawn(GRID, ["ppqq", "ppqq"], name="Agreed")
    whole = kept(tmp_path, ".zip", zip_bytes(plan_files(plan, GRID, formats=("json", "csv"))))
    found = read(whole, "footprints.zip")
    assert isinstance(found, Brought) and found.kind == "plan" and found.plan == plan
    table = zipped(teams_dot_csv=lookup("lsoa,team", U, "aabbaabb"))
    found = read(kept(tmp_path, ".zip", table), "teams.zip")
    assert isinstance(found, Brought) and found.kind == "lsoa" and found.plan.name == "teams"
    folder = tmp_path / "shape"
    folder.mkdir()
    shapes(name=["West", "East"]).to_file(folder / "layer.shp")
    parts = {f"layer_dot_{p.suffix[1:]}": p.read_bytes() for p in folder.iterdir()}
    found = read(kept(tmp_path, ".zip", zipped(**parts)), "teams.zip")
    assert isinstance(found, Brought) and found.kind == "polygons" and len(found.plan.neighbourhoods) == 2
    with pytest.raises(PlanError, match="holds 2 plans"):
        read(kept(tmp_path, ".zip", zipped(a__plan_dot_json=b"{}", b__plan_dot_json=b"{}")), "two.zip")
    bomb = kept(tmp_path, ".zip", zipped(teams_dot_csv=b" " * 40_000_000))
    with pytest.raises(PlanError, match=r"bomb\.zip: “teams.csv” unpacks to 250 times its size"):
        read(bomb, "bomb.zip")
    monkeypatch.setattr(bringing_in, "MOST", 1_000)
    with pytest.raises(PlanError, match="would unpack to"):
        read(kept(tmp_path, ".zip", zipped(a_dot_csv=b"abc" * 500)), "large.zip")
    with pytest.raises(PlanError, match="larger than"):
        read(kept(tmp_path, ".csv", b"abc" * 500), "large.csv")


def test_polygons_of_another_place_or_in_no_known_crs_are_refused_in_words(tmp_path: Path) -> None:
    file = tmp_path / "ghjkmnpqrstvwxyzghjk.geojson"
    far = shapes(name=["West", "East"])
    far.geometry = far.geometry.translate(-100_000, 0)
    far.to_crs(4326).to_file(file)
    with pytest.raises(PlanError, match=r"far\.geojson has no polygon in Gridshire"):
        read(file, "far.geojson")
    ring = [[9e6, 9e6], [9e6 + 9, 9e6], [9e6, 9e6 + 9], [9e6, 9e6]]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"name": "A"}, "geometry": polygon}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    file.write_text(text, encoding="utf-8")
    with pytest.raises(PlanError, match="outside Britain"):
        read(file, "odd.geojson")
    file.write_text(text.replace("[9000009.0, 9000000.0]", "[52.2, 0.1]").replace("9000000.0, 9000009.0", "52.1, 0.2")
                    .replace("9000000.0, 9000000.0", "52.1, 0.1"), encoding="utf-8")  # fmt: skip
    with pytest.raises(PlanError, match="latitude stands where longitude should be"):
        read(file, "swapped.geojson")


def test_todays_arrangement_says_so_in_its_name(tmp_path: Path) -> None:
    file = tmp_path / "teams.csv"
    file.write_bytes(lookup("lsoa,team", U, "aabbaabb"))
    made = bring_in(file, GRID, tmp_path, today=True).plan
    assert made.name == "Today: teams" and is_today(made.name) and called_today(made.name) == made.name


SEEDS = [
    lookup("lsoa,team", U, "aabbaabb"),
    lookup("lsoa,team,nurse", U, "aabbaabb", "xxxxyyyy"),
    plan_files(drawn(GRID, ["ppqq", "ppqq"]), GRID, formats=("json",))["plan.json"],
    zipped(teams_dot_csv=lookup("lsoa,team", U, "aabbaabb")),
    *plan_files(drawn(GRID, ["ppqq", "ppqq"]), GRID, formats=("geojson", "gpkg")).values(),
]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        data[at : at + draw(st.integers(0, 40))] = draw(st.binary(max_size=6))
    return bytes(data)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200) | damaged(), st.sampled_from([f".{kind}" for kind in bringing.KINDS]))
def test_whatever_bytes_come_they_are_a_plan_a_question_or_words(data: bytes, ending: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = read(kept(Path(folder), ending, data), f"Given{ending}")
        except FootprintError as error:
            said = f"{error.message} {error.mend}"
            assert error.message and "ghjkmnpqrstvwxyz" not in said and folder not in said
            assert "not expected" not in said, said
            return
        assert isinstance(found, Brought | Question)
        if isinstance(found, Brought):
            assert set(dict(found.plan.assignment)) <= set(U)


def panel(area: Area, data: bytes, folder: Path, ending: str = ".csv") -> Any:
    own = shelf_of(area)
    before = own.shelf
    app = open_page("need", own)
    folder.mkdir()
    app.session_state["incoming"] = bringing.Incoming(kept(folder, ending, data), f"Given{ending}", area.digest)
    app.run()
    assert not app.exception and own.shelf == before
    return app, own


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x00\x01,\x80\n<script>"])
def test_a_file_that_is_no_arrangement_is_answered_in_words_and_the_shelf_is_as_it_was(
    area: Area, data: bytes, tmp_path: Path
) -> None:
    app, own = panel(area, data, tmp_path / "upload")
    assert "Given.csv" in texts(app) and "went wrong" not in texts(app)
    assert not (tmp_path / "upload").exists() or app.session_state["incoming"].trouble[0]
    app.button(key="incoming_close").click().run()
    assert "incoming" not in app.session_state and not app.exception
    assert len(own.shelf.options) == 1


def test_a_question_is_answered_and_one_button_puts_it_on_the_shelf_as_todays(area: Area, tmp_path: Path) -> None:
    codes = list(area.codes)
    data = lookup("lsoa,team,nurse", codes[:-1], "ab" * 8 + "a", "xxxxyyyy" * 2 + "y")
    app, own = panel(area, data, tmp_path / "upload")
    assert app.button(key="incoming_answer").disabled
    app.radio(key=next(r.key for r in app.radio if r.key.startswith("incoming_label"))).set_value("nurse").run()
    app.button(key="incoming_answer").click().run()
    assert "170,000" in texts(app) and "10,000" in texts(app)
    assert "neighbourhoods in “nurse”" in texts(app) and "as your rules ask" in str([e.label for e in app.expander])
    next(c for c in app.checkbox if c.key.startswith("today_")).check().run()
    app.button(key="incoming_put").click().run()
    assert not app.exception
    made = own.shelf.get().plan
    assert made.name == "Today: Given" and {n.name for n in made.neighbourhoods} == {"x", "y"}
    assert "incoming" not in app.session_state and not (tmp_path / "upload").exists()
    assert made.criteria.minimum == own.shelf.options[0].plan.criteria.minimum

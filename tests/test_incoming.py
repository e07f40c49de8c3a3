"""Arrangements made elsewhere: what is sure is read, what is not is asked, and what does not fit is said in people."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from boundaries.area import Area, Level
from footprints.errors import PlanError
from footprints.exchange import plan_files
from footprints.incoming import bring_in
from footprints.incoming.bring import OTHER_FILES
from footprints.incoming.place import place_lsoas, place_oas
from footprints.incoming.polygons import place_polygons
from footprints.incoming.table import read_lookup
from tests.grids import CELL_M, ORIGIN, grid_area
from tests.plans import drawn

PICTURE = ["AAAB", "AABB"]
U = [f"E0190000{n}" for n in range(1, 9)]


@pytest.fixture
def area() -> Area:
    return grid_area(PICTURE, msoa=["XXYY", "XXYY"])


def plain(rows: dict[str, str]) -> str:
    return "lsoa,team\n" + "".join(f"{code},{said}\n" for code, said in rows.items())


HALVES = {code: ("West" if n % 4 < 2 else "East") for n, code in enumerate(U)}


def where(plan: object) -> dict[str, str]:
    names = {n.code: n.name for n in plan.neighbourhoods}  # type: ignore[attr-defined]
    return {unit: names[code] for unit, code in plan.assignment}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "damage",
    [
        lambda t: t.encode(),
        lambda t: t.encode("utf-8-sig"),
        lambda t: t.replace(",", ";").encode(),
        lambda t: t.replace(",", "\t").encode("utf-16"),
        lambda t: t.replace("\n", "\r\n").encode(),
        lambda t: t.replace("\n", ",,\n").replace("team,,", "team", 1).encode(),
        lambda t: t.replace(",", " , ").replace("West", "West\u00a0 ").encode(),
        lambda t: t.split("\n", 1)[1].encode(),
        lambda t: ("Agreed teams of May\n\n" + t).encode(),
        lambda t: t.replace("E019", "e19").encode(),
        lambda t: t.replace("East", "EAST", 1).encode(),
        lambda t: re.sub("E0190000(.)", r"\1,E0190000\1", t).replace("lsoa", "id,lsoa").encode(),
    ],
    ids=["plain", "BOM", "semicolons", "utf-16", "CRLF", "padded rows", "blanks", "no header", "title above",
         "lost zeros", "capitals", "numbered"],
)  # fmt: skip
def test_what_spreadsheets_do_to_a_lookup_is_undone_where_it_is_sure(
    area: Area, damage: object, tmp_path: Path
) -> None:
    file = tmp_path / "teams.csv"
    file.write_bytes(damage(plain(HALVES)))  # type: ignore[operator]
    found = bring_in(file, area, tmp_path)
    assert {u: n.casefold() for u, n in where(found.plan).items()} == {u: n.casefold() for u, n in HALVES.items()}
    assert found.kind == "lsoa"
    assert found.plan.name == "teams"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (plain(dict.fromkeys(U[:4], "1.00E+05") | dict.fromkeys(U[4:], "2.00E+05")), "turned codes into numbers"),
        (plain(dict.fromkeys(U[:4], "01") | dict.fromkeys(U[4:], "1")), "differ only by zeros"),
        ("lsoa,team,nurse\n" + "".join(f"{u},a,b\n" for u in U), "does not say which column"),
        ("lsoa,lsoa2,team\n" + "".join(f"{u},{U[7 - i]},a\n" for i, u in enumerate(U)), "several columns of LSOA"),
        (plain(HALVES) + f"{U[0]},East\n", "under two labels: E01900001"),
        ("name,team\nGrid 0000,a\nGrid 0001,b\n", "no column of OA, LSOA, MSOA or ward codes"),
        ("nhs number,lsoa,team\n" + "".join(f"9,{u},a\n" for u in U), "single people"),
        (plain(dict.fromkeys(["E01000001", "E01000002"], "a")), "puts nothing of Gridshire"),
    ],
)  # fmt: skip
def test_what_is_not_sure_is_asked(area: Area, text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "teams.csv"
    file.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(PlanError, match=said) as caught:
        bring_in(file, area, tmp_path)
    assert caught.value.mend


def test_numbers_with_a_point_are_numbers_and_answers_are_taken(area: Area) -> None:
    text = plain({u: ("1.0" if said == "West" else "2.0") for u, said in HALVES.items()})
    assert {label for _, label in read_lookup(text.encode(), "x.csv").rows} == {"1", "2"}
    several = "lsoa,team,nurse\n" + "".join(f"{u},a,{'b' if i else 'c'}\n" for i, u in enumerate(U))
    assert {label for _, label in read_lookup(several.encode(), "x.csv", label="Nurse").rows} == {"b", "c"}


def test_part_of_the_area_and_more_than_it_is_said_in_people(area: Area, tmp_path: Path) -> None:
    file = tmp_path / "teams.csv"
    file.write_text(plain(dict.fromkeys(U[:3], "West") | {"E01000001": "West"}), encoding="utf-8")
    notes = " ".join(bring_in(file, area, tmp_path).notes)
    assert "1 LSOA is not in Gridshire and left out: E01000001" in notes
    assert "5 LSOAs with 50,000 residents have no neighbourhood" in notes


def test_msoas_and_wards_give_whole_groups(area: Area, tmp_path: Path) -> None:
    msoa = area.level("msoa")
    file = tmp_path / "teams.csv"
    file.write_text(
        "MSOA21CD,MSOA21NM,team\n" + "".join(f"{c},{n},t {n}\n" for c, n in msoa.names.items()), encoding="utf-8"
    )
    found = bring_in(file, area, tmp_path, label="team")
    assert found.kind == "msoa"
    assert set(where(found.plan).values()) == {f"t {name}" for name in msoa.names.values()}
    ward = Level("ward", "Ward 2024", ("E05000001",) * 4 + ("E05000002",) * 4, {}, "best fit", "x")
    file.write_text("wd,team\nE05000001,a\nE05000002,b\nE05000009,c\n", encoding="utf-8")
    found = bring_in(file, dataclasses.replace(area, levels=area.levels | {"ward": ward}), tmp_path)
    assert any("best fit" in words for words in found.notes)
    assert any("1 ward is not in Gridshire" in words for words in found.notes)
    with pytest.raises(PlanError, match="no wards are loaded"):
        bring_in(file, area, tmp_path)


def test_lsoas_of_2011_are_converted_and_what_is_not_clear_is_left_to_the_planner(area: Area) -> None:
    pairs = pd.DataFrame(
        [("E01000011", U[0], "S"), ("E01000011", U[1], "S"), ("E01000012", U[2], "M"), ("E01000013", U[2], "M"),
         ("E01000014", U[3], "M"), ("E01000015", U[3], "M"), *((u, u, "U") for u in U[4:])],
        columns=["lsoa11", "lsoa21", "rule"],
    )  # fmt: skip
    said = {"E01000011": "a", "E01000012": "b", "E01000013": "b", "E01000014": "a", "E01000015": "b"}
    placed = place_lsoas(said | dict.fromkeys(U[4:], "c"), area, pairs, "old.csv")
    assert dict(placed.where) == {U[0]: "a", U[1]: "a", U[2]: "b", **dict.fromkeys(U[4:], "c")}
    notes = " ".join(placed.notes)
    assert "1 LSOA of 2011 that were divided" in notes or "1 LSOA" in notes
    assert (
        f"(10,000 residents) made of LSOAs with different labels is left unassigned, for you to place: {U[3]}" in notes
    )
    assert "does not hold all" not in notes
    part = place_lsoas({"E01000011": "a", "E01000012": "b"} | dict.fromkeys(U[4:], "c"), area, pairs, "old.csv")
    assert part.where[U[2]] == "b"
    notes = " ".join(part.notes)
    assert "1 LSOA (10,000 residents) made of several of 2011, of which the file does not hold all" in notes
    assert f"is placed whole: {U[2]}" in notes
    with pytest.raises(PlanError, match="mixes LSOAs of 2011"):
        place_lsoas({"E01000011": "a", U[2]: "b"}, area, pairs, "mixed.csv")


def test_output_areas_vote(area: Area) -> None:
    oas = pd.Series({f"E0000000{i}": U[i // 4] for i in range(8)})
    placed = place_oas({f"E0000000{i}": "a" if i < 3 else "b" for i in range(8)}, area, oas, "oa.csv")
    assert dict(placed.where) == {U[0]: "a", U[1]: "b"}
    assert "moves about 2,500 residents" in " ".join(placed.notes)
    assert "only in part" not in " ".join(placed.notes)
    part = place_oas(
        {"E00000000": "a", "E00000004": "b"} | {f"E0000000{i}": "b" for i in (5, 6, 7)}, area, oas, "oa.csv"
    )
    assert dict(part.where) == {U[0]: "a", U[1]: "b"}
    assert "1 LSOA is in the file only in part, and placed whole: about 7,500 residents" in " ".join(part.notes)


def cells(west: float, east: float) -> object:
    x, y = ORIGIN
    return box(x + west * CELL_M, y - 2 * CELL_M, x + east * CELL_M, y)


def test_polygons_overlap_leave_gaps_and_cut_and_it_is_said_in_people(area: Area, tmp_path: Path) -> None:
    layer = gpd.GeoDataFrame({"name": ["West", "East"]}, geometry=[cells(0, 2.25), cells(2, 3.5)], crs=27700)
    placed = place_polygons(layer.set_index(pd.Index(["w", "e"], name="code")), area, "teams.gpkg")
    assert set(placed.where.values()) <= {"West", "East"}
    notes = " ".join(placed.notes)
    assert "Polygons overlap: about 5,000 residents in 2 LSOAs" in notes
    assert "West and East" in notes
    assert "Polygons leave gaps: about 10,000 residents in 2 LSOAs" in notes
    shifted = gpd.GeoDataFrame({"name": ["West", "East"]}, geometry=[cells(0, 2.25), cells(2.25, 4)], crs=27700)
    file = tmp_path / "teams.gpkg"
    shifted.to_file(file)
    found = bring_in(file, area, tmp_path)
    assert where(found.plan) == HALVES
    assert "2 LSOAs are cut by lines of teams.gpkg: about 5,000 residents" in " ".join(found.notes)


@settings(max_examples=4, deadline=None)
@given(st.lists(st.sampled_from("abc-"), min_size=8, max_size=8))
def test_our_own_files_come_in_as_they_were(letters: list[str]) -> None:
    import tempfile

    area = grid_area(PICTURE)
    if set(letters) == {"-"}:
        return
    plan = drawn(area, ["".join(letters[:4]), "".join(letters[4:])])
    with tempfile.TemporaryDirectory() as folder:
        for name, data in plan_files(plan, area, formats=("geojson", "gpkg")).items():
            if name != "README.txt":
                (Path(folder) / name).write_bytes(data)
                assert bring_in(Path(folder) / name, area, folder).plan == plan


def test_a_plan_of_ours_on_other_files_comes_in_on_those_that_are_loaded_and_says_so(tmp_path: Path) -> None:
    was, now, other = (
        grid_area(PICTURE, residents=10_000), grid_area(PICTURE, residents=11_000), grid_area([*PICTURE, "AABB"]),
    )  # fmt: skip
    plan = drawn(was, ["aabb", "aabb"])
    file = tmp_path / "plan.json"
    file.write_bytes(plan_files(plan, was, formats=("json",))["plan.json"])
    found = bring_in(file, now, tmp_path)
    assert OTHER_FILES in found.notes and found.plan.area_digest == now.digest
    assert dataclasses.replace(found.plan, area_digest=plan.area_digest, inputs=plan.inputs) == plan
    assert OTHER_FILES not in bring_in(file, was, tmp_path).notes
    assert bring_in(file, other, tmp_path).plan == plan, "other LSOAs are told of elsewhere"

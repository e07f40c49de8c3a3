"""Branch surgeries: read by position, every row accounted for, and told in the paper and on the pages of teams."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from boundaries import load_area
from boundaries.area import Area
from boundaries.branches import Branches, branches
from boundaries.overlays import Places, places_of
from boundaries.receipts import Dropped
from footprints.disclosure import PARTNERS
from footprints.report import Asked, paper
from footprints.report.parts import Bullets, Document, Table, Text
from footprints.report.team_pages import team_pages
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn, with_practices


def line(code: str, name: str, postcode: str, parent: str, closed: str = "", opened: str = "20100401") -> str:
    cells = [code, name, "Y99", "QX9", "1 STREET", "", "", "TOWN", "", postcode, opened, closed,
             "INACTIVE" if closed else "ACTIVE", "", parent, opened, closed, "", "", "", "", "0", "", "99X", "", "RO96",
             ""]  # fmt: skip
    return ",".join(f'"{cell}"' for cell in cells)


ROWS = [
    line("X99001001", "NORTH BRANCH", "ZZ1 1AA", "X99001"),
    line("X99001002", "EAST BRANCH", "ZZ1 1AB", "X99001"),
    line("X99001003", "SHUT BRANCH", "ZZ1 1AA", "X99001", closed="20200101"),
    line("X99001004", "NOWHERE BRANCH", "ZZ9 9ZZ", "X99001"),
    line("Y88888001", "FAR BRANCH", "ZZ9 9ZZ", "Y88888"),
    line("Y88888002", "NEAR BRANCH", "ZZ1 1AB", "Y88888"),
    line("X99001001", "NORTH BRANCH OF OLD", "ZZ1 1AB", "X99001", opened="20000401"),
    line("X99001001", "NORTH BRANCH OF LONG AGO", "ZZ1 1AB", "X99001", opened="19900401"),
]


@pytest.fixture
def area() -> Area:
    made = with_practices(
        grid_area(["AABB"] * 2), {"X99001": ("E01900001", "U90001", 900.0)}, [("X99001", "E01900001", 900.0)]
    )
    xy = made.units[["x", "y"]].to_numpy()
    table = pd.DataFrame(
        {"x": xy[[0, 3], 0], "y": xy[[0, 3], 1], "unit": [made.codes[0], made.codes[3]], "lsoa": "", "ended": "",
         "basis": "drawn"}, index=["ZZ11AA", "ZZ11AB"],
    )  # fmt: skip
    return dataclasses.replace(made, postcodes=table)


@pytest.fixture
def found(area: Area, tmp_path: Path) -> Branches:
    (tmp_path / "ebranchs.csv").write_text("\r\n".join(ROWS) + "\r\n", encoding="cp1252", newline="")
    made = branches(tmp_path, area)
    assert made is not None
    return made


def test_open_branches_are_placed_and_every_row_is_accounted_for(area: Area, found: Branches, tmp_path: Path) -> None:
    assert found.table["unit"].to_dict() == {
        "X99001001": area.codes[0], "X99001002": area.codes[3], "X99001004": "", "Y88888002": area.codes[3],
    }  # fmt: skip
    assert found.table.at["X99001001", "name"] == "NORTH BRANCH"
    receipt = found.receipt
    assert receipt.rows_read == len(ROWS) == receipt.rows_kept + sum(one.rows for one in receipt.dropped)
    assert {one.reason: one.rows for one in receipt.dropped} == {
        "an earlier row of the same branch": 2, "closed": 1, "of practices elsewhere, and sited elsewhere": 1,
    }  # fmt: skip
    assert receipt.notes == (
        "1 branch of a practice here lies outside the area or has a postcode that is not loaded, and no neighbourhood",
    )
    assert receipt.edition == "2020-01-01" and receipt.kind == "ebranchs" and receipt.status == "used"
    (tmp_path / "ebranchs.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert branches(tmp_path, area) is None


def words(document: Document) -> str:
    said = []
    for block in document.blocks:
        if isinstance(block, Table):
            said += [block.title, *block.notes, *(c.label for c in block.columns)]
            said += [part for r in block.rows for c in r.cells for part in (c.text, c.note)]
        elif isinstance(block, Text):
            said.append(block.text)
    return "\n".join(said)


def test_the_paper_and_the_pages_tell_them_and_the_lists_of_places(area: Area, found: Branches) -> None:
    plan = drawn(area, ["aabb"] * 2, Criteria(within=()), name="Halves")
    xy = area.units[["x", "y"]].to_numpy()
    points = shapely.points([xy[0], xy[3], xy[3], xy[3] + 50_000])
    assets = gpd.GeoDataFrame(
        {"name": ["A", "B", "C", "D"], "kind": ["school", "school", "pharmacy", "pharmacy"]}, geometry=points,
        crs=area.units.crs,
    )  # fmt: skip
    receipt = dataclasses.replace(
        found.receipt, file="places.csv", notes=(), dropped=(Dropped("outside the place", 3),)
    )
    made = paper(Asked((plan,), branches=found, assets=Places(assets, (receipt,))), area)
    said = words(made)
    bullets = " ".join(line for b in made.blocks if isinstance(b, Bullets) for line in b.items)
    assert (
        "Branch surgeries, ebranchs.csv: 4 of 8 rows used; left out by reason – an earlier row of the same" in bullets
    )
    assert "Other places, places.csv: 4 of 8 rows used; left out by reason – outside the place (3)." in bullets
    assert "Branches in 1 " in said and "no neighbourhood of this plan" in said and found.source in said
    assert "they need the list of branch surgeries" not in said
    (profile,) = [b for b in made.blocks if isinstance(b, Table) and b.title.startswith("Table 2.")]
    at = [c.label for c in profile.columns].index("Branches")
    assert [r.cells[at].text for r in profile.rows] == ["1", "2", "3"]
    places = [b for b in made.blocks if isinstance(b, Table)][-1]
    assert [c.label for c in places.columns[2:]] == ["pharmacy", "school"]
    assert [[c.text for c in r.cells[2:]] for r in places.rows] == [["0", "1"], ["1", "1"], ["1", "0"], ["2", "2"]]
    bare = words(paper(Asked((plan,)), area))
    assert "ebranchs.csv" in bare and "--assets FILE" in bare and "Branches in" not in bare
    pages = words(team_pages(plan, area, mark="", audience=PARTNERS, branches=found))
    assert "Branch surgeries here (1, " in pages and "North Branch (of Surgery X99001)" in pages
    assert "Near Branch (of Y88888)" in pages
    assert "ebranchs.csv" in words(team_pages(plan, area, mark="", audience=PARTNERS))


def test_what_of_the_lists_of_places_is_left_out_is_kept_in_their_receipts(area: Area, tmp_path: Path) -> None:
    x, y = (int(area.units[axis].iloc[0]) for axis in "xy")
    rows = [("Library", x, y), ("Far away", x + 90_000, y), ("Nowhere", "", "")]
    file = tmp_path / "libraries.csv"
    file.write_text("name,x,y\n" + "".join(f"{n},{e},{w}\n" for n, e, w in rows), encoding="utf-8")
    areas = tmp_path / "parks.geojson"
    shapes = [area.units.geometry.iloc[0], shapely.Point(x, y)]
    gpd.GeoDataFrame({"name": ["Park", "Gate"]}, geometry=shapes, crs=area.units.crs).to_crs(4326).to_file(areas)
    found = places_of([file, areas], area)
    assert found.table["name"].tolist() == ["Library", "Gate"] and set(found.table["kind"]) == {"libraries", "parks"}
    assert [{one.reason: one.rows for one in r.dropped} for r in found.receipts] == [
        {"neither coordinates nor a postcode": 1, "outside the place": 1}, {"not a point": 1},
    ]  # fmt: skip
    assert all(r.rows_read == r.rows_kept + sum(one.rows for one in r.dropped) for r in found.receipts)


def test_the_invented_county_has_branches() -> None:
    area = load_area("demo", ["Saltreach"])
    made = branches("demo", area)
    assert made is not None and made.receipt.rows_read == 9 and len(made.table) == made.receipt.rows_kept == 1
    assert set(made.table["unit"]) <= set(area.codes) and set(made.table["parent"]) <= set(area.practices.index)

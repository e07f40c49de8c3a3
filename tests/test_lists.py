"""Lists of places on the Export page: given, told of, kept, and used by the pack and the paper."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from boundaries.area import Area
from boundaries.assets import NO_POSTCODES
from boundaries.overlays import places_of, together
from footprints.report import Asked, paper
from footprints.report.details import Details
from footprints.report.listed import document_of, places_from
from footprints.studies import paper as study_of_paper
from footprints.ui import cached, downloads, study
from footprints.ui.handing import Handing
from tests.grids import grid_area
from tests.plans import drawn
from tests.test_app import area, one_router, open_page, shelf_of, texts

__all__ = ["area", "one_router"]

PHARMACIES = b"""name,category,easting,northing,postcode
Corner Pharmacy,Pharmacy,600500,799500,
Far <b>Pharmacy</b>,Pharmacy,400000,300000,
Nowhere,Pharmacy,,,ZZ9 9ZZ
Unknown Street,Pharmacy,,,
"""
HUBS = b"name,easting,northing\nHub,603500,798500\nJust over the border,599000,799500\n"


def given(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    (box,) = [box for box in page.file_uploader if box.key and box.key.startswith("lists_file")]
    for name, data in files:
        box.upload(name, data)
    page.run()
    assert not page.exception
    return page


def test_lists_are_read_told_of_and_kept_while_one_goes_to_another_page(area: Area) -> None:
    own = shelf_of(area)
    page = given(open_page("export", own), ("pharmacies.csv", PHARMACIES), ("hubs.csv", HUBS))
    said = texts(page)
    for words in ("What became of each list", "1 outside the place", f"1 {NO_POSTCODES}: line 4",
                  "line 4 (Nowhere, ZZ9 9ZZ)", "1 neither coordinates nor a postcode: line 5 (Unknown Street)",
                  "1; 1 just beyond the border"):  # fmt: skip
        assert words in said, words
    page.switch_page("pages/need.py").run()
    page.switch_page("pages/export.py").run()
    assert "pharmacies.csv" in texts(page) and [one.given for one in own.lists] == ["pharmacies.csv", "hubs.csv"]
    next(b for b in page.button if "hubs.csv" in b.label).click().run()
    assert [one.given for one in own.lists] == ["pharmacies.csv"] and "just beyond" not in texts(page)


def test_a_receipt_names_the_columns_that_gave_a_position_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_bytes(b"name,latitude,longitude,easting,northing\nHub,,,600500,799500\n")
    (receipt,) = places_of([tmp_path / "one.csv"], grid_area(["AAABBB"] * 3)).receipts
    assert "placed by “easting” and “northing”" in receipt.notes


def test_a_list_that_cannot_be_read_stands_in_the_way_of_no_other(area: Area) -> None:
    own = shelf_of(area)
    page = given(open_page("export", own), ("bad.csv", b"name,colour\nA,red\n"), ("../hubs.csv", HUBS))
    said = texts(page)
    assert "“bad.csv” cannot be used" in said and "does not say where its rows are" in said
    assert "1; 1 just beyond the border" in said and [one.given for one in own.lists] == ["bad.csv", "hubs.csv"]
    assert "went wrong" not in said
    page = given(page, ("people.csv", b"name,nhs_number,easting,northing\nA,9434765919,600500,799500\n"))
    assert "data about persons may not be loaded" in texts(page)


def test_a_list_of_the_same_name_takes_the_place_of_the_old_one(area: Area) -> None:
    own = shelf_of(area)
    page = given(open_page("export", own), ("hubs.csv", HUBS))
    given(page, ("hubs.csv", HUBS.replace(b"Hub,", b"New hub,")))
    assert len(own.lists) == 1 and b"New hub" in own.lists[0].data


def test_the_pack_and_the_paper_are_made_with_the_lists(area: Area, monkeypatch: pytest.MonkeyPatch) -> None:
    packed, begun = [], []
    monkeypatch.setattr(cached, "pack", lambda *args: packed.append(args) or ("pack.zip", b"PK"))
    monkeypatch.setattr(study, "begin", lambda kind, asked: begun.append(asked))
    page = given(open_page("export", shelf_of(area)), ("pharmacies.csv", PHARMACIES))
    page.button(key="make-pack").click().run()
    page.button(key="paper_make").click().run()
    assert not page.exception
    assert packed[-1][-1].table["name"].tolist() == ["Corner Pharmacy"]
    assert begun[0]["places"]["places"] == [["Corner Pharmacy", "Pharmacy", 600500.0, 799500.0]]


@pytest.mark.parametrize("wanted", ["pack", "paper"])
def test_what_is_given_on_the_page_is_what_the_command_line_gives(tmp_path: Path, wanted: str) -> None:
    area = grid_area(["AAABBB"] * 3)
    plan = drawn(area, ["aaabbb"] * 3)
    for name, data in (("pharmacies.csv", PHARMACIES), ("hubs.csv", HUBS)):
        (tmp_path / name).write_bytes(data)
    files = [tmp_path / "pharmacies.csv", tmp_path / "hubs.csv"]
    typed = places_of(files, area)
    shown = together([places_of([file], area, [file.name]) for file in files])
    assert shown.table.equals(typed.table) and shown.receipts == typed.receipts
    if wanted == "pack":
        name, data = downloads.pack(plan, area, Handing(), str(tmp_path), None, shown)
        assert name.endswith(".zip") and data == downloads.pack(plan, area, Handing(), str(tmp_path), None, typed)[1]
        assert data != downloads.pack(plan, area, Handing(), str(tmp_path))[1], "the pages say which places"
        return
    asked = json.loads(json.dumps(study_of_paper.asked_for([plan], None, (), Details(), str(tmp_path), "", shown)))
    back = places_from(asked["places"])
    assert (
        back is not None
        and back.receipts == typed.receipts
        and json.loads(json.dumps(document_of(back))) == asked["places"]
    )
    one, two = (paper(Asked((plan,), assets=own), area) for own in (typed, back))
    assert str(one) == str(two) and "Annex D" in str(one)

"""`map.html`: what stands in it, that it is always the same, and that it opens from a folder and fetches nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from boundaries import load_area
from boundaries.area import Area
from footprints import edit
from footprints.escape import escape
from footprints.exchange import plan_files, zip_bytes
from footprints.exchange.map_html import map_html_bytes
from footprints.plan import Plan
from footprints.propose import propose
from optimise.criteria import Criteria
from tests.browsing import Watch
from tests.grids import grid_area
from tests.hostile.names import PAYLOADS, hostile_area, hostile_plan
from tests.plans import drawn

ASKED = Criteria(target=50_000, minimum=40_000, maximum=60_000, within=())


class Page(HTMLParser):
    """Tables (rows of cell texts by caption), scripts, and every attribute of the markup."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.scripts: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text = ""
        self._in = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self._in = tag
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
        elif tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self._in == "script":
            self.scripts[-1] += data
        elif self._in != "style":
            self.text += data
            if self._in in ("td", "th"):
                self.tables[-1][-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self._in == "span":
            self._in = "th"
        elif tag != "span":
            self._in = ""


@pytest.fixture
def area() -> Area:
    return grid_area(["AAABBB"] * 4, 4_000)


@pytest.fixture
def plan(area: Area) -> Plan:
    return drawn(area, ["aaabbb", "aaabbb", "aaabbb", "aaa--b"], ASKED, name="Drawn")


def sent(page: Page) -> Any:
    """What the map is drawn from."""
    found = re.search(r"footprints\.alone\(map_plan, (\{.*\})\);", page.scripts[-1], re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def test_the_page_says_who_lives_where_and_how_that_stands_to_the_range(area: Area, plan: Plan) -> None:
    page = Page(map_html_bytes(plan, area, stamps={"status": "draft", "does_not_meet": ["B is too small"]}).decode())
    legend, words = page.tables
    names = {own.code: own.name for own in plan.neighbourhoods}
    one, two = plan.codes
    assert legend[1:] == [
        [names[one], one, "48,000", "in range"],
        [names[two], two, "40,000", "in range"],
        ["In no neighbourhood", "", "8,000", ""],
    ]
    assert [row[2:] for row in words[1:]] == [
        [names[two], "12", "one piece"],
        [names[one], "10", "one piece"],
        ["", "2", "one piece"],
    ]
    assert (words[1][1], words[2][1]) == ("District A", "District B")
    assert plan.id in page.text and "Draft" in page.text and "B is too small" in page.text
    assert all(line in page.text for line in area.attribution)
    assert "BSD 2-Clause License" in page.text
    assert ("html", "lang", "en-GB") in page.attributes
    small = edit.move(plan, area, [u for u, code in plan.assignment if code == one][:3], two)
    rows = Page(map_html_bytes(small, area).decode()).tables[0]
    assert [row[3] for row in rows[1:3]] == ["4,000 below", "in range"]


def test_the_same_plan_gives_the_same_page_and_stands_in_the_bundle(area: Area, plan: Plan) -> None:
    files = plan_files(plan, area)
    assert files["map.html"] == plan_files(plan, area, formats=("html",))["map.html"]
    assert zip_bytes(files) == zip_bytes(plan_files(plan, area))
    assert "map.html" not in plan_files(plan, area, formats=("geojson",))


def test_patients_are_not_told(area: Area, plan: Plan) -> None:
    units = area.units.copy()
    units["registered"] = 7_654_321.0
    counted = replace(plan, criteria=replace(ASKED, count="registered"))
    page = map_html_bytes(counted, replace(area, units=units)).decode()
    assert "7,654,321" not in page and "7654321" not in page
    assert "The range is on registered patients living here, who are not in this file" in page
    assert [len(row) for row in Page(page).tables[0]] == [3] * 4


def test_no_text_from_a_file_is_markup_and_no_script_but_ours_may_run() -> None:
    area = hostile_area()
    plan = replace(hostile_plan(area), area_name=area.name)
    page = map_html_bytes(plan, area, stamps={"status": PAYLOADS[0], "does_not_meet": list(PAYLOADS)}).decode()
    read = Page(page)
    assert not [one for one in read.attributes if one[1].startswith("on") or one[0] in ("img", "svg", "iframe")]
    assert all(escape(own.name) in page for own in plan.neighbourhoods)
    policy = next(value for tag, name, value in read.attributes if tag == "meta" and name == "content")
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    ours = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in ours] == allowed
    assert len(allowed) == 3
    linked = [value for _, name, value in read.attributes if name in ("src", "href")]
    assert linked == ["data:,"]


def joined(features: Any) -> bool:
    """Neighbours have the same points along their common line."""
    shapes = np.array([shapely.geometry.shape(one["geometry"]) for one in features["features"]], dtype=object)
    return bool(shapely.coverage_is_valid(shapes))


@pytest.mark.places
@pytest.mark.parametrize("place", ["cambridgeshire", "cornwall", "london"])
def test_real_places_fit_in_a_mail_and_neighbours_stay_joined(place: str, request: pytest.FixtureRequest) -> None:
    area = load_area(request.getfixturevalue(place))
    plan = propose(area, Criteria(within=(), seconds=5)).plan
    assert plan is not None
    page = map_html_bytes(plan, area)
    assert len(page) < 350_000
    drawing = sent(Page(page.decode()))
    assert joined(drawing["features"])
    assert sum(int(own["people"].replace(",", "")) for own in drawing["groups"]) == int(area.units["residents"].sum())


@pytest.mark.browser
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("hostile", [False, True])
def test_it_opens_from_a_folder_and_asks_for_nothing(
    hostile: bool, area: Area, plan: Plan, tmp_path: Path, watch: Any
) -> None:
    place = hostile_area() if hostile else area
    shown = hostile_plan(place) if hostile else plan
    file = tmp_path / "map.html"
    file.write_bytes(map_html_bytes(shown, place))
    seen: Watch = watch(file.as_uri())
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.page.goto(file.as_uri())
    labels = seen.page.locator(".fp-label-text")
    labels.first.wait_for()
    if not hostile:
        assert {own.name for own in shown.neighbourhoods} < {text.split("\n")[0] for text in labels.all_inner_texts()}
    paths = seen.page.locator(".folium-map path.leaflet-interactive")
    assert paths.count() == len(Page(file.read_text(encoding="utf-8")).tables[0]) - 1
    for i in range(paths.count()):
        box = paths.nth(i).bounding_box()
        seen.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 4)
        seen.page.locator(".leaflet-tooltip").first.wait_for()
    seen.page.locator(".leaflet-control-zoom-in").click()
    seen.page.wait_for_timeout(500)
    assert asked == [file.as_uri()]
    assert seen.elsewhere == [] and seen.complaints == []
    assert not seen.page.evaluate("() => window.HACKED || 0")
    seen.page.set_viewport_size({"width": 320, "height": 640})
    assert seen.page.evaluate("() => document.documentElement.scrollWidth") <= 320

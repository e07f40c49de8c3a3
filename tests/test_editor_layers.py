"""The planner's own files in the map editor, in Chromium: drawn, named, switched, removed, and never markup."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString, box

from boundaries import crs
from tests.browsing import Server, Watch
from tests.drawn_app.place import WIDE, area, unit
from tests.grids import CELL_M, ORIGIN
from tests.test_editor import server
from tests.test_tiles import pmtiles, png

HOSTILE = "<img src=x onerror='window.hacked=1'><b>Beat</b>"
WEST, NORTH = ORIGIN

__all__ = ["server"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def seen(server: Server, browser: Any) -> Iterator[Watch]:
    """The editor with its layers open, and no file on the map."""
    one = Watch(browser, server.address)
    one.page.goto(server.address)
    one.editor()
    one.settled()
    one.page.get_by_role("button", name="Layers").click()
    one.page.get_by_role("button", name="Add files…").wait_for()
    yield one
    assert one.elsewhere == []
    assert one.page.evaluate("() => window.hacked") is None
    while (remove := one.page.locator(".fe-overlay .fe-plain")).count():
        before = remove.count()
        remove.first.click()
        one.page.locator(".fe-overlay .fe-plain").nth(before - 1).wait_for(state="detached")
    one.page.close()


def cells(column: int, row: int, wide: int = 1, high: int = 1) -> Any:
    """Some squares of the drawn place."""
    west, north = WEST + column * CELL_M, NORTH - row * CELL_M
    return box(west, north - high * CELL_M, west + wide * CELL_M, north)


def along(row: float) -> LineString:
    """A line from west to east."""
    return LineString([(WEST, NORTH - row * CELL_M), (WEST + WIDE * CELL_M, NORTH - row * CELL_M)])


def layer(folder: Path, called: str, shapes: list[Any], /, **columns: list[Any]) -> Path:
    file = folder / called
    gpd.GeoDataFrame(columns, geometry=shapes, crs=27700).to_crs(4326).to_file(file, driver="GeoJSON")
    return file


def add(seen: Watch, file: Path, said: str) -> None:
    """Choose a file, and wait until its row says so."""
    seen.page.get_by_label("Files to draw on the map").set_input_files(str(file))
    seen.page.locator(".fe-overlay", has_text=said).first.wait_for()


def drawn(seen: Watch) -> int:
    """How many shapes lie in the pane of the planner's own layers."""
    seen.page.wait_for_timeout(300)
    return seen.page.locator(".leaflet-own-pane path").count()


def names(seen: Watch, kind: str) -> list[str]:
    seen.page.wait_for_timeout(300)
    return seen.page.locator(f".fe-label-text.{kind}").all_text_contents()


def pointed_at(seen: Watch, x: float, y: float) -> list[str]:
    """What the map says of what lies there."""
    tip = seen.page.locator(".leaflet-tooltip")
    for nudge in range(20):
        seen.page.mouse.move(x + 60, y + 60)
        seen.page.mouse.move(x + nudge % 2, y, steps=3)
        seen.page.wait_for_timeout(200)
        if tip.count():
            break
    return tip.locator("div > div").all_text_contents()


def refused(seen: Watch) -> str:
    note = seen.page.locator(".fe-note.refused")
    note.wait_for()
    return note.inner_text()


def test_own_areas_are_drawn_named_switched_and_removed_and_the_plan_stays(seen: Watch, tmp_path: Path) -> None:
    before = seen.editor()
    file = layer(
        tmp_path, "beats.geojson", [cells(0, 0, 3, 2), cells(8, 4, 3, 3), cells(30, 0)], name=[HOSTILE, "South", "Far"]
    )
    add(seen, file, "2 areas")
    assert drawn(seen) == 4  # each with its pale edge
    assert HOSTILE.replace(" ", "") in [name.replace(" ", "") for name in names(seen, "fe-own-name")]
    assert seen.page.locator(".fe-map img").count() == 0
    row = seen.page.locator(".fe-overlay")
    row.locator("summary").click()
    assert "1 row left out: outside the place" in row.inner_text()
    box_ = seen.page.get_by_role("checkbox", name="beats.geojson")
    box_.uncheck()
    assert drawn(seen) == 0 and names(seen, "fe-own-name") == []
    box_.check()
    assert drawn(seen) == 4
    seen.page.get_by_role("button", name="Remove beats.geojson").click()
    row.wait_for(state="detached")
    assert drawn(seen) == 0
    after = seen.editor()
    assert (after["labels"], after["hash"], after["version"]) == (before["labels"], before["hash"], before["version"])


def test_names_are_text_on_hover_too_and_say_what_an_area_holds(seen: Watch, tmp_path: Path) -> None:
    add(seen, layer(tmp_path, "beats.geojson", [cells(0, 0, 3, 2)], name=[HOSTILE], category=[HOSTILE]), "1 area")
    seen.page.get_by_role("button", name="Layers").click()
    x, y = seen.pixel(unit(0, 1))
    x2, _ = seen.pixel(unit(1, 1))
    _, y0 = seen.pixel(unit(0, 2))
    assert pointed_at(seen, (x + x2) / 2, (y + y0) / 2) == [
        HOSTILE, HOSTILE, "holds the middle of 6 LSOAs, 18,000 residents", "beats.geojson",
    ]  # fmt: skip
    seen.page.get_by_role("button", name="Layers").click()


def test_a_list_of_places_says_what_it_left_out(seen: Watch, tmp_path: Path) -> None:
    file = tmp_path / "hubs.csv"
    rows = ["name,category,easting,northing"]
    rows += [f"Hub {n},Library,{WEST + 500 + n * 900},{NORTH - 500}" for n in range(5)] + ["Lost,,,", f"{HOSTILE},,1,1"]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="")
    add(seen, file, "5 points")
    assert drawn(seen) == 5
    summary = seen.page.locator(".fe-overlay summary")
    assert summary.inner_text() == "2 rows left out"


def test_painting_goes_on_under_the_planners_own_shapes(seen: Watch, tmp_path: Path) -> None:
    add(seen, layer(tmp_path, "beats.geojson", [cells(0, 0, 12, 8)], name=["All"]), "1 area")
    seen.page.get_by_role("button", name="Layers").click()
    labels = seen.editor()["labels"]
    at, to = unit(4, 1), labels[unit(0, 0)]
    seen.page.evaluate("() => window.footprintsEditor.editor.set({ tool: 'click', effect: 'paint' })")
    seen.activate(to)
    seen.click_unit(at)
    seen.page.wait_for_function("a => window.footprintsEditor.state.labels[a[0]] === a[1]", arg=[at, to])
    assert seen.editor()["labels"][at] == to
    seen.page.get_by_role("button", name="Layers").click()


def test_barriers_are_heavier_where_stronger_and_named_on_hover(seen: Watch, tmp_path: Path) -> None:
    file = layer(tmp_path, "barriers.geojson", [along(2.5), along(5.5)], name=[HOSTILE, "Brook"], strength=[1.0, 0.25])
    add(seen, file, "2 barriers")
    drawn(seen)
    widths = seen.page.locator(".leaflet-own-pane path:not([stroke='#ffffff'])").evaluate_all(
        "nodes => nodes.map(node => Number(node.getAttribute('stroke-width')))"
    )
    assert widths == [8.0, 3.5]
    seen.page.get_by_role("button", name="Layers").click()
    x, y = seen.pixel(unit(3, 2))
    assert pointed_at(seen, x + 9, y) == [
        HOSTILE,
        "Barrier, strength 1 (nobody crosses)",
        "barriers.geojson",
    ]
    seen.page.get_by_role("button", name="Layers").click()


def test_roads_and_water_lie_under_the_fills(seen: Watch, tmp_path: Path) -> None:
    canvas = "() => window.footprintsEditor.map.getPane('ground').querySelector('canvas')"
    assert seen.page.evaluate(f"() => Boolean(({canvas})())") is False
    add(
        seen, layer(tmp_path, "ground.geojson", [along(1.2), along(3.3)], type=["A Road", "River"]), "Base map, 2 lines"
    )
    seen.page.wait_for_function(f"() => Boolean(({canvas})())")
    seen.page.wait_for_timeout(400)
    inked = seen.page.evaluate(
        "() => { const c = window.footprintsEditor.map.getPane('ground').querySelector('canvas');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;"
        " for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }"
    )
    assert inked > 200
    blend = "() => getComputedStyle(window.footprintsEditor.map.getContainer().querySelector('.fe-sheet')).mixBlendMode"
    assert seen.page.evaluate(blend) == "multiply"
    seen.page.get_by_role("checkbox", name="ground.geojson").uncheck()
    assert seen.page.evaluate(blend) == "normal"


def test_pictures_come_from_this_machine_with_their_attribution_as_text(seen: Watch, tmp_path: Path) -> None:
    west, north = crs.to_degrees(np.asarray([cells(0, 0).exterior], dtype=object))[0].coords[0]
    tiles = {}
    for z in range(0, 9):
        n = 1 << z
        x0 = int((west + 180) / 360 * n)
        y0 = int((1 - np.arcsinh(np.tan(np.radians(north))) / np.pi) / 2 * n)
        tiles |= {
            (z, x, y): png(90 + z)
            for x in (x0 - 1, x0, x0 + 1)
            for y in (y0 - 1, y0, y0 + 1)
            if 0 <= x < n and 0 <= y < n
        }
    file = pmtiles(
        tmp_path / "map.pmtiles", tiles, bounds=(west - 1, north - 1, west + 1, north + 1),
        metadata={"attribution": f"<a href='https://example.org'>© Makers</a> {HOSTILE}"},
    )  # fmt: skip
    got: list[Any] = []
    seen.page.on("response", lambda answer: got.append(answer) if "/tiles/" in answer.url else None)
    add(seen, file, "Map pictures, zoom 0 to 8")
    seen.page.wait_for_function(
        "() => [...window.footprintsEditor.map.getPane('ground').querySelectorAll('img')]"
        ".some(i => i.complete && i.naturalWidth)"
    )
    assert got and {a.status for a in got} <= {200, 404} and any(a.status == 200 for a in got)
    good = next(a for a in got if a.status == 200)
    assert good.headers["content-type"] == "image/png" and good.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'self'" in good.headers["content-security-policy"]
    assert seen.page.locator(".fe-credit").inner_text() == "Base map: © Makers Beat"
    stranger = re.sub(r"/editor/[^/]+/", "/editor/not-a-token/", good.url)
    elsewhere = (good.url.replace("/tiles/", "/tiles/0"), good.url.rsplit("/", 1)[0] + "/999999")
    for url, status in ((stranger, "410"), *((url, "404") for url in elsewhere)):
        with pytest.raises(urllib.error.HTTPError, match=status):
            urllib.request.urlopen(url)  # noqa: S310
    seen.page.get_by_role("checkbox", name="map.pmtiles").uncheck()
    assert seen.page.locator(".fe-credit").is_hidden()


def test_files_stay_after_a_reload_and_are_off_until_they_are_switched_on(seen: Watch, tmp_path: Path) -> None:
    add(seen, layer(tmp_path, "beats.geojson", [cells(0, 0, 3, 2)], name=["North"]), "1 area")
    seen.page.reload()
    seen.editor()
    seen.page.get_by_role("button", name="Layers").click()
    box_ = seen.page.get_by_role("checkbox", name="beats.geojson")
    box_.wait_for()
    assert not box_.is_checked() and drawn(seen) == 0
    box_.check()
    assert drawn(seen) == 2


@pytest.mark.parametrize(
    ("called", "data", "said"),
    [
        ("persons.csv", "name,nhs number,easting,northing\nA,9434765919,1,1\n", "data about persons may not be loaded"),
        ("far.csv", "name,easting,northing\nA,200000,100000\n", "can be drawn on Gridshire"),
        ("<b>x.geojson", "<OGRVRTDataSource/>", "is not what its name says"),
        ("vrt.geojson", '{"type":"gdal_streamed_alg"}', "neither a GeoJSON feature collection"),
        ("cut.pmtiles", "PMTiles\x03" + "\0" * 20, "is not a PMTiles file"),
    ],
)
def test_a_file_that_cannot_be_drawn_is_refused_in_words(
    seen: Watch, tmp_path: Path, called: str, data: str, said: str
) -> None:
    seen.page.get_by_label("Files to draw on the map").set_input_files(
        {"name": called, "mimeType": "text/plain", "buffer": data.encode()}
    )
    told = refused(seen)
    assert said in told and called in told
    assert seen.page.locator(".fe-overlay").count() == 0


def test_town_names_are_on_and_no_two_names_lie_on_each_other(seen: Watch) -> None:
    assert seen.page.get_by_role("checkbox", name="Town names (from MSOA names)").is_checked()
    assert names(seen, "fe-town") == ["Place", "Place"]  # one in each district
    seen.page.get_by_role("checkbox", name="Neighbourhood names").uncheck()
    seen.page.get_by_role("checkbox", name="MSOA names", exact=True).check()
    seen.page.wait_for_timeout(300)
    town, msoa = (
        seen.page.locator(f".fe-label-text.{kind}").first.evaluate(
            "node => parseFloat(getComputedStyle(node).fontSize)"
        )
        for kind in ("fe-town", "fe-quiet")
    )
    assert town > msoa
    boxes = seen.page.locator(".fe-label-text").evaluate_all(
        "nodes => nodes.map(node => node.getBoundingClientRect()).map(b => [b.left, b.top, b.right, b.bottom])"
    )
    slack = 4
    assert len(boxes) > 5
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = (
                one[0] >= other[2] - slack
                or other[0] >= one[2] - slack
                or one[1] >= other[3] - slack
                or other[1] >= one[3] - slack
            )
            assert apart, (one, other)
    seen.page.get_by_role("checkbox", name="Town names").uncheck()
    assert names(seen, "fe-town") == []


def test_the_routes_know_no_strangers(server: Server) -> None:
    for path, method in (
        ("overlays", "GET"),
        ("overlays/x", "GET"),
        ("overlays?name=a.csv", "POST"),
        ("overlays/x/remove", "POST"),
    ):
        asked = urllib.request.Request(  # noqa: S310
            f"{server.address}/editor/nobody/{path}", method=method, data=b"{}" if method == "POST" else None
        )
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(asked)  # noqa: S310
        assert error.value.code == 410
        assert "Reload" in json.loads(error.value.read())["message"]
    assert area().digest

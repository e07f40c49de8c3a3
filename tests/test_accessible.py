"""Every page and the map page for WCAG 2.2 AA: axe, touch, forced colours, narrow windows; and no request elsewhere.

Streamlit's own frame passes as well, so nothing is excepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from footprints.exchange.map_html import map_html_bytes
from tests.browsing import Server, Watch
from tests.drawn_app.place import WIDE, area, drawn_plan, unit
from tests.hostile.names import hostile_area, hostile_plan
from tests.test_editor import server

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
READY = "[data-ready='true'][data-pending='0']"

__all__ = ["server"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def seen(server: Server, browser: Any) -> Iterator[Watch]:
    """One page that all tests of the whole app share."""
    one = Watch(browser, server.address)
    one.page.goto(server.address)
    one.editor()
    one.settled()
    yield one
    one.page.close()


@pytest.fixture
def opened(server: Server, browser: Any) -> Iterator[Callable[..., Any]]:
    """The map page in a window of another kind, as `new_context` takes it."""
    made = []

    def open_with(**kind: Any) -> Any:
        made.append(browser.new_context(**({"viewport": {"width": 1366, "height": 768}} | kind)))
        page = made[-1].new_page()
        page.set_default_timeout(60_000)
        page.goto(server.address)
        page.locator(READY).wait_for()
        return page

    yield open_with
    for one in made:
        one.close()


def faults(page: Any) -> list[tuple[str, str, str]]:
    """(rule, element, what axe says) of everything that breaks a rule, in the page and in its frames."""
    axe = pytest.importorskip("axe_playwright_python")
    script = (Path(axe.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    for frame in page.frames:
        frame.evaluate(f"{script}; 0")
    got = page.evaluate(
        "rules => axe.run(document, { runOnly: { type: 'tag', values: rules }, resultTypes: ['violations'] })", RULES
    )
    return [(one["id"], n["html"], n["failureSummary"]) for one in got["violations"] for n in one["nodes"]]


def test_axe_does_find_a_fault(seen: Watch) -> None:
    seen.page.evaluate(
        "() => { const own = document.createElement('img'); own.id = 'bad'; own.src = 'data:,';"
        " document.querySelector('[data-testid=stMain]').append(own); }"
    )
    found = faults(seen.page)
    seen.page.evaluate("() => document.getElementById('bad').remove()")
    assert [rule for rule, *_ in found] == ["image-alt"]


def test_the_map_page_with_everything_open(seen: Watch) -> None:
    page = seen.page
    assert faults(page) == []
    page.get_by_role("button", name="Layers").click()
    assert faults(page) == []
    page.get_by_role("button", name="Layers").click()
    page.get_by_role("tab", name="Table of areas").click()
    assert faults(page) == []
    page.get_by_role("tab", name="Map and tally").click()
    before = seen.editor()["labels"]
    seen.activate(before[unit(0, 0)])
    page.evaluate("u => window.footprintsEditor.editor.assign([u], window.footprintsEditor.editor.target)", unit(9, 1))
    seen.editor()
    page.get_by_role("tab", name="Problems (1)").click()
    page.get_by_role("button", name="Show repairs").click()
    page.get_by_role("button", name="Apply").first.wait_for()
    assert faults(page) == []
    page.get_by_role("button", name="Apply").first.click()
    page.get_by_role("tab", name="Problems: none").wait_for()
    page.get_by_role("tab", name="Neighbourhoods").click()
    for button in ("Rename", "New…", "Merge…", "Note…", "Split…"):
        page.get_by_role("button", name=button).first.click()
        assert faults(page) == [], button
        page.keyboard.press("Escape")
    page.evaluate("() => window.footprintsEditor.map.getContainer().focus()")
    page.keyboard.press("?")
    page.locator("dialog[open]").get_by_text("Keyboard shortcuts").wait_for()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Present").click()
    assert faults(page) == []
    page.keyboard.press("Escape")
    seen.editor()


@pytest.mark.parametrize(
    ("title", "sign"),
    [
        ("Data", "Where the data come from"),
        ("Propose", "What will be done"),
        ("Practices", "No patients registered by practice are loaded"),
        ("Need", "There is nothing to order by"),
        ("Review", "Is this option any good?"),
        ("Can we?", "Keep in one neighbourhood"),
        ("Compare", "Measures of the whole plan"),
        ("Export", "Download everything"),
    ],
)
def test_every_page_and_none_asks_for_anything_elsewhere(seen: Watch, title: str, sign: str) -> None:
    seen.go(title, sign)
    assert faults(seen.page) == []
    folded = seen.page.get_by_test_id("stExpander")
    for i in range(folded.count()):
        folded.nth(i).locator("summary").click()
    seen.settled()
    assert faults(seen.page) == []
    assert seen.elsewhere == []


@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize("width", [1366, 320])
def test_the_exported_map(hostile: bool, width: int, tmp_path: Path, watch: Any) -> None:
    file = tmp_path / "map.html"
    place = hostile_area() if hostile else area()
    file.write_bytes(map_html_bytes(hostile_plan(place) if hostile else drawn_plan(), place))
    one: Watch = watch(file.as_uri())
    one.page.set_viewport_size({"width": width, "height": 768})
    one.page.goto(file.as_uri())
    one.page.locator(".fp-label-text").first.wait_for()
    assert faults(one.page) == []
    assert one.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_a_finger_paints_two_fingers_move_the_map_and_so_does_the_hand(opened: Callable[..., Any]) -> None:
    page = opened(has_touch=True)
    line = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        told = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
        line.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": told})

    def drag(*fingers: tuple[float, float], by: tuple[float, float]) -> None:
        for n in range(1, len(fingers) + 1):
            touch("touchStart", *fingers[:n])
        for step in range(1, 11):
            touch("touchMove", *((x + by[0] * step / 10, y + by[1] * step / 10) for x, y in fingers))
        touch("touchEnd")
        page.wait_for_timeout(500)
        page.locator(READY).wait_for()

    def now() -> tuple[list[int], dict[str, float]]:
        told = page.evaluate("() => [window.footprintsEditor.state.labels, window.footprintsEditor.map.getCenter()]")
        return told[0], told[1]

    def at(n: int) -> tuple[float, float]:
        spot = page.evaluate("n => window.footprintsEditor.pixelOf(n)", n)
        return spot["x"], spot["y"]

    before, centre = now()
    to = before[unit(0, 0)]
    page.evaluate(
        "to => { const { editor } = window.footprintsEditor; editor.choose(to); editor.set({ radius: 4 }); }", to
    )
    page.get_by_role("button", name="Brush (B)").tap()
    first, last = at(unit(3, 1)), at(unit(6, 1))
    drag(first, by=(last[0] - first[0], last[1] - first[1]))
    painted, still = now()
    assert {n for n in range(len(before)) if painted[n] != before[n]} == {unit(c, 1) for c in (4, 5, 6)}
    assert still == centre
    drag(at(unit(5, 4)), at(unit(8, 4)), by=(70, 40))
    after, moved = now()
    assert after == painted
    assert moved["lng"] < centre["lng"] and moved["lat"] > centre["lat"]
    page.get_by_role("button", name="Move the map").tap()
    drag(at(unit(5, 4)), by=(-70, -40))
    assert now()[0] == painted
    assert now()[1]["lng"] > moved["lng"]
    page.get_by_role("button", name="Click (C)").tap()
    page.touchscreen.tap(*at(unit(5, 6)))
    page.wait_for_function("args => window.footprintsEditor.state.labels[args[0]] === args[1]", arg=[unit(5, 6), to])


def test_in_forced_colours_what_is_chosen_is_marked_and_what_is_drawn_keeps_its_colours(
    opened: Callable[..., Any],
) -> None:
    page = opened(forced_colors="active")
    page.evaluate("() => { const e = window.footprintsEditor; e.editor.choose(e.state.labels[0]); }")
    outlined = (
        "node => { const own = getComputedStyle(node);"
        " return own.outlineStyle !== 'none' && parseFloat(own.outlineWidth) >= 2; }"
    )
    on = page.locator(".fe-tool[aria-pressed=true]")
    assert on.count() == 1 and on.evaluate(outlined)
    assert not page.locator(".fe-tool[aria-pressed=false]").first.evaluate(outlined)
    assert page.locator(".fe-table tbody tr.on").first.evaluate(outlined)
    for tab in page.locator(".fe-tab[aria-selected=true]").all():
        assert tab.evaluate(outlined)
    assert page.locator("[data-testid=stTopNavLink][aria-current=page]").evaluate(outlined)
    # What is only drawn keeps its colours: the fills of map and key, and the bar of the range.
    paints = "nodes => new Set(nodes.map(node => getComputedStyle(node).backgroundColor)).size"
    assert page.locator(".fe-band, .fe-band i, .fe-band b").evaluate_all(paints) >= 3
    for drawing in (".fe-map", ".fe-swatch", ".fe-band"):
        assert page.locator(drawing).first.evaluate("node => getComputedStyle(node).forcedColorAdjust") == "none"


@pytest.mark.parametrize(("width", "height"), [(683, 384), (320, 640)])
def test_at_200_per_cent_and_at_320_pixels_nothing_is_cut_off(
    opened: Callable[..., Any], width: int, height: int
) -> None:
    page = opened(viewport={"width": width, "height": height})
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    for part in (".fe-toolbar", ".fe-map", "aside.fe-right", ".fe-tally"):
        box = page.locator(part).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width, part
        assert box["width"] >= 240, part
    inside = page.locator("aside.fe-right button:visible, .fe-toolbar button:visible, .fe-toolbar select:visible")
    boxes = [one.bounding_box() for one in inside.all()]
    assert len(boxes) > WIDE
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= width for box in boxes)
    assert page.locator(".fe-map").bounding_box()["height"] >= 290
    assert faults(page) == []
    page.get_by_role("tab", name="Table of areas").click()
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= width

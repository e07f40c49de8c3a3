"""The page Compare in Chromium: maps that move together, swipe and difference, by hand, by keyboard and for axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.browsing import Server, Watch
from tests.drawn_app.place import unit
from tests.test_accessible import faults
from tests.test_editor import server

__all__ = ["server"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LOOKS = (
    "() => window.footprintsCompare.panes.map(({ map }) => [map.getCenter().lat, map.getCenter().lng, map.getZoom()])"
)


@pytest.fixture(scope="module")
def seen(server: Server, browser: Any) -> Iterator[Watch]:
    """The page with two options that differ in one area."""
    one = Watch(browser, server.address)
    one.page.goto(server.address)
    before = one.editor()["labels"]
    one.activate(before[unit(0, 0)])
    one.page.evaluate(
        "u => window.footprintsEditor.editor.assign([u], window.footprintsEditor.editor.target)", unit(4, 0)
    )
    one.editor()
    one.go("Compare", "Who moves")
    one.maps()
    yield one
    one.page.close()


def test_maps_of_one_scale_move_together_by_hand_and_by_keyboard(seen: Watch) -> None:
    page = seen.page
    assert "3,000 people (1.0%) in 1 LSOA change neighbourhood" in page.locator(".fp-note").first.inner_text()
    first, second = page.evaluate(LOOKS)
    assert first == second
    sizes = page.locator(".fc-box").evaluate_all("all => all.map(b => [b.clientWidth, b.clientHeight])")
    assert len(sizes) == 2 and sizes[0] == sizes[1]
    page.locator(".fc-compare .fe-map").nth(1).focus()
    page.keyboard.press("+")
    page.wait_for_function("z => window.footprintsCompare.panes[0].map.getZoom() > z", arg=first[2])
    page.keyboard.press("ArrowRight")
    page.wait_for_function("x => window.footprintsCompare.panes[0].map.getCenter().lng > x", arg=first[1])
    page.wait_for_timeout(500)
    left, right = page.evaluate(LOOKS)
    assert left == pytest.approx(right, abs=1e-6) and left[2] == right[2] > first[2]
    # What is looked at stays when the view changes.
    page.get_by_role("tab", name="Swipe").click()
    for one in page.evaluate(LOOKS):
        assert one == pytest.approx(right, abs=1e-4)


def test_swipe_with_the_keys_and_what_moves(seen: Watch) -> None:
    page = seen.page
    page.get_by_role("tab", name="Swipe").click()
    slider = page.locator(".fc-swiper input")
    slider.focus()
    before = page.locator(".fc-above").evaluate("node => node.style.clipPath")
    page.keyboard.press("ArrowRight")
    assert page.locator(".fc-above").evaluate("node => node.style.clipPath") != before
    assert slider.get_attribute("aria-valuetext").startswith("51 % Drawn, 49 % Drawn (2)")
    page.get_by_role("tab", name="Difference").click()
    moved = page.evaluate("() => Array.from(window.footprintsCompare.panes[0].view.moved)")
    assert [n for n, on in enumerate(moved) if on] == [unit(4, 0)]
    words = page.locator(".fc-words").inner_text()
    assert words.startswith("From “Drawn” to “Drawn (2)” 3,000 people")
    page.get_by_role("button", name="Change places").click()
    assert page.locator(".fc-words").inner_text().startswith("From “Drawn (2)” to “Drawn” 3,000 people")


@pytest.mark.parametrize("width", [1366, 340])
def test_axe_finds_nothing_in_any_view_nor_in_a_narrow_window(seen: Watch, width: int) -> None:
    page = seen.page
    page.set_viewport_size({"width": width, "height": 768})
    for view in ("Side by side", "Swipe", "Difference"):
        page.get_by_role("tab", name=view).click()
        seen.maps()
        assert faults(page) == [], view
        for box in page.locator(".fc-compare button:visible, .fc-box").all():
            at = box.bounding_box()
            assert at["x"] >= 0 and at["x"] + at["width"] <= width, view
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollWidth") <= width
    page.set_viewport_size({"width": 1366, "height": 768})
    assert seen.elsewhere == []
    assert [c for c in seen.complaints if "Security" in c or "Error" in c] == []

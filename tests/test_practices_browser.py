"""The agreed home of a practice in Chromium: set, exported, undone on the map, set again and taken back."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest

from tests.browsing import ROOT, Server, Watch
from tests.test_accessible import faults

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop and sockets are collected late.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
REASON = "=The partners asked for it, <b>12 May</b>"


def agree(seen: Watch) -> str:
    """Agree on the last neighbourhood for the practice that is offered first; gives what the page then says."""
    page = seen.page
    page.get_by_role("tab", name="Agreed homes").click()
    page.get_by_role("combobox", name="Agreed neighbourhood").click()
    page.get_by_role("option").last.click()
    page.get_by_role("textbox", name="Reason").fill(REASON)
    page.get_by_role("button", name="Agree on this home").click()
    page.get_by_text("belongs to").first.wait_for()
    seen.settled()
    assert page.get_by_role("tab", name="Agreed homes").get_attribute("aria-selected") == "true"
    return page.locator(".fp-note.good").filter(has_text="belongs to").inner_text()


def lookup(seen: Watch, folder: Path) -> list[dict[str, str]]:
    """The rows of practice_lookup.csv, taken from the page, that give a reason of ours."""
    with seen.page.expect_download() as got:
        seen.page.get_by_role("link", name="Download practice_lookup.csv").click()
    got.value.save_as(folder / "practice_lookup.csv")
    text = (folder / "practice_lookup.csv").read_text(encoding="utf-8")
    return [row for row in csv.DictReader(io.StringIO(text)) if "12 May" in row["reason"]]


def every_tab_is_accessible(page):
    for tab in page.get_by_role("tab").all():
        tab.click()
        for folded in page.locator("[role=tabpanel] details:visible:not([open]) summary").all():
            folded.click()
        assert faults(page) == [], tab.inner_text()


def test_a_home_is_agreed_undone_and_taken_back(watch, cache, tmp_path):
    server = Server(ROOT / "app.py", cache)
    try:
        seen = watch(server.address)
        page = seen.page
        page.goto(server.address)
        page.locator("[data-ready='true']").wait_for(timeout=120_000)
        seen.settled()
        seen.go("Practices", "Three populations of each neighbourhood")
        said = agree(seen)
        (row,) = lookup(seen, tmp_path)
        assert row["practice_name"] in said and row["reason"] == f"'{REASON}"
        assert row["agreed_neighbourhood"] != row["main_neighbourhood_by_patients"]
        assert page.get_by_text(REASON).count() == 1
        every_tab_is_accessible(page)

        seen.go("Need", "Where teams should start")
        every_tab_is_accessible(page)
        seen.go("Map", "Shelf of options")
        page.locator("[data-ready='true']").wait_for()
        assert page.evaluate("() => window.footprintsEditor.plan.facts.undo").startswith("Agreed home of")
        page.get_by_role("button", name=re.compile("^Undo")).click()
        page.wait_for_function("() => window.footprintsEditor.plan.facts.undo === ''")
        seen.editor()

        seen.go("Practices", "Three populations of each neighbourhood")
        page.get_by_role("tab", name="Agreed homes").click()
        page.get_by_text("No home is agreed yet: each").wait_for()
        assert lookup(seen, tmp_path) == []
        assert agree(seen) == said
        page.get_by_role("button", name="Take the decision back").click()
        page.get_by_text("the decision is taken back").wait_for()
        seen.settled()
        assert lookup(seen, tmp_path) == []

        assert seen.elsewhere == []
        assert [c for c in seen.complaints if "Content Security Policy" in c or "Error" in c] == []
    finally:
        server.stop()

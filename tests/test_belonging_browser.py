"""What belongs together and how sure it is, in Chromium, in a district of the demo county: layers, evidence, study."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from tests.browsing import ROOT, Server, Watch

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop and sockets are collected late.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
LINES = "() => window.footprintsEditor.editor.view.lines.length"
AT_A_LINE = """() => {
  const { plan, editor } = window.footprintsEditor;
  const of = plan.shown.labels;
  return of.findIndex((own, n) => own >= 0 && editor.touching[n].some((other) => of[other] >= 0 && of[other] !== own));
}"""


# The map is of another size every 50 ms, as in a window that is drawn larger, until the page is left.
RESIZED_TO_THE_LAST = """() => {
  const { map } = window.footprintsEditor, box = map.getContainer();
  const again = () => {
    if (!window.footprintsEditor) return;
    box.style.width = box.style.width ? "" : "90%";
    map.invalidateSize({ debounceMoveend: true });
    setTimeout(again, 50);
  };
  again();
}"""


def layers(seen: Watch) -> None:
    seen.page.get_by_role("button", name="Layers").click()


def ties_and_communities(seen: Watch) -> None:
    """Both layers come by themselves, with their legends, while strokes go on being confirmed."""
    page = seen.page
    before = page.evaluate(LINES)
    layers(seen)
    page.get_by_label("How strongly areas belong together").check()
    page.get_by_text("Working:").wait_for()
    legend = page.locator(".fe-legend").filter(has_text="Areas on either side belong together")
    legend.wait_for(timeout=120_000)
    assert "weakly (under 0.4 of 1)" in legend.inner_text() and page.evaluate(LINES) == before + 2
    choice = page.get_by_label("Communities of care")
    assert choice.locator("option").count() == 5 and "patients" in choice.locator("option").nth(1).inner_text()
    choice.select_option(index=2)
    page.locator(".fe-legend").filter(has_text="Edge of a community of care").wait_for()
    assert page.evaluate(LINES) == before + 3
    page.get_by_label("How strongly areas belong together").uncheck()
    choice.select_option(index=0)
    layers(seen)
    assert page.evaluate(LINES) == before


def evidence_on_a_click(seen: Watch) -> None:
    page = seen.page
    page.get_by_role("button", name="Why here? (Y)").click()
    seen.click_unit(page.evaluate(AT_A_LINE))
    panel = page.get_by_role("region", name="Why here")
    panel.get_by_role("heading", name="Do the areas on either side belong together?").wait_for()
    said = panel.inner_text()
    assert "of 1)." in said and "in one community of care" in said and "registered patients who live there" in said
    assert panel.locator(".fe-strength").get_attribute("aria-label").endswith("of 1")


def certainty(seen: Watch, folder: Path) -> None:
    """Not known before it is asked for; then a table, a layer, and the column of the lookup."""
    page = seen.page
    layers(seen)
    page.get_by_label("How sure each area is").click()
    page.get_by_text("It is not known how sure each area of this option is").first.wait_for()
    assert not page.get_by_label("How sure each area is").is_checked()
    layers(seen)
    page.get_by_role("button", name="Duplicate").click()
    seen.settled()
    seen.editor()
    unit = page.evaluate(AT_A_LINE)
    page.evaluate(
        """n => { const { editor, plan } = window.footprintsEditor;
        const of = plan.shown.labels;
        const to = of[editor.touching[n].find((m) => of[m] >= 0 && of[m] !== of[n])];
        editor.submit({ op: "paint", units: String(n), to }); }""",
        unit,
    )
    seen.editor()
    seen.go("Review", "How sure is each area?")
    sample = page.get_by_role("spinbutton", name="And by so many random plans")
    if sample.is_enabled():
        sample.fill("0")
        sample.press("Enter")
        seen.settled()
    page.get_by_role("button", name="Find core and contested areas").click()
    page.get_by_text("judged by one plan only").wait_for(timeout=120_000)
    assert "1 of" in page.get_by_text("contested.").first.inner_text()
    assert page.locator("table", has_text="Contested areas, least certain first").locator("tbody tr").count() == 1
    seen.go("Map", "Shelf of options")
    seen.editor()
    layers(seen)
    page.get_by_label("How sure each area is").check()
    page.locator(".fe-legend").filter(has_text="Kept in its neighbourhood by so many of 1 good plan").wait_for()
    page.evaluate(RESIZED_TO_THE_LAST)
    seen.go("Export", "Download everything")
    page.wait_for_function("() => !window.footprintsEditor")
    page.wait_for_timeout(300)  # what Leaflet tells late of a map that is gone is among the complaints by now
    with page.expect_download() as got:
        page.get_by_role("link", name="LSOA lookup (CSV)").click()
    got.value.save_as(folder / "lookup.csv")
    rows = list(csv.DictReader(io.StringIO((folder / "lookup.csv").read_text(encoding="utf-8"))))
    assert sorted({row["confidence"] for row in rows}) == ["0", "1"]
    assert sum(row["confidence"] == "0" for row in rows) == 1


def test_what_belongs_together_is_shown_told_and_judged(watch, cache, tmp_path) -> None:
    server = Server(ROOT / "tests" / "drawn_app" / "district_app.py", cache)
    try:
        seen = watch(server.address)
        seen.page.goto(server.address)
        seen.page.locator("[data-ready='true']").wait_for(timeout=180_000)
        seen.settled()
        ties_and_communities(seen)
        evidence_on_a_click(seen)
        certainty(seen, tmp_path)
        refused = "409"  # what is not known yet is said in words
        assert [said for said in seen.complaints if refused not in said] == [] and seen.elsewhere == []
    finally:
        server.stop()

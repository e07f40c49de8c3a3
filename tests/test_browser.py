"""The app in Chromium with every other host out of reach: the whole job once, and hostile names on every page."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.browsing import ROOT, Server, Watch
from tests.hostile.names import PAYLOADS

pytestmark = [
    pytest.mark.browser,
    # Playwright's own event loop and sockets are collected late.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


# A unit at a line between two neighbourhoods, the one across the line, and the unit's code.
AT_A_LINE = """() => {
  const { plan, editor } = window.footprintsEditor, { labels } = plan.shown;
  for (let unit = 0; unit < labels.length; unit++) {
    const across = editor.touching[unit].find(other => labels[other] !== labels[unit]);
    if (across !== undefined) return { unit, to: labels[across], code: editor.catalogue.units.code[unit] };
  }
}"""


# Where the areas lie in the window, on the first of the maps that are compared.
WHERE_AREAS_ARE = """() => {
  const { panes, place } = window.footprintsCompare, { map } = panes[0];
  map.getContainer().scrollIntoView({ block: "center" });
  const box = map.getContainer().getBoundingClientRect();
  return place.catalogue.units.at.map((at) => {
    const { x, y } = map.latLngToContainerPoint(at);
    return { x: box.left + x, y: box.top + y };
  });
}"""


def check(folder: Path, cache: Path) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "footprints.cli", "check", str(folder), "--source", "demo"],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": str(cache), "LOCALAPPDATA": str(cache), "FOOTPRINTS_CACHE": str(cache),
             "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
        check=False,
    )  # fmt: skip


def download(watch: Watch, folder: Path) -> Path:
    """Take everything from the Export page; gives the folder it was unpacked into."""
    watch.go("Export", "Download everything")
    with watch.page.expect_download() as got:
        watch.page.get_by_role("link", name="Download everything").click()
    packed = folder / "everything.zip"
    got.value.save_as(packed)
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder / "plan")
    return folder / "plan"


def test_open_propose_move_compare_download_check(watch, cache, tmp_path):
    server = Server(ROOT / "app.py", cache)
    try:
        seen = watch(server.address)
        page = seen.page
        page.goto(server.address)
        page.locator("[data-ready='true']").wait_for(timeout=120_000)
        seen.settled()

        # The first option stays as proposed; a copy of it is worked on.
        page.get_by_role("button", name="Duplicate").click()
        page.get_by_text("Proposal (2)").first.wait_for()
        seen.settled()
        before = seen.editor()
        unit = page.evaluate(AT_A_LINE)
        page.get_by_role("button", name="Click (C)").click()
        seen.activate(unit["to"])
        seen.click_unit(unit["unit"])
        assert seen.editor()["labels"][unit["unit"]] == unit["to"]
        page.keyboard.press("Control+z")
        page.wait_for_function("unit => window.footprintsEditor.state.labels[unit.unit] !== unit.to", arg=unit)
        assert seen.editor()["labels"] == before["labels"]
        page.keyboard.press("Control+y")
        page.wait_for_function("unit => window.footprintsEditor.state.labels[unit.unit] === unit.to", arg=unit)
        seen.editor()

        # Neighbours divided anew in a process of their own; nothing changes until it is applied, and it is left.
        after = seen.editor()["labels"]
        page.get_by_role("button", name="Improve…").click()
        page.locator("dialog[open]").get_by_role("button", name="Look for it").click()
        offered = page.locator(".fe-improve").get_by_role("button", name=re.compile("Leave it|Close"))
        offered.wait_for(timeout=150_000)
        assert "better" in page.locator(".fe-improve").inner_text()
        offered.click()
        assert seen.editor()["labels"] == after

        seen.go("Compare", "Measures of the whole plan")
        assert "in 1 LSOA" in page.locator(".fp-note").first.inner_text()
        seen.maps()

        edited = download(seen, tmp_path / "edited")
        assert json.loads((edited / "plan.json").read_text(encoding="utf-8"))["name"] == "Proposal (2)"
        page.get_by_test_id("stSidebar").get_by_text("Proposal", exact=True).click()
        page.get_by_role("heading", name="Proposal", exact=True).first.wait_for()
        seen.settled()
        proposed = download(seen, tmp_path / "proposed")
        side = page.get_by_test_id("stSidebar")
        side.get_by_text("Open or import an option").click()
        for file, name in (("plan.json", "Proposal (2) (2)"), ("lsoa_lookup.csv", "lsoa_lookup")):
            side.locator("input[type=file]").set_input_files(edited / file)
            page.get_by_role("button", name="Put it on the shelf").click()
            side.get_by_text(name, exact=True).wait_for()
            seen.settled()
        side.locator("input[type=file]").set_input_files(proposed / "metrics.csv")
        page.locator(".fp-note.bad").get_by_text("metrics.csv").wait_for()
        page.get_by_role("button", name="Close", exact=True).click()
        seen.go("Propose", "What will be done")
        seen.go("Data", "Do the files add up?")

        assert seen.elsewhere == []
        assert [c for c in seen.complaints if "Content Security Policy" in c or "Error" in c] == []
    finally:
        server.stop()
    assert (proposed / "certificate.json").is_file()
    assert not (edited / "certificate.json").exists()
    fine = check(proposed, cache)
    assert fine.returncode == 0, fine.stdout + fine.stderr
    named = check(edited, cache)
    assert named.returncode in (0, 1), named.stderr
    first, second = (dict(json.loads((f / "plan.json").read_text("utf-8"))["assignment"]) for f in (proposed, edited))
    assert [code for code in first if first[code] != second[code]] == [unit["code"]]


def test_names_from_files_never_run(watch, cache):
    server = Server(ROOT / "tests" / "hostile" / "app.py", cache)
    try:
        stranger = urllib.request.Request(server.address, headers={"Host": "elsewhere.invalid"})  # noqa: S310
        with pytest.raises(urllib.error.HTTPError, match="400"):
            urllib.request.urlopen(stranger, timeout=5)  # noqa: S310
        seen = watch(server.address)
        page = seen.page
        # A page's own address, opened first of all, comes in the same frame as from the bar.
        page.goto(f"{server.address}/data")
        page.get_by_text("Shelf of options").wait_for()
        page.get_by_text("Do the files add up?").wait_for()
        page.goto(server.address)
        page.locator("[data-ready='true']").wait_for()
        seen.settled()
        seen.editor()
        assert "<img src=x" in page.locator("aside.fe-right").inner_text()
        for unit in range(page.evaluate("() => window.footprintsEditor.plan.n")):
            page.mouse.move(*seen.pixel(unit))
        page.get_by_role("tab", name="Table of areas").click()
        page.get_by_role("tab", name="Map and tally").click()
        seen.activate(1)
        page.get_by_role("button", name="Click (C)").click()
        seen.click_unit(0)
        seen.editor()
        page.get_by_placeholder("Find a place").fill("unit")
        page.locator(".fe-hits button, .fe-hits [role=option]").first.wait_for()
        page.get_by_placeholder("Find a place").press("Enter")
        seen.go("Compare", "Measures of the whole plan")
        seen.maps()
        # A long name stands in lines, without the blanks between them.
        printed = "".join("".join(page.locator(".fc-compare .fe-label-text").all_text_contents()).split())
        assert '<imgsrc=xonerror="window.top.HACKED=1">' in printed
        # Every area is pointed at once; what the line under the maps says of it is text.
        for n, spot in enumerate(seen.page.evaluate(WHERE_AREAS_ARE)):
            page.mouse.move(spot["x"], spot["y"])
            page.wait_for_function("n => window.footprintsCompare.pointed === n", arg=n)
        assert "<img src=x" in page.locator(".fc-under").inner_text()
        for view in ("Swipe", "Difference", "Side by side"):
            page.get_by_role("tab", name=view).click()
            seen.maps()
        seen.go("Practices", "Three populations")
        for tab in page.get_by_role("tab").all():
            tab.click()
        page.get_by_role("tab", name="Agreed homes").click()
        page.get_by_role("combobox", name="Practice").click()
        page.keyboard.press("Escape")
        for title, sign in (
            ("Data", "Do the files add up?"),
            ("Propose", "What will be done"),
            ("Compare", "Measures of the whole plan"),
            ("Export", "Download everything"),
        ):
            seen.go(title, sign)
        for expander in page.get_by_test_id("stExpander").all():
            expander.click()
        seen.settled()
        ran = [f.evaluate("() => window.top.HACKED || window.HACKED || 0") for f in page.frames]
        assert not any(ran)
        assert page.title() in ("Footprints", "Export")
        assert seen.elsewhere == []
        assert len(PAYLOADS) >= 10
    finally:
        server.stop()

"""Import and next quarter in the browser, on one district of the demo county: a question, an option, amber and why."""

from __future__ import annotations

from pathlib import Path

from boundaries import load_area
from tests.browsing import ROOT, Server
from tests.next_quarter import GONE, MOVED, next_quarter


def test_a_doubtful_lookup_becomes_todays_option_and_next_quarter_says_why_it_is_amber(watch, cache, tmp_path: Path):
    codes = load_area("demo", ("Orrindale",)).codes
    file = tmp_path / "teams.csv"
    lines = [f"{code},Team {n // 20},Nurse {n % 3}" for n, code in enumerate(codes)]
    file.write_text("\n".join(["LSOA,team,nurse", *lines, "E01000001,Team 0,Nurse 1"]), encoding="utf-8")
    new = next_quarter(tmp_path / "next")
    server = Server(ROOT / "tests" / "drawn_app" / "district_app.py", cache)
    try:
        seen = watch(server.address)
        page = seen.page
        page.goto(server.address)
        seen.editor()
        side = page.get_by_test_id("stSidebar")
        side.get_by_text("Open or import an option").click()
        side.locator("input[type=file]").set_input_files(file)
        panel = page.locator(".st-key-incoming_panel")
        panel.get_by_text("“team”: Team 0, Team 1, Team 2, Team 3").click()
        panel.get_by_role("button", name="Read it so").click()
        panel.get_by_text("1 LSOA is not in Orrindale and left out: E01000001.").wait_for()
        panel.get_by_test_id("stCheckbox").filter(has_text="This is today").locator("label").click()
        panel.get_by_role("button", name="Put it on the shelf").click()
        side.get_by_text("Today: teams", exact=True).wait_for()
        side.locator("label").filter(has_text="Today: majority").click()

        seen.go("Next quarter", "Does it still stand?")
        page.get_by_role("textbox", name="Folder that holds the newer files").fill(str(new))
        page.keyboard.press("Tab")
        seen.settled()
        page.get_by_role("button", name="Compare with these files").click()
        page.get_by_role("button", name="Go on with the newer files").wait_for()
        told = page.inner_text("body")
        assert "AMBER" in told and f"({GONE})" in told and f"is in {MOVED[1]} now" in told

        tested = tmp_path / "two.csv"
        tested.write_text(
            "\n".join(["lsoa,council", *(f"{c},{'A' if n % 2 else 'B'}" for n, c in enumerate(codes))]),
            encoding="utf-8",
        )
        page.get_by_role("tab", name="What may come").click()
        page.get_by_role("tabpanel").locator("input[type=file]").first.set_input_files(tested)
        page.get_by_text("two.csv: none stands").wait_for()
        page.get_by_role("tab", name="Newer files").click()
        page.get_by_role("button", name="Go on with the newer files").click()
        page.get_by_text("Edition 2 of").wait_for()
        seen.editor()
        assert seen.elsewhere == []
        assert [c for c in seen.complaints if "Content Security Policy" in c or "Error" in c] == []
    finally:
        server.stop()

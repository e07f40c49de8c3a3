"""What planners and clerks do in the app: on the map, and on the page Versions."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

from tests.browsing import Watch

# Areas at a line between two neighbourhoods that stay in one piece each without it: [unit, to] pairs.
AT_LINES = """() => {
  const { plan, editor } = window.footprintsEditor, { labels } = plan.shown, found = [];
  for (let unit = 0; unit < labels.length && found.length < 40; unit++) {
    const near = editor.touching[unit].map((other) => labels[other]);
    const to = near.find((label) => label >= 0 && label !== labels[unit]);
    if (to !== undefined) found.push({ unit, to, from: labels[unit], code: editor.catalogue.units.code[unit] });
  }
  return found;
}"""


class Planner(Watch):
    """A planner's page, and what planners do there."""

    def __init__(self, browser: Any, address: str) -> None:
        super().__init__(browser, address)
        self.page.goto(address)
        self.editor()
        self.settled()

    def look(self, name: str) -> None:
        folder = os.environ.get("FOOTPRINTS_SHOTS")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{name}.png", full_page=False)

    def go(self, title: str, sign: str) -> None:
        """As every page's, and again where an answer of the map that came late took the browser back to it."""
        from playwright.sync_api import TimeoutError as PlaywrightTimeout

        shown = self.page.get_by_text(sign).first
        for _ in range(3):
            self.settled()
            self.page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
            with contextlib.suppress(PlaywrightTimeout):
                shown.wait_for(timeout=20_000)
            self.settled()
            if shown.is_visible():
                return
        shown.wait_for()

    def to_map(self) -> None:
        self.settled()
        self.page.get_by_test_id("stTopNavLink").filter(has_text="Map").click()
        self.editor()
        self.settled()

    def move(self, unit: int, to: int) -> None:
        self.activate(to)
        self.page.evaluate(
            "u => window.footprintsEditor.editor.assign([u], window.footprintsEditor.editor.target)", unit
        )
        self.editor()

    def part(self, name: str, sign: str) -> None:
        self.page.get_by_role("radiogroup", name="Part of this page").get_by_text(name, exact=True).click()
        self.page.get_by_text(sign).first.wait_for()
        self.settled()

    def press(self, button: str, sign: str) -> None:
        self.page.get_by_role("button", name=button).click()
        self.page.locator(".fp-note").get_by_text(sign).first.wait_for()
        self.settled()

    def type(self, label: str, text: str) -> None:
        self.page.get_by_label(label).last.fill(text)

    def pick(self, label: str, option: str) -> None:
        from playwright.sync_api import TimeoutError as PlaywrightTimeout

        wanted = self.page.get_by_role("option", name=option).first
        box = self.page.get_by_role("combobox", name=label).first
        if option in (box.get_attribute("value") or box.inner_text() or box.get_attribute("aria-label") or ""):
            return  # it is chosen already
        for _ in range(3):  # a list that opens while the page is drawn anew is closed again
            self.settled()
            self.page.get_by_label(label).first.click()
            with contextlib.suppress(PlaywrightTimeout):
                wanted.click(timeout=8_000)
                break
            self.page.keyboard.press("Escape")
        else:
            wanted.click()
        self.settled()

    def record(self, body: str, sign: str, clerk: str = "Cleo Clerk") -> None:
        """What a meeting of that body did: it agreed. The body that has not decided yet is the first of the list.

        clerk : in whose name, where that can be said.
        """
        chosen = self.page.get_by_role("combobox", name="Body").first
        assert body in (
            chosen.get_attribute("value") or chosen.inner_text() or chosen.get_attribute("aria-label") or ""
        )
        self.type("Minute reference", "item 7")
        self.page.locator("input[type=file]").last.set_input_files(
            {"name": "paper.pdf", "mimeType": "application/pdf", "buffer": b"the paper"}
        )
        self.settled()
        self.type("Which of them is today", "PCNs as they are")
        if clerk:
            self.type("Recorded in the name of", clerk)
        self.press("Record it", sign)

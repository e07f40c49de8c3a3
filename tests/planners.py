"""What planners and clerks do in the app: on the map, and on the page Versions."""

from __future__ import annotations

import contextlib
import itertools
import os
import zipfile
from pathlib import Path
from typing import Any

from footprints.store import Store
from tests.browsing import Watch

BODIES = ("Merrowshire (invented) Health", "NHS Merrowshire")
_LOOKS = itertools.count(1)

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
        """A picture of the page, where pictures are wanted; numbered as they are taken."""
        folder = os.environ.get("FOOTPRINTS_SHOTS")
        if folder:
            self.page.screenshot(path=Path(folder) / f"{next(_LOOKS):02d}-{name}.png", full_page=False)

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

    def save(self, why: str, sign: str, name: str = "") -> None:
        """Save the option as a version; name : of the plan, where it is a new one."""
        if name:
            self.type("Name of the plan", name)
        self.type("Why: one line", why)
        self.look("before-saving")
        self.press("Save this option", sign)
        self.look("saved")

    def put_bodies_on_the_list(self) -> None:
        self.part("Boards and people", "Who may do what")
        self.look("boards")
        self.press("Put these on the list", "2 bodies put on the list")

    def agreement_of(self, version: str) -> None:
        self.part("Agreement", "Its next status")
        self.pick("Version", version)
        self.look("agreement")

    def propose(self, version: str) -> None:
        self.agreement_of(version)
        self.press("Propose", "is proposed from")
        self.look("proposed")

    def record_all(self, clerk: str = "Cleo Clerk") -> None:
        """What the meetings of all bodies did."""
        for body in BODIES:
            self.record(body, "Recorded", clerk)
            self.look("recorded")

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

    def take_away(self, version: str, folder: Path) -> str:
        """The files of a version ("Option A, v3"), unpacked into `folder`; the address they were downloaded from."""
        self.part("Versions", "Plans and their versions")
        self.pick("What to do with", version)
        self.page.get_by_role("button", name="Make its files").click()
        link = self.page.get_by_role("link", name=f"Download {version.rsplit(maxsplit=1)[-1]}")
        address = str(link.get_attribute("href"))
        with self.page.expect_download() as got:
            link.click()
        packed = folder.with_suffix(".zip")
        got.value.save_as(packed)
        with zipfile.ZipFile(packed) as opened:
            opened.extractall(folder)
        self.look("download")
        return address

    def turn_to_newer_files(self, folder: Path) -> None:
        """Compare the current option with newer files, and go on with them."""
        self.go("Next quarter", "Does it still stand?")
        self.page.get_by_role("textbox", name="Folder that holds the newer files").fill(str(folder))
        self.page.keyboard.press("Tab")
        self.settled()
        self.page.get_by_role("button", name="Compare with these files").click()
        self.page.get_by_role("button", name="Go on with the newer files").click()
        self.page.get_by_text("Edition 2 of").wait_for()
        self.look("newer-files")
        self.editor()

    def prove(self, mark: str = "") -> None:
        """That the store holds, and the event of that mark is in it."""
        self.part("Proof", "What happened")
        if mark:
            self.type("A mark from an older paper", mark)
        self.page.get_by_role("button", name="Verify").click()
        self.page.get_by_text("The store holds").wait_for()
        self.settled()
        self.look("proof")


def draw_apart(first: Planner, second: Planner, lines: list[Any]) -> tuple[Any, Any, Any]:
    """The second opens what the first saved; both move one area elsewhere, and each another one; both are at Versions.

    lines : as `AT_LINES` gives them. Gives the area in dispute, that of the second, and that of the first.
    """
    disputed, of_second, of_first = lines[0], lines[8], lines[-1]
    assert len({disputed["unit"], of_second["unit"], of_first["unit"]}) == 3
    second.go("Versions", "Plans and their versions")
    second.press("Open as an option", "is on the shelf now")
    elsewhere = next(line["to"] for line in lines if line["to"] not in (disputed["to"], disputed["from"]))
    for one, to, other in ((second, disputed["to"], of_second), (first, elsewhere, of_first)):
        one.to_map()
        one.move(disputed["unit"], to)
        one.move(other["unit"], other["to"])
        one.go("Versions", "Plans and their versions")
    return disputed, of_second, of_first


def save_both(first: Planner, second: Planner, store: Store, plan: str) -> None:
    """The first saves v2; what the second saves after that is refused and shown."""
    first.save("After the workshop", "Saved as v2")
    second.type("Why: one line", "Practices asked")
    second.page.get_by_role("button", name="Save this option").click()
    second.page.get_by_text("still to make").wait_for()
    second.settled()
    second.look("conflict")
    assert store.plan_row(plan).head == 2, "nothing was overwritten"


def put_together(one: Planner, sign: str) -> None:
    """Whoever was refused takes their own of what is in dispute, and saves both together."""
    one.page.get_by_text("mine: ").click()
    one.settled()
    one.type("Why: one line", "Both together")
    one.page.get_by_role("button", name="Put both together").click()
    saved, accept = one.page.get_by_text(sign).first, one.page.get_by_text("Save it all the same")
    saved.or_(accept).first.wait_for()
    one.settled()
    if accept.count():
        one.look("faults")
        accept.click()
        one.settled()
        one.press("Put both together", sign)
    one.look("merged")

"""Two planners at one store in Chromium: conflict, merge, proposal, agreement, final, export, verify."""

from __future__ import annotations

import csv
import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from footprints.exchange import read_plan
from footprints.store import open_store
from tests.browsing import ROOT, Server
from tests.planners import AT_LINES, Planner

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
APP = ROOT / "tests" / "drawn_app" / "district_app.py"


@pytest.fixture(scope="module")
def desks(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server, Path]]:
    """The app of Ann and the app of Ben, each with a desk of its own, on one store."""
    folder = tmp_path_factory.mktemp("two")
    os.environ["FOOTPRINTS_STORE"] = str(folder / "one.sqlite")
    made = []
    try:
        for name in ("Ann", "Ben"):
            data = folder / name
            (data / "desks").mkdir(parents=True)
            (data / "desks" / "person.json").write_text(json.dumps({"name": name}), encoding="utf-8")
            made.append(Server(APP, cache, data))
        yield made[0], made[1], folder / "one.sqlite"
    finally:
        del os.environ["FOOTPRINTS_STORE"]
        for one in made:
            one.stop()


@pytest.fixture
def both(desks: tuple[Server, Server, Path], browser: Any) -> Iterator[tuple[Planner, Planner]]:
    """The pages of Ann and Ben."""
    pair = Planner(browser, desks[0].address), Planner(browser, desks[1].address)
    yield pair
    for name, one in zip(("ann", "ben"), pair, strict=True):
        one.look(f"99-{name}")
        one.page.close()


def test_two_planners_one_agreed_geography(
    desks: tuple[Server, Server, Path], both: tuple[Planner, Planner], tmp_path: Path
) -> None:
    file = desks[2]
    ann, ben = both
    lines = ann.page.evaluate(AT_LINES)
    disputed = lines[0]
    mine, theirs = lines[8], lines[-1]
    assert len({disputed["unit"], mine["unit"], theirs["unit"]}) == 3

    ann.go("Versions", "Not saved as a version yet")
    assert not file.exists(), "opened when it is first needed"
    ann.type("Name of the plan", "Option A")
    ann.type("Why: one line", "First draft")
    ann.press("Save this option", "Saved as v1")
    ann.look("10-saved")

    # Ben opens it, both move the same area elsewhere, and each another one; Ann saves first.
    ben.go("Versions", "Plans and their versions")
    ben.press("Open as an option", "is on the shelf now")
    elsewhere = next(line["to"] for line in lines if line["to"] not in (disputed["to"], disputed["from"]))
    for one, to, other in ((ben, disputed["to"], mine), (ann, elsewhere, theirs)):
        one.to_map()
        one.move(disputed["unit"], to)
        one.move(other["unit"], other["to"])
        one.go("Versions", "Plans and their versions")
    ann.type("Why: one line", "After the workshop")
    ann.press("Save this option", "Saved as v2")
    ben.type("Why: one line", "Practices asked")
    ben.page.get_by_role("button", name="Save this option").click()
    ben.page.get_by_text("still to make").wait_for()
    ben.settled()
    ben.look("11-conflict")
    store = open_store(file)
    assert store.plan_row("orrindale/option-a").head == 2, "nothing was overwritten"
    assert ben.page.get_by_role("button", name="Put both together").is_disabled()
    ben.page.locator(".fc-compare[data-ready='true']").scroll_into_view_if_needed()
    ben.look("12-map")
    assert (
        ben.page.evaluate("() => Array.from(window.footprintsCompare.panes[0].view.moved).indexOf(1)")
        == (disputed["unit"])
    )
    ben.page.get_by_text("mine: ").click()
    ben.settled()
    ben.type("Why: one line", "Both together")
    ben.page.get_by_role("button", name="Put both together").click()
    saved, accept = ben.page.get_by_text("saved as v3").first, ben.page.get_by_text("Save it all the same")
    saved.or_(accept).first.wait_for()
    ben.settled()
    if accept.count():
        ben.look("13-faults")
        accept.click()
        ben.settled()
        ben.press("Put both together", "saved as v3")
    ben.look("14-merged")
    assert store.version("orrindale/option-a@3").reason == "Both together"
    merged = store.version("orrindale/option-a@3").decision.where()
    old = store.version("orrindale/option-a@1").decision.where()
    assert all(merged[one["code"]] != old[one["code"]] for one in (disputed, mine, theirs))
    assert ben.page.get_by_text("Saved as v3").count()

    # The bodies, the proposal, two meetings, agreed.
    ben.part("Boards and people", "Who may do what")
    ben.press("Put these on the list", "2 bodies put on the list")
    ben.part("Agreement", "Its next status")
    ben.pick("Version", "Option A, v3")
    ben.look("15-agreement")
    ben.press("Propose", "is proposed from")
    ben.record("Merrowshire (invented) Health", "Recorded")
    ben.look("16-one-board")
    ben.record("NHS Merrowshire", "Recorded")
    ben.press("Mark as agreed", "is agreed from")
    ben.look("17-agreed")
    assert store.status_of("orrindale/option-a@3") == "agreed"
    assert {one.clerk for one in store.decisions("orrindale/option-a@3")} == {"Cleo Clerk"}

    # Ann moves one area on from there; it becomes final with the reason for it.
    ann.part("Proof", "What happened")
    ann.part("Versions", "Plans and their versions")
    ann.pick("What to do with", "Option A, v3")
    ann.press("Open as an option", "is on the shelf now")
    ann.to_map()
    back = next(one for one in ann.page.evaluate(AT_LINES) if one["unit"] == mine["unit"])
    ann.move(back["unit"], back["to"])
    ann.go("Versions", "Plans and their versions")
    ann.type("Why: one line", "The practice moved")
    ann.press("Save this option", "Saved as v4")
    ann.part("Agreement", "Its next status")
    ann.pick("Version", "Option A, v4")
    ann.press("Propose", "is proposed from")
    ann.page.get_by_text("The final geography").click()
    ann.settled()
    for body in ("Merrowshire (invented) Health", "NHS Merrowshire"):
        ann.record(body, "Recorded")
    ann.page.get_by_text("Mark as final").first.click()
    ann.settled()
    assert (
        mine["code"]
        in ann.page.get_by_text("Since Option A v3 was agreed").locator("xpath=ancestor::table").inner_text()
    )
    ann.page.get_by_role("button", name="Mark as final").click()
    ann.page.get_by_text("Nobody said why these moved").wait_for()
    ann.settled()
    ann.page.get_by_label(mine["code"]).fill("The practice moved there")
    ann.look("18-final")
    ann.press("Mark as final", "is final from")
    assert mine["code"] in store.statuses("orrindale/option-a@4")[-1].reason

    # What is exported says so, also from the page Export; and the store is proven.
    ann.part("Versions", "Plans and their versions")
    ann.pick("What to do with", "Option A, v4")
    ann.page.get_by_role("button", name="Make its files").click()
    with ann.page.expect_download() as got:
        ann.page.get_by_role("link", name="Download v4").click()
    got.value.save_as(tmp_path / "v4.zip")
    with zipfile.ZipFile(tmp_path / "v4.zip") as packed:
        packed.extractall(tmp_path / "v4")
    assert read_plan(tmp_path / "v4") == store.version("orrindale/option-a@4").decision
    told = json.loads((tmp_path / "v4" / "record.json").read_text(encoding="utf-8"))
    assert [one["status"] for one in told["statuses"]] == ["proposed", "final"] and len(told["decisions"]) == 2
    assert rows_of(tmp_path / "v4") == {("final", "")}
    ann.go("Export", "The files say what is recorded of v4")
    ann.look("19-export")
    ann.go("Versions", "Plans and their versions")
    ann.part("Proof", "What happened")
    ann.type("A mark from an older paper", told["event"][: told["event"].index("-") + 13])
    ann.page.get_by_role("button", name="Verify").click()
    ann.page.get_by_text("The store holds").wait_for()
    ann.settled()
    ann.look("20-proof")
    assert store.verify(told["event"]).holds
    store.close()
    for one in (ann, ben):
        assert one.elsewhere == [] and [c for c in one.complaints if "Content Security" in c or "Error" in c] == []


def rows_of(folder: Path) -> set[tuple[str, str]]:
    """Status and mark of every row of the lookup."""
    text = (folder / "lsoa_lookup.csv").read_text(encoding="utf-8-sig")
    return {(row["status"], row["mark"]) for row in csv.DictReader(io.StringIO(text))}

"""Two planners at one store in Chromium: conflict, merge, proposal, agreement, final, export, verify."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from footprints.exchange import read_plan
from footprints.store import open_store
from tests.browsing import ROOT, Server
from tests.next_quarter import next_quarter
from tests.planners import AT_LINES, Planner, draw_apart, put_together, save_both

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
        one.look(f"last-of-{name}")
        one.page.close()


def test_two_planners_one_agreed_geography(
    desks: tuple[Server, Server, Path], both: tuple[Planner, Planner], tmp_path: Path
) -> None:
    file = desks[2]
    ann, ben = both
    lines = ann.page.evaluate(AT_LINES)
    ann.go("Versions", "Not saved as a version yet")
    assert not file.exists(), "opened when it is first needed"
    ann.save("First draft", "Saved as v1", name="Option A")
    store = open_store(file)

    # Both go on from there, Ann saves first, and Ben puts both together.
    disputed, mine, theirs = draw_apart(ann, ben, lines)
    save_both(ann, ben, store, "orrindale/option-a")
    assert ben.page.get_by_role("button", name="Put both together").is_disabled()
    ben.page.locator(".fc-compare[data-ready='true']").scroll_into_view_if_needed()
    ben.look("map")
    assert (
        ben.page.evaluate("() => Array.from(window.footprintsCompare.panes[0].view.moved).indexOf(1)")
        == (disputed["unit"])
    )
    put_together(ben, "saved as v3")
    assert store.version("orrindale/option-a@3").reason == "Both together"
    merged = store.version("orrindale/option-a@3").decision.where()
    old = store.version("orrindale/option-a@1").decision.where()
    assert all(merged[one["code"]] != old[one["code"]] for one in (disputed, mine, theirs))
    assert ben.page.get_by_text("Saved as v3").count()

    # The bodies, the proposal, two meetings, agreed.
    ben.put_bodies_on_the_list()
    ben.propose("Option A, v3")
    ben.record_all()
    ben.press("Mark as agreed", "is agreed from")
    ben.look("agreed")
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
    ann.save("The practice moved", "Saved as v4")
    ann.propose("Option A, v4")
    ann.page.get_by_text("The final geography").click()
    ann.settled()
    ann.record_all()
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
    ann.look("final")
    ann.press("Mark as final", "is final from")
    assert mine["code"] in store.statuses("orrindale/option-a@4")[-1].reason

    # What is exported says so, also from the page Export; and the store is proven.
    ann.take_away("Option A, v4", tmp_path / "v4")
    assert read_plan(tmp_path / "v4") == store.version("orrindale/option-a@4").decision
    told = json.loads((tmp_path / "v4" / "record.json").read_text(encoding="utf-8"))
    assert [one["status"] for one in told["statuses"]] == ["proposed", "final"] and len(told["decisions"]) == 2
    assert rows_of(tmp_path / "v4") == {("final", "")}
    ann.go("Export", "The files say what is recorded of v4")
    ann.look("export")
    ann.go("Versions", "Plans and their versions")
    ann.prove(told["event"][: told["event"].index("-") + 13])
    assert store.verify(told["event"]).holds

    # Next quarter: newer files, nobody moves; the new edition is final as what it is one of.
    ann.turn_to_newer_files(next_quarter(tmp_path / "next"))
    ann.go("Versions", "Comes from v4, which is on other files")
    ann.save("The files of April", "Saved as v5")
    five, stands = store.version("orrindale/option-a@5"), store.standing("orrindale/option-a@5")
    assert five.area != store.version("orrindale/option-a@4").area
    assert (stands.of, stands.edition, stands.status) == ("orrindale/option-a@4", 2, "final")
    assert "edition 2 of v4" in ann.page.locator("table").first.inner_text()
    ann.agreement_of("Option A, v5")
    ann.page.get_by_text("It is edition 2 of v4").wait_for()
    ann.take_away("Option A, v5", tmp_path / "v5")
    said = json.loads((tmp_path / "v5" / "manifest.json").read_text(encoding="utf-8"))
    assert (said["version"], said["edition"]) == ("orrindale/option-a@4", "2") and "item 7" in said["decision"]
    assert rows_of(tmp_path / "v5") == {("final", "")}
    ann.go("Export", "The files say what is recorded of v5 (edition 2 of v4)")
    store.close()
    for one in (ann, ben):
        assert one.elsewhere == [] and [c for c in one.complaints if "Content Security" in c or "Error" in c] == []


def rows_of(folder: Path) -> set[tuple[str, str]]:
    """Status and mark of every row of the lookup."""
    text = (folder / "lsoa_lookup.csv").read_text(encoding="utf-8-sig")
    return {(row["status"], row["mark"]) for row in csv.DictReader(io.StringIO(text))}

"""The map editor in the browser: reasons, colours, and problems in words."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browsing import Server, Watch
from tests.drawn_app.place import area, unit
from tests.test_editor import agreed, click_into, labels, seen, server, slot_at, tab, told, work_on

__all__ = ["seen", "server", "tab"]


def tab_of(seen: Watch, name: str) -> None:
    seen.page.get_by_role("tab", name=name).click()


def submit(seen: Watch, *operations: dict[str, Any]) -> None:
    seen.page.evaluate("all => all.forEach(one => window.footprintsEditor.editor.submit(one))", list(operations))
    seen.page.wait_for_function("() => window.footprintsEditor.state.pending === 0")


def test_why_is_asked_after_a_move_listed_and_undone_with_it(seen: Watch) -> None:
    page = seen.page
    assert page.get_by_role("button", name="Why…", exact=True).is_disabled()
    home = seen.page.evaluate("() => [...window.footprintsEditor.plan.rows.values()].map(row => row.name)")
    click_into(seen, unit(4, 0), slot_at(seen, 0, 0))
    page.get_by_role("button", name="Why…", exact=True).click()
    page.get_by_label("Why? (kept with the plan)").fill("Asked for by <b>the practice</b>")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Change why…").first.wait_for()
    tab_of(seen, "Changes (1)")
    entry = page.locator(".fe-entry")
    assert f"{home[1]} → {home[0]}" in entry.inner_text()
    assert "Why: Asked for by <b>the practice</b>" in entry.inner_text()
    assert "No name, " in entry.inner_text()
    (change,) = told(seen)["changes"]
    assert change[0] == str(unit(4, 0)) and change[4] == "Asked for by <b>the practice</b>"
    page.get_by_role("button", name="Explain a line…").click()
    page.get_by_label("Why? (kept with the plan)").fill("The river")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_text("Why: The river").wait_for()
    submit(seen, {"op": "undo"})
    page.get_by_text("No area of this plan was moved by hand").wait_for()
    assert told(seen)["changes"] == [] and told(seen)["lines"][0][4] == "The river"
    agreed(seen)


def test_a_colour_is_chosen_among_six_and_a_neighbour_gives_way(seen: Watch) -> None:
    page = seen.page
    rows = {row["slot"]: row for row in told(seen)["neighbourhoods"]}
    own, beside = slot_at(seen, 0, 0), slot_at(seen, 4, 0)
    seen.activate(own)
    page.get_by_role("button", name="Colour…").click()
    assert page.locator("dialog input[type=radio]").count() == 6
    page.locator(f"dialog label:has-text('now {rows[beside]['name']}') input").check()
    page.get_by_role("button", name="Colour it").click()
    page.wait_for_function(
        "([slot, colour]) => window.footprintsEditor.plan.rows.get(slot).colour === colour",
        arg=[own, rows[beside]["colour"]],
    )
    after = {row["slot"]: row["colour"] for row in told(seen)["neighbourhoods"]}
    assert after[own] == rows[beside]["colour"] != after[beside]


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        (
            [{"op": "paint", "units": "9", "to": 0}],
            ["Place C: {9} is cut off from the rest."],
        ),
        (
            [{"op": "paint", "units": "9-10,21", "to": 0}],
            ["Place C: 3 areas, 9,000 people (Place E), are cut off from the rest."],
        ),
        (
            [{"op": "paint", "units": "0-11", "to": -1}],
            ["12 areas, 36,000 people (Place C, Place D and others), belong to no neighbourhood."],
        ),
        ([{"op": "paint", "units": "0", "to": -1}], ["{0} belongs to no neighbourhood."]),
        (
            [{"op": "paint", "units": "4-6,16-18,28-30", "to": 0}],
            ["Place C has 75,000 people, 15,000 too many.", "Place D has 21,000 people, 9,000 too few."],
        ),
        ([{"op": "new", "name": "Nothing", "units": ""}], ["Nothing has no areas yet."]),
    ],
)
def test_problems_are_told_in_the_words_that_planners_know(
    seen: Watch, operations: list[dict[str, Any]], said: list[str]
) -> None:
    submit(seen, *operations)
    tab_of(seen, "Problems")
    labels = {n: area().unit_label(area().codes[n]) for n in range(12)}
    for words in said:
        for n, label in labels.items():
            words = words.replace(f"{{{n}}}", label)  # noqa: PLW2901
        seen.page.get_by_text(words, exact=True).wait_for()


def test_a_lookup_is_taken_over_into_the_option_and_what_is_locked_stays(
    watch: Any, server: Server, tmp_path: Path
) -> None:
    """Through the sidebar, under a name that is given there."""
    one, codes = watch(server.address), area().codes
    page = one.page
    page.goto(server.address)
    one.editor()
    side = page.locator("[data-testid=stSidebar]")
    side.get_by_role("textbox", name="Your name").fill("Ann Lee")
    side.get_by_role("textbox", name="Your name").press("Enter")
    work_on(one, told(one)["option"])
    before = labels(one)
    submit(one, {"op": "lock", "units": "1"})
    rows = {row["slot"]: row["code"] for row in told(one)["neighbourhoods"]}
    file = tmp_path / "workshop.csv"
    lines = [f"{codes[n]},{rows[before[unit(4, 0)]]}" for n in (0, 1, 12)]
    file.write_text("LSOA21CD,neighbourhood_code\n" + "\n".join(lines) + "\n", encoding="utf-8")
    side.get_by_text("Open or import an option").click()
    one.settled()
    side.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=re.compile("Move the areas of .* to match")).click()
    page.get_by_text("2 areas moved").wait_for()
    assert "1 locked area lies elsewhere in the file and stays where it is" in page.inner_text("body")
    page.wait_for_function(
        "slot => window.footprintsEditor.state.labels[12] === slot", arg=before[unit(4, 0)], timeout=30_000
    )
    assert labels(one)[1] == before[1] and labels(one)[0] == before[unit(4, 0)]
    changes = told(one)["changes"]
    assert {(group, who) for group, _, who, _, _ in changes} == {("0,12", "Ann Lee")}
    submit(one, {"op": "undo"})
    assert labels(one) == before

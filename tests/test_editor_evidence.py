"""Why a line is where it is, in the map editor: asked by a click, by a key, and over the desk's route."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from footprints.editing import Desk
from footprints.editing.evidence import evidence
from footprints.errors import PlanError
from footprints.shelf import Shelf
from tests.browsing import Watch
from tests.drawn_app.place import area, drawn_plan, unit
from tests.plans import drawn, with_practices
from tests.test_editor import agreed, click_into, labels, seen, server, slot_at, tab

__all__ = ["seen", "server", "tab"]


def walk_to(seen: Watch, at: int) -> None:
    """The map has the keys, and its cursor is on an area."""
    seen.page.locator(".fe-map").focus()
    seen.page.evaluate("n => window.footprintsEditor.editor.set({ cursor: n })", at)


def test_the_desk_tells_the_line_the_move_and_who_could_change_sides() -> None:
    place = area()
    u = place.codes
    place = with_practices(
        place, {"P": (u[unit(5, 1)], "U00001", 0.0)},
        [("P", u[unit(3, 1)], 700.0), ("P", u[unit(4, 1)], 900.0), ("P", u[unit(3, 2)], 40.0)],
    )  # fmt: skip
    plan = drawn(place, ["aaaabbbbcccc"] * 4 + ["ddddeeeeffff"] * 4, drawn_plan().criteria, name="Drawn")
    desk = Desk(place)
    desk.change(lambda shelf: shelf.add(plan))
    slots = desk.option("option-1")[1]
    where = plan.where()
    own, beyond = slots.slot(where[u[unit(3, 2)]]), slots.slot(where[u[unit(4, 2)]])
    told = evidence(desk, "option-1", unit(3, 2), beyond)
    assert told["slots"] == [own, beyond] and told["move"]["unit"] == unit(3, 2) and told["move"]["sound"]
    assert "4.0 km" in told["line"][0]
    assert "740 patients who live in" in told["line"][-1]
    assert [(one["unit"], one["to"]) for one in told["offers"]] == [(unit(3, 1), beyond), (unit(3, 2), beyond)]
    json.dumps(told)
    for wrong in ((-1, beyond), (10_000, beyond), (unit(3, 2), own), (unit(3, 2), 999)):
        with pytest.raises(PlanError):
            evidence(desk, "option-1", *wrong)
    loose = replace(plan, assignment=tuple((code, home) for code, home in plan.assignment if code != u[0]))
    desk.change(lambda shelf: Shelf().add(loose))
    with pytest.raises(PlanError, match="in no neighbourhood"):
        evidence(desk, "option-1", 0, beyond)


@pytest.mark.browser
def test_a_click_at_a_line_tells_why_it_is_there_and_moves_on_demand(seen: Watch) -> None:
    page = seen.page
    west, east = slot_at(seen, 3, 1), slot_at(seen, 4, 1)
    names = page.evaluate("slots => slots.map(slot => window.footprintsEditor.plan.nameOf(slot))", [west, east])
    page.get_by_role("button", name="Why here? (Y)").click()
    seen.click_unit(unit(3, 1))
    panel = page.get_by_role("region", name="Why here")
    panel.get_by_role("heading", name=f"The line between {names[0]} and {names[1]}").wait_for()
    said = panel.inner_text()
    assert f"{names[0]} and {names[1]} touch along 4.0 km" in said
    assert "45,000 people (in range)" in said and "51,000 people (in range)" in said
    assert "nothing is known of practices" in said
    panel.get_by_role("button", name=f"Move it to {names[1]}").first.click()
    agreed(seen)
    assert labels(seen)[unit(3, 1)] == east
    panel.get_by_text("click an area at a line").wait_for()


@pytest.mark.browser
def test_a_key_asks_for_the_area_and_an_inner_one_is_told_so(seen: Watch) -> None:
    page = seen.page
    walk_to(seen, unit(4, 1))
    page.keyboard.press("y")
    panel = page.get_by_role("region", name="Why here")
    panel.get_by_role("heading", name="The line between").wait_for()
    assert any("touch along" in words for words in page.evaluate("() => window.heard"))
    click_into(seen, unit(0, 0), slot_at(seen, 4, 1))
    page.get_by_text("The plan was changed since").wait_for()
    walk_to(seen, unit(1, 6))
    page.keyboard.press("y")
    page.get_by_text("lies within").first.wait_for()


@pytest.mark.browser
def test_a_message_that_is_none_is_refused_in_words(seen: Watch) -> None:
    prefix = seen.page.evaluate("() => window.footprintsEditor.ledger.server.prefix")
    for asked in ("unit=-1&beyond=0", "unit=0", "unit=1e3&beyond=1", "unit=%C2%B2&beyond=1", "unit=0&beyond=77"):
        url = f"{prefix}/evidence?option=option-1&{asked}"
        assert seen.page.evaluate("url => fetch(url).then(answer => answer.status)", url) == 409

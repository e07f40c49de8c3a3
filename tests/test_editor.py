"""The map editor in Chromium: every tool and key, locks, what is announced, and no edit lost whatever happens."""

from __future__ import annotations

import json
import random
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from footprints.editing.ranges import from_ranges
from tests.browsing import ROOT, Server, Watch
from tests.drawn_app.place import HIGH, WIDE, area, unit

APP = ROOT / "tests" / "drawn_app" / "app.py"
N = WIDE * HIGH
FRESH = count(2)  # the first option stays as it is, to be set beside

pytestmark = [
    pytest.mark.browser,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def server(cache: Path) -> Iterator[Server]:
    made = Server(APP, cache)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def tab(server: Server, browser: Any) -> Iterator[Watch]:
    """One page for all tests; opening it takes longer than most of them."""
    one = Watch(browser, server.address)
    one.page.goto(server.address)
    one.editor()
    one.settled()
    listen(one)
    yield one
    one.page.close()


@pytest.fixture
def seen(tab: Watch) -> Watch:
    """The editor on an option that no test has touched, with its tools as they are at first."""
    work_on(tab, f"option-{next(FRESH)}")
    for name in ("Map and tally", "Neighbourhoods"):
        tab.page.get_by_role("tab", name=name).click()
    tab.page.evaluate(
        "() => { window.heard.length = 0; window.footprintsEditor.editor.set("
        "{ tool: 'brush', effect: 'paint', level: '', over: 'all', radius: 24, target: -1, cursor: -1 }); }"
    )
    return tab


def work_on(one: Watch, option: str) -> None:
    """Turn the editor of a page to an option of the shelf."""
    one.page.evaluate("option => window.footprintsEditor.ledger.switchTo(option)", option)
    one.page.wait_for_function(
        "option => window.footprintsEditor.plan.facts.option === option && window.footprintsEditor.state.pending === 0",
        arg=option,
    )


def labels(seen: Watch) -> list[int]:
    return list(seen.editor()["labels"])


def slot_at(seen: Watch, column: int, row: int) -> int:
    return labels(seen)[unit(column, row)]


def told(seen: Watch) -> dict[str, Any]:
    """What the server says of the option."""
    got: dict[str, Any] = seen.page.evaluate(
        "async () => { const { ledger } = window.footprintsEditor; return ledger.server.open(ledger.option); }"
    )
    return got


def agreed(seen: Watch) -> None:
    """The browser holds what the server holds."""
    state, truth = seen.editor(), told(seen)
    assert state["hash"] == truth["hash"]
    there = [-1] * N
    for part in truth["labels"].split(";"):
        slot, units = part.split(":")
        for at in from_ranges(units, N):
            there[at] = int(slot)
    assert state["labels"] == there


def drag(seen: Watch, *units: int, steps: int = 8) -> None:
    mouse = seen.page.mouse
    mouse.move(*seen.pixel(units[0]))
    mouse.down()
    for one in units[1:]:
        mouse.move(*seen.pixel(one), steps=steps)
    mouse.up()


def tool(seen: Watch, name: str) -> None:
    seen.page.get_by_role("button", name=name).first.click()


def click_into(seen: Watch, at: int, slot: int) -> None:
    """Paint one area with the click tool, and wait until the server has said so."""
    seen.activate(slot)
    tool(seen, "Click (C)")
    seen.click_unit(at)
    seen.page.wait_for_function("args => window.footprintsEditor.state.labels[args[0]] === args[1]", arg=[at, slot])
    seen.editor()


def listen(seen: Watch) -> None:
    """Keep what the live region says."""
    seen.page.locator(".fe-heard[aria-live]").evaluate(
        "node => { window.heard = []; new MutationObserver(() => window.heard.push(node.textContent))"
        ".observe(node, { childList: true, characterData: true, subtree: true }); }"
    )


def announced(seen: Watch, words: str) -> None:
    """The live region has said this."""
    seen.page.wait_for_function("words => window.heard.some(said => said.includes(words))", arg=words)


# -- tools --


def test_the_brush_paints_what_it_sweeps_over_as_one_edit(seen: Watch) -> None:
    before = labels(seen)
    to = slot_at(seen, 0, 0)
    seen.activate(to)
    tool(seen, "Brush (B)")
    seen.page.evaluate("() => window.footprintsEditor.editor.set({ radius: 4 })")
    version = seen.editor()["version"]
    drag(seen, unit(4, 1), unit(7, 1), steps=20)
    after = labels(seen)
    assert {i for i in range(N) if after[i] != before[i]} == {unit(c, 1) for c in range(4, 8)}
    assert all(after[unit(c, 1)] == to for c in range(4, 8))
    assert seen.editor()["version"] == version + 1
    announced(seen, "Moved 4 areas, 12,000 people, to")
    agreed(seen)


@pytest.mark.parametrize("name", ["Rectangle (R)", "Lasso (L)", "Polygon (P)"])
def test_what_is_drawn_round_is_painted(seen: Watch, name: str) -> None:
    to = slot_at(seen, 0, 0)
    seen.activate(to)
    tool(seen, name)
    corners = [unit(4, 0), unit(6, 0), unit(6, 2), unit(4, 2)]
    (left, top), (right, bottom) = seen.pixel(corners[0]), seen.pixel(corners[2])
    around = [(left - 8, top - 8), (right + 8, top - 8), (right + 8, bottom + 8), (left - 8, bottom + 8)]
    mouse = seen.page.mouse
    if name.startswith("Polygon"):
        for x, y in around:
            mouse.click(x, y)
        seen.page.keyboard.press("Enter")
    else:
        mouse.move(*around[0])
        mouse.down()
        for x, y in around[2:3] if name.startswith("Rectangle") else [*around[1:], around[0]]:
            mouse.move(x, y, steps=6)
        mouse.up()
    seen.page.wait_for_function(
        "args => window.footprintsEditor.state.labels[args[0]] === args[1]", arg=[corners[0], to]
    )
    after = labels(seen)
    assert {i for i in range(N) if after[i] == to} == {unit(c, r) for c in range(4) for r in range(4)} | {
        unit(c, r) for c in (4, 5, 6) for r in (0, 1, 2)
    }
    agreed(seen)


def test_a_click_paints_one_area_and_the_pick_makes_its_neighbourhood_the_active_one(seen: Watch) -> None:
    there = slot_at(seen, 8, 0)
    tool(seen, "Pick (I)")
    seen.click_unit(unit(9, 1))
    seen.page.wait_for_function("slot => window.footprintsEditor.state.target === slot", arg=there)
    tool(seen, "Click (C)")
    seen.click_unit(unit(7, 1))
    seen.page.wait_for_function(
        "args => window.footprintsEditor.state.labels[args[0]] === args[1]", arg=[unit(7, 1), there]
    )
    agreed(seen)


def test_whole_msoas_are_painted_and_only_over_what_was_chosen(seen: Watch) -> None:
    to = slot_at(seen, 0, 0)
    seen.activate(to)
    tool(seen, "Click (C)")
    seen.page.evaluate("() => window.footprintsEditor.editor.set({ level: 'msoa' })")
    seen.click_unit(unit(5, 1))
    seen.page.wait_for_function(
        "args => window.footprintsEditor.state.labels[args[0]] === args[1]", arg=[unit(7, 3), to]
    )
    seen.editor()
    seen.page.evaluate("() => window.footprintsEditor.editor.set({ level: '', over: 'unassigned' })")
    seen.click_unit(unit(9, 1))
    assert slot_at(seen, 9, 1) != to
    seen.page.evaluate("() => window.footprintsEditor.editor.set({ over: 'all' })")
    agreed(seen)


# -- neighbourhoods, locks --


def test_a_locked_area_stays_under_the_brush_and_under_undo(seen: Watch) -> None:
    to = slot_at(seen, 0, 0)
    click_into(seen, unit(4, 0), to)
    seen.page.evaluate("u => { const { editor } = window.footprintsEditor; editor.apply([u], 'lock'); }", unit(4, 0))
    seen.editor()
    seen.page.keyboard.press("Control+z")
    announced(seen, "Unlock them first")
    assert slot_at(seen, 4, 0) == to
    seen.activate(slot_at(seen, 8, 0))
    tool(seen, "Brush (B)")
    drag(seen, unit(3, 0), unit(5, 0))
    after = labels(seen)
    assert after[unit(4, 0)] == to
    assert after[unit(5, 0)] == slot_at(seen, 8, 0)
    agreed(seen)


def test_new_merge_split_rename_by_the_buttons(seen: Watch) -> None:
    page = seen.page
    seen.activate(slot_at(seen, 0, 0))
    page.get_by_role("button", name="Rename").first.click()
    page.get_by_label("New name for").fill("Mill Bank")
    page.get_by_role("button", name="Save name").click()
    page.locator(".fe-name", has_text="Mill Bank").wait_for()
    announced(seen, "to Mill Bank")
    page.get_by_role("button", name="New…").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("input").first.fill("Harbour")
    dialog.get_by_role("button").filter(has_text="neighbourhood").or_(
        dialog.get_by_role("button", name="Make it")
    ).first.click()
    page.locator(".fe-name", has_text="Harbour").wait_for()
    agreed(seen)


def test_a_note_says_why_and_is_heard_with_the_area(seen: Watch) -> None:
    page = seen.page
    seen.activate(slot_at(seen, 0, 0))
    page.get_by_role("button", name="Note…").click()
    page.get_by_label("Note", exact=False).last.fill("Agreed with the practice in May")
    page.get_by_role("button", name="Keep it").click()
    page.get_by_text("Note: Agreed with the practice in May").first.wait_for()
    announced(seen, "Noted on")
    agreed(seen)


# -- by keyboard alone --


def test_the_whole_task_by_keyboard(seen: Watch) -> None:
    """Move areas, undo, break a neighbourhood, find the break and mend it, without the pointer."""
    page = seen.page
    page.evaluate("() => { window.presses = 0; addEventListener('pointerdown', () => window.presses++, true); }")
    before = labels(seen)
    order = page.evaluate("() => window.footprintsEditor.plan.ordered().map(row => row.slot)")
    to = slot_at(seen, 0, 0)
    focus = "() => window.footprintsEditor.map.getContainer().focus()"
    page.evaluate(focus)
    page.keyboard.press(str(order.index(to) + 1))
    page.keyboard.press("ArrowRight")
    for _ in range(WIDE):
        page.keyboard.press("ArrowLeft")
    for _ in range(HIGH):
        page.keyboard.press("ArrowUp")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    for _ in range(5):
        page.keyboard.press("Shift+ArrowRight")
    after = labels(seen)
    assert {i for i in range(N) if after[i] != before[i]} == {unit(c, 0) for c in range(4, 9)}
    announced(seen, "Moved")
    for _ in range(5):
        page.keyboard.press("Control+z")
    page.wait_for_function(
        "before => window.footprintsEditor.state.labels.every((l, i) => l === before[i])", arg=before
    )
    page.keyboard.press("Enter")
    assert labels(seen)[unit(8, 0)] == to
    problems = page.get_by_role("tab", name="Problems (1)")
    problems.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show repairs").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Apply").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Problems: none").wait_for()
    mended = labels(seen)
    assert mended[unit(8, 0)] in (before[unit(7, 0)], before[unit(9, 0)])
    assert [mended[i] for i in range(N) if i != unit(8, 0)] == [before[i] for i in range(N) if i != unit(8, 0)]
    assert page.evaluate("() => window.presses") == 0
    agreed(seen)


def test_no_shortcut_fires_in_a_text_field_and_all_are_listed(seen: Watch) -> None:
    page = seen.page
    tool(seen, "Click (C)")
    box = page.get_by_placeholder("Find a place")
    box.fill("")
    box.press_sequentially("brpli")
    assert seen.editor()["tool"] == "click"
    page.evaluate("() => window.footprintsEditor.map.getContainer().focus()")
    for key, name in {"b": "brush", "r": "rectangle", "l": "lasso", "p": "polygon", "i": "pick", "c": "click"}.items():
        page.keyboard.press(key)
        assert seen.editor()["tool"] == name
    page.keyboard.press("?")
    page.locator("dialog[open]").get_by_text("Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")


def test_the_table_edits_the_same_plan(seen: Watch) -> None:
    page = seen.page
    to = slot_at(seen, 8, 0)
    page.get_by_role("tab", name="Table of areas").click()
    code = area().codes[unit(0, 0)]
    page.get_by_placeholder("Filter by name").fill(code)
    page.locator(".fe-areas tbody input[type=checkbox]").first.check()
    page.locator("select[aria-label='Assign to']").select_option(str(to))
    page.get_by_role("button", name="Assign", exact=True).click()
    page.wait_for_function("args => window.footprintsEditor.state.labels[args[0]] === args[1]", arg=[unit(0, 0), to])
    agreed(seen)


# -- problems --


def test_a_break_is_found_and_a_repair_puts_it_right(seen: Watch) -> None:
    page = seen.page
    click_into(seen, unit(9, 1), slot_at(seen, 0, 0))
    page.get_by_role("tab", name="Problems").click()
    page.get_by_text("cut off from the rest").first.wait_for()
    page.get_by_role("button", name="Show repairs").first.click()
    page.get_by_role("button", name="Apply").first.click()
    page.wait_for_function("() => window.footprintsEditor.state.pending === 0")
    page.get_by_role("tab", name="Problems: none").wait_for()
    agreed(seen)


def test_the_outline_of_another_option_is_set_beside(seen: Watch) -> None:
    page = seen.page
    click_into(seen, unit(4, 0), slot_at(seen, 0, 0))
    page.get_by_role("button", name="Layers").click()
    page.get_by_label("Outline of another option").select_option("option-1")
    page.wait_for_function("() => window.footprintsEditor.editor.view.lines.at(-1).dash?.[0] === 9")
    of = page.evaluate("() => window.footprintsEditor.editor.view.lines.at(-1).of")
    assert of[unit(4, 0)] == of[unit(5, 0)] != of[unit(3, 0)]
    page.get_by_label("Outline of another option").select_option("")


# -- nothing is lost --


def test_a_storm_of_strokes_is_all_there(seen: Watch, watch: Any, server: Server) -> None:
    """150 strokes at twelve a second in two tabs; answers late, lost, never sent; a reload in the middle."""
    rng = random.Random(1)
    other: Watch = watch(server.address)
    other.page.goto(server.address)
    other.editor()
    work_on(other, seen.editor()["option"])
    tabs = [seen, other]

    def trouble(route: Any) -> None:
        fate = rng.random()
        if fate < 0.12:
            route.abort()
        elif fate < 0.24:
            route.fetch()  # handled by the server, and the answer is lost
            route.abort()
        else:
            time.sleep(rng.random() * 0.25)
            route.continue_()

    for tab in tabs:
        tab.page.route("**/edit", trouble)
    slots = sorted(set(labels(seen)))
    count = {0: 0, 1: 0}
    for n in range(150):
        which = rng.randrange(2)
        tabs[which].page.evaluate(
            "([units, to]) => { const e = window.footprintsEditor.editor; e.choose(to); e.apply(units, 'paint'); }",
            [[rng.randrange(N) for _ in range(rng.randrange(1, 5))], rng.choice(slots)],
        )
        count[which] += 1
        if n == 75:
            tabs[1].page.reload()
            tabs[1].editor(pending=True)
            work_on(tabs[1], seen.page.evaluate("() => window.footprintsEditor.state.option"))
        time.sleep(1 / 24)
    for tab in tabs:
        tab.page.unroute("**/edit", trouble)
        tab.page.locator("[data-ready='true'][data-pending='0']").wait_for(timeout=60_000)
    for tab in tabs:
        tab.page.evaluate("() => window.footprintsEditor.ledger.wake()")
    truth = told(seen)
    for tab in tabs:
        tab.page.wait_for_function("hash => window.footprintsEditor.state.hash === hash", arg=truth["hash"])
        agreed(tab)


def test_a_second_tab_is_told_of(seen: Watch, watch: Any, server: Server) -> None:
    other: Watch = watch(server.address)
    other.page.goto(server.address)
    other.editor()
    work_on(other, seen.editor()["option"])
    seen.page.get_by_text("other tab").first.wait_for()


def test_edits_made_while_the_app_is_down_wait_and_are_sent_to_the_next_one(
    cache: Path, watch: Any, tmp_path: Path
) -> None:
    first = Server(APP, cache, tmp_path)
    one: Watch = watch(first.address)
    try:
        one.page.goto(first.address)
        one.editor()
        one.settled()
        one.activate(slot_at(one, 0, 0))
        tool(one, "Click (C)")
        one.click_unit(unit(4, 0))
        one.editor()
    finally:
        first.stop()
    one.click_unit(unit(5, 0))
    one.page.get_by_text("Not saved").first.wait_for()
    second = Server(APP, cache, tmp_path, port=first.port)
    try:
        one.page.goto(second.address)
        one.editor()
        assert slot_at(one, 4, 0) == slot_at(one, 5, 0) == slot_at(one, 0, 0)
        agreed(one)
    finally:
        second.stop()


def test_messages_are_small_and_nobody_without_a_token_is_answered(seen: Watch, server: Server) -> None:
    sizes: list[tuple[int, int]] = []

    def weigh(response: Any) -> None:
        if response.url.endswith("/edit"):
            sizes.append((len(response.request.post_data or ""), len(response.body())))

    seen.page.on("response", weigh)
    seen.activate(slot_at(seen, 0, 0))
    tool(seen, "Brush (B)")
    drag(seen, unit(4, 1), unit(6, 2))
    seen.editor()
    seen.page.wait_for_timeout(300)
    assert sizes and max(max(pair) for pair in sizes) <= 2_000
    for path in ("catalogue", "open", "find?q=a"):
        with pytest.raises(urllib.error.HTTPError, match="410"):
            urllib.request.urlopen(f"{server.address}/editor/{'x' * 32}/{path}", timeout=5)  # noqa: S310
    message = json.dumps({"client": "c" * 12, "option": "option-1", "since": 0, "operations": []}).encode()
    asked = urllib.request.Request(f"{server.address}/editor/{'x' * 32}/edit", message)  # noqa: S310
    with pytest.raises(urllib.error.HTTPError, match="410"):
        urllib.request.urlopen(asked, timeout=5)  # noqa: S310
    assert seen.elsewhere == []


def test_a_map_that_nobody_answered_for_is_asked_for_again_by_itself(server: Server, browser: Any) -> None:
    one = Watch(browser, server.address)
    one.page.route("**/catalogue", lambda route: route.abort(), times=1)
    one.page.goto(server.address)
    one.page.get_by_text("It is asked again by itself").wait_for()
    assert one.editor()
    one.page.close()

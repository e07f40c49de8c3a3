"""Merging two plans: what does not overlap is put together, and nothing else is decided by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints import edit
from footprints.changes import recorded
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_bytes
from footprints.plan import Boundary, Home, Note, Plan, Task
from footprints.store.flat import facts, path_in_words, plan_of
from footprints.store.merge import merge
from tests.grids import grid_area
from tests.plans import drawn, plans

AREA = grid_area(["AABB", "AABB"], residents=10_000)
UNITS = AREA.codes
BASE = drawn(AREA, ["XXYY", "XZZY"])
X, Y, Z = BASE.codes


@given(plans())
@settings(max_examples=60, deadline=None)
def test_a_plan_comes_back_from_its_facts(given_plan: tuple[Area, Plan]) -> None:
    _, plan = given_plan
    assert plan_bytes(plan_of(facts(plan))) == plan_bytes(plan)
    assert all(path_in_words(path) for path in facts(plan))


positions = st.lists(st.sampled_from([X, Y, Z, ""]), min_size=8, max_size=8)
texts = st.sampled_from(["", "one", "two"])


@st.composite
def worked_on(draw: st.DrawFn) -> Plan:
    """The base with some LSOAs elsewhere, notes, locks, homes and tasks."""
    where = {u: c for u, c in zip(UNITS, draw(positions), strict=True) if c} if draw(st.booleans()) else BASE.where()
    noted, home, owner = draw(texts), draw(st.sampled_from(["", X, Z])), draw(texts)
    return replace(
        BASE,
        assignment=tuple(where.items()),
        notes=(Note(UNITS[0], noted),),
        homes=(Home("A10001", home),) if home else (),
        tasks=(Task("A10001", owner),),
        name=draw(st.sampled_from(["Option A", "Option B"])),
    )


@given(worked_on(), worked_on())
@settings(max_examples=150, deadline=None)
def test_a_merge_takes_what_one_side_changed_and_asks_for_the_rest(theirs: Plan, mine: Plan) -> None:
    base = replace(BASE, name="Option A")
    found = merge(base, theirs, mine)
    b, t, m = facts(base), facts(theirs), facts(mine)
    both = {p for p in b.keys() | t.keys() | m.keys() if b.get(p) != t.get(p) != m.get(p) != b.get(p)}
    asked = {c.path for c in found.conflicts}
    assert (found.plan is None) == bool(asked)
    assert {p for p in asked if p[2] or p[0] == "units"} <= both or {p[:2] for p in asked} <= {p[:2] for p in both}
    if found.plan is not None:
        made = facts(found.plan)
        for path in b.keys() | t.keys() | m.keys():
            wanted = t.get(path) if b.get(path) != t.get(path) else m.get(path)
            assert made.get(path) == wanted, path
    for side, plan in (("theirs", theirs), ("mine", mine)):
        whole = merge(base, theirs, mine, dict.fromkeys(asked, side))
        assert whole.plan is not None
        assert all(facts(whole.plan).get(p) == facts(plan).get(p) for p in asked if p[2] or p[0] == "units")


@given(worked_on(), worked_on())
@settings(max_examples=60, deadline=None)
def test_merging_with_what_one_has_already_changes_nothing(one: Plan, other: Plan) -> None:
    assert merge(one, one, other).plan == other == merge(one, other, one).plan
    assert merge(other, one, one).plan == one


def test_an_lsoa_that_one_locked_and_the_other_moved_is_asked() -> None:
    locked = edit.lock(BASE, [UNITS[2]])
    moved = edit.move(BASE, AREA, UNITS[2], X)
    for theirs, mine in ((locked, moved), (moved, locked)):
        found = merge(BASE, theirs, mine)
        assert [c.path for c in found.conflicts] == [("units", UNITS[2], "")]
        assert "locked it" in found.conflicts[0].in_words
        path = found.conflicts[0].path
        mover, locker = ("theirs", "mine") if theirs is moved else ("mine", "theirs")
        for side, place in ((mover, X), (locker, BASE.where()[UNITS[2]]), ("base", BASE.where()[UNITS[2]])):
            whole = merge(BASE, theirs, mine, {path: side}).plan
            assert whole is not None and whole.where()[UNITS[2]] == place and UNITS[2] in whole.locked


def test_a_neighbourhood_taken_away_by_one_and_used_by_the_other_is_asked() -> None:
    without = edit.merge(BASE, AREA, [Y, Z])
    used = edit.move(BASE, AREA, UNITS[1], Z)
    found = merge(BASE, without, used)
    assert ("neighbourhoods", Z, "") in [c.path for c in found.conflicts]
    kept = merge(BASE, without, used, {c.path: "mine" for c in found.conflicts}).plan
    assert kept is not None and Z in kept.codes and Z not in kept.retired and kept.where()[UNITS[1]] == Z
    gone = merge(BASE, without, used, {c.path: "theirs" for c in found.conflicts}).plan
    assert gone is not None and Z not in gone.codes and gone.where()[UNITS[1]] == X


def test_two_new_neighbourhoods_with_one_code_stay_two() -> None:
    theirs = edit.add_neighbourhood(BASE, AREA, "Their new one", [UNITS[0]])
    mine = edit.add_neighbourhood(BASE, AREA, "My new one", [UNITS[7]])
    mine = edit.set_note(mine, "GRID-04", "beside the river")
    found = merge(BASE, theirs, mine)
    assert found.plan is not None and found.renumbered == (("GRID-04", "GRID-05"),)
    assert found.plan.neighbourhood("GRID-04").name == "Their new one"
    assert found.plan.neighbourhood("GRID-05").name == "My new one"
    assert found.plan.where()[UNITS[0]] == "GRID-04" and found.plan.where()[UNITS[7]] == "GRID-05"
    assert found.plan.note_on("GRID-05") == "beside the river" and not found.plan.note_on("GRID-04")


def test_who_moved_what_and_why_goes_with_the_lsoa() -> None:
    theirs = recorded(BASE, edit.move(BASE, AREA, UNITS[0], Y), "Ann", "2026-12-01T10:00:00Z", why="the bridge")
    mine = recorded(BASE, edit.move(BASE, AREA, [UNITS[0], UNITS[7]], Y), "Ben", "2026-12-01T11:00:00Z")
    mine = recorded(mine, edit.move(mine, AREA, UNITS[7], X), "Ben", "2026-12-01T12:00:00Z", why="the school")
    found = merge(BASE, theirs, mine).plan
    assert found is not None
    said = {c.unit: (c.who, c.why) for c in found.changes}
    assert said == {UNITS[0]: ("Ann", "the bridge"), UNITS[7]: ("Ben", "the school")}


def test_lines_that_were_explained_by_both_are_asked() -> None:
    one, other = (replace(BASE, boundaries=(Boundary(X, Y, w, "", f"said {w}"),)) for w in ("Ann", "Ben"))
    (conflict,) = merge(BASE, one, other).conflicts
    assert "said Ann" in conflict.in_words and "said Ben" in conflict.in_words


def test_plans_of_other_places_and_odd_choices_are_refused() -> None:
    with pytest.raises(PlanError, match="different sets"):
        merge(BASE, BASE, replace(BASE, area_codes_digest="0"))
    with pytest.raises(PlanError, match="no side"):
        merge(BASE, BASE, BASE, {("units", UNITS[0], ""): "ours"})

"""Edits give new plans; a move and its inverse give the first plan back; codes are never used twice."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints import edit
from footprints.errors import PlanError
from footprints.plan import Plan
from optimise.criteria import Criteria, Locks
from tests.grids import grid_area
from tests.plans import drawn, plans, with_practices


@pytest.fixture
def area() -> Area:
    return grid_area(["AABB", "AABB"])


@pytest.fixture
def plan(area: Area) -> Plan:
    return drawn(area, ["ppqq", "ppqq"])


def test_move(plan: Plan, area: Area) -> None:
    moved = edit.move(plan, area, "E01900002", "GRID-02")
    assert moved.where()["E01900002"] == "GRID-02"
    assert plan.where()["E01900002"] == "GRID-01"
    assert edit.move(moved, area, ["E01900002"], "GRID-01") == plan
    loose = edit.move(plan, area, ["E01900001", "E01900002"], "")
    assert "E01900001" not in loose.where()
    assert edit.move(plan, area, "E01900001", "GRID-01") is plan


def test_a_neighbourhood_that_loses_its_last_unit_stays_until_it_is_removed(plan: Plan, area: Area) -> None:
    empty = edit.move(plan, area, plan.units_of("GRID-01"), "GRID-02")
    assert empty.codes == ("GRID-01", "GRID-02")
    assert edit.remove_neighbourhood(empty, "GRID-01").retired == ("GRID-01",)
    with pytest.raises(PlanError, match="still holds 4 LSOAs"):
        edit.remove_neighbourhood(plan, "GRID-01")


def test_locked_units_refuse_to_move_and_are_named(plan: Plan, area: Area) -> None:
    locked = edit.lock(plan, "E01900002")
    with pytest.raises(PlanError, match=r"1 of these LSOAs is locked: Grid 0001, 10,000 people"):
        edit.move(locked, area, ["E01900001", "E01900002"], "GRID-02")
    with pytest.raises(PlanError, match="locked"):
        edit.merge(locked, area, ("GRID-01", "GRID-02"))
    with pytest.raises(PlanError, match="locked"):
        edit.split(locked, area, "GRID-01", ["E01900001"])
    assert edit.move(edit.unlock(locked, "E01900002"), area, "E01900002", "GRID-02").locked == ()
    with pytest.raises(PlanError, match="in no neighbourhood"):
        edit.lock(edit.move(plan, area, "E01900001", ""), "E01900001")


def test_what_is_not_there_is_refused(plan: Plan, area: Area) -> None:
    with pytest.raises(PlanError, match="GRID-09 is not in the plan"):
        edit.move(plan, area, "E01900001", "GRID-09")
    with pytest.raises(PlanError, match="not in Gridshire: E01999999"):
        edit.move(plan, area, "E01999999", "GRID-01")
    gone = edit.merge(plan, area, plan.codes)
    with pytest.raises(PlanError, match="GRID-01 was retired"):
        edit.move(gone, area, "E01900001", "GRID-01")


def test_names_places_colours_notes_and_homes(plan: Plan) -> None:
    named = edit.rename(plan, "GRID-01", "Mill Bank & Abbey")
    assert (named.neighbourhood("GRID-01").name, named.neighbourhood("GRID-01").provisional) == (
        "Mill Bank & Abbey",
        False,
    )
    with pytest.raises(PlanError, match="GRID-01 is called “mill bank & abbey” already"):
        edit.rename(named, "GRID-02", "mill bank & abbey")
    assert edit.recolour(plan, "GRID-01", "#D55E00").neighbourhood("GRID-01").colour == "#d55e00"
    assert edit.set_place(plan, "GRID-01", "North").neighbourhood("GRID-01").place == "North"
    noted = edit.add_note(edit.add_note(plan, "E01900001", "one"), "E01900001", "two")
    assert noted.note_on("E01900001") == "one\ntwo"
    assert edit.set_note(noted, "E01900001", "").notes == ()
    home = edit.set_home(plan, "X99001", "GRID-02", "its patients")
    assert home.homes[0].reason == "its patients"
    assert edit.set_home(home, "X99001", "").homes == ()
    with pytest.raises(PlanError):
        edit.set_home(plan, "X99001", "GRID-09")
    assert edit.duplicate(plan, "Copy").parent == plan.id


def test_split_retires_one_and_makes_two(area: Area) -> None:
    area = with_practices(area, {"X99001": ("E01900001", "U99999", 500.0)}, [("X99001", "E01900001", 500.0)])
    plan = drawn(area, ["ppqq", "ppqq"], Criteria(locks=Locks(fixed=(("E01900005", "GRID-01"),))))
    plan = edit.set_home(edit.add_note(plan, "GRID-01", "keep together"), "X99001", "GRID-01")
    cut = edit.split(plan, area, "GRID-01", ["E01900001"], ("Top", ""))
    assert cut.codes == ("GRID-02", "GRID-03", "GRID-04")
    assert cut.retired == ("GRID-01",)
    assert cut.units_of("GRID-03") == ("E01900001",)
    assert cut.neighbourhood("GRID-03").name == "Top"
    assert not cut.neighbourhood("GRID-03").provisional
    assert cut.neighbourhood("GRID-04").provisional
    # The larger part keeps colour and note; the practice goes with its site, the lock with its unit.
    assert cut.neighbourhood("GRID-04").colour == plan.neighbourhood("GRID-01").colour
    assert cut.neighbourhood("GRID-03").colour != cut.neighbourhood("GRID-04").colour
    assert cut.note_on("GRID-04") == "keep together"
    assert cut.homes[0].neighbourhood == "GRID-03"
    assert cut.criteria.locks.fixed == (("E01900005", "GRID-04"),)
    with pytest.raises(PlanError, match="both sides"):
        edit.split(plan, area, "GRID-01", plan.units_of("GRID-01"))
    with pytest.raises(PlanError, match="are not in"):
        edit.split(plan, area, "GRID-01", ["E01900003"])


def test_merge_retires_both(plan: Plan, area: Area) -> None:
    whole = edit.merge(edit.set_home(plan, "X99001", "GRID-02"), area, ("GRID-01", "GRID-02"), "All")
    assert (whole.codes, whole.retired) == (("GRID-03",), ("GRID-01", "GRID-02"))
    assert len(whole.units_of("GRID-03")) == 8
    assert whole.homes[0].neighbourhood == "GRID-03"
    with pytest.raises(PlanError, match="two or more"):
        edit.merge(plan, area, ("GRID-01",))


def test_a_new_neighbourhood_and_a_link(plan: Plan, area: Area) -> None:
    grown = edit.add_neighbourhood(plan, area, "New", ["E01900001"])
    assert grown.units_of("GRID-03") == ("E01900001",)
    assert grown.neighbourhood("GRID-03").colour not in {n.colour for n in plan.neighbourhoods}
    linked = edit.add_link(plan, area, "E01900008", "E01900001", "ferry", "daily")
    assert (linked.links[0].from_code, linked.links[0].to_code) == ("E01900001", "E01900008")


@settings(max_examples=80, deadline=None)
@given(plans(), st.data())
def test_a_move_and_its_inverse(made: tuple[Area, Plan], data: st.DataObject) -> None:
    area, plan = made
    assume(plan.codes)
    unit = data.draw(st.sampled_from(area.codes))
    assume(unit not in plan.locked)
    before = plan.where().get(unit, "")
    moved = edit.move(plan, area, unit, data.draw(st.sampled_from(["", *plan.codes])))
    back = edit.move(moved, area, unit, before)
    assert back.assignment == plan.assignment
    assert [n.code for n in back.neighbourhoods] == list(plan.codes)
    if [n.colour for n in moved.neighbourhoods] == [n.colour for n in plan.neighbourhoods]:
        assert back == plan


@settings(max_examples=60, deadline=None)
@given(plans(), st.data())
def test_codes_are_never_used_twice(made: tuple[Area, Plan], data: st.DataObject) -> None:
    area, plan = made
    plan = edit.unlock(plan, plan.locked)
    ever = {*plan.codes, *plan.retired}
    for _ in range(3):
        large = [code for code in plan.codes if len(plan.units_of(code)) > 1]
        new: set[str] = set()
        if len(plan.codes) > 1 and data.draw(st.booleans()):
            pair = data.draw(st.lists(st.sampled_from(plan.codes), min_size=2, max_size=2, unique=True))
            plan, old = edit.merge(plan, area, pair), set(plan.codes)
            new = set(plan.codes) - old
        elif large:
            code = data.draw(st.sampled_from(large))
            plan, old = edit.split(plan, area, code, plan.units_of(code)[:1]), set(plan.codes)
            new = set(plan.codes) - old
        assert new.isdisjoint(ever)
        ever |= new
        assert ever == {*plan.codes, *plan.retired}
        assert len(plan.assignment) == len({u for u, _ in plan.assignment})

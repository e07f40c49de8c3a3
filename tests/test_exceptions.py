"""Departures that no drawing could avoid: offered as a repair, declared through the desk, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from boundaries import load_area
from footprints import maps
from footprints.check import check
from footprints.editing import Desk
from footprints.editing.catalogue import Catalogue
from footprints.editing.exceptions import forced
from footprints.editing.ranges import to_ranges
from footprints.exchange import plan_bytes, plan_from_bytes
from footprints.propose import empty_plan, propose
from footprints.ui import desk_routes
from optimise.certificate import size_declared
from optimise.criteria import Criteria
from optimise.solution import DeclaredException
from tests.grids import grid_area
from tests.plans import drawn
from tests.test_desk import Tab, plan_of

ASKED = Criteria(target=20_000, minimum=15_000, maximum=30_000, within=("district",))
ISLAND = ["AAAA.B", "AAAA.B"]  # B has 2 areas, cut off by the sea
SMALL = ["AAAAB", "AAAAB"]  # B is too small a district, beside A


def at(rows: list[str], picture: list[str], criteria: Criteria = ASKED) -> tuple[Desk, str, Tab]:
    area = grid_area(rows, 5_000)
    desk = Desk(area)
    key = desk.change(lambda shelf: shelf.add(drawn(area, picture, criteria))).current
    return desk, key, Tab(desk, key, "tab")


def code_at(desk: Desk, key: str, unit: int) -> str:
    return plan_of(desk, key).where()[desk.area.codes[unit]]


def declare(tab: Tab, slot: int) -> dict[str, Any]:
    tab.do(op="declare", slot=slot)
    answer = tab.send()
    assert answer is not None
    told: dict[str, Any] = answer["outcomes"][0]
    return told


def test_an_island_is_declared_undone_and_goes_with_the_plan() -> None:
    desk, key, tab = at(ISLAND, ["aabb.c", "aabb.c"])
    slot = int(tab.labels[4])
    assert [row["kind"] for row in tab.problems.values()] == ["range"]
    told = declare(tab, slot)
    assert not told["refused"] and "10,000 people, below the minimum of 15,000" in told["words"]
    assert tab.problems == {} and tab.rows[slot]["declared"]
    plan = plan_of(desk, key)
    assert check(plan, desk.area).holds
    assert plan_from_bytes(plan_bytes(plan)).exceptions == plan.exceptions != ()
    tab.do(op="undo")
    tab.send()
    assert plan_of(desk, key).exceptions == () and len(tab.problems) == 1 and not tab.rows[slot]["declared"]


def test_it_is_one_as_long_as_it_is_drawn_so() -> None:
    _, _, tab = at(ISLAND, ["aabb.c", "aabb.c"])
    slot = int(tab.labels[4])
    declare(tab, slot)
    tab.do(op="paint", units="4", to=-1)
    tab.send()
    assert {row["kind"] for row in tab.problems.values()} == {"range", "unassigned"}
    tab.do(op="paint", units="4", to=slot)
    tab.send()
    assert tab.problems == {}


@pytest.mark.parametrize(
    ("rows", "picture", "unit"),
    [
        (ISLAND, ["abbb.c", "abbb.c"], 0),  # too few, but more could be painted
        (ISLAND, ["aaaa.c", "aaaa.c"], 0),  # too many
        (ISLAND, ["aabb.c", "aabb.d"], 4),  # half an island
        (ISLAND, ["aabb.b", "aaaa.b"], 3),  # an island with a piece of the mainland
    ],
)
def test_what_could_be_drawn_otherwise_is_no_exception(rows: list[str], picture: list[str], unit: int) -> None:
    desk, key, tab = at(rows, picture)
    assert forced(plan_of(desk, key), desk.area, code_at(desk, key, unit)) == ()
    told = declare(tab, int(tab.labels[unit]))
    assert told["refused"] and "could be drawn within the rules" in told["words"]
    assert plan_of(desk, key).exceptions == ()


def test_a_small_district_stands_alone_or_is_joined_as_it_is_drawn() -> None:
    for picture, kind in ((["aabbc", "aabbc"], "undersized"), (["aabbb", "aabbb"], "joined")):
        desk, key, tab = at(SMALL, picture)
        assert len(tab.problems) == 1
        assert not declare(tab, int(tab.labels[4]))["refused"]
        assert tab.problems == {}
        plan = plan_of(desk, key)
        assert check(plan, desk.area).holds and [e.kind for e in plan.exceptions] == [kind]


def test_frozen_and_halved_units_are_excused_only_as_declared() -> None:
    one = DeclaredException("undersized", "B", "", ("x", "y"))
    assert size_declared(ASKED, [one], {"x", "y"}, 100)
    assert not size_declared(ASKED, [one], {"x"}, 100)
    assert not size_declared(ASKED, [one], {"x", "y"}, 40_000)
    assert size_declared(ASKED, [replace(one, kind="frozen")], {"x", "y"}, 40_000)


def test_the_repair_is_offered_only_where_it_is_forced() -> None:
    desk, key, tab = at(ISLAND, ["aaab.c", "aaab.c"])
    place = desk_routes._Place(desk, Catalogue(desk.area, maps.draw(desk.area)), "", ())
    offered = {}
    for problem in tab.problems:
        got = desk_routes._repairs(place, {"option": key, "problem": problem})["repairs"]
        offered[problem] = [one for one in got if one["words"].startswith("Declare as an exception: ")]
    island = f"range:{code_at(desk, key, 4)}"
    assert len(offered) == 2 and [problem for problem, ways in offered.items() if ways] == [island]
    ((way,),) = [ways for ways in offered.values() if ways]
    tab.do(**way["operations"][0])
    tab.send()
    assert island not in tab.problems


@pytest.mark.places
def test_an_empty_cornwall_drawn_by_hand_ends_as_a_plan_that_holds(cornwall: Path) -> None:
    """Drawn as a proposal has it; the Isles of Scilly have 2,281 people and no neighbour."""
    area = load_area(cornwall)
    wanted = propose(area, Criteria(seconds=5)).plan
    assert wanted is not None
    desk = Desk(area)
    key = desk.change(lambda shelf: shelf.add(empty_plan(area, "By hand", Criteria()))).current
    tab = Tab(desk, key, "tab")
    for units in wanted.members().values():
        tab.do(op="new", name="", units=to_ranges(desk.ground.position[unit] for unit in units))
    tab.send()
    (left,) = tab.problems.values()
    drawn_so = plan_of(desk, key)
    assert left["kind"] == "range" and not check(drawn_so, area).holds
    assert drawn_so.units_of(desk.option(key)[1].code(left["slot"])) == ("E01019077",)
    assert not declare(tab, left["slot"])["refused"]
    assert tab.problems == {} and check(plan_of(desk, key), area).holds

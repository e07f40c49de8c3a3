"""What differs between plans: renumbering is not a move, and nobody is moved twice."""

from __future__ import annotations

import dataclasses
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints import edit
from footprints.colours import touching
from footprints.compare import NOWHERE, coloured_alike, compare
from footprints.errors import PlanError
from footprints.exchange.read import plan_from_csv
from footprints.matching import match
from footprints.plan import Neighbourhood, Plan
from footprints.propose import plan_from_labels
from tests.grids import grid_area
from tests.plans import drawn, plans


@pytest.fixture
def area() -> Area:
    return grid_area(["AABB", "AABB"], [1_000, 2_000, 3_000, 4_000] * 2)


def test_renumbering_is_not_a_move(area: Area) -> None:
    first = drawn(area, ["ppqq", "ppqq"], name="A")
    swap = {"GRID-01": "GRID-09", "GRID-02": "GRID-01"}
    second = dataclasses.replace(
        first,
        name="B",
        assignment=tuple((u, swap[c]) for u, c in first.assignment),
        neighbourhoods=tuple(dataclasses.replace(n, code=swap[n.code]) for n in first.neighbourhoods),
    )
    found = compare([first, second], area)
    assert (found.people_moved, found.units_moved) == (0, 0)
    assert found.matching == (("GRID-01", "GRID-09", 6_000), ("GRID-02", "GRID-01", 14_000))
    assert found.changes[0].in_words == "“B” puts everyone where “A” does."


def test_matched_neighbourhoods_are_drawn_in_one_colour(area: Area) -> None:
    first = drawn(area, ["ppqq", "ppqq"], name="A")
    said = "\n".join(f"{u},{'west' if i % 4 < 2 else 'east'}" for i, u in enumerate(area.codes))
    other = plan_from_csv(f"LSOA21CD,neighbourhood\n{said}\n".encode(), "agreed.csv", area)
    first = edit.recolour(edit.recolour(first, "GRID-01", "#112233"), "GRID-02", "#445566")
    one, two = coloured_alike((first, other), [c.matching for c in compare((first, other), area).changes], area)
    assert one == first
    fill = [{u: plan.neighbourhood(c).colour for u, c in plan.assignment} for plan in (first, other, two)]
    assert fill[1] != fill[0]
    assert fill[2] == fill[0]
    assert dataclasses.replace(two, neighbourhoods=other.neighbourhoods) == other


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_side_by_side_touching_neighbourhoods_still_differ_in_colour(data: st.DataObject) -> None:
    area = grid_area(["AAAA"] * 4)
    labels = st.lists(st.integers(0, 4), min_size=16, max_size=16)
    both = [plan_from_labels(area, dict(zip(area.codes, data.draw(labels), strict=True))) for _ in range(2)]
    second = coloured_alike(both, [c.matching for c in compare(both, area).changes], area)[1]
    colour = {n.code: n.colour for n in second.neighbourhoods}
    for code, beside in touching(second.where(), area, second.codes).items():
        assert colour[code] not in {colour[other] for other in beside}


def test_who_moves_from_where_to_where(area: Area) -> None:
    first = drawn(area, ["ppqq", "ppqq"], name="A")
    second = edit.move(edit.move(first, area, "E01900003", "GRID-01"), area, "E01900008", "")
    second = edit.rename_plan(second, "B")
    third = edit.rename_plan(first, "A")
    found = compare([first, second, third], area)
    assert found.names == ("A", "B", "A (2)")
    assert list(found.table.columns) == ["label", "unit", "direction", "A", "B", "A (2)"]
    assert found.table.at["residents_max", "A"] == 14_000
    rows = found.moved.drop(columns=["from_name", "to_name"]).to_dict("records")
    assert rows == [
        {"from_code": "GRID-02", "to_code": "", "units": 1, "people": 4_000},
        {"from_code": "GRID-02", "to_code": "GRID-01", "units": 1, "people": 3_000},
    ]
    assert found.moved["to_name"].iloc[0] == NOWHERE
    assert (found.people_moved, found.units_moved) == (7_000, 2)
    assert found.changes[0].units == ("E01900003", "E01900008")
    assert found.changes[0].share_moved == pytest.approx(7 / 20)
    assert found.changes[1].units_moved == 0


def test_one_of_a_thing_is_not_said_as_many() -> None:
    area = grid_area(["AAAA"], [1, 10, 10, 10])
    before = drawn(area, ["ppqq"], name="One")
    after = drawn(area, ["qpqq"], name="Two")
    assert compare([before, after], area).changes[0].in_words == (
        "From “One” to “Two” 1 person (3.2%) in 1 LSOA changes neighbourhood."
    )


def test_plans_of_different_areas_are_refused(area: Area) -> None:
    first = drawn(area, ["ppqq", "ppqq"])
    small = grid_area(["AABB"], name="Smallshire")
    other = drawn(small, ["ppqq"], name="Other")
    with pytest.raises(PlanError, match=r"“Other” was made for Smallshire.*leaves out 4 of 8 LSOAs: E01900005"):
        compare([first, other], area)
    with pytest.raises(PlanError, match="4 LSOAs that are not in Smallshire"):
        compare([other, first], small)
    with pytest.raises(PlanError, match="two plans"):
        compare([first], area)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.tuples(st.sampled_from("abcd"), st.sampled_from("wxyz")), st.integers(0, 50)))
def test_the_matching_is_the_best_of_all(shared: dict[tuple[str, str], int]) -> None:
    found = match(shared)
    assert len(set(found.values())) == len(found)
    best = max(
        sum(shared.get(pair, 0) for pair in zip("abcd", order, strict=True)) for order in itertools.permutations("wxyz")
    )
    assert sum(shared[pair] for pair in found.items()) == best


@settings(max_examples=50, deadline=None)
@given(plans(), st.data())
def test_moves_add_up_and_go_both_ways(made: tuple[Area, Plan], data: st.DataObject) -> None:
    area, plan = made
    plan = dataclasses.replace(plan, locked=())
    other = plan
    for unit in data.draw(st.lists(st.sampled_from(area.codes), max_size=4)):
        other = edit.move(other, area, unit, data.draw(st.sampled_from(["", *plan.codes])))
    there, back = compare([plan, other], area), compare([other, plan], area)
    assert there.people_moved == back.people_moved == there.moved["people"].sum()
    assert there.people_moved <= area.units["residents"].sum()
    assert compare([plan, plan], area).units_moved == 0


def test_names_do_not_decide_the_matching(area: Area) -> None:
    first = drawn(area, ["ppqq", "ppqq"])
    turned = dataclasses.replace(
        first,
        name="Turned",
        neighbourhoods=tuple(Neighbourhood(n.code, f"New {n.code}", n.colour) for n in first.neighbourhoods),
    )
    assert compare([first, turned], area).units_moved == 0

"""Plans: what cannot be made, what is equal, and codes that are permanent."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import subprocess
import sys

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints import edit
from footprints.check import check
from footprints.codes import check_prefix, default_prefix, is_code, new_codes
from footprints.colours import touching
from footprints.compare import compare
from footprints.errors import PlanError
from footprints.exchange import plan_files
from footprints.plan import Neighbourhood, Note, Plan, plan_id
from footprints.propose import empty_plan, keeping_locks, plan_from_labels, propose
from optimise.criteria import Criteria, Locks
from tests.grids import grid_area
from tests.plans import drawn, plans


@pytest.fixture
def area() -> Area:
    # Two districts side by side, 4 x 2 units of 10,000 people.
    return grid_area(["AABB", "AABB"])


@pytest.fixture
def plan(area: Area) -> Plan:
    return drawn(area, ["ppqq", "ppqq"])


def test_the_order_in_which_a_plan_is_given_does_not_matter(plan: Plan) -> None:
    turned = dataclasses.replace(
        plan, assignment=tuple(reversed(plan.assignment)), neighbourhoods=tuple(reversed(plan.neighbourhoods))
    )
    assert turned == plan
    assert hash(turned) == hash(plan)
    assert plan_id(turned) == plan.id
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301


def test_the_id_is_of_the_content(plan: Plan) -> None:
    assert dataclasses.replace(plan, name="Another").id != plan.id
    assert len(plan.id) == 12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"assignment": (("E01900001", "GRID-01"), ("E01900001", "GRID-02"))}, "stand twice in the plan: E01900001"),
        ({"assignment": (("E01900001", "GRID-09"),)}, "not in the plan: GRID-09"),
        ({"retired": ("GRID-01",)}, "Retired codes are in use again: GRID-01"),
        ({"name": "  "}, "no name"),
        ({"name": "half \ud800"}, "cannot be saved"),
    ],
)
def test_a_plan_without_integrity_cannot_be_made(plan: Plan, change: dict[str, object], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        dataclasses.replace(plan, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [("", "Name", "#000000"), ("A-01", " ", "#000000"), ("A-01", "Name", "red")])
def test_a_neighbourhood_has_a_code_a_name_and_a_colour(bad: tuple[str, str, str]) -> None:
    with pytest.raises(PlanError):
        Neighbourhood(*bad)


def test_notes_on_one_code_become_its_lines(plan: Plan) -> None:
    noted = dataclasses.replace(plan, notes=(Note("GRID-01", " one "), Note("GRID-01", "two"), Note("GRID-02", "  ")))
    assert noted.notes == (Note("GRID-01", "one\ntwo"),)


def test_views(plan: Plan, area: Area) -> None:
    assert plan.members()["GRID-01"] == plan.units_of("GRID-01") == ("E01900001", "E01900002", "E01900005", "E01900006")
    assert plan.where()["E01900003"] == "GRID-02"
    with pytest.raises(PlanError, match="GRID-07 is not in the plan"):
        plan.neighbourhood("GRID-07")
    assert empty_plan(area, "Blank").assignment == ()


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("Cambridgeshire and Peterborough", "CAMP"),
        ("NHS Cambridgeshire & Peterborough Integrated Care Board", "CAMP"),
        ("Cornwall", "CORN"),
        ("Ynys Môn", "YNYM"),
        ("Ely", "ELY"),
        ("", "AREA"),
    ],
)
def test_default_prefixes(name: str, prefix: str) -> None:
    assert default_prefix(name) == prefix
    assert check_prefix(prefix) == prefix


def test_new_codes_follow_the_highest_ever_used() -> None:
    assert new_codes("CAMP", 2, ["CAMP-07", "CAMP-19", "CORN-40"]) == ("CAMP-20", "CAMP-21")
    assert new_codes("CAMP", 1, []) == ("CAMP-01",)
    assert new_codes("CAMP", 2, ["CAMP-99"]) == ("CAMP-100", "CAMP-101")
    assert is_code("CAMP-07")
    assert not is_code("North team")
    with pytest.raises(PlanError, match="prefix"):
        check_prefix("a-b")


def test_codes_run_by_district_then_from_north_to_south() -> None:
    area = grid_area(["BBAA", "BBAA", "BBAA"])
    plan = drawn(area, ["zzxx", "yywx", "yyww"])  # letters are shuffled on purpose
    where = plan.where()
    # District A (E07000001) is in the east and comes first: x is its north, w its south; then z and y of district B.
    assert [where[u] for u in ("E01900003", "E01900012", "E01900001", "E01900009")] == [
        f"GRID-0{n}" for n in (1, 2, 3, 4)
    ]


def test_solving_again_keeps_codes_names_and_colours_by_people(area: Area) -> None:
    parent = dataclasses.replace(
        drawn(area, ["ppqq", "ppqq"]),
        neighbourhoods=(
            Neighbourhood("GRID-01", "Our town", "#d55e00", provisional=False, place="West"),
            Neighbourhood("GRID-02", "Their town", "#f0e442"),
        ),
        retired=("GRID-03",),
    )
    again = drawn(area, ["rppp", "rppp"], parent=parent, criteria=Criteria(within=()))
    # p holds all of the old GRID-02 and half of GRID-01: it goes on as GRID-02; r is the rest of GRID-01.
    assert again.where()["E01900004"] == "GRID-02"
    assert again.where()["E01900001"] == "GRID-01"
    assert again.neighbourhood("GRID-01") == parent.neighbourhood("GRID-01")
    assert again.neighbourhood("GRID-02").colour == "#f0e442"
    assert (again.retired, again.parent) == (("GRID-03",), parent.id)
    three = drawn(area, ["pstq", "pstq"], parent=parent)
    assert {"GRID-01", "GRID-02"} < set(three.codes)
    assert "GRID-03" not in three.codes


@settings(max_examples=40, deadline=None, derandomize=True)
@given(made=plans(), data=st.data())
def test_solving_again_and_again_reuses_no_code_and_keeps_touching_colours_apart(
    made: tuple[Area, Plan], data: st.DataObject
) -> None:
    area, plan = made
    for _ in range(3):
        labels = data.draw(st.lists(st.integers(-1, 4), min_size=12, max_size=12))
        free = dataclasses.replace(plan.criteria, locks=Locks())
        child = plan_from_labels(
            area, {u: x for u, x in zip(area.codes, labels, strict=True) if x >= 0}, free, parent=plan
        )
        assert not set(child.codes) & set(plan.retired)
        assert {*plan.codes, *plan.retired} <= {*child.codes, *child.retired}
        names = [n.name.casefold() for n in child.neighbourhoods]
        assert all(names.count(n.name.casefold()) == 1 for n in child.neighbourhoods if n.code not in plan.codes)
        colour = {n.code: n.colour for n in child.neighbourhoods}
        beside = touching(child.where(), area, child.codes)
        assert all(colour[a] != colour[b] for a in beside for b in beside[a])
        before = {n.code: n.colour for n in plan.neighbourhoods}
        for code in sorted(set(before) & set(colour)):  # a colour changes only where it would meet itself
            clash = [o for o in beside[code] if before.get(o) == before[code]]
            assert colour[code] == before[code] or clash or len(beside[code]) > 5
        plan = child


def test_locks_of_the_parent_stay_where_the_unit_stays(area: Area) -> None:
    parent = drawn(area, ["ppqq", "ppq-"])
    one, two, loose = area.codes[0], area.codes[1], area.codes[7]
    parent = dataclasses.replace(parent, locked=(one, two, loose))  # a lookup may lock a unit that lies nowhere
    child = drawn(area, ["pqqq", "ppqq"], parent=parent)
    assert child.locked == (one,)


def test_solving_again_keeps_every_locked_unit_where_it_is(area: Area) -> None:
    first = propose(area, Criteria(seconds=5)).plan
    assert first is not None
    unit, code = first.assignment[0]
    locked = edit.lock(first, [unit])
    asked = keeping_locks(Criteria(seconds=5, seed=3), locked)
    assert asked.locks.fixed == ((unit, code),)
    again = propose(area, asked, parent=locked).plan
    assert again is not None
    assert dict(again.assignment)[unit] == code
    assert keeping_locks(asked, first) is asked


def test_fixed_units_bring_their_code(area: Area) -> None:
    locks = Criteria(locks=Locks(fixed=(("E01900004", "TOWN-05"),)))
    assert drawn(area, ["ppqq", "ppqq"], locks).where()["E01900008"] == "TOWN-05"
    torn = Criteria(locks=Locks(fixed=(("E01900001", "TOWN-05"), ("E01900002", "TOWN-06"))))
    with pytest.raises(PlanError, match="shares its neighbourhood with LSOAs fixed to TOWN-05"):
        drawn(area, ["ppqq", "ppqq"], torn)
    apart = Criteria(locks=Locks(fixed=(("E01900001", "TOWN-05"), ("E01900004", "TOWN-05"))))
    with pytest.raises(PlanError, match="several neighbourhoods: TOWN-05"):
        drawn(area, ["ppqq", "ppqq"], apart)


def test_a_proposal_holds_and_an_impossible_one_says_why(area: Area) -> None:
    found = propose(area, Criteria(seconds=5), name="First")
    assert found.plan is not None
    assert (found.plan.name, found.plan.codes) == ("First", ("GRID-01", "GRID-02"))
    assert check(found.plan, area).holds
    assert propose(area, Criteria(seconds=5), name="First").plan == found.plan
    none = propose(area, Criteria(target=55_000, minimum=52_000, maximum=58_000, seconds=5, small_districts="alone"))
    assert none.plan is None or none.plan.exceptions
    assert none.solution.reasons or none.solution.exceptions


def test_check_states_and_never_enforces(area: Area) -> None:
    draft = drawn(area, ["pppp", "-ppp"])
    verdict = check(draft, area)
    assert not verdict.integrity
    assert {fault.rule for fault in verdict.criteria} >= {"complete", "range", "nested"}
    assert "outside the range you set" in verdict.in_words
    assert "invalid" not in verdict.in_words
    other = check(draft, grid_area(["A"]))
    assert other.integrity
    assert not other.criteria


def test_the_public_surface_is_what_it_says() -> None:
    import footprints

    assert {"load_area", "propose", "edit", "score", "compare", "export", "check"} <= set(footprints.__all__)
    assert all(getattr(footprints, name) is not None for name in footprints.__all__)
    assert callable(footprints.propose)


def test_importing_the_package_brings_no_page_and_no_map() -> None:
    said = "import sys, footprints; print([m for m in ('streamlit', 'folium') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", said], capture_output=True, encoding="utf-8", check=True).stdout.strip()
        == "[]"
    )


def test_no_verb_changes_the_area(area: Area) -> None:
    before = copy.deepcopy(area)
    plan = drawn(area, ["ppqq", "ppqq"])
    check(edit.split(plan, area, "GRID-01", ["E01900001"]), area)
    compare([plan, edit.move(plan, area, "E01900001", "GRID-02")], area)
    plan_files(plan, area)
    for name in ("units", "edges", "practices", "registrations"):
        pd.testing.assert_frame_equal(getattr(before, name), getattr(area, name))


@settings(max_examples=60, deadline=None)
@given(plans(), st.data())
def test_labels_become_codes_one_to_one(made: tuple[Area, Plan], data: st.DataObject) -> None:
    area, parent = made
    labels = data.draw(st.dictionaries(st.sampled_from(area.codes), st.integers(0, 4)))
    parent = dataclasses.replace(parent, criteria=Criteria())
    plan = plan_from_labels(area, labels, parent=parent)
    where = plan.where()
    assert where.keys() == labels.keys()
    assert len(set(zip(labels.values(), (where[u] for u in labels), strict=True))) == len(set(labels.values()))
    assert set(plan.codes).isdisjoint(plan.retired)
    assert set(parent.retired) <= set(plan.retired)
    assert set(parent.codes) <= {*plan.codes, *plan.retired}

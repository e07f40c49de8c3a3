"""A range on people of a later year: residents and the homes of the table of growth, wherever they are counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from boundaries.area import Area, no_growth
from boundaries.errors import DataError
from boundaries.parts import part_of
from footprints import maps
from footprints.check import check
from footprints.cli.need import _show_growth
from footprints.cli.propose import neighbourhood_table
from footprints.editing import Desk
from footprints.editing.catalogue import Catalogue
from footprints.editing.tally import Ground
from footprints.errors import PlanError
from footprints.exchange import read_plan, write_plan
from footprints.exchange.map_html import map_html_bytes
from footprints.exchange.refreshed import refresh_page
from footprints.metrics.growth import growth_of
from footprints.moving import Patients, moving
from footprints.refreshing import past_of_area, refresh
from footprints.refreshing.future import Future, stands
from footprints.score import score
from footprints.standing import standings
from optimise import Criteria, CriteriaError, build_problem, prospect, solve
from optimise.certificate import check_criteria
from optimise.counting import called, is_known, people_counted, whom, years
from optimise.criteria import Locks
from tests.grids import grid_area
from tests.plans import drawn, with_practices
from tests.test_counting import divisions
from tests.test_desk import SIGNED, paint
from tests.test_map_html import Page

IN_2031 = Criteria(count="year:2031", within=(), seconds=5)
LINES = replace(IN_2031, minimum=15_000, within=("district",))


def with_growth(rows: list[str], homes: Sequence[tuple[int, int, float]], residents: int = 10_000) -> Area:
    """A drawn area with (position, year, people) to come."""
    area = grid_area(rows, residents)
    rows_of = [
        {
            "unit": area.codes[at],
            "year": year,
            "people": people,
            "homes": 0.0,
            "site": "",
            "source": "",
            "basis": "LSOA",
        }
        for at, year, people in homes
    ]
    table = pd.DataFrame(rows_of)[list(no_growth().columns)]
    return replace(area, growth=table, people_year=2024)


def test_people_of_a_year_are_residents_and_all_that_is_built_by_then() -> None:
    area = with_growth(["AAA"], [(0, 2027, 400.4), (0, 2031, 1_000.0), (2, 2031, 60.0), (1, 2036, 9_000.0)])
    assert people_counted(area, "year:2031").tolist() == [11_400, 10_000, 10_060]
    assert people_counted(area, "year:2036").tolist() == [11_400, 19_000, 10_060]
    assert years(area) == (2027, 2031, 2036) and is_known(area, "year:2027") and not is_known(area, "year:2030")
    assert (called("year:2031"), whom("year:2031")) == ("people in 2031", "people in 2031")
    assert Criteria.from_json(IN_2031.to_json()) == IN_2031


def test_a_year_that_is_not_known_is_refused_in_words() -> None:
    area = with_growth(["AAA"], [(0, 2027, 400.0), (2, 2036, 60.0)])
    with pytest.raises(CriteriaError, match="count people in 2031, but the table of growth for Gridshire") as told:
        build_problem(area, IN_2031)
    assert "2027, 2036" in told.value.mend
    with pytest.raises(CriteriaError, match="no table of growth is loaded") as told:
        build_problem(grid_area(["AAA"]), IN_2031)
    assert "growth.csv" in told.value.mend
    for wrong in ("year:31", "year:", "2031", "year:2031 "):
        with pytest.raises(CriteriaError, match="or a year of growth such as year:2031"):
            Criteria(count=wrong)


def test_metrics_standing_checker_growth_and_editor_count_the_same_year(tmp_path: Path) -> None:
    area = with_growth(["AAAA"], [(0, 2031, 15_000.0), (3, 2036, 12_000.0)])
    plan = drawn(area, ["aabb"], replace(IN_2031, minimum=25_000, maximum=40_000, target=30_000))
    card = score(plan, area)
    assert not card.failed and card.neighbourhoods["deviation_people"].tolist() == [5_000, -10_000]
    assert card.neighbourhoods["in_range"].tolist() == [True, False]
    assert "people in 2031 larger or smaller" in next(t for t in card.terms if t.key == "deviation").in_words
    assert [(own.people, own.in_range, own.stand_in) for own in standings(plan, area)] == [
        (35_000, True, False), (20_000, False, False),
    ]  # fmt: skip
    (fault,) = check(plan, area).criteria
    assert "20,000 people in 2031, outside the range you set" in fault.message
    ground = Ground.of(area)
    assert ground.counting(plan)[0] == "year:2031" and ground.people(plan).tolist() == [25_000, 10_000, 10_000, 10_000]
    assert Catalogue(area, maps.draw(area)).document("")["units"]["year:2036"] == [25_000, 10_000, 10_000, 22_000]
    growth = growth_of(plan, area)
    assert growth is not None and growth.range_year == 2031
    assert growth.now.tolist() == [20_000, 20_000, 0] and growth.out_now == (plan.codes[1],) and not growth.leaving
    lines = neighbourhood_table(plan, card).splitlines()
    assert "in 2031" in lines[0] and "35,000" in "".join(lines)
    write_plan(plan, area, tmp_path / "out")
    assert read_plan(tmp_path / "out", area).criteria.count == "year:2031"
    with pytest.raises(PlanError, match="would count them twice"):
        stands(plan, area, Future("homes.csv", "growth", {}, {}))
    bare = replace(area, growth=no_growth())
    assert standings(plan, bare)[0].stand_in
    with pytest.raises(DataError, match="the table of growth for Gridshire has no such year"):
        growth_of(plan, replace(area, growth=area.growth[area.growth["year"] > 2031]))


def test_who_leaves_is_told_from_the_year_of_the_range_on() -> None:
    """a has 20,000 now and 35,000 in 2031, b 20,000 until 2036 and then 45,000."""
    area = with_growth(["AAAA"], [(0, 2031, 15_000.0), (3, 2036, 25_000.0)])
    plan = drawn(area, ["aabb"], replace(IN_2031, minimum=20_000, maximum=36_000, target=30_000))
    growth = growth_of(plan, area)
    assert growth is not None and growth.out_now == ()
    assert [(one.code, one.year, one.people) for one in growth.leaving] == [(plan.codes[1], 2036, 45_000)]


def test_a_fault_says_whom_the_range_counts() -> None:
    """Nobody is on a list in the units left out; they have people all the same."""
    area = grid_area(["AAAA"])
    listed = with_practices(area, {"P": (area.codes[0], "", 40_000.0)}, [("P", area.codes[0], 5.0)])
    for made, count, said in (
        (listed, "lists", "2 LSOAs with 0 patients on lists of practices sited here have no neighbourhood"),
        (with_growth(["AAAA"], [(3, 2031, 500.0)]), "year:2031", "2 LSOAs with 20,500 people in 2031 have no"),
        (area, "residents", "2 LSOAs with 20,000 people have no neighbourhood"),
    ):
        plan = drawn(made, ["aa--"], replace(IN_2031, count=count, minimum=10_000))
        assert any(said in fault.message for fault in check(plan, made).criteria)


def test_a_plan_on_a_year_that_the_new_files_lack_is_red_and_nobody_stands_in() -> None:
    area = with_growth(["AAAA"], [(0, 2031, 15_000.0)])
    plan = drawn(area, ["aabb"], replace(IN_2031, minimum=15_000, maximum=40_000, target=30_000))
    bare = replace(area, growth=no_growth(), digest="next year")
    for past in (past_of_area(plan, area, "last year"), None):
        found = refresh(plan, bare, past)
        (red,) = [own for own in found.reasons if own.colour == "red"]
        assert found.colour == "red" and "people in 2031, whom the new files do not have" in red.words
        assert not any(own.kind == "growth" or "in range." in own.words for own in found.reasons)
        assert [own.in_range for own in found.people or ()] == ([None, None] if past else [])
        page = refresh_page(found, bare)
        assert "out of range" not in page and "is not known" in page
    assert refresh(plan, area, past_of_area(plan, area, "last year")).colour == "green"


def test_a_part_keeps_the_years_in_which_nobody_comes_there() -> None:
    area = with_growth(["AABB"], [(0, 2027, 400.0), (1, 2031, 900.0), (3, 2036, 50.0)])
    west, east = (part_of(area, codes, name) for codes, name in ((area.codes[:2], "A"), (area.codes[2:], "B")))
    assert years(west) == years(east) == years(area) == (2027, 2031, 2036)
    assert people_counted(east, "year:2031").tolist() == [10_000, 10_000]
    assert people_counted(east, "year:2036").tolist() == [10_000, 10_050]
    assert west.growth["people"].sum() + east.growth["people"].sum() == area.growth["people"].sum()
    again = part_of(east, east.codes, "B")
    pd.testing.assert_frame_equal(again.growth, east.growth)
    assert west.growth.dtypes.to_dict() == area.growth.dtypes.to_dict() == no_growth().dtypes.to_dict()
    assert not len(part_of(grid_area(["AAA"]), area.codes[:1], "A").growth)


def test_growth_counts_as_the_checker_does_to_the_person() -> None:
    """Four units with 0.4 people more each: 40,000 to the person by unit, and 40,001.6 in fractions."""
    area = with_growth(["AAAA"], [(at, 2031, 0.4) for at in range(4)] + [(0, 2036, 1.0)])
    plan = drawn(area, ["aaaa"], replace(IN_2031, minimum=30_000, maximum=40_000, target=35_000))
    assert not check(plan, area).criteria
    growth = growth_of(plan, area)
    assert growth is not None and growth.out_now == () and growth.people[0, 0] == 40_000
    assert [(one.year, one.people) for one in growth.leaving] == [(2036, 40_003)]


def test_who_is_out_of_range_is_named_and_no_year_left_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    area = with_growth(["AAAA"], [(0, 2031, 15_000.0)])
    asked = replace(IN_2031, minimum=25_000, maximum=40_000, target=30_000)
    plan = drawn(area, ["aabb"], asked)
    _show_growth(growth_of(plan, area), None)
    shown = capsys.readouterr().out
    assert "1 neighbourhood is outside the range of 25,000 to 40,000 in 2031:" in shown
    assert f"  {plan.neighbourhoods[1].name} ({plan.codes[1]})" in shown.splitlines()
    assert "leaves the range" not in shown
    _show_growth(growth_of(replace(plan, criteria=replace(asked, count="residents", minimum=15_000)), area), None)
    shown = capsys.readouterr().out
    assert "outside" not in shown and "No neighbourhood leaves the range of 15,000 to 40,000 by 2031." in shown


def test_the_public_map_tells_people_of_a_year_and_residents() -> None:
    area = with_growth(["AAAA"], [(0, 2031, 15_000.0)])
    plan = drawn(area, ["aabb"], replace(IN_2031, minimum=25_000, maximum=40_000, target=30_000))
    page = Page(map_html_bytes(plan, area).decode())
    assert page.tables[0] == [
        ["Neighbourhood", "Code", "Residents", "In 2031", "Range"],
        [plan.neighbourhoods[0].name, plan.codes[0], "20,000", "35,000", "in range"],
        [plan.neighbourhoods[1].name, plan.codes[1], "20,000", "20,000", "5,000 below"],
    ]
    assert "25,000 to 40,000 people in 2031" in page.text and '"35,000 people in 2031"' in page.scripts[-1]
    unknown = Page(map_html_bytes(plan, replace(area, growth=no_growth())).decode())
    assert [len(row) for row in unknown.tables[0]] == [3, 3, 3]
    assert "The range is on people in 2031, who are not in this file" in unknown.text


def test_residents_who_stand_in_are_called_so_when_areas_move() -> None:
    area = with_growth(["AAAA"], [(0, 2031, 15_000.0)])
    plan = drawn(area, ["aabb"], replace(IN_2031, minimum=10_000))
    for made, who in ((area, "people in 2031"), (replace(area, growth=no_growth()), "people")):
        told = moving(plan, Patients.of(made), [area.codes[1]], plan.codes[1])
        assert (told.leaves.whom, told.enters.whom) == (who, who)


def test_the_desk_and_exceptions_say_whom_the_range_counts() -> None:
    area = with_growth(["AAAA"], [(0, 2031, 15_000.0)])
    plan = drawn(area, ["aabb"], replace(IN_2031, minimum=10_000, maximum=40_000, target=30_000))
    desk = Desk(area, sign=lambda: SIGNED)
    key = desk.change(lambda shelf: shelf.add(plan)).current
    words = desk.submit("tab", key, 0, [paint(1, "2", 0)])["outcomes"][0]["words"]
    assert "now has 45,000 people in 2031, out of range" in words
    alone = with_growth(["ABB"], [(0, 2031, 500.0)])
    (small,) = prospect(build_problem(alone, LINES), LINES).exceptions
    assert "has 10,500 people in 2031, below the minimum of 15,000" in small.message
    frozen = replace(IN_2031, minimum=30_000, locks=Locks(frozen=(("N1", area.codes[2:]),)), neighbourhoods=None)
    told = [own.message for own in prospect(build_problem(area, frozen), frozen).exceptions]
    assert any("N1 has 20,000 people in 2031, outside the range" in words for words in told)


def test_areas_in_no_neighbourhood_are_told_in_residents_beside_a_range_on_lists() -> None:
    area = grid_area(["AAAA"])
    listed = with_practices(area, {"P": (area.codes[0], "", 40_000.0)}, [("P", area.codes[0], 5.0)])
    desk = Desk(listed, sign=lambda: SIGNED)
    plan = drawn(listed, ["-aab"], replace(IN_2031, count="lists"))
    key = desk.change(lambda shelf: shelf.add(plan)).current
    assert desk.open(key, "tab")["unassigned"] == {"units": 1, "people": 10_000}
    desk.submit("tab", key, 0, [paint(1, "2", 1)])
    assert desk.open(key, "tab")["change"] == {"units": 1, "people": 10_000}


def _form(area: object, was: object) -> None:  # AppTest runs its text as a script: it knows no name of this file
    import streamlit as st

    from footprints.ui import question

    st.session_state["asked"] = question.ask(area, st.session_state.get("was", was))  # type: ignore[arg-type]


def test_a_year_that_the_table_lacks_is_named_and_one_year_needs_no_slider() -> None:
    area = with_growth(["AAAA"], [(0, 2031, 15_000.0)])
    for was, said in (("year:2031", False), ("year:2029", True)):
        app = AppTest.from_function(_form, kwargs={"area": area, "was": replace(IN_2031, count=was)}).run()
        assert not app.exception and app.session_state["asked"].count == "year:2031"
        assert not [one for one in app.select_slider if one.key == "q_year"]
        assert any("people in 2029" in one.proto.body for one in app.get("html")) is said
        app.session_state["was"] = app.session_state["asked"]  # the page keeps what was asked and may run again at once
        assert any("people in 2029" in one.proto.body for one in app.run().get("html")) is said
        app.radio(key="q_count").set_value("residents").run()
        assert app.session_state["asked"].count == "residents"
        assert not any("people in 2029" in one.proto.body for one in app.get("html"))
    app = AppTest.from_function(_form, kwargs={"area": grid_area(["AAAA"]), "was": IN_2031}).run()
    assert app.session_state["asked"].count == "residents"
    assert any("people in 2031" in one.proto.body for one in app.get("html"))


@settings(max_examples=10, deadline=None, derandomize=True)
@given(homes=st.dictionaries(st.integers(0, 8), st.sampled_from([500.0, 3_000.0, 7_000.0]), min_size=1, max_size=5))
def test_a_plan_for_a_year_is_in_range_then_and_no_plan_is_below_its_bound(homes: dict[int, float]) -> None:
    area = with_growth(["AAA", "AAA", "AAA"], [(at, 2031, people) for at, people in homes.items()], residents=3_000)
    total = 27_000 + int(sum(homes.values()))
    asked = replace(IN_2031, minimum=total // 3, maximum=2 * total // 3 + 1, target=total // 2, neighbourhoods=2)
    problem = build_problem(area, asked)
    people = people_counted(area, "year:2031").tolist()
    every = divisions(area, 2, asked.minimum, asked.maximum, people)
    if prospect(problem, asked).reasons:
        assert not every
        return
    found = solve(problem, asked, processes=1)
    assert (found.assignment is None) == (not every)
    if found.assignment is None or found.objective is None:
        return
    where = {code: str(d) for code, d in zip(area.codes, found.assignment, strict=True)}
    assert not check_criteria(problem, asked, where)
    assert found.bound <= found.objective * (1 + 1e-9)
    sizes = [sum(n for n, d in zip(people, found.assignment, strict=True) if d == own) for own in (0, 1)]
    term = next(t for t in found.terms if t.key == "deviation")
    assert term.people == pytest.approx(sum(abs(size - asked.target) for size in sizes))

"""Seen from one body: its people, those beyond its line, and the whole; and what is compared adds up to the person."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area, Level
from footprints.bodies import Body, bodies, body
from footprints.compare import Comparison, compare
from footprints.errors import PlanError
from footprints.exchange import comparison_files
from footprints.narrowing import narrowed, reconciled
from footprints.options_table import options_table
from footprints.plan import Plan
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn, with_practices

CRITERIA = Criteria(target=60_000, minimum=30_000, maximum=120_000, comfortable=(40_000, 95_000), within=())


@pytest.fixture(scope="module")
def area() -> Area:
    """Two councils of nine cells with 10,000 people in each, a practice in each; the west is the more deprived."""
    made = with_practices(
        grid_area(["AAABBB"] * 3, msoa=["CCCDDD"] * 3),
        {"X99001": ("E01900001", "U90001", 1_000.0), "X99002": ("E01900006", "U90002", 1_000.0)},
        [("X99001", "E01900001", 1_000.0), ("X99002", "E01900006", 1_000.0)],
    )
    units = made.units.assign(imd_decile=[1.0, 1.0, 1.0, 9.0, 9.0, 9.0] * 3)
    return dataclasses.replace(made, units=units)


@pytest.fixture(scope="module")
def both(area: Area) -> tuple[Plan, Plan]:
    """The first crosses the line in its middle third; the second does not, and the east is as it was."""
    across = drawn(area, ["aabbcc"] * 3, CRITERIA, name="Across")
    own = [dataclasses.replace(n, place="North" if i < 2 else "South") for i, n in enumerate(across.neighbourhoods)]
    across = dataclasses.replace(across, neighbourhoods=tuple(own))
    return across, drawn(area, ["aaabcc"] * 3, CRITERIA, name="Kept")


@pytest.fixture(scope="module")
def west(area: Area) -> Body:
    return body("District A", area, [])


@pytest.fixture(scope="module")
def found(area: Area, both: tuple[Plan, Plan], west: Body) -> Comparison:
    return compare(both, area, west)


def test_a_neighbourhood_across_the_line_has_its_people_inside_and_its_whole(
    area: Area, both: tuple[Plan, Plan], west: Body
) -> None:
    own = narrowed(west, both[0], area)
    assert [(p.inside, p.beyond, p.whole, p.crosses) for p in own.own] == [
        (60_000, 0, 60_000, False), (30_000, 30_000, 60_000, True),
    ]  # fmt: skip
    assert [p.whole for p in own.others] == [60_000]
    assert (own.residents, own.settled, own.shared, own.everyone) == (90_000, 90_000, 30_000, 180_000)
    assert "crosses its line" in own.across and "30,000 of its 60,000 residents inside" in own.across
    assert narrowed(west, both[1], area).across == "No neighbourhood of “Kept” crosses its line."


def test_the_line_says_how_many_of_how_many_and_where_the_others_are(
    area: Area, both: tuple[Plan, Plan], west: Body
) -> None:
    assert reconciled(west, area, both) == (
        "Narrowed to District A (district): 90,000 of 180,000 residents of Gridshire; "
        "the other 90,000 are in District B (90,000)."
    )
    place = body("place:north", area, both)
    assert reconciled(place, area, both) == (
        "Narrowed to North (place of the plan): 120,000 of 180,000 residents of Gridshire; the other 60,000 are in "
        "South (60,000). Its LSOAs are those of the place in “Across”, under every option."
    )


def test_only_what_moves_inside_is_told_and_the_rest_in_a_line(found: Comparison) -> None:
    change = found.changes[0]
    assert (change.people_moved, change.people_stayed, change.everyone) == (30_000, 60_000, 90_000)
    assert change.elsewhere is not None
    assert (change.elsewhere.people_moved, change.elsewhere.everyone) == (0, 90_000)
    assert change.in_words == (
        "From “Across” to “Kept” 30,000 of the 90,000 residents of District A (33.3%) in 3 LSOAs change neighbourhood; "
        "of the 90,000 elsewhere, 0 do."
    )
    deprived = next(by for by in change.groups if by.key == "deprivation").groups
    assert [(g.everyone, g.moved) for g in deprived if g.everyone] == [(90_000, 30_000)] * 2
    east = compare(found.plans, found.area, body("District B", found.area, []))
    assert not east.units_moved and "none of the 90,000 residents of District B changes" in east.changes[0].in_words


def test_practices_are_those_sited_inside_and_the_others_are_counted(area: Area, west: Body) -> None:
    plans = [
        drawn(area, ["aabbcc"] * 3, CRITERIA, name="One"),
        drawn(area, ["aabbcb", "aabbcc", "aabbcc"], CRITERIA, name="Two"),
    ]
    east = body("District B", area, [])
    whole, there, here = (compare(plans, area, one).services(0, 1) for one in (None, east, west))
    assert [row.practice for row in whole.practices] == [row.practice for row in there.practices] == ["X99002"]
    assert [row.pcn for row in there.pcns] == [row.pcn for row in whole.pcns] == ["U90002"]
    assert (there.practices_elsewhere, there.pcns_elsewhere) == (0, 0)
    assert (here.practices, here.pcns, here.practices_elsewhere, here.pcns_elsewhere) == ((), (), 1, 1)


def test_rows_of_the_body_come_first_and_those_after_them_are_of_the_whole(
    found: Comparison, area: Area, both: tuple[Plan, Plan]
) -> None:
    rows, whole = options_table(found), options_table(compare(both, area))
    own = {row.key: row.values for row in rows if row.key.startswith("body_")}
    assert own["body_neighbourhoods"] == (2, 1) and own["body_crossing"] == (1, 0)
    assert own["body_residents"] == (90_000, 90_000) and own["body_shared"] == (30_000, 0)
    assert own["body_moved"] == (None, 30_000)
    assert rows[len(own) :] == whole


def test_the_files_of_a_narrowed_comparison_add_up(found: Comparison) -> None:
    files = comparison_files(found, found.plans, found.area)
    rows = list(csv.DictReader(io.StringIO(files["body.csv"].decode("utf-8-sig"))))
    across = [row for row in rows if row["option"] == "Across"]
    for column in ("residents_inside", "residents_beyond", "residents"):
        assert sum(int(row[column]) for row in across[:-1]) == int(across[-1][column])
    assert across[-1]["residents_inside"] == "90000" and across[-1]["residents"] == "180000"
    likeness = next(csv.DictReader(io.StringIO(files["likeness.csv"].decode("utf-8-sig"))))
    assert (likeness["residents"], likeness["residents_elsewhere"]) == ("90000", "90000")
    plain = comparison_files(compare(found.plans, found.area), found.plans, found.area)
    assert "body.csv" not in plain and b"elsewhere" not in plain["likeness.csv"]


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_all_bodies_of_a_level_and_what_is_in_none_add_up_to_the_whole(data: st.DataObject) -> None:
    people = data.draw(st.lists(st.integers(0, 5_000), min_size=16, max_size=16))
    area = grid_area(["AABB"] * 4, people)
    councils = data.draw(st.lists(st.sampled_from(["", "K1", "K2", "K3"]), min_size=16, max_size=16))
    own = Level("upper_tier", "Upper tier", tuple(councils), {"K1": "One", "K2": "Two"}, "exact", "drawn")
    units = area.units.assign(imd_decile=data.draw(st.lists(st.integers(1, 10).map(float), min_size=16, max_size=16)))
    ages = pd.DataFrame({"0-64": people, "65+": people}, index=area.units.index)
    area = dataclasses.replace(area, levels={**area.levels, "upper_tier": own}, units=units, ages=ages)
    letters = st.text("abcd-", min_size=4, max_size=4)
    plans = [drawn(area, data.draw(st.lists(letters, min_size=4, max_size=4)), name=name) for name in ("One", "Two")]
    every = [one for one in bodies(area, plans) if one.kind == "upper_tier"]
    inside = set().union(*(one.units for one in every))
    none = Body("none", "upper_tier", "", "none", frozenset(set(area.codes) - inside))
    whole = compare(plans, area)
    total, groups, moved = Counter[str](), Counter[tuple[str, str, str]](), Counter[tuple[str, str]]()
    of = {plan.name: Counter[str]() for plan in plans}
    for one in (*every, none):
        narrow = compare(plans, area, one).changes[0]
        assert narrow.elsewhere is not None and narrow.matching == whole.matching
        assert narrow.people_moved + narrow.elsewhere.people_moved == whole.people_moved
        assert narrow.units_moved + narrow.elsewhere.units_moved == whole.units_moved
        assert narrow.everyone + narrow.elsewhere.everyone == sum(people)
        total.update({"moved": narrow.people_moved, "units": narrow.units_moved, "all": narrow.everyone})
        for by in narrow.groups:
            for group in by.groups:
                groups.update({(by.key, group.name, "all"): group.everyone, (by.key, group.name, "move"): group.moved})
        for row in narrow.moved.itertuples():
            moved[row.from_code, row.to_code] += row.people
        for plan in plans:
            seen = narrowed(one, plan, area)
            assert seen.everyone == sum(people)
            of[plan.name].update({part.code: part.inside for part in seen.parts} | {"": seen.loose})
            assert seen.residents == sum(n for n, u in zip(people, area.codes, strict=True) if u in one.units)
    first = whole.changes[0]
    assert total == Counter({"moved": first.people_moved, "units": first.units_moved, "all": first.everyone})
    for by in first.groups:
        for group in by.groups:
            assert groups[by.key, group.name, "all"] == group.everyone
            assert groups[by.key, group.name, "move"] == group.moved
    assert +moved == +Counter({(r.from_code, r.to_code): r.people for r in first.moved.itertuples()})
    for plan in plans:
        where = plan.where()
        sums = Counter[str]()
        for unit, number in zip(area.codes, people, strict=True):
            sums[where.get(unit, "")] += number
        assert +of[plan.name] == +sums


def test_a_body_that_is_not_there_is_refused_with_those_there_are(area: Area) -> None:
    with pytest.raises(PlanError, match="District A"):
        body("Elsewhere", area, [])
    assert np.array_equal(body("E07000001", area, []).inside(area), [True, True, True, False, False, False] * 3)


def test_a_council_that_is_both_tiers_is_one_body(area: Area) -> None:
    district = area.level("district")
    both = Level(
        "upper_tier",
        "Upper tier",
        tuple(code if code == "E07000001" else "K1" for code in district.assignment),
        {"E07000001": "District A", "K1": "The county"},
        "exact",
        "drawn",
    )
    two = dataclasses.replace(area, levels={**area.levels, "upper_tier": both})
    named = [(one.name, one.kind) for one in bodies(two, [])]
    assert named == [("District A", "upper_tier"), ("The county", "upper_tier"), ("District B", "district")]
    assert body("E07000001", two, []).kind == body("District A", two, []).kind == "upper_tier"


def test_a_place_has_the_lsoas_that_it_has_in_the_first_plan_where_it_has_any(
    area: Area, both: tuple[Plan, Plan]
) -> None:
    first, *rest = both[0].neighbourhoods
    every = dataclasses.replace(
        drawn(area, ["aaaaaa"] * 3, CRITERIA, name="One"),
        neighbourhoods=(
            dataclasses.replace(first, place="All"),
            *(dataclasses.replace(n, place="North") for n in rest),
        ),
    )
    found = {one.name: one.plan for one in bodies(area, [every, both[0]]) if one.kind == "place"}
    assert found == {"All": every.id, "North": both[0].id, "South": both[0].id}

"""A paper narrowed to one body: its part, what is outside in one line, and the whole, to the person."""

from __future__ import annotations

import dataclasses

import pytest

from boundaries.area import Area
from footprints import edit
from footprints.bodies import body
from footprints.changes import recorded
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.report import Asked, Document, paper
from footprints.report.details import Details
from footprints.report.parts import Callout, Table, Text
from footprints.report.pdf import pdf_bytes
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn, with_practices

CRITERIA = Criteria(target=60_000, minimum=30_000, maximum=120_000, comfortable=(40_000, 95_000), within=())
ACROSS, TODAY = ["aabbcc"] * 3, ["aaabbc"] * 3


@pytest.fixture(scope="module")
def area() -> Area:
    """Two councils of nine cells, 10,000 people in each; a practice in each."""
    return with_practices(
        grid_area(["AAABBB"] * 3, msoa=["CCCDDD"] * 3, upper={"A": "A", "B": "B"}),
        {"X99001": ("E01900001", "U90001", 1_000.0), "X99002": ("E01900006", "U90001", 1_000.0)},
        [("X99001", "E01900001", 1_000.0), ("X99002", "E01900006", 600.0), ("X99002", "E01900001", 400.0)],
    )


def number(text: str) -> int:
    return int(text.replace(",", ""))


def table(made: Document, title: str) -> Table:
    return next(b for b in made.blocks if isinstance(b, Table) and b.title.startswith(title))


def labelled(own: Table, label: str) -> list[str]:
    (row,) = [r for r in own.rows if not r.band and r.cells[0].text.startswith(label)]
    return [cell.text for cell in row.cells[1:]]


@pytest.fixture(scope="module")
def plan(area: Area) -> Plan:
    made = drawn(area, ACROSS, CRITERIA, name="Across")
    own = [dataclasses.replace(n, place="North" if i < 2 else "South") for i, n in enumerate(made.neighbourhoods)]
    return dataclasses.replace(made, neighbourhoods=tuple(own))


@pytest.fixture(scope="module")
def narrowed(area: Area, plan: Plan) -> Document:
    today = drawn(area, TODAY, CRITERIA, name="Today")
    code = area.levels["upper_tier"].assignment[0]
    return paper(Asked((plan,), today=today, previous=today, details=Details(), only=code), area)


def test_each_table_adds_up_to_the_whole(area: Area, plan: Plan, narrowed: Document) -> None:
    name = area.levels["upper_tier"].names[area.levels["upper_tier"].assignment[0]]
    two = table(narrowed, "Table 2")
    heads = [c.label for c in two.columns]
    at, part = heads.index("Residents"), heads.index("Of these inside")
    rows = [(r.cells[1].text, number(r.cells[at].text), number(r.cells[part].text)) for r in two.rows]
    assert [(whole, inside) for _, whole, inside in rows] == [
        (60_000, 60_000), (60_000, 30_000), (60_000, 0), (180_000, 90_000),
    ]  # fmt: skip
    assert rows[2][0] == "1 neighbourhood wholly outside" and two.rows[-1].total
    registered = [number(r.cells[heads.index("Registered here")].text) for r in two.rows]
    assert sum(registered[:-1]) == registered[-1] == 2_000
    assert labelled(table(narrowed, "Residents, to the person"), "Across") == ["90,000", "90,000", "0", "180,000"]
    one = table(narrowed, "Table 1")
    assert [labelled(one, label)[1] for label in ("Neighbourhoods with", "Of these, across", f"Residents of {name} in",
                                                  "Residents beyond")] == ["2", "1", "90,000", "30,000"]  # fmt: skip
    assert labelled(one, f"Residents of {name} whose") == ["–", "30,000"]
    assert labelled(one, "Residents whose") == ["–", "60,000"]
    six = table(narrowed, "Table 6")
    assert [number(r.cells[3].text) for r in six.rows] == [30_000, 30_000, 60_000]
    assert six.rows[1].cells[0].text == f"Outside {name}"
    eight = table(narrowed, "Table 8")
    assert [labelled(eight, label)[0] for label in (f"Residents of {name}", "Residents outside", "All residents")] == [
        "90,000", "90,000", "180,000",
    ]  # fmt: skip
    assert labelled(eight, f"Residents of {name}")[1] == "33.3%"
    annex = next(b for b in narrowed.blocks if isinstance(b, Table) and b.title == "Across" and len(b.columns) == 6)
    assert [r.cells[0].text.split(" (")[0] for r in annex.rows[:1]] == ["Surgery X99001"]
    assert [number(r.cells[2].text) for r in annex.rows[1:]] == [1_000, 1_000, 2_000]
    assert pdf_bytes(narrowed)


def test_it_says_on_its_first_page_and_on_every_page_what_it_is_about(narrowed: Document, area: Area) -> None:
    name = area.levels["upper_tier"].names[area.levels["upper_tier"].assignment[0]]
    callout = narrowed.blocks[1]
    assert isinstance(callout, Callout) and callout.title == f"About {name} alone"
    assert "90,000 of the 180,000 residents" in callout.lines[0]
    assert f"30,000 residents in {name}, 30,000 beyond)" in callout.lines[2]
    assert f"narrowed to {name}" in narrowed.stamp and f"{name} alone" in narrowed.subtitle


def test_a_place_of_the_plan_and_a_name_will_do_and_another_is_refused(area: Area, plan: Plan) -> None:
    north = table(paper(Asked((plan,), only="north"), area), "Table 2")
    at = [c.label for c in north.columns].index("Of these inside")
    assert [number(r.cells[at].text) for r in north.rows] == [60_000, 60_000, 0, 120_000]
    with pytest.raises(PlanError, match="no part of that code or name") as told:
        paper(Asked((plan,), only="Elsewhere"), area)
    assert "North" in str(told.value) and "South" in str(told.value)


def test_a_place_is_the_same_under_every_option_and_is_not_taken_for_a_body_of_its_name(area: Area, plan: Plan) -> None:
    other = drawn(area, TODAY, CRITERIA, name="Other")
    made = paper(Asked((other, plan), only="place:NORTH"), area)
    residents = table(made, "Residents, to the person")
    assert labelled(residents, "Other")[:2] == labelled(residents, "Across")[:2] == ["120,000", "60,000"]
    callout = made.blocks[1]
    assert isinstance(callout, Callout) and "the place in Across" in callout.lines[1]
    name = area.levels["upper_tier"].names[area.levels["upper_tier"].assignment[0]]
    twin = dataclasses.replace(
        plan, neighbourhoods=tuple(dataclasses.replace(n, place=n.place and name) for n in plan.neighbourhoods)
    )
    assert body(name, area, [twin]).kind == "upper_tier"
    place = body(f"place:{name}", area, [twin])
    assert place.kind == "place" and place.key == f"place:{name}" and len(place.units) == len(area.codes)


def test_practices_affected_outside_the_body_are_said(area: Area, plan: Plan) -> None:
    far = area.levels["upper_tier"].assignment[0]
    made = paper(Asked((plan,), only=far), area)
    said = " ".join(block.text for block in made.blocks if isinstance(block, Text))
    assert "No practice sited in " in said and "1 practice is affected outside it, not shown in this copy." in said
    whole = paper(Asked((plan,)), area)
    pcns = [b.title for b in whole.blocks if isinstance(b, Table) and "PCNs with practices" in b.title]
    assert pcns and pcns == [b.title for b in made.blocks if isinstance(b, Table) and "PCNs with" in b.title]


def test_changes_by_hand_add_up_to_the_whole(area: Area, plan: Plan) -> None:
    west, east = plan.neighbourhoods[0].code, plan.neighbourhoods[-1].code
    edited = edit.move(plan, area, [area.codes[0]], east)
    edited = edit.move(edited, area, [area.codes[5]], west)
    edited = recorded(plan, edited, "A. Planner", "2026-11-20T10:00:00Z", why="Asked")
    made = paper(Asked((edited,), only=area.levels["upper_tier"].assignment[0]), area)
    six = table(made, "Table 6")
    assert [r.cells[0].text.split(" ")[0] for r in six.rows[-2:]] == ["Outside", "All"]
    assert [r.cells[3].text for r in six.rows] == ["10,000", "10,000", "20,000"] and six.rows[-1].total

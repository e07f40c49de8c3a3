"""Practices and PCNs under a plan: rows worked by hand, and people that add up in every table."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boundaries import load_area
from boundaries.area import Area
from footprints import edit
from footprints.baselines import baseline
from footprints.errors import PlanError
from footprints.exchange import plan_files
from footprints.exchange.plan_json import plan_bytes, plan_from_bytes
from footprints.exchange.practice_tables import pcn_alignment, practice_lookup, practice_neighbourhood
from footprints.flows import Flows
from footprints.plan import Plan, Task
from footprints.practices import (
    Spread,
    cross_border,
    far_ratios,
    homes_changed,
    impacts,
    kept_whole,
    pcn_rows,
    populations,
    realignments,
    spread_of,
    straddling,
    timetable,
)
from footprints.propose import plan_from_labels
from tests.grids import grid_area
from tests.plans import drawn, with_practices
from tests.test_flows import SLOW, flowing


@pytest.fixture
def area() -> Area:
    """Four units: A and B of PCN P1, C of P2; B is sited in the east though its patients live in the west."""
    grid = grid_area(["AABB"])
    u = grid.codes
    made = with_practices(
        grid,
        {"A": (u[0], "P1", 1_000.0), "B": (u[3], "P1", 500.0), "C": (u[2], "P2", 400.0), "D": ("", "", 90.0)},
        [
            ("A", u[0], 600), ("A", u[1], 150), ("A", u[2], 210), ("B", u[1], 260), ("B", u[3], 240), ("C", u[1], 300),
            ("C", u[3], 100), ("D", u[3], 90),
        ],
    )  # fmt: skip
    away = pd.DataFrame([("A", "wales", 30.0), ("A", "unknown", 10.0)], columns=["practice", "category", "patients"])
    return dataclasses.replace(made, registrations_elsewhere=away)


@pytest.fixture
def plan(area: Area) -> Plan:
    return drawn(area, ["wwee"])


@pytest.fixture
def spread(plan: Plan, area: Area) -> Spread:
    return spread_of(plan, area)


def west_east(plan: Plan) -> tuple[str, str]:
    return plan.where()["E01900001"], plan.where()["E01900004"]


def test_the_homes_of_a_practice(spread: Spread, plan: Plan, area: Area) -> None:
    west, east = west_east(plan)
    rows = {r.practice: r for r in impacts(spread)}
    assert [(r.site, r.main, r.by_pcn, r.agreed) for r in (rows["A"], rows["B"], rows["C"], rows["D"])] == [
        (west, west, west, west), (east, west, west, west), (east, west, west, west), ("", east, "", ""),
    ]  # fmt: skip
    assert [rows[p].homes_differ for p in "ABCD"] == [False, True, True, False]
    moved = spread_of(edit.set_home(plan, "B", east, "Its building is there."), area)
    assert [moved.code(d) for d in moved.agreed] == [west, east, west, ""]
    assert [moved.basis(p) for p in (0, 1, 3)] == [
        "most patients; not yet agreed", "Its building is there.", "sited outside the area"
    ]  # fmt: skip


def test_an_impact_row_by_hand(spread: Spread, plan: Plan) -> None:
    west, east = west_east(plan)
    a, b = impacts(spread)[:2]
    assert (a.practice, a.patients, a.main_patients, a.second_patients) == ("A", 1_000, 750, 210)
    assert a.over_5 == ((west, 750), (east, 210)) and (a.elsewhere, a.unassigned) == (40, 0)
    assert a.main_share == 0.75 and a.effective == pytest.approx(960**2 / (750**2 + 210**2))
    assert a.comment.startswith("It serves two neighbourhoods: 75% in") and "21% in" in a.comment
    assert b.comment.startswith("Its site is in") and "(260)" in b.comment
    assert [r.practice for r in straddling((a, b))] == ["B", "A"]  # 240 and 210 patients in the second


def test_pcns_by_hand(spread: Spread, plan: Plan) -> None:
    west, east = west_east(plan)
    none, first, second = pcn_rows(spread)
    assert (none.pcn, none.patients, none.inside) == ("", 90, ((east, 90),))
    assert (first.pcn, first.practices, first.patients) == ("P1", 2, 1_500)
    assert first.inside == ((west, 1_010), (east, 450)) and (first.unassigned, first.elsewhere) == (0, 40)
    assert first.pieces == 2 and first.sited_in == (west, east) and first.main_share == pytest.approx(1_010 / 1_500)
    assert second.main_share == 0.75
    assert (kept_whole((none, first, second), 0.6), kept_whole((none, first, second), 0.8)) == (2, 0)


def test_who_would_have_to_change(plan: Plan, area: Area) -> None:
    west, east = west_east(plan)
    assert realignments(spread_of(plan, area)) == ()
    agreed = edit.set_home(plan, "B", east, "Its building is there.")
    pcn, practice = realignments(spread_of(agreed, area))
    assert (pcn.kind, pcn.code, pcn.home, pcn.to, pcn.patients) == ("pcn", "P1", west, (east,), 500)
    assert (practice.kind, practice.code, practice.patients) == ("practice", "B", 500)
    assert "it changes PCN, or works across" in practice.in_words
    row = next(r for r in impacts(spread_of(agreed, area)) if r.practice == "B")
    assert row.agreed == east and row.basis == "Its building is there." and "Agreed to belong to" in row.comment


def test_who_crosses_the_border(spread: Spread) -> None:
    assert [(r.practice, r.direction, r.crossing) for r in cross_border(spread)] == [("D", "in", 90), ("A", "out", 30)]
    assert cross_border(spread)[1].outside == (("in Wales", 30),)


def test_three_populations_side_by_side(spread: Spread, plan: Plan, area: Area) -> None:
    west, east = populations(spread, area)[:2]
    assert (west.residents, west.registered, west.lists) == (20_000, 1_310, 1_900)
    assert (east.residents, east.registered, east.lists) == (20_000, 640, 0)
    assert west.registered_ratio == pytest.approx(0.0655) and west.lists_ratio == pytest.approx(1_900 / 1_310)
    moved = spread_of(edit.set_home(plan, "B", west_east(plan)[1]), area)
    assert [row.lists for row in populations(moved, area)] == [1_400, 500, 90]


def test_a_practice_with_most_patients_elsewhere_belongs_to_none_until_someone_says_so(plan: Plan, area: Area) -> None:
    _, east = west_east(plan)
    away = pd.DataFrame([("D", "england_outside", 5_000.0)], columns=["practice", "category", "patients"])
    table = area.practices.assign(list_size=[960.0, 500.0, 400.0, 5_090.0])
    far = dataclasses.replace(area, practices=table, registrations_elsewhere=away)
    spread = spread_of(plan, far)
    assert {r.practice: (r.main, r.agreed) for r in impacts(spread)}["D"] == (east, "")
    assert [row.lists for row in populations(spread, far)] == [1_860, 0, 5_090]
    said = spread_of(edit.set_home(plan, "D", east, "It takes the students."), far)
    assert [row.lists for row in populations(said, far)] == [1_860, 5_090, 0]


def test_areas_far_from_the_own_ratio_of_the_place_and_why(plan: Plan, area: Area) -> None:
    u = area.codes
    units = area.units.assign(registered=[2_000.0, 1_000.0, 1_000.0, 100.0], residents=1_000)
    ages = pd.DataFrame({"Aged 16 to 24 years": [600, 100, 100, 100], "Aged 25 years and over": 900}, index=list(u))
    more, fewer = far_ratios(plan, dataclasses.replace(area, units=units, ages=ages))
    assert (fewer.unit, fewer.ratio, fewer.beyond, fewer.neighbourhood) == (
        u[3],
        0.1,
        -925,
        plan.neighbourhoods[1].name,
    )
    assert (more.unit, more.ratio, more.beyond) == (u[0], 2.0, 975)
    assert (
        more.likely == "40% of residents are aged 16 to 24 (20% in the whole area): students who stayed on a list "
        "after they left."
    )
    assert "prison" in fewer.likely
    assert far_ratios(plan, dataclasses.replace(area, units=units.assign(registered=900.0))) == ()


def test_a_practice_whose_patients_mostly_live_elsewhere_has_no_home_and_says_so(area: Area) -> None:
    table = area.practices.copy()
    table.loc["C", "list_size"] = 4_000.0
    spread = spread_of(drawn(area, ["wwee"]), dataclasses.replace(area, practices=table))
    c = spread.practices.index("C")
    assert spread.agreed[c] == -1 and spread.basis(c) == "most of its patients live outside the area"
    assert spread.basis(spread.practices.index("D")) == "sited outside the area"
    assert spread.basis(spread.practices.index("A")) == "most patients; not yet agreed"


def test_homes_that_differ_between_two_options(plan: Plan, area: Area) -> None:
    west, east = west_east(plan)
    names = {n.code: n.name for n in plan.neighbourhoods}
    agreed = edit.set_home(edit.set_home(plan, "B", east, "Its building is there."), "C", west, "As it is.")
    same = [(west, west, 20_000), (east, east, 20_000)]
    before, after = spread_of(plan, area), spread_of(agreed, area)
    assert [
        (r.practice, r.before, r.after, r.agreed_before, r.agreed_after) for r in homes_changed(before, after, same)
    ] == [("B", names[west], names[east], False, True), ("C", names[west], names[west], False, True)]
    assert homes_changed(after, after, same) == ()
    renumbered = [(west, east, 20_000), (east, west, 20_000)]  # what was west counts as what is east now
    # D, sited outside, has no home before it is agreed.
    assert [r.practice for r in homes_changed(before, before, renumbered)] == ["A", "B", "C"]


def test_who_does_what_by_when(plan: Plan, area: Area) -> None:
    _, east = west_east(plan)
    agreed = edit.set_home(plan, "B", east, "Its building is there.")
    task = Task("P1", " A. Person ", "Letter to the partners", "2027-04-01", "agreed")
    told = edit.set_task(edit.set_task(agreed, task), Task("C", owner="=cmd()"))
    first, second, third = timetable(spread_of(told, area))
    assert (first.code, first.task.owner, first.needed, second.code, second.task.said) == (
        "P1",
        "A. Person",
        True,
        "B",
        False,
    )
    assert (third.code, third.kind, third.pcn, third.needed, third.patients) == ("C", "practice", "P2", False, 0)
    assert plan_from_bytes(plan_bytes(told)) == told and '"tasks"' not in plan_bytes(agreed).decode()
    anew = plan_from_labels(area, dict.fromkeys(area.codes, 0), parent=told)
    assert anew.tasks == told.tasks and plan_from_labels(area, dict.fromkeys(area.codes, 0)).tasks == ()
    rows = table(plan_files(told, area)["service_alignment.csv"])
    assert [(r["code"], r["patients_affected"], r["owner"], r["by_when"], r["task_status"]) for r in rows] == [
        ("P1", "500", "A. Person", "2027-04-01", "agreed"), ("B", "500", "", "", ""), ("C", "0", "'=cmd()", "", ""),
    ]  # fmt: skip
    assert edit.set_task(edit.set_task(told, Task("P1")), Task("C")) == agreed
    for wrong in ({"by_when": "1 April"}, {"by_when": "20270401"}, {"status": "soon"}, {"code": " "}):
        with pytest.raises(PlanError):
            Task(**{"code": "B", **wrong})
    with pytest.raises(PlanError, match="two tasks"):
        dataclasses.replace(plan, tasks=(task, task))


def test_tables_in_the_exported_folder(plan: Plan, area: Area) -> None:
    west, east = west_east(plan)
    agreed = edit.set_home(plan, "B", east, "Its building is there.")
    files = plan_files(agreed, area, status="agreed", valid_from="2027-04-01")
    lookup = {row["practice_code"]: row for row in table(files["practice_lookup.csv"])}
    assert (lookup["A"]["agreed_neighbourhood"], lookup["A"]["reason"]) == (west, "most patients; not yet agreed")
    assert (lookup["B"]["agreed_neighbourhood"], lookup["B"]["reason"]) == (east, "Its building is there.")
    assert (lookup["A"]["patients_outside_area"], lookup["A"]["patients_unknown"]) == ("30", "10")
    long = table(files["practice_neighbourhood.csv"])
    assert [(r["neighbourhood_code"], r["patients"], r["lives"]) for r in long if r["practice_code"] == "A"] == [
        (west, "750", "neighbourhood"), (east, "210", "neighbourhood"), ("", "10", "unknown"), ("", "30", "wales"),
    ]  # fmt: skip
    shares = [(r["pcn_code"], r["neighbourhood_code"], r["share"]) for r in table(files["pcn_alignment.csv"])]
    assert ("P1", west, "0.6733") in shares
    for name in ("practice_lookup.csv", "practice_neighbourhood.csv", "pcn_alignment.csv"):
        row = table(files[name])[0]
        assert (row["plan_version"], row["status"], row["valid_from"]) == (agreed.id, "agreed", "2027-04-01")


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


@SLOW
@given(flowing(), st.lists(st.integers(-1, 2), min_size=6, max_size=6), st.data())
def test_every_table_keeps_every_person(made: tuple[Area, Flows], labels: list[int], data: st.DataObject) -> None:
    area, flows = made
    area = dataclasses.replace(area, units=area.units.assign(registered=flows.living_here))
    plan = plan_from_labels(area, {u: d for u, d in zip(area.codes, labels, strict=True) if d >= 0})
    for code in flows.practices if plan.codes else ():
        if data.draw(st.booleans()):
            plan = edit.set_home(plan, code, data.draw(st.sampled_from(plan.codes)))
    spread = spread_of(plan, area)
    everyone = int(spread.lists.sum())
    assert np.abs(spread.lists - flows.lists).max() <= 0.5 + 1e-6
    away = sum(n for n in spread.elsewhere.values())
    assert (spread.here.sum(axis=1) + away == spread.lists).all()
    rows = impacts(spread)
    assert sum(r.patients for r in rows) == everyone
    for r in rows:
        inside = spread.here[spread.practices.index(r.practice), : spread.k].sum()
        assert r.unassigned + r.elsewhere + inside == r.patients
        assert r.main_patients >= r.second_patients and sum(n for _, n in r.over_5) <= inside
    pcns = pcn_rows(spread)
    assert sum(p.patients for p in pcns) == everyone
    assert all(sum(n for _, n in p.inside) + p.unassigned + p.elsewhere == p.patients for p in pcns)
    three = populations(spread, area)
    assert sum(row.residents for row in three) == int(area.units["residents"].sum())
    assert sum(row.lists for row in three) == everyone
    assert sum(row.registered for row in three) == round(round(float(flows.living_here.sum()), 6))
    for name, key in ((practice_neighbourhood(spread), "practice_code"), (pcn_alignment(spread), "pcn_code")):
        sums: dict[str, int] = defaultdict(int)
        for row in table(name):
            sums[row[key]] += int(row["patients"])
        own = (
            {p.pcn: p.patients for p in pcns}
            if key == "pcn_code"
            else dict(zip(spread.practices, spread.lists, strict=True))
        )
        assert dict(sums) == {code: n for code, n in own.items() if n}
    for row in table(practice_lookup(spread)):
        p = spread.practices.index(row["practice_code"])
        told = int(row["patients_outside_area"]) + int(row["patients_unknown"]) + int(spread.here[p].sum())
        assert int(row["patients"]) == told


@pytest.mark.places
def test_a_real_place_adds_up(cambridgeshire: object) -> None:
    area = load_area(cambridgeshire)
    spread = spread_of(baseline(area, "pcn-contiguous"), area)
    rows, pcns = impacts(spread), pcn_rows(spread)
    assert sum(r.patients for r in rows) == sum(p.patients for p in pcns) == spread.lists.sum()
    # Every practice of the area agrees with its published list of July 2022.
    listed = area.practices["list_size"]
    assert all(r.patients == round(float(listed[r.practice])) for r in rows if r.practice in listed.index)
    assert kept_whole(pcns, 0.9) <= kept_whole(pcns, 0.8) <= sum(p.ours for p in pcns if p.pcn)
    assert any(r.homes_differ for r in rows) and straddling(rows) and cross_border(spread)

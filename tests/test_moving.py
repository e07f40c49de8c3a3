"""What a move does, and why a line is where it is: by hand on drawn areas, against edits, on a real place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries import load_area
from boundaries.area import Area
from footprints import edit
from footprints.errors import PlanError
from footprints.lines import line_between
from footprints.moving import Patients, moving
from footprints.plan import Plan
from footprints.propose import plan_from_labels
from footprints.standing import standings
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import plans, with_practices

SMALL = Criteria(within=(), minimum=1_500, maximum=4_500, target=3_000, comfortable=(2_000, 4_000))


def row_of_six() -> tuple[Area, Plan]:
    """Six areas of 1,000 people in a row, 1 km apart: 012 | 345. P is sited in 0, Q in 5 (of one PCN), R outside.

    Area 2 has 600 patients with Q, 300 with P and 50 with R; 3 has 700 with Q; 0 and 1 are all with P."""
    area = grid_area(["AAAAAA"], 1_000)
    u = area.codes
    area = with_practices(
        area,
        {"P": (u[0], "U00001", 0.0), "Q": (u[5], "U00001", 0.0), "R": ("", "", 0.0)},
        [("P", u[0], 900.0), ("P", u[1], 900.0), ("P", u[2], 300.0), ("Q", u[2], 600.0), ("R", u[2], 50.0),
         ("Q", u[3], 700.0), ("Q", u[4], 20.0)],
    )  # fmt: skip
    labels = {code: int(i > 2) for i, code in enumerate(u)}
    return area, plan_from_labels(area, labels, SMALL)


def test_a_move_tells_people_distance_patients_and_practices() -> None:
    area, plan = row_of_six()
    west, east = plan.where()[area.codes[0]], plan.where()[area.codes[5]]
    told = moving(plan, Patients.of(area), [area.codes[2]], east)
    assert (told.residents, told.patients, told.here, told.there) == (1_000, 950, 300, 600)
    assert (told.leaves.code, told.leaves.before, told.leaves.after, told.leaves.fits) == (west, 3_000, 2_000, True)
    assert (told.enters.code, told.enters.before, told.enters.after, told.enters.pieces) == (east, 3_000, 4_000, 1)
    assert told.km == pytest.approx((1.0, 2.0)) and told.sound
    assert [(one.code, one.patients, one.where == told.enters.name) for one in told.practices] == [
        ("Q", 600, True), ("P", 300, False), ("R", 50, False),
    ]  # fmt: skip
    q, p, r = told.practices
    assert q.main == (told.enters.name, told.enters.name) and q.share == pytest.approx((720 / 1_320, 1.0))
    assert p.share == pytest.approx((1.0, 1_800 / 2_100))
    assert r.where == "" and r.main == (told.leaves.name, told.enters.name)
    (pcn,) = told.pcns
    assert pcn.patients == 900 and pcn.share == pytest.approx((2_700 / 3_420, 1_800 / 3_420))
    said = " ".join(told.in_words)
    assert "Of the 950 registered patients who live there 300 (32%) have their practice in" in said
    assert f"Most patients of Surgery R (R) would then live in {told.enters.name}, not {told.leaves.name}." in said


def test_practices_of_few_are_summed_up_and_all_add_up() -> None:
    """Nine practices far off have four patients each among the 986 who would move, and no others in the plan."""
    area, plan = row_of_six()
    u, east = area.codes, plan.where()[area.codes[5]]
    far = pd.DataFrame([(f"F{n}", u[2], 4.0) for n in range(9)], columns=["practice", "unit", "patients"])
    area = replace(area, registrations=pd.concat([area.registrations, far], ignore_index=True))
    told = moving(plan, Patients.of(area), [u[2]], east)
    said = " ".join(told.in_words)
    assert told.patients == 986 and len(told.practices) == 12
    assert "Surgery R (outside the plan), 50; and 36 with 9 further practices." in said
    assert said.count("Most patients of") == 1 and "Most patients of Surgery R (R) would then live in" in said
    assert "9 further practices, with few patients here (36 of those who would move), would have most of all" in said


def test_patients_of_a_practice_that_is_not_in_the_table_are_counted_elsewhere() -> None:
    area, plan = row_of_six()
    u, east = area.codes, plan.where()[area.codes[5]]
    more = pd.DataFrame([("X", u[2], 7.0)], columns=["practice", "unit", "patients"])
    area = replace(area, registrations=pd.concat([area.registrations, more], ignore_index=True))
    told = moving(plan, Patients.of(area), [u[2]], east)
    assert (told.patients, told.here, told.there) == (957, 300, 600)
    assert told.practices[-1].code == "X" and told.practices[-1].patients == 7


def test_what_breaks_or_leaves_the_range_is_said() -> None:
    area, plan = row_of_six()
    east = plan.where()[area.codes[5]]
    broken = moving(plan, Patients.of(area), [area.codes[1]], east)
    assert (broken.leaves.pieces, broken.enters.pieces, broken.sound) == (2, 2, False)
    assert "in range, in 2 pieces" in broken.in_words[0]
    two = moving(plan, Patients.of(area), area.codes[1:3], east)
    assert (two.leaves.after, two.leaves.fits, two.enters.after, two.enters.fits) == (1_000, False, 5_000, False)
    assert "2 areas (2,000 people)" in two.in_words[0] and "out of range" in two.in_words[0]


def test_levels_that_are_cut_or_made_whole_are_named() -> None:
    area = grid_area(["AAAA"], 1_000)
    msoa = replace(area.levels["district"], key="msoa", label="MSOA", assignment=("1", "1", "2", "2"),
                   names={"1": "Left Hand", "2": "Right Hand"})  # fmt: skip
    area = replace(area, levels={**area.levels, "msoa": msoa})
    plan = plan_from_labels(area, dict(zip(area.codes, (0, 0, 0, 1), strict=True)), SMALL)
    east = plan.where()[area.codes[3]]
    assert moving(plan, Patients.of(area), [area.codes[2]], east).unites == ("the MSOA Right Hand",)
    both = moving(plan, Patients.of(area), area.codes[1:3], east)
    assert both.divides == ("the MSOA Left Hand",) and both.unites == ("the MSOA Right Hand",)


def test_a_line_tells_its_length_its_patients_and_who_could_change_sides() -> None:
    area, plan = row_of_six()
    west, east = (plan.where()[area.codes[i]] for i in (0, 5))
    told = line_between(plan, Patients.of(area), west, east)
    assert told.km == pytest.approx(1.0) and told.beside == (1, 1) and told.crossing == (600, 0)
    assert told.sharing == round(1_000 * min(1.0, 600 / 950))
    assert [move.units for move in told.contested] == [(area.codes[2],)]
    back = line_between(plan, Patients.of(area), east, west)
    assert back.crossing == (0, 600) and back.beside == (1, 1)
    assert "could change sides: 600 of its patients" in told.offers[0]
    held = replace(plan, criteria=replace(SMALL, minimum=2_500))  # what leaves the range is no offer
    assert line_between(held, Patients.of(area), west, east).contested == ()


def test_what_cannot_be_told_is_refused_in_words() -> None:
    area, plan = row_of_six()
    west, east = (plan.where()[area.codes[i]] for i in (0, 5))
    evidence = Patients.of(area)
    for units, to in (([area.codes[0]], west), ([area.codes[0], area.codes[5]], east), ([], east)):
        with pytest.raises(PlanError):
            moving(plan, evidence, units, to)
    with pytest.raises(PlanError, match="do not touch"):
        line_between(plan, evidence, west, west)
    with pytest.raises(PlanError):
        line_between(plan, evidence, west, "NONE-99")


def test_without_registrations_the_rest_is_still_told() -> None:
    area = grid_area(["AAAA"], 1_000)
    plan = plan_from_labels(area, dict(zip(area.codes, (0, 0, 1, 1), strict=True)), SMALL)
    west, east = (plan.where()[area.codes[i]] for i in (0, 3))
    told = line_between(plan, Patients.of(area), west, east)
    assert told.sharing is None and told.offers == () and "nothing is known of practices" in " ".join(told.in_words)
    assert "No registered patients are known there" in " ".join(
        moving(plan, Patients.of(area), area.codes[1:2], east).in_words
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(both=plans(), data=st.data())
def test_a_move_is_told_as_the_edit_then_does_it(both: tuple[Area, Plan], data: st.DataObject) -> None:
    area, plan = both
    plan = replace(plan, locked=())
    members = {code: units for code, units in plan.members().items() if units}
    if len(plan.codes) < 2 or not members:
        return
    home = data.draw(st.sampled_from(sorted(members)))
    to = data.draw(st.sampled_from([code for code in plan.codes if code != home]))
    units = data.draw(st.lists(st.sampled_from(sorted(members[home])), min_size=1, unique=True))
    told = moving(plan, Patients.of(area), units, to)
    after = {own.code: own for own in standings(edit.move(plan, area, units, to), area)}
    before = {own.code: own for own in standings(plan, area)}
    for side in (told.leaves, told.enters):
        assert (side.before, side.after) == (before[side.code].people, after[side.code].people)
        assert side.fits == after[side.code].in_range and side.pieces == after[side.code].pieces
    assert told.here + told.there <= told.patients + 1
    assert sum(one.patients for one in told.practices) == pytest.approx(told.patients, abs=len(told.practices) + 1)
    assert told.leaves.before - told.leaves.after == told.enters.after - told.enters.before


@pytest.mark.places
def test_every_line_of_a_real_place_can_be_read(london: Path) -> None:
    area = load_area(london)
    labels = np.unique(np.array(area.level("district").assignment), return_inverse=True)[1]
    plan = plan_from_labels(area, dict(zip(area.codes, labels.tolist(), strict=True)), SMALL)
    evidence, where = Patients.of(area), plan.where()
    ends = zip(area.edges["from_code"], area.edges["to_code"], strict=True)
    pairs = {tuple(sorted((where[a], where[b]))) for a, b in ends if where[a] != where[b]}
    crossing = 0
    for one, other in sorted(pairs):
        told = line_between(plan, evidence, one, other)
        assert len(told.in_words) >= 4 and told.follows[0].km == pytest.approx(told.km)  # districts are its lines
        crossing += sum(told.crossing)
    assert crossing > 10_000

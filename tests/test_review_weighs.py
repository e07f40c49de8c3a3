"""`review` and `improve` weigh what the plan weighs: borders, practices, barriers and need, as a proposal does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.review import improve, review
from footprints.review.believe import faults_of_review
from footprints.review.ground import ground_of
from footprints.review.mend import effect, moved
from footprints.review.whole import make_whole
from optimise import Criteria, Weights
from optimise.problem import BarrierPairs, PatientPairs
from optimise.score import primary
from optimise.searching.improve import polish
from tests.grids import grid_area
from tests.plans import drawn, with_practices
from tests.test_barrier_term import barred
from tests.test_improve import POOR, row

LOOSE = Criteria(target=30_000, minimum=20_000, maximum=45_000, within=())
PRACTICES = replace(LOOSE, weights=Weights(community=0.0, practice=20.0))


def place(patients: list[tuple[str, int, float]], deciles: tuple[float, ...] = ()) -> Area:
    """Two rows of four units of 7,500 people. Practice P is sited in the third unit, Q in the first."""
    area = grid_area(["AAAA", "AAAA"], 7_500)
    codes = area.codes
    sites = {"P": (codes[2], "", 1.0), "Q": (codes[0], "", 1.0)}
    made = with_practices(area, sites, [(practice, codes[at], number) for practice, at, number in patients])
    units = made.units.copy()
    units["imd_decile"] = np.array(deciles or (1.0, 9.0) * 4)
    return replace(made, units=units)


def test_a_change_that_keeps_patients_with_their_practice_is_offered_where_that_has_a_weight() -> None:
    """Two halves, west and east, are best for travel. 5,000 who live in the second unit are on the list of P, which is
    sited in the third, in the east: at 20 km each they outweigh the travel of the 7,500 who live in either."""
    area = place([("P", 1, 5_000.0), ("Q", 4, 10.0)])
    plan = drawn(area, ["aabb", "aabb"], PRACTICES)
    found = review(area, plan, seconds=5, processes=1)
    (first, *_) = found.mends
    assert {m.unit for m in first.moves} in ({area.codes[1]}, {area.codes[2]})
    assert first.primary < 0 < first.gain and "5,000 fewer patients live in another neighbourhood" in first.in_words
    assert not faults_of_review(found, plan, area)
    assert not any("not weighed" in line for line in found.in_words)
    plain = review(area, replace(plan, criteria=LOOSE), seconds=5, processes=1)
    assert not plain.mends
    made = improve(area, plan, seconds=5, processes=1)
    where = made.plan.where()
    assert where[area.codes[1]] == where[area.codes[2]]
    assert "all that has a weight counted" in made.in_words[0]


def test_a_change_that_takes_a_barrier_out_of_a_neighbourhood_is_offered_where_that_has_a_weight() -> None:
    """The river runs east of the first column, for 1 km, inside a half; 30,000 person-km a km outweigh the travel."""
    asked = replace(LOOSE, weights=Weights(community=0.0, barrier=30_000.0), minimum=10_000, maximum=50_000)
    area = barred(grid_area(["AAAA", "AAAA"], 7_500), [(0, 1, 1.0, 1.0), (4, 5, 1.0, 1.0)])
    plan = drawn(area, ["aabb", "aabb"], asked)
    found = review(area, plan, seconds=5, processes=1)
    assert any("2.0 km less of barriers lie inside neighbourhoods" in mend.in_words for mend in found.mends)
    assert all(mend.primary < 0 < mend.gain for mend in found.mends)
    assert not faults_of_review(found, plan, area)
    plain = replace(plan, criteria=replace(asked, weights=Weights(community=0.0)))
    assert not review(area, plain, seconds=5, processes=1).mends
    made = improve(area, plan, seconds=5, processes=1).plan.where()
    assert made[area.codes[0]] != made[area.codes[1]] and made[area.codes[4]] != made[area.codes[5]]


def test_a_division_that_parts_patients_from_their_practice_is_declined_where_they_weigh_more() -> None:
    part = row([10, 1, 1, 10], 2)
    part = replace(part, flows=PatientPairs(np.array([[1, 2]]), np.array([3.0])))
    before = np.array([0, 1, 1, 1])
    assert polish(part, before, steps=POOR).labels.tolist() == [0, 0, 1, 1]
    kept = polish(part, before, steps=POOR, weights=Weights(community=0.0, practice=1.0))
    assert kept.labels.tolist() == before.tolist() and kept.declined == ((0, 1),)
    cheap = polish(part, before, steps=POOR, weights=Weights(community=0.0, practice=0.1))
    assert cheap.labels.tolist() == [0, 0, 1, 1]
    uneven = replace(part, surplus=np.array([0.0, -3.0, 3.0, 0.0]))
    river = replace(part, barriers=BarrierPairs(np.array([[0, 1]]), np.array([3.0])))
    clear = polish(river, before, steps=POOR, weights=Weights(community=0.0, barrier=1.0))
    assert clear.labels.tolist() == before.tolist() and clear.value == primary(part, before)[0]
    alike = polish(uneven, before, steps=POOR, weights=Weights(community=0.0, need=1.0))
    assert alike.labels.tolist() == before.tolist() and alike.value == primary(part, before)[0]


@st.composite
def weighing_plans(draw: st.DrawFn) -> tuple[Area, Plan]:
    """Any plan of the place, in pieces or with units missing too, that weighs borders, practices, barriers or need."""
    numbers = st.sampled_from([0.0, 400.0, 6_000.0])
    patients = [(practice, at, draw(numbers)) for practice in ("P", "Q") for at in range(8)]
    area = place([row for row in patients if row[2]] or [("P", 0, 1.0)], tuple(draw(st.permutations([1.0, 9.0] * 4))))
    lines = st.tuples(st.sampled_from([(0, 1), (2, 3), (1, 5), (5, 6)]), st.sampled_from([0.5, 1.0]))
    area = barred(
        area, [(*ends, 1.0, much) for ends, much in draw(st.lists(lines, max_size=3, unique_by=lambda x: x[0]))]
    )
    weights = Weights(
        community=draw(st.sampled_from([0.0, 2.0])),
        border=draw(st.sampled_from([0.0, 4_000.0])),
        ties=draw(st.sampled_from([0.0, 1.0])),
        practice=draw(st.sampled_from([0.0, 5.0])),
        barrier=draw(st.sampled_from([0.0, 3_000.0])),
        need=draw(st.sampled_from([0.0, 3.0])),
    )
    letters = draw(st.lists(st.sampled_from("ab-"), min_size=8, max_size=8))
    rows = ["".join(letters[:4]), "".join(letters[4:])]
    if set(letters) == {"-"}:
        rows[0] = "ab--"
    return area, drawn(area, rows, replace(LOOSE, weights=weights))


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(case=weighing_plans())
def test_what_a_change_brings_is_the_difference_of_the_two_plans_all_weights_counted(case: tuple[Area, Plan]) -> None:
    area, plan = case
    ground, labels, codes = ground_of(plan, area)
    whole = make_whole(ground, labels, codes, plan)
    found = review(area, plan, seconds=5, processes=1)
    assert not faults_of_review(found, plan, area)
    for mend in found.mends[len(whole.mends) :]:
        after = moved(mend.moves, whole.ground, whole.codes, whole.labels)
        assert after is not None
        gain = whole.ground.composite(whole.labels) - whole.ground.composite(after)
        assert mend.gain == pytest.approx(gain, abs=1e-4) == pytest.approx(effect(whole.ground, whole.labels, after)[0])
        assert mend.gain > 0 or mend.kind in ("line", "range")
    try:
        done = improve(area, plan, seconds=5, processes=1)
    except PlanError:
        return
    later = done.steps[len(whole.mends) :]
    assert all(step.gain > 0 for step in later if step.kind not in ("line", "range"))
    after_all, labels_now, _ = ground_of(done.plan, area)
    assert whole.ground.composite(whole.labels) - after_all.composite(labels_now) == pytest.approx(
        sum(step.gain for step in later), abs=1e-4
    )

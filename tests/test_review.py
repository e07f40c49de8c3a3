"""A plan looked at under its own rules: what is said of it is true, and what is proposed does what it says."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries.area import Area, Link
from footprints.check import check
from footprints.errors import PlanError
from footprints.plan import Plan, codes_digest
from footprints.review import Mend, Review, apply_mends, improve, review
from footprints.review.believe import faults_of_change, faults_of_review
from footprints.review.ground import ground_of
from footprints.review.mend import better, effect, moved, no_worse
from footprints.review.result import LocalProof, at_least
from footprints.review.rules import OwnRules, own_rules
from footprints.review.whole import Whole, make_whole
from footprints.studies import improve as improve_study
from footprints.studies import review as review_study
from optimise.certificate import check_criteria
from optimise.criteria import Criteria, Locks, Weights
from optimise.score import primary
from optimise.searching.groups import keeps_rules
from optimise.solution import EXACT
from tests.grids import grid_area
from tests.plans import drawn
from tests.small_parts import best_value

LOOSE = Criteria(target=30_000, minimum=20_000, maximum=45_000, within=())
LINED = replace(LOOSE, within=("district",))


def looked_at(area: Area, plan: Plan) -> tuple[Whole, OwnRules]:
    ground, labels, codes = ground_of(plan, area)
    whole = make_whole(ground, labels, codes, plan)
    return whole, own_rules(plan, whole)


def holds(area: Area, plan: Plan, made: Plan) -> bool:
    """Whether a plan made of `plan` is whole and keeps the own rules, by the independent checker."""
    whole, rules = looked_at(area, plan)
    rules_of = replace(rules.criteria, neighbourhoods=None)
    return not check_criteria(whole.ground.problem, replace(rules_of, within=()), made.where(), rules.exceptions)


def unlocked(plan: Plan) -> Plan:
    """What makes a plan whole may be a locked unit's move, which is said, and which only the planner can allow."""
    return replace(plan, locked=())


def subsets(mends: Sequence[Mend]) -> list[tuple[Mend, ...]]:
    return [some for r in range(1, len(mends) + 1) for some in combinations(mends, r)]


@st.composite
def plans_with_faults(draw: st.DrawFn) -> tuple[Area, Plan]:
    """A 4 x 3 grid in two districts with any plan on it: in pieces, with units missing, out of range, with locks."""
    people = draw(st.lists(st.sampled_from([4_000, 8_000, 10_000, 15_000]), min_size=12, max_size=12))
    area = grid_area(["AABB"] * 3, people, msoa=["MMNN", "MMNN", "OOPP"])
    letters = draw(st.lists(st.sampled_from("abc-" if draw(st.booleans()) else "abc"), min_size=12, max_size=12))
    if draw(st.booleans()):  # nearly whole
        letters = list("aabbaabbccbb")
        for _ in range(draw(st.integers(0, 3))):
            letters[draw(st.integers(0, 11))] = draw(st.sampled_from("abc-"))
    rows = ["".join(letters[i : i + 4]) for i in (0, 4, 8)]
    if set(letters) == {"-"}:
        rows[0] = "aa--"
    plan = drawn(area, rows, draw(st.sampled_from([LOOSE, LINED])))
    assigned = [unit for unit, _ in plan.assignment]
    locked = draw(st.lists(st.sampled_from(assigned), max_size=2))
    return area, replace(plan, locked=tuple(locked))


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(case=plans_with_faults())
def test_any_plan_becomes_whole_and_its_own_rules_are_kept_by_itself(case: tuple[Area, Plan]) -> None:
    area, plan = case
    whole, rules = looked_at(area, plan)
    assert (whole.labels >= 0).all()
    for d in range(len(whole.codes)):
        assert len(whole.ground.pieces(np.flatnonzero(whole.labels == d).tolist())) <= 1
    assert not faults_of_change((), whole, rules)
    for field in rules.fields:
        assert keeps_rules(field.part, field.labels)
        assert (field.spread(field.labels, whole.labels) == whole.labels).all()
    made = apply_mends(unlocked(plan), area, whole.mends)
    assert len(made.where()) == 12
    assert not [f for f in check(made, area).criteria if f.rule in ("complete", "contiguous")]
    assert (ground_of(made, area)[0].value(whole.labels)) == pytest.approx(whole.ground.value(whole.labels))
    if not whole.mends:
        assert made == unlocked(plan)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(case=plans_with_faults())
def test_what_a_review_says_is_true_of_every_plan_there_is(case: tuple[Area, Plan]) -> None:
    area, plan = case
    found = review(area, plan, seconds=15, processes=1)
    whole, rules = looked_at(area, plan)
    fixed = whole.ground.value(whole.labels) - sum(primary(f.part, f.labels)[0] for f in rules.fields)
    truth = fixed + sum(best_value(f.part) or 0.0 for f in rules.fields)
    assert found.bound <= truth * (1 + 1e-6) + 1e-6
    assert truth * (1 - 1e-6) - 1e-6 <= found.known <= found.value + 1e-6
    assert found.value == pytest.approx(whole.ground.value(whole.labels))
    if found.best:
        assert found.value <= truth * (1 + 2 * EXACT) + 1e-6
    assert faults_of_review(found, plan, area) == ()
    gains = [mend for mend in found.mends if mend not in found.makes_whole]
    for some in subsets(gains):
        labels = whole.labels.copy()
        for mend in some:
            after = moved(mend.moves, whole.ground, whole.codes, whole.labels)
            assert after is not None
            labels[after != whole.labels] = after[after != whole.labels]
        made = [m for mend in some for m in mend.moves]
        assert len({m.unit for m in made}) == len(made)
        assert not faults_of_change(made, whole, rules)
        if all(mend.kind != "range" for mend in some):
            assert effect(whole.ground, whole.labels, labels)[0] > 0
        assert not {m.unit for m in made} & set(plan.locked)
    for mend in gains:
        made_plan = apply_mends(unlocked(plan), area, (*found.makes_whole, mend))
        assert holds(area, plan, made_plan)
        assert made_plan.parent == unlocked(plan).id and set(plan.codes) <= set(made_plan.codes)


def test_a_cut_off_piece_joins_the_neighbour_that_it_costs_least() -> None:
    # b is in two pieces: the corner beside a goes to a.
    area = grid_area(["AAAAAA"] * 2, 8_000)
    plan = drawn(area, ["baaabb", "aaaabb"], replace(LOOSE, maximum=90_000))
    found = review(area, plan, seconds=5, processes=1)
    assert not found.whole and [f.rule for f in found.faults] == ["contiguous"]
    (mend,) = found.makes_whole
    assert mend.kind == "attach" and [m.unit for m in mend.moves] == [area.codes[0]] and mend.residents == 8_000
    assert mend.gain > 0 and "cut off from the rest of" in mend.in_words
    assert found.verdict.startswith("Made whole as below: no plan with 2 neighbourhoods of ")
    made = apply_mends(plan, area, found.makes_whole, name="Mended")
    assert made.name == "Mended" and check(made, area).holds
    assert {n.code: (n.name, n.colour) for n in made.neighbourhoods} == {
        n.code: (n.name, n.colour) for n in plan.neighbourhoods
    }


def test_units_in_no_neighbourhood_join_one_with_room_or_become_new_ones() -> None:
    area = grid_area(["AAAAAA"] * 2, 10_000)
    plan = drawn(area, ["aabb--", "aabb--"], replace(LOOSE, maximum=50_000))
    (mend,) = looked_at(area, plan)[0].mends
    assert mend.kind == "new" and mend.residents == 40_000 and mend.places == ("GRID-03",)
    made = apply_mends(plan, area, (mend,))
    assert len(made.codes) == 3 and made.units_of("GRID-03") == tuple(m.unit for m in mend.moves)
    assert check(made, area).holds
    small = drawn(area, ["aaabb-", "aaabbb"], replace(LOOSE, maximum=70_000))
    (mend,) = looked_at(area, small)[0].mends
    assert mend.kind == "missing" and {m.after for m in mend.moves} == {"GRID-02"}


def test_a_missing_unit_that_parts_a_neighbourhood_comes_back_to_it_first() -> None:
    area = grid_area(["AAAAAA", "AAAAAA", "AAAAAA"], 5_000)
    plan = drawn(area, ["bb-bbb", "aaaaaa", "aaaaaa"], replace(LOOSE, minimum=10_000, maximum=60_000))
    (mend,) = looked_at(area, plan)[0].mends
    assert mend.kind == "missing" and [m.unit for m in mend.moves] == [area.codes[2]]
    assert mend.moves[0].after == plan.where()[area.codes[0]]


def test_a_draft_that_is_half_empty_is_divided_where_it_is_empty() -> None:
    area = grid_area(["AAAAAAAA"] * 2, 10_000)
    plan = drawn(area, ["aa------", "aa------"], replace(LOOSE, minimum=35_000, target=40_000, maximum=45_000))
    whole, rules = looked_at(area, plan)
    assert [mend.kind for mend in whole.mends] == ["new", "new", "new"]
    assert all(mend.residents == 40_000 for mend in whole.mends)
    assert (rules.smallest, rules.largest) == (35_000, 45_000)
    assert check(apply_mends(plan, area, whole.mends), area).holds


def test_an_island_is_linked_where_a_link_is_proposed_else_it_stands_alone() -> None:
    area = grid_area(["AA.A", "AA.A"], 10_000)
    codes = area.codes
    plan = drawn(area, ["aa.a", "aa.a"], replace(LOOSE, maximum=90_000))
    (mend,) = looked_at(area, plan)[0].mends
    assert mend.kind == "new" and mend.residents == 20_000
    link = Link(codes[1], codes[2], "ferry", distance_m=1_000.0, reason="the nearest points")
    near = replace(area, proposed_links=(link,))
    whole, _ = looked_at(near, plan)
    (mend,) = whole.mends
    assert mend.kind == "link" and not mend.moves and "Nobody changes" in mend.in_words
    made = apply_mends(plan, near, whole.mends)
    assert check(made, near).holds and made.links == mend.links


def test_lines_that_a_plan_keeps_hold_and_those_it_crosses_do_not() -> None:
    area = grid_area(["AABBCC"] * 2, 10_000)
    kept = looked_at(area, drawn(area, ["aabbcc"] * 2, LINED))[1]
    assert kept.fields == () and "no district lines crossed" in kept.in_words
    crossed = looked_at(area, drawn(area, ["aaabcc", "aabbcc"], LINED))[1]
    assert [len(f.part.people) for f in crossed.fields] == [8]
    assert "no district lines crossed but those between District A and District B" in crossed.in_words
    free = looked_at(area, drawn(area, ["aabbcc"] * 2, LOOSE))[1]
    assert [len(f.part.people) for f in free.fields] == [12]


def test_the_range_is_widened_to_its_own_neighbourhoods_and_no_further() -> None:
    area = grid_area(["AAAAAA"] * 2, 10_000)
    rules = looked_at(area, drawn(area, ["abbbbb", "abbbbc"], replace(LOOSE, maximum=60_000)))[1]
    assert (rules.smallest, rules.largest) == (10_000, 90_000)
    inside = looked_at(area, drawn(area, ["aabbcc"] * 2, LOOSE))[1]
    assert (inside.smallest, inside.largest) == (20_000, 45_000)


def test_a_neighbourhood_out_of_range_is_brought_into_it_by_few_people() -> None:
    area = grid_area(["AAAAAA"] * 2, 10_000)
    plan = drawn(area, ["aabbbb", "aabbbb"], replace(LOOSE, minimum=50_000, target=60_000, maximum=70_000))
    found = review(area, plan, seconds=5, processes=1)
    assert {f.rule for f in found.faults} == {"range"}
    (mend,) = [m for m in found.mends if m.kind == "range"]
    assert mend.residents == 10_000 and mend.in_words.startswith("Into the range of 50,000 to 70,000: move ")
    assert not [m for m in found.mends if m.kind != "range" and any(u in m.moves for u in mend.moves)]
    made = apply_mends(plan, area, (mend,))
    assert {len(units) for units in made.members().values()} == {5, 7} and check(made, area).holds


def test_what_lies_across_a_line_goes_back_and_nothing_else_goes_over() -> None:
    area = grid_area(["AAABBB"] * 3, 8_000)
    plan = drawn(area, ["aaaabb", "aaabbb", "aaabbb"], replace(LINED, target=60_000, maximum=90_000))
    found = review(area, plan, seconds=5, processes=1)
    assert {f.rule for f in found.faults} == {"nested"}
    (mend,) = [m for m in found.mends if m.kind == "line"]
    assert [m.unit for m in mend.moves] == [area.codes[3]] and "Back to its own side" in mend.in_words
    assert check(apply_mends(plan, area, (mend,)), area).holds
    ground, labels, _ = ground_of(plan, area)
    assert ground.across(labels) == 8_000
    done = improve(area, plan, seconds=5, processes=1)
    assert check(done.plan, area).holds


def test_improving_takes_nobody_out_of_range_or_over_a_line() -> None:
    # Under its own rules b may have 120,000 people and lines are free; under those asked neither is.
    area = grid_area(["AAABBB"] * 3, [1_000, 1_000, 12_000, 9_000, 9_000, 9_000] * 3)
    asked = replace(LINED, minimum=30_000, target=60_000, maximum=60_000)
    plan = drawn(area, ["aaabbb", "aabbbb", "aaabbb"], asked)
    ground, labels, _ = ground_of(plan, area)
    done = improve(area, plan, size=2, seconds=5, processes=1)
    after = ground_of(done.plan, area)[1]
    assert ground.off(after) <= ground.off(labels) and ground.across(after) <= ground.across(labels)
    for mend in review(area, plan, seconds=5, processes=1).mends:
        after = ground_of(apply_mends(plan, area, (mend,)), area)[1]
        assert ground.off(after) <= ground.off(labels) and ground.across(after) <= ground.across(labels)


def test_an_exchange_is_found_where_the_range_lets_nothing_go_one_way() -> None:
    area = grid_area(["AAAAAA"] * 2, 10_000)
    tight = replace(LOOSE, minimum=60_000, target=60_000, maximum=60_000)
    plan = drawn(area, ["aaabba", "aaabbb"], tight)
    fixed = drawn(area, ["aabbbb", "aaaabb"], tight)
    assert check(fixed, area).holds and not check(plan, area).holds
    found = review(area, fixed, seconds=5, processes=1)
    assert found.mends[0].kind == "exchange" and found.mends[0].gain > 0
    assert {len(u) for u in apply_mends(fixed, area, found.mends[:1]).members().values()} == {6}


def test_locked_and_frozen_stay_in_mends_and_in_improvement() -> None:
    area = grid_area(["AAAAAA"] * 3, 10_000)
    wide = replace(LOOSE, minimum=10_000, target=60_000, maximum=120_000)
    plan = drawn(area, ["abbbcc", "aabbcc", "abbbcc"], wide)
    free = improve(area, plan, seconds=5, processes=1)
    assert free.after < free.before and free.plan.parent == plan.id
    held = replace(plan, locked=(area.codes[0], area.codes[1], area.codes[7]))
    done = improve(area, held, size=3, seconds=5, processes=1)
    assert all(done.plan.where()[u] == plan.where()[u] for u in held.locked)
    assert done.plan.locked == held.locked
    assert not {m.unit for m in review(area, held, seconds=5, processes=1).mends for m in m.moves} & set(held.locked)
    code = plan.where()[area.codes[0]]
    frozen = replace(plan, criteria=replace(wide, locks=Locks(frozen=((code, plan.units_of(code)),))))
    done = improve(area, frozen, seconds=5, processes=1)
    assert done.plan.units_of(code) == plan.units_of(code)
    assert check(done.plan, area).holds


def test_a_plan_that_only_moving_a_lock_makes_whole_is_refused() -> None:
    area = grid_area(["AAAAAA"] * 2, 10_000)
    plan = drawn(area, ["baaabb", "aaaabb"], replace(LOOSE, maximum=100_000))
    both = replace(plan, locked=(area.codes[0], area.codes[5]))
    with pytest.raises(PlanError, match="cannot be made whole without moving locked LSOAs"):
        improve(area, both, seconds=5, processes=1)
    found = review(area, both, seconds=5, processes=1)
    assert "unlock first" in found.makes_whole[0].in_words
    with pytest.raises(PlanError, match="locked"):
        apply_mends(both, area, found.makes_whole)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(case=plans_with_faults(), size=st.integers(2, 3))
def test_improving_never_makes_worse_and_tells_each_step(case: tuple[Area, Plan], size: int) -> None:
    area, plan = case
    whole, _ = looked_at(area, plan)
    try:
        done = improve(area, plan, size=size, seconds=5, processes=1)
    except PlanError as error:
        assert "locked" in error.message
        return
    assert holds(area, plan, done.plan)
    assert whole.ground.off(ground_of(done.plan, area)[1]) <= whole.ground.off(whole.labels)
    assert whole.ground.across(ground_of(done.plan, area)[1]) <= whole.ground.across(whole.labels)
    assert {u: c for u, c in done.plan.assignment if u in plan.locked} == {
        u: c for u, c in plan.assignment if u in plan.locked
    }
    later = done.steps[len(whole.mends) :]
    assert all(step.gain > 0 for step in later if step.kind not in ("line", "range"))
    assert {step.kind for step in later} <= {"divided", "line", "range", "move", "exchange"}
    ground, labels, _ = ground_of(done.plan, area)
    assert ground.value(labels) == pytest.approx(done.after)
    assert whole.ground.composite(whole.labels) - ground.composite(labels) == pytest.approx(
        sum(step.gain for step in later), abs=1e-4
    )
    if later and not done.declined:
        again = improve(area, done.plan, size=size, seconds=5, processes=1)
        assert len(again.steps) == 0
    assert improve_study.read(area, *_through_json(area, improve_study, improve_study.asked_for(plan, size, 5)))


@settings(max_examples=20, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(case=plans_with_faults())
def test_every_mend_that_a_review_offers_is_one_that_improving_takes(case: tuple[Area, Plan]) -> None:
    area, plan = case
    plan = unlocked(plan)
    whole, _ = looked_at(area, plan)
    offered = review(area, plan, seconds=5, processes=1).mends[len(whole.mends) :]
    for mend in offered:
        after = moved(mend.moves, whole.ground, whole.codes, whole.labels)
        assert after is not None
        assert no_worse(whole.ground, whole.labels, after)
        assert mend.kind in ("line", "range") or better(whole.ground, whole.labels, after)
    done = improve(area, plan, seconds=5, processes=1)
    if any(mend.kind not in ("line", "range") for mend in offered):
        assert len(done.steps) > len(whole.mends)
    # Whatever is left when improving ends, a review does not offer it.
    assert review(area, done.plan, seconds=5, processes=1).mends == ()


def test_improving_makes_a_mend_that_helps_communities_alone() -> None:
    # Six in a row, 1 km apart: cut in the middle they travel least, but the middle community (c and d) is divided.
    area = grid_area(["AAAAAA"], 10_000, msoa=["PPQQRR"])
    flat = replace(LOOSE, minimum=20_000, maximum=40_000, weights=Weights(deviation=0.0))
    plan = drawn(area, ["aaabbb"], flat)
    found = review(area, plan, seconds=5, processes=1)
    (mend,) = found.mends
    assert mend.primary < 0 < mend.gain and mend.community == 10_000
    done = improve(area, plan, seconds=5, processes=1)
    assert [step.moves for step in done.steps] == [mend.moves]
    assert done.steps[0].gain == pytest.approx(mend.gain)
    # Where communities weigh little neither of the two wants it.
    light = replace(plan, criteria=replace(flat, weights=Weights(deviation=0.0, community=0.1)))
    assert review(area, light, seconds=5, processes=1).mends == ()
    assert improve(area, light, seconds=5, processes=1).steps == ()


def _through_json(area: Area, study: Any, asked: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    sent = json.loads(json.dumps(asked))
    return sent, json.loads(json.dumps(study.run(area, sent, lambda words, fraction: None, lambda: False)))


@pytest.fixture(scope="module")
def told() -> tuple[Area, Plan, dict[str, Any], dict[str, Any]]:
    area = grid_area(["AAAAAA"] * 3, 10_000, msoa=["MMNNOO"] * 3)
    plan = drawn(area, ["abbbcc", "aabbcc", "-bbbca"], replace(LOOSE, minimum=30_000, target=60_000, maximum=70_000))
    return area, plan, *_through_json(area, review_study, review_study.asked_for(plan, 5))


def test_a_review_comes_back_from_its_study_as_it_was(told: tuple[Area, Plan, dict[str, Any], dict[str, Any]]) -> None:
    area, plan, asked, answer = told
    found = review_study.read(area, asked, answer)
    assert found == review(area, plan, seconds=5, processes=1)
    assert found.makes_whole and len(found.mends) > len(found.makes_whole)
    assert {f.rule for f in found.faults} >= {"complete", "contiguous"}


def _without(mends: list[Any], n: int) -> list[Any]:
    return mends[:n] + mends[n + 1 :]


@pytest.mark.parametrize(
    "tamper",
    [
        lambda a: a | {"plan": "0123456789ab"},
        lambda a: a | {"area_digest": "x"},
        lambda a: a | {"faults": []},
        lambda a: a | {"whole": True},
        lambda a: a | {"rules": ["anything"]},
        lambda a: a | {"smallest": a["smallest"] + 1},
        lambda a: a | {"neighbourhoods": 9},
        lambda a: a | {"residents": 1},
        lambda a: a | {"value": a["value"] * 0.99},
        lambda a: a | {"known": a["known"] * 0.9},
        lambda a: a | {"bound": a["known"] * 1.01},
        lambda a: a | {"bound": -1.0},
        lambda a: a | {"found": [*a["found"], {"unit": "E01900001", "before": "GRID-01", "after": "GRID-03"}]},
        lambda a: a | {"mends": _without(a["mends"], 0)},
        lambda a: a | {"mends": [*a["mends"][:-1], a["mends"][-1] | {"gain": a["mends"][-1]["gain"] + 9.0}]},
        lambda a: a | {"mends": [*a["mends"][:-1], a["mends"][-1] | {"residents": 1}]},
        lambda a: a | {"mends": [*a["mends"][:-1], a["mends"][-1] | {"moves": a["mends"][-1]["moves"][:0]}]},
        lambda a: a | {"local": [a["local"][0] | {"proven": a["local"][0]["proven"] + 1}]},
        lambda a: a | {"local": [{"size": 2, "groups": 1, "proven": 1, "better": 0, "left": 0}]},
        lambda a: a | {"extra": 1},
    ],
)
def test_a_review_that_was_tampered_with_is_not_believed(
    told: tuple[Area, Plan, dict[str, Any], dict[str, Any]], tamper: Any
) -> None:
    area, _, asked, answer = told
    with pytest.raises(PlanError):
        review_study.read(area, asked, tamper(answer))


def test_an_improved_plan_that_was_tampered_with_is_not_believed() -> None:
    area = grid_area(["AAAAAA"] * 3, 10_000)
    plan = drawn(area, ["abbbcc", "aabbcc", "abbbcc"], replace(LOOSE, minimum=10_000, target=60_000, maximum=120_000))
    asked, answer = _through_json(area, improve_study, improve_study.asked_for(plan, 2, 5))
    good = improve_study.read(area, asked, answer)
    assert good.plan == improve(area, plan, seconds=5, processes=1).plan
    where = answer["plan"]["assignment"]
    first = min(where)
    other = next(code for code in sorted(set(where.values())) if code != where[first])
    for bad in (
        answer | {"plan": answer["plan"] | {"assignment": where | {first: other}}},
        answer | {"plan": answer["plan"] | {"assignment": {u: c for u, c in where.items() if u != first}}},
        answer | {"plan": answer["plan"] | {"parent": "ffffffffffff"}},
        answer | {"plan": answer["plan"] | {"locked": [first]}},
        answer | {"told": answer["told"] | {"steps": answer["told"]["steps"][:-1]}},
        {"plan": answer["plan"]},
    ):
        with pytest.raises(PlanError):
            improve_study.read(area, asked, bad)


def test_the_same_review_whoever_works_and_how_many() -> None:
    area = grid_area(["AAAAAAAA"] * 4, 10_000, msoa=["MMNNOOPP"] * 4)
    plan = drawn(area, ["aabbbccd", "aabbcccd", "aaabccdd", "aabbccdd"], replace(LOOSE, maximum=100_000))
    one = review(area, plan, seconds=15, processes=1)
    assert one == review(area, plan, seconds=15, processes=2)
    assert [proof.size for proof in one.local] == [2, 3]


def test_a_stop_gives_what_is_known_and_says_so() -> None:
    area = grid_area(["AAAAAA"] * 3, 10_000)
    plan = drawn(area, ["abbbcc", "aabbcc", "abbbcc"], replace(LOOSE, minimum=10_000, target=60_000, maximum=120_000))
    found = review(area, plan, processes=1, should_stop=lambda: True)
    assert not found.repeatable and found.bound == 0 and not found.best
    assert found.verdict.startswith("It is not known yet by how much a plan with 3 neighbourhoods")
    assert "stopped before its work was done" in " ".join(found.in_words)
    assert faults_of_review(found, plan, area) == ()
    assert not improve(area, plan, processes=1, should_stop=lambda: True).steps


def test_a_plan_without_a_unit_is_divided_as_a_whole_and_foreign_units_are_refused() -> None:
    area = grid_area(["AAAA"] * 2, 10_000)
    nothing = drawn(area, ["----"] * 2, replace(LOOSE, minimum=35_000, target=40_000))
    assert [m.kind for m in looked_at(area, nothing)[0].mends] == ["new", "new"]
    strange = replace(drawn(area, ["aabb"] * 2, LOOSE), assignment=(("E01999999", "GRID-01"),))
    with pytest.raises(PlanError, match="not in Gridshire"):
        review(area, strange)


def test_words_of_proofs_and_shares() -> None:
    assert at_least(0.0129) == "1.2%" and at_least(0.00059) == "0.05%"
    assert LocalProof(2, 3, 3, 0, 0).in_words == (
        "Proven: no pair of adjacent neighbourhoods can be improved by changes among themselves (3 looked at)."
    )
    assert LocalProof(2, 1, 1, 0, 0).in_words == "Proven: the only pair of adjacent neighbourhoods cannot be improved."
    said = LocalProof(3, 9, 4, 3, 2).in_words
    assert said.startswith("4 of 9 groups of three") and "3 can be improved" in said and "2 not decided" in said
    assert "no pair" in LocalProof(2, 0, 0, 0, 0).in_words


def a_review(**changes: Any) -> Review:
    known: dict[str, Any] = {
        "plan": "", "name": "P", "area_name": "A", "area_digest": "", "residents": 100, "whole": True, "faults": (),
        "terms": (), "rules": ("6 neighbourhoods of 24,100 to 61,300 people",), "neighbourhoods": 6,
        "smallest": 24_100, "largest": 61_300, "value": 1_000.0, "bound": 966.0, "known": 990.0, "mends": (),
        "local": (), "found": (), "squared": False, "repeatable": True,
    }  # fmt: skip
    return Review(**(known | changes))


def test_the_verdict_is_a_sentence_that_is_never_more_than_was_proven() -> None:
    start = "No plan with 6 neighbourhoods of 24,100 to 61,300 people beats it"
    assert a_review().verdict == f"{start} by more than 3.4%; one is known that beats it by 1.0%."
    assert a_review(known=1_000.0).verdict == f"{start} by more than 3.4%; none better is known."
    assert a_review(known=1_000.0, bound=999.95).verdict == f"{start}."
    assert a_review(bound=965.9).verdict.startswith(f"{start} by more than 3.5%")
    assert a_review(whole=False).verdict.startswith("Made whole as below: no plan with 6 neighbourhoods")


def test_codes_digest_is_that_of_the_area() -> None:
    area = grid_area(["AAAA"] * 2, 10_000)
    assert drawn(area, ["aabb"] * 2, LOOSE).area_codes_digest == codes_digest(area.codes)

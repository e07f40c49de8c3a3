"""Neighbourhoods alike in need: by hand, while searching, by brute force, and refused where need is not known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from optimise import Criteria, Weights, build_problem, prospect, solve, terms
from optimise.asking.feasibility import outlook
from optimise.errors import CriteriaError
from optimise.need import refuse_unknown_need
from optimise.problem import Ints, Part, restricted
from optimise.proving.bound import lagrangian
from optimise.score import community_people, cut, divided, primary, unlike
from optimise.searching.groups import group_part, hold
from optimise.splitting.presolve import make_part
from tests.grids import grid_area
from tests.secondary_terms import (
    any_division,
    moves_within_the_allowance,
    reaches_the_best,
    row_of_six,
    sums_are_kept,
)
from tests.test_practice_term import parts_with_flows

ASKED = Criteria(within=(), seconds=5, weights=Weights(need=5.0))


@st.composite
def parts_with_need(draw: st.DrawFn) -> Part:
    """A random part with lines, communities, patients, and a surplus in each node; it need not come to 0 in all."""
    part = draw(parts_with_flows())
    n = len(part.people)
    surplus = draw(st.lists(st.sampled_from([-900.0, -37.5, 0.0, 12.25, 700.0]), min_size=n, max_size=n))
    return replace(part, surplus=np.array(surplus))


def counted(part: Part, labels: Ints) -> float:
    """Need above and below the place's own, neighbourhood by neighbourhood."""
    return sum(abs(sum(part.surplus[labels == d].tolist())) for d in np.unique(labels))


def with_deciles(rows: list[str], deciles: Sequence[float], residents: int | Sequence[int] = 1_000) -> Area:
    area = grid_area(rows, residents)
    units = area.units.copy()
    units["imd_decile"] = np.array(deciles, dtype=np.float64)
    return replace(area, units=units)


# --- what is counted ------------------------------------------------------------------------------------------------


def test_the_surplus_is_measured_against_the_share_of_the_place() -> None:
    """1,000 and 600 of the 4,000 who have a decile live in deciles 1 and 2: 40 %. The last has none and counts not."""
    area = with_deciles(["AAAAA"], [1, 10, 2, 3, math.nan], [1_000, 1_400, 600, 1_000, 5_000])
    problem = build_problem(area, ASKED)
    assert problem.surplus is not None
    assert problem.surplus.tolist() == pytest.approx([600.0, -560.0, 360.0, -400.0, 0.0])
    assert build_problem(area, Criteria(within=())).surplus is None
    (task,) = outlook(problem, replace(ASKED, minimum=1_000, target=5_000)).tasks
    part = make_part(problem, ASKED, task.found, 1, "x")
    assert part.surplus.sum() == pytest.approx(0.0) and len(part.surplus) == len(part.people)
    some = restricted(problem, np.array([0, 3]), "two of five")  # the share stays that of the whole place
    assert some.surplus is not None and some.surplus.tolist() == pytest.approx([600.0, -400.0])


def test_a_term_says_how_many_are_above_or_below() -> None:
    """Half of the place is Core20. 01|23: 1,000 each, all or none of them: 500 above, 500 below, of 1,000 in each."""
    area = with_deciles(["AAAA"], [1, 2, 3, 4], 500)
    problem = build_problem(area, ASKED)
    term = next(t for t in terms(problem, ASKED, np.array([0, 0, 1, 1]), [0, 2]) if t.key == "need")
    assert (term.people, term.value, term.proven) == (1_000.0, 5_000.0, False)
    assert "1,000 residents of the most deprived fifth (Core20) above or below" in term.in_words
    alike = next(t for t in terms(problem, ASKED, np.array([0, 1, 0, 1]), [0, 1]) if t.key == "need")
    assert alike.people == 0.0
    some = next(t for t in terms(problem, ASKED, np.array([0, 0, -1, -1]), [0]) if t.key == "need")
    assert some.people == 500.0


def test_it_is_refused_in_words_where_no_deprivation_is_loaded() -> None:
    problem = build_problem(grid_area(["AAA"], 1_000), ASKED)
    with pytest.raises(CriteriaError, match="no deprivation is loaded for Gridshire") as refused:
        solve(problem, replace(ASKED, minimum=1_000, target=1_500, maximum=2_000))
    assert "Indices of Deprivation" in refused.value.mend and "“need” to 0" in refused.value.mend
    refuse_unknown_need(problem, Criteria(within=()))
    assert prospect(problem, ASKED) is not None  # a plan that was made with it can still be judged
    term = next(t for t in terms(problem, ASKED, np.zeros(3, np.int64), [1]) if t.key == "need")
    assert term.people == 0 and "not counted" in term.in_words


def test_criteria_without_the_weight_are_written_as_ever() -> None:
    assert "need" not in Criteria().to_json()["weights"]
    assert Criteria.from_json(ASKED.to_json()) == ASKED and ASKED.to_json()["weights"]["need"] == 5.0


# --- the search -----------------------------------------------------------------------------------------------------


def test_needy_units_are_shared_out_within_the_allowance() -> None:
    """012|345 has all the need on one side (600 above, 600 below), 01|2345 has none above or below."""
    part = replace(row_of_six(), surplus=np.array([300.0, -300.0, 600.0, -200.0, -200.0, -200.0]))
    moves_within_the_allowance(part, "need", enough=1.7, little=1.6, left=1_200)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    part=parts_with_need(),
    community=st.sampled_from([0.0, 2.0]),
    border=st.sampled_from([0.0, 700.0]),
    practice=st.sampled_from([0.0, 5.0]),
    need=st.sampled_from([0.5, 5.0]),
    seed=st.integers(0, 99),
)
def test_sums_kept_while_searching_equal_a_count_from_scratch(
    part: Part, community: float, border: float, practice: float, need: float, seed: int
) -> None:
    def price(labels: Ints) -> float:
        own = need * counted(part, labels) + practice * divided(part.flows, labels)
        return own + border * cut(part, labels)[0]

    weights = Weights(community=community, border=border, practice=practice, need=need)
    sums_are_kept(part, weights, price, seed)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(part=parts_with_need(), need=st.sampled_from([0.5, 6.0]), allowance=st.sampled_from([0.3, 1e6]))
def test_the_term_on_random_parts_reaches_the_brute_force_optimum_and_never_the_bound(
    part: Part, need: float, allowance: float
) -> None:
    def worth(labels: Ints) -> float:
        return primary(part, labels)[0] + community_people(part, labels) + need * counted(part, labels)

    weights = Weights(community=1.0, need=need)
    both = reaches_the_best(part, weights, worth, allowance=allowance, surely=allowance > 1)
    if both is not None:
        assert lagrangian(part, both[1].value, iterations=30).value <= both[1].value * (1 + 1e-9)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(part=parts_with_need(), held=st.lists(st.booleans(), min_size=9, max_size=9))
def test_held_nodes_keep_the_need_of_every_plan_and_groups_that_of_theirs(part: Part, held: list[bool]) -> None:
    labels = any_division(part)
    merged, node_of = hold(part, labels, np.array(held[: len(labels)]))
    inside = np.zeros(len(merged.people), dtype=np.int64)
    inside[node_of] = labels
    assert unlike(merged.surplus, inside) == pytest.approx(counted(part, labels))
    own, nodes, within = group_part(part, labels, (0, 1))
    theirs = replace(part, surplus=part.surplus[nodes])
    assert unlike(own.surplus, within) == pytest.approx(counted(theirs, labels[nodes]))


# --- a whole place --------------------------------------------------------------------------------------------------


def test_a_solve_says_what_was_given_up_for_likeness_and_repeats_itself() -> None:
    """Two rows of six, the three columns of the west needy: a cut from west to east has all need on one side."""
    area = with_deciles(["AAAAAA", "AAAAAA"], [1, 1, 1, 9, 9, 9] * 2)
    asked = replace(
        ASKED, minimum=5_000, maximum=7_000, target=6_000, neighbourhoods=2, community_allowance=1.0,
        weights=Weights(community=0.0, need=50.0),
    )  # fmt: skip
    problem = build_problem(area, asked)
    plain = solve(problem, replace(asked, weights=Weights(community=0.0)))
    made = solve(problem, asked)
    term = next(t for t in made.terms if t.key == "need")
    assert plain.assignment is not None and made.assignment is not None and made.objective is not None
    before = next(t for t in terms(problem, asked, np.array(plain.assignment), [0, 11]) if t.key == "need")
    assert before.people == 6_000 and term.people == 0
    assert "6,000 fewer residents of the most deprived fifth above or below" in term.in_words
    assert "neighbourhoods alike in need" in made.in_words
    assert made.best_primary == plain.objective and made.bound <= plain.objective <= made.objective
    again = solve(problem, asked)
    assert (again.assignment, again.terms, again.bound) == (made.assignment, made.terms, made.bound)

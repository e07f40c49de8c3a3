"""Patients whose practice is in another neighbourhood: by hand, while searching, by brute force, on a real place."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries import load_area
from boundaries.area import Area
from footprints.propose import propose
from optimise import Criteria, Weights, build_problem, prospect, solve, terms
from optimise.asking.feasibility import outlook
from optimise.kernels import moves
from optimise.kernels.state import graph_of, new_state, rebuild, rules_of
from optimise.problem import Ints, Part, PatientPairs, restricted
from optimise.score import community_people, cut, divided, primary
from optimise.searching.groups import group_part, hold
from optimise.splitting.presolve import make_part
from tests.grids import grid_area
from tests.plans import with_practices
from tests.secondary_terms import (
    any_division,
    moves_within_the_allowance,
    reaches_the_best,
    row_of_six,
    sums_are_kept,
)
from tests.test_search import square
from tests.test_secondary import parts_with_cuts

ASKED = Criteria(within=(), seconds=5, weights=Weights(practice=5.0))


@st.composite
def parts_with_flows(draw: st.DrawFn) -> Part:
    """A random part with lines and communities, in which patients of some pairs of nodes share a practice's site."""
    part = draw(parts_with_cuts())
    n = len(part.people)
    numbers = st.sampled_from([0.0, 3.0, 250.0, 900.0])
    table = {pair: draw(numbers) for pair in itertools.combinations(range(n), 2)}
    kept = {pair: number for pair, number in table.items() if number}
    pairs = np.array(list(kept), dtype=np.int64).reshape(-1, 2)
    return replace(part, flows=PatientPairs(pairs, np.array(list(kept.values()))))


def counted(part: Part, labels: Ints) -> float:
    """Patients divided from their practice, pair by pair."""
    pairs = zip(part.flows.pairs.tolist(), part.flows.patients.tolist(), strict=True)
    return sum(patients for (u, v), patients in pairs if labels[u] != labels[v])


def with_patients(rows: list[str], sites: Mapping[str, int], patients: list[tuple[str, int, float]]) -> Area:
    """A drawn area; sites : practice -> position of its unit (-1: outside). patients : (practice, position, number)."""
    area = grid_area(rows, 1_000)
    codes = area.codes
    where = {practice: (codes[at] if at >= 0 else "", "", 1.0) for practice, at in sites.items()}
    return with_practices(area, where, [(practice, codes[at], number) for practice, at, number in patients])


# --- what is counted ------------------------------------------------------------------------------------------------


def test_patients_are_counted_between_their_home_and_the_site_of_their_practice() -> None:
    """P is sited in 0, Q in 2, R outside: those of R, and those who live where their practice is, are nobody's pair."""
    patients = [("P", 0, 500.0), ("P", 1, 300.0), ("P", 2, 20.0), ("Q", 1, 40.0), ("Q", 0, 7.0), ("R", 1, 900.0)]
    area = with_patients(["AAA"], {"P": 0, "Q": 2, "R": -1}, patients)
    flows = build_problem(area, ASKED).flows
    assert flows is not None
    assert flows.pairs.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert flows.patients.tolist() == [300.0, 27.0, 40.0]  # 0-2: 20 of P who live in 2, and 7 of Q who live in 0
    again = with_patients(["AAA"], {"P": 0, "Q": 2, "R": -1}, patients[::-1])
    assert build_problem(again, ASKED).flows.patients.tolist() == [300.0, 27.0, 40.0]  # type: ignore[union-attr]
    assert build_problem(area, Criteria(within=())).flows is None


def test_a_term_says_how_many_live_elsewhere_than_their_practice() -> None:
    area = with_patients(["AAA"], {"P": 0}, [("P", 0, 500.0), ("P", 1, 300.0), ("P", 2, 1_020.0)])
    problem = build_problem(area, ASKED)
    term = next(t for t in terms(problem, ASKED, np.array([0, 0, 1]), [0, 2]) if t.key == "practice")
    assert (term.people, term.value, term.proven) == (1_020.0, 5_100.0, False)
    assert term.in_words.startswith("1,020 patients live in another neighbourhood than the one")


def test_without_registrations_it_is_said_that_nothing_is_counted() -> None:
    area = grid_area(["AAA"], 1_000)
    (said,) = [e for e in prospect(build_problem(area, ASKED), ASKED).exceptions if e.kind == "no registrations"]
    assert "no patients registered by practice are loaded" in said.message
    term = next(t for t in terms(build_problem(area, ASKED), ASKED, np.zeros(3, np.int64), [1]) if t.key == "practice")
    assert term.people == 0 and "not counted" in term.in_words


def test_what_lies_in_one_node_or_outside_is_not_between_nodes() -> None:
    flows = PatientPairs(np.array([[0, 1], [0, 2], [1, 3], [2, 3]]), np.array([1.0, 20.0, 300.0, 4_000.0]))
    merged = flows.between(np.array([0, 0, 1, 1]))
    assert merged.pairs.tolist() == [[0, 1]] and merged.patients.tolist() == [320.0]
    some = flows.between(np.array([1, -1, 0, -1]))
    assert some.pairs.tolist() == [[0, 1]] and some.patients.tolist() == [20.0]
    assert len(flows.between(np.full(4, -1)).pairs) == 0


def test_a_problem_on_some_units_keeps_what_lies_between_them() -> None:
    area = with_patients(
        ["AAAA"], {"P": 0, "Q": 3}, [("P", 1, 5.0), ("P", 3, 70.0), ("Q", 2, 600.0), ("Q", 0, 8_000.0)]
    )
    both = replace(ASKED, weights=Weights(practice=5.0, ties=1.0, border=1.0))
    whole = build_problem(area, both)
    part = restricted(whole, np.array([0, 2, 3]), "three of four")
    assert part.flows is not None and whole.ties is not None and part.ties is not None
    assert part.flows.pairs.tolist() == [[0, 2], [1, 2]] and part.flows.patients.tolist() == [8_070.0, 600.0]
    assert part.ties.tolist() == [whole.ties[2]] and part.edge_km.tolist() == [whole.edge_km[2]]
    small = replace(both, minimum=500, maximum=4_000, target=1_000)
    found = make_part(part, small, outlook(part, small).tasks[0].found, 1, "x")
    assert len(found.cuts) == len(found.edges)


# --- the search -----------------------------------------------------------------------------------------------------


def test_a_practice_keeps_its_patients_within_the_allowance() -> None:
    """01|2345 keeps the 800 who live in 2 with their practice in 4."""
    part = replace(row_of_six(), flows=PatientPairs(np.array([[2, 4]]), np.array([800.0])))
    moves_within_the_allowance(part, "practice", enough=2.6, little=2.4, left=800)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    part=parts_with_flows(),
    community=st.sampled_from([0.0, 2.0]),
    border=st.sampled_from([0.0, 700.0]),
    practice=st.sampled_from([0.5, 5.0]),
    seed=st.integers(0, 99),
)
def test_sums_kept_while_searching_equal_a_count_from_scratch(
    part: Part, community: float, border: float, practice: float, seed: int
) -> None:
    def price(labels: Ints) -> float:
        return border * cut(part, labels)[0] + practice * counted(part, labels)

    sums_are_kept(part, Weights(community=community, border=border, practice=practice), price, seed)


def test_both_kinds_of_moves_are_made_while_practices_have_a_price() -> None:
    part = square(8, 4, 12_000, 20_000, target=16_000.0)
    pairs = np.array([pair for pair in itertools.combinations(range(64), 2) if sum(pair) % 7 == 0])
    part = replace(part, flows=PatientPairs(pairs, 10.0 + np.arange(len(pairs)) % 5))
    graph, _ = graph_of(part, practice=3.0)
    state, rules = new_state(graph, 4, 3, 0), rules_of(part)
    state.labels[:] = np.repeat(np.arange(4), 16)
    rebuild(graph, state, rules)
    for move in (moves.flip, lambda *a: moves.recombine(*a, 500)):
        before = state.labels.copy()
        move(graph, state, rules, 60, 1e6, 1.0, 1.0)
        assert (state.labels != before).sum() > 3
        assert state.sums[4] == pytest.approx(3.0 * counted(part, state.labels))


@settings(max_examples=40, deadline=None, derandomize=True)
@given(part=parts_with_flows(), practice=st.sampled_from([0.5, 6.0]))
def test_the_term_on_random_parts_reaches_the_brute_force_optimum(part: Part, practice: float) -> None:
    def worth(labels: Ints) -> float:
        return primary(part, labels)[0] + community_people(part, labels) + practice * counted(part, labels)

    reaches_the_best(part, Weights(community=1.0, practice=practice), worth, allowance=0.3)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(part=parts_with_flows(), held=st.lists(st.booleans(), min_size=9, max_size=9))
def test_held_nodes_keep_the_patients_of_every_plan_and_groups_those_within(part: Part, held: list[bool]) -> None:
    labels = any_division(part)
    merged, node_of = hold(part, labels, np.array(held[: len(labels)]))
    inside = np.zeros(len(merged.people), dtype=np.int64)
    inside[node_of] = labels
    assert divided(merged.flows, inside) == pytest.approx(counted(part, labels))
    total = 0.0
    for pair in itertools.combinations(range(part.k), 2):
        own, _, within = group_part(part, labels, pair)
        total += divided(own.flows, within)
    assert total == pytest.approx(counted(part, labels))


# --- whole places ---------------------------------------------------------------------------------------------------


def test_a_solve_says_what_was_given_up_for_practices() -> None:
    """Two rows of six; the practice of the second column is in the far corner, and half of its people go there."""
    patients = [("P", 5, 900.0), ("P", 1, 900.0), ("P", 7, 900.0), ("Q", 0, 900.0)]
    area = with_patients(["AAAAAA", "AAAAAA"], {"P": 5, "Q": 0}, patients)
    asked = replace(
        ASKED, minimum=5_000, maximum=7_000, target=6_000, neighbourhoods=2, community_allowance=1.0,
        weights=Weights(community=0.0, practice=50.0),
    )  # fmt: skip
    plain = solve(build_problem(area, replace(asked, weights=Weights())), replace(asked, weights=Weights()))
    kept = solve(build_problem(area, asked), asked)
    term = next(t for t in kept.terms if t.key == "practice")
    assert plain.objective is not None and kept.objective is not None and kept.objective > plain.objective
    assert term.people < 1_800 and "more patients with their practice" in term.in_words


@pytest.mark.places
def test_cornwall_keeps_nearly_as_many_patients_as_its_pcns_do(cornwall: Path) -> None:
    """16 neighbourhoods of 30,000 to 60,000, each in one piece: at most two points under majority PCN (89.9 %)."""
    asked = Criteria(
        within=(), accept_links=True, neighbourhoods=16, seconds=5, community_allowance=0.05,
        weights=Weights(practice=5.0),
    )  # fmt: skip
    area = load_area(cornwall)
    found = propose(area, asked)
    assert found.plan is not None
    where, site = found.plan.where(), area.practices["unit"].to_dict()
    table = area.registrations
    inside = sum(
        patients
        for practice, unit, patients in zip(table["practice"], table["unit"], table["patients"], strict=True)
        if where.get(site.get(practice, ""), "") == where[unit]
    )
    assert len(found.plan.codes) == 16
    assert inside / table["patients"].sum() >= 0.879

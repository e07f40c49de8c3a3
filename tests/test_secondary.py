"""Borders between neighbourhoods and neighbours who share practices: counted by hand, by brute force, and on places."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries import load_area
from boundaries.area import Area, Link
from footprints.check import check
from footprints.cli import cli
from footprints.exchange import read_plan, write_plan
from footprints.proof import check_proof
from footprints.propose import propose
from footprints.score import score
from footprints.ui.words import outcome
from optimise import Criteria, CriteriaError, Weights, build_problem, prospect, solve, terms
from optimise.asking.feasibility import outlook
from optimise.criteria import SCHEMA
from optimise.kernels import moves
from optimise.kernels.state import graph_of, new_state, rebuild, rules_of
from optimise.problem import Floats, Ints, Part
from optimise.score import between, community_people, cut, primary
from optimise.searching.groups import group_part, hold
from optimise.searching.search import Found, SearchBudget, search
from optimise.splitting.presolve import make_part
from optimise.stages import as_found, settle, start
from optimise.variety.pools import serve
from tests.grids import grid_area
from tests.plans import drawn, with_practices
from tests.random_parts import parts
from tests.secondary_terms import (
    any_division,
    reaches_the_best,
    served,
)
from tests.test_search import BUDGET, line, square
from tests.test_stages import steps

QUICK = Criteria(within=(), seconds=5)
MANY = SearchBudget(restarts=4, rounds=20)


def counted(part: Part, labels: Ints) -> tuple[float, float]:
    """Km and people across the lines of a plan, edge by edge."""
    km = people = 0.0
    for (u, v), (own_km, own_people) in zip(part.edges.tolist(), part.cuts.tolist(), strict=True):
        if labels[u] != labels[v]:
            km, people = km + own_km, people + own_people
    return km, people


@st.composite
def parts_with_cuts(draw: st.DrawFn) -> Part:
    """A random part with km and people at each edge, some of them 0 as of links, and two communities.

    It has two neighbourhoods at least, and a wide range, so that few have no plan.
    """
    part = draw(parts(pairs=True))
    part = replace(part, k=max(2, part.k), lower=part.lower // 3, upper=2 * int(part.people.sum()) + 1)
    m, n = len(part.edges), len(part.people)
    km = draw(st.lists(st.sampled_from([0.0, 0.3, 1.0, 2.7]), min_size=m, max_size=m))
    people = draw(st.lists(st.sampled_from([0.0, 12.5, 400.0, 900.0]), min_size=m, max_size=m))
    rows = [[i, i % 2, int(part.people[i]) // 2] for i in range(n)]
    return replace(part, cuts=np.column_stack([km, people]).reshape(m, 2), community=np.array(rows))


# --- the search -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "cuts", "weight"),
    [("border", [9.0, 2.0, 10.0, 9.0, 9.0], 250.0), ("ties", [900.0, 0.0, 1_000.0, 900.0, 900.0], 2.0)],
)
def test_the_cheapest_line_is_drawn_within_the_allowance(column: str, cuts: list[float], weight: float) -> None:
    """A row of six: 012|345 costs 4,000 person-km, 01|2345 costs 6,000 and crosses a line that is 8 km shorter (or
    parts 1,000 people fewer): allowed from 50 % on, wanted from 250 person-km a km (2 km a person) on."""
    part = line([1_000] * 6, 2, 2_000, 4_000, target=3_000.0)
    none = np.zeros(5)
    both = [cuts, none] if column == "border" else [none, cuts]
    part = replace(part, cuts=np.column_stack(both))
    found = search(part, seed=0, steps=BUDGET)
    assert found is not None and found.value == 4_000.0 == found.composite

    def better(own: float, allowance: float) -> Found:
        return served(part, found, **{column: own}, allowance=allowance, seed=0, budget=BUDGET)

    moved = better(1.1 * weight, 0.5)
    assert moved.labels.tolist() == [0, 0, 1, 1, 1, 1] and moved.value == 6_000.0
    assert moved.composite == pytest.approx(6_000.0 + 1.1 * weight * cuts[1])
    assert better(0.9 * weight, 0.5).labels.tolist() == found.labels.tolist()
    kept = better(1.1 * weight, 0.49)
    assert kept.labels.tolist() == found.labels.tolist()
    assert kept.composite == pytest.approx(4_000.0 + 1.1 * weight * cuts[2])
    other = "ties" if column == "border" else "border"
    unasked = served(part, found, **{other: 1e6}, allowance=0.5, seed=0, budget=BUDGET)
    assert unasked.labels.tolist() == found.labels.tolist()


def test_the_shortest_border_of_a_square_is_straight() -> None:
    """16 units of 1 km in two halves: every line has at least 4 km, and the travel-best plan is made to have more."""
    part = square(4, 2, 7_000, 9_000, target=8_000.0)
    part = replace(part, cuts=np.column_stack([np.ones(len(part.edges)), np.zeros(len(part.edges))]))
    crooked = np.array([0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 1, 1, 1])
    assert cut(part, crooked) == (6.0, 0.0)
    found = as_found(part, crooked)
    straight = served(part, found, border=5_000.0, allowance=1.0, seed=0, budget=MANY)
    assert cut(part, straight.labels) == (4.0, 0.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(part=parts_with_cuts(), border=st.sampled_from([0.0, 300.0, 4_000.0]), ties=st.sampled_from([0.0, 0.5, 6.0]))
def test_secondary_terms_on_random_parts_reach_the_brute_force_optimum(part: Part, border: float, ties: float) -> None:
    def worth(labels: Ints) -> float:
        km, people = counted(part, labels)
        return primary(part, labels)[0] + community_people(part, labels) + border * km + ties * people

    reaches_the_best(part, Weights(community=1.0, border=border, ties=ties), worth, allowance=0.3)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    part=parts_with_cuts(),
    pairs=st.booleans(),
    community=st.sampled_from([0.0, 2.0]),
    border=st.sampled_from([0.0, 700.0]),
    ties=st.sampled_from([0.0, 1.5]),
    seed=st.integers(0, 99),
)
def test_sums_kept_while_searching_equal_a_count_from_scratch(
    part: Part, pairs: bool, community: float, border: float, ties: float, seed: int
) -> None:
    if not pairs:
        part = replace(part, together=part.together[:0], apart=part.apart[:0])
    labels = any_division(part)
    graph, _ = graph_of(part, border=border, ties=ties)
    state, rules = new_state(graph, part.k, seed, 0), rules_of(part, community=community)
    state.labels[:] = labels
    rebuild(graph, state, rules)
    kept = state.best[0]
    for _ in range(4):
        moves.recombine(graph, state, rules, 3, 1e6, 1.0, 1.0, 500)
        moves.flip(graph, state, rules, 10, 1e6, 1.0, 1.0)
        km, people = counted(part, state.labels)
        assert state.sums[0] == pytest.approx(primary(part, state.labels)[0], rel=1e-9, abs=1e-6)
        assert state.sums[4] == pytest.approx(border * km + ties * people, rel=1e-9, abs=1e-6)
        if community:
            assert state.sums[3] == community_people(part, state.labels)
        assert state.best[0] <= kept
    if state.best[0] >= moves.BIG:  # no plan that keeps the pairs
        return
    km, people = counted(part, state.best_labels)
    outside = community_people(part, state.best_labels)
    worth = primary(part, state.best_labels)[0] + community * outside + border * km + ties * people
    assert state.best[0] == pytest.approx(worth, rel=1e-9, abs=1e-6)


def test_both_kinds_of_moves_are_made_while_lines_have_a_price() -> None:
    part = square(8, 4, 12_000, 20_000, target=16_000.0)
    part = replace(part, cuts=np.column_stack([np.arange(len(part.edges)) % 7, np.arange(len(part.edges)) % 5 * 100.0]))
    graph, _ = graph_of(part, border=90.0, ties=0.7)
    state, rules = new_state(graph, 4, 3, 0), rules_of(part)
    state.labels[:] = np.repeat(np.arange(4), 16)
    rebuild(graph, state, rules)
    for move in (moves.flip, lambda *a: moves.recombine(*a, 500)):
        before = state.labels.copy()
        move(graph, state, rules, 60, 1e6, 1.0, 1.0)
        assert (state.labels != before).sum() > 3
        km, people = counted(part, state.labels)
        assert state.sums[4] == pytest.approx(90.0 * km + 0.7 * people)


def test_without_weights_lines_have_no_price_and_nothing_changes() -> None:
    plain = square(6, 3, 8_000, 16_000, target=12_000.0)
    part = replace(plain, cuts=np.ones((len(plain.edges), 2)))
    assert len(graph_of(part)[0].cut) == 0 == len(graph_of(plain, border=5.0)[0].cut)
    one, other = (search(p, seed=4, steps=BUDGET) for p in (plain, part))
    assert one is not None and other is not None
    assert one.labels.tolist() == other.labels.tolist() and one.value == other.value == other.composite


# --- what serves them -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("weights", [Weights(community=0.0, border=300.0), Weights(community=0.0, ties=3.0)])
def test_they_are_served_after_the_proof_and_never_beyond_the_allowance(weights: Weights) -> None:
    part = line([1_000] * 6, 2, 2_000, 4_000, target=3_000.0)
    part = replace(part, cuts=np.array([[9.0, 900.0], [2.0, 0.0], [10.0, 1_000.0], [9.0, 900.0], [9.0, 900.0]]))
    own = replace(steps(0), community=MANY)
    before = start(part, 0, own)
    assert before.best is not None and before.best.value == 4_000.0
    after = settle(before, weights, 0.5, 0, own)
    assert after.best is not None and after.plan is not None
    assert (after.best.value, after.plan.value) == (4_000.0, 6_000.0)
    assert settle(before, weights, 0.49, 0, own).plan.value == 4_000.0  # type: ignore[union-attr]
    assert settle(before, weights, 0.0, 0, own) is before
    assert settle(before, Weights(community=0.0), 0.5, 0, own) is before
    served = serve(part, before.best, weights, 0.5, 1e9, 0)
    assert served.value == 6_000.0
    assert serve(part, before.best, weights, 0.5, 5_000.0, 0).value == 4_000.0
    assert serve(part, before.best, Weights(community=0.0), 0.5, 1e9, 0) is before.best


def test_contracted_units_keep_the_sums_of_their_borders() -> None:
    """Four units in a square, the left two locked together: the node's borders to the right are 1 + 1 km."""
    area = grid_area(["AB", "AB"], 20_000, msoa=["pq", "rs"])
    a, b, c, d = area.codes
    locks = replace(QUICK.locks, together=((a, c),))
    criteria = replace(QUICK, locks=locks, minimum=20_000, weights=Weights(border=1.0), neighbourhoods=2)
    problem = build_problem(area, criteria)
    (task,) = outlook(problem, criteria).tasks
    part = make_part(problem, criteria, task.found, 2, "x")
    assert part.edges.tolist() == [[0, 1], [0, 2], [1, 2]]
    assert part.cuts.tolist() == [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]
    whole = replace(criteria, locks=replace(locks, together=((a, c), (b, d))), maximum=100_000, neighbourhoods=1)
    (task,) = outlook(problem, whole).tasks
    assert make_part(problem, whole, task.found, 1, "x").cuts.tolist() == [[2.0, 0.0]]
    assert len(make_part(problem, QUICK, task.found, 1, "x").cuts) == 0


@settings(max_examples=40, deadline=None, derandomize=True)
@given(part=parts_with_cuts(), held=st.lists(st.booleans(), min_size=9, max_size=9))
def test_groups_and_held_nodes_keep_the_lines_of_every_plan(part: Part, held: list[bool]) -> None:
    labels = any_division(part)
    merged, node_of = hold(part, labels, np.array(held[: len(labels)]))
    assert len(merged.cuts) == len(merged.edges)
    inside = np.zeros(len(merged.people), dtype=np.int64)
    inside[node_of] = labels
    assert cut(merged, inside) == pytest.approx(counted(part, labels))
    sums = np.zeros(2)
    for pair in itertools.combinations(range(part.k), 2):
        own, nodes, within = group_part(part, labels, pair)
        assert len(own.cuts) == len(own.edges) and cut(own, within) == pytest.approx(counted(own, within))
        assert len(nodes) == len(within)
        sums += cut(own, within)
    assert sums.tolist() == pytest.approx(list(counted(part, labels)))


# --- neighbours who share practices ---------------------------------------------------------------------------------


def shared(area: Area) -> Floats:
    ties = build_problem(area, replace(QUICK, weights=Weights(ties=1.0), accept_links=True)).ties
    assert ties is not None
    return ties


def test_neighbours_share_as_many_people_as_their_practices_overlap() -> None:
    """Unit 1 is half with P, half with Q; 2 a quarter with P, the rest with R; 3 all with R; 4 has no patients."""
    area = grid_area(["AAAA"], [1_000, 800, 2_000, 500])
    one, two, three, _ = area.codes
    flows = [("P", one, 300.0), ("Q", one, 300.0), ("P", two, 100.0), ("R", two, 300.0), ("R", three, 9.0)]
    area = with_practices(area, dict.fromkeys("PQR", (one, "", 1.0)), [*flows, ("R", "E01999999", 5.0)])
    assert shared(area).tolist() == [0.25 * 800, 0.75 * 800, 0.0]
    again = with_practices(area, dict.fromkeys("PQR", (one, "", 1.0)), [*reversed(flows), ("P", one, 0.0)])
    assert shared(again).tolist() == [200.0, 600.0, 0.0]


def test_the_same_practices_share_everybody_and_a_link_nobody() -> None:
    area = grid_area(["AA.A"], 1_000)
    a, b, c = area.codes
    area = with_practices(area, {"P": (a, "", 1.0)}, [("P", unit, 7.0) for unit in (a, b, c)])
    area = replace(area, proposed_links=(Link(c, b, "ferry", distance_m=1_000.0),))
    assert shared(area).tolist() == [1_000.0, 0.0]
    read = grid_area(["AA.A"], 1_000, links=[(b, c, "bridge")])
    read = with_practices(read, {"P": (a, "", 1.0)}, [("P", unit, 7.0) for unit in (a, b, c)])
    assert shared(read).tolist() == [1_000.0, 0.0]
    assert build_problem(area, QUICK).ties is None


# --- words, files and flags -----------------------------------------------------------------------------------------


def two_towns() -> Area:
    """3 x 6 units; the left third is with practice P, the rest with Q; the lines between columns 2 and 3 are short."""
    area = grid_area(["AAAAAA"] * 3, 5_000)
    units = area.codes
    flows = [("P" if i % 6 < 2 else "Q", unit, 100.0) for i, unit in enumerate(units)]
    area = with_practices(area, {"P": (units[0], "", 600.0), "Q": (units[5], "", 1_200.0)}, flows)
    edges = area.edges.copy()
    column = {unit: i % 6 for i, unit in enumerate(units)}
    short = [{column[a], column[b]} == {1, 2} for a, b in zip(edges["from_code"], edges["to_code"], strict=True)]
    edges["length_m"] = np.where(short, 100.0, 1_000.0)
    return replace(area, edges=edges)


ASKED = replace(QUICK, neighbourhoods=2, community_allowance=0.4)


@pytest.mark.parametrize(
    ("weights", "key", "said", "bought"),
    [
        (
            Weights(community=0.0, border=200_000.0),
            "border",
            "The borders between neighbourhoods are 0.3 km long in all.",
            "was spent to shorten borders by 2.7 km; without that the plan was proven",
        ),
        (
            Weights(community=0.0, ties=50.0),
            "ties",
            "About 0 neighbours who share practices are divided by a border, counted border by border.",
            "was spent to divide 15,000 fewer neighbours who share practices; without that the plan was proven",
        ),
    ],
)
def test_what_was_spent_is_said_with_what_it_bought(weights: Weights, key: str, said: str, bought: str) -> None:
    """Halves of 45,000 cut 3 km (15,000 people who share Q); 30,000 and 60,000 cut 0.3 km, and nobody."""
    area, criteria = two_towns(), replace(ASKED, weights=weights)
    answer = solve(build_problem(area, criteria), criteria, processes=1)
    assert answer.assignment == (0, 0, 1, 1, 1, 1) * 3
    assert answer.objective is not None and answer.best_primary is not None
    assert answer.best_primary < answer.objective <= answer.best_primary * 1.4 * (1 + 1e-9)
    found = next(t for t in answer.terms if t.key == key)
    assert not found.proven and found.in_words.startswith(said) and bought in found.in_words
    assert sum(t.value for t in answer.terms if t.proven) == pytest.approx(answer.objective)
    assert (
        "spent on shorter borders" if key == "border" else "spent on keeping neighbours who share"
    ) in answer.in_words
    shown = outcome(answer, area)
    assert found.in_words in shown and shown[0].startswith("People live")
    plain = solve(build_problem(area, ASKED), ASKED, processes=1)
    assert len(outcome(plain, area)) == len(shown) - 1
    assert plain.assignment == (0, 0, 0, 1, 1, 1) * 3
    assert [t.key for t in plain.terms] == ["travel", "deviation"]


def test_terms_are_counted_over_the_whole_plan_each_border_once() -> None:
    """Two districts of two neighbourhoods each: 2 km within each, and 2 km of district line between them."""
    area = grid_area(["AABB", "AABB"], 15_000)
    criteria = Criteria(weights=Weights(border=10.0, ties=1.0), minimum=15_000)
    problem = build_problem(area, criteria)
    labels, centres = np.array([0, 1, 2, 3] * 2), [0, 1, 2, 3]
    border, ties = terms(problem, criteria, labels, centres)[-2:]
    assert (border.key, border.people, border.value, border.unit) == ("border", 6.0, 60.0, "km")
    assert border.in_words == "The borders between neighbourhoods are 6.0 km long in all."
    assert (ties.key, ties.people, ties.value) == ("ties", 0.0, 0.0)
    assert ties.in_words.endswith("are not counted: no patients registered by practice are loaded.")
    (left_out,) = (
        t for t in terms(problem, criteria, np.where(labels == 3, -1, labels), centres[:3]) if t.key == "border"
    )
    assert left_out.people == 4.0
    assert not {"border", "ties"} & {t.key for t in terms(problem, Criteria(), labels, centres)}


def test_missing_registrations_are_declared_before_solving_and_in_the_answer() -> None:
    area = grid_area(["AAAAAA"] * 3, 5_000)
    criteria = replace(ASKED, weights=Weights(ties=1.0))
    problem = build_problem(area, criteria)
    (said,) = prospect(problem, criteria).exceptions
    assert said.kind == "no registrations" and "nothing is counted for them" in said.message
    answer = solve(problem, criteria, processes=1)
    assert answer.exceptions == (said,)
    assert prospect(build_problem(area, ASKED), ASKED).exceptions == ()
    known = two_towns()
    assert prospect(build_problem(known, criteria), criteria).exceptions == ()


def test_files_and_their_proof_hold_the_new_terms(tmp_path: Path) -> None:
    area = two_towns()
    criteria = replace(ASKED, weights=Weights(community=0.0, border=200_000.0, ties=1.0))
    made = propose(area, criteria, processes=1)
    assert made.plan is not None and check(made.plan, area).holds
    write_plan(made.plan, area, tmp_path / "out", solution=made.solution, formats=("json", "csv"))
    back = read_plan(tmp_path / "out", area)
    assert back == made.plan and back.criteria == criteria
    written = json.loads((tmp_path / "out" / "certificate.json").read_text(encoding="utf-8"))
    border, ties = written["terms"][-2:]
    assert (border["key"], border["unit"], border["people"]) == ("border", "km", pytest.approx(0.3))
    assert ties["key"] == "ties" and "unit" not in ties and not border["proven"]
    assert check_proof(back, area, tmp_path / "out").holds
    border["people"] = 0.2
    (tmp_path / "out" / "certificate.json").write_text(json.dumps(written), encoding="utf-8")
    assert any("terms, border, people" in fault for fault in check_proof(back, area, tmp_path / "out").faults)


def test_a_scorecard_has_both_counts_whatever_was_asked() -> None:
    area = two_towns()
    halves = score(drawn(area, ["aaabbb"] * 3, QUICK), area).plan
    thirds = score(drawn(area, ["aabbbb"] * 3, QUICK), area).plan
    assert halves["border_km"] == pytest.approx(3.0) and halves["sharing_practices_divided"] == pytest.approx(15_000)
    assert thirds["border_km"] == pytest.approx(0.3) and thirds["sharing_practices_divided"] == pytest.approx(0)
    bare = grid_area(["AA"], 5_000)
    card = score(drawn(bare, ["ab"], QUICK), bare)
    assert card.plan["border_km"] == 1.0 and "sharing_practices_divided" in card.missing


def test_criteria_without_the_new_weights_are_written_as_they_always_were() -> None:
    assert Criteria().to_json()["weights"] == {"travel": 1.0, "deviation": 0.5, "mismatch": 5.0, "community": 2.0}
    old = {"schema": SCHEMA, "weights": {"travel": 1.0, "community": 3.0}, "community_allowance": 0.05}
    assert Criteria.from_json(old) == Criteria(weights=Weights(community=3.0), community_allowance=0.05)
    asked = Criteria(weights=Weights(border=100.0, ties=0.5))
    assert Criteria.from_json(json.dumps(asked.to_json())) == asked
    with pytest.raises(CriteriaError, match="the weight “border” is -1"):
        Weights(border=-1)
    with pytest.raises(CriteriaError, match="the weight “ties”"):
        Weights(ties=float("nan"))


def test_weights_and_the_allowance_are_flags(tmp_path: Path) -> None:
    def proposed(*args: str) -> tuple[int, str]:
        base = ["propose", "demo", "--area", "Orrindale", "--seconds", "5", "--processes", "1", "--out"]
        told = CliRunner().invoke(cli, [*base, str(tmp_path / "out"), *args])
        return told.exit_code, told.output

    code, said = proposed("--weight", "border=1000", "--weight", "ties=0.5", "--allowance", "2")
    assert code == 0
    criteria = json.loads((tmp_path / "out" / "plan.json").read_text(encoding="utf-8"))["criteria"]
    assert criteria["weights"] == Criteria().to_json()["weights"] | {"border": 1_000.0, "ties": 0.5}
    assert criteria["community_allowance"] == 0.02
    assert "The borders between neighbourhoods are" in said and "neighbours who share practices are divided" in said
    for wrong, words in (("border", "NAME=NUMBER"), ("lines=3", "the weights are travel"), ("border=-1", "border")):
        code, said = proposed("--weight", wrong)
        assert code != 0 and words in said


# --- real places ----------------------------------------------------------------------------------------------------


@pytest.mark.places
@pytest.mark.parametrize(("place", "district"), [("london", "Newham"), ("cambridgeshire", "Peterborough")])
def test_on_a_real_place_borders_get_shorter_within_one_percent(
    place: str, district: str, request: pytest.FixtureRequest
) -> None:
    area = load_area(request.getfixturevalue(place), [district])
    plain = Criteria(seconds=5, weights=Weights(community=0.0))
    problem = build_problem(area, plain)
    before = solve(problem, plain, processes=1)
    longest = float(problem.edge_km[between(problem.edges, np.array(before.assignment))].sum())
    criteria = replace(plain, weights=Weights(community=0.0, border=1_000.0))
    after = solve(problem, criteria, processes=1)
    (border,) = (t for t in after.terms if t.key == "border")
    assert border.people < 0.97 * longest
    assert after.objective is not None and after.best_primary is not None
    assert after.best_primary < after.objective <= after.best_primary * 1.01 * (1 + 1e-9)
    assert after.bound <= after.best_primary * (1 + 1e-9)

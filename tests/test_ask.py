"""Wishes in names of places: how they are read, answered, carried as JSON, and shown."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries.errors import DataError
from footprints.ask import ask, question
from footprints.check import check
from footprints.cli import cli
from footprints.errors import PlanError
from footprints.studies import ask as asking
from footprints.wishes import Wishes, find_place, locked, parse, places
from optimise import Criteria, build_problem
from optimise.asking import nearest as nearest_module
from optimise.asking.decide import State
from optimise.asking.impossible import groups_of, lightest, prove_by_shape, way_of
from optimise.asking.nearest import nearest
from optimise.criteria import Locks
from optimise.errors import CriteriaError
from optimise.problem import Part
from optimise.proving.exact import Exact
from tests.grids import grid_area
from tests.independent_model import Model, Question
from tests.plans import drawn
from tests.small_parts import grid_edges, part_of
from tests.test_app import load_as, one_router, open_page, shelf_of, texts

#   P P Q Q R R      four places (MSOAs) of people, one district
#   P P Q Q S S
PICTURE, MSOAS = ["AAAAAA", "AAAAAA"], ["PPQQRR", "PPQQSS"]
PAGE_ROUTER = one_router  # a fixture that runs by itself
CRITERIA = Criteria(target=40_000, minimum=30_000, maximum=60_000, within=(), seconds=5)


def place(people: int | list[int] = 10_000):  # type: ignore[no-untyped-def]
    return grid_area(PICTURE, people, msoa=MSOAS)


def test_places_are_found_by_name_code_and_kind() -> None:
    area = place()
    assert find_place(area, "Place P").units == ("E01900001", "E01900002", "E01900007", "E01900008")
    assert find_place(area, "place p") == find_place(area, "E02000080") == find_place(area, "msoa: Place P")
    assert find_place(area, "E01900003").units == ("E01900003",)
    assert find_place(area, "District A").kind == "district"
    plan = drawn(area, ["XXXYYY", "XXXYYY"], CRITERIA)
    assert find_place(area, plan.codes[0], plan).units == plan.units_of(plan.codes[0])
    assert {p.kind for p in places(area, plan)} >= {"msoa", "district", "unit", "neighbourhood"}


@pytest.mark.parametrize(
    ("text", "said", "mend"),
    [
        ("Plaice P", "“Plaice P” is no place in Gridshire", "Place P"),
        ("", "is no place", "There are"),
        ("xyz", "no place", "There are"),
    ],
)
def test_an_unknown_place_is_answered_with_near_names(text: str, said: str, mend: str) -> None:
    with pytest.raises(DataError, match=said) as error:
        find_place(place(), text)
    assert mend in error.value.mend


def test_a_name_of_several_places_asks_for_the_code() -> None:
    area = place()
    level = area.levels["msoa"]
    twins = replace(level, names=dict.fromkeys(level.names, "Mill"))
    both = replace(area, levels={**area.levels, "msoa": twins}, digest="twins")
    with pytest.raises(DataError, match="is the name of 4 places: E02000080") as error:
        find_place(both, "msoa: Mill")
    assert error.value.mend == "Give the code."


@pytest.mark.parametrize(
    ("keep", "apart", "fix", "said"),
    [
        (["E01900001"], [], [], "one LSOA"),
        ([" + "], [], [], "names no place"),
        ([], ["Place P"], [], "nothing to be kept apart from"),
        ([], ["Place P | District A"], [], "overlap"),
        ([], [], ["Place P"], "does not say where"),
    ],
)
def test_wishes_that_cannot_be_meant(keep: list[str], apart: list[str], fix: list[str], said: str) -> None:
    with pytest.raises(CriteriaError, match=said):
        locked(place(), parse(keep, apart, fix))


def test_wishes_become_locks_with_words() -> None:
    wishes, called = locked(place(), parse(["Place P + Place Q"], ["Place R|Place S"], ["E01900003 = N-1"]))
    keep, apart, fix = wishes
    assert (keep.words, len(keep.locks.together[0])) == ("keeping Place P and Place Q together", 8)
    assert (apart.words, len(apart.locks.apart)) == ("keeping Place R and Place S apart", 4)
    assert fix.locks.fixed == (("E01900003", "N-1"),)
    assert called["E01900001"] == "Place P"


def test_a_plan_that_has_it_already_is_handed_back() -> None:
    area = place()
    plan = drawn(area, ["XXYYZZ", "XXYYZZ"], CRITERIA)
    answer = ask(area, CRITERIA, parse(["Place P"], [], []), plan=plan)
    assert (answer.state, answer.already, answer.headline) == (State.YES, True, "Yes: your plan has this already.")
    assert answer.plan is not None
    assert answer.plan.assignment == plan.assignment
    best = ask(area, CRITERIA, parse([], ["E01900001 | E01900012"], []))
    assert best.already
    assert "without asking" in best.headline


def test_yes_changes_as_few_people_as_can_be() -> None:
    # X X Y Y Z Z   each 40,000; the wish: the first two of the top row apart from each other. Whoever leaves X takes
    # X X Y Y Z Z   10,000 along, and no neighbourhood may have fewer than 30,000: one unit moves.
    area = place()
    plan = drawn(area, ["XXYYZZ", "XXYYZZ"], CRITERIA)
    answer = ask(area, CRITERIA, parse([], ["E01900001 | E01900002"], []), plan=plan, processes=1)
    assert answer.state is State.YES
    assert answer.people_moved == 10_000
    assert answer.headline.startswith(
        "Yes: 10,000 people (8.3%) in 1 area would be in another neighbourhood than in your"
    )
    assert "keeps the area at its heart" in answer.lines[0]
    assert answer.plan is not None
    assert check(answer.plan, area).holds
    assert [row.people_after for row in answer.changed] == [50_000, 30_000]
    assert answer.plan.codes == plan.codes  # the neighbourhoods stay who they are


def test_a_number_and_a_size_against_the_best_plan() -> None:
    answer = ask(place(), CRITERIA, Wishes(), {"neighbourhoods": 2, "maximum": 60_000}, processes=1)
    assert answer.state is State.YES
    assert answer.plan is not None
    assert len(answer.plan.neighbourhoods) == 2
    assert answer.wish == "2 neighbourhoods"
    assert any("a person" in line for line in answer.lines)


def test_a_target_outside_the_new_limits_follows_them() -> None:
    criteria, _, _ = question(place(), CRITERIA, Wishes(), {"maximum": 35_000})
    assert (criteria.target, criteria.maximum) == (35_000, 35_000)
    with pytest.raises(CriteriaError):
        question(place(), CRITERIA, Wishes(), {"maximum": 35_000, "target": 40_000})


def test_no_names_the_cause_with_numbers_and_what_helps() -> None:
    area = place()
    answer = ask(area, CRITERIA, parse(["Place P + Place Q"], [], []))
    assert answer.state is State.NO
    assert answer.headline == "No: keeping Place P and Place Q together does not go with a maximum of 60,000 people."
    assert answer.proven
    assert "Residents: Place P 40,000, Place Q 40,000; together 80,000." in answer.reasons
    drop, limit = answer.ways
    assert limit.words == "with a maximum of 80,000 people, and no less of a change will do"
    assert drop.words == "without keeping Place P and Place Q together"
    for way in answer.ways:
        assert check(way.plan, area).holds


def test_no_in_a_chain_says_what_lies_on_the_way() -> None:
    # P Q R in a row of 30,000 each: P with R takes Q along, 90,000 in all.
    area = grid_area(["AAA"], 30_000, msoa=["PQR"])
    answer = ask(area, CRITERIA, Wishes(keep=(("Place P", "Place R"),)))
    assert "needs at least 90,000 people, even along the way" in " ".join(answer.reasons)
    assert any(way.words.startswith("with a maximum of 90,000 people") for way in answer.ways)


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_nearest_is_a_plan_and_beats_none_that_keeps_its_hearts(data: st.DataObject) -> None:
    people = [data.draw(st.sampled_from([3, 5, 8])) * 100 for _ in range(8)]
    area = grid_area(["AAAA", "AAAA"], people)
    two = st.lists(st.integers(0, 7), min_size=2, max_size=2, unique=True)
    a, b = data.draw(two)
    criteria = Criteria(
        target=sum(people) // 2, minimum=max(1, int(sum(people) * 0.3)), maximum=int(sum(people) * 0.7), within=(),
        neighbourhoods=2, locks=Locks(apart=((area.codes[a], area.codes[b]),)),
    )  # fmt: skip
    problem = build_problem(area, criteria)
    edges = tuple(
        (r * 4 + c, r2 * 4 + c2)
        for r in (0, 1)
        for c in range(4)
        for r2, c2 in ((r, c + 1), (r + 1, c))
        if r2 < 2 and c2 < 4
    )
    model = Model(
        Question(
            tuple(people), edges, (0,) * 8, (0,) * 8, criteria.minimum, criteria.maximum, 2, {}, {}, {"w": ((a, b),)}
        )
    )
    given_plan = [0, 0, 1, 1, 0, 0, 1, 1]
    rules = ["one piece", "minimum", "maximum", "number", "w"]
    found = nearest(problem, criteria, problem.people * 0 + given_plan)
    if found is None:
        return
    assert model.is_plan(found.labels.tolist(), rules)
    assert found.moved == sum(p for p, x, y in zip(people, found.labels, given_plan, strict=True) if x != y)
    good = model.home[model.plans(rules)]
    least = min(
        min(sum(p for p, x, y in zip(people, row ^ flip, given_plan, strict=True) if x != y) for flip in (0, 1))
        for row in good
    )
    assert found.moved >= least


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(0, 9), min_size=12, max_size=12), st.sets(st.integers(0, 11), min_size=2, max_size=4))
def test_the_lightest_way_is_the_lightest_connected_set(people: list[int], nodes: set[int]) -> None:
    cells = [(r, c) for r in range(3) for c in range(4)]
    near = [[] for _ in cells]
    for u, v in grid_edges(cells):
        near[u].append(v)
        near[v].append(u)
    everyone = set(range(12))

    def connected(mask: int) -> bool:
        seen = mask & -mask
        while True:
            grown = seen
            for i in range(12):
                if seen >> i & 1:
                    for j in near[i]:
                        grown |= mask & 1 << j
            if grown == seen:
                return seen == mask
            seen = grown

    wanted = sum(1 << i for i in nodes)
    weights = [sum(people[i] for i in range(12) if m >> i & 1) for m in range(1 << 12)]
    least = min(weights[m] for m in range(1 << 12) if m & wanted == wanted and connected(m))
    assert lightest(people, near, sorted(nodes), everyone) == least
    way = way_of(people, near, sorted(nodes), everyone)
    assert way is not None
    assert connected(sum(1 << i for i in way))
    assert nodes <= way


def test_a_group_shut_in_by_what_it_is_kept_apart_from() -> None:
    # 0 - 1 - 2 - 3: node 0 of 10 people is kept apart from node 1 and needs 20.
    part = part_of([(i, 0.0) for i in range(4)], [(0, 1), (1, 2), (2, 3)], [10] * 4, 2, 20, 40, apart=[(0, 1)])
    proof = prove_by_shape(part, groups_of(part))
    assert proof is not None
    assert (proof.kind, proof.nodes, proof.people) == ("enclosed", (0,), 10)


def test_the_study_carries_an_answer_and_believes_no_forged_one() -> None:
    area = place()
    plan = drawn(area, ["XXYYZZ", "XXYYZZ"], CRITERIA)
    wishes = parse([], ["E01900001 | E01900002"], [])
    asked = json.loads(json.dumps(asking.asked_of(CRITERIA, wishes, {"maximum": 55_000}, plan, 5)))
    said: list[str] = []
    told = json.loads(json.dumps(asking.run(area, asked, lambda words, _: said.append(words), lambda: False)))
    answer = asking.read(area, asked, told)
    assert answer.state is State.YES
    assert answer.people_moved == 10_000
    assert said
    assert answer.plan is not None
    where = dict(told["plan"]["assignment"])
    for unit in area.codes[:2]:
        where[unit] = answer.plan.where()[area.codes[0]]
    with pytest.raises(PlanError, match="does not pass the checker"):
        asking.read(area, asked, told | {"plan": told["plan"] | {"assignment": where}})
    easier = told["plan"] | {"criteria": CRITERIA.to_json()}
    with pytest.raises(PlanError, match="for another question"):
        asking.read(area, asked, told | {"plan": easier})
    with pytest.raises(PlanError, match="no plan with it"):
        asking.read(area, asked, told | {"plan": None})
    no = asking.asked_of(CRITERIA, parse(["Place P + Place Q"], [], []), {}, None)
    refused = asking.read(area, no, json.loads(json.dumps(asking.run(area, no, lambda *_: None, lambda: False))))
    assert (refused.state, len(refused.ways)) == (State.NO, 2)


def test_the_command_answers_no_with_exit_code_1_and_near_names_with_2(tmp_path) -> None:  # type: ignore[no-untyped-def]
    def run(*args: str):  # type: ignore[no-untyped-def]
        return CliRunner().invoke(cli, ["ask", "--source", "demo", *args], catch_exceptions=False)

    out = tmp_path / "out"
    no = run("--keep", "Wexbridge + Orrinham", "--out", str(out))
    assert no.exit_code == 1
    assert "No: keeping Wexbridge and Orrinham together does not go with a maximum of 60,000 people." in no.stdout
    assert "Any one of these would do:" in no.stdout
    assert (out / "plan.json").exists()
    wrong = run("--keep", "Wexbrige + Orrinham")
    assert wrong.exit_code == 2
    assert "Did you mean “Wexbridge”" in wrong.stderr
    nothing = run()
    assert nothing.exit_code == 2
    assert "Nothing is asked" in nothing.stderr
    number = run("--neighbourhoods", "3", "--max", "45000")
    assert number.exit_code == 1
    assert "3 neighbourhoods" in number.stdout


def test_the_page_takes_a_wish_and_shows_its_answer(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from footprints.ui import study

    area = grid_area(["AAABBB"] * 3, msoa=["CCCDDD"] * 3)
    load_as(monkeypatch, area)
    own = shelf_of(area)
    app = open_page("ask", own)
    assert "Can we?" in texts(app)
    assert app.button(key="ask").disabled
    begun: list[dict[str, object]] = []
    monkeypatch.setattr(study, "begin", lambda name, asked: begun.append(asked))
    keep = app.multiselect(key="ask_keep")
    names = [name for name in keep.options if name.startswith("Place")]
    keep.set_value(names[:2]).run()
    app.button(key="ask").click().run()
    (asked,) = begun
    assert len(asked["keep"][0]) == 2  # type: ignore[index]
    answer = asking.read(area, asked, asking.run(area, asked, lambda *_: None, lambda: False))  # type: ignore[arg-type]
    monkeypatch.setattr(study, "result", lambda name, question: answer)
    app.run()
    assert answer.headline in texts(app)
    assert not app.exception
    before = len(app.session_state["footprints"].shelf.options)
    app.button(key="shelve_way_1").click().run()
    assert len(app.session_state["footprints"].shelf.options) == before + 1


def test_the_nearest_plan_is_looked_for_in_counted_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    area = grid_area(["A" * 12] * 10, 2_000)
    criteria = Criteria(target=60_000, minimum=50_000, maximum=62_000, within=(), neighbourhoods=4)
    problem = build_problem(area, criteria)
    labels = np.array([min(3, (i % 12) // 3) for i in range(120)], dtype=np.int64)
    labels[labels == 3] = np.where(np.arange(120)[labels == 3] % 12 == 9, 2, 3)  # columns of 3, 3, 4 and 2
    asked: list[tuple[int, int, bool]] = []
    real = nearest_module.solve_exact

    def counted(part: Part, **given: Any) -> Exact:
        asked.append((given["steps"], int(given["pair_ok"].sum()), given["incumbent"] is not None))
        return real(part, **given)

    monkeypatch.setattr(nearest_module, "solve_exact", counted)
    monkeypatch.setattr(nearest_module, "TO_A_PLAN", 45_000)
    found = nearest(problem, criteria, labels)
    assert found is not None and asked
    for steps, pairs, begun in asked:
        assert steps <= max(nearest_module.LEAST_STEPS, (nearest_module.WORK if begun else 45_000) // pairs)
    assert any(steps < 200 for steps, _, begun in asked if not begun)
    assert found.fewest  # the proof is not weaker for it
    assert found.moved == 18_000  # the third has 80,000 people: nine LSOAs have to leave it

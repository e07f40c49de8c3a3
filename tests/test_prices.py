"""The price of each rule: the interval holds the true difference, found by counting every plan with and without it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from boundaries.area import Area
from footprints.cli import cli
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.prices import a_person, rule_in_words, said, table, weighing
from footprints.propose import propose
from footprints.studies import numbers as numbers_study
from footprints.studies import prices as study
from footprints.ui import state
from optimise import Criteria, Locks, Problem, Weights, build_problem
from optimise.solve import solve
from optimise.trading.blocks import frozen_value
from optimise.trading.numbers import numbers
from optimise.trading.prices import prices
from optimise.trading.principles import MOST_LOCKS, principles
from optimise.trading.tables import Price, Prices
from tests.grids import grid_area
from tests.whole_problems import optimum

LINE = Criteria(target=30_000, minimum=20_000, maximum=40_000, seconds=5)
# Four cells of district A and two of B, 10,000 people each, a row of 1 km cells. Nested in two: 4 km from A's second
# cell (10,000 x (1 + 1 + 2)), 1 km in B, and both 10,000 people off at 0.5 km: 60,000 person-km. Not nested in two:
# three and three, 20,000 each and nobody off: 40,000 person-km. The price of the line is 20,000 person-km.
ROW = grid_area(["AAAABB"])


def priced(area: Area, criteria: Criteria) -> Prices:
    return prices(build_problem(area, criteria), criteria, processes=1)


def by_key(found: Prices) -> dict[str, Price]:
    return {price.rule.key: price for price in found.prices}


def test_the_price_of_a_line_in_a_row() -> None:
    found = priced(ROW, LINE)
    assert found.best == pytest.approx(60_000)
    price = by_key(found)["within:district"]
    assert price.low == pytest.approx(20_000, abs=20)
    assert price.high == pytest.approx(20_000, abs=20)
    assert price.best_with == pytest.approx(60_000)
    assert price.best_without == pytest.approx(40_000)
    assert price.everywhere
    words = said(price, found, ROW)
    assert words.sentence == "Never crossing a district line costs 0.33 to 0.34 km a person."


def test_a_line_that_changes_nothing_costs_nothing_and_that_is_proven() -> None:
    found = priced(grid_area(["AAABBB"]), LINE)
    price = by_key(found)["within:district"]
    assert price.low == 0.0
    assert said(price, found, ROW).sentence == "Never crossing a district line costs nothing, which is proven."


def test_squared_distance_is_said_in_its_own_unit() -> None:
    squared = replace(LINE, distance="km2")
    found = priced(ROW, squared)
    price = by_key(found)["within:district"]
    assert "km²" in said(price, found, ROW).price
    assert table(found, ROW)[0][3] == "low_km2_a_person"


# --- against every plan --------------------------------------------------------------------------------------------


def truth(problem: Problem, criteria: Criteria, price: Price, nests: dict[tuple[str, ...], int]) -> float | None:
    """Optimum with the rule less optimum without it, by counting; None where one of them has no plan.

    nests : the numbers of the solved plan by the codes of each nest. They stay as they are, or their sum where nests
    change; a free number is any. A wider band does not undo what was joined.
    """
    rule, total = price.rule, sum(nests.values())
    pinned = tuple((codes[0], number) for codes, number in nests.items()) if criteria.within else total
    own = replace(criteria, neighbourhoods=pinned)
    if rule.kind == "number":
        free = [optimum(problem, replace(rule.other, neighbourhoods=None), k) for k in range(1, 9)]
        other = min((value for value in free if value is not None), default=None)
    elif rule.kind == "within":
        other = optimum(problem, replace(rule.other, neighbourhoods=total), total)
    elif rule.kind == "band":
        joins = tuple((code, codes[0]) for codes in nests for code in codes[1:])
        other = optimum(problem, replace(rule.other, neighbourhoods=pinned, joins=joins), total)
    else:
        other = optimum(problem, replace(rule.other, neighbourhoods=pinned), total)
    mine = optimum(problem, own, total)
    if mine is None or other is None:
        return None
    return mine - other if rule.in_force else other - mine


def nests_of(problem: Problem, criteria: Criteria) -> dict[tuple[str, ...], int]:
    """How many neighbourhoods each nest has in the solved plan, frozen ones too."""
    plan = solve(problem, replace(criteria, community_allowance=0.0), processes=1)
    found: dict[tuple[str, ...], int] = {}
    for part in plan.parts:
        found[part.groups] = found.get(part.groups, 0) + part.neighbourhoods
    for _, units in criteria.locks.frozen:
        level = problem.levels["district"]
        home = level.codes[level.group[problem.codes.index(units[0])]]
        nest = next(codes for codes in found if not codes or home in codes)
        found[nest] += 1
    return found


def hold(area: Area, criteria: Criteria) -> Prices:
    """Every price against the truth."""
    problem = build_problem(area, criteria)
    found = prices(problem, criteria, processes=1)
    if found.best is None:
        return found
    assert found.bound <= found.best * (1 + 1e-9)
    nests = nests_of(problem, criteria)
    for price in found.prices:
        true = truth(problem, criteria, price, nests)
        where = (price.rule.key, price.low, true, price.high)
        if price.impossible:
            assert true is None, where
        elif true is not None:
            room = 1e-6 * max(1.0, found.best)
            assert price.low is None or price.low <= true + room, where
            assert price.high is None or true <= price.high + room, where
        if price.low is not None and price.high is not None:
            assert price.low <= price.high, where
    return found


PICTURES = (["AAAABB"], ["AABB", "AABB"], ["AAB", "ABB", "ABB"], ["AAAB", "AABB"], ["AAAAA", "AABBB"])
MSOAS = (["CCDDEE"], ["CDDE", "CDFE"], ["CCD", "EED", "EFF"], ["CCDD", "EEFF"], ["CCDDE", "FFGGE"])


@st.composite
def questions(draw: st.DrawFn) -> tuple[Area, Criteria]:
    at = draw(st.integers(0, len(PICTURES) - 1))
    n = sum(len(row) for row in PICTURES[at])
    people = draw(st.lists(st.sampled_from([6_000, 10_000, 13_000]), min_size=n, max_size=n))
    area = grid_area(PICTURES[at], people, msoa=MSOAS[at])
    two = draw(st.lists(st.sampled_from(area.codes), min_size=2, max_size=2, unique=True))
    kind = draw(st.sampled_from(["", "", "together", "apart", "fixed"]))
    locks = Locks()
    if kind == "together":
        locks = Locks(together=(tuple(two),))
    elif kind == "apart":
        locks = Locks(apart=((two[0], two[1]),))
    elif kind == "fixed":
        locks = Locks(fixed=((two[0], "G-1"), (two[1], draw(st.sampled_from(["G-1", "G-2"])))))
    criteria = Criteria(
        target=draw(st.sampled_from([25_000, 30_000])),
        minimum=draw(st.sampled_from([15_000, 20_000])),
        maximum=draw(st.sampled_from([35_000, 45_000])),
        within=draw(st.sampled_from([(), ("district",)])),
        keep_whole=draw(st.sampled_from([(), (), ("msoa",)])),
        distance=draw(st.sampled_from(["km", "km", "km2"])),
        small_districts=draw(st.sampled_from(["join", "alone"])),
        locks=locks,
        seconds=5,
    )
    return area, criteria


@settings(max_examples=30, deadline=None, derandomize=True)
@given(question=questions())
def test_the_interval_holds_the_true_difference(question: tuple[Area, Criteria]) -> None:
    hold(*question)


def test_every_kind_of_lock_on_a_grid() -> None:
    area = grid_area(["AAAA", "AABB", "BBBB"], [10_000, 8_000, 10_000, 12_000] * 3)
    c = area.codes
    base = replace(LINE, within=())
    for locks, keys in (
        (Locks(together=((c[0], c[5]),)), ["together"]),
        (Locks(apart=((c[0], c[1]), (c[4], c[8]))), ["apart", "apart"]),
        (Locks(fixed=((c[0], "G-1"), (c[3], "G-2"))), ["fixed", "fixed"]),
        (Locks(frozen=(("G-9", (c[3], c[6], c[7])),)), ["frozen"]),
    ):
        found = hold(area, replace(base, locks=locks))
        locked = [
            price.rule.kind for price in found.prices if price.rule.kind in ("together", "apart", "fixed", "frozen")
        ]
        assert locked == keys
        for price in found.prices:
            if price.rule.kind in ("together", "apart", "fixed"):
                assert price.low is not None
                assert price.low >= 0


def test_a_frozen_neighbourhood_is_priced_with_its_own_value() -> None:
    """The row of six cut as 2 + 4 by freezing the first two; without that 3 + 3 saves 20,000 person-km."""
    frozen = replace(LINE, within=(), locks=Locks(frozen=(("G-1", ROW.codes[:2]),)))
    problem = build_problem(ROW, frozen)
    assert frozen_value(problem, frozen, np.array([0, 1])) == pytest.approx(10_000 + 5_000)
    found = hold(ROW, frozen)
    price = by_key(found)["frozen:G-1"]
    assert price.low == pytest.approx(20_000, abs=20)
    assert price.high == pytest.approx(20_000, abs=20)


def test_where_a_rule_excuses_what_other_rules_forbid_it_may_save() -> None:
    """District B, 10,000 people, is left alone below the minimum of 15,000: 1 + 5 + 2 = 8,000 person-km in A, 0 in B.
    Without the line it needs its neighbours: 1,000 in the first two cells, 5 x 2 + 1 = 11,000 in the last three."""
    area = grid_area(["AAAAB"], [1_000, 20_000, 5_000, 1_000, 10_000])
    criteria = replace(LINE, minimum=15_000, maximum=50_000, small_districts="alone", weights=Weights(deviation=0.0))
    found = hold(area, criteria)
    price = by_key(found)["within:district"]
    assert price.low == pytest.approx(-4_000, abs=10)
    assert price.high == pytest.approx(-4_000, abs=10)
    assert "saved" in said(price, found, area).sentence


def test_groups_across_a_line_are_split_with_it_and_whole_without_it() -> None:
    """So no plan with the line is a plan without it, and the price of the line may be less than nothing."""
    area = grid_area(["AAA", "BBB"], msoa=["CDE", "CDE"])
    found = hold(area, replace(LINE, keep_whole=("msoa",)))
    price = by_key(found)["within:district"]
    assert price.low is not None
    assert price.low < 0


def test_a_rule_that_no_plan_keeps_is_impossible_and_says_why() -> None:
    area = grid_area(["AAA", "AAA"], 15_000, msoa=["CCC", "CCD"])
    criteria = replace(LINE, within=(), maximum=50_000)
    price = by_key(priced(area, criteria))["keep_whole:msoa"]
    assert price.impossible
    assert price.reasons
    words = said(price, priced(area, criteria), area)
    assert words.price == "no plan"
    assert "would leave no plan" in words.sentence


def test_more_locks_than_are_priced_one_by_one_are_priced_together() -> None:
    area = grid_area(["AAAAAA", "AAAAAA"])
    pairs = tuple((area.codes[i], area.codes[i + 6]) for i in range(6))
    more = tuple((area.codes[i], area.codes[i + 1]) for i in range(5))
    criteria = replace(LINE, within=(), locks=Locks(apart=(*pairs, *more)))
    rules = principles(build_problem(area, criteria), criteria)
    locks = [rule for rule in rules if rule.kind in ("apart", "locks")]
    assert len(locks) == MOST_LOCKS
    assert locks[-1].count == len(pairs) + len(more) - MOST_LOCKS + 1
    assert len(locks[-1].other.locks.apart) == MOST_LOCKS - 1
    assert rule_in_words(locks[-1], area, criteria) == "keeping the other 4 locks"


def test_one_district_has_no_price_for_its_line_and_a_penalised_one_is_not_offered() -> None:
    criteria = replace(LINE, within=("district",))
    assert "within:district" not in [r.key for r in principles(build_problem(grid_area(["AAAA"]), criteria), criteria)]
    crossed = replace(LINE, within=(), penalise=("district",))
    assert "within:district" not in [r.key for r in principles(build_problem(ROW, crossed), crossed)]
    free = replace(LINE, within=())
    offered = {r.key: r.in_force for r in principles(build_problem(ROW, free), free)}
    assert offered == {"band": True, "number": True, "within:district": False}


def test_no_plan_has_no_prices() -> None:
    found = priced(ROW, replace(LINE, minimum=39_000, target=39_500))
    assert found.best is None
    assert found.reasons
    assert found.prices == ()


def test_a_stop_gives_what_is_true_so_far() -> None:
    problem = build_problem(ROW, LINE)
    known = solve(problem, replace(LINE, community_allowance=0.0), processes=1)
    found = prices(problem, LINE, solution=known, processes=1, should_stop=lambda: True)
    assert not found.repeatable
    price = by_key(found)["within:district"]
    assert price.low is not None
    assert price.low <= 20_000
    assert price.high is None or price.high >= 20_000 - 1


def test_the_price_of_the_number_agrees_with_the_table_of_numbers() -> None:
    area = grid_area(["AAABBB"] * 2, [10_000, 9_000, 10_000, 12_000, 10_000, 10_000] * 2)
    criteria = Criteria(target=30_000, minimum=18_000, maximum=42_000, seconds=5)
    price = by_key(priced(area, criteria))["number"]
    rows = numbers(build_problem(area, criteria), criteria, processes=1)
    free = rows.free
    assert free is not None
    assert free.best is not None
    assert price.number == free.number
    best = next(row.best for row in rows.rows if row.number == rows.proposed)
    assert best is not None
    assert price.high == pytest.approx(best - free.best, abs=0.001 * best)


# --- words, the study, the command, the page -----------------------------------------------------------------------


@given(value=st.floats(0.0, 1e9), residents=st.integers(1, 10_000_000), up=st.booleans(), squared=st.booleans())
def test_an_end_that_is_said_is_never_inside_the_interval(
    value: float, residents: int, up: bool, squared: bool
) -> None:
    words, unit = a_person(value, residents, squared, up=up).split()
    shown = float(words.replace(",", "")) * {"km": 1.0, "m": 0.001, "km²": 1.0}[unit]
    true = value / residents
    assert shown >= true * (1 - 1e-9) - 1e-9 if up else shown <= true * (1 + 1e-9) + 1e-9
    assert abs(shown - true) <= 0.0100001


def made(low: float | None, high: float | None, area: Area = ROW, **more: object) -> tuple[Price, Prices]:
    rule = principles(build_problem(area, LINE), LINE)[0]
    price = replace(Price(rule, low, high, where=("District A",), everywhere=True), **more)  # type: ignore[arg-type]
    return price, Prices(LINE, (price,), 250_000.0, 250_000.0, 2, 100_000)


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (20_000.0, 30_000.0, "costs 0.20 to 0.30 km a person."),
        (0.0, 10_000.0, "costs at most 0.10 km a person."),
        (0.0, 1_234.0, "costs at most 13 m a person."),
        (1_201.0, 1_299.0, "costs 12 to 13 m a person."),
        (8_100.0, 12_000.0, "costs 81 m to 0.12 km a person."),
        (0.0, 20.0, "costs nothing, which is proven."),
        (
            -5_000.0,
            7_000.0,
            "between 50 m saved and 70 m a person, "
            "since the exceptions that it brings would not be allowed without it.",
        ),
        (3_000.0, None, "would cost at least 30 m a person if it can be done at all: no plan that does was found."),
        (None, None, "no plan was found to compare with, and none is proven impossible."),
    ],
)
def test_prices_in_words(low: float | None, high: float | None, words: str) -> None:
    price, found = made(low, high)
    assert said(price, found, ROW).sentence.endswith(words)


def test_rules_in_words() -> None:
    area = grid_area(["AAABBB", "AAABBB"], msoa=["CCDDEE", "CCDDEE"])
    c = area.codes
    locks = Locks(fixed=((c[0], "G-1"),), together=((c[1], c[2]),), apart=((c[3], c[9]),), frozen=(("G-7", (c[4],)),))
    criteria = replace(LINE, keep_whole=("msoa",), locks=locks)
    rules = principles(build_problem(area, criteria), criteria)
    words = [rule_in_words(rule, area, criteria, 4) for rule in rules]
    assert words == [
        "never crossing a district line",
        "never splitting an MSOA",
        "keeping sizes to 20,000 to 40,000 people, against 10,000 to 50,000,",
        "having 4 neighbourhoods, against any other number,",
        "fixing 1 area to G-1",
        "keeping Place C, part (Grid 0001) and Place D, part (Grid 0002) together",
        "keeping Place D, part (Grid 0003) and Place D, part (Grid 0103) apart",
        "leaving G-7 as it is",
    ]
    assert (
        weighing(build_problem(area, criteria), criteria, area)["keep_whole:msoa"] == "Weighing never splitting an MSOA"
    )


def test_the_study_comes_back_as_it_was_and_nothing_else_is_believed() -> None:
    asked = {"criteria": LINE.to_json()}
    answer = json.loads(json.dumps(study.run(ROW, asked, lambda words, done: None, lambda: False)))
    assert study.read(ROW, asked, answer) == priced(ROW, LINE)
    for tamper in (
        lambda a: a["prices"].pop(),
        lambda a: a["prices"][0].__setitem__("low", 1e9),
        lambda a: a["prices"][0].__setitem__("high", 5.0),
        lambda a: a["prices"][0].__setitem__("bound_with", 1e9),
        lambda a: a["prices"][0].__setitem__("rule", "frozen:X"),
        lambda a: a["prices"][0].__setitem__("best_without", float("nan")),
        lambda a: a.__setitem__("bound", 1e9),
        lambda a: a.pop("number"),
    ):
        wrong = json.loads(json.dumps(answer))
        tamper(wrong)
        with pytest.raises(PlanError):
            study.read(ROW, asked, wrong)


def test_the_command_shows_and_writes_the_prices(tmp_path: Path) -> None:
    out = tmp_path / "prices.csv"
    args = ["prices", "--source", "demo", "--area", "Orrindale", "--area", "Saltreach", "--seconds", "5"]
    shown = CliRunner().invoke(cli, [*args, "--out", str(out)], prog_name="footprints", catch_exceptions=False)
    assert shown.exit_code == 0
    assert "Rules in force: what they cost" in shown.output
    assert "Never splitting a ward would cost" in shown.output
    rows = out.read_text(encoding="utf-8").splitlines()
    assert rows[0].startswith("rule,in_force,price,low_km_a_person,high_km_a_person")
    assert len(rows) == 6


def test_the_command_says_why_there_are_no_prices() -> None:
    args = ["prices", "--source", "demo", "--area", "Orrindale", "--min", "59000", "--target", "59500"]
    shown = CliRunner().invoke(cli, args, prog_name="footprints", catch_exceptions=False)
    assert shown.exit_code == 1
    assert "There is no plan" in shown.output


def page_of(area):  # type: ignore[no-untyped-def]
    """Run by AppTest from its source."""
    from footprints.ui import numbers, prices, state

    option = state.session().shelf.get()
    prices.show(option, area)
    numbers.show(option)


def test_the_page_offers_both_studies_and_shows_what_they_found(monkeypatch: pytest.MonkeyPatch) -> None:
    area = grid_area(["AAABBB"] * 2)
    proposal = propose(area, LINE, processes=1)
    own = state.Session(opened=True)
    own.change(lambda shelf: shelf.add(proposal.plan, proposal.solution))
    begun: list[str] = []
    monkeypatch.setattr("footprints.ui.study.begin", lambda name, asked: begun.append(name))
    monkeypatch.setattr(state, "_load", lambda source, place, tenant: area)
    app = AppTest.from_function(page_of, kwargs={"area": area}, default_timeout=60)
    app.session_state["footprints"] = own
    app.run()
    assert not app.exception
    app.button(key="prices").click().run()
    app.button(key="numbers").click().run()
    assert begun == ["prices", "numbers"]
    asked = {"criteria": proposal.plan.criteria.to_json()}
    answers = {
        "prices": study.read(area, asked, study.run(area, asked, lambda w, d: None, lambda: False)),
        "numbers": numbers_study.read(area, asked, numbers_study.run(area, asked, lambda w, d: None, lambda: False)),
    }
    monkeypatch.setattr("footprints.ui.study.result", lambda name, question: answers[name])
    app.run()
    assert not app.exception
    shown = " ".join([e.proto.body for e in app.get("html")] + [str(e.value) for e in app.get("markdown")])
    assert "Never crossing a district line" in shown
    assert "this plan" in shown
    assert "With a free number" in shown
    assert isinstance(proposal.plan, Plan)


def rising(values: Sequence[float]) -> bool:
    return all(a <= b + 1e-9 for a, b in itertools.pairwise(values))


def test_a_wider_band_never_gains_less() -> None:
    """Bands that hold each other: the best with each is no better than with the next, and so the prices rise."""
    area = grid_area(["AAB", "ABB", "ABB"], [10_000, 7_000, 12_000] * 3)
    gains = []
    for maximum in (46_000, 40_000, 36_000):
        criteria = replace(LINE, within=(), maximum=maximum, minimum=24_000, neighbourhoods=3)
        gains.append(priced(area, criteria).best or 0.0)
    assert rising(gains)

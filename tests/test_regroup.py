"""Dividing a few neighbourhoods anew: never worse, locks hold, nothing outside moves, and no lie is believed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from boundaries.area import Area
from footprints import edit
from footprints.editing.regroup import regroup
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.studies import regroup as study
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn

ASKED = Criteria(target=40_000, minimum=30_000, maximum=50_000, within=())
CROOKED = ["aaabbb", "abbaab", "ababab", "cccddd", "cccddd", "cccddd"]


@pytest.fixture(scope="module")
def area() -> Area:
    return grid_area(["AAAAAA"] * 6, 5_000)


@pytest.fixture(scope="module")
def plan(area: Area) -> Plan:
    return drawn(area, CROOKED, ASKED)


def after(plan: Plan, area: Area, moves: Any) -> Plan:
    for units, code in moves:
        plan = edit.move(plan, area, units, code)
    return plan


def test_a_crooked_pair_is_put_right_and_nothing_else_moves(area: Area, plan: Plan) -> None:
    pair = (plan.where()[area.codes[0]], plan.where()[area.codes[5]])
    found = regroup(area, plan, pair, seconds=5, processes=1)
    made = after(plan, area, found.moves)
    assert found.faults[1] < found.faults[0] or found.after < found.before
    assert found.bound <= found.after
    was, now = plan.where(), made.where()
    assert {u for u in now if was[u] != now[u]} == {u for units, _ in found.moves for u in units}
    assert all(was[u] == now[u] for u in area.codes if was[u] not in pair)
    assert found.people == 5_000 * sum(len(units) for units, _ in found.moves)
    again = regroup(area, made, pair, seconds=5, processes=1)
    assert again.moves == () and "as well as" in again.words


def test_locked_units_stay(area: Area, plan: Plan) -> None:
    pair = (plan.where()[area.codes[0]], plan.where()[area.codes[5]])
    held = edit.lock(plan, [area.codes[3], area.codes[14]])
    found = regroup(area, held, pair, seconds=5, processes=1)
    moved = {u for units, _ in found.moves for u in units}
    assert not moved & set(held.locked)
    assert after(held, area, found.moves).where()[area.codes[3]] == plan.where()[area.codes[3]]


def test_one_or_five_neighbourhoods_and_what_cannot_be_are_refused(area: Area, plan: Plan) -> None:
    with pytest.raises(PlanError, match="cannot be divided anew"):
        regroup(area, plan, plan.codes[:1])
    tight = replace(plan, criteria=replace(ASKED, minimum=39_000, maximum=41_000, target=40_000))
    with pytest.raises(PlanError, match="No division of "):
        regroup(area, tight, plan.codes[:2], seconds=5, processes=1)


def test_an_answer_is_believed_only_after_our_own_look(area: Area, plan: Plan) -> None:
    pair = tuple(sorted((plan.where()[area.codes[0]], plan.where()[area.codes[5]])))
    locked = edit.lock(plan, [area.codes[0]])
    asked = study.asked_for(locked, pair, 5)
    answer = study.run(area, asked, lambda *_: None, lambda: False)
    found = study.read(area, asked, answer)
    assert found.moves
    other = pair[1] if answer["after"][area.codes[0]] == pair[0] else pair[0]
    outside = next(code for code in plan.codes if code not in pair)
    for lie in (
        {**answer, "after": {**answer["after"], area.codes[0]: other}},
        {**answer, "after": {**answer["after"], area.codes[1]: outside}},
        {**answer, "after": dict([*answer["after"].items()][1:])},
        {**answer, "after": None},
        {**answer, "bound": 10 * found.after},
        {**answer, "bound": float("nan")},
        {**answer, "bound": "0"},
    ):
        with pytest.raises(PlanError):
            study.read(area, asked, lie)

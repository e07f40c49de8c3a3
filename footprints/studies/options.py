"""Other good plans as a study.

asked : {"plan": document of the proposal, "solution": what was proven of it, "wanted": number, the proposal included,
"within": fraction, "apart": fraction}. answer : {"options": [{"plan", "solution"}, ...], "improved", "in_words"}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.jobs.protocol import ProtocolError, Result, from_json, to_json
from footprints.jobs.verify import faults_of
from footprints.options import GoodPlan, GoodPlans, good_plans
from footprints.plan import Plan, document
from footprints.propose import Proposal
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.problem import Ints, Problem
from optimise.score import terms
from optimise.solution import Solution
from optimise.variety.alternatives import APART, WITHIN
from optimise.variety.difference import difference

TOLERANCE = 1e-6


def asked_for(
    plan: Plan, solution: Solution, wanted: int, within: float = WITHIN, apart: float = APART
) -> dict[str, Any]:
    """The question as JSON. solution : of exactly this plan, as it came from the optimiser."""
    return {
        "plan": document(plan),
        "solution": to_json(solution),
        "wanted": wanted,
        "within": within,
        "apart": apart,
    }


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Look for the plans; in the child."""
    found = good_plans(
        area,
        _proposal(asked),
        int(asked["wanted"]),
        within=float(asked["within"]),
        apart=float(asked["apart"]),
        tell=tell,
        should_stop=should_stop,
    )
    return {
        "options": [{"plan": document(own.plan), "solution": to_json(own.solution)} for own in found.options],
        "improved": found.improved,
        "in_words": found.in_words,
    }


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> GoodPlans:
    """The options, each checked like a proposal, its value added up anew, its bound no other than the one asked with.

    Raises PlanError where one of them does not hold.
    """
    before = _proposal(asked)
    assert before.plan is not None  # noqa: S101 (for the type checker)
    criteria = before.plan.criteria
    problem = build_problem(area, criteria)
    given = [_one(entry, "the answer") for entry in answer["options"]]
    people = area.units["residents"].to_numpy(dtype=np.int64)
    everyone: list[Ints] = []
    options: list[GoodPlan] = []
    for plan, solution in given:
        faults = [*faults_of(Result(plan, solution), criteria, area), *_figures(problem, criteria, solution)]
        if solution.bound > before.solution.bound * (1 + TOLERANCE):
            faults.append("it claims a bound that was not proven.")
        if faults:
            raise PlanError(f"“{plan.name}” does not hold: {faults[0]}", mend="Look for other plans again.")
        own = _labels(area, plan)
        change = difference(everyone[0] if everyone else own, own, people)
        apart = min((difference(other, own, people).share_moved for other in everyone), default=0.0)
        if everyone and apart < float(asked["apart"]) - TOLERANCE:
            raise PlanError(f"“{plan.name}” is too like another option.", mend="Look for other plans again.")
        everyone.append(own)
        options.append(GoodPlan(plan, solution, change, apart))
    if not options:
        raise PlanError("No plan came back, not even the one that it began with.", mend="Look again.")
    words = str(answer["in_words"])
    return GoodPlans(tuple(options), int(asked["wanted"]), float(asked["within"]), bool(answer["improved"]), words)


def _proposal(asked: dict[str, Any]) -> Proposal:
    return Proposal(*_one(asked, "the question"))


def _one(entry: dict[str, Any], where: str) -> tuple[Plan, Solution]:
    try:
        return plan_from_document(entry["plan"], where), from_json(Solution, entry["solution"], where)
    except (ProtocolError, KeyError, TypeError) as error:
        raise PlanError(f"{where.capitalize()} cannot be read ({error}).", mend="Look for other plans again.") from None


def _labels(area: Area, plan: Plan) -> Ints:
    """(n,) neighbourhood of each unit by number; units in none share a number of their own."""
    where, number = plan.where(), {code: i + 1 for i, code in enumerate(plan.codes)}
    return np.array([number.get(where.get(unit, ""), 0) for unit in area.codes], dtype=np.int64)


def _figures(problem: Problem, criteria: Criteria, solution: Solution) -> list[str]:
    """Whether the value is the sum of its terms, added up anew; frozen neighbourhoods come last and are not counted."""
    if solution.assignment is None or solution.objective is None:
        return ["it has no value."]
    counted = sum(part >= 0 for part in solution.parts_of)
    labels = np.asarray(solution.assignment, dtype=np.int64)
    at = {code: i for i, code in enumerate(problem.codes)}
    if len(labels) != len(at) or any(code not in at for code in solution.centres):
        return ["its solution is of another area."]
    centres = [at[code] for code in solution.centres[:counted]]
    found = terms(problem, criteria, np.where(labels < counted, labels, -1), centres)
    value = sum(term.value for term in found if term.proven)
    return [] if abs(value - solution.objective) <= TOLERANCE * max(1.0, value) else ["its value is not what it says."]

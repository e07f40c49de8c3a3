"""Core and contested areas of a plan as a study.

asked : {"plan": its document, "others": documents of the plans to judge by, "sample": how many more of a fair sample,
"seed": of the sample}. answer : {"sampled": [[neighbourhood of each unit by number, ...], ...], "doubts": [the move of
each contested area to its runner-up, or null]}. A stopped sample is judged by as far as it came.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from boundaries.area import Area
from footprints import warming
from footprints.certainty import Contested, Judged, by_homes, contested, contested_units
from footprints.ensemble import sample
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.jobs.protocol import ProtocolError, from_json, to_json
from footprints.moving import Moving, Patients
from footprints.plan import Plan, check_fits, document
from optimise.asking.feasibility import prospect
from optimise.build import build_problem
from optimise.certificate import check_criteria

SEARCHES = False  # a sample does, and waits for itself
SAMPLE = 20


def asked_for(plan: Plan, others: Sequence[Plan], wanted: int = 0, seed: int = 0) -> dict[str, Any]:
    """The question as JSON."""
    return {"plan": document(plan), "others": [document(own) for own in others], "sample": wanted, "seed": seed}


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Sample and judge; in the child."""
    plan, others = _plans(area, asked)
    made: tuple[Plan, ...] = ()
    if asked["sample"]:
        kernels = warming.begin()
        tell("Getting ready (the first time on a machine takes some seconds)", None)
        kernels()
        made = sample(
            area, plan.criteria, int(asked["sample"]), seed=int(asked["seed"]), tell=tell, should_stop=should_stop
        )
    if should_stop() and not made and not others:
        raise PlanError("It was stopped before there was a plan to judge by.", mend="Ask for a smaller sample.")
    sampled = [_numbers(own.where(), area) for own in made]
    tell("Judging each area", None)
    found = by_homes(plan, [*(own.where() for own in others), *(_homes(row, area) for row in sampled)], area)
    doubts = contested(plan, found, Patients.of(area))
    return {"sampled": sampled, "doubts": [None if one.move is None else to_json(one.move) for one in doubts]}


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Judged:
    """The judgement, worked out anew from the plans; those sampled passed the checker here.

    Raises PlanError where a sampled plan does not hold, or a move is not that of the area it is told of.
    """
    plan, others = _plans(area, asked)
    again = "Work it out again."
    try:
        sampled = [_homes([int(number) for number in row], area) for row in answer["sampled"]]
        moves = [None if told is None else from_json(Moving, told, "the answer") for told in answer["doubts"]]
    except (ProtocolError, KeyError, TypeError, ValueError) as error:
        raise PlanError(f"The judgement cannot be read ({error}).", mend=again) from None
    if len(sampled) > int(asked["sample"]):
        raise PlanError("It was judged by more plans than were asked for.", mend=again)
    _believe(plan, sampled, area)
    homes = [*(own.where() for own in others), *sampled]
    found = by_homes(plan, homes, area)
    open_ones = contested_units(found, area)
    if len(moves) != len(open_ones):
        raise PlanError("Other areas are told of than are contested.", mend=again)
    sure = {one.unit: one for one in found}
    doubts = []
    for unit, move in zip(open_ones, moves, strict=True):
        own = sure[unit]
        if move is not None and (move.units, move.leaves.code, move.enters.code) != ((unit,), own.code, own.runner_up):
            raise PlanError(f"What is told of {unit} is of another move.", mend=again)
        doubts.append(Contested(own, move))
    return Judged(plan, len(homes), found, tuple(doubts))


def _believe(plan: Plan, sampled: Sequence[Mapping[str, str]], area: Area) -> None:
    if not sampled:
        return
    problem = build_problem(area, plan.criteria)
    allowed = prospect(problem, plan.criteria).exceptions
    for home in sampled:
        faults = check_criteria(problem, plan.criteria, home, allowed)
        if faults:
            raise PlanError(f"A plan of the sample does not hold: {faults[0].message}", mend="Work it out again.")


def _plans(area: Area, asked: dict[str, Any]) -> tuple[Plan, list[Plan]]:
    plan, others = plan_from_document(asked["plan"]), [plan_from_document(own) for own in asked["others"]]
    for own in (plan, *others):
        check_fits(own, area)
    return plan, others


def _numbers(where: Mapping[str, str], area: Area) -> list[int]:
    codes = sorted(set(where.values()))
    at = {code: number for number, code in enumerate(codes)}
    return [at[where[unit]] if unit in where else -1 for unit in area.codes]


def _homes(row: Sequence[int], area: Area) -> dict[str, str]:
    """Unit -> neighbourhood, by number as text. Raises ValueError for a row of another length."""
    return {unit: f"{number:05d}" for unit, number in zip(area.codes, row, strict=True) if number >= 0}

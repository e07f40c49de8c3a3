"""Whether an answer from another process may be believed: checked here, by what was asked and not by what it says."""

from __future__ import annotations

import math

from boundaries.area import Area
from footprints.jobs.protocol import Result
from footprints.plan import Plan
from optimise.asking.feasibility import prospect
from optimise.build import build_problem
from optimise.certificate import check_criteria, check_integrity
from optimise.criteria import Criteria
from optimise.solution import EXACT, Solution, Status

LATER = "number"  # the one exception that is known only after solving


def faults_of(answer: Result, criteria: Criteria, area: Area) -> tuple[str, ...]:
    """Every reason not to believe the answer, in words; empty when it holds.

    The plan must belong to this very area and these very criteria, be a partition, contiguous and in band, and the
    solution beside it must describe the same plan with a bound that is not above its objective.
    """
    plan, solution = answer.plan, answer.solution
    if plan is None:
        return ("a solution with LSOAs but no plan came back.",) if solution.assignment is not None else ()
    if plan.area_digest != area.digest:
        return ("it was made on other files than those loaded here.",)
    if plan.criteria != criteria:
        return ("it was made for other criteria than those asked for.",)
    assignment = dict(plan.assignment)
    faults = [fault.message for fault in check_integrity(area.codes, assignment)]
    if not faults:
        problem = build_problem(area, criteria)
        # What may depart from the rules is worked out here, so that an answer cannot excuse itself.
        allowed = prospect(problem, criteria).exceptions
        found = check_criteria(problem, criteria, assignment, allowed)
        faults = [fault.message for fault in found] + _solution_faults(plan, solution, area)
        if any(own not in allowed and own.kind != LATER for own in plan.exceptions):
            faults.append("it declares an exception that was not stated before solving.")
    return tuple(faults)


def _solution_faults(plan: Plan, solution: Solution, area: Area) -> list[str]:
    given = solution.assignment
    if given is None or len(given) != len(area.codes) or solution.objective is None:
        return ["its solution does not describe it."]
    labels = {unit: label for unit, label in zip(area.codes, given, strict=True) if label >= 0}
    pairs = {(labels.get(unit, -1), code) for unit, code in plan.assignment}
    one_to_one = len(pairs) == len({label for label, _ in pairs}) == len({code for _, code in pairs})
    if len(labels) != len(plan.assignment) or not one_to_one:
        return ["its solution describes another plan."]
    if solution.status is Status.OPTIMAL and solution.bound < solution.objective * (1 - EXACT) - 1e-6:
        return ["it calls itself the best possible without a proof."]
    if not math.isfinite(solution.objective) or solution.bound > solution.objective * (1 + 1e-6) + 1e-6:
        return ["its bound lies above its objective, which cannot be."]
    return []

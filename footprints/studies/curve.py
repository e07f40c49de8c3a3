"""The trade-off of two terms as a study.

asked : {"criteria": Criteria.to_json(), "first", "second": keys of terms, "numbers": of neighbourhoods by part or None,
"points"}. answer : the curve field by field.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.jobs.protocol import ProtocolError, from_json, to_json
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.solution import Solution
from optimise.trading.curve import POINTS, Curve, curve
from optimise.trading.curve_check import fault_of
from optimise.trading.curve_terms import term_of, weighing


def asked_for(
    criteria: Criteria, first: str, second: str, solution: Solution | None = None, points: int = POINTS
) -> dict[str, Any]:
    """The question as JSON. solution : of these criteria, whose numbers of neighbourhoods are kept."""
    numbers = [part.neighbourhoods for part in solution.parts] if solution is not None else None
    return {"criteria": criteria.to_json(), "first": first, "second": second, "numbers": numbers, "points": points}


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Work it out; in the child."""
    criteria = Criteria.from_json(asked["criteria"])
    numbers: Sequence[int] | None = asked["numbers"]
    found = curve(
        build_problem(area, weighing(criteria, (str(asked["first"]), str(asked["second"])))),
        criteria,
        str(asked["first"]),
        str(asked["second"]),
        numbers=numbers,
        points=int(asked["points"]),
        tell=tell,
        should_stop=should_stop,
    )
    answer: dict[str, Any] = to_json(found)
    return answer


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Curve:
    """The curve; every plan on it passed the checker here, its two values were added up anew, and no proven line lies
    above any of them. Raises PlanError where one of that does not hold."""
    criteria = Criteria.from_json(asked["criteria"])
    problem = build_problem(area, weighing(criteria, (str(asked["first"]), str(asked["second"]))))
    try:
        found = from_json(Curve, answer, "the answer")
    except ProtocolError as error:
        raise PlanError(f"The curve cannot be read ({error}).", mend="Work it out again.") from None
    wanted = (term_of(problem, criteria, str(asked["first"])), term_of(problem, criteria, str(asked["second"])))
    fault = (
        "it is of other terms than those asked for." if found.terms != wanted else fault_of(problem, criteria, found)
    )
    if fault:
        raise PlanError(f"The curve does not hold: {fault}", mend="Work it out again.")
    return found

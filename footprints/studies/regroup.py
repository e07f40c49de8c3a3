"""Dividing a few neighbourhoods anew as a study.

asked : {"plan": its document, "codes": of the neighbourhoods, "seconds": number}. answer : {"after": unit -> code,
"bound": person-km}.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isnan
from typing import Any

from boundaries.area import Area
from footprints.editing.regroup import SECONDS, Regrouped, judged, regroup
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.plan import Plan, document


def asked_for(plan: Plan, codes: tuple[str, ...], seconds: int = SECONDS) -> dict[str, Any]:
    """The question as JSON."""
    return {"plan": document(plan), "codes": sorted(set(codes)), "seconds": seconds}


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Divide them anew; in the child."""
    plan = plan_from_document(asked["plan"])
    made = regroup(area, plan, asked["codes"], seconds=int(asked["seconds"]), tell=tell, should_stop=should_stop)
    after = {unit: code for unit, code in plan.assignment if code in asked["codes"]}
    after |= {unit: code for units, code in made.moves for unit in units}
    return {"after": after, "bound": made.bound}


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Regrouped:
    """The division, judged anew. Raises PlanError where it moves anything that it was not to move."""
    plan, codes = plan_from_document(asked["plan"]), asked["codes"]
    own = {unit: code for unit, code in plan.assignment if code in codes}
    after, bound = answer.get("after"), answer.get("bound")
    if not isinstance(after, dict) or not isinstance(bound, int | float) or isnan(bound):
        raise PlanError("The new division cannot be read.", mend="Ask again.")
    if set(after) != set(own) or not set(after.values()) <= set(codes):
        raise PlanError("The new division is not of these neighbourhoods.", mend="Ask again.")
    if any(after[unit] != own[unit] for unit in plan.locked if unit in own):
        raise PlanError("The new division moves locked LSOAs.", mend="Ask again.")
    found = judged(area, plan, codes, after, float(bound))
    if bound > found.after * (1 + 1e-6):
        raise PlanError("What is said to be proven of the new division cannot be.", mend="Ask again.")
    return found

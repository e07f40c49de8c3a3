"""A review as a study. asked : {"plan": its document, "seconds": number}. answer : the review as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.jobs.protocol import ProtocolError, from_json, to_json
from footprints.plan import Plan, document
from footprints.review import Review, review
from footprints.review.believe import faults_of_review


def asked_for(plan: Plan, seconds: int = 60) -> dict[str, Any]:
    """The question as JSON."""
    return {"plan": document(plan), "seconds": seconds}


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Review the plan; in the child."""
    plan = plan_from_document(asked["plan"])
    found = review(area, plan, seconds=int(asked["seconds"]), on_progress=tell, should_stop=should_stop)
    answer: dict[str, Any] = to_json(found)
    return answer


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Review:
    """The review, believed after every figure that can be was worked out again. Raises PlanError where one is wrong."""
    plan = plan_from_document(asked["plan"])
    try:
        found = from_json(Review, answer, "the review")
    except ProtocolError as error:
        raise PlanError(f"The review cannot be read ({error}).", mend="Review the plan again.") from None
    faults = faults_of_review(found, plan, area)
    if faults:
        raise PlanError(f"The review does not hold: {faults[0]}", mend="Review the plan again.")
    return found

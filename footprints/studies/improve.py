"""Improving a plan as a study.

asked : {"plan": its document, "size": of the groups, "seconds": number}. answer : {"plan": the new one's document,
"told": what was done and proven}.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.jobs.protocol import ProtocolError, from_json, to_json
from footprints.plan import Plan, check_fits, document
from footprints.review import Improved, LocalProof, LookedAt, Step, improve
from footprints.review.believe import CLOSE, faults_of_change
from footprints.review.ground import ground_of
from footprints.review.mend import Move, effect, moved
from footprints.review.rules import own_rules
from footprints.review.whole import make_whole


@dataclass(frozen=True)
class _Told:
    """`Improved` but for its plan, which travels as a document."""

    steps: tuple[Step, ...]
    before: float
    after: float
    residents: int
    local: tuple[LocalProof, ...]
    declined: int
    repeatable: bool
    groups: tuple[LookedAt, ...]


def asked_for(plan: Plan, size: int = 2, seconds: int = 60) -> dict[str, Any]:
    """The question as JSON."""
    return {"plan": document(plan), "size": size, "seconds": seconds}


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Improve the plan; in the child."""
    made = improve(
        area,
        plan_from_document(asked["plan"]),
        size=int(asked["size"]),
        seconds=int(asked["seconds"]),
        on_progress=tell,
        should_stop=should_stop,
    )
    told = _Told(
        made.steps, made.before, made.after, made.residents, made.local, made.declined, made.repeatable, made.groups
    )
    return {"plan": document(made.plan), "told": to_json(told)}


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Improved:
    """The new plan, checked under the old one's own rules, its gain added up anew. Raises PlanError otherwise."""
    before = plan_from_document(asked["plan"])
    try:
        plan = plan_from_document(answer["plan"], "the improved plan")
        told = from_json(_Told, answer["told"], "what was done")
    except (ProtocolError, KeyError, TypeError) as error:
        raise PlanError(f"The improved plan cannot be read ({error}).", mend="Improve the plan again.") from None
    faults = _faults(before, plan, told, area)
    if faults:
        raise PlanError(f"The improved plan does not hold: {faults[0]}", mend="Improve the plan again.")
    return Improved(
        plan,
        told.steps,
        told.before,
        told.after,
        told.residents,
        told.local,
        told.declined,
        told.repeatable,
        told.groups,
    )


def _worth(plan: Plan, area: Area) -> dict[str, float]:
    """Code -> primary value of each neighbourhood, person-km."""
    ground, labels, codes = ground_of(plan, area)
    return {code: ground.worth(np.flatnonzero(labels == d).tolist()) for d, code in enumerate(codes)}


def _faults(before: Plan, plan: Plan, told: _Told, area: Area) -> list[str]:
    check_fits(plan, area)
    if before.id not in (plan.id, plan.parent):
        return ["it comes from another plan."]
    if plan.criteria != before.criteria or plan.locked != before.locked:
        return ["its criteria or locks are not those of the plan it comes from."]
    ground, labels, codes = ground_of(before, area)
    whole = make_whole(ground, labels, codes, before)
    where = plan.where()
    if len(where) < len(area.codes):
        return ["it leaves LSOAs out."]
    worth = _worth(plan, area)
    for group in told.groups:
        value = sum(worth.get(code, float("inf")) for code in group.places)
        if abs(value - group.value) > CLOSE * max(1.0, value) or group.bound > value * (1 + CLOSE):
            return ["it says of a group of neighbourhoods what cannot be."]
    now = [(unit, whole.codes[int(d)], where[unit]) for unit, d in zip(area.codes, whole.labels, strict=True)]
    moves = [Move(*row) for row in now if row[1] != row[2]]
    faults = faults_of_change(moves, whole, own_rules(before, whole))
    labels_now = moved(moves, whole.ground, whole.codes, whole.labels)
    if faults or labels_now is None:
        return faults
    gain = effect(whole.ground, whole.labels, labels_now)[0]
    claimed = sum(step.gain for step in told.steps[len(whole.mends) :])
    if abs(gain - claimed) > CLOSE * max(1.0, whole.ground.value(whole.labels)):
        return ["it does not bring what it says."]
    return []

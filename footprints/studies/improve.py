"""Improving a plan as a study.

asked : {"plan": its document, "size": of the groups, "seconds": number, "known": {"plan", "solution"} of a proposal for
the same criteria on the same files, or null}. answer : {"plan": the new one's document, "told": what was done and
proven of groups, "solution": what is proven of it under its own criteria, or null}.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.exchange import plan_files
from footprints.exchange.plan_json import plan_from_document
from footprints.exchange.proof_json import NAME as PROOF
from footprints.jobs.protocol import ProtocolError, from_json, to_json
from footprints.plan import Plan, check_fits, document
from footprints.proof import check_proof
from footprints.proof_entries import CERTIFICATE
from footprints.proven import LookedAt, Proven
from footprints.review import Improved, LocalProof, Step, certified, improve
from footprints.review.believe import CLOSE, faults_of_change
from footprints.review.ground import ground_of
from footprints.review.mend import Move, effect, moved
from footprints.review.rules import own_rules
from footprints.review.whole import make_whole
from optimise.solution import Solution


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


def asked_for(
    plan: Plan, size: int = 2, seconds: int = 60, known: tuple[Plan, Solution] | None = None
) -> dict[str, Any]:
    """The question as JSON. known : a proposal whose proof may speak of the improved plan, too (`same_question`)."""
    given = known if known and same_question(plan, known[0]) else None
    said = {"plan": document(given[0]), "solution": to_json(given[1])} if given else None
    return {"plan": document(plan), "size": size, "seconds": seconds, "known": said}


def same_question(plan: Plan, proposed: Plan) -> bool:
    """Whether what was proven for a proposal holds for a plan: the very same criteria, on the very same files."""
    return bool(plan.area_digest) and (plan.criteria, plan.area_digest) == (proposed.criteria, proposed.area_digest)


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
    known = _known(asked, made.plan)
    solution = certified(
        area, made.plan, seconds=int(asked["seconds"]), on_progress=tell, should_stop=should_stop, known=known
    )
    told = _Told(
        made.steps, made.before, made.after, made.residents, made.local, made.declined, made.repeatable, made.groups
    )
    return {
        "plan": document(made.plan), "told": to_json(told), "solution": None if solution is None else to_json(solution),
    }  # fmt: skip


def _known(asked: dict[str, Any], plan: Plan) -> Solution | None:
    """What was proven for the same question; nothing that was proven for another."""
    given = asked.get("known")
    if not given or not same_question(plan, plan_from_document(given["plan"], "the proposal")):
        return None
    return from_json(Solution, given["solution"], "what is known of the proposal")


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Improved:
    """The new plan, checked under the old one's own rules, its gain added up anew, what is said to be proven of it
    worked out again. Raises PlanError otherwise.
    """
    before = plan_from_document(asked["plan"])
    try:
        plan = plan_from_document(answer["plan"], "the improved plan")
        told = from_json(_Told, answer["told"], "what was done")
        said = answer["solution"]
        solution = None if said is None else from_json(Solution, said, "what is proven")
    except (ProtocolError, KeyError, TypeError) as error:
        raise PlanError(f"The improved plan cannot be read ({error}).", mend="Improve the plan again.") from None
    proven = Proven(solution, told.groups)
    faults = _faults(before, plan, told, area) or _unproven(plan, area, proven)
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
        proven,
    )


def _unproven(plan: Plan, area: Area, proven: Proven) -> list[str]:
    """What does not come out of the certificate and the proof that an export would have."""
    files = plan_files(plan, area, solution=proven.solution, groups=proven.entries, formats=("json",))
    with tempfile.TemporaryDirectory() as folder:
        for name in (CERTIFICATE, PROOF):
            if name in files:
                (Path(folder) / name).write_bytes(files[name])
        return list(check_proof(plan, area, Path(folder)).faults)


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

"""Whether a review from another process may be believed: everything in it that can be worked out again is.

The proofs themselves (bound and local proofs) are the optimiser's; here they are held against what is known for sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from boundaries.area import Area
from footprints.check import check
from footprints.plan import Plan
from footprints.review.ground import ground_of
from footprints.review.mend import Mend, Move, effect, moved
from footprints.review.result import LocalProof, Review
from footprints.review.rules import OwnRules, own_rules
from footprints.review.whole import Whole, make_whole
from optimise.certificate import check_criteria
from optimise.searching.groups import adjacent_groups

CLOSE = 1e-6


def faults_of_review(found: Review, plan: Plan, area: Area) -> tuple[str, ...]:
    """Every reason not to believe a review of `plan`, in words; empty when it holds."""
    if (found.plan, found.area_digest) != (plan.id, area.digest):
        return ("it is about another plan, or other files.",)
    ground, labels, codes = ground_of(plan, area)
    whole = make_whole(ground, labels, codes, plan)
    rules = own_rules(plan, whole)
    faults = []
    if found.faults != check(plan, area).criteria:
        faults.append("the faults that it names are not those of the plan.")
    if found.makes_whole != whole.mends or found.whole != (not whole.mends):
        faults.append("what would make the plan whole is not what it says.")
    if (found.smallest, found.largest, found.rules) != (rules.smallest, rules.largest, rules.in_words):
        faults.append("the rules that it compares with are not the plan's own.")
    if found.neighbourhoods != len(np.unique(whole.labels)) or found.residents != ground.residents:
        faults.append("it counts other neighbourhoods or residents.")
    if faults:
        return tuple(faults)
    faults += _figures(found, whole, rules)
    for mend in found.mends[len(whole.mends) :]:
        faults += faults_of_change(mend.moves, whole, rules)
        if not faults:
            faults += _gain(mend, whole)
    for proof in found.local:
        faults += _proof(proof, rules)
    return tuple(faults)


def faults_of_change(moves: Sequence[Move], whole: Whole, rules: OwnRules) -> list[str]:
    """Why a plan with these moves does not keep the own rules, by the independent checker; [] where it does."""
    labels = moved(moves, whole.ground, whole.codes, whole.labels)
    if labels is None:
        return ["it moves LSOAs from where they are not, or to where there is nothing."]
    where = {unit: whole.codes[int(d)] for unit, d in zip(rules.problem.codes, labels, strict=True)}
    return [fault.message for fault in check_criteria(rules.problem, rules.criteria, where, rules.exceptions)]


def _figures(found: Review, whole: Whole, rules: OwnRules) -> list[str]:
    faults = []
    best = moved(found.found, whole.ground, whole.codes, whole.labels)
    if not _close(found.value, whole.ground.value(whole.labels)):
        faults.append("the value that it gives is not the plan's.")
    if best is None or faults_of_change(found.found, whole, rules) or not _close(found.known, whole.ground.value(best)):
        faults.append("the better plan that it knows of does not hold.")
    if not isfinite(found.bound) or found.bound < 0 or found.bound > found.known * (1 + CLOSE) + CLOSE:
        faults.append("its bound lies above a plan that is known, which cannot be.")
    return faults


def _gain(mend: Mend, whole: Whole) -> list[str]:
    labels = moved(mend.moves, whole.ground, whole.codes, whole.labels)
    assert labels is not None  # noqa: S101 (for the type checker: it was checked before)
    gain, primary, community = effect(whole.ground, whole.labels, labels)
    residents = whole.ground.residents_of(np.flatnonzero(labels != whole.labels).tolist())
    right = _close(mend.gain, gain) and _close(mend.primary, primary)
    if not right or (mend.community, mend.residents) != (community, residents):
        return ["a mend does not bring what it says."]
    return []


def _proof(proof: LocalProof, rules: OwnRules) -> list[str]:
    groups = sum(len(adjacent_groups(f.part, f.labels, proof.size)) for f in rules.fields if f.part.k >= proof.size)
    parts = (proof.proven, proof.better, proof.left)
    if min(parts) < 0 or sum(parts) != proof.groups or proof.groups > groups:
        return ["its local proof counts groups that are not there."]
    if proof.left == 0 and proof.groups != groups:
        return ["its local proof leaves groups out."]
    return []


def _close(one: float, other: float) -> bool:
    return abs(one - other) <= CLOSE * max(1.0, abs(one), abs(other))

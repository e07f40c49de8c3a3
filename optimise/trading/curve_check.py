"""Whether a curve that came from elsewhere may be believed: its plans, its values, and its lines against its plans."""

from __future__ import annotations

import numpy as np

from optimise.asking.feasibility import prospect
from optimise.certificate import check_criteria
from optimise.criteria import Criteria
from optimise.problem import Ints, Problem
from optimise.splitting.nesting import frozen_units
from optimise.trading.curve import Curve, CurvePoint, named
from optimise.trading.curve_terms import SECONDARY, SIZE, unit_sums, whole_sum

CLOSE = 1e-6


def fault_of(problem: Problem, criteria: Criteria, curve: Curve) -> str:
    """The first reason not to believe it, in words; "" when it holds.

    Every plan must pass the checker and have the values that it says, and no proven line may lie above a plan.
    """
    free = ~frozen_units(problem, criteria)
    if curve.residents != int(problem.residents[free].sum()):
        return "it counts other residents."
    allowed = prospect(problem, criteria).exceptions
    for point in curve.points:
        labels = np.array(point.assignment, dtype=np.int64)
        if len(labels) != len(problem.codes) or (labels < 0).any() or not point.prices[0] > 0 <= point.prices[1]:
            return "a plan on it is not one of this area."
        faults = check_criteria(problem, criteria, named(problem, criteria, labels), allowed)
        if faults:
            return f"a plan on it breaks a rule: {faults[0].message}"
        own = values(problem, criteria, curve, point, np.where(free, labels, -1))
        if any(abs(a - b) > CLOSE * max(1.0, a) for a, b in zip(own, (point.first, point.second), strict=True)):
            return "a plan on it has other values than it says."
        if any(line.prices[0] * own[0] + line.prices[1] * own[1] < line.least * (1 - CLOSE) for line in curve.lines):
            return "a line that is called proven lies above a plan."
    return ""


def values(problem: Problem, criteria: Criteria, curve: Curve, point: CurvePoint, labels: Ints) -> tuple[float, float]:
    """Both sums of a plan from the units themselves, each neighbourhood with its best centre at the point's prices.

    labels : (n,), -1 where a unit does not count.
    """
    sums = [0.0, 0.0]
    for d in np.unique(labels[labels >= 0]).tolist():
        units = np.flatnonzero(labels == d)
        both = [unit_sums(problem, criteria, term.key, units, units).sum(axis=0) for term in curve.terms]
        centre = int(np.argmin(point.prices[0] * both[0] + point.prices[1] * both[1]))
        size = abs(int(problem.people[units].sum()) - criteria.target)
        for at, term in enumerate(curve.terms):
            sums[at] += float(size) if term.key == SIZE else float(both[at][centre])
    if curve.terms[1].key in SECONDARY:
        sums[1] = whole_sum(problem, criteria, curve.terms[1].key, labels)
    return sums[0], sums[1]

"""Invented agreed plans, and what `review` says of them: seconds, gap, and whether every mend is valid.

An agreed plan is a good one after people have talked about it: some LSOAs at the edges changed sides, some of the time
without regard to the range; then some plans lose hold of a piece, leave LSOAs out, or have some locked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from boundaries.area import Area
from footprints.check import check
from footprints.metrics.scene import plan_problem
from footprints.plan import Plan
from footprints.propose import plan_from_labels, propose
from footprints.review import Review, apply_mends, review
from optimise import Criteria

KINDS = ("talked over", "out of range", "in pieces", "with LSOAs left out", "all of it, some locked")


def agreed_plans(
    area: Area, count: int, seed: int = 0, *, criteria: Criteria | None = None, base: Plan | None = None
) -> Iterator[Plan]:
    """`count` plans, one kind after another; the same for the same seed.

    base : the plan that they come from; by default one proposed in little time, without lines for every other plan.
    """
    asked = criteria or Criteria(seconds=5)
    bases = [base] if base else [_proposed(area, asked), _proposed(area, replace(asked, within=()))]
    for n in range(count):
        yield _agreed(area, bases[n % len(bases)], n, np.random.default_rng([seed, n]))


def _proposed(area: Area, criteria: Criteria) -> Plan:
    plan = propose(area, criteria).plan
    if plan is None:
        raise ValueError(f"{area.name} has no plan to begin with")
    return plan


def _agreed(area: Area, base: Plan, n: int, rng: np.random.Generator) -> Plan:
    kind = KINDS[n % len(KINDS)]
    problem = plan_problem(base, area)
    near: list[list[int]] = [[] for _ in problem.codes]
    for a, b in problem.edges.tolist():
        near[a].append(b)
        near[b].append(a)
    codes = list(base.codes)
    where = base.where()
    labels = np.array([codes.index(where[u]) for u in area.codes])
    strict = kind == "talked over"
    wanted, tries = int(rng.integers(3, max(4, len(labels) // 15))), 0
    while wanted and tries < 2_000:
        tries += 1
        unit = int(rng.integers(len(labels)))
        homes = sorted({int(labels[b]) for b in near[unit]} - {int(labels[unit])})
        if homes and _may(problem.people, base.criteria, labels, near, unit, homes[0], strict):
            labels[unit] = homes[int(rng.integers(len(homes)))] if not strict else homes[0]
            wanted -= 1
    if kind in ("in pieces", KINDS[4]):
        for _ in range(int(rng.integers(1, 4))):
            labels[int(rng.integers(len(labels)))] = int(rng.integers(len(codes)))
    if kind in ("with LSOAs left out", KINDS[4]):
        for _ in range(int(rng.integers(1, 4))):
            left = [int(rng.integers(len(labels)))]
            left += near[left[0]][: int(rng.integers(0, 3))]
            labels[left] = -1
    given = {unit: int(d) for unit, d in zip(area.codes, labels, strict=True) if d >= 0}
    criteria = replace(base.criteria, neighbourhoods=None)
    plan = plan_from_labels(area, given, criteria, name=f"Agreed {n + 1}, {kind}", parent=base)
    if kind == KINDS[4]:
        assigned = sorted(given)
        plan = replace(plan, locked=tuple(assigned[int(i)] for i in rng.integers(len(assigned), size=8)))
    return plan


def _may(
    people: np.ndarray, criteria: Criteria, labels: np.ndarray, near: list[list[int]], unit: int, to: int, strict: bool
) -> bool:
    """Whether the unit may change sides: its neighbourhood stays in one piece, and, where strict, both in range."""
    rest = set(np.flatnonzero(labels == labels[unit]).tolist()) - {unit}
    if not rest:
        return False
    seen, stack = {min(rest)}, [min(rest)]
    while stack:
        new = [b for b in near[stack.pop()] if b in rest and b not in seen]
        seen.update(new)
        stack += new
    if len(seen) < len(rest):
        return False
    loads = [int(people[list(rest)].sum()), int(people[labels == to].sum() + people[unit])]
    return not strict or all(criteria.minimum <= load <= criteria.maximum for load in loads)


@dataclass(frozen=True)
class Reviewed:
    """A review, its seconds, and how many of its mends leave the plan with more faults than it had."""

    review: Review
    seconds: float
    invalid: int


def reviewed(area: Area, plan: Plan, seconds: int) -> Reviewed:
    """Review the plan, and have the independent checker look at it with each of the mends made."""
    began = time.perf_counter()
    found = review(area, plan, seconds=seconds)
    took = time.perf_counter() - began
    wholes = found.makes_whole
    after = [apply_mends(replace(plan, locked=()), area, (*wholes, m)) for m in found.mends if m not in wholes]
    after += [apply_mends(replace(plan, locked=()), area, wholes)] if wholes else []
    faults = len(check(plan, area).criteria)
    return Reviewed(found, took, sum(len(check(mended, area).criteria) > faults for mended in after))

"""The terms that an axis of a curve can show: what they are called, what they weigh, and their sums."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimise.criteria import Criteria, Weights
from optimise.errors import CriteriaError
from optimise.need import UNLIKE
from optimise.problem import Floats, Ints, Part, Problem
from optimise.score import community_people, divided, inside_km, terms, unit_cost, unlike

TRAVEL, SIZE, COMMUNITY, MISMATCH = "travel", "deviation", "community", "mismatch:"
PRACTICE, BARRIER, NEED = "practice", "barrier", "need"
SECONDARY: Mapping[str, Callable[[Part, Ints], float]] = {  # the sum of each in a part, labels (n,) in 0..k-1
    COMMUNITY: lambda part, labels: float(community_people(part, labels)),
    PRACTICE: lambda part, labels: divided(part.flows, labels),
    BARRIER: lambda part, labels: inside_km(part.barriers, labels),
    NEED: lambda part, labels: unlike(part.surplus, labels),
}
USUAL = Weights(practice=5.0, barrier=2_000.0, need=5.0)  # to begin with, where the criteria have none of their own


@dataclass(frozen=True)
class CurveTerm:
    """A term on an axis. key : "travel", "deviation", "mismatch:LEVEL" or one of `SECONDARY`. unit : of its sum.

    separable : whether a bound can hold it.
    """

    key: str
    label: str
    unit: str
    separable: bool = True


def weighing(criteria: Criteria, keys: Sequence[str]) -> Criteria:
    """The criteria with a weight on what the terms `keys` count, so that a problem built of them knows it."""
    weights = criteria.weights
    asked = {key for key in keys if key in (PRACTICE, BARRIER, NEED) and getattr(weights, key) == 0}
    return replace(criteria, weights=replace(weights, **{key: getattr(USUAL, key) for key in asked}))


def weight_of(criteria: Criteria, key: str) -> float:
    """The weight that the criteria give to a term."""
    weights = criteria.weights
    return float(weights.mismatch if key.startswith(MISMATCH) else getattr(weights, key))


def term_of(problem: Problem, criteria: Criteria, key: str) -> CurveTerm:
    """The term of that key. Raises CriteriaError naming those that there are."""
    unit = "person-km²" if criteria.distance == "km2" else "person-km"
    level = problem.levels.get(criteria.community)
    own = level.label if level is not None else ""
    elsewhere = "patients whose practice is sited in another neighbourhood"
    there = [
        CurveTerm(TRAVEL, "Travel", unit),
        CurveTerm(SIZE, "Size", "people above or below the target"),
        *(
            CurveTerm(secondary, label, said, separable=False)
            for secondary, known, label, said in (
                (COMMUNITY, level, own, f"people outside the largest part of their {own}"),
                (PRACTICE, problem.flows, "Own practice", elsewhere),
                (BARRIER, problem.barriers, "Barriers", "km of barriers inside neighbourhoods"),
                (NEED, problem.surplus, "Alike in need", f"residents {UNLIKE}"),
            )
            if known is not None
        ),
        *(
            CurveTerm(f"{MISMATCH}{one.key}", one.label, f"people in another {one.label} than their centre")
            for one in problem.levels.values()
        ),
    ]
    known = {term.key: term for term in there}
    if key not in known:
        raise CriteriaError(f"There is no term “{key}” here.", mend=f"Terms are: {', '.join(sorted(known))}.")
    return known[key]


def unit_sums(problem: Problem, criteria: Criteria, key: str, units: Ints, centres: Ints) -> Floats:
    """(len(units), len(centres)) what each unit adds to a term with each centre unit; zeros where it has none alone."""
    if key == TRAVEL:
        plain = replace(criteria, penalise=(), weights=Weights(travel=1.0))
        return unit_cost(problem, plain, units, centres)
    if not key.startswith(MISMATCH):
        return np.zeros((len(units), len(centres)))
    group = problem.levels[key.removeprefix(MISMATCH)].group
    own, centre = group[units][:, None], group[centres][None, :]
    differs = (own != centre) & (own >= 0) & (centre >= 0)
    return np.asarray(problem.residents[units].astype(np.float64)[:, None] * differs, np.float64)


def whole_sum(problem: Problem, criteria: Criteria, key: str, labels: Ints) -> float:
    """The sum of a secondary term in the whole place; labels (n,), -1 does not count."""
    _, dense = np.unique(labels, return_inverse=True)
    dense = dense - 1 if (labels < 0).any() else dense
    members = [int(np.flatnonzero(dense == d)[0]) for d in range(int(dense.max()) + 1)]
    found = terms(problem, weighing(criteria, (key,)), np.asarray(dense, np.int64), members)
    return float(next(term.people for term in found if term.key == key))

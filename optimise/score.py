"""What a plan is worth: the exact primary value of a part, and every term of a whole plan in plain words.

The primary value is separable by centre and is the one that bounds and proofs are about:

    sum over neighbourhoods of   min over centres c in it of  sum of cost[i, c]   +   deviation * |people - target|

with cost = travel (km or km²) times residents, plus a price for residents whose penalised level differs from the
centre's. Secondary terms are served after it: residents outside the largest piece of their community, km of border
between neighbourhoods, neighbours who share practices across such a border, patients whose practice is
sited in another neighbourhood, km of barrier inside neighbourhoods, and residents of the most deprived fifth above or
below the place's own share.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimise.counting import whom
from optimise.criteria import OPT_IN, Criteria, Weights
from optimise.problem import BarrierPairs, Bools, Floats, Ints, Part, PatientPairs, Problem
from optimise.solution import Term
from optimise.words import level_in_words


def primary(part: Part, labels: Ints) -> tuple[float, Ints]:
    """The primary value of `labels` (n,) in 0..k-1, and the best centre (candidate) of each neighbourhood (k,)."""
    centres = np.full(part.k, -1, dtype=np.int64)
    value = 0.0
    for d in range(part.k):
        members = labels == d
        if not members.any():
            return float("inf"), centres
        candidates = np.flatnonzero(members[part.owner])
        sums = part.cost[np.ix_(np.flatnonzero(members), candidates)].sum(axis=0)
        best = int(np.argmin(sums))
        centres[d] = candidates[best]
        value += float(sums[best]) + part.deviation * abs(float(part.people[members].sum()) - part.target)
    return value, centres


def community_people(part: Part, labels: Ints) -> int:
    """Residents of the part who live outside the largest piece of their community."""
    if len(part.community) == 0:
        return 0
    node, community, residents = part.community.T
    return _outside(community, labels[node], residents)


def cut(part: Part, labels: Ints) -> tuple[float, float]:
    """Km of border between neighbourhoods of the part, and neighbours who share practices across it; 0 if not asked."""
    if len(part.cuts) == 0:
        return 0.0, 0.0
    km, ties = part.cuts[between(part.edges, labels)].sum(axis=0).tolist()
    return km, ties


def divided(flows: PatientPairs, labels: Ints) -> float:
    """Patients who live in one neighbourhood and whose practice is sited in another. labels : (n,), -1 left out."""
    return float(flows.patients[between(flows.pairs, labels)].sum())


def inside_km(barriers: BarrierPairs, labels: Ints) -> float:
    """Km of barriers, times their strength, whose two sides are in one neighbourhood. labels : (n,), -1 left out."""
    u, v = labels[barriers.pairs].T
    return float(barriers.km[(u >= 0) & (u == v)].sum())


def unlike(surplus: Floats, labels: Ints) -> float:
    """Residents of the most deprived fifth whom neighbourhoods have above and below the place's own share.

    surplus : (n,) of `optimise.need`, or of length 0 where it is not asked. labels : (n,), -1 for units left out.
    """
    if not len(surplus):
        return 0.0
    known = labels >= 0
    return float(np.abs(np.bincount(labels[known], weights=surplus[known])).sum())


def secondary(part: Part, labels: Ints, weights: Weights) -> float:
    """The secondary terms together, person-km."""
    return weights.community * community_people(part, labels) + opted(part, labels, weights)


def opted(part: Part, labels: Ints, weights: Weights) -> float:
    """Those of them that count only where a planner asks, person-km: all but communities."""
    km, ties = cut(part, labels)
    own = weights.practice * divided(part.flows, labels) + weights.barrier * inside_km(part.barriers, labels)
    own += weights.need * unlike(part.surplus, labels)
    return weights.border * km + weights.ties * ties + own


def unit_cost(problem: Problem, criteria: Criteria, units: Ints, centres: Ints) -> Floats:
    """(len(units), len(centres)) person-km (person-km² when squared) of putting each unit with each centre unit."""
    weights = criteria.weights
    residents = problem.residents[units].astype(np.float64)[:, None]
    cost: Floats = weights.travel * residents * _distance(problem, criteria, units, centres)
    for key in criteria.penalise:
        cost += weights.mismatch * residents * _differs(problem, key, units, centres)
    return cost


def terms(problem: Problem, criteria: Criteria, labels: Ints, centres: Sequence[int]) -> tuple[Term, ...]:
    """Every term of a plan. labels : (n,) neighbourhood of each unit, -1 to leave a unit out; centres : a unit each."""
    weights = criteria.weights
    travel = _travel(problem, criteria, labels, centres)
    sizes = [int(problem.people[labels == d].sum()) for d in range(len(centres))]
    off = [abs(size - criteria.target) for size in sizes]
    low, high = criteria.comfortable
    outside = sum(not low <= size <= high for size in sizes)
    mean_off = sum(off) / max(1, len(off))
    found = [
        travel,
        Term(
            "deviation",
            "Size",
            weights.deviation,
            weights.deviation * sum(off),
            float(sum(off)),
            f"Neighbourhoods are {mean_off:,.0f} {whom(criteria.count)} larger or smaller than {criteria.target:,} on "
            f"average; {outside:,} of {len(sizes):,} {'lies' if outside == 1 else 'lie'} outside {low:,} to {high:,}.",
        ),
    ]
    for key in criteria.penalise:
        level = problem.levels[key]
        people = 0.0
        for d, centre in enumerate(centres):
            units = np.flatnonzero(labels == d)
            differs = _differs(problem, key, units, np.array([centre]))[:, 0]
            people += float((problem.residents[units] * differs).sum())
        called = level_in_words(level.label)
        said = f"{people:,.0f} people live in another {called} than the centre of their neighbourhood."
        found.append(Term(f"mismatch:{key}", level.label, weights.mismatch, weights.mismatch * people, people, said))
    level_or_none = problem.levels.get(criteria.community)
    if level_or_none is not None:
        known = (level_or_none.group >= 0) & (labels >= 0)
        apart = _outside(level_or_none.group[known], labels[known], problem.residents[known])
        said = f"{apart:,} people live outside the largest part of their {level_in_words(level_or_none.label)}."
        found.append(
            Term(
                "community",
                level_or_none.label,
                weights.community,
                weights.community * apart,
                float(apart),
                said,
                False,
            )
        )
    amount = amounts(problem, weights, labels)
    said_of = {"border": _border, "ties": _ties, "practice": _practice, "barrier": _barrier, "need": _need}
    found += [said_of[key](problem, getattr(weights, key), amount.get(key)) for key in OPT_IN if getattr(weights, key)]
    return tuple(found)


def amounts(problem: Problem, weights: Weights, labels: Ints) -> dict[str, float]:
    """What a whole plan has of each term of `OPT_IN` with a weight, in km or people; no entry where it is not known.

    labels : (n,) neighbourhood of each unit, -1 for units left out, which count nowhere.
    """
    found: dict[str, float] = {}
    if weights.border > 0 or weights.ties > 0:
        across = between(problem.edges, labels)
    if weights.border > 0:
        found["border"] = float(problem.edge_km[across].sum())
    if weights.ties > 0 and problem.ties is not None:
        found["ties"] = float(problem.ties[across].sum())
    if weights.practice > 0 and problem.flows is not None:
        found["practice"] = divided(problem.flows, labels)
    if weights.barrier > 0 and problem.barriers is not None:
        found["barrier"] = inside_km(problem.barriers, labels)
    if weights.need > 0 and problem.surplus is not None:
        found["need"] = unlike(problem.surplus, labels)
    return found


def between(edges: Ints, labels: Ints) -> Bools:
    """(m,) whether an edge lies between two neighbourhoods. edges : (m, 2). labels : (n,), -1 for units left out."""
    u, v = labels[edges].T
    return np.asarray((u >= 0) & (v >= 0) & (u != v))


def best_centre(problem: Problem, criteria: Criteria, units: Ints) -> int:
    """The member of `units` (indices) with the least cost to all of them; the first in code order of equals."""
    return int(units[int(np.argmin(unit_cost(problem, criteria, units, units).sum(axis=0)))])


def _travel(problem: Problem, criteria: Criteria, labels: Ints, centres: Sequence[int]) -> Term:
    total, people = 0.0, 0
    for d, centre in enumerate(centres):
        units = np.flatnonzero(labels == d)
        residents = problem.residents[units]
        total += float((residents * _distance(problem, criteria, units, np.array([centre]))[:, 0]).sum())
        people += int(residents.sum())
    mean = total / max(1, people)
    if criteria.distance == "km":
        said = f"People live {mean:,.1f} km from the centre of their neighbourhood on average, in a straight line."
    else:
        said = f"People live {mean**0.5:,.1f} km from the centre of their neighbourhood, as a root mean square."
    return Term("travel", "Travel", criteria.weights.travel, criteria.weights.travel * total, float(people), said)


def _border(problem: Problem, weight: float, km: float | None) -> Term:
    km = km or 0.0
    less = ", less what lies on barriers" if problem.weakened else ""
    said = f"The borders between neighbourhoods are {km:,.{0 if km >= 100 else 1}f} km long in all{less}."
    return Term("border", "Border", weight, weight * km, km, said, False, "km")


def _ties(_: Problem, weight: float, people: float | None) -> Term:
    label = "Shared practices"
    if people is None:
        said = "Neighbours who share practices are not counted: no patients registered by practice are loaded."
        return Term("ties", label, weight, 0.0, 0.0, said, False)
    said = f"About {people:,.0f} neighbours who share practices are divided by a border, counted border by border."
    return Term("ties", label, weight, weight * people, people, said, False)


def _practice(_: Problem, weight: float, people: float | None) -> Term:
    label = "Own practice"
    if people is None:
        said = (
            "Patients and the sites of their practices are not counted: no patients registered by practice are loaded."
        )
        return Term("practice", label, weight, 0.0, 0.0, said, False)
    said = f"{people:,.0f} patients live in another neighbourhood than the one in which their practice is sited."
    return Term("practice", label, weight, weight * people, people, said, False)


def _barrier(_: Problem, weight: float, km: float | None) -> Term:
    label = "Barriers"
    if km is None:
        return Term("barrier", label, weight, 0.0, 0.0, "Barriers are not counted: none are loaded.", False, "km")
    said = f"Neighbourhoods have {km:,.1f} km of barriers inside, each km by its strength."
    return Term("barrier", label, weight, weight * km, km, said, False, "km")


def _need(_: Problem, weight: float, people: float | None) -> Term:
    label = "Alike in need"
    if people is None:
        return Term("need", label, weight, 0.0, 0.0, "Need is not counted: no deprivation is loaded.", False)
    said = (
        f"Neighbourhoods have {people:,.0f} residents of the most deprived fifth (Core20) above or below what the "
        "place's own share would give them, all together."
    )
    return Term("need", label, weight, weight * people, people, said, False)


def _distance(problem: Problem, criteria: Criteria, units: Ints, centres: Ints) -> Floats:
    apart = problem.xy_km[units][:, None, :] - problem.xy_km[centres][None, :, :]
    squared: Floats = (apart**2).sum(axis=2)
    return squared if criteria.distance == "km2" else np.sqrt(squared)


def _differs(problem: Problem, key: str, units: Ints, centres: Ints) -> Floats:
    group = problem.levels[key].group
    own, centre = group[units][:, None], group[centres][None, :]
    return np.asarray((own != centre) & (own >= 0) & (centre >= 0), dtype=np.float64)


def _outside(community: Ints, label: Ints, residents: Ints) -> int:
    """Residents outside the largest piece, where a piece is the residents of one community with one label."""
    if len(community) == 0:
        return 0
    width = int(label.max()) + 1
    pieces, where = np.unique(community * width + label, return_inverse=True)
    sizes = np.zeros(len(pieces), dtype=np.int64)
    np.add.at(sizes, where, residents)
    largest = np.zeros(int(community.max()) + 1, dtype=np.int64)
    np.maximum.at(largest, pieces // width, sizes)
    return int(residents.sum() - largest.sum())

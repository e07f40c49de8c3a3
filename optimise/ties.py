"""Neighbours who share practices: how many people two adjacent units have in common by where they are registered.

A line drawn between two units divides them. Across one border that is min(residents of either) × the overlap of their
practice profiles: the sum over practices of the smaller of the two shares of patients, 0 (none in common) to 1 (alike).
Someone who lives at several borders counts at each. A unit without patients has no profile and shares none.
"""

from __future__ import annotations

import numpy as np

from boundaries.area import Area
from optimise.problem import Bools, Floats, Ints


def neighbours_sharing(area: Area, edges: Ints, border: Bools, residents: Ints) -> Floats | None:
    """(m,) persons across each of `edges` (m, 2), 0 where it is not a `border` (m,) but a link.

    residents : (n,) in the order of `area.codes`. None where no patients registered by practice are loaded.
    """
    if len(area.registrations) == 0:
        return None
    shares = _profiles(area)
    found = np.zeros(len(edges))
    for e in np.flatnonzero(border).tolist():
        u, v = edges[e].tolist()
        found[e] = min(residents[u], residents[v]) * _overlap(shares[u], shares[v])
    return found


def _profiles(area: Area) -> list[dict[str, float]]:
    """For each unit the share of its patients that each practice has."""
    table = area.registrations
    at = {code: i for i, code in enumerate(area.codes)}
    patients: list[dict[str, float]] = [{} for _ in area.codes]
    for unit, practice, number in zip(table["unit"], table["practice"], table["patients"], strict=True):
        if unit in at and number > 0:
            own = patients[at[unit]]
            own[str(practice)] = own.get(str(practice), 0.0) + float(number)
    sums = [sum(own.values()) for own in patients]
    return [{key: own[key] / total for key in sorted(own)} for own, total in zip(patients, sums, strict=True)]


def _overlap(one: dict[str, float], other: dict[str, float]) -> float:
    return min(1.0, sum(min(share, other[key]) for key, share in one.items() if key in other))

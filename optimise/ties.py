"""Neighbours who share practices: how many people two adjacent units have in common by where they are registered.

A line drawn between two units divides them. Across one border that is min(residents of either) × the overlap of their
practice profiles: the sum over practices of the smaller of the two shares of patients, 0 (none in common) to 1 (alike).
Someone who lives at several borders counts at each. A unit without patients has no profile and shares none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from boundaries.area import Area
from optimise.problem import Bools, Floats, Ints


def neighbours_sharing(area: Area, edges: Ints, border: Bools, residents: Ints) -> Floats | None:
    """(m,) persons across each of `edges` (m, 2), 0 where it is not a `border` (m,) but a link.

    residents : (n,) in the order of `area.codes`. None where no patients registered by practice are loaded.
    """
    if len(area.registrations) == 0:
        return None
    key, share, practices = _profiles(area)
    u, v = edges[border].T
    first, last = np.searchsorted(key, u * practices), np.searchsorted(key, (u + 1) * practices)
    edge = np.repeat(np.arange(len(u)), last - first)
    rows = np.arange(len(edge)) - np.repeat(np.cumsum(last - first) - last, last - first)
    wanted = key[rows] + (v - u)[edge] * practices
    other = np.minimum(np.searchsorted(key, wanted), len(key) - 1)
    common = np.where(key[other] == wanted, np.minimum(share[rows], share[other]), 0.0)
    overlap = np.minimum(1.0, np.bincount(edge, weights=common, minlength=len(u)))
    found = np.zeros(len(edges))
    found[border] = np.minimum(residents[u], residents[v]) * overlap
    return found


def _profiles(area: Area) -> tuple[Ints, Floats, int]:
    """Sorted keys unit * practices + practice, the practice's share of the unit's patients, and how many practices."""
    table = area.registrations
    unit = pd.Index(area.codes).get_indexer(pd.Index(table["unit"].astype("str")))
    codes, practice = np.unique(table["practice"].astype("str").to_numpy(dtype=object), return_inverse=True)
    patients = table["patients"].to_numpy(dtype=np.float64)
    known = (unit >= 0) & (patients > 0)
    key, where = np.unique(unit[known] * len(codes) + practice[known], return_inverse=True)
    number = np.bincount(where, weights=patients[known], minlength=len(key))
    total = np.bincount(key // len(codes), weights=number, minlength=len(area.codes))
    return key, number / total[key // len(codes)], len(codes)

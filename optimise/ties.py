"""What ties units to each other through general practice: neighbours who share practices, and patients to its site.

Neighbours who share practices: how many people two adjacent units have in common by where they are registered.

A line drawn between two units divides them. Across one border that is min(residents of either) × the overlap of their
practice profiles: the sum over practices of the smaller of the two shares of patients, 0 (none in common) to 1 (alike).
Someone who lives at several borders counts at each. A unit without patients has no profile and shares none.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from boundaries.area import Area
from optimise.problem import Bools, Floats, Ints, PatientPairs


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


def practice_flows(area: Area) -> PatientPairs | None:
    """Patients between the unit where they live and the unit where their practice is sited. Practices sited outside the
    area, or nowhere that is known, are left out: no plan can bring them in. None where no registrations are loaded.
    """
    table = area.registrations
    if len(table) == 0:
        return None
    units = pd.Index(area.codes)
    site = dict(zip(area.practices.index.astype("str"), area.practices["unit"].astype("str"), strict=True))
    home = units.get_indexer(pd.Index(table["unit"].astype("str")))
    practice = units.get_indexer(pd.Index([site.get(code, "") for code in table["practice"].astype("str")]))
    known = (home >= 0) & (practice >= 0)
    pairs = np.sort(np.column_stack([home, practice])[known], axis=1).astype(np.int64)
    whole = PatientPairs(pairs, table["patients"].to_numpy(dtype=np.float64)[known])
    return whole.between(np.arange(len(units)))


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

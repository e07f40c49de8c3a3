"""Which units go to the same practices: likeness of profiles, and patients who share a list.

A profile is the row of P (patients by practice) of a unit. Clarke et al. 2020 (BMJ Open 10:e036504) compare profiles
of London practices by cosine; here the same is done for LSOAs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from footprints.flows.matrix import Flows
from optimise.problem import Floats, Ints


def cosine(flows: Flows, pairs: Ints) -> Floats:
    """(m,) cosine of the practice profiles of each of `pairs` (m, 2), 0 (none shared) to 1 (alike).

    cos(u, v) = Σ_p P[u,p] P[v,p] / (|P[u]| |P[v]|). 0 where one of the two has no patients.
    """
    width = len(flows.practices)
    key = flows.unit * width + flows.practice
    length = np.sqrt(np.bincount(flows.unit, weights=flows.patients**2, minlength=len(flows.units)))
    u, v = np.asarray(pairs, dtype=np.int64).reshape(-1, 2).T
    number = np.diff(flows.first)[u]
    pair = np.repeat(np.arange(len(u)), number)
    entry = np.arange(len(pair)) - np.repeat(np.cumsum(number) - number, number) + flows.first[u][pair]
    wanted = v[pair] * width + flows.practice[entry]
    other = np.minimum(np.searchsorted(key, wanted), max(len(key) - 1, 0))
    product = np.where(key[other] == wanted, flows.patients[entry] * flows.patients[other], 0.0)
    above = np.bincount(pair, weights=product, minlength=len(u))
    below = length[u] * length[v]
    found: Floats = np.divide(above, below, out=np.zeros(len(u)), where=below > 0)
    return np.minimum(found, 1.0)


def nearest(flows: Flows, k: int) -> tuple[Ints, Floats]:
    """(n, k) the k units most alike to each unit by `cosine`, most alike first, and their cosines.

    Of equals the earlier unit comes first. -1 and 0 where fewer than k share a practice with the unit.
    """
    n = len(flows.units)
    length = np.sqrt(np.bincount(flows.unit, weights=flows.patients**2, minlength=n))
    units, likeness = np.full((n, k), -1, dtype=np.int64), np.zeros((n, k))
    columns = _Columns(flows)
    for u in range(n):
        product = columns.products(u, np.ones(len(flows.practices)))
        product[u] = 0.0
        own = np.flatnonzero(product)
        near = np.minimum(product[own] / (length[u] * length[own]), 1.0)
        best = np.argsort(-np.round(near, 12), kind="stable")[:k]
        units[u, : len(best)], likeness[u, : len(best)] = own[best], near[best]
    return units, likeness


@dataclass(frozen=True, eq=False)
class Shared:
    """The flow graph: `u`, `v` (m,) units, u <= v, sorted; `patients` (m,) who share a list across the pair."""

    u: Ints
    v: Ints
    patients: Floats


def shared(flows: Flows) -> Shared:
    """How strongly any two units are joined by the lists they share, in patients.

    w(u, v) = Σ_p P[u,p] P[v,p] / L[p], with L[p] the patients of p who live in the area: of the patients of u, how many
    would meet a patient of v if each met one patient of the same list drawn at random. The one-mode projection of a
    bipartite graph that keeps its people (Zhou et al. 2007, Physical Review E 76:046115, in its symmetric form): w is
    symmetric and Σ_v w(u, v), v = u included, is the number of patients who live in u.
    """
    columns, n = _Columns(flows), len(flows.units)
    weight = np.divide(1.0, flows.from_here, out=np.zeros(len(flows.practices)), where=flows.from_here > 0)
    us, vs, ws = [], [], []
    for u in range(n):
        product = columns.products(u, weight)
        others = np.flatnonzero(product[u:]) + u
        us.append(np.full(len(others), u, dtype=np.int64))
        vs.append(others)
        ws.append(product[others])
    return Shared(np.concatenate(us), np.concatenate(vs), np.concatenate(ws))


class _Columns:
    """P by practice, so that one row times all others costs what it touches and no more."""

    def __init__(self, flows: Flows) -> None:
        order = np.argsort(flows.practice, kind="stable")
        self.flows = flows
        self.unit, self.patients = flows.unit[order], flows.patients[order]
        self.first = np.searchsorted(flows.practice[order], np.arange(len(flows.practices) + 1))

    def products(self, u: int, weight: Floats) -> Floats:
        """(n,) Σ_p weight[p] P[u,p] P[v,p] for every unit v."""
        own = slice(*self.flows.first[u : u + 2].tolist())
        practice, patients = self.flows.practice[own], self.flows.patients[own]
        number = np.diff(self.first)[practice]
        entry = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
        entry += np.repeat(self.first[practice], number)
        value = self.patients[entry] * np.repeat(patients * weight[practice], number)
        return np.bincount(self.unit[entry], weights=value, minlength=len(self.flows.units)).astype(np.float64)

"""How well neighbourhoods hold their patients: who is registered where they live, and how far practices are spread.

m(p) is the neighbourhood of practice p: of its site, its main one or the agreed one. Sources: localisation index and
conductance of service areas, Pinheiro et al. 2019 (arXiv 1912.08921); share of patients inside their own community,
Clarke et al. 2020 (BMJ Open 10:e036504; London 70.1 % at the median); effective number, Laakso & Taagepera 1979
(Comparative Political Studies 12:3), the inverse of Herfindahl's index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from footprints.flows.matrix import Flows
from optimise.problem import Floats, Ints


@dataclass(frozen=True, eq=False)
class Exchange:
    """Patients between k neighbourhoods.

    between : (k + 1, k + 1) patients of the area by neighbourhood of home (rows) and of their practice (columns); the
    last row is of units in no neighbourhood, the last column of practices in none. lists : (k + 1,) all patients of the
    practices of each column, wherever they live; lists - between.sum(axis=0) of them do not live in the area.
    """

    between: Floats
    lists: Floats

    @property
    def k(self) -> int:
        """The number of neighbourhoods."""
        return len(self.between) - 1

    @property
    def inside(self) -> Floats:
        """(k,) patients who live in the neighbourhood of their practice."""
        return self.between.diagonal()[: self.k]

    @property
    def living(self) -> Floats:
        """(k,) patients who live in each neighbourhood."""
        found: Floats = self.between.sum(axis=1)[: self.k]
        return found


def exchange(flows: Flows, label: Ints, of_practice: Ints, k: int) -> Exchange:
    """The exchange of a plan. label : (n,) neighbourhood of each unit; of_practice : (p,) of each practice; -1 none."""
    column = np.where(of_practice >= 0, of_practice, k)
    table = flows.by_group(label, k)
    between, lists = np.zeros((k + 1, k + 1)), np.zeros(k + 1)
    np.add.at(between.T, column, table)
    np.add.at(lists, column, flows.lists)
    return Exchange(between, lists)


def resident_side(e: Exchange) -> Floats:
    """(k,) localisation index: of the patients who live in n, the share whose practice is in n; NaN where none live.

    Σ_{l in n, m(p) = n} P[l,p] / Σ_{l in n, p} P[l,p].
    """
    return _ratio(e.inside, e.living)


def kept(e: Exchange) -> float:
    """Resident-side containment of the whole: of the patients who live in any neighbourhood, the share whose practice
    is in their own; NaN where there are none. (Patients weigh alike; not the mean of the neighbourhoods.)"""
    living = float(e.living.sum())
    return float(e.inside.sum()) / living if living else float("nan")


def kept_lists(e: Exchange) -> float:
    """List-side containment of the whole: of the lists of all practices sited in a neighbourhood, the share who live in
    the one of their practice; NaN without lists."""
    lists = float(e.lists[: e.k].sum())
    return float(e.inside.sum()) / lists if lists else float("nan")


def list_side(e: Exchange) -> Floats:
    """(k,) of the lists of practices in n, the share who live in n; NaN without lists.

    Σ_{l in n, m(p) = n} P[l,p] / Σ_{m(p) = n} L[p].
    """
    return _ratio(e.inside, e.lists[: e.k])


def coupling(e: Exchange) -> Floats:
    """(k,) coupling ratio: inside flow over all flow that touches n: F[n,n] / (living[n] + lists[n] - F[n,n])."""
    return _ratio(e.inside, e.living + e.lists[: e.k] - e.inside)


def conductance(e: Exchange) -> Floats:
    """(k,) flow over the boundary of n over the smaller of the two volumes it divides; 0 is a closed neighbourhood.

    Each patient is an edge from home to practice. cut[n] = living[n] + lists[n] - 2 F[n,n], vol[n] = living[n] +
    lists[n], rest = 2 T - vol[n], T all patients: cut / min(vol, rest). NaN where either is empty.
    """
    touching = e.living + e.lists[: e.k]
    everyone = float(e.lists.sum())
    return _ratio(touching - 2 * e.inside, np.minimum(touching, 2 * everyone - touching))


def effective(by_group: Floats) -> Floats:
    """(p,) effective number of neighbourhoods of each row: 1 / Σ share², shares of those who live in one; NaN for none.

    by_group : (p, k + 1) as from `Flows.by_group`, the last column (in no neighbourhood) left out.
    """
    inside = by_group[:, :-1]
    total = inside.sum(axis=1)
    return _ratio(total**2, (inside**2).sum(axis=1))


def mean_effective(by_group: Floats, of_practice: Ints) -> tuple[Floats, float]:
    """Mean effective number of the practices of each neighbourhood (k,), and of all: each practice weighs by its
    patients who live in a neighbourhood. NaN for none.

    by_group : (p, k + 1) as for `effective`; of_practice : (p,) neighbourhood of each practice, -1 none; those count in
    the mean of all.
    """
    weight, own = by_group[:, :-1].sum(axis=1), np.nan_to_num(effective(by_group))
    k, inside = by_group.shape[1] - 1, of_practice >= 0
    above = np.bincount(of_practice[inside], weights=(weight * own)[inside], minlength=k).astype(np.float64)
    below = np.bincount(of_practice[inside], weights=weight[inside], minlength=k).astype(np.float64)
    everyone = float(weight.sum())
    return _ratio(above, below), float((weight * own).sum()) / everyone if everyone else float("nan")


def _ratio(above: Floats, below: Floats) -> Floats:
    found: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return found

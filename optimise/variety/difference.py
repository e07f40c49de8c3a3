"""How different two plans are, measured by people and not by units: three figures from one table of shared people.

n_ab is the number of people whose neighbourhood is a in one plan and b in the other, n_a and n_b are the people of each
neighbourhood, N all people. Units without people count for nothing: plans that differ in them alone are the same here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

import numpy as np

from optimise.assignment import best_pairs
from optimise.problem import Ints


@dataclass(frozen=True)
class Difference:
    """From one plan to another.

    people_moved : people whose neighbourhood changes under the pairing of neighbourhoods that keeps most people where
    they are. share_moved : of all people. neighbours_lost : the share of the people of his neighbourhood that are no
    longer with a resident, averaged over residents. information_bits : variation of information, in bits.
    """

    people_moved: int
    share_moved: float
    neighbours_lost: float
    information_bits: float


def difference(before: Ints, after: Ints, people: Ints) -> Difference:
    """All three figures. before, after : (n,) neighbourhood of each unit, any integers of 0 or more; people : (n,)."""
    shared = shared_people(before, after, people)
    total = int(shared.sum())
    moved = _moved(shared)
    return Difference(moved, moved / total if total else 0.0, _lost(shared), _information(shared))


def shared_people(before: Ints, after: Ints, people: Ints) -> Ints:
    """(a, b) people by neighbourhood before and after: the table n_ab."""
    width = int(after.max(initial=-1)) + 1
    size = (int(before.max(initial=-1)) + 1) * width
    # Sums of whole numbers below 2**53 are exact in bincount's floats.
    counted = np.bincount(before * width + after, weights=people, minlength=size)
    return counted.astype(np.int64).reshape(-1, width) if width else np.zeros((0, 0), dtype=np.int64)


def people_moved(before: Ints, after: Ints, people: Ints) -> int:
    """N - max over pairings m of sum n_a,m(a): people who change neighbourhood, renumbering not counted as a change.

    The partition distance (Gusfield 2002, Information Processing Letters 82: 159-164) weighted by people: a metric.
    """
    return _moved(shared_people(before, after, people))


def neighbours_lost(before: Ints, after: Ints, people: Ints) -> float:
    """1 - sum n_ab^2 / n_a / N: of the people of his neighbourhood, the share no longer with a resident, on average.

    0 where every neighbourhood stays together. It has a direction: after a merger nobody has lost a neighbour, after a
    division in halves half. Wallace's (1983, JASA 78: 569-576) share of pairs kept, taken resident by resident.
    """
    return _lost(shared_people(before, after, people))


def variation_of_information(before: Ints, after: Ints, people: Ints) -> float:
    """-sum n_ab/N (log2 n_ab/n_a + log2 n_ab/n_b), in bits: what each plan leaves to be told of the other.

    Meila 2007, Journal of Multivariate Analysis 98: 873-895, weighted by people: a metric.
    """
    return _information(shared_people(before, after, people))


def _moved(shared: Ints) -> int:
    """Neighbourhoods that share people with one other only are settled without the assignment problem."""
    rows, columns = np.flatnonzero(shared.any(axis=1)), np.flatnonzero(shared.any(axis=0))
    table = shared[np.ix_(rows, columns)]
    kept = 0
    alone = (table > 0).sum(axis=1) == 1
    partner = table.argmax(axis=1) if table.size else np.zeros(0, dtype=np.int64)
    pure = np.array(
        [a for a in np.flatnonzero(alone).tolist() if (table[:, partner[a]] > 0).sum() == 1], dtype=np.int64
    )
    kept += int(table[pure, partner[pure]].sum())
    left = table[np.ix_(np.setdiff1d(np.arange(len(rows)), pure), np.setdiff1d(np.arange(len(columns)), partner[pure]))]
    if left.size:
        kept += sum(int(left[i, j]) for i, j in best_pairs(left))
    return int(shared.sum()) - kept


def _lost(shared: Ints) -> float:
    own, total = shared.sum(axis=1), int(shared.sum())
    if not total:
        return 0.0
    a, b = np.nonzero(shared)
    # Sums rounded once are the same in whatever order the neighbourhoods are numbered.
    return max(0.0, 1.0 - fsum((shared[a, b].astype(np.float64) ** 2 / own[a]).tolist()) / total)


def _information(shared: Ints) -> float:
    total = int(shared.sum())
    if not total:
        return 0.0
    a, b = np.nonzero(shared)
    both = shared[a, b].astype(np.float64)
    bits = np.log2(both / shared.sum(axis=1)[a]) + np.log2(both / shared.sum(axis=0)[b])
    return max(0.0, -fsum((both * bits).tolist()) / total)

"""How alike two plans are, counted in people: variation of information, adjusted Rand, best-match Jaccard.

Every resident of the area counts; those whom a plan puts nowhere stand in one group of their own, "".
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimise.problem import Ints

FORMULAS: Mapping[str, tuple[str, str]] = {
    "variation_of_information": (
        "Variation of information",
        "H(A|B) + H(B|A) in bits, each person with the same weight: −Σ p(a,b) × [log₂ p(a,b)/p(b) + log₂ p(a,b)/p(a)], "
        "p a share of all residents. 0 where both plans are the same; one bit is one yes-or-no question to say where a "
        "person lives in one plan who knows it in the other. Meilă 2007, Journal of Multivariate Analysis 98: 873–895.",
    ),
    "adjusted_rand": (
        "Adjusted Rand index",
        "over pairs of residents: (Σ C(n_ab,2) − E) / (½[Σ C(n_a,2) + Σ C(n_b,2)] − E), with "
        "E = Σ C(n_a,2) × Σ C(n_b,2) / C(n,2). 1 where both plans put the same people together, 0 where they agree as "
        "chance would. Hubert and Arabie 1985, Journal of Classification 2: 193–218.",
    ),
    "mean_jaccard": (
        "Best-match Jaccard",
        "for each neighbourhood the most that any neighbourhood of the other plan has in common with it: residents in "
        "both / residents in either; the mean over residents of the first plan's neighbourhoods. 1 where each is found "
        "again whole. Hennig 2007, Computational Statistics & Data Analysis 52: 258–271.",
    ),
}


@dataclass(frozen=True)
class Overlap:
    """One neighbourhood and the one of the other plan that is most like it.

    code, other : neighbourhood codes; `other` is "" where nobody is in both. shared : residents in both, of `people` in
    this one and `people_other` in the other. jaccard : shared / residents in either; None for one without residents.
    """

    code: str
    people: int
    other: str
    people_other: int
    shared: int
    jaccard: float | None


@dataclass(frozen=True)
class Alike:
    """How alike two plans are (see `FORMULAS`). before, after : best matches from either side, in code order."""

    variation_of_information: float
    adjusted_rand: float
    mean_jaccard: float | None
    before: tuple[Overlap, ...]
    after: tuple[Overlap, ...]


def lie(where: Mapping[str, str], units: Sequence[str], codes: Sequence[str]) -> Ints:
    """(n,) position in `codes` of the neighbourhood of each unit; the number of codes for one that lies in none."""
    at = {code: i for i, code in enumerate(codes)}
    return np.array([at.get(where.get(unit, ""), len(codes)) for unit in units], dtype=np.int64)


def overlap(before: Ints, after: Ints, k: int, m: int, people: Ints) -> Ints:
    """(k + 1, m + 1) people by neighbourhood of both plans; the last row and column are of units in none."""
    table = np.zeros((k + 1, m + 1), dtype=np.int64)
    np.add.at(table, (before, after), people)
    return table


def alike(table: Ints, before: Sequence[str], after: Sequence[str]) -> Alike:
    """The three measures from the people of `overlap`. before, after : the codes of its rows and columns but the last.

    Whole numbers throughout, but for the logarithms: the adjusted Rand index is exact up to its one division.
    """
    return Alike(
        variation_of_information=_variation(table),
        adjusted_rand=_rand(table),
        mean_jaccard=_mean(found := _matches(table, before, after)),
        before=found,
        after=_matches(table.T, after, before),
    )


def _variation(table: Ints) -> float:
    total = int(table.sum())
    if not total:
        return 0.0
    a, b = np.nonzero(table)
    both = table[a, b].astype(np.float64)
    terms = both * (np.log2(table.sum(axis=0)[b] / both) + np.log2(table.sum(axis=1)[a] / both))
    return math.fsum(terms.tolist()) / total


def _rand(table: Ints) -> float:
    pairs = sum(math.comb(n, 2) for n in table.ravel().tolist())
    rows = sum(math.comb(n, 2) for n in table.sum(axis=1).tolist())
    columns = sum(math.comb(n, 2) for n in table.sum(axis=0).tolist())
    everyone = math.comb(int(table.sum()), 2)
    if not everyone:
        return 1.0
    # Both halves of the fraction times 2 C(n,2), so that they stay whole.
    most = (rows + columns) * everyone - 2 * rows * columns
    return (2 * pairs * everyone - 2 * rows * columns) / most if most else 1.0


def _matches(table: Ints, own: Sequence[str], others: Sequence[str]) -> tuple[Overlap, ...]:
    here, there = table.sum(axis=1), table.sum(axis=0)
    found = []
    for i, code in enumerate(own):
        either = here[i] + there[: len(others)] - table[i, : len(others)]
        shares = np.divide(
            table[i, : len(others)], either, out=np.zeros(len(others), dtype=np.float64), where=either > 0
        )
        best = int(shares.argmax()) if len(others) else -1
        if not here[i]:
            found.append(Overlap(code, 0, "", 0, 0, None))
        elif best < 0 or not shares[best]:
            found.append(Overlap(code, int(here[i]), "", 0, 0, 0.0))
        else:
            found.append(
                Overlap(
                    code, int(here[i]), others[best], int(there[best]), int(table[i, best]), float(shares[best])
                )
            )  # fmt: skip
    return tuple(found)


def _mean(found: Sequence[Overlap]) -> float | None:
    people = sum(own.people for own in found)
    return math.fsum(own.people * (own.jaccard or 0.0) for own in found) / people if people else None

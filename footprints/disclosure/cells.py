"""The rule: patients are rounded once, in the smallest cells that the plans of a set can tell apart.

A cell is a practice and a piece: a largest group of units that no plan of the set divides. A cell under the threshold
is not told; any other is rounded to the base. Every figure for the public is worked out from these cells and from
nothing else, so that no sum, difference or ratio of any tables of the set says more than the cells themselves: of one
that is not told, that it is under the threshold. (Figures worked out from protected ones need no protection of their
own; Dwork & Roth 2014, proposition 2.1, says so of randomised rules, and for fixed ones it is plain.)

One thing comes from elsewhere: the list of each practice, which NHS England publishes. The list less its cells that are
told leaves those that are not; where that would narrow a small count, the smallest cell that is told is withheld, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from footprints.disclosure.audience import Audience
from footprints.plan import Plan
from optimise.problem import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class Protected:
    """inside : (p, q) cells that may be told, 0 where not; outside : (p, c) the same of patients living elsewhere.

    lists : (p,) rounded lists, 0 for practices of which nothing is told. withheld : (p,) cells that were large enough
    and are withheld so that no other can be worked out. total : all patients inside, rounded; None where it would tell
    too much.
    """

    inside: Ints
    outside: Ints
    lists: Ints
    withheld: Ints
    total: int | None


def pieces(plans: Sequence[Plan], area: Area) -> tuple[Ints, Ints]:
    """(n,) piece of each unit of the area, and (q,) the first unit of each piece, which stands for it."""
    homes = [plan.where() for plan in plans]
    alike: dict[tuple[str, ...], int] = {}
    first: list[int] = []
    found = []
    for i, unit in enumerate(area.codes):
        key = tuple(where.get(unit, "") for where in homes)
        if key not in alike:
            alike[key] = len(first)
            first.append(i)
        found.append(alike[key])
    return np.array(found, dtype=np.int64), np.array(first, dtype=np.int64)


def protect(inside: Floats, outside: Floats, lists: Floats, named: Bools, audience: Audience) -> Protected:
    """The cells for the public.

    inside : (p, q) patients by practice and piece; outside : (p, c) by where else they live; lists : (p,) their sums.
    named : (p,) practices that stand in the files; others do where at least one cell inside is told.
    """
    least, q = audience.threshold, inside.shape[1]
    cells = np.column_stack([inside, outside])
    value = rounded(cells, audience)
    withheld = np.zeros(len(cells), dtype=np.int64)
    kept = (named | value[:, :q].any(axis=1)) & (lists >= least)
    value[~kept] = 0
    for p in np.flatnonzero(kept).tolist():
        while _narrowed(cells[p], value[p], float(lists[p]), audience, bool(withheld[p])) and value[p].any():
            told = np.flatnonzero(value[p])
            value[p, told[np.argmin(cells[p, told])]] = 0
            withheld[p] += 1
        kept[p] = not _narrowed(cells[p], value[p], float(lists[p]), audience, bool(withheld[p]))
    total = int(rounded(np.array([inside.sum()]), audience)[0])
    safe = inside.sum() >= least and _total_is_safe(
        cells, value, np.where(kept, lists, np.inf), withheld, q, total, audience
    )
    return Protected(
        inside=value[:, :q],
        outside=value[:, q:],
        lists=np.where(kept, rounded(lists, audience), 0),
        withheld=withheld,
        total=total if safe else None,
    )


def rounded(values: Floats, audience: Audience) -> Ints:
    """Counts as they may be told: 0 under the threshold, else the nearest multiple of the base, halves up."""
    nearest = np.floor(values / audience.base + 0.5) * audience.base
    return np.where(values < audience.threshold, 0, nearest).astype(np.int64)


def _between(value: Ints, audience: Audience, withheld: bool) -> tuple[Floats, Floats]:
    """What a reader knows of cells: the least and the most that each can be. withheld : one of those not told is not
    small, and nobody knows which."""
    shown = value > 0
    low = np.where(shown, np.maximum(value - audience.base // 2, audience.threshold), 0.0)
    hidden = np.inf if withheld else audience.threshold - 1.0
    return low, np.where(shown, value + (audience.base - 1) // 2, hidden)


def _narrowed(cells: Floats, value: Ints, total: float, audience: Audience, withheld: bool) -> bool:
    """Whether who knows the sum of a row can tell a small count of it from 0, or from the largest that is not told."""
    if not (((value == 0) & (cells > 0) & (cells < audience.threshold)).any()):
        return False
    low, high = _between(value, audience, withheld)
    most = audience.threshold - 1.0
    others = high.sum() - most if np.isfinite(high).all() else _others(high)
    return bool(low.sum() + most > total or total > others)


def _others(high: Floats) -> float:
    """The most that the cells of a row with a withheld one can add up to, but for one that is not told."""
    return float("inf") if np.isinf(high).sum() > 1 else float(high[np.isfinite(high)].sum())


def _total_is_safe(
    cells: Floats, value: Ints, lists: Floats, withheld: Ints, q: int, told: int, audience: Audience
) -> bool:
    """Whether the total inside, told to within the base, leaves every small count as open as its own list does.

    Rows are free of one another but for the total: what a row can have inside is a range, and ranges add up.
    """
    most = audience.threshold - 1.0
    ends = np.array([_ends(v, float(n), q, audience, bool(w)) for v, n, w in zip(value, lists, withheld, strict=True)])
    if not len(ends):
        return False
    least_of_all, most_of_all = float(ends[:, 0].sum()), float(ends[:, 1].sum())
    low, high = told - audience.base // 2, told + (audience.base - 1) // 2
    small: Bools = (value == 0) & (cells > 0) & (cells < audience.threshold)
    for p in np.flatnonzero(small.any(axis=1)).tolist():
        for where in {bool(i < q) for i in np.flatnonzero(small[p]).tolist()}:
            for held in (0.0, most):
                own = _ends(value[p], float(lists[p]), q, audience, bool(withheld[p]), (where, held))
                if own[0] > own[1]:
                    return False
                if least_of_all - ends[p, 0] + own[0] > high or most_of_all - ends[p, 1] + own[1] < low:
                    return False
    return True


def _ends(
    value: Ints, total: float, q: int, audience: Audience, withheld: bool, held: tuple[bool, float] | None = None
) -> tuple[float, float]:
    """The least and most patients inside that a row can have. held : one cell that is not told, inside or not, at a
    value."""
    low, high = _between(value, audience, withheld)
    if held is not None:
        side = slice(0, q) if held[0] else slice(q, None)
        at = int(np.flatnonzero(value[side] == 0)[0]) + (0 if held[0] else q)
        low, high = low.copy(), high.copy()
        low[at] = high[at] = held[1]
    if np.isinf(total):  # nothing is told of this practice, not even its list
        return float(low[:q].sum()), float(high[:q].sum())
    return (
        max(float(low[:q].sum()), total - float(high[q:].sum())),
        min(float(high[:q].sum()), total - float(low[q:].sum())),
    )

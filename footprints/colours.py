"""Fills that can be told apart: touching neighbourhoods never share one, and the green one stays green."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache

import numpy as np

from boundaries.area import Area

# Okabe and Ito's palette for all kinds of colour vision, without the black that lines and names are drawn in, and
# without the green: drawn as lightly as on our maps it comes too near to the blue and the pink for some eyes.
NAMED = {
    "#0072b2": "Blue",
    "#e69f00": "Orange",
    "#cc79a7": "Pink",
    "#56b4e9": "Sky blue",
    "#d55e00": "Red",
    "#f0e442": "Yellow",
}
PALETTE = tuple(NAMED)
OPACITY = 0.8  # of a fill on a white ground, on every map


def touching(where: Mapping[str, str], area: Area, codes: Collection[str]) -> dict[str, set[str]]:
    """Neighbourhood -> the neighbourhoods that it borders (by land or by a link), for all `codes`."""
    beside: dict[str, set[str]] = {code: set() for code in sorted(codes)}
    for a, b in {(where.get(u, ""), where.get(v, "")) for u, v in _ends(area)}:
        if a and b and a != b:
            beside[a].add(b)
            beside[b].add(a)
    return beside


@lru_cache(maxsize=8)
def _ends(area: Area) -> tuple[tuple[str, str], ...]:
    """Units that touch or are linked, those that a barrier cuts from one another too: they still lie side by side."""
    cut = area.barriers[area.barriers["cut"].to_numpy(dtype=bool)]
    return tuple(
        (a, b)
        for table in (area.edges, cut)
        for a, b in zip(table["from_code"].tolist(), table["to_code"].tolist(), strict=True)
    )


def people_of(where: Mapping[str, str], area: Area, codes: Collection[str]) -> dict[str, int]:
    """Neighbourhood -> residents, 0 for those without units."""
    people = dict.fromkeys(sorted(codes), 0)
    for unit, number in zip(area.codes, np.asarray(area.units["residents"]).tolist(), strict=True):
        code = where.get(unit, "")
        if code in people:
            people[code] += int(number)
    return people


def settle(beside: Mapping[str, Collection[str]], people: Mapping[str, int], keep: Mapping[str, str]) -> dict[str, str]:
    """A fill for every neighbourhood; those in `keep` stay, but for the smaller of two that touch and are the same.

    The others are coloured most-hemmed-in first (DSATUR). One that is left without a fill takes that of its smallest
    kept neighbour, which is coloured again. Last come six fills in smallest-last order, enough for any plane map.
    """
    held = {code: keep[code] for code in sorted(beside) if code in keep}
    for code in sorted(held, key=lambda c: (people.get(c, 0), c)):
        if any(held.get(other) == held[code] for other in beside[code]):
            del held[code]
    while True:
        fills, stuck = _most_hemmed_in_first(beside, held)
        if not stuck:
            return fills
        kept = [other for other in beside[stuck] if other in held]
        if not kept:
            return _smallest_last(beside)
        del held[min(kept, key=lambda c: (people.get(c, 0), c))]


def _most_hemmed_in_first(beside: Mapping[str, Collection[str]], held: Mapping[str, str]) -> tuple[dict[str, str], str]:
    fills = dict(held)
    count = {fill: sum(f == fill for f in held.values()) for fill in PALETTE}
    taken = {code: {held[o] for o in beside[code] if o in held} for code in sorted(beside) if code not in held}
    while taken:
        code = min(taken, key=lambda c: (-len(taken[c]), -len(beside[c]), c))
        free = [fill for fill in PALETTE if fill not in taken[code]]
        if not free:
            return fills, code
        # The least used first: a map of seven neighbourhoods has seven fills.
        fills[code] = min(free, key=lambda f: (count[f], PALETTE.index(f)))
        count[fills[code]] += 1
        del taken[code]
        for other in beside[code]:
            if other in taken:
                taken[other].add(fills[code])
    return {code: fills[code] for code in sorted(fills)}, ""


def _smallest_last(beside: Mapping[str, Collection[str]]) -> dict[str, str]:
    left = {code: set(beside[code]) for code in sorted(beside)}
    order: list[str] = []
    while left:
        code = min(left, key=lambda c: (len(left[c]), c))
        order.append(code)
        for other in left.pop(code):
            left[other].discard(code)
    fills: dict[str, str] = {}
    for code in reversed(order):
        near = [fills[o] for o in beside[code] if o in fills]
        fills[code] = min(PALETTE, key=lambda f: (near.count(f), PALETTE.index(f)))
    return {code: fills[code] for code in sorted(fills)}

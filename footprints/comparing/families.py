"""One number for what counts as the same neighbourhood in several plans, so that eyes can follow it without colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from footprints.plan import Plan


def families(plans: Sequence[Plan], pairs: Callable[[int, int], Mapping[str, str]]) -> tuple[dict[str, int], ...]:
    """For each plan neighbourhood code -> its number, from 1. pairs(i, j) : the matching from plan i to plan j, i < j.

    The first plan's neighbourhoods are numbered in code order. Those of a later plan take the number of their match in
    the first; those left over that of a match in the second, and so on, where it is not taken; else a new one.
    """
    made: list[dict[str, int]] = []
    free = 1
    for j, plan in enumerate(plans):
        own: dict[str, int] = {}
        for i in range(j):
            for before, after in sorted(pairs(i, j).items()):
                number = made[i][before]
                if after not in own and number not in own.values():
                    own[after] = number
        for code in plan.codes:
            if code not in own:
                own[code], free = free, free + 1
        made.append(own)
    return tuple(made)

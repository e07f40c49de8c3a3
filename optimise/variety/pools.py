"""Many good plans of one part that are unlike each other: its pool, from which alternatives are chosen.

One try, from a plan that is known already (`base`):

1. forbid the centres that suit one to four of its neighbourhoods best, and search again under that handicap, from
   nothing or from `base` by turns: what comes back is good elsewhere, but was made for other costs;
2. polish it on the true cost, coldly, so that it runs down into the nearest good plan and no further;
3. or draw it under the cap: anneal on the true cost with a price on every resident who leaves the company that he had
   in it (the community term of the search), until its value is at most `cap`.

Both results are kept where they meet every rule and the cap. A try is a pure function of its arguments, so that the
pool does not depend on how many processes share the tries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimise.budget import Steps
from optimise.criteria import Weights
from optimise.kernels.state import random_bits
from optimise.kernels.trees import draw_below
from optimise.problem import Ints, Part
from optimise.score import primary
from optimise.searching.search import Found, SearchBudget, onward, restart, served
from optimise.stages import asks_more
from optimise.variety.difference import people_moved

FIRST_INDEX = 20_000_000  # beyond the restarts and community runs of a solve: other random numbers
MOST_HOLES = 4
NARROWEST, WIDEST = 0.2, 0.9
COLD = SearchBudget(restarts=1, rounds=20, hot=0.1, cold=0.01)
DRAWN = SearchBudget(restarts=1, rounds=30, hot=0.3, cold=0.02)
SERVED = SearchBudget(restarts=1, rounds=60, hot=0.2, cold=0.01)
BASES = 4


@dataclass(frozen=True)
class Effort:
    """Steps for the pool of one part: `tries` in all, in `rounds` rounds that each begin from the plans found so far;
    budget of one search under a handicap; `kept` plans at most."""

    tries: int
    rounds: int
    budget: SearchBudget
    kept: int


def effort(steps: Steps) -> Effort:
    """About as much work as the solve that these steps were for."""
    short = replace(steps.search, restarts=1, rounds=max(10, steps.search.rounds // 3))
    return Effort(tries=max(12, 3 * steps.search.restarts), rounds=3, budget=short, kept=16)


def try_once(
    part: Part, residents: Ints, base: Ints, centres: Ints, cap: float, seed: int, index: int, budget: SearchBudget
) -> tuple[Found, ...]:
    """The plans of one try, none to two. residents : (n,); base : (n,) labels; centres : (k,) candidates."""
    rng = random_bits(seed, FIRST_INDEX + index)
    handicapped = _without_centres(part, base, rng)
    number = FIRST_INDEX + 4 * index
    if index % 2 == 0:
        other = restart(handicapped, seed, number, budget)
    else:
        other = onward(handicapped, base, seed=seed, index=number, budget=replace(budget, hot=0.35 * budget.hot))
    if other is None:
        return ()
    polished = onward(part, other.labels, seed=seed, index=number + 1, budget=COLD, cap=cap)
    company = replace(part, community=_company(other.labels, residents))
    price = primary(part, base)[0] / max(1, int(residents.sum()))
    drawn = onward(company, other.labels, seed=seed, index=number + 2, budget=DRAWN, weight=price, cap=cap)
    return tuple(_plain(part, found) for found in (polished, drawn) if found is not None)


def tries(
    part: Part,
    residents: Ints,
    bases: Sequence[Found],
    cap: float,
    seed: int,
    indices: Sequence[int],
    budget: SearchBudget,
) -> list[Found]:
    """Several tries one after another, as one piece of work for a process; try i begins from base i modulo bases."""
    found: list[Found] = []
    for index in indices:
        base = bases[index % len(bases)]
        found += try_once(part, residents, base.labels, base.centres, cap, seed, index, budget)
    return found


def serve(part: Part, found: Found, weights: Weights, allowance: float, cap: float, seed: int) -> Found:
    """The same plan with its secondary terms served, coldly, so that it does not turn into another: at most `allowance`
    of its own value given up, never above `cap`."""
    if allowance == 0 or not asks_more(part, weights):
        return found
    own = min(found.value * (1 + allowance), cap)
    better = onward(
        part,
        found.labels,
        seed=seed,
        index=FIRST_INDEX - 1,
        budget=SERVED,
        cap=own,
        should_stop=None,
        **served(weights),
    )
    return found if better is None else better


def distinct(founds: Sequence[Found]) -> list[Found]:
    """Each plan once, the lowest value first, then in the order of their labels."""
    known = {found.labels.tobytes(): found for found in founds}
    return sorted(known.values(), key=lambda f: (float(f"{f.value:.9g}"), f.labels.tolist()))


def spread_out(
    founds: Sequence[Found], first: Sequence[Ints], residents: Ints, most: int, least: int = 1
) -> list[Found]:
    """Up to `most` of `founds`, one after another the one with most people moved from all chosen before and `first`.

    Plans fewer than `least` people away from one that is there already are left out. Greedy max-min (Gonzalez 1985) is
    within a factor of two of the best choice; ties go to the earlier plan.
    """
    chosen: list[Found] = []
    nearest = np.full(len(founds), np.iinfo(np.int64).max, dtype=np.int64)
    for labels in first:
        nearest = np.minimum(nearest, [people_moved(labels, f.labels, residents) for f in founds])
    while len(founds) and len(chosen) < most:
        farthest = int(np.argmax(nearest))
        if nearest[farthest] < least:
            break
        chosen.append(founds[farthest])
        labels = founds[farthest].labels
        nearest = np.minimum(nearest, [people_moved(labels, f.labels, residents) for f in founds])
    return chosen


def bases_of(best: Found, founds: Sequence[Found], residents: Ints) -> list[Found]:
    """The plans that the next round of tries begins from: the best one and up to three far from it and each other."""
    return [best, *spread_out(founds, [best.labels], residents, BASES - 1)]


def chunks(start: int, stop: int, size: int) -> list[tuple[int, ...]]:
    """The indices start, ..., stop - 1 in pieces of `size`."""
    return [tuple(range(a, min(a + size, stop))) for a in range(start, stop, size)]


def _without_centres(part: Part, base: Ints, rng: NDArray[np.uint64]) -> Part:
    """The part without the candidates that suit some of the neighbourhoods of `base` best; never without all."""
    draw: Callable[[NDArray[np.uint64], int], int] = draw_below
    holes = 1 + int(draw(rng, min(MOST_HOLES, part.k)))
    keep = np.ones(len(part.owner), dtype=np.bool_)
    open_ones = list(range(part.k))
    for _ in range(holes):
        d = open_ones.pop(int(draw(rng, len(open_ones))))
        members = np.flatnonzero(base == d)
        candidates = np.flatnonzero(base[part.owner] == d)
        share = NARROWEST + (WIDEST - NARROWEST) * int(draw(rng, 1_000)) / 1_000
        sums = part.cost[np.ix_(members, candidates)].sum(axis=0)
        cheapest = np.argsort(sums, kind="stable")[: max(1, int(share * len(candidates)))]
        keep[candidates[cheapest]] = False
    if len(np.unique(part.owner[keep])) < part.k:
        return part
    return replace(part, cost=part.cost[:, keep], owner=part.owner[keep], centre_unit=part.centre_unit[keep])


def _company(labels: Ints, residents: Ints) -> Ints:
    """The neighbourhoods of a plan as communities: (n, 3) rows of (node, its neighbourhood, residents)."""
    return np.column_stack([np.arange(len(labels)), labels, residents]).astype(np.int64)


def _plain(part: Part, found: Found) -> Found:
    """The plan with its value and centres by the true cost, and no composite beside it."""
    value, centres = primary(part, found.labels)
    return Found(labels=found.labels, value=value, centres=centres, composite=value)

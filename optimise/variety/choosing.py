"""Choosing a few whole plans out of pools of plans for each part: far from each other by people, within a total cost.

A whole plan takes one plan from each pool. Its cost above the best is the sum over parts, and so are the people that
two whole plans put elsewhere, because neighbourhoods of different parts never meet. The next plan is

    max over choices of  min over plans chosen before of  sum over parts of people moved,  sum of costs <= slack.    (1)

For fixed weights on the plans chosen before, the sum in place of the minimum is a multiple-choice knapsack, solved by
dynamic programming over costs rounded up to a grid; the weights move towards the plan that is nearest (multiplicative
weights, Arora, Hazan & Kale 2012). Single swaps finish it. The answer meets the slack always; that it is the farthest
is proven only for one part, where every swap is tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from optimise.problem import Floats, Ints
from optimise.variety.difference import people_moved

LEVELS, LEVELS_EACH = 400, 20
ROUNDS = 12
NEARLY = 0.9

Choice = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Pool:
    """The plans of one part to choose from. labels : each (n,). cost : (m,) value above the best known of the part.
    residents : (n,) persons. Plan 0 is the one in the first whole plan."""

    labels: tuple[Ints, ...]
    cost: Floats
    residents: Ints
    _known: dict[tuple[int, int], int] = field(default_factory=dict)

    def moved(self, own: int) -> Ints:
        """(m,) people that each plan of the pool puts elsewhere than plan `own` does."""
        return np.array([self._moved(own, other) for other in range(len(self.labels))], dtype=np.int64)

    def _moved(self, a: int, b: int) -> int:
        if a == b:
            return 0
        key = (min(a, b), max(a, b))
        if key not in self._known:
            self._known[key] = people_moved(self.labels[key[0]], self.labels[key[1]], self.residents)
        return self._known[key]


def choose(pools: Sequence[Pool], slack: float, most: int, least: int) -> list[Choice]:
    """Up to `most` whole plans, the first made of the plans 0, each at least `least` people from all before it.

    Of choices that are nearly (nine tenths) as far, one that costs less is taken.
    """
    chosen: list[Choice] = [(0,) * len(pools)]
    while len(chosen) < most:
        found = farthest(pools, chosen, slack)
        if found is None or nearest(pools, chosen, found) < max(1, least):
            break
        chosen.append(cheaper(pools, chosen, found, max(1, least)))
    return chosen


def nearest(pools: Sequence[Pool], chosen: Sequence[Choice], own: Choice) -> int:
    """People moved between `own` and the nearest of `chosen`."""
    return min(sum(int(pool.moved(c[p])[own[p]]) for p, pool in enumerate(pools)) for c in chosen)


def farthest(pools: Sequence[Pool], chosen: Sequence[Choice], slack: float) -> Choice | None:
    """A choice for (1), or None where nothing at all costs at most `slack`."""
    distance = _distances(pools, chosen)
    weights = np.full(len(chosen), 1.0 / len(chosen))
    best: tuple[int, float, Choice] | None = None
    for _ in range(ROUNDS if len(chosen) > 1 else 1):
        choice = _knapsack(pools, [weights @ table for table in distance], slack)
        if choice is None:
            break
        choice = _swapped(pools, distance, choice, slack)
        apart = _apart(distance, choice)
        cost = _cost(pools, choice)
        if best is None or (-int(apart.min()), cost, choice) < best:
            best = (-int(apart.min()), cost, choice)
        weights = weights * np.exp(-2.0 * apart / max(1.0, float(apart.max())))
        weights = np.round(weights / weights.sum(), 12)
    return None if best is None else best[2]


def cheaper(pools: Sequence[Pool], chosen: Sequence[Choice], own: Choice, least: int) -> Choice:
    """`own` with dear plans of parts changed for cheaper ones, most saved first, as long as it stays nearly as far."""
    distance = _distances(pools, chosen)
    floor = max(least, int(np.ceil(NEARLY * int(_apart(distance, own).min()))))
    swaps = [
        (float(pool.cost[other] - pool.cost[own[p]]), p, other)
        for p, pool in enumerate(pools)
        for other in range(len(pool.labels))
        if pool.cost[other] < pool.cost[own[p]]
    ]
    done: set[int] = set()
    for _, p, other in sorted(swaps):
        if p in done:
            continue
        changed = (*own[:p], other, *own[p + 1 :])
        if int(_apart(distance, changed).min()) >= floor:
            own = changed
            done.add(p)
    return own


def _distances(pools: Sequence[Pool], chosen: Sequence[Choice]) -> list[Ints]:
    """For each part (len(chosen), m) people moved from each chosen plan."""
    return [np.stack([pool.moved(c[p]) for c in chosen]) for p, pool in enumerate(pools)]


def _apart(distance: Sequence[Ints], choice: Choice) -> Ints:
    return np.asarray(np.sum([table[:, own] for table, own in zip(distance, choice, strict=True)], axis=0), np.int64)


def _cost(pools: Sequence[Pool], choice: Choice) -> float:
    return float(sum(pool.cost[own] for pool, own in zip(pools, choice, strict=True)))


def _knapsack(pools: Sequence[Pool], gain: Sequence[Floats], slack: float) -> Choice | None:
    """One plan from each pool with the largest sum of gains, costs rounded up to a grid and at most `slack`."""
    levels = max(LEVELS, LEVELS_EACH * len(pools))
    prices = [_on_grid(pool.cost, slack, levels) for pool in pools]
    best = np.zeros(levels + 1)
    took: list[Ints] = []
    for price, own in zip(prices, gain, strict=True):
        options = np.full((len(price), levels + 1), -np.inf)
        for i, at in enumerate(price.tolist()):
            if at <= levels:
                options[i, at:] = best[: levels + 1 - at] + own[i]
        took.append(np.argmax(options, axis=0))
        best = options.max(axis=0)
    if not np.isfinite(best[levels]):
        return None
    choice: list[int] = []
    left = levels
    for price, picks in zip(reversed(prices), reversed(took), strict=True):
        choice.append(int(picks[left]))
        left -= int(price[choice[-1]])
    return tuple(reversed(choice))


def _on_grid(cost: Floats, slack: float, levels: int) -> Ints:
    """Costs in steps of slack / levels, rounded up; more than `levels` where a cost is above the slack."""
    if slack <= 0:
        return np.where(cost > 0, levels + 1, 0)
    return np.ceil(np.clip(cost, 0.0, 2 * slack) * levels / slack - 1e-9).astype(np.int64)


def _swapped(pools: Sequence[Pool], distance: Sequence[Ints], choice: Choice, slack: float) -> Choice:
    """The choice after the best swaps in one part each, while they take the nearest chosen plan farther away."""
    while True:
        apart, cost = _apart(distance, choice), _cost(pools, choice)
        best = (int(apart.min()), choice)
        for p, pool in enumerate(pools):
            within = cost - float(pool.cost[choice[p]]) + pool.cost <= slack
            reach = (apart - distance[p][:, choice[p]])[:, None] + distance[p]
            least = np.where(within, reach.min(axis=0), -1)
            other = int(np.argmax(least))
            if int(least[other]) > best[0]:
                best = (int(least[other]), (*choice[:p], other, *choice[p + 1 :]))
        if best[1] == choice:
            return choice
        choice = best[1]

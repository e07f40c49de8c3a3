"""Families of plans: good plans are crossed with each other, and their children annealed, for what no restart finds.

A child takes neighbourhoods that lie together from one plan and the others from a second plan; what is left between
goes to a neighbourhood beside it, and a short anneal mends the range and the seam. Where restarts end in many different
valleys, as they do in whole places, children of their best plans reach lower ones in the same number of steps.
Crossing is an old idea in districting by evolution; the cut along whole neighbourhoods and the anneal are our own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from optimise.contiguity import neighbours, reach
from optimise.kernels.state import random_bits
from optimise.kernels.trees import draw_below
from optimise.problem import Ints, Part
from optimise.searching.search import Found, SearchBudget, below, best_of, onward, restart

STARTS, CHILDREN = 8, 20
WARM = 0.5
FEWEST = 4
SAME = 1e-9
_RUNS, _EACH = 3_000_000, 1_000

Random = NDArray[np.uint64]
Near = list[list[int]]


def family(
    part: Part,
    seed: int,
    index: int,
    budget: SearchBudget,
    *,
    parents: Sequence[Found] = (),
    on_best: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Found | None:
    """The best of `STARTS` short restarts and `CHILDREN` crossings of two of them; None where no plan was met.

    parents : plans to cross in the stead of short restarts, such as the best of other families. A start has half the
    rounds of the budget, a child three eighths, so that a family takes the steps of about 12 restarts. A pure function
    of its arguments unless stopped. With fewer than `FEWEST` neighbourhoods there is little to cross, and it is a
    restart.
    """
    first = _RUNS + _EACH * index
    if part.k < FEWEST:
        return best_of([*parents, restart(part, seed, first, budget, on_best=on_best, should_stop=should_stop)])
    rng, near = random_bits(seed, first), neighbours(part)
    short = replace(budget, rounds=max(1, budget.rounds // 2))
    best: Found | None = None
    alive: list[Found] = []
    for parent in parents:
        best = best_of([best, parent])
        alive += [] if _known(parent, alive) else [parent]
    for i in range(0 if parents else STARTS):
        told = below(on_best, best.value if best else float("inf"))
        found = restart(part, seed, first + i, short, on_best=told, should_stop=should_stop)
        best = best_of([best, found])
        if found is not None and not _known(found, alive):
            alive.append(found)
    child = replace(budget, rounds=max(1, 3 * budget.rounds // 8), hot=max(WARM, budget.cold))
    for i in range(STARTS, STARTS + CHILDREN):
        if len(alive) < 2 or (should_stop and should_stop()):
            break
        a = int(draw_below(rng, len(alive)))
        b = int(draw_below(rng, len(alive) - 1))
        b += b >= a
        labels = crossed(part, near, alive[a].labels, alive[b].labels, rng)
        if labels is None:
            continue
        found = onward(part, labels, seed=seed, index=first + i, budget=child, should_stop=should_stop)
        if found is None or _known(found, alive):
            continue
        worse = a if alive[a].value > alive[b].value else b
        if found.value < alive[worse].value:
            alive[worse] = found
        best = best_of([best, found])
        if on_best and best is found:
            on_best(found.value)
    return best


def _known(found: Found, alive: Sequence[Found]) -> bool:
    return any(abs(found.value - other.value) <= SAME * abs(other.value) for other in alive)


def crossed(part: Part, near: Near, one: Ints, other: Ints, rng: Random) -> Ints | None:
    """Labels (n,) of k connected neighbourhoods: some of `one` that lie together, the rest after `other`.

    They need not be in range. None where the draw left a neighbourhood without a node.
    """
    k = part.k
    chosen = _cluster(part, one, 1 + int(draw_below(rng, k - 1)), rng)
    taken = np.isin(one, chosen)
    people = part.people.astype(np.float64)
    left = np.bincount(other[~taken], weights=people[~taken], minlength=k)
    share = left / np.maximum(np.bincount(other, weights=people, minlength=k), 1.0)
    labels = np.full(len(one), -1, dtype=np.int64)
    for d, own in enumerate(chosen):
        labels[one == own] = d
    for d, own in enumerate(np.argsort(-share, kind="stable")[: k - len(chosen)].tolist(), start=len(chosen)):
        rest = set(np.flatnonzero((other == own) & ~taken).tolist())
        if not rest:
            return None
        labels[sorted(_largest(part, rest, near))] = d
    return _filled(labels, near, rng)


def _cluster(part: Part, labels: Ints, size: int, rng: Random) -> list[int]:
    """Up to `size` neighbourhoods that lie together: from a random one on, that which touches most of them is next."""
    a, b = labels[part.edges[:, 0]], labels[part.edges[:, 1]]
    touch = np.zeros((part.k, part.k), dtype=np.bool_)
    touch[a, b] = touch[b, a] = True
    chosen = [int(labels[int(draw_below(rng, len(labels)))])]
    while len(chosen) < size:
        count = touch[chosen].sum(axis=0)
        count[chosen] = 0
        if not count.any():
            break
        most = np.flatnonzero(count == count.max())
        chosen.append(int(most[int(draw_below(rng, len(most)))]))
    return chosen


def _largest(part: Part, nodes: set[int], near: Near) -> set[int]:
    """The connected piece of most people; of equals the one with the first node."""
    best: tuple[int, set[int]] = (-1, set())
    while nodes:
        piece = reach(min(nodes), nodes, near)
        nodes = nodes - piece
        people = int(part.people[sorted(piece)].sum())
        if people > best[0]:
            best = people, piece
    return best[1]


def _filled(labels: Ints, near: Near, rng: Random) -> Ints:
    """Every node without a neighbourhood goes to one beside it, from the borders inward, drawn at random.

    `near` must join all nodes.
    """
    left = np.flatnonzero(labels < 0).tolist()
    while left:
        homes = {v: [int(labels[u]) for u in near[v] if labels[u] >= 0] for v in left}
        for v, beside in homes.items():
            if beside:
                labels[v] = beside[int(draw_below(rng, len(beside)))]
        left = [v for v, beside in homes.items() if not beside]
    return labels

"""The most contained plan that a plain search finds, and what no plan can beat, whatever it costs in travel.

Containment counts a patient where the LSOA of home and the LSOA of the practice's site are in one neighbourhood. With
W[u,v] the patients of u at practices sited in v and the other way round, it is a graph partition: keep the most W
inside k connected neighbourhoods within the range. This is a yardstick for the optimiser, no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from boundaries.area import Area
from footprints.flows import Flows
from optimise.problem import Floats, Ints

HOT, COLD = 2_000.0, 8.0  # patients: what a move may lose at the start and at the end
WEIGHTS = (1.0, 3.0)  # patients for each person out of range, at the start and at the end
STEPS = 20_000_000


@dataclass(frozen=True, eq=False)
class Partition:
    """together : (n, n) symmetric W, zero where nobody crosses. people : (n,). first, near : neighbours of each unit,
    accepted links included. everyone : patients in all, wherever their practice is."""

    together: Floats
    people: Floats
    first: Ints
    near: Ints
    everyone: float

    @property
    def sited(self) -> float:
        """Patients whose practice is sited in the area."""
        return float(self.together.sum()) / 2


def partition_of(area: Area, flows: Flows, site: Ints) -> Partition:
    """The partition problem of an area, practices at `site` (p,) (-1: sited nowhere here); proposed links are used."""
    n = len(flows.units)
    crossing = np.zeros((n, n))
    at = site[flows.practice]
    np.add.at(crossing, (flows.unit[at >= 0], at[at >= 0]), flows.patients[at >= 0])
    return Partition(
        crossing + crossing.T,
        area.units["residents"].to_numpy(dtype=np.float64),
        *_lists(joined(area)),
        float(flows.patients.sum()),
    )


def joined(area: Area) -> list[list[int]]:
    """The neighbours of each unit over borders, read links and proposed ones."""
    position = {code: i for i, code in enumerate(area.codes)}
    ends = list(zip(area.edges["from_code"], area.edges["to_code"], strict=True))
    ends += [(link.from_code, link.to_code) for link in area.proposed_links]
    near: list[set[int]] = [set() for _ in area.codes]
    for a, b in ends:
        near[position[a]].add(position[b])
        near[position[b]].add(position[a])
    return [sorted(others) for others in near]


def _lists(near: list[list[int]]) -> tuple[Ints, Ints]:
    first = np.cumsum([0, *(len(others) for others in near)]).astype(np.int64)
    return first, np.array([v for others in near for v in others], dtype=np.int64)


def most_contained(
    problem: Partition, start: Ints, low: float, high: float, seeds: range, steps: int = STEPS
) -> tuple[Ints, float]:
    """The best of the runs of all `seeds` from one plan, and its containment; the start where no run is in range.

    Every plan is connected, since no move may cut what it takes from, and the best is kept only when all are in range.
    """
    best, label = share(problem, start), start
    for seed in seeds:
        found, value = _anneal(
            start.copy(), int(start.max()) + 1, problem.together, problem.people, problem.first, problem.near, low,
            high, HOT, COLD, *WEIGHTS, steps, seed,
        )  # fmt: skip
        if value >= 0 and share(problem, found) > best:
            best, label = share(problem, found), found
    return label, best


def share(problem: Partition, label: Ints) -> float:
    """Resident-side containment of a plan that places every unit."""
    same = label[:, None] == label[None, :]
    return float(problem.together[same].sum()) / 2 / problem.everyone


def cannot_beat(problem: Partition, k: int, low: float, high: float, steps: int = 60) -> float:
    """A containment that no plan of k neighbourhoods in the range can exceed, connected or not.

    Donath & Hoffman 1973 (IBM Journal of Research and Development 17:420-425), with people for weights: for the
    Laplacian L of W and any u with Σ u = 0, the patients cut are at least ½ Σ_d m_d λ_d, where λ_1 <= ... <= λ_k are
    the least eigenvalues of D^-½ (L + diag u) D^-½, D the people of the units, and m the people of the neighbourhoods,
    largest first. Sizes are taken as uneven as the range allows, which is the least of all. u is improved by ascent;
    every u gives a valid bound, so that stopping early only weakens it.
    """
    w = problem.together.copy()
    np.fill_diagonal(w, 0.0)
    laplacian, root = np.diag(w.sum(axis=1)) - w, 1.0 / np.sqrt(problem.people)
    sizes, rest = np.full(k, low), float(problem.people.sum()) - k * low
    for d in range(k):
        sizes[d] += min(high - low, max(rest, 0.0))
        rest -= high - low
    u, best = np.zeros(len(root)), 0.0
    for _ in range(steps):
        values, vectors = np.linalg.eigh((laplacian + np.diag(u)) * root[:, None] * root[None, :])
        value = 0.5 * float((values[:k] * sizes).sum())
        best = max(best, value)
        slope = 0.5 * ((vectors[:, :k] * root[:, None]) ** 2 @ sizes)
        slope -= slope.mean()
        u += 0.7 * (1.02 * best + 1.0 - value) / max(float((slope**2).sum()), 1e-12) * slope
        u -= u.mean()
    return (problem.sited - best) / problem.everyone


@numba.njit(cache=True)
def _beyond(people: float, low: float, high: float) -> float:
    return max(0.0, low - people) + max(0.0, people - high)


@numba.njit(cache=True)
def _stays(u: int, label: Ints, first: Ints, near: Ints, seen: Ints, stack: Ints, stamp: int) -> bool:
    """Whether the rest of u's neighbourhood stays connected without it."""
    own, number, start = label[u], 0, -1
    for e in range(first[u], first[u + 1]):
        if label[near[e]] == own:
            number += 1
            start = near[e]
    if number <= 1:
        return number == 1
    left, top = number - 1, 1
    seen[start] = seen[u] = stamp
    stack[0] = start
    while top > 0:
        top -= 1
        x = stack[top]
        for e in range(first[x], first[x + 1]):
            v = near[e]
            if label[v] == own and seen[v] != stamp:
                seen[v] = stamp
                stack[top] = v
                top += 1
                for i in range(first[u], first[u + 1]):
                    if near[i] == v:
                        left -= 1
                if left == 0:
                    return True
    return False


@numba.njit(cache=True)
def _anneal(label, k, w, people, first, near, low, high, hot, cold, weight, last_weight, steps, seed):  # type: ignore
    """One run of moves of single units across borders; the best labels in range, and their value (-1: none)."""
    np.random.seed(seed)
    n = len(label)
    to, load, size = np.zeros((n, k)), np.zeros(k), np.zeros(k, np.int64)
    for u in range(n):
        load[label[u]] += people[u]
        size[label[u]] += 1
        for v in range(n):
            if u != v:
                to[u, label[v]] += w[u, v]
    seen, stack, stamp = np.zeros(n, np.int64), np.zeros(n, np.int64), 0
    value = 0.0
    for u in range(n):
        value += to[u, label[u]] / 2
    best, kept = -1.0, label.copy()
    for step in range(steps):
        part = step / steps
        warm, price = hot * (cold / hot) ** part, weight * (last_weight / weight) ** part
        u = np.random.randint(n)
        if first[u + 1] == first[u] or size[label[u]] == 1:
            continue
        old, new = label[u], label[near[first[u] + np.random.randint(first[u + 1] - first[u])]]
        if old == new:
            continue
        gain = to[u, new] - to[u, old]
        worse = _beyond(load[old] - people[u], low, high) + _beyond(load[new] + people[u], low, high)
        worse -= _beyond(load[old], low, high) + _beyond(load[new], low, high)
        if gain - price * worse < 0 and np.random.random() >= np.exp((gain - price * worse) / warm):
            continue
        stamp += 1
        if not _stays(u, label, first, near, seen, stack, stamp):
            continue
        for v in range(n):
            if v != u:
                to[v, old] -= w[v, u]
                to[v, new] += w[v, u]
        label[u] = new
        load[old] -= people[u]
        load[new] += people[u]
        size[old] -= 1
        size[new] += 1
        value += gain
        if value > best:
            out = 0.0
            for d in range(k):
                out += _beyond(load[d], low, high)
            if out == 0.0:
                best = value
                kept[:] = label
    return kept, best

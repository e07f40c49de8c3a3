"""Small parts with every contiguous plan in range counted by hand: the truth that solvers are held against."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from optimise.problem import Ints, Part
from optimise.score import primary


def part_of(
    points: Sequence[tuple[float, float]],
    edges: Sequence[tuple[int, int]],
    people: Sequence[int],
    k: int,
    lower: int,
    upper: int,
    *,
    target: float = 10_000.0,
    deviation: float = 0.5,
    together: Sequence[tuple[int, int]] = (),
    apart: Sequence[tuple[int, int]] = (),
) -> Part:
    """A part of single-unit nodes; travel is residents times kilometres between `points`."""
    xy, p = np.array(points, dtype=float), np.array(people, dtype=np.int64)
    index = np.arange(len(p))
    distance = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    return Part(
        name="small",
        groups=(),
        units=index,
        node_of=index,
        people=p,
        cost=p[:, None] * distance,
        centre_unit=index,
        owner=index,
        edges=np.array(sorted((min(e), max(e)) for e in edges), dtype=np.int64).reshape(-1, 2),
        k=k,
        lower=lower,
        upper=upper,
        target=target,
        deviation=deviation,
        together=np.array(together, dtype=np.int64).reshape(-1, 2),
        apart=np.array(apart, dtype=np.int64).reshape(-1, 2),
        community=np.zeros((0, 3), dtype=np.int64),
    )


def plans(part: Part) -> Iterator[Ints]:
    """Every plan of `part`: k connected neighbourhoods in range that keep the pairs."""
    n = len(part.people)
    near: list[int] = [0] * n
    for u, v in part.edges.tolist():
        near[u] |= 1 << v
        near[v] |= 1 << u
    people = part.people.tolist()

    def grown(first: int, free: int) -> Iterator[tuple[int, int]]:
        """Connected subsets of `free` that hold `first`, each once, with their people."""
        stack = [(1 << first, near[first] & free, ~(1 << first) & free, people[first])]
        while stack:
            inside, border, allowed, load = stack.pop()
            if load > part.upper:
                continue
            yield inside, load
            border &= allowed
            while border:
                v = (border & -border).bit_length() - 1
                border &= border - 1
                allowed &= ~(1 << v)
                stack.append((inside | 1 << v, (border | near[v]) & allowed, allowed, load + people[v]))

    def fill(free: int, left: int) -> Iterator[list[int]]:
        if left == 0:
            if free == 0:
                yield []
            return
        if free == 0:
            return
        for inside, load in grown((free & -free).bit_length() - 1, free):
            if load >= part.lower:
                for rest in fill(free & ~inside, left - 1):
                    yield [inside, *rest]

    for blocks in fill((1 << n) - 1, part.k):
        labels = np.array([next(d for d, b in enumerate(blocks) if b >> i & 1) for i in range(n)], dtype=np.int64)
        if all(labels[a] == labels[b] for a, b in part.together) and all(labels[a] != labels[b] for a, b in part.apart):
            yield labels


def best_value(part: Part) -> float | None:
    """The least primary value of any plan; None when there is no plan."""
    values = [primary(part, labels)[0] for labels in plans(part)]
    return min(values) if values else None


def polyominoes(size: int) -> list[tuple[tuple[int, int], ...]]:
    """Every connected grid of `size` cells, up to rotation and reflection, sorted."""
    found = {((0, 0),)}
    for _ in range(size - 1):
        found = {
            _canonical([*cells, (r + dr, c + dc)])
            for cells in found
            for r, c in cells
            for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0))
            if (r + dr, c + dc) not in cells
        }
    return sorted(found)


def grid_edges(cells: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    at = {cell: i for i, cell in enumerate(cells)}
    return [(at[r, c], at[near]) for r, c in cells for near in ((r, c + 1), (r + 1, c)) if near in at]


def _canonical(cells: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    turned = []
    now = list(cells)
    for _ in range(4):
        now = [(c, -r) for r, c in now]
        for shape in (now, [(r, -c) for r, c in now]):
            top, left = min(r for r, _ in shape), min(c for _, c in shape)
            turned.append(tuple(sorted((r - top, c - left) for r, c in shape)))
    return min(turned)

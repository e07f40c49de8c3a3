"""An independent model of small questions: every way to divide up to nine units, listed, and each rule asked of each.

It shares no code with the program: a plan is a row of bit masks (one for each neighbourhood), and everything about a
neighbourhood (people, in one piece, districts) is looked up by its mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

Masks = NDArray[np.int64]


@cache
def partitions(n: int) -> Masks:
    """Every set partition of n units: (number of partitions, n) masks of the blocks, 0 where there are fewer."""
    rows: list[list[int]] = [[]]
    for unit in range(n):
        grown = []
        for row in rows:
            grown += [[*row[:b], row[b] | 1 << unit, *row[b + 1 :]] for b in range(len(row))]
            grown.append([*row, 1 << unit])
        rows = grown
    return np.array([row + [0] * (n - len(row)) for row in rows], dtype=np.int64)


@dataclass(frozen=True)
class Question:
    """A small place and what is asked of it, in unit numbers.

    whole : group of each unit that is to stay whole, or None. total, by_district : the number asked for. together :
    groups; apart : lists of pairs; fixed : code -> units; frozen : code -> units. Keys name the rules.
    """

    people: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    district: tuple[int, ...]
    group: tuple[int, ...]
    minimum: int
    maximum: int
    total: int | None = None
    by_district: Mapping[int, int] = field(default_factory=dict)
    together: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    apart: Mapping[str, tuple[tuple[int, int], ...]] = field(default_factory=dict)
    fixed: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    frozen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


class Model:
    """All divisions of a question's units, and which of them keep which rules."""

    def __init__(self, asked: Question) -> None:
        self.asked = asked
        self.n = len(asked.people)
        self.blocks = partitions(self.n)
        subsets = np.arange(1 << self.n)
        bits = (subsets[:, None] >> np.arange(self.n)) & 1
        self.people = bits @ np.array(asked.people)
        self.one_piece = np.array([self._pieces(mask) <= 1 for mask in range(1 << self.n)])
        self.used = self.blocks > 0
        self.count = self.used.sum(axis=1)
        self.home = np.zeros((len(self.blocks), self.n), dtype=np.int64)  # the block each unit lies in
        for b in range(self.n):
            self.home += np.where((self.blocks[:, b, None] >> np.arange(self.n)) & 1 == 1, b, 0)

    def plans(self, rules: Iterable[str], *, minimum: int | None = None, maximum: int | None = None,
              total: int | None = None, by_district: Mapping[int, int] | None = None) -> NDArray[np.bool_]:  # fmt: skip
        """Which divisions keep the rules; limits and numbers may be others than those asked for."""
        keys, asked = set(rules), self.asked
        low, high = minimum or asked.minimum, maximum or asked.maximum
        good = np.ones(len(self.blocks), dtype=np.bool_)
        frozen = {code: units for code, units in asked.frozen.items() if f"frozen:{code}" in keys}
        kept = np.zeros_like(self.used)
        for units in frozen.values():
            here = self.blocks == _mask(units)
            good &= here.any(axis=1)
            kept |= here
        free = self.used & ~kept
        loads = self.people[self.blocks]
        if "minimum" in keys:
            good &= ~(free & (loads < low)).any(axis=1)
        if "maximum" in keys:
            good &= ~(free & (loads > high)).any(axis=1)
        taken = _mask(unit for units in frozen.values() for unit in units)
        nests = [list(range(self.n))]
        if "within" in keys:
            nests = [[u for u in range(self.n) if asked.district[u] == d] for d in sorted(set(asked.district))]
        pieces = [p for nest in nests for p in self._split(_mask(nest) & ~taken)]
        inside = np.isin(self.blocks, [m for p in pieces for m in _submasks(p)])
        good &= (inside | ~free).all(axis=1)
        if "one piece" in keys:
            good &= (self.one_piece[self.blocks] | ~free).all(axis=1)
        if "whole" in keys:
            for g in sorted(set(asked.group)):
                own = _mask(u for u in range(self.n) if asked.group[u] == g)
                for nest in nests:
                    for part in self._split(own & _mask(nest) & ~taken):
                        good &= self._same(part)
        if "number" in keys:
            good &= self.count == (total or asked.total)
        for d, k in (by_district or asked.by_district).items():
            if f"number:{d}" in keys:
                own = _mask(u for u in range(self.n) if asked.district[u] == d)
                good &= ((self.blocks & own > 0) & self.used).sum(axis=1) == k
        for key, units in asked.together.items():
            if key in keys:
                good &= self._same(_mask(units))
        for key, pairs in asked.apart.items():
            if key in keys:
                for a, b in pairs:
                    good &= self.home[:, a] != self.home[:, b]
        fixed = {code: units for code, units in asked.fixed.items() if f"fixed:{code}" in keys}
        for code, units in fixed.items():
            good &= self._same(_mask([*units, *frozen.get(code, ())]))
            for other, others in [*fixed.items(), *frozen.items()]:
                if other != code:
                    good &= self.home[:, units[0]] != self.home[:, others[0]]
        return good

    def possible(self, rules: Iterable[str], **other: object) -> bool:
        return bool(self.plans(rules, **other).any())  # type: ignore[arg-type]

    def least_maximum(self, rules: Iterable[str], floor: int) -> int | None:
        """The smallest maximum, of `floor` or more, under which the rules have a plan."""
        return self._limit([r for r in rules if r != "maximum"], floor, up=True)

    def greatest_minimum(self, rules: Iterable[str], ceiling: int) -> int | None:
        """The largest minimum, of `ceiling` or less, under which the rules have a plan."""
        return self._limit([r for r in rules if r != "minimum"], ceiling, up=False)

    def _limit(self, rules: list[str], least: int, *, up: bool) -> int | None:
        good = self.plans(rules)
        if not good.any():
            return None
        frozen = [_mask(units) for code, units in self.asked.frozen.items() if f"frozen:{code}" in rules]
        free = self.used[good] & ~np.isin(self.blocks[good], frozen)
        loads = self.people[self.blocks[good]]
        if up:
            return max(least, int(np.where(free, loads, 0).max(axis=1).min()))
        return min(least, int(np.where(free, loads, least).min(axis=1).max()))

    def is_plan(self, labels: Iterable[int], rules: Iterable[str]) -> bool:
        """Whether this division keeps the rules."""
        found: dict[int, int] = {}
        for unit, label in enumerate(labels):
            found[label] = found.get(label, 0) | 1 << unit
        wanted = sorted(found.values(), key=lambda m: m & -m)
        row = np.flatnonzero((self.blocks == np.array(wanted + [0] * (self.n - len(wanted)))).all(axis=1))
        return len(row) == 1 and bool(self.plans(rules)[row[0]])

    def _same(self, mask: int) -> NDArray[np.bool_]:
        return np.asarray(((self.blocks & mask) == mask).any(axis=1))

    def _pieces(self, mask: int) -> int:
        return len(self._split(mask))

    def _split(self, mask: int) -> list[int]:
        """The connected pieces of a set of units."""
        found = []
        while mask:
            piece, before = mask & -mask, 0
            while piece != before:
                before = piece
                for a, b in self.asked.edges:
                    both = 1 << a | 1 << b
                    if piece & both and mask & both == both:
                        piece |= both
            found.append(piece)
            mask &= ~piece
        return found


def _mask(units: Iterable[int]) -> int:
    mask = 0
    for unit in units:
        mask |= 1 << unit
    return mask


def _submasks(mask: int) -> list[int]:
    found, part = [], mask
    while part:
        found.append(part)
        part = (part - 1) & mask
    return found

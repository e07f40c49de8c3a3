"""The cases of a proof: every plan falls in one of them, and each has multipliers that bound the plans in it.

A split asks how many centres lie in a region (a set of nodes): at most m, or at least m + 1. What is asked on the way
to a case are its limits; their regions are laminar: of two on one way, one holds the other or they share nothing. Other
splits ask whether the centre of a node lies in a region or not; their answers are the ties of a case. With ties
contiguity counts: a node that is cut off from a candidate by nodes that may not go to it may not go to it either.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimise.problem import Floats, Ints


@dataclass(frozen=True)
class Limit:
    """Between `fewest` and `most` centres lie in the region (an index into `Tree.regions`)."""

    region: int
    fewest: int
    most: int


@dataclass(frozen=True)
class Tie:
    """The centre of the node's neighbourhood lies in the region, or it does not."""

    node: int
    region: int
    inside: bool


@dataclass(frozen=True)
class Split:
    """At most `most` centres in the region leads to `fewer`, more of them to `more`.

    fewer, more : the index of the next split, or -1 - i for case i. node : where it is not -1 the split is about the
    centre of this node instead: not in the region leads to `fewer`, in it to `more`; `most` is then 0.
    """

    region: int
    most: int
    fewer: int
    more: int
    node: int = -1


@dataclass(frozen=True, eq=False)
class Tree:
    """A proof of one part in cases; without splits it is one case, the plain Lagrangian bound.

    regions : node indices of each region. splits : the first is the root. cases : (n,) multipliers in person-km of each
    case. solved : for each case the bound that HiGHS, or further splits, proved for it on the pairs that fixing leaves,
    where that is more than its multipliers prove on all pairs, else 0. upper : the value of the plan that fixing was
    against.
    """

    regions: tuple[Ints, ...]
    splits: tuple[Split, ...]
    cases: tuple[Floats, ...]
    solved: tuple[float, ...]
    upper: float

    def limits(self, k: int) -> Iterator[tuple[int, tuple[Limit, ...], tuple[Tie, ...]]]:
        """Each case with its limits, one for each region asked about, and its ties; every plan of k is in one case.

        Raises ValueError where the tree is none: a split that is met twice or never, a case likewise, or regions that
        cross.
        """
        stack: list[tuple[int, dict[int, tuple[int, int]], tuple[Tie, ...]]] = [(0 if self.splits else -1, {}, ())]
        splits, cases = set[int](), set[int]()
        while stack:
            at, known, ties = stack.pop()
            if at < 0:
                if -1 - at in cases or not -1 - at < len(self.cases):
                    raise ValueError("a case is met twice or is missing")
                cases.add(-1 - at)
                self._check_laminar(known)
                yield -1 - at, tuple(Limit(r, *known[r]) for r in sorted(known)), ties
                continue
            if at in splits or not at < len(self.splits):
                raise ValueError("a split is met twice or is missing")
            splits.add(at)
            split = self.splits[at]
            if split.node >= 0:
                stack.append((split.more, known, (*ties, Tie(split.node, split.region, True))))
                stack.append((split.fewer, known, (*ties, Tie(split.node, split.region, False))))
                continue
            low, high = known.get(split.region, (0, k))
            stack.append((split.more, known | {split.region: (max(low, split.most + 1), high)}, ties))
            stack.append((split.fewer, known | {split.region: (low, min(high, split.most))}, ties))
        if len(cases) != len(self.cases) or len(splits) != len(self.splits):
            raise ValueError("a case or a split is never met")

    def _check_laminar(self, known: dict[int, tuple[int, int]]) -> None:
        sets = [set(self.regions[r].tolist()) for r in sorted(known)]
        for a, first in enumerate(sets):
            for second in sets[a + 1 :]:
                if first & second and not first <= second and not second <= first:
                    raise ValueError("two regions of a case cross")


def plain(multipliers: Floats, upper: float, solved: float = 0.0) -> Tree:
    """A proof without splits: one dual vector for all plans."""
    return Tree((), (), (np.asarray(multipliers, np.float64),), (solved,), upper)

"""Small graph work on labels: connected pieces, tidying of stray cells, and cutting a set of units into even groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boundaries.demo.kinds import Bools, Floats, Ints


def pieces(count: int, a: Ints, b: Ints) -> Ints:
    """The piece of each of `count` nodes under the edges (a, b), numbered by its smallest node."""
    label = np.arange(count, dtype=np.int64)
    while True:
        before = label.copy()
        low = np.minimum(label[a], label[b])
        np.minimum.at(label, a, low)
        np.minimum.at(label, b, low)
        label = label[label]
        if np.array_equal(before, label):
            return label


def tidy(labels: Ints, a: Ints, b: Ints, weight: Floats, fixed: Bools | None = None, least: int = 0) -> Ints:
    """Give every stray piece of a label (all but its largest) to the label with which it shares most weight.

    Pieces of at least `least` nodes (when above 0) stay as they are. Nodes in `fixed`, and those below 0, never change.
    """
    labels = labels.copy()
    for _ in range(12):
        inside = (labels[a] == labels[b]) & (labels[a] >= 0)
        piece = pieces(len(labels), a[inside], b[inside])
        size = np.bincount(piece, minlength=len(labels))
        order = np.lexsort([piece, -size[piece], labels])
        first = np.concatenate([[True], labels[order][1:] != labels[order][:-1]])
        main = np.full(int(labels.max()) + 2, -1, dtype=np.int64)
        main[labels[order][first]] = piece[order][first]
        stray = (labels >= 0) & (piece != main[labels])
        if least:
            stray &= size[piece] < least
        if fixed is not None:
            stray &= ~fixed
        if not stray.any():
            return labels
        gains: dict[int, dict[int, float]] = {}
        for one, other in ((a, b), (b, a)):
            hit = np.flatnonzero(stray[one] & (labels[other] >= 0) & (labels[one] != labels[other]))
            for node, label, w in zip(
                piece[one[hit]].tolist(), labels[other[hit]].tolist(), weight[hit].tolist(), strict=True
            ):
                row = gains.setdefault(node, {})
                row[label] = row.get(label, 0.0) + w
        if not gains:
            return labels
        new = {node: max(sorted(row), key=row.__getitem__) for node, row in gains.items()}
        for node in np.flatnonzero(stray).tolist():
            labels[node] = new.get(int(piece[node]), labels[node])
    return labels


class Cutter:
    """Cuts connected sets of units into connected groups of an even size."""

    def __init__(self, xy: Floats, a: Ints, b: Ints) -> None:
        self.xy = xy
        self.near: list[list[int]] = [[] for _ in range(len(xy))]
        for i, j in zip(a.tolist(), b.tolist(), strict=True):
            self.near[i].append(j)
            self.near[j].append(i)

    def parts(self, members: Sequence[int]) -> list[list[int]]:
        """Connected pieces of a set of units, each sorted, largest first."""
        left, found = set(members), []
        for start in sorted(members):
            if start not in left:
                continue
            left.discard(start)
            group, stack = [start], [start]
            while stack:
                for other in self.near[stack.pop()]:
                    if other in left:
                        left.discard(other)
                        group.append(other)
                        stack.append(other)
            found.append(sorted(group))
        return sorted(found, key=lambda group: (-len(group), group))

    def cut(self, members: Sequence[int], target: float, most: int) -> list[list[int]]:
        """Groups of about `target` units: split until none is above `most` (a set that cannot be split stays)."""
        if len(members) <= most:
            return [sorted(members)]
        groups = max(2, round(len(members) / target))
        want = round(len(members) * (groups // 2) / groups)
        first, second = min(
            (self._halve(members, want, angle) for angle in range(8)), key=lambda halves: self._badness(halves, want)
        )
        return [*self.cut(first, target, most), *self.cut(second, target, most)] if second else [sorted(first)]

    def _halve(self, members: Sequence[int], want: int, angle: int) -> tuple[list[int], list[int]]:
        """Grow `want` units from one end along a direction; what is cut off from the rest joins the grown half."""
        turn = np.pi * angle / 8
        key = dict(
            zip(members, (self.xy[list(members)] @ np.array([np.cos(turn), np.sin(turn)])).tolist(), strict=True)
        )
        start = min(members, key=lambda unit: (key[unit], unit))
        grown, edge = {start}, {other for other in self.near[start] if other in key}
        while len(grown) < want and edge:
            unit = min(edge, key=lambda other: (key[other], other))
            edge.discard(unit)
            grown.add(unit)
            edge.update(other for other in self.near[unit] if other in key and other not in grown)
        rest = self.parts([unit for unit in members if unit not in grown])
        return sorted(grown.union(*rest[1:])), rest[0] if rest else []

    def _badness(self, halves: tuple[list[int], list[int]], want: int) -> tuple[int, int]:
        first = set(halves[0])
        crossing = sum(1 for unit in halves[1] for other in self.near[unit] if other in first)
        return abs(len(first) - want), crossing

    def even(self, groups: list[list[int]], least: int, most: int, home: Sequence[int]) -> list[list[int]]:
        """Join groups below `least` to their smallest neighbour of one `home`, then split what grew above `most`."""
        label = {unit: place for place, group in enumerate(groups) for unit in group}
        for place in sorted(range(len(groups)), key=lambda p: (len(groups[p]), groups[p])):
            group = groups[place]
            if not group or len(group) >= least:
                continue
            beside = sorted(
                {label[o] for u in group for o in self.near[u] if o in label and home[o] == home[u]} - {place}
            )
            if not beside:
                continue
            into = min(beside, key=lambda other: (len(groups[other]), other))
            groups[into] = sorted(groups[into] + group)
            label.update(dict.fromkeys(group, into))
            groups[place] = []
        return [
            part
            for group in groups
            if group
            for part in (self.cut(group, len(group) / 2, most) if len(group) > most else [group])
        ]

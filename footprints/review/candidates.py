"""Small changes between two adjacent neighbourhoods: sets of nodes that move one way, and sets that change places.

A set is grown from a node at the border, one node at a time, each time by the one that leaves the plan best; what would
be cut off goes along. The best division of two neighbourhoods, where one is known, gives further sets: its differences.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from footprints.review.rules import Field
from optimise.contiguity import neighbours, reach
from optimise.criteria import OPT_IN, Weights
from optimise.problem import Bools, Floats, Ints, Part, Problem
from optimise.score import opted
from optimise.searching.groups import group_part

MOST_NODES = 8
MOST_TO_RANGE = 40
EXCHANGED = 10  # of the sets each way that are tried in pairs
MOST_DIFFERENCES = 6
KEPT = 12  # of the candidates of a pair

Moves = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Candidate:
    """Nodes that change neighbourhood: (node, label before, label after), sorted.

    gain : person-km of primary value and all that is weighed (of communities those of the field). residents : of the
    nodes. fits : whether both neighbourhoods stay in the own range.
    """

    moves: Moves
    gain: float
    residents: int
    fits: bool

    @property
    def score(self) -> float:
        """Much gain for few people: the gain over the square root of the residents who change."""
        return float(self.gain / max(1, self.residents) ** 0.5)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two adjacent neighbourhoods of a field, as a part of their own with labels 0 and 1.

    members : their labels in the field. nodes : the field's nodes that these are. residents : (n,). crowd : (c, 2)
    residents of each community in the two; elsewhere : (c,) the most of it in any other. weights : of what is weighed
    beside the part's cost. asked : the range that was set, where the own range is wider.
    """

    part: Part
    labels: Ints
    members: tuple[int, int]
    nodes: Ints
    movable: Bools
    residents: Ints
    crowd: Ints
    elsewhere: Ints
    weights: Weights
    asked: tuple[int, int]


@dataclass(frozen=True)
class Found:
    """What a pair of neighbourhoods offers: changes that make the plan better, and changes into the range set."""

    better: tuple[Candidate, ...]
    to_range: tuple[Candidate, ...]


def pair_of(problem: Problem, field: Field, members: tuple[int, int], weights: Weights, asked: tuple[int, int]) -> Pair:
    """Two neighbourhoods of a field on their own."""
    whole = field.part
    part, nodes, labels = group_part(whole, field.labels, members)
    residents = np.zeros(len(whole.people), dtype=np.int64)
    np.add.at(residents, whole.node_of, problem.residents[whole.units])
    rows = whole.community
    crowd = np.zeros((int(rows[:, 1].max()) + 1 if len(rows) else 0, whole.k), dtype=np.int64)
    if len(rows):
        np.add.at(crowd, (rows[:, 1], field.labels[rows[:, 0]]), rows[:, 2])
    others = np.delete(crowd, list(members), axis=1).max(axis=1, initial=0)
    movable, two = field.movable[nodes], crowd[:, list(members)]
    return Pair(part, labels, members, nodes, movable, residents[nodes], two, others, weights, asked)


def pair_candidates(pair: Pair, better: Ints | None = None) -> Found:
    """What two neighbourhoods offer. better : labels (n,) of a better division of the two, where one is known."""
    board = _Board(pair)
    out = [not pair.asked[0] <= load <= pair.asked[1] for load in board.load.tolist()]
    most = MOST_TO_RANGE if any(out) else MOST_NODES
    there, back = board.grown(0, 1, most), board.grown(1, 0, most)
    both = board.exchanges(there, back)
    if better is not None:
        both += board.differences(better)
    fitting = list(dict.fromkeys(c for c in (*there, *back, *both) if c.fits and board.simple(c.moves)))
    gaining = [c for c in fitting if c.gain > 0 and sum(board.off(c.moves)) <= sum(board.off(()))]
    ranged = [c for c in fitting if any(out) and board.comes_in(c.moves)]
    ranged.sort(key=lambda c: (c.residents, -c.gain, c.moves))
    return Found(tuple(_best(gaining, KEPT)), tuple(ranged[:KEPT]))


class _Board:
    """Two neighbourhoods with all that changes between them are measured by."""

    def __init__(self, pair: Pair) -> None:
        part = pair.part
        self.pair, self.part, self.labels, self.movable = pair, part, pair.labels, pair.movable
        self.near = neighbours(part)
        self.load = np.bincount(pair.labels, weights=part.people, minlength=2).astype(np.int64)
        self.sums: Floats = np.zeros((2, part.cost.shape[1]))
        np.add.at(self.sums, pair.labels, part.cost)
        self.home = pair.labels[part.owner]
        self.centres = [np.flatnonzero(part.owner == i) for i in range(len(part.people))]
        self.value = [self._value(self.sums[d], self.home == d, int(self.load[d])) for d in range(2)]
        self.with_ = _partners(part.together, len(part.people))
        self.without = _partners(part.apart, len(part.people))
        self.opted = opted(part, pair.labels, pair.weights)
        self.weighs = any(getattr(pair.weights, key) > 0 for key in OPT_IN)
        self.members = [set(np.flatnonzero(pair.labels == d).tolist()) for d in range(2)]
        self.lives: list[list[tuple[int, int]]] = [[] for _ in part.people]
        for node, community, people in part.community.tolist():
            self.lives[node].append((community, people))

    def _value(self, sums: Floats, centres: Bools, load: int) -> float:
        if not centres.any():
            return float("inf")
        return float(sums[centres].min()) + self.part.deviation * abs(load - self.part.target)

    def gain(self, moves: Moves) -> float:
        """Person-km that the plan is better by when these move, all weights counted; -inf where one is emptied."""
        home, part = self.home.copy(), self.part
        for node, _, to in moves:
            home[self.centres[node]] = to
        gained = 0.0
        shift = np.zeros(part.cost.shape[1])
        for node, _, to in moves:
            shift += part.cost[node] if to == 1 else -part.cost[node]
        loads = self.loads(moves)
        for d, sign in ((0, -1.0), (1, 1.0)):
            gained += self.value[d] - self._value(self.sums[d] + sign * shift, home == d, loads[d])
        if self.weighs:
            after = self.labels.copy()
            for node, _, to in moves:
                after[node] = to
            gained += self.opted - opted(part, after, self.pair.weights)
        return gained + self.pair.weights.community * self._fewer_outside(moves)

    def _fewer_outside(self, moves: Moves) -> int:
        changed: dict[int, list[int]] = {}
        for node, before, to in moves:
            for community, people in self.lives[node]:
                row = changed.setdefault(community, self.pair.crowd[community].tolist())
                row[before] -= people
                row[to] += people
        fewer = 0
        for c, row in changed.items():
            rest = int(self.pair.elsewhere[c])
            fewer += max(*row, rest) - max(*self.pair.crowd[c].tolist(), rest)
        return fewer

    def loads(self, moves: Moves) -> tuple[int, int]:
        """People of the two once these nodes have moved."""
        over = sum(int(self.part.people[node]) * (1 if to == 1 else -1) for node, _, to in moves)
        return int(self.load[0]) - over, int(self.load[1]) + over

    def fits(self, moves: Moves) -> bool:
        """Whether both stay in the own range."""
        return all(self.part.lower <= load <= self.part.upper for load in self.loads(moves))

    def off(self, moves: Moves) -> tuple[int, int]:
        """People of each above or below the range set once these nodes have moved."""
        low, high = self.pair.asked
        here, there = self.loads(moves)
        return max(0, low - here, here - high), max(0, low - there, there - high)

    def comes_in(self, moves: Moves) -> bool:
        """Whether one that is outside the range set comes into it, and the other is not worse outside than before."""
        ways = list(zip(self.off(()), self.off(moves), strict=True))
        return any(before and not after for before, after in ways) and all(after <= before for before, after in ways)

    def simple(self, moves: Moves) -> bool:
        """Whether what goes one way hangs together, where nothing comes back."""
        nodes = {node for node, _, _ in moves}
        both_ways = len({to for _, _, to in moves}) > 1
        return both_ways or len(reach(min(nodes), nodes, self.near)) == len(nodes)

    def whole(self, moves: Moves) -> bool:
        """Whether both stay in one piece, not empty, and no pair is parted or joined."""
        after = {node: to for node, _, to in moves}

        def at(node: int) -> int:
            return after.get(node, int(self.labels[node]))

        if any(not self.movable[node] for node in after):
            return False
        for node in after:
            if any(at(other) != at(node) for other in self.with_[node]):
                return False
            if any(at(other) == at(node) for other in self.without[node]):
                return False
        for d in range(2):
            members = {i for i in self.members[d] if i not in after} | {i for i, to in after.items() if to == d}
            if not members or len(reach(min(members), members, self.near)) < len(members):
                return False
        return True

    def candidate(self, moves: Iterable[tuple[int, int, int]]) -> Candidate:
        """The change, measured."""
        ordered = tuple(sorted(moves))
        people = int(self.pair.residents[[node for node, _, _ in ordered]].sum())
        return Candidate(ordered, self.gain(ordered), people, self.fits(ordered))

    def grown(self, a: int, b: int, most: int = MOST_NODES) -> list[Candidate]:
        """Connected sets that go from `a` to `b` and leave both in one piece, of at most `most` nodes."""
        found: dict[Moves, Candidate] = {}
        seen: set[frozenset[int]] = set()
        members = self.members[a]
        seeds = [i for i in sorted(members) if any(self.labels[j] == b for j in self.near[i])]
        for seed in seeds:
            chosen = self._closed({seed}, members)
            while chosen is not None and len(chosen) <= most and frozenset(chosen) not in seen:
                seen.add(frozenset(chosen))
                this = self.candidate((node, a, b) for node in chosen)
                if self.whole(this.moves):
                    found[this.moves] = this
                beside = sorted({j for i in chosen for j in self.near[i] if j in members} - chosen)
                options = [self._closed(chosen | {j}, members) for j in beside]
                further = [option for option in options if option is not None and len(option) <= most]
                if not further:
                    break
                chosen = max(further, key=lambda o: (self.gain(tuple((n, a, b) for n in sorted(o))), sorted(o)))
        return list(found.values())

    def _closed(self, chosen: set[int], members: set[int]) -> set[int] | None:
        """The set with what it would cut off and what must stay with it; None where that may not move or is all."""
        chosen = set(chosen)
        while True:
            chosen |= {other for node in chosen for other in self.with_[node]}
            rest = members - chosen
            if not rest or any(not self.movable[node] for node in chosen):
                return None
            pieces = []
            while rest:
                piece = reach(min(rest), rest, self.near)
                rest -= piece
                pieces.append(piece)
            if len(pieces) == 1:
                return chosen
            keep = max(pieces, key=lambda p: (int(self.part.people[sorted(p)].sum()), -min(p)))
            chosen |= set().union(*(p for p in pieces if p is not keep))

    def exchanges(self, there: Sequence[Candidate], back: Sequence[Candidate]) -> list[Candidate]:
        """Sets that change places, of the best each way (whether in range alone or not)."""
        found = []
        for one in _best(there, EXCHANGED):
            for other in _best(back, EXCHANGED):
                moves = (*one.moves, *other.moves)
                if self.fits(moves) and self.whole(moves):
                    found.append(self.candidate(moves))
        return found

    def differences(self, after: Ints) -> list[Candidate]:
        """Parts of the way to another division: its connected differences, alone and together, that leave a plan."""
        changed = np.flatnonzero(self.labels != after).tolist()
        ways = sorted({(int(self.labels[i]), int(after[i])) for i in changed})
        sets: list[list[tuple[int, int, int]]] = []
        for a, b in ways:
            left = {i for i in changed if (self.labels[i], after[i]) == (a, b)}
            while left:
                piece = reach(min(left), left, self.near)
                left -= piece
                sets.append([(i, a, b) for i in sorted(piece)])
        chosen = sets if len(sets) <= MOST_DIFFERENCES else []
        groups = [group for r in range(1, len(chosen) + 1) for group in combinations(chosen, r)] or [tuple(sets)]
        found = []
        for group in groups:
            moves = tuple(move for one in group for move in one)
            if self.whole(moves):
                found.append(self.candidate(moves))
        return found


def _best(sets: Sequence[Candidate], number: int) -> list[Candidate]:
    """Those that are worth a further look: the first by score, and the first by gain."""
    by_score = sorted(sets, key=lambda c: (-c.score, c.moves))[:number]
    by_gain = sorted(sets, key=lambda c: (-c.gain, c.moves))[:number]
    return list(dict.fromkeys((*by_score, *by_gain)))


def _partners(pairs: Ints, n: int) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in range(n)]
    for a, b in pairs.tolist():
        found[a].append(b)
        found[b].append(a)
    return found

"""Whether one part can be divided at all: a plan, a proof that there is none, or neither.

In this order, since each costs more than the one before: counting and the lightest way (`optimise.asking.impossible`),
plans met before, a short search, the integer programme about the locked neighbourhoods alone
(`optimise.asking.labelling`) whose answer is either a proof or neighbourhoods around which the rest is searched, the
programme about all of them where that is small, and a longer search. All of it is counted in steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from optimise.asking.feasibility import allocate
from optimise.asking.impossible import Groups, Proof, groups_of, open_to, prove_by_counting, prove_by_shape, way_of
from optimise.asking.labelling import label
from optimise.contiguity import neighbours, reach
from optimise.problem import BarrierPairs, Ints, Part, PatientPairs
from optimise.searching.search import SearchBudget, search

FIRST = SearchBudget(restarts=2, rounds=12)
LONGER = SearchBudget(restarts=6, rounds=40)
TINY = 12  # nodes
SMALL, WHOLE = 120, 600  # nodes times neighbourhoods: the programme about all of them is tried soon, and at all
MOST_LOCAL = 2_500
WORK, MOST_STEPS, SECONDS = 45_000, 400, 30.0  # steps of a programme times nodes; steps; a guard
TRIED = 3  # numbers of neighbourhoods that are searched

Stop = Callable[[], bool]


class State(StrEnum):
    """What is known about a question."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class Decision:
    """labels : (n,) with YES, numbered from 0 without gaps. proofs : with NO, (why, the numbers it rules out)."""

    state: State
    labels: Ints | None = None
    proofs: tuple[tuple[Proof, tuple[int, ...]], ...] = ()


def decide(
    part: Part,
    ks: Sequence[int],
    *,
    known: Sequence[Ints] = (),
    seed: int = 0,
    connected: bool = True,
    quick: bool = False,
    should_stop: Stop | None = None,
) -> Decision:
    """Whether `part` has a plan with one of `ks` neighbourhoods (in order of preference; `part.k` is not looked at).

    known : plans met before, the label of each of `part.units`. With `connected` false neighbourhoods may lie in
    pieces. quick : spend little, and say sooner that it is not known.
    """
    groups = groups_of(part)
    shape = prove_by_shape(part, groups, connected=connected)
    if shape is not None:
        return Decision(State.NO, proofs=((shape, tuple(ks)),))
    counted = {k: prove_by_counting(part, groups, k) for k in ks}
    proofs = tuple((proof, (k,)) for k, proof in counted.items() if proof is not None)
    left = [k for k in ks if counted[k] is None]
    if not left:
        return Decision(State.NO, proofs=proofs)
    if left[0] == 1:
        return _alone(part)
    for labels in known:
        mapped = _mapped(part, labels, left)
        if mapped is not None:
            return Decision(State.YES, mapped)
    work = _Work(part, groups, left, seed, quick, should_stop)
    found = work.connected() if connected else work.packed()
    if found.state is not State.YES and 1 in left:
        return _alone(part)
    if found.state is State.NO:
        return replace(found, proofs=(*proofs, *found.proofs))
    return found


def _alone(part: Part) -> Decision:
    return Decision(State.YES, np.zeros(len(part.people), dtype=np.int64))


class _Work:
    """What it takes when counting says nothing."""

    def __init__(
        self, part: Part, groups: Groups, ks: Sequence[int], seed: int, quick: bool, should_stop: Stop | None
    ) -> None:
        self.part, self.groups, self.ks, self.seed, self.should_stop = part, groups, list(ks), seed, should_stop
        self.quick = quick
        self.steps = min(MOST_STEPS, WORK // len(part.people)) // (6 if quick else 1)
        clique = groups.clique(part.people.tolist())
        self.seeds = [groups.members[g][0] for g in clique]
        self.about = tuple(i for g in clique for i in groups.members[g])

    def connected(self) -> Decision:
        n = len(self.part.people)
        if n > TINY:  # below that the programme decides in less time than a search that fails
            found = self._search(FIRST, self.ks[: 1 if self.quick else TRIED], self.seed)
            if found is not None:
                return Decision(State.YES, found)
            found = self._along_ways()
            if found is not None:
                return Decision(State.YES, found)
        if n * max(self.ks) <= SMALL:
            small = self._whole(connected=True)
            if small.state is not State.UNKNOWN:
                return small
        if self.seeds and len(self.seeds) < max(self.ks) and n * (len(self.seeds) + 1) <= MOST_LOCAL:
            local = self._local()
            if local.state is not State.UNKNOWN:
                return local
        if SMALL < n * max(self.ks) <= WHOLE and len(self.ks) <= TRIED:
            whole = self._whole(connected=True)
            if whole.state is not State.UNKNOWN or self.quick:
                return whole
        if self.quick:
            return Decision(State.UNKNOWN)
        found = self._search(LONGER, self.ks[:2], self.seed + 1)
        return Decision(State.UNKNOWN) if found is None else Decision(State.YES, found)

    def packed(self) -> Decision:
        """Neighbourhoods that may lie in pieces."""
        for k in self.ks[:TRIED]:
            labels = _packed(replace(self.part, k=k), self.groups)
            if labels is not None:
                return Decision(State.YES, labels)
        if len(self.part.people) * max(self.ks) > WHOLE:
            return Decision(State.UNKNOWN)
        return self._whole(connected=False)

    def _search(self, budget: SearchBudget, ks: Sequence[int], seed: int) -> Ints | None:
        for k in ks:
            found = search(replace(self.part, k=k), seed=seed, steps=budget, should_stop=self.should_stop)
            if found is not None:
                return found.labels
        return None

    def _along_ways(self) -> Ints | None:
        """A search with every locked group joined along its lightest way: that seldom comes about by chance."""
        part, near = self.part, neighbours(self.part)
        merge, taken = np.arange(len(part.people)), set[int]()
        for g in sorted(self.groups.locked(), key=lambda g: -len(self.groups.members[g])):
            nodes = self.groups.members[g]
            way = way_of(part.people.tolist(), near, nodes, open_to(self.groups, g) - taken)
            if way is None or int(part.people[sorted(way)].sum()) > part.upper:
                return None
            taken |= way
            merge[sorted(way)] = min(way)
        if len(taken) == sum(len(self.groups.members[g]) for g in self.groups.locked()):
            return None  # nothing lies between
        node = np.unique(merge, return_inverse=True)[1].astype(np.int64)
        joined = _contracted(part, node)
        work = _Work(joined, groups_of(joined), self.ks, self.seed, self.quick, self.should_stop)
        found = work._search(FIRST, self.ks[: 1 if self.quick else TRIED], self.seed)
        return None if found is None else found[node]

    def _whole(self, *, connected: bool) -> Decision:
        """The programme about all neighbourhoods, for each number."""
        state = State.NO
        for k in self.ks:
            part, seeds = replace(self.part, k=k), self.seeds[:k]
            told = label(
                part, self.groups, seeds, k, (k, k), connected=connected, steps=self.steps, seconds=SECONDS,
                should_stop=self.should_stop,
            )  # fmt: skip
            if told.answer == "found" and told.labels is not None:
                labels = _numbered(told.labels)
                if keeps(part, labels):
                    return Decision(State.YES, labels)
            if told.answer != "none":
                state = State.UNKNOWN
        return Decision(state, proofs=((Proof("none"), tuple(self.ks)),) if state is State.NO else ())

    def _local(self) -> Decision:
        """The programme about the locked neighbourhoods alone: a proof, or neighbourhoods to search around."""
        q, part = len(self.seeds), self.part
        told = label(
            part, self.groups, self.seeds, q, (max(q, min(self.ks)), max(self.ks)), steps=self.steps, seconds=SECONDS,
            should_stop=self.should_stop,
        )  # fmt: skip
        if told.answer == "none":
            return Decision(State.NO, proofs=((Proof("none", tuple(sorted(self.about))), tuple(self.ks)),))
        if told.labels is not None:
            labels = self._around(told.labels, q)
            if labels is not None:
                return Decision(State.YES, labels)
        return Decision(State.UNKNOWN)

    def _around(self, labels: Ints, q: int) -> Ints | None:
        """The plan with neighbourhoods 0..q-1 as they are, and the pieces of the rest divided on their own."""
        part, near = self.part, neighbours(self.part)
        left, pieces = set(np.flatnonzero(labels == q).tolist()), list[list[int]]()
        while left:
            piece = reach(min(left), left, near)
            left -= piece
            pieces.append(sorted(piece))
        people = [int(part.people[piece].sum()) for piece in pieces]
        choices = [_choices(part, total, len(piece)) for piece, total in zip(pieces, people, strict=True)]
        if not all(choices):
            return None
        for k in self.ks[: 1 if self.quick else TRIED]:
            numbers = allocate(people, choices, k - q)
            if numbers is None:
                continue
            made, count = labels.copy(), q
            for nodes, number in zip(pieces, numbers, strict=True):
                found = search(
                    restricted(part, nodes, number), seed=self.seed, steps=FIRST, should_stop=self.should_stop
                )
                if found is None:
                    break
                made[nodes] = found.labels + count
                count += number
            else:
                if keeps(replace(part, k=k), made):
                    return made
        return None


def keeps(part: Part, labels: Ints) -> bool:
    """Whether `labels` (n,) keep every rule of the part but that of one piece."""
    loads = np.bincount(labels, weights=part.people, minlength=part.k)
    in_range = len(loads) == part.k and bool((loads >= part.lower).all() and (loads <= part.upper).all())
    together = bool((labels[part.together[:, 0]] == labels[part.together[:, 1]]).all())
    return in_range and together and bool((labels[part.apart[:, 0]] != labels[part.apart[:, 1]]).all())


def _numbered(labels: Ints) -> Ints:
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)


def _mapped(part: Part, labels: Ints, ks: Sequence[int]) -> Ints | None:
    """A plan of the units as a plan of the nodes, if it is one: no node divided, in range, and the pairs kept."""
    node = np.full(len(part.people), -1, dtype=np.int64)
    node[part.node_of] = labels
    k = int(labels.max()) + 1
    if k not in ks or (node[part.node_of] != labels).any():
        return None
    return node if keeps(replace(part, k=k), node) else None


def _packed(part: Part, groups: Groups) -> Ints | None:
    """Neighbourhoods that may lie in pieces, filled one group after another, the least full first."""
    people = part.people
    order = sorted(
        range(len(groups.members)),
        key=lambda g: (-len(groups.apart[g]), -int(people[list(groups.members[g])].sum()), g),
    )
    loads = [0] * part.k
    inside: list[set[int]] = [set() for _ in range(part.k)]
    labels = np.zeros(len(people), dtype=np.int64)
    for g in order:
        open_to_it = [d for d in range(part.k) if not inside[d] & groups.apart[g]]
        if not open_to_it:
            return None
        d = min(open_to_it, key=lambda d: (loads[d], d))
        inside[d].add(g)
        loads[d] += int(people[list(groups.members[g])].sum())
        labels[list(groups.members[g])] = d
    return labels if keeps(part, labels) else None


def _choices(part: Part, people: int, nodes: int) -> tuple[int, ...]:
    """Numbers of neighbourhoods for so many people, those nearest to the target first."""
    fewest, most = max(1, -(-people // max(1, part.upper))), min(nodes, people // max(1, part.lower))
    return tuple(sorted(range(fewest, most + 1), key=lambda k: (abs(k - people / part.target), k)))


def _contracted(part: Part, node: Ints) -> Part:
    """The part with nodes put together: `node` (n,) is the new node of each."""
    count = int(node.max()) + 1
    people, cost = np.zeros(count, dtype=np.int64), np.zeros((count, part.cost.shape[1]))
    np.add.at(people, node, part.people)
    np.add.at(cost, node, part.cost)

    def pairs(old: Ints) -> Ints:
        both = np.sort(node[old], axis=1)
        return np.unique(both[both[:, 0] != both[:, 1]], axis=0).reshape(-1, 2)

    return replace(
        part,
        node_of=node[part.node_of],
        people=people,
        cost=cost,
        owner=node[part.owner],
        edges=pairs(part.edges),
        together=pairs(part.together),
        apart=pairs(part.apart),
        community=np.zeros((0, 3), dtype=np.int64),
        cuts=np.zeros((0, 2)),
        flows=PatientPairs(),
        barriers=BarrierPairs(),
        surplus=np.zeros(0),
    )


def restricted(part: Part, nodes: Sequence[int], k: int) -> Part:
    """The part on some of its nodes."""
    inside = np.array(nodes, dtype=np.int64)
    new = np.full(len(part.people), -1, dtype=np.int64)
    new[inside] = np.arange(len(inside))
    candidates = np.flatnonzero(new[part.owner] >= 0)

    def pairs(old: Ints) -> Ints:
        both = new[old]
        return both[(both >= 0).all(axis=1)]

    units = np.flatnonzero(new[part.node_of] >= 0)
    return replace(
        part,
        units=part.units[units],
        node_of=new[part.node_of[units]],
        people=part.people[inside],
        cost=part.cost[np.ix_(inside, candidates)],
        centre_unit=part.centre_unit[candidates],
        owner=new[part.owner[candidates]],
        edges=pairs(part.edges),
        k=k,
        together=pairs(part.together),
        apart=pairs(part.apart),
        community=np.zeros((0, 3), dtype=np.int64),
        cuts=np.zeros((0, 2)),
        flows=PatientPairs(),
        barriers=BarrierPairs(),
        surplus=np.zeros(0),
    )

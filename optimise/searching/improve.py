"""Large-neighbourhood search: groups of adjacent neighbourhoods divided anew, each to proof, until none can be better.

`polish` takes every better division it meets and looks again at the groups that touch what changed; `local_proof` looks
at each group of a plan as it stands. Groups that share no neighbourhood are solved side by side: a batch is always the
first disjoint groups in order, so that the answer does not depend on how many processes there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from optimise.criteria import Weights
from optimise.pool.tasks import Answer as TaskAnswer
from optimise.pool.tasks import Task, value_of
from optimise.pool.workers import Workers
from optimise.problem import Bools, Ints, Part
from optimise.score import community_people, primary, secondary
from optimise.searching.groups import (
    Answer,
    GroupSteps,
    Stop,
    adjacent_groups,
    group_part,
    hold,
    keeps_rules,
    kept_names,
    solve_group,
)
from optimise.searching.search import onward, served
from optimise.solution import proven

GUARD_S = 60.0
LEAST_GAIN = 1e-7  # of the group's value: less is rounding
NOTHING_ELSE = Weights(community=0.0)


class Map(Protocol):
    """How a batch is worked, such as `hearing(workers)`: results in the order of `items`, None for what was stopped."""

    def __call__(
        self,
        function: Callable[..., Any],
        items: Sequence[tuple[Any, ...]],
        *,
        should_stop: Stop | None = None,
        on_done: Callable[[int, Any], None] | None = None,
    ) -> list[Any]: ...


def hearing(workers: Workers) -> Map:
    """`workers.map` for groups: each is told when it is to stop, so that none is waited for."""

    def work(
        function: Callable[..., Any],
        items: Sequence[tuple[Any, ...]],
        *,
        should_stop: Stop | None = None,
        on_done: Callable[[int, Any], None] | None = None,
    ) -> list[Any]:
        def done(index: int, answer: TaskAnswer) -> None:
            if on_done is not None:
                on_done(index, value_of(answer))

        tasks = [Task(function, item, hears=True) for item in items]
        return [value_of(answer) for answer in workers.run(tasks, should_stop=should_stop, on_done=done)]

    return work


@dataclass(frozen=True, eq=False)
class Group:
    """A group of adjacent neighbourhoods and what is known of it, in person-km.

    members : labels of its neighbourhoods. value : of the plan's own division. bound : no division of it has less.
    best : the least value found. better : (n,) labels of the whole part with that, None where it is the plan's own.
    looked_at : False where steps or time ran out before its turn; then the bound is 0.
    """

    members: tuple[int, ...]
    value: float
    bound: float
    best: float
    better: Ints | None = None
    looked_at: bool = True

    @property
    def proven(self) -> bool:
        """Whether it is proven that the plan's own division cannot be beaten by more than 0.01 %."""
        return self.looked_at and proven(self.value, self.bound)


@dataclass(frozen=True, eq=False)
class Change:
    """One step of `polish`: labels (n,) before and after, the group concerned, and what it brought in person-km.

    gain : of the primary value. community : people fewer outside the largest piece of their community.
    """

    members: tuple[int, ...]
    before: Ints
    after: Ints
    gain: float
    community: int


@dataclass(frozen=True, eq=False)
class Polished:
    """A plan that was improved as far as groups go.

    labels (n,), value : the plan. groups : every group of 2 to `size` neighbourhoods of it, as it is known now.
    declined : groups whose better division would cost more in secondary terms than it brings, or was not accepted.
    solved : groups solved.
    repeatable : no clock and no cancelling cut it short.
    """

    labels: Ints
    value: float
    changes: tuple[Change, ...]
    groups: tuple[Group, ...]
    declined: tuple[tuple[int, ...], ...]
    solved: int
    repeatable: bool

    def open(self, size: int) -> int:
        """How many groups of `size` are not proven."""
        return sum(not group.proven for group in self.groups if len(group.members) == size)

    def none_better(self, size: int) -> bool:
        """Whether it is proven that no group of `size` adjacent neighbourhoods can be improved by more than 0.01 %."""
        return self.repeatable and self.open(size) == 0


def local_proof(
    part: Part,
    labels: Ints,
    *,
    sizes: Sequence[int] = (2,),
    only: Sequence[tuple[int, ...]] | None = None,
    steps: GroupSteps | None = None,
    most: int = 10_000,
    movable: Bools | None = None,
    frozen: Sequence[int] = (),
    map: Map | None = None,
    should_stop: Stop | None = None,
    on_done: Callable[[int, int], None] | None = None,
) -> tuple[Group, ...]:
    """Every group of the `sizes` in a plan as it stands; the first `most` of them are looked at. Nothing is changed.

    labels : (n,) a plan that keeps the part's rules. only : these groups instead of all of the sizes. movable : (n,)
    nodes that may change neighbourhood, all when None. frozen : neighbourhoods that are in no group. on_done : groups
    done, and of how many. Raises ValueError for a plan that breaks the rules.
    """
    held = _Held(part, labels, movable)
    every = [group for size in sizes for group in adjacent_groups(held.part, held.labels, size, frozen)]
    groups = every if only is None else list(only)
    asked = groups[:most]
    told = None if on_done is None else _counter(on_done, len(asked))
    answers = _solve(held, held.labels, asked, steps or GroupSteps(), map, should_stop, told)
    found = []
    for group, answer in zip(asked, answers, strict=True):
        value = _value_of(held, held.labels, group)
        if answer is None:
            found.append(Group(group, value, 0.0, value, looked_at=False))
        elif answer.value < value * (1 - LEAST_GAIN):
            after = _with(held, held.labels, group, answer.labels)
            found.append(Group(group, value, min(answer.bound, value), answer.value, held.spread(after)))
        else:
            found.append(Group(group, value, min(answer.bound, value), value))
    for group in groups[most:]:
        value = _value_of(held, held.labels, group)
        found.append(Group(group, value, 0.0, value, looked_at=False))
    return tuple(found)


def polish(
    part: Part,
    labels: Ints,
    *,
    size: int = 2,
    steps: GroupSteps | None = None,
    most: int = 1_000,
    movable: Bools | None = None,
    frozen: Sequence[int] = (),
    weights: Weights = NOTHING_ELSE,
    accept: Callable[[Ints, Ints], bool] | None = None,
    map: Map | None = None,
    should_stop: Stop | None = None,
    on_best: Callable[[float], None] | None = None,
) -> Polished:
    """Divide groups of 2 to `size` adjacent neighbourhoods anew until none of them can be improved.

    labels : (n,) a plan that keeps the part's rules. most : groups solved in all. movable, frozen : see `local_proof`.
    weights : those of the secondary terms; a better division is taken only where it brings more than these cost by it
    (communities, and what else has a weight). accept : asked of labels (n,) before and after whether
    a better division may be taken. on_best : told each lower value. Raises ValueError for a plan that breaks the rules.
    """
    each = steps or GroupSteps()
    work = _Polish(_Held(part, labels, movable), size, each, frozen, weights, accept, on_best)
    while not work.stopped(should_stop):
        batch = work.batch(most - work.solved)
        if not batch:
            break
        answers = _solve(work.held, work.labels, batch, each, map, should_stop, None)
        for group, answer in zip(batch, answers, strict=True):
            if answer is None:
                work.repeatable = False
            else:
                work.take(group, answer)
    return work.result()


@dataclass(frozen=True, eq=False)
class _Known:
    """Of the nodes of a group, however they are divided: a bound, the best value found, the value it was left with.

    division : (n,) of the best value, where it is not the plan's own.
    """

    bound: float
    best: float
    value: float
    declined: bool = False
    division: Ints | None = None


class _Held:
    """The part with what may not move held fast; labels of its nodes, and the way back to the nodes of the part."""

    def __init__(self, part: Part, labels: Ints, movable: Bools | None) -> None:
        if not keeps_rules(part, labels):
            raise ValueError(f"the plan given for {part.name} breaks its own rules")
        self.whole = part
        self.movable: Bools | None = None
        self.part, self.labels, self.node_of = part, labels, np.arange(len(labels))
        if movable is not None and not movable.all():
            self.part, self.node_of = hold(part, labels, movable)
            count = len(self.part.people)
            self.labels = np.zeros(count, dtype=np.int64)
            self.labels[self.node_of] = labels
            self.movable = np.ones(count, dtype=np.bool_)
            self.movable[self.node_of[~movable]] = False

    def spread(self, labels: Ints) -> Ints:
        """Labels of the nodes of the part."""
        return labels[self.node_of]


class _Polish:
    """A plan while it is improved: what is known of every set of nodes that was a group, and what was changed."""

    def __init__(
        self,
        held: _Held,
        size: int,
        steps: GroupSteps,
        frozen: Sequence[int],
        weights: Weights,
        accept: Callable[[Ints, Ints], bool] | None,
        on_best: Callable[[float], None] | None,
    ) -> None:
        self.held, self.size, self.steps, self.frozen = held, size, steps, frozen
        self.weights, self.accept, self.on_best = weights, accept, on_best
        self.labels = held.labels.copy()
        self.known: dict[bytes, _Known] = {}
        self.changes: list[Change] = []
        self.solved, self.repeatable = 0, True

    def stopped(self, should_stop: Stop | None) -> bool:
        if should_stop is not None and should_stop():
            self.repeatable = False
        return not self.repeatable

    def groups(self) -> list[tuple[int, ...]]:
        sizes = range(2, min(self.size, self.held.part.k) + 1)
        return [g for s in sizes for g in adjacent_groups(self.held.part, self.labels, s, self.frozen)]

    def batch(self, most: int) -> list[tuple[int, ...]]:
        """The first groups in order, smaller ones first, that are not settled and share no neighbourhood."""
        chosen: list[tuple[int, ...]] = []
        size, used = 0, set[int]()
        for group in self.groups():
            if len(chosen) >= most or (chosen and len(group) > size):
                break  # smaller groups are settled before larger ones are begun
            if used.isdisjoint(group) and not self.settled(group):
                chosen.append(group)
                used.update(group)
                size = len(group)
        return chosen

    def settled(self, group: tuple[int, ...]) -> bool:
        known = self.known.get(self.key(group))
        if known is None:
            return False
        value = _value_of(self.held, self.labels, group)
        return proven(value, known.bound) or value >= known.value * (1 - LEAST_GAIN)

    def key(self, group: Iterable[int]) -> bytes:
        members = list(group)
        return bytes([len(members)]) + np.packbits(np.isin(self.labels, members)).tobytes()

    def take(self, group: tuple[int, ...], answer: Answer) -> None:
        """Note the bound, and take over the division where it is better."""
        self.solved += 1
        self.repeatable = self.repeatable and answer.repeatable
        value, key = _value_of(self.held, self.labels, group), self.key(group)
        best = min(value, answer.value)
        known = _Known(answer.bound, best, best)
        if answer.value < value * (1 - LEAST_GAIN) and not self.change(group, value, answer.labels):
            other = self.weighed(group, value)
            if other is not None:
                self.change(group, value, other)
            left = _value_of(self.held, self.labels, group)
            known = replace(known, value=left, declined=True, division=answer.labels)
        self.known[key] = known

    def change(self, group: tuple[int, ...], value: float, division: Ints) -> bool:
        """Take over a division of a group that had `value`, unless it costs more otherwise or is not accepted."""
        part, after = self.held.part, _with(self.held, self.labels, group, division)
        fewer = community_people(part, self.labels) - community_people(part, after)
        gain = value - _value_of(self.held, after, group)
        saved = secondary(part, self.labels, self.weights) - secondary(part, after, self.weights)
        if gain + saved <= LEAST_GAIN * value:
            return False
        if self.accept is not None and not self.accept(self.held.spread(self.labels), self.held.spread(after)):
            return False
        self.changes.append(Change(group, self.held.spread(self.labels), self.held.spread(after), gain, fewer))
        self.labels = after
        if self.on_best is not None:
            self.on_best(primary(part, after)[0])
        return True

    def weighed(self, group: tuple[int, ...], value: float) -> Ints | None:
        """Another division of the group, found by searching with secondary terms counted, that is not worse without."""
        prices = served(self.weights)
        if not any(price > 0 for price in prices.values()):
            return None
        own, _, inside = group_part(self.held.part, self.labels, group)
        cap = value * (1 + 1e-12)
        found = onward(own, inside, seed=0, index=0, budget=self.steps.search, cap=cap, should_stop=None, **prices)
        return None if found is None else found.labels

    def result(self) -> Polished:
        groups, declined = [], []
        for group in self.groups():
            value, known = _value_of(self.held, self.labels, group), self.known.get(self.key(group))
            if known is None:
                groups.append(Group(group, value, 0.0, value, looked_at=False))
                continue
            better = None
            if known.division is not None and known.best < value * (1 - LEAST_GAIN):
                better = self.held.spread(_with(self.held, self.labels, group, known.division))
            groups.append(Group(group, value, min(known.bound, value), min(known.best, value), better))
            if known.declined and not proven(value, known.bound):
                declined.append(group)
        labels = self.held.spread(self.labels)
        return Polished(
            labels=labels,
            value=primary(self.held.whole, labels)[0],
            changes=tuple(self.changes),
            groups=tuple(groups),
            declined=tuple(declined),
            solved=self.solved,
            repeatable=self.repeatable,
        )


def _value_of(held: _Held, labels: Ints, group: Sequence[int]) -> float:
    own, _, inside = group_part(held.part, labels, group)
    return primary(own, inside)[0]


def _with(held: _Held, labels: Ints, group: Sequence[int], division: Ints) -> Ints:
    """The plan with a new division of a group, in which each neighbourhood keeps its label as far as it can."""
    own, nodes, before = group_part(held.part, labels, group)
    movable = None if held.movable is None else held.movable[nodes]
    after = labels.copy()
    after[nodes] = np.array(group, dtype=np.int64)[kept_names(own, before, division, movable)]
    return after


def _solve(
    held: _Held,
    labels: Ints,
    groups: Sequence[tuple[int, ...]],
    steps: GroupSteps,
    map: Map | None,
    should_stop: Stop | None,
    told: Callable[[], None] | None,
) -> list[Answer | None]:
    """The answers of the groups in their order; None for those that a stop cut off."""
    items = []
    for group in groups:
        own, _, inside = group_part(held.part, labels, group)
        items.append((own, inside, steps, GUARD_S))
    if map is not None:
        return map(solve_group, items, should_stop=should_stop, on_done=None if told is None else lambda *_: told())
    found: list[Answer | None] = []
    for item in items:
        stopped = should_stop is not None and should_stop()
        found.append(None if stopped else solve_group(*item, should_stop=should_stop))
        if told is not None:
            told()
    return found


def _counter(on_done: Callable[[int, int], None], of: int) -> Callable[[], None]:
    done = 0

    def told() -> None:
        nonlocal done
        done += 1
        on_done(done, of)

    return told

"""A few adjacent neighbourhoods on their own: which groups there are, each as a `Part`, and its solution with a proof.

A group of g neighbourhoods is the part of their nodes, divided into g again under the same rules. Whatever lies outside
is not touched, so a better division of the group is a better plan, and a bound on the group holds for every plan that
keeps the rest as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from math import isfinite

import numpy as np

from optimise.contiguity import neighbours
from optimise.problem import Bools, Floats, Ints, Part, summed
from optimise.proving.bound import fix, lagrangian
from optimise.proving.exact import GAP, solve_exact
from optimise.score import primary
from optimise.searching.search import SearchBudget, restart
from optimise.solution import proven

Stop = Callable[[], bool]


@dataclass(frozen=True)
class GroupSteps:
    """What one group may cost, in steps.

    bound_iterations : of the Lagrangian. search : restarts where that leaves a gap. exact_pairs : the largest integer
    programme that is tried. exact_steps : HiGHS' looks at its limits in it.
    """

    bound_iterations: int = 800
    search: SearchBudget = field(
        default_factory=lambda: SearchBudget(restarts=2, rounds=24, recombinations=8, flips=40)
    )
    exact_pairs: int = 4_000
    exact_steps: int = 400


@dataclass(frozen=True, eq=False)
class Answer:
    """What is known of a group: its best division (n,) in 0..g-1, that division's value, and a bound, in person-km.

    repeatable : no clock and no cancelling cut it short.
    """

    labels: Ints
    value: float
    bound: float
    repeatable: bool = True

    @property
    def proven(self) -> bool:
        """Whether no division is better by more than 0.01 %."""
        return proven(self.value, self.bound)


def adjacent_groups(part: Part, labels: Ints, size: int, frozen: Sequence[int] = ()) -> list[tuple[int, ...]]:
    """Every connected group of `size` neighbourhoods, each sorted, in order. `frozen` ones are in none of them."""
    ends = labels[part.edges]
    near: dict[int, set[int]] = {d: set() for d in range(part.k) if d not in set(frozen)}
    for a, b in ends[ends[:, 0] != ends[:, 1]].tolist():
        if a in near and b in near:
            near[a].add(b)
            near[b].add(a)
    found: set[tuple[int, ...]] = {(d,) for d in near}
    for _ in range(size - 1):
        found = {tuple(sorted((*group, d))) for group in found for a in group for d in near[a] - set(group)}
    return sorted(found)


def group_part(part: Part, labels: Ints, group: Sequence[int]) -> tuple[Part, Ints, Ints]:
    """The group as a part of its own, its nodes (indices into `part`), and their labels by position in `group`."""
    nodes = np.flatnonzero(np.isin(labels, group))
    here = np.full(len(part.people), -1, dtype=np.int64)
    here[nodes] = np.arange(len(nodes))
    centres = np.flatnonzero(here[part.owner] >= 0)
    units = here[part.node_of] >= 0
    community = part.community[here[part.community[:, 0]] >= 0] if len(part.community) else part.community
    own = replace(
        part,
        units=part.units[units],
        node_of=here[part.node_of[units]],
        people=part.people[nodes],
        cost=np.ascontiguousarray(part.cost[np.ix_(nodes, centres)]),
        centre_unit=part.centre_unit[centres],
        owner=here[part.owner[centres]],
        edges=_inside(part.edges, here),
        k=len(group),
        together=_inside(part.together, here),
        apart=_inside(part.apart, here),
        community=np.column_stack([here[community[:, 0]], community[:, 1:]]) if len(community) else community,
        cuts=part.cuts[(here[part.edges] >= 0).all(axis=1)] if len(part.cuts) else part.cuts,
        flows=part.flows.between(here),
        barriers=part.barriers.between(here),
        surplus=part.surplus[nodes] if len(part.surplus) else part.surplus,
    )
    position = {d: i for i, d in enumerate(group)}
    return own, nodes, np.array([position[int(d)] for d in labels[nodes]], dtype=np.int64)


def hold(part: Part, labels: Ints, movable: Bools) -> tuple[Part, Ints]:
    """The part in which nodes that are not `movable` stay where `labels` have them, and the new node of each old one.

    Held nodes of a neighbourhood that touch are merged; the rest of them is kept together, and apart from those held
    elsewhere. So a neighbourhood is known again by what is held in it.
    """
    near = neighbours(part)
    root = np.arange(len(part.people))
    for start in np.flatnonzero(~movable).tolist():
        stack = [start] if root[start] == start else []
        while stack:
            for b in near[stack.pop()]:
                if not movable[b] and labels[b] == labels[start] and root[b] == b and b > start:
                    root[b] = start
                    stack.append(b)
    kept, node_of = np.unique(root, return_inverse=True)
    node_of = node_of.astype(np.int64)
    people = np.zeros(len(kept), dtype=np.int64)
    np.add.at(people, node_of, part.people)
    cost = np.zeros((len(kept), part.cost.shape[1]))
    np.add.at(cost, node_of, part.cost)
    first: dict[int, int] = {}
    together = [(int(node_of[a]), int(node_of[b])) for a, b in part.together]
    for node in np.unique(node_of[~movable]).tolist():
        d = int(labels[kept[node]])
        if first.setdefault(d, node) != node:
            together.append((first[d], node))
    held = [first[d] for d in sorted(first)]
    apart = [(int(node_of[a]), int(node_of[b])) for a, b in part.apart]
    apart += [(a, b) for i, a in enumerate(held) for b in held[i + 1 :]]
    community = part.community
    if len(community):
        community = np.column_stack([node_of[community[:, 0]], community[:, 1:]])
    edges = _pairs((node_of[a], node_of[b]) for a, b in part.edges.tolist())
    merged = replace(
        part,
        node_of=node_of[part.node_of],
        people=people,
        cost=cost,
        owner=node_of[part.owner],
        edges=edges,
        together=_pairs(together),
        apart=_pairs(apart),
        community=community,
        cuts=summed(edges, node_of[part.edges], part.cuts) if len(part.cuts) else part.cuts,
        flows=part.flows.between(node_of),
        barriers=part.barriers.between(node_of),
        surplus=_summed(part.surplus, node_of, len(kept)),
    )
    return merged, node_of


def _summed(values: Floats, node_of: Ints, count: int) -> Floats:
    """(count,) sums by new node; (0,) of nothing."""
    return np.bincount(node_of, weights=values, minlength=count).astype(np.float64) if len(values) else values


def keeps_rules(part: Part, labels: Ints) -> bool:
    """Whether `labels` are a plan: k neighbourhoods, in range, each in one piece, pairs together and apart."""
    loads = np.bincount(labels, weights=part.people, minlength=part.k)
    in_range = bool((loads >= part.lower).all() and (loads <= part.upper).all())
    together = all(labels[a] == labels[b] for a, b in part.together.tolist())
    apart = all(labels[a] != labels[b] for a, b in part.apart.tolist())
    if len(loads) != part.k or len(np.unique(labels)) != part.k or not (in_range and together and apart):
        return False
    near, pieces = neighbours(part), 0
    seen = np.zeros(len(labels), dtype=np.bool_)
    for start in range(len(labels)):
        stack = [] if seen[start] else [start]
        pieces += len(stack)
        seen[start] = True
        while stack:
            new = [b for b in near[stack.pop()] if not seen[b] and labels[b] == labels[start]]
            seen[new] = True
            stack += new
    return pieces == part.k


def solve_group(
    part: Part, labels: Ints, steps: GroupSteps, seconds: float = 60.0, should_stop: Stop | None = None
) -> Answer:
    """The best division of a group, starting from `labels`, with its bound. `seconds` is a guard for the solver.

    labels : a division that keeps the rules (`keeps_rules`): it is the cutoff, and the answer where nothing is better.

    Most groups are proven by the Lagrangian alone, with the value at hand as cutoff. Where it leaves a gap a short
    search lowers the cutoff, and the integer programme decides on what safe fixing leaves.
    """
    value = primary(part, labels)[0]
    dual = lagrangian(part, value, iterations=steps.bound_iterations, should_stop=should_stop)
    if not isfinite(dual.value):
        raise ValueError(f"the division given for a group of {part.name} is out of range")
    bound = max(0.0, min(dual.value, value))
    if proven(value, bound) or _stopped(should_stop):
        return Answer(labels, value, bound, not _stopped(should_stop))
    best = labels
    for index in range(steps.search.restarts):
        found = restart(part, 0, index, steps.search, should_stop=should_stop)
        if found is not None and found.value < value * (1 - 1e-9):
            best, value = found.labels, found.value
    bound = min(bound, value)
    if proven(value, bound) or _stopped(should_stop):
        return Answer(best, value, bound, not _stopped(should_stop))
    centre_ok, pair_ok = fix(part, dual, value)
    if int(pair_ok.sum()) > steps.exact_pairs:
        return Answer(best, value, bound)
    exact = solve_exact(
        part,
        centre_ok=centre_ok,
        pair_ok=pair_ok,
        incumbent=best,
        steps=steps.exact_steps,
        seconds=seconds,
        should_stop=should_stop,
    )
    if exact.labels is not None and exact.value < value * (1 - GAP):
        best, value = exact.labels, exact.value
    return Answer(best, value, min(value, max(bound, exact.bound)), exact.outcome != "clock")


def kept_names(part: Part, before: Ints, after: Ints, movable: Bools | None = None) -> Ints:
    """The division `after` with its labels numbered so that most people keep the label that they had in `before`.

    What is not `movable` keeps its label before anything else. Groups are small, so every numbering is tried.
    """
    g = part.k
    weight = np.zeros((g, g), dtype=np.int64)
    np.add.at(weight, (after, before), part.people * (len(after) + 1) + 1)
    if movable is not None:
        held = np.zeros((g, g), dtype=np.int64)
        np.add.at(held, (after[~movable], before[~movable]), 1)
        weight += held * (int(weight.sum()) + 1)
    best = max(permutations(range(g)), key=lambda names: sum(int(weight[d, name]) for d, name in enumerate(names)))
    return np.array(best, dtype=np.int64)[after]


def _stopped(should_stop: Stop | None) -> bool:
    return should_stop is not None and should_stop()


def _inside(pairs: Ints, here: Ints) -> Ints:
    moved = here[pairs] if len(pairs) else pairs
    return np.asarray(moved[(moved >= 0).all(axis=1)], dtype=np.int64).reshape(-1, 2)


def _pairs(pairs: Iterable[Sequence[int]]) -> Ints:
    found = sorted({(min(int(a), int(b)), max(int(a), int(b))) for a, b in pairs if a != b})
    return np.array(found, dtype=np.int64).reshape(-1, 2)

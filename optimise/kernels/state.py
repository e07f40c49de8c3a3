"""From a `Part` to the arrays of the search, and everything in the state that follows from the labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from optimise.kernels.moves import BIG, Graph, Rules, State
from optimise.problem import Floats, Ints, Part


def _rows(n: int, keys: Ints, *values: Ints) -> tuple[Ints, ...]:
    """Values grouped by key: (ptr, grouped values...); those of key i stand at ptr[i] to ptr[i + 1]."""
    order = np.argsort(keys, kind="stable")
    ptr = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=n), out=ptr[1:])
    return (ptr, *(np.ascontiguousarray(v[order], np.int64) for v in values))


def graph_of(
    part: Part,
    *,
    border: float = 0.0,
    ties: float = 0.0,
    practice: float = 0.0,
    barrier: float = 0.0,
    need: float = 0.0,
) -> tuple[Graph, Ints]:
    """The part for the kernels, and the part's candidate behind each of its columns (sorted by owner).

    border, ties : prices of the two columns of `part.cuts`, practice : of `part.flows`, barrier : of `part.barriers`,
    need : of `part.surplus`; person-km each km and person. A barrier costs where its two nodes are together, so
    dividing them saves its price from what all barriers would cost.
    """
    n = len(part.people)
    ends = np.ascontiguousarray(np.concatenate([part.edges, part.edges[:, ::-1]]), np.int64)
    ptr, adj = _rows(n, ends[:, 0], ends[:, 1])
    first, order = _rows(n, part.owner, np.arange(len(part.owner)))
    pairs = np.concatenate([part.together, part.apart, part.together[:, ::-1], part.apart[:, ::-1]])
    kinds = np.tile(np.repeat(np.array([0, 1]), [len(part.together), len(part.apart)]), 2)
    pair_ptr, pair_to, pair_apart = _rows(n, pairs[:, 0], pairs[:, 1], kinds)
    com_ptr, com_of, com_people = _rows(n, *part.community.T)
    flow_ptr, flow_to, flow = _flows(part, practice, barrier)
    graph = Graph(
        ptr=ptr, adj=adj, ends=ends, people=np.array(part.people, np.int64),
        cost=np.ascontiguousarray(part.cost[:, order], np.float64), first=first, owner=part.owner[order],
        pair_ptr=pair_ptr, pair_to=pair_to, pair_apart=pair_apart,
        com_ptr=com_ptr, com_of=com_of, com_people=com_people, cut=_prices(part, ends[:, 0], border, ties),
        flow_ptr=flow_ptr, flow_to=flow_to, flow=flow, barred=float(barrier * part.barriers.km.sum()),
        surplus=np.ascontiguousarray(need * part.surplus if need > 0 else np.zeros(0)),
    )  # fmt: skip
    return graph, order


def _prices(part: Part, tails: Ints, border: float, ties: float) -> Floats:
    """(2 m,) the price of a line across each edge, both ways, in the order of `adj`; empty where there is none."""
    if len(part.cuts) == 0 or (border == 0 and ties == 0):
        return np.zeros(0)
    prices = border * part.cuts[:, 0] + ties * part.cuts[:, 1]
    return np.ascontiguousarray(np.concatenate([prices, prices])[np.argsort(tails, kind="stable")])


def _flows(part: Part, practice: float, barrier: float) -> tuple[Ints, Ints, Floats]:
    """For each node those that it shares patients with, and the price of dividing the two; empty where it has none."""
    n = len(part.people)
    both = [(part.flows.pairs, practice * part.flows.patients), (part.barriers.pairs, -barrier * part.barriers.km)]
    asked = [own for own, weight in zip(both, (practice, barrier), strict=True) if weight > 0]
    pairs = np.concatenate([np.zeros((0, 2), np.int64), *(own for own, _ in asked)])
    prices = np.concatenate([np.zeros(0), *(price for _, price in asked)])
    if len(pairs) == 0:
        return np.zeros(n + 1, np.int64), np.zeros(0, np.int64), np.zeros(0)
    tails, heads = np.concatenate([pairs, pairs[:, ::-1]]).T
    ptr, to, at = _rows(n, tails, heads, np.tile(np.arange(len(pairs)), 2))
    return ptr, to, np.ascontiguousarray(prices[at])


def rules_of(part: Part, *, community: float = 0.0, cap: float = BIG) -> Rules:
    """The part's rules for the kernels."""
    return Rules(
        int(part.lower), int(part.upper), float(part.target), float(part.deviation), float(community), float(cap)
    )


def random_bits(seed: int, index: int) -> NDArray[np.uint64]:
    """The first state of the random numbers of one restart; never 0. Differs for every (seed, index)."""
    mask = (1 << 64) - 1
    word = (seed * 0x9E3779B97F4A7C15 + index * 0xD1B54A32D192ED03 + 0x8CB92BA72F3D8DD7) & mask
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        word = ((word ^ (word >> shift)) * factor) & mask
    return np.array([(word ^ (word >> 31)) or 1], np.uint64)


def new_state(graph: Graph, k: int, seed: int, index: int) -> State:
    """An empty state for k neighbourhoods."""
    n, c = graph.cost.shape
    communities = int(graph.com_of.max()) + 1 if len(graph.com_of) else 0

    def ints(*shape: int) -> Ints:
        return np.zeros(shape, np.int64)

    return State(
        rng=random_bits(seed, index), labels=ints(n), load=ints(k), size=ints(k), members=ints(k, n), place=ints(n),
        table=np.zeros((k, c)), centre=ints(k), travel=np.zeros(k), crowd=ints(communities, k),
        pull=np.zeros((n, k) if len(graph.flow) else (0, k)), lean=np.zeros(k), sums=np.zeros(5),
        best=np.full(2, BIG), best_labels=ints(n), mark=ints(n) - 1, tick=ints(1), queue=ints(n), nodes=ints(n),
        local=ints(n) - 1, tree=ints(6, 2 * n), bonds=ints(2, len(graph.ends) // 2),
    )  # fmt: skip


def rebuild(graph: Graph, state: State, rules: Rules) -> None:
    """Everything in the state that follows from state.labels, from scratch; keeps the plan if it is the best so far.

    Called between chunks too, so that rounding never builds up. Sums run in one fixed order: the same on every machine.
    """
    labels, people = state.labels, graph.people
    k = len(state.load)
    state.load[:] = 0
    np.add.at(state.load, labels, people)
    state.size[:] = np.bincount(labels, minlength=k)
    state.crowd[:] = 0
    holder = np.repeat(np.arange(len(labels)), np.diff(graph.com_ptr))
    np.add.at(state.crowd, (graph.com_of, labels[holder]), graph.com_people)
    order = np.argsort(labels, kind="stable")
    starts = np.concatenate([[0], np.cumsum(state.size)])
    value, excess = 0.0, 0
    for d in range(k):
        members = order[starts[d] : starts[d + 1]]
        state.members[d, : len(members)] = members
        state.place[members] = np.arange(len(members))
        state.table[d] = graph.cost[members].sum(axis=0)
        columns = np.flatnonzero(labels[graph.owner] == d)
        state.centre[d] = columns[np.argmin(state.table[d, columns])] if len(columns) else -1
        state.travel[d] = state.table[d, state.centre[d]] if len(columns) else BIG
        load = int(state.load[d])
        value += float(state.travel[d]) + rules.deviation * abs(load - rules.target)
        excess += max(rules.lower - load, 0) + max(load - rules.upper, 0)
    one = np.repeat(np.arange(len(labels)), np.diff(graph.pair_ptr))
    same = labels[one] == labels[graph.pair_to]
    state.sums[0] = value
    state.sums[1] = excess
    state.sums[2] = int((same == (graph.pair_apart == 1)).sum()) // 2
    state.sums[3] = int(state.crowd.sum() - state.crowd.max(axis=1, initial=0).sum())
    state.sums[4] = graph.barred
    if len(graph.cut):
        tails = np.repeat(np.arange(len(labels)), np.diff(graph.ptr))
        state.sums[4] += float(graph.cut[labels[tails] != labels[graph.adj]].sum()) / 2
    if len(graph.flow):
        homes = np.repeat(np.arange(len(labels)), np.diff(graph.flow_ptr))
        state.pull[:] = 0.0
        np.add.at(state.pull, (homes, labels[graph.flow_to]), graph.flow)
        state.sums[4] += float(graph.flow[labels[homes] != labels[graph.flow_to]].sum()) / 2
    if len(graph.surplus):
        state.lean[:] = 0.0
        np.add.at(state.lean, labels, graph.surplus)
        state.sums[4] += float(np.abs(state.lean).sum())
    composite = value + rules.community * float(state.sums[3]) + float(state.sums[4])
    if excess == 0 and state.sums[2] == 0 and value <= rules.cap and composite < state.best[0]:
        state.best[:] = composite, value
        state.best_labels[:] = labels

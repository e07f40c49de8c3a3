"""The fast start: many short seeded restarts of recombination and flips on the exact travel-and-size value.

A restart depends only on (part, seed, index, budget), never on the clock or on another restart, so that the best of
them is the same whether one process runs them all or two share them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from optimise.criteria import OPT_IN, Weights
from optimise.kernels import moves, trees
from optimise.kernels.state import graph_of, new_state, rebuild, rules_of
from optimise.problem import Bools, Ints, Part

CHUNK_MOVES = 120_000
MENDING_STEPS = 24
COMMUNITY_RUNS = 1_000_000
FIRST_BAND_PRICE, LAST_BAND_PRICE = 1.0, 30.0
PAIR_PRICE = 10.0
SLACK = 0.05


@dataclass(frozen=True)
class SearchBudget:
    """How much to search, in steps. Raises ValueError when a number cannot be meant.

    restarts : independent runs. rounds : temperatures in one run. In every round, `recombinations` proposals for each
    neighbourhood and `flips` for each node. hot, cold : first and last temperature, in mean value per node.
    """

    restarts: int = 8
    rounds: int = 60
    recombinations: int = 6
    flips: int = 50
    hot: float = 2.0
    cold: float = 0.02

    def __post_init__(self) -> None:
        if min(self.restarts, self.rounds, self.recombinations, self.flips) < 1 or not 0 < self.cold <= self.hot:
            raise ValueError("a search budget needs numbers of at least 1 and temperatures 0 < cold <= hot")


@dataclass(frozen=True, eq=False)
class Found:
    """A plan for one part that keeps every rule.

    labels : (n,) numbered by first occurrence. value : primary value, person-km. centres : (k,) best candidate of each
    neighbourhood. composite : value + the secondary terms at the weights asked for; else the value.
    """

    labels: Ints
    value: float
    centres: Ints
    composite: float


def canonical(labels: Ints) -> Ints:
    """The same plan with labels numbered 0, 1, ... by first occurrence."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return np.asarray(rank[inverse], np.int64)


def best_of(founds: Iterable[Found | None]) -> Found | None:
    """The plan of lowest composite (nine digits), then of smallest labels; the same in whatever order they come."""
    known = [f for f in founds if f is not None]
    if not known:
        return None
    return min(known, key=lambda f: (float(f"{f.composite:.9g}"), f.labels.tolist()))


def search(
    part: Part,
    *,
    seed: int,
    steps: SearchBudget,
    on_best: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Found | None:
    """The best plan of `steps.restarts` restarts, or None when none of them met every rule.

    `on_best` gets each lower value as it is found. `should_stop` is asked several times a second; what was found so far
    is then returned.
    """
    best: Found | None = None
    for index in range(steps.restarts if part.k > 1 else 1):
        if should_stop and should_stop():
            break
        told = below(on_best, best.value if best else float("inf"))
        best = best_of([best, restart(part, seed, index, steps, on_best=told, should_stop=should_stop)])
    return best


def restart(
    part: Part,
    seed: int,
    index: int,
    budget: SearchBudget,
    *,
    on_best: Callable[[float], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Found | None:
    """One run from a random start; a pure function of its first four arguments unless stopped. None: no plan met."""
    n = len(part.people)
    total = int(part.people.sum())
    if not part.k * part.lower <= total <= part.k * part.upper or part.k > n:
        return None
    graph, order = graph_of(part)
    state = new_state(graph, part.k, seed, index)
    rules = rules_of(part)
    if part.k > 1 and not _random_start(part, graph, state):
        return None
    return _run(part, graph, order, state, rules, budget, on_best, should_stop)


def onward(
    part: Part,
    labels: Ints,
    *,
    seed: int,
    index: int,
    budget: SearchBudget,
    weight: float = 0.0,
    border: float = 0.0,
    ties: float = 0.0,
    practice: float = 0.0,
    barrier: float = 0.0,
    need: float = 0.0,
    cap: float = moves.BIG,
    should_stop: Callable[[], bool] | None = None,
) -> Found | None:
    """One run from the plan `labels` (n,): the least value met, with weight * people outside their largest piece,
    border * km of border, ties * neighbours who share practices across it, practice * patients of practices elsewhere,
    barrier * km of barriers inside, need * residents of the most deprived fifth above or below the place's own share.

    A pure function of its arguments unless stopped. Only plans that keep every rule and have a primary value of at most
    `cap` are kept; None where none was met. `labels` need not be one of them.
    """
    graph, order = graph_of(part, border=border, ties=ties, practice=practice, barrier=barrier, need=need)
    state = new_state(graph, part.k, seed, index)
    state.labels[:] = labels
    return _run(part, graph, order, state, rules_of(part, community=weight, cap=cap), budget, None, should_stop)


def served(weights: Weights) -> dict[str, float]:
    """The prices of the secondary terms, as keywords of `onward`."""
    return {"weight": weights.community} | {name: getattr(weights, name) for name in OPT_IN}


def below(on_best: Callable[[float], None] | None, ceiling: float) -> Callable[[float], None] | None:
    """Pass on only values below `ceiling`."""
    if on_best is None:
        return None

    def told(value: float) -> None:
        if value < ceiling:
            on_best(value)

    return told


def _run(
    part: Part,
    graph: moves.Graph,
    order: Ints,
    state: moves.State,
    rules: moves.Rules,
    budget: SearchBudget,
    on_best: Callable[[float], None] | None,
    should_stop: Callable[[], bool] | None,
) -> Found | None:
    """Anneal from state.labels, then raise the price of broken rules until met; the best plan that breaks none."""
    rebuild(graph, state, rules)
    if part.k > 1:
        _anneal(part, graph, state, rules, budget, on_best, should_stop)
    return _found(graph, order, state, rules) if state.best[0] < moves.BIG else None


def _anneal(
    part: Part,
    graph: moves.Graph,
    state: moves.State,
    rules: moves.Rules,
    budget: SearchBudget,
    on_best: Callable[[float], None] | None,
    should_stop: Callable[[], bool] | None,
) -> None:
    """Cool down over `budget.rounds` rounds while the price of leaving the band rises; state.best is what counts.

    Where no plan in band was met by then, prices go on rising for `MENDING_STEPS` steps more.
    """
    n = len(part.people)
    value = float(state.sums[0])
    node = (value if value < moves.BIG else float(graph.cost.sum()) / graph.cost.shape[1]) / n
    if len(graph.flow) or len(graph.surplus):
        # Patients and need weigh as much as travel, or more; communities dearer than usual would freeze the search.
        dear = max(0.0, rules.community - Weights().community)
        node += (float(state.sums[4]) + dear * float(state.sums[3])) / n
    node = max(node, 1e-9)
    heat = budget.hot * node
    cooling = round((budget.cold / budget.hot) ** (1.0 / budget.rounds), 12)
    band_price = FIRST_BAND_PRICE * node * n / max(int(part.people.sum()), 1)
    ramp = round((LAST_BAND_PRICE / FIRST_BAND_PRICE) ** (1.0 / budget.rounds), 12)
    pair_price = PAIR_PRICE * node
    recombinations, flips = budget.recombinations * part.k, budget.flips * n
    chunk = max(1, CHUNK_MOVES // (flips + 100 * recombinations))
    width = SLACK * int(part.people.sum()) / part.k
    known = moves.BIG
    done, mended = 0, 0
    while not (should_stop and should_stop()):
        if done < budget.rounds:
            rounds = min(chunk, budget.rounds - done)
        elif mended < MENDING_STEPS and state.best[0] >= moves.BIG:
            rounds = max(1, min(chunk, budget.rounds // 12))
            cooling, ramp, band_price, pair_price = 1.0, 1.0, 1.5 * band_price, 1.5 * pair_price
            mended += 1
        else:
            break
        slack = int(width * max(0.0, 1.0 - done / budget.rounds))
        rebuild(graph, state, rules)
        for _ in range(rounds):
            moves.recombine(graph, state, rules, recombinations, heat, band_price, pair_price, slack)
            moves.flip(graph, state, rules, flips, heat, band_price, pair_price)
            heat *= cooling
            band_price *= ramp
        done += rounds
        if on_best and state.best[0] < known:
            known = float(state.best[0])
            on_best(known)


def _random_start(part: Part, graph: moves.Graph, state: moves.State) -> bool:
    """Fill state.labels with a random partition into k connected parts by halving; in band where the trees allow it."""
    shares = [part.k]
    d = 0
    while d < len(shares):
        if shares[d] == 1:
            d += 1
            continue
        nodes = np.flatnonzero(state.labels == d)
        split = _random_split(part, graph, state, nodes, shares[d])
        if split is None:
            return False
        inside, give = split
        state.labels[nodes[inside]] = len(shares)
        state.local[nodes] = -1
        shares[d] -= give
        shares.append(give)
    return True


def _random_split(
    part: Part, graph: moves.Graph, state: moves.State, nodes: Ints, parts: int
) -> tuple[Bools, int] | None:
    """A connected cut of `nodes`, and how many of the `parts` it holds; in band if one of 20 random trees has such."""
    count = len(nodes)
    state.nodes[:count] = nodes
    state.local[nodes] = np.arange(count)
    best: tuple[float, Bools, int] | None = None
    for _ in range(20):
        total = trees.random_tree(
            graph.ptr, graph.adj, graph.people, state.rng, state.nodes, state.local, state.tree, state.bonds, count
        )
        if total < 0:
            return None
        weight, below = state.tree[2, :count], state.tree[3, :count]
        give = np.clip(np.rint(weight * parts / max(total, 1)).astype(np.int64), 1, parts - 1)
        fault = np.zeros(count)
        for load, number in ((weight, give), (total - weight, parts - give)):
            fault += np.maximum(number * part.lower - load, 0) + np.maximum(load - number * part.upper, 0)
        fault[(below < give) | (count - below < parts - give)] = np.inf
        fault[state.tree[0, 0]] = np.inf
        ties = np.flatnonzero(fault == fault.min())
        top = int(ties[int(trees.draw_below(state.rng, len(ties)))])
        if np.isfinite(fault[top]) and (best is None or fault[top] < best[0]):
            trees.mark_branch(state.tree, count, top)
            best = float(fault[top]), state.tree[4, :count] == 1, int(give[top])
            if best[0] == 0.0:
                break
    return None if best is None else (best[1], best[2])


def _found(graph: moves.Graph, order: Ints, state: moves.State, rules: moves.Rules) -> Found:
    """The best plan kept, canonical, with its value and centres computed afresh."""
    state.labels[:] = canonical(state.best_labels)
    rebuild(graph, state, rules)
    value = float(state.sums[0])
    composite = value + rules.community * float(state.sums[3]) + float(state.sums[4])
    return Found(state.labels.copy(), value, order[state.centre], composite)

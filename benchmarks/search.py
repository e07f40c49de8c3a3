"""Our search against GerryChain's optimisers on one graph, one band and one objective, each in one process.

    python benchmarks/search.py [--seconds 20] [--min 30000] [--max 60000] [FOLDER ...]   by default the real places

For each place as a whole (not nested): GerryChain's short bursts and tilted run for that many seconds each, the better
of the two; then as many of our restarts as fit in the same seconds, and the proven bound. Prints values, what each is
above the bound, the ratio of the values, and when ours first passed GerryChain's best.
Needs the [bench] extra.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from boundaries import load_area
from optimise.bound import lagrangian
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.feasibility import outlook
from optimise.presolve import make_part
from optimise.problem import Part
from optimise.search import SearchBudget, restart

PLACES = Path(__file__).resolve().parents[2] / "shared" / "data"


def largest_part(folder: Path, criteria: Criteria) -> Part:
    """The place as one part, without its undersized cut-off pieces."""
    problem = build_problem(load_area(folder), criteria)
    tasks = outlook(problem, criteria).tasks
    parts = [make_part(problem, criteria, task.found, task.k, task.name) for task in tasks]
    return max(parts, key=lambda part: len(part.people))


def gerrychain_best(part: Part, seconds: float, seed: int) -> tuple[str, float, float]:
    """(which optimiser, its best value, its steps a second)."""
    import networkx as nx
    from gerrychain import Graph, Partition
    from gerrychain.optimization import SingleMetricOptimizer
    from gerrychain.partition import recursive_tree_part
    from gerrychain.proposals import recom
    from gerrychain.tree.bipartition_tree import PopulationBalanceError
    from gerrychain.updaters import Tally

    graph = nx.Graph()
    graph.add_nodes_from((i, {"people": int(p)}) for i, p in enumerate(part.people))
    graph.add_edges_from(part.edges.tolist())
    middle = (part.lower + part.upper) / 2
    width = (part.upper - part.lower) / (part.upper + part.lower)
    mean = float(part.people.sum()) / part.k
    narrow = min(part.upper - mean, mean - part.lower) / mean
    known: dict[Any, float] = {}

    def cost_of(nodes: Any) -> float:
        if nodes not in known:
            members = np.zeros(len(part.people), dtype=bool)
            members[list(nodes)] = True
            inside = np.flatnonzero(members[part.owner])
            travel = part.cost[np.ix_(np.flatnonzero(members), inside)].sum(axis=0).min()
            known[nodes] = float(travel) + part.deviation * abs(float(part.people[members].sum()) - part.target)
        return known[nodes]

    def value(partition: Any) -> float:
        return sum(cost_of(frozenset(partition.parts[d])) for d in partition.parts)

    def in_band(partition: Any) -> bool:
        return all(part.lower <= load <= part.upper for load in partition["people"].values())

    def propose(partition: Any, rng: Any) -> Any:
        try:
            return recom(partition, pop_col="people", pop_target=middle, epsilon=width, rng=rng)
        except PopulationBalanceError:
            return partition

    results = []
    for name in ("short bursts", "tilted run"):
        made = Graph.from_networkx(graph)
        begun = time.perf_counter()
        first = recursive_tree_part(made, range(part.k), mean, "people", narrow, rng=seed)
        start = Partition(made, first, updaters={"people": Tally("people", alias="people")})
        optimiser = SingleMetricOptimizer(propose, [in_band], start, value, maximize=False, rng=seed)
        run: Iterator[Any] = (
            optimiser.short_bursts(10, 10**6) if name == "short bursts" else optimiser.tilted_run(10**7, 0.05)
        )
        steps = 0
        for _ in run:
            steps += 1
            if time.perf_counter() - begun > seconds:
                break
        results.append((name, float(optimiser.best_score), steps / (time.perf_counter() - begun)))
    return min(results, key=lambda r: r[1])


def our_best(part: Part, seconds: float, seed: int, rival: float) -> tuple[float, int, float | None]:
    """(best value, restarts, seconds until `rival` was passed)."""
    budget = SearchBudget()
    best, passed = float("inf"), None
    begun = time.perf_counter()
    for index in count():
        found = restart(part, seed, index, budget)
        if found is not None and found.value < best:
            best = found.value
            if passed is None and best < rival:
                passed = time.perf_counter() - begun
        if time.perf_counter() - begun > seconds:
            return best, index + 1, passed
    raise AssertionError


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--min", type=int, default=30_000)
    parser.add_argument("--max", type=int, default=60_000)
    parser.add_argument("--distance", choices=("km", "km2"), default="km")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    folders = given.folders or sorted(p for p in PLACES.glob("*") if p.is_dir())
    if not folders:
        print(f"no places in {PLACES}; name a folder of official files")
    criteria = replace(Criteria(), within=(), minimum=given.min, maximum=given.max, distance=given.distance)
    for folder in folders:
        part = largest_part(folder, criteria)
        restart(part, 0, 0, SearchBudget(rounds=1))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            name, rival, pace = gerrychain_best(part, given.seconds, given.seed)
        ours, runs, passed = our_best(part, given.seconds, given.seed, rival)
        bound = lagrangian(part, min(ours, rival), iterations=3_000).value
        when = "never" if passed is None else f"after {passed:.1f} s"
        print(f"{folder.name}: {len(part.people)} nodes, {part.k} neighbourhoods, {given.seconds:.0f} s each")
        print(
            f"  GerryChain ({name}, {pace:,.0f} steps a second): {rival:,.0f}, {rival / bound - 1:.2%} above the bound"
        )
        print(
            f"  ours ({runs} restarts): {ours:,.0f}, {ours / bound - 1:.2%} above the bound; passed GerryChain {when}"
        )
        print(f"  ratio ours / GerryChain {ours / rival:.4f}; no plan can be below {bound / rival:.4f}")


if __name__ == "__main__":
    main()

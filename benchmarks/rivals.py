"""Others on our ground: GerryChain's optimisers, and the regionalisations of spopt, on the graph of one part.

    python -m benchmarks.rivals METHOD FILE       one method of spopt on a pickled part; prints labels as JSON

Needs the [bench] extra.
"""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from optimise.contiguity import neighbours, reach
from optimise.problem import Floats, Ints, Part
from optimise.score import primary

REGIONS = ("MaxP", "SKATER", "Ward", "k-means")
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Chain:
    """What GerryChain came to: which optimiser was better, its value, and its steps a second."""

    which: str
    value: float
    pace: float


@dataclass(frozen=True)
class Regions:
    """What a method of spopt came to; `labels` is None where it gave no answer in its time, or failed as `said`."""

    method: str
    seconds: float
    labels: Ints | None
    said: str = ""


def gerrychain(part: Part, seconds: float, seed: int = 0) -> Chain:
    """The better of short bursts and a tilted run, `seconds` each, on the part's own graph, band and value."""
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
    for which in ("short bursts", "tilted run"):
        known.clear()
        made = Graph.from_networkx(graph)
        begun = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            first = recursive_tree_part(made, range(part.k), mean, "people", narrow, rng=seed)
            start = Partition(made, first, updaters={"people": Tally("people", alias="people")})
            optimiser = SingleMetricOptimizer(propose, [in_band], start, value, maximize=False, rng=seed)
            run: Iterator[Any] = (
                optimiser.short_bursts(10, 10**6) if which == "short bursts" else optimiser.tilted_run(10**7, 0.05)
            )
            steps = 0
            for _ in run:
                steps += 1
                if time.perf_counter() - begun > seconds:
                    break
        results.append(Chain(which, float(optimiser.best_score), steps / (time.perf_counter() - begun)))
    return min(results, key=lambda chain: chain.value)


def regions(method: str, part: Part, xy: Floats, seconds: float) -> Regions:
    """One method of spopt in a process of its own that is ended after `seconds`. xy : (n, 2) km of the nodes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "part.pickle"
        file.write_bytes(pickle.dumps((part, xy)))
        begun = time.perf_counter()
        try:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.rivals", method, str(file)],
                cwd=ROOT, capture_output=True, encoding="utf-8", timeout=seconds, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Regions(method, seconds, None, f"no answer in {seconds:.0f} s")
        took = time.perf_counter() - begun
    if done.returncode != 0:
        return Regions(method, took, None, done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "failed")
    answer = json.loads(done.stdout.strip().splitlines()[-1])
    return Regions(method, answer["seconds"], np.array(answer["labels"], dtype=np.int64))


def judged(part: Part, found: Regions) -> tuple[str, ...]:
    """Cells for the table: regions, largest deviation from the mean, in band or not, in one piece or not, value."""
    if found.labels is None:
        return ("", "", found.said, "", "")
    labels = np.unique(found.labels, return_inverse=True)[1]
    k = int(labels.max()) + 1
    loads = np.bincount(labels, weights=part.people, minlength=k)
    inside = bool(((loads >= part.lower) & (loads <= part.upper)).all())
    near = neighbours(part)
    whole = all(
        len(reach(min(members), members, near)) == len(members)
        for members in (set(np.flatnonzero(labels == d).tolist()) for d in range(k))
    )
    value = primary(replace(part, k=k), labels)[0]
    mean = float(part.people.sum()) / k
    return (
        str(k),
        f"{loads.min():,.0f} to {loads.max():,.0f} ({np.abs(loads / mean - 1).max():.0%} off)",
        "yes" if inside else "no",
        "yes" if whole else "no",
        f"{value:,.0f}",
    )


def _spopt(method: str, part: Part, xy: Floats) -> Ints:
    """Labels by one method. It regionalises on the places of the units and, where it can, on their people."""
    import geopandas as gpd
    import pandas as pd
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic, RegionKMeansHeuristic, Skater, WardSpatial

    n = len(part.people)
    weights = W({i: sorted(near) for i, near in enumerate(neighbours(part))}, silence_warnings=True)
    people = part.people.astype(np.float64)
    frame = gpd.GeoDataFrame(
        pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "people": people}), geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1])
    )
    if method == "k-means":
        model: Any = RegionKMeansHeuristic(xy, part.k, weights)
    elif method == "MaxP":
        model = MaxPHeuristic(frame, weights, ["x", "y"], "people", 0.9 * people.sum() / part.k, top_n=2)
    elif method == "SKATER":
        model = Skater(frame, weights, ["x", "y"], n_clusters=part.k, floor=1)
    else:
        model = WardSpatial(frame, weights, ["x", "y"], n_clusters=part.k)
    np.random.seed(0)  # spopt draws from the global state
    model.solve()
    labels = np.asarray(model.labels_, dtype=np.int64)
    if len(labels) != n:
        raise ValueError(f"{len(labels)} labels for {n} units")
    return labels


def main() -> None:
    """Run one method and print its answer."""
    method, file = sys.argv[1:]
    part, xy = pickle.loads(Path(file).read_bytes())  # noqa: S301  our own
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        begun = time.perf_counter()
        labels = _spopt(method, part, xy)
        print(json.dumps({"seconds": time.perf_counter() - begun, "labels": labels.tolist()}))


if __name__ == "__main__":
    main()

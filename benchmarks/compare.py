"""Two plans of 1,700 units compared: seconds of the whole comparison, and the difference beside a public peer.

python -m benchmarks.compare [UNITS]

The peer works out what a planner's own notebook would: both look-ups merged with pandas, people by pair of
neighbourhoods grouped, the matching with networkx (`max_weight_matching`), who moves from where to where, and variation
of information and adjusted Rand from the same table with NumPy. Ours does more in its time (deprivation, age, best
matches). Both give the same people who move, which is checked. Medians of nine runs, in turn.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable

import networkx as nx
import numpy as np
import pandas as pd

from benchmarks.cases import generated
from boundaries import load_area
from boundaries.area import Area
from footprints.compare import change, compare
from footprints.plan import Plan
from footprints.propose import plan_from_labels

RUNS = 9
SIZE = 50  # units a neighbourhood


def strips(area: Area, turned: bool) -> Plan:
    """A plan of blocks of about `SIZE` units each, cut west to east and then south to north, or the other way."""
    first, second = ("y", "x") if turned else ("x", "y")
    wide = max(1, round((len(area.codes) / SIZE) ** 0.5))
    xy = area.units[[first, second]].to_numpy()
    column = np.argsort(np.argsort(xy[:, 0])) * wide // len(xy)
    labels = {}
    for c in range(wide):
        own = np.flatnonzero(column == c)
        for rank, unit in enumerate(own[np.argsort(xy[own, 1])]):
            labels[area.codes[unit]] = c * wide + rank * wide // len(own)
    return plan_from_labels(area, labels, name="Turned" if turned else "Blocks")


def peer(before: pd.DataFrame, after: pd.DataFrame, people: pd.DataFrame) -> int:
    """People who move, with the matching and the measures of likeness, from tables unit, code and unit, residents."""
    both = before.merge(after, on="unit", suffixes=("_a", "_b")).merge(people, on="unit")
    shared = both.groupby(["code_a", "code_b"])["residents"].sum()
    graph = nx.Graph()
    graph.add_weighted_edges_from((("a", a), ("b", b), int(n)) for (a, b), n in shared.items())
    pairs = nx.max_weight_matching(graph)
    same = dict((x[1], y[1]) if x[0] == "a" else (y[1], x[1]) for x, y in pairs)
    moved = both[both["code_a"].map(same) != both["code_b"]]
    moved.groupby(["code_a", "code_b"])["residents"].agg(["size", "sum"]).sort_values("sum", ascending=False)
    p = shared / shared.sum()
    a, b = (p.groupby(level=key).transform("sum") for key in ("code_a", "code_b"))
    float(-(p * (np.log2(p / a) + np.log2(p / b))).sum())
    n = shared.to_numpy(dtype=float)
    rows, columns = (shared.groupby(level=key).sum().to_numpy(dtype=float) for key in ("code_a", "code_b"))
    index, first, second = (float((v * (v - 1)).sum() / 2) for v in (n, rows, columns))
    chance = first * second / (n.sum() * (n.sum() - 1) / 2)
    (index - chance) / ((first + second) / 2 - chance)
    return int(moved["residents"].sum())


def seconds(work: Callable[[], object]) -> float:
    """How long it takes once."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main(units: int = 1_700) -> None:
    """Measure, and print a line for each figure."""
    area = load_area(str(generated(units, 2)))
    one, two = strips(area, False), strips(area, True)
    tables = [pd.DataFrame(plan.assignment, columns=["unit", "code"]) for plan in (one, two)]
    people = pd.DataFrame({"unit": area.codes, "residents": area.units["residents"].to_numpy()})
    moved = peer(*tables, people)
    ours = change(one, two, area).people_moved
    if moved != ours:
        raise SystemExit(f"they do not agree: {ours:,} people move by ours, {moved:,} by the peer")
    compare((one, two), area)
    whole, own, theirs, processor = [], [], [], []
    for _ in range(RUNS):
        own.append(seconds(lambda: change(one, two, area)))
        theirs.append(seconds(lambda: peer(*tables, people)))
        begun = time.process_time()
        whole.append(seconds(lambda: compare((one, two), area)))
        processor.append(time.process_time() - begun)
    print(f"{len(area.codes):,} units, {len(one.codes)} and {len(two.codes)} neighbourhoods, {ours:,} people move")
    print(
        f"whole comparison with every measure: {statistics.median(whole):.2f} s (goal: 2.5 s), "
        f"{statistics.median(processor):.2f} s of processor time"
    )
    print(f"difference: ours {statistics.median(own):.3f} s, pandas and networkx {statistics.median(theirs):.3f} s")
    print(f"ratio ours / peer: {statistics.median(own) / statistics.median(theirs):.2f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))

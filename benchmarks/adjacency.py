"""Adjacency against the peers on one table in one run: the ratio travels between machines, seconds do not.

    python benchmarks/adjacency.py [FOLDER ...]      by default the real places beside the project

Prints, for each place: units, borders, best of five runs, and how many times longer gerrychain and libpysal take.
Needs the [bench] extra; a peer that is not installed is said to be absent.
"""

from __future__ import annotations

import importlib.util
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd

from boundaries import sources
from boundaries.adjacency import adjacency, borders
from boundaries.readers import geometry

PLACES = Path(__file__).resolve().parents[2] / "shared" / "data"
RUNS = 5


def best(call: Callable[[], int]) -> tuple[float, int]:
    """Seconds of the fastest of `RUNS` runs, and what the call counted."""
    seconds, count = [], 0
    for _ in range(RUNS):
        start = time.perf_counter()
        count = call()
        seconds.append(time.perf_counter() - start)
    return min(seconds), count


def gerrychain_edges(frame: gpd.GeoDataFrame) -> int:
    from gerrychain import Graph

    return len(Graph.from_geodataframe(frame, adjacency="rook", ignore_errors=True).edges)


def libpysal_edges(frame: gpd.GeoDataFrame) -> int:
    from libpysal.graph import Graph

    return Graph.build_contiguity(frame, rook=True).n_edges // 2


def measure(folder: Path) -> None:
    files = [f for f in sources.scan(folder) if f.kind == "lsoa_boundaries"]
    frame = geometry.read_boundaries(files).frame[["name", "geometry"]]
    ours, kept = best(lambda: len(adjacency(frame)))
    print(f"{folder.name}: {len(frame)} units, {len(borders(frame))} borders, {kept} of at least 10 m, {ours:.4f} s")
    for name, call in (("gerrychain", gerrychain_edges), ("libpysal", libpysal_edges)):
        if importlib.util.find_spec(name) is None:
            print(f"  {name}: not installed")
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs, edges = best(lambda peer=call: peer(frame))
        print(f"  {name}: {edges} edges, {theirs:.4f} s, {theirs / ours:.1f} times as long as ours")


def main() -> None:
    folders = [Path(a) for a in sys.argv[1:]] or sorted(p for p in PLACES.glob("*") if p.is_dir())
    if not folders:
        print(f"no places in {PLACES}; name a folder of official files")
    for folder in folders:
        measure(folder)


if __name__ == "__main__":
    main()

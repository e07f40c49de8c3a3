"""Seconds from files to an `Area`, with the breakdown, against plain geopandas and pandas on the same files.

    python benchmarks/load.py [FOLDER ...]

The plain way reads the boundaries with `geopandas.read_file` and every table with `pandas.read_csv` (no checks, no
conversion from LSOA 2011, no neighbours) and merges what has an LSOA 2021 code: the least anybody could do.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from boundaries import load_area

import geopandas as gpd  # isort: skip  (after boundaries, which limits GDAL's drivers)
import pandas as pd  # isort: skip

PLACES = Path(__file__).resolve().parents[2] / "shared" / "data"
ALLOWED_SECONDS = 5.0


def plain(folder: Path) -> tuple[float, int]:
    """Seconds and units of reading the same files without `boundaries`."""
    start = time.perf_counter()
    layers = sorted(p for p in folder.glob("*.geojson"))
    frames = [gpd.read_file(p).to_crs(27700) for p in layers]
    units = next(f for f in frames if "LSOA21CD" in f.columns)
    for path in sorted(folder.rglob("*.csv")):
        if "derived" in path.parts:
            continue
        headed = path.parent.name != "codepo_gb" and path.name != "epraccur.csv"
        table = pd.read_csv(path, dtype=str, header=0 if headed else None, encoding="utf-8-sig")
        key = next((c for c in table.columns if str(c) in {"LSOA21CD", "LSOA 2021 Code", "LSOA code (2021)"}), None)
        if key is not None and table[key].is_unique:
            units = units.merge(
                table.add_suffix(f"_{path.stem}"), left_on="LSOA21CD", right_on=f"{key}_{path.stem}", how="left"
            )
    for path in sorted(folder.glob("*.xlsx")):
        pd.read_excel(path, sheet_name=None)
    return time.perf_counter() - start, len(units)


def ours(folder: Path) -> tuple[float, float, list[tuple[str, float]], int]:
    """Seconds, processor seconds, seconds by step, and units of `load_area` without its cache."""
    steps: list[tuple[str, float]] = []
    start, busy = time.perf_counter(), time.process_time()
    area = load_area(folder, cache=False, on_progress=lambda words: steps.append((words, time.perf_counter() - start)))
    total = time.perf_counter() - start
    spent = [(words, later - at) for (words, at), (_, later) in zip(steps, [*steps[1:], ("", total)], strict=True)]
    return total, time.process_time() - busy, spent, len(area.codes)


def main(folders: list[Path]) -> int:
    slow = 0
    for folder in folders:
        first = ours(folder)[0]  # with imports and the first use of PROJ
        seconds, cpu, spent, units = min((ours(folder) for _ in range(3)), key=lambda r: r[0])
        peer, peer_units = min(plain(folder) for _ in range(3))
        load_area(folder)
        start = time.perf_counter()
        load_area(folder)
        kept = time.perf_counter() - start
        print(
            f"{folder.name}: {units} units in {seconds:.2f} s, {cpu:.2f} s of processor (allowed {ALLOWED_SECONDS} s)"
        )
        print(f"  first time in this process {first:.2f} s; from the cache {kept:.2f} s")
        print(f"  plain geopandas and pandas {peer:.2f} s for {peer_units} units; ratio {seconds / peer:.2f}")
        for words, took in spent:
            print(f"    {took:5.2f} s  {words}")
        slow += seconds > ALLOWED_SECONDS
    return 1 if slow else 0


if __name__ == "__main__":
    named = [Path(a) for a in sys.argv[1:]] or sorted(p for p in PLACES.glob("*") if p.is_dir())
    if not named:
        print("no places beside the project (../shared/data)")
    raise SystemExit(main(named))

"""A thousand random plans of a place written and read back: plan.json, GeoJSON, GeoPackage and CSV.

    python -m benchmarks.round_trips [--source demo] [--area Kingsmerrow] [--plans 1000] [--seed 0]

Plans grow from random units over borders (contiguous) or have every unit placed by chance, with drafts, locks, notes,
odd names, links and tasks among them. Exit code 1 where one comes back otherwise, with its seed.
"""

from __future__ import annotations

import argparse
import dataclasses
import random
import sys
import tempfile
import time
from pathlib import Path

from boundaries import load_area
from boundaries.area import Area
from footprints.exchange import plan_bytes, read_plan
from footprints.exchange.geojson import geojson_bytes
from footprints.exchange.gpkg import gpkg_bytes
from footprints.exchange.read import plan_from_csv
from footprints.exchange.tables import lsoa_lookup
from footprints.metrics import score
from footprints.plan import Home, Note, Plan, PlanLink, Task
from footprints.propose import plan_from_labels
from tests.rfc7946 import faults

NAMES = ("=1+1", "'=x", "-5", "@a", 'a "b", c', "two\nlines", "café", "\tTab", "＝A1", "North & East", "007", "1.0")


def random_plan(area: Area, chance: random.Random) -> Plan:
    """Any plan of the area: from one neighbourhood to sixty, drafts included."""
    k = chance.randint(1, min(60, len(area.codes)))
    label = _grown(area, k, chance) if chance.random() < 0.6 else {u: chance.randrange(k) for u in area.codes}
    if chance.random() < 0.4:
        label = {unit: n for unit, n in label.items() if chance.random() > 0.2} or label
    plan = plan_from_labels(area, label, name=chance.choice(NAMES).strip() or "A")
    assigned = [unit for unit, _ in plan.assignment]
    return dataclasses.replace(
        plan,
        neighbourhoods=tuple(
            dataclasses.replace(n, name=f"{chance.choice(NAMES)} {i}", place=chance.choice(["", "North", "=S"]))
            for i, n in enumerate(plan.neighbourhoods)
        ),
        locked=tuple(chance.sample(assigned, min(len(assigned), chance.randrange(4)))),
        notes=tuple(Note(unit, chance.choice(NAMES)) for unit in chance.sample(area.codes, 2)),
        homes=tuple(Home(f"X9900{i}", code, chance.choice(NAMES)) for i, code in enumerate(plan.codes[:3])),
        links=(PlanLink(area.codes[0], area.codes[-1], "ferry", chance.choice(NAMES)),)
        if chance.random() < 0.3
        else (),
        tasks=(Task("X99000", "=A. Planner", "talk", "2027-04-01", "agreed"),) if chance.random() < 0.3 else (),
        parent=chance.choice(["", "0123456789ab"]),
    )


def _grown(area: Area, k: int, chance: random.Random) -> dict[str, int]:
    near: dict[str, list[str]] = {unit: [] for unit in area.codes}
    for a, b in zip(area.edges["from_code"], area.edges["to_code"], strict=True):
        near[a].append(b)
        near[b].append(a)
    label = {unit: n for n, unit in enumerate(chance.sample(area.codes, k))}
    edge = list(label)
    while edge:
        unit = edge.pop(chance.randrange(len(edge)))
        for other in near[unit]:
            if other not in label:
                label[other] = label[unit]
                edge.append(other)
    return label


def main() -> int:
    """Run it and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", default="demo")
    parser.add_argument("--area", nargs="*", default=["Kingsmerrow"])
    parser.add_argument("--plans", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    area = load_area(given.source, given.area)
    began, wrong = time.perf_counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        for n in range(given.seed, given.seed + given.plans):
            plan = random_plan(area, random.Random(n))
            card = score(plan, area)
            files = {
                "plan.json": plan_bytes(plan),
                "x.geojson": geojson_bytes(plan, area, card=card),
                "x.gpkg": gpkg_bytes(plan, area, card=card),
            }
            told = [f"{name} differs" for name, data in files.items() if _back(Path(folder) / name, data, area) != plan]
            if plan_from_csv(lsoa_lookup(plan, area), "lsoa_lookup.csv", area).assignment != plan.assignment:
                told.append("lsoa_lookup.csv differs")
            told += faults(files["x.geojson"])
            if told:
                wrong += 1
                print(f"plan {n}: {'; '.join(told[:3])}", flush=True)
    seconds, back = time.perf_counter() - began, given.plans - wrong
    print(f"{area.name}, {len(area.codes)} LSOAs: {back} of {given.plans} plans came back ({seconds:.0f} s)")
    return 1 if wrong else 0


def _back(path: Path, data: bytes, area: Area) -> Plan:
    path.write_bytes(data)
    return read_plan(path, area)


if __name__ == "__main__":
    sys.exit(main())

"""What the benchmarks are run on: places, the two objectives, districts one by one, and generated places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from pathlib import Path

import numpy as np

from boundaries import load_area
from boundaries.area import Area
from boundaries.demo import demo_source
from optimise import Criteria, Problem, Weights, build_problem
from optimise.asking.feasibility import outlook
from optimise.problem import Floats, Part, restricted
from optimise.splitting.presolve import make_part

PLACES = Path(__file__).resolve().parents[2] / "shared" / "data"
OBJECTIVES = {
    "moment of inertia": Criteria(distance="km2", weights=Weights(deviation=0.0, community=0.0)),
    "default objective": Criteria(),
}
MOMENT, DEFAULT = OBJECTIVES
# Neighbourhoods of the real places as wholes on the moment of inertia, which always wants as many as it may have.
NUMBERS = {"cambridgeshire-peterborough": 19, "cornwall-scilly": 13, "inner-north-east-london": 19}
USUAL = 50_000


@dataclass(frozen=True, eq=False)
class Case:
    """One question: a problem and what is asked of it. `where` names the place, `what` the question within it."""

    where: str
    what: str
    problem: Problem
    criteria: Criteria


def folders(named: Sequence[Path]) -> list[Path]:
    """The folders named (or the word "demo"), by default the real places beside the project."""
    return [*named] or sorted(p for p in PLACES.glob("*") if p.is_dir())


def place(folder: Path) -> tuple[str, Area]:
    """A short name and the evidence of a folder of official files, or of the demo county."""
    source = "demo" if str(folder) == "demo" else folder
    return ("demo county" if source == "demo" else folder.name), load_area(source)


def whole(name: str, area: Area, objective: str, seconds: int, seed: int = 0) -> Case:
    """The place not nested, 30,000 to 60,000 people."""
    criteria = replace(OBJECTIVES[objective], within=(), seconds=seconds, seed=seed)
    if objective == MOMENT:
        criteria = replace(criteria, neighbourhoods=NUMBERS.get(name))
    return Case(name, "whole", build_problem(area, criteria), criteria)


def districts(name: str, area: Area, objective: str, seconds: int) -> list[Case]:
    """Every district (those too small joined as usual) as a problem of its own, in two bands; not those of one.

    The bands: 30,000 to 60,000, and within 10 % of people / k where k is the whole number nearest to people / 50,000.
    """
    asked = replace(OBJECTIVES[objective], seconds=seconds)
    problem = build_problem(area, asked)
    free = replace(asked, within=())
    cases = []
    for task in outlook(problem, asked).tasks:
        inside = restricted(problem, task.found.piece.units, task.name)
        people = int(inside.people.sum())
        if task.found.piece.undersized or people < 2 * asked.minimum:
            continue
        cases.append(Case(name, f"{task.name}, 30-60k", inside, free))
        number = round(people / USUAL)
        if number < 2:
            continue
        mean = people / number
        narrow = {"minimum": ceil(0.9 * mean), "maximum": floor(1.1 * mean), "target": round(mean)}
        cases.append(Case(name, f"{task.name}, ±10 %", inside, replace(free, **narrow)))
    return cases


def largest_part(case: Case) -> Part:
    """The place as one part, without its undersized cut-off pieces."""
    tasks = outlook(case.problem, case.criteria).tasks
    parts = [make_part(case.problem, case.criteria, task.found, task.k, task.name) for task in tasks]
    return max(parts, key=lambda part: len(part.people))


def node_places(case: Case, part: Part) -> Floats:
    """(n, 2) the middle of each node's units, kilometres."""
    count = np.bincount(part.node_of)[:, None]
    total = np.zeros((len(part.people), 2))
    np.add.at(total, part.node_of, case.problem.xy_km[part.units])
    return np.asarray(total / count, np.float64)


def lattice(units: int, seed: int = 0) -> Problem:
    """An invented place in one piece: a grid of `units` cells of 1.2 km with 1,000 to 2,500 people each."""
    wide = round(units**0.5)
    high = ceil(units / wide)
    rng = np.random.default_rng(seed)
    cells = [(c, r) for r in range(high) for c in range(wide)][:units]
    at = {cell: i for i, cell in enumerate(cells)}
    edges = sorted((i, at[beside]) for (c, r), i in at.items() for beside in ((c + 1, r), (c, r + 1)) if beside in at)
    people = rng.integers(1_000, 2_501, size=units)
    codes = tuple(f"E01{i:06d}" for i in range(units))
    return Problem(
        name=f"a lattice of {units:,} units",
        codes=codes,
        names=codes,
        people=people,
        residents=people,
        xy_km=1.2 * np.array(cells, dtype=np.float64) + rng.uniform(-0.3, 0.3, (units, 2)),
        edges=np.array(edges, dtype=np.int64),
        edge_km=np.full(len(edges), 1.2),
        edge_kind=("border",) * len(edges),
        levels={},
        pcn_flow=np.zeros((units, 0)),
        pcns=(),
        proposed_links=(),
    )


def generated(units: int, counties: int, seed: int = 1) -> Path:
    """The folder of an invented country in the official layouts: made once (some minutes), kept in the cache."""
    return demo_source(units=units, seed=seed, counties=counties)

"""`proof.json`: the proof behind a certificate's bounds; with the official files anyone can work them out again.

For each part, in the order of the certificate: its cases (`optimise.tree`), each with a multiplier for every node, and
what the run proved for it beyond these. A node is one unit, or several that belong together; it is named by its first
unit. Numbers are written in full: what is read back is what the bound was worked out from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.text import parse_json, tidy
from optimise.asking.feasibility import outlook
from optimise.build import build_problem
from optimise.solution import PartResult, Solution
from optimise.tree import Split, Tree

SCHEMA = "footprints-proof/1"
NAME = "proof.json"
ABOUT = (
    "For each part: every plan falls in one case, by how many centres of neighbourhoods lie in each region. The "
    "multipliers of a case (person-km, in the order of the nodes) give a number below every plan in it, which "
    "“footprints check PLAN --source SOURCE --proof” works out again without any solver; “solved” is what the run "
    "proved for the case by splitting it further and by HiGHS, 0 where it did neither."
)


@dataclass(frozen=True, eq=False)
class WrittenPart:
    """One part as it was read. nodes : first unit of each node. regions : units. tree : None where nothing is proven.

    The regions of `tree` are places in `regions` still: what nodes they are only the area tells.
    """

    name: str
    neighbourhoods: int
    best_primary: float
    bound: float
    bound_checked: float
    nodes: tuple[str, ...]
    regions: tuple[tuple[str, ...], ...]
    tree: Tree | None


@dataclass(frozen=True, eq=False)
class WrittenProof:
    """A `proof.json` as it was read."""

    plan: str
    area_digest: str
    parts: tuple[WrittenPart, ...]


def proof_bytes(plan: Plan, area: Area, solution: Solution) -> bytes | None:
    """The `proof.json` of a proposal; None where its solution kept no proofs. The same bytes on each run."""
    if not solution.proofs or len(solution.proofs) != len(solution.parts):
        return None
    found = outlook(build_problem(area, plan.criteria), plan.criteria)
    parts = []
    for task, result, tree in zip(found.tasks, solution.parts, solution.proofs, strict=True):
        nodes = [[area.codes[int(u)] for u in bundle.units] for bundle in task.found.bundles]
        parts.append(_part(result, nodes, tree))
    return _lines({"schema": SCHEMA, "about": ABOUT, "plan": plan.id, "area_digest": plan.area_digest}, parts).encode()


def _part(result: PartResult, nodes: Sequence[Sequence[str]], tree: Tree | None) -> dict[str, Any]:
    head = {
        "name": result.name,
        "neighbourhoods": result.neighbourhoods,
        "best_primary": tidy(result.best_primary),
        "bound": tidy(result.bound),
        "bound_checked": tidy(result.bound_checked),
    }
    if tree is None:
        return {**head, "upper": None, "nodes": [], "regions": [], "splits": [], "cases": []}

    def to(at: int) -> dict[str, int]:
        return {"split": at} if at >= 0 else {"case": -1 - at}

    return {
        **head,
        "upper": float(tree.upper),
        "nodes": [units[0] for units in nodes],
        "regions": [sorted(unit for v in region.tolist() for unit in nodes[v]) for region in tree.regions],
        "splits": [
            {"region": s.region, "most": s.most, "fewer": to(s.fewer), "more": to(s.more)}
            | ({"centre_of": nodes[s.node][0]} if s.node >= 0 else {})
            for s in tree.splits
        ],
        "cases": [
            {"multipliers": multipliers.tolist(), "solved": float(min(solved, tree.upper))}
            for multipliers, solved in zip(tree.cases, tree.solved, strict=True)
        ],
    }


def _lines(head: Mapping[str, Any], parts: Sequence[Mapping[str, Any]]) -> str:
    """JSON with a line for each case: there may be 150 of them with 500 numbers each."""

    def short(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))

    def block(part: Mapping[str, Any]) -> str:
        cases = ",\n".join(short(case) for case in part["cases"])
        rest = [f'"{key}":{short(part[key])}' for key in sorted(part) if key != "cases"]
        return "{" + ",\n".join([f'"cases":[\n{cases}]', *rest]) + "}"

    shown = [f'"{key}":{short(value)}' for key, value in sorted(head.items())]
    return "{" + ",\n".join([*shown, '"parts":[\n' + ",\n".join(map(block, parts)) + "]"]) + "}\n"


def read_proof(data: bytes) -> WrittenProof:
    """What a `proof.json` says, every member of the right type; whether it proves anything is for others to find.

    Raises PlanError naming what is wrong and where.
    """
    raw = parse_json(data, NAME)
    if raw.get("schema") != SCHEMA:
        raise PlanError(
            f"{NAME} does not say “schema”: “{SCHEMA}”.", mend="Use the version of the programme that wrote it."
        )
    parts = _get(raw, "parts", list, NAME)
    read = tuple(_read_part(part, f"{NAME}, part {n}") for n, part in enumerate(parts, start=1))
    return WrittenProof(_get(raw, "plan", str, NAME), _get(raw, "area_digest", str, NAME), read)


def _read_part(raw: Any, where: str) -> WrittenPart:
    name = _get(raw, "name", str, where)
    where = f"{where} ({name})"
    nodes, regions, cases = (_get(raw, key, list, where) for key in ("nodes", "regions", "cases"))
    place = {code: at for at, code in enumerate(_texts(nodes, f"{where}, nodes"))}
    splits = [_split(split, place, f"{where}, split {n}") for n, split in enumerate(_get(raw, "splits", list, where))]
    tree = None
    if cases:
        tree = Tree(
            regions=tuple(np.zeros(0, dtype=np.int64) for _ in regions),
            splits=tuple(splits),
            cases=tuple(_multipliers(case, f"{where}, case {n}") for n, case in enumerate(cases)),
            solved=tuple(_number(case, "solved", f"{where}, case {n}") for n, case in enumerate(cases)),
            upper=_number(raw, "upper", where),
        )
    return WrittenPart(
        name,
        _get(raw, "neighbourhoods", int, where),
        _number(raw, "best_primary", where),
        _number(raw, "bound", where),
        _number(raw, "bound_checked", where),
        _texts(nodes, f"{where}, nodes"),
        tuple(_texts(region, f"{where}, region {n}") for n, region in enumerate(regions)),
        tree,
    )


def _split(raw: Any, place: Mapping[str, int], where: str) -> Split:
    ways = []
    for key in ("fewer", "more"):
        way = _get(raw, key, dict, where)
        if sorted(way) not in (["case"], ["split"]):
            raise PlanError(f"{where}, {key}: neither one case nor one split.", mend="Write the plan anew.")
        at = _get(way, next(iter(way)), int, f"{where}, {key}")
        if at < 0:
            raise PlanError(f"{where}, {key}: {at} is not a place.", mend="Write the plan anew.")
        ways.append(at if "split" in way else -1 - at)
    node = -1
    if "centre_of" in raw:
        code = _get(raw, "centre_of", str, where)
        if code not in place:
            raise PlanError(f"{where}: {code} is not the code of a node.", mend="Write the plan anew.")
        node = place[code]
    return Split(_get(raw, "region", int, where), _get(raw, "most", int, where), ways[0], ways[1], node)


def _multipliers(raw: Any, where: str) -> Any:
    numbers = _get(raw, "multipliers", list, where)
    if any(type(x) not in (int, float) or not abs(x) < 1e300 for x in numbers):
        raise PlanError(f"{where}: a multiplier is not a number.", mend="Write the plan anew.")
    return np.array(numbers, dtype=np.float64)


def _number(raw: Any, key: str, where: str) -> float:
    value: Any = raw.get(key) if isinstance(raw, Mapping) else None
    if type(value) not in (int, float) or not abs(value) < 1e300:
        raise PlanError(f"{where}: “{key}” is not a number.", mend="Write the plan anew.")
    return float(value)


def _texts(raw: Any, where: str) -> tuple[str, ...]:
    if not isinstance(raw, list) or any(not isinstance(text, str) for text in raw):
        raise PlanError(f"{where}: not a list of codes.", mend="Write the plan anew.")
    return tuple(raw)


def _get(raw: Any, key: str, kind: type[Any], where: str) -> Any:
    value = raw.get(key) if isinstance(raw, Mapping) else None
    if type(value) is not kind:
        raise PlanError(f"{where}: “{key}” is missing or of another kind.", mend="Write the plan anew.")
    return value

"""The places of a sweep as one result: a summary table, and the lookup and outlines of every scenario.

Made from what is finished alone, in the order of scenarios and codes: the same bytes wherever it was solved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from footprints.plan import canonical
from footprints.sweep.checkpoint import FIGURES, answer_of, folder_of
from footprints.sweep.page import map_bytes
from footprints.sweep.regions import Region
from footprints.sweep.task import SCHEMA, Task
from footprints.text import csv_bytes, tidy
from optimise.words import count

LOOKUP, OUTLINES = "lsoa_lookup.csv", "neighbourhoods.geojson"
HEADER = (
    "scenario", "area_code", "area_name", "lsoas", "residents", "status", *FIGURES, "objective", "bound", "gap",
    "stopped_by", "reason",
)  # fmt: skip
_ADDED = ("neighbourhoods", "outside_comfortable", "msoas_split", "people_outside_largest_msoa_piece")


def merged(
    out: Path,
    tasks: Sequence[Task],
    failed: Mapping[Task, str],
    regions: Mapping[tuple[str, str], Region],
    attribution: Sequence[str] = (),
) -> dict[str, bytes]:
    """Name -> bytes: `summary.csv`, and for every scenario its lookup, its outlines and its map.

    failed : tasks that failed, and why; others without an answer stand in the summary as "not done". regions : by the
    folders of scenario and place.
    """
    files = {"summary.csv": csv_bytes(HEADER, _rows(out, tasks, failed, regions))}
    for scenario in dict.fromkeys(task.scenario for task in tasks):
        mine = [task for task in tasks if task.scenario == scenario]
        own = [(folder_of(out, task), answer) for task in mine if (answer := answer_of(out, task)) is not None]
        files[f"{scenario}_{LOOKUP}"] = _lookup([folder for folder, _ in own if (folder / LOOKUP).is_file()])
        pairs = [(one, answer) for folder, answer in own if (folder / OUTLINES).is_file() for one in _features(folder)]
        files[f"{scenario}_{OUTLINES}"] = _outlines([one for one, _ in pairs])
        if pairs:
            title = str(pairs[0][1]["scenario"])
            files[f"{scenario}_map.html"] = map_bytes(title, [answer for _, answer in own], pairs, attribution)
    return files


def answers(out: Path, tasks: Sequence[Task]) -> tuple[dict[str, Any], ...]:
    """What is said of every finished task, in their order."""
    return tuple(answer for task in tasks if (answer := answer_of(out, task)) is not None)


def _rows(
    out: Path, tasks: Sequence[Task], failed: Mapping[Task, str], regions: Mapping[tuple[str, str], Region]
) -> Iterator[Sequence[object]]:
    for scenario in dict.fromkeys(task.scenario for task in tasks):
        own = [task for task in tasks if task.scenario == scenario]
        said = answers(out, own)
        for task in own:
            answer = answer_of(out, task)
            if answer is None:
                place, status = regions[task.scenario, task.region], "failed" if task in failed else "not done"
                blank = [None] * (len(FIGURES) + 3)
                why = failed.get(task, "")
                yield (task.request.name, place.code, place.name, task.size, None, status, *blank, "", why)
            else:
                yield _row(answer)
        if said:
            yield total(said, len(own))


def _row(answer: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        answer["scenario"], answer["area_code"], answer["area_name"], answer["lsoas"], answer["residents"],
        answer["status"], *(answer["figures"][key] for key in FIGURES), answer["objective"], answer["bound"],
        answer["gap"], answer["stopped_by"], " ".join(answer["reasons"]),
    )  # fmt: skip


def total(said: Sequence[Mapping[str, Any]], wanted: int) -> tuple[object, ...]:
    """The row of a whole scenario, with a blank code: sums, extremes, and the gap of the sum.

    Shares and means are left blank but for the share in range, as they are not sums; the gap is blank unless every
    place has a plan and a bound.
    """
    planned = [answer for answer in said if answer["figures"]["neighbourhoods"]]
    figures: dict[str, object] = dict.fromkeys(FIGURES)
    for key in _ADDED:
        known = [answer["figures"][key] for answer in planned]
        figures[key] = sum(known) if known and None not in known else None
    if planned:
        figures["residents_min"] = min(answer["figures"]["residents_min"] for answer in planned)
        figures["residents_max"] = max(answer["figures"]["residents_max"] for answer in planned)
        inside = sum(a["figures"]["share_in_range"] * a["figures"]["neighbourhoods"] for a in planned)
        figures["share_in_range"] = tidy(inside / sum(a["figures"]["neighbourhoods"] for a in planned))
    whole = len(planned) == wanted and all(answer["bound"] is not None for answer in planned)
    objective = sum(answer["objective"] for answer in planned) if whole else None
    bound = sum(answer["bound"] for answer in planned) if whole else None
    gap = max(0.0, 1 - bound / objective) if objective and bound is not None else None
    cut = sum(answer["stopped_by"] == "clock" for answer in said)
    return (
        said[0]["scenario"], "", f"{len(said):,} of {count(wanted, 'place')}", sum(a["lsoas"] for a in said),
        sum(a["residents"] for a in said), f"{len(planned):,} with a plan", *figures.values(), tidy(objective),
        tidy(bound), tidy(gap), f"clock in {cut}" if cut else "", "",
    )  # fmt: skip


def _lookup(folders: Sequence[Path]) -> bytes:
    """The lookups one below the other, under one header."""
    lines: list[bytes] = []
    for folder in folders:
        header, _, rest = (folder / LOOKUP).read_bytes().partition(b"\n")
        lines += [rest] if lines else [header + b"\n", rest]
    return b"".join(lines)


def _features(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((folder / OUTLINES).read_bytes())["features"]
    return found


def _outlines(features: Sequence[Mapping[str, Any]]) -> bytes:
    """The neighbourhoods of all places in one collection; the plans stand in the folders of their places."""
    body = ",\n".join(json.dumps(f, sort_keys=True, ensure_ascii=False, separators=(",", ":")) for f in features)
    return f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()


def about(name: str, scenarios: Sequence[Mapping[str, Any]], attribution: Sequence[str]) -> dict[str, Any]:
    """What the manifest of a result says of it."""
    return {"sweep": SCHEMA, "area": name, "scenarios": list(scenarios), "attribution": list(attribution)}


def run_bytes(seconds: float, took: Mapping[str, float], workers: str) -> bytes:
    """`run.json`: what differs between two runs. took : seconds by place, of those that were solved now."""
    return canonical({"seconds": round(seconds, 1), "workers": workers, "tasks": dict(sorted(took.items()))}).encode()

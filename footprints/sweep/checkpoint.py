"""What is finished of a sweep: a folder for each place under each scenario, whole or not there at all."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.exchange import tables
from footprints.exchange.folder import manifest, passed_over, write_folder
from footprints.exchange.write import write_plan
from footprints.jobs.protocol import Result
from footprints.jobs.verify import faults_of
from footprints.metrics import score
from footprints.plan import canonical
from footprints.stamp import Stamp
from footprints.sweep.regions import Region
from footprints.sweep.task import SCHEMA, Task
from footprints.text import tidy

_OURS = re.compile(r"\.result\.")
ANSWER, MARK, AREAS, RESULT = "answer.json", "sweep.json", "areas", "result"
FIGURES = (
    "neighbourhoods",
    "residents_min",
    "residents_median",
    "residents_max",
    "share_in_range",
    "outside_comfortable",
    "mean_km_to_centre",
    "crossing_districts",
    "msoas_split",
    "people_outside_largest_msoa_piece",
    "resident_side_containment",
)


def prepare(out: Path) -> None:
    """Make `out` a folder of a sweep. Raises PlanError where it holds anything that no sweep wrote."""
    try:
        found = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
        if found and MARK not in found:
            raise PlanError(
                f"{out} holds files that no sweep wrote ({some(found, 3)}).", mend="Name a new or empty folder."
            )
        # A result that was being written when its process was killed lies beside the last one, under a hidden name.
        foreign = sorted(
            name for name in found if name not in (MARK, AREAS, RESULT) and not (_OURS.match(name) or passed_over(name))
        )
        if foreign:
            raise PlanError(f"{out} also holds {some(foreign, 3)}.", mend="Move them, or name another folder.")
        out.mkdir(parents=True, exist_ok=True)
        (out / MARK).write_text(canonical({"schema": SCHEMA}), encoding="utf-8", newline="\n")
    except OSError as error:
        raise PlanError(f"{out} cannot be written ({error.strerror}).", mend="Choose another folder.") from None


def folder_of(out: Path, task: Task) -> Path:
    """Where the answer of a task stands."""
    return out / AREAS / task.scenario / task.region


def finished(out: Path, task: Task) -> bool:
    """Whether its answer is there, of these very inputs, with every file as it was written."""
    folder = folder_of(out, task)
    known = manifest(folder)
    if known is None:
        return False
    try:
        answer = json.loads((folder / ANSWER).read_bytes())
        whole = all(
            not digest or hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
            for name, digest in known["files"].items()
        )
    except (OSError, ValueError):
        return False
    return whole and isinstance(answer, Mapping) and answer.get("key") == task.key


def keep(out: Path, task: Task, region: Region, answer: Result, area: Area) -> None:
    """Write the answer of a task: its plan with certificate, outlines and lookup, or why there is none.

    Raises PlanError for an answer that does not hold (`jobs.verify`), and where the disk refuses.
    """
    faults = faults_of(answer, task.request.criteria, area)
    if faults:
        raise PlanError(f"The plan that was found did not pass our check and was not used: {faults[0]}")
    said = _said(task, region, answer, area)
    folder = folder_of(out, task)
    if answer.plan is None:
        write_folder(folder, {ANSWER: canonical(said).encode()}, {"area": area.name})
        return
    beside = {
        ANSWER: canonical(said).encode(),
        "lsoa_lookup.csv": tables.lsoa_lookup(answer.plan, area, Stamp("proposed")),
    }
    write_plan(answer.plan, area, folder, solution=answer.solution, formats=("json", "geojson"), beside=beside)


def _said(task: Task, region: Region, answer: Result, area: Area) -> dict[str, Any]:
    solution = answer.solution
    figures: dict[str, Any] = dict.fromkeys(FIGURES)
    if answer.plan is not None:
        card = score(answer.plan, area)
        figures = {key: tidy(card.plan[key]) for key in FIGURES}
    return {
        "schema": SCHEMA,
        "key": task.key,
        "scenario": task.request.name,
        "area_code": region.code,
        "area_name": region.name,
        "lsoas": len(area.codes),
        "residents": int(area.units["residents"].sum()),
        "status": solution.status.value,
        "figures": figures,
        "objective": tidy(solution.objective),
        "bound": tidy(solution.bound) if solution.objective is not None else None,
        "gap": tidy(solution.gap),
        "stopped_by": solution.stopped_by.value if solution.stopped_by is not None else "",
        "reasons": [reason.message for reason in solution.reasons],
    }


def answer_of(out: Path, task: Task) -> dict[str, Any] | None:
    """What `keep` wrote of a task; None where it is not finished."""
    try:
        found = json.loads((folder_of(out, task) / ANSWER).read_bytes())
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("key") == task.key else None

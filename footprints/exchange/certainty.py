"""Certainty as a folder: `certainty.csv` (every area), `contested.csv` (those that are not core, with the evidence)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from boundaries.area import Area
from footprints.certainty import Certainty, Contested
from footprints.disclosure import PARTNERS
from footprints.exchange.folder import write_folder
from footprints.exchange.text import csv_bytes
from footprints.plan import Plan


def certainty_files(
    plan: Plan, area: Area, found: Sequence[Certainty], doubts: Sequence[Contested]
) -> dict[str, bytes]:
    """The two tables. `kept` and `runner_up_share` are shares of the plans judged by; km are straight-line means."""
    residents = area.units["residents"]
    sure = [
        (
            one.unit, str(area.units.at[one.unit, "name"]), one.code, plan.neighbourhood(one.code).name,
            int(residents[one.unit]), round(one.kept, 4), "yes" if one.core else "", one.runner_up,
            round(one.runner_share, 4),
        )
        for one in found
    ]  # fmt: skip
    open_ones: list[tuple[object, ...]] = []
    for doubt in doubts:
        own, move = doubt.certainty, doubt.move
        cells: tuple[object, ...] = ("",) * 8
        if move is not None:
            cells = (
                move.patients, move.here, move.there, round(move.km[0], 2), round(move.km[1], 2), move.leaves.after,
                move.enters.after, "yes" if move.sound else "no",
            )  # fmt: skip
        name = str(area.units.at[own.unit, "name"])
        beyond = plan.neighbourhood(own.runner_up).name if own.runner_up else ""
        open_ones.append(
            (own.unit, name, own.code, round(own.kept, 4), own.runner_up, beyond, int(residents[own.unit]), *cells)
        )
    return {
        "certainty.csv": csv_bytes(
            (
                "LSOA21CD", "LSOA21NM", "neighbourhood_code", "neighbourhood_name", "residents", "kept", "core",
                "runner_up", "runner_up_share",
            ),
            sure,
        ),
        "contested.csv": csv_bytes(
            (
                "LSOA21CD", "LSOA21NM", "neighbourhood_code", "kept", "runner_up", "runner_up_name", "residents",
                "patients", "practice_here", "practice_there", "km_here", "km_there", "people_left", "people_there",
                "both_hold",
            ),
            open_ones,
        ),
    }  # fmt: skip


def write_certainty(
    plan: Plan, area: Area, found: Sequence[Certainty], doubts: Sequence[Contested], plans: int, folder: Path
) -> tuple[Path, ...]:
    """Write `certainty_files` as a folder, replacing one of ours as a whole; the paths written."""
    about = {
        "plan": plan.id,
        "area": area.name,
        "audience": PARTNERS.label,
        "judged_by": plans,
        "attribution": list(area.attribution),
    }
    return write_folder(folder, certainty_files(plan, area, found, doubts), about)

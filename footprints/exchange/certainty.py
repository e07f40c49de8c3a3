"""Certainty as a folder: `certainty.csv` (every area), `contested.csv` (those that are not core, with the evidence)."""

from __future__ import annotations

from pathlib import Path

from boundaries.area import Area
from footprints.certainty import Judged
from footprints.disclosure import PARTNERS
from footprints.errors import PlanError, some
from footprints.exchange.folder import write_folder
from footprints.plan import Plan
from footprints.text import csv_bytes, read_csv
from optimise.words import count

NAME = "certainty.csv"


def certainty_files(judged: Judged, area: Area) -> dict[str, bytes]:
    """The two tables. `kept` and `runner_up_share` are shares of the plans judged by; km are straight-line means."""
    plan, found, doubts = judged.plan, judged.found, judged.doubts
    residents = area.units["residents"]
    sure = [
        (
            one.unit, str(area.units.at[one.unit, "name"]), one.code, plan.neighbourhood(one.code).name,
            int(residents[one.unit]), round(one.kept, 4), "yes" if one.core else "", one.runner_up,
            round(one.runner_share, 4), PARTNERS.label,
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
            (
                own.unit,
                name,
                own.code,
                round(own.kept, 4),
                own.runner_up,
                beyond,
                int(residents[own.unit]),
                *cells,
                PARTNERS.label,
            )
        )
    return {
        "certainty.csv": csv_bytes(
            (
                "LSOA21CD", "LSOA21NM", "neighbourhood_code", "neighbourhood_name", "residents", "kept", "core",
                "runner_up", "runner_up_share", "audience",
            ),
            sure,
        ),
        "contested.csv": csv_bytes(
            (
                "LSOA21CD", "LSOA21NM", "neighbourhood_code", "kept", "runner_up", "runner_up_name", "residents",
                "patients", "practice_here", "practice_there", "km_here", "km_there", "people_left", "people_there",
                "both_hold", "audience",
            ),
            open_ones,
        ),
    }  # fmt: skip


def write_certainty(judged: Judged, area: Area, folder: Path) -> tuple[Path, ...]:
    """Write `certainty_files` as a folder, replacing one of ours as a whole; the paths written."""
    about = {
        "plan": judged.plan.id, "area": area.name, "audience": PARTNERS.label, "judged_by": judged.plans,
        "attribution": list(area.attribution),
    }  # fmt: skip
    return write_folder(folder, certainty_files(judged, area), about)


def read_confidence(path: Path, plan: Plan) -> dict[str, float]:
    """Unit -> share of the plans that keep it, from a folder that `write_certainty` wrote, or its `certainty.csv`.

    Raises PlanError where there is none, it cannot be read, or it was worked out for other neighbourhoods than `plan`
    has: a confidence is never carried over to another plan.
    """
    file = path / NAME if path.is_dir() else path
    again = "Work it out for this plan: footprints certainty PLAN --with OTHER --out FOLDER."
    try:
        header, rows = read_csv(file.read_bytes(), file.name)
        unit, code, kept, _ = (header.index(key) for key in ("LSOA21CD", "neighbourhood_code", "kept", "core"))
        told = {row[unit]: (row[code], float(row[kept])) for row in rows}
    except OSError:
        raise PlanError(f"There is no {NAME} at {path}.", mend=again) from None
    except (IndexError, ValueError):
        raise PlanError(f"{file.name} is not a table of certainty.", mend=again) from None
    where = plan.where()
    strange = sorted(one for one in {*told, *where} if told.get(one, ("", 0.0))[0] != where.get(one, ""))
    if strange:
        raise PlanError(
            f"{file.name} was worked out for another plan: {count(len(strange), 'LSOA')} ({some(strange, 3)}) are in "
            f"other neighbourhoods there than in {plan.name}.",
            mend=again,
        )
    if any(not 0 <= share <= 1 for _, share in told.values()):
        raise PlanError(f"{file.name} has a share outside 0 to 1.", mend=again)
    return {one: share for one, (_, share) in told.items()}

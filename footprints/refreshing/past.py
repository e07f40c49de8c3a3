"""What was known of a plan's area when it was made: from the files written beside it, or from the evidence itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.practices import spread_of
from footprints.practices.impact import CLOSED_ON
from footprints.text import read_csv


@dataclass(frozen=True)
class Practice:
    """A practice as it was. patients : its whole list; here : neighbourhood code -> patients who live there."""

    code: str
    name: str
    pcn: str
    patients: int
    here: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Past:
    """What was known. source : where from, for people. residents : unit -> people. district, icb : unit -> code.

    practices : by code, those open and in the register of the area; None where the plan was written without practices.
    """

    source: str
    residents: Mapping[str, int]
    district: Mapping[str, str]
    icb: Mapping[str, str]
    practices: Mapping[str, Practice] | None


def past_of_area(plan: Plan, area: Area, source: str) -> Past:
    """From the evidence that the plan was made on."""
    levels = {
        key: dict(zip(area.codes, area.levels[key].assignment, strict=True)) if key in area.levels else {}
        for key in ("district", "icb")
    }
    residents = {unit: int(n) for unit, n in zip(area.codes, area.units["residents"], strict=True)}
    return Past(source, residents, levels["district"], levels["icb"], practices_of(plan, area))


def practices_of(plan: Plan, area: Area) -> dict[str, Practice] | None:
    """The open practices in the register of an area under a plan; None where no registrations are loaded."""
    if not len(area.registrations):
        return None
    spread = spread_of(plan, area)
    found = {}
    for p, code in enumerate(spread.practices):
        if spread.shown[p] and not spread.closed[p]:
            here = {own: int(n) for own, n in zip(spread.codes, spread.here[p], strict=False) if n}
            found[code] = Practice(code, spread.names[p], spread.pcn[p], int(spread.lists[p]), here)
    return found


def past_of_folder(folder: Path) -> Past | None:
    """From `lsoa_lookup.csv` and, where they are there, the tables of practices.

    None where the folder holds no look-up. Raises PlanError where one lacks a column.
    """
    lookup = folder / "lsoa_lookup.csv"
    if not lookup.is_file():
        return None
    header, rows = read_csv(lookup.read_bytes(), lookup.name)
    at = {name: i for i, name in enumerate(header)}
    unit, people = _column(at, "LSOA21CD", lookup), _column(at, "resident_population", lookup)
    level = {
        key: next((i for name, i in at.items() if re.fullmatch(rf"{key}(\d\d)?CD", name)), -1) for key in ("LAD", "ICB")
    }
    of = {key: {row[unit]: row[i] for row in rows if row[i]} if i >= 0 else {} for key, i in level.items()}
    residents = {row[unit]: int(row[people]) for row in rows}
    return Past("the look-ups beside the plan", residents, of["LAD"], of["ICB"], _practices(folder))


def _practices(folder: Path) -> dict[str, Practice] | None:
    lookup, living = folder / "practice_lookup.csv", folder / "practice_neighbourhood.csv"
    if not lookup.is_file():
        return None
    here: dict[str, dict[str, int]] = {}
    if living.is_file():
        header, rows = read_csv(living.read_bytes(), living.name)
        at = {name: i for i, name in enumerate(header)}
        code, home, people = (_column(at, n, living) for n in ("practice_code", "neighbourhood_code", "patients"))
        for row in rows:
            if row[home]:
                here.setdefault(row[code], {})[row[home]] = int(row[people])
    closed = set()
    impact = folder / "practice_impact.csv"
    if impact.is_file():
        header, rows = read_csv(impact.read_bytes(), impact.name)
        at = {name: i for i, name in enumerate(header)}
        code, comment = (_column(at, n, impact) for n in ("practice_code", "comment"))
        closed = {row[code] for row in rows if CLOSED_ON in row[comment]}
    header, rows = read_csv(lookup.read_bytes(), lookup.name)
    at = {name: i for i, name in enumerate(header)}
    code, name, pcn, people = (
        _column(at, n, lookup) for n in ("practice_code", "practice_name", "pcn_code", "patients")
    )
    return {
        row[code]: Practice(row[code], row[name], row[pcn], int(row[people] or 0), here.get(row[code], {}))
        for row in rows
        if row[code] not in closed
    }


def _column(at: Mapping[str, int], name: str, file: Path) -> int:
    if name not in at:
        raise PlanError(
            f"{file.name} beside the plan has no column {name}.",
            mend="Export the plan again with the files it was made on, or name these with --before.",
        )
    return at[name]

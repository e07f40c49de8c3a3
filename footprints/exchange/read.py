"""Reading a plan back: `plan.json`, a folder, GeoJSON, GeoPackage give the identical plan; a bare CSV what it can."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boundaries.area import Area
from boundaries.words import count
from footprints.codes import default_prefix, is_code, new_codes
from footprints.colours import PALETTE, people_of, settle, touching
from footprints.errors import PlanError, some
from footprints.exchange.geojson import plan_from_geojson
from footprints.exchange.gpkg import plan_from_gpkg
from footprints.exchange.plan_json import plan_from_bytes
from footprints.plan import Neighbourhood, Note, Plan, area_inputs, check_fits, codes_digest
from footprints.text import parse_json, read_csv

BY_NAME = ("plan.json", "neighbourhoods.geojson", "neighbourhoods.gpkg", "lsoa_lookup.csv")
CSV_CANNOT_CARRY = (
    "the criteria and the target",
    "the colours",
    "which names were only proposed",
    "neighbourhoods without an LSOA, and retired codes",
    "agreed homes of practices, and the timetable of who re-aligns what",
    "links between LSOAs that share no border",
    "exceptions declared before solving",
    "who changed what, when and why",
    "the files it was made from, and the plan it came from",
)
_UNIT = re.compile(r"[EW]01\d{6}")
_CODE_COLUMN = re.compile(r"(F_)?LSOA\d\dCD|LSOA ?\d*[ _]?CODE.*|LSOA|CODE|GEOGRAPHY[ _]CODE", re.IGNORECASE)
_LABELS = ("neighbourhood_code", "neighbourhood", "neighbourhood_name", "nbhd", "int", "label", "name", "area", "place")
_MOST_BYTES = 500_000_000


@dataclass(frozen=True)
class ReadPlan:
    """A plan as it was read, and what its file cannot carry (nothing, but for a bare CSV).

    units : those that the file says something of; None for all. named : neighbourhoods that it has by name alone, so
    that their codes were made up.
    """

    plan: Plan
    cannot_carry: tuple[str, ...]
    units: tuple[str, ...] | None = None
    named: tuple[str, ...] = ()


def read_plan(path: Path | str, area: Area | None = None, *, label: str = "") -> Plan:
    """The plan in a file or folder; see `read_plan_report` for what a bare CSV could not carry."""
    return read_plan_report(path, area, label=label).plan


def read_plan_report(path: Path | str, area: Area | None = None, *, label: str = "") -> ReadPlan:
    """Read a `plan.json`, a folder that holds one, a GeoJSON or GeoPackage of ours, or a CSV of units and labels.

    area : when given, every unit of the plan must be its own; a bare CSV takes name, digest and colours from it.
    label : the column of a CSV that says the neighbourhood, where several could be meant.

    Raises PlanError naming the file, the column or line, and the first five codes that are not known.
    """
    file = _file(Path(path))
    suffix = file.suffix.lower()
    if suffix == ".gpkg":
        found = ReadPlan(plan_from_gpkg(file), ())
    elif suffix in (".json", ".geojson"):
        found = ReadPlan(_from_json(_bytes(file), file.name), ())
    elif suffix in (".csv", ".txt"):
        found = csv_report(_bytes(file), file.name, area, label=label)
    else:
        raise PlanError(
            f"{file.name} is not a file that holds a plan.",
            mend="Give a plan.json, a GeoJSON or GeoPackage of this programme, or a CSV of LSOAs and neighbourhoods.",
        )
    if area is not None:
        check_fits(found.plan, area)
    return found


def plan_from_csv(data: bytes, name: str, area: Area | None = None, *, label: str = "") -> Plan:
    """The plan of a lookup: a column of unit codes and a column of neighbourhoods; further columns of ours are used.

    Labels that are neighbourhood codes (CAMP-07) are kept; other labels become names, with new codes in their order.
    Units with a blank label are unassigned. Raises PlanError where a unit stands under two labels.
    """
    return csv_report(data, name, area, label=label).plan


def csv_report(data: bytes, name: str, area: Area | None = None, *, label: str = "") -> ReadPlan:
    """The same, with the units that the lookup speaks of and the neighbourhoods that it has by name alone."""
    header, rows = read_csv(data, name)
    if any(_UNIT.fullmatch(cell.strip().upper()) for cell in header):  # no header: the first row is a row
        header, rows = [f"column {n}" for n in range(1, len(header) + 1)], [header, *rows]
    if not rows:
        raise PlanError(f"{name} has a header and no rows.", mend="Give a row for each LSOA.")
    lower = [column.casefold() for column in header]
    unit_at = _unit_column(header, rows, name)
    label_at = _label_column(header, unit_at, name, label)

    def at(row: list[str], column: str) -> str:
        return row[lower.index(column)].strip() if column in lower else ""

    where: dict[str, str] = {}
    about: dict[str, tuple[str, str, str]] = {}
    notes: list[Note] = []
    locked: list[str] = []
    clash: list[str] = []
    for row in rows:
        unit, said = row[unit_at].strip().upper(), row[label_at].strip()
        if not unit:
            continue
        if unit in where:
            clash += [unit] if where[unit] != said else []
            continue
        where[unit] = said
        if said:
            about.setdefault(said, (at(row, "neighbourhood_name"), at(row, "place"), at(row, "neighbourhood_note")))
        notes.append(Note(unit, at(row, "note")))
        locked += [unit] if at(row, "locked").casefold() in ("yes", "true", "1", "y") else []
    if clash:
        raise PlanError(
            f"{name} puts {count(len(clash), 'LSOA')} under two labels: {some(clash)}.",
            mend="Keep one row for each LSOA.",
        )
    _units_known(list(where), name, area)
    assigned = {unit: said for unit, said in where.items() if said}
    prefix, codes = _codes(sorted(about), area, name)
    assignment = {unit: codes[said] for unit, said in assigned.items()}
    notes += [Note(codes[said], note) for said, (_, _, note) in sorted(about.items())]
    fills = dict(zip(sorted(codes.values()), PALETTE * (1 + len(codes) // len(PALETTE)), strict=False))
    if area is not None:
        every = sorted(codes.values())
        fills = settle(touching(assignment, area, every), people_of(assignment, area, every), {})
    plan = Plan(
        name=Path(name).stem if name != "lsoa_lookup.csv" else "Imported lookup",
        area_name=area.name if area else "",
        area_digest=area.digest if area else "",
        area_codes_digest=codes_digest(area.codes if area else where),
        prefix=prefix,
        assignment=tuple(assignment.items()),
        neighbourhoods=tuple(
            Neighbourhood(codes[said], title or said, fills[codes[said]], provisional=False, place=place)
            for said, (title, place, _) in sorted(about.items())
        ),
        locked=tuple(locked),
        notes=tuple(notes),
        inputs=area_inputs(area) if area else (),
    )
    named = tuple(sorted(code for said, code in codes.items() if said != code))
    return ReadPlan(plan, CSV_CANNOT_CARRY, tuple(sorted(where)), named)


def _file(path: Path) -> Path:
    if path.is_dir():
        for name in BY_NAME:
            if (path / name).is_file():
                return path / name
        raise PlanError(f"The folder {path} holds no plan.", mend=f"It should hold {' or '.join(BY_NAME)}.")
    if not path.is_file():
        raise PlanError(f"There is no file {path}.", mend="Check the path.")
    if path.stat().st_size > _MOST_BYTES:
        raise PlanError(
            f"{path.name} is larger than any plan ({path.stat().st_size / 1e6:,.0f} MB).", mend="Choose a plan."
        )
    return path


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise PlanError(f"{file} cannot be read ({error.strerror}).", mend="Close it in other programs.") from None


def _from_json(data: bytes, name: str) -> Plan:
    if parse_json(data, name).get("type") == "FeatureCollection":
        return plan_from_geojson(data, name)
    return plan_from_bytes(data, name)


def _unit_column(header: Sequence[str], rows: Sequence[Sequence[str]], name: str) -> int:
    """The column of unit codes: by its name, else the one whose cells nearly all look like LSOA codes."""
    for person in header:
        if re.sub(r"[^a-z]", "", person.casefold()) in ("nhsnumber", "dateofbirth", "dob"):
            raise PlanError(
                f"{name} has a column “{person}”: data about single people are not read.", mend="Take that column out."
            )
    named = [i for i, column in enumerate(header) if _CODE_COLUMN.fullmatch(column)]

    def share(i: int) -> float:
        cells = [row[i].strip().upper() for row in rows if row[i].strip()]
        return sum(bool(_UNIT.fullmatch(cell)) for cell in cells) / len(cells) if cells else 0.0

    best = max([*named, *range(len(header))], key=share, default=-1)
    if best < 0 or share(best) < 0.5:
        raise PlanError(
            f"{name} has no column of LSOA codes (its columns: {some(header, 12)}).",
            mend="Add a column LSOA21CD with codes such as E01000001.",
        )
    return best


def _label_column(header: Sequence[str], unit_at: int, name: str, label: str) -> int:
    lower = [column.casefold() for column in header]
    if label:
        if label.casefold() not in lower:
            raise PlanError(f"{name} has no column “{label}”.", mend=f"Its columns are {some(header, 12)}.")
        return lower.index(label.casefold())
    for known in _LABELS[:3]:
        if known in lower:
            return lower.index(known)
    others = [i for i, column in enumerate(lower) if i != unit_at and not re.fullmatch(r"(f_)?lsoa\d\dnmw?", column)]
    likely = [i for i in others if lower[i] in _LABELS] or others
    if len(likely) != 1:
        columns = some([header[i] for i in likely], 12) or "there is one column only"
        raise PlanError(
            f"{name} does not say which column is the neighbourhood ({columns}).",
            mend="Name that column neighbourhood_code.",
        )
    return likely[0]


def _units_known(units: Sequence[str], name: str, area: Area | None) -> None:
    known = set(area.codes) if area else None
    strange = [u for u in units if (u not in known if known is not None else not _UNIT.fullmatch(u))]
    if strange:
        home = area.name if area else "any list of LSOAs"
        raise PlanError(
            f"{name} has {count(len(strange), 'code that is', 'codes that are')} not in {home}: {some(strange)}.",
            mend="Load the area that the lookup is for; LSOA 2011 codes must be converted first.",
        )


def _codes(labels: Sequence[str], area: Area | None, name: str) -> tuple[str, dict[str, str]]:
    """The prefix, and label -> code: labels that are codes stay, others get new codes in the order of the labels."""
    coded = [label for label in labels if is_code(label)]
    prefixes = sorted(label.rpartition("-")[0] for label in coded)
    prefix = max(prefixes, key=prefixes.count) if prefixes else default_prefix(area.name if area else Path(name).stem)
    rest = [label for label in labels if not is_code(label)]
    codes = dict(zip(rest, new_codes(prefix, len(rest), coded), strict=True))
    return prefix, {label: codes.get(label, label) for label in labels}

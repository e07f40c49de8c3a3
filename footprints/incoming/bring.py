"""`bring_in`: a file of any of these kinds as a plan, with a report of what was converted, left out, or not sure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from boundaries import sources
from boundaries.area import Area
from boundaries.errors import FootprintError
from boundaries.geography import read_lookups
from boundaries.ledger import Ledger
from boundaries.output_areas import output_areas
from footprints.errors import PlanError
from footprints.exchange.read import plan_from_csv, read_plan_report
from footprints.exchange.text import csv_bytes, parse_json
from footprints.incoming.place import Placed, one_label_each, place_groups, place_lsoas, place_oas
from footprints.incoming.polygons import place_polygons, read_polygons
from footprints.incoming.table import WORDS, read_lookup
from footprints.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

TEXT = (".csv", ".txt", ".tsv")
SHAPES = (".geojson", ".json", ".gpkg", ".shp", ".zip")
_CARRIED = ("neighbourhood_name", "place", "neighbourhood_note", "note", "locked")


@dataclass(frozen=True)
class Brought:
    """kind : "plan", "polygons", or the kind of area of a lookup. notes : the report, a sentence each."""

    plan: Plan
    kind: str
    notes: tuple[str, ...]


def bring_in(
    file: Path, area: Area, source: str | Path, *, areas: str = "", label: str = "", name: str = ""
) -> Brought:
    """The plan in a file made elsewhere. source : where the area was read from, for lookups of other areas and years.

    areas, label : the columns of area codes and of neighbourhoods, where the file does not say. name : of the plan.
    Raises PlanError where the meaning is not sure, saying what to answer.
    """
    if not file.exists():
        raise PlanError(f"There is no file {file}.", mend="Check the path.")
    if file.is_dir() or _ours(file):
        read = read_plan_report(file, area)
        lost = tuple(f"The file cannot carry {what}." for what in read.cannot_carry)
        return Brought(replace(read.plan, name=name) if name else read.plan, "plan", lost)
    ending = file.suffix.lower()
    title = name or file.stem
    if ending in TEXT:
        lookup = read_lookup(file.read_bytes(), file.name, areas=areas, label=label)
        said = one_label_each(lookup, file.name)
        if lookup.kind == "oa":
            placed = place_oas(said, area, output_areas(source, area.codes), file.name)
        elif lookup.kind == "lsoa":
            placed = place_lsoas(said, area, _pairs(source), file.name)
        else:
            placed = place_groups(said, area, lookup.kind, file.name)
        further = {code: cells for (code, _), cells in zip(lookup.rows, lookup.further, strict=True)}
        carried = [key for key in _CARRIED if lookup.kind == "lsoa" and any(key in cells for cells in further.values())]
        rows = [
            (unit, to, *(further.get(unit, {}).get(key, "") for key in carried)) for unit, to in placed.where.items()
        ]
        plan = plan_from_csv(csv_bytes(("LSOA21CD", "neighbourhood_code", *carried), rows), file.name, area)
        head = f"{file.name}: {len(said):,} {WORDS[lookup.kind]} codes in “{lookup.area_column}”, neighbourhoods in "
        notes = (f"{head}“{lookup.label_column}”.", *lookup.notes, *placed.notes)
        return Brought(replace(plan, name=title), lookup.kind, notes)
    if ending in SHAPES:
        placed = place_polygons(read_polygons(file, area, label), area, file.name)
        return Brought(replace(_plan(placed, area, file.name), name=title), "polygons", placed.notes)
    raise PlanError(
        f"{file.name} is not a kind of file that can be imported.",
        mend="Give a CSV, GeoJSON, GeoPackage or shapefile (save a workbook as “CSV UTF-8” first).",
    )


def _plan(placed: Placed, area: Area, name: str) -> Plan:
    return plan_from_csv(csv_bytes(("LSOA21CD", "neighbourhood_code"), list(placed.where.items())), name, area)


def _ours(file: Path) -> bool:
    """Whether a file holds a plan of ours, whatever else it holds."""
    ending = file.suffix.lower()
    if ending == ".gpkg":
        import pyogrio  # noqa: PLC0415

        return "plan" in {str(name) for name, _ in pyogrio.list_layers(file)}
    if ending in (".json", ".geojson"):
        whole = parse_json(file.read_bytes(), file.name)
        return "plan" in whole or "schema" in whole
    return False


def _pairs(source: str | Path) -> pd.DataFrame | None:
    """LSOA 2011 to 2021, from the source; None where it has no such lookup."""
    if str(source) == "demo":
        from boundaries.demo import demo_source  # noqa: PLC0415

        source = demo_source()
    try:
        return read_lookups(Ledger(sources.scan(Path(source)))).pairs
    except FootprintError:
        return None

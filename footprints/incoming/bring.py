"""`bring_in`: a file of any of these kinds as a plan, with a report of what was converted, left out, or not sure."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from boundaries import contents, layers, sources
from boundaries.area import Area
from boundaries.errors import FootprintError
from boundaries.geography import read_lookups
from boundaries.ledger import Ledger
from boundaries.output_areas import output_areas
from boundaries.zips import open_bytes, zip_members
from footprints.baselines import called_today
from footprints.errors import PlanError, some
from footprints.exchange.read import ReadPlan, csv_report, read_plan_report
from footprints.incoming.place import Placed, one_label_each, place_groups, place_lsoas, place_oas
from footprints.incoming.polygons import place_polygons, read_polygons
from footprints.incoming.table import WORDS, Lookup, read_lookup
from footprints.plan import Plan, codes_digest, on_evidence
from footprints.text import csv_bytes, parse_json

if TYPE_CHECKING:
    import pandas as pd

TEXT = (".csv", ".txt", ".tsv")
SHAPES = (".geojson", ".json", ".gpkg", ".shp", ".zip")
MOST = 500_000_000  # bytes of a file, and of what a zip unpacks to
OTHER_FILES = (
    "It was made on other files of the same LSOAs. Here it is on those that are loaded, so its people may differ; "
    "nothing else of it was changed. What was proven or agreed of it was about the other files."
)
_CARRIED = ("neighbourhood_name", "place", "neighbourhood_note", "note", "locked")


@dataclass(frozen=True)
class Brought:
    """A plan that was read. kind : "plan", "polygons", or the kind of area of a lookup.

    notes : the report, a sentence each. units : those that the file says something of; None for all. named :
    neighbourhoods that it has by name alone. divided : LSOAs whose people are under two labels.
    """

    plan: Plan
    kind: str
    notes: tuple[str, ...]
    units: tuple[str, ...] | None = None
    named: tuple[str, ...] = ()
    divided: tuple[str, ...] = ()


def bring_in(
    file: Path,
    area: Area,
    source: str | Path,
    *,
    areas: str = "",
    label: str = "",
    layer: str = "",
    zeros: str = "",
    leave: bool = False,
    name: str = "",
    today: bool = False,
) -> Brought:
    """The plan in a file made elsewhere. source : where the area was read from, for lookups of other areas and years.

    areas, label, layer : the columns of area codes and of neighbourhoods, and the layer, where the file does not say.
    zeros : whether labels such as 01 and 1 are the "same" or "apart". leave : LSOAs that are divided between labels are
    left unassigned, not put where most of them lies. name : of the plan. today : it is today's arrangement.

    Raises Question where the meaning is not sure, PlanError or DataError where there is nothing to be read.
    """
    if not file.exists():
        raise PlanError(f"There is no file {file}.", mend="Check the path.")
    if file.is_file() and file.stat().st_size > MOST:
        raise PlanError(f"{file.name} is larger than {MOST // 10**6} MB.", mend="Save a layer of this area alone.")
    try:
        found = _read(file, area, source, Asked(areas, label, layer, zeros, leave))
    except RecursionError:
        raise PlanError(f"{file.name} is nested too deeply to be read.", mend="Save it again.") from None
    title = name or (found.plan.name if found.kind == "plan" else file.stem)
    return replace(found, plan=replace(found.plan, name=called_today(title) if today else title))


@dataclass(frozen=True)
class Asked:
    """The answers, as in `bring_in`."""

    areas: str
    label: str
    layer: str
    zeros: str
    leave: bool


def _read(file: Path, area: Area, source: str | Path, asked: Asked) -> Brought:
    if file.is_dir() or _ours(file):
        read = read_plan_report(file, area)
        lost = tuple(f"The file cannot carry {what}." for what in read.cannot_carry)
        plan, here = read.plan, codes_digest(area.codes)
        if plan.area_digest not in ("", area.digest) and plan.area_codes_digest == here:
            lost = (*lost, OTHER_FILES)
            plan = on_evidence(plan, area)
        return Brought(plan, "plan", lost, read.units, read.named)
    ending = file.suffix.lower()
    if ending == ".zip" and (member := _plan_or_table(file)):
        return _out_of(file, member, area, source, asked)
    if ending in TEXT:
        return _lookup(file, area, source, asked)
    if ending in SHAPES:
        layer, notes = read_polygons(file, area, asked.label, asked.layer)
        placed = place_polygons(layer, area, file.name, leave=asked.leave)
        return _brought(placed, "polygons", (*notes, *placed.notes), area, file.name)
    raise PlanError(
        f"{file.name} is not a kind of file that can be imported.",
        mend="Give a CSV, GeoJSON, GeoPackage or shapefile (save a workbook as “CSV UTF-8” first).",
    )


def _lookup(file: Path, area: Area, source: str | Path, asked: Asked) -> Brought:
    lookup = read_lookup(file.read_bytes(), file.name, areas=asked.areas, label=asked.label, zeros=asked.zeros)
    said = one_label_each(lookup, file.name)
    if lookup.kind == "oa":
        placed = place_oas(said, area, output_areas(source, area.codes), file.name, leave=asked.leave)
    elif lookup.kind == "lsoa":
        placed = place_lsoas(said, area, None if set(said) <= set(area.codes) else _pairs(source), file.name)
    else:
        placed = place_groups(said, area, lookup.kind, file.name)
    head = f"{file.name}: {len(said):,} {WORDS[lookup.kind]} codes in “{lookup.area_column}”, neighbourhoods in "
    notes = (f"{head}“{lookup.label_column}”.", *lookup.notes, *placed.notes)
    return _brought(placed, lookup.kind, notes, area, file.name, lookup)


def _brought(
    placed: Placed, kind: str, notes: tuple[str, ...], area: Area, name: str, lookup: Lookup | None = None
) -> Brought:
    further: Mapping[str, Mapping[str, str]] = {}
    if lookup is not None and kind == "lsoa":
        further = {code: cells for (code, _), cells in zip(lookup.rows, lookup.further, strict=True)}
    carried = [key for key in _CARRIED if any(key in cells for cells in further.values())]
    rows = [(unit, to, *(further.get(unit, {}).get(key, "") for key in carried)) for unit, to in placed.where.items()]
    read: ReadPlan = csv_report(csv_bytes(("LSOA21CD", "neighbourhood_code", *carried), rows), name, area)
    return Brought(read.plan, kind, notes, read.units, read.named, placed.divided)


def _ours(file: Path) -> bool:
    """Whether a file holds a plan of ours, whatever else it holds."""
    ending = file.suffix.lower()
    head = contents.read_head(file, size=4096)
    if ending == ".gpkg" and contents.sniff(head) == "gpkg":
        return layers.has_table(file, "plan")
    if ending in (".json", ".geojson") and contents.sniff(head) in ("json", "geojson"):
        whole = parse_json(file.read_bytes(), file.name)
        return isinstance(whole.get("plan"), Mapping) or ("schema" in whole and "features" not in whole)
    return False


def _plan_or_table(file: Path) -> str:
    """The member of a zip that is a plan of ours, or its only table where it holds no shapes; "" for neither."""
    members = zip_members(file)
    size = sum(one.file_size for one in members)
    if size > MOST:
        raise PlanError(
            f"{file.name} would unpack to {size / 1e6:,.0f} MB; at most {MOST // 10**6} MB are read.",
            mend="Save a layer of this area alone.",
        )
    names = [one.filename for one in members if not one.filename.startswith("__MACOSX/")]
    plans = [one for one in names if PurePosixPath(one).name == "plan.json"]
    if len(plans) > 1:
        raise PlanError(f"{file.name} holds {len(plans)} plans: {some(plans)}.", mend="Unzip it and give one of them.")
    if plans:
        return plans[0]
    tables = [one for one in names if PurePosixPath(one).suffix.lower() in TEXT]
    shapes = [one for one in names if PurePosixPath(one).suffix.lower() in (*SHAPES, ".dbf")]
    return tables[0] if len(tables) == 1 and not shapes else ""


def _out_of(file: Path, member: str, area: Area, source: str | Path, asked: Asked) -> Brought:
    with tempfile.TemporaryDirectory(prefix="footprints-") as folder:
        plain = Path(folder) / (file.stem + PurePosixPath(member).suffix.lower())
        with open_bytes(file, member) as inside, plain.open("wb") as out:
            shutil.copyfileobj(inside, out)
        return _read(plain, area, source, asked)


def _pairs(source: str | Path) -> pd.DataFrame | None:
    """LSOA 2011 to 2021, from the source; None where it has no such lookup."""
    if str(source) == "demo":
        from boundaries.demo import demo_source  # noqa: PLC0415

        source = demo_source()
    try:
        return read_lookups(Ledger(sources.scan(Path(source)))).pairs
    except FootprintError:
        return None

"""Polygons of other programmes put on whole LSOAs; overlaps, gaps and LSOAs that are cut are said in people."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from boundaries import columns as col
from boundaries import layers, sources
from boundaries.area import Area
from boundaries.levels import place_points
from boundaries.readers.geometry import read_areas
from boundaries.source_file import SourceFile
from boundaries.zips import shape_parts
from footprints.errors import PlanError, some
from footprints.incoming.place import Placed
from footprints.incoming.question import Choice, Question, column_choice
from footprints.incoming.table import LABELS
from optimise.words import count

_CUT = 0.02  # of an LSOA's area: less is a line drawn from a coarser map
_SHAPES = (".shp", ".gpkg", ".geojson", ".json")
_NAMING = re.compile(r"(^|[ _])(name|label|title|nm)$|name$", re.IGNORECASE)
_NUMBERED = re.compile(r"(^|_)(fid|objectid|globalid|area|length|shape.*|perimeter|bng_[en]|long|lat)$", re.IGNORECASE)


def read_polygons(file: Path, area: Area, label: str = "", layer: str = "") -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Polygons near the area, EPSG:27700, index code, column name; and what was done to them, in words.

    label : the column that names them. layer : which of several. Raises Question where either is not sure, PlanError
    for a file without polygons here, DataError for what is damaged or lies outside Britain.
    """
    with tempfile.TemporaryDirectory(prefix="footprints-") as folder:
        if file.suffix.lower() == ".shp":
            for end, part, _ in shape_parts(file):
                shutil.copyfile(part, Path(folder) / f"{file.stem}{end}")
        else:
            shutil.copyfile(file, Path(folder) / file.name)
        chosen = _one_layer(sources.scan(Path(folder)), file.name, layer)
        column = _label_column(layers.describe(chosen.path, chosen.member, chosen.layer), file.name, label)
        west, south, east, north = (float(v) for v in area.units.total_bounds)
        read = read_areas(
            chosen, id_column=column or None, name_column=column or None, bounds=(west, south, east, north)
        )
    if not len(read.frame):
        raise PlanError(f"{file.name} has no polygon in {area.name}.", mend="Load the area that the file is for.")
    receipt = read.receipts[0]
    told = [words for words in receipt.notes if not (column and words.startswith("code from"))]
    notes = [f"{words[0].upper()}{words[1:]}." for words in told]
    notes += [f"The column “{column}” was taken for the neighbourhood."] if column else []
    notes += [
        f"{count(one.rows, 'polygon was', 'polygons were')} left out: {one.reason}."
        for one in receipt.dropped
        if one.rows
    ]
    return read.frame, tuple(notes)


def _one_layer(found: Sequence[SourceFile], name: str, layer: str) -> SourceFile:
    """The layer of shapes that is meant. Raises Question where there are several."""
    for source in found:
        if source.refused:
            source.raise_problem()
    shapes = [source for source in found if source.columns and _is_polygons(source)]
    if not shapes:
        said = next((source for source in found if source.problem), None)
        raise PlanError(
            f"{name} holds no layer of polygons{f': {said.problem}' if said else '.'}",
            mend=said.mend if said and said.mend else "Save the layer of neighbourhoods as GeoJSON or GeoPackage.",
        )
    named = {_called(source, name): source for source in shapes}
    if layer and layer not in named:
        raise PlanError(f"{name} has no layer “{layer}”.", mend=f"It has {some(named, 12)}.")
    if not layer and len(named) > 1:
        raise Question(
            "layer",
            f"{name} holds {count(len(named), 'layer')} that could be meant: {some(named, 12)}.",
            [Choice(own, f"with the columns {some(source.columns, 6)}") for own, source in named.items()],
        )
    return named[layer] if layer else shapes[0]


def _called(source: SourceFile, name: str) -> str:
    """A layer without the name of the file that it is in."""
    return source.relative.removeprefix(name).strip("/") or name


def _is_polygons(source: SourceFile) -> bool:
    if Path(source.member or source.path.name).suffix.lower() not in _SHAPES:
        return False
    return "Polygon" in (layers.describe(source.path, source.member, source.layer).geometry or "Polygon")


def _label_column(head: layers.LayerHead, name: str, label: str) -> str:
    """The column that names the polygons; "" where official codes and names are all that could. Raises Question."""
    columns = list(head.columns)
    if label:
        meant = [column for column in columns if column.casefold() == label.casefold()]
        if not meant:
            raise PlanError(f"{name} has no column “{label}”.", mend=f"Its columns are {some(columns, 12)}.")
        return meant[0]
    known = [column for column in columns if column.casefold() in LABELS]
    if known:
        return known[0]
    official = [own.column for own in col.stamped(columns)]
    cells = {c: [value.strip() for value in head.sample.get(c, ())] for c in columns}
    speaking = [c for c in columns if any(cells[c]) and not _NUMBERED.search(c) and not _are_measures(cells[c])]
    own = [c for c in speaking if c not in official]
    if official and not own:
        return ""
    likely = [*([c for c in own if _NAMING.search(c)] or own), *(c for c in speaking if c in official)]
    if not likely:
        raise PlanError(
            f"{name} has no column that could name its polygons (its columns: {some(columns, 12) or 'none'}).",
            mend="Add a column “name” to the layer.",
        )
    if len(likely) > 1:
        raise Question(
            "label",
            f"{name} does not say which column names its polygons ({some([f'“{c}”' for c in likely], 12)}).",
            [column_choice(c, cells[c]) for c in likely],
        )
    return likely[0]


def _are_measures(cells: Sequence[str]) -> bool:
    """Whether all are decimals, and not whole numbers that an empty cell among them turned into such."""
    decimals = [re.fullmatch(r"-?\d+\.(\d+)", cell) for cell in cells if cell]
    return all(decimals) and any(one[1].strip("0") for one in decimals if one)


def place_polygons(layer: gpd.GeoDataFrame, area: Area, name: str, *, leave: bool = False) -> Placed:
    """Each LSOA to the polygon that holds its point (where its people are). People of parts go by share of area.

    leave : LSOAs that lines cut are left unassigned instead.
    """
    shapes, units = np.asarray(layer.geometry.array), np.asarray(area.units.geometry.array)
    xy = area.units[["x", "y"]].to_numpy(dtype=np.float64)
    group = place_points(xy, shapes, units).group
    labels = layer["name"].astype("str").tolist()
    residents = area.units["residents"].to_numpy(dtype=np.float64)
    where = {unit: labels[g] if g >= 0 else "" for unit, g in zip(area.codes, group.tolist(), strict=True)}
    share = _shares(units, shapes)
    total = np.asarray(share.sum(axis=1))
    notes = [f"LSOAs went to the polygon that holds their point; {count(len(layer), 'polygon')} were read."]
    rows = np.arange(len(units))
    own = np.where(group >= 0, share[rows, np.maximum(group, 0)], 0.0)
    cut = np.flatnonzero((group >= 0) & (own < 1 - _CUT) & (total - own > _CUT))
    if len(cut):
        away = float((residents[cut] * np.minimum(1.0, total[cut] - own[cut])).sum())
        left = "; these LSOAs are left unassigned, for you to place" if leave else ""
        notes.append(
            f"{count(len(cut), 'LSOA is', 'LSOAs are')} cut by lines of {name}: about {away:,.0f} residents (by share "
            f"of area) live on the other side: {some([area.codes[i] for i in cut.tolist()])}{left}."
        )
    covered = _covered(units, shapes)
    double = total - covered
    over = np.flatnonzero(double > _CUT)
    if len(over):
        people = float((residents[over] * double[over]).sum())
        pairs = _overlapping(shapes, labels)
        notes.append(
            f"Polygons overlap: about {people:,.0f} residents in {count(len(over), 'LSOA')} live in two of them "
            f"({some(pairs, 4)})."
        )
    bare = np.flatnonzero(1 - covered > _CUT)
    if len(bare):
        people = float((residents[bare] * (1 - covered[bare])).sum())
        notes.append(
            f"Polygons leave gaps: about {people:,.0f} residents in {count(len(bare), 'LSOA')} live in none of them."
        )
    none = [area.codes[i] for i in np.flatnonzero(group < 0).tolist()]
    if none:
        notes.append(
            f"{count(len(none), 'LSOA')} with {residents[group < 0].sum():,.0f} residents "
            f"{'has' if len(none) == 1 else 'have'} no polygon at their point and are unassigned: {some(none)}."
        )
    if not any(where.values()):
        raise PlanError(f"No point of an LSOA lies in a polygon of {name}.", mend="Check its coordinates.")
    divided = tuple(area.codes[i] for i in cut.tolist())
    if leave:
        where |= dict.fromkeys(divided, "")
    return Placed(where, tuple(notes), divided)


def _shares(units: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """(n, m) share of the area of each unit in each polygon."""
    found = np.zeros((len(units), len(shapes)))
    polygon, unit = shapely.STRtree(units).query(shapes, predicate="intersects")
    found[unit, polygon] = shapely.area(shapely.intersection(units[unit], shapes[polygon]))
    return np.asarray(found / np.maximum(shapely.area(units), 1e-9)[:, None])


def _covered(units: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """(n,) share of the area of each unit in any polygon."""
    whole = shapely.union_all(shapes)
    shapely.prepare(whole)
    return np.asarray(shapely.area(shapely.intersection(units, whole)) / np.maximum(shapely.area(units), 1e-9))


def _overlapping(shapes: np.ndarray, labels: list[str]) -> list[str]:
    """Pairs of polygons that share ground, most of it first."""
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = a < b
    shared = shapely.area(shapely.intersection(shapes[a[once]], shapes[b[once]]))
    order = [i for i in np.argsort(-shared).tolist() if shared[i] > 1.0]
    return [f"{labels[a[once][i]]} and {labels[b[once][i]]}" for i in order]

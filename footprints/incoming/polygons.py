"""Polygons of other programmes put on whole LSOAs; overlaps, gaps and LSOAs that are cut are said in people."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from boundaries import sources
from boundaries.area import Area
from boundaries.levels import place_points
from boundaries.readers.geometry import read_areas
from footprints.errors import PlanError, some
from footprints.incoming.place import Placed
from optimise.words import count

_CUT = 0.02  # of an LSOA's area: less is a line drawn from a coarser map
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def read_polygons(file: Path, area: Area, label: str = "") -> gpd.GeoDataFrame:
    """Polygons near the area, EPSG:27700, index code, column name. label : the column that names them.

    Raises PlanError for a file without polygons here, or with several layers.
    """
    with tempfile.TemporaryDirectory(prefix="footprints-") as folder:
        parts = (
            [file.with_suffix(p) for p in _PARTS if file.with_suffix(p).is_file()] if file.suffix == ".shp" else [file]
        )
        for part in parts:
            shutil.copyfile(part, Path(folder) / part.name)
        found = [source for source in sources.scan(Path(folder)) if source.columns]
        if len(found) != 1:
            raise PlanError(
                f"{file.name} holds {count(len(found), 'layer')} that could be meant"
                f"{f': {some([source.relative for source in found])}' if found else ''}.",
                mend="Save the layer of neighbourhoods as a file of its own.",
            )
        west, south, east, north = (float(v) for v in area.units.total_bounds)
        layer = read_areas(
            found[0], id_column=label or None, name_column=label or None, bounds=(west, south, east, north)
        )
    if not len(layer.frame):
        raise PlanError(f"{file.name} has no polygon in {area.name}.", mend="Load the area that the file is for.")
    return layer.frame


def place_polygons(layer: gpd.GeoDataFrame, area: Area, name: str) -> Placed:
    """Each LSOA to the polygon that holds its point (where its people are). People of parts go by share of area."""
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
        notes.append(
            f"{count(len(cut), 'LSOA is', 'LSOAs are')} cut by lines of {name}: about {away:,.0f} residents (by share "
            f"of area) live on the other side: {some([area.codes[i] for i in cut.tolist()])}."
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
    return Placed(where, tuple(notes))


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

"""Levels of an area: from lookups where a code table decides, else by name or point in polygon, said in the basis."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries.area import Level
from boundaries.readers.lookups import msoa_from_name
from boundaries.words import count

# Upper-tier counties of England as coded by ONS, for sources that give a county by code only.
COUNTIES = {
    "E10000002": "Buckinghamshire",
    "E10000003": "Cambridgeshire",
    "E10000006": "Cumbria",
    "E10000007": "Derbyshire",
    "E10000008": "Devon",
    "E10000009": "Dorset",
    "E10000011": "East Sussex",
    "E10000012": "Essex",
    "E10000013": "Gloucestershire",
    "E10000014": "Hampshire",
    "E10000015": "Hertfordshire",
    "E10000016": "Kent",
    "E10000017": "Lancashire",
    "E10000018": "Leicestershire",
    "E10000019": "Lincolnshire",
    "E10000020": "Norfolk",
    "E10000021": "Northamptonshire",
    "E10000023": "North Yorkshire",
    "E10000024": "Nottinghamshire",
    "E10000025": "Oxfordshire",
    "E10000027": "Somerset",
    "E10000028": "Staffordshire",
    "E10000029": "Suffolk",
    "E10000030": "Surrey",
    "E10000031": "Warwickshire",
    "E10000032": "West Sussex",
    "E10000034": "Worcestershire",
}


@dataclass(frozen=True, eq=False)
class Placed:
    """Points put in polygons. group : polygon index per point, -1 for none. share : of the unit's area in it (NaN)."""

    group: np.ndarray
    share: np.ndarray


def from_table(
    key: str,
    label: str,
    codes: Sequence[str],
    assigned: pd.Series[str],
    names: Mapping[str, str],
    basis: str,
    source: str,
    column: str = "",
) -> Level:
    """A level from a group code per LSOA; units without a row get ""."""
    got = assigned.reindex(list(codes)).fillna("").astype("str")
    present = sorted(set(got) - {""})
    return Level(key, label, tuple(got), {c: names.get(c) or c for c in present}, basis, source, column)


def names_of(codes: pd.Series[str], names: pd.Series[str]) -> dict[str, str]:
    """Code -> first non-blank name, in code order."""
    pairs = pd.DataFrame({"c": codes.to_numpy(), "n": names.to_numpy()})
    pairs = pairs[(pairs["c"] != "") & (pairs["n"] != "")].drop_duplicates("c").sort_values("c")
    return dict(zip(pairs["c"], pairs["n"], strict=True))


def upper_tier_of(
    districts: Mapping[str, str], table: pd.DataFrame | None, county_of: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str], tuple[str, ...], str]:
    """The upper tier of each district: (district -> code, code -> name, districts without one, basis).

    districts : code -> name. table : 2.5 indexed by district (code, name) or None. county_of : district -> E10 code by
    most of its postcodes. Unitaries, metropolitan districts and London boroughs stand for themselves.
    """
    found: dict[str, str] = {}
    names: dict[str, str] = {}
    basis: list[str] = []
    for code in sorted(districts):
        if table is not None and code in table.index:
            found[code] = str(table.at[code, "code"])
            names[found[code]] = str(table.at[code, "name"]) or found[code]
            basis.append("from the district to upper tier lookup")
        elif code[:3] in ("E06", "E08", "E09"):
            found[code], names[code] = code, districts[code]
            basis.append("unitary, metropolitan and London districts stand for themselves")
        elif code in county_of:
            found[code] = county_of[code]
            names[found[code]] = COUNTIES.get(found[code], found[code])
            basis.append("a district takes the county of most of its postcodes")
    lacking = tuple(c for c in sorted(districts) if c not in found)
    return found, names, lacking, "; ".join(dict.fromkeys(basis))


def place_points(xy: np.ndarray, polygons: np.ndarray, shapes: np.ndarray | None = None) -> Placed:
    """The polygon that covers each point (the first, should two), and the share of each unit's own area in it.

    xy : (n, 2) metres. polygons : geometries in the same CRS. shapes : (n,) unit polygons, or None for no shares.
    """
    group = np.full(len(xy), -1, dtype=np.int64)
    share = np.full(len(xy), np.nan)
    if not len(polygons) or not len(xy):
        return Placed(group, share)
    points = shapely.points(xy)
    which, point = shapely.STRtree(points).query(polygons, predicate="covers")
    order = np.lexsort((which, point))
    first = np.unique(point[order], return_index=True)
    group[first[0]] = which[order][first[1]]
    if shapes is not None:
        has = group >= 0
        common = shapely.area(shapely.intersection(shapes[has], polygons[group[has]]))
        share[has] = common / np.maximum(shapely.area(shapes[has]), 1.0)
    return Placed(group, share)


def units_of_points(xy: np.ndarray, units: gpd.GeoDataFrame) -> list[str]:
    """The unit that covers each point, on a line the first; "" outside of all, and where a point is NaN.

    xy : (p, 2) metres. units : polygons by code, EPSG:27700.
    """
    known = np.flatnonzero(~np.isnan(xy).any(axis=1))
    codes, found = [*map(str, units.index), ""], [""] * len(xy)
    for p, group in zip(known.tolist(), place_points(xy[known], np.asarray(units.geometry.array)).group, strict=True):
        found[p] = codes[group]
    return found


def from_polygons(
    key: str, label: str, units: gpd.GeoDataFrame, layer: gpd.GeoDataFrame, code: str, name: str, source: str
) -> tuple[Level, tuple[str, ...]]:
    """A level by point in polygon from a layer in EPSG:27700, with notes on units placed poorly.

    units : x, y, geometry, residents. code, name : columns of the layer. A unit whose point is in no polygon has "".
    """
    codes = layer[code].fillna("").astype("str").str.strip().to_numpy()
    labels = layer[name].fillna("").astype("str").str.strip().to_numpy()
    shapes = np.asarray(units.geometry.array)
    placed = place_points(units[["x", "y"]].to_numpy(), np.asarray(layer.geometry.array), shapes)
    got = pd.Series(np.where(placed.group >= 0, codes[placed.group], ""), index=units.index, dtype="str")
    level = from_table(
        key, label, list(units.index), got, dict(zip(codes, labels, strict=True)), "by point in polygon", source
    )
    people = units["residents"].to_numpy(dtype=np.float64)
    notes = []
    nowhere = placed.group < 0
    if nowhere.any():
        notes.append(
            f"{count(int(nowhere.sum()), 'unit')} ({people[nowhere].sum():,.0f} people) in no polygon of this layer"
        )
    poor = (placed.share < 0.5) & ~nowhere
    if poor.any():
        shown = ", ".join(map(str, units.index[poor][:5]))
        notes.append(
            f"{count(int(poor.sum()), 'unit')} ({people[poor].sum():,.0f} people) with less than half of their area in "
            f"the polygon that holds their point: {shown}"
        )
    return level, tuple(notes)


def msoa_by_name(lsoa_names: pd.Series[str], official: Mapping[str, str]) -> tuple[pd.Series[str], int]:
    """The MSOA code of each LSOA by its name ("Peterborough 004A" is in "Peterborough 004"), and how many were found.

    official : MSOA name -> code; names that stand twice must have been left out.
    """
    got = lsoa_names.map(lambda n: official.get(msoa_from_name(str(n)), "")).astype("str")
    return got, int((got != "").sum())


def unique_names(codes: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Name -> code, without names that two codes share."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for code, name in zip(codes, names, strict=True):
        if name in found and found[name] != code:
            twice.add(name)
        found[name] = code
    return {n: c for n, c in found.items() if n and n not in twice}


def slug(text: str) -> str:
    """A key for a level from a label: "Candidate councils 2028" is "candidate_councils_2028"."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "layer"

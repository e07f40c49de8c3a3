"""The study area: which LSOAs are meant, their shapes and points, before any other table is read."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence

from boundaries import (
    checks,
    geography,
    people,
    postal,
    safe_open,  # noqa: F401  first: it limits GDAL's drivers
)
from boundaries.errors import DataError, FootprintError
from boundaries.ledger import Ledger, newest
from boundaries.places import Choice, choose
from boundaries.readers import geometry
from boundaries.words import count

import geopandas as gpd  # isort: skip
import numpy as np  # isort: skip
import pandas as pd  # isort: skip
import shapely  # isort: skip

_SMALL = 24 * 1024**2


def quick_residents(ledger: Ledger, codes: Collection[str]) -> pd.Series[float] | None:
    """Residents of every LSOA when a table of the source gives them without a workbook being streamed; else None."""
    if any(s.sheets for s in ledger.of(*people.MID_YEAR)):
        return None
    try:
        return people.residents_of(Ledger(ledger.sources), codes, (), pairs=None, boundary=codes).values
    except FootprintError:
        return None


def quick_counties(ledger: Ledger, found: geography.Lookups) -> dict[str, str]:
    """District -> county by its postcodes, when no lookup 2.5 is loaded and the postcodes are quickly read; else {}."""
    small = sum(s.size for s in ledger.of("codepoint")) < _SMALL
    return postal.counties_of_source(ledger) if found.upper is None and small else {}


def choose_area(ledger: Ledger, found: geography.Lookups, wanted: Sequence[str]) -> Choice:
    """The study area by name or, when none is named, all of the source if that is one ICB (`places.choose`)."""
    if wanted:
        try:
            return choose(geography.members_of(found), wanted)
        except DataError:
            counties = postal.counties_of_source(ledger) if found.upper is None else {}
            if not counties:
                raise
            return choose(geography.members_of(found, county_of=counties), wanted)
    members = geography.members_of(found)
    if len(set(members.frame["icb"]) - {""}) > 1 or len(members.frame) > 5_000:
        have = geography.boundary_codes(ledger) & set(members.frame.index)
        members = geography.members_of(found, have or None)
    if len(set(members.frame["icb"]) - {""}) > 1:
        have = set(members.frame.index)
        members = geography.members_of(found, have, quick_counties(ledger, found))
        return choose(members, (), quick_residents(ledger, set(members.frame.index)))
    return choose(members, ())


@dataclasses.dataclass(frozen=True)
class Mismatch:
    """LSOAs that only the boundaries, or only the lookup, hold; `notes` say so in the lookup's receipt."""

    without_lookup: tuple[str, ...]
    without_shape: tuple[str, ...]
    notes: tuple[str, ...]


def boundaries_of(
    ledger: Ledger, found: geography.Lookups, choice: Choice, named: bool
) -> tuple[gpd.GeoDataFrame, Choice, Mismatch]:
    """The shapes of the study area; what only one of boundaries and lookup holds is an error (area named) or listed."""
    read = geometry.read_boundaries(ledger.of("lsoa_boundaries"), entity="lsoa", codes=choice.codes if named else None)
    ledger.add(read.receipts)
    frame = read.frame
    shaped = set(frame.index)
    without_shape = tuple(c for c in choice.codes if c not in shaped)
    if named and without_shape:
        raise DataError(
            f"{len(without_shape):,} of the {count(len(choice.codes), 'LSOA')} of {choice.name} without a boundary "
            f"in the source: {checks.listed(without_shape)}.",
            mend="Add the LSOA 2021 boundaries that hold them.",
        )
    inside = tuple(c for c in choice.codes if c in shaped)
    if not inside:
        raise DataError(
            f"None of the LSOAs of {found.main_source.relative} has a boundary in the source.",
            mend="Load boundaries and lookups of the same place.",
        )
    lookup = set(found.main.index)
    without_lookup = tuple(sorted(c for c in shaped if c not in lookup))
    notes = []
    if without_lookup:
        notes.append(
            f"{count(len(without_lookup), 'LSOA of the boundary file is', 'LSOAs of the boundary file are')} not in "
            f"this lookup: {checks.listed(without_lookup)}"
        )
    if without_shape:
        have = count(len(without_shape), "LSOA of this lookup has", "LSOAs of this lookup have")
        notes.append(f"{have} no boundary: {checks.listed(without_shape)}")
    kept = frame.loc[list(inside)]
    return kept, dataclasses.replace(choice, codes=inside), Mismatch(without_lookup, without_shape, tuple(notes))


def units_of(
    ledger: Ledger, layer: gpd.GeoDataFrame, codes: Sequence[str], found: geography.Lookups, residents: pd.Series[float]
) -> gpd.GeoDataFrame:
    """`Area.units` but for registrations, deprivation and class.

    The point is the weighted centroid, else the label point when inside, else a representative point.
    """
    shapes = layer.geometry.loc[list(codes)]
    given = shapely.point_on_surface(shapes.to_numpy())
    x, y = shapely.get_x(given), shapely.get_y(given)
    label = layer.loc[list(codes), ["label_x", "label_y"]].to_numpy(dtype=np.float64)
    has = np.isfinite(label).all(axis=1)
    if has.any():
        good = np.zeros(len(codes), dtype=bool)
        good[has] = shapely.covers(shapes.to_numpy()[has], shapely.points(label[has]))
        x, y = np.where(good, label[:, 0], x), np.where(good, label[:, 1], y)
    file = newest(ledger, ledger.of("lsoa_centroids"), lambda s: (s.relative,), "population-weighted centroids")
    if file is not None:
        points, receipt = geometry.read_centroids(file, codes=codes)
        ledger.add([receipt])
        got = points.reindex(list(codes))
        x = np.where(got["x"].notna(), got["x"], x)
        y = np.where(got["y"].notna(), got["y"], y)
    names = layer.loc[list(codes), "name"].astype("str")
    if "name" in found.main:
        listed = found.main["name"].reindex(list(codes)).fillna("")
        names = names.where((names != "") & (names != names.index), listed.where(listed != "", names))
    return gpd.GeoDataFrame(
        {
            "name": names.to_numpy(),
            "residents": residents.reindex(list(codes)).round().astype("int64").to_numpy(),
            "registered": np.nan,
            "x": x,
            "y": y,
            "area_m2": shapes.area.to_numpy(),
            "imd_score": np.nan,
            "imd_rank": np.nan,
            "imd_decile": np.nan,
            "rural_urban": "",
        },
        geometry=shapes.to_numpy(),
        index=pd.Index(list(codes), dtype="str", name="code"),
        crs=layer.crs,
    )


def icb_of_unit(found: geography.Lookups, codes: Sequence[str]) -> dict[str, str]:
    """The ICB of each LSOA by its ODS code where the lookup has it, else by its GSS code."""
    column = next((c for c in ("icb_cdh", "icb_cd") if c in found.main), "")
    if not column:
        return {}
    return {str(c): str(v) for c, v in found.main[column].reindex(list(codes)).fillna("").items()}

"""Lists of places as a table (formats.md 8.6): a name, perhaps a category, and coordinates or a postcode."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from boundaries import columns as col
from boundaries import crs
from boundaries.errors import DataError
from boundaries.receipts import Dropped

Floats = npt.NDArray[np.float64]

NAMES = ("name", "site name", "site_name", "asset", "asset name", "establishmentname", "title", "label")
CATEGORIES = ("category", "type", "kind", "typeofestablishment (name)", "phaseofeducation (name)", "group")
_LAT, _LON = ("latitude", "lat"), ("longitude", "long", "lon", "lng")
_EAST, _NORTH = ("easting", "eastings"), ("northing", "northings")
UNKNOWN_POSTCODE = "postcode not among those of this place"
NO_POSTCODES = "postcode alone, and neither Code-Point Open nor the ONS Postcode Directory is loaded"
_MOST_NAMED = 5
_NO_SIGNS = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_POSTCODE = ("postcode", "post code", "post_code", "pcds", "pcd")


def placed(
    table: pd.DataFrame, label: str, postcodes: pd.DataFrame
) -> tuple[gpd.GeoDataFrame, list[Dropped], list[str]]:
    """The rows of a list that have a position: GeoDataFrame in EPSG:27700 with the list's own columns.

    table : all text, "" where blank. postcodes : `Area.postcodes`, for rows without coordinates. Also gives what was
    left out and why, and notes for the receipt.
    Raises DataError where no column gives a position, and where latitude and longitude have changed places.
    """
    names = list(map(str, table.columns))
    lat, lon = col.find(names, *_LAT), col.find(names, *_LON)
    east, north = col.find(names, *_EAST), col.find(names, *_NORTH)
    x, y = col.find(names, "x"), col.find(names, "y")
    postcode = col.find(names, *_POSTCODE)
    if not ((lat and lon) or (east and north) or (x and y) or postcode):
        raise DataError(
            f"{label} does not say where its rows are; its columns are: {', '.join(names[:10])}"
            f"{' …' if len(names) > 10 else ''}.",
            mend="Add columns “latitude” and “longitude”, or “easting” and “northing”, or “postcode”.",
        )
    at = np.full((len(table), 2), np.nan)
    notes: list[str] = []
    by: list[str] = []
    strange = np.zeros(len(table), dtype=bool)
    for one, other, degrees in ((lon, lat, True), (east, north, False), (x, y, None)):
        if one and other and np.isnan(at).any():
            found, bad = _positions(table, one, other, degrees, label)
            if (np.isnan(at) & ~np.isnan(found)).any():
                by.append(f"“{one}” and “{other}”")
            at, strange = np.where(np.isnan(at), found, at), strange | bad
    strange &= np.isnan(at[:, 0])
    unknown = np.zeros(len(table), dtype=bool)
    if postcode:
        keys = table[postcode].str.upper().str.replace(r"\s+", "", regex=True)
        lacking = np.isnan(at[:, 0]) & (keys != "").to_numpy()
        got = postcodes[["x", "y"]].reindex(keys).to_numpy(dtype=np.float64)
        at = np.where(lacking[:, None], got, at)
        by_postcode = lacking & ~np.isnan(at[:, 0])
        unknown = lacking & ~by_postcode
        strange &= ~lacking
        if by_postcode.any():
            by.append(f"“{postcode}” ({int(by_postcode.sum()):,})")
    nowhere = np.isnan(at[:, 0]) & ~unknown & ~strange
    out = [
        (reason, rows)
        for reason, rows in (
            ("position outside Britain", strange),
            (UNKNOWN_POSTCODE if len(postcodes) else NO_POSTCODES, unknown),
            ("neither coordinates nor a postcode", nowhere),
        )
        if rows.any()
    ]
    dropped = [Dropped(reason, int(rows.sum())) for reason, rows in out]
    if by:
        notes.append(f"placed by {', '.join(by)}")
    notes += [f"{reason}: {_first(table[rows], names, postcode)}" for reason, rows in out]
    kept = ~np.isnan(at[:, 0])
    frame = gpd.GeoDataFrame(
        table[kept].reset_index(drop=True), geometry=gpd.points_from_xy(*at[kept].T), crs=crs.BRITISH_GRID
    )
    return frame, dropped, notes


def _first(rows: pd.DataFrame, names: list[str], postcode: str | None) -> str:
    """The first rows of a table as people find them: line of the file, name, postcode."""
    name = col.find(names, *NAMES)
    told = []
    for n in rows.index[:_MOST_NAMED]:
        known = [_NO_SIGNS.sub(" ", str(rows.at[n, c])).strip()[:60] for c in (name, postcode) if c]
        said = ", ".join(filter(None, known))
        told.append(f"line {int(n) + 2}{f' ({said})' if said else ''}")
    return f"{'; '.join(told)}{'; …' if len(rows) > _MOST_NAMED else ''}"


def _positions(
    table: pd.DataFrame, one: str, other: str, degrees: bool | None, label: str
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Metres from two columns (longitude and latitude, easting and northing, or x and y of either), and which rows
    hold numbers that are nowhere in Britain. No position, 0 and 99.999999 (postcodes without one) are NaN."""
    pair = np.column_stack([col.numbers(table[c], file=label, column=c).to_numpy(np.float64) for c in (one, other)])
    pair[(pair == 0).all(axis=1) | (pair[:, 1] > 99.99) & (pair[:, 1] < 100) | np.isnan(pair).any(axis=1)] = np.nan
    has = ~np.isnan(pair[:, 0])
    inside = crs.in_degrees(pair)
    if degrees is None:
        degrees = bool((inside | ~has).all())
    if degrees:
        swapped = crs.in_degrees(pair[:, ::-1])
        if has.any() and swapped[has].all():
            raise DataError(
                f"{label}: latitude stands where longitude should be in every row.",
                mend=f"Change the headers “{one}” and “{other}” about.",
            )
        return crs.metres_of(np.where(inside[:, None], pair, np.nan)), has & ~inside
    inside = crs.in_metres(pair)
    return np.where(inside[:, None], pair, np.nan), has & ~inside

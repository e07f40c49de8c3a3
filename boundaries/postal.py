"""Postcodes of the study area, placed in its units, and the county of each district by its postcodes."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries import columns as col
from boundaries.ledger import Ledger, cut, newest
from boundaries.levels import place_points
from boundaries.readers import postcodes
from boundaries.source_file import SourceFile
from boundaries.words import count


def postcodes_of(ledger: Ledger, units: gpd.GeoDataFrame, practice_keys: Collection[str]) -> pd.DataFrame:
    """Postcodes of the area and of its practices: index canonical postcode; x, y, unit, district, county, source, lsoa,
    ended, basis ("onspd" or "code-point point in polygon").

    From a postcode directory (ONSPD, NSPL) where there is one, filled up from Code-Point Open.
    """
    box = tuple(float(v) for v in units.total_bounds)
    frames: list[pd.DataFrame] = []
    directory = newest(ledger, ledger.of("onspd"), _directory_age, "postcodes")
    if directory is not None:
        picked = postcodes.directory_columns(list(directory.columns), directory.relative)
        raw = ledger.read(
            directory, list(picked.values()), postcodes.keep_directory(picked, units.index, practice_keys)
        )
        table = postcodes.directory(raw, picked)
        frames.append(table.assign(source=f"the postcode directory ({directory.relative})", basis="onspd"))
        ledger.used(
            directory,
            rows_read=int(raw.attrs["rows_read"]),
            rows_kept=len(table),
            notes=[f"{count(int(table['x'].isna().sum()), 'postcode')} without a position"],
        )
    pages: list[pd.DataFrame] = []
    for source in ledger.of("codepoint"):
        raw = ledger.read(
            source, list(postcodes.CODEPOINT), postcodes.keep_codepoint((box[0], box[1], box[2], box[3]), practice_keys)
        )
        read, kept = int(raw.attrs["rows_read"]), len(raw)
        if kept:
            pages.append(raw)
        dropped = cut(read, kept, "far from the study area")
        ledger.used(source, rows_read=read, rows_kept=kept, dropped=dropped)
    if pages:
        joined_pages = pd.concat(pages, ignore_index=True)
        frames.append(
            postcodes.codepoint(joined_pages, "Code-Point Open").assign(source="Code-Point Open", basis=CODEPOINT_BASIS)
        )
    if not frames:
        return pd.DataFrame({c: pd.Series(dtype=t) for c, t in _POSTCODE_TYPES.items()}).rename_axis("postcode")
    joined = pd.concat(frames)
    joined = joined[~joined.index.duplicated()].sort_index()
    xy = joined[["x", "y"]].to_numpy(dtype=np.float64)
    has = np.isfinite(xy).all(axis=1)
    found = np.full(len(joined), -1, dtype=np.int64)
    found[has] = place_points(xy[has], np.asarray(units.geometry.array)).group
    joined["unit"] = pd.Series(
        np.where(found >= 0, np.asarray(units.index, dtype=object)[found], ""), index=joined.index, dtype="str"
    )
    return joined[list(_POSTCODE_TYPES)].astype(_POSTCODE_TYPES)


CODEPOINT_BASIS = "code-point point in polygon"
_POSTCODE_TYPES = {
    "x": "float64", "y": "float64", "unit": "str", "district": "str", "county": "str", "source": "str", "lsoa": "str",
    "ended": "str", "basis": "str",
}  # fmt: skip


def _directory_age(source: SourceFile) -> tuple[object, ...]:
    stamps = [int(str(c)[-4:-2]) for c in source.columns if col.key(c)[-4:-2].isdigit() and col.key(c).endswith("cd")]
    return (max(stamps, default=0), source.member or source.path.name)


def counties(points: pd.DataFrame) -> dict[str, str]:
    """District (E07) -> county (E10) of most of its postcodes, from `postcodes_of`."""
    if not len(points):
        return {}
    return {str(d): str(c) for d, c in postcodes.county_of_district(points).items()}


def counties_of_source(ledger: Ledger) -> dict[str, str]:
    """`counties` over the whole source, for an upper tier asked for by name when no lookup 2.5 is loaded."""
    parts: list[pd.DataFrame] = []
    for source in ledger.of("codepoint"):
        raw = ledger.read(source, ["0", "7", "8"], lambda block: block["7"].str.startswith("E10"))
        if len(raw):
            parts.append(raw.rename(columns={"7": "county", "8": "district"}))
    return counties(pd.concat(parts)) if parts else {}

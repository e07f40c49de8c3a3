"""Homes and people to come, placed in the LSOAs of the study area; what is not placed stands in the receipt."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries import assets
from boundaries import columns as col
from boundaries.area import keep_years, no_growth
from boundaries.errors import DataError
from boundaries.ledger import Ledger
from boundaries.levels import place_points
from boundaries.readers.growth import growth_rows
from boundaries.receipts import Dropped
from boundaries.source_file import SourceFile
from boundaries.vintages import decide_vintage, shares
from boundaries.words import count

_COLUMNS = ["unit", "year", "homes", "people", "site", "source", "basis", "row"]
_POINT = ("latitude", "lat", "easting", "eastings", "x", "postcode", "post code", "post_code", "pcds", "pcd")


def growth_of(
    ledger: Ledger,
    units: gpd.GeoDataFrame,
    postcodes: pd.DataFrame,
    *,
    year: int,
    pairs: pd.DataFrame | None,
    boundary: Collection[str],
    residents: pd.Series[float],
) -> pd.DataFrame:
    """`Area.growth`, from every file of growth of the source.

    year : that of the residents; rows of that year or before are counted in them already and are left out.
    A row is placed by its LSOA, else by its coordinates, else by its postcode. Rows of an LSOA 2011 are shared out by
    the official lookup (split areas by residents). Years of which no row lies here are kept (`keep_years`).
    Raises DataError for rows that cannot be read, LSOA 2011 without the lookup, and where more people would leave an
    LSOA than live in it.
    """
    made, years = list[pd.DataFrame](), set[int]()
    for source in ledger.of("growth"):
        table, told = _one(ledger, source, units, postcodes, year, pairs, boundary, residents)
        made.append(table)
        years |= told
    if not made:
        return no_growth()
    table = pd.concat(made, ignore_index=True)
    _none_below_nought(table, units)
    return keep_years(table[list(no_growth().columns)], years, str(units.index[0]))


def _one(
    ledger: Ledger,
    source: SourceFile,
    units: gpd.GeoDataFrame,
    postcodes: pd.DataFrame,
    year: int,
    pairs: pd.DataFrame | None,
    boundary: Collection[str],
    residents: pd.Series[float],
) -> tuple[pd.DataFrame, set[int]]:
    """The rows of a file that lie here, and the years that it tells of, here or elsewhere."""
    frame = ledger.read(source)
    rows, notes_read = growth_rows(frame, source.relative)
    notes, dropped = list(notes_read), list[Dropped]()
    total = float(rows["people"].sum())
    if year:
        counted = rows["year"] <= year
        if counted.any():
            people = float(rows.loc[counted, "people"].sum())
            dropped.append(Dropped(f"of {year} or before, when the residents were counted", int(counted.sum()), people))
        rows = rows[~counted]
    else:
        notes.append("the year of the residents is not stated: no row is taken for counted already")
    by_code = rows[rows["lsoa"] != ""]
    placed = [_by_code(by_code, units, pairs, boundary, residents, source.relative, dropped, notes)]
    rest = rows[rows["lsoa"] == ""]
    if len(rest):
        placed.append(_by_point(rest, frame, units, postcodes, source.relative, dropped, notes))
    table = pd.concat(placed, ignore_index=True)
    ledger.used(
        source,
        rows_read=len(frame),
        rows_kept=int(table["row"].nunique()),
        edition=f"{table['year'].min()} to {table['year'].max()}" if len(table) else "",
        people_read=total,
        people_kept=float(table["people"].sum()),
        dropped=dropped,
        notes=notes,
    )
    return table.drop(columns="row"), {int(own) for own in rows["year"]}


def _by_code(
    rows: pd.DataFrame,
    units: gpd.GeoDataFrame,
    pairs: pd.DataFrame | None,
    boundary: Collection[str],
    residents: pd.Series[float],
    file: str,
    dropped: list[Dropped],
    notes: list[str],
) -> pd.DataFrame:
    codes = rows["lsoa"]
    vintage = decide_vintage(codes, file=file, column="of LSOA codes", lookup=pairs, boundary=boundary, area=())
    moved = rows.assign(row=rows.index, unit=codes, basis="LSOA")
    if vintage.year == "2011" and pairs is not None:
        parts, _ = shares(pairs[pairs["lsoa11"].isin(set(codes))], residents)
        moved = moved.merge(parts, left_on="lsoa", right_on="lsoa11", how="left", sort=False)
        lost = sorted(set(moved.loc[moved["lsoa21"].isna(), "lsoa"]))
        if lost:
            raise DataError(
                f"{file}: {count(len(lost), 'LSOA')} of 2011 not in the lookup to 2021: {', '.join(lost[:5])}.",
                mend="Load the whole lookup “LSOA (2011) to LSOA (2021)”.",
            )
        for name in ("people", "homes"):
            moved[name] = moved[name] * moved["share"]
        moved["unit"] = moved["lsoa21"]
        notes.append("rows of LSOA 2011 moved to LSOA 2021 by the official lookup, split areas by their residents")
    inside = moved["unit"].isin(set(units.index))
    known = moved["unit"].isin(set(boundary))
    for words, out in (
        ("LSOA outside the study area", known & ~inside),
        ("LSOA in no boundary or lookup loaded (elsewhere, or not of 2021)", ~known & ~inside),
    ):
        if out.any():
            away = moved[out]
            dropped.append(Dropped(words, int(away["row"].nunique()), float(away["people"].sum())))
    return pd.DataFrame(moved.loc[inside, _COLUMNS])


def _by_point(
    rows: pd.DataFrame,
    frame: pd.DataFrame,
    units: gpd.GeoDataFrame,
    postcodes: pd.DataFrame,
    file: str,
    dropped: list[Dropped],
    notes: list[str],
) -> pd.DataFrame:
    names = list(map(str, frame.columns))
    told = frame.loc[rows.index].assign(fp_row=rows.index.astype("str"))
    if col.find(names, *_POINT) is None:
        dropped.append(Dropped("without an LSOA code", len(rows), float(rows["people"].sum())))
        return rows.head(0).assign(unit="", basis="", row=0)
    found, lost, said = assets.placed(told, file, postcodes)
    at = found["fp_row"].astype("int64").to_numpy()
    notes += said
    away = rows.drop(index=at)
    people = float(away["people"].sum())
    if len(lost) == 1:
        dropped.append(Dropped(lost[0].reason, lost[0].rows, people))
    else:
        dropped += lost
        if len(away):
            notes.append(f"people of rows that could not be placed: {people:,.0f}")
    xy = np.column_stack([found.geometry.x, found.geometry.y]) if len(found) else np.empty((0, 2))
    group = place_points(xy, np.asarray(units.geometry.array)).group
    made = rows.loc[at].assign(row=at, basis="point or postcode")
    made["unit"] = np.where(group >= 0, np.asarray(units.index, dtype=object)[group], "") if len(made) else ""
    outside = made["unit"] == ""
    if outside.any():
        dropped.append(Dropped("outside the study area", int(outside.sum()), float(made.loc[outside, "people"].sum())))
    return pd.DataFrame(made.loc[~outside, _COLUMNS])


def _none_below_nought(table: pd.DataFrame, units: gpd.GeoDataFrame) -> None:
    """No LSOA may lose more people by any year than live there."""
    by = table.groupby(["unit", "year"])["people"].sum().sort_index().groupby(level=0).cumsum()
    left = by + units["residents"].reindex(by.index.get_level_values(0)).to_numpy()
    wrong = left[left < 0]
    if len(wrong):
        shown = "; ".join(f"{units.at[u, 'name']} ({u}) in {y}: {n:,.0f}" for (u, y), n in wrong.head(5).items())
        raise DataError(
            f"More people would leave than live there in {count(len(wrong), 'LSOA and year', 'LSOAs and years')}: "
            f"{shown}.",
            mend="Correct the homes lost in the growth file.",
        )

"""A planner's own files, to be drawn over or under the map: areas, points, lines of a base map, barriers.

Nothing here is evidence for a plan and nothing changes one. Files are read as everything else is: by their content,
through the limited drivers, to EPSG:27700, with a receipt that says what was left out and why.

    areas and points              shapes, drawn over the map with their names
    lines with a strength         barriers (formats.md 10.3), drawn over the map, thicker where stronger
    other lines                   ground: roads, railways and water, drawn quietly under the map
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries import assets, barriers, crs, layers, safe_open
from boundaries import columns as col
from boundaries.area import Area
from boundaries.errors import DataError
from boundaries.ground import kinds_of_lines
from boundaries.receipts import Dropped, Receipt
from boundaries.words import count

MARGIN_M = 3_000.0
MOST_SHAPES = 5_000
MOST_UNPACKED = 1_000_000_000  # bytes of all files in a zip
MOST_POINTS = {"shapes": 60_000, "barriers": 60_000, "ground": 150_000}  # vertices drawn at once
_TOLERANCES_M = (2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
_LONGEST_TEXT = 120
_POINTS, _LINES, _AREAS = (0, 4), (1, 5), (3, 6)
_ENDINGS = (".shp", ".geojson", ".json", ".gpkg", ".csv")

Role = Literal["shapes", "barriers", "ground"]


@dataclass(frozen=True, eq=False)
class Overlay:
    """One layer of a planner's file.

    frame : EPSG:27700, within `MARGIN_M` of the place (lines are cut there): name str, kind str (a category; of the
        ground: motorway, road, minor, rail, water or other), strength float64 (of barriers, else NaN), geometry.
    tolerance_m : how far a line may have been moved to make it light to draw; 0 where it stands as in the file.
    """

    name: str
    role: Role
    frame: gpd.GeoDataFrame
    tolerance_m: float
    receipt: Receipt


def read_overlays(path: Path, given: str, area: Area) -> tuple[Overlay, ...]:
    """Every layer of a file, in the order of their names.

    path : GeoJSON, GeoPackage, CSV (formats.md 8.6), or a zip of these or of a shapefile. given : what the planner
    calls the file.
    Raises DataError for a file that cannot be read, that holds nothing near the place, data about persons, or more than
    can be drawn.
    """
    return _read(path, given, area, light=True)


def read_barriers(path: Path, given: str, area: Area) -> tuple[gpd.GeoDataFrame, tuple[Receipt, ...]]:
    """The barriers of a file near the place, as exact as they stand in it, for `boundaries.barriers.border_shares`.

    A GeoDataFrame in EPSG:27700 (name str, kind str, strength float64 in 0 to 1, lines), in the order of the file, and
    a receipt for each of its layers that holds barriers.
    Raises DataError for a file that cannot be read, and for one without barriers near the place.
    """
    found = [own for own in _read(path, given, area, light=False) if own.role == "barriers"]
    if not found:
        raise DataError(
            f"{given} holds no barriers.", mend="It must hold lines with the columns “name” and “strength” (0 to 1)."
        )
    frame = pd.concat([own.frame for own in found], ignore_index=True)
    return gpd.GeoDataFrame(frame, crs=crs.BRITISH_GRID), tuple(own.receipt for own in found)


def _read(path: Path, given: str, area: Area, *, light: bool) -> tuple[Overlay, ...]:
    form = safe_open.sniff(safe_open.read_head(path))
    members = [""]
    if form == "zip":
        inside = safe_open.zip_members(path)
        if sum(i.file_size for i in inside) > MOST_UNPACKED:
            raise DataError(
                f"{given} unpacks to more than {MOST_UNPACKED / 1e6:,.0f} MB.",
                mend="Cut the files to this place first.",
            )
        members = [i.filename for i in inside if i.filename.lower().endswith(_ENDINGS)]
        if not members:
            raise DataError(
                f"{given} holds no file that can be drawn.",
                mend="It must hold a shapefile, GeoJSON, GeoPackage or CSV.",
            )
    found: list[Overlay] = []
    far: list[str] = []
    for member in members:
        kind = safe_open.sniff(safe_open.read_head(path, member))
        for layer in ("",) if kind == "text" else layers.list_layers(path, member):
            name = " · ".join(part for part in (given, Path(member).name if len(members) > 1 else "", layer) if part)
            if layer and len(members) == 1 and len(layers.list_layers(path, member)) == 1:
                name = given
            made = _one(path, member, layer, kind, name, area, light)
            if len(made.frame):
                found.append(made)
            else:
                far.append(f"{name} ({count(made.receipt.rows_read, 'row')}: {_reasons(made.receipt)})")
    if not found:
        raise DataError(
            f"Nothing in {'; '.join(far)} can be drawn on {area.name}.",
            mend="Choose a file about this place, in longitude and latitude or British National Grid.",
        )
    if far:
        first = found[0]
        notes = (*first.receipt.notes, f"nothing to draw in {'; '.join(far)}")
        found[0] = replace(first, receipt=replace(first.receipt, notes=notes))
    return tuple(found)


def _one(path: Path, member: str, layer: str, kind: str, name: str, area: Area, light: bool) -> Overlay:
    dropped: list[Dropped]
    if kind == "text":
        table, encoding = safe_open.read_csv(path, member)
        _no_persons({str(c): table[c].tolist() for c in table.columns}, name)
        raw, dropped, notes = assets.placed(table, name, area.postcodes)
        rows = len(table)
    else:
        raw = layers.read_layer(path, member, layer=layer)
        rows, dropped, encoding = int(raw.attrs["rows_read"]), [], ""
        notes = list(raw.attrs["remarks"])
        raw = raw.rename(columns={c: col.clean(c) for c in raw.columns if c != "geometry"})
        raw = raw.loc[:, ~raw.columns.duplicated()]
        _no_persons({c: raw[c].dropna().astype(str).tolist() for c in raw.columns if c != "geometry"}, name)
        raw, lost = _with_shapes(raw)
        dropped += [Dropped("no shape", lost)] if lost else []
        raw, note = crs.to_metres(raw, name)
        notes += [note] if note else []
    made, role, more, said = _sorted_out(raw, name, area)
    frame, tolerance = _light(made, role, name) if light else (made, 0.0)
    if tolerance:
        said.append(f"drawn to within {tolerance:g} m")
    if len(frame) and role != "ground" and not (frame["name"] != "").any():
        said.append("no column of names was found")
    receipt = Receipt(
        file=name, kind="overlay", publisher="the planner", table=_TABLES[role], edition="", vintage="",
        rows_read=rows, rows_kept=len(frame), sha256=safe_open.digest_file(path).sha256, encoding=encoding,
        dropped=tuple(dropped + more), notes=tuple(n for n in [*notes, *said] if n),
    )  # fmt: skip
    return Overlay(name, role, frame, tolerance, receipt)


_TABLES = {"shapes": "Areas and points of the planner's own", "barriers": "Barriers", "ground": "Lines of a base map"}


def _no_persons(columns: dict[str, list[str]], name: str) -> None:
    for column, values in columns.items():
        what = col.person_level(column, values)
        if what:
            raise DataError(
                f"{name}: the column “{column}” looks like {what}: data about persons may not be loaded.",
                mend="Take that column out of the file.",
            )


def _with_shapes(raw: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, int]:
    has = ~(raw.geometry.isna() | raw.geometry.is_empty).to_numpy()
    return raw[has].reset_index(drop=True), int((~has).sum())


def _sorted_out(
    raw: gpd.GeoDataFrame, name: str, area: Area
) -> tuple[gpd.GeoDataFrame, Role, list[Dropped], list[str]]:
    """What the layer is, its own columns brought to ours, and what does not belong left out."""
    shapes = shapely.force_2d(np.asarray(raw.geometry.array))
    ids = shapely.get_type_id(shapes)
    lines_only = len(ids) > 0 and bool(np.isin(ids, _LINES).all())
    columns = [str(c) for c in raw.columns if c != "geometry"]
    strength = col.find(columns, "strength") if lines_only else None
    role: Role = "barriers" if strength else "ground" if lines_only else "shapes"
    dropped: list[Dropped] = []
    notes: list[str] = []
    wanted = np.isin(ids, _LINES if lines_only else (*_POINTS, *_AREAS))
    for words, kinds in (("lines among areas or points", _LINES), ("a mixture of shapes in one row", (7, 2, -1))):
        odd = np.isin(ids, kinds) & ~wanted
        if odd.any():
            dropped.append(Dropped(words, int(odd.sum())))
    wrong = ~shapely.is_valid(shapes) & np.isin(ids, _AREAS)
    if wrong.any():
        shapes[wrong] = [_areas(s) for s in shapely.make_valid(shapes[wrong])]
        notes.append(f"{count(int(wrong.sum()), 'invalid shape')} repaired")
        flat = wrong & shapely.is_empty(shapes)
        wanted &= ~flat
        dropped += [Dropped("a shape that encloses no ground", int(flat.sum()))] if flat.any() else []
    box = shapely.box(*area.units.total_bounds).buffer(MARGIN_M, join_style="mitre")
    near = shapely.intersects(shapes, box)
    if lines_only:
        shapes = shapely.clip_by_rect(shapes, *box.bounds)
        near &= ~shapely.is_empty(shapes)
    far = int((wanted & ~near).sum())
    dropped += [Dropped("outside the place", far)] if far else []
    kept = wanted & near
    table = raw.loc[kept].reset_index(drop=True)
    shapes = shapes[kept]
    frame = gpd.GeoDataFrame(geometry=shapes, crs=crs.BRITISH_GRID)
    named = name_column(columns)
    frame["name"] = _text(table[named]) if named else ""
    frame["strength"] = np.nan
    frame["kind"] = ""
    if strength:
        if not named:
            raise DataError(f"{name} has barriers without names.", mend="Add a column “name”.")
        frame["strength"] = barriers.strengths(table[strength], frame["name"], file=name, column=strength).to_numpy()
    kind = col.find(columns, *assets.CATEGORIES)
    if role == "ground":
        frame["kind"], told = kinds_of_lines(table.drop(columns="geometry", errors="ignore"), name)
        notes.append(told)
    elif kind and kind != named:
        frame["kind"] = _text(table[kind])
    return frame, role, dropped, notes


def name_column(columns: list[str]) -> str | None:
    """The column that holds what people call each row: one called name, an official NM column, or one that ends so."""
    plain = col.find(columns, *assets.NAMES)
    if plain:
        return plain
    stamped = [s.column for s in col.stamped(columns) if s.suffix == "NM"]
    if stamped:
        return stamped[0]
    return next((c for c in columns if re.search(r"(name|nm|label|title)\d*$", col.key(c))), None)


def _text(values: pd.Series) -> list[str]:
    """Texts on one line, without control characters, of a length for a map."""
    told = ["" if pd.isna(v) else str(v) for v in values.tolist()]
    return [re.sub(r"\s+", " ", re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", t)).strip()[:_LONGEST_TEXT] for t in told]


def _areas(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    flat = [q for p in shapely.get_parts(shape) if p.geom_type == "MultiPolygon" for q in shapely.get_parts(p)]
    return shapely.union_all(parts + flat) if parts or flat else shapely.Polygon()


def _light(frame: gpd.GeoDataFrame, role: Role, name: str) -> tuple[gpd.GeoDataFrame, float]:
    """The layer with no more points than a browser draws at once, and how far lines were moved for it (metres)."""
    most = MOST_POINTS[role]
    if role == "shapes" and len(frame) > MOST_SHAPES:
        raise DataError(
            f"{name} holds {count(len(frame), 'area or point', 'areas or points')} in this place; at most "
            f"{MOST_SHAPES:,} are drawn.",
            mend="Make a file of fewer, such as one kind of place only.",
        )
    shapes = np.asarray(frame.geometry.array)
    if role != "shapes":
        shapes = shapely.line_merge(shapes)
    light, tolerance = shapes, 0.0
    for tolerance in (0.0, *_TOLERANCES_M):
        light = shapely.simplify(shapes, tolerance, preserve_topology=True) if tolerance else shapes
        points = int(shapely.get_num_coordinates(light).sum())
        if points <= most:
            break
    else:
        raise DataError(
            f"{name} has {count(points, 'point')} even when drawn to within {_TOLERANCES_M[-1]:g} m; at most {most:,} "
            "are drawn at once.",
            mend="Cut the file to this place, or leave out the smallest roads and streams.",
        )
    return gpd.GeoDataFrame(frame.assign(geometry=light), crs=crs.BRITISH_GRID), tolerance


def _reasons(receipt: Receipt) -> str:
    return ", ".join(f"{d.rows:,} {d.reason}" for d in receipt.dropped) or "none holds anything"


@dataclass(frozen=True, eq=False)
class Places:
    """Places of several lists. table : points in EPSG:27700; name str, kind str (of the list where it has no category).

    receipts : of each list, with what was left out and why.
    """

    table: gpd.GeoDataFrame
    receipts: tuple[Receipt, ...] = ()


def places_of(files: Sequence[Path], area: Area, given: Sequence[str] = ()) -> Places:
    """The points of several lists together. given : what the planner calls each; by default the names of the files.

    Raises DataError as `read_overlays` does, and for a file without points.
    """
    frames, receipts = [], []
    for file, name in zip(files, given or [file.name for file in files], strict=True):
        for own in read_overlays(file, name, area):
            points = own.frame[own.frame.geometry.geom_type == "Point"]
            others = len(own.frame) - len(points)
            dropped = (*own.receipt.dropped, *([Dropped("not a point", others)] if others else []))
            receipts.append(replace(own.receipt, rows_kept=len(points), dropped=dropped))
            kind = points["kind"].astype("str")
            frames.append(points.assign(kind=kind.where(kind != "", PurePath(name).stem))[["name", "kind", "geometry"]])
    if not sum(map(len, frames)):
        raise DataError("The lists hold no places as points.", mend="Give lists with a position for each place.")
    table = gpd.GeoDataFrame(pd.concat(frames, ignore_index=True), crs=crs.BRITISH_GRID)
    return Places(table, tuple(receipts))


def together(lists: Sequence[Places]) -> Places:
    """Several lists, each read on its own, as `places_of` gives them; at least one."""
    table = gpd.GeoDataFrame(pd.concat([own.table for own in lists], ignore_index=True), crs=crs.BRITISH_GRID)
    return Places(table, tuple(receipt for own in lists for receipt in own.receipts))

"""Boundaries: LSOA, MSOA, ward and other polygon layers, and population-weighted centroids, in EPSG:27700.

Nothing is mended in silence: repairs, changed codes, doubled rows and CRS decisions stand in the receipt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries import columns as col
from boundaries import crs, layers, safe_open
from boundaries.errors import DataError
from boundaries.kinds import KINDS
from boundaries.receipts import Dropped, Receipt
from boundaries.source_file import SourceFile
from boundaries.words import count

_RESOLUTION = re.compile(r"(?<![A-Z])(BFE|BFC|BGC|BSC|BUC)(?![A-Z])")
_RESOLUTION_WORDS = {"BFE": "full, extent of the realm", "BFC": "full, clipped to the coast",
                     "BGC": "generalised 20 m, clipped", "BSC": "generalised 200 m, clipped",
                     "BUC": "generalised 500 m, clipped"}  # fmt: skip
_PREFERENCE = {".gpkg": 0, ".shp": 1}
_SAME_SHAPE_M2 = 0.01


@dataclass(frozen=True, eq=False)
class Layer:
    """Polygons of one kind, and how they were read.

    frame : GeoDataFrame indexed by code (sorted, unique), EPSG:27700; columns name str, label_x, label_y float64
        (the publisher's label point in metres; NaN where the file has none), geometry Polygon or MultiPolygon, valid.
    receipts : one per file, in the order of the files given.
    """

    frame: gpd.GeoDataFrame
    receipts: tuple[Receipt, ...]


def read_boundaries(
    files: Sequence[SourceFile], *, entity: str = "lsoa", codes: Collection[str] | None = None
) -> Layer:
    """One official layer from its file or files (saved pages, or copies in several formats).

    entity : "oa", "lsoa", "msoa", "ward" or "lad": which code column is the key and what its values must look like.
    codes : read only these (a study area out of a national file); others never have their geometry read.

    A file whose areas are all in one read before it is not used, and says so. The same code in two pages is kept once
    when the shapes agree. Raises DataError for a missing key column, codes of another shape, one code with two shapes,
    an area without shape, and shapes outside Britain.
    """
    wanted = None if codes is None else frozenset(codes)
    order = sorted(files, key=lambda f: (_PREFERENCE.get(_suffix(f), 2), f.relative))
    frames: dict[str, gpd.GeoDataFrame] = {}
    receipts: dict[str, Receipt] = {}
    seen: set[str] = set()
    for file in order:
        frame, receipt = _read_one(file, entity, wanted, seen)
        receipts[file.relative] = receipt
        if receipt.status == "used":
            frames[file.relative] = frame
            seen.update(frame.index)
    if not frames:
        raise DataError("There is no boundary file to read.", mend="Add the layer to the source folder.")
    joined = pd.concat([frames[name] for name in sorted(frames)])
    joined, doubled = _one_row_per_code(gpd.GeoDataFrame(joined, crs=crs.BRITISH_GRID), " and ".join(sorted(frames)))
    if doubled and len(frames) > 1:
        last = sorted(frames)[-1]
        receipts[last] = _with(receipts[last], Dropped("the same area in another page", doubled))
    return Layer(joined, tuple(receipts[f.relative] for f in files))


def read_areas(
    file: SourceFile,
    *,
    id_column: str | None = None,
    name_column: str | None = None,
    bounds: tuple[float, float, float, float] | None = None,
) -> Layer:
    """A polygon layer of any kind (candidate councils, localities, police beats): areas touching `bounds` (27700).

    id_column, name_column : which columns hold the area's code and label; found by pattern when not given. Rows of one
    code are joined to one area (several polygons of one locality are common), which the receipt counts.
    """
    label = file.relative
    raw = _raw(file, None, None)
    found_id, found_name = _id_and_name(raw, id_column, name_column, label)
    frame, notes = _shapes(raw, label, _text(raw, found_id))
    blank = frame.index == ""
    dropped = [Dropped(f"no value in “{found_id}”", int(blank.sum()))] if blank.any() else []
    frame = frame[~blank]
    frame["name"] = _text(raw, found_name)[~blank].to_numpy() if found_name else frame.index
    if bounds is not None:
        near = frame.geometry.intersects(shapely.box(*bounds))
        if not near.all():
            dropped.append(Dropped("outside the study area", int((~near).sum())))
        frame = frame[near]
    several = int(frame.index.duplicated().sum())
    if several:
        notes.append(f"{count(several, 'row shares', 'rows share')} the code of another; joined to one area each")
        frame = frame.dissolve(by=frame.index, aggfunc="first")
    frame = frame.sort_index()
    frame.index = frame.index.rename("code")
    notes.append(f"code from “{found_id}”" + (f", name from “{found_name}”" if found_name else ""))
    receipt = _receipt(file, raw.attrs["rows_read"], len(frame), dropped, notes)
    return Layer(frame[["name", "geometry"]], (receipt,))


def read_centroids(file: SourceFile, *, codes: Collection[str] | None = None) -> tuple[pd.DataFrame, Receipt]:
    """Population-weighted centroids: a DataFrame indexed by LSOA code with x, y in metres (27700), and its receipt."""
    label = file.relative
    wanted = None if codes is None else frozenset(codes)
    if _suffix(file) in {".csv", ".txt"}:
        key = col.find_lsoa(file.columns)
        x, y = col.find(file.columns, "x", "easting"), col.find(file.columns, "y", "northing")
        if not (key and x and y):
            raise DataError(f"{label} needs the columns LSOA21CD, x and y.", mend="Download it again.")
        table, _ = safe_open.read_csv(file.path, file.member, columns=[key, x, y])
        points = gpd.points_from_xy(
            col.numbers(table[x], file=label, column=x), col.numbers(table[y], file=label, column=y)
        )
        raw = gpd.GeoDataFrame({key: table[key]}, geometry=points)
        raw.attrs["rows_read"] = len(table)
    else:
        raw = _raw(file, None, None)
        key = col.find_lsoa([str(c) for c in raw.columns])
        if key is None:
            raise DataError(f"{label} has no LSOA 2021 code column.", mend="Download it again.")
    tidied, changed = col.tidy_codes(raw[key], entity="lsoa", file=label, column=key)
    if raw.geometry.isna().any() or raw.geometry.is_empty.any():
        raise DataError(f"{label}: {_listed(tidied[raw.geometry.isna() | raw.geometry.is_empty])} have no point.")
    moved, note = crs.to_metres(raw, label)
    table = pd.DataFrame(
        {"x": moved.geometry.x.to_numpy(), "y": moved.geometry.y.to_numpy()}, index=pd.Index(tidied, name="code")
    )
    if table.index.duplicated().any():
        raise DataError(f"{label} has two points for {_listed(table.index[table.index.duplicated()])}.")
    kept = table if wanted is None else table[table.index.isin(wanted)]
    notes = [n for n in (note, _changed_note(changed)) if n]
    dropped = [Dropped("outside the study area", len(table) - len(kept))] if len(kept) < len(table) else []
    return kept.sort_index(), _receipt(file, len(table), len(kept), dropped, notes)


# ---------------------------------------------------------------- steps


_KEY_STEM = {"oa": ("OA", 21), "lsoa": ("LSOA", 21), "msoa": ("MSOA", 21), "ward": ("WD", None), "lad": ("LAD", None)}


def _read_one(
    file: SourceFile, entity: str, wanted: frozenset[str] | None, seen: set[str]
) -> tuple[gpd.GeoDataFrame, Receipt]:
    label = file.relative
    stem, year = _KEY_STEM[entity]
    found = col.find_stamped(file.columns, stem, "CD", year=year)
    key = found.column if found else (col.find_lsoa(file.columns) if entity == "lsoa" else None)
    if key is None:
        raise DataError(
            f"{label} has no {stem}{year or ''}CD column; it has: {', '.join(file.columns[:10])}.",
            mend="Download the layer again, with its codes.",
        )
    named = col.find_stamped(file.columns, stem, "NM", year=found.year if found else year)
    labels = [c for c in (col.find(file.columns, "BNG_E"), col.find(file.columns, "BNG_N")) if c]
    columns = [key, *([named.column] if named else []), *labels]
    raw = _raw(file, columns, (key, wanted, seen))
    rows = int(raw.attrs["rows_read"])
    if raw.attrs["nothing_new"]:
        note = "the same areas are in another file of this layer, which was used"
        return raw, _receipt(file, rows, 0, [], [note], status="not used")
    codes, changed = col.tidy_codes(raw[key], entity=entity, file=label, column=key)
    frame, notes = _shapes(raw, label, codes)
    frame["name"] = (_text(raw, named.column) if named else codes).to_numpy()
    for place, column in zip(("label_x", "label_y"), labels if len(labels) == 2 else (None, None), strict=True):
        given = pd.to_numeric(raw[column], errors="coerce") if column else np.nan
        frame[place] = np.asarray(given, dtype=float) if column else np.nan
    frame, doubled = _one_row_per_code(frame, label)
    dropped = [Dropped("outside the study area", rows - len(raw))] if rows > len(raw) else []
    dropped += [Dropped("the same row again", doubled)] if doubled else []
    notes += [n for n in (_changed_note(changed), col.stamped_note(file.columns, stem) if year is None else "") if n]
    return frame, _receipt(file, rows, len(frame), dropped, notes)


def _raw(
    file: SourceFile, columns: list[str] | None, filtered: tuple[str, frozenset[str] | None, set[str]] | None
) -> gpd.GeoDataFrame:
    """The layer, cut to the wanted codes before geometry is read; `nothing_new` tells that all were seen before."""
    file.raise_problem()
    state = {"nothing_new": False}
    headers = {col.clean(c): str(c) for c in layers.describe(file.path, file.member, file.layer).columns}
    names = None if columns is None else [headers.get(c, c) for c in columns]

    def keep(attributes: pd.DataFrame) -> pd.Series:
        assert filtered is not None  # noqa: S101
        key, wanted, seen = filtered
        codes = attributes[headers.get(key, key)].fillna("").astype(str).str.strip().str.upper()
        some = pd.Series(True, index=attributes.index) if wanted is None else codes.isin(wanted)
        if seen and some.any() and set(codes[some]) <= seen:
            state["nothing_new"] = True
            return pd.Series(False, index=attributes.index)
        # Values that are no codes at all stay in, so that they are reported and not passed over.
        return some | ~codes.str.fullmatch(r"[A-Z]\d{8}")

    only = None
    if filtered is not None and filtered[1] is not None:
        only = (headers.get(filtered[0], filtered[0]), filtered[1])
    frame = layers.read_layer(
        file.path,
        file.member,
        layer=file.layer,
        columns=names,
        keep=keep if filtered is not None else None,
        codes=only,
    )
    rows, remarks = frame.attrs["rows_read"], frame.attrs["remarks"]
    frame = frame.rename(columns={raw: cleaned for cleaned, raw in headers.items() if raw != cleaned})
    frame.attrs = {"rows_read": rows, "remarks": remarks, "nothing_new": state["nothing_new"]}
    return frame


def _shapes(raw: gpd.GeoDataFrame, label: str, codes: pd.Series) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Valid two-dimensional polygons in 27700 indexed by code, and what was done to them."""
    empty = (raw.geometry.isna() | raw.geometry.is_empty).to_numpy()
    if empty.any():
        raise DataError(
            f"{label}: {count(int(empty.sum()), 'row has', 'rows have')} no shape: {_listed(codes[empty])}.",
            mend="Download the layer again, with its geometry.",
        )
    moved, note = crs.to_metres(gpd.GeoDataFrame(geometry=raw.geometry), label)
    shapes = shapely.force_2d(moved.geometry.to_numpy())
    wrong = ~shapely.is_valid(shapes)
    notes = [*raw.attrs.get("remarks", []), *([note] if note else [])]
    if wrong.any():
        shapes = shapes.copy()
        shapes[wrong] = [
            _polygons(s) for s in shapely.make_valid(shapes[wrong], method="structure", keep_collapsed=False)
        ]
        gone = wrong & shapely.is_empty(shapes)
        if gone.any():
            raise DataError(
                f"{label}: the shapes of {_listed(codes[gone])} enclose no ground.", mend="Download it again."
            )
        notes.append(f"{count(int(wrong.sum()), 'invalid shape')} repaired: {_listed(codes[wrong], 20)}")
    kinds = shapely.get_type_id(shapes)
    odd = ~np.isin(kinds, (3, 6))
    if odd.any():
        raise DataError(
            f"{label}: {_listed(codes[odd])} are not areas but points or lines.", mend="Use the polygon layer."
        )
    return gpd.GeoDataFrame(geometry=shapes, index=pd.Index(codes, name="code"), crs=crs.BRITISH_GRID), notes


def _polygons(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [p for p in shapely.get_parts(shape) if p.geom_type == "Polygon"]
    flat = [q for p in shapely.get_parts(shape) if p.geom_type == "MultiPolygon" for q in shapely.get_parts(p)]
    return shapely.union_all(parts + flat) if parts or flat else shapely.Polygon()


def _one_row_per_code(frame: gpd.GeoDataFrame, label: str) -> tuple[gpd.GeoDataFrame, int]:
    """One row per code, sorted, and how many copies were dropped; DataError when copies of a code disagree."""
    ordered = frame.sort_index(kind="stable")
    again = ordered.index.duplicated()
    if again.any():
        first = ordered[~again]
        copies = ordered[again]
        mates = first.geometry.loc[copies.index].to_numpy()
        gap = shapely.area(shapely.symmetric_difference(copies.geometry.to_numpy(), mates))
        wrong = gap > _SAME_SHAPE_M2 * shapely.area(mates)
        if wrong.any():
            raise DataError(
                f"{label}: {_listed(copies.index[wrong])} stand there twice with different shapes.",
                mend="Keep one edition of the layer in the folder.",
            )
        ordered = first
    return ordered, int(again.sum())


def _id_and_name(
    frame: gpd.GeoDataFrame, id_column: str | None, name_column: str | None, label: str
) -> tuple[str, str | None]:
    columns = [str(c) for c in frame.columns if c != "geometry"]
    if id_column is not None or name_column is not None:
        wanted = [c for c in (id_column, name_column) if c is not None]
        found = col.require(columns, wanted, label)
        return found[0], found[-1] if name_column is not None else None
    stamps = col.stamped(columns)
    coded = next((s for s in sorted(stamps, key=lambda s: -s.year) if s.suffix == "CD"), None)
    if coded:
        named = col.find_stamped(columns, coded.stem, "NM")
        return coded.column, named.column if named else None
    text = [c for c in columns if not pd.api.types.is_float_dtype(frame[c])]
    key = next((c for c in text if re.search(r"(^|[ _])(code|id|ref)$|code$", col.key(c)) and not _dull(c)), None)
    name = next((c for c in text if re.search(r"(^|[ _])(name|label|title|nm)$|name$", col.key(c))), None)
    if not (key or name):
        key = next((c for c in text if not _dull(c)), None)
    if not (key or name):
        raise DataError(
            f"{label} has no column that could name its areas; it has: {', '.join(columns) or 'none'}.",
            mend="Add a column “code” or “name” to the layer.",
        )
    return str(key or name), name


def _dull(column: str) -> bool:
    return col.key(column) in {"fid", "objectid", "globalid", "ogc_fid"} or col.key(column).startswith("shape")


def _text(frame: pd.DataFrame, column: str) -> pd.Series:
    values = frame[column]
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype(object).fillna("").astype(str).str.strip()


def _listed(codes: Collection[str] | pd.Series | pd.Index, most: int = 5) -> str:
    distinct = sorted({str(c) for c in codes})
    return ", ".join(distinct[:most]) + (f" and {len(distinct) - most:,} more" if len(distinct) > most else "")


def _changed_note(changed: int) -> str:
    return f"{count(changed, 'code')} with blanks or lower-case letters tidied" if changed else ""


def _suffix(file: SourceFile) -> str:
    name = file.member or file.path.name
    return name[name.rfind(".") :].lower() if "." in name else ""


def _with(receipt: Receipt, dropped: Dropped) -> Receipt:
    from dataclasses import replace  # noqa: PLC0415

    return replace(receipt, dropped=(*receipt.dropped, dropped), rows_kept=receipt.rows_kept - dropped.rows)


def _receipt(
    file: SourceFile, rows: int, kept: int, dropped: Sequence[Dropped], notes: Sequence[str], *, status: str = "used"
) -> Receipt:
    kind = KINDS[file.kind]
    resolution = _RESOLUTION.search(file.relative.upper())
    edition = f"{resolution[1]} ({_RESOLUTION_WORDS[resolution[1]]}), by the file's name" if resolution else ""
    return Receipt(
        file=file.relative,
        kind=file.kind,
        publisher=kind.publisher,
        table=kind.table,
        edition=edition,
        vintage="LSOA 2021" if file.kind in {"lsoa_boundaries", "lsoa_centroids"} else "",
        rows_read=rows,
        rows_kept=kept,
        sha256=file.sha256,
        encoding=file.encoding,
        licence=kind.licence,
        dropped=tuple(dropped),
        notes=tuple(notes),
        status="not used" if status == "not used" else "used",
    )

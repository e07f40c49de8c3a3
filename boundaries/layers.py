"""Polygon and point layers as they stand in their files: GeoJSON, GeoPackage, shapefile. No CRS is decided here."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pyogrio.errors

from boundaries import safe_open
from boundaries.errors import DataError

_SAMPLE = 50
_TRIGGERS = re.compile(r"^(rtree_|gpkg_|trigger_(insert|delete|update)_feature_count_)", re.IGNORECASE)
_ERRORS = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError,
           pyogrio.errors.FieldError, pyogrio.errors.GeometryError, pyogrio.errors.CRSError,
           UnicodeDecodeError, ValueError, RuntimeError)  # fmt: skip
_FORMATS = {"geojson": ".geojson", "gpkg": ".gpkg", "shapefile": ".shp"}


@dataclass(frozen=True)
class LayerHead:
    """What a layer looks like without reading it: columns, geometry type ("Polygon", "Point", "") and sample values."""

    columns: tuple[str, ...]
    geometry: str
    sample: dict[str, list[str]] = field(default_factory=dict)


def layer_format(path: Path, member: str = "") -> str:
    """ "geojson", "gpkg" or "shapefile", from the content; DataError in plain words for anything else."""
    name = safe_open.label(path, member)
    head = safe_open.read_head(path, member)
    found = safe_open.sniff(head)
    if found in _FORMATS:
        return found
    if found == "empty":
        raise DataError(f"{name} is empty.", mend="Download it again.")
    if found == "json" and b'"error"' in head[:2000]:
        raise DataError(f"{name} holds an error reply of the server instead of a layer.", mend="Download it again.")
    raise DataError(
        f"{name} is not what its name says: it holds neither a GeoJSON feature collection, nor a GeoPackage, nor a "
        "shapefile.",
        mend="Download the layer again as GeoJSON, GeoPackage or shapefile.",
    )


def check_geopackage(path: Path, name: str) -> tuple[str, ...]:
    """The feature tables of a GeoPackage, sorted; DataError for one that is damaged or could run code when read.

    Views (a recursive one never ends), triggers other than the standard's own, virtual tables other than R-trees and
    computed columns are refused. Only the schema table and `gpkg_contents` are read, read-only and unchanged.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            base.execute("PRAGMA trusted_schema=OFF")
            schema = base.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master").fetchall()
            for kind, item, sql in schema:
                squeezed = re.sub(r"\s+", " ", sql).upper()
                odd = (
                    kind == "view"
                    or (kind == "trigger" and not _TRIGGERS.match(item))
                    or (squeezed.startswith("CREATE VIRTUAL") and " USING RTREE" not in squeezed.replace('"', " "))
                    or (kind == "table" and ("GENERATED ALWAYS" in squeezed or re.search(r"\)? AS \(", squeezed)))
                )
                if odd:
                    what = "computed columns" if kind == "table" else f"a {kind}"
                    raise DataError(
                        f"{name} holds {what}, “{item}”; only plain tables are read from a GeoPackage.",
                        mend="Export the layer to a new GeoPackage.",
                    )
            tables = {item for kind, item, _ in schema if kind == "table"}
            if "gpkg_contents" not in tables:
                raise DataError(f"{name} is a database, not a GeoPackage.", mend="Export the layer as GeoPackage.")
            rows = base.execute("SELECT table_name FROM gpkg_contents WHERE data_type = 'features'").fetchall()
    except sqlite3.Error as error:
        raise DataError(f"{name} is a damaged GeoPackage ({error}).", mend="Download it again.") from error
    layers = tuple(sorted(str(row[0]) for row in rows))
    absent = [layer for layer in layers if layer not in tables]
    if absent:
        raise DataError(f"{name} lists the layer “{absent[0]}” but does not hold it.", mend="Export it again.")
    if not layers:
        raise DataError(f"{name} holds no layer of shapes.", mend="Export the layer again.")
    return layers


def has_table(path: Path, table: str) -> bool:
    """Whether a GeoPackage holds a plain table of that name; False for what is no database. GDAL is not asked."""
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as base:
            base.execute("PRAGMA trusted_schema=OFF")
            return base.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchall() == [("table",)]
    except sqlite3.Error:
        return False


@contextlib.contextmanager
def _source(path: Path, member: str) -> Iterator[tuple[str, str]]:
    """(what GDAL is given, format): a checked local file; a GeoJSON carries the driver's name in front."""
    form = layer_format(path, member)
    name = safe_open.label(path, member)
    if form == "shapefile":
        have = {part for part, _, _ in safe_open.shape_parts(path, member)}
        lacking = [part for part in (".shx", ".dbf") if part not in have]
        if lacking:
            raise DataError(
                f"{name} came without its companion {' and '.join(lacking)}.",
                mend="A shapefile is several files of one name; put them all in the folder, or hand over the zip.",
            )
    with safe_open.on_disk(path, member, suffix=_FORMATS[form]) as plain:
        if form == "gpkg":
            check_geopackage(plain, name)
        yield (f"GeoJSON:{plain}" if form == "geojson" else str(plain)), form


def list_layers(path: Path, member: str = "") -> tuple[str, ...]:
    """The layers of a GeoPackage, sorted; ("",) for the formats that hold one."""
    if layer_format(path, member) != "gpkg":
        return ("",)
    with safe_open.on_disk(path, member, suffix=".gpkg") as plain:
        return check_geopackage(plain, safe_open.label(path, member))


def describe(path: Path, member: str = "", layer: str = "") -> LayerHead:
    """Columns, geometry type and some values, without reading the layer (a GeoJSON's first feature speaks for it)."""
    if layer_format(path, member) == "geojson":
        for size in (1 << 16, 1 << 20, 1 << 24):
            head = _first_feature(safe_open.read_head(path, member, size))
            if head is not None:
                return head
    with _source(path, member) as (target, _), _plain_words(safe_open.label(path, member)):
        frame = pyogrio.read_dataframe(target, layer=layer or None, max_features=_SAMPLE, read_geometry=False)
        info = pyogrio.read_info(target, layer=layer or None)
    sample = {str(c): [str(v) for v in frame[c].dropna()] for c in frame.columns}
    return LayerHead(tuple(map(str, info["fields"])), _geometry(str(info["geometry_type"] or "")), sample)


def read_layer(
    path: Path,
    member: str = "",
    *,
    layer: str = "",
    columns: list[str] | None = None,
    keep: Callable[[pd.DataFrame], pd.Series] | None = None,
    codes: tuple[str, frozenset[str]] | None = None,
) -> gpd.GeoDataFrame:
    """A layer with the CRS its file states (None when it states none), attributes as they stand.

    keep : a test of the attributes alone; only rows that pass it have their geometry read, so that a study area is
        read out of a national file. `frame.attrs["rows_read"]` holds the rows of the file, "remarks" what GDAL
        had to say of it.
    codes : (column, codes): rows of another code will not pass `keep`, so a GeoJSON may be cut before it is parsed.
    """
    name = safe_open.label(path, member)
    with contextlib.ExitStack() as stack:
        target, form = stack.enter_context(_source(path, member))
        stack.enter_context(_plain_words(name))
        remarks = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")
        cut = None
        if form == "geojson" and codes is not None:
            cut = cut_features(Path(target.removeprefix("GeoJSON:")), *codes)
        if cut is not None:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="footprints-"))
            target = f"GeoJSON:{Path(folder, 'layer.geojson')}"
            Path(folder, "layer.geojson").write_bytes(cut.data)
        kwargs = {"layer": layer or None, "columns": columns, "use_arrow": False}
        if keep is None or form == "geojson":
            # Finding features by number makes GDAL read a GeoJSON twice over; one pass and a cut is less work.
            frame = pyogrio.read_dataframe(target, **kwargs)
            rows = len(frame) if cut is None else cut.features
            if keep is not None:
                frame = frame[keep(pd.DataFrame(frame.drop(columns="geometry", errors="ignore")))]
        else:
            attributes = pyogrio.read_dataframe(target, read_geometry=False, fid_as_index=True, **kwargs)
            rows = len(attributes)
            wanted = keep(attributes).to_numpy(dtype=bool)
            if wanted.sum() * 2 > rows:
                frame = pyogrio.read_dataframe(target, **kwargs)[wanted]
            else:
                frame = pyogrio.read_dataframe(target, fids=attributes.index[wanted].to_numpy(), **kwargs)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise DataError(f"{name} holds a table without shapes.", mend="Download the layer with its boundaries.")
    frame = frame.reset_index(drop=True)
    frame.attrs["rows_read"] = rows
    frame.attrs["remarks"] = sorted({_without_paths(str(r.message)) for r in remarks or ()})
    return frame


@dataclass(frozen=True)
class Cut:
    """A GeoJSON cut to the features wanted, and how many features the whole has."""

    data: bytes
    features: int


_FEATURE = re.compile(rb'\{\s*"type"\s*:\s*"Feature"\s*,')


def cut_features(path: Path, column: str, wanted: frozenset[str]) -> Cut | None:
    """The same GeoJSON with only the features that may be wanted, cut out as text; None where that is not safe.

    Parsing a national file takes many times longer than finding its features. A feature is left out only when its text
    holds the column once, with a code that is not wanted; whatever looks different stays in for the parser to judge.
    """
    data = path.read_bytes()
    starts = [m.start() for m in _FEATURE.finditer(data)]
    if len(starts) < 2:
        return None
    try:
        last = json.JSONDecoder().raw_decode(data[starts[-1] :].decode("utf-8"))[1]
    except (ValueError, UnicodeDecodeError):
        return None
    end = starts[-1] + len(data[starts[-1] :].decode("utf-8")[:last].encode())
    code = re.compile(rb'"' + re.escape(column.encode()) + rb'"\s*:\s*"\s*([A-Za-z]\d{8})\s*"')
    kept: list[bytes] = []
    for at, until in zip(starts, [*starts[1:], end], strict=True):
        found = code.findall(data, at, until)
        # The last stays when none is wanted, for a layer without features has no columns.
        if len(found) == 1 and found[0].decode().upper() not in wanted and (kept or until != end):
            continue
        text = data[at:until].rstrip(b", \r\n\t")
        if not text.endswith(b"}") or text.count(b"{") != text.count(b"}"):
            return None
        kept.append(text)
    return Cut(data[: starts[0]] + b",\n".join(kept) + data[end:], len(starts))


@contextlib.contextmanager
def _plain_words(name: str) -> Iterator[None]:
    try:
        yield
    except DataError:
        raise
    except _ERRORS as error:
        raise DataError(
            f"{name} cannot be read as a layer: {_without_paths(str(error))}.", mend="Download it again."
        ) from error


def _without_paths(told: str) -> str:
    return re.sub(r"/\S+/|[A-Za-z]:\\\S+\\", "", told).split("\n")[0].strip(" .")[:160]


def _geometry(kind: str) -> str:
    base = kind.replace("Multi", "").split(" ")[0]
    return base if base in {"Polygon", "Point", "LineString"} else ""


def _first_feature(data: bytes) -> LayerHead | None:
    """The first feature of a GeoJSON's opening bytes, or None when it does not end within them."""
    text = data.decode("utf-8-sig", "replace")
    start = re.search(r'"features"\s*:\s*\[', text)
    if start is None:
        return None
    decoder, at, values, kinds = json.JSONDecoder(), start.end(), dict[str, list[str]](), list[str]()
    for _ in range(_SAMPLE):
        at += len(text[at:]) - len(text[at:].lstrip(" \r\n\t,"))
        if at < len(text) and text[at] == "]" and not kinds:
            return LayerHead((), "")
        try:
            feature, at = decoder.raw_decode(text, at)
            for column, value in (feature.get("properties") or {}).items():
                values.setdefault(str(column), []).extend([] if value is None else [str(value)])
            kinds.append(_geometry(str((feature.get("geometry") or {}).get("type", ""))))
        except (ValueError, AttributeError):
            break
    if not kinds:
        return None
    return LayerHead(tuple(values), next((k for k in kinds if k), ""), values)

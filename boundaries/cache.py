"""An `Area` on disk: one file per digest of its inputs, the options and the reader's own source; never pickled.

The file is a zip of a JSON document (texts) and of .npy arrays (numbers and shapes), written beside its place and moved
into it, so that a reader meets a whole entry or none. A damaged entry counts as none.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import io
import json
import os
import uuid
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import platformdirs
import pyogrio
import pyproj
import shapely

from boundaries import crs
from boundaries.area import Area, Indicator, Level, Link, Piece, no_growth, no_travel
from boundaries.barriers import no_barriers
from boundaries.errors import DataError
from boundaries.receipts import Check, Dropped, Receipt
from boundaries.source_file import SourceFile

SCHEMA = "footprints-area/2"
_OLDER = ("footprints-area/1",)
KEPT_ENTRIES = 24
_FRAMES = ("units", "ages", "edges", "practices", "registrations", "registrations_elsewhere", "postcodes",
           "indicator_values", "growth", "barriers", "travel")  # fmt: skip
_TEXTS = ("name", "ages_basis", "people_basis", "digest")
_UNREADABLE = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    shapely.GEOSException,
)


def cache_folder() -> Path:
    """Where entries are kept: the user's cache folder on this machine, or `FOOTPRINTS_CACHE`."""
    told = os.environ.get("FOOTPRINTS_CACHE", "")
    return (Path(told) if told else Path(platformdirs.user_cache_dir("neighbourhood-footprints", False))) / "areas"


@functools.cache
def reader_version() -> str:
    """SHA-256 over the source of this package (its demo apart) and the versions of what reads and moves shapes."""
    package = Path(__file__).resolve().parent
    sha = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        inner = path.relative_to(package).as_posix()
        if not inner.startswith("demo/"):
            sha.update(inner.encode() + b"\0" + path.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    used = [gpd.__version__, pd.__version__, np.__version__, shapely.__version__, shapely.geos_version_string]
    used += [pyogrio.__version__, str(pyogrio.__gdal_version__), pyproj.__version__, pyproj.proj_version_str]
    sha.update("|".join(used).encode())
    return sha.hexdigest()


def cache_key(files: Sequence[SourceFile], options: Mapping[str, Any]) -> str:
    """The name of an entry: a digest of every input file, of the options (JSON values) and of `reader_version`."""
    inputs = sorted([f.relative, f.member, f.layer, f.kind, f.sha256, f.problem] for f in files)
    told = json.dumps([SCHEMA, inputs, dict(options), reader_version()], sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()


def load(key: str, folder: Path | None = None) -> Area | None:
    """The area stored under `key`, or None when there is none or it is damaged (then it is removed)."""
    path = _entry(key, folder)
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                raise ValueError("a member fails its checksum")
            document = json.loads(archive.read("area.json"))
            if document["schema"] != SCHEMA or document["key"] != key:
                raise ValueError("an entry of another key or schema")
            area = _decoded(document, archive)
    except FileNotFoundError:
        return None
    except _UNREADABLE:
        with contextlib.suppress(OSError):
            path.unlink()
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return area


def store(key: str, area: Area, folder: Path | None = None) -> bool:
    """Write the area under `key`; False when the disk refuses (a cache that cannot be written never stops a load)."""
    path = _entry(key, folder)
    beside = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        document, arrays = _encoded(area)
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("area.json", json.dumps({"schema": SCHEMA, "key": key, **document}, ensure_ascii=False))
            for name, values in arrays.items():
                archive.writestr(f"{name}.npy", _npy(values))
        beside.replace(path)
        _prune(path.parent)
    except OSError:
        with contextlib.suppress(OSError):
            beside.unlink()
        return False
    return True


def area_bytes(area: Area) -> bytes:
    """The area as one file to keep for good: the same area gives the same bytes with the same zlib."""
    document, arrays = _encoded(area)
    told = json.dumps({"schema": SCHEMA, **document}, sort_keys=True, ensure_ascii=False).encode()
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("area.json", told), *((f"{n}.npy", _npy(arrays[n])) for n in sorted(arrays))):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            archive.writestr(info, data)
    return sink.getvalue()


def area_from_bytes(data: bytes) -> Area:
    """The area of such a file. Raises DataError where it cannot be read, or was written by a newer version."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            document = json.loads(archive.read("area.json"))
            if document["schema"] in (SCHEMA, *_OLDER):
                return _decoded(document, archive)
    except _UNREADABLE as error:
        raise DataError(f"It is not an area file, or damaged ({error}).", mend="Take it from a backup.") from None
    raise DataError(
        f"It was written as {document['schema']}; this version reads {SCHEMA}.", mend="Use a newer version."
    )


def content_digest(area: Area) -> str:
    """SHA-256 of the content of an area and of the reader's version; `area.digest` itself is left out.

    Coordinates count to the millimetre and other numbers to six decimals, so that it does not hang on a last bit.
    """
    document, arrays = _encoded(dataclasses.replace(area, digest=""))
    sha = hashlib.sha256(json.dumps([reader_version(), document], sort_keys=True, ensure_ascii=True).encode())
    for name in sorted(arrays):
        values = arrays[name]
        if values.dtype.kind == "f":
            values = np.round(values, 3 if name.startswith("units.shape") else 6) + 0.0
        sha.update(name.encode() + str(values.shape).encode() + np.ascontiguousarray(values).tobytes())
    return sha.hexdigest()


def _entry(key: str, folder: Path | None) -> Path:
    if not (len(key) == 64 and set(key) <= set("0123456789abcdef")):
        raise ValueError("a cache key is a SHA-256 in hexadecimal")
    return (cache_folder() if folder is None else folder) / f"{key}.area"


def _prune(folder: Path) -> None:
    entries = sorted(folder.glob("*.area"), key=lambda p: (p.stat().st_mtime, p.name), reverse=True)
    for old in entries[KEPT_ENTRIES:]:
        with contextlib.suppress(OSError):
            old.unlink()


# ---------------------------------------------------------------- encoding


def _encoded(area: Area) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    frames = {name: _frame_out(name, getattr(area, name), arrays) for name in _FRAMES}
    document = {
        **{name: getattr(area, name) for name in _TEXTS},
        "codes": list(area.codes),
        "people_year": area.people_year,
        "indicators": [dataclasses.asdict(indicator) for indicator in area.indicators],
        "attribution": list(area.attribution),
        "levels": {
            key: {**{f: getattr(level, f) for f in ("key", "label", "basis", "source", "column")},
                  "assignment": list(level.assignment), "names": dict(level.names)}
            for key, level in area.levels.items()
        },
        "proposed_links": [dataclasses.asdict(link) for link in area.proposed_links],
        "pieces": [dataclasses.asdict(piece) for piece in area.pieces],
        "receipts": [dataclasses.asdict(receipt) for receipt in area.receipts],
        "checks": [dataclasses.asdict(check) for check in area.checks],
        "frames": frames,
    }  # fmt: skip
    return document, arrays


def _decoded(document: dict[str, Any], archive: zipfile.ZipFile) -> Area:
    # What an older schema had no place for was not loaded.
    lacking = {"growth": no_growth(), "barriers": no_barriers(), "travel": no_travel(),
               "indicator_values": pd.DataFrame()}  # fmt: skip
    told = document["frames"]
    frames: dict[str, Any] = {
        name: _frame_in(name, told[name], archive) if name in told else lacking[name] for name in _FRAMES
    }
    return Area(
        **{name: document[name] for name in _TEXTS},
        **frames,
        codes=tuple(document["codes"]),
        people_year=int(document.get("people_year", 0)),
        indicators=tuple(Indicator(**told) for told in document.get("indicators", ())),
        attribution=tuple(document["attribution"]),
        levels={
            key: Level(**{**told, "assignment": tuple(told["assignment"])}) for key, told in document["levels"].items()
        },
        proposed_links=tuple(Link(**told) for told in document["proposed_links"]),
        pieces=tuple(Piece(**{**told, "units": tuple(told["units"])}) for told in document["pieces"]),
        receipts=tuple(
            Receipt(**{**told, "dropped": tuple(Dropped(**d) for d in told["dropped"]), "notes": tuple(told["notes"])})
            for told in document["receipts"]
        ),
        checks=tuple(
            Check(**{**told, "needs": tuple(told["needs"]), "codes": tuple(told["codes"])})
            for told in document["checks"]
        ),
    )


def _frame_out(name: str, frame: pd.DataFrame, arrays: dict[str, np.ndarray[Any, Any]]) -> dict[str, Any]:
    """Columns of text into the document, numbers and shapes into arrays."""
    columns: list[dict[str, Any]] = []
    for n, label in enumerate(frame.columns):
        values = frame[label]
        told: dict[str, Any] = {"name": str(label)}
        if isinstance(values, gpd.GeoSeries):
            kind, coords, offsets = shapely.to_ragged_array(_multi(values.to_numpy()), include_z=False)
            told |= {"type": "shape", "single": (shapely.get_type_id(values.to_numpy()) == 3).tolist()}
            told["kind"] = int(kind)
            arrays[f"{name}.shape.{n}"] = coords
            for depth, at in enumerate(offsets):
                arrays[f"{name}.offset.{n}.{depth}"] = np.asarray(at, dtype=np.int64)
        elif values.dtype.kind in "iufb":
            told["type"] = "number"
            arrays[f"{name}.column.{n}"] = values.to_numpy()
        else:
            told |= {"type": "text", "values": [str(v) for v in values]}
        columns.append(told)
    index: dict[str, Any] | None = None
    if frame.index.dtype.kind not in "iu":
        index = {"name": frame.index.name, "values": [str(v) for v in frame.index]}
    elif not frame.index.equals(pd.RangeIndex(len(frame))):
        index = {"name": frame.index.name, "values": None}
        arrays[f"{name}.index"] = frame.index.to_numpy()
    return {"columns": columns, "index": index, "rows": len(frame)}


def _frame_in(name: str, told: dict[str, Any], archive: zipfile.ZipFile) -> pd.DataFrame:
    listed = told["index"]
    index: pd.Index[Any] = pd.RangeIndex(told["rows"])
    if listed is not None and listed["values"] is None:
        index = pd.Index(_array(archive, f"{name}.index"), name=listed["name"])
    elif listed is not None:
        index = pd.Index(listed["values"], dtype="str", name=listed["name"])
    data: dict[str, Any] = {}
    shape = ""
    for n, column in enumerate(told["columns"]):
        label = column["name"]
        if column["type"] == "text":
            data[label] = pd.Series(column["values"], index=index, dtype="str")
        elif column["type"] == "number":
            data[label] = pd.Series(_array(archive, f"{name}.column.{n}"), index=index)
        else:
            shape = label
            offsets = tuple(_array(archive, f"{name}.offset.{n}.{depth}") for depth in range(3))
            kind = shapely.GeometryType(column["kind"])
            shapes = shapely.from_ragged_array(kind, _array(archive, f"{name}.shape.{n}"), offsets)
            single = np.array(column["single"], dtype=bool)
            shapes[single] = shapely.get_geometry(shapes[single], 0)
            data[label] = gpd.GeoSeries(shapes, index=index, crs=crs.BRITISH_GRID)
    frame = pd.DataFrame(data, index=index, columns=[c["name"] for c in told["columns"]])
    return gpd.GeoDataFrame(frame, geometry=shape, crs=crs.BRITISH_GRID) if shape else frame


def _multi(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Every shape as a MultiPolygon, so that all have the same depth whether or not one of them has parts."""
    made = shapes.copy()
    single = shapely.get_type_id(made) == 3
    made[single] = [shapely.MultiPolygon([p]) for p in made[single]]
    return made


def _npy(values: np.ndarray[Any, Any]) -> bytes:
    sink = io.BytesIO()
    np.save(sink, np.ascontiguousarray(values), allow_pickle=False)
    return sink.getvalue()


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray[Any, Any]:
    values: np.ndarray[Any, Any] = np.load(io.BytesIO(archive.read(f"{name}.npy")), allow_pickle=False)
    return values

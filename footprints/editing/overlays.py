"""The planner's own files on the map of a place: kept in the data folder of the user, read again when asked for.

A file is copied under a name made of its contents, beside a list that says what the planner calls it; every tab on the
place sees the same. Nothing here is part of a plan.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, RLock
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from boundaries import crs, safe_open
from boundaries.area import Area
from boundaries.errors import DataError, FootprintError
from boundaries.ground import KINDS
from boundaries.overlays import Overlay, read_barriers, read_overlays
from boundaries.receipts import Receipt
from boundaries.tiles import MAGIC, Tiles, open_tiles
from boundaries.words import count
from footprints.editing.desks import data_folder

SCHEMA = "footprints-overlays/1"
LARGEST = 200_000_000  # bytes of a file of shapes or rows
LARGEST_TILES = 4_000_000_000
MOST_FILES = 24
_A_DAY = 86_400
_LOCK = Lock()
_OPEN: dict[Path, Overlays] = {}


@dataclass(frozen=True, eq=False)
class _File:
    """A file as it is kept. trouble : why it cannot be drawn any more; then it has neither layers nor tiles."""

    key: str
    given: str
    layers: tuple[Overlay, ...] = ()
    tiles: Tiles | None = None
    trouble: tuple[str, str] = ("", "")


class Overlays:
    """The files of one place. folder : where they are kept, made when the first one comes."""

    def __init__(self, area: Area, folder: Path) -> None:
        self.area, self.folder = area, folder
        self._lock = RLock()
        self._files: dict[str, _File] | None = None
        self._packed: dict[str, bytes] = {}
        self._barriers: tuple[str, gpd.GeoDataFrame] | None = None

    def listed(self) -> list[dict[str, Any]]:
        """What the browser is told: a row for each layer of each file, in the order in which they were added."""
        with self._lock:
            return [row for file in self._known().values() for row in self._rows(file)]

    def add(self, path: Path, given: str) -> list[str]:
        """Take in a file (moved away from `path`); gives the keys of its layers.

        Raises DataError for one that cannot be drawn on this place, and for one too many or too large.
        """
        size = path.stat().st_size
        is_tiles = safe_open.read_head(path, size=len(MAGIC)) == MAGIC
        most = LARGEST_TILES if is_tiles else LARGEST
        if size > most:
            raise DataError(
                f"{given} has {size / 1e6:,.0f} MB; at most {most / 1e6:,.0f} MB are read.",
                mend="Cut it to this place first (in QGIS: Export, with the extent of the map).",
            )
        key = _digest(path)[:20]
        with self._lock:
            known = self._known()
            if key in known and not known[key].trouble[0]:
                raise DataError(f"{given} is on the map already, as {known[key].given}.", mend="Remove that one first.")
            if key not in known and len(known) >= MOST_FILES:
                raise DataError(f"There are {MOST_FILES} files on this map already.", mend="Remove one of them first.")
            read = self._read(path, key, given)
            self.folder.mkdir(parents=True, exist_ok=True)
            path.replace(self.folder / key)
            if read.tiles is not None:
                read = _File(key, given, tiles=open_tiles(self.folder / key, given))
            known[key] = read
            self._write()
            return [row["key"] for row in self._rows(read)]

    def remove(self, key: str) -> None:
        """Take the file away, from the map and from the disk. Raises DataError where it is not there."""
        with self._lock:
            known = self._known()
            if key not in known:
                raise DataError("This file is not on the map any more.", mend="Open the layers again.")
            del known[key]
            self._packed = {own: data for own, data in self._packed.items() if not own.startswith(key)}
            self._write()
            (self.folder / key).unlink(missing_ok=True)

    def shapes(self, key: str) -> bytes:
        """What is drawn of a layer, as compressed JSON (`_document`). Raises DataError where there is no such layer."""
        with self._lock:
            if key not in self._packed:
                found = {f"{f.key}-{n}": layer for f in self._known().values() for n, layer in enumerate(f.layers)}
                if key not in found:
                    raise DataError("This layer is not on the map any more.", mend="Open the layers again.")
                body = json.dumps(_document(found[key], self.area), ensure_ascii=False, separators=(",", ":"))
                self._packed[key] = gzip.compress(body.encode(), 6, mtime=0)
            return self._packed[key]

    def barriers(self) -> gpd.GeoDataFrame | None:
        """The barriers of all files, as exact as they stand there (`boundaries.overlays.read_barriers`); None without.

        Of a file that cannot be read any more the list says why.
        """
        with self._lock:
            files = [f for f in self._known().values() if any(layer.role == "barriers" for layer in f.layers)]
            if not files:
                return None
            mark = ",".join(f.key for f in files)
            if self._barriers is None or self._barriers[0] != mark:
                made = [read_barriers(self.folder / f.key, f.given, self.area)[0] for f in files]
                self._barriers = (mark, pd.concat(made, ignore_index=True))
            return self._barriers[1]

    def tiles(self, key: str) -> Tiles | None:
        """The pictures of a file, None where it has none."""
        with self._lock:
            file = self._known().get(key)
            return file.tiles if file else None

    def _known(self) -> dict[str, _File]:
        if self._files is None:
            self._files = {}
            for key, given in _index(self.folder / "index.json"):
                try:
                    self._files[key] = self._read(self.folder / key, key, given)
                except FootprintError as error:
                    self._files[key] = _File(key, given, trouble=(error.message, error.mend))
                except OSError:
                    self._files[key] = _File(key, given, trouble=(f"{given} is not there any more.", "Add it again."))
        return self._files

    def _read(self, path: Path, key: str, given: str) -> _File:
        try:
            if safe_open.read_head(path, size=len(MAGIC)) == MAGIC:
                tiles = open_tiles(path, given)
                _covers(tiles, self.area, given)
                return _File(key, given, tiles=tiles)
            return _File(key, given, layers=read_overlays(path, given, self.area))
        except FootprintError as error:
            # Readers know a file by the name that we gave it.
            raise DataError(error.message.replace(path.name, given), mend=error.mend) from error

    def _write(self) -> None:
        told = {"schema": SCHEMA, "files": [{"key": f.key, "name": f.given} for f in self._known().values()]}
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / "index.new"
        fresh.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8", newline="\n")
        fresh.replace(self.folder / "index.json")

    def _rows(self, file: _File) -> list[dict[str, Any]]:
        own = {"file": file.key, "name": file.given}
        if file.trouble[0]:
            return [own | {"key": file.key, "role": "none", "words": " ".join(file.trouble).strip(), "left": []}]
        if file.tiles is not None:
            t = file.tiles
            return [
                own
                | {
                    "key": file.key,
                    "role": "pictures",
                    "words": f"Map pictures, zoom {t.min_zoom} to {t.max_zoom}",
                    "left": [],
                    "bounds": [[t.bounds[1], t.bounds[0]], [t.bounds[3], t.bounds[2]]],
                    "zooms": [t.min_zoom, t.max_zoom],
                    "attribution": t.attribution,
                }
            ]
        return [
            own
            | {
                "key": f"{file.key}-{n}",
                "name": layer.name,
                "role": layer.role,
                "words": _words(layer),
                "forms": sorted({_FORMS[t.removeprefix("Multi")] for t in layer.frame.geometry.geom_type}),
                "left": _left_out(layer.receipt),
                "summary": f"{count(sum(d.rows for d in layer.receipt.dropped), 'row')} left out",
                "notes": list(layer.receipt.notes),
            }
            for n, layer in enumerate(file.layers)
        ]


def overlays_of(area: Area, home: Path | None = None) -> Overlays:
    """The planner's files on a place, the same for every tab. home : the planner's folder, else this computer's."""
    own = _folder(home) / hashlib.sha256(area.digest.encode()).hexdigest()[:24]
    with _LOCK:
        if own not in _OPEN:
            _OPEN[own] = Overlays(area, own)
        return _OPEN[own]


def _folder(home: Path | None) -> Path:
    return (home or data_folder().parent) / "overlays"


def incoming(home: Path | None = None) -> Path:
    """A new empty file for what is being sent, on the disk where files are kept."""
    folder = _folder(home)
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("incoming-*"):  # of a process that ended in the middle
        if left.stat().st_mtime < time.time() - _A_DAY:
            left.unlink(missing_ok=True)
    handle, name = tempfile.mkstemp(prefix="incoming-", dir=folder)
    os.close(handle)
    return Path(name)


def _digest(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            sha.update(chunk)
    return sha.hexdigest()


def _index(file: Path) -> list[tuple[str, str]]:
    """(key, name) of the files kept. A list that cannot be read, or of a later version, is left alone: no files."""
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        rows = told["files"] if told["schema"] == SCHEMA else []
        return [(str(row["key"]), str(row["name"])) for row in rows if str(row["key"]).isalnum()]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _covers(tiles: Tiles, area: Area, given: str) -> None:
    corners = crs.to_degrees(np.asarray([shapely.box(*area.units.total_bounds)], dtype=object))
    if not shapely.intersects(corners[0], shapely.box(*tiles.bounds)):
        west, south, east, north = tiles.bounds
        raise DataError(
            f"{given} covers longitude {west:.2f} to {east:.2f} and latitude {south:.2f} to {north:.2f}: no part of "
            f"{area.name}.",
            mend="Choose a file that covers this place.",
        )


_FORMS = {"Polygon": "area", "LineString": "line", "Point": "point"}


def _words(layer: Overlay) -> str:
    """How much there is of what: "24 areas", "12 barriers", "1,204 lines"."""
    if layer.role == "ground":
        return f"Base map, {count(len(layer.frame), 'line')}"
    if layer.role == "barriers":
        return count(len(layer.frame), "barrier")
    kinds = [_FORMS[t.removeprefix("Multi")] for t in layer.frame.geometry.geom_type]
    return " and ".join(count(kinds.count(kind), kind) for kind in ("area", "point") if kind in kinds)


def _left_out(receipt: Receipt) -> list[str]:
    return [f"{count(d.rows, 'row')} left out: {d.reason}" for d in receipt.dropped]


def _document(layer: Overlay, area: Area) -> dict[str, Any]:
    """A layer as it is drawn. Places are [latitude, longitude] to a metre.

    role : as of `Overlay`. rows : for each feature name, kind, strength (or null), form (area, line or point), and
    at : its parts (rings, lines or points); of an area also `middle` and `holds` (which LSOAs, in words).
    Ground has instead `lines` : kind -> lines, in the order in which they are drawn.
    """
    there = shapely.transform(crs.to_degrees(np.asarray(layer.frame.geometry.array)), _rounded)
    if layer.role == "ground":
        lines: dict[str, list[Any]] = {kind: [] for kind in KINDS}
        for kind, shape in zip(layer.frame["kind"], there, strict=True):
            lines[kind] += [_pairs(part) for part in shapely.get_parts(shape)]
        return {"role": layer.role, "lines": {kind: own for kind, own in lines.items() if own}}
    holds = _holds(layer, area)
    rows = []
    for n, shape in enumerate(there):
        row = layer.frame.iloc[n]
        strength = None if np.isnan(row["strength"]) else float(row["strength"])
        made = {"name": row["name"], "kind": row["kind"], "strength": strength}
        form = _FORMS[shape.geom_type.removeprefix("Multi")]
        made |= {"form": form, "at": _parts(shape, form)}
        if form == "area":
            middle = shapely.point_on_surface(shape)
            made |= {"middle": [round(middle.y, 5), round(middle.x, 5)], "holds": holds[n]}
        rows.append(made)
    return {"role": layer.role, "rows": rows}


def _parts(shape: Any, form: str) -> list[Any]:
    parts = shapely.get_parts(shape)
    if form == "point":
        return [[point.y, point.x] for point in parts]
    if form == "line":
        return [_pairs(part) for part in parts]
    return [_pairs(ring) for ring in shapely.get_rings(parts)]


def _pairs(line: Any) -> list[list[float]]:
    return [[y, x] for x, y in shapely.get_coordinates(line).tolist()]


def _rounded(xy: np.ndarray) -> np.ndarray:
    return np.round(xy, 5)


def _holds(layer: Overlay, area: Area) -> list[str]:
    """For each area, which LSOAs have their middle in it, in words; "" for what is no area."""
    shapes = np.asarray(layer.frame.geometry.array)
    points = shapely.points(area.units[["x", "y"]].to_numpy(dtype=np.float64))
    people = area.units["residents"].to_numpy()
    which, unit = shapely.STRtree(points).query(shapes, predicate="covers")
    told = []
    for n, shape in enumerate(shapes):
        inside = unit[which == n]
        if shape.geom_type not in ("Polygon", "MultiPolygon"):
            told.append("")
        elif len(inside):
            residents = count(int(people[inside].sum()), "resident")
            told.append(f"holds the middle of {count(len(inside), 'LSOA')}, {residents}")
        else:
            told.append("holds the middle of no LSOA")
    return told

"""Pictures of a base map out of one PMTiles file: checked before they are believed, and read where they lie.

A PMTiles file is a header, a few directories and the pictures; the package `pmtiles` knows the layout. Everything that
a file says of itself (offsets, lengths, packed directories, the kind of its pictures) is checked here before it is
followed, and only pictures are handed on.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from threading import Lock
from typing import Any

from pmtiles import tile as pm

from boundaries.crs import DEGREE_BOUNDS
from boundaries.errors import DataError

MAGIC = b"PMTiles"
_HEADER = 127
_DIRECTORY = 4_000_000  # bytes, unpacked
_METADATA = 1_000_000
_TILE = 2_000_000
_DEPTH = 4
_DIRECTORIES_KEPT = 64
_ATTRIBUTION = 300  # characters
_LONG_NUMBER = re.compile(rb"[\x80-\xff]{10}")
_AGAIN = "Make the file again; it must be PMTiles version 3 with pictures (PNG, JPEG, WebP or AVIF)."
MEDIA = {
    pm.TileType.PNG: "image/png",
    pm.TileType.JPEG: "image/jpeg",
    pm.TileType.WEBP: "image/webp",
    pm.TileType.AVIF: "image/avif",
}


@dataclass(frozen=True, eq=False)
class Tiles:
    """The pictures of one file. bounds : west, south, east, north in degrees, as the file states them.

    attribution : who made the map, as text (markup in the file is taken off, its words stay); "" where it is not said.
    media : the type of every picture, such as "image/png". tiles : how many pictures the file says it holds.
    """

    path: Path
    bounds: tuple[float, float, float, float]
    min_zoom: int
    max_zoom: int
    media: str
    attribution: str
    tiles: int
    header: dict[str, Any]
    _kept: OrderedDict[tuple[int, int], list[pm.Entry]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def picture(self, zoom: int, x: int, y: int) -> bytes | None:
        """One tile, None where the file has none there. Raises DataError where what stands there is no such picture."""
        if not self.min_zoom <= zoom <= self.max_zoom or not (0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
            return None
        wanted = pm.zxy_to_tileid(zoom, x, y)
        at, length = self.header["root_offset"], self.header["root_length"]
        for _ in range(_DEPTH):
            found = pm.find_tile(self._directory(at, length), wanted)
            if found is None:
                return None
            if found.run_length:
                data = _bytes(self.path, self.header["tile_data_offset"] + found.offset, found.length, _TILE)
                if not is_picture(data, self.media):
                    raise DataError(f"A tile of this file is not {self.media}.", mend=_AGAIN)
                return data
            at, length = self.header["leaf_directory_offset"] + found.offset, found.length
        raise DataError("The directories of this file lead nowhere.", mend=_AGAIN)

    def _directory(self, at: int, length: int) -> list[pm.Entry]:
        with self._lock:
            known = self._kept.get((at, length))
            if known is not None:
                self._kept.move_to_end((at, length))
                return known
        packed = _bytes(self.path, at, length, _DIRECTORY)
        plain = _unpacked(packed, _DIRECTORY)
        if _LONG_NUMBER.search(plain):
            raise DataError("A directory of this file holds numbers of impossible length.", mend=_AGAIN)
        try:
            entries = pm.deserialize_directory(packed)
        except (EOFError, OSError, ValueError) as error:
            raise DataError("A directory of this file is damaged.", mend=_AGAIN) from error
        with self._lock:
            self._kept[at, length] = entries
            while len(self._kept) > _DIRECTORIES_KEPT:
                self._kept.popitem(last=False)
        return entries


def open_tiles(path: Path, name: str) -> Tiles:
    """The pictures of a PMTiles file. name : what messages call it.

    Raises DataError for a file that is none, is damaged, holds no pictures (vector tiles), or lies outside Britain.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(_HEADER)
    if len(start) < _HEADER or not start.startswith(MAGIC):
        raise DataError(f"{name} is not a PMTiles file.", mend=_AGAIN)
    try:
        header: dict[str, Any] = {**pm.deserialize_header(start)}
    except pm.SpecVersionUnsupported as error:
        raise DataError(f"{name} is PMTiles of version {start[7]}; version 3 is read.", mend=_AGAIN) from error
    except (ValueError, UnicodeDecodeError, IndexError) as error:
        raise DataError(f"{name}: its header is damaged.", mend=_AGAIN) from error
    for part in ("root", "metadata", "leaf_directory", "tile_data"):
        if header[f"{part}_offset"] + header[f"{part}_length"] > size:
            raise DataError(f"{name} ends before its contents do.", mend="Copy it again; the copy was cut short.")
    kind = header["tile_type"]
    if kind not in MEDIA:
        held = "vector tiles" if kind in (pm.TileType.MVT, pm.TileType.MLT) else "tiles of an unknown kind"
        raise DataError(
            f"{name} holds {held}; only pictures can be drawn here.",
            mend="Make a PMTiles file of pictures, or add the roads and water as GeoJSON or GeoPackage.",
        )
    if header["tile_compression"] not in (pm.Compression.NONE, pm.Compression.UNKNOWN):
        raise DataError(f"{name}: its pictures are packed once more ({header['tile_compression'].name}).", mend=_AGAIN)
    if header["internal_compression"] != pm.Compression.GZIP:
        raise DataError(f"{name}: its directories are not packed with gzip.", mend=_AGAIN)
    bounds = tuple(header[f"{side}_e7"] / 1e7 for side in ("min_lon", "min_lat", "max_lon", "max_lat"))
    west, south, east, north = bounds
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise DataError(f"{name} does not say what it covers (longitude {west} to {east}).", mend=_AGAIN)
    if east < DEGREE_BOUNDS[0] or west > DEGREE_BOUNDS[2] or north < DEGREE_BOUNDS[1] or south > DEGREE_BOUNDS[3]:
        raise DataError(f"{name} covers no part of Britain.", mend="Choose a file that covers this place.")
    least, most = int(header["min_zoom"]), int(header["max_zoom"])
    if not least <= most <= 24:
        raise DataError(f"{name}: its zoom levels, {least} to {most}, make no sense.", mend=_AGAIN)
    made = Tiles(
        path=path,
        bounds=(west, south, east, north),
        min_zoom=least,
        max_zoom=most,
        media=MEDIA[kind],
        attribution=_attribution(path, header),
        tiles=int(header["addressed_tiles_count"]),
        header=header,
    )
    made._directory(header["root_offset"], header["root_length"])  # a file whose root is damaged is refused now
    return made


def is_picture(data: bytes, media: str) -> bool:
    """Whether bytes begin as a picture of that type does."""
    if media == "image/png":
        return data.startswith(b"\x89PNG\r\n\x1a\n")
    if media == "image/jpeg":
        return data.startswith(b"\xff\xd8\xff")
    if media == "image/webp":
        return data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data[4:12] in (b"ftypavif", b"ftypavis")


def plain_text(markup: str) -> str:
    """The words of a text that may hold markup (attributions hold links), on one line, cut to a length for a map."""
    words = _Words()
    words.feed(markup[:20_000])
    words.close()
    return re.sub(r"\s+", " ", "".join(words.found)).strip()[:_ATTRIBUTION]


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._code = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._code = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._code = False

    def handle_data(self, data: str) -> None:
        if not self._code:
            self.found.append(data)


def _attribution(path: Path, header: dict[str, Any]) -> str:
    data = _bytes(path, header["metadata_offset"], header["metadata_length"], _METADATA)
    try:
        told = json.loads(_unpacked(data, _METADATA)) if data else {}
    except (ValueError, RecursionError) as error:
        raise DataError("The description inside this file is damaged.", mend=_AGAIN) from error
    said = told.get("attribution") if isinstance(told, dict) else None
    return plain_text(said) if isinstance(said, str) else ""


def _bytes(path: Path, at: int, length: int, most: int) -> bytes:
    if length > most:
        raise DataError(f"A part of this file is {length:,} bytes long; at most {most:,} are read.", mend=_AGAIN)
    with path.open("rb") as file:
        file.seek(at)
        data = file.read(length)
    if len(data) < length:
        raise DataError("This file ends before its contents do.", mend="Copy it again; the copy was cut short.")
    return data


def _unpacked(packed: bytes, most: int) -> bytes:
    """gzip, never beyond `most` bytes."""
    unpack = zlib.decompressobj(wbits=31)
    try:
        plain = unpack.decompress(packed, most + 1)
    except zlib.error as error:
        raise DataError("A part of this file is damaged.", mend=_AGAIN) from error
    if len(plain) > most or not unpack.eof or unpack.unused_data:
        raise DataError(f"A part of this file unpacks to more than {most:,} bytes, or not at all.", mend=_AGAIN)
    return plain

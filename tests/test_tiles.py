"""Pictures out of a PMTiles file: what was written is read, and nothing that a file says is followed unchecked."""

from __future__ import annotations

import gzip
import random
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from boundaries import tiles
from boundaries.errors import DataError
from boundaries.tiles import open_tiles, plain_text


def png(shade: int = 200, side: int = 4) -> bytes:
    """A grey picture."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + bytes([shade]) * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(rows)) + part(b"IEND", b"")


def pmtiles(
    file: Path,
    pictures: dict[tuple[int, int, int], bytes],
    *,
    bounds: tuple[float, float, float, float] = (-1.0, 51.0, 1.0, 53.0),
    kind: TileType = TileType.PNG,
    metadata: dict[str, Any] | None = None,
    compression: Compression = Compression.NONE,
) -> Path:
    """A file made by the package's own writer."""
    with file.open("wb") as out:
        writer = Writer(out)
        for at in sorted(pictures, key=lambda k: zxy_to_tileid(*k)):
            writer.write_tile(zxy_to_tileid(*at), pictures[at])
        west, south, east, north = (round(v * 1e7) for v in bounds)
        writer.finalize(
            {
                "tile_type": kind, "tile_compression": compression,
                "min_lon_e7": west, "min_lat_e7": south, "max_lon_e7": east, "max_lat_e7": north,
            },
            metadata or {},
        )  # fmt: skip
    return file


def broken(file: Path, at: int, data: bytes) -> Path:
    """The file with some bytes of it changed."""
    whole = bytearray(file.read_bytes())
    whole[at : at + len(data)] = data
    file.write_bytes(bytes(whole))
    return file


def test_what_was_written_is_read(tmp_path: Path) -> None:
    pictures = {(z, x, y): png(10 * z + x + y) for z in range(3) for x in range(1 << z) for y in range(1 << z)}
    found = open_tiles(pmtiles(tmp_path / "a", pictures, metadata={"attribution": "© Someone"}), "a.pmtiles")
    assert (found.media, found.min_zoom, found.max_zoom, found.tiles) == ("image/png", 0, 2, len(pictures))
    assert found.attribution == "© Someone"
    assert found.bounds == (-1.0, 51.0, 1.0, 53.0)
    for at, data in pictures.items():
        assert found.picture(*at) == data


def test_leaf_directories_are_followed(tmp_path: Path) -> None:
    rng = random.Random(1)
    pictures = {(8, x, y): png() + rng.randbytes(rng.randrange(1, 60)) for x in range(150) for y in range(150)}
    found = open_tiles(pmtiles(tmp_path / "a", pictures), "a")
    assert found.header["leaf_directory_length"] > 0
    for at in rng.sample(sorted(pictures), 200):
        assert found.picture(*at) == pictures[at]


@pytest.mark.parametrize("at", [(2, 1, 1), (0, 1, 0), (0, 0, -1), (1, 0, 5), (40, 0, 0)])
def test_a_tile_that_is_not_there_is_none(tmp_path: Path, at: tuple[int, int, int]) -> None:
    assert open_tiles(pmtiles(tmp_path / "a", {(0, 0, 0): png(), (1, 1, 1): png()}), "a").picture(*at) is None


def test_only_pictures_are_taken_and_only_as_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="pmtiles holds vector tiles") as error:
        open_tiles(pmtiles(tmp_path / "a", {(0, 0, 0): b"mvt"}, kind=TileType.MVT), "roads.pmtiles")
    assert "GeoJSON or GeoPackage" in error.value.mend
    for page in (b"<html><script>alert(1)</script>", b"", png()[:6], b"\xff\xd8\xff jpeg"):
        found = open_tiles(pmtiles(tmp_path / "b", {(0, 0, 0): page or b" "}), "b")
        with pytest.raises(DataError, match="is not image/png"):
            found.picture(0, 0, 0)
    for kind, data in ((TileType.JPEG, b"\xff\xd8\xff\xe0"), (TileType.WEBP, b"RIFF\0\0\0\0WEBPVP8 ")):
        assert open_tiles(pmtiles(tmp_path / "c", {(0, 0, 0): data}, kind=kind), "c").picture(0, 0, 0) == data
    with pytest.raises(DataError, match="packed once more"):
        open_tiles(pmtiles(tmp_path / "d", {(0, 0, 0): png()}, compression=Compression.GZIP), "d")


def test_places_elsewhere_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="covers no part of Britain"):
        open_tiles(pmtiles(tmp_path / "a", {(0, 0, 0): png()}, bounds=(10, 40, 12, 42)), "a")


@pytest.mark.parametrize(
    ("at", "data", "said"),
    [
        (0, b"PMTilez", "not a PMTiles file"),
        (7, b"\x02", "version 2"),
        (99, b"\x63", "header is damaged"),
        (8, b"\xff" * 8, "ends before"),
        (16, b"\xff\xff\xff\xff\0\0\0\0", "ends before"),
        (56, b"\xff" * 8, "ends before"),
        (97, b"\x01", "not packed with gzip"),
        (101, b"\x40", "make no sense"),
        (127, b"\0\0\0", "damaged"),
    ],
)
def test_a_false_header_is_refused(tmp_path: Path, at: int, data: bytes, said: str) -> None:
    file = broken(pmtiles(tmp_path / "a", {(0, 0, 0): png()}), at, data)
    with pytest.raises(DataError, match=said):
        open_tiles(file, "a.pmtiles")


def rooted(file: Path, directory: bytes) -> Path:
    """A file whose root directory is this."""
    whole = bytearray(pmtiles(file, {(0, 0, 0): png()}).read_bytes())
    whole[8:16], whole[16:24] = len(whole).to_bytes(8, "little"), len(directory).to_bytes(8, "little")
    file.write_bytes(bytes(whole) + directory)
    return file


def test_directories_that_would_unpack_without_end_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="unpacks to more than"):
        open_tiles(rooted(tmp_path / "a", gzip.compress(b"\x01" * (tiles._DIRECTORY + 10))), "a")
    with pytest.raises(DataError, match="impossible length"):
        open_tiles(rooted(tmp_path / "b", gzip.compress(b"\x80" * 1_000_000 + b"\x01")), "b")
    with pytest.raises(DataError, match="damaged"):
        open_tiles(rooted(tmp_path / "c", gzip.compress(b"\x05\x01\x01")), "c")
    # a leaf that leads to itself
    leaf = gzip.compress(bytes([1, 0, 0, 20, 1]))
    found = open_tiles(rooted(tmp_path / "d", leaf), "d")
    with pytest.raises(DataError):
        found.picture(0, 0, 0)


def test_random_damage_is_an_error_in_words_or_no_damage(tmp_path: Path) -> None:
    good = pmtiles(tmp_path / "a", {(z, x, 0): png(z) for z in range(4) for x in range(1 << z)}).read_bytes()
    rng = random.Random(7)
    for n in range(300):
        bad = bytearray(good)
        for _ in range(rng.randrange(1, 6)):
            bad[rng.randrange(8, len(bad))] = rng.randrange(256)
        file = tmp_path / f"x{n}"
        file.write_bytes(bytes(bad[: rng.randrange(100, len(bad) + 1)] if n % 3 == 0 else bad))
        try:
            found = open_tiles(file, "x")
            for z in range(4):
                data = found.picture(z, 0, 0)
                assert data is None or tiles.is_picture(data, found.media)
        except DataError:
            pass


def test_an_attribution_is_words_and_never_markup(tmp_path: Path) -> None:
    said = '<a href="https://example.org" onclick="x()">© Map\n makers</a> &amp; <script>alert(1)</script>'
    assert plain_text(said) == "© Map makers &"
    assert open_tiles(pmtiles(tmp_path / "a", {(0, 0, 0): png()}, metadata={"attribution": said}), "a").attribution == (
        "© Map makers &"
    )
    assert len(plain_text("x" * 5_000)) == 300
    for other in ({}, {"attribution": 7}, {"attribution": None}):
        assert open_tiles(pmtiles(tmp_path / "b", {(0, 0, 0): png()}, metadata=other), "b").attribution == ""

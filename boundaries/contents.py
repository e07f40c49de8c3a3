"""What a file holds, whatever its name says: its kind by the first bytes, its text, its SHA-256."""

from __future__ import annotations

import codecs
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from boundaries.errors import DataError
from boundaries.zips import label, open_bytes, shape_parts

_CHUNK = 1 << 20
_SQLITE = b"SQLite format 3\x00"
_SHAPE = b"\x00\x00\x27\x0a"
_PARQUET = b"PAR1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True)
class Digest:
    """SHA-256 of a whole file and the encoding its whole text has ("" when it is not text we can read)."""

    sha256: str
    encoding: str


def digest_file(path: Path, member: str = "") -> Digest:
    """One pass over a file (or a member of a zip): SHA-256 and, for text, ascii, utf-8, utf-8-sig or cp1252."""
    sha = hashlib.sha256()
    utf8 = codecs.getincrementaldecoder("utf-8")()
    ascii_only, is_utf8, is_cp1252, bom, first = True, True, True, False, True
    with open_bytes(path, member) as file:
        while chunk := file.read(_CHUNK):
            sha.update(chunk)
            if first:
                bom, first = chunk.startswith(codecs.BOM_UTF8), False
            if chunk.isascii() and b"\0" not in chunk and not utf8.getstate()[0]:
                continue
            ascii_only = False
            if b"\0" in chunk:
                is_utf8 = is_cp1252 = False
            if is_utf8:
                try:
                    utf8.decode(chunk)
                except UnicodeDecodeError:
                    is_utf8 = False
            is_cp1252 = is_cp1252 and not any(b in chunk for b in (b"\x81", b"\x8d", b"\x8f", b"\x90", b"\x9d"))
    if is_utf8:
        is_utf8 = not utf8.getstate()[0]
    encoding = "ascii" if ascii_only else "utf-8-sig" if is_utf8 and bom else "utf-8" if is_utf8 else ""
    return Digest(sha.hexdigest(), encoding or ("cp1252" if is_cp1252 else ""))


def encoding_of(head: bytes) -> str:
    """The encoding of a text as far as its opening bytes tell (a character cut in two at the end is forgiven)."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "" if b"\0" in head else "cp1252"
    if b"\0" in head:
        return ""
    return "ascii" if head.isascii() else "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"


def digest_parts(path: Path) -> str:
    """SHA-256 over all parts of a loose shapefile, in the order of `SHAPE_PARTS`."""
    sha = hashlib.sha256()
    for part, source, _ in shape_parts(path):
        sha.update(part.encode() + bytes.fromhex(digest_file(source).sha256))
    return sha.hexdigest()


def sniff(head: bytes) -> str:
    """What the first bytes say: empty, geojson, json, gpkg, shapefile, zip, parquet, utf-16, text, markup or binary."""
    if not head.strip():
        return "empty"
    if head.startswith(_SQLITE):
        return "gpkg"
    if head.startswith(_SHAPE):
        return "shapefile"
    if head.startswith(_ZIP):
        return "zip"
    if head.startswith(_PARQUET):
        return "parquet"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head[:4096]:
        start = head[:64]
        return "utf-16" if max(start[0::2].count(0), start[1::2].count(0)) > 0.8 * (len(start) // 2) else "binary"
    text = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if text.startswith(b"{"):
        return "geojson" if _is_feature_collection(text) else "json"
    if text.startswith(b"<"):
        return "markup"
    return "text"


def _is_feature_collection(text: bytes) -> bool:
    squeezed = re.sub(rb"\s+", b"", text[:65_536])
    if b"gdal_streamed_alg" in squeezed or b'"type":"Topology"' in squeezed:
        return False
    return b'"type":"FeatureCollection"' in squeezed or squeezed.startswith(b'{"features":[')


def read_head(path: Path, member: str = "", size: int = 65_536) -> bytes:
    """The first `size` bytes of a file, or of a member of a zip."""
    with open_bytes(path, member) as file:
        return file.read(size)


def decode(data: bytes, name: str) -> tuple[str, str]:
    """Text and the encoding used: UTF-8 (with or without BOM), else Windows-1252; DataError for anything else."""
    kind = sniff(data[:65_536])
    if kind == "utf-16":
        raise DataError(
            f"{name} is in UTF-16, which official files never are.",
            mend="Save it again as “CSV UTF-8 (comma delimited)”.",
        )
    if b"\0" in data[:65_536]:
        raise DataError(f"{name} is not text.", mend="Take the file from the publisher again.")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text, encoding if encoding == "cp1252" or data.startswith(codecs.BOM_UTF8) else "utf-8"
    raise DataError(
        f"{name} is neither UTF-8 nor Windows-1252 text.", mend="Save it again as “CSV UTF-8 (comma delimited)”."
    )


def read_text(path: Path, member: str = "") -> tuple[str, str]:
    """The whole text of a file (or of a member of a zip) and the encoding used."""
    with open_bytes(path, member) as file:
        return decode(file.read(), label(path, member))

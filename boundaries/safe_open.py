"""The one door to the disk: drivers limited before GDAL loads, content believed rather than names, text decoded once.

A file called `boundaries.geojson` may hold a VRT, a GDALG pipeline or a WFS descriptor, with which GDAL would read
other files or call other servers (reliability.md 1.1). So this module is imported before anything that loads GDAL,
leaves five drivers standing, looks at the first bytes itself, and hands GDAL only the path of an existing local file.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import hashlib
import io
import os
import re
import shutil
import stat
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

ALLOWED_DRIVERS = frozenset({"GeoJSON", "GPKG", "ESRI Shapefile", "CSV", "MEM"})
_KNOWN_DRIVERS = (
    "PCIDSK,PDS4,VICAR,PDF,MBTiles,EEDA,OGCAPI,GDALG,MapInfo File,LVBAG,S57,DGN,OGR_VRT,GML,GPX,LIBKML,KML,GeoJSONSeq,"
    "ESRIJSON,TopoJSON,OGR_GMT,SQLite,WAsP,OpenFileGDB,DXF,FlatGeobuf,GeoRSS,VFK,PGDUMP,OSM,GPSBabel,OGR_PDS,WFS,"
    "OAPIF,EDIGEO,Idrisi,ODS,XLSX,Elasticsearch,Carto,AmigoCloud,SXF,Selafin,JML,PLSCENES,CSW,VDV,MVT,NGW,MapML,"
    "GTFS,PMTiles,JSONFG,MiraMonVector,ADBC,AVCBin,AVCE00,AIVector,HTTP"
)


class DriverGuardError(RuntimeError):
    """GDAL kept drivers that this project does not allow; nothing may be read in such a process."""


def guard() -> None:
    """Leave GDAL with `ALLOWED_DRIVERS` only, whether or not it was loaded before; called once, on import.

    The environment is set first (child processes inherit it and GDAL reads it as it loads); the list is that of the
    wheels of GDAL 3.12, no longer, since GDAL complains of names it lacks. Another GDAL may know other drivers: what is
    left is asked for, skipped as well, and asked for again.
    """
    os.environ["OGR_SKIP"] = _KNOWN_DRIVERS
    import pyogrio  # noqa: PLC0415
    from pyogrio import _ogr  # noqa: PLC0415

    left = set(pyogrio.list_drivers()) - ALLOWED_DRIVERS
    if left:
        skip = ",".join(sorted(left | set(_KNOWN_DRIVERS.split(","))))
        os.environ["OGR_SKIP"] = skip
        pyogrio.set_gdal_config_options({"OGR_SKIP": skip})
        _ogr._register_drivers()
        left = set(pyogrio.list_drivers()) - ALLOWED_DRIVERS
    if left:
        raise DriverGuardError(f"GDAL would not give up these drivers: {', '.join(sorted(left))}")


guard()

import pandas as pd  # noqa: E402

from boundaries import columns as col  # noqa: E402
from boundaries.errors import DataError  # noqa: E402

MAX_MEMBERS = 300
MAX_UNPACKED = 6 * 1024**3
MAX_RATIO = 250
_RATIO_FREE = 32 * 1024**2
_CHUNK = 1 << 20
_SQLITE = b"SQLite format 3\x00"
_SHAPE = b"\x00\x00\x27\x0a"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


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
    """What the first bytes say: empty, geojson, json, gpkg, shapefile, zip, utf-16, text, markup or binary."""
    if not head.strip():
        return "empty"
    if head.startswith(_SQLITE):
        return "gpkg"
    if head.startswith(_SHAPE):
        return "shapefile"
    if head.startswith(_ZIP):
        return "zip"
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


def label(path: Path, member: str = "") -> str:
    """How messages call a file: its name, and the member where it is inside a zip."""
    return f"{path.name} ({member})" if member else path.name


# ---------------------------------------------------------------- zips


def zip_members(path: Path) -> list[zipfile.ZipInfo]:
    """The files of a zip, sorted by name, after the checks; DataError for what is damaged, nested, huge or devious."""
    try:
        with zipfile.ZipFile(path) as archive:
            infos = [i for i in archive.infolist() if not i.is_dir()]
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise DataError(
            f"{path.name} is a damaged or unfinished zip.", mend="Download it again; the copy stopped before its end."
        ) from error
    if len(infos) > MAX_MEMBERS:
        raise DataError(f"{path.name} holds {len(infos):,} files; at most {MAX_MEMBERS} are read.", mend="Unzip it.")
    if sum(i.file_size for i in infos) > MAX_UNPACKED:
        raise DataError(f"{path.name} would unpack to more than {MAX_UNPACKED // 1024**3} GB.", mend="Unzip it.")
    for info in infos:
        name = info.filename
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if name.startswith(("/", "\\")) or ".." in parts or ":" in name or "\0" in name:
            raise DataError(
                f"{path.name} holds the path “{name}”, which points outside it.", mend="Do not use this zip."
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise DataError(f"{path.name} holds a link, “{name}”, instead of a file.", mend="Zip the files themselves.")
        if info.flag_bits & 0x1:
            raise DataError(f"{path.name} is protected by a password.", mend="Unzip it first.")
        if name.lower().endswith(".zip"):
            raise DataError(f"{path.name} holds another zip, “{name}”.", mend="Unzip the outer one.")
        if info.file_size > _RATIO_FREE and info.file_size > MAX_RATIO * max(info.compress_size, 1):
            raise DataError(f"{path.name}: “{name}” unpacks to {MAX_RATIO} times its size.", mend="Unzip it first.")
    return sorted(infos, key=lambda i: i.filename)


@contextlib.contextmanager
def open_bytes(path: Path, member: str = "") -> Iterator[IO[bytes]]:
    """A readable stream of an existing regular file, or of one member of a (checked) zip."""
    if not path.is_file():
        raise DataError(f"There is no file {path.name} in {path.parent}.", mend="Check the folder's name.")
    if not member:
        with path.open("rb") as file:
            yield file
        return
    known = {i.filename for i in zip_members(path)}
    if member not in known:
        raise DataError(f"{path.name} holds no “{member}”.")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as file:
            yield file
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, zlib.error) as error:
        raise DataError(
            f"{label(path, member)} is damaged: its contents do not match its checksum.", mend="Download it again."
        ) from error


@contextlib.contextmanager
def on_disk(path: Path, member: str = "", *, suffix: str | None = None) -> Iterator[Path]:
    """A path GDAL reads literally: the file itself, or a copy with a plain name in a temporary folder.

    A copy is made of members of a zip (for a shapefile, of all its parts) and of files whose path holds characters that
    GDAL or pyogrio would take for an archive, a query or a URL.
    """
    wanted = suffix or Path(member or path.name).suffix.lower()
    plain = path.resolve()
    if not member and plain.suffix.lower() == wanted and _is_literal(str(plain)):
        yield plain
        return
    with tempfile.TemporaryDirectory(prefix="footprints-") as folder:
        target = Path(folder) / f"layer{wanted}"
        _copy(path, member, target)
        if wanted == ".shp":
            for part, source, inner in shape_parts(path, member):
                if part != ".shp":
                    _copy(source, inner, target.with_suffix(part))
        yield target


def _is_literal(path: str) -> bool:
    return not re.search(r"[!?;#%*|<>\"\n\r\t]|\.zip|\.tar|\.gz|\.tgz|/vsi", path.lower())


def _copy(path: Path, member: str, target: Path) -> None:
    with open_bytes(path, member) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink, _CHUNK)


def shape_parts(path: Path, member: str = "") -> list[tuple[str, Path, str]]:
    """The parts of one shapefile that exist: (extension, path, member), loose or inside a zip, .shp first."""
    found: dict[str, tuple[str, Path, str]] = {}
    if member:
        stem = member[: -len(".shp")].casefold()
        for info in zip_members(path):
            name, dot, end = info.filename.rpartition(".")
            if name.casefold() == stem and dot + end.lower() in SHAPE_PARTS:
                found.setdefault(dot + end.lower(), (dot + end.lower(), path, info.filename))
    else:
        for other in sorted(path.parent.iterdir()):
            if other.stem == path.stem and other.suffix.lower() in SHAPE_PARTS and other.is_file():
                found.setdefault(other.suffix.lower(), (other.suffix.lower(), other, ""))
    return [found[part] for part in SHAPE_PARTS if part in found]


# ---------------------------------------------------------------- CSV


def delimiter_problem(header: str) -> str:
    """Why a first line is not comma-separated, or ""."""
    bare = re.sub(r'"[^"]*"', "", header)
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if bare.count(mark) > bare.count(","):
            return f"its columns are separated by {name}, not commas"
    return ""


def read_csv(
    path: Path,
    member: str = "",
    *,
    columns: Sequence[str] | None = None,
    header: bool = True,
    skip_rows: int = 0,
    keep: Callable[[pd.DataFrame], pd.Series] | None = None,
    ragged: bool = False,
) -> tuple[pd.DataFrame, str]:
    """A comma-separated table, every cell a string as it stands ("" where blank), and the encoding used.

    columns : the file's own (cleaned) headers to keep; all by default. Without a header they are "0", "1", ...
    keep : a test of each block of rows; rows that fail it never stay in memory (filtered reading of national files).
        Row counts of what was passed over are the caller's: `frame.attrs["rows_read"]` holds the rows seen.
    ragged : the last row may end early (files with notes under the table); else that is a sign of a download cut
        short, and refused. Cells that a row in between lacks are blank, for the readers to judge.
    """
    name = label(path, member)
    encoding = digest_file(path, member).encoding
    if not encoding:
        decode(read_head(path, member), name)
        raise DataError(f"{name} is neither UTF-8 nor Windows-1252 text.", mend="Save it as “CSV UTF-8”.")
    first = read_head(path, member, 1 << 20)
    if not first.strip():
        raise DataError(f"{name} is empty.", mend="Download it again.")
    lines = first.decode("cp1252" if encoding == "cp1252" else "utf-8-sig", "replace").splitlines()
    problem = delimiter_problem(lines[skip_rows]) if len(lines) > skip_rows else ""
    if problem:
        raise DataError(f"{name} cannot be read: {problem}.", mend="Save it again as “CSV UTF-8 (comma delimited)”.")
    if not ragged and not member:
        _check_last_row(path, lines[skip_rows] if len(lines) > skip_rows else "", encoding)
    frames, rows = [], 0
    reading = "cp1252" if encoding == "cp1252" else "utf-8-sig"
    try:
        with warnings.catch_warnings(), open_bytes(path, member) as raw:
            warnings.simplefilter("error", pd.errors.ParserWarning)
            text = io.TextIOWrapper(raw, encoding=reading, newline="")
            blocks = pd.read_csv(
                text,
                dtype=str,
                header=0 if header else None,
                skiprows=skip_rows,
                keep_default_na=False,
                na_filter=True,
                index_col=False,
                chunksize=200_000,
                skip_blank_lines=True,
            )
            for block in blocks:
                block.columns = pd.Index([col.clean(c) for c in block.columns], dtype="str")
                if columns is not None:
                    block = block[list(columns)]  # noqa: PLW2901
                rows += len(block)
                block = block.fillna("")  # noqa: PLW2901
                frames.append(block if keep is None else block[keep(block)])
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{name} is empty.", mend="Download it again.") from error
    except KeyError as error:
        raise DataError(
            f"{name} lacks a column: {error.args[0]}.", mend="Download it again, with all its columns."
        ) from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(
            f"{name} is not a regular table: {str(error).removeprefix('Error tokenizing data. C error: ').strip()}.",
            mend="A row has more cells than the header, or a quote is not closed.",
        ) from error
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    frame.attrs["rows_read"] = rows
    return frame, encoding


def _check_last_row(path: Path, first: str, encoding: str) -> None:
    """DataError when the last row has fewer cells than the first: the copy stopped before its end."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_536))
        tail = file.read().decode("cp1252" if encoding == "cp1252" else "utf-8", "replace")
    rows = [line for line in tail.splitlines() if line.strip()]
    if not rows or not first:
        return
    cells, wanted = (len(next(csv.reader([line]), [])) for line in (rows[-1], first))
    # A line break inside quotes can make the last line look short; then quotes do not pair up in it.
    if cells < wanted and rows[-1].count('"') % 2 == 0:
        raise DataError(
            f"{path.name}: its last row ends after {cells} of {wanted} columns.",
            mend="Download it again; the copy stopped before its end.",
        )


# ---------------------------------------------------------------- workbooks


@contextlib.contextmanager
def open_workbook(path: Path, member: str = "") -> Iterator[Any]:
    """An .xlsx workbook opened read-only and streamed (openpyxl), formulas as their stored values."""
    import openpyxl  # noqa: PLC0415

    zip_members(path) if not member else None
    with on_disk(path, member, suffix=".xlsx") as plain:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                book = openpyxl.load_workbook(plain, read_only=True, data_only=True, keep_links=False)
        except Exception as error:
            raise DataError(
                f"{label(path, member)} is not a readable .xlsx workbook.", mend="Download it again."
            ) from error
        try:
            yield book
        finally:
            book.close()

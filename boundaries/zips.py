"""Files and members of zips, checked before they are opened; copies with plain names where GDAL needs a path."""

from __future__ import annotations

import contextlib
import re
import shutil
import stat
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from boundaries.errors import DataError
from boundaries.words import count

MAX_MEMBERS = 300
MAX_UNPACKED = 6 * 1024**3
MAX_RATIO = 250
SHAPE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_RATIO_FREE = 32 * 1024**2
_CHUNK = 1 << 20


def label(path: Path, member: str = "") -> str:
    """How messages call a file: its name, and the member where it is inside a zip."""
    return f"{path.name} ({member})" if member else path.name


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
        raise DataError(
            f"{path.name} holds {count(len(infos), 'file')}; at most {MAX_MEMBERS} are read.", mend="Unzip it."
        )
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

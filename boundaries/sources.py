"""Which official file is this? Every file of a folder, recognised by its columns or the shape of its rows.

Names of files are never trusted: a download may be called anything. `scan` reads the head of each file and hashes the
whole; the readers do the rest.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from boundaries import layers, recognise, safe_open
from boundaries.errors import DataError
from boundaries.recognise import Recognised
from boundaries.source_file import SourceFile

_SIDE_FILES = (
    ".shx",
    ".dbf",
    ".prj",
    ".cpg",
    ".sbn",
    ".sbx",
    ".qix",
    ".qmd",
    ".qpj",
    ".shp.xml",
    ".gpkg-wal",
    ".gpkg-shm",
)
_ENDINGS = {
    ".csv": "text",
    ".txt": "text",
    ".geojson": "geojson",
    ".gpkg": "gpkg",
    ".shp": "shapefile",
    ".xlsx": "zip",
    ".zip": "zip",
    ".parquet": "parquet",
}
_LEFT_OUT = {"derived", "__macosx", "__pycache__"}


def scan(folder: Path) -> list[SourceFile]:
    """Every table and layer below `folder` (all but `derived/`), sorted by path; nothing is loaded.

    Raises DataError when the folder is absent or holds no file.
    """
    if folder.is_file():
        raise DataError(f"{folder} is a file, not a folder.", mend="Give the folder that holds it and the others.")
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}.", mend="Give the folder that holds the official files.")
    found: list[SourceFile] = []
    for path in _files(folder):
        found.extend(_scan_file(path, path.relative_to(folder).as_posix()))
    if not found:
        raise DataError(f"The folder {folder} holds no files.", mend="Put the official files in it, unchanged.")
    return sorted(found, key=lambda s: (s.relative, s.member, s.layer))


def _files(folder: Path) -> list[Path]:
    paths: list[Path] = []
    for top, names, files in os.walk(folder):
        names[:] = sorted(n for n in names if n.casefold() not in _LEFT_OUT and not n.startswith("."))
        paths.extend(Path(top) / n for n in names if (Path(top) / n).is_symlink())  # listed, and never gone into
        paths.extend(
            Path(top) / n
            for n in files
            if not n.startswith((".", "~$")) and not n.lower().endswith(_SIDE_FILES) and n.lower() != "thumbs.db"
        )
    stems = {(p.parent, p.stem.casefold()) for p in paths if p.suffix.lower() == ".shp"}
    return sorted(p for p in paths if p.suffix.lower() != ".dbf" or (p.parent, p.stem.casefold()) not in stems)


def _scan_file(path: Path, relative: str) -> list[SourceFile]:
    if path.is_dir():
        problem, mend = "It is a link to another folder, which is not followed.", "Put the files themselves here."
        return [SourceFile(path, "", relative, "unknown", (), "", "", problem, mend)]
    try:
        digest = safe_open.digest_file(path)
        size = path.stat().st_size
    except OSError as error:
        return [SourceFile(path, "", relative, "unknown", (), "", "", f"It cannot be opened ({error.strerror}).")]
    try:
        form = safe_open.sniff(safe_open.read_head(path))
        if form == "zip" and not _disagrees(path.suffix.lower(), form) and not _is_workbook(path):
            return _scan_zip(path, relative, digest.sha256)
        return _scan_one(path, "", relative, digest, size, form)
    except DataError as error:
        return [
            SourceFile(
                path, "", relative, "unknown", (), digest.encoding, digest.sha256, error.message, error.mend, size=size
            )
        ]


def _disagrees(suffix: str, form: str) -> bool:
    """Whether the content is not what the name's ending says (an ending that says nothing agrees with all)."""
    expected = _ENDINGS.get(suffix, form)
    return form not in {expected, "empty"} and not (form == "utf-16" and expected == "text")


def _is_workbook(path: Path) -> bool:
    return any(i.filename == "[Content_Types].xml" for i in safe_open.zip_members(path))


def _scan_zip(path: Path, relative: str, sha256: str) -> list[SourceFile]:
    found: list[SourceFile] = []
    for info in safe_open.zip_members(path):
        name = info.filename
        base = name.rsplit("/", 1)[-1]
        if base.startswith((".", "~$")) or name.startswith("__MACOSX/") or name.lower().endswith(_SIDE_FILES):
            continue
        inner = f"{relative}/{name}"
        try:
            head = safe_open.read_head(path, name)
            form = safe_open.sniff(head)
            if form == "zip" and not name.lower().endswith(".xlsx"):
                raise DataError("It is a zip inside a zip.", mend="Unzip the outer one.")
            for one in _scan_one(
                path, name, inner, safe_open.Digest(sha256, safe_open.encoding_of(head)), info.file_size, form
            ):
                found.append(one)
        except DataError as error:
            found.append(
                SourceFile(path, name, inner, "unknown", (), "", sha256, error.message, error.mend, size=info.file_size)
            )
    if not found:
        raise DataError("It is an empty zip.", mend="Download it again.")
    return _without_parts(found)


def _without_parts(found: list[SourceFile]) -> list[SourceFile]:
    """An ONS Postcode Directory holds its rows twice: whole, and again by postcode area; the whole one is kept."""
    whole = [f for f in found if f.kind == "onspd" and "multi_csv/" not in f.member.lower()]
    if not whole:
        return found
    note = f"It holds rows that are also in {whole[0].member}."
    return [
        replace(f, kind="unknown", problem=note) if f.kind == "onspd" and "multi_csv/" in f.member.lower() else f
        for f in found
    ]


def _scan_one(
    path: Path, member: str, relative: str, digest: safe_open.Digest, size: int, form: str
) -> list[SourceFile]:
    suffix = Path(member or path.name).suffix.lower()

    def made(
        what: Recognised, *, layer: str = "", shown: bool = False, sha256: str = digest.sha256, encoding: str = ""
    ) -> SourceFile:
        return SourceFile(
            path=path,
            member=member,
            relative=f"{relative}/{layer}" if shown else relative,
            kind=what.kind,
            columns=what.columns,
            encoding=encoding,
            sha256=sha256,
            problem=what.problem,
            mend=what.mend,
            layer=layer,
            refused=what.refused,
            vintage=what.vintage,
            has_header=what.has_header,
            header_row=what.header_row,
            sheets=what.sheets,
            size=size,
        )

    if form == "empty":
        return [made(Recognised("unknown", problem="It is empty.", mend="Download it again."))]
    if _disagrees(suffix, form):
        return [made(recognise.not_what_it_says(suffix, form, safe_open.read_head(path, member)))]
    if form in {"geojson", "gpkg", "shapefile"}:
        sha256 = digest.sha256
        if form == "shapefile" and not member:
            sha256 = safe_open.digest_parts(path)
        names = layers.list_layers(path, member)
        several = len(names) > 1
        return [
            made(recognise.layer(layers.describe(path, member, name)), layer=name, shown=several, sha256=sha256)
            for name in names
        ]
    if form == "zip":
        return [made(recognise.workbook(path, member))]
    if form == "parquet":
        return [made(recognise.parquet_table(path, member))]
    if form in {"text", "utf-16"}:
        head = safe_open.read_head(path, member, 1 << 18)
        what = recognise.text(head, digest.encoding, whole=len(head) >= size)
        return [made(what, encoding=digest.encoding)]
    return [made(Recognised("unknown", problem="It is not a kind of file that is read here."))]

"""Writing a folder so that nothing of anyone else's is ever lost and no reader ever meets half of it.

Our folders carry `manifest.json`, which lists the files we wrote. A folder without it (unless empty), or with files
that it does not list, is refused. The new folder is written beside the old one, flushed, and renamed into its place.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from footprints.errors import PlanError, some
from footprints.plan import canonical

MANIFEST = "manifest.json"
SCHEMA = "footprints-folder/1"
_VOLATILE = "run.json"
_PASSED_OVER = re.compile(r"\.DS_Store|Thumbs\.db|desktop\.ini|.*\.gpkg-(wal|shm|journal)", re.IGNORECASE)
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def passed_over(name: str) -> bool:
    """Whether a file is one that systems leave in folders by themselves, and of nobody's making."""
    return _PASSED_OVER.fullmatch(name) is not None


def check_name(name: str) -> str:
    """A file or folder name that every system can hold. Raises PlanError for reserved names and characters."""
    if not name or _FORBIDDEN.search(name) or _RESERVED.fullmatch(name) or name != name.rstrip(" .") or len(name) > 120:
        raise PlanError(
            f"“{name}” cannot be the name of a file on every computer.", mend="Use letters, digits, blanks, - and _."
        )
    return name


def refuse_foreign_folder(folder: Path) -> None:
    """Raises PlanError unless `folder` is absent, empty, or wholly ours; call it before work that takes long."""
    check_name(folder.resolve().name)
    if not folder.exists():
        above = next(p for p in folder.resolve().parents if p.exists())
        if not above.is_dir():
            raise PlanError(f"{folder} cannot be made: {above} is a file.", mend="Name another folder.")
        if not os.access(above, os.W_OK):
            raise PlanError(f"{folder} cannot be made: you may not write in {above}.", mend="Name another folder.")
        return
    if not folder.is_dir():
        raise PlanError(f"{folder} is a file, not a folder.", mend="Name a new folder.")
    if Path.cwd().resolve().is_relative_to(folder.resolve()):
        raise PlanError(
            f"{folder} is the folder you are working in.", mend="Name a folder inside it, such as “result”."
        )
    found = sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if not passed_over(path.name) and (path.is_file() or not any(path.iterdir()))
    )
    if not found:
        return
    listed = manifest(folder)
    if listed is None:
        raise PlanError(
            f"{folder} holds files that this programme did not write ({some(found, 3)}).",
            mend="Name a new or empty folder.",
        )
    foreign = [name for name in found if name != MANIFEST and name not in listed["files"]]
    if foreign:
        raise PlanError(
            f"{folder} also holds files of yours ({some(foreign, 3)}), which replacing it would lose.",
            mend="Move them, or name another folder.",
        )


def manifest(folder: Path) -> Mapping[str, Any] | None:
    """The manifest of a folder of ours, else None."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    good = isinstance(found, Mapping) and found.get("schema") == SCHEMA and isinstance(found.get("files"), Mapping)
    return found if good else None


def with_manifest(files: Mapping[str, bytes], about: Mapping[str, Any]) -> dict[str, bytes]:
    """The files and their manifest: `about`, and the SHA-256 of each but `run.json`, which is never the same twice."""
    sums = {
        name: "" if name.rsplit("/", 1)[-1] == _VOLATILE else hashlib.sha256(data).hexdigest()
        for name, data in sorted(files.items())
    }
    return {**files, MANIFEST: canonical({"schema": SCHEMA, **about, "files": sums}).encode()}


def write_folder(folder: Path, files: Mapping[str, bytes], about: Mapping[str, Any] | None = None) -> tuple[Path, ...]:
    """Write `files` (name -> bytes) and a manifest as the whole content of `folder`, all at once; the paths written.

    A name may have folders before it, parted by "/".
    Raises PlanError where the folder is not ours, or the disk refuses.
    """
    refuse_foreign_folder(folder)
    for name in files:
        for part in name.split("/"):
            check_name(part)
    whole = with_manifest(files, about or {})
    target = folder.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        made = _beside(target)
    except OSError as error:
        raise PlanError(f"{folder} cannot be written ({error.strerror}).", mend="Choose another folder.") from None
    try:
        for name, data in sorted(whole.items()):
            (made / name).parent.mkdir(parents=True, exist_ok=True)
            _write(made / name, data)
        _swap(made, target)
    except OSError as error:
        raise PlanError(
            f"{folder} cannot be written ({error.strerror}).",
            mend="Close the files in it that are open in another program, or free space on the disk, and try again.",
        ) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return tuple(folder / name for name in sorted(whole))


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _swap(made: Path, target: Path) -> None:
    """Put `made` in the place of `target`; should the last step fail, the old folder comes back."""
    if not target.exists():
        made.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    try:
        target.rename(aside / target.name)
        try:
            made.rename(target)
        except OSError:
            with contextlib.suppress(OSError):
                (aside / target.name).rename(target)
            raise
    finally:
        # What could not be moved back stays where it can be found.
        if target.exists():
            shutil.rmtree(aside, ignore_errors=True)


def _beside(target: Path) -> Path:
    """A new folder beside `target`, as open as any other (tempfile's would be private), under a name nobody has."""
    while True:
        made = target.parent / f".{target.name}.{secrets.token_hex(8)}"
        with contextlib.suppress(FileExistsError):
            made.mkdir()
            return made

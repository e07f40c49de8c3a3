"""Network shares, on which a file that several may write is not safe: recognised, so that they can be refused."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Protocol

import psutil

from footprints.errors import StoreError

_SHARES = ("nfs", "cifs", "smb", "afpfs", "ncpfs", "webdav", "davfs", "fuse.sshfs", "fuse.rclone", "9p", "afs", "ceph")


class Partition(Protocol):
    """What psutil says of a mounted disk."""

    mountpoint: str
    fstype: str
    opts: str


def share_of(path: PurePath, partitions: Iterable[Partition]) -> str:
    """The kind of network share that a path lies on, such as "cifs"; "" where it lies on this computer."""
    text = str(path)
    if text.startswith(("\\\\", "//")) and not text.startswith(("\\\\?\\", "\\\\.\\")):
        return "UNC path"
    if text.upper().startswith("\\\\?\\UNC\\"):
        return "UNC path"
    best, kind = -1, ""
    for one in partitions:
        mount = type(path)(one.mountpoint)
        if (path == mount or path.is_relative_to(mount)) and len(mount.parts) > best:
            kinds = one.fstype.casefold()
            remote = kinds.startswith(_SHARES) or "remote" in one.opts.casefold().split(",")
            best, kind = len(mount.parts), (one.fstype or "network drive") if remote else ""
    return kind


def refuse_share(path: Path) -> None:
    """Raises StoreError where the path lies on a network share."""
    raw = str(path)
    found = "UNC path" if raw.startswith(("\\\\", "//")) else share_of(path.resolve(), psutil.disk_partitions(all=True))
    if found:
        raise StoreError(
            f"{path} lies on a network share ({found}). Two computers that write one SQLite file on a share can damage "
            "it without any error.",
            mend="Keep the store on a disk of this computer; for several computers, give the address of a PostgreSQL "
            "server.",
        )

"""Results of jobs as files, named by the digest of what is in them: whole or not there at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Iterable
from pathlib import Path

_PART, _OLD_S = ".part", 24 * 3600


class Results:
    """A folder of results."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, data: bytes) -> str:
        """Write a result to the disk; its digest. Raises OSError where the disk refuses; then nothing is left."""
        digest = hashlib.sha256(data).hexdigest()
        self.folder.mkdir(parents=True, exist_ok=True)
        beside = self.folder / f"{digest}.{uuid.uuid4().hex}{_PART}"
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.folder / digest)
        except OSError:
            with contextlib.suppress(OSError):
                beside.unlink()
            raise
        return digest

    def read(self, digest: str) -> bytes | None:
        """A result as it was written; None where its file is gone or holds anything else."""
        try:
            data = (self.folder / digest).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def forget(self, digests: Iterable[str]) -> None:
        """Delete results that nothing points to, and what a process left that was killed while it wrote."""
        gone = [self.folder / digest for digest in digests]
        with contextlib.suppress(OSError):
            old = time.time() - _OLD_S
            gone += [part for part in self.folder.glob(f"*{_PART}") if part.stat().st_mtime < old]
        for path in gone:
            with contextlib.suppress(OSError):
                path.unlink()

"""The evidence that plans were made on: one file for each area, named by the SHA-256 of its bytes, never written again.

A version holds codes and labels only and names the digest of its area; years later the file still tells who lived
where, which board an LSOA belonged to, and what touched what.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import uuid
from pathlib import Path

from boundaries.area import Area
from boundaries.cache import area_bytes, area_from_bytes
from boundaries.errors import DataError
from footprints.errors import StoreError

HELD = 4  # areas in memory


class Areas:
    """A folder of area files, and the last few of them in memory (areas are only read, so all may share them)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._held: dict[str, Area] = {}

    def path(self, file: str) -> Path:
        """Where the file of that name is kept."""
        if not (len(file) == 64 and set(file) <= set("0123456789abcdef")):
            raise StoreError(f"“{file}” is not the name of an area file.")
        return self.folder / f"{file}.area"

    def keep(self, area: Area) -> str:
        """Write the file of an area, unless it is there; its name. Raises StoreError where the disk refuses."""
        data = area_bytes(area)
        file = hashlib.sha256(data).hexdigest()
        path = self.path(file)
        beside = path.with_name(f".{file}.{uuid.uuid4().hex}")
        try:
            if not path.exists() or path.read_bytes() != data:
                self.folder.mkdir(parents=True, exist_ok=True)
                with beside.open("wb") as out:
                    out.write(data)
                    out.flush()
                    os.fsync(out.fileno())
                beside.replace(path)
        except OSError as error:
            raise StoreError(
                f"The file of the area {area.name} cannot be written ({error.strerror}), so nothing was saved.",
                mend="Free some space, or check the right to write there, and save again.",
            ) from None
        finally:
            with contextlib.suppress(OSError):
                beside.unlink()
        self._hold(file, area)
        return file

    def read(self, file: str) -> Area:
        """The area of a file. Raises StoreError where it is not there or not what it was."""
        with self._lock:
            if file in self._held:
                return self._held[file]
        data = self.data(file)
        if hashlib.sha256(data).hexdigest() != file:
            raise StoreError(
                f"The area file {file[:12]}… is not what was kept: its bytes have changed.",
                mend="Take it from a backup, or keep the area again from its official files.",
            )
        try:
            area = area_from_bytes(data)
        except DataError as error:
            raise StoreError(f"The area file {file[:12]}… cannot be read: {error.message}", mend=error.mend) from None
        self._hold(file, area)
        return area

    def data(self, file: str) -> bytes:
        """The bytes of an area file. Raises StoreError where it cannot be read."""
        try:
            return self.path(file).read_bytes()
        except OSError as error:
            raise StoreError(
                f"The area file {file[:12]}… cannot be read from {self.folder} ({error.strerror}).",
                mend="Put it back from a backup: area files lie beside the store and go with it.",
            ) from None

    def _hold(self, file: str, area: Area) -> None:
        with self._lock:
            self._held[file] = area
            while len(self._held) > HELD:
                del self._held[next(iter(self._held))]

"""Who edits, and when: what a desk writes beside every edit, at the moment it acknowledges it.

The name is what the person typed, kept in the data folder of the user; nothing is ever taken from the computer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from footprints.plan import clean_text

LONGEST = 120  # characters of a name
_LOCK = Lock()
_KNOWN: dict[Path, str] = {}


@dataclass(frozen=True)
class Signature:
    """The name of a person, "" where none was given, and a time: 2026-11-26T09:30:00Z."""

    who: str
    when: str


NOBODY = Signature("", "")


def now() -> str:
    """The time in UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def unnamed() -> Signature:
    """The time, and nobody's name."""
    return Signature("", now())


class Person:
    """The person at this computer, as they gave their name; kept in `file`."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def name(self) -> str:
        """The name, "" where none was given or it cannot be read."""
        with _LOCK:
            if self.file not in _KNOWN:
                try:
                    told = json.loads(self.file.read_text(encoding="utf-8"))
                    _KNOWN[self.file] = told["name"] if isinstance(told["name"], str) else ""
                except (OSError, ValueError, KeyError, TypeError):
                    _KNOWN[self.file] = ""
            return _KNOWN[self.file]

    def rename(self, name: str) -> None:
        """Keep another name, or none. Raises PlanError for characters that cannot be saved, OSError of the disk."""
        said = " ".join(clean_text(name, "A name").split())[:LONGEST]
        with _LOCK:
            _KNOWN[self.file] = said
            self.file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.file.with_suffix(".new")
            fresh.write_text(json.dumps({"name": said}, ensure_ascii=False), encoding="utf-8", newline="")
            fresh.replace(self.file)

    def sign(self) -> Signature:
        """The name and the time."""
        return Signature(self.name, now())

"""What was read, what was kept, and why: the receipt that a board paper can cite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Dropped:
    """Rows (and people, where the table counts people) left out for one reason."""

    reason: str
    rows: int
    people: float | None = None


@dataclass(frozen=True)
class Receipt:
    """One file as it was read. `people_*` are None where the table does not count people.

    `kind` is the table kind of `boundaries.kinds`; `vintage` the geography ("LSOA 2021", "LSOA 2011", "");
    `status` says whether the file was used, known but not needed (`notes` say why), or not recognised.
    """

    file: str
    kind: str
    publisher: str
    table: str
    edition: str
    vintage: str
    rows_read: int
    rows_kept: int
    sha256: str
    encoding: str = ""
    licence: str = ""
    people_read: float | None = None
    people_kept: float | None = None
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    status: Literal["used", "not used", "not recognised"] = "used"


@dataclass(frozen=True)
class Check:
    """One acceptance check (formats.md section 11); "missing" means that a file in `needs` was not loaded."""

    key: str
    label: str
    status: Literal["pass", "warn", "fail", "missing"]
    message: str
    mend: str = ""
    needs: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()

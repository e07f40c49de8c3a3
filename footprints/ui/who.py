"""Who is in front of this page. Without shared mode that is the one user of this computer, who may do everything."""

from __future__ import annotations

from pathlib import Path

from footprints.access import Who, at_this_computer
from footprints.editing import person


def now() -> Who:
    """The person of this run. Asked for anew at every write, never kept: roles and sign-ins end."""
    return at_this_computer(person().name)


def may(role: str) -> bool:
    """Whether this person may do now what that role does."""
    return now().may(role)


def require(role: str) -> Who:
    """The person, who may do now what that role does. Raises AccessError otherwise; called before every write."""
    found = now()
    found.require(role)
    return found


def store_at() -> tuple[str | None, Path | None]:
    """Where this person's store and its area files are, for `open_store`; None for those of this computer."""
    return None, None

"""The error of this folder; the tree stands in `boundaries.errors`."""

from __future__ import annotations

from collections.abc import Iterable

from boundaries.errors import FootprintError


class PlanError(FootprintError, ValueError):
    """A plan fails its integrity check, does not fit the area, is locked, or its file cannot be read or written."""


class StoreError(FootprintError):
    """The store cannot be opened or written, or what was asked of it is not allowed to this person or at this time.

    command : what the mend is on the command line, such as "--reason"; only said there.
    """

    def __init__(self, message: str, *, mend: str = "", command: str = "") -> None:
        super().__init__(message, mend=mend)
        self.command = command


class AccessError(FootprintError):
    """This person may not do what was asked, or their sign-in has ended."""


def some(codes: Iterable[str], most: int = 5) -> str:
    """The first few of a list, in words: "A, B, C, D, E and 7 more"."""
    listed = [str(code) for code in codes]
    shown = ", ".join(listed[:most])
    return shown if len(listed) <= most else f"{shown} and {len(listed) - most:,} more"

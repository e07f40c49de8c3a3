"""The errors of the whole house, drawn once.

FootprintError            every message a planner may see; the app and the command line catch this one
├── DataError             a file is missing, unreadable, of another vintage, or does not add up
│   └── ChooseAreaError   the source holds more than one place: carries the list of places
├── CriteriaError         what was asked for is not a possible question (optimise)
├── PlanError             a plan fails its integrity check, or does not fit the area (footprints)
└── StoreError            the store cannot be opened, or what was asked of it is not allowed (footprints)
    └── ConflictError     somebody saved since: carries the three versions and what differs
"""

from __future__ import annotations

from dataclasses import dataclass


class FootprintError(Exception):
    """What is wrong, where, and the smallest change that would mend it.

    Parameters
    ----------
    message : what is wrong and where, with codes and numbers, as one or more plain sentences.
    mend : the smallest change that would help; shown after the message. May be empty.
    """

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()


class DataError(FootprintError, ValueError):
    """A file is missing, unreadable, of another vintage, or does not add up."""


@dataclass(frozen=True)
class Place:
    """One place a planner may choose: `level` is a key of `Area.levels` (district, upper_tier, sub_icb, icb)."""

    level: str
    code: str
    name: str
    units: int
    residents: int | None


class ChooseAreaError(DataError):
    """The source holds several places and none was named; `places` lists what may be chosen."""

    def __init__(self, message: str, places: tuple[Place, ...], *, mend: str = "") -> None:
        super().__init__(message, mend=mend)
        self.places = places

"""Evidence: official files read, checked, reconciled and joined into an `Area`. Nothing is decided here.

    load_area(source, area)  ->  Area        list_places(source)  ->  what may be chosen as `area`

GDAL is limited to five drivers before anything of this package is used (see `boundaries.drivers`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boundaries import drivers  # isort: skip  # first: it limits GDAL before geopandas loads it
from boundaries import safe_open
from boundaries.area import Area, Level, Link, Piece
from boundaries.errors import ChooseAreaError, DataError, FootprintError, Place
from boundaries.receipts import Check, Dropped, Receipt

if TYPE_CHECKING:
    from boundaries.load import list_places, load_area

__all__ = [
    "Area",
    "Check",
    "ChooseAreaError",
    "DataError",
    "Dropped",
    "FootprintError",
    "Level",
    "Link",
    "Piece",
    "Place",
    "Receipt",
    "drivers",
    "list_places",
    "load_area",
    "safe_open",
]


def __getattr__(name: str) -> object:
    """The two verbs load the readers when first asked for, so that types alone stay cheap to import."""
    if name in {"load_area", "list_places"}:
        from boundaries import load  # noqa: PLC0415

        return getattr(load, name)
    raise AttributeError(f"module 'boundaries' has no attribute {name!r}")

"""A drawn place of 12 x 8 areas in two districts, and a plan of six neighbourhoods on it that holds."""

from __future__ import annotations

from functools import cache

from boundaries.area import Area
from footprints.plan import Plan
from footprints.shelf import Shelf
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn

WIDE, HIGH = 12, 8
ASKED = Criteria(target=50_000, minimum=30_000, maximum=60_000, within=())


@cache
def area() -> Area:
    """The place; the same object for every session, as the app's own cache gives it."""
    return grid_area(
        ["AAAAAABBBBBB"] * HIGH, 3_000, msoa=[f"{'C' * 4}{'D' * 4}{'E' * 4}"] * 4 + [f"{'F' * 4}{'G' * 4}{'H' * 4}"] * 4
    )


def drawn_plan() -> Plan:
    """Six neighbourhoods of 4 x 4 areas, 48,000 people each."""
    return drawn(area(), ["aaaabbbbcccc"] * 4 + ["ddddeeeeffff"] * 4, ASKED, name="Drawn")


def with_options(shelf: Shelf) -> Shelf:
    """The shelf with that plan once for every test, the first of them the current one."""
    for _ in range(40):
        shelf = shelf.add(drawn_plan())
    return shelf.choose("option-1")


def unit(column: int, row: int) -> int:
    """The position of an area, counted from the top left."""
    return row * WIDE + column

"""How numbers are said to people; one place, so that nobody ever reads "1 units" or two kinds of per cent."""

from __future__ import annotations

from math import ceil


def count(number: int, one: str, many: str = "") -> str:
    """ "1 unit", "2 units", "1,234 units"; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def percent(fraction: float) -> str:
    """A small share for people: "0.6%", "less than 0.1%"; 0 only for none at all."""
    return "less than 0.1%" if 0 < fraction < 0.001 else f"{fraction:.1%}"


def at_most(fraction: float) -> str:
    """A share rounded up to a tenth of a percent, so that "by more than 0.6%" stays true."""
    return f"{ceil(fraction * 1000 - 1e-9) / 10:.1f}%"

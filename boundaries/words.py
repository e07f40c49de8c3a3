"""How a number of things is said to people; one place, so that nobody ever reads "1 units"."""

from __future__ import annotations


def count(number: int, one: str, many: str = "") -> str:
    """ "1 unit", "2 units", "1,234 units"; `many` where it is not `one` with an s."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def every(number: int, one: str, many: str = "") -> str:
    """ "The only unit", "All 2 units", "All 1,234 units"; the words as for `count`."""
    return f"The only {one}" if number == 1 else f"All {count(number, one, many)}"

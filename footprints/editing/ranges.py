"""Sets of positions as short text, "0-3,7,9-12": a lasso round a town fits in a small message."""

from __future__ import annotations

import re
from collections.abc import Iterable

from footprints.errors import PlanError

_PART = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")


def to_ranges(positions: Iterable[int]) -> str:
    """The positions, each once and in order.

    >>> to_ranges([9, 1, 2, 3])
    '1-3,9'
    """
    runs: list[list[int]] = []
    for at in sorted(set(positions)):
        if runs and at == runs[-1][1] + 1:
            runs[-1][1] = at
        else:
            runs.append([at, at])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def from_ranges(text: object, below: int) -> tuple[int, ...]:
    """Positions 0 <= p < below, sorted. Raises PlanError for text that is none, or names one that is not there."""
    if not isinstance(text, str):
        raise PlanError("An edit did not say which areas it is about.", mend="Reload the page.")
    found: set[int] = set()
    for part in text.split(",") if text else ():
        said = _PART.fullmatch(part)
        first = int(said[1]) if said else 0
        last = int(said[2] or said[1]) if said else -1
        if not first <= last < below:
            raise PlanError(f"An edit names areas that are not there ({part[:20]}).", mend="Reload the page.")
        found.update(range(first, last + 1))
    return tuple(sorted(found))

"""The plans of a project with their versions, as a list is drawn: who, when, why, status, and what moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock

from footprints.store.moves import moves_between
from footprints.store.opening import Store
from footprints.store.records import PlanRow, Status, Version

_LOCK = Lock()
_MOVED: dict[tuple[str, str, str], tuple[int, int]] = {}  # contents never change, so neither does what moved
_KEPT = 4_000


@dataclass(frozen=True)
class Line:
    """A version of a list; its document is left out. before : the key of the version that it is set against, or "".

    units, people : that moved against that one.
    """

    version: Version
    status: Status | None
    before: str
    units: int
    people: int

    @property
    def state(self) -> str:
        """The status in one word."""
        return self.status.status if self.status else "draft"


@dataclass(frozen=True)
class PlanLines:
    """A plan and its versions, the newest first."""

    row: PlanRow
    lines: tuple[Line, ...]

    def line(self, number: int) -> Line | None:
        """The line of a version."""
        return next((one for one in self.lines if one.version.number == number), None)


def overview(store: Store, project: str, *, archived: bool = False) -> tuple[PlanLines, ...]:
    """Every plan of a project with its versions; archived : also those in the archive."""
    given = store.statuses_in(project)
    return tuple(_lines(store, row, given) for row in store.plans(project, archived=archived))


def _lines(store: Store, row: PlanRow, given: Mapping[str, tuple[Status, ...]]) -> PlanLines:
    history = store.history(row.id)
    by_key = {one.key: one for one in history}
    lines = []
    for one in history:
        before = f"{one.plan}@{one.parent}" if one.parent else one.other
        statuses = given.get(one.key, ())
        units, people = _moved(store, by_key.get(before) or (store.version(before) if before else None), one)
        lines.append(Line(replace(one, document=""), statuses[-1] if statuses else None, before, units, people))
    return PlanLines(row, tuple(reversed(lines)))


def _moved(store: Store, before: Version | None, after: Version) -> tuple[int, int]:
    if before is None:
        return 0, 0
    key = before.content, after.content, after.area
    with _LOCK:
        if key in _MOVED:
            return _MOVED[key]
    moves = moves_between(before.decision, after.decision, store.area_of(after.area))
    found = len(moves.moves), moves.people
    with _LOCK:
        _MOVED[key] = found
        while len(_MOVED) > _KEPT:
            del _MOVED[next(iter(_MOVED))]
    return found

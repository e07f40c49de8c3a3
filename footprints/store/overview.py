"""The plans of a project with their versions, as a list is drawn: who, when, why, status, and what moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock

from footprints.store.lineage import edition_of, standing
from footprints.store.moves import moves_between
from footprints.store.opening import Store
from footprints.store.records import PlanRow, Standing, Status, Version

_LOCK = Lock()
# Contents never change, so neither does what moved.
_MOVED: dict[tuple[str, str, str, frozenset[str]], tuple[int, int, int, int]] = {}
_KEPT = 4_000


@dataclass(frozen=True)
class Line:
    """A version of a list; its document is left out. before : the key of the version that it is set against, or "".

    units, people : that moved against that one; units_inside, people_inside : of these within the units asked about.
    """

    version: Version
    standing: Standing
    before: str
    units: int
    people: int
    units_inside: int = 0
    people_inside: int = 0

    @property
    def state(self) -> str:
        """The status in one word."""
        return self.standing.status


@dataclass(frozen=True)
class PlanLines:
    """A plan and its versions, the newest first."""

    row: PlanRow
    lines: tuple[Line, ...]

    def line(self, number: int) -> Line | None:
        """The line of a version."""
        return next((one for one in self.lines if one.version.number == number), None)


def overview(
    store: Store, project: str, *, archived: bool = False, within: frozenset[str] = frozenset()
) -> tuple[PlanLines, ...]:
    """Every plan of a project with its versions; archived : also those in the archive. within : units of a body."""
    given = store.statuses_in(project)
    return tuple(_lines(store, row, given, within) for row in store.plans(project, archived=archived))


def _lines(store: Store, row: PlanRow, given: Mapping[str, tuple[Status, ...]], within: frozenset[str]) -> PlanLines:
    history = store.history(row.id)
    by_key = {one.key: one for one in history}

    def earlier(key: str) -> str:
        one = by_key.get(key) or store.version(key)  # an edition may begin a plan of its own
        return edition_of(one.plan, one.parent, one.other, one.kind)

    lines = []
    for one in history:
        before = f"{one.plan}@{one.parent}" if one.parent else one.other
        moved = _moved(store, by_key.get(before) or (store.version(before) if before else None), one, within)
        lines.append(
            Line(replace(one, document=""), standing(one.key, earlier, lambda key: given.get(key, ())), before, *moved)
        )
    return PlanLines(row, tuple(reversed(lines)))


def _moved(store: Store, before: Version | None, after: Version, within: frozenset[str]) -> tuple[int, int, int, int]:
    if before is None:
        return 0, 0, 0, 0
    key = before.content, after.content, after.area, within
    with _LOCK:
        if key in _MOVED:
            return _MOVED[key]
    moves = moves_between(before.decision, after.decision, store.area_of(after.area))
    inside = moves.within(within)
    found = len(moves.moves), moves.people, len(inside.moves), inside.people
    with _LOCK:
        _MOVED[key] = found
        while len(_MOVED) > _KEPT:
            del _MOVED[next(iter(_MOVED))]
    return found

"""Practices whose home is another one under another plan of the same area."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from footprints.practices.spread import Spread


@dataclass(frozen=True)
class HomeChange:
    """One practice: names of its homes ("" for none), and whether each was agreed or is by most patients.

    same : both homes count as the same neighbourhood, and only what was agreed differs.
    """

    practice: str
    name: str
    patients: int
    before: str
    after: str
    agreed_before: bool
    agreed_after: bool
    same: bool = False


def homes_changed(before: Spread, after: Spread, matching: Iterable[tuple[str, str, int]]) -> tuple[HomeChange, ...]:
    """Those whose home is not the matching one, or whose home was agreed in one plan alone; largest lists first.

    matching : (neighbourhood before, neighbourhood after, people) that count as the same one, as in `compare`.
    """
    same = {"": ""} | {b: a for b, a, _ in matching}
    place = {code: p for p, code in enumerate(after.practices)}
    found = []
    for p, code in enumerate(before.practices):
        q = place.get(code, -1)
        if q < 0 or not (before.shown[p] or code in before.reasons or code in after.reasons):
            continue
        old, new = int(before.agreed[p]), int(after.agreed[q])
        said = (code in before.reasons, code in after.reasons)
        stays = same.get(before.code(old)) == after.code(new)
        if stays and said[0] == said[1]:
            continue
        names = [s.name(d) if d >= 0 else "" for s, d in ((before, old), (after, new))]
        found.append(HomeChange(code, after.names[q], int(after.lists[q]), names[0], names[1], *said, stays))
    return tuple(sorted(found, key=lambda row: (-row.patients, row.practice)))

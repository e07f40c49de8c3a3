"""PCNs whose main neighbourhood is another one under another plan (practices: `footprints.practices.homes_changed`)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from footprints.practices.alignment import pcn_rows
from footprints.practices.spread import Spread


@dataclass(frozen=True)
class PcnChange:
    """One PCN: where most of its patients live under either plan (names, "" for nowhere), and its share there."""

    pcn: str
    name: str
    patients: int
    before: str
    after: str
    share_before: float
    share_after: float


def pcns_changed(before: Spread, after: Spread, matching: Iterable[tuple[str, str, int]]) -> tuple[PcnChange, ...]:
    """Those whose main neighbourhood is not the matching one; most patients first.

    PCNs with fewer than half of their patients in the area are left to the areas where these are.
    matching : (neighbourhood before, neighbourhood after, people) that count as the same one.
    """
    same = {"": ""} | {b: a for b, a, _ in matching}
    now = {row.pcn: row for row in pcn_rows(after)}
    found = []
    for row in pcn_rows(before):
        other = now[row.pcn]
        if not row.pcn or not row.ours or same.get(row.main) == other.main:
            continue
        names = [
            spread.name(spread.codes.index(own.main)) if own.main else ""
            for spread, own in ((before, row), (after, other))
        ]
        found.append(
            PcnChange(row.pcn, row.name, row.patients, names[0], names[1], row.main_share, other.main_share)
        )  # fmt: skip
    return tuple(sorted(found, key=lambda row: (-row.patients, row.pcn)))

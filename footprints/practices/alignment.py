"""PCNs against neighbourhoods: which stay whole, and who would have to change for both to agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from footprints.practices.impact import OVER
from footprints.practices.spread import Spread


@dataclass(frozen=True)
class PcnRow:
    """One PCN; "" gathers the practices in none.

    patients : on the lists of its practices (those with a patient here), wherever they live. inside : (neighbourhood,
    patients) most first; unassigned, elsewhere : the rest, so that all add up to patients. pieces : neighbourhoods with
    more than 5 % of its patients. sited_in : neighbourhoods with a site. main_share, of all its patients.
    """

    pcn: str
    name: str
    practices: int
    patients: int
    inside: tuple[tuple[str, int], ...]
    unassigned: int
    elsewhere: int
    pieces: int
    sited_in: tuple[str, ...]

    @property
    def main(self) -> str:
        """The neighbourhood where most of its patients live; "" for none."""
        return self.inside[0][0] if self.inside else ""

    @property
    def main_share(self) -> float:
        """Share of all its patients who live in the main neighbourhood."""
        return self.inside[0][1] / self.patients if self.inside and self.patients else 0.0

    @property
    def ours(self) -> bool:
        """Whether most of its patients live in the area: others are neighbours', and no plan here could keep them."""
        return 2 * (self.patients - self.elsewhere) > self.patients


def pcn_rows(spread: Spread) -> tuple[PcnRow, ...]:
    """A row for each PCN, by code; that of practices in none, if any, comes first."""
    found = []
    for code in sorted(set(spread.pcn)):
        own = [p for p, pcn in enumerate(spread.pcn) if pcn == code]
        by = spread.here[own].sum(axis=0)
        total = int(spread.lists[own].sum())
        inside = sorted(
            ((spread.codes[d], int(by[d])) for d in range(spread.k) if by[d]), key=lambda item: (-item[1], item[0])
        )
        found.append(
            PcnRow(
                pcn=code,
                name=spread.pcn_names.get(code, ""),
                practices=len(own),
                patients=total,
                inside=tuple(inside),
                unassigned=int(by[spread.k]),
                elsewhere=sum(int(n[own].sum()) for n in spread.elsewhere.values()),
                pieces=sum(n > OVER * total for _, n in inside),
                sited_in=tuple(sorted({spread.code(int(spread.site[p])) for p in own if spread.site[p] >= 0})),
            )
        )
    return tuple(found)


def kept_whole(rows: Sequence[PcnRow], least: float) -> int:
    """PCNs of the area (`PcnRow.ours`) with `least` (0.8, 0.9) or more of their patients in one neighbourhood."""
    return sum(r.ours and r.main_share >= least for r in rows if r.pcn)


@dataclass(frozen=True)
class Realignment:
    """A practice, or a PCN, that would have to change for its PCN and its neighbourhood to be one.

    kind : "practice": its agreed home is not where most of its PCN is; "pcn": its practices are agreed to several
    neighbourhoods. home : the neighbourhood of the PCN; to : those that the practices are agreed to. patients : on the
    lists of the practices that are agreed to another neighbourhood than that of the PCN.
    """

    kind: str
    code: str
    name: str
    pcn: str
    home: str
    to: tuple[str, ...]
    patients: int
    in_words: str


def realignments(spread: Spread) -> tuple[Realignment, ...]:
    """PCNs and practices that would have to change, in order of patients affected; each PCN before its practices.

    Practices with fewer than half of their patients in the plan's neighbourhoods are left to the areas where these are.
    """
    rows: list[tuple[tuple[int, str, int, int, str], Realignment]] = []
    for pcn, home in spread.pcn_homes.items():
        own = [
            p
            for p, code in enumerate(spread.pcn)
            if code == pcn and 2 * int(spread.here[p, : spread.k].sum()) > int(spread.lists[p])
        ]
        away = [p for p in own if spread.agreed[p] not in (-1, home)]
        if not away:
            continue
        total = int(spread.lists[away].sum())
        called = spread.pcn_names.get(pcn) or pcn
        to = tuple(sorted({spread.codes[spread.agreed[p]] for p in away}))
        where = ", ".join(spread.name(spread.codes.index(code)) for code in to)
        rows.append(
            (
                (-total, pcn, 0, 0, ""),
                Realignment(
                    "pcn", pcn, called, pcn, spread.codes[home], to, total,
                    f"{called} has most patients in {spread.name(home)}; {len(away)} of its {len(own)} practices, with "
                    f"{total:,} patients, belong to {where}.",
                ),
            )
        )  # fmt: skip
        for p in away:
            patients, there = int(spread.lists[p]), int(spread.agreed[p])
            rows.append(
                (
                    (-total, pcn, 1, -patients, spread.practices[p]),
                    Realignment(
                        "practice", spread.practices[p], spread.called(p), pcn, spread.codes[home],
                        (spread.codes[there],), patients,
                        f"{spread.called(p)} ({patients:,} patients) belongs to {spread.name(there)}, its PCN {called} "
                        f"to {spread.name(home)}: it changes PCN, or works across.",
                    ),
                )
            )  # fmt: skip
    return tuple(row for _, row in sorted(rows, key=lambda item: item[0]))

"""The practice impact sheet: for each practice where its patients live, and what a plan means for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from footprints.flows import effective
from footprints.practices.spread import NOT_SHOWN, UNACCOUNTED, Spread

OVER = 0.05
STRADDLES = 0.20
CLOSED_ON = "Closed on "  # begins the comment on a closed practice

_NOWHERE = ("unknown", "closed", UNACCOUNTED, NOT_SHOWN)
_PLACES = {
    "england_outside": "elsewhere in England",
    "wales": "in Wales",
    "scotland": "in Scotland",
    "northern_ireland": "in Northern Ireland",
    "unknown": "at an address that is not known",
    "closed": "at a postcode no longer in use",
    UNACCOUNTED: "where the files do not say",
}


@dataclass(frozen=True)
class Impact:
    """One practice. Shares are of all its patients, wherever they live.

    site, main, by_pcn, agreed : neighbourhood codes of the four homes ("" for none). main, second : with most and
    second most patients. over_5 : (neighbourhood, patients) of those with more than 5 % of the list, most first.
    unassigned : patients in LSOAs of no neighbourhood; elsewhere : patients outside the area or nobody knows where.
    effective : number of neighbourhoods, 1 / Σ share² of those who live in one; NaN where nobody does. not_shown : what
    was left out or rounded in an area as the public is shown it, else 0.
    """

    practice: str
    name: str
    patients: int
    main: str
    main_patients: int
    second: str
    second_patients: int
    over_5: tuple[tuple[str, int], ...]
    unassigned: int
    elsewhere: int
    pcn: str
    pcn_name: str
    site: str
    by_pcn: str
    agreed: str
    basis: str
    effective: float
    comment: str
    not_shown: int = 0

    @property
    def main_share(self) -> float:
        """Share of its patients in the main neighbourhood."""
        return self.main_patients / self.patients if self.patients else 0.0

    @property
    def second_share(self) -> float:
        """Share of its patients in the second neighbourhood."""
        return self.second_patients / self.patients if self.patients else 0.0

    @property
    def homes_differ(self) -> bool:
        """Whether site, most patients and PCN vote, as far as each says anything, name more than one neighbourhood."""
        return len({self.site, self.main, self.by_pcn} - {""}) > 1


def impacts(spread: Spread) -> tuple[Impact, ...]:
    """A row for every practice with a patient here, the largest lists first; those too small to be shown, too."""
    number = effective(spread.here.astype(np.float64))
    rows = [_impact(spread, p, float(number[p])) for p in range(len(spread.practices))]
    return tuple(sorted(rows, key=lambda r: (-r.patients, r.practice)))


def _impact(spread: Spread, p: int, number: float) -> Impact:
    inside = [(int(d), int(spread.here[p, d])) for d in spread.order[p] if spread.here[p, d] > 0]
    (main, most), (second, next_most) = [*inside, (-1, 0), (-1, 0)][:2]
    total, code = int(spread.lists[p]), spread.practices[p]
    return Impact(
        practice=code,
        name=spread.names[p],
        patients=total,
        main=spread.code(main),
        main_patients=most,
        second=spread.code(second),
        second_patients=next_most,
        over_5=tuple((spread.code(d), n) for d, n in inside if n > OVER * total),
        unassigned=int(spread.here[p, spread.k]),
        elsewhere=sum(int(n[p]) for key, n in spread.elsewhere.items() if key != NOT_SHOWN),
        pcn=spread.pcn[p],
        pcn_name=spread.pcn_names.get(spread.pcn[p], ""),
        site=spread.code(int(spread.site[p])),
        by_pcn=spread.code(int(spread.by_pcn[p])),
        agreed=spread.code(int(spread.agreed[p])),
        basis=spread.basis(p),
        effective=number,
        comment=_comment(spread, p, main, most, second, next_most),
        not_shown=int(spread.elsewhere[NOT_SHOWN][p]) if NOT_SHOWN in spread.elsewhere else 0,
    )


def _comment(spread: Spread, p: int, main: int, most: int, second: int, next_most: int) -> str:
    """What a partner should know of a practice, in sentences; "" where all is plain."""
    total, told = int(spread.lists[p]), []
    site, vote, agreed = int(spread.site[p]), int(spread.by_pcn[p]), int(spread.agreed[p])
    if spread.closed[p]:
        told.append(f"{CLOSED_ON}{spread.closed[p]}; its patients then are counted.")
    if main >= 0 and site >= 0 and site != main:
        told.append(
            f"Its site is in {spread.name(site)}, most of its patients here live in {spread.name(main)} ({most:,})."
        )
    if main >= 0 and vote >= 0 and vote != main:
        told.append(f"Most patients of its PCN live in {spread.name(vote)}, most of its own in {spread.name(main)}.")
    if total and next_most >= STRADDLES * total:
        told.append(
            f"It serves two neighbourhoods: {most / total:.0%} in {spread.name(main)}, {next_most / total:.0%} in "
            f"{spread.name(second)}."
        )
    outside = sum(int(n[p]) for key, n in spread.elsewhere.items() if key not in _NOWHERE)
    if total and outside > OVER * total:
        told.append(f"{outside:,} of its patients ({outside / total:.0%}) live outside the area.")
    if spread.practices[p] in spread.reasons and agreed not in (-1, main):
        told.append(f"Agreed to belong to {spread.name(agreed)}, where {int(spread.here[p, agreed]):,} patients live.")
    return " ".join(told)


def straddling(rows: Sequence[Impact], least: float = STRADDLES) -> tuple[Impact, ...]:
    """Practices with `least` or more of their list in a second neighbourhood; most patients outside the main one first.

    Outside means in another neighbourhood: those who live beyond the area are on the cross-border list."""
    found = [r for r in rows if r.patients and r.second_share >= least]
    return tuple(
        sorted(found, key=lambda r: (-(r.patients - r.main_patients - r.elsewhere - r.unassigned), r.practice))
    )


@dataclass(frozen=True)
class CrossBorder:
    """A practice with patients on both sides of the border of the area.

    direction : "out" for a practice sited in the plan with patients who live outside the area, "in" for one that is not
    with patients who live here. inside : its patients who live in the area; outside : (place, patients) of the others.
    """

    practice: str
    name: str
    direction: str
    patients: int
    inside: int
    outside: tuple[tuple[str, int], ...]

    @property
    def crossing(self) -> int:
        """Patients who cross the border to this practice."""
        return self.inside if self.direction == "in" else sum(n for _, n in self.outside)


def cross_border(spread: Spread) -> tuple[CrossBorder, ...]:
    """Practices that people cross the border of the area for, most of them first.

    For a practice sited elsewhere, those counted as outside are only its patients that the files tell of.
    """
    found = []
    for p, code in enumerate(spread.practices):
        inside = int(spread.here[p].sum())
        away = tuple(
            (_PLACES.get(key, key), int(n[p]))
            for key, n in spread.elsewhere.items()
            if n[p] > 0 and key not in _NOWHERE
        )
        direction = "out" if spread.site[p] >= 0 else "in"
        row = CrossBorder(code, spread.names[p], direction, int(spread.lists[p]), inside, away)
        if row.crossing:
            found.append(row)
    return tuple(sorted(found, key=lambda r: (-r.crossing, r.practice)))

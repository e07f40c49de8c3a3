"""Age groups out of whatever bands the source has; a group is given only where bands add up to it exactly."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from optimise.problem import Ints

_OVER = re.compile(r"(\d+)\s*(?:years?)?\s*(?:and over|and older|\+|or over)", re.IGNORECASE)
_UNDER = re.compile(r"(\d+)\s*(?:years?)?\s*(?:and under|or under)", re.IGNORECASE)
_RANGE = re.compile(r"(\d+)\s*(?:to|-|–)\s*(\d+)", re.IGNORECASE)
_ONE = re.compile(r"(\d+)")
SINGLE_YEARS = 60  # with so many bands a source counts as one of single years


@dataclass(frozen=True)
class Band:
    """One band of the source. last : the last age in it, None where it is open."""

    label: str
    first: int
    last: int | None


def band(label: str) -> Band | None:
    """The ages that a label of the source states; None where it states none."""
    over, under, both, one = (pattern.search(label) for pattern in (_OVER, _UNDER, _RANGE, _ONE))
    if over:
        return Band(label, int(over[1]), None)
    if under:
        return Band(label, 0, int(under[1]))
    if both:
        return Band(label, int(both[1]), int(both[2]))
    return Band(label, int(one[1]), int(one[1])) if one else None


def bands(area: Area) -> tuple[Band, ...]:
    """The bands of the area by age; () where there are none or where they do not follow one another from 0."""
    found = [band(str(column)) for column in area.ages.columns]
    known = sorted((b for b in found if b), key=lambda b: b.first)
    if not known or len(known) < len(found):
        return ()
    follow = [b.last is not None and b.last + 1 == after.first for b, after in itertools.pairwise(known)]
    return tuple(known) if known[0].first == 0 and known[-1].last is None and all(follow) else ()


@dataclass(frozen=True)
class AgeGroup:
    """A group of ages that bands of the source add up to. last : None where it is open."""

    key: str
    label: str
    first: int
    last: int | None
    bands: tuple[str, ...]

    @property
    def short(self) -> str:
        """The same for the head of a narrow column: “0–15”, “65+”."""
        return f"{self.first}+" if self.last is None else f"{self.first}–{self.last}"


def groups(area: Area) -> tuple[AgeGroup, ...]:
    """Children, 65 and over, 85 and over, as far as the bands allow.

    Children are 0 to 17 where the source can say so (single years), else the last band that ends before 18: 0 to 15.
    """
    known = bands(area)
    ends = [b.last for b in known if b.last is not None and b.last <= 17]
    made = []
    if ends:
        last = max(ends)
        made.append(AgeGroup(f"aged_0_{last}", f"Aged 0 to {last}", 0, last, _within(known, 0, last)))
    made += [
        AgeGroup(f"aged_{first}_over", f"Aged {first} and over", first, None, _within(known, first, None))
        for first in (65, 85)
        if any(b.first == first for b in known)
    ]
    return tuple(made)


def _within(known: tuple[Band, ...], first: int, last: int | None) -> tuple[str, ...]:
    return tuple(
        b.label for b in known if b.first >= first and (last is None or (b.last is not None and b.last <= last))
    )


def people(area: Area, group: AgeGroup) -> Ints:
    """(n,) people of an age group by unit, of the table and year of `Area.ages_basis`."""
    return np.asarray(area.ages[list(group.bands)].to_numpy(dtype=np.int64).sum(axis=1), dtype=np.int64)


def everyone(area: Area) -> Ints:
    """(n,) people of all ages in the same table: what a share of an age group is of. Zeros where no ages are loaded."""
    return np.asarray(area.ages.to_numpy(dtype=np.int64).sum(axis=1), dtype=np.int64)


def in_words(area: Area) -> str:
    """Which ages are shown and why not others, for people."""
    found = groups(area)
    if not found:
        return "No ages are loaded."
    told = ", ".join(g.label[:1].lower() + g.label[1:] for g in found)
    keys = {g.key for g in found}
    lacking = [words for key, words in (("aged_0_17", "0 to 17"), ("aged_85_over", "85 and over")) if key not in keys]
    rest = f" Ages {' and '.join(lacking)} need the estimates by single year of age." if lacking else ""
    return f"Shown: {told} ({area.ages_basis}).{rest}"

"""Whose signature a plan needs: every health and wellbeing board that it touches, its ICB, and who else decides.

What a body covers is said in codes: of areas of any level that is loaded (an upper tier, a district, an ICB), or LSOAs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from boundaries.area import Area
from footprints.plan import Plan
from footprints.store.records import Body
from optimise.words import count

# The boards that every place has: kinds of body that can sign for a level.
OWNERS = (("upper_tier", ("HWB", "joint HWB"), "health and wellbeing board"), ("icb", ("ICB",), "ICB"))


@dataclass(frozen=True)
class Needed:
    """What a plan needs. bodies : those that decide on it, and others that it touches. gaps : in words, LSOAs for
    which a board has to decide that is not on the list. unsure : levels that are not loaded."""

    deciding: tuple[Body, ...]
    others: tuple[Body, ...]
    gaps: tuple[str, ...]
    unsure: tuple[str, ...]


def covered(body: Body, area: Area) -> frozenset[str]:
    """The LSOAs of an area that a body covers."""
    codes = set(body.codes)
    found = {unit for unit in area.codes if unit in codes}
    for level in area.levels.values():
        found |= {unit for unit, group in zip(area.codes, level.assignment, strict=True) if group in codes}
    return frozenset(found)


def needed(plan: Plan, area: Area, bodies: Iterable[Body]) -> Needed:
    """The signatures that follow from where the plan's LSOAs lie."""
    bodies = tuple(bodies)
    units = {unit for unit, _ in plan.assignment}
    touched = [body for body in bodies if covered(body, area) & units]
    gaps, unsure = [], []
    for key, kinds, words in OWNERS:
        signed = set().union(*(covered(b, area) for b in touched if b.kind in kinds and b.part == "decides"))
        if key not in area.levels:
            unsure.append(
                f"The file does not say to which {words} each LSOA belongs, so it cannot be checked that every {words} "
                "is on the list."
            )
            continue
        level = area.levels[key]
        left: dict[str, int] = {}
        for unit, group in zip(area.codes, level.assignment, strict=True):
            if unit in units and unit not in signed:
                left[group] = left.get(group, 0) + 1
        gaps += [
            f"No {words} on the list decides for {level.names.get(group, group) or 'no area'} "
            f"({group or 'no code'}, {count(number, 'LSOA')})."
            for group, number in sorted(left.items())
        ]
    deciding = tuple(body for body in touched if body.part == "decides")
    return Needed(deciding, tuple(b for b in touched if b.part != "decides"), tuple(gaps), tuple(unsure))

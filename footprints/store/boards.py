"""The bodies that every place has, proposed from its levels: a board for each upper tier, and each ICB."""

from __future__ import annotations

from dataclasses import dataclass

from boundaries.area import Area

_MEANT = (("upper_tier", "HWB", "{} Health and Wellbeing Board"), ("icb", "ICB", "{}"))
LACKING = {
    "upper_tier": "The files do not say to which upper-tier council each LSOA belongs, so no board can be proposed.",
    "icb": "The files do not say to which ICB each LSOA belongs, so none can be proposed.",
}


@dataclass(frozen=True)
class Proposed:
    """A body as it could be put on the list. codes : what it covers."""

    name: str
    kind: str
    part: str
    codes: tuple[str, ...]


def proposed_bodies(area: Area) -> tuple[Proposed, ...]:
    """A health and wellbeing board for each upper tier of an area, and its ICBs; each decides. Sorted by kind, code."""
    found = []
    for key, kind, words in _MEANT:
        level = area.levels.get(key)
        if level is None:
            continue
        for code in sorted({code for code in level.assignment if code}):
            found.append(Proposed(words.format(level.names.get(code, code)), kind, "decides", (code,)))
    return tuple(found)


def lacking(area: Area) -> tuple[str, ...]:
    """What cannot be proposed, in words."""
    return tuple(words for key, words in LACKING.items() if key not in area.levels)

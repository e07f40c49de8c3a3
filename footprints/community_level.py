"""Communities of care as a level, so that criteria may name them: worked out of an area's registrations when asked for.

The level is `footprints.communities` at its finest scale, with its usual seed: communities of about 20,000 patients at
the median. Coarser ones are often larger than a neighbourhood may be, and would be divided whatever is done.
"""

from __future__ import annotations

from functools import lru_cache

from boundaries.area import Area, Level
from footprints.communities import SCALES, communities_of

COMMUNITIES = "communities"
LABEL = "Community of care"


def can_know(area: Area) -> bool:
    """Whether there are patients by practice to work communities out of."""
    return len(area.registrations) > 0


@lru_cache(maxsize=2)
def community_level(area: Area) -> Level:
    """The communities of care of an area; the same area gives the same. DataError where no registrations are loaded."""
    found = communities_of(area, scales=(min(SCALES),)).usual
    return Level(
        key=COMMUNITIES,
        label=LABEL,
        assignment=tuple(f"C{c + 1:04d}" for c in found.label.tolist()),
        names={f"C{c + 1:04d}": name for c, name in enumerate(found.names)},
        basis=f"patients on the same lists (Leiden, scale {found.scale:,}, seed 0), each in one piece",
        source="patients registered by practice and LSOA",
    )


def level_of(area: Area, key: str) -> Level | None:
    """The level that criteria mean by `key`: loaded, or worked out; None where there is none."""
    if key in area.levels:
        return area.levels[key]
    return community_level(area) if key == COMMUNITIES and can_know(area) else None

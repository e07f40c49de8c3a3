"""Names of towns for the map: from built-up areas, towns or parishes where they are loaded, else from MSOA names."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area, Level
from footprints.naming import Town, towns_of

# What a level of towns is called by its file: BUA24NM, "Built-up areas 2022", PAR23NM, "Parishes", "town".
_TOWNS = (
    r"bua\d*",
    r"built.?up.*",
    r"towns?(?: .*)?",
    r"settlements?(?: .*)?",
    r"par\d*|(?:civil )?parish(?:es)?(?: .*)?",
)
_SUFFIX = re.compile(r"\s+(?:BUA(?:SD)?|built.?up area(?: sub-?division)?)$", re.IGNORECASE)
# Words that are names of MSOAs ("Park") and would mislead as the name of a town.
_COMMON = {"abbey", "castle", "common", "docks", "green", "ham", "hill", "market", "park", "quay", "town", "village"}
_NOBODY = re.compile(r"unparished|^none$|^not? (?:in|applicable)", re.IGNORECASE)


@dataclass(frozen=True)
class PlaceName:
    """A town as it is written on the map: at the unit (position in `Area.codes`) nearest its middle."""

    name: str
    unit: int
    people: int


@dataclass(frozen=True)
class PlaceNames:
    """Towns, most people first, and what their names were taken from, for people."""

    source: str
    places: tuple[PlaceName, ...]


def place_names(area: Area) -> PlaceNames:
    """The towns of an area. Nothing is invented: without a level of towns they are what `footprints.towns` reads."""
    level = town_level(area)
    people = [int(v) for v in area.units["residents"]]
    xy = area.units[["x", "y"]].to_numpy(dtype=np.float64)
    if level is not None:
        members: dict[str, list[int]] = {}
        for unit, group in enumerate(level.assignment):
            if group:
                members.setdefault(group, []).append(unit)
        named = [(_SUFFIX.sub("", level.names.get(g, "")).strip(), units) for g, units in sorted(members.items())]
        found = [(name, units) for name, units in named if name and not _NOBODY.search(name)]
        source = level.label
    else:
        found = [(town.name, sorted(town.units)) for town in towns_of(area) if _is_town(town, area)]
        source = "MSOA names" if "msoa" in area.levels else "ward names"
    made = [_placed(name, units, people, xy) for name, units in found]
    return PlaceNames(source, tuple(sorted(made, key=lambda p: (-p.people, p.name))))


def town_level(area: Area) -> Level | None:
    """The loaded level whose groups are towns: built-up areas before towns before parishes; None without any."""
    for pattern in _TOWNS:
        for key in sorted(area.levels):
            level = area.levels[key]
            called = {re.sub(r"[_\s]+", " ", text).strip().casefold() for text in (key, level.label)}
            if any(re.fullmatch(pattern, text) for text in called):
                return level
    return None


def _is_town(town: Town, area: Area) -> bool:
    """Whether a name from the names of MSOAs (or wards) may stand on the map as a town.

    It may when two of them share it, when one is called that and nothing else ("Soham"), or when it is the district's:
    half of a double name ("Castle" of "Castle & Eddington") is no town.
    """
    if town.name in area.level("district").names.values():
        return True
    small = area.levels.get("msoa") or area.levels.get("ward")
    if small is None or town.name.casefold() in _COMMON:
        return False
    groups = sorted({small.assignment[u] for u in town.units} - {""})
    names = [small.names.get(g, "") for g in groups]
    bearing = [n for n in names if re.search(rf"\b{re.escape(town.name)}\b", n, re.IGNORECASE)]
    return len(bearing) > 1 or (len(bearing) == 1 and not re.search(r",|&|/| and ", bearing[0]))


def _placed(name: str, units: list[int], people: list[int], xy: np.ndarray) -> PlaceName:
    weights = np.array([max(1, people[u]) for u in units], dtype=np.float64)
    middle = (xy[units] * weights[:, None]).sum(axis=0) / weights.sum()
    nearest = int(np.argmin(((xy[units] - middle) ** 2).sum(axis=1)))
    return PlaceName(name, units[nearest], sum(people[u] for u in units))

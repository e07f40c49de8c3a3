"""Names that residents would know, proposed from what is inside: towns, then MSOA names, wards and districts.

The rule, in order, for each neighbourhood:

1. It is (nearly) the whole of its district, and the district's only one: the district's name.
2. Its largest town lies mostly in it (60 % of the town's people) and has a third of its people: the town's name, with
   the second town when that is at least half as large: "March & Whittlesey".
3. Its largest town is divided: the town and a compass point: "Peterborough North".
4. Otherwise its two largest MSOA (or ward) names: "Mill Bank & Abbey".

Towns are read from the names of MSOAs and wards (`footprints.towns`). A district counts as a town where its MSOAs or
wards say its name ("Peterborough Central"). Every name is provisional until it is edited.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area, Level
from footprints.towns import opening, readable, town_names

_COMPASS = ("East", "North East", "North", "North West", "West", "South West", "South", "South East")
_MOSTLY = 0.6
_WHOLE = 0.9
_SECOND = 0.5
_LEADS = 0.35
_SHARE_OF_OWN = 0.2


@dataclass(frozen=True)
class Town:
    """A town as the names tell it: the units of the MSOAs that bear its name, its people and its middle (metres).

    place : the foremost place that its name has in the name of an MSOA, 0 for the first ("Yaxley & Farcet": Yaxley).
    """

    name: str
    place: int
    units: frozenset[int]
    people: int
    x: float
    y: float


@dataclass(frozen=True)
class _Ground:
    residents: list[int]
    x: list[float]
    y: list[float]
    district: Level
    small: Level | None
    towns: tuple[Town, ...]


def propose_names(members: Mapping[str, Iterable[str]], area: Area, taken: Iterable[str] = ()) -> dict[str, str]:
    """Neighbourhood code -> proposed name, for `members` (code -> its units); unique among them and `taken`."""
    ground = _ground(area)
    position = {code: i for i, code in enumerate(area.codes)}
    inside = {code: sorted(position[u] for u in units) for code, units in sorted(members.items())}
    names: dict[str, str] = {}
    used = {name.casefold() for name in taken}
    towns = {code: _towns_inside(units, ground) for code, units in inside.items()}
    wishes = {code: _wishes(code, inside, towns, ground) for code in inside}
    # A wish that two have in common is nobody's, so that no one is "Ely" beside another "Ely".
    first = [w[0].casefold() for w in wishes.values()]
    for code, wish in wishes.items():
        open_to_it = [w for i, w in enumerate(wish) if i > 0 or first.count(w.casefold()) == 1]
        names[code] = next(w for w in _endless(open_to_it or wish, code) if w.casefold() not in used)
        used.add(names[code].casefold())
    return names


def towns_of(area: Area) -> tuple[Town, ...]:
    """The towns of an area, as the names of its MSOAs and wards tell them; `units` index `Area.codes`."""
    return _ground(area).towns


def compass(dx: float, dy: float) -> str:
    """The compass point of a direction (metres east and north), one of eight."""
    return _COMPASS[round(math.atan2(dy, dx) / (math.pi / 4)) % 8]


def _endless(wishes: list[str], code: str) -> Iterable[str]:
    yield from wishes
    yield f"{wishes[-1]} ({code})"
    yield from (f"{wishes[-1]} ({code}, {n})" for n in range(2, 10_000))


def _wishes(
    code: str, inside: Mapping[str, list[int]], towns: Mapping[str, list[tuple[Town, int]]], ground: _Ground
) -> list[str]:
    """Names for one neighbourhood, best first; never empty."""
    units, here = inside[code], towns[code]
    if not units:
        return [f"Neighbourhood {code}"]
    wishes: list[str] = []
    districts = _weights(ground.district.assignment, units, ground)
    district = next(iter(districts), "")
    whole = sum(p for g, p in zip(ground.district.assignment, ground.residents, strict=True) if g == district)
    label = ground.district.names.get(district, "") if district else ""
    own = sum(ground.residents[u] for u in units)
    if label and districts[district] >= _WHOLE * whole and districts[district] >= _WHOLE * own:
        wishes.append(label)
    if here:
        town, people = here[0]
        if _bears(code, town, inside, here, ground) and any(
            _bears(other, town, inside, towns[other], ground) for other in inside if other != code
        ):
            wishes.append(f"{town.name} {_side(units, town, inside, ground)}")
        elif people >= _MOSTLY * town.people:
            others = [
                t for t, n in here[1:] if n >= _SECOND * people and n >= _MOSTLY * t.people and not t.units & town.units
            ]
            if others:
                wishes.append(f"{town.name} & {others[0].name}")
            if others or people >= _LEADS * own:
                wishes.append(town.name)
        elif _bears(code, town, inside, here, ground):
            wishes.append(f"{town.name} {_side(units, town, inside, ground)}")
    wishes += _small_names(units, ground)
    if label:
        x, y = _middle(units, ground)
        mx, my = _middle([u for u, g in enumerate(ground.district.assignment) if g == district], ground)
        wishes.append(f"{label} {compass(x - mx, y - my)}")
    return [*dict.fromkeys(wishes)] or [f"Neighbourhood {code}"]


def _bears(
    code: str, town: Town, inside: Mapping[str, list[int]], here: list[tuple[Town, int]], ground: _Ground
) -> bool:
    """Whether most people of a neighbourhood live in this town, so that it may bear its name."""
    own = sum(ground.residents[u] for u in inside[code])
    return bool(here) and here[0][0] == town and here[0][1] >= _MOSTLY * own


def _towns_inside(units: list[int], ground: _Ground) -> list[tuple[Town, int]]:
    """Towns with a fair share of the neighbourhood's people, most first, and how many of its people they have."""
    inside, own = set(units), sum(ground.residents[u] for u in units) or 1
    found = [(town, sum(ground.residents[u] for u in sorted(town.units & inside))) for town in ground.towns]
    fair = [(town, people) for town, people in found if people >= _SHARE_OF_OWN * own]
    return sorted(fair, key=lambda t: (-t[1], t[0].place, t[0].people, t[0].name))


def _side(units: list[int], town: Town, inside: Mapping[str, list[int]], ground: _Ground) -> str:
    """Where the neighbourhood's part of a town lies, seen from the middle of the town; "Central" in its midst."""
    x, y = _middle([u for u in units if u in town.units] or units, ground)
    dx, dy = x - town.x, y - town.y
    spread = math.sqrt(
        sum(
            ground.residents[u] * ((ground.x[u] - town.x) ** 2 + (ground.y[u] - town.y) ** 2)
            for u in sorted(town.units)
        )
        / max(1, town.people)
    )
    parts = sum(1 for other in inside.values() if town.units.intersection(other))
    if parts > 2 and math.hypot(dx, dy) < 0.25 * spread:
        return "Central"
    if parts <= 4:
        # Up to four parts are told apart by the four winds; the nearer axis decides.
        return ("East" if dx > 0 else "West") if abs(dx) > abs(dy) else ("North" if dy > 0 else "South")
    return compass(dx, dy)


def _small_names(units: list[int], ground: _Ground) -> list[str]:
    """The two largest MSOA (or ward) names inside, shortened to their opening words; then other pairs."""
    if ground.small is None:
        return []
    weights = _weights(ground.small.assignment, units, ground)
    said = [opening(ground.small.names.get(group, "")) for group in weights if group]
    names = [*dict.fromkeys(name for name in said if name)]
    if len(names) < 2:
        return names
    return [f"{names[0]} & {other}" for other in names[1:4]]


def _weights(assignment: tuple[str, ...], units: list[int], ground: _Ground) -> dict[str, int]:
    """Group -> residents inside, most first, then by code; blank groups left out."""
    people: dict[str, int] = {}
    for u in units:
        if assignment[u]:
            people[assignment[u]] = people.get(assignment[u], 0) + ground.residents[u]
    return dict(sorted(people.items(), key=lambda item: (-item[1], item[0])))


def _middle(units: Iterable[int], ground: _Ground) -> tuple[float, float]:
    listed = list(units)
    people = [max(1, ground.residents[u]) for u in listed]
    total = sum(people)
    return (
        sum(p * ground.x[u] for p, u in zip(people, listed, strict=True)) / total,
        sum(p * ground.y[u] for p, u in zip(people, listed, strict=True)) / total,
    )


def _ground(area: Area) -> _Ground:
    residents = [int(v) for v in np.asarray(area.units["residents"]).tolist()]
    x, y = ([float(v) for v in np.asarray(area.units[k]).tolist()] for k in ("x", "y"))
    small = area.levels.get("msoa") or area.levels.get("ward")
    if small is not None and not any(readable(small.names.get(g, ""), g) for g in small.assignment):
        small = None
    bare = _Ground(residents, x, y, area.level("district"), small, ())
    return _Ground(residents, x, y, bare.district, small, _towns(bare, area.levels.get("ward")))


def _towns(ground: _Ground, ward: Level | None) -> tuple[Town, ...]:
    found: dict[tuple[str, str], tuple[int, set[int]]] = {}
    in_district: dict[str, dict[str, list[int]]] = {}
    called: dict[str, str] = {}
    # The level that gives names comes first; only what it names is a town.
    for rank, level in enumerate([ground.small, ward if ward is not ground.small else None]):
        for u, group in enumerate(level.assignment if level else ()):
            name = level.names.get(group, "") if level else ""
            if group and readable(name, group):
                in_district.setdefault(ground.district.assignment[u], {}).setdefault(f"{rank} {group}", []).append(u)
                called[f"{rank} {group}"] = name
    for district, groups in sorted(in_district.items()):
        for town, bearing in town_names({group: called[group] for group in sorted(groups)}).items():
            named = [place for group, place in bearing.items() if group.startswith("0 ")]
            if named:
                found[town, district] = (min(named), {u for group in bearing for u in groups[group]})
    for district, label in sorted(ground.district.names.items()):
        units = {u for u, g in enumerate(ground.district.assignment) if g == district}
        words = [
            level.names.get(level.assignment[u], "") for level in (ground.small, ward) if level for u in sorted(units)
        ]
        if units and any(re.search(rf"\b{re.escape(label)}\b", word, re.IGNORECASE) for word in words):
            found[label, district] = (0, units)
    return tuple(
        Town(name, place, frozenset(units), sum(ground.residents[u] for u in units), *_middle(sorted(units), ground))
        for (name, _), (place, units) in sorted(found.items())
    )

"""Names that residents would know, proposed from what is inside: towns, then MSOA names, wards and districts.

The rule, in order, for each neighbourhood:

1. It is (nearly) the whole of its district, and the district's only one: the district's name.
2. Its largest town lies mostly in it (60 % of the town's people): the town's name, with the second town when that is
   at least half as large: "March & Whittlesey".
3. Its largest town is divided: the town and a compass point: "Peterborough North".
4. Otherwise its two largest MSOA (or ward) names: "Mill Bank & Abbey".

A town is not a layer of the official files. It is read from the names of MSOAs: what is left without compass words, and
opening words that two or more of them share ("Huntingdon Hartford", "Huntingdon Central & West"). A district counts as
a town where its MSOAs or wards say its name ("Peterborough Central"). Every name is provisional until it is edited.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area, Level

_COMPASS = ("East", "North East", "North", "North West", "West", "South West", "South", "South East")
_SIDES = {
    *("north", "south", "east", "west", "central", "centre", "center", "mid", "inner", "outer", "upper", "lower"),
    *("northeast", "northwest", "southeast", "southwest"),
}
_JOINING = {"a", "and", "at", "by", "in", "of", "on", "saint", "st", "the", "under", "upon", "with"}
_WEAK = _SIDES | _JOINING | {"city", "great", "high", "little", "long", "much", "new", "old", "town"}
_MOSTLY = 0.6
_WHOLE = 0.9
_SECOND = 0.5
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
    if label and districts[district] >= _WHOLE * whole:
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
            wishes += [" & ".join(t.name for t in [town, *others[:1]]), town.name]
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
    said = [_opening(ground.small.names.get(group, "")) for group in weights if group]
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
    if small is not None and not any(_readable(small.names.get(g, ""), g) for g in small.assignment):
        small = None
    bare = _Ground(residents, x, y, area.level("district"), small, ())
    return _Ground(residents, x, y, bare.district, small, _towns(bare, area.levels.get("ward")))


def _readable(name: str, code: str) -> bool:
    """Whether a name says something: not blank, not the code, not "Cambridge 009"."""
    return bool(name) and name != code and not re.fullmatch(r".* \d{3}[A-Z]?", name)


def _towns(ground: _Ground, ward: Level | None) -> tuple[Town, ...]:
    found: dict[tuple[str, str], tuple[int, set[int]]] = {}
    in_district: dict[str, dict[str, list[int]]] = {}
    if ground.small is not None:
        for u, (district, group) in enumerate(zip(ground.district.assignment, ground.small.assignment, strict=True)):
            if group and _readable(ground.small.names.get(group, ""), group):
                in_district.setdefault(district, {}).setdefault(group, []).append(u)
    called = ground.small.names if ground.small is not None else {}
    for district, groups in sorted(in_district.items()):
        names = {group: called[group] for group in sorted(groups)}
        for town, bearing in _town_names(names).items():
            found[town, district] = (min(bearing.values()), {u for group in bearing for u in groups[group]})
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


def _town_names(names: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Town -> the groups that bear its name and its place in theirs, from the names of the groups of one district."""
    bearing: dict[str, dict[str, int]] = {}
    stems = {group: [s for s in map(_stem, _pieces(name)) if s] for group, name in names.items()}
    openings: dict[str, set[str]] = {}
    for group, found in stems.items():
        for stem in found:
            words = stem.split()
            for n in range(1, len(words) + 1):
                if _stands_alone(words[:n]):
                    openings.setdefault(" ".join(words[:n]), set()).add(group)
    shared = {opening for opening, groups in openings.items() if len(groups) > 1}
    for group, found in stems.items():
        for place, stem in enumerate(found[:1] if len(found) > 2 else found):
            words = stem.split()
            common = [" ".join(words[:n]) for n in range(1, len(words) + 1) if " ".join(words[:n]) in shared]
            # "Forest Gate", not "Forest", where all that open with the one open with the other.
            same = [opening for opening in common if openings[opening] == openings[common[0]]]
            bearing.setdefault(same[-1] if same else stem, {}).setdefault(group, place)
    return dict(sorted(bearing.items()))


def _stands_alone(words: list[str]) -> bool:
    """Whether opening words can be a town: "St Neots" and "Canning Town" can, "St", "Isle of" and "King's" cannot."""
    last = words[-1].casefold()
    return (
        last not in _SIDES | _JOINING
        and not last.endswith(("'s", "’s"))
        and any(w.casefold() not in _WEAK for w in words)
    )


def _pieces(name: str) -> list[str]:
    return [piece.strip() for piece in re.split(r",|&| and |/", name) if piece.strip()]


def _stem(piece: str) -> str:
    """A piece of a name without compass words at its ends: "North Ely" is Ely, "March East" is March."""
    words = piece.split()
    while words and words[0].casefold() in _SIDES:
        words = words[1:]
    while words and words[-1].casefold() in _SIDES:
        words = words[:-1]
    return " ".join(words)


def _opening(name: str) -> str:
    """The opening piece of an MSOA name; a bare compass word takes the rest along ("Central & West Cambridge")."""
    pieces = _pieces(name)
    if not pieces:
        return ""
    return pieces[0] if _stem(pieces[0]) else name

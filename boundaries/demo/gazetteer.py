"""Official-looking codes and invented names for one county: districts, MSOAs, wards, LSOAs, localities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from boundaries.demo import names
from boundaries.demo.county import Ground
from boundaries.demo.kinds import Floats, Ints

COMPASS = ("East", "North East", "North", "North West", "West", "South West", "South", "South East")


@dataclass(frozen=True)
class Gazetteer:
    """Names and codes of one county; tuples of groups follow the group numbers of `Ground`.

    order : unit numbers of `Ground` in code order. lsoa, lsoa_names : per unit number. village : per unit number,
    "" in a town.
    """

    county: names.CountyNames
    order: Ints
    lsoa: tuple[str, ...]
    lsoa_names: tuple[str, ...]
    msoa: tuple[str, ...]
    msoa_names: tuple[str, ...]
    msoa_readable: tuple[str, ...]
    ward: tuple[str, ...]
    ward_names: tuple[str, ...]
    district: tuple[str, ...]
    district_names: tuple[str, ...]
    upper: tuple[str, ...]
    upper_names: tuple[str, ...]
    localities: tuple[str, ...]
    locality_towns: tuple[str, ...]
    village: tuple[str, ...]

    def lsoa_row(self, unit: int) -> tuple[str, str]:
        """Code and name of a unit by its number."""
        return self.lsoa[unit], self.lsoa_names[unit]

    def district_row(self, district: int) -> tuple[str, str]:
        """Code and name of a district by its number."""
        return self.district[district], self.district_names[district]


@dataclass
class Counters:
    """How many codes earlier counties of the same country have used."""

    lsoa: int = 0
    msoa: int = 0
    ward: int = 0
    oa: int = 0
    pcn: int = 0
    practice: int = 0


def compass(offset: Floats) -> str:
    """The compass word for a direction (x east, y north)."""
    return COMPASS[round(float(np.arctan2(offset[1], offset[0])) / (np.pi / 4)) % 8]


def name_county(ground: Ground, number: int, seed: int, used: Counters) -> Gazetteer:
    """Give county `number` its names and codes, counting on from `used`."""
    rng = np.random.default_rng([seed, number, 11])
    districts = int(ground.district.max()) + 1
    county = names.county_names(number, seed, districts, len(ground.drawing.towns))
    lads = tuple(
        f"E06{901 + number:06d}" if d == 0 else f"E07{901 + number * (districts - 1) + d - 1:06d}"
        for d in range(districts)
    )
    upper = tuple(lads[0] if d == 0 else f"E10{901 + number:06d}" for d in range(districts))
    upper_names = tuple(county.districts[0] if d == 0 else county.county for d in range(districts))
    villages = names.compose(rng, names.VILLAGE_ENDS, names.BEFORE)
    village = tuple(next(villages) if town < 0 else "" for town in ground.town.tolist())

    msoas = _in_order(ground, ground.msoa)
    msoa_codes: dict[int, str] = {}
    msoa_names: dict[int, str] = {}
    lsoa: dict[int, str] = {}
    lsoa_names: dict[int, str] = {}
    order: list[int] = []
    within = dict.fromkeys(range(districts), 0)
    for place, group in enumerate(msoas):
        members = np.flatnonzero(ground.msoa == group)
        d = int(ground.district[members[0]])
        within[d] += 1
        label = f"{county.districts[d]} {within[d]:03d}"
        msoa_codes[group], msoa_names[group] = f"E02{99001 + used.msoa + place:06d}", label
        for letter, unit in enumerate(
            members[np.lexsort([ground.seed[members, 0], -ground.seed[members, 1]])].tolist()
        ):
            lsoa[unit] = f"E01{99001 + used.lsoa + len(order):06d}"
            lsoa_names[unit] = f"{label}{chr(65 + letter)}"
            order.append(unit)
    wards = _in_order(ground, ground.ward)
    quarter = names.quarters(rng)
    readable = _msoa_readable(ground, county, village, quarter, msoas)
    ward_names = _ward_names(ground, county, village, quarter, wards)
    ward_codes = {group: f"E05{99001 + used.ward + place:06d}" for place, group in enumerate(wards)}
    used.lsoa += len(order)
    used.msoa += len(msoas)
    used.ward += len(wards)
    units, m, w = range(len(order)), range(len(msoas)), range(len(wards))
    return Gazetteer(
        county=county, order=np.array(order, dtype=np.int64), lsoa=tuple(lsoa[u] for u in units),
        lsoa_names=tuple(lsoa_names[u] for u in units), msoa=tuple(msoa_codes[g] for g in m),
        msoa_names=tuple(msoa_names[g] for g in m), msoa_readable=tuple(readable[g] for g in m),
        ward=tuple(ward_codes[g] for g in w), ward_names=tuple(ward_names[g] for g in w), district=lads,
        district_names=county.districts[:districts], upper=upper, upper_names=upper_names,
        localities=_localities(ground, county),
        locality_towns=tuple(county.towns[t] for t in _own_towns(ground)), village=village,
    )  # fmt: skip


def _in_order(ground: Ground, label: Ints) -> list[int]:
    """Groups by district, then from north to south in bands of 3 km, west to east, as ONS numbers them."""
    groups = np.unique(label).tolist()

    def place(group: int) -> tuple[int, float, float]:
        members = np.flatnonzero(label == group)
        x, y = ground.seed[members].mean(axis=0)
        return int(ground.district[members[0]]), -float(y // 3000), float(x)

    return sorted(groups, key=place)


def _town_of(ground: Ground, members: Ints) -> int:
    """The town in which most units of a group lie; -1 for the country."""
    towns, counts = np.unique(ground.town[members], return_counts=True)
    return int(towns[counts.argmax()])


def _msoa_readable(
    ground: Ground, county: names.CountyNames, village: tuple[str, ...], quarter: Iterator[str], msoas: list[int]
) -> dict[int, str]:
    """House of Commons style: “Wexbridge North”, “Abbey Hill”, “Tharlby, Evernham & Sallowmere”."""
    found: dict[int, str] = {}
    taken: set[str] = set()
    by_town: dict[int, list[int]] = {}
    for group in msoas:
        by_town.setdefault(_town_of(ground, np.flatnonzero(ground.msoa == group)), []).append(group)
    for town, groups in by_town.items():
        if town < 0:
            for group in groups:
                members = np.flatnonzero((ground.msoa == group) & (ground.town < 0)).tolist()
                found[group] = _listed([village[u] for u in members[:3]])
            continue
        name, centre = county.towns[town], np.array([ground.drawing.towns[town].x, ground.drawing.towns[town].y])
        middles = {g: ground.seed[ground.msoa == g].mean(axis=0) - centre for g in groups}
        for group in sorted(groups, key=lambda g: float(np.hypot(*middles[g]))):
            if len(groups) == 1:
                label = name
            elif group == min(groups, key=lambda g: float(np.hypot(*middles[g]))):
                label = f"{name} {'Centre' if town == 0 else 'Central'}"
            else:
                label = f"{name} {compass(middles[group])}" if town else next(quarter)
            if label in taken:
                label = next(quarter)
            taken.add(label)
            found[group] = label
    return found


def _ward_names(
    ground: Ground, county: names.CountyNames, village: tuple[str, ...], quarter: Iterator[str], wards: list[int]
) -> dict[int, str]:
    found = {}
    first = {town: iter(names.QUARTERS) for town in range(len(county.towns))}
    for group in wards:
        members = np.flatnonzero(ground.ward == group)
        town = _town_of(ground, members)
        if town < 0:
            found[group] = _listed([village[u] for u in members.tolist() if ground.town[u] < 0][:2])
        elif town == 0:
            found[group] = next(quarter)
        else:
            found[group] = f"{county.towns[town]} {next(first[town])}"
    return found


def _localities(ground: Ground, county: names.CountyNames) -> tuple[str, ...]:
    """The towns the localities look to; with a compass word where one town has several."""
    own = _own_towns(ground)
    labels = []
    for town, (_, x, y, _) in zip(own, ground.drawing.localities, strict=True):
        same = [np.array([p[1], p[2]]) for t, p in zip(own, ground.drawing.localities, strict=True) if t == town]
        middle = np.mean(same, axis=0)
        labels.append(
            county.towns[town] if len(same) == 1 else f"{county.towns[town]} {compass(np.array([x, y]) - middle)}"
        )
    return tuple(labels)


def _own_towns(ground: Ground) -> list[int]:
    """The town nearest to each locality's centre."""
    towns = np.array([[t.x, t.y] for t in ground.drawing.towns])
    return [int(np.hypot(towns[:, 0] - x, towns[:, 1] - y).argmin()) for _, x, y, _ in ground.drawing.localities]


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} & {words[-1]}"

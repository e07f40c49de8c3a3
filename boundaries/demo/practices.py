"""General practice in an invented county: sites, lists, networks. Patients follow distance, size and community."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.demo import names
from boundaries.demo.county import Ground
from boundaries.demo.gazetteer import Counters, Gazetteer
from boundaries.demo.kinds import Floats, Ints
from boundaries.demo.people import People

PATIENTS_PER_PRACTICE = 11_000
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True)
class Site:
    """One practice (or branch, whose `parent` is set): x, y in metres of the cell; unit -1 when outside the county."""

    code: str
    name: str
    postcode: str
    x: float
    y: float
    unit: int
    locality: int
    pcn: str
    pcn_name: str
    opened: str
    closed: str = ""
    parent: str = ""


@dataclass(frozen=True)
class Practices:
    """Practices of one county and who is registered with them.

    patients : (practices, units) counts by unit number. elsewhere : per practice (token, patients) that are not units
    of the county. Practices beyond the border come last in `sites`.
    """

    sites: tuple[Site, ...]
    branches: tuple[Site, ...]
    patients: Ints
    elsewhere: tuple[tuple[tuple[str, int], ...], ...]
    postcodes: tuple[str, ...]


def open_practices(
    ground: Ground, gazetteer: Gazetteer, people: People, number: int, used: Counters, rng: np.random.Generator
) -> Practices:
    """Open the practices of county `number` and register its people."""
    postcodes = _postcodes(ground, number)
    listed = people.residents * people.listed
    sites: list[Site] = []
    taken: set[int] = set()
    quarter = names.quarters(rng)
    codes = iter(range(90001 + used.practice, 99999))
    for locality, place in enumerate(gazetteer.localities):
        units = np.flatnonzero(ground.locality == locality)
        if not len(units):
            continue
        count = min(max(2, round(float(listed[units].sum()) / PATIENTS_PER_PRACTICE)), len(units))
        pcn = f"U{used.pcn + locality + 1:05d}"
        for unit in _site_units(ground, units, locality, count, rng).tolist():
            free = [p for p in np.flatnonzero(ground.site_unit == unit).tolist() if p not in taken]
            if not free:
                continue
            point = free[int(rng.integers(len(free)))]
            taken.add(point)
            named = gazetteer.village[unit] if ground.town[unit] < 0 else next(quarter)
            end = names.SURGERY_ENDS[int(rng.integers(len(names.SURGERY_ENDS)))]
            x, y = ground.site_points[point].tolist()
            opened = f"{int(rng.integers(1974, 2013))}0401"
            sites.append(
                Site(f"X{next(codes)}", f"{named} {end}".upper(), postcodes[point], x, y, unit, locality, pcn,
                     f"{place} PCN".upper(), opened)
            )  # fmt: skip
    inside = len(sites)
    if number == 0:
        sites[3] = _changed(sites[3], closed="20250831")
        sites[inside - 4] = _changed(sites[inside - 4], pcn="U", pcn_name="Unallocated".upper())
        sites += _beyond(ground)
    used.practice += len(sites)
    used.pcn += len(gazetteer.localities)
    patients = _register(ground, listed, sites, inside, rng)
    branches = tuple(_branches(ground, gazetteer, sites[:inside], taken, postcodes, rng))
    return Practices(tuple(sites), branches, patients, _elsewhere(ground, sites, patients, inside, rng), postcodes)


def _changed(site: Site, **new: str) -> Site:
    return Site(**{**site.__dict__, **new})


def _postcodes(ground: Ground, number: int) -> tuple[str, ...]:
    """One postcode for every point of the county, in areas that Royal Mail does not use (they begin with X, V or Q)."""
    area = "XVQ"[number // 26] + "MABCDEFGHIJKLNOPQRSTUVWXYZ"[number % 26]
    locality = ground.locality[ground.site_unit]
    result = [""] * len(locality)
    for district in np.unique(locality).tolist():
        for place, point in enumerate(np.flatnonzero(locality == district).tolist()):
            sector, rest = divmod(place, len(LETTERS) ** 2)
            first, second = divmod(rest, len(LETTERS))
            result[point] = f"{area}{district + 1} {sector + 1}{LETTERS[first]}{LETTERS[second]}"
    return tuple(result)


def _site_units(ground: Ground, units: Ints, locality: int, count: int, rng: np.random.Generator) -> Ints:
    """Units that get a surgery: the one at the locality's centre, then others drawn in towns first and spread out."""
    _, x, y, _ = ground.drawing.localities[locality]
    far = np.hypot(*(ground.seed[units] - (x, y)).T)
    chosen = [int(far.argmin())]
    weight = np.where(ground.town[units] >= 0, 1.0, 0.2)
    while len(chosen) < count:
        gap = np.hypot(
            *(ground.seed[units][:, None, :] - ground.seed[units[chosen]][None, :, :]).transpose(2, 0, 1)
        ).min(axis=1)
        pull = weight * np.sqrt(gap)
        pull[chosen] = 0
        chosen.append(int(rng.choice(len(units), p=pull / pull.sum())))
    return units[chosen]


def _beyond(ground: Ground) -> list[Site]:
    """Two practices just over the western border, in an ICB of the same invention."""
    west, east = ground.drawing.land.bounds[0], ground.drawing.land.bounds[2]
    mainland = ground.seed[ground.side != 2]
    step = -1500.0 if abs(mainland[:, 0].min() - west) < abs(east - mainland[:, 0].max()) + 5000 else 1500.0
    found = []
    for place, (name, y) in enumerate(
        (("OVERBORDER SURGERY (INVENTED)", 30_500.0), ("FARSIDE MEDICAL CENTRE (INVENTED)", 15_500.0))
    ):
        band = mainland[np.abs(mainland[:, 1] - y) < 4000]
        x = float((band[:, 0].min() if step < 0 else band[:, 0].max()) + 2.2 * step)
        found.append(
            Site(
                f"X8900{place + 1}",
                name,
                f"XM99 1{LETTERS[place]}A",
                round(x),
                y,
                -1,
                -1,
                "U99999",
                "OVERBORDER PCN",
                "19900401",
            )
        )
    return found


def _register(ground: Ground, listed: Floats, sites: list[Site], inside: int, rng: np.random.Generator) -> Ints:
    """Patients (practices, units): a gravity model in which nine in ten choose a practice of their own community."""
    at = np.array([[s.x, s.y] for s in sites])
    far = np.hypot(*(at[:, None, :] - ground.seed[None, :, :]).transpose(2, 0, 1))
    size = rng.lognormal(0, 0.35, len(sites)) * np.where([bool(s.closed) for s in sites], 0.25, 1.0)
    locality = np.array([s.locality for s in sites])
    bank = ground.drawing.side(at)
    reach = np.where(ground.town < 0, 3200.0, np.where(ground.district == 0, 1100.0, 1700.0))
    nearest = far.min(axis=0)
    weight = size[:, None] * np.exp(-(far - nearest[None, :]) / reach[None, :])
    weight *= np.where(locality[:, None] == ground.locality[None, :], 1.0, 0.09)
    weight *= np.where(bank[:, None] == ground.side[None, :], 1.0, 0.4)
    weight[inside:] *= 3.0 * (far[inside:] < 9000)
    share = weight / weight.sum(axis=0)
    share[share < 0.0015] = 0
    share /= share.sum(axis=0)
    counts = np.round(listed).astype(np.int64)
    return np.column_stack(
        [rng.multinomial(int(count), share[:, unit]) for unit, count in enumerate(counts.tolist())]
    ).astype(np.int64)


def _elsewhere(
    ground: Ground, sites: list[Site], patients: Ints, inside: int, rng: np.random.Generator
) -> tuple[tuple[tuple[str, int], ...], ...]:
    """Rows whose LSOA is not of this county: unknown addresses, Wales, and the country beyond the border."""
    west = float(ground.seed[:, 0].min()) if sites[-1].x < 25_000 else float(ground.seed[:, 0].max())
    result = []
    for place, site in enumerate(sites):
        total = int(patients[place].sum())
        rows = [("EMPTY", int(rng.poisson(total * 0.0012)) + 1), ("CLOSED", int(rng.poisson(total * 0.0006)))]
        rows.append(("W01099001", int(rng.poisson(0.8))))
        if place >= inside:
            rows += [
                (f"E01{98001 + k:06d}", int(rng.integers(300, 900))) for k in range(place % 2 * 8, place % 2 * 8 + 8)
            ]
        elif abs(site.x - west) < 8_000:
            rows += [(f"E01{98001 + k:06d}", int(rng.poisson(45 / (1 + k)))) for k in range(6)]
        result.append(tuple((token, count) for token, count in rows if count > 0))
    return tuple(result)


def _branches(
    ground: Ground,
    gazetteer: Gazetteer,
    sites: list[Site],
    taken: set[int],
    postcodes: tuple[str, ...],
    rng: np.random.Generator,
) -> list[Site]:
    """A branch surgery in some country units far from any practice, kept by the nearest practice of their community."""
    at = np.array([[s.x, s.y] for s in sites])
    far = np.hypot(*(ground.seed[:, None, :] - at[None, :, :]).transpose(2, 0, 1))
    found: list[Site] = []
    for unit in np.argsort(-far.min(axis=1), kind="stable").tolist():
        if len(found) == 9:
            break
        own = [p for p, s in enumerate(sites) if s.locality == ground.locality[unit] and not s.closed]
        clear = all(np.hypot(b.x - ground.seed[unit, 0], b.y - ground.seed[unit, 1]) > 4000 for b in found)
        if ground.town[unit] >= 0 or not own or not clear:
            continue
        parent = sites[min(own, key=lambda p: float(far[unit, p]))]
        free = [p for p in np.flatnonzero(ground.site_unit == unit).tolist() if p not in taken]
        if not free:
            continue
        point = free[int(rng.integers(len(free)))]
        x, y = ground.site_points[point].tolist()
        name = f"{gazetteer.village[unit]} Branch Surgery".upper()
        before = sum(b.parent == parent.code for b in found)
        found.append(
            Site(f"{parent.code}{before + 1:03d}", name, postcodes[point], x, y, unit, parent.locality, "", "",
                 "19980401", parent=parent.code)
        )  # fmt: skip
    return found

"""Rows of the tables of need and growth of an invented county: Local Health, practice registers, groups, new homes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from boundaries.demo import ons
from boundaries.demo.country import County
from boundaries.demo.kinds import Floats

Row = Sequence[object]

# Id, name, people per 1,000 at middling need, how strongly need and age count.
LOCAL_HEALTH = (
    (99_001, "Emergency hospital admissions (invented)", 92.0, 0.5, 0.9),
    (99_002, "People who live alone aged 65 and over (invented)", 61.0, 0.1, 1.6),
)
REGISTERS = (("Diabetes (invented)", 0.066, 0.5), ("Serious mental illness (invented)", 0.0095, 0.7))
PLUS = "Coastal community"
# Homes in all, first year, years of building; the largest first, where most room is left.
SITES = (
    (3_900, 2028, 10), (2_600, 2027, 8), (1_700, 2030, 6), (1_150, 2026, 5), (820, 2029, 4), (640, 2032, 4),
    (410, 2027, 3), (260, 2026, 2), (180, 2031, 2), (-120, 2028, 1),
)  # fmt: skip
OUTSIDE_POSTCODE = "XZ1 1ZZ"


def _rng(county: County, salt: int) -> np.random.Generator:
    return np.random.default_rng([county.number, len(county.people.need), salt])


def _level(county: County) -> tuple[Floats, Floats]:
    """Need and share of people aged 65 and over of each unit, in standard deviations from the county's mean."""
    people = county.people
    old = people.ages[2, :, :, 4].sum(axis=1) / people.residents
    return (people.need - people.need.mean()) / people.need.std(), (old - old.mean()) / old.std()


def local_health(county: County) -> Iterator[Row]:
    """8.1: indicators by MSOA and for England, each MSOA once for its ICB and once for England as its parent."""
    g, (need, old), rng = county.gazetteer, _level(county), _rng(county, 41)
    _, _, _, icb, _, icb_name = ons.icb_names(county)
    for number, name, rate, by_need, by_age in LOCAL_HEALTH:
        england = [number, name, "", "", "E92000001", "England (invented)", "England"]
        yield *england, *_figures(rate * 600, 600_000, 1000)
        for m in np.argsort(g.msoa).tolist():
            own = county.ground.msoa == m
            people = int(county.people.residents[own].sum())
            level = by_need * float(need[own].mean()) + by_age * float(old[own].mean())
            number_here = int(rng.binomial(people, min(0.9, rate / 1000 * float(np.exp(0.35 * level)))))
            for parent, parent_name in ((icb, icb_name), ("E92000001", "England (invented)")):
                area = [number, name, parent, parent_name, g.msoa[m], g.msoa_readable[m], "MSOA"]
                yield *area, *_figures(number_here, people, 1000)


def _figures(above: float, below: int, scale: int) -> tuple[object, ...]:
    value = f"{above / below * scale:.5f}"
    return (
        "Persons", "All ages", "", "", "2023/24", value, "", "", "", "", f"{above:.0f}", below, "", "", "20230000", "",
        "",
    )  # fmt: skip


def registers(county: County) -> Iterator[Row]:
    """8.3: patients on the registers of each practice, with its list."""
    (need, old), rng = _level(county), _rng(county, 43)
    practices = county.practices
    for place in sorted(range(len(practices.sites)), key=lambda p: practices.sites[p].code):
        site, here = practices.sites[place], practices.patients[place]
        patients = int(here.sum()) + sum(n for _, n in practices.elsewhere[place])
        weight = here / here.sum() if here.sum() else np.zeros(len(here))
        for name, share, by_need in REGISTERS:
            level = by_need * float((weight * need).sum()) + (0.8 - by_need) * float((weight * old).sum())
            yield site.code, site.name, name, int(rng.binomial(patients, share * float(np.exp(0.5 * level)))), patients


def plus_groups(county: County) -> Iterator[Row]:
    """LSOAs of a Core20PLUS group: the old and needy places by the sea."""
    need, old = _level(county)
    for unit in county.gazetteer.order.tolist():
        if old[unit] > 0.9 and need[unit] > -0.6:
            yield *county.gazetteer.lsoa_row(unit), PLUS


def growth(county: County) -> Iterator[Row]:
    """Homes to come: sites with an LSOA, with a postcode, and one beyond the border; homes lost on one estate."""
    g, rng = county.gazetteer, _rng(county, 47)
    size = np.array([polygon.area for polygon in county.ground.polygons])
    roomy = np.argsort(-size, kind="stable")
    near_town = [int(u) for u in roomy if county.ground.town[u] >= 0]
    postcode = dict(zip(county.ground.site_unit.tolist(), county.practices.postcodes, strict=True))
    chosen = [near_town[int(p)] for p in np.sort(rng.choice(min(60, len(near_town)), len(SITES), replace=False))]
    source = "Local plan of the invented county, 2025"
    for number, ((homes, first, years), unit) in enumerate(zip(SITES, chosen, strict=True), start=1):
        by_postcode = number % 3 == 0 and unit in postcode
        place = ("", postcode[unit]) if by_postcode else (g.lsoa[unit], "")
        for k in range(years):
            part = homes * (k + 1) // years - homes * k // years
            yield f"Site {number}, {g.lsoa_names[unit]}", *place, first + k, part, source
    yield "Site beyond the border", "", OUTSIDE_POSTCODE, 2030, 300, source

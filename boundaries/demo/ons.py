"""Rows of the tables that the ONS, MHCLG and the House of Commons Library would publish about an invented county."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np

from boundaries.demo import deprivation as indices
from boundaries.demo import headers
from boundaries.demo.country import County

Row = Sequence[object]

REGION = ("E40000099", "Y99", "Invented")
CENSUS_AGES = (
    "Aged 15 years and under",
    "Aged 16 to 24 years",
    "Aged 25 to 34 years",
    "Aged 35 to 49 years",
    "Aged 50 to 64 years",
    "Aged 65 years and over",
)
RUC_NAMES = {
    "UN1": ("Urban: Nearer to a major town or city", "Urban"),
    "UF1": ("Urban: Further from a major town or city", "Urban"),
    "RLF1": ("Larger rural: Further from a major town or city", "Rural"),
    "RSN1": ("Smaller rural: Nearer to a major town or city", "Rural"),
    "RSF1": ("Smaller rural: Further from a major town or city", "Rural"),
}


def icb_names(county: County) -> tuple[str, str, str, str, str, str]:
    """Sub-ICB and ICB columns of 2.1: codes, ODS codes, names."""
    (sub, sub_ods), (icb, icb_ods) = county.sub_icb_codes, county.icb_codes
    return (
        sub,
        sub_ods,
        f"NHS {county.icb_name} ICB - {sub_ods}",
        icb,
        icb_ods,
        f"NHS {county.icb_name} Integrated Care Board",
    )


def lsoa_icb(county: County) -> Iterator[Row]:
    """2.1, April 2026."""
    g = county.gazetteer
    icb = icb_names(county)
    for unit in g.order.tolist():
        d = county.ground.district[unit]
        yield *g.lsoa_row(unit), *icb, *REGION, *g.district_row(d)


def oa(county: County) -> Iterator[Row]:
    """2.2: four to seven output areas to each LSOA, by its people."""
    g = county.gazetteer
    code = 500_001 + 12 * (int(g.lsoa[g.order[0]][3:]) - 99_001)
    for unit in g.order.tolist():
        m, d = county.ground.msoa[unit], county.ground.district[unit]
        for _ in range(max(4, min(7, int(county.people.residents[unit]) // 330))):
            yield f"E00{code:06d}", *g.lsoa_row(unit), "", g.msoa[m], g.msoa_names[m], "", *g.district_row(d), ""
            code += 1


def wards(county: County) -> Iterator[Row]:
    """2.3: best fit, as the cells of a ward need not follow units."""
    g = county.gazetteer
    for unit in g.order.tolist():
        w, d = county.ground.ward[unit], county.ground.district[unit]
        yield *g.lsoa_row(unit), "", g.ward[w], g.ward_names[w], "", *g.district_row(d), ""


def upper(county: County) -> Iterator[Row]:
    """2.5: the city stands for itself, the districts belong to the county."""
    g = county.gazetteer
    return zip(g.district, g.district_names, g.upper, g.upper_names, strict=True)


def msoa_names(county: County) -> Iterator[Row]:
    """2.6, edition 2."""
    g = county.gazetteer
    for m in np.argsort(g.msoa).tolist():
        yield g.msoa[m], g.msoa_names[m], "", g.msoa_readable[m], "", g.msoa_names[m].rsplit(" ", 1)[0], "Invented"


def rural_urban(county: County) -> Iterator[Row]:
    """Rural-urban classification 2021."""
    g = county.gazetteer
    for unit in g.order.tolist():
        code = county.people.urban_class[unit]
        yield *g.lsoa_row(unit), code, *RUC_NAMES[code]


def centroids(county: County) -> Iterator[Row]:
    """Population-weighted centroids, EPSG:27700."""
    g = county.gazetteer
    first = int(g.lsoa[g.order[0]][3:]) - 99_000
    for fid, unit in enumerate(g.order.tolist(), first):
        x, y = county.ground.seed[unit] + (county.east, county.north)
        yield fid, g.lsoa[unit], global_id(f"centroid {g.lsoa[unit]}"), f"{x:.1f}", f"{y:.1f}"


def census(county: County) -> Iterator[Row]:
    """Census 2021 residents in six age bands, the layout of a custom dataset."""
    g = county.gazetteer
    for unit in g.order.tolist():
        for band, (label, people) in enumerate(zip(CENSUS_AGES, county.people.census[unit].tolist(), strict=True), 1):
            yield *g.lsoa_row(unit), band, label, people


def population_sheets(counties: list[County]) -> list[tuple[str, list[Sequence[str | int]]]]:
    """3.2: sheets of the broad-age workbook for three years."""
    cover: list[Sequence[str | int]] = [
        ("INVENTED FIGURES: no such place and no such people exist",),
        ("Lower layer Super Output Area population estimates by broad age and sex: layout of the official workbook",),
    ]
    sheets: list[tuple[str, list[Sequence[str | int]]]] = [
        ("Cover sheet", cover),
        ("Notes", [("Everything here was made up by a computer.",)]),
    ]
    for place, year in enumerate((2022, 2023, 2024)):
        rows: list[Sequence[str | int]] = [
            (f"Mid-{year} population estimates, LSOA 2021: INVENTED FIGURES",),
            ("This worksheet contains one table. F is female, M is male.",),
            ("Source: made up; not the Office for National Statistics",),
            headers.POPULATION,
        ]
        for county in counties:
            g = county.gazetteer
            for unit in g.order.tolist():
                d = county.ground.district[unit]
                cells = county.people.ages[place, unit].ravel().tolist()
                rows.append((*g.district_row(d), *g.lsoa_row(unit), sum(cells), *cells))
        sheets.append((f"Mid-{year} LSOA 2021", rows))
    return sheets


def deprivation(counties: list[County], seed: int) -> Iterator[Row]:
    """IoD 2025 File 7 of the whole country, since ranks run over all of it."""
    cells = indices.scores(np.concatenate([c.people.need for c in counties]), np.random.default_rng([seed, 31]))
    start = 0
    for county in counties:
        people = indices.denominators(county.people.ages[0], county.people.census)
        for unit in county.gazetteer.order.tolist():
            lsoa, district = (
                county.gazetteer.lsoa_row(unit),
                county.gazetteer.district_row(county.ground.district[unit]),
            )
            yield *lsoa, *district, *cells[start + unit], *people[unit].tolist()
        start += len(county.gazetteer.order)


def global_id(text: str) -> str:
    """A GlobalID that depends on the text alone."""
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"

"""Writes an invented country in the official layouts of formats.md, so that it enters by the readers of real files."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from boundaries.demo import deprivation, headers, need, nhs, ons
from boundaries.demo.country import County
from boundaries.demo.geojson import write_layer, write_rivers
from boundaries.demo.workbook import write_workbook
from boundaries.kinds import INVENTED_MARK as MARK

LAYERS = {
    "lsoa": f"Lower_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V5_{MARK}",
    "msoa": f"Middle_layer_Super_Output_Areas_December_2021_Boundaries_EW_BGC_V3_{MARK}",
    "ward": f"Wards_May_2025_Boundaries_UK_BGC_{MARK}",
}
HEALTH_CODES = ("E92000001", "E19000099", "E18000099")

Row = Sequence[object]


def write_country(folder: Path, counties: list[County], seed: int) -> None:
    """Write every file of the country into an existing folder."""
    tables: tuple[tuple[str, Row | None, Callable[[County], Iterable[Row]], str, str], ...] = (
        ("LSOA21_SICBL26_ICB26_NHSER26_LAD26_EN_LU", headers.LSOA_ICB, ons.lsoa_icb, "utf-8-sig", "numbered"),
        ("OA21_LSOA21_MSOA21_LAD22_EW_LU", headers.OA_LSOA_MSOA, ons.oa, "utf-8-sig", "numbered"),
        ("LSOA21_WD25_LAD25_EW_LU", headers.LSOA_WARD, ons.wards, "utf-8-sig", "numbered"),
        ("LTLA26_UTLA26_EN_LU", headers.UPPER_TIER, ons.upper, "utf-8-sig", "numbered"),
        ("MSOA-Names", headers.MSOA_NAMES, ons.msoa_names, "utf-8-sig", ""),
        ("RUC_2021_LSOA21", headers.RURAL_URBAN, ons.rural_urban, "utf-8-sig", ""),
        ("LSOA_PopCentroids_EW_2021", headers.CENTROIDS, ons.centroids, "utf-8-sig", ""),
        ("census2021_age6_lsoa", headers.CENSUS_AGE, ons.census, "utf-8", ""),
        ("gp-reg-pat-prac-lsoa-all", headers.PATIENTS, nhs.patients, "cp1252", "crlf"),
        ("gp-reg-pat-prac-all", headers.TOTALS, nhs.totals, "cp1252", "crlf"),
        ("gp-reg-pat-prac-map", headers.PRACTICE_MAP, nhs.practice_map, "cp1252", "crlf"),
        ("epraccur", None, nhs.epraccur, "cp1252", "quoted"),
        ("ebranchs", None, nhs.ebranchs, "cp1252", "quoted"),
        ("epcn", None, nhs.epcn, "cp1252", "quoted"),
        ("epcncorepartnerdetails", None, nhs.core_partners, "cp1252", "quoted"),
        ("links", headers.LINKS, _links, "utf-8", ""),
        ("local-health-msoa", headers.FINGERTIPS, need.local_health, "utf-8", ""),
        ("practice-registers", headers.REGISTERS, need.registers, "utf-8", ""),
        ("core20plus", headers.PLUS, need.plus_groups, "utf-8", ""),
        ("growth", headers.GROWTH, need.growth, "utf-8", ""),
    )
    for name, header, rows_of, encoding, style in tables:
        rows = (row for county in counties for row in rows_of(county))
        _write(folder / f"{name}_{MARK}.csv", header, rows, encoding, style)
    name = f"File_7_IoD2025_All_Ranks_Scores_Deciles_Population_Denominators_{MARK}.csv"
    _write(folder / name, deprivation.header(), ons.deprivation(counties, seed), "utf-8", "")
    write_workbook(folder / f"sapelsoabroadage20222024_{MARK}.xlsx", ons.population_sheets(counties))
    codepoint = folder / f"codepo_gb_{MARK}"
    codepoint.mkdir()
    for county in counties:
        area = county.practices.postcodes[0][:2].lower()
        _write(codepoint / f"{area}.csv", None, _codepoint(county), "utf-8", "texts quoted")
    for layer, stem in LAYERS.items():
        write_layer(folder / f"{stem}.geojson", layer, counties)
    write_rivers(folder / f"barriers_{MARK}.geojson", counties)
    (folder / "README.txt").write_text(_readme(counties, seed), encoding="utf-8", newline="\n")


def _write(path: Path, header: Row | None, rows: Iterable[Row], encoding: str, style: str) -> None:
    """Write a CSV. style: numbered adds the running ObjectId; quoted quotes all; texts quoted quotes text only."""
    quoting = {"quoted": csv.QUOTE_ALL, "texts quoted": csv.QUOTE_NONNUMERIC}.get(style, csv.QUOTE_MINIMAL)
    ending = "\r\n" if style in {"crlf", "quoted", "texts quoted"} else "\n"
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, quoting=quoting, lineterminator=ending)  # type: ignore[arg-type]
        if header is not None:
            writer.writerow(header)
        writer.writerows((*row, n) for n, row in enumerate(rows, 1)) if style == "numbered" else writer.writerows(rows)


def _codepoint(county: County) -> Iterator[Row]:
    ground, g = county.ground, county.gazetteer
    rows = []
    for (x, y), unit, postcode in zip(
        ground.site_points.tolist(), ground.site_unit.tolist(), county.practices.postcodes, strict=True
    ):
        d = ground.district[unit]
        upper = g.upper[d] if g.upper[d].startswith("E10") else ""
        at = (int(x) + county.east, int(y) + county.north)
        rows.append((postcode, 10, *at, *HEALTH_CODES, upper, g.district[d], g.ward[ground.ward[unit]]))
    for site in county.practices.sites:
        if site.unit < 0:
            at = (int(site.x) + county.east, int(site.y) + county.north)
            rows.append((site.postcode, 10, *at, *HEALTH_CODES, "", "E06000899", "E05098999"))
    return iter(sorted(rows))


def _links(county: County) -> Iterator[Row]:
    for one, other, kind, note in county.ground.links:
        yield county.gazetteer.lsoa[one], county.gazetteer.lsoa[other], kind, note


def _readme(counties: list[County], seed: int) -> str:
    place = counties[0].gazetteer.county.county if len(counties) == 1 else f"{len(counties)} counties"
    units = sum(len(c.gazetteer.order) for c in counties)
    people = sum(int(c.people.residents.sum()) for c in counties)
    return (
        f"EVERYTHING IN THIS FOLDER IS INVENTED.\n\n{place}: {units:,} LSOAs and {people:,} people who do not exist, "
        f"written by a computer (seed {seed}) in the layouts of official English files, so that the tool can be tried "
        "without any data.\nThe land lies in the open North Sea; places, practices, networks, patients, scores and "
        "codes are made up. "
        "No licence is needed and nothing here may be cited as a figure about any real place.\n"
    )

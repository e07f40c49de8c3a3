"""From a folder of official files to an `Area`: `load_area` and `list_places`.

The order is that of need: small lookups settle which LSOAs are meant, then every other file is read for those alone.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from boundaries import adjacency as borders
from boundaries import cache as store
from boundaries import (
    checks,
    geography,
    links,
    patients,
    people,
    postal,
    safe_open,  # noqa: F401  first: it limits GDAL's drivers
    sources,
)
from boundaries.area import Area, Level, Link, Piece
from boundaries.area_levels import area_levels
from boundaries.barrier_files import lay_barriers
from boundaries.deprivation import deprivation_of, rural_urban_of
from boundaries.domains import read_domains
from boundaries.errors import DataError, Place
from boundaries.growth import growth_of
from boundaries.indicators import Ground, Measures, read_indicators
from boundaries.ledger import Ledger, refuse_damaged
from boundaries.places import Choice, places
from boundaries.practice_tables import practice_tables, practices_of
from boundaries.practices import Practices
from boundaries.readers import population, registrations
from boundaries.readers.lookups import msoa_from_name
from boundaries.receipts import Check
from boundaries.source_file import SourceFile
from boundaries.study_area import boundaries_of, choose_area, icb_of_unit, quick_counties, quick_residents, units_of
from boundaries.travel import travel_of
from boundaries.words import count

import geopandas as gpd  # isort: skip
import numpy as np  # isort: skip
import pandas as pd  # isort: skip

_FEW = 20
_MOST_PIECES = 100
Progress = Callable[[str], None]


def load_area(
    source: str | Path,
    area: Sequence[str] = (),
    *,
    min_shared_m: float = 10.0,
    snap_m: float = 1.0,
    cache: bool = True,
    on_progress: Progress | None = None,
) -> Area:
    """The evidence for one study area, from a folder of official files as downloaded.

    Parameters
    ----------
    source : a folder (with its sub-folders, all but `derived/`), or the word "demo".
    area : districts, upper tiers, sub-ICBs or ICBs by code or exact name, or LSOA codes; () for all of the source.
    min_shared_m : shortest border that makes neighbours, metres. snap_m : distance at which borders are one, metres.
    cache : keep and reuse the result on disk, by a digest of the files, the options and the reader's version.
    on_progress : told in words what is being read.

    Raises
    ------
    ChooseAreaError with the places in it when the source holds more than one ICB and `area` is empty.
    DataError for files that are damaged, of another vintage, incomplete for the area, or hold data about persons; all
    faults of a file in one message.
    """
    tell = on_progress or (lambda _: None)
    named = (area,) if isinstance(area, str) else tuple(area)
    wanted = tuple(text for text in named if text.strip())
    folder = _folder(source)
    tell("Looking at the files")
    files = sources.scan(folder)
    refuse_damaged(files)
    options = {"area": list(wanted), "min_shared_m": float(min_shared_m), "snap_m": float(snap_m)}
    key = store.cache_key(files, options) if cache else ""
    if cache and (kept := store.load(key)) is not None:
        tell(f"{kept.name}: read before, taken from the cache")
        return kept
    made = _load(Ledger(files), wanted, min_shared_m, snap_m, tell)
    if cache:
        store.store(key, made)
    return made


def list_places(source: str | Path) -> tuple[Place, ...]:
    """The places that may be chosen as `area`: ICBs, sub-ICBs, upper tiers, districts; residents if quickly known."""
    files = sources.scan(_folder(source))
    refuse_damaged(files)
    ledger = Ledger(files)
    found = geography.read_lookups(ledger)
    have = geography.boundary_codes(ledger) & set(found.main.index)
    members = geography.members_of(found, have or None, quick_counties(ledger, found))
    return places(members, quick_residents(ledger, set(members.frame.index)))


def _folder(source: str | Path) -> Path:
    if str(source) == "demo":
        from boundaries.demo import demo_source  # noqa: PLC0415

        return Path(demo_source())
    return Path(source)


# ---------------------------------------------------------------- steps


def _load(ledger: Ledger, wanted: Sequence[str], min_shared_m: float, snap_m: float, tell: Progress) -> Area:
    tell("Reading lookups")
    if not ledger.of("lsoa_boundaries"):
        raise DataError(
            f"The source has no LSOA 2021 boundaries.{ledger.perhaps_meant()}",
            mend="Add “Lower layer Super Output Areas (December 2021) Boundaries EW BGC” to the folder.",
        )
    found = geography.read_lookups(ledger)
    choice = choose_area(ledger, found, wanted)
    tell(f"{choice.name}: reading boundaries")
    layer, choice, mismatch = boundaries_of(ledger, found, choice, bool(wanted))
    codes = choice.codes
    pairs = found.pairs
    family = (
        pairs[pairs["lsoa11"].isin(set(pairs.loc[pairs["lsoa21"].isin(set(codes)), "lsoa11"]))]
        if pairs is not None
        else None
    )
    siblings = set(family["lsoa21"]) - set(codes) if family is not None else set[str]()
    shared = _of_shared_msoas(found, codes)
    siblings |= set(shared)
    known = set(found.main.index) | set(layer.index) | (set(pairs["lsoa21"]) if pairs is not None else set())
    tell("Reading residents")
    residents = people.residents_of(ledger, codes, siblings, pairs=pairs, boundary=known)
    units = units_of(ledger, layer, codes, found, residents.values)
    imd = deprivation_of(ledger, codes, pairs)
    rural, rural_code, rural_file = rural_urban_of(ledger, codes)
    tell("Reading registered patients")
    listed = patients.patients_of(ledger, codes, pairs=pairs, boundary=known, residents=residents.values)
    registered = listed.registrations.groupby("unit")["patients"].sum().reindex(list(codes))
    units["registered"] = registered.fillna(0.0) if listed.source else np.nan
    for name in imd.columns:
        units[name] = imd[name].to_numpy()
    units["rural_urban"] = rural.to_numpy()
    tell("Reading practices and postcodes")
    tables = practice_tables(ledger)
    local = set(listed.registrations["practice"])
    keys = {p for r in tables.registers for p in r.frame.loc[r.frame.index.isin(local) | (not local), "postcode"]}
    points = postal.postcodes_of(ledger, units, keys - {""})
    counties = postal.counties(points)
    geography.write_lookup_receipts(ledger, found, codes, mismatch.notes)
    levels, warnings = area_levels(ledger, units, found, counties=counties, rural=(rural, rural_code, rural_file))
    ods = icb_of_unit(found, codes)
    practices = practices_of(ledger, units, listed, tables, points, ods)
    tell("Reading indicators and growth")
    need = Measures(tuple(codes))
    read_domains(ledger, next(iter(_deprivation(ledger)), None), residents.values, need)
    beyond = _beyond(shared, residents.values, levels.get("msoa"), units)
    read_indicators(ledger, Ground(tuple(codes), residents.values, levels, beyond, listed, pairs, known), need)
    growth = growth_of(
        ledger, units, points, year=residents.year, pairs=pairs, boundary=known, residents=residents.values
    )
    tell("Reading travel times")
    travel = travel_of(ledger, units["residents"], practices.frame, pairs=pairs, boundary=known)
    tell("Finding neighbours")
    edges, pieces, proposed, barriers = _graph(ledger, units, levels, known, min_shared_m, snap_m)
    totals = _totals(ledger)
    by_district = _district_totals(ledger)
    receipts = ledger.receipts()
    made = [
        checks.patients_total(listed, totals),
        checks.registration_codes(listed, known),
        checks.resident_totals(units, levels["district"], by_district),
        checks.one_parent(levels, codes),
        checks.practice_postcodes(practices, listed, bool(len(points))),
        checks.registered_ratio(units, listed),
        checks.vintage(listed, pairs is not None),
        checks.outside_rows(listed),
        checks.column_names(receipts),
        checks.places_by_membership(receipts, levels),
        checks.lookup_complete(mismatch.without_lookup, mismatch.without_shape, warnings, found.main_source.relative),
        checks.damaged_or_unknown(receipts),
        *residents.checks,
    ]
    tell("Done")
    return _area(
        choice,
        units,
        residents,
        levels,
        edges,
        proposed,
        pieces,
        barriers,
        practices,
        listed,
        points,
        ledger,
        made,
        need,
        growth,
        travel,
    )


def _deprivation(ledger: Ledger) -> list[SourceFile]:
    """The table that gives deprivation, if it is of 2025: the one whose receipt says so."""
    used = {r.file for r in ledger.written() if r.status == "used"}
    return [s for s in ledger.of("iod_2025") if s.relative in used]


def _of_shared_msoas(found: geography.Lookups, codes: Collection[str]) -> dict[str, str]:
    """LSOAs outside the area that lie in an MSOA with some of its LSOAs, by their names: code -> name of the MSOA."""
    if "name" not in found.main:
        return {}
    msoa = found.main["name"].map(msoa_from_name)
    ours = set(msoa[msoa.index.isin(set(codes))]) - {""}
    there = msoa[msoa.isin(ours) & ~msoa.index.isin(set(codes))]
    return {str(code): str(name) for code, name in there.items()}


def _beyond(
    shared: Mapping[str, str], people: pd.Series[float], level: Level | None, units: gpd.GeoDataFrame
) -> dict[str, float]:
    """MSOA -> residents of those of its LSOAs that lie outside the area."""
    if level is None or not shared:
        return {}
    code_of = {msoa_from_name(str(n)): m for n, m in zip(units["name"], level.assignment, strict=True) if m}
    made: dict[str, float] = {}
    for code, name in sorted(shared.items()):
        if name in code_of:
            made[code_of[name]] = made.get(code_of[name], 0.0) + float(people.get(code, 0.0) or 0.0)
    return made


def _graph(
    ledger: Ledger,
    units: gpd.GeoDataFrame,
    levels: Mapping[str, Level],
    known: Collection[str],
    min_shared_m: float,
    snap_m: float,
) -> tuple[pd.DataFrame, tuple[Piece, ...], tuple[Link, ...], pd.DataFrame]:
    edges = borders.adjacency(units, min_shared_m, snap_m)
    declared: list[Link] = []
    for file in ledger.of("links"):
        read, receipt = links.read_links(file, list(units.index), known=known)
        ledger.add([receipt])
        declared += read
    edges, barriers = lay_barriers(ledger, units, edges, declared)
    edges = links.with_links(edges, declared)
    people_of = {str(c): int(n) for c, n in units["residents"].items()}
    names = {str(c): str(n) for c, n in units["name"].items()}
    found = links.pieces(list(units.index), edges, residents=people_of, levels=levels, unit_names=names)
    if len(units) > _FEW and len(found) > len(units) / 2:
        raise DataError(
            "The shapes of the LSOAs do not fit together: "
            f"{count(len(units), 'LSOA')} in {count(len(found), 'piece')}.",
            mend="Use one LSOA layer as ONS publishes it (not simplified or buffered), and an area in one part.",
        )
    proposed = links.propose_links(units, found, labels=names) if 1 < len(found) <= _MOST_PIECES else ()
    return edges, found, proposed, barriers


def _totals(ledger: Ledger) -> tuple[pd.Series[float], str, str] | None:
    read = [(registrations.practice_totals(ledger.read(s), s.relative), s) for s in ledger.of("practice_totals")]
    if not read:
        return None
    read.sort(key=lambda r: (r[0][1], r[1].relative))
    (values, extract), source = read[-1]
    for _, other in read[:-1]:
        ledger.unused(other, f"older than {source.relative}, which is used to check the totals")
    ledger.used(
        source,
        rows_read=len(values),
        rows_kept=len(values),
        edition=extract,
        people_read=float(values.sum()),
        notes=["used to check the patient list"],
    )
    return values, extract, source.relative


def _district_totals(ledger: Ledger) -> tuple[pd.Series[float], str] | None:
    files = ledger.of("district_totals")
    if not files:
        return None
    source = files[-1]
    for other in files[:-1]:
        ledger.unused(other, f"{source.relative} is used to check the district totals")
    values = population.district_totals(ledger.read(source), source.relative)
    notes = ["used to check the residents of the area"]
    ledger.used(source, rows_read=len(values), rows_kept=len(values), people_read=float(values.sum()), notes=notes)
    return values, source.relative


def _area(
    choice: Choice,
    units: gpd.GeoDataFrame,
    residents: people.Residents,
    levels: dict[str, Level],
    edges: pd.DataFrame,
    proposed: tuple[Link, ...],
    pieces: tuple[Piece, ...],
    barriers: pd.DataFrame,
    practices: Practices,
    listed: patients.Patients,
    points: pd.DataFrame,
    ledger: Ledger,
    made: Sequence[Check],
    need: Measures,
    growth: pd.DataFrame,
    travel: pd.DataFrame,
) -> Area:
    ages = residents.ages if residents.ages is not None else pd.DataFrame(index=units.index)
    area = Area(
        name=choice.name,
        codes=choice.codes,
        units=units,
        ages=ages,
        ages_basis=residents.ages_basis,
        people_basis=residents.basis,
        levels=levels,
        edges=edges,
        proposed_links=proposed,
        pieces=pieces,
        practices=practices.frame,
        registrations=listed.registrations,
        registrations_elsewhere=listed.elsewhere,
        postcodes=points[["x", "y", "unit", "lsoa", "ended", "basis"]],
        receipts=ledger.receipts(),
        checks=tuple(made),
        attribution=ledger.attribution(),
        digest="",
        people_year=residents.year,
        indicators=tuple(need.listed),
        indicator_values=need.frame(),
        growth=growth,
        barriers=barriers,
        travel=travel,
    )
    return dataclasses.replace(area, digest=store.content_digest(area))

"""Residents and ages of the study area, from whichever tables the source holds."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from boundaries import columns as col
from boundaries import safe_open
from boundaries.deprivation import imd_rows
from boundaries.errors import DataError
from boundaries.ledger import Ledger, cut, keep_lsoas
from boundaries.readers import population, workbooks
from boundaries.readers.population import People
from boundaries.receipts import Check
from boundaries.source_file import SourceFile
from boundaries.vintages import decide_vintage
from boundaries.words import count

MID_YEAR = ("population_single_year", "population_broad_age", "population_totals")
CENSUS = ("ts021", "nomis_bulk", "census_age")


@dataclass(frozen=True, eq=False)
class Residents:
    """Residents per LSOA, for the area and its siblings (2021 areas split from one 2011 area with one of the area).

    values : float64 by LSOA, complete over the area. ages : int64 by LSOA of the area, or None. basis, ages_basis : in
    words. year : 0 when not stated. checks : for the receipts page. source : the file.
    """

    values: pd.Series[float]
    ages: pd.DataFrame | None
    basis: str
    ages_basis: str
    year: int
    source: str
    checks: tuple[Check, ...]


@dataclass(frozen=True, eq=False)
class _Candidate:
    source: SourceFile
    people: People
    rank: tuple[int, int, int]
    page: pd.DataFrame | None = None  # the rows of this file where several pages make one table


def residents_of(
    ledger: Ledger,
    area: Collection[str],
    siblings: Collection[str],
    *,
    pairs: pd.DataFrame | None,
    boundary: Collection[str],
) -> Residents:
    """Residents from the newest mid-year estimate, else the IMD denominators, else the Census; the choice is stated.

    Raises DataError when no table gives residents, when the chosen one lacks a unit of the area, or is of LSOA 2011.
    """
    wanted = set(area) | set(siblings)
    if pairs is not None:  # so that a file of LSOA 2011, or a mixture, is known for what it is
        wanted |= set(pairs.loc[pairs["lsoa21"].isin(wanted), "lsoa11"])
    found: list[_Candidate] = []
    for source in ledger.of(*MID_YEAR):
        people = _mid_year(ledger, source, wanted)
        found.append(_Candidate(source, people, (3, people.year, MID_YEAR.index(source.kind) % 2)))
    found += _nomis(ledger, wanted)
    for source in ledger.of("iod_2025"):
        frame = imd_rows(ledger, source, wanted)
        if frame["people"].notna().any():
            year = int(frame.attrs["people_year"])
            basis = f"IoD {frame.attrs['edition']} population denominators (mid-{year})"
            found.append(
                _Candidate(
                    source,
                    People(
                        frame["people"],
                        None,
                        year,
                        basis,
                        "2021",
                        (),
                        0,
                        int(frame.attrs["rows_read"]),
                        (str(frame.attrs["people_column"]),),
                    ),
                    (2, year, 0),
                )
            )
    for source in ledger.of(*CENSUS):
        key = next((c for c in source.columns if col.key(c) in _CENSUS_KEYS), source.columns[0])
        if not _of_lsoas(ledger, source, key):
            ledger.unused(source, "a Census table of other areas than LSOAs")
            continue
        frame = ledger.read(source, keep=keep_lsoas(key, wanted))
        make = population.census_ages if source.kind == "census_age" else population.census_bulk
        try:
            people = make(frame, source.relative)
        except DataError:
            if source.kind != "nomis_bulk":
                raise
            ledger.unused(source, "a Census table without a column of all usual residents")
            continue
        people = _with_rows(people, int(frame.attrs["rows_read"]))
        found.append(_Candidate(source, people, (1, people.year, int(source.kind == "ts021"))))
    if not found:
        raise DataError(
            f"The source has no table of residents.{ledger.perhaps_meant()}",
            mend="Add ONS mid-year LSOA estimates, IoD 2025 File 7 (with population denominators) or a Census table.",
        )
    ranked = sorted(found, key=lambda c: (c.rank, c.source.relative), reverse=True)
    best = ranked[0]
    column = best.people.columns[0] if best.people.columns else "Total"
    vintage = decide_vintage(
        [c for c in best.people.residents.index if str(c)[0] == "E"],
        file=best.source.relative,
        column="LSOA code",
        lookup=pairs,
        boundary=boundary,
        area=area,
    )
    if "2011" in (best.people.vintage, vintage.year):
        raise DataError(
            f"{best.source.relative} gives residents by LSOA 2011; the map is of LSOA 2021.",
            mend="Load the mid-year estimates on LSOA 2021 (“Mid-YYYY LSOA 2021”).",
        )
    population.require_everyone(best.people.residents, area, best.source.relative, column)
    ages = next((c for c in ranked if c.people.ages is not None), None)
    table, ages_basis, ages_note = _ages(ages, area)
    why = _why(best, ranked)
    for candidate in ranked:
        _receipt(ledger, candidate, best, ages if table is not None else None, area, ages_note, why)
    return Residents(
        best.people.residents,
        table,
        f"{best.people.basis}: {why}",
        ages_basis,
        best.people.year,
        best.source.relative,
        _differences(best, ranked, area),
    )


_CENSUS_KEYS = {"geography code", "lower layer super output areas code"}


def _with_rows(people: People, rows: int) -> People:
    return dataclasses.replace(people, rows_read=rows)


def _mid_year(ledger: Ledger, source: SourceFile, wanted: Collection[str]) -> People:
    if source.sheets:
        sheet, year, _ = population.sheet_of(source.sheets)
        frame = workbooks.read_sheet(source, sheet or source.sheets[0], ("LSOA 2021 Code", "LSOA 2011 Code"), wanted)
        basis = f"sheet “{sheet or source.sheets[0]}”"
    else:
        key = col.find_lsoa(source.columns, 21) or col.find_lsoa(source.columns, 11)
        frame = ledger.read(source, keep=keep_lsoas(key, wanted) if key else None)
        year = population.year_in(" ".join(c for c in source.columns if not re.search(r"(?i)code|name|cd$|nm$", c)))
        basis = "the year stands in a column name" if year else ""
        if not year:
            year = population.year_in(source.member or source.path.name)
            basis = f"year not stated in the file; its name says {year}" if year else "year not stated"
    people = population.totals(frame, source.relative, year=year, year_basis=basis)
    return _with_rows(people, int(frame.attrs.get("rows_read", len(frame))))


def _nomis(ledger: Ledger, wanted: Collection[str]) -> list[_Candidate]:
    found: list[_Candidate] = []
    pages = ledger.of("nomis_api")
    groups: dict[tuple[str, ...], list[SourceFile]] = {}
    for page in pages:
        groups.setdefault(page.columns, []).append(page)
    for columns, members in groups.items():
        frames, total = [], 0
        for page in members:
            frame = ledger.read(page)
            total += int(frame.attrs["rows_read"])
            frames.append(frame)
        joined = pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)
        file = " + ".join(p.relative for p in members)
        code = col.find(columns, "GEOGRAPHY_CODE") or columns[0]
        lsoa = joined[code].str.strip().str.upper().str.fullmatch(col.PATTERNS["lsoa"])
        if not lsoa.any():
            for page in members:
                ledger.unused(page, "a Nomis table that is not of LSOAs")
            continue
        people = population.nomis_api(joined, file)
        kept = people.residents[people.residents.index.isin(list(wanted))]
        people = People(
            kept, None, people.year, people.basis, people.vintage, people.notes, people.changed, total, people.columns
        )
        rank = (1, people.year, 0) if people.year == 2021 else (3, people.year, 0)
        found += [_Candidate(page, people, rank, frame) for page, frame in zip(members, frames, strict=True)]
    for source in ledger.of("nomis_download"):
        frame = ledger.read(source)
        people = population.nomis_download(frame, source.relative, year=_preamble_year(source))
        people = _with_rows(people, len(frame))
        rank = (1, people.year, 0) if people.year in (0, 2011, 2021) else (3, people.year, 0)
        found.append(_Candidate(source, people, rank))
    return found


def _of_lsoas(ledger: Ledger, source: SourceFile, key: str) -> bool:
    """Whether any row is of an LSOA: the zip of a Census table holds one file for each kind of area."""
    pattern = col.PATTERNS["lsoa"]
    found = ledger.read(source, [key], lambda block: block[key].str.strip().str.upper().str.fullmatch(pattern))
    return len(found) > 0


def _preamble_year(source: SourceFile) -> int:
    """The year that the lines above a saved Nomis table state ("Date:","2024"); 0 when there is none."""
    with safe_open.open_bytes(source.path, source.member) as file:
        lines = file.read(1 << 14).decode("utf-8-sig", errors="replace").splitlines()[: source.header_row]
    return population.year_in(" ".join(x for x in lines if re.match(r'"?\s*(date|year|time)\b', x, re.IGNORECASE)))


def _why(best: _Candidate, ranked: list[_Candidate]) -> str:
    others = [c for c in ranked if c.source is not best.source and c.people.basis != best.people.basis]
    if best.rank[0] == 3:
        return "the newest mid-year estimate in the source" if others else "the only table of residents in the source"
    if best.rank[0] == 2:
        return "no mid-year estimate is loaded, so the denominators of the deprivation indices stand in"
    return "no mid-year estimate and no deprivation denominators are loaded, so the Census stands in"


def _ages(candidate: _Candidate | None, area: Collection[str]) -> tuple[pd.DataFrame | None, str, str]:
    if candidate is None or candidate.people.ages is None:
        return None, "", ""
    got = candidate.people.ages.reindex(sorted(area))
    missing = got.index[got.isna().any(axis=1)]
    if len(missing):
        return (
            None,
            "",
            f"ages not used: {count(len(missing), 'LSOA of the area has', 'LSOAs of the area have')} none "
            f"({', '.join(map(str, missing[:5]))})",
        )
    table = got.round().astype("int64")
    table.index.name = "code"
    return table, f"{candidate.people.basis}, {len(table.columns)} age bands", ""


def _receipt(
    ledger: Ledger,
    candidate: _Candidate,
    best: _Candidate,
    ages: _Candidate | None,
    area: Collection[str],
    ages_note: str,
    why: str,
) -> None:
    people, source = candidate.people, candidate.source
    same = candidate.people is best.people
    if not same and candidate is not ages:
        note = ages_note if people.ages is not None and ages_note else ""
        ledger.unused(source, f"residents come from {best.source.relative} ({why}){'; ' + note if note else ''}")
        return
    kept, rows_read = people.residents[people.residents.index.isin(list(area))], people.rows_read
    if candidate.page is not None:
        own = candidate.page[col.find(list(candidate.page.columns), "GEOGRAPHY_CODE") or candidate.page.columns[0]]
        kept, rows_read = kept[kept.index.isin(own.str.strip().str.upper())], int(candidate.page.attrs["rows_read"])
    notes = list(people.notes)
    if same:
        notes.append(f"residents of the area: {why}")
    if candidate is ages:
        notes.append("ages of the area come from this table")
    if people.changed:
        notes.append(f"{count(people.changed, 'code')} with blanks or lower case tidied")
    rows_kept = len(kept) * people.rows_each
    ledger.used(
        source,
        rows_read=rows_read,
        rows_kept=rows_kept,
        edition=str(people.year or "year not stated"),
        vintage=f"LSOA {people.vintage}" if people.vintage else "LSOA 2021",
        people_kept=float(kept.sum()),
        people_read=None,
        notes=notes,
        dropped=cut(rows_read, rows_kept),
    )


def _differences(best: _Candidate, ranked: list[_Candidate], area: Collection[str]) -> tuple[Check, ...]:
    codes = sorted(area)
    own = best.people.residents.reindex(codes)
    for other in ranked:
        if (
            other.rank[0] != 3
            or other.people is best.people
            or not other.people.year
            or other.people.year != best.people.year
        ):
            continue
        there = other.people.residents.reindex(codes)
        differ = (own - there).abs() > 0.5
        if differ.any():
            return (
                Check(
                    "resident_tables",
                    "Two tables of residents agree",
                    "warn",
                    f"{best.source.relative} and {other.source.relative} differ in "
                    f"{count(int(differ.sum()), 'LSOA')} of the area ({own.sum():,.0f} against {there.sum():,.0f} "
                    "people); the first is used.",
                    codes=tuple(map(str, own.index[differ][:20])),
                ),
            )
    return ()

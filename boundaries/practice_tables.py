"""Every table that knows where practices are and which PCN they are in, read and joined to the patient list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries import crs
from boundaries.ledger import Ledger
from boundaries.levels import place_points
from boundaries.patients import Patients
from boundaries.practices import PcnTable, Practices, Register, assemble, frame_of, pcns, sites
from boundaries.readers import organisations, place_based, registrations, workbooks
from boundaries.readers.tables import month_words
from boundaries.source_file import SourceFile
from boundaries.words import count


@dataclass(frozen=True, eq=False)
class PracticeTables:
    """Registers (newest decides a site), PCN tables, epraccur rows with its label, and the files behind each label."""

    registers: tuple[Register, ...]
    pcn_tables: tuple[PcnTable, ...]
    status: pd.DataFrame | None
    status_label: str
    files: Mapping[str, SourceFile]
    rows: Mapping[str, int]


def practice_tables(ledger: Ledger) -> PracticeTables:
    """Read every table that says where practices are and which PCN they belong to; the newest of each kind."""
    registers: list[Register] = []
    tables: list[PcnTable] = []
    files: dict[str, SourceFile] = {}
    rows: dict[str, int] = {}
    status: pd.DataFrame | None = None
    status_label = ""
    maps: list[tuple[str, SourceFile, pd.DataFrame]] = []
    for source in ledger.of("practice_map"):
        frame, date = registrations.practice_map(ledger.read(source), source.relative)
        maps.append((date, source, frame))
    for date, source, frame in maps:
        label = f"practice map of {month_words(date) or 'unknown date'} ({source.relative})"
        registers.append(Register(label, date, frame))
        tables.append(PcnTable(label, date, frame, spells=False))
        files[label], rows[label] = source, len(frame)
    editions = [(organisations.practices(ledger.read(s)), s) for s in ledger.of("epraccur")]
    editions.sort(key=lambda e: (organisations.newest_date(e[0]), e[1].relative))
    for old in editions[:-1]:
        ledger.unused(old[1], f"older than {editions[-1][1].relative}, which is used for practices")
    if editions:
        status, source = editions[-1]
        date = organisations.newest_date(status)
        status_label = f"epraccur, newest entry {date} ({source.relative})"
        registers.append(Register(status_label, date, status))
        files[status_label], rows[status_label] = source, len(status)
    dated = [(place_based.edition(s.member or s.path.name), s) for s in ledger.of("place_based")]
    dated.sort(key=lambda e: (e[0][1], e[1].relative))
    for (_, _), old_source in dated[:-1]:
        ledger.unused(old_source, f"older than {dated[-1][1].relative}, which is used for practices")
    if dated:
        (words, date), source = dated[-1]
        label = f"place-based table, {words} ({source.relative})"
        frame = place_based.practices(ledger.read(source), source.relative)
        registers.append(Register(label, date, _with_metres(frame, source.relative)))
        files[label], rows[label] = source, len(frame)
    tables += _spell_tables(ledger, files, rows)
    return PracticeTables(tuple(registers), tuple(tables), status, status_label, files, rows)


def _with_metres(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    out = frame.assign(x=np.nan, y=np.nan)
    has = frame["lat"].notna() & frame["lon"].notna()
    if has.any():
        points = gpd.GeoDataFrame(
            geometry=gpd.points_from_xy(frame.loc[has, "lon"], frame.loc[has, "lat"]), crs=crs.WGS84
        )
        moved, _ = crs.to_metres(points, file)
        out.loc[has, "x"], out.loc[has, "y"] = moved.geometry.x.to_numpy(), moved.geometry.y.to_numpy()
    return out


def _spell_tables(ledger: Ledger, files: dict[str, SourceFile], rows: dict[str, int]) -> list[PcnTable]:
    tables: list[PcnTable] = []
    for source in ledger.of("core_partners"):
        frame = organisations.spells(ledger.read(source), headed=source.has_header)
        _spell_table(source, frame, pd.DataFrame(), tables, files, rows)
    for source in ledger.of("epcn_workbook"):
        by_key = {"".join(ch for ch in s.casefold() if ch.isalpha()): s for s in source.sheets}
        partners, details = by_key.get("pcncorepartnerdetails"), by_key.get("pcndetails")
        names = pd.DataFrame()
        if details:
            names = organisations.pcn_names(workbooks.read_sheet(source, details, ("PCN Code",)), headed=True)
        if partners is None:
            ledger.unused(source, "it has no sheet “PCN Core Partner Details”")
            continue
        sheet = workbooks.read_sheet(source, partners, ("Partner Organisation Code", "Practice Code"))
        _spell_table(source, organisations.spells(sheet, headed=True), names, tables, files, rows)
    names_files = [(organisations.pcn_names(ledger.read(s), headed=s.has_header), s) for s in ledger.of("epcn")]
    for names, source in names_files:
        for n, table in enumerate(tables):
            if table.spells:
                tables[n] = PcnTable(table.label, table.date, _renamed(table.frame, names), True)
        ledger.used(
            source,
            rows_read=len(names),
            rows_kept=len(names),
            edition=organisations.newest_date(names),
            notes=["names of PCNs taken"],
        )
    return tables


def _spell_table(
    source: SourceFile,
    frame: pd.DataFrame,
    names: pd.DataFrame,
    tables: list[PcnTable],
    files: dict[str, SourceFile],
    rows: dict[str, int],
) -> None:
    date = max((str(frame[c].max()) for c in ("start", "end") if len(frame)), default="")
    label = f"PCN membership, newest entry {date or 'unknown'} ({source.relative})"
    tables.append(PcnTable(label, date, _renamed(frame, names), spells=True))
    files[label], rows[label] = source, len(frame)


def _renamed(spells: pd.DataFrame, names: pd.DataFrame) -> pd.DataFrame:
    if not len(names):
        return spells
    return spells.assign(pcn_name=spells["pcn"].map(names["pcn_name"]).fillna(spells["pcn_name"]).astype("str"))


def practices_of(
    ledger: Ledger,
    units: gpd.GeoDataFrame,
    patients: Patients,
    tables: PracticeTables,
    points: pd.DataFrame,
    icb_of_unit: Mapping[str, str],
) -> Practices:
    """`Area.practices`: practices with patients here (without a list: those sited here), and their receipts."""
    here = patients.registrations.groupby("practice")["patients"].sum()
    codes = sorted(set(here.index))
    if not patients.source:
        codes = sorted({c for r in tables.registers for c in r.frame.index})
        if tables.status is not None:
            shut = tables.status[(tables.status["status"] != "active") | ~tables.status["is_gp"]].index
            codes = [c for c in codes if c not in set(shut)]
    site = sites(codes, tables.registers, points)
    xy = site[["x", "y"]].to_numpy(dtype=np.float64)
    placed = np.isfinite(xy).all(axis=1)
    found = np.full(len(codes), -1, dtype=np.int64)
    if placed.any():
        found[placed] = place_points(xy[placed], np.asarray(units.geometry.array)).group
    names = np.asarray(units.index, dtype=object)
    unit = np.where(found >= 0, names[found], "") if len(names) else np.full(len(codes), "", dtype=object)
    made = assemble(
        here=here,
        lists=patients.lists,
        names=patients.names,
        site=site,
        unit=unit,
        pcn=pcns(codes, tables.pcn_tables, patients.extract),
        status=tables.status,
        status_label=tables.status_label,
        icb_of_unit=icb_of_unit,
        extract=patients.extract,
    )
    _receipts(ledger, made, tables, patients)
    return made if len(made.frame) else Practices(frame_of([]), {}, made.notes, (), made.small)


def _receipts(ledger: Ledger, made: Practices, tables: PracticeTables, patients: Patients) -> None:
    order = sorted(tables.registers, key=lambda r: (r.date, r.label), reverse=True)
    believed = "; then ".join(r.label for r in order)
    for label, source in sorted(tables.files.items()):
        notes = []
        if any(r.label == label for r in order):
            sited = int(made.frame["site_basis"].str.contains(label, regex=False).sum())
            placed = count(sited, "practice")
            notes.append(f"decides the site of {placed}; sites are believed in this order: {believed}")
        if any(t.label == label for t in tables.pcn_tables):
            n = int(made.pcn_counts.get(label, 0))
            rule = (
                f"membership on {patients.extract}, the date of the patient list"
                if any(t.label == label and t.spells for t in tables.pcn_tables) and patients.extract
                else "the practice map"
            )
            notes.append(f"decides the PCN of {n:,} of {count(len(made.frame), 'practice')} ({rule})")
        if label == tables.status_label and tables.status is not None:
            shut = made.frame[made.frame["status"] == "closed"]
            people = float(shut["patients_here"].sum())
            notes.append(
                f"{count(len(shut), 'practice')} with patients here closed since ({people:,.0f} people): "
                f"{', '.join(map(str, shut.index[:10]))}"
                if len(shut)
                else "no practice with patients here has closed"
            )
            twice = tables.status.attrs.get("repeated", [])
            if twice:
                stand = count(len(twice), "code stands", "codes stand")
                notes.append(f"{stand} twice; the row opened last is used: {', '.join(twice[:5])}")
        if any(t.label == label and t.spells for t in tables.pcn_tables):
            both = made.frame[made.frame["note"].str.contains("two PCNs at once", regex=False)]
            if len(both):
                are = count(len(both), "practice is", "practices are")
                notes.append(f"{are} in two PCNs at once: {', '.join(map(str, both.index[:10]))}")
        date = next((r.date for r in order if r.label == label), "") or next(
            (t.date for t in tables.pcn_tables if t.label == label), ""
        )
        kept = int(
            made.frame.index.isin(next((r.frame.index for r in order if r.label == label), made.frame.index)).sum()
        )
        ledger.used(
            source, rows_read=tables.rows[label], rows_kept=kept, edition=date or "no date in the table", notes=notes
        )
    for source in ledger.of("registrations"):
        if source.relative in patients.source:
            ledger.used(source, rows_read=0, rows_kept=0, notes=made.notes)

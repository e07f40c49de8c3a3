"""Registered patients and practices of the study area, from the patient list and every table that knows practices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from boundaries import crs
from boundaries.errors import DataError
from boundaries.ledger import Ledger
from boundaries.levels import place_points
from boundaries.practices import PcnTable, Practices, Register, assemble, frame_of, pcns, sites
from boundaries.readers import organisations, place_based, registrations, workbooks
from boundaries.readers.tables import month_words, parse_date
from boundaries.receipts import Dropped
from boundaries.sources import SourceFile
from boundaries.vintages import RULE_WORDS, Vintage, convert_counts, decide_vintage

_WHOLE = 24 * 1024**2
_ELSEWHERE = {
    "unknown": "no known area",
    "wales": "Wales",
    "scotland": "Scotland",
    "northern_ireland": "Northern Ireland",
    "england_outside": "England, outside the study area",
}


@dataclass(frozen=True, eq=False)
class Patients:
    """registrations, elsewhere : as in `Area`. lists : all patients by practice. names : by practice. extract : ISO.

    vintage : of the file. touched : people by conversion rule. source : the file ("" when none is loaded). tokens :
    what is no English area -> (rows, people). strange : English codes of the file that are in no set of the source.
    """

    registrations: pd.DataFrame
    elsewhere: pd.DataFrame
    lists: pd.Series[float]
    names: pd.Series[str]
    extract: str
    vintage: Vintage | None
    touched: pd.DataFrame
    source: str
    tokens: Mapping[str, tuple[int, float]]
    strange: tuple[str, ...]


def empty_patients() -> Patients:
    """What stands in `Area` when no patient list is loaded."""
    return Patients(
        typed(pd.DataFrame({"practice": [], "unit": [], "patients": []}), "unit"),
        typed(pd.DataFrame({"practice": [], "category": [], "patients": []}), "category"),
        pd.Series(dtype="float64"),
        pd.Series(dtype="str"),
        "",
        None,
        pd.DataFrame(),
        "",
        {},
        (),
    )


def typed(frame: pd.DataFrame, second: str) -> pd.DataFrame:
    """practice, `second`, patients with their types, sorted."""
    out = frame[["practice", second, "patients"]].astype({"practice": "str", second: "str", "patients": "float64"})
    return out.sort_values(["practice", second], ignore_index=True)


def _choose_list(ledger: Ledger, area: Collection[str], pairs: pd.DataFrame | None) -> list[SourceFile]:
    """The newest extract; of its files the one with SEX ALL, else the male and female twins; LSOA 2021 before 2011."""
    files = ledger.of("registrations")
    heads: list[tuple[str, str, int, SourceFile]] = []
    newer = set(area) - (set(pairs["lsoa11"]) if pairs is not None else set())
    for source in files:
        names = registrations.header(list(source.columns), source.relative)
        date, sex, hits = "", "ALL", 0
        if len(files) > 1:
            lsoa, seen = names["LSOA_CODE"], set[str]()
            sexes, dates = set[str](), set[str]()

            def keep(
                block: pd.DataFrame,
                names: Mapping[str, str] = names,
                lsoa: str = lsoa,
                seen: set[str] = seen,
                sexes: set[str] = sexes,
                dates: set[str] = dates,
            ) -> pd.Series[bool]:
                seen.update(newer.intersection(block[lsoa]))
                sexes.update(block[names["SEX"]].str.upper().unique() if "SEX" in names else ["ALL"])
                dates.update(block[names["EXTRACT_DATE"]].unique() if "EXTRACT_DATE" in names else [""])
                return pd.Series(False, index=block.index)

            ledger.read(source, keep=keep)
            date, hits = max(map(parse_date, dates), default=""), int(bool(seen))
            sex = "ALL" if "ALL" in sexes else "+".join(sorted(sexes))
        heads.append((date, sex, hits, source))
    if not heads:
        return []
    newest_date = max(h[0] for h in heads)
    current = [h for h in heads if h[0] == newest_date]
    best = max(h[2] for h in current)
    current = [h for h in current if h[2] == best]
    whole = sorted((h[3] for h in current if h[1] == "ALL"), key=lambda s: s.relative)
    chosen = whole[-1:] or sorted((h[3] for h in current), key=lambda s: s.relative)
    for date, _, _, source in heads:
        if source not in chosen:
            older = f"of {month_words(date)}, older than" if date < newest_date else "a copy or part of what is in"
            ledger.unused(source, f"{older} {chosen[0].relative}, which is used")
    return chosen


def _read_list(ledger: Ledger, source: SourceFile, wanted: set[str]) -> tuple[pd.DataFrame, int, float]:
    """Rows of practices with a patient in `wanted`; rows and people of the whole file. Large files are read twice."""
    names = registrations.header(list(source.columns), source.relative)
    columns = list(names.values())
    count = names["NUMBER_OF_PATIENTS"]
    people = 0.0
    having: set[str] = set()

    def find(block: pd.DataFrame) -> pd.Series[bool]:
        nonlocal people
        people += float(pd.to_numeric(block[count].str.replace(",", ""), errors="coerce").sum())
        hit = block[names["LSOA_CODE"]].str.strip().str.upper().isin(wanted)
        having.update(block.loc[hit, names["PRACTICE_CODE"]])
        return hit if source.size > _WHOLE else pd.Series(True, index=block.index)

    frame = ledger.read(source, columns, find)
    rows = int(frame.attrs["rows_read"])
    if source.size > _WHOLE:
        frame = ledger.read(source, columns, lambda block: block[names["PRACTICE_CODE"]].isin(having))
    return frame, rows, people


def patients_of(
    ledger: Ledger,
    area: Collection[str],
    *,
    pairs: pd.DataFrame | None,
    boundary: Collection[str],
    residents: pd.Series[float],
) -> Patients:
    """Registrations of the area's people, moved to LSOA 2021 when the list is of 2011, and where the rest live.

    Raises DataError for a list of LSOA 2011 without the lookup 2.4 (or with one that lacks units of the area).
    """
    chosen = _choose_list(ledger, area, pairs)
    if not chosen:
        return empty_patients()
    codes = sorted(area)
    near = pairs[pairs["lsoa21"].isin(set(codes))] if pairs is not None else None
    wanted = set(codes) | (set(near["lsoa11"]) if near is not None else set())
    parts = [_read_list(ledger, s, wanted) for s in chosen]
    file = " + ".join(s.relative for s in chosen)
    listed = registrations.patients_by_lsoa(pd.concat([p[0] for p in parts], ignore_index=True), file)
    rows = listed.rows
    vintage = decide_vintage(
        rows["lsoa"].unique(), file=file, column="LSOA_CODE", lookup=pairs, boundary=boundary, area=codes
    )
    touched, notes = pd.DataFrame(columns=["rule", "codes", "rows", "people"]), list(listed.notes)
    if vintage.year == "2011":
        if near is None or pairs is None or set(codes) - set(near["lsoa21"]):
            lost = sorted(set(codes) - set(near["lsoa21"] if near is not None else []))
            raise DataError(
                f"{file} is on LSOA 2011 and the lookup to LSOA 2021 lacks {len(lost):,} LSOAs of the area: "
                f"{', '.join(lost[:5])}.",
                mend="Load the whole lookup “LSOA (2011) to LSOA (2021)” of England and Wales.",
            )
        ours = rows["lsoa"].isin(set(near["lsoa11"]))
        family = pairs[pairs["lsoa11"].isin(set(near["lsoa11"]))]
        moved = convert_counts(rows[ours], family, residents, key="practice", value="patients")
        inside = moved.frame[moved.frame["unit"].isin(set(codes))]
        away = pd.concat(
            [
                moved.frame[~moved.frame["unit"].isin(set(codes))].drop(columns="unit"),
                rows.loc[~ours, ["practice", "patients"]],
            ]
        )
        touched = moved.touched
        notes += [
            f"{RULE_WORDS[r['rule']]}: {r['codes']:,} LSOAs of 2011, {r['rows']:,} rows, {r['people']:,.0f} people"
            for r in touched.to_dict("records")
        ]
        if moved.unweighted:
            notes.append(f"no residents known for the children of {', '.join(moved.unweighted[:5])}: divided equally")
    else:
        ours = rows["lsoa"].isin(set(codes))
        inside = rows[ours].rename(columns={"lsoa": "unit"})
        away = rows.loc[~ours, ["practice", "patients"]]
    local = set(inside["practice"])
    abroad = away.assign(category="england_outside").groupby(["practice", "category"])["patients"].sum().reset_index()
    elsewhere = pd.concat([listed.elsewhere, abroad], ignore_index=True)
    elsewhere = typed(elsewhere[elsewhere["practice"].isin(local)], "category")
    kept = typed(inside, "unit")
    lists = (
        pd.concat([kept[["practice", "patients"]], elsewhere[["practice", "patients"]]])
        .groupby("practice")["patients"]
        .sum()
        .sort_index()
    )
    known = set(boundary) | (set(pairs["lsoa11"]) | set(pairs["lsoa21"]) if pairs is not None else set())
    strange = tuple(sorted(set(rows["lsoa"]) - known))
    total_rows, total_people = sum(p[1] for p in parts), sum(p[2] for p in parts)
    dropped = [
        Dropped(
            f"not on the map: {_ELSEWHERE[str(c)]}", int((elsewhere["category"] == c).sum()), float(g["patients"].sum())
        )
        for c, g in elsewhere.groupby("category", sort=True)
    ]
    rest = total_people - float(kept["patients"].sum()) - float(elsewhere["patients"].sum())
    if rest > 0.5:
        dropped.append(
            Dropped("practices with no patient in the study area", total_rows - len(rows) - len(listed.elsewhere), rest)
        )
    for token, (n, people) in sorted(listed.tokens.items()):
        notes.append(f"{token or 'blank'}: {n:,} rows, {people:,.0f} people")
    notes.append(f"vintage decided by its codes: {vintage.basis}")
    for source, part in zip(chosen, parts, strict=True):
        ledger.used(
            source,
            rows_read=part[1],
            rows_kept=int(ours.sum()) if len(chosen) == 1 else len(part[0]),
            edition=month_words(listed.extract) or "no date",
            people_read=part[2],
            people_kept=float(kept["patients"].sum()),
            dropped=dropped,
            vintage=f"LSOA {vintage.year}" if vintage.year != "either" else "LSOA 2011 or 2021 (no code differs)",
            notes=notes,
        )
    return Patients(
        kept, elsewhere, lists, listed.names, listed.extract, vintage, touched, file, listed.tokens, strange
    )


# ---------------------------------------------------------------- tables that know practices


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
            notes.append(f"decides the site of {sited:,} practices; sites are believed in this order: {believed}")
        if any(t.label == label for t in tables.pcn_tables):
            n = int(made.pcn_counts.get(label, 0))
            rule = (
                f"membership on {patients.extract}, the date of the patient list"
                if any(t.label == label and t.spells for t in tables.pcn_tables) and patients.extract
                else "the practice map"
            )
            notes.append(f"decides the PCN of {n:,} of {len(made.frame):,} practices ({rule})")
        if label == tables.status_label and tables.status is not None:
            shut = made.frame[made.frame["status"] == "closed"]
            people = float(shut["patients_here"].sum())
            notes.append(
                f"{len(shut):,} practices with patients here have closed since ({people:,.0f} people): "
                f"{', '.join(map(str, shut.index[:10]))}"
                if len(shut)
                else "no practice with patients here has closed"
            )
            twice = tables.status.attrs.get("repeated", [])
            if twice:
                notes.append(f"{len(twice):,} codes stand twice; the row opened last is used: {', '.join(twice[:5])}")
        if any(t.label == label and t.spells for t in tables.pcn_tables):
            both = made.frame[made.frame["note"].str.contains("two PCNs at once", regex=False)]
            if len(both):
                notes.append(f"{len(both):,} practices are in two PCNs at once: {', '.join(map(str, both.index[:10]))}")
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

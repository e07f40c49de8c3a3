"""The marks by which an official table is known (formats.md): pure functions from headers and first rows to a kind."""

from __future__ import annotations

import codecs
import csv
import io
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from boundaries import columns as col
from boundaries import safe_open
from boundaries.kinds import KINDS
from boundaries.layers import LayerHead
from boundaries.readers import parquet
from boundaries.readers.travel import is_travel, lacks_minutes
from boundaries.recognise_need import need_kind


@dataclass(frozen=True)
class Recognised:
    """What one table is, as far as its head tells; see `boundaries.source_file.SourceFile` for the fields."""

    kind: str
    columns: tuple[str, ...] = ()
    problem: str = ""
    mend: str = ""
    refused: bool = False
    vintage: str = ""
    has_header: bool = True
    header_row: int = 0
    sheets: tuple[str, ...] = ()


_SAYS = {
    "geojson": "a GeoJSON layer", "json": "JSON, but no layer of shapes", "gpkg": "a GeoPackage or database",
    "shapefile": "a shapefile", "zip": "a zip or workbook", "parquet": "a Parquet table",
    "utf-16": "UTF-16 text", "text": "plain text",
    "markup": "a web page or XML", "binary": "data of another kind",
}  # fmt: skip


def not_what_it_says(suffix: str, form: str, head: bytes) -> Recognised:
    """A file whose content is not what its name's ending says."""
    if form == "json" and b'"error"' in head[:2000]:
        return Recognised(
            "unknown",
            problem="It holds an error reply of the server instead of a layer.",
            mend="Download the layer again.",
        )
    if form == "json" and suffix == ".geojson":
        said = "It is called .geojson but holds no GeoJSON feature collection."
    else:
        said = f"It is called {suffix} but holds {_SAYS.get(form, 'something else')}."
    return Recognised("unknown", problem=said, mend="Take the file from the publisher again.")


# ---------------------------------------------------------------- layers


def layer(head: LayerHead) -> Recognised:
    """A layer by its code columns and its type of geometry."""
    columns = tuple(col.clean(c) for c in head.columns)
    refused = _refusal(columns, head.sample, columns)
    if refused:
        return refused
    stems = {(s.stem, s.year) for s in col.stamped(columns) if s.suffix == "CD"}
    names = {stem for stem, _ in stems}
    if head.geometry == "Point":
        return Recognised("lsoa_centroids" if col.find_lsoa(columns) else "unknown", columns, vintage="2021")
    if head.geometry == "LineString" and col.find(columns, "strength"):
        return Recognised("barriers", columns)
    if head.geometry != "Polygon":
        kind = "geometry" if head.geometry else "shapes"
        return Recognised("unknown", columns, problem=f"It holds no areas ({head.geometry or 'no'} {kind}).")
    if ("LSOA", 21) in stems:
        return Recognised("lsoa_boundaries", columns, vintage="2021")
    if ("LSOA", 11) in stems:
        return Recognised("lsoa11_boundaries", columns, vintage="2011")
    for stem, kind in (("OA", "oa_boundaries"), ("MSOA", "msoa_boundaries"), ("WD", "ward_boundaries")):
        if stem in names:
            return Recognised(kind, columns)
    if "LAD" in names and not names & {"CTYUA", "SICBL", "ICB", "BUA"}:
        return Recognised("lad_boundaries", columns)
    if col.find(columns, "neighbourhood_code") or {"code", "colour", "resident_population"} <= {*map(col.key, columns)}:
        return Recognised("written_by_us", columns)
    return Recognised("layer", columns)


def _refusal(columns: Sequence[str], sample: dict[str, list[str]], shown: Sequence[str]) -> Recognised | None:
    for column in sample.keys() | set(columns):
        what = col.person_level(column, sample.get(column, ()))
        if what:
            return Recognised(
                "unknown", tuple(shown), refused=True,
                problem=f"The column “{column}” looks like {what}: data about persons may not be loaded.",
                mend="Remove this file from the folder, or that column from the file.",
            )  # fmt: skip
    return None


# ---------------------------------------------------------------- workbooks


_MID_YEAR = re.compile(r"^\s*Mid-(\d{4}) LSOA 20(11|21)\s*$", re.IGNORECASE)


def workbook(path: Path, member: str = "") -> Recognised:
    """An .xlsx by the names of its sheets and the header found in their first ten rows."""
    with safe_open.open_workbook(path, member) as book:
        sheets = {str(s.title): _sheet_rows(s) for s in book.worksheets}
    names = tuple(sheets)
    headers: dict[str, tuple[tuple[str, ...], int]] = {}
    for title, rows in sheets.items():
        header = _sheet_header(rows)
        headers[title] = header
        sample = _column_values(header[0], rows[header[1] + 1 :])
        refused = _refusal(header[0], sample, header[0])
        if refused:
            return refused
    mid = sorted((m for m in map(_MID_YEAR.match, names) if m), key=lambda m: (m[1], m[2]))
    if mid:
        columns, row = headers[mid[-1].string]
        return Recognised(_population_kind(columns), columns, vintage=f"20{mid[-1][2]}", header_row=row, sheets=names)
    keys = {k: title for title in names for k in [re.sub(r"[^a-z]", "", title.casefold())]}
    partner = next((t for t, (c, _) in headers.items() if _is_core_partners(c)), keys.get("pcncorepartnerdetails"))
    details = keys.get("pcndetails")
    if partner or details:
        return Recognised("epcn_workbook", headers[partner or details or names[0]][0], sheets=names)
    for title in names:
        columns, row = headers[title]
        kind = _by_header(columns, sheets[title][row + 1 :])
        if kind.kind != "unknown":
            return Recognised(kind.kind, columns, vintage=kind.vintage, header_row=row, sheets=(title,))
    return Recognised("unknown", headers[names[0]][0] if names else (), sheets=names)


def _sheet_rows(sheet: object) -> list[tuple[str, ...]]:
    rows = itertools.islice(sheet.iter_rows(values_only=True), 40)  # type: ignore[attr-defined]
    return [tuple(col.clean(v) for v in row) for row in rows]


def _sheet_header(rows: list[tuple[str, ...]]) -> tuple[tuple[str, ...], int]:
    """The row that looks like a header: the first of ten with an LSOA code column, else the fullest."""
    first = rows[:10]
    for n, row in enumerate(first):
        if col.find_lsoa(row, 21) or col.find_lsoa(row, 11):
            return row, n
    full = max(range(len(first)), key=lambda n: (sum(bool(c) for c in first[n]), -n), default=0)
    return (first[full], full) if first else ((), 0)


def _column_values(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {c: [] for c in header}
    for row in rows:
        for column, cell in zip(header, row, strict=False):
            if cell:
                values[column].append(cell)
    return values


def _population_kind(columns: Sequence[str]) -> str:
    keys = {col.key(c) for c in columns}
    if {"f0", "m0"} <= keys or {"f90", "m90"} <= keys:
        return "population_single_year"
    if any(re.fullmatch(r"[fm]\d+ to \d+", k) for k in keys):
        return "population_broad_age"
    return "population_totals"


def parquet_table(path: Path, member: str = "") -> Recognised:
    """A Parquet table by its header; only travel times are read from one."""
    rows = parquet.first_rows(path, member)
    columns = tuple(map(str, rows.columns))
    refused = _refusal(columns, _column_values(columns, rows.to_numpy().tolist()), columns)
    if refused:
        return refused
    if lacks_minutes(columns):
        return _not_in_minutes(columns)
    if not is_travel(columns):
        return Recognised("unknown", columns, "It is a Parquet table, and only travel times are read from one.")
    return _repeated("travel", columns) or Recognised("travel", columns)


def _not_in_minutes(columns: tuple[str, ...]) -> Recognised:
    """Not used, and no fault: such a table may lie in the folder."""
    return Recognised(
        "unknown",
        columns,
        "it gives times of journeys, but no column says that it is in minutes: call it travel_time_minutes, with times "
        "in seconds divided by 60",
    )


# ---------------------------------------------------------------- text


_AREA_TYPE = re.compile(r"^\"?20\d\d (super output areas?|census)", re.IGNORECASE)


def text(head: bytes, encoding: str, *, whole: bool) -> Recognised:
    """A CSV by its header, or by the shape of its rows when it has none. `whole` says that `head` is all of it."""
    if safe_open.sniff(head) == "utf-16":
        return Recognised(
            "unknown",
            problem="It is in UTF-16, which official files never are.",
            mend="Save it again as “CSV UTF-8 (comma delimited)”.",
        )
    told = head.removeprefix(codecs.BOM_UTF8).decode("cp1252" if encoding == "cp1252" else "utf-8", "replace")
    if not encoding:
        return Recognised("unknown", problem="It is neither UTF-8 nor Windows-1252 text.")
    problem = safe_open.delimiter_problem(told.split("\n", 1)[0])
    rows = _rows(told, problem, whole)
    if not rows:
        return Recognised("unknown", problem="It holds no rows.")
    shape = _by_shape(rows)
    if shape:
        refused = _refusal((), _column_values([f"column {n + 1}" for n in range(len(rows[0]))], rows), ())
        columns = tuple(str(n) for n in range(len(rows[0])))
        return refused or Recognised(shape, columns, has_header=False)
    start = next((n for n, r in enumerate(rows[:15]) if r and _AREA_TYPE.match(r[0]) and n), 0)
    columns = tuple(col.clean(c) for c in rows[start])
    refused = _refusal(columns, _column_values(columns, rows[start + 1 : start + 400]), columns)
    if refused:
        return refused
    if start:
        # pandas counts the lines it skips, and a saved table has blank ones before its header.
        line = next(n for n, x in enumerate(told.splitlines()) if _AREA_TYPE.match(x))
        return Recognised("nomis_download", columns, vintage=_table_vintage(rows[start][0]), header_row=line)
    found = _by_header(columns, rows[1:])
    if problem and found.kind != "unknown":
        mend = "Save it again as “CSV UTF-8 (comma delimited)”."
        return Recognised(found.kind, columns, f"It cannot be read: {problem}.", mend, vintage=found.vintage)
    if problem:
        return Recognised("unknown", columns, f"It cannot be read: {problem}.")
    if found.kind in KINDS and found.kind != "unknown" and len(rows) < 2:
        return Recognised(found.kind, columns, "It has a header and no rows.", "Download it again.")
    if found.kind != "unknown":
        return _repeated(found.kind, columns) or found
    return found


def _repeated(kind: str, columns: tuple[str, ...]) -> Recognised | None:
    """The trouble of a table with two columns of one name; None where there is none."""
    repeated = sorted({c for c in columns if c and columns.count(c) > 1})
    if not repeated:
        return None
    return Recognised(kind, columns, f"It has the column “{repeated[0]}” more than once.", "Remove one of them.")


def _rows(told: str, problem: str, whole: bool) -> list[list[str]]:
    mark = next((m for m, word in ((";", "semicolons"), ("	", "tabs"), ("|", "bars")) if word in problem), ",")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(told, newline=""), delimiter=mark):
            if any(c.strip() for c in row):
                rows.append([c.strip() for c in row])
            if len(rows) > 600:
                break
    except csv.Error:
        pass
    return rows if whole or len(rows) < 2 else rows[:-1]


def _table_vintage(cell: str) -> str:
    return "2021" if cell.lstrip('"').startswith("2021") else "2011" if cell.lstrip('"').startswith("2011") else ""


def _by_shape(rows: list[list[str]]) -> str:
    """The files without a header: Code-Point Open and the ODS reports."""
    some = rows[:50]
    width = len(some[0])

    def share(at: int, pattern: str) -> bool:
        hits = sum(bool(len(r) > at and re.fullmatch(pattern, r[at])) for r in some)
        return hits >= 0.8 * len(some)

    if width in {10, 19} and re.fullmatch(r"\d\d", some[0][1]) and share(1, r"\d\d"):
        postcode = r"[A-Z]{1,2}\d[A-Z\d]? *\d[A-Z]{2}"
        if share(0, postcode) and share(2, r"\d{1,6}") and share(3, r"\d{1,7}") and share(4, r"([ESWN]92\d{6})?"):
            return "codepoint"
    if width == 27 and share(10, r"(\d{8})?") and share(11, r"(\d{8})?"):
        if share(0, r"[A-Z0-9]{9}") and share(14, r"[A-Z0-9]{6}"):
            return "ebranchs"
        if share(0, r"[A-Z0-9]{6}") and share(12, r"[A-Z]+"):
            return "epraccur"
    if width == 12 and share(0, r"U\d{5}") and share(4, r"(\d{8})?"):
        return "epcn"
    if width in {10, 11} and share(0, r"[A-Z0-9]{6}") and share(4, r"U\d{5}"):
        return "core_partners"
    return ""


def _is_core_partners(columns: Sequence[str]) -> bool:
    keys = {col.key(c) for c in columns}
    return {"partner organisation code", "pcn code"} <= keys


def _by_header(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Recognised:
    """The kind of a table with a header; order, case, BOM and line breaks do not matter."""
    cols = tuple(columns)
    keys = {col.key(c) for c in cols}
    stems = {s.stem for s in col.stamped(cols) if s.suffix == "CD"}
    lsoa21, lsoa11 = col.find_lsoa(cols, 21), col.find_lsoa(cols, 11)

    def has(*names: str) -> bool:
        return {col.key(n) for n in names} <= keys

    def yes(kind: str, vintage: str = "") -> Recognised:
        return Recognised(kind, cols, vintage=vintage)

    if has("neighbourhood_code") or has("option", "metric", "value"):
        return yes("written_by_us")
    if has("from_code", "to_code", "kind"):
        return yes("links")
    if is_travel(cols):
        return yes("travel")
    if lacks_minutes(cols):
        return _not_in_minutes(cols)
    if need_kind(cols):
        return yes(need_kind(cols), "2021" if lsoa21 else "2011" if lsoa11 else "")
    if has("practice_code", "lsoa_code", "number_of_patients"):
        return yes("registrations")
    if has("code", "postcode", "number_of_patients", "age") and not has("org_code"):
        return yes("practice_totals")
    if has("org_code", "number_of_patients"):
        return yes("registrations_by_age")
    if has("practice_code", "practice_postcode", "pcn_code"):
        return yes("practice_map")
    if has("practice_code", "practice_postcode", "latitude", "longitude"):
        return yes("place_based")
    if _is_core_partners(cols):
        return yes("core_partners")
    if has("pcn code", "pcn name", "postcode"):
        return yes("epcn")
    if has("organisation code", "postcode") or has("code", "name", "postcode", "open date", "close date"):
        return yes("ebranchs" if _first_cells(cols, rows, r"[A-Z0-9]{9}") else "epraccur")
    if "pcds" in keys and ({"doterm", "lsoa21", "lsoa21cd"} & keys):
        return yes("onspd")
    if any(k.startswith("index of multiple deprivation (imd)") for k in keys) and (lsoa21 or lsoa11):
        return yes("iod_2025", "2021") if lsoa21 else yes("iod_2019", "2011")
    if "msoa21hclnm" in keys or "msoa11hclnm" in keys:
        return yes("msoa_names", "2021" if "msoa21hclnm" in keys else "2011")
    if lsoa11 and lsoa21:
        change = has("chgind") or has("chngind")
        return yes("lsoa11_lsoa21" if change else "lsoa11_lsoa21_best_fit")
    if stems >= {"LTLA", "UTLA"} or (stems >= {"LAD", "CTYUA"} and not lsoa21 and "WD" not in stems):
        return yes("lad_upper_tier")
    if any(k.startswith("lower layer super output areas code") for k in keys) and has("observation"):
        return yes("census_age" if any(k.startswith("age (") for k in keys) else "unknown", "2021")
    if has("geography code", "geography", "date"):
        return yes("ts021" if any(k.startswith("ethnic group: total") for k in keys) else "nomis_bulk", "2021")
    if has("geography_code", "obs_value"):
        return yes("nomis_api")
    if cols and _AREA_TYPE.match(cols[0]):
        return Recognised("nomis_download", cols, vintage=_table_vintage(cols[0]))
    if lsoa21:
        return _about_lsoa(cols, keys, stems, lsoa21, rows)
    if lsoa11:
        kind = _population_kind(cols) if _counts_people(keys, lsoa11) else "unknown"
        note = (
            ""
            if kind != "unknown"
            else "Its areas are LSOAs of 2011; only tables on LSOA 2021 can be joined to the map."
        )
        return Recognised(kind, cols, note, vintage="2011")
    if _counts_districts(cols, keys, rows):
        return yes("district_totals")
    return yes("unknown")


def _first_cells(columns: Sequence[str], rows: Sequence[Sequence[str]], pattern: str) -> bool:
    cells = [r[0] for r in rows[:50] if r]
    return bool(cells) and sum(bool(re.fullmatch(pattern, c)) for c in cells) > len(cells) / 2


def _counts_districts(columns: Sequence[str], keys: set[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a table gives people by district: a column of district codes, by name or (as "Code") by its cells."""
    if not keys & {"total", "all ages", "population", "all usual residents"}:
        return False
    key = col.find_district(columns)
    return key is not None and any(
        re.fullmatch(col.PATTERNS["lad"], row[columns.index(key)]) for row in rows[:200] if row
    )


def _counts_people(keys: set[str], key: str) -> bool:
    """Whether a table by LSOA gives residents: by name of the column, or in the layout of the ONS workbook."""
    if keys & {"population", "all ages", "all usual residents"} or {"f0", "m0"} <= keys:
        return True
    return "total" in keys and col.key(key) in {"lsoa 2021 code", "lsoa 2011 code"}


def _about_lsoa(
    cols: tuple[str, ...], keys: set[str], stems: set[str], lsoa21: str, rows: Sequence[Sequence[str]]
) -> Recognised:
    """Tables whose key is LSOA 2021: lookups, residents, rural-urban class, centroids, and any other grouping."""

    def yes(kind: str) -> Recognised:
        return Recognised(kind, cols, vintage="2021")

    if "OA" in stems and "MSOA" in stems:
        return yes("oa_lsoa_msoa")
    if "ICB" in stems and "LAD" in stems:
        return yes("lsoa_icb_lad")
    if "WD" in stems:
        return yes("lsoa_ward")
    if "ruc21cd" in keys or "ruc21nm" in keys:
        return yes("rural_urban")
    if _counts_people(keys, lsoa21):
        return yes(_population_kind(cols))
    if "total" in keys:
        return Recognised(
            "unknown",
            cols,
            "It has a column “Total”, but nothing says that it counts residents; if it does, call it “Population”.",
            vintage="2021",
        )
    dull = {
        "fid",
        "objectid",
        "globalid",
        col.key(lsoa21),
        "lsoa21nm",
        "lsoa21nmw",
        "lsoa name (2021)",
        "lsoa 2021 name",
    }
    groups = [c for c in cols if c and col.key(c) not in dull]
    rest = {col.key(c) for c in groups}
    if rest in ({"x", "y"}, {"easting", "northing"}):
        return yes("lsoa_centroids")
    at = cols.index(lsoa21)
    units = [r[at] for r in rows if len(r) > at]
    if len(set(units)) < len(units) or rest & {"shape__area", "bng_e", "lat"}:
        return yes("unknown")
    coded = [c for c in groups if re.search(r"(cd|code)$|(^|[ _])id$", col.key(c))]
    if coded or 1 <= len(groups) <= 3:
        return yes("lsoa_lookup")
    return yes("unknown")

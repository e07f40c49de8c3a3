"""How many people live in each LSOA, and their ages (formats.md section 3 and the Census tables).

Every reader returns `People`. A figure that is missing stays NaN here; whether that matters is for the area to say
(`require_everyone`), because a suppressed cell elsewhere in England is nobody's fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.readers.tables import gather
from boundaries.words import count as how_many

SHEET = re.compile(r"^Mid-(\d{4}) LSOA 20(11|21)$", re.IGNORECASE)
_SPLIT = re.compile(r"^\s*([EW]0\d{7})\s*:\s*(.*)$")


@dataclass(frozen=True, eq=False)
class People:
    """Residents by LSOA, indexed by code.

    residents : float64, NaN where the file gives none. ages : float64 columns by band, in the file's order, or None.
    year : of the estimate, 0 when the file does not state it. basis : table and year in words. vintage : "2021",
    "2011" or "". notes : for the receipt. changed : codes tidied. rows_each : rows of the file per LSOA.
    """

    residents: pd.Series[float]
    ages: pd.DataFrame | None
    year: int
    basis: str
    vintage: str
    notes: tuple[str, ...] = ()
    changed: int = 0
    rows_read: int = 0
    columns: tuple[str, ...] = ()
    rows_each: int = 1


def district_totals(frame: pd.DataFrame, file: str) -> pd.Series[float]:
    """Residents by district code, from a table of districts; rows of other areas (England, regions) are passed over."""
    names = list(map(str, frame.columns))
    key, total = col.find_district(names), col.find(names, "Total", "All ages", "Population", "All usual residents")
    if key is None or total is None:
        raise DataError(f"{file} has no district code and total columns.", mend="Take the table from ONS again.")
    codes = frame[key].fillna("").astype("str").str.strip().str.upper()
    here = codes.str.fullmatch(col.PATTERNS["lad"])
    values = col.numbers(frame.loc[here, total], file=file, column=total)
    return pd.Series(values.to_numpy(), index=pd.Index(codes[here], name="lad")).groupby(level=0).first()


def _codes(values: pd.Series[str], file: str, column: str) -> tuple[pd.Series[str], int]:
    codes, changed = col.tidy_codes(values, entity="lsoa", file=file, column=column)
    twice = sorted(set(codes[codes.duplicated()]))
    if twice:
        raise DataError(
            f"{file}, column “{column}”: {how_many(len(twice), 'code stands', 'codes stand')} twice: "
            f"{', '.join(twice[:5])}.",
            mend="Keep one row for each LSOA; two years may have been joined.",
        )
    return codes, changed


def _refuse_negative(values: pd.Series[float], file: str, column: str) -> list[DataError]:
    wrong = values < 0
    if not wrong.any():
        return []
    shown = ", ".join(f"{c} ({v:,.0f})" for c, v in values[wrong].head(5).items())
    return [
        DataError(
            f"{file}, column “{column}”: {how_many(int(wrong.sum()), 'population is', 'populations are')} negative: "
            f"{shown}.",
            mend="Correct these cells, or take the file from ONS again.",
        )
    ]


def totals(frame: pd.DataFrame, file: str, *, year: int = 0, year_basis: str = "") -> People:
    """A table of one row per LSOA with a total, and ages by sex when it has them (3.1, 3.2, or totals only).

    Single years F0 ... F90, M0 ... M90 are summed over the sexes ("Aged 0 years" ... "Aged 90 years and over"), broad
    bands likewise. `Total` must equal the sum of the cells.
    """
    names = list(map(str, frame.columns))
    new, old = col.find_lsoa(names, 21), col.find_lsoa(names, 11)
    key, total = new or old, col.find(names, "Total", "All ages", "Population", "All usual residents")
    if key is None or total is None:
        raise DataError(f"{file} has no LSOA code and Total columns.", mend="Take the workbook from ONS again.")
    codes, changed = _codes(frame[key], file, key)
    index = pd.Index(codes, name="lsoa")
    errors: list[DataError] = []
    values: dict[str, pd.Series[float]] = {}
    cells = [c for c in names if re.fullmatch(r"[FM]\s?\d.*", c, re.IGNORECASE)]
    for column in [total, *cells]:
        try:
            values[column] = pd.Series(col.numbers(frame[column], file=file, column=column).to_numpy(), index=index)
        except DataError as error:
            errors.append(error)
        else:
            errors += _refuse_negative(values[column], file, column)
    gather(errors)
    residents, ages, notes = values[total], None, []
    if cells:
        bands: dict[str, pd.Series[float]] = {}
        for column in cells:
            band = _band(column[1:].strip())
            bands[band] = bands[band] + values[column] if band in bands else values[column]
        ages = pd.DataFrame(bands)
        differ = (ages.sum(axis=1, min_count=1) - residents).abs() > 0.5
        if differ.any():
            at = ", ".join(map(str, index[differ.to_numpy()][:5]))
            raise DataError(
                f"{file}: in {how_many(int(differ.sum()), 'row')} the ages do not add up to “{total}”: {at}.",
                mend="Take the workbook from ONS again.",
            )
    if year_basis:
        notes.append(year_basis)
    said = f" ({year_basis})" if year_basis.startswith("year not stated") else ""
    basis = f"ONS mid-{year} estimates{said}" if year else "ONS estimates, year not stated in the file"
    return People(residents, ages, year, basis, "2021" if new else "2011", tuple(notes), changed, len(frame), (total,))


def _band(text: str) -> str:
    if re.fullmatch(r"\d+", text):
        return "Aged 90 years and over" if text == "90" else f"Aged {int(text)} years" if text != "1" else "Aged 1 year"
    match = re.fullmatch(r"(\d+)\s*(?:to|-)\s*(\d+)", text)
    if match:
        return f"Aged {match[1]} to {match[2]} years"
    match = re.match(r"(\d+)", text)
    return f"Aged {match[1]} years and over" if match else text


def year_in(text: str) -> int:
    """A year that a file or column name states, as in "mid2022_..." or "Mid-2023"; 0 when there is none or several."""
    years = set(
        re.findall(
            r"(?:mid[-_ ]?)?(?<!\d)(20[0-4]\d)(?!\d)", re.sub(r"(?i)lsoa[-_ ]?20(11|21)|20(11|21) code", "", text), re.I
        )
    )
    return int(years.pop()) if len(years) == 1 else 0


def sheet_of(names: Collection[str]) -> tuple[str, int, str]:
    """The newest "Mid-YYYY LSOA 2021" sheet (2011 only where there is no 2021): name, year, vintage; ("", 0, "")."""
    found = [(m[2] == "21", int(m[1]), n) for n in names if (m := SHEET.match(n.strip()))]
    if not found:
        return "", 0, ""
    is_new, year, name = max(found)
    return name, year, "2021" if is_new else "2011"


def nomis_api(frame: pd.DataFrame, file: str) -> People:
    """3.3, API pages joined: GEOGRAPHY_CODE, OBS_VALUE, and RECORD_COUNT when present, which must equal the rows."""
    names = list(map(str, frame.columns))
    code, value = col.require(names, ["GEOGRAPHY_CODE", "OBS_VALUE"], file)
    count = col.find(names, "RECORD_COUNT")
    if count and len(frame):
        said = max(col.numbers(frame[count].drop_duplicates(), file=file, column=count))
        if int(said) != len(frame):
            raise DataError(
                f"{file}: RECORD_COUNT says {how_many(int(said), 'row')}, {len(frame):,} found.",
                mend="Nomis sends pages of 25,000 rows: save all pages into the folder.",
            )
    kept = frame
    for name in ("MEASURES", "MEASURES_NAME"):
        column = col.find(names, name)
        if column and frame[column].nunique() > 1:
            kept = kept[kept[column].str.casefold().isin({"20100", "value"})]
    for name, total in (("GENDER_NAME", "total"), ("SEX_NAME", "total"), ("C_SEX_NAME", "all persons")):
        column = col.find(names, name)
        if column and kept[column].nunique() > 1:
            kept = kept[kept[column].str.casefold().isin({total, "all persons", "persons"})]
    column = col.find(names, "C_AGE_NAME", "AGE_NAME", "AGE")
    if column and kept[column].nunique() > 1:
        kept = kept[
            kept[column].str.casefold().isin({"all ages", "all categories: age", "total", "all usual residents"})
        ]
    date = col.find(names, "DATE", "DATE_NAME")
    years = sorted(set(kept[date].str.extract(r"((?:19|20)\d\d)")[0].dropna())) if date else []
    if date and len(years) > 1:
        kept = kept[kept[date].str.contains(years[-1], regex=False)]
    codes, changed = _codes(kept[code], file, code)
    values = pd.Series(col.numbers(kept[value], file=file, column=value).to_numpy(), index=pd.Index(codes, name="lsoa"))
    gather(_refuse_negative(values, file, value))
    year = int(years[-1]) if years else 0
    basis = f"Nomis, {year}" if year else "Nomis, year not stated in the file"
    return People(values, None, year, basis, "", (), changed, len(frame), (value,))


def census_bulk(frame: pd.DataFrame, file: str) -> People:
    """3.3, Census bulk (TS021 and its kin): wide, subtotals between details; the "Total" label is selected."""
    names = list(map(str, frame.columns))
    (code,) = col.require(names, ["geography code"], file)
    counts_people = re.compile(
        r"all usual residents|^(age|sex|residence type|ethnic group)\b.*\b(total|all persons)", re.IGNORECASE
    )
    total = next((c for c in names if counts_people.search(c)), None)
    if total is None:
        raise DataError(
            f"{file} has no column labelled “… Total …”.", mend="Load the table that holds all usual residents."
        )
    codes, changed = _codes(frame[code], file, code)
    values = pd.Series(
        col.numbers(frame[total], file=file, column=total).to_numpy(), index=pd.Index(codes, name="lsoa")
    )
    gather(_refuse_negative(values, file, total))
    when = col.find(names, "date")
    year = int(str(frame[when].iloc[0])[:4]) if when and len(frame) and str(frame[when].iloc[0])[:4].isdigit() else 2021
    return People(values, None, year, f"Census {year} usual residents", "", (), changed, len(frame), (total,))


def nomis_download(frame: pd.DataFrame, file: str, *, year: int = 0) -> People:
    """3.3, a saved table download: first column "E01099001 : Exampleton 001A"; rows of notes below are left out.

    Of several years side by side the newest is taken. year : what the lines above the table state.
    """
    first = str(frame.columns[0])
    parts = frame[first].str.extract(_SPLIT)
    plain = frame[first].str.strip().str.fullmatch(col.PATTERNS["lsoa"])
    codes_raw = parts[0].where(parts[0].notna(), frame[first].str.strip().where(plain))
    rows = frame[codes_raw.notna()]
    if rows.empty:
        raise DataError(f"{file} has no rows “E01… : name”.", mend="Download it again as CSV, areas as rows.")
    codes, changed = _codes(codes_raw[codes_raw.notna()].astype("str"), file, first)
    numeric = [c for c in map(str, frame.columns[1:]) if not re.fullmatch(r"(mnemonic|code|name).*", c, re.IGNORECASE)]
    years = [c for c in numeric if re.fullmatch(r"20\d\d", c.strip())]
    total = max(years, key=str.strip) if years else None
    total = total or next(
        (c for c in numeric if re.search(r"\b(total|all ages|all usual|all persons|20\d\d)\b", c, re.IGNORECASE)), None
    )
    total = total or (numeric[0] if numeric else None)
    if total is None:
        raise DataError(f"{file} has no column of figures.", mend="Download it again as CSV, areas as rows.")
    values = pd.Series(col.numbers(rows[total], file=file, column=total).to_numpy(), index=pd.Index(codes, name="lsoa"))
    gather(_refuse_negative(values, file, total))
    year = year_in(total) or year
    basis = f"Nomis, {year}" if year else "Nomis, year not stated in the table"
    vintage = "2021" if first.startswith("2021") else "2011" if first.startswith("2011") else ""
    dropped = len(frame) - len(rows)
    notes = [f"{how_many(dropped, 'row')} of notes below the table left out"] if dropped else []
    notes += [f"column “{total}” taken, the newest of {len(years)} years"] if len(years) > 1 else []
    return People(values, None, year, basis, vintage, tuple(notes), changed, len(frame), (total,))


def census_ages(frame: pd.DataFrame, file: str) -> People:
    """Age bands in the layout of ONS "create a custom dataset": one row per LSOA and band, Observation counts."""
    names = list(map(str, frame.columns))
    code = col.find(names, "Lower layer Super Output Areas Code", "Lower Layer Super Output Areas Code")
    band = next((c for c in names if re.match(r"age\b.*\)$", col.key(c))), None)
    value = col.find(names, "Observation", "Count")
    if code is None or band is None or value is None:
        raise DataError(f"{file} lacks the columns of a Census age table.", mend="Take it from ONS again.")
    order_column = next((c for c in names if re.match(r"age\b.*\bcode$", col.key(c))), None)
    codes, changed = col.tidy_codes(frame[code], entity="lsoa", file=file, column=code)
    table = pd.DataFrame({"lsoa": codes, "band": frame[band].str.strip()})
    table["n"] = col.numbers(frame[value], file=file, column=value).to_numpy()
    twice = table.duplicated(["lsoa", "band"])
    if twice.any():
        shown = ", ".join(f"{a} {b}" for a, b in table.loc[twice, ["lsoa", "band"]].head(5).to_numpy())
        raise DataError(
            f"{file}: {how_many(int(twice.sum()), 'row repeats', 'rows repeat')} an LSOA and age band: {shown}.",
            mend="Keep one of them.",
        )
    gather(_refuse_negative(table.set_index("lsoa")["n"], file, value))
    if order_column:
        rank = pd.to_numeric(frame[order_column], errors="coerce")
        order = list(dict.fromkeys(table.assign(r=rank.to_numpy()).sort_values("r", kind="stable")["band"]))
    else:
        order = list(dict.fromkeys(table["band"]))
    order = [b for b in order if not b.casefold().startswith("does not apply")]
    ages = table.pivot(index="lsoa", columns="band", values="n").reindex(columns=order).sort_index()
    ages.columns = pd.Index([str(c) for c in ages.columns])
    return People(
        ages.sum(axis=1, min_count=len(order)),
        ages,
        2021,
        "Census 2021 usual residents",
        "2021",
        (),
        changed,
        len(frame),
        (value,),
        len(order),
    )


def require_everyone(residents: pd.Series[float], area: Collection[str], file: str, column: str) -> None:
    """Raise DataError naming the LSOAs of the area for which the table gives no population: that is never 0."""
    got = residents.reindex(sorted(area))
    missing = got[got.isna()]
    if len(missing):
        raise DataError(
            f"{file}, column “{column}”: no population for {len(missing):,} of {how_many(len(got), 'LSOA')} of the "
            f"area: {', '.join(map(str, missing.index[:5]))}{' …' if len(missing) > 5 else ''}.",
            mend="Give the population of these LSOAs (a suppressed or blank cell is not 0), or load the whole table.",
        )

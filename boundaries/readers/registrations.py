"""Patients registered at a GP practice, by LSOA (4.1), practice totals (4.2) and the practice map (4.3).

Rows whose LSOA_CODE is no English area never reach the map, and never leave the totals: they are kept by category.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.readers.tables import blank_to_empty, dates, gather, postcode_key
from boundaries.words import count

UNKNOWN_TOKENS = frozenset({"NO2011", "NO2021", "EMPTY", "CLOSED", ""})


@dataclass(frozen=True, eq=False)
class Registrations:
    """One extract of 4.1.

    rows : practice, lsoa (English codes only), patients float64. elsewhere : practice, category, patients, rows
    (unknown, closed, wales, scotland, northern_ireland). names : practice code -> name. extract : ISO date. sex : the
    SEX value taken.
    tokens : token -> (rows, people) of what is not an English area. rows_read, people_read : of the whole file.
    """

    rows: pd.DataFrame
    elsewhere: pd.DataFrame
    names: pd.Series[str]
    extract: str
    sex: str
    tokens: dict[str, tuple[int, float]]
    rows_read: int
    people_read: float
    notes: tuple[str, ...]


def header(frame_columns: list[str], file: str) -> dict[str, str]:
    """The file's own spelling of the columns of 4.1 that are read."""
    wanted = ["PRACTICE_CODE", "LSOA_CODE", "NUMBER_OF_PATIENTS"]
    found = dict(zip(wanted, col.require(frame_columns, wanted, file), strict=True))
    for optional in ("EXTRACT_DATE", "SEX", "PRACTICE_NAME"):
        name = col.find(frame_columns, optional)
        if name:
            found[optional] = name
    return found


def patients_by_lsoa(frame: pd.DataFrame, file: str) -> Registrations:
    """4.1 as read (all text) to counts. Raises one DataError with every fault of the file: counts that are missing,
    negative or no numbers, codes of another shape, a practice and LSOA that stand twice, extracts that are mixed."""
    names = header(list(map(str, frame.columns)), file)
    errors: list[DataError] = []
    notes: list[str] = []
    sex = "ALL"
    if "SEX" in names:
        sexes = frame[names["SEX"]].str.strip().str.upper()
        kinds = sorted(set(sexes.unique()))
        if "ALL" in kinds:
            frame = frame[sexes == "ALL"] if len(kinds) > 1 else frame
        else:
            sex = "+".join(kinds)
    raw_practice = frame[names["PRACTICE_CODE"]].astype("category")
    practice = raw_practice.cat.rename_categories(str).map(
        {c: str(c).strip().upper() for c in raw_practice.cat.categories}
    )
    raw_lsoa = frame[names["LSOA_CODE"]].astype("category")
    tidy = {c: str(c).strip().upper() for c in raw_lsoa.cat.categories}
    kind = {c: _category(t) for c, t in tidy.items()}
    lsoa, category = raw_lsoa.astype(object).map(tidy).astype("str"), raw_lsoa.astype(object).map(kind).astype("str")
    practice = practice.astype("str")
    changed = int((lsoa != frame[names["LSOA_CODE"]]).sum())
    if changed:
        notes.append(f"{count(changed, 'LSOA code')} with blanks or lower case tidied")
    odd = sorted({t for t in tidy.values() if _category(t) == "unknown" and t not in UNKNOWN_TOKENS})
    if odd and not (category == "england").any():
        first = ", ".join(f"“{t}”" for t in odd[:5])
        errors.append(
            DataError(
                f"{file}, column “{names['LSOA_CODE']}” holds no LSOA code; the first values are {first}.",
                mend="Take the file from NHS England again.",
            )
        )
    elif odd:
        notes.append(f"values of LSOA_CODE that are no area and were counted as unknown: {', '.join(odd[:5])}")
    bad = sorted({p for p in practice.unique() if not col.is_code(p, "practice")})
    if bad:
        errors.append(
            DataError(
                f"{file}, column “{names['PRACTICE_CODE']}”: "
                f"{count(len(bad), 'value is no practice code', 'values are not practice codes')}: "
                f"{', '.join(f'“{b}”' for b in bad[:5])}.",
                mend="Take the file from NHS England again.",
            )
        )
    patients = pd.Series(np.nan, index=frame.index)
    try:
        patients = col.numbers(frame[names["NUMBER_OF_PATIENTS"]], file=file, column=names["NUMBER_OF_PATIENTS"])
    except DataError as error:
        errors.append(error)
    else:
        errors += _bad_counts(patients, practice, lsoa, file, names["NUMBER_OF_PATIENTS"])
    if not errors:
        keys = pd.DataFrame({"practice": practice, "lsoa": lsoa, "sex": frame[names["SEX"]] if "SEX" in names else ""})
        twice = keys.duplicated()
        if twice.any():
            shown = ", ".join(f"{p} in {a}" for p, a in keys.loc[twice, ["practice", "lsoa"]].head(5).to_numpy())
            errors.append(
                DataError(
                    f"{file}: {count(int(twice.sum()), 'row repeats', 'rows repeat')} a practice and LSOA: {shown}.",
                    mend="Keep one row for each; two extracts may have been joined.",
                )
            )
    extract = ""
    if "EXTRACT_DATE" in names:
        spelled = sorted(set(dates(frame[names["EXTRACT_DATE"]].drop_duplicates().str.strip())))
        extract = spelled[-1] if spelled else ""
        if len(spelled) > 1:
            errors.append(
                DataError(f"{file} mixes extracts of {', '.join(spelled)}.", mend="Load one extract at a time.")
            )
    gather(errors)
    table = pd.DataFrame({"practice": practice, "lsoa": lsoa, "category": category, "patients": patients})
    england = table["category"] == "england"
    rows = table.loc[england, ["practice", "lsoa", "patients"]]
    rest = table[~england]
    tokens = {
        str(t): (len(g), float(g["patients"].sum()))
        for t, g in rest.assign(
            token=rest["lsoa"].where(rest["category"].isin(["unknown", "closed"]), rest["category"])
        ).groupby("token")
    }
    if sex != "ALL":
        rows = rows.groupby(["practice", "lsoa"], sort=True)["patients"].sum().reset_index()
    elsewhere = (
        rest.groupby(["practice", "category"], sort=True)
        .agg(patients=("patients", "sum"), rows=("patients", "size"))
        .reset_index()
    )
    labels = pd.Series(dtype="str")
    if "PRACTICE_NAME" in names:
        labels = pd.Series(frame[names["PRACTICE_NAME"]].to_numpy(), index=practice.to_numpy())
        labels = labels[~labels.index.duplicated()].str.strip().sort_index()
    return Registrations(
        rows.reset_index(drop=True),
        elsewhere,
        labels,
        extract,
        sex,
        tokens,
        len(frame),
        float(patients.sum()),
        tuple(notes),
    )


def _category(code: str) -> str:
    if code == "CLOSED":
        return "closed"
    if col.is_code(code, "lsoa"):
        return "england" if code[0] == "E" else "wales"
    if code[:3] == "S01":
        return "scotland"
    if code[:2] in ("N0", "95") or code[:3] == "N20":
        return "northern_ireland"
    return "unknown"


def _bad_counts(
    patients: pd.Series[float], practice: pd.Series[str], lsoa: pd.Series[str], file: str, column: str
) -> list[DataError]:
    errors = []
    for words, wrong in (("missing or suppressed", patients.isna()), ("negative", patients < 0)):
        if wrong.any():
            at = ", ".join(f"{p} in {a}" for p, a in zip(practice[wrong].head(5), lsoa[wrong].head(5), strict=True))
            errors.append(
                DataError(
                    f"{file}, column “{column}”: {count(int(wrong.sum()), 'count is', 'counts are')} {words}: {at}.",
                    mend="This table is published without suppression: take it from NHS England again.",
                )
            )
    return errors


def practice_totals(frame: pd.DataFrame, file: str) -> tuple[pd.Series[float], str]:
    """4.2: patients by practice code (TYPE GP, SEX ALL, AGE ALL), and the extract date (ISO)."""
    names = list(map(str, frame.columns))
    code, count = col.require(names, ["CODE", "NUMBER_OF_PATIENTS"], file)
    keep = pd.Series(True, index=frame.index)
    for name, value in (("TYPE", "GP"), ("SEX", "ALL"), ("AGE", "ALL")):
        column = col.find(names, name)
        if column:
            keep &= frame[column].str.strip().str.upper() == value
    rows = frame[keep]
    codes = rows[code].str.strip().str.upper()
    values = col.numbers(rows[count], file=file, column=count)
    twice = sorted(set(codes[codes.duplicated()]))
    if twice:
        raise DataError(
            f"{file}, column “{code}”: practices stand twice: {', '.join(twice[:5])}.", mend="Load one extract."
        )
    date_column = col.find(names, "EXTRACT_DATE")
    extract = max(dates(frame[date_column].drop_duplicates()), default="") if date_column else ""
    return pd.Series(values.to_numpy(), index=pd.Index(codes, name="practice")).sort_index(), extract


def practice_map(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, str]:
    """4.3: indexed by practice code: name, postcode, pcn ("" for none), pcn_name, icb (ODS); and the extract date.

    Editions before July 2022 call the ICB an STP and the sub-ICB a CCG; the codes are the same.
    """
    names = list(map(str, frame.columns))
    code, postcode, pcn = col.require(names, ["PRACTICE_CODE", "PRACTICE_POSTCODE", "PCN_CODE"], file)
    text = blank_to_empty(frame)
    optional = {
        "name": col.find(names, "PRACTICE_NAME"),
        "pcn_name": col.find(names, "PCN_NAME"),
        "icb": col.find(names, "ICB_CODE", "STP_CODE"),
        "sub_icb": col.find(names, "SUB_ICB_LOCATION_CODE", "CCG_CODE"),
    }
    table = pd.DataFrame(
        {"code": text[code].str.upper(), "postcode": postcode_key(text[postcode]), "pcn": text[pcn].str.upper()}
    )
    for key, column in optional.items():
        table[key] = text[column] if column else ""
    none = ~table["pcn"].str.fullmatch(col.PATTERNS["pcn"])
    table.loc[none, ["pcn", "pcn_name"]] = ""
    for key in ("icb", "sub_icb"):
        table[key] = table[key].str.upper()
    wrong = sorted(set(table.loc[~table["code"].str.fullmatch(col.PATTERNS["practice"]), "code"]))
    if wrong:
        raise DataError(f"{file}, column “{code}”: not practice codes: {', '.join(wrong[:5])}.", mend="Take it again.")
    twice = sorted(set(table.loc[table["code"].duplicated(), "code"]))
    if twice:
        raise DataError(
            f"{file}, column “{code}”: practices stand twice: {', '.join(twice[:5])}.", mend="Load one extract."
        )
    date_column = col.find(names, "EXTRACT_DATE")
    extract = max(dates(text[date_column].drop_duplicates()), default="") if date_column else ""
    return table.set_index("code").sort_index(), extract

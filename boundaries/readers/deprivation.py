"""English Indices of Deprivation (formats.md section 6): score, rank, decile and denominators by LSOA."""

from __future__ import annotations

import re

import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.words import count

_IMD = "Index of Multiple Deprivation (IMD)"


def imd(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Indexed by LSOA code: imd_score, imd_rank, imd_decile, people (float64, NaN where the file has none).

    `people` is the denominator "Total population: mid 2022" (2025) or "mid 2015 (excluding prisoners)" (2019).
    `attrs`: vintage "2021" or "2011" from the header, edition, people_year, changed. Headers are matched by their
    beginning (one official header is cut short). Raises DataError for repeated or misshapen codes.
    """
    names = list(map(str, frame.columns))
    new, old = col.find_lsoa(names, 21), col.find_lsoa(names, 11)
    key = new or old
    if key is None:
        raise DataError(f"{file} has no column of LSOA codes.", mend="Load File 7 of the Indices of Deprivation.")
    codes, changed = col.tidy_codes(frame[key], entity="lsoa", file=file, column=key)
    twice = sorted(set(codes[codes.duplicated()]))
    if twice:
        raise DataError(
            f"{file}, column “{key}”: {count(len(twice), 'code stands', 'codes stand')} twice: {', '.join(twice[:5])}.",
            mend="Keep one row for each LSOA.",
        )
    wanted = {
        "imd_score": col.find_prefix(names, f"{_IMD} Score"),
        "imd_rank": col.find_prefix(names, f"{_IMD} Rank"),
        "imd_decile": col.find_prefix(names, f"{_IMD} Decile"),
        "people": col.find_prefix(names, "Total population: mid"),
    }
    table = pd.DataFrame(index=pd.Index(codes, name="lsoa"))
    for name, column in wanted.items():
        if column is None:
            table[name] = float("nan")
        else:
            table[name] = col.numbers(frame[column], file=file, column=column).to_numpy()
    year = re.search(r"mid[- ](\d{4})", wanted["people"] or "")
    table = table.sort_index()
    table.attrs.update(
        vintage="2021" if new else "2011",
        edition="2025" if new else "2019",
        people_year=int(year[1]) if year else 0,
        people_column=wanted["people"] or "",
        changed=changed,
    )
    return table

"""NHS England's place-based practice table (allocations tool): position, district and ICB of every practice."""

from __future__ import annotations

import re

import pandas as pd

from boundaries import columns as col
from boundaries.readers.tables import blank_to_empty, postcode_key


def edition(file: str) -> tuple[str, str]:
    """The allocation year that the file name states, in words, and the ISO date it begins; the table holds no date."""
    match = re.search(r"(20\d\d)[_\-]?(\d\d)(?!\d)", file)
    if not match:
        return "no date in the table", ""
    return f"{match[1]}-{match[2]} allocations (from the file name)", f"{match[1]}-04-01"


def practices(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Indexed by practice code: name, postcode (canonical key), lat, lon (degrees, NaN), icb, icb_name, registered."""
    names = list(map(str, frame.columns))
    code, postcode, lat, lon = col.require(names, ["Practice_Code", "Practice_Postcode", "Latitude", "Longitude"], file)
    optional = {
        "name": col.find(names, "GP_Practice_Name", "Practice_Name"),
        "icb": col.find(names, "ICB", "ICB_Code"),
        "icb_name": col.find(names, "ICBname", "ICB_Name"),
        "registered": col.find(names, "Registered Patients", "Registered_Patients"),
    }
    text = blank_to_empty(frame)
    table = pd.DataFrame({"code": text[code].str.upper(), "postcode": postcode_key(text[postcode])})
    for key, column in optional.items():
        table[key] = text[column] if column else ""
    table["lat"] = col.numbers(text[lat], file=file, column=lat)
    table["lon"] = col.numbers(text[lon], file=file, column=lon)
    table["registered"] = col.numbers(table["registered"], file=file, column=optional["registered"] or "")
    far = ~table["lat"].between(49, 61) | ~table["lon"].between(-9, 3)
    table.loc[far, ["lat", "lon"]] = float("nan")
    table["icb"] = table["icb"].str.upper()
    table = table[table["code"].str.fullmatch(col.PATTERNS["practice"])]
    return table.drop_duplicates("code", keep="last").set_index("code").sort_index()

"""Postcodes as points (formats.md section 7 and Code-Point Open), filtered while they are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

import numpy as np
import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.readers.tables import postcode_key

Box = tuple[float, float, float, float]
CODEPOINT = {"0": "postcode", "1": "quality", "2": "x", "3": "y", "7": "county", "8": "district"}
PSEUDO = re.compile(r"^[ESWNLM]9{8}$")
_ALIASES = {
    "postcode": ("pcds", "pcd7", "pcd8", "pcd", "pcd2"),
    "x": ("east1m", "oseast1m"),
    "y": ("north1m", "osnrth1m"),
    "lsoa": ("lsoa21cd", "lsoa21"),
    "ended": ("doterm",),
}
_STAMPS = {"district": ("lad", "oslaua"), "county": ("cty", "oscty")}


def directory_columns(names: list[str], file: str) -> dict[str, str]:
    """Which columns of an ONSPD or NSPL edition are read; names differ by edition and are matched by stem."""
    found: dict[str, str] = {}
    for meaning, options in _ALIASES.items():
        column = col.find(names, *options)
        if column:
            found[meaning] = column
    for meaning, (stem, old) in _STAMPS.items():
        stamped = [(int(m[1]), n) for n in names if (m := re.fullmatch(rf"{stem}(\d\d)cd", col.key(n)))]
        column = max(stamped)[1] if stamped else col.find(names, old, stem)
        if column:
            found[meaning] = column
    absent = [m for m in ("postcode", "x", "y") if m not in found]
    if absent:
        raise DataError(f"{file} lacks the columns for {', '.join(absent)}.", mend="Load ONSPD or NSPL as published.")
    return found


def keep_directory(
    picked: dict[str, str], area: Collection[str], wanted: Collection[str]
) -> Callable[[pd.DataFrame], pd.Series[bool]]:
    """The row filter for a directory: postcodes of the area's LSOAs, and the `wanted` ones (practices)."""
    lsoas, keys = set(area), set(wanted)

    def keep(block: pd.DataFrame) -> pd.Series[bool]:
        hit = postcode_key(block[picked["postcode"]]).isin(keys)
        if "lsoa" in picked:
            hit |= block[picked["lsoa"]].str.strip().isin(lsoas)
        return hit

    return keep


def directory(frame: pd.DataFrame, picked: dict[str, str]) -> pd.DataFrame:
    """ONSPD or NSPL rows, indexed by canonical postcode: x, y (metres, NaN without position), district, county, lsoa,
    ended (when it was terminated, as in the file; "" while in use)."""
    table = pd.DataFrame({"postcode": postcode_key(frame[picked["postcode"]])})
    for axis in ("x", "y"):
        table[axis] = pd.to_numeric(frame[picked[axis]].str.strip(), errors="coerce")
    for name in ("district", "county"):
        codes = frame[picked[name]].str.strip().str.upper() if name in picked else pd.Series("", index=frame.index)
        table[name] = codes.where(~codes.str.match(PSEUDO), "")
    for name in ("lsoa", "ended"):
        table[name] = frame[picked[name]].str.strip().str.upper() if name in picked else ""
    table["lsoa"] = table["lsoa"].where(~table["lsoa"].str.match(PSEUDO), "")
    return _placed(table)


def keep_codepoint(
    box: Box, wanted: Collection[str], margin_m: float = 2_000.0
) -> Callable[[pd.DataFrame], pd.Series[bool]]:
    """The row filter for Code-Point Open: points in the area's box (with a margin), and the `wanted` postcodes."""
    west, south, east, north = box[0] - margin_m, box[1] - margin_m, box[2] + margin_m, box[3] + margin_m
    keys = set(wanted)

    def keep(block: pd.DataFrame) -> pd.Series[bool]:
        x = pd.to_numeric(block["2"], errors="coerce")
        y = pd.to_numeric(block["3"], errors="coerce")
        inside = x.between(west, east) & y.between(south, north)
        return inside | postcode_key(block["0"]).isin(keys)

    return keep


def codepoint(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    """Code-Point Open rows (no header, columns "0" to "9"), indexed by canonical postcode: x, y, district, county.

    Positional quality 90 means no position: NaN. Raises DataError for eastings or northings that are no numbers.
    """
    picked = frame[list(CODEPOINT)].rename(columns=CODEPOINT)
    table = pd.DataFrame({"postcode": postcode_key(picked["postcode"])})
    for axis, words in (("x", "easting"), ("y", "northing")):
        table[axis] = col.numbers(picked[axis], file=file, column=words).to_numpy()
    table.loc[(picked["quality"].str.strip() == "90").to_numpy(), ["x", "y"]] = np.nan
    for name in ("district", "county"):
        table[name] = picked[name].str.strip().str.upper().to_numpy()
    return _placed(table.assign(lsoa="", ended=""))


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    nowhere = (table["x"] <= 0) | (table["y"] <= 0)
    table.loc[nowhere, ["x", "y"]] = np.nan
    return table[table["postcode"] != ""].drop_duplicates("postcode", keep="first").set_index("postcode").sort_index()


def county_of_district(postcodes: pd.DataFrame) -> pd.Series[str]:
    """For each district (E07) the county (E10) of most of its postcodes, indexed by district code."""
    rows = postcodes[postcodes["county"].str.match(r"E10\d{6}$") & postcodes["district"].str.match(r"E07\d{6}$")]
    counts = rows.groupby(["district", "county"], sort=True).size().reset_index(name="n")
    counts = counts.sort_values(["district", "n", "county"], ascending=[True, False, True], kind="stable")
    return counts.drop_duplicates("district").set_index("district")["county"]

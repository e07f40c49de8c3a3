"""LSOA 2011 and LSOA 2021: which of the two a file speaks of, and how counts and scores pass from one to the other.

The two share a code pattern, so a file's vintage is read from the codes that exist in only one of the lists
(formats.md section 0). Counts are moved by the rules of the official lookup 2.4: U and M exactly, S in proportion to
the residents of the children, X likewise and flagged. Totals are kept to the last digit that a float holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from boundaries.errors import DataError
from boundaries.words import count

LAST_2011_CODE = "E01033768"  # every LSOA that the 2021 Census made has a higher number
RULE_WORDS = {
    "U": "unchanged (U): carried over exactly",
    "M": "merged (M): added together exactly",
    "S": "split (S): divided by the residents of the children",
    "X": "complex (X): divided by the residents of the overlapping areas; an estimate, treat with care",
}


@dataclass(frozen=True)
class Vintage:
    """`year` is "2021", "2011" or "either" (no code tells them apart: harmless); `basis` says how it was decided."""

    year: str
    basis: str


@dataclass(frozen=True, eq=False)
class Converted:
    """Counts on LSOA 2021.

    frame : the columns of the input with `unit` (2021 code) in place of the 2011 code; summed per key and unit.
    touched : per rule, columns rule, codes (2011 LSOAs), rows, people.
    unweighted : 2011 codes whose children have no residents on file, so that they were divided equally.
    """

    frame: pd.DataFrame
    touched: pd.DataFrame
    unweighted: tuple[str, ...]


def decide_vintage(
    codes: Iterable[str],
    *,
    file: str,
    column: str,
    lookup: pd.DataFrame | None,
    boundary: Collection[str],
    area: Collection[str],
) -> Vintage:
    """Say whether `codes` (of one file) are LSOA 2011 or LSOA 2021.

    Parameters
    ----------
    codes : LSOA codes of the file; anything else must have been taken out.
    lookup : rows of 2.4 with columns lsoa11, lsoa21, or None when it is not loaded.
    boundary : LSOA 2021 codes known from the source (boundaries and lookups).
    area : LSOA 2021 codes of the study area.

    Raises
    ------
    DataError when codes that exist only in 2011 and codes that exist only in 2021 stand in one file, or when the file
    cannot be matched with the 2021 boundaries and the lookup 2.4 is missing.
    """
    found = set(codes)
    known = set(boundary)
    if lookup is not None and len(lookup):
        old, new = set(lookup["lsoa11"]), set(lookup["lsoa21"]) | known
        only_old, only_new = sorted(found & (old - new)), sorted(found & (new - old))
        if only_old and only_new:
            raise DataError(
                f"{file}: column {column} mixes two vintages: "
                f"{count(len(only_old), 'code exists', 'codes exist')} only in LSOA 2011 "
                f"({', '.join(only_old[:5])}) and {len(only_new):,} only in LSOA 2021 ({', '.join(only_new[:5])}).",
                mend="Load the file as published, in one vintage.",
            )
        if only_old:
            return Vintage("2011", f"{count(len(only_old), 'code exists', 'codes exist')} only in LSOA 2011")
        if only_new:
            return Vintage("2021", f"{count(len(only_new), 'code exists', 'codes exist')} only in LSOA 2021")
        return Vintage("either", "every code here is the same in LSOA 2011 and LSOA 2021")
    inside = found & known
    newer = sorted(c for c in inside if c[:1] == "E" and c > LAST_2011_CODE)
    if newer:
        return Vintage("2021", f"{count(len(newer), 'code was', 'codes were')} first issued for the 2021 Census")
    missing, strange = sorted(set(area) - found), sorted(found - known)
    if missing and strange:
        raise DataError(
            f"{file}: column {column} does not fit the LSOA 2021 boundaries: "
            f"{count(len(missing), 'LSOA of the area has', 'LSOAs of the area have')} no row "
            f"({', '.join(missing[:5])}) and "
            f"{count(len(strange), 'code of the file is', 'codes of the file are')} not in the boundaries "
            f"({', '.join(strange[:5])}). It holds LSOA 2011 codes, or is incomplete.",
            mend="Add the ONS lookup “LSOA (2011) to LSOA (2021)” to the folder (the file with a CHGIND column).",
        )
    return Vintage("either", "no code tells the vintages apart; the lookup from LSOA 2011 to LSOA 2021 is not loaded")


def shares(lookup: pd.DataFrame, residents: pd.Series[float]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The part of each 2011 LSOA that goes to each 2021 LSOA.

    lookup : lsoa11, lsoa21, rule (U, M, S or X). residents : persons by LSOA 2021, at least for the children.
    Returns lsoa11, lsoa21, rule, share (summing to 1 per lsoa11), and the codes divided equally for want of residents.
    """
    pairs = lookup[["lsoa11", "lsoa21", "rule"]].drop_duplicates(["lsoa11", "lsoa21"])
    pairs = pairs.sort_values(["lsoa11", "lsoa21"], ignore_index=True)
    people = pairs["lsoa21"].map(residents).astype("float64")
    by = people.groupby(pairs["lsoa11"])
    total, size = by.transform("sum"), by.transform("size")
    usable = (by.transform("count") == size) & (total > 0)
    share = np.where(size == 1, 1.0, np.where(usable, people / total.where(total > 0, 1.0), 1.0 / size))
    equal = pairs.loc[(size > 1) & ~usable, "lsoa11"]
    several = (size > 1) & pairs["rule"].isin(["U", "M"])
    rule = pairs["rule"].where(~several, "X")
    return pairs.assign(rule=rule, share=share), tuple(sorted(set(equal)))


def convert_counts(
    counts: pd.DataFrame, lookup: pd.DataFrame, residents: pd.Series[float], *, key: str, value: str
) -> Converted:
    """Move counts from LSOA 2011 to LSOA 2021.

    counts : columns `key`, "lsoa", `value`; every "lsoa" must be in the lookup. Σ `value` is conserved per key.
    """
    parts, equal = shares(lookup, residents)
    joined = counts.merge(parts, left_on="lsoa", right_on="lsoa11", how="left", sort=False)
    stranded = sorted(set(joined.loc[joined["lsoa21"].isna(), "lsoa"]))
    if stranded:
        raise DataError(
            f"{len(stranded):,} LSOA 2011 codes are not in the lookup to LSOA 2021: {', '.join(stranded[:5])}.",
            mend="Load the whole lookup of England and Wales, or the rows of these codes.",
        )
    joined[value] = joined[value] * joined["share"]
    touched = (
        joined.groupby("rule", sort=True)
        .agg(codes=("lsoa", "nunique"), rows=("lsoa", "size"), people=(value, "sum"))
        .reset_index()
    )
    joined["unit"] = joined["lsoa21"]
    frame = pd.DataFrame(joined.groupby([key, "unit"], sort=True)[value].sum().reset_index())
    return Converted(frame, touched, tuple(c for c in equal if c in set(counts["lsoa"])))


def convert_scores(scores: pd.DataFrame, lookup: pd.DataFrame, weights: pd.Series[float]) -> pd.DataFrame:
    """Move scores (not ranks or deciles) from LSOA 2011 to LSOA 2021: copied for U and S, weighted means for M and X.

    scores : indexed by LSOA 2011 code, float columns. weights : persons by LSOA 2011 code; equal where missing.
    Returns the columns of `scores` indexed by LSOA 2021 code, with `rule` ("X" rows are estimates).
    """
    pairs = lookup[["lsoa11", "lsoa21", "rule"]].drop_duplicates(["lsoa11", "lsoa21"])
    pairs = pairs[pairs["lsoa11"].isin(scores.index)].sort_values(["lsoa21", "lsoa11"], ignore_index=True)
    weight = pairs["lsoa11"].map(weights).astype("float64")
    weight = weight.where(weight > 0, 1.0)
    out: dict[str, pd.Series[float]] = {}
    for column in scores.columns:
        value = pairs["lsoa11"].map(scores[column]).astype("float64")
        w = weight.where(value.notna(), 0.0)
        top = (value.fillna(0.0) * w).groupby(pairs["lsoa21"]).sum()
        bottom = w.groupby(pairs["lsoa21"]).sum()
        out[str(column)] = top / bottom.where(bottom > 0)
    rule = pairs.groupby("lsoa21")["rule"].agg(lambda r: "X" if "X" in set(r) else str(r.iloc[0]))
    return pd.DataFrame(out).assign(rule=rule)

"""Deprivation and rural-urban class of the study area, from whichever tables the source holds."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.ledger import Ledger, cut, keep_lsoas, newest
from boundaries.readers import deprivation, workbooks
from boundaries.source_file import SourceFile
from boundaries.vintages import convert_scores
from boundaries.words import count


def imd_rows(ledger: Ledger, source: SourceFile, wanted: Collection[str]) -> pd.DataFrame:
    """Rows of an IoD table for the LSOAs wanted (`readers.deprivation.imd`), with `attrs["rows_read"]`."""
    key = col.find_lsoa(source.columns, 21) or col.find_lsoa(source.columns, 11)
    if source.sheets:
        frame = workbooks.read_sheet(source, source.sheets[0], (key or "LSOA code",), wanted)
    else:
        frame = ledger.read(source, keep=keep_lsoas(key, wanted) if key else None)
    table = deprivation.imd(frame, source.relative)
    table.attrs["rows_read"] = int(frame.attrs.get("rows_read", len(frame)))
    return table


def deprivation_of(ledger: Ledger, area: Collection[str], pairs: pd.DataFrame | None) -> pd.DataFrame:
    """imd_score, imd_rank, imd_decile per LSOA of the area (NaN when not loaded): IoD 2025, else 2019 moved by 2.4."""
    codes = sorted(area)
    empty = pd.DataFrame(float("nan"), index=codes, columns=["imd_score", "imd_rank", "imd_decile"])
    source = newest(ledger, ledger.of("iod_2025"), lambda s: (s.relative,), "deprivation")
    if source is not None:
        table = imd_rows(ledger, source, area)
        got = table.reindex(codes)
        missing = got.index[got["imd_decile"].isna() & got["imd_score"].isna()]
        have = count(len(missing), "LSOA of the area has", "LSOAs of the area have")
        notes = [f"{have} no row: {', '.join(missing[:5])}"] if len(missing) else []
        read = int(table.attrs["rows_read"])
        dropped = cut(read, len(table))
        ledger.used(
            source,
            rows_read=read,
            rows_kept=len(got) - len(missing),
            edition="2025",
            vintage="LSOA 2021",
            dropped=dropped,
            notes=[*notes, "score, rank and decile of multiple deprivation taken"],
        )
        for old in ledger.of("iod_2019"):
            ledger.unused(old, f"older than {source.relative}, which is used for deprivation")
        return got[["imd_score", "imd_rank", "imd_decile"]].astype("float64")
    source = newest(ledger, ledger.of("iod_2019"), lambda s: (s.relative,), "deprivation")
    if source is None:
        return empty
    if pairs is None:
        raise DataError(
            f"{source.relative} is on LSOA 2011 and cannot be joined to LSOA 2021 boundaries.",
            mend="Add the ONS lookup “LSOA (2011) to LSOA (2021)”, or the Indices of Deprivation 2025.",
        )
    near = pairs[pairs["lsoa21"].isin(codes)]
    table = imd_rows(ledger, source, set(near["lsoa11"]))
    made = convert_scores(table[["imd_score"]], near, table["people"]).reindex(codes)
    single = near.drop_duplicates("lsoa21", keep=False).set_index("lsoa21")["lsoa11"]
    for name in ("imd_rank", "imd_decile"):  # a rank or decile can be carried over, never averaged
        made[name] = pd.Series(codes, index=codes).map(single).map(table[name])
    kept = int(made["imd_score"].notna().sum())
    ledger.used(
        source,
        rows_read=int(table.attrs["rows_read"]),
        rows_kept=kept,
        edition="2019",
        vintage="LSOA 2011",
        notes=[
            "scores moved to LSOA 2021: copied for U and S, weighted by people for M; ranks and deciles only "
            "where one 2011 LSOA stands behind",
            *(f"{count(int((made['rule'] == r).sum()), 'LSOA')} by rule {r}" for r in ("M", "S", "U", "X")),
        ],
    )
    return made[["imd_score", "imd_rank", "imd_decile"]].astype("float64")


def rural_urban_of(ledger: Ledger, area: Collection[str]) -> tuple[pd.Series[str], pd.Series[str], str]:
    """Class name and class code per LSOA of the area ("" when not loaded), and the file they came from."""
    codes = sorted(area)
    source = newest(ledger, ledger.of("rural_urban"), lambda s: (s.relative,), "the rural-urban class")
    none = pd.Series("", index=codes, dtype="str")
    if source is None:
        return none, none, ""
    key = col.find_lsoa(source.columns, 21)
    frame = ledger.read(source, keep=keep_lsoas(key, area) if key else None)
    tidy, _ = col.tidy_codes(frame[key or source.columns[0]], entity="lsoa", file=source.relative, column=key or "")
    code, name = col.find(source.columns, "RUC21CD"), col.find(source.columns, "RUC21NM")
    table = pd.DataFrame({"lsoa": tidy, "code": frame[code or name or ""], "name": frame[name or code or ""]})
    table = table.drop_duplicates("lsoa").set_index("lsoa").reindex(codes).fillna("")
    read = int(frame.attrs["rows_read"])
    dropped = cut(read, len(frame))
    ledger.used(
        source,
        rows_read=read,
        rows_kept=int((table["name"] != "").sum()),
        edition="2021",
        vintage="LSOA 2021",
        dropped=dropped,
    )
    return table["name"].str.strip(), table["code"].str.strip(), source.relative

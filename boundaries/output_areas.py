"""Output areas of a study area, from the lookup 2.2 of the source where it is there; no area is made of them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.geography import stamp_age
from boundaries.ledger import Ledger, keep_lsoas, ledger_of, newest, refuse_damaged
from boundaries.words import count


def output_areas(source: str | Path | Ledger, codes: Collection[str]) -> pd.Series[str] | None:
    """OA 2021 code -> LSOA 2021 code for the OAs of these LSOAs, sorted; None where the source has no such lookup.

    Raises DataError where the lookup puts an OA into two LSOAs.
    """
    ledger = ledger_of(source)
    refuse_damaged(ledger.sources)
    file = newest(ledger, ledger.of("oa_lsoa_msoa"), stamp_age("LAD"), "output areas")
    if file is None:
        return None
    oa, lsoa = col.find(list(file.columns), "oa21cd"), col.find_lsoa(file.columns, 21)
    if oa is None or lsoa is None:
        return None
    rows = ledger.read(file, [oa, lsoa], keep_lsoas(lsoa, codes))
    table = pd.DataFrame({"oa": rows[oa].str.strip().str.upper(), "lsoa": rows[lsoa].str.strip().str.upper()})
    table = table[(table["oa"] != "") & table["lsoa"].isin(set(codes))].drop_duplicates()
    twice = sorted(table.loc[table["oa"].duplicated(), "oa"])
    if twice:
        raise DataError(
            f"{file.relative} puts {count(len(twice), 'output area')} into two LSOAs: {', '.join(twice[:5])}.",
            mend="Load the lookup of OA, LSOA and MSOA 2021 as published.",
        )
    return table.set_index("oa")["lsoa"].sort_index()

"""Ethnic group of residents by LSOA (Census 2021, TS021), read when a paper asks for it: no plan is made with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.ledger import Ledger, keep_lsoas, ledger_of

_STEM, _TOTAL = "Ethnic group:", "Total"
CODES = ("geography code", "Lower layer Super Output Areas code")


def ethnic_groups(source: str | Path | Ledger, codes: Sequence[str]) -> pd.DataFrame | None:
    """Residents by broad ethnic group: one row for each of `codes`, one int64 column for each group of the table.

    None where the source holds no TS021. Subtotals and details are told apart by their labels. Raises DataError where
    the table lacks LSOAs of the area, naming the first five, or its groups do not add up to its totals.
    """
    ledger = ledger_of(source)
    for file in ledger.of("ts021"):
        key = next((found for name in CODES if (found := col.find(list(file.columns), name))), "")
        if key:
            return _groups(ledger.read(file, keep=keep_lsoas(key, codes)), key, codes, file.relative)
    return None


def _groups(frame: pd.DataFrame, key: str, codes: Sequence[str], file: str) -> pd.DataFrame:
    labels = {
        str(c): str(c).partition(_STEM)[2].strip() for c in frame.columns if _STEM.casefold() in str(c).casefold()
    }
    total = next((c for c, label in labels.items() if label.startswith(_TOTAL)), "")
    broad = [c for c, label in labels.items() if label and ":" not in label and c != total]
    table = frame.assign(**{key: frame[key].str.strip().str.upper()}).drop_duplicates(key).set_index(key)
    lacking = [code for code in codes if code not in table.index]
    if lacking or not broad:
        what = f"none of {', '.join(lacking[:5])}" if lacking else "no column of a broad group"
        raise DataError(f"{file} has {what}.", mend="Load TS021 for every LSOA of the area, as Nomis gives it.")
    numbers = {
        c: col.numbers(table.loc[list(codes), c], file=file, column=c) for c in [*broad, *([total] if total else [])]
    }
    made = pd.DataFrame({labels[c]: numbers[c] for c in broad}).fillna(0).round().astype("int64")
    if total and int(made.sum().sum()) != int(numbers[total].sum()):
        raise DataError(
            f"{file}: its groups add up to {int(made.sum().sum()):,} residents, its totals to "
            f"{int(numbers[total].sum()):,}.",
            mend="Load the table as it is published.",
        )
    return made

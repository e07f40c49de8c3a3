"""What every table reader needs: rows as text, tidy dates and postcodes, faults gathered, receipts written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import cast

import pandas as pd

from boundaries.errors import DataError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def blank_to_empty(frame: pd.DataFrame) -> pd.DataFrame:
    """Every cell as trimmed text, "" where there is none; whole numbers from a workbook without their ".0"."""
    out = frame.copy()
    for name in out.columns:
        values = out[name]
        if not pd.api.types.is_string_dtype(values.dtype):
            values = values.map(_as_text)
        out[name] = values.fillna("").astype("str").str.strip()
    return out


def _as_text(value: object) -> str:
    if value is None or bool(pd.isna(cast("float", value))):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, date):
        return value.isoformat()[:10]
    return str(value)


def postcode_key(values: pd.Series[str]) -> pd.Series[str]:
    """Postcodes as keys: upper case, no blanks."""
    return values.str.upper().str.replace(r"\s+", "", regex=True)


def parse_date(text: str) -> str:
    """A date as ISO, "" when it is none, from 20240331, 2024-03-31, 31/03/2024 or 31MAR2024."""
    t = text.strip().split(" ")[0] if text else ""
    t = t[:10] if t[10:11] == "T" else t
    try:
        if len(t) == 8 and t.isdigit():
            return date(int(t[:4]), int(t[4:6]), int(t[6:])).isoformat()
        if len(t) == 10 and t[4] == "-" == t[7]:
            return date.fromisoformat(t).isoformat()
        if len(t) == 10 and t[2] == "/" == t[5]:
            return date(int(t[6:]), int(t[3:5]), int(t[:2])).isoformat()
        bare = t.replace("-", "")
        if len(bare) == 9 and bare[2:5].casefold() in _MONTHS:
            return date(int(bare[5:]), _MONTHS.index(bare[2:5].casefold()) + 1, int(bare[:2])).isoformat()
    except ValueError:
        return ""
    return ""


def dates(values: pd.Series[str]) -> pd.Series[str]:
    """`parse_date` over a column; each spelling is parsed once."""
    return values.map({v: parse_date(str(v)) for v in values.unique()}).fillna("").astype("str")


def month_words(iso: str) -> str:
    """ "2022-07-01" as "July 2022"; "" stays ""."""
    if not iso:
        return ""
    return date.fromisoformat(iso).strftime("%B %Y")


def gather(errors: Sequence[DataError]) -> None:
    """Raise all faults as one message, each on its own line; nothing when there are none."""
    if not errors:
        return
    if len(errors) == 1:
        raise errors[0]
    mends = dict.fromkeys(e.mend for e in errors if e.mend)
    raise DataError("\n".join(e.message for e in errors), mend=" ".join(mends))

"""One sheet of an official workbook, streamed: banner rows skipped, the header found, only wanted rows kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

import pandas as pd

from boundaries import columns as col
from boundaries import safe_open
from boundaries.errors import DataError
from boundaries.readers import xlsx
from boundaries.readers.tables import blank_to_empty
from boundaries.source_file import SourceFile

_HEADER_WITHIN = 10


def read_sheet(
    source: SourceFile, sheet: str, keys: Sequence[str], wanted: Collection[str] | None = None
) -> pd.DataFrame:
    """Rows of `sheet` as text, with cleaned headers; `attrs["rows_read"]` counts all rows under the header.

    keys : headers of which one must stand in the header row (searched in rows 1 to 10); the first one found is the key
    column. wanted : keep rows whose key is one of these, and rows whose key is no LSOA code (so that they are seen).
    """
    asked = None if wanted is None else set(wanted)
    lsoa = re.compile(col.PATTERNS["lsoa"])

    def find_key(cells: list[str]) -> int:
        cleaned = [col.clean(c) for c in cells]
        found = col.find([c for c in cleaned if c], *keys)
        return cleaned.index(found) if found is not None else -1

    def keep_row(code: str) -> bool:
        key = code.upper()
        return asked is None or key in asked or not lsoa.fullmatch(key)

    with safe_open.on_disk(source.path, source.member, suffix=".xlsx") as plain:
        made = xlsx.read_rows(plain, sheet, find_key, keep_row)
    header, rows, read = made if made is not None else _slow_rows(source, sheet, keys[0], find_key, keep_row)
    header = [col.clean(h) for h in header]
    at = find_key(header)
    keep = [n for n, h in enumerate(header) if h]
    data = [[row[n] if n < len(row) else None for n in keep] for row in rows]
    frame = pd.DataFrame(data, columns=[header[n] for n in keep], dtype=object)
    if len(frame):
        notes = ~frame[header[at]].map(lambda v: bool(re.match(r"^\s*\S{3,9}\s*$", str(v or ""))))
        tail = notes[::-1].cumprod()[::-1].astype(bool)  # notes under the table
        frame = frame[~tail]
    frame = blank_to_empty(frame)
    frame.attrs["rows_read"] = read
    return frame


def _slow_rows(
    source: SourceFile, sheet: str, wanted: str, find_key: Callable[[list[str]], int], keep: Callable[[str], bool]
) -> tuple[list[str], list[list[object]], int]:
    """The same by openpyxl, for workbooks that the fast reader does not know."""
    header: list[str] = []
    at, rows, read = -1, list[list[object]](), 0
    with safe_open.open_workbook(source.path, source.member) as book:
        if sheet not in book.sheetnames:
            raise DataError(f"{source.relative} has no sheet “{sheet}”.", mend="Download the workbook again.")
        for number, row in enumerate(book[sheet].iter_rows(values_only=True), start=1):
            if at < 0:
                header = ["" if v is None else str(v) for v in row]
                at = find_key(header)
                if at < 0 and number >= _HEADER_WITHIN:
                    break
                continue
            if all(v is None for v in row):
                continue
            read += 1
            if keep(str(row[at]).strip() if at < len(row) and row[at] is not None else ""):
                rows.append(list(row))
    if at < 0:
        raise DataError(
            f"{source.relative}, sheet “{sheet}”: no header row with “{wanted}” in its first {_HEADER_WITHIN} rows.",
            mend="Download the workbook again.",
        )
    return header, rows, read


def read_table(
    source: SourceFile,
    sheet: str,
    header_row: int = 0,
    columns: Sequence[str] | None = None,
    keep: Callable[[pd.DataFrame], pd.Series[bool]] | None = None,
) -> pd.DataFrame:
    """A sheet with its header on row `header_row` (from 0) as a table of text, like a CSV saved from it."""
    with safe_open.open_workbook(source.path, source.member) as book:
        rows = list(book[sheet].iter_rows(min_row=header_row + 1, values_only=True))
    header = [col.clean(v) for v in rows[0]] if rows else []
    at = [n for n, h in enumerate(header) if h]
    data = [[row[n] if n < len(row) else None for n in at] for row in rows[1:] if any(v is not None for v in row)]
    frame = blank_to_empty(pd.DataFrame(data, columns=[header[n] for n in at], dtype=object))
    read = len(frame)
    frame = frame[list(columns)] if columns is not None else frame
    frame = frame[keep(frame)] if keep is not None else frame
    frame = frame.reset_index(drop=True)
    frame.attrs["rows_read"] = read
    return frame

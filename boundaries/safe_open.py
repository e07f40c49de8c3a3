"""The one door to the disk: GDAL's drivers limited, content believed rather than names, text decoded once.

`boundaries.drivers` limits GDAL, `boundaries.contents` says what a file holds, `boundaries.zips` opens it; here tables
are read. Nothing is handed on but an existing local file: no text of a user becomes a path, a driver's name or SQL.
"""

from __future__ import annotations

import contextlib
import csv
import io
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from boundaries import columns as col
from boundaries.contents import Digest, decode, digest_file, digest_parts, encoding_of, read_head, read_text, sniff
from boundaries.drivers import ALLOWED_DRIVERS
from boundaries.errors import DataError
from boundaries.zips import label, on_disk, open_bytes, shape_parts, zip_members

__all__ = [
    "ALLOWED_DRIVERS",
    "Digest",
    "decode",
    "delimiter_problem",
    "digest_file",
    "digest_parts",
    "encoding_of",
    "label",
    "on_disk",
    "open_bytes",
    "open_workbook",
    "read_csv",
    "read_head",
    "read_text",
    "shape_parts",
    "sniff",
    "zip_members",
]


def delimiter_problem(header: str) -> str:
    """Why a first line is not comma-separated, or ""."""
    bare = re.sub(r'"[^"]*"', "", header)
    for mark, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if bare.count(mark) > bare.count(","):
            return f"its columns are separated by {name}, not commas"
    return ""


def read_csv(
    path: Path,
    member: str = "",
    *,
    columns: Sequence[str] | None = None,
    header: bool = True,
    skip_rows: int = 0,
    keep: Callable[[pd.DataFrame], pd.Series] | None = None,
    ragged: bool = False,
) -> tuple[pd.DataFrame, str]:
    """A comma-separated table, every cell a string as it stands ("" where blank), and the encoding used.

    columns : the file's own (cleaned) headers to keep; all by default. Without a header they are "0", "1", ...
    keep : a test of each block of rows; rows that fail it never stay in memory (filtered reading of national files).
        Row counts of what was passed over are the caller's: `frame.attrs["rows_read"]` holds the rows seen.
    ragged : the last row may end early (files with notes under the table); else that is a sign of a download cut
        short, and refused. Cells that a row in between lacks are blank, for the readers to judge.
    """
    name = label(path, member)
    encoding = digest_file(path, member).encoding
    if not encoding:
        decode(read_head(path, member), name)
        raise DataError(f"{name} is neither UTF-8 nor Windows-1252 text.", mend="Save it as “CSV UTF-8”.")
    first = read_head(path, member, 1 << 20)
    if not first.strip():
        raise DataError(f"{name} is empty.", mend="Download it again.")
    lines = first.decode("cp1252" if encoding == "cp1252" else "utf-8-sig", "replace").splitlines()
    problem = delimiter_problem(lines[skip_rows]) if len(lines) > skip_rows else ""
    if problem:
        raise DataError(f"{name} cannot be read: {problem}.", mend="Save it again as “CSV UTF-8 (comma delimited)”.")
    if not ragged and not member:
        _check_last_row(path, lines[skip_rows] if len(lines) > skip_rows else "", encoding)
    frames, rows = [], 0
    reading = "cp1252" if encoding == "cp1252" else "utf-8-sig"
    try:
        with warnings.catch_warnings(), open_bytes(path, member) as raw:
            warnings.simplefilter("error", pd.errors.ParserWarning)
            text = io.TextIOWrapper(raw, encoding=reading, newline="")
            blocks = pd.read_csv(
                text,
                dtype=str,
                header=0 if header else None,
                skiprows=skip_rows,
                keep_default_na=False,
                na_filter=True,
                index_col=False,
                chunksize=200_000,
                skip_blank_lines=True,
            )
            for block in blocks:
                block.columns = pd.Index([col.clean(c) for c in block.columns], dtype="str")
                if columns is not None:
                    block = block[list(columns)]  # noqa: PLW2901
                rows += len(block)
                block = block.fillna("")  # noqa: PLW2901
                frames.append(block if keep is None else block[keep(block)])
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{name} is empty.", mend="Download it again.") from error
    except KeyError as error:
        raise DataError(
            f"{name} lacks a column: {error.args[0]}.", mend="Download it again, with all its columns."
        ) from error
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        raise DataError(
            f"{name} is not a regular table: {str(error).removeprefix('Error tokenizing data. C error: ').strip()}.",
            mend="A row has more cells than the header, or a quote is not closed.",
        ) from error
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()
    frame.attrs["rows_read"] = rows
    return frame, encoding


def _check_last_row(path: Path, first: str, encoding: str) -> None:
    """DataError when the last row has fewer cells than the first: the copy stopped before its end."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 65_536))
        tail = file.read().decode("cp1252" if encoding == "cp1252" else "utf-8", "replace")
    rows = [line for line in tail.splitlines() if line.strip()]
    if not rows or not first:
        return
    cells, wanted = (len(next(csv.reader([line]), [])) for line in (rows[-1], first))
    # A line break inside quotes can make the last line look short; then quotes do not pair up in it.
    if cells < wanted and rows[-1].count('"') % 2 == 0:
        raise DataError(
            f"{path.name}: its last row ends after {cells} of {wanted} columns.",
            mend="Download it again; the copy stopped before its end.",
        )


@contextlib.contextmanager
def open_workbook(path: Path, member: str = "") -> Iterator[Any]:
    """An .xlsx workbook opened read-only and streamed (openpyxl), formulas as their stored values."""
    import openpyxl  # noqa: PLC0415

    zip_members(path) if not member else None
    with on_disk(path, member, suffix=".xlsx") as plain:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                book = openpyxl.load_workbook(plain, read_only=True, data_only=True, keep_links=False)
        except Exception as error:
            raise DataError(
                f"{label(path, member)} is not a readable .xlsx workbook.", mend="Download it again."
            ) from error
        try:
            yield book
        finally:
            book.close()

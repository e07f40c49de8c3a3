"""Text files as bytes: canonical JSON, and CSV that a spreadsheet cannot take for formulas."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from footprints.errors import PlanError

_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")  # the wide signs are read as formulas by some spreadsheets


def guard(text: str) -> str:
    """`text` with an apostrophe before it where a spreadsheet would run it; `unguard` takes exactly that one away."""
    return "'" + text if _FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text[1:]) else text


def cell(value: object) -> str:
    """One CSV cell: text guarded, numbers plain, yes or blank for true and false, blank for none and NaN."""
    if value is None:
        return ""
    if isinstance(value, str):
        return guard(value)
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A UTF-8 CSV without BOM, comma separated, each row ended by a line feed."""
    return "".join(f"{csv_line(row)}\n" for row in (header, *rows)).encode()


def csv_line(row: Iterable[object]) -> str:
    """One row of such a CSV, without its end."""
    return ",".join(_quoted(cell(value)) for value in row)


def _quoted(text: str) -> str:
    # csv.writer leaves a lone carriage return bare before Python 3.13, and it would end the row.
    return '"' + text.replace('"', '""') + '"' if re.search('[",\r\n]', text) else text


def read_csv(data: bytes, name: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a CSV: UTF-8 (with or without BOM), else cp1252; cells as they were before `guard`.

    Raises PlanError for an empty file, and for rows longer than the header, naming the line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp1252")
        except UnicodeDecodeError:
            raise PlanError(f"{name} is not a text file.", mend="Save it as “CSV UTF-8”.") from None
    first = text.split("\n", 1)[0]
    comma = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=comma)
    try:
        table = [(reader.line_num, [unguard(c) for c in row]) for row in reader if any(c.strip() for c in row)]
    except csv.Error as error:
        raise PlanError(
            f"{name} cannot be read as CSV near line {reader.line_num}: {error}.", mend="Save it again."
        ) from None
    if not table:
        raise PlanError(
            f"{name} is empty.", mend="Choose a file with a column of codes and a column of neighbourhoods."
        )
    header = [column.strip() for column in table[0][1]]
    long = [line for line, row in table[1:] if len(row) > len(header)]
    if long:
        raise PlanError(
            f"{name} has more cells than columns in line {long[0]}.", mend="Put text with commas in quotes."
        )
    return header, [row + [""] * (len(header) - len(row)) for _, row in table[1:]]


def parse_json(data: bytes, name: str) -> Mapping[str, Any]:
    """A JSON object. Raises PlanError for anything else, and where a member stands twice."""
    try:
        value = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_once)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        at = f": it goes wrong in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise PlanError(
            f"{name} is not JSON in UTF-8, or not all of it{at}.", mend="Choose a file that this programme wrote."
        ) from None
    if not isinstance(value, Mapping):
        raise PlanError(f"{name} is JSON, but not an object.", mend="Choose a file that this programme wrote.")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [key for key, _ in pairs]
        raise PlanError(
            f"“{next(k for k in names if names.count(k) > 1)}” stands twice in one JSON object.", mend="Keep one."
        )
    return made


def tidy(value: Any, digits: int = 6) -> Any:
    """A value as JSON holds it: numbers of NumPy plain, fractions rounded, NaN and infinity null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return round(value, digits) if math.isfinite(value) else None
    return value

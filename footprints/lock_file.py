"""Lock files: what the planner has already decided, as a small CSV that Excel can write, or as JSON.

Three forms are read; each names LSOA 2021 codes.

1. A lookup: columns `LSOA21CD, neighbourhood_code`. Each row fixes the unit to that neighbourhood. Where a column
   `locked` stands beside them (as in our own `lsoa_lookup.csv`) only rows that say yes count.
2. Rules: columns `LSOA21CD, rule, group`.

   ========  =============================================================================
   rule      meaning of `group`
   ========  =============================================================================
   fixed     the neighbourhood code that the unit belongs to
   frozen    the neighbourhood code; all its rows together stay exactly as they are
   together  any word; units with the same word end in one neighbourhood
   apart     any word; no two units with the same word share a neighbourhood
   ========  =============================================================================
3. JSON, the same as `locks` in a criteria file: `{"fixed": [["E01…", "CAMP-01"]], "frozen": [["CAMP-02", ["E01…"]]],
   "together": [["E01…", "E01…"]], "apart": [["E01…", "E01…"]]}`.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from boundaries.errors import DataError
from optimise.criteria import SCHEMA, Criteria, Locks
from optimise.errors import CriteriaError

RULES = ("fixed", "frozen", "together", "apart")
_UNIT = re.compile(r"[EWSN]\d{8}")
_YES = {"1", "true", "yes", "y", "locked"}
_NO = {"", "0", "false", "no", "n"}


def read_locks(path: Path) -> Locks:
    """Read a lock file of any of the three forms. Raises DataError naming the file, the line and the mend."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise DataError(f"The lock file {path} cannot be read ({error.strerror}).", mend="Check the path.") from error
    except UnicodeDecodeError:
        raise DataError(f"The lock file {path.name} is not UTF-8 text.", mend="Save it as “CSV UTF-8”.") from None
    if text.lstrip().startswith("{"):
        try:
            return Criteria.from_json({"schema": SCHEMA, "locks": json.loads(text)}).locks
        except CriteriaError as error:
            raise DataError(f"{path.name}: {error.message}", mend=error.mend) from None
        except json.JSONDecodeError as error:
            raise DataError(
                f"The lock file {path.name} is not valid JSON: line {error.lineno}, {error.msg}.",
                mend="Mend that line, or give the locks as a CSV.",
            ) from None
    return _from_rows(text, path.name)


def _from_rows(text: str, file: str) -> Locks:
    first = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    names = {name.strip().casefold(): name for name in rows.fieldnames or []}
    unit = next((names[n] for n in ("lsoa21cd", "code", "unit") if n in names), None)
    if unit is not None and "rule" in names and "group" in names:
        return _build(
            [
                (f"{file}, line {rows.line_num}", _cell(row, names["rule"]).casefold(), _cell(row, unit), group)
                for row in rows
                if (group := _cell(row, names["group"])) or any(v and str(v).strip() for v in row.values())
            ]
        )
    if unit is not None and "neighbourhood_code" in names:
        entries = []
        for row in rows:
            said = _cell(row, names["locked"]).casefold() if "locked" in names else "yes"
            if said not in _YES | _NO:
                raise DataError(
                    f"{file}, line {rows.line_num}: “locked” is “{said}”.", mend="Write yes, or leave it blank."
                )
            if said in _YES and _cell(row, names["neighbourhood_code"]):
                where = f"{file}, line {rows.line_num}"
                entries.append((where, "fixed", _cell(row, unit), _cell(row, names["neighbourhood_code"])))
        return _build(entries)
    raise DataError(
        f"{file} is not a lock file: its columns are {', '.join(rows.fieldnames or ['(none)'])}.",
        mend="A lock file has the columns LSOA21CD, neighbourhood_code, or the columns LSOA21CD, rule, group.",
    )


def _cell(row: Mapping[str, str | None], column: str) -> str:
    return (row.get(column) or "").strip()


def _build(rows: Iterable[tuple[str, str, str, str]]) -> Locks:
    groups: dict[str, dict[str, list[str]]] = {rule: {} for rule in RULES}
    stands: dict[str, str] = {}
    for where, rule, unit, group in rows:
        if rule not in RULES:
            raise DataError(f"{where}: there is no lock rule “{rule}”.", mend=f"The rules are {', '.join(RULES)}.")
        if not _UNIT.fullmatch(unit):
            raise DataError(f"{where}: “{unit}” is not an LSOA code.", mend="Codes look like E01018063.")
        if not group:
            raise DataError(f"{where}: {unit} has the rule {rule} but no group.", mend="Fill in the column group.")
        if rule in ("fixed", "frozen"):
            if stands.setdefault(unit, group) != group:
                raise DataError(f"{where}: {unit} is put in {stands[unit]} and in {group}.", mend="Keep one of them.")
            if any(unit in members for members in groups[rule].values()):
                continue
        members = groups[rule].setdefault(group, [])
        if unit not in members:
            members.append(unit)
    for rule in ("together", "apart"):
        for group, units in groups[rule].items():
            if len(units) < 2:
                raise DataError(f"The lock “{rule} {group}” names only {units[0]}.", mend="Name a second LSOA.")
    frozen = {unit for units in groups["frozen"].values() for unit in units}
    return Locks(
        fixed=tuple(sorted((u, code) for code, units in groups["fixed"].items() for u in units if u not in frozen)),
        together=tuple(sorted(tuple(sorted(units)) for units in groups["together"].values())),
        apart=tuple(sorted({p for us in groups["apart"].values() for p in itertools.combinations(sorted(us), 2)})),
        frozen=tuple(sorted((code, tuple(sorted(units))) for code, units in groups["frozen"].items())),
    )

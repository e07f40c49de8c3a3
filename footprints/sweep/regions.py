"""The places of a sweep: the groups of a level, or councils that a lookup file makes of LSOAs or districts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.codes import default_prefix
from footprints.criteria_file import resolve_level
from footprints.errors import some
from footprints.text import read_csv
from optimise.words import count

_SAFE = re.compile(r"[A-Z]\d{8}")


@dataclass(frozen=True)
class Region:
    """A place of a sweep. code : official, or the label of a lookup. prefix : of its neighbourhood codes, which no
    other region of the source has. units : LSOA codes, sorted."""

    code: str
    name: str
    prefix: str
    units: tuple[str, ...]

    @property
    def folder(self) -> str:
        """A name for its folder: an official code, else the label with a digest, so that no two meet on any disk."""
        if _SAFE.fullmatch(self.code):
            return self.code
        plain = re.sub("[^A-Za-z0-9]+", "-", self.code).strip("-")[:30] or "area"
        return f"{plain}-{sha256(self.code.encode()).hexdigest()[:8]}"


def by_level(area: Area, key: str) -> tuple[tuple[Region, ...], tuple[str, ...]]:
    """A region for each group of a level, by code, and the units that are in none.

    Raises DataError for a level that is not loaded.
    """
    level = area.level(resolve_level(area, key))
    return _regions(dict(zip(area.codes, level.assignment, strict=True)), level.names)


def by_lookup(area: Area, file: Path) -> tuple[tuple[Region, ...], tuple[str, ...]]:
    """The same for a CSV of two columns or more: codes of LSOAs or districts, then the council they are to be in.

    Codes of other places are passed over. Raises DataError for a file that says two things of one code, leaves a
    council blank, or knows no place of the area.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror}).") from None
    header, rows = read_csv(data, file.name)
    if len(header) < 2:
        raise DataError(f"{file.name} has one column.", mend="Give a code and, beside it, the council it is to be in.")
    said: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        code, label = row[0].strip(), row[1].strip()
        if not code and not label:
            continue
        if not code or not label:
            raise DataError(f"{file.name}, line {number}: the {'code' if not code else 'council'} is blank.")
        if said.setdefault(code, label) != label:
            raise DataError(
                f"{file.name}, line {number}: {code} is in {label} here and in {said[code]} above.", mend="Keep one."
            )
    district = dict(zip(area.codes, area.level("district").assignment, strict=True))
    home = {unit: said.get(unit) or said.get(district[unit], "") for unit in area.codes}
    if not any(home.values()):
        raise DataError(
            f"{file.name} names no LSOA and no district of {area.name} (its first column: {some(sorted(said), 3)}).",
            mend="Its first column must hold LSOA 2021 codes or district codes of the source.",
        )
    return _regions(home, {})


def _regions(home: Mapping[str, str], names: Mapping[str, str]) -> tuple[tuple[Region, ...], tuple[str, ...]]:
    members: dict[str, list[str]] = {}
    for unit, code in sorted(home.items()):
        members.setdefault(code, []).append(unit)
    loose = tuple(members.pop("", ()))
    codes = sorted(members)
    prefixes = _prefixes(codes, [names.get(code, code) for code in codes])
    made = (
        Region(code, names.get(code, code), prefix, tuple(members[code]))
        for code, prefix in zip(codes, prefixes, strict=True)
    )
    return tuple(made), loose


def _prefixes(codes: Sequence[str], names: Sequence[str]) -> list[str]:
    """One of its own for each: four letters of its name; where others have them too, digits of the code or a number."""
    plain = [default_prefix(name) for name in names]
    shared = {prefix for prefix, times in Counter(plain).items() if times > 1}
    taken = set(plain) - shared
    made = []
    for code, prefix in zip(codes, plain, strict=True):
        own = prefix
        if prefix in shared:
            digits = re.sub("[^0-9]", "", code)
            own, n = prefix + digits[-3:], 2
            while own in taken or own == prefix:
                own, n = f"{prefix}{digits[-3:]}{n}"[:10], n + 1
        taken.add(own)
        made.append(own)
    return made


def left_out(loose: Sequence[str], what: str) -> str:
    """That units are in no region, in words; "" where all are in one."""
    are = "is" if len(loose) == 1 else "are"
    return f"{count(len(loose), 'LSOA')} {are} in no {what} and left out: {some(loose)}." if loose else ""

"""Which column is which: official headers found by name or stamped pattern, never by position (formats.md section 0).

Headers differ between editions in case, blanks, line breaks, a BOM, an `F_` prefix and the year stamp
(`LAD24CD`, `lad26cd`). Everything here maps those to one answer and returns the header as it stands in the file.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from boundaries.errors import DataError
from boundaries.words import count

# Stems are matched whole, longest first: "cty" (county) never answers for "ctry" (country).
STEMS = (
    "OA", "LSOA", "MSOA", "WD", "LAD", "LTLA", "UTLA", "CTYUA", "CTY", "CTRY", "RGN", "SICBL", "ICB", "NHSER", "CAL",
    "BUA", "PFA", "PAR", "CCG", "STP", "PCON", "RUC", "CAUTH", "ITL",
)  # fmt: skip
_STAMPED = re.compile(rf"^({'|'.join(sorted(STEMS, key=len, reverse=True))})(\d\d)?(CDH|CD|NMW|NM)$", re.IGNORECASE)

PATTERNS = {
    "oa": r"[EW]00\d{6}",
    "lsoa": r"[EW]01\d{6}",
    "msoa": r"[EW]02\d{6}",
    "ward": r"[EW]05\d{6}",
    "lad": r"(?:E0[6789]|W06)\d{6}",
    "county": r"E10\d{6}",
    "upper_tier": r"(?:E06|E08|E09|E10|W06)\d{6}",
    "region": r"E12\d{6}",
    "sub_icb": r"E38\d{6}",
    "nhs_region": r"E40\d{6}",
    "icb": r"E54\d{6}",
    "icb_ods": r"Q[A-Z0-9]{2}|[A-Z0-9]{3}",
    "pcn": r"U\d{5}",
    "practice": r"[A-Z0-9]{6}",
    "branch": r"[A-Z0-9]{9}",
    "postcode": r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}",
}
_COMPILED = {entity: re.compile(pattern) for entity, pattern in PATTERNS.items()}
_CALLED = {
    "oa": "output area",
    "lsoa": "LSOA, such as E01000001",
    "msoa": "MSOA, such as E02000001",
    "lad": "district, such as E07000001",
    "icb": "ICB",
    "sub_icb": "sub-ICB",
    "icb_ods": "ICB",
    "nhs_region": "NHS region",
    "pcn": "PCN, such as U10001",
}
_BLANK = re.compile(r"\s+")
MISSING = frozenset({"", "*", "-", "c", "[c]", "[x]", ":", "supp", "ne", "not applicable"})

_LSOA_KEYS = ("lsoa{y}cd", "lsoa code (20{y})", "lsoa 20{y} code", "lsoa{y} code", "lsoa code 20{y}", "lsoa20{y}cd")


@dataclass(frozen=True)
class Stamped:
    """One year-stamped column: `LAD24CD` is Stamped("LAD24CD", "LAD", 24, "CD"); `year` is -1 where there is none."""

    column: str
    stem: str
    year: int
    suffix: str


def clean(header: object) -> str:
    """A header as people read it: no BOM, no line breaks, single blanks."""
    return _BLANK.sub(" ", str(header if header is not None else "").replace("\ufeff", "").replace("ï»¿", "")).strip()


def key(header: object) -> str:
    """A header as we compare it: cleaned, lower case, without the `F_` that some ONS services put in front."""
    text = clean(header).casefold()
    return text[2:] if text.startswith("f_") else text


def find(columns: Iterable[str], *names: str) -> str | None:
    """The column of the file that answers to one of `names` (in their order of preference), or None."""
    by_key: dict[str, str] = {}
    for column in columns:
        by_key.setdefault(key(column), column)
    for name in names:
        if key(name) in by_key:
            return by_key[key(name)]
    return None


def find_prefix(columns: Iterable[str], start: str) -> str | None:
    """The first column whose name starts with `start` (or is `start` cut short: IoD 2025 has one such header)."""
    wanted = key(start)
    listed = list(columns)
    exact = find(listed, start)
    if exact is not None:
        return exact
    for column in listed:
        if key(column).startswith(wanted):
            return column
    for column in listed:
        if len(key(column)) >= 60 and wanted.startswith(key(column)):
            return column
    return None


def stamped(columns: Iterable[str]) -> list[Stamped]:
    """Every year-stamped geography column of a file, in the file's order."""
    found = []
    for column in columns:
        match = _STAMPED.match(key(column))
        if match:
            year = int(match[2]) if match[2] else -1
            found.append(Stamped(column, match[1].upper(), year, match[3].upper()))
    return found


def find_stamped(columns: Iterable[str], stem: str, suffix: str = "CD", *, year: int | None = None) -> Stamped | None:
    """The newest column of that whole stem and suffix, or of the year asked for; None when there is none."""
    options = [s for s in stamped(columns) if s.stem == stem.upper() and s.suffix == suffix and year in (None, s.year)]
    return max(options, key=lambda s: s.year) if options else None


def stamped_note(columns: Sequence[str], stem: str, suffix: str = "CD") -> str:
    """What a receipt says when two years of one stem are present: "LAD26CD taken, not LAD24CD"; else ""."""
    options = [s for s in stamped(columns) if s.stem == stem.upper() and s.suffix == suffix]
    if len(options) < 2:
        return ""
    newest = max(options, key=lambda s: s.year)
    others = ", ".join(s.column for s in sorted(options, key=lambda s: s.year) if s is not newest)
    return f"{newest.column} taken, not {others}: the newest year is used"


def find_lsoa(columns: Iterable[str], year: int = 21) -> str | None:
    """The LSOA code column of that vintage (11 or 21), in ONS, MHCLG or workbook spelling."""
    return find(columns, *(k.format(y=year) for k in _LSOA_KEYS))


def require(columns: Sequence[str], names: Sequence[str], file: str) -> list[str]:
    """The file's own spelling of every name; a DataError lists all that are absent at once."""
    found = [find(columns, name) for name in names]
    absent = [name for name, column in zip(names, found, strict=True) if column is None]
    if absent:
        raise DataError(
            f"{file} has no column {', '.join(f'“{a}”' for a in absent)}; it has: {', '.join(map(str, columns[:12]))}"
            f"{' …' if len(columns) > 12 else ''}.",
            mend="Download the file again from the publisher, with all its columns.",
        )
    return [column for column in found if column is not None]


def is_code(value: str, entity: str) -> bool:
    """Whether a tidied value has the full shape of that entity's code (`EMPTY` begins with E and is not one)."""
    return _COMPILED[entity].fullmatch(value) is not None


def tidy_codes(values: pd.Series, *, entity: str, file: str, column: str) -> tuple[pd.Series, int]:
    """Codes trimmed and in capitals, and how many values that changed.

    Raises DataError naming the first five values that have another shape; blanks are such values.
    """
    tidied = values.fillna("").astype(str).str.strip().str.upper()
    changed = int((tidied != values.fillna("").astype(str)).sum())
    wrong = ~tidied.str.fullmatch(PATTERNS[entity])
    if wrong.any():
        rows = tidied[wrong]
        first = ", ".join(f"“{v}”" for v in list(dict.fromkeys(rows))[:5])
        raise DataError(
            f"{file}, column “{column}”: {len(rows):,} of {count(len(values), 'value')} "
            f"not of the expected kind ({_CALLED.get(entity, entity.replace('_', ' '))}); the first are {first}.",
            mend="Give these rows their codes, or take the file from the publisher again.",
        )
    return tidied, changed


def numbers(values: pd.Series, *, file: str, column: str) -> pd.Series:
    """Numbers as float64; thousands commas dropped; blanks and suppression marks are missing (NaN), never 0.

    Raises DataError naming the first five values that are neither.
    """
    text = values.fillna("").astype(str).str.strip()
    missing = text.str.casefold().isin(MISSING)
    made = pd.to_numeric(text.mask(missing).str.replace(",", "", regex=False), errors="coerce").astype("float64")
    wrong = made.isna() & ~missing
    if wrong.any():
        first = ", ".join(f"“{v}”" for v in list(dict.fromkeys(text[wrong]))[:5])
        raise DataError(
            f"{file}, column “{column}”: {count(int(wrong.sum()), 'value is no number', 'values are not numbers')}; "
            f"the first are {first}.",
            mend="Correct these cells; leave a cell blank where the figure is not known.",
        )
    return made


_PERSON_WORDS = {"dob", "nhsno", "nhsnum", "nhsnumber", "nhsnbr", "birthdate", "dateofbirth"}


def person_level(column: str, values: Sequence[str] = ()) -> str:
    """Why a column looks like person-level data, or "".

    By its header (NHS number, date of birth) or, under any header, by values: at least three ten-digit values of
    which four in five carry a valid NHS number check digit (modulus 11; chance alone passes one in eleven).
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", clean(column))
    words = [w for w in re.split(r"[^a-z0-9]+", spaced.casefold()) if w]
    squashed = "".join(words)
    pairs = {a + b for a, b in itertools.pairwise(words)}
    if "nhsnumber" in squashed or _PERSON_WORDS & (set(words) | pairs | {squashed}) or "d o b" in " ".join(words):
        return "NHS numbers" if "nhs" in squashed else "dates of birth"
    if "dateofbirth" in squashed or "birthdate" in squashed:
        return "dates of birth"
    digits = dict.fromkeys(re.sub(r"[ \-]", "", str(v)) for v in values)
    tens = [d for d in digits if len(d) == 10 and d.isascii() and d.isdigit()]
    if len(tens) >= 3 and sum(map(_valid_nhs_number, tens)) >= 0.8 * len(tens):
        return "NHS numbers"
    return ""


def _valid_nhs_number(digits: str) -> bool:
    check = 11 - sum(int(d) * w for d, w in zip(digits[:9], range(10, 1, -1), strict=True)) % 11
    return check != 10 and check % 11 == int(digits[9]) and len(set(digits)) > 1


def find_district(columns: Iterable[str]) -> str | None:
    """The column of district codes: LADyyCD, "LAD 2024 Code" or, in ONS' own tables of districts, plain "Code"."""
    names = list(columns)
    known = find_stamped(names, "LAD")
    if known:
        return known.column
    worded = next((c for c in names if re.fullmatch(r"(lad|la|ladcd)( \d{4})? code( \(\d{4}\))?", key(c))), None)
    return worded or find(names, "Code", "Area code")

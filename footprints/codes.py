"""Neighbourhood codes: permanent, unique beyond the place by their prefix, never reused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from footprints.errors import PlanError

_PREFIX = re.compile(r"[A-Z][A-Z0-9]{1,9}")
_CODE = re.compile(r"([A-Z][A-Z0-9]{1,9})-(\d{2,})")
_PASSED_OVER = {"nhs", "and", "of", "the", "integrated", "care", "board", "icb", "sub", "location", "with", "in", "to"}


def default_prefix(name: str) -> str:
    """Four letters from an area's name: "Cornwall" is CORN, "Cambridgeshire and Peterborough" is CAMP.

    Of several words that mean something, three letters of the first and one of the last; "AREA" where there are none.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words: list[str] = [w for w in re.findall(r"[A-Za-z]+", plain) if w.lower() not in _PASSED_OVER and len(w) > 1]
    if not words:
        return "AREA"
    if len(words) == 1 or len(words[0]) < 3:
        return "".join(words)[:4].upper().ljust(2, "X")
    return f"{words[0][:3]}{words[-1][:1]}".upper()


def check_prefix(prefix: str) -> str:
    """The prefix in capitals. Raises PlanError unless it is a letter and one to nine letters or digits."""
    said = prefix.strip().upper()
    if not _PREFIX.fullmatch(said):
        raise PlanError(
            f"“{prefix}” cannot be the prefix of neighbourhood codes.",
            mend="Use two to ten letters or digits, such as CAMP.",
        )
    return said


def is_code(text: str) -> bool:
    """Whether a text has the shape of a neighbourhood code, such as CAMP-07."""
    return bool(_CODE.fullmatch(text))


def new_codes(prefix: str, number: int, used: Iterable[str]) -> tuple[str, ...]:
    """The next `number` codes of a prefix after the highest ever used (in use or retired); two digits or more."""
    highest, width = 0, 2
    for code in used:
        match = _CODE.fullmatch(code)
        if match and match[1] == prefix:
            highest, width = max(highest, int(match[2])), max(width, len(match[2]))
    width = max(width, len(str(highest + number)))
    return tuple(f"{prefix}-{n:0{width}d}" for n in range(highest + 1, highest + number + 1))

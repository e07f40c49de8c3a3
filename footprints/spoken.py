"""Names that files give in capitals, as people write them."""

from __future__ import annotations

import re

_SMALL, _TITLES, _INITIALS = {"AND", "OF", "THE", "AT", "IN", "ON"}, {"ST", "DR", "DRS", "MR", "MRS"}, {"GP", "UK"}


def spoken(name: str) -> str:
    """ "MILL BANK SURGERY" as "Mill Bank Surgery"; a name that is not all capitals stays as it is."""
    if not name.isupper():
        return name
    said = re.sub(r"[^\W\d_]+(?:['’]S\b)?", lambda found: _word(found[0]), name)
    return said[:1].upper() + said[1:]


def _word(word: str) -> str:
    """One word of a name in capitals; what has no vowel ("BMC") is taken for initials."""
    if word in _SMALL:
        return word.lower()
    initials = len(word) > 1 and word not in _TITLES and not set(word) & set("AEIOUY")
    return word if initials or word in _INITIALS else word.capitalize()

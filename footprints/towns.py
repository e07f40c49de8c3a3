"""Towns, read from the names of MSOAs and wards: the official files have no layer of towns.

A town is what is left of a name without compass words ("March East", "North Ely"), and the opening words that two or
more names of a district share ("Huntingdon Hartford", "Huntingdon Central & West"). Wards add units to the towns that
MSOAs name; alone they name none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SIDES = {
    *("north", "south", "east", "west", "central", "centre", "center", "mid", "inner", "outer", "upper", "lower"),
    *("northeast", "northwest", "southeast", "southwest"),
}
_JOINING = {"a", "and", "at", "by", "in", "of", "on", "saint", "st", "the", "under", "upon", "with"}
_WEAK = SIDES | _JOINING | {"city", "great", "high", "isle", "isles", "little", "long", "much", "new", "old", "town"}


def readable(name: str, code: str) -> bool:
    """Whether a name says something: not blank, not the code, not "Cambridge 009"."""
    return bool(name) and name != code and not re.fullmatch(r".* \d{3}[A-Z]?", name)


def opening(name: str) -> str:
    """The opening piece of a name; a bare compass word takes the rest along ("Central & West Cambridge")."""
    parts = _pieces(name)
    if not parts:
        return ""
    return parts[0] if _without_sides(parts[0]) else name


def town_names(names: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Town -> the groups that bear its name and its place in theirs (0 first), from names of groups of one district.

    `names` maps a group to its readable name. Of a name of three or more places only the first counts.
    """
    stems = _stems({group: _pieces(name) for group, name in names.items()})
    openings: dict[str, set[str]] = {}
    for group, found in stems.items():
        for stem in found:
            words = stem.split()
            for n in range(1, len(words) + 1):
                if _stands_alone(words[:n]):
                    openings.setdefault(" ".join(words[:n]), set()).add(group)
    shared = {opening for opening, groups in openings.items() if len(groups) > 1}
    bearing: dict[str, dict[str, int]] = {}
    for group, found in stems.items():
        for place, stem in enumerate(found[:1] if len(found) > 2 else found):
            words = stem.split()
            common = [" ".join(words[:n]) for n in range(1, len(words) + 1) if " ".join(words[:n]) in shared]
            # "Forest Gate", not "Forest", where all that open with the one open with the other.
            same = [opening for opening in common if openings[opening] == openings[common[0]]]
            bearing.setdefault(same[-1] if same else stem, {}).setdefault(group, place)
    return dict(sorted(bearing.items()))


def _pieces(name: str) -> list[str]:
    # The published list has "HIston"; a name that we propose need not repeat a slip of the shift key.
    name = re.sub(r"\b([A-Z])([A-Z])(?=[a-z]{2})", lambda m: m[1] + m[2].lower(), name)
    return [piece.strip() for piece in re.split(r",|&| and |/", name) if piece.strip()]


def _stems(pieces: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The pieces without compass words: "March East" is March, "North Ely" is Ely, "East Ham South" is East Ham."""
    ending = {_cut_end(piece) for parts in pieces.values() for piece in parts if _cut_end(piece) != piece}
    known = {stem for stem in ending if len(stem.split()) > 1}

    def stem(piece: str) -> str:
        cut = _cut_end(piece)
        return cut if cut != piece or piece in known else _cut_start(piece)

    return {group: [s for s in map(stem, parts) if _without_sides(s)] for group, parts in pieces.items()}


def _cut_end(piece: str) -> str:
    words = piece.split()
    while words and words[-1].casefold() in SIDES:
        words = words[:-1]
    return " ".join(words)


def _cut_start(piece: str) -> str:
    words = piece.split()
    while words and words[0].casefold() in SIDES:
        words = words[1:]
    return " ".join(words)


def _without_sides(piece: str) -> str:
    return _cut_start(_cut_end(piece))


def _stands_alone(words: list[str]) -> bool:
    """Whether opening words can be a town: "St Neots" and "Canning Town" can, "St", "Isle of" and "King's" cannot."""
    last = words[-1].casefold()
    said = any(word.casefold() not in _WEAK for word in words)
    return said and last not in SIDES | _JOINING and not last.endswith(("'s", "’s"))

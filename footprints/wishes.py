"""Wishes of a planner, in names of places: "Ely + Littleport" together, "Abbey | Romsey" apart, "March" in a
neighbourhood of the plan.

A place is a town, ward, MSOA, district or loaded layer's group by name or code, an LSOA, or a neighbourhood of the
plan. Of places of one name the town comes first, then the MSOA, the ward, other layers and the district; "ward: Ely"
asks for one kind. A place always means all of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.errors import some
from footprints.naming import towns_of
from footprints.plan import Plan
from optimise.asking.rules import Wish
from optimise.criteria import Locks
from optimise.errors import CriteriaError

_ORDER = ("town", "msoa", "ward", "layer", "neighbourhood", "upper_tier", "district", "unit")
_NO_PLACES = ("icb", "sub_icb", "rural_urban")
MOST_PAIRS = 20_000


@dataclass(frozen=True)
class NamedPlace:
    """A place by name. kind : "town", "ward", ...; label : the same for people. units : LSOA codes, sorted."""

    name: str
    kind: str
    label: str
    code: str
    units: tuple[str, ...]

    @property
    def in_words(self) -> str:
        """The name, with the kind where that says more: "Ely (town)"."""
        return f"{self.name} ({self.label})"


@dataclass(frozen=True)
class Wishes:
    """What is wished for, in names as typed. keep : places to be in one neighbourhood, by wish. apart : places of which
    no two share one. fix : (place, code of a neighbourhood of the plan).
    """

    keep: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, ...], ...] = ()
    fix: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.keep or self.apart or self.fix)


def places(area: Area, plan: Plan | None = None) -> tuple[NamedPlace, ...]:
    """Every place that can be named, towns first, each kind in the order of names."""
    return (*_of_area(area.digest, _Held(area)), *_neighbourhoods(plan))


def find_place(area: Area, text: str, plan: Plan | None = None) -> NamedPlace:
    """The place called so. Raises DataError naming the nearest names, or the codes where a name stands for several."""
    known = places(area, plan)
    wanted, kind = _plain(text), ""
    head, colon, tail = text.partition(":")
    if colon and any(_plain(head) in (_plain(p.kind), _plain(p.label)) for p in known):
        wanted, kind = _plain(tail), _plain(head)
    found = [
        p
        for p in known
        if wanted and wanted in (_plain(p.name), _plain(p.code)) and kind in ("", _plain(p.kind), _plain(p.label))
    ]
    if found:
        best = [p for p in found if _rank(p) == _rank(found[0])]
        if len(best) > 1:
            listed = " and ".join(f"{p.code or p.in_words}" for p in best[:4])
            raise DataError(f"“{text.strip()}” is the name of {len(best)} places: {listed}.", mend="Give the code.")
        return best[0]
    names = list(dict.fromkeys(p.name for p in known))
    near = difflib.get_close_matches(text.strip(), names, n=3, cutoff=0.6)
    near = near or [n for n in names if wanted and wanted in _plain(n)][:3]
    mend = f"Did you mean {' or '.join(f'“{n}”' for n in near)}?" if near else f"There are: {some(names, 12)}."
    raise DataError(f"“{text.strip()}” is no place in {area.name}.", mend=mend)


def locked(area: Area, wishes: Wishes, plan: Plan | None = None) -> tuple[tuple[Wish, ...], dict[str, str]]:
    """The wishes as locks with their words, and what to call the units they are about.

    Raises DataError for unknown places, CriteriaError for a wish that names too few, or overlapping places apart.
    """
    made: list[Wish] = []
    called: dict[str, str] = {}
    for names in wishes.keep:
        found = _several(area, names, plan, "keep together")
        units = tuple(sorted({u for p in found for u in p.units}))
        if len(units) < 2:
            raise CriteriaError(f"{found[0].name} is one LSOA, which is never divided.", mend="Name a second place.")
        names_said = _and([p.name for p in found])
        words = f"keeping {names_said} whole" if len(found) == 1 else f"keeping {names_said} together"
        made.append(Wish(words, Locks(together=(units,))))
        called |= {u: p.name for p in reversed(found) for u in p.units}
    for names in wishes.apart:
        found = _several(area, names, plan, "keep apart")
        if len(found) < 2:
            raise CriteriaError(f"{found[0].name} has nothing to be kept apart from.", mend="Name a second place.")
        pairs = []
        for i, one in enumerate(found):
            for other in found[i + 1 :]:
                both = set(one.units) & set(other.units)
                if both:
                    raise CriteriaError(
                        f"{one.in_words} and {other.in_words} overlap, so they cannot be kept apart.",
                        mend="Name places that have no LSOA in common.",
                    )
                pairs += [(min(a, b), max(a, b)) for a in one.units for b in other.units]
        if len(pairs) > MOST_PAIRS:
            raise CriteriaError("These places are too large to be kept apart as a whole.", mend="Name smaller places.")
        made.append(Wish(f"keeping {_and([p.name for p in found])} apart", Locks(apart=tuple(sorted(set(pairs))))))
        called |= {u: p.name for p in reversed(found) for u in p.units}
    for name, code in wishes.fix:
        place = find_place(area, name, plan)
        named = plan is not None and code not in plan.codes
        to = find_place(area, f"neighbourhood: {code}", plan).code if named else code
        made.append(Wish(f"putting {place.name} in {to}", Locks(fixed=tuple((u, to) for u in place.units))))
        called |= dict.fromkeys(place.units, place.name)
    return tuple(made), called


def parse(keep: Sequence[str], apart: Sequence[str], fix: Sequence[str]) -> Wishes:
    """Wishes as typed on the command line: "A + B", "A | B", "PLACE = CODE". Raises CriteriaError for another form."""
    pairs = []
    for text in fix:
        place, equals, code = text.rpartition("=")
        if not equals or not place.strip() or not code.strip():
            raise CriteriaError(f"“{text}” does not say where.", mend="Write PLACE = CODE: Littleport = CAMP-03.")
        pairs.append((place.strip(), code.strip()))
    return Wishes(
        tuple(tuple(w.strip() for w in text.split("+")) for text in keep),
        tuple(tuple(w.strip() for w in text.split("|")) for text in apart),
        tuple(pairs),
    )


class _Held:
    """An area as an argument of a cached function: all that counts is the digest beside it."""

    def __init__(self, area: Area) -> None:
        self.area = area

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held)

    def __hash__(self) -> int:
        return 0


@lru_cache(maxsize=8)
def _of_area(digest: str, held: _Held) -> tuple[NamedPlace, ...]:
    area = held.area
    found = [
        NamedPlace(town.name, "town", "town", "", tuple(area.codes[i] for i in sorted(town.units)))
        for town in towns_of(area)
    ]
    for key, level in sorted(area.levels.items()):
        if key in _NO_PLACES:
            continue
        members: dict[str, list[str]] = {}
        for unit, code in zip(area.codes, level.assignment, strict=True):
            members.setdefault(code, []).append(unit)
        kind = key if key in _ORDER else "layer"
        found += [
            NamedPlace(level.names.get(code, "") or code, kind, level.label, code, tuple(members[code]))
            for code in sorted(set(members) - {""})
        ]
    found += [
        NamedPlace(str(name), "unit", "LSOA", code, (code,))
        for code, name in zip(area.codes, area.units["name"], strict=True)
    ]
    return tuple(sorted(found, key=lambda p: (_rank(p), p.name, p.code)))


def _neighbourhoods(plan: Plan | None) -> tuple[NamedPlace, ...]:
    if plan is None:
        return ()
    members = plan.members()
    return tuple(
        NamedPlace(n.name, "neighbourhood", "neighbourhood", n.code, members[n.code])
        for n in plan.neighbourhoods
        if members[n.code]
    )


def _several(area: Area, names: Sequence[str], plan: Plan | None, what: str) -> list[NamedPlace]:
    given = [name for name in names if name.strip()]
    if not given:
        raise CriteriaError(f"A wish to {what} names no place.", mend="Write for example “Ely + Littleport”.")
    return [find_place(area, name, plan) for name in given]


def _rank(place: NamedPlace) -> int:
    return _ORDER.index(place.kind) if place.kind in _ORDER else _ORDER.index("layer")


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w]+", " ", text.casefold()).split())


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

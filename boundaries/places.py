"""Which LSOAs are the study area: districts, upper tiers, sub-ICBs or ICBs by code or exact name, or LSOAs listed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from boundaries import columns as col
from boundaries.errors import ChooseAreaError, DataError, Place
from boundaries.words import count

LEVELS = ("icb", "sub_icb", "upper_tier", "district")
LABELS = {"icb": "ICB", "sub_icb": "sub-ICB", "upper_tier": "upper tier", "district": "district"}
_FEW_DISTRICTS = 4
_GSS = re.compile(r"[EW]\d{8}")


@dataclass(frozen=True, eq=False)
class Members:
    """Which LSOA is in which place, before anything else is read.

    frame : indexed by LSOA 2021, sorted; columns district, upper_tier, sub_icb, icb (codes, "" where unknown).
    names : level -> code -> official name. ods : level -> ODS code -> code.
    """

    frame: pd.DataFrame
    names: Mapping[str, Mapping[str, str]]
    ods: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Choice:
    """The study area: its sorted LSOA codes, its name for people, and the places it was chosen by (level, code)."""

    codes: tuple[str, ...]
    name: str
    chosen: tuple[tuple[str, str], ...]


def places(members: Members, residents: pd.Series[float] | None = None) -> tuple[Place, ...]:
    """Every place that may be chosen, ICBs first, then sub-ICBs, upper tiers and districts, each by name."""
    found: list[Place] = []
    for level in LEVELS:
        rows: list[Place] = []
        for code, group in members.frame.groupby(level, sort=True):
            if not code:
                continue
            people = None
            if residents is not None:
                got = residents.reindex(group.index)
                people = int(got.sum()) if len(got) and got.notna().all() else None
            rows.append(Place(level, str(code), members.names[level].get(str(code), str(code)), len(group), people))
        found += sorted(rows, key=lambda p: (p.name, p.code))
    return tuple(found)


def choose(members: Members, area: Sequence[str], residents: pd.Series[float] | None = None) -> Choice:
    """The study area that `area` names.

    Raises ChooseAreaError when nothing is named and the LSOAs lie in more than one ICB; DataError for names that are
    not known (with close matches) or that mean more than one place.
    """
    terms = _terms(area)
    if not terms:
        return _everything(members, residents)
    codes: set[str] = set()
    chosen: list[tuple[str, str]] = []
    listed: list[str] = []
    errors: list[str] = []
    for term in terms:
        key = term.upper()
        if col.is_code(key, "lsoa"):
            if key in members.frame.index:
                codes.add(key)
                listed.append(key)
            else:
                errors.append(f"{key} is not among the {count(len(members.frame), 'LSOA')} of the source.")
            continue
        try:
            level, code = _place(members, term)
        except DataError as error:
            errors.append(str(error))
            continue
        chosen.append((level, code))
        codes |= set(members.frame.index[members.frame[level] == code])
    if errors:
        raise DataError(
            "\n".join(errors), mend="Name a district, upper tier, sub-ICB or ICB by its code or exact name."
        )
    return Choice(tuple(sorted(codes)), _name(members, chosen, listed), tuple(chosen))


def _terms(area: Sequence[str]) -> list[str]:
    """What was named, one place each: a list of codes in one text ("E01000001, E01000002") is taken apart."""
    terms: list[str] = []
    for text in area:
        parts = [p for p in re.split(r"[\s,;]+", text) if p]
        codes = len(parts) > 1 and all(_GSS.fullmatch(p.upper()) for p in parts)
        terms += parts if codes else [text.strip()]
    return [t for t in terms if t]


def _everything(members: Members, residents: pd.Series[float] | None) -> Choice:
    frame = members.frame
    icbs = sorted(set(frame["icb"]) - {""})
    if len(icbs) > 1:
        names = [f"{members.names['icb'].get(c, c)} ({c})" for c in icbs]
        shown = "; ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        raise ChooseAreaError(
            f"The source holds {count(len(frame), 'LSOA')} in {len(icbs)} ICBs: {shown}.",
            places(members, residents),
            mend="Name the area: a district, upper tier, sub-ICB or ICB by its code or exact name, or a list of LSOAs.",
        )
    districts = sorted(set(frame["district"]) - {""})
    if not icbs and len(districts) > 1 and frame["icb"].eq("").all() and len(frame) > 5_000:
        raise ChooseAreaError(
            f"The source holds {count(len(frame), 'LSOA')} in {len(districts)} districts and no lookup to ICBs.",
            places(members, residents),
            mend="Name the area: districts by their codes or exact names, or a list of LSOAs.",
        )
    level = "district" if len(districts) <= _FEW_DISTRICTS or not icbs else "icb"
    found = districts if level == "district" else icbs
    return Choice(tuple(frame.index), _name(members, [(level, c) for c in found], []), tuple((level, c) for c in found))


def _place(members: Members, term: str) -> tuple[str, str]:
    wanted, key = " ".join(term.split()).casefold(), term.upper()
    for aliases in (False, True):
        hits: list[tuple[str, str]] = []
        for level in reversed(LEVELS):
            known = set(members.frame[level]) - {""}
            for code in sorted(known):
                name = members.names[level].get(code, "")
                spelled = short_name(name) if aliases else name
                if (
                    key == code
                    or (not aliases and name and spelled.casefold() == wanted)
                    or (aliases and spelled and spelled.casefold() == wanted)
                ):
                    hits.append((level, code))
            ods = members.ods[level].get(key)
            if ods in known and (level, str(ods)) not in hits:
                hits.append((level, str(ods)))
        sets = {h: frozenset(members.frame.index[members.frame[h[0]] == h[1]]) for h in hits}
        hits = [h for n, h in enumerate(hits) if sets[h] not in [sets[o] for o in hits[:n]]]
        if len(hits) == 1:
            return hits[0]
        if hits:
            said = "; ".join(
                f"{LABELS[level]} {members.names[level].get(code, code)} "
                f"({code}, {count(len(sets[level, code]), 'LSOA')})"
                for level, code in hits
            )
            raise DataError(f"“{term}” means more than one place: {said}. Give the code of the one that is meant.")
    near = _close(members, wanted)
    hint = f" Close to it: {', '.join(near)}." if near else ""
    raise DataError(f"There is no place “{term}” in the source.{hint}")


def _close(members: Members, wanted: str) -> list[str]:
    known: dict[str, str] = {}
    for level in LEVELS:
        for code in sorted(set(members.frame[level]) - {""}):
            name = members.names[level].get(code, code)
            for spelling in {name.casefold(), short_name(name).casefold(), code.casefold()}:
                known.setdefault(spelling, f"{name} ({code})")
    code = _GSS.fullmatch(wanted.upper()) is not None
    near = difflib.get_close_matches(wanted, sorted(known), n=5, cutoff=0.85 if code else 0.6)
    near += [k for k in sorted(known) if wanted in k and k not in near][: 5 - len(near)]
    return list(dict.fromkeys(known[k] for k in near))


def short_name(name: str) -> str:
    """An NHS body as people call it: "NHS X Integrated Care Board" is "X", "NHS X ICB - 06H" is "X (06H)"."""
    text = re.sub(r"^NHS\s+", "", name.strip())
    sub = re.match(r"^(.*?)\s+(?:ICB|Integrated Care Board)\s*-\s*([A-Z0-9]{3,5})$", text)
    if sub:
        return f"{sub[1]} ({sub[2]})"
    return re.sub(r"\s+(?:Integrated Care Board|ICB)$", "", text)


def in_words(names: Sequence[str]) -> str:
    """ "A", "A and B", "A, B and C"."""
    parts = list(dict.fromkeys(names))
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _name(members: Members, chosen: Sequence[tuple[str, str]], listed: Sequence[str]) -> str:
    names = [short_name(members.names[level].get(code, code)) for level, code in chosen]
    if listed:
        inside = members.frame.loc[sorted(set(listed)), "district"]
        homes = [members.names["district"].get(c, c) for c in dict.fromkeys(inside) if c]
        many = "s" if len(set(listed)) > 1 else ""
        part = f" of {in_words(homes)}" if 0 < len(homes) <= _FEW_DISTRICTS else ""
        names.append(f"{len(set(listed)):,} LSOA{many}{part}")
    return in_words(names) or "Study area"

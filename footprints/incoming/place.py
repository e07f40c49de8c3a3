"""Labels of any kind of area put on the LSOAs of the area at hand, with everything that does not fit said in people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.incoming.table import WORDS, Lookup
from optimise.words import count

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Placed:
    """where : LSOA -> label, "" for none. notes : what was converted, divided, missing or beyond the area.

    divided : LSOAs whose people are under two labels, wherever they went.
    """

    where: Mapping[str, str]
    notes: tuple[str, ...]
    divided: tuple[str, ...] = ()


def one_label_each(lookup: Lookup, name: str) -> dict[str, str]:
    """Area code -> label. Raises PlanError where one stands under two labels."""
    found: dict[str, str] = {}
    clash: list[str] = []
    for code, said in lookup.rows:
        if found.setdefault(code, said) != said:
            clash.append(code)
    if clash:
        raise PlanError(
            f"{name} puts {count(len(set(clash)), WORDS[lookup.kind])} under two labels: {some(sorted(set(clash)))}.",
            mend="A plan has one neighbourhood for each area: keep one row.",
        )
    return found


def place_lsoas(said: Mapping[str, str], area: Area, pairs: pd.DataFrame | None, name: str) -> Placed:
    """LSOA codes of 2021, or of 2011 by the official lookup. pairs : lsoa11, lsoa21, rule, from the source."""
    known = set(area.codes)
    older: dict[str, list[str]] = {}
    if pairs is not None:
        for old, new in zip(pairs["lsoa11"].tolist(), pairs["lsoa21"].tolist(), strict=True):
            older.setdefault(str(old), []).append(str(new))
    gone = sorted(code for code in said if code not in known and set(older.get(code, ())) & known)
    newer = sorted(code for code in said if code in known and code not in older) if older else []
    if gone and newer:
        raise PlanError(
            f"{name} mixes LSOAs of 2011 ({some(gone, 3)}) and of 2021 ({some(newer, 3)}).",
            mend="Make it anew on one of the two.",
        )
    if gone:
        return _of_2011(said, area, older, name)
    return _within(said, area, name, "LSOA", {})


def _of_2011(said: Mapping[str, str], area: Area, older: Mapping[str, Sequence[str]], name: str) -> Placed:
    parents: dict[str, list[str]] = {}
    for old, children in older.items():
        for new in children:
            parents.setdefault(new, []).append(old)
    where: dict[str, str] = {}
    split: set[str] = set()
    merged: set[str] = set()
    unclear: list[str] = []
    partly: list[str] = []
    for unit in area.codes:
        labels = {said[old] for old in parents.get(unit, ()) if old in said}
        if len(labels) == 1:
            where[unit] = labels.pop()
            split |= {old for old in parents[unit] if len(older[old]) > 1}
            merged |= {unit} if len(parents[unit]) > 1 else set()
            partly += [unit] if where[unit] and any(old not in said for old in parents[unit]) else []
        elif labels:
            unclear.append(unit)
    notes = [
        f"{name} is on LSOAs of 2011; they were converted by the official lookup: "
        f"{count(len(split), 'LSOA')} of 2011 that were divided gave their label to each part, "
        f"{count(len(merged), 'LSOA was', 'LSOAs were')} made of several that agree."
    ]
    if unclear:
        notes.append(
            f"{count(len(unclear), 'LSOA')} ({_people(unclear, area):,} residents) made of LSOAs with different labels "
            f"{'is' if len(unclear) == 1 else 'are'} left unassigned, for you to place: {some(unclear)}."
        )
    if partly:
        notes.append(
            f"{count(len(partly), 'LSOA')} ({_people(partly, area):,} residents) made of several of 2011, of which the "
            f"file does not hold all, {'is' if len(partly) == 1 else 'are'} placed whole: {some(partly)}."
        )
    beyond = [code for code in said if not set(older.get(code, ())) & set(area.codes)]
    return _told(where, area, notes, beyond, "LSOA", name)


def place_groups(said: Mapping[str, str], area: Area, kind: str, name: str) -> Placed:
    """MSOA or ward codes, by the level of the area. Raises PlanError where it is not loaded."""
    level = area.levels.get(kind)
    if level is None:
        raise PlanError(
            f"{name} is a lookup of {WORDS[kind]}s, and no {WORDS[kind]}s are loaded for {area.name}.",
            mend=f"Add the official lookup of LSOAs and {WORDS[kind]}s to the source folder.",
        )
    where = {u: said[g] for u, g in zip(area.codes, level.assignment, strict=True) if g in said}
    notes = []
    if level.basis != "exact":
        notes.append(f"LSOAs were put into {WORDS[kind]}s {level.basis}: lines of {WORDS[kind]}s may run elsewhere.")
    beyond = sorted(set(said) - set(level.assignment))
    if not where:
        shown = some(sorted(set(level.assignment) - {""}), 3)
        raise PlanError(
            f"None of the {WORDS[kind]} codes of {name} ({some(beyond, 3)}) is in {area.name} (which has {shown}).",
            mend="Load the lookup of the same year: such codes change with every review.",
        )
    return _told(where, area, notes, beyond, WORDS[kind], name)


def place_oas(
    said: Mapping[str, str], area: Area, oas: pd.Series[str] | None, name: str, *, leave: bool = False
) -> Placed:
    """Output areas, each LSOA to the label of most of its output areas; those that are divided are said in people.

    leave : the divided ones are left unassigned instead.
    """
    if oas is None:
        raise PlanError(
            f"{name} is a lookup of output areas, and the source has none.",
            mend="Add the official lookup of OA, LSOA and MSOA (2021) to the source folder.",
        )
    votes: dict[str, dict[str, int]] = {}
    for oa, lsoa in oas.items():
        if str(oa) in said:
            own = votes.setdefault(str(lsoa), {})
            own[said[str(oa)]] = own.get(said[str(oa)], 0) + 1
    where = {unit: min(own, key=lambda s: (-own[s], s)) for unit, own in votes.items()}
    cut = sorted(unit for unit, own in votes.items() if len(own) > 1)
    notes = []
    if cut:
        residents = area.units["residents"]
        away = sum(int(residents[u]) * (1 - max(votes[u].values()) / sum(votes[u].values())) for u in cut)
        many = f"{count(len(cut), 'LSOA is', 'LSOAs are')} divided between labels"
        moved = (
            f"{many}; each went where most of its output areas are, which moves about {away:,.0f} residents (by the "
            f"number of output areas): {some(cut)}."
        )
        left = f"{many} and left unassigned, for you to place ({_people(cut, area):,} residents): {some(cut)}."
        notes.append(left if leave else moved)
    if leave:
        where = {unit: label for unit, label in where.items() if unit not in cut}
    whole = oas.value_counts()
    partly = sorted(unit for unit in where if where[unit] and sum(votes[unit].values()) < int(whole[unit]))
    if partly:
        residents = area.units["residents"]
        away = sum(int(residents[u]) * (1 - sum(votes[u].values()) / int(whole[u])) for u in partly)
        notes.append(
            f"{count(len(partly), 'LSOA is', 'LSOAs are')} in the file only in part, and placed whole: about "
            f"{away:,.0f} residents (by the number of output areas) live in output areas that it does not hold: "
            f"{some(partly)}."
        )
    beyond = sorted(set(said) - {str(oa) for oa in oas.index})
    return replace(_told(where, area, notes, beyond, "output area", name), divided=tuple(cut))


def _within(said: Mapping[str, str], area: Area, name: str, word: str, more: Mapping[str, str]) -> Placed:
    known = set(area.codes)
    where = {unit: label for unit, label in said.items() if unit in known}
    return _told(where, area, [], sorted(set(said) - known), word, name)


def _told(
    where: Mapping[str, str], area: Area, notes: Sequence[str], beyond: Sequence[str], word: str, name: str
) -> Placed:
    """What is not in the area, and what of the area is not in the file."""
    if not any(where.values()):
        raise PlanError(
            f"{name} puts nothing of {area.name} into a neighbourhood.", mend="Load the area that the file is for."
        )
    said = list(notes)
    if beyond:
        said.append(
            f"{count(len(beyond), f'{word} is', f'{word}s are')} not in {area.name} and left out: "
            f"{some(sorted(beyond))}."
        )
    without = [unit for unit in area.codes if not where.get(unit)]
    if without:
        said.append(
            f"{count(len(without), 'LSOA')} with {_people(without, area):,} residents "
            f"{'has' if len(without) == 1 else 'have'} no neighbourhood in the file: {some(without)}."
        )
    return Placed(dict(where), tuple(said))


def _people(units: Sequence[str], area: Area) -> int:
    residents = area.units["residents"]
    return int(sum(int(residents[unit]) for unit in units))

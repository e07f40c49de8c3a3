"""Plans against what may come: candidate unitary councils, mergers of ICBs, growth. Which of them still stand?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from boundaries.area import Area
from footprints.compare import titles_of
from footprints.errors import PlanError, some
from footprints.plan import Plan, check_fits
from footprints.standing import people_by_unit
from footprints.text import read_csv
from optimise.counting import called
from optimise.criteria import year_of
from optimise.words import count

_LSOA = re.compile(r"[EW]01\d{6}")
_CODE = re.compile(r"[EW]\d{8}")
_HOMES = re.compile(r"home|dwelling|household", re.IGNORECASE)


@dataclass(frozen=True)
class Future:
    """One thing that may come. kind : "lines" (unit -> body that it would lie in) or "growth" (unit -> more people)."""

    name: str
    kind: str
    body: Mapping[str, str]
    people: Mapping[str, int]


@dataclass(frozen=True)
class Standing:
    """One plan, by its title, under one future.

    faults : a sentence for each neighbourhood that would no longer hold, by its code. people : residents of these, of
    `everyone` whom the plan places.
    """

    plan: str
    future: str
    faults: tuple[tuple[str, str], ...]
    people: int
    everyone: int

    @property
    def stands(self) -> bool:
        """Whether no neighbourhood is touched."""
        return not self.faults


def future_from_csv(data: bytes, file: str, area: Area, *, growth: bool = False) -> Future:
    """A CSV of two columns as a future: LSOA, district or ICB codes and the body they would lie in; or, with `growth`,
    LSOA codes and people more (or, negative, fewer).

    Raises PlanError where codes are not the area's, an area has two bodies, or LSOAs are left out, saying which.
    """
    header, rows = read_csv(data, file)
    columns = [[row[i].strip() for row in rows] for i in range(len(header))]
    at = next((i for i, own in enumerate(columns) if own and all(_CODE.fullmatch(c) for c in own)), -1)
    if at < 0 or len(header) < 2:
        raise PlanError(
            f"{file} has no column that holds only codes of areas.",
            mend="Give two columns: LSOA, district or ICB codes, and the council or number of people.",
        )
    named = [i for i, name in enumerate(header) if name.strip().casefold() == "people"]
    if growth and len(header) > 2 and not named:
        raise PlanError(
            f"{file} has {len(header)} columns, and none is headed “people”.",
            mend="Head the column of people more (or, negative, fewer) “people”; homes are not counted here.",
        )
    meant = named[0] if growth and named else at + 1 if at + 1 < len(header) else at - 1
    if growth and _HOMES.search(header[meant]):
        raise PlanError(
            f"{file}: the column “{header[meant]}” counts homes, and a plan is tested against people.",
            mend="Give people more (or, negative, fewer), headed “people”: homes times the people in each.",
        )
    said = columns[meant]
    given: dict[str, str] = {}
    for code, value in zip(columns[at], said, strict=True):
        if given.setdefault(code, value) != value:
            raise PlanError(f"{file} puts {code} into both {given[code]} and {value}.", mend="Keep one of them.")
    units = _by_unit(given, file, area, growth)
    if growth:
        wrong = [code for code, value in given.items() if not re.fullmatch(r"[+-]?\d+", value.replace(",", ""))]
        if wrong:
            raise PlanError(f"{file} has no whole number of people for {some(wrong)}.", mend="Write one for each LSOA.")
        return Future(file, "growth", {}, {unit: int(value.replace(",", "")) for unit, value in units.items()})
    absent = [unit for unit in area.codes if not units.get(unit)]
    if absent:
        raise PlanError(
            f"{file} says nothing of {count(len(absent), 'LSOA')} of {area.name}: {some(absent)}.",
            mend="Add them, or the district or ICB that they lie in.",
        )
    return Future(file, "lines", units, {})


def _by_unit(given: Mapping[str, str], file: str, area: Area, growth: bool) -> dict[str, str]:
    """What is given, by unit. Codes of districts and ICBs are those of the files loaded; others are told."""
    if all(_LSOA.fullmatch(code) for code in given):
        here = set(area.codes)
        strange = [code for code in given if code not in here]
        if strange and (growth or len(strange) == len(given)):
            raise PlanError(f"{file} has LSOAs that are not in {area.name}: {some(strange)}.", mend="Take them out.")
        return {code: value for code, value in given.items() if code in here}
    keys = ("district", "upper_tier", "icb", "sub_icb") if not growth else ()
    for key in keys:
        own = area.levels[key].assignment if key in area.levels else ()
        if own and set(given) & set(own):
            return {unit: given.get(code, "") for unit, code in zip(area.codes, own, strict=True)}
    raise PlanError(
        f"{file} names no area of {area.name}: {some(given)}.",
        mend="Use the codes of LSOAs." if growth else "Use codes of LSOAs, districts or ICBs as in the files loaded.",
    )


def against(plans: Sequence[Plan], area: Area, futures: Sequence[Future]) -> list[Standing]:
    """Each plan under each future, by future; plans of one name are told apart by numbers (`titles_of`).

    Raises PlanError for two futures of one name, and as `stands` does.
    """
    names = [own.name for own in futures]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PlanError(
            f"Several files are called {some(twice)}: the answers to them could not be told apart.",
            mend="Give each another name.",
        )
    titles = titles_of(plans)
    return [stands(plan, area, own, title) for own in futures for plan, title in zip(plans, titles, strict=True)]


def stands(plan: Plan, area: Area, future: Future, title: str = "") -> Standing:
    """Whether each neighbourhood would lie in one body, or stay in range. title : of the plan, where its name is not.

    Raises PlanError for units not the area's.

    A neighbourhood that is out of range already is a fault of growth only where growth takes it further away. Raises
    PlanError for growth beside a range on a later year, in which growth is counted already.
    """
    check_fits(plan, area)
    if future.kind == "growth" and year_of(plan.criteria.count) is not None:
        raise PlanError(
            f"The range of “{plan.name}” is on {called(plan.criteria.count)}, in which planned homes are counted: "
            f"{future.name} would count them twice.",
            mend="Put the range on residents to see what another table of growth does.",
        )
    residents, counted = people_by_unit(area), people_by_unit(area, plan.criteria.count)
    low, high = plan.criteria.minimum, plan.criteria.maximum
    faults, hit = [], 0
    for code, units in plan.members().items():
        name = f"{plan.neighbourhood(code).name} ({code})"
        if future.kind == "lines":
            parts: dict[str, int] = {}
            for unit in units:
                parts[future.body[unit]] = parts.get(future.body[unit], 0) + residents[unit]
            words = _across(name, parts)
        else:
            now = sum(counted[unit] for unit in units)
            words = _grown(name, now, now + sum(future.people.get(unit, 0) for unit in units), low, high)
        if words:
            faults.append((code, words))
            hit += sum(residents[unit] for unit in units)
    everyone = sum(residents[unit] for unit, _ in plan.assignment)
    return Standing(title or plan.name, future.name, tuple(faults), hit, everyone)


def _across(name: str, parts: Mapping[str, int]) -> str:
    if len(parts) < 2:
        return ""
    told = ", ".join(f"{n:,} people in {body}" for body, n in sorted(parts.items(), key=lambda p: (-p[1], p[0])))
    return f"{name} would lie across {told}."


def _grown(name: str, now: int, then: int, low: int, high: int) -> str:
    def away(people: int) -> int:
        return max(low - people, people - high, 0)

    return (
        f"{name} would have {then:,} people ({now:,} now); the range is {low:,} to {high:,}."
        if away(then) > away(now)
        else ""
    )


def which_stand(standings: Sequence[Standing]) -> tuple[str, ...]:
    """A sentence for each future: which plans stand under it, and how many people the others would touch."""
    found = []
    for future in dict.fromkeys(own.future for own in standings):
        own = [one for one in standings if one.future == future]
        good = [f"“{one.plan}”" for one in own if one.stands]
        bad = [
            f"“{one.plan}” does not ({count(len(one.faults), 'neighbourhood')}, {one.people:,} people)"
            for one in own
            if not one.stands
        ]
        stand = f"{', '.join(good)} {'stands' if len(good) == 1 else 'stand'}" if good else "none stands"
        found.append(f"{future}: {stand}{'; ' + '; '.join(bad) if bad else ''}.")
    return tuple(found)

"""`refresh`: a plan on next quarter's files. No unit moves; what changed beneath it is said, with green, amber or red.

Red: something that the decision rested on no longer holds. Amber: something to look at. Green: neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from boundaries.area import Area
from footprints.check import check
from footprints.errors import some
from footprints.plan import Plan, check_fits, on_evidence
from footprints.refreshing.past import Past, Practice, practices_of
from footprints.standing import people_by_unit, standings
from optimise.counting import called
from optimise.words import count

COLOURS = ("green", "amber", "red")
GROWS = 0.05  # of a neighbourhood's people, from one edition to the next: to be looked at
MERGED = 0.5  # of a closed practice's patients, found again on one other list


@dataclass(frozen=True)
class Reason:
    """One thing that changed. colour : "amber", "red", or "green" for what is only told. about : codes it concerns."""

    colour: str
    kind: str
    words: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class People:
    """Residents of one neighbourhood before and after, in range or not; after = before + change.

    in_range_before : None for a range on patients or on a later year, of whom no count of before is kept. in_range :
    None where the new files do not have those whom the range counts for every unit.
    """

    code: str
    name: str
    before: int
    after: int
    in_range_before: bool | None
    in_range: bool | None

    @property
    def change(self) -> int:
        """People more (or, negative, fewer): all of it new estimates, for no LSOA moves."""
        return self.after - self.before


@dataclass(frozen=True)
class Lists:
    """Patients on the lists of practices in the register, by cause; before + opened − closed + others = after."""

    before: int
    opened: int
    closed: int
    others: int
    after: int


@dataclass(frozen=True, eq=False)
class Refreshed:
    """The plan on the new evidence, and what changed. people, lists : None where the past is not known."""

    plan: Plan
    before: Plan
    colour: str
    reasons: tuple[Reason, ...]
    people: tuple[People, ...] | None
    lists: Lists | None
    compared_with: str
    people_basis: str

    @property
    def in_words(self) -> str:
        """The verdict in one sentence."""
        reds = sum(own.colour == "red" for own in self.reasons)
        ambers = sum(own.colour == "amber" for own in self.reasons)
        if self.colour == "green":
            return f"GREEN: “{self.plan.name}” stands as it was on the new files."
        told = [
            count(n, f"thing {what}", f"things {what}")
            for n, what in ((reds, "to decide"), (ambers, "to look at"))
            if n
        ]
        return f"{self.colour.upper()}: {' and '.join(told)}."


def refresh(plan: Plan, area: Area, past: Past | None = None) -> Refreshed:
    """The same boundaries, codes and decisions on `area`; past : what was known before, where it is.

    Raises PlanError where the plan names units that the new files do not have, saying which. The range is on the
    population that the plan counts; people before and after are residents.
    """
    check_fits(plan, area)
    after = on_evidence(plan, area)
    reasons: list[Reason] = [*_units(plan, area, past)]
    people = lists = None
    if past is None:
        reasons.append(
            Reason(
                "amber", "past", "What was known before is not: neither a look-up beside the plan nor --before. Only "
                "what holds now is said.",
            )
        )  # fmt: skip
        reasons += _unknown(after, area) or _now(after, area)
    else:
        people = _people(plan, area, past)
        reasons += [*_unknown(after, area), *_sizes(people, plan)]
        reasons += _codes("district", past.district, area) + _codes("icb", past.icb, area)
        reasons += _lines(plan, past.district, area)
        now = practices_of(plan, area)
        if past.practices is not None and now is not None:
            found, lists = _practices(plan, past.practices, now)
            reasons += found
    colour = max((own.colour for own in reasons), key=COLOURS.index, default="green")
    reasons.sort(key=lambda own: (-COLOURS.index(own.colour), own.kind, own.words))
    return Refreshed(
        after, plan, colour, tuple(reasons), people, lists, past.source if past else "", area.people_basis
    )  # fmt: skip


def _units(plan: Plan, area: Area, past: Past | None) -> Iterable[Reason]:
    known = set(past.residents) if past else {unit for unit, _ in plan.assignment}
    new = [unit for unit in area.codes if unit not in known]
    if new:
        yield Reason(
            "amber", "LSOAs", f"{count(len(new), 'LSOA')} of {area.name} {'was' if len(new) == 1 else 'were'} not "
            f"there before ({some(new)}); none was put into a neighbourhood.", tuple(new),
        )  # fmt: skip


def _unknown(plan: Plan, area: Area) -> list[Reason]:
    """Red where the range is on people whom the new files do not have: residents stand in for nobody's decision."""
    if not any(own.stand_in for own in standings(plan, area)):
        return []
    said = (
        f"The range is on {called(plan.criteria.count)}, whom the new files do not have for every LSOA: whether "
        "neighbourhoods are in range is not known."
    )
    return [Reason("red", "range", said)]


def _now(plan: Plan, area: Area) -> list[Reason]:
    return [Reason("red", "rules", fault.message) for fault in check(plan, area).criteria]


def _people(plan: Plan, area: Area, past: Past) -> tuple[People, ...]:
    now, standing = people_by_unit(area), {own.code: own for own in standings(plan, area)}
    low, high = plan.criteria.minimum, plan.criteria.maximum
    rows = []
    for code, units in plan.members().items():
        before = sum(past.residents.get(unit, 0) for unit in units)
        rows.append(
            People(
                code, plan.neighbourhood(code).name, before, sum(now[unit] for unit in units),
                low <= before <= high if plan.criteria.count == "residents" else None,
                None if standing[code].stand_in else standing[code].in_range,
            )
        )  # fmt: skip
    return tuple(rows)


def _sizes(people: Iterable[People], plan: Plan) -> list[Reason]:
    low, high = plan.criteria.minimum, plan.criteria.maximum
    found = []
    for own in people:
        told = f"{own.name} ({own.code}): {own.before:,} before, {own.after:,} now"
        if own.in_range is None:
            continue
        if own.in_range_before is None:
            if not own.in_range:
                words = f"{own.name} ({own.code}) is outside the range of {low:,} to {high:,} now, by the"
                said = f"{words} {called(plan.criteria.count)}; how it stood before is not known."
                found.append(Reason("amber", "range", said, (own.code,)))
        elif own.in_range_before and not own.in_range:
            found.append(Reason("red", "range", f"{told}; it leaves the range of {low:,} to {high:,}.", (own.code,)))
        elif own.in_range and not own.in_range_before:
            found.append(
                Reason("green", "range", f"{told}; it comes into the range of {low:,} to {high:,}.", (own.code,))
            )
        elif not own.in_range:
            found.append(
                Reason("green", "range", f"{told}; outside the range of {low:,} to {high:,}, as before.", (own.code,))
            )
        elif own.before and abs(own.change) > GROWS * own.before:
            share = own.change / own.before
            found.append(Reason("amber", "growth", f"{told}, {share:+.1%}; still in range.", (own.code,)))
    return found


def _codes(key: str, before: Mapping[str, str], area: Area) -> list[Reason]:
    """Districts or ICBs that bear another code, or whose LSOAs lie in another one; told by LSOAs, never by codes."""
    if key not in area.levels or not before:
        return []
    level = area.level(key)
    now = dict(zip(area.codes, level.assignment, strict=True))
    pairs = Counter((before[u], now[u]) for u in before if u in now)
    found = []
    for (old, new), units in sorted(pairs.items()):
        if old == new:
            continue
        whole = [b for a, b in pairs if a == old] == [new]
        alone = [a for a, b in pairs if b == new] == [old]
        name = level.names.get(new, new)
        if whole and alone:
            said, colour = f"{level.label} {old} bears the code {new} now ({name}); its LSOAs are the same.", "green"
        elif whole:
            said = f"{level.label} {old} went into {name} ({new}) with all its {count(units, 'LSOA')} here."
            colour = "amber"
        else:
            lie = "lies" if units == 1 else "lie"
            said = f"{count(units, 'LSOA')} of {level.label} {old} {lie} in {name} ({new}) now."
            colour = "amber"
        found.append(Reason(colour, key, said, (old, new)))
    return found


def _lines(plan: Plan, before: Mapping[str, str], area: Area) -> list[Reason]:
    """Neighbourhoods that lie across districts now and did not before."""
    now = dict(zip(area.codes, area.level("district").assignment, strict=True))
    names = area.level("district").names
    found = []
    for code, units in plan.members().items():
        then, here = ({of.get(unit, "") for unit in units} - {""} for of in (before, now))
        if len(then) == 1 and len(here) > 1:
            told = ", ".join(names.get(one, one) for one in sorted(here))
            found.append(
                Reason("red", "line", f"{plan.neighbourhood(code).name} ({code}) lies across {told} now.", (code,))
            )
    return found


def _practices(
    plan: Plan, before: Mapping[str, Practice], now: Mapping[str, Practice]
) -> tuple[list[Reason], Lists]:  # fmt: skip
    found = []
    opened, closed = sorted(now.keys() - before.keys()), sorted(before.keys() - now.keys())
    homes = {home.practice: home for home in plan.homes}
    for code in closed:
        own, into = before[code], _successor(before[code], before, now)
        told = f"{own.name or code} ({code}), {own.patients:,} patients, is no longer open"
        if into:
            told += f"; most of its patients seem to be with {into.name or into.code} ({into.code}) now, "
            told += "perhaps by a merger"
        decided = code in homes
        if decided:
            told += f"; its agreed home {homes[code].neighbourhood} has to be settled anew"
        found.append(Reason("red" if decided else "amber", "practice", f"{told}.", (code,)))
    for code in opened:
        own = now[code]
        found.append(
            Reason("amber", "practice", f"{own.name or code} ({code}), {own.patients:,} patients, is new.", (code,))
        )
    both = sorted(before.keys() & now.keys())
    for code in both:
        old, new = before[code].pcn, now[code].pcn
        if old != new:
            told = f"{now[code].name or code} ({code}) was in {old or 'no PCN'} and is in {new or 'no PCN'} now."
            found.append(Reason("amber", "pcn", told, (code,)))
    old_pcns, new_pcns = ({own.pcn for own in of.values()} - {""} for of in (before, now))
    for words, codes in (("gone", old_pcns - new_pcns), ("new", new_pcns - old_pcns)):
        found += [Reason("amber", "pcn", f"PCN {code} is {words}.", (code,)) for code in sorted(codes)]
    lists = Lists(
        before=sum(own.patients for own in before.values()),
        opened=sum(now[code].patients for code in opened),
        closed=sum(before[code].patients for code in closed),
        others=sum(now[code].patients - before[code].patients for code in both),
        after=sum(own.patients for own in now.values()),
    )
    return found, lists


def _successor(gone: Practice, before: Mapping[str, Practice], now: Mapping[str, Practice]) -> Practice | None:
    """The open practice whose list grew by most of the patients of a closed one, where these live; None for none."""
    best: tuple[int, Practice] | None = None
    for code, own in sorted(now.items()):
        was = before[code].here if code in before else {}
        gain = sum(min(n, max(0, own.here.get(d, 0) - was.get(d, 0))) for d, n in gone.here.items())
        if best is None or gain > best[0]:
            best = (gain, own)
    everyone = sum(gone.here.values())
    return best[1] if best is not None and everyone and best[0] >= MERGED * everyone else None

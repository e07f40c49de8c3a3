"""Edits: each takes a plan and gives a new one; nothing is changed in place, so undo is a list of plans.

Every function raises PlanError where it cannot do what was asked, saying which units or codes stand in the way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from boundaries.area import Area
from footprints.changes import reworded
from footprints.codes import new_codes
from footprints.colours import people_of, settle, touching
from footprints.errors import PlanError, some
from footprints.naming import propose_names
from footprints.plan import Home, Neighbourhood, Note, Plan, PlanLink, Task
from optimise.criteria import Criteria
from optimise.solution import DeclaredException
from optimise.words import count


def move(plan: Plan, area: Area, units: str | Iterable[str], to: str) -> Plan:
    """The plan with `units` (a code or several) in the neighbourhood `to`; "" leaves them unassigned.

    A neighbourhood that loses its last unit stays, empty, so that the way back is open. Where two neighbourhoods of one
    colour come to touch, the smaller changes its colour. Raises PlanError for unknown or locked units or target.
    """
    wanted = _units(units)
    _known(plan, area, wanted)
    where = plan.where()
    moving = [unit for unit in wanted if where.get(unit, "") != to]
    if to:
        plan.neighbourhood(to)
    _unlocked(plan, area, moving)
    for unit in moving:
        if to:
            where[unit] = to
        else:
            where.pop(unit, None)
    return settled(replace(plan, assignment=tuple(where.items())), area) if moving else plan


def rename(plan: Plan, code: str, name: str) -> Plan:
    """The plan with a new name for one neighbourhood, no longer provisional; the code stays.

    Raises PlanError where another neighbourhood has the name already.
    """
    own = plan.neighbourhood(code)
    same = [n.code for n in plan.neighbourhoods if n.code != code and n.name.casefold() == name.strip().casefold()]
    if same:
        raise PlanError(f"{same[0]} is called “{name.strip()}” already.", mend="Choose a name that is not taken.")
    return _put(plan, replace(own, name=name, provisional=False))


def rename_plan(plan: Plan, name: str) -> Plan:
    """The plan under another name."""
    return replace(plan, name=name)


def recolour(plan: Plan, code: str, colour: str, area: Area | None = None) -> Plan:
    """The plan with another colour ("#rrggbb") for one neighbourhood.

    area : when given, those that touch it in that colour take another, however large they are. Raises PlanError naming
    them where none is left for them.
    """
    changed = _put(plan, replace(plan.neighbourhood(code), colour=colour))
    if area is None:
        return changed
    where, fills = changed.where(), {n.code: n.colour for n in changed.neighbourhoods}
    beside = touching(where, area, changed.codes)
    same = sorted(other for other in beside[code] if fills[other] == fills[code])
    if not same:
        return changed
    fresh = settle(beside, people_of(where, area, changed.codes), {c: f for c, f in fills.items() if c not in same})
    if fresh[code] != fills[code]:
        names = some([changed.neighbourhood(other).name for other in same])
        raise PlanError(
            f"{names} {'has' if len(same) == 1 else 'have'} this colour, and no other is left for "
            f"{'it' if len(same) == 1 else 'them'}.",
            mend="Choose another colour, or give its neighbours other ones first.",
        )
    return replace(changed, neighbourhoods=tuple(replace(n, colour=fresh[n.code]) for n in changed.neighbourhoods))


def declare(plan: Plan, exceptions: Iterable[DeclaredException]) -> Plan:
    """The plan with further departures from its rules declared."""
    return replace(plan, exceptions=tuple(dict.fromkeys((*plan.exceptions, *exceptions))))


def set_place(plan: Plan, code: str, place: str) -> Plan:
    """The plan with one neighbourhood in a larger grouping such as "North"; "" for none."""
    return _put(plan, replace(plan.neighbourhood(code), place=place))


def lock(plan: Plan, units: str | Iterable[str]) -> Plan:
    """The plan with `units` locked: they stay where they are. Raises PlanError for units that are unassigned."""
    where, wanted = plan.where(), _units(units)
    loose = [unit for unit in wanted if unit not in where]
    if loose:
        raise PlanError(
            f"LSOAs in no neighbourhood cannot be locked: {some(loose)}.",
            mend="Assign them first.",
        )
    return replace(plan, locked=(*plan.locked, *wanted))


def unlock(plan: Plan, units: str | Iterable[str]) -> Plan:
    """The plan with `units` free to move again; those that were not locked are passed over."""
    free = set(_units(units))
    return replace(plan, locked=tuple(unit for unit in plan.locked if unit not in free))


def add_neighbourhood(plan: Plan, area: Area, name: str, units: str | Iterable[str] = ()) -> Plan:
    """The plan with one neighbourhood more, under a new code, holding `units` (which may be none as yet)."""
    wanted = _units(units)
    _known(plan, area, wanted)
    (code,) = new_codes(plan.prefix, 1, (*plan.codes, *plan.retired))
    where = plan.where()
    _unlocked(plan, area, [unit for unit in wanted if unit in where])
    made = Neighbourhood(code, name.strip() or code, _any_colour(plan), provisional=not name.strip())
    where |= dict.fromkeys(wanted, code)
    grown = replace(plan, neighbourhoods=(*plan.neighbourhoods, made), assignment=tuple(where.items()))
    return settled(grown, area, anew=(code,))


def remove_neighbourhood(plan: Plan, code: str) -> Plan:
    """The plan without an empty neighbourhood; its code is retired. Raises PlanError where units are left in it."""
    own = plan.neighbourhood(code)
    if plan.units_of(code):
        raise PlanError(
            f"{own.name} ({code}) still holds {count(len(plan.units_of(code)), 'LSOA')}.",
            mend="Move them, or merge it with another.",
        )
    return _without(plan, (code,), ())


def split(plan: Plan, area: Area, code: str, units: str | Iterable[str], names: tuple[str, str] = ("", "")) -> Plan:
    """The plan with a neighbourhood divided in two: `units` and the rest. Its code is retired; both parts get new ones.

    The part of `units` has the first of the two new codes and the first of `names` (blank: proposed). The larger part
    keeps the colour, the notes on the neighbourhood, and agreed homes of practices whose site is in neither part.
    """
    own, wanted = plan.neighbourhood(code), _units(units)
    inside = plan.units_of(code)
    strange = [unit for unit in wanted if unit not in inside]
    if strange:
        raise PlanError(f"LSOAs that are not in {own.name} ({code}): {some(strange)}.", mend="Choose LSOAs in it.")
    rest = [unit for unit in inside if unit not in set(wanted)]
    if not wanted or not rest:
        raise PlanError(
            f"A split of {own.name} ({code}) needs LSOAs on both sides.", mend="Choose some of its LSOAs, not all."
        )
    _unlocked(plan, area, inside)
    first, second = new_codes(plan.prefix, 2, (*plan.codes, *plan.retired))
    members = {first: wanted, second: rest}
    new_code = {unit: c for c, part in members.items() for unit in part}
    people = people_of(new_code, area, members)
    larger = max(members, key=lambda c: (people[c], c == first))
    others = [n.name for n in plan.neighbourhoods if n.code != code]
    said = {c: name.strip() for c, name in zip(members, names, strict=True)}
    proposed = propose_names(members, area, (*others, *(name for name in said.values() if name)))
    made = tuple(
        Neighbourhood(c, said[c] or proposed[c], own.colour, provisional=not said[c], place=own.place) for c in members
    )
    homes = tuple(
        replace(h, neighbourhood=new_code.get(_site(area, h), larger)) if h.neighbourhood == code else h
        for h in plan.homes
    )
    where = plan.where() | new_code
    cut = replace(_without(plan, (code,), made, where), homes=homes, notes=_renoted(plan, {code: larger}))
    cut = replace(cut, boundaries=reworded(plan, {code: larger}))
    cut = replace(cut, criteria=_refixed(plan.criteria, {code: new_code}))
    return settled(cut, area, anew=tuple(c for c in members if c != larger))


def merge(plan: Plan, area: Area, codes: Sequence[str], name: str = "") -> Plan:
    """The plan with several neighbourhoods made one. Their codes are retired; the whole gets a new code.

    A blank name is proposed. Colour and place are those of the neighbourhood with most residents. What was said of a
    line between them goes into the note on the whole.
    """
    old = tuple(sorted(set(codes)))
    if len(old) < 2:
        raise PlanError("A merger needs two or more neighbourhoods.", mend="Choose another to merge with.")
    parts = [plan.neighbourhood(code) for code in old]
    units = sorted(unit for unit, code in plan.assignment if code in old)
    _unlocked(plan, area, units)
    people = people_of(plan.where(), area, old)
    largest = max(parts, key=lambda n: (people[n.code], n.code))
    (code,) = new_codes(plan.prefix, 1, (*plan.codes, *plan.retired))
    others = [n.name for n in plan.neighbourhoods if n.code not in old]
    said = name.strip() or propose_names({code: units}, area, others)[code]
    made = Neighbourhood(code, said, largest.colour, provisional=not name.strip(), place=largest.place)
    where = plan.where() | dict.fromkeys(units, code)
    homes = tuple(replace(h, neighbourhood=code) if h.neighbourhood in old else h for h in plan.homes)
    name_of = {n.code: n.name for n in parts}
    inner = tuple(
        Note(code, f"The line between {name_of[b.first]} and {name_of[b.second]}: {b.why}")
        for b in plan.boundaries
        if b.first in name_of and b.second in name_of
    )
    whole = replace(
        _without(plan, old, (made,), where),
        homes=homes,
        notes=(*_renoted(plan, dict.fromkeys(old, code)), *inner),
        boundaries=reworded(plan, dict.fromkeys(old, code)),
        criteria=_refixed(plan.criteria, {c: dict.fromkeys(units, code) for c in old}),
    )
    return settled(whole, area)


def add_note(plan: Plan, code: str, text: str) -> Plan:
    """The plan with a remark on a unit or a neighbourhood, as a further line where there is one already."""
    return replace(plan, notes=(*plan.notes, Note(code, text)))


def set_note(plan: Plan, code: str, text: str) -> Plan:
    """The plan with this remark alone on a unit or a neighbourhood; blank takes it away."""
    return replace(plan, notes=(*(note for note in plan.notes if note.code != code), Note(code, text)))


def set_home(plan: Plan, practice: str, neighbourhood: str, reason: str = "") -> Plan:
    """The plan with a practice's agreed neighbourhood and the reason; "" takes the agreement away."""
    others = tuple(home for home in plan.homes if home.practice != practice)
    if not neighbourhood:
        return replace(plan, homes=others)
    plan.neighbourhood(neighbourhood)
    return replace(plan, homes=(*others, Home(practice, neighbourhood, reason)))


def set_task(plan: Plan, task: Task) -> Plan:
    """The plan with this task alone for a practice or PCN; one that says nothing takes it away."""
    return replace(plan, tasks=(*(own for own in plan.tasks if own.code != task.code), task))


def add_link(plan: Plan, area: Area, from_code: str, to_code: str, kind: str, note: str = "") -> Plan:
    """The plan with a declared connection between two units that share no border (bridge, ferry, causeway, tunnel)."""
    _known(plan, area, (from_code, to_code))
    a, b = sorted((from_code, to_code))
    return replace(plan, links=(*plan.links, PlanLink(a, b, kind, note)))


def duplicate(plan: Plan, name: str) -> Plan:
    """The same decision under another name, with this plan as its parent."""
    return replace(plan, name=name, parent=plan.id)


def _units(units: str | Iterable[str]) -> list[str]:
    return [units] if isinstance(units, str) else sorted(set(units))


def _known(plan: Plan, area: Area, units: Iterable[str]) -> None:
    known = set(area.codes)
    strange = [unit for unit in units if unit not in known]
    if strange:
        raise PlanError(f"LSOAs that are not in {area.name}: {some(strange)}.", mend="Choose LSOAs of the area.")


def _unlocked(plan: Plan, area: Area, units: Iterable[str]) -> None:
    locked = set(plan.locked)
    held = [unit for unit in units if unit in locked]
    if held:
        named = some([area.unit_label(unit) if unit in area.units.index else unit for unit in held], 3)
        raise PlanError(
            f"{len(held)} of these LSOAs {'is' if len(held) == 1 else 'are'} locked: {named}.",
            mend="Unlock first, or leave out.",
        )


def _put(plan: Plan, changed: Neighbourhood) -> Plan:
    return replace(plan, neighbourhoods=tuple(changed if n.code == changed.code else n for n in plan.neighbourhoods))


def _without(
    plan: Plan, retired: tuple[str, ...], made: tuple[Neighbourhood, ...], where: dict[str, str] | None = None
) -> Plan:
    left = tuple(n for n in plan.neighbourhoods if n.code not in retired)
    return replace(
        plan,
        neighbourhoods=(*left, *made),
        retired=(*plan.retired, *retired),
        assignment=plan.assignment if where is None else tuple(where.items()),
        homes=tuple(h for h in plan.homes if h.neighbourhood not in retired) if where is None else plan.homes,
        boundaries=tuple(b for b in plan.boundaries if not {b.first, b.second} & set(retired)),
    )


def _renoted(plan: Plan, new_code: dict[str, str]) -> tuple[Note, ...]:
    return tuple(replace(note, code=new_code.get(note.code, note.code)) for note in plan.notes)


def _refixed(criteria: Criteria, new_code: dict[str, dict[str, str]]) -> Criteria:
    """Units fixed to a retired code are fixed to the code that they have now."""
    fixed = tuple((unit, new_code.get(code, {}).get(unit, code)) for unit, code in criteria.locks.fixed)
    return replace(criteria, locks=replace(criteria.locks, fixed=fixed))


def _site(area: Area, home: Home) -> str:
    return str(area.practices.at[home.practice, "unit"]) if home.practice in area.practices.index else ""


def _any_colour(plan: Plan) -> str:
    return plan.neighbourhoods[0].colour if plan.neighbourhoods else "#0072b2"


def settled(plan: Plan, area: Area, anew: tuple[str, ...] = ()) -> Plan:
    """The plan with colours in order: touching neighbourhoods differ; those of `anew` get any that is free."""
    where, keep = plan.where(), {n.code: n.colour for n in plan.neighbourhoods if n.code not in anew}
    fills = settle(touching(where, area, plan.codes), people_of(where, area, plan.codes), keep)
    if all(fills[n.code] == n.colour for n in plan.neighbourhoods):
        return plan
    return replace(plan, neighbourhoods=tuple(replace(n, colour=fills[n.code]) for n in plan.neighbourhoods))

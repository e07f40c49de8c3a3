"""Another plan, or a lookup made elsewhere, taken over into a plan at hand; what is locked there stays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from boundaries.area import Area
from footprints.codes import new_codes
from footprints.edit import settled
from footprints.plan import Plan


def take_over(
    plan: Plan, area: Area, other: Plan, *, units: Iterable[str] | None = None, named: Iterable[str] = ()
) -> tuple[Plan, tuple[str, ...]]:
    """The plan with `units` (all of the area) where another plan has them, and the locked ones that differ: they stay.

    named : codes of `other` that were made up for a file of names. Neighbourhoods are the same by code where the code
    was in the file, else by name; others are added, and those that are emptied and not in `other` are retired. Names,
    notes, locks and criteria stay as they are in `plan`.
    """
    home = _homes_in(plan, other, set(named))
    wanted, before = other.where(), plan.where()
    locked, where, held = set(plan.locked), dict(before), []
    asked = sorted(set(area.codes if units is None else units))
    for unit in asked:
        to = home[wanted[unit]] if unit in wanted else ""
        if before.get(unit, "") == to:
            continue
        if unit in locked:
            held.append(unit)
        elif to:
            where[unit] = to
        else:
            del where[unit]
    added = {
        home[n.code]: replace(n, code=home[n.code]) for n in other.neighbourhoods if home[n.code] not in plan.codes
    }
    filled = set(where.values())
    taken = {n.name.casefold() for n in plan.neighbourhoods}
    made = [replace(n, name=n.name if n.name.casefold() not in taken else c) for c, n in added.items() if c in filled]
    gone = {c for c in set(before.values()) - filled if c not in home.values()}
    kept = tuple(n for n in plan.neighbourhoods if n.code not in gone)
    homes = tuple(h for h in plan.homes if h.neighbourhood not in gone)
    lines = tuple(b for b in plan.boundaries if not {b.first, b.second} & gone)
    after = replace(
        plan, assignment=tuple(where.items()), neighbourhoods=(*kept, *made), homes=homes, boundaries=lines,
        retired=(*plan.retired, *gone),
    )  # fmt: skip
    return settled(after, area, anew=tuple(n.code for n in made)), tuple(held)


def _homes_in(plan: Plan, other: Plan, named: set[str]) -> dict[str, str]:
    """Each neighbourhood of `other` -> its code in `plan`, which may be new."""
    home = {code: code for code in other.codes if code in plan.codes and code not in named}
    by_name = {n.name.casefold(): n.code for n in plan.neighbourhoods if n.code not in home}
    for one in other.neighbourhoods:
        if one.code not in home and one.name.casefold() in by_name:
            home[one.code] = by_name.pop(one.name.casefold())
    used = {*plan.codes, *plan.retired}
    home |= {c: c for c in other.codes if c not in home and c not in named and c not in used}
    left = [c for c in other.codes if c not in home]
    return home | dict(zip(left, new_codes(plan.prefix, len(left), (*used, *home.values())), strict=True))

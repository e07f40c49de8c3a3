"""What was changed by hand, by whom, when and why: written down with every edit, explained later, undone with it.

The plan carries it, so that the same plan gives the same `changes.csv` wherever it is exported.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.plan import Boundary, Change, Note, Plan, clean_text


def recorded(before: Plan, after: Plan, who: str, when: str, *, why: str = "", carry: bool = False) -> Plan:
    """`after` with an entry for every unit that it has elsewhere than `before`.

    A unit that is back where it was at first has none. carry : where no reason is given, that of the unit's entry
    before stays (a merger only renames what was explained).
    """
    was, now = before.where(), after.where()
    known = {one.unit: one for one in after.changes}
    why = clean_text(why, "The reason")
    moved = moved_between(before, after)
    for unit in moved:
        old, to = known.pop(unit, None), now.get(unit, "")
        origin = old.was if old else was.get(unit, "")
        if origin != to:
            said = why or (old.why if old and carry else "")
            known[unit] = Change(unit, origin, to, who, when, said)
    return replace(after, changes=tuple(known.values())) if moved else after


def moved_between(before: Plan, after: Plan) -> list[str]:
    """The units that lie elsewhere in `after` than in `before`, sorted."""
    both = list(zip(before.assignment, after.assignment, strict=False))
    if len(before.assignment) == len(after.assignment) and all(a is b or a[0] == b[0] for a, b in both):
        return [a[0] for a, b in both if a is not b and a[1] != b[1]]
    was, now = before.where(), after.where()
    return sorted(unit for unit in was.keys() | now.keys() if was.get(unit) != now.get(unit))


def changed(plan: Plan) -> tuple[Change, ...]:
    """Every unit that was moved by hand and lies elsewhere than at first, in code order.

    Where something else moved it again since, nobody is named: who, when and why are blank.
    """
    where, found = plan.where(), []
    for one in plan.changes:
        now = where.get(one.unit, "")
        if now == one.to != one.was:
            found.append(one)
        elif now != one.was:
            found.append(Change(one.unit, one.was, now))
    return tuple(found)


def explain(plan: Plan, area: Area, units: Iterable[str], why: str) -> Plan:
    """The plan with the reason for moving `units`; blank takes it away.

    Raises PlanError for units that did not move.
    """
    wanted, moved = set(units), {one.unit: one for one in changed(plan)}
    still = sorted(wanted - moved.keys())
    if still or not wanted:
        named = some([area.unit_label(unit) for unit in still], 3)
        raise PlanError(
            f"There is no change to explain: {named} {'lies' if len(still) == 1 else 'lie'} where the plan had them."
            if still
            else "There is no change to explain.",
            mend="Choose areas from the list of changes.",
        )
    why = clean_text(why, "The reason")
    said = {unit: replace(moved[unit], why=why) for unit in wanted}
    others = (one for one in plan.changes if one.unit not in wanted)
    return replace(plan, changes=(*others, *said.values()))


def explain_boundary(plan: Plan, codes: Iterable[str], who: str, when: str, why: str) -> Plan:
    """The plan with the reason for the line between two neighbourhoods; blank takes it away."""
    both = sorted(set(codes))
    if len(both) != 2:
        raise PlanError("A line lies between two neighbourhoods.", mend="Choose two.")
    for code in both:
        plan.neighbourhood(code)
    why = clean_text(why, "The reason")
    others = tuple(b for b in plan.boundaries if [b.first, b.second] != both)
    return replace(plan, boundaries=(*others, *((Boundary(both[0], both[1], who, when, why),) if why else ())))


def reworded(plan: Plan, new_code: dict[str, str]) -> tuple[Boundary, ...]:
    """Explained lines when neighbourhoods get other codes; without those that lie inside one of them now."""
    made: dict[tuple[str, str], Boundary] = {}
    for one in plan.boundaries:
        first, second = sorted((new_code.get(one.first, one.first), new_code.get(one.second, one.second)))
        if first == second:
            continue
        before = made.get((first, second))
        why = f"{before.why}\n{one.why}" if before else one.why
        made[first, second] = replace(one, first=first, second=second, why=why)
    return tuple(made.values())


def carried(then: Plan, now: Plan) -> Plan:
    """`then`, a step of the undo list, with what was said since: reasons, notes and locks are not undone.

    A reason stays with its change and goes when that is undone. What was said of a neighbourhood that is only in one of
    the two plans is as it is there.
    """
    said = {(c.unit, c.to, c.who, c.when): c.why for c in now.changes}
    since = [said.get((c.unit, c.to, c.who, c.when), c.why) for c in then.changes]
    changes = tuple(c if c.why == why else replace(c, why=why) for c, why in zip(then.changes, since, strict=True))
    gone, back = set(now.codes) - set(then.codes), set(then.codes) - set(now.codes)
    notes: list[Note] = [n for n in now.notes if n.code not in gone] + [n for n in then.notes if n.code in back]
    lines = [b for b in now.boundaries if not {b.first, b.second} & gone]
    lines += [b for b in then.boundaries if {b.first, b.second} & back]
    return replace(then, name=now.name, locked=now.locked, notes=tuple(notes), changes=changes, boundaries=tuple(lines))

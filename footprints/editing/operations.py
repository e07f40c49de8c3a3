"""Operations of the map editor: small messages that name areas by position and neighbourhoods by slot.

An operation becomes one verb of `footprints.edit` on the option's plan: the editor may do what anyone may do. What
was moved is written down with who did it and when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from boundaries.area import Area
from footprints import edit
from footprints.changes import explain, explain_boundary, moved_between, recorded
from footprints.editing.exceptions import forced
from footprints.editing.ranges import from_ranges
from footprints.editing.signing import NOBODY, Signature
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.shelf import Option
from optimise.words import count

LONGEST_TEXT = 2_000  # characters of a name or a note


class Slots:
    """Numbers for the neighbourhoods of an option, in the order in which they were first met; none is used again."""

    def __init__(self, codes: Sequence[str] = ()) -> None:
        self._slot = {code: slot for slot, code in enumerate(codes)}
        self._code = [*codes]

    @property
    def codes(self) -> list[str]:
        """All neighbourhoods that were ever met, by slot."""
        return [*self._code]

    def meet(self, plan: Plan) -> None:
        """Give a number to every neighbourhood that has none yet."""
        for code in plan.codes:
            if code not in self._slot:
                self._slot[code] = len(self._code)
                self._code.append(code)

    def slot(self, code: str) -> int:
        """The slot of a neighbourhood that was met; -1 for none ("")."""
        return self._slot[code] if code else -1

    def code(self, slot: object) -> str:
        """The neighbourhood of a slot; "" for -1. Raises PlanError for one that was never given."""
        if not isinstance(slot, int) or isinstance(slot, bool) or not -1 <= slot < len(self._code):
            raise PlanError("An edit is about a neighbourhood that is not there.", mend="Reload the page.")
        return self._code[slot] if slot >= 0 else ""


def apply(
    option: Option, area: Area, asked: Mapping[str, Any], slots: Slots, by: Signature = NOBODY
) -> tuple[Option, str]:
    """The option after one operation, and what was done in words; `by` is who did it, and when.

    Raises PlanError where it cannot be done.
    """
    kind = asked.get("op")
    verb = _VERBS.get(kind) if isinstance(kind, str) else None
    if verb is None:
        raise PlanError("An edit of a kind that this version does not know.", mend="Reload the page.")
    why, carry = _text(asked, "why"), kind in ("merge", "split")
    after, words = verb(option, area, {**asked, "by": by}, slots)
    if kind in ("undo", "redo") or after.plan is option.plan:
        return after, words
    plan = recorded(option.plan, after.plan, by.who, by.when, why=why, carry=carry)
    return (after if plan is after.plan else replace(after, plan=plan)), words


def _paint(option: Option, area: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    to = slots.code(asked.get("to"))
    units, plan = _units(area, asked), option.plan
    where, locked = plan.where(), set(plan.locked)
    moving = [unit for unit in units if where.get(unit, "") != to]
    held = [unit for unit in moving if unit in locked]
    free = [unit for unit in moving if unit not in locked]
    if held and not free:
        raise PlanError(f"{_areas(area, held)} {_is(held)} locked.", mend="Unlock first, or leave out.")
    if not free:
        return option, "Nothing changed: they are there already."
    after = edit.move(plan, area, free, to)
    words = f"Moved {_areas(area, free)} to {after.neighbourhood(to).name}" if to else f"Took out {_areas(area, free)}"
    left = f" {count(len(held), 'locked area')} {_was(held)} left out." if held else ""
    return option.edit(after, words), f"{words}.{left}{_recoloured(plan, after)}"


def _new(option: Option, area: Area, asked: Mapping[str, Any], _: Slots) -> tuple[Option, str]:
    after = edit.add_neighbourhood(option.plan, area, _text(asked, "name"), _units(area, asked))
    (code,) = set(after.codes) - set(option.plan.codes)
    words = f"Added {after.neighbourhood(code).name}"
    return option.edit(after, words), f"{words}.{_recoloured(option.plan, after)}"


def _merge(option: Option, area: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    codes = [slots.code(slot) for slot in _listed(asked, "slots")]
    old = " and ".join(option.plan.neighbourhood(code).name for code in codes)
    after = edit.merge(option.plan, area, codes, _text(asked, "name"))
    (code,) = set(after.codes) - set(option.plan.codes)
    words = f"Merged {old} into {after.neighbourhood(code).name}"
    return option.edit(after, words), f"{words}.{_recoloured(option.plan, after)}"


def _split(option: Option, area: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    code = slots.code(asked.get("slot"))
    old = option.plan.neighbourhood(code).name
    names = (_text(asked, "name"), _text(asked, "rest"))
    after = edit.split(option.plan, area, code, _units(area, asked), names)
    made = sorted(set(after.codes) - set(option.plan.codes))
    words = f"Split {old} into {' and '.join(after.neighbourhood(c).name for c in made)}"
    return option.edit(after, words), f"{words}.{_recoloured(option.plan, after)}"


def _rename(option: Option, _: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    code = slots.code(asked.get("slot"))
    old = option.plan.neighbourhood(code).name
    after = edit.rename(option.plan, code, _text(asked, "name"))
    words = f"Renamed {old} to {after.neighbourhood(code).name}"
    return option.edit(after, words), f"{words}."


def _recolour(option: Option, area: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    code = slots.code(asked.get("slot"))
    words = f"Changed the colour of {option.plan.neighbourhood(code).name}"
    after = edit.recolour(option.plan, code, _text(asked, "colour"), area)
    others = _recoloured(option.plan, after, but=code)
    return option.edit(after, words), f"{words}.{others}"


def _remove(option: Option, _: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    code = slots.code(asked.get("slot"))
    words = f"Removed {option.plan.neighbourhood(code).name}"
    return option.edit(edit.remove_neighbourhood(option.plan, code), words), f"{words}."


def _lock(option: Option, area: Area, asked: Mapping[str, Any], _: Slots) -> tuple[Option, str]:
    where, units = option.plan.where(), _units(area, asked)
    inside = [unit for unit in units if unit in where]
    loose = len(units) - len(inside)
    if units and not inside:
        raise PlanError("Areas in no neighbourhood cannot be locked.", mend="Assign them first.")
    left = f" {count(loose, 'area')} in no neighbourhood cannot be locked." if loose else ""
    return option.put(edit.lock(option.plan, inside)), f"Locked {_areas(area, inside)}.{left}"


def _unlock(option: Option, area: Area, asked: Mapping[str, Any], _: Slots) -> tuple[Option, str]:
    units = _units(area, asked)
    return option.put(edit.unlock(option.plan, units)), f"Unlocked {_areas(area, units)}."


def _note(option: Option, area: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    plan, text = option.plan, _text(asked, "text")
    if "units" in asked:
        about = _units(area, asked)
        name = _areas(area, about)
    else:
        about = [slots.code(asked.get("slot"))]
        name = plan.neighbourhood(about[0]).name
    for code in about:
        plan = edit.set_note(plan, code, text)
    return option.put(plan), f"{'Noted on' if text.strip() else 'Took the note off'} {name.rstrip(',')}."


def _why(option: Option, area: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    """The reason for the last edit, for some changed areas, or for the line between two neighbourhoods."""
    plan, text = option.plan, _text(asked, "text")
    did = "Wrote down why" if text.strip() else "Took the reason off"
    if "slots" in asked:
        codes = [slots.code(slot) for slot in _listed(asked, "slots")]
        names = " and ".join(plan.neighbourhood(code).name for code in codes)
        by: Signature = asked["by"]
        return option.put(explain_boundary(plan, codes, by.who, by.when, text)), f"{did}: the line between {names}."
    units = _units(area, asked) if "units" in asked else _last_moved(option)
    return option.put(explain(plan, area, units, text)), f"{did}: {_areas(area, units).rstrip(',')}."


def _last_moved(option: Option) -> list[str]:
    """What the last edit that can be undone moved. Raises PlanError where it moved nothing."""
    moved = moved_between(option.past[-1].plan, option.plan) if option.past else []
    if not moved:
        raise PlanError("The last edit moved no area.", mend="Choose areas from the list of changes.")
    return moved


def _declare(option: Option, area: Area, asked: Mapping[str, Any], slots: Slots) -> tuple[Option, str]:
    code = slots.code(asked.get("slot"))
    found = forced(option.plan, area, code)
    if not found:
        raise PlanError(
            f"{option.plan.neighbourhood(code).name} could be drawn within the rules, so it is no exception.",
            mend="Move areas, or change the range on the Propose page.",
        )
    words = f"Declared an exception for {option.plan.neighbourhood(code).name}"
    after = edit.declare(option.plan, found)
    return option.edit(after, words), f"{words}: {' '.join(one.message for one in found)}"


def _undo(option: Option, area: Area, _: Mapping[str, Any], __: Slots) -> tuple[Option, str]:
    after = option.undo()
    return after, f"Undone: {after.future[0].words or 'the last edit'}.{_recoloured(option.plan, after.plan)}"


def _redo(option: Option, area: Area, _: Mapping[str, Any], __: Slots) -> tuple[Option, str]:
    after = option.redo()
    return after, f"Done again: {after.past[-1].words or 'the edit'}.{_recoloured(option.plan, after.plan)}"


_VERBS: dict[str, Callable[[Option, Area, Mapping[str, Any], Slots], tuple[Option, str]]] = {
    "paint": _paint,
    "new": _new,
    "merge": _merge,
    "split": _split,
    "rename": _rename,
    "recolour": _recolour,
    "remove": _remove,
    "lock": _lock,
    "unlock": _unlock,
    "note": _note,
    "why": _why,
    "declare": _declare,
    "undo": _undo,
    "redo": _redo,
}


def _units(area: Area, asked: Mapping[str, Any]) -> list[str]:
    return [area.codes[at] for at in from_ranges(asked.get("units", ""), len(area.codes))]


def _text(asked: Mapping[str, Any], key: str) -> str:
    said = asked.get(key, "")
    if not isinstance(said, str) or len(said) > LONGEST_TEXT:
        raise PlanError(
            f"A name or note must be text of at most {LONGEST_TEXT:,} characters.",
            mend="Shorten it, and send it again.",
        )
    return said


def _listed(asked: Mapping[str, Any], key: str) -> list[Any]:
    said = asked.get(key)
    if not isinstance(said, list):
        raise PlanError("An edit did not say which neighbourhoods it is about.", mend="Reload the page.")
    return said


def _areas(area: Area, units: list[str]) -> str:
    """ "3 areas, 4,870 people", or one area by its name."""
    if len(units) == 1:
        return area.unit_label(units[0])
    inside = set(units)
    people = sum(int(n) for code, n in zip(area.codes, area.units["residents"], strict=True) if code in inside)
    return f"{count(len(units), 'area')}, {people:,} people,"


def _is(units: list[str]) -> str:
    return "is" if len(units) == 1 else "are"


def _was(units: list[str]) -> str:
    return "was" if len(units) == 1 else "were"


def _recoloured(before: Plan, after: Plan, but: str = "") -> str:
    """Which neighbourhoods had to take another colour, since two of one colour came to touch."""
    was = {n.code: n.colour for n in before.neighbourhoods}
    changed = [n.name for n in after.neighbourhoods if n.code != but and was.get(n.code, n.colour) != n.colour]
    return f" {', '.join(changed)} took another colour, to differ from its neighbours." if changed else ""

"""The undo list of an option, written as what each step differs in from the one after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from footprints.changes import moved_between
from footprints.exchange.plan_json import members_from
from footprints.plan import Change, Plan, document
from footprints.shelf import Step

_APART = ("assignment", "changes")  # long tables, of which a step changes a few rows


class Written:
    """Steps as they are written; each is worked out once for as long as it is in the undo list of some option."""

    def __init__(self) -> None:
        self._before: dict[tuple[int, int], tuple[Plan, Plan, dict[str, Any]]] = {}
        self._now: dict[tuple[int, int], tuple[Plan, Plan, dict[str, Any]]] = {}

    def turn(self) -> None:
        """The whole shelf has been written: forget what was not in it."""
        self._before, self._now = self._now, {}

    def written(self, steps: Sequence[Step], plan: Plan) -> list[dict[str, Any]]:
        """Steps, the nearest to `plan` first, each as its words and its differences to the plan before it here."""
        told, near = [], plan
        for step in steps:
            key = (id(near), id(step.plan))  # both are held here, so that their numbers are theirs
            known = self._before.get(key) or (near, step.plan, _difference(near, step.plan))
            self._now[key] = known
            told.append({"words": step.words, **known[2]})
            near = step.plan
        return told


def read(told: Iterable[Mapping[str, Any]], plan: Plan) -> list[Step]:
    """The steps of `written`. Raises PlanError, KeyError, TypeError or ValueError for what is none."""
    steps, near = [], plan
    for one in told:
        near = _changed(near, one)
        steps.append(Step(near, one["words"]))
    return steps


def _difference(plan: Plan, other: Plan) -> dict[str, Any]:
    """What of `other` is not as in `plan`: moved units, changes by unit (None: there is none), other members whole."""
    told: dict[str, Any] = {}
    if plan.assignment != other.assignment:
        now = other.where()
        told["moved"] = {unit: now.get(unit) for unit in moved_between(plan, other)}
    if plan.changes != other.changes:
        mine, its = set(map(id, plan.changes)), set(map(id, other.changes))  # steps share what is the same in them
        changes: dict[str, list[str] | None] = {c.unit: None for c in plan.changes if id(c) not in its}
        fresh = (c for c in other.changes if id(c) not in mine)
        told["changes"] = changes | {c.unit: [c.was, c.to, c.who, c.when, c.why] for c in fresh}
    rest = [f.name for f in fields(Plan) if f.name not in _APART and getattr(plan, f.name) != getattr(other, f.name)]
    if rest:
        whole = document(replace(other, assignment=(), changes=()))
        told["members"] = {key: whole.get(key, []) for key in rest}
    return told


def _changed(plan: Plan, told: Mapping[str, Any]) -> Plan:
    new: dict[str, Any] = members_from(told.get("members", {}), "a step of the undo list")
    if "moved" in told:
        where = {pair[0]: pair for pair in plan.assignment}
        for unit, code in told["moved"].items():
            if code is None:
                where.pop(unit, None)
            else:
                where[unit] = (unit, code)
        new["assignment"] = tuple(where.values())
    if "changes" in told:
        known = {c.unit: c for c in plan.changes}
        for unit, said in told["changes"].items():
            known.pop(unit, None)
            if said is not None:
                known[unit] = Change(unit, *said)
        new["changes"] = tuple(known.values())
    return replace(plan, **new)

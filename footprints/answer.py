"""The answer to a wish, and how a refusal is put: the cause, its reasons, and what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from boundaries.area import Area
from footprints.plan import Plan
from footprints.propose import plan_from_labels
from footprints.standing import people_by_unit
from optimise.asking.conflicts import Cause, Conflict
from optimise.asking.decide import State
from optimise.asking.feasibility import prospect
from optimise.asking.mends import Mend
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.problem import Problem

MOST_MENDS = 4


@dataclass(frozen=True)
class Changed:
    """A neighbourhood before and after: its name and people; "" and 0 where there is none on that side."""

    before: str
    people_before: int
    after: str
    people_after: int


@dataclass(frozen=True)
class Way:
    """A change that helps, in words ("with a maximum of 56,200 people"), and a plan with it (not the best: any)."""

    words: str
    plan: Plan


@dataclass(frozen=True)
class Answer:
    """The answer to a wish.

    state : yes, no or unknown. wish : the wish in words. headline : the answer in one sentence; lines : what follows
    from it. plan : with yes, the plan to take (the plan at hand where `already`); base : what it was compared with.
    changed : neighbourhoods that change. best : the best plan with the wish, where it is another. causes : with no,
    rules that do not go together, each cause irreducible where `proven`. reasons : why, with places and numbers. ways :
    what helps, the smallest change first; each does alone, unless `all_needed`.
    """

    state: State
    wish: str
    headline: str
    lines: tuple[str, ...] = ()
    already: bool = False
    plan: Plan | None = None
    base: Plan | None = None
    best: Plan | None = None
    changed: tuple[Changed, ...] = ()
    people_moved: int = 0
    causes: tuple[tuple[str, ...], ...] = ()
    proven: bool = True
    reasons: tuple[str, ...] = ()
    ways: tuple[Way, ...] = ()
    all_needed: bool = False


def refusal(area: Area, said: str, conflict: Conflict, plan: Plan | None, called: Mapping[str, str]) -> Answer:
    """The answer no. said : the wish in words. called : what to call units, by code."""
    causes = tuple(tuple(rule.words for rule in cause.rules) for cause in conflict.causes)
    first = causes[0]
    if len(first) == 1:
        headline = f"No: {first[0]} cannot be done."
    elif len(first) == 2:
        headline = f"No: {first[1]} does not go with {first[0]}."
    else:
        headline = f"No: these cannot all be kept: {'; '.join(first[:-1])}; and {first[-1]}."
    proven = all(cause.proven for cause in conflict.causes)
    lines = []
    if proven and len(first) > 1:
        lines.append("That is proven, and every one of them matters: without any one of them, the others can be kept.")
    elif not proven:
        doubtful = [rule.words for cause in conflict.causes for rule in cause.doubtful]
        lines.append(f"That there is no plan is proven; whether it needs all of these is not: {'; '.join(doubtful)}.")
    mends = conflict.mends[:MOST_MENDS] or conflict.together
    ways = tuple(Way(_mend_in_words(mend), _mended(area, mend, plan)) for mend in mends)
    if ways and conflict.mends:
        lines.append(f"It works {ways[0].words}.")
    elif ways:
        lines.append(f"It works {' and '.join(way.words for way in ways)}.")
    else:
        lines.append("No single change that helps was found.")
    reasons = tuple(
        dict.fromkeys(
            said
            for cause in conflict.causes
            for said in (*_sizes(area, cause, called), *(reason.message for reason in cause.reasons))
        )
    )
    return Answer(
        State.NO, said, headline, tuple(lines), causes=causes, proven=proven, reasons=reasons, ways=ways,
        all_needed=not conflict.mends,
    )  # fmt: skip


def _sizes(area: Area, cause: Cause, called: Mapping[str, str]) -> list[str]:
    """How many people live in the places that a cause is to keep together, where it has a maximum in it."""
    people = people_by_unit(area)
    said = []
    for rule in cause.rules if any(rule.kind == "maximum" for rule in cause.rules) else ():
        for units in rule.locks.together:
            total: dict[str, int] = {}
            for unit in units:
                place = called.get(unit, "the rest")
                total[place] = total.get(place, 0) + people[unit]
            if len(total) > 1:
                each = ", ".join(f"{place} {n:,}" for place, n in total.items())
                said.append(f"Residents: {each}; together {sum(total.values()):,}.")
    return said


def _mend_in_words(mend: Mend) -> str:
    words = mend.words
    if mend.value is None or mend.rule.kind == "number":
        return f"{words}, the nearest number that works" if mend.smallest and mend.value is not None else words
    if mend.smallest:
        return f"{words}, and no less of a change will do"
    if mend.fails is not None and mend.fails not in (mend.criteria.minimum, mend.criteria.maximum):
        side = "or less" if mend.rule.kind == "maximum" else "or more"
        return f"{words} ({mend.fails:,} {side} is proven not to do)"
    return words


def _mended(area: Area, mend: Mend, plan: Plan | None) -> Plan:
    labels = {unit: int(d) for unit, d in zip(area.codes, mend.labels, strict=True)}
    made = plan_from_labels(area, labels, mend.criteria, f"{mend.words[0].upper()}{mend.words[1:]}", parent=plan)
    return replace(made, exceptions=declared(build_problem(area, mend.criteria), mend.criteria))


def declared(problem: Problem, criteria: Criteria) -> tuple[Any, ...]:
    """Departures from the rules that these criteria take, as declared before solving."""
    return prospect(problem, criteria).exceptions


def changes_between(
    area: Area, before: Plan, after: Plan, matching: Sequence[tuple[str, str, int]]
) -> tuple[Changed, ...]:
    """Neighbourhoods whose areas are not the same, most people first."""
    people = people_by_unit(area, after.criteria.count)
    old, new = before.members(), after.members()
    pair = {a: b for a, b, _ in matching}
    rows = [(a, pair.get(a, "")) for a in old if old[a]] + [("", b) for b in new if b not in pair.values()]
    called = [{n.code: n.name for n in plan.neighbourhoods} | {"": ""} for plan in (before, after)]
    made = [
        Changed(
            called[0][a], sum(people[u] for u in old.get(a, ())), called[1][b], sum(people[u] for u in new.get(b, ()))
        )
        for a, b in rows
        if old.get(a, ()) != new.get(b, ())
    ]
    return tuple(sorted(made, key=lambda c: (-max(c.people_before, c.people_after), c.before, c.after)))

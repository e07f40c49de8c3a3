"""The rules of a question that have a price: each as the same question with the rule taken out, or added."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from optimise.criteria import Criteria, Locks
from optimise.problem import Problem

Kind = Literal["within", "keep_whole", "band", "number", "together", "apart", "fixed", "frozen", "locks"]
WIDER = 10_000  # people by which the band is widened on each side
MOST_LOCKS = 8  # priced one by one; what is more is priced together
THOUGHT_OF: tuple[tuple[Kind, str], ...] = (("within", "district"), ("keep_whole", "ward"), ("keep_whole", "msoa"))


@dataclass(frozen=True)
class Principle:
    """A rule. `other` : the criteria without it where it is in force, with it where it is not.

    level : key of the level, of "within" and "keep_whole". units : codes that a lock names. code : the neighbourhood of
    "fixed" and "frozen". count : of "locks", how many are taken out together.
    """

    key: str
    kind: Kind
    in_force: bool
    other: Criteria
    level: str = ""
    units: tuple[str, ...] = ()
    code: str = ""
    count: int = 1


def principles(problem: Problem, criteria: Criteria) -> tuple[Principle, ...]:
    """Every rule in force: nesting and keep-whole levels, band, number, locks; then those a planner would think of.

    The number stands with the criteria as they are: it is freed, not changed. A level of which the place holds only one
    group has no price and is left out, and so is one that is crossed at a price where the rule would be added.
    """
    found = [_level(criteria, "within", key, True) for key in criteria.within]
    found += [_level(criteria, "keep_whole", key, True) for key in criteria.keep_whole]
    low, high = max(1, criteria.minimum - WIDER), criteria.maximum + WIDER
    found.append(Principle("band", "band", True, replace(criteria, minimum=low, maximum=high)))
    found.append(Principle("number", "number", True, criteria))
    found += _locks(criteria)
    for kind, key in THOUGHT_OF:
        taken = (*criteria.within, *criteria.penalise) if kind == "within" else criteria.keep_whole
        if key in problem.levels and key not in taken:
            found.append(_level(criteria, kind, key, False))
    return tuple(rule for rule in found if not rule.level or _groups(problem, rule.level) > 1)


def _level(criteria: Criteria, kind: Kind, key: str, in_force: bool) -> Principle:
    before = criteria.within if kind == "within" else criteria.keep_whole
    after = tuple(level for level in before if level != key) if in_force else (*before, key)
    if kind == "keep_whole":
        return Principle(f"keep_whole:{key}", kind, in_force, replace(criteria, keep_whole=after), key)
    # Joins and numbers by nest name nests that are not there when the levels change.
    other = replace(criteria, within=after, joins=(), neighbourhoods=None)
    return Principle(f"within:{key}", kind, in_force, other, key)


def _locks(criteria: Criteria) -> list[Principle]:
    locks = criteria.locks
    single: list[tuple[Kind, str, tuple[str, ...], Locks]] = []
    for code in sorted({code for _, code in locks.fixed}):
        units = tuple(sorted(unit for unit, own in locks.fixed if own == code))
        single.append(("fixed", code, units, Locks(fixed=tuple(pair for pair in locks.fixed if pair[1] == code))))
    single += [("together", "", tuple(group), Locks(together=(group,))) for group in dict.fromkeys(locks.together)]
    single += [("apart", "", pair, Locks(apart=(pair,))) for pair in dict.fromkeys(locks.apart)]
    single += [("frozen", code, units, Locks(frozen=((code, units),))) for code, units in locks.frozen]
    shown = single if len(single) <= MOST_LOCKS else single[: MOST_LOCKS - 1]
    found = []
    for kind, code, units, own in shown:
        other = replace(criteria, locks=_less(locks, own))
        found.append(Principle(f"{kind}:{code or '+'.join(units)}", kind, True, other, units=units, code=code))
    rest = single[len(shown) :]
    if rest:
        left = locks
        for _, _, _, own in rest:
            left = _less(left, own)
        named = tuple(sorted({unit for _, _, units, _ in rest for unit in units}))
        found.append(Principle("locks", "locks", True, replace(criteria, locks=left), units=named, count=len(rest)))
    return found


def _less(locks: Locks, out: Locks) -> Locks:
    return Locks(
        fixed=tuple(pair for pair in locks.fixed if pair not in out.fixed),
        together=tuple(group for group in locks.together if group not in out.together),
        apart=tuple(pair for pair in locks.apart if pair not in out.apart),
        frozen=tuple(own for own in locks.frozen if own not in out.frozen),
    )


def _groups(problem: Problem, key: str) -> int:
    return len(np.unique(problem.levels[key].group)) if key in problem.levels else 0

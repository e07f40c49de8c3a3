"""The rules of a question, each of which the planner can take back, and the criteria with only some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from optimise.counting import whom
from optimise.criteria import Criteria, Locks
from optimise.problem import Problem
from optimise.splitting.nesting import arrange

Kind = Literal["minimum", "maximum", "number", "within", "whole", "lock", "one piece"]


@dataclass(frozen=True)
class Wish:
    """Locks that were asked for as one thing, in the planner's words: "keep Ely with Littleport together"."""

    words: str
    locks: Locks


@dataclass(frozen=True)
class Rule:
    """One rule of a question. key : unique. words : "a maximum of 55,000 people". code : of the level or the district
    that it is about, or "". locks : of kind "lock".
    """

    key: str
    kind: Kind
    words: str
    code: str = ""
    locks: Locks = field(default_factory=Locks)


def rules_of(problem: Problem, criteria: Criteria, wishes: Sequence[Wish] = ()) -> tuple[Rule, ...]:
    """Every rule of the criteria, those that explain least first: the order in which the filter tries to do without.

    wishes : locks of the criteria that belong together; the other locks are rules on their own.
    """
    rules = [
        Rule(f"whole:{key}", "whole", f"keeping every {_label(problem, key)} whole", key) for key in criteria.keep_whole
    ]
    left = _without(criteria.locks, wishes)
    rules += [
        Rule(f"frozen:{code}", "lock", f"{code} staying exactly as it is", code, Locks(frozen=((code, units),)))
        for code, units in left.frozen
    ]
    by_code: dict[str, list[tuple[str, str]]] = {}
    for unit, code in left.fixed:
        by_code.setdefault(code, []).append((unit, code))
    rules += [
        Rule(f"fixed:{code}", "lock", f"{_places(problem, [u for u, _ in ps])} in {code}", code, Locks(fixed=tuple(ps)))
        for code, ps in sorted(by_code.items())
    ]
    rules += [
        Rule(f"together:{n}", "lock", f"keeping {_places(problem, units)} together", "", Locks(together=(units,)))
        for n, units in enumerate(left.together, 1)
    ]
    rules += [
        Rule(f"apart:{n}", "lock", f"keeping {_places(problem, pair)} apart", "", Locks(apart=(pair,)))
        for n, pair in enumerate(left.apart, 1)
    ]
    rules += [
        Rule(f"within:{key}", "within", f"keeping to {_label(problem, key)} lines", key) for key in criteria.within
    ]
    rules.append(Rule("one piece", "one piece", "every neighbourhood being in one piece"))
    rules.append(Rule("minimum", "minimum", f"a minimum of {criteria.minimum:,} {whom(criteria.count)}"))
    rules.append(Rule("maximum", "maximum", f"a maximum of {criteria.maximum:,} {whom(criteria.count)}"))
    if isinstance(criteria.neighbourhoods, int):
        rules.append(Rule("number", "number", f"having {neighbourhoods(criteria.neighbourhoods)}"))
    elif criteria.neighbourhoods:
        rules += [
            Rule(
                f"number:{code}", "number", f"having {neighbourhoods(k)} in {group_name(problem, criteria, code)}", code
            )
            for code, k in criteria.neighbourhoods
        ]
    rules += [Rule(f"wish:{n}", "lock", wish.words, "", wish.locks) for n, wish in enumerate(wishes, 1)]
    return tuple(rules)


def keep(problem: Problem, criteria: Criteria, rules: Iterable[Rule]) -> tuple[Criteria, bool]:
    """The criteria with only these rules, and whether neighbourhoods are in one piece.

    Without a minimum one person is enough, and small districts stay joined as they are; without a maximum everybody may
    be in one. Numbers by district, and joins, go when a level of their districts goes.
    """
    kept = list(rules)
    keys = {rule.key for rule in kept}
    within = tuple(key for key in criteria.within if f"within:{key}" in keys)
    numbers: int | tuple[tuple[str, int], ...] | None = criteria.neighbourhoods
    if isinstance(numbers, int):
        numbers = numbers if "number" in keys else None
    elif numbers is not None:
        same = within == criteria.within
        numbers = tuple((c, k) for c, k in numbers if same and f"number:{c}" in keys) or None
    joins = criteria.joins if within == criteria.within else ()
    if "minimum" not in keys and within and within == criteria.within:
        joins = _joins_made(problem, criteria)
    locks = merged(rule.locks for rule in kept if rule.kind == "lock")
    return (
        replace(
            criteria,
            minimum=criteria.minimum if "minimum" in keys else 1,
            maximum=criteria.maximum if "maximum" in keys else max(criteria.maximum, int(problem.people.sum())),
            neighbourhoods=numbers,
            within=within,
            penalise=criteria.penalise,
            keep_whole=tuple(key for key in criteria.keep_whole if f"whole:{key}" in keys),
            joins=joins,
            locks=locks,
        ),
        "one piece" in keys,
    )


def merged(locks: Iterable[Locks]) -> Locks:
    """All locks as one. Raises CriteriaError where they contradict each other on their face."""
    listed = list(locks)
    return Locks(
        fixed=tuple(sorted({pair for one in listed for pair in one.fixed})),
        together=tuple(dict.fromkeys(group for one in listed for group in one.together)),
        apart=tuple(dict.fromkeys(pair for one in listed for pair in one.apart)),
        frozen=tuple(sorted({entry for one in listed for entry in one.frozen})),
    )


def _without(locks: Locks, wishes: Sequence[Wish]) -> Locks:
    """The locks that belong to no wish."""
    own = merged(wish.locks for wish in wishes)
    return Locks(
        fixed=tuple(pair for pair in sorted(locks.fixed) if pair not in own.fixed),
        together=tuple(group for group in locks.together if group not in own.together),
        apart=tuple(pair for pair in locks.apart if pair not in own.apart),
        frozen=tuple(entry for entry in sorted(locks.frozen) if entry not in own.frozen),
    )


def _joins_made(problem: Problem, criteria: Criteria) -> tuple[tuple[str, str], ...]:
    """The joins of small districts as they stand, as if they had been asked for, in an order that can be followed."""
    made = list(criteria.joins)
    for nest in arrange(problem, criteria).nests:
        done = {nest.codes[0]}
        left = [code for code in nest.codes[1:] if code not in {a for a, _ in criteria.joins}]
        near = _touching(problem, criteria)
        while left:
            code = next((c for c in left if near.get(c, set()) & done), None)
            if code is None:
                break
            made.append((code, nest.codes[0]))
            done.add(code)
            left.remove(code)
    return tuple(made)


def _touching(problem: Problem, criteria: Criteria) -> dict[str, set[str]]:
    """Groups of the nesting levels, by code, and those they touch."""
    levels = [problem.levels[key] for key in criteria.within]
    code = [
        "+".join(lv.codes[lv.group[i]] if lv.group[i] >= 0 else "–" for lv in levels) for i in range(len(problem.codes))
    ]
    near: dict[str, set[str]] = {}
    for a, b in problem.edges.tolist():
        if code[a] != code[b]:
            near.setdefault(code[a], set()).add(code[b])
            near.setdefault(code[b], set()).add(code[a])
    return near


def _label(problem: Problem, key: str) -> str:
    level = problem.levels.get(key)
    label = level.label if level is not None else key
    return label if label.isupper() else label[0].lower() + label[1:]


def group_name(problem: Problem, criteria: Criteria, code: str) -> str:
    """What the group of a nesting level is called."""
    for key in criteria.within:
        level = problem.levels[key]
        if code in level.codes:
            return level.names[level.codes.index(code)]
    return code


def _places(problem: Problem, units: Sequence[str]) -> str:
    at = {code: i for i, code in enumerate(problem.codes)}
    names = list(dict.fromkeys(problem.names[at[u]] for u in units if u in at))
    shown = names if len(names) <= 3 else [*names[:2], f"{len(names) - 2:,} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else "nothing"


def neighbourhoods(k: int) -> str:
    """A number of neighbourhoods, in words."""
    return f"{k:,} neighbourhood{'' if k == 1 else 's'}"

"""Why a question has no answer: an irreducible cause among the rules that were asked for, and what would mend it.

A rule is one thing the planner can take back: a limit, a number, a level not to cross or to keep whole, one lock, and
(so that the answer says whether shape matters) that every neighbourhood is in one piece. A cause is a set of rules
that has no plan, while taking out any one of them leaves a set that has one. It is found by the deletion filter
(Chinneck and Dravnieks, ORSA J. Computing 3, 1991): rules are taken out, many at a time at first, as long as what is
left has no plan. `optimise.oracle` answers each question with a checked plan, a proof, or "not known"; a cause whose
answers are not all known says so.

A mend is a change of one rule under which all that was asked has a plan, which is at hand. For limits and numbers the
nearest is looked for; it is called the smallest only where all nearer ones are proven not to work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import networkx as nx

from optimise.build import add_links
from optimise.criteria import Criteria, Locks
from optimise.decide import State
from optimise.nesting import arrange
from optimise.oracle import Oracle, Verdict
from optimise.problem import Ints, Problem
from optimise.solution import Reason

Kind = Literal["minimum", "maximum", "number", "within", "whole", "lock", "one piece"]
STRETCHES = (1.0, 1.05, 1.15, 1.4)  # of a limit, tried in turn where a place is too large to look closely
LOOKS, FEW_LOOKS = 20, 6  # questions put to the oracle while one limit is narrowed down
FARTHEST = 12  # how far from the number asked for another one is looked for
MOST_REASONS = 3
SMALL = 60  # units up to which a limit is narrowed down to one person


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


@dataclass(frozen=True, eq=False)
class Mend:
    """A change of one rule under which everything else that was asked for has a plan.

    criteria : with the change. value : the new limit or number, None where a rule is dropped. smallest : every nearer
    value is proven to have no plan. fails : for a limit, the nearest value proven to have none (None: not known).
    change : its size, as a share of the limit, or in thousands of people's lock; for the order only. labels : its plan.
    """

    rule: Rule
    words: str
    criteria: Criteria
    value: int | None
    smallest: bool
    fails: int | None
    change: float
    labels: Ints


@dataclass(frozen=True, eq=False)
class Cause:
    """Rules that cannot all be kept. proven : it is shown that they have no plan and that each is needed for that;
    `doubtful` are those of which the second is not shown. reasons : why, with places and numbers.
    """

    rules: tuple[Rule, ...]
    reasons: tuple[Reason, ...]
    doubtful: tuple[Rule, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether it is irreducible for certain."""
        return not self.doubtful


@dataclass(frozen=True, eq=False)
class Conflict:
    """What stands against a question.

    state : NO with causes, YES (`verdict` has a plan), UNKNOWN. causes : one, or several where mending the first does
    not do. mends : single changes that do alone, smallest first; () where none does. together : changes that do when
    made all at once, one for each cause, where no single one does; () when none was found.
    """

    state: State
    verdict: Verdict
    causes: tuple[Cause, ...] = ()
    mends: tuple[Mend, ...] = ()
    together: tuple[Mend, ...] = ()


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
    rules.append(Rule("minimum", "minimum", f"a minimum of {criteria.minimum:,} people"))
    rules.append(Rule("maximum", "maximum", f"a maximum of {criteria.maximum:,} people"))
    if isinstance(criteria.neighbourhoods, int):
        rules.append(Rule("number", "number", f"having {_count(criteria.neighbourhoods)}"))
    elif criteria.neighbourhoods:
        rules += [
            Rule(f"number:{code}", "number", f"having {_count(k)} in {_group_name(problem, criteria, code)}", code)
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


def explain(
    problem: Problem,
    criteria: Criteria,
    wishes: Sequence[Wish] = (),
    *,
    oracle: Oracle | None = None,
    tell: Callable[[str], None] | None = None,
) -> Conflict:
    """Whether the criteria have a plan, and if not, the cause and what would mend it."""
    asked = oracle or Oracle(problem)
    say = tell or (lambda _: None)
    verdict = asked.ask(criteria)
    if verdict.state is not State.NO:
        return Conflict(verdict.state, verdict)
    rules = rules_of(problem, criteria, wishes)
    say("Finding out what stands in the way")
    causes = [_cause(asked, criteria, rules, verdict)]
    say("Looking for the smallest change that helps")
    mends = _mends(asked, criteria, rules, causes[0])
    together: list[Mend] = []
    if not mends:
        causes, together = _several(asked, criteria, rules, causes[0])
    return Conflict(State.NO, verdict, tuple(causes), mends, tuple(together))


def _ask(oracle: Oracle, criteria: Criteria, rules: Iterable[Rule]) -> Verdict:
    kept, connected = keep(oracle.problem, criteria, rules)
    return oracle.ask(kept, connected=connected)


def _cause(oracle: Oracle, criteria: Criteria, rules: Sequence[Rule], verdict: Verdict) -> Cause:
    """The deletion filter, by halves at first; then every member once more, against what is left."""
    left, last = list(rules), verdict
    size = max(1, len(left) // 2)
    while True:
        at = 0
        while at < len(left):
            fewer = left[:at] + left[at + size :]
            told = _ask(oracle, criteria, fewer) if fewer else None
            if told is not None and told.state is State.NO:
                left, last = fewer, told
            else:
                at += size
        if size == 1:
            break
        size = max(1, size // 2)
    # Rules are not quite free of one another (a number by district goes with its level), so each is shown anew.
    doubtful: list[Rule] = []
    for rule in list(left):
        fewer = [r for r in left if r is not rule]
        told = _ask(oracle, criteria, fewer) if fewer else None
        if told is not None and told.state is State.NO:
            left, last = fewer, told
            doubtful = [r for r in doubtful if r in left]
        elif told is not None and told.state is State.UNKNOWN:
            doubtful.append(rule)
    return Cause(tuple(left), last.reasons[:MOST_REASONS], tuple(doubtful))


def _several(oracle: Oracle, criteria: Criteria, rules: Sequence[Rule], first: Cause) -> tuple[list[Cause], list[Mend]]:
    """Further causes, each found after a rule of the one before is dropped, and drops that do when made all at once."""
    causes, dropped, left = [first], list[Rule](), list(rules)
    while len(causes) <= len(rules):
        rule = _least_missed(causes[-1])
        if rule is None:
            return causes, []
        dropped.append(rule)
        left = [r for r in left if r is not rule]
        told = _ask(oracle, criteria, left)
        if told.state is State.YES and told.labels is not None:
            for back in list(dropped):  # what was dropped early may not have been needed
                again = _ask(oracle, criteria, [r for r in rules if r is back or r not in dropped])
                if again.state is State.YES and again.labels is not None:
                    dropped.remove(back)
                    told = again
            kept, _ = keep(oracle.problem, criteria, [r for r in rules if r not in dropped])
            assert told.labels is not None  # noqa: S101 (for the type checker)
            return causes, [Mend(r, f"without {r.words}", kept, None, False, None, 1.0, told.labels) for r in dropped]
        if told.state is State.UNKNOWN:
            return causes, []
        causes.append(_cause(oracle, criteria, left, told))
    return causes, []


def _least_missed(cause: Cause) -> Rule | None:
    """The rule that is dropped to look further: the last lock, else a number, else a level; "one piece" never."""
    for kind in ("lock", "number", "whole", "within", "maximum", "minimum"):
        found = [rule for rule in cause.rules if rule.kind == kind]
        if found:
            return found[-1]
    return None


def _mends(oracle: Oracle, criteria: Criteria, rules: Sequence[Rule], cause: Cause) -> tuple[Mend, ...]:
    found: list[Mend | None] = []
    for rule in cause.rules:
        if rule.kind == "maximum":
            found.append(_limit(oracle, criteria, rule, up=True))
        elif rule.kind == "minimum":
            found.append(_limit(oracle, criteria, rule, up=False))
        elif rule.kind == "number":
            found.append(_number(oracle, criteria, rules, rule))
        elif rule.kind == "one piece":
            found.append(_links(oracle, criteria, rule))
        else:
            found.append(_drop(oracle, criteria, rules, rule))
    if not any(rule.kind == "one piece" for rule in cause.rules):
        found.append(_links(oracle, criteria, Rule("links", "one piece", "no links across water")))
    known = [mend for mend in found if mend is not None]
    return tuple(sorted(known, key=lambda mend: (mend.change, mend.rule.key)))


def _drop(oracle: Oracle, criteria: Criteria, rules: Sequence[Rule], rule: Rule) -> Mend | None:
    left = [r for r in rules if r is not rule]
    told = _ask(oracle, criteria, left)
    if told.state is not State.YES or told.labels is None:
        return None
    change = {"lock": 0.2, "whole": 0.3, "within": 0.4}.get(rule.kind, 0.5)
    kept, _ = keep(oracle.problem, criteria, left)
    return Mend(rule, f"without {rule.words}", kept, None, False, None, change, told.labels)


def _links(oracle: Oracle, criteria: Criteria, rule: Rule) -> Mend | None:
    """The links across water that are proposed and not used."""
    problem = oracle.problem
    if criteria.accept_links or not problem.proposed_links:
        return None
    linked = add_links(problem, ((a, b, kind) for a, b, kind, _, _ in problem.proposed_links))
    other = replace(criteria, accept_links=True)
    told = Oracle(linked, oracle.should_stop, oracle.called).ask(other)
    if told.state is not State.YES or told.labels is None:
        return None
    words = " and ".join(words for *_, words in problem.proposed_links)
    return Mend(rule, f"with {words} used as if it were a border", other, None, False, None, 0.15, told.labels)


def _number(oracle: Oracle, criteria: Criteria, rules: Sequence[Rule], rule: Rule) -> Mend | None:
    """The nearest number that has a plan, more or fewer; the fewer of two as near."""
    free = _ask(oracle, criteria, [r for r in rules if r is not rule])
    if free.state is State.NO:
        return None
    numbers = criteria.neighbourhoods
    now = numbers if isinstance(numbers, int) else dict(numbers or ())[rule.code]
    people = oracle.problem.people
    most = min(len(people), now + FARTHEST)
    smallest = True
    for step in range(1, FARTHEST + 1):
        for k in (now - step, now + step):
            if not 1 <= k <= most:
                continue
            other = replace(criteria, neighbourhoods=_with_number(numbers, rule.code, k))
            told = oracle.ask(other, quick=step > 1)
            if told.state is State.YES and told.labels is not None:
                where = f" in {_group_name(oracle.problem, criteria, rule.code)}" if rule.code else ""
                words = f"with {_count(k)}{where}"
                return Mend(rule, words, other, k, smallest, None, 0.08 * step, told.labels)
            smallest &= told.state is State.NO
    return None


def _limit(oracle: Oracle, criteria: Criteria, rule: Rule, *, up: bool) -> Mend | None:
    """The nearest maximum (minimum) that has a plan, by halving between what is known to fail and what works."""
    name = "maximum" if up else "minimum"
    now = criteria.maximum if up else criteria.minimum
    far = max(now, int(oracle.problem.people.sum())) if up else 1

    def changed(value: int) -> Criteria:
        return replace(criteria, maximum=value) if up else replace(criteria, minimum=value)

    small = len(oracle.problem.codes) <= SMALL
    hint = max(oracle.ask(criteria).needed, _heaviest(oracle.problem, criteria)) if up else 0
    first = hint if hint > now else now
    ahead = [far] if small else [round(first * s) if up else round(first / s) for s in STRETCHES]
    ahead = [value for value in dict.fromkeys(max(1, min(v, far) if up else v) for v in ahead) if value != now]
    grain = 1 if small else max(1, now // 100)
    fails = low = now  # proven to have no plan; not worth asking again
    good, asked, labels = far, far, None
    for _ in range(LOOKS if small else FEW_LOOKS):
        if labels is None and not ahead:
            return None
        if labels is not None and abs(good - low) <= grain:
            break
        value = ahead.pop(0) if labels is None else hint if low < hint < good else (good + low) // 2
        told = oracle.ask(changed(value), quick=not small)
        hint = told.needed if up else 0
        if told.state is State.YES and told.labels is not None:
            labels, asked, good = told.labels, value, _reached(oracle.problem, criteria, told.labels, value, up)
        else:
            low, fails = value, value if told.state is State.NO else fails
    if labels is None:
        return None
    if not up and oracle.ask(changed(good), quick=not small).state is not State.YES:
        good = asked  # at another minimum other districts may be joined
    works = changed(good)
    sure = abs(good - fails) == 1
    change = abs(good - now) / max(1, now)
    return Mend(rule, f"with a {name} of {good:,} people", works, good, sure, fails, change, labels)


def _heaviest(problem: Problem, criteria: Criteria) -> int:
    """People of the largest group that locks keep together: no maximum below that will do."""
    by_code: dict[str, list[str]] = {}
    for unit, code in criteria.locks.fixed:
        by_code.setdefault(code, []).append(unit)
    graph = nx.Graph()
    for units in (*criteria.locks.together, *by_code.values()):
        nx.add_path(graph, units)
    people = dict(zip(problem.codes, problem.people.tolist(), strict=True))
    return max((sum(people[u] for u in group) for group in nx.connected_components(graph)), default=0)


def _reached(problem: Problem, criteria: Criteria, labels: Ints, value: int, up: bool) -> int:
    """The limit that a plan really needs: its largest (smallest) neighbourhood among those that the limit is about."""
    kept = {frozenset(units) for _, units in criteria.locks.frozen}
    sizes = []
    for d in range(int(labels.max()) + 1):
        inside = (labels == d).nonzero()[0]
        if frozenset(problem.codes[i] for i in inside.tolist()) not in kept:
            sizes.append(int(problem.people[inside].sum()))
    if up:
        return min(value, max([criteria.target, *sizes]))
    fair = [size for size in sizes if size >= value]  # a declared undersized piece is no measure
    return max(value, min([criteria.target, *fair]))


def _with_number(
    numbers: int | tuple[tuple[str, int], ...] | None, code: str, k: int
) -> int | tuple[tuple[str, int], ...]:
    return tuple((c, k if c == code else n) for c, n in numbers) if isinstance(numbers, tuple) else k


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


def _group_name(problem: Problem, criteria: Criteria, code: str) -> str:
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


def _count(k: int) -> str:
    return f"{k:,} neighbourhood{'' if k == 1 else 's'}"

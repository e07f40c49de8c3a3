"""What would mend a question that has no answer: the nearest change of one rule under which all else has a plan.

For limits and numbers the nearest value is looked for, with a few questions where the place is large. It is called the
smallest only where all nearer ones are proven not to work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import networkx as nx

from optimise.asking.decide import State
from optimise.asking.oracle import Oracle, Verdict
from optimise.asking.rules import Rule, group_name, keep, neighbourhoods
from optimise.build import add_links
from optimise.counting import whom
from optimise.criteria import Criteria
from optimise.problem import Ints, Problem

STRETCHES = (1.0, 1.05, 1.15, 1.4)  # of a limit, tried in turn where a place is too large to look closely
LOOKS, FEW_LOOKS = 20, 6  # questions put to the oracle while one limit is narrowed down
FARTHEST = 12  # how far from the number asked for another one is looked for
SMALL = 60  # units up to which a limit is narrowed down to one person


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


def mends_of(oracle: Oracle, criteria: Criteria, rules: Sequence[Rule], cause: Sequence[Rule]) -> tuple[Mend, ...]:
    """Single changes of rules of a cause that do alone, the smallest first."""
    found: list[Mend | None] = []
    for rule in cause:
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
    if not any(rule.kind == "one piece" for rule in cause):
        found.append(_links(oracle, criteria, Rule("links", "one piece", "no links across water")))
    known = [mend for mend in found if mend is not None]
    return tuple(sorted(known, key=lambda mend: (mend.change, mend.rule.key)))


def _drop(oracle: Oracle, criteria: Criteria, rules: Sequence[Rule], rule: Rule) -> Mend | None:
    left = [r for r in rules if r is not rule]
    told = ask_with(oracle, criteria, left)
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
    free = ask_with(oracle, criteria, [r for r in rules if r is not rule])
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
                where = f" in {group_name(oracle.problem, criteria, rule.code)}" if rule.code else ""
                words = f"with {neighbourhoods(k)}{where}"
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
    return Mend(rule, f"with a {name} of {good:,} {whom(criteria.count)}", works, good, sure, fails, change, labels)


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


def ask_with(oracle: Oracle, criteria: Criteria, rules: Iterable[Rule]) -> Verdict:
    """Whether the criteria with only these rules have a plan."""
    kept, connected = keep(oracle.problem, criteria, rules)
    return oracle.ask(kept, connected=connected)

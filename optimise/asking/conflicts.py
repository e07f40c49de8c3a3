"""Why a question has no answer: an irreducible cause among the rules that were asked for, and what would mend it.

A rule is one thing the planner can take back: a limit, a number, a level not to cross or to keep whole, one lock, and
(so that the answer says whether shape matters) that every neighbourhood is in one piece. A cause is a set of rules that
has no plan, while taking out any one of them leaves a set that has one. It is found by the deletion filter (Chinneck
and Dravnieks, ORSA J. Computing 3, 1991): rules are taken out, many at a time at first, as long as what is left has no
plan. `optimise.asking.oracle` answers each question with a checked plan, a proof, or "not known"; a cause whose answers
are not all known says so.

What would mend it is looked for in `optimise.asking.mends`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from optimise.asking.decide import State
from optimise.asking.mends import Mend, ask_with, mends_of
from optimise.asking.oracle import Oracle, Verdict
from optimise.asking.rules import Rule, Wish, keep, rules_of
from optimise.criteria import Criteria
from optimise.problem import Problem
from optimise.solution import Reason

MOST_REASONS = 3


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
    mends = mends_of(asked, criteria, rules, causes[0].rules)
    together: list[Mend] = []
    if not mends:
        causes, together = _several(asked, criteria, rules, causes[0])
    return Conflict(State.NO, verdict, tuple(causes), mends, tuple(together))


def _cause(oracle: Oracle, criteria: Criteria, rules: Sequence[Rule], verdict: Verdict) -> Cause:
    """The deletion filter, by halves at first; then every member once more, against what is left."""
    left, last = list(rules), verdict
    size = max(1, len(left) // 2)
    while True:
        at = 0
        while at < len(left):
            fewer = left[:at] + left[at + size :]
            told = ask_with(oracle, criteria, fewer) if fewer else None
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
        told = ask_with(oracle, criteria, fewer) if fewer else None
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
        told = ask_with(oracle, criteria, left)
        if told.state is State.YES and told.labels is not None:
            for back in list(dropped):  # what was dropped early may not have been needed
                again = ask_with(oracle, criteria, [r for r in rules if r is back or r not in dropped])
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

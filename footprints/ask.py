"""Can we, and why not: a wish in names of places is answered by a plan and what it costs, or by what stands in its way.

Yes: the plan that changes fewest people's neighbourhood against the plan at hand (`optimise.asking.nearest`), beside
the best plan with the wish; where there is no plan at hand, against the best plan without the wish. No: an irreducible
cause and changes that help, each with a plan (`optimise.asking.conflicts`). Not known: that is said, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.answer import Answer, Changed, changes_between, declared, refusal
from footprints.check import check
from footprints.compare import compare
from footprints.plan import Plan
from footprints.propose import keeping_locks, plan_from_labels, proposal_of
from footprints.wishes import Wishes, locked
from optimise.asking.conflicts import Conflict, explain
from optimise.asking.decide import State
from optimise.asking.nearest import Nearest, nearest
from optimise.asking.oracle import Oracle
from optimise.asking.rules import Wish, merged
from optimise.build import build_problem
from optimise.criteria import Criteria, Locks
from optimise.pool.tasks import Task, value_of
from optimise.pool.workers import Workers
from optimise.problem import Ints, Problem
from optimise.score import best_centre, terms
from optimise.solution import Solution
from optimise.solve import solve
from optimise.words import count

SECONDS = 4
CHANGES = ("neighbourhoods", "minimum", "maximum", "target")
Tell = Callable[[str, float | None], None]


def question(
    area: Area,
    base: Criteria,
    wishes: Wishes,
    changes: Mapping[str, Any],
    plan: Plan | None = None,
    locks: Locks | None = None,
) -> tuple[Criteria, tuple[Wish, ...], dict[str, str]]:
    """The criteria with the wish in them, the wishes as locks, and what to call units.

    locks : further locks of the wish, as from a lock file. changes : of CHANGES, those that are asked for; a target
    that is not among them follows the limits where it must.

    Raises CriteriaError or DataError for what cannot be meant.
    """
    made, called = locked(area, wishes, plan)
    asked = {key: changes[key] for key in CHANGES if changes.get(key) is not None}
    if "target" not in asked:
        low, high = asked.get("minimum", base.minimum), asked.get("maximum", base.maximum)
        asked["target"] = min(max(base.target, low), high)
    criteria = keeping_locks(base, plan)
    # What the wish puts somewhere comes before what was fixed there.
    more = locks or Locks()
    wished = {unit for one in (more, *(wish.locks for wish in made)) for unit, _ in one.fixed}
    own = replace(criteria.locks, fixed=tuple(pair for pair in criteria.locks.fixed if pair[0] not in wished))
    return replace(criteria, **asked, locks=merged([own, more, *(wish.locks for wish in made)])), made, called


def ask(
    area: Area,
    base: Criteria,
    wishes: Wishes,
    changes: Mapping[str, Any] | None = None,
    *,
    locks: Locks | None = None,
    plan: Plan | None = None,
    seconds: int = SECONDS,
    processes: int | None = None,
    tell: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Answer:
    """Answer a wish. base : the criteria without it, as `resolve` gives them. locks : of the wish, beside `wishes`, as
    from a lock file. plan : the plan at hand, or None.

    seconds : the work for each solve. Raises CriteriaError or DataError for what cannot be meant or found.
    """
    say: Tell = tell or (lambda words, fraction: None)
    criteria, made, called = question(area, base, wishes, changes or {}, plan, locks)
    said = _wish_in_words(base, criteria, made, locks, changes or {})
    criteria = replace(criteria, seconds=seconds)
    say("Looking for any plan with it", 0.05)
    problem = build_problem(area, criteria)
    if plan is not None:
        as_asked = replace(plan, criteria=criteria)
        if check(as_asked, area).holds and len(plan.assignment) == len(area.codes):
            return Answer(State.YES, said, "Yes: your plan has this already.", (), True, as_asked, as_asked)
    conflict = explain(
        problem, criteria, made, oracle=Oracle(problem, should_stop, called), tell=lambda words: say(words, 0.2)
    )
    if conflict.state is State.NO:
        return refusal(area, said, conflict, plan, called)
    return _Yes(area, base, criteria, problem, said, plan, seconds, processes, say, should_stop).answer(conflict)


class _Yes:
    """A wish that nothing forbids: the plans to compare, and the answer from them."""

    def __init__(
        self,
        area: Area,
        base: Criteria,
        criteria: Criteria,
        problem: Problem,
        said: str,
        plan: Plan | None,
        seconds: int,
        processes: int | None,
        say: Tell,
        should_stop: Callable[[], bool] | None,
    ) -> None:
        self.area, self.base, self.criteria, self.problem = area, replace(base, seconds=seconds), criteria, problem
        self.said, self.plan, self.processes, self.say, self.should_stop = said, plan, processes, say, should_stop
        self.residents = max(1, int(problem.residents.sum()))
        self.enough = False

    def answer(self, conflict: Conflict) -> Answer:
        """Both solves share the processes, as does the search for the plan that changes least, once it can begin."""
        with Workers(self.processes) as workers, ThreadPoolExecutor(2, "solve") as threads:
            try:
                return self._answer_with(conflict, workers, threads)
            finally:
                self.enough = True

    def _answer_with(self, conflict: Conflict, workers: Workers, threads: ThreadPoolExecutor) -> Answer:
        def solving(problem: Problem, criteria: Criteria) -> Future[Solution]:
            return threads.submit(solve, problem, criteria, should_stop=self._stop, workers=workers)

        before, without = self.plan, None
        first = solving(build_problem(self.area, self.base), self.base) if before is None else None
        asked = solving(self.problem, self.criteria)
        if first is not None:
            self.say("Making the best plans with it and without it", 0.3)
            without = first.result()
            before = proposal_of(self.area, self.base, without, name="Without the wish").plan
            if before is not None and check(replace(before, criteria=self.criteria), self.area).holds:
                own = replace(before, criteria=self.criteria, name="Best plan")
                return Answer(
                    State.YES, self.said, "Yes: the best plan has this already, without asking for it.",
                    (self._score_line(own, without),), True, own, own,
                )  # fmt: skip
        self.say("Looking for the plan that changes least", 0.6)
        close = self._nearest(before, workers)
        solution = asked.result()
        best = proposal_of(self.area, self.criteria, solution, name="Best plan with it", parent=before).plan
        if best is None and conflict.verdict.labels is not None:
            best = self._plan(conflict.verdict.labels, "A plan with it", before, conflict)
        near = None if close is None else self._plan(close.labels, "Fewest people change", before, None)
        if near is not None and not check(near, self.area).holds:
            near = None
        if best is None and near is None:
            return Answer(
                State.UNKNOWN, self.said,
                "Not known: no plan with this was found, and it is not proven that there is none.",
                tuple(reason.message for reason in conflict.verdict.reasons),
            )  # fmt: skip
        chosen = near or best
        assert chosen is not None  # noqa: S101 (for the type checker)
        other = best if chosen is near else None
        fewest = close.moved if chosen is near and close is not None and close.fewest else -1
        return self._answer(chosen, before, other, solution, without, [p for p in (best, near) if p], fewest)

    def _answer(
        self,
        chosen: Plan,
        before: Plan | None,
        other: Plan | None,
        solution: Solution,
        without: Solution | None,
        plans: Sequence[Plan],
        fewest: int,
    ) -> Answer:
        lines, changed, moved = [], tuple[Changed, ...](), 0
        headline = "Yes."
        if before is not None:
            change = compare([replace(before, name="before"), replace(chosen, name="after")], self.area).changes[0]
            moved = change.people_moved
            share, units = f"{change.share_moved:.1%}", count(change.units_moved, "area")
            against = "your plan" if self.plan is not None else "the best plan without it"
            headline = (
                f"Yes: {count(moved, 'person', 'people')} ({share}) in {units} would be in another neighbourhood than "
                f"in {against}."
            )
            changed = changes_between(self.area, before, chosen, change.matching)
            if fewest == moved:
                lines.append("No plan in which each neighbourhood keeps the area at its heart moves fewer people.")
        price = self._price(plans, solution, without)
        if price is not None and self.plan is None:
            lines.append(price)
        lines.append(self._score_line(chosen, solution, before if self.plan is not None else None))
        if other is not None and before is not None and other.assignment != chosen.assignment:
            again = compare([replace(before, name="before"), replace(other, name="after")], self.area).changes[0]
            lines.append(
                f"The best plan with it scores {self._score(other) / self.residents:.2f} {self._unit()} a person, but "
                f"{count(again.people_moved, 'person', 'people')} would be in another neighbourhood."
            )
        if self.criteria.target != self.base.target:
            lines.append(f"The target is {self.criteria.target:,} people here, since it has to lie in the range.")
        return Answer(State.YES, self.said, headline, tuple(lines), False, chosen, before, other, changed, moved)

    def _stop(self) -> bool:
        return self.enough or (self.should_stop is not None and self.should_stop())

    def _nearest(self, before: Plan | None, workers: Workers) -> Nearest | None:
        if before is None or len(before.assignment) < len(self.area.codes):
            return None
        codes = sorted({code for _, code in before.assignment})
        where = before.where()
        labels = np.array([codes.index(where[unit]) for unit in self.area.codes], dtype=np.int64)
        task = Task(nearest, (self.problem, self.criteria, labels), hears=True)
        (told,) = workers.run([task], should_stop=self._stop)
        found: Nearest | None = value_of(told)
        return found

    def _plan(
        self,
        labels: Ints,
        name: str,
        before: Plan | None,
        conflict: Conflict | None,
    ) -> Plan:
        where = {unit: int(d) for unit, d in zip(self.area.codes, labels, strict=True)}
        made = plan_from_labels(self.area, where, self.criteria, name, parent=before)
        stated = conflict.verdict.exceptions if conflict is not None else declared(self.problem, self.criteria)
        return replace(made, exceptions=stated)

    def _score(self, plan: Plan) -> float:
        """Travel, size and lines crossed, as in the proofs, in person-km (or squared)."""
        frozen = {unit for _, units in self.criteria.locks.frozen for unit in units}
        groups = [[u for u in units if u not in frozen] for units in plan.members().values()]
        at = {code: i for i, code in enumerate(self.problem.codes)}
        labels = np.full(len(at), -1, dtype=np.int64)
        centres: list[int] = []
        for units in (g for g in groups if g):
            inside = np.array([at[u] for u in units], dtype=np.int64)
            labels[inside] = len(centres)
            centres.append(best_centre(self.problem, self.criteria, inside))
        return sum(term.value for term in terms(self.problem, self.criteria, labels, centres) if term.proven)

    def _unit(self) -> str:
        return "km²" if self.criteria.distance == "km2" else "km"

    def _score_line(self, plan: Plan, solution: Solution | None, before: Plan | None = None) -> str:
        score, unit = self._score(plan) / self.residents, self._unit()
        words = f"Distance and size together: {score:.2f} {unit} a person"
        if before is not None and len(before.assignment) == len(self.area.codes):
            words += f", {self._score(before) / self.residents:.2f} {unit} in your plan"
        bound = min(solution.bound / self.residents, score) if solution is not None else 0.0
        if bound > 0 and np.isfinite(bound):
            words += f"; no plan with this can be below {_down(bound)} {unit}"
        return f"{words}."

    def _price(self, plans: Sequence[Plan], solution: Solution, without: Solution | None) -> str | None:
        """What the wish costs at best, as an interval whose ends are proven."""
        if without is None or without.objective is None or self.criteria.target != self.base.target:
            return None
        found = [self._score(plan) for plan in plans] + [
            v for v in (solution.objective, solution.best_primary) if v is not None
        ]
        before = [v for v in (without.objective, without.best_primary) if v is not None]
        if not found or not np.isfinite(solution.bound) or not np.isfinite(without.bound):
            return None
        low, high = (solution.bound - min(before)) / self.residents, (min(found) - without.bound) / self.residents
        if self.criteria.neighbourhoods == self.base.neighbourhoods:
            low = max(0.0, low)  # the wish only takes plans away
        unit = self._unit()
        if high <= 0.005 and low >= -0.005:
            return f"It costs nothing that shows: less than 0.01 {unit} a person (proven)."
        if low < 0:
            worse = _up(max(high, 0.0))
            return f"Without the wish it is at most {_up(-low)} {unit} a person worse, and {worse} better (proven)."
        return f"The wish costs between {_down(low)} and {_up(high)} {unit} a person, whatever the plan (proven)."


def _wish_in_words(
    base: Criteria, criteria: Criteria, wishes: Sequence[Wish], locks: Locks | None, changes: Mapping[str, Any]
) -> str:
    parts = [wish.words for wish in wishes] + (["the locks of the file"] if locks else [])
    if criteria.neighbourhoods != base.neighbourhoods and isinstance(criteria.neighbourhoods, int):
        parts.append(count(criteria.neighbourhoods, "neighbourhood"))
    elif criteria.neighbourhoods != base.neighbourhoods and isinstance(criteria.neighbourhoods, tuple):
        parts.append(", ".join(f"{count(k, 'neighbourhood')} in {code}" for code, k in criteria.neighbourhoods))
    if criteria.minimum != base.minimum:
        parts.append(f"none under {criteria.minimum:,} people")
    if criteria.maximum != base.maximum:
        parts.append(f"none over {criteria.maximum:,} people")
    if "target" in changes:
        parts.append(f"a target of {criteria.target:,} people")
    return ", ".join(parts)


def _down(value: float) -> str:
    """Rounded so that "at least" stays true."""
    return f"{np.floor(value * 100 + 1e-9) / 100:.2f}"


def _up(value: float) -> str:
    """Rounded so that "at most" stays true."""
    return f"{np.ceil(value * 100 - 1e-9) / 100:.2f}"

"""Other good plans: valid under the same criteria, nearly as good as the best, far from it and each other by people.

Each part of a solved problem gets a pool of plans (`optimise.variety.pools`); whole plans are put together from the
pools (`optimise.variety.choosing`); each is handed back as a Solution with its own value and the bound that was proven
before, which holds for every plan of these parts and so for each of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from optimise.budget import Steps, share
from optimise.criteria import Criteria
from optimise.pool.workers import Workers
from optimise.problem import Ints, Part, Problem
from optimise.run import Run
from optimise.score import secondary
from optimise.searching.search import Found, canonical
from optimise.solution import EXACT, PartResult, Solution, Status, StoppedBy
from optimise.splitting.presolve import make_part
from optimise.stages import Outcome, as_found
from optimise.variety.choosing import Choice, Pool, choose
from optimise.variety.difference import Difference, difference, people_moved
from optimise.variety.pools import Effort, bases_of, chunks, distinct, effort, serve, spread_out, tries
from optimise.words import count, percent

WITHIN, APART = 0.02, 0.10
PART_SHARE = 5.0  # one part may give up at most this many times the share that the whole plan may
TRIES_AT_ONCE = 4
STAYS_AWAY = 0.9  # secondary terms are not served where that takes a plan back to the first one

Tell = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Alternative:
    """A whole plan. solution : its assignment, value and terms, with the gap to the bound that was proven before.

    change : from the first plan, by residents. apart : the smallest share of residents moved from any plan before it
    (0 for the first).
    """

    solution: Solution
    change: Difference
    apart: float


@dataclass(frozen=True)
class Alternatives:
    """What was found. found : the best plan first. wanted : how many were asked for, the first one included.

    within : the most that a value may lie above `best`, the lowest primary value known, as a fraction. apart : the
    least share of residents that any two must put elsewhere. improved : the first plan is better than the one that the
    search began with, and takes its place. tried : the number of runs.
    """

    found: tuple[Alternative, ...]
    wanted: int
    best: float
    within: float
    apart: float
    improved: bool
    tried: int

    @property
    def in_words(self) -> str:
        """How many there are, and that too few found is not a proof that there are no more."""
        others, rule = len(self.found) - 1, f"within {percent(self.within)} of the best value known"
        moved = f"at least {percent(self.apart)} of residents in another neighbourhood"
        if others >= self.wanted - 1:
            return f"{count(others, 'other plan')} {rule}, any two with {moved}."
        said = count(others, "other plan") if others else "No other plan"
        verb = "were" if others > 1 else "was"
        return (
            f"{said} {rule} and with {moved} {verb} found in {count(self.tried, 'run')}; {self.wanted - 1:,} "
            f"{'was' if self.wanted == 2 else 'were'} asked for. That does not prove that there are no more."
        )


@dataclass(eq=False)
class _Place:
    """One part on its way: what is known of it and what was found."""

    part: Part
    residents: Ints
    outcome: Outcome
    effort: Effort
    steps: Steps
    cap: float
    found: list[Found] = field(default_factory=list)
    plans: list[tuple[Found, Found]] = field(default_factory=list)

    @property
    def plan(self) -> Found:
        return _known(self.outcome.plan)

    @property
    def lowest(self) -> float:
        return min([_known(self.outcome.best).value, *(own.value for pair in self.plans for own in pair)])


def alternatives(
    problem: Problem,
    criteria: Criteria,
    solution: Solution,
    wanted: int,
    *,
    within: float = WITHIN,
    apart: float = APART,
    tell: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
    processes: int | None = None,
) -> Alternatives:
    """`wanted` plans, the best one first: each with a value of at most (1 + within) times the best primary value known,
    and any two with at least the share `apart` of residents in different neighbourhoods under the best pairing.

    solution : of this problem and these criteria, with a plan. Fewer come back where fewer were found, never a near
    copy. Repeatable, the same with any number of processes, unless stopped. Raises ValueError when the solution has no
    plan, or the numbers cannot be meant.
    """
    if solution.assignment is None or solution.objective is None:
        raise ValueError("other plans can be looked for only beside a plan")
    if wanted < 1 or not 0 < within <= 1 or not 0 < apart < 1:
        raise ValueError("wanted must be 1 or more, within and apart fractions above 0")
    tell = tell or _quiet
    stop = should_stop or _never
    with Workers(processes) as workers:
        run = Run(problem, criteria, None, None, workers)
        places = _places(problem, criteria, run, solution, within)
        tried = _fill(places, workers, criteria.seed, tell, stop)
        _serve(places, workers, criteria, tell, stop)
    improved = _improve(places, criteria)
    lowest = [place.lowest for place in places]
    best = float(sum(lowest))
    pools = [_pool(place, low) for place, low in zip(places, lowest, strict=True)]
    residents = int(problem.residents.sum())
    chosen = choose(pools, within * best, wanted, int(np.ceil(apart * residents)))
    first = _solution(run, solution, places, chosen[0], best, stop()) if improved else solution
    others = [_solution(run, solution, places, choice, best, stop()) for choice in chosen[1:]]
    return Alternatives(
        found=tuple(_described(problem, [first, *(own for own in others if own.assignment is not None)])),
        wanted=wanted,
        best=best,
        within=within,
        apart=apart,
        improved=improved,
        tried=tried,
    )


def _places(problem: Problem, criteria: Criteria, run: Run, solution: Solution, within: float) -> list[_Place]:
    """The parts of the solution with its plan in them; the number of neighbourhoods of each is the one it was given."""
    labels = np.asarray(solution.assignment, dtype=np.int64)
    steps = share(criteria.seconds, [len(t.found.bundles) if t.k > 1 else 1 for t in run.tasks])
    best = sum(part.best_primary or 0.0 for part in solution.parts)
    places = []
    for task, known, own in zip(run.tasks, solution.parts, steps, strict=True):
        part = make_part(problem, criteria, task.found, known.neighbourhoods, task.name)
        node_labels = np.zeros(len(part.people), dtype=np.int64)
        node_labels[part.node_of] = labels[part.units]
        plan = as_found(part, canonical(node_labels))
        least = min(plan.value, known.best_primary if known.best_primary is not None else plan.value)
        outcome = Outcome(part, replace(plan, value=least), plan, known.bound, known.bound_checked)
        residents = np.zeros(len(part.people), dtype=np.int64)
        np.add.at(residents, part.node_of, problem.residents[part.units])
        cap = min(least + within * best, least * (1 + PART_SHARE * within))
        places.append(_Place(part, residents, outcome, effort(own), own, cap))
    return places


def _fill(places: Sequence[_Place], workers: Workers, seed: int, tell: Tell, stop: Callable[[], bool]) -> int:
    """Rounds of tries in all parts that can be divided in more than one way; how many were made."""
    open_ones = [place for place in places if place.part.k > 1]
    rounds = max((place.effort.rounds for place in open_ones), default=0)
    total = sum(place.effort.tries for place in open_ones)
    done = 0
    for number in range(rounds):
        items: list[tuple[Any, ...]] = []
        owners: list[_Place] = []
        for place in open_ones:
            each = -(-place.effort.tries // rounds)
            bases = bases_of(place.plan, distinct(place.found), place.residents)
            for indices in chunks(number * each, min((number + 1) * each, place.effort.tries), TRIES_AT_ONCE):
                items.append((place.part, place.residents, bases, place.cap, seed, indices, place.effort.budget))
                owners.append(place)

        def on_done(index: int, _: object, items: list[tuple[Any, ...]] = items) -> None:
            nonlocal done
            done += len(items[index][5])
            tell("Looking for other good plans", 0.9 * done / max(1, total))

        for place, found in zip(owners, workers.map(tries, items, should_stop=stop, on_done=on_done), strict=True):
            place.found += found or []
        if stop():
            break
    return done


def _serve(
    places: Sequence[_Place], workers: Workers, criteria: Criteria, tell: Tell, stop: Callable[[], bool]
) -> None:
    """Keep the plans that are farthest apart, the cheap ones among them first, and serve secondary terms in each."""
    weights, allowance = criteria.weights, criteria.community_allowance
    items: list[tuple[Any, ...]] = []
    owners: list[tuple[_Place, Found]] = []
    for place in places:
        founds = distinct(place.found)
        middle = 0.5 * (place.plan.value + place.cap)
        kept = [f for f in founds[:1] if f.value < _known(place.outcome.best).value * (1 - EXACT)]
        for among, most in (
            ([f for f in founds if f.value <= middle], place.effort.kept // 2),
            (founds, place.effort.kept),
        ):
            before = [place.plan.labels, *(f.labels for f in kept)]
            kept += spread_out(among, before, place.residents, most - len(kept))
        for found in kept:
            items.append((place.part, found, weights, allowance, place.cap, criteria.seed))
            owners.append((place, found))

    done = 0

    def on_done(_: int, __: object) -> None:
        nonlocal done
        done += 1
        tell("Keeping communities together in them", 0.9 + 0.1 * done / max(1, len(items)))

    served = workers.map(serve, items, should_stop=stop, on_done=on_done)
    for (place, found), better in zip(owners, served, strict=True):
        plan = as_found(place.part, better.labels) if better is not None else found
        first, people = place.plan.labels, place.residents
        away = people_moved(first, plan.labels, people) >= STAYS_AWAY * people_moved(first, found.labels, people)
        place.plans.append((found, plan if away else found))


def _improve(places: Sequence[_Place], criteria: Criteria) -> bool:
    """Put a plan in the place of a part's own where it is plainly better, secondary terms counted; whether any was."""
    weights = criteria.weights
    better = False
    for place in places:
        limit = place.lowest * (1 + criteria.community_allowance) * (1 + 1e-9)
        worth = place.plan.value + secondary(place.part, place.plan.labels, weights)
        for raw, served in place.plans:
            own = served.value + secondary(place.part, served.labels, weights)
            if served.value <= limit and own < worth * (1 - EXACT):
                lower = raw if raw.value < served.value else served
                worth, better = own, True
                place.outcome = replace(place.outcome, best=lower, plan=served)
    return better


def _pool(place: _Place, lowest: float) -> Pool:
    """The part's own plan first, then those found."""
    own = place.plan
    labels = [own.labels, *(served.labels for _, served in place.plans)]
    values = [own.value, *(served.value for _, served in place.plans)]
    return Pool(tuple(labels), np.array(values) - lowest, place.residents)


def _solution(
    run: Run, before: Solution, places: Sequence[_Place], choice: Choice, best: float, stopped: bool
) -> Solution:
    """The choice as a solution: what was proven before, with the values of this plan."""
    outcomes, spent_on = [], []
    for place, known, own in zip(places, before.parts, choice, strict=True):
        raw, plan = (place.outcome.best, place.plan) if own == 0 else place.plans[own - 1]
        # A proof holds to the solver's tolerance: a value below it in the last digits takes the bound along.
        bound = min(place.outcome.bound, place.lowest)
        checked = min(place.outcome.bound_checked, bound)
        outcomes.append(replace(place.outcome, best=plan, plan=plan, bound=bound, bound_checked=checked))
        mine = own == 0 and place.plan.value == known.objective
        spent_on.append(known.best_primary if mine else min(_known(raw).value, plan.value))
    value = sum(_known(outcome.plan).value for outcome in outcomes)
    bound = sum(outcome.bound for outcome in outcomes)
    made = run.solution(outcomes, Status.OPTIMAL if bound >= value * (1 - EXACT) else Status.FEASIBLE)
    parts = tuple(
        replace(
            old, status=new.status, objective=new.objective, bound=new.bound, bound_checked=new.bound_checked,
            gap=new.gap, best_primary=primary,
        )
        for old, new, primary in zip(before.parts, made.parts, spent_on, strict=True)
    )  # fmt: skip
    return replace(
        before,
        status=made.status,
        assignment=made.assignment,
        centres=made.centres,
        parts_of=made.parts_of,
        objective=made.objective,
        best_primary=float(sum(primary or 0.0 for primary in spent_on)),
        bound=made.bound,
        bound_checked=made.bound_checked,
        gap=made.gap,
        terms=made.terms,
        parts=parts,
        reasons=made.reasons,
        stopped_by=StoppedBy.CANCELLED if stopped else _ended_by(before.stopped_by, parts),
        fixed_labels=made.fixed_labels,
        best_known=best,
    )


def _ended_by(first: StoppedBy, parts: Sequence[PartResult]) -> StoppedBy:
    """As the proposal; but a search that ended with its proof did not end with one of a plan that is dearer."""
    proven = all(part.bound >= (part.best_primary or 0.0) * (1 - EXACT) for part in parts)
    return StoppedBy.BUDGET if first is StoppedBy.PROOF and not proven else first


def _described(problem: Problem, solutions: Sequence[Solution]) -> Iterable[Alternative]:
    everyone = [np.asarray(s.assignment, dtype=np.int64) for s in solutions if s.assignment is not None]
    for i, (solution, own) in enumerate(zip(solutions, everyone, strict=True)):
        apart = min((difference(other, own, problem.residents).share_moved for other in everyone[:i]), default=0.0)
        yield Alternative(solution, difference(everyone[0], own, problem.residents), apart)


def _known(found: Found | None) -> Found:
    assert found is not None  # noqa: S101 (for the type checker: a solution with a plan has one for every part)
    return found


def _quiet(_: str, __: float | None) -> None:
    """Nobody listens."""


def _never() -> bool:
    return False

"""What a little more of one term costs of another: plans along the trade-off of two terms, a proven line below them.

For prices a, b > 0, every plan x with the same numbers of neighbourhoods and terms A(x) and B(x) has

    a A(x) + b B(x)  >=  L(a, b),                                                                                   (1)

where L is the sum over parts of the bound proven for the cost a A + b B alone. Each pair of prices gives one plan and
one such line; together the lines are an envelope under which no plan lies (supporting lines, Geoffrion 1968, JMAA 22:
618-630). No term but these two is counted.

Travel, size and mismatch of a level separate by centre, so (1) holds for each pair of them. Residents outside the
largest piece of their community, patients whose practice is sited elsewhere, km of barriers inside and need above or
below the place's own do not; with them only A(x) >= L(a, 0) / a is proven, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import pi, tan

import numpy as np

from optimise.asking.feasibility import Outlook, outlook
from optimise.budget import GUARD, UNITS, Steps, share
from optimise.certificate import check_criteria
from optimise.criteria import Criteria
from optimise.errors import CriteriaError
from optimise.pool.workers import Workers
from optimise.problem import Floats, Ints, Part, Problem
from optimise.score import primary
from optimise.searching.search import onward
from optimise.splitting.nesting import frozen_units
from optimise.splitting.presolve import make_part
from optimise.trading.attempts import attempt, fewer, run_all
from optimise.trading.curve_terms import (
    COMMUNITY,
    SECONDARY,
    SIZE,
    USUAL,
    CurveTerm,
    term_of,
    unit_sums,
    weighing,
    weight_of,
    whole_sum,
)  # fmt: skip

POINTS = 7
NEARLY_NOTHING = 1e-3
DRAWN_INDEX = 30_000_000
LEAST_ITERATIONS = 1_000

Tell = Callable[[str, float | None], None]
Prices = tuple[float, float]


@dataclass(frozen=True)
class CurvePoint:
    """A valid plan. assignment : (n,) neighbourhood of each unit. first, second : sums of the two terms.

    prices : (a, b) under which it is the best that was found. gap : no plan is better than this one in both terms by
    more than this fraction, by (1); None where nothing is proven.
    """

    assignment: tuple[int, ...]
    first: float
    second: float
    prices: Prices
    gap: float | None


@dataclass(frozen=True)
class Line:
    """Proven: prices[0] * A + prices[1] * B >= least for every plan with these numbers of neighbourhoods."""

    prices: Prices
    least: float


@dataclass(frozen=True)
class Curve:
    """The trade-off of two terms. points : none better than another in both, the least of the first term first.

    lines : what is proven. numbers : of neighbourhoods by part. residents : those that count, in no frozen
    neighbourhood. repeatable : neither the clock nor a stop cut it short.
    """

    terms: tuple[CurveTerm, CurveTerm]
    points: tuple[CurvePoint, ...]
    lines: tuple[Line, ...]
    numbers: tuple[int, ...]
    residents: int
    repeatable: bool

    @property
    def least_first(self) -> float | None:
        """No plan has less of the first term; None where that is not proven."""
        alone = [line.least / line.prices[0] for line in self.lines if line.prices[1] == 0]
        return max(alone, default=None)

    def floor_at(self, first: float) -> float | None:
        """No plan with so much of the first term, or less, has less of the second; None where that is not proven."""
        found = [(line.least - line.prices[0] * first) / line.prices[1] for line in self.lines if line.prices[1] > 0]
        return max(0.0, *found) if found else None


@dataclass(frozen=True, eq=False)
class _Place:
    """One part, and (n, c) sums of each of the two terms for a node with a centre; zeros where it is no cost of one."""

    part: Part
    costs: tuple[Floats, Floats]
    keys: tuple[str, str]
    steps: Steps

    def priced(self, prices: Prices) -> Part:
        """The part with the cost a A + b B; secondary terms are left out, as no node has them alone."""
        size = sum(price for price, key in zip(prices, self.keys, strict=True) if key == SIZE)
        return replace(self.part, cost=prices[0] * self.costs[0] + prices[1] * self.costs[1], deviation=size)

    def measure(self, labels: Ints, prices: Prices) -> tuple[float, float]:
        """Both sums of a plan, each neighbourhood with its best centre at these prices."""
        centres = primary(self.priced(prices), labels)[1][labels]
        own = [float(cost[np.arange(len(labels)), centres].sum()) for cost in self.costs]
        for at, key in enumerate(self.keys):
            if key == SIZE:
                loads = np.bincount(labels, weights=self.part.people, minlength=self.part.k)
                own[at] = float(np.abs(loads - self.part.target).sum())
            elif key in SECONDARY:
                own[at] = SECONDARY[key](self.part, labels)
        return own[0], own[1]


@dataclass(frozen=True, eq=False)
class _Answer:
    """One part at one pair of prices: a plan or None, and what is proven of a A + b B (a A alone with B secondary)."""

    labels: Ints | None
    bound: float
    multipliers: Floats | None
    repeatable: bool


def curve(
    problem: Problem,
    criteria: Criteria,
    first: str,
    second: str,
    *,
    numbers: Sequence[int] | None = None,
    points: int = POINTS,
    tell: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
    processes: int | None = None,
) -> Curve:
    """About `points` plans along the trade-off of two terms, all valid under the criteria, in about `criteria.seconds`.

    numbers : of neighbourhoods in each part, as in a Solution of these criteria; by default the first of those in order
    of preference for which a plan is found. problem : of `weighing(criteria, (first, second))`. Fewer points come back
    where plans coincide. Raises CriteriaError for terms that cannot be meant, and where the criteria have no plan, or
    none was found.
    """
    pair = (term_of(problem, criteria, first), term_of(problem, criteria, second))
    _check(pair, points)
    stop = should_stop or (lambda: False)
    before = outlook(problem, criteria)
    if before.prospect.reasons:
        reason = before.prospect.reasons[0]
        raise CriteriaError(f"There is no plan, and so no trade-off: {reason.message}", mend=reason.mend)
    usual = replace(criteria, weights=USUAL)
    even = (
        weight_of(criteria, first) or weight_of(usual, first),
        weight_of(criteria, second) or weight_of(usual, second),
    )
    with Workers(processes) as workers:
        sweep = _Sweep(workers, criteria, points, tell, stop)
        places, start = sweep.begin(problem, before, pair, numbers, even)
        ends = sweep.at(places, _ends(_sum(places, start, even), problem), start)
        middle = [] if len(ends) < 2 else sweep.at(places, _between(places, ends, points - 2), start)
    every = [(even, start), *ends, *middle]
    pools = [[a.labels for _, answers in every if (a := answers[p]).labels is not None] for p in range(len(places))]
    lines = [line for prices, answers in every if (line := _line(prices, answers, pair)) is not None]
    made = [_point(problem, criteria, before, places, pools, prices, lines) for prices, _ in every]
    return Curve(
        pair,
        _undominated([point for point in made if point is not None]),
        tuple(lines),
        tuple(place.part.k for place in places),
        int(problem.residents[~frozen_units(problem, criteria)].sum()),
        not stop() and all(answer.repeatable for _, answers in every for answer in answers),
    )


def solve_at(
    part: Part,
    served: Mapping[str, float],
    seed: int,
    steps: Steps,
    seconds: float,
    labels: Ints | None,
    start: Floats | None,
    *,
    should_stop: Callable[[], bool] | None = None,
) -> _Answer:
    """A plan of least cost and secondary terms, and the bound on its cost alone.

    served : prices of secondary terms, as keywords of `onward`. labels, start : a plan and multipliers to begin with,
    or None.
    """
    found = attempt(part, seed, steps, seconds, labels, start, should_stop=should_stop)
    if found.best is None:
        return _Answer(None, found.bound, found.multipliers, found.repeatable)
    plan = found.best.labels
    if any(price > 0 for price in served.values()) and part.k > 1:
        for index, budget in enumerate((replace(steps.community, restarts=1), replace(steps.community, hot=0.2))):
            better = onward(
                part, plan, seed=seed, index=DRAWN_INDEX + index, budget=budget, should_stop=should_stop, **served,
            )  # fmt: skip
            plan = plan if better is None else better.labels
    return _Answer(plan, found.bound, found.multipliers, found.repeatable)


class _Sweep:
    """Solving all parts at one pair of prices after another, on the workers, with what is told and asked meanwhile."""

    def __init__(
        self, workers: Workers, criteria: Criteria, points: int, tell: Tell | None, stop: Callable[[], bool]
    ) -> None:
        self.workers, self.criteria, self.tell, self.stop = workers, criteria, tell, stop
        self.fraction = 1 / (points + 1)
        self.seconds = float(GUARD * criteria.seconds)  # only a guard: each point takes a fraction of it
        self.done, self.total = 0, 1
        self.points = points

    def begin(
        self,
        problem: Problem,
        before: Outlook,
        terms: tuple[CurveTerm, CurveTerm],
        numbers: Sequence[int] | None,
        prices: Prices,
    ) -> tuple[list[_Place], list[_Answer]]:
        """The parts, each with a number of neighbourhoods for which there is a plan, and the first plans."""
        sizes = [len(task.found.bundles) if task.k > 1 else 1 for task in before.tasks]
        self.total = (self.points + 1) * len(sizes)
        asked = weighing(self.criteria, [term.key for term in terms])
        counted = replace(asked, weights=replace(asked.weights, community=1.0))
        places: list[_Place] = []
        answers: list[_Answer] = []
        for index, (task, steps) in enumerate(zip(before.tasks, share(self.criteria.seconds, sizes), strict=True)):
            for k in task.choices if numbers is None else (numbers[index],):
                part = make_part(problem, counted, task.found, k, task.name)
                costs = tuple(_sums(problem, self.criteria, part, term.key) for term in terms)
                work = _steps(steps, self.fraction, len(part.people))
                place = _Place(part, (costs[0], costs[1]), (terms[0].key, terms[1].key), work)
                ((_, (answer,)),) = self.at([place], [prices])
                if answer.labels is not None:
                    break
            if answer.labels is None:
                raise CriteriaError(
                    f"No plan was found for {task.name}, and so no trade-off.",
                    mend="Propose neighbourhoods first: where there is no plan, that says why.",
                )
            places.append(place)
            answers.append(answer)
        return places, answers

    def at(
        self, places: Sequence[_Place], prices: Sequence[Prices], before: Sequence[_Answer] = ()
    ) -> list[tuple[Prices, list[_Answer]]]:
        """Every part at every pair of prices, beginning with the answers at other prices; fewer pairs when stopped."""
        items = []
        for own in prices:
            for index, place in enumerate(places):
                word = "weight" if place.keys[1] == COMMUNITY else place.keys[1]
                served = {word: own[1]} if place.keys[1] in SECONDARY else {}
                known = (before[index].labels, before[index].multipliers) if before else (None, None)
                items.append((place.priced(own), served, self.criteria.seed, place.steps, self.seconds, *known))
        found = run_all(self.workers, solve_at, items, self.stop, self._said)
        rows = [(own, found[i * len(places) : (i + 1) * len(places)]) for i, own in enumerate(prices)]
        return [(own, answers) for own, answers in rows if all(answer is not None for answer in answers)]

    def _said(self, _: int) -> None:
        self.done += 1
        if self.tell is not None:
            self.tell("Working out the trade-off", min(1.0, self.done / self.total))


def _check(terms: tuple[CurveTerm, CurveTerm], points: int) -> None:
    if terms[0].key == terms[1].key:
        raise CriteriaError(f"Both terms are “{terms[0].key}”.", mend="Name two different terms.")
    if not terms[0].separable:
        said = "Community, practice, barrier and need can only be the second of the two terms."
        raise CriteriaError(said, mend="Name travel, size or a level first.")
    if points < 3:
        raise CriteriaError(f"A curve of {points:,} points shows nothing.", mend="Ask for 3 or more.")


def _steps(steps: Steps, fraction: float, nodes: int) -> Steps:
    """The share of the steps for one point; a bound needs a thousand iterations before it says much."""
    part = fewer(steps, fraction)
    least = round(LEAST_ITERATIONS * min(1.0, (UNITS / max(1, nodes)) ** 2))
    return replace(part, bound_iterations=max(part.bound_iterations, least))


def _sums(problem: Problem, criteria: Criteria, part: Part, key: str) -> Floats:
    """(n, c) sums of a term for each node with each candidate."""
    sums = np.zeros((len(part.people), len(part.owner)))
    np.add.at(sums, part.node_of, unit_sums(problem, criteria, key, part.units, part.centre_unit))
    return sums


def _sum(places: Sequence[_Place], answers: Sequence[_Answer], prices: Prices) -> tuple[float, float]:
    known = [(place, answer.labels) for place, answer in zip(places, answers, strict=True)]
    both = [place.measure(labels, prices) for place, labels in known if labels is not None]
    return sum(one for one, _ in both), sum(other for _, other in both)


def _ends(sums: tuple[float, float], problem: Problem) -> list[Prices]:
    """Prices at which nearly only the first term counts, and nearly only the second."""
    least = 0.01 * max(1, int(problem.residents.sum()))  # a term may be 0 in the plan at hand
    even = max(sums[0], least) / max(sums[1], least)
    return [(1.0, NEARLY_NOTHING * even), (1.0, even / NEARLY_NOTHING)]


def _between(places: Sequence[_Place], ends: Sequence[tuple[Prices, list[_Answer]]], count: int) -> list[Prices]:
    """Prices at even angles in the box that the two ends span; none where the ends do not pull apart."""
    (prices_a, low), (prices_b, high) = ends[0], ends[1]
    one, other = _sum(places, low, prices_a), _sum(places, high, prices_b)
    wide, tall = other[0] - one[0], one[1] - other[1]
    if wide <= 1e-9 * abs(one[0]) or tall <= 1e-9 * abs(other[1]):
        return []
    return [(1.0, float(f"{tan(pi / 2 * (i + 1) / (count + 1)) * wide / tall:.9g}")) for i in range(count)]


def _line(prices: Prices, answers: Sequence[_Answer], terms: tuple[CurveTerm, CurveTerm]) -> Line | None:
    least = float(sum(answer.bound for answer in answers))
    if not np.isfinite(least) or least <= 0:
        return None
    return Line(prices if terms[1].separable else (prices[0], 0.0), least)


def _point(
    problem: Problem,
    criteria: Criteria,
    before: Outlook,
    places: Sequence[_Place],
    pools: Sequence[Sequence[Ints]],
    prices: Prices,
    lines: Sequence[Line],
) -> CurvePoint | None:
    """The best at these prices of all plans found for any, part by part; None where the checker finds a fault."""
    labels = np.full(len(problem.codes), -1, dtype=np.int64)
    sums = [0.0, 0.0]
    used = 0
    for place, pool in zip(places, pools, strict=True):
        measured = [(place.measure(own, prices), own) for own in pool]
        worth = [float(f"{prices[0] * one + prices[1] * other:.12g}") for (one, other), _ in measured]
        (one, other), own = measured[int(np.argmin(worth))]
        labels[place.part.units] = own[place.part.node_of] + used
        used += place.part.k
        sums = [sums[0] + one, sums[1] + other]
    if places and places[0].keys[1] in SECONDARY:
        sums[1] = whole_sum(problem, criteria, places[0].keys[1], labels)  # communities may lie in several parts
    at = {code: i for i, code in enumerate(problem.codes)}
    for _, units in sorted(criteria.locks.frozen):
        labels[[at[unit] for unit in units]] = used
        used += 1
    if check_criteria(problem, criteria, named(problem, criteria, labels), before.prospect.exceptions):
        return None
    gaps = [1 - line.least / _at(line, sums) for line in lines if line.prices[1] > 0 and _at(line, sums) > 0]
    gap = max(0.0, min(gaps)) if gaps else None
    return CurvePoint(tuple(int(d) for d in labels), sums[0], sums[1], prices, gap)


def named(problem: Problem, criteria: Criteria, labels: Ints) -> dict[str, str]:
    """Unit code -> neighbourhood code of labels (n,), those that the locks fix under their own, for the checker."""
    at = {code: i for i, code in enumerate(problem.codes)}
    fixed = {int(labels[at[unit]]): code for unit, code in criteria.locks.fixed}
    fixed |= {int(labels[at[units[0]]]): code for code, units in criteria.locks.frozen}
    return {code: fixed.get(int(d), f"Neighbourhood {d + 1}") for code, d in zip(problem.codes, labels, strict=True)}


def _at(line: Line, sums: Sequence[float]) -> float:
    return line.prices[0] * sums[0] + line.prices[1] * sums[1]


def _undominated(points: Sequence[CurvePoint]) -> tuple[CurvePoint, ...]:
    """The points that none beats or equals in both terms, the least of the first term first."""
    kept: list[CurvePoint] = []
    for point in sorted(points, key=lambda p: (p.first, p.second, p.assignment)):
        if not kept or point.second < kept[-1].second - 1e-9 * abs(kept[-1].second):
            kept.append(point)
    return tuple(kept)

"""`review`: how good a plan is under its own rules, what would mend it, and what is proven about it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from boundaries.area import Area
from footprints.check import check
from footprints.plan import Plan, check_fits
from footprints.review.ground import Ground, ground_of
from footprints.review.mend import Mend, moves_between
from footprints.review.offers import offered
from footprints.review.result import LocalProof, Review
from footprints.review.rules import LINES, Field, OwnRules, own_rules
from footprints.review.whole import Whole, make_whole
from optimise.assignment import best_pairs
from optimise.criteria import OPT_IN
from optimise.pool.workers import Workers
from optimise.problem import Ints
from optimise.proving.bound import lagrangian
from optimise.score import primary
from optimise.searching.groups import GroupSteps, adjacent_groups, group_part
from optimise.searching.improve import Group, hearing, local_proof
from optimise.solution import EXACT, Progress
from optimise.solve import solve
from optimise.warm import warm_up

Tell = Callable[[str, float | None], None]
Stop = Callable[[], bool]
GUARD = 2.0  # times the seconds, by the clock


@dataclass(frozen=True)
class Effort:
    """What seconds buy, in steps: groups of four are looked at nowhere, those of three up to `most_threes` a part.

    bound_iterations : for a first bound of each part. solve_seconds : the entry of the optimiser's own table for parts
    that are still open; 0 for none.
    """

    seconds: int
    steps: GroupSteps
    most_pairs: int
    most_threes: int
    bound_iterations: int
    solve_seconds: int


EFFORTS = (
    Effort(5, GroupSteps(exact_pairs=2_000, exact_steps=100), 400, 0, 1_500, 0),
    Effort(15, GroupSteps(exact_pairs=3_000, exact_steps=200), 800, 100, 1_500, 15),
    Effort(60, GroupSteps(), 2_000, 400, 3_000, 60),
    Effort(300, GroupSteps(exact_pairs=8_000, exact_steps=2_000), 10_000, 4_000, 6_000, 180),
)


def effort_for(seconds: int) -> Effort:
    """The largest entry of the table that fits in `seconds`, else the smallest."""
    return next((effort for effort in reversed(EFFORTS) if effort.seconds <= seconds), EFFORTS[0])


def review(
    area: Area,
    plan: Plan,
    *,
    seconds: int = 60,
    on_progress: Tell | None = None,
    should_stop: Stop | None = None,
    processes: int | None = None,
) -> Review:
    """Review any plan of the area: agreed, imported or drawn by hand, in range or not, whole or with faults.

    seconds : picks an entry of a table of steps, never a clock, but for a guard at twice as many. on_progress : told
    words and the fraction done. should_stop : asked often; what is known by then is handed back. processes : None for
    all cores; the answer is the same for any number.

    Raises PlanError for units that are not the area's or a plan without any unit, DataError or CriteriaError where the
    area lacks what the plan's criteria are about.
    """
    check_fits(plan, area)
    warm_up()
    work = _Review(area, plan, effort_for(seconds), on_progress, should_stop, seconds * GUARD)
    with Workers(processes) as workers:
        work.pairs(workers)
        work.mends(workers)
        work.bounds()
        work.threes(workers)
    work.solve(processes)
    return work.result()


class _Review:
    def __init__(
        self, area: Area, plan: Plan, effort: Effort, tell: Tell | None, should_stop: Stop | None, guard: float
    ) -> None:
        self.area, self.plan, self.effort = area, plan, effort
        self.tell, self.should_stop = tell, should_stop
        self.until, self.cut = monotonic() + guard, False
        self.faults = check(plan, area).criteria
        self.ground, self.labels, codes = ground_of(plan, area)
        self._say("Looking at the plan", 0.0)
        self.whole: Whole = make_whole(self.ground, self.labels, codes, plan)
        self.rules: OwnRules = own_rules(plan, self.whole)
        self.fields = self.rules.fields
        self.value = [primary(field.part, field.labels)[0] for field in self.fields]
        self.found: list[tuple[Group, ...]] = [() for _ in self.fields]
        self.best: list[Ints] = [field.labels for field in self.fields]
        self.known = list(self.value)
        self.bound = [0.0] * len(self.fields)
        self.chosen: tuple[Mend, ...] = ()

    def stopped(self) -> bool:
        if not self.cut and ((self.should_stop is not None and self.should_stop()) or monotonic() > self.until):
            self.cut = True
        return self.cut

    def _say(self, words: str, fraction: float | None) -> None:
        if self.tell is not None:
            self.tell(words, fraction)

    # -- local proofs --

    def pairs(self, workers: Workers) -> None:
        """Every pair of adjacent neighbourhoods."""
        for n in range(len(self.fields)):
            self._look(n, None, 2, self.effort.most_pairs, workers, "Looking at every pair of neighbours", (0.02, 0.2))

    def threes(self, workers: Workers) -> None:
        """Groups of three; those that hold a pair that can be better can be better themselves, and are not solved."""
        for n, field in enumerate(self.fields):
            if not self.effort.most_threes or field.part.k < 3:
                continue
            better = [g for g in self.found[n] if g.better is not None]
            left = []
            for group in adjacent_groups(field.part, field.labels, 3):
                inside = [g for g in better if set(g.members) <= set(group)]
                if inside and field.part.k > 3:
                    self.found[n] = (*self.found[n], self._by_pair(n, group, inside))
                else:
                    left.append(group)
            self._look(n, left, 3, self.effort.most_threes, workers, "Looking at groups of three", (0.4, 0.2))

    def _by_pair(self, n: int, group: tuple[int, ...], inside: Sequence[Group]) -> Group:
        best = max(inside, key=lambda g: (g.value - g.best, g.members))
        own, _, labels = group_part(self.fields[n].part, self.fields[n].labels, group)
        value = primary(own, labels)[0]
        return Group(group, value, 0.0, value - best.value + best.best, best.better)

    def _look(
        self,
        n: int,
        only: Sequence[tuple[int, ...]] | None,
        size: int,
        most: int,
        workers: Workers,
        words: str,
        place: tuple[float, float],
    ) -> None:
        field = self.fields[n]
        begin, share = place

        def on_done(done: int, of: int) -> None:
            self._say(words, begin + share * (n + done / of) / len(self.fields))

        looked = local_proof(
            field.part,
            field.labels,
            sizes=(size,),
            only=only,
            steps=self.effort.steps,
            most=most,
            movable=field.movable,
            map=hearing(workers),
            should_stop=self.stopped,
            on_done=on_done,
        )
        self.found[n] = (*self.found[n], *looked)
        for group in looked:
            self._note(n, group)

    def _note(self, n: int, group: Group) -> None:
        value = self.value[n]
        if group.better is not None and value - group.value + group.best < self.known[n]:
            self.known[n], self.best[n] = primary(self.fields[n].part, group.better)[0], group.better
        if group.looked_at and len(group.members) == self.fields[n].part.k:
            self.bound[n] = max(self.bound[n], group.bound)  # the group is the whole part

    # -- small changes --

    def mends(self, workers: Workers) -> None:
        """What each pair of neighbours offers, and the few changes that are told."""
        self._say("Looking for small changes", 0.22)
        better = {(n, g.members): g.better for n, own in enumerate(self.found) for g in own if g.better is not None}
        self.chosen = offered(self.plan, self.whole, self.rules, workers, self.stopped, better)

    # -- the bound --

    def bounds(self) -> None:
        """A first bound for every part that is open."""
        self._say("Working out what no plan can beat", 0.3)
        for n, field in enumerate(self.fields):
            if self._open(n) and not self.stopped():
                dual = lagrangian(
                    field.part, self.known[n], iterations=self.effort.bound_iterations, should_stop=self.stopped
                )
                if np.isfinite(dual.value):
                    self.bound[n] = max(self.bound[n], min(dual.value, self.known[n]))

    def _open(self, n: int) -> bool:
        return self.bound[n] < self.known[n] * (1 - EXACT)

    def solve(self, processes: int | None) -> None:
        """The optimiser on the parts that are still open: a better bound, and perhaps a better plan."""
        left = [n for n in range(len(self.fields)) if self._open(n)]
        if not left or not self.effort.solve_seconds or self.stopped():
            return
        level = self.rules.problem.levels[LINES]
        names = {level.codes[int(level.group[self.fields[n].part.units[0]])]: n for n in left}
        criteria = self.rules.criteria
        numbers = criteria.neighbourhoods if isinstance(criteria.neighbourhoods, tuple) else ()
        frozen = dict(criteria.locks.frozen)
        for n, field in enumerate(self.fields):
            for d in field.members.tolist() if n not in left else ():
                inside = np.flatnonzero(self.whole.labels == d)
                frozen[self.whole.codes[d]] = tuple(self.rules.problem.codes[i] for i in inside)
        settled = {unit for units in frozen.values() for unit in units}
        locks = replace(
            criteria.locks,
            frozen=tuple(sorted(frozen.items())),
            fixed=tuple((u, c) for u, c in criteria.locks.fixed if u not in settled),
            together=tuple(g for g in criteria.locks.together if not settled & set(g)),
            apart=tuple(p for p in criteria.locks.apart if not settled & set(p)),
        )
        posed = replace(
            criteria,
            locks=locks,
            neighbourhoods=tuple((code, k) for code, k in numbers if code in names),
            weights=replace(criteria.weights, community=0.0, **dict.fromkeys(OPT_IN, 0.0)),
            seconds=self.effort.solve_seconds,
        )

        def on_progress(event: Progress) -> None:
            self._say("Working out what no plan can beat", None)

        solution = solve(
            self.rules.problem, posed, on_progress=on_progress, should_stop=self.stopped, processes=processes
        )
        for part in solution.parts:
            n = names.get(part.groups[0], -1) if part.groups else -1
            if n >= 0 and np.isfinite(part.bound):
                self.bound[n] = max(self.bound[n], part.bound)
        if solution.assignment is not None:
            self._take(np.array(solution.assignment), left)
        for n in left:  # a proof holds to the solver's tolerance: it goes along with a better plan
            self.bound[n] = min(self.bound[n], self.known[n])

    def _take(self, assignment: Ints, left: Sequence[int]) -> None:
        for n in left:
            part = self.fields[n].part
            own = np.full(len(part.people), -1, dtype=np.int64)
            own[part.node_of] = np.unique(assignment[part.units], return_inverse=True)[1]
            value = primary(part, own)[0]
            if value < self.known[n] * (1 - 1e-9):
                self.known[n], self.best[n] = value, _named(self.fields[n], own)

    # -- the answer --

    def result(self) -> Review:
        ground: Ground = self.whole.ground
        fixed = ground.value(self.whole.labels) - sum(self.value)
        best = self.whole.labels
        for field, labels in zip(self.fields, self.best, strict=True):
            best = field.spread(labels, best)
        value = sum(self.value) + fixed
        return Review(
            plan=self.plan.id,
            name=self.plan.name,
            area_name=self.area.name,
            area_digest=self.area.digest,
            residents=ground.residents,
            whole=not self.whole.mends,
            faults=self.faults,
            terms=self.ground.terms(self.labels),
            rules=self.rules.in_words,
            neighbourhoods=len(np.unique(self.whole.labels)),
            smallest=self.rules.smallest,
            largest=self.rules.largest,
            value=float(value),
            bound=float(sum(self.bound) + fixed),
            known=float(sum(self.known) + fixed),
            mends=(*self.whole.mends, *self.chosen),
            local=self._local(),
            found=moves_between(ground, self.whole.codes, self.whole.labels, best),
            squared=self.plan.criteria.distance == "km2",
            repeatable=not self.cut,
        )

    def _local(self) -> tuple[LocalProof, ...]:
        proofs = []
        for size in (2, 3):
            groups = [g for of_field in self.found for g in of_field if len(g.members) == size]
            if groups or size == 2:
                proven = sum(g.proven for g in groups)
                better = sum(not g.proven and g.better is not None for g in groups)
                proofs.append(LocalProof(size, len(groups), proven, better, len(groups) - proven - better))
        return tuple(proofs)


def _named(field: Field, labels: Ints) -> Ints:
    """The division, each neighbourhood called as the one of the plan with which it shares locks, or most people."""
    k = field.part.k
    shared = np.zeros((k, k), dtype=np.int64)
    np.add.at(shared, (labels, field.labels), field.part.people + 1)
    held = np.zeros((k, k), dtype=np.int64)
    np.add.at(held, (labels[~field.movable], field.labels[~field.movable]), 1)
    names = dict(best_pairs(shared + held * (int(shared.sum()) + 1)))
    return np.array([names[int(d)] for d in labels], dtype=np.int64)

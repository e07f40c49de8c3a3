"""One solve under way: a start, a proof and the secondary terms for each part, then one honest answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import TypeVar

import numpy as np

from optimise.asking.feasibility import Outlook, Task, outlook
from optimise.budget import GUARD, LEAST_GUARD_S, Steps, share
from optimise.certificate import check_criteria
from optimise.counting import said_of
from optimise.criteria import OPT_IN, Criteria
from optimise.need import UNLIKE, refuse_unknown_need
from optimise.pool.workers import Workers
from optimise.problem import Ints, Part, Problem
from optimise.score import best_centre, community_people, cut, divided, inside_km, terms, unlike
from optimise.solution import (
    EXACT,
    DeclaredException,
    PartResult,
    Progress,
    Reason,
    Solution,
    Status,
    StoppedBy,
    Term,
)
from optimise.splitting.presolve import make_part
from optimise.stages import Outcome, nearest_band, prove, settle, start
from optimise.words import at_most, listed, percent

T = TypeVar("T")


class Run:
    """One solve: who is asked to stop, what is reported, and the answer put together at the end.

    As many parts as there are processes are under way at a time, each in a thread that mostly waits for its tasks.
    """

    def __init__(
        self,
        problem: Problem,
        criteria: Criteria,
        on_progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
        workers: Workers,
    ) -> None:
        refuse_unknown_need(problem, criteria)
        self.problem, self.criteria, self.workers = problem, criteria, workers
        self.on_progress, self.should_stop = on_progress, should_stop
        self.began = monotonic()
        self.cancelled = False
        self.telling = threading.RLock()
        self.outlook: Outlook = outlook(problem, criteria)
        self.tasks: tuple[Task, ...] = self.outlook.tasks
        self.reasons: tuple[Reason, ...] = self.outlook.prospect.reasons
        self.steps: tuple[Steps, ...] = share(
            criteria.seconds, [len(t.found.bundles) if t.k > 1 else 1 for t in self.tasks]
        )
        self.best: dict[int, float] = {}
        self.bound: dict[int, float] = {}
        self.done: dict[str, int] = {}

    def answer(self) -> Solution:
        if self.outlook.prospect.reasons:
            return self.solution([], Status.INFEASIBLE)
        outcomes = self.starts()
        if all(outcome.best is not None for outcome in outcomes):
            outcomes = self.proofs_and_communities(outcomes)
            return self.solution(outcomes, _status(outcomes))
        self.reasons = self.why_not(outcomes)
        # A share of a total proves nothing about the total where it could have been shared out otherwise.
        impossible = any(
            outcome.impossible and (not task.shared or task.found.stuck is not None)
            for outcome, task in zip(outcomes, self.tasks, strict=True)
        )
        return self.solution(outcomes, Status.INFEASIBLE if impossible else Status.NO_SOLUTION)

    # -- the three stages of the parts --

    def starts(self) -> list[Outcome]:
        """One restart of every part before all others, so that there is a whole plan at once."""
        indices = range(len(self.tasks))
        begun: list[Outcome | None] = [None for _ in indices]
        if len(self.tasks) > 1:
            begun = list(self._each(indices, self._begin))
        return self._each(indices, lambda index: self._start(index, self.tasks[index], begun[index]))

    def proofs_and_communities(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """The parts whose proof is quickest first, so that a guard that cuts in cuts where least can be proven."""

        def finish(index: int) -> Outcome:
            proven = self._prove(index, outcomes[index])
            self._note(index, proven, "proof")
            return self._settle(index, proven)

        return self._each(sorted(range(len(outcomes)), key=lambda i: (len(outcomes[i].part.people), i)), finish)

    def _each(self, order: Iterable[int], work: Callable[[int], T]) -> list[T]:
        """`work(index)` of every part, begun in `order`; the results by index."""
        indices = list(order)
        threads = min(self.workers.processes, len(indices))
        if threads <= 1:
            done = {index: work(index) for index in indices}
        else:
            with ThreadPoolExecutor(threads, "part") as pool:
                done = dict(zip(indices, pool.map(work, indices), strict=True))
        return [done[index] for index in range(len(indices))]

    def _begin(self, index: int) -> Outcome | None:
        task = self.tasks[index]
        if task.found.stuck is not None:
            return None
        part, steps = self._part(task, task.choices[0]), replace(self.steps[index], first_restarts=1)
        on_best = self._on_best(index, part.name)
        begun = start(part, self.criteria.seed, steps, on_best, self._stop, self.workers)
        if begun.best is not None:
            on_best(begun.best.value)
        return begun

    def _start(self, index: int, task: Task, begun: Outcome | None) -> Outcome:
        """Try the numbers of neighbourhoods in order of preference until one has a plan."""
        if task.found.stuck is not None:
            return Outcome(self._part(task, task.k), None, None, impossible=True)
        tried: list[Outcome] = []
        for k in task.choices:
            with self.telling:
                self.bound.pop(index, None)  # a bound is about one number of neighbourhoods
            known = begun if begun is not None and k == task.choices[0] else None
            part = known.part if known is not None else self._part(task, k)
            on_best, steps = self._on_best(index, part.name), self.steps[index]
            outcome = start(part, self.criteria.seed, steps, on_best, self._stop, self.workers, known)
            if outcome.best is None and not self._stop():
                outcome = self._prove(index, outcome)
            tried.append(outcome)
            if outcome.best is not None or self._stop():
                break
        last = tried[-1]
        if last.best is None:
            last = replace(last, impossible=len(tried) == len(task.choices) and all(o.impossible for o in tried))
        self._note(index, last, "start")
        return last

    def _prove(self, index: int, outcome: Outcome) -> Outcome:
        name = outcome.part.name
        return prove(
            outcome,
            self.criteria.seed,
            self.steps[index],
            self._left(),
            on_best=self._on_best(index, name),
            on_bound=self._on_bound(index, name),
            should_stop=self._stop,
            workers=self.workers,
        )

    def _settle(self, index: int, outcome: Outcome) -> Outcome:
        weights, allowance, seed = self.criteria.weights, self.criteria.community_allowance, self.criteria.seed
        settled = settle(outcome, weights, allowance, seed, self.steps[index], self._stop, self.workers)
        asked = any(getattr(weights, name) > 0 for name in OPT_IN)
        self._note(index, settled, "secondary" if asked else "communities")
        return settled

    def _part(self, task: Task, k: int) -> Part:
        return make_part(self.problem, self.criteria, task.found, k, task.name)

    def why_not(self, outcomes: Sequence[Outcome]) -> tuple[Reason, ...]:
        reasons = []
        for index, outcome in enumerate(outcomes):
            if outcome.best is not None:
                continue
            part, task = outcome.part, self.tasks[index]
            band = f"{part.lower:,} to {part.upper:,} people"
            count = f"{part.k:,} connected neighbourhood{'' if part.k == 1 else 's'} of {band}"
            if len(task.choices) > 1:
                listed = ", ".join(f"{k:,}" for k in sorted(task.choices))
                count = f"connected neighbourhoods of {band} (tried: {listed})"
            codes = tuple(self.problem.codes[i] for i in part.units)
            seed, steps = self.criteria.seed, self.steps[index]
            near = None if self._stop() else nearest_band(part, seed, steps, self._stop, self.workers)
            mend = "Widen the range, ask for another number of neighbourhoods, or let more be divided."
            if near is not None:
                mend = f"With a range of {near[0]:,} to {near[1]:,} there is a plan of {part.k:,} neighbourhoods."
            stuck = task.found.stuck
            if stuck is not None:
                said = (
                    f"In {part.name} the {len(stuck):,} LSOAs around {self.problem.names[int(stuck[0])]} with "
                    f"{int(self.problem.people[stuck].sum()):,} people would have to stay together, since what "
                    f"branches off is too small to stand alone; that is above the maximum of {part.upper:,}."
                )
                codes = tuple(self.problem.codes[i] for i in stuck)
            elif outcome.impossible:
                said = f"{part.name} ({part.people.sum():,} people) cannot be divided into {count}; this is proven."
            else:
                said = (
                    f"No way was found to divide {part.name} ({part.people.sum():,} people) into {count}; "
                    f"that does not prove that there is none."
                )
            reasons.append(said_of(Reason(said, mend, codes), self.criteria.count))
        return tuple(reasons)

    # -- stopping and telling --

    def _stop(self) -> bool:
        if not self.cancelled and self.should_stop is not None and self.should_stop():
            self.cancelled = True
        return self.cancelled or self._left() <= 0

    def _left(self) -> float:
        return max(LEAST_GUARD_S, GUARD * self.criteria.seconds) - (monotonic() - self.began)

    def _on_best(self, index: int, name: str) -> Callable[[float], None]:
        def tell(value: float) -> None:
            with self.telling:
                self.best[index] = min(value, self.best.get(index, value))
                self._tell("start", name)

        return tell

    def _on_bound(self, index: int, name: str) -> Callable[[float], None]:
        def tell(value: float) -> None:
            with self.telling:
                if np.isfinite(value) and value > self.bound.get(index, 0.0):
                    self.bound[index] = min(value, self.best.get(index, value))
                    self._tell("proof", name)

        return tell

    def _note(self, index: int, outcome: Outcome, stage: str) -> None:
        with self.telling:
            if outcome.best is not None:
                self.best[index] = min(outcome.best.value, self.best.get(index, outcome.best.value))
            if outcome.bound > 0 or outcome.proven:
                # Not the highest told: what a solver told that was not believed in the end is taken back.
                self.bound[index] = outcome.bound
            self.done[stage] = self.done.get(stage, 0) + 1
            self._tell(stage, outcome.part.name, self.done[stage])

    def _tell(self, stage: str, name: str, done: int | None = None) -> None:
        if self.on_progress is None:
            return
        parts = len(self.tasks)
        best = sum(self.best.values()) if len(self.best) == parts else None
        bound = sum(self.bound.values()) if len(self.bound) == parts else None
        seconds = monotonic() - self.began
        self.on_progress(Progress(stage, name, min(parts, done or len(self.best)), parts, seconds, best, bound))

    # -- the answer --

    def solution(self, outcomes: Sequence[Outcome], status: Status) -> Solution:
        plans = [outcome.plan for outcome in outcomes]
        whole = status in (Status.OPTIMAL, Status.FEASIBLE)
        labels, centres, parts_of = self._assemble(outcomes) if whole else (None, [], [])
        faults = self._faults(labels, len(centres)) if labels is not None else ()
        if faults:
            labels, status, whole = None, Status.NO_SOLUTION, False
            self.reasons = tuple(
                Reason(
                    f"The plan that was found does not pass the checker: {f.message}", "Please report this.", f.where
                )
                for f in faults
            )
        objective = sum(plan.value for plan in plans if plan is not None) if whole else None
        bound = float(sum(outcome.bound for outcome in outcomes))
        return Solution(
            status=status,
            assignment=tuple(int(d) for d in labels) if labels is not None else None,
            centres=tuple(self.problem.codes[c] for c in centres) if whole else (),
            parts_of=tuple(parts_of) if whole else (),
            objective=objective,
            best_primary=sum(o.best.value for o in outcomes if o.best is not None) if whole else None,
            bound=bound,
            bound_checked=float(sum(outcome.bound_checked for outcome in outcomes)),
            gap=_gap(objective, bound),
            terms=self._terms(outcomes, labels, centres, parts_of) if labels is not None else (),
            parts=tuple(_part_result(outcome) for outcome in outcomes),
            reasons=() if whole else self.reasons,
            exceptions=(*self.outlook.prospect.exceptions, *(self._other_numbers(outcomes) if whole else ())),
            stopped_by=self._stopped_by(outcomes, status),
            seed=self.criteria.seed,
            seconds=monotonic() - self.began,
            solver=solver_named(),
            version=own_version(),
            fixed_labels=self._fixed_labels(labels, centres) if labels is not None else (),
            proofs=tuple(outcome.tree for outcome in outcomes) if whole else (),
        )

    def _assemble(self, outcomes: Sequence[Outcome]) -> tuple[Ints, list[int], list[int]]:
        labels = np.full(len(self.problem.codes), -1, dtype=np.int64)
        centres: list[int] = []
        parts_of: list[int] = []
        for index, outcome in enumerate(outcomes):
            assert outcome.plan is not None  # noqa: S101 (for the type checker)
            labels[outcome.part.units] = outcome.plan.labels[outcome.part.node_of] + len(centres)
            centres += [int(outcome.part.centre_unit[j]) for j in outcome.plan.centres]
            parts_of += [index] * outcome.part.k
        at = {code: i for i, code in enumerate(self.problem.codes)}
        for _, units in sorted(self.criteria.locks.frozen):
            inside = np.array(sorted(at[u] for u in units), dtype=np.int64)
            labels[inside] = len(centres)
            centres.append(best_centre(self.problem, self.criteria, inside))
            parts_of.append(-1)
        return labels, centres, parts_of

    def _other_numbers(self, outcomes: Sequence[Outcome]) -> tuple[DeclaredException, ...]:
        return tuple(
            DeclaredException(
                "number",
                outcome.part.name,
                f"{outcome.part.name} was to have {task.k:,} neighbourhoods, the number nearest to its people, but no "
                f"connected division in range was found; it has {outcome.part.k:,}.",
                people=int(outcome.part.people.sum()),
            )
            for task, outcome in zip(self.tasks, outcomes, strict=True)
            if outcome.part.k != task.k
        )

    def _fixed_labels(self, labels: Ints, centres: Sequence[int]) -> tuple[tuple[int, str], ...]:
        at = {code: i for i, code in enumerate(self.problem.codes)}
        locks = self.criteria.locks
        known = {code: int(labels[at[unit]]) for unit, code in locks.fixed}
        known |= {code: int(labels[at[units[0]]]) for code, units in locks.frozen}
        return tuple(sorted((label, code) for code, label in known.items()))

    def _faults(self, labels: Ints, count: int) -> tuple[Reason, ...]:
        names = {d: f"Neighbourhood {d + 1}" for d in range(count)} | dict(self._fixed_labels(labels, []))
        assignment = {code: names[int(d)] for code, d in zip(self.problem.codes, labels, strict=True)}
        faults = check_criteria(self.problem, self.criteria, assignment, self.outlook.prospect.exceptions)
        return tuple(Reason(fault.message, "", fault.where) for fault in faults)

    def _terms(
        self, outcomes: Sequence[Outcome], labels: Ints, centres: Sequence[int], parts_of: Sequence[int]
    ) -> tuple[Term, ...]:
        counted = [d for d, part in enumerate(parts_of) if part >= 0]
        inside = np.where(labels < len(counted), labels, -1)
        found = terms(self.problem, self.criteria, inside, [centres[d] for d in counted])
        better, worse = self._bought(outcomes)
        says = next((t.key for t in found if t.key in better), None)
        what = listed([*better.values()]) + (f" (but {listed(worse)})" if worse else "") if better else ""
        return tuple(replace(t, in_words=self._spent(outcomes, t, what)) if t.key == says else t for t in found)

    def _bought(self, outcomes: Sequence[Outcome]) -> tuple[dict[str, str], list[str]]:
        """What serving the secondary terms made better, in words by the key of the term, and what it made worse."""
        both = [(o.part, o.best.labels, o.plan.labels) for o in outcomes if o.best is not None and o.plan is not None]
        kept = sum(community_people(part, best) - community_people(part, plan) for part, best, plan in both)
        shifts = [np.subtract(cut(part, best), cut(part, plan)) for part, best, plan in both]
        km, ties = np.sum([np.zeros(2), *shifts], axis=0).tolist()
        km, ties = km * (self.criteria.weights.border > 0), ties * (self.criteria.weights.ties > 0)
        own = sum(divided(part.flows, best) - divided(part.flows, plan) for part, best, plan in both)
        barred = sum(inside_km(part.barriers, best) - inside_km(part.barriers, plan) for part, best, plan in both)
        alike = sum(unlike(part.surplus, best) - unlike(part.surplus, plan) for part, best, plan in both)
        better = {
            "community": f"to keep {kept:,} more people with their community" if kept > 0 else "",
            "border": f"to shorten borders by {km:,.1f} km" if km >= 0.05 else "",
            "ties": f"to divide {ties:,.0f} fewer neighbours who share practices" if ties >= 0.5 else "",
            "practice": f"to keep {own:,.0f} more patients with their practice" if own >= 0.5 else "",
            "barrier": f"to have {barred:,.1f} km less of barriers inside" if barred >= 0.05 else "",
            "need": f"to have {alike:,.0f} fewer residents {UNLIKE}" if alike >= 0.5 else "",
        }
        worse = [
            f"{-kept:,} fewer people are with their community" if kept < 0 else "",
            f"borders are {-km:,.1f} km longer" if km <= -0.05 else "",
            f"{-ties:,.0f} more neighbours who share practices are divided" if ties <= -0.5 else "",
            f"{-own:,.0f} fewer patients are with their practice" if own <= -0.5 else "",
            f"{-barred:,.1f} km more of barriers are inside" if barred <= -0.05 else "",
            f"there are {-alike:,.0f} more residents {UNLIKE}" if alike <= -0.5 else "",
        ]
        return {key: words for key, words in better.items() if words}, [words for words in worse if words]

    def _spent(self, outcomes: Sequence[Outcome], term: Term, what: str) -> str:
        """The words of a term, then what serving the secondary terms cost, for what, and what was proven without it."""
        best = sum(o.best.value for o in outcomes if o.best is not None)
        value = sum(o.plan.value for o in outcomes if o.plan is not None)
        if value <= best:
            return term.in_words
        gap = 1 - sum(o.bound for o in outcomes) / best
        proof = "proven the best possible" if gap <= EXACT else f"proven within {at_most(gap)} of the best possible"
        return (
            f"{term.in_words} {percent((value - best) / best)} of travel and size was spent "
            f"{what}; without that the plan was {proof}."
        )

    def _stopped_by(self, outcomes: Sequence[Outcome], status: Status) -> StoppedBy:
        if self.cancelled:
            return StoppedBy.CANCELLED
        if any(not outcome.repeatable for outcome in outcomes):
            return StoppedBy.CLOCK
        proven = all(outcome.proven for outcome in outcomes) or status is Status.INFEASIBLE
        return StoppedBy.PROOF if proven else StoppedBy.BUDGET


def _status(outcomes: Sequence[Outcome]) -> Status:
    value = sum(outcome.plan.value for outcome in outcomes if outcome.plan is not None)
    bound = sum(outcome.bound for outcome in outcomes)
    return Status.OPTIMAL if bound >= value * (1 - EXACT) else Status.FEASIBLE


def _part_result(outcome: Outcome) -> PartResult:
    part, plan = outcome.part, outcome.plan
    status = Status.INFEASIBLE if outcome.impossible else Status.NO_SOLUTION
    if plan is not None:
        status = Status.OPTIMAL if outcome.bound >= plan.value * (1 - EXACT) else Status.FEASIBLE
    return PartResult(
        name=part.name,
        groups=part.groups,
        units=len(part.units),
        people=int(part.people.sum()),
        neighbourhoods=part.k,
        status=status,
        objective=plan.value if plan is not None else None,
        bound=outcome.bound,
        bound_checked=outcome.bound_checked,
        gap=_gap(plan.value if plan is not None else None, outcome.bound),
        best_primary=outcome.best.value if outcome.best is not None else None,
    )


def _gap(objective: float | None, bound: float) -> float | None:
    if objective is None:
        return None
    return max(0.0, (objective - bound) / objective) if objective > 0 else 0.0


def solver_named() -> str:
    """The solver with its version, as certificates name it."""
    return f"PuLP {version('pulp')} with HiGHS {version('highspy')}"


def own_version() -> str:
    """Of this programme, as installed."""
    try:
        return version("neighbourhood-footprints")
    except PackageNotFoundError:
        return "unknown"

"""The price of each principle: what the best plan would gain without a rule, as an interval that is proven.

Of two problems that differ in one rule let T be the tighter (with the rule), L the looser one. Best plans met and
bounds of both give

    bound(T) - best(L)  <=  optimum(T) - optimum(L)  <=  best(T) - bound(L)                                       (1)

Where every plan of T is a plan of L, which is checked and not supposed, the price is at least 0, best(L) may be taken
from T and bound(T) from L. The place falls into blocks that no neighbourhood of either problem crosses; those in which
the rule changes nothing add 0 to the price whatever their gap, and (1) is summed over the others. Numbers of
neighbourhoods are those of the solved plan: part by part, or their sum where parts are joined or split.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimise.asking.feasibility import outlook
from optimise.budget import GUARD, TABLE, Steps, share
from optimise.criteria import Criteria
from optimise.pool.workers import Workers
from optimise.problem import Ints, Part, Problem
from optimise.score import primary
from optimise.solution import Reason, Solution, StoppedBy
from optimise.solve import solve
from optimise.splitting.presolve import make_part
from optimise.stages import as_found
from optimise.trading.attempts import Attempt, attempt, carried, fewer, multipliers_of, run_all
from optimise.trading.blocks import Block, Side, blocks_of, frozen_sides, kept_nodes, labels_on
from optimise.trading.numbers import Tell, lifted, progress_of, row_of, unreached
from optimise.trading.principles import Principle, principles
from optimise.trading.tables import NumberRow, Price, Prices, best_of_all, combine

SOLVES = 4  # solves of time for all the other problems together; the first plan has taken one
WARM = 0.25  # of a solve is enough for one of them, since it starts from the plan and the multipliers of the first


def prices(
    problem: Problem,
    criteria: Criteria,
    *,
    solution: Solution | None = None,
    processes: int | None = None,
    on_step: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Prices:
    """The price of each rule in force and of those a planner might add, within five solves of time in all.

    on_step is told the key of each rule that is worked on ("" while the plan itself is), and the fraction done.
    solution : of these criteria with `community_allowance` 0, where it is known already; else it is solved first.
    Raises CriteriaError for names that the problem does not know.
    """
    asked = replace(criteria, community_allowance=0.0)
    if on_step is not None:
        on_step("", 0.0)
    plan = solution or solve(problem, asked, should_stop=should_stop, processes=processes)
    residents = int(problem.residents.sum())
    if plan.assignment is None or plan.objective is None:
        return Prices(criteria, (), None, plan.bound, 0, residents, plan.reasons)
    rules = principles(problem, criteria)
    with Workers(processes) as workers:
        sides = _sides(workers, problem, asked, plan, should_stop)
        made = [blocks_of(problem, asked, rule, sides) for rule in rules]
        tries = [
            one for r, (blocks, _) in enumerate(made) for b, block in enumerate(blocks) for one in _tries(r, b, block)
        ]
        assignment = np.array(plan.assignment, dtype=np.int64)
        items = _items(tries, made, asked, assignment)
        # The longest first: none is left alone to the end.
        order = sorted(range(len(tries)), key=lambda i: (-len(items[i][0].people), i))
        said = progress_of(on_step, [f"{rules[tries[i].rule].key}" for i in order])
        answers = run_all(workers, attempt, [items[i] for i in order], should_stop, said)
    done = {
        tries[i]: answer if answer is not None else unreached(items[i][0], items[i][5])
        for i, answer in zip(order, answers, strict=True)
    }
    found = tuple(_price(rule, r, *made[r], done, sides) for r, rule in enumerate(rules))
    return Prices(
        criteria,
        found,
        plan.objective,
        plan.bound,
        len(plan.centres),
        residents,
        repeatable=plan.stopped_by not in (StoppedBy.CLOCK, StoppedBy.CANCELLED) and all(p.repeatable for p in found),
    )


def _sides(
    workers: Workers,
    problem: Problem,
    criteria: Criteria,
    plan: Solution,
    should_stop: Callable[[], bool] | None,
) -> list[Side]:
    """The parts of the solved plan with what is known of each, and the frozen neighbourhoods."""
    tasks = outlook(problem, criteria).tasks
    assignment = np.array(plan.assignment, dtype=np.int64)
    parts = [
        make_part(problem, criteria, task.found, own.neighbourhoods, task.name)
        for task, own in zip(tasks, plan.parts, strict=True)
    ]
    labels = [labels_on(part, assignment) for part in parts]
    values = [
        primary(part, own)[0] if own is not None else float("inf") for part, own in zip(parts, labels, strict=True)
    ]
    steps = share(criteria.seconds, [len(part.people) for part in parts])
    items = [
        (part, value, max(20, own.bound_iterations // 2)) for part, value, own in zip(parts, values, steps, strict=True)
    ]
    known = run_all(workers, multipliers_of, items, should_stop)
    sides = [
        Side(
            task.name, part.units, part.k, value, min(own.bound, value), part.node_of,
            kept_nodes(problem, criteria, task), task, part, label, multipliers,
        )
        for task, part, own, label, value, multipliers in zip(
            tasks, parts, plan.parts, labels, values, known, strict=True
        )
    ]  # fmt: skip
    return sides + frozen_sides(problem, criteria)


@dataclass(frozen=True)
class _Try:
    """Which attempt: the part `other` of a block of a rule, with `k` neighbourhoods."""

    rule: int
    block: int
    other: int
    k: int


def _tries(rule: int, at: int, block: Block) -> list[_Try]:
    """The attempts that a block needs: every number that can be a share of its total, or all where it is free."""
    found = []
    for o, other in enumerate(block.others):
        if other.part is None or other.stuck:
            continue
        rest = [one.choices for i, one in enumerate(block.others) if i != o]
        low = block.number - sum(max(choices) for choices in rest)
        high = block.number - sum(min(choices) for choices in rest)
        for k in other.choices:
            known = block.free and k == block.sides[0].k
            if not known and (block.free or low <= k <= high):
                found.append(_Try(rule, at, o, k))
    return found


def _items(
    tries: Sequence[_Try],
    made: Sequence[tuple[tuple[Block, ...], tuple[Reason, ...]]],
    criteria: Criteria,
    assignment: Ints,
) -> list[tuple[Any, ...]]:
    """The arguments of `attempt`; each rule has the same number of steps in all, whatever it consists of."""
    asked = sorted({one.rule for one in tries})
    seconds = criteria.seconds * min(WARM, SOLVES / max(1, len(asked)))
    items: list[tuple[Any, ...]] = []
    steps: dict[int, Steps] = {}
    for r in asked:
        sizes = [len(_part(one, made).people) if one.k > 1 else 1 for one in tries if one.rule == r]
        steps[r] = fewer(share(max(1, int(seconds)), sizes)[0], seconds / TABLE[0].seconds)
    for one in tries:
        block = made[one.rule][0][one.block]
        part = _part(one, made)
        with_parts = [side for side in block.sides if side.part is not None]
        start = carried(
            [side.part for side in with_parts if side.part is not None], [s.multipliers for s in with_parts], part
        )
        worth = block.sides[0].best if block.free else None
        items.append(
            (part, criteria.seed, steps[one.rule], GUARD * criteria.seconds, labels_on(part, assignment), start, worth)
        )
    return items


def _part(one: _Try, made: Sequence[tuple[tuple[Block, ...], tuple[Reason, ...]]]) -> Part:
    part = made[one.rule][0][one.block].others[one.other].part
    assert part is not None  # noqa: S101 (for the type checker: a frozen neighbourhood is never tried)
    return replace(part, k=one.k)


def _price(
    rule: Principle,
    at: int,
    blocks: Sequence[Block],
    reasons: tuple[Reason, ...],
    done: Mapping[_Try, Attempt],
    sides: Sequence[Side],
) -> Price:
    """The interval of (1), summed over the blocks."""
    if reasons:
        return Price(rule, None, None, impossible=True, reasons=reasons)
    total = Interval(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    number = sum(side.k for side in sides)
    for b, block in enumerate(blocks):
        row = _row(at, b, block, done)
        if row is None:
            return Price(rule, None, None, impossible=True, reasons=(_no_number(block, rule),), where=_names(blocks))
        number += row.number - block.number
        total = total.plus(interval(rule.in_force, block, row))
    mine = [tried for key, tried in done.items() if key.rule == at]
    changed = sum(len(block.sides) for block in blocks)
    return Price(
        rule,
        _known(total.low),
        _known(total.high),
        _known(total.best_with),
        _known(total.bound_with),
        _known(total.best_without),
        _known(total.bound_without),
        _names(blocks),
        everywhere=changed == len(sides),
        impossible=total.bound_with == float("inf") or total.bound_without == float("inf"),
        number=number,
        repeatable=all(tried.repeatable for tried in mine),
    )


def _row(at: int, b: int, block: Block, done: Mapping[_Try, Attempt]) -> NumberRow | None:
    """What is known of the other problem in a block; None where its people do not allow the number."""
    tables = []
    for o, other in enumerate(block.others):
        if other.part is None:
            tables.append([NumberRow(1, other.value, other.value, (1,))])
            continue
        if other.stuck:
            tables.append([NumberRow(k, None, float("inf")) for k in other.choices])
            continue
        tried = [done[key] for k in other.choices if (key := _Try(at, b, o, k)) in done]
        if block.free:
            tried = sorted([*tried, _as_attempt(block.sides[0])], key=lambda one: one.k)
        tables.append([row_of(one) for one in lifted(other.part, tried)])
    rows = combine(tables)
    if block.free:
        return best_of_all(rows)
    return next((row for row in rows if row.number == block.number), None)


def _as_attempt(side: Side) -> Attempt:
    found = None if side.part is None or side.labels is None else as_found(side.part, side.labels)
    return Attempt(side.k, found, side.bound, side.multipliers)


@dataclass(frozen=True)
class Interval:
    """An interval of (1) and what it comes from, in person-km; inf (or -inf) where a side is not known."""

    low: float
    high: float
    best_with: float
    bound_with: float
    best_without: float
    bound_without: float

    def plus(self, other: Interval) -> Interval:
        return Interval(
            self.low + other.low,
            self.high + other.high,
            self.best_with + other.best_with,
            self.bound_with + other.bound_with,
            self.best_without + other.best_without,
            self.bound_without + other.bound_without,
        )


def interval(in_force: bool, block: Block, row: NumberRow) -> Interval:
    """Formula (1) in one block. row : what is known of the problem with the rule changed."""
    infinity = float("inf")
    solved = sum(side.best for side in block.sides), sum(side.bound for side in block.sides)
    changed = infinity if row.best is None else row.best, row.bound
    (best_tight, bound_tight), (best_loose, bound_loose) = (solved, changed) if in_force else (changed, solved)
    if block.included:
        best_loose, bound_tight = min(best_loose, best_tight), max(bound_tight, bound_loose)
    low = -infinity if best_loose == infinity else bound_tight - best_loose
    high = infinity if best_tight == infinity else best_tight - bound_loose
    if block.included:
        low = max(0.0, low)
    return Interval(low, max(low, high), best_tight, bound_tight, best_loose, bound_loose)


def _known(value: float) -> float | None:
    return None if value in (float("inf"), float("-inf")) else value


def _names(blocks: Sequence[Block]) -> tuple[str, ...]:
    return tuple(side.name for block in blocks for side in block.sides)


def _no_number(block: Block, rule: Principle) -> Reason:
    low = sum(min(other.choices) for other in block.others)
    high = sum(max(other.choices) for other in block.others)
    said = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    here = ", ".join(side.name for side in block.sides)
    how = "Without" if rule.in_force else "With"
    return Reason(
        f"{how} this rule the people of {here} allow {said} neighbourhoods, not the {block.number:,} of this plan.",
        f"Ask for {low if block.number < low else high:,}, and propose again.",
    )

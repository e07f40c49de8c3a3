"""Branching on the number of centres in a region, where one dual vector for all plans leaves a gap.

The plain bound is weak where it may use halves of centres: a town that holds one and a half neighbourhoods, a valley
with half of one. "At most m centres lie in this region, or at least m + 1" is true of every plan and of no such half.
Each of the two cases gets a bound of its own (`optimise.proving.cases`) and is split further, the case with the lowest
bound first. What is left of a case after fixing soon suits the integer programme. The bound of the part is the lowest
of its cases.

Cases are taken in rounds of `ROUND`, each case a pure task, so that what comes out is the same for any number of
processes. The first `CHECKED` cases are kept as a `Tree`, whose bound a checker recomputes; what is proven beyond it
stands in `Tree.solved`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from optimise.pool.workers import Task, Workers
from optimise.problem import Bools, Floats, Ints, Part
from optimise.proving.bound import Dual
from optimise.proving.cases import Case, Halves, Prices, first_case, split, unpack
from optimise.proving.exact import GAP, Exact
from optimise.proving.exact_process import solve_apart
from optimise.score import primary
from optimise.tree import Split, Tree

ROUND = 8
CHECKED, CHECKED_IN_HASTE = 150, 20  # cases kept; where a stop or a guard cut in, so few that an answer comes at once
SOLVE_COSTS, STEP_COSTS = 100, 5  # of an integer programme and of a step of HiGHS in it, for each of its pairs
SETTLED = 2_500  # pairs that it settles sooner than ties do
SOON = 400  # pairs that HiGHS settles sooner than further splits do


@dataclass(frozen=True, eq=False)
class Branched:
    """What came of branching.

    labels : (n,) of the best plan known, and its value. bound : person-km, at most `value`; no plan of the part has
    less. tree : the first `CHECKED` cases; it proves `bound`. cases : in all. repeatable : no clock and no stop cut it
    short.
    """

    labels: Ints
    value: float
    bound: float
    tree: Tree
    cases: int
    repeatable: bool


def branch(
    part: Part,
    dual: Dual,
    pair_ok: Bools,
    labels: Ints,
    *,
    work: float,
    exact_pairs: int,
    exact_steps: int,
    seconds: float,
    should_stop: Callable[[], bool] | None = None,
    on_bound: Callable[[float], None] | None = None,
    workers: Workers | None = None,
) -> Branched:
    """Raise the bound of `part` by splitting it into cases; HiGHS settles those that become small.

    dual, pair_ok (n, c) : the bound for all plans and the pairs that it leaves. labels : (n,) a plan that keeps every
    rule. work : pairs looked at in all cases together. exact_pairs, exact_steps : the largest integer programme tried
    in one case, and its steps. seconds : a guard, looked at between rounds.
    """
    run = _Branching(part, dual, pair_ok, labels, exact_pairs, exact_steps, seconds, should_stop, workers)
    return run.to_the_end(work, on_bound)


@dataclass(eq=False)
class _Node:
    """A case in the tree: its split and the two nodes that came of it, or the bound that HiGHS proved for it."""

    case: Case
    halves: Halves | None = None
    children: tuple[int, int] | None = None
    solved: float = 0.0
    tried: bool = False
    prices: Prices | None = None
    failed: int = 1 << 62  # pairs with which the integer programme did not end, in this case or one that held it

    @property
    def bound(self) -> float:
        return max(self.case.bound, self.solved)


@dataclass(eq=False)
class _Branching:
    """The state of one call of `branch`. upper : the value of `labels`; first_upper : what fixing is against."""

    part: Part
    dual: Dual
    pair_ok: Bools
    labels: Ints
    exact_pairs: int
    exact_steps: int
    seconds: float
    should_stop: Callable[[], bool] | None
    workers: Workers | None
    nodes: list[_Node] = field(default_factory=list)
    order: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stop_at = monotonic() + self.seconds
        self.upper = self.first_upper = primary(self.part, self.labels)[0]

    def to_the_end(self, work: float, on_bound: Callable[[float], None] | None) -> Branched:
        workers = self.workers or Workers(1)
        repeatable = not self._late()
        root = Case((), self.dual.multipliers, self.dual.value, b"", 0, np.zeros(len(self.part.people)))
        first = first_case(self.part, self.dual, self.pair_ok, self.upper) if repeatable else root
        everything = np.ones(self.pair_ok.T.shape, np.bool_)
        prices = Prices.best(self.part, first, everything, [self.dual.multipliers])
        self.nodes.append(_Node(first, prices=prices))
        open_cases = [(self.nodes[0].bound, 0)] if repeatable else []
        self.left = work
        settled = float("inf")  # the lowest bound of a case that nothing more can be done about
        while open_cases and self.left > 0:
            if self._late():
                repeatable = False
                break
            lowest = min(settled, open_cases[0][0])
            if on_bound is not None:
                on_bound(min(lowest, self.upper))
            if open_cases[0][0] >= min(settled, self.upper * (1 - GAP)):
                break  # nothing that is still open holds the bound down
            batch = [heapq.heappop(open_cases)[1] for _ in range(min(ROUND, len(open_cases)))]
            if not self._solve([at for at in batch if self._small(at)]):
                repeatable = False
            again = [at for at in batch if self._unsettled(at)]
            tasks = [
                Task(
                    split,
                    (
                        self.part, self.nodes[at].case, self.first_upper, self._solvable(at),
                        self.nodes[at].prices if len(self.order) < CHECKED - 1 else None,
                    ),
                )
                for at in again
            ]  # fmt: skip
            found = workers.run(tasks, should_stop=self.should_stop)
            for at, answer in zip(again, found, strict=True):
                if answer.error is not None:
                    raise answer.error
                if not answer.done:
                    repeatable = False
                    heapq.heappush(open_cases, (self.nodes[at].bound, at))
                elif answer.value is not None:
                    self.left -= answer.value.work
                    for child in self._grow(at, answer.value):
                        if self._unsettled(child):
                            heapq.heappush(open_cases, (self.nodes[child].bound, child))
                else:
                    if self._may_solve(at):
                        repeatable &= self._solve([at])
                    if self._unsettled(at) and self.nodes[at].case.tie is not None:
                        heapq.heappush(open_cases, (self.nodes[at].bound, at))
                    else:
                        settled = min(settled, self.nodes[at].bound)
        bound = min(self.upper, self._proven(0))
        tree = self._tree(CHECKED if repeatable else CHECKED_IN_HASTE)
        return Branched(self.labels, self.upper, bound, tree, (len(self.nodes) + 1) // 2, repeatable)

    def _late(self) -> bool:
        return monotonic() >= self.stop_at or (self.should_stop is not None and self.should_stop())

    def _small(self, at: int) -> bool:
        return self._may_solve(at) and self.nodes[at].case.number <= SOON

    def _may_solve(self, at: int) -> bool:
        node = self.nodes[at]
        return not node.tried and node.case.number <= self.exact_pairs and self.left > 0

    def _solvable(self, at: int) -> int:
        """Pairs up to which the integer programme comes before ties; after it failed once, half as many."""
        node = self.nodes[at]
        return 0 if node.tried else min(SETTLED, self.exact_pairs, node.failed // 2)

    def _unsettled(self, at: int) -> bool:
        return self.nodes[at].bound < self.upper * (1 - GAP)

    def _grow(self, at: int, halves: Halves) -> tuple[int, int]:
        node = self.nodes[at]
        node.halves, node.children = halves, (len(self.nodes), len(self.nodes) + 1)
        failed = node.case.number if node.tried else node.failed
        for half, prices in zip((halves.fewer, halves.more), halves.prices or (None, None), strict=True):
            self.nodes.append(_Node(half, solved=node.solved, failed=failed, prices=prices))
        self.order.append(at)
        return node.children

    def _solve(self, batch: list[int]) -> bool:
        """The integer programme on what is left of these cases; False where a guard or a stop cut one short."""
        if not batch:
            return True
        seconds = self.stop_at - monotonic()

        def one(at: int) -> Exact:
            pairs = unpack(self.part, self.nodes[at].case.pairs).T
            return solve_apart(
                self.workers, self.part, pair_ok=pairs, incumbent=self.labels, steps=self.exact_steps,
                seconds=seconds, should_stop=self.should_stop,
            )  # fmt: skip

        with ThreadPoolExecutor(min(len(batch), (self.workers or Workers(1)).processes), "case") as pool:
            answers = list(pool.map(one, batch))
        for at, exact in zip(batch, answers, strict=True):
            self.nodes[at].solved, self.nodes[at].tried = exact.bound, True
            self.left -= self.nodes[at].case.number * (SOLVE_COSTS + STEP_COSTS * exact.steps)
        best = min(answers, key=lambda exact: exact.value)
        if best.labels is not None and best.value < self.upper:
            self.labels, self.upper = best.labels, best.value
        return all(exact.outcome != "clock" for exact in answers)

    def _proven(self, at: int) -> float:
        """The lowest bound of the cases that this one was split into, or its own; for plans of at most first_upper."""
        lowest, stack = float("inf"), [at]
        while stack:
            node = self.nodes[stack.pop()]
            if node.children is None:
                lowest = min(lowest, node.bound)
            else:
                stack += node.children
        return lowest

    def _tree(self, most: int) -> Tree:
        """The splits that lead to the first `most` cases, and what is known of these."""
        kept = {at: index for index, at in enumerate(self.order[: most - 1])}
        regions: list[Ints] = []
        splits: list[Split] = []
        cases: list[Floats] = []
        solved: list[float] = []

        def refer(at: int) -> int:
            if at in kept:
                return kept[at]
            prices, beyond = self.nodes[at].prices, min(self._proven(at), self.upper)
            assert prices is not None  # noqa: S101 (for the type checker)
            cases.append(prices.multipliers)
            solved.append(beyond if beyond > prices.proven * (1 + 1e-9) else 0.0)
            return -len(cases)

        for at in kept:
            node = self.nodes[at]
            assert node.halves is not None and node.children is not None  # noqa: S101 (for the type checker)
            known = [r for r, nodes in enumerate(regions) if np.array_equal(nodes, node.halves.nodes)]
            if not known:
                regions.append(node.halves.nodes)
            region = known[0] if known else len(regions) - 1
            ways = [refer(child) for child in node.children]
            splits.append(Split(region, node.halves.whole, ways[0], ways[1], node.halves.node))
        if not splits:
            refer(0)
        return Tree(tuple(regions), tuple(splits), tuple(cases), tuple(solved), self.first_upper)

"""Branching on the number of centres in a region, where one dual vector for all plans leaves a gap.

The plain bound is weak where it may use halves of centres: a town that holds one and a half neighbourhoods, a valley
with half of one. "At most m centres lie in this region, or at least m + 1" is true of every plan and of no such half.
Each of the two cases gets multipliers of its own (`optimise.kernels.cases`, with contiguity in the price of a centre as
in `optimise.moats`), safe fixing against the value of the plan in hand, and is split further, the case with the lowest
bound first. What to ask is found by trial, as strong branching does: some questions are tried in a few steps, and the
one whose weaker half gains most is taken. What is left of a case after fixing soon suits the integer programme. The
bound of the part is the lowest of its cases.

Cases are taken in rounds of `ROUND`, each case a pure task, so that what comes out is the same for any number of
processes. The first `CHECKED` cases are kept as a `Tree`, whose bound a checker recomputes. It looks at all pairs, and
multipliers that suit the pairs that fixing leaves may prove little there: each case is kept with those multipliers, its
own or of a case that it came from, that prove most on all pairs. What is proven beyond them stands in `Tree.solved`.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import NamedTuple

import numpy as np

from optimise.bound import Dual, Scaled, scaled_part
from optimise.exact import GAP, Exact
from optimise.exact_process import solve_apart
from optimise.kernels import cases as kernels
from optimise.problem import Bools, Floats, Ints, Part
from optimise.regions import Region, laminar, propose_regions, propose_tie
from optimise.score import primary
from optimise.tree import Split, Tree
from optimise.workers import Task, Workers

ROUND = 8
CHECKED, CHECKED_IN_HASTE = 150, 20  # cases kept; where a stop or a guard cut in, so few that an answer comes at once
DIGITS = 3
TRIALS = 8  # questions about regions that are tried in a case
SECOND = 0.1  # what the gain of the stronger half counts beside that of the weaker
ROUNDING = 1e-11  # of the numbers summed: many times what float arithmetic can lose
LOOK_COSTS = 5_000  # of a case, beside its pairs, in looks at a pair
SOLVE_COSTS, STEP_COSTS = 100, 5  # of an integer programme and of a step of HiGHS in it, for each of its pairs
SETTLED = 2_500  # pairs that it settles sooner than ties do
SOON = 400  # pairs that HiGHS settles sooner than further splits do


class Ascent(NamedTuple):
    """Steps of the ascent in one case, its first and last step length, and how much of the way before each keeps."""

    steps: int
    first: float
    last: float
    inertia: float


LOOK = Ascent(250, 0.06, 0.0018, 0.9)
TRIAL = Ascent(50, 0.06, 0.0018, 0.7)


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


@dataclass(frozen=True, eq=False)
class Case:
    """A case: regions with limits, what is left of it after fixing, and what is known about it.

    multipliers : (n,) person-km. bound : person-km; inf where the case holds no plan. pairs : (c, n) packed bits of the
    surviving pairs. number : how many they are. centred : (n,) share of a centre in each node, in the average. tie :
    the region and the node to ask about where all numbers of centres are settled; None where nothing is cut off.
    """

    regions: tuple[Region, ...]
    multipliers: Floats
    bound: float
    pairs: bytes
    number: int
    centred: Floats
    tie: tuple[Ints, int] | None = None


def unpack(part: Part, pairs: bytes) -> Bools:
    """(c, n): whether candidate j may still take node i."""
    n, c = part.cost.shape
    bits = np.unpackbits(np.frombuffer(pairs, np.uint8), count=n * c)
    return np.asarray(bits.reshape(c, n), np.bool_)


def first_case(part: Part, dual: Dual, pair_ok: Bools, upper: float) -> Case:
    """The case of all plans: multipliers and surviving pairs as they are known."""
    case = Case((), dual.multipliers, dual.value, b"", 0, np.zeros(len(part.people)))
    return look(part, case, np.ascontiguousarray(pair_ok.T), upper)


def question_of(part: Part, own: Scaled, regions: tuple[Region, ...]) -> kernels.Question:
    """A case for the kernels."""
    return kernels.Question(
        own.start, own.rows, own.price, own.people, own.scale, own.owner, part.k, own.lower, own.upper, own.target,
        float(part.deviation), *laminar(regions, len(part.people), part.k), *_beside(part),
    )  # fmt: skip


def look(part: Part, case: Case, allowed: Bools, upper: float) -> Case:
    """The case with its bound raised by an ascent, and its pairs fixed against `upper`.

    allowed : (c, n) the pairs that a plan in the case, of value at most `upper`, may use. A bound that reaches `upper`
    closes the case: no plan in it is better. The bound holds for plans of value at most `upper` alone.
    """
    own, order = _in_order(scaled_part(part, allowed), case.multipliers)
    question = question_of(part, own, case.regions)
    n, offset, level = len(part.people), part.k * own.offset, case.multipliers / own.scale
    aim, centred, shared = upper - offset, np.zeros(n), np.zeros((n, n))
    bound = kernels.ascend(question, aim, aim, level, centred, shared, *LOOK)
    multipliers = level * own.scale
    rounding = ROUNDING * (np.abs(multipliers).sum() + abs(upper))
    keep = np.zeros(len(own.rows), np.bool_)
    if bound < aim:
        kernels.fix(question, level, aim + 1e-9 * abs(upper) + rounding, keep)
    left, kept = np.zeros(allowed.shape, np.bool_), np.empty_like(keep)
    kept[order] = keep
    left[allowed] = kept
    proven = max(case.bound, bound + offset - rounding)
    return replace(
        case,
        multipliers=multipliers,
        bound=float(proven),
        pairs=np.packbits(left).tobytes(),
        number=int(left.sum()),
        centred=centred,
        tie=propose_tie(part, left, centred, shared) if proven < upper else None,
    )


def _barred(part: Part, allowed: Bools, candidates: Bools, node: int) -> Bools:
    """The pairs (c, n) without `node` at these candidates, and without what is then cut off from them."""
    left = allowed.copy()
    left[candidates, node] = False
    kernels.connect(left, np.asarray(part.owner, np.int64), *_beside(part))
    return left


def _in_order(own: Scaled, multipliers: Floats) -> tuple[Scaled, Ints]:
    """Every column from its cheapest pair to its dearest, and the old place of each pair.

    The steps of an ascent are short, so that the kernels then meet nearly every question with the answer of the pair
    before, which processors foresee.
    """
    column = np.repeat(np.arange(len(own.owner)), np.diff(own.start))
    order = np.lexsort((own.price - (multipliers / own.scale)[own.rows], column))
    return replace(own, rows=own.rows[order], price=own.price[order]), order


@dataclass(frozen=True, eq=False)
class Prices:
    """Multipliers (n,) as they are written, and what they prove for a case on all pairs but those its ties bar.

    pairs : (c, n) packed bits of them.
    """

    multipliers: Floats
    proven: float
    pairs: bytes

    @classmethod
    def best(cls, part: Part, case: Case, allowed: Bools, others: list[Floats]) -> Prices:
        """The case's own multipliers, or one of `others` where it proves more."""
        own = scaled_part(part, allowed)
        question, pairs = question_of(part, own, case.regions), np.packbits(allowed).tobytes()
        written = [np.round(multipliers, DIGITS) for multipliers in (case.multipliers, *others)]
        proven = [float(kernels.prove(question, m / own.scale) + part.k * own.offset) for m in written]
        at = int(np.argmax(proven))
        return cls(written[at], proven[at], pairs)

    def of_halves(self, part: Part, halves: Halves) -> tuple[Prices, Prices]:
        """Of the two halves of the case that these are of."""
        fewer = more = unpack(part, self.pairs)
        if halves.node >= 0:
            inside = np.isin(part.owner, halves.nodes)
            fewer, more = (_barred(part, fewer, barred, halves.node) for barred in (inside, ~inside))
        return (
            Prices.best(part, halves.fewer, fewer, [self.multipliers]),
            Prices.best(part, halves.more, more, [self.multipliers]),
        )


@dataclass(frozen=True, eq=False)
class Halves:
    """A case split in two: at most `whole` centres lie in the region `nodes`, or more.

    Where `node` is not -1: the centre of this node does not lie in the region (fewer), or does. work : what finding out
    took, in pairs looked at by a `LOOK`. prices : of the two, for the tree that is kept.
    """

    nodes: Ints
    whole: int
    fewer: Case
    more: Case
    node: int = -1
    work: float = 0.0
    prices: tuple[Prices, Prices] | None = None


def split(part: Part, case: Case, upper: float, solvable: int = 0, prices: Prices | None = None) -> Halves | None:
    """The case split in two, on what a trial of a few questions shows to raise the bounds of both halves most.

    The questions: the regions whose number of centres is least settled, and the node that is cut off or shared out.
    None where all of that is settled, or where all numbers are and no more than `solvable` pairs are left. prices : of
    the case, where its halves are kept too.
    """
    allowed = unpack(part, case.pairs)
    asked = [_Question(nodes, whole) for nodes, whole in propose_regions(part, case.regions, case.centred, TRIALS)]
    if not asked and case.number <= solvable:
        return None
    if case.tie is not None:
        asked.append(_Question(case.tie[0], 0, case.tie[1]))
    if not asked:
        return None
    own, _ = _in_order(scaled_part(part, allowed), case.multipliers)
    trials = [question.halves(part, case, allowed, own, upper) for question in asked]
    need = max(upper - case.bound, 1e-9 * abs(upper))
    worth = [_worth(case.bound, need, *halves) for halves in trials]
    best = max(range(len(asked)), key=lambda at: (worth[at], -at))
    fewer, more = (look(part, half, unpack(part, half.pairs), upper) for half in trials[best])
    looked = 2 + 2 * len(asked) * TRIAL.steps / LOOK.steps
    work = looked * (case.number + LOOK_COSTS)
    halves = Halves(asked[best].nodes, asked[best].whole, fewer, more, asked[best].node, work)
    return halves if prices is None else replace(halves, prices=prices.of_halves(part, halves))


@dataclass(frozen=True, eq=False)
class _Question:
    """Whether at most `whole` centres lie in the region `nodes`; or, of `node`, whether its centre lies there."""

    nodes: Ints
    whole: int
    node: int = -1

    def halves(self, part: Part, case: Case, allowed: Bools, own: Scaled, upper: float) -> tuple[Case, Case]:
        """The two halves after a few steps. own : the part with the pairs `allowed` (c, n), in order."""
        if self.node < 0:
            limits = (0, self.whole), (self.whole + 1, part.k)
            cases = [replace(case, regions=_limited(case.regions, self.nodes, *limit)) for limit in limits]
            return _tried(part, cases[0], own, upper), _tried(part, cases[1], own, upper)
        halves = []
        inside = np.isin(part.owner, self.nodes)
        for barred in (inside, ~inside):
            left = _barred(part, allowed, barred, self.node)
            fresh = replace(case, pairs=np.packbits(left).tobytes(), number=int(left.sum()))
            halves.append(_tried(part, fresh, scaled_part(part, left), upper))
        return halves[0], halves[1]


def _tried(part: Part, case: Case, own: Scaled, upper: float) -> Case:
    """The case with the bound and the multipliers of a short ascent; nothing is fixed."""
    n, offset, level = len(part.people), part.k * own.offset, case.multipliers / own.scale
    question, aim = question_of(part, own, case.regions), upper - offset
    bound = kernels.ascend(question, aim, aim, level, np.zeros(n), np.zeros((n, n)), *TRIAL)
    multipliers = level * own.scale
    rounding = ROUNDING * (np.abs(multipliers).sum() + abs(upper))
    return replace(case, bound=float(max(case.bound, bound + offset - rounding)), multipliers=multipliers)


def _worth(bound: float, need: float, fewer: Case, more: Case) -> float:
    """How much of what is missing the halves bring; the one that gains less decides."""
    gains = [min(1.0, max(0.0, (half.bound - bound) / need)) for half in (fewer, more)]
    return min(gains) + SECOND * max(gains)


def _beside(part: Part) -> tuple[Ints, Ints]:
    """Neighbours of node v: beside[begin[v]:begin[v + 1]]."""
    both = np.concatenate([part.edges, part.edges[:, ::-1]]).astype(np.int64).reshape(-1, 2)
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    begin = np.searchsorted(both[:, 0], np.arange(len(part.people) + 1)).astype(np.int64)
    return begin, np.ascontiguousarray(both[:, 1])


def _limited(regions: tuple[Region, ...], nodes: Ints, low: int, high: int) -> tuple[Region, ...]:
    for at, known in enumerate(regions):
        if np.array_equal(known.nodes, nodes):
            tighter = Region(nodes, max(low, known.fewest), min(high, known.most))
            return (*regions[:at], tighter, *regions[at + 1 :])
    return (*regions, Region(nodes, low, high))


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

"""Branching on the number of centres in a region, where one dual vector for all plans leaves a gap.

The plain bound is weak where it may use halves of centres: a town that holds one and a half neighbourhoods, a valley
with half of one. "At most m centres lie in this region, or at least m + 1" is true of every plan and of no such half.
Each of the two cases gets multipliers of its own (`optimise.kernels.cases`), safe fixing against the value of the plan
in hand, and is split further, the case with the lowest bound first. What is left of a case after fixing soon suits the
integer programme. The bound of the part is the lowest of its cases.

Cases are taken in rounds of `ROUND`, each case a pure task, so that what comes out is the same for any number of
processes. The first `CHECKED` cases are kept as a `Tree`, whose bound a checker recomputes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from time import monotonic

import numpy as np

from optimise.bound import Dual
from optimise.exact import GAP, Exact
from optimise.exact_process import solve_apart
from optimise.kernels import cases as kernels
from optimise.problem import Bools, Floats, Ints, Part
from optimise.regions import Region, laminar, propose_region
from optimise.score import primary
from optimise.tree import Split, Tree
from optimise.workers import Task, Workers

ROUND = 8
CHECKED = 150
DIGITS = 3
STEPS, FIRST, LAST = 400, 0.06, 0.0018
SOON = 400  # pairs that HiGHS settles sooner than further splits do


@dataclass(frozen=True, eq=False)
class Branched:
    """What came of branching.

    labels : (n,) of the best plan known, and its value. bound : person-km, at most `value`. tree : the first `CHECKED`
    cases. repeatable : no clock and no stop cut it short.
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
    surviving pairs. number : how many they are. centred : (n,) share of a centre in each node, in the average.
    """

    regions: tuple[Region, ...]
    multipliers: Floats
    bound: float
    pairs: bytes
    number: int
    centred: Floats


def unpack(part: Part, pairs: bytes) -> Bools:
    """(c, n): whether candidate j may still take node i."""
    n, c = part.cost.shape
    bits = np.unpackbits(np.frombuffer(pairs, np.uint8), count=n * c)
    return np.asarray(bits.reshape(c, n), np.bool_)


def first_case(part: Part, dual: Dual, pair_ok: Bools, upper: float) -> Case:
    """The case of all plans: multipliers and surviving pairs as they are known."""
    case = Case((), dual.multipliers, dual.value, b"", 0, np.zeros(len(part.people)))
    return look(part, case, np.ascontiguousarray(pair_ok.T), upper, STEPS)


def look(part: Part, case: Case, allowed: Bools, upper: float, steps: int) -> Case:
    """The case with its bound raised by at most `steps` steps, and its pairs fixed against `upper`.

    allowed : (c, n). A bound that reaches `upper` closes the case: no plan in it is better.
    """
    people = part.people.astype(np.float64)
    scale = np.where(people > 0, people, 1.0)
    target = float(min(max(part.target, part.lower), part.upper))
    offset = part.k * part.deviation * abs(target - part.target)
    start = np.concatenate([[0], np.cumsum(allowed.sum(axis=1))]).astype(np.int64)
    rows = np.nonzero(allowed)[1].astype(np.int64)
    price = (part.cost.T / scale[None, :])[allowed]
    owner = np.asarray(part.owner, np.int64)
    home, within, fewest, most = laminar(case.regions, len(people), part.k)
    level, centred = case.multipliers / scale, np.zeros(len(people))
    shape = (float(part.lower), float(part.upper), target, float(part.deviation), home, within, fewest, most)
    aim = upper - offset
    bound = kernels.ascend(
        start, rows, price, people, scale, owner, part.k, *shape, aim, aim, level, centred, steps, FIRST, LAST
    )
    keep = np.zeros(len(rows), np.bool_)
    if bound < aim:
        cutoff = aim + 1e-9 * abs(upper)
        kernels.fix(start, rows, price, level, people, scale, owner, part.k, *shape, cutoff, keep)
    left = np.zeros(allowed.shape, np.bool_)
    left[allowed] = keep
    multipliers = level * scale
    rounding = 1e-11 * (np.abs(multipliers).sum() + abs(upper))
    proven = max(case.bound, bound + offset - rounding)
    return replace(
        case,
        multipliers=multipliers,
        bound=float(proven),
        pairs=np.packbits(left).tobytes(),
        number=int(left.sum()),
        centred=centred,
    )


@dataclass(frozen=True, eq=False)
class Halves:
    """A case split in two: at most `whole` centres lie in the region `nodes`, or more."""

    nodes: Ints
    whole: int
    fewer: Case
    more: Case


def split(part: Part, case: Case, upper: float) -> Halves | None:
    """The case split on the region whose number of centres is least settled; None where all are."""
    found = propose_region(part, case.regions, case.centred)
    if found is None:
        return None
    nodes, whole = found
    allowed = unpack(part, case.pairs)
    fewer, more = (
        look(part, replace(case, regions=_limited(case.regions, nodes, low, high)), allowed, upper, STEPS)
        for low, high in ((0, whole), (whole + 1, part.k))
    )
    return Halves(nodes, whole, fewer, more)


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
    rule. work : pairs looked at in all cases together. exact_pairs, exact_steps : the largest integer programme tried in one case, and its steps. seconds : a guard.
    """
    return _Branching(part, dual, pair_ok, labels, exact_pairs, exact_steps, seconds, should_stop, workers).run(
        work, on_bound
    )


@dataclass(eq=False)
class _Node:
    """A case in the tree: its split and the two nodes that came of it, or the bound that HiGHS proved for it."""

    case: Case
    halves: Halves | None = None
    children: tuple[int, int] | None = None
    solved: float = 0.0
    tried: bool = False

    @property
    def bound(self) -> float:
        return max(self.case.bound, self.solved)


@dataclass(eq=False)
class _Branching:
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

    def run(self, work: float, on_bound: Callable[[float], None] | None) -> Branched:
        stop_at = monotonic() + self.seconds
        workers = self.workers or Workers(1)
        self.upper = self.first_upper = primary(self.part, self.labels)[0]
        open_cases: list[tuple[float, int]] = []
        settled = float("inf")
        answers = workers.run([Task(first_case, (self.part, self.dual, self.pair_ok, self.upper))])
        root = _value(answers[0])
        repeatable = root is not None
        self.nodes.append(_Node(root or Case((), self.dual.multipliers, self.dual.value, b"", 0, np.zeros(0))))
        if root is not None:
            heapq.heappush(open_cases, (self.nodes[0].bound, 0))
        while open_cases and work > 0:
            if monotonic() >= stop_at or (self.should_stop is not None and self.should_stop()):
                repeatable = False
                break
            lowest = min(settled, open_cases[0][0])
            if on_bound is not None:
                on_bound(min(lowest, self.upper))
            if open_cases[0][0] >= self.upper * (1 - GAP):
                break
            batch = [heapq.heappop(open_cases)[1] for _ in range(min(ROUND, len(open_cases)))]
            small = [at for at in batch if self._small(at)]
            if not self._solve(small, stop_at - monotonic()):
                repeatable = False
            again = [at for at in batch if self._unsettled(at)]
            tasks = [Task(split, (self.part, self.nodes[at].case, self.first_upper)) for at in again]
            found = workers.run(tasks, should_stop=self.should_stop)
            work -= sum(2 * self.nodes[at].case.number for at in again)
            for at, answer in zip(again, found, strict=True):
                if not answer.done:
                    repeatable = False
                    heapq.heappush(open_cases, (self.nodes[at].bound, at))
                elif answer.value is not None:
                    for child in self._grow(at, answer.value):
                        if self._unsettled(child):
                            heapq.heappush(open_cases, (self.nodes[child].bound, child))
                elif not self.nodes[at].tried and self.nodes[at].case.number <= self.exact_pairs:
                    repeatable &= self._solve([at], stop_at - monotonic())
                    settled = min(settled, self.nodes[at].bound)
                else:
                    settled = min(settled, self.nodes[at].bound)
        bound = min([self.upper, settled, *(low for low, _ in open_cases)])
        return Branched(self.labels, self.upper, bound, self._tree(), (len(self.nodes) + 1) // 2, repeatable)

    def _small(self, at: int) -> bool:
        node = self.nodes[at]
        return not node.tried and node.case.number <= min(SOON, self.exact_pairs)

    def _unsettled(self, at: int) -> bool:
        return self.nodes[at].bound < self.upper * (1 - GAP)

    def _grow(self, at: int, halves: Halves) -> tuple[int, int]:
        node = self.nodes[at]
        node.halves, node.children = halves, (len(self.nodes), len(self.nodes) + 1)
        self.nodes += [_Node(halves.fewer), _Node(halves.more)]
        self.order.append(at)
        return node.children

    def _solve(self, batch: list[int], seconds: float) -> bool:
        """The integer programme on what is left of these cases; False where a guard or a stop cut one short."""
        if not batch:
            return True

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
        best = min(answers, key=lambda exact: exact.value)
        if best.labels is not None and best.value < self.upper:
            self.labels, self.upper = best.labels, best.value
        return all(exact.outcome != "clock" for exact in answers)

    def _tree(self) -> Tree:
        """The first splits, and what was known of the cases that they lead to."""
        kept = {at: index for index, at in enumerate(self.order[: CHECKED - 1])}
        regions: list[Ints] = []
        cases: list[int] = []
        splits: list[Split] = []

        def refer(at: int) -> int:
            if at in kept:
                return kept[at]
            cases.append(at)
            return -len(cases)

        for at in kept:
            node = self.nodes[at]
            assert node.halves is not None and node.children is not None  # noqa: S101 (for the type checker)
            known = [r for r, nodes in enumerate(regions) if np.array_equal(nodes, node.halves.nodes)]
            if not known:
                regions.append(node.halves.nodes)
            region = known[0] if known else len(regions) - 1
            splits.append(Split(region, node.halves.whole, refer(node.children[0]), refer(node.children[1])))
        if not splits:
            cases.append(0)
        return Tree(
            tuple(regions),
            tuple(splits),
            tuple(np.round(self.nodes[at].case.multipliers, DIGITS) for at in cases),
            tuple(self._beyond(at) for at in cases),
            self.first_upper,
        )

    def _beyond(self, at: int) -> float:
        """What HiGHS and splits that are not kept prove for a case beyond its own multipliers; 0 for nothing."""
        lowest, stack = float("inf"), [at]
        while stack:
            node = self.nodes[stack.pop()]
            if node.children is None:
                lowest = min(lowest, node.bound)
            else:
                stack += node.children
        return min(lowest, self.upper) if lowest > self.nodes[at].case.bound * (1 + 1e-9) else 0.0


def _value(answer: object) -> Case | None:
    case = getattr(answer, "value", None)
    return case if isinstance(case, Case) else None

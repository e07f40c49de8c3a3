"""One case of a proof: its multipliers, the pairs that fixing leaves, and the question that splits it best.

A case (`optimise.proving.branching`) gets multipliers of its own by an ascent on the pairs that are left, with
contiguity in the price of a centre as in `optimise.proving.moats`, and safe fixing against the value of the plan in
hand. What to ask next is found by trial, as strong branching does: a few questions are tried in a few steps, and the
one whose weaker half gains most is taken.

A checker looks at all pairs, and multipliers that suit the pairs that fixing leaves may prove little there. So each
case is kept with those multipliers, its own or of a case that it came from, that prove most on all pairs (`Prices`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from optimise.kernels import cases as kernels
from optimise.problem import Bools, Floats, Ints, Part
from optimise.proving.bound import Dual, Scaled, scaled_part
from optimise.proving.regions import Region, laminar, propose_regions, propose_tie

DIGITS = 3
TRIALS = 8  # questions about regions that are tried in a case
SECOND = 0.1  # what the gain of the stronger half counts beside that of the weaker
ROUNDING = 1e-11  # of the numbers summed: many times what float arithmetic can lose
LOOK_COSTS = 5_000  # of a case, beside its pairs, in looks at a pair


class Ascent(NamedTuple):
    """Steps of the ascent in one case, its first and last step length, and how much of the way before each keeps."""

    steps: int
    first: float
    last: float
    inertia: float


LOOK = Ascent(250, 0.06, 0.0018, 0.9)
TRIAL = Ascent(50, 0.06, 0.0018, 0.7)


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

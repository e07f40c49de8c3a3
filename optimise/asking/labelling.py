"""Whether a part can be divided at all, by an integer programme that names neighbourhoods instead of centres.

Sets        N nodes with p_i people; labels l = 1..q, each one neighbourhood, some with a seed s_l that lies in it;
            where q < K one label more, the rest, for all others together; E edges, T together, S apart.
Variables   x_il in {0, 1}: node i has label l.

(1) once        sum_l x_il = 1                                       for i in N
(2) range       L <= sum_i p_i x_il <= U                             for each neighbourhood l
(3) the rest    (k - q) L <= sum_i p_i x_il <= (K - q) U             for the rest, when there is one (k to K in all)
(4) seeds       x_(s_l)l = 1
(5) together    x_al = x_bl                                          for (a, b) in T, every l
(6) apart       x_al + x_bl <= 1                                     for (a, b) in S, each neighbourhood l
(7) order       x_il <= sum_(h < i) x_h(l-1)                         between labels without a seed: they can be swapped
(8) connected   x_al <= sum_(s in Z) x_sl                            Z separates a from the seed of l, or Z is all
                                                                     around a piece with a in it of less than L people
(9) connected   x_al + x_bl <= 1 + sum_(s in Z) x_sl                 Z separates a from b

(8) and (9) are added as pieces come back. The rest need not be connected and is a relaxation, but a piece of it that
fits no number of neighbourhoods is cut off too. Stated so for the few neighbourhoods that locks are about, the proof
that there is no plan takes a fraction of what the centre-based model needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

import highspy
import numpy as np

from optimise.asking.impossible import Groups, within_reach
from optimise.contiguity import neighbours, reach
from optimise.problem import Ints, Part
from optimise.proving.highs import ENUMERATION

Answer = Literal["found", "none", "unknown"]
MOST_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Labelled:
    """What the model told. answer : "found" (`labels` (n,): the stated neighbourhoods, and `q` for the rest, of which
    it is only known that each piece has people for some number), "none" (proven: there is no plan), "unknown" (the
    steps did not suffice).
    """

    answer: Answer
    labels: Ints | None
    steps: int


def label(
    part: Part,
    groups: Groups,
    seeds: Sequence[int],
    q: int,
    ks: tuple[int, int],
    *,
    connected: bool = True,
    steps: int,
    seconds: float,
    should_stop: Callable[[], bool] | None = None,
) -> Labelled:
    """State `q` of from `ks[0]` to `ks[1]` neighbourhoods, the first with the `seeds` (of which no two can share one).

    steps : branch-and-bound nodes and rounds of cuts in all; `seconds` a guard. With `connected` false neighbourhoods
    may lie in pieces.
    """
    model = _Model(part, groups, seeds, q, ks, connected)
    stop_at = monotonic() + seconds
    used = 0
    for _ in range(MOST_ROUNDS):
        left = stop_at - monotonic()
        if used >= steps or left <= 0 or (should_stop is not None and should_stop()):
            return Labelled("unknown", None, used)
        status, labels, nodes = model.solve(steps - used, left)
        used += nodes + 1
        if status == "none":
            return Labelled("none", None, used)
        if labels is None:
            return Labelled("unknown", None, used)
        if not connected or not model.cut(labels):
            return Labelled("found", labels, used)
    return Labelled("unknown", None, used)


class _Model:
    """(1) to (7) and the cuts so far, in HiGHS. People are scaled so that the maximum is near 1."""

    def __init__(
        self, part: Part, groups: Groups, seeds: Sequence[int], q: int, ks: tuple[int, int], connected: bool
    ) -> None:
        self.part, self.seeds, self.q = part, list(seeds), q
        self.fewest, self.most = ks[0] - q, ks[1] - q
        self.n, self.near = len(part.people), neighbours(part)
        self.width = q + (1 if self.most > 0 else 0)
        self.known: set[tuple[int, tuple[int, ...], tuple[int, ...]]] = set()
        self.highs = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("parallel", "off"),
            ("random_seed", 0),
            ("mip_max_improving_sols", 1),
            ("mip_feasibility_tolerance", 1e-7),
            ("presolve_rule_off", ENUMERATION),
        ):
            self.highs.setOptionValue(option, value)
        count = self.n * self.width
        self.highs.addVars(count, np.zeros(count), np.ones(count))
        self.highs.changeColsIntegrality(
            count, np.arange(count, dtype=np.int32), np.array([highspy.HighsVarType.kInteger] * count)
        )
        self._state()
        self._costs()
        if connected:
            self._beside()
            for one, seed in enumerate(self.seeds):
                self._bar(one, within_reach(part, groups, groups.of[seed]))

    def _x(self, node: int, which: int) -> int:
        return node * self.width + which

    def _row(self, low: float, high: float, terms: Sequence[tuple[int, float]]) -> None:
        index = np.array([i for i, _ in terms], dtype=np.int32)
        self.highs.addRow(low, high, len(index), index, np.array([v for _, v in terms], dtype=np.float64))

    def _state(self) -> None:
        part, people = self.part, self.part.people.tolist()
        scale, infinite = 1.0 / max(1, part.upper), highspy.kHighsInf
        for i in range(self.n):
            self._row(1, 1, [(self._x(i, one), 1.0) for one in range(self.width)])
        for one in range(self.width):
            fewest, most = (1, 1) if one < self.q else (self.fewest, self.most)
            load = [(self._x(i, one), p * scale) for i, p in enumerate(people) if p]
            self._row(fewest * part.lower * scale, most * part.upper * scale, load)
        for one, seed in enumerate(self.seeds):
            self.highs.changeColBounds(self._x(seed, one), 1.0, 1.0)
        for a, b in part.together.tolist():
            for one in range(self.width):
                self._row(0, 0, [(self._x(a, one), 1.0), (self._x(b, one), -1.0)])
        for a, b in part.apart.tolist():
            for one in range(self.q):
                self._row(-infinite, 1, [(self._x(a, one), 1.0), (self._x(b, one), 1.0)])
        for one in range(len(self.seeds) + 1, self.q):
            for i in range(self.n):
                before = [(self._x(h, one - 1), -1.0) for h in range(i)]
                self._row(-infinite, 0, [(self._x(i, one), 1.0), *before])

    def _costs(self) -> None:
        """A price for hops from the seed: what comes back first is then more often in one piece."""
        for one, seed in enumerate(self.seeds):
            hops = _hops(seed, self.near)
            for i in range(self.n):
                self.highs.changeColCost(self._x(i, one), float(hops[i] ** 2) / self.n)

    def _bar(self, one: int, inside: set[int]) -> None:
        for i in range(self.n):
            if i not in inside:
                self.highs.changeColBounds(self._x(i, one), 0.0, 0.0)

    def _beside(self) -> None:
        for i in range(self.n):
            self._surround([i], [i])

    def _surround(self, piece: Sequence[int], nodes: Sequence[int]) -> bool:
        """(8) of a piece with less than L people: whoever holds one of `nodes` reaches out of the piece."""
        around = tuple(sorted({b for a in piece for b in self.near[a]} - set(piece)))
        if int(self.part.people[list(piece)].sum()) >= self.part.lower:
            return False
        added = False
        for one in range(self.width):
            for a in nodes:
                added |= self._cut(one, (a,), around)
        return added

    def _cut(self, one: int, ends: tuple[int, ...], separator: tuple[int, ...]) -> bool:
        """x_al (+ x_bl) <= (1 +) the separator; whether it is new."""
        key = (one, ends, separator)
        if key in self.known:
            return False
        self.known.add(key)
        terms = [(self._x(a, one), 1.0) for a in ends] + [(self._x(s, one), -1.0) for s in separator]
        self._row(-highspy.kHighsInf, float(len(ends) - 1), terms)
        return True

    def cut(self, labels: Ints) -> bool:
        """Add cuts for every neighbourhood in pieces; whether any was needed (none: all is connected)."""
        needed = False
        for one in range(self.width):
            pieces = self._pieces(np.flatnonzero(labels == one).tolist())
            if one == self.q:
                for piece in pieces:
                    if not _fits(int(self.part.people[piece].sum()), self.part, self.most):
                        needed = True
                        if not self._surround(piece, piece):
                            self._leave(piece)
                continue
            seed = self.seeds[one] if one < len(self.seeds) else -1
            pieces.sort(key=lambda p: (seed not in p, -int(self.part.people[p].sum()), p[0]))
            for piece in pieces[1:]:
                needed = True
                if not self._surround(piece, piece):
                    self._separate(one, pieces[0], piece, seed)
        return needed

    def _separate(self, one: int, core: Sequence[int], piece: Sequence[int], seed: int) -> None:
        """(8) or (9): a minimal separator close to the piece and one close to the core."""
        inside = set(piece)
        around = {b for a in piece for b in self.near[a]} - inside
        everyone = set(range(self.n))
        side = reach(core[0], everyone - around - inside, self.near)
        near_piece = tuple(sorted(s for s in around if any(b in side for b in self.near[s])))
        ring = {b for a in core for b in self.near[a]} - set(core)
        far = reach(piece[0], everyone - ring - set(core), self.near)
        near_core = tuple(sorted(s for s in ring if any(b in far for b in self.near[s])))
        heaviest = max(sorted(core), key=lambda a: int(self.part.people[a]))
        for separator in (near_piece, near_core):
            for a in piece:
                if seed >= 0:
                    self._cut(one, (a,), separator)
                else:
                    for other in range(len(self.seeds), self.q):
                        self._cut(other, (a, heaviest), separator)

    def _leave(self, piece: Sequence[int]) -> None:
        """A piece of the rest with people for no number of neighbourhoods cannot be left over as it is."""
        around = sorted({b for a in piece for b in self.near[a]} - set(piece))
        terms = [(self._x(a, self.q), 1.0) for a in piece] + [(self._x(s, self.q), -1.0) for s in around]
        self._row(-highspy.kHighsInf, float(len(piece) - 1), terms)

    def _pieces(self, members: Sequence[int]) -> list[list[int]]:
        left, found = set(members), []
        while left:
            piece = reach(min(left), left, self.near)
            left -= piece
            found.append(sorted(piece))
        return found

    def solve(self, nodes: int, seconds: float) -> tuple[str, Ints | None, int]:
        """ "none" when proven infeasible; else the labels of the first solution, or None; and the nodes it took."""
        self.highs.setOptionValue("mip_max_nodes", max(1, nodes))
        self.highs.setOptionValue("time_limit", max(0.1, seconds))
        self.highs.run()
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kSolveError:  # what presolve undid does not fit
            self.highs.clearSolver()
            self.highs.setOptionValue("presolve", "off")
            self.highs.run()
            self.highs.setOptionValue("presolve", "choose")
        info = self.highs.getInfo()
        used = max(0, int(info.mip_node_count))
        if self.highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible:
            return "none", None, used
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return "", None, used
        values = np.array(self.highs.getSolution().col_value).reshape(self.n, self.width)
        return "", values.argmax(axis=1).astype(np.int64), used


def _fits(people: int, part: Part, most: int) -> bool:
    """Whether some number of neighbourhoods from 1 to `most` can hold so many people."""
    fewest = -(-people // max(1, part.upper))
    return max(1, fewest) <= most and max(1, fewest) * part.lower <= people


def _hops(start: int, near: Sequence[Sequence[int]]) -> list[int]:
    hops = [len(near)] * len(near)
    hops[start], wave = 0, [start]
    for a in wave:
        for b in near[a]:
            if hops[b] > hops[a] + 1:
                hops[b] = hops[a] + 1
                wave.append(b)
    return hops

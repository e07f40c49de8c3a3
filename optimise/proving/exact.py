"""The integer programme: the Hess model on the pairs that survive fixing, solved by PuLP and HiGHS.

Sets        N nodes with p_i people; C candidate centres, o(j) the node that holds j; A the surviving pairs (i, j);
            E edges, T pairs to keep together, S pairs to keep apart.
Variables   x_ij in {0, 1}: node i belongs to the neighbourhood of centre j; y_j is x_o(j)j, "j is a centre";
            d_j >= 0: people of j's neighbourhood above or below the target.

(1) minimise    sum c_ij x_ij + w sum d_j
(2) once        sum_j x_ij = 1                                       for i in N
(3) number      sum_j y_j = k
(4) range       L y_j <= sum_i p_i x_ij <= U y_j                     for j in C
(5) opened      x_ij <= y_j                                          for (i, j) in A
(6) size        d_j >= +-(sum_i p_i x_ij - target y_j)               for j in C, when w > 0
(7) together    x_aj = x_bj                                          for (a, b) in T, j in C
(8) apart       x_aj + x_bj <= y_j                                   for (a, b) in S, j in C
(9) contiguous  x_aj <= sum_{s in Z} x_sj                            Z separates a from o(j) in E

(9) is exponential: the model is solved without it, what comes back in pieces is cut off, and it is solved again.
A model without some of (9) is a relaxation, so each round's dual bound, and a proof that there is no solution, hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from time import monotonic
from typing import Literal

import highspy
import numpy as np
import pulp

from optimise import contiguity
from optimise.problem import Bools, Ints, Part
from optimise.proving.highs import Highs, Programme
from optimise.score import primary

Outcome = Literal["proved", "infeasible", "stopped", "clock"]
GAP = 2e-5
MOST_ROUNDS = 40


@dataclass(frozen=True, eq=False)
class Exact:
    """What the model told, checked. `labels` (n,) is a contiguous plan in range, or None.

    outcome : "proved" (no plan is better than `value` by more than GAP; of `find_plan`: there is this plan),
    "infeasible" (there is no plan at all; never said when a plan was given), "stopped" (step budget, or no cut was
    left to add), "clock" (time guard or cancelled; may not repeat). bound : person-km, never above `value`; infinite
    when infeasible.
    """

    labels: Ints | None
    value: float
    bound: float
    outcome: Outcome
    rounds: int
    cuts: int
    steps: int


def solve_exact(
    part: Part,
    *,
    centre_ok: Bools | None = None,
    pair_ok: Bools | None = None,
    incumbent: Ints | None = None,
    steps: int,
    seconds: float,
    should_stop: Callable[[], bool] | None = None,
    on_bound: Callable[[float], None] | None = None,
) -> Exact:
    """Solve `part` on the surviving pairs. `steps` are HiGHS' looks at its limits in all rounds, `seconds` a guard.

    centre_ok (c,), pair_ok (n, c) : all True when None; they must keep every plan better than `incumbent`.
    incumbent : labels (n,) of the best plan so far; the solver starts there, and no bound is told above its value,
    since what was fixed may have taken worse plans away.
    """
    n, c = part.cost.shape
    centres = np.ones(c, dtype=np.bool_) if centre_ok is None else centre_ok
    pairs = (np.ones((n, c), dtype=np.bool_) if pair_ok is None else pair_ok) & centres[None, :]
    return _rounds(part, pairs, incumbent, steps, seconds, should_stop, on_bound, GAP)


def find_plan(part: Part, *, steps: int, seconds: float, should_stop: Callable[[], bool] | None = None) -> Exact:
    """Any plan of `part`, or the proof that there is none; says nothing of how good a plan could be.

    A neighbourhood is stated once only, by its first node instead of by each centre it could have, and every solve
    ends with the first solution: whether there is a plan is then answered many times sooner.
    """
    n = len(part.people)
    first = np.zeros(len(part.owner), dtype=np.bool_)
    first[np.unique(part.owner, return_index=True)[1]] = True
    pairs = first[None, :] & (np.arange(n)[:, None] >= part.owner[None, :])
    found = _rounds(part, pairs, None, steps, seconds, should_stop, None, float("inf"))
    return replace(found, bound=found.bound if found.outcome == "infeasible" else 0.0)


def _rounds(
    part: Part,
    pairs: Bools,
    best: Ints | None,
    steps: int,
    seconds: float,
    should_stop: Callable[[], bool] | None,
    on_bound: Callable[[float], None] | None,
    gap: float,
) -> Exact:
    """Solve, cut, solve again. With an infinite `gap` the first plan that is contiguous ends it."""
    upper = primary(part, best)[0] if best is not None else float("inf")
    model = _Model(part, pairs, gap)
    neighbours = contiguity.neighbours(part)
    if best is None:  # with no plan to start from, most rounds would only meet one plan in pieces after another
        model.add_cuts(contiguity.beside(part, pairs, neighbours))
    stop_at = monotonic() + seconds
    bound, used, cuts = 0.0, 0, 0
    for rounds in range(1, MOST_ROUNDS + 1):
        left = stop_at - monotonic()
        if left <= 0 or (should_stop is not None and should_stop()):
            return Exact(best, upper, min(bound, upper), "clock", rounds, cuts, used)
        answer = model.solve(best, max(0, steps - used), left, should_stop)
        used += answer.steps
        if answer.outcome == "infeasible" and best is not None:  # its pairs are not all there, and nothing else is
            return Exact(best, upper, upper, "proved", rounds, cuts, used)
        if answer.outcome == "infeasible":
            return Exact(None, upper, upper, "infeasible", rounds, cuts, used)
        bound = max(bound, min(answer.bound, upper))
        if on_bound is not None and bound > 0:
            on_bound(bound)
        pieces: list[tuple[int, Ints]] = []
        if answer.chosen is not None:
            pieces = contiguity.pieces(part, answer.chosen, neighbours)
            labels = _labels(answer.chosen)
            if not pieces and _in_range(part, labels):
                value = primary(part, labels)[0]
                if value < upper:
                    best, upper = labels, value
        if best is not None and (gap == float("inf") or bound >= upper * (1 - gap)):
            return Exact(best, upper, min(bound, upper), "proved", rounds, cuts, used)
        if answer.outcome != "proved":
            return Exact(best, upper, min(bound, upper), answer.outcome, rounds, cuts, used)
        new = [
            cut
            for j, piece in pieces
            for cut in contiguity.separators(part, j, piece, answer.chosen, neighbours, pairs)
        ]
        added = model.add_cuts(new)
        cuts += added
        if not added:
            return Exact(best, upper, min(bound, upper), "stopped", rounds, cuts, used)
    return Exact(best, upper, min(bound, upper), "stopped", MOST_ROUNDS, cuts, used)


@dataclass(frozen=True, eq=False)
class _Answer:
    """One solve: candidate of each node (n,) or None, a valid lower bound, and how it ended."""

    chosen: Ints | None
    bound: float
    outcome: Outcome
    steps: int


class _Model:
    """The model (1)-(8) of a part, to which cuts (9) are added. Objective and people are scaled near 1."""

    def __init__(self, part: Part, pairs: Bools, gap: float) -> None:
        self.part, self.pairs, self.gap = part, pairs, gap
        self.rows = [np.flatnonzero(pairs[i]) for i in range(len(part.people))]
        opened = pairs[part.owner, np.arange(len(part.owner))]
        self.columns = {int(j): np.flatnonzero(pairs[:, j]) for j in np.flatnonzero(opened)}
        costs = part.cost[pairs]
        self.scale = 1.0 / max(1e-9, float(costs.mean()) if len(costs) else 1.0)
        self.crowd = 1.0 / max(1.0, part.target)
        self.lp = Programme("neighbourhoods")
        self.x = {
            (i, j): self.lp.add_variable(f"x_{i}_{j}", cat=pulp.LpBinary)
            for j, column in self.columns.items()
            for i in column.tolist()
        }
        self.d = {j: self.lp.add_variable(f"d_{j}", lowBound=0) for j in self.columns} if part.deviation > 0 else {}
        self.cuts: set[tuple[int, int, tuple[int, ...]]] = set()
        self._objective()
        self._once_and_number()
        self._range_and_size()
        self._together_and_apart()

    def _objective(self) -> None:
        cost, weight = self.part.cost, self.part.deviation / self.crowd
        travel = [(variable, float(cost[i, j]) * self.scale) for (i, j), variable in self.x.items()]
        size = [(variable, weight * self.scale) for variable in self.d.values()]
        self.lp += pulp.LpAffineExpression(travel + size), "value"

    def _once_and_number(self) -> None:
        for i, row in enumerate(self.rows):
            self.lp += _sum(self.x[i, j] for j in row.tolist() if j in self.columns) == 1, f"once_{i}"
        self.lp += _sum(self._y(j) for j in self.columns) == self.part.k, "number"

    def _range_and_size(self) -> None:
        part = self.part
        for j, column in self.columns.items():
            y = self._y(j)
            load = [(self.x[i, j], float(part.people[i]) * self.crowd) for i in column.tolist()]
            self.lp += pulp.LpAffineExpression(load) - part.lower * self.crowd * y >= 0, f"least_{j}"
            self.lp += pulp.LpAffineExpression(load) - part.upper * self.crowd * y <= 0, f"most_{j}"
            for i in column.tolist():
                if i != part.owner[j]:
                    self.lp += self.x[i, j] - y <= 0, f"opened_{i}_{j}"
            if self.d:
                above = pulp.LpAffineExpression(load) - part.target * self.crowd * y
                self.lp += self.d[j] - above >= 0, f"above_{j}"
                self.lp += self.d[j] + above >= 0, f"below_{j}"

    def _together_and_apart(self) -> None:
        for a, b in self.part.together.tolist():
            for j in self.columns:
                if (a, j) in self.x or (b, j) in self.x:
                    self.lp += _sum(self._get(a, j)) - _sum(self._get(b, j)) == 0, f"together_{a}_{b}_{j}"
        for a, b in self.part.apart.tolist():
            for j in self.columns:
                if (a, j) in self.x and (b, j) in self.x:
                    self.lp += self.x[a, j] + self.x[b, j] - self._y(j) <= 0, f"apart_{a}_{b}_{j}"

    def add_cuts(self, cuts: Iterable[tuple[int, int, tuple[int, ...]]]) -> int:
        """Add (9) for each (node a, centre j, separator nodes); returns how many were new."""
        added = 0
        for a, j, separator in cuts:
            if (a, j, separator) not in self.cuts and (a, j) in self.x:
                self.cuts.add((a, j, separator))
                beyond = _sum(v for s in separator for v in self._get(s, j))
                self.lp += self.x[a, j] - beyond <= 0, f"contiguous_{len(self.cuts)}"
                added += 1
        return added

    def solve(self, best: Ints | None, steps: int, seconds: float, should_stop: Callable[[], bool] | None) -> _Answer:
        """Solve as it stands, starting from the labels `best`. Never believes a status it cannot read twice."""
        start = None if best is None else self._start(best)
        solver = Highs(steps, should_stop, start, self.gap, timeLimit=max(0.1, seconds))
        try:
            self.lp.solve(solver)
        except pulp.PulpSolverError:
            return _Answer(None, 0.0, "stopped", solver.steps)
        highs = self.lp.solverModel
        info = highs.getInfo()
        bound = max(0.0, info.mip_dual_bound / self.scale) if np.isfinite(info.mip_dual_bound) else 0.0
        if self.lp.sol_status == pulp.LpSolutionInfeasible:
            believed = start is None and highs.getModelStatus() == highspy.HighsModelStatus.kInfeasible
            return _Answer(None, 0.0, "infeasible" if believed else "stopped", solver.steps)
        chosen = self._read() if info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible else None
        if self.lp.sol_status == pulp.LpSolutionOptimal and chosen is not None:
            return _Answer(chosen, bound, "proved", solver.steps)
        timed = highs.getModelStatus() == highspy.HighsModelStatus.kTimeLimit or solver.interrupted == "clock"
        return _Answer(chosen, bound, "clock" if timed else "stopped", solver.steps)

    def _start(self, labels: Ints) -> list[float] | None:
        """Values of all variables at a plan, in PuLP's order; None when the plan uses a pair that was removed."""
        centres = primary(self.part, labels)[1]
        on = [(i, int(centres[d])) for i, d in enumerate(labels.tolist())]
        if any(pair not in self.x for pair in on):
            return None
        values = {self.x[pair].name: 1.0 for pair in on}
        for d, j in enumerate(centres.tolist()):
            if self.d:
                load = float(self.part.people[labels == d].sum())
                values[self.d[j].name] = abs(load - self.part.target) * self.crowd
        return [values.get(variable.name, 0.0) for variable in self.lp.variables()]

    def _read(self) -> Ints | None:
        chosen = np.full(len(self.rows), -1, dtype=np.int64)
        for (i, j), variable in self.x.items():
            if (variable.varValue or 0.0) > 0.5:
                if chosen[i] >= 0:
                    return None
                chosen[i] = j
        return None if (chosen < 0).any() else chosen

    def _y(self, j: int) -> pulp.LpVariable:
        return self.x[int(self.part.owner[j]), j]

    def _get(self, i: int, j: int) -> list[pulp.LpVariable]:
        return [self.x[i, j]] if (i, j) in self.x else []


def _sum(variables: Iterable[pulp.LpVariable]) -> pulp.LpAffineExpression:
    return pulp.LpAffineExpression([(variable, 1.0) for variable in variables])


def _labels(chosen: Ints) -> Ints:
    return np.unique(chosen, return_inverse=True)[1].astype(np.int64)


def _in_range(part: Part, labels: Ints) -> bool:
    """The plan has k neighbourhoods in range and keeps the locks; the solver's word is not enough."""
    loads = np.bincount(labels, weights=part.people, minlength=part.k)
    together = all(labels[a] == labels[b] for a, b in part.together.tolist())
    apart = all(labels[a] != labels[b] for a, b in part.apart.tolist())
    in_range = bool((loads >= part.lower).all() and (loads <= part.upper).all())
    return len(loads) == part.k and in_range and together and apart

"""A case that HiGHS closed, closed again by another solver: CBC, on a model stated anew from the written proof.

The model is that of `optimise.proving.exact`, (1)-(9), on the pairs that `optimise.proving.proof.surviving` leaves,
with the limits of the case on the number of centres in its regions, and one row more:

(10) worth       objective <= (1 - MARGIN) times the bound that HiGHS gave for the case.

That bound is confirmed when (10) leaves no plan. What comes back in pieces is cut off, and CBC is asked again; a
contiguous plan in range that meets (10) contradicts HiGHS. A stop at a limit confirms nothing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Literal

import numpy as np
import pulp

from optimise import contiguity
from optimise.problem import Bools, Ints, Part
from optimise.proving.proof import Regions, case_regions, surviving
from optimise.score import primary
from optimise.tree import Tree

Verdict = Literal["confirmed", "contradicted", "not settled"]
MARGIN = 1e-5
MOST_ROUNDS = 200
SOLVER = "CBC"
_STOPPED = ("result - stopped", "exiting on", "on maximum")
_NOTHING_LEFT = (
    "problem is infeasible",
    "problem proven infeasible",
    "linear relaxation infeasible",
    "pre-processing says infeasible or unbounded",  # it cannot be unbounded: no cost is below 0
)


@dataclass(frozen=True, eq=False)
class Resolved:
    """What CBC says of one case. words : why, where it is not settled. value, labels : of a plan that contradicts."""

    case: int
    verdict: Verdict
    pairs: int
    rounds: int
    seconds: float
    words: str = ""
    value: float | None = None
    labels: Ints | None = None


def available() -> bool:
    """Whether the CBC that PuLP brings along runs on this machine."""
    return bool(_solver(1.0, None).available())


def resolve(
    part: Part,
    tree: Tree,
    case: int,
    *,
    seconds: float,
    tell: Callable[[str], None] | None = None,
) -> Resolved:
    """Ask CBC whether the case holds a plan worth less than HiGHS' bound for it. `seconds` limits all its solves.

    Raises ValueError for a tree that is none.
    """
    began = monotonic()
    bound = min(tree.solved[case], tree.upper)
    pairs = surviving(part, tree, case)[1]
    if not available():
        return Resolved(case, "not settled", int(pairs.sum()), 0, monotonic() - began, f"{SOLVER} does not run here")
    model = _Model(part, pairs, case_regions(part, tree, case), bound * (1 - MARGIN))
    neighbours = contiguity.neighbours(part)

    def answer(
        verdict: Verdict, rounds: int, words: str = "", value: float | None = None, labels: Ints | None = None
    ) -> Resolved:
        return Resolved(case, verdict, int(pairs.sum()), rounds, monotonic() - began, words, value, labels)

    if model.empty:
        return answer("confirmed", 0)
    for rounds in range(1, MOST_ROUNDS + 1):
        left = seconds - (monotonic() - began)
        if left <= 0:
            return answer("not settled", rounds - 1, "the time was up")
        if tell is not None:
            tell(f"{SOLVER} solves {part.name}, case {case + 1}: {int(pairs.sum()):,} pairs, round {rounds}")
        outcome, chosen = model.solve(left)
        if outcome == "none":
            return answer("confirmed", rounds)
        if chosen is None:
            return answer("not settled", rounds, outcome)
        pieces = contiguity.pieces(part, chosen, neighbours)
        if not pieces:
            labels = np.unique(chosen, return_inverse=True)[1].astype(np.int64)
            value = primary(part, labels)[0] if _is_plan(part, labels) else np.inf
            if value < bound * (1 - 0.5 * MARGIN):
                return answer("contradicted", rounds, value=value, labels=labels)
            return answer("not settled", rounds, f"{SOLVER} named a plan that is not worth what it said")
        new = [cut for j, piece in pieces for cut in contiguity.separators(part, j, piece, chosen, neighbours, pairs)]
        if not model.add_cuts(new):
            return answer("not settled", rounds, f"{SOLVER} found a plan in pieces that no cut takes away")
    return answer("not settled", MOST_ROUNDS, "plans in pieces came back without end")


class _Model:
    """(1)-(8), (10) and the case's limits; cuts (9) are added. Objective and people are scaled near 1."""

    def __init__(self, part: Part, pairs: Bools, regions: Regions, worth: float) -> None:
        self.part = part
        opened = pairs[part.owner, np.arange(len(part.owner))]
        self.columns = {int(j): np.flatnonzero(pairs[:, j]).tolist() for j in np.flatnonzero(opened)}
        self.empty = not self.columns or not pairs[:, opened].any(axis=1).all()
        self.lp = pulp.LpProblem("case", pulp.LpMinimize)
        self.x = {
            (i, j): self.lp.add_variable(f"x_{i}_{j}", cat=pulp.LpBinary)
            for j, column in self.columns.items()
            for i in column
        }
        self.cuts = set[contiguity.Cut]()
        scale = part.k / max(1e-9, abs(worth))
        crowd = 1.0 / max(1.0, part.target)
        costs = [(x, float(part.cost[i, j]) * scale) for (i, j), x in self.x.items()]
        off = {}
        if part.deviation > 0:
            off = {j: self.lp.add_variable(f"d_{j}", lowBound=0) for j in self.columns}
            costs += [(d, part.deviation / crowd * scale) for d in off.values()]
        self.lp += pulp.LpAffineExpression(costs)
        self.lp += pulp.LpAffineExpression(costs) <= worth * scale, "worth"
        for i in range(len(part.people)):
            self.lp += _sum(self.x[i, j] for j in self.columns if (i, j) in self.x) == 1
        self.lp += _sum(map(self._y, self.columns)) == part.k
        for nodes, fewest, most in regions:
            inside = set(nodes.tolist())
            centres = _sum(self._y(j) for j in self.columns if int(part.owner[j]) in inside)
            self.lp += centres >= fewest
            self.lp += centres <= most
        for j, column in self.columns.items():
            y = self._y(j)
            load = pulp.LpAffineExpression([(self.x[i, j], float(part.people[i]) * crowd) for i in column])
            self.lp += load - part.lower * crowd * y >= 0
            self.lp += load - part.upper * crowd * y <= 0
            if off:
                self.lp += off[j] - load + part.target * crowd * y >= 0
                self.lp += off[j] + load - part.target * crowd * y >= 0
            for i in column:
                if i != int(part.owner[j]):
                    self.lp += self.x[i, j] - y <= 0
        self._locks()

    def _locks(self) -> None:
        for a, b in self.part.together.tolist():
            for j in self.columns:
                if (a, j) in self.x or (b, j) in self.x:
                    self.lp += _sum(self._get(a, j)) - _sum(self._get(b, j)) == 0
        for a, b in self.part.apart.tolist():
            for j in self.columns:
                if (a, j) in self.x and (b, j) in self.x:
                    self.lp += self.x[a, j] + self.x[b, j] - self._y(j) <= 0

    def add_cuts(self, cuts: Iterable[contiguity.Cut]) -> int:
        """Add (9) for each (node, candidate, separator); how many were new."""
        new = dict.fromkeys(cut for cut in cuts if cut not in self.cuts and cut[:2] in self.x)
        for a, j, separator in new:
            self.lp += self.x[a, j] - _sum(x for s in separator for x in self._get(s, j)) <= 0
        self.cuts.update(new)
        return len(new)

    def solve(self, seconds: float) -> tuple[str, Ints | None]:
        """("none", None) where CBC proves that nothing is left; ("", candidate of each node); else why not."""
        began = monotonic()
        with tempfile.TemporaryDirectory() as folder:
            log = Path(folder) / "cbc.log"
            try:
                self.lp.solve(_solver(seconds, log))
            except (pulp.PulpSolverError, OSError):
                return f"{SOLVER} broke off", None
            said = log.read_text(encoding="utf-8", errors="replace").casefold()
        # PuLP says Optimal of a run that a limit stopped; only what CBC itself wrote tells it from an end.
        stopped = any(words in said for words in _STOPPED) or monotonic() - began > 0.9 * seconds
        if self.lp.status == pulp.LpStatusInfeasible and not stopped and any(words in said for words in _NOTHING_LEFT):
            return "none", None
        if self.lp.sol_status not in (pulp.LpSolutionOptimal, pulp.LpSolutionIntegerFeasible):
            return ("the time was up" if stopped else f"{SOLVER} came to no end"), None
        chosen = np.full(len(self.part.people), -1, dtype=np.int64)
        for (i, j), x in self.x.items():
            if (x.varValue or 0.0) > 0.5:
                if chosen[i] >= 0:
                    return f"{SOLVER} named a plan with an LSOA in two places", None
                chosen[i] = j
        return ("", chosen) if (chosen >= 0).all() else (f"{SOLVER} named a plan with LSOAs left out", None)

    def _y(self, j: int) -> pulp.LpVariable:
        return self.x[int(self.part.owner[j]), j]

    def _get(self, i: int, j: int) -> list[pulp.LpVariable]:
        return [self.x[i, j]] if (i, j) in self.x else []


def _solver(seconds: float, log: Path | None) -> pulp.LpSolver:
    return pulp.PULP_CBC_CMD(
        msg=False,
        timeLimit=max(1.0, seconds),
        threads=None,
        logPath=None if log is None else str(log),
        _skip_v4_deprecation=True,  # that PuLP 4 brings no solver along is known; `available` says so then
    )


def _sum(variables: Iterable[pulp.LpVariable]) -> pulp.LpAffineExpression:
    return pulp.LpAffineExpression([(variable, 1.0) for variable in variables])


def _is_plan(part: Part, labels: Ints) -> bool:
    loads = np.bincount(labels, weights=part.people, minlength=part.k)
    together = all(labels[a] == labels[b] for a, b in part.together.tolist())
    apart = all(labels[a] != labels[b] for a, b in part.apart.tolist())
    return len(loads) == part.k and bool(((loads >= part.lower) & (loads <= part.upper)).all()) and together and apart

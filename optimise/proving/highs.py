"""HiGHS through PuLP: PuLP states the programme, and it is handed to HiGHS whole instead of line by line.

PuLP's own hand-over adds every column and row by a call of its own and looks through all constraints for variables
several times; for our small programmes, solved again after every round of cuts, that took four times as long as HiGHS.
Columns and rows keep PuLP's order, so that HiGHS does the same steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import highspy
import numpy as np
import pulp

ENUMERATION = 1 << 16  # a rule of HiGHS 1.15's presolve that loses solutions: it calls models infeasible that are not
HEURISTICS = tuple(
    f"mip_heuristic_run_{name}" for name in ("rins", "rens", "root_reduced_cost", "feasibility_jump")
)  # their sub-problems take longer than the proof when a good plan is known


class Programme(pulp.LpProblem):  # type: ignore[misc]
    """PuLP's minimisation, which looks for its variables once; all are made before the first solve."""

    def __init__(self, name: str) -> None:
        super().__init__(name, pulp.LpMinimize)
        self._sorted: list[pulp.LpVariable] = []

    def variables(self) -> list[pulp.LpVariable]:
        """All variables in PuLP's order, by name."""
        if not self._sorted:
            self._sorted = list(super().variables())
        return self._sorted


class Highs(pulp.HiGHS):  # type: ignore[misc]
    """HiGHS with a start, and a limit on steps that repeats on every machine, beside the clock.

    A step is one of HiGHS' own looks at its limits: about one for each round of cuts at the root and for each node.
    start : a value for each variable in the order of `variables()`, or None. gap : relative, where it may end.
    """

    def __init__(
        self, steps: int, should_stop: Callable[[], bool] | None, start: list[float] | None, gap: float, **options: Any
    ) -> None:
        super().__init__(
            msg=False,
            threads=1,
            gapRel=gap / 2,
            gapAbs=1e-9,
            callbackTuple=(self._watch, None),
            callbacksToActivate=[highspy.cb.HighsCallbackType.kCallbackMipInterrupt],
            parallel="off",
            random_seed=0,
            presolve_rule_off=ENUMERATION,
            **options,
            **(dict.fromkeys(HEURISTICS, False) if start else {}),
        )
        self.start = start
        self.limit, self.should_stop, self.interrupted, self.steps = steps, should_stop, "", 0

    def _watch(self, kind: Any, message: str, out: Any, into: Any, data: Any) -> None:
        self.steps += 1
        if self.should_stop is not None and self.should_stop():
            self.interrupted = "clock"
        elif self.steps > self.limit:
            self.interrupted = "stopped"
        into.user_interrupt = bool(self.interrupted)

    def buildSolverModel(self, lp: pulp.LpProblem) -> None:
        lp.solverModel.passModel(handed_over(lp))

    def callSolver(self, lp: pulp.LpProblem) -> None:
        if self.start:
            known = highspy.HighsSolution()
            known.col_value = self.start
            lp.solverModel.setSolution(known)
        lp.solverModel.run()

    def findSolutionValues(self, lp: pulp.LpProblem) -> tuple[int, int]:
        try:
            status: tuple[int, int] = super().findSolutionValues(lp)
        except KeyError:  # a HiGHS status that PuLP does not map, such as kSolutionLimit
            return pulp.constants.LpStatusNotSolved, pulp.constants.LpSolutionNoSolutionFound
        return status


def handed_over(lp: pulp.LpProblem) -> highspy.HighsLp:
    """The programme as HiGHS takes it, columns in the order of `lp.variables()`, rows in that of its constraints."""
    variables, constraints = lp.variables(), lp.constraints()
    for at, variable in enumerate(variables):
        variable.index = at
    index, value, start = [], [], [0]
    for at, constraint in enumerate(constraints):
        constraint.index = at
        for variable, coefficient in constraint.items():
            if coefficient != 0:
                index.append(variable.index)
                value.append(coefficient)
        start.append(len(index))
    made = highspy.HighsLp()
    made.num_col_, made.num_row_ = len(variables), len(constraints)
    made.col_cost_ = np.array([lp.objective.get(v, 0.0) for v in variables], dtype=np.float64)
    made.col_lower_ = _limits([v.lowBound for v in variables], -highspy.kHighsInf)
    made.col_upper_ = _limits([v.upBound for v in variables], highspy.kHighsInf)
    whole, free = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
    made.integrality_ = [whole if v.cat == pulp.LpInteger else free for v in variables]
    made.row_lower_ = _limits([c.getLb() for c in constraints], -highspy.kHighsInf)
    made.row_upper_ = _limits([c.getUb() for c in constraints], highspy.kHighsInf)
    made.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    made.a_matrix_.start_ = np.array(start, dtype=np.int32)
    made.a_matrix_.index_ = np.array(index, dtype=np.int32)
    made.a_matrix_.value_ = np.array(value, dtype=np.float64)
    return made


def _limits(values: list[float | None], open_end: float) -> np.ndarray:
    return np.array([open_end if v is None else v for v in values], dtype=np.float64)

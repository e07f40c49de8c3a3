"""A plan laid on its problem: who is where, what a neighbourhood is worth, and what hangs together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np

from boundaries.area import Area
from footprints.metrics.scene import plan_problem
from footprints.plan import Plan
from optimise.contiguity import pieces_of
from optimise.criteria import Criteria
from optimise.problem import Ints, Problem
from optimise.score import amounts, best_centre, terms, unit_cost
from optimise.solution import Term
from optimise.words import count


class Ground:
    """A problem under criteria, with what a review asks of it again and again. Nothing in it changes.

    near : the units beside each unit. cell : (n,) the place of each unit among the lines of `criteria.within`; units
    with the same number lie in the same group of every one of these levels.
    """

    def __init__(self, problem: Problem, criteria: Criteria) -> None:
        self.problem, self.criteria = problem, criteria
        self.near: list[list[int]] = [[] for _ in problem.codes]
        for a, b in problem.edges.tolist():
            self.near[a].append(b)
            self.near[b].append(a)
        levels = [problem.levels[key].group for key in criteria.within if key in problem.levels]
        rows = np.column_stack(levels) if levels else np.zeros((len(problem.codes), 1), dtype=np.int64)
        self.cell: Ints = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
        self._worth: dict[bytes, float] = {}

    @cached_property
    def position(self) -> dict[str, int]:
        """Unit code -> index."""
        return {code: i for i, code in enumerate(self.problem.codes)}

    @cached_property
    def residents(self) -> int:
        """Of the whole area."""
        return int(self.problem.residents.sum())

    def people(self, units: Iterable[int]) -> int:
        """Of the population that the range counts."""
        return int(self.problem.people[list(units)].sum())

    def residents_of(self, units: Iterable[int]) -> int:
        """Residents of some units."""
        return int(self.problem.residents[list(units)].sum())

    def worth(self, units: Iterable[int]) -> float:
        """The primary value (person-km) of a neighbourhood of these units; 0 of none."""
        members = np.array(sorted(units), dtype=np.int64)
        if not len(members):
            return 0.0
        key = members.tobytes()
        if key not in self._worth:
            cost = unit_cost(self.problem, self.criteria, members, members).sum(axis=0).min()
            off = abs(float(self.problem.people[members].sum()) - self.criteria.target)
            self._worth[key] = float(cost) + self.criteria.weights.deviation * off
        return self._worth[key]

    def value(self, labels: Ints) -> float:
        """The primary value of a plan: labels (n,), -1 for units left out."""
        return sum(self.worth(np.flatnonzero(labels == d).tolist()) for d in np.unique(labels[labels >= 0]).tolist())

    def outside(self, labels: Ints) -> int:
        """Residents outside the largest piece of their community, as the criteria name it; 0 where it is not loaded."""
        level = self.problem.levels.get(self.criteria.community)
        if level is None:
            return 0
        known = (level.group >= 0) & (labels >= 0)
        group, own, people = level.group[known], labels[known], self.problem.residents[known]
        crowd = np.zeros((len(level.codes), int(labels.max(initial=0)) + 1), dtype=np.int64)
        np.add.at(crowd, (group, own), people)
        return int(crowd.sum() - crowd.max(axis=1, initial=0).sum())

    def amounts(self, labels: Ints) -> dict[str, float]:
        """What else the criteria weigh (`optimise.score.amounts`): borders, practices, barriers, need."""
        return amounts(self.problem, self.criteria.weights, labels)

    def composite(self, labels: Ints) -> float:
        """The primary value and the price of all secondary terms together, person-km."""
        weights = self.criteria.weights
        opted = sum(float(getattr(weights, key)) * amount for key, amount in self.amounts(labels).items())
        return self.value(labels) + weights.community * self.outside(labels) + opted

    def off(self, labels: Ints) -> int:
        """People above or below the range that was set, over all neighbourhoods."""
        placed = labels >= 0
        loads = np.bincount(labels[placed], weights=self.problem.people[placed]).astype(np.int64)
        loads = loads[np.unique(labels[placed])]
        return int(np.maximum(0, np.maximum(self.criteria.minimum - loads, loads - self.criteria.maximum)).sum())

    def across(self, labels: Ints) -> int:
        """Residents across a line that was to hold from most of their neighbourhood."""
        placed = labels >= 0
        table = np.zeros((int(labels.max(initial=0)) + 1, int(self.cell.max(initial=0)) + 1), dtype=np.int64)
        np.add.at(table, (labels[placed], self.cell[placed]), self.problem.residents[placed])
        return int(table.sum() - table.max(axis=1, initial=0).sum())

    def terms(self, labels: Ints) -> tuple[Term, ...]:
        """Every term of a plan, in words; units that are left out count nowhere."""
        used = np.unique(labels[labels >= 0])
        renumbered = np.where(labels >= 0, np.searchsorted(used, labels), -1)
        centres = [best_centre(self.problem, self.criteria, np.flatnonzero(labels == d)) for d in used.tolist()]
        return terms(self.problem, self.criteria, renumbered, centres) if centres else ()

    def pieces(self, units: Iterable[int]) -> list[list[int]]:
        """Connected pieces of `units`, each sorted, by their first unit."""
        return pieces_of(units, self.near)

    def beside(self, units: Sequence[int], labels: Ints) -> list[int]:
        """Neighbourhoods that touch `units` from outside, sorted."""
        inside = set(units)
        return sorted({int(labels[b]) for a in units for b in self.near[a] if b not in inside and labels[b] >= 0})

    def called(self, units: Sequence[int]) -> str:
        """Some units in words: "Mill Bank, part (Fenland 005A)", or "4 LSOAs around" the one with most residents."""
        most = max(units, key=lambda u: (int(self.problem.residents[u]), -u))
        name = self.problem.names[most]
        return name if len(units) == 1 else f"{count(len(units), 'LSOA')} around {name}"


def ground_of(plan: Plan, area: Area) -> tuple[Ground, Ints, tuple[str, ...]]:
    """The plan on its area: the ground, labels (n,) with -1 for units left out, and the codes of those labels.

    Neighbourhoods without units have no label.
    """
    ground = Ground(plan_problem(plan, area), plan.criteria)
    where = plan.where()
    codes = tuple(code for code, units in plan.members().items() if units)
    number = {code: d for d, code in enumerate(codes)}
    labels = np.array([number.get(where.get(unit, ""), -1) for unit in area.codes], dtype=np.int64)
    return ground, labels, codes

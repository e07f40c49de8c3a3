"""Two problems that differ in one rule, taken apart into the smallest blocks that can be compared on their own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimise.asking.feasibility import Task, outlook
from optimise.contiguity import components
from optimise.criteria import Criteria
from optimise.problem import Floats, Ints, Part, Problem
from optimise.score import best_centre, unit_cost
from optimise.searching.search import canonical
from optimise.solution import Reason
from optimise.splitting.joining import numbers as numbers_of
from optimise.splitting.presolve import contract, make_part
from optimise.trading.principles import Principle


@dataclass(frozen=True, eq=False)
class Side:
    """A part of a plan as solved, in its number of neighbourhoods; or a frozen neighbourhood (`part` None).

    best, bound : person-km. within : (n,) node of each unit of `units`; a plan never divides a node. kept : the same
    with only what the rules keep together in one node, not what band and borders settle by themselves.
    """

    name: str
    units: Ints
    k: int
    best: float
    bound: float
    within: Ints
    kept: Ints
    task: Task | None = None
    part: Part | None = None
    labels: Ints | None = None
    multipliers: Floats | None = None


@dataclass(frozen=True, eq=False)
class Other:
    """A part of the problem with the rule changed, and the numbers its people allow; or a frozen neighbourhood.

    value : of a frozen one. stuck : it is known that there is no plan, in whatever number.
    """

    name: str
    units: Ints
    choices: tuple[int, ...]
    within: Ints
    kept: Ints
    part: Part | None = None
    value: float = 0.0
    stuck: bool = False


@dataclass(frozen=True, eq=False)
class Block:
    """Units that no neighbourhood of either problem leaves. included : every plan of the tighter one is a plan of the
    looser one there, in the same number. free : the other problem may have any number."""

    sides: tuple[Side, ...]
    others: tuple[Other, ...]
    included: bool
    free: bool

    @property
    def number(self) -> int:
        return sum(side.k for side in self.sides)


def frozen_value(problem: Problem, criteria: Criteria, units: Ints) -> float:
    """Travel and size of a neighbourhood that is kept as it is, in person-km."""
    centre = best_centre(problem, criteria, units)
    travel = float(unit_cost(problem, criteria, units, np.array([centre])).sum())
    off = abs(float(problem.people[units].sum()) - criteria.target)
    return travel + criteria.weights.deviation * off


def blocks_of(
    problem: Problem, criteria: Criteria, rule: Principle, sides: Sequence[Side]
) -> tuple[tuple[Block, ...], tuple[Reason, ...]]:
    """The blocks in which the rule changes anything, and the reasons why the other problem has no plan, if any."""
    others, reasons = _others(problem, rule, sides)
    if reasons:
        return (), reasons
    home = _together(len(problem.codes), [s.units for s in sides], [o.units for o in others])
    made = []
    for at in sorted({int(home[s.units[0]]) for s in sides}):
        here = tuple(side for side in sides if home[side.units[0]] == at)
        there = tuple(other for other in others if home[other.units[0]] == at)
        free = rule.kind == "number"
        if not _same(here, there, free):
            made.append(Block(here, there, _included(problem, rule, here, there), free))
    return tuple(made), ()


def frozen_sides(problem: Problem, criteria: Criteria) -> list[Side]:
    """The frozen neighbourhoods, whose value is known."""
    at = {code: i for i, code in enumerate(problem.codes)}
    found = []
    for code, named in sorted(criteria.locks.frozen):
        units = np.array(sorted(at[u] for u in named), dtype=np.int64)
        value, one = frozen_value(problem, criteria, units), np.zeros(len(units), np.int64)
        found.append(Side(code, units, 1, value, value, one, one))
    return found


def kept_nodes(problem: Problem, criteria: Criteria, task: Task) -> Ints:
    """The node of each unit of a task when nothing is contracted but what the rules keep together."""
    return contract(problem, criteria, task.found.nest, task.found.piece, connected=False).node_of


def labels_on(part: Part, assignment: Ints) -> Ints | None:
    """An assignment (by unit of the problem) as labels (n,) of the part; None if it divides a node or has another k."""
    own = assignment[part.units]
    low, high = np.full(len(part.people), np.iinfo(np.int64).max), np.full(len(part.people), -1)
    np.minimum.at(low, part.node_of, own)
    np.maximum.at(high, part.node_of, own)
    if (low != high).any() or len(np.unique(low)) != part.k:
        return None
    return canonical(low)


def _others(problem: Problem, rule: Principle, sides: Sequence[Side]) -> tuple[list[Other], tuple[Reason, ...]]:
    criteria = rule.other
    if rule.kind in ("band", "number"):
        # The nests stay as they are: a wider band is not to undo that a small district was joined to its neighbour.
        tasks = [_again(problem, criteria, side.task) for side in sides if side.task is not None]
    else:
        before = outlook(problem, replace(criteria, neighbourhoods=None))
        if before.prospect.reasons:
            return [], before.prospect.reasons
        tasks = list(before.tasks)
    found = []
    for task in tasks:
        part = make_part(problem, criteria, task.found, task.k, task.name)
        stuck = task.found.stuck is not None
        kept = kept_nodes(problem, criteria, task)
        found.append(Other(task.name, part.units, tuple(sorted(task.choices)), part.node_of, kept, part, 0.0, stuck))
    for side in frozen_sides(problem, criteria):
        found.append(Other(side.name, side.units, (1,), side.within, side.kept, None, side.best))
    return found, ()


def _again(problem: Problem, criteria: Criteria, task: Task) -> Task:
    """The same piece under other criteria, with every number that its people allow."""
    piece = task.found.piece
    fewest, most, _ = numbers_of(piece.people, criteria)
    choices = (1,) if piece.undersized else tuple(range(max(1, fewest), most + 1))
    return Task(task.name, contract(problem, criteria, task.found.nest, piece), choices)


def _together(n: int, *groupings: Sequence[Ints]) -> Ints:
    """(n,) the smallest unit of the block of each unit: groups that share a unit are one."""
    home = list(range(n))

    def find(a: int) -> int:
        while home[a] != a:
            home[a] = home[home[a]]
            a = home[a]
        return a

    for groups in groupings:
        for units in groups:
            first = find(int(units[0]))
            for unit in units[1:].tolist():
                one, two = sorted((first, find(unit)))
                home[two], first = one, one
    return np.array([find(a) for a in range(n)], dtype=np.int64)


def _same(sides: Sequence[Side], others: Sequence[Other], free: bool) -> bool:
    """Whether the rule changes nothing here."""
    if len(sides) != 1 or len(others) != 1:
        return False
    one, two = sides[0].part, others[0].part
    if one is None or two is None:
        return one is two
    if free:
        return len(others[0].choices) == 1
    arrays = (
        (one.units, two.units),
        (one.node_of, two.node_of),
        (one.edges, two.edges),
        (one.together, two.together),
        (one.apart, two.apart),
        (np.array([one.lower, one.upper]), np.array([two.lower, two.upper])),
    )
    return all(np.array_equal(a, b) for a, b in arrays)


def _included(problem: Problem, rule: Principle, sides: Sequence[Side], others: Sequence[Other]) -> bool:
    """Whether every plan of the tighter problem is one of the looser problem here, in the number of the solved plan.

    It is when the looser one is a single part, never divides what the tighter one may put in two, and takes its sizes.
    (Contraction of what band and borders settle is left aside: no plan in band and in one piece goes against it.)
    """
    tight: Sequence[Side | Other] = sides if rule.in_force else others
    loose: Sequence[Side | Other] = others if rule.in_force else sides
    part = loose[0].part
    if len(loose) != 1 or part is None:
        return False
    if rule.in_force and sum(side.k for side in sides) not in others[0].choices:
        return False
    node = np.full(len(problem.codes), -1, np.int64)
    count = 0
    for one in tight:
        node[one.units] = one.within + count
        count += int(one.within.max()) + 1
        if one.part is not None and not (part.lower <= one.part.lower and one.part.upper <= part.upper):
            return False
        if one.part is None:
            people = int(problem.people[one.units].sum())
            if not part.lower <= people <= part.upper or len(components(problem, one.units)) != 1:
                return False
    own = node[part.units]
    if (own < 0).any() or len(part.units) != sum(len(one.units) for one in tight):
        return False
    kept = loose[0].kept
    return all(len(set(own[kept == bundle].tolist())) == 1 for bundle in np.unique(kept).tolist())

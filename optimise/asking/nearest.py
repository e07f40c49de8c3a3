"""The plan nearest to a given one: fewest people change neighbourhood, under criteria that the given one may break.

Each neighbourhood keeps its heart, the area where its centre is (or the next one that the locks leave free), and every
node of a part may go to any of them:

    minimise   sum of the residents who are not where they were   (+ a thousandth of a person for every person-km)

subject to everything that `optimise.proving.exact` states: range, together, apart, one piece. Where a neighbourhood
starts from its heart and has to stay in one piece, whoever moves takes along all on the lightest way, so a pair whose
way has more people than the best plan known moves is left out by proof.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from optimise.asking.decide import State, decide, restricted
from optimise.asking.feasibility import Task, outlook
from optimise.asking.impossible import flood
from optimise.assignment import best_pairs
from optimise.contiguity import neighbours
from optimise.criteria import Criteria
from optimise.problem import Floats, Ints, Part, Problem
from optimise.proving.exact import solve_exact
from optimise.splitting.presolve import make_part

TIE = 1e-3
MOST_PAIRS, RINGS = 10_000, 4
FIRST_REACH, MOST_TURNS = 6_000, 6  # residents that may move to start with, and how often it is tried with more
TO_A_PLAN, WORK, LEAST_STEPS = 50_000, 600_000, 20  # steps of HiGHS times pairs, to a first plan and in all turns


@dataclass(frozen=True, eq=False)
class Nearest:
    """labels : (n,) neighbourhood of each unit, numbered as in the plan given. moved : residents. fewest : it is proven
    that no plan in which every neighbourhood keeps its heart moves fewer.
    """

    labels: Ints
    moved: int
    fewest: bool


def nearest(
    problem: Problem,
    criteria: Criteria,
    labels: Ints,
    *,
    steps: int = 200,
    seconds: float = 60.0,
    should_stop: Callable[[], bool] | None = None,
) -> Nearest | None:
    """The plan under `criteria` with fewest residents moved from `labels` (n,; -1 for nowhere), or None where none was
    found with the same neighbourhoods (another number of them is asked for, or hearts are in the way of the locks).
    """
    found = outlook(problem, criteria)
    if found.prospect.reasons or (labels < 0).any():
        return None
    made, fewest = labels.copy(), True
    for task in found.tasks:
        if task.found.stuck is not None:
            return None
        told = _of_task(problem, criteria, task, labels, steps, seconds, should_stop)
        if told is None:
            return None
        made[task.found.piece.units], proven = told
        fewest &= proven
    moved = int(problem.residents[made != labels].sum())
    return Nearest(made, moved, fewest)


def _of_task(
    problem: Problem,
    criteria: Criteria,
    task: Task,
    labels: Ints,
    steps: int,
    seconds: float,
    should_stop: Callable[[], bool] | None,
) -> tuple[Ints, bool] | None:
    """Labels for the units of a piece, and whether fewest is proven."""
    units = task.found.piece.units
    outside = np.ones(len(labels), dtype=np.bool_)
    outside[units] = False
    here = [d for d in np.unique(labels[units]).tolist() if not _mostly(problem, labels == d, outside)]
    if len(here) not in (task.choices if not task.offered else task.offered):
        return None
    part = make_part(problem, criteria, task.found, len(here), task.name)
    hearts = _hearts(problem, part, labels, here)
    if hearts is None:
        return None
    if len(here) == 1:
        return np.full(len(units), here[0], dtype=np.int64), True
    moving = _moving(problem, part, labels, here)
    travel = part.cost[:, [int(np.flatnonzero(part.owner == h)[0]) for h in hearts]]
    asked = replace(
        part,
        cost=moving + TIE * travel / max(1.0, float(travel.max())),
        centre_unit=part.centre_unit[[int(np.flatnonzero(part.owner == h)[0]) for h in hearts]],
        owner=np.array(hearts, dtype=np.int64),
        deviation=0.0,
    )
    ways = _ways(part, moving, hearts)
    most, best, left = float(FIRST_REACH), None, WORK
    for _ in range(MOST_TURNS):
        allowed = ways <= most
        allowed[hearts, range(len(hearts))] = True
        pairs = int(allowed.sum())
        if pairs > MOST_PAIRS:
            break
        few = min(steps, max(LEAST_STEPS, (TO_A_PLAN if best is None else left) // pairs))
        told = solve_exact(asked, pair_ok=allowed, incumbent=best, steps=few, seconds=seconds, should_stop=should_stop)
        left -= told.steps * pairs
        if told.labels is not None:
            best = told.labels
        if should_stop is not None and should_stop():
            break
        whole = bool(allowed.all())
        if best is None and told.outcome != "infeasible":
            break  # more pairs would take longer still
        if best is not None and (told.value <= most or whole):
            return _named(best, hearts, here)[part.node_of], told.outcome == "proved"
        if whole:
            break
        most = told.value if best is not None else 2.5 * most
    if best is not None:
        return _named(best, hearts, here)[part.node_of], False
    opened = _opened(part, moving, criteria.seed, should_stop)
    return None if opened is None else (np.array(here, dtype=np.int64)[opened][part.node_of], False)


def _opened(part: Part, moving: Floats, seed: int, should_stop: Callable[[], bool] | None) -> Ints | None:
    """Neighbourhoods 0..k-1 of the nodes with as few of them opened as will do: those that break a rule, then rings
    of neighbourhoods around them; the others stay as they are.
    """
    was: Ints = moving.argmin(axis=1).astype(np.int64)
    loads = np.bincount(was, weights=part.people, minlength=part.k)
    broken = set(np.flatnonzero((loads < part.lower) | (loads > part.upper)).tolist())
    broken |= {int(was[i]) for a, b in part.together.tolist() if was[a] != was[b] for i in (a, b)}
    broken |= {int(was[a]) for a, b in part.apart.tolist() if was[a] == was[b]}
    divided = np.flatnonzero(moving.min(axis=1) > 0)  # nodes that lie in several: all of those are open
    broken |= {int(d) for i in divided for d in np.flatnonzero(moving[i] < moving[i].max())}
    for _ in range(RINGS):
        nodes = np.flatnonzero(np.isin(was, sorted(broken)))
        if len(broken) > 1:
            told = decide(
                restricted(part, nodes.tolist(), len(broken)), (len(broken),), seed=seed, should_stop=should_stop
            )
            if told.state is State.YES and told.labels is not None:
                made = was.copy()
                made[nodes] = _as_before(told.labels, moving[nodes], sorted(broken))
                return made
        beside = {int(was[b]) for a, b in part.edges.tolist() if was[a] in broken}
        beside |= {int(was[a]) for a, b in part.edges.tolist() if was[b] in broken}
        if beside <= broken:
            return None
        broken |= beside
    return None


def _as_before(labels: Ints, moving: Floats, names: Sequence[int]) -> Ints:
    """New neighbourhoods named as the old ones so that fewest residents move."""
    moved = np.array([[moving[labels == new, d].sum() for d in names] for new in range(len(names))])
    name = dict(best_pairs((moved.max() - moved).astype(np.int64)))
    return np.array([names[name[int(new)]] for new in labels], dtype=np.int64)


def _mostly(problem: Problem, members: np.ndarray, outside: np.ndarray) -> bool:
    people = problem.people
    return bool(2 * people[members & outside].sum() > people[members].sum())


def _hearts(problem: Problem, part: Part, labels: Ints, here: Sequence[int]) -> list[int] | None:
    """A node for each neighbourhood: the one with the least travel to all in it, free of locks where that can be."""
    node_labels = [set(labels[part.units[part.node_of == i]].tolist()) for i in range(len(part.people))]
    bound = {int(i) for i in (*part.together.ravel(), *part.apart.ravel())}
    hearts: list[int] = []
    for d in here:
        members = np.flatnonzero(np.array([d in own for own in node_labels]))
        order = np.argsort(part.cost[members].sum(axis=0), kind="stable")
        nodes = [int(part.owner[c]) for c in order.tolist()]
        pure = [i for i in dict.fromkeys(nodes) if node_labels[i] == {d} and i not in hearts]
        mixed = [i for i in dict.fromkeys(nodes) if d in node_labels[i] and i not in hearts]
        choice = [i for i in pure if i not in bound] or pure or mixed
        if not choice:
            return None
        hearts.append(choice[0])
    return hearts


def _moving(problem: Problem, part: Part, labels: Ints, here: Sequence[int]) -> Floats:
    """(nodes, neighbourhoods) residents of each node who are elsewhere now; at least one for a unit of nobody."""
    moving = np.zeros((len(part.people), len(here)))
    residents = np.maximum(problem.residents[part.units], 1).astype(np.float64)
    for at, d in enumerate(here):
        np.add.at(moving[:, at], part.node_of, residents * (labels[part.units] != d))
    return moving


def _ways(part: Part, moving: Floats, hearts: Sequence[int]) -> Floats:
    """(nodes, neighbourhoods) fewest residents who move when that node goes to that neighbourhood."""
    near = neighbours(part)
    everyone = set(range(len(part.people)))
    ways = np.full(moving.shape, np.inf)
    for at, heart in enumerate(hearts):
        cost = [int(v) for v in moving[:, at]]
        for i, way in flood({heart: cost[heart]}, cost, near, everyone).items():
            ways[i, at] = way
    return ways


def _named(labels: Ints, hearts: Sequence[int], here: Sequence[int]) -> Ints:
    """The labels of the model as the numbers of the plan given: each heart keeps its own."""
    name = {int(labels[heart]): d for heart, d in zip(hearts, here, strict=True)}
    return np.array([name[int(label)] for label in labels], dtype=np.int64)

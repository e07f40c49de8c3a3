"""A plan's own rules: the question that it answers itself, so that it is compared with nothing but its like.

Its own number of neighbourhoods, in every part that its lines make; its own range (the one set, widened to its smallest
and largest neighbourhood); the lines that were to hold, where it crosses none of them; what it keeps whole; its locks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from footprints.plan import Plan
from footprints.review.ground import Ground
from footprints.review.whole import Whole
from optimise.asking.feasibility import prospect
from optimise.counting import whom
from optimise.criteria import Criteria, Locks
from optimise.problem import Bools, Grouping, Ints, Part, Problem
from optimise.solution import DeclaredException
from optimise.splitting.nesting import Nest, Piece
from optimise.splitting.presolve import contract, make_part
from optimise.words import count

LINES = "own_lines"


@dataclass(frozen=True, eq=False)
class Field:
    """A part of the place that the plan divides into several, on its own.

    part : what is divided, under the own rules. labels : (n,) the plan's division of its nodes, 0..k-1. members : (k,)
    which neighbourhood of the whole plan each of these is. movable : (n,) nodes that hold no locked unit.
    """

    part: Part
    labels: Ints
    members: Ints
    movable: Bools

    def spread(self, labels: Ints, whole: Ints) -> Ints:
        """The plan `whole` (units) with another division of this part: `labels` of its nodes."""
        after = whole.copy()
        after[self.part.units] = self.members[labels[self.part.node_of]]
        return after


@dataclass(frozen=True, eq=False)
class OwnRules:
    """The question that a whole plan answers.

    problem : with the level `LINES` of lines that it keeps, and without groups that it splits. criteria : its number,
    range, lines, groups kept whole and locks. exceptions : declared for the checker. fields : the parts that it
    divides; what is in none of them has no choice. smallest, largest : the own range. in_words : the rules, each a
    phrase that follows "a plan with".
    """

    problem: Problem
    criteria: Criteria
    exceptions: tuple[DeclaredException, ...]
    fields: tuple[Field, ...]
    smallest: int
    largest: int
    in_words: tuple[str, ...]


def own_rules(plan: Plan, whole: Whole) -> OwnRules:
    """The own rules of a plan that was made whole."""
    ground, labels, codes = whole.ground, whole.labels, whole.codes
    asked, problem = ground.criteria, ground.problem
    frozen = [d for d, code in enumerate(codes) if code in {c for c, _ in asked.locks.frozen}]
    lines, crossed = _lines(ground, labels, frozen)
    pieces = _pieces(ground, labels, frozen, lines)
    alone = [int(labels[piece[0]]) for piece in pieces if len(np.unique(labels[piece])) == 1]
    several = [piece for piece in pieces if len(np.unique(labels[piece])) > 1]
    sizes = [
        ground.people(np.flatnonzero(labels == d).tolist()) for p in several for d in np.unique(labels[p]).tolist()
    ]
    smallest, largest = min([asked.minimum, *sizes]), max([asked.maximum, *sizes])
    group = np.full(len(labels), -1, dtype=np.int64)
    for n, piece in enumerate(pieces):
        group[piece] = n
    names = tuple(f"{n:04d}" for n in range(len(pieces)))
    levels = {key: _kept(problem.levels[key], labels, several, ground) for key in asked.keep_whole}
    levels[LINES] = Grouping(LINES, "part", group, names, tuple(_called(problem, p, asked) for p in pieces))
    posed = replace(problem, levels={**problem.levels, **levels})
    locks = _locks(plan, ground, labels, codes, [*frozen, *alone])
    criteria = replace(
        asked,
        minimum=smallest,
        maximum=largest,
        within=(LINES,),
        penalise=tuple(key for key in asked.penalise if key != LINES),
        neighbourhoods=tuple((names[n], len(np.unique(labels[p]))) for n, p in enumerate(pieces) if p in several),
        small_districts="alone",
        joins=(),
        accept_links=False,
        locks=locks,
    )
    held = {unit for unit, _ in locks.fixed}
    fields = tuple(_field(posed, criteria, piece, labels, held) for piece in several)
    return OwnRules(
        posed,
        criteria,
        prospect(posed, criteria).exceptions,
        fields,
        smallest,
        largest,
        _in_words(ground, labels, codes, frozen, smallest, largest, crossed, len(locks.fixed), alone),
    )


def _lines(ground: Ground, labels: Ints, frozen: Sequence[int]) -> tuple[Ints, list[tuple[int, int]]]:
    """(n,) which units lie on one side of every line that the plan keeps, and the pairs of cells whose line it crosses.

    Places whose line a neighbourhood crosses count as one place.
    """
    cells = int(ground.cell.max(initial=0)) + 1
    root = list(range(cells))

    def find(a: int) -> int:
        while root[a] != a:
            a = root[a]
        return a

    crossed = []
    for d in np.unique(labels).tolist():
        inside = [] if d in frozen else np.unique(ground.cell[labels == d]).tolist()
        for other in inside[1:]:
            crossed.append((inside[0], other))
            a, b = find(inside[0]), find(other)
            root[max(a, b)] = min(a, b)
    return np.array([find(int(c)) for c in ground.cell], dtype=np.int64), sorted(set(crossed))


def _pieces(ground: Ground, labels: Ints, frozen: Sequence[int], lines: Ints) -> list[list[int]]:
    """Connected pieces of what may be divided anew, by their first unit."""
    free = ~np.isin(labels, list(frozen))
    found = []
    for line in np.unique(lines[free]).tolist():
        found += ground.pieces(np.flatnonzero(free & (lines == line)).tolist())
    return sorted(found)


def _kept(level: Grouping, labels: Ints, several: Sequence[list[int]], ground: Ground) -> Grouping:
    """The level with only those groups that the plan keeps whole, as far as they hang together within a part."""
    group = level.group.copy()
    for piece in several:
        inside = np.array(piece)
        for g in np.unique(level.group[inside]).tolist():
            for part in ground.pieces(inside[level.group[inside] == g].tolist()) if g >= 0 else []:
                if len(np.unique(labels[part])) > 1:
                    group[level.group == g] = -1
    return replace(level, group=group)


def _locks(plan: Plan, ground: Ground, labels: Ints, codes: Sequence[str], still: Sequence[int]) -> Locks:
    """The locks that the plan keeps; neighbourhoods of `still` are frozen as they are."""
    asked, at = ground.criteria.locks, ground.position
    home = {unit: codes[int(labels[i])] for unit, i in at.items()}
    moves = {unit for unit, i in at.items() if int(labels[i]) not in set(still)}
    fixed = {unit: home[unit] for unit in plan.locked if unit in moves}
    fixed |= {unit: code for unit, code in asked.fixed if unit in moves and home[unit] == code}
    together = tuple(
        tuple(u for u in group if u in moves) for group in asked.together if len({home[u] for u in group}) == 1
    )
    return Locks(
        fixed=tuple(sorted(fixed.items())),
        together=tuple(group for group in together if len(group) > 1),
        apart=tuple((a, b) for a, b in asked.apart if {a, b} <= moves and home[a] != home[b]),
        frozen=tuple(
            (codes[d], tuple(sorted(ground.problem.codes[i] for i in np.flatnonzero(labels == d))))
            for d in sorted(still)
        ),
    )


def _field(problem: Problem, criteria: Criteria, units: list[int], labels: Ints, held: set[str]) -> Field:
    inside = np.array(units, dtype=np.int64)
    piece = Piece(inside, int(problem.people[inside].sum()))
    name = problem.levels[LINES].names[int(problem.levels[LINES].group[units[0]])]
    nest = Nest(
        (problem.levels[LINES].codes[int(problem.levels[LINES].group[units[0]])],),
        (name,),
        inside,
        piece.people,
        (piece,),
    )
    members = np.unique(labels[inside])
    part = make_part(problem, criteria, contract(problem, criteria, nest, piece), len(members), name)
    own = np.full(len(part.people), -1, dtype=np.int64)
    own[part.node_of] = np.searchsorted(members, labels[part.units])
    movable = np.ones(len(part.people), dtype=np.bool_)
    locked = np.array([problem.codes[int(u)] in held for u in part.units], dtype=np.bool_)
    movable[part.node_of[locked]] = False
    return Field(part, own, members, movable)


def _called(problem: Problem, piece: list[int], criteria: Criteria) -> str:
    """A part as planners call it: its places by name, most people first."""
    if not criteria.within or criteria.within[0] not in problem.levels:
        return problem.name
    level = problem.levels[criteria.within[0]]
    people: dict[str, int] = {}
    for i in piece:
        if level.group[i] >= 0:
            name = level.names[int(level.group[i])]
            people[name] = people.get(name, 0) + int(problem.people[i])
    named = sorted(people, key=lambda name: (-people[name], name))
    if not named:
        return problem.name
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} with {named[-1]}"


def _in_words(
    ground: Ground,
    labels: Ints,
    codes: Sequence[str],
    frozen: Sequence[int],
    smallest: int,
    largest: int,
    crossed: Sequence[tuple[int, int]],
    locked: int,
    alone: Sequence[int],
) -> tuple[str, ...]:
    asked = ground.criteria
    said = [f"{count(len(np.unique(labels)), 'neighbourhood')} of {smallest:,} to {largest:,} {whom(asked.count)}"]
    levels = [ground.problem.levels[key] for key in asked.within if key in ground.problem.levels]
    if levels:
        lines = f"{' and '.join(level.label for level in levels)} lines".lower()
        if crossed:
            pairs = [f"{_cell_name(ground, a)} and {_cell_name(ground, b)}" for a, b in crossed]
            shown = "; ".join(pairs[:4]) + (f"; and {len(pairs) - 4} more" if len(pairs) > 4 else "")
            said.append(f"no {lines} crossed but those between {shown}")
        else:
            said.append(f"no {lines} crossed")
        said.append("as many neighbourhoods in each part as it has itself")
    if asked.keep_whole:
        kept = " and ".join(ground.problem.levels[key].label for key in asked.keep_whole)
        said.append(f"every {kept} whole that it keeps whole")
    if locked:
        said.append(f"{count(locked, 'LSOA')} locked where {'it is' if locked == 1 else 'they are'}")
    if frozen:
        said.append(f"{count(len(frozen), 'neighbourhood')} frozen")
    if alone:
        names = ", ".join(codes[d] for d in sorted(alone))
        said.append(f"{names} as {'it is' if len(alone) == 1 else 'they are'}, there being no other way")
    return tuple(said)


def _cell_name(ground: Ground, cell: int) -> str:
    first = int(np.flatnonzero(ground.cell == cell)[0])
    names = []
    for key in ground.criteria.within:
        level = ground.problem.levels.get(key)
        if level is not None:
            g = int(level.group[first])
            names.append(level.names[g] if g >= 0 else f"no {level.label.lower()}")
    return " / ".join(names)

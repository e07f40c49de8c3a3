"""Which units are divided on their own: nests of the hard levels, small districts joined, cut-off pieces, frozen parts.

Everything here is decided, and said, before anything is solved.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from optimise.contiguity import components
from optimise.criteria import Criteria
from optimise.errors import CriteriaError
from optimise.problem import Bools, Ints, Problem
from optimise.solution import DeclaredException
from optimise.splitting.joining import Joining
from optimise.words import count

NO_GROUP = "–"


@dataclass(frozen=True, eq=False)
class Piece:
    """Connected units (indices, sorted) that are solved on their own. `undersized`: declared, one neighbourhood."""

    units: Ints
    people: int
    undersized: bool = False


@dataclass(frozen=True, eq=False)
class Nest:
    """Units that no neighbourhood may cross: one or several joined groups of the nesting levels, the main one first.

    codes, names : of its groups ("" and the place's name when nothing is nested). units : all of it, frozen ones too.
    pieces : what is left to divide without frozen neighbourhoods. people : all its people.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    units: Ints
    people: int
    pieces: tuple[Piece, ...]

    @property
    def name(self) -> str:
        return " with ".join(self.names)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """All nests in code order, and the departures from the rules that making them took."""

    nests: tuple[Nest, ...]
    exceptions: tuple[DeclaredException, ...]


def arrange(problem: Problem, criteria: Criteria) -> Arrangement:
    """Nests and their pieces. Raises CriteriaError when a join or a lock names what is not there."""
    codes, names, nest_of = _groups(problem, criteria)
    work = Joining(problem, criteria, codes, names, nest_of, [[g] for g in range(len(codes))], [])
    work.join_as_asked()
    if criteria.small_districts == "join":
        work.join_small_nests()
        work.join_small_pieces()
    frozen = frozen_units(problem, criteria)
    nests = []
    for main in sorted({int(g) for g in work.nest_of}, key=lambda g: codes[g]):
        units = np.flatnonzero(work.nest_of == main)
        groups = work.groups[main]
        small = work.declare_undersized(main, units)
        pieces = tuple(
            Piece(piece, int(problem.people[piece].sum()), bool(small[piece].all()))
            for piece in components(problem, units[~frozen[units]])
        )
        nests.append(
            Nest(
                tuple(codes[g] for g in groups),
                tuple(names[g] for g in groups),
                units,
                int(problem.people[units].sum()),
                pieces,
            )
        )
    return Arrangement(tuple(nests), (*work.exceptions, *_links(problem, criteria)))


def frozen_units(problem: Problem, criteria: Criteria) -> Bools:
    """(n,) which units lie in a frozen neighbourhood. Raises CriteriaError for a code that is not in the area."""
    at = {code: i for i, code in enumerate(problem.codes)}
    mask = np.zeros(len(problem.codes), dtype=np.bool_)
    locks = criteria.locks
    named = [u for _, us in locks.frozen for u in us] + [u for u, _ in locks.fixed]
    named += [u for group in (*locks.together, *locks.apart) for u in group]
    unknown = sorted({u for u in named if u not in at})
    if unknown:
        raise CriteriaError(
            f"The locks name {count(len(unknown), 'LSOA')} not in {problem.name}: {', '.join(unknown[:5])}.",
            mend="Take these LSOAs out of the locks, or choose the area they lie in.",
        )
    mask[[at[u] for _, us in locks.frozen for u in us]] = True
    return mask


def _groups(problem: Problem, criteria: Criteria) -> tuple[list[str], list[str], Ints]:
    """Codes and names of the intersected hard levels, and the group of each unit."""
    if not criteria.within:
        return [""], [problem.name], np.zeros(len(problem.codes), dtype=np.int64)
    levels = [problem.levels[key] for key in criteria.within]
    keys = [
        tuple(
            (lv.codes[lv.group[i]], lv.names[lv.group[i]]) if lv.group[i] >= 0 else (NO_GROUP, NO_GROUP)
            for lv in levels
        )
        for i in range(len(problem.codes))
    ]
    distinct = sorted(set(keys))
    position = {key: g for g, key in enumerate(distinct)}
    codes = ["+".join(code for code, _ in key) for key in distinct]
    names = [
        " / ".join(
            f"no {lv.label.lower()}" if code == NO_GROUP else name for lv, (code, name) in zip(levels, key, strict=True)
        )
        for key in distinct
    ]
    return codes, names, np.array([position[key] for key in keys], dtype=np.int64)


def _links(problem: Problem, criteria: Criteria) -> tuple[DeclaredException, ...]:
    if not criteria.accept_links:
        return ()
    return tuple(
        DeclaredException(
            "links accepted",
            problem.names[a],
            f"Used as if it were a border: {words}.",
            (problem.codes[a], problem.codes[b]),
            choice=kind,
        )
        for a, b, kind, _, words in problem.proposed_links
    )

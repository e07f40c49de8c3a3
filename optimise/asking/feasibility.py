"""What can be known before solving: how many neighbourhoods a district can have, and why a question has no answer.

Reasons come in this order: counting people, with what frozen neighbourhoods leave over; then, part by part, units and
groups too large for one neighbourhood and locks that contradict each other; then locks across parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from optimise.asking import reasons as why
from optimise.counting import said_of, whom
from optimise.criteria import Criteria
from optimise.errors import CriteriaError
from optimise.problem import Problem
from optimise.solution import DeclaredException, Reason
from optimise.splitting.joining import numbers
from optimise.splitting.nesting import Arrangement, Nest, Piece, arrange, frozen_units
from optimise.splitting.presolve import Contracted, contract


@dataclass(frozen=True)
class NestRow:
    """One row of the planner's table: a district, or joined districts, and how many neighbourhoods it can have.

    code : of the main district, the key for `Criteria.neighbourhoods`. names : joined names. joined : their codes.
    fewest, most : what its people allow in range (frozen neighbourhoods included). proposed : the number that will be
    used, as asked or the feasible one nearest to people over target; None when there is none.
    """

    code: str
    names: str
    units: int
    people: int
    fewest: int
    most: int
    proposed: int | None
    joined: tuple[str, ...]


@dataclass(frozen=True)
class Prospect:
    """What will be done, before it is done: rows, declared exceptions, and reasons when it cannot be done."""

    nests: tuple[NestRow, ...]
    exceptions: tuple[DeclaredException, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, eq=False)
class Task:
    """A contracted piece, named, with its number of neighbourhoods: `choices` in order of preference, `k` the first.

    shared : the number is its share of a total that could have been shared out otherwise, so a proof that the piece
    cannot be divided so is no proof that the question has no answer. offered : the numbers that could be its share.
    """

    name: str
    found: Contracted
    choices: tuple[int, ...]
    shared: bool = False
    offered: tuple[int, ...] = ()

    @property
    def k(self) -> int:
        return self.choices[0]


@dataclass(frozen=True, eq=False)
class Outlook:
    """The prospect and the tasks it consists of (no tasks when there are reasons).

    totals : (tasks by index, number) where the numbers of several tasks have to add up to what was asked.
    """

    prospect: Prospect
    tasks: tuple[Task, ...]
    arrangement: Arrangement
    totals: tuple[tuple[tuple[int, ...], int], ...] = ()


def prospect(problem: Problem, criteria: Criteria) -> Prospect:
    """What a solve will do: rows, exceptions and reasons. Raises CriteriaError for names it does not know."""
    return outlook(problem, criteria).prospect


def outlook(
    problem: Problem, criteria: Criteria, *, connected: bool = True, contracted: dict[Any, Contracted] | None = None
) -> Outlook:
    """The prospect with the tasks to solve. connected : false when neighbourhoods may lie in pieces (`contract`).

    contracted : what was contracted before, for those who ask much the same of one problem many times.
    """
    arrangement = arrange(problem, criteria)
    _check_numbers(arrangement, criteria)
    frozen = frozen_units(problem, criteria)
    held = _frozen_in(problem, criteria, arrangement)
    reasons: list[Reason] = []
    chosen: dict[tuple[int, int], tuple[int, ...]] = {}
    offered: dict[tuple[int, int], tuple[int, ...]] = {}
    wanted = _wanted(arrangement, criteria, held)
    shared = set[tuple[int, int]]()
    for index, nest in enumerate(arrangement.nests):
        pieces = _choices(problem, criteria, nest, bool(frozen[nest.units].any()), reasons)
        offered |= {(index, p): choices for p, choices in enumerate(pieces)}
        if index in wanted and all(pieces):
            keys = [(index, p) for p in range(len(pieces))]
            spread = allocate([p.people for p in nest.pieces], pieces, wanted[index])
            if spread is None:
                reasons.append(why.number_impossible(nest, wanted[index], pieces, criteria))
            chosen |= {key: () if spread is None else (spread[p],) for p, key in enumerate(keys)}
            shared |= set(keys) if _several_ways(pieces, wanted[index]) else set()
        else:
            chosen |= {(index, p): choices for p, choices in enumerate(pieces)}
    if isinstance(criteria.neighbourhoods, int) and not reasons:
        total = criteria.neighbourhoods - len(criteria.locks.frozen)
        _spread(arrangement, criteria, chosen, total, reasons)
        shared |= set(offered) if _several_ways([*offered.values()], total) else set()
    tasks, split = list[Task](), dict[str, DeclaredException]()
    adding: dict[int, list[int]] = {}
    for index, nest in enumerate(arrangement.nests):
        for p, piece in enumerate(nest.pieces):
            found = _contract(problem, criteria, nest, piece, connected, contracted)
            split |= {f"{e.where}/{e.units}": e for e in found.split}
            reasons += why.too_large(problem, criteria, found)
            choices = chosen.get((index, p), ())
            if choices:
                # A number that is only one share of a total rules nothing out; what could be shared out may.
                possible = offered[index, p] if (index, p) in shared else choices
                reasons += why.locks_within(problem, criteria, found, possible)
                key = index if index in wanted else -1 if isinstance(criteria.neighbourhoods, int) else None
                if key is not None:
                    adding.setdefault(key, []).append(len(tasks))
                name, is_shared = _piece_name(problem, nest, piece), (index, p) in shared
                tasks.append(Task(name, found, choices, is_shared, offered[index, p]))
    reasons += why.locks_across(problem, criteria, arrangement, frozen)
    rows = [_row(nest, index, chosen, held.get(index, 0), criteria) for index, nest in enumerate(arrangement.nests)]
    exceptions = (
        *arrangement.exceptions, *split.values(), *_frozen_outside(problem, criteria), *_uncounted(problem, criteria),
    )  # fmt: skip
    unique = tuple(said_of(reason, criteria.count) for reason in dict.fromkeys(reasons))
    if unique:
        return Outlook(Prospect(tuple(rows), exceptions, unique), (), arrangement)
    total = criteria.neighbourhoods - len(criteria.locks.frozen) if isinstance(criteria.neighbourhoods, int) else 0
    totals = tuple((tuple(at), total if key < 0 else wanted[key]) for key, at in sorted(adding.items()))
    return Outlook(Prospect(tuple(rows), exceptions, unique), tuple(tasks), arrangement, totals)


def _contract(
    problem: Problem, criteria: Criteria, nest: Nest, piece: Piece, connected: bool, known: dict[Any, Contracted] | None
) -> Contracted:
    if known is None:
        return contract(problem, criteria, nest, piece, connected=connected)
    limits = (criteria.minimum, criteria.maximum, criteria.keep_whole, criteria.locks)
    key = (*limits, nest.codes, piece.units.tobytes(), piece.undersized, connected)
    if key not in known:
        known[key] = contract(problem, criteria, nest, piece, connected=connected)
    return replace(known[key], nest=nest, piece=piece)


def _uncounted(problem: Problem, criteria: Criteria) -> tuple[DeclaredException, ...]:
    """What was to be counted, and cannot be: patients by practice, barriers."""
    weights, found = criteria.weights, list[DeclaredException]()
    if (weights.ties and problem.ties is None) or (weights.practice and problem.flows is None):
        said = (
            "Practices were to be counted, but no patients registered by practice are loaded: nothing is counted for "
            "them. Add the file of patients registered by practice and LSOA."
        )
        found.append(DeclaredException("no registrations", problem.name, said))
    if weights.barrier and problem.barriers is None:
        said = (
            "Barriers were to be counted, but none are loaded: nothing is counted for them. Add a file of lines with "
            "the columns “name” and “strength” (0 to 1) to the source folder."
        )
        found.append(DeclaredException("no barriers", problem.name, said))
    return tuple(found)


def _row(
    nest: Nest, index: int, chosen: Mapping[tuple[int, int], tuple[int, ...]], held: int, criteria: Criteria
) -> NestRow:
    ranges = [(1, 1) if p.undersized else numbers(p.people, criteria)[:2] for p in nest.pieces]
    choices = [chosen.get((index, p), ()) for p in range(len(nest.pieces))]
    proposed = sum(c[0] for c in choices if c) + held if all(choices) else None
    return NestRow(
        nest.codes[0],
        nest.name,
        len(nest.units),
        nest.people,
        sum(low for low, _ in ranges) + held,
        sum(high for _, high in ranges) + held,
        proposed,
        nest.codes[1:],
    )


def _check_numbers(arrangement: Arrangement, criteria: Criteria) -> None:
    if not isinstance(criteria.neighbourhoods, tuple):
        return
    mains = {nest.codes[0]: nest for nest in arrangement.nests}
    for code, _ in criteria.neighbourhoods:
        if code in mains:
            continue
        joined = [nest for nest in arrangement.nests if code in nest.codes]
        if joined:
            name = joined[0].names[joined[0].codes.index(code)]
            raise CriteriaError(
                f"{name} ({code}) is joined to {joined[0].names[0]} ({joined[0].codes[0]}), so it has no number.",
                mend=f"Give the number for {joined[0].codes[0]}.",
            )
        raise CriteriaError(
            f"A number of neighbourhoods is given for “{code}”, which is not there.",
            mend=f"Numbers can be given for: {', '.join(f'{c} ({n.name})' for c, n in mains.items())}.",
        )


def _wanted(arrangement: Arrangement, criteria: Criteria, held: Mapping[int, int]) -> dict[int, int]:
    """Numbers asked for by nest, less the frozen neighbourhoods that are there already."""
    if not isinstance(criteria.neighbourhoods, tuple):
        return {}
    asked = dict(criteria.neighbourhoods)
    return {
        i: asked[nest.codes[0]] - held.get(i, 0) for i, nest in enumerate(arrangement.nests) if nest.codes[0] in asked
    }


def _choices(
    problem: Problem, criteria: Criteria, nest: Nest, has_frozen: bool, reasons: list[Reason]
) -> list[tuple[int, ...]]:
    """Numbers of neighbourhoods for each piece of a nest, in order of preference; notes why where there are none."""
    found: list[tuple[int, ...]] = []
    for piece in nest.pieces:
        if piece.undersized:
            found.append((1,))
            continue
        fewest, most, nearest = numbers(piece.people, criteria)
        name = _piece_name(problem, nest, piece)
        if has_frozen and piece.people < criteria.minimum:
            reasons.append(why.left_over(problem, criteria, nest, piece))
            found.append(())
        elif nearest is None:
            reasons.append(why.no_number(name, piece.people, criteria))
            found.append(())
        else:
            share = piece.people / criteria.target
            most = max(fewest, min(most, len(piece.units)))  # no more than one for each unit, whatever the minimum
            order = sorted(range(max(1, fewest), most + 1), key=lambda k: (abs(k - share), k))
            found.append(tuple(order))
    return found


def _spread(
    arrangement: Arrangement,
    criteria: Criteria,
    chosen: dict[tuple[int, int], tuple[int, ...]],
    total: int,
    reasons: list[Reason],
) -> None:
    """Share out a total number of neighbourhoods over all pieces, the most crowded first."""
    keys = sorted(chosen)
    people = [arrangement.nests[i].pieces[p].people for i, p in keys]
    spread = allocate(people, [chosen[key] for key in keys], total)
    if spread is not None:
        chosen.update({key: (k,) for key, k in zip(keys, spread, strict=True)})
        return
    low, high = sum(min(chosen[key]) for key in keys), sum(max(chosen[key]) for key in keys)
    reasons.append(why.total_impossible(total, len(criteria.locks.frozen), sum(people), low, high, criteria))


def allocate(people: Sequence[int], choices: Sequence[tuple[int, ...]], total: int) -> list[int] | None:
    """Numbers that add up to `total`, each from its choices, changing the most (least) crowded piece first."""
    spread = [c[0] for c in choices]
    while sum(spread) < total:
        room = [i for i, k in enumerate(spread) if k + 1 in choices[i]]
        if not room:
            return None
        spread[max(room, key=lambda i: (people[i] / (spread[i] + 1), -i))] += 1
    while sum(spread) > total:
        room = [i for i, k in enumerate(spread) if k - 1 in choices[i]]
        if not room:
            return None
        spread[min(room, key=lambda i: (people[i] / (spread[i] - 1), i))] -= 1
    return spread


def _several_ways(choices: Sequence[tuple[int, ...]], total: int) -> bool:
    """Whether another share than that of `allocate` adds up to `total` too (choices are numbers without gaps)."""
    fewest, most = sum(min(c) for c in choices), sum(max(c) for c in choices)
    return fewest < total < most and sum(len(c) > 1 for c in choices) > 1


def _frozen_in(problem: Problem, criteria: Criteria, arrangement: Arrangement) -> dict[int, int]:
    """How many frozen neighbourhoods each nest holds: each counts where most of its people are."""
    at = {code: i for i, code in enumerate(problem.codes)}
    held: dict[int, int] = {}
    for _, units in criteria.locks.frozen:
        inside = np.array(sorted(at[u] for u in units))
        people = [int(problem.people[np.intersect1d(nest.units, inside)].sum()) for nest in arrangement.nests]
        held[int(np.argmax(people))] = held.get(int(np.argmax(people)), 0) + 1
    return held


def _frozen_outside(problem: Problem, criteria: Criteria) -> tuple[DeclaredException, ...]:
    at = {code: i for i, code in enumerate(problem.codes)}
    declared = []
    for code, units in sorted(criteria.locks.frozen):
        people = int(problem.people[[at[u] for u in units]].sum())
        if not criteria.minimum <= people <= criteria.maximum:
            said = (
                f"The frozen neighbourhood {code} has {people:,} {whom(criteria.count)}, outside the range you set "
                f"({criteria.minimum:,} to {criteria.maximum:,}), and is kept as it is."
            )
            declared.append(DeclaredException("frozen", code, said, tuple(sorted(units)), people=people))
    return tuple(declared)


def _piece_name(problem: Problem, nest: Nest, piece: Piece) -> str:
    """The largest piece carries the name of its nest; another one adds the name of its first unit."""
    largest = max(nest.pieces, key=lambda p: p.people)
    return nest.name if piece is largest else f"{nest.name}: {problem.names[int(piece.units[0])]}"

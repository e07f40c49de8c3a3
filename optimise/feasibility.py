"""What can be known before solving: how many neighbourhoods each district can have, and why some questions have no answer.

Reasons come in this order: counting people; units and locked groups too large for one neighbourhood; locks that
contradict each other; what locks leave over that is too small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from optimise.criteria import Criteria
from optimise.errors import CriteriaError
from optimise.nesting import Arrangement, Nest, Piece, arrange, frozen_units, numbers
from optimise.presolve import Contracted, contract
from optimise.problem import Problem
from optimise.solution import DeclaredException, Reason


@dataclass(frozen=True)
class NestRow:
    """One row of the planner's table: a district (or joined districts) and how many neighbourhoods it can have.

    code : of the main district, the key for `Criteria.neighbourhoods`. names : joined names. joined : codes joined to it.
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
    """A contracted piece, named, with its number of neighbourhoods: `choices` in order of preference, `k` the first."""

    name: str
    found: Contracted
    choices: tuple[int, ...]

    @property
    def k(self) -> int:
        return self.choices[0]


@dataclass(frozen=True, eq=False)
class Outlook:
    """The prospect and the tasks it consists of (no tasks when there are reasons)."""

    prospect: Prospect
    tasks: tuple[Task, ...]
    arrangement: Arrangement


def prospect(problem: Problem, criteria: Criteria) -> Prospect:
    """What a solve will do: one row per nest, exceptions and reasons. Raises CriteriaError for names it does not know."""
    return outlook(problem, criteria).prospect


def outlook(problem: Problem, criteria: Criteria) -> Outlook:
    """The prospect with the tasks to solve."""
    arrangement = arrange(problem, criteria)
    _check_numbers(arrangement, criteria)
    frozen = frozen_units(problem, criteria)
    held = _frozen_in(problem, criteria, arrangement)
    reasons: list[Reason] = []
    chosen: dict[tuple[int, int], tuple[int, ...]] = {}
    wanted = _wanted(arrangement, criteria, held)
    for index, nest in enumerate(arrangement.nests):
        pieces = _choices(problem, criteria, nest, wanted.get(index), bool(frozen[nest.units].any()), reasons)
        chosen |= {(index, p): choices for p, choices in enumerate(pieces)}
    if isinstance(criteria.neighbourhoods, int) and not reasons:
        total = criteria.neighbourhoods - len(criteria.locks.frozen)
        _spread(arrangement, criteria, chosen, total, reasons)
    tasks, split = [], dict[str, DeclaredException]()
    for index, nest in enumerate(arrangement.nests):
        for p, piece in enumerate(nest.pieces):
            found = contract(problem, criteria, nest, piece)
            split |= {f"{e.where}/{e.units}": e for e in found.split}
            reasons += _too_large(problem, criteria, found)
            choices = chosen.get((index, p), ())
            if choices:
                reasons += _locks_within(problem, criteria, found, choices)
                tasks.append(Task(_piece_name(problem, nest, piece), found, choices))
    reasons += _locks_across(problem, criteria, arrangement, frozen)
    rows = [_row(nest, index, chosen, held.get(index, 0), criteria) for index, nest in enumerate(arrangement.nests)]
    exceptions = (*arrangement.exceptions, *split.values(), *_frozen_outside(problem, criteria))
    unique = tuple(dict.fromkeys(reasons))
    return Outlook(Prospect(tuple(rows), exceptions, unique), () if unique else tuple(tasks), arrangement)


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
                f"{name} ({code}) is joined to {joined[0].names[0]} ({joined[0].codes[0]}), so it has no number of its own.",
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
    problem: Problem, criteria: Criteria, nest: Nest, wanted: int | None, has_frozen: bool, reasons: list[Reason]
) -> list[tuple[int, ...]]:
    """Numbers of neighbourhoods for each piece of a nest, in order of preference; notes reasons where there are none."""
    found: list[tuple[int, ...]] = []
    for piece in nest.pieces:
        if piece.undersized:
            found.append((1,))
            continue
        fewest, most, nearest = numbers(piece.people, criteria)
        name = _piece_name(problem, nest, piece)
        if has_frozen and piece.people < criteria.minimum:
            reasons.append(_left_over(problem, criteria, nest, piece))
            found.append(())
        elif nearest is None:
            reasons.append(_no_number(name, piece.people, criteria))
            found.append(())
        else:
            share = piece.people / criteria.target
            order = sorted(range(max(1, fewest), most + 1), key=lambda k: (abs(k - share), k))
            found.append(tuple(order))
    if wanted is not None and all(found):
        spread = _allocate([p.people for p in nest.pieces], found, wanted)
        if spread is None:
            reasons.append(_number_impossible(nest, wanted, found, criteria))
            return [() for _ in found]
        return [(k,) for k in spread]
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
    spread = _allocate(people, [chosen[key] for key in keys], total)
    if spread is not None:
        chosen.update({key: (k,) for key, k in zip(keys, spread, strict=True)})
        return
    low, high = sum(min(chosen[key]) for key in keys), sum(max(chosen[key]) for key in keys)
    nearest = low if total < low else high
    frozen = len(criteria.locks.frozen)
    extra = f" besides the {frozen} that are frozen" if frozen else ""
    reasons.append(
        Reason(
            f"{total:,} neighbourhoods{extra} of {criteria.minimum:,} to {criteria.maximum:,} people cannot hold "
            f"{sum(people):,} people: {_between(low, high)} can.",
            f"Ask for {nearest + frozen:,}, {_band_for(sum(people), total, criteria)}",
        )
    )


def _allocate(people: Sequence[int], choices: Sequence[tuple[int, ...]], total: int) -> list[int] | None:
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


def _no_number(name: str, people: int, criteria: Criteria) -> Reason:
    low, high = people // criteria.maximum, people // criteria.maximum + 1
    parts = []
    if low:
        parts.append(
            f"{_count(low)} would hold {-(-people // low):,}{_each(low)}, above the maximum of {criteria.maximum:,}"
        )
    parts.append(
        f"{_count(high)} would hold {people // high:,}{_each(high)}, below the minimum of {criteria.minimum:,}"
    )
    return Reason(f"{name} has {people:,} people: {', and '.join(parts)}.", _nearest_band(people, low, high, criteria))


def _nearest_band(people: int, low: int, high: int, criteria: Criteria) -> str:
    """The smallest change of the range under which the people fit."""
    changes = [(criteria.minimum - people // high, f"lower the minimum to {people // high:,}")]
    if low:
        changes.append((-(-people // low) - criteria.maximum, f"raise the maximum to {-(-people // low):,}"))
    said = [words for _, words in sorted(changes)]
    nested = ", or let it share a neighbourhood with a neighbour by joining them" if criteria.within else ""
    return f"{said[0][0].upper()}{said[0][1:]}{f', or {said[1]}' if len(said) > 1 else ''}{nested}."


def _number_impossible(nest: Nest, wanted: int, found: Sequence[tuple[int, ...]], criteria: Criteria) -> Reason:
    low, high = sum(min(c) for c in found), sum(max(c) for c in found)
    people = sum(p.people for p in nest.pieces)
    return Reason(
        f"{_count(wanted)} of {criteria.minimum:,} to {criteria.maximum:,} people cannot hold the {people:,} people of "
        f"{nest.name}: {_between(low, high)} can.",
        f"Ask for {low if wanted < low else high:,}, {_band_for(people, wanted, criteria)}",
        nest.codes,
    )


def _band_for(people: int, k: int, criteria: Criteria) -> str:
    if k < 1:
        return "or unfreeze some neighbourhoods."
    if people > k * criteria.maximum:
        return f"or raise the maximum to {-(-people // k):,}."
    return f"or lower the minimum to {people // k:,}."


def _left_over(problem: Problem, criteria: Criteria, nest: Nest, piece: Piece) -> Reason:
    codes = tuple(problem.codes[i] for i in piece.units)
    return Reason(
        f"In {nest.name} the frozen neighbourhoods leave {_units(len(codes))} around {problem.names[int(piece.units[0])]} "
        f"with {piece.people:,} people, below the minimum of {criteria.minimum:,}, and joined to nothing else.",
        "Unfreeze a neighbourhood next to them, or put them into one.",
        codes,
    )


def _too_large(problem: Problem, criteria: Criteria, found: Contracted) -> list[Reason]:
    reasons = []
    for bundle in found.bundles:
        if bundle.people <= criteria.maximum:
            continue
        codes = tuple(problem.codes[i] for i in bundle.units)
        name = problem.names[int(bundle.units[0])]
        if len(codes) == 1:
            said = f"{name} ({codes[0]}) alone has {bundle.people:,} people, above the maximum of {criteria.maximum:,}."
            mend = f"Raise the maximum to {bundle.people:,}."
        else:
            said = (
                f"{_units(len(codes))} around {name} must stay together ({bundle.why}) and have {bundle.people:,} people, "
                f"above the maximum of {criteria.maximum:,}."
            )
            mend = f"Raise the maximum to {bundle.people:,}, or let them be divided."
        reasons.append(Reason(said, mend, codes))
    return reasons


def _locks_within(problem: Problem, criteria: Criteria, found: Contracted, choices: tuple[int, ...]) -> list[Reason]:
    reasons = []
    group = np.arange(len(found.bundles))
    for a, b in found.together.tolist():
        group[group == group[b]] = group[a]
    for a, b in found.apart.tolist():
        if group[a] == group[b]:
            first, second = (problem.names[int(found.bundles[i].units[0])] for i in (a, b))
            why = found.bundles[a].why or "locked together"
            reasons.append(
                Reason(
                    f"{first} and {second} are to be kept apart, but must stay together ({why}).",
                    "Take out one of these locks.",
                    tuple(problem.codes[i] for i in (*found.bundles[a].units, *found.bundles[b].units)),
                )
            )
    units = {problem.codes[int(u)] for u in found.piece.units}
    codes = sorted({code for unit, code in criteria.locks.fixed if unit in units})
    if len(codes) > max(choices):
        reasons.append(
            Reason(
                f"Units of {found.nest.name} are fixed to {len(codes)} neighbourhoods ({', '.join(codes)}), but it has "
                f"at most {max(choices)}.",
                "Fix units to fewer neighbourhoods, or ask for more of them.",
                tuple(sorted(u for u, _ in criteria.locks.fixed if u in units)),
            )
        )
    for g in np.unique(group).tolist():
        people = sum(found.bundles[i].people for i in np.flatnonzero(group == g))
        if people > criteria.maximum and (group == g).sum() > 1:
            where = tuple(problem.codes[int(u)] for i in np.flatnonzero(group == g) for u in found.bundles[i].units)
            reasons.append(
                Reason(
                    f"Units locked together in {found.nest.name} have {people:,} people, above the maximum of "
                    f"{criteria.maximum:,}.",
                    f"Raise the maximum to {people:,}, or unlock some of them.",
                    where,
                )
            )
    return reasons


def _locks_across(
    problem: Problem, criteria: Criteria, arrangement: Arrangement, frozen: np.typing.NDArray[np.bool_]
) -> list[Reason]:
    """Units to be kept together that lie in two nests, in two pieces, or on two sides of a frozen line."""
    at = {code: i for i, code in enumerate(problem.codes)}
    piece_of = {
        int(u): (i, p) for i, n in enumerate(arrangement.nests) for p, piece in enumerate(n.pieces) for u in piece.units
    }
    home = {u: code for code, us in criteria.locks.frozen for u in us}
    fixed: dict[str, list[str]] = {}
    for unit, code in sorted(criteria.locks.fixed):
        fixed.setdefault(code, []).append(unit)
    for code, units in criteria.locks.frozen:
        fixed.setdefault(code, []).extend(units[:1] if code in fixed else [])
    groups = [(f"fixed to {code}", units) for code, units in sorted(fixed.items()) if units]
    groups += [("locked together", list(units)) for units in criteria.locks.together]
    reasons = []
    for why, units in groups:
        places = {home[u] if frozen[at[u]] else piece_of[at[u]] for u in units}
        if len(places) < 2:
            continue
        where = sorted({arrangement.nests[i].name for i, _ in (p for p in places if isinstance(p, tuple))})
        said = f"lie in {' and '.join(where)}" if len(where) > 1 else "are cut off from each other"
        if any(isinstance(p, str) for p in places):
            said = "lie on both sides of the edge of a frozen neighbourhood"
        names = " and ".join(problem.names[at[u]] for u in sorted(units)[:2])
        reasons.append(
            Reason(
                f"{len(units)} units {why}, such as {names}, {said}, so no neighbourhood can hold them all.",
                "Unlock one of them, or change what may not be crossed.",
                tuple(sorted(units)),
            )
        )
    return reasons


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
                f"The frozen neighbourhood {code} has {people:,} people, outside the range you set "
                f"({criteria.minimum:,} to {criteria.maximum:,}), and is kept as it is."
            )
            declared.append(DeclaredException("frozen", code, said, tuple(sorted(units)), people=people))
    return tuple(declared)


def _piece_name(problem: Problem, nest: Nest, piece: Piece) -> str:
    """The largest piece carries the name of its nest; another one adds the name of its first unit."""
    largest = max(nest.pieces, key=lambda p: p.people)
    return nest.name if piece is largest else f"{nest.name}: {problem.names[int(piece.units[0])]}"


def _between(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _count(k: int) -> str:
    return f"{k:,} neighbourhood{'' if k == 1 else 's'}"


def _each(k: int) -> str:
    return "" if k == 1 else " each"


def _units(n: int) -> str:
    return f"{n:,} unit{'' if n == 1 else 's'}"

"""Why a question has no answer, in plain words with numbers, and the nearest criteria that would work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from optimise.criteria import Criteria
from optimise.nesting import Arrangement, Nest, Piece
from optimise.presolve import Contracted
from optimise.problem import Bools, Ints, Problem
from optimise.solution import Reason
from optimise.words import count


def no_number(name: str, people: int, criteria: Criteria) -> Reason:
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


def number_impossible(nest: Nest, wanted: int, found: Sequence[tuple[int, ...]], criteria: Criteria) -> Reason:
    low, high = sum(min(c) for c in found), sum(max(c) for c in found)
    people = sum(p.people for p in nest.pieces)
    return Reason(
        f"{_count(wanted)} of {criteria.minimum:,} to {criteria.maximum:,} people cannot hold the {people:,} people of "
        f"{nest.name}: {_between(low, high)} can.",
        f"Ask for {low if wanted < low else high:,}, {_band_for(people, wanted, criteria)}",
        nest.codes,
    )


def total_impossible(total: int, frozen: int, people: int, low: int, high: int, criteria: Criteria) -> Reason:
    """The number asked for the whole place does not fit its people; `low` to `high` would."""
    extra = f" besides the {frozen} that are frozen" if frozen else ""
    return Reason(
        f"{_count(total)}{extra} of {criteria.minimum:,} to {criteria.maximum:,} people cannot hold {people:,} people: "
        f"{_between(low, high)} can.",
        f"Ask for {(low if total < low else high) + frozen:,}, {_band_for(people, total, criteria)}",
    )


def _band_for(people: int, k: int, criteria: Criteria) -> str:
    if k < 1:
        return "or unfreeze some neighbourhoods."
    if people > k * criteria.maximum:
        return f"or raise the maximum to {-(-people // k):,}."
    return f"or lower the minimum to {people // k:,}."


def left_over(problem: Problem, criteria: Criteria, nest: Nest, piece: Piece) -> Reason:
    codes = tuple(problem.codes[i] for i in piece.units)
    return Reason(
        f"In {nest.name} the frozen neighbourhoods leave {count(len(codes), 'unit')} around "
        f"{problem.names[int(piece.units[0])]} with {piece.people:,} people, below the minimum of "
        f"{criteria.minimum:,}, and joined to nothing else.",
        "Unfreeze a neighbourhood next to them, or put them into one.",
        codes,
    )


def too_large(problem: Problem, criteria: Criteria, found: Contracted) -> list[Reason]:
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
                f"{count(len(codes), 'unit')} around {name} must stay together ({bundle.why}) and have "
                f"{bundle.people:,} people, above the maximum of {criteria.maximum:,}."
            )
            mend = f"Raise the maximum to {bundle.people:,}, or let them be divided."
        reasons.append(Reason(said, mend, codes))
    return reasons


def locks_within(problem: Problem, criteria: Criteria, found: Contracted, choices: tuple[int, ...]) -> list[Reason]:
    """Locks of one piece that no number of neighbourhoods in `choices` can keep."""
    node = {problem.codes[int(u)]: int(n) for u, n in zip(found.piece.units, found.node_of, strict=True)}
    group = np.arange(len(found.bundles))
    for a, b in found.together.tolist():
        group[group == group[b]] = group[a]
    reasons = _not_apart(problem, criteria, found, choices, node, group)
    codes = sorted({code for unit, code in criteria.locks.fixed if unit in node})
    if len(codes) > max(choices):
        reasons.append(
            Reason(
                f"Units of {found.nest.name} are fixed to {len(codes)} neighbourhoods ({', '.join(codes)}), but it has "
                f"at most {max(choices)}.",
                "Fix units to fewer neighbourhoods, or ask for more of them.",
                tuple(sorted(u for u, _ in criteria.locks.fixed if u in node)),
            )
        )
    for g in np.unique(group).tolist():
        nodes = np.flatnonzero(group == g).tolist()
        people = sum(found.bundles[i].people for i in nodes)
        if people > criteria.maximum and len(nodes) > 1:
            reasons.append(
                Reason(
                    f"Units locked together in {found.nest.name} have {people:,} people, above the maximum of "
                    f"{criteria.maximum:,}.",
                    f"Raise the maximum to {people:,}, or unlock some of them.",
                    tuple(problem.codes[int(u)] for i in nodes for u in found.bundles[i].units),
                )
            )
    return reasons


def _not_apart(
    problem: Problem,
    criteria: Criteria,
    found: Contracted,
    choices: tuple[int, ...],
    node: dict[str, int],
    group: Ints,
) -> list[Reason]:
    """Units to be kept apart, or fixed to different neighbourhoods, that must share one."""
    fixed = [(unit, code) for unit, code in sorted(criteria.locks.fixed) if unit in node]
    wanted = [(a, b, "are to be kept apart") for a, b in criteria.locks.apart if a in node and b in node]
    wanted += [
        (a, b, f"are fixed to {code} and {other}")
        for i, (a, code) in enumerate(fixed)
        for b, other in fixed[i + 1 :]
        if code != other
    ]
    name = dict(zip(problem.codes, problem.names, strict=True))
    reasons = []
    for a, b, how in wanted:
        if group[node[a]] == group[node[b]]:
            why = f"must stay together ({found.bundles[node[a]].why or 'locked together'})"
        elif max(choices) == 1:
            why = f"{found.nest.name} has people for only one neighbourhood there"
        else:
            continue
        said = f"{name[a]} and {name[b]} {how}, but {why}."
        reasons.append(Reason(said, "Take out one of these locks, or change the range.", (a, b)))
    return reasons


def locks_across(problem: Problem, criteria: Criteria, arrangement: Arrangement, frozen: Bools) -> list[Reason]:
    """Units to be kept together that lie in two nests, in two pieces, or on two sides of a frozen line."""
    at = {code: i for i, code in enumerate(problem.codes)}
    piece_of = {
        int(u): (i, p) for i, n in enumerate(arrangement.nests) for p, piece in enumerate(n.pieces) for u in piece.units
    }
    home = {u: code for code, us in criteria.locks.frozen for u in us}
    fixed: dict[str, list[str]] = {}
    for unit, code in sorted(criteria.locks.fixed):
        fixed.setdefault(code, []).append(unit)
    for code, frozen_here in criteria.locks.frozen:
        if code in fixed:
            fixed[code].append(frozen_here[0])
    groups = [(f"fixed to {code}", named) for code, named in sorted(fixed.items())]
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
                f"{count(len(units), 'unit')} {why}, such as {names}, {said}, so no neighbourhood can hold them all.",
                "Unlock one of them, or change what may not be crossed.",
                tuple(sorted(units)),
            )
        )
    return reasons


def _between(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _count(k: int) -> str:
    return count(k, "neighbourhood")


def _each(k: int) -> str:
    return "" if k == 1 else " each"

"""Why a question has no answer, in plain words with numbers, and the nearest criteria that would work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from optimise.asking.impossible import Proof
from optimise.criteria import Criteria
from optimise.problem import Bools, Ints, Problem
from optimise.solution import Reason
from optimise.splitting.nesting import Arrangement, Nest, Piece
from optimise.splitting.presolve import Contracted
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
        f"{_count(wanted)} of {_sizes(criteria, people)} people cannot hold the {people:,} people of "
        f"{nest.name}: {_can(low, high, criteria, people)} can.",
        f"Ask for {low if wanted < low else high:,}, {_band_for(people, wanted, criteria)}",
        nest.codes,
    )


def total_impossible(total: int, frozen: int, people: int, low: int, high: int, criteria: Criteria) -> Reason:
    """The number asked for the whole place does not fit its people; `low` to `high` would."""
    extra = f" besides the {frozen} that are frozen" if frozen else ""
    return Reason(
        f"{_count(total)}{extra} of {_sizes(criteria, people)} people cannot hold {people:,} people: "
        f"{_can(low, high, criteria, people)} can.",
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
        f"In {nest.name} the frozen neighbourhoods leave {count(len(codes), 'LSOA')} around "
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
                f"{count(len(codes), 'LSOA')} around {name} must stay together ({bundle.why}) and have "
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
                f"LSOAs of {found.nest.name} are fixed to {len(codes)} neighbourhoods ({', '.join(codes)}), but it has "
                f"at most {max(choices)}.",
                "Fix LSOAs to fewer neighbourhoods, or ask for more of them.",
                tuple(sorted(u for u, _ in criteria.locks.fixed if u in node)),
            )
        )
    for g in np.unique(group).tolist():
        nodes = np.flatnonzero(group == g).tolist()
        people = sum(found.bundles[i].people for i in nodes)
        if people > criteria.maximum and len(nodes) > 1:
            reasons.append(
                Reason(
                    f"LSOAs locked together in {found.nest.name} have {people:,} people, above the maximum of "
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
    if not wanted:
        return []
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
                f"{count(len(units), 'LSOA')} {why}, such as {names}, {said}, so no neighbourhood can hold them all.",
                "Unlock one of them, or change what may not be crossed.",
                tuple(sorted(units)),
            )
        )
    return reasons


def _sizes(criteria: Criteria, people: int) -> str:
    """The range as far as it binds: no minimum of one person, no maximum of everybody."""
    if criteria.maximum >= people:
        return f"at least {criteria.minimum:,}"
    return f"at most {criteria.maximum:,}" if criteria.minimum == 1 else f"{criteria.minimum:,} to {criteria.maximum:,}"


def _can(low: int, high: int, criteria: Criteria, people: int) -> str:
    if criteria.minimum == 1 and low < high:
        return f"{low:,} or more"
    return f"{high:,} or fewer" if criteria.maximum >= people and low < high else _between(low, high)


def _between(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _count(k: int) -> str:
    return count(k, "neighbourhood")


def _each(k: int) -> str:
    return "" if k == 1 else " each"


def stuck(problem: Problem, name: str, units: Ints, maximum: int) -> Reason:
    """Units that have to stay together because what branches off is too small, and are too many."""
    people = int(problem.people[units].sum())
    return Reason(
        f"In {name} the {len(units):,} LSOAs around {problem.names[int(units[0])]} with {people:,} people would have "
        f"to stay together, since what branches off is too small to stand alone; that is above the maximum of "
        f"{maximum:,}.",
        f"Raise the maximum to {people:,}, or lower the minimum.",
        tuple(problem.codes[i] for i in units),
    )


def no_plan(
    problem: Problem,
    criteria: Criteria,
    name: str,
    found: Contracted,
    ks: Sequence[int],
    proof: Proof,
    called: Mapping[str, str],
) -> Reason:
    """A piece that cannot be divided into any of `ks`, in the words of a proof. called : names of units, by code."""
    units = np.concatenate([found.bundles[i].units for i in proof.nodes]) if proof.nodes else found.piece.units
    where = tuple(problem.codes[int(u)] for u in np.sort(units))
    names = list(dict.fromkeys(called.get(problem.codes[int(u)], problem.names[int(u)]) for u in units))
    places = _listed(names)
    low, high, mend = criteria.minimum, criteria.maximum, ""
    if proof.kind == "way":
        said = (
            f"To hold {places} in one piece a neighbourhood needs at least {proof.people:,} people, even along the way "
            f"with fewest; the maximum is {high:,}."
        )
        mend = f"Raise the maximum to {proof.people:,} or more, or let them be divided."
    elif proof.kind == "enclosed":
        said = (
            f"Shut in by what it is to be kept apart from, {places} can reach only {proof.people:,} people, below the "
            f"minimum of {low:,}."
        )
        mend = f"Lower the minimum to {proof.people:,}, or keep fewer of them apart."
    elif proof.kind == "parted":
        said = f"What they are to be kept apart from lies between the parts of {places}."
        mend = "Take out one of these locks."
    elif proof.kind == "clique":
        said = f"{places} are all to be kept apart from one another, but {name} has {_numbers(ks)}."
        mend = f"Ask for {len(proof.nodes)} neighbourhoods there, or keep fewer of them apart."
    elif proof.kind == "clash":
        said = f"{places} must share a neighbourhood, and are to be kept apart."
        mend = "Take out one of these locks."
    elif proof.kind == "too large":
        said = f"{places} are to stay together and have {proof.people:,} people, above the maximum of {high:,}."
        mend = f"Raise the maximum to {proof.people:,}, or let them be divided."
    else:
        said = (
            f"{name} ({found.piece.people:,} people) cannot be divided into {_numbers(ks)} of "
            f"{_sizes(criteria, found.piece.people)} people in keeping with all of this; that is proven."
        )
        where = tuple(problem.codes[int(u)] for u in found.piece.units)
    return Reason(said, mend, where)


def no_share(names: Sequence[str], total: int) -> Reason:
    """A total that cannot be shared out: each piece may have neighbourhoods, but no numbers add up."""
    return Reason(
        f"{_count(total)} cannot be shared out over {_listed(list(names))}: no numbers that each can have add up.",
        "Ask for another number.",
    )


def not_found(name: str, people: int, choices: Sequence[int]) -> Reason:
    """Nothing found and nothing proven."""
    return Reason(
        f"No way was found to divide {name} ({people:,} people) into {_numbers(choices)}; that does not prove that "
        f"there is none.",
        "",
    )


def _numbers(ks: Sequence[int]) -> str:
    listed = [f"{k:,}" for k in sorted(ks)]
    if len(listed) == 1:
        return _count(ks[0])
    return f"{', '.join(listed[:-1])} or {listed[-1]} neighbourhoods"


def _listed(names: Sequence[str], most: int = 3) -> str:
    shown = list(names) if len(names) <= most else [*names[:most], f"{len(names) - most:,} more places"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"

"""The independent checker: it sees a plan, the area and the criteria, and no part of the program that made the plan.

Integrity gates everything that is saved, compared or exported. Criteria gate every proposal; on drafts, imports and
today's arrangement they are stated, never enforced.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from optimise.counting import whom
from optimise.criteria import Criteria
from optimise.problem import Grouping, Problem
from optimise.solution import DeclaredException
from optimise.words import count


@dataclass(frozen=True)
class Fault:
    """What a plan does not meet. `rule` is a key, `message` plain words, `where` codes, `people` those concerned."""

    rule: str
    message: str
    where: tuple[str, ...] = ()
    people: int = 0


def check_integrity(codes: Sequence[str], assignment: Mapping[str, str]) -> tuple[Fault, ...]:
    """Every unit of the assignment is known and has a neighbourhood code. (A mapping cannot hold a unit twice.)"""
    known = set(codes)
    foreign = tuple(sorted(unit for unit in assignment if unit not in known))
    blank = tuple(sorted(unit for unit, code in assignment.items() if not str(code).strip()))
    faults = []
    if foreign:
        said = f"{_units(foreign)} not in this area: {', '.join(foreign[:5])}{'…' if len(foreign) > 5 else ''}."
        faults.append(Fault("unknown unit", said, foreign))
    if blank:
        said = f"{_units(blank)} given an empty neighbourhood code: {', '.join(blank[:5])}."
        faults.append(Fault("empty code", said, blank))
    return tuple(faults)


def check_criteria(
    problem: Problem,
    criteria: Criteria,
    assignment: Mapping[str, str],
    exceptions: Iterable[DeclaredException] = (),
) -> tuple[Fault, ...]:
    """Every rule that `assignment` (unit code to neighbourhood code) does not meet and no exception declares."""
    members: dict[str, list[int]] = {}
    for i, unit in enumerate(problem.codes):
        if unit in assignment:
            members.setdefault(assignment[unit], []).append(i)
    members = dict(sorted(members.items()))
    declared = tuple(exceptions)
    return (
        *_complete(problem, criteria, assignment),
        *_number(problem, criteria, members, declared),
        *_in_range(problem, criteria, members, declared),
        *_contiguous(problem, criteria, members),
        *_nested(problem, criteria, members, declared),
        *_kept_whole(problem, criteria, assignment, declared),
        *_locked(problem, criteria, assignment, members),
    )


def _complete(problem: Problem, criteria: Criteria, assignment: Mapping[str, str]) -> Iterator[Fault]:
    missing = [i for i, unit in enumerate(problem.codes) if unit not in assignment]
    if missing:
        people = int(problem.people[missing].sum())
        have = "has" if len(missing) == 1 else "have"
        said = (
            f"{count(len(missing), 'LSOA')} with {people:,} {whom(criteria.count)} {have} no neighbourhood, such as "
            f"{problem.names[missing[0]]}."
        )
        yield Fault("complete", said, tuple(problem.codes[i] for i in missing), people)


def _number(
    problem: Problem, criteria: Criteria, members: Mapping[str, list[int]], declared: Sequence[DeclaredException]
) -> Iterator[Fault]:
    asked = criteria.neighbourhoods
    levels = [problem.levels[key] for key in criteria.within if key in problem.levels]
    moved = {unit for e in declared if e.kind == "joined" for unit in e.units}
    for group, number in asked if isinstance(asked, tuple) else ():
        inside = {
            code
            for code, units in members.items()
            for i in units
            if problem.codes[i] not in moved and "+".join(_code(level, i) for level in levels) == group
        }
        if len(inside) != number:
            said = f"{group} has {count(len(inside), 'neighbourhood')}, not the {number:,} you asked for."
            yield Fault("number", said, (group,))
    if isinstance(asked, int) and len(members) != asked:
        are = "is" if len(members) == 1 else "are"
        said = f"There {are} {count(len(members), 'neighbourhood')}, not the {asked:,} you asked for."
        yield Fault("number", said)


def _in_range(
    problem: Problem, criteria: Criteria, members: Mapping[str, list[int]], declared: Sequence[DeclaredException]
) -> Iterator[Fault]:
    for code, units in members.items():
        people = int(problem.people[units].sum())
        if criteria.minimum <= people <= criteria.maximum:
            continue
        if size_declared(criteria, declared, {problem.codes[i] for i in units}, people):
            continue
        side = "below the minimum" if people < criteria.minimum else "above the maximum"
        said = (
            f"{code} has {people:,} {whom(criteria.count)}, outside the range you set "
            f"({criteria.minimum:,} to {criteria.maximum:,}): "
            f"{abs(people - (criteria.minimum if people < criteria.minimum else criteria.maximum)):,} {side}."
        )
        yield Fault("range", said, (code,), people)


def size_declared(criteria: Criteria, declared: Iterable[DeclaredException], inside: Set[str], people: int) -> bool:
    """Whether an exception says that a neighbourhood of exactly these units, with so many people, is out of range."""
    frozen = _frozen(criteria)
    for one in declared:
        own = set(one.units)
        if one.kind == "frozen" and inside == own:
            return True
        if one.kind == "undersized" and people < criteria.minimum:
            # Declared as one neighbourhood, so a half of it is not excused; frozen units may leave it in pieces.
            rest = own - frozen
            if inside == rest or (frozen & own and inside <= rest):
                return True
    return False


def _contiguous(problem: Problem, criteria: Criteria, members: Mapping[str, list[int]]) -> Iterator[Fault]:
    near = _near(problem)
    for code, units in members.items():
        pieces = _pieces(near, units)
        pieces.sort(key=lambda members: (-int(problem.people[members].sum()), members))
        for cut_off in pieces[1:]:
            people = int(problem.people[cut_off].sum())
            said = (
                f"{code} is in {len(pieces)} pieces: {count(len(cut_off), 'LSOA')} around "
                f"{problem.names[cut_off[0]]} ({people:,} {whom(criteria.count)}) cut off from the rest of it."
            )
            yield Fault("contiguous", said, (code, *(problem.codes[i] for i in cut_off)), people)


def _nested(
    problem: Problem, criteria: Criteria, members: Mapping[str, list[int]], declared: Sequence[DeclaredException]
) -> Iterator[Fault]:
    levels = [problem.levels[key] for key in criteria.within if key in problem.levels]
    if not levels:
        return
    nest_of, name_of = joined_nests(problem, criteria, declared)
    for code, units in members.items():
        nests: dict[str, int] = {}
        for i in units:
            nests[nest_of[i]] = nests.get(nest_of[i], 0) + int(problem.people[i])
        if len(nests) > 1:
            inside = max(nests.values())
            listed = ", ".join(
                f"{name} ({n:,} {whom(criteria.count)})"
                for name, n in sorted((name_of[k], n) for k, n in nests.items())
            )
            said = f"{code} crosses a {levels[0].label.lower()} line that was to hold: {listed}."
            yield Fault("nested", said, (code,), sum(nests.values()) - inside)


def _kept_whole(
    problem: Problem, criteria: Criteria, assignment: Mapping[str, str], declared: Sequence[DeclaredException]
) -> Iterator[Fault]:
    if not criteria.keep_whole:
        return
    excused = {frozenset(e.units) for e in declared if e.kind == "split group"}
    nest_of, frozen, near = joined_nests(problem, criteria, declared)[0], _frozen(criteria), _near(problem)
    for key in criteria.keep_whole:
        level = problem.levels.get(key)
        groups: dict[int, list[int]] = {}
        for i, g in enumerate(level.group.tolist() if level else []):
            groups.setdefault(g, []).append(i)
        for g, units in sorted(groups.items()):
            if g < 0 or level is None:
                continue
            parts = [units]
            if frozenset(problem.codes[i] for i in units) in excused:
                # Declared is that the whole of it cannot stay together, and that each connected part of a nest does.
                left = [i for i in units if problem.codes[i] not in frozen]
                nests = sorted({nest_of[i] for i in left})
                parts = [p for nest in nests for p in _pieces(near, [i for i in left if nest_of[i] == nest])]
            for part in parts:
                codes = tuple(problem.codes[i] for i in part)
                homes = sorted({assignment[code] for code in codes if code in assignment})
                if len(homes) < 2:
                    continue
                name = (
                    level.names[g]
                    if part is units
                    else f"{level.names[g]}, in its part around {problem.names[part[0]]},"
                )
                said = f"The {level.label} {name} was to stay whole, but is shared by {', '.join(homes)}."
                yield Fault("kept whole", said, codes, int(problem.people[part].sum()))


def _locked(
    problem: Problem, criteria: Criteria, assignment: Mapping[str, str], members: Mapping[str, list[int]]
) -> Iterator[Fault]:
    name = dict(zip(problem.codes, problem.names, strict=True))
    for unit, code in criteria.locks.fixed:
        if assignment.get(unit, code) != code:
            said = f"{name.get(unit, unit)} is fixed to {code}, but lies in {assignment[unit]}."
            yield Fault("locked", said, (unit,))
    for group in criteria.locks.together:
        homes = sorted({assignment[u] for u in group if u in assignment})
        if len(homes) > 1:
            said = f"LSOAs locked together, such as {name.get(group[0], group[0])}, lie in {' and '.join(homes)}."
            yield Fault("locked", said, tuple(group))
    for a, b in criteria.locks.apart:
        if a in assignment and assignment[a] == assignment.get(b):
            said = f"{name.get(a, a)} and {name.get(b, b)} were to be kept apart, but both lie in {assignment[a]}."
            yield Fault("locked", said, (a, b))
    for code, units in criteria.locks.frozen:
        inside = {problem.codes[i] for i in members.get(code, [])}
        if inside != set(units):
            changed = tuple(sorted(inside ^ set(units)))
            yield Fault("frozen", f"{code} was frozen, but {len(changed):,} of its LSOAs changed.", changed)


def _units(codes: Sequence[str]) -> str:
    return "1 LSOA is" if len(codes) == 1 else f"{len(codes):,} LSOAs are"


def _frozen(criteria: Criteria) -> set[str]:
    return {unit for _, units in criteria.locks.frozen for unit in units}


def _near(problem: Problem) -> dict[int, list[int]]:
    near: dict[int, list[int]] = {}
    for a, b in problem.edges.tolist():
        near.setdefault(a, []).append(b)
        near.setdefault(b, []).append(a)
    return near


def _pieces(near: Mapping[int, list[int]], units: Iterable[int]) -> list[list[int]]:
    """Connected pieces of `units`, each sorted. Written anew here: the checker shares no code with what it checks."""
    pieces: list[list[int]] = []
    left = set(units)
    while left:
        stack = [min(left)]
        piece = set(stack)
        while stack:
            new = [b for b in near.get(stack.pop(), ()) if b in left and b not in piece]
            piece.update(new)
            stack.extend(new)
        left -= piece
        pieces.append(sorted(piece))
    return pieces


def joined_nests(
    problem: Problem, criteria: Criteria, declared: Sequence[DeclaredException]
) -> tuple[list[str], dict[str, str]]:
    """The nest of each unit after the declared joins, as a code (names may stand twice), and what each is called."""
    levels = [problem.levels[key] for key in criteria.within if key in problem.levels]
    own = ["+".join(_code(level, i) for level in levels) for i in range(len(problem.codes))]
    name_of = {code: " / ".join(_name(level, i) for level in levels) for i, code in enumerate(own)}
    moved = {unit: e.choice for e in declared if e.kind == "joined" for unit in e.units}
    # A join names the nest that it joins; of two nests of one name it is the other one, that its units touch.
    called: dict[str, list[str]] = {}
    for code in sorted(name_of):
        called.setdefault(name_of[code], []).append(code)
    near = _near(problem) if moved else {}
    for choice in sorted(set(moved.values())):
        units = [i for i, unit in enumerate(problem.codes) if moved.get(unit) == choice]
        for piece in _pieces(near, units):
            beside = {own[b] for a in piece for b in near.get(a, ()) if moved.get(problem.codes[b], "") != choice}
            named = [code for code in called.get(choice, []) if code not in {own[a] for a in piece}] or [choice]
            home = next((code for code in named if code in beside), named[0])
            for i in piece:
                own[i] = home
    name_of |= {code: code for code in own if code not in name_of}
    return own, name_of


def _code(level: Grouping, i: int) -> str:
    g = int(level.group[i])
    return level.codes[g] if g >= 0 else "–"


def _name(level: Grouping, i: int) -> str:
    g = int(level.group[i])
    return level.names[g] if g >= 0 else f"no {level.label.lower()}"

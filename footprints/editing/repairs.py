"""Ways to put one problem right, the fewest people first, each tried out on the plan before it is offered."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from footprints.editing.tally import Ground, Problem
from footprints.plan import Plan
from optimise.contiguity import pieces_of
from optimise.problem import Ints
from optimise.words import count

OFFERED = 5


@dataclass(frozen=True)
class Repair:
    """Areas to move (positions, and the neighbourhood they go to), the people who move, and the effect in words."""

    moves: tuple[tuple[tuple[int, ...], str], ...]
    people: int
    words: str


@dataclass(frozen=True, eq=False)
class _Board:
    """A plan as arrays. label : (n,) index into `codes`, -1 for none. xy : (n, 2) metres, EPSG:27700."""

    plan: Plan
    ground: Ground
    codes: tuple[str, ...]
    label: Ints
    people: Ints
    locked: np.ndarray
    near: Sequence[Collection[int]]
    xy: np.ndarray

    def faults(self, label: Ints, among: Iterable[int]) -> int:
        """Pieces too many, sizes out of range and lines crossed; of -1 among the neighbourhoods: unassigned pieces."""
        criteria, total = self.plan.criteria, 0
        for own in among:
            inside = np.flatnonzero(label == own)
            pieces = len(pieces_of(inside.tolist(), self.near))
            if own < 0:
                total += pieces
                continue
            size = int(self.people[inside].sum())
            total += max(0, pieces - 1) + (not criteria.minimum <= size <= criteria.maximum)
            total += len(self.crossed(inside))
        return total

    def crossed(self, inside: Ints) -> tuple[str, ...]:
        """The levels whose lines some units of one neighbourhood lie on both sides of, of those that are to be kept."""
        of = {key: self.ground.groups[key][0][inside] for key in self.plan.criteria.within if key in self.ground.groups}
        return tuple(key for key, groups in of.items() if len(set(groups.tolist()) - {-1}) > 1)


def repairs(plan: Plan, ground: Ground, problem: Problem) -> tuple[Repair, ...]:
    """At most five ways to put `problem` right that leave fewer faults than there are, without moving a locked unit.

    The order: fewest faults left, then fewest people moved. () where none was found, or nothing can be moved to mend it
    (a line that is crossed, an empty neighbourhood).
    """
    codes = plan.codes
    at = {code: i for i, code in enumerate(codes)}
    label = np.full(len(ground.position), -1, dtype=np.int64)
    for unit, code in plan.assignment:
        label[ground.position[unit]] = at[code]
    xy = ground.area.units[["x", "y"]].to_numpy(dtype=np.float64)
    board = _Board(plan, ground, codes, label, ground.people(plan), ground.locked(plan), ground.near(plan), xy)
    ways: dict[str, Iterator[list[tuple[list[int], int]]]] = {
        "unassigned": _given(board, problem.units),
        "pieces": _joined(board, problem, at.get(problem.code, -1)),
        "range": _resized(board, at.get(problem.code, -1)),
        "locked": iter([[([*problem.units], at.get(problem.code, -1))]]),
    }
    found = []
    for moves in ways.get(problem.kind, iter(())):
        tried = _tried(board, moves)
        if tried is not None:
            found.append(tried)
    found.sort(key=lambda pair: (pair[0], pair[1].people, pair[1].words))
    kept: dict[tuple[object, ...], Repair] = {}
    for _, one in found:
        kept.setdefault(one.moves, one)
    return tuple(kept.values())[:OFFERED]


def _tried(board: _Board, moves: list[tuple[list[int], int]]) -> tuple[int, Repair] | None:
    """(faults left, the repair) where fewer are left than there were."""
    after = board.label.copy()
    units = [unit for some, _ in moves for unit in some]
    if not units or board.locked[units].any():
        return None
    for some, to in moves:
        after[some] = to
    touched = sorted({*board.label[units].tolist(), *after[units].tolist()})
    before, left = board.faults(board.label, touched), board.faults(after, touched)
    if left >= before:
        return None
    people = int(board.people[units].sum())
    said = [
        f"Move {count(len(some), 'area')}, {int(board.people[some].sum()):,} people, to {_name(board, to)}"
        for some, to in moves
    ]
    words = f"{' and '.join(said)}: {_stand(board, after, [d for d in touched if d >= 0])}."
    return left, Repair(tuple((tuple(sorted(some)), board.codes[to]) for some, to in moves), people, words)


def _stand(board: _Board, after: Ints, touched: list[int]) -> str:
    """ "both then in range and in one piece", or each that is not."""
    criteria, bad = board.plan.criteria, []
    for own in touched:
        inside = np.flatnonzero(after == own)
        size = int(board.people[inside].sum())
        pieces = len(pieces_of(inside.tolist(), board.near))
        wrong = [] if criteria.minimum <= size <= criteria.maximum else [f"{size:,} people, out of range"]
        wrong += [f"in {pieces} pieces"] if pieces > 1 else []
        wrong += [f"across a {board.ground.area.level(key).label.lower()} line" for key in board.crossed(inside)]
        if wrong:
            bad.append(f"{_name(board, own)} then {' and '.join(wrong)}")
    if bad:
        return "; ".join(bad)
    whole = {1: "it is", 2: "both are"}.get(len(touched), "all are")
    return f"{whole} then in range and in one piece"


def _name(board: _Board, own: int) -> str:
    return board.plan.neighbourhood(board.codes[own]).name


def _beside(board: _Board, units: Iterable[int]) -> list[int]:
    """The neighbourhoods that some units touch, other than their own."""
    inside = set(units)
    own = {int(board.label[u]) for u in inside}
    return sorted({int(board.label[v]) for u in inside for v in board.near[u]} - own - {-1})


def _given(board: _Board, units: Sequence[int]) -> Iterator[list[tuple[list[int], int]]]:
    """The units to each neighbourhood beside them; shared out by nearness where there are several."""
    beside = _beside(board, units)
    for to in beside:
        yield [([*units], to)]
    if len(units) > 1 and len(beside) > 1:
        yield _shared_out(board, units, beside)


def _shared_out(board: _Board, units: Sequence[int], beside: list[int]) -> list[tuple[list[int], int]]:
    """Each unit to the smallest neighbourhood that it touches by then, one after another."""
    left = set(units)
    given: dict[int, list[int]] = {to: [] for to in beside}
    label = board.label.copy()
    size = {to: int(board.people[label == to].sum()) for to in beside}
    while left:
        open_to = [
            (size[int(label[v])], int(label[v]), u) for u in left for v in board.near[u] if int(label[v]) in size
        ]
        if not open_to:
            return []
        _, to, unit = min(open_to)
        label[unit] = to
        size[to] += int(board.people[unit])
        given[to].append(unit)
        left.discard(unit)
    return [(some, to) for to, some in given.items() if some]


def _joined(board: _Board, problem: Problem, own: int) -> Iterator[list[tuple[list[int], int]]]:
    """The piece to a neighbourhood beside it, or what lies between it and the rest to its own neighbourhood."""
    piece = set(problem.units)
    yield from _given(board, sorted(piece))
    rest = set(np.flatnonzero(board.label == own).tolist()) - piece
    way = _way(board, piece, rest)
    if way:
        yield [(way, own)]


def _way(board: _Board, start: set[int], goal: set[int]) -> list[int]:
    """The units with the fewest people that join two sets, none of them locked; [] where there are none."""
    best = dict.fromkeys(sorted(start), 0)
    before: dict[int, int] = {}
    queue = [(0, unit) for unit in sorted(start)]
    heapq.heapify(queue)
    while queue:
        paid, unit = heapq.heappop(queue)
        if paid > best.get(unit, paid):
            continue
        if unit in goal:
            way = []
            while unit in before:
                unit = before[unit]
                way.append(unit)
            return [u for u in way if u not in start]
        for other in board.near[unit]:
            price = paid + (0 if other in goal else int(board.people[other]) + 1)
            if (
                other not in start
                and not (board.locked[other] and other not in goal)
                and price < best.get(other, 1 << 60)
            ):
                best[other], before[other] = price, unit
                heapq.heappush(queue, (price, other))
    return []


def _resized(board: _Board, own: int) -> Iterator[list[tuple[list[int], int]]]:
    """Areas from a neighbourhood beside one that is too small, or to one beside one that is too large."""
    inside = np.flatnonzero(board.label == own)
    size, criteria = int(board.people[inside].sum()), board.plan.criteria
    for other in _beside(board, inside.tolist()):
        giver, taker = (other, own) if size < criteria.minimum else (own, other)
        wanted = criteria.minimum - size if size < criteria.minimum else size - criteria.maximum
        for ahead in (0, 1, 2, 3):
            moved = _grown(board, giver, taker, wanted, ahead)
            if moved:
                yield [(moved, taker)]
    loose = [
        unit
        for unit in np.flatnonzero(board.label < 0).tolist()
        if any(board.label[v] == own for v in board.near[unit])
    ]
    if size < criteria.minimum and loose:
        yield [(loose, own)]
    if size < criteria.minimum:
        for other in _beside(board, inside.tolist()):
            yield [(inside.tolist(), other)]


def _grown(board: _Board, giver: int, taker: int, wanted: int, ahead: int) -> list[int]:
    """Units of `giver` that `taker` touches, one after another until at least `wanted` people are moved.

    Each time the unit that leaves the giver whole and lies nearest to the taker's middle; ahead : the first choice is
    passed over so many times, for another way to do it.
    """
    label, people = board.label.copy(), 0
    moved: list[int] = []
    middle = board.xy[label == taker].mean(axis=0)
    while people < wanted:
        edge = [u for u in np.flatnonzero(label == giver).tolist() if any(label[v] == taker for v in board.near[u])]
        edge = [u for u in edge if not board.locked[u]]
        edge.sort(key=lambda u: (float(((board.xy[u] - middle) ** 2).sum()), u))
        if not moved:
            edge = edge[ahead:]
        chosen = next((u for u in edge if _stays_whole(board, label, giver, u)), None)
        if chosen is None:
            return []
        label[chosen] = taker
        moved.append(chosen)
        people += int(board.people[chosen])
    return moved


def _stays_whole(board: _Board, label: Ints, own: int, unit: int) -> bool:
    """Whether a neighbourhood has no more pieces without the unit than with it."""
    inside = np.flatnonzero(label == own).tolist()
    rest = [u for u in inside if u != unit]
    return bool(rest) and len(pieces_of(rest, board.near)) <= len(pieces_of(inside, board.near))

"""What the browser is told of a plan: people, pieces, what is crossed and split, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints import maps
from footprints.editing.operations import Slots
from footprints.editing.ranges import to_ranges
from footprints.plan import Plan, PlanLink
from footprints.standing import counted, graph_with
from optimise.contiguity import pieces_of
from optimise.problem import Ints
from optimise.words import count

_PRIME, _MIX = 0x01000193, 0x85EBCA6B
_MASK = 0xFFFFFFFF
SPLIT = ("msoa", "ward")


@dataclass(frozen=True, eq=False)
class Ground:
    """An area in arrays, made once.

    named : every unit as a planner calls it. residents, registered : (n,) people; registered is None unless it is known
    for every unit. groups : level -> (n,) group of each unit, -1 for none, and the names of the groups.
    """

    area: Area
    named: tuple[str, ...]
    position: Mapping[str, int]
    residents: Ints
    registered: Ints | None
    groups: Mapping[str, tuple[Ints, tuple[str, ...]]]

    @classmethod
    def of(cls, area: Area) -> Ground:
        known = counted(area, "registered") == "registered"
        registered = np.rint(area.units["registered"].to_numpy(dtype=np.float64)).astype(np.int64) if known else None
        groups = {}
        for key, level in area.levels.items():
            codes = sorted({code for code in level.assignment if code})
            at = {code: i for i, code in enumerate(codes)}
            of = np.array([at.get(code, -1) for code in level.assignment], dtype=np.int64)
            groups[key] = (of, tuple(level.names.get(code, code) for code in codes))
        position = {code: i for i, code in enumerate(area.codes)}
        named = tuple(maps.unit_labels(area).values())
        return cls(area, named, position, area.units["residents"].to_numpy(dtype=np.int64), registered, groups)

    def labels(self, plan: Plan, slots: Slots) -> Ints:
        """(n,) slot of the neighbourhood of each unit, -1 for none."""
        found = np.full(len(self.position), -1, dtype=np.int64)
        for unit, code in plan.assignment:
            found[self.position[unit]] = slots.slot(code)
        return found

    def locked(self, plan: Plan) -> np.ndarray:
        """(n,) whether each unit is locked."""
        found = np.zeros(len(self.position), dtype=np.bool_)
        found[[self.position[unit] for unit in plan.locked if unit in self.position]] = True
        return found

    def people(self, plan: Plan) -> Ints:
        """(n,) the people that the range counts."""
        wanted = plan.criteria.count == "registered" and self.registered is not None
        return self.registered if wanted and self.registered is not None else self.residents

    def near(self, plan: Plan) -> Sequence[Collection[int]]:
        """The units that each unit touches, by a border, a link, or a link that the plan relies on."""
        return _near(self, plan.links, plan.criteria.accept_links)


@lru_cache(maxsize=32)
def _near(ground: Ground, links: tuple[PlanLink, ...], accept: bool) -> tuple[tuple[int, ...], ...]:
    graph, at = graph_with(ground.area, links, accept), ground.position
    return tuple(tuple(sorted(at[other] for other in graph[code])) for code in ground.area.codes)


def content_hash(labels: Ints, locked: np.ndarray) -> str:
    """16 hex digits over the slot and the lock of every unit in order; the browser works out the same."""
    h, g = 0x811C9DC5, 0x01000193
    for v in ((labels + 1) * 2 + locked).tolist():
        h = ((h ^ v) * _PRIME) & _MASK
        g = ((g + v) * _MIX) & _MASK
        g ^= g >> 13
    return f"{h:08x}{g:08x}"


def rows(plan: Plan, ground: Ground, slots: Slots) -> list[dict[str, Any]]:
    """A row for each neighbourhood, as the map editor is told of it."""
    labels, near, people = ground.labels(plan, slots), ground.near(plan), ground.people(plan)
    locked, criteria = ground.locked(plan), plan.criteria
    notes = {note.code: note.text for note in plan.notes}
    split = {key: _split(labels, ground.groups[key][0]) for key in SPLIT if key in ground.groups}
    made = []
    for own in plan.neighbourhoods:
        slot = slots.slot(own.code)
        inside = np.flatnonzero(labels == slot)
        total = int(people[inside].sum())
        district, names = ground.groups["district"]
        made.append(
            {
                "slot": slot,
                "code": own.code,
                "name": own.name,
                "colour": own.colour,
                "provisional": own.provisional,
                "units": len(inside),
                "residents": int(ground.residents[inside].sum()),
                "registered": int(ground.registered[inside].sum()) if ground.registered is not None else None,
                "people": total,
                "from_target": total - criteria.target,
                "in_range": bool(criteria.minimum <= total <= criteria.maximum),
                "pieces": len(pieces_of(inside.tolist(), near)),
                "districts": [names[g] for g in sorted(set(district[inside].tolist()) - {-1})],
                **{f"{key}s_split": int(_of(split, ground, key, inside)) if key in split else None for key in SPLIT},
                "locked": int(locked[inside].sum()),
                "note": notes.get(own.code, ""),
            }
        )
    return made


def unit_notes(plan: Plan, ground: Ground) -> dict[int, str]:
    """The remarks on units, by position."""
    return {ground.position[note.code]: note.text for note in plan.notes if note.code in ground.position}


def _split(labels: Ints, group: Ints) -> np.ndarray:
    """(groups,) whether a group has units in two neighbourhoods or more."""
    known = (group >= 0) & (labels >= 0)
    size = int(group.max(initial=-1)) + 1
    low = np.full(size, np.iinfo(np.int64).max)
    high = np.full(size, -1)
    np.minimum.at(low, group[known], labels[known])
    np.maximum.at(high, group[known], labels[known])
    return np.asarray(high > low)


def _of(split: Mapping[str, np.ndarray], ground: Ground, key: str, inside: Ints) -> int:
    own = np.unique(ground.groups[key][0][inside])
    return int(split[key][own[own >= 0]].sum())


@dataclass(frozen=True)
class Problem:
    """Something to put right. key : the same while it is the same. code : of the neighbourhood, "" for unassigned.

    units : positions, the ones cut off or unassigned, or all of the neighbourhood. people : in `units`, as counted.
    """

    key: str
    kind: str
    code: str
    units: tuple[int, ...]
    people: int
    words: str


def problems(plan: Plan, ground: Ground, slots: Slots) -> tuple[Problem, ...]:
    """Everything to put right: areas in no neighbourhood, pieces cut off, sizes, lines crossed, locks not kept."""
    labels, near, people = ground.labels(plan, slots), ground.near(plan), ground.people(plan)
    codes = ground.area.codes
    found: list[Problem] = []
    for piece in sorted(pieces_of(np.flatnonzero(labels < 0).tolist(), near), key=len, reverse=True):
        total = int(people[piece].sum())
        words = f"{_those(ground, piece, total)} {'belongs' if len(piece) == 1 else 'belong'} to no neighbourhood."
        found.append(Problem(f"unassigned:{codes[piece[0]]}", "unassigned", "", tuple(piece), total, words))
    for own in plan.neighbourhoods:
        inside = np.flatnonzero(labels == slots.slot(own.code)).tolist()
        found += _of_one(plan, ground, own.code, own.name, inside, near, people)
    return (*found, *_fixed(plan, ground))


def _of_one(
    plan: Plan, ground: Ground, code: str, name: str, inside: list[int], near: Sequence[Collection[int]], people: Ints
) -> list[Problem]:
    if not inside:
        return [Problem(f"empty:{code}", "empty", code, (), 0, f"{name} has no areas yet.")]
    found, total, criteria = [], int(people[inside].sum()), plan.criteria
    pieces = sorted(pieces_of(inside, near), key=lambda p: (-int(people[p].sum()), -len(p), p[0]))
    for piece in pieces[1:]:
        cut = int(people[piece].sum())
        words = f"{name}: {_those(ground, piece, cut)} {'is' if len(piece) == 1 else 'are'} cut off from the rest."
        found.append(Problem(f"piece:{code}:{ground.area.codes[piece[0]]}", "pieces", code, tuple(piece), cut, words))
    if total < criteria.minimum:
        words = f"{name} has {total:,} people, {criteria.minimum - total:,} too few."
        found.append(Problem(f"range:{code}", "range", code, tuple(inside), total, words))
    elif total > criteria.maximum:
        words = f"{name} has {total:,} people, {total - criteria.maximum:,} too many."
        found.append(Problem(f"range:{code}", "range", code, tuple(inside), total, words))
    for key in criteria.within:
        of, names = ground.groups.get(key, (None, ()))
        across = sorted(set(of[inside].tolist()) - {-1}) if of is not None else []
        if len(across) > 1 and not _declared(plan, ground, inside):
            level = ground.area.level(key).label.lower()
            words = f"{name} crosses a {level} line: {', '.join(names[g] for g in across)}."
            found.append(Problem(f"crossing:{key}:{code}", "crossing", code, tuple(inside), total, words))
    return found


def _declared(plan: Plan, ground: Ground, inside: list[int]) -> bool:
    """Whether one exception that was declared before solving is about all of these units."""
    units = {ground.area.codes[at] for at in inside}
    return any(units <= set(one.units) for one in plan.exceptions)


def _fixed(plan: Plan, ground: Ground) -> list[Problem]:
    """Units that a lock of the criteria puts elsewhere."""
    where, found = plan.where(), []
    for unit, code in plan.criteria.locks.fixed:
        if where.get(unit, "") != code and unit in ground.position and code in plan.codes:
            at = ground.position[unit]
            words = f"{ground.area.unit_label(unit)}, was to stay in {plan.neighbourhood(code).name}."
            found.append(Problem(f"fixed:{unit}", "locked", code, (at,), int(ground.people(plan)[at]), words))
    return found


def _those(ground: Ground, units: Sequence[int], people: int) -> str:
    """ "3 areas, 4,870 people (Soham)", or one area by its name."""
    if len(units) == 1:
        return ground.named[units[0]]
    said = f"{count(len(units), 'area')}, {people:,} people"
    of, names = ground.groups.get("msoa", (None, ()))
    places = sorted({names[of[at]] for at in units if of[at] >= 0}) if of is not None else []
    return f"{said} ({', '.join(places[:2])}{' and others' if len(places) > 2 else ''})," if places else f"{said},"


def problem_row(one: Problem, slots: Slots) -> dict[str, Any]:
    """A problem as the browser is told of it."""
    return {
        "key": one.key,
        "kind": one.kind,
        "slot": slots.slot(one.code),
        "units": to_ranges(one.units),
        "people": one.people,
        "words": one.words,
    }

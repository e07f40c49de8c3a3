"""What the browser is told of a plan: people, pieces, what is crossed and split, and what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.editing.exceptions import one_nest, size_excused
from footprints.editing.operations import Slots
from footprints.editing.ranges import to_ranges
from footprints.plan import Change, Plan, PlanLink
from footprints.standing import graph_with
from optimise.contiguity import pieces_of
from optimise.counting import is_known, people_counted, years
from optimise.criteria import of_year
from optimise.problem import Ints

_PRIME, _MIX = 0x01000193, 0x85EBCA6B
_MASK = 0xFFFFFFFF
SPLIT = ("msoa", "ward")
NOT_SENT = ("icb", "sub_icb")  # levels that the browser is not told of


@dataclass(frozen=True, eq=False)
class Ground:
    """An area in arrays, made once.

    residents, registered, lists : (n,) people (`optimise.counting`); None where they are not known for every unit.
    in_year : (n,) people by the key of each year of the table of growth. groups : level -> (n,) group of each unit, -1
    for none, and the names of the groups.
    """

    area: Area
    position: Mapping[str, int]
    residents: Ints
    registered: Ints | None
    lists: Ints | None
    in_year: Mapping[str, Ints]
    groups: Mapping[str, tuple[Ints, tuple[str, ...]]]

    @classmethod
    def of(cls, area: Area) -> Ground:
        registered, lists = (people_counted(area, c) if is_known(area, c) else None for c in ("registered", "lists"))
        in_year = {of_year(year): people_counted(area, of_year(year)) for year in years(area)}
        groups = {}
        for key, level in area.levels.items():
            codes = sorted({code for code in level.assignment if code})
            at = {code: i for i, code in enumerate(codes)}
            of = np.array([at.get(code, -1) for code in level.assignment], dtype=np.int64)
            groups[key] = (of, tuple(level.names.get(code, code) for code in codes))
        position = {code: i for i, code in enumerate(area.codes)}
        return cls(area, position, area.units["residents"].to_numpy(dtype=np.int64), registered, lists, in_year, groups)

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
        return self.counting(plan)[1]

    def counting(self, plan: Plan) -> tuple[str, Ints]:
        """The population the range is on and its people; residents where that is not known."""
        known = {"registered": self.registered, "lists": self.lists, **self.in_year}.get(plan.criteria.count)
        return ("residents", self.residents) if known is None else (plan.criteria.count, known)

    def of_areas(self, plan: Plan) -> Ints:
        """(n,) people to tell of some areas: as `people`, but residents beside a range on lists.

        A list counts whole where its practice is sited, and so says nothing of a single area.
        """
        key, people = self.counting(plan)
        return self.residents if key == "lists" else people

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
                "lists": int(ground.lists[inside].sum()) if ground.lists is not None else None,
                "people": total,
                "in_range": bool(criteria.minimum <= total <= criteria.maximum),
                "declared": _out_as_declared(plan, ground, inside.tolist(), total),
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


def change_rows(changes: Iterable[Change], ground: Ground) -> list[list[str]]:
    """Units moved by hand as [units, neighbourhood at first, who, when, why], those alike in all of it together."""
    groups: dict[tuple[str, str, str, str], list[int]] = {}
    for one in changes:
        if one.unit in ground.position:
            groups.setdefault((one.was, one.who, one.when, one.why), []).append(ground.position[one.unit])
    return [[to_ranges(units), *said] for said, units in groups.items()]


def lines(plan: Plan, slots: Slots) -> list[list[Any]]:
    """The boundaries that were explained: [slot, slot, who, when, why]."""
    known = set(plan.codes)
    return [
        [slots.slot(b.first), slots.slot(b.second), b.who, b.when, b.why]
        for b in plan.boundaries
        if {b.first, b.second} <= known
    ]


def difference(before: Mapping[str, Any] | None, row: Mapping[str, Any]) -> dict[str, Any]:
    """What of a row is not as before, with its slot; all of it where there was none."""
    if before is None:
        return dict(row)
    return {key: value for key, value in row.items() if key == "slot" or before.get(key) != value}


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
    """Something to put right; the browser has the words. key : the same while it is the same, "KIND:CODE...".

    code : of the neighbourhood, "" for unassigned. units : positions, the ones cut off or unassigned, or all of the
    neighbourhood. people : in `units`, as counted.
    """

    key: str
    kind: str
    code: str
    units: tuple[int, ...]
    people: int


def problems(plan: Plan, ground: Ground, slots: Slots) -> tuple[Problem, ...]:
    """Everything to put right: areas in no neighbourhood, pieces cut off, sizes, lines crossed, locks not kept."""
    labels, near, people = ground.labels(plan, slots), ground.near(plan), ground.people(plan)
    codes = ground.area.codes
    found: list[Problem] = []
    for piece in sorted(pieces_of(np.flatnonzero(labels < 0).tolist(), near), key=len, reverse=True):
        found.append(Problem(f"unassigned:{codes[piece[0]]}", "unassigned", "", tuple(piece), int(people[piece].sum())))
    for own in plan.neighbourhoods:
        inside = np.flatnonzero(labels == slots.slot(own.code)).tolist()
        found += _of_one(plan, ground, own.code, inside, near, people)
    return (*found, *_fixed(plan, ground))


def _of_one(
    plan: Plan, ground: Ground, code: str, inside: list[int], near: Sequence[Collection[int]], people: Ints
) -> list[Problem]:
    if not inside:
        return [Problem(f"empty:{code}", "empty", code, (), 0)]
    found, total, criteria = [], int(people[inside].sum()), plan.criteria
    pieces = sorted(pieces_of(inside, near), key=lambda p: (-int(people[p].sum()), -len(p), p[0]))
    for piece in pieces[1:]:
        cut = int(people[piece].sum())
        found.append(Problem(f"piece:{code}:{ground.area.codes[piece[0]]}", "pieces", code, tuple(piece), cut))
    within = criteria.minimum <= total <= criteria.maximum
    if not within and not _out_as_declared(plan, ground, inside, total):
        found.append(Problem(f"range:{code}", "range", code, tuple(inside), total))
    for key in criteria.within:
        of = ground.groups[key][0] if key in ground.groups else None
        across = set(of[inside].tolist()) - {-1} if of is not None else set()
        if len(across) > 1 and not one_nest(plan, ground.area, {ground.area.codes[at] for at in inside}):
            found.append(Problem(f"crossing:{key}:{code}", "crossing", code, tuple(inside), total))
    return found


def _out_as_declared(plan: Plan, ground: Ground, inside: list[int], people: int) -> bool:
    """Whether a neighbourhood is out of range, and the plan declares that it is."""
    if plan.criteria.minimum <= people <= plan.criteria.maximum:
        return False
    return size_excused(plan, {ground.area.codes[at] for at in inside}, people)


def _fixed(plan: Plan, ground: Ground) -> list[Problem]:
    """Units that a lock of the criteria puts elsewhere."""
    where, found = plan.where(), []
    for unit, code in plan.criteria.locks.fixed:
        if where.get(unit, "") != code and unit in ground.position and code in plan.codes:
            at = ground.position[unit]
            found.append(Problem(f"fixed:{unit}", "locked", code, (at,), int(ground.people(plan)[at])))
    return found


def problem_row(one: Problem, ground: Ground, slots: Slots) -> dict[str, Any]:
    """A problem as the browser is told of it: by its slot alone where it is about the whole neighbourhood.

    `across` : the names of the groups on both sides of a line of a level that the browser does not have.
    """
    named = one.kind in ("unassigned", "pieces", "locked")
    units = to_ranges(one.units) if named else ""
    row: dict[str, Any] = {"key": one.key, "kind": one.kind, "slot": slots.slot(one.code), "units": units}
    level = one.key.split(":")[1] if one.kind == "crossing" else ""
    if level in NOT_SENT:
        of, names = ground.groups[level]
        row["across"] = [names[g] for g in sorted(set(of[[*one.units]].tolist()) - {-1})]
    return row

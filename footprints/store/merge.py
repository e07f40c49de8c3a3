"""Three-way merge: what two people did to one version, put together where they do not touch the same thing.

Fact by fact: what only one side changed is taken; what both changed alike is taken once; anything else is a conflict
that a person decides. So is what no single fact shows: an LSOA moved by one side and locked by the other, and a
neighbourhood taken away by one side while the other moved LSOAs into it. Two new neighbourhoods that were given the
same code are two: mine gets the next free code, which is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from boundaries.area import Area
from footprints.changes import reworded
from footprints.check import check
from footprints.codes import new_codes
from footprints.errors import PlanError
from footprints.plan import Change, Plan
from footprints.store.flat import BY_FIELD, Facts, Path, facts, parts_of, path_in_words, plan_of, value_in_words
from optimise.certificate import Fault
from optimise.words import count

SIDES = ("base", "theirs", "mine")
_LATER = ("changes", "retired")  # follow from the rest


@dataclass(frozen=True)
class Conflict:
    """What a person has to decide. base, theirs, mine : the values, None where there is none. why : in words."""

    path: Path
    base: Any
    theirs: Any
    mine: Any
    why: str = "both changed it"

    @property
    def in_words(self) -> str:
        """One line: what, and the three values."""
        told = ", ".join(f"{side} {value_in_words(getattr(self, side))}" for side in SIDES)
        return f"{path_in_words(self.path)}: {self.why} ({told})"


@dataclass(frozen=True)
class Merge:
    """plan : the merged plan, None while there are conflicts. renumbered : my new codes that theirs had taken.

    from_theirs, from_mine : how many facts differ from mine, and from theirs.
    """

    plan: Plan | None
    conflicts: tuple[Conflict, ...]
    renumbered: tuple[tuple[str, str], ...] = ()
    from_theirs: int = 0
    from_mine: int = 0


def merge(base: Plan, theirs: Plan, mine: Plan, choices: Mapping[Path, str] | None = None) -> Merge:
    """Merge two plans made from `base`. choices : path of a conflict -> "base", "theirs" or "mine".

    Raises PlanError where the plans are of different areas, or a choice names no side.
    """
    chosen = dict(choices or {})
    strange = sorted(set(chosen.values()) - set(SIDES))
    if strange:
        raise PlanError(f"“{strange[0]}” is no side of a conflict.", mend=f"Choose {', '.join(SIDES)}.")
    if len({plan.area_codes_digest for plan in (base, theirs, mine)}) > 1:
        raise PlanError(
            "The plans are made for different sets of LSOAs, so they cannot be merged.", mend="Merge plans of one area."
        )
    mine, renumbered = _told_apart(base, theirs, mine)
    work = _Work(facts(base), facts(theirs), facts(mine), chosen)
    work.each()
    work.taken_away()
    work.locks()
    work.reasons()
    if work.conflicts:
        return Merge(None, tuple(work.conflicts[path] for path in sorted(work.conflicts)), renumbered)
    found = work.found
    return Merge(
        plan_of(found), (), renumbered, _differing(found, work.sides["mine"]), _differing(found, work.sides["theirs"])
    )


def new_faults(merged: Plan, sides: Iterable[Plan], area: Area) -> tuple[Fault, ...]:
    """What the checker finds in the merged plan and in none of its sides, such as a neighbourhood now in two pieces."""
    found = _faults(merged, area)
    known = {(fault.rule, fault.where) for side in sides if found for fault in _faults(side, area)}
    return tuple(fault for fault in found if (fault.rule, fault.where) not in known)


def _faults(plan: Plan, area: Area) -> tuple[Fault, ...]:
    verdict = check(plan, area)
    return (*verdict.integrity, *verdict.criteria)


def _differing(one: Facts, other: Facts) -> int:
    return sum(1 for path in one.keys() | other.keys() if one.get(path) != other.get(path))


class _Work:
    """The merge under way. found : the facts decided so far."""

    def __init__(self, base: Facts, theirs: Facts, mine: Facts, chosen: Mapping[Path, str]) -> None:
        self.sides = {"base": base, "theirs": theirs, "mine": mine}
        self.chosen = chosen
        self.found: Facts = {}
        self.conflicts: dict[Path, Conflict] = {}

    def values(self, path: Path) -> tuple[Any, Any, Any]:
        b, t, m = (self.sides[side].get(path) for side in SIDES)
        return b, t, m

    def each(self) -> None:
        """Every fact on its own; what one side took away and the other changed is decided as a whole."""
        entries: dict[tuple[str, str], list[Path]] = {}
        for path in sorted(set().union(*self.sides.values())):
            if path[0] not in _LATER:
                entries.setdefault(path[:2], []).append(path)
        for (section, key), paths in entries.items():
            whole = {s: {p: self.sides[s][p] for p in paths if p in self.sides[s]} for s in SIDES}
            b, t, m = (whole[side] for side in SIDES)
            if section in BY_FIELD and b and bool(t) != bool(m) and (t or m) != b:
                at = (section, key, "")
                side = self.chosen.get(at)
                if side:
                    self.found.update(whole[side])
                else:
                    told = ["as it was" if v == b else "changed" if v else None for v in (b, t, m)]
                    why = "one side took it away, the other changed it"
                    self.conflicts[at] = Conflict(at, told[0], told[1], told[2], why)
                continue
            for path in paths:
                self._one(path)

    def _one(self, path: Path) -> None:
        b, t, m = self.values(path)
        if path in self.chosen:
            value = self.sides[self.chosen[path]].get(path)
        elif m in (t, b):
            value = t
        elif t == b:
            value = m
        else:
            self.conflicts[path] = Conflict(path, b, t, m)
            return
        if value is not None:
            self.found[path] = value

    def taken_away(self) -> None:
        """Neighbourhoods that are used and are not there: one side took them away, the other put something in."""
        there = {key for section, key, _ in self.found if section == "neighbourhoods"}
        open_ = {key for section, key, _ in self.conflicts if section == "neighbourhoods"}
        users: dict[str, list[Path]] = {}
        for path, value in self.found.items():
            used: tuple[str, ...] = ()
            if path[0] == "units" or (path[0] == "homes" and path[2] == "neighbourhood"):
                used = (value,)
            elif path[0] == "boundaries":
                used = parts_of(path[1])
            for code in used:
                if code and code not in there | open_:
                    users.setdefault(code, []).append(path)
        for code, paths in sorted(users.items()):
            at = ("neighbourhoods", code, "")
            owners = [s for s in SIDES if any(p[:2] == at[:2] for p in self.sides[s])]
            side = self.chosen.get(at)
            if side in owners:
                self.found.update({p: v for p, v in self.sides[side].items() if p[:2] == at[:2]})
            elif side:
                for entry in {path[:2] for path in paths}:
                    self.found = {p: v for p, v in self.found.items() if p[:2] != entry}
                    self.found.update({p: v for p, v in self.sides[side].items() if p[:2] == entry})
            else:
                b, t, m = ("there" if s in owners else "taken away" for s in SIDES)
                what = f"one side took it away, the other put {count(len(paths), 'thing')} in"
                self.conflicts[at] = Conflict(at, b, t, m, what)

    def locks(self) -> None:
        """An LSOA that one side locked and the other moved."""
        base = self.sides["base"]
        for side in ("theirs", "mine"):
            own = self.sides[side]
            for path in sorted(p for p in own if p[0] == "locked" and p not in base):
                at = ("units", path[1], "")
                if at in self.chosen or at in self.conflicts or self.found.get(at) == own.get(at):
                    continue
                b, t, m = self.values(at)
                self.conflicts[at] = Conflict(at, b, t, m, why="one side locked it, the other moved it")

    def reasons(self) -> None:
        """Entries of the list of changes go with the place of their LSOA; codes in use are not retired."""
        for path in sorted({p for side in self.sides.values() for p in side if p[0] == "changes"}):
            at = ("units", path[1], "")
            now = self.found.get(at, "")
            b, t, m = self.values(path)
            here = {s: self.sides[s].get(path) for s in SIDES if self.sides[s].get(at, "") == now}
            if "theirs" in here and "mine" in here:
                self._reason(path, b, t, m)
            else:
                value = next((here[s] for s in ("theirs", "mine", "base") if s in here), None)
                if value is not None:
                    self.found[path] = value
        used = {key for section, key, _ in self.found if section == "neighbourhoods"}
        for side in self.sides.values():
            self.found.update({p: True for p in side if p[0] == "retired" and p[1] not in used})

    def _reason(self, path: Path, b: Any, t: Any, m: Any) -> None:
        if t is not None and m is not None and t != b != m and t != m and (not t[-1] or not m[-1] or t[-1] == m[-1]):
            self.found[path] = [*t[:-1], t[-1] or m[-1]]  # moved alike by both: the first to save is named
        else:
            self._one(path)


def _told_apart(base: Plan, theirs: Plan, mine: Plan) -> tuple[Plan, tuple[tuple[str, str], ...]]:
    """`mine` with other codes for new neighbourhoods whose codes theirs gave to something else meanwhile."""
    known = set(base.codes) | set(base.retired)
    taken = (set(theirs.codes) | set(theirs.retired)) - known
    clash = [code for code in mine.codes if code in taken and not _same(theirs, mine, code)]
    if not clash:
        return mine, ()
    used = {*known, *theirs.codes, *theirs.retired, *mine.codes, *mine.retired}
    renumbered = dict(zip(clash, new_codes(mine.prefix, len(clash), used), strict=True))
    return recoded(mine, renumbered), tuple(renumbered.items())


def _same(theirs: Plan, mine: Plan, code: str) -> bool:
    if code not in theirs.codes or theirs.neighbourhood(code) != mine.neighbourhood(code):
        return False
    a, b = set(theirs.units_of(code)), set(mine.units_of(code))
    return bool(a & b) or not (a or b)


def recoded(plan: Plan, new_code: dict[str, str]) -> Plan:
    """The plan with other codes for some of its neighbourhoods, everywhere they stand."""

    def to(code: str) -> str:
        return new_code.get(code, code)

    locks = plan.criteria.locks
    fixed = replace(
        locks,
        fixed=tuple((unit, to(code)) for unit, code in locks.fixed),
        frozen=tuple((to(code), units) for code, units in locks.frozen),
    )
    return replace(
        plan,
        assignment=tuple((unit, to(code)) for unit, code in plan.assignment),
        neighbourhoods=tuple(replace(n, code=to(n.code)) for n in plan.neighbourhoods),
        notes=tuple(replace(n, code=to(n.code)) for n in plan.notes),
        homes=tuple(replace(h, neighbourhood=to(h.neighbourhood)) for h in plan.homes),
        changes=tuple(Change(c.unit, to(c.was), to(c.to), c.who, c.when, c.why) for c in plan.changes),
        boundaries=reworded(plan, new_code),
        criteria=replace(plan.criteria, locks=fixed),
    )

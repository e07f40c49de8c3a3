"""What moved between two versions: LSOAs and people, from where to where, in all and within each body."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from boundaries.area import Area
from footprints.compare import NOWHERE
from footprints.matching import closeness, match
from footprints.plan import Plan
from footprints.standing import people_by_unit
from footprints.store.flat import Path, facts
from optimise.words import count


@dataclass(frozen=True)
class Move:
    """One LSOA that lies in another neighbourhood. was, to : neighbourhood codes, "" for none. why : as explained."""

    unit: str
    name: str
    people: int
    was: str
    to: str
    why: str


@dataclass(frozen=True)
class Moves:
    """From one version to another. moves : by unit. other : what else differs, as (path, before, after).

    A neighbourhood that only got another code did not move (see `footprints.matching`).
    """

    before: str
    after: str
    moves: tuple[Move, ...]
    other: tuple[tuple[Path, object, object], ...]

    @property
    def people(self) -> int:
        """Residents of the LSOAs that moved."""
        return sum(move.people for move in self.moves)

    @property
    def unexplained(self) -> tuple[str, ...]:
        """LSOAs that moved and nobody said why."""
        return tuple(move.unit for move in self.moves if not move.why)

    @property
    def in_words(self) -> str:
        """The whole in one sentence."""
        if not self.moves:
            return f"Nobody moves between {self.before} and {self.after}."
        units, people = count(len(self.moves), "LSOA"), count(self.people, "person", "people")
        return (
            f"From {self.before} to {self.after}, {units} with {people} {'move' if len(self.moves) > 1 else 'moves'}."
        )

    @property
    def groups(self) -> tuple[tuple[str, str, int, int], ...]:
        """(from, to, LSOAs, people), most people first."""
        found: dict[tuple[str, str], list[int]] = {}
        for move in self.moves:
            row = found.setdefault((move.was or NOWHERE, move.to or NOWHERE), [0, 0])
            row[0] += 1
            row[1] += move.people
        rows = [(was, to, units, people) for (was, to), (units, people) in found.items()]
        return tuple(sorted(rows, key=lambda r: (-r[3], r[0], r[1])))

    def within(self, units: Iterable[str]) -> Moves:
        """Only what moved within some units; totals of parts that do not overlap add up to the whole."""
        inside = set(units)
        return Moves(self.before, self.after, tuple(m for m in self.moves if m.unit in inside), self.other)


def moves_between(before: Plan, after: Plan, area: Area, titles: tuple[str, str] | None = None) -> Moves:
    """What moved from one plan to another, on the evidence of `area` (of the later one)."""
    old, new = before.where(), after.where()
    people = people_by_unit(area)
    known = {unit: people.get(unit, 0) for unit in {*old, *new, *people}}
    same = match(closeness(old, new, known))
    said = {change.unit: change.why for change in after.changes}
    names = dict(zip(area.codes, area.units["name"].astype(str), strict=True))
    moved = []
    for unit in sorted(old.keys() | new.keys()):
        was, to = old.get(unit, ""), new.get(unit, "")
        if not (was and to and same.get(was) == to):
            moved.append(Move(unit, names.get(unit, ""), known[unit], was, to, said.get(unit, "")))
    a, b = facts(before), facts(after)
    other = tuple(
        (path, a.get(path), b.get(path))
        for path in sorted(a.keys() | b.keys())
        if path[0] not in ("units", "changes") and a.get(path) != b.get(path)
    )
    return Moves(*(titles or (before.name, after.name)), tuple(moved), other)

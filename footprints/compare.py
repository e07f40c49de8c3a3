"""Two or more plans side by side: their measures, and the residents who would move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from boundaries.area import Area
from footprints.colours import people_of, settle, touching
from footprints.errors import PlanError, some
from footprints.matching import closeness, match, shared_people
from footprints.metrics import Scorecard, score
from footprints.plan import Plan, check_fits, codes_digest
from footprints.standing import people_by_unit
from optimise.words import count

NOWHERE = "(unassigned)"


@dataclass(frozen=True, eq=False)
class Change:
    """What differs between two plans.

    matching : (neighbourhood before, neighbourhood after, people in both) that count as the same one: the pairing that
    keeps most people where they are, so that renumbering is not a move. moved : DataFrame from_code, from_name,
    to_code, to_name, units, people; most people first; "(unassigned)" where a side has none. share_moved : of all
    residents.
    """

    before: str
    after: str
    matching: tuple[tuple[str, str, int], ...]
    moved: pd.DataFrame
    units: tuple[str, ...]
    people_moved: int
    units_moved: int
    share_moved: float

    @property
    def in_words(self) -> str:
        """The change in one sentence."""
        if not self.units_moved:
            return f"“{self.after}” puts everyone where “{self.before}” does."
        people, units = count(self.people_moved, "person", "people"), count(self.units_moved, "LSOA")
        verb = "changes" if self.people_moved == 1 else "change"
        return (
            f"From “{self.before}” to “{self.after}” {people} ({self.share_moved:.1%}) in {units} {verb} neighbourhood."
        )


@dataclass(frozen=True, eq=False)
class Comparison:
    """Plans side by side.

    names : a column title for each plan, made different where two plans have one name. table : DataFrame, index metric
    key, columns label, unit, direction, then one for each plan (measures of the whole plan). cards : the scorecards.
    changes : from the first plan to each of the others.
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    cards: tuple[Scorecard, ...]
    changes: tuple[Change, ...]

    @property
    def matching(self) -> tuple[tuple[str, str, int], ...]:
        """Of the first change."""
        return self.changes[0].matching

    @property
    def moved(self) -> pd.DataFrame:
        """Of the first change."""
        return self.changes[0].moved

    @property
    def people_moved(self) -> int:
        """Of the first change."""
        return self.changes[0].people_moved

    @property
    def units_moved(self) -> int:
        """Of the first change."""
        return self.changes[0].units_moved


def compare(plans: Sequence[Plan], area: Area) -> Comparison:
    """Compare two or more plans on one area; drafts and plans out of range as well.

    Raises PlanError with fewer than two plans, and where they were made for different units, saying which.
    """
    if len(plans) < 2:
        raise PlanError("A comparison needs two plans or more.", mend="Choose another plan.")
    for plan in plans:
        _same_area(plan, area)
    names = _titles(plans)
    cards = tuple(score(plan, area) for plan in plans)
    changes = tuple(
        _change(plans[0], plan, area, names[0], title) for plan, title in zip(plans[1:], names[1:], strict=True)
    )
    return Comparison(names, _table(cards, names), cards, changes)


def coloured_alike(plans: Sequence[Plan], changes: Sequence[Change], area: Area) -> tuple[Plan, ...]:
    """The plans as they are drawn side by side: what counts as the same neighbourhood has the first plan's colour.

    changes : from the first plan to each of the others. Touching neighbourhoods still differ: where two with one colour
    come to touch, the smaller takes another. For display only; the plans themselves keep their colours.
    """
    first = {own.code: own.colour for own in plans[0].neighbourhoods}
    drawn = [plans[0]]
    for plan, change in zip(plans[1:], changes, strict=True):
        where = plan.where()
        keep = {after: first[before] for before, after, _ in change.matching}
        fills = settle(touching(where, area, plan.codes), people_of(where, area, plan.codes), keep)
        drawn.append(replace(plan, neighbourhoods=tuple(replace(n, colour=fills[n.code]) for n in plan.neighbourhoods)))
    return tuple(drawn)


def _same_area(plan: Plan, area: Area) -> None:
    check_fits(plan, area)
    known = {unit for unit, _ in plan.assignment}
    if plan.area_codes_digest and plan.area_codes_digest != codes_digest(area.codes):
        absent = [unit for unit in area.codes if unit not in known]
        raise PlanError(
            f"“{plan.name}” was made for {plan.area_name}, whose LSOAs are not those of {area.name}: it leaves out "
            f"{len(absent):,} of {count(len(area.codes), 'LSOA')}{': ' + some(absent) if absent else ''}.",
            mend="Compare plans of one area; load the area that both were made for.",
        )


def _titles(plans: Sequence[Plan]) -> tuple[str, ...]:
    titles: list[str] = []
    for plan in plans:
        title, n = plan.name, 2
        while title in titles:
            title, n = f"{plan.name} ({n})", n + 1
        titles.append(title)
    return tuple(titles)


def _table(cards: Sequence[Scorecard], names: Sequence[str]) -> pd.DataFrame:
    rows: dict[str, list[object]] = {}
    for metric in (m for m in cards[0].metrics if m.level == "plan"):
        rows[metric.key] = [metric.label, metric.unit, metric.direction, *(card.plan.get(metric.key) for card in cards)]
    for term in (t for card in cards for t in card.terms):
        key = f"term_{term.key}"
        rows.setdefault(key, [term.label, "person-km", "lower", *(card.plan.get(key) for card in cards)])
    return pd.DataFrame.from_dict(rows, orient="index", columns=["label", "unit", "direction", *names], dtype=object)


def _change(before: Plan, after: Plan, area: Area, title: str, other: str) -> Change:
    people = people_by_unit(area)
    old, new = before.where(), after.where()
    shared = shared_people(old, new, people)
    same = match(closeness(old, new, people))
    moved: dict[tuple[str, str], list[int]] = {}
    units = []
    for unit in area.codes:
        a, b = old.get(unit, ""), new.get(unit, "")
        if (a or b) and not (a and b and same.get(a) == b):
            units.append(unit)
            row = moved.setdefault((a, b), [0, 0])
            row[0] += 1
            row[1] += people[unit]
    names_before = {n.code: n.name for n in before.neighbourhoods} | {"": NOWHERE}
    names_after = {n.code: n.name for n in after.neighbourhoods} | {"": NOWHERE}
    rows = [(a, names_before[a], b, names_after[b], n, total) for (a, b), (n, total) in moved.items()]
    rows.sort(key=lambda r: (-r[5], r[0], r[2]))
    total = sum(people.values())
    people_moved = sum(row[5] for row in rows)
    return Change(
        before=title,
        after=other,
        matching=tuple((a, b, shared[a, b]) for a, b in same.items()),
        moved=pd.DataFrame(rows, columns=["from_code", "from_name", "to_code", "to_name", "units", "people"]),
        units=tuple(units),
        people_moved=people_moved,
        units_moved=len(units),
        share_moved=people_moved / total if total else 0.0,
    )

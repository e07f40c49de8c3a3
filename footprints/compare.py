"""Two to six plans side by side: their measures, who moves between any two of them, and how alike they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from boundaries.area import Area
from footprints.colours import people_of, settle, touching
from footprints.comparing import (
    Alike,
    Grouping,
    PcnChange,
    alike,
    families,
    groupings,
    lie,
    overlap,
    pcns_changed,
    refuse_unlike,
)
from footprints.matching import closeness, match
from footprints.metrics import Scorecard, score
from footprints.plan import Plan
from footprints.practices import HomeChange, Spread, homes_changed, spread_of
from footprints.standing import people_by_unit
from optimise.words import count

NOWHERE = "(unassigned)"

Matching = tuple[tuple[str, str, int], ...]  # neighbourhood before, after, people in both


@dataclass(frozen=True, eq=False)
class Change:
    """What differs between two plans.

    matching : (neighbourhood before, neighbourhood after, people in both) that count as the same one: the pairing that
    keeps most people where they are, so that renumbering is not a move. moved : DataFrame from_code, from_name,
    to_code, to_name, units, people; most people first; "(unassigned)" where a side has none. share_moved : of all
    residents. everyone : all residents of the area; those who do not move stay. alike : measures of likeness, with the
    best match of each neighbourhood. groups : who moves and stays by deprivation and age, where loaded. by_group : as
    `moved`, parted further: from_code, to_code, by, group, people (of the table that the grouping counts).
    """

    before: str
    after: str
    matching: Matching
    moved: pd.DataFrame
    units: tuple[str, ...]
    people_moved: int
    units_moved: int
    share_moved: float
    everyone: int
    alike: Alike
    groups: tuple[Grouping, ...]
    by_group: pd.DataFrame

    @property
    def people_stayed(self) -> int:
        """Residents who do not change neighbourhood."""
        return self.everyone - self.people_moved

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


@dataclass(frozen=True)
class Services:
    """Practices and PCNs whose home is another one under the second of two plans."""

    practices: tuple[HomeChange, ...]
    pcns: tuple[PcnChange, ...]

    @property
    def practices_moved(self) -> int:
        """Practices with another home; one that was merely agreed to where it was is not counted."""
        return sum(not row.same for row in self.practices)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Plans side by side.

    names : a column title for each plan, made different where two plans have one name. table : DataFrame, index metric
    key, columns label, unit, direction, then one for each plan (measures of the whole plan). cards : the scorecards.
    changes : from the first plan to each of the others. Other pairs are worked out when asked for.
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    cards: tuple[Scorecard, ...]
    changes: tuple[Change, ...]
    plans: tuple[Plan, ...]
    area: Area

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

    @cached_property
    def _pairs(self) -> dict[tuple[int, int], Change]:
        return {(0, j): change for j, change in enumerate(self.changes, start=1)}

    @cached_property
    def _spreads(self) -> dict[int, Spread]:
        return {}

    def change(self, i: int, j: int) -> Change:
        """From plan `i` to plan `j`, counted from 0."""
        if (i, j) not in self._pairs:
            self._pairs[i, j] = change(self.plans[i], self.plans[j], self.area, self.names[i], self.names[j])
        return self._pairs[i, j]

    def services(self, i: int, j: int) -> Services:
        """Practices and PCNs that move from plan `i` to plan `j`; none where no registrations are loaded."""
        if not len(self.area.registrations):
            return Services((), ())
        for n in (i, j):
            if n not in self._spreads:
                self._spreads[n] = spread_of(self.plans[n], self.area)
        before, after, matching = self._spreads[i], self._spreads[j], self.change(i, j).matching
        return Services(homes_changed(before, after, matching), pcns_changed(before, after, matching))

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every two plans, the earlier first."""
        return tuple(combinations(range(len(self.plans)), 2))

    @cached_property
    def numbers(self) -> tuple[dict[str, int], ...]:
        """For each plan neighbourhood code -> number; what counts as the same neighbourhood has one number."""
        return families(self.plans, lambda i, j: {a: b for a, b, _ in self.change(i, j).matching})


def compare(plans: Sequence[Plan], area: Area) -> Comparison:
    """Compare two to six plans on one area; drafts and plans out of range as well.

    Raises PlanError for fewer or more, and where they were made for different units, saying which and how to convert.
    """
    refuse_unlike(plans, area)
    names = titles_of(plans)
    cards = tuple(score(plan, area) for plan in plans)
    changes = tuple(
        change(plans[0], plan, area, names[0], title) for plan, title in zip(plans[1:], names[1:], strict=True)
    )
    return Comparison(names, _table(cards, names), cards, changes, tuple(plans), area)


def coloured_alike(plans: Sequence[Plan], matchings: Sequence[Matching], area: Area) -> tuple[Plan, ...]:
    """The plans as they are drawn side by side: what counts as the same neighbourhood has the first plan's colour.

    matchings : of the first plan with each of the others. Touching neighbourhoods still differ: where two with one
    colour come to touch, the smaller takes another. For display only; the plans themselves keep their colours.
    """
    first = {own.code: own.colour for own in plans[0].neighbourhoods}
    drawn = [plans[0]]
    for plan, matching in zip(plans[1:], matchings, strict=True):
        where = plan.where()
        keep = {after: first[before] for before, after, _ in matching}
        fills = settle(touching(where, area, plan.codes), people_of(where, area, plan.codes), keep)
        drawn.append(replace(plan, neighbourhoods=tuple(replace(n, colour=fills[n.code]) for n in plan.neighbourhoods)))
    return tuple(drawn)


def titles_of(plans: Sequence[Plan]) -> tuple[str, ...]:
    """A title for each plan: its name, with a number where others before it have the same."""
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


def change(before: Plan, after: Plan, area: Area, title: str = "", other: str = "") -> Change:
    """What differs from one plan to another; title, other : what they are called where one name is not enough."""
    people = people_by_unit(area)
    old, new = before.where(), after.where()
    same = match(closeness(old, new, people))
    a, b = lie(old, area.codes, before.codes), lie(new, area.codes, after.codes)
    residents = np.array([people[unit] for unit in area.codes], dtype=np.int64)
    table = overlap(a, b, len(before.codes), len(after.codes), residents)
    position = {code: i for i, code in enumerate(after.codes)}
    twin = np.array([position.get(same.get(code, ""), -1) for code in before.codes] + [len(after.codes)])
    gone = np.asarray(twin[a] != b, dtype=np.bool_)
    pairs = a[gone] * (len(after.codes) + 1) + b[gone]
    kinds, which, units = np.unique(pairs, return_inverse=True, return_counts=True)
    sums = np.zeros(len(kinds), dtype=np.int64)
    np.add.at(sums, which, residents[gone])
    called = [
        {**dict(enumerate((n.code, n.name) for n in plan.neighbourhoods)), len(plan.codes): ("", NOWHERE)}
        for plan in (before, after)
    ]
    ends = [divmod(int(kind), len(after.codes) + 1) for kind in kinds]
    rows = [
        (*called[0][i], *called[1][j], int(n), int(total))
        for (i, j), n, total in zip(ends, units, sums, strict=True)
    ]  # fmt: skip
    order = sorted(range(len(rows)), key=lambda r: (-rows[r][5], rows[r][0], rows[r][2]))
    groups = groupings(area, gone)
    everyone, moved = int(residents.sum()), int(sums.sum())
    at = {code: i for i, code in enumerate(before.codes)}
    return Change(
        before=title or before.name,
        after=other or after.name,
        matching=tuple((x, y, int(table[at[x], position[y]])) for x, y in same.items()),
        moved=pd.DataFrame(
            [rows[r] for r in order], columns=["from_code", "from_name", "to_code", "to_name", "units", "people"]
        ),
        units=tuple(unit for unit, moves in zip(area.codes, gone.tolist(), strict=True) if moves),
        people_moved=moved,
        units_moved=int(gone.sum()),
        share_moved=moved / everyone if everyone else 0.0,
        everyone=everyone,
        alike=alike(table, before.codes, after.codes),
        groups=groups,
        by_group=_by_group(groups, gone, which, rows, order),
    )


def _by_group(
    groups: Sequence[Grouping],
    gone: np.ndarray,
    which: np.ndarray,
    rows: Sequence[tuple[object, ...]],
    order: Sequence[int],
) -> pd.DataFrame:
    made = []
    for grouping in groups:
        sums = np.zeros((len(rows), len(grouping.names)), dtype=np.int64)
        np.add.at(sums, which, grouping.by_unit[gone])
        made += [
            (rows[r][0], rows[r][2], grouping.key, name, int(people))
            for r in order
            for name, people in zip(grouping.names, sums[r], strict=True)
        ]
    return pd.DataFrame(made, columns=["from_code", "to_code", "by", "group", "people"])

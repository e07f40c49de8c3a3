"""Two to six plans side by side: their measures, who moves between any two of them, and how alike they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations

import numpy as np
import pandas as pd

from boundaries.area import Area
from footprints.bodies import Body
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
from footprints.narrowing import Narrowed, narrowed
from footprints.plan import Plan
from footprints.practices import HomeChange, Spread, homes_changed, spread_of
from footprints.standing import people_by_unit
from optimise.words import count

NOWHERE = "(unassigned)"

Matching = tuple[tuple[str, str, int], ...]  # neighbourhood before, after, people in both


@dataclass(frozen=True)
class Elsewhere:
    """What a comparison narrowed to a body (its name) leaves out: residents outside, and who and what moves there."""

    body: str
    everyone: int
    people_moved: int
    units_moved: int


@dataclass(frozen=True, eq=False)
class Change:
    """What differs between two plans; where it is narrowed to a body, for the people and LSOAs of that body.

    matching : (neighbourhood before, neighbourhood after, people in both) that count as the same one: the pairing that
    keeps most people where they are, so that renumbering is not a move. moved : DataFrame from_code, from_name,
    to_code, to_name, units, people; most people first; "(unassigned)" where a side has none. share_moved : of all
    residents. everyone : all residents of the area; those who do not move stay. alike : measures of likeness, with the
    best match of each neighbourhood. groups : who moves and stays by deprivation and age, where loaded. by_group : as
    `moved`, parted further: from_code, to_code, by, group, people (of the table that the grouping counts). elsewhere :
    the rest, where it is narrowed; matching and alike are of all residents nevertheless.
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
    elsewhere: Elsewhere | None = None

    @property
    def people_stayed(self) -> int:
        """Residents who do not change neighbourhood."""
        return self.everyone - self.people_moved

    @property
    def people_moved_everywhere(self) -> int:
        """Residents who change neighbourhood, elsewhere too."""
        return self.people_moved + (self.elsewhere.people_moved if self.elsewhere else 0)

    @property
    def units_moved_everywhere(self) -> int:
        """LSOAs that do, elsewhere too."""
        return self.units_moved + (self.elsewhere.units_moved if self.elsewhere else 0)

    @property
    def in_words(self) -> str:
        """The change in one sentence; of a body, in one more what changes elsewhere."""
        if self.elsewhere is not None:
            return self._of_body(self.elsewhere)
        if not self.units_moved:
            return f"“{self.after}” puts everyone where “{self.before}” does."
        people, units = count(self.people_moved, "person", "people"), count(self.units_moved, "LSOA")
        verb = "changes" if self.people_moved == 1 else "change"
        return (
            f"From “{self.before}” to “{self.after}” {people} ({self.share_moved:.1%}) in {units} {verb} neighbourhood."
        )

    def _of_body(self, rest: Elsewhere) -> str:
        said = f"From “{self.before}” to “{self.after}” "
        if self.units_moved:
            verb = "changes" if self.people_moved == 1 else "change"
            said += f"{self.people_moved:,} of the {self.everyone:,} residents of {rest.body} ({self.share_moved:.1%}) "
            said += f"in {count(self.units_moved, 'LSOA')} {verb} neighbourhood"
        else:
            said += f"none of the {self.everyone:,} residents of {rest.body} changes neighbourhood"
        do = "does" if rest.people_moved == 1 else "do"
        return f"{said}; of the {rest.everyone:,} elsewhere, {rest.people_moved:,} {do}."


@dataclass(frozen=True)
class Services:
    """Practices and PCNs whose home is another one under the second of two plans.

    practices_elsewhere, pcns_elsewhere : how many more there are without a site in the body that it is narrowed to.
    """

    practices: tuple[HomeChange, ...]
    pcns: tuple[PcnChange, ...]
    practices_elsewhere: int = 0
    pcns_elsewhere: int = 0

    @property
    def practices_moved(self) -> int:
        """Practices with another home; one that was merely agreed to where it was is not counted."""
        return sum(not row.same for row in self.practices)


@dataclass(frozen=True, eq=False)
class Comparison:
    """Plans side by side.

    names : a column title for each plan, made different where two plans have one name. table : DataFrame, index metric
    key, columns label, unit, direction, then one for each plan (measures of the whole plan). cards : the scorecards.
    changes : from the first plan to each of the others. Other pairs are worked out when asked for. body : what moves
    and the services are narrowed to it; names, table, cards and matchings are of the whole.
    """

    names: tuple[str, ...]
    table: pd.DataFrame
    cards: tuple[Scorecard, ...]
    changes: tuple[Change, ...]
    plans: tuple[Plan, ...]
    area: Area
    body: Body | None = None

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
            ends = self.plans[i], self.plans[j]
            self._pairs[i, j] = change(*ends, self.area, self.names[i], self.names[j], self.body)
        return self._pairs[i, j]

    def services(self, i: int, j: int) -> Services:
        """Practices and PCNs that move from plan `i` to plan `j`; none where no registrations are loaded."""
        if not len(self.area.registrations):
            return Services((), ())
        for n in (i, j):
            if n not in self._spreads:
                self._spreads[n] = spread_of(self.plans[n], self.area)
        before, after, matching = self._spreads[i], self._spreads[j], self.change(i, j).matching
        practices, pcns = homes_changed(before, after, matching), pcns_changed(before, after, matching)
        if self.body is None:
            return Services(practices, pcns)
        sited, of_pcn = sited_in(self.body, self.area)
        ours = tuple(row for row in practices if row.practice in sited)
        theirs = tuple(row for row in pcns if row.pcn in of_pcn)
        beyond = sum(not row.same for row in practices) - sum(not row.same for row in ours)
        return Services(ours, theirs, beyond, len(pcns) - len(theirs))

    @cached_property
    def narrowed(self) -> tuple[Narrowed, ...]:
        """Each plan seen from the body; none where it is not narrowed."""
        return tuple(narrowed(self.body, plan, self.area) for plan in self.plans) if self.body else ()

    @property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """Every two plans, the earlier first."""
        return tuple(combinations(range(len(self.plans)), 2))

    @cached_property
    def numbers(self) -> tuple[dict[str, int], ...]:
        """For each plan neighbourhood code -> number; what counts as the same neighbourhood has one number."""
        return families(self.plans, lambda i, j: {a: b for a, b, _ in self.change(i, j).matching})


def compare(plans: Sequence[Plan], area: Area, body: Body | None = None) -> Comparison:
    """Compare two to six plans on one area; drafts and plans out of range as well.

    body : whose people, LSOAs and practices are told of what moves, the rest in a line; None for all.

    Raises PlanError for fewer or more, and where they were made for different units, saying which and how to convert.
    """
    refuse_unlike(plans, area)
    names = titles_of(plans)
    cards = tuple(score(plan, area) for plan in plans)
    changes = tuple(
        change(plans[0], plan, area, names[0], title, body) for plan, title in zip(plans[1:], names[1:], strict=True)
    )
    return Comparison(names, _table(cards, names), cards, changes, tuple(plans), area, body)


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


def sited_in(body: Body, area: Area) -> tuple[frozenset[str], frozenset[str]]:
    """Codes of the practices whose site lies in a body, and of their PCNs."""
    table = area.practices
    here = table[[unit in body.units for unit in table["unit"].astype("str")]]
    return frozenset(map(str, here.index)), frozenset(map(str, here["pcn"])) - {""}


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


def change(before: Plan, after: Plan, area: Area, title: str = "", other: str = "", body: Body | None = None) -> Change:
    """What differs from one plan to another; title, other : what they are called where one name is not enough.

    body : whose people and LSOAs are counted; neighbourhoods are matched by all residents nevertheless.
    """
    people = people_by_unit(area)
    old, new = before.where(), after.where()
    same = match(closeness(old, new, people))
    a, b = lie(old, area.codes, before.codes), lie(new, area.codes, after.codes)
    residents = np.array([people[unit] for unit in area.codes], dtype=np.int64)
    table = overlap(a, b, len(before.codes), len(after.codes), residents)
    position = {code: i for i, code in enumerate(after.codes)}
    twin = np.array([position.get(same.get(code, ""), -1) for code in before.codes] + [len(after.codes)])
    everywhere = np.asarray(twin[a] != b, dtype=np.bool_)
    inside = body.inside(area) if body else np.ones(len(everywhere), dtype=np.bool_)
    gone = everywhere & inside
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
    groups = groupings(area, gone, inside)
    everyone, moved = int(residents[inside].sum()), int(sums.sum())
    away = everywhere & ~inside
    rest = (int(residents[~inside].sum()), int(residents[away].sum()), int(away.sum()))
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
        elsewhere=Elsewhere(body.name, *rest) if body else None,
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

"""`Spread`: the patients of every practice by neighbourhood, and the homes a practice could be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from boundaries.area import Area
from footprints.flows import Flows, apportion, flows_of
from footprints.plan import Plan, check_fits
from optimise.problem import Bools, Floats, Ints

UNACCOUNTED = "unaccounted"
NOT_SHOWN = "small_numbers_and_rounding"  # in areas as the public is shown them; may be below 0
NOT_AGREED = "most patients; not yet agreed"
NOT_OURS = "sited outside the area"
ELSEWHERE = "most of its patients live outside the area"
NOBODY_HERE = "none of its patients lives in a neighbourhood"


@dataclass(frozen=True, eq=False)
class Spread:
    """A plan laid on the practices of its area; p practices in code order, k neighbourhoods in the order of `codes`.

    here : (p, k + 1) whole patients by neighbourhood of residence; the last column is of units in none. elsewhere :
    category -> (p,) whole patients who live there (or nobody knows where); "unaccounted" is what a list has beyond all
    that is known of it (0 where files agree). lists : (p,) all patients. For each practice here + elsewhere = lists, to
    the person. site : (p,) neighbourhood of the site, -1 for none. names, shown, outside : (p,) from `Area.practices`;
    practices that are too small to stand there have no name and count as outside.
    """

    plan: Plan
    codes: tuple[str, ...]
    practices: tuple[str, ...]
    names: tuple[str, ...]
    shown: tuple[bool, ...]
    outside: tuple[bool, ...]
    closed: tuple[str, ...]
    pcn: tuple[str, ...]
    pcn_names: Mapping[str, str]
    here: Ints
    elsewhere: Mapping[str, Ints]
    lists: Ints
    site: Ints

    @property
    def k(self) -> int:
        """The number of neighbourhoods."""
        return len(self.codes)

    @cached_property
    def order(self) -> Ints:
        """(p, k) neighbourhoods of each practice, most patients first, of equals the earlier code."""
        return np.argsort(-self.here[:, : self.k], axis=1, kind="stable").astype(np.int64)

    @cached_property
    def by_patients(self) -> Ints:
        """(p,) home by most patients: the neighbourhood where most of its patients live; -1 where none do."""
        if not self.k:
            return np.full(len(self.practices), -1, dtype=np.int64)
        return np.where(self.here[:, : self.k].max(axis=1) > 0, self.order[:, 0], -1)

    @cached_property
    def pcn_homes(self) -> dict[str, int]:
        """PCN -> the neighbourhood where most patients of its practices live; PCNs without any are left out."""
        found: dict[str, int] = {}
        for code in sorted(set(self.pcn) - {""}):
            inside = self.here[[p == code for p in self.pcn], : self.k].sum(axis=0)
            if self.k and inside.max() > 0:
                found[code] = int(inside.argmax())
        return found

    @cached_property
    def by_pcn(self) -> Ints:
        """(p,) home by PCN vote: each practice votes with its patients, and all of the PCN go where most of them live.

        -1 for practices in no PCN."""
        return np.array([self.pcn_homes.get(code, -1) for code in self.pcn], dtype=np.int64)

    @cached_property
    def ours(self) -> Bools:
        """(p,) whether it is shown, sited in the area, and most of its patients live there.

        The others belong elsewhere until somebody says otherwise."""
        shown, outside = np.array(self.shown, dtype=bool), np.array(self.outside, dtype=bool)
        found: Bools = shown & ~outside & (2 * self.here.sum(axis=1) > self.lists)
        return found

    @cached_property
    def agreed(self) -> Ints:
        """(p,) the agreed home (`Plan.homes`), else by most patients for practices that are `ours`; -1 for none."""
        position = {code: i for i, code in enumerate(self.codes)}
        said = {h.practice: position[h.neighbourhood] for h in self.plan.homes if h.neighbourhood in position}
        usual = np.where(self.ours, self.by_patients, -1).tolist()
        return np.array([said.get(code, own) for code, own in zip(self.practices, usual, strict=True)], dtype=np.int64)

    @cached_property
    def reasons(self) -> dict[str, str]:
        """Practice -> the reason of its agreed home, for those whose home was agreed and is in the plan."""
        return {h.practice: h.reason for h in self.plan.homes if h.neighbourhood in self.codes}

    def basis(self, p: int) -> str:
        """Why a practice has its home, or has none: the planner's reason, or that nobody has agreed on one yet."""
        if self.practices[p] in self.reasons:
            return self.reasons[self.practices[p]]
        if self.outside[p]:
            return NOT_OURS
        if not self.ours[p]:
            return ELSEWHERE
        return NOT_AGREED if self.agreed[p] >= 0 else NOBODY_HERE

    def code(self, number: int) -> str:
        """The code of a neighbourhood, "" for -1."""
        return self.codes[number] if number >= 0 else ""

    def name(self, number: int) -> str:
        """The name of a neighbourhood, "no neighbourhood" for -1."""
        return self.plan.neighbourhoods[number].name if number >= 0 else "no neighbourhood"

    def called(self, p: int) -> str:
        """What to call a practice: its name, else its code."""
        return self.names[p] or self.practices[p]


def spread_of(plan: Plan, area: Area, flows: Flows | None = None) -> Spread:
    """The spread of a plan. Raises PlanError where the plan names units that are not the area's.

    Fractions (of LSOAs split since 2011) are made whole practice by practice, so that each list adds up.
    """
    check_fits(plan, area)
    flows = flows or flows_of(area, required=False)
    codes = plan.codes
    position = {code: i for i, code in enumerate(codes)}
    where = plan.where()
    label = np.array([position.get(where.get(unit, ""), -1) for unit in area.codes], dtype=np.int64)
    table = area.practices.reindex(list(flows.practices))
    said = table["list_size"].to_numpy(dtype=np.float64)
    lists = np.where(np.isfinite(said), np.maximum(said, flows.lists), flows.lists)
    away = dict(flows.elsewhere) | {UNACCOUNTED: lists - flows.lists}
    whole, total = _whole(np.column_stack([flows.by_group(label, len(codes)), *away.values()]))
    wide = len(codes) + 1
    text = {key: table[key].astype("str").fillna("") for key in ("name", "closed", "pcn_name")}
    return Spread(
        plan=plan,
        codes=codes,
        practices=flows.practices,
        names=tuple(text["name"]),
        shown=tuple(code in area.practices.index for code in flows.practices),
        outside=tuple(bool(value) for value in table["outside"].astype(object)),
        closed=tuple(
            (closed or "an unknown date") if status == "closed" else ""
            for closed, status in zip(text["closed"], table["status"], strict=True)
        ),
        pcn=flows.pcn,
        pcn_names={code: name for code, name in zip(flows.pcn, text["pcn_name"], strict=True) if code},
        here=whole[:, :wide],
        elsewhere={key: whole[:, wide + i] for i, key in enumerate(away)},
        lists=total,
        site=np.where(flows.site >= 0, label[flows.site], -1).astype(np.int64),
    )


def _whole(table: Floats) -> tuple[Ints, Ints]:
    """Each row in whole persons with its sum rounded once, and these sums."""
    rows = np.array([apportion(row) for row in table], dtype=np.int64).reshape(table.shape)
    return rows, rows.sum(axis=1)

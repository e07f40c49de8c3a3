"""What it would do to move areas to another neighbourhood: to people, their journeys, patients, practices and PCNs.

A practice counts where its site is, and its main neighbourhood is the one where most of its patients in the plan live.
Distances are straight lines to the centre of a neighbourhood: the member with least travel to all in it, as it is now.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.flows import Flows, flows_of
from footprints.pieces import Ground, ground_of
from footprints.plan import Plan
from footprints.standing import counted, graph_of, people_by_unit
from optimise.contiguity import pieces_of
from optimise.counting import whom
from optimise.problem import Floats, Ints
from optimise.ties import neighbours_sharing
from optimise.words import count, level_in_words, listed

MOST_PRACTICES, MOST_PCNS = 3, 2
LEAST_TOLD = 0.01  # of the patients who would move: a practice with fewer is summed up with the others
LEVELS = ("msoa", "ward")
_PEOPLE = re.compile(r", [\d,]+ people$")


@dataclass(frozen=True, eq=False)
class Patients:
    """An area's evidence on general practice, made once.

    flows, ground : its patients by practice and its borders. pcn : (p,) index of each practice of `flows` into `pcns`
    (code, name), -1 for none. ties : (m,) neighbours across each border who share practices (`optimise.ties`), None
    without registrations.
    """

    area: Area
    flows: Flows
    ground: Ground
    pcn: Ints
    pcns: tuple[tuple[str, str], ...]
    ties: Floats | None

    @classmethod
    def of(cls, area: Area) -> Patients:
        flows, ground, table = flows_of(area, required=False), ground_of(area), area.practices
        named = {str(code): str(name) for code, name in zip(table["pcn"], table["pcn_name"], strict=True) if name}
        codes = sorted(set(flows.pcn) - {""})
        at = {code: i for i, code in enumerate(codes)}
        border = (area.edges["kind"].astype("str") == "border").to_numpy(dtype=np.bool_)
        residents = area.units["residents"].to_numpy(dtype=np.int64)
        return cls(
            area=area,
            flows=flows,
            ground=ground,
            pcn=np.array([at.get(code, -1) for code in flows.pcn], dtype=np.int64),
            pcns=tuple((code, named.get(code, code)) for code in codes),
            ties=neighbours_sharing(area, ground.ends, border, residents),
        )

    def sites(self, label: Ints) -> Ints:
        """(z,) the group of the site of the practice of each entry of `flows`, -1 for none. label : (n,) of units."""
        site = self.flows.site
        return np.where(site >= 0, label[site], -1)[self.flows.practice]


@dataclass(frozen=True)
class Side:
    """A neighbourhood before and after: people of the population that the range counts (`whom`), and pieces after."""

    code: str
    name: str
    before: int
    after: int
    fits: bool
    pieces: int
    whom: str = "people"


@dataclass(frozen=True)
class Of:
    """Something with patients among those who would move: a practice or a PCN. where : the name of the neighbourhood of
    its site, "" outside the plan. main : names of its main neighbourhood before and after. share : of its patients in
    the plan who live in the main neighbourhood, before and after.
    """

    code: str
    name: str
    patients: int
    where: str
    main: tuple[str, str]
    share: tuple[float, float]


@dataclass(frozen=True)
class Moving:
    """A move and what comes of it.

    residents : who live in `units`. km : their mean distance to the centre of the neighbourhood they leave, and of the
    one they enter; NaN where nobody lives there. patients : registered patients among them, of whom `here` have their
    practice in the neighbourhood they leave and `there` in the one they enter. practices, pcns : most patients first.
    divides, unites : what is cut anew by the move, and what is whole again, as "the MSOA Ely North".
    """

    units: tuple[str, ...]
    named: str
    residents: int
    leaves: Side
    enters: Side
    km: tuple[float, float]
    patients: int
    here: int
    there: int
    practices: tuple[Of, ...]
    pcns: tuple[Of, ...]
    divides: tuple[str, ...]
    unites: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Both neighbourhoods would be in range and in one piece."""
        return all(side.fits and side.pieces <= 1 for side in (self.leaves, self.enters))

    @property
    def in_words(self) -> tuple[str, ...]:
        """The move in sentences for a planner."""
        people = count(self.residents, "person", "people")
        lines = [
            f"Moving {self.named} ({people}) from {self.leaves.name} to {self.enters.name}: "
            f"{_stands(self.leaves)}; {_stands(self.enters)}."
        ]
        before, after = self.km
        if np.isfinite(before) and np.isfinite(after):
            lines.append(
                f"On average they live {before:,.1f} km from the centre of {self.leaves.name} and {after:,.1f} km from "
                f"that of {self.enters.name}, in a straight line."
            )
        lines += self._of_practices()
        lines += self._changed()
        lines += [_of_pcn(one) for one in self.pcns[:MOST_PCNS]]
        if self.divides:
            lines.append(f"It would divide {listed(self.divides)}.")
        if self.unites:
            lines.append(f"It would make {listed(self.unites)} whole.")
        return tuple(lines)

    def _changed(self) -> list[str]:
        """Practices whose main neighbourhood changes, those of few who would move in one line together."""
        changed = [one for one in self.practices if one.main[0] != one.main[1]]
        told = [one for one in changed if one.patients >= LEAST_TOLD * self.patients]
        few = changed[len(told) :]  # practices are in order of patients
        lines = [
            f"Most patients of {one.name} ({one.code}) would then live in {one.main[1]}, not {one.main[0]}."
            for one in told
        ]
        if few:
            patients = sum(one.patients for one in few)
            lines.append(
                f"{count(len(few), 'further practice')}, with few patients here ({patients:,} of those who would "
                "move), would have most of all their patients in another neighbourhood."
            )
        return lines

    def _of_practices(self) -> list[str]:
        if not self.patients:
            return ["No registered patients are known there, so nothing can be said of their practices."]
        elsewhere = self.patients - self.here - self.there
        said = (
            f"Of the {count(self.patients, 'registered patient')} who live there {self.here:,} "
            f"({self.here / self.patients:.0%}) have their practice in {self.leaves.name}, {self.there:,} "
            f"({self.there / self.patients:.0%}) in {self.enters.name} and {elsewhere:,} elsewhere."
        )
        first = self.practices[:MOST_PRACTICES]
        most = [f"{one.name} ({one.where or 'outside the plan'}), {one.patients:,}" for one in first]
        rest = self.patients - sum(one.patients for one in first)
        more = len(self.practices) - len(first)
        tail = f"; and {rest:,} with {count(more, 'further practice')}" if more else ""
        return [said, f"Most are with {'; '.join(most)}{tail}."]


def called(area: Area, unit: str) -> str:
    """What a planner calls an area, without its people."""
    return _PEOPLE.sub("", area.unit_label(unit))


def moving(plan: Plan, evidence: Patients, units: Iterable[str], to: str) -> Moving:
    """What it would do to move `units`, all of one neighbourhood, to the neighbourhood `to`.

    Raises PlanError where they are in none or several, or in `to` already, or a code is not known.
    """
    area, wanted = evidence.area, sorted(set(units))
    where = plan.where()
    homes = sorted({where.get(unit, "") for unit in wanted})
    if len(homes) != 1 or not homes[0] or homes[0] == to:
        raise PlanError(
            "A move is told of areas that are together in one neighbourhood, to another.",
            mend="Choose areas of one neighbourhood, and a neighbour of it.",
        )
    own, other = plan.neighbourhood(homes[0]), plan.neighbourhood(to)
    codes = plan.codes
    at = {code: i for i, code in enumerate(area.codes)}
    strange = [unit for unit in wanted if unit not in at]
    if strange:
        raise PlanError(f"{strange[0]} is not an area of {area.name}.", mend="Choose areas of the place.")
    inside = np.array([at[unit] for unit in wanted], dtype=np.int64)
    label = np.array([codes.index(where[u]) if u in where else -1 for u in area.codes], dtype=np.int64)
    after = label.copy()
    after[inside] = codes.index(to)
    residents = area.units["residents"].to_numpy(dtype=np.int64)
    names = [plan.neighbourhood(code).name for code in codes]
    flows = evidence.flows
    among = np.isin(flows.unit, inside)
    sites = evidence.sites(label)
    here, there = (float(flows.patients[among & (sites == codes.index(code))].sum()) for code in (own.code, to))
    divides, unites = _divided(area, label, after, inside)
    people = np.array([*people_by_unit(area, plan.criteria.count).values()], dtype=np.int64)
    who = whom(counted(area, plan.criteria.count))
    graph = graph_of(area, plan)
    near = [[at[beside] for beside in graph[unit]] for unit in area.codes]
    return Moving(
        units=tuple(wanted),
        named=called(area, wanted[0]) if len(wanted) == 1 else count(len(wanted), "area"),
        residents=int(residents[inside].sum()),
        leaves=_side(plan, people, who, near, own.code, label, after),
        enters=_side(plan, people, who, near, other.code, label, after),
        km=(_km(area, label, codes.index(own.code), inside), _km(area, label, codes.index(to), inside)),
        patients=round(float(flows.patients[among].sum())),
        here=round(here),
        there=round(there),
        practices=_practices(evidence, label, after, among, names),
        pcns=_pcns(evidence, label, after, among, names),
        divides=divides,
        unites=unites,
    )


def _side(
    plan: Plan, people: Ints, who: str, near: Sequence[Sequence[int]], code: str, label: Ints, after: Ints
) -> Side:
    d = plan.codes.index(code)
    members = np.flatnonzero(after == d).tolist()
    before, total, criteria = int(people[label == d].sum()), int(people[members].sum()), plan.criteria
    fits = criteria.minimum <= total <= criteria.maximum
    return Side(code, plan.neighbourhood(code).name, before, total, fits, len(pieces_of(members, near)), who)


def _km(area: Area, label: Ints, d: int, units: Ints) -> float:
    """Mean km of the people of `units` to the centre of neighbourhood d as it is now."""
    members = np.flatnonzero(label == d)
    residents = area.units["residents"].to_numpy(dtype=np.float64)
    xy = area.units[["x", "y"]].to_numpy(dtype=np.float64) / 1000.0
    if not len(members) or not residents[units].sum():
        return float("nan")
    apart = np.linalg.norm(xy[members][:, None, :] - xy[members][None, :, :], axis=2)
    centre = members[int(np.argmin((residents[members][:, None] * apart).sum(axis=0)))]
    return float(np.average(np.linalg.norm(xy[units] - xy[centre], axis=1), weights=residents[units]))


def _practices(evidence: Patients, label: Ints, after: Ints, among: np.ndarray, names: Sequence[str]) -> tuple[Of, ...]:
    flows, table = evidence.flows, evidence.area.practices

    def told(p: int) -> tuple[str, str, str]:
        code, d = flows.practices[p], label[flows.site[p]] if flows.site[p] >= 0 else -1
        name = str(table.at[code, "name"]) if code in table.index else "A practice that is not shown"
        return code, name, names[d] if d >= 0 else ""

    return _affected(flows, flows.practice, label, after, among, names, told)


def _pcns(evidence: Patients, label: Ints, after: Ints, among: np.ndarray, names: Sequence[str]) -> tuple[Of, ...]:
    def told(p: int) -> tuple[str, str, str]:
        return (*evidence.pcns[p], "")

    return _affected(evidence.flows, evidence.pcn[evidence.flows.practice], label, after, among, names, told)


def _affected(
    flows: Flows,
    of: Ints,
    label: Ints,
    after: Ints,
    among: np.ndarray,
    names: Sequence[str],
    told: Callable[[int], tuple[str, str, str]],
) -> tuple[Of, ...]:
    """Practices or PCNs (`of` each entry, -1 for none) with patients among those who move, most first."""
    moved = np.bincount(of[among & (of >= 0)], weights=flows.patients[among & (of >= 0)])
    found = []
    for p in np.flatnonzero(moved > 0).tolist():
        rows = of == p
        both = []
        for labels in (label, after):
            home = labels[flows.unit[rows]]
            split = np.bincount(home[home >= 0], weights=flows.patients[rows][home >= 0], minlength=len(names))
            most = int(np.argmax(split))
            both.append((names[most], float(split[most] / split.sum()) if split.sum() else 0.0))
        code, name, site = told(p)
        (main, share), (then, part) = both
        found.append(Of(code, name, round(float(moved[p])), site, (main, then), (share, part)))
    return tuple(sorted(found, key=lambda one: (-one.patients, one.code)))


def _divided(area: Area, label: Ints, after: Ints, inside: Ints) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the move cuts anew and what it makes whole, of the levels a planner knows."""
    divides, unites = [], []
    for key in (key for key in LEVELS if key in area.levels):
        level = area.levels[key]
        group = np.array(level.assignment)
        for code in sorted(set(group[inside].tolist()) - {""}):
            members = group == code
            before, then = (len(set(where[members].tolist())) for where in (label, after))
            called = f"the {level_in_words(level.label)} {level.names.get(code, code)}"
            if before == 1 < then:
                divides.append(called)
            if then == 1 < before:
                unites.append(called)
    return tuple(divides), tuple(unites)


def _stands(side: Side) -> str:
    pieces = "" if side.pieces <= 1 else f", in {side.pieces} pieces"
    return f"{side.name} would have {side.after:,} {side.whom} ({'in range' if side.fits else 'out of range'}{pieces})"


def _of_pcn(one: Of) -> str:
    start = f"{one.name} ({one.code}): {one.share[0]:.1%} of its patients in the plan live in {one.main[0]} now"
    if one.main[0] == one.main[1]:
        return f"{start}, {one.share[1]:.1%} after the move."
    return f"{start}; after the move most of them, {one.share[1]:.1%}, would live in {one.main[1]}."

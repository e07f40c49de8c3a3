"""Why the line between two neighbourhoods lies where it is, and which areas along it could as well lie beyond it.

What speaks for a line: that it follows lines people know, that few neighbours across it share practices, and that few
patients cross it to their practice. Areas whose patients mostly have their practice beyond it speak against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from footprints.errors import PlanError
from footprints.moving import Moving, Patients, moving
from footprints.plan import Plan
from optimise.problem import Ints
from optimise.words import count, level_in_words, listed

MOST = 3
FOLLOWED = ("district", "ward", "msoa", "parish", "built_up_area")


@dataclass(frozen=True)
class Follows:
    """Km of a line along which a level changes too: "ward", 8.2 of its km."""

    level: str
    km: float


@dataclass(frozen=True)
class Line:
    """The line between two neighbourhoods.

    km : of border along it. follows : the levels whose lines it follows. sharing : neighbours across it who share
    practices, counted border by border (`optimise.ties`); None without registrations. crossing : patients who live in
    the first and have their practice in the second, and the other way round. beside : areas at it, on either side.
    contested : moves across it of single areas more of whose patients have their practice beyond it, and after which
    both neighbourhoods are in range and in one piece; most patients first.
    """

    names: tuple[str, str]
    codes: tuple[str, str]
    km: float
    follows: tuple[Follows, ...]
    sharing: int | None
    crossing: tuple[int, int]
    beside: tuple[int, int]
    contested: tuple[Moving, ...]

    @property
    def in_words(self) -> tuple[str, ...]:
        """The line in sentences for a planner; `offers` say which areas could change sides."""
        one, other = self.names
        lines = [
            f"{one} and {other} touch along {self.km:,.1f} km, between {count(self.beside[0], 'area')} of {one} and "
            f"{count(self.beside[1], 'area')} of {other}."
        ]
        if self.km > 0:
            said = [f"{f.km:,.1f} km along {_a(f.level)} boundary" for f in self.follows if f.km >= 0.05]
            lines.append(f"It runs {listed(said)}." if said else "It follows no boundary of a district, ward or MSOA.")
        if self.sharing is None:
            lines.append("No patients registered by practice are loaded, so nothing is known of practices across it.")
            return tuple(lines)
        there, back = self.crossing
        return (
            *lines,
            f"It divides about {count(self.sharing, 'neighbour')} who share practices, counted border by border.",
            f"{there:,} patients who live in {one} have their practice in {other}; {back:,} who live in {other} have "
            f"theirs in {one}.",
        )

    @property
    def offers(self) -> tuple[str, ...]:
        """A sentence for each of `contested`, or why there is none; () where nothing is known of practices."""
        if self.sharing is None:
            return ()
        if not self.contested:
            return ("No area along it has more patients beyond it than on its own side and could change sides.",)
        return tuple(
            f"{move.named} in {move.leaves.name} could change sides: {move.there:,} of its patients have their "
            f"practice in {move.enters.name}, {move.here:,} in {move.leaves.name}."
            for move in self.contested
        )


def line_between(plan: Plan, evidence: Patients, one: str, other: str) -> Line:
    """The line between two neighbourhoods (codes). Raises PlanError where they do not touch, or are not in the plan."""
    own, beyond = plan.neighbourhood(one), plan.neighbourhood(other)
    area, where = evidence.area, plan.where()
    side = np.array([(1 if where.get(u) == one else 2 if where.get(u) == other else 0) for u in area.codes])
    ends = side[evidence.ground.ends]
    across = (ends.min(axis=1) == 1) & (ends.max(axis=1) == 2)
    if one == other or not across.any():
        raise PlanError(f"{own.name} and {beyond.name} do not touch.", mend="Choose two neighbours.")
    km = evidence.ground.km[across]
    beside = np.unique(evidence.ground.ends[across])
    return Line(
        names=(own.name, beyond.name),
        codes=(one, other),
        km=float(km.sum()),
        follows=_follows(evidence, across),
        sharing=None if evidence.ties is None else round(float(evidence.ties[across].sum())),
        crossing=(_patients(evidence, side, 1, 2), _patients(evidence, side, 2, 1)),
        beside=(int((side[beside] == 1).sum()), int((side[beside] == 2).sum())),
        contested=_contested(plan, evidence, side, beside, (one, other)),
    )


def _follows(evidence: Patients, across: np.ndarray) -> tuple[Follows, ...]:
    found = []
    for key in (key for key in FOLLOWED if key in evidence.area.levels):
        level = evidence.area.levels[key]
        group = np.array(level.assignment)[evidence.ground.ends[across]]
        differs = group[:, 0] != group[:, 1]
        found.append(Follows(level_in_words(level.label), float(evidence.ground.km[across][differs].sum())))
    return tuple(found)


def _patients(evidence: Patients, side: Ints, home: int, site: int) -> int:
    flows = evidence.flows
    return round(float(flows.patients[(side[flows.unit] == home) & (evidence.sites(side) == site)].sum()))


def _contested(plan: Plan, evidence: Patients, side: Ints, beside: Ints, codes: tuple[str, str]) -> tuple[Moving, ...]:
    flows, sited, n = evidence.flows, evidence.sites(side), len(side)
    own = side[flows.unit]
    stay = np.bincount(flows.unit, weights=flows.patients * ((own > 0) & (sited == own)), minlength=n)
    cross = np.bincount(flows.unit, weights=flows.patients * ((own > 0) & (sited == 3 - own)), minlength=n)
    gain = cross - stay
    found: list[Moving] = []
    for unit in sorted(beside.tolist(), key=lambda i: (-gain[i], i)):
        if gain[unit] <= 0 or len(found) == MOST:
            break
        told = moving(plan, evidence, [evidence.area.codes[unit]], codes[2 - int(side[unit])])
        if told.sound:
            found.append(told)
    return tuple(found)


def _a(level: str) -> str:
    """The level with its article: "an MSOA" and "an upper tier", but "a ward"."""
    return f"{'an' if level[0] in 'aeiouAEIO' or level == 'MSOA' else 'a'} {level}"

"""How strongly two areas that touch belong together, and the evidence for it in words and numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from boundaries.words import count
from footprints.communities import Communities
from footprints.errors import PlanError
from footprints.flows import cosine
from footprints.lines import FOLLOWED
from footprints.moving import Patients, called
from optimise.problem import Floats, Ints
from optimise.words import level_in_words, listed

STRONG, FAIR = 0.75, 0.4
_SHOWN = 5  # practices that are named at a line
_LEAST = 0.01  # of the patients of either area: a practice with fewer is summed up with the others


@dataclass(frozen=True, eq=False)
class Belonging:
    """Every edge of the adjacency graph, in the order of `Area.edges`.

    ends : (m, 2) units. similarity : (m,) cosine of the practice profiles. together : (m,) share of the resolutions at
    which one community holds both. strength : (m,) the mean of the two, from 0 (nothing joins them) to 1.
    """

    ends: Ints
    similarity: Floats
    together: Floats

    @property
    def strength(self) -> Floats:
        """(m,) similarity and share of resolutions, each counting half."""
        found: Floats = (self.similarity + self.together) / 2
        return found


def belonging(evidence: Patients, communities: Communities) -> Belonging:
    """How strongly each edge of the area belongs together."""
    ends = evidence.ground.ends
    same = [d.label[ends[:, 0]] == d.label[ends[:, 1]] for d in communities.divisions]
    return Belonging(ends, cosine(evidence.flows, ends), np.mean(np.array(same, dtype=np.float64), axis=0))


def across_in_words(found: Belonging, side: Ints, names: tuple[str, str], label: Callable[[int], str]) -> str:
    """How strongly areas belong together across a line, in a sentence; "" where none touch across it.

    side : (n,) 1 or 2 for units of the two neighbourhoods `names`, 0 for others. label : what a planner calls a unit.
    """
    ends = side[found.ends]
    across = np.flatnonzero((ends.min(axis=1) == 1) & (ends.max(axis=1) == 2))
    if not len(across):
        return ""
    own = found.strength[across]
    best = int(across[np.argmax(own)])
    one, other = (label(unit) for unit in found.ends[best].tolist())
    within = found.strength[(ends.min(axis=1) == ends.max(axis=1)) & (ends.min(axis=1) > 0)]
    inside = f", against {within.mean():.2f} within {names[0]} and {names[1]}" if len(within) else ""
    most = f"; most strongly {one} and {other} ({own.max():.2f})" if len(across) > 1 else ""
    return (
        f"Areas that meet across it belong together by {own.mean():.2f} of 1 on average{inside} (1: everything joins "
        f"them, 0: nothing does){most}."
    )


def beside_in_words(found: Belonging, unit: int, side: Ints, names: tuple[str, str]) -> str:
    """How strongly a unit belongs with those beside it on its own side (1) and on the other (2), in a sentence.

    "" where it has no area beside it on one of the two.
    """
    touching = (found.ends == unit).any(axis=1)
    other = found.ends[touching].sum(axis=1) - unit
    mean = []
    for home in (1, 2):
        beside = side[other] == home
        if not beside.any():
            return ""
        mean.append(float(found.strength[touching][beside].mean()))
    return (
        f"It belongs by {mean[0]:.2f} of 1 with the areas beside it in {names[0]}, and by {mean[1]:.2f} with those in "
        f"{names[1]}, on average."
    )


@dataclass(frozen=True)
class SharedPractice:
    """A practice, and its patients on either side of an edge, whole persons."""

    code: str
    name: str
    pcn: str
    here: int
    there: int


@dataclass(frozen=True)
class Barrier:
    """A river, motorway or railway along a border. share : of the border that lies on it; strength : 0 to 1."""

    name: str
    share: float
    strength: float


@dataclass(frozen=True)
class Tie:
    """Why an edge is strong or weak.

    here, there : the two units, as a planner calls them. similarity, together, strength : as in `Belonging`; the last
    two None where communities are not known. practices : all with patients on both sides, by the share of the patients
    of either area that are with them (the smaller of the two), largest first. patients : of either side in all;
    at_shared : of either side at practices that both use. sharing : residents who have a neighbour across the edge on
    the same list (`optimise.ties`), None where no patients are loaded. communities : for each scale, the name of the
    community that holds both, "" where they are apart. same, different : levels whose group they share (with its
    name), and do not. kind : "border" or that of the link; km : of border. barrier : along it, if any.
    """

    here: str
    there: str
    similarity: float
    together: float | None
    practices: tuple[SharedPractice, ...]
    patients: tuple[int, int]
    at_shared: tuple[int, int]
    sharing: int | None
    communities: tuple[tuple[int, str], ...]
    same: tuple[tuple[str, str], ...]
    different: tuple[str, ...]
    kind: str
    km: float
    barrier: Barrier | None = None

    @property
    def strength(self) -> float | None:
        """Similarity and share of resolutions, each counting half."""
        return None if self.together is None else (self.similarity + self.together) / 2

    @property
    def in_words(self) -> tuple[str, ...]:
        """The evidence in sentences, the strongest kind first."""
        return (
            *self._verdict(),
            *self._practices(),
            *self._communities(),
            *self._levels(),
            *self._ground(),
        )

    def _verdict(self) -> tuple[str, ...]:
        if self.strength is None:
            return ()
        return (f"{self.here} and {self.there} {in_a_word(self.strength)} ({self.strength:.2f} of 1).",)

    def _practices(self) -> tuple[str, ...]:
        if self.sharing is None:
            return ()
        if not min(self.patients):
            return ("On one side nobody is registered with any practice in the list, so practices say nothing.",)
        if not self.practices:
            return ("No practice has patients on both sides.",)
        (a, b), (all_a, all_b) = self.at_shared, self.patients
        named = [p for p in self.practices[:_SHOWN] if self._matters(p)] or list(self.practices[:1])
        more = len(self.practices) - len(named)
        left = f"{a - sum(p.here for p in named):,} and {b - sum(p.there for p in named):,}"
        shown = listed(
            [f"{p.name or p.code} ({p.here:,} and {p.there:,})" for p in named]
            + ([f"{count(more, 'other practice')} together ({left})"] if more else [])
        )
        have = count(len(self.practices), "practice has", "practices have")
        return (
            f"{have} patients on both sides, {a:,} of the {all_a:,} patients here and {b:,} of the {all_b:,} there: "
            f"{shown}.",
            f"A line here divides about {count(self.sharing, 'person', 'people')} from neighbours on the same lists; "
            f"the profiles of practices are {self.similarity:.0%} alike.",
        )

    def _matters(self, practice: SharedPractice) -> bool:
        """Whether enough patients of both areas are with it for it to say something of this line."""
        return min(practice.here / self.patients[0], practice.there / self.patients[1]) >= _LEAST

    def _communities(self) -> tuple[str, ...]:
        if not self.communities:
            return ()
        joint = [name for _, name in self.communities if name]
        number = count(len(self.communities), "resolution")
        if not joint:
            return (f"At none of {number} are they in one community of care (areas whose people share lists).",)
        named = listed([*dict.fromkeys(joint)])
        if len(joint) == len(self.communities):
            return (f"At each of {number} they are in one community of care ({named}).",)
        return (
            f"At {len(joint)} of {number} they are in one community of care ({named}); where smaller ones are told "
            "apart, they are not.",
        )

    def _levels(self) -> tuple[str, ...]:
        told = []
        if self.same:
            told.append("Same " + listed([f"{label} ({name})" if name else label for label, name in self.same]) + ".")
        if self.different:
            told.append(f"Different {listed(self.different)}.")
        return tuple(told)

    def _ground(self) -> tuple[str, ...]:
        if self.kind != "border" and self.barrier is not None:
            name = self.barrier.name or "a barrier"
            return (f"They share a border that lies on {name}, which nobody crosses; a {self.kind} joins them.",)
        if self.kind != "border":
            return (f"They share no border; a {self.kind} joins them.",)
        border = f"They share {self.km:.1f} km of border"
        if self.barrier is None:
            return (f"{border}.",)
        own = self.barrier
        return (f"{border}, {own.share:.0%} of it on {own.name or 'a barrier'} (strength {own.strength:g} of 1).",)


def in_a_word(strength: float) -> str:
    """ "strongly belong together" from 0.75, "weakly" below 0.4, "to some degree" between."""
    if FAIR <= strength < STRONG:
        return "belong together to some degree"
    return f"{'strongly' if strength >= STRONG else 'weakly'} belong together"


def tie(
    evidence: Patients,
    one: str,
    other: str,
    communities: Communities | None = None,
    barrier: Barrier | None = None,
) -> Tie:
    """The evidence for the edge between two units (codes) that touch or are linked.

    Raises PlanError where they are not joined by an edge of the area.
    """
    area, flows = evidence.area, evidence.flows
    at = {code: i for i, code in enumerate(area.codes)}
    u, v = at.get(one, -1), at.get(other, -1)
    edge = np.flatnonzero((np.sort(evidence.ground.ends, axis=1) == sorted((u, v))).all(axis=1))
    if not len(edge) or min(u, v) < 0:
        raise PlanError(
            f"{one} and {other} do not touch, and no link joins them.",
            mend="Choose two LSOAs on either side of a line.",
        )
    row = int(edge[0])
    divisions = communities.divisions if communities else ()
    joint = [(d.scale, d.names[d.label[u]] if d.label[u] == d.label[v] else "") for d in divisions]
    practices, at_shared = _practices(evidence, u, v)
    same, different = _named(evidence, u, v)
    here, there = float(flows.living_here[u]), float(flows.living_here[v])
    return Tie(
        here=called(area, one),
        there=called(area, other),
        similarity=float(cosine(flows, np.array([[u, v]], dtype=np.int64))[0]),
        together=sum(bool(name) for _, name in joint) / len(joint) if joint else None,
        practices=practices,
        patients=(round(here), round(there)),
        at_shared=at_shared,
        sharing=None if evidence.ties is None else round(float(evidence.ties[row])),
        communities=tuple(joint),
        same=same,
        different=different,
        kind=str(area.edges["kind"].iloc[row]),
        km=float(evidence.ground.km[row]),
        barrier=barrier,
    )


def _practices(evidence: Patients, u: int, v: int) -> tuple[tuple[SharedPractice, ...], tuple[int, int]]:
    """Practices with patients of both units, and these patients, rounded once (counts of split areas are fractions)."""
    flows = evidence.flows

    def of(unit: int) -> dict[int, float]:
        own = slice(*flows.first[unit : unit + 2].tolist())
        return dict(zip(flows.practice[own].tolist(), flows.patients[own].tolist(), strict=True))

    here, there = of(u), of(v)
    all_here, all_there = max(sum(here.values()), 1e-9), max(sum(there.values()), 1e-9)
    both = sorted(
        here.keys() & there.keys(), key=lambda p: (-min(here[p] / all_here, there[p] / all_there), flows.practices[p])
    )
    known = evidence.area.practices
    shown = tuple(
        SharedPractice(
            code,
            str(known.at[code, "name"]) if code in known.index else "",
            flows.pcn[p],
            round(here[p]),
            round(there[p]),
        )
        for p in both
        for code in (flows.practices[p],)
    )
    return shown, (round(sum(here[p] for p in both)), round(sum(there[p] for p in both)))


def _named(evidence: Patients, u: int, v: int) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Levels by whose groups people know where they live: those that both share, and those that part them."""
    same: list[tuple[str, str]] = []
    different: list[str] = []
    for key in (key for key in reversed(FOLLOWED) if key in evidence.area.levels):
        level = evidence.area.levels[key]
        one, other = level.assignment[u], level.assignment[v]
        word = level_in_words(level.label)
        if one and one == other:
            same.append((word, level.names.get(one, "")))
        elif one and other:
            different.append(word)
    return tuple(same), tuple(different)

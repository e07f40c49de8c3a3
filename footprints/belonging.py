"""How strongly two areas that touch belong together, and the evidence for it in words and numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from boundaries.words import count
from footprints.communities import Communities
from footprints.errors import PlanError
from footprints.flows import Flows, cosine, flows_of
from footprints.pieces import ground_of
from optimise.problem import Floats, Ints
from optimise.ties import neighbours_sharing
from optimise.words import level_in_words, listed

_LEVELS = ("msoa", "ward", "parish", "built_up_area", "district")
_SHOWN = 5


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


def belonging(area: Area, communities: Communities, flows: Flows | None = None) -> Belonging:
    """How strongly each edge of the area belongs together."""
    flows, ends = flows or flows_of(area), ground_of(area).ends
    same = [d.label[ends[:, 0]] == d.label[ends[:, 1]] for d in communities.divisions]
    return Belonging(ends, cosine(flows, ends), np.mean(np.array(same, dtype=np.float64), axis=0))


@dataclass(frozen=True)
class SharedPractice:
    """A practice, and its patients on either side of an edge, whole persons."""

    code: str
    name: str
    pcn: str
    here: int
    there: int


@dataclass(frozen=True)
class Evidence:
    """Why an edge is strong or weak.

    here, there : the two units, as a planner calls them. similarity, together, strength : as in `Belonging`.
    practices : all with patients on both sides, most patients of the side with fewer first. patients : of either side
    in all; at_shared : of either side at practices that both use. sharing : residents who have a neighbour across the
    edge on the same list (`optimise.ties`). communities : for each scale, the name of the community that holds both,
    "" where they are apart. same, different : levels whose group they share (with its name), and do not.
    kind : "border" or that of the link; km : of border.
    """

    here: str
    there: str
    similarity: float
    together: float
    practices: tuple[SharedPractice, ...]
    patients: tuple[int, int]
    at_shared: tuple[int, int]
    sharing: int
    communities: tuple[tuple[int, str], ...]
    same: tuple[tuple[str, str], ...]
    different: tuple[str, ...]
    kind: str
    km: float

    @property
    def strength(self) -> float:
        """Similarity and share of resolutions, each counting half."""
        return (self.similarity + self.together) / 2

    @property
    def in_words(self) -> tuple[str, ...]:
        """The evidence in sentences, the strongest kind first."""
        return (
            self._verdict(),
            *self._practices(),
            self._communities(),
            *self._levels(),
            self._ground(),
        )

    def _verdict(self) -> str:
        word = "strongly" if self.strength >= 0.75 else "fairly" if self.strength >= 0.4 else "weakly"
        verb = "belong together" if word != "fairly" else "belong together to some degree"
        told = f"{word} " if word != "fairly" else ""
        return f"{self.here} and {self.there} {told}{verb} ({self.strength:.2f} of 1)."

    def _practices(self) -> tuple[str, ...]:
        if not min(self.patients):
            return ("On one side nobody is registered with any practice in the list, so practices say nothing.",)
        if not self.practices:
            return ("No practice has patients on both sides.",)
        (a, b), (all_a, all_b) = self.at_shared, self.patients
        shown = listed(
            [f"{p.name or p.code} ({p.here:,} and {p.there:,})" for p in self.practices[:_SHOWN]]
            + ([f"{len(self.practices) - _SHOWN:,} more"] if len(self.practices) > _SHOWN else [])
        )
        have = count(len(self.practices), "practice has", "practices have")
        return (
            f"{have} patients on both sides, {a:,} of the {all_a:,} patients here and {b:,} of the {all_b:,} there: "
            f"{shown}.",
            f"A line here divides about {count(self.sharing, 'person', 'people')} from neighbours on the same lists; "
            f"the profiles of practices are {self.similarity:.0%} alike.",
        )

    def _communities(self) -> str:
        joint = [name for _, name in self.communities if name]
        if not joint:
            return f"At none of {count(len(self.communities), 'resolution')} are they in one community."
        if len(joint) == len(self.communities):
            return f"At every resolution they are in one community ({listed([*dict.fromkeys(joint)])})."
        return (
            f"At {len(joint)} of {count(len(self.communities), 'resolution')} they are in one community "
            f"({listed([*dict.fromkeys(joint)])}); where smaller ones are told apart, they are not."
        )

    def _levels(self) -> tuple[str, ...]:
        told = []
        if self.same:
            told.append("Same " + listed([f"{label} ({name})" if name else label for label, name in self.same]) + ".")
        if self.different:
            told.append(f"Different {listed(self.different)}.")
        return tuple(told)

    def _ground(self) -> str:
        if self.kind == "border":
            return f"They share {self.km:.1f} km of border."
        return f"They share no border; a {self.kind} joins them."


def evidence(area: Area, communities: Communities, one: str, other: str, flows: Flows | None = None) -> Evidence:
    """The evidence for the edge between two units that touch or are linked.

    Raises PlanError where they are not joined by an edge of the area.
    """
    flows = flows or flows_of(area)
    rows = area.edges[(area.edges["from_code"] == min(one, other)) & (area.edges["to_code"] == max(one, other))]
    if not len(rows):
        raise PlanError(
            f"{one} and {other} do not touch, and no link joins them.",
            mend="Choose two LSOAs on either side of a line.",
        )
    row = rows.iloc[0]
    u, v = area.codes.index(one), area.codes.index(other)
    pair = np.array([[u, v]], dtype=np.int64)
    apart = [(d.scale, d.names[d.label[u]] if d.label[u] == d.label[v] else "") for d in communities.divisions]
    residents = area.units["residents"].to_numpy(dtype=np.int64)
    sharing = neighbours_sharing(area, pair, np.ones(1, dtype=bool), residents)
    practices, at_shared = _practices(area, flows, u, v)
    same, different = _named(area, u, v)
    here, there = float(flows.living_here[u]), float(flows.living_here[v])
    return Evidence(
        here=area.unit_label(one),
        there=area.unit_label(other),
        similarity=float(cosine(flows, pair)[0]),
        together=sum(bool(name) for _, name in apart) / len(apart),
        practices=practices,
        patients=(round(here), round(there)),
        at_shared=at_shared,
        sharing=round(float(sharing[0])) if sharing is not None else 0,
        communities=tuple(apart),
        same=same,
        different=different,
        kind=str(row["kind"]),
        km=float(row["length_m"]) / 1000.0,
    )


def _practices(area: Area, flows: Flows, u: int, v: int) -> tuple[tuple[SharedPractice, ...], tuple[int, int]]:
    """Practices with patients of both units, and these patients, rounded once (counts of split areas are fractions)."""

    def of(unit: int) -> dict[int, float]:
        own = slice(*flows.first[unit : unit + 2].tolist())
        return dict(zip(flows.practice[own].tolist(), flows.patients[own].tolist(), strict=True))

    here, there = of(u), of(v)
    both = sorted(here.keys() & there.keys(), key=lambda p: (-min(here[p], there[p]), flows.practices[p]))
    known = area.practices
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


def _named(area: Area, u: int, v: int) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """Levels by whose groups people know where they live: those that both share, and those that part them."""
    same: list[tuple[str, str]] = []
    different: list[str] = []
    for key in (k for k in _LEVELS if k in area.levels):
        level = area.levels[key]
        one, other = level.assignment[u], level.assignment[v]
        word = level_in_words(level.label)
        if one and one == other:
            same.append((word, level.names.get(one, "")))
        elif one and other:
            different.append(word)
    return tuple(same), tuple(different)

"""Small districts and cut-off pieces: which neighbour they join, or that they stay alone, and how it is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from optimise.contiguity import components
from optimise.counting import whom
from optimise.criteria import Criteria
from optimise.errors import CriteriaError
from optimise.problem import Bools, Ints, Problem
from optimise.solution import DeclaredException
from optimise.words import count


def numbers(people: int, criteria: Criteria) -> tuple[int, int, int | None]:
    """Fewest and most neighbourhoods in range that `people` allow, and the number nearest to people over target."""
    fewest, most = -(-people // criteria.maximum), people // criteria.minimum
    if people == 0 or fewest > most:
        return fewest, most, None
    share = people / criteria.target
    near = {min(most, max(1, fewest, k)) for k in (int(share), int(share) + 1)}
    return fewest, most, min(near, key=lambda k: (abs(k - share), k))


@dataclass
class Joining:
    """The nests while they are being joined. `groups[main]` lists the groups that went into a nest, itself first."""

    problem: Problem
    criteria: Criteria
    codes: list[str]
    names: list[str]
    nest_of: Ints
    groups: list[list[int]]
    exceptions: list[DeclaredException]

    def people(self, units: Ints) -> int:
        return int(self.problem.people[units].sum())

    def units(self, nest: int) -> Ints:
        return np.flatnonzero(self.nest_of == nest)

    def nest_name(self, nest: int) -> str:
        return " with ".join(self.names[g] for g in self.groups[nest])

    def join_as_asked(self) -> None:
        for a, b in self.criteria.joins:
            first, second = self._named(a), self._named(b)
            small, large = self._home(first), self._home(second)
            if small == large:
                continue
            if large not in self._near(self.units(small)):
                near = ", ".join(self.nest_name(g) for g in sorted(self._near(self.units(small)))) or "nothing"
                raise CriteriaError(
                    f"{self.nest_name(small)} cannot be joined to {self.nest_name(large)}: they share no border.",
                    mend=f"It touches {near}.",
                )
            name = self.nest_name(small)
            said = f"{name} is joined to {self.nest_name(large)}, as asked."
            self._join(small, large, self.units(small), name, said, "")

    def join_small_nests(self) -> None:
        """Join every nest below the minimum to a neighbour, the smallest first."""
        left = sorted({int(g) for g in self.nest_of}, key=lambda g: (self.people(self.units(g)), self.codes[g]))
        while left:
            nest = left.pop(0)
            units = self.units(nest)
            if len(units) == 0 or self.people(units) >= self.criteria.minimum:
                continue
            near = self._near(units)
            if not near:
                continue
            to, why, runner_up = self._choose(units, near)
            name = self.nest_name(nest)
            self._join(nest, to, units, name, f"{self._too_small(name, units)} {why}", runner_up)
            left = sorted({int(g) for g in self.nest_of}, key=lambda g: (self.people(self.units(g)), self.codes[g]))
            left = [g for g in left if self.people(self.units(g)) < self.criteria.minimum and self._near(self.units(g))]

    def join_small_pieces(self) -> None:
        """Join every cut-off piece below the minimum that touches only another nest."""
        for nest in sorted({int(g) for g in self.nest_of}, key=lambda g: self.codes[g]):
            for piece in components(self.problem, self.units(nest)):
                near = self._near(piece)
                if self.people(piece) >= self.criteria.minimum or not near:
                    continue
                to, why, runner_up = self._choose(piece, near)
                name = f"a part of {self.names[nest]} ({self._count(piece)}) that touches no other part of it"
                said = f"{self._too_small(name, piece)} {why}"
                self._join(nest, to, piece, name, said[0].upper() + said[1:], runner_up)

    def declare_undersized(self, nest: int, units: Ints) -> Bools:
        """(n,) the units of connected pieces that are too small and join nothing; each is declared."""
        small = np.zeros(len(self.problem.codes), dtype=np.bool_)
        for piece in components(self.problem, units):
            people = self.people(piece)
            if people >= self.criteria.minimum:
                continue
            small[piece] = True
            whole = len(piece) == len(units)
            name = self.nest_name(nest) if whole else f"a piece of {self.nest_name(nest)} ({self._count(piece)})"
            links = [words for a, b, _, _, words in self.problem.proposed_links if (a in piece) != (b in piece)]
            if links and not self.criteria.accept_links:
                mend = f"Proposed, not used: {links[0]}."
            elif self._near(piece):
                mend = "It is left alone, as asked."
            else:
                mend = "It has no border with the rest and no link is proposed."
            self.exceptions.append(
                DeclaredException(
                    "undersized",
                    self.names[nest],
                    f"{name[0].upper()}{name[1:]} has {people:,} {whom(self.criteria.count)}, below the minimum of "
                    f"{self.criteria.minimum:,}, and stays a neighbourhood of its own. {mend}",
                    self._codes(piece),
                    people=people,
                )
            )
        return small

    def _join(self, nest: int, to: int, units: Ints, name: str, said: str, runner_up: str) -> None:
        before, after = self.people(self.units(to)), self.people(self.units(to)) + self.people(units)
        old, new = numbers(before, self.criteria)[2], numbers(after, self.criteria)[2]
        if old == new:
            change = f"{self.nest_name(to)} still has {_count_words(new)}."
        else:
            change = f"{self.nest_name(to)} goes from {_count_words(old)} to {_count_words(new)}."
        other = f" The next choice would be {runner_up}." if runner_up else ""
        self.exceptions.append(
            DeclaredException(
                "joined",
                name,
                f"{said}{other} {change}",
                self._codes(units),
                choice=self.names[to],
                runner_up=runner_up,
                people=self.people(units),
            )
        )
        self._upper_tier(name, units, to)
        self.nest_of[units] = to
        if not (self.nest_of == nest).any():
            self.groups[to].extend(self.groups[nest])

    def _upper_tier(self, name: str, units: Ints, to: int) -> None:
        level = self.problem.levels.get("upper_tier")
        if level is None:
            return
        own = sorted({level.names[g] for g in level.group[units] if g >= 0})
        others = sorted({level.names[g] for g in level.group[self.units(to)] if g >= 0})
        if set(own) <= set(others):
            return
        self.exceptions.append(
            DeclaredException(
                "crosses upper tier",
                name,
                f"Joining {name} to {self.nest_name(to)} crosses an upper-tier line (health and wellbeing board): "
                f"{' and '.join(own)} on one side, {' and '.join(others)} on the other.",
                self._codes(units),
                choice=self.names[to],
                people=self.people(units),
            )
        )

    def _choose(self, units: Ints, near: Mapping[int, float]) -> tuple[int, str, str]:
        """The neighbour where most of the list of the residents' main PCN lives, else the longest shared border."""
        border = sorted(near, key=lambda g: (-near[g], self.codes[g]))
        lists, pcn, share = self._lists(units, border)
        if not lists or max(lists.values()) <= 0:
            to, second = border[0], border[1] if len(border) > 1 else None
            runner_up = f"{self.nest_name(second)} ({_border(near[second])})" if second is not None else ""
            said = (
                f"It is joined to {self.nest_name(to)}, with which it shares the longest border ({_border(near[to])})."
            )
            return to, said, runner_up
        ranked = sorted(near, key=lambda g: (-lists[g], -near[g], self.codes[g]))
        to, second = ranked[0], ranked[1] if len(ranked) > 1 else None
        said = (
            f"It is joined to {self.nest_name(to)}: {share:.0%} of its registered residents are with the PCN {pcn}, "
            f"and {lists[to]:,.0f} of that PCN's patients live in {self.nest_name(to)}."
        )
        runner_up = (
            f"{self.nest_name(second)} ({lists[second]:,.0f} of its patients; {_border(near[second])})"
            if second is not None
            else ""
        )
        return to, said, runner_up

    def _lists(self, units: Ints, near: Iterable[int]) -> tuple[dict[int, float], str, float]:
        flow = self.problem.pcn_flow
        own = flow[units].sum(axis=0)
        if len(own) == 0 or own.sum() <= 0:
            return {}, "", 0.0
        main = int(np.argmax(own))
        lists = {g: float(flow[self.units(g), main].sum()) for g in near}
        return lists, self.problem.pcns[main], float(own[main] / own.sum())

    def _near(self, units: Ints) -> dict[int, float]:
        """Nests that touch `units`, with the kilometres of shared border (0 for a link)."""
        inside = np.zeros(len(self.nest_of), dtype=np.bool_)
        inside[units] = True
        near: dict[int, float] = {}
        out = inside[self.problem.edges[:, 0]] != inside[self.problem.edges[:, 1]]
        for (a, b), km in zip(self.problem.edges[out].tolist(), self.problem.edge_km[out].tolist(), strict=True):
            other, own = (b, a) if inside[a] else (a, b)
            if self.nest_of[other] != self.nest_of[own]:
                near[int(self.nest_of[other])] = near.get(int(self.nest_of[other]), 0.0) + km
        return near

    def _named(self, text: str) -> int:
        found = [g for g in range(len(self.codes)) if text in (self.codes[g], self.names[g])]
        if len(found) != 1:
            listed = ", ".join(f"{code} {name}" for code, name in zip(self.codes, self.names, strict=True))
            raise CriteriaError(f"A join names “{text}”, which is not one of: {listed}.")
        return found[0]

    def _home(self, group: int) -> int:
        return next(main for main, groups in enumerate(self.groups) if group in groups and (self.nest_of == main).any())

    def _codes(self, units: Ints) -> tuple[str, ...]:
        return tuple(self.problem.codes[i] for i in units)

    def _count(self, units: Ints) -> str:
        first = self.problem.names[int(units[0])]
        return first if len(units) == 1 else f"{len(units):,} LSOAs around {first}"

    def _too_small(self, name: str, units: Ints) -> str:
        who = whom(self.criteria.count)
        return f"{name} has {self.people(units):,} {who}, below the minimum of {self.criteria.minimum:,}."


def _count_words(number: int | None) -> str:
    return "no possible number of neighbourhoods" if number is None else count(number, "neighbourhood")


def _border(km: float) -> str:
    return f"{km:,.1f} km of border" if km > 0 else "a link, no border"

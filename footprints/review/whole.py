"""Making a plan whole: cut-off pieces and units in no neighbourhood find one, before anything else is asked of it.

Each piece goes where it crosses no line, leaves the fewest people out of range, and costs least, in this order. What is
large enough for a neighbourhood becomes one where no neighbour has room; an island is linked or stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from footprints.codes import new_codes
from footprints.plan import Plan, PlanLink
from footprints.review.ground import Ground
from footprints.review.mend import Mend, consequences, effect, moves_between
from optimise.build import add_links
from optimise.criteria import Locks
from optimise.problem import Ints
from optimise.searching.search import SearchBudget, search
from optimise.splitting.joining import numbers
from optimise.splitting.nesting import Nest, Piece
from optimise.splitting.presolve import contract, make_part
from optimise.words import count

BUDGET = SearchBudget(restarts=4, rounds=40)


@dataclass(frozen=True, eq=False)
class Whole:
    """A plan in which every unit has a neighbourhood and every neighbourhood is in one piece (frozen ones as they are).

    codes : of the labels; new ones at the end. mends : what made it so, in order.
    """

    ground: Ground
    labels: Ints
    codes: tuple[str, ...]
    mends: tuple[Mend, ...]


def make_whole(ground: Ground, labels: Ints, codes: Sequence[str], plan: Plan) -> Whole:
    """The plan made whole."""
    work = _Work(ground, labels, codes, plan)
    work.place()  # first, since what is missing may be what parts a neighbourhood
    work.link()
    work.detach()
    work.place()
    return work.result()


class _Work:
    def __init__(self, ground: Ground, labels: Ints, codes: Sequence[str], plan: Plan) -> None:
        self.ground, self.plan, self.codes = ground, plan, list(codes)
        self.before, self.labels = labels, labels.copy()
        self.came = labels.copy()  # the neighbourhood that a loose unit was taken out of, -1 for none
        self.links: list[tuple[PlanLink, int]] = []
        frozen = {code for code, _ in plan.criteria.locks.frozen}
        self.frozen = {d for d, code in enumerate(codes) if code in frozen}
        held = {*plan.locked, *(unit for unit, _ in plan.criteria.locks.fixed)}
        self.held = np.array([code in held for code in ground.problem.codes])

    def _parted(self) -> list[tuple[int, list[list[int]]]]:
        """Neighbourhoods in several pieces, first the piece that keeps the name: most locked units, then people."""
        found = []
        for d in range(len(self.codes)):
            pieces = self.ground.pieces(np.flatnonzero(self.labels == d).tolist())
            if d not in self.frozen and len(pieces) > 1:
                pieces.sort(key=lambda p: (-int(self.held[p].sum()), -self.ground.people(p), p[0]))
                found.append((d, pieces))
        return found

    def link(self) -> None:
        """Use the links that are proposed between two pieces of one neighbourhood, one at a time."""
        while True:
            joins = [
                (a, b, kind, words, d)
                for d, pieces in self._parted()
                for a, b, kind, _, words in self.ground.problem.proposed_links
                if self._joins(a, b, pieces)
            ]
            if not joins:
                return
            a, b, kind, words, d = joins[0]
            codes = self.ground.problem.codes
            first, second = sorted((codes[a], codes[b]))
            self.links.append((PlanLink(first, second, kind, words), d))
            self.ground = Ground(add_links(self.ground.problem, [(a, b, kind)]), self.ground.criteria)

    def _joins(self, a: int, b: int, pieces: list[list[int]]) -> bool:
        home = [next((n for n, piece in enumerate(pieces) if unit in piece), -1) for unit in (a, b)]
        return min(home) >= 0 and home[0] != home[1]

    def detach(self) -> None:
        """Take cut-off pieces out; the rest of the neighbourhood keeps its name."""
        for d, pieces in self._parted():
            for piece in pieces[1:]:
                self.labels[piece] = -1
                self.came[piece] = d

    def place(self) -> None:
        """Find a neighbourhood for all that is loose, until nothing is."""
        while (self.labels < 0).any():
            clusters = self._clusters()
            if not any(self._place(cluster) for cluster in clusters):
                self._found(max(clusters, key=lambda c: (self.ground.people(c), -c[0])))

    def _clusters(self) -> list[list[int]]:
        """Loose units that hang together, were in one neighbourhood, and lie on one side of every line."""
        loose = np.flatnonzero(self.labels < 0)
        kinds = sorted({(int(self.came[i]), int(self.ground.cell[i])) for i in loose})
        found = []
        for came, cell in kinds:
            same = loose[(self.came[loose] == came) & (self.ground.cell[loose] == cell)]
            found += self.ground.pieces(same.tolist())
        return sorted(found)

    def _place(self, cluster: list[int]) -> bool:
        """Place a cluster, or a unit of it; False where it touches nothing that is placed."""
        low, high = self.ground.criteria.minimum, self.ground.criteria.maximum
        people = self.ground.people(cluster)
        if self.came[cluster[0]] < 0 and people >= low and self._divide(cluster):
            return True
        homes = [d for d in self.ground.beside(cluster, self.labels) if d not in self.frozen]
        if not homes:
            return False
        best = min(homes, key=lambda d: self._price(cluster, d))
        crosses, _, excess, _ = self._price(cluster, best)
        if (crosses or excess) and low <= people <= high:
            self._found(cluster)
        elif excess and len(cluster) > 1:
            pairs = [(u, d) for u in cluster for d in self.ground.beside([u], self.labels) if d not in self.frozen]
            unit, home = min(pairs, key=lambda pair: (*self._price([pair[0]], pair[1]), pair))
            self.labels[unit] = home
        else:
            self.labels[cluster] = best
        return True

    def _price(self, units: list[int], d: int) -> tuple[int, int, int, float]:
        """What it costs when `units` join `d`, first things first.

        Residents taken across a line; how few of its pieces that makes one; people more out of range; person-km more.
        """
        ground, inside = self.ground, np.flatnonzero(self.labels == d).tolist()
        cells = {int(ground.cell[i]) for i in inside}
        crosses = ground.residents_of([u for u in units if int(ground.cell[u]) not in cells])
        load = ground.people(inside)
        more = self._off(load + ground.people(units)) - self._off(load)
        joined = len(ground.pieces(inside)) - len(ground.pieces([*inside, *units]))
        return crosses, -joined, max(0, more), ground.worth([*inside, *units]) - ground.worth(inside)

    def _off(self, load: int) -> int:
        return max(0, self.ground.criteria.minimum - load, load - self.ground.criteria.maximum)

    def _divide(self, cluster: list[int]) -> bool:
        """Make new neighbourhoods of units in none that have the people for them; False where that cannot be."""
        criteria, problem = self.ground.criteria, self.ground.problem
        people = self.ground.people(cluster)
        number = numbers(people, criteria)[2]
        if number is None:
            return False
        if number == 1:
            self._found(cluster)
            return True
        units = np.array(cluster, dtype=np.int64)
        piece = Piece(units, people)
        nest = Nest(("",), (problem.name,), units, people, (piece,))
        free = replace(criteria, locks=Locks())
        part = make_part(problem, free, contract(problem, free, nest, piece), number, problem.name)
        found = search(part, seed=0, steps=BUDGET)
        if found is None:
            return False
        own = found.labels[part.node_of]
        for d in range(number):
            self._found(part.units[own == d].tolist())
        return True

    def _found(self, units: Sequence[int]) -> None:
        """A new neighbourhood of these units."""
        used = (*self.plan.codes, *self.plan.retired, *self.codes)
        self.codes += new_codes(self.plan.prefix or "NEW", 1, used)
        self.labels[list(units)] = len(self.codes) - 1

    # -- what was done, in words --

    def result(self) -> Whole:
        """The plan and its mends: links first, then each connected set of units that went one way."""
        mends = [self._linked(link, d) for link, d in self.links]
        labels, known = self.before.copy(), {d for d, code in enumerate(self.codes) if code in self.plan.codes}
        ways = sorted({(int(a), int(b)) for a, b in zip(self.before, self.labels, strict=True) if a != b})
        for was, to in sorted(ways, key=lambda way: (way[1] in known, way)):  # new neighbourhoods first
            units = np.flatnonzero((self.before == was) & (self.labels == to)).tolist()
            for group in self.ground.pieces(units) if to in known else [units]:
                after = labels.copy()
                after[group] = to
                mends.append(self._mend(labels, after, group, was, to, new=to not in known))
                labels = after
                known.add(to)
        return Whole(self.ground, self.labels, tuple(self.codes), tuple(mends))

    def _linked(self, link: PlanLink, d: int) -> Mend:
        said = f"Declare {link.note}: it makes {self._name(d)} one piece. Nobody changes neighbourhood."
        return Mend("link", (), 0, 0.0, 0.0, 0, 0.0, (self.codes[d],), said, (link,))

    def _mend(self, before: Ints, after: Ints, units: list[int], was: int, to: int, *, new: bool) -> Mend:
        ground = self.ground
        gain, primary, community = effect(ground, before, after)
        residents = ground.residents_of(units)
        home = "a new neighbourhood" if new else self._name(to)
        verb = ("become" if new else "join") + ("s" if len(units) == 1 else "")
        came = "in no neighbourhood" if was < 0 else f"cut off from the rest of {self._name(was)}"
        said = f"{ground.called(units)} ({count(residents, 'resident')}), {came}, {verb} {home}."
        held = int(self.held[units].sum())
        if held:
            said += f" {count(held, 'LSOA')} of it {'is' if held == 1 else 'are'} locked: unlock first."
        said += f" {consequences(ground, before, after, gain=gain, community=community)}"
        return Mend(
            kind="new" if new else "missing" if was < 0 else "attach",
            moves=moves_between(ground, self.codes, before, after),
            residents=residents,
            gain=gain,
            primary=primary,
            community=community,
            km_a_person=gain / max(1, ground.residents),
            places=tuple(self.codes[d] for d in (was, to) if d >= 0),
            in_words=said,
        )

    def _name(self, d: int) -> str:
        code = self.codes[d]
        return f"{self.plan.neighbourhood(code).name} ({code})" if code in self.plan.codes else code

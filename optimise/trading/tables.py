"""What is known of numbers of neighbourhoods and of prices of rules, as values; no solver is needed to read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from optimise.asking.feasibility import Outlook
from optimise.criteria import Criteria
from optimise.problem import Problem
from optimise.solution import EXACT, DeclaredException, Reason
from optimise.trading.principles import Principle


@dataclass(frozen=True)
class NumberRow:
    """A number of neighbourhoods: the best value met (None: no plan found) and the bound, in person-km (km²).

    bound : no plan of this number has less; inf where it is proven that there is none. shares : how the parts share
    the number in the best plan, in the order of the parts; () without a plan.
    """

    number: int
    best: float | None
    bound: float
    shares: tuple[int, ...] = ()

    @property
    def impossible(self) -> bool:
        """It is proven that no plan has this number."""
        return self.bound == float("inf")

    @property
    def gap(self) -> float | None:
        """(best - bound) / best, a fraction; None without a plan."""
        if self.best is None:
            return None
        return max(0.0, (self.best - self.bound) / self.best) if self.best > 0 else 0.0

    @property
    def proven(self) -> bool:
        """The best met is the best possible, within 0.01 %."""
        return self.gap is not None and self.gap <= EXACT


@dataclass(frozen=True)
class PartNumbers:
    """The table of one part that is divided on its own."""

    name: str
    units: int
    people: int
    rows: tuple[NumberRow, ...]


@dataclass(frozen=True)
class Numbers:
    """The table of a whole problem.

    rows : every number that the people and the band allow, frozen neighbourhoods included. parts : of each part.
    proposed : the number that a proposal would have, by the people over the target. frozen : neighbourhoods that are
    kept as they are and are in no value. people : of all, whom the band counts. residents : to say a value a person.
    squared : values are in person-km². reasons : why there is no table at all (then no rows). repeatable : no clock and
    no cancelling cut it short.
    """

    rows: tuple[NumberRow, ...]
    parts: tuple[PartNumbers, ...]
    proposed: int | None
    frozen: int
    people: int
    residents: int
    squared: bool
    exceptions: tuple[DeclaredException, ...]
    reasons: tuple[Reason, ...] = ()
    repeatable: bool = True

    @property
    def free(self) -> NumberRow | None:
        """A free number: the best plan of all numbers, under the least of the bounds; None without any row."""
        return best_of_all(self.rows)


def best_of_all(rows: Sequence[NumberRow]) -> NumberRow | None:
    """The best of all numbers, and the bound that holds for every number; `number` is that of the best plan."""
    if not rows:
        return None
    bound = min(row.bound for row in rows)
    plans = [row for row in rows if row.best is not None]
    if not plans:
        return NumberRow(rows[0].number, None, bound)
    best = min(plans, key=lambda row: (row.best, row.number))
    return replace(best, bound=bound)


def combine(parts: Sequence[Sequence[NumberRow]]) -> tuple[NumberRow, ...]:
    """Rows of the whole from the rows of its parts, by min-plus convolution of values and of bounds."""
    whole: dict[int, NumberRow] = {0: NumberRow(0, 0.0, 0.0)}
    for rows in parts:
        found: dict[int, NumberRow] = {}
        for one in whole.values():
            for row in rows:
                number = one.number + row.number
                known = found.get(number, NumberRow(number, None, float("inf")))
                best, shares = known.best, known.shares
                if one.best is not None and row.best is not None and (best is None or one.best + row.best < best):
                    best, shares = one.best + row.best, (*one.shares, row.number)
                found[number] = NumberRow(number, best, min(known.bound, one.bound + row.bound), shares)
        whole = found
    return tuple(whole[number] for number in sorted(whole))


def table_of(problem: Problem, criteria: Criteria, before: Outlook, parts: Sequence[PartNumbers]) -> Numbers:
    """The table of the whole that follows from those of its parts; without parts, the reasons why there is none."""
    frozen, reasons = len(criteria.locks.frozen), before.prospect.reasons
    rows = () if reasons else combine([part.rows for part in parts])
    return Numbers(
        tuple(replace(row, number=row.number + frozen) for row in rows),
        tuple(parts),
        None if reasons else frozen + sum(task.k for task in before.tasks),
        frozen,
        int(problem.people.sum()),
        int(problem.residents.sum()),
        criteria.distance == "km2",
        before.prospect.exceptions,
        reasons,
    )


@dataclass(frozen=True)
class Price:
    """What a rule costs, or would cost if it were added, in person-km (km² when squared).

    low, high : the interval of (1); None where an end is not known, since one of the problems has no plan that was
    found. best_with, bound_with, best_without, bound_without : sums over the parts concerned, with and without the
    rule. where : names of the parts concerned; () where it changes nothing anywhere. everywhere : that is all of them.
    impossible : proven that no plan keeps the rule (only of rules not in force). reasons : why.
    number : neighbourhoods of the best plan of the other problem, in the parts concerned and those that stay together.
    """

    rule: Principle
    low: float | None
    high: float | None
    best_with: float | None = None
    bound_with: float | None = None
    best_without: float | None = None
    bound_without: float | None = None
    where: tuple[str, ...] = ()
    everywhere: bool = False
    impossible: bool = False
    reasons: tuple[Reason, ...] = ()
    number: int | None = None
    repeatable: bool = True


@dataclass(frozen=True)
class Prices:
    """The prices of all rules beside the plan they are about.

    criteria : as asked. best, bound : of their problem, before communities are served. number : its neighbourhoods.
    residents : to say a price a person. reasons : why there is no plan to price (then no prices). repeatable : no clock
    cut it short.
    """

    criteria: Criteria
    prices: tuple[Price, ...]
    best: float | None
    bound: float
    number: int
    residents: int
    reasons: tuple[Reason, ...] = ()
    repeatable: bool = True

    @property
    def squared(self) -> bool:
        """Values are in person-km²."""
        return self.criteria.distance == "km2"

"""`Proven`: what is known of a plan that was improved, under its own criteria, and of groups of its neighbourhoods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optimise.solution import EXACT, Solution, proven
from optimise.words import at_most

NO_BOUND = (
    "No bound is known for it under its own criteria: it does not meet them, or a link that it declares joins what "
    "they keep apart. “footprints review” compares it with plans of its own kind."
)


@dataclass(frozen=True)
class LookedAt:
    """A group of adjacent neighbourhoods of a plan, by their codes, in person-km.

    value : of their own division. bound : no other division of the same LSOAs has less, by the word of the run that
    looked at them; 0 where nothing is known.
    """

    places: tuple[str, ...]
    value: float
    bound: float

    @property
    def proven(self) -> bool:
        """Whether no division is better by more than 0.01 %."""
        return proven(self.value, self.bound)


@dataclass(frozen=True)
class Proven:
    """solution : the plan's value with a bound on every plan under its criteria, its labels left out; None where no
    such bound is known. groups : what is known of groups of its neighbourhoods.
    """

    solution: Solution | None = None
    groups: tuple[LookedAt, ...] = ()

    @property
    def in_words(self) -> str:
        """By how much any plan under its criteria can beat it, or why nobody knows."""
        own = self.solution
        if own is None or own.gap is None:
            return NO_BOUND
        if own.gap <= EXACT:
            return "Under its own criteria no plan can beat it in distance and size."
        return f"Under its own criteria no plan can beat it in distance and size by more than {at_most(own.gap)}."

    @property
    def entries(self) -> tuple[Mapping[str, Any], ...]:
        """The groups as a certificate has them."""
        return tuple({"places": g.places, "value": g.value, "bound": g.bound, "proven": g.proven} for g in self.groups)

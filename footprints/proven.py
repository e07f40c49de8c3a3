"""`Proven`: what is known of a plan that was improved, under its own criteria and nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from footprints.exchange.certificate_json import NO_BOUND
from optimise.solution import EXACT, Solution
from optimise.words import at_most

if TYPE_CHECKING:  # the folder of it brings the solver along
    from footprints.review.result import LookedAt


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

"""`Review`: what is known of a plan, in figures and in words, every figure of it provable or said not to be."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor

from footprints.review.mend import WHOLE, Mend, Move
from optimise.certificate import Fault
from optimise.solution import EXACT, Term
from optimise.words import at_most, count

ABOUT = "This is about distance and size as weighted here, not a judgement on community."


@dataclass(frozen=True)
class LocalProof:
    """Groups of `size` adjacent neighbourhoods: how many there are, and how many are proven, better, left.

    proven : no division of the group is better by more than 0.01 %. better : one is known. left : neither, by lack of
    steps or time.
    """

    size: int
    groups: int
    proven: int
    better: int
    left: int

    @property
    def holds(self) -> bool:
        """Whether it is proven that no group of this size can be improved."""
        return self.proven == self.groups

    @property
    def in_words(self) -> str:
        """The proof, or what is short of it, in a sentence."""
        what = {2: "pair", 3: "group of three", 4: "group of four"}.get(self.size, f"group of {self.size}")
        named = what if self.groups == 1 else what.replace("pair", "pairs").replace("group", "groups")
        if not self.groups:
            return f"There is no {what} of adjacent neighbourhoods to look at."
        if self.holds:
            every = f"no {what}" if self.groups > 1 else f"the {what}"
            return (
                f"Proven: {every} of adjacent neighbourhoods can be improved by changes among themselves "
                f"({self.groups:,} looked at)."
                if self.groups > 1
                else f"Proven: the only {what} of adjacent neighbourhoods cannot be improved."
            )
        parts = [f"{self.proven:,} of {self.groups:,} {named} of adjacent neighbourhoods proven as good as they can be"]
        if self.better:
            parts.append(f"{self.better:,} can be improved in distance and size")
        if self.left:
            parts.append(f"{self.left:,} not decided")
        return "; ".join(parts) + "."


@dataclass(frozen=True)
class Review:
    """What is known of a plan.

    plan : its id. area_digest : of the evidence. residents : of the area. whole : every unit has a neighbourhood and
    each is in one piece, as the plan stands. faults : what it does not meet of its criteria. terms : what it costs as
    it stands. rules : its own rules, phrases that follow "a plan with". neighbourhoods, smallest, largest : their
    number and range. value : primary value (person-km, or person-km² where `squared`) of the plan, made whole by the
    first mends where it was not. bound : no plan under its own rules has less. known : the least value that is known
    under them. mends : those that make it whole, those into the range, then those that help most. local : the local
    proofs. found : the moves from the plan made whole to the best that is known (none where it is the plan itself).
    repeatable : no clock and no cancelling cut the work short.
    """

    plan: str
    name: str
    area_name: str
    area_digest: str
    residents: int
    whole: bool
    faults: tuple[Fault, ...]
    terms: tuple[Term, ...]
    rules: tuple[str, ...]
    neighbourhoods: int
    smallest: int
    largest: int
    value: float
    bound: float
    known: float
    mends: tuple[Mend, ...]
    local: tuple[LocalProof, ...]
    found: tuple[Move, ...]
    squared: bool
    repeatable: bool

    @property
    def gap(self) -> float:
        """No plan under its own rules beats it by more than this fraction."""
        return max(0.0, (self.value - self.bound) / self.value) if self.value > 0 else 0.0

    @property
    def better(self) -> float:
        """A plan under its own rules is known that beats it by this fraction."""
        return max(0.0, (self.value - self.known) / self.value) if self.value > 0 else 0.0

    @property
    def best(self) -> bool:
        """Whether it is proven that no plan under its own rules beats it by more than 0.01 %."""
        return self.gap <= EXACT

    @property
    def makes_whole(self) -> tuple[Mend, ...]:
        """The mends that make it a plan at all."""
        return tuple(mend for mend in self.mends if mend.kind in WHOLE)

    @property
    def verdict(self) -> str:
        """One sentence that a board can read out."""
        what = f"{count(self.neighbourhoods, 'neighbourhood')} of {self.smallest:,} to {self.largest:,} people"
        start = "" if self.whole else "Made whole as below: "
        if self.bound <= 0 < self.value:
            return f"{start}It is not known yet by how much a plan with {what} could beat it.".replace(": It", ": it")
        if self.best:
            return f"{start}No plan with {what} beats it.".replace(": No", ": no")
        said = f"{start}No plan with {what} beats it by more than {at_most(self.gap)}".replace(": No", ": no")
        if self.better > EXACT:
            return f"{said}; one is known that beats it by {at_least(self.better)}."
        return f"{said}; none better is known."

    @property
    def in_words(self) -> tuple[str, ...]:
        """The review in sentences: verdict, faults, score, own rules, local proof, and what the proof is about."""
        lines = [self.verdict]
        if not self.faults:
            lines.append("It meets everything that was asked of it.")
        lines += [fault.message for fault in self.faults]
        lines += [term.in_words for term in self.terms]
        lines.append(f"Compared with plans of {'; '.join(self.rules)}.")
        lines += [proof.in_words for proof in self.local]
        if not self.repeatable:
            lines.append("It was stopped before its work was done: running it again may show more.")
        return (*lines, ABOUT)


def at_least(fraction: float) -> str:
    """A share rounded down to a tenth of a percent, so that "by 0.6%" stays true; small ones keep two decimals."""
    if fraction < 0.001:
        return f"{floor(fraction * 10_000 + 1e-9) / 100:.2f}%"
    return f"{floor(fraction * 1000 + 1e-9) / 10:.1f}%"

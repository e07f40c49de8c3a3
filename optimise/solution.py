"""What a solve gives back: an assignment or none, an honest status, the objective by term, and a proven bound."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from optimise.tree import Tree
from optimise.words import at_most, listed, percent

EXACT = 1e-4


def proven(value: float, bound: float) -> bool:
    """Whether `bound` leaves less than 0.01 % below `value`."""
    return bound >= value * (1 - EXACT) - 1e-9


class Status(StrEnum):
    """The truth about a solve. OPTIMAL only where objective and bound meet within 0.01 %."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    NO_SOLUTION = "no solution"


class StoppedBy(StrEnum):
    """Why a solve ended. CLOCK and CANCELLED mean that the result need not repeat."""

    PROOF = "proof"
    BUDGET = "budget"
    CLOCK = "clock"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Term:
    """One term of the objective: `value` in person-km (person-km² when squared), `people` the natural count behind it,
    in `unit` (km for the border term).

    `in_words` is a plain sentence with numbers: "3,120 people live outside the largest part of their MSOA".
    `proven` tells whether the bound covers the term (the secondary terms are not separable and are not covered).
    """

    key: str
    label: str
    weight: float
    value: float
    people: float
    in_words: str
    proven: bool = True
    unit: str = "people"


@dataclass(frozen=True)
class Reason:
    """Why there is no plan: what is wrong in plain words with numbers, and the nearest criteria that would work."""

    message: str
    mend: str
    where: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeclaredException:
    """A departure from the rules that was stated before solving: a joined small district, an undersized piece.

    kind : "joined", "undersized", "crosses upper tier", "split group", "links accepted", "frozen" (out of range, kept),
    "number" (another number of neighbourhoods than proposed, since that had no plan: known only after solving), "no
    registrations" (neighbours who share practices cannot be counted), "no barriers" (likewise).
    units : codes concerned. `choice` and `runner_up` in words; `runner_up` may be empty. For "joined", `choice` is the
    name of the nest that the units now belong to; of two that name a unit the later one holds.
    """

    kind: str
    where: str
    message: str
    units: tuple[str, ...] = ()
    choice: str = ""
    runner_up: str = ""
    people: int = 0


@dataclass(frozen=True)
class PartResult:
    """One independently solved part (a district, a joined group of districts, or the whole place).

    groups : the codes of the nesting level in it (empty when not nested). Values in the objective's unit.
    best_primary : the lowest objective found before the secondary terms were served; the bound is about this one.
    """

    name: str
    groups: tuple[str, ...]
    units: int
    people: int
    neighbourhoods: int
    status: Status
    objective: float | None
    bound: float
    bound_checked: float
    gap: float | None
    best_primary: float | None = None


@dataclass(frozen=True)
class Progress:
    """An event of a running solve. `best` and `bound` are totals over all parts known so far (None until known)."""

    stage: str
    part: str
    parts_done: int
    parts: int
    seconds: float
    best: float | None
    bound: float | None


@dataclass(frozen=True)
class Solution:
    """The outcome of one solve.

    assignment : neighbourhood index 0..K-1 per unit in the order of `Problem.codes`; None when there is no plan.
    centres : unit code of each neighbourhood's centre (best member for the objective).
    parts_of : index into `parts` per neighbourhood; -1 for a frozen one, which is in no part.
    objective, bound, bound_checked : person-km (or person-km²), summed over parts; the separable terms only.
    gap : (objective - bound) / objective, a fraction; None without a plan.
    best_primary : the lowest objective found before the secondary terms were served within their allowance.
    fixed_labels : (neighbourhood index, code) for each neighbourhood whose code the locks fix: those that units were
    fixed to, and the frozen ones, which come last.
    best_known : for one of several options, the lowest primary value known for this question; None for a proposal.
    proofs : for each of `parts` the tree that its bounds come from, None where there is none; empty when not kept.
    """

    status: Status
    assignment: tuple[int, ...] | None
    centres: tuple[str, ...]
    parts_of: tuple[int, ...]
    objective: float | None
    best_primary: float | None
    bound: float
    bound_checked: float
    gap: float | None
    terms: tuple[Term, ...]
    parts: tuple[PartResult, ...]
    reasons: tuple[Reason, ...]
    exceptions: tuple[DeclaredException, ...]
    stopped_by: StoppedBy
    seed: int
    seconds: float
    solver: str
    version: str
    fixed_labels: tuple[tuple[int, str], ...] = ()
    best_known: float | None = None
    proofs: tuple[Tree | None, ...] = field(default=(), compare=False, repr=False)

    @property
    def above_best_known(self) -> float | None:
        """How far the objective lies above the lowest primary value known, as a fraction; None for a proposal."""
        if self.objective is None or not self.best_known:
            return None
        return max(0.0, self.objective / self.best_known - 1)

    @property
    def in_words(self) -> str:
        """What was found and what is proven, in planners' words."""
        if self.objective is None or self.assignment is None:
            said = "There is no plan under these rules" if self.status is Status.INFEASIBLE else "No plan was found"
            return " ".join([f"{said}.", *(f"{r.message} {r.mend}".strip() for r in self.reasons)])
        about = "This is about distance and size as weighted here, not a judgement on community."
        if self.status is Status.OPTIMAL:
            return f"No plan under these rules can beat this one. {about}"
        best = self.objective if self.best_primary is None else self.best_primary
        spent, open_gap = 1 - best / self.objective if self.objective else 0.0, 1 - self.bound / best if best else 0.0
        above = self.above_best_known
        found = "Best so far" if above is None else f"An option {percent(above)} above the best value known"
        words = f"{found}. No plan under these rules can beat it by more than {at_most(self.gap or 0.0)}"
        if spent > 0 and open_gap <= EXACT:
            words += f": {percent(spent)} spent on {self._served}, without which none could beat it"
        return f"{words}. {about}"

    @property
    def _served(self) -> str:
        """What the allowance went to: the secondary terms that have a weight."""
        known = {
            "community": "keeping communities together",
            "border": "shorter borders",
            "ties": "keeping neighbours who share practices together",
            "practice": "keeping patients with their practice",
            "barrier": "keeping to rivers, motorways and railways",
            "need": "neighbourhoods alike in need",
        }
        asked = [known[term.key] for term in self.terms if term.key in known and term.weight > 0]
        return listed(asked or [known["community"]])

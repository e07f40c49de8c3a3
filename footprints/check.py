"""`check`: is it a plan at all (integrity), and does it meet what was asked (criteria)? Stated, never enforced."""

from __future__ import annotations

from dataclasses import dataclass

from boundaries.area import Area
from footprints.metrics.scene import plan_problem
from footprints.plan import Plan
from optimise.certificate import Fault, check_criteria, check_integrity


@dataclass(frozen=True)
class Verdict:
    """The faults of a plan. integrity : unknown units; these stop a plan from being saved, compared or exported.
    criteria : what it does not meet of what was asked; these are said and stop nothing."""

    integrity: tuple[Fault, ...]
    criteria: tuple[Fault, ...]

    @property
    def holds(self) -> bool:
        """Whether there is no fault of either kind."""
        return not self.integrity and not self.criteria

    @property
    def in_words(self) -> str:
        """The verdict for people: one sentence, and a line for each fault."""
        if self.integrity:
            return "\n".join(["This does not fit the area:", *(f"- {fault.message}" for fault in self.integrity)])
        if not self.criteria:
            return "Every criterion holds."
        number = len(self.criteria)
        head = "One thing is not as you set it:" if number == 1 else f"{number} things are not as you set them:"
        return "\n".join([head, *(f"- {fault.message}" for fault in self.criteria)])


def check(plan: Plan, area: Area) -> Verdict:
    """The faults of `plan` on `area`, by the independent checker, under the plan's own criteria, links and exceptions.

    Where units are unknown the criteria are not looked at. Raises DataError or CriteriaError where the area lacks what
    the criteria are about (a level, registered patients).
    """
    where = plan.where()
    integrity = check_integrity(area.codes, where)
    if integrity:
        return Verdict(integrity, ())
    return Verdict((), check_criteria(plan_problem(plan, area), plan.criteria, where, plan.exceptions))

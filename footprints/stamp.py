"""What every row of every table says of its plan: version, status, from when, for whom, and DRAFT where not agreed."""

from __future__ import annotations

from dataclasses import dataclass

from footprints.disclosure import PARTNERS, Audience
from footprints.errors import PlanError
from footprints.plan import Plan

STATUSES = ("draft", "proposed", "agreed", "final", "withdrawn")
HEADER = ("plan_version", "status", "valid_from", "audience", "mark")


@dataclass(frozen=True)
class Stamp:
    """status : one of `STATUSES`. valid_from : an ISO date, or "". Raises PlanError for another status."""

    status: str = "draft"
    valid_from: str = ""
    audience: Audience = PARTNERS

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise PlanError(
                f"A plan cannot have the status “{self.status}”.", mend=f"Choose among {', '.join(STATUSES)}."
            )

    @property
    def mark(self) -> str:
        """ "DRAFT" for whatever is not agreed, "WITHDRAWN" for what holds no longer, else ""."""
        if self.status in ("agreed", "final"):
            return ""
        return "WITHDRAWN" if self.status == "withdrawn" else "DRAFT"

    def cells(self, plan: Plan) -> tuple[str, ...]:
        """The cells under `HEADER`."""
        return plan.id, self.status, self.valid_from, self.audience.label, self.mark

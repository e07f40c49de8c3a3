"""What a plan as it stands comes to, in the unit of the objective."""

from __future__ import annotations

from typing import Any

from boundaries.area import Area
from footprints.plan import Plan


def ground_lazily(plan: Plan, area: Area) -> Any:
    """As `footprints.review.ground.ground_of`."""
    from footprints.review.ground import ground_of  # noqa: PLC0415 (brings the solver, which other checks do not need)

    return ground_of(plan, area)


def plan_value(plan: Plan, area: Area) -> float:
    """Travel, size and lines crossed of a plan as it stands, person-km."""
    ground, labels, _ = ground_lazily(plan, area)
    return float(ground.value(labels))

"""All that the Practices page says of a plan, worked out once for each plan."""

from __future__ import annotations

from dataclasses import dataclass

from boundaries.area import Area
from footprints.exchange import practice_tables
from footprints.plan import Plan
from footprints.practices import (
    FarRatio,
    Impact,
    PcnRow,
    Populations,
    Spread,
    far_ratios,
    impacts,
    pcn_rows,
    populations,
    spread_of,
)


@dataclass(frozen=True, eq=False)
class PracticeFacts:
    """The rows of the tables, and the same as files: name -> bytes."""

    spread: Spread
    impacts: tuple[Impact, ...]
    pcns: tuple[PcnRow, ...]
    populations: tuple[Populations, ...]
    far: tuple[FarRatio, ...]
    files: dict[str, bytes]

    @property
    def shown(self) -> tuple[Impact, ...]:
        """Practices that stand in the area's register; the others have few patients here."""
        known = dict(zip(self.spread.practices, self.spread.shown, strict=True))
        return tuple(row for row in self.impacts if known[row.practice])

    @property
    def small(self) -> tuple[Impact, ...]:
        """Practices elsewhere with few patients here."""
        known = dict(zip(self.spread.practices, self.spread.shown, strict=True))
        return tuple(row for row in self.impacts if not known[row.practice])


def facts_of(plan: Plan, area: Area) -> PracticeFacts:
    """The facts. Raises PlanError where the plan names units that are not the area's."""
    spread = spread_of(plan, area)
    rows, people = impacts(spread), populations(spread, area)
    far = far_ratios(plan, area)
    files = {
        "far_from_own_ratio.csv": practice_tables.far_ratios_table(far),
        "populations.csv": practice_tables.populations_table(spread, people),
        "practice_impact.csv": practice_tables.practice_impact(spread, rows),
        "practice_neighbourhood.csv": practice_tables.practice_neighbourhood(spread),
        "practice_lookup.csv": practice_tables.practice_lookup(spread),
        "pcn_alignment.csv": practice_tables.pcn_alignment(spread),
        "service_alignment.csv": practice_tables.service_alignment(spread),
    }
    return PracticeFacts(spread, rows, pcn_rows(spread), people, far, files)

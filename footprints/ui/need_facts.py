"""All that the Need page says of a plan, worked out once for each plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from boundaries.errors import DataError
from boundaries.receipts import Receipt
from footprints.exchange import need_tables
from footprints.metrics.growth import Growth, growth_of
from footprints.need.ages import in_words
from footprints.need.cohorts import weights_table
from footprints.need_order import Need, need_of
from footprints.plan import Plan


@dataclass(frozen=True, eq=False)
class NeedFacts:
    """Need and growth, the chances behind the estimates, the receipts they stand on, and the same as files.

    growth : None where no table is loaded, or where `growth_trouble` says what stands in its way.
    """

    need: Need
    growth: Growth | None
    growth_trouble: tuple[str, str]
    ages: str
    weights: tuple[tuple[str, ...], tuple[tuple[str, np.ndarray], ...]] | None
    receipts: tuple[Receipt, ...]
    files: dict[str, bytes]


def facts_of(plan: Plan, area: Area) -> NeedFacts:
    """The facts. Raises PlanError where the plan names units that are not the area's."""
    need = need_of(plan, area)
    growth, trouble = None, ("", "")
    try:
        growth = growth_of(plan, area)
    except DataError as error:
        trouble = (error.message, error.mend)
    files = {
        "need.csv": need_tables.need_table(plan, need),
        "indicators.csv": need_tables.indicators_table(plan, need),
    }
    if growth is not None:
        files["population_by_year.csv"] = need_tables.population_by_year(plan, growth)
    kinds = ("growth", "fingertips", "indicators", "plus_groups")
    used = tuple(r for r in area.receipts if r.kind in kinds and r.status == "used")
    return NeedFacts(need, growth, trouble, in_words(area), weights_table(area), used, files)

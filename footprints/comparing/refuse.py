"""Which plans cannot be compared, what differs between them, and how to bring them together."""

from __future__ import annotations

from collections.abc import Sequence

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.plan import Plan, check_fits, codes_digest
from optimise.words import count

LARGEST = 6


def refuse_unlike(plans: Sequence[Plan], area: Area) -> None:
    """Raises PlanError unless there are two to six plans, all for the units of `area`, saying what differs."""
    if len(plans) < 2:
        raise PlanError("A comparison needs two plans or more.", mend="Choose another plan.")
    if len(plans) > LARGEST:
        raise PlanError(
            f"A comparison holds six plans at most; these are {len(plans)}.", mend=f"Leave out {len(plans) - LARGEST}."
        )
    for plan in plans:
        check_fits(plan, area)
        _same_units(plan, area)


def _same_units(plan: Plan, area: Area) -> None:
    if not plan.area_codes_digest or plan.area_codes_digest == codes_digest(area.codes):
        return
    known = {unit for unit, _ in plan.assignment}
    absent = [unit for unit in area.codes if unit not in known]
    raise PlanError(
        f"“{plan.name}” was made for {plan.area_name}, whose LSOAs are not those of {area.name}: it leaves out "
        f"{len(absent):,} of {count(len(area.codes), 'LSOA')}{': ' + some(absent) if absent else ''}.",
        mend="Compare plans of one area; load the area that both were made for (--area), or write this plan's "
        "lsoa_lookup.csv and compare that, with the rest left unassigned.",
    )

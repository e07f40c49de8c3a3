"""What a plan does not meet of its own criteria, as every file says it."""

from __future__ import annotations

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.check import check
from footprints.disclosure import PARTNERS, Audience, open_range
from footprints.errors import some
from footprints.plan import Plan


def does_not_meet(plan: Plan, area: Area, audience: Audience = PARTNERS) -> tuple[str, ...]:
    """What the plan does not meet of its own criteria, a sentence each; a criterion that cannot be checked says so.

    The public is told which criteria, without numbers where these are of patients.
    """
    try:
        faults = check(plan, area).criteria
    except FootprintError as error:
        return (f"Its criteria could not be checked: {error}",)
    if not audience.public or open_range(plan):
        return tuple(fault.message for fault in faults)
    where = {one.code: one.name for one in plan.neighbourhoods}
    found = {f.rule: [*dict.fromkeys(where[c] for c in f.where if c in where)] for f in faults}
    return tuple(
        f"Not as it was asked for ({rule}){f': {some(names, 12)}' if names else ''}." for rule, names in found.items()
    )

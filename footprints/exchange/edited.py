"""A file of ours that another program changed: what it shows must be what the plan inside it says."""

from __future__ import annotations

from collections.abc import Mapping

from footprints.errors import PlanError, some
from footprints.plan import Plan


def refuse_edited(
    plan: Plan, name: str, shown: Mapping[str, str] | None, units: Mapping[str, str] | None = None
) -> Plan:
    """The plan, where the file shows the same; None is a table that the file does not hold.

    shown : code -> name of its neighbourhoods. units : unit code -> neighbourhood code, "" for none.
    Raises PlanError naming what differs: such an edit would be lost without a word.
    """
    names = {n.code: n.name for n in plan.neighbourhoods}
    differ: list[str] = []
    if shown is not None and dict(shown) != names:
        differ += sorted(code for code in {*shown, *names} if shown.get(code) != names.get(code))
    if units is not None:
        where = plan.where()
        differ += sorted(u for u in {*units, *where} if units.get(u, "") != where.get(u, ""))
    if differ:
        raise PlanError(
            f"{name} was changed after it was written: it shows something else than the plan inside it for "
            f"{some(differ)}.",
            mend="Make the change in this programme, or hand it over as a CSV of LSOAs and neighbourhoods.",
        )
    return plan

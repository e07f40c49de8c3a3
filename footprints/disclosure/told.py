"""Which measures may be told to whom: for the public only those that are sums of protected cells, or of open data."""

from __future__ import annotations

from dataclasses import replace

from boundaries.area import Area
from footprints.disclosure.audience import Audience
from footprints.metrics import Metric, Scorecard, metrics_for, score
from footprints.plan import Plan
from optimise.criteria import year_of

OPEN = frozenset({"residents", "boundaries", "msoa", "ward", "imd", "ages", "barriers", "growth", "travel"})
# Worked out from patients, and sums over whole neighbourhoods, so that protected cells give them.
SUMS = frozenset(
    {
        "registered_residents",
        "list_of_practices_sited_here",
        "practices",
        "pcns_touching",
        "resident_side_containment",
        "list_side_containment",
        "pcns_split",
    }
)
_OPEN_TERMS = ("travel", "deviation", "community", "border", "barrier", "need", "mismatch:")


def may_tell(metric: Metric, audience: Audience) -> bool:
    """Whether a measure may stand in a file: all for partners; for the public only what is listed here."""
    return not audience.public or metric.key in SUMS or {*metric.data, *metric.needs} <= OPEN


def open_range(plan: Plan) -> bool:
    """Whether the range counts people that anybody may know: residents, now or with homes that are planned."""
    return plan.criteria.count == "residents" or year_of(plan.criteria.count) is not None


def told(plan: Plan, area: Area, audience: Audience) -> Scorecard:
    """The measures of a plan that may be told. area : as it is shown to the audience (`shown_to`)."""
    asked = plan
    if audience.public and plan.criteria.community not in area.levels:
        asked = replace(plan, criteria=replace(plan.criteria, community="district"))
    card = score(asked, area, [m for m in metrics_for(area) if may_tell(m, audience)])
    if not audience.public:
        return card
    # Communities that were found in patients say something of patients, and protected cells would give others.
    found = plan.criteria.community not in area.levels
    terms = tuple(t for t in card.terms if t.key.startswith(_OPEN_TERMS) and not (found and t.key == "community"))
    kept = {f"term_{t.key}" for t in terms}
    whole = {key: value for key, value in card.plan.items() if not key.startswith("term_") or key in kept}
    return replace(card, terms=terms, plan=whole)


def left_out(area: Area, audience: Audience) -> tuple[str, ...]:
    """Labels of the measures that the audience is not told, in their order."""
    return tuple(dict.fromkeys(m.label for m in metrics_for(area) if not may_tell(m, audience)))

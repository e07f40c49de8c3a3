"""The measures of a whole plan that every area has, in the order in which they are shown; and that of barriers."""

from __future__ import annotations

from functools import partial
from typing import Any

from footprints.metrics import practices, whole
from footprints.metrics.metric import Direction, Metric


def _plan(
    key: str, label: str, unit: str, direction: Direction, formula: str, function: Any, *needs: str, data: Any = None
) -> Metric:
    return Metric(key, 1, label, unit, "plan", direction, formula, function, needs, data or needs or ("residents",))


_SHAPE = ("boundaries",)
_NUMBER = "; effective number, Laakso & Taagepera 1979"

# Of areas with barriers alone, after the border: nobody else is told that it lacks them.
BARRIERS = _plan(
    "barrier_km_inside",
    "Barriers inside neighbourhoods",
    "km",
    "lower",
    "Σ km of barrier × its strength between units of one neighbourhood",
    whole.barrier_km_inside,
    data=("barriers",),
)

OF_PLAN: tuple[Metric, ...] = (
    _plan(
        "neighbourhoods",
        "Neighbourhoods",
        "neighbourhoods",
        "none",
        "number with at least one LSOA",
        whole.neighbourhoods,
        data=_SHAPE,
    ),
    _plan("residents", "Residents assigned", "people", "none", "Σ residents of assigned LSOAs", whole.residents),
    _plan(
        "unassigned_units",
        "LSOAs unassigned",
        "LSOAs",
        "lower",
        "LSOAs in no neighbourhood",
        whole.unassigned_units,
        data=_SHAPE,
    ),
    _plan(
        "unassigned_people",
        "Residents unassigned",
        "people",
        "lower",
        "Σ residents of unassigned LSOAs",
        whole.unassigned_people,
    ),
    _plan(
        "residents_min",
        "Smallest",
        "people",
        "none",
        "least people of the counted population in a neighbourhood",
        whole.smallest,
    ),
    _plan("residents_median", "Median", "people", "none", "median people of the counted population", whole.median),
    _plan(
        "residents_max",
        "Largest",
        "people",
        "none",
        "most people of the counted population in a neighbourhood",
        whole.largest,
    ),
    _plan(
        "share_in_range",
        "In the range you set",
        "share",
        "higher",
        "neighbourhoods from minimum to maximum / neighbourhoods",
        whole.share_in_range,
    ),
    _plan(
        "share_in_comfortable",
        "In the comfortable range",
        "share",
        "higher",
        "neighbourhoods in the comfortable range / neighbourhoods",
        whole.share_comfortable,
    ),
    _plan(
        "outside_comfortable",
        "Outside the comfortable range",
        "neighbourhoods",
        "lower",
        "number of neighbourhoods outside the comfortable range",
        whole.outside_comfortable,
    ),
    _plan(
        "mean_deviation_share",
        "Mean distance from the target",
        "share",
        "lower",
        "mean of |people − target| / target",
        whole.mean_deviation,
    ),
    _plan(
        "not_contiguous",
        "Not in one piece",
        "neighbourhoods",
        "lower",
        "number of neighbourhoods in several pieces",
        whole.not_contiguous,
        data=_SHAPE,
    ),
    _plan(
        "mean_km_to_centre",
        "Straight line to centre",
        "km",
        "lower",
        "Σ residents × km to the centre of their neighbourhood / Σ residents",
        whole.mean_km,
        data=("residents", "boundaries"),
    ),
    _plan(
        "polsby_popper_mean",
        "Compactness (Polsby-Popper), mean",
        "ratio",
        "higher",
        "mean over neighbourhoods",
        whole.mean_polsby_popper,
        data=_SHAPE,
    ),
    _plan(
        "border_km",
        "Border between neighbourhoods",
        "km",
        "lower",
        "Σ km of border between units of two neighbourhoods, each once",
        whole.border_km,
        data=_SHAPE,
    ),
    _plan(
        "sharing_practices_divided",
        "Neighbours who share practices, divided",
        "people",
        "lower",
        "Σ over the same borders of the smaller residents × overlap of shares of patients by practice",
        whole.sharing_practices_divided,
        "registrations",
        data=("registrations", "residents"),
    ),
    _plan(
        "msoas_split",
        "MSOAs split",
        "MSOAs",
        "lower",
        "MSOAs in two or more neighbourhoods",
        partial(whole.split, key="msoa"),
        "msoa",
    ),
    _plan(
        "people_outside_largest_msoa_piece",
        "Residents outside the largest piece of their MSOA",
        "people",
        "lower",
        "Σ residents − Σ over MSOAs of the largest piece",
        partial(whole.outside, key="msoa"),
        "msoa",
    ),
    _plan(
        "wards_split",
        "Wards split",
        "wards",
        "lower",
        "wards in two or more neighbourhoods",
        partial(whole.split, key="ward"),
        "ward",
    ),
    _plan(
        "people_outside_largest_ward_piece",
        "Residents outside the largest piece of their ward",
        "people",
        "lower",
        "Σ residents − Σ over wards of the largest piece",
        partial(whole.outside, key="ward"),
        "ward",
    ),
    _plan(
        "crossing_districts",
        "Crossing a district line",
        "neighbourhoods",
        "lower",
        "neighbourhoods with LSOAs in two or more districts",
        whole.crossing,
        data=_SHAPE,
    ),
    _plan(
        "resident_side_containment",
        "Registered with a practice sited in their neighbourhood",
        "share",
        "higher",
        "patients whose practice is sited where they live / patients living in a neighbourhood; compare Clarke et al. "
        "2020 (London, median 70.1 %)",
        whole.containment,
        "registrations",
        "practices",
    ),
    _plan(
        "list_side_containment",
        "Lists whose patients live in the neighbourhood of their practice",
        "share",
        "higher",
        "patients whose practice is sited where they live / Σ list size of practices sited in a neighbourhood",
        whole.list_side,
        "registrations",
        "practices",
    ),
    _plan(
        "effective_neighbourhoods",
        "Neighbourhoods that a practice serves, in effect",
        "neighbourhoods",
        "lower",
        f"mean of 1 / Σ share² over practices, shares of their patients by neighbourhood, weighted by them{_NUMBER}",
        practices.effective_of_all,
        "registrations",
        "practices",
    ),
    _plan(
        "pcns_split",
        "PCNs with sites in several neighbourhoods",
        "PCNs",
        "lower",
        "PCNs whose practices are sited in two or more neighbourhoods",
        whole.pcns_split,
        "practices",
        "pcns",
    ),
    _plan(
        "core20_gap",
        "Core20, highest less lowest",
        "share",
        "none",
        "largest − smallest Core20 share",
        whole.core20_gap,
        "imd",
    ),
)

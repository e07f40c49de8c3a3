"""The measures that every area has in one immutable list; table, export, comparison and tests read it in its order.

Keys are those of formats.md 10.1. Nothing is worked out here.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal

from footprints.metrics import communities, need, people, practices, shape, whole
from footprints.metrics.metric import Metric

Direction = Literal["higher", "lower", "none"]


def _each(
    key: str, label: str, unit: str, direction: Direction, formula: str, function: Any, *needs: str, data: Any = None
) -> Metric:
    return Metric(
        key, 1, label, unit, "neighbourhood", direction, formula, function, needs, data or needs or ("residents",)
    )


def _plan(
    key: str, label: str, unit: str, direction: Direction, formula: str, function: Any, *needs: str, data: Any = None
) -> Metric:
    return Metric(key, 1, label, unit, "plan", direction, formula, function, needs, data or needs or ("residents",))


_SHAPE = ("boundaries",)
_SPLIT = "share a group with another neighbourhood"
_SITED = "practices whose site lies in the neighbourhood"

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

REGISTRY: tuple[Metric, ...] = (
    _each("resident_population", "Residents", "people", "none", "Σ residents of its LSOAs", people.residents),
    _each(
        "registered_residents",
        "Registered patients living here",
        "patients",
        "none",
        "Σ patients of any practice who live in its LSOAs",
        people.registered,
        "registered",
    ),
    _each(
        "list_of_practices_sited_here",
        "Lists of practices sited here",
        "patients",
        "none",
        f"Σ list size of {_SITED}, wherever the patients live",
        practices.lists_sited,
        "practices",
    ),
    _each("lsoas", "LSOAs", "LSOAs", "none", "number of its LSOAs", people.units, data=_SHAPE),
    _each("practices", "Practices", "practices", "none", f"number of {_SITED}", practices.sited, "practices"),
    _each(
        "pcns_touching", "PCNs", "PCNs", "none", f"number of PCNs among {_SITED}", practices.pcns, "practices", "pcns"
    ),
    _each(
        "deviation_people",
        "From the target",
        "people",
        "none",
        "people of the counted population − target",
        people.deviation,
    ),
    _each(
        "deviation_share",
        "From the target, share",
        "share",
        "none",
        "(people − target) / target",
        people.deviation_share,
    ),
    _each("in_range", "In range", "yes/no", "higher", "minimum ≤ people ≤ maximum", people.in_range),
    _each(
        "mean_km_to_centre",
        "Straight line to centre",
        "km",
        "lower",
        "Σ residents × km to the LSOA nearest to all of them / Σ residents",
        shape.mean_km,
        data=("residents", "boundaries"),
    ),
    _each(
        "contiguous",
        "In one piece",
        "yes/no",
        "higher",
        "one connected part over borders and declared links",
        shape.contiguous,
        data=_SHAPE,
    ),
    _each("area_km2", "Area", "km²", "none", "area of the outline in EPSG:27700", shape.area_km2, data=_SHAPE),
    _each(
        "polsby_popper",
        "Compactness (Polsby-Popper)",
        "ratio",
        "higher",
        "4π × area / perimeter²",
        shape.polsby_popper,
        data=_SHAPE,
    ),
    _each(
        "reock",
        "Compactness (Reock)",
        "ratio",
        "higher",
        "area / area of the smallest circle around it",
        shape.reock,
        data=_SHAPE,
    ),
    _each(
        "msoas_split",
        "MSOAs split",
        "MSOAs",
        "lower",
        f"number of its MSOAs that {_SPLIT}",
        partial(communities.split, key="msoa"),
        "msoa",
    ),
    _each(
        "people_outside_largest_msoa_piece",
        "Residents outside the largest piece of their MSOA",
        "people",
        "lower",
        "Σ residents whose MSOA has more residents in another neighbourhood",
        partial(communities.outside, key="msoa"),
        "msoa",
    ),
    _each(
        "wards_split",
        "Wards split",
        "wards",
        "lower",
        f"number of its wards that {_SPLIT}",
        partial(communities.split, key="ward"),
        "ward",
    ),
    _each(
        "people_outside_largest_ward_piece",
        "Residents outside the largest piece of their ward",
        "people",
        "lower",
        "Σ residents whose ward has more residents in another neighbourhood",
        partial(communities.outside, key="ward"),
        "ward",
    ),
    _each(
        "districts",
        "Districts touched",
        "districts",
        "lower",
        "number of districts with an LSOA in it",
        partial(communities.touched, key="district"),
        data=("boundaries",),
    ),
    _each(
        "imd_score",
        "IMD score",
        "score",
        "none",
        "Σ IMD score × residents / Σ residents of LSOAs with a score",
        need.imd_score,
        "imd",
    ),
    _each(
        "core20_share",
        "Core20 share",
        "share",
        "none",
        "residents of LSOAs in national IMD deciles 1 and 2 / residents of LSOAs with a decile",
        need.core20_share,
        "imd",
    ),
    _each(
        "core20_people",
        "Core20 residents",
        "people",
        "none",
        "residents of LSOAs in national IMD deciles 1 and 2",
        need.core20_people,
        "imd",
    ),
    _each(
        "resident_side_containment",
        "Registered with a practice sited here",
        "share",
        "higher",
        "patients living here whose practice is sited here / patients living here",
        practices.resident_side,
        "registrations",
        "practices",
    ),
    _each(
        "list_side_containment",
        "Lists sited here living here",
        "share",
        "higher",
        f"patients of {_SITED} who live in it / Σ list size of these practices",
        practices.list_side,
        "registrations",
        "practices",
    ),
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
        "patients whose practice is sited where they live / patients living in a neighbourhood",
        whole.containment,
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

"""The measures of a neighbourhood that every area has, in the order in which they are shown."""

from __future__ import annotations

from functools import partial
from typing import Any

from footprints.metrics import communities, need, people, practices, shape
from footprints.metrics.metric import Direction, Metric


def _each(
    key: str, label: str, unit: str, direction: Direction, formula: str, function: Any, *needs: str, data: Any = None
) -> Metric:
    return Metric(
        key, 1, label, unit, "neighbourhood", direction, formula, function, needs, data or needs or ("residents",)
    )


_SHAPE = ("boundaries",)
_SPLIT = "share a group with another neighbourhood"
_SITED = "practices whose site lies in the neighbourhood"
_AREAS = "; Pinheiro et al. 2019, arXiv 1912.08921"
_NUMBER = "; effective number, Laakso & Taagepera 1979"

OF_NEIGHBOURHOODS: tuple[Metric, ...] = (
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
        f"localisation index: patients living here whose practice is sited here / patients living here{_AREAS}",
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
    _each(
        "coupling_ratio",
        "Coupling ratio",
        "share",
        "higher",
        "patients living here whose practice is sited here / patients who live here or are on lists sited here"
        f"{_AREAS}",
        practices.coupling,
        "registrations",
        "practices",
    ),
    _each(
        "conductance",
        "Conductance (0: closed)",
        "share",
        "lower",
        "patients who live or are registered here, not both / the lesser of patient ends (home or practice) here and "
        f"elsewhere{_AREAS}",
        practices.conductance,
        "registrations",
        "practices",
    ),
    _each(
        "effective_neighbourhoods",
        "Neighbourhoods that a practice serves, in effect",
        "neighbourhoods",
        "lower",
        f"mean of 1 / Σ share² over {_SITED}, shares of its patients by neighbourhood, weighted by them{_NUMBER}",
        practices.effective,
        "registrations",
        "practices",
    ),
)

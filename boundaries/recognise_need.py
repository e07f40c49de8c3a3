"""The marks of tables about need and growth: indicators, Core20PLUS groups, and homes or people to come."""

from __future__ import annotations

from collections.abc import Sequence

from boundaries import columns as col

LSOA = ("lsoa21cd", "lsoa11cd", "lsoa code (2021)", "lsoa code (2011)", "lsoa 2021 code", "lsoa 2011 code", "lsoa code",
        "lsoa_code", "lsoacode", "lsoa")  # fmt: skip
MSOA = ("msoa21cd", "msoa11cd", "msoa 2021 code", "msoa 2011 code", "msoa code", "msoa_code", "msoa")
PRACTICE = ("practice_code", "practice code", "gp practice code", "gp_practice_code", "practice", "org_code")
AREA = ("area code", "area_code", "areacode", "geography code", "code")
NUMERATOR = ("numerator", "count", "register", "observed", "people")
DENOMINATOR = ("denominator", "practice_list_size", "patient_list_size", "list size", "list_size", "expected")
NAME = ("indicator name", "indicator_name", "indicator", "measure name", "measure", "group_code", "condition")
PERIOD = ("time period", "time_period", "period", "year", "financial year", "date")
PLUS = ("core20plus group", "core20plus_group", "core20plus", "plus group", "plus_group", "inclusion group",
        "inclusion_group")  # fmt: skip
YEAR = ("year", "completion year", "completion_year", "year of completion", "financial year", "financial_year")
HOMES = ("homes", "dwellings", "net homes", "net_homes", "houses", "housing units")
PEOPLE = ("people", "persons", "population", "residents", "additional people")
_PLACE = (*LSOA, "postcode", "post code", "latitude", "lat", "easting", "x")


def need_kind(columns: Sequence[str]) -> str:
    """The kind of such a table by its headers: fingertips, plus_groups, growth, indicators, or "" for none of them.

    Only headers that no official table of another kind has are taken as a mark.
    """
    has = {col.key(c) for c in columns}

    def one_of(*names: str) -> bool:
        return bool(has & {col.key(n) for n in names})

    if {"indicator id", "area code", "value"} <= has and one_of("indicator name"):
        return "fingertips"
    if one_of(*PLUS) and one_of(*LSOA):
        return "plus_groups"
    if one_of(*YEAR) and one_of(*HOMES, "people", "additional people") and one_of(*_PLACE) and not one_of(*NAME):
        return "growth"
    keyed = one_of(*LSOA, *MSOA, *PRACTICE, *AREA[:3])
    if not keyed or "number_of_patients" in has or ("value" in has and "numerator" not in has):
        return ""
    if "numerator" in has and (one_of(*DENOMINATOR) or one_of(*NAME)):
        return "indicators"
    if "register" in has and one_of(*DENOMINATOR):
        return "indicators"
    if "count" in has and one_of(*DENOMINATOR) and one_of(*NAME):
        return "indicators"
    return ""

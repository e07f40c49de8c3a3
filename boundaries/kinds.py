"""The kinds of table that are known, who publishes each, and the licence line every export carries."""

from __future__ import annotations

from dataclasses import dataclass

_ONS = "Office for National Statistics"
_NHSE = "NHS England"
_OGL = "Source: Office for National Statistics licensed under the Open Government Licence v.3.0"
_OS = "Contains OS data © Crown copyright and database right"
_NHS = "Contains information from NHS England, licensed under the current version of the Open Government Licence"
_IOD = (
    "Contains public sector information from the Ministry of Housing, Communities and Local Government "
    "(English Indices of Deprivation) licensed under the Open Government Licence v3.0"
)
_OHID = (
    "Contains public health data of the Office for Health Improvement and Disparities (Fingertips) licensed under the "
    "Open Government Licence v3.0"
)
_RM = "Contains Royal Mail data © Royal Mail copyright and database right"


@dataclass(frozen=True)
class Kind:
    """A kind of table: who publishes it, what it is called, and the licence line every export carries."""

    publisher: str
    table: str
    licence: str


_GEO = f"{_OGL}. {_OS}"
# In the name of every file of the demo county, which owes nobody a licence line.
INVENTED_MARK = "invented"

KINDS: dict[str, Kind] = {
    "lsoa_boundaries": Kind(_ONS, "LSOA 2021 boundaries", _GEO),
    "lsoa11_boundaries": Kind(_ONS, "LSOA 2011 boundaries", _GEO),
    "oa_boundaries": Kind(_ONS, "Output area 2021 boundaries", _GEO),
    "msoa_boundaries": Kind(_ONS, "MSOA 2021 boundaries", _GEO),
    "ward_boundaries": Kind(_ONS, "Ward boundaries", _GEO),
    "lad_boundaries": Kind(_ONS, "Local authority district boundaries", _GEO),
    "layer": Kind("as supplied", "Polygon layer", ""),
    "lsoa_centroids": Kind(_ONS, "LSOA 2021 population-weighted centroids", _GEO),
    "lsoa_icb_lad": Kind(_ONS, "LSOA 2021 to sub-ICB, ICB and district lookup", _OGL),
    "oa_lsoa_msoa": Kind(_ONS, "OA to LSOA to MSOA 2021 lookup (exact fit)", _OGL),
    "lsoa_ward": Kind(_ONS, "LSOA 2021 to ward lookup (best fit)", _OGL),
    "lsoa11_lsoa21": Kind(_ONS, "LSOA 2011 to LSOA 2021 lookup", _OGL),
    "lsoa11_lsoa21_best_fit": Kind(_ONS, "LSOA 2011 to LSOA 2021 best-fit lookup (without CHGIND)", _OGL),
    "lad_upper_tier": Kind(_ONS, "District to upper tier lookup", _OGL),
    "msoa_names": Kind(
        "House of Commons Library",
        "MSOA names",
        "MSOA names: House of Commons Library, contains Parliamentary information licensed under the Open Parliament "
        "Licence v3.0",
    ),
    "lsoa_lookup": Kind("as supplied", "Lookup of LSOA 2021 to another geography", ""),
    "population_single_year": Kind(_ONS, "Mid-year LSOA population estimates by single year of age", _OGL),
    "population_broad_age": Kind(_ONS, "Mid-year LSOA population estimates by broad age", _OGL),
    "population_totals": Kind(_ONS, "Mid-year LSOA population estimates, totals", _OGL),
    "district_totals": Kind(_ONS, "Mid-year population estimates by district", _OGL),
    "nomis_api": Kind(_ONS, "Nomis table (API)", _OGL),
    "nomis_bulk": Kind(_ONS, "Census 2021 bulk table (Nomis)", _OGL),
    "nomis_download": Kind(_ONS, "Nomis table download", _OGL),
    "ts021": Kind(_ONS, "Census 2021 TS021 ethnic group (Nomis bulk)", _OGL),
    "census_age": Kind(_ONS, "Census 2021 residents by age band (custom dataset)", _OGL),
    "registrations": Kind(_NHSE, "Patients registered at a GP practice by LSOA", _NHS),
    "practice_totals": Kind(_NHSE, "Patients registered at a GP practice, totals", _NHS),
    "registrations_by_age": Kind(_NHSE, "Patients registered at a GP practice by age", _NHS),
    "practice_map": Kind(_NHSE, "GP practice mapping (PCN, sub-ICB, ICB)", _NHS),
    "epraccur": Kind(_NHSE, "ODS GP practices (epraccur)", _NHS),
    "ebranchs": Kind(_NHSE, "ODS GP branch surgeries (ebranchs)", _NHS),
    "epcn": Kind(_NHSE, "ODS primary care networks (epcn)", _NHS),
    "core_partners": Kind(_NHSE, "ODS PCN core partner details", _NHS),
    "epcn_workbook": Kind(_NHSE, "ODS ePCN workbook", _NHS),
    "iod_2025": Kind("MHCLG", "English Indices of Deprivation 2025", _IOD),
    "iod_2019": Kind("MHCLG", "English Indices of Deprivation 2019", _IOD),
    "rural_urban": Kind(_ONS, "Rural-urban classification 2021 of LSOAs", _OGL),
    "codepoint": Kind("Ordnance Survey", "Code-Point Open", f"{_OS}. {_RM}. {_OGL}"),
    "place_based": Kind(_NHSE, "Place-based allocation tool, practice table", _NHS),
    "fingertips": Kind("OHID", "Fingertips or Local Health indicators", _OHID),
    "indicators": Kind("as supplied", "Indicators with numerator and denominator", ""),
    "plus_groups": Kind("as supplied", "Core20PLUS groups by LSOA", ""),
    "growth": Kind("as supplied", "Homes or people to come (growth)", ""),
    "travel": Kind("as supplied", "Travel times", ""),
    "links": Kind("the planner", "Declared links (bridges, ferries, causeways, tunnels)", ""),
    "barriers": Kind("the planner", "Barriers (rivers, motorways, railways) with a strength", ""),
    "onspd": Kind(_ONS, "ONS Postcode Directory", f"{_OGL}. {_OS}. {_RM}"),
    "written_by_us": Kind("this tool", "An export of this tool", ""),
    "unknown": Kind("", "Not recognised", ""),
}

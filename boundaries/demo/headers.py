"""Column names of the official layouts that the demo writes (formats.md), each as the publisher spells it."""

from __future__ import annotations


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


BROAD_AGES = ("0 to 15", "16 to 29", "30 to 44", "45 to 64", "65 and over")

LSOA_ICB = _names(
    "LSOA21CD,LSOA21NM,SICBL26CD,SICBL26CDH,SICBL26NM,ICB26CD,ICB26CDH,ICB26NM,"
    "NHSER26CD,NHSER26CDH,NHSER26NM,LAD26CD,LAD26NM,ObjectId"
)
OA_LSOA_MSOA = _names(
    "OA21CD,LSOA21CD,LSOA21NM,LSOA21NMW,MSOA21CD,MSOA21NM,MSOA21NMW,LAD22CD,LAD22NM,LAD22NMW,ObjectId"
)
LSOA_WARD = _names("LSOA21CD,LSOA21NM,LSOA21NMW,WD25CD,WD25NM,WD25NMW,LAD25CD,LAD25NM,LAD25NMW,ObjectId")
UPPER_TIER = _names("LTLA26CD,LTLA26NM,UTLA26CD,UTLA26NM,ObjectId")
MSOA_NAMES = _names("msoa21cd,msoa21nm,msoa21nmw,msoa21hclnm,msoa21hclnmw,localauthorityname,type")
RURAL_URBAN = _names("LSOA21CD,LSOA21NM,RUC21CD,RUC21NM,Urban_rura")
CENTROIDS = _names("FID,LSOA21CD,GlobalID,x,y")
CENSUS_AGE = _names(
    "Lower layer Super Output Areas Code,Lower layer Super Output Areas,Age (6 categories) Code,Age (6 categories),"
    "Observation"
)
POPULATION = (
    *_names("LAD 2023 Code,LAD 2023 Name,LSOA 2021 Code,LSOA 2021 Name,Total"),
    *(f"{sex}{age}" for sex in "FM" for age in BROAD_AGES),
)
PATIENTS = _names("PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,NUMBER_OF_PATIENTS")
TOTALS = _names(
    "PUBLICATION,EXTRACT_DATE,TYPE,SUB_ICB_LOCATION_CODE,ONS_SUB_ICB_LOCATION_CODE,CODE,POSTCODE,SEX,AGE,NUMBER_OF_PATIENTS"
)
PRACTICE_MAP = _names(
    "PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,PRACTICE_POSTCODE,ONS_SUB_ICB_LOCATION_CODE,"
    "SUB_ICB_LOCATION_CODE,SUB_ICB_LOCATION_NAME,ONS_ICB_CODE,ICB_CODE,ICB_NAME,ONS_COMM_REGION_CODE,"
    "COMM_REGION_CODE,COMM_REGION_NAME,PCN_CODE,PCN_NAME,SUPPLIER_NAME"
)
LINKS = _names("from_code,to_code,kind,note")
FINGERTIPS = _names(
    "Indicator ID,Indicator Name,Parent Code,Parent Name,Area Code,Area Name,Area Type,Sex,Age,Category Type,Category,"
    "Time period,Value,Lower CI 95.0 limit,Upper CI 95.0 limit,Lower CI 99.8 limit,Upper CI 99.8 limit,Count,"
    "Denominator,Value note,Recent Trend,Time period Sortable,New data,Compared to goal"
)
REGISTERS = _names("PRACTICE_CODE,PRACTICE_NAME,INDICATOR,NUMERATOR,DENOMINATOR")
PLUS = _names("LSOA21CD,LSOA21NM,core20plus_group")
GROWTH = _names("name,LSOA21CD,postcode,year,homes,source")
LSOA_LAYER = _names("FID,LSOA21CD,LSOA21NM,LSOA21NMW,BNG_E,BNG_N,LAT,LONG,Shape__Area,Shape__Length,GlobalID")
MSOA_LAYER = _names("FID,MSOA21CD,MSOA21NM,MSOA21NMW,BNG_E,BNG_N,LAT,LONG,Shape__Area,Shape__Length,GlobalID")
WARD_LAYER = _names("FID,WD25CD,WD25NM,WD25NMW,LAD25CD,LAD25NM,LAD25NMW,BNG_E,BNG_N,LONG,LAT,GlobalID")

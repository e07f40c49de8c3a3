"""The measures of one area (the catalogue, and what need gives), what each needs, and the tables it stands on."""

from __future__ import annotations

import numpy as np

from boundaries.area import Area
from footprints.metrics.catalogue import REGISTRY
from footprints.metrics.journey_metrics import journey_metrics
from footprints.metrics.metric import Metric
from footprints.metrics.need_metrics import need_metrics
from footprints.metrics.of_plan import BARRIERS

NEEDS = {
    "registered": "the file of patients registered by practice and LSOA (gp-reg-pat-prac-lsoa-all.csv)",
    "registrations": "the file of patients registered by practice and LSOA (gp-reg-pat-prac-lsoa-all.csv)",
    "practices": "the list of practices (epraccur.csv) and postcodes to place them",
    "pcns": "the PCN membership file (ePCN.xlsx or its successor)",
    "imd": "the Indices of Deprivation (File 7)",
    "ages": "the mid-year estimates by age, or Census age bands",
    "growth": "a table of homes or people to come (growth.csv)",
    "travel": "a table of travel times (columns origin_lsoa, destination_lsoa, travel_time_minutes)",
    "msoa": "a lookup or layer of MSOAs",
    "ward": "a lookup or layer of wards",
}


def metrics_for(area: Area) -> tuple[Metric, ...]:
    """The registry, and what hangs on the data of the area: barriers, journeys, cohorts, ages and indicators."""
    registry = list(REGISTRY)
    if area.knows_barriers:
        registry.insert(1 + next(n for n, m in enumerate(REGISTRY) if m.key == "border_km"), BARRIERS)
    for level, after in (("neighbourhood", "mean_km_to_centre"), ("plan", "mean_km_to_centre")):
        at = 1 + next(n for n, m in enumerate(registry) if (m.level, m.key) == (level, after))
        registry[at:at] = [m for m in journey_metrics(area) if m.level == level]
    return (*registry, *need_metrics(area))


def lacking(metric: Metric, area: Area) -> str:
    """What a metric needs that the area does not have, in words; "" when nothing is missing."""
    loaded = {
        "registered": bool(np.isfinite(area.units["registered"].to_numpy(dtype=np.float64)).any()),
        "registrations": len(area.registrations) > 0,
        "practices": len(area.practices) > 0,
        "pcns": len(area.practices) > 0 and bool((area.practices["pcn"].astype("str") != "").any()),
        "imd": bool(np.isfinite(area.units["imd_score"].to_numpy(dtype=np.float64)).any()),
        "ages": len(area.ages.columns) > 0,
        "growth": len(area.growth) > 0,
        "travel": bool(area.modes),
        "msoa": "msoa" in area.levels,
        "ward": "ward" in area.levels,
    }
    return " and ".join(dict.fromkeys(NEEDS[key] for key in metric.needs if not loaded[key]))


def source(metric: Metric, area: Area) -> str:
    """The tables a number stands on, for the `source` column of metrics.csv."""
    tables = {
        "residents": area.people_basis,
        "ages": area.ages_basis,
        "boundaries": "LSOA 2021 boundaries",
        "indicators": "Tables of indicators",
        "barriers": "Barriers of the planner's own; LSOA 2021 boundaries",
        "imd": "Indices of Deprivation; " + area.people_basis,
        "registered": "Patients registered at a GP practice",
        "registrations": "Patients registered at a GP practice",
        "practices": "GP practices",
        "pcns": "PCN membership",
        "growth": "Growth table",
        "travel": "Table of travel times",
        "msoa": "MSOA lookup; " + area.people_basis,
        "ward": "ward lookup; " + area.people_basis,
    }
    return "; ".join(dict.fromkeys(tables[key] for key in metric.data))

"""The measures of need that hang on what an area has loaded: cohorts, age groups, bands and indicators."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import numpy as np

from boundaries.area import Area, Indicator
from footprints.metrics import need
from footprints.metrics.growth import growth_on
from footprints.metrics.metric import Metric
from footprints.metrics.scene import Scene, ratio
from footprints.need import ages
from footprints.need.cohorts import ESTIMATE, marks_of
from footprints.need.indicators import BASIS, values_of
from optimise.problem import Floats, Ints

ESTIMATED = (
    "estimate: Σ residents by age × chance of belonging by age and IMD decile (odds ratios of multiple long-term "
    "conditions in England, Valabhji 2024), set so that the whole area comes to"
)
COUNTED = "local count from a table of indicators"


def need_metrics(area: Area) -> tuple[Metric, ...]:
    """Cohorts (said to be missing where they cannot be had), age groups, indicators, then the bands of the source.

    With single years of age the age groups stand for the bands.
    """
    return (*_cohorts(area), *_whole(area), *_groups(area), *_indicators(area), *_bands(area))


def _cohorts(area: Area) -> tuple[Metric, ...]:
    seven, part = marks_of(area)
    kinds: tuple[tuple[str, str, str, str, str, Any], ...] = (
        ("7pct_cohort", "7% cohort", "people", seven, "7 %", cohort_seven),
        ("2_4pct_cohort", "2-4% cohort", "people", part, "3 %", cohort_part),
        ("2_4pct_cohort_per_1000", "2-4% cohort per 1,000", "per 1,000", part, "3 %", cohort_rate),
    )
    made = []
    for key, label, unit, marked, share, function in kinds:
        estimate = marked == ESTIMATE
        formula = f"{ESTIMATED} {share}" if estimate else COUNTED
        formula += " / residents × 1,000" if function is cohort_rate else ""
        made.append(
            Metric(
                f"{'estimated' if estimate else 'local'}_{key}", 1, f"{label} ({marked})", unit, "neighbourhood",
                "none", formula, function, ("ages", "imd") if estimate else (),
                ("ages", "imd") if estimate else ("indicators",),
            )
        )  # fmt: skip
    return tuple(made)


def _whole(area: Area) -> tuple[Metric, ...]:
    """Measures of a whole plan: how far need lies apart, and who outgrows the range."""
    marked = marks_of(area)[1]
    estimate = marked == ESTIMATE
    return (
        Metric(
            f"{'estimated' if estimate else 'local'}_2_4pct_cohort_gap", 1,
            f"2-4% cohort per 1,000, highest less lowest ({marked})", "per 1,000", "plan", "none",
            f"largest − smallest; {f'{ESTIMATED} 3 %' if estimate else COUNTED}", cohort_gap,
            ("ages", "imd") if estimate else (), ("ages", "imd") if estimate else ("indicators",),
        ),
        Metric(
            "leaving_range_by_growth", 1, "Leave the range by planned growth", "neighbourhoods", "plan", "lower",
            "neighbourhoods in range now, or in the year of the range, and not in some later year of the growth table",
            leaving_range, ("growth",),
            ("residents", "growth"),
        ),
    )  # fmt: skip


def cohort_gap(scene: Scene) -> float | None:
    """Largest less smallest rate of the 2-4 % cohort, as they are shown."""
    rates = cohort_rate(scene)
    known = rates[np.isfinite(rates)]
    return round(float(known.max() - known.min()), 1) if len(known) else None


def leaving_range(scene: Scene) -> int:
    """Neighbourhoods that leave the range in some year of the growth table."""
    return len(growth_on(scene).leaving)


def cohort_seven(scene: Scene) -> Floats:
    """People of the 7 % cohort, to a tenth."""
    return np.full(scene.k, np.nan) if scene.cohorts is None else np.round(scene.total(scene.cohorts.seven), 1)


def cohort_part(scene: Scene) -> Floats:
    """People of the middle of the 2-4 % cohort (3 %), to a tenth."""
    return np.full(scene.k, np.nan) if scene.cohorts is None else np.round(scene.total(scene.cohorts.middle), 1)


def cohort_rate(scene: Scene) -> Floats:
    """The same for 1,000 residents, to a tenth."""
    if scene.cohorts is None:
        return np.full(scene.k, np.nan)
    return np.round(1000 * ratio(scene.total(scene.cohorts.middle), scene.total(scene.residents)), 1)


def _groups(area: Area) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            group.key, 1, group.label, "people", "neighbourhood", "none",
            f"Σ residents {group.label[:1].lower()}{group.label[1:]}", partial(age_group, group=group), ("ages",),
            ("ages",),
        )
        for group in ages.groups(area)
    )  # fmt: skip


def age_group(scene: Scene, *, group: ages.AgeGroup) -> Ints:
    """Residents of an age group."""
    return scene.total(ages.people(scene.area, group)).astype(np.int64)


def _bands(area: Area) -> tuple[Metric, ...]:
    if len(area.ages.columns) >= ages.SINGLE_YEARS and ages.groups(area):
        return ()
    return tuple(
        Metric(
            f"age_{re.sub('[^a-z0-9]+', '_', str(band).lower()).strip('_')}", 1, str(band), "people", "neighbourhood",
            "none", f"Σ residents in the band “{band}”", partial(need.age_band, band=str(band)), ("ages",), ("ages",),
        )
        for band in area.ages.columns
    )  # fmt: skip


def _indicators(area: Area) -> tuple[Metric, ...]:
    made = []
    for indicator in area.indicators:
        if indicator.group == "cohort":
            continue
        formula = "Σ numerator" if indicator.counts else f"{_times(indicator)}Σ numerator / Σ denominator"
        if indicator.group == "domain":
            formula = f"{_times(indicator)}Σ score × people / Σ people; people: {indicator.counted_in}"
        how = BASIS[indicator.basis]
        made.append(
            Metric(
                indicator.key, 1, indicator.label + (f" ({how})" if how else ""), indicator.unit, "neighbourhood",
                "none", f"{formula}{f'; {how}' if how else ''}{_from(indicator)}",
                partial(indicator_values, indicator=indicator), (), ("indicators",),
            )
        )  # fmt: skip
    return tuple(made)


def indicator_values(scene: Scene, *, indicator: Indicator) -> Floats:
    """An indicator by neighbourhood."""
    return values_of(scene.area, indicator, scene.label, scene.k).values


def _times(indicator: Indicator) -> str:
    return "" if indicator.scale == 1 else f"{indicator.scale:,.0f} × "


def _from(indicator: Indicator) -> str:
    told = ", ".join(part for part in (indicator.source, indicator.period) if part)
    return f"; from {told}"

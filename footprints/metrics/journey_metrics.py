"""The measures of journeys, for each mode of travel whose times are loaded; without any, what they would need."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from boundaries.area import Area
from boundaries.readers.travel import NOT_STATED
from footprints.metrics import journeys
from footprints.metrics.metric import Direction, Metric

LIMITS = (20, 30)  # minutes
MEAN, NINE, NO_TIME = "minutes_to_centre", "minutes_nine_in_ten", "people_without_travel_time"
_TO = "minutes to the centre (the LSOA nearest to all residents in a straight line)"
_WHOSE = "residents whose time is known"


def within(limit: int) -> str:
    """The key of the share within so many minutes."""
    return f"within_{limit}_minutes"


def key_of(stem: str, mode: str) -> str:
    """The key of a measure for a mode: the stem alone where the table states no mode."""
    return stem if mode in ("", NOT_STATED) else f"{stem}_{mode.replace(' ', '_')}"


def by(mode: str) -> str:
    """ " (car)" after a label; "" where the table states no mode."""
    return "" if mode in ("", NOT_STATED) else f" ({mode})"


def mode_in(key: str) -> str | None:
    """The end of the key of a measure of journeys, which is that of its mode ("" where none is stated); else None."""
    for stem in (MEAN, NINE, *map(within, LIMITS), NO_TIME):
        if key == stem or key.startswith(f"{stem}_"):
            return key[len(stem) :]
    return None


def journey_metrics(area: Area) -> tuple[Metric, ...]:
    """For each mode the mean, shares within 20 and 30 minutes, and who has no time; nine in ten of a whole plan."""
    if not area.modes:
        return tuple(metric for metric in _of_mode("") if metric.key == MEAN)
    return tuple(metric for mode in area.modes for metric in _of_mode(mode))


def _of_mode(mode: str) -> tuple[Metric, ...]:
    return (
        _metric(mode, MEAN, "Travel time to centre", "minutes", "neighbourhood", "lower",
                f"Σ residents × {_TO} / Σ residents, of {_WHOSE}", journeys.mean_minutes),
        *(
            _metric(mode, within(limit), f"Within {limit} minutes of the centre", "share", "neighbourhood", "higher",
                    f"residents with at most {limit} {_TO} / {_WHOSE}", partial(journeys.share_within, limit=limit))
            for limit in LIMITS
        ),
        _metric(mode, NO_TIME, "Residents without a travel time", "people", "neighbourhood", "none",
                "residents whose journey to the centre the table does not give", journeys.not_known),
        _metric(mode, MEAN, "Travel time to centre", "minutes", "plan", "lower",
                f"Σ residents × {_TO} / Σ residents, of {_WHOSE}", journeys.mean_of_all),
        _metric(mode, NINE, "Travel time that nine in ten do not exceed", "minutes", "plan", "lower",
                f"90th percentile of {_TO}, of {_WHOSE}", journeys.nine_in_ten),
        *(
            _metric(mode, within(limit), f"Within {limit} minutes of the centre", "share", "plan", "higher",
                    f"residents with at most {limit} {_TO} / {_WHOSE}",
                    partial(journeys.share_of_all_within, limit=limit))
            for limit in LIMITS
        ),
        _metric(mode, NO_TIME, "Residents without a travel time", "people", "plan", "none",
                "residents of neighbourhoods whose journey to the centre the table does not give",
                journeys.not_known_of_all),
    )  # fmt: skip


def _metric(
    mode: str,
    stem: str,
    label: str,
    unit: str,
    level: Literal["neighbourhood", "plan"],
    direction: Direction,
    formula: str,
    function: Callable[..., Any],
) -> Metric:
    return Metric(
        key_of(stem, mode), 1, label + by(mode), unit, level, direction, formula, partial(function, mode=mode),
        ("travel",), ("residents", "travel"),
    )  # fmt: skip

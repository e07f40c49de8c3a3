"""What the paper says of journeys: lines of Table 1, Table 9 by group of residents, and words where none are loaded."""

from __future__ import annotations

import numpy as np

from boundaries.area import Area
from footprints.metrics.journey_metrics import LIMITS, MEAN, NINE, NO_TIME, by, key_of, mode_in, within
from footprints.metrics.registry import NEEDS
from footprints.report import say
from footprints.report.subject import Subject
from optimise.problem import Floats

DETOUR = 1.4
# Ballou, Rahardja and Sakai 2002, Transportation Research Part A 36: 843-848: 1.40 for England.
DETOUR_WORDS = f"by road it is about {DETOUR:g} times as far, as a rule of thumb for England (Ballou and others 2002)"
SEEN_MINUTES = 0.5


def lines_of(area: Area) -> tuple[tuple[str, str], ...]:
    """Label and key of the lines of Table 1; of an area without travel times the one that says what would fill it."""
    if not area.modes:
        return (("Travel time to the centre", MEAN),)
    stems = (
        ("Minutes to the centre of the neighbourhood, mean", MEAN),
        ("Minutes to the centre that nine in ten do not exceed", NINE),
        *((f"Residents within {limit} minutes of the centre", within(limit)) for limit in LIMITS),
        ("Residents without a travel time to the centre", NO_TIME),
    )
    return tuple((label + by(mode), key_of(stem, mode)) for mode in area.modes for label, stem in stems)


def times_lack(key: str, subjects: tuple[Subject, ...]) -> bool:
    """Whether a measure of journeys is of other residents in each plan, as times are lacking; then none is best."""
    mode = mode_in(key)
    return mode is not None and any(own.card.plan.get(NO_TIME + mode) for own in subjects)


def mean_minutes(own: Subject, people: Floats, mode: str) -> float:
    """Mean minutes of a group, (n,) people by unit, to the centres of their neighbourhoods; NaN where none is known."""
    minutes = own.scene.minutes(mode)
    known = np.isfinite(minutes)
    weight = float(people[known].sum())
    return float((minutes[known] * people[known]).sum()) / weight if weight else float("nan")


def longer(own: Subject, base: Subject, people: Floats, mode: str) -> float:
    """By how many minutes a group's mean is longer than under `base`; NaN where there is nobody to tell it of.

    Only of those whose time is known under both, lest other people's journeys be taken for a change.
    """
    apart = own.scene.minutes(mode) - base.scene.minutes(mode)
    known = np.isfinite(apart)
    weight = float(people[known].sum())
    return float((apart[known] * people[known]).sum()) / weight if weight else float("nan")


def share_within(own: Subject, people: Floats, mode: str, limit: int) -> float:
    """The share of those of a group whose time is known who have at most `limit` minutes; NaN where none is."""
    minutes = own.scene.minutes(mode)
    weight = float(people[np.isfinite(minutes)].sum())
    return float(people[minutes <= limit].sum()) / weight if weight else float("nan")


def unknown(own: Subject, people: Floats, mode: str) -> float:
    """How many of a group are in a neighbourhood and have no time to its centre."""
    return float(people[np.isnan(own.scene.minutes(mode)) & (own.scene.label >= 0)].sum())


def tables(area: Area) -> str:
    """The tables of minutes: "Table 9", or "Tables 9a and 9b", "Tables 9a to 9c" where there are several modes."""
    if len(area.modes) < 2:
        return "Table 9"
    return f"Tables 9a {'and' if len(area.modes) == 2 else 'to'} {number_of(area, area.modes[-1])}"


def number_of(area: Area, mode: str) -> str:
    """The number of the table of a mode: "9", or "9b" where there are several."""
    return "9" if len(area.modes) < 2 else f"9{'abcdefgh'[area.modes.index(mode)]}"


def about_km(area: Area) -> str:
    """What a straight line stands for, and where minutes are."""
    if area.modes:
        return f"It is not a journey: {DETOUR_WORDS}; minutes are in {tables(area)}"
    return f"It is not a journey: no travel times are loaded; {DETOUR_WORDS}"


def gap(area: Area) -> list[str]:
    """What would fill the lack of travel times, for the note of a table."""
    return [] if area.modes else [f"travel times by road or public transport: {NEEDS['travel']}"]


def changes(own: Subject, base: Subject, people: dict[str, Floats]) -> list[str]:
    """For each mode, for which group the minutes to the centre grow and fall most."""
    told = []
    for mode in own.area.modes:
        apart = [(more, name) for name, group in people.items() if np.isfinite(more := longer(own, base, group, mode))]
        if not apart:
            told.append(f"Travel time to the centre{by(mode)} is known for nobody under both")
            continue
        worst, best = max(apart), min(apart)
        parts = [f"grows most for {worst[1]} ({say.signed(worst[0])} minutes)"] if worst[0] >= SEEN_MINUTES else []
        parts += [f"falls most for {best[1]} ({say.signed(best[0])} minutes)"] if best[0] <= -SEEN_MINUTES else []
        words = " and ".join(parts) or f"changes by less than {SEEN_MINUTES:g} minutes for every group"
        told.append(f"Travel time to the centre{by(mode)} {words}")
    return told

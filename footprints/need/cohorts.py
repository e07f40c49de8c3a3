"""Estimated cohorts: the complex 7 % and the 2-4 % within it, by age and deprivation, never as a flat share.

NHS England's neighbourhood health guidelines 2025/26 (PRN01756) speak of about 7 % of the population with complex
needs, who account for about 46 % of hospital costs ("adapted Bridges to Health data"), and of starting with 2 to 4 %.
No file says how many of them live in an LSOA. What is published from the same Bridges to Health data is how multiple
long-term conditions go with age and deprivation in all 60 million people on English lists (Valabhji et al., "Prevalence
of multiple long-term conditions (multimorbidity) in England: a whole population study of over 60 million people", J R
Soc Med 2024;117:104-117): odds ratios, each adjusted for the other, of 0.04 at ages 0 to 19 and 10.21 at 80 and over
against 50 to 59, and of 2.26 in the most against the least deprived tenth. That is our model:

    chance(age, decile) = 1 / (1 + exp(-(level + age effect + deprivation effect)))
    age effect          ln of these odds ratios at ages 10, 55 and 85, straight lines between and beyond
    deprivation effect  ln 2.26 × (10 - decile) / 9: equal steps from the least to the most deprived tenth
    level               the one number for which Σ over LSOAs and ages of people × chance = 7 % of the area's residents

For 2, 3 and 4 % only the level differs: a higher threshold on the same scale (proportional odds), so each cohort lies
within the next in every LSOA, and the smaller one is the older and the more deprived. By this scale the most deprived
tenth is where the least deprived is some 11 years later; the Health Foundation found 10 years between fifths (Stafford
et al. 2018), and 28 against 16 % with four conditions or more at ages 65 to 74, an odds ratio of 2.0.

What it is not: a count. The whole area is set to 7 %, so areas cannot be compared by it, and nothing local but age and
deprivation is in it. Where a table gives local counts (an indicator called cohort_7 or cohort_2_4), these are shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np

from boundaries.area import Area
from footprints.need.ages import Band, bands
from optimise.problem import Floats, Ints
from optimise.words import count

AGE_POINTS = ((10.0, log(0.04)), (55.0, 0.0), (85.0, log(10.21)))
DEPRIVATION = log(2.26)
SEVEN, LOW, MIDDLE, HIGH = 0.07, 0.02, 0.03, 0.04
ESTIMATE, LOCAL = "estimate", "local count"
NEEDS = "ages (mid-year estimates by age, or Census age bands) and deprivation (Indices of Deprivation, File 7)"


@dataclass(frozen=True, eq=False)
class Cohorts:
    """People of each cohort by unit of the area, (n,) each.

    seven : the 7 %. low, middle, high : 2, 3 and 4 %; all three the same where they are local counts. seven_is,
    two_four_is : "estimate" or "local count". notes : what a reader has to know of these numbers.
    """

    seven: Floats
    low: Floats
    middle: Floats
    high: Floats
    seven_is: str
    two_four_is: str
    notes: tuple[str, ...]


def age_effect(age: Floats) -> Floats:
    """ln odds ratio of an age in years against 55, by straight lines through `AGE_POINTS`."""
    (a, x), (b, y), (c, z) = AGE_POINTS
    return np.where(age <= b, y + (age - b) * (y - x) / (b - a), y + (age - b) * (z - y) / (c - b))


def deprivation_effect(decile: Floats) -> Floats:
    """ln odds ratio of a national decile (1 most deprived) against decile 10."""
    return DEPRIVATION * (10.0 - decile) / 9.0


def ages_of(band: Band) -> Floats:
    """The ages that stand for a band: each year of it; an open one by one age, start + max(3, (95 - start) / 3).

    (75 for "65 and over", which is about the mean age there; 85 for 80 and over, 93 for 90 and over.)
    """
    if band.last is None:
        return np.array([band.first + max(3.0, (95.0 - band.first) / 3.0)])
    return np.arange(band.first, band.last + 1, dtype=np.float64) + 0.5


def chances(level: float, known: tuple[Band, ...], effects: Floats) -> Floats:
    """(g, b) chance of belonging for each deprivation effect and age band, at a level."""
    each = [ages_of(b) for b in known]
    starts = np.cumsum([0, *(len(a) for a in each[:-1])])
    odds = level + effects[:, None] + age_effect(np.concatenate(each))[None, :]
    sums = np.add.reduceat(1.0 / (1.0 + np.exp(-odds)), starts, axis=1)
    return np.asarray(sums / np.array([len(a) for a in each], dtype=np.float64), dtype=np.float64)


def level_for(share: float, people: Floats, known: tuple[Band, ...], effects: Floats) -> float:
    """The level at which people (g, b) of each deprivation group and age band give `share` of all of them."""
    low, high, wanted = -30.0, 30.0, share * float(people.sum())
    for _ in range(60):
        middle = (low + high) / 2.0
        if float((people * chances(middle, known, effects)).sum()) < wanted:
            low = middle
        else:
            high = middle
    return (low + high) / 2.0


def cohorts_of(area: Area) -> Cohorts | None:
    """The cohorts of an area: local counts where they are loaded for every unit, else estimates; None where neither can
    be had (no ages, or no deprivation)."""
    seven, local_notes = _local(area, "cohort_7")
    part, more = _local(area, "cohort_2_4")
    made = _estimated(area) if seven is None or part is None else None
    if made is None and (seven is None or part is None):
        return None
    estimates, notes = made or ({}, ())
    return Cohorts(
        seven=estimates[SEVEN] if seven is None else seven,
        low=estimates[LOW] if part is None else part,
        middle=estimates[MIDDLE] if part is None else part,
        high=estimates[HIGH] if part is None else part,
        seven_is=ESTIMATE if seven is None else LOCAL,
        two_four_is=ESTIMATE if part is None else LOCAL,
        notes=(*local_notes, *more, *notes),
    )


def marks_of(area: Area) -> tuple[str, str]:
    """Whether the 7 % and the 2-4 % cohort of an area are estimates or local counts, without working them out."""
    seven, part = (LOCAL if _local(area, key)[0] is not None else ESTIMATE for key in ("cohort_7", "cohort_2_4"))
    return seven, part


def _local(area: Area, key: str) -> tuple[Floats | None, tuple[str, ...]]:
    found = next((i for i in area.indicators if i.key == key and i.group == "cohort"), None)
    if found is None:
        return None, ()
    values = area.indicator_values[f"{key} n"].to_numpy(dtype=np.float64)
    lacking = int((~np.isfinite(values)).sum())
    if lacking:
        return None, (
            f"{found.label} is not used: {found.source} has no value for {count(lacking, 'LSOA')} of {len(values):,}.",
        )
    spread = {"apportioned": ", given to LSOAs by residents", "modelled": ", spread by where patients live"}
    return values, (f"{found.label} from {found.source}{spread.get(found.basis, '')}.",)


@dataclass(frozen=True, eq=False)
class _Ground:
    """What the estimate stands on: people (n, b) by unit and band, effects (g,) of deprivation, the group of each unit,
    people (g, b) of each group, and how many units have no decile."""

    known: tuple[Band, ...]
    people: Floats
    effects: Floats
    group: Ints
    gathered: Floats
    lacking: int


def _ground(area: Area) -> _Ground | None:
    """None where there are no ages, no deprivation or no residents."""
    known = bands(area)
    decile = area.units["imd_decile"].to_numpy(dtype=np.float64)
    residents = area.units["residents"].to_numpy(dtype=np.float64)
    has = np.isfinite(decile)
    if not known or not has.any() or not residents.sum():
        return None
    ages = area.ages[[b.label for b in known]].to_numpy(dtype=np.float64)
    total = ages.sum(axis=1)
    usual = ages.sum(axis=0) / ages.sum() if ages.sum() else np.full(len(known), 1.0 / len(known))
    share = np.where(total[:, None] > 0, ages / np.where(total > 0, total, 1.0)[:, None], usual[None, :])
    people = residents[:, None] * share
    effect = deprivation_effect(decile)
    mean = float((effect[has] * residents[has]).sum() / residents[has].sum()) if residents[has].sum() else 0.0
    effects, group = np.unique(np.round(np.where(has, effect, mean), 9), return_inverse=True)
    gathered = np.zeros((len(effects), len(known)))
    np.add.at(gathered, group, people)
    return _Ground(known, people, effects.astype(np.float64), group, gathered, int((~has).sum()))


def _estimated(area: Area) -> tuple[dict[float, Floats], tuple[str, ...]] | None:
    own = _ground(area)
    if own is None:
        return None
    made: dict[float, Floats] = {}
    for part in (SEVEN, LOW, MIDDLE, HIGH):
        chance = chances(level_for(part, own.gathered, own.known, own.effects), own.known, own.effects)
        by_unit = (own.people * chance[own.group]).sum(axis=1)
        made[part] = by_unit * (part * float(own.people.sum()) / by_unit.sum())
    return made, tuple(_notes(area, own.known, own.lacking))


def _notes(area: Area, known: tuple[Band, ...], lacking: int) -> list[str]:
    notes = []
    if known[-1].first < 85:
        at = float(ages_of(known[-1])[0])
        notes.append(
            f"The source has one band for {known[-1].first} and over, counted at {at:.0f}: where many are over 85 the "
            "estimate is low. Single years of age would mend that."
        )
    if lacking:
        notes.append(f"{count(lacking, 'LSOA has', 'LSOAs have')} no decile: the area's mean deprivation stands in.")
    return notes


def weights_table(area: Area) -> tuple[tuple[str, ...], tuple[tuple[str, Ints], ...]] | None:
    """The chances behind the estimate of 7 %, per 1,000 people: age bands, and a row for each fifth of deprivation.

    Single years are shown in tens. None where there is no estimate.
    """
    own = _ground(area)
    if own is None:
        return None
    known = own.known
    level = level_for(SEVEN, own.gathered, known, own.effects)
    shown = known if len(known) <= 12 else (*(Band("", n, n + 9) for n in range(0, 90, 10)), Band("", 90, None))
    heads = tuple(f"{b.first} and over" if b.last is None else f"{b.first} to {b.last}" for b in shown)
    names = ("1 (most deprived)", "2", "3", "4", "5 (least deprived)")
    fifths = deprivation_effect(np.array([1.5, 3.5, 5.5, 7.5, 9.5]))
    table = np.rint(1000 * chances(level, shown, fifths)).astype(np.int64)
    return heads, tuple(zip(names, table, strict=True))

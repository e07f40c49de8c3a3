"""Neighbourhoods in order of need: a row for each, one plain rule, and the spread between them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

import numpy as np

from boundaries.area import Area
from footprints.metrics import need as measures
from footprints.metrics.scene import Scene
from footprints.need import ages
from footprints.need.cohorts import ESTIMATE, NEEDS, Cohorts
from footprints.need.indicators import Values, values_of
from footprints.plan import Plan
from optimise.problem import Floats


@dataclass(frozen=True)
class NeedRow:
    """One neighbourhood, or all of the area together (code ""). Shares and rates are NaN where they are not known.

    ages : people by age group, in the order of `Need.age_groups`; everyone : of all ages in the same table, whose year
    may be another than that of residents. low, middle, high : the 2, 3 and 4 % cohort.
    place : 1 where teams should start; 0 where the rule cannot say, and for the area.
    """

    code: str
    name: str
    residents: int
    imd: float
    core20: int
    core20_share: float
    ages: tuple[int, ...]
    everyone: int
    seven: float
    low: float
    middle: float
    high: float
    place: int = 0

    def age_share(self, group: int) -> float:
        """Share of an age group among people of all ages in the same table."""
        return self.ages[group] / self.everyone if self.everyone else float("nan")

    def rate(self, people: float) -> float:
        """People of a cohort per 1,000 residents."""
        return 1000.0 * people / self.residents if self.residents else float("nan")

    @property
    def middle_rate(self) -> float:
        """The middle of the 2-4 % cohort per 1,000 residents."""
        return self.rate(self.middle)


@dataclass(frozen=True)
class Spread:
    """How far neighbourhoods lie apart in one measure. Values are as they are shown, so that differences agree.

    digits : decimals of the values (of a share as a fraction).
    ratio : highest / lowest; NaN where the lowest is nought, and for scores, whose nought means nothing.
    """

    key: str
    label: str
    unit: str
    lowest: float
    lowest_in: str
    highest: float
    highest_in: str
    basis: str = ""
    digits: int = 1

    @property
    def difference(self) -> float:
        """Highest less lowest."""
        return self.highest - self.lowest

    @property
    def ratio(self) -> float:
        """Highest over lowest."""
        return self.highest / self.lowest if self.lowest > 0 and self.unit != "score" else float("nan")


@dataclass(frozen=True, eq=False)
class Need:
    """All that is said of need under one plan.

    rows : where teams should start first. whole : the area, units in no neighbourhood too. rule : the order, in words.
    missing : what is not shown, and which file would give it.
    """

    rows: tuple[NeedRow, ...]
    whole: NeedRow
    age_groups: tuple[ages.AgeGroup, ...]
    cohorts: Cohorts | None
    indicators: tuple[Values, ...]
    codes: tuple[str, ...]
    spreads: tuple[Spread, ...]
    rule: str
    missing: tuple[str, ...]


def need_of(plan: Plan, area: Area) -> Need:
    """Need by neighbourhood; neighbourhoods without residents are left out of order and spread.

    Raises PlanError where the plan names units that are not the area's.
    """
    scene = Scene(plan, area)
    cohorts, groups = scene.cohorts, ages.groups(area)
    by_age = [ages.people(area, group) for group in groups]
    names = {n.code: n.name for n in plan.neighbourhoods}
    residents = scene.total(scene.residents)
    imd, share, people = measures.imd_score(scene), measures.core20_share(scene), measures.core20_people(scene)
    parts = (cohorts.seven, cohorts.low, cohorts.middle, cohorts.high) if cohorts else ()
    sums = [scene.total(part) for part in parts] or [np.full(scene.k, np.nan)] * 4
    aged, everyone = [scene.total(values) for values in by_age], scene.total(ages.everyone(area))
    rows = [
        NeedRow(
            code, names[code], int(residents[d]), float(imd[d]), int(people[d]), float(share[d]),
            tuple(int(values[d]) for values in aged), int(everyone[d]), *_four([float(s[d]) for s in sums]),
        )
        for d, code in enumerate(scene.codes)
        if residents[d]
    ]  # fmt: skip
    ordered, rule = _in_order(rows, cohorts)
    values = tuple(values_of(area, i, scene.label, scene.k) for i in area.indicators if i.group != "cohort")
    return Need(
        rows=ordered,
        whole=_whole(area, groups, parts),
        age_groups=groups,
        cohorts=cohorts,
        indicators=values,
        codes=scene.codes,
        spreads=_spreads(ordered, groups, cohorts, values, scene.codes, names),
        rule=rule,
        missing=tuple(_missing(area, cohorts)),
    )


def _whole(area: Area, groups: tuple[ages.AgeGroup, ...], parts: tuple[Floats, ...]) -> NeedRow:
    residents = area.units["residents"].to_numpy(dtype=np.float64)
    decile = area.units["imd_decile"].to_numpy(dtype=np.float64)
    score = area.units["imd_score"].to_numpy(dtype=np.float64)
    scored, known = np.isfinite(score), np.isfinite(decile)
    core20 = float(residents[decile <= 2].sum())
    weight = float(residents[scored].sum())
    sums = [float(p.sum()) for p in parts] or [float("nan")] * 4
    return NeedRow(
        "", "All of the area", int(residents.sum()),
        float((score[scored] * residents[scored]).sum()) / weight if weight else float("nan"), int(core20),
        core20 / float(residents[known].sum()) if residents[known].sum() else float("nan"),
        tuple(int(ages.people(area, g).sum()) for g in groups), int(ages.everyone(area).sum()), *_four(sums),
    )  # fmt: skip


def _four(sums: list[float]) -> tuple[float, float, float, float]:
    seven, low, middle, high = sums
    return seven, low, middle, high


def _in_order(rows: list[NeedRow], cohorts: Cohorts | None) -> tuple[tuple[NeedRow, ...], str]:
    """The rows with their places, and the rule. Rates are compared as they are shown, to a tenth of a person."""
    if cohorts:
        mark = " (estimate)" if cohorts.two_four_is == ESTIMATE else " (local count)"
        rule = (
            f"Most people of the 2-4% cohort per 1,000 residents{mark} first; where that is the same to a tenth, the "
            "higher IMD score."
        )
        key = [(-round(r.middle_rate, 1), -r.imd if isfinite(r.imd) else 0.0, r.code) for r in rows]
    elif any(isfinite(r.core20_share) for r in rows):
        rule = (
            "No ages are loaded, so no cohort can be estimated: the largest Core20 share first; where that is the same "
            "to a tenth of a percent, the higher IMD score."
        )
        share = [r.core20_share if isfinite(r.core20_share) else -1.0 for r in rows]
        key = [(-round(s, 3), -r.imd if isfinite(r.imd) else 0.0, r.code) for s, r in zip(share, rows, strict=True)]
    else:
        rule = "There is nothing to order by: no deprivation is loaded. Neighbourhoods stand by their codes."
        return tuple(sorted(rows, key=lambda r: r.code)), rule
    order = sorted(range(len(rows)), key=lambda d: key[d])
    return tuple(_placed(rows[d], place) for place, d in enumerate(order, start=1)), rule


def _placed(row: NeedRow, place: int) -> NeedRow:
    return NeedRow(**{**row.__dict__, "place": place})


def _spreads(
    rows: tuple[NeedRow, ...],
    groups: tuple[ages.AgeGroup, ...],
    cohorts: Cohorts | None,
    values: tuple[Values, ...],
    codes: tuple[str, ...],
    names: dict[str, str],
) -> tuple[Spread, ...]:
    made: list[Spread | None] = []
    if cohorts:
        made.append(_spread("cohort_2_4", "2-4% cohort per 1,000 residents", "per 1,000", cohorts.two_four_is, [
            (r.name, r.middle_rate) for r in rows]))  # fmt: skip
        made.append(_spread("cohort_7", "7% cohort per 1,000 residents", "per 1,000", cohorts.seven_is, [
            (r.name, r.rate(r.seven)) for r in rows]))  # fmt: skip
    made.append(_spread("core20_share", "Core20 share", "share", "", [(r.name, r.core20_share) for r in rows]))
    made.append(_spread("imd_score", "IMD score", "score", "", [(r.name, r.imd) for r in rows]))
    for g, group in enumerate(groups):
        shares = [(r.name, r.age_share(g)) for r in rows]
        made.append(_spread(group.key, f"{group.label}, share of all ages", "share", "", shares))
    for own in values:
        if not own.indicator.counts:
            told = [(names[code], float(v)) for code, v in zip(codes, own.values, strict=True)]
            made.append(_spread(own.indicator.key, own.indicator.label, own.indicator.unit, own.indicator.basis, told))
    return tuple(s for s in made if s)


def _spread(key: str, label: str, unit: str, basis: str, told: list[tuple[str, float]]) -> Spread | None:
    known = [(value, name) for name, value in told if isfinite(value)]
    if len(known) < 2:
        return None
    (low, low_in), (high, high_in) = min(known), max(known, key=lambda item: (item[0], item[1]))
    digits = 3 if unit == "share" else 1 if max(abs(low), abs(high)) >= 10 else 2
    return Spread(key, label, unit, round(low, digits), low_in, round(high, digits), high_in, basis, digits)


def _missing(area: Area, cohorts: Cohorts | None) -> list[str]:
    """What is not shown, each with the file that would give it."""
    told = []
    if not np.isfinite(area.units["imd_score"].to_numpy(dtype=np.float64)).any():
        told.append("IMD and Core20 need the Indices of Deprivation (File 7).")
    if not len(area.ages.columns):
        told.append(
            "Ages need the mid-year estimates by age (sapelsoasyoa… or sapelsoabroadage…), or Census age bands."
        )
    elif not any(g.key == "aged_85_over" for g in ages.groups(area)):
        told.append(
            "People aged 0 to 17 and 85 and over need the mid-year estimates by single year of age (sapelsoasyoa…)."
        )
    if cohorts is None:
        told.append(
            f"The cohorts need {NEEDS}, or a table of local counts with an indicator called cohort_7 or cohort_2_4."
        )
    groups = {i.group for i in area.indicators}
    if "indicator" not in groups:
        told.append(
            "Other indicators need a table keyed by LSOA21CD, MSOA21CD or practice_code with the columns indicator, "
            "numerator and denominator, or a download of Fingertips (Local Health)."
        )
    if "plus" not in groups:
        told.append(
            "Core20PLUS groups need a table with the columns LSOA21CD and core20plus_group (and people, if counted)."
        )
    return told

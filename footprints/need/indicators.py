"""Indicators of any group of LSOAs: Σ numerator / Σ denominator, so that it does not matter how they are grouped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.area import Area, Indicator
from optimise.problem import Floats, Ints

BASIS = {"as given": "", "apportioned": "apportioned from MSOAs", "modelled": "modelled from practices"}


@dataclass(frozen=True, eq=False)
class Values:
    """One indicator over k neighbourhoods.

    values : (k,), in the indicator's unit; NaN where nothing is known. whole : over all units of the area. covered :
    (k,) share of residents who live in a unit with a value.
    """

    indicator: Indicator
    values: Floats
    whole: float
    covered: Floats


def value_of(indicator: Indicator, above: float, below: float) -> float:
    """The value of a sum of numerators and a sum of denominators."""
    if indicator.counts:
        return above
    return indicator.scale * above / below if below > 0 else float("nan")


def values_of(area: Area, indicator: Indicator, label: Ints, k: int) -> Values:
    """An indicator by neighbourhood. label : (n,) index of each unit, -1 for none."""
    n = area.indicator_values[f"{indicator.key} n"].to_numpy(dtype=np.float64)
    d = area.indicator_values[f"{indicator.key} d"].to_numpy(dtype=np.float64)
    known = np.isfinite(n) & (np.isfinite(d) | indicator.counts)
    residents = area.units["residents"].to_numpy(dtype=np.float64)

    def total(values: Floats, inside: np.ndarray) -> Floats:
        keep = inside & (label >= 0)
        return np.bincount(label[keep], weights=values[keep], minlength=k).astype(np.float64)

    above, below = total(np.nan_to_num(n), known), total(np.nan_to_num(d), known)
    people, seen = total(residents, np.ones(len(label), dtype=bool)), total(residents, known)
    covered = np.divide(seen, people, out=np.zeros(k), where=people > 0)
    values = np.array([value_of(indicator, a, b) for a, b in zip(above, below, strict=True)], dtype=np.float64)
    values = np.where(covered > 0, values, np.nan)
    whole = value_of(indicator, float(n[known].sum()), float(np.nan_to_num(d[known]).sum()))
    return Values(indicator, values, whole if known.any() else float("nan"), covered)

"""LSOAs where registered patients and residents are far apart, judged by the place's own ratio, with likely reasons.

A national threshold would pick out a third of inner London; the bound is that of the acceptance check (1.5 times).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from boundaries.checks import FAR_RATIO
from footprints.plan import Plan

_YOUNG = re.compile(r"\b(15|16|18) (to|-) (19|24|29)\b")


@dataclass(frozen=True)
class FarRatio:
    """One LSOA far from the place's own ratio.

    beyond : registered patients more (or, negative, fewer) than the place's own ratio would give. likely : reasons in
    words; nobody has looked into them.
    """

    unit: str
    label: str
    neighbourhood: str
    residents: int
    registered: int
    beyond: int
    likely: str

    @property
    def ratio(self) -> float:
        """Registered patients for each resident; infinite where nobody is said to reside."""
        return self.registered / self.residents if self.residents else float("inf")


def own_ratio(area: Area) -> float:
    """Registered patients living here for each resident of the whole area; NaN where either is unknown."""
    residents = float(area.units["residents"].sum())
    return float(area.units["registered"].sum()) / residents if residents else float("nan")


def far_ratios(plan: Plan, area: Area) -> tuple[FarRatio, ...]:
    """LSOAs whose ratio is `FAR_RATIO` times the area's own or more, or as far below; most people beyond it first."""
    residents = area.units["residents"].to_numpy(dtype=np.float64)
    registered = area.units["registered"].to_numpy(dtype=np.float64)
    own = own_ratio(area)
    if not np.isfinite(own) or own <= 0:
        return ()
    expected = own * residents
    far = np.isfinite(registered) & ((registered > FAR_RATIO * expected) | (FAR_RATIO * registered < expected))
    young, usual, band = _young(area)
    where = plan.where()
    names = {n.code: n.name for n in plan.neighbourhoods}
    rows = [
        FarRatio(
            unit=area.codes[i],
            label=area.unit_label(area.codes[i]),
            neighbourhood=names.get(where.get(area.codes[i], ""), ""),
            residents=int(residents[i]),
            registered=round(float(registered[i])),
            beyond=round(float(registered[i] - expected[i])),
            likely=_likely(registered[i] > expected[i], float(young[i]), usual, band),
        )
        for i in np.flatnonzero(far).tolist()
    ]
    return tuple(sorted(rows, key=lambda r: (-abs(r.beyond), r.unit)))


def _young(area: Area) -> tuple[np.ndarray, float, str]:
    """(n,) share of residents in the band of young adults, that of the whole area, and the band; zeros without one."""
    columns = [str(column) for column in area.ages.columns if _YOUNG.search(str(column))]
    total = area.ages.sum(axis=1).to_numpy(dtype=np.float64) if columns else np.zeros(len(area.codes))
    if not columns or not total.sum():
        return np.zeros(len(area.codes)), 0.0, ""
    number = area.ages[columns[0]].to_numpy(dtype=np.float64)
    share = np.divide(number, total, out=np.zeros(len(number)), where=total > 0)
    found = _YOUNG.search(columns[0])
    return share, float(number.sum() / total.sum()), f"{found[1]} to {found[3]}" if found else ""


def _likely(more: bool, young: float, usual: float, band: str) -> str:
    """What is often behind such a ratio; who knows the place decides."""
    if usual and young >= FAR_RATIO * usual:
        people = f"{young:.0%} of residents are aged {band} ({usual:.0%} in the whole area): "
        return people + (
            "students who stayed on a list after they left."
            if more
            else "students registered elsewhere, or a base or prison with doctors of its own."
        )
    if more:
        return "New homes since the year of the residents, or patients who left and are still on a list."
    return (
        "A base, prison or care home whose people are on no list here, people registered across the border, or homes "
        "that stand empty."
    )

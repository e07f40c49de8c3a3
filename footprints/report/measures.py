"""What the paper says of a whole plan: measures of the catalogue, and those that only a paper needs.

Each gives one number, or None where what it needs is not loaded; `NEEDS` then says which file would fill it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from footprints.disclosure import may_tell
from footprints.metrics.journeys import quantile
from footprints.metrics.metric import Metric
from footprints.metrics.registry import NEEDS, lacking, metrics_for
from footprints.practices import homes_changed, kept_whole, straddling
from footprints.report import say
from footprints.report.subject import Subject

Direction = Literal["higher", "lower", "none"]
TODAY = "today's arrangement as a plan (footprints baseline)"
WHOLE = 0.8
NOT_PUBLIC = "counts of patients that are for partners only, as metrics.csv gives them"


@dataclass(frozen=True)
class Measure:
    """One line of Table 1. function : of a subject and of today's arrangement (None where it is not in the paper).

    needs : what would fill it, in words, used where it gives None. note : what is counted, for the foot of the table.
    """

    key: str
    label: str
    unit: str
    direction: Direction
    function: Callable[[Subject, Subject | None], float | None]
    needs: str = ""

    def say(self, value: float | None) -> str:
        """The number as its unit is written."""
        return said(value, self.unit)


def said(value: float | None, unit: str) -> str:
    """A number of that unit for people; "–" for none."""
    if value is None or np.isnan(value):
        return "–"
    if unit == "share":
        return say.share(value)
    return say.decimal(value, {"km": 1, "km²": 1, "score": 1, "minutes": 1, "ratio": 2}.get(unit, 0))


def measures(subject: Subject) -> dict[str, Measure]:
    """Every measure of a whole plan by key: those of the catalogue for this area, then those of the paper."""
    found = {m.key: _of_catalogue(m, subject) for m in metrics_for(subject.area) if m.level == "plan"}
    return found | {m.key: m for m in OWN}


def _of_catalogue(metric: Metric, subject: Subject) -> Measure:
    def value(own: Subject, _: Subject | None) -> float | None:
        number = own.card.plan.get(metric.key)
        return None if number is None else float(number)

    needs = why_not(metric, subject)
    return Measure(metric.key, metric.label, metric.unit, metric.direction, value, needs)


def why_not(metric: Metric, subject: Subject) -> str:
    """What a measure lacks, in words; "" where it can be told."""
    return lacking(metric, subject.area) or ("" if may_tell(metric, subject.audience) else NOT_PUBLIC)


def _registered(which: Callable[[Sequence[int]], float]) -> Callable[[Subject, Subject | None], float | None]:
    def value(own: Subject, _: Subject | None) -> float | None:
        rows = [r.registered for r in own.populations if r.code]
        return float(which(rows)) if rows and has_patients(own) else None

    return value


def _lists(which: Callable[[Sequence[int]], float]) -> Callable[[Subject, Subject | None], float | None]:
    def value(own: Subject, _: Subject | None) -> float | None:
        rows = [r.lists for r in own.populations if r.code]
        return float(which(rows)) if rows and has_patients(own) and len(own.area.practices) else None

    return value


def has_patients(own: Subject) -> bool:
    """Whether registered patients are loaded."""
    return len(own.area.registrations) > 0


def _straddling(own: Subject, _: Subject | None) -> float | None:
    return float(len(straddling(own.sited))) if has_patients(own) and len(own.area.practices) else None


def _pcns(own: Subject) -> bool:
    return has_patients(own) and bool(own.pcns)


def _pcns_whole(own: Subject, _: Subject | None) -> float | None:
    return float(kept_whole(own.pcns, WHOLE)) if _pcns(own) else None


def far_km(own: Subject) -> float | None:
    """Straight-line km to the centre that nine in ten residents live within."""
    return quantile(own.km, own.scene.residents.astype(np.float64), 0.9)


def _residents_changed(own: Subject, today: Subject | None) -> float | None:
    if today is None or own is today:
        return None
    return float(own.scene.residents[own.change_from(today).moved].sum())


def changed_homes(own: Subject, today: Subject) -> dict[str, tuple[str, str]]:
    """Practice sited in the plan -> names of its neighbourhood today and under the plan, where these differ."""
    sited = {one.practice for one in own.sited}
    found = homes_changed(today.spread, own.spread, own.change_from(today).pairs)
    return {one.practice: (one.before, one.after) for one in found if one.practice in sited and one.before != one.after}


def _practices_changed(own: Subject, today: Subject | None) -> float | None:
    if today is None or own is today or not has_patients(own):
        return None
    return float(len(changed_homes(own, today)))


def _far(own: Subject, _: Subject | None) -> float | None:
    return far_km(own)


_PATIENTS, _PRACTICES = NEEDS["registrations"], NEEDS["practices"]
OWN: tuple[Measure, ...] = (
    Measure("registered_min", "Registered patients living here, smallest", "patients", "none", _registered(min),
            _PATIENTS),
    Measure("registered_median", "Registered patients living here, median", "patients", "none",
            _registered(lambda rows: float(np.median(rows))), _PATIENTS),
    Measure("registered_max", "Registered patients living here, largest", "patients", "none", _registered(max),
            _PATIENTS),
    Measure("lists_min", "Lists of practices agreed here, smallest", "patients", "none", _lists(min), _PATIENTS),
    Measure("lists_median", "Lists of practices agreed here, median", "patients", "none",
            _lists(lambda rows: float(np.median(rows))), _PATIENTS),
    Measure("lists_max", "Lists of practices agreed here, largest", "patients", "none", _lists(max), _PATIENTS),
    Measure("practices_straddling", "Practices with a fifth or more of their list in a second neighbourhood",
            "practices", "lower", _straddling, f"{_PATIENTS} and {_PRACTICES}"),
    Measure("pcns_whole", "PCNs with four in five of their patients in one neighbourhood", "PCNs", "higher",
            _pcns_whole, f"{_PATIENTS} and {NEEDS['pcns']}"),
    Measure("km_nine_in_ten", "Straight line to the centre that nine in ten live within", "km", "lower", _far),
    Measure("residents_changed", "Residents whose neighbourhood changes from today", "people", "lower",
            _residents_changed, TODAY),
    Measure("practices_changed", "Practices whose neighbourhood changes from today", "practices", "lower",
            _practices_changed, f"{TODAY} and {_PATIENTS}"),
)  # fmt: skip


def best(values: Sequence[float | None], direction: str) -> tuple[int, ...]:
    """Positions of the best values; () where there is no better, or all are as good."""
    known = [v for v in values if v is not None and not np.isnan(v)]
    if direction == "none" or len(known) < 2 or max(known) == min(known):
        return ()
    top = max(known) if direction == "higher" else min(known)
    return tuple(i for i, v in enumerate(values) if v == top)

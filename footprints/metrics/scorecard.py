"""`score`: every measure of a plan, with what is missing and what failed said beside the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.metrics.metric import Metric
from footprints.metrics.registry import lacking, metrics_for
from footprints.metrics.scene import Scene
from footprints.plan import Plan
from optimise.score import best_centre
from optimise.score import terms as objective_terms
from optimise.solution import Term


@dataclass(frozen=True, eq=False)
class Scorecard:
    """The measures of one plan.

    neighbourhoods : DataFrame, index neighbourhood code, a column for each metric key of level "neighbourhood"; NaN
    where there is no value. plan : metric key -> value (None where there is none). terms : the objective by term, in
    words. centres : neighbourhood code -> the unit nearest to its people ("" when empty). missing : metric key -> the
    file it needs. failed : metric key -> what went wrong with it. metrics : the metrics, in their order.
    """

    neighbourhoods: pd.DataFrame
    plan: Mapping[str, Any]
    terms: tuple[Term, ...]
    centres: Mapping[str, str]
    missing: Mapping[str, str]
    failed: Mapping[str, str]
    metrics: tuple[Metric, ...]

    def metric(self, key: str, level: str = "neighbourhood") -> Metric:
        """The metric of that key and level."""
        return next(m for m in self.metrics if m.key == key and m.level == level)


def score(plan: Plan, area: Area, metrics: Sequence[Metric] | None = None) -> Scorecard:
    """Every measure of `plan` on `area`; drafts and plans out of range are scored like any other.

    Raises PlanError only where the plan names units that are not the area's. A metric that fails is reported in
    `failed` and leaves the others alone.
    """
    scene = Scene(plan, area)
    chosen = tuple(metrics) if metrics is not None else metrics_for(area)
    columns: dict[str, Any] = {}
    whole: dict[str, Any] = {}
    missing: dict[str, str] = {}
    failed: dict[str, str] = {}
    for metric in chosen:
        needs = lacking(metric, area)
        value: Any = None
        if needs:
            missing[metric.key] = f"needs {needs}"
        else:
            try:
                value = metric.function(scene)
            except Exception as error:  # one metric that fails must not hide the others
                failed[metric.key] = _said(error)
        if metric.level == "plan":
            whole[metric.key] = value
        else:
            columns[metric.key] = np.full(scene.k, np.nan) if value is None else np.asarray(value)
    terms: tuple[Term, ...] = ()
    try:
        terms = _terms(scene)
    except Exception as error:
        failed["objective"] = _said(error)
    whole |= {f"term_{term.key}": float(term.value) for term in terms}
    return Scorecard(
        neighbourhoods=pd.DataFrame(columns, index=pd.Index(list(scene.codes), name="code", dtype="str")),
        plan=whole,
        terms=terms,
        centres={
            code: area.codes[unit] if unit >= 0 else ""
            for code, (unit, _) in zip(scene.codes, scene.centres, strict=True)
        },
        missing=missing,
        failed=failed,
        metrics=chosen,
    )


def _terms(scene: Scene) -> tuple[Term, ...]:
    """The terms of the objective, worked out anew from the plan; empty neighbourhoods are left out."""
    filled = [d for d in range(scene.k) if len(scene.members[d])]
    if not filled:
        return ()
    renumber = np.full(scene.k + 1, -1, dtype=np.int64)
    renumber[filled] = np.arange(len(filled))
    criteria = scene.plan.criteria
    centres = [best_centre(scene.problem, criteria, scene.members[d]) for d in filled]
    return objective_terms(scene.problem, criteria, renumber[scene.label], centres)


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, FootprintError) else f"{type(error).__name__}: {error}"

"""Journeys to the centre of the neighbourhood, in minutes as a table of travel times gives them.

The centre is that of the straight-line measures: the member unit nearest to all residents in a straight line. A
journey that the table does not give is never filled in: its people are counted apart.
"""

from __future__ import annotations

import numpy as np

from footprints.metrics.scene import Scene, ratio
from optimise.problem import Floats, Ints


def mean_minutes(scene: Scene, *, mode: str) -> Floats:
    """Mean minutes of the residents whose time is known; NaN where none is."""
    minutes, people = _known(scene, mode)
    return ratio(scene.total(minutes * people), scene.total(people))


def share_within(scene: Scene, *, mode: str, limit: int) -> Floats:
    """Share of the residents whose time is known who have at most `limit` minutes; NaN where none is."""
    minutes, people = _known(scene, mode)
    return ratio(scene.total(np.where(minutes <= limit, people, 0.0)), scene.total(people))


def not_known(scene: Scene, *, mode: str) -> Ints:
    """Residents whose time to the centre no table gives."""
    return scene.total(np.where(np.isnan(scene.minutes(mode)), scene.residents, 0)).astype(np.int64)


def mean_of_all(scene: Scene, *, mode: str) -> float | None:
    """Mean minutes of all residents whose time is known."""
    minutes, people = _known(scene, mode)
    return float((minutes * people).sum() / people.sum()) if people.sum() else None


def share_of_all_within(scene: Scene, *, mode: str, limit: int) -> float | None:
    """Share of all residents whose time is known who have at most `limit` minutes."""
    minutes, people = _known(scene, mode)
    return float(people[minutes <= limit].sum() / people.sum()) if people.sum() else None


def nine_in_ten(scene: Scene, *, mode: str) -> float | None:
    """Minutes that nine in ten of the residents whose time is known do not exceed."""
    return quantile(scene.minutes(mode), scene.residents.astype(np.float64), 0.9)


def not_known_of_all(scene: Scene, *, mode: str) -> int:
    """Residents of all neighbourhoods whose time to the centre no table gives."""
    return int(not_known(scene, mode=mode).sum())


def quantile(values: Floats, weights: Floats, part: float) -> float | None:
    """The least value that `part` of the weight does not exceed; None without any weight."""
    known = np.isfinite(values) & (weights > 0)
    if not known.any():
        return None
    order = np.argsort(values[known], kind="stable")
    value, weight = values[known][order], np.cumsum(weights[known][order])
    return float(value[int(np.searchsorted(weight, part * weight[-1] * (1 - 1e-12)))])


def _known(scene: Scene, mode: str) -> tuple[Floats, Floats]:
    """(n,) minutes, 0 where not known, and (n,) residents, 0 likewise."""
    minutes = scene.minutes(mode)
    known = np.isfinite(minutes)
    return np.where(known, minutes, 0.0), np.where(known, scene.residents, 0).astype(np.float64)

"""Deprivation and age. Scores are weighted by people; ranks and deciles are never averaged (formats.md 6.3)."""

from __future__ import annotations

import numpy as np

from footprints.metrics.scene import Scene, ratio
from optimise.need import CORE20
from optimise.problem import Floats, Ints


def imd_score(scene: Scene) -> Floats:
    """Σ score × residents / Σ residents over units with a score; NaN where there is none."""
    score = scene.area.units["imd_score"].to_numpy(dtype=np.float64)
    known = np.isfinite(score)
    return ratio(
        scene.total(np.where(known, score, 0.0) * scene.residents), scene.total(np.where(known, scene.residents, 0))
    )


def core20_people(scene: Scene) -> Ints:
    """Residents of units in national deciles 1 and 2."""
    decile = scene.area.units["imd_decile"].to_numpy(dtype=np.float64)
    return scene.total(np.where(decile <= CORE20, scene.residents, 0)).astype(np.int64)


def core20_share(scene: Scene) -> Floats:
    """The same as a share of the residents of units with a decile."""
    known = np.isfinite(scene.area.units["imd_decile"].to_numpy(dtype=np.float64))
    return ratio(core20_people(scene).astype(np.float64), scene.total(np.where(known, scene.residents, 0)))


def age_band(scene: Scene, *, band: str) -> Ints:
    """Residents in one age band of the source."""
    return scene.total(scene.area.ages[band].to_numpy(dtype=np.float64)).astype(np.int64)

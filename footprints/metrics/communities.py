"""What a plan cuts through: groups of units (MSOAs, wards, districts) and the residents on the smaller side."""

from __future__ import annotations

import numpy as np

from footprints.metrics.scene import Scene
from optimise.problem import Ints


def split(scene: Scene, *, key: str) -> Ints:
    """(k,) groups of the level with units both here and in another neighbourhood."""
    units, _ = scene.crossed(key)
    shared = (units > 0).sum(axis=1) > 1
    return np.asarray((units[shared] > 0).sum(axis=0), dtype=np.int64)


def outside(scene: Scene, *, key: str) -> Ints:
    """(k,) residents here whose group has its largest piece (by residents) in another neighbourhood."""
    _, people = scene.crossed(key)
    if not people.size:
        return np.zeros(scene.k, dtype=np.int64)
    lesser = people.copy()
    lesser[np.arange(len(people)), people.argmax(axis=1)] = 0
    return np.asarray(lesser.sum(axis=0), dtype=np.int64)


def touched(scene: Scene, *, key: str) -> Ints:
    """(k,) groups of the level with at least one unit here."""
    units, _ = scene.crossed(key)
    return np.asarray((units > 0).sum(axis=0), dtype=np.int64)

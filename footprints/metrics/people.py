"""How many live there. Each function takes a `Scene` and gives one value for each neighbourhood."""

from __future__ import annotations

import numpy as np

from footprints.metrics.scene import Scene
from optimise.problem import Bools, Floats, Ints


def residents(scene: Scene) -> Ints:
    """Residents, persons."""
    return scene.total(scene.residents).astype(np.int64)


def counted(scene: Scene) -> Ints:
    """People of the population that the range is put on."""
    return scene.total(scene.counted).astype(np.int64)


def registered(scene: Scene) -> Ints:
    """Patients registered anywhere who live here, to the nearest person; units without a count add none."""
    values = np.nan_to_num(scene.area.units["registered"].to_numpy(dtype=np.float64))
    return np.rint(scene.total(values)).astype(np.int64)


def units(scene: Scene) -> Ints:
    """Units (LSOAs)."""
    return np.array([len(inside) for inside in scene.members], dtype=np.int64)


def deviation(scene: Scene) -> Ints:
    """People of the counted population above (below: negative) the target."""
    return counted(scene) - scene.plan.criteria.target


def deviation_share(scene: Scene) -> Floats:
    """The same as a share of the target."""
    return deviation(scene) / float(scene.plan.criteria.target)


def in_range(scene: Scene) -> Bools:
    """Whether the counted population lies in the range of the plan's criteria."""
    people = counted(scene)
    return (people >= scene.plan.criteria.minimum) & (people <= scene.plan.criteria.maximum)

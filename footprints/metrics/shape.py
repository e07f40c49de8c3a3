"""Outlines in EPSG:27700, metres. Each function takes a `Scene` and gives one value for each neighbourhood."""

from __future__ import annotations

import numpy as np
import shapely

from footprints.metrics.scene import Scene, ratio
from optimise.problem import Bools, Floats


def area_km2(scene: Scene) -> Floats:
    """Area of the units, km²."""
    return scene.total(scene.area.units["area_m2"].to_numpy(dtype=np.float64)) / 1e6


def polsby_popper(scene: Scene) -> Floats:
    """4π × area / perimeter² (Polsby and Popper 1991): 1 for a circle, π/4 for a square; NaN when empty."""
    area, perimeter = shapely.area(scene.outlines), shapely.length(scene.outlines)
    return ratio(4 * np.pi * area, perimeter**2)


def reock(scene: Scene) -> Floats:
    """Area / area of the smallest circle around it (Reock 1961): 1 for a circle, 2/π for a square; NaN when empty."""
    return ratio(shapely.area(scene.outlines), np.pi * shapely.minimum_bounding_radius(scene.outlines) ** 2)


def mean_km(scene: Scene) -> Floats:
    """Mean straight-line kilometres of residents to the member unit nearest to all of them."""
    return np.array([km for _, km in scene.centres])


def contiguous(scene: Scene) -> Bools:
    """Whether all its units hang together; an empty neighbourhood does not."""
    return np.asarray(scene.pieces == 1)

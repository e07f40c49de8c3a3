"""The one module that owns the CRS: metres in EPSG:27700 for every length and area, degrees in EPSG:4326 at the edges.

Without Ordnance Survey's shift grid (not in the wheels of PROJ) the change between the two is good to about two metres,
the same for all neighbours: borders still fit exactly.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from pyproj import CRS
from pyproj.exceptions import CRSError

from boundaries.errors import DataError

BRITISH_GRID = 27700
WGS84 = 4326
# Britain and its seas, with room to spare: (west, south, east, north).
GRID_BOUNDS = (-100_000.0, -100_000.0, 800_000.0, 1_400_000.0)
DEGREE_BOUNDS = (-12.0, 48.0, 4.0, 63.0)


def require_metres(frame: gpd.GeoDataFrame | gpd.GeoSeries, what: str) -> None:
    """Refuse anything that is not in EPSG:27700: lengths and areas in degrees mean nothing."""
    if frame.crs is None or frame.crs.to_epsg() != BRITISH_GRID:
        raise DataError(
            f"{what} needs shapes in metres on the British National Grid (EPSG:27700), not {_name(frame.crs)}.",
            mend="Change them first with boundaries.crs.to_metres.",
        )


def to_metres(frame: gpd.GeoDataFrame, file: str) -> tuple[gpd.GeoDataFrame, str]:
    """A new frame in EPSG:27700 from one in whatever its file states, and a note for the receipt ("" if plain).

    The coordinates are believed before the label: metres under a degree label (GeoJSON saved from a hub) are metres,
    degrees under a metre label are degrees, and a file without CRS is taken when its coordinates can only be one of the
    two. DataError when they lie outside Britain either way, or are swapped.
    """
    if not len(frame):
        return frame.set_crs(BRITISH_GRID, allow_override=True), ""
    epsg, note = decide(tuple(float(v) for v in frame.total_bounds), frame.crs, file)
    if epsg is None:
        made = frame.to_crs(BRITISH_GRID)
    elif epsg == BRITISH_GRID:
        made = frame.set_crs(BRITISH_GRID, allow_override=True)
    else:
        made = frame.set_crs(epsg, allow_override=True).to_crs(BRITISH_GRID)
    if not _inside(made.total_bounds, GRID_BOUNDS):
        raise DataError(
            f"{file}: its shapes lie outside Britain (x {made.total_bounds[0]:,.0f} to {made.total_bounds[2]:,.0f}, "
            f"y {made.total_bounds[1]:,.0f} to {made.total_bounds[3]:,.0f} metres).",
            mend="Download the layer again, in EPSG:27700 or EPSG:4326.",
        )
    return made, note


def decide(bounds: tuple[float, ...], stated: object, file: str) -> tuple[int | None, str]:
    """The EPSG code to believe (None: the stated one, as it is) and what the receipt says about it.

    bounds : west, south, east, north as they stand in the file. `stated` is what its label says, or None.
    """
    if not np.isfinite(bounds).all():
        raise DataError(f"{file}: a shape has no finite coordinates.", mend="Download the layer again.")
    degrees, metres = _inside(bounds, DEGREE_BOUNDS), _inside(bounds, GRID_BOUNDS) and max(map(abs, bounds)) > 1_000
    label = _epsg(stated)
    if label == BRITISH_GRID and metres:
        return BRITISH_GRID, ""
    if label == WGS84 and degrees:
        return WGS84, ""
    if _inside((bounds[1], bounds[0], bounds[3], bounds[2]), DEGREE_BOUNDS) and (stated is None or label == WGS84):
        raise DataError(
            f"{file}: latitude stands where longitude should be (first number {bounds[0]:.2f} to {bounds[2]:.2f}).",
            mend="Export the layer again with longitude first.",
        )
    if stated is None:
        if metres:
            return BRITISH_GRID, "no CRS in the file; its coordinates are metres on the British National Grid"
        if degrees:
            return WGS84, "no CRS in the file; its coordinates are degrees of longitude and latitude in Britain"
        raise DataError(
            f"{file} does not say its coordinate system (CRS), and its coordinates (x {bounds[0]:,.1f} to "
            f"{bounds[2]:,.1f}, y {bounds[1]:,.1f} to {bounds[3]:,.1f}) are neither British metres nor degrees.",
            mend="For a shapefile, put its .prj file beside it; or export the layer in EPSG:27700.",
        )
    if label == WGS84 and metres:
        return BRITISH_GRID, "labelled as degrees (EPSG:4326) but holds metres: read as EPSG:27700"
    if label == BRITISH_GRID and degrees:
        return WGS84, "labelled as metres (EPSG:27700) but holds degrees: read as EPSG:4326"
    if label in {BRITISH_GRID, WGS84}:
        raise DataError(
            f"{file} is labelled {_name(stated)}, but its coordinates (x {bounds[0]:,.1f} to {bounds[2]:,.1f}, "
            f"y {bounds[1]:,.1f} to {bounds[3]:,.1f}) lie outside Britain.",
            mend="Download the layer again, in EPSG:27700 or EPSG:4326.",
        )
    return None, f"changed from {_name(stated)} to EPSG:27700"


def in_degrees(pairs: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """(n, 2) longitude, latitude -> which lie in Britain or its seas."""
    return _each_inside(pairs, DEGREE_BOUNDS)


def in_metres(pairs: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """(n, 2) easting, northing -> which lie on the British National Grid, degrees taken for metres left out."""
    far: npt.NDArray[np.bool_] = np.abs(pairs).max(axis=1, initial=0) > 1_000
    return _each_inside(pairs, GRID_BOUNDS) & far


def metres_of(pairs: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(n, 2) longitude, latitude -> (n, 2) easting, northing; NaN stays NaN."""
    out = np.full(pairs.shape, np.nan)
    has = ~np.isnan(pairs).any(axis=1)
    if has.any():
        there = gpd.GeoSeries(gpd.points_from_xy(*pairs[has].T), crs=WGS84).to_crs(BRITISH_GRID)
        out[has] = np.column_stack([there.x, there.y])
    return out


def to_degrees(shapes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Shapes in EPSG:27700 as longitude and latitude, for drawing."""
    return np.asarray(gpd.GeoSeries(shapes, crs=BRITISH_GRID).to_crs(WGS84).array)


def _each_inside(pairs: npt.NDArray[np.float64], box: tuple[float, ...]) -> npt.NDArray[np.bool_]:
    x, y = pairs[:, 0], pairs[:, 1]
    inside: npt.NDArray[np.bool_] = (x >= box[0]) & (y >= box[1]) & (x <= box[2]) & (y <= box[3])
    return inside


def _inside(bounds: tuple[float, ...] | np.ndarray[tuple[int], np.dtype[np.float64]], box: tuple[float, ...]) -> bool:
    return bool(bounds[0] >= box[0] and bounds[1] >= box[1] and bounds[2] <= box[2] and bounds[3] <= box[3])


def _epsg(stated: object) -> int | None:
    if stated is None:
        return None
    try:
        known = CRS.from_user_input(stated)
    except CRSError:
        return None
    if known.to_authority(min_confidence=60) in {("OGC", "CRS84"), ("EPSG", "4326")}:
        return WGS84
    # ESRI's own .prj of the British grid names no authority and matches only loosely.
    if "British_National_Grid" in known.name or "British National Grid" in known.name:
        return BRITISH_GRID
    return known.to_epsg(min_confidence=60)


def _name(stated: object) -> str:
    if stated is None:
        return "a file without CRS"
    label = _epsg(stated)
    return f"EPSG:{label}" if label else CRS.from_user_input(stated).name

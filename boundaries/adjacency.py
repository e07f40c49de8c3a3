"""Who borders whom, and for how many metres: shared edges in EPSG:27700, never touching points.

Official layers of one edition share the vertices of their borders, so most borders are found by matching segments whose
ends agree to the millimetre. What stays unmatched (coasts, the edge of the study area, and borders where one side has a
vertex that the other lacks, or lies up to a snap away) is compared segment by segment, as overlap along nearly
coincident lines.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from boundaries import crs

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_PER_METRE = 1000.0
EDGE_COLUMNS = ["from_code", "to_code", "length_m", "kind", "note"]


def adjacency(units: gpd.GeoDataFrame, min_shared_m: float = 10.0, snap_m: float = 1.0) -> pd.DataFrame:
    """The borders of at least `min_shared_m` metres between units.

    units : indexed by unique code, EPSG:27700, Polygon or MultiPolygon (DataError for any other CRS).
    Returns from_code, to_code (from < to), length_m float64, kind "border", note "", sorted by codes.
    """
    found = borders(units, snap_m)
    kept = found[(found["length_m"] >= min_shared_m) & (found["length_m"] > 0)].reset_index(drop=True)
    return kept.assign(kind="border", note="")[EDGE_COLUMNS]


def borders(units: gpd.GeoDataFrame, snap_m: float = 1.0) -> pd.DataFrame:
    """Every shared border, however short: from_code, to_code (from < to), length_m > 0 to the millimetre, sorted.

    `snap_m` (metres, > 0): lines closer than that are one border.
    """
    crs.require_metres(units, "Adjacency")
    if snap_m <= 0:
        raise ValueError("snap_m must be above 0 metres")
    order = np.argsort(units.index.to_numpy(dtype=object), kind="stable")
    codes = units.index.to_numpy(dtype=object)[order]
    owner, start, end = _segments(units.geometry.to_numpy()[order])
    length = np.hypot(*(end - start).T)
    first, second, exact, left = _matching(owner, start, end, length)
    a, b, near = _nearly(owner[left], start[left], end[left], snap_m)
    low, high = np.concatenate([first, a]), np.concatenate([second, b])
    metres = np.concatenate([exact, near])
    pair = low * len(codes) + high
    distinct, which = np.unique(pair, return_inverse=True)
    total = np.round(np.bincount(which, weights=metres, minlength=len(distinct)), 3)
    distinct, total = distinct[total > 0], total[total > 0]
    from_code, to_code = codes[distinct // max(len(codes), 1)], codes[distinct % max(len(codes), 1)]
    return pd.DataFrame(
        {
            "from_code": pd.Series(from_code, dtype="str"),
            "to_code": pd.Series(to_code, dtype="str"),
            "length_m": total.astype(np.float64),
        }
    )


def _segments(shapes: npt.NDArray[Any]) -> tuple[Ints, Floats, Floats]:
    """Every straight piece of every ring: position of its unit, start (m, 2), end (m, 2)."""
    polygons, unit = shapely.get_parts(shapes, return_index=True)
    rings, polygon = shapely.get_rings(polygons, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    inside = ring[1:] == ring[:-1]
    return unit[polygon[ring[:-1][inside]]].astype(np.int64), points[:-1][inside], points[1:][inside]


def _matching(
    owner: Ints, start: Floats, end: Floats, length: Floats
) -> tuple[Ints, Ints, Floats, npt.NDArray[np.bool_]]:
    """Borders of equal segments (low unit, high unit, metres) and which segments found no partner."""
    one, two = _cells(start), _cells(end)
    low_end, high_end = np.minimum(one, two), np.maximum(one, two)
    real = np.flatnonzero(one != two)
    # Sorting by a mixed key brings equal segments together (units already stand in order, and the sort keeps it); the
    # ends themselves are compared, so that two segments of one key by chance are not taken for equal.
    mixed = low_end.view(np.uint64) * np.uint64(0x9E3779B97F4A7C15) ^ high_end.view(np.uint64) * np.uint64(
        0xC2B2AE3D27D4EB4F
    )
    order = real[np.argsort(mixed[real], kind="stable")]
    before, after = order[:-1], order[1:]
    same = (low_end[before] == low_end[after]) & (high_end[before] == high_end[after])
    other = owner[before] != owner[after]
    # Entries of one segment stand together by rising unit. In a sound coverage a segment has two; where badly drawn
    # units overlap it may have more, and then neighbours in this order are paired.
    at = np.flatnonzero(same & other)
    low, high = owner[order][at], owner[order][at + 1]
    left = np.ones(len(owner), dtype=bool)
    left[order[at]] = left[order[at + 1]] = False
    left[one == two] = False  # no length
    return low, high, length[order[at]], left


def _cells(points: Floats) -> Ints:
    """One number for each point, the same for points of the same millimetre."""
    cells = np.rint(points * _PER_METRE).astype(np.int64) + (1 << 31)
    key: Ints = (cells[:, 0] << 32) ^ cells[:, 1]
    return key


def _nearly(owner: Ints, start: Floats, end: Floats, snap_m: float) -> tuple[Ints, Ints, Floats]:
    """Overlap of unmatched segments of different units that run within `snap_m` of each other."""
    none = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    if len(owner) == 0:
        return none
    lines = shapely.linestrings(np.stack([start, end], axis=1))
    tree = shapely.STRtree(lines)
    mine, other = tree.query(_boxes(start, end, snap_m), predicate="intersects")
    apart = owner[mine] < owner[other]
    mine, other = mine[apart], other[apart]
    if len(mine) == 0:
        return none
    metres = np.minimum(
        _overlap(start[mine], end[mine], start[other], end[other], snap_m),
        _overlap(start[other], end[other], start[mine], end[mine], snap_m),
    )
    some = metres > 0
    mine, other, metres = mine[some], other[some], metres[some]
    # One segment cannot border the same unit for longer than itself, however finely the other side is drawn.
    length = np.hypot(*(end - start).T)
    table = pd.DataFrame({"mine": mine, "low": owner[mine], "high": owner[other], "metres": metres})
    table = table.groupby(["mine", "low", "high"], sort=True)["metres"].sum().reset_index()
    capped = np.minimum(table["metres"].to_numpy(), length[table["mine"].to_numpy()])
    return table["low"].to_numpy(np.int64), table["high"].to_numpy(np.int64), capped


def _boxes(start: Floats, end: Floats, margin: float) -> npt.NDArray[Any]:
    low, high = np.minimum(start, end) - margin, np.maximum(start, end) + margin
    boxes: npt.NDArray[Any] = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
    return boxes


def _overlap(a0: Floats, a1: Floats, b0: Floats, b1: Floats, snap_m: float) -> Floats:
    """Metres of segment a that lie beside segment b (projected on a) at a distance of at most `snap_m`."""
    along = a1 - a0
    length = np.hypot(*along.T)
    unit = along / np.maximum(length, 1e-12)[:, None]

    def project(point: Floats) -> tuple[Floats, Floats]:
        d = point - a0
        return d[:, 0] * unit[:, 0] + d[:, 1] * unit[:, 1], d[:, 1] * unit[:, 0] - d[:, 0] * unit[:, 1]

    (t0, h0), (t1, h1) = project(b0), project(b1)
    # b as a function of its own parameter s in [0, 1]: clip to where it lies beside a and near enough.
    low, high = np.zeros(len(a0)), np.ones(len(a0))
    for at0, at1, least, most in ((t0, t1, np.zeros(len(a0)), length), (h0, h1, -snap_m, snap_m)):
        step = at1 - at0
        flat = np.abs(step) < 1e-12
        safe = np.where(flat, 1.0, step)
        s0, s1 = (least - at0) / safe, (most - at0) / safe
        outside = flat & ((at0 < least) | (at0 > most))
        low = np.where(flat, np.where(outside, 1.0, low), np.maximum(low, np.minimum(s0, s1)))
        high = np.where(flat, np.where(outside, 0.0, high), np.minimum(high, np.maximum(s0, s1)))
    metres: Floats = np.maximum(high - low, 0.0) * np.abs(t1 - t0)
    return metres

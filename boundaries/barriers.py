"""Barriers: rivers, motorways and railways as lines with a strength, and how much of each border lies on one.

A barrier is a line in a file of the planner's, with a name and a strength from 0 (nobody minds it) to 1 (nobody
crosses it), which `boundaries.overlays.read_barriers` reads. Here it is measured; what it means for a plan is decided
elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from boundaries import columns as col
from boundaries import crs
from boundaries.errors import DataError

NEAR_M = 25.0
SHARE_COLUMNS = ["from_code", "to_code", "length_m", "share", "strength", "name"]
_CROSSING = 3.0  # a stretch of border shorter than this many times `near_m` may only be crossed by the barrier
_WHOLE = 0.9


def strengths(values: pd.Series, names: pd.Series, *, file: str, column: str) -> pd.Series:
    """The strengths of barriers, float64 in 0 to 1; `names` are what messages call them.

    Raises DataError naming the barriers whose strength is blank, no number, or outside 0 to 1.
    """
    text = values.astype("object").where(values.notna(), "").astype(str)
    found = col.numbers(text, file=file, column=column)
    wrong = (found.isna() | (found < 0) | (found > 1)).to_numpy()
    if wrong.any():
        told = [f"{names.iloc[n] or 'a barrier without a name'} (“{text.iloc[n]}”)" for n in np.flatnonzero(wrong)[:5]]
        raise DataError(
            f"{file}, column “{column}”: the strength of a barrier is a number from 0 to 1. It is not so for "
            f"{', '.join(told)}{f' and {int(wrong.sum()) - 5} more' if wrong.sum() > 5 else ''}.",
            mend="Give these barriers a strength: 1 where nobody crosses, 0 where nobody minds.",
        )
    return found


def border_shares(
    units: gpd.GeoDataFrame,
    edges: pd.DataFrame,
    barriers: gpd.GeoDataFrame,
    *,
    near_m: float = NEAR_M,
    snap_m: float = 1.0,
) -> pd.DataFrame:
    """How much of each border lies on or near a barrier.

    units : indexed by code, EPSG:27700. edges : from_code, to_code, as of `boundaries.adjacency`; rows of another kind
        than "border" (links) are passed over, where there is a column `kind`.
    barriers : EPSG:27700, columns name str, strength float64 in 0 to 1, geometry lines.
    near_m : metres; a border that close to a barrier lies on it. snap_m : metres between lines that are one border.

    Returns a row for each border with any of it on a barrier, sorted by codes: from_code, to_code, length_m (of the
    border), share (0 to 1, of that length), strength (0 to 1, the mean over the share; where several barriers run side
    by side the strongest counts), name (of the barrier with the longest stretch). A stretch of less than three times
    `near_m` is where a barrier crosses a border, and does not count unless it is (nearly) the whole border.
    Raises DataError for another CRS.
    """
    crs.require_metres(units, "The search for borders on barriers")
    crs.require_metres(barriers, "The search for borders on barriers")
    if "kind" in edges:
        edges = edges[edges["kind"] == "border"]
    first, second = (edges[c].astype(str).to_numpy(dtype=object) for c in ("from_code", "to_code"))
    if not len(edges) or not len(barriers):
        return _table([])
    lines = np.asarray(barriers.geometry.array)
    strength = barriers["strength"].to_numpy(dtype=np.float64)
    names = barriers["name"].astype(str).to_numpy(dtype=object)
    # The strongest first, then by name, so that the answer does not depend on the order of the file.
    order = sorted(range(len(lines)), key=lambda n: (-strength[n], names[n], n))
    bands = shapely.buffer(lines[order], near_m, quad_segs=4)
    shapes = dict(zip(units.index.astype(str), np.asarray(units.geometry.array), strict=True))
    meeting = _near_pairs([shapes[c] for c in first], [shapes[c] for c in second], bands, snap_m)
    rows = []
    for pair in sorted(meeting, key=lambda n: (first[n], second[n])):
        border = shared_border(shapes[first[pair]], shapes[second[pair]], snap_m)
        length = float(shapely.length(border))
        if length <= 0:
            continue
        covered: dict[int, float] = {}
        rest = border
        for n in meeting[pair]:
            stretch = _long_enough(shapely.intersection(rest, bands[n]), length, near_m)
            if not shapely.is_empty(stretch):
                covered[n] = float(shapely.length(stretch))
                rest = shapely.difference(rest, bands[n])
        on = sum(covered.values())
        if on <= 0:
            continue
        longest = max(covered, key=lambda n: (covered[n], -n))
        mean = sum(strength[order[n]] * metres for n, metres in covered.items()) / on
        share = min(1.0, on / length)
        rows.append(
            (first[pair], second[pair], round(length, 3), round(share, 6), round(mean, 6), names[order[longest]])
        )
    return _table(rows)


def no_barriers() -> pd.DataFrame:
    """The table of barriers of an area in which none lies on a border: as `border_shares`, and a column `cut`."""
    return _table([]).assign(cut=np.zeros(0, dtype=np.bool_))


def shared_border(one: shapely.Geometry, other: shapely.Geometry, snap_m: float = 1.0) -> shapely.Geometry:
    """The line that two polygons share, as lines of the first one's edge; `snap_m`: metres they may lie apart."""
    beside = shapely.buffer(other, snap_m, quad_segs=2, join_style="mitre")
    line = shapely.intersection(shapely.boundary(one), beside)
    parts = [p for p in shapely.get_parts(line) if p.geom_type == "LineString" and p.length > 2 * snap_m]
    return shapely.line_merge(shapely.multilinestrings(parts)) if parts else shapely.MultiLineString()


def _near_pairs(
    one: list[shapely.Geometry], other: list[shapely.Geometry], bands: npt.NDArray[np.object_], snap_m: float
) -> dict[int, list[int]]:
    """Pair of units -> the bands that may meet their border, strongest first."""
    tree = shapely.STRtree(bands)

    def near(shapes: list[shapely.Geometry]) -> set[tuple[int, int]]:
        pair, band = tree.query(np.asarray(shapes, dtype=object), predicate="dwithin", distance=snap_m)
        return set(zip(pair.tolist(), band.tolist(), strict=True))

    found: dict[int, list[int]] = {}
    for pair, band in sorted(near(one) & near(other)):
        found.setdefault(pair, []).append(band)
    return found


def _long_enough(stretch: shapely.Geometry, length: float, near_m: float) -> shapely.Geometry:
    """The parts of a stretch along which a barrier runs, without those where it only crosses."""
    merged = shapely.line_merge(stretch) if stretch.geom_type == "MultiLineString" else stretch
    parts = [
        p
        for p in shapely.get_parts(merged)
        if p.geom_type == "LineString" and (p.length > _CROSSING * near_m or p.length >= _WHOLE * length)
    ]
    return shapely.multilinestrings(parts) if parts else shapely.MultiLineString()


def _table(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=SHARE_COLUMNS)
    types = {"from_code": "str", "to_code": "str", "name": "str"}
    return made.astype(types | dict.fromkeys(("length_m", "share", "strength"), "float64"))

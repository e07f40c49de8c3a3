"""The map of one neighbourhood for its page: its LSOAs, what lies beside it, practices and other places, in mm."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import shapely

from footprints.maps import lighter
from footprints.metrics.practices import in_use
from footprints.metrics.scene import Scene
from footprints.report.drawing import (
    MARGIN,
    POINTS,
    SIZE,
    SMALL,
    Frame,
    _north,
    _path,
    _scale_bar,
    _text,
    _text_lines,
    _tint,
    _width,
    united,
    widest,
)
from footprints.report.parts import Figure
from footprints.report.typesetting import FAMILY
from optimise.words import count

_AROUND = 0.08  # of its size, shown on each side
_FOOT = 7.0


def practices_in(scene: Scene, d: int) -> list[int]:
    """Rows of `area.practices` in use and sited in neighbourhood d, the largest lists first."""
    table = scene.area.practices
    if not len(table):
        return []
    here = np.flatnonzero((scene.site == d) & in_use(scene)).tolist()
    size = np.nan_to_num(table["list_size"].to_numpy(dtype=np.float64))
    return sorted(here, key=lambda p: (-size[p], str(table.index[p])))


def team_map(
    scene: Scene, d: int, colour: str, outlines: Mapping[int, shapely.Geometry], assets: gpd.GeoDataFrame | None,
    credit: str, *, width: float = 176.0, height: float = 92.0,
) -> Figure:  # fmt: skip
    """The map of neighbourhood d. outlines : of all neighbourhoods, EPSG:27700. assets : points with name and kind."""
    own = outlines[d]
    west, south, east, north = own.bounds
    wide, tall = max(east - west, 500.0) * (1 + 2 * _AROUND), max(north - south, 500.0) * (1 + 2 * _AROUND)
    scale = min((width - 2 * MARGIN) / wide, (height - 2 * MARGIN) / tall)
    frame = Frame((west + east) / 2 - width / scale / 2, (north + south) / 2 + height / scale / 2, scale, width, height)
    window = shapely.box(frame.west, frame.north - height / scale, frame.west + width / scale, frame.north)
    plan = scene.plan
    parts = [
        f'<rect width="{width:.1f}" height="{height + _FOOT:.1f}" fill="#ffffff"/>',
        f'<rect width="{width:.1f}" height="{height:.1f}" fill="#f4f6f7"/>',
    ]
    for other, shape in outlines.items():
        if other == d or not shape.intersects(window):
            continue
        cut = _polygons(shapely.intersection(shapely.make_valid(shape), window))
        if cut is None:
            continue
        parts.append(f'<path d="{_path(cut, frame)}" fill="#e3e7ea" stroke="#768692" stroke-width="0.35"/>')
        at, radius = widest(cut)
        name = plan.neighbourhoods[other].name
        if radius * scale > max(2.5, 0.4 * _width(name, SMALL)):
            ((x, y),) = frame.place(at[None, :]).tolist()
            parts.append(_text(name, x, y, SMALL, anchor="middle", halo=True, fill="#425563"))
    units = scene.area.units.geometry.to_numpy()[scene.members[d]]
    light, _ = lighter(units, POINTS)
    parts += [
        f'<path d="{_path(shape, frame)}" fill="{_tint(colour)}" stroke="#768692" stroke-width="0.15"/>'
        for shape in light
    ]
    parts.append(
        f'<path d="{_path(united(light), frame)}" fill="none" stroke="#212b32" stroke-width="0.7" '
        'stroke-linejoin="round"/>'
    )
    shown = 0
    if assets is not None and len(assets):
        inside = assets[assets.geometry.within(own)]
        shown = len(inside)
        for x, y in frame.place(shapely.get_coordinates(inside.geometry.to_numpy())).tolist():
            parts.append(
                f'<path d="M{x:.2f} {y - 1:.2f}l1 1l-1 1l-1 -1Z" fill="#ffffff" stroke="#212b32" stroke-width="0.3"/>'
            )
    numbered = practices_in(scene, d)
    table = scene.area.practices
    for n, p in enumerate(numbered, 1):
        xy = table[["x", "y"]].to_numpy(dtype=np.float64)[p]
        if np.isfinite(xy).all():
            ((x, y),) = frame.place(xy[None, :]).tolist()
            parts.append(f'<circle cx="{x:.2f}" cy="{y:.2f}" r="1.6" fill="#212b32" stroke="#fff" stroke-width="0.3"/>')
            parts.append(_text(str(n), x, y + 0.8, 2.2, anchor="middle", bold=True, fill="#ffffff"))
    parts += _scale_bar(frame)
    parts += _north(frame)
    parts.append(f'<rect width="{width:.1f}" height="{height:.1f}" fill="none" stroke="#212b32" stroke-width="0.3"/>')
    signs = "Numbers: GP practices, as in the table." if numbered else "No GP practice is sited here."
    signs += " Diamonds: other places." if shown else ""
    parts.append(_text(f"{signs} Thin lines: LSOAs.", 0.5, height + 3.0, SIZE))
    parts += _text_lines([credit[:190]], 0.5, height + 6.0, SMALL)
    name = plan.neighbourhoods[d].name
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.1f} {height + _FOOT:.1f}" '
        f'width="{width:.1f}mm" height="{height + _FOOT:.1f}mm" font-family="{FAMILY}" fill="#212b32">\n'
        + "\n".join(parts)
        + "\n</svg>"
    )
    alt = (
        f"Map of {name}: {count(len(scene.members[d]), 'LSOA')}, with {len(numbered)} GP practices and the "
        "neighbourhoods beside it."
    )
    return Figure(svg, "", alt, width, height + _FOOT)


def _polygons(shape: shapely.Geometry) -> shapely.MultiPolygon | None:
    parts = [p for p in shapely.get_parts(shape).tolist() if p.geom_type == "Polygon" and p.area > 0]
    return shapely.MultiPolygon(parts) if parts else None

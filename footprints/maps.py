"""Maps: shapes made light for the screen, and a map of neighbourhoods for a page of its own.

`alone` is a folium map whose files come from an installed package, whose texts are never markup, and which has no
server to fetch anything from; the app's own maps are drawn by assets/editor.
Shapes are simplified together, so that neighbours keep one common edge; exports never use them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from folium.template import Template

from boundaries import crs
from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.escape import script_json


def leaflet_folder() -> Path:
    """Leaflet's files in the installed package that ships them. Raises FootprintError where it is not installed."""
    spec = find_spec("js_lib_leaflet")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise FootprintError(
            "The package that holds Leaflet (django-js-lib-leaflet) is not installed, so there can be no maps.",
            mend="Install the project again: pip install -e .",
        )
    return Path(places[0]) / "static" / "js_lib_leaflet"


class Call(folium.MacroElement):
    """One call into assets/map.js; `data` comes from `script_json`, so it can stand in any script."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "footprints.{{ this.verb }}({{ this._parent.get_name() }}, {{ this.data }});"
        "{% endmacro %}"
    )

    def __init__(self, verb: str, data: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Call"
        self.verb = verb
        self.data = data


@dataclass(frozen=True, eq=False)
class Drawing:
    """An area made light for the screen.

    shapes : simplified polygons aligned with `Area.codes`, in the area's CRS (EPSG:27700), so that they can be united.
    bounds : ((south, west), (north, east)) in degrees. tolerance_m : how far a line may have moved, metres.
    """

    shapes: np.ndarray
    bounds: tuple[tuple[float, float], tuple[float, float]]
    tolerance_m: float


def draw(area: Area, *, vertices: int = 25_000) -> Drawing:
    """Simplify the units of an area together, to about `vertices` points in all, for drawing at screen size.

    Shapes that do not tile cleanly (an overlap in the source) are simplified one by one, which may show hairlines.
    """
    shapes = np.asarray(area.units.geometry.array)
    shapes, tolerance = lighter(shapes, max(vertices, 30 * len(shapes)))
    return Drawing(shapes, bounds_of(degrees(shapes)), tolerance)


def lighter(shapes: np.ndarray, wanted: int) -> tuple[np.ndarray, float]:
    """Shapes in metres simplified together to about `wanted` points in all, and how far a line may have moved.

    Shapes that do not tile cleanly are simplified one by one.
    """
    if shapely.get_num_coordinates(shapes).sum() <= wanted:
        return shapes, 0.0
    clean = bool(shapely.coverage_is_valid(shapes))
    for tolerance in (20.0, 30.0, 40.0, 50.0, 60.0, 80.0, 100.0):
        light = shapely.coverage_simplify(shapes, tolerance) if clean else shapely.simplify(shapes, tolerance)
        if shapely.get_num_coordinates(light).sum() <= wanted:
            break
    return light, tolerance


def bounds_of(shapes: np.ndarray) -> tuple[tuple[float, float], tuple[float, float]]:
    """((south, west), (north, east)) of shapes in degrees."""
    west, south, east, north = (float(v) for v in shapely.total_bounds(shapes))
    return (south, west), (north, east)


def alone(neighbourhoods: Sequence[Mapping[str, Any]], shapes: np.ndarray) -> tuple[str, str]:
    """A map for a page of its own: the markup of its place there, and the script that draws it. The same every time.

    neighbourhoods : name, key (for where the name has no room), fill, people and the `lines` of the tooltip of each.
    shapes : theirs, in EPSG:27700. The script needs Leaflet and assets/map.js before it.
    """
    made = folium.Map(tiles=None, attribution_control=False, zoom_snap=0.25, max_zoom=17)
    # folium's own names are random, and its own header forbids to zoom a page.
    page: Any = made.get_root()
    made._id, page._id = "plan", "page"
    made.default_js, made.default_css = [], []
    there = degrees(shapes)
    groups = [
        {**own, "at": _label_point(shape), "room": round(float(shapely.area(shape)) / 1e6, 2)}
        for own, shape in zip(neighbourhoods, shapes, strict=True)
    ]
    features = _collection((shape, {"group": i}) for i, shape in enumerate(there))
    data = {"groups": groups, "features": features, "bounds": bounds_of(there)}
    call = Call("alone", script_json(data))
    call._id = "alone"
    made.add_child(call)
    page.render()
    return str(page.html.render()), str(page.script.render())


def practice_dots(area: Area) -> list[dict[str, Any]]:
    """Practices with a position, as plain data for the map: where, which unit, and the lines of their tooltip."""
    placed = area.practices[area.practices["x"].notna()] if len(area.practices) else area.practices
    if not len(placed):
        return []
    where = gpd.GeoSeries(gpd.points_from_xy(placed["x"], placed["y"]), crs=area.units.crs).to_crs(4326)
    rows = []
    for (code, row), point in zip(placed.iterrows(), where, strict=True):
        rows.append(
            {
                "lat": round(point.y, 5),
                "lon": round(point.x, 5),
                "code": str(code),
                "unit": str(row["unit"]),
                "closed": row["status"] == "closed",
                "outside": bool(row["outside"]),
                "lines": practice_lines(str(code), {str(k): v for k, v in row.items()}),
            }
        )
    return rows


def practice_lines(code: str, row: Mapping[str, Any]) -> list[str]:
    """What a planner reads about a practice: name and code, list size, PCN, and whether it has closed."""
    lines = [f"{row['name']} ({code})"]
    if row["list_size"] == row["list_size"]:
        lines.append(f"{row['list_size']:,.0f} registered patients")
    if row["pcn_name"] or row["pcn"]:
        lines.append(str(row["pcn_name"] or row["pcn"]))
    if row["status"] == "closed":
        lines.append(f"Closed {row['closed']}; last known site".replace("  ", " "))
    if row["outside"]:
        lines.append("Outside this place, used by its residents")
    return lines


def unit_points(area: Area) -> list[list[float]]:
    """A point inside each unit, in its middle where that lies inside. Latitude, longitude."""
    shapes = np.asarray(area.units.geometry.array)
    middle = shapely.centroid(shapes)
    inside = shapely.contains(shapes, middle)
    spots = np.where(inside, middle, shapely.point_on_surface(shapes))
    return [[float(point.y), float(point.x)] for point in degrees(spots)]


def unit_labels(area: Area) -> dict[str, str]:
    """Every unit as a planner calls it, by code."""
    return {code: area.unit_label(code) for code in area.codes}


def _label_point(whole: Any) -> list[float]:
    """Where a name is printed: inside the largest piece, in its middle where that lies inside. Latitude, longitude."""
    pieces = shapely.get_parts(whole)
    largest = pieces[int(np.argmax(shapely.area(pieces)))]
    spot = shapely.centroid(largest)
    if not shapely.contains_xy(largest, spot.x, spot.y):
        spot = shapely.point_on_surface(largest)
    (there,) = degrees(np.array([spot], dtype=object))
    return [float(there.y), float(there.x)]


def degrees(shapes: np.ndarray) -> np.ndarray:
    """Shapes in EPSG:27700 as longitude and latitude, to about a metre."""
    return np.asarray(shapely.transform(crs.to_degrees(shapes), lambda xy: np.round(xy, 5)))


def metres(shapes: np.ndarray) -> np.ndarray:
    """Shapes in longitude and latitude in EPSG:27700."""
    return np.asarray(gpd.GeoSeries(shapes, crs=crs.WGS84).to_crs(crs.BRITISH_GRID).array)


def _collection(features: Any) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}
            for shape, properties in features
        ],
    }

"""Maps to look at: folium maps whose files come from this machine and whose texts are never markup.

A map of the app has two halves. `ground` is all that stays while a plan is edited (units, district lines, practices);
`paint` is what changes (colours, outlines, names) and is laid over it without the view being lost. `alone` is a map of
neighbourhoods for a page of its own, which has no server to fetch anything from.
Shapes are simplified together, so that neighbours keep one common edge; exports never use them.
"""

from __future__ import annotations

import hashlib
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
from footprints.plan import Plan

LINES = {
    "district": {"color": "#003087", "weight": 2.6, "opacity": 0.95},
    "upper_tier": {"color": "#003087", "weight": 4.2, "opacity": 0.95},
}


def local_assets(base: str) -> None:
    """Make every folium map load Leaflet and our own script from `base` on this server, and nothing else.

    folium keeps its list of files on the class, so this replaces the list once, before any map is made.
    """
    folium.Map.default_js = [
        ("leaflet", f"{base}/assets/leaflet/leaflet.js"),
        ("footprints_js", f"{base}/assets/map/map.js"),
    ]
    folium.Map.default_css = [
        ("leaflet_css", f"{base}/assets/leaflet/leaflet.css"),
        ("footprints_css", f"{base}/assets/map/map.css"),
    ]


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
        "footprints.{{ this.verb }}({{ this.map_name }}, "
        "{% if this.layered %}{{ this._parent.get_name() }}, {% endif %}{{ this.data }});"
        "{% endmacro %}"
    )

    def __init__(self, verb: str, data: str, *, layered: bool = False) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Call"
        self.verb = verb
        self.data = data
        self.layered = layered

    @property
    def map_name(self) -> str:
        """The map's variable; streamlit-folium, which alone evaluates feature groups on their own, names it map_div."""
        return "map_div" if self.layered or self._parent is None else str(self._parent.get_name())


@dataclass(frozen=True, eq=False)
class Drawing:
    """An area made light for the screen.

    shapes : simplified polygons aligned with `Area.codes`, in the area's CRS (EPSG:27700), so that they can be united.
    bounds : ((south, west), (north, east)) in degrees. tolerance_m : how far a line may have moved, metres.
    calls : what the ground of every map sends, ready to send.
    """

    shapes: np.ndarray
    bounds: tuple[tuple[float, float], tuple[float, float]]
    tolerance_m: float
    calls: tuple[tuple[str, str], ...]


def draw(area: Area, *, vertices: int = 25_000) -> Drawing:
    """Simplify the units of an area together, to about `vertices` points in all, for drawing at screen size.

    Shapes that do not tile cleanly (an overlap in the source) are simplified one by one, which may show hairlines.
    """
    shapes = np.asarray(area.units.geometry.array)
    shapes, tolerance = lighter(shapes, max(vertices, 30 * len(shapes)))
    there = degrees(shapes)
    bounds = bounds_of(there)
    calls = [("units", script_json({"features": _units(area, there), "bounds": bounds}))]
    for key, look in LINES.items():
        if key in area.levels:
            calls.append(("strokes", script_json({"features": _lines(area, shapes, key), "style": look})))
    calls.append(("practices", script_json(practice_dots(area))))
    return Drawing(shapes, bounds, tolerance, tuple(calls))


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


def ground(area: Area, drawing: Drawing) -> folium.Map:
    """The part of a map that stays: units with their codes, district lines, practices."""
    made = folium.Map(tiles=None, prefer_canvas=True, attribution_control=False, zoom_snap=0.25, max_zoom=17)
    made._id = "ground"
    for verb, data in drawing.calls:
        made.add_child(Call(verb, data))
    return made


def paint(plan: Plan | None, area: Area, drawing: Drawing, *, changed: Sequence[str] = ()) -> folium.FeatureGroup:
    """The part of a map that changes: fills, outlines and names of a plan; units `changed` with a dashed edge."""
    data = painting(plan, area, drawing, changed=changed)
    data["stamp"] = hashlib.sha256(script_json(data).encode()).hexdigest()[:12]
    group = folium.FeatureGroup(name="plan", control=False)
    group.add_child(Call("paint", script_json(data), layered=True))
    return group


def painting(plan: Plan | None, area: Area, drawing: Drawing, *, changed: Sequence[str] = ()) -> dict[str, Any]:
    """What `paint` sends, as plain data: groups (name, fill, people, where the name goes), unit -> group, outlines."""
    known = dict(plan.assignment) if plan else {}
    codes = [n.code for n in plan.neighbourhoods] if plan else []
    index = {code: i for i, code in enumerate(codes)}
    member = np.array([index.get(known.get(code, ""), -1) for code in area.codes], dtype=np.int64)
    people = area.units["residents"].to_numpy()
    groups, outlines = [], []
    for i, own in enumerate(plan.neighbourhoods if plan else ()):
        inside = np.flatnonzero(member == i)
        row: dict[str, Any] = {"name": own.name, "fill": own.colour, "people": "", "at": None, "room": 0.0}
        if len(inside):
            row["people"] = f"{int(people[inside].sum()):,}"
            whole = _united(drawing.shapes[inside])
            row["at"] = _label_point(whole)
            row["room"] = round(float(shapely.area(whole)) / 1e6, 2)
            outlines.append(shapely.boundary(whole))
        groups.append(row)
    return {
        "groups": groups,
        "units": {code: int(m) for code, m in zip(area.codes, member, strict=True) if m >= 0},
        "outlines": _collection((shape, {}) for shape in degrees(np.array(outlines, dtype=object))),
        "changed": [code for code in changed if code in set(area.codes)],
    }


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


def _units(area: Area, shapes: np.ndarray) -> dict[str, Any]:
    labels = unit_labels(area)
    return _collection(
        (shape, {"code": code, "label": labels[code]}) for code, shape in zip(area.codes, shapes, strict=True)
    )


def unit_labels(area: Area) -> dict[str, str]:
    """Every unit as a planner calls it, by code."""
    return {code: area.unit_label(code) for code in area.codes}


def _lines(area: Area, shapes: np.ndarray, key: str) -> dict[str, Any]:
    member = np.asarray(area.level(key).assignment)
    edges = [shapely.boundary(_united(shapes[member == code])) for code in sorted(set(member.tolist()) - {""})]
    return _collection((edge, {}) for edge in degrees(np.array(edges, dtype=object)))


def _united(shapes: np.ndarray) -> Any:
    """Some units as one shape. Units that do not tile cleanly are united on a grid of one metre."""
    try:
        return shapely.coverage_union_all(shapes)
    except shapely.GEOSException:
        return shapely.union_all(shapely.make_valid(shapes), grid_size=1.0)


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

"""Outlines in WGS84 whose shared edges are the same to the last digit: no gaps, no slivers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from boundaries.area import Area
from footprints.plan import Plan, check_fits

DECIMALS = 6
_THIN_M = 2.0
_M_PER_DEGREE = 111_000.0


def unit_outlines(area: Area) -> NDArray[np.object_]:
    """(n,) polygons of the units in EPSG:4326, six decimals (0.1 m), in the order of `area.codes`.

    Vertices are rounded before anything is dissolved: one vertex, one rounded place, on both sides of every edge. Where
    the units as loaded do not fit (an edge with a vertex on one side only), they are rebuilt from their shared lines.
    """
    world = area.units.geometry.to_crs(4326).to_numpy()
    rounded: NDArray[np.object_] = shapely.remove_repeated_points(shapely.transform(world, _round), 0)
    if bool(shapely.is_valid(rounded).all()) and bool(shapely.coverage_is_valid(rounded)):
        return rounded
    return _rebuilt(rounded)


def outlines(plan: Plan, area: Area) -> gpd.GeoDataFrame:
    """One row for each neighbourhood (index code, columns name, geometry MultiPolygon), EPSG:4326, six decimals.

    Rings are right-handed (RFC 7946: outer rings run counter-clockwise) and begin at one place, so that the same plan
    gives the same bytes. A neighbourhood without units has an empty geometry.
    """
    check_fits(plan, area)
    return _frame(plan, area, unit_outlines(area))


def _frame(plan: Plan, area: Area, units: NDArray[np.object_]) -> gpd.GeoDataFrame:
    where = plan.where()
    label = np.array([where.get(unit, "") for unit in area.codes], dtype=object)
    made = [shapely.coverage_union_all(units[label == code]) if (label == code).any() else None for code in plan.codes]
    return gpd.GeoDataFrame(
        {"name": [n.name for n in plan.neighbourhoods]},
        geometry=[right_handed(shape) for shape in made],
        index=gpd.pd.Index(list(plan.codes), name="code", dtype="str"),
        crs=4326,
    )


def right_handed(shape: shapely.Geometry | None) -> shapely.MultiPolygon:
    """A MultiPolygon with its parts and rings in one order, outer rings counter-clockwise, holes clockwise."""
    if shape is None or shape.is_empty:
        return shapely.MultiPolygon()
    parts = [part for part in shapely.get_parts(shape).tolist() if part.geom_type == "Polygon" and part.area > 0]
    return shapely.orient_polygons(shapely.normalize(shapely.MultiPolygon(parts)), exterior_cw=False)


def _round(coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.round(coordinates, DECIMALS)


def _rebuilt(units: NDArray[np.object_]) -> NDArray[np.object_]:
    """The units drawn anew from one network of lines, so that neighbours share every vertex.

    A face that several units claim goes to the first; a thin face that none claims (a sliver) goes to the unit that has
    most of its edge. Wider faces, such as lakes that no unit covers, stay out.
    """
    whole = shapely.make_valid(units)
    lines = shapely.union_all(shapely.boundary(whole), grid_size=10.0**-DECIMALS)
    lines = shapely.transform(lines, _round)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(lines).tolist()))
    tree = shapely.STRtree(whole)
    owned: list[list[shapely.Geometry]] = [[] for _ in units]
    for face in faces.tolist():
        inside = sorted(tree.query(face.representative_point(), predicate="intersects").tolist())
        if not inside and 2 * face.area / max(face.length, 1e-12) * _M_PER_DEGREE < _THIN_M:
            near = sorted(tree.query(face, predicate="intersects").tolist())
            shared = [float(shapely.length(shapely.intersection(face.boundary, whole[u].buffer(1e-6)))) for u in near]
            inside = [near[int(np.argmax(shared))]] if near else []
        if inside:
            owned[inside[0]].append(face)
    made = [shapely.coverage_union_all(parts) if parts else unit for parts, unit in zip(owned, whole, strict=True)]
    return np.array(made, dtype=object)

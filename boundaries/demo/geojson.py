"""Boundary layers as the ONS publishes them: GeoJSON in WGS84 degrees to nine decimals, one feature to a line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyproj
import shapely

from boundaries.demo import headers
from boundaries.demo.country import County
from boundaries.demo.kinds import Floats
from boundaries.demo.ons import global_id

RIVER_STRENGTH = 0.5  # above the tide: fords and small bridges at every village
COLUMNS = {"lsoa": headers.LSOA_LAYER, "msoa": headers.MSOA_LAYER, "ward": headers.WARD_LAYER}


def write_layer(path: Path, layer: str, counties: list[County]) -> None:
    """Write the layer "lsoa", "msoa" or "ward" of all counties."""
    to_wgs84 = pyproj.Transformer.from_crs(27700, 4326, always_xy=True)

    def degrees(xy: Floats) -> Floats:
        return np.round(np.column_stack(to_wgs84.transform(xy[:, 0], xy[:, 1])), 9)

    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(
            f'{{\n"type": "FeatureCollection",\n"name": "{path.stem}",\n'
            '"crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:OGC:1.3:CRS84" } },\n"features": [\n'
        )
        fid = 0
        for county in counties:
            shapes, labels = _shapes(county, layer)
            moved = shapely.transform(
                np.array(shapes, dtype=object), lambda xy, at=(county.east, county.north): xy + at
            )
            points = shapely.get_coordinates(shapely.point_on_surface(moved)).round()
            lonlat = degrees(points)
            texts = shapely.to_geojson(shapely.transform(moved, degrees))
            for place, text in enumerate(texts.tolist()):
                fid += 1
                known: dict[str, object] = {
                    "FID": fid, "BNG_E": int(points[place, 0]), "BNG_N": int(points[place, 1]),
                    "LONG": round(lonlat[place, 0], 6), "LAT": round(lonlat[place, 1], 6),
                    "Shape__Area": round(moved[place].area, 2), "Shape__Length": round(moved[place].length, 2),
                    "GlobalID": global_id(f"{layer} {labels[place][0]}"),
                }  # fmt: skip
                mine = iter(labels[place])
                row = {column: known[column] if column in known else next(mine) for column in COLUMNS[layer]}
                lead = ",\n" if fid > 1 else ""
                file.write(f'{lead}{{"type": "Feature", "properties": {json.dumps(row)}, "geometry": {text}}}')
        file.write("\n]\n}\n")


def write_rivers(path: Path, counties: list[County]) -> None:
    """Write the river of each county above its tidal water as a barrier (formats.md 10.3)."""
    to_wgs84 = pyproj.Transformer.from_crs(27700, 4326, always_xy=True)
    features = []
    for county in counties:
        xy = shapely.get_coordinates(county.ground.drawing.river) + np.array([county.east, county.north])
        lonlat = np.round(np.column_stack(to_wgs84.transform(xy[:, 0], xy[:, 1])), 9).tolist()
        named = {"name": "River (invented)", "strength": RIVER_STRENGTH}
        line = {"type": "LineString", "coordinates": lonlat}
        features.append({"type": "Feature", "properties": named, "geometry": line})
    crs84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    layer = {"type": "FeatureCollection", "name": path.stem, "crs": crs84, "features": features}
    path.write_text(json.dumps(layer), encoding="utf-8", newline="\n")


def _shapes(county: County, layer: str) -> tuple[list[shapely.Geometry], list[tuple[str, ...]]]:
    """Polygons of one layer in code order with the values of its code and name columns, in the order of the columns."""
    ground, g = county.ground, county.gazetteer
    if layer == "lsoa":
        order = g.order.tolist()
        return [ground.polygons[u] for u in order], [(g.lsoa[u], g.lsoa_names[u], " ") for u in order]
    if layer == "msoa":
        order = np.argsort(g.msoa).tolist()
        return [ground.msoa_polygons[m] for m in order], [(g.msoa[m], g.msoa_names[m], " ") for m in order]
    order = np.argsort(g.ward).tolist()
    home = {int(w): int(d) for w, d in zip(ground.ward, ground.district, strict=True)}
    labels: list[tuple[str, ...]] = [(g.ward[w], g.ward_names[w], " ", *g.district_row(home[w]), " ") for w in order]
    return [ground.ward_polygons[w] for w in order], labels

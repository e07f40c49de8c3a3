"""A strict reader of RFC 7946: what it finds wrong with a GeoJSON file, in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

TYPES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"}
_OF_GEOMETRY = {"coordinates", "geometries"}


def faults(data: bytes, decimals: int = 6) -> list[str]:
    """Every breach: encoding, members, types, positions, closed and right-handed rings, `crs`, precision (11.2)."""
    return list(_collection(data, decimals))


def _collection(data: bytes, decimals: int) -> Iterator[str]:
    if data.startswith(b"\xef\xbb\xbf"):
        yield "begins with a byte order mark (RFC 8259, 8.1)"
    text = data.decode("utf-8")
    whole = json.loads(text, parse_float=_Number)
    if whole.get("type") != "FeatureCollection":
        yield f"type is {whole.get('type')!r}"
    if "crs" in whole:
        yield "has a member crs (4)"
    if not isinstance(whole.get("features"), list):
        yield "features is no array (3.3)"
        return
    for name in ("coordinates", "geometries", "geometry", "properties"):
        if name in whole:
            yield f"a FeatureCollection must not have {name} (7.1)"
    for i, feature in enumerate(whole["features"]):
        at = f"feature {i}"
        if feature.get("type") != "Feature":
            yield f"{at}: type is {feature.get('type')!r}"
        for name in ("geometry", "properties"):
            if name not in feature:
                yield f"{at}: lacks {name} (3.2)"
        if "id" in feature and not isinstance(feature["id"], (str, int, float)):
            yield f"{at}: id is neither text nor number (3.2)"
        if not isinstance(feature.get("properties"), (dict, type(None))):
            yield f"{at}: properties is no object"
        for name in (*_OF_GEOMETRY, "features"):
            if name in feature:
                yield f"{at}: a Feature must not have {name} (7.1)"
        if feature.get("geometry") is not None:
            yield from _geometry(feature["geometry"], at, decimals)


class _Number(float):
    """A number that remembers its digits."""

    def __new__(cls, digits: str) -> _Number:
        made = super().__new__(cls, digits)
        made.digits = digits  # type: ignore[attr-defined]
        return made


def _geometry(shape: Any, at: str, decimals: int) -> Iterator[str]:
    kind = shape.get("type")
    if kind not in TYPES:
        yield f"{at}: no geometry is called {kind!r}"
        return
    if {"geometry", "properties", "features", "crs"} & set(shape):
        yield f"{at}: its geometry has members of other objects (7.1)"
    if kind not in ("Polygon", "MultiPolygon"):
        yield f"{at}: a neighbourhood is a {kind}"
        return
    parts = [shape["coordinates"]] if kind == "Polygon" else shape["coordinates"]
    for part in parts:
        if not part:
            yield f"{at}: a polygon without rings"
        for n, ring in enumerate(part):
            yield from _ring(ring, n == 0, f"{at}, ring {n}", decimals)


def _ring(ring: list[list[Any]], outer: bool, at: str, decimals: int) -> Iterator[str]:
    if len(ring) < 4:
        yield f"{at}: {len(ring)} positions; a ring has four or more (3.1.6)"
    if ring[0] != ring[-1]:
        yield f"{at}: is not closed (3.1.6)"
    for position in ring:
        if len(position) != 2 or not all(isinstance(v, (int, float)) for v in position):
            yield f"{at}: {position} is no longitude and latitude (3.1.1)"
            return
        if not (-180 <= position[0] <= 180 and -90 <= position[1] <= 90):
            yield f"{at}: {position} is not on the globe (4)"
        for value in position:
            exponent = Decimal(getattr(value, "digits", "0")).as_tuple().exponent
            if isinstance(exponent, int) and exponent < -decimals:
                yield f"{at}: {value} has more than {decimals} decimals (11.2)"
    if any(a == b for a, b in pairwise(ring)):
        yield f"{at}: a position stands twice in a row"
    twice = sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in pairwise(ring))
    if (twice < 0) != outer:
        yield f"{at}: runs the wrong way (3.1.6)"

"""`neighbourhoods.shp` and its parts: a copy for older systems, whose field names hold ten characters."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from boundaries import safe_open  # noqa: F401  first: it limits GDAL's drivers
from boundaries.area import Area
from footprints.exchange.geojson import properties
from footprints.exchange.outlines import outlines
from footprints.metrics import Scorecard, metrics_for
from footprints.plan import Plan
from footprints.text import csv_bytes

MAPPING = "shapefile_names.csv"
PARTS = ("shp", "shx", "dbf", "prj", "cpg")
_LONGEST, _TEXT = 10, 254
_DATE = slice(1, 4)  # of the dBase header: year since 1900, month, day


def shapefile_bytes(plan: Plan, area: Area, stamps: Mapping[str, Any], card: Scorecard) -> dict[str, bytes]:
    """The parts, in WGS84 as the other formats, and the table of names. Text is cut after 254 bytes, as dBase asks.

    The same plan gives the same bytes: the date in the header is fixed.
    """
    rows = properties(plan, area, card, stamps)
    fields = short_names(list(rows[0]) if rows else ["code", "name"])
    table = pd.DataFrame([{fields[key]: _plain(value) for key, value in row.items()} for row in rows])
    if not rows:
        table = pd.DataFrame({short: pd.Series(dtype="str") for short in fields.values()})
    frame = gpd.GeoDataFrame(table, geometry=outlines(plan, area).geometry.tolist(), crs=4326)
    files: dict[str, bytes] = {}
    with tempfile.TemporaryDirectory(prefix="footprints-") as folder:
        path = Path(folder) / "neighbourhoods.shp"
        frame.to_file(path, driver="ESRI Shapefile", engine="pyogrio", encoding="UTF-8", geometry_type="MultiPolygon")
        for part in PARTS:
            data = path.with_suffix(f".{part}").read_bytes()
            if part == "dbf":
                data = data[: _DATE.start] + bytes((80, 1, 1)) + data[_DATE.stop :]
            files[f"neighbourhoods.{part}"] = data
    labels = {metric.key: metric.label for metric in metrics_for(area) if metric.level == "neighbourhood"}
    files[MAPPING] = csv_bytes(
        ("shapefile_name", "name", "meaning"), [(short, key, labels.get(key, "")) for key, short in fields.items()]
    )
    return files


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Each name -> one of at most ten characters, unlike all others: words cut alike, then a number."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        words = name.split("_")
        size = max(1, _LONGEST // len(words))
        short = name if len(name) <= _LONGEST else "".join(word[:size] for word in words)[:_LONGEST]
        number = 2
        while short.casefold() in taken:
            short = f"{short[: _LONGEST - len(str(number))]}{number}"
            number += 1
        taken.add(short.casefold())
        found[name] = short
    return found


def _plain(value: Any) -> Any:
    """dBase has no truth values here and no endless text."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str):
        return value.encode()[:_TEXT].decode(errors="ignore")
    return value

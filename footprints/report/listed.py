"""Places of lists as JSON, to go to a process of its own and back to the same places."""

from __future__ import annotations

import dataclasses
from typing import Any

import geopandas as gpd

from boundaries import crs
from boundaries.overlays import Places
from boundaries.receipts import Dropped, Receipt


def document_of(places: Places | None) -> dict[str, Any] | None:
    """The places as JSON; None where there are none."""
    if places is None:
        return None
    table = places.table
    rows = zip(
        table["name"].astype("str"), table["kind"].astype("str"), table.geometry.x, table.geometry.y, strict=True
    )
    return {
        "places": [[name, kind, float(x), float(y)] for name, kind, x, y in rows],
        "receipts": [dataclasses.asdict(receipt) for receipt in places.receipts],
    }


def places_from(document: dict[str, Any] | None) -> Places | None:
    """The places of such a document."""
    if document is None:
        return None
    rows = document["places"]
    table = gpd.GeoDataFrame(
        {"name": [row[0] for row in rows], "kind": [row[1] for row in rows]},
        geometry=gpd.points_from_xy([row[2] for row in rows], [row[3] for row in rows]),
        crs=crs.BRITISH_GRID,
    )
    receipts = tuple(
        Receipt(**{**told, "dropped": tuple(Dropped(**one) for one in told["dropped"]), "notes": tuple(told["notes"])})
        for told in document["receipts"]
    )
    return Places(table, receipts)

"""`neighbourhoods.gpkg`: a GeoPackage with layers `neighbourhoods` and `units`, and the plan document in table `plan`.

It is written with SQLite alone: GDAL would stamp the time into it, and the same plan must give the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import struct
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.exchange.edited import refuse_edited
from footprints.exchange.geojson import IN_ROWS, properties
from footprints.exchange.outlines import outlines, right_handed, unit_outlines
from footprints.exchange.plan_json import plan_from_bytes
from footprints.metrics import Scorecard
from footprints.plan import Plan, canonical, document

NO_TIME = "1970-01-01T00:00:00.000Z"
_SECONDS_TO_READ = 5.0
_MOST_BYTES = 200_000_000
_SCHEMA = f"""
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
  organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
  description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT '{NO_TIME}', min_x DOUBLE, min_y DOUBLE,
  max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
  geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
"""


def gpkg_bytes(
    plan: Plan, area: Area, *, stamps: Mapping[str, Any] | None = None, card: Scorecard | None = None
) -> bytes:
    """The whole file. Layers are MultiPolygons in EPSG:4326; attribution and editions stand in tables of their own."""
    where, notes = plan.where(), {note.code: note.text for note in plan.notes}
    names = {n.code: n.name for n in plan.neighbourhoods}
    rows = properties(plan, area, card, stamps)
    said = {key: stamps[key] for key in IN_ROWS if key in stamps} if stamps else {}
    units = [
        {
            "code": unit,
            "name": str(name),
            "neighbourhood_code": where.get(unit, ""),
            "neighbourhood_name": names.get(where.get(unit, ""), ""),
            "residents": int(residents),
            "locked": unit in plan.locked,
            "note": notes.get(unit, ""),
            "plan_version": plan.id,
            **said,
        }
        for unit, name, residents in zip(area.codes, area.units["name"], area.units["residents"], strict=True)
    ]
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("PRAGMA application_id = 0x47504B47")
        db.execute("PRAGMA user_version = 10300")
        db.executescript(_SCHEMA)
        db.executemany("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", _systems())
        _layer(db, "neighbourhoods", plan.name, rows, outlines(plan, area).geometry.tolist())
        _layer(db, "units", "LSOA 2021", units, [right_handed(shape) for shape in unit_outlines(area).tolist()])
        _table(db, "plan", [{"id": plan.id, "schema": "footprints-plan/1", "document": canonical(document(plan))}])
        _table(db, "attribution", [{"line": line} for line in area.attribution])
        _table(db, "inputs", [{"source_table": i.table, "edition": i.edition, "sha256": i.sha256} for i in plan.inputs])
        _table(
            db,
            "stamps",
            [{"key": key, "value": json.dumps(v, ensure_ascii=False)} for key, v in (stamps or {}).items()],
        )
        db.execute("VACUUM")
        return db.serialize()


def plan_from_gpkg(path: Path) -> Plan:
    """The plan in table `plan` of a GeoPackage of ours. Opened read-only; views are not run, and it may not take long.

    Raises PlanError for a file that is no GeoPackage, holds no plan, or whose layers were edited.
    """
    uri = path.resolve().as_uri() + "?mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(uri, uri=True)) as db:
            ends = time.monotonic() + _SECONDS_TO_READ
            db.set_progress_handler(lambda: time.monotonic() > ends, 10_000)
            db.execute("PRAGMA trusted_schema = OFF")
            kinds = db.execute("SELECT type FROM sqlite_schema WHERE name = 'plan'").fetchall()
            if kinds != [("table",)]:
                raise PlanError(
                    f"{path.name} holds no plan: it has no table “plan”.",
                    mend="Give a lookup of LSOAs and neighbourhoods (CSV), or a file that this programme wrote.",
                )
            found = db.execute(
                "SELECT document FROM plan WHERE length(document) < ? LIMIT 2", (_MOST_BYTES,)
            ).fetchall()
            shown = _pairs(db, "neighbourhoods", "code", "name")
            units = _pairs(db, "units", "code", "neighbourhood_code")
    except sqlite3.Error as error:
        raise PlanError(f"{path.name} cannot be read as a GeoPackage ({error}).", mend="Export it again.") from None
    if len(found) != 1 or not isinstance(found[0][0], str):
        raise PlanError(f"{path.name} holds {len(found)} plans where there should be one.", mend="Export it again.")
    return refuse_edited(plan_from_bytes(found[0][0].encode(), path.name), path.name, shown, units)


def _pairs(db: sqlite3.Connection, table: str, key: str, value: str) -> dict[str, str] | None:
    """Two columns of a layer of ours; None where it is no table, or lacks one of them."""
    kinds = db.execute("SELECT type FROM sqlite_schema WHERE name = ?", (table,)).fetchall()
    columns = {row[1] for row in db.execute(f'PRAGMA table_info("{table}")')}
    if kinds != [("table",)] or not {key, value} <= columns:
        return None
    rows = db.execute(f'SELECT "{key}", "{value}" FROM "{table}"')  # noqa: S608 - names are our own
    return {str(k or ""): str(v or "") for k, v in rows}


def _systems() -> list[tuple[Any, ...]]:
    world = pyproj.CRS.from_epsg(4326).to_wkt("WKT1_GDAL")
    return [
        ("Undefined cartesian", -1, "NONE", -1, "undefined", ""),
        ("Undefined geographic", 0, "NONE", 0, "undefined", ""),
        ("WGS 84 geodetic", 4326, "EPSG", 4326, world, "longitude, latitude"),
    ]


def _layer(
    db: sqlite3.Connection,
    table: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    shapes: Sequence[shapely.MultiPolygon],
) -> None:
    bounds = [float(v) for v in shapely.total_bounds(np.array(shapes, dtype=object))] if shapes else [None] * 4
    if any(v is None or not np.isfinite(v) for v in bounds):
        bounds = [None] * 4
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, min_x, min_y, max_x, max_y, "
        "srs_id) VALUES (?, 'features', ?, ?, ?, ?, ?, ?, 4326)",
        (table, table, title, *bounds),
    )
    columns = list(rows[0]) if rows else ["code", "name"]
    types = ", ".join(f'"{name}" {_type(name, rows)}' for name in columns)
    db.execute(f'CREATE TABLE "{table}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom MULTIPOLYGON, {types})')
    db.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'MULTIPOLYGON', 4326, 0, 0)", (table,))
    _insert(
        db, table, ["geom", *columns], [[_blob(s), *(r[c] for c in columns)] for r, s in zip(rows, shapes, strict=True)]
    )


def _table(db: sqlite3.Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    columns = list(rows[0])
    db.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)", (table, table)
    )
    types = ", ".join(f'"{name}" TEXT' for name in columns)
    db.execute(f'CREATE TABLE "{table}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {types})')
    _insert(db, table, columns, [[row[c] for c in columns] for row in rows])


def _insert(db: sqlite3.Connection, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    names, marks = ", ".join(f'"{c}"' for c in columns), ", ".join("?" * len(columns))
    db.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', rows)  # noqa: S608 - names are our own


def _type(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    found = {type(row[name]) for row in rows} - {type(None)}
    if found == {bool}:
        return "BOOLEAN"
    if found == {int}:
        return "INTEGER"
    return "DOUBLE" if found <= {int, float} else "TEXT"


def _blob(shape: shapely.MultiPolygon) -> bytes:
    """GeoPackage binary: magic, version, flags (little-endian, envelope of x and y, or empty), srs, envelope, WKB."""
    if shape.is_empty:
        return b"GP" + struct.pack("<BBi", 0, 0b0001_0001, 4326) + bytes(shapely.to_wkb(shape, byte_order=1))
    west, south, east, north = shape.bounds
    head = b"GP" + struct.pack("<BBi4d", 0, 0b0000_0011, 4326, west, east, south, north)
    return head + bytes(shapely.to_wkb(shape, byte_order=1))

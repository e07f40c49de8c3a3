"""`neighbourhoods.geojson`: RFC 7946, one feature for each neighbourhood, with the plan document inside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.exchange.edited import refuse_edited
from footprints.exchange.outlines import outlines
from footprints.exchange.plan_json import plan_from_document
from footprints.metrics import Scorecard, score
from footprints.plan import Plan, canonical, document
from footprints.text import parse_json, tidy

IN_ROWS = ("status", "valid_from", "audience", "mark")
# Members of `plan` that are worked out from the others (formats.md 10.1) and are passed over when it is read back.
DERIVED = ("id", "version", "building_block", "target_population", "range", "constraints")


def plan_member(plan: Plan) -> dict[str, Any]:
    """The plan document with the summary of formats.md 10.1 in front."""
    levels = [f"within {key}" for key in plan.criteria.within]
    whole = [f"{key} kept whole" for key in plan.criteria.keep_whole]
    return document(plan) | {
        "id": plan.id,
        "version": plan.id,
        "building_block": "LSOA21",
        "target_population": plan.criteria.target,
        "range": [plan.criteria.minimum, plan.criteria.maximum],
        "constraints": ["contiguous", *levels, *whole],
    }


def properties(
    plan: Plan, area: Area, card: Scorecard | None = None, stamps: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """For each neighbourhood code, name, place, HWB and ICB areas, colour and every metric, under the metric keys.

    Of the stamps status, date, audience and mark stand there too, since few programmes show foreign members.
    """
    said = {key: stamps[key] for key in IN_ROWS if key in stamps} if stamps else {}
    card = card or score(plan, area)
    year = re.search(r"\b(20\d\d)\b", area.people_basis)
    rows: list[dict[str, Any]] = []
    members = plan.members()
    for own in plan.neighbourhoods:
        measures = {key: tidy(card.neighbourhoods.at[own.code, key]) for key in card.neighbourhoods.columns}
        rows.append(
            {
                "code": own.code,
                "name": own.name,
                "place": own.place,
                "hwb": main_group(area, "upper_tier", members[own.code]),
                "icb": main_group(area, "icb", members[own.code]),
                "resident_year": int(year[1]) if year else None,
                **measures,
                "colour": own.colour,
                "name_provisional": own.provisional,
                "plan_version": plan.id,
                **said,
            }
        )
    return rows


def geojson_bytes(
    plan: Plan, area: Area, *, stamps: Mapping[str, Any] | None = None, card: Scorecard | None = None
) -> bytes:
    """The FeatureCollection, a feature a line. `stamps` are further foreign members (what the plan does not meet)."""
    shapes = outlines(plan, area).geometry
    features = []
    for values in properties(plan, area, card, stamps):
        shape = shapes.at[values["code"]]
        geometry = None if shape.is_empty else _geometry(shape)
        features.append({"type": "Feature", "id": values["code"], "properties": values, "geometry": geometry})
    head = {
        "name": plan.name,
        "attribution": list(area.attribution),
        **(stamps or {}),
        "plan": plan_member(plan),
    }
    # GDAL up to 3.6 looks for the type in the first bytes of a file alone, and the plan is long.
    opening = '{\n  "type": "FeatureCollection",' + canonical(head).rstrip()[1:-1].rstrip()
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, allow_nan=False, separators=(",", ":")) for f in features)
    return (opening + ',\n  "features": [\n' + lines + "\n  ]\n}\n").encode()


def plan_from_geojson(data: bytes, name: str) -> Plan:
    """The plan that stands in a GeoJSON of ours. Raises PlanError for one without a plan, or edited."""
    whole = parse_json(data, name)
    member = whole.get("plan")
    if not isinstance(member, Mapping):
        raise PlanError(
            f"{name} holds shapes, but no plan: polygons of other programmes are not read as a plan.",
            mend="Give a lookup of LSOAs and neighbourhoods (CSV), or a file that this programme wrote.",
        )
    plan = plan_from_document({key: value for key, value in member.items() if key not in DERIVED}, name)
    return refuse_edited(plan, name, _shown(whole.get("features")))


def _shown(features: Any) -> dict[str, str] | None:
    if not isinstance(features, list):
        return None
    own = [f.get("properties") if isinstance(f, Mapping) else None for f in features]
    return {str(p.get("code")): str(p.get("name")) for p in own if isinstance(p, Mapping)}


def main_group(area: Area, key: str, units: Sequence[str]) -> str:
    """The group of a level with most residents among `units`; "" where the level is not loaded or says nothing."""
    level = area.levels.get(key)
    if level is None or not units:
        return ""
    group = dict(zip(area.codes, level.assignment, strict=True))
    residents = dict(zip(area.codes, np.asarray(area.units["residents"]).tolist(), strict=True))
    people: dict[str, int] = {}
    for unit in units:
        people[group[unit]] = people.get(group[unit], 0) + int(residents[unit])
    return min(people, key=lambda g: (g == "", -people[g], g))


def _geometry(shape: shapely.MultiPolygon) -> dict[str, Any]:
    parts = [
        [_ring(part.exterior), *(_ring(hole) for hole in part.interiors)] for part in shapely.get_parts(shape).tolist()
    ]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _ring(ring: shapely.LinearRing) -> list[list[float]]:
    return [[float(x), float(y)] for x, y in np.round(shapely.get_coordinates(ring), 6).tolist()]

"""The map of a scenario: every neighbourhood of every place, and the table of places beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from footprints import maps
from footprints.colours import settle
from footprints.escape import escape
from footprints.exchange.map_page import leaflet_words, page_bytes, table
from optimise.words import at_most, count

POINTS, EACH = 6_000, 40
_STATUS = {"optimal": "proven best", "feasible": "found", "infeasible": "none possible", "no solution": "none found"}


def map_bytes(
    scenario: str,
    answers: Sequence[Mapping[str, Any]],
    features: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]],
    attribution: Sequence[str],
) -> bytes:
    """The page of a scenario. features : each neighbourhood (as `neighbourhoods.geojson` has it) with the answer of its
    place; without any there is no map to make."""
    shapes = maps.metres(np.array([shapely.geometry.shape(one["geometry"]) for one, _ in features], dtype=object))
    light, tolerance = maps.lighter(shapes, max(POINTS, EACH * len(features)))
    owns = [one["properties"] for one, _ in features]
    fills = _fills(shapes, [own["resident_population"] for own in owns], [own["colour"] for own in owns])
    drawn = [
        {
            "name": own["name"],
            "key": str(own["code"]),
            "fill": fill,
            "people": f"{own['resident_population']:,}",
            "lines": [
                f"{own['name']} ({own['code']})",
                f"{own['resident_population']:,} residents",
                f"in {place['area_name']}" + (f", gap {at_most(place['gap'])}" if place["gap"] is not None else ""),
            ],
        }
        for own, fill, (_, place) in zip(owns, fills, features, strict=True)
    ]
    planned = sum(bool(answer["figures"]["neighbourhoods"]) for answer in answers)
    said = (
        f"{count(len(answers), 'place')}, {planned:,} with a plan, {count(len(features), 'neighbourhood')}. Proposals "
        "by machine, agreed by nobody."
    )
    lines = f"Lines are drawn to within {tolerance:.0f} m; exact ones are in the GeoJSON." if tolerance else ""
    return page_bytes(
        scenario,
        drawn,
        light,
        head=["<header>", f"<h1>{escape(scenario)}</h1>", f'<p class="about">{escape(said)}</p>', "</header>"],
        side=_places(answers),
        below=[],
        foot=[
            "<footer>",
            "<h2>Sources</h2>",
            f"<p>{escape(lines)}</p>",
            *(f"<p>{escape(line)}</p>" for line in attribution),
            *leaflet_words(),
            "</footer>",
        ],
    )


def _places(answers: Sequence[Mapping[str, Any]]) -> str:
    body = []
    for answer in answers:
        figures = answer["figures"]
        number = figures["neighbourhoods"]
        inside = f"{round(figures['share_in_range'] * number)}" if number else ""
        gap = at_most(answer["gap"]) if answer["gap"] is not None else _STATUS.get(answer["status"], answer["status"])
        body.append(
            [
                f'<th scope="row">{escape(answer["area_name"])}</th>',
                f'<td class="n">{answer["residents"]:,}</td>',
                f'<td class="n">{number or 0}</td>',
                f'<td class="n">{escape(inside)}</td>',
                f'<td class="n">{escape(gap)}</td>',
            ]
        )
    heads = ["Place", "Residents", "Number", "In range", "Gap"]
    caption = "Neighbourhoods of each place. The gap is how much better any plan could be at most."
    return table(caption, heads, body, numbers=(1, 2, 3, 4))


def _fills(shapes: np.ndarray, people: Sequence[int], own: Sequence[str]) -> list[str]:
    """The fill of each neighbourhood: its own, but where it touches one of another place that has the same."""
    beside: dict[str, set[str]] = {f"{i:06d}": set() for i in range(len(shapes))}
    for a, b in shapely.STRtree(shapes).query(shapes, predicate="intersects").T.tolist():
        if a != b:
            beside[f"{a:06d}"].add(f"{b:06d}")
    keys = sorted(beside)
    fills = settle(beside, dict(zip(keys, people, strict=True)), dict(zip(keys, own, strict=True)))
    return [fills[key] for key in keys]

"""The chart of a running search: the best plan so far falls, what no plan can beat rises, and between them is the gap.

The two lines differ in dash as well as in colour and are named at their ends. Both are drawn as steps, since a value
holds until the next one is found. The scale shows what is known and says that it does not begin at 0.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from footprints.ui.words import floored, per_person
from optimise.solution import Progress

BEST, BOUND = "Best so far", "No plan can beat"
COLOURS = {BEST: "#005eb8", BOUND: "#212b32"}
DASHES = {BEST: [1, 0], BOUND: [6, 4]}
HEIGHT = 240
_INK = {"labelColor": "#425563", "titleColor": "#425563"}

Row = dict[str, float | str]


def series(events: Sequence[Progress], residents: float) -> list[Row]:
    """One row for each value and event: seconds, km a person, and which of the two lines it belongs to.

    A value that is not known yet has no row, and a bound of 0, which says nothing, counts as not known.
    """
    rows: list[Row] = []
    for event in events:
        if event.best is not None and math.isfinite(event.best):
            rows.append({"seconds": event.seconds, "km": event.best / residents, "line": BEST})
        if event.bound is not None and math.isfinite(event.bound) and event.bound > 0:
            rows.append({"seconds": event.seconds, "km": event.bound / residents, "line": BOUND})
    return rows


def scale(rows: Sequence[Row]) -> tuple[float, float]:
    """The lowest and highest km a person that the chart shows, with a tenth of what is between them as room.

    All that is known, but for early values far from the end: a bound under nine tenths of the best plan, or a first
    plan above one and a fifth of it, would press the gap that matters flat. The last values are always inside.
    """
    values = [float(row["km"]) for row in rows]
    ends = [float(end["km"]) for end in _ends(rows)]
    low = min(*ends, max(min(values), 0.9 * max(ends)))
    high = max(*ends, min(max(values), 1.2 * max(ends)))
    room = max((high - low) / 10, 0.005)
    return max(0.0, low - room), high + room


def spec(rows: Sequence[Row], unit: str = "km") -> dict[str, Any]:
    """The chart as Vega-Lite: two layers, the lines and their names. rows : of `series`, at least one."""
    low, high = scale(rows)
    last = max(float(row["seconds"]) for row in rows)
    held = [*rows, *({**end, "seconds": last} for end in _ends(rows))]
    x = {
        "field": "seconds",
        "type": "quantitative",
        "title": "Seconds of searching",
        "scale": {"domain": [0, max(1.02 * last, 1.0)], "nice": False},
        "axis": {"grid": False, "tickCount": 6, **_INK},
    }
    y = {
        "field": "km",
        "type": "quantitative",
        "title": f"{unit} a person",
        "scale": {"domain": [low, high], "zero": False, "nice": False},
        "axis": {"tickCount": 5, "format": ".2f" if high - low > 0.06 else ".3f", **_INK},
    }
    own = [name for name in (BEST, BOUND) if any(row["line"] == name for row in rows)]
    colour = {
        "field": "line",
        "type": "nominal",
        "scale": {"domain": own, "range": [COLOURS[name] for name in own]},
        "legend": None,
    }
    dash = {
        "field": "line",
        "type": "nominal",
        "scale": {"domain": own, "range": [DASHES[name] for name in own]},
        "legend": None,
    }
    lines = {
        "data": {"values": held},
        "mark": {"type": "line", "interpolate": "step-after", "strokeWidth": 2.5, "clip": True},
        "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
    }
    # Best is never below the bound: its name goes above the line's end and the other's below, so that they never meet.
    names = [
        {
            "data": {"values": [{**end, "seconds": last, "name": _name(end, unit)}]},
            "mark": {
                "type": "text",
                "align": "left",
                "dx": 6,
                "baseline": "bottom" if end["line"] == BEST else "top",
                "dy": -1 if end["line"] == BEST else 1,
                "fontSize": 13,
                "fontWeight": "bold",
                "clip": False,
            },
            "encoding": {"x": x, "y": y, "text": {"field": "name", "type": "nominal"}, "color": colour},
        }
        for end in _ends(rows)
    ]
    return {
        "description": "; ".join(_name(end, unit) for end in _ends(rows)) + " a person",
        "height": HEIGHT,
        "padding": {"left": 5, "top": 12, "right": 10, "bottom": 5},
        "layer": [lines, *names],
    }


def caption(rows: Sequence[Row], unit: str = "km") -> str:
    """What the scale shows, for a reader who takes a chart's foot for 0."""
    low, high = scale(rows)
    words = f"The scale runs from {low:.2f} to {high:.2f} {unit} a person"
    words += "." if low == 0 else "; it does not begin at 0."
    outside = any(not low <= float(row["km"]) <= high for row in rows)
    return f"{words} Earlier values lie outside it." if outside else words


def _ends(rows: Sequence[Row]) -> list[Row]:
    """The last row of each line."""
    found = {str(row["line"]): row for row in rows}
    return [found[name] for name in (BEST, BOUND) if name in found]


def _name(end: Row, unit: str) -> str:
    km = float(end["km"])
    shown = per_person(km, 1.0) if end["line"] == BEST else floored(km, 1.0)
    return f"{end['line']}: {shown.removesuffix(' km')} {unit}"

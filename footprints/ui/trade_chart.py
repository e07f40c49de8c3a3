"""The chart of a trade-off: plans found as a line with points, and under it what is proven, dashed."""

from __future__ import annotations

from typing import Any

from footprints.curve import natural, said, steps, unit_of
from optimise.trading.curve import Curve
from optimise.trading.curve_terms import CurveTerm

FOUND, PROVEN = "Plans found", "No plan lies below"
COLOURS = {FOUND: "#005eb8", PROVEN: "#212b32"}
DASHES = {FOUND: [1, 0], PROVEN: [6, 4]}
HEIGHT = 360
SAMPLES = 40
_INK = {"labelColor": "#425563", "titleColor": "#425563"}

_LEGEND = {"title": None, "orient": "top", "symbolType": "stroke", "symbolSize": 500, "symbolStrokeWidth": 2.5,
           "labelColor": "#212b32"}  # fmt: skip

Row = dict[str, float | str]


def rows(found: Curve) -> list[Row]:
    """Points of both lines in natural units; the proven one only where something is proven of both terms."""
    walk = steps(found)
    made: list[Row] = [
        {"first": step.first, "second": step.second, "line": FOUND, "said": _both(found, step.first, step.second)}
        for step in walk
    ]
    if not walk or walk[0].no_less is None:
        return made
    low, high = walk[0].point.first, walk[-1].point.first
    for i in range(SAMPLES + 1):
        at = low + (high - low) * i / SAMPLES
        floor = found.floor_at(at)
        if floor is not None:
            one, other = found.terms
            first, second = natural(one, at, found.residents), natural(other, floor, found.residents)
            made.append({"first": first, "second": second, "line": PROVEN, "said": _both(found, first, second)})
    return made


def spec(found: Curve) -> dict[str, Any]:
    """The chart as Vega-Lite; both axes show what is there and need not begin at 0."""
    values = rows(found)
    own = [name for name in (FOUND, PROVEN) if any(row["line"] == name for row in values)]
    scale = {"domain": own, "range": [COLOURS[name] for name in own]}
    encoding = {
        "x": _axis("first", found.terms[0]),
        "y": _axis("second", found.terms[1]),
        "order": {"field": "first", "type": "quantitative"},
        "color": {"field": "line", "type": "nominal", "scale": scale, "legend": _LEGEND},
        "strokeDash": {
            "field": "line",
            "type": "nominal",
            "scale": {"domain": own, "range": [DASHES[name] for name in own]},
            "legend": _LEGEND,
        },
        "tooltip": {"field": "said", "type": "nominal"},
    }
    points = {
        "transform": [{"filter": {"field": "line", "equal": FOUND}}],
        "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
        "encoding": {key: encoding[key] for key in ("x", "y", "color", "tooltip")},
    }
    return {
        "description": f"{found.terms[0].label} against {found.terms[1].label}; the table below has the same figures",
        "height": HEIGHT,
        "data": {"values": values},
        "layer": [{"mark": {"type": "line", "strokeWidth": 2.5}, "encoding": encoding}, points],
    }


def _axis(field: str, term: CurveTerm) -> dict[str, Any]:
    title = [term.label, unit_of(term)]
    scale = {"zero": False, "nice": True}
    return {"field": field, "type": "quantitative", "title": title, "scale": scale, "axis": {"tickCount": 5, **_INK}}


def _both(found: Curve, first: float, second: float) -> str:
    return f"{said(found.terms[0], first)}; {said(found.terms[1], second)}"

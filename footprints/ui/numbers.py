"""The number of neighbourhoods against what it costs: a table and a chart, with the number of this plan marked."""

from __future__ import annotations

from typing import Any

import streamlit as st

from footprints.numbers import ABOUT, HEADINGS, free_in_words, lines, with_plan
from footprints.shelf import Option
from footprints.ui import study, style
from optimise.trading.tables import Numbers
from optimise.words import count

STUDY = "numbers"
BEST, BOUND = "Best plan found", "No plan can beat"
COLOURS = {BEST: "#005eb8", BOUND: "#212b32"}


def show(option: Option) -> None:
    """Every number of neighbourhoods for the rules of this option; a button where that is not known yet."""
    solution = option.solution
    if solution is None:
        return
    asked = {"criteria": option.plan.criteria.to_json()}
    found: Numbers | None = study.result(STUDY, asked)
    if found is not None:
        number = len(solution.centres)
        known = solution.objective if solution.best_primary is None else solution.best_primary
        _result(found if known is None else with_plan(found, number, known), number)
        return
    if study.running(STUDY):
        study.progress(STUDY, "Trying other numbers of neighbourhoods")
        return
    trouble, mend = study.trouble(STUDY)
    if trouble:
        style.note(*[line for line in (trouble, mend) if line], kind="bad")
    st.write("What would more or fewer neighbourhoods give? All numbers that the people and the range allow are tried.")
    if st.button("Try every number of neighbourhoods", key="numbers"):
        study.begin(STUDY, asked)
        st.rerun()


def _result(found: Numbers, number: int) -> None:
    if found.reasons:
        style.note("There is no plan under these rules, whatever the number.", kind="bad")
        return
    marked = [i for i, row in enumerate(found.rows) if row.number == number]
    rows = [[*own, "this plan" if i in marked else ""] for i, own in enumerate(lines(found))]
    headings = [*(text[0].upper() + text[1:] for text in HEADINGS), ""]
    points = series(found)
    if len(found.rows) > 1 and points:
        st.vega_lite_chart(spec=spec(points, number, "km²" if found.squared else "km"))
        st.caption(f"The dotted line marks this plan's number, {number:,}. The scale need not begin at 0.")
    style.table("Travel and size a person", headings, rows, numbers=(0, 1, 2, 3), marked=marked, max_height=420)
    st.write(free_in_words(found))
    st.caption(ABOUT)
    if found.frozen:
        frozen = count(found.frozen, "frozen neighbourhood counts", "frozen neighbourhoods count")
        st.caption(f"{frozen} in the number, not in the values.")
    if not found.repeatable:
        st.caption("It was stopped by the clock or by you: trying again may give better values.")


def series(found: Numbers) -> list[dict[str, Any]]:
    """Points of the chart: number, km a person, and which of the two it is. What is not known has no point."""
    residents = max(1, found.residents)
    points: list[dict[str, Any]] = []
    for row in found.rows:
        if row.best is not None:
            points.append({"number": row.number, "km": row.best / residents, "kind": BEST})
        if not row.impossible and row.bound > 0:
            points.append({"number": row.number, "km": row.bound / residents, "kind": BOUND})
    return points


def spec(points: list[dict[str, Any]], number: int, unit: str) -> dict[str, Any]:
    """The chart as Vega-Lite: a ring for each best plan, a dash for what no plan can beat, a rule at this plan."""
    values = [point["km"] for point in points]
    room = max((max(values) - min(values)) / 10, 0.005)
    digits = 2 if max(values) - min(values) > 0.06 else 3
    ink = {"labelColor": "#425563", "titleColor": "#425563"}
    x = {"field": "number", "type": "quantitative", "title": "Neighbourhoods",
         "scale": {"zero": False, "nice": False, "padding": 18},
         "axis": {"grid": False, "tickMinStep": 1, "format": "d", **ink}}  # fmt: skip
    y = {"field": "km", "type": "quantitative", "title": f"{unit} a person",
         "scale": {"domain": [max(0.0, min(values) - room), max(values) + room], "nice": False},
         "axis": {"tickCount": 5, "format": f".{digits}f", **ink}}  # fmt: skip
    legend = {"orient": "top", "title": None, "symbolSize": 140, "symbolStrokeWidth": 2.5, "labelColor": "#212b32"}
    kind = {"field": "kind", "type": "nominal", "legend": legend}
    colour = {**kind, "scale": {"domain": [BEST, BOUND], "range": [COLOURS[BEST], COLOURS[BOUND]]}}
    shape = {**kind, "scale": {"domain": [BEST, BOUND], "range": ["circle", "stroke"]}}
    return {
        "description": f"Travel and size a person by number of neighbourhoods; this plan has {number}. "
        "The table below gives the same figures.",
        "height": 240,
        "data": {"values": points},
        "encoding": {"x": x, "y": y},
        "layer": [
            {"mark": {"type": "rule", "color": "#768692", "strokeDash": [2, 3]}, "encoding": {"x": {"datum": number},
             "y": {"value": 0}, "y2": {"value": "height"}}},
            {"mark": {"type": "point", "size": 140, "strokeWidth": 2.5, "opacity": 1},
             "encoding": {"color": colour, "shape": shape}},
        ],
    }  # fmt: skip

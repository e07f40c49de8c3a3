"""Plans on maps of one scale and extent, drawn by our own map code in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import streamlit as st

from boundaries.area import Area
from footprints.compare import Comparison, coloured_alike
from footprints.editing.ranges import to_ranges
from footprints.plan import Plan
from footprints.standing import people_by_unit, standings, unassigned
from footprints.ui import cached, editor, words


@cache
def _component() -> Any:
    return st.components.v2.component(
        "footprints.compare",
        html='<div class="fp-editor-root"></div>',
        css=":host { display: block; }",
        js=editor.BOOTSTRAP,
    )


def show(area: Area, found: Comparison) -> None:
    """Draw the maps of a comparison: side by side, as a swipe, or what moves between two of them."""
    _component()(
        key=f"compare-{area.digest[:12]}", data={**editor.opened(area, "compare.js"), **maps_data(area, found)}
    )


def disputed(area: Area, one: tuple[str, Plan], other: tuple[str, Plan], units: Sequence[str], words: str) -> None:
    """Draw where two plans (each with its name) put some units: these in colour, everything else pale."""
    plans = tuple(replace(plan, name=name) for name, plan in (one, other))
    data = maps_data(area, cached.comparison(plans, area))
    position = {code: i for i, code in enumerate(area.codes)}
    _component()(
        key=f"disputed-{area.digest[:12]}",
        data={
            **editor.opened(area, "compare.js"),
            **data,
            "moved": {"0-1": to_ranges(sorted(position[unit] for unit in units))},
            "words": {"0-1": words, "1-0": words},
            "view": "difference",
        },
    )


def maps_data(area: Area, found: Comparison) -> dict[str, Any]:
    """What the maps show. plans : name, a line on it, units by number of the neighbourhood, and the neighbourhoods
    (number, number of the family, name, colour, people); moved : pair -> units; words : pair -> sentence. Of a
    comparison that is narrowed, body : its name, and inside : its units; the lines on the plans are of it."""
    position = {code: i for i, code in enumerate(area.codes)}
    people = people_by_unit(area)
    drawn = coloured_alike(found.plans, [c.matching for c in found.changes], area)
    plans = []
    for n, (name, plan, numbers) in enumerate(zip(found.names, drawn, found.numbers, strict=True)):
        members = plan.members()
        line = _line(found, n, area)
        if n and len(found.plans) > 2:
            change = found.change(0, n)
            whom = f"residents of {found.body.name}" if found.body else "people"
            line += f" {change.people_moved:,} {whom} ({change.share_moved:.1%}) sit elsewhere than in the first."
        plans.append(
            {
                "name": name,
                "said": line,
                "labels": ";".join(
                    f"{slot}:{to_ranges(position[u] for u in members[own.code])}"
                    for slot, own in enumerate(plan.neighbourhoods)
                    if members[own.code]
                ),
                "rows": [
                    [slot, numbers[own.code], own.name, own.colour, sum(people[u] for u in members[own.code])]
                    for slot, own in enumerate(plan.neighbourhoods)
                ],
            }
        )
    moved, told = {}, {}
    for i, j in found.pairs:
        change = found.change(i, j)
        moved[f"{i}-{j}"] = to_ranges(position[u] for u in change.units)
        told[f"{i}-{j}"] = change.in_words
        told[f"{j}-{i}"] = change.in_words.replace(
            f"“{change.before}” to “{change.after}”", f"“{change.after}” to “{change.before}”"
        )
    shown: dict[str, Any] = {"plans": plans, "moved": moved, "words": told}
    if found.body is not None:
        shown |= {"body": found.body.name, "inside": to_ranges(position[unit] for unit in sorted(found.body.units))}
    return shown


def _line(found: Comparison, n: int, area: Area) -> str:
    """How a plan stands; narrowed, the neighbourhoods that the body touches, each as a whole."""
    plan = found.plans[n]
    if found.body is None:
        return words.standing_line(standings(plan, area), len(unassigned(plan, area)))
    own = found.narrowed[n]
    loose = found.body.units.intersection(unassigned(plan, area))
    return words.standing_line(tuple(part.standing for part in own.own), len(loose))

"""Maps to look at, side by side, and what was declared before solving."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit_folium import st_folium

from boundaries.area import Area
from footprints import maps
from footprints.escape import plain_markdown
from footprints.plan import Plan
from footprints.standing import standings, unassigned
from footprints.ui import state, style, words

LEGEND = (
    ("neighbourhood", "Neighbourhood, with residents"),
    ("district", "District line"),
    ("practice", "GP practice"),
    ("closed", "Closed practice, last site"),
    ("changed", "Area that moves"),
)
HEIGHT = 520  # until the style sheet gives the frame the height of the window


def exceptions(plan: Plan) -> None:
    """What was declared before solving: joined districts, undersized islands, links taken."""
    if plan.exceptions:
        with st.expander(f"Declared before solving ({len(plan.exceptions)})"):
            for one in plan.exceptions:
                style.note(*words.declared(one), kind="warn")


def compare_maps(area: Area, plans: Sequence[Plan], changed: Sequence[str]) -> None:
    """Plans side by side on maps of one scale that move together."""
    drawing = state.drawing(area)
    with st.container(key="twin_maps"):
        for i, (column, plan) in enumerate(zip(st.columns(len(plans)), plans, strict=True)):
            with column:
                st.subheader(plain_markdown(plan.name), anchor=False)
                st.caption(words.standing_line(standings(plan, area), len(unassigned(plan, area))))
                st_folium(
                    maps.ground(area, drawing, follow=state.session().channel),
                    key=f"compare-{i}-{area.digest[:12]}",
                    feature_group_to_add=maps.paint(plan, area, drawing, changed=changed),
                    returned_objects=[],
                    use_container_width=True,
                    height=HEIGHT,
                )
    style.legend(LEGEND)

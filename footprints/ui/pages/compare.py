"""Compare: two options on maps of one scale, their measures side by side, and who moves."""

from __future__ import annotations

import streamlit as st

from footprints.compare import coloured_alike
from footprints.practices import homes_changed
from footprints.ui import board, contrast, state, style

own = state.session()
area = state.area()
st.title("Compare two options", anchor=False)
options = {o.key: o for o in own.shelf.options}
if len(options) < 2:
    style.note(
        "There is one option on the shelf; a comparison needs two."
        if options
        else "There is nothing on the shelf yet.",
        "Duplicate an option (in the sidebar) and move some areas, or propose another one.",
    )
    st.stop()

keys = list(options)
left, right = st.columns(2)
with left:
    first = st.selectbox("First option", keys, contrast.first_of(own.shelf), format_func=lambda k: options[k].plan.name)
with right:
    second = st.selectbox(
        "Second option", keys, contrast.second_of(own.shelf), format_func=lambda k: options[k].plan.name
    )
if first == second:
    style.note("Both are the same option. Choose two different ones.")
    st.stop()

found = state.comparison((options[first].plan, options[second].plan), area)
contrast.headline(found)
drawn = coloured_alike((options[first].plan, options[second].plan), found.changes, area)
board.compare_maps(area, drawn, contrast.changed(found))
wide, narrow = st.columns([3, 2], gap="large")
with wide:
    contrast.measures(found)
with narrow:
    contrast.moves(found)
    if len(area.registrations):
        before, after = (state.practice_facts(options[key].plan, area).spread for key in (first, second))
        contrast.homes(homes_changed(before, after, found.changes[0].matching), found.names)
style.sources(area.attribution)

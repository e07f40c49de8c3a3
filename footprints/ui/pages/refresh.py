"""Next quarter: the current option on newer files, and every option on the shelf against what may come."""

from __future__ import annotations

import streamlit as st

from footprints.ui import narrowed, refreshing, state, style, withstanding

own = state.session()
area = state.area()
plan = state.current()
st.title("Does it still stand?", anchor=False)
if plan is None:
    style.note("There is nothing on the shelf yet.", "Propose neighbourhoods, or import a plan (in the sidebar).")
    st.stop()

newer, future = st.tabs(["Newer files", "What may come: councils, ICBs, growth"])
with newer:
    refreshing.show(area, plan)
with future:
    narrowed.whole(area, "What may come is told")
    withstanding.show(area, own.shelf)
style.sources(area.attribution)

"""Can we: a wish in names of places, answered with what it costs or with what stands in its way."""

from __future__ import annotations

import streamlit as st

from footprints.ui import ask, narrowed, state, style

area = state.area()
st.title("Can we?", anchor=False)
narrowed.whole(area, "Questions and answers are")
left, right = st.columns([2, 3], gap="large")
with left:
    asked = ask.form(area, state.current())
with right:
    ask.show(area, asked)
style.sources(area.attribution)

"""Review: how good the current option is under its own rules, and the small changes that would help most."""

from __future__ import annotations

import streamlit as st

from footprints.escape import plain_markdown
from footprints.ui import certainty, reviewed, state, style

own = state.session()
area = state.area()
plan = state.current()
st.title("Is this option any good?", anchor=False)
if plan is None:
    style.note(
        "There is nothing on the shelf yet.",
        "Propose neighbourhoods, or import a plan or a lookup (in the sidebar).",
    )
    st.stop()

st.subheader(plain_markdown(plan.name), anchor=False)
reviewed.show(area, plan)
certainty.show(area, plan)
style.sources(area.attribution)

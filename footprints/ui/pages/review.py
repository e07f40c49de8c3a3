"""Review: how good the current option is under its own rules, and the small changes that would help most."""

from __future__ import annotations

import streamlit as st

from footprints.escape import plain_markdown
from footprints.ui import certainty, narrowed, reviewed, state, style

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
body = narrowed.line(area)
if body is not None:
    narrowed.neighbourhoods(narrowed.seen(body, plan, area))
    narrowed.whole(area, "The verdict, what it costs, and what is proven are")
reviewed.show(area, plan)
certainty.show(area, plan)
style.sources(area.attribution)

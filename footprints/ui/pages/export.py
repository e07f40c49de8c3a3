"""Export: what the option meets and does not meet, and its files."""

from __future__ import annotations

import streamlit as st

from footprints.escape import plain_markdown
from footprints.ui import handing, handover, paper, state, style

own = state.session()
area = state.area()
option = own.shelf.get()
st.title("Export", anchor=False)
if option is None:
    style.note("There is nothing on the shelf yet.", "Propose neighbourhoods first.")
    st.stop()

st.subheader(plain_markdown(option.plan.name), anchor=False)
handover.verdict(state.verdict(option.plan, area), option)
plan, chosen = option.plan, handing.ask(option, own.shelf)
made = state.bundle(plan, area, None if option.edited else option.solution, chosen)
handover.files(made, lambda: state.pack(plan, area, chosen, own.source))
paper.show(area)
with st.expander("How good is this option? All measures"):
    handover.measures(state.scorecard(option.plan, area), option.plan)

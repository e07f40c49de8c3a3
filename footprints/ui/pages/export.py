"""Export: what the option meets and does not meet, and its files."""

from __future__ import annotations

import streamlit as st

from footprints.escape import plain_markdown
from footprints.ui import cached, certainty, handing, handover, lists, narrowed, paper, state, style

own = state.session()
area = state.area()
option = own.shelf.get()
st.title("Export", anchor=False)
if option is None:
    style.note("There is nothing on the shelf yet.", "Propose neighbourhoods first.")
    st.stop()

st.subheader(plain_markdown(option.plan.name), anchor=False)
narrowed.whole(area, "The files are")
handover.verdict(cached.verdict(option.plan, area), option)
plan, chosen = option.as_kept, handing.ask(option, own.shelf)
sure = certainty.confidence(option.plan, area)
said = (None, None) if option.edited else (option.solution, option.proven)
made = cached.bundle(plan, area, said[0], chosen, sure, said[1])
places = lists.show(area)
handover.files(made, lambda: cached.pack(plan, area, chosen, own.source, sure, places))
if sure is None:
    st.caption(
        "The column “confidence” of the LSOA lookup is blank: how sure each area is was not worked out for this option "
        "(Review page)."
    )
paper.show(area, places)
with st.expander("How good is this option? All measures"):
    handover.measures(cached.scorecard(option.plan, area), option.plan)

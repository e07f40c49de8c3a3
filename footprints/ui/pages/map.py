"""Map: draw and redraw neighbourhoods, with what is true of them beside the map after every stroke."""

from __future__ import annotations

import streamlit as st

from footprints.escape import plain_markdown
from footprints.ui import board, cached, editor, narrowed, outcome, state, style, words

own = state.session()
area = state.area()
option = own.shelf.get()

outcome.troubles()
if own.desk is not None and own.desk.said:
    style.note(own.desk.said, kind="warn")
if own.said:
    style.said(own.said)
if option is None:
    st.title(plain_markdown(area.name), anchor=False)
    if own.running:
        style.note("A first proposal is being made. It will appear here by itself in a few seconds.")
    else:
        style.note("There is no plan yet for this place.", "Start a proposal on the Propose page, or draw your own.")
        st.page_link(state.page("propose"), label="Go to Propose")
    if st.button("Start with an empty map", key="empty_map"):
        state.start_empty()
        st.rerun()
else:
    narrowed.whole(area, "The map and its tables are")
    editor.show(area, option.key)
    style.sources([words.simplified(cached.drawing(area).tolerance_m), *area.attribution])
    board.exceptions(option.plan)

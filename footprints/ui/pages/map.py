"""Map: neighbourhoods to look at, and single areas to move, with what a move would do shown before it is done."""

from __future__ import annotations

import streamlit as st

from footprints.escape import plain_markdown
from footprints.ui import board, outcome, state, style, words

own = state.session()
area = state.area()
plan = state.current()

top, search, history = st.columns([5, 4, 2])
with top:
    st.title(plain_markdown(plan.name) if plan else plain_markdown(area.name), anchor=False)
with search:
    board.find_box(area, plan)
with history:
    board.undo_bar()

wide, narrow = st.columns([3, 2], gap="medium")
with wide:
    board.map_of(area, plan)
    style.sources([words.simplified(state.drawing(area).tolerance_m), *area.attribution])
with narrow:
    outcome.troubles()
    if plan is None:
        if own.running:
            style.note("A first proposal is being made. It will appear here by itself in a few seconds.")
        else:
            style.note(
                "There is no plan yet for this place.", "Set what matters on the Propose page and start a proposal."
            )
            st.page_link(state.page("propose"), label="Go to Propose")
    else:
        with st.container(key="plan_ready"):
            if own.said:
                style.said(own.said)
            board.choose_area(area)
            board.move_panel(area, plan)
            board.standing_table(area, plan)
            board.rename_box(plan)

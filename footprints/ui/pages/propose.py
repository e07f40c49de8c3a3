"""Propose: what matters, what will be done, the search while it runs, and what it found."""

from __future__ import annotations

import streamlit as st

from footprints.ui import cached, outcome, question, state, who

own = state.session()
area = state.area()
st.title("Propose neighbourhoods", anchor=False)
form, result = st.columns([2, 3], gap="large")
with form:
    own.criteria = question.ask(area, own.criteria)
with result:
    st.subheader("What will be done", anchor=False)
    prospect = cached.prospect_of(area, own.criteria)
    asked = question.joins(prospect, question.numbers(prospect, own.criteria, area), area)
    if asked != own.criteria:
        own.criteria = asked
        st.rerun()
    question.statement(prospect)
    if st.button(
        "Propose neighbourhoods",
        type="primary",
        disabled=bool(own.running or prospect.reasons or not who.may("planner")),
        key="propose",
    ):
        state.begin(own.criteria)
        st.rerun()
    outcome.show(area)

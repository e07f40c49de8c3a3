"""Practices: three populations, where each practice's patients live, PCNs, agreed homes, and who has to re-align."""

from __future__ import annotations

import streamlit as st

from footprints.escape import plain_markdown
from footprints.flows.matrix import NEEDS
from footprints.ui import agreed, cached, narrowed, practices, state, style
from footprints.ui.guard import guard

own = state.session()
area = state.area()
option = own.shelf.get()
st.title("Practices and PCNs", anchor=False)
if not len(area.registrations):
    style.note(f"No patients registered by practice are loaded for {area.name}, so nothing can be said here.", NEEDS)
    st.page_link(state.page("data"), label="Go to Data")
    st.stop()
if option is None:
    style.note("There is nothing on the shelf yet.", "Propose neighbourhoods, or import a plan (in the sidebar).")
    st.stop()

st.subheader(plain_markdown(option.plan.name), anchor=False)
facts = cached.practice_facts(option.plan, area)
body, here = narrowed.line(area, option.plan), narrowed.here(area)
seen = narrowed.seen(body, option.plan, area) if body else None
practices.headline(facts, here)
tabs = st.tabs(["Populations", "Practice impact", "PCNs", "Agreed homes", "To re-align", "People not placed"])
with tabs[0]:
    practices.populations(facts.populations, seen)
    practices.far(facts.far, area, body)
    practices.download(facts, "populations.csv", *(["far_from_own_ratio.csv"] if facts.far else []))
with tabs[1]:
    practices.impact(facts, here)
    practices.download(facts, "practice_impact.csv", "practice_neighbourhood.csv")
with tabs[2]:
    practices.pcns(facts.pcns, facts.spread, here)
    practices.download(facts, "pcn_alignment.csv")
with tabs[3]:
    agreed.homes(facts, option.key, here)
    practices.download(facts, "practice_lookup.csv")
with tabs[4]:
    agreed.alignment(facts.spread, option.key, here)
    practices.download(facts, "service_alignment.csv")
with tabs[5], guard():
    narrowed.whole(area, "These patients are")
    practices.unplaced(cached.reconciled(area), facts.spread)
narrowed.whole(area, "The files to download are")
st.caption(
    "Numbers of patients are exact: for partners, not for publication. Tables of practices and PCNs are exported, too."
)
style.sources(area.attribution)

"""Need: where teams should start, ages, deprivation and indicators, spread, and who grows out of the range."""

from __future__ import annotations

import streamlit as st

from footprints.escape import plain_markdown
from footprints.ui import cached, growth, narrowed, need, state, style

own = state.session()
area = state.area()
option = own.shelf.get()
st.title("Need and growth", anchor=False)
if option is None:
    style.note("There is nothing on the shelf yet.", "Propose neighbourhoods, or import a plan (in the sidebar).")
    st.stop()

st.subheader(plain_markdown(option.plan.name), anchor=False)
facts = cached.need_facts(option.plan, area)
body = narrowed.line(area, option.plan)
seen = narrowed.seen(body, option.plan, area) if body else None
need.headline(facts)
narrowed.whole(area, "These figures, the order, the spread, who leaves the range and the files are")
tabs = st.tabs(["Where to start", "Ages", "Deprivation and indicators", "Spread", "Growth"])
with tabs[0]:
    need.order(facts, seen)
    need.download(facts, "need.csv")
with tabs[1]:
    need.ages(facts, seen)
with tabs[2]:
    need.indicators(facts, seen)
    need.download(facts, "indicators.csv")
with tabs[3]:
    need.spread(facts)
with tabs[4]:
    growth.show(facts, seen)
    need.download(facts, "population_by_year.csv")
need.missing(facts)
style.sources(area.attribution)

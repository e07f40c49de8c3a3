"""Data: where the evidence comes from, what was read of it, what does not add up, and what would mend it."""

from __future__ import annotations

import streamlit as st

from boundaries import list_places
from footprints.ui import evidence, first, folders, narrowed, state, style, uploads, who

own = state.session()
st.title("Data", anchor=False)

tenant, planner = who.tenant(), who.may("planner")
shelved = f"A folder of {tenant.title}" if tenant else "A folder on this machine"
DEMO, FOLDER, UPLOAD = "The invented demo county", shelved, "Files I upload"
here = DEMO if own.source == first.DEMO else UPLOAD if own.uploaded else FOLDER
kinds = [DEMO, FOLDER, *([UPLOAD] if planner or here == UPLOAD else [])]
left, right = st.columns([2, 3], gap="large")
with left:
    st.subheader("Where the data come from", anchor=False)
    kind = st.radio("Source", kinds, index=kinds.index(here), label_visibility="collapsed")
    if kind == DEMO:
        st.caption("Made by this tool in the layout of the official files. No such county, people or practices exist.")
        if here != DEMO and st.button("Use the demo county", type="primary"):
            state.use_source(first.DEMO)
            st.rerun()
    elif kind == FOLDER and tenant:
        chosen = folders.choose(tenant, "Folder that holds the official files")
        if st.button("Read this folder", type="primary"):
            state.use_source(chosen)
            st.rerun()
    elif kind == FOLDER:
        typed = st.text_input(
            "Folder that holds the official files",
            value=own.source if here == FOLDER else "",
            placeholder="C:\\Data\\Cambridgeshire or /home/me/data",
            help="Files are recognised by their columns, here and in the folders below. Nothing is changed there.",
        )
        if st.button("Read this folder", type="primary", disabled=not typed.strip()):
            state.use_source(typed.strip().strip('"'))
            st.rerun()
    elif not planner:
        st.caption("These are files that you uploaded as a planner. Uploading others is for a planner.")
    else:
        files = st.file_uploader("Official files, as downloaded", type=list(uploads.KINDS), accept_multiple_files=True)
        st.caption(
            "The files stay on this server, among your own."
            if tenant
            else "The files stay on this machine, in a temporary folder."
        )
        if st.button("Read these files", type="primary", disabled=not files):
            folder, names = uploads.save(files, who.uploads())
            state.use_source(str(folder))
            state.session().uploaded = names
            st.rerun()

with right:
    choose = state.places_to_choose()
    if choose:
        st.subheader("Which place?", anchor=False)
        st.write("These files hold more than one place. Choose one, or several neighbouring ones of one kind.")
    elif here == kind and state.area_or_none() is not None and own.source != first.DEMO:
        with st.expander("Work on a part of these files only"):
            choose = list_places(own.source) if st.checkbox("List the places in these files") else ()
    if choose:
        evidence.choose_place(choose)

area = state.area()
with right:
    narrowed.whole(area, "What was read is")
    evidence.summary(area)
    if (
        own.source != first.DEMO
        and planner
        and st.button("Read the files again", help="After you have changed or added files.")
    ):
        state.read_again()
        st.rerun()

problems = [c for c in area.checks if c.status in ("fail", "warn")]
tabs = st.tabs(
    [
        f"Checks ({len(problems)} to look at)" if problems else "Checks (all in order)",
        f"Files read ({len(area.receipts)})",
        f"Links across water ({len(area.proposed_links)} proposed)",
    ]
)
with tabs[0]:
    evidence.checks(area)
with tabs[1]:
    evidence.receipts(area, own.uploaded)
with tabs[2]:
    evidence.links(area)
    if area.proposed_links:
        accept = st.toggle(
            "Use the proposed links when proposing neighbourhoods",
            value=own.criteria.accept_links,
            help="They are then written into the plan, and exported as links.csv.",
        )
        own.criteria = state.with_links(own.criteria, accept)
style.sources(area.attribution)

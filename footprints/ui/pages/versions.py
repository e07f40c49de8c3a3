"""Versions: the plans of the place as they were saved, what boards decided about them, and the proof of it."""

from __future__ import annotations

import streamlit as st

from footprints.ui import agreement, boards, proof_page, state, style, version_list, version_save, versions

LIST, AGREE, BOARDS, PROOF = "Versions", "Agreement", "Boards and people", "Proof"

own = state.session()
area = state.area()
option = own.shelf.get()
st.title("Versions and agreement", anchor=False)
store = versions.there()
project = versions.project(store, area) if store is not None else None
versions.said()
if store is not None and store.said:
    style.note(store.said, kind="warn")
if store is not None:
    versions.choose_project(store, area)
part = st.segmented_control(
    "Part of this page", [LIST, AGREE, BOARDS, PROOF], default=LIST, required=True, label_visibility="collapsed",
    key="versions_part",
)  # fmt: skip
if part == LIST:
    if option is not None:
        version_save.show(area, store, project, option)
    if store is not None and project is not None:
        version_list.show(area, store, project)
    elif option is None:
        style.note("Nothing was saved yet, and nothing is on the shelf.", "Propose neighbourhoods first.")
elif store is None or project is None:
    style.note(f"No version was saved for {area.name} yet.", "Save one first: then boards can decide about it.")
elif part == AGREE:
    agreement.show(store, project)
elif part == BOARDS:
    boards.show(area, store, project)
else:
    proof_page.show(store, project)

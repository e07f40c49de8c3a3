"""Compare: two to six options on maps of one scale, their measures side by side, and who moves."""

from __future__ import annotations

import streamlit as st

from footprints.comparing import LARGEST
from footprints.escape import plain_markdown
from footprints.exchange import comparison_files, zip_bytes
from footprints.exchange.comparison import about_comparison
from footprints.exchange.folder import with_manifest
from footprints.ui import cached, contrast, download_routes, narrowed, state, style, twin_maps

own = state.session()
area = state.area()
st.title("Compare options", anchor=False)
options = {o.key: o for o in own.shelf.options}
if len(options) < 2:
    style.note(
        "There is one option on the shelf; a comparison needs two."
        if options
        else "There is nothing on the shelf yet.",
        "Duplicate an option (in the sidebar) and move some areas, add today's arrangement, or propose another one.",
    )
    st.stop()

keys = list(options)
usual = [keys[contrast.first_of(own.shelf)], keys[contrast.second_of(own.shelf)]]
chosen = st.multiselect(
    "Options to compare, two to six; the others are measured against the first",
    keys,
    usual,
    max_selections=LARGEST,
    format_func=lambda k: options[k].plan.name,
    key=f"compare_{'_'.join(keys)}",
)
if len(chosen) < 2:
    style.note("Choose two options or more.")
    st.stop()

body = narrowed.chosen(area)
found = cached.comparison(tuple(options[key].plan for key in chosen), area, body)
contrast.headline(found)
twin_maps.show(area, found)

if body is not None:
    contrast.of_body(found)
    with st.expander(f"Measures of the whole plans, for all of {plain_markdown(area.name)}"):
        contrast.options(found)
else:
    st.subheader("Measures of the whole plan", anchor=False)
    contrast.options(found)
st.subheader("Who moves", anchor=False)
pair = (0, 1)
if len(chosen) > 2:
    contrast.likeness(found)
    numbers = list(range(len(chosen)))
    left, right = st.columns(2)
    with left:
        first = st.selectbox("From", numbers, 0, format_func=lambda n: found.names[n])
    with right:
        second = st.selectbox(
            "To", [n for n in numbers if n != first], 0, format_func=lambda n: found.names[n], key=f"to_{first}"
        )
    pair = (first, second)
contrast.between(found, *pair)
contrast.matched(found, *pair)
if len(chosen) == 2:
    contrast.likeness(found)


@st.cache_data(max_entries=8, show_spinner="Writing the files…")
def _packed(key: tuple[str, ...]) -> bytes:
    return zip_bytes(
        with_manifest(comparison_files(found, found.plans, area), about_comparison(found, found.plans, area))
    )


download_routes.button(
    "Download the comparison (CSV tables in one zip)",
    _packed((own.owner[0], area.digest, *(plan.id for plan in found.plans), *found.names, own.only)),
    "footprints-comparison.zip",
    "application/zip",
)
style.sources(area.attribution)

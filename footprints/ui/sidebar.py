"""What stands beside every page: the place, the running proposal, and the shelf of options."""

from __future__ import annotations

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.editing import person
from footprints.editing.signing import LONGEST
from footprints.escape import escape, plain_markdown
from footprints.shelf import Option
from footprints.ui import calculations, first, state, study, today, words
from footprints.ui.guard import guard

NEW, OVER = "A new option", "A change of the current option"
OVER_HELP = "A change of the current option moves its areas to where the file has them. Locked areas stay; undo works."


def show(area: Area | None) -> None:
    """Draw the sidebar."""
    own = state.session()
    with st.sidebar:
        name = area.name if area else "No place chosen yet"
        invented = (
            '<span class="fp-tag fp-invented">Invented county, to try things out</span>'
            if own.source == first.DEMO
            else ""
        )
        st.html(f'<div class="fp-place">{escape(name)}</div>{invented}')
        st.fragment(_status, run_every=1.0 if own.running else None)()
        study.beside()
        calculations.show()
        _shelf(area)
        _person()


def _person() -> None:
    st.session_state["person"] = person().name
    st.text_input(
        "Your name",
        key="person",
        on_change=_named,
        max_chars=LONGEST,
        placeholder="Left blank: changes carry no name",
        help="Written beside every area you move, in the list of changes and its export. Kept on this computer only.",
    )


def _named() -> None:
    own = state.session()
    own.open_trouble = ("", "")
    try:
        person().rename(st.session_state["person"])
    except (FootprintError, OSError) as error:
        own.open_trouble = (f"Your name could not be kept: {error}", "")


def _status() -> None:
    with guard():
        now = state.tick()
        if now is None:
            return
        with st.container(key="proposal_running"):
            st.markdown(f"**Working on a proposal** · {now.seconds:,.0f} s")
            st.caption(plain_markdown(words.stage(now.stage, now.progress)))
            st.caption(words.progress_line(now.best, now.bound, now.gap, state.area().units["residents"].sum()))
            if st.button("Stop, and keep the best so far", key="stop_side", disabled=now.cancelled):
                state.cancel()


def _shelf(area: Area | None) -> None:
    own = state.session()
    st.subheader("Shelf of options", anchor=False)
    shelf = own.shelf
    current = shelf.get()
    if current is None:
        st.caption("Nothing yet: options come here from the Propose page.")
    else:
        st.session_state["shelf_choice"] = shelf.current
        st.radio(
            "Current option",
            [o.key for o in shelf.options],
            format_func={o.key: _label(o) for o in shelf.options}.__getitem__,
            key="shelf_choice",
            on_change=_choose,
            label_visibility="collapsed",
        )
        st.session_state["shelf_name"] = current.plan.name
        st.text_input("Name of this option", key="shelf_name", on_change=_rename, max_chars=80)
        with st.container(horizontal=True, gap="small"):
            st.button("Duplicate", on_click=_do, args=("duplicate",), key="shelf_duplicate")
            st.button("Unstar" if current.starred else "Star", on_click=_do, args=("star",), key="shelf_star")
            st.button("Remove", on_click=_do, args=("remove",), key="shelf_remove")
    if area is not None:
        st.button("Start an empty option", on_click=state.start_empty, key="shelf_empty")
        today.beside(area)
        with st.expander("Open a saved option"):
            key = f"shelf_open_{shelf.made}"
            if current is not None:
                st.radio("It becomes", [NEW, OVER], key="shelf_open_as", help=OVER_HELP)
            st.file_uploader(
                "A plan (JSON, GeoJSON, GeoPackage) or a lookup of LSOAs (CSV)",
                type=["json", "geojson", "gpkg", "csv"],
                key=key,
                on_change=_open,
                args=(key,),
            )
    if own.open_trouble[0]:
        st.error(plain_markdown(" ".join(own.open_trouble)))
    if shelf.removed:
        label = f"Put back “{plain_markdown(shelf.removed.plan.name)}”"
        st.button(label, on_click=_do, args=("restore",), key="shelf_restore")


def _label(option: Option) -> str:
    star = "★ " if option.starred else ""
    return f"{star}{plain_markdown(option.plan.name)}" + (" (edited)" if option.edited or option.past else "")


def _choose() -> None:
    own = state.session()
    chosen = st.session_state["shelf_choice"]
    own.change(lambda shelf: shelf.choose(chosen))
    own.said = ""


def _rename() -> None:
    own = state.session()
    name = st.session_state["shelf_name"]
    own.change(lambda shelf: shelf.rename(name))


def _do(verb: str) -> None:
    own = state.session()
    own.change(lambda shelf: getattr(shelf, verb)())
    own.said = ""


def _open(key: str) -> None:
    own = state.session()
    own.open_trouble = ("", "")
    file = st.session_state[key]
    if file is None:
        return
    try:
        state.open_saved(file, over=st.session_state.get("shelf_open_as") == OVER)
    except FootprintError as error:
        own.open_trouble = (error.message, error.mend)

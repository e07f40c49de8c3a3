"""What stands beside every page: the place, the running proposal, and the shelf of options."""

from __future__ import annotations

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.editing import person
from footprints.editing.signing import LONGEST
from footprints.escape import escape, plain_markdown
from footprints.shelf import Option
from footprints.ui import bringing, calculations, first, narrowed, signing_in, state, study, today, versions, who, words
from footprints.ui.guard import guard


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
        if area is not None:
            with guard():
                narrowed.beside(area)
        st.fragment(_status, run_every=1.0 if own.running else None)()
        with guard():
            study.beside()
            calculations.show()
        _shelf(area)
        if not who.now().tenant:
            _person()
        signing_in.beside()


def _person() -> None:
    st.session_state["person"] = person().name
    st.text_input(
        "Your name",
        key="person",
        on_change=_named,
        max_chars=LONGEST,
        placeholder="Left blank: areas you move carry no name",
        help="Written beside every area you move, in the list of changes and its export, and beside every version you "
        "save and decision you record, for all who share the store; left blank, those carry the name of your account.",
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
    own, planner = state.session(), who.may("planner")
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
        if planner:
            st.text_input("Name of this option", key="shelf_name", on_change=_rename, max_chars=80)
        st.caption(plain_markdown(versions.standing(current)))
        if planner:
            with st.container(horizontal=True, gap="small"):
                st.button("Duplicate", on_click=_do, args=("duplicate",), key="shelf_duplicate")
                st.button("Unstar" if current.starred else "Star", on_click=_do, args=("star",), key="shelf_star")
                st.button("Remove", on_click=_do, args=("remove",), key="shelf_remove")
        else:
            st.caption("You can look, compare and export. Changing plans is for a planner.")
    if area is not None and planner:
        st.button("Start an empty option", on_click=state.start_empty, key="shelf_empty")
        today.beside(area)
        bringing.beside(area)
    if own.open_trouble[0]:
        st.error(plain_markdown(" ".join(own.open_trouble)))
    if shelf.removed and planner:
        label = f"Put back “{plain_markdown(shelf.removed.plan.name)}”"
        st.button(label, on_click=_do, args=("restore",), key="shelf_restore")


def _label(option: Option) -> str:
    star = "★ " if option.starred else ""
    return f"{star}{plain_markdown(option.plan.name)}" + (" (edited)" if option.edited or option.past else "")


def _choose() -> None:
    own = state.session()
    chosen = st.session_state["shelf_choice"]
    own.change(lambda shelf: shelf.choose(chosen), "viewer")
    own.said = ""


def _rename() -> None:
    own = state.session()
    name = st.session_state["shelf_name"]
    own.change(lambda shelf: shelf.rename(name))


def _do(verb: str) -> None:
    own = state.session()
    own.change(lambda shelf: getattr(shelf, verb)())
    own.said = ""

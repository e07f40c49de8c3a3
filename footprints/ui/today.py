"""Today's arrangement as an option of its own, one click each, to stand beside what is proposed."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.baselines import KINDS, baseline, called_today, is_today
from footprints.plan import Plan
from footprints.shelf import Shelf
from footprints.ui import state

# Those that are ready within a second or two; `footprints baseline` makes the others.
OFFERED = {
    "pcn": "Majority PCN",
    "pcn-contiguous": "The same, in one piece each",
    "pcn-msoa": "The same, by whole MSOAs",
    "pcn-ward": "The same, by whole wards",
}


def beside(area: Area) -> None:
    """The buttons, for the sidebar."""
    rules = {kind.key: kind.rule for kind in KINDS}
    with st.expander("Add today's arrangement"):
        st.caption("PCNs as they are, whatever they do not meet, as an option of its own to compare with.")
        for kind, label in OFFERED.items():
            if st.button(label, help=rules[kind], key=f"today_{kind}", width="stretch"):
                with st.spinner("Putting areas to PCNs…"):
                    _put(area, kind)
                st.rerun()
        current = state.current()
        if current is not None and not is_today(current.name):
            st.button(
                "The current option is today's arrangement",
                help="Its name then begins with “Today:”; Compare and the board paper take it as today's.",
                key="today_mark",
                on_click=_mark,
                args=(called_today(current.name),),
                width="stretch",
            )


def _mark(name: str) -> None:
    state.session().change(lambda shelf: shelf.rename(name))


def _put(area: Area, kind: str) -> None:
    own = state.session()
    own.open_trouble, own.said = ("", ""), ""
    option = own.shelf.get()
    asked = option.plan.criteria if option else own.criteria
    try:
        # What is fixed to neighbourhoods of another plan means nothing here.
        made = baseline(area, kind, replace(asked, locks=replace(asked.locks, fixed=(), frozen=())))
    except FootprintError as error:
        own.open_trouble = (error.message, error.mend)
        return
    own.change(lambda shelf: put_once(shelf, made))
    own.said = f"“{made.name}” is on the shelf now, as the current option."


def put_once(shelf: Shelf, made: Plan) -> Shelf:
    """The shelf with the plan as its current option; one that is there already, unedited, is chosen instead."""
    known = (o.key for o in shelf.options if o.opened.name.startswith(made.name) and _same(o.plan, made))
    key = next(known, "")
    return shelf.choose(key) if key else shelf.add(made)


def _same(plan: Plan, made: Plan) -> bool:
    return plan.assignment == made.assignment and plan.criteria == made.criteria

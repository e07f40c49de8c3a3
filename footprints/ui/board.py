"""The parts of the Map page: the map with its clicks, the find box, the move panel and the table beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st
from streamlit_folium import st_folium

from boundaries.area import Area
from footprints import edit, maps
from footprints.escape import plain_markdown
from footprints.plan import Plan
from footprints.standing import MovePreview, choices, counted, preview_move, standings, unassigned
from footprints.ui import state, style, words
from footprints.ui.find import find

LEGEND = (
    ("neighbourhood", "Neighbourhood, with residents"),
    ("district", "District line"),
    ("practice", "GP practice"),
    ("closed", "Closed practice, last site"),
    ("selected", "Area you have chosen"),
)
_WANTED = ("last_active_drawing", "last_object_clicked_count")
HEIGHT = 520  # until the style sheet gives the frame the height of the window


def map_of(area: Area, plan: Plan | None) -> None:
    """Draw the map; a click on an area selects it, by the code the area carries."""
    own, drawing = state.session(), state.drawing(area)
    with st.container(key="big_map"):
        answer = st_folium(
            maps.ground(area, drawing),
            key=f"map-{area.digest[:12]}",
            feature_group_to_add=maps.paint(
                plan, area, drawing, selected=own.selected, view=own.view, view_key=own.view_key
            ),
            returned_objects=list(_WANTED),
            use_container_width=True,
            height=HEIGHT,
        )
    style.legend(LEGEND)
    click = _click(answer)
    if click != own.clicks:
        own.clicks = click
        if click[1] in area.units.index and click[1] != own.selected:
            own.selected, own.said = click[1], ""
            st.rerun()


def _click(answer: Any) -> tuple[int, str]:
    """How many clicks the map has seen, and the code in the feature clicked last."""
    values = answer or {}
    feature = values.get("last_active_drawing") or {}
    code = (feature.get("properties") or {}).get("code")
    return int(values.get("last_object_clicked_count") or 0), str(code or "")


def find_box(area: Area, plan: Plan | None) -> None:
    """Find a place, ward, MSOA, practice, postcode or code, and bring it into view."""
    text = st.text_input(
        "Find",
        placeholder="Find a place, ward, practice, postcode or code",
        key="find_text",
        label_visibility="collapsed",
    )
    if not text.strip():
        return
    hits = find(area, text, plan)
    if not hits:
        st.caption(f"Nothing here is called “{plain_markdown(text)}”. Try the start of a name, or a postcode.")
        return
    with st.container(key="find_hits", gap=None):
        for i, hit in enumerate(hits):
            if st.button(plain_markdown(hit.label), key=f"hit-{i}", type="tertiary"):
                state.look_at(hit.units, hit.unit)
                st.rerun()


def undo_bar() -> None:
    """Undo and redo of the current option."""
    own = state.session()
    option = own.shelf.get()
    with st.container(horizontal=True, gap="small", horizontal_alignment="right"):
        if st.button("Undo", disabled=not (option and option.past), key="undo"):
            own.shelf, own.said = own.shelf.undo(), "The last move was undone."
            st.rerun()
        if st.button("Redo", disabled=not (option and option.future), key="redo"):
            own.shelf, own.said = own.shelf.redo(), "The move was done again."
            st.rerun()


def choose_area(area: Area) -> None:
    """Choose an area by its name, without a mouse."""
    own, known = state.session(), state.labels(area)
    codes = sorted(area.codes, key=lambda code: known[code])
    st.session_state["area_choice"] = own.selected or None
    st.selectbox(
        "Area to move",
        codes,
        index=None,
        format_func=known.__getitem__,
        placeholder="Click the map, or choose an area here by name",
        key="area_choice",
        on_change=_chosen,
    )


def _chosen() -> None:
    own = state.session()
    code = st.session_state["area_choice"]
    own.said, own.selected = "", code or ""
    if code:
        state.look_at((code,), code)


def move_panel(area: Area, plan: Plan) -> None:
    """What moving the chosen area would do, shown before it is done."""
    own = state.session()
    unit = own.selected
    if not unit:
        return
    where = plan.where().get(unit, "")
    now = plan.neighbourhood(where).name if where else "no neighbourhood"
    st.caption(f"Now in **{plain_markdown(now)}**." + (" This area is locked." if unit in plan.locked else ""))
    options = choices(plan, area, unit)
    names = {c.code: c.name + ("" if c.touches else " (does not touch this area)") for c in options}
    if not options:
        return
    key = f"to-{unit}-{where}"
    if key not in st.session_state and options[0].touches:
        st.session_state[key] = options[0].code
    to: str | None = st.selectbox(
        "Move it to",
        list(names),
        index=None,
        format_func=names.__getitem__,
        placeholder="It lies inside; no other neighbourhood touches it",
        key=key,
    )
    if to is None:
        return
    preview = preview_move(plan, area, unit, to)
    _preview(preview, plan)
    if st.button("Move this area", type="primary", key="move", disabled=unit in plan.locked):
        label = state.labels(area)[unit]
        state.edit(edit.move(plan, area, unit, to), f"Moved {label}, to {plan.neighbourhood(to).name}.")
        st.rerun()


def _preview(preview: MovePreview, plan: Plan) -> None:
    rows = [
        [
            style.swatch(after.colour, after.name, f"then {after.in_words}", bad=not after.holds),
            f"{before.people:,}",
            f"{after.people:,}",
            style.band(after, plan.criteria.minimum, plan.criteria.maximum, plan.criteria.target),
        ]
        for before, after in zip(preview.before, preview.after, strict=True)
    ]
    style.table(f"If these {preview.people:,} people move", ["Neighbourhood", "Now", "Then", ""], rows, numbers=(1, 2))
    if preview.crosses:
        style.note(preview.crosses, kind="warn")


def standing_table(area: Area, plan: Plan) -> None:
    """Every neighbourhood: colour, name, people, distance from the target, and whether it holds together."""
    rows = standings(plan, area)
    left_out = unassigned(plan, area)
    own = plan.where().get(state.session().selected, "")
    criteria = plan.criteria
    who = "Registered" if counted(area, criteria.count) == "registered" else "Residents"
    body = [
        [
            style.swatch(
                row.colour, row.name, row.code if row.holds else f"{row.code}: {row.in_words}", bad=not row.holds
            ),
            style.named(f"{row.people:,}", style.signed(row.from_target)),
            style.band(row, criteria.minimum, criteria.maximum, criteria.target),
        ]
        for row in rows
    ]
    style.table(
        words.standing_line(rows, len(left_out)),
        ["Neighbourhood", f"{who}, from target", f"{criteria.minimum // 1000:,}k to {criteria.maximum // 1000:,}k"],
        body,
        numbers=(1,),
        marked=[i for i, row in enumerate(rows) if row.code == own],
    )
    exceptions(plan)


def exceptions(plan: Plan) -> None:
    """What was declared before solving: joined districts, undersized islands, links taken."""
    if plan.exceptions:
        with st.expander(f"Declared before solving ({len(plan.exceptions)})"):
            for one in plan.exceptions:
                style.note(*words.declared(one), kind="warn")


def rename_box(plan: Plan) -> None:
    """Give a neighbourhood a name of your own; its code stays."""
    with st.expander("Rename a neighbourhood"):
        code = st.selectbox(
            "Neighbourhood",
            list(plan.codes),
            format_func=lambda c: f"{plan.neighbourhood(c).name} ({c})",
            key="rename_code",
        )
        if code is None:
            return
        name = st.text_input("New name", value=plan.neighbourhood(code).name, max_chars=80, key=f"rename-{code}")
        if st.button("Rename", disabled=not name.strip() or name == plan.neighbourhood(code).name, key="rename"):
            state.edit(edit.rename(plan, code, name), f"{code} is now called {name}.")
            st.rerun()


def compare_maps(area: Area, plans: Sequence[Plan], changed: Sequence[str]) -> None:
    """Plans side by side on maps of one scale that move together."""
    drawing = state.drawing(area)
    with st.container(key="twin_maps"):
        for i, (column, plan) in enumerate(zip(st.columns(len(plans)), plans, strict=True)):
            with column:
                st.subheader(plain_markdown(plan.name), anchor=False)
                st.caption(words.standing_line(standings(plan, area), len(unassigned(plan, area))))
                st_folium(
                    maps.ground(area, drawing, follow=state.session().channel),
                    key=f"compare-{i}-{area.digest[:12]}",
                    feature_group_to_add=maps.paint(plan, area, drawing, changed=changed),
                    returned_objects=[],
                    use_container_width=True,
                    height=HEIGHT,
                )
    style.legend((*LEGEND[:4], ("changed", "Area that moves")))

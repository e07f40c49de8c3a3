"""Lists of places on the Export page (pharmacies, family hubs): given, read, told of, and kept for the session."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from boundaries.levels import units_of_points
from boundaries.overlays import Places, places_of, together
from boundaries.receipts import Receipt
from footprints.escape import plain_markdown
from footprints.ui import cached, state, style, uploads, who
from footprints.ui.uploads import ListFile
from optimise.words import count

KINDS = ("csv", "geojson", "gpkg", "zip")
MOST_LISTS, MOST_BYTES = 12, 10_000_000
WHAT = (
    "CSV with a name, if you like a category, and a postcode, latitude and longitude, or easting and northing; or "
    "points as GeoJSON, GeoPackage or a shapefile in one zip."
)
_NUMBER, _TROUBLE = "lists_number", "lists_trouble"


def show(area: Area) -> Places | None:
    """The upload and what became of each list; gives the places of all that could be read, None without any."""
    own = state.session()
    with st.expander("Lists of places for the pack and the board paper: pharmacies, family hubs, schools …"):
        if who.may("planner"):
            key = f"lists_file_{st.session_state.get(_NUMBER, 0)}"
            st.file_uploader(
                "Add lists", type=list(KINDS), accept_multiple_files=True, key=key, help=WHAT, on_change=_take,
                args=(key,), max_upload_size=MOST_BYTES // 1_000_000,
            )  # fmt: skip
        for words in st.session_state.get(_TROUBLE, ()):
            style.note(*words, kind="bad")
        read = [(one, _read(one, area)) for one in own.lists]
        found = [(one, places) for one, places in read if isinstance(places, Places)]
        for one, trouble in read:
            if not isinstance(trouble, Places):
                style.note(f"“{one.given}” cannot be used. {trouble[0]}", trouble[1], kind="bad")
        if found:
            _receipts(found, area)
        if own.lists:
            _take_away(own.lists)
        st.caption(
            "They are kept while this page is open in your browser, and stand on the neighbourhoods' pages of the pack "
            "and in Annex D of the board paper. Nothing is drawn or proposed with them."
        )
    return together([places for _, places in found]) if found else None


def _receipts(found: Sequence[tuple[ListFile, Places]], area: Area) -> None:
    rows = []
    for _, places in found:
        inside = sum(unit != "" for unit in units_of_points(places.table.geometry.get_coordinates().to_numpy(),
                                                            area.units))  # fmt: skip
        beyond = len(places.table) - inside
        told = f"{inside:,}" + (f"; {beyond:,} just beyond the border" if beyond else "")
        for n, receipt in enumerate(places.receipts):
            out, read = in_words(receipt)
            listed = style.named(receipt.file, "; ".join(read))
            rows.append([listed, f"{receipt.rows_read:,}", "" if n else told, style.lines(out or ["none"])])
    style.table("What became of each list", ["List", "Rows", "Placed here", "Left out, and why"], rows, numbers=(1,))


def in_words(receipt: Receipt) -> tuple[list[str], list[str]]:
    """What was left out of a list, by reason and with the first rows where it names them; and how it was read."""
    said, read = dict[str, str](), list[str]()
    for note in receipt.notes:
        reason = next((one.reason for one in receipt.dropped if note.startswith(f"{one.reason}: ")), "")
        if reason:
            said[reason] = note
        else:
            read.append(note)
    return [f"{one.rows:,} {said.get(one.reason, one.reason)}" for one in receipt.dropped], read


def _take_away(lists: Sequence[ListFile]) -> None:
    with st.container(horizontal=True, gap="small"):
        for one in lists:
            st.button(
                f"Take away “{plain_markdown(one.given)}”", key=f"lists_drop_{one.sha256[:16]}_{one.given}",
                on_click=_drop, args=(one,),
            )  # fmt: skip


def _drop(one: ListFile) -> None:
    own = state.session()
    own.lists = tuple(other for other in own.lists if other != one)


def _take(key: str) -> None:
    """Keep what was given; a list of the same name takes the place of the old one."""
    own, trouble = state.session(), list[tuple[str, ...]]()
    for file in st.session_state[key] or ():
        try:
            who.require("planner")
            given = uploads.plain_name(file.name, KINDS)
        except FootprintError as error:
            trouble.append((error.message, error.mend))
            continue
        others = tuple(other for other in own.lists if other.given != given)
        data = bytes(file.getbuffer())
        if len(data) > MOST_BYTES:
            trouble.append(
                (f"“{given}” has {len(data) / 1e6:,.0f} MB.", f"A list has at most {MOST_BYTES / 1e6:,.0f} MB.")
            )
        elif len(others) >= MOST_LISTS:
            trouble.append((f"“{given}” would be one list too many.", f"Keep {count(MOST_LISTS, 'list')} at most."))
        else:
            own.lists = (*others, ListFile(given, data, hashlib.sha256(data).hexdigest()))
    st.session_state[_TROUBLE] = tuple(trouble)
    st.session_state[_NUMBER] = st.session_state.get(_NUMBER, 0) + 1


@st.cache_resource(
    max_entries=24,
    show_spinner="Reading the list…",
    hash_funcs={**cached.BY_DIGEST, ListFile: lambda one: (one.given, one.sha256)},
)
def _read(one: ListFile, area: Area) -> Places | tuple[str, str]:
    """Its places, read as footprints export --assets reads them; or what is wrong and how to mend it."""
    with tempfile.TemporaryDirectory(prefix="footprints-") as folder:
        path = Path(folder) / f"list.{one.given.rpartition('.')[2].lower()}"
        path.write_bytes(one.data)
        try:
            return places_of([path], area, [one.given])
        except FootprintError as error:
            return error.message, error.mend

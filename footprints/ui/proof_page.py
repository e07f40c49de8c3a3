"""The proof on the page Versions: what is proven, the mark to print in papers, and the log in plain words."""

from __future__ import annotations

import secrets
from typing import Any

import streamlit as st

from footprints.errors import StoreError
from footprints.escape import plain_markdown
from footprints.store import Store
from footprints.store.records import Project
from footprints.store.telling import event_in_words
from footprints.store.verify import Report, check_mark
from footprints.ui import study, style, versions, who

STUDY = "verify"
SHOWN = 200  # newest events


def show(store: Store, own: Project) -> None:
    """The mark, the proof, and the log of the project."""
    _proof(store)
    _log(store, own)


def _proof(store: Store) -> None:
    st.subheader("Is everything what it was when it was written?", anchor=False)
    head = store.head()
    st.write("The mark of the newest event. Print it in your papers: whoever has it can prove later what was there.")
    st.code(head, language=None, wrap_lines=True)
    if study.running(STUDY):
        study.progress(STUDY, "Proving the store")
    else:
        with st.form("verify", border=False):
            left, right = st.columns([3, 2], vertical_alignment="bottom")
            left.text_input(
                "A mark from an older paper (its number and at least 12 digits), if you have one",
                key="verify_mark",
                placeholder="such as 128-3f2a9c41d07b",
            )
            if right.form_submit_button("Verify", type="primary", key="verify_now"):
                _begin(store, str(st.session_state["verify_mark"]).strip(), head)
    error, mend = study.trouble(STUDY)
    if error:
        style.note(error, mend, kind="bad")
    asked = st.session_state.get("verify_asked")
    found: Report | None = study.result(STUDY, asked) if asked else None
    if found is not None and asked:
        _found(found, asked, head)


def _begin(store: Store, mark: str, head: str) -> None:
    try:
        if mark:
            check_mark(mark)
    except StoreError as error:
        style.note(error.message, error.mend, kind="bad")
        return
    asked: dict[str, Any] = {
        "store": str(store.file or ""),  # never the address of a server, which may hold a password
        "tenant": who.now().tenant,
        "areas": str(store.areas.folder),
        "mark": mark,
        "head": head,
        "asked": secrets.token_hex(8),  # so that the answer to an earlier asking is never taken for this one's
    }
    st.session_state["verify_asked"] = asked
    study.begin(STUDY, asked)
    st.rerun()


def _found(found: Report, asked: dict[str, Any], head: str) -> None:
    style.note(*found.in_words.splitlines(), kind="good" if found.holds else "bad")
    if found.holds:
        said = f"Proven up to event {found.head.partition('-')[0]}."
        if asked["mark"]:
            said += f" The event of the mark {asked['mark'][:20]} is in the log, with all that came before it."
        else:
            said += " A log whose end was cut off can only be found with a mark from a paper: give one above."
        st.caption(plain_markdown(said))
    if found.head != head:
        st.caption("Something was written since: verify again to include it.")


def _log(store: Store, own: Project) -> None:
    st.subheader("What happened, newest first", anchor=False)
    names = versions.names(store, own.id)
    events, whole = store.events(own.id, last=SHOWN), store.count_events(own.id)
    rows = [
        [
            versions.when(one.at),
            one.actor,
            event_in_words(one, names),
            style.code(f"{one.seq}-{one.hash[:12]}"),
        ]
        for one in reversed(events)
    ]
    caption = f"The log of {own.name}" + (f": the last {SHOWN} of {whole:,} events" if whole > SHOWN else "")
    style.table(caption, ["When (UTC)", "Who", "What", "Mark of the event"], rows, max_height=420)

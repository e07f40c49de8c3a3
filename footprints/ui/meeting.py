"""The clerk's form: what a meeting did with a version."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import streamlit as st

from footprints.errors import StoreError
from footprints.store import Store
from footprints.store.decisions import Sheet
from footprints.store.overview import Line
from footprints.store.records import OUTCOMES, Project
from footprints.store.telling import version_in_words
from footprints.ui import state, versions

NONE = ""


def show(store: Store, own: Project, line: Line, sheet: Sheet) -> None:
    """The form for one meeting of one body, at the stage that the sheet is about."""
    done = {body.key for body, _ in sheet.decided}
    every = sorted((*sheet.needed.deciding, *sheet.needed.others), key=lambda body: body.key in done)
    bodies = [body.name for body in every]  # those that have not decided first
    if not bodies:
        return
    key = line.version.key
    number = len(store.decisions(key))  # a new meeting is a new form, so that no paper is taken for another one's
    earlier = [
        one
        for plan in versions.lines(store, own.id)
        for version in plan.lines
        for one in store.decisions(version.version.key)
        if one.stage == sheet.stage and (one.delegate or (one.version == key and one.outcome == "agreed subject to"))
    ]
    titles = versions.names(store, own.id)
    with st.expander("Record what a meeting did", expanded=not sheet.signed):
        st.caption("It is bound to exactly this content: whatever is changed afterwards is another version.")
        with st.form("meeting", border=False):
            _what(bodies, number)
            _paper(line, number)
            _more(earlier, titles)
            st.form_submit_button(
                "Record it",
                type="primary",
                on_click=_record,
                args=(own.id, key, sheet.stage, number),
                key="meeting_now",
            )


def _what(bodies: list[str], number: int) -> None:
    first, second, third, fourth = st.columns([3, 2, 2, 3])
    first.selectbox("Body", bodies, key=f"meeting_body_{number}")
    second.selectbox("Outcome", OUTCOMES, format_func=str.capitalize, key="meeting_outcome")
    third.date_input("Day of the meeting", date.today(), format="DD/MM/YYYY", key="meeting_day")
    fourth.text_input("Minute reference", max_chars=200, key="meeting_minute", placeholder="such as item 7")


def _paper(line: Line, number: int) -> None:
    left, right = st.columns(2)
    with left:
        st.file_uploader(
            "The paper before it",
            key=f"meeting_file_{number}",
            help="Only its SHA-256 is kept, so that it can be proven later.",
        )
        st.text_input("or its SHA-256", max_chars=64, key="meeting_hash")
    with right:
        others = [option.plan.name for option in state.session().shelf.options]
        st.text_area(
            "Options considered, a line each", "\n".join(others), height=100, max_chars=4_000,
            key=f"meeting_options_{line.version.key}",
        )  # fmt: skip
        st.text_input(
            "Which of them is today’s arrangement",
            next((name for name in others if name.startswith("Today")), ""), max_chars=200, key="meeting_today",
            placeholder="such as: PCNs as they are",
        )  # fmt: skip


def _more(earlier: list[Any], titles: dict[str, str]) -> None:
    left, right = st.columns(2)
    left.text_input("Conditions, where it was agreed subject to some", max_chars=2_000, key="meeting_conditions")
    right.text_input("Dissent: who, and why", max_chars=2_000, key="meeting_dissent")
    left, middle, right = st.columns([3, 2, 3])
    left.text_input(
        "Who may agree to small amendments (a post)", max_chars=200, key="meeting_delegate",
        placeholder="none, unless the body delegated it",
    )  # fmt: skip
    middle.number_input("that move at most (people)", 0, 1_000_000, 0, step=100, key="meeting_limit")
    words = {
        NONE: "Nothing: the body itself decided",
        **{one.key: f"{one.minute}, {one.dated}, {version_in_words(one.version, titles)}" for one in earlier},
    }
    right.selectbox("It rests on an earlier decision", list(words), format_func=words.__getitem__, key="meeting_under")
    st.text_input("Recorded in the name of the clerk", versions.me(), max_chars=120, key="meeting_clerk")


def _record(own: str, key: str, stage: str, number: int) -> None:
    said = {
        name: str(st.session_state[f"meeting_{name}"])
        for name in ("outcome", "minute", "hash", "today", "conditions", "dissent", "delegate", "under")
    }
    clerk = " ".join(str(st.session_state["meeting_clerk"]).split())
    said["body"] = str(st.session_state[f"meeting_body_{number}"])
    day, file = st.session_state["meeting_day"], st.session_state[f"meeting_file_{number}"]
    options = [line.strip() for line in str(st.session_state[f"meeting_options_{key}"]).splitlines() if line.strip()]
    today = said["today"].strip()

    def verb() -> str:
        store, who = versions.made(), versions.acting("clerk")
        versions.seat(store, own)
        if clerk and clerk != who:
            if not versions.alone():
                raise StoreError("A decision carries the name of whoever is signed in.", mend="Ask the clerk.")
            versions.seat(store, own, clerk, "clerk")
        made = store.decide(
            key, said["body"], clerk or who, outcome=said["outcome"], stage=stage,
            dated=day.isoformat() if isinstance(day, date) else "", minute=said["minute"],
            paper=hashlib.sha256(file.getvalue()).hexdigest() if file is not None else said["hash"],
            options=options, today=today, conditions=said["conditions"], dissent=said["dissent"],
            delegate=said["delegate"], limit_people=int(st.session_state["meeting_limit"]), under=said["under"],
        )  # fmt: skip
        return f"Recorded: {said['body']}, {made.outcome}, for v{key.rpartition('@')[2]}."

    if versions.act(verb):
        for name in ("minute", "hash", "conditions", "dissent"):
            st.session_state[f"meeting_{name}"] = ""

"""The clerk's form: what a meeting did with a version."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import streamlit as st

from footprints.baselines import is_today
from footprints.errors import StoreError
from footprints.escape import plain_markdown
from footprints.store import Store
from footprints.store.decisions import Sheet
from footprints.store.overview import Line
from footprints.store.records import OUTCOMES, Project
from footprints.store.telling import version_in_words
from footprints.ui import state, versions

NONE = ""
_FIELDS = (
    "body", "outcome", "day", "minute", "file", "hash", "options", "today", "conditions", "dissent", "delegate",
    "limit", "under", "clerk",
)  # fmt: skip


def show(store: Store, own: Project, line: Line, sheet: Sheet) -> None:
    """The form for one meeting of one body, at the stage that the sheet is about."""
    done = {body.key for body, _ in sheet.decided}
    every = sorted((*sheet.needed.deciding, *sheet.needed.others), key=lambda body: body.key in done)
    bodies = [body.name for body in every]  # those that have not decided first
    if not bodies:
        return
    if not versions.may("clerk"):
        st.caption("What a meeting did is recorded by a clerk.")
        return
    key = line.version.key
    every_one = store.decisions_in(own.id)
    form = f"{key}_{sheet.stage}_{len(every_one.get(key, ()))}"  # a new meeting is a new form: nothing is carried over
    in_use = [line.version.key for plan in versions.lines(store, own.id) for line in plan.lines]
    earlier = [
        one
        for version in in_use
        for one in every_one.get(version, ())
        if one.stage == sheet.stage and (one.delegate or (one.version == key and one.outcome == "agreed subject to"))
    ]
    titles = versions.names(store, own.id)
    with st.expander("Record what a meeting did", expanded=not sheet.signed):
        st.caption("It is bound to exactly this content: whatever is changed afterwards is another version.")
        with st.form("meeting", border=False):
            _what(bodies, form)
            _paper(form)
            _more(earlier, titles, form)
            st.form_submit_button(
                "Record it",
                type="primary",
                on_click=_record,
                args=(own.id, key, sheet.stage, form),
                key="meeting_now",
            )


def _what(bodies: list[str], form: str) -> None:
    first, second, third, fourth = st.columns([3, 2, 2, 3])
    first.selectbox("Body", bodies, key=_key("body", form))
    second.selectbox("Outcome", OUTCOMES, format_func=str.capitalize, key=_key("outcome", form))
    third.date_input("Day of the meeting", date.today(), format="DD/MM/YYYY", key=_key("day", form))
    fourth.text_input("Minute reference", max_chars=200, key=_key("minute", form), placeholder="such as item 7")


def _paper(form: str) -> None:
    left, right = st.columns(2)
    with left:
        st.file_uploader(
            "The paper before it",
            key=_key("file", form),
            help="Only its SHA-256 is kept, so that it can be proven later.",
        )
        st.text_input("or its SHA-256", max_chars=64, key=_key("hash", form))
    with right:
        others = [option.plan.name for option in state.session().shelf.options]
        st.text_area(
            "Options considered, a line each", "\n".join(others), height=100, max_chars=4_000,
            key=_key("options", form),
        )  # fmt: skip
        st.text_input(
            "Which of them is today’s arrangement",
            next((name for name in others if is_today(name)), ""), max_chars=200, key=_key("today", form),
            placeholder="such as: PCNs as they are",
        )  # fmt: skip


def _more(earlier: list[Any], titles: dict[str, str], form: str) -> None:
    left, right = st.columns(2)
    left.text_input("Conditions, where it was agreed subject to some", max_chars=2_000, key=_key("conditions", form))
    right.text_input("Dissent: who, and why", max_chars=2_000, key=_key("dissent", form))
    left, middle, right = st.columns([3, 2, 3])
    left.text_input(
        "Who may agree to small amendments (a post)", max_chars=200, key=_key("delegate", form),
        placeholder="none, unless the body delegated it",
    )  # fmt: skip
    middle.number_input("that move at most (people)", 0, 1_000_000, 0, step=100, key=_key("limit", form))
    words = {
        NONE: "Nothing: the body itself decided",
        **{one.key: f"{one.minute}, {one.dated}, {version_in_words(one.version, titles)}" for one in earlier},
    }
    right.selectbox(
        "It rests on an earlier decision", list(words), format_func=words.__getitem__, key=_key("under", form)
    )
    if versions.alone():
        st.text_input("Recorded in the name of the clerk", versions.me(), max_chars=120, key=_key("clerk", form))
    else:
        st.caption(plain_markdown(f"Recorded in the name of {versions.me()}."))


def _record(own: str, key: str, stage: str, form: str) -> None:
    given = {name: st.session_state.get(_key(name, form), "") for name in _FIELDS}
    said = {name: str(given[name]) for name in _FIELDS}
    clerk = " ".join(said["clerk"].split())
    day, file, limit = given["day"], given["file"], int(given["limit"])
    options = [line.strip() for line in said["options"].splitlines() if line.strip()]
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
            delegate=said["delegate"], limit_people=limit, under=said["under"],
        )  # fmt: skip
        return f"Recorded: {said['body']}, {made.outcome}, for v{key.rpartition('@')[2]}."

    versions.act(verb)


def _key(name: str, form: str) -> str:
    """The key of a field of the form for one meeting."""
    return f"meeting_{name}_{form}"

"""The lists of a project: bodies with what they cover and do, and people with their roles."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from boundaries.area import Area
from footprints.errors import StoreError, some
from footprints.escape import plain_markdown
from footprints.store import Store
from footprints.store.boards import Proposed, lacking, proposed_bodies
from footprints.store.records import KINDS, PARTS, ROLES, Body, Project
from footprints.store.signatures import covered
from footprints.ui import style, versions
from optimise.words import count


def show(area: Area, store: Store, own: Project) -> None:
    """Bodies, then people."""
    bodies = store.bodies(own.id)
    keeps = versions.may("administrator")
    _bodies(area, own, bodies, keeps)
    _people(store, own, keeps)


def _bodies(area: Area, own: Project, bodies: tuple[Body, ...], keeps: bool) -> None:
    st.subheader("Who decides", anchor=False)
    if bodies:
        rows = [
            [body.name, body.kind, body.part, some(body.codes, 4), f"{len(covered(body, area)):,}"] for body in bodies
        ]
        style.table("The bodies of this place", ["Body", "Kind", "With plans, it", "Covers", "LSOAs here"], rows,
                    numbers=(4,))  # fmt: skip
    else:
        style.note("No body is on the list yet. A plan needs the health and wellbeing board of every upper tier that "
                   "it touches, and the ICB.")  # fmt: skip
    known = {code for body in bodies for code in body.codes}
    missing = [one for one in proposed_bodies(area) if not set(one.codes) <= known]
    for words in lacking(area):
        style.note(words, "Put them on the list by hand, with the codes or LSOAs that they cover.", kind="warn")
    if not keeps:
        st.caption("These lists are kept by an administrator.")
        return
    if missing:
        named = ", ".join(one.name for one in missing)
        st.button("Put these on the list", on_click=_propose, args=(own.id, missing), key="bodies_propose")
        st.caption(plain_markdown(f"From the files: {named}. Change their names and parts afterwards as you like."))
    with st.expander("Add a body, change one, or take one off"):
        _edit(own, bodies)


def _propose(own: str, missing: Sequence[Proposed]) -> None:
    def verb() -> str:
        store, who = versions.made(), versions.acting("administrator")
        versions.seat(store, own)
        for one in missing:
            store.set_body(own, one.name, one.kind, one.part, one.codes, who)
        return f"{count(len(missing), 'body', 'bodies')} put on the list."

    versions.act(verb)


def _edit(own: Project, bodies: tuple[Body, ...]) -> None:
    st.caption("A body of the same name is changed. What a body decided stays, also when it is taken off the list.")
    with st.form("body", border=False):
        first, second, third = st.columns([3, 2, 2])
        first.text_input("Name", max_chars=200, key="body_name", placeholder="such as Camshire HWB")
        second.selectbox("Kind", KINDS, key="body_kind")
        third.selectbox("With plans, it", PARTS, key="body_part")
        st.text_input(
            "Codes that it covers (areas or LSOAs), with blanks between", key="body_codes",
            placeholder="such as E10000003",
        )  # fmt: skip
        st.form_submit_button("Put it on the list", on_click=_put, args=(own.id,), key="body_put")
    if bodies:
        with st.form("body_off", border=False):
            left, right = st.columns([3, 2], vertical_alignment="bottom")
            left.selectbox("Body", [body.name for body in bodies], key="body_off_name")
            with right:
                st.form_submit_button("Take it off the list", on_click=_off, args=(own.id,), key="body_off_now")


def _put(own: str) -> None:
    said = {key: str(st.session_state[f"body_{key}"]) for key in ("name", "kind", "part", "codes")}

    def verb() -> str:
        store, who = versions.made(), versions.acting("administrator")
        versions.seat(store, own)
        codes = said["codes"].replace(",", " ").split()
        made = store.set_body(own, said["name"], said["kind"], said["part"], codes, who)
        return f"{made.name} is on the list: {made.kind}, {made.part}."

    versions.act(verb)


def _off(own: str) -> None:
    name = str(st.session_state["body_off_name"])

    def verb() -> str:
        store, who = versions.made(), versions.acting("administrator")
        versions.seat(store, own)
        store.drop_body(own, name, who)
        return f"{name} is off the list. What it decided stays."

    versions.act(verb)


def _people(store: Store, own: Project, keeps: bool) -> None:
    st.subheader("Who may do what", anchor=False)
    rows = [[name, ", ".join(roles)] for name, roles in store.people(own.id).items()]
    style.table("People of this project", ["Name", "Roles"], rows)
    st.caption(plain_markdown(" · ".join(f"{role}: {words}" for role, words in ROLES.items())))
    if versions.alone():
        st.caption(plain_markdown(
            f"You act as {versions.me()}. On a computer of one person names are taken at their word: a name that is "
            "used for the first time gets its roles by itself, and the log says so."
        ))  # fmt: skip
    if not keeps:
        return
    with st.form("people", border=False):
        left, middle, right = st.columns([3, 2, 3], vertical_alignment="bottom")
        left.text_input("Name", max_chars=120, key="people_name")
        middle.selectbox("Role", list(ROLES), key="people_role")
        with right, st.container(horizontal=True, gap="small"):
            st.form_submit_button("Give the role", on_click=_role, args=(own.id, True), key="people_give")
            st.form_submit_button("Take the role", on_click=_role, args=(own.id, False), key="people_take")


def _role(own: str, give: bool) -> None:
    name, role = " ".join(str(st.session_state["people_name"]).split()), str(st.session_state["people_role"])

    def verb() -> str:
        if not name:
            raise StoreError("No name is given.", mend="Write whose role it is.")
        store, who = versions.made(), versions.acting("administrator")
        versions.seat(store, own)
        (store.give_role if give else store.take_role)(own, name, role, who)
        return f"{name} is {role} now." if give else f"{name} is no {role} any more."

    versions.act(verb)

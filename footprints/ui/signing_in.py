"""The way in and out of shared mode: the sign-in page, and who is signed in, beside every page."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from footprints.access import in_force
from footprints.errors import AccessError
from footprints.escape import plain_markdown
from footprints.ui import door, style, who


def nobody_yet() -> bool:
    """Whether this run shows the sign-in page and nothing else; draws it then."""
    try:
        if in_force() is None:
            return False
        if not door.stands:
            raise AccessError("The app was not started by app.py, so nobody is kept out.", mend="Start app.py.")
        found = who.now()
        found.require("viewer")
        return False
    except AccessError as error:
        trouble = error
    st.navigation([st.Page(lambda: _page(trouble), title="Sign in", url_path="sign-in")], position="hidden").run()
    return True


def _page(trouble: AccessError) -> None:
    signed_in = bool(st.user.get("is_logged_in"))
    _, middle, _ = st.columns([1, 2, 1])
    with middle:
        st.title("Footprints", anchor=False)
        st.write("Plan neighbourhood footprints together. Sign in with the account of your organisation.")
        if signed_in:
            style.note(trouble.message, trouble.mend, kind="warn")
        with st.container(horizontal=True):
            if st.button("Sign in again" if signed_in else "Sign in", type="primary", key="sign-in"):
                st.login()
            if signed_in and st.button("Sign out", key="sign-out-here"):
                st.logout()
        st.caption(
            "What you do here is written down under your name. Nothing leaves this server but what you download."
        )


def beside() -> None:
    """Who is signed in, until when, and the way out; nothing on a computer of one's own."""
    own = who.tenant()
    if own is None:
        return
    found = who.now()
    roles = ", ".join(sorted(found.roles))
    ends = datetime.fromtimestamp(found.expires or 0).astimezone().strftime("%H:%M")
    st.caption(
        f"Signed in as **{plain_markdown(found.shown)}** ({plain_markdown(roles)})  \n"
        f"{plain_markdown(own.title)} · until {ends}"
    )
    if st.button("Sign out", key="sign-out"):
        st.logout()

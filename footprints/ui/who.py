"""Who is in front of this page, or behind a request. Without shared mode that is the one user of this computer.

In shared mode it is who signed in (`st.login`): Streamlit keeps what the identity provider said of them in a signed
cookie, which it reads when a tab connects and we read at every request. What it does not look at, we do: the end of the
sign-in, the roles as the settings have them now, and whether they signed out in another tab.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Any

import streamlit as st
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME
from streamlit.web.server.starlette.starlette_websocket import _get_signed_cookie_with_chunks

from footprints.access import Tenant, Who, allowed, at_this_computer, home, identify, in_force, tenant_of
from footprints.editing import person
from footprints.editing.desks import data_folder
from footprints.editing.signing import Signature
from footprints.editing.signing import now as now_in_words
from footprints.errors import AccessError

_NOBODY = ("Nobody is signed in.", "Sign in.")
_LOCK = Lock()
_LEFT: dict[str, float] = {}  # sign-ins that were ended before their time -> when they would have ended


def now() -> Who:
    """The person of this run of a page. Asked for anew at every write, never kept: roles and sign-ins end.

    Raises AccessError in shared mode where nobody is signed in, or somebody without a role.
    """
    shared = in_force()
    if shared is None:
        return at_this_computer(person().name)
    return identify(_still(st.user.to_dict()), shared)


def behind(cookies: Mapping[str, str]) -> Who:
    """The person of a request. Raises AccessError as `now` does."""
    shared = in_force()
    if shared is None:
        return at_this_computer(person().name)
    return identify(_still(_claims(cookies)), shared)


def may(role: str) -> bool:
    """Whether this person may do now what that role does."""
    try:
        return now().may(role)
    except AccessError:
        return False


def require(role: str) -> Who:
    """The person, who may do now what that role does. Raises AccessError otherwise; called before every write."""
    found = now()
    found.require(role)
    return found


def tenant() -> Tenant | None:
    """This person's organisation; None on a computer of one's own."""
    shared = in_force()
    return None if shared is None else tenant_of(now(), shared)


def store_at() -> tuple[str | None, Path | None]:
    """Where this person's store and its area files are, for `open_store`; None for those of this computer."""
    own = tenant()
    return (None, None) if own is None else (own.store, data_folder().parent / "tenants" / own.key / "areas")


def own_folder() -> Path:
    """Where in the data folder this person's own work is kept."""
    return home(now(), data_folder().parent)


def uploads() -> Path | None:
    """Where this person's uploaded files go; None for the computer's folder of temporary files."""
    return own_folder() / "uploads" if now().tenant else None


def own_source(source: str) -> str:
    """A folder that this person may read. Raises AccessError for one outside their organisation's."""
    own = tenant()
    if own is None:
        return source
    if Path(source).is_absolute() and Path(source).resolve().is_relative_to(own_folder().resolve()):
        return source  # what they uploaded themselves
    return str(allowed(source, own))


def signing(found: Who) -> Signature:
    """What is written beside an edit of this person, now."""
    return Signature(found.name, now_in_words()) if found.tenant else person().sign()


def leave(cookies: Mapping[str, str]) -> None:
    """End the sign-in of a request for every tab of it."""
    claims = _claims(cookies)
    with _LOCK:
        for mark in [mark for mark, ends in _LEFT.items() if ends < time.time()]:
            del _LEFT[mark]
        if claims:
            ends = claims.get("exp")
            _LEFT[_mark(claims)] = float(ends) if isinstance(ends, int | float) else time.time() + 30 * 86_400


def _still(claims: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of somebody who is signed in and has not signed out elsewhere."""
    if not claims.get("is_logged_in"):
        raise AccessError(_NOBODY[0], mend=_NOBODY[1])
    with _LOCK:
        if _mark(claims) in _LEFT:
            raise AccessError("You signed out.", mend="Sign in again.")
    return claims


def _mark(claims: Mapping[str, Any]) -> str:
    """One sign-in of one person."""
    told = json.dumps([claims.get(key) for key in ("iss", "sub", "iat", "nonce", "exp")])
    return hashlib.sha256(told.encode()).hexdigest()


def _claims(cookies: Mapping[str, str]) -> dict[str, Any]:
    """What the signed cookie says; nothing where it is not ours, not whole, or of another address of this server."""
    try:
        data = _get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
        told = json.loads(data) if data else {}
    except (ValueError, KeyError):
        return {}
    return told if isinstance(told, dict) and told.get("origin") == get_origin_from_redirect_uri() else {}

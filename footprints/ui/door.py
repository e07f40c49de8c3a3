"""The door of shared mode: what of this server may be reached, by whom, and by which way.

Everything is shut but what the sign-in page itself needs. A connection that did not come encrypted, by the TLS proxy,
is turned away; so is every request behind the door of somebody who is not signed in any more.
"""

from __future__ import annotations

import json
import os
import re
from importlib.util import find_spec
from typing import Any

import streamlit as st
from starlette.requests import HTTPConnection
from starlette.responses import Response
from streamlit.auth_util import get_secrets_auth_section

from footprints.access import in_force
from footprints.access.starting import LOOPBACK, Setup, in_words, lacking
from footprints.errors import AccessError
from footprints.ui import who

# What anybody may ask for: Streamlit's own page and scripts, ours, and the way in and out. Nothing of any tenant.
OPEN = re.compile(
    r"/|/[A-Za-z_-]+|/favicon\.(?:ico|png)|/static/.*|/assets/.*|/auth/(?:login|logout)|/oauth2callback"
    r"|(?:/[A-Za-z_-]+)?/_stcore/(?:health|host-config)|/_stcore/stream"
)
UPLOAD = re.compile(r"/_stcore/upload_file/.*")
stands: list[bool] = []


def base_path() -> str:
    """The path the app is served under, without a trailing slash; "" at the root."""
    own = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{own}" if own else ""


def refusal() -> str:
    """Why the app may not start as it is set up, in words; "" where it may."""
    try:
        shared = in_force()
    except AccessError as error:
        return f"The app does not start in shared mode, because:\n  - {error.message}\n    {error.mend}"
    section = get_secrets_auth_section() if shared is not None else None
    setup = Setup(
        address=str(st.get_option("server.address") or ""),
        hosts=tuple(str(host) for host in st.get_option("server.allowedHosts") or ()),
        trusted=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1"),  # whose word uvicorn takes about a connection
        auth=section.to_dict() if section else {},
        missing=tuple(name for name in ("authlib", "httpx2", "psycopg") if find_spec(name) is None),
        details=str(st.get_option("client.showErrorDetails")),
        headers=bool(st.get_option("server.trustedUserHeaders")),
    )
    lacks = lacking(setup, shared)
    return in_words(lacks, shared is not None) if lacks else ""


class Door:
    """ASGI middleware; base : the path under which the app is served, "" at the root."""

    def __init__(self, app: Any, base: str = "") -> None:
        self.app, self.base = app, base
        stands.append(True)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        refused = self._refused(scope)
        if refused is None:
            await self.app(scope, receive, _kept_safe(send) if in_force() else send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refused(scope, receive, send)

    def _refused(self, scope: Any) -> Response | None:
        """The answer to a request that may not come in; None for one that may."""
        try:
            shared = in_force()
        except AccessError as error:
            return said(error, 503)
        connection = HTTPConnection(scope)
        if shared is None:
            near = connection.client is None or connection.client.host in LOOPBACK
            return None if near else _plain("This app serves the one person at its own computer.", 403)
        path = scope["path"].removeprefix(self.base) or "/"
        if scope["scheme"] not in ("https", "wss") and path != "/_stcore/health":
            return _plain("This connection is not encrypted. Use the address that begins with https://.", 403)
        if path == "/auth/logout":
            who.leave(connection.cookies)
        if OPEN.fullmatch(path):
            return None
        try:
            found = who.behind(connection.cookies)
            working = next((role for role in ("planner", "clerk", "administrator") if found.may(role)), "planner")
            found.require(working if UPLOAD.fullmatch(path) else "viewer")
        except AccessError as error:
            return said(error, status_of(error))
        return None


def status_of(error: AccessError) -> int:
    """401 where signing in (again) would help, 403 where it would not."""
    return 401 if "ign in" in error.mend else 403


def said(error: AccessError, status: int) -> Response:
    """A refusal as the map editor reads it, and as a person does."""
    body = json.dumps({"message": error.message, "mend": error.mend}, ensure_ascii=False)
    return Response(body, status, headers={"cache-control": "no-store"}, media_type="application/json")


def _plain(text: str, status: int) -> Response:
    return Response(text, status, headers={"cache-control": "no-store"}, media_type="text/plain; charset=utf-8")


def _kept_safe(send: Any) -> Any:
    """Cookies only by an encrypted connection, and the browser told never to use another."""

    async def safe(message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = [
                (k, v + b"; Secure" if k.lower() == b"set-cookie" and b"secure" not in v.lower() else v)
                for k, v in message["headers"]
            ]
            message = {**message, "headers": [*headers, (b"strict-transport-security", b"max-age=31536000")]}
        await send(message)

    return safe

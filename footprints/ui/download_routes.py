"""Files to take away, by addresses of our own: for one person, for an hour, and only while they are signed in.

Streamlit's own files (`st.download_button`) are given to whoever has their address. Here an address is a name by chance
that is told to one page; behind it stand the file and the person it was made for.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from urllib.parse import quote

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from footprints.errors import AccessError
from footprints.escape import escape
from footprints.ui import door, who

SECONDS = 3600
MOST = 1_000_000_000  # bytes that wait in one process
_LOCK = Lock()
_WAITING: OrderedDict[str, _File] = OrderedDict()
_SAID: dict[tuple[str, ...], str] = {}


@dataclass
class _File:
    """A file that may be fetched. owner : tenant and subject. until : seconds since 1970."""

    owner: tuple[str, str]
    name: str
    media: str
    data: bytes
    mark: tuple[str, ...]
    until: float


def routes(base: str) -> list[BaseRoute]:
    """The route under `base` ("/downloads")."""
    return [Route(f"{base}/{{ticket}}", _give)]


def button(label: str, data: bytes, name: str, media: str, *, primary: bool = False) -> None:
    """A link that looks like a button and gives the file. Every download of the app is one of these.

    name : of the file, as it is saved. media : its type. Raises AccessError for somebody who may not look any more.
    """
    kind = "fp-download primary" if primary else "fp-download"
    st.html(
        f'<a class="{kind}" href="{escape(address(data, name, media))}">{escape(label)}</a>',
        width="content",
    )


def address(data: bytes, name: str, media: str) -> str:
    """An address for this person that gives the file for an hour; the same one for the same file."""
    found = who.require("viewer")
    mark = (*found.key, name, media, hashlib.sha256(data).hexdigest())
    now = time.time()
    with _LOCK:
        _forget(now)
        ticket = _SAID.get(mark) or secrets.token_urlsafe(32)
        _SAID[mark] = ticket
        _WAITING[ticket] = _File(found.key, name, media, data, mark, now + SECONDS)
        _WAITING.move_to_end(ticket)
    return f"{door.base_path()}/downloads/{ticket}"


def _forget(now: float) -> None:
    """Let go of what has ended, and of the oldest where too much waits."""
    held = sum(len(file.data) for file in _WAITING.values())
    while _WAITING:
        ticket, file = next(iter(_WAITING.items()))
        if file.until > now and held < MOST:
            return
        held -= len(file.data)
        del _WAITING[ticket]
        _SAID.pop(file.mark, None)


def _give(request: Request) -> Response:
    try:
        found = who.behind(request.cookies)
        found.require("viewer")
    except AccessError as error:
        return door.said(error, door.status_of(error))
    with _LOCK:
        file = _WAITING.get(request.path_params["ticket"])
    if file is None or file.owner != found.key or file.until <= time.time():
        return Response(
            "This address of a file has ended, or was made for somebody else. Go back and open the page again.",
            410,
            headers={"cache-control": "no-store"},
            media_type="text/plain; charset=utf-8",
        )
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in file.name)
    headers = {
        "cache-control": "no-store",
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
    }
    return Response(file.data, headers=headers, media_type=file.media)

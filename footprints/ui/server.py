"""What the browser may fetch from this machine (Leaflet from its package, our own map script) and the headers it gets.

No page may evaluate text as a script. Nothing may load from, send to, or be framed by another host.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from streamlit.runtime.pages_manager import PagesManager

from boundaries.errors import FootprintError
from footprints import maps
from footprints.ui import desk_routes, download_routes, guard, overlay_routes
from footprints.ui.door import Door, base_path, refusal

_PAGE = {
    "default-src": "'self'",
    "script-src": "'self' blob: 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}


def routes() -> list[BaseRoute]:
    """Leaflet and our editor, and what the editor asks for, under the app's own path."""
    own = Path(maps.__file__).parent / "assets"
    base = base_path()
    return [
        *desk_routes.routes(f"{base}/editor"),
        *overlay_routes.routes(f"{base}/editor"),
        *download_routes.routes(f"{base}/downloads"),
        # The name of the folder changes with its files: see `footprints.ui.editor`.
        Mount(f"{base}/assets/editor/{{version}}", StaticFiles(directory=own / "editor")),
        Mount(f"{base}/assets/leaflet", StaticFiles(directory=maps.leaflet_folder())),
    ]


def one_router() -> None:
    """Let main.py answer every address, also when a page's own address is the first that is opened.

    Streamlit takes a folder `pages` beside the main script for its older kind of app until that script has run once,
    and would show a page without our frame and guard.
    """
    PagesManager.uses_pages_directory = False


def middleware() -> list[Middleware]:
    """Security headers on every answer, and none for a name that is not ours (DNS rebinding)."""
    hosts = [str(host) for host in st.get_option("server.allowedHosts") or ()]
    trusted = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)] if hosts else []
    return [Middleware(Headers), *trusted, Middleware(Door, base=base_path())]


def or_refuse() -> None:
    """End here, saying why, where the app may not start as it is set up."""
    said = refusal()
    if said:
        sys.stderr.write(f"{said}\n")
        raise SystemExit(2)


def say(error: Exception) -> bool:
    """Show an error of ours that came from a button, where no page could: true if it was one."""
    if isinstance(error, FootprintError):
        guard.show(error)
        return True
    return False


@cache
def policy() -> str:
    """The Content-Security-Policy of every answer."""
    rules = dict(_PAGE)
    rules["script-src"] += "".join(f" 'sha256-{digest}'" for digest in _own_inline_scripts())
    return "; ".join(f"{name} {value}" for name, value in rules.items())


@cache
def _own_inline_scripts() -> tuple[str, ...]:
    """Digests of the inline scripts in Streamlit's own page, so that they may run and no other inline script may."""
    page = Path(st.__file__).parent / "static" / "index.html"
    if not page.is_file():
        return ()
    scripts = re.findall(r"<script>(.*?)</script>", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return tuple(base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)


class Headers:
    """ASGI middleware that adds our headers to every HTTP answer and leaves web sockets alone."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = {
                    "content-security-policy": policy(),
                    "x-content-type-options": "nosniff",
                    "referrer-policy": "no-referrer",
                    "permissions-policy": "geolocation=(), camera=(), microphone=()",
                    "cross-origin-opener-policy": "same-origin",
                }
                kept = [(k, v) for k, v in message["headers"] if k.decode("latin-1").lower() not in own]
                message = {**message, "headers": kept + [(k.encode(), v.encode()) for k, v in own.items()]}
            await send(message)

        if scope["type"] == "http":
            await self.app(scope, receive, with_headers)
        else:
            await self.app(scope, receive, send)

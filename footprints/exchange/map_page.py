"""A map on a page of its own, which any browser opens from a folder or a mail, and which fetches nothing.

Leaflet stands in it, from the installed package. The page forbids itself every request and every script but its own
(a Content-Security-Policy with their digests).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np

from footprints import maps
from footprints.escape import escape

_ASSETS = Path(maps.__file__).parent / "assets"


def page_bytes(
    title: str,
    drawn: Sequence[Mapping[str, Any]],
    shapes: np.ndarray,
    *,
    head: Sequence[str],
    side: str,
    below: Sequence[str],
    foot: Sequence[str],
    mark: str = "",
) -> bytes:
    """The page, the same bytes for the same parts. drawn, shapes : as `maps.alone` takes them.

    mark : words laid over the map, "" for none. head, side (beside the map), below and foot are markup made by the
    caller, with every text in it escaped.
    """
    place, script = maps.alone(drawn, shapes)
    scripts = [_text(maps.leaflet_folder() / "leaflet.js").split("\n//# source")[0], _text(_ASSETS / "map.js"), script]
    styles = [re.sub(r"url\([^)]*\)", "none", _text(maps.leaflet_folder() / "leaflet.css"))]
    styles += [_text(_ASSETS / name) for name in ("map.css", "alone.css")]
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en-GB">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(title)}</title>",
        *(f"<style>\n{style}\n</style>" for style in styles),
        "</head>",
        "<body>",
        *head,
        "<main>",
        '<div class="side">',
        '<div class="framed">',
        place.strip(),
        *([f'<div class="mark" aria-hidden="true">{escape(mark)}</div>'] if mark else []),
        "</div>",
        side,
        "</div>",
        '<noscript><p class="notes">The map is drawn by a script, which this browser does not run. The tables say the '
        "same in words.</p></noscript>",
        *below,
        "</main>",
        *foot,
        *(f"<script>{one}</script>" for one in scripts),
        "</body>",
        "</html>",
    ]
    return ("\n".join(parts) + "\n").encode()


def table(caption: str, heads: Sequence[str], body: Sequence[Sequence[str]], *, numbers: Sequence[int]) -> str:
    """A table whose cells are markup made here; wide ones scroll, by keyboard too."""
    kinds = ['scope="col" class="n"' if i in numbers else 'scope="col"' for i in range(len(heads))]
    top = "".join(f"<th {kind}>{escape(head)}</th>" for kind, head in zip(kinds, heads, strict=True))
    rows = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in body)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def leaflet_words() -> tuple[str, str]:
    """What the foot of such a page says of itself, and the licence of what draws it."""
    return (
        "<p>This page fetches nothing and sends nothing. It draws its map with Leaflet, which stands in it.</p>",
        f"<details><summary>Licence of Leaflet</summary><pre>{escape(_leaflet_licence())}</pre></details>",
    )


def _leaflet_licence() -> str:
    return str(distribution("django-js-lib-leaflet").read_text("LICENSE"))


def _policy(scripts: Sequence[str]) -> str:
    digests = (base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8")

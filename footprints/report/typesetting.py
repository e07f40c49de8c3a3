"""Typst, offline: a template of ours and data as JSON in; a tagged PDF (PDF/UA-1) or pictures of its pages out.

Nothing of the data is ever Typst source, no file but the templates is read, and every warning is an error: a typeface
that is not known would otherwise drop text without a word.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import typst

from boundaries.errors import FootprintError

FAMILY = "Source Sans Pro"
_HERE = Path(__file__).parent
_STANDS_IN = "☐"
# What the typeface has (version 2.020, upright); a test sets all of it.
_ABSENT = re.compile(
    "[^\n\u0020-\u007e\u00a0-\u0149\u014c-\u017e\u0218-\u021b\u1e80-\u1e85\u1ea0-\u1ef9\u0391-\u03a1\u03a3-\u03ce"
    "\u0410-\u044f\u2013-\u2014\u2018-\u201a\u201c-\u201e\u2020-\u2022\u2026\u2030\u20ac\u2190-\u2193\u2212\u2248\u2260\u2264-"
    "\u2265\u25a0\u25b2\u2610\u2713]"
)


def plain(text: str) -> str:
    """`text` as the typeface can show it: composed, without control signs; ☐ for each character that it lacks."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " "))
    kept = "".join(c for c in composed if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf"))
    return _ABSENT.sub(_STANDS_IN, kept)


def lacks(text: str) -> bool:
    """Whether `plain` had to put ☐ for something."""
    return _STANDS_IN in plain(text) and _STANDS_IN not in text


def pdf(template: str, data: Mapping[str, Any], *, day: str = "") -> bytes:
    """The template (a file of this folder) with `data` as one tagged PDF, the same bytes for the same data.

    day : the ISO date that the file bears, "" for none. Raises FootprintError where Typst refuses or warns.
    """
    stamped = datetime.fromisoformat(day).replace(tzinfo=UTC) if day else 0
    made = _compile(_HERE / template, data, format="pdf", pdf_standards="ua-1", timestamp=stamped)
    return bytes(made)


def picture(svg: str, width_mm: float, height_mm: float, *, dpi: float = 300.0) -> bytes:
    """An SVG as a PNG of that size in print."""
    data = {"svg": svg, "width": width_mm, "height": height_mm}
    made = _compile(_HERE / "picture.typ", data, format="png", ppi=dpi)
    return bytes(made[0] if isinstance(made, list) else made)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    spec = find_spec("font_source_sans_pro")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise FootprintError(
            "The package that holds the typeface (font-source-sans-pro) is not installed, so there can be no paper.",
            mend="Install the project again: pip install -e .",
        )
    folder = Path(places[0]) / "files"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder)])


def _compile(template: Path, data: Mapping[str, Any], **how: Any) -> Any:
    said = json.dumps(data, ensure_ascii=False, allow_nan=False, sort_keys=True)
    try:
        compiler = typst.Compiler(
            str(template), root=str(_HERE), font_paths=_fonts(), sys_inputs={"data": said, "family": FAMILY}
        )
        made, warnings = compiler.compile_with_warnings(**how)
    except typst.TypstError as error:
        raise FootprintError(f"The paper could not be set: {error.message}.", mend=_REPORT) from None
    if warnings:
        raise FootprintError(f"The paper could not be set faithfully: {warnings[0].message}.", mend=_REPORT)
    return made


_REPORT = "This is a fault of the programme, not of your data: please report it with this message."

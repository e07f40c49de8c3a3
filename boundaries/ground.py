"""Which lines of a base map are roads, railways or water, by a column that says so or by what the file is called."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from boundaries import columns as col

# Drawn from first to last, so that the important lie on top.
KINDS = ("other", "water", "minor", "road", "rail", "motorway")
WORDS = {"motorway": "motorways", "road": "main roads", "minor": "minor roads", "rail": "railways", "water": "water",
         "other": "other lines"}  # fmt: skip
# In OpenStreetMap each of these columns says a kind by being filled; elsewhere one column says it in words.
_FILLED = ("highway", "railway", "waterway")
_SAYING = (
    "kind", "class", "type", "fclass", "roadclassification", "road_classification", "classification", "category",
    "function", "form", "road_function", "descriptive_group", "featurecode", "natural",
)  # fmt: skip
_PATTERNS = (
    ("motorway", r"motorway"),
    ("rail", r"(?<![a-z])rail|(?<![a-z])tram|subway|narrow.?gauge"),
    ("water", r"water|river|stream|canal|drain|ditch|lake|tidal|coast|dock|brook|sea\b"),
    ("road", r"trunk|primary|secondary|tertiary|\b[ab][ _]road|^[ab]$|\bmain\b|dual carriageway"),
    ("minor", r"minor|local|residential|unclassified|service|street|living|access|track|path|footway|cycleway|steps"),
    ("road", r"road|highway"),
)


def kinds_of_lines(table: pd.DataFrame, name: str) -> tuple[list[str], str]:
    """The kind of each line (of `KINDS`), and a note that says by what it was told and how many there are of each.

    table : the columns of the file, one row a line. name : what the file or layer is called.
    """
    columns = [str(c) for c in table.columns]
    found = [""] * len(table)
    by: list[str] = []
    filled = [c for c in (col.find(columns, key) for key in _FILLED) if c]
    for column in filled:
        texts = [_plain(v) for v in table[column].tolist()]
        kinds = [_kind(f"{col.key(column)} {t}") if t and t != "no" else "" for t in texts]
        found = [known or own for known, own in zip(found, kinds, strict=True)]
        by.append(f"“{column}”")
    for column in (c for c in (col.find(columns, key) for key in _SAYING) if c and c not in filled):
        if all(found):
            break
        kinds = [_kind(_plain(v)) for v in table[column].tolist()]
        if any(kinds):
            found = [known or own for known, own in zip(found, kinds, strict=True)]
            by.append(f"“{column}”")
    if not all(found):
        named = _kind(_plain(re.sub(r"[_\-.]", " ", name)))
        if named and not any(found):
            found = [named] * len(found)
            by.append("the name of the file")
        found = [kind or "other" for kind in found]
    counts = [f"{found.count(k):,} {WORDS[k]}" for k in reversed(KINDS) if k in found]
    told = f" by {' and '.join(by)}" if by else "; no column says what they are"
    return found, f"{', '.join(counts)}{told}" if counts else ""


def _plain(value: Any) -> str:
    return "" if pd.isna(value) else str(value).strip().casefold()


def _kind(text: str) -> str:
    """A motorway is told before a road, "highway residential" (a minor road) before any "highway"."""
    return next((kind for kind, pattern in _PATTERNS if text and re.search(pattern, text)), "")

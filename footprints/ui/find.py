"""The find box: a place, ward, MSOA, practice, postcode or code, typed as a planner would."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from boundaries.area import Area
from footprints.plan import Plan

MOST = 12
_LEVELS = ("district", "upper_tier", "ward", "msoa")


@dataclass(frozen=True)
class Hit:
    """Something found: words for the list, its units (to bring into view), and the one unit to select, if it is one."""

    label: str
    units: tuple[str, ...]
    unit: str = ""


def find(area: Area, text: str, plan: Plan | None = None) -> tuple[Hit, ...]:
    """What `text` may mean in this place, best matches first, at most a dozen; names match by the start of any word."""
    wanted = _plain(text)
    if len(wanted) < 2:
        return ()
    scored: list[tuple[int, str, Hit]] = []

    def offer(hit: Hit, *texts: str, kind: int = 5) -> None:
        rank = min((_rank(_plain(t), wanted) for t in texts if t), default=9)
        if rank < 9 and hit.units:
            scored.append((rank * 10 + kind, hit.label, hit))

    for kind, (key, level) in enumerate(
        sorted(area.levels.items(), key=lambda kv: _LEVELS.index(kv[0]) if kv[0] in _LEVELS else len(_LEVELS))
    ):
        if key in ("icb", "sub_icb"):
            continue
        members: dict[str, list[str]] = {}
        for unit, code in zip(area.codes, level.assignment, strict=True):
            members.setdefault(code, []).append(unit)
        for code in sorted(set(members) - {""}):
            name = level.names.get(code, code)
            offer(Hit(f"{level.label}: {name}", tuple(members[code])), name, code, kind=min(kind, 4))
    for own in plan.neighbourhoods if plan else ():
        units = tuple(u for u, code in (plan.assignment if plan else ()) if code == own.code)
        offer(Hit(f"Neighbourhood: {own.name} ({own.code})", units), own.name, own.code, kind=0)
    for practice, row in area.practices.iterrows():
        if row["unit"]:
            offer(
                Hit(f"Practice: {row['name']} ({practice})", (row["unit"],), row["unit"]),
                str(row["name"]),
                str(practice),
            )
    for code, name in zip(area.codes, area.units["name"], strict=True):
        offer(Hit(f"Area: {area.unit_label(code)}", (code,), code), str(name), code, kind=6)
    hits = [hit for _, _, hit in sorted(scored, key=lambda s: (s[0], s[1]))]
    return tuple(_postcode(area, text) + hits)[:MOST]


def _postcode(area: Area, text: str) -> list[Hit]:
    key = re.sub(r"\s", "", text).upper()
    if key not in area.postcodes.index:
        return []
    unit = str(area.postcodes.loc[key, "unit"])
    shown = f"{key[:-3]} {key[-3:]}"
    if not unit:
        return []
    return [Hit(f"Postcode {shown}: {area.unit_label(unit)}", (unit,), unit)]


def _plain(text: str) -> str:
    """Lower case, no accents, single blanks, no punctuation: how names are compared."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w\s]", "" if "'" in bare else " ", bare.casefold()).split())


def _rank(text: str, wanted: str) -> int:
    if text == wanted:
        return 0
    if text.startswith(wanted):
        return 1
    return 2 if f" {wanted}" in f" {text}" else 9

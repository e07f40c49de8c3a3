"""`map.html`: a plan as one page that any browser opens from a folder or a mail, and that fetches nothing.

Leaflet stands in it, from the installed package. The page forbids itself every request and every script but its own
(a Content-Security-Policy with their digests). Of people it holds residents only, which are open data.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import shapely

from boundaries.area import Area
from footprints import maps
from footprints.colours import touching
from footprints.escape import escape
from footprints.exchange.outlines import unit_outlines
from footprints.plan import Plan, check_fits
from footprints.standing import graph_of
from optimise.words import count

POINTS = 6_000  # of all outlines together
LOOSE = "In no neighbourhood"
_ASSETS = Path(maps.__file__).parent / "assets"
_Row = dict[str, Any]


def map_html_bytes(plan: Plan, area: Area, *, stamps: Mapping[str, Any] | None = None) -> bytes:
    """The page, the same bytes for the same plan. `stamps` : its status, and what the plan does not meet."""
    check_fits(plan, area)
    rows = _rows(plan, area)
    shapes, tolerance = maps.lighter(_shapes([row["units"] for row in rows if row["units"]], area), POINTS)
    drawn = [
        {
            "name": row["name"],
            "key": row["code"].rsplit("-", 1)[-1],
            "fill": row["fill"],
            "people": f"{row['people']:,}",
            "lines": [text for text in (row["name"], f"{row['people']:,} residents", row["range"]) if text],
        }
        for row in rows
        if row["units"]
    ]
    place, script = maps.alone(drawn, shapes, area)
    scripts = [_text(maps.leaflet_folder() / "leaflet.js").split("\n//# source")[0], _text(_ASSETS / "map.js"), script]
    styles = [re.sub(r"url\([^)]*\)", "none", _text(maps.leaflet_folder() / "leaflet.css"))]
    styles += [_text(_ASSETS / name) for name in ("map.css", "alone.css")]
    title = f"{plan.name}, {area.name}"
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
        *_head(plan, area, stamps or {}),
        "<main>",
        '<div class="side">',
        place.strip(),
        _legend(plan, rows),
        "</div>",
        '<noscript><p class="notes">The map is drawn by a script, which this browser does not run. The tables say the '
        "same in words.</p></noscript>",
        *_in_words(plan, area, rows),
        "</main>",
        *_sources(area, tolerance),
        *(f"<script>{one}</script>" for one in scripts),
        "</body>",
        "</html>",
    ]
    return ("\n".join(parts) + "\n").encode()


def _rows(plan: Plan, area: Area) -> list[_Row]:
    """A row for each neighbourhood, and one for what is in none; units are those of the area, in its order."""
    members, residents = plan.members(), dict(zip(area.codes, area.units["residents"].tolist(), strict=True))
    assigned = {unit for unit, _ in plan.assignment}
    rows: list[_Row] = [
        {"name": own.name, "code": own.code, "fill": own.colour, "units": list(members[own.code])}
        for own in plan.neighbourhoods
    ]
    loose = [code for code in area.codes if code not in assigned]
    if loose:
        rows.append({"name": LOOSE, "code": "", "fill": "#f0f4f5", "units": loose})
    for row in rows:
        row["people"] = int(sum(residents[unit] for unit in row["units"]))
        row["range"] = _range(plan, row["people"]) if row["code"] else ""
    return rows


def _range(plan: Plan, people: int) -> str:
    """How a number of residents stands to the range; "" where the range is on patients, who are not told here."""
    asked = plan.criteria
    if asked.count != "residents":
        return ""
    if people < asked.minimum:
        return f"{asked.minimum - people:,} below"
    if people > asked.maximum:
        return f"{people - asked.maximum:,} above"
    return "in range"


def _shapes(groups: Sequence[Sequence[str]], area: Area) -> np.ndarray:
    """Groups of units as one shape each, in metres; neighbours share every point of their common line."""
    units = dict(zip(area.codes, unit_outlines(area), strict=True))
    whole = [shapely.coverage_union_all([units[code] for code in codes]) for codes in groups]
    return maps.metres(np.array(whole, dtype=object), area)


def _head(plan: Plan, area: Area, stamps: Mapping[str, Any]) -> list[str]:
    parent = f", made from {escape(plan.parent)}" if plan.parent else ""
    missed = [f"<p>{escape(words)}</p>" for words in stamps.get("does_not_meet", ())]
    status = str(stamps.get("status", "")).capitalize()
    return [
        "<header>",
        f"<h1>{escape(plan.name)}</h1>",
        f'<p class="about">{escape(area.name)}. {escape(f"{status}. " if status else "")}'
        f"Plan {escape(plan.id)}{parent}.</p>",
        *(['<div class="notes"><p><b>What this plan does not meet</b></p>', *missed, "</div>"] if missed else []),
        "</header>",
    ]


_PATIENTS = {"registered": "registered patients", "lists": "patients on lists of practices sited here"}


def _legend(plan: Plan, rows: Sequence[_Row]) -> str:
    asked = plan.criteria
    judged = asked.count == "residents"
    said = (
        f"Range asked for: {asked.minimum:,} to {asked.maximum:,} residents"
        if judged
        else f"The range is on {_PATIENTS[asked.count]}, who are not in this file"
    )
    swatch = '<span class="fill" style="background:{}"></span>'
    body = [
        [
            f'<th scope="row">{swatch.format(escape(row["fill"]))}{escape(row["name"])}</th>',
            f'<td class="code">{escape(row["code"])}</td>',
            f'<td class="n">{row["people"]:,}</td>',
            *([f'<td class="code">{escape(row["range"])}</td>'] if judged else []),
        ]
        for row in rows
    ]
    heads = ["Neighbourhood", "Code", "Residents", *(["Range"] if judged else [])]
    return _table(f"{count(len(plan.neighbourhoods), 'neighbourhood')}. {said}.", heads, body, numbers=(2,))


def _in_words(plan: Plan, area: Area, rows: Sequence[_Row]) -> list[str]:
    """What the map shows of where things lie, for whoever does not see it."""
    name = {row["code"]: row["name"] for row in rows}
    beside = touching(plan.where(), area, plan.codes)
    graph, district = graph_of(area, plan), area.levels.get("district")
    home = dict(zip(area.codes, district.assignment, strict=True)) if district else {}
    called = district.names if district else {}
    residents = dict(zip(area.codes, area.units["residents"].tolist(), strict=True))
    body = []
    for row in rows:
        pieces = nx.number_connected_components(graph.subgraph(row["units"]))
        lies = _most(((home.get(unit, ""), residents[unit]) for unit in row["units"]), called)
        near = sorted(name[code] for code in beside.get(row["code"], ()))
        body.append(
            [
                f'<th scope="row">{escape(row["name"])}</th>',
                f"<td>{escape(', '.join(lies))}</td>",
                f"<td>{escape(', '.join(near) if row['code'] else '')}</td>",
                f'<td class="n">{len(row["units"]):,}</td>',
                f'<td class="code">{"one piece" if pieces == 1 else f"{pieces} pieces" if pieces else ""}</td>',
            ]
        )
    heads = ["Neighbourhood", "Lies in", "Borders on", "LSOAs", "In"]
    table = _table("Where each neighbourhood lies and what it borders on", heads, body, numbers=(3,))
    return ["<h2>The map in words</h2>", table]


def _most(shares: Iterable[tuple[str, int]], names: Mapping[str, str]) -> list[str]:
    """The names of the districts that people live in, those with most people first."""
    people: dict[str, int] = {}
    for group, number in shares:
        people[group] = people.get(group, 0) + number
    return [names.get(group, group) for group in sorted(people, key=lambda g: (-people[g], g)) if group]


def _table(caption: str, heads: Sequence[str], body: Sequence[Sequence[str]], *, numbers: Sequence[int]) -> str:
    """A table whose cells are markup made here; wide ones scroll, by keyboard too."""
    kinds = ['scope="col" class="n"' if i in numbers else 'scope="col"' for i in range(len(heads))]
    top = "".join(f"<th {kind}>{escape(head)}</th>" for kind, head in zip(kinds, heads, strict=True))
    rows = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in body)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(caption)}"><table>'
        f"<caption>{escape(caption)}</caption>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>"
    )


def _sources(area: Area, tolerance: float) -> list[str]:
    lines = (
        f"Lines are drawn to within {tolerance:.0f} m; exact ones are in neighbourhoods.geojson." if tolerance else ""
    )
    return [
        "<footer>",
        "<h2>Sources</h2>",
        f"<p>People: {escape(area.people_basis)}. {lines}</p>",
        *(f"<p>{escape(line)}</p>" for line in area.attribution),
        "<p>This page fetches nothing and sends nothing. It draws its map with Leaflet, which stands in it.</p>",
        f"<details><summary>Licence of Leaflet</summary><pre>{escape(_leaflet_licence())}</pre></details>",
        "</footer>",
    ]


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

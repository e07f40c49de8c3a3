"""`map.html`: a plan as one page (`map_page`) that opens from a folder. Of people it holds residents, now or later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import networkx as nx
import numpy as np
import shapely

from boundaries.area import Area
from footprints import maps
from footprints.colours import touching
from footprints.disclosure import open_range
from footprints.escape import escape
from footprints.exchange.map_page import leaflet_words, page_bytes, table
from footprints.exchange.outlines import unit_outlines
from footprints.plan import Plan, check_fits
from footprints.standing import counted, graph_of, people_by_unit
from optimise.counting import called, whom
from optimise.criteria import year_of
from optimise.words import count

POINTS = 6_000  # of all outlines together
LOOSE = "In no neighbourhood"
_Row = dict[str, Any]


def map_html_bytes(plan: Plan, area: Area, *, stamps: Mapping[str, Any] | None = None) -> bytes:
    """The page, the same bytes for the same plan. `stamps` : status, mark, audience, and what it does not meet."""
    check_fits(plan, area)
    rows = _rows(plan, area)
    shapes, tolerance = maps.lighter(_shapes([row["units"] for row in rows if row["units"]], area), POINTS)
    drawn = [
        {
            "name": row["name"],
            "key": row["code"].rsplit("-", 1)[-1],
            "fill": row["fill"],
            "people": f"{row['people']:,}",
            "lines": [
                text for text in (row["name"], f"{row['people']:,} residents", row["then"], row["range"]) if text
            ],
        }
        for row in rows
        if row["units"]
    ]
    mark = str((stamps or {}).get("mark", ""))
    return page_bytes(
        f"{f'{mark}: ' if mark else ''}{plan.name}, {area.name}",
        drawn,
        shapes,
        mark=mark,
        head=_head(plan, area, stamps or {}),
        side=_legend(plan, rows),
        below=_in_words(plan, area, rows),
        foot=_sources(area, tolerance),
    )


def _rows(plan: Plan, area: Area) -> list[_Row]:
    """A row for each neighbourhood, and one for what is in none; units are those of the area, in its order."""
    members, residents = plan.members(), dict(zip(area.codes, area.units["residents"].tolist(), strict=True))
    assigned = {unit for unit, _ in plan.assignment}
    rows: list[_Row] = [
        {"name": own.name, "code": own.code, "fill": own.colour, "units": list(members[own.code])}
        for own in plan.neighbourhoods
    ]
    ranged, later = _ranged(plan, area), year_of(plan.criteria.count) is not None
    loose = [code for code in area.codes if code not in assigned]
    if loose:
        rows.append({"name": LOOSE, "code": "", "fill": "#f0f4f5", "units": loose})
    for row in rows:
        row["people"] = int(sum(residents[unit] for unit in row["units"]))
        row["counted"] = sum(ranged[unit] for unit in row["units"]) if ranged else None
        row["then"] = f"{row['counted']:,} {whom(plan.criteria.count)}" if later and ranged else ""
        row["range"] = _range(plan, row["counted"]) if row["code"] else ""
    return rows


def _ranged(plan: Plan, area: Area) -> dict[str, int] | None:
    """People of the population that the range is on, by unit; None where that is patients, or not known."""
    asked = plan.criteria.count
    return people_by_unit(area, asked) if open_range(plan) and counted(area, asked) == asked else None


def _range(plan: Plan, people: int | None) -> str:
    """How a number of those whom the range counts stands to it; "" where they are not told here."""
    asked = plan.criteria
    if people is None:
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
    return maps.metres(np.array(whole, dtype=object))


def _head(plan: Plan, area: Area, stamps: Mapping[str, Any]) -> list[str]:
    parent = f", made from {escape(plan.parent)}" if plan.parent else ""
    missed = [f"<p>{escape(words)}</p>" for words in stamps.get("does_not_meet", ())]
    status, mark = str(stamps.get("status", "")).capitalize(), str(stamps.get("mark", ""))
    reader = str(stamps.get("audience", ""))
    told = [{"DRAFT": "DRAFT: not agreed.", "WITHDRAWN": "WITHDRAWN: no longer in force."}.get(mark, "")]
    told += [f"{reader[:1].upper()}{reader[1:]}." if reader and reader != "public" else ""]
    marked = " ".join(filter(None, told))
    return [
        "<header>",
        *([f'<p class="marked">{escape(marked)}</p>'] if marked else []),
        f"<h1>{escape(plan.name)}</h1>",
        f'<p class="about">{escape(area.name)}. {escape(f"{status}. " if status else "")}'
        f"Plan {escape(plan.id)}{parent}.</p>",
        *(['<div class="notes"><p><b>What this plan does not meet</b></p>', *missed, "</div>"] if missed else []),
        "</header>",
    ]


def _legend(plan: Plan, rows: Sequence[_Row]) -> str:
    asked = plan.criteria
    judged = all(row["counted"] is not None for row in rows)
    later = judged and year_of(asked.count) is not None
    said = (
        f"Range asked for: {asked.minimum:,} to {asked.maximum:,} {called(asked.count)}"
        if judged
        else f"The range is on {whom(asked.count)}, who are not in this file"
    )
    swatch = '<span class="fill" style="background:{}"></span>'
    body = [
        [
            f'<th scope="row">{swatch.format(escape(row["fill"]))}{escape(row["name"])}</th>',
            f'<td class="code">{escape(row["code"])}</td>',
            f'<td class="n">{row["people"]:,}</td>',
            *([f'<td class="n">{row["counted"]:,}</td>'] if later else []),
            *([f'<td class="code">{escape(row["range"])}</td>'] if judged else []),
        ]
        for row in rows
    ]
    year = [f"In {year_of(asked.count)}"] if later else []
    heads = ["Neighbourhood", "Code", "Residents", *year, *(["Range"] if judged else [])]
    caption = f"{count(len(plan.neighbourhoods), 'neighbourhood')}. {said}."
    return table(caption, heads, body, numbers=(2, 3) if later else (2,))


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
    caption = "Where each neighbourhood lies and what it borders on"
    return ["<h2>The map in words</h2>", table(caption, heads, body, numbers=(3,))]


def _most(shares: Iterable[tuple[str, int]], names: Mapping[str, str]) -> list[str]:
    """The names of the districts that people live in, those with most people first."""
    people: dict[str, int] = {}
    for group, number in shares:
        people[group] = people.get(group, 0) + number
    return [names.get(group, group) for group in sorted(people, key=lambda g: (-people[g], g)) if group]


def _sources(area: Area, tolerance: float) -> list[str]:
    lines = (
        f"Lines are drawn to within {tolerance:.0f} m; exact ones are in neighbourhoods.geojson." if tolerance else ""
    )
    return [
        "<footer>",
        "<h2>Sources</h2>",
        f"<p>People: {escape(area.people_basis)}. {lines}</p>",
        *(f"<p>{escape(line)}</p>" for line in area.attribution),
        *leaflet_words(),
        "</footer>",
    ]

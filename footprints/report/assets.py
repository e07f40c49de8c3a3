"""Annex D: other places (pharmacies, schools, family hubs ...) of the lists given, by neighbourhood and kind."""

from __future__ import annotations

from collections import Counter

from boundaries.levels import units_of_points
from footprints.report.asked import Laid
from footprints.report.parts import Block, Column, Heading, Table, Text, row
from footprints.report.subject import Subject
from optimise.words import count

MOST_KINDS = 7


def other_places(laid: Laid) -> list[Block]:
    """A table for the recommended option, else for each; nothing where no lists are given."""
    if laid.asked.assets is None:
        return []
    places = laid.asked.assets.table
    kinds = Counter(str(kind) or "other" for kind in places["kind"])
    shown = sorted(kinds, key=lambda kind: (-kinds[kind], kind))
    told = shown[:MOST_KINDS]
    blocks: list[Block] = [
        Heading("Annex D. Other places in each neighbourhood"),
        Text(
            f"Counted from the lists given for this paper, {count(len(places), 'place')} near the area; Annex A says "
            "what was left out of them.",
            small=True,
        ),
    ]
    unit = units_of_points(places.geometry.get_coordinates().to_numpy(), laid.area.units)
    for own in laid.chosen:
        blocks.append(_table(own, unit, [str(kind) or "other" for kind in places["kind"]], told, len(shown)))
    return blocks


def _table(own: Subject, unit: list[str], kind: list[str], told: list[str], kinds: int) -> Table:
    where = own.plan.where()
    rest = kinds > len(told)
    heads = [*told, *(["other kinds"] if rest else [])]
    number: Counter[tuple[str, str]] = Counter()
    for code, one in zip((where.get(u, "") for u in unit), kind, strict=True):
        number[code, one if one in told else "other kinds"] += 1
    codes = sorted(own.numbers, key=lambda c: (len(own.numbers[c]), own.numbers[c]))
    rows = [row(own.numbers[c], own.names[c], *(f"{number[c, h]:,}" for h in heads)) for c in codes]
    rows.append(row("", "In no neighbourhood, or beyond the border", *(f"{number['', h]:,}" for h in heads)))
    whole = [sum(n for (_, h), n in number.items() if h == head) for head in heads]
    rows.append(row("", "All", *(f"{n:,}" for n in whole), total=True))
    columns = (Column("No.", 0.5, "right"), Column("Neighbourhood", 3.0), *(Column(h, 1.1, "right") for h in heads))
    return Table(own.title, columns, tuple(rows), (), dense=True)

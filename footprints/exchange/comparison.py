"""A comparison as a folder: `comparison.csv` (measures by plan), `moves.csv` (who moves from where to where)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from boundaries.area import Area
from footprints.compare import Comparison
from footprints.disclosure import PARTNERS
from footprints.exchange.folder import write_folder
from footprints.exchange.text import csv_bytes, tidy
from footprints.plan import Plan


def comparison_files(comparison: Comparison, plans: Sequence[Plan], area: Area) -> dict[str, bytes]:
    """`comparison.csv`, `moves.csv`, `matching.csv` and `changes.csv` (each unit that changes neighbourhood)."""
    table = comparison.table
    measures = [
        (
            key,
            *(table.at[key, c] for c in ("label", "unit", "direction")),
            *(tidy(table.at[key, n]) for n in comparison.names),
        )
        for key in table.index
    ]
    moves: list[tuple[object, ...]] = []
    matching: list[tuple[object, ...]] = []
    units: list[tuple[object, ...]] = []
    residents = area.units["residents"]
    for change, plan in zip(comparison.changes, plans[1:], strict=True):
        moves += [(change.before, change.after, *row) for row in change.moved.itertuples(index=False, name=None)]
        matching += [(change.before, change.after, *row) for row in change.matching]
        old, new = plans[0].where(), plan.where()
        units += [
            (
                change.after,
                unit,
                str(area.units.at[unit, "name"]),
                old.get(unit, ""),
                new.get(unit, ""),
                residents[unit],
            )
            for unit in change.units
        ]
    return {
        "comparison.csv": csv_bytes(("metric", "label", "unit", "better", *comparison.names), measures),
        "moves.csv": csv_bytes(
            ("before", "after", "from_code", "from_name", "to_code", "to_name", "lsoas", "residents"), moves
        ),
        "matching.csv": csv_bytes(("before", "after", "code_before", "code_after", "residents_in_both"), matching),
        "changes.csv": csv_bytes(("option", "LSOA21CD", "LSOA21NM", "from", "to", "residents"), units),
    }


def write_comparison(comparison: Comparison, plans: Sequence[Plan], area: Area, folder: Path) -> tuple[Path, ...]:
    """Write `comparison_files` as a folder, replacing one of ours as a whole; the paths written."""
    about = {
        "plans": [{"name": name, "plan": plan.id} for name, plan in zip(comparison.names, plans, strict=True)],
        "area": area.name,
        "audience": PARTNERS.label,
        "attribution": list(area.attribution),
    }
    return write_folder(folder, comparison_files(comparison, plans, area), about)

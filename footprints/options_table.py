"""Table 1 of the board paper: the options side by side, with who and what changes from the first of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from footprints.compare import Change, Comparison
from footprints.comparing.table import DIFFERENCE, OptionsRow, likeness_row, measure_rows, options_row

_CHANGES: tuple[tuple[str, str, str, str, Callable[[Change], Any]], ...] = (
    (
        "people_moved", "Residents who change neighbourhood", "people",
        "Σ residents of LSOAs that are not in the matching neighbourhood", lambda change: change.people_moved,
    ),
    ("units_moved", "LSOAs that change neighbourhood", "LSOAs", "number of those LSOAs", lambda c: c.units_moved),
)  # fmt: skip


def options_table(found: Comparison) -> tuple[OptionsRow, ...]:
    """Every row of the table; the last section compares each plan with the first.

    What moves has no better side of its own: fewer moves disturb less, but a plan that moves nobody changes nothing.
    """
    rows = list(measure_rows(found.table, found.cards, found.plans))
    first = DIFFERENCE + f"“{found.names[0]}”"
    for key, label, unit, formula, of in _CHANGES:
        rows.append(
            options_row(first, key, label, unit, "none", formula, [None, *(of(change) for change in found.changes)])
        )
    if len(found.area.registrations):
        moved = [found.services(0, j) for j in range(1, len(found.plans))]
        rows.append(
            options_row(
                first, "practices_moved", "Practices whose home changes", "practices", "none",
                "practices whose agreed home (else: where most of its patients live) is not the matching neighbourhood",
                [None, *(own.practices_moved for own in moved)],
            )
        )  # fmt: skip
        rows.append(
            options_row(
                first, "pcns_moved", "PCNs whose main neighbourhood changes", "PCNs", "none",
                "PCNs for which most patients of their practices do not live in the matching neighbourhood",
                [None, *(len(own.pcns) for own in moved)],
            )
        )  # fmt: skip
    for key in ("variation_of_information", "adjusted_rand", "mean_jaccard"):
        rows.append(likeness_row(found.names[0], key, [getattr(change.alike, key) for change in found.changes]))
    return tuple(rows)

"""Table 1 of the board paper: the options side by side, with who and what changes from the first of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from footprints.compare import Change, Comparison
from footprints.comparing.table import DIFFERENCE, OptionsRow, likeness_row, measure_rows, options_row

_CHANGES: tuple[tuple[str, str, str, str, Callable[[Change], Any]], ...] = (
    (
        "people_moved", "Residents who change neighbourhood", "people",
        "Σ residents of LSOAs that are not in the matching neighbourhood",
        lambda change: change.people_moved_everywhere,
    ),
    (
        "units_moved", "LSOAs that change neighbourhood", "LSOAs", "number of those LSOAs",
        lambda change: change.units_moved_everywhere,
    ),
)  # fmt: skip


def of_body(found: Comparison) -> list[OptionsRow]:
    """What the body that a comparison is narrowed to has of each plan; the rows after it are of the whole."""
    if found.body is None:
        return []
    body, own = found.body, found.narrowed
    section, ranges = f"{body.name} ({body.label})", {(p.criteria.minimum, p.criteria.maximum) for p in found.plans}
    note = "not marked: each plan is held against its own range" if len(ranges) > 1 else ""
    sizes = [[part.whole for part in one.own] for one in own]
    fits = [sum(part.standing.in_range for part in one.own) for one in own]
    shares = [a / len(one.own) if one.own else None for a, one in zip(fits, own, strict=True)]
    moved = [None, *(change.people_moved for change in found.changes)]
    named: list[tuple[str, str, str, str, str, list[Any], str]] = [
        ("body_neighbourhoods", f"Neighbourhoods with LSOAs of {body.name}", "neighbourhoods", "none",
         "neighbourhoods with one LSOA inside or more", [len(one.own) for one in own], ""),
        ("body_crossing", "Neighbourhoods across its line", "neighbourhoods", "lower",
         "those with residents beyond its line", [len(one.crossing) for one in own], ""),
        ("body_share_in_range", "Its neighbourhoods in the range", "share", "higher",
         "those in range, counted as a whole ÷ those with an LSOA inside", shares, note),
        ("body_residents", f"Residents of {body.name} in a neighbourhood", "people", "none",
         "Σ residents inside of its neighbourhoods", [one.settled for one in own], ""),
        ("body_loose", f"Residents of {body.name} in no neighbourhood", "people", "lower",
         "Σ residents inside of LSOAs in none", [one.loose for one in own], ""),
        ("body_shared", "Residents beyond its line in the same neighbourhoods", "people", "lower",
         "Σ residents outside of the neighbourhoods that it touches", [one.shared for one in own], ""),
        ("body_smallest", "Smallest of its neighbourhoods", "people", "none",
         "residents, those beyond its line too", [min(s, default=None) for s in sizes], ""),
        ("body_largest", "Largest of its neighbourhoods", "people", "none",
         "residents, those beyond its line too", [max(s, default=None) for s in sizes], ""),
        ("body_moved", f"Residents of {body.name} who change neighbourhood from “{found.names[0]}”", "people", "none",
         "Σ residents of its LSOAs that are not in the matching neighbourhood", moved, ""),
    ]  # fmt: skip
    return [
        options_row(section, key, label, unit, better, formula, values, why)
        for key, label, unit, better, formula, values, why in named
    ]


def options_table(found: Comparison) -> tuple[OptionsRow, ...]:
    """Every row of the table; the last section compares each plan with the first.

    What moves has no better side of its own: fewer moves disturb less, but a plan that moves nobody changes nothing.
    """
    rows = [*of_body(found), *measure_rows(found.table, found.cards, found.plans)]
    first = DIFFERENCE + f"“{found.names[0]}”"
    for key, label, unit, formula, of in _CHANGES:
        values = [None, *(of(change) for change in found.changes)]
        rows.append(options_row(first, key, label, unit, "none", formula, values))
    if len(found.area.registrations):
        moved = [found.services(0, j) for j in range(1, len(found.plans))]
        rows.append(
            options_row(
                first, "practices_moved", "Practices whose home changes", "practices", "none",
                "practices whose agreed home (else: where most of its patients live) is not the matching neighbourhood",
                [None, *(own.practices_moved + own.practices_elsewhere for own in moved)],
            )
        )  # fmt: skip
        rows.append(
            options_row(
                first, "pcns_moved", "PCNs whose main neighbourhood changes", "PCNs", "none",
                "PCNs for which most patients of their practices do not live in the matching neighbourhood",
                [None, *(len(own.pcns) + own.pcns_elsewhere for own in moved)],
            )
        )  # fmt: skip
    for key in ("variation_of_information", "adjusted_rand", "mean_jaccard"):
        rows.append(likeness_row(found.names[0], key, [getattr(change.alike, key) for change in found.changes]))
    return tuple(rows)

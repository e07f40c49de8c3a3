"""Table 1, the options side by side: every measure of the whole plan, the best value of a row marked, no single score.

A measure whose yardstick differs between the plans (each its own range, its own weights) has no best value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from footprints.comparing.alike import FORMULAS
from footprints.metrics import Scorecard
from footprints.metrics.journey_metrics import NO_TIME, mode_in
from footprints.plan import Plan

_DISTANCE = "Shape and distance"
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Size": (
        "neighbourhoods", "residents", "unassigned_units", "unassigned_people", "residents_min", "residents_median",
        "residents_max", "lists_min", "lists_median", "lists_max", "share_in_range", "share_in_comfortable",
        "outside_comfortable", "mean_deviation_share",
    ),
    _DISTANCE: ("not_contiguous", "mean_km_to_centre", "polsby_popper_mean", "border_km"),
    "Communities and councils": (
        "sharing_practices_divided", "msoas_split", "people_outside_largest_msoa_piece", "wards_split",
        "people_outside_largest_ward_piece", "crossing_districts",
    ),
    "Practices and PCNs": ("resident_side_containment", "list_side_containment", "pcns_whole", "pcns_split"),
    "Need": ("core20_gap",),
}  # fmt: skip
OTHER, SCORE, DIFFERENCE = "Other measures", "Terms of the score that was searched for", "Difference from "
_OWN_RANGE = {
    "share_in_range": ("minimum", "maximum", "count"),
    "share_in_comfortable": ("target", "minimum", "maximum", "count"),
    "outside_comfortable": ("target", "minimum", "maximum", "count"), "mean_deviation_share": ("target", "count"),
}  # fmt: skip


@dataclass(frozen=True)
class OptionsRow:
    """One measure of each plan, in their order; None where it is not known or not asked of a plan.

    best : whether a plan has the best value as it is shown; none has where all are equal or nothing is better. note :
    why no value is marked best though one would be, or "".
    """

    section: str
    key: str
    label: str
    unit: str
    direction: str
    formula: str
    values: tuple[Any, ...]
    best: tuple[bool, ...]
    note: str = ""


def measure_rows(table: pd.DataFrame, cards: Sequence[Scorecard], plans: Sequence[Plan]) -> tuple[OptionsRow, ...]:
    """The measures of the registry by section, the sizes of lists beside those of residents, and the terms."""
    formulas = {m.key: m.formula for m in cards[0].metrics if m.level == "plan"}
    section_of = {key: section for section, keys in _SECTIONS.items() for key in keys}
    section_of |= {m.key: _DISTANCE for m in cards[0].metrics if mode_in(m.key) is not None}
    rows = []
    for key, row in table.iterrows():
        name, term = str(key), str(key).startswith("term_")
        note = _own_yardstick(name, plans) or _other_people(name, table)
        rows.append(
            options_row(
                SCORE if term else section_of.get(name, OTHER), name, str(row["label"]), str(row["unit"]),
                str(row["direction"]), formulas.get(name, "a term of the score that was searched for"),
                [row.iloc[3 + n] for n in range(len(plans))], note,
            )
        )  # fmt: skip
    rows += _lists(cards)
    order = [*_SECTIONS, OTHER, SCORE]
    place = {key: n for n, key in enumerate(section_of)}
    place |= {key: place["mean_km_to_centre"] for key in place if mode_in(key) is not None}
    return tuple(sorted(rows, key=lambda r: (order.index(r.section), place.get(r.key, len(place)))))


def options_row(
    section: str, key: str, label: str, unit: str, direction: str, formula: str, values: Sequence[Any], note: str = ""
) -> OptionsRow:
    """A row with its best values marked, unless `note` says why none can be."""
    known = [None if v is None or bool(pd.isna(v)) else v for v in values]
    shown = [None if v is None else _as_shown(float(v), unit) for v in known]
    told = [v for v in shown if v is not None]
    best = [False] * len(known)
    if direction in ("higher", "lower") and not note and len(told) > 1 and min(told) < max(told):
        top = max(told) if direction == "higher" else min(told)
        best = [v == top for v in shown]
    return OptionsRow(section, key, label, unit, direction, formula, tuple(known), tuple(best), note)


def likeness_row(first: str, key: str, values: Sequence[float | None]) -> OptionsRow:
    """A row of one measure of likeness to the first plan, whose own value is None; nothing is best here."""
    label, formula = FORMULAS[key]
    unit = "bits" if key == "variation_of_information" else "ratio"
    return options_row(DIFFERENCE + f"“{first}”", key, label, unit, "none", formula, [None, *values])


def _as_shown(value: float, unit: str) -> float:
    if unit == "share":
        return round(value, 3)
    return round(value) if abs(value) >= 1000 else round(value, 2)


def _own_yardstick(key: str, plans: Sequence[Plan]) -> str:
    if key.startswith("term_"):
        differ = any(plan.criteria.weights != plans[0].criteria.weights for plan in plans)
        differ |= any(plan.criteria.target != plans[0].criteria.target for plan in plans)
        return "not marked: the plans were searched for with other weights or targets" if differ else ""
    names = {f.name for f in fields(plans[0].criteria)}
    asked = [tuple(getattr(p.criteria, n) for n in _OWN_RANGE.get(key, ()) if n in names) for p in plans]
    return "not marked: each plan is held against its own range" if len(set(asked)) > 1 else ""


def _other_people(key: str, table: pd.DataFrame) -> str:
    """Why no plan is best in a measure of journeys: where times are lacking, each plan's are of other people."""
    mode = mode_in(key)
    if mode is None or key == NO_TIME + mode or NO_TIME + mode not in table.index:
        return ""
    lacking = [int(number) for number in table.loc[NO_TIME + mode].iloc[3:] if pd.notna(number)]
    return "not marked: travel times are not known for all residents" if any(lacking) else ""


def _lists(cards: Sequence[Scorecard]) -> list[OptionsRow]:
    key = "list_of_practices_sited_here"
    if any(key in card.missing or key not in card.neighbourhoods for card in cards):
        return []
    sizes = [card.neighbourhoods.loc[card.neighbourhoods["lsoas"] > 0, key].to_numpy(dtype=float) for card in cards]
    formula = "of the lists of practices whose site lies in the neighbourhood, wherever the patients live: the "
    made = []
    for name, label, of in (("min", "smallest", np.min), ("median", "middle", np.median), ("max", "largest", np.max)):
        values = [float(of(s)) if len(s) and np.isfinite(s).all() else None for s in sizes]
        title = {"min": "Smallest", "median": "Median", "max": "Largest"}[name]
        made.append(
            options_row(
                "Size", f"lists_{name}", f"{title}, lists of practices sited there", "patients", "none",
                formula + label, values,
            )
        )  # fmt: skip
    return made

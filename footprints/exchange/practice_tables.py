"""The tables of formats.md 10.2 about practices and PCNs, each as the bytes of one CSV. Every patient is in a row."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from footprints.exchange.text import csv_bytes
from footprints.practices import Spread, impacts, pcn_rows
from footprints.practices.spread import UNACCOUNTED

_NOBODY_KNOWS = ("unknown", "closed", UNACCOUNTED)
_STAMP = ("plan_version", "status", "valid_from")


def practice_lookup(spread: Spread, status: str = "draft", valid_from: str = "") -> bytes:
    """`practice_lookup.csv`: where each practice is sited, where its patients live, and where it belongs.

    share_in_main : patients in the main neighbourhood / all patients of the practice. neighbourhoods_over_5pct : codes,
    most patients first, parted by semicolons. agreed_neighbourhood : as agreed, else by most patients, which `reason`
    then says. Patients are whole numbers; those of split 2011 areas were shared out.
    """
    rows, place = [], {code: p for p, code in enumerate(spread.practices)}
    for own in sorted(impacts(spread), key=lambda r: r.practice):
        p = place[own.practice]
        if not spread.shown[p]:
            continue
        unknown = sum(int(spread.elsewhere[key][p]) for key in _NOBODY_KNOWS if key in spread.elsewhere)
        rows.append(
            (
                own.practice, own.name, own.pcn, own.site, own.main, round(own.main_share, 4) if own.main else None,
                ";".join(code for code, _ in own.over_5), own.patients, own.elsewhere - unknown, unknown, own.agreed,
                own.basis if own.agreed else "", spread.plan.id, status, valid_from,
            )
        )  # fmt: skip
    header = (
        "practice_code", "practice_name", "pcn_code", "site_neighbourhood", "main_neighbourhood_by_patients",
        "share_in_main", "neighbourhoods_over_5pct", "patients", "patients_outside_area", "patients_unknown",
        "agreed_neighbourhood", "reason", *_STAMP,
    )  # fmt: skip
    return csv_bytes(header, rows)


def practice_neighbourhood(spread: Spread, status: str = "draft", valid_from: str = "") -> bytes:
    """`practice_neighbourhood.csv`: patients of each practice by where they live, those too small to be shown too.

    lives : "neighbourhood"; "unassigned" (in the area, in none); or where the rest of the list lives, with a blank
    neighbourhood ("england_outside", "wales", "unknown", ...). The rows of a practice add up to its list.
    """
    rows = (
        (code, where, int(n), lives, spread.plan.id, status, valid_from)
        for p, code in enumerate(spread.practices)
        for where, lives, n in _cells(spread, np.array([p]))
    )
    return csv_bytes(("practice_code", "neighbourhood_code", "patients", "lives", *_STAMP), rows)


def pcn_alignment(spread: Spread, status: str = "draft", valid_from: str = "") -> bytes:
    """`pcn_alignment.csv`: patients of each PCN by where they live, and their share of all its patients.

    A blank PCN gathers practices in none. `lives` as in `practice_neighbourhood`; rows of a PCN add up to its lists.
    """
    rows = (
        (
            own.pcn, where, int(n), round(n / own.patients, 4) if own.patients else None, lives, spread.plan.id, status,
            valid_from,
        )
        for own in pcn_rows(spread)
        for where, lives, n in _cells(spread, np.flatnonzero([code == own.pcn for code in spread.pcn]))
    )  # fmt: skip
    return csv_bytes(("pcn_code", "neighbourhood_code", "patients", "share", "lives", *_STAMP), rows)


def _cells(spread: Spread, practices: np.ndarray) -> Iterator[tuple[str, str, int]]:
    """(neighbourhood, lives, patients) of some practices together: neighbourhoods first, then the rest; no zeros."""
    here = spread.here[practices].sum(axis=0)
    for d, code in enumerate((*spread.codes, "")):
        if here[d]:
            yield code, "neighbourhood" if code else "unassigned", int(here[d])
    for key, number in spread.elsewhere.items():
        if number[practices].sum():
            yield "", key, int(number[practices].sum())

"""The tables of formats.md 10.2 about practices and PCNs, each as the bytes of one CSV. Every patient is in a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from footprints.disclosure import NOT_SHOWN, PARTNERS
from footprints.flows import Reconciliation
from footprints.practices import FarRatio, Impact, Populations, Spread, impacts, pcn_rows, timetable
from footprints.practices.spread import UNACCOUNTED
from footprints.stamp import HEADER, Stamp
from footprints.text import csv_bytes

_NOBODY_KNOWS = ("unknown", "closed", UNACCOUNTED)
_DRAFT = Stamp()


def practice_lookup(spread: Spread, stamp: Stamp = _DRAFT) -> bytes:
    """`practice_lookup.csv`: where each practice is sited, where its patients live, and where it belongs.

    share_in_main : patients in the main neighbourhood / all patients of the practice. neighbourhoods_over_5pct : codes,
    most patients first, parted by semicolons. agreed_neighbourhood : as agreed, else by most patients, which `reason`
    then says; blank for practices outside until they are agreed. Patients are whole numbers; those of split 2011 areas
    were shared out.
    """
    rows: list[tuple[object, ...]] = []
    place, public = {code: p for p, code in enumerate(spread.practices)}, stamp.audience.public
    for own in sorted(impacts(spread), key=lambda r: r.practice):
        p = place[own.practice]
        if not spread.shown[p]:
            continue
        unknown = sum(int(spread.elsewhere[key][p]) for key in _NOBODY_KNOWS if key in spread.elsewhere)
        rows.append(
            (
                own.practice, own.name, own.pcn, own.site, own.main, round(own.main_share, 4) if own.main else None,
                ";".join(code for code, _ in own.over_5), own.patients, own.elsewhere - unknown, unknown,
                *((own.not_shown,) if public else ()), own.agreed, own.basis, *stamp.cells(spread.plan),
            )
        )  # fmt: skip
    header = (
        "practice_code", "practice_name", "pcn_code", "site_neighbourhood", "main_neighbourhood_by_patients",
        "share_in_main", "neighbourhoods_over_5pct", "patients", "patients_outside_area", "patients_unknown",
        *((NOT_SHOWN,) if public else ()), "agreed_neighbourhood", "reason", *HEADER,
    )  # fmt: skip
    return csv_bytes(header, rows)


def practice_neighbourhood(spread: Spread, stamp: Stamp = _DRAFT) -> bytes:
    """`practice_neighbourhood.csv`: patients of each practice by where they live, those too small to be shown too.

    lives : "neighbourhood"; "unassigned" (in the area, in none); or where the rest of the list lives, with a blank
    neighbourhood ("england_outside", "wales", "unknown", ...). The rows of a practice add up to its list.
    """
    rows = (
        (code, where, int(n), lives, *stamp.cells(spread.plan))
        for p, code in enumerate(spread.practices)
        for where, lives, n in _cells(spread, np.array([p]))
    )
    return csv_bytes(("practice_code", "neighbourhood_code", "patients", "lives", *HEADER), rows)


def pcn_alignment(spread: Spread, stamp: Stamp = _DRAFT) -> bytes:
    """`pcn_alignment.csv`: patients of each PCN by where they live, and their share of all its patients.

    A blank PCN gathers practices in none. `lives` as in `practice_neighbourhood`; rows of a PCN add up to its lists.
    """
    rows = (
        (
            own.pcn, where, int(n), round(n / own.patients, 4) if own.patients else None, lives,
            *stamp.cells(spread.plan),
        )
        for own in pcn_rows(spread)
        for where, lives, n in _cells(spread, np.flatnonzero([code == own.pcn for code in spread.pcn]))
    )  # fmt: skip
    return csv_bytes(("pcn_code", "neighbourhood_code", "patients", "share", "lives", *HEADER), rows)


def service_alignment(spread: Spread, stamp: Stamp = _DRAFT) -> bytes:
    """`service_alignment.csv`: what each practice or PCN would have to change, most patients first, and who sees to it.

    pcn_neighbourhood : where most patients of the PCN live; agreed_neighbourhoods : where the practices belong, parted
    by semicolons. task_status : of the work; `status` is that of the plan. Tasks that nothing asks for any more come
    last, with no patients.
    """
    rows = (
        (
            due.kind, due.code, due.name, due.pcn, due.home, ";".join(due.to), due.patients, due.in_words,
            due.task.owner, due.task.action, due.task.by_when, due.task.status, *stamp.cells(spread.plan),
        )
        for due in timetable(spread)
    )  # fmt: skip
    header = (
        "kind", "code", "name", "pcn_code", "pcn_neighbourhood", "agreed_neighbourhoods", "patients_affected",
        "what_changes", "owner", "action", "by_when", "task_status", *HEADER,
    )  # fmt: skip
    return csv_bytes(header, rows)


def populations_table(
    spread: Spread, rows: Sequence[Populations], stamp: Stamp = _DRAFT, difference: int | None = None
) -> bytes:
    """`populations.csv`: the three populations of each neighbourhood; the row with a blank code is of those in none.

    difference : patients living here less those told, a last row of its own; none where there is nothing to tell.
    """
    said: list[tuple[object, ...]] = [
        (
            row.code, row.name if row.code else "", row.residents, row.registered, row.lists, row.practices,
            round(row.registered_ratio, 4), round(row.lists_ratio, 4), *stamp.cells(spread.plan),
        )
        for row in rows
    ]  # fmt: skip
    if difference is not None:
        said.append(("", NOT_SHOWN, None, difference, None, None, None, None, *stamp.cells(spread.plan)))
    header = (
        "neighbourhood_code", "neighbourhood_name", "residents", "registered_patients_living_here",
        "lists_of_practices_agreed_here", "practices_agreed_here", "registered_per_resident", "lists_per_registered",
        *HEADER,
    )  # fmt: skip
    return csv_bytes(header, said)


def practice_impact(spread: Spread, rows: Sequence[Impact], stamp: Stamp = _DRAFT) -> bytes:
    """`practice_impact.csv`: for partners to read, names and all; every practice with a patient here, largest first."""
    name, public = {n.code: n.name for n in spread.plan.neighbourhoods}, stamp.audience.public
    said = (
        (
            r.practice, r.name, r.patients, name.get(r.main, ""), r.main_patients, round(r.main_share, 4),
            name.get(r.second, ""), r.second_patients, round(r.second_share, 4),
            "; ".join(f"{name[code]} {n}" for code, n in r.over_5), r.unassigned, r.elsewhere,
            *((r.not_shown,) if public else ()), r.pcn, r.pcn_name,
            name.get(r.site, ""), name.get(r.by_pcn, ""), name.get(r.agreed, ""), r.basis if r.agreed else "",
            r.comment, *stamp.cells(spread.plan),
        )
        for r in rows
    )  # fmt: skip
    header = (
        "practice_code", "practice_name", "patients", "main_neighbourhood", "main_patients", "main_share",
        "second_neighbourhood", "second_patients", "second_share", "neighbourhoods_over_5pct", "patients_unassigned",
        "patients_elsewhere", *((NOT_SHOWN,) if public else ()), "pcn_code", "pcn_name", "home_by_site",
        "home_by_pcn_vote", "agreed_home", "reason", "comment", *HEADER,
    )  # fmt: skip
    return csv_bytes(header, said)


def far_ratios_table(rows: Sequence[FarRatio]) -> bytes:
    """`far_from_own_ratio.csv`: LSOAs where registered patients and residents are far apart, with likely reasons."""
    header = (
        "LSOA21CD", "name", "neighbourhood_name", "residents", "registered_patients_living_here", "ratio",
        "beyond_own_ratio", "likely_reason", "audience",
    )  # fmt: skip
    said = (
        (
            r.unit, r.label, r.neighbourhood, r.residents, r.registered, round(r.ratio, 4), r.beyond, r.likely,
            PARTNERS.label,
        )
        for r in rows
    )  # fmt: skip
    return csv_bytes(header, said)


def reconciliation_table(found: Reconciliation) -> bytes:
    """`people_not_placed.csv`: the lines that add up to all lists, the total, then some told apart for another reason.

    part : "line" (they add up), "total", or "of which".
    """
    rows: list[tuple[object, ...]] = [("line", x.key, x.label, x.practices, x.patients) for x in found.lines]
    rows.append(("total", "total", found.official, None, found.total))
    rows += [("of which", x.key, x.label, x.practices, x.patients) for x in found.of_which]
    header = ("part", "key", "label", "practices", "patients", "audience")
    return csv_bytes(header, [(*row, PARTNERS.label) for row in rows])


def _cells(spread: Spread, practices: np.ndarray) -> Iterator[tuple[str, str, int]]:
    """(neighbourhood, lives, patients) of some practices together: neighbourhoods first, then the rest; no zeros."""
    here = spread.here[practices].sum(axis=0)
    for d, code in enumerate((*spread.codes, "")):
        if here[d]:
            yield code, "neighbourhood" if code else "unassigned", int(here[d])
    for key, number in spread.elsewhere.items():
        if number[practices].sum():
            yield "", key, int(number[practices].sum())

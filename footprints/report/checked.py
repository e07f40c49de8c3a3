"""What the checks of the data found wanting, for a board: what is lacking, how much, and what would mend it.

The words of a check on patients hold exact counts, so here they are said anew, in practices and areas.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from boundaries.area import Area
from boundaries.receipts import Check
from footprints.report import say
from footprints.spoken import spoken
from optimise.words import count, listed

NAMED = 5
MOST_CODES = 100  # that a check names
_DIFFER = re.compile(r"[\d,]+ practices?(?= differ)")
_WHY_FAR = "Students, prisons, military bases, new housing or files of different years may be the reason."


def checked(exact: Area, shown: Area) -> list[str]:
    """A sentence or two for each check that did not pass. shown : the area as the public is shown it."""
    return [_said(check, exact, shown) for check in exact.checks if check.status in ("warn", "fail")]


def _said(check: Check, exact: Area, shown: Area) -> str:
    own = {
        "practice_postcodes": _not_placed,
        "registered_ratio": _far_ratio,
        "patients_total": _lists_differ,
        "vintage": _moved,
    }.get(check.key)
    if own is None:
        return f"{check.label}: {check.message}"
    return own(check, exact, shown)


def _not_placed(check: Check, exact: Area, shown: Area) -> str:
    table = exact.practices
    away = [str(code) for code in table.index[pd.isna(table["x"])]]
    names = [f"{spoken(str(table.at[code, 'name'])) or code} ({code})" for code in away]
    have = "has no place on the map, so it counts" if len(away) == 1 else "have no place on the map, so they count"
    return (
        f"{len(away):,} of {count(len(table), 'practice')} {have} in no neighbourhood as a site: {_some(names)}. Their "
        f"patients count where they live. {check.mend}"
    )


def _far_ratio(check: Check, exact: Area, shown: Area) -> str:
    units = shown.units
    own = float(units["registered"].sum()) / float(units["residents"].sum())
    names = [str(units.at[code, "name"]) for code in check.codes if code in units.index]
    most = "or more " if len(names) == MOST_CODES else ""
    far = f"{count(len(names), 'LSOA')} {most}{'is' if len(names) == 1 else 'are'} far from that"
    return (
        f"The place has {say.decimal(own, 2)} registered patients for each resident; {far}: {_some(names)}. {_WHY_FAR}"
    )


def _lists_differ(check: Check, exact: Area, shown: Area) -> str:
    number = _DIFFER.match(check.message)
    if number is None:
        return f"The lists of practices were not compared with the official practice totals. {check.mend}"
    table = exact.practices
    known = [code for code in check.codes if code in table.index]
    names = [f"{spoken(str(table.at[code, 'name'])) or code} ({code})" for code in known]
    return (
        f"The patients by LSOA do not add up to an official list of the same extract for {number[0]}"
        f"{f': {_some(names)}' if names else ''}. {check.mend}"
    )


def _moved(check: Check, exact: Area, shown: Area) -> str:
    if check.mend:
        return f"{check.label}: not known of the patient list. {check.mend}"
    return (
        "The patient list is of LSOAs of 2011, some of which became 2021 areas in no simple way; their patients were "
        "divided by residents."
    )


def _some(names: Sequence[str]) -> str:
    shown = list(names[:NAMED])
    more = len(names) - len(shown)
    return f"{', '.join(shown)} and {more:,} more" if more else listed(shown)

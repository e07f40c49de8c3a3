"""Every patient of the practices that serve an area, in lines that add up to the lists, and the lists to the totals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.flows.matrix import Flows, flows_of
from footprints.flows.people import apportion
from optimise.problem import Bools, Floats
from optimise.words import count

ELSEWHERE = {
    "england_outside": "Live elsewhere in England",
    "wales": "Live in Wales",
    "scotland": "Live in Scotland",
    "northern_ireland": "Live in Northern Ireland",
    "unknown": "Address not known",
    "closed": "Postcode no longer in use",
}


@dataclass(frozen=True)
class Line:
    """One line: a label for people, practices that have such patients, and whole persons."""

    key: str
    label: str
    practices: int
    patients: int


@dataclass(frozen=True)
class Reconciliation:
    """lines : disjoint, adding up to `total`, all patients of all practices with a patient here. of_which : patients
    counted above who are told apart for another reason. agrees : True or False where the official practice totals of
    the same extract were compared, None where they were not; official : what came of it, in words.
    """

    lines: tuple[Line, ...]
    of_which: tuple[Line, ...]
    total: int
    agrees: bool | None
    official: str


def reconcile(area: Area, flows: Flows | None = None) -> Reconciliation:
    """The lines of an area. Where people live comes before where their practice is.

    Raises DataError where the lines of a practice do not add up to its list, or no patients are loaded.
    """
    flows = flows or flows_of(area)
    shown = np.array([code in area.practices.index for code in flows.practices], dtype=bool)
    table = area.practices.reindex(list(flows.practices))
    _lists_agree(area, flows, table["list_size"].to_numpy(dtype=np.float64))
    placed = np.isfinite(table["x"].to_numpy(dtype=np.float64))
    inside = flows.site >= 0
    rows: list[tuple[str, str, Floats]] = [
        ("sited_here", "Live here, practice sited here", _of(flows.from_here, inside)),
        ("sited_outside", "Live here, practice outside the area", _of(flows.from_here, shown & ~inside & placed)),
        ("not_placed", "Live here, practice not placed on the map", _of(flows.from_here, shown & ~inside & ~placed)),
        ("small", "Live here, practice outside with too few to be shown", _of(flows.from_here, ~shown)),
    ]
    rows += [(key, label, flows.elsewhere[key]) for key, label in ELSEWHERE.items() if key in flows.elsewhere]
    rows += [
        (key, f"Live elsewhere ({key.replace('_', ' ')})", patients)
        for key, patients in flows.elsewhere.items()
        if key not in ELSEWHERE
    ]
    people = apportion(np.array([float(patients.sum()) for _, _, patients in rows]))
    lines = tuple(
        Line(key, label, int((patients > 0).sum()), int(number))
        for (key, label, patients), number in zip(rows, people, strict=True)
    )
    shut = (table["status"] == "closed").to_numpy(dtype=bool)
    alone = np.array([code == "" for code in flows.pcn], dtype=bool) & shown
    of_which = tuple(
        Line(key, label, int((_of(flows.lists, chosen) > 0).sum()), round(float(flows.lists[chosen].sum())))
        for key, label, chosen in (
            ("closed_practice", "On the list of a practice that has closed since", shut),
            ("no_pcn", "On the list of a practice in no PCN", alone),
        )
    )
    agrees, official = _official(area)
    return Reconciliation(lines, of_which, int(people.sum()), agrees, official)


def _of(patients: Floats, chosen: Bools) -> Floats:
    return np.where(chosen, patients, 0.0)


def _lists_agree(area: Area, flows: Flows, said: Floats) -> None:
    off = np.isfinite(said) & (np.abs(said - flows.lists) > 0.5)
    if off.any():
        told = "; ".join(
            f"{flows.practices[i]}: {flows.lists[i]:,.0f} by LSOA, list of {said[i]:,.0f}"
            for i in np.flatnonzero(off)[:5].tolist()
        )
        raise DataError(
            f"Patients by LSOA and elsewhere do not add up to the lists of {count(int(off.sum()), 'practice')} in "
            f"{area.name} ({told}).",
            mend="Load the patient list and the practice totals of one extract, both complete.",
        )


def _official(area: Area) -> tuple[bool | None, str]:
    check = next((c for c in area.checks if c.key == "patients_total"), None)
    if check is None or check.status == "missing":
        return None, check.message if check else "Not compared with the official practice totals."
    if check.status == "pass":
        return True, check.message
    return (None if check.message.startswith("Not checked") else False), check.message

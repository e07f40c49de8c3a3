"""`Flows`: the sparse matrix of patients by unit and practice, with those who live elsewhere beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.errors import some
from optimise.problem import Floats, Ints

NEEDS = "Add the file of patients registered by practice and LSOA (gp-reg-pat-prac-lsoa-all.csv)."


@dataclass(frozen=True, eq=False)
class Flows:
    """P (n units x p practices), row by row, in persons; fractional where a 2011 area was split.

    units : n codes in the order of `Area.codes`. practices : p codes, sorted: every practice that is known or has a
    patient here, those too small to be shown included. first : (n + 1,) the entries of unit u stand from first[u] to
    first[u + 1]. practice, patients : (z,) of each entry; practices ascend within a unit. elsewhere : category
    (unknown, closed, wales, scotland, northern_ireland, england_outside) -> (p,) patients who live there. site : (p,)
    index of the unit of the practice's site, -1 outside, not placed or not shown. pcn : (p,) code, "" for none.
    """

    units: tuple[str, ...]
    practices: tuple[str, ...]
    first: Ints
    practice: Ints
    patients: Floats
    elsewhere: Mapping[str, Floats]
    site: Ints
    pcn: tuple[str, ...]

    @cached_property
    def unit(self) -> Ints:
        """(z,) the unit of each entry."""
        return np.repeat(np.arange(len(self.units)), np.diff(self.first))

    @cached_property
    def living_here(self) -> Floats:
        """(n,) patients of any practice by the unit where they live."""
        return np.bincount(self.unit, weights=self.patients, minlength=len(self.units)).astype(np.float64)

    @cached_property
    def from_here(self) -> Floats:
        """(p,) patients of each practice who live in the area."""
        return np.bincount(self.practice, weights=self.patients, minlength=len(self.practices)).astype(np.float64)

    @cached_property
    def lists(self) -> Floats:
        """(p,) all patients of each practice, wherever they live."""
        return self.from_here + sum(self.elsewhere.values(), np.zeros(len(self.practices)))

    def by_group(self, label: Ints, k: int) -> Floats:
        """(p, k + 1) patients of each practice by the group of their unit; the last column is of units without one.

        label : (n,) group of each unit, -1 for none.
        """
        place = np.where(label >= 0, label, k)[self.unit]
        size = len(self.practices) * (k + 1)
        cells = np.bincount(self.practice * (k + 1) + place, weights=self.patients, minlength=size)
        return cells.reshape(len(self.practices), k + 1).astype(np.float64)

    def by_network(self) -> tuple[Floats, tuple[str, ...]]:
        """(n, g) patients of each unit by PCN, and the g PCN codes, sorted; "" (no PCN) comes first where there is one.

        Σ over PCNs = `living_here`.
        """
        codes = tuple(sorted(set(self.pcn)))
        column = np.array([codes.index(code) for code in self.pcn], dtype=np.int64)
        size = len(self.units) * len(codes)
        cells = np.bincount(self.unit * len(codes) + column[self.practice], weights=self.patients, minlength=size)
        return cells.reshape(len(self.units), len(codes)).astype(np.float64), codes


def flows_of(area: Area, *, required: bool = True) -> Flows:
    """The flows of an area. Without patients by practice they are empty where they are not `required`.

    Raises DataError where they are and none are loaded, or where some are of units that are not the area's.
    """
    table = area.registrations
    if required and not len(table):
        raise DataError(f"No patients registered by practice are loaded for {area.name}.", mend=NEEDS)
    unit = pd.Index(area.codes).get_indexer(pd.Index(table["unit"].astype("str")))
    strange = sorted(set(table["unit"].astype("str")[unit < 0]))
    if strange:
        raise DataError(
            f"Patients are registered from LSOAs that are not in {area.name}: {some(strange)}.",
            mend="Load the patient list and the boundaries of one vintage.",
        )
    away = area.registrations_elsewhere
    seen = {str(code) for codes in (table["practice"], away["practice"], area.practices.index) for code in codes}
    practices = tuple(sorted(seen))
    index = pd.Index(practices)
    practice = index.get_indexer(pd.Index(table["practice"].astype("str")))
    number = table["patients"].to_numpy(dtype=np.float64)
    some_there = number > 0
    key, entry = np.unique(unit[some_there] * len(practices) + practice[some_there], return_inverse=True)
    patients = np.bincount(entry, weights=number[some_there], minlength=len(key))
    elsewhere = {
        category: np.bincount(
            index.get_indexer(pd.Index(rows["practice"].astype("str"))),
            weights=rows["patients"].to_numpy(dtype=np.float64),
            minlength=len(practices),
        ).astype(np.float64)
        for category, rows in sorted((str(c), rows) for c, rows in away.groupby("category"))
    }
    shown = area.practices.reindex(index)
    site = pd.Index(area.codes).get_indexer(pd.Index(shown["unit"].astype("str").fillna("")))
    return Flows(
        units=area.codes,
        practices=practices,
        first=np.searchsorted(key, np.arange(len(area.codes) + 1) * len(practices)).astype(np.int64),
        practice=(key % len(practices)).astype(np.int64),
        patients=patients.astype(np.float64),
        elsewhere=elsewhere,
        site=site.astype(np.int64),
        pcn=tuple(shown["pcn"].astype("str").fillna("")),
    )

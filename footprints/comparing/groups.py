"""Who moves and who stays, by deprivation and by age; every line adds up to the person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from optimise.problem import Bools, Ints

FIFTHS = (
    "1 (most deprived fifth)", "2", "3", "4", "5 (least deprived fifth)",
)  # fmt: skip
NO_SCORE = "no score"


@dataclass(frozen=True)
class Group:
    """People of one group. everyone = moved + stayed."""

    name: str
    everyone: int
    moved: int
    stayed: int

    @property
    def share(self) -> float | None:
        """Of the group, those who move; None where there is nobody."""
        return self.moved / self.everyone if self.everyone else None


@dataclass(frozen=True, eq=False)
class Grouping:
    """One way to part the residents. key : "deprivation" or "age". by_unit : (n, g) people of each unit and group.

    groups : those of all units counted, with "all" as the last, which is the sum of the others to the person.
    basis : what was counted, and how it differs from the residents, in a sentence.
    """

    key: str
    title: str
    names: tuple[str, ...]
    by_unit: Ints
    groups: tuple[Group, ...]
    basis: str


def groupings(area: Area, moved: Bools, counted: Bools) -> tuple[Grouping, ...]:
    """The ways that the files loaded allow. moved : (n,) the units that change neighbourhood, of those counted.

    Deprivation: fifths of England from the national decile of each LSOA (deciles 1 and 2 are the first fifth), with a
    line for LSOAs without a score. Age: the bands of the age table, which may be of another year than the residents.
    """
    residents = np.where(counted, area.units["residents"].to_numpy(dtype=np.int64), 0)
    made = []
    decile = area.units["imd_decile"].to_numpy(dtype=np.float64)
    if np.isfinite(decile).any():
        fifth = np.where(np.isfinite(decile), (np.nan_to_num(decile, nan=11.0).astype(np.int64) - 1) // 2, 5)
        table = np.zeros((len(residents), 6), dtype=np.int64)
        table[np.arange(len(residents)), fifth] = residents
        made.append(
            _grouping(
                "deprivation", "By deprivation", (*FIFTHS, NO_SCORE), table, moved,
                "Residents by national fifth of the Index of Multiple Deprivation; each counts with the LSOA they live "
                "in.",
            )
        )  # fmt: skip
    if len(area.ages.columns):
        table = np.where(counted[:, None], area.ages.to_numpy(dtype=np.int64), 0)
        apart = int(residents.sum()) - int(table.sum())
        basis = f"{area.ages_basis or 'The age table'}: {int(table.sum()):,} people"
        if apart:
            basis += f", {abs(apart):,} {'fewer' if apart > 0 else 'more'} than the residents ({area.people_basis})"
        made.append(_grouping("age", "By age", tuple(map(str, area.ages.columns)), table, moved, f"{basis}."))
    return tuple(made)


def _grouping(key: str, title: str, names: Sequence[str], table: Ints, moved: Bools, basis: str) -> Grouping:
    everyone, gone = table.sum(axis=0), table[moved].sum(axis=0)
    rows = [Group(name, int(n), int(m), int(n - m)) for name, n, m in zip(names, everyone, gone, strict=True)]
    rows.append(Group("all", int(everyone.sum()), int(gone.sum()), int(everyone.sum() - gone.sum())))
    return Grouping(key, title, tuple(names), table, tuple(rows), basis)

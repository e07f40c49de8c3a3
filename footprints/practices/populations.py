"""Three populations of a neighbourhood that are never the same, side by side under names that are always the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from boundaries.area import Area
from footprints.flows import apportion
from footprints.practices.spread import Spread

NAMES = ("Residents", "Registered patients living here", "Lists of practices agreed here")


@dataclass(frozen=True)
class Populations:
    """One neighbourhood, or what is in none (code "").

    residents : ONS. registered : patients of any practice who live here. lists : all patients of the practices agreed
    here, wherever they live; not a sum over LSOAs. Practices that are not `Spread.ours` are in none until agreed.
    """

    code: str
    name: str
    residents: int
    registered: int
    lists: int
    practices: int

    @property
    def registered_ratio(self) -> float:
        """Registered patients living here for each resident; NaN without residents."""
        return self.registered / self.residents if self.residents else float("nan")

    @property
    def lists_ratio(self) -> float:
        """Patients on lists agreed here for each registered patient living here; NaN without any."""
        return self.lists / self.registered if self.registered else float("nan")


def populations(spread: Spread, area: Area) -> tuple[Populations, ...]:
    """A row for each neighbourhood, then one for LSOAs and practices that are in none.

    Residents add up to the area's, registered to its registered patients, and lists to all lists of its practices.
    """
    where, k = spread.plan.where(), spread.k
    position = {code: i for i, code in enumerate(spread.codes)}
    label = np.array([position.get(where.get(unit, ""), k) for unit in area.codes], dtype=np.int64)
    residents = np.bincount(label, weights=area.units["residents"].to_numpy(dtype=np.float64), minlength=k + 1)
    registered = apportion(
        np.bincount(
            label, weights=np.nan_to_num(area.units["registered"].to_numpy(dtype=np.float64)), minlength=k + 1
        ).astype(np.float64)
    )
    home = np.where(spread.agreed >= 0, spread.agreed, k)
    lists = np.bincount(home, weights=spread.lists.astype(np.float64), minlength=k + 1)
    number = np.bincount(home, minlength=k + 1)
    names = [*(n.name for n in spread.plan.neighbourhoods), "In no neighbourhood"]
    return tuple(
        Populations(
            [*spread.codes, ""][d], names[d], int(residents[d]), int(registered[d]), int(lists[d]), int(number[d])
        )
        for d in range(k + 1)
    )

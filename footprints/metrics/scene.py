"""What every metric looks at: a plan laid on its area, in arrays, made once for a whole scorecard."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.flows import Exchange, Flows, exchange, flows_of
from footprints.need.cohorts import Cohorts, cohorts_of
from footprints.plan import Plan, check_fits
from footprints.standing import graph_of
from optimise.build import add_links, build_problem
from optimise.counting import people_counted
from optimise.errors import CriteriaError
from optimise.problem import Floats, Ints, Problem


class Scene:
    """A plan on an area. Raises PlanError where the plan names units that are not the area's.

    codes : the k neighbourhood codes. label : (n,) index into `codes` of each unit in the order of `area.codes`, -1 for
    unassigned. residents : (n,) persons. Tables are worked out when a metric first asks for them.
    """

    def __init__(self, plan: Plan, area: Area) -> None:
        check_fits(plan, area)
        self.plan = plan
        self.area = area
        self.codes = plan.codes
        position = {code: i for i, code in enumerate(self.codes)}
        where = plan.where()
        self.label: Ints = np.array([position.get(where.get(unit, ""), -1) for unit in area.codes], dtype=np.int64)
        self.residents: Ints = area.units["residents"].to_numpy(dtype=np.int64)

    @property
    def k(self) -> int:
        """The number of neighbourhoods."""
        return len(self.codes)

    def total(self, values: NDArray[np.generic]) -> Floats:
        """(k,) sum of a column of units by neighbourhood; unassigned units are left out."""
        inside = self.label >= 0
        weights = np.asarray(values, dtype=np.float64)[inside]
        return np.bincount(self.label[inside], weights=weights, minlength=self.k).astype(np.float64)

    @cached_property
    def counted(self) -> Ints:
        """(n,) the population that the range is put on (`optimise.counting`).

        Raises DataError where a unit has no count of it: no number of people is better than a made-up one.
        """
        if self.plan.criteria.count == "residents":
            return self.residents
        try:
            return people_counted(self.area, self.plan.criteria.count)
        except CriteriaError as error:
            raise DataError(error.message, mend=error.mend) from None

    @cached_property
    def members(self) -> tuple[Ints, ...]:
        """Positions of the units of each neighbourhood."""
        return tuple(np.flatnonzero(self.label == d) for d in range(self.k))

    @cached_property
    def problem(self) -> Problem:
        """The problem the plan answers, with the links that the plan relies on."""
        return plan_problem(self.plan, self.area)

    @cached_property
    def outlines(self) -> NDArray[np.object_]:
        """(k,) dissolved outlines in EPSG:27700, metres."""
        shapes = self.area.units.geometry.to_numpy()
        made = [
            shapely.coverage_union_all(shapes[units]) if len(units) else shapely.Polygon() for units in self.members
        ]
        return np.array(made, dtype=object)

    @cached_property
    def pieces(self) -> Ints:
        """(k,) connected parts of each neighbourhood over borders, read links and the plan's own."""
        graph, codes = graph_of(self.area, self.plan), self.area.codes
        parts = (nx.number_connected_components(graph.subgraph([codes[u] for u in units])) for units in self.members)
        return np.array([*parts], dtype=np.int64)

    @cached_property
    def centres(self) -> tuple[tuple[int, float], ...]:
        """The member nearest to the people of each neighbourhood, and their mean km to it (-1 and NaN when empty)."""
        xy = self.area.units[["x", "y"]].to_numpy(dtype=np.float64) / 1000.0
        found: list[tuple[int, float]] = []
        for units in self.members:
            if not len(units):
                found.append((-1, float("nan")))
                continue
            apart = xy[units][:, None, :] - xy[units][None, :, :]
            people = self.residents[units].astype(np.float64)
            sums = (people[:, None] * np.sqrt((apart**2).sum(axis=2))).sum(axis=0)
            best = int(np.argmin(sums))
            found.append((int(units[best]), float(sums[best] / people.sum()) if people.sum() else float("nan")))
        return tuple(found)

    def minutes(self, mode: str) -> Floats:
        """(n,) minutes from each unit to the centre of its neighbourhood (`centres`) by a mode of `Area.modes`.

        NaN for units in no neighbourhood, and where no time is given for that journey.
        """
        if mode not in self._minutes:
            n, table = len(self.label), self.area.travel
            centre = np.array([unit for unit, _ in self.centres] or [-1], dtype=np.int64)
            to = np.where(self.label >= 0, centre[self.label], -1)
            pairs = pd.Index(table["origin"].to_numpy(dtype=np.int64) * n + table["destination"].to_numpy(np.int64))
            at = pairs.get_indexer(pd.Index(np.where(to >= 0, np.arange(n) * n + to, -1)))
            times = np.append(table[mode].to_numpy(dtype=np.float64), np.nan)
            self._minutes[mode] = times[at]
        return self._minutes[mode]

    @cached_property
    def _minutes(self) -> dict[str, Floats]:
        return {}

    @cached_property
    def cohorts(self) -> Cohorts | None:
        """The 7 % and 2-4 % cohorts by unit, estimated or counted; None where they cannot be had."""
        return cohorts_of(self.area)

    def groups(self, key: str) -> tuple[Ints, tuple[str, ...]]:
        """(n,) group of each unit at a level (-1 for none) and the group codes, sorted."""
        assignment = self.area.level(key).assignment
        codes = tuple(sorted({code for code in assignment if code}))
        position = {code: i for i, code in enumerate(codes)}
        return np.array([position.get(code, -1) for code in assignment], dtype=np.int64), codes

    def crossed(self, key: str) -> tuple[Ints, Ints]:
        """(g, k) units and residents of each group of a level in each neighbourhood; unassigned units left out."""
        group, codes = self.groups(key)
        known = (group >= 0) & (self.label >= 0)
        cell = group[known] * self.k + self.label[known]
        size = len(codes) * self.k
        units = np.bincount(cell, minlength=size).reshape(len(codes), self.k)
        people = np.bincount(cell, weights=self.residents[known].astype(np.float64), minlength=size)
        return units, people.reshape(len(codes), self.k).astype(np.int64)

    @cached_property
    def site(self) -> Ints:
        """Neighbourhood of the site of each practice, in the order of `area.practices`; -1 outside or not placed."""
        at = pd.Index(self.area.codes).get_indexer(pd.Index(self.area.practices["unit"].astype("str")))
        return np.where(at >= 0, self.label[at], -1)

    @cached_property
    def flows(self) -> Flows:
        """Patients by unit and practice; empty where none are loaded."""
        return flows_of(self.area, required=False)

    @cached_property
    def exchange(self) -> Exchange:
        """Patients between the neighbourhoods; a practice counts where its site is. Lists are the official ones."""
        made = exchange(self.flows, self.label, self.home_of_practice, self.k)
        lists = np.nan_to_num(self.area.practices["list_size"].to_numpy(dtype=np.float64))
        place = np.where(self.site >= 0, self.site, self.k)
        return replace(made, lists=np.bincount(place, weights=lists, minlength=self.k + 1).astype(np.float64))

    @cached_property
    def home_of_practice(self) -> Ints:
        """(p,) neighbourhood of the site of each practice of `flows`; -1 outside or not placed."""
        at = self.flows.site
        return np.where(at >= 0, self.label[at], -1)


def ratio(above: NDArray[Any], below: NDArray[Any]) -> Floats:
    """above / below, NaN where there is nothing below."""
    share: Floats = np.divide(above, below, out=np.full(len(above), np.nan), where=np.asarray(below) > 0)
    return share


def plan_problem(plan: Plan, area: Area) -> Problem:
    """The problem a plan answers: the area under its criteria, with the links that it relies on."""
    problem = build_problem(area, plan.criteria)
    position = {code: i for i, code in enumerate(area.codes)}
    links = [
        (position[link.from_code], position[link.to_code], link.kind)
        for link in plan.links
        if link.from_code in position and link.to_code in position
    ]
    return add_links(problem, links) if links else problem

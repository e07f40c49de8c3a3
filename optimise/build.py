"""From an `Area` and `Criteria` to a `Problem`: tables become arrays, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from boundaries.area import Area, Level
from optimise.barring import barrier_pairs, weakness
from optimise.counting import people_counted
from optimise.criteria import Criteria
from optimise.need import surplus_of
from optimise.problem import Floats, Grouping, Ints, Problem
from optimise.ties import neighbours_sharing, practice_flows

# Levels that nobody loads, worked out of an area when criteria name them: told by those who know how, above.
WORKED_OUT: dict[str, Callable[[Area], Level]] = {}


def build_problem(area: Area, criteria: Criteria) -> Problem:
    """The problem that `criteria` pose on `area`.

    With `criteria.accept_links` the proposed links are edges like any other. Raises DataError when a level that the
    criteria name is not loaded, CriteriaError when they count people who are not known.
    """
    for key in (*criteria.within, *criteria.penalise, *criteria.keep_whole):
        area.level(key)
    if criteria.community != Criteria().community:  # the usual level may be missing, one that was asked for may not
        area = _with_community(area, criteria.community)
    position = {code: i for i, code in enumerate(area.codes)}
    units = area.units
    edges = area.edges
    border = edges["kind"].to_numpy() == "border"
    ends = np.column_stack([_indices(edges["from_code"], position), _indices(edges["to_code"], position)])
    residents = units["residents"].to_numpy(dtype=np.int64)
    pcn_flow, pcns = _pcn_flow(area, position)
    weak = weakness(area)
    names = _names(area)
    problem = Problem(
        name=area.name,
        codes=area.codes,
        names=names,
        people=people_counted(area, criteria.count),
        residents=residents,
        xy_km=units[["x", "y"]].to_numpy(dtype=np.float64) / 1000.0,
        edges=ends,
        edge_km=np.where(border, edges["length_m"].to_numpy(dtype=np.float64) / 1000.0 * (1.0 - weak), 0.0),
        edge_kind=tuple(str(kind) for kind in edges["kind"]),
        levels={key: _grouping(area.levels[key]) for key in sorted(area.levels)},
        pcn_flow=pcn_flow,
        pcns=pcns,
        proposed_links=tuple(
            (
                position[link.from_code],
                position[link.to_code],
                link.kind,
                link.distance_m / 1000.0,
                f"a {link.kind} from {names[position[link.from_code]]} to {names[position[link.to_code]]}, "
                f"{link.distance_m / 1000.0:,.1f} km apart",
            )
            for link in area.proposed_links
        ),
        ties=neighbours_sharing(area, ends, border, residents) if criteria.weights.ties > 0 else None,
        flows=practice_flows(area) if criteria.weights.practice > 0 else None,
        barriers=barrier_pairs(area) if criteria.weights.barrier > 0 else None,
        surplus=surplus_of(area) if criteria.weights.need > 0 else None,
        weakened=bool((weak > 0).any()),
    )
    accepted = problem.proposed_links if criteria.accept_links else ()
    return add_links(problem, ((a, b, kind) for a, b, kind, _, _ in accepted))


def _with_community(area: Area, key: str) -> Area:
    """The area with the level of the community term, which may have to be worked out."""
    if key not in area.levels and key in WORKED_OUT:
        return replace(area, levels={**area.levels, key: WORKED_OUT[key](area)})
    area.level(key)
    return area


def add_links(problem: Problem, links: Iterable[tuple[int, int, str]]) -> Problem:
    """The problem with further links as edges: (index, index, kind). An edge that is there already stays as it is."""
    known = {(int(u), int(v)) for u, v in problem.edges}
    wanted = {(min(a, b), max(a, b)): kind for a, b, kind in links}
    new = sorted((pair, kind) for pair, kind in wanted.items() if pair not in known)
    rows = [(int(u), int(v)) for u, v in problem.edges] + [pair for pair, _ in new]
    lengths = [*problem.edge_km.tolist(), *([0.0] * len(new))]
    kinds = [*problem.edge_kind, *(kind for _, kind in new)]
    order = sorted(range(len(rows)), key=rows.__getitem__)
    return replace(
        problem,
        edges=np.array([rows[i] for i in order], dtype=np.int64).reshape(-1, 2),
        edge_km=np.array([lengths[i] for i in order], dtype=np.float64),
        edge_kind=tuple(kinds[i] for i in order),
        ties=None if problem.ties is None else np.append(problem.ties, np.zeros(len(new)))[order],
    )


def _indices(codes: pd.Series[str], position: dict[str, int]) -> Ints:
    return np.array([position[code] for code in codes], dtype=np.int64)


def _names(area: Area) -> tuple[str, ...]:
    own = [str(name) for name in area.units["name"]]
    msoa = area.levels.get("msoa")
    if msoa is None:
        return tuple(own)
    places = [msoa.names.get(group, "") for group in msoa.assignment]
    return tuple(
        f"{place}, part ({name})" if place and not name.startswith(place) else name
        for place, name in zip(places, own, strict=True)
    )


def _grouping(level: Level) -> Grouping:
    codes = tuple(sorted({code for code in level.assignment if code}))
    position = {code: i for i, code in enumerate(codes)}
    return Grouping(
        key=level.key,
        label=level.label,
        group=np.array([position.get(code, -1) for code in level.assignment], dtype=np.int64),
        codes=codes,
        names=tuple(level.names.get(code, code) or code for code in codes),
    )


def _pcn_flow(area: Area, position: dict[str, int]) -> tuple[Floats, tuple[str, ...]]:
    """Patients of each unit by PCN, and what to call the PCNs: "Granta PCN (U12345)"."""
    flows, practices = area.registrations, area.practices
    pcn_of = {str(code): str(pcn) for code, pcn in practices["pcn"].items() if pcn and pd.notna(pcn)}
    name_of = {str(pcn): str(name) for pcn, name in zip(practices["pcn"], practices["pcn_name"], strict=True)}
    codes = sorted({pcn_of[practice] for practice in flows["practice"].unique().tolist() if practice in pcn_of})
    column = {code: i for i, code in enumerate(codes)}
    of = {practice: column[pcn] for practice, pcn in pcn_of.items() if pcn in column}
    group = flows["practice"].map(of).fillna(-1).to_numpy(dtype=np.int64)
    row = flows["unit"].map(position).fillna(-1).to_numpy(dtype=np.int64)
    here = (group >= 0) & (row >= 0)
    patients = flows["patients"].to_numpy(dtype=np.float64)[here]
    size = len(position) * len(codes)
    cells = np.bincount(row[here] * len(codes) + group[here], weights=patients, minlength=size)
    flow = cells.astype(np.float64).reshape(len(position), len(codes))
    return flow, tuple(f"{name_of[code]} ({code})" if name_of.get(code) else code for code in codes)

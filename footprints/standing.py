"""How each neighbourhood stands now, and how it would stand after a move, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

from boundaries.area import Area
from footprints.plan import Neighbourhood, Plan
from optimise.solution import Solution


@dataclass(frozen=True)
class Standing:
    """One neighbourhood: people of the population the range is on, people above the target, units and pieces.

    stand_in : the range is on registered patients, which were not loaded for every unit; these people are residents.
    """

    code: str
    name: str
    colour: str
    people: int
    from_target: int
    units: int
    pieces: int
    in_range: bool
    stand_in: bool = False

    @property
    def holds(self) -> bool:
        """In range and in one piece."""
        return self.in_range and self.pieces <= 1

    @property
    def in_words(self) -> str:
        """Size and contiguity in one phrase for people."""
        parts = [] if self.in_range else ["outside the range you set"]
        if self.pieces > 1:
            parts.append(f"in {self.pieces} separate pieces")
        return ", ".join(parts) if parts else "in range, in one piece"


@dataclass(frozen=True)
class Choice:
    """A neighbourhood a unit could move to. border_km : of the unit with it. touches : by a border or a link.
    crosses : the unit would be taken across a line that neighbourhoods keep to."""

    code: str
    name: str
    touches: bool
    border_km: float
    crosses: bool


@dataclass(frozen=True)
class MovePreview:
    """What a move would do: both neighbourhoods before and after, the people who move, and the lines crossed."""

    unit: str
    people: int
    before: tuple[Standing, ...]
    after: tuple[Standing, ...]
    crosses: str


def counted(area: Area, count: str) -> str:
    """Which people can be counted, "residents" or "registered": residents where some unit has no registered count."""
    return "registered" if count == "registered" and bool(area.units["registered"].notna().all()) else "residents"


def people_by_unit(area: Area, count: str = "residents") -> dict[str, int]:
    """The population the range is put on, by unit. Where `counted` differs from `count`, whoever shows it says so."""
    column = counted(area, count)
    return {code: round(float(n)) for code, n in zip(area.codes, area.units[column], strict=True)}


def graph_of(area: Area, plan: Plan | None = None) -> nx.Graph:
    """Units joined by borders (`km` long), read links, and those that the plan relies on or whose criteria accept."""
    graph = nx.Graph()
    graph.add_nodes_from(area.codes)
    for a, b, metres in zip(area.edges["from_code"], area.edges["to_code"], area.edges["length_m"], strict=True):
        graph.add_edge(a, b, km=float(metres) / 1000)
    known = set(area.codes)
    links = [(k.from_code, k.to_code) for k in (plan.links if plan else ())]
    if plan and plan.criteria.accept_links:
        links += [(k.from_code, k.to_code) for k in area.proposed_links]
    for a, b in links:
        # A bridge beside a border takes nothing from its length.
        if a in known and b in known and not graph.has_edge(a, b):
            graph.add_edge(a, b, km=0.0)
    return graph


def standings(plan: Plan, area: Area) -> tuple[Standing, ...]:
    """Every neighbourhood of the plan as it stands, in the order of their codes; empty ones too."""
    people, graph = people_by_unit(area, plan.criteria.count), graph_of(area, plan)
    members, stand_in = plan.members(), _stand_in(plan, area)
    return tuple(_standing(own, members[own.code], plan, people, graph, stand_in) for own in plan.neighbourhoods)


def unassigned(plan: Plan, area: Area) -> tuple[str, ...]:
    """Units of the area that the plan puts nowhere, in code order."""
    known = {unit for unit, _ in plan.assignment}
    return tuple(code for code in area.codes if code not in known)


def residents_of_parts(solution: Solution, area: Area) -> tuple[int, ...]:
    """Residents of each of the solution's parts, whomever the range counts: values by person are by resident."""
    people = [0] * len(solution.parts)
    for label, residents in zip(solution.assignment or (), area.units["residents"], strict=False):
        part = solution.parts_of[label]
        if part >= 0:
            people[part] += round(float(residents))
    return tuple(people)


def choices(plan: Plan, area: Area, unit: str) -> tuple[Choice, ...]:
    """Neighbourhoods the unit could move to: those it touches first, then those across no line, then by border."""
    where, members = plan.where(), plan.members()
    border: dict[str, float] = {}
    for other, km in graph_of(area, plan)[unit].items():
        code = where.get(other, "")
        border[code] = border.get(code, 0.0) + km["km"]
    own = where.get(unit, "")
    made = [
        Choice(
            n.code,
            n.name,
            n.code in border,
            border.get(n.code, 0.0),
            bool(_crossing(plan, area, members[n.code], unit)),
        )
        for n in plan.neighbourhoods
        if n.code != own
    ]
    return tuple(sorted(made, key=lambda c: (not c.touches, c.crosses, -c.border_km, c.name, c.code)))


def preview_move(plan: Plan, area: Area, unit: str, to: str) -> MovePreview:
    """Both sides of moving `unit` to the neighbourhood `to`, before and after; nothing is changed."""
    people, graph = people_by_unit(area, plan.criteria.count), graph_of(area, plan)
    own = plan.where().get(unit, "")
    members, stand_in = plan.members(), _stand_in(plan, area)
    sides = [n for n in plan.neighbourhoods if n.code in (own, to)]
    sides.sort(key=lambda n: n.code != own)
    before = tuple(_standing(n, members[n.code], plan, people, graph, stand_in) for n in sides)
    moved = {code: [u for u in units if u != unit] for code, units in members.items()}
    moved[to] = [*moved[to], unit]
    after = tuple(_standing(n, moved[n.code], plan, people, graph, stand_in) for n in sides)
    return MovePreview(unit, people[unit], before, after, _crossing(plan, area, members[to], unit))


def _stand_in(plan: Plan, area: Area) -> bool:
    return counted(area, plan.criteria.count) != plan.criteria.count


def _standing(
    own: Neighbourhood, units: Iterable[str], plan: Plan, people: Mapping[str, int], graph: nx.Graph, stand_in: bool
) -> Standing:
    inside = [u for u in units if u in people]
    total = sum(people[u] for u in inside)
    criteria = plan.criteria
    return Standing(
        code=own.code,
        name=own.name,
        colour=own.colour,
        people=total,
        from_target=total - criteria.target,
        units=len(inside),
        pieces=nx.number_connected_components(graph.subgraph(inside)) if inside else 0,
        in_range=criteria.minimum <= total <= criteria.maximum,
        stand_in=stand_in,
    )


def _crossing(plan: Plan, area: Area, there: Iterable[str], unit: str) -> str:
    """The line a unit would be taken across, in words; empty when it stays on its side of every line kept."""
    for key in plan.criteria.within:
        if key not in area.levels:
            continue
        level = area.level(key)
        group = dict(zip(area.codes, level.assignment, strict=True))
        groups = {group[u] for u in there if u in group}
        if groups and group[unit] not in groups:
            mine = level.names.get(group[unit], group[unit])
            theirs = " and ".join(sorted(level.names.get(g, g) for g in groups))
            line = level.label.lower()
            return f"This would cross a {line} line: the area lies in {mine}, the neighbourhood in {theirs}."
    return ""

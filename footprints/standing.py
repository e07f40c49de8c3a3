"""How each neighbourhood stands now: people, distance from the target, pieces."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import networkx as nx

from boundaries.area import Area
from footprints.plan import Neighbourhood, Plan, PlanLink
from optimise.counting import is_known, population, whom
from optimise.solution import Solution


@dataclass(frozen=True)
class Standing:
    """One neighbourhood: people of the population the range is on, people above the target, units and pieces.

    stand_in : the range is on others who are not known for every unit; these people are residents. whom : what these
    people are called after a number.
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
    whom: str = "people"

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


def counted(area: Area, count: str) -> str:
    """Which people can be counted: those of `count`, or residents where some unit has no such count."""
    return count if count == "residents" or is_known(area, count) else "residents"


def people_by_unit(area: Area, count: str = "residents") -> dict[str, int]:
    """The population the range is put on, by unit. Where `counted` differs from `count`, whoever shows it says so."""
    found = population(area, counted(area, count))
    return {code: round(n) for code, n in zip(area.codes, found.tolist(), strict=True)}


def graph_of(area: Area, plan: Plan | None = None) -> nx.Graph:
    """Units joined by borders (`km` long), read links, and those that the plan relies on or whose criteria accept."""
    return graph_with(area, plan.links if plan else (), bool(plan and plan.criteria.accept_links))


def graph_with(area: Area, links: Iterable[PlanLink], accept_links: bool) -> nx.Graph:
    """The same, with these links, and with those that the area proposes where they are accepted."""
    graph = nx.Graph()
    graph.add_nodes_from(area.codes)
    for a, b, metres in zip(area.edges["from_code"], area.edges["to_code"], area.edges["length_m"], strict=True):
        graph.add_edge(a, b, km=float(metres) / 1000)
    known = set(area.codes)
    ends = [(k.from_code, k.to_code) for k in links]
    if accept_links:
        ends += [(k.from_code, k.to_code) for k in area.proposed_links]
    for a, b in ends:
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
        whom=whom("residents" if stand_in else criteria.count),
    )

"""Touching neighbourhoods never share a fill, and only the smaller one gives way."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from footprints import edit
from footprints.colours import PALETTE, settle, touching
from tests.grids import grid_area
from tests.plans import drawn


def test_touching_counts_borders_and_links() -> None:
    area = grid_area(["AB.C"], links=[("E01900002", "E01900003", "ferry")])
    assert touching(drawn(area, ["pq.r"]).where(), area, ("GRID-01", "GRID-02", "GRID-03")) == {
        "GRID-01": {"GRID-02"},
        "GRID-02": {"GRID-01", "GRID-03"},
        "GRID-03": {"GRID-02"},
    }


def test_after_an_edit_only_the_smaller_of_two_changes() -> None:
    # p and r do not touch and are given one colour; when the unit between them goes to p they do.
    area = grid_area(["AAAAA"])
    plan = drawn(area, ["ppqrr"])
    plan = edit.recolour(edit.recolour(plan, "GRID-01", PALETTE[0]), "GRID-03", PALETTE[0])
    moved = edit.move(plan, area, "E01900003", "GRID-01")
    assert moved.neighbourhood("GRID-01").colour == PALETTE[0]
    assert moved.neighbourhood("GRID-03").colour != PALETTE[0]
    assert moved.neighbourhood("GRID-02").colour == plan.neighbourhood("GRID-02").colour


@settings(max_examples=100, deadline=None)
@given(st.integers(2, 7), st.integers(2, 7), st.integers(0, 10**6), st.data())
def test_plane_maps_take_the_palette(rows: int, columns: int, seed: int, data: st.DataObject) -> None:
    # A triangulated grid with random contractions is any plane map we may meet.
    graph = nx.triangular_lattice_graph(rows, columns)
    names = {node: f"C{i:03d}" for i, node in enumerate(sorted(graph))}
    beside = {names[u]: {names[v] for v in graph[u]} for u in sorted(graph)}
    keep = data.draw(st.dictionaries(st.sampled_from(sorted(beside)), st.sampled_from(PALETTE)))
    people = {code: (seed * (i + 7)) % 9973 for i, code in enumerate(sorted(beside))}
    fills = settle(beside, people, keep)
    assert fills.keys() == beside.keys()
    assert set(fills.values()) <= set(PALETTE)
    assert all(fills[a] != fills[b] for a in beside for b in beside[a])
    assert settle(beside, people, fills) == fills


def test_a_hub_with_all_fills_around_it_still_gets_one() -> None:
    around = [f"N{i}" for i in range(7)]
    beside = {"HUB": set(around), **{code: {"HUB"} for code in around}}
    fills = settle(beside, {"HUB": 1}, dict(zip(around, PALETTE, strict=True)))
    assert all(fills[code] != fills["HUB"] for code in around)
    assert sum(fills[code] == colour for code, colour in zip(around, PALETTE, strict=True)) == 6

"""Touching neighbourhoods never share a fill, and only the smaller one gives way."""

from __future__ import annotations

import dataclasses
from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries import load_area
from footprints import edit
from footprints.colours import OPACITY, PALETTE, people_of, settle, touching
from footprints.errors import PlanError
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
    around = [f"N{i}" for i in range(len(PALETTE))]
    beside = {"HUB": set(around), **{code: {"HUB"} for code in around}}
    fills = settle(beside, {"HUB": 1}, dict(zip(around, PALETTE, strict=True)))
    assert all(fills[code] != fills["HUB"] for code in around)
    assert sum(fills[code] == colour for code, colour in zip(around, PALETTE, strict=True)) == len(PALETTE) - 1


# Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "usual": np.eye(3),
    "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green cones": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "no blue cones": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def seen(colour: str, vision: str) -> np.ndarray:
    """CIE Lab (D65) of a fill on a map, as somebody with this kind of colour vision sees it."""
    drawn_on_white = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) * OPACITY + 255 * (1 - OPACITY)
    s = drawn_on_white / 255
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    linear = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    to_xyz = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    xyz = np.array(to_xyz) @ linear / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("vision", VISION)
def test_every_two_fills_can_be_told_apart(vision: str) -> None:
    assert len(PALETTE) <= 6
    lab = [seen(colour, vision) for colour in PALETTE]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(lab, 2)) >= 15


@pytest.mark.places
def test_a_thousand_random_plans_of_a_real_place_take_six_fills_and_touching_ones_differ(cambridgeshire: Path) -> None:
    area = load_area(cambridgeshire)
    near: dict[str, list[str]] = {code: [] for code in area.codes}
    for a, b in zip(area.edges["from_code"], area.edges["to_code"], strict=True):
        near[a].append(b)
        near[b].append(a)
    rng = np.random.default_rng(0)
    fills: dict[str, str] = {}
    for _ in range(1_000):
        k = int(rng.integers(5, 60))
        seeds = rng.choice(len(area.codes), size=k, replace=False)
        where = {area.codes[u]: f"N{n:02d}" for n, u in enumerate(seeds)}
        edge = list(where)
        while edge:
            unit = edge.pop(int(rng.integers(len(edge))))
            for other in near[unit]:
                if other not in where:
                    where[other] = where[unit]
                    edge.append(other)
        codes = sorted(set(where.values()))
        beside = touching(where, area, codes)
        fills = settle(beside, people_of(where, area, codes), {c: f for c, f in fills.items() if c in beside})
        assert set(fills.values()) <= set(PALETTE)
        assert all(fills[a] != fills[b] for a in beside for b in beside[a])


def test_a_colour_that_a_neighbour_has_makes_the_neighbour_change() -> None:
    area = grid_area(["AAAA", "AAAA"])
    plan = drawn(area, ["ppqq", "ppqq"])
    first, second = plan.neighbourhoods
    after = edit.recolour(plan, first.code, second.colour, area)
    fills = {n.code: n.colour for n in after.neighbourhoods}
    assert fills[first.code] == second.colour != fills[second.code]
    assert edit.recolour(after, second.code, fills[first.code], area).neighbourhood(second.code).colour == second.colour


def test_a_colour_is_refused_by_name_where_none_is_left_for_the_neighbour() -> None:
    """Seven neighbourhoods that all touch each other by links have one colour too few."""
    area = grid_area(["AAAAAAA"])
    plan = drawn(area, ["abcdefg"])
    ends = [(a, b) for i, a in enumerate(area.codes) for b in area.codes[i + 1 :]]
    edges = area.edges.iloc[[0] * len(ends)].assign(from_code=[a for a, _ in ends], to_code=[b for _, b in ends])
    crowded = dataclasses.replace(area, edges=edges.reset_index(drop=True))
    fills = [*PALETTE, PALETTE[0]]
    plan = dataclasses.replace(
        plan,
        neighbourhoods=tuple(dataclasses.replace(n, colour=f) for n, f in zip(plan.neighbourhoods, fills, strict=True)),
    )
    with pytest.raises(PlanError, match="has this colour, and no other is left"):
        edit.recolour(plan, plan.codes[1], PALETTE[2], crowded)

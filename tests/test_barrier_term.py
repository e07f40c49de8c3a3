"""Barriers inside neighbourhoods: as loaded from a file, by hand, while searching, by brute force, on a real place."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries import DataError, cache, load_area
from boundaries.area import Area
from boundaries.barriers import border_shares
from footprints import maps
from footprints.colours import touching
from footprints.editing.catalogue import Catalogue
from footprints.score import score
from optimise import Criteria, Weights, build_problem, prospect, solve
from optimise.kernels.state import graph_of
from optimise.problem import BarrierPairs, Ints, Part
from optimise.score import cut, divided, inside_km, primary
from optimise.searching.groups import group_part, hold
from optimise.searching.search import search
from tests import official
from tests.grids import grid_area
from tests.plans import drawn
from tests.secondary_terms import (
    any_division,
    moves_within_the_allowance,
    reaches_the_best,
    row_of_six,
    sums_are_kept,
)
from tests.test_practice_term import parts_with_flows
from tests.test_search import BUDGET, square

ASKED = Criteria(within=(), seconds=5, weights=Weights(barrier=2_000.0))
WEST, NORTH = official.ORIGIN  # of the first cell of the source
BETWEEN_ROWS = [(WEST - 500, NORTH - 1_000), (WEST + 4_500, NORTH - 1_000)]


@st.composite
def parts_with_barriers(draw: st.DrawFn) -> Part:
    """A random part with lines, communities and patients, and barriers between some pairs, neighbours or not."""
    part = draw(parts_with_flows())
    table = {
        pair: draw(st.sampled_from([0.0, 0.0, 0.4, 1.5])) for pair in itertools.combinations(range(len(part.people)), 2)
    }
    kept = {pair: km for pair, km in table.items() if km}
    pairs = np.array(list(kept), dtype=np.int64).reshape(-1, 2)
    return replace(part, barriers=BarrierPairs(pairs, np.array(list(kept.values()))))


def counted(part: Part, labels: Ints) -> float:
    """Km of barriers inside neighbourhoods, pair by pair."""
    pairs = zip(part.barriers.pairs.tolist(), part.barriers.km.tolist(), strict=True)
    return sum(km for (u, v), km in pairs if labels[u] == labels[v])


def barred(area: Area, rows: list[tuple[int, int, float, float]], cut: tuple[int, ...] = ()) -> Area:
    """A drawn area with barriers; rows : (position, position, share, strength); cut : rows whose border is gone."""
    codes, edges = area.codes, area.edges
    table = pd.DataFrame(
        [
            (codes[a], codes[b], 1_000.0, share, strength, "Brook", n in cut)
            for n, (a, b, share, strength) in enumerate(rows)
        ],
        columns=list(area.barriers.columns),
    )
    gone = {(codes[rows[n][0]], codes[rows[n][1]]) for n in cut}
    stay = [pair not in gone for pair in zip(edges["from_code"], edges["to_code"], strict=True)]
    return replace(area, barriers=table, edges=edges[stay].reset_index(drop=True))


def test_neighbours_that_a_barrier_cuts_still_lie_side_by_side() -> None:
    area = barred(grid_area(["AB"]), [(0, 1, 1.0, 1.0)], cut=(0,))
    plan = drawn(area, ["pq"], Criteria(within=()))
    assert touching(plan.where(), area, plan.codes) == {code: set(plan.codes) - {code} for code in plan.codes}
    assert score(plan, area).plan["border_km"] == score(plan, grid_area(["AB"])).plan["border_km"] == 1.0
    sent = Catalogue(area, maps.draw(area)).document("")
    assert sent["near"] == [] and sent["cut"] == [[0, 1, "Brook"]]


# --- from a file ----------------------------------------------------------------------------------------------------


def lines(*rows: tuple[str, object, list[tuple[float, float]]]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"name": name, "strength": strength},
            "geometry": {"type": "LineString", "coordinates": path},
        }
        for name, strength, path in rows
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    return json.dumps({"type": "FeatureCollection", "crs": crs, "features": features})


def loaded(folder: Path, *rows: tuple[str, object, list[tuple[float, float]]], **more: str | None) -> Area:
    return load_area(official.write(folder, **{"barriers__geojson": lines(*rows)} | more), ["QX1"], cache=False)


def borders(area: Area) -> set[tuple[str, str]]:
    return set(zip(area.edges["from_code"], area.edges["to_code"], strict=True))


def test_a_full_barrier_cuts_the_borders_it_runs_along_and_the_receipt_lists_them(tmp_path: Path) -> None:
    plain = load_area(official.write(tmp_path / "plain"), ["QX1"], cache=False)
    far = [(WEST + 90_000, NORTH), (WEST + 91_000, NORTH)]
    area = loaded(tmp_path / "river", ("River", 1, BETWEEN_ROWS), ("Elsewhere", 0.5, far))
    across = {(f"E0100010{n}", f"E0100010{n + 4}") for n in (1, 2, 3)} | {("E01000104", "E01900001")}
    assert (
        borders(plain) - borders(area)
        == across
        == set(zip(area.barriers["from_code"], area.barriers["to_code"], strict=True))
    )
    assert area.barriers["cut"].all() and len(area.pieces) == 2 and area.proposed_links
    (receipt,) = [r for r in area.receipts if r.kind == "barriers"]
    assert (receipt.rows_read, receipt.rows_kept, receipt.status) == (2, 1, "used")
    assert [(d.reason, d.rows) for d in receipt.dropped] == [("outside the study area", 1)]
    told = " ".join(receipt.notes)
    assert "4 borders cut" in told and all(a in told and b in told for a, b in across) and "(River)" in told
    assert area.digest != plain.digest and plain.knows_barriers is False and area.knows_barriers


def test_a_declared_link_joins_what_a_barrier_cuts(tmp_path: Path) -> None:
    text = "from_code,to_code,kind,note\nE01000102,E01000106,bridge,Town Bridge\n"
    area = loaded(tmp_path, ("River", 1, BETWEEN_ROWS), links__csv=text)
    row = area.edges.set_index(["from_code", "to_code"]).loc[("E01000102", "E01000106")]
    assert (row["kind"], row["length_m"]) == ("bridge", 0.0) and len(area.pieces) == 1
    told = " ".join(next(r for r in area.receipts if r.kind == "barriers").notes)
    assert "3 borders cut:" in told and "1 border cut but joined by a declared link: E01000102" in told


def test_a_weaker_or_shorter_barrier_leaves_the_border_and_takes_from_its_length(tmp_path: Path) -> None:
    half = [(WEST - 500, NORTH - 1_000), (WEST + 1_500, NORTH - 1_000)]
    area = loaded(tmp_path / "half", ("River", 1, half))
    assert area.barriers["cut"].tolist() == [True, False]
    km = dict(
        zip(map(tuple, build_problem(area, ASKED).edges.tolist()), build_problem(area, ASKED).edge_km, strict=True)
    )
    at = {code: n for n, code in enumerate(area.codes)}
    assert km[at["E01000102"], at["E01000106"]] == pytest.approx(0.5, abs=0.03)
    assert km[at["E01000103"], at["E01000107"]] == pytest.approx(1.0)
    weak = loaded(tmp_path / "weak", ("Brook", 0.25, BETWEEN_ROWS))
    assert not weak.barriers["cut"].any()
    problem = build_problem(weak, ASKED)
    assert (
        problem.weakened and problem.barriers is not None and problem.barriers.km.sum() == pytest.approx(1.0, abs=0.01)
    )
    assert cache.content_digest(weak) == weak.digest


def test_barriers_come_back_from_the_cache(tmp_path: Path) -> None:
    area = loaded(tmp_path / "source", ("Brook", 0.25, BETWEEN_ROWS), ("River", 1, BETWEEN_ROWS[:1] * 2))
    key = "0" * 64
    assert cache.store(key, area, tmp_path)
    again = cache.load(key, tmp_path)
    assert again is not None and again.digest == area.digest == cache.content_digest(again)
    pd.testing.assert_frame_equal(again.barriers, area.barriers)


def test_barriers_without_a_name_or_with_an_impossible_strength_stop_the_load(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"barriers\.geojson.*Weir \(“2”\)"):
        loaded(tmp_path / "a", ("Weir", 2, BETWEEN_ROWS))
    with pytest.raises(DataError, match="1 barrier without a name"):
        loaded(tmp_path / "b", ("", 1, BETWEEN_ROWS))
    nameless = lines(("x", 1, BETWEEN_ROWS)).replace('"name": "x", ', "")
    with pytest.raises(DataError, match="barriers without names") as told:
        load_area(official.write(tmp_path / "c", barriers__geojson=nameless), ["QX1"], cache=False)
    assert told.value.mend == "Add a column “name”."


# --- what is counted ------------------------------------------------------------------------------------------------


def test_a_barrier_counts_inside_a_neighbourhood_even_where_it_cut_the_border() -> None:
    """Two rows of two with a river between the rows: 0.8 km strong by half at the left, whole and full at the right."""
    area = barred(grid_area(["AA", "AA"], 20_000), [(0, 2, 0.8, 0.5), (1, 3, 1.0, 1.0)], cut=(1,))
    problem = build_problem(area, ASKED)
    assert problem.barriers is not None
    assert problem.barriers.pairs.tolist() == [[0, 2], [1, 3]] and problem.barriers.km.tolist() == [0.4, 1.0]
    assert build_problem(area, Criteria(within=())).barriers is None
    rows, columns = drawn(area, ["aa", "bb"]), drawn(area, ["ab", "ab"])
    assert score(rows, area).plan["barrier_km_inside"] == 0.0
    assert score(columns, area).plan["barrier_km_inside"] == pytest.approx(1.4)
    assert "barrier_km_inside" not in score(rows, grid_area(["AA", "AA"], 20_000)).plan


def test_without_barriers_what_was_asked_is_declared() -> None:
    area = grid_area(["AA", "AA"], 30_000)
    found = prospect(build_problem(area, ASKED), ASKED)
    assert ["Barriers were to be counted, but none are loaded" in e.message for e in found.exceptions] == [True]
    assert "barrier" not in json.dumps(Criteria().to_json()["weights"])
    again = Criteria.from_json(json.dumps(ASKED.to_json()))
    assert again == ASKED and ASKED.to_json()["weights"]["barrier"] == 2_000.0


# --- the search -----------------------------------------------------------------------------------------------------


def test_a_barrier_becomes_the_border_within_the_allowance() -> None:
    """01|2345 has the 2 km of river between 1 and 2 inside nothing."""
    part = replace(row_of_six(), barriers=BarrierPairs(np.array([[1, 2]]), np.array([2.0])))
    moves_within_the_allowance(part, "barrier", enough=1_100.0, little=900.0, left=2.0)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    part=parts_with_barriers(),
    border=st.sampled_from([0.0, 700.0]),
    practice=st.sampled_from([0.0, 5.0]),
    barrier=st.sampled_from([0.0, 800.0]),
    seed=st.integers(0, 99),
)
def test_sums_kept_while_searching_equal_a_count_from_scratch(
    part: Part, border: float, practice: float, barrier: float, seed: int
) -> None:
    def price(labels: Ints) -> float:
        own = barrier * counted(part, labels) + practice * divided(part.flows, labels)
        return own + border * cut(part, labels)[0]

    sums_are_kept(part, Weights(community=2.0, border=border, practice=practice, barrier=barrier), price, seed)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(part=parts_with_barriers(), practice=st.sampled_from([0.0, 2.0]))
def test_barriers_on_random_parts_reach_the_brute_force_optimum(part: Part, practice: float) -> None:
    def worth(labels: Ints) -> float:
        return primary(part, labels)[0] + practice * divided(part.flows, labels) + 900.0 * counted(part, labels)

    reaches_the_best(part, Weights(community=0.0, practice=practice, barrier=900.0), worth, allowance=0.3)


def test_without_a_weight_barriers_have_no_price_and_nothing_changes() -> None:
    plain = square(6, 3, 8_000, 16_000, target=12_000.0)
    part = replace(plain, barriers=BarrierPairs(np.array([[0, 1]]), np.array([3.0])))
    assert len(graph_of(part)[0].flow) == 0 and graph_of(part)[0].barred == 0.0
    one, other = (search(p, seed=4, steps=BUDGET) for p in (plain, part))
    assert one is not None and other is not None and one.labels.tolist() == other.labels.tolist()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(part=parts_with_barriers(), held=st.lists(st.booleans(), min_size=9, max_size=9))
def test_groups_and_held_nodes_differ_in_barriers_as_the_plans_do(part: Part, held: list[bool]) -> None:
    """Km inside a merged node are inside whatever is done; all others are counted as before."""
    labels = any_division(part)
    merged, node_of = hold(part, labels, np.array(held[: len(labels)]))
    inside = np.zeros(len(merged.people), dtype=np.int64)
    inside[node_of] = labels
    same = node_of[part.barriers.pairs[:, 0]] == node_of[part.barriers.pairs[:, 1]]
    assert inside_km(merged.barriers, inside) + part.barriers.km[same].sum() == pytest.approx(counted(part, labels))
    total = sum(
        inside_km(own.barriers, within) for own, _, within in (group_part(part, labels, [d]) for d in range(part.k))
    )
    assert total == pytest.approx(counted(part, labels))


# --- whole places ---------------------------------------------------------------------------------------------------


def test_a_solve_says_what_was_given_up_for_barriers() -> None:
    """A row of six with the river after the second: halves have it inside, two and four do not."""
    area = barred(grid_area(["AAAAAA"], 1_000), [(1, 2, 1.0, 0.9)])
    asked = replace(
        ASKED, minimum=2_000, maximum=4_000, target=3_000, neighbourhoods=2, community_allowance=1.0,
        weights=Weights(community=0.0, barrier=20_000.0),
    )  # fmt: skip
    found = solve(build_problem(area, asked), asked)
    term = next(t for t in found.terms if t.key == "barrier")
    assert term.people == 0.0 and "0.9 km less of barriers inside" in " ".join(t.in_words for t in found.terms)
    assert "keeping to rivers, motorways and railways" in found.in_words


@pytest.mark.places
def test_a_drawn_river_has_less_of_itself_inside_neighbourhoods_of_cornwall(cornwall: Path) -> None:
    """A line across the middle of Cornwall, from coast to coast, along the borders that lie nearest to it."""
    area = load_area(cornwall)
    box = area.units.total_bounds
    x = (box[0] + box[2]) / 2
    west = area.units.geometry.centroid.x < x
    bank = shapely.union_all(area.units.geometry[west].to_numpy())
    other = shapely.union_all(area.units.geometry[~west].to_numpy())
    river = shapely.intersection(shapely.boundary(bank), shapely.buffer(other, 1.0))
    frame = gpd.GeoDataFrame(
        {"name": ["River (drawn)"], "strength": [0.6]}, geometry=[shapely.line_merge(river)], crs=27700
    )
    shares = border_shares(area.units, area.edges, frame)
    assert len(shares) > 5 and (shares["share"] > 0.9).mean() > 0.8
    area = replace(area, barriers=shares.assign(cut=False))
    asked = replace(
        ASKED, accept_links=True, neighbourhoods=16, community_allowance=0.1, seconds=2, weights=Weights(barrier=2e4)
    )
    free = solve(build_problem(area, asked), replace(asked, weights=Weights()))
    kept = solve(build_problem(area, asked), asked)
    pairs = build_problem(area, asked).barriers
    assert pairs is not None and free.assignment is not None and kept.assignment is not None

    def inside(assignment: tuple[int, ...]) -> float:
        u, v = np.array(assignment)[pairs.pairs].T
        return float(pairs.km[u == v].sum())

    assert inside(kept.assignment) <= 0.5 * inside(free.assignment)

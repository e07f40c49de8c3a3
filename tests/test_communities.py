"""Communities of care: planted ones are found, each in one piece; the evidence for an edge is what was drawn."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries import demo, load_area
from boundaries.area import Area
from boundaries.demo.country import make_country
from footprints.belonging import belonging, tie
from footprints.communities import Communities, adjusted_rand, communities_of, level_agreement
from footprints.errors import PlanError
from footprints.moving import Patients
from footprints.pieces import ground_of, join_pieces, split_pieces
from optimise.contiguity import pieces_of
from tests.grids import grid_area
from tests.plans import with_practices


@pytest.fixture(scope="module")
def county() -> Area:
    return load_area("demo")


@pytest.fixture(scope="module")
def found(county: Area) -> Communities:
    return communities_of(county)


def two_towns() -> Area:
    """Six units in a row; the western three use A, the eastern three B, the two in the middle a little of both."""
    area = grid_area(["AAABBB"], msoa=["PPPQQQ"])
    u = area.codes
    return with_practices(
        area,
        {"A": (u[0], "P1", 0.0), "B": (u[5], "P2", 0.0)},
        [("A", x, 9_000) for x in u[:3]] + [("B", x, 9_000) for x in u[3:]] + [("B", u[2], 500), ("A", u[3], 1_000)],
    )


def test_planted_communities_are_recovered(county: Area, found: Communities) -> None:
    made = make_country(len(county.codes), demo.SEED, 1)[0]
    planted = dict(zip(made.gazetteer.lsoa, made.ground.locality.tolist(), strict=True))
    truth = np.array([planted[code] for code in county.codes])
    agreement = {d.scale: adjusted_rand(d.label, truth) for d in found.divisions}
    assert agreement[found.usual.scale] >= 0.9 and agreement[100_000] >= 0.9
    # Neither MSOAs nor districts say it as well.
    assert max(adjusted_rand(truth, _groups(county, key)) for key in ("msoa", "ward", "district")) < 0.9


def _groups(area: Area, key: str) -> np.ndarray:
    codes = sorted(set(area.level(key).assignment))
    return np.array([codes.index(code) for code in area.level(key).assignment])


def test_every_community_is_in_one_piece_named_and_whole(county: Area, found: Communities) -> None:
    near = ground_of(county).near
    here = float(county.registrations["patients"].sum())
    for division in found.divisions:
        assert sorted(set(division.label.tolist())) == list(range(division.number))
        for c in range(division.number):
            assert len(pieces_of(np.flatnonzero(division.label == c).tolist(), near)) == 1
        assert len(set(division.names)) == division.number and all(division.names)
        assert division.patients.sum() == pytest.approx(here)
    sizes = [float(np.median(d.patients)) for d in found.divisions]
    assert sizes == sorted(sizes)


def test_the_same_seed_gives_the_same(county: Area, found: Communities) -> None:
    again = communities_of(county)
    for one, other in zip(found.divisions, again.divisions, strict=True):
        assert one.label.tolist() == other.label.tolist() and one.names == other.names


def test_two_towns_by_hand() -> None:
    area = two_towns()
    found = communities_of(area)
    assert found.usual.label.tolist() == [0, 0, 0, 1, 1, 1]
    edges = belonging(Patients.of(area), found)
    middle = edges.ends.tolist().index([2, 3])
    # At the two largest scales both towns are one community.
    assert edges.together.tolist() == [1.0, 1.0, 0.5, 1.0, 1.0]
    # (9000, 500) and (1000, 9000): 13.5 of 9.0139 * 9.0554 million.
    assert edges.similarity[middle] == pytest.approx(13.5 / (9.013878 * 9.055385), rel=1e-6)
    assert edges.strength[0] == pytest.approx(1.0)
    assert level_agreement(area, found.usual) == {"district": 1.0, "msoa": 1.0}


def test_evidence_says_who_shares_what() -> None:
    area = two_towns()
    found = communities_of(area)
    u = area.codes
    weak = tie(Patients.of(area), u[2], u[3], found)
    assert [(p.code, p.here, p.there) for p in weak.practices] == [("A", 9_000, 1_000), ("B", 500, 9_000)]
    assert weak.patients == weak.at_shared == (9_500, 10_000)
    # min of the shares: 0.1 at A and 500 / 9,500 at B, of 10,000 residents on either side.
    assert weak.sharing == round(10_000 * (0.1 + 500 / 9_500))
    assert weak.different == ("MSOA", "district") and not weak.same and weak.km == 1.0
    told = " ".join(weak.in_words)
    assert "weakly belong together" in told and "At 2 of 4 resolutions they are in one community" in told
    assert "Surgery A (9,000 and 1,000)" in told
    strong = tie(Patients.of(area), u[1], u[0], found)
    assert strong.strength == pytest.approx(1.0) and strong.same == (("MSOA", "Place P"), ("district", "District A"))
    assert strong.here.startswith("Place P, part (Grid 0001)")
    with pytest.raises(PlanError, match="do not touch"):
        tie(Patients.of(area), u[0], u[2], found)


def test_practices_at_a_line_stand_by_share_and_the_rest_in_one_line_that_adds_up() -> None:
    """By numbers A would come first (1,000 on the side with fewer); nine more have a handful of either side each."""
    area = two_towns()
    u = area.codes
    more = [("C", u[2], 200.0), ("C", u[3], 60_000.0), ("D", u[2], 900.0), ("D", u[3], 6_000.0)]
    more += [(f"F{n}", u[i], float(n + 1)) for n in range(9) for i in (2, 3)]
    table = pd.DataFrame(more, columns=["practice", "unit", "patients"])
    flows = pd.concat([area.registrations, table], ignore_index=True)
    said = tie(Patients.of(dataclasses.replace(area, registrations=flows)), u[2], u[3])
    assert [p.code for p in said.practices[:4]] == ["D", "B", "C", "A"]
    shares = [min(p.here / said.patients[0], p.there / said.patients[1]) for p in said.practices]
    assert shares == sorted(shares, reverse=True)
    told = next(line for line in said.in_words if "on both sides" in line)
    here, there = said.at_shared
    assert f"13 practices have patients on both sides, {here:,} of the" in told
    parts = [tuple(int(n.replace(",", "")) for n in pair) for pair in re.findall(r"\(([\d,]+) and ([\d,]+)\)", told)]
    assert tuple(map(sum, zip(*parts, strict=True))) == said.at_shared == (here, there)
    assert "Surgery" in told and "other practices together (" in told and "F0" not in told


def test_an_edge_without_patients_says_so() -> None:
    area = two_towns()
    rows = area.registrations[area.registrations["unit"] != area.codes[0]]
    bare = dataclasses.replace(area, registrations=rows)
    found = communities_of(bare)
    for division in found.divisions:
        assert division.label[0] == division.label[1]  # it goes with what is beside it
    said = tie(Patients.of(bare), area.codes[0], area.codes[1], found)
    assert said.similarity == 0.0 and "practices say nothing" in said.in_words[1]


def test_an_island_is_a_community_of_its_own() -> None:
    area = grid_area(["AA.A"])
    u = area.codes
    lone = with_practices(area, {"A": (u[0], "P1", 0.0)}, [("A", x, 20_000) for x in u])
    assert communities_of(lone).usual.label.tolist() == [0, 0, 1]


def test_the_index_of_rand_by_hand() -> None:
    # Pairs kept 2, of 4 and of 2; by chance 4 * 2 / 10: (2 - 0.8) / (3 - 0.8).
    assert adjusted_rand(np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 2, 2])) == pytest.approx(1.2 / 2.2)
    assert adjusted_rand(np.array([0, 1, 2]), np.array([2, 0, 1])) == 1.0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(-1, 3), min_size=12, max_size=12), st.data())
def test_joined_pieces_are_whole_and_nothing_is_left_over(labels: list[int], data: st.DataObject) -> None:
    ground = GROUND
    label = np.array(labels)
    affinity = np.array(data.draw(st.lists(st.integers(0, 9), min_size=48, max_size=48)), dtype=float).reshape(12, 4)
    joined = join_pieces(label, ground, affinity, np.ones(12))
    groups = set(label.tolist()) - {-1}
    assert set(joined.tolist()) == (groups or {-1})
    for g in groups:
        assert len(pieces_of(np.flatnonzero(joined == g).tolist(), ground.near)) == 1
        largest = max(pieces_of(np.flatnonzero(label == g).tolist(), ground.near), key=len)
        sizes = [len(p) for p in pieces_of(np.flatnonzero(label == g).tolist(), ground.near)]
        if sizes.count(len(largest)) == 1:
            assert (joined[largest] == g).all()
    assert split_pieces(joined, ground).max() + 1 == len(groups) if groups else True


GROUND = ground_of(grid_area(["AAAA", "AAAA", "AAAA"]))

"""From tables to arrays, and what a solve costs in steps."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from boundaries.area import Area, Link
from boundaries.errors import DataError
from optimise import Criteria, CriteriaError, add_links, build_problem
from optimise.budget import TABLE, level_for, share
from tests.grids import grid_area

AREA = grid_area(["AAB", "AAB"], [1, 2, 3, 4, 5, 6], msoa=["ppq", "ppq"])


def test_units_edges_and_levels_become_arrays() -> None:
    problem = build_problem(AREA, Criteria())
    assert problem.codes == AREA.codes
    assert problem.people.tolist() == problem.residents.tolist() == [1, 2, 3, 4, 5, 6]
    assert problem.edges.tolist() == [[0, 1], [0, 3], [1, 2], [1, 4], [2, 5], [3, 4], [4, 5]]
    assert problem.edge_km.tolist() == [1.0] * 7
    assert problem.xy_km[0].tolist() == [600.5, 799.5]
    assert problem.levels["district"].group.tolist() == [0, 0, 1, 0, 0, 1]
    assert problem.levels["district"].names == ("District A", "District B")
    assert problem.names[0] == "Place p, part (Grid 0000)"
    assert problem.pcn_flow.shape == (6, 0)


def with_practices(area: Area) -> Area:
    practices = pd.DataFrame(
        {"pcn": ["U2", "U1", ""], "pcn_name": ["Mill PCN", "", ""]}, index=pd.Index(["P1", "P2", "P3"], name="code")
    )
    rows = [("P1", 0, 5.5), ("P1", 1, 2.0), ("P2", 0, 1.0), ("P3", 0, 9.0), ("P1", 0, 1.0)]
    registrations = pd.DataFrame([(p, area.codes[u], n) for p, u, n in rows], columns=["practice", "unit", "patients"])
    return replace(area, practices=practices, registrations=registrations)


def test_patients_are_summed_by_pcn() -> None:
    problem = build_problem(with_practices(AREA), Criteria())
    assert problem.pcns == ("U1", "Mill PCN (U2)")
    assert problem.pcn_flow[0].tolist() == [1.0, 6.5]
    assert problem.pcn_flow[1].tolist() == [0.0, 2.0]
    assert problem.pcn_flow[2:].sum() == 0


def test_counting_registered_patients_needs_them() -> None:
    with pytest.raises(CriteriaError, match="6 of 6 LSOAs in Gridshire have no count"):
        build_problem(AREA, Criteria(count="registered"))
    units = AREA.units.assign(registered=[1.4, 2.6, 3.0, 4.0, 5.0, 6.0])
    problem = build_problem(replace(AREA, units=units), Criteria(count="registered"))
    assert problem.people.tolist() == [1, 3, 3, 4, 5, 6]
    assert problem.residents.tolist() == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("field", ["within", "penalise", "keep_whole"])
def test_a_level_that_is_not_loaded_is_named(field: str) -> None:
    criteria = Criteria(**{"within": ()} | {field: ("parish",)})  # type: ignore[arg-type]
    with pytest.raises(DataError, match="no level “parish”"):
        build_problem(AREA, criteria)


def test_the_usual_community_may_be_missing_but_not_one_that_was_asked_for() -> None:
    bare = grid_area(["AAB"], 10_000)
    assert "msoa" not in build_problem(bare, Criteria()).levels
    with pytest.raises(DataError, match="no level “parish”"):
        build_problem(bare, Criteria(community="parish"))


def test_links_become_edges_only_when_accepted() -> None:
    area = grid_area(["AA.A"], 10_000)
    link = Link(area.codes[2], area.codes[1], "ferry", distance_m=1_000.0)
    area = replace(area, proposed_links=(link,))
    problem = build_problem(area, Criteria())
    assert problem.edges.tolist() == [[0, 1]]
    assert problem.proposed_links == ((2, 1, "ferry", 1.0, "a ferry from Grid 0003 to Grid 0001, 1.0 km apart"),)
    accepted = build_problem(area, Criteria(accept_links=True))
    assert accepted.edges.tolist() == [[0, 1], [1, 2]]
    assert accepted.edge_kind == ("border", "ferry")
    assert accepted.edge_km.tolist() == [1.0, 0.0]
    again = add_links(accepted, [(1, 0, "bridge"), (1, 2, "bridge")])
    assert again.edge_kind == accepted.edge_kind
    assert np.array_equal(again.edges, accepted.edges)


def test_seconds_pick_steps_from_a_table() -> None:
    assert [level_for(s).seconds for s in (1, 4, 5, 14, 15, 60, 179, 180, 3_600)] == [4, 4, 5, 5, 15, 60, 60, 180, 600]
    assert all(a.restarts * a.rounds < b.restarts * b.rounds for a, b in itertools.pairwise(TABLE))
    assert share(60, [100, 50]) == share(60, [100, 50])
    assert share(60, [5_000])[0].search.restarts < share(60, [500])[0].search.restarts
    assert share(60, []) == ()
    assert share(5, [1])[0].first_restarts < share(5, [1])[0].search.restarts

"""Today's arrangement as a plan: the rules by hand, and what holds for any registrations."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries import load_area
from boundaries.area import Area
from boundaries.errors import DataError
from footprints.baselines import KINDS, baseline, majority
from footprints.check import check
from footprints.cli import cli
from footprints.errors import PlanError
from footprints.exchange import read_plan
from footprints.flows import flows_of
from footprints.plan import Plan
from footprints.standing import standings
from tests.grids import grid_area
from tests.plans import with_practices


def row() -> Area:
    """Seven units in a row: P1, P1, P2, P1 (a piece), P2, nobody, P2; MSOAs of two, two and three."""
    area = grid_area(["AAAAAAA"], msoa=["PPQQRRR"])
    u = area.codes
    return with_practices(
        area,
        {"A": (u[0], "P1", 0.0), "B": (u[4], "P2", 0.0), "C": ("", "", 0.0)},
        [
            ("A", u[0], 900), ("A", u[1], 500), ("B", u[1], 400), ("A", u[2], 300), ("B", u[2], 500),
            ("A", u[3], 500), ("B", u[3], 450), ("C", u[3], 800), ("B", u[4], 900), ("C", u[5], 100), ("B", u[6], 700),
        ],
    )  # fmt: skip


def drawn_as(area: Area, plan: Plan) -> str:
    """The plan as letters in the order of the units."""
    where, seen = plan.where(), list(dict.fromkeys(plan.where().values()))
    return "".join("-" if u not in where else "abcdefg"[seen.index(where[u])] for u in area.codes)


def test_majority_of_patients_in_a_pcn_decides() -> None:
    area = row()
    plan = baseline(area, "pcn")
    # The fourth unit has most patients in no PCN, who do not vote; the sixth has none in any.
    assert drawn_as(area, plan) == "aabab-b"
    assert plan.name == "Today: majority PCN" and [n.name for n in plan.neighbourhoods] == ["P1", "P2"]
    assert [s.pieces for s in standings(plan, area)] == [2, 3]
    told = " ".join(f.message for f in check(plan, area).criteria)
    assert "1 LSOA with 10,000 people has no neighbourhood" in told and "GRID-02 is in 3 pieces" in told


def test_pieces_go_to_the_neighbour_with_most_of_their_patients() -> None:
    area = row()
    plan = baseline(area, "pcn-contiguous")
    # The lightest first: the sixth unit joins P2, which lies on both sides of it; the third, cut off from P2, joins P1.
    assert all(s.pieces == 1 for s in standings(plan, area)) and "-" not in drawn_as(area, plan)
    assert drawn_as(area, plan) == "aaaabbb"


def test_whole_msoas_go_to_the_pcn_with_most_of_their_patients() -> None:
    area = row()
    # Q: 800 in P1 and 950 in P2.
    assert drawn_as(area, baseline(area, "pcn-msoa")) == "aabbbbb"
    by_msoa = baseline(area, "msoa")
    assert drawn_as(area, by_msoa) == "aabbccc"
    assert [n.name for n in by_msoa.neighbourhoods] == ["Place P", "Place Q", "Place R"]


def test_names_of_pcns_are_spoken_and_told_apart() -> None:
    area = row()
    area.practices["pcn_name"] = ["ST NEOTS PCN", "ST NEOTS PCN", ""]
    assert [n.name for n in baseline(area, "pcn").neighbourhoods] == ["St Neots PCN (P1)", "St Neots PCN (P2)"]
    area.practices["pcn_name"] = ["ISLE OF ELY PCN", "Fenland North", ""]
    assert [n.name for n in baseline(area, "pcn").neighbourhoods] == ["Isle of Ely PCN", "Fenland North"]


def test_what_is_missing_is_said() -> None:
    with pytest.raises(PlanError, match="no baseline “gp”"):
        baseline(row(), "gp")
    with pytest.raises(DataError, match="No patients registered by practice"):
        baseline(grid_area(["AA"]), "pcn")
    with pytest.raises(DataError, match="no level “ward”"):
        baseline(row(), "ward")
    loose = row()
    loose.practices["pcn"] = ""
    with pytest.raises(DataError, match="No PCN is known"):
        baseline(loose, "pcn")


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 300), min_size=27, max_size=27))
def test_no_unit_could_have_more_of_its_patients_elsewhere(people: list[int]) -> None:
    area = GRID
    rows = [(p, u, n) for (p, u), n in zip(((p, u) for p in "ABC" for u in area.codes), people, strict=True) if n]
    if not rows:
        return
    area = with_practices(area, {p: ("", f"U{p}", 0.0) for p in "ABC"}, rows)
    label, table, codes = majority(flows_of(area))
    for u in range(9):
        assert (label[u] < 0) == (table[u].sum() == 0)
        assert label[u] < 0 or table[u, label[u]] == table[u].max()
    assert table.sum() == sum(n for _, _, n in rows) and codes == tuple(sorted(codes))
    plan = baseline(area, "pcn-contiguous")
    assert len(plan.assignment) == 9 and all(s.pieces == 1 for s in standings(plan, area))


GRID = grid_area(["AAA", "AAA", "AAA"])


def test_the_command_line_writes_a_plan_and_says_what_it_does_not_meet(tmp_path: Path) -> None:
    out = tmp_path / "today"
    command = ["baseline", "--source", "demo", "--kind", "pcn-contiguous", "--out", str(out), "--max", "50000"]
    shown = CliRunner().invoke(cli, command, prog_name="footprints", catch_exceptions=False)
    assert shown.exit_code == 0
    assert "Today: majority PCN, each in one piece" in shown.output and "It does not meet" in shown.output
    area = load_area("demo")
    plan = read_plan(out, area)
    assert plan.criteria.maximum == 50_000 and len(plan.assignment) == 500
    assert all(s.pieces == 1 for s in standings(plan, area))


@pytest.mark.places
@pytest.mark.parametrize("kind", [k.key for k in KINDS])
def test_every_baseline_of_a_real_place(kind: str, cornwall: Path) -> None:
    area = load_area(cornwall)
    plan = baseline(area, kind)
    assert len(plan.assignment) == 337
    assert len({n.name for n in plan.neighbourhoods}) == len(plan.neighbourhoods)
    if kind == "pcn":
        # Agrees with a count made by hand, row by row.
        pcn = area.practices["pcn"].astype("str")
        flow = area.registrations.assign(pcn=area.registrations["practice"].map(pcn).fillna(""))
        best = flow[flow["pcn"] != ""].groupby(["unit", "pcn"])["patients"].sum().reset_index()
        best = best.sort_values(["unit", "patients", "pcn"], ascending=[True, False, True]).drop_duplicates("unit")
        where = plan.where()
        pairs = pd.crosstab(best["pcn"].to_numpy(), best["unit"].map(where).to_numpy())
        assert ((pairs > 0).sum(axis=0) == 1).all() and ((pairs > 0).sum(axis=1) == 1).all()
        assert len(plan.neighbourhoods) == 16 and np.isclose(pairs.to_numpy().sum(), 337)

"""Patient flows: formulas against examples worked by hand, and people that are never lost."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from boundaries import load_area
from boundaries.area import Area
from boundaries.errors import DataError
from boundaries.receipts import Check
from footprints.flows import (
    Flows,
    apportion,
    conductance,
    cosine,
    coupling,
    effective,
    exchange,
    flows_of,
    kept,
    kept_lists,
    list_side,
    mean_effective,
    nearest,
    reconcile,
    resident_side,
    shared,
)
from footprints.metrics import score
from footprints.metrics.scene import Scene
from tests.grids import grid_area
from tests.plans import drawn, with_practices

# Areas are tables, and tables are slow to make: 0.1 s each on a busy machine.
SLOW = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
U = ("E01900001", "E01900002", "E01900003", "E01900004")


def registered() -> Area:
    """Four units in a row. A is sited in the first, B in the third, C outside; 10 of A's patients live in Wales."""
    area = with_practices(
        grid_area(["AAAA"]),
        {"A": (U[0], "P1", 110.0), "B": (U[2], "P2", 100.0), "C": ("", "", 50.0)},
        [("A", U[0], 60), ("A", U[1], 30), ("A", U[2], 10), ("B", U[1], 40), ("B", U[2], 60), ("C", U[3], 30)],
    )
    away = pd.DataFrame(
        [("A", "wales", 10.0), ("C", "england_outside", 18.0), ("C", "closed", 2.0)],
        columns=["practice", "category", "patients"],
    )
    return dataclasses.replace(area, registrations_elsewhere=away)


GRID = grid_area(["AAA", "BBB"])


@st.composite
def flowing(draw: st.DrawFn) -> tuple[Area, Flows]:
    """A grid with any registrations, whole or not, and people elsewhere; some practices outside, some not shown."""
    area = GRID
    number = draw(st.integers(1, 5))
    codes = [f"X{i:05d}" for i in range(number)]
    people = st.integers(0, 400).map(float) | st.floats(0, 50, allow_nan=False, width=16)
    rows = [(p, u, draw(people)) for p in codes for u in area.codes if draw(st.booleans())] or [(codes[0], U[0], 1.0)]
    away = [(p, c, draw(people)) for p in codes for c in ("wales", "unknown", "closed") if draw(st.booleans())]
    lists = {p: sum(n for q, _, n in rows if q == p) + sum(n for q, _, n in away if q == p) for p in codes}
    known = codes[: draw(st.integers(0, number))]
    sites = {p: draw(st.sampled_from(["", *area.codes])) for p in known}
    made = with_practices(area, {p: (sites[p], draw(st.sampled_from(["", "P1", "P2"])), lists[p]) for p in known}, rows)
    elsewhere = pd.DataFrame(away, columns=["practice", "category", "patients"]).astype({"patients": "float64"})
    made = dataclasses.replace(made, registrations_elsewhere=elsewhere)
    return made, flows_of(made)


def test_the_matrix_holds_every_patient_once() -> None:
    flows = flows_of(registered())
    assert flows.practices == ("A", "B", "C")
    assert flows.living_here.tolist() == [60, 70, 70, 30]
    assert flows.from_here.tolist() == [100, 100, 30]
    assert flows.lists.tolist() == [110, 100, 50]
    assert flows.site.tolist() == [0, 2, -1]
    assert flows.by_group(np.array([0, 0, 1, -1]), 2).tolist() == [[90, 10, 0], [40, 60, 0], [0, 0, 30]]
    table, networks = flows.by_network()
    assert networks == ("", "P1", "P2") and table[1].tolist() == [0, 30, 40]


def test_likeness_by_hand() -> None:
    flows = flows_of(registered())
    pairs = np.array([[0, 1], [1, 2], [2, 3], [0, 0]])
    # (60, 0), (30, 40), (10, 60) in A and B: 1800 / (60 * 50); 2700 / (50 * 10 sqrt 37); nothing shared; itself.
    assert cosine(flows, pairs).tolist() == pytest.approx([0.6, 2700 / (50 * 10 * math.sqrt(37)), 0.0, 1.0])
    units, likeness = nearest(flows, 2)
    assert units.tolist() == [[1, 2], [2, 0], [1, 0], [-1, -1]]
    assert likeness[1].tolist() == pytest.approx([2700 / (500 * math.sqrt(37)), 0.6])


def test_shared_lists_by_hand() -> None:
    found = shared(flows_of(registered()))
    table = {(int(u), int(v)): float(w) for u, v, w in zip(found.u, found.v, found.patients, strict=True)}
    # Unit 1 has 30 of the 100 on A and 40 of the 100 on B.
    assert table == pytest.approx(
        {(0, 0): 36, (0, 1): 18, (0, 2): 6, (1, 1): 9 + 16, (1, 2): 3 + 24, (2, 2): 1 + 36, (3, 3): 30}
    )


def test_containment_by_hand() -> None:
    flows = flows_of(registered())
    label = np.array([0, 0, 1, 1])
    e = exchange(flows, label, label[flows.site] * (flows.site >= 0) - (flows.site < 0), 2)
    assert e.between.tolist() == [[90, 40, 0], [10, 60, 30], [0, 0, 0]]
    assert e.lists.tolist() == [110, 100, 50]
    assert resident_side(e).tolist() == pytest.approx([90 / 130, 60 / 100])
    assert list_side(e).tolist() == pytest.approx([90 / 110, 60 / 100])
    assert kept(e) == pytest.approx(150 / 230)
    assert coupling(e).tolist() == pytest.approx([90 / 150, 60 / 140])
    # cut 60 and 80; volumes 240 and 200 of 520.
    assert conductance(e).tolist() == pytest.approx([60 / 240, 80 / 200])
    # A: shares 0.9 and 0.1; B: 0.4 and 0.6; C: all in one.
    spread = effective(flows.by_group(label, 2))
    assert spread.tolist() == pytest.approx([1 / (0.81 + 0.01), 1 / (0.16 + 0.36), 1.0])
    assert math.isnan(effective(np.array([[0.0, 0.0, 7.0]]))[0])
    # A is sited in the first, B in the second, C in neither; each weighs by its patients: 100, 100 and 30.
    own, everyone = mean_effective(flows.by_group(label, 2), np.array([0, 1, -1]))
    assert own.tolist() == pytest.approx([1 / 0.82, 1 / 0.52])
    assert everyone == pytest.approx((100 / 0.82 + 100 / 0.52 + 30) / 230)
    assert kept_lists(e) == pytest.approx(150 / 210)


def test_the_scorecard_and_the_flows_agree() -> None:
    area = registered()
    plan = drawn(area, ["ppqq"])
    scene, flows = Scene(plan, area), flows_of(area)
    of_practice = np.where(flows.site >= 0, scene.label[flows.site], -1)
    e = exchange(flows, scene.label, of_practice, scene.k)
    assert e.between.tolist() == scene.exchange.between.tolist() and e.lists.tolist() == scene.exchange.lists.tolist()
    card = score(plan, area)
    own, everyone = mean_effective(flows.by_group(scene.label, scene.k), of_practice)
    for key, values in {
        "resident_side_containment": resident_side(e), "list_side_containment": list_side(e),
        "coupling_ratio": coupling(e), "conductance": conductance(e), "effective_neighbourhoods": own,
    }.items():  # fmt: skip
        assert card.neighbourhoods[key].tolist() == pytest.approx(values.tolist())
    assert card.plan["resident_side_containment"] == pytest.approx(kept(e))
    assert card.plan["list_side_containment"] == pytest.approx(kept_lists(e))
    assert card.plan["effective_neighbourhoods"] == pytest.approx(everyone)


def test_lines_add_up_and_say_who_is_who() -> None:
    found = reconcile(registered())
    told = [(line.key, line.practices, line.patients) for line in found.lines if line.patients]
    assert told == [
        ("sited_here", 2, 200), ("sited_outside", 1, 30), ("england_outside", 1, 18), ("wales", 1, 10), ("closed", 1, 2)
    ]  # fmt: skip
    assert found.total == 260 and found.agrees is None
    assert {line.key: line.patients for line in found.of_which} == {"closed_practice": 0, "no_pcn": 50}


def test_lists_that_do_not_add_up_are_told() -> None:
    area = registered()
    practices = area.practices.copy()
    practices.loc["B", "list_size"] = 103.0
    with pytest.raises(DataError, match="B: 100 by LSOA, list of 103"):
        reconcile(dataclasses.replace(area, practices=practices))
    differs = Check("patients_total", "", "warn", "1 practice differs: B.")
    told = reconcile(dataclasses.replace(area, checks=(differs,)))
    assert told.agrees is False and told.official == "1 practice differs: B."


def test_without_a_patient_list_it_says_which_file() -> None:
    with pytest.raises(DataError, match="No patients registered by practice") as error:
        flows_of(grid_area(["AA"]))
    assert "gp-reg-pat-prac-lsoa-all.csv" in error.value.mend


@given(st.lists(st.floats(0, 1e4, allow_nan=False).map(lambda v: round(v, 3)), max_size=30))
def test_apportioned_people_are_whole_near_and_as_many(values: list[float]) -> None:
    given_ = np.array(values, dtype=np.float64)
    whole = apportion(given_)
    assert abs(int(whole.sum()) - given_.sum()) <= 0.5 + 1e-6
    assert (np.abs(whole - given_) < 1).all() and (whole[given_ == 0] == 0).all()


@SLOW
@given(flowing(), st.lists(st.integers(-1, 2), min_size=6, max_size=6), st.data())
def test_no_person_is_lost_or_made(made: tuple[Area, Flows], labels: list[int], data: st.DataObject) -> None:
    area, flows = made
    label = np.array(labels)
    here = float(area.registrations["patients"].sum())
    everyone = here + float(area.registrations_elsewhere["patients"].sum())
    of_practice = np.array([data.draw(st.integers(-1, 2)) for _ in flows.practices])
    e = exchange(flows, label, of_practice, 3)
    assert e.between.sum() == pytest.approx(here) and e.lists.sum() == pytest.approx(everyone)
    assert (e.lists - e.between.sum(axis=0) >= -1e-9).all()
    assert flows.by_group(label, 3).sum(axis=1) == pytest.approx(flows.from_here)
    assert flows.by_network()[0].sum(axis=1) == pytest.approx(flows.living_here)
    for share in (resident_side(e), list_side(e), coupling(e), conductance(e)):
        known = share[np.isfinite(share)]
        assert ((known >= 0) & (known <= 1 + 1e-12)).all()
    own, mean = mean_effective(flows.by_group(label, 3), of_practice)
    for number in [*own[np.isfinite(own)].tolist(), *([mean] if np.isfinite(mean) else [])]:
        assert 1 - 1e-9 <= number <= 3 + 1e-9
    found = reconcile(area, flows)
    assert sum(line.patients for line in found.lines) == found.total
    assert abs(found.total - everyone) <= 0.5 + 1e-6


@SLOW
@given(flowing())
def test_the_flow_graph_keeps_the_people_of_every_unit(made: tuple[Area, Flows]) -> None:
    _, flows = made
    found, n = shared(flows), len(flows.units)
    table = np.zeros((n, n))
    table[found.u, found.v] = found.patients
    table = table + table.T - np.diag(table.diagonal())
    assert table.sum(axis=1) == pytest.approx(flows.living_here)
    pairs = np.array([(u, v) for u in range(n) for v in range(n)])
    likeness = cosine(flows, pairs).reshape(n, n)
    assert likeness == pytest.approx(likeness.T) and ((likeness >= 0) & (likeness <= 1)).all()
    assert (likeness.diagonal()[flows.living_here > 0] == pytest.approx(1.0)) if (flows.living_here > 0).any() else True
    units, best = nearest(flows, 3)
    for u in range(n):
        others = sorted((round(likeness[u, v], 9) for v in range(n) if v != u and likeness[u, v] > 0), reverse=True)[:3]
        assert [round(b, 9) for b in best[u][units[u] >= 0]] == others


@pytest.mark.places
@pytest.mark.parametrize("place", ["cambridgeshire", "cornwall", "london"])
def test_real_places_reconcile_to_the_person(place: str, request: pytest.FixtureRequest) -> None:
    folder = request.getfixturevalue(place)
    area = load_area(folder)
    flows = flows_of(area)
    found = reconcile(area, flows)
    # The folder was cut from the national file: of practices that it takes for outside it holds only those living here.
    totals = pd.read_csv(folder / "derived" / "gp-reg-pat-prac-all.csv").set_index("CODE")["NUMBER_OF_PATIENTS"]
    inside = (flows.site >= 0) & (flows.lists > flows.from_here)
    assert inside.sum() > 40
    said = totals.loc[[code for code, here in zip(flows.practices, inside, strict=True) if here]]
    assert flows.lists[inside] == pytest.approx(said.to_numpy(dtype=float), abs=1e-6)
    assert sum(line.patients for line in found.lines) == found.total == round(float(flows.lists.sum()))
    assert found.agrees is None and "gp-reg-pat-prac-all.csv" in found.official


def test_the_demo_county_reconciles_to_the_official_totals() -> None:
    found = reconcile(load_area("demo"))
    assert found.agrees is True and f"({found.total:,} patients)" in found.official
    assert {line.key for line in found.lines if line.patients} >= {"closed", "unknown", "wales", "england_outside"}
    assert next(line for line in found.of_which if line.key == "closed_practice").practices == 1

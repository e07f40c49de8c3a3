"""Audiences: an attack on the files for the public, which knows the rule, every list and every file, finds no count."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import json
from pathlib import Path

import highspy
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints import edit
from footprints.disclosure import NOT_SHOWN, PARTNERS, Audience, audience, pieces, protect, shown_to
from footprints.disclosure.told import left_out, told
from footprints.errors import PlanError
from footprints.exchange import export, plan_files, read_plan
from footprints.plan import Plan
from footprints.report import Asked, Document, paper
from footprints.report.parts import Table
from optimise.criteria import Criteria, Weights
from tests.grids import grid_area
from tests.plans import drawn, with_practices

PUBLIC = audience("public")
A = ["ppqq", "ppqq"]
B = ["pppq", "ppqq"]  # one LSOA more in p
FLOWS = [  # practice, unit 1 to 8, patients
    ("X00001", 1, 900), ("X00001", 2, 640), ("X00001", 3, 5), ("X00001", 4, 31), ("X00001", 7, 2), ("X00001", 8, 14),
    ("X00002", 3, 700), ("X00002", 4, 810), ("X00002", 8, 420), ("X00002", 1, 3), ("X00002", 6, 4),
    ("X00003", 5, 1200), ("X00003", 3, 6), ("X00003", 6, 77), ("X00003", 4, 1),
    ("X00004", 7, 6),
]  # fmt: skip
ELSEWHERE = [("X00001", "unknown", 4.0), ("X00001", "england_outside", 55.0), ("X00002", "wales", 2.0),
             ("X00003", "unknown", 12.0)]  # fmt: skip


@pytest.fixture
def area() -> Area:
    return peopled(FLOWS, ELSEWHERE)


def peopled(flows: list[tuple[str, int, int]], elsewhere: list[tuple[str, str, float]]) -> Area:
    plain = grid_area(["AABB", "AABB"])
    lists: dict[str, float] = {}
    for code, _, n in [*flows, *elsewhere]:
        lists[code] = lists.get(code, 0.0) + n
    made = with_practices(
        plain,
        {code: (plain.codes[2 * i], f"U0000{i % 2}", n) for i, (code, n) in enumerate(sorted(lists.items()))},
        [(code, plain.codes[u - 1], float(n)) for code, u, n in flows],
    )
    away = pd.DataFrame(elsewhere, columns=["practice", "category", "patients"])
    return dataclasses.replace(made, registrations_elsewhere=away)


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def cells_in(files: dict[str, bytes]) -> dict[tuple[str, str], int]:
    """(practice, neighbourhood) -> patients, as they stand in the files."""
    found = rows(files["practice_neighbourhood.csv"])
    return {(r["practice_code"], r["neighbourhood_code"] or r["lives"]): int(r["patients"]) for r in found}


def differences(a: dict[str, bytes], b: dict[str, bytes], area: Area, plans: tuple[Plan, Plan]) -> set[tuple[int, int]]:
    """(what subtraction gives, what is true) wherever the table of one plan less that of the other isolates people."""
    one, two = cells_in(a), cells_in(b)
    true = {(r.practice, r.unit): r.patients for r in area.registrations.itertuples()}
    found = set()
    for practice in sorted({key[0] for key in [*one, *two]}):
        for c, d in itertools.product(plans[0].codes, plans[1].codes):
            big, small = set(plans[0].units_of(c)), set(plans[1].units_of(d))
            for sign, apart in ((1, big - small), (-1, small - big)):
                if apart and len(big ^ small) == len(apart):
                    gives = sign * (one.get((practice, c), 0) - two.get((practice, d), 0))
                    found.add((gives, int(sum(true.get((practice, u), 0) for u in apart))))
    return found


def test_subtracting_two_plans_finds_small_counts_for_partners_and_none_for_the_public(area: Area) -> None:
    plans = drawn(area, A), drawn(area, B)
    exact = [plan_files(p, area) for p in plans]
    assert (5, 5) in differences(*exact, area, plans)  # the attack works where counts are exact
    assert all(gives == true for gives, true in differences(*exact, area, plans))
    public = [plan_files(p, area, audience=PUBLIC, together=plans) for p in plans]
    told = differences(*public, area, plans)
    assert {gives for gives, true in told if true < 8} == {0}
    assert all(gives % 5 == 0 and (gives == 0 or gives >= 8) for gives, _ in told)
    # Made alone, each of the two is rounded for itself, and the set is what makes the difference.
    alone = [plan_files(p, area, audience=PUBLIC) for p in plans]
    assert differences(*alone, area, plans) != told


def test_a_total_less_its_rows_finds_no_small_count(area: Area) -> None:
    plan = drawn(area, A)
    files = plan_files(plan, area, audience=PUBLIC)
    small = {int(n) for code, _, n in FLOWS if n < 8}
    for row in rows(files["practice_lookup.csv"]):
        own = [r for r in rows(files["practice_neighbourhood.csv"]) if r["practice_code"] == row["practice_code"]]
        assert sum(int(r["patients"]) for r in own) == int(row["patients"])
        line = [int(r["patients"]) for r in own if r["lives"] == NOT_SHOWN]
        assert all(abs(n) % 5 == 0 for n in line)
        assert int(row[NOT_SHOWN]) == sum(line)
    told = {int(r["patients"]) for r in rows(files["practice_neighbourhood.csv"]) if r["lives"] != NOT_SHOWN}
    assert not told & small
    assert min(told) >= 8


def test_every_file_for_the_public_is_worked_out_from_the_same_cells(area: Area, tmp_path: Path) -> None:
    plans = drawn(area, A), drawn(area, B, name="Second")
    export(plans, area, tmp_path / "set", audience=PUBLIC)
    lines = set()
    for plan, folder in zip(plans, ("proposal", "second"), strict=True):
        files = {path.name: path.read_bytes() for path in (tmp_path / "set" / folder).iterdir()}
        cells = cells_in(files)
        people = {r["neighbourhood_code"] or r["neighbourhood_name"]: r for r in rows(files["populations.csv"])}
        features = json.loads(files["neighbourhoods.geojson"])["features"]
        metrics = {(r["neighbourhood_code"], r["metric"]): r["value"] for r in rows(files["metrics.csv"])}
        for feature in features:
            code = feature["id"]
            here = sum(n for (_, where), n in cells.items() if where == code)
            assert here % 5 == 0
            assert int(people[code]["registered_patients_living_here"]) == here
            assert feature["properties"]["registered_residents"] == here
            assert metrics[code, "registered_residents"] == str(here)
            assert feature["properties"]["audience"] == "public"
            assert feature["properties"]["mark"] == "DRAFT"
        lines.add(tuple(people[NOT_SHOWN]["registered_patients_living_here"] for _ in "1" if NOT_SHOWN in people))
        assert b"sharing_practices_divided" not in files["metrics.csv"]
        assert all(r["audience"] == "public" for r in rows(files["lsoa_lookup.csv"]))
        assert "exported together" in files["README.txt"].decode().replace("\n", " ")
        assert read_plan(tmp_path / "set" / folder, area) == plan
    assert len(lines) == 1  # the same line under every plan of the set
    about = json.loads((tmp_path / "set" / "manifest.json").read_text(encoding="utf-8"))
    assert about["counts_of_patients"] == {"in_words": PUBLIC.in_words, "rounded_to": 5, "threshold": 8}
    assert set(about["files"]) >= {"proposal/plan.json", "second/plan.json"}


def test_residents_stay_exact_and_nothing_public_hangs_on_single_areas(area: Area) -> None:
    weighty = Criteria(weights=Weights(ties=0.1, practice=0.1))
    plan = drawn(area, A, weighty)
    exact, public = plan_files(plan, area), plan_files(plan, area, audience=PUBLIC)
    keep = ("resident_population", "mean_km_to_centre", "area_km2", "term_travel")
    a, b = (
        {(r["neighbourhood_code"], r["metric"]): r["value"] for r in rows(f["metrics.csv"])} for f in (exact, public)
    )
    assert any(key[1] == "term_ties" for key in a)
    assert not any(key[1] in ("term_ties", "term_practice") for key in b)
    for key, value in a.items():
        if key[1] in keep:
            assert b[key] == value
    assert left_out(area, PUBLIC)
    assert left_out(area, PARTNERS) == ()
    assert set(told(plan, area, PARTNERS).plan) > set(told(plan, shown_to(PUBLIC, [plan], area).area, PUBLIC).plan)


def test_partners_are_told_everything_and_every_table_says_so(area: Area) -> None:
    files = plan_files(drawn(area, A), area)
    assert cells_in(files)["X00001", "unknown"] == 4
    for name in files:
        if name.endswith(".csv") and name not in ("links.csv", "changes.csv"):
            assert {r["audience"] for r in rows(files[name])} <= {"for partners, not for publication"}
    assert b"not for publication" in files["map.html"]
    assert b"DRAFT" in files["map.html"]
    assert files["README.txt"].startswith(b"Proposal, Gridshire\n")
    agreed = plan_files(drawn(area, A), area, status="agreed")
    assert b"DRAFT" not in agreed["map.html"]
    assert b'class="mark"' not in agreed["map.html"]


def test_a_public_range_on_registered_patients_is_judged_without_their_number(area: Area) -> None:
    asked = Criteria(count="registered", target=4_000, minimum=2_100, maximum=6_000, comfortable=(3_000, 5_000))
    plan = drawn(area, A, asked)
    exact, public = plan_files(plan, area), plan_files(plan, area, audience=PUBLIC)
    said = json.loads(exact["neighbourhoods.geojson"])["does_not_meet"]
    assert any("2,0" in words or "1,9" in words for words in said)
    for words in json.loads(public["neighbourhoods.geojson"])["does_not_meet"]:
        assert not any(sign.isdigit() for sign in words)


def test_communities_found_in_patients_are_no_term_for_the_public(area: Area) -> None:
    plan = drawn(area, A, Criteria(community="communities", within=()))
    files = {kind: plan_files(plan, area, audience=kind) for kind in (PARTNERS, PUBLIC)}
    told = {kind: {row["metric"] for row in rows(own["metrics.csv"])} for kind, own in files.items()}
    assert "term_community" in told[PARTNERS] and "term_community" not in told[PUBLIC]
    assert {"term_travel", "term_deviation"} <= told[PUBLIC]


@pytest.mark.parametrize(("least", "base"), [(8, 17), (1, 5), (8, 0), (5000, 5)])
def test_thresholds_that_cannot_be_meant_are_refused(least: int, base: int) -> None:
    with pytest.raises(PlanError, match=r"cannot be"):
        audience("public", least, base)
    with pytest.raises(PlanError, match="no audience"):
        audience("press")


def test_pieces_are_what_no_plan_divides(area: Area) -> None:
    one, two = drawn(area, A), drawn(area, B)
    number, first = pieces([one, two], area)
    assert len(first) == 3
    assert [area.codes[i] for i in first] == ["E01900001", "E01900003", "E01900004"]
    assert (number == pieces([two, one], area)[0]).all()
    assert len(pieces([edit.move(one, area, ["E01900003"], "")], area)[1]) == 3


def known_range(
    lists: np.ndarray,
    value: np.ndarray,
    withheld: np.ndarray,
    q: int,
    total: int | None,
    asked: Audience,
    at: tuple[int, int],
) -> tuple[float, float]:
    """The least and most that one cell can be for who knows all lists and all that is told: two linear programmes."""
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    x = {}
    for p, c in np.ndindex(*value.shape):
        v = int(value[p, c])
        if v:
            low, high = max(v - asked.base // 2, asked.threshold), v + (asked.base - 1) // 2
        else:
            free = withheld[p] or (np.isinf(lists[p]) and c >= q)
            low, high = 0, (highspy.kHighsInf if free else asked.threshold - 1)
        x[p, c] = solver.addVariable(low, high)
    for p in range(len(value)):
        if np.isfinite(lists[p]):
            solver.addConstr(sum(x[p, c] for c in range(value.shape[1])) == float(lists[p]))
    if total is not None:
        inside = sum(x[p, c] for p in range(len(value)) for c in range(q))
        solver.addConstr(inside >= total - asked.base // 2)
        solver.addConstr(inside <= total + (asked.base - 1) // 2)
    ends = []
    for verb in (solver.minimize, solver.maximize):
        verb(x[at])
        if solver.getModelStatus() == highspy.HighsModelStatus.kUnbounded:
            ends.append(float("inf"))
            continue
        assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, solver.getModelStatus()
        ends.append(solver.getInfo().objective_function_value)
    return ends[0], ends[1]


COUNTS = st.sampled_from([0, 0, 0, 1, 2, 3, 5, 7, 8, 9, 12, 13, 40, 997, 1003])


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, Audience]:
    p, q, c = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(1, 2))
    flat = draw(st.lists(COUNTS, min_size=p * (q + c), max_size=p * (q + c)))
    cells = np.array(flat, dtype=np.float64).reshape(p, q + c)
    named = np.array(draw(st.lists(st.booleans(), min_size=p, max_size=p)))
    asked = Audience("public", *draw(st.sampled_from([(8, 5), (8, 1), (5, 5), (8, 10), (3, 3)])))
    return cells[:, :q], cells[:, q:], named, asked


@settings(max_examples=120, deadline=None)
@given(tables())
def test_no_linear_attack_tells_a_small_count_from_none(
    made: tuple[np.ndarray, np.ndarray, np.ndarray, Audience],
) -> None:
    inside, outside, named, asked = made
    cells, q = np.column_stack([inside, outside]), inside.shape[1]
    lists = cells.sum(axis=1)
    safe = protect(inside, outside, lists, named, asked)
    value = np.column_stack([safe.inside, safe.outside])
    assert (value[cells < asked.threshold] == 0).all()
    shown = value > 0
    assert (np.abs(value - cells)[shown] <= asked.base / 2).all()
    assert (value[shown] % asked.base == 0).all()
    # Of practices that are not in the files nothing is told; an attacker may know their lists from elsewhere, not here.
    known = np.where(safe.lists > 0, lists, np.inf)
    for p, c in np.argwhere((cells > 0) & (cells < asked.threshold)).tolist():
        low, high = known_range(known, value, safe.withheld, q, safe.total, asked, (p, c))
        assert low <= 1e-6, (low, high)
        assert high >= asked.threshold - 1 - 1e-6, (low, high)


# ---------------------------------------------------------------- the board paper


def figures(made: Document, title: str, column: str) -> dict[str, int]:
    """Label of a row -> its number in a column of a table of the paper."""
    (own,) = [b for b in made.blocks if isinstance(b, Table) and b.title.startswith(title)]
    heads = [c.label for c in own.columns]
    at, name = heads.index(column), heads.index("Neighbourhood") if "Neighbourhood" in heads else 0
    return {r.cells[name].text: int(r.cells[at].text.replace(",", "")) for r in own.rows if not r.band and not r.total}


def test_the_paper_and_the_files_for_the_public_are_one_set(area: Area) -> None:
    plans = drawn(area, A, name="First"), drawn(area, B, name="Second")
    made = paper(Asked(plans), area)
    papers = {}
    for letter, plan in zip("ab", plans, strict=True):
        files = plan_files(plan, area, audience=PUBLIC, together=plans)
        people = {r["neighbourhood_name"]: r for r in rows(files["populations.csv"]) if r["neighbourhood_code"]}
        papers[letter] = figures(made, f"Table 2{letter}", "Registered here")
        for name, said in people.items():
            assert papers[letter][name] == int(said["registered_patients_living_here"])
        lists = figures(made, f"Table 2{letter}", "Lists agreed here")
        assert lists == {name: int(said["lists_of_practices_agreed_here"]) for name, said in people.items()}
    # The attack: one table less the other isolates the third LSOA, where 5, 700 and 6 people are on three lists.
    names = [{code: n.name for code, n in zip(p.codes, p.neighbourhoods, strict=True)} for p in plans]
    big, small = (
        next(name for code, name in own.items() if area.codes[0] in plan.units_of(code))
        for own, plan in zip(names, plans, strict=True)
    )
    assert abs(papers["b"][small] - papers["a"][big]) == 700
    exact = {r["neighbourhood_name"]: r for r in rows(plan_files(plans[0], area)["populations.csv"])}
    assert papers["a"][big] != int(exact[big]["registered_patients_living_here"])


def test_no_word_of_the_paper_hangs_on_a_count_that_is_not_told(area: Area) -> None:
    others = tuple(drawn(area, rows_of, name=f"Other {n}") for n, rows_of in enumerate((["pppq"] * 2, ["pqqq", "ppqq"],
                                                                                       ["pppq", "pqqq"])))  # fmt: skip
    asked = Asked((drawn(area, A, name="First"), drawn(area, B, name="Second")), others=others)
    said = paper(asked, area)
    for flows, away in (
        ([("X00001", 3, 7), ("X00002", 1, 2)], [("X00001", "unknown", 2.0), ("X00002", "wales", 3.0)]),
        ([("X00003", 3, 4), ("X00003", 4, 3)], []),
    ):
        changed = {(code, u): n for code, u, n in FLOWS} | {(code, u): n for code, u, n in flows}
        gone = {(code, where): n for code, where, n in ELSEWHERE} | {(code, where): n for code, where, n in away}
        other = peopled([(*key, n) for key, n in changed.items()], [(*key, n) for key, n in gone.items()])
        assert (other.practices["list_size"] == area.practices["list_size"]).all()  # which anybody may know
        assert paper(asked, other).blocks == said.blocks
    more = {(code, u): n for code, u, n in FLOWS} | {("X00001", 1): 910}
    lists = peopled([(*key, n) for key, n in more.items()], ELSEWHERE)
    assert paper(asked, lists).blocks != said.blocks  # what is told does show

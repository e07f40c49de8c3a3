"""The short form of the benchmarks: the shape of the table, and ratios within wide limits. Seconds are never judged."""

from __future__ import annotations

import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import cases, rows, table
from benchmarks.cases import DEFAULT, MOMENT, OBJECTIVES
from benchmarks.rows import ROWS, SHORT, Session
from boundaries import load_area
from optimise import build_problem, solve

ROOT = Path(__file__).resolve().parents[1]
ASKED = replace(SHORT, rival=1.0, regions=60.0, plans=1)


@pytest.fixture(scope="module")
def session() -> Session:
    """Two small districts of the demo county, 108 units, so that every row is measured in seconds."""
    told: list[str] = []
    made = Session(ASKED, told.append)
    made.places = [("two districts", load_area("demo", ["Orrindale", "Farrin and Eastmarsh"]))]
    return made


def test_districts_are_close_to_proven(session: Session) -> None:
    row = rows.districts(session)
    assert [line.case for line in row.lines] == list(OBJECTIVES)
    assert {len(cells) for cells in row.cells} == {len(row.head)}
    gap = row.head.index("gap")
    assert len(row.cells) >= 2 * len(OBJECTIVES)
    assert all(float(cells[gap].removesuffix(" %")) < 10 for cells in row.cells)


def test_the_whole_and_its_seeds(session: Session) -> None:
    whole = rows.whole(session)
    assert [cells[1] for cells in whole.cells] == list(OBJECTIVES)
    for objective in OBJECTIVES:
        done = session.known["two districts", objective]
        assert done.solution.bound <= done.value
        assert done.gap < 0.25
        assert done.first is not None and done.first <= done.seconds
    seeds = rows.seeds(session)
    ratio = seeds.head.index("worst / best")
    assert all(1.0 <= float(cells[ratio]) < 1.05 for cells in seeds.cells)


def test_ours_is_not_worse_than_gerrychain(session: Session) -> None:
    pytest.importorskip("gerrychain", reason="the [bench] extra is not installed")
    row = rows.gerrychain(session)
    ratio = row.head.index("ours / GerryChain")
    assert len(row.cells) == len(OBJECTIVES)
    assert all(float(cells[ratio]) <= 1.0 for cells in row.cells)


def test_regions_of_spopt_are_judged_by_band_and_borders(session: Session) -> None:
    pytest.importorskip("spopt", reason="the [bench] extra is not installed")
    from benchmarks import rivals

    name, area = session.places[0]
    case = cases.whole(name, area, MOMENT, 5)
    part = cases.largest_part(case)
    found = rivals.regions("Ward", part, cases.node_places(case, part), 60.0)
    assert found.labels is not None, found.said
    number, people, in_band, in_one_piece, value = rivals.judged(part, found)
    assert number == str(part.k) and "off)" in people and in_one_piece == "yes" and in_band in {"yes", "no"}
    assert float(value.replace(",", "")) > 0
    assert rivals.regions("Ward", part, cases.node_places(case, part), 0.01).labels is None


def test_a_country_is_solved_in_a_process_that_is_weighed() -> None:
    from benchmarks.country import measure

    told: list[str] = []
    got = measure(200, 1, 5, DEFAULT, told.append)
    assert got.units == 200 and got.parts >= 1 and got.bounded == got.parts
    assert got.first is not None and got.first <= got.certified
    assert 0.05 < got.memory < 4 and got.gap is not None and got.gap < 0.1


def test_districts_one_by_one_are_the_parts_of_the_nested_place(session: Session) -> None:
    """Solving a district as a problem of its own finds the value that it has as a part of the whole."""
    name, area = session.places[0]
    nested = replace(OBJECTIVES[MOMENT], seconds=5)
    together = solve(build_problem(area, nested), nested, processes=1)
    alone = {
        case.what: solve(case.problem, case.criteria, processes=1)
        for case in cases.districts(name, area, MOMENT, 5)
        if case.what.endswith("30-60k")
    }
    assert len(alone) == len(together.parts) == 2
    for part in together.parts:
        own = alone[f"{part.name}, 30-60k"]
        assert part.best_primary is not None and own.best_primary is not None
        assert own.best_primary == pytest.approx(part.best_primary, rel=0.02)
        assert max(part.bound, own.bound) <= min(part.best_primary, own.best_primary) * (1 + 1e-9)


def test_a_lattice_is_in_one_piece_and_has_a_plan() -> None:
    problem = cases.lattice(120, seed=3)
    assert len(problem.codes) == 120 and (np.diff(problem.edges, axis=1) > 0).all()
    done = rows.solved(cases.Case("", "", problem, replace(OBJECTIVES[DEFAULT], within=(), seconds=5)))
    assert done.first is not None and len(done.solution.parts) == 1


def test_the_document_has_a_place_for_every_row_and_keeps_the_others() -> None:
    text = table.DOCUMENT.read_text("utf-8")
    made = [table.Row(key, "made up", (table.Line("a case", "a goal", "1 | 2", True),)) for key in ROWS]
    once = table.update(text, made, "here")
    assert once.count("| a case |") == len(ROWS)
    assert table.update(once, made[:1], "here") == once
    other = table.update(once, [replace(made[0], lines=(table.Line("another", "a goal", "3"),))], "there")
    assert other.count("| a case |") == len(ROWS) - 1
    assert f"| {made[0].key} | another | a goal | 3 | report |" in other
    assert other.index("| another |") < other.index("| a case |")
    with pytest.raises(ValueError, match="no place for"):
        table.update("nothing", made, "here")


def test_the_machine_is_described_without_its_name() -> None:
    said = table.machine((1.0, 2.0, 3.0), "python benchmarks/optimise.py")
    assert f"Python {platform.python_version()}" in said and "numba" in said and "load at the start 1.0" in said
    assert not platform.node() or platform.node() not in said


def test_the_command_runs_as_a_script_beside_the_package_of_its_name() -> None:
    """`benchmarks/optimise.py` must not stand in for the package `optimise` when Python puts its folder first."""
    script = str(ROOT / "benchmarks" / "optimise.py")
    run = subprocess.run([sys.executable, script, "--help"], capture_output=True, encoding="utf-8", check=False)
    assert run.returncode == 0 and "--rows" in run.stdout, run.stderr
    wrong = subprocess.run(
        [sys.executable, script, "--rows", "nothing"], capture_output=True, encoding="utf-8", check=False
    )
    assert wrong.returncode == 2 and "no such row" in wrong.stderr

"""A sweep over many places: parts of one reading, one task each, the same bytes wherever and however often it runs."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest
from click.testing import CliRunner

from boundaries import list_places, load_area
from boundaries.area import Area
from boundaries.cache import area_bytes
from boundaries.demo import demo_source
from boundaries.errors import DataError
from boundaries.parts import part_of, read_part
from footprints.cli import cli
from footprints.errors import PlanError
from footprints.exchange.read import read_plan
from footprints.jobs import JobState
from footprints.jobs.protocol import Request, encode
from footprints.sweep import Scenario, by_level, by_lookup, read_scenarios, sweep
from footprints.sweep import task as sweep_task
from footprints.sweep.executors import Dask, Local
from footprints.sweep.task import TRIES
from optimise.criteria import Criteria, Locks, Weights
from optimise.errors import CriteriaError

QUICK = Criteria(seconds=1)
TWO = ("Orrindale", "Farrin and Eastmarsh")
ONE = (Scenario("As today", QUICK, "district"),)


@pytest.fixture(scope="module")
def country() -> Path:
    """The folder of two counties of one ICB."""
    return demo_source(units=400, counties=2)


@pytest.fixture(scope="module")
def whole(country: Path) -> Area:
    return load_area(country)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sweep") / "out"
    outcome = sweep("demo", ONE, out, Local(2), area=TWO)
    assert (len(outcome.answers), outcome.failed, outcome.skipped) == (2, (), 0)
    return out


def contents(out: Path) -> dict[str, bytes]:
    """Every file of a sweep but what tells of the run, and the manifest of a folder without the name of `run.json`."""
    files = (path for path in sorted(out.rglob("*")) if path.is_file() and path.name != "run.json")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in files}


# ---------------------------------------------------------------- parts


def test_a_part_is_what_would_have_been_loaded(country: Path, whole: Area) -> None:
    districts = [p for p in list_places(country) if p.level == "district"]
    level = whole.level("district")
    for place in (districts[0], districts[5], districts[-1]):
        units = [unit for unit, code in zip(whole.codes, level.assignment, strict=True) if code == place.code]
        part, alone = part_of(whole, units, place.name), load_area(country, [place.code])
        for name in ("name", "codes", "pieces", "proposed_links", "people_basis", "ages_basis", "attribution"):
            assert getattr(part, name) == getattr(alone, name)
        for name in (
            "units",
            "ages",
            "edges",
            "practices",
            "registrations",
            "registrations_elsewhere",
            "growth",
            "barriers",
        ):
            pd.testing.assert_frame_equal(getattr(part, name), getattr(alone, name), atol=1.0 if name == "edges" else 0)
        assert dict(part.levels) == dict(alone.levels)
        here = alone.postcodes[alone.postcodes["unit"] != ""]
        pd.testing.assert_frame_equal(part.postcodes[part.postcodes["unit"] != ""], here)


def test_nobody_is_lost_in_parts(whole: Area) -> None:
    level = whole.level("district")
    groups: dict[str, list[str]] = {}
    for unit, code in zip(whole.codes, level.assignment, strict=True):
        groups.setdefault(code, []).append(unit)
    parts = [part_of(whole, units, code) for code, units in groups.items()]
    assert sum(int(part.units["residents"].sum()) for part in parts) == int(whole.units["residents"].sum())
    assert sum(float(part.registrations["patients"].sum()) for part in parts) == pytest.approx(
        float(whole.registrations["patients"].sum())
    )
    for part in parts:  # every list is whole: here, and elsewhere by category
        here = part.registrations.groupby("practice")["patients"].sum()
        there = part.registrations_elsewhere.groupby("practice")["patients"].sum()
        lists = here.add(there, fill_value=0)
        known = part.practices["list_size"]
        assert (lists.reindex(known.index) - known).abs().max() < 1e-6


def test_a_part_comes_back_from_its_file_and_no_other_does(whole: Area, tmp_path: Path) -> None:
    part = part_of(whole, whole.codes[:40], "some")
    file = tmp_path / f"{part.digest}.area"
    file.write_bytes(area_bytes(part))
    again = read_part(file)
    assert again.digest == part.digest
    pd.testing.assert_frame_equal(again.registrations, part.registrations)
    for name, data in (("0" * 64, area_bytes(part)), (part.digest, area_bytes(part)[:-40]), (part.digest, b"")):
        file = tmp_path / f"{name}.area"
        file.write_bytes(data)
        with pytest.raises(DataError):
            read_part(file)


def test_a_part_of_nothing_or_of_strange_units_is_refused(whole: Area) -> None:
    for codes in ((), ("E01999999",)):
        with pytest.raises(DataError, match="cannot be a part"):
            part_of(whole, codes, "none")


# ---------------------------------------------------------------- places and scenarios


def test_every_place_has_a_prefix_of_its_own(whole: Area) -> None:
    regions, loose = by_level(whole, "district")
    assert not loose
    assert len({region.prefix for region in regions}) == len(regions) == 12
    assert sorted(unit for region in regions for unit in region.units) == list(whole.codes)


def test_councils_of_a_lookup(whole: Area, tmp_path: Path) -> None:
    districts = sorted(set(whole.level("district").assignment))
    unit = whole.codes[0]
    home = whole.level("district").assignment[0]
    other = next(code for code in districts if code != home)
    file = tmp_path / "councils.csv"
    rows = [f"{code},North" for code in districts[:6]] + [f"{code},South & <b>East</b>" for code in districts[6:-1]]
    file.write_text("\n".join(["code,council", *rows, f"{unit},Elsewhere", "E07999999,Far"]) + "\n", encoding="utf-8")
    regions, loose = by_lookup(whole, file)
    assert {region.name for region in regions} == {"North", "South & <b>East</b>", "Elsewhere"}
    assert next(r for r in regions if r.name == "Elsewhere").units == (unit,)
    assert all("<" not in region.folder for region in regions)
    last = [u for u, code in zip(whole.codes, whole.level("district").assignment, strict=True) if code == districts[-1]]
    assert set(loose) == set(last) - {unit}
    file.write_text(f"code,council\n{other},North\n{other},South\n", encoding="utf-8")
    with pytest.raises(DataError, match="North above"):
        by_lookup(whole, file)
    file.write_text("code,council\nE07999999,Far\n", encoding="utf-8")
    with pytest.raises(DataError, match="names no LSOA"):
        by_lookup(whole, file)


def test_a_scenario_says_only_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "scenarios.json"
    asked = {"maximum": 55_000, "within": [], "weights": {"border": 500.0}}
    document = {
        "schema": "footprints-scenarios/1",
        "scenarios": [{"name": "As today"}, {"name": "Councils", "by": "new.csv", "criteria": asked}],
    }
    file.write_text(json.dumps(document), encoding="utf-8")
    base = Criteria(target=45_000, seconds=5, weights=Weights(ties=1.0))
    today, councils = read_scenarios(file, base, "district")
    assert (today.criteria, today.by, today.folder) == (base, "district", "as-today")
    assert councils.criteria == Criteria(
        target=45_000, maximum=55_000, within=(), seconds=5, weights=Weights(ties=1.0, border=500.0)
    )
    assert Path(councils.by) == tmp_path / "new.csv"


@pytest.mark.parametrize(
    ("scenarios", "words"),
    [
        ([], "no scenario"),
        ([{"name": " "}], "no name"),
        ([{"name": "A"}, {"name": "a!"}], "one name"),
        ([{"name": "A", "criterion": {}}], "not known"),
        ([{"name": "A", "criteria": {"target": "many"}}], "“A”"),
        ([{"name": "A", "criteria": []}], "must be an object"),
        ([{"name": "A", "by": 3}], "must name"),
    ],
)
def test_scenarios_that_cannot_be_meant(tmp_path: Path, scenarios: list[object], words: str) -> None:
    file = tmp_path / "scenarios.json"
    file.write_text(json.dumps({"schema": "footprints-scenarios/1", "scenarios": scenarios}), encoding="utf-8")
    with pytest.raises(CriteriaError, match=words):
        read_scenarios(file, Criteria(), "district")


@pytest.mark.parametrize("asked", [Criteria(neighbourhoods=3), Criteria(locks=Locks(fixed=(("E01099001", "A-01"),)))])
def test_what_every_place_cannot_be_asked(tmp_path: Path, asked: Criteria) -> None:
    with pytest.raises(CriteriaError):
        sweep("demo", (Scenario("A", asked, "district"),), tmp_path / "out", Local(1), area=TWO)


# ---------------------------------------------------------------- the sweep


def test_every_area_is_in_the_result_once(swept: Path) -> None:
    area = load_area("demo", TWO)
    lookup = list(csv.DictReader(io.StringIO((swept / "result/as-today_lsoa_lookup.csv").read_text(encoding="utf-8"))))
    assert sorted(row["LSOA21CD"] for row in lookup) == list(area.codes)
    assert all(row["neighbourhood_code"] for row in lookup)
    summary = list(csv.DictReader(io.StringIO((swept / "result/summary.csv").read_text(encoding="utf-8"))))
    *places, total = summary
    assert [row["area_name"] for row in places] == sorted(TWO, key=lambda name: name != "Orrindale")
    assert int(total["residents"]) == int(area.units["residents"].sum()) == sum(int(r["residents"]) for r in places)
    assert sum(int(row["resident_population"]) for row in lookup) == int(total["residents"])
    outlines = json.loads((swept / "result/as-today_neighbourhoods.geojson").read_bytes())["features"]
    assert len(outlines) == int(total["neighbourhoods"]) == len({row["neighbourhood_code"] for row in lookup})
    page = (swept / "result/as-today_map.html").read_text(encoding="utf-8")
    assert all(name in page for name in TWO)


def test_a_plan_of_a_sweep_is_a_plan_of_its_place(swept: Path, tmp_path: Path) -> None:
    for folder in (swept / "areas/as-today").iterdir():
        plan = read_plan(folder)
        part = by_level(load_area("demo", TWO), "district")[0]
        own = next(region for region in part if region.code == folder.name)
        assert sorted(plan.where()) == list(own.units)


def test_what_is_finished_is_not_done_again(swept: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(swept, out)
    again = sweep("demo", ONE, out, Local(2), area=TWO)
    assert again.skipped == 2
    assert contents(out) == contents(swept)
    spoiled = next((out / "areas").rglob("plan.json"))
    spoiled.write_bytes(spoiled.read_bytes().replace(b'"1"', b'"2"') + b" ")
    mended = sweep("demo", ONE, out, Local(2), area=TWO)
    assert mended.skipped == 1
    assert contents(out) == contents(swept)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """The address of a Dask scheduler with two workers, started as their manual says; what they say is in files."""
    distributed = pytest.importorskip("distributed")
    told = tmp_path / "scheduler.json"
    where = ["--scheduler-file", str(told), "--host", "127.0.0.1"]
    worker = ["worker", *where, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    lines = {
        "scheduler": ["scheduler", *where, "--port", "0", "--no-dashboard"],
        "one": [*worker, "--local-directory", str(tmp_path / "1")],
        "two": [*worker, "--local-directory", str(tmp_path / "2")],
    }
    with contextlib.ExitStack() as stack:
        begun = {}
        for name, line in lines.items():
            log = stack.enter_context((tmp_path / f"{name}.log").open("wb"))
            begun[name] = subprocess.Popen([sys.executable, "-m", "dask", *line], stdout=log, stderr=subprocess.STDOUT)
            stack.callback(begun[name].wait)
            stack.callback(begun[name].kill)
        until = time.monotonic() + 120
        while not told.is_file() or not told.read_bytes().endswith(b"}"):
            assert time.monotonic() < until and begun["scheduler"].poll() is None, said_in(tmp_path)
            time.sleep(0.1)
        with distributed.Client(scheduler_file=str(told)) as client:
            while len(client.scheduler_info()["workers"]) < 2:
                ended = {name: process.poll() for name, process in begun.items()}
                assert time.monotonic() < until and not any(code is not None for code in ended.values()), (
                    f"{ended} {said_in(tmp_path)}"
                )
                time.sleep(0.1)
            address = str(client.scheduler.address)
        yield address


def said_in(folder: Path) -> str:
    return "\n".join(f"{log.name}: {log.read_text(encoding='utf-8')[-2000:]}" for log in sorted(folder.glob("*.log")))


def test_dask_gives_the_same_bytes(swept: Path, scheduler: str, tmp_path: Path) -> None:
    outcome = sweep("demo", ONE, tmp_path / "out", Dask(scheduler), area=TWO)
    assert (len(outcome.answers), outcome.failed) == (2, ()), said_in(tmp_path)
    assert contents(tmp_path / "out") == contents(swept)


def test_a_scheduler_that_is_not_there(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(PlanError, match="cannot be reached"):
        next(Dask("tcp://127.0.0.1:9", timeout=1).run((), lambda _: b"", lambda: False), None)


def solvers() -> list[psutil.Process]:
    """Processes of ours that solve a place."""
    return [p for p in psutil.Process().children(recursive=True) if "footprints.jobs.child" in " ".join(p.cmdline())]


def test_a_solver_that_is_killed_is_started_again(swept: Path, tmp_path: Path) -> None:
    killed = []

    def kill() -> None:
        while not (found := solvers()):
            time.sleep(0.02)
        found[0].kill()
        killed.append(found[0].pid)

    thread = threading.Thread(target=kill)
    thread.start()
    outcome = sweep("demo", ONE, tmp_path / "out", Local(1), area=TWO)
    thread.join()
    assert len(killed) == 1
    assert (len(outcome.answers), outcome.failed) == (2, ())
    assert contents(tmp_path / "out") == contents(swept)


@pytest.mark.parametrize(("died", "begun"), [(True, TRIES), (False, 1)])
def test_only_what_dies_is_started_again(whole: Area, monkeypatch: pytest.MonkeyPatch, died: bool, begun: int) -> None:
    class Gone:
        def __init__(self) -> None:
            self.died = died

        def poll(self) -> JobState:
            return JobState((), None, None, None, "", 0.0, True, None, "It is gone.", "Ask again.", False, "")

        def close(self) -> None: ...

    starts: list[Path] = []
    monkeypatch.setattr(sweep_task.ProposalJob, "start", lambda file, *_, **__: starts.append(file) or Gone())
    part = part_of(whole, whole.codes[:40], "some")
    line = encode(Request(part.digest, (), QUICK, "Some"))
    assert "It is gone" in sweep_task.solve(area_bytes(part), line, 1, lambda: False).decode()
    assert len(starts) == begun


@pytest.mark.alone
def test_stopping_frees_every_core_at_once(tmp_path: Path) -> None:
    stop = threading.Event()
    asked: list[float] = []

    def ask() -> None:
        while not solvers():
            time.sleep(0.02)
        time.sleep(0.3)
        asked.append(time.monotonic())
        stop.set()

    thread = threading.Thread(target=ask)
    thread.start()
    long = (Scenario("Long", Criteria(seconds=600), "district"),)
    outcome = sweep("demo", long, tmp_path / "out", Local(2), area=TWO, should_stop=stop.is_set)
    thread.join()
    assert not solvers()
    assert time.monotonic() - asked[0] < 2.0
    assert outcome.stopped
    assert not outcome.answers


def test_a_place_without_a_plan_says_why(tmp_path: Path) -> None:
    asked = Criteria(target=72_000, minimum=70_000, maximum=75_000, small_districts="alone", seconds=1)
    outcome = sweep("demo", (Scenario("Large", asked, "district"),), tmp_path / "out", Local(2), area=TWO)
    assert {answer["status"] for answer in outcome.answers} <= {"infeasible", "no solution", "feasible", "optimal"}
    none = [answer for answer in outcome.answers if not answer["figures"]["neighbourhoods"]]
    assert none
    assert all(answer["reasons"] for answer in none)
    summary = (tmp_path / "out/result/summary.csv").read_text(encoding="utf-8")
    assert none[0]["reasons"][0].split()[0] in summary


def test_the_command(tmp_path: Path) -> None:
    out = tmp_path / "out"
    line = ["sweep", "demo", "--area", "Orrindale", "--seconds", "1", "--out", str(out), "--workers", "1"]
    result = CliRunner().invoke(cli, line)
    assert result.exit_code == 0, result.output
    assert "Written to" in result.stdout
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    refused = CliRunner().invoke(cli, line)
    assert refused.exit_code == 2
    assert "mine.txt" in refused.output
    wrong = CliRunner().invoke(cli, [*line, "--scheduler", "tcp://127.0.0.1:9"])
    assert wrong.exit_code == 2

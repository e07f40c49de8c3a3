"""The command line end to end: the demo county, then real places."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from footprints.cli import COMMANDS
from footprints.criteria_file import write_criteria
from optimise.criteria import Criteria
from optimise.warm import warm_up
from tests.commands import run

# --- the demo county, end to end ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two plans of the demo county, a and b, made by the command line."""
    folder = tmp_path_factory.mktemp("demo")
    for name, extra in (("a", ()), ("b", ("--within", "upper-tier", "--penalise", "district"))):
        made = run("propose", "demo", "--out", folder / name, "--seconds", "5", "--name", f"Option {name}", *extra)
        assert made.exit_code == 0, made.output
        (folder / f"{name}.txt").write_text(made.stdout, encoding="utf-8")
    return folder


def test_propose_shows_every_neighbourhood_and_what_is_proven(demo: Path) -> None:
    shown = (demo / "a.txt").read_text(encoding="utf-8")
    plan = json.loads((demo / "a" / "plan.json").read_text(encoding="utf-8"))
    for neighbourhood in plan["neighbourhoods"]:
        assert re.search(rf"^{neighbourhood['code']}  {re.escape(neighbourhood['name'])} ", shown, re.MULTILINE)
    assert "no plan under these rules can beat" in shown
    assert "not a judgement on community" in shown
    assert "plan.json" in shown.splitlines()[-1]


def test_propose_says_what_it_does_on_standard_error(tmp_path: Path) -> None:
    made = run("propose", "demo", "--area", "Saltreach", "--seconds", "5", "--out", tmp_path / "x")
    assert made.exit_code == 0, made.output
    assert "LSOAs, " in made.stderr
    assert "best so far" in made.stderr
    assert len(made.stderr.splitlines()) < 40


def test_check_holds_for_the_folder_the_plan_the_geojson_and_the_bare_csv(demo: Path) -> None:
    for name in ("a", "a/plan.json", "a/neighbourhoods.geojson", "a/neighbourhoods.gpkg", "a/lsoa_lookup.csv"):
        result = run("check", demo / name, "--source", "demo")
        assert result.exit_code == 0, result.output
        assert " holds." in result.stdout
    flags = ("--within", "upper-tier", "--penalise", "district")
    assert run("check", demo / "b" / "lsoa_lookup.csv", "--source", "demo", *flags).exit_code == 0


def test_check_names_each_fault(demo: Path, tmp_path: Path) -> None:
    result = run("check", demo / "a", "--source", "demo", "--max", "52000")
    assert result.exit_code == 1
    assert "52,000" in result.stdout
    lines = (demo / "a" / "lsoa_lookup.csv").read_text(encoding="utf-8").splitlines()
    bare = tmp_path / "bare.csv"
    bare.write_text("\n".join(lines[:1] + lines[2:]) + "\n", encoding="utf-8")
    result = run("check", bare, "--source", "demo")
    assert result.exit_code == 1
    assert "no neighbourhood" in result.stdout


def test_score_shows_measures_and_terms(demo: Path) -> None:
    result = run("score", demo / "a", "--source", "demo")
    assert result.exit_code == 0
    for words in ("Residents", "Compactness", "What it costs", "In the range you set"):
        assert words in result.stdout


def test_compare_writes_measures_and_moves(demo: Path, tmp_path: Path) -> None:
    result = run("compare", demo / "a", demo / "b", "--source", "demo", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert "Option a" in result.stdout
    assert "change neighbourhood" in result.stdout
    text = {name: (tmp_path / "out" / name).read_text(encoding="utf-8") for name in ("comparison.csv", "moves.csv")}
    assert text["comparison.csv"].splitlines()[0] == "metric,label,unit,better,Option a,Option b"
    header, *rows = text["moves.csv"].splitlines()
    assert header == "before,after,from_code,from_name,to_code,to_name,lsoas,residents"
    moved = re.search(r"” ([\d,]+) people", result.stdout)
    assert moved
    assert sum(int(row.rsplit(",", 1)[1]) for row in rows) == int(moved[1].replace(",", ""))


def test_compare_narrowed_to_a_district_says_where_the_others_are(demo: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made = run("compare", demo / "a", demo / "b", "--source", "demo", "--only", "Orrindale", "--out", out)
    assert made.exit_code == 0, made.output
    line = r"Narrowed to Orrindale \(district\): ([\d,]+) of ([\d,]+) residents .*; the other ([\d,]+)"
    said = re.search(line, made.stdout)
    assert said
    here, everyone, others = (int(n.replace(",", "")) for n in said.groups())
    assert here + others == everyone
    header, *rows = (out / "body.csv").read_text(encoding="utf-8").splitlines()
    assert header == "option,neighbourhood_code,neighbourhood_name,residents_inside,residents_beyond,residents"
    assert rows[-1] == f"Option b,,all,{here},{others},{everyone}"
    assert json.loads((out / "manifest.json").read_text(encoding="utf-8"))["narrowed_to"]["name"] == "Orrindale"
    refused = run("compare", demo / "a", demo / "b", "--source", "demo", "--only", "Nowhere", "--out", tmp_path / "no")
    assert refused.exit_code != 0 and "Orrindale" in refused.stderr and not (tmp_path / "no").exists()


def test_export_writes_what_was_asked_and_it_reads_back(demo: Path, tmp_path: Path) -> None:
    result = run("export", demo / "a", "--source", "demo", "--out", tmp_path / "out", "--format", "geojson,csv")
    assert result.exit_code == 0, result.output
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"neighbourhoods.geojson", "lsoa_lookup.csv", "metrics.csv"} <= names
    assert "neighbourhoods.gpkg" not in names
    assert (tmp_path / "out" / "plan.json").read_bytes() == (demo / "a" / "plan.json").read_bytes()


def test_a_folder_of_someone_elses_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine", encoding="utf-8")
    result = run("propose", "demo", "--out", tmp_path)
    assert result.exit_code == 2
    assert "thesis.docx" in result.stderr
    assert "Looking at the files" not in result.stderr


def test_no_plan_exits_1_with_reasons_and_writes_nothing(tmp_path: Path) -> None:
    flags = ("--target", "50000", "--min", "49990", "--max", "50010", "--seconds", "5")
    result = run("propose", "demo", *flags, "--out", tmp_path / "x")
    assert result.exit_code == 1
    assert "There is no plan" in result.stdout
    assert "49,990" in result.stdout
    assert not (tmp_path / "x").exists()


def test_locks_and_criteria_files_are_kept(demo: Path, tmp_path: Path) -> None:
    plan = json.loads((demo / "a" / "plan.json").read_text(encoding="utf-8"))
    code = plan["neighbourhoods"][0]["code"]
    units = [unit for unit, own in plan["assignment"].items() if own == code]
    locks = tmp_path / "locks.csv"
    locks.write_text("LSOA21CD,rule,group\n" + "".join(f"{u},frozen,{code}\n" for u in units), encoding="utf-8")
    write_criteria(Criteria(seconds=5, seed=3, target=48_000), tmp_path / "criteria.json")
    out = tmp_path / "out"
    files = ("--lock", locks, "--criteria", tmp_path / "criteria.json")
    result = run("propose", "demo", *files, "--seed", "4", "--out", out)
    assert result.exit_code == 0, result.output
    made = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert [unit for unit, own in made["assignment"].items() if own == code] == units
    assert (made["criteria"]["seed"], made["criteria"]["target"]) == (4, 48_000)
    assert run("check", out, "--source", "demo").exit_code == 0
    again = run("check", out / "lsoa_lookup.csv", "--source", "demo", *files, "--seed", "4")
    assert again.exit_code == 0, again.output


def test_describe_tells_what_the_demo_holds() -> None:
    result = run("describe", "demo")
    assert result.exit_code == 0
    for words in ("invented", "Places", "Files", "Checks", "shared borders", "Pieces"):
        assert words in result.stdout


def test_the_commands_of_the_readme_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", readme, re.MULTILINE | re.DOTALL)
    lines = [line.removeprefix("$ ") for block in blocks for line in block.splitlines()]
    commands = [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("footprints ")]
    monkeypatch.chdir(tmp_path)
    for args in commands:
        if args[0] not in COMMANDS or not {"demo"} & set(args):
            continue
        works = ("propose", "review", "improve", "curve", "prices", "numbers", "ask")
        quick = ("--seconds", "5") if args[0] in works else ()
        result = run(*args, *quick)
        assert result.exit_code == 0, (args, result.output)


# --- the real places ----------------------------------------------------------------------------------------------


@pytest.mark.places
@pytest.mark.parametrize("place", ["cambridgeshire", "cornwall", "london"])
def test_real_places_from_files_to_a_plan_that_holds(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    source, out = request.getfixturevalue(place), tmp_path / "out"
    made = run("propose", source, "--seconds", "5", "--out", out)
    assert made.exit_code == 0, made.output
    exceptions = {"cambridgeshire": "MERIDIAN", "cornwall": "Isles of Scilly has 2,281", "london": "City of London"}
    # Said before solving on standard error, and with the result on standard output.
    assert exceptions[place] in made.stderr
    assert exceptions[place] in made.stdout
    for name in ("plan.json", "lsoa_lookup.csv"):
        checked = run("check", out / name, "--source", source)
        assert checked.exit_code == 0, checked.output


@pytest.mark.places
def test_a_join_comes_before_our_choice(tmp_path: Path, london: Path) -> None:
    flags = ("--area", "City of London", "Tower Hamlets", "Hackney", "--join", "City of London=Tower Hamlets")
    made = run("propose", london, *flags, "--seconds", "5", "--out", tmp_path / "out")
    assert made.exit_code == 0, made.output
    assert "Tower Hamlets" in made.stdout.split("Declared exceptions:")[1]
    alone = run(
        "propose", london, *flags[:4], "--small-districts", "alone", "--seconds", "5", "--out", tmp_path / "alone"
    )
    assert alone.exit_code == 0, alone.output
    assert "City of London has 10,847" in alone.stdout


@pytest.mark.places
def test_accepted_links_are_used_and_written(tmp_path: Path, cornwall: Path) -> None:
    out = tmp_path / "out"
    made = run("propose", cornwall, "--within", "none", "--accept-links", "--seconds", "5", "--out", out)
    assert made.exit_code == 0, made.output
    header, *links = (out / "links.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("from_code,to_code,kind,note")
    assert [link.split(",")[:3] for link in links] == [["E01019005", "E01019077", "ferry"]]
    assert run("check", out, "--source", cornwall).exit_code == 0


@pytest.mark.alone
@pytest.mark.skipif(sys.platform == "win32", reason="a console event cannot be sent to one process")
def test_ctrl_c_in_a_real_process_ends_it_with_the_best_so_far(tmp_path: Path) -> None:
    warm_up()  # the two seconds are those of a machine on which the kernels were compiled before
    # A shell makes what it starts in the background deaf to Ctrl-C, and a child would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, "-m", "footprints.cli", "propose", "demo", "--within", "none", "--seconds", "600"]
    with subprocess.Popen(
        [*command, "--out", str(tmp_path / "x")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stderr:
            if "best so far" in line:
                break
        process.send_signal(signal.SIGINT)
        shown, said = process.communicate(timeout=30)
    signal.signal(signal.SIGINT, before)
    assert process.returncode == 0, said
    assert "this is the best so far" in shown
    assert (tmp_path / "x" / "plan.json").is_file()


def test_need_shows_order_spread_and_growth_and_writes_tables(tmp_path: Path) -> None:
    made = run("baseline", "--source", "demo", "--kind", "pcn-ward", "--out", tmp_path / "plan")
    assert made.exit_code == 0, made.output
    shown = run("need", tmp_path / "plan", "--source", "demo", "--year", "2030", "--out", tmp_path / "need")
    assert shown.exit_code == 0
    for words in ("Order: Most people of the 2-4% cohort", "7% est.", "Growth from 2024 to 2030", "Core20 share"):
        assert words in shown.output
    assert {p.name for p in (tmp_path / "need").iterdir()} == {
        "need.csv", "indicators.csv", "population_by_year.csv", "manifest.json",
    }  # fmt: skip

"""The command line: flags, files, messages and exit codes; then real places end to end."""

from __future__ import annotations

import io
import json
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from boundaries.errors import ChooseAreaError, DataError, FootprintError, Place
from footprints.cli import COMMANDS, cli
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import asked, spread
from footprints.cli.show import ProgressLine, number, percent, signed, table
from footprints.criteria_file import read_criteria, resolve, resolve_group, resolve_level, write_criteria
from footprints.lock_file import read_locks
from optimise.criteria import Criteria, Locks
from optimise.errors import CriteriaError
from optimise.solution import Progress
from optimise.warm import warm_up
from tests.grids import grid_area

A, B, C, D = "E01900001", "E01900002", "E01900003", "E01900004"
NO_FLAGS: dict[str, object] = {
    "target": None, "minimum": None, "maximum": None, "within": (), "penalise": (), "keep_whole": (),
    "neighbourhoods": (), "count": None, "small_districts": None, "joins": (), "criteria_file": None,
    "lock_file": None, "accept_links": None, "seconds": None, "seed": None,
}  # fmt: skip


def run(*args: str | Path) -> Result:
    """Call the command line in this process; an unexpected error is raised here."""
    return CliRunner().invoke(cli, [str(a) for a in args], prog_name="footprints", catch_exceptions=False)


def flags(known: Criteria | None = None, **given: object) -> tuple[Criteria, tuple[str, ...]]:
    return asked({**NO_FLAGS, **given}, known)


# --- help ---------------------------------------------------------------------------------------------------------


def test_the_commands_are_those_that_other_peoples_scripts_call() -> None:
    assert list(COMMANDS) == [
        "propose", "score", "check", "compare", "review", "improve", "ask", "baseline", "refresh", "withstand",
        "import", "export", "report", "prices", "numbers", "curve", "certainty", "sweep", "need", "describe", "store",
        "jobs", "verify",
    ]  # fmt: skip
    shown = run("--help")
    assert shown.exit_code == 0
    for name, (_, words) in COMMANDS.items():
        assert re.search(rf"^  {name} +{words[:20]}", shown.output, re.MULTILINE)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = run(name, "--help")
    assert shown.exit_code == 0
    assert f"footprints {name} " in shown.output.split("Options:")[0]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"{name} {parameter.opts} has no help"


FIXED = {
    "propose": "--out --area --target --min --max --within --penalise --keep-whole --neighbourhoods --count "
    "--small-districts --join --criteria --lock --accept-links --seconds --seed",
    "score": "--source --area",
    "check": "--source --area",
    "compare": "--source --area --out",
    "export": "--source --area --out --format",
    "describe": "--area",
}


@pytest.mark.parametrize("name", list(FIXED))
def test_the_flags_are_those_that_were_promised(name: str) -> None:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    there = {flag for parameter in command.params for flag in parameter.opts}
    assert set(FIXED[name].split()) <= there


def test_the_version() -> None:
    assert run("--version").output.startswith("footprints, version ")


@pytest.mark.parametrize(
    "args",
    [
        ("solve",),
        ("propose",),
        ("propose", "demo"),
        ("propose", "demo", "--out", "x", "--target", "many"),
        ("propose", "demo", "--out", "x", "--count", "sheep"),
        ("propose", "demo", "--out", "x", "--neighbourhoods", "Ely"),
        ("propose", "demo", "--out", "x", "--neighbourhoods", "3", "--neighbourhoods", "Ely=2"),
        ("propose", "demo", "--out", "x", "--join", "Ely"),
        ("propose", "demo", "--out", "x", "--criteria", "not-there.json"),
        ("propose", "demo", "--out", "x", "--min", "60000", "--max", "30000"),
        ("propose", "not-there", "--out", "x"),
        ("describe", "not-there"),
        ("score", "not-there", "--source", "demo"),
        ("check", "plan.json"),
        ("compare", "one", "--source", "demo", "--out", "x"),
        ("export", "plan.json", "--source", "demo", "--out", "x", "--format", "docx"),
    ],
)
def test_wrong_use_exits_2(args: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*args)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "x").exists()


# --- values after a flag ------------------------------------------------------------------------------------------


def options_of(name: str) -> list[click.Parameter]:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command.params


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("demo --area A B --out x", "demo --area A --area B --out x"),
        ("--area A B --out x demo", "--area A --area B --out x demo"),
        ("demo --neighbourhoods A=1 B=2 --seed 3", "demo --neighbourhoods A=1 --neighbourhoods B=2 --seed 3"),
        ("demo --join A=B C=D --accept-links", "demo --join A=B --join C=D --accept-links"),
        ("demo --area=A B", "demo --area=A --area B"),
        ("--area A demo", "--area A demo"),
        ("--out x --area A demo", "--out x --area A demo"),
        ("demo --accept-links --area A -- more", "demo --accept-links --area A -- more"),
    ],
)
def test_several_values_may_follow_one_flag(line: str, meant: str) -> None:
    assert spread(line.split(), options_of("propose"), 1) == meant.split()


def test_plans_after_an_area_stay_plans() -> None:
    line = ["--source", "demo", "--area", "A", "p", "q"]
    assert spread(line, options_of("compare"), 2) == line


# --- criteria -----------------------------------------------------------------------------------------------------


def test_no_flags_are_the_defaults() -> None:
    assert flags() == (Criteria(), ())


def test_flags_become_criteria() -> None:
    criteria, given = flags(
        target=40_000, minimum=30_000, maximum=50_000, within=("upper-tier",), penalise=("district",),
        keep_whole=("msoa",), neighbourhoods=("Ely=2", "Ar=t=3"), count="registered", small_districts="alone",
        joins=("City of London=Hackney",), accept_links=True, seconds=5, seed=7,
    )  # fmt: skip
    assert criteria == Criteria(
        target=40_000, minimum=30_000, maximum=50_000, within=("upper-tier",), penalise=("district",),
        keep_whole=("msoa",), neighbourhoods=(("Ely", 2), ("Ar=t", 3)), count="registered", small_districts="alone",
        joins=(("City of London", "Hackney"),), accept_links=True, seconds=5, seed=7,
    )  # fmt: skip
    assert given[:3] == ("--target", "--min", "--max")
    assert flags(within=("none",), neighbourhoods=("12",))[0] == Criteria(within=(), neighbourhoods=12)


def test_a_flag_comes_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "criteria.json"
    write_criteria(Criteria(target=45_000, seed=9, within=(), accept_links=True), file)
    criteria, given = flags(criteria_file=file, seed=0, within=("district",))
    assert criteria == Criteria(target=45_000, seed=0, within=("district",), accept_links=True)
    assert given == ("--criteria", "--within", "--seed")
    assert flags(seed=0, known=criteria)[0] == criteria


def test_criteria_files_say_the_same_as_flags(tmp_path: Path) -> None:
    criteria = Criteria(
        neighbourhoods=(("E07000001", 2),), joins=(("E07000001", "E07000002"),),
        locks=Locks(fixed=((A, "GRID-01"),), together=((A, B),), apart=((A, C),)),
    )  # fmt: skip
    write_criteria(criteria, tmp_path / "c.json")
    assert read_criteria(tmp_path / "c.json") == criteria


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 1"),
        ("[]", "JSON object"),
        ("{}", "schema"),
        ('{"schema": "footprints-criteria/9"}', "version 9"),
        ('{"schema": "footprints-criteria/1", "tarqet": 1}', "target"),
        ('{"schema": "footprints-criteria/1", "target": "many"}', "target"),
    ],
)
def test_bad_criteria_files_are_refused_by_name(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CriteriaError, match=r"mine\.json") as caught:
        read_criteria(file)
    assert words in str(caught.value)


AREA = grid_area(("AABB", "AABB"), upper={"A": "C", "B": "C"})


def test_names_become_codes() -> None:
    made = resolve(
        Criteria(
            within=("Upper-Tier",), penalise=("District",), neighbourhoods=(("county c", 2),),
            joins=(("District A", "E07000002"),),
        ),
        AREA,
    )  # fmt: skip
    assert made.within == ("upper_tier",)
    assert made.penalise == ("district",)
    assert made.neighbourhoods == (("E10000003", 2),)
    assert made.joins == (("E07000001", "E07000002"),)
    assert resolve(Criteria(within=("none",)), AREA).within == ()


def test_names_that_are_not_there_are_refused_with_what_is() -> None:
    with pytest.raises(DataError, match="district, upper_tier"):
        resolve_level(AREA, "parish")
    with pytest.raises(DataError, match="Did you mean “District A”"):
        resolve_group(AREA, ("district",), "Districkt A")
    with pytest.raises(DataError, match="District A, District B"):
        resolve_group(AREA, ("district",), "?")
    with pytest.raises(CriteriaError, match="E01999999"):
        resolve(Criteria(locks=Locks(together=((A, "E01999999"),))), AREA)


# --- locks --------------------------------------------------------------------------------------------------------


def lock_text(tmp_path: Path, text: str, encoding: str = "utf-8") -> Locks:
    file = tmp_path / "locks.csv"
    file.write_bytes(text.encode(encoding))
    return read_locks(file)


def test_a_lookup_fixes_units(tmp_path: Path) -> None:
    text = f"LSOA21CD,neighbourhood_code\r\n{B},X-02\r\n{A},X-01\r\n{C},\r\n"
    assert lock_text(tmp_path, text, "utf-8-sig") == Locks(fixed=((A, "X-01"), (B, "X-02")))
    text = f"LSOA21CD;neighbourhood_code;locked\n{A};X-01;yes\n{B};X-01;\n{C};X-01;false\n"
    assert lock_text(tmp_path, text) == Locks(fixed=((A, "X-01"),))


def test_rules(tmp_path: Path) -> None:
    text = (
        f"LSOA21CD,rule,group\n{A},fixed,X-01\n{B},together,town\n{C},together,town\n{A},apart,1\n{B},apart,1\n"
        f"{C},apart,1\n{D},frozen,X-04\n\n"
    )
    assert lock_text(tmp_path, text) == Locks(
        fixed=((A, "X-01"),), together=((B, C),), apart=((A, B), (A, C), (B, C)), frozen=(("X-04", (D,)),)
    )


def test_locks_as_json_are_those_of_a_criteria_file(tmp_path: Path) -> None:
    text = json.dumps({"fixed": [[A, "X-01"]], "together": [[B, C]]})
    assert lock_text(tmp_path, text) == Locks(fixed=((A, "X-01"),), together=((B, C),))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n", "columns are a, b"),
        ("", r"\(none\)"),
        (f"LSOA21CD,rule,group\n{A},nailed,X\n", "line 2.*nailed"),
        (f"LSOA21CD,rule,group\n{A},fixed,\n", "no group"),
        ("LSOA21CD,rule,group\nE0190,fixed,X\n", "E0190"),
        (f"LSOA21CD,rule,group\n{A},together,X\n", "names only"),
        (f"LSOA21CD,rule,group\n{A},fixed,X\n{A},fixed,Y\n", "in X and in Y"),
        (f"LSOA21CD,neighbourhood_code,locked\n{A},X,perhaps\n", "perhaps"),
        ('{"nailed": []}', "nailed"),
        ("{", "line 1"),
    ],
)
def test_bad_lock_files_are_refused_with_the_place(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        lock_text(tmp_path, text)
    with pytest.raises(DataError, match="UTF-8"):
        lock_text(tmp_path, "LSOA21CD,rule,group\n#caf\xe9", "cp1252")


# --- how things look ----------------------------------------------------------------------------------------------


def test_tables_line_up() -> None:
    shown = table(("name", "people"), [("Ely", 21_484), ("St Ives", 900), ("Márch\x1b[2J", None)])
    assert shown.splitlines() == [
        "name       people",
        "---------  ------",
        "Ely        21,484",
        "St Ives       900",
        "Márch [2J       –",
    ]


def test_numbers_are_written_as_planners_write_them() -> None:
    assert (number(1234.5), number(float("nan")), number(2.345, 1)) == ("1,234", "–", "2.3")
    assert (signed(1234.4), signed(-20.0), signed(0.2)) == ("+1,234", "-20", "0")
    assert (percent(0.0123), percent(0.00004), percent(0.0), percent(None)) == ("1.2%", "0.004%", "0.0%", "–")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def events() -> list[Progress]:
    return [Progress("start", "Ely", n // 5, 2, float(n), 100.0 - n, 80.0 + n if n else None) for n in range(10)]


def test_progress_is_one_line_on_a_terminal() -> None:
    stream = Terminal()
    line = ProgressLine(stream)
    for event in events():
        line(event)
    line.finish()
    assert stream.getvalue().count("\n") == 1
    assert "best so far 91" in stream.getvalue()


def test_progress_is_a_few_lines_elsewhere() -> None:
    stream, now = io.StringIO(), iter(range(0, 100, 1))
    line = ProgressLine(stream, clock=lambda: next(now) * 1.0)
    for event in events():
        line(event)
    line.finish()
    lines = stream.getvalue().splitlines()
    assert 2 <= len(lines) <= 6
    assert lines[0].split("; ")[1:] == ["best so far 100"]
    assert lines[-1].endswith(
        "Ely: looking for a first plan; best so far 91; no plan under these rules can beat 89; gap 2.2%"
    )


# --- Ctrl-C and errors --------------------------------------------------------------------------------------------


def test_work_that_ends_hands_back_its_value_and_its_errors() -> None:
    assert interruptible(lambda _: 3, lambda: None) == 3
    with pytest.raises(FootprintError, match="no"):
        interruptible(lambda _: (_ for _ in ()).throw(FootprintError("no")), lambda: None)


@pytest.mark.parametrize("polite", [True, False])
def test_ctrl_c_asks_for_the_best_so_far(monkeypatch: pytest.MonkeyPatch, polite: bool) -> None:
    release = threading.Event()
    wait, calls = threading.Event.wait, []

    def pressed(event: threading.Event, timeout: float | None = None) -> bool:
        if threading.current_thread() is threading.main_thread():
            calls.append(timeout)
            if timeout == 0.1 and calls.count(0.1) == 1:
                raise KeyboardInterrupt
        return wait(event, timeout)

    def work(should_stop: Callable[[], bool]) -> str:
        while not (polite and should_stop()) and not release.wait(0.01):
            pass
        return "best so far"

    monkeypatch.setattr(threading.Event, "wait", pressed)
    asked_to_stop: list[int] = []
    if polite:
        assert interruptible(work, lambda: asked_to_stop.append(1)) == "best so far"
    else:
        with pytest.raises(Interrupted):
            interruptible(work, lambda: asked_to_stop.append(1), patience=0.1)
        release.set()
    assert asked_to_stop == [1]


def test_our_errors_are_messages_and_others_are_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(error: Exception) -> Callable[..., object]:
        def load_area(*_: object, **__: object) -> object:
            raise error

        return load_area

    monkeypatch.delenv("FOOTPRINTS_DEBUG", raising=False)
    empty = DataError("The file is empty.", mend="Get it again.")
    monkeypatch.setattr("footprints.cli.describe.load_area", fails(empty))
    result = run("describe", "x")
    assert (result.exit_code, result.stderr) == (2, "Error: The file is empty.\n  Get it again.\n")
    monkeypatch.setattr("footprints.cli.describe.load_area", fails(ZeroDivisionError("division by zero")))
    result = run("describe", "x")
    assert result.exit_code == 2
    assert "FOOTPRINTS_DEBUG=1" in result.stderr
    assert "Traceback" not in result.stderr
    monkeypatch.setenv("FOOTPRINTS_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        run("describe", "x")


def test_several_places_are_listed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    places = (Place("icb", "E54000056", "Cambridgeshire", 527, 927_342), Place("district", "E07000008", "Ely", 3, None))

    def load_area(*_: object, **__: object) -> object:
        raise ChooseAreaError("The source holds 2 places.", places, mend="Name one with --area.")

    monkeypatch.setattr("footprints.cli.propose.load_area", load_area)
    result = run("propose", "x", "--out", tmp_path / "out")
    assert result.exit_code == 2
    assert "Cambridgeshire  E54000056  ICB" in result.stderr
    monkeypatch.setattr("footprints.cli.describe.load_area", load_area)
    result = run("describe", "x")
    assert result.exit_code == 0
    assert "927,342" in result.stdout


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

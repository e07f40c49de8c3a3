"""The command line: help, values after flags, how things look, interrupts, messages and exit codes."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from boundaries.errors import ChooseAreaError, DataError, FootprintError, Place
from footprints.cli import COMMANDS, cli
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import spread
from footprints.cli.show import ProgressLine, number, percent, signed, table
from optimise.solution import Progress
from tests.commands import run

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

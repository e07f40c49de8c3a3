"""`footprints store` from an empty folder to an agreed version that is exported and verified."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boundaries import load_area
from footprints import edit, read_plan, write_plan
from footprints.baselines import baseline
from footprints.cli import cli
from footprints.cli.store import COMMANDS
from optimise.criteria import Criteria
from tests.next_quarter import next_quarter

PLACE = "Orrindale"


def run(*args: str | Path) -> Result:
    return CliRunner().invoke(cli, [str(a) for a in args], prog_name="footprints", catch_exceptions=False)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FOOTPRINTS_STORE", str(tmp_path / "own.sqlite"))
    return tmp_path / "own.sqlite"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_with_an_example(name: str) -> None:
    shown = run("store", name, "--help")
    assert shown.exit_code == 0
    called = "footprints verify" if name == "verify" else f"footprints store {name}"
    assert called in shown.output.split("Options:")[0]


def test_from_an_empty_folder_to_an_agreed_version(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no store" in run("store", "projects").output
    area = load_area("demo", [PLACE])
    plan = baseline(area, "msoa", Criteria())
    first = plan.units_of(plan.codes[0])[0]
    folders = {}
    for name, made in (
        ("base", plan),
        ("theirs", edit.move(plan, area, first, plan.codes[1])),
        ("mine", edit.rename(edit.move(plan, area, first, plan.codes[2]), plan.codes[2], "Riverside")),
    ):
        write_plan(made, area, tmp_path / name, formats=("csv",))
        folders[name] = tmp_path / name
    by = ("--as", "Ann Planner")
    assert run("store", "init", "--project", "Orrindale", "--source", "demo", "--area", PLACE, *by).exit_code == 0
    new = run(
        "store", "save", folders["base"], "--new", "Option A", "--project", "orrindale", "--source", "demo", "--area",
        PLACE, *by,
    )  # fmt: skip
    assert "Saved as orrindale/option-a@1 by Ann Planner" in new.output
    to = ("--to", "orrindale/option-a", "--parent", "1")
    assert run("store", "save", folders["theirs"], *to, "--reason", "Workshop", *by).exit_code == 0
    stale = run("store", "save", folders["mine"], *to, *by)
    assert stale.exit_code == 1 and f"LSOA {first}" in stale.output and "nothing was overwritten" in stale.output
    asked = run("store", "merge", folders["mine"], *to, *by)
    assert asked.exit_code == 1 and f"--take {first} theirs|mine|base" in asked.output
    take = ("--take", first, "mine", "--take", "all", "mine", "--accept-faults")
    merged = run("store", "merge", folders["mine"], *to, *take, *by)
    assert merged.exit_code == 0 and "orrindale/option-a@3" in merged.output
    assert run("store", "branch", "orrindale/option-a@1", "--name", "Option B", *by).exit_code == 0
    assert run("store", "revert", "orrindale/option-a@2", "--parent", "3", *by).exit_code == 0
    assert "moves." in run("store", "show", "orrindale/option-a@3", "--against", "orrindale/option-a@1").output

    missing = run("store", "show", "orrindale/option-a@3").output
    assert "No ICB on the list decides" in missing
    level = area.level
    for name, kind, key in (("The board", "HWB", "upper_tier"), ("The ICB", "ICB", "icb")):
        covers = sorted(set(level(key).assignment))
        run("store", "bodies", "orrindale", "--put", name, "--kind", kind, "--covers", *covers, *by)
    within = run("store", "show", "orrindale/option-a@3", "--against", "orrindale/option-a@1", "--within", "The ICB")
    assert "Only what lies within The ICB is counted (68 LSOAs)" in within.output and "moves." in within.output
    run("store", "people", "orrindale", "--give", "Ben Clerk", "clerk", *by)
    assert run("store", "status", "orrindale/option-a@3", "proposed", "--dated", "2026-12-01", *by).exit_code == 0
    paper = tmp_path / "paper.txt"
    paper.write_text("the paper", encoding="utf-8")
    decide = (
        "store", "decide", "orrindale/option-a@3", "--outcome", "agreed", "--dated", "2027-01-14", "--minute", "item 7",
        "--paper", paper, "--option", "Option A", "--today", "MSOAs",
    )  # fmt: skip
    refused = run(*decide, "--body", "The board", "--as", "Zoe")
    assert refused.exit_code == 2 and "that is for a clerk" in refused.output
    assert "still open: The ICB has not decided" in run(*decide, "--body", "The board", "--as", "Ben Clerk").output
    agree = ("store", "status", "orrindale/option-a@3", "agreed", "--dated", "2027-01-14", "--as", "Ben Clerk")
    assert run(*agree).exit_code == 2
    run(*decide, "--body", "The ICB", "--as", "Ben Clerk")
    assert run(*agree).exit_code == 0
    unsaid = run("store", "status", "orrindale/option-a@3", "withdrawn", "--dated", "2027-02-01", "--as", "Ben Clerk")
    assert unsaid.exit_code == 2 and "Say why (--reason)." in unsaid.output
    told = run("store", "log", "orrindale/option-a").output
    assert "agreed on 2027-01-14 (Ben Clerk)" in told and "The ICB on 2027-01-14, item 7" in told
    assert "orrindale/option-b" in run("store", "projects").output

    out = tmp_path / "out"
    assert run("store", "export", "orrindale/option-a@3", "--out", out).exit_code == 0
    record = json.loads((out / "record.json").read_text(encoding="utf-8"))
    assert record["version"]["content"].startswith(read_plan(out).id)
    assert [d["body_name"] for d in record["decisions"]] == ["The board", "The ICB"]
    good = run("verify", "--head", record["event"])
    assert good.exit_code == 0 and "The store holds" in good.output
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("FOOTPRINTS_AREAS", str(tmp_path / "nowhere"))
        lost = run("verify")
    assert lost.exit_code == 1 and "name it with FOOTPRINTS_AREAS" in lost.output
    with sqlite3.connect(file) as raw:
        raw.execute("DROP TRIGGER decision_no_update")
        raw.execute("UPDATE decision SET minute = 'item 8' WHERE minute = 'item 7'")
    raw.close()
    bad = run("store", "verify")
    assert bad.exit_code == 1 and "decision-1 has been changed: minute" in bad.output


def test_newer_files_by_the_command_line(file: Path, tmp_path: Path) -> None:
    newer, here = next_quarter(tmp_path / "next"), ("--area", PLACE)
    by = ("--as", "Ann Planner")
    area = load_area("demo", [PLACE])
    write_plan(baseline(area, "msoa", Criteria()), area, tmp_path / "first")
    run("store", "init", "--project", "Orrindale", "--source", "demo", *here, *by)
    run(
        "store",
        "save",
        tmp_path / "first",
        "--new",
        "Option A",
        "--project",
        "orrindale",
        "--source",
        "demo",
        *here,
        *by,
    )
    assert run("store", "status", "orrindale/option-a@1", "proposed", "--dated", "2026-12-01", *by).exit_code == 0
    assert run("store", "export", "orrindale/option-a@1", "--out", tmp_path / "v1").exit_code == 0
    assert run("refresh", tmp_path / "v1", "--source", newer, *here, "--out", tmp_path / "v1-2").exit_code == 0
    said = json.loads((tmp_path / "v1-2" / "manifest.json").read_text(encoding="utf-8"))
    assert (said["edition"], said["status"], said["version"]) == (2, "proposed", "orrindale/option-a@1")
    to = ("--to", "orrindale/option-a", "--parent", "1", "--source", newer, *here)
    saved = run("store", "save", tmp_path / "v1-2", *to, *by)
    assert saved.exit_code == 0 and "differs from version 1: this is an edition of it" in saved.output
    shown = run("store", "show", "orrindale/option-a").output
    assert "proposed as edition 2 of orrindale/option-a@1" in shown
    log = run("store", "log", "orrindale/option-a").output
    assert "on other files than 1" in log and "proposed, as edition 2 of orrindale/option-a@1" in log

    # The same again from v1: its plan went on, so nothing is overwritten; it is kept beside, or put together.
    stale = run("store", "save", tmp_path / "v1-2", *to, *by)
    assert stale.exit_code == 1 and f"--parent 1 --source {newer}" in stale.output
    assert "orrindale/option-a@2" in run("store", "merge", tmp_path / "v1-2", *to, *by).output
    assert run("store", "show", "orrindale/option-a").output == shown, "it holds all of it already"
    beside = ("--new", "Option A, proposed", "--edition-of", "orrindale/option-a@1", "--source", newer, *here)
    kept = run("store", "save", tmp_path / "v1-2", *beside, *by)
    assert kept.exit_code == 0 and "Saved as orrindale/option-a-proposed@1" in kept.output
    run("store", "export", "orrindale/option-a-proposed@1", "--out", tmp_path / "beside")
    assert run("refresh", tmp_path / "beside", "--source", newer, *here, "--out", tmp_path / "third").exit_code == 0
    assert json.loads((tmp_path / "third" / "manifest.json").read_text(encoding="utf-8"))["edition"] == 3
    assert run("verify").exit_code == 0

"""What the folder of an improved plan says of it: true, worked out again, and rejected where it was changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from boundaries.area import Area
from footprints import edit
from footprints.check import check
from footprints.cli import cli
from footprints.cli.review import write_improved
from footprints.disclosure import audience
from footprints.errors import PlanError
from footprints.exchange import plan_files, read_plan
from footprints.jobs.protocol import to_json
from footprints.plan import Plan, document
from footprints.proof import check_proof
from footprints.propose import Proposal, propose
from footprints.proven import Proven
from footprints.review import Improved, certified, improve
from footprints.shelf import Shelf
from footprints.studies import improve as improve_study
from footprints.ui import downloads
from footprints.ui.handing import Handing
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn

CRITERIA = Criteria(target=60_000, minimum=40_000, maximum=90_000, within=("district",), seconds=5)
#   A A A A B B B    two districts of 16 and 12 LSOAs
ROWS = ["AAAABBB"] * 4


@pytest.fixture(scope="module")
def area() -> Area:
    people = [10_000, 9_000, 11_000, 12_000, 10_000, 8_000, 10_000] * 4
    return grid_area(ROWS, people, msoa=["MMNNPPQ", "MMNNPPQ", "OOKKRRQ", "OOKKRRQ"])


@pytest.fixture(scope="module")
def made(area: Area) -> Improved:
    return improve(area, drawn(area, ["aaabddd", "abbbddd", "cccceee", "cccceee"], CRITERIA), seconds=5, processes=1)


@pytest.fixture(scope="module")
def folder(area: Area, made: Improved, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("improved") / "out"
    write_improved(made.plan, area, out, made.groups, 5, {"steps": []}, {})
    return out


def test_an_improved_plan_has_a_certificate_that_is_worked_out_again(area: Area, made: Improved, folder: Path) -> None:
    plan = read_plan(folder, area)
    assert plan.id == made.plan.id and check(plan, area).holds
    report = check_proof(plan, area, folder)
    assert report.holds, report.faults
    assert report.objective == pytest.approx(made.after)
    assert 0 <= report.gap_checked < 0.5
    assert "recomputed here from the files" in report.in_words
    assert "of adjacent neighbourhoods" in report.in_words and "rest on the run that improved it" in report.in_words
    told = json.loads((folder / "certificate.json").read_bytes())
    assert told["made_by"] == "improve" and told["plan"] == plan.id
    assert [g["places"] for g in told["groups"]["looked_at"]] == [list(g.places) for g in made.groups]
    assert sum(g.proven for g in made.groups) == sum(proof.proven for proof in made.local)
    assert json.loads((folder / "manifest.json").read_bytes())["status"] == "draft"


def test_the_bound_of_a_plan_holds_for_the_best_one(area: Area, made: Improved) -> None:
    one, again = (certified(area, made.plan, seconds=5, processes=n) for n in (1, 2))
    assert one is not None and again is not None
    assert (one.bound, one.bound_checked, one.terms) == (again.bound, again.bound_checked, again.terms)
    assert one.objective == pytest.approx(made.after)
    assert one.best_primary is not None and one.bound <= one.best_primary <= made.after + 1e-6


def group(key: str, to: Callable[[Any], Any]) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        told["groups"]["looked_at"][0][key] = to(told["groups"]["looked_at"][0][key])

    return change


@pytest.mark.parametrize(
    "change",
    [
        group("value", lambda v: v * 0.99),
        group("bound", lambda v: v + 1e9),
        group("proven", lambda v: not v),
        group("places", lambda v: [*v[:1], "NOWHERE-01"]),
        group("places", lambda v: v[:1]),
        lambda told: told["groups"].update(about="All is well."),
        lambda told: told["groups"]["looked_at"].append(told["groups"]["looked_at"][0]),
        lambda told: told.pop("made_by"),
        lambda told: told.pop("groups"),
        lambda told: told.update(objective=told["objective"] * 0.9),
        lambda told: told.update(bound=told["objective"]),
        lambda told: told.update(no_bound="None is needed."),
    ],
)
def test_what_was_changed_is_rejected(
    area: Area, folder: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    told = json.loads((folder / "certificate.json").read_bytes())
    change(told)
    for name in ("plan.json", "proof.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / "certificate.json").write_text(json.dumps(told), encoding="utf-8")
    assert check_proof(read_plan(folder, area), area, tmp_path).faults


def faulty(area: Area) -> Plan:
    """A plan out of its range, which no bound under its own criteria is about."""
    return replace(drawn(area, ["aaabddd", "abbbddd", "cccceee", "cccceee"], CRITERIA), criteria=replace(
        CRITERIA, minimum=75_000, maximum=80_000, target=78_000))  # fmt: skip


def test_a_plan_that_misses_its_criteria_has_its_value_and_says_that_there_is_no_bound(
    area: Area, tmp_path: Path
) -> None:
    plan = faulty(area)
    assert not check(plan, area).holds and certified(area, plan, seconds=5, processes=1) is None
    write_improved(plan, area, tmp_path / "out", (), 5, {"steps": []}, {})
    report = check_proof(plan, area, tmp_path / "out")
    assert report.holds and "No bound is known" in report.in_words
    assert f"{report.objective:,.0f} person-km, was worked out again" in report.in_words
    file = tmp_path / "out" / "certificate.json"
    told = json.loads(file.read_bytes())
    assert not (tmp_path / "out" / "proof.json").exists() and told["bound"] is None
    assert (told["status"], told["gap"], told["bound_checked"]) == ("unproven", None, None)
    assert told["does_not_meet"] == [fault.message for fault in check(plan, area).criteria]
    assert "certificate.json" not in plan_files(plan, area, groups=(), audience=audience("public"))
    file.write_text(json.dumps(told | {"objective": told["objective"] - 1_000}), encoding="utf-8")
    assert not check_proof(plan, area, tmp_path / "out").holds


def test_the_command_writes_it_and_check_reads_it(tmp_path: Path) -> None:
    run = CliRunner()
    where = ["--source", "demo", "--area", "Orrindale"]
    first, out = str(tmp_path / "first"), str(tmp_path / "better")
    assert run.invoke(cli, ["propose", "demo", "--area", "Orrindale", "--seconds", "5", "--out", first]).exit_code == 0
    done = run.invoke(cli, ["improve", first, *where, "--seconds", "5", "--out", out])
    assert done.exit_code == 0 and "certificate.json" in done.output and "proof.json" in done.output
    told = run.invoke(cli, ["check", out, *where, "--proof"])
    assert told.exit_code == 0, told.output
    assert "No plan under these rules can beat it by more than" in told.output
    mended = str(tmp_path / "mended")
    done = run.invoke(cli, ["improve", first, *where, "--seconds", "5", "--mend", "1", "--out", mended])
    assert done.exit_code == 0, done.output
    told = run.invoke(cli, ["check", mended, *where, "--proof"])
    assert told.exit_code == 0 and "can beat it by more than" in told.output


@pytest.fixture(scope="module")
def proposal(area: Area) -> Proposal:
    return propose(area, CRITERIA, name="Proposed")


def test_what_was_proven_for_the_same_question_stands_and_for_another_never(
    area: Area, made: Improved, proposal: Proposal
) -> None:
    assert proposal.plan is not None
    alone = certified(area, made.plan, seconds=1, processes=1)
    both = certified(area, made.plan, seconds=1, processes=1, known=proposal.solution)
    assert alone is not None and both is not None
    assert both.bound >= max(alone.bound, min(proposal.solution.bound, both.best_primary or 0.0)) - 1e-6
    assert both.objective == alone.objective and both.bound <= (both.best_primary or 0.0) + 1e-6
    shared = improve_study.asked_for(made.plan, known=(proposal.plan, proposal.solution))
    assert shared["known"] is not None
    for other in (
        replace(proposal.plan, criteria=replace(CRITERIA, target=61_000)),
        replace(proposal.plan, area_digest="other files"),
    ):
        assert improve_study.asked_for(made.plan, known=(other, proposal.solution))["known"] is None
        told = shared | {"known": {"plan": document(other), "solution": to_json(proposal.solution)}}
        assert improve_study._known(told, made.plan) is None


def test_a_proof_of_another_part_or_one_that_is_none_lends_nothing(
    area: Area, made: Improved, proposal: Proposal
) -> None:
    good = proposal.solution
    alone = certified(area, made.plan, seconds=1, processes=1)
    for bad in (
        replace(good, parts=tuple(replace(part, people=part.people + 1) for part in good.parts)),
        replace(good, proofs=tuple(tree and replace(tree, cases=()) for tree in good.proofs)),
        replace(good, proofs=()),
    ):
        found = certified(area, made.plan, seconds=1, processes=1, known=bad)
        assert found is not None and alone is not None and replace(found, seconds=alone.seconds) == alone


@pytest.fixture(scope="module")
def answered(area: Area, made: Improved, proposal: Proposal) -> tuple[dict[str, Any], dict[str, Any]]:
    """A question to the study of the page, and its answer, as both go between processes."""
    assert proposal.plan is not None
    plan = drawn(area, ["aaabddd", "abbbddd", "cccceee", "cccceee"], CRITERIA)
    asked = json.loads(json.dumps(improve_study.asked_for(plan, 2, 5, known=(proposal.plan, proposal.solution))))
    return asked, json.loads(json.dumps(improve_study.run(area, asked, lambda *_: None, lambda: False)))


def test_an_improved_plan_of_the_shelf_has_its_certificate_until_it_is_edited(
    area: Area, answered: tuple[dict[str, Any], dict[str, Any]], tmp_path: Path
) -> None:
    found = improve_study.read(area, *answered)
    assert found.proven is not None and found.proven.in_words in found.in_words
    shelf = Shelf().add(found.plan).add(found.plan, proven=found.proven)
    option = shelf.get()
    assert option is not None and option.plan.name.endswith("(2)") and not option.edited
    made = downloads.bundle(option.plan, area, option.solution, Handing(), proven=option.proven)
    for name, data in made.files.items():
        (tmp_path / name).write_bytes(data)
    report = check_proof(option.plan, area, tmp_path)
    assert report.holds and report.groups and not report.no_bound, report.faults
    told = json.loads(made.files["certificate.json"])
    assert told["made_by"] == "improve" and told["objective"] == pytest.approx(found.after)
    assert told["gap"] == pytest.approx(1 - told["bound"] / told["objective"], abs=1e-5)
    assert "certificate.json" in made.files["README.txt"].decode()
    unit = option.plan.assignment[0][0]
    moved = shelf.edit(edit.move(option.plan, area, [unit], option.plan.codes[-1])).get()
    assert moved is not None and moved.edited


@pytest.mark.parametrize(
    "change",
    [
        lambda own: own | {"bound": own["bound"] * 1.01},
        lambda own: own | {"objective": own["objective"] * 0.99},
        lambda own: own | {"gap": 0.0, "status": "optimal"},
        lambda own: None,
    ],
)
def test_a_proof_that_does_not_come_out_is_not_believed(
    area: Area, answered: tuple[dict[str, Any], dict[str, Any]], change: Callable[[Any], Any]
) -> None:
    asked, answer = answered
    bad = answer | {"solution": change(answer["solution"])}
    if bad["solution"] is None:  # said to be without a bound: what is left says no more than is true
        assert improve_study.read(area, asked, bad).proven == Proven(None, improve_study.read(area, *answered).groups)
        return
    with pytest.raises(PlanError):
        improve_study.read(area, asked, bad)

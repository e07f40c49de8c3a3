"""Studies: an answer that holds is handed over as its study reads it; a child that fails in any way gives none."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from streamlit.testing.v1 import AppTest

import boundaries
from footprints.jobs import STUDIES, StudyJob, StudyState
from footprints.jobs.process import without_home
from footprints.jobs.protocol import Answer, Progress, Result, Stage, StudyRequest, decode, encode
from footprints.jobs.runner import Runner
from footprints.jobs.studies import as_json, module_of
from footprints.platform import alive
from footprints.program import JOBS, PLANS, program
from footprints.report.details import Details
from footprints.studies import paper
from tests.grids import grid_area
from tests.plans import drawn
from tests.test_jobs import GOOD, proposal_of, stub, until
from tests.tiny_study import Tiny

pytestmark = pytest.mark.alone

PICTURE = ("AAA", "BBB")
AREA = grid_area(PICTURE)
ASKED = {"units": [AREA.codes[0], AREA.codes[4]]}  # two units of 10,000
TRUE = encode(Answer({"people": 20_000, "stopped": False})).decode()

OUR_CHILD = f"""
import footprints.jobs.child as child
from footprints.jobs.studies import STUDIES
from tests.grids import grid_area
STUDIES["tiny"] = "tests.tiny_study"
child.load_area = lambda *a, **k: grid_area({PICTURE!r})
child.main()
"""


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STUDIES, "tiny", "tests.tiny_study")


def started(command: tuple[str, ...], asked: dict[str, Any] = ASKED, **options: Any) -> StudyJob:
    return StudyJob.start("tiny", "nowhere", (), asked, evidence=AREA, command=command, **options)


def saying(folder: Path, text: str, then: str = "") -> tuple[str, ...]:
    (folder / "said").write_text(text, encoding="utf-8")
    body = f"sys.stdout.buffer.write(open({str(folder / 'said')!r}, 'rb').read()); sys.stdout.flush()\n"
    return stub(folder, body + then)


def our_child(folder: Path) -> tuple[str, ...]:
    script = folder / "child.py"
    script.write_text(OUR_CHILD, encoding="utf-8")
    return (sys.executable, str(script))


def refused(state: StudyState) -> str:
    assert state.done
    assert state.result is None
    assert state.error
    return state.error


def test_lines_of_studies_are_read_back_as_they_were_said() -> None:
    for said in (
        StudyRequest("review", "demo", ("Ely",), {"plan": {"a": [1, 2.5, None]}, "deep": [{"b": True}]}),
        Stage("Solving", 0.25),
        Answer({"value": float("-inf"), "rows": [["x", 1]]}),
    ):
        assert decode(encode(said)) == said
    assert as_json({"pair": ("a", 1)}) == {"pair": ["a", 1]}
    with pytest.raises(TypeError):
        as_json({"set": {1, 2}})
    with pytest.raises(TypeError):
        encode(Answer({1: "a key that is no text"}))  # type: ignore[dict-item]


def test_our_own_child_runs_a_study_and_its_answer_is_read(tmp_path: Path) -> None:
    job = started(our_child(tmp_path))
    state = job.wait(60)
    assert state.error is None, state.diagnosis
    assert state.result == Tiny(20_000, stopped=False)
    assert state.stage == "Checking"
    assert not state.cancelled


def test_stages_and_fractions_are_passed_on(tmp_path: Path) -> None:
    lines = encode(Stage("Half", 0.5)).decode()
    job = started(saying(tmp_path, lines, "time.sleep(60)\n"))
    assert until(lambda: job.poll().stage == "Half", 10)
    assert job.poll().fraction == 0.5
    job.close()
    assert until(lambda: not alive(job.pid), 5)
    wild = "".join(encode(Stage("Odd", value)).decode() for value in (7.0,))
    job = started(saying(tmp_path, wild, "time.sleep(60)\n"))
    assert until(lambda: job.poll().stage == "Odd", 10)
    assert job.poll().fraction == 1.0
    job.close()


def test_a_stopped_study_hands_over_what_it_has(tmp_path: Path) -> None:
    job = started(our_child(tmp_path), {**ASKED, "seconds": 60})
    assert until(lambda: job.poll().stage.startswith("Counting"), 60)
    began = time.monotonic()
    job.cancel()
    state = job.wait(10)
    assert time.monotonic() - began < 2.5
    assert state.cancelled
    assert state.result == Tiny(20_000, stopped=True)


FAILURES: dict[str, tuple[str, str, str]] = {
    # what it says, what it does then, what the planner reads
    "babble": ("Optimal solution found!\n", "time.sleep(60)", "cannot be read"),
    "half an answer": (TRUE[:20], "os._exit(9)", "cannot be read"),
    "nothing at all": ("", "os._exit(0)", "ended before it had an answer"),
    "an answer that is a list": ('{"kind": "answer", "answer": [1]}\n', "", "cannot be read"),
    "a lie": (TRUE.replace("20000", "20001"), "", "did not pass our check and was not used: The people do not add up."),
    "an answer without its members": ('{"kind": "answer", "answer": {}}\n', "", "could not be checked"),
    "the answer of a proposal": (
        encode(Result(proposal_of(GOOD).plan, proposal_of(GOOD).solution)).decode(), "", "cannot be read",
    ),
    "the progress of a proposal": (
        encode(Progress("start", "", 0, 1, 0.0, None, None)).decode(), "time.sleep(60)", "cannot be read",
    ),
    "a request": (encode(StudyRequest("tiny", "x", (), {})).decode(), "time.sleep(60)", "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("failure", sorted(FAILURES))
def test_a_failing_child_gives_no_result(tmp_path: Path, failure: str) -> None:
    said, then, words = FAILURES[failure]
    job = started(saying(tmp_path, said, then + "\n"))
    state = job.wait(10)
    assert words in refused(state)
    assert "Error" not in (state.error or "")
    assert until(lambda: not alive(job.pid), 5)


def test_the_details_of_a_lie_are_for_the_log_only(tmp_path: Path) -> None:
    state = started(saying(tmp_path, '{"kind": "answer", "answer": {}}\n')).wait(10)
    assert "KeyError" not in refused(state) + state.mend
    assert "KeyError" in state.diagnosis


def test_a_killed_child_gives_no_result(tmp_path: Path) -> None:
    job = started(stub(tmp_path, "time.sleep(60)\n"))
    psutil.Process(job.pid).kill()
    assert "ended before it had an answer" in refused(job.wait(10))


def test_a_hanging_child_is_ended_within_two_seconds_of_the_stop(tmp_path: Path) -> None:
    job = started(stub(tmp_path, "time.sleep(60)\n"))
    began = time.monotonic()
    job.cancel()
    assert "stopped before it had an answer" in refused(job.wait(10))
    assert time.monotonic() - began < 2.5
    assert until(lambda: not alive(job.pid), 5)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"clock_s": 0.5}, "without an answer"),
        ({"memory_bytes": 100_000_000}, "memory"),
        ({"silence_s": 0.5}, "page was closed"),
    ],
)
def test_a_child_beyond_its_limits_gives_no_result(tmp_path: Path, limits: dict[str, Any], words: str) -> None:
    job = started(stub(tmp_path, "kept = b'x' * 200_000_000\ntime.sleep(60)\n"), **limits)
    assert until(lambda: not alive(job.pid), 10)
    assert words in refused(job.wait(5))


def test_a_child_that_reads_nothing_does_not_hold_up_its_parent(tmp_path: Path) -> None:
    script = tmp_path / "deaf.py"
    script.write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    began = time.monotonic()
    job = started((sys.executable, str(script)), {**ASKED, "long": "x" * 5_000_000})
    job.cancel()
    assert time.monotonic() - began < 1.0
    assert "stopped before" in refused(job.wait(10))
    assert time.monotonic() - began < 3.5


def test_only_the_studies_of_the_table_can_be_run(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no study called 'os'"):
        StudyJob.start("os", "demo", (), {})
    with pytest.raises(ValueError, match="no study called"):
        module_of("os.path")
    # A request that names another module reaches the child only by a forged line; it ends there.
    patch = OUR_CHILD.replace("child.main()", "")
    script = tmp_path / "forged.py"
    script.write_text(
        patch + "import sys\nfrom footprints.jobs.protocol import ProtocolError, StudyRequest\ntry:\n"
        "    child.work(StudyRequest('tests.tiny_study', 'x', (), {}), print, lambda: False)\n"
        "except ProtocolError as error:\n    sys.stderr.write('turned away: ' + str(error))\n",
        encoding="utf-8",
    )
    state = started((sys.executable, str(script))).wait(60)
    refused(state)
    assert "turned away: there is no study called 'tests.tiny_study'" in state.diagnosis


def test_every_study_of_the_table_that_exists_has_both_functions() -> None:
    folder = Path(__file__).parents[1] / "footprints" / "studies"
    found = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    assert set(found) <= {path.rpartition(".")[2] for path in STUDIES.values()}
    for name in found:
        module = module_of(name)
        assert callable(module.run)
        assert callable(module.read)


def test_a_failure_is_logged_once_with_its_details_and_without_the_home_folder(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = str(Path.home())
    body = f"sys.stderr.write('Traceback at ' + {home!r} + '/secret.py')\nsys.stderr.flush()\nos._exit(1)\n"
    with caplog.at_level(logging.WARNING, logger="footprints.jobs"):
        job = started(stub(tmp_path, body))
        job.wait(10)
        for _ in range(3):
            job.poll()
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    said = record.getMessage()
    assert "study tiny" in said
    assert "ended before it had an answer" in said
    assert "Traceback at ~" in said
    assert home not in said
    assert without_home(f"{home}\\a") == "~\\a"


def test_what_somebody_stopped_has_not_failed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for end in (StudyJob.cancel, StudyJob.close):
        job = started(stub(tmp_path, "time.sleep(60)\n"))
        end(job)
        assert job.wait(10).done
    assert not caplog.records


PAGE = """
import streamlit as st
from footprints.ui import study

asked = {"units": list(st.session_state["units"])}
if st.session_state.pop("go", False):
    study.begin("tiny", asked)
study.progress("tiny", "Counting people")
found = study.result("tiny", asked)
st.text(f"running {study.running('tiny')}; result {found.people if found else 'none'}; {study.trouble('tiny')[0]}")
"""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """A page with one study, on the small area; `commands` is what each start takes in turn."""
    from footprints.ui import state, study

    made: list[Runner] = []

    def open_page(*commands: tuple[str, ...]) -> AppTest:
        left = list(commands)
        own = Runner(tmp_path / "jobs.sqlite", tmp_path / "results", command=lambda _: left.pop(0)).start()
        made.append(own)
        monkeypatch.setattr(state, "area", lambda: AREA)
        for module in (state, study):
            monkeypatch.setattr(module, "runner", lambda: own)
        script = tmp_path / "page.py"
        script.write_text(PAGE, encoding="utf-8")
        at = AppTest.from_file(str(script), default_timeout=30)
        at.session_state["units"] = ASKED["units"]
        return at

    yield open_page
    for own in made:
        own.close()


def child_of(at: AppTest) -> int:
    """The process id of the study that the page waits for."""
    from footprints.ui import study

    running, job = study.runner().supervisor._running, at.session_state["footprints"].studies["tiny"].job
    assert until(lambda: job.id in running, 10)
    return running[job.id].job.pid


def run_until(at: AppTest, words: str) -> str:
    limit = time.monotonic() + 20
    while words not in at.text[0].value and time.monotonic() < limit:
        time.sleep(0.1)
        at.run()
    return str(at.text[0].value)


def test_a_result_belongs_to_exactly_its_question(page: Callable[..., AppTest], tmp_path: Path) -> None:
    at = page(saying(tmp_path, TRUE))
    assert at.run().text[0].value == "running False; result none;"
    at.session_state["go"] = True
    assert "running True; result none" in at.run().text[0].value
    assert run_until(at, "result 20000").startswith("running False")
    at.session_state["units"] = AREA.codes[:1]
    assert "result none" in at.run().text[0].value
    at.session_state["units"] = tuple(ASKED["units"])
    assert "result 20000" in at.run().text[0].value


def test_a_study_can_be_stopped_from_its_page_and_says_so(page: Callable[..., AppTest], tmp_path: Path) -> None:
    at = page(saying(tmp_path, encode(Stage("Busy", 0.5)).decode(), "time.sleep(60)\n"))
    at.session_state["go"] = True
    at.run()
    assert at.button(key="stop_tiny").label == "Stop"
    at.button(key="stop_tiny").click().run()
    assert "stopped before it had an answer" in run_until(at, "stopped")


def test_another_question_ends_the_one_under_way(page: Callable[..., AppTest], tmp_path: Path) -> None:
    (tmp_path / "second").mkdir()
    long = stub(tmp_path, "time.sleep(60)\n")
    at = page(long, saying(tmp_path / "second", TRUE.replace("20000", "10000")))
    at.session_state["go"] = True
    at.run()
    first, pid = at.session_state["footprints"].studies["tiny"].job, child_of(at)
    at.session_state["go"] = True
    at.run()  # the same question again changes nothing
    assert at.session_state["footprints"].studies["tiny"].job is first
    at.session_state["go"], at.session_state["units"] = True, AREA.codes[:1]
    at.run()
    assert until(lambda: not alive(pid), 5)
    assert run_until(at, "result 10000").startswith("running False")


def test_a_study_goes_on_when_its_tab_is_closed_or_turns_elsewhere_and_is_found_again(
    page: Callable[..., AppTest], tmp_path: Path
) -> None:
    wait = f"sys.stdin.readline()\nsys.stdout.write({TRUE!r}); sys.stdout.flush()\n"
    at = page(saying(tmp_path, encode(Stage("Busy", 0.5)).decode(), wait))
    at.session_state["go"] = True
    at.run()
    pid = child_of(at)
    script = tmp_path / "page.py"
    take_up = "from footprints.ui import state\nstate.take_up(state.area())\n"
    script.write_text(f"from footprints.ui import state\nstate.use_source('demo')\n{PAGE}", encoding="utf-8")
    at.run()
    assert at.text[0].value == "running False; result none;"
    assert alive(pid)
    script.write_text(take_up + PAGE, encoding="utf-8")
    fresh = AppTest.from_file(str(script), default_timeout=30)  # another tab
    fresh.session_state["units"] = ASKED["units"]
    assert "running True; result none" in fresh.run().text[0].value
    fresh.button(key="stop_tiny").click().run()
    assert "result 20000" in run_until(fresh, "result 20000")
    later = AppTest.from_file(str(script), default_timeout=30)  # what was found is there from the first look on
    later.session_state["units"] = ASKED["units"]
    assert "result 20000" in later.run().text[0].value


def test_a_paper_is_asked_anew_when_files_that_are_in_no_area_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ethnic groups and branches are read from the folder as the paper is made, by code of `boundaries`."""
    plan = drawn(AREA, PICTURE)
    asked = paper.asked_for([plan], None, (), Details(), str(tmp_path))
    assert asked == paper.asked_for([plan], None, (), Details(), str(tmp_path))
    (tmp_path / "ebranchs.csv").write_bytes(b"M85001001")
    assert asked != paper.asked_for([plan], None, (), Details(), str(tmp_path))
    jobs, plans = program.__wrapped__(JOBS), program.__wrapped__(PLANS)
    monkeypatch.setattr(boundaries, "__file__", str(tmp_path / "__init__.py"))
    (tmp_path / "__init__.py").write_bytes(b"")
    assert program.__wrapped__(JOBS) != jobs == program(JOBS) and program.__wrapped__(PLANS) == plans

"""`footprints jobs`: what is listed, and what stops."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from footprints.cli import cli
from footprints.errors import StoreError
from footprints.jobs.runner import table
from footprints.store.jobs import ASK, Asked, JobRows, State

QUESTION = Asked("k" * 64, "", "ann", "review", "Plan A", "Gridshire", "digest", 0, "p1", "tool 1", "{}\n")


def said(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["jobs", *arguments])
    return f"{done.exit_code}: {done.output}"


def test_jobs_are_listed_and_stopped() -> None:
    assert said() == "0: No calculations have been asked for.\n"
    rows = JobRows(table())
    row, other = rows.ask(QUESTION), rows.ask(Asked(**{**QUESTION.__dict__, "key": "m" * 64}))
    assert "Gridshire" in said() and "waiting" in said()
    assert f"Asked job {row.id} to stop." in said("--cancel", row.id)
    assert "is over already (cancelled)" in said("--cancel", row.id)
    held = rows.claim("w", "host", "p1", 2)
    assert held is not None and held.id == other.id
    said("--cancel", other.id)
    now = rows.row(other.id)
    assert now is not None and (now.cancel, now.state) == (ASK, State.RUNNING)
    assert said("--cancel", "nothing").startswith("2: ") and "There is no job nothing" in said("--cancel", "nothing")
    rows.close()


def test_a_shared_store_is_no_shared_list_of_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    own, server = table(), "postgresql://footprints@/camford"
    monkeypatch.setenv("FOOTPRINTS_STORE", server)
    monkeypatch.setenv("FOOTPRINTS_JOBS", server)
    assert table() == own and str(own).endswith("jobs.sqlite"), "each computer of laptop mode has jobs of its own"
    monkeypatch.setenv("FOOTPRINTS_SHARED", "shared.toml")
    assert table() == server
    monkeypatch.delenv("FOOTPRINTS_JOBS")
    assert table() == own
    monkeypatch.setenv("FOOTPRINTS_JOBS", "jobs.sqlite")
    with pytest.raises(StoreError, match="FOOTPRINTS_JOBS does not name"):
        table()

"""Journals that nobody will take up again go; everything else stays."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from boundaries.area import Area
from footprints.editing import Desk
from footprints.editing.journal import Journal
from footprints.editing.sweeping import DAYS, sweep
from tests.plans import drawn
from tests.test_desk import ASKED, ROWS, area_of


def journal(folder: Path, name: str, days: float, area: Area | None = None) -> Path:
    """A journal with one option, last written so many days ago, by a process that is gone."""
    file, own = folder / f"{name}.jsonl", area or area_of()
    desk = Desk(own, Journal(file))
    desk.change(lambda shelf: shelf.add(drawn(own, ROWS, ASKED, name="Drawn")))
    desk.close()
    aged(file, days)
    file.with_suffix(".pid").write_text("999999 1.0", encoding="ascii")
    return file


def aged(file: Path, days: float) -> None:
    then = time.time() - days * 86_400
    os.utime(file, (then, then))


def test_only_what_is_old_whole_free_and_not_the_newest_of_its_place_goes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old, own = journal(tmp_path, "old", DAYS + 5), journal(tmp_path, "own", 0)
    kept = [own, journal(tmp_path, "recent", DAYS - 5)]
    unreadable, cut = journal(tmp_path, "unreadable", DAYS + 9), journal(tmp_path, "cut", DAYS + 9)
    unreadable.write_bytes(b'{"schema": "footprints-desk/9", "shelf": {"options": []}}\n')
    cut.write_bytes(cut.read_bytes()[:-20])
    aside = tmp_path / "old.unread-1"
    aside.write_bytes(b"x")
    for file in (unreadable, cut, aside):
        aged(file, DAYS + 9)
    with caplog.at_level(logging.INFO, "footprints.editing"):
        assert sweep(own) == (old,)
    assert not old.exists() and not old.with_suffix(".pid").exists()
    assert all(file.exists() for file in (*kept, unreadable, cut, aside))
    (said,) = [record.getMessage() for record in caplog.records]
    assert "old.jsonl" in said and area_of().name in said
    assert sweep(own) == ()


def test_the_newest_of_a_place_stays_however_old(tmp_path: Path) -> None:
    older, newer = journal(tmp_path, "older", 400), journal(tmp_path, "newer", 300)
    assert sweep(tmp_path / "another-place.jsonl") == (older,)
    assert newer.exists()


def test_one_that_a_running_app_holds_stays(tmp_path: Path) -> None:
    held, own = journal(tmp_path, "held", DAYS + 5), journal(tmp_path, "own", 0)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        mark = f"{other.pid} {psutil.Process(other.pid).create_time()}"
        held.with_suffix(".pid").write_text(mark, encoding="ascii")
        assert sweep(own) == () and held.exists()
        other.communicate(b"\n")
    assert sweep(own) == (held,)

"""The benchmark of the store in a short form: clients killed, a save cut at every step, a full disk, tampers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the clients are forked, which this system cannot do")
def test_nothing_acknowledged_is_lost_and_no_tamper_passes() -> None:
    numbers = ["--trials", "25", "--server-trials", "6", "--tampers", "60"]
    numbers += ["--seconds", "2", "--editors", "6", "--side", "12", "--pace", "0.5"]
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / "store.py", *numbers],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=570,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = {}
    for line in done.stdout.splitlines():
        what, _, rest = line.partition(": ")
        told[what] = json.loads(rest)
    assert told["kills, SQLite"]["trials"] == 29 and told["kills, SQLite"]["lost"] == 0
    assert told["tampers, SQLite"]["found"] == told["tampers, SQLite"]["tampers"] > 0
    assert told["steps, SQLite"] == {"steps": 6, "wrong": 0}

"""Next quarter's files of the demo county: a copy with one practice gone and another in a PCN elsewhere."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

from boundaries.demo import demo_source

GONE = "X90070"  # its patients are with nobody
MOVED = ("X90067", "U00019")


def rewrite(file: Path, change: Callable[[dict[str, str]], dict[str, str] | None]) -> None:
    """The table with each row as `change` has it, or without those that it gives None for."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        rows, header = [change(row) for row in reader], reader.fieldnames
    assert header
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.DictWriter(opened, header)
        writer.writeheader()
        writer.writerows(row for row in rows if row is not None)


def next_quarter(folder: Path, gone: str = GONE, moved: tuple[str, str] = MOVED) -> Path:
    """Write the files into `folder`, which is made."""
    shutil.copytree(demo_source(), folder, ignore=shutil.ignore_patterns("derived"))

    def changed(row: dict[str, str]) -> dict[str, str] | None:
        if row["PRACTICE_CODE"] == gone:
            return None
        return {**row, "PCN_CODE": moved[1]} if row["PRACTICE_CODE"] == moved[0] and "PCN_CODE" in row else row

    rewrite(folder / "gp-reg-pat-prac-lsoa-all_invented.csv", changed)
    rewrite(folder / "gp-reg-pat-prac-map_invented.csv", changed)
    rewrite(folder / "gp-reg-pat-prac-all_invented.csv", lambda row: None if row["CODE"] == gone else row)
    return folder

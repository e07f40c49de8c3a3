"""The table of docs/benchmarks.md: one line for each figure to reach, and what was measured behind it, row by row."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
PACKAGES = ("numpy", "numba", "pulp", "highspy", "geopandas", "gerrychain", "spopt")
HEAD = ("row", "case", "goal", "reached", "met")


@dataclass(frozen=True)
class Line:
    """One figure to reach: `met` is None where nothing is asked but a report."""

    case: str
    goal: str
    reached: str
    met: bool | None = None


@dataclass(frozen=True)
class Row:
    """What one row of the table came to. head, cells : the details behind its lines, as a table."""

    key: str
    title: str
    lines: tuple[Line, ...]
    head: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = field(default=())


def machine(load: tuple[float, float, float], command: str) -> str:
    """Cores, load at the start, versions and the command, in a sentence; no name of the machine or of a folder."""
    cores = f"{psutil.cpu_count(logical=False) or 1} cores ({os.cpu_count()} threads)"
    gib = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return (
        f"`{command}` on {cores}, {gib:.0f} GB, {platform.system()} {platform.machine()}, Python "
        f"{platform.python_version()}, {packages}; load at the start {load[0]:.1f}, {load[1]:.1f}, {load[2]:.1f}."
    )


def command() -> str:
    """The command as given, folders by their last name only."""
    said = [Path(a).name if os.sep in a and not a.startswith("-") else a for a in sys.argv[1:]]
    return " ".join(["python", "benchmarks/optimise.py", *said])


def average_load() -> tuple[float, float, float]:
    """Of one, five and fifteen minutes."""
    return psutil.getloadavg()


def markdown(head: Sequence[str], cells: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    rows = [head, ["---"] * len(head), *cells]
    return "\n".join("| " + " | ".join(text.replace("|", "/") for text in row) + " |" for row in rows)


def as_text(row: Row) -> str:
    """A row for the terminal and for the details of the document."""
    said = [f"{line.case}: {line.reached} (goal: {line.goal}{_verdict(line.met, ', ')})" for line in row.lines]
    table = [markdown(row.head, row.cells)] if row.head else []
    return "\n\n".join([f"### {row.key}: {row.title}", "\n".join(f"- {s}" for s in said), *table, *row.notes])


def update(text: str, rows: Sequence[Row], measured: str) -> str:
    """The document with these rows in place of what it had for them; everything else is left as it is.

    Raises ValueError where its markers are missing.
    """
    known = _lines(_between(text, "figures"))
    for row in rows:
        fresh = [(row.key, ln.case, ln.goal, ln.reached, _verdict(ln.met) or "report") for ln in row.lines]
        place = next((i for i, cells in enumerate(known) if cells[0] == row.key), len(known))
        known = [cells for cells in known[:place] if cells[0] != row.key] + fresh + [
            cells for cells in known[place:] if cells[0] != row.key
        ]  # fmt: skip
        text = _replaced(text, row.key, f"{as_text(row)}\n\n*Measured:* {measured}")
    return _replaced(text, "figures", markdown(HEAD, known))


def write(rows: Sequence[Row], measured: str, path: Path = DOCUMENT) -> None:
    """Put the rows into the document on disk."""
    path.write_text(update(path.read_text("utf-8"), rows, measured), encoding="utf-8", newline="\n")


def _lines(table: str) -> list[tuple[str, ...]]:
    rows = [tuple(cell.strip() for cell in line.strip("| ").split(" | ")) for line in table.strip().splitlines()]
    return [row for row in rows[2:] if len(row) == len(HEAD)]


def _between(text: str, key: str) -> str:
    found = re.search(rf"<!-- {key} -->\n(.*?)<!-- /{key} -->", text, re.DOTALL)
    if found is None:
        raise ValueError(f"the document has no place for {key}: <!-- {key} --> ... <!-- /{key} -->")
    return found[1]


def _replaced(text: str, key: str, content: str) -> str:
    _between(text, key)
    pattern = rf"(<!-- {key} -->\n).*?(<!-- /{key} -->)"
    return re.sub(pattern, lambda m: f"{m[1]}{content}\n{m[2]}", text, flags=re.DOTALL)


def _verdict(met: bool | None, before: str = "") -> str:
    return "" if met is None else before + ("met" if met else "not met")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"

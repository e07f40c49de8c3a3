"""How results and progress look on a terminal: plain tables, numbers as planners write them, one line of progress."""

from __future__ import annotations

import math
import shutil
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import TextIO

import click

from boundaries.errors import FootprintError, Place
from footprints.progress import gap_of, stage_in_words
from optimise.solution import Progress

LEVEL_WORDS = {"district": "district", "upper_tier": "upper tier", "sub_icb": "sub-ICB", "icb": "ICB"}


def message(error: FootprintError) -> str:
    """The error and, on a line of its own, what would mend it."""
    mend = f"\n  {error.mend}" if error.mend else ""
    return f"Error: {error.message}{mend}"


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], *, indent: int = 0, figures_from: int | None = None
) -> str:
    """Columns set apart by two blanks; numbers to the right, words to the left.

    figures_from : from this column on all stand to the right, numbers or not.
    """
    cells = [[_cell(value) for value in row] for row in rows]
    last_words = len(headings) if figures_from is None else figures_from
    right = [c >= last_words or (bool(cells) and all(_numeric(row[c]) for row in cells)) for c in range(len(headings))]
    widths = [max(_width(text) for text in (headings[c], *(row[c] for row in cells))) for c in range(len(headings))]
    lines = [headings, ["-" * width for width in widths], *cells]
    return "\n".join(
        " " * indent
        + "  ".join(
            " " * (widths[c] - _width(text)) + text if right[c] else text + " " * (widths[c] - _width(text))
            for c, text in enumerate(line)
        ).rstrip()
        for line in lines
    )


def number(value: float, decimals: int = 0) -> str:
    """1234.5 as "1,234"; missing as an en dash."""
    if math.isnan(value):
        return "–"
    return f"{value:,.{decimals}f}"


def whole(value: float) -> int | None:
    """A count that a table holds as a number with decimals; None where it is missing."""
    return None if math.isnan(value) else round(value)


def signed(value: float) -> str:
    """A deviation: "+1,234", "-1,234" or "0"."""
    return f"{value:+,.0f}" if round(value) else "0"


def percent(fraction: float | None) -> str:
    """0.0123 as "1.2%"; small gaps keep the digits that tell them from none."""
    if fraction is None:
        return "–"
    shown = 100.0 * fraction
    if 0 < shown < 0.001:
        return "under 0.001%"
    return f"{shown:.1f}%" if shown >= 0.1 or shown == 0 else f"{shown:.2g}%"


def _cell(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return number(value, 0 if abs(value) >= 1000 else 2)
    return " ".join("".join(c if unicodedata.category(c)[0] != "C" else " " for c in str(value)).split())


def _numeric(text: str) -> bool:
    return text == "–" or text.replace(",", "").replace(".", "").lstrip("+-").removesuffix("%").isdigit()


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def places_table(places: Sequence[Place]) -> str:
    """The places a planner may name with --area."""
    return table(
        ("place", "code", "kind", "LSOAs", "residents"),
        [(p.name, p.code, LEVEL_WORDS.get(p.level, p.level), p.units, p.residents) for p in places],
        indent=2,
    )


class ProgressLine:
    """Progress on standard error: one line that changes on a terminal, a line now and then anywhere else."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._live = self._stream.isatty()
        self._clock = clock
        self._last_time = float("-inf")
        self._last_step = ("", "")
        self._pending = ""
        self._drawn = 0
        self._residents, self._unit = 0.0, "km"

    def measure(self, residents: float, distance: str = "km") -> None:
        """From here on say values as kilometres a person (square kilometres where `distance` is "km2")."""
        self._residents, self._unit = residents, "km²" if distance == "km2" else "km"

    def say(self, words: str) -> None:
        """A step in words, such as "Reading boundaries"."""
        if self._live:
            self._draw(words)
        else:
            self._print(words)

    def note(self, words: str) -> None:
        """Something that must stay on the screen."""
        self.finish()
        self._print(words)

    def __call__(self, event: Progress) -> None:
        """An event of the solve."""
        line = progress_words(event, self._residents, self._unit)
        if self._live:
            self._draw(line)
            return
        self._pending = line
        step = (event.stage, event.part)
        if step != self._last_step or self._clock() - self._last_time >= 5.0:
            self._last_step = step
            self._print(line)

    def finish(self) -> None:
        """Leave the last state standing."""
        if self._live and self._drawn:
            self._stream.write("\n")
            self._drawn = 0
        elif self._pending:
            self._print(self._pending)
        self._stream.flush()

    def _print(self, line: str) -> None:
        self._last_time, self._pending = self._clock(), ""
        click.echo(line, file=self._stream)

    def _draw(self, line: str) -> None:
        room = max(20, shutil.get_terminal_size().columns - 1)
        shown = line if len(line) <= room else line[: room - 1] + "…"
        self._stream.write("\r" + shown.ljust(self._drawn))
        self._stream.flush()
        self._drawn = len(shown)


def progress_words(event: Progress, residents: float = 0.0, unit: str = "km") -> str:
    """One line: seconds, what is being done and where, best so far, bound, gap.

    residents, unit : to say values by person, as in "2.13 km a person"; in person-km where there are none.
    """
    words = f"{event.seconds:4.0f} s  {stage_in_words(event)}"
    if event.best is not None:
        best = f"{event.best / residents:.2f} {unit} a person" if residents else number(event.best)
        words += f"; best so far {best}"
    if event.best is not None and event.bound is not None and event.bound > 0:
        # Rounded down, so that "no plan can beat" stays true as printed.
        bound = f"{_down(event.bound / residents, 2)} {unit}" if residents else _down(event.bound, 0)
        words += f"; no plan under these rules can beat {bound}"
        words += f"; gap {percent(gap_of(event.best, event.bound))}"
    return words


def _down(value: float, decimals: int) -> str:
    """Rounded down to so many decimals."""
    parts = 10**decimals
    return number(math.floor(value * parts + 1e-9) / parts, decimals)

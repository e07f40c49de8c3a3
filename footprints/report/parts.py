"""A paper as plain data: what stands in it, in its order, whichever way it is rendered.

Text is text: nothing in it is ever markup, and each renderer makes it safe in its own way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Align = Literal["left", "right"]
SHORT = 24  # rows of a table that is not divided between pages


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 (a section) or 2 (within one)."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """A paragraph. small : for notes."""

    text: str
    small: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list; `numbered` where its order counts. small : for notes."""

    items: tuple[str, ...]
    numbered: bool = False
    small: bool = False


@dataclass(frozen=True)
class Callout:
    """What nobody may miss: a title and lines, in a frame. tone : "decision" or "warning"."""

    title: str
    lines: tuple[str, ...]
    tone: Literal["decision", "warning"] = "warning"


@dataclass(frozen=True)
class Facts:
    """Short answers under their names: (name, answer) pairs."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table. share : of the width, by weight."""

    label: str
    share: float = 1.0
    align: Align = "left"


@dataclass(frozen=True)
class Cell:
    """A cell. note : a second, smaller line. strong : set apart from its neighbours (also said in words)."""

    text: str
    note: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Row:
    """A row of cells; a `band` is one cell over the whole width that names the rows below it."""

    cells: tuple[Cell, ...]
    band: bool = False
    total: bool = False


@dataclass(frozen=True)
class Table:
    """A table with a header row. notes : lines below it, among them which rows are left out and what would fill them.
    divided : however short, it may go over two pages.

    Raises ValueError where a row does not have a cell for each column.
    """

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    dense: bool = False
    divided: bool = False

    @property
    def short(self) -> bool:
        """Whether it stays on one page."""
        return len(self.rows) <= SHORT and not self.divided

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != (1 if row.band else len(self.columns)):
                raise ValueError(f"{self.title}: {len(row.cells)} cells for {len(self.columns)} columns")


@dataclass(frozen=True)
class Figure:
    """A picture as SVG. alt : what it shows, for whoever does not see it. width_mm, height_mm : as printed."""

    svg: str
    caption: str
    alt: str
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class Figures:
    """Pictures that belong together, in so many columns."""

    items: tuple[Figure, ...]
    columns: int = 1


@dataclass(frozen=True)
class Break:
    """What follows begins on a new page."""


Block = Heading | Text | Bullets | Callout | Facts | Table | Figures | Break


@dataclass(frozen=True)
class Document:
    """A paper. stamp : on every page: the plans with their versions and content hashes. day : ISO date, "" for none.

    subtitle : under the title. subject : one sentence, for the properties of the file.
    """

    title: str
    subtitle: str
    stamp: str
    day: str
    subject: str
    blocks: tuple[Block, ...]


def row(*cells: str | Cell, band: bool = False, total: bool = False) -> Row:
    """A row of cells or plain texts."""
    return Row(tuple(c if isinstance(c, Cell) else Cell(c) for c in cells), band=band, total=total)

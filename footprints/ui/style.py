"""How the app looks: a calm frame in NHS blues and greys, tables that read well, and a visible focus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from footprints import maps
from footprints.escape import escape

_CSS = Path(maps.__file__).parent / "assets" / "page.css"


@dataclass(frozen=True)
class Cell:
    """A table cell whose markup was made here; everything else in a table is text."""

    html: str


def apply() -> None:
    """Add the style sheet to the page."""
    st.html(_CSS)


def table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    numbers: Sequence[int] = (),
    marked: Sequence[int] = (),
    max_height: int = 0,
    kind: str = "",
) -> None:
    """A plain table with a caption; `numbers` are the columns set to the right, `marked` the rows picked out.

    kind : "wrap" breaks long file names, "sticky" keeps the first column in view.
    """
    st.html(table_html(caption, columns, rows, numbers=numbers, marked=marked, max_height=max_height, kind=kind))


def table_html(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    *,
    numbers: Sequence[int] = (),
    marked: Sequence[int] = (),
    max_height: int = 0,
    kind: str = "",
) -> str:
    """The markup of `table`; texts are escaped, `Cell`s stand as they are."""

    def place(i: int) -> str:
        return ' class="n"' if i in numbers else ""

    head = "".join(f'<th scope="col"{place(i)}>{escape(c)}</th>' for i, c in enumerate(columns))
    body = []
    for r, row in enumerate(rows):
        cells = [cell.html if isinstance(cell, Cell) else escape(cell) for cell in row]
        first = f'<th scope="row"{place(0)}>{cells[0]}</th>'
        rest = "".join(f"<td{place(i)}>{cell}</td>" for i, cell in enumerate(cells[1:], start=1))
        body.append(f"<tr{' class=on' if r in marked else ''}>{first}{rest}</tr>")
    limit = f' style="max-height:{max_height}px"' if max_height else ""
    if max_height or len(columns) > 3 or "sticky" in kind:  # it may have to be scrolled, in a narrow window too
        limit += ' tabindex="0"'
    return (
        f'<div class="fp-scroll"{limit}><table class="fp {kind}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def tiles(pairs: Sequence[tuple[str, str]]) -> None:
    """A row of figures, each with what it is."""
    st.html(
        '<div class="fp-tiles">'
        + "".join(f'<div class="fp-tile"><b>{escape(n)}</b><span>{escape(what)}</span></div>' for n, what in pairs)
        + "</div>"
    )


def under_way(rows: Sequence[tuple[str, str]]) -> None:
    """Long work in the background, a line each with its seconds, close together so that the shelf stays in sight."""
    lines = "".join(f"<div><span>{escape(title)}</span><b>{escape(seconds)}</b></div>" for title, seconds in rows)
    st.html(f'<div class="fp-under-way">{lines}</div>')


def sources(lines: Sequence[str]) -> None:
    """Licence lines, each once, under a map or a table."""
    st.html(f'<div class="fp-sources">{escape(" · ".join(dict.fromkeys(lines)))}</div>')


def note(*lines: str, kind: str = "") -> None:
    """A quiet box of plain sentences; kind is "", "good", "warn" or "bad"."""
    st.html(f'<div class="fp-note {kind}" role="note">{"".join(f"<p>{escape(line)}</p>" for line in lines)}</div>')


def said(text: str) -> None:
    """What was just done, spoken to assistive technology as well."""
    st.html(f'<div class="fp-note good" role="status" aria-live="polite"><p>{escape(text)}</p></div>')


def tag(kind: str, text: str, small: str = "") -> Cell:
    """A small label such as "pass" or "missing": a word in a frame, never a colour alone. small : a line under it."""
    under = f'<div class="small">{escape(small)}</div>' if small else ""
    return Cell(f'<span class="fp-tag {escape(kind)}">{escape(text)}</span>{under}')


def code(text: str) -> Cell:
    """A mark or hash, in one line."""
    return Cell(f'<span style="white-space:nowrap;font-family:monospace;font-size:.85em">{escape(text)}</span>')


def named(text: str, small: str) -> Cell:
    """A name or figure with a quieter line under it, such as a formula."""
    return Cell(f'{escape(text)}<div class="small">{escape(small)}</div>')


def heading(text: str) -> Cell:
    """The title of the rows below, as far as the next one."""
    return Cell(f'<b class="section">{escape(text)}</b>')


def best(text: str) -> Cell:
    """The best value of a row, said in words beside a mark."""
    return Cell(f'<b>{escape(text)}</b><div class="best">▲ best</div>')


def lines(texts: Sequence[str]) -> Cell:
    """Several short texts in one cell, each on a line of its own."""
    return Cell("".join(f"<div>{escape(text)}</div>" for text in texts))

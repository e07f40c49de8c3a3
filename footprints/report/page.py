"""The same paper as one web page that any browser opens from a folder or a mail: no script, no request, maps inline."""

from __future__ import annotations

import re
from functools import singledispatch
from pathlib import Path
from typing import Any

from footprints.escape import escape
from footprints.report.parts import (
    Break,
    Bullets,
    Callout,
    Cell,
    Document,
    Facts,
    Figure,
    Figures,
    Heading,
    Table,
    Text,
)

_STYLE = Path(__file__).parent / "page.css"
_SMALL, _TOTAL = ' class="small"', ' class="total"'
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def page_bytes(document: Document) -> bytes:
    """The paper as HTML, UTF-8; the same bytes for the same paper."""
    body = [_html(block, n) for n, block in enumerate(document.blocks)]
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en-GB">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<link rel="icon" href="data:,">',
        f"<title>{escape(document.title)}</title>",
        f"<style>\n{_STYLE.read_text(encoding='utf-8')}</style>",
        "</head>",
        "<body>",
        f'<header><h1>{escape(document.title)}</h1>\n<p class="under">{escape(document.subtitle)}</p></header>',
        "<main>",
        *body,
        "</main>",
        f"<footer><p>{escape(document.stamp)}</p></footer>",
        "</body>",
        "</html>",
    ]
    return ("\n".join(parts) + "\n").encode()


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.split("\n"))


@singledispatch
def _html(block: Any, n: int) -> str:
    raise TypeError(f"no such block: {block!r}")


@_html.register
def _(block: Heading, n: int) -> str:
    return f"<h{block.level + 1}>{escape(block.text)}</h{block.level + 1}>"


@_html.register
def _(block: Text, n: int) -> str:
    return f"<p{_SMALL if block.small else ''}>{_lines(block.text)}</p>"


@_html.register
def _(block: Bullets, n: int) -> str:
    tag = "ol" if block.numbered else "ul"
    return (
        f"<{tag}{_SMALL if block.small else ''}>{''.join(f'<li>{_lines(item)}</li>' for item in block.items)}</{tag}>"
    )


@_html.register
def _(block: Callout, n: int) -> str:
    lines = "".join(f"<p>{_lines(line)}</p>" for line in block.lines)
    title = escape(block.title)
    return f'<section class="{block.tone}" aria-label="{title}"><p><b>{title}</b></p>{lines}</section>'


@_html.register
def _(block: Facts, n: int) -> str:
    return (
        f"<dl>{''.join(f'<div><dt>{escape(name)}</dt><dd>{_lines(said)}</dd></div>' for name, said in block.rows)}</dl>"
    )


@_html.register
def _(block: Figures, n: int) -> str:
    return "\n".join(_figure(own, f"map{n}-{i}") for i, own in enumerate(block.items))


def _figure(own: Figure, name: str) -> str:
    """A picture inline; ids of its own, so that two on a page do not share a pattern."""
    svg = re.sub(r'id="hatch"', f'id="{name}"', own.svg).replace("url(#hatch)", f"url(#{name})")
    svg = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(own.alt)}" ', 1)
    return f"<figure>{svg}<figcaption>{escape(own.caption)}</figcaption></figure>"


@_html.register
def _(block: Break, n: int) -> str:
    return "<hr>"


@_html.register
def _(block: Table, n: int) -> str:
    right = [' class="n"' if column.align == "right" else "" for column in block.columns]
    heads = "".join(
        f'<th scope="col"{far}>{escape(column.label)}</th>' if column.label else f"<td{far}></td>"
        for column, far in zip(block.columns, right, strict=True)
    )
    rows = []
    names = next((i for i, column in enumerate(block.columns) if column.align == "left"), 0)
    for own in block.rows:
        if own.band:
            wide = len(block.columns)
            rows.append(f'<tr class="band"><th scope="colgroup" colspan="{wide}">{escape(own.cells[0].text)}</th></tr>')
            continue
        cells = "".join(_cell(c, far, i == names) for i, (c, far) in enumerate(zip(own.cells, right, strict=True)))
        rows.append(f"<tr{_TOTAL if own.total else ''}>{cells}</tr>")
    notes = "".join(f'<p class="small">{_lines(note)}</p>' for note in block.notes)
    body = "\n".join(rows)
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(block.title)}"><table>'
        f"<caption>{escape(block.title)}</caption>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
        f"</div>{notes}"
    )


def _cell(said: Cell, far: str, head: bool) -> str:
    words = f"<b>{_lines(said.text)}</b>" if said.strong else _lines(said.text)
    note = f"<br><small>{_lines(said.note)}</small>" if said.note else ""
    tag, scope = ("th", ' scope="row"') if head else ("td", "")
    return f"<{tag}{scope}{far}>{words}{note}</{tag}>"

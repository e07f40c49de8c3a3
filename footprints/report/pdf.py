"""A paper as PDF: tagged (PDF/UA-1), vector maps, the same bytes for the same paper."""

from __future__ import annotations

from typing import Any

from footprints.report import typesetting
from footprints.report.parts import (
    Block,
    Break,
    Bullets,
    Callout,
    Cell,
    Document,
    Facts,
    Figure,
    Figures,
    Heading,
    Row,
    Table,
    Text,
)
from footprints.report.typesetting import plain

TEMPLATE = "paper.typ"


def pdf_bytes(document: Document) -> bytes:
    """The paper as one PDF."""
    return typesetting.pdf(TEMPLATE, as_data(document), day=document.day)


def as_data(document: Document) -> dict[str, Any]:
    """The paper as the template reads it."""
    return {
        "title": plain(document.title),
        "subtitle": plain(document.subtitle),
        "stamp": plain(document.stamp),
        "subject": plain(document.subject),
        "day": document.day,
        "blocks": [_block(block) for block in document.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading():
            return {"kind": "heading", "text": plain(block.text), "level": block.level}
        case Text():
            return {"kind": "text", "text": plain(block.text), "small": block.small}
        case Bullets():
            items = [plain(item) for item in block.items]
            return {"kind": "bullets", "items": items, "numbered": block.numbered, "small": block.small}
        case Callout():
            lines = [plain(line) for line in block.lines]
            return {"kind": "callout", "title": plain(block.title), "lines": lines, "tone": block.tone}
        case Facts():
            return {"kind": "facts", "rows": [[plain(name), plain(said)] for name, said in block.rows]}
        case Table():
            return _table(block)
        case Figures():
            return {"kind": "figures", "columns": block.columns, "items": [_figure(own) for own in block.items]}
        case Break():
            return {"kind": "break"}


def _table(table: Table) -> dict[str, Any]:
    columns = [{"label": plain(c.label), "share": c.share, "align": c.align} for c in table.columns]
    notes = [plain(note) for note in table.notes]
    rows = [_row(row) for row in table.rows]
    return {
        "kind": "table", "title": plain(table.title), "columns": columns, "rows": rows, "notes": notes,
        "dense": table.dense, "short": table.short,
    }  # fmt: skip


def _row(row: Row) -> dict[str, Any]:
    return {"band": row.band, "total": row.total, "cells": [_cell(cell) for cell in row.cells]}


def _cell(cell: Cell) -> dict[str, Any]:
    return {"text": plain(cell.text), "note": plain(cell.note), "strong": cell.strong}


def _figure(own: Figure) -> dict[str, Any]:
    return {
        "svg": own.svg, "caption": plain(own.caption), "alt": plain(own.alt), "width": own.width_mm,
        "height": own.height_mm,
    }  # fmt: skip

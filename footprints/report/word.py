"""The same paper for Word: styles, headings and real tables, so that it can be pasted into a board's own template.

Maps are 300 dpi pictures with alt text. Times and machine stand nowhere in the file: the same paper, the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from functools import singledispatch
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt, RGBColor

from footprints.escape import without_control
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
from footprints.report.typesetting import picture

FACE = "Arial"  # Word does not carry our typeface, and this one is everywhere
WIDTH_MM = 176.0
# What the schema of Word wants after the borders of a paragraph; Word calls a file damaged where the order is another.
_AFTER_BORDERS = (
    "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:outlineLvl",
    "w:rPr", "w:sectPr",
)  # fmt: skip
_INK, _LIGHT = RGBColor(0x21, 0x2B, 0x32), "EEF1F3"


def word_bytes(document: Document) -> bytes:
    """The paper as .docx."""
    made = docx.Document()
    _page(made, document)
    made.add_paragraph(clean(document.title), style="Title")
    made.add_paragraph(clean(document.subtitle), style="Subtitle")
    for block in document.blocks:
        _add(block, made)
    buffer = io.BytesIO()
    made.save(buffer)
    return _without_times(buffer.getvalue())


def clean(text: str) -> str:
    """Text as a Word file can hold it: no control signs."""
    return without_control(text)


def _page(made: Any, document: Document) -> None:
    section = made.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(17)
    section.top_margin, section.bottom_margin = Mm(15), Mm(18)
    core = made.core_properties
    core.title, core.subject, core.language = clean(document.title), clean(document.subject), "en-GB"
    core.author, core.last_modified_by, core.comments, core.keywords = "", "", "", ""
    day = datetime.fromisoformat(document.day) if document.day else datetime(2000, 1, 1)
    core.created = core.modified = day
    core.revision = 1
    for name, size, bold in (("Normal", 10, False), ("Title", 20, True), ("Subtitle", 11, False),
                             ("Heading 1", 14, True), ("Heading 2", 12, True), ("Caption", 9.5, True)):  # fmt: skip
        style = made.styles[name]
        style.font.name, style.font.size, style.font.bold, style.font.italic = FACE, Pt(size), bold, False
        style.font.color.rgb = _INK
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
            fonts.set(qn(kind), FACE)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:cstheme", "w:eastAsiaTheme"):
            fonts.attrib.pop(qn(theme), None)
        style.paragraph_format.space_after = Pt(4)
        if name.startswith(("Heading", "Caption")):
            style.paragraph_format.keep_with_next = True
    _language(made)
    _footer(section, document.stamp)


def _language(made: Any) -> None:
    properties = made.styles["Normal"].element.get_or_add_rPr()
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    properties.append(language)


def _footer(section: Any, stamp: str) -> None:
    paragraph = section.footer.paragraphs[0]
    _run(paragraph, f"{clean(stamp)}. Page ", 7.5)
    for kind, said in (("begin", ""), ("", "PAGE"), ("end", "")):
        run = _run(paragraph, "", 7.5)
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.set(qn("xml:space"), "preserve")
            part.text = said
        run._r.append(part)


def _run(paragraph: Any, text: str, size: float = 0, *, bold: bool = False) -> Any:
    """A run of text; its line breaks are breaks."""
    run = paragraph.add_run()
    for n, line in enumerate(clean(text).split("\n")):
        if n:
            run.add_break()
        run.add_text(line)
    if size:
        run.font.size = Pt(size)
    if bold:
        run.bold = True
    return run


@singledispatch
def _add(block: Any, made: Any) -> None:
    raise TypeError(f"no such block: {block!r}")


@_add.register
def _(block: Heading, made: Any) -> None:
    made.add_heading(clean(block.text), level=block.level)


@_add.register
def _(block: Text, made: Any) -> None:
    _run(made.add_paragraph(), block.text, 8.5 if block.small else 0)


@_add.register
def _(block: Bullets, made: Any) -> None:
    for item in block.items:
        paragraph = made.add_paragraph(style="List Number" if block.numbered else "List Bullet")
        _run(paragraph, item, 8.5 if block.small else 0)


@_add.register
def _(block: Facts, made: Any) -> None:
    for name, said in block.rows:
        paragraph = made.add_paragraph()
        _run(paragraph, f"{name}: ", bold=True)
        _run(paragraph, said)


@_add.register
def _(block: Callout, made: Any) -> None:
    for n, line in enumerate((block.title, *block.lines)):
        paragraph = made.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(2)
        paragraph.paragraph_format.keep_with_next = n < len(block.lines)
        _run(paragraph, line, bold=n == 0)
        _border(paragraph, fill=_LIGHT if block.tone == "decision" else "")
    made.paragraphs[-1].paragraph_format.space_after = Pt(8)


def _border(paragraph: Any, *, fill: str) -> None:
    """A bar on the left, of the paragraph's own, so that a screen reader meets text and no table."""
    properties = paragraph._p.get_or_add_pPr()
    borders = OxmlElement("w:pBdr")
    left = OxmlElement("w:left")
    for key, value in (("val", "single"), ("sz", "24"), ("space", "6"), ("color", "212B32")):
        left.set(qn(f"w:{key}"), value)
    borders.append(left)
    properties.insert_element_before(borders, *_AFTER_BORDERS)
    if fill:
        shade = OxmlElement("w:shd")
        for key, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
            shade.set(qn(f"w:{key}"), value)
        properties.insert_element_before(shade, *_AFTER_BORDERS[1:])


@_add.register
def _(block: Figures, made: Any) -> None:
    for own in block.items:
        _picture(own, made)


def _picture(own: Figure, made: Any) -> None:
    wide = min(own.width_mm, WIDTH_MM)
    png = picture(own.svg, own.width_mm, own.height_mm)
    paragraph = made.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(io.BytesIO(png), width=Mm(wide))
    properties = shape._inline.docPr
    properties.set("descr", clean(own.alt))
    properties.set("title", clean(own.caption))
    made.add_paragraph(clean(own.caption), style="Caption").paragraph_format.keep_with_next = False


@_add.register
def _(block: Break, made: Any) -> None:
    made.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


@_add.register
def _(block: Table, made: Any) -> None:
    made.add_paragraph(clean(block.title), style="Caption")
    size = 7.5 if block.dense else 8.5
    table = made.add_table(rows=1 + len(block.rows), cols=len(block.columns))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.LEFT, False
    _narrow_margins(table)
    whole = sum(column.share for column in block.columns)
    widths = [Mm(WIDTH_MM * column.share / whole) for column in block.columns]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    right = [column.align == "right" for column in block.columns]
    lines = list(table.rows)
    for cell, column, width, far in zip(lines[0].cells, block.columns, widths, right, strict=True):
        _cell(cell, Cell(column.label, strong=True), width, size, far)
        _shade(cell)
    _mark(lines[0], "w:tblHeader")
    for line, own in zip(lines[1:], block.rows, strict=True):
        _mark(line, "w:cantSplit")
        cells = line.cells
        if own.band:
            merged = cells[0].merge(cells[-1])
            _cell(merged, Cell(own.cells[0].text, strong=True), Emu(sum(widths)), size, False)
            _shade(merged)
            continue
        for cell, said, width, far in zip(cells, own.cells, widths, right, strict=True):
            _cell(cell, Cell(said.text, said.note, said.strong or own.total), width, size, far)
    for note in block.notes:
        _run(made.add_paragraph(), note, 8)
    if not block.notes:
        made.add_paragraph()


def _cell(cell: Any, said: Cell, width: Any, size: float, far: bool) -> None:
    cell.width = width
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    if far:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    _run(paragraph, said.text, size, bold=said.strong)
    if said.note:
        _run(paragraph, "\n" + said.note, size - 1)


def _narrow_margins(table: Any) -> None:
    """Half a millimetre beside the text of a cell: the usual two break numbers in narrow columns."""
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        own = OxmlElement(f"w:{side}")
        own.set(qn("w:w"), "28")
        own.set(qn("w:type"), "dxa")
        margins.append(own)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", _LIGHT)):
        shade.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _mark(line: Any, kind: str) -> None:
    line._tr.get_or_add_trPr().append(OxmlElement(kind))


def _without_times(data: bytes) -> bytes:
    """The same file with its parts in one order and no times in the zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            new.writestr(info, old.read(name))
    return buffer.getvalue()

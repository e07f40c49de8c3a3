"""The board paper: its content as plain data, and the same content as PDF, Word and one offline web page."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.report.asked import Asked
from footprints.report.content import paper
from footprints.report.parts import Document
from footprints.report.pdf import pdf_bytes

FORMATS = ("pdf", "docx", "html")
STEM = "board-paper"

__all__ = ["FORMATS", "STEM", "Asked", "Document", "paper", "report", "report_files"]


def report(
    asked: Asked, area: Area, formats: Sequence[str] = FORMATS, tell: Callable[[str], None] | None = None
) -> dict[str, bytes]:
    """Name -> bytes of the paper in each format: board-paper.pdf, .docx, .html. tell : told what is being worked out.

    Raises PlanError for a format that there is none of, and as `paper` does.
    """
    strange = [name for name in formats if name not in FORMATS]
    if strange or not formats:
        raise PlanError(f"There is no format {some(strange)}.", mend=f"Choose among {', '.join(FORMATS)}.")
    return report_files(paper(asked, area, tell), formats, tell)


def report_files(
    document: Document, formats: Sequence[str] = FORMATS, tell: Callable[[str], None] | None = None
) -> dict[str, bytes]:
    """The same of a paper that is made."""
    made = {}
    for name in dict.fromkeys(formats):
        if tell:
            tell(f"Setting {STEM}.{name}")
        made[f"{STEM}.{name}"] = _render(document, name)
    return made


def _render(document: Document, name: str) -> bytes:
    if name == "pdf":
        return pdf_bytes(document)
    if name == "html":
        from footprints.report.page import page_bytes  # noqa: PLC0415

        return page_bytes(document)
    from footprints.report.word import word_bytes  # noqa: PLC0415 (python-docx is slow to import)

    return word_bytes(document)

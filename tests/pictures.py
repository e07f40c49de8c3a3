"""Pages of a paper as pictures, to count them or to look at them."""

from __future__ import annotations

from pathlib import Path

from footprints.report import typesetting
from footprints.report.parts import Document
from footprints.report.pdf import TEMPLATE, as_data


def page_pictures(document: Document, *, dpi: float = 100.0) -> tuple[bytes, ...]:
    """Each page of the PDF as a PNG."""
    template = Path(typesetting.__file__).parent / TEMPLATE
    made = typesetting._compile(template, as_data(document), format="png", ppi=dpi)
    return tuple(made) if isinstance(made, list) else (made,)

"""Every option on the shelf against what may come: which still stand, side by side, and why the others do not."""

from __future__ import annotations

import streamlit as st

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.errors import PlanError
from footprints.escape import escape
from footprints.exchange import csv_bytes
from footprints.exchange.refreshed import withstand_rows
from footprints.refreshing import Future, Standing, against, future_from_csv, which_stand
from footprints.refreshing.words import touched
from footprints.report.refreshed import withstand_html
from footprints.shelf import Shelf
from footprints.ui import download_routes, style, uploads, who

MOST = 20_000_000  # bytes of a table
MOST_FILES = 12


def show(area: Area, shelf: Shelf) -> None:
    """The files, and the answer to each."""
    st.write(
        "Give a table of two columns for each thing that may come. A plan stands where no neighbourhood would lie "
        "across two councils or ICBs, or be taken (further) out of the range by growth."
    )
    if not who.may("planner"):
        style.note("It needs files of your own, and uploading files is for a planner.")
        return
    left, right = st.columns(2)
    lines = left.file_uploader(
        "Candidate councils, or ICBs as they would be (CSV)", type=["csv"], accept_multiple_files=True,
        key="future_lines", help="Codes of LSOAs, districts or ICBs, and the council or ICB that they would lie in.",
    )  # fmt: skip
    grows = right.file_uploader(
        "Growth (CSV)", type=["csv"], accept_multiple_files=True, key="future_growth",
        help="Codes of LSOAs, and people more (or, negative, fewer).",
    )  # fmt: skip
    futures = _futures(area, [*((file, False) for file in lines), *((file, True) for file in grows)])
    if not futures:
        return
    plans = [option.plan for option in shelf.options]
    found = against(plans, area, futures)
    style.note(*which_stand(found), kind="good" if all(one.stands for one in found) else "warn")
    names = list(dict.fromkeys(one.plan for one in found))
    known = {(one.plan, one.future): one for one in found}
    style.table(
        "Which options stand",
        ["Against", *names],
        [[future.name, *(_verdict(known[name, future.name]) for name in names)] for future in futures],
        kind="sticky",
    )
    faults = [(one.plan, one.future, words) for one in found for _, words in one.faults]
    if faults:
        style.table("Why the others do not", ["Option", "Against", "What would be so"], faults, max_height=420)
    with st.container(horizontal=True, gap="small"):
        page, table = withstand_html(found, plans, area), csv_bytes(*withstand_rows(found))
        download_routes.button("Page to print (HTML)", page, "which-plans-stand.html", "text/html")
        download_routes.button("Table (CSV)", table, "which-plans-stand.csv", "text/csv")


def _futures(area: Area, files: list[tuple[uploads.Uploaded, bool]]) -> list[Future]:
    """What the files say; one that cannot be meant is told, and the others stand."""
    found: dict[str, Future] = {}
    for file, growth in files[:MOST_FILES]:
        try:
            data = bytes(file.getbuffer())
            if len(data) > MOST:
                raise PlanError(f"{file.name} is larger than {MOST // 10**6} MB.", mend="Keep two columns of it.")
            if file.name in found:
                raise PlanError(f"Two files are called {file.name}.", mend="Give one of them another name.")
            found[file.name] = future_from_csv(data, file.name, area, growth=growth)
        except FootprintError as error:
            style.note(error.message, error.mend, kind="bad")
    if len(files) > MOST_FILES:
        style.note(f"{len(files)} files were given; the first {MOST_FILES} are tested.", kind="warn")
    return list(found.values())


def _verdict(one: Standing) -> style.Cell:
    if one.stands:
        return style.named("stands", "")
    return style.Cell(f'<b>does not stand</b><div class="small">{escape(touched(one))}</div>')

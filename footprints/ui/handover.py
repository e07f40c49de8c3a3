"""The parts of the Export page: the verdict, the download buttons, the table of measures."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from footprints.check import Verdict
from footprints.plan import Plan
from footprints.score import Scorecard
from footprints.shelf import Option
from footprints.ui import download_routes, figures, style
from footprints.ui.downloads import Bundle

_PACK = (
    "For the systems of every partner: all files, a shapefile, lookups by MSOA, ward, output area and postcode, the "
    "files that were read, and licences."
)
_KINDS = (
    ("README.txt", "Read me first", "text/plain"),
    ("plan.json", "The whole plan, to load again", "application/json"),
    ("map.html", "Map to open and send (HTML)", "text/html"),
    ("neighbourhoods.geojson", "Outlines for maps (GeoJSON)", "application/geo+json"),
    ("neighbourhoods.gpkg", "Outlines for GIS (GeoPackage)", "application/geopackage+sqlite3"),
    ("lsoa_lookup.csv", "LSOA lookup (CSV)", "text/csv"),
    ("practice_lookup.csv", "Practice lookup (CSV)", "text/csv"),
    ("practice_impact.csv", "Practice impact sheet (CSV)", "text/csv"),
    ("service_alignment.csv", "Service-alignment timetable (CSV)", "text/csv"),
    ("populations.csv", "Three populations (CSV)", "text/csv"),
    ("metrics.csv", "All measures (CSV)", "text/csv"),
    ("changes.csv", "What was moved, by whom and why (CSV)", "text/csv"),
    ("certificate.json", "Certificate of the search", "application/json"),
)


def verdict(found: Verdict, option: Option) -> None:
    """What the option does not meet, stated and never standing in the way."""
    if found.integrity:
        style.note("This option cannot be exported:", *[f.message for f in found.integrity], kind="bad")
        st.stop()
    if found.criteria:
        style.note(
            "This option can be exported as it is. The files will say what it does not meet:",
            *[f.message for f in found.criteria],
            kind="warn",
        )
    else:
        style.note("This option meets everything you asked for.", kind="good")
    if option.edited:
        st.caption("Areas were moved after the search, so the files carry no proof of how close to the best this is.")


def files(made: Bundle, pack: Callable[[], tuple[str, bytes]]) -> None:
    """One button for everything, one for the pack, which is made when it is asked for, and one for each file."""
    with st.container(horizontal=True, gap="small"):
        download_routes.button(
            "Download everything (zip)", made.zipped, f"{made.stem}.zip", "application/zip", primary=True
        )
        if st.button("Make the hand-over pack", key="make-pack", help=_PACK):
            st.session_state["pack-of"] = made.stem
        if st.session_state.get("pack-of") == made.stem:
            name, data = pack()
            download_routes.button(f"Download the pack ({len(data) / 1e6:,.1f} MB)", data, name, "application/zip")
    st.caption("Or one file at a time:")
    with st.container(horizontal=True, gap="small"):
        for name, label, mime in _KINDS:
            if name in made.files:
                download_routes.button(label, made.files[name], name, mime)
    rows = [[name, f"{len(content):,}"] for name, content in made.files.items()]
    with st.expander(f"What is in the zip ({len(rows)} files)"):
        style.table(
            "Each file carries its sources and licence lines where it can", ["File", "Bytes"], rows, numbers=(1,)
        )


def measures(card: Scorecard, plan: Plan) -> None:
    """Every measure of every neighbourhood, with how it is worked out."""
    names = [plan.neighbourhood(code).name for code in card.neighbourhoods.index]
    rows = [
        [
            style.named(metric.label, metric.formula),
            *[figures.shown(value, metric.unit) for value in card.neighbourhoods[metric.key]],
            "" if metric.unit in ("share", "yes/no") else metric.unit,
        ]
        for metric in card.metrics
        if metric.level == "neighbourhood" and metric.key in card.neighbourhoods and metric.key not in card.missing
    ]
    style.table(
        "Measures by neighbourhood", ["Measure", *names, "Unit"], rows, numbers=range(1, len(names) + 1), kind="sticky"
    )
    if card.missing:
        style.note("Not worked out:", *[f"{key} {why}" for key, why in sorted(card.missing.items())])

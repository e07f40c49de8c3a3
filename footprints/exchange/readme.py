"""`README.txt`: what the files are, for whom, how they may be used, and what was left out of them."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

from boundaries.area import Area
from footprints.disclosure import NOT_SHOWN, Shown, left_out
from footprints.plan import Plan
from footprints.stamp import Stamp
from optimise.words import count

FILES = {
    "plan.json": "the whole plan; it loads back into the programme as it is",
    "neighbourhoods.geojson": "outlines of the neighbourhoods with their measures (WGS84), and the plan",
    "neighbourhoods.gpkg": "GeoPackage: neighbourhoods, LSOAs, and the plan, for GIS",
    "map.html": "a map that any browser opens; it fetches nothing",
    "lsoa_lookup.csv": "which neighbourhood each LSOA (2021) is in",
    "msoa_lookup.csv": "MSOAs by neighbourhood, with the share of residents where one is divided",
    "ward_lookup.csv": "wards by neighbourhood (best fit by LSOA), with the share where one is divided",
    "oa_lookup.csv": "which neighbourhood each output area is in",
    "postcode_lookup.csv": "which neighbourhood each postcode is in, and how that is known",
    "neighbourhoods.shp": "shapefile for older systems, with .shx, .dbf, .prj and .cpg",
    "shapefile_names.csv": "what the short field names of the shapefile stand for",
    "practice_lookup.csv": "where each GP practice is sited, where its patients live, and where it belongs",
    "practice_impact.csv": "the same in words, for practices to read",
    "practice_neighbourhood.csv": "patients of each practice by neighbourhood; its rows add up to its list",
    "pcn_alignment.csv": "the same for each PCN",
    "service_alignment.csv": "which practices and PCNs would have to change, and who sees to it by when",
    "populations.csv": "residents, registered patients living here, and lists of practices agreed here",
    "need.csv": "need of each neighbourhood, in the order in which teams should start; estimates are marked",
    "indicators.csv": "the tables of indicators that were loaded, by neighbourhood",
    "population_by_year.csv": "people of each neighbourhood in later years, by the table of growth",
    "metrics.csv": "every measure of each neighbourhood and of the plan, with its formula and source",
    "links.csv": "links between LSOAs that share no border",
    "changes.csv": "what was moved by hand, by whom and why",
    "certificate.json": "what is proven of the plan, and how close to the best it is",
    "proof.json": "the proof, which can be worked out again",
    "neighbourhood-pages.pdf": "a page for each neighbourhood, to help size its team",
    "receipts.json": "the files that were read, what was kept of each, and why not all",
    "LICENCES.txt": "licences, and the lines to carry wherever this is shown",
    "run.json": "when and on what machine it was worked out; the only file that differs between two runs",
    "manifest.json": "status, inputs, licences, and a checksum (SHA-256) of each file",
}


def readme_bytes(plan: Plan, area: Area, shown: Shown, stamp: Stamp, names: Sequence[str]) -> bytes:
    """The text, in lines of at most 100 signs."""
    head = f"{plan.name}, {area.name}"
    lines = [head, "=" * min(len(head), 100), ""]
    lines += _paragraphs(_standing(plan, stamp), stamp.audience.in_words, *_about_counts(plan, area, shown))
    lines += ["Files", "-----"]
    known = [name for name in FILES if name in (*names, "manifest.json")]
    lines += [f"{name:<27} {FILES[name]}" for name in known]
    lines += ["", "In the tables", "-------------"]
    lines += _paragraphs(
        "Files are UTF-8. Codes are text: import them as text, or a spreadsheet may change them. A cell that a "
        "spreadsheet would take for a formula begins with an apostrophe; numbers are plain. A blank cell is not known, "
        "or does not apply.",
        "plan_version is the fingerprint of the plan: files with the same one are of the same plan. mark says DRAFT "
        "for whatever is not agreed.",
        "Notes, reasons and names of editors go with the plan as they were typed. Read them before you pass files on.",
    )
    lines += ["Sources and licences", "--------------------"]
    for line in area.attribution:
        lines += fill(line, 100).split("\n")
    return ("\n".join(lines).rstrip() + "\n").encode()


def _standing(plan: Plan, stamp: Stamp) -> str:
    valid = f" Valid from {stamp.valid_from}." if stamp.valid_from else ""
    said = {"DRAFT": "DRAFT: this plan is not agreed.", "WITHDRAWN": "WITHDRAWN: this plan is no longer in force."}
    return f"{said.get(stamp.mark, 'This plan is agreed.')} Status: {stamp.status}. Plan {plan.id}.{valid}"


def _about_counts(plan: Plan, area: Area, shown: Shown) -> list[str]:
    """What the public has to know of the counts; nothing for partners."""
    if not shown.audience.public:
        return []
    least = shown.audience.threshold
    said = [
        "How counts of patients were made safe: practices and the smallest areas that the plans of this set tell apart "
        f"were counted once, counts under {least:,} left out and the others rounded; every other number is worked out "
        "from these alone. Two tables of the set therefore cannot be subtracted to find a small number. Where you read "
        f"0 patients, it may be up to {least - 1:,} in each such area.",
        f"The line “{NOT_SHOWN}” is what was left out or rounded, so that each list and total adds up; it is below 0 "
        "where more was rounded up. The home of a practice by most patients is found from the counts as shown.",
    ]
    if shown.difference is None and len(area.registrations):
        said.append("No such line stands under all patients living here: it would tell of single small numbers.")
    more = []
    if shown.practices_left_out:
        more.append(f"{count(shown.practices_left_out, 'practice')} elsewhere with few patients here are left out.")
    if shown.withheld:
        more.append(shown.withheld_in_words)
    absent = left_out(area, shown.audience)
    if absent:
        more.append(
            "Left out because they may tell of single LSOAs, practices or patients, or are not known to be open: "
            f"{', '.join(absent)}."
        )
    others = [one for one in shown.together if one != plan.id]
    alone = (
        f"Made as one set with {count(len(others), 'other plan')} ({', '.join(others)})." if others else "Made alone."
    )
    return [
        *said,
        *([" ".join(more)] if more else []),
        f"{alone} Plans that are to be published should be exported together: files made at different times can be "
        "subtracted from one another. Certificates and proofs tell every count and go to partners only.",
    ]


def _paragraphs(*texts: str) -> list[str]:
    lines: list[str] = []
    for text in texts:
        lines += [*fill(text, 100).split("\n"), ""]
    return lines

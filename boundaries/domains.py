"""The domains of the Indices of Deprivation 2025 as indicators: score × denominator over denominator (formats.md 6.3).

Each domain has its own denominator in File 7: people of working age for employment, children for IDACI, older people
for IDAOPI, all residents for the others. Where the file has no denominators the residents of the area stand in for
"all residents", and domains about some of the people are left out, which the receipt says.
"""

from __future__ import annotations

import pandas as pd

from boundaries import columns as col
from boundaries.area import Indicator
from boundaries.indicators import Measures
from boundaries.ledger import Ledger, keep_lsoas
from boundaries.source_file import SourceFile

_ALL, _WORK, _YOUNG, _OLD = (
    "Total population: mid", "Working age population 18-66", "Dependent Children aged 0-15: mid",
    "Older population aged 60 and over: mid",
)  # fmt: skip
_COUNTED = {
    _ALL: "all residents",
    _WORK: "people aged 18 to 66",
    _YOUNG: "children aged 0 to 15",
    _OLD: "people aged 60 and over",
}
# Key, beginning of the header of its score, label, whether the score is a share of people, denominator.
DOMAINS = (
    ("domain_income", "Income Score", "Income deprivation", True, _ALL),
    ("domain_employment", "Employment Score", "Employment deprivation", True, _WORK),
    ("domain_education", "Education, Skills and Training Score", "Education, skills and training", False, _ALL),
    ("domain_health", "Health Deprivation and Disability Score", "Health deprivation and disability", False, _ALL),
    ("domain_crime", "Crime Score", "Crime", False, _ALL),
    ("domain_barriers", "Barriers to Housing and Services Score", "Barriers to housing and services", False, _ALL),
    ("domain_environment", "Living Environment Score", "Living environment", False, _ALL),
    (
        "domain_idaci", "Income Deprivation Affecting Children Index (IDACI) Score", "Children in income deprivation",
        True, _YOUNG,
    ),
    (
        "domain_idaopi", "Income Deprivation Affecting Older People (IDAOPI) Score",
        "Older people in income deprivation", True, _OLD,
    ),
)  # fmt: skip


def read_domains(ledger: Ledger, source: SourceFile | None, people: pd.Series[float], made: Measures) -> None:
    """Add the domains of the table that gives deprivation; a domain without its denominator is said and left out."""
    if source is None or source.kind != "iod_2025" or source.sheets:
        return
    key = col.find_lsoa(source.columns, 21)
    if key is None:
        return
    names = list(source.columns)
    picked = {
        own: (col.find_prefix(names, score), col.find_prefix(names, denominator))
        for own, score, _, _, denominator in DOMAINS
    }
    columns = list(dict.fromkeys([key, *(c for pair in picked.values() for c in pair if c)]))
    frame = ledger.read(source, columns, keep_lsoas(key, made.codes))
    codes = frame[key].str.strip().str.upper()
    lacking, stood_in = [], False
    for own, _, label, share, denominator in DOMAINS:
        score, below = picked[own]
        if score is None:
            continue
        value = _numbers(frame, codes, score, source.relative).reindex(list(made.codes))
        if below is not None:
            weight = _numbers(frame, codes, below, source.relative).reindex(list(made.codes))
        elif denominator == _ALL:
            weight, stood_in = people.reindex(list(made.codes)).astype("float64"), True
        else:
            lacking.append(label)
            continue
        known = value.notna() & weight.notna()
        counted = _COUNTED[denominator] if below is not None else "residents, which stand in for those of mid-2022"
        made.add(
            Indicator(
                own, label, "%" if share else "score", 100.0 if share else 1.0, "domain", "as given", "IoD 2025",
                source.relative, False, counted,
            ),
            (value * weight).where(known), weight.where(known),
        )  # fmt: skip
    notes = ["scores of domains taken, each with its own denominator"] if made.listed else []
    if stood_in:
        notes.append("the file has no population denominators: residents stand in for them")
    if lacking:
        notes.append(f"left out for want of their denominators: {', '.join(lacking)}")
    ledger.used(source, rows_read=0, rows_kept=0, notes=notes)


def _numbers(frame: pd.DataFrame, codes: pd.Series[str], column: str, file: str) -> pd.Series[float]:
    values = col.numbers(frame[column], file=file, column=column)
    return pd.Series(values.to_numpy(), index=pd.Index(codes)).groupby(level=0).first()

"""Inputs that are known to be superseded (formats.md, section 12), told on the first page of the paper."""

from __future__ import annotations

import re
from itertools import pairwise

from boundaries.area import Area
from boundaries.ledger import INVENTED
from boundaries.receipts import Receipt
from footprints.report import say

ICB_YEAR = 2026
PDS_MONTH = (2024, 4)
_MONTHS = [name.casefold() for name in say.MONTHS]


def superseded(area: Area) -> tuple[str, ...]:
    """A sentence for each input that has been superseded, and for each change of areas that is set; () for none.

    Of an invented place there is nothing to supersede.
    """
    if invented(area):
        return ()
    used = [r for r in area.receipts if r.status == "used"]
    told = [_icbs(area), *_old_areas(used), _registrations(used), _imd(used), _two_tier(area)]
    return tuple(line for line in told if line)


def invented(area: Area) -> bool:
    """Whether the place is the demo county, whose files owe nobody a licence."""
    return area.attribution == (INVENTED,)


def _icbs(area: Area) -> str:
    level = area.levels.get("icb")
    if level is None:
        return ""
    year = year_of(level.column) or max((y for y in map(year_of, _edition(area, "lsoa_icb_lad"))), default=0)
    if not year or year >= ICB_YEAR:
        return ""
    names = say.listed(level.names[code] for code in sorted(level.names))
    return (
        f"ICBs are those of {year} ({names}). On 1 April {ICB_YEAR} the number of ICBs fell from 42 to 36, and 10,207 "
        f"LSOAs changed ICB: check whether {'this ICB' if len(level.names) == 1 else 'each of these ICBs'} still "
        "exists, and load the ICB lookup of April 2026 before the decision is taken."
    )


def _edition(area: Area, kind: str) -> list[str]:
    return re.split(r",\s*", "".join(r.edition for r in area.receipts if r.kind == kind and r.status == "used"))


def year_of(text: str) -> int:
    """The year of an ICB column or edition ("ICB24CD", "ICB 2024"); 0 for none."""
    found = re.fullmatch(r"ICB\s?(\d{2}|20\d{2})(?:CDH?|NM)?", text.strip(), re.IGNORECASE)
    return 0 if not found else int(found[1]) % 100 + 2000


def _old_areas(used: list[Receipt]) -> list[str]:
    old = [r for r in used if r.vintage == "LSOA 2011"]
    return [
        f"{r.table} ({r.edition}) is on LSOAs of 2011, which the 2021 Census replaced. It was moved to LSOAs of 2021; "
        "where one was divided, people were shared out by residents, so these counts are estimates."
        for r in old
    ]


def _registrations(used: list[Receipt]) -> str:
    for receipt in used:
        if receipt.kind != "registrations":
            continue
        month = month_of(receipt.edition)
        if month and month < PDS_MONTH:
            return (
                f"Registered patients are those of {receipt.edition}. In April 2024 lists moved to another system "
                "(from NHAIS to PDS), with a step in the counts: load the newest quarter before the decision is taken."
            )
    return ""


def month_of(edition: str) -> tuple[int, int] | None:
    """(year, month) of an edition such as "July 2022" or "2022-07-01"; None for others."""
    if found := re.search(r"(20\d{2})-(\d{2})", edition):
        return int(found[1]), int(found[2])
    words = edition.casefold().split()
    for month, year in pairwise(words):
        if month in _MONTHS and year.isdecimal():
            return int(year), _MONTHS.index(month) + 1
    return None


def _imd(used: list[Receipt]) -> str:
    kinds = {r.kind for r in used}
    if "iod_2019" in kinds and "iod_2025" not in kinds:
        return "Deprivation is that of 2019, on LSOAs of 2011. The Indices of 2025 replaced it."
    return ""


def _two_tier(area: Area) -> str:
    district = area.levels.get("district")
    codes = [code for code in (district.names if district else {}) if code.startswith("E07")]
    if not codes or district is None:
        return ""
    names = say.listed(district.names[code] for code in sorted(codes)[:6])
    more = f" and {len(codes) - 6} more" if len(codes) > 6 else ""
    return (
        f"Councils change: in most two-tier areas new unitary councils replace county and districts on 1 April 2028 "
        f"(in Surrey on 1 April 2027). Here that touches {names}{more}."
    )

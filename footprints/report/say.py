"""Numbers as a board reads them, and how patients are counted, in words."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from boundaries.receipts import Receipt
from footprints.disclosure import Audience
from optimise.words import count

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
LEAST_IN_TENTHS = 1_000


def rule(audience: Audience) -> str:
    """How patients are counted, in two sentences."""
    rounded = f", and the others are rounded to the nearest {audience.base:,}" if audience.base > 1 else ""
    return (
        "Patients are counted once, for each practice in each part of the place that no plan of this paper divides: "
        f"counts under {audience.threshold:,} are left out{rounded}. Every figure of patients, but the shares of Table "
        "5, in tenths, is worked out from these counts alone, here and in files that are exported for the public with "
        "the same plans, so that nobody can be told from a figure or from the difference of two; 0 may stand for a few."
    )


def kept(what: str, receipt: Receipt) -> list[str]:
    """What of a file is used, what is not and why, and what else its receipt says: sentences that begin with `what`."""
    out = listed(f"{one.reason} ({one.rows:,})" for one in receipt.dropped)
    used = f"{receipt.rows_kept:,} of {count(receipt.rows_read, 'row')} used"
    said = [f"{used}{f'; left out by reason – {out}' if out else ''}", *receipt.notes]
    return [f"{what}, {receipt.file}: {words}." for words in said]


def people(number: float) -> str:
    """A whole number of people."""
    return "–" if math.isnan(number) else f"{round(number):,}"


def tenths(part: float, whole: float) -> str:
    """A share of patients of single areas, in steps of ten per cent: "about 60%"; "–" of fewer than 1,000."""
    if whole < LEAST_IN_TENTHS:
        return "–"
    return f"about {10 * math.floor(10 * part / whole + 0.5)}%"


def share(value: float, decimals: int = 1) -> str:
    """0.784 as "78.4%"."""
    return "–" if math.isnan(value) else f"{100 * value:.{decimals}f}%"


def decimal(value: float, decimals: int = 1) -> str:
    """A number with so many decimals."""
    return "–" if math.isnan(value) else f"{value:,.{decimals}f}"


def signed(value: float, decimals: int = 1) -> str:
    """A difference: "+0.4", "−0.4", "0.0"."""
    if math.isnan(value):
        return "–"
    rounded = round(value, decimals)
    return f"{rounded:+,.{decimals}f}".replace("-", "−") if rounded else f"{0:.{decimals}f}"


def listed(words: Iterable[str]) -> str:
    """ "A, B and C"."""
    told = list(words)
    return " and ".join([", ".join(told[:-1]), told[-1]]) if len(told) > 1 else "".join(told)


def sentences(lines: Iterable[str]) -> str:
    """Lines of attribution as one text in which every sentence stands once."""
    every = [said for line in lines for said in re.split(r"\.\s+", line.rstrip(". "))]
    return " ".join(f"{said}." for said in dict.fromkeys(every))


def day(iso: str) -> str:
    """2026-11-27 as "27 November 2026"; other texts as they are."""
    parts = iso.split("-")
    if len(parts) == 3 and all(part.isdecimal() for part in parts) and 1 <= int(parts[1]) <= 12:
        return f"{int(parts[2])} {MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return iso

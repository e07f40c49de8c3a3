"""Numbers as a board reads them, and the one place where counts of patients are made fit for the public."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from optimise.criteria import Criteria

FEWEST, STEP = 8, 5
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
FEW = f"fewer than {FEWEST}"
RULE = (
    f"Patients are counted in steps of {STEP}, and 1 to {FEWEST - 1} patients are shown as “{FEW}”, so that nobody can "
    "be told from a count; totals are rounded on their own and may differ from the sum of what is shown."
)


def shown(patients: float) -> int | None:
    """A count of patients as it may be published: to the nearest 5; None for 1 to 7."""
    number = round(patients)
    if 0 < number < FEWEST:
        return None
    return STEP * math.floor(number / STEP + 0.5)


def patients(number: float) -> str:
    """The same in words: "1,235", "fewer than 8", "0"."""
    public = shown(number)
    return FEW if public is None else f"{public:,}"


def rounding(parts: Iterable[float], total: float) -> int:
    """What the shown total has beyond the sum of the shown parts, which count 0 where they are withheld."""
    return (shown(total) or 0) - sum(shown(part) or 0 for part in parts)


def people(number: float) -> str:
    """Residents, in full: they are open data."""
    return "–" if math.isnan(number) else f"{round(number):,}"


def counted(criteria: Criteria) -> Callable[[float], str]:
    """How people of the population that a range counts are said: patients in steps, residents in full."""
    return people if criteria.count == "residents" else patients


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


def day(iso: str) -> str:
    """2026-11-27 as "27 November 2026"; other texts as they are."""
    parts = iso.split("-")
    if len(parts) == 3 and all(part.isdecimal() for part in parts) and 1 <= int(parts[1]) <= 12:
        return f"{int(parts[2])} {MONTHS[int(parts[1]) - 1]} {parts[0]}"
    return iso

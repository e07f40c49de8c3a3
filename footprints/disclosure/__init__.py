"""Who a file is for, and what it may tell: counts of patients that nobody can be told from."""

from footprints.disclosure.audience import PARTNERS, Audience, audience
from footprints.disclosure.cells import Protected, pieces, protect
from footprints.disclosure.public import Shown, shown_to
from footprints.disclosure.told import left_out, may_tell, open_range, told
from footprints.practices.spread import NOT_SHOWN

__all__ = [
    "NOT_SHOWN",
    "PARTNERS",
    "Audience",
    "Protected",
    "Shown",
    "audience",
    "left_out",
    "may_tell",
    "open_range",
    "pieces",
    "protect",
    "shown_to",
    "told",
]

"""What a plan means for general practice: where each practice belongs, who straddles a line, which PCNs stay whole."""

from footprints.practices.alignment import PcnRow, Realignment, kept_whole, pcn_rows, realignments
from footprints.practices.changed import HomeChange, homes_changed
from footprints.practices.impact import CrossBorder, Impact, cross_border, impacts, straddling
from footprints.practices.populations import Populations, populations
from footprints.practices.ratios import FarRatio, far_ratios, own_ratio
from footprints.practices.spread import Spread, spread_of
from footprints.practices.timetable import Due, timetable

__all__ = [
    "CrossBorder",
    "Due",
    "FarRatio",
    "HomeChange",
    "Impact",
    "PcnRow",
    "Populations",
    "Realignment",
    "Spread",
    "cross_border",
    "far_ratios",
    "homes_changed",
    "impacts",
    "kept_whole",
    "own_ratio",
    "pcn_rows",
    "populations",
    "realignments",
    "spread_of",
    "straddling",
    "timetable",
]

"""What lies between two plans of one area: how alike they are, who moves, which practices and PCNs go along."""

from footprints.comparing.alike import FORMULAS, Alike, Overlap, alike, lie, overlap
from footprints.comparing.families import families
from footprints.comparing.groups import Group, Grouping, groupings
from footprints.comparing.refuse import LARGEST, refuse_unlike
from footprints.comparing.services import PcnChange, pcns_changed
from footprints.comparing.table import OptionsRow

__all__ = [
    "FORMULAS",
    "LARGEST",
    "Alike",
    "Group",
    "Grouping",
    "OptionsRow",
    "Overlap",
    "PcnChange",
    "alike",
    "families",
    "groupings",
    "lie",
    "overlap",
    "pcns_changed",
    "refuse_unlike",
]

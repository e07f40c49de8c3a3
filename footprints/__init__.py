"""Plans and decisions: propose, edit, score, compare, check and export neighbourhood footprints.

area = load_area("demo")
proposal = propose(area, Criteria())
plan = edit.move(proposal.plan, area, "E01900001", "DEMO-02")
score(plan, area); check(plan, area); compare([proposal.plan, plan], area); export(plan, area, Path("result"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from footprints import edit
from footprints.check import Verdict, check
from footprints.compare import Comparison, compare
from footprints.errors import PlanError
from footprints.exchange import export, read_plan, write_plan
from footprints.metrics import Scorecard, score
from footprints.plan import Plan
from footprints.propose import Proposal, propose
from optimise.build import WORKED_OUT
from optimise.criteria import Criteria

if TYPE_CHECKING:
    from boundaries import load_area
    from boundaries.area import Area, Level

__all__ = [
    "Comparison",
    "Criteria",
    "Plan",
    "PlanError",
    "Proposal",
    "Scorecard",
    "Verdict",
    "check",
    "compare",
    "edit",
    "export",
    "load_area",
    "propose",
    "read_plan",
    "score",
    "write_plan",
]


def _communities(area: Area) -> Level:
    from footprints.community_level import community_level  # noqa: PLC0415 (a library of its own, seldom asked for)

    return community_level(area)


WORKED_OUT["communities"] = _communities


def __getattr__(name: str) -> object:
    """`load_area` brings all readers with it, so it is fetched when first asked for."""
    if name == "load_area":
        import boundaries  # noqa: PLC0415

        return boundaries.load_area
    raise AttributeError(f"module 'footprints' has no attribute {name!r}")

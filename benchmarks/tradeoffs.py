"""What communities, practices and likeness in need cost of travel and size: curves, and before and after."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from boundaries.area import Area
from footprints.curve import figure, steps, trade_off, unit_of
from footprints.metrics import score
from footprints.plan import Plan
from footprints.propose import propose
from optimise import Criteria
from optimise.need import CORE20
from optimise.solution import Solution, StoppedBy
from optimise.trading.curve_terms import COMMUNITY, PRACTICE, SIZE, TRAVEL

Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]

POINTS = 6
NEED = ((0.0, 0.01), (5.0, 0.05), (5.0, 0.1), (20.0, 0.2))  # weight, and the share of travel and size to give up


def curves(area: Area, seconds: int) -> Iterator[Table]:
    """Travel and size against people outside their MSOA's largest part, and patients away from their practice."""
    asked = Criteria(within=(), accept_links=True, seconds=seconds)
    for second in (COMMUNITY, PRACTICE):
        for first in (TRAVEL, SIZE):
            found = trade_off(area, asked, first, second, points=POINTS)
            one, other = found.terms
            rows = []
            for step in steps(found):
                off = "–" if step.traded is None else f"{step.traded:,.2f}"
                worth = f"{step.point.prices[1] / step.point.prices[0]:.3g}"
                rows.append((figure(one, step.first), figure(other, step.second), off, worth))
            least = found.least_first
            floor = "" if least is None else f", no plan has less {one.label.lower()} than {least:,.0f}"
            cut = "" if found.repeatable else ", cut by the clock"
            head = (unit_of(one), unit_of(other), "fewer for one more of the first", "weight")
            yield f"{one.label} and {other.label}: {sum(found.numbers)} neighbourhoods{floor}{cut}", head, rows


def likeness(area: Area, seconds: int) -> Iterator[Table]:
    """Plans without and with the weight `need`."""
    asked = Criteria(within=(), accept_links=True, seconds=seconds)
    rows, number = [], None
    for weight, share in NEED:
        weights = replace(asked.weights, need=weight)
        found = propose(area, replace(asked, weights=weights, neighbourhoods=number, community_allowance=share))
        if found.plan is None:
            rows.append((f"{weight:g}", f"{share:.0%}", "no plan", *[""] * 6))
            continue
        number = len(found.plan.neighbourhoods)
        rows.append(_row(area, found.plan, found.solution, weight, share))
    head = (
        "weight", "may be given up", "given up", "Core20 residents above or below", "lowest share", "highest share",
        "km to the centre", "people off the target, on average", "outside their MSOA",
    )  # fmt: skip
    yield f"{number} neighbourhoods; {_core20(area)}", head, rows


def _core20(area: Area) -> str:
    """How many live in the most deprived fifth, and in which district most of them."""
    core = area.units["residents"].to_numpy() * (area.units["imd_decile"].to_numpy(dtype=np.float64) <= CORE20)
    level = area.level("district")
    by: dict[str, int] = {}
    for code, people in zip(level.assignment, core.astype(np.int64).tolist(), strict=True):
        by[code] = by.get(code, 0) + people
    most = max(by, key=lambda code: (by[code], code))
    return f"{by[most]:,} of {sum(by.values()):,} Core20 residents live in {level.names.get(most, most)}"


def _row(area: Area, plan: Plan, solution: Solution, weight: float, share: float) -> tuple[str, ...]:
    counted = replace(plan, criteria=replace(plan.criteria, weights=replace(plan.criteria.weights, need=1.0)))
    card = score(counted, area)
    terms = {term.key: term for term in card.terms}
    shares = card.neighbourhoods["core20_share"].to_numpy(dtype=np.float64)
    spent = (solution.objective or 0.0) / (solution.best_primary or 1.0) - 1  # of the best, as the allowance is
    cut = " (clock)" if solution.stopped_by is StoppedBy.CLOCK else ""
    return (
        f"{weight:g}", f"{share:.0%}", f"{spent:.1%}{cut}", f"{terms['need'].people:,.0f}", f"{shares.min():.1%}",
        f"{shares.max():.1%}", f"{terms['travel'].value / terms['travel'].people:.2f}",
        f"{terms['deviation'].people / len(shares):,.0f}", f"{terms['community'].people:,.0f}",
    )  # fmt: skip

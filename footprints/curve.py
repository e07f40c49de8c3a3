"""The trade-off of two terms in natural units: kilometres a person, people off target, people across a line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.criteria_file import resolve_level
from footprints.plan import Plan
from footprints.propose import plan_from_labels
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.errors import CriteriaError
from optimise.solution import Solution
from optimise.trading.curve import POINTS, Curve, CurvePoint, curve
from optimise.trading.curve_terms import (
    BARRIER,
    COMMUNITY,
    MISMATCH,
    NEED,
    PRACTICE,
    SECONDARY,
    SIZE,
    TRAVEL,
    CurveTerm,
    weighing,
)
from optimise.words import at_most

ALIASES = {
    "size": SIZE,
    "distance": TRAVEL,
    "communities": COMMUNITY,
    "practices": PRACTICE,
    "barriers": BARRIER,
    "deprivation": NEED,
}
HEADER = (
    "point", "price", "first_term", "first", "first_unit", "second_term", "second", "second_unit",
    "no_plan_has_less_second", "better_in_both_by_at_most",
)  # fmt: skip

Tell = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Step:
    """A point in natural units. no_less : no plan with at most so much of the first has less of the second; None where
    that is not proven. traded : of the second term for one more unit in all of the first, since the point before."""

    point: CurvePoint
    first: float
    second: float
    no_less: float | None
    traded: float | None


def term_keys(area: Area, asked: Sequence[str]) -> tuple[str, str]:
    """Keys of the two terms that a planner names: travel, size (deviation), community, practice, barrier, need, or a
    level such as district for people across its lines. A secondary one comes second. Raises CriteriaError unless they
    are two that there are."""
    keys = [_key(area, text.strip()) for text in asked if text.strip()]
    if len(keys) != 2:
        raise CriteriaError(
            f"A trade-off has two terms, not {len(keys):,}.",
            mend="Name two of travel, size, community, practice, barrier, need, or a level such as district, with a "
            "comma between.",
        )
    return (keys[1], keys[0]) if keys[0] in SECONDARY else (keys[0], keys[1])


def trade_off(
    area: Area,
    criteria: Criteria,
    first: str,
    second: str,
    *,
    solution: Solution | None = None,
    points: int = POINTS,
    tell: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
    processes: int | None = None,
) -> Curve:
    """The curve of two terms by key. solution : of these criteria, whose numbers of neighbourhoods are kept."""
    numbers = tuple(part.neighbourhoods for part in solution.parts) if solution is not None else None
    return curve(
        build_problem(area, weighing(criteria, (first, second))),
        criteria,
        first,
        second,
        numbers=numbers,
        points=points,
        tell=tell,
        should_stop=should_stop,
        processes=processes,
    )


def natural(term: CurveTerm, value: float, residents: int) -> float:
    """A sum as a planner reads it: travel by person, people as they are."""
    return value / max(1, residents) if term.key == TRAVEL else value


def unit_of(term: CurveTerm) -> str:
    """The unit of `natural`."""
    return term.unit.replace("person-km", "km") + " a person" if term.key == TRAVEL else term.unit


def steps(found: Curve) -> tuple[Step, ...]:
    """The points in natural units, with what each step along them trades."""
    one, other = found.terms
    made: list[Step] = []
    before: CurvePoint | None = None
    for point in found.points:
        floor = found.floor_at(point.first)
        traded = (before.second - point.second) / (point.first - before.first) if before is not None else None
        made.append(
            Step(
                point,
                natural(one, point.first, found.residents),
                natural(other, point.second, found.residents),
                None if floor is None else natural(other, floor, found.residents),
                traded,
            )
        )
        before = point
    return tuple(made)


def in_words(found: Curve) -> tuple[str, ...]:
    """What the curve shows, what is proven of it and what is not."""
    one, other = found.terms
    walk = steps(found)
    if not walk:
        return ("No plan was found in the time given.",)
    lines = []
    if len(walk) == 1:
        lines.append(
            f"One plan is the best found in both, so there is nothing to trade: {_said(one, walk[0].first)} and "
            f"{_said(other, walk[0].second)}."
        )
    else:
        lines.append(
            f"From {_said(one, walk[0].first)} with {_said(other, walk[0].second)} "
            f"to {_said(one, walk[-1].first)} with {_said(other, walk[-1].second)}."
        )
    gaps = [step.point.gap for step in walk if step.point.gap is not None]
    if gaps:
        lines.append(
            f"Proven: no plan with these numbers of neighbourhoods beats any of these in both by more than "
            f"{at_most(max(gaps))}."
        )
    else:
        least = found.least_first
        floor = f"no plan has less than {_floored(one, natural(one, least, found.residents))}" if least else "nothing"
        lines.append(f"Proven: {floor}. Nothing is proven of both together: plans below these may exist.")
    lines.append(
        "Only these two are counted here, so a proposal, which may count more, need not lie on the curve. "
        "Every plan on it keeps all the rules."
    )
    if not found.repeatable:
        lines.append("It was stopped by the clock or by you: working it out again may give other plans.")
    return tuple(lines)


def csv_rows(found: Curve) -> list[tuple[object, ...]]:
    """Rows under HEADER. price : what one unit of the second counted for in units of the first (sums, not a person)."""
    one, other = found.terms
    return [
        (
            number,
            float(f"{step.point.prices[1] / step.point.prices[0]:.6g}"),
            one.key,
            round(step.first, 6),
            unit_of(one),
            other.key,
            round(step.second, 6),
            unit_of(other),
            None if step.no_less is None else round(step.no_less, 6),
            None if step.point.gap is None else round(step.point.gap, 6),
        )
        for number, step in enumerate(steps(found), start=1)
    ]


def plan_at(area: Area, found: Curve, number: int, criteria: Criteria, beside: Plan | None = None) -> Plan:
    """The plan of a point (0 the first), named by its two values; codes as in `beside` where that is given."""
    step = steps(found)[number]
    one, other = found.terms
    labels = {u: d for u, d in zip(area.codes, step.point.assignment, strict=True) if d >= 0}
    name = f"{_said(one, step.first)}, {_said(other, step.second)}"
    return plan_from_labels(area, labels, criteria, name, parent=beside)


def said(term: CurveTerm, value: float) -> str:
    """A natural value with its unit: "2.27 km a person", "93,100 people above or below the target"."""
    return _said(term, value)


def figure(term: CurveTerm, value: float, *, down: bool = False) -> str:
    """A natural value without its unit; rounded down where `down`, so that "no plan has less" stays true as printed."""
    digits = digits_of(term)
    shown = math.floor(value * 10**digits) / 10**digits if down else value
    return f"{shown:,.{digits}f}"


def digits_of(term: CurveTerm) -> int:
    """Decimals of a natural value as it is shown: km a person to the metre, km to 100 metres, people whole."""
    return 3 if term.key == TRAVEL else 1 if term.key == BARRIER else 0


def _said(term: CurveTerm, value: float) -> str:
    return f"{figure(term, value)} {unit_of(term)}"


def _floored(term: CurveTerm, value: float) -> str:
    return f"{figure(term, value, down=True)} {unit_of(term)}"


def _key(area: Area, text: str) -> str:
    plain = ALIASES.get(text.casefold(), text.casefold())
    if plain in (TRAVEL, SIZE, *SECONDARY):
        return plain
    level = text.removeprefix(MISMATCH)
    try:
        return f"{MISMATCH}{resolve_level(area, level)}"
    except FootprintError:
        known = ", ".join(("travel", "size", *SECONDARY, *sorted(area.levels)))
        raise CriteriaError(f"There is no term “{text}” here.", mend=f"Terms are: {known}.") from None

"""The JSON edge of the prices of rules. asked : {"criteria": Criteria.to_json()}."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.prices import weighing
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.solution import Reason
from optimise.trading.principles import Principle, principles
from optimise.trading.tables import Price, Prices

FIGURES = ("low", "high", "best_with", "bound_with", "best_without", "bound_without")
CLOSE = 1e-6


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """In the child: the prices, each under the key of its rule."""
    from optimise.trading.prices import prices  # noqa: PLC0415 (the solver, which the side that reads does not need)

    criteria = Criteria.from_json(asked["criteria"])
    problem = build_problem(area, criteria)
    words = weighing(problem, criteria, area)
    found = prices(problem, criteria, on_step=lambda key, done: tell(words.get(key, ""), done), should_stop=should_stop)
    return {
        "prices": [
            {name: _finite(getattr(price, name)) for name in FIGURES}
            | {
                "rule": price.rule.key,
                "where": list(price.where),
                "everywhere": price.everywhere,
                "impossible": price.impossible,
                "reasons": _said(price.reasons),
                "number": price.number,
                "repeatable": price.repeatable,
            }
            for price in found.prices
        ],
        "best": found.best,
        "bound": found.bound,
        "number": found.number,
        "reasons": _said(found.reasons),
        "repeatable": found.repeatable,
    }


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Prices:
    """In the parent: the rules are worked out here, and each interval must follow from figures that agree."""
    criteria = Criteria.from_json(asked["criteria"])
    problem = build_problem(area, criteria)
    rules = {rule.key: rule for rule in principles(problem, criteria)}
    try:
        best = _number(answer["best"])
        found = tuple(_price(rules[str(one["rule"])], one) for one in answer["prices"])
        whole = Prices(
            criteria,
            found,
            best,
            float(answer["bound"]),
            int(answer["number"]),
            int(problem.residents.sum()),
            _reasons(answer["reasons"]),
            bool(answer["repeatable"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"The prices of the rules cannot be read ({error}).") from None
    if [price.rule.key for price in found] != (list(rules) if best is not None else []):
        raise PlanError("The prices are of other rules than those of the criteria.")
    if best is not None and not 0 <= whole.bound <= best * (1 + CLOSE):
        raise PlanError("The prices are beside a bound above its plan, which cannot be.")
    return whole


def _price(rule: Principle, one: dict[str, Any]) -> Price:
    """Raises ValueError where the figures contradict each other."""
    low, high, best_with, bound_with, best_without, bound_without = (_number(one[name]) for name in FIGURES)
    room = CLOSE * max(1.0, best_with or 0.0, best_without or 0.0)
    wrong = (
        (low is not None and high is not None and low > high + room)
        or (best_with is not None and bound_with is not None and bound_with > best_with + room)
        or (best_without is not None and bound_without is not None and bound_without > best_without + room)
        or (high is not None and not _follows(high, best_with, bound_without, room))
        or (low is not None and best_without is None)
    )
    if wrong:
        raise ValueError(f"the figures of {rule.key} contradict each other")
    return Price(
        rule, low, high, best_with, bound_with, best_without, bound_without,
        tuple(map(str, one["where"])), bool(one["everywhere"]), bool(one["impossible"]), _reasons(one["reasons"]),
        None if one["number"] is None else int(one["number"]), bool(one["repeatable"]),
    )  # fmt: skip


def _number(value: Any) -> float | None:
    if value is None:
        return None
    if not math.isfinite(float(value)):
        raise ValueError("a figure that is no number")
    return float(value)


def _follows(high: float, best: float | None, bound: float | None, room: float) -> bool:
    """Whether the upper end is what the figures beside it give."""
    return best is not None and bound is not None and abs(high - (best - bound)) <= room


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _said(reasons: tuple[Reason, ...]) -> list[list[Any]]:
    return [[reason.message, reason.mend, list(reason.where)] for reason in reasons]


def _reasons(given: Any) -> tuple[Reason, ...]:
    return tuple(Reason(str(message), str(mend), tuple(map(str, where))) for message, mend, where in given)

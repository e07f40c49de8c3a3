"""The JSON edge of the table of numbers. asked : {"criteria": Criteria.to_json()}."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from boundaries.area import Area
from footprints.errors import PlanError
from optimise.asking.feasibility import outlook
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.trading.tables import NumberRow, Numbers, PartNumbers, table_of


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """In the child: the table of the parts; the whole follows from it."""
    from optimise.trading.numbers import numbers  # noqa: PLC0415 (the solver, which the side that reads does not need)

    criteria = Criteria.from_json(asked["criteria"])
    found = numbers(build_problem(area, criteria), criteria, on_step=tell, should_stop=should_stop)
    return {
        "parts": [
            {"name": part.name, "rows": [[row.number, row.best, _finite(row.bound)] for row in part.rows]}
            for part in found.parts
        ],
        "repeatable": found.repeatable,
    }


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> Numbers:
    """In the parent: the parts and their numbers must be those that the criteria give here, no bound above its best."""
    criteria = replace(Criteria.from_json(asked["criteria"]), neighbourhoods=None)
    problem = build_problem(area, criteria)
    before = outlook(problem, criteria)
    try:
        tables = [[_row(*row) for row in part["rows"]] for part in answer["parts"]]
        names = [str(part["name"]) for part in answer["parts"]]
        repeatable = bool(answer["repeatable"])
    except (KeyError, TypeError, ValueError) as error:
        raise PlanError(f"The table of numbers cannot be read ({error}).") from None
    wanted = [(task.name, sorted(task.choices)) for task in before.tasks]
    if [(name, [row.number for row in rows]) for name, rows in zip(names, tables, strict=True)] != wanted:
        raise PlanError("The table of numbers is about other parts than the criteria make.")
    parts = tuple(
        PartNumbers(task.name, len(task.found.piece.units), task.found.piece.people, tuple(rows))
        for task, rows in zip(before.tasks, tables, strict=True)
    )
    return replace(table_of(problem, criteria, before, parts), repeatable=repeatable)


def _row(number: Any, best: Any, bound: Any) -> NumberRow:
    """Raises ValueError where the figures contradict each other."""
    k = int(number)
    value = None if best is None else float(best)
    least = math.inf if bound is None else float(bound)
    if k < 1 or math.isnan(least) or least < 0 or (value is not None and not least <= value * (1 + 1e-9) < math.inf):
        raise ValueError(f"a bound of {bound} beside a best of {best}")
    return NumberRow(k, value, least, () if value is None else (k,))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

"""The number of neighbourhoods against the best objective and the bound, for every number that people and band allow.

The relaxation of `optimise.proving.bound` knows the number only in "the k smallest V_j", so one set of multipliers
bounds every number at once; a few more steps for each number raise it. Parts are divided on their own, so that with
f_d(k) the best of part d in k neighbourhoods the best of the whole in K is

    F(K) = min { sum_d f_d(k_d) : sum_d k_d = K }                                                        (min-plus)

and as F only rises with each f_d, bounds put in the place of f_d give a bound of F(K), plans give a plan.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from optimise.asking.feasibility import Task, outlook
from optimise.budget import GUARD, TABLE, Steps, share
from optimise.criteria import Criteria
from optimise.pool.workers import Workers
from optimise.problem import Floats, Part, Problem
from optimise.proving.bound import bounds_by_number, dual_of, evaluate
from optimise.splitting.presolve import make_part
from optimise.trading.attempts import Attempt, attempt, multipliers_of, run_all
from optimise.trading.tables import NumberRow, Numbers, PartNumbers, table_of
from optimise.words import count

SOLVES = 3  # solves of time that a table may take

Tell = Callable[[str, float | None], None]


def row_of(tried: Attempt) -> NumberRow:
    """The row of one part."""
    shares = (tried.k,) if tried.best is not None else ()
    return NumberRow(tried.k, tried.best.value if tried.best is not None else None, tried.bound, shares)


def numbers(
    problem: Problem,
    criteria: Criteria,
    *,
    processes: int | None = None,
    on_step: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Numbers:
    """Best value and bound for every number of neighbourhoods; what the criteria say of the number is set aside.

    Takes about `SOLVES` solves of `criteria.seconds`. A cancelled table keeps the rows that were reached; the others
    show the bound of the shared multipliers. Raises CriteriaError for names that the problem does not know.
    """
    asked = replace(criteria, neighbourhoods=None)
    before = outlook(problem, asked)
    if before.prospect.reasons:
        return table_of(problem, asked, before, [])
    parts = [make_part(problem, asked, task.found, task.k, task.name) for task in before.tasks]
    tried, repeatable = _try_all(parts, before.tasks, asked, processes, on_step, should_stop)
    tables = [
        PartNumbers(part.name, len(part.units), int(part.people.sum()), tuple(row_of(one) for one in row))
        for part, row in zip(parts, tried, strict=True)
    ]
    return replace(table_of(problem, asked, before, tables), repeatable=repeatable)


def steps_for(seconds: int, parts: Sequence[Part], tries: Sequence[int]) -> list[Steps]:
    """Steps of one attempt on each part, when each part is tried `tries` times within `seconds` in all.

    Where that is less than the smallest entry of the table, at least the work in cases is cut down to it.
    """
    sizes = [len(part.people) if part.k > 1 else 1 for part, number in zip(parts, tries, strict=True)]
    each = seconds / max([1, *tries])
    part = min(1.0, each / TABLE[0].seconds)
    return [replace(s, case_work=round(s.case_work * part)) for s in share(max(1, int(each)), sizes)]


def _try_all(
    parts: Sequence[Part],
    tasks: Sequence[Task],
    criteria: Criteria,
    processes: int | None,
    on_step: Tell | None,
    should_stop: Callable[[], bool] | None,
) -> tuple[list[list[Attempt]], bool]:
    """An attempt for each part and number, in the order of numbers; and whether all of it was reached in time."""
    choices = [sorted(task.choices) for task in tasks]
    steps = steps_for(SOLVES * criteria.seconds, parts, [len(ks) for ks in choices])
    seconds = GUARD * SOLVES * criteria.seconds
    open_parts = [d for d, task in enumerate(tasks) if task.found.stuck is None]
    keys = [(d, k) for d in open_parts for k in choices[d]]
    keys.sort(key=lambda key: (-len(parts[key[0]].people), key))  # the longest first: none is left alone to the end
    with Workers(processes) as workers:
        items = [(parts[d], None, steps[d].bound_iterations) for d in open_parts]
        first = dict(zip(open_parts, run_all(workers, multipliers_of, items, should_stop), strict=True))
        tries = [(replace(parts[d], k=k), criteria.seed, steps[d], seconds, None, first[d]) for d, k in keys]
        said = progress_of(on_step, [f"{parts[d].name}: {count(k, 'neighbourhood')}" for d, k in keys])
        done = run_all(workers, attempt, tries, should_stop, said)
    known: dict[tuple[int, int], Attempt] = {
        key: one if one is not None else unreached(replace(parts[key[0]], k=key[1]), first[key[0]])
        for key, one in zip(keys, done, strict=True)
    }
    # A part with units that would have to stay together and are too many has no plan, whatever its number.
    found = [[known.get((d, k), Attempt(k, None, float("inf"))) for k in ks] for d, ks in enumerate(choices)]
    found = [lifted(part, row) for part, row in zip(parts, found, strict=True)]
    return found, all(one is not None and one.repeatable for one in done)


def lifted(part: Part, row: Sequence[Attempt]) -> list[Attempt]:
    """The same attempts with each bound raised to what the multipliers of the others prove for its number."""
    ks = [one.k for one in row]
    if len(row) < 2:
        return list(row)
    bounds = [[one.bound for one in row]]
    for one in row:
        if one.multipliers is not None:
            bounds.append(list(bounds_by_number(part, dual_of(part, one.multipliers), min(ks), max(ks))))
    best = [max(column) for column in zip(*bounds, strict=True)]
    return [replace(one, bound=min(bound, one.value)) for one, bound in zip(row, best, strict=True)]


def unreached(part: Part, multipliers: Floats | None) -> Attempt:
    """What is known of a part whose turn did not come: the bound that multipliers of another number prove."""
    bound = 0.0 if multipliers is None else max(0.0, evaluate(part, multipliers))
    return Attempt(part.k, None, bound, multipliers, searched=False, repeatable=False)


def progress_of(on_step: Tell | None, names: Sequence[str]) -> Callable[[int], None]:
    """Told of each item that is done: its name and the fraction of all that is done by then."""
    done = 0

    def tell(index: int) -> None:
        nonlocal done
        done += 1
        if on_step is not None:
            on_step(names[index], done / len(names))

    return tell

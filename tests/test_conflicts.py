"""Irreducible causes and mends, held against a model that lists every division and shares no code."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from optimise import Criteria, Locks, build_problem
from optimise.asking.conflicts import Conflict, explain
from optimise.asking.decide import State
from optimise.asking.rules import Wish, merged, rules_of
from optimise.problem import Problem
from tests.grids import grid_area
from tests.independent_model import Model, Question

CASES = 200


@dataclass(frozen=True)
class Case:
    problem: Problem
    criteria: Criteria
    wishes: tuple[Wish, ...]
    model: Model
    rules: tuple[str, ...]  # the model's names, in the program's order
    names: dict[str, str]  # the program's key -> the model's name


def drawn(seed: int) -> Case:
    """A grid of six to nine units with people, districts, limits, numbers and locks; by the seed alone."""
    rng = random.Random(seed)
    rows, columns = rng.choice([(2, 3), (2, 4), (2, 4), (3, 3)])
    across = rng.random() < 0.5 and columns > 2
    picture = ["".join("B" if across and c >= (columns + 1) // 2 else "A" for c in range(columns)) for _ in range(rows)]
    n = rows * columns
    people = [rng.choice([3, 4, 5, 6, 7, 8, 9, 12]) * rng.choice([100, 100, 101, 97]) for _ in range(n)]
    wards = [[rng.choice("PQRS") for _ in range(columns)] for _ in range(rows)]
    msoa = ["".join(row) for row in wards]
    edges = tuple(
        (r * columns + c, r2 * columns + c2)
        for r in range(rows)
        for c in range(columns)
        for r2, c2 in ((r, c + 1), (r + 1, c))
        if r2 < rows and c2 < columns
    )
    district = [ord(x) - 65 for row in picture for x in row]
    nested = across and rng.random() < 0.7
    by_nest = [
        sum(p for p, d in zip(people, district, strict=True) if not nested or d == one) for one in {0, *district}
    ]
    k = rng.randint(2, 4)
    mean = sum(people) / k
    minimum = min(int(mean * rng.choice([0.3, 0.5, 0.7, 0.9])), *by_nest)
    maximum = max(int(mean * rng.choice([1.1, 1.3, 1.6, 2.0])), minimum + 1)
    number: int | tuple[tuple[str, int], ...] | None = None
    if rng.random() < 0.5:
        number = k
    elif nested and rng.random() < 0.6:
        number = (
            tuple((f"E0700000{d + 1}", rng.randint(1, 2)) for d in sorted({*district}) if rng.random() < 0.8) or None
        )
    whole = ("msoa",) if rng.random() < 0.2 else ()
    wishes, others, together, apart, fixed, frozen = [], [], {}, {}, {}, {}
    code = [f"E019{i + 1:05d}" for i in range(n)]
    taken: set[int] = set()
    if rng.random() < 0.25:
        start = rng.randrange(n)
        block = [start]
        for a, b in edges:
            if len(block) < rng.randint(1, 3) and (a in block) != (b in block) and district[a] == district[b]:
                block.append(b if a in block else a)
        taken = set(block)
        frozen["N-9"] = tuple(sorted(block))
        others.append(Locks(frozen=(("N-9", tuple(code[u] for u in sorted(block))),)))
    open_units = [u for u in range(n) if u not in taken]
    if rng.random() < 0.3 and len(open_units) > 3:
        units = rng.sample(open_units, 3)
        fixed = {"N-1": tuple(sorted(units[:2])), "N-2": (units[2],)}
        others.append(Locks(fixed=tuple((code[u], c) for c, us in fixed.items() for u in us)))
    for i in range(rng.randint(0, 2)):
        units = sorted(rng.sample(range(n), rng.choice([2, 2, 3])))
        if rng.random() < 0.5:
            wishes.append(Wish(f"keep {i}", Locks(together=(tuple(code[u] for u in units),))))
            together[f"wish:{len(wishes)}"] = tuple(units)
        else:
            others.append(Locks(together=(tuple(code[u] for u in units),)))
            together[f"together:{sum(bool(o.together) for o in others)}"] = tuple(units)
    for _ in range(rng.randint(0, 2)):
        units = rng.sample(range(n), rng.choice([2, 3]))
        pairs = tuple((a, b) for a in units[:1] for b in units[1:])
        wishes.append(Wish("apart", Locks(apart=tuple((code[a], code[b]) for a, b in pairs))))
        apart[f"wish:{len(wishes)}"] = pairs
    locks = merged([*others, *(w.locks for w in wishes)])
    criteria = Criteria(
        target=rng.randint(minimum, maximum), minimum=minimum, maximum=maximum, comfortable=(minimum, maximum),
        within=("district",) if nested else (), keep_whole=whole, neighbourhoods=number, locks=locks,
    )  # fmt: skip
    problem = build_problem(grid_area(picture, people, msoa=msoa), criteria)
    model = Model(
        Question(
            tuple(people), edges, tuple(district), tuple(ord(x) for row in msoa for x in row), minimum, maximum,
            number if isinstance(number, int) else None,
            {int(c[-1]) - 1: k for c, k in number} if isinstance(number, tuple) else {},
            together, apart, fixed, frozen,
        )
    )  # fmt: skip
    names = {r.key: _name(r.key) for r in rules_of(problem, criteria, wishes)}
    return Case(problem, criteria, tuple(wishes), model, tuple(names.values()), names)


def _name(key: str) -> str:
    kind, _, rest = key.partition(":")
    if kind in ("within", "whole"):
        return kind
    return f"number:{int(rest[-1]) - 1}" if kind == "number" and rest else key


def without_level(names: set[str]) -> set[str]:
    """Numbers by district go with the level of the districts."""
    return names if "within" in names else {n for n in names if not n.startswith("number:")}


def check(case: Case, conflict: Conflict) -> None:
    model, rules = case.model, set(case.rules)
    assert conflict.state is (State.YES if model.possible(rules) else State.NO)
    if conflict.state is State.YES:
        assert conflict.verdict.labels is not None
        assert model.is_plan(conflict.verdict.labels.tolist(), rules)
        return
    assert all(reason.message for reason in conflict.verdict.reasons)
    for number, cause in enumerate(conflict.causes):
        names = {case.names[r.key] for r in cause.rules}
        assert not model.possible(without_level(names)), (number, names)
        assert cause.proven
        assert cause.reasons
        for name in names:
            assert model.possible(without_level(names - {name})), (names, name)
    single = {r for r in rules if r != "one piece" and model.possible(without_level(rules - {r}))}
    # Dropping a level drops its numbers by district too: a mend, but of a rule that need not be in the cause.
    inside = {case.names[r.key] for r in conflict.causes[0].rules}
    assert {case.names[m.rule.key] for m in conflict.mends} == single & inside
    assert single - inside <= {"within"}
    for mend in conflict.mends:
        check_mend(case, mend)
    if not conflict.mends:
        dropped = {case.names[m.rule.key] for m in conflict.together}
        assert dropped
        assert model.possible(without_level(rules - dropped))
        assert model.is_plan(conflict.together[0].labels.tolist(), without_level(rules - dropped))


def check_mend(case: Case, mend) -> None:  # type: ignore[no-untyped-def]
    model, rules, name = case.model, set(case.rules), case.names[mend.rule.key]
    if mend.value is None:
        assert model.is_plan(mend.labels.tolist(), without_level(rules - {name}))
    elif name == "maximum":
        assert mend.value == mend.criteria.maximum
        assert model.possible(rules, maximum=mend.value)
        least = model.least_maximum(rules, case.criteria.target)
        assert (mend.value == least) if mend.smallest else (least is not None and mend.value >= least)
        assert mend.fails is None or not model.possible(rules, maximum=mend.fails)
        assert mend.smallest
    elif name == "minimum":
        assert model.possible(rules, minimum=mend.value)
        assert mend.value == model.greatest_minimum(rules, case.criteria.target)
        assert mend.smallest
    else:
        now = case.criteria.neighbourhoods
        numbers = {int(c[-1]) - 1: k for c, k in now} if isinstance(now, tuple) else {}
        place = int(name.partition(":")[2] or 0)
        was = numbers[place] if numbers else int(now)  # type: ignore[arg-type]

        def works(k: int) -> bool:
            return (
                model.possible(rules, by_district=numbers | {place: k}) if numbers else model.possible(rules, total=k)
            )

        assert works(mend.value)
        assert mend.smallest
        assert not any(works(k) for k in range(1, 10) if abs(k - was) < abs(mend.value - was))


@pytest.mark.parametrize("tenth", range(10))
def test_causes_and_mends_agree_with_every_division_listed(tenth: int) -> None:
    states = Counter[str]()
    for seed in range(tenth, CASES, 10):
        case = drawn(seed)
        conflict = explain(case.problem, case.criteria, case.wishes)
        states[conflict.state] += 1
        try:
            check(case, conflict)
        except AssertionError as error:
            raise AssertionError(f"case {seed}: {error}") from error
    assert min(states[State.YES], states[State.NO]) >= 3, states

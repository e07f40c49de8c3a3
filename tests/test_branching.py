"""Branching on numbers of centres: true for every plan, closed where halves of centres leave a gap, always the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optimise.kernels import cases as kernels
from optimise.kernels import knapsack
from optimise.pool.workers import Workers
from optimise.problem import Bools, Floats, Ints, Part
from optimise.proving.bound import Scaled, dual_of, evaluate, fix, lagrangian, scaled_part
from optimise.proving.branching import Branched, branch
from optimise.proving.cases import Case, first_case, look, split, unpack
from optimise.proving.proof import recompute, what_is_proven
from optimise.proving.regions import Region, laminar, propose_regions
from optimise.score import primary
from optimise.searching.search import SearchBudget, restart, search
from optimise.tree import Tree
from tests.random_parts import parts
from tests.small_parts import grid_edges, part_of, plans

CLOSE = 1e-9


def once(part: Part) -> Part:
    """The part with each pair to keep apart written once, as presolve writes them."""
    return replace(part, apart=np.unique(np.sort(part.apart, axis=1), axis=0).reshape(-1, 2))


def branched(part: Part, labels: Ints, *, iterations: int = 60, **more: Any) -> Branched:
    """`branch` as a stage calls it, after a bound towards the value of `labels`."""
    value = primary(part, labels)[0]
    dual = lagrangian(part, value, iterations=iterations)
    budget: dict[str, Any] = {"work": 1e5, "exact_pairs": 0, "exact_steps": 200, "seconds": 600.0} | more
    return branch(part, dual, fix(part, dual, value)[1], labels, **budget)


def proven(part: Part, done: Branched) -> float:
    """What the tree proves with what was solved."""
    return what_is_proven(done.tree, recompute(part, done.tree)[1], done.value)[0]


def cases_of(part: Part, tree: Tree, labels: Ints) -> list[int]:
    """The cases that a plan falls in, by counting its centres in their regions."""
    nodes = part.owner[primary(part, labels)[1]]
    count = [int(np.isin(nodes, region).sum()) for region in tree.regions]
    own = nodes[labels]
    return [
        case
        for case, limits, ties in tree.limits(part.k)
        if all(limit.fewest <= count[limit.region] <= limit.most for limit in limits)
        and all(tie.inside == (own[tie.node] in tree.regions[tie.region]) for tie in ties)
    ]


# ---- true for every plan


@settings(max_examples=60, deadline=None, derandomize=True)
@given(part=parts(pairs=True), exact=st.booleans(), data=st.data())
def test_the_bound_holds_for_every_plan_and_each_is_in_one_case(part: Part, exact: bool, data: st.DataObject) -> None:
    part = once(part)
    known = list(plans(part))
    if not known:
        return
    values = [primary(part, labels)[0] for labels in known]
    first = data.draw(st.sampled_from(known))
    done = branched(part, first, iterations=10, exact_pairs=1_000 if exact else 0)
    best = min(values)
    assert done.repeatable
    assert done.bound <= best * (1 + CLOSE) + 1e-6
    assert best * (1 - CLOSE) <= done.value <= primary(part, first)[0]
    assert primary(part, done.labels)[0] == done.value
    cases = recompute(part, done.tree)[1]
    together = what_is_proven(done.tree, cases, done.value)[0]
    assert together <= best * (1 + CLOSE) + 1e-6
    assert together >= done.bound - 1e-6 * abs(done.bound) - 1e-2  # multipliers are rounded
    for labels, value in zip(known, values, strict=True):
        (case,) = cases_of(part, done.tree, labels)
        assert cases[case] <= value * (1 + CLOSE) + 1e-6
        if value <= done.tree.upper:
            assert min(done.tree.solved[case], done.tree.upper) <= value * (1 + CLOSE) + 1e-6


@settings(max_examples=60, deadline=None, derandomize=True)
@given(part=parts(pairs=True, most=8), data=st.data())
def test_a_case_never_loses_a_pair_of_a_plan_that_is_good_enough(part: Part, data: st.DataObject) -> None:
    known = list(plans(part))
    if not known:
        return
    values = [primary(part, labels)[0] for labels in known]
    upper = min(values) * data.draw(st.sampled_from([1.0, 1.1, 1.5])) + 1e-6
    dual = lagrangian(part, upper, iterations=data.draw(st.sampled_from([0, 5, 80])))
    case = first_case(part, dual, fix(part, dual, upper)[1], upper)
    ties: list[tuple[int, Ints, bool]] = []
    for _ in range(4):
        for labels, value in zip(known, values, strict=True):
            centres = primary(part, labels)[1]
            held = [int(np.isin(part.owner[centres], region.nodes).sum()) for region in case.regions]
            inside = all(r.fewest <= h <= r.most for r, h in zip(case.regions, held, strict=True))
            own = part.owner[centres][labels]
            inside &= all((own[node] in nodes) == there for node, nodes, there in ties)
            if value <= upper and inside:
                assert case.bound <= value * (1 + CLOSE) + 1e-6
                if case.bound < upper * (1 - CLOSE):
                    assert unpack(part, case.pairs)[centres[labels], np.arange(len(labels))].all()
        halves = split(part, case, upper)
        if halves is None:
            return
        assert halves.fewer.bound >= case.bound and halves.more.bound >= case.bound
        more = data.draw(st.booleans())
        case = halves.more if more else halves.fewer
        ties += [(halves.node, halves.nodes, more)] if halves.node >= 0 else []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(part=parts(most=7), data=st.data())
def test_limits_on_any_regions_bound_the_plans_that_keep_them(part: Part, data: st.DataObject) -> None:
    regions = data.draw(laminar_regions(len(part.people), part.k))
    known = [(labels, *primary(part, labels)) for labels in plans(part)]
    best = min([value for _, value, _ in known], default=1e4)
    dual = lagrangian(part, best, iterations=20)
    start = Case(regions, dual.multipliers, -np.inf, b"", 0, np.zeros(len(part.people)))
    case = look(part, start, np.ones((len(part.owner), len(part.people)), np.bool_), 1.5 * best + 1.0)
    for labels, value, centres in known:
        held = [int(np.isin(part.owner[centres], region.nodes).sum()) for region in regions]
        if all(r.fewest <= h <= r.most for r, h in zip(regions, held, strict=True)):
            assert case.bound <= value * (1 + CLOSE) + 1e-6
            if value <= 1.5 * best + 1.0 and case.number:
                assert unpack(part, case.pairs)[centres[labels], np.arange(len(labels))].all()


# ---- closed where halves of centres leave a gap


def place(towns: Sequence[tuple[int, int, float]], wide: int, k: int, seed: int, town: int, village: int) -> Part:
    """A country of 5 x `wide` places, crowded within a distance of the towns' middles."""
    rng = np.random.default_rng(seed)
    cells = [(r, c) for r in range(5) for c in range(wide)]
    crowded = [any((r - a) ** 2 + (c - b) ** 2 <= far**2 for a, b, far in towns) for r, c in cells]
    people = [int((town if inside else village) * rng.uniform(0.8, 1.2)) for inside in crowded]
    points = [(r + rng.uniform(-0.2, 0.2), c + rng.uniform(-0.2, 0.2)) for r, c in cells]
    return part_of(points, grid_edges(cells), people, k, 7_000, 14_000, target=9_500.0)


def big_town() -> Part:
    """A town of one and a half neighbourhoods between villages."""
    return place([(2, 6, 1.6)], 14, 5, 1, 1_800, 500)


def two_towns() -> Part:
    """Two towns in a row of one and a half each."""
    return place([(2, 4, 1.3), (2, 10, 1.3)], 15, 6, 1, 2_500, 400)


@pytest.mark.parametrize("country", [big_town, two_towns])
def test_a_gap_of_half_centres_is_closed(country: Any) -> None:
    part = country()
    plan = search(part, seed=0, steps=SearchBudget(restarts=6, rounds=30))
    assert plan is not None
    dual = lagrangian(part, plan.value, iterations=1_500)
    assert dual.value < plan.value * 0.995  # more than half a per cent is open
    told: list[float] = []
    done = branched(part, plan.labels, iterations=1_500, work=3e6, exact_pairs=800, on_bound=told.append)
    assert done.bound >= done.value * (1 - 1e-4) and done.repeatable
    assert proven(part, done) >= done.value * (1 - 1e-4)
    assert done.cases == len(done.tree.cases) > 1
    assert told == sorted(told) and told[-1] <= done.value


def test_splits_alone_raise_the_bound_and_the_tree_never_proves_less_than_none_would() -> None:
    part = big_town()
    plan = search(part, seed=0, steps=SearchBudget(restarts=6, rounds=30))
    assert plan is not None
    dual = lagrangian(part, plan.value, iterations=1_500)
    done = branched(part, plan.labels, iterations=1_500, work=3e6)
    assert done.bound > dual.value * 1.001
    assert proven(part, done) == pytest.approx(done.bound, rel=1e-6)
    assert recompute(part, done.tree)[0] >= dual.value * (1 - 1e-6)


@pytest.mark.parametrize("country", [big_town, two_towns])
def test_cases_about_the_centre_of_a_node_are_kept_as_such(country: Any) -> None:
    """The best plan is in one case, and nothing said of that case is above its value."""
    part = country()
    poor = search(part, seed=5, steps=SearchBudget(restarts=1, rounds=2))
    found = [restart(part, 0, index, SearchBudget(restarts=1, rounds=20)) for index in range(6)]
    assert poor is not None
    done = branched(part, poor.labels, iterations=1_500, work=6e5)
    ties = [split for split in done.tree.splits if split.node >= 0]
    assert ties and all(split.most == 0 for split in ties)
    assert proven(part, done) == pytest.approx(done.bound, rel=1e-6)
    cases = recompute(part, done.tree)[1]
    for plan in found:
        assert plan is not None
        (case,) = cases_of(part, done.tree, plan.labels)
        assert cases[case] <= plan.value * (1 + CLOSE)
        if plan.value <= done.tree.upper:
            assert done.tree.solved[case] <= plan.value * (1 + CLOSE)


# ---- the same again, and cut short


def test_the_same_for_any_number_of_processes() -> None:
    part = two_towns()
    plan = search(part, seed=3, steps=SearchBudget(restarts=2, rounds=8))
    assert plan is not None
    found = []
    for processes in (1, 2):
        with Workers(processes) as workers:
            if processes > 1:
                workers.begin()
                until = monotonic() + 20
                while not workers.idle and monotonic() < until:
                    sleep(0.05)  # so that some cases really are looked at elsewhere
            found.append(branched(part, plan.labels, work=6e4, exact_pairs=300, workers=workers))
    one, two = found
    assert one.labels.tobytes() == two.labels.tobytes()
    assert (one.value, one.bound, one.cases, one.repeatable) == (two.value, two.bound, two.cases, two.repeatable)
    assert len(one.tree.cases) > 2
    assert (one.tree.splits, one.tree.solved, one.tree.upper) == (two.tree.splits, two.tree.solved, two.tree.upper)
    assert [m.tobytes() for m in one.tree.cases] == [m.tobytes() for m in two.tree.cases]
    assert [r.tobytes() for r in one.tree.regions] == [r.tobytes() for r in two.tree.regions]


def test_cut_short_by_the_clock_or_a_stop_it_says_so_and_the_bound_holds() -> None:
    part = big_town()
    plan = search(part, seed=0, steps=SearchBudget(restarts=6, rounds=30))
    assert plan is not None
    whole = branched(part, plan.labels, work=3e6, exact_pairs=800)
    late = branched(part, plan.labels, work=3e6, exact_pairs=800, seconds=0.0)
    asked: list[int] = []

    def after_one_round() -> bool:
        asked.append(1)
        return len(asked) > 3

    stopped = branched(part, plan.labels, work=3e6, exact_pairs=0, should_stop=after_one_round)
    assert whole.repeatable and not late.repeatable and not stopped.repeatable
    for done in (late, stopped):
        assert 0 < done.bound <= whole.bound * (1 + CLOSE) and done.value >= whole.value
        assert proven(part, done) <= whole.value * (1 + CLOSE)


def test_what_goes_wrong_in_a_case_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    part = big_town()
    plan = search(part, seed=0, steps=SearchBudget(restarts=2, rounds=10))
    assert plan is not None

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("optimise.proving.cases.propose_regions", broken)
    with pytest.raises(ZeroDivisionError):
        branched(part, plan.labels)


# ---- regions, and the choice of centres under limits on them


@st.composite
def laminar_regions(draw: st.DrawFn, n: int, k: int) -> tuple[Region, ...]:
    """Up to four sets of nodes that cut an order into nested or separate stretches, with any limits."""
    order = np.array(draw(st.permutations(range(n))), dtype=np.int64)
    stretches: list[tuple[int, int]] = []
    for _ in range(draw(st.integers(0, 4))):
        a = draw(st.integers(0, n - 1))
        b = draw(st.integers(a + 1, n))
        crosses = any(a < c < b < d or c < a < d < b for c, d in stretches)
        if (a, b) not in stretches and (a, b) != (0, n) and not crosses:
            stretches.append((a, b))
    regions = []
    for a, b in stretches:
        fewest = draw(st.integers(0, k))
        regions.append(Region(np.sort(order[a:b]), fewest, draw(st.integers(fewest, k))))
    return tuple(regions)


@settings(max_examples=120, deadline=None, derandomize=True)
@given(data=st.data())
def test_select_is_the_best_choice_under_the_limits(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 7))
    k = data.draw(st.integers(1, n))
    regions = data.draw(laminar_regions(n, k))
    numbers = st.one_of(st.sampled_from([0.0, 1.0, float("inf")]), st.floats(-100, 100))
    best = np.array(data.draw(st.lists(numbers, min_size=n, max_size=n)))
    home, within, fewest, most = laminar(regions, n, k)

    def least(forced: int) -> float:
        values = best.copy()
        if forced >= 0:
            values[forced] = 0.0
        sums = [
            float(sum(values[v] for v in taken))
            for taken in combinations(range(n), k)
            if (forced < 0 or forced in taken)
            and all(r.fewest <= np.isin(r.nodes, taken).sum() <= r.most for r in regions)
        ]
        return min(sums, default=float("inf"))

    chosen = np.zeros(n, np.bool_)
    total = kernels.select(best, k, home, within, fewest, most, -1, chosen)
    truth = least(-1)
    assert total == truth or total == pytest.approx(truth, abs=1e-9)
    if total < np.inf:
        assert int(chosen.sum()) == k and best[chosen].sum() == pytest.approx(total, abs=1e-9)
        assert all(r.fewest <= int(chosen[r.nodes].sum()) <= r.most for r in regions)
    else:
        assert not chosen.any()
    for v in range(n):
        free = kernels.select(best, k, home, within, fewest, most, int(home[v]), np.zeros(n, np.bool_))
        assert free <= least(v) + 1e-9


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_the_arrays_of_laminar_regions_fit_together(data: st.DataObject) -> None:
    n = data.draw(st.integers(2, 12))
    regions = data.draw(laminar_regions(n, 3))
    home, within, fewest, most = laminar(regions, n, 3)
    last = len(regions)
    assert len(within) == len(fewest) == len(most) == last + 1
    assert within[last] == -1 and fewest[last] == most[last] == 3
    assert all(within[r] > r for r in range(last))
    sets: list[set[int]] = []
    for r in range(last + 1):
        sets.append({v for v in range(n) if _reaches(int(home[v]), r, within)})
    assert sets[last] == set(range(n))
    assert sorted((sorted(s), f, m) for s, f, m in zip(sets[:last], fewest.tolist(), most.tolist(), strict=False)) == (
        sorted((sorted(r.nodes.tolist()), r.fewest, r.most) for r in regions)
    )


def _reaches(r: int, goal: int, within: Ints) -> bool:
    while r >= 0 and r != goal:
        r = int(within[r])
    return r == goal


@settings(max_examples=80, deadline=None, derandomize=True)
@given(part=parts(), data=st.data())
def test_proposed_regions_are_laminar_and_unsettled(part: Part, data: st.DataObject) -> None:
    n = len(part.people)
    owners = np.isin(np.arange(n), part.owner)
    regions: tuple[Region, ...] = ()
    for _ in range(4):
        share = np.array(data.draw(st.lists(st.floats(0, 1), min_size=n, max_size=n)))
        found = propose_regions(part, regions, share * owners, 4)
        again = propose_regions(part, regions, share * owners, 4)
        assert len(found) <= 4 and [w for _, w in found] == [w for _, w in again]
        assert all((nodes == same).all() for (nodes, _), (same, _) in zip(found, again, strict=True))
        first = propose_regions(part, regions, share * owners, 1)
        assert len(first) == min(1, len(found)) and all(
            (a[0] == b[0]).all() for a, b in zip(first, found, strict=False)
        )
        for nodes, whole in found:
            assert 0 < len(nodes) < n and (np.diff(nodes) > 0).all()
            assert whole < (share * owners)[nodes].sum() < whole + 1
            for other in regions:
                both = set(nodes.tolist()), set(other.nodes.tolist())
                assert both[0] <= both[1] or both[1] <= both[0] or not both[0] & both[1]
        if found and not any(np.array_equal(found[0][0], other.nodes) for other in regions):
            regions = (*regions, Region(found[0][0], 0, part.k))


def test_nothing_is_proposed_where_all_is_settled() -> None:
    part = big_town()
    share = np.zeros(len(part.people))
    assert propose_regions(part, (), share, 4) == []
    share[[3, 30, 50, 60, 68]] = 1.0
    assert propose_regions(part, (), share, 4) == []


# ---- the knapsack on the pairs that are left


@settings(max_examples=80, deadline=None, derandomize=True)
@given(part=parts(most=6), data=st.data())
def test_columns_of_allowed_pairs_are_solved_exactly(part: Part, data: st.DataObject) -> None:
    n, c = part.cost.shape
    bits = data.draw(st.lists(st.booleans(), min_size=n * c, max_size=n * c))
    allowed = np.array(bits, np.bool_).reshape(c, n)
    allowed[np.arange(c), part.owner] = True
    out = data.draw(st.integers(-1, c - 1))
    if out >= 0:
        allowed[out] = False
    multipliers = np.array(data.draw(st.lists(st.floats(-3e3, 5e3), min_size=n, max_size=n)))
    own = scaled_part(part, allowed)
    value, critical = _values(part, own, multipliers)
    for j in range(c):
        truth = _fractional(part, multipliers, j, allowed[j])
        assert value[j] + own.offset == truth or value[j] + own.offset == pytest.approx(truth, rel=1e-9, abs=1e-6)
        if not np.isfinite(truth):
            continue
        used = np.zeros(n)
        o = int(part.owner[j])
        knapsack.add_members(
            own.start, own.rows, own.price, multipliers / own.scale, own.people, j, o, own.lower, own.upper, own.target,
            part.deviation, critical[j], used,
        )  # fmt: skip
        if part.people[o] < part.upper:  # else nothing more fits, and no price of load says so
            assert used[o] == 1.0 and (used >= 0).all() and (used <= 1 + CLOSE).all() and not used[~allowed[j]].any()
            load = float(used @ part.people)
            assert part.lower - 1e-6 <= load <= part.upper + 1e-6
            worth = float(used @ (part.cost[:, j] - multipliers)) + part.deviation * abs(load - part.target)
            assert worth == pytest.approx(truth, rel=1e-9, abs=1e-6)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(part=parts(), data=st.data())
def test_with_all_pairs_allowed_the_columns_prove_what_numpy_does(part: Part, data: st.DataObject) -> None:
    numbers = data.draw(st.lists(st.floats(-5e3, 5e3), min_size=len(part.people), max_size=len(part.people)))
    known, truth = dual_of(part, np.array(numbers)).value, evaluate(part, np.array(numbers))
    assert known == truth or known == pytest.approx(truth, rel=1e-9, abs=1e-6)


def _values(part: Part, own: Scaled, multipliers: Floats) -> tuple[Floats, Floats]:
    n, c = part.cost.shape
    value, critical = np.full(c, np.nan), np.full(c, np.nan)
    knapsack.centre_values(
        own.start, own.rows, own.price, multipliers / own.scale, own.people, own.owner, own.lower, own.upper,
        own.target, part.deviation, value, critical, np.empty(n), np.empty(n),
    )  # fmt: skip
    return value, critical


def _fractional(part: Part, multipliers: Floats, j: int, allowed: Bools) -> float:
    """The best fractional neighbourhood of candidate j by enumeration: at an optimum of this linear programme at most
    one node is divided, and then the load is at an end of the band or at the target.
    """
    o = int(part.owner[j])
    if not allowed[o]:
        return float("inf")
    price = part.cost[:, j] - multipliers
    others = [i for i in np.flatnonzero(allowed).tolist() if i != o]
    stops = [float(part.lower), float(part.upper)]
    stops += [part.target] if part.lower < part.target < part.upper else []
    best = float("inf")
    for taken in product((0, 1), repeat=len(others)):
        load = float(part.people[o] + sum(part.people[i] for i, t in zip(others, taken, strict=True) if t))
        worth = float(price[o] + sum(price[i] for i, t in zip(others, taken, strict=True) if t))
        if part.lower <= load <= part.upper:
            best = min(best, worth + part.deviation * abs(load - part.target))
        for i, t in zip(others, taken, strict=True):
            for stop in stops:
                people = float(part.people[i])
                if not t and people > 0 and load <= stop <= load + people:
                    share = (stop - load) / people
                    best = min(best, worth + share * price[i] + part.deviation * abs(stop - part.target))
    return best


def test_two_candidates_of_one_node_are_one_centre_at_most() -> None:
    """Three nodes in a row, one of them with a second, dearer candidate: it never takes the place of another node."""
    part = part_of([(0, 0), (0, 1), (0, 2)], [(0, 1), (1, 2)], [1_000] * 3, 2, 1_000, 2_000, target=1_500.0)
    part = replace(
        part,
        cost=np.column_stack([part.cost, part.cost[:, 1] + 1.0]),
        owner=np.array([0, 1, 2, 1]),
        centre_unit=np.array([0, 1, 2, 1]),
    )
    done = branched(part, np.array([0, 0, 1]), exact_pairs=100)
    assert done.bound == done.value == 1_000.0 + 1_000 * 0.5

"""Proofs worked out again: true for any tree, the same as the bound, and nothing in a folder taken on its word."""

from __future__ import annotations

import copy
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pulp
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from boundaries.area import Area
from footprints.cli import cli
from footprints.errors import PlanError
from footprints.exchange import export, read_plan, write_plan
from footprints.exchange.plan_json import plan_from_document
from footprints.exchange.proof_json import proof_bytes, read_proof
from footprints.jobs.protocol import ProtocolError, from_json, to_json
from footprints.plan import Plan
from footprints.proof import check_proof, resolve_proof, resolved_in_words
from footprints.propose import propose
from optimise.asking.feasibility import outlook
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.kernels.cases import prove
from optimise.problem import Ints, Part
from optimise.proving import resolve as resolving
from optimise.proving.bound import evaluate, lagrangian, scaled_part
from optimise.proving.cases import question_of
from optimise.proving.proof import _least, recompute, surviving, what_is_proven
from optimise.score import primary
from optimise.solution import Solution
from optimise.splitting.presolve import make_part
from optimise.tree import Split, Tree, plain
from tests.grids import grid_area
from tests.random_parts import parts
from tests.small_parts import best_value, grid_edges, part_of, plans

# ---- the recomputation


@settings(max_examples=150, deadline=None, derandomize=True)
@given(part=parts(pairs=True), data=st.data())
def test_a_plain_tree_proves_what_the_bound_does_and_what_contiguity_adds(part: Part, data: st.DataObject) -> None:
    """Never less than the plain bound and never more than a plan; so too what the kernels find (at a price of load of
    their own where several are best)."""
    n = len(part.people)
    numbers = np.array(data.draw(st.lists(st.floats(-2e4, 2e4), min_size=n, max_size=n)))
    for multipliers in (numbers, lagrangian(part, None, iterations=30).multipliers):
        bound, cases = recompute(part, plain(multipliers, 1.0))
        assert cases == (bound,)
        plainly = evaluate(part, multipliers)
        own = scaled_part(part)
        found = prove(question_of(part, own, ()), multipliers / own.scale) + part.k * own.offset
        for proven in (bound, found):
            assert proven >= plainly - 1e-9 * abs(plainly) - 1e-5 or np.isinf(plainly)
            assert all(proven <= primary(part, labels)[0] * (1 + 1e-9) + 1e-6 for labels in plans(part))


@st.composite
def trees(draw: st.DrawFn, part: Part) -> Tree:
    """Any tree over two regions of the part, one in the other or apart, with any multipliers."""
    n = len(part.people)
    order = draw(st.permutations(range(n)))
    size = draw(st.integers(1, n))
    outer = np.array(order[:size], dtype=np.int64)
    rest = order[:size] if draw(st.booleans()) or size == n else order[size:]
    inner = np.array(rest[: draw(st.integers(1, len(rest)))], dtype=np.int64)
    splits: list[Split | None] = []
    cases: list[np.ndarray[Any, Any]] = []
    start = lagrangian(part, None, iterations=30).multipliers

    def grow(depth: int) -> int:
        if depth == 0:
            noise = draw(st.lists(st.floats(-300, 300), min_size=n, max_size=n))
            cases.append(start + np.array(noise))
            return -len(cases)
        at = len(splits)
        splits.append(None)
        region, most = draw(st.integers(0, 1)), draw(st.integers(0, part.k))
        splits[at] = Split(region, most, grow(depth - 1), grow(draw(st.integers(0, depth - 1))))
        return at

    grow(draw(st.integers(1, 3)))
    return Tree((outer, inner), tuple(s for s in splits if s), tuple(cases), (0.0,) * len(cases), 1.0)


def _holds(part: Part, tree: Tree, labels: Ints) -> list[int]:
    """The cases that a plan falls in, by counting its centres in the regions of each."""
    nodes = part.owner[primary(part, labels)[1]]
    count = [int(np.isin(nodes, region).sum()) for region in tree.regions]
    return [
        case
        for case, limits, _ in tree.limits(part.k)
        if all(limit.fewest <= count[limit.region] <= limit.most for limit in limits)
    ]


@settings(max_examples=100, deadline=None, derandomize=True)
@given(part=parts(most=8), data=st.data())
def test_every_plan_is_in_one_case_and_worth_at_least_its_bound(part: Part, data: st.DataObject) -> None:
    tree = data.draw(trees(part))
    bound, cases = recompute(part, tree)
    assert bound == min(cases)
    for labels in plans(part):
        value = primary(part, labels)[0]
        found = _holds(part, tree, labels)
        assert len(found) == 1
        assert cases[found[0]] <= value + 1e-9 * abs(value)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(part=parts(most=7), data=st.data())
def test_fixing_in_a_case_keeps_every_plan_that_is_good_enough(part: Part, data: st.DataObject) -> None:
    upper = 1.2 * (best_value(part) or 1.0)
    tree = replace(data.draw(trees(part)), upper=upper)
    left = [surviving(part, tree, case) for case in range(len(tree.cases))]
    for labels in plans(part):
        value, centres = primary(part, labels)
        if value <= upper:
            centre_ok, pair_ok = left[_holds(part, tree, labels)[0]]
            assert centre_ok[centres].all()
            assert pair_ok[np.arange(len(labels)), centres[labels]].all()


def test_fixing_takes_away_what_the_bound_rules_out() -> None:
    """Where multipliers prove the best plan, its own centres and pairs are nearly all that is left."""
    part = grid(4, 4, 4)
    best = best_value(part) or 0.0
    tree = plain(lagrangian(part, best, iterations=600).multipliers, best)
    centre_ok, pair_ok = surviving(part, tree, 0)
    assert pair_ok.sum() < 0.5 * pair_ok.size
    assert not pair_ok[:, ~centre_ok].any()


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    best=st.lists(st.floats(-50, 50) | st.just(np.inf), min_size=1, max_size=7),
    k=st.integers(1, 4),
    limits=st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=3, max_size=3),
    cut=st.tuples(st.integers(1, 7), st.integers(1, 7)),
)
def test_the_least_sum_within_limits_is_the_least_of_all_choices(
    best: list[float], k: int, limits: list[tuple[int, int]], cut: tuple[int, int]
) -> None:
    n = len(best)
    sets = [range(min(cut[0], n)), range(min(cut[0], cut[1], n)), range(min(cut[0], n), n)]
    regions = [(np.array(s, dtype=np.int64), low, high) for s, (low, high) in zip(sets, limits, strict=True)]
    for forced in (-1, n - 1):
        sums = [
            sum(best[v] for v in chosen if v != forced)
            for chosen in combinations(range(n), k)
            if forced in (-1, *chosen)
            and all(low <= len(set(chosen) & set(s)) <= high for s, (low, high) in zip(sets, limits, strict=True))
        ]
        found = _least(np.array(best), k, regions, forced)
        assert found.value == pytest.approx(min(sums, default=np.inf))
        if found.nodes:
            assert len(set(found.nodes)) == k and forced in (-1, *found.nodes)
            assert sum(best[v] for v in found.nodes if v != forced) == pytest.approx(found.value)


def grid(rows: int, columns: int, k: int) -> Part:
    """Square cells of 1,000 to 1,600 people, k neighbourhoods within 25 % of the mean."""
    cells = [(r, c) for r in range(rows) for c in range(columns)]
    people = [1_000 + 100 * ((3 * r + 5 * c) % 7) for r, c in cells]
    mean = sum(people) / k
    return part_of(cells, grid_edges(cells), people, k, int(0.75 * mean), int(1.25 * mean), target=mean)


def test_the_kernels_and_the_checker_find_the_same_on_an_estuary() -> None:
    """Two rows of cells with water between them but for one end: what lies across the water is near and not beside."""
    cells = [(r, c) for r in range(4) for c in range(9)]
    edges = [(a, b) for a, b in grid_edges(cells) if not (cells[a][0] == 1 and cells[b][0] == 2 and cells[a][1] < 8)]
    people = [1_000 + 100 * ((3 * r + 5 * c) % 7) for r, c in cells]
    mean = sum(people) / 4
    part = part_of(cells, edges, people, 4, int(0.8 * mean), int(1.2 * mean), target=mean)
    dual = lagrangian(part, None, iterations=400)
    own = scaled_part(part)
    found = prove(question_of(part, own, ()), dual.multipliers / own.scale) + part.k * own.offset
    bound, _ = recompute(part, plain(dual.multipliers, 1.0))
    assert bound > dual.value * 1.01
    assert bound == pytest.approx(found, rel=1e-6)


def halves(part: Part, upper: float) -> Tree:
    """At most one centre in the first half of the nodes, more than two, or two; best multipliers of the whole."""
    half = np.arange(len(part.people) // 2)
    dual = np.round(lagrangian(part, upper, iterations=300).multipliers, 3)
    splits = (Split(0, 1, -1, 1), Split(0, 2, -2, -3))
    return Tree((half,), splits, (dual, dual, dual), (0.0, 0.0, 0.0), upper)


def test_limits_raise_the_bound_of_a_case() -> None:
    part = grid(4, 4, 4)
    whole, cases = recompute(part, halves(part, best_value(part) or 0.0))
    assert whole == min(cases) == cases[1] < min(cases[0], cases[2])
    none = Tree((np.arange(16),), (Split(0, 3, -1, -2),), (np.zeros(16),) * 2, (0.0, 0.0), 1.0)
    assert recompute(part, none)[1][0] == np.inf, "no plan of four has three centres"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"cases": ()}, "one solved bound for each case"),
        ({"solved": (0.0,)}, "one solved bound for each case"),
        ({"cases": (np.zeros(3),) * 3}, "one multiplier for each of 16 nodes"),
        ({"cases": (np.full(16, np.nan),) * 3}, "not a number"),
        ({"cases": (np.full(16, 1e200),) * 3}, "far too large"),
        ({"solved": (0.0, np.nan, 0.0)}, "not a number"),
        ({"upper": np.inf}, "not a number"),
        ({"regions": (np.array([0, 0, 1]),)}, "twice"),
        ({"regions": (np.array([-1, 1]),)}, "not there"),
        ({"regions": (np.array([99]),)}, "not there"),
        ({"regions": ()}, "region that is not there"),
        ({"splits": (Split(-1, 1, -1, 1), Split(0, 2, -2, -3))}, "region that is not there"),
        ({"splits": (Split(0, 1, -1, -2),)}, "never met"),
        ({"splits": (Split(0, 1, -1, 0), Split(0, 2, -2, -3))}, "met twice"),
        ({"splits": (Split(0, 1, -1, 5), Split(0, 2, -2, -3))}, "missing"),
        ({"splits": (Split(0, 1, -1, 1), Split(0, 2, -1, -3))}, "met twice"),
        ({"splits": (Split(0, 1, -1, 1), Split(0, 2, -2, -9))}, "missing"),
        (
            {"regions": (np.arange(8), np.arange(4, 12)), "splits": (Split(0, 1, -1, 1), Split(1, 2, -2, -3))},
            "cross",
        ),
    ],
)
def test_a_tree_that_is_none_raises(change: dict[str, Any], words: str) -> None:
    part = grid(4, 4, 4)
    with pytest.raises(ValueError, match=words):
        recompute(part, replace(halves(part, 1e6), **change))


def test_solved_bounds_count_up_to_the_plan_they_were_against() -> None:
    tree = Tree((np.arange(2),), (Split(0, 1, -1, -2),), (np.zeros(4),) * 2, (90.0, np.inf), 95.0)
    assert what_is_proven(tree, (80.0, 70.0), 100.0) == (90.0, 70.0)
    assert what_is_proven(tree, (80.0, 99.0), 85.0) == (85.0, 80.0)
    assert what_is_proven(tree, (-5.0, 99.0), 100.0) == (90.0, 0.0)


def test_recomputing_needs_no_solver() -> None:
    code = (
        "import sys, footprints.proof, footprints.exchange, optimise.proving.proof;"
        "print([m for m in ('pulp', 'highspy', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == "[]"


# ---- another solver


needs_cbc = pytest.mark.skipif(not resolving.available(), reason="the CBC of PuLP does not run on this machine")


@needs_cbc
def test_another_solver_confirms_what_is_true_and_contradicts_what_is_not() -> None:
    part = grid(4, 4, 4)
    best = best_value(part) or 0.0
    told: list[str] = []
    tree = halves(part, best)
    for case in range(3):
        true = resolving.resolve(part, replace(tree, solved=(best,) * 3), case, seconds=60, tell=told.append)
        assert (true.verdict, true.words, true.labels) == ("confirmed", "", None)
    assert any("case 2" in words for words in told)
    wrong = resolving.resolve(part, plain(tree.cases[0], 1.2 * best, 1.05 * best), 0, seconds=60)
    assert wrong.verdict == "contradicted"
    assert wrong.labels is not None
    assert wrong.value == primary(part, wrong.labels)[0] < 1.05 * best
    assert _groups(wrong.labels) in [_groups(labels) for labels in plans(part)]


def _groups(labels: Ints) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == d).tolist()) for d in set(labels.tolist())}


@needs_cbc
def test_a_plan_in_pieces_contradicts_nothing() -> None:
    """0 and 3 lie side by side on the ground but share no border: together they would be cheapest, and in pieces."""
    points = [(0.0, 0.0), (5.0, 0.0), (5.0, 1.0), (0.0, 1.0), (2.5, 3.0)]
    part = part_of(points, [(0, 1), (1, 2), (2, 4), (3, 4)], [1_000] * 5, 2, 2_000, 3_000, target=2_500.0)
    best = best_value(part) or 0.0
    loose = resolving.resolve(part, plain(np.zeros(5), 2 * best, best), 0, seconds=60)
    assert loose.verdict == "confirmed"
    assert loose.rounds > 1


@needs_cbc
def test_no_time_settles_nothing() -> None:
    part = grid(4, 4, 4)
    best = best_value(part) or 0.0
    assert resolving.resolve(part, plain(np.zeros(16), best, best), 0, seconds=0.0).verdict == "not settled"


@pytest.mark.parametrize(
    ("log", "verdict"),
    [
        ("Result - Problem proven infeasible", "confirmed"),
        ("Problem is infeasible - 0.1 seconds", "confirmed"),
        ("Result - Stopped on time limit\nNo feasible solution found", "not settled"),
        ("Exiting on maximum time\nProblem is infeasible", "not settled"),
        ("", "not settled"),
    ],
)
def test_infeasible_is_believed_only_where_the_log_says_so_too(
    log: str, verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stub(pulp.LpSolver):  # type: ignore[misc]
        def __init__(self, path: Path | None) -> None:
            super().__init__()
            self.file = path

        def available(self) -> bool:
            return True

        def actualSolve(self, lp: pulp.LpProblem, **_: object) -> int:
            assert self.file is not None
            self.file.write_text(log, encoding="utf-8")
            lp.assignStatus(pulp.LpStatusInfeasible, pulp.LpSolutionInfeasible)
            return int(pulp.LpStatusInfeasible)

    monkeypatch.setattr(resolving, "_solver", lambda seconds, path: Stub(path))
    part = grid(2, 4, 2)
    best = best_value(part) or 0.0
    assert resolving.resolve(part, plain(np.zeros(8), best, best), 0, seconds=60).verdict == verdict


def test_without_cbc_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolving, "available", lambda: False)
    part = grid(2, 4, 2)
    found = resolving.resolve(part, plain(np.zeros(8), 1e6, 1e6), 0, seconds=60)
    assert (found.verdict, found.words) == ("not settled", "CBC does not run here")


# ---- folders


CRITERIA = Criteria(target=40_000, minimum=30_000, maximum=60_000, seconds=5, keep_whole=("msoa",))


@pytest.fixture(scope="module")
def area() -> Area:
    """District A of 16 units in four neighbourhoods or so, and B, which is one; the MSOA K is kept whole."""
    people = [8_000 + 700 * (i * i % 7) for i in range(20)]
    return grid_area(
        ["AAAAB", "AAAAB", "AAAAB", "AAAAB"],
        people,
        msoa=["KKabB", "cdefB", "ghijB", "lmnoB"],
    )


def proven(area: Area, plan: Plan, solution: Solution, *, weak: float = 0.999) -> Solution:
    """The solution with a proof in three cases where there are several neighbourhoods; HiGHS proved all but one.

    weak : what HiGHS is said to have proven for the second case, as a share of the best plan.
    """
    problem = build_problem(area, plan.criteria)
    proofs, results = [], []
    for task, result in zip(outlook(problem, plan.criteria).tasks, solution.parts, strict=True):
        best, value = result.best_primary or 0.0, result.objective or 0.0
        tree = None
        bound = checked = value
        if result.neighbourhoods > 1:
            part = make_part(problem, plan.criteria, task.found, result.neighbourhoods, task.name)
            tree = replace(halves(part, best), solved=(best, weak * best, best))
            tree = replace(
                tree, cases=tuple(np.round(f * m, 3) for f, m in zip((0.97, 0.99, 1.0), tree.cases, strict=True))
            )
            bound, checked = what_is_proven(tree, recompute(part, tree)[1], best)
        proofs.append(tree)
        results.append(replace(result, bound=bound, bound_checked=checked, gap=1 - bound / value))
    bound, checked = sum(r.bound for r in results), sum(r.bound_checked for r in results)
    status = solution.status
    return replace(
        solution,
        proofs=tuple(proofs),
        parts=tuple(replace(r, status="feasible" if r.neighbourhoods > 1 else "optimal") for r in results),  # type: ignore[arg-type]
        bound=bound,
        bound_checked=checked,
        gap=1 - bound / (solution.objective or 1.0),
        status=type(status)("feasible"),
        stopped_by=type(solution.stopped_by)("budget"),
    )


@pytest.fixture(scope="module")
def made(area: Area) -> tuple[Plan, Solution]:
    proposal = propose(area, CRITERIA, processes=1)
    assert proposal.plan is not None
    return proposal.plan, proven(area, proposal.plan, proposal.solution)


@pytest.fixture(scope="module")
def written(area: Area, made: tuple[Plan, Solution], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proof") / "out"
    write_plan(made[0], area, folder, solution=made[1], formats=("json",))
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A copy of the written folder that a test may spoil."""
    for file in written.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    return tmp_path


def check(folder: Path, area: Area, monkeypatch: pytest.MonkeyPatch, *more: str) -> Result:
    monkeypatch.setattr("footprints.cli.plans.load_for", lambda *_: area)
    args = ["check", str(folder), "--source", "demo", "--proof", *more]
    return CliRunner().invoke(cli, args, prog_name="footprints", catch_exceptions=False)


def test_what_was_written_is_proven_again(
    folder: Path, area: Area, made: tuple[Plan, Solution], monkeypatch: pytest.MonkeyPatch
) -> None:
    plan, solution = made
    report = check_proof(read_plan(folder, area), area, folder)
    assert report.faults == ()
    assert report.objective == pytest.approx(solution.objective)
    assert 0 < report.gap < report.gap_checked
    assert sum(part.bound_checked for part in report.parts) == pytest.approx(solution.bound_checked, rel=1e-12)
    assert [len(part.solver) > 0 for part in report.parts] == [True, False]
    said = check(folder, area, monkeypatch)
    assert said.exit_code == 0
    assert "without any solver, in 4 cases" in said.output
    assert "rests on the word of the run" in said.output
    certificate = json.loads((folder / "certificate.json").read_text(encoding="utf-8"))
    assert certificate["cases"] == 4
    assert certificate["rests_on_solver"] is True
    assert plan.id == certificate["plan"]
    assert certificate["proof"]["sha256"] == hashlib.sha256((folder / "proof.json").read_bytes()).hexdigest()


@needs_cbc
def test_the_rest_is_put_to_another_solver(folder: Path, area: Area, monkeypatch: pytest.MonkeyPatch) -> None:
    said = check(folder, area, monkeypatch, "--resolve")
    assert said.exit_code == 0
    assert "CBC confirms what the run said of" in said.output
    report = check_proof(read_plan(folder, area), area, folder)
    assert "not settled" in resolved_in_words(report, resolve_proof(report, seconds=0.0))


@needs_cbc
def test_a_lie_of_the_solver_is_contradicted(
    area: Area, made: tuple[Plan, Solution], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recomputation cannot know that HiGHS never proved what is recorded; the other solver does."""
    plan, solution = made
    result, tree = solution.parts[0], solution.proofs[0]
    assert tree is not None
    best = 1.02 * (result.objective or 0.0)  # as if the best plan known had been a worse one ...
    lying = replace(tree, upper=best, solved=(best, best, best))
    parts = (replace(result, bound=result.objective or 0.0, gap=0.0, status="optimal"), solution.parts[1])  # type: ignore[arg-type]
    bound = sum(part.bound for part in parts)
    false = replace(
        solution, parts=parts, proofs=(lying, None), bound=bound, gap=0.0, status=type(solution.status)("optimal")
    )
    write_plan(plan, area, folder / "lie", solution=false, formats=("json",))
    said = check(folder / "lie", area, monkeypatch, "--resolve")
    assert said.exit_code == 1
    assert "CBC contradicts the run" in said.output


def test_files_are_the_same_twice_and_come_back_as_they_were(
    area: Area, made: tuple[Plan, Solution], folder: Path
) -> None:
    plan, solution = made
    data = proof_bytes(plan, area, solution)
    assert data == (folder / "proof.json").read_bytes()
    read = read_proof(data)
    for part, tree in zip(read.parts, solution.proofs, strict=True):
        assert (part.tree is None) == (tree is None)
        if part.tree is not None and tree is not None:
            assert part.tree.splits == tree.splits
            assert part.tree.upper == tree.upper
            assert part.tree.solved == tree.solved
            assert all(np.array_equal(a, b) for a, b in zip(part.tree.cases, tree.cases, strict=True))
    assert len(read.parts[0].nodes) == 15, "the MSOA K of two units is one node"


def test_a_solution_goes_to_another_process_with_its_proofs(made: tuple[Plan, Solution]) -> None:
    solution = made[1]
    back = from_json(Solution, json.loads(json.dumps(to_json(solution))))
    assert back == solution
    first, again = solution.proofs[0], back.proofs[0]
    assert first is not None and again is not None
    assert (again.splits, again.solved, again.upper) == (first.splits, first.solved, first.upper)
    assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(again.cases, first.cases, strict=True))
    assert all(np.array_equal(a, b) and a.dtype == b.dtype for a, b in zip(again.regions, first.regions, strict=True))
    bad = to_json(solution)
    bad["proofs"][0]["regions"][0][0] = 0.5
    with pytest.raises(ProtocolError):
        from_json(Solution, bad)


def test_without_proofs_there_is_no_proof_file(area: Area, made: tuple[Plan, Solution], tmp_path: Path) -> None:
    plan, solution = made
    write_plan(plan, area, tmp_path / "bare", solution=replace(solution, proofs=()), formats=("json",))
    assert not (tmp_path / "bare" / "proof.json").exists()
    assert "rests_on_solver" not in json.loads((tmp_path / "bare" / "certificate.json").read_text(encoding="utf-8"))
    with pytest.raises(PlanError, match=r"no proof\.json"):
        check_proof(plan, area, tmp_path / "bare")


def test_an_export_keeps_the_proof(area: Area, made: tuple[Plan, Solution], folder: Path) -> None:
    write_plan(made[0], area, folder / "out", solution=made[1], formats=("json",))
    export(made[0], area, folder / "out", ("csv",))
    assert check_proof(made[0], area, folder / "out").holds


def test_flags_that_do_not_go_together(folder: Path, area: Area, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "own criteria: leave out --min" in check(folder, area, monkeypatch, "--min", "20000").output
    monkeypatch.setattr("footprints.cli.plans.load_for", lambda *_: area)
    alone = CliRunner().invoke(cli, ["check", str(folder), "--source", "demo", "--resolve"], prog_name="footprints")
    assert alone.exit_code == 2
    assert "--resolve goes with --proof" in alone.output


# ---- tampering: one entry at a time, with the digests that guard it made right again


Doc = dict[str, Any]
Change = Callable[[Doc], object]


def put(*path: str | int, to: Any = None, by: Callable[[Any], Any] | None = None) -> Change:
    """A change of one entry."""

    def change(doc: Any) -> None:
        for step in path[:-1]:
            doc = doc[step]
        doc[path[-1]] = by(doc[path[-1]]) if by is not None else to

    return change


def times(factor: float) -> Callable[[Any], Any]:
    return lambda value: value * factor


def shifted(amount: float) -> Callable[[list[float]], list[float]]:
    return lambda numbers: [x + amount for x in numbers]


P = ("parts", 0)
PROOF = [
    ("schema", put("schema", to="footprints-proof/9"), "footprints-proof/1"),
    ("plan", put("plan", to="0" * 12), "proof.json, plan"),
    ("area_digest", put("area_digest", to="x"), "proof.json, area_digest"),
    ("name", put(*P, "name", to="Elsewhere"), "proof.json, parts"),
    ("parts swapped", put("parts", by=lambda parts: parts[::-1]), "proof.json, parts"),
    ("part left out", put("parts", by=lambda parts: parts[:1]), "proof.json, parts"),
    ("neighbourhoods", put(*P, "neighbourhoods", to=3), "the proof is about 3"),
    ("neighbourhoods impossible", put(*P, "neighbourhoods", to=12), "cannot have 12 neighbourhoods"),
    ("best raised", put(*P, "best_primary", by=times(1.05)), "best_primary"),
    ("best lowered", put(*P, "best_primary", by=times(0.95)), "best_primary"),
    ("bound raised", put(*P, "bound", by=times(1.0005)), "bound"),
    ("bound lowered", put(*P, "bound", by=times(0.99)), "bound"),
    ("bound above best", put(*P, "bound", by=times(1.2)), "above the best plan"),
    ("bound_checked raised", put(*P, "bound_checked", by=times(1.00001)), "bound_checked"),
    ("bound_checked lowered", put(*P, "bound_checked", by=times(0.99)), "bound_checked"),
    ("upper", put(*P, "upper", by=times(0.9)), "bound"),
    ("nodes", put(*P, "nodes", by=lambda nodes: [nodes[1], nodes[0], *nodes[2:]]), "nodes"),
    ("region unknown", put(*P, "regions", 0, 0, to="E01999999"), "region 0"),
    ("region cuts a node", put(*P, "regions", 0, by=lambda units: units[1:]), "region 0"),
    ("region larger", put(*P, "regions", 0, to=[f"E019{n:05d}" for n in range(1, 21) if n % 5]), "bound_checked"),
    ("split's most", put(*P, "splits", 0, "most", to=0), "bound_checked"),
    ("split's region", put(*P, "splits", 0, "region", to=1), "region that is not there"),
    ("split's cases", put(*P, "splits", 0, "fewer", to={"case": 1}), "met twice"),
    ("split left out", put(*P, "splits", by=lambda splits: splits[1:]), "never met"),
    ("no splits", put(*P, "splits", to=[]), "never met"),
    ("case left out", put(*P, "cases", by=lambda cases: cases[:2]), "missing"),
    ("all cases left out", put(*P, "cases", to=[]), "bound"),
    ("multipliers raised", put(*P, "cases", 0, "multipliers", by=shifted(2_000.0)), "bound_checked"),
    ("multipliers lowered", put(*P, "cases", 0, "multipliers", by=shifted(-500.0)), "bound_checked"),
    ("one multiplier", put(*P, "cases", 0, "multipliers", 3, by=times(1.4)), "bound_checked"),
    ("multipliers too few", put(*P, "cases", 1, "multipliers", by=lambda m: m[1:]), "one multiplier for each"),
    ("multiplier endless", put(*P, "cases", 1, "multipliers", 0, to=float("inf")), "not a number"),
    ("multiplier text", put(*P, "cases", 1, "multipliers", 0, to="5"), "not a number"),
    ("solved raised", put(*P, "cases", 1, "solved", by=times(1.0005)), "bound"),
    ("solved lowered", put(*P, "cases", 1, "solved", by=times(0.99)), "bound"),
    ("solved of another case", put(*P, "cases", 0, "solved", to=0.0), "bound"),
]
CERTIFICATE = [
    ("schema", put("schema", to="footprints-certificate/9"), "schema"),
    ("about", put("about", to="The best plan."), "about"),
    ("plan", put("plan", to="0" * 12), "certificate.json, plan"),
    ("area", put("area", to="Elsewhere"), "certificate.json, area"),
    ("area_digest", put("area_digest", to="x"), "certificate.json, area_digest"),
    ("status", put("status", to="optimal"), "certificate.json, status"),
    ("objective", put("objective", by=times(0.999)), "certificate.json, objective"),
    ("best_primary", put("best_primary", by=times(0.999)), "certificate.json, best_primary"),
    ("bound", put("bound", by=times(1.0002)), "certificate.json, bound"),
    ("bound as text", put("bound", by=str), "certificate.json, bound"),
    ("bound_checked", put("bound_checked", by=times(1.00001)), "certificate.json, bound_checked"),
    ("gap", put("gap", by=times(0.9)), "certificate.json, gap"),
    ("gap taken away", put("gap", to=None), "certificate.json, gap"),
    ("cases", put("cases", to=3), "certificate.json, cases"),
    ("rests_on_solver", put("rests_on_solver", to=False), "certificate.json, rests_on_solver"),
    ("rests_on", put("rests_on", to="Nothing."), "certificate.json, rests_on"),
    ("proof's digest", put("proof", "sha256", to="0" * 64), "does not name this proof.json"),
    ("proof's file", put("proof", "file", to="other.json"), "does not name this proof.json"),
    ("seed", put("seed", to=7), "certificate.json, seed"),
    ("stopped_by", put("stopped_by", to="proof"), "stopped_by"),
    ("reasons", put("reasons", to=[{"message": "x", "mend": "", "where": []}]), "reasons"),
    ("inputs", put("inputs", to=[{"table": "t", "edition": "", "sha256": "0"}]), "inputs"),
    ("attribution", put("attribution", to=["Nobody"]), "attribution"),
    ("an exception", put("exceptions", to=[{"kind": "joined"}]), "certificate.json, exceptions"),
    ("a term left out", put("terms", by=lambda terms: terms[1:]), "certificate.json, terms"),
    *[
        (f"term's {key}", put("terms", 0, key, by=change), f"terms, travel, {key}")
        for key, change in {
            "value": times(0.99), "people": times(1.01), "weight": times(2.0), "label": str.upper,
            "in_words": lambda words: words.replace("km", "m"), "proven": lambda known: not known,
        }.items()
    ],
    ("community in words", put("terms", -1, "in_words", by=lambda words: f"{words} None at all."), "in_words"),
    *[
        (f"part's {key}", put(*P, key, by=change), f"certificate.json, District A, {key}")
        for key, change in {
            "groups": lambda groups: [*groups, "X"], "units": lambda n: n + 1, "people": lambda n: n + 1,
            "neighbourhoods": lambda k: k + 1, "objective": times(0.999), "bound": times(1.0002),
            "bound_checked": times(1.00001), "gap": times(0.5), "best_primary": times(0.999),
            "status": lambda status: "optimal",
        }.items()
    ],
    ("part's name", put(*P, "name", to="Elsewhere"), "certificate.json, parts"),
    ("parts swapped", put("parts", by=lambda parts: parts[::-1]), "certificate.json, parts"),
]  # fmt: skip
PLAN = [
    ("target", put("criteria", "target", to=45_000), "recomputed"),
    ("range", put("criteria", "minimum", to=36_000), "does not hold"),
    ("weights", put("criteria", "weights", "deviation", by=times(0.5)), "recomputed"),
    ("kept whole", put("criteria", "keep_whole", to=[]), "proof.json, District A"),
    ("not nested", put("criteria", "within", to=[]), "parts"),
    ("seed", put("criteria", "seed", to=5), "certificate.json, seed"),
    ("area_digest", put("area_digest", to="x"), "plan.json, area_digest"),
    ("area_name", put("area_name", to="Elsewhere"), "certificate.json, area"),
    (
        "an exception",
        put("exceptions", to=[{"kind": "undersized", "where": "A", "message": "Small.", "units": [], "choice": "",
                               "runner_up": "", "people": 5}]),
        "exceptions",
    ),
]  # fmt: skip


def _spoil(folder: Path, name: str, change: Change, *, cover: bool) -> None:
    """Change one file; cover : make right again the digests that other files hold of it."""
    docs = {
        f: json.loads((folder / f).read_text(encoding="utf-8")) for f in ("certificate.json", "proof.json", "plan.json")
    }
    before = copy.deepcopy(docs[name])
    change(docs[name])
    assert docs[name] != before
    if cover and name == "plan.json":
        docs["certificate.json"]["plan"] = docs["proof.json"]["plan"] = plan_from_document(docs[name]).id
    proof = json.dumps(docs["proof.json"], ensure_ascii=False).encode()
    if cover and name != "certificate.json":
        docs["certificate.json"]["proof"]["sha256"] = hashlib.sha256(proof).hexdigest()
    for file in ("certificate.json", "plan.json"):
        (folder / file).write_text(json.dumps(docs[file], ensure_ascii=False), encoding="utf-8")
    if name != "certificate.json" or not cover:
        (folder / "proof.json").write_bytes(
            proof if name != "certificate.json" else (folder / "proof.json").read_bytes()
        )


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        pytest.param(file, change, words, id=f"{file}: {what}")
        for file, changes in (("proof.json", PROOF), ("certificate.json", CERTIFICATE), ("plan.json", PLAN))
        for what, change, words in changes
    ],
)
def test_tampering_with_any_entry_is_rejected_and_named(
    name: str, change: Change, words: str, folder: Path, area: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    _spoil(folder, name, change, cover=True)
    said = check(folder, area, monkeypatch)
    assert said.exit_code == 1
    assert words in said.output


@pytest.mark.parametrize("name", ["proof.json", "plan.json"])
def test_tampering_that_changes_no_number_is_seen_by_the_digests(
    name: str, folder: Path, area: Area, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What HiGHS is said to have proven for a case that is not the weakest changes no bound; only the digest tells."""
    change = put(*P, "cases", 0, "solved", by=times(0.9999)) if name == "proof.json" else put("name", to="Mine")
    _spoil(folder, name, change, cover=False)
    said = check(folder, area, monkeypatch)
    assert said.exit_code == 1
    assert ("does not name this proof.json" if name == "proof.json" else "certificate.json, plan") in said.output


@pytest.mark.parametrize(
    ("name", "data", "words", "code"),
    [
        ("proof.json", None, "holds no proof.json", 1),
        ("proof.json", b"{", "proof.json is not JSON", 1),
        ("proof.json", b'{"schema": "footprints-proof/1", "parts": 5}', "“parts” is missing", 1),
        ("certificate.json", None, "holds no certificate.json", 2),
        ("certificate.json", b"{}", "“parts” is missing", 1),
    ],
)
def test_files_that_are_gone_or_spoilt(
    name: str,
    data: bytes | None,
    words: str,
    code: int,
    folder: Path,
    area: Area,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if data is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(data)
    said = check(folder, area, monkeypatch)
    assert said.exit_code == code
    assert words in said.output


def test_moving_a_unit_is_rejected(folder: Path, area: Area, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every unit that could move and leave a valid plan makes another plan, with another value."""
    plan = read_plan(folder, area)
    where, moved = plan.where(), 0
    original = (folder / "plan.json").read_bytes()
    kept = {name: (folder / name).read_bytes() for name in ("certificate.json", "proof.json")}
    for unit in plan.where():
        for code in plan.codes:
            if code == where[unit]:
                continue
            _spoil(folder, "plan.json", put("assignment", unit, to=code), cover=True)
            said = check(folder, area, monkeypatch)
            assert said.exit_code == 1
            moved += "objective" in said.output
            (folder / "plan.json").write_bytes(original)
            for name, data in kept.items():
                (folder / name).write_bytes(data)
    assert moved > 0

"""The proof in a plan's folder, worked out again from the official files: nothing in the folder is taken on its word.

`check_proof` states the problem anew from the area and the plan's criteria, gives the plan its value, recomputes every
case of `proof.json` in plain numpy, and holds each number of `certificate.json` against what comes out. What it cannot
recompute, the bounds that the run proved for some cases by further splits and HiGHS, `resolve_proof` puts to another
solver.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.exchange.certificate_json import IMPROVE, rests_on_solver
from footprints.exchange.proof_json import NAME, WrittenPart, read_proof
from footprints.plan import Plan
from footprints.plan_value import plan_value
from footprints.proof_entries import (
    CERTIFICATE,
    CheckedPart,
    against,
    evidence,
    exceptions,
    gap_of,
    groups_of,
    listed,
    no_shared,
    shape,
    shown,
    totals,
    value_only,
)
from footprints.proven import NO_BOUND
from footprints.text import parse_json
from optimise.asking.feasibility import Task, outlook
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.problem import Ints, Part, Problem
from optimise.proving.proof import recompute, solver_cases, what_is_proven
from optimise.score import primary
from optimise.solution import EXACT
from optimise.splitting.presolve import make_part
from optimise.tree import Tree
from optimise.words import at_most, count, percent

if TYPE_CHECKING:
    from optimise.proving.resolve import Resolved

SECONDS_A_CASE = 120.0
_NO_PROOF = "Give the folder that “footprints propose” wrote; a plan that was edited since has no proof."


@dataclass(frozen=True, eq=False)
class ProofReport:
    """What came of checking a proof. faults : each in words, naming the file and the entry; () where all holds.

    gap_checked, gap : by how much at most a plan could beat this one, as recomputed, and with the run's word. groups :
    of an improved plan, (size, groups, proven) one after the other. no_bound : why no bound is known, in words.
    """

    faults: tuple[str, ...]
    parts: tuple[CheckedPart, ...]
    objective: float
    gap_checked: float
    gap: float
    seconds: float
    groups: tuple[int, ...] = ()
    no_bound: str = ""

    @property
    def holds(self) -> bool:
        return not self.faults

    @property
    def in_words(self) -> str:
        """What is proven by recomputation alone, and what rests on the solver."""
        if self.faults:
            head = f"The proof does not hold: {count(len(self.faults), 'entry', 'entries')} cannot be true."
            return "\n".join([head, *(f"- {fault}" for fault in self.faults)])
        return "\n".join([self._bound_in_words, *self._groups_in_words])

    @property
    def _groups_in_words(self) -> tuple[str, ...]:
        """What the run that improved the plan said of its groups, as far as it is not recomputed here."""
        rows = [self.groups[i : i + 3] for i in range(0, len(self.groups), 3)]
        if not rows:
            return ()
        from footprints.review.result import LocalProof  # noqa: PLC0415 (the solver, which other checks do not need)

        said = [LocalProof(size, groups, proven, 0, groups - proven).in_words for size, groups, proven in rows]
        return (
            *said,
            "The values of these groups were worked out again; their bounds rest on the run that improved it.",
        )

    @property
    def _bound_in_words(self) -> str:
        if self.no_bound:
            return f"The value of the plan, {self.objective:,.0f} person-km, was worked out again. {self.no_bound}"
        cases = sum(max(1, len(part.cases)) for part in self.parts)
        none = self.gap_checked <= EXACT
        beat = "can beat it" if none else f"can beat it by more than {at_most(self.gap_checked)}"
        said = (
            f"No plan under these rules {beat}: recomputed here from the files in {self.seconds:,.1f} s without any "
            f"solver, in {count(cases, 'case')}."
        )
        asked = sum(len(part.solver) for part in self.parts)
        if not asked:
            return f"{said} Nothing rests on the word of the run or of a solver."
        last = "that none can beat it" if self.gap <= EXACT else f"that none can by more than {at_most(self.gap)}"
        them = "it" if asked == 1 else "them"
        return (
            f"{said}\nThe further {percent(self.gap_checked - self.gap)}, {last}, rests on the word of the run (its "
            f"own search and HiGHS) for {count(asked, 'case')}; --resolve solves {them} again with another solver."
        )


def check_proof(plan: Plan, area: Area, folder: Path) -> ProofReport:
    """Work out the proof in `folder` (or beside the plan's file) again, for the plan that was read from it.

    Raises PlanError where there is no certificate, or one that never had a proof; CriteriaError or DataError where the
    plan's criteria do not fit the area.
    """
    began = monotonic()
    home = folder if folder.is_dir() else folder.parent
    certificate = parse_json(_bytes(home, CERTIFICATE), CERTIFICATE)
    faults: list[str] = []
    groups = groups_of(plan, area, certificate, faults) or ()
    if certificate.get("made_by") == IMPROVE and "no_bound" in certificate:
        faults += value_only(plan, area, certificate)
        value = plan_value(plan, area)
        return ProofReport(tuple(faults), (), value, 0.0, 0.0, monotonic() - began, groups, NO_BOUND)
    if "proof" not in certificate and not (home / NAME).exists():
        raise PlanError(f"{home} holds no {NAME}, so there is no proof to work out again.", mend=_NO_PROOF)
    try:
        raw = _bytes(home, NAME)
        written, parts = read_proof(raw), listed(certificate, "parts")
        listed(certificate, "terms"), listed(certificate, "exceptions")
    except PlanError as error:
        return ProofReport((error.message,), (), 0.0, 0.0, 0.0, monotonic() - began)
    problem = build_problem(area, plan.criteria)
    found = outlook(problem, plan.criteria)
    faults += [*evidence(plan, area, certificate, written, raw), *shape(certificate, written, found)]
    made: list[CheckedPart] = []
    labels = np.full(len(problem.codes), -1, dtype=np.int64)
    centres: list[int] = []
    if len(written.parts) == len(found.tasks) == len(parts):
        for task, own, said in zip(found.tasks, written.parts, parts, strict=True):
            part = _part(problem, plan.criteria, task, own, faults)
            if part is None:
                continue
            drawn = _labels(plan, problem, part, faults)
            checked = _check_part(part, own, drawn, problem, faults)
            if checked is None or drawn is None:
                continue
            made.append(checked)
            faults += against(checked, own, said)
            labels[part.units] = drawn[part.node_of] + len(centres)
            centres += [int(part.centre_unit[j]) for j in primary(part, drawn)[1]]
        if len(made) == len(found.tasks):
            faults += no_shared(plan, problem, made)
            faults += totals(plan.criteria, problem, certificate, made, labels, centres)
            faults += exceptions(plan, certificate, found, made)
    value = sum(part.value for part in made)
    gaps = [gap_of(value, sum(getattr(p, key) for p in made)) for key in ("bound_checked", "bound")]
    seconds = monotonic() - began
    return ProofReport(tuple(dict.fromkeys(faults)), tuple(made), value, gaps[0], gaps[1], seconds, groups)


def resolve_proof(
    report: ProofReport, *, seconds: float = SECONDS_A_CASE, tell: Callable[[str], None] | None = None
) -> tuple[tuple[CheckedPart, Resolved], ...]:
    """Put every case that rests on the run's word to CBC, for at most so many seconds each."""
    from optimise.proving.resolve import resolve  # noqa: PLC0415 (the only part that needs a solver)

    return tuple(
        (own, resolve(own.part, own.tree, case, seconds=seconds, tell=tell))
        for own in report.parts
        if own.tree is not None
        for case in own.solver
    )


def resolved_in_words(report: ProofReport, found: Sequence[tuple[CheckedPart, Resolved]]) -> str:
    """What CBC said of each case, and what is proven now."""
    if not found:
        return "Nothing rests on the word of the run, so there was nothing to solve again."
    lines = []
    for own, one in found:
        size = f"{own.part.name}, case {one.case + 1} ({count(one.pairs, 'pair')}, {one.seconds:,.1f} s)"
        why = f" ({one.words})" if one.words else ""
        if one.verdict == "contradicted":
            recorded = shown(_solved(own, one.case))
            why = f": a plan in it is worth {shown(one.value)}, less than the {recorded} recorded"
        lines.append(f"- {size}: {one.verdict}{why}")
    verdicts = [one.verdict for _, one in found]
    if all(verdict == "confirmed" for verdict in verdicts):
        beat = "can beat it" if report.gap <= EXACT else f"can beat it by more than {at_most(report.gap)}"
        head = f"CBC confirms what the run said of {count(len(found), 'case')}: no plan under these rules {beat}."
    elif "contradicted" in verdicts:
        head = "CBC contradicts the run: the bound in the certificate is wrong."
    else:
        settled = f"{verdicts.count('confirmed'):,} of {count(len(found), 'case')}"
        head = f"CBC settled {settled}; what it did not settle stays the word of the run."
    return "\n".join([head, *lines])


# -- one part --


def _part(problem: Problem, criteria: Criteria, task: Task, own: WrittenPart, faults: list[str]) -> Part | None:
    possible = sorted({*task.choices, *task.offered})
    if own.neighbourhoods not in possible:
        faults.append(
            f"{NAME}: {task.name} cannot have {count(own.neighbourhoods, 'neighbourhood')} under the plan's criteria, "
            f"but {some(map(str, possible))}."
        )
        return None
    return make_part(problem, criteria, task.found, own.neighbourhoods, task.name)


def _labels(plan: Plan, problem: Problem, part: Part, faults: list[str]) -> Ints | None:
    """Neighbourhood of each node by the plan's own assignment, numbered by their first node."""
    where = plan.where()
    codes = [where.get(problem.codes[int(u)], "") for u in part.units]
    of_node: dict[int, str] = {}
    order: dict[str, int] = {}
    for node, code in zip(part.node_of.tolist(), codes, strict=True):
        if not code or of_node.setdefault(node, code) != code:
            faults.append(f"plan.json, assignment: {part.name} is not divided as the plan's criteria ask.")
            return None
        order.setdefault(code, len(order))
    if len(order) != part.k:
        has = count(len(order), "neighbourhood")
        faults.append(f"plan.json, assignment: {part.name} has {has}; the proof is about {part.k:,}.")
        return None
    return np.array([order[of_node[node]] for node in range(len(part.people))], dtype=np.int64)


def _check_part(
    part: Part, own: WrittenPart, drawn: Ints | None, problem: Problem, faults: list[str]
) -> CheckedPart | None:
    if drawn is None:
        return None
    value, best = primary(part, drawn)[0], own.best_primary
    if own.tree is None:
        # One neighbourhood can be made in one way only; of several nothing is proven without a tree.
        known = value if part.k == 1 else 0.0
        return CheckedPart(part, None, value, best, (), known, known, ())
    tree = _with_nodes(part, own, problem, faults)
    if tree is None:
        return None
    try:
        _, cases = recompute(part, tree)
    except ValueError as error:
        faults.append(f"{NAME}, {own.name}: the proof is none: {error}.")
        return None
    bound, checked = what_is_proven(tree, cases, best)
    needed = solver_cases(tree, cases, best) if rests_on_solver(bound, checked) else ()
    return CheckedPart(part, tree, value, best, cases, bound, checked, needed)


def _with_nodes(part: Part, own: WrittenPart, problem: Problem, faults: list[str]) -> Tree | None:
    """The tree with its regions as nodes of this part."""
    node_of = {problem.codes[int(u)]: int(v) for u, v in zip(part.units, part.node_of, strict=True)}
    units: dict[int, set[str]] = {}
    for code, node in node_of.items():
        units.setdefault(node, set()).add(code)
    first = tuple(min(units[node]) for node in range(len(part.people)))
    if first != own.nodes:
        faults.append(
            f"{NAME}, {own.name}, nodes: not the {count(len(first), 'node')} that the area and criteria give."
        )
        return None
    regions = []
    for n, region in enumerate(own.regions):
        strange = [code for code in region if code not in node_of]
        nodes = sorted({node_of[code] for code in region if code in node_of})
        if strange or sorted(region) != sorted(code for node in nodes for code in units[node]):
            why = (
                f"{some(strange)} are not in it"
                if strange
                else "it takes part of what stays together, or an LSOA twice"
            )
            faults.append(f"{NAME}, {own.name}, region {n}: not a region of {part.name}: {why}.")
            return None
        regions.append(np.array(nodes, dtype=np.int64))
    assert own.tree is not None  # noqa: S101 (for the type checker)
    return replace(own.tree, regions=tuple(regions))


def _solved(own: CheckedPart, case: int) -> float:
    return own.tree.solved[case] if own.tree is not None else 0.0


def _bytes(home: Path, name: str) -> bytes:
    try:
        return (home / name).read_bytes()
    except FileNotFoundError:
        raise PlanError(f"{home} holds no {name}.", mend=_NO_PROOF) from None
    except OSError as error:
        raise PlanError(
            f"{home / name} cannot be read ({error.strerror}).", mend="Check that you may read it."
        ) from None

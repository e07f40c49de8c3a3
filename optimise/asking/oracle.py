"""Is there any plan under these criteria? Yes with a checked plan at hand, no with its reasons, or not known.

Every piece is asked about on its own (`optimise.asking.decide`), and remembered: criteria that differ in one lock
differ in one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from optimise.asking import reasons as why
from optimise.asking.decide import Decision, State, decide
from optimise.asking.feasibility import Outlook, Task, outlook
from optimise.asking.impossible import Proof
from optimise.certificate import check_criteria
from optimise.criteria import Criteria
from optimise.problem import Ints, Part, Problem
from optimise.solution import DeclaredException, Reason
from optimise.splitting.presolve import Contracted, make_part


@dataclass(frozen=True, eq=False)
class Verdict:
    """The answer. labels : (n,) neighbourhood of each unit, a plan that the checker passed, with YES. exceptions : what
    was declared for it. reasons : with NO, why. needed : with NO, the least maximum that these would let pass, or 0.
    """

    state: State
    labels: Ints | None = None
    exceptions: tuple[DeclaredException, ...] = ()
    reasons: tuple[Reason, ...] = ()
    needed: int = 0


class Oracle:
    """Answers for one problem, with a memory. Deterministic: the same questions in the same order, the same answers.

    called : what reasons call a unit, by code; its own name where it is not in there.
    """

    def __init__(
        self,
        problem: Problem,
        should_stop: Callable[[], bool] | None = None,
        called: Mapping[str, str] | None = None,
    ) -> None:
        self.problem, self.should_stop = problem, should_stop
        self.called = dict(called or {})
        self.asked = 0
        self._pieces: dict[tuple[object, ...], Decision] = {}
        self._plans: dict[bytes, list[Ints]] = {}
        self._contracted: dict[Any, Contracted] = {}

    @cached_property
    def _at(self) -> dict[str, int]:
        return {code: i for i, code in enumerate(self.problem.codes)}

    def ask(self, criteria: Criteria, *, connected: bool = True, quick: bool = False) -> Verdict:
        """Whether `criteria` have a plan; with `connected` false, one whose neighbourhoods may lie in pieces.

        quick : spend little, and say sooner that it is not known.

        Raises CriteriaError for names that the problem does not know.
        """
        self.asked += 1
        found = outlook(self.problem, criteria, connected=connected, contracted=self._contracted)
        if found.prospect.reasons:
            return Verdict(State.NO, reasons=found.prospect.reasons)
        chosen = _Choice(self, criteria, found, connected, quick)
        return chosen.verdict()

    def piece(self, criteria: Criteria, task: Task, ks: Sequence[int], connected: bool, quick: bool) -> Decision:
        """Whether one piece can be divided into one of `ks`."""
        if task.found.stuck is not None:
            return Decision(State.NO)
        part = make_part(self.problem, criteria, task.found, ks[0], task.name)
        key = _key(part, ks, connected)
        if quick and key not in self._pieces:
            key = (*key, quick)
        if key not in self._pieces:
            known = self._plans.setdefault(part.units.tobytes() + bytes([connected]), [])
            self._pieces[key] = decide(
                part, ks, known=known, seed=criteria.seed, connected=connected, quick=quick,
                should_stop=self.should_stop,
            )  # fmt: skip
            labels = self._pieces[key].labels
            if labels is not None:
                known.append(labels[part.node_of])
        return self._pieces[key]

    def stopped(self) -> bool:
        """Whether the user has asked to stop."""
        return self.should_stop is not None and self.should_stop()


class _Choice:
    """Numbers of neighbourhoods for every task that add up to what was asked, each with a plan."""

    def __init__(self, oracle: Oracle, criteria: Criteria, found: Outlook, connected: bool, quick: bool) -> None:
        self.oracle, self.criteria, self.found = oracle, criteria, found
        self.connected, self.quick = connected, quick

    def verdict(self) -> Verdict:
        tasks = self.found.tasks
        bound = {t for at, _ in self.found.totals for t in at}
        groups = [((t,), None) for t in range(len(tasks)) if t not in bound] + list(self.found.totals)
        pieces: dict[int, Decision] = {}
        state, failed = State.YES, tuple[int, ...]()
        for at, total in groups:
            got = self._single(at[0]) if total is None else self._shared(at, total)
            if isinstance(got, dict):
                pieces |= got
            elif got is State.NO:
                return self._no(at)
            elif state is State.YES:
                state, failed = State.UNKNOWN, at
        if state is not State.YES:
            return Verdict(State.UNKNOWN, reasons=tuple(self._not_found(t) for t in failed))
        return self._yes(pieces)

    def _ask(self, t: int, ks: Sequence[int]) -> Decision:
        return self.oracle.piece(self.criteria, self.found.tasks[t], ks, self.connected, self.quick)

    def _single(self, t: int) -> dict[int, Decision] | State:
        told = self._ask(t, self.found.tasks[t].choices)
        return {t: told} if told.state is State.YES else told.state

    def _shared(self, at: Sequence[int], total: int) -> dict[int, Decision] | State:
        """Numbers that add up to `total`: those near the usual share first, each piece asked about only when needed."""
        known: dict[tuple[int, int], bool] = {}  # (position, people still to share) -> an unknown was met below

        def go(p: int, left: int) -> dict[int, Decision] | State:
            if p == len(at):
                return {} if left == 0 else State.NO
            if (p, left) in known:
                return State.UNKNOWN if known[p, left] else State.NO
            task = self.found.tasks[at[p]]
            state = State.NO
            for k in sorted(task.offered, key=lambda k: (abs(k - task.k), k)):
                rest = [self.found.tasks[t].offered for t in at[p + 1 :]]
                if not sum(map(min, rest)) <= left - k <= sum(map(max, rest)):
                    continue
                piece = self._ask(at[p], (k,))
                if piece.state is State.NO:
                    continue
                below = go(p + 1, left - k)
                if isinstance(below, dict) and piece.state is State.YES:
                    return {at[p]: piece} | below
                if isinstance(below, dict) or below is State.UNKNOWN:
                    state = State.UNKNOWN
            known[p, left] = state is State.UNKNOWN
            return state

        return go(0, total)

    def _yes(self, pieces: dict[int, Decision]) -> Verdict:
        problem, criteria = self.oracle.problem, self.criteria
        labels = np.full(len(problem.codes), -1, dtype=np.int64)
        count = 0
        for t, piece in sorted(pieces.items()):
            assert piece.labels is not None  # noqa: S101 (for the type checker: with YES)
            found = self.found.tasks[t].found
            labels[found.piece.units] = piece.labels[found.node_of] + count
            count += int(piece.labels.max()) + 1
        for _, units in sorted(criteria.locks.frozen):
            labels[[self.oracle._at[u] for u in units]] = count
            count += 1
        faults = [
            fault
            for fault in check_criteria(problem, criteria, self._assignment(labels), self.found.prospect.exceptions)
            if self.connected or fault.rule != "contiguous"
        ]
        if faults:
            return Verdict(State.UNKNOWN, reasons=tuple(Reason(f.message, "", f.where) for f in faults))
        return Verdict(State.YES, labels, self.found.prospect.exceptions)

    def _assignment(self, labels: Ints) -> dict[str, str]:
        """Unit -> neighbourhood code: as the locks say, else its number between signs that no code has."""
        locks, at = self.criteria.locks, self.oracle._at
        code = {int(d): f"#{d}#" for d in np.unique(labels)}
        code |= {int(labels[at[unit]]): own for unit, own in locks.fixed}
        code |= {int(labels[at[units[0]]]): own for own, units in locks.frozen}
        return {unit: code[int(d)] for unit, d in zip(self.oracle.problem.codes, labels, strict=True)}

    def _no(self, at: Sequence[int]) -> Verdict:
        problem, criteria = self.oracle.problem, self.criteria
        reasons, needed = [], []
        for t in at:
            task = self.found.tasks[t]
            if task.found.stuck is not None:
                reasons.append(why.stuck(problem, task.name, task.found.stuck, criteria.maximum))
                continue
            by_proof: dict[tuple[str, tuple[int, ...]], tuple[Proof, list[int]]] = {}
            for proof, ks in self._ask(t, task.choices).proofs:
                by_proof.setdefault((proof.kind, proof.nodes), (proof, []))[1].extend(ks)
                needed.append(proof.needed if proof.kind in ("too large", "way") else 0)
            reasons += [
                why.no_plan(problem, criteria, task.name, task.found, ks, proof, self.oracle.called)
                for proof, ks in by_proof.values()
            ]
        if len(at) > 1 and not reasons:
            total = next(total for tasks, total in self.found.totals if tasks == at)
            reasons.append(why.no_share([self.found.tasks[t].name for t in at], total))
        return Verdict(State.NO, reasons=tuple(dict.fromkeys(reasons)), needed=min(needed, default=0))

    def _not_found(self, t: int) -> Reason:
        task = self.found.tasks[t]
        return why.not_found(task.name, task.found.piece.people, task.choices)


def _key(part: Part, ks: Sequence[int], connected: bool) -> tuple[object, ...]:
    arrays = (part.units, part.node_of, part.people, part.edges, part.together, part.apart)
    return (*(a.tobytes() for a in arrays), tuple(ks), part.lower, part.upper, connected)

"""`improve`: a plan made better where it may be, step by step, within what the planner locked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.plan import Plan, check_fits
from footprints.proven import LookedAt, Proven
from footprints.review.ground import Ground, ground_of
from footprints.review.mend import Mend, Move, apply_mends, better, consequences, effect, moved, moves_between
from footprints.review.offers import offered
from footprints.review.result import LocalProof
from footprints.review.reviewing import GUARD, Effort, Stop, Tell, effort_for
from footprints.review.rules import Field, OwnRules, own_rules
from footprints.review.whole import Whole, make_whole
from optimise.pool.workers import Workers
from optimise.problem import Ints
from optimise.searching.improve import Group, Polished, hearing, polish
from optimise.warm import warm_up
from optimise.words import count

SIZES = (2, 3, 4)
ROUNDS = 4  # of mends of what is not as it was asked
TURNS = 6  # of dividing anew and small changes


@dataclass(frozen=True)
class Step:
    """One change, with what it brings, as in `Mend`. kind : that of a mend, or "divided": a group divided anew."""

    kind: str
    places: tuple[str, ...]
    moves: tuple[Move, ...]
    residents: int
    gain: float
    primary: float
    community: int
    in_words: str


@dataclass(frozen=True)
class Improved:
    """A plan made better.

    plan : the new plan, or the old one where nothing could be made better. steps : what was done, in order. before,
    after : the primary value (person-km) of the plan made whole, and of the new one. local : what is proven of it.
    declined : groups whose better division would cost more in what else is weighed than it brings, left as they are.
    groups : what is known of each group of the new plan. proven : what is known of it under its own criteria, where
    that was worked out.
    """

    plan: Plan
    steps: tuple[Step, ...]
    before: float
    after: float
    residents: int
    local: tuple[LocalProof, ...]
    declined: int
    repeatable: bool
    groups: tuple[LookedAt, ...] = ()
    proven: Proven | None = None

    @property
    def in_words(self) -> tuple[str, ...]:
        """What was done, and what is proven now."""
        if not self.steps:
            lines = ["Nothing was changed: no change that was looked at makes the plan better."]
        else:
            changes, gained = len(self.steps), sum(step.gain for step in self.steps)
            side = "better" if gained >= 0 else "worse"
            lines = [
                f"{count(changes, 'change')} made; the plan is {side} by {abs(gained):,.0f} person-km, "
                f"{abs(gained) / max(1, self.residents):.3f} km a person, all that has a weight counted."
            ]
        lines += [self.proven.in_words] if self.proven else []
        lines += [proof.in_words for proof in self.local]
        if self.declined:
            lines.append(
                f"{count(self.declined, 'group')} could be better in distance and size, but only at the cost of "
                "what else the plan weighs, by leaving the range that was set or crossing lines more than now: left as "
                "they are."
            )
        if not self.repeatable:
            lines.append("It was stopped before its work was done; another run may go further.")
        return tuple(lines)


def improve(
    area: Area,
    plan: Plan,
    *,
    size: int = 2,
    seconds: int = 60,
    name: str = "",
    on_progress: Tell | None = None,
    should_stop: Stop | None = None,
    processes: int | None = None,
) -> Improved:
    """Divide groups of 2 to `size` adjacent neighbourhoods anew until none can be better, under the plan's own rules.

    A plan in pieces, or with units in no neighbourhood, is made whole first; then small changes bring back what lies
    across a line that was to hold, and neighbourhoods into the range that was set, as far as they can. Locked units
    stay where they are, frozen neighbourhoods as they are; codes, names and colours are kept. In turns groups are
    divided anew and the mends made that `review` would offer then, until there is neither: both are judged by the one
    rule of `footprints.review.mend.better`. Repeats for any number of `processes`; `seconds` as for `review`.

    Raises PlanError where the plan cannot be made whole without moving locked units, or is not of this area.
    """
    if size not in SIZES:
        raise PlanError(
            f"Groups of {size} neighbourhoods cannot be asked for.", mend=f"Ask for {', '.join(map(str, SIZES))}."
        )
    check_fits(plan, area)
    warm_up()
    until, effort = monotonic() + GUARD * seconds, effort_for(seconds)

    def stopped() -> bool:
        return (should_stop is not None and should_stop()) or monotonic() > until

    ground, labels, codes = ground_of(plan, area)
    whole = make_whole(ground, labels, codes, plan)
    _refuse_locked(plan, whole.mends)
    steps = [_mend_step(mend) for mend in whole.mends]
    begun = whole
    with Workers(processes) as workers:
        if on_progress is not None:
            on_progress("Mending what is not as it was asked", 0.0)
        whole, rules = _mended(plan, whole, steps, workers, stopped)
        for turn in range(TURNS):
            done = _polished(plan, whole, rules, size, effort, workers, stopped, on_progress)
            whole = _taken(plan, whole, rules, done, steps)
            rules = own_rules(plan, whole)
            if stopped() or turn == TURNS - 1:
                break
            known = {(n, g.members): g.better for n, one in enumerate(done) for g in one.groups if g.better is not None}
            mends = offered(plan, whole, rules, workers, stopped, known)
            if not mends:
                break
            whole = _made(plan, whole, mends, steps)
            rules = own_rules(plan, whole)
    made = _planned(plan, area, begun, whole.labels, name)
    return Improved(
        plan=made,
        steps=tuple(steps),
        before=float(whole.ground.value(begun.labels)),
        after=float(whole.ground.value(whole.labels)),
        residents=whole.ground.residents,
        local=tuple(_proof(size_, [g for p in done for g in p.groups]) for size_ in range(2, size + 1)),
        declined=sum(len(p.declined) for p in done),
        repeatable=all(p.repeatable for p in done) and not stopped(),
        groups=_groups(plan, whole, done, own_rules(plan, whole)),
    )


def _groups(plan: Plan, whole: Whole, done: Sequence[Polished], rules: OwnRules) -> tuple[LookedAt, ...]:
    """What is known of each group, by the codes that its neighbourhoods have in the plan that is handed back."""
    found = []
    for field, polished in zip(rules.fields, done, strict=True):
        for group in polished.groups:
            places = tuple(whole.codes[int(field.members[d])] for d in group.members)
            if set(places) <= set(plan.codes):
                found.append(LookedAt(places, float(group.value), float(group.bound if group.looked_at else 0.0)))
    return tuple(found)


def _polished(
    plan: Plan,
    whole: Whole,
    rules: OwnRules,
    size: int,
    effort: Effort,
    workers: Workers,
    stopped: Stop,
    tell: Tell | None,
) -> list[Polished]:
    """Every field with its groups divided anew as far as that makes the plan better."""
    done = []
    for n, field in enumerate(rules.fields):
        if tell is not None:
            tell(f"Improving {field.part.name}", n / len(rules.fields))

        def accept(before: Ints, after: Ints, field: Field = field) -> bool:
            return better(whole.ground, field.spread(before, whole.labels), field.spread(after, whole.labels))

        done.append(
            polish(
                field.part,
                field.labels,
                size=size,
                steps=effort.steps,
                most=effort.most_pairs,
                movable=field.movable,
                weights=plan.criteria.weights,
                accept=accept,
                map=hearing(workers),
                should_stop=stopped,
            )
        )
    return done


def _taken(plan: Plan, whole: Whole, rules: OwnRules, done: Sequence[Polished], steps: list[Step]) -> Whole:
    """The plan with what was divided anew in its fields."""
    now = whole.labels
    for field, polished in zip(rules.fields, done, strict=True):
        for change in polished.changes:
            after = field.spread(change.after, now)
            places = tuple(whole.codes[int(field.members[d])] for d in change.members)
            steps.append(_step(plan, whole, now, after, places, _divided(plan, places)))
            now = after
    return replace(whole, labels=now)


def _made(plan: Plan, whole: Whole, mends: Sequence[Mend], steps: list[Step]) -> Whole:
    """The plan with these mends, one after the other."""
    for mend in mends:
        after = moved(mend.moves, whole.ground, whole.codes, whole.labels)
        if after is None:
            raise AssertionError(mend)
        said = mend.in_words.rpartition(". The plan is ")[0]
        steps.append(_step(plan, whole, whole.labels, after, mend.places, said, mend.kind))
        whole = replace(whole, labels=after)
    return whole


def _refuse_locked(plan: Plan, mends: tuple[Mend, ...]) -> None:
    held = {*plan.locked, *(unit for unit, _ in plan.criteria.locks.fixed)}
    caught = sorted({m.unit for mend in mends for m in mend.moves if m.before and m.unit in held})
    if caught:
        raise PlanError(
            f"“{plan.name}” is in pieces, and cannot be made whole without moving locked LSOAs: {some(caught)}.",
            mend="Unlock them, or declare a link between the pieces.",
        )


def _planned(plan: Plan, area: Area, whole: Whole, labels: Ints, name: str) -> Plan:
    """The plan with these labels: the mends that make it whole, then all moves at once."""
    moves = moves_between(whole.ground, whole.codes, whole.labels, labels)
    rest = Mend("move", moves, 0, 0.0, 0.0, 0, 0.0, (), "")
    mends = (*whole.mends, rest) if moves else whole.mends
    return apply_mends(plan, area, mends, name=name or f"{plan.name}, improved")


def _mended(plan: Plan, whole: Whole, steps: list[Step], workers: Workers, stopped: Stop) -> tuple[Whole, OwnRules]:
    """The plan with what lies across lines brought back, and neighbourhoods into the range; its rules get tighter."""
    rules = own_rules(plan, whole)
    for _ in range(ROUNDS):
        ground = whole.ground
        if stopped() or not (ground.off(whole.labels) or ground.across(whole.labels)):
            break
        mends = [m for m in offered(plan, whole, rules, workers, stopped) if m.kind in ("line", "range")]
        whole = _made(plan, whole, mends, steps)
        if not mends:
            break
        rules = own_rules(plan, whole)
    return whole, rules


def _mend_step(mend: Mend) -> Step:
    return Step(
        mend.kind, mend.places, mend.moves, mend.residents, mend.gain, mend.primary, mend.community, mend.in_words
    )


def _divided(plan: Plan, places: tuple[str, ...]) -> str:
    names = [plan.neighbourhood(c).name if c in plan.codes else c for c in places]
    return f"{', '.join(names[:-1])} and {names[-1]} divided anew"


def _step(
    plan: Plan, whole: Whole, before: Ints, after: Ints, places: tuple[str, ...], what: str, kind: str = "divided"
) -> Step:
    ground: Ground = whole.ground
    gain, primary, community = effect(ground, before, after)
    brings = consequences(ground, before, after, gain=gain, community=community)
    changed = np.flatnonzero(before != after).tolist()
    residents = ground.residents_of(changed)
    many = f": {count(len(changed), 'LSOA')} ({count(residents, 'resident')}) change" if kind == "divided" else ""
    moves = moves_between(ground, whole.codes, before, after)
    return Step(kind, places, moves, residents, float(gain), float(primary), community, f"{what}{many}. {brings}")


def _proof(size: int, groups: list[Group]) -> LocalProof:
    own = [group for group in groups if len(group.members) == size]
    proven = sum(group.proven for group in own)
    better = sum(not group.proven and group.best < group.value * (1 - 1e-7) for group in own)
    return LocalProof(size, len(own), proven, better, len(own) - proven - better)

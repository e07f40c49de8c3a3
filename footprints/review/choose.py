"""Which of many small changes are told: a few that can be made in any combination, and how each is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from footprints.plan import Plan
from footprints.review.candidates import Candidate, Found, Pair
from footprints.review.ground import Ground
from footprints.review.mend import Mend, better, consequences, effect, moves_between, no_worse
from footprints.review.rules import Field, OwnRules
from footprints.review.whole import Whole
from optimise.problem import Ints
from optimise.searching.groups import keeps_rules
from optimise.words import count

MENDS = 3
LEAST_GAIN = 1e-5  # of the plan's value: less is not worth a planner's time
LOOKED_AT = 200
MOST_FAULTS = 6  # mends told of one kind of fault


@dataclass(frozen=True, eq=False)
class _Change:
    """A change to the plan as a whole: its field, who is where after it alone (n units), and what it brings."""

    field: int
    labels: Ints
    gain: float
    residents: int
    kind: str

    @property
    def score(self) -> float:
        """Much gain for few people: the gain over the square root of the residents who change."""
        return float(self.gain / max(1, self.residents) ** 0.5)


def choose(
    plan: Plan, whole: Whole, rules: OwnRules, pairs: Sequence[tuple[int, Pair]], found: Sequence[Found]
) -> tuple[Mend, ...]:
    """The mends of a whole plan: back over lines and into the range first, then the three that help most.

    Each is valid on its own, and so is every combination of them; none takes people out of the range that was set or
    across a line that was to hold.
    """
    ground, base = whole.ground, whole.labels
    ranged, helping = [], []
    for (n, pair), of_pair in zip(pairs, found, strict=True):
        ranged += [_in_plan(whole, rules, n, pair, c, "range") for c in of_pair.to_range]
        helping += [_in_plan(whole, rules, n, pair, c, "better") for c in of_pair.better]
    ranged.sort(key=lambda c: (c.residents, -c.gain, c.field, c.labels.tolist()))
    helping.sort(key=lambda c: (-c.score, c.field, c.labels.tolist()))
    chosen: list[_Change] = []
    for change in _lines(whole, rules)[:MOST_FAULTS]:
        if _goes_with(chosen, change, whole, rules):
            chosen.append(change)
    for change in ranged[:LOOKED_AT]:
        now, then = _combined(base, chosen), _combined(base, [*chosen, change])
        mended = len(chosen) < 2 * MOST_FAULTS and ground.off(then) < ground.off(now)
        if mended and _goes_with(chosen, change, whole, rules):
            chosen.append(change)
    least, number = LEAST_GAIN * ground.value(base), 0
    for change in helping[:LOOKED_AT]:
        if number == MENDS:
            break
        if change.gain > least and _goes_with(chosen, change, whole, rules):
            chosen.append(change)
            number += 1
    return tuple(_mend(plan, whole, change) for change in chosen)


def _goes_with(chosen: Sequence[_Change], new: _Change, whole: Whole, rules: OwnRules) -> bool:
    """Whether the change can be made with any of those chosen, and nothing that was asked is then worse for it."""
    ground, base, field = whole.ground, whole.labels, rules.fields[new.field]
    if any((new.labels != base)[c.labels != base].any() for c in chosen):
        return False
    # Changes that share no neighbourhood with this one have no say in it.
    near = [c for c in chosen if _places(base, c) & _places(base, new)]
    for r in range(len(near) + 1):
        for some in combinations(near, r):
            before, after = _combined(base, some), _combined(base, [*some, new])
            if not keeps_rules(field.part, _own(field, after)):
                return False
            if not (better if new.kind == "better" else no_worse)(ground, before, after):
                return False
    return True


def _places(base: Ints, change: _Change) -> set[int]:
    moved = change.labels != base
    return {*base[moved].tolist(), *change.labels[moved].tolist()}


def _in_plan(whole: Whole, rules: OwnRules, n: int, pair: Pair, candidate: Candidate, kind: str) -> _Change:
    field = rules.fields[n]
    own = field.labels.copy()
    for node, _, to in candidate.moves:
        own[pair.nodes[node]] = pair.members[to]
    labels = field.spread(own, whole.labels)
    return _Change(n, labels, effect(whole.ground, whole.labels, labels)[0], candidate.residents, kind)


def _own(field: Field, labels: Ints) -> Ints:
    """The plan's labels of units as labels of the field's nodes."""
    own = np.zeros(len(field.part.people), dtype=np.int64)
    own[field.part.node_of] = np.searchsorted(field.members, labels[field.part.units])
    return own


def _combined(base: Ints, changes: Sequence[_Change]) -> Ints:
    labels = base.copy()
    for change in changes:
        moved = change.labels != base
        labels[moved] = change.labels[moved]
    return labels


def _lines(whole: Whole, rules: OwnRules) -> list[_Change]:
    """Sets of units across a line that was to hold, each back to a neighbour on its own side."""
    ground, base = whole.ground, whole.labels
    found = []
    for n, field in enumerate(rules.fields):
        for d in field.members.tolist():
            inside = np.flatnonzero(base == d)
            people = np.bincount(ground.cell[inside], weights=ground.problem.residents[inside])
            for cell in np.unique(ground.cell[inside]).tolist():
                if cell == int(np.argmax(people)):
                    continue
                for units in ground.pieces(inside[ground.cell[inside] == cell].tolist()):
                    changes = [_back(ground, field, n, base, units, e) for e in ground.beside(units, base)]
                    fitting = [c for c in changes if c is not None and ground.across(c.labels) < ground.across(base)]
                    found += sorted(fitting, key=lambda c: -c.gain)[:1]
    return sorted(found, key=lambda c: (c.residents, -c.gain, c.field))


def _back(ground: Ground, field: Field, n: int, base: Ints, units: list[int], to: int) -> _Change | None:
    after = base.copy()
    after[units] = to
    free = set(field.members.tolist())
    nodes = np.full(len(base), -1, dtype=np.int64)
    nodes[field.part.units] = field.part.node_of
    moved = np.unique(nodes[units])
    whole_nodes = int(np.isin(nodes, moved).sum()) == len(units) and bool(field.movable[moved].all())
    if to not in free or not whole_nodes or not keeps_rules(field.part, _own(field, after)):
        return None
    return _Change(n, after, effect(ground, base, after)[0], ground.residents_of(units), "line")


def _mend(plan: Plan, whole: Whole, change: _Change) -> Mend:
    ground, base, after = whole.ground, whole.labels, change.labels
    gain, primary, community = effect(ground, base, after)
    ways = sorted({(int(a), int(b)) for a, b in zip(base, after, strict=True) if a != b})

    def named(d: int) -> str:
        code = whole.codes[d]
        return f"{plan.neighbourhood(code).name} ({code})" if code in plan.codes else code

    said = []
    for a, b in ways:
        units = np.flatnonzero((base == a) & (after == b)).tolist()
        people = count(ground.residents_of(units), "resident")
        said.append(f"{ground.called(units)} ({people}) from {named(a)} to {named(b)}")
    kind = change.kind if change.kind != "better" else "move" if len(ways) == 1 else "exchange"
    start = "Move " if len(ways) == 1 else "Exchange "
    if kind == "range":
        start = f"Into the range of {ground.criteria.minimum:,} to {ground.criteria.maximum:,}: {start.lower()}"
    if kind == "line":
        start = "Back to its own side of the line: move "
    residents = ground.residents_of(np.flatnonzero(base != after).tolist())
    brings = consequences(ground, base, after, gain=gain, community=community)
    return Mend(
        kind=kind,
        moves=moves_between(ground, whole.codes, base, after),
        residents=residents,
        gain=float(gain),
        primary=float(primary),
        community=community,
        km_a_person=float(gain / max(1, ground.residents)),
        places=tuple(whole.codes[d] for d in sorted({d for way in ways for d in way})),
        in_words=f"{start}{', and '.join(said)}. {brings}",
    )

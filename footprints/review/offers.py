"""What the pairs of neighbours of a plan offer: all of them looked at for small changes, and the few that are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from footprints.plan import Plan
from footprints.review.candidates import Found, Pair, pair_candidates, pair_of
from footprints.review.choose import choose
from footprints.review.mend import Mend
from footprints.review.rules import OwnRules
from footprints.review.whole import Whole
from optimise.pool.workers import Workers
from optimise.problem import Ints
from optimise.searching.groups import adjacent_groups


def offered(
    plan: Plan,
    whole: Whole,
    rules: OwnRules,
    workers: Workers,
    should_stop: Callable[[], bool],
    better: Mapping[tuple[int, tuple[int, ...]], Ints] | None = None,
) -> tuple[Mend, ...]:
    """The mends of a whole plan under its own rules.

    better : by field and pair of labels, (n,) labels of the field's nodes with a better division of the pair.
    """
    asked, known = whole.ground.criteria, better or {}
    pairs: list[tuple[int, Pair]] = []
    items: list[tuple[Pair, Ints | None]] = []
    for n, field in enumerate(rules.fields):
        for members in adjacent_groups(field.part, field.labels, 2):
            two = (members[0], members[1])
            pair = pair_of(rules.problem, field, two, asked.weights, (asked.minimum, asked.maximum))
            after = known.get((n, members))
            division = None
            if after is not None:
                division = np.searchsorted(np.array(two), after[pair.nodes]).astype(np.int64)
            pairs.append((n, pair))
            items.append((pair, division))
    answers: list[Found | None] = workers.map(pair_candidates, items, should_stop=should_stop)
    told = [(where, found) for where, found in zip(pairs, answers, strict=True) if found is not None]
    return choose(plan, whole, rules, [where for where, _ in told], [found for _, found in told])

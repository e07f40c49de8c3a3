"""A fair sample of plans to judge one by: recombination chains of GerryChain (ReCom), one for each nest.

ReCom merges two neighbourhoods and cuts a random spanning tree of them (DeFord, Duchin and Solomon, Harvard Data
Science Review 3(1), 2021), so its plans favour compact neighbourhoods and know nothing of travel or practices. Where no
neighbourhood may cross a level, every nest has a chain of its own, and plan i puts their i-th plans together.

Needs the extra `ensemble` (GerryChain, BSD licence).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.propose import plan_from_labels
from optimise.asking.feasibility import outlook
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.problem import Ints, Part
from optimise.searching.search import SearchBudget, search
from optimise.splitting.presolve import make_part

ATTEMPTS = 1_000  # spanning trees of a pair that may leave no cut in range before another pair is drawn
APART = 10  # steps of the chain for each neighbourhood, between two plans that are kept

Tell = Callable[[str, float | None], None]


def sample(
    area: Area,
    criteria: Criteria,
    plans: int,
    *,
    seed: int = 0,
    every: int | None = None,
    tell: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> tuple[Plan, ...]:
    """`plans` plans under the criteria's range and nests, the same for the same seed; fewer when stopped.

    every : steps of a chain between two plans that are kept, by default `APART` for each neighbourhood.

    Raises PlanError where GerryChain is not installed, or the criteria have no plan to start from.
    """
    try:
        import gerrychain  # noqa: F401, PLC0415 (an extra)
    except ImportError:
        raise PlanError(
            "A fair sample of plans needs GerryChain, which is not installed.",
            mend='Install it: python -m pip install "neighbourhood-footprints[ensemble]".',
        ) from None
    problem = build_problem(area, criteria)
    found = outlook(problem, criteria)
    if found.prospect.reasons:
        raise PlanError(found.prospect.reasons[0].message, mend=found.prospect.reasons[0].mend)
    label = np.full((plans, len(area.codes)), -1, dtype=np.int64)
    used, done = 0, plans
    for at, task in enumerate(found.tasks):
        part = make_part(problem, criteria, task.found, task.k, task.name)
        count = 0
        for labels in _chain(part, seed + at, plans, every or APART * part.k, should_stop):
            label[count, part.units] = used + labels[part.node_of]
            count += 1
            if tell is not None:
                tell(f"Sampling plans of {part.name}", (at + count / plans) / len(found.tasks))
        done, used = min(done, count), used + part.k
    return tuple(
        plan_from_labels(area, dict(zip(area.codes, row.tolist(), strict=True)), criteria, f"Sample {n + 1}")
        for n, row in enumerate(label[:done])
    )


def _chain(part: Part, seed: int, plans: int, every: int, should_stop: Callable[[], bool] | None) -> Iterator[Ints]:
    """`plans` divisions (n,) of a part from a chain that begins with a plan of our own search."""
    if part.k == 1:
        yield from (np.zeros(len(part.people), dtype=np.int64) for _ in range(plans))
        return
    import networkx as nx  # noqa: PLC0415
    from gerrychain import Graph, MarkovChain, Partition, accept  # noqa: PLC0415
    from gerrychain.proposals import recom  # noqa: PLC0415
    from gerrychain.tree import PopulationBalanceError, bipartition_tree  # noqa: PLC0415
    from gerrychain.updaters import Tally  # noqa: PLC0415

    start = search(part, seed=seed, steps=SearchBudget(restarts=1, rounds=20))
    if start is None:
        raise PlanError(f"No plan of {part.name} was found to begin the sample with.", mend="Widen the range.")
    graph = nx.Graph()
    graph.add_nodes_from((i, {"people": int(p)}) for i, p in enumerate(part.people))
    graph.add_edges_from(part.edges.tolist())
    middle = (part.lower + part.upper) / 2
    width = (part.upper - part.lower) / (part.upper + part.lower)

    divide = partial(bipartition_tree, max_attempts=ATTEMPTS, allow_pair_reselection=True)

    def in_band(partition: Any) -> bool:
        return all(part.lower <= load <= part.upper for load in partition["people"].values())

    def propose(partition: Any, rng: Any = None) -> Any:
        band: dict[str, Any] = {"pop_col": "people", "pop_target": middle, "epsilon": width}
        try:
            return recom(partition, **band, bipartition_tree_fn=divide, rng=rng)
        except PopulationBalanceError:  # the other side is out of range: refused, as the chain would
            return partition

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = Partition(
            Graph.from_networkx(graph), dict(enumerate(start.labels.tolist())),
            updaters={"people": Tally("people", alias="people")},
        )  # fmt: skip
        chain = MarkovChain(propose, [in_band], accept.always_accept, first, total_steps=every * plans + 1, rng=seed)
        for step, partition in enumerate(chain):
            if should_stop is not None and should_stop():
                return
            if step and step % every == 0:
                yield np.array([partition.assignment[i] for i in range(len(part.people))], dtype=np.int64)

"""Other good plans beside a proposal: each whole, with its own honest gap and the people it puts elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from boundaries.area import Area
from footprints.errors import PlanError
from footprints.plan import Plan
from footprints.propose import Proposal, plan_from_labels
from optimise.build import build_problem
from optimise.criteria import Criteria
from optimise.solution import Solution
from optimise.variety.alternatives import APART, WITHIN, Alternative, Alternatives, alternatives
from optimise.variety.difference import Difference
from optimise.words import count, percent

MOST = 10

Tell = Callable[[str, float | None], None]


@dataclass(frozen=True)
class GoodPlan:
    """One option. plan : its neighbourhoods carry the codes of the first plan's that hold most of the same people.

    solution : its value and terms, the bound proven for all of them, and the gap between. change : from the first plan,
    by residents. apart : the least share of residents that it moves from any option before it.
    """

    plan: Plan
    solution: Solution
    change: Difference
    apart: float


@dataclass(frozen=True)
class GoodPlans:
    """The options, the best first. in_words : how many there are of those asked for. improved : the first one is better
    than the proposal that the search began with."""

    options: tuple[GoodPlan, ...]
    wanted: int
    within: float
    improved: bool
    in_words: str


def good_plans(
    area: Area,
    proposal: Proposal,
    wanted: int,
    *,
    within: float = WITHIN,
    apart: float = APART,
    tell: Tell | None = None,
    should_stop: Callable[[], bool] | None = None,
    processes: int | None = None,
) -> GoodPlans:
    """The proposal and up to `wanted` - 1 plans unlike it and each other, valid under the same criteria.

    within : how far above the best value known, as a fraction. apart : the least share of residents that any two must
    put in different neighbourhoods. Raises PlanError where the proposal has no plan, or a number cannot be meant.
    """
    plan = proposal.plan
    check_wish(wanted, within)
    if plan is None or proposal.solution.assignment is None or proposal.solution.objective is None:
        raise PlanError("Other plans can be looked for only beside a plan.", mend="Propose neighbourhoods first.")
    found = alternatives(
        build_problem(area, plan.criteria),
        plan.criteria,
        proposal.solution,
        wanted,
        within=within,
        apart=apart,
        tell=tell,
        should_stop=should_stop,
        processes=processes,
    )
    return _as_plans(area, plan, found)


def check_wish(wanted: int, within: float) -> None:
    """Raises PlanError unless between one and ten options are asked for, within more than 0 and at most 100 %."""
    if not 1 <= wanted <= MOST:
        raise PlanError(f"{count(wanted, 'option')} cannot be looked for.", mend=f"Ask for 1 to {MOST}.")
    if not 0 < within <= 1:
        raise PlanError(
            f"Options within {within:.1%} of the best cannot be meant.", mend="Ask for more than 0 %, such as 2."
        )


def labels_of(area: Area, solution: Solution) -> dict[str, int]:
    """Unit code -> neighbourhood number of a solution."""
    return {u: d for u, d in zip(area.codes, solution.assignment or (), strict=True) if d >= 0}


def option_name(number: int, solution: Solution, first: Solution, change: Difference, criteria: Criteria) -> str:
    """ "Option B: 1.3% more travel and size, 23% of residents elsewhere"; the first one is "Option A"."""
    letter = f"Option {chr(ord('A') + number)}"
    if number == 0:
        return letter
    return f"{letter}: {value_against(solution, first, criteria)}, {change.share_moved:.0%} of residents elsewhere"


def value_against(solution: Solution, first: Solution, criteria: Criteria) -> str:
    """The value of an option against that of the first, in words: "1.3% more travel and size"."""
    what = counted_in_words(criteria)
    if not first.objective or solution.objective is None:
        return f"as much {what}"
    change = solution.objective / first.objective - 1
    if abs(change) < 5e-7:
        return f"as much {what}"
    return f"{percent(abs(change))} {'more' if change > 0 else 'less'} {what}"


def counted_in_words(criteria: Criteria) -> str:
    """What the value counts: "travel and size", and lines crossed where they have a price."""
    parts = ["travel"]
    parts += ["size"] if criteria.weights.deviation else []
    parts += ["lines crossed"] if criteria.penalise and criteria.weights.mismatch else []
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _as_plans(area: Area, plan: Plan, found: Alternatives) -> GoodPlans:
    head = found.found[0]
    first = _plan_of(area, plan, head, plan.name) if found.improved else plan
    options = [GoodPlan(first, head.solution, head.change, head.apart)]
    for number, own in enumerate(found.found[1:], start=1):
        name = option_name(number, own.solution, head.solution, own.change, plan.criteria)
        options.append(GoodPlan(_plan_of(area, first, own, name), own.solution, own.change, own.apart))
    return GoodPlans(tuple(options), found.wanted, found.within, found.improved, found.in_words)


def _plan_of(area: Area, first: Plan, own: Alternative, name: str) -> Plan:
    """A plan beside the first, not after it: it takes its codes but retires none and has the same parent."""
    made = plan_from_labels(
        area, labels_of(area, own.solution), first.criteria, name, first.prefix, first, own.solution
    )
    return replace(made, parent=first.parent, retired=first.retired)

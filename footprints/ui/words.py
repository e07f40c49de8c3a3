"""Sentences for planners about a solve: the best so far, what no plan can beat, and what that proof does not say."""

from __future__ import annotations

from math import floor

from boundaries.area import Area
from footprints.exchange.certificate_json import rests_on_solver
from footprints.standing import Standing
from optimise.criteria import OPT_IN
from optimise.solution import DeclaredException, Progress, Solution, Status, StoppedBy
from optimise.words import at_most, count, percent

_STAGES = {
    "start": "Looking for good plans",
    "proof": "Working out what no plan can beat",
    "exact": "Solving exactly where that is possible",
    "improve": "Improving the best plan",
    "communities": "Keeping communities together",
    "secondary": "Serving communities, borders, practices, barriers and need",
}
CAVEAT = "This proof is about distance and size as weighted here, not a judgement on community."
STAND_IN = (
    "The range is on others (patients, or people of a later year) who are not loaded for every area here: residents "
    "are counted instead."
)


def per_person(value: float, residents: float, squared: bool = False) -> str:
    """An objective in person-km as kilometres a person."""
    return f"{value / residents:.2f} km{'²' if squared else ''}"


def floored(bound: float, residents: float, squared: bool = False) -> str:
    """A proven bound as kilometres a person, rounded down, so that "no plan can beat it" stays true as printed."""
    return f"{floor(bound / residents * 100 + 1e-9) / 100:.2f} km{'²' if squared else ''}"


def stage(words: str, events: tuple[Progress, ...]) -> str:
    """What the search is doing now, for a planner; `words` where it has not begun."""
    if not events or words in ("Stopping", "Checking"):
        return words
    last = events[-1]
    where = f": {last.part}" if last.part else ""
    return _STAGES.get(last.stage, last.stage.capitalize()) + where


def progress_line(best: float | None, bound: float | None, gap: float | None, residents: float) -> str:
    """One line while a proposal is being made."""
    if best is None:
        return "No complete plan yet."
    line = f"Best so far: {per_person(best, residents)} a person."
    if bound is not None and bound > 0 and gap is not None:
        line += f" No plan under these rules can beat {floored(bound, residents)}: within {at_most(gap)}."
    return line


def outcome(solution: Solution, area: Area, squared: bool = False) -> tuple[str, ...]:
    """What a finished solve found, how good that is known to be, and on whose word, in a few sentences.

    squared : whether values are in person-km². The bound said is the one that the gap is about.
    """
    residents = float(area.units["residents"].sum())
    if solution.objective is None or solution.gap is None or residents <= 0:
        return ("No plan was found in the time given.",)
    travel = next((term for term in solution.terms if term.key == "travel"), None)
    lines = [travel.in_words] if travel else []
    if any(term.key in OPT_IN for term in solution.terms):
        lines += [term.in_words for term in solution.terms if not term.proven]
    best, bound = per_person(solution.objective, residents, squared), floored(solution.bound, residents, squared)
    counted = "Counting the journey and the distance from your target size together, this plan scores"
    if solution.status is Status.OPTIMAL:
        lines.append(f"{counted} {best} a person, and no plan under these rules can beat it.")
    else:
        lines.append(
            f"{counted} {best} a person: {_standing_of(solution)}. No plan under these rules can beat {bound}, so it "
            f"is within {at_most(solution.gap)}."
        )
    lines.append(resting(solution))
    if solution.stopped_by is StoppedBy.CANCELLED:
        lines.append("You stopped the search, so running it again may give another plan.")
    if solution.stopped_by is StoppedBy.CLOCK:
        lines.append("The search ran out of time on this machine, so running it again may give another plan.")
    lines.append(CAVEAT)
    return tuple(lines)


def resting(solution: Solution) -> str:
    """What of the proof can be worked out again without a solver, and what rests on the word of the run.

    The gap said is from `bound_checked`, so it is never below the gap of the plan.
    """
    if not rests_on_solver(solution.bound, solution.bound_checked):
        return "The whole proof can be worked out again without any solver (footprints check --proof)."
    if not solution.objective or solution.bound_checked <= 0:
        return "This proof rests on the word of the run: its own search and the solver HiGHS."
    return (
        f"That it is within {at_most(1 - solution.bound_checked / solution.objective)} can be worked out again "
        "without any solver (footprints check --proof); the rest is the word of the run: its own "
        "search and the solver HiGHS."
    )


def _standing_of(solution: Solution) -> str:
    """Whether it is the best that was found, or one of several options."""
    above = solution.above_best_known
    return "the best so far" if above is None else f"{percent(above)} above the best value known"


def simplified(tolerance_m: float) -> str:
    """How the lines on the map differ from those in the files."""
    if not tolerance_m:
        return "Lines on the map are as in the files"
    return f"Lines on the map are simplified ({tolerance_m:.0f} m); exports keep them whole"


def standing_line(rows: tuple[Standing, ...], left_out: int = 0) -> str:
    """A plan in one sentence: how many, how large, and what does not hold."""
    filled = [row for row in rows if row.units]
    if not filled:
        return "No neighbourhoods drawn yet."
    low, high = min(row.people for row in filled), max(row.people for row in filled)
    outside = sum(not row.in_range for row in filled)
    broken = sum(row.pieces > 1 for row in filled)
    parts = [f"{count(len(filled), 'neighbourhood')} of {low:,} to {high:,} {filled[0].whom}"]
    parts.append(f"{outside} outside the range you set" if outside else "all in the range you set")
    parts.append(f"{broken} in separate pieces" if broken else "each in one piece")
    if left_out:
        parts.append(f"{count(left_out, 'area')} in no neighbourhood")
    line = "; ".join(parts) + "."
    return f"{line} {STAND_IN}" if any(row.stand_in for row in rows) else line


def declared(one: DeclaredException) -> tuple[str, ...]:
    """A departure from the rules that was declared before solving, with the next best choice where it is not in it."""
    again = not one.runner_up or one.runner_up in one.message
    return (one.message,) if again else (one.message, f"Next best choice: {one.runner_up}")

"""A running solve in planners' words: the app and the command line say the same."""

from __future__ import annotations

from optimise.solution import Progress

STAGES = {
    "start": "looking for a first plan",
    "proof": "improving it and proving how good it is",
    "communities": "keeping communities together",
    "secondary": "serving communities, borders and practices",
}


def gap_of(best: float | None, bound: float | None) -> float | None:
    """(best - bound) / best, a fraction from 0; None until both are known."""
    if best is None or bound is None or best <= 0:
        return None
    return max(0.0, (best - bound) / best)


def stage_in_words(event: Progress) -> str:
    """What is being done, and for which part of the place."""
    where = f"{event.part}: " if event.part else ""
    return f"{where}{STAGES.get(event.stage, event.stage)}"

"""The demo county's first proposal: begun when the server starts and shared by all tabs, so that nobody waits long."""

from __future__ import annotations

import logging
import threading

from boundaries import load_area
from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.access import in_force
from footprints.jobs import JobState
from footprints.jobs.runner import Owner, runner
from footprints.jobs.ticket import Ticket
from optimise.criteria import Criteria

DEMO = "demo"
CRITERIA = Criteria(seconds=5)
log = logging.getLogger("footprints.ui")


def begin() -> None:
    """Ask for it, and begin to work on every other job that waits, without holding up the start of the server."""
    threading.Thread(target=_begin, daemon=True, name="first").start()


def proposal(evidence: Area, owner: Owner) -> Ticket[JobState]:
    """The job, asked for anew only if the one before came to nothing. Raises StoreError."""
    return runner().propose(DEMO, (), CRITERIA, evidence, owner)


def _begin() -> None:
    try:
        runner()
        if in_force() is None:  # else whoever asks first has to be known
            proposal(load_area(DEMO), Owner())
    except FootprintError as error:
        log.warning("The first proposal was not begun: %s", error)

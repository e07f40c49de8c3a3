"""The demo county's first proposal: begun when the server starts and shared by all tabs, so that nobody waits long."""

from __future__ import annotations

import threading

from footprints.jobs import ProposalJob
from optimise.criteria import Criteria

DEMO = "demo"
CRITERIA = Criteria(seconds=5)
_LOCK = threading.Lock()
_begun: list[ProposalJob] = []


def proposal() -> ProposalJob:
    """The one job, begun now if it has not been, or if the one before came to nothing."""
    with _LOCK:
        if not _begun or _failed(_begun[-1]):
            _begun[:] = [ProposalJob.start(DEMO, (), CRITERIA)]
        return _begun[-1]


def shared(job: ProposalJob) -> bool:
    """Whether other tabs may wait for this job too."""
    return job in _begun


def _failed(job: ProposalJob) -> bool:
    now = job.poll()
    return now.done and (now.proposal is None or now.cancelled)

"""Work that takes seconds, in a process of its own: started, watched, cancelled, and believed only after a check."""

from __future__ import annotations

from footprints.jobs.process import JobState, ProposalJob

__all__ = ["JobState", "ProposalJob"]

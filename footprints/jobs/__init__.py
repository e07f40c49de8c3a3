"""Work that takes seconds, in a process of its own: started, watched, cancelled, and believed only after a check."""

from __future__ import annotations

from footprints.jobs.proposals import JobState, ProposalJob
from footprints.jobs.studies import STUDIES, StudyJob, StudyState

__all__ = ["STUDIES", "JobState", "ProposalJob", "StudyJob", "StudyState"]

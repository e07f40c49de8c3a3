"""`score(plan, area) -> Scorecard`: see `footprints.metrics`."""

from footprints.metrics.scorecard import Scorecard, score

__all__ = ["Scorecard", "score"]

"""Measures of a plan: pure functions in one immutable registry."""

from footprints.metrics.catalogue import REGISTRY
from footprints.metrics.metric import Metric
from footprints.metrics.registry import lacking, metrics_for, source
from footprints.metrics.scorecard import Scorecard, score

__all__ = ["REGISTRY", "Metric", "Scorecard", "lacking", "metrics_for", "score", "source"]

"""The measures that every area has in one immutable list; table, export, comparison and tests read it in its order.

Keys are those of formats.md 10.1. Nothing is worked out here.
"""

from __future__ import annotations

from footprints.metrics.metric import Metric
from footprints.metrics.of_neighbourhoods import OF_NEIGHBOURHOODS
from footprints.metrics.of_plan import OF_PLAN

REGISTRY: tuple[Metric, ...] = (*OF_NEIGHBOURHOODS, *OF_PLAN)

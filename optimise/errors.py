"""The error of this folder; the tree stands in `boundaries.errors`."""

from __future__ import annotations

from boundaries.errors import FootprintError


class CriteriaError(FootprintError, ValueError):
    """What was asked for is not a possible question: a value that cannot be meant, or a file we cannot read."""

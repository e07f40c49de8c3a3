"""Is our map any good? A plan's score and faults, its proven gap under its own rules, and what would mend it."""

from footprints.review.certified import certified
from footprints.review.improving import Improved, Step, improve
from footprints.review.mend import Mend, Move, apply_mends
from footprints.review.result import LocalProof, Review
from footprints.review.reviewing import review

__all__ = [
    "Improved",
    "LocalProof",
    "Mend",
    "Move",
    "Review",
    "Step",
    "apply_mends",
    "certified",
    "improve",
    "review",
]

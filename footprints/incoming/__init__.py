"""Arrangements made elsewhere, read as plans: lookups of any area kind, and polygons, with what is not sure asked."""

from footprints.incoming.bring import Brought, bring_in
from footprints.incoming.question import FLAGS, Choice, Question

__all__ = ["FLAGS", "Brought", "Choice", "Question", "bring_in"]
